"""`Page`: one run of a scenario, ready to be computed again under alternatives."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np

from neurograph.conventions.overrides import Override, Overrides, PassMoment, ReplayState, computed
from neurograph.conventions.replay import Op, Paused, pause, perform, read, resume
from neurograph.conventions.setups import Conventions, Place, Setup, place_of, setup_of
from neurograph.network import Network
from neurograph.optimizers import get_optimizer
from neurograph.scenario import Run, RunResult, Scenario, Step, Verdict, agrees
from neurograph.scenario.verdicts import margin

__all__ = ["NEAR", "Page", "Target"]

#: Trainings of more rounds are not looked at value by value, but for their last round.
NEAR = 30

# What a pass of each kind of step computes.
_PHASES = {
    "forward": ("net", "out", "message"),
    "loss": ("target", "loss"),
    "backward": ("slope", "out_gradient", "delta", "error_message", "gradient", "bias_gradient"),
    "update": ("weight", "bias"),
    "attribute": ("error", "share"),
    "curvature": ("curvature", "gauss_newton", "bias_curvature", "bias_gauss_newton"),
}


@dataclass(frozen=True)
class Target:
    """One printed value of a page: where it stands, what it says, and what was computed."""

    step: int
    place: Place
    #: Position among the samples that the run uses, counted from 1.
    sample: int | None
    verdict: Verdict

    @property
    def printed(self) -> str:
        """The printed digits."""
        return self.verdict.printed

    @cached_property
    def is_reproduced(self) -> bool:
        """Whether the stated conventions give it."""
        return agrees(self.verdict.computed, self.printed, truncated=self.verdict.truncated)

    @cached_property
    def aim(self) -> float:
        """The printed number."""
        return float(self.printed)

    @cached_property
    def _unit(self) -> float:
        # A little more than can agree, whether rounded or cut off: exact comparison is slow.
        return 2.1 * float(margin(self.printed))

    def is_given_by(self, value: float | None) -> bool:
        """Whether a value prints the digits that are printed."""
        if value is None or not abs(value - self.aim) <= self._unit:
            return False
        return agrees(value, self.printed, truncated=self.verdict.truncated)


Values = list[float | None]


class Page:
    """One run of a scenario with its printed values.

    Parameters
    ----------
    scenario : Scenario
    result : RunResult
        What running it showed.

    Attributes
    ----------
    setup : Setup
        Of the stated conventions.
    ops : list of Op
    targets : list of Target
    """

    def __init__(self, scenario: Scenario, result: RunResult) -> None:
        run = self.run = result.run
        net = scenario.network(run)
        inputs, targets = scenario.data_of(run)
        stated = Conventions(learning_rate=run.learning_rate, order=run.order, digits=run.digits)
        self.setup = replace(
            setup_of(net, inputs, targets, stated), optimizer=get_optimizer(run.optimizer)
        )
        self.ops = [_op(run, step, net) for step in run.steps]
        self._computed_on: dict[frozenset[int], Values] = {}
        used = run.samples or tuple(range(1, scenario.n_samples + 1))
        self.targets = [
            Target(
                step=number,
                place=place_of(net, verdict.address),
                sample=None if verdict.sample is None else used.index(verdict.sample) + 1,
                verdict=verdict,
            )
            for number, step in enumerate(result.steps)
            for verdict in step.verdicts
        ]

    @property
    def rounds(self) -> int:
        """How many rounds of training there are, at most."""
        return sum(op.rounds for op in self.ops if op.do in ("update", "step", "train"))

    @property
    def work(self) -> int:
        """What it costs to compute the page, in products of generated Python.

        As matrices a level costs 130 of them, and a product a thirtieth: see `choose_engine`.
        """
        structure, n = self.setup.structure, self.setup.n_samples
        total = 0
        for op in self.ops:
            if op.do in ("step", "train"):
                batch = min(op.batch_size or n, n)
                products = structure.n_parameters * batch
                work = min(products, 130 * len(structure.blocks) + products // 30)
                total += op.rounds * -(-n // batch) * work
        return total

    @cached_property
    def stated(self) -> Values:
        """What the stated conventions give for each printed value."""
        return self.values(self.setup)

    @cached_property
    def missed(self) -> list[int]:
        """The printed values that the stated conventions do not give, and that can be searched."""
        return [
            index
            for index, (target, value) in enumerate(zip(self.targets, self.stated, strict=True))
            if not target.is_reproduced
            and value is not None
            and math.isclose(value, target.verdict.computed, rel_tol=1e-9, abs_tol=1e-15)
        ]

    def values(
        self,
        setup: Setup,
        overrides: Overrides | None = None,
        ops: Sequence[Sequence[Op]] | None = None,
        until: int | None = None,
    ) -> Values:
        """Return each printed value under a setup.

        Parameters
        ----------
        setup : Setup
        overrides : Overrides, optional
            In force throughout.
        ops : sequence of sequences of Op, optional
            What is done instead of each step.
        until : int, optional
            The last step whose values are wanted.
        """
        state = ReplayState(setup.parameters.tolist())
        values: Values = [None] * len(self.targets)
        for number, instead in enumerate([(op,) for op in self.ops] if ops is None else ops):
            for op in instead:
                perform(state, setup, op, overrides or {})
            self._read(values, state, setup, number)
            if number == until:
                break
        return values

    def _read(self, values: Values, state: ReplayState, setup: Setup, number: int) -> None:
        for index, target in enumerate(self.targets):
            if target.step == number:
                values[index] = read(state, setup, target.place, target.sample)

    def fact(self, index: int) -> tuple[object, ...]:
        """Return what a printed value says: the same for one that is printed twice."""
        target = self.targets[index]
        return self.run.name, target.place, target.sample, target.aim, self.computed_at(index)

    # -- the last pass alone ----------------------------------------------------------------

    def last_forward(self, step: int) -> int | None:
        """Return the number of the last step with a forward pass, up to a step."""
        return next((n for n in range(step, -1, -1) if "forward" in self.ops[n].computes), None)

    @cached_property
    def _starts(self) -> dict[int, ReplayState | Paused]:
        """What there is before each step with a forward pass; of a training before its last."""
        starts: dict[int, ReplayState | Paused] = {}
        state = ReplayState(self.setup.parameters.tolist())
        for number, op in enumerate(self.ops):
            if op.do == "train":
                paused = pause(state, self.setup, op)
                starts[number] = paused
                state = resume(paused, self.setup, op, {})
                continue
            if "forward" in op.computes:
                starts[number] = ReplayState(list(state.parameters))
            perform(state, self.setup, op, {})
        return starts

    def last_values(self, first: int, setup: Setup, overrides: Overrides) -> Values:
        """Return the values printed from a forward pass on, changed in this pass alone.

        Parameters
        ----------
        first : int
            Number of the step with the forward pass; the values are those up to the next one.
        setup : Setup
        overrides : Overrides
        """
        after = (n for n in range(first + 1, len(self.ops)) if "forward" in self.ops[n].computes)
        steps = range(first, next(after, len(self.ops)))
        values: Values = [None] * len(self.targets)
        self._go_on(values, setup, dict.fromkeys(steps, overrides), steps)
        return values

    def _go_on(
        self, values: Values, setup: Setup, at: Mapping[int, Overrides], steps: range
    ) -> None:
        """Perform some steps, the first with a forward pass, and read the values after them."""
        start = self._starts[steps[0]]
        state = ReplayState([] if isinstance(start, Paused) else list(start.parameters))
        for number in steps:
            op, overrides = self.ops[number], at.get(number, {})
            if number == steps[0] and isinstance(start, Paused):
                state = resume(start, setup, op, overrides)
            elif overrides and op.do == "train":
                state = resume(pause(state, setup, op), setup, op, overrides)
            else:
                perform(state, setup, op, overrides)
            self._read(values, state, setup, number)

    # -- slips ------------------------------------------------------------------------------

    def computed_at(self, index: int) -> int | None:
        """Return the step that computed a printed value; `None` for what is given."""
        target = self.targets[index]
        quantity = target.place.quantity
        phases = [phase for phase, its in _PHASES.items() if quantity in its]
        if quantity == "loss":
            phases.append("backward")
        for number in range(target.step, -1, -1):
            if set(phases) & set(self.ops[number].computes):
                return number
        return None

    def with_printed(self, indices: Sequence[int]) -> Values:
        """Return each printed value, computed on with some of them as they are printed."""
        key = frozenset(indices)
        if key not in self._computed_on:
            self._computed_on[key] = self._with_printed(indices)
        return self._computed_on[key]

    def _with_printed(self, indices: Sequence[int]) -> Values:
        at: dict[int, dict[tuple[str, int | None], Override]] = {}
        parameters = self.setup.parameters.copy()
        for index in indices:
            target = self.targets[index]
            quantity, place = target.place.quantity, target.place.place
            number = self.computed_at(index)
            if number is not None:
                at.setdefault(number, {})[quantity, place] = _put(target)
            elif quantity in ("weight", "bias"):
                bias_slot = self.setup.structure.bias_slot
                parameters[place if quantity == "weight" else bias_slot[place]] = target.aim
        if not np.array_equal(parameters, self.setup.parameters):
            return self.values(replace(self.setup, parameters=parameters))
        values = list(self.stated)
        first = self.last_forward(min(at, default=0))
        if at and first is not None:
            self._go_on(values, self.setup, at, range(first, len(self.ops)))
        return values

    # -- another moment ---------------------------------------------------------------------

    def shifted(self, step: int, by: int) -> list[Sequence[Op]] | None:
        """Return the steps with one round more or less before the values of a step."""
        ops: list[Sequence[Op]] = [(op,) for op in self.ops]
        one_round = Op(do="step")
        changes = [n for n in range(step + 1) if self.ops[n].do in ("update", "step", "train")]
        if not changes:
            first = next((n for n, op in enumerate(self.ops) if "forward" in op.computes), None)
            if by < 0 or first is None:
                return None
            # The network trained by one round before anything is computed.
            ops[first] = (one_round, self.ops[first])
            return ops
        last = self.ops[changes[-1]]
        if last.rounds + by == 0:
            ops[changes[-1]] = ()
        elif last.do == "train":
            ops[changes[-1]] = (replace(last, rounds=last.rounds + by),)
        else:
            ops[changes[-1]] = (last, replace(one_round, learning_rate=last.learning_rate))
        return ops


def _put(target: Target) -> Override:
    printed = target.aim

    def override(moment: PassMoment, place: int) -> Any:
        value = computed(moment, target.place.quantity, place)
        if target.sample is None or not isinstance(value, np.ndarray):
            return printed
        value = value.copy()
        value[target.sample - 1] = printed
        return value

    return override


def _op(run: Run, step: Step, net: Network) -> Op:
    training = run.training(step)
    return Op(
        do=step.do,
        rounds=step.rounds,
        order=step.order,
        learning_rate=step.learning_rate,
        optimizer=step.optimizer,
        batch_size=training.batch_size,
        shuffle=training.shuffle,
        seed=training.seed,
        values={_slot(net, address): value for address, value in step.values},
        normalised=step.normalised,
    )


def _slot(net: Network, address: str) -> int:
    """Return the slot of a parameter."""
    place = place_of(net, address)
    if place.quantity == "weight":
        return place.place
    return net.structure.bias_slot[place.place]
