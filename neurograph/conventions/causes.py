"""Causes: of all that was tried, what explains printed values best, and what follows from it."""

import math
from collections.abc import Iterator, Sequence
from functools import cached_property
from typing import Any

import numpy as np

from neurograph.conventions.odds import (
    agreeing_decimals,
    decimals_of,
    false_hits,
    grain,
    in_reach,
)
from neurograph.conventions.pages import Page, Target
from neurograph.conventions.results import (
    AGAINST,
    UNKNOWN,
    Cause,
    Finding,
    Near,
    Reconciled,
    Reconciliation,
    hardly_chance,
)
from neurograph.conventions.search import Search, Trial
from neurograph.edits import FAMILIES
from neurograph.scenario import Scenario, run_scenario
from neurograph.scenario.verdicts import margin

__all__ = ["Causes", "reconcile"]

# A near miss is so many times nearer than the stated value,
_NEARER = 10.0
# and would come so near by chance less often than this.
_SURPRISING = 0.1
_MOST_NEAR = 3
#: Of more values than these that one cause explains, the rest count as following from them.
_MOST_COUNTED = 12
#: Two values depend on each other where most alternatives change them in one proportion.
_MOST, _ALIKE = 0.5, 1e-6
#: The family of what happens to one value by itself: the same twice is two slips, no one reason.
_MISPRINT = "digits"
#: So many causes, each of two values or more, are tried together with every other change.
_MOST_FIRST = 1

_USUAL = {family: number for number, family in enumerate(FAMILIES)}
#: A printed value: the number of its page, and its own there.
Value = tuple[int, int]


