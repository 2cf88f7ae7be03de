"""The search: for each printed value that the stated conventions do not give, what gives it."""

import math
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import combinations

import numpy as np

from neurograph.conventions.alternatives import Alternative, alternatives_to
from neurograph.conventions.odds import agreeing_decimals, comparable, decimals_of, false_hits
from neurograph.conventions.pages import NEAR, Page, Target, Values
from neurograph.conventions.results import Cause, Finding, Near, Reconciled, Reconciliation, Scope
from neurograph.conventions.setups import Setup
from neurograph.edits import FAMILIES
from neurograph.errors import NeurographError
from neurograph.scenario import Scenario, agrees, run_scenario

__all__ = ["MOST_WORK", "Search", "reconcile"]

#: What the alternatives of one run may cost together, in products of generated Python (75 ns each):
#: about two seconds.
MOST_WORK = 25_000_000
# More slips than these are not tried together.
_MOST_SLIPS = 6
# A near miss is so many times nearer than the stated value,
_NEARER = 10.0
# and would come so near by chance less often than this.
_SURPRISING = 0.1
_MOST_NEAR = 3


@dataclass(frozen=True)
class Trial:
    """What one change gives for one printed value."""

    name: str
    family: str
    sentence: str
    value: float
    scope: Scope = "throughout"
    hits: bool = False
    follows_from: tuple[str, ...] = ()
    keeps: int | None = None


