"""``neurograph inspect``: all that one neuron or connection carries, at a step of a run."""

import argparse
import sys
from collections.abc import Hashable, Iterator
from typing import Any

from neurograph.cli.console import busy, put, read
from neurograph.documents.document import (
    Block,
    Document,
    Paragraph,
    Text,
    code,
)
from neurograph.documents.readable import Readable
from neurograph.elements import Connection, Neuron
from neurograph.errors import InvalidValueError, UnknownNameError, did_you_mean
from neurograph.network import Network
from neurograph.profiles import element_blocks, introduced, text_table, value_span
from neurograph.quantities import QUANTITIES
from neurograph.records import record
from neurograph.scenario import Run, Scenario, Step
from neurograph.scenario.player import NextUpdate, Player, player_after

__all__ = [
    "Inspection",
    "InspectionReport",
    "check_is_of_step",
    "connection_data",
    "inspect",
    "neuron_data",
    "say_left_out",
    "show_element",
    "step_called",
    "stopped_after",
]  # fmt: skip


def show_element(arguments: argparse.Namespace) -> int:
    """Do what is asked for."""
    scenario = read(arguments.scenario)
    with busy():
        inspection = inspect(
            scenario, arguments.element, arguments.run, arguments.at, arguments.round
        )
    put(
        arguments.format,
        lambda: inspection_data(inspection),
        lambda: InspectionReport(inspection),
    )
    return 0


def say_left_out(run: Run, update: NextUpdate, reason: str) -> None:
    """Say on stderr why an update is left out."""
    step = f"step {update.number} of " if update.number else ""
    print(
        f"neurograph: the update is left out: {step}run {run.name!r} {reason}; see what it leads to"
        " with 'neurograph inspect'",
        file=sys.stderr,
    )


# -- what is looked at -----------------------------------------------------------------------------


@record(slots=True, kw_only=True)
class Inspection:
    """One neuron or connection of a network that has been stopped after a step."""

    scenario: Scenario
    run: Run
    number: int
    net: Network
    element: Neuron | Connection
    #: The name that was asked for, where it is that of a tie.
    tie: str = ""

    @property
    def step(self) -> Step:
        """The step after which the run was stopped."""
        return self.run.steps[self.number - 1]

    @property
    def weights_are(self) -> str:
        """Whether the weights are still those of the source, in words."""
        if self.step.changes_weights:
            return "weights changed in this step; all else is from before they did"
        if any(step.changes_weights for step in self.run.steps[: self.number]):
            return "weights changed in an earlier step"
        return "no weight has changed yet"


def inspect(
    scenario: Scenario, element: str, run: str | None, at: str | None, rounds: int | None = None
) -> Inspection:
    """Perform a run up to a step, or some of its rounds, and look up a neuron or connection.

    Raises
    ------
    UnknownNameError
        If there is no such run, step, neuron or connection; the nearest is named.
    InvalidValueError
        If the step has no such round.
    """
    chosen = scenario.run(run)
    check_is_of_step(rounds, at)
    number = _step_before_weights_change(chosen) if at is None else step_called(chosen, at)
    # Asked before the run, which may take long.
    _find(scenario.network(), element)
    player = stopped_after(scenario, chosen, number, rounds)
    if at is None:  # not at a step that reports another loss
        player.settle()
    net = player.net
    owner = _find(net, element)
    return Inspection(
        scenario=scenario,
        run=chosen,
        number=number,
        net=net,
        element=owner,
        tie=element if owner.tie == element != owner.name else "",
    )


def _step_before_weights_change(run: Run) -> int:
    """Return the number of the last step that leaves the weights alone; the first if none does."""
    changing = [step.changes_weights for step in run.steps]
    return max(1, changing.index(True) if True in changing else len(changing))


def step_called(run: Run, name: str) -> int:
    """Return the number of a step, from its number or from what it alone does.

    Raises
    ------
    UnknownNameError
        If there is no such step, or more than one; the nearest is named.
    """
    numbers = {str(number): number for number in range(1, len(run.steps) + 1)}
    if name in numbers:
        return numbers[name]
    same = [number for number, step in enumerate(run.steps, start=1) if step.do == name]
    if len(same) == 1:
        return same[0]
    if same:
        which = " and ".join(map(str, same))
        raise UnknownNameError(f"run {run.name!r} has more than one step {name!r}: {which}")
    names = list(dict.fromkeys(step.do for step in run.steps))
    known = f"; its steps are {', '.join(f'{n} ({run.steps[n - 1].do})' for n in numbers.values())}"
    raise UnknownNameError(
        f"run {run.name!r} has no step {name!r}{did_you_mean(name, names) or known}"
    )


def check_is_of_step(rounds: int | None, at: str | None) -> None:
    """Check that a step is named where a round of it is."""
    if rounds is not None and at is None:
        raise InvalidValueError("--round is of a step that does 'train': name it with --at")


