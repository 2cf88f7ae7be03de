"""Finding a scenario file by name, and reading it and its data without trusting them."""

import csv
import io
import os
import re
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import Any, NamedTuple

from neurograph.errors import ScenarioError, UnknownNameError, did_you_mean
from neurograph.fields import finite_text, wrong
from neurograph.files import read_text

__all__ = [
    "EXPECTED", "Table", "check_keys", "find_pages", "find_scenarios", "locate", "read_table",
    "read_toml", "toml_of", "within",
]  # fmt: skip

#: Of scenario files, and of saved networks.
_ENDINGS = (".toml", ".json")

#: A network of a file has no more inputs that anyone would write down.
MAX_COLUMNS = 1_000

#: What a scenario is, for messages.
EXPECTED = "a scenario file (.toml)"

#: Parts of a dotted key.
MAX_KEY_PARTS = 20
_LONG_KEY = re.compile(
    r"""(?<![\w."'-])(?:(?:[\w-]+|"[^"\n]*"|'[^'\n]*')[ \t]*\.[ \t]*)"""
    f"{{{MAX_KEY_PARTS}}}"
)


def _folder() -> Path:
    package = Path(__file__).resolve().parent.parent
    installed = package / "scenarios"
    # In the source tree, and in an editable install of it, the folder stands beside the package.
    return installed if installed.is_dir() else package.parent / "scenarios"


def find_scenarios() -> dict[str, Path]:
    """Return the scenarios that come with neurograph: their names and their files.

    Returns
    -------
    dict of str to Path
        In alphabetical order.

    Examples
    --------
    >>> import neurograph as ng
    >>> ng.find_scenarios()["mazur_2015_step_by_step"].name
    'mazur_2015_step_by_step.toml'
    """
    return {path.stem: path for path in sorted(_folder().glob("*.toml"))}


def find_pages() -> dict[str, Path]:
    """Return the pages that come with neurograph: one for each kind of reader, and the format.

    Returns
    -------
    dict of str to Path
        Files in Markdown. The page of the format of scenario files is called ``"format"``.

    Examples
    --------
    >>> list(find_pages())
    ['author', 'format', 'learner', 'network_scientist', 'teacher']
    """
    files = {path.stem.replace("README", "format"): path for path in _folder().glob("*.md")}
    return dict(sorted(files.items()))


def locate(name_or_path: str | os.PathLike[str]) -> Path:
    """Return the file that a scenario's name, the beginning of its name or a path means.

    Parameters
    ----------
    name_or_path : str or path-like
        The name of a scenario that comes with neurograph, its beginning up to an underscore
        (``"mazur_2015"``), or the path of a file, also without its ``.toml`` or ``.json``. Text
        with a slash or such an ending is a path.

    Returns
    -------
    Path

    Raises
    ------
    UnknownNameError
        If no scenario has this name, or more than one begins with it.
    """
    text = os.fspath(name_or_path)
    is_file = text.endswith(_ENDINGS) or os.path.dirname(text)
    if isinstance(name_or_path, os.PathLike) or is_file:
        return _whole_name(text) or Path(text)
    scenarios = find_scenarios()
    if text in scenarios:
        return scenarios[text]
    candidates = [name for name in scenarios if text and name.startswith(text + "_")]
    if len(candidates) == 1:
        return scenarios[candidates[0]]
    if candidates:
        raise UnknownNameError(
            f"{text!r} is the beginning of {len(candidates)} scenarios: {', '.join(candidates)};"
            " write more of the name"
        )
    if os.path.exists(text):
        return Path(text)
    if file := _whole_name(text):
        return file
    near = did_you_mean(text, [*scenarios, *_beginnings(scenarios)])
    raise UnknownNameError(f"no scenario {text!r}{near or _known(scenarios)}")


def _whole_name(text: str) -> Path | None:
    """Return the file that is meant by its name without the ending, if there is one."""
    names = [] if not text or os.path.exists(text) else [text + ending for ending in _ENDINGS]
    return next((Path(name) for name in names if os.path.isfile(name)), None)


