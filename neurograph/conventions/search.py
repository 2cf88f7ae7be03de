"""The search: what each change against the stated conventions gives for each printed value."""

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import combinations

import numpy as np

from neurograph.conventions.alternatives import Alternative, alternatives_to
from neurograph.conventions.edited_runs import line_of
from neurograph.conventions.odds import decimals_of
from neurograph.conventions.pages import NEAR, Page, Target, Values
from neurograph.conventions.replay import Overrides
from neurograph.conventions.results import Scope
from neurograph.conventions.setups import Setup
from neurograph.equations import Variable
from neurograph.errors import NeurographError
from neurograph.numerals import Numeral
from neurograph.quantities import BY_ADDRESS
from neurograph.records import record
from neurograph.slips import RATE, Datum, Edit

__all__ = ["MOST_WORK", "Search", "Trial"]

#: What the alternatives of one run may cost together, in products of generated Python (75 ns each):
#: about two seconds.
MOST_WORK = 25_000_000
#: And where every number is looked at, in equations (about 2 us each).
MOST_EQUATIONS = 1_000_000
#: What follows from printed numbers has its own share, however many alternatives there are.
_MOST_FOLLOWED = 300_000
# More wrong values than these, the nearest, are not tried one by one, and fewer not in pairs.
_MOST_SLIPS, _MOST_IN_PAIRS = 6, 4
#: What is copied by mistake is a number that can be told from others.
_COMMON = (0.0, 1.0, -1.0)


@record
class Trial:
    """What one change gives for one printed value.

    Attributes
    ----------
    name, family, sentence : str
        Of the change.
    value : float
    scope : {"throughout", "last pass"}
    hits : bool
        Whether it is the printed value.
    follows_from : tuple of int
        The numbers of the printed values that it was computed with.
    keeps : int or None
        How many of the values that the stated conventions give the change would give too.
    upon : str
        The name of another change that it is made together with, which explains other values.
    states : str
        The line of a run that states it; empty for what no edit of the table says.
    decimals : int, optional
        Of a rounding, how many it leaves.
    """

    name: str
    family: str
    sentence: str
    value: float
    scope: Scope = "throughout"
    hits: bool = False
    follows_from: tuple[int, ...] = ()
    keeps: int | None = None
    upon: str = ""
    states: str = ""
    decimals: int | None = None


