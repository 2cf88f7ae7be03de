"""``neurograph step``: one message after the other, with the network as far as it is known."""

import argparse
import contextlib
import os
import select
import sys
from collections.abc import Callable, Generator, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

import neurograph
from neurograph.cli.arguments import STEP_KEYS
from neurograph.cli.console import STANDARD_INPUT, busy, put, read, say, write_data
from neurograph.cli.inspection import say_left_out
from neurograph.documents.readable import format_of
from neurograph.errors import (
    InvalidValueError,
    NeurographError,
    UnknownNameError,
    did_you_mean,
)
from neurograph.escapes import printable
from neurograph.files import check_replaceable
from neurograph.scenario import Run, Scenario
from neurograph.scenario.player import first_given, first_network, next_update
from neurograph.signals import at_the_end

if TYPE_CHECKING:
    from rich.console import Console

__all__ = ["Command", "Walker", "commands", "walk"]

PROMPT = "n next, p previous, f NAME, ? help, q quit "

#: What a key that is no letter sends, and what it means.
_SENT = {
    "[C": "n", "[B": "n", "OC": "n", "OB": "n", "[6~": "n",
    "[D": "p", "[A": "p", "OD": "p", "OA": "p", "[5~": "p",
    "[H": "s", "OH": "s", "[1~": "s", "[F": "e", "OF": "e", "[4~": "e",
}  # fmt: skip
_ESCAPE = "\x1b"
_KEYS = {"\n": "n", "\r": "n", " ": "n", "\x7f": "p", "\x08": "p", _ESCAPE: "q", "\x04": "q",
         "\x03": "q"} | {_ESCAPE + sent: letter for sent, letter in _SENT.items()}  # fmt: skip
#: Keys after which something more is typed.
_WITH_TEXT = {"f": "to which neuron, connection, address or phase? ", "g": "to which event? "}
#: Words of a line that are more than a letter and a name.
_WORDS = {"next": "n", "previous": "p", "prev": "p", "back": "p", "quit": "q", "exit": "q",
          "help": "?", "start": "s", "end": "e"}  # fmt: skip
#: Endings of a trace in a file of its own.
_TRACES = ("", ".jsonl", ".ndjson")
#: Seconds in which the rest of what one key sends arrives.
_AT_ONCE = 0.05
_LONGEST = 8


class Command(NamedTuple):
    """What was typed: a letter, and the text after it."""

    letter: str
    text: str = ""


def walk(arguments: argparse.Namespace) -> int:
    """Walk through the first round of a run, or print or write its events."""
    asks = arguments.output is None and arguments.format is None
    if asks and arguments.scenario == STANDARD_INPUT:
        raise InvalidValueError(
            "with a scenario from the standard input no command can be read from there: say"
            " --format, --json or --output"
        )
    scenario = read(arguments.scenario)
    run = scenario.run(arguments.run)
    form = "" if arguments.output is None else _checked_form(arguments.output)
    with busy():
        steps = first_round(scenario, run)
    if arguments.output is not None:
        _write(steps, form, arguments)
    elif arguments.format is not None:
        put(arguments.format, lambda: _data(steps), lambda: steps)
    else:
        _walk_from(scenario, run, steps, arguments)
    return 0


def _checked_form(output: str) -> str:
    """Return what a file is to hold, by its ending: a format, or nothing for a trace."""
    from neurograph.traces import check_trace_file  # imported only when it is used

    path = Path(output)
    if path.suffix.lower() in _TRACES:
        check_trace_file(path)
        return ""
    form = format_of(path, "a list of events", "JSON lines (.jsonl)")
    check_replaceable(path, "trace", lambda head: b"A trace of " in head)
    return form


def _write(steps: "neurograph.Trace", form: str, arguments: argparse.Namespace) -> None:
    if form:
        steps.save(arguments.output)
    else:
        steps.write(arguments.output)
    if arguments.format == "json":
        write_data({"file": arguments.output, "events": len(steps)})
    else:
        say(f"{len(steps)} events written to {arguments.output}")


