"""Finding a scenario file by name, and reading it without trusting it."""

import os
import re
import stat
import tomllib
from pathlib import Path
from typing import Any

from neurograph.errors import ScenarioError, UnknownNameError, did_you_mean

__all__ = ["check_keys", "find_scenarios", "locate", "read_text", "read_toml"]

#: A scenario is a page of facts; anything larger is some other file.
MAX_BYTES = 1024 * 1024

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


def locate(name_or_path: str | os.PathLike[str]) -> Path:
    """Return the file that a scenario's name, the beginning of its name or a path means.

    Parameters
    ----------
    name_or_path : str or path-like
        The name of a scenario that comes with neurograph, its beginning up to an underscore
        (``"mazur_2015"``), or the path of a file. Text with a slash or ending in ``.toml`` is a
        path.

    Returns
    -------
    Path

    Raises
    ------
    UnknownNameError
        If no scenario has this name, or more than one begins with it.
    """
    text = os.fspath(name_or_path)
    if isinstance(name_or_path, os.PathLike) or text.endswith(".toml") or os.path.dirname(text):
        return Path(text)
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
    if text and os.path.exists(f"{text}.toml"):
        raise UnknownNameError(
            f"no scenario {text!r} comes with neurograph; did you mean the file '{text}.toml'?"
        )
    near = did_you_mean(text, [*scenarios, *_beginnings(scenarios)])
    raise UnknownNameError(f"no scenario {text!r}{near or _known(scenarios)}")


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
    text = read_text(path, "a scenario file (.toml)")
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


def read_text(path: Path, expected: str) -> str:
    """Return the text of a small file.

    Parameters
    ----------
    path : Path
    expected : str
        What the file should be, for messages.

    Raises
    ------
    ScenarioError
        If there is no such file, or it is a directory, a device, larger than 1 MiB, not readable
        or not UTF-8 text.
    """
    content = _read_small_file(path, expected)
    try:
        # An editor on Windows may begin the file with a byte order mark.
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise ScenarioError(
            f"{path}: is not UTF-8 text (byte {error.start} is 0x{content[error.start]:02x});"
            f" expected {expected}"
        ) from error
    if "\0" in text:
        raise ScenarioError(f"{path}: is binary data; expected {expected}")
    return text


def _read_small_file(path: Path, expected: str) -> bytes:
    try:
        status = path.stat()
        # A device or a pipe may never end, and a large file is not worth the memory.
        fits = stat.S_ISREG(status.st_mode) and status.st_size <= MAX_BYTES
        content = path.read_bytes() if fits else b""
    except FileNotFoundError as error:
        near = did_you_mean(path.stem, find_scenarios()) if path.suffix == ".toml" else ""
        raise ScenarioError(f"{path}: no such file{near}") from error
    except OSError as error:
        raise ScenarioError(f"{path}: cannot be read: {error.strerror or error}") from error
    except ValueError as error:
        raise ScenarioError(f"{path}: cannot be read: it is no path") from error
    if stat.S_ISDIR(status.st_mode):
        raise ScenarioError(f"{path}: is a directory; expected {expected}")
    if not stat.S_ISREG(status.st_mode):
        raise ScenarioError(f"{path}: is not a regular file; expected {expected}")
    if status.st_size > MAX_BYTES:
        raise ScenarioError(
            f"{path}: is {status.st_size / MAX_BYTES:,.1f} MiB large;"
            f" {expected} holds at most 1 MiB"
        )
    return content


def _without_capital(text: str) -> str:
    return text[:1].lower() + text[1:]
