"""``neurograph step``: one message after the other, with the network as far as it is known."""

import argparse
import contextlib
import sys

import numpy as np

import neurograph
from neurograph.cli.console import add_format, add_run, add_scenario, say, show_in
from neurograph.cli.step_keys import Command, commands
from neurograph.errors import (
    InvalidValueError,
    NeurographError,
    UnknownNameError,
    did_you_mean,
)
from neurograph.escapes import printable
from neurograph.scenario import Run, Scenario, load_scenario
from neurograph.scenario.player import first_network, next_update

__all__ = ["register"]

HELP = """\
n, Enter, right    next event          p, left    previous event
f NAME             on to the next event of a neuron, a connection, an address or a phase
                   (forward, backward, update)
g NUMBER           go to an event; g 0 is the start
e                  the end             s          the start
t                  all events so far   ?          this help
q                  quit"""


def register(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the command."""
    step = commands.add_parser(
        "step",
        help="walk through a round, one message at a time",
        description="Walk through the first round of a run, one message or value at a time, with"
        " the network as far as it is known. From a pipe, one command is read from each line.",
        epilog=HELP,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add_scenario(step)
    add_run(step)
    step.add_argument(
        "--at", metavar="WHERE", help="begin just after an event: its number, or an address"
    )
    step.add_argument(
        "--sample", metavar="N", type=int, default=1, help="which sample to show (default: 1)"
    )
    step.add_argument(
        "-o", "--output", metavar="FILE", help="write the events as JSON lines to FILE and stop"
    )
    add_format(step, default=None, words="print all events in a format and stop")
    step.set_defaults(command=_step)


def _step(arguments: argparse.Namespace) -> int:
    scenario = load_scenario(arguments.scenario)
    run = scenario.run(arguments.run or "1")
    if arguments.output is not None:
        from neurograph.traces import check_trace_file  # imported only when it is used

        check_trace_file(arguments.output)
    steps = first_round(scenario, run)
    if arguments.output is not None:
        steps.write(arguments.output)
        say(f"{len(steps)} events written to {arguments.output}")
        return 0
    if arguments.format is not None:
        show_in(arguments.format, steps)
        return 0
    if arguments.at:
        where = int(arguments.at) if arguments.at.isdecimal() else arguments.at
        steps.go_to(where)
    n_samples = np.size(steps[0].value)
    if not 1 <= arguments.sample <= n_samples:
        raise InvalidValueError(f"no sample {arguments.sample}: the run has {n_samples}")
    Walker(scenario, run, steps, arguments.sample).walk()
    return 0


def first_round(scenario: Scenario, run: Run) -> "neurograph.Trace":
    """Return the trace of the first round of a run, under its conventions.

    An update that is not by all samples is left out, which is said on stderr.
    """
    update = next_update(scenario, run)
    net = first_network(scenario, run)
    if reason := update.problem:
        step = f"step {update.number} of " if update.number else ""
        print(
            f"neurograph: the update is left out: {step}run {run.name!r} {reason}; see"
            " what it leads to with 'neurograph inspect'",
            file=sys.stderr,
        )
        return neurograph.trace(net, *scenario.data_of(run), digits=run.digits)
    rate = update.learning_rate
    # Without a learning rate no weight changes, in place or otherwise.
    order = "simultaneous" if rate is None else update.training.order
    return neurograph.trace(
        net,
        *scenario.data_of(run),
        rate,
        order,
        optimizer=update.training.optimizer,
        digits=run.digits,
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
                self.console.print(HELP)
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