def _data(steps: "neurograph.Trace") -> dict[str, object]:
    by = steps.optimizer if isinstance(steps.optimizer, str) else steps.optimizer.name
    return {
        "order": steps.order,
        "optimizer": by,
        "learning_rate": steps.learning_rate,
        "events": steps.to_dicts(),
    }


def _walk_from(
    scenario: Scenario, run: Run, steps: "neurograph.Trace", arguments: argparse.Namespace
) -> None:
    if arguments.at:
        steps.go_to(int(arguments.at) if arguments.at.isdecimal() else arguments.at)
    n_samples = np.size(steps[0].value)
    if not 1 <= arguments.sample <= n_samples:
        raise InvalidValueError(f"no sample {arguments.sample}: the run has {n_samples}")
    Walker(scenario, run, steps, arguments.sample).walk()


def first_round(scenario: Scenario, run: Run) -> "neurograph.Trace":
    """Return the trace of the first round of a run, under its conventions.

    An update that is not by all samples is left out, which is said on stderr.
    """
    scenario.check_targets("a round")
    update = next_update(scenario, run)
    net = first_network(scenario, run)
    data, given = scenario.data_of(run, update.its_pass), first_given(run)
    if reason := update.problem:
        say_left_out(run, update, reason)
        return neurograph.trace(net, *data, digits=run.digits, given=given)
    rate = update.learning_rate
    # Without a learning rate no weight changes, in place or otherwise.
    order = "simultaneous" if rate is None else update.training.order
    return neurograph.trace(
        net,
        *data,
        rate,
        order,
        optimizer=update.training.optimizer,
        digits=run.digits,
        given=given,
    )


class Walker:
    """Shows a trace on the terminal and does what is typed."""

    def __init__(
        self, scenario: Scenario, run: Run, steps: "neurograph.Trace", sample: int
    ) -> None:
        from neurograph.cli.step_screen import StepConsole, StepScreen

        self.console = StepConsole(highlight=False, markup=False, emoji=False)
        self.steps = steps
        heading = f"{scenario.name}, run {run.name}, {steps.order}"
        if np.ndim(steps[0].value):
            heading += f", sample {sample} of {np.size(steps[0].value)}"
        self.screen = StepScreen(self.console, steps, sample, heading)

    def walk(self) -> None:
        """Show, read, do, until there is nothing more to read."""
        self.screen.show()
        with contextlib.closing(commands(self.console)) as typed:
            for command in typed:
                if command.letter == "q":
                    return
                try:
                    self._do(command)
                except NeurographError as error:
                    self.console.print(printable(str(error)), style="yellow", soft_wrap=True)

    def _do(self, command: Command) -> None:
        steps = self.steps
        match command.letter:
            case "n":
                if steps.step() is None:
                    self.console.print("This is the end; p goes back, q quits.")
                    return
            case "p":
                if steps.position == 0:
                    self.console.print("This is the start; n goes on, q quits.")
                    return
                steps.back()
            case "f":
                steps.go_to(_next_of(steps, command.text))
            case "g":
                if not command.text.isdecimal():
                    raise InvalidValueError(f"g needs the number of an event, not {command.text!r}")
                steps.go_to(int(command.text))
            case "e":
                steps.go_to(len(steps))
            case "s":
                steps.go_to(0)
            case "t":
                known = neurograph.Trace(steps[: steps.position]).table()
                known = printable(known, keep="\n")
                self.console.print(known or "Nothing has happened yet.", soft_wrap=True)
                return
            case "?" | "h":
                self.console.print(STEP_KEYS)
                return
            case _:
                self.console.print(
                    f"No command {command.letter!r}; n is next, p previous, f NAME goes to a"
                    " neuron, q quits, ? is help."
                )
                return
        self.screen.show()


def _other_names(net: "neurograph.Network", text: str) -> list[str]:
    """Return the names that a trace has for what is meant by the name of a tie, or by both ends."""
    is_address = "." in text
    with contextlib.suppress(UnknownNameError):
        owners = net.owners(text if is_address else f"{text}.weight")
        return [f"{owner.name}.{key}" if is_address else f"{owner.name}" for owner, key in owners]
    return []


