"""`Page`: one run of a scenario, ready to be computed again under alternatives."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from typing import Any

import numpy as np

from neurograph.conventions.edited_runs import parts_of, setup_of_run, with_batches
from neurograph.conventions.replay import (
    Override,
    Overrides,
    PassMoment,
    Paused,
    Replay,
    computed,
)  # fmt: skip
from neurograph.conventions.setups import Place, Setup, place_of
from neurograph.display import Brief
from neurograph.network import Network
from neurograph.numerals import Numeral
from neurograph.quantities import BY_ADDRESS
from neurograph.records import record
from neurograph.scenario import RunResult, Scenario, Step, Verdict, agrees
from neurograph.scenario.runs import perform
from neurograph.scenario.verdicts import margin

__all__ = ["NEAR", "Page", "Target"]

#: Trainings of more rounds are not looked at value by value, but for their last round.
NEAR = 30


@record
class Target(Brief):
    """One printed value of a page: where it stands, what it says, and what was computed."""

    step: int
    place: Place
    #: Position among the samples that the run uses, counted from 1.
    sample: int | None
    verdict: Verdict
    #: Of the step in the file, counted from 1.
    number: int
    #: Of a value that the page makes of others, where these stand.
    parts: tuple[Place, ...] = ()

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
        return float(Numeral.of(self.printed))

    @cached_property
    def half(self) -> float:
        """Half a unit of its last digit; of a fraction, which has none, next to nothing."""
        return float(margin(self.printed)) or 1e-9 * (abs(self.aim) or 1.0)

    @cached_property
    def _unit(self) -> float:
        # A little more than can agree, whether rounded or cut off: exact comparison is slow.
        return 2.1 * float(margin(self.printed))

    def read(self, replay: Replay) -> float | None:
        """Return it as a replay has it, or `None` if no pass has computed it."""
        formula = self.verdict.formula
        if formula is None:
            return replay.read(self.place, self.sample)
        values = [replay.read_all(place, self.sample) for place in self.parts]
        if any(value is None for value in values):
            return None
        made = formula.of(dict(zip(formula.addresses, values, strict=True)).__getitem__)
        return None if np.ndim(made) else float(made)

    def is_given_by(self, value: float | None) -> bool:
        """Whether a value prints the digits that are printed."""
        if value is None or not abs(value - self.aim) <= self._unit:
            return False
        return agrees(value, self.printed, truncated=self.verdict.truncated)

    def is_cut_from(self, value: float) -> bool:
        """Whether the printed digits are those of a value, cut off."""
        near = abs(value - self.aim) <= self._unit
        return near and agrees(value, self.printed, truncated=True)


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
    steps : tuple of Step
        Of the run, with what it states for their batches.
    targets : list of Target
    """

    def __init__(self, scenario: Scenario, result: RunResult) -> None:
        run = self.run = result.run
        # What is computed under edits is not what is computed here, and is not searched.
        net, self.setup = setup_of_run(scenario, run)
        self._computed_on: dict[frozenset[int], Values] = {}
        steps: list[Step] = []
        self.targets: list[Target] = []
        used = all_used = scenario.samples_of(run)
        for outcome in result.steps:
            if outcome.step.makes_pass:
                used = scenario.samples_of(run, outcome.step)
            parts = parts_of(with_batches(run, outcome.step, all_used))
            after = {part.after + part.rounds: len(steps) + at for at, part in enumerate(parts)}
            steps += parts
            for verdict in outcome.verdicts:
                self.targets.append(
                    Target(
                        step=len(steps) - 1 if verdict.round is None else after[verdict.round],
                        place=_place(net, verdict),
                        parts=tuple(place_of(net, its) for its in verdict.made_of),
                        sample=None if verdict.sample is None else used.index(verdict.sample) + 1,
                        verdict=verdict,
                        number=outcome.number,
                    )
                )
        self.steps = tuple(steps)

    @property
    def rounds(self) -> int:
        """How many rounds of training there are, at most."""
        return sum(step.rounds for step in self.steps if step.trains)

    @property
    def work(self) -> int:
        """What it costs to compute the page, in products of generated Python.

        As matrices a level costs 130 of them, and a product a thirtieth: see `choose_engine`.
        """
        structure, n = self.setup.structure, self.setup.n_samples
        total = 0
        for step in self.steps:
            if step.trains and "net" in step.kind.computes:
                batch = min(step.batch_size or n, n)
                products = structure.n_parameters * batch
                work = min(products, 130 * len(structure.blocks) + products // 30)
                total += step.rounds * -(-n // batch) * work
        return total

    @property
    def equations(self) -> int:
        """What it costs to compute the page with a look at every number, in equations."""
        structure, n = self.setup.structure, self.setup.n_samples
        of_round = 4 * len(structure.filled) + 6 * len(structure.names)
        rounds = sum(step.rounds if step.trains else 1 for step in self.steps)
        return min(rounds, NEAR + len(self.steps)) * of_round * (1 + n // 64)

    @property
    def shares(self) -> bool:
        """Whether errors are shared out in proportion to the weights."""
        return any("share" in step.kind.computes for step in self.steps)

    @cached_property
    def is_one_round(self) -> bool:
        """Whether nothing that is missed was computed after the weights had changed."""
        last = max((self.targets[index].step for index in self.missed), default=0)
        trained = False
        for number, step in enumerate(self.steps[: last + 1]):
            if trained and self.is_forward(number):
                return False
            if step.kind.sets or step.rounds > 1 or step.in_batches:
                return False
            trained = trained or step.trains
        return True

    @cached_property
    def stated(self) -> Values:
        """What the stated conventions give for each printed value."""
        return self.values(self.setup)

    @cached_property
    def missed(self) -> list[int]:
        """The printed values that the stated conventions do not give, and that can be searched."""
        if all(target.is_reproduced for target in self.targets):
            return []  # a long training need not be done again
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
        steps: Sequence[Sequence[Step]] | None = None,
        until: int | None = None,
    ) -> Values:
        """Return each printed value under a setup.

        Parameters
        ----------
        setup : Setup
        overrides : Overrides, optional
            In force throughout.
        steps : sequence of sequences of Step, optional
            What is done instead of each step.
        until : int, optional
            The last step whose values are wanted.
        """
        replay = Replay(setup, overrides)
        values: Values = [None] * len(self.targets)
        done = [(step,) for step in self.steps] if steps is None else steps
        for number, instead in enumerate(done):
            for step in instead:
                perform(replay, step)
            self._read(values, replay, number)
            if number == until:
                break
        return values

    def _read(
        self, values: Values, replay: Replay, number: int, only_unknown: bool = False
    ) -> None:
        for index, target in enumerate(self.targets):
            if target.step == number and not (only_unknown and values[index] is not None):
                values[index] = target.read(replay)

    def fact(self, index: int) -> tuple[object, ...]:
        """Return what a printed value says: the same for one that is printed twice."""
        target = self.targets[index]
        return self.run.name, target.place, target.sample, target.aim, self.computed_at(index)

    # -- the last pass alone ----------------------------------------------------------------

    def last_forward(self, step: int) -> int | None:
        """Return the number of the last step with a forward pass, up to a step."""
        return next((n for n in range(step, -1, -1) if self.is_forward(n)), None)

    def is_forward(self, number: int) -> bool:
        """Whether a step makes a forward pass."""
        return "net" in self.steps[number].kind.computes

    @cached_property
    def _starts(self) -> dict[int, Replay | Paused]:
        """What there is before each step with a forward pass; of a training before its last."""
        starts: dict[int, Replay | Paused] = {}
        replay = Replay(self.setup)
        for number, step in enumerate(self.steps):
            if step.in_batches:
                starts[number] = paused = replay.pause(step)
                replay.finish(paused, step)
                continue
            if self.is_forward(number):
                starts[number] = replay.under(self.setup)
            perform(replay, step)
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
        after = (n for n in range(first + 1, len(self.steps)) if self.is_forward(n))
        steps = range(first, next(after, len(self.steps)))
        values: Values = [None] * len(self.targets)
        self._go_on(values, setup, dict.fromkeys(steps, overrides), steps)
        return values

    def _go_on(
        self, values: Values, setup: Setup, at: Mapping[int, Overrides], steps: range
    ) -> None:
        """Perform some steps, the first with a forward pass, and read the values after them."""
        start = self._starts[steps[0]]
        replay = Replay(setup) if isinstance(start, Paused) else start.under(setup)
        replay.in_last_round = True
        for number in steps:
            replay.overrides = at.get(number, {})
            if number == steps[0] and isinstance(start, Paused):
                replay.finish(start, self.steps[number])
            else:
                perform(replay, self.steps[number])
            self._read(values, replay, number)

    # -- slips ------------------------------------------------------------------------------

    def computed_at(self, index: int) -> int | None:
        """Return the step that computed a printed value; `None` for what is given."""
        target = self.targets[index]
        for number in range(target.step, -1, -1):
            if target.place.quantity in self.steps[number].kind.computes:
                return number
        return None

    def is_before(self, other: int, index: int) -> bool:
        """Whether another printed value can have been used for one."""
        one, its = self.targets[index], self.targets[other]
        if its.step > one.step:
            return False
        return its.place != one.place or self.computed_at(other) != self.computed_at(index)

    def is_known_with(self, indices: Sequence[int]) -> bool:
        """Whether the values with some as they are printed were computed already."""
        return frozenset(indices) in self._computed_on

    def with_printed(self, indices: Sequence[int]) -> Values:
        """Return each printed value, computed on with some of them as they are printed."""
        key = frozenset(indices)
        if key not in self._computed_on:
            self._computed_on[key] = self._with_printed(indices)
        return self._computed_on[key]

    def _with_printed(self, indices: Sequence[int]) -> Values:
        targets: dict[int, dict[tuple[str, int | None], list[Target]]] = {}
        parameters = self.setup.parameters.copy()
        for index in sorted(indices):
            target = self.targets[index]
            quantity, place = target.place.quantity, target.place.place
            number = self.computed_at(index)
            if number is not None:
                targets.setdefault(number, {}).setdefault((quantity, place), []).append(target)
            elif quantity in ("weight", "bias"):
                parameters[self._slot(target.place)] = target.aim
        if not np.array_equal(parameters, self.setup.parameters):
            return self.values(replace(self.setup, parameters=parameters))
        at = {n: {key: _put(its) for key, its in put.items()} for n, put in targets.items()}
        values = list(self.stated)
        first = self.last_forward(min(at, default=0))
        if at and first is not None:
            self._go_on(values, self.setup, at, range(first, len(self.steps)))
        return values

    # -- every value by itself ---------------------------------------------------------------

    def locally(
        self,
        setup: Setup | None = None,
        overrides: Overrides | None = None,
        nudged: int | None = None,
    ) -> Values:
        """Return what each printed value is if all those before it are as the page has them.

        A value that prints its digits is carried on as it is; of any other what is printed, and of
        one that should be right what is stated. So a value is wrong for a reason of its own, or is
        none of those that follow from others.

        Parameters
        ----------
        setup : Setup, optional
            The stated one by default.
        overrides : Overrides, optional
            In force throughout.
        nudged : int, optional
            A value that is carried on half a unit of its last digit larger than it is printed.
        """
        setup, overrides = setup or self.setup, overrides or {}
        values: Values = [None] * len(self.targets)
        parameters = setup.parameters.copy()
        at: dict[int, dict[tuple[str, int | None], list[int]]] = {}
        for index, target in enumerate(self.targets):
            number = self.computed_at(index)
            if number is not None:
                place = target.place.quantity, target.place.place
                at.setdefault(number, {}).setdefault(place, []).append(index)
            elif not target.is_reproduced and target.place.quantity in ("weight", "bias"):
                values[index] = self.stated[index]
                parameters[self._slot(target.place)] = target.aim + (index == nudged) * target.half
        replay = Replay(setup, overrides, parameters.tolist())
        for number, step in enumerate(self.steps):
            put = {
                key: self._carried(overrides.get(key) or overrides.get((key[0], None)), its,
                                   values, nudged)
                for key, its in at.get(number, {}).items()
            }  # fmt: skip
            _perform_with(replay, step, overrides, {**overrides, **put})
            self._read(values, replay, number, only_unknown=True)
        return values

    def _carried(
        self,
        instead: Override | None,
        indices: Sequence[int],
        values: Values,
        nudged: int | None,
    ) -> Override:
        """Return what notes some values of one place, and carries on what the page has there."""

        def override(moment: PassMoment, place: int) -> Any:
            quantity = self.targets[indices[0]].place.quantity
            value = computed(moment, quantity, place) if instead is None else instead(moment, place)
            of_batch = isinstance(value, np.ndarray)
            value = value.copy() if of_batch else value
            for index in indices:
                sample = self.targets[index].sample
                at = (sample or 1) - 1
                values[index] = own = float(value[at] if of_batch else value)
                carried = self._on_the_page(index, own, nudged)
                if of_batch and sample is not None:
                    value[at] = carried
                elif carried != own:
                    value = np.full_like(value, carried) if of_batch else carried
            return value

        return override

    def _on_the_page(self, index: int, value: float, nudged: int | None) -> float:
        target, stated = self.targets[index], self.stated[index]
        if target.is_given_by(value):
            return value
        if target.is_reproduced:
            return value if stated is None else stated
        return target.aim + (index == nudged) * target.half

    @cached_property
    def own(self) -> Values:
        """What each printed value is, as stated, if those before it are as the page has them."""
        return self.locally()

    @cached_property
    def _offs(self) -> dict[int, list[float]]:
        """By value that is wrong by itself, how far half a unit of it moves each of the others."""
        return {
            index: [
                0.0 if value is None or own is None or other == index else abs(value - own)
                for other, (value, own) in enumerate(
                    zip(self.locally(nudged=index), self.own, strict=True)
                )
            ]
            for index in self.missed
            if self.own[index] is not None and not self.targets[index].is_given_by(self.own[index])
        }

    @cached_property
    def spread(self) -> list[float]:
        """How far each may lie off, since what it was computed with is printed with few digits."""
        offs = self._offs.values()
        return [
            math.fsum(off[index] for off in offs if math.isfinite(off[index]))
            for index in range(len(self.targets))
        ]

    def beginnings(self, index: int) -> list[int]:
        """Return the values that are wrong by themselves and for which another is wrong too."""
        moved = {}
        for other, off in self._offs.items():
            target, own = self.targets[other], self.own[other]
            assert own is not None
            moved[other] = off[index] / target.half * abs(target.aim - own)
        # Less than half a unit of the last digit may be enough, of the one that moves it most.
        least = min(self.targets[index].half, max(moved.values(), default=0.0))
        return [other for other, by in moved.items() if by and by >= least]

    def follows(self, index: int, values: Values | None = None) -> bool:
        """Whether a value is what those before it give, as far as their digits say.

        Parameters
        ----------
        index : int
        values : list of float, optional
            Of `locally`; by default as stated.
        """
        target, value = self.targets[index], (self.own if values is None else values)[index]
        if value is None or target.is_given_by(value):
            return value is not None
        return abs(value - target.aim) <= target.half + self.spread[index]

    def is_moved(self, index: int, values: Values) -> bool:
        """Whether `locally` gives a value otherwise than stated, so that it shows."""
        value, own = values[index], self.own[index]
        if value is None or own is None:
            return False
        return not abs(value - own) <= self.targets[index].half

    def is_spared(self, index: int, values: Values) -> bool:
        """Whether `locally` gives a right value otherwise, by more than its last digit."""
        value, target = values[index], self.targets[index]
        if value is None or not self.is_moved(index, values):
            return False
        return abs(value - target.aim) > 2 * target.half + self.spread[index]

    def kind(self, index: int) -> tuple[str, int]:
        """Return of which quantity a printed value is, and of which level of the network."""
        structure, place = self.setup.structure, self.targets[index].place
        row, neuron = BY_ADDRESS.get(place.quantity), place.place
        is_of_slot = row is not None and row.owner in ("connection", "parameter")
        if row is not None and is_of_slot and row.of_bias != place.quantity:
            neuron = int(structure.post[neuron])
        levels = enumerate(structure.levels)
        return place.quantity, next((n for n, rows in levels if neuron in rows), -1)

    def _slot(self, place: Place) -> int:
        """Return the slot of a weight or bias."""
        if place.quantity == "weight":
            return place.place
        return self.setup.structure.bias_slot[place.place]

    # -- another moment ---------------------------------------------------------------------

    def shifted(self, step: int, by: int) -> list[Sequence[Step]] | None:
        """Return the steps with one round more or less before the values of a step."""
        steps: list[Sequence[Step]] = [(step,) for step in self.steps]
        changes = [n for n in range(step + 1) if self.steps[n].trains]
        if not changes:
            first = next(filter(self.is_forward, range(len(steps))), None)
            if by < 0 or first is None:
                return None
            # The network trained by one round before anything is computed.
            steps[first] = (Step(do="step"), self.steps[first])
            return steps
        last = self.steps[changes[-1]]
        if last.rounds + by == 0:
            steps[changes[-1]] = ()
        elif last.in_batches:
            steps[changes[-1]] = (replace(last, rounds=last.rounds + by),)
        else:
            steps[changes[-1]] = (last, Step(do="step", learning_rate=last.learning_rate))
        return steps


def _place(net: Network, verdict: Verdict) -> Place:
    """Return where a printed value stands; one that the page makes of others, in its formula."""
    if verdict.formula is None:
        return place_of(net, verdict.address)
    return Place(f"= {verdict.formula}", 0)


def _perform_with(replay: Replay, step: Step, throughout: Overrides, last: Overrides) -> None:
    """Perform a step; in its last round, after which values are printed, with other overrides."""
    replay.overrides = throughout
    if step.in_batches:
        paused = replay.pause(step)
        replay.overrides = last
        replay.finish(paused, step)
        return
    if step.trains and step.rounds > 1:
        perform(replay, replace(step, rounds=step.rounds - 1))
        step = replace(step, rounds=1, after=step.after + step.rounds - 1)
    replay.overrides = last
    perform(replay, step)


def _put(targets: Sequence[Target]) -> Override:
    """Return what puts printed numbers, of one sample or of several, in their place."""

    def override(moment: PassMoment, place: int) -> Any:
        value = computed(moment, targets[0].place.quantity, place)
        for target in targets:
            if target.sample is None or not isinstance(value, np.ndarray):
                value = target.aim
            else:
                value = value.copy()
                value[target.sample - 1] = target.aim
        return value

    return override