class Causes:
    """What explains the printed values that the stated conventions do not give.

    Parameters
    ----------
    searches : list of Search
        One for each run of a scenario.

    Attributes
    ----------
    of : dict of tuple of int to str
        By value, the name of the cause that it is counted for.
    """

    def __init__(self, searches: Sequence[Search]) -> None:
        self.searches = searches
        #: By name of a change, the values that it gives; one that is printed twice counts once.
        self.hits: dict[str, dict[Value, Trial]] = {}
        self.first: dict[Value, Value] = {}
        self._order: dict[str, int] = {}
        once: dict[tuple[object, ...], Value] = {}
        for number, search in enumerate(searches):
            for index, trials in search.outcomes.items():
                value = once.setdefault(search.page.fact(index), (number, index))
                self.first[number, index] = value
                for trial in trials:
                    if trial.hits:
                        self._order.setdefault(trial.name, len(self._order))
                        self.hits.setdefault(trial.name, {}).setdefault(value, trial)
        for name in list(self.hits):
            self._leave_what_follows(name)
        self.contradicts = {name: self._contradicted(name) for name in self.hits}
        self.misses = {name: self._missed_by(name) for name in self.hits}
        self.too_wide = {name for name in self.hits if self._is_too_wide(name)}
        self.of: dict[Value, str] = {}
        self.chances: dict[str, float] = {}
        self._choose()

    def _page(self, value: Value) -> Page:
        return self.searches[value[0]].page

    def _target(self, value: Value) -> Target:
        return self._page(value).targets[value[1]]

    def follows(self, value: Value) -> bool:
        """Whether a wrong value is what those before it give as they are printed."""
        return self.searches[value[0]].follows(value[1])

    def _leave_what_follows(self, name: str) -> None:
        """Leave out of what a change gives all that follows from what it does not give."""
        hits = self.hits[name]
        upon = self.hits.get(self._trial(name).upon, {})
        for value, trial in list(hits.items()):
            if trial.follows_from or not self.follows(value):
                continue
            page, index = value
            beginnings = [(page, its) for its in self._page(value).beginnings(index)]
            if not all(self.first[its] in hits or self.first[its] in upon for its in beginnings):
                del hits[value]
        if not hits:
            del self.hits[name]

    def _missed_by(self, name: str) -> int:
        """Return how many wrong values a change makes something else of than is printed."""
        by_page = self._given(name).items()
        return sum(self.searches[page].missed_by(name, indices) for page, indices in by_page)

    def _is_too_wide(self, name: str) -> bool:
        """Whether a change would change right values of a kind of which it gives no wrong one."""
        by_page = self._given(name).items()
        return any(self.searches[page].is_too_wide(name, indices) for page, indices in by_page)

    def _given(self, name: str) -> dict[int, set[int]]:
        """Return the values that a change gives, or that which it is made upon, by page."""
        hits = {*self.hits[name], *self.hits.get(self._trial(name).upon, ())}
        given = [value for value, first in self.first.items() if first in hits]
        return {
            page: {index for its, index in given if its == page}
            for page in {page for page, _ in self.hits[name]}
        }

    def _contradicted(self, name: str) -> tuple[int, int]:
        """Return how many of the right values a change would make wrong, and of how many."""
        lost: dict[int, int] = {}
        for (number, _), trial in self.hits[name].items():
            if trial.keeps is not None:
                wrong = self.searches[number].n_reproduced - trial.keeps
                lost[number] = max(wrong, lost.get(number, 0))
        return sum(lost.values()), sum(self.searches[number].n_reproduced for number in lost)

    # -- which cause a value is counted for -------------------------------------------------

    def _choose(self) -> None:
        """Count each value for a cause: the best one first, then the best of what is left."""
        left = set(self.first.values())
        while self.hits:
            name = min(self.hits, key=lambda name: self._rank(name, left))
            explained = self._explained(name, left)
            if not explained:
                break
            chance = self._chance(name, explained, left)
            self.chances[name] = max(chance, self.chances.get(name, 0.0))
            self.of |= dict.fromkeys(explained, name)
            left -= set(explained)

    def _explained(self, name: str, left: set[Value]) -> list[Value]:
        """Return which of some values a change gives as one reason: a misprint is one of each."""
        explained = [value for value in self.hits[name] if value in left]
        return explained[:1] if self._trial(name).family == _MISPRINT else explained

    def _trial(self, name: str) -> Trial:
        return next(iter(self.hits[name].values()))

    def is_likely(self, name: str) -> bool:
        """Whether a cause is hardly chance, what it contradicts counted against it."""
        return name not in self.too_wide and hardly_chance(self.chances[name], self.against(name))

    def against(self, name: str) -> int:
        """Return how many values speak against a cause: right ones and wrong ones."""
        return self.contradicts[name][0] + self.misses[name]

    def _rank(self, name: str, left: set[Value]) -> tuple[float, ...]:
        """Sort by what a change explains less what it contradicts, then by how usual it is."""
        explains = len(self._explained(name, left))
        wrong = self.against(name)
        trial = self._trial(name)
        if not explains:
            return (1.0,)
        return (
            0.0,
            wrong - explains,
            float(bool(trial.upon)),
            wrong,
            _USUAL[trial.family],
            self._far(name),
            trial.scope == "last pass",
            self._order[name],
        )

    def _far(self, name: str) -> float:
        """Return by how many decimals a rounding differs from what is printed."""
        value, trial = next(iter(self.hits[name].items()))
        if trial.decimals is None:
            return 0.0
        return abs(trial.decimals - decimals_of(self._target(value).printed))

    # -- chance -----------------------------------------------------------------------------

    @cached_property
    def _reaches(self) -> dict[Value, dict[int, int]]:
        """By value, and by what the values of alternatives in reach print: how usual each is."""
        reaches: dict[Value, dict[int, int]] = {}
        for number, search in enumerate(self.searches):
            for index, trials in search.outcomes.items():
                target = search.page.targets[index]
                ranked = sorted(trials, key=_class)
                values = [trial.value for trial in ranked]
                digits = in_reach(values, target.verdict.computed, target.printed)
                reaches[number, index] = {
                    key: _class(ranked[place]) for key, place in digits.items()
                }
        return reaches

    def reach(self, value: Value) -> int:
        """Return how many different values of alternatives are in reach of one."""
        return len(self._reaches.get(value, ()))

    def as_usual(self, value: Value, trial: Trial) -> int:
        """Return how many of them are at least as usual as a change."""
        return max(1, sum(its <= _class(trial) for its in self._reaches[value].values()))

    def _together(self, explained: Sequence[Value], trial: Trial) -> int:
        """Return how many changes as usual come near to some values at once, each its own way."""
        ways: dict[tuple[int, str, str], list[int]] = {}
        for value in explained:
            search, target = self.searches[value[0]], self._target(value)
            aim, unit = target.aim, 2 * float(margin(target.printed))
            for its in search.outcomes[value[1]]:
                if _class(its) <= _class(trial) and its.value != target.verdict.computed:
                    reach = 2.0 * abs(aim - target.verdict.computed)
                    away = (its.value - aim) / unit if unit else math.inf
                    if abs(its.value - target.verdict.computed) <= reach and math.isfinite(away):
                        key = value[0], its.name, its.scope
                        ways.setdefault(key, []).append(round(away))
        n = {page: sum(page == number for number, _ in explained) for page, _, _ in ways}
        return len({(key[0], *way) for key, way in ways.items() if len(way) >= n[key[0]]})

    def _chance(self, name: str, explained: Sequence[Value], left: set[Value]) -> float:
        """Return how many reasons would explain as many values by chance, on average."""
        trials = self.hits[name]
        alone = dict(zip(explained, self._alone(explained, trials), strict=True))
        facts = [value for value in explained if alone[value] < _MOST]
        n = max(self.as_usual(value, trials[value]) for value in facts or explained)
        if len(facts) > 1:
            n = max(n, self._together(facts, trials[facts[0]]))
        others = sum(not self.follows(value) for value in left - set(explained))
        chance = math.comb(others + len(facts), len(facts)) * n * math.prod(alone.values())
        # What else there is has another reason, and that may be the reason of these.
        return chance * AGAINST ** (bool(trials[explained[0]].upon) + (others > len(facts)))

    def _alone(self, explained: Sequence[Value], trials: dict[Value, Trial]) -> Iterator[float]:
        """Yield how probably each of some values agrees by chance if those before it do."""
        known: list[Value] = []
        for number, value in enumerate(explained):
            if number >= _MOST_COUNTED:
                yield 1.0
                continue
            target = self._target(value)
            stated, printed = target.verdict.computed, target.printed
            probability = min(1.0, false_hits(1, stated, printed))
            if trials[value].follows_from:
                near = target.half + self._page(value).spread[value[1]]
                probability = max(probability, min(1.0, false_hits(1, stated, printed, near)))
            elif np.isfinite(stated):
                near = float(grain(printed))
                for other, off in self._expected(value, known):
                    away = abs(target.aim - other)
                    reach = near + off if away <= near + off else 2 * away
                    probability = max(probability, min(1.0, near / reach))
            known.append(value)
            yield probability

    def _expected(self, value: Value, known: Sequence[Value]) -> Iterator[tuple[float, float]]:
        """Yield what a value would be if others were as they are printed, and how far it is off."""
        number, index = value
        search = self.searches[number]
        page = search.page
        off = 0.0
        if search.is_local:
            own, off = page.own[index], page.spread[index]
            if own is not None and np.isfinite(own) and own != page.stated[index]:
                yield own, off
        others = [its for page, its in known if page == number]
        before = [other for other in others if page.is_before(other, index)]
        if before:
            followed = page.with_printed(before)[index]
            if followed is not None and np.isfinite(followed):
                yield followed, off
        for other in others:
            for its in self._in_proportion(search, index, other):
                yield its, 0.0
        for its in _rest(page, index, others):
            yield its, 0.0

    def _in_proportion(self, search: Search, index: int, other: int) -> Iterator[float]:
        """Yield a value by another, where most alternatives change the two in one proportion."""
        page = search.page
        mine, its = page.stated[index], page.stated[other]
        if mine is None or its is None:
            return
        theirs = self._by_name(search, other)
        pairs = [
            (value - mine, theirs[key] - its)
            for key, value in self._by_name(search, index).items()
            if key in theirs and np.isfinite(value) and np.isfinite(theirs[key])
        ]
        moved = [(a, b) for a, b in pairs if a or b]
        both = [a / b for a, b in moved if a and b]
        if len(both) < max(3.0, _MOST * len(moved)):
            return
        ratio = float(np.median(both))
        alike = sum(abs(each - ratio) <= _ALIKE * abs(ratio) for each in both)
        if alike >= _MOST * len(both):
            yield mine + ratio * (page.targets[other].aim - its)

    def _by_name(self, search: Search, index: int) -> dict[tuple[str, str], float]:
        key = id(search), index
        if key not in self._names:
            self._names[key] = {
                (trial.name, trial.scope): trial.value for trial in search.outcomes[index]
            }
        return self._names[key]

    @cached_property
    def _names(self) -> dict[tuple[int, int], dict[tuple[str, str], float]]:
        return {}

    # -- what follows from what -------------------------------------------------------------

    def source(self, value: Value) -> tuple[Value, ...]:
        """Return the wrong values that one follows from, if its cause is in them."""
        own = self.of.get(value)
        for name, hits in self.hits.items():
            if value in hits and hits[value].follows_from:
                sources = tuple(
                    self.first.get((value[0], index), (value[0], index))
                    for index in hits[value].follows_from
                )
                same = all(self.of.get(its) == own for its in sources)
                if name == own or (same and own is not None):
                    return tuple(its for its in sources if its != value)
        return ()


