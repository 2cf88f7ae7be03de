"""What is looked at: one neuron or connection at a step of a run, or the outcomes of all runs."""

import itertools
import time
from collections.abc import Hashable, Iterator
from dataclasses import dataclass

from neurograph.elements import Connection, Neuron
from neurograph.errors import NeurographError, UnknownNameError, did_you_mean
from neurograph.network import Network
from neurograph.scenario import (
    Run,
    Scenario,
    ScenarioResult,
    Step,
    find_scenarios,
    load_scenario,
    play,
    run_scenario,
)

__all__ = ["Inspection", "Outcome", "inspect", "run_all", "shared_by", "step_called"]


@dataclass(frozen=True, slots=True, kw_only=True)
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What came of one scenario: its result, or the mistake in its file."""

    name: str
    seconds: float
    result: ScenarioResult | None = None
    error: str | None = None

    @property
    def passed(self) -> bool:
        """Whether the file could be run, and everything in it is as it says."""
        return self.result is not None and self.result.passed

    @property
    def counts(self) -> tuple[str, ...]:
        """How many values are printed, reproduced, errata; slips; how many failed."""
        if self.result is None:
            return ("-",) * 4 + ("file",)
        return tuple(str(self.number(index)) for index in range(5))

    def number(self, index: int) -> int:
        """Return one of the counts; 0 for a file that cannot be run."""
        result = self.result
        if result is None:
            return 0
        found = (result.verdicts, result.reproduced, result.errata, result.slips)
        if index < len(found):
            return len(found[index])
        return len(result.failed) + sum(not check.passed for check in result.checks)


def run_all() -> Iterator[Outcome]:
    """Run every scenario that comes with neurograph.

    Yields
    ------
    Outcome
        In alphabetical order. A mistake in one file does not keep the others from running.
    """
    for name, path in find_scenarios().items():
        began = time.perf_counter()
        result, mistake = None, None
        try:
            result = run_scenario(load_scenario(path))
        except NeurographError as error:
            mistake = str(error)
        seconds = time.perf_counter() - began
        yield Outcome(name=name, seconds=seconds, result=result, error=mistake)
