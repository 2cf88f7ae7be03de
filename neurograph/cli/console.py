"""What the commands share: scenarios, reports and data on the standard output, and waiting."""

import contextlib
import json
import math
import os
import sys
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from neurograph.documents.readable import Readable
from neurograph.errors import InvalidValueError
from neurograph.escapes import printable, showable
from neurograph.scenario import Scenario, load_scenario
from neurograph.scenario.schema import MOST_TEXT, read_scenario
from neurograph.signals import at_the_end

if TYPE_CHECKING:
    from rich.console import Console
    from rich.progress import Progress, TaskID

__all__ = [
    "Waiting", "busy", "columns", "put", "read", "refuse_existing", "say", "show_lines",
    "text_lines", "write_data",
]  # fmt: skip

#: Variables of the environment by which what is no terminal has colours all the same.
_COLOURING = {"FORCE_COLOR", "TTY_COMPATIBLE"}
#: Letters of a line where nobody says how many.
_USUAL_WIDTH = 80
#: What stands for the standard input, and how complaints about it begin.
STANDARD_INPUT, _CALLED = "-", "standard_input"


def read(scenario: str) -> Scenario:
    """Read a scenario by its name or its file, or ``-`` from the standard input.

    Raises
    ------
    UnknownNameError, ScenarioError
        As for `neurograph.load_scenario`.
    InvalidValueError
        If the standard input holds too much, or none is there.
    """
    if scenario != STANDARD_INPUT:
        return load_scenario(scenario)
    if sys.stdin is None:
        raise InvalidValueError("there is no standard input to read a scenario from")
    # Bytes where there are some: a scenario file is UTF-8 wherever it is read.
    content = getattr(sys.stdin, "buffer", sys.stdin).read(MOST_TEXT + 1)
    return read_scenario(content, _CALLED)


def refuse_existing(path: str | os.PathLike[str]) -> None:
    """Refuse to write over what is there already.

    Raises
    ------
    InvalidValueError
        If anything has this path, were it a link that leads nowhere.
    """
    if os.path.lexists(path):
        raise InvalidValueError(f"{path} is there already; it is not overwritten")


def say(text: str, *, errors: str = "neurograph.spelled") -> None:
    """Print text; what the encoding lacks is written with what it has.

    Parameters
    ----------
    text : str
    errors : str
        How, as for `str.encode`.
    """
    # What a text of several lines holds of others is printable already.
    print(showable(printable(text, keep="\n"), sys.stdout.encoding or "utf-8", errors=errors))


def put(format: str, data: Callable[[], object], report: Callable[[], Readable]) -> None:
    """Print what a command found: data for programs, or a report in one of the other formats.

    Parameters
    ----------
    format : str
        ``"json"`` for the data, a format of documents for the report.
    data, report : function
        Each is called only if it is what is asked for.
    """
    if format == "json":
        write_data(data())
    elif format == "text":
        show(report())
    else:
        # A page of HTML holds the same characters in ASCII alone, by their numbers.
        errors = "xmlcharrefreplace" if format == "html" else "neurograph.spelled"
        say(report().written(format, whole=True).rstrip("\n"), errors=errors)


def show(report: Readable) -> None:
    """Print a report as text, in the width, the encoding and the colours of the terminal."""
    show_lines(text_lines(report))


def text_lines(report: Readable) -> list[str]:
    """Return a report as lines of text for the terminal, with its colours."""
    console = _terminal()
    if console is None:
        width, encoding, colour = columns(), sys.stdout.encoding or "utf-8", False
    else:
        width, encoding = console.width, console.encoding
        colour = console.color_system is not None
    text = report.written("text", width=width, encoding=encoding.lower(), colour=colour)
    return text.split("\n")


def show_lines(lines: Sequence[str]) -> None:
    """Print lines of text at once, with their colours if the terminal has some."""
    console = _terminal()
    if console is None or console.color_system is None:
        sys.stdout.write("".join(f"{line}\n" for line in lines))
    else:
        from rich.text import Text  # imported only when it is used

        for line in lines:
            console.print(Text.from_ansi(line), crop=False, soft_wrap=True)
    sys.stdout.flush()


def _terminal() -> "Console | None":
    """Return what knows the colours of the standard output; nothing where it can have none."""
    if not sys.stdout.isatty() and not _COLOURING & os.environ.keys():
        return None
    from rich.console import Console  # imported only when it is used

    return Console(highlight=False, markup=False, emoji=False)


def columns() -> int:
    """Return the width that is stated, that of a terminal the command belongs to, or 80."""
    stated = os.environ.get("COLUMNS", "")
    if stated.isdigit():
        return int(stated)
    for stream in range(3):
        with contextlib.suppress(OSError):
            return os.get_terminal_size(stream).columns or _USUAL_WIDTH
    return _USUAL_WIDTH


def write_data(data: object) -> None:
    """Print data as JSON; nan and infinity, which JSON does not know, become text."""
    json.dump(plain(data), sys.stdout, indent=2, allow_nan=False)
    print()


def plain(value: Any) -> Any:
    """Return a value as JSON knows it."""
    match value:
        case dict():
            return {str(key): plain(item) for key, item in value.items()}
        case list() | tuple():
            return [plain(item) for item in value]
        case np.ndarray():
            return plain(value.tolist())
        case float() if not math.isfinite(value):
            return str(value)
        case None | str() | bool() | int() | float():
            return value
    return str(value)


class Waiting:
    """What someone who waits at a terminal sees: that something is computed, and how far it is."""

    def __init__(self, bar: "Progress | None" = None, task: "TaskID | None" = None) -> None:
        self.bar, self.task, self._done = bar, task, 0

    def begin(self, what: str) -> None:
        """Say which of several things comes next."""
        if self.bar is not None and self.task is not None:
            self.bar.update(self.task, description=printable(what), completed=self._done)
            self._done += 1

    @contextlib.contextmanager
    def aside(self) -> Iterator[None]:
        """Make room for lines of output."""
        if self.bar is not None:
            self.bar.stop()
        yield
        if self.bar is not None:
            self.bar.start()


@contextlib.contextmanager
def busy(steps: int = 0) -> Iterator[Waiting]:
    """Tell someone who waits at a terminal that something is being computed.

    Parameters
    ----------
    steps : int
        How many things are computed; with 0 nobody knows.
    """
    if not sys.stderr.isatty():
        yield Waiting()
        return
    from rich.console import Console  # imported only when it is used
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        ProgressColumn,
        SpinnerColumn,
        TextColumn,
        TimeElapsedColumn,
    )

    columns: list[ProgressColumn] = [
        SpinnerColumn("line"),
        TextColumn("{task.description}", markup=False),
    ]
    columns += [BarColumn(None), MofNCompleteColumn()] if steps else []
    bar = Progress(
        *columns, TimeElapsedColumn(), console=Console(stderr=True), transient=True,
        redirect_stdout=False, redirect_stderr=False,
    )  # fmt: skip
    task = bar.add_task("computing", total=steps or None)
    # The cursor is hidden meanwhile.
    with at_the_end(bar.stop), bar:
        yield Waiting(bar, task)
