"""The edits that a run states: found by what they are called, and where they are in force."""

import json
import math
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np

from neurograph.conventions.alternatives import Alternative, alternatives_to
from neurograph.conventions.setups import Conventions, Setup, setup_of
from neurograph.errors import InvalidValueError, ScenarioError, did_you_mean
from neurograph.network import Network
from neurograph.optimizers import get_optimizer
from neurograph.scenario.model import Scenario, edits_in_force, follow_from_start
from neurograph.scenario.runs import Run, StatedEdit, Step
from neurograph.slips import Edit, Edits

__all__ = [
    "RunEdit", "edits_known", "follow", "line_of", "parts_of", "read_edits", "setup_of_run",
    "with_batches",
]  # fmt: skip


def setup_of_run(scenario: Scenario, run: Run) -> tuple[Network, Setup]:
    """Return the network of a run, and its setup without the edits that it states."""
    run = replace(run, edits=())
    net = scenario.network(run)
    stated = Conventions(learning_rate=run.learning_rate, order=run.order, digits=run.digits)
    inputs, targets = scenario.data_of(run)
    setup = setup_of(net, inputs, np.nan_to_num(targets), stated)
    if not scenario.has_targets:
        setup = replace(setup, targets=[value + math.nan for value in setup.targets])
    return net, replace(
        setup,
        optimizer=get_optimizer(run.optimizer),
        standardized=scenario.data.standardized,
        targets_scaled=bool(scenario.data.scales),
        n_data=scenario.n_samples,
        goes_on=_goes_on(run),
    )


def _goes_on(run: Run) -> bool:
    """Whether a run makes passes after weights have changed."""
    passes = [step for step in run.steps if "net" in step.kind.computes]
    return sum(step.rounds for step in passes) > 1 or any(step.in_batches for step in passes)


def with_batches(run: Run, step: Step, used: Sequence[int]) -> Step:
    """Return a step with what its run states for batches, its samples by their place in the run.

    Where the run states no learning rate, that of the step or of its optimiser is the step's own.
    """
    training = run.training(step)
    rate = run.rate_of(step) if run.learning_rate is None else step.learning_rate
    samples = None if step.samples is None else tuple(used.index(n) + 1 for n in step.samples)
    return replace(
        step,
        learning_rate=rate,
        batch_size=training.batch_size,
        shuffle=training.shuffle,
        seed=training.seed,
        samples=samples,
    )


def parts_of(step: Step) -> list[Step]:
    """Return a training in parts that end where something is printed; another step as it is."""
    parts = pairwise([0, *step.pauses])
    return [replace(step, rounds=end - start, after=start) for start, end in parts]


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


class RunEdit(NamedTuple):
    """An edit of a run.

    Attributes
    ----------
    sentence : str
        What was done.
    edit : Edit
    steps : range
        In which it is in force, counted from 0.
    is_throughout : bool
        Whether it is so in all of the run: in every round of its trainings too.
    """

    sentence: str
    edit: Edit
    steps: range
    is_throughout: bool


def read_edits(scenario: Scenario, run: Run) -> list[RunEdit]:
    """Return the edits that a run states: see `neurograph.edit_readers.edits_of`.

    Raises
    ------
    ScenarioError
        If there is no such edit, the nearest is named; or if a step or an edit cannot be performed
        so.
    """
    place = f"{scenario.file}: runs[{scenario.runs.index(run)}]"
    net, setup = setup_of_run(scenario, run)
    shares = any("share" in step.kind.computes for step in run.steps)
    known = edits_known(setup, shares=shares)
    found = [
        _read(stated, f"{place}.edits[{number}]", run, setup, known)
        for number, stated in enumerate(run.edits)
    ]
    try:
        in_force = [edits_in_force(net, run, found, index) for index in range(len(run.steps))]
    except InvalidValueError as error:
        raise ScenarioError(f"{place}.edits: {error}") from error
    for number, (step, edits) in enumerate(zip(run.steps, in_force, strict=True)):
        if step.do == "check" and edits.writes:  # a loss of rounded numbers has steps, no slope
            words = next(words for words, its in edits.alone if its.writes)
            raise ScenarioError(
                f"{place}.steps[{number}]: 'check' takes differences of what is computed, and"
                f" {words!r} changes what is written"
            )
    return found