def _class(trial: Trial) -> int:
    """Return how usual a change is: two at once are the least."""
    return _USUAL[trial.family] + len(_USUAL) * bool(trial.upon)


def _rest(page: Page, index: int, known: Sequence[int]) -> Iterator[float]:
    """Yield the out of a neuron whose group adds up to 1, if all the others are known."""
    target, structure = page.targets[index], page.setup.structure
    row = target.place.place
    if target.place.quantity != "out" or not structure.activations[row].group:
        return
    beside = {
        its.place.place: its.aim
        for number, its in enumerate(page.targets)
        if its.place.quantity == "out"
        and (its.step, its.sample) == (target.step, target.sample)
        and (its.is_reproduced or number in known)
    }
    others = [other for other in structure.group_of(row) if other != row]
    if all(other in beside for other in others):
        yield 1.0 - sum(beside[other] for other in others)


# -- records of it --------------------------------------------------------------------------------


def _reconciled(causes: Causes) -> dict[Value, Reconciled]:
    """Return what was found for each printed value that the stated conventions do not give."""
    records: dict[Value, Reconciled] = {}
    for number, search in enumerate(causes.searches):
        for index, target in enumerate(search.page.targets):
            if not target.is_reproduced:
                records[number, index] = _of_value(causes, (number, index), target)
    return records