def stopped_after(scenario: Scenario, run: Run, number: int, rounds: int | None) -> Player:
    """Return a run after a step, counted from 1, or after so many of the rounds of its training.

    Raises
    ------
    InvalidValueError
        If the step has no such round.
    """
    step = run.steps[number - 1]
    if rounds is not None and not step.in_batches:
        raise InvalidValueError(f"--round is of a step that does 'train', not {step.do!r}")
    if rounds is not None and not 1 <= rounds <= step.rounds:
        raise InvalidValueError(f"--round must be from 1 to {step.rounds:,}, not {rounds}")
    player = player_after(scenario, run, number, rounds=rounds)
    if rounds is not None and (made := player.value("rounds")) < rounds:
        raise InvalidValueError(
            f"--round {rounds:,} was not reached: the training ended after {made:g}"
        )
    return player


def _find(net: Network, name: str) -> Neuron | Connection:
    try:
        return net.neuron(name)
    except UnknownNameError:
        pass
    try:
        return net.connection(name)
    except UnknownNameError:
        if sharing := shared_by(net, name):
            return sharing[0]
        connections = [net.connection(pair).name for pair in net.edges]
        names: list[Hashable] = [*net, *connections]
        # An address asks for one quantity; this command shows the neuron or connection with it.
        near = did_you_mean(name.rpartition(".")[0] or name, names)
        known = f"; there are {', '.join(map(str, names))}"
        raise UnknownNameError(f"no neuron or connection {name!r}{near or known}") from None


def shared_by(net: Network, tie: str) -> list[Neuron | Connection]:
    """Return all that share the parameter of this name; nothing if none do."""
    try:
        return [element for element, _ in net.owners(f"{tie}.gradient")]
    except UnknownNameError:
        return []


# -- what is said of it ----------------------------------------------------------------------------


def inspection_data(found: Inspection) -> object:
    """Return what ``neurograph inspect --json`` prints."""
    document: dict[str, Any] = {
        "scenario": found.scenario.name,
        "run": found.run.name,
        "step": {"number": found.number, "do": found.step.do},
        **({"edits": found.net.edits.sentences} if found.net.edits else {}),
    }
    element, net = found.element, found.net
    if isinstance(element, Connection):
        ends = {"pre": net.neuron(element.pre), "post": net.neuron(element.post)}
        return document | {
            "connection": connection_data(element),
            **{end: neuron_data(neuron) for end, neuron in ends.items()},
        }
    return document | {
        "neuron": neuron_data(element),
        "incoming": [connection_data(connection) for connection in net.incoming(element.name)],
        "outgoing": [connection_data(connection) for connection in net.outgoing(element.name)],
    }


def neuron_data(neuron: Neuron) -> dict[Hashable, Any]:
    """Return all that a neuron carries, for programs."""
    return {"name": neuron.name, **neuron}


def connection_data(connection: Connection) -> dict[Hashable, Any]:
    """Return all that a connection carries, for programs."""
    return {
        "name": connection.name,
        "pre": connection.pre,
        "post": connection.post,
        **connection,
    }


@record(eq=False)
class InspectionReport(Readable):
    """What ``neurograph inspect`` shows."""

    inspected: Inspection

    def document(self) -> Document:
        """Return what stands in it."""
        seen = self.inspected
        when = f"run {seen.run.name}, after step {seen.number} ({seen.step.do}); {seen.weights_are}"
        edited = [Paragraph(words) for words in edits_in_words(seen.net)]
        blocks = (*edited, *element_blocks(seen.element, seen.net))
        title = f"{introduced(seen.element)} in {seen.scenario.name}"
        shared = _shared(seen.tie, seen.net) if seen.tie else ()
        return Document("inspection", title, (Paragraph(when), *blocks, *shared))


def edits_in_words(net: Network) -> Iterator[str]:
    """Yield what the run states to be done otherwise, where it does."""
    if net.edits:
        yield f"Done otherwise than the equations say: {'; '.join(net.edits.sentences)}."
    if net.edits.changes_printed:
        yield "The numbers are those computed; what is printed is another."


def _shared(tie: str, net: Network) -> Iterator[Block]:
    """Yield where a shared parameter is used, and what each use adds to its gradient."""
    sharing = shared_by(net, tie)
    places = "1 place" if len(sharing) == 1 else f"{len(sharing)} places"
    yield Paragraph(
        f"{tie} is one parameter in {places}; its gradient is the sum of what each adds",
        apart=True,
    )
    heads = ("address", "own gradient", "gradient")
    rows: list[tuple[Text, ...]] = []
    for element in sharing:
        names = [QUANTITIES[name] for name in ("weight", "own_gradient", "gradient")]
        is_bias = isinstance(element, Neuron)
        parameter, own, gradient = (row.of_bias if is_bias else row.name for row in names)
        values = (value_span(element.get(name)) for name in (own, gradient))
        rows.append((code(f"{element.name}.{parameter}"), *values))
    yield text_table(heads, rows)
