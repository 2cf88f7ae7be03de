"""Data of a scenario from a CSV file beside it, read without trusting it."""

import csv
import io
from collections.abc import Iterator, Mapping
from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import NamedTuple

from neurograph.errors import ScenarioError, did_you_mean
from neurograph.scenario.fields import finite_text, wrong
from neurograph.scenario.library import read_text

__all__ = ["Table", "read_table", "within"]

#: A network of a file has no more inputs that anyone would write down.
MAX_COLUMNS = 1_000


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