def follow(
    net: Network, inputs: Any, targets: Any, stated: Conventions, called: Sequence[str]
) -> None:
    """Let a network follow edits of one round, by what they are called.

    Raises
    ------
    InvalidValueError
        If there is no such edit of this round.
    """
    known = edits_known(setup_of(net, inputs, targets, stated))
    if unknown := [words for words in called if _plain(words) not in known]:
        raise InvalidValueError(f"no edit {unknown[0]!r} of one round of this network")
    edits = [known[_plain(words)] for words in called]
    follow_from_start(net, Edits(net.structure, [(its.sentence, its.edit) for its in edits]))


def _read(
    stated: StatedEdit, place: str, run: Run, setup: Setup, known: dict[str, Alternative]
) -> RunEdit:
    alternative = known.get(_plain(stated.edit))
    if alternative is None:
        near = _did_you_mean(stated.edit, [its.sentence for its in known.values()])
        near = near or "; 'neurograph audit' says what can be stated"
        raise ScenarioError(f"{place}: no edit {stated.edit!r} of this run{near}")
    edit = alternative.edit
    if edit.shift:
        raise ScenarioError(
            f"{place}: {stated.edit!r} changes no number, but when it is printed: put the values"
            " below another step"
        )
    if edit.miswritten or edit.copies:
        raise ScenarioError(
            f"{place}: {stated.edit!r} is about one number as it is written: list it as an erratum"
        )
    steps = _steps_of(run, stated.step, place)
    what = "weights or biases" if _changes_parameters(alternative, setup) else ""
    what = what or ("inputs or targets" if edit.data else "")
    if len(steps) < len(run.steps) and what:
        raise ScenarioError(
            f"{place}.step: {stated.edit!r} changes {what} from the beginning; leave 'step' out"
        )
    has_rounds = stated.step is not None and run.steps[steps[0]].in_batches
    is_throughout = len(steps) == len(run.steps) and (bool(what) or not has_rounds)
    return RunEdit(alternative.sentence, edit, steps, is_throughout)


def _changes_parameters(alternative: Alternative, setup: Setup) -> bool:
    return bool((alternative.setup(setup).parameters != setup.parameters).any())


def _did_you_mean(asked: str, sentences: Sequence[str]) -> str:
    """Name the sentence that has most of the words asked for, a word the more the rarer it is."""
    words_of = {sentence: _words(sentence) for sentence in dict.fromkeys(sentences)}
    times = Counter(word for words in words_of.values() for word in words)
    wanted = _words(asked)

    def weight(words: set[str]) -> float:
        return sum(math.log1p(len(words_of) / (times[word] or 1)) for word in words)

    def likeness(sentence: str) -> float:
        words = words_of[sentence]
        # A word more than was asked for is a smaller matter than one that is missing.
        return weight(wanted & words) / (weight(wanted) + weight(words - wanted) / 4)

    nearest = max(words_of, key=likeness)
    if not wanted or 2 * len(wanted & words_of[nearest]) < len(wanted):
        return did_you_mean(asked, words_of)
    return f"; did you mean {nearest!r}?"


def _words(sentence: str) -> set[str]:
    return set(re.findall(r"[^\s,:]+", sentence.lower()))


def _steps_of(run: Run, step: int | None, place: str) -> range:
    if step is None:
        return range(len(run.steps))
    forward = [n for n, its in enumerate(run.steps) if "net" in its.kind.computes]
    if step - 1 not in forward:
        listed = ", ".join(str(n + 1) for n in forward) or "none"
        raise ScenarioError(
            f"{place}.step: step {step} makes no forward pass; those that do are {listed}"
        )
    following = (n for n in forward if n >= step)
    return range(step - 1, next(following, len(run.steps)))