def _beginnings(names: dict[str, Path]) -> list[str]:
    """Return what may be typed for a name: its parts up to each underscore."""
    return [
        "_".join(parts[:count])
        for parts in (name.split("_") for name in names)
        for count in range(1, len(parts))
    ]


def _known(scenarios: dict[str, Path]) -> str:
    known = f"the scenarios are {', '.join(scenarios)}" if scenarios else "none are installed"
    return f"; {known}, and the path of a file of your own has a slash or ends in .toml"


def read_toml(path: Path) -> dict[str, Any]:
    """Return the content of a TOML file, refusing whatever is no readable scenario file.

    Raises
    ------
    ScenarioError
        As `read_text` does, or if it is not TOML.
    """
    near = did_you_mean(path.stem, find_scenarios()) if path.suffix == ".toml" else ""
    return toml_of(read_text(path, EXPECTED, near=near), path)


def toml_of(text: str, path: Path) -> dict[str, Any]:
    """Return the content of a text in TOML.

    Raises
    ------
    ScenarioError
        If it is none; the message begins with the path.
    """
    check_keys(text, path)
    try:
        return tomllib.loads(text)
    except RecursionError as error:
        raise ScenarioError(f"{path}: is not usable TOML: lists nested too deeply") from error
    except tomllib.TOMLDecodeError as error:
        raise ScenarioError(f"{path}: is not TOML: {_without_capital(str(error))}") from error
    # Python reads no whole number of more than 4,300 digits.
    except ValueError as error:
        lines = enumerate(text.splitlines(), start=1)
        long = (number for number, line in lines if re.search(r"\d[\d_]{4299}", line))
        where = f"line {next(long, 1)}"
        raise ScenarioError(f"{path}: {where}: a number of thousands of digits") from error


def check_keys(text: str, path: Path) -> None:
    """Refuse a key of very many parts, such as a.a.a: reading it takes the square of their number.

    Parameters
    ----------
    text : str
        Of a TOML file.
    path : Path
        For the message.

    Raises
    ------
    ScenarioError
        If there is one.
    """
    if (key := _LONG_KEY.search(text)) is not None:
        line = text.count("\n", 0, key.start()) + 1
        raise ScenarioError(
            f"{path}: line {line}: a key of more than {MAX_KEY_PARTS} parts, joined by points"
        )


def _without_capital(text: str) -> str:
    return text[:1].lower() + text[1:]


# -- data of a scenario from a CSV file ----------------------------------------------------------


def within(folder: Path, name: str, place: str) -> Path:
    """Return the file that a relative path means, refusing one outside of the folder.

    Parameters
    ----------
    folder : Path
        Of the scenario file.
    name : str
        As the scenario file gives it.
    place : str
        Where it gives it.

    Returns
    -------
    Path

    Raises
    ------
    ScenarioError
        If the path is not relative, leads out of the folder, or is a link out of it.
    """
    # A file that works on one system must work, or be refused, on every other.
    path = PurePosixPath(name)
    if path.is_absolute() or "\\" in name or PureWindowsPath(name).drive:
        raise wrong(
            place, f"expected a path beside the scenario such as 'data/iris.csv', got {name!r}"
        )
    if ".." in path.parts:
        raise wrong(place, f"{name!r} leads out of the folder of the scenario")
    try:
        found = (folder / path).resolve()
        outside = not found.is_relative_to(folder.resolve())
    except (OSError, RuntimeError, ValueError) as error:
        raise wrong(place, f"{name!r} cannot be a path") from error
    if outside:
        raise wrong(place, f"{name!r} is a link out of the folder of the scenario")
    return folder / path