@dataclass
class Search:
    """The search of one page: every change that was tried, with what it gives.

    Parameters
    ----------
    page : Page

    Attributes
    ----------
    outcomes : dict of int to list of Trial
        By number of a printed value that is missed. What could not change it is only counted.
    passed_over : int
        How many changes were of numbers on which no missed value depends.
    is_complete : bool
        Whether every change was tried; of a large page only the likeliest are.
    """

    page: Page
    outcomes: dict[int, list[Trial]] = field(default_factory=dict)
    passed_over: int = 0
    is_complete: bool = True

    def __post_init__(self) -> None:
        page = self.page
        self.outcomes = {index: [] for index in page.missed}
        self._work, self._equations = MOST_WORK, MOST_EQUATIONS
        self._followed = _MOST_FOLLOWED
        self._throughout_by_name: dict[str, Alternative] = {}
        self._worlds: dict[str, tuple[Setup, Overrides]] = {}
        self._local_values: dict[str, Values] = {}
        if not page.missed:
            return
        for alternative in alternatives_to(page.setup, shares=page.shares):
            self._try(alternative)
        for index in page.missed:
            self._slips(index)

    @cached_property
    def n_reproduced(self) -> int:
        """How many printed values of the page the stated conventions give."""
        return sum(target.is_reproduced for target in self.page.targets)

    # -- what is tried ----------------------------------------------------------------------

    def _try(self, alternative: Alternative) -> None:
        page, edit = self.page, alternative.edit
        if edit.truncates:
            self._cut_off(alternative)
        elif edit.miswritten is not None:
            self._miswritten(alternative, edit.miswritten)
        elif edit.copies:
            self._copied(alternative)
        elif edit.after is not None:
            self._note(self._after(edit.after), page.missed, alternative)
        elif edit.shift:
            self._shifted(alternative)
        elif self._shows(edit):
            self._computed(alternative)
        else:
            self.passed_over += 1

    def _computed(self, alternative: Alternative) -> None:
        page = self.page
        try:
            setup = alternative.setup(page.setup)
        except NeurographError:
            return
        if _is_quick(page, setup, alternative) and self._afford(page.work, setup, alternative):
            self._throughout(alternative, setup)
        self._in_last_pass(alternative, setup)

    def _afford(self, work: int, setup: Setup, alternative: Alternative) -> bool:
        """Whether there is time left to compute the page anew; take it."""
        equations = self.page.equations if _is_looked_at(setup, alternative) else 0
        if work > self._work or equations > self._equations:
            self.is_complete = False
            return False
        self._work, self._equations = self._work - work, self._equations - equations
        return True

    def _throughout(self, alternative: Alternative, setup: Setup) -> None:
        page = self.page
        last = max(page.targets[index].step for index in page.missed)
        values = page.values(setup, alternative.overrides, until=last)
        keeps = None
        if any(page.targets[index].is_given_by(values[index]) for index in page.missed):
            keeps = self._kept(page.values(setup, alternative.overrides))
            self._throughout_by_name[alternative.name] = alternative
            self._worlds[alternative.name] = setup, alternative.overrides
        self._note(values, page.missed, alternative, keeps=keeps)

    def _kept(self, values: Values) -> int:
        """Return how many of the values that are right would stay right."""
        pairs = zip(self.page.targets, values, strict=True)
        return sum(its.is_reproduced and (v is None or its.is_given_by(v)) for its, v in pairs)

    def _in_last_pass(self, alternative: Alternative, setup: Setup) -> None:
        """Try a change in the last pass before a value, where that is not all there is."""
        page = self.page
        if not (alternative.overrides or setup.misread or setup.digits != page.setup.digits):
            return
        if not np.array_equal(setup.parameters, page.setup.parameters):
            return
        for first, indices in self._groups.items():
            if not self._afford(0, setup, alternative):
                return
            values = page.last_values(first, setup, alternative.overrides)
            hits = any(page.targets[index].is_given_by(values[index]) for index in indices)
            keeps = self._kept(values) if hits else None
            self._note(values, indices, alternative, "last pass", keeps, step=first + 1)

    @cached_property
    def _groups(self) -> dict[int, list[int]]:
        """The missed values, by the step with the last pass before them, if it is not the only."""
        page, groups = self.page, dict[int, list[int]]()
        for index in page.missed:
            first = page.last_forward(page.targets[index].step)
            if first is not None and not _is_only_pass(page, first):
                groups.setdefault(first, []).append(index)
        return groups

    def _shifted(self, alternative: Alternative) -> None:
        page = self.page
        for step in sorted({page.targets[index].step for index in page.missed}):
            steps = page.shifted(step, alternative.edit.shift)
            if steps is None:
                continue
            values = page.values(page.setup, steps=steps)
            # It is said of the values of one step alone, or of some quantities of it.
            shown = alternative.edit.shown
            is_shown = [
                target.step == step and (not shown or target.place.quantity in shown)
                for target in page.targets
            ]
            values = [v if seen else None for v, seen in zip(values, is_shown, strict=True)]
            indices = [index for index in page.missed if is_shown[index]]
            self._note(values, indices, alternative, keeps=self._kept(values))

    def _after(self, change: Callable[[float], float]) -> Values:
        """Return the stated values with a change to each itself."""
        return [None if value is None else change(value) for value in self.page.stated]

    def _cut_off(self, alternative: Alternative) -> None:
        """Compare the stated value with the digits, cut off instead of rounded."""
        page = self.page
        keeps = sum(
            its.is_reproduced and (its.verdict.truncated or its.is_cut_from(its.verdict.computed))
            for its in page.targets
        )
        for index in page.missed:
            target, value = page.targets[index], page.stated[index]
            if value is not None and not target.verdict.truncated:
                hits = target.is_cut_from(value)
                outcome = target.aim if hits else value
                self.outcomes[index].append(_outcome(alternative, outcome, hits=hits, keeps=keeps))

    def _miswritten(
        self, alternative: Alternative, change: Callable[[float, int], float | None]
    ) -> None:
        """Compare with the right digits, written down wrongly."""
        for index in self.page.missed:
            target, value = self.page.targets[index], self.page.stated[index]
            if value is None or not np.isfinite(value) or Numeral.of(target.printed).unit is None:
                continue
            wrong = change(value, decimals_of(target.printed))
            if wrong is not None:
                hits = wrong == target.aim
                self.outcomes[index].append(_outcome(alternative, wrong, hits=hits))

    def _copied(self, alternative: Alternative) -> None:
        """Compare with what is printed, rightly, in another place."""
        targets = self.page.targets
        for index in self.page.missed:
            own = targets[index]
            for other in dict.fromkeys(its for its in targets if its.is_reproduced):
                if other.place == own.place or other.aim in _COMMON:
                    continue
                where = _printed(other)
                trial = Trial(
                    name=f"{alternative.name}: {where}",
                    family=alternative.family,
                    sentence=f"{alternative.sentence}: {where}",
                    value=other.aim,
                    hits=Numeral.of(other.printed).value == Numeral.of(own.printed).value,
                )
                self.outcomes[index].append(trial)

    # -- what a change can show in ----------------------------------------------------------

    def _shows(self, edit: Edit) -> bool:
        """Whether a change may show in a value that is missed."""
        upstream = self._upstream
        if upstream is None or edit.setting or edit.rounded or edit.within or edit.other_order:
            return True
        if edit.optimizer or edit.terms or edit.inputs_times != 1.0:
            return True
        if edit.other_shares or edit.exact or edit.digits is not None or RATE in edit.whole:
            return True
        changed = [owner for owner, _ in edit.operands]
        changed += [*edit.whole, *edit.equations]
        changed += [Variable("weight", slot) for slot in edit.misread]
        changed += [self._variable_of(datum) for datum in edit.data]
        return not upstream.isdisjoint(changed)

    def _variable_of(self, datum: Datum) -> Variable:
        """Return what a column of the data is in the equations."""
        structure = self.page.setup.structure
        if datum.of == "input":
            return Variable("out", structure.inputs[datum.column])
        return Variable("target", structure.outputs[datum.column])

    @cached_property
    def _upstream(self) -> frozenset[Variable] | None:
        """What the missed values are computed from; nothing where it is more than one round."""
        page = self.page
        if not page.is_one_round:
            return None
        ahead = [_variable(page, page.targets[index]) for index in page.missed]
        equations = page.setup.equations()
        known: set[Variable] = set()
        while ahead:
            variable = ahead.pop()
            if variable is None:
                return None
            if variable not in known:
                known.add(variable)
                ahead += equations.of(variable).variables
        return frozenset(known)

    # -- slips ------------------------------------------------------------------------------

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
        wrong = [other for other in before if not page.targets[other].is_reproduced]
        wrong = [other for other in wrong if self._differs(index, other)]
        bases: list[tuple[list[int], str]] = [([], "")]
        if right:
            self._on_paper(index, right)
            bases.append((right, ", the other digits as printed"))
        for slips in _sources(wrong):
            for others, words in bases:
                if self._follow(index, others, slips, words):
                    return
        value = page.own[index] if self.follows(index) else None
        if value is not None and (slips := page.beginnings(index)):
            self._note_slip(index, slips, value, ", as far as its digits say", hits=True)

    def _differs(self, index: int, other: int) -> bool:
        """Whether a value would be another if one more were as it is printed."""
        value = self._with_printed([other])[index]
        return value is not None and value != self.page.stated[index]

    def _with_printed(self, indices: Sequence[int]) -> Values:
        """Return the values computed with printed ones, as long as there is time for it."""
        if not self.page.is_known_with(indices):
            if self.page.equations > self._followed:
                self.is_complete = False
                return [None] * len(self.page.targets)
            self._followed -= self.page.equations
        return self.page.with_printed(indices)

    def _on_paper(self, index: int, printed: Sequence[int]) -> None:
        """Note what comes of the printed digits, rounded or cut off."""
        page, target = self.page, self.page.targets[index]
        values = self._with_printed(printed)
        value = values[index]
        if value is None or value == page.stated[index]:
            return
        rounded = target.is_given_by(value)
        cut = not rounded and not target.verdict.truncated and target.is_cut_from(value)
        words = "computed on with the printed digits" + ", then cut off" * cut
        keeps = None
        if rounded or cut:
            keeps = sum(
                its.is_reproduced and (its.is_cut_from(own) if cut else its.is_given_by(own))
                for its, own in zip(page.targets, self._each_on_paper, strict=True)
                if own is not None
            )
        self.outcomes[index].append(
            Trial(
                name=words,
                family="rounding",
                sentence=words,
                value=target.aim if cut else value,
                hits=rounded or cut,
                keeps=keeps,
            )
        )

    @cached_property
    def _each_on_paper(self) -> Values:
        """Each value computed with the printed digits of the right ones, itself left out."""
        page = self.page
        right = [number for number, its in enumerate(page.targets) if its.is_reproduced]
        return [
            self._with_printed([other for other in right if page.is_before(other, number)])[number]
            if its.is_reproduced
            else None
            for number, its in enumerate(page.targets)
        ]

    def _follow(self, index: int, others: Sequence[int], slips: Sequence[int], words: str) -> bool:
        """Note the value computed with wrong ones; return whether it is the one looked for."""
        value = self._with_printed([*others, *slips])[index]
        if value is None or value == self.page.stated[index]:
            return False
        target = self.page.targets[index]
        hits = target.is_given_by(value)
        if hits:  # those on which it does not depend explain nothing
            for slip in slips:
                fewer = [other for other in slips if other != slip]
                if fewer and self._with_printed([*others, *fewer])[index] == value:
                    slips = fewer
        self._note_slip(index, slips, value, words, hits)
        return hits

    def _note_slip(
        self, index: int, slips: Sequence[int], value: float, words: str, hits: bool
    ) -> None:
        names = " and ".join(_printed(self.page.targets[slip]) for slip in slips)
        sentence = f"follows from the printed {names}{words}"
        self.outcomes[index].append(
            Trial(
                name=sentence,
                family="slip",
                sentence=sentence,
                value=value,
                hits=hits,
                follows_from=tuple(slips) if hits else (),
            )
        )

    # -- each value by itself ---------------------------------------------------------------

    @cached_property
    def is_local(self) -> bool:
        """Whether there is time to look at each value with those before it as the page has them."""
        cost = self.page.equations * (2 + len(self.page.missed))
        if cost > self._followed:
            self.is_complete = False
            return False
        self._followed -= cost
        return True

    def follows(self, index: int) -> bool:
        """Whether a missed value is what those before it give as they are printed."""
        return self.is_local and self.page.follows(index)

    def missed_by(self, name: str, hits: Collection[int]) -> int:
        """Return how many wrong values a change makes something else of than is printed.

        Each with those before it as the page has them: another slip before it is no objection.

        Parameters
        ----------
        name : str
        hits : collection of int
            The values that it gives.
        """
        page, values = self.page, self._locally(name)
        return sum(
            index not in hits and page.is_moved(index, values) and not page.follows(index, values)
            for index in page.missed
            if values
        )

    def is_too_wide(self, name: str, hits: Collection[int]) -> bool:
        """Whether a change would change right values of a kind of which it gives no wrong one.

        An exception among others of its kind is one; where a whole kind is as stated, the page did
        something narrower, which the change is not. That is said of the passes in which the change
        gives a value: a page may make each by other means. Each value with those before it as the
        page has them.

        Parameters
        ----------
        name : str
        hits : collection of int
            The values that it gives.
        """
        page, values = self.page, self._locally(name)
        passes = {page.last_forward(page.targets[index].step) for index in hits}
        spared = {
            page.kind(index)
            for index, target in enumerate(page.targets)
            if values and target.is_reproduced and page.is_spared(index, values)
            if page.last_forward(target.step) in passes
        }
        return not spared <= {page.kind(index) for index in hits}

    def _locally(self, name: str) -> Values:
        """Return each value under a change, with those before it as the page has them.

        Nothing where there is no time for it.
        """
        if name not in self._local_values:
            page, world, values = self.page, self._worlds.get(name), Values()
            if world is not None and self.is_local and page.equations <= self._equations:
                self._equations -= page.equations
                values = page.locally(*world)
            self._local_values[name] = values
        return self._local_values[name]

    def alternative(self, name: str) -> Alternative | None:
        """Return the change of this name, if throughout the page it gives a value."""
        return self._throughout_by_name.get(name)

    # -- two at once ------------------------------------------------------------------------

    def together_with(self, first: Alternative, explained: Sequence[int]) -> None:
        """Try every change on top of one that explains other values.

        Parameters
        ----------
        first : Alternative
        explained : sequence of int
            The numbers of the values that it explains, which are looked for no more.
        """
        page = self.page
        left = [index for index in page.missed if index not in explained]
        setup = first.setup(page.setup)
        base = page.values(setup, first.overrides)
        for alternative in alternatives_to(setup, shares=page.shares):
            edit = alternative.edit
            if edit.shift or edit.truncates or edit.copies or edit.rounded or edit.within:
                continue
            if edit.miswritten is not None or edit.after is not None:
                continue  # of a value alone, as it is printed: that was tried
            try:
                both = alternative.setup(setup)
            except NeurographError:
                continue
            if setup.structure.tied.keys() - both.structure.tied.keys():
                continue  # what each use has of its own is there only where uses share
            overrides = {**first.overrides, **alternative.overrides}
            if not self._afford(page.work, both, alternative):
                return
            values = page.values(both, overrides)
            pair = replace(
                alternative,
                name=f"{first.name}; {alternative.name}",
                sentence=f"{first.sentence}; and {alternative.sentence}",
            )
            changed = [index for index in left if values[index] != base[index]]
            hits = any(page.targets[index].is_given_by(values[index]) for index in changed)
            keeps = self._kept(values) if hits else None
            if hits:
                self._worlds[pair.name] = both, overrides
            self._note(values, changed, pair, keeps=keeps, upon=first.name)

    def _note(
        self,
        values: Values,
        indices: Sequence[int],
        alternative: Alternative,
        scope: Scope = "throughout",
        keeps: int | None = None,
        upon: str = "",
        step: int | None = None,
    ) -> None:
        for index in indices:
            value = values[index]
            if value is not None:
                hits = self.page.targets[index].is_given_by(value)
                trial = _outcome(alternative, value, scope, hits, keeps, upon, step)
                self.outcomes[index].append(trial)


