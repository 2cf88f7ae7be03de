"""What the commands share: their arguments, and documents on the standard output."""

import argparse
import sys

from neurograph.documents.document import WRITERS
from neurograph.documents.readable import Readable
from neurograph.escapes import printable, showable

__all__ = ["add_format", "add_run", "add_scenario", "say", "show", "show_in"]


def add_scenario(parser: argparse._ActionsContainer, nargs: str | None = None) -> None:
    """Add the scenario, by its name or its file."""
    parser.add_argument(
        "scenario",
        metavar="SCENARIO",
        nargs=nargs,
        help="name of a scenario, its beginning (mazur_2015), or the path of a .toml file",
    )


def add_run(parser: argparse.ArgumentParser) -> None:
    """Add ``--run``, of a command that is about one run."""
    parser.add_argument(
        "--run", metavar="RUN", help="name or number of the run (default: the first)"
    )


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


def add_format(
    parser: argparse.ArgumentParser,
    *,
    data: bool = False,
    default: str | None = "text",
    words: str = "default: text, for the terminal",
) -> None:
    """Add ``--format``, every format there is; with `data`, ``--json`` in its place too."""
    formats = parser.add_mutually_exclusive_group()
    if data:
        formats.add_argument("--json", action="store_true", help="print its data for programs")
    formats.add_argument("--format", choices=tuple(WRITERS), default=default, help=words)


def show_in(format: str, report: Readable) -> None:
    """Print a report in one of the formats; text as wide and as coloured as the terminal."""
    if format == "text":
        show(report)
        return
    # A page of HTML holds the same characters in ASCII alone, by their numbers.
    errors = "xmlcharrefreplace" if format == "html" else "neurograph.spelled"
    say(report.written(format, whole=True).rstrip("\n"), errors=errors)


def show(report: Readable) -> None:
    """Print a report as text, in the width, the encoding and the colours of the terminal."""
    from rich.console import Console  # imported only when it is used
    from rich.text import Text

    console = Console(highlight=False, markup=False, emoji=False)
    colour = console.color_system is not None
    text = report.written("text", width=console.width, encoding=console.encoding, colour=colour)
    if not colour:
        sys.stdout.write(f"{text}\n")
        return
    for line in text.split("\n"):
        console.print(Text.from_ansi(line), crop=False, soft_wrap=True)