def _next_of(steps: "neurograph.Trace", text: str) -> int:
    """Return the number of the next event that has to do with what was typed."""
    if not text:
        raise InvalidValueError(
            "f needs a name: of a neuron (h1), a connection (w5), or an address"
        )
    meant = {text, *_other_names(steps.net, text)}
    matching = [e.number for e in steps if meant & {e.name, e.address, e.phase}]
    if not matching:
        names = [name for event in steps for name in (event.name, event.address, event.phase)]
        near = did_you_mean(text, names)
        if not near:
            neurons = list(map(str, steps.net.nodes))
            more = f" and {len(neurons) - 8} more" if len(neurons) > 8 else ""
            near = f"; the neurons are {', '.join(neurons[:8])}{more}"
        raise InvalidValueError(f"nothing called {text!r} here{near}")
    # Behind the last one it begins again.
    return next((number for number in matching if number > steps.position), matching[0])


# -- what is typed: single keys on a terminal, else lines ------------------------------------------


def commands(console: "Console") -> Generator[Command, None, None]:
    """Yield what is typed; the terminal is as it was when the generator is closed."""
    if sys.stdin is not None and sys.stdin.isatty():
        with contextlib.suppress(ImportError):
            import termios  # not on Windows, where lines are read instead

            yield from _keys(console, termios)
            return
    yield from _lines()


def _lines() -> Iterator[Command]:
    for line in sys.stdin or ():
        typed = line.strip()
        if typed.lower() in _WORDS:
            yield Command(_WORDS[typed.lower()])
            continue
        letter, _, text = typed.partition(" ")
        # A line may also be "f h1" without its space, or empty for the next event.
        yield Command(letter[:1] or "n", (letter[1:] + " " + text).strip())


def _keys(console: "Console", termios: object) -> Iterator[Command]:
    """Yield keys as they are pressed; after some of them a line is read."""
    import tty

    handle = sys.stdin.fileno()
    before = termios.tcgetattr(handle)  # type: ignore[attr-defined]

    def as_before() -> None:
        with contextlib.suppress(termios.error):  # type: ignore[attr-defined]
            # Not the mode that would drop what was typed ahead.
            termios.tcsetattr(handle, termios.TCSADRAIN, before)  # type: ignore[attr-defined]

    with at_the_end(as_before):
        while True:
            console.print(PROMPT, end="", style="dim")
            tty.setcbreak(handle, termios.TCSADRAIN)  # type: ignore[attr-defined]
            sent = _pressed(lambda: _read(handle), lambda: _has_more(handle))
            console.print()
            letter = _KEYS.get(sent, sent) if sent else "q"
            text = ""
            if letter in _WITH_TEXT:
                as_before()
                try:
                    text = console.input(_WITH_TEXT[letter])
                except EOFError:
                    return
            yield Command(letter, text.strip())


def _read(handle: int) -> bytes:
    try:
        return os.read(handle, 1)
    except OSError:  # the terminal was closed
        return b""


def _has_more(handle: int) -> bool:
    return bool(select.select([handle], [], [], _AT_ONCE)[0])


def _pressed(read: Callable[[], bytes], has_more: Callable[[], bool]) -> str:
    """Return what one key sent; what was typed after it is left for later.

    An arrow key sends several characters at once, a letter of another alphabet several bytes.
    """
    sent = read()
    if sent == _ESCAPE.encode():
        while len(sent) < _LONGEST and has_more():
            sent += read()
            if len(sent) > 2 and not (sent[-1:].isdigit() or sent[-1:] == b";"):
                break
    elif sent and sent[0] >= 0x80:
        while len(sent) < 4 and not _is_whole(sent) and has_more():
            sent += read()
    return sent.decode(errors="ignore")


def _is_whole(sent: bytes) -> bool:
    try:
        sent.decode()
    except UnicodeDecodeError:
        return False
    return True