def _of_value(causes: Causes, value: Value, target: Target) -> Reconciled:
    search = causes.searches[value[0]]
    trials, reach = search.outcomes.get(value[1], []), causes.reach(value)
    findings = tuple(_findings(causes, value, trials))
    return Reconciled(
        run=search.page.run.name,
        step=target.number,
        verdict=target.verdict,
        found=findings,
        near=() if findings else tuple(_nearest(causes, value, trials, target)),
        tried=len(trials) + search.passed_over,
        in_reach=reach,
        expected=false_hits(reach, target.verdict.computed, target.printed),
        fact=search.page.fact(value[1]),
        searched=value[1] in search.outcomes,
    )


def _findings(causes: Causes, value: Value, trials: Sequence[Trial]) -> Iterator[Finding]:
    """Yield the changes that give a value: that which it is counted for first."""
    first = causes.first.get(value, value)
    own, target = causes.of.get(first), causes._target(value)
    everything = set(causes.first.values())
    names = {
        trial.name: trial
        for trial in reversed(trials)
        if trial.hits and first in causes.hits.get(trial.name, ())
    }

    def rank(name: str) -> tuple[object, ...]:
        return name != own, causes.against(name) > 0, causes._rank(name, everything)

    for name in sorted(names, key=rank):
        trial = names[name]
        alone = causes.as_usual(value, trial) * false_hits(
            1, target.verdict.computed, target.printed
        )
        wrong, of = causes.contradicts[name]
        yield Finding(
            name=name,
            family=trial.family,
            sentence=trial.sentence,
            value=trial.value,
            scope=trial.scope,
            chance=causes.chances[name] if name == own else alone,
            explains=len(causes._explained(name, set(causes.hits[name]))),
            follows_from=tuple(
                causes._page(value).targets[slip].verdict.address for slip in trial.follows_from
            ),
            keeps=None if trial.keeps is None else of - wrong,
            of=None if trial.keeps is None else of,
            misses=causes.misses[name],
            is_too_wide=name in causes.too_wide,
            states=trial.states,
        )


def _nearest(
    causes: Causes, value: Value, trials: Sequence[Trial], target: Target
) -> Iterator[Near]:
    """Yield the nearest misses that are no matter of course."""
    stated, printed = target.verdict.computed, target.printed
    if not np.isfinite(stated):
        return  # every number is nearer
    aim = target.aim
    seen: set[float] = set()
    finite = (trial for trial in trials if np.isfinite(trial.value))
    for trial in sorted(finite, key=lambda trial: abs(trial.value - aim)):
        away = abs(trial.value - aim)
        if not away * _NEARER <= abs(stated - aim) or len(seen) == _MOST_NEAR:
            return
        chance = false_hits(causes.as_usual(value, trial), stated, printed, within=away)
        if trial.value in seen or chance >= _SURPRISING:
            continue
        seen.add(trial.value)
        yield Near(
            name=trial.name,
            sentence=trial.sentence,
            value=trial.value,
            missing=decimals_of(printed) - agreeing_decimals(trial.value, printed),
            away=away,
            chance=chance,
        )


