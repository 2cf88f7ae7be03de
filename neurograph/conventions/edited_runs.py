"""Runs that state edits: their steps performed on values under changes, not on objects."""

import json
import math
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import pairwise

import numpy as np

from neurograph.columns import Value
from neurograph.conventions.alternatives import Alternative, alternatives_to
from neurograph.conventions.replay import Override, Overrides, Replay
from neurograph.conventions.setups import Conventions, Setup, place_of, setup_of
from neurograph.display import Brief
from neurograph.errors import NeurographError, ScenarioError, did_you_mean
from neurograph.network import Network
from neurograph.optimizers import get_optimizer
from neurograph.scenario.model import Scenario
from neurograph.scenario.player import in_steps
from neurograph.scenario.player import place_of as place_of_step
from neurograph.scenario.runs import Run, Step, perform

__all__ = ["EditedPlayer", "edits_known", "line_of", "parts_of", "setup_of_run", "with_batches"]


def setup_of_run(scenario: Scenario, run: Run) -> tuple[Network, Setup]:
    """Return the network of a run, and its setup without the edits that it states."""
    net = scenario.network(replace(run, edits=()))
    stated = Conventions(learning_rate=run.learning_rate, order=run.order, digits=run.digits)
    inputs, targets = scenario.data_of(run)
    setup = setup_of(net, inputs, np.nan_to_num(targets), stated)
    if not scenario.has_targets:
        setup = replace(setup, targets=[value + math.nan for value in setup.targets])
    return net, replace(
        setup,
        optimizer=get_optimizer(run.optimizer),
        standardized=scenario.data.standardized,
        n_data=scenario.n_samples,
    )


def with_batches(run: Run, step: Step, used: Sequence[int]) -> Step:
    """Return a step with what its run states for batches, its samples by their place in the run."""
    training = run.training(step)
    samples = None if step.samples is None else tuple(used.index(n) + 1 for n in step.samples)
    return replace(
        step,
        batch_size=training.batch_size,
        shuffle=training.shuffle,
        seed=training.seed,
        samples=samples,
    )


def parts_of(step: Step) -> list[Step]:
    """Return a training in parts that end where something is printed; another step as it is."""
    rounds = {printed.round for printed in step.printed if printed.round is not None}
    ends = sorted({*rounds, step.rounds})
    return [replace(step, rounds=end - start, after=start) for start, end in pairwise([0, *ends])]


def edits_known(setup: Setup, *, shares: bool = False) -> dict[str, Alternative]:
    """Return the edits that a run may state, by what they are called: by name and by sentence."""
    known: dict[str, Alternative] = {}
    for alternative in alternatives_to(setup, shares=shares):
        known.setdefault(_plain(alternative.name), alternative)
        known.setdefault(_plain(alternative.sentence), alternative)
    return known


def line_of(alternative: Alternative, step: int | None = None) -> str:
    """Return the line of a run that states an edit; nothing for one that changes no number.

    Examples
    --------
    >>> import neurograph as ng
    >>> scenario = ng.load_scenario("mazur_2015")
    >>> known = edits_known(setup_of_run(scenario, scenario.runs[0])[1])
    >>> print(line_of(known["bias of h2 left out"]))
    edits = ["the bias of h2 left out"]
    >>> print(line_of(known["bias of h2 left out"], step=3))
    edits = [{ edit = "the bias of h2 left out", step = 3 }]
    """
    if alternative.edit.shift or alternative.edit.miswritten or alternative.edit.copies:
        return ""
    words = json.dumps(alternative.sentence, ensure_ascii=False)
    return f"edits = [{words if step is None else f'{{ edit = {words}, step = {step} }}'}]"


def _plain(words: str) -> str:
    return words.strip().lower().removeprefix("the ")


