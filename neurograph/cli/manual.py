"""The manual page, and what completes commands in a shell: both are read from the parser.

A package is built with the first where neither NumPy nor NetworkX is installed.
"""

import argparse
import re
from collections.abc import Iterator
from typing import Any

import neurograph
from neurograph.cli.arguments import AsWritten, OneOf, Parser
from neurograph.errors import InvalidValueError

__all__ = ["completion", "manual_page"]


# -- the manual page -------------------------------------------------------------------------------


def manual_page(whole: argparse.ArgumentParser) -> str:
    """Return the manual page of a command with its subcommands, as roff.

    Parameters
    ----------
    whole : argparse.ArgumentParser

    Returns
    -------
    str
        For ``share/man/man1``, or ``man -l``.
    """
    return "\n".join(_page(whole)) + "\n"


def _page(whole: argparse.ArgumentParser) -> Iterator[str]:
    name = whole.prog
    description = _roff(whole.description or "")
    yield f'.TH {name.upper()} 1 "" "{name} {_roff(neurograph.__version__)}"'
    yield from (".SH NAME", f"{name} \\- {description[:1].lower()}{description[1:].rstrip('.')}")
    yield from (".SH SYNOPSIS", f".B {name}", "\\fICOMMAND\\fR [\\fIARGUMENT\\fR ...]")
    yield from (".SH OPTIONS", *_arguments(whole))
    yield ".SH COMMANDS"
    for action in whole._actions:
        if isinstance(action, argparse._SubParsersAction):
            for command in action.choices.values():
                yield from _command(command)
    yield ".SH EXIT STATUS"
    yield _roff((whole.epilog or "").partition(": ")[2].replace("\n", " "))


def _command(command: argparse.ArgumentParser) -> Iterator[str]:
    usage = " ".join(command.format_usage().split()).removeprefix("usage: ")
    yield f".SS {_roff(command.prog)}"
    yield from (_roff(usage), ".PP", _roff(command.description or ""), *_arguments(command))
    if command.epilog:
        as_it_stands = command.formatter_class is AsWritten
        yield ".PP"
        yield from [".nf"] * as_it_stands
        yield from map(_roff, command.epilog.splitlines())
        yield from [".fi"] * as_it_stands


def _arguments(of: argparse.ArgumentParser) -> Iterator[str]:
    formatter = of._get_formatter()
    for action in of._actions:
        if action.help and action.help != argparse.SUPPRESS:
            yield from (".TP", f".B {_roff(formatter._format_action_invocation(action))}")
            yield _roff(formatter._expand_help(action))


def _roff(text: str) -> str:
    """Return text that roff shows as it is."""
    text = text.replace("\\", "\\e").replace("-", "\\-")
    return re.sub(r"^(?=[.'])", r"\\&", text)


# -- completion ------------------------------------------------------------------------------------

#: Functions that complete the name or the file of a scenario.
_PREAMBLE = {
    "bash": """\
_neurograph_scenario() {{
  compgen -W "{names}" -- $1
  compgen -d -- $1
  compgen -f -X '!*?.toml' -- $1
  compgen -f -X '!*?.json' -- $1
}}
""",
    "zsh": """\
_neurograph_scenario() {{
  _alternative 'scenarios:scenario:({names})' 'files:file:_files -g "*.(toml|json)"'
}}
""",
}
_OF_SCENARIOS = {"bash": "_neurograph_scenario", "zsh": "_neurograph_scenario", "tcsh": "f:*.toml"}


def completion(whole: Parser, shell: str) -> str:
    """Return what completes commands, options, their values and scenarios in a shell.

    Parameters
    ----------
    whole : Parser
        Its options are completed by the names that they take.
    shell : {"bash", "tcsh", "zsh"}

    Raises
    ------
    InvalidValueError
        If the package `shtab` is not installed.
    """
    try:
        import shtab  # an extra
    except ImportError:
        raise InvalidValueError(
            "--print-completion needs the package shtab: pip install shtab"
        ) from None
    from neurograph.scenario import find_scenarios

    for action in _all_actions(whole):
        if isinstance(action.type, OneOf):
            action.choices = tuple(action.type.names())
        if action.dest == "scenario":
            action.complete = _OF_SCENARIOS  # type: ignore[attr-defined]
        elif action.metavar in ("FILE", "EXERCISE", "ANSWERS"):
            action.complete = shtab.FILE  # type: ignore[attr-defined]
        elif action.metavar == "FOLDER":
            action.complete = shtab.DIRECTORY  # type: ignore[attr-defined]
    names = " ".join(find_scenarios())
    preamble: Any = {of: text.format(names=names) for of, text in _PREAMBLE.items()}
    text: str = shtab.complete(whole, shell=shell, preamble=preamble)
    return text.rstrip("\n") + "\n"


def _all_actions(whole: argparse.ArgumentParser) -> Iterator[argparse.Action]:
    for action in whole._actions:
        yield action
        if isinstance(action, argparse._SubParsersAction):
            for command in action.choices.values():
                yield from _all_actions(command)