def _changes(causes: Causes, records: dict[Value, Reconciled]) -> list[Cause]:
    """Return the causes, each with what follows from the values that it explains.

    A wrong value for which there is no reason, but from which others follow, is a cause without a
    name.
    """
    explained: dict[str | Value, list[Value]] = {}
    for value in sorted(causes.of):
        explained.setdefault(causes.of[value], []).append(value)
    sources = {value: causes.source(value) for value in causes.of}
    roots: dict[str | Value, list[Value]] = {}
    below: dict[str | Value, list[Value]] = {}
    for value in sorted(sources):
        beginning = _beginning(value, sources)
        root = causes.of.get(beginning, beginning)
        roots.setdefault(root, [])
        (roots if beginning == value else below).setdefault(root, []).append(value)

    def records_of(values: Sequence[Value]) -> tuple[Reconciled, ...]:
        return tuple(records[value] for value in values)

    changes = []
    for root in dict.fromkeys([*explained, *roots]):
        parts: dict[str, Any] = {
            "explains": records_of(explained.get(root, ())),
            "roots": records_of(roots.get(root, ())),
            "below": records_of(below.get(root, ())),
        }
        if isinstance(root, str):
            changes.append(_cause(causes, root, parts))
        else:
            parts["roots"] = (records[root],)
            changes.append(Cause(name="", family="", sentence=UNKNOWN, chance=1.0, **parts))
    return sorted(changes, key=_weight)


def _cause(causes: Causes, name: str, parts: dict[str, Any]) -> Cause:
    trial, (wrong, of) = causes._trial(name), causes.contradicts[name]
    return Cause(
        name=name,
        family=trial.family,
        sentence=trial.sentence,
        chance=causes.chances[name],
        contradicts=wrong,
        of=of,
        misses=causes.misses[name],
        is_too_wide=name in causes.too_wide,
        **parts,
    )


def _weight(cause: Cause) -> tuple[bool, bool, int, float]:
    """Sort what causes others first, then what is hardly chance, then what explains most."""
    reach = len({*map(id, cause.explains), *map(id, cause.below)})
    return not cause.roots, bool(cause.name) and not cause.is_likely, -reach, cause.chance


def _beginning(value: Value, sources: dict[Value, tuple[Value, ...]]) -> Value:
    """Return the wrong value that one goes back to in the end."""
    seen = {value}
    while its := [source for source in sources.get(value, ()) if source not in seen]:
        value = its[0]
        seen.add(value)
    return value


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
    alternatives in that range, n * h / (2 D) agree by chance: the number `expected`. How many
    reasons would explain the same values by chance is the `chance` of a finding; see
    `neurograph.conventions.odds`.

    Reasons are ranked by how many values they explain, less how many right ones they contradict,
    then by how usual they are: one reason with an exception is preferred to three without, but not
    to two, or to one. Each value is counted for one; the others that give it come after it, those
    that contradict last. What follows from a wrong value that is printed before is hung below the
    reason of that.

    Slips in one place of the network are tried in all passes of a run of up to 30 rounds and in the
    last pass before a value, but not where weights times samples are more than 120. What rounds or
    overwrites values while they are computed is tried in the last round of longer trainings alone.
    A value after a training that stops by itself before its last round is not searched.

    Examples
    --------
    >>> import neurograph as ng
    >>> found = ng.reconcile(ng.load_scenario("mazur_2015"))
    >>> [(value.called, value.is_found) for value in found.values]  # what fits may be chance
    [('w7.error_message', False)]
    """
    result = run_scenario(scenario, run)
    searches = [Search(Page(scenario, run_result)) for run_result in result.runs]
    causes = Causes(searches)
    if _two_at_once(causes):
        causes = Causes(searches)
    records = _reconciled(causes)
    changes = _changes(causes, records)
    return Reconciliation(
        scenario=scenario,
        result=result,
        values=tuple(records.values()),
        changes=tuple(change for change in changes if change.name),
        story=tuple(change for change in changes if change.roots),
        is_complete=all(search.is_complete for search in searches),
    )


def _two_at_once(causes: Causes) -> bool:
    """Try every change on top of those that several values support already."""
    tried = False
    for number, search in enumerate(causes.searches):
        left = [i for i in search.outcomes if causes.first[number, i] not in causes.of]
        for name in list(causes.chances)[:_MOST_FIRST] if left else ():
            explained = [index for page, index in causes.hits[name] if page == number]
            if len(explained) > 1 and causes.is_likely(name):
                first = search.alternative(name)
                if first is not None:
                    search.together_with(first, explained)
                    tried = True
    return tried