class EditedPlayer(Brief):
    """A run with edits in progress; `neurograph.scenario.player.Player` performs those without.

    Parameters
    ----------
    scenario : Scenario
    run : Run

    Raises
    ------
    ScenarioError
        If there is no such edit, the nearest is named; or if a step or an edit cannot be performed
        so.
    """

    #: What is to be said of a step: with an edit, that is the edit alone.
    remark = ""

    def __init__(self, scenario: Scenario, run: Run) -> None:
        self.scenario, self.run = scenario, run
        self.net, self._stated = setup_of_run(scenario, run)
        self._place = f"{scenario.file}: runs[{scenario.runs.index(run)}]"
        used = self.samples = scenario.samples_of(run)
        self._steps = tuple(with_batches(run, step, used) for step in run.steps)
        #: By round of the last step, what was printed for it.
        self._after_rounds: dict[int, dict[str, Value]] = {}
        for number, step in enumerate(self._steps):
            if step.do == "check" or step.stop is not None:
                key = "check" if step.do == "check" else "stop"
                raise ScenarioError(
                    f"{self._place}.steps[{number}]: {key!r} is about what equations state; a run"
                    " with edits has none"
                )
        self._edits = tuple(self._read())
        self._always = [its for steps, its in self._edits if len(steps) == len(self._steps)]
        self._active = self._always
        self._replay = Replay(self._under(self._always)[0])

    def _read(self) -> Iterator[tuple[range, Alternative]]:
        """Yield the edits, each with the steps in which it is in force."""
        shares = any("share" in step.kind.computes for step in self._steps)
        known = edits_known(self._stated, shares=shares)
        for number, stated in enumerate(self.run.edits):
            place = f"{self._place}.edits[{number}]"
            alternative = known.get(_plain(stated.edit))
            if alternative is None:
                sentences = dict.fromkeys(its.sentence for its in known.values())
                near = did_you_mean(stated.edit, sentences)
                near = near or "; 'neurograph audit' says what can be stated"
                raise ScenarioError(f"{place}: no edit {stated.edit!r} of this run{near}")
            if alternative.edit.shift:
                raise ScenarioError(
                    f"{place}: {stated.edit!r} changes no number, but when it is printed: put the"
                    " values below another step"
                )
            if alternative.edit.miswritten or alternative.edit.copies:
                raise ScenarioError(
                    f"{place}: {stated.edit!r} is about one number as it is written: list it as an"
                    " erratum"
                )
            steps = self._steps_of(stated.step, place)
            own = alternative.setup(self._stated).parameters
            if len(steps) < len(self._steps) and (own != self._stated.parameters).any():
                raise ScenarioError(
                    f"{place}.step: {stated.edit!r} changes weights or biases from the beginning;"
                    " leave 'step' out"
                )
            yield steps, alternative

    def _steps_of(self, step: int | None, place: str) -> range:
        if step is None:
            return range(len(self._steps))
        forward = [n for n, its in enumerate(self._steps) if "net" in its.kind.computes]
        if step - 1 not in forward:
            listed = ", ".join(str(n + 1) for n in forward) or "none"
            raise ScenarioError(
                f"{place}.step: step {step} makes no forward pass; those that do are {listed}"
            )
        following = (n for n in forward if n >= step)
        return range(step - 1, next(following, len(self._steps)))

    @property
    def truncates(self) -> bool:
        """Whether digits are cut off where they are printed."""
        return any(its.edit.truncates for its in self._active)

    def perform(self, index: int) -> None:
        """Perform one step.

        Raises
        ------
        ScenarioError
            If it cannot be performed.
        """
        step, replay = self._steps[index], self._replay
        self._active = [its for steps, its in self._edits if index in steps]
        if "samples" in step.kind.keys:
            self.samples = self.scenario.samples_of(self.run, self.run.steps[index])
        try:
            *parts, last = parts_of(step)
            for part in parts:
                # What is stated for one step is so in the last round of a training alone.
                replay.take(*self._under(self._always))
                perform(replay, part)
                self._keep(step, part.after + part.rounds)
            if step.in_batches and len(self._active) > len(self._always):
                replay.take(*self._under(self._always))
                paused = replay.pause(last)
                replay.take(*self._under(self._active))
                replay.finish(paused, last)
            else:
                replay.take(*self._under(self._active))
                perform(replay, last)
            self._keep(step, step.rounds)
        except NeurographError as error:
            place = place_of_step(self.scenario, self.run, index)
            raise ScenarioError(f"{place}: {in_steps(str(error))}") from error

    def _under(self, edits: list[Alternative]) -> tuple[Setup, Overrides]:
        """Return the setup with edits, and what they overwrite.

        Raises
        ------
        ScenarioError
            If two of them overwrite the same.
        """
        setup, overrides = self._stated, dict[tuple[str, int | None], Override]()
        for alternative in edits:
            setup = alternative.setup(setup)
            if twice := [key for key in alternative.overrides if key in overrides]:
                raise ScenarioError(
                    f"two edits change the same {twice[0][0].replace('_', ' ')}: state one of them"
                )
            overrides |= alternative.overrides
        return setup, overrides

    def _keep(self, step: Step, number: int) -> None:
        """Keep what is printed for a round."""
        addresses = {printed.address for printed in step.printed if printed.round == number}
        self._after_rounds[number] = {address: self._value(address) for address in addresses}

    def value(self, address: str, round: int | None = None) -> Value:
        """Return what an address is after the last step or a round, of a batch for each sample.

        Raises
        ------
        ScenarioError
            If it is not known.
        """
        return self._value(address) if round is None else self._after_rounds[round][address]

    def _value(self, address: str) -> Value:
        value = self._replay.value(place_of(self.net, address))
        if value is None:
            raise ScenarioError(f"{address!r} is not known after this step of a run with edits")
        for alternative in self._active:
            if alternative.edit.after is not None:
                value = alternative.edit.after(value)  # type: ignore[arg-type]  # arrays too
        return value