def _sources(wrong: Sequence[int]) -> Iterator[Sequence[int]]:
    """Yield the wrong values that another may follow from: one, all, or two of the nearest."""
    nearest = wrong[::-1]
    yield from ([slip] for slip in nearest[:_MOST_SLIPS])
    if len(wrong) > 1:
        yield list(wrong)
    if len(wrong) > 2:
        yield from map(list, combinations(nearest[:_MOST_IN_PAIRS], 2))


def _variable(page: Page, target: Target) -> Variable | None:
    """Return a printed value as a variable of the equations; nothing where it is of no round."""
    name, place = target.place.quantity, target.place.place
    row = BY_ADDRESS.get(name)  # what is counted or reported is no quantity
    if row is None or row.phase not in ("", "forward", "backward", "update"):
        return None
    if row.of_bias == name:
        slot = page.setup.structure.bias_slot.get(place)
        if slot is None:
            return None
        name, place = row.name, slot
    if name == "weight":
        name = "new_weight"
    return Variable(name, -1 if name == "total_error" else place)


def _is_looked_at(setup: Setup, alternative: Alternative) -> bool:
    """Whether every number has to be looked at on the way."""
    return bool(alternative.overrides or setup.misread or setup.digits is not None)


def _is_quick(page: Page, setup: Setup, alternative: Alternative) -> bool:
    """Whether a whole run can be computed anew with an alternative: compiled, or in few rounds."""
    return not _is_looked_at(setup, alternative) or page.rounds <= NEAR


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
    upon: str = "",
    step: int | None = None,
) -> Trial:
    return Trial(
        name=alternative.name,
        family=alternative.family,
        sentence=alternative.sentence,
        value=value,
        scope=scope,
        hits=hits,
        keeps=keeps,
        upon=upon,
        states=line_of(alternative, step) if hits and not upon else "",
        decimals=alternative.decimals,
    )


def _printed(target: Target) -> str:
    verdict = target.verdict
    sample = "" if verdict.sample is None else f" (sample {verdict.sample})"
    return f"{verdict.address}{sample} = {verdict.printed}"
