"""Stopping a run at a step, and looking up one neuron or connection there."""

import itertools
from collections.abc import Hashable
from dataclasses import dataclass

from neurograph.elements import Connection, Neuron
from neurograph.errors import UnknownNameError, did_you_mean
from neurograph.network import Network
from neurograph.scenario import Run, Scenario, Step, play

__all__ = ["Inspection", "inspect", "step_called"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Inspection:
    """One neuron or connection of a network that has been stopped after a step."""

    scenario: Scenario
    run: Run
    number: int
    net: Network
    element: Neuron | Connection

    @property
    def step(self) -> Step:
        """The step after which the run was stopped."""
        return self.run.steps[self.number - 1]

    @property
    def weights_are(self) -> str:
        """Whether the weights are still those of the source, in words."""
        if self.step.changes_weights:
            return "weights changed in this step"
        if any(step.changes_weights for step in self.run.steps[: self.number]):
            return "weights changed in an earlier step"
        return "no weight has changed yet"


def inspect(scenario: Scenario, element: str, run: str | None, at: str | None) -> Inspection:
    """Perform a run up to a step, and look up a neuron or connection.

    Raises
    ------
    UnknownNameError
        If there is no such run, step, neuron or connection; the nearest is named.
    """
    chosen = scenario.runs[0] if run is None else scenario.run(run)
    number = _step_before_weights_change(chosen) if at is None else step_called(chosen, at)
    # Asked before the run, which may take long.
    _find(scenario.network(), element)
    *_, (_, net) = itertools.islice(play(scenario, chosen), number)
    return Inspection(
        scenario=scenario, run=chosen, number=number, net=net, element=_find(net, element)
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


def _find(net: Network, name: str) -> Neuron | Connection:
    try:
        return net.neuron(name)
    except UnknownNameError:
        pass
    try:
        return net.connection(name)
    except UnknownNameError:
        connections = [net.connection(pair).name for pair in net.edges]
        names: list[Hashable] = [*net, *connections]
        # An address asks for one quantity; this command shows the neuron or connection with it.
        near = did_you_mean(name.rpartition(".")[0] or name, names)
        known = f"; there are {', '.join(map(str, names))}"
        raise UnknownNameError(f"no neuron or connection {name!r}{near or known}") from None