class Table(NamedTuple):
    """The rows of a CSV file as text, each with the number of its line."""

    path: Path
    columns: tuple[str, ...]
    rows: tuple[tuple[int, tuple[str, ...]], ...]

    def part(self, first: int, last: int, place: str) -> "Table":
        """Return some of the rows, counted from 1."""
        if last > len(self.rows):
            raise wrong(place, f"no row {last:,}; {self.path.name} has {len(self.rows):,}")
        return self._replace(rows=self.rows[first - 1 : last])

    def samples(self, wanted: Mapping[str, str], place: str) -> tuple[tuple[float, ...], ...]:
        """Return for each row a number for each neuron.

        Parameters
        ----------
        wanted : mapping of str to str
            For each neuron a column, or ``"column = text"``, which is 1 in the rows that have this
            text there and else 0.
        place : str
            Of `wanted` in the scenario file.
        """
        columns = [tuple(self._column(name, f"{place}.{key}")) for key, name in wanted.items()]
        return tuple(zip(*columns, strict=True))

    def _column(self, name: str, place: str) -> Iterator[float]:
        column, equals, word = name.partition("=")
        if name in self.columns or not equals:
            index = self._index(name, place)
            for line, row in self.rows:
                where = f"{self.path}, line {line}, column {name!r}"
                yield finite_text(row[index], where)
            return
        index, word = self._index(column.strip(), place), word.strip()
        found = [float(row[index] == word) for _, row in self.rows]
        if not any(found):
            texts = {row[index] for _, row in self.rows}
            raise wrong(
                place,
                f"no row of {self.path.name} has {word!r} in column {column.strip()!r}"
                + did_you_mean(word, texts),
            )
        yield from found

    def _index(self, name: str, place: str) -> int:
        if name in self.columns:
            return self.columns.index(name)
        near = did_you_mean(name, self.columns) or f"; its columns are {', '.join(self.columns)}"
        raise wrong(place, f"{self.path.name} has no column {name!r}{near}")


def read_table(path: Path) -> Table:
    """Return the rows of a CSV file.

    The first line that does not begin with ``#`` names the columns; they are separated by commas.

    Parameters
    ----------
    path : Path

    Returns
    -------
    Table

    Raises
    ------
    ScenarioError
        If the file cannot be read or is no such table; the message names the file and the line.
    """
    # A comment keeps its line, so that line numbers stay those of the file.
    content = read_text(path, "a CSV file")
    lines = ("\n" if line.startswith("#") else line for line in io.StringIO(content, newline=""))
    reader = csv.reader(lines, strict=True)
    columns: tuple[str, ...] | None = None
    rows = []
    try:
        for row in reader:
            if not row:
                continue
            cells = tuple(cell.strip() for cell in row)
            if columns is None:
                columns = _header(cells, f"{path}, line {reader.line_num}")
            elif len(cells) != len(columns):
                raise ScenarioError(
                    f"{path}, line {reader.line_num}: expected {len(columns)} values"
                    f" ({', '.join(columns)}), got {len(cells)}"
                )
            else:
                rows.append((reader.line_num, cells))
    except csv.Error as error:
        raise ScenarioError(f"{path}, line {reader.line_num}: is not CSV: {error}") from error
    if columns is None or not rows:
        raise ScenarioError(f"{path}: has no rows; expected names of columns and rows below them")
    return Table(path, columns, tuple(rows))


def _header(cells: tuple[str, ...], place: str) -> tuple[str, ...]:
    if len(cells) > MAX_COLUMNS:
        raise ScenarioError(f"{place}: {len(cells):,} columns; a table has at most {MAX_COLUMNS:,}")
    seen: set[str] = set()
    for number, cell in enumerate(cells):
        if not cell or not cell.isprintable():
            raise ScenarioError(f"{place}: column {number + 1} has no usable name ({cell!r})")
        if cell in seen:
            raise ScenarioError(f"{place}: there are two columns {cell!r}")
        seen.add(cell)
        try:
            float(cell)
        except ValueError:
            continue
        raise ScenarioError(
            f"{place}: expected names of columns in the first line, got the number {cell}"
        )
    if len(cells) == 1 and ";" in cells[0]:
        raise ScenarioError(f"{place}: columns are separated by commas, not by semicolons")
    return cells