@dataclass
class Search:
    """The search of one page: every change that was tried, with what it gives.

    Parameters
    ----------
    page : Page
    """

    page: Page
    outcomes: dict[int, list[Trial]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        page = self.page
        self.outcomes = {index: [] for index in page.missed}
        if not page.missed:
            return
        budget, work = MOST_WORK, page.work
        attributes = any("share" in step.kind.computes for step in page.steps)
        for alternative in alternatives_to(page.setup, shares=attributes):
            if alternative.edit.truncates:
                self._cut_off(alternative)
                continue
            if alternative.edit.after is not None:
                self._note(self._after(alternative.edit.after), page.missed, alternative)
                continue
            if alternative.edit.shift:
                self._shifted(alternative)
                continue
            try:
                setup = alternative.setup(page.setup)
            except NeurographError:
                continue
            if _is_quick(page, setup, alternative) and work <= budget:
                budget -= work
                self._throughout(alternative, setup)
            self._in_last_pass(alternative, setup)
        for index in page.missed:
            self._slips(index)

    @cached_property
    def n_reproduced(self) -> int:
        """How many printed values of the page the stated conventions give."""
        return sum(target.is_reproduced for target in self.page.targets)

    # -- what is tried ----------------------------------------------------------------------

    def _throughout(self, alternative: Alternative, setup: Setup) -> None:
        page = self.page
        last = max(page.targets[index].step for index in page.missed)
        values = page.values(setup, alternative.overrides, until=last)
        keeps = None
        if any(page.targets[index].is_given_by(values[index]) for index in page.missed):
            values = page.values(setup, alternative.overrides)
            keeps = sum(
                target.is_reproduced and target.is_given_by(value)
                for target, value in zip(page.targets, values, strict=True)
            )
        self._note(values, page.missed, alternative, keeps=keeps)

    def _in_last_pass(self, alternative: Alternative, setup: Setup) -> None:
        """Try a change in the last pass before a value, where that is not all there is."""
        page = self.page
        if not (alternative.overrides or setup.misread or setup.digits != page.setup.digits):
            return
        if not np.array_equal(setup.parameters, page.setup.parameters):
            return
        groups: dict[int, list[int]] = {}
        for index in page.missed:
            first = page.last_forward(page.targets[index].step)
            if first is not None and not _is_only_pass(page, first):
                groups.setdefault(first, []).append(index)
        for first, indices in groups.items():
            values = page.last_values(first, setup, alternative.overrides)
            self._note(values, indices, alternative, scope="last pass")

    def _shifted(self, alternative: Alternative) -> None:
        page = self.page
        for step in sorted({page.targets[index].step for index in page.missed}):
            steps = page.shifted(step, alternative.edit.shift)
            if steps is None:
                continue
            values = page.values(page.setup, steps=steps)
            indices = [index for index in page.missed if page.targets[index].step == step]
            self._note(values, indices, alternative)

    def _after(self, change: Callable[[float], float]) -> Values:
        """Return the stated values with a change to each itself."""
        return [None if value is None else change(value) for value in self.page.stated]

    def _cut_off(self, alternative: Alternative) -> None:
        """Compare the stated value with the digits, cut off instead of rounded."""
        for index in self.page.missed:
            target, value = self.page.targets[index], self.page.stated[index]
            if value is not None and not target.verdict.truncated:
                hits = agrees(value, target.printed, truncated=True)
                outcome = target.aim if hits else value
                self.outcomes[index].append(_outcome(alternative, outcome, hits=hits))

    def _slips(self, index: int) -> None:
        """Compute on with printed values: the right ones, and those that are wrong themselves."""
        page = self.page
        target, own = page.targets[index], page.computed_at(index)
        before = [
            other
            for other, its in enumerate(page.targets)
            if its.step <= target.step
            and not (its.place == target.place and page.computed_at(other) == own)
        ]
        right = [other for other in before if page.targets[other].is_reproduced]
        wrong = [
            other
            for other in before
            if not page.targets[other].is_reproduced
            and page.with_printed([other])[index] not in (None, page.stated[index])
        ]
        bases: list[tuple[list[int], str]] = [([], "")]
        if right:
            self._follow(index, right, (), "computed on with the printed digits")
            bases.append((right, ", the other digits as printed"))
        for size in range(1, min(len(wrong), _MOST_SLIPS) + 1):
            for slips in combinations(wrong[-_MOST_SLIPS:], size):
                names = " and ".join(_printed(page.targets[slip]) for slip in slips)
                for others, words in bases:
                    sentence = f"follows from the printed {names}{words}"
                    if self._follow(index, others, slips, sentence):
                        break
            if any(outcome.hits and outcome.family == "slip" for outcome in self.outcomes[index]):
                return

    def _follow(
        self, index: int, printed: Sequence[int], slips: Sequence[int], sentence: str
    ) -> bool:
        """Note the value computed with printed ones; return whether it is the one looked for."""
        value = self.page.with_printed([*printed, *slips])[index]
        # Slips that it does not depend on explain nothing.
        without = (
            self.page.with_printed([*printed, *slips[:n], *slips[n + 1 :]])[index]
            for n in range(len(slips))
        )
        if value is None or value in without:
            return False
        hits = self.page.targets[index].is_given_by(value)
        self.outcomes[index].append(
            Trial(
                name=sentence,
                family="slip" if slips else "rounding",
                sentence=sentence,
                value=value,
                hits=hits,
                follows_from=tuple(self.page.targets[slip].verdict.address for slip in slips),
            )
        )
        return hits

    def _note(
        self,
        values: Values,
        indices: Sequence[int],
        alternative: Alternative,
        scope: Scope = "throughout",
        keeps: int | None = None,
    ) -> None:
        for index in indices:
            value = values[index]
            if value is not None:
                hits = self.page.targets[index].is_given_by(value)
                self.outcomes[index].append(_outcome(alternative, value, scope, hits, keeps))

    # -- what it shows ----------------------------------------------------------------------

    def reconciled(self, explains: Mapping[str, int]) -> Iterator[Reconciled]:
        """Yield what was found for each printed value that the stated conventions do not give.

        Parameters
        ----------
        explains : mapping of str to int
            How many values of the whole scenario each change gives, by name.
        """
        for index, target in enumerate(self.page.targets):
            if not target.is_reproduced:
                yield self._one(index, target, explains)

    def hits(self) -> Iterator[str]:
        """Yield the name of every change that gives a value, once for each value that it gives."""
        facts: dict[tuple[object, ...], set[str]] = {}
        for index, outcomes in self.outcomes.items():
            names = facts.setdefault(self.page.fact(index), set())
            names.update(outcome.name for outcome in outcomes if outcome.hits)
        for names in facts.values():
            yield from names

    def _one(self, index: int, target: Target, explains: Mapping[str, int]) -> Reconciled:
        outcomes = self.outcomes.get(index, [])
        stated, printed = target.verdict.computed, target.printed
        reach = comparable((outcome.value for outcome in outcomes), stated, printed)
        findings: dict[str, Finding] = {}
        for outcome in sorted(
            outcomes, key=lambda trial: _rank(trial, explains, self.n_reproduced)
        ):
            if outcome.hits and outcome.name not in findings:
                findings[outcome.name] = Finding(
                    name=outcome.name,
                    family=outcome.family,
                    sentence=outcome.sentence,
                    value=outcome.value,
                    scope=outcome.scope,
                    chance=false_hits(len(reach), stated, printed),
                    explains=explains.get(outcome.name, 1),
                    follows_from=outcome.follows_from,
                    keeps=outcome.keeps,
                    of=None if outcome.keeps is None else self.n_reproduced,
                )
        return Reconciled(
            run=self.page.run.name,
            step=target.step + 1,
            verdict=target.verdict,
            found=tuple(findings.values()),
            near=() if findings else tuple(_nearest(outcomes, len(reach), target)),
            tried=len(outcomes),
            in_reach=len(reach),
            fact=self.page.fact(index),
            searched=bool(outcomes),
        )


def _is_quick(page: Page, setup: Setup, alternative: Alternative) -> bool:
    """Whether a whole run can be computed anew with an alternative: compiled, or in few rounds."""
    looked_at = alternative.overrides or setup.misread or setup.digits is not None
    return not looked_at or page.rounds <= NEAR


def _is_only_pass(page: Page, first: int) -> bool:
    """Whether nothing comes before a pass that the same change would have changed too."""
    before = any(map(page.is_forward, range(first)))
    return not before and page.steps[first].rounds == 1


def _outcome(
    alternative: Alternative,
    value: float,
    scope: Scope = "throughout",
    hits: bool = False,
    keeps: int | None = None,
) -> Trial:
    return Trial(
        name=alternative.name,
        family=alternative.family,
        sentence=alternative.sentence,
        value=value,
        scope=scope,
        hits=hits,
        keeps=keeps,
    )


def _rank(outcome: Trial, explains: Mapping[str, int], of: int) -> tuple[int, int, int]:
    """Sort by how much a change explains, then by how usual it is, then by what it leaves right."""
    usual = list(FAMILIES).index(outcome.family)
    if outcome.scope == "last pass":
        return -explains.get(outcome.name, 1), usual, 1
    # What touches this value alone leaves all the others right.
    kept = of if outcome.keeps is None else outcome.keeps
    return -explains.get(outcome.name, 1), usual, -kept


def _printed(target: Target) -> str:
    verdict = target.verdict
    sample = "" if verdict.sample is None else f" (sample {verdict.sample})"
    return f"{verdict.address}{sample} = {verdict.printed}"


def _nearest(outcomes: Sequence[Trial], in_reach: int, target: Target) -> Iterator[Near]:
    """Yield the nearest misses that are no matter of course."""
    stated, printed = target.verdict.computed, target.printed
    if not np.isfinite(stated):
        return  # every number is nearer
    aim = target.aim
    seen: set[float] = set()
    finite = (outcome for outcome in outcomes if np.isfinite(outcome.value))
    for outcome in sorted(finite, key=lambda trial: abs(trial.value - aim)):
        away = abs(outcome.value - aim)
        if not away * _NEARER <= abs(stated - aim) or len(seen) == _MOST_NEAR:
            return
        chance = false_hits(in_reach, stated, printed, within=away)
        if outcome.value in seen or chance >= _SURPRISING:
            continue
        seen.add(outcome.value)
        yield Near(
            name=outcome.name,
            sentence=outcome.sentence,
            value=outcome.value,
            missing=decimals_of(printed) - agreeing_decimals(outcome.value, printed),
            chance=chance,
        )


def reconcile(scenario: Scenario, run: str | None = None) -> Reconciliation:
    """Search the known alternatives for every printed value that the stated conventions miss.

    Failing values and listed errata alike are searched. Each alternative is one change against
    what the run states: see `neurograph.conventions.FAMILIES`. A value is found when a change
    gives it to all its printed digits.

    Parameters
    ----------
    scenario : Scenario
    run : str, optional
        The name or number of the only run to look at.

    Returns
    -------
    Reconciliation

    Raises
    ------
    UnknownNameError
        If there is no such run.
    ScenarioError
        If a step cannot be performed.

    Notes
    -----
    Whether a hit means something depends on the digits. A printed value that lies D from the
    stated one, with half a unit h of its last digit, would agree with a given number within 2 D
    of the stated value by chance with probability h / (2 D). With n different values of
    alternatives in that range, n * h / (2 D) agree by chance: the expected number of false hits,
    which each finding carries as `chance`.

    Slips in one place of the network are tried in all passes of a run of up to 30 rounds and in the
    last pass before a value, but not where weights times samples are more than 120. What rounds or
    overwrites values while they are computed is tried in the last round of longer trainings alone.
    A value after a training that stops by itself before its last round is not searched.

    Examples
    --------
    >>> import neurograph as ng
    >>> found = ng.reconcile(ng.load_scenario("mazur_2015"))
    >>> [(value.called, value.is_found) for value in found.values]
    [('w7.error_message', True)]
    """
    result = run_scenario(scenario, run)
    searches = [Search(Page(scenario, run_result)) for run_result in result.runs]
    explains: Counter[str] = Counter()
    for search in searches:
        explains.update(search.hits())
    values = [value for search in searches for value in search.reconciled(explains)]
    return Reconciliation(
        scenario=scenario, result=result, values=tuple(values), changes=tuple(_changes(values))
    )


def _changes(values: Sequence[Reconciled]) -> list[Cause]:
    """Return the changes that explain the values, each value counted once, for its best change."""
    by_name: dict[str, list[Reconciled]] = {}
    once = {value.fact: value for value in reversed(values)}
    for value in reversed(once.values()):
        if value.found:
            by_name.setdefault(value.found[0].name, []).append(value)
    changes = [
        Cause(
            name=name,
            sentence=explained[0].found[0].sentence,
            explains=tuple(explained),
            chance=_joint(explained),
        )
        for name, explained in by_name.items()
    ]
    return sorted(changes, key=lambda change: (-len(change.explains), change.chance))


def _joint(explained: Sequence[Reconciled]) -> float:
    """Return how many alternatives would explain all of these values by chance, on average."""
    n = max(value.in_reach for value in explained)
    alone = (false_hits(1, value.verdict.computed, value.verdict.printed) for value in explained)
    return n * math.prod(alone)
