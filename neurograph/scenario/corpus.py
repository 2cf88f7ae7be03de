"""All scenarios together: their tags, what is wrong in their sources, where a number stands."""

import math
from collections.abc import Iterable, Iterator, Sequence
from fractions import Fraction
from functools import cached_property
from typing import Literal

import numpy as np

from neurograph.display import Brief
from neurograph.documents.document import (
    Block,
    Document,
    Heading,
    Paragraph,
    TableColumn,
    TextTable,
    code,
    numeral,
)
from neurograph.documents.readable import Readable
from neurograph.errors import (
    InvalidValueError,
    NeurographError,
    NotComputedError,
    UnknownNameError,
    did_you_mean,
)
from neurograph.numerals import Numeral
from neurograph.profiles import ten_digits
from neurograph.records import record
from neurograph.scenario.library import find_scenarios
from neurograph.scenario.model import Scenario
from neurograph.scenario.player import play
from neurograph.scenario.report import count, source_of
from neurograph.scenario.runs import Run
from neurograph.scenario.schema import load_scenario
from neurograph.words import phrase

__all__ = [
    "Errata", "Erratum", "Hit", "NumberSearch", "errata", "find_numbers", "known_scenarios",
    "tagged",
]  # fmt: skip

#: So many examples are shown of a search, and so many places of a number in one of them.
_MOST_EXAMPLES, _MOST_PLACES = 8, 3
#: With fewer significant digits a number of an example agrees only if it is the same, and so does
#: a number that is looked for with one that is printed.
_ENOUGH, _FEWEST = 3, 2


def known_scenarios() -> list[Scenario]:
    """Return the scenarios that come with neurograph."""
    return [load_scenario(path) for path in find_scenarios().values()]


def tagged(tags: Iterable[str], scenarios: Iterable[Scenario] | None = None) -> list[Scenario]:
    """Return the scenarios that have every one of some tags.

    Parameters
    ----------
    tags : iterable of str
        Such as ``"adam"``.
    scenarios : iterable of Scenario, optional
        By default those that come with neurograph.

    Returns
    -------
    list of Scenario

    Raises
    ------
    UnknownNameError
        If no scenario has one of the tags; the nearest is named.

    Examples
    --------
    >>> from neurograph.scenario import tagged
    >>> [scenario.name for scenario in tagged(["softmax"])]
    ['spacagna_2017_softmax']
    """
    among = known_scenarios() if scenarios is None else list(scenarios)
    known = sorted({tag for scenario in among for tag in scenario.tags})
    wanted = set(tags)
    for tag in sorted(wanted.difference(known)):
        near = did_you_mean(tag, known) or f"; the tags are {', '.join(known) or 'none'}"
        raise UnknownNameError(f"no scenario has the tag {tag!r}{near}")
    return [scenario for scenario in among if wanted.issubset(scenario.tags)]


# -- what is wrong in the sources ------------------------------------------------------------------


@record(slots=True, kw_only=True)
class Erratum(Brief):
    """One thing that a source prints and that is wrong.

    Attributes
    ----------
    scenario : str
        The name of its file.
    kind : {"value", "slip"}
        A number, or what is no number.
    run, step, address, symbol
        Of a number: which run and which of its steps, counted from 1; its quantity, and what the
        source calls it.
    place : str, optional
        Where it stands in the source.
    printed, correct : str
        What stands there, and what is meant.
    cause : str
        Why it went wrong, as the file states it.
    """

    scenario: str
    kind: Literal["value", "slip"]
    run: str | None = None
    step: int | None = None
    address: str | None = None
    symbol: str | None = None
    place: str | None = None
    printed: str
    correct: str
    cause: str


def _errata_of(scenario: Scenario) -> Iterator[Erratum]:
    for run in scenario.runs:
        for number, step in enumerate(run.steps, start=1):
            for value in step.printed:
                if value.correct is None or value.cause is None:
                    continue
                yield Erratum(
                    scenario=scenario.name, kind="value", run=run.name, step=number,
                    address=value.address, symbol=value.symbol, place=value.place,
                    printed=str(value.value),
                    correct=str(value.correct), cause=_in_one_line(value.cause),
                )  # fmt: skip
    for slip in scenario.slips:
        yield Erratum(
            scenario=scenario.name, kind="slip", place=slip.place, printed=slip.printed,
            correct=slip.meant, cause=_in_one_line(slip.cause),
        )  # fmt: skip


def _in_one_line(text: str) -> str:
    return " ".join(text.split())


@record(eq=False)
class Errata(Brief, Readable):
    """What is wrong in the sources of some scenarios, in every format.

    Attributes
    ----------
    scenarios : tuple of Scenario
    language : str
        Of the words that are not those of the files.
    """

    scenarios: tuple[Scenario, ...]
    language: str = "en"

    @cached_property
    def by_scenario(self) -> dict[str, tuple[Erratum, ...]]:
        """The errata of each scenario that has some, by its name."""
        lists = {scenario.name: tuple(_errata_of(scenario)) for scenario in self.scenarios}
        return {name: errata for name, errata in lists.items() if errata}

    def __iter__(self) -> Iterator[Erratum]:
        return (erratum for errata in self.by_scenario.values() for erratum in errata)

    def __len__(self) -> int:
        return sum(map(len, self.by_scenario.values()))

    def document(self) -> Document:
        """Return what stands in it."""
        blocks = [
            block for scenario in self.scenarios for block in errata_blocks(scenario, self.language)
        ]
        if not blocks:
            blocks = [Paragraph(phrase("no errata", self.language))]
        title = phrase("errata", self.language) if self.scenarios else ""
        return Document("errata", title, tuple(blocks), language=self.language)


def errata_blocks(scenario: Scenario, language: str = "en") -> Iterator[Block]:
    """Yield what is wrong in the source of a scenario: nothing where nothing is."""
    listed = list(_errata_of(scenario))
    if not listed:
        return
    yield Heading(scenario.title)
    yield Paragraph(f"{source_of(scenario, language)}: {scenario.source}")
    for kind in ("value", "slip"):
        rows = tuple(_erratum_row(erratum) for erratum in listed if erratum.kind == kind)
        heads = ("erratum place", "erratum printed", f"erratum {kind}", "erratum cause")
        if rows:
            columns = tuple(TableColumn(phrase(head, language)) for head in heads)
            yield TextTable(columns, rows)


def _erratum_row(erratum: Erratum) -> tuple[str, ...]:
    where = ", ".join(filter(None, (erratum.place, erratum.symbol)))
    return where, erratum.printed, erratum.correct, erratum.cause


def errata(scenarios: Iterable[Scenario] | None = None, *, language: str = "en") -> Errata:
    """Return what is wrong in the sources of scenarios, each with its cause.

    Parameters
    ----------
    scenarios : iterable of Scenario, optional
        By default those that come with neurograph.
    language : str
        Of headings, ``"en"`` or ``"de"``; causes are in the language of their files.

    Returns
    -------
    Errata

    Examples
    --------
    >>> import neurograph as ng
    >>> from neurograph.scenario import errata
    >>> for erratum in errata([ng.load_scenario("mazur_2015")]):
    ...     print(erratum.place, erratum.printed, erratum.correct, sep="; ")
    Hidden Layer; -0.019049119; -0.019049118
    Hidden Layer, the line above ∂net_h1/∂w1 = i1; net_h1 = ...
    """
    chosen = known_scenarios() if scenarios is None else scenarios
    return Errata(tuple(chosen), language)


# -- where a number stands -------------------------------------------------------------------------


@record(slots=True, kw_only=True)
class Hit(Brief):
    """A place of an example that prints or computes a number.

    Attributes
    ----------
    number : str
        The number that was looked for, as it was written.
    scenario, run : str
    step : int
        Counted from 1.
    address : str
    sample : int, optional
        Counted from 1, where there are several.
    printed : str, optional
        As the source prints it, if it does.
    computed : float, optional
        What comes out, where the source prints nothing.
    agreement : {"same digits", "rounded", "cut off"}
        How one of them follows from the other.
    digits : int
        How many significant digits agree.
    """

    number: str
    scenario: str
    run: str
    step: int
    address: str
    sample: int | None = None
    printed: str | None = None
    computed: float | None = None
    agreement: Literal["same digits", "rounded", "cut off"]
    digits: int


@record(eq=False)
class NumberSearch(Brief, Readable):
    """Which examples print or compute some numbers, the best first.

    Attributes
    ----------
    numbers : tuple of str
        As they were written.
    scenarios : dict of str to Scenario
        All that were searched.
    hits : dict of str to tuple of Hit
        By the name of the example: those with more of the numbers first, printed ones before
        computed ones, then those of which more digits agree.
    """

    numbers: tuple[str, ...]
    scenarios: dict[str, Scenario]
    hits: dict[str, tuple[Hit, ...]]

    def found_in(self, name: str) -> int:
        """Return how many of the numbers an example has."""
        return len({hit.number for hit in self.hits[name]})

    def document(self) -> Document:
        """Return what stands in it."""
        return Document("numbers", "", tuple(self._blocks()))

    def _blocks(self) -> Iterator[Block]:
        asked = " and ".join(self.numbers) if len(self.numbers) < 3 else "these numbers"
        if not self.hits:
            yield Paragraph(
                f"No known example prints or computes {asked}"
                f" ({count(len(self.scenarios), 'example', 'examples')} searched)."
            )
            return
        first, *_ = self.hits
        best = [name for name in self.hits if self._kind(name) == self._kind(first)]
        for name in best[:_MOST_EXAMPLES]:
            yield from self._example(name)
        rest = [name for name in self.hits if name not in best[:_MOST_EXAMPLES]]
        if rest:
            names = ", ".join(f"{name} ({self._in_words(name)})" for name in rest[:_MOST_PLACES])
            more = f", and {len(rest) - _MOST_PLACES} more" if len(rest) > _MOST_PLACES else ""
            yield Paragraph(f"Less likely: {names}{more}.", apart=True)

    def _kind(self, name: str) -> tuple[int, int]:
        """Return how many of the numbers an example has, and how many of them it prints."""
        printed = {hit.number for hit in self.hits[name] if hit.printed is not None}
        return self.found_in(name), len(printed)

    def _in_words(self, name: str) -> str:
        has, printed = self._kind(name)
        how = "printed" if printed == has else f"{printed} printed" if printed else "computed"
        return f"{has} of {len(self.numbers)}, {how}"

    def _example(self, name: str) -> Iterator[Block]:
        scenario = self.scenarios[name]
        yield Heading(f"{name}: {self._in_words(name)}")
        yield Paragraph(f"{scenario.title} ({source_of(scenario)})")
        heads = ("number", "run", "step", "address", "there", "how")
        rows = tuple(
            (
                numeral(hit.number), hit.run, str(hit.step), code(_address(hit)),
                hit.printed or ten_digits(hit.computed or 0.0),
                f"{'printed' if hit.printed else 'computed'}, {hit.agreement}",
            )
            for hit in self.hits[name]
        )  # fmt: skip
        yield TextTable(tuple(map(TableColumn, heads)), rows)


def _address(hit: Hit) -> str:
    return hit.address if hit.sample is None else f"{hit.address} (sample {hit.sample})"


def find_numbers(*numbers: str, scenarios: Iterable[Scenario] | None = None) -> NumberSearch:
    """Search the examples that print or compute some numbers.

    A number may be written with other digits than in the example, rounded or cut off, and with a
    decimal comma.

    Parameters
    ----------
    *numbers : str
        Such as ``"0.7513"``.
    scenarios : iterable of Scenario, optional
        Where to look; by default in all that come with neurograph.

    Returns
    -------
    NumberSearch

    Raises
    ------
    InvalidValueError
        If there is no number, or one is none.

    Examples
    --------
    >>> from neurograph.scenario import find_numbers
    >>> search = find_numbers("0,7513", "0.7729")
    >>> name, *_ = search.hits
    >>> name
    'mazur_2015_step_by_step'
    >>> hit = search.hits[name][0]
    >>> hit.address, hit.printed, hit.agreement
    ('o1.out', '0.75136507', 'cut off')
    """
    if not numbers:
        raise InvalidValueError("no number to look for: write some, such as 0.7513")
    wanted = [Numeral(number) for number in dict.fromkeys(numbers)]
    among = known_scenarios() if scenarios is None else list(scenarios)
    hits = {scenario.name: _best(scenario, wanted) for scenario in among}
    names = sorted((name for name in hits if hits[name]), key=lambda name: _merit(hits[name]))
    return NumberSearch(
        tuple(dict.fromkeys(numbers)),
        {scenario.name: scenario for scenario in among},
        {name: hits[name] for name in names},
    )


def _merit(hits: Sequence[Hit]) -> tuple[int, int, int, int]:
    """Return what examples are sorted by: more numbers, more of them printed, in fewer runs."""
    best = {hit.number: hit for hit in reversed(hits)}.values()
    printed = sum(hit.printed is not None for hit in best)
    return -len(best), -printed, -sum(hit.digits for hit in best), len({hit.run for hit in best})


def _best(scenario: Scenario, wanted: Sequence[Numeral]) -> tuple[Hit, ...]:
    """Return the best places of each number in a scenario."""
    hits = [hit for run in scenario.runs for hit in _hits(scenario, run, wanted)]
    common = _common_run(hits)
    chosen: list[Hit] = []
    for number in wanted:
        places = {
            (hit.address, hit.sample, hit.printed or hit.computed): hit
            for hit in reversed(hits)
            if hit.number == number
        }
        ranked = sorted(
            places.values(),
            key=lambda hit: (hit.printed is None, -hit.digits, hit.run != common, hit.step),
        )
        # What is computed is of interest only where nothing is printed.
        kept = [hit for hit in ranked if (hit.printed is None) == (ranked[0].printed is None)]
        chosen += kept[:_MOST_PLACES]
    return tuple(chosen)


def _common_run(hits: Sequence[Hit]) -> str:
    """Return the run that has most of the numbers."""
    runs: dict[str, set[str]] = {}
    for hit in hits:
        runs.setdefault(hit.run, set()).add(hit.number)
    return max(runs, key=lambda run: len(runs[run]), default="")


def _hits(scenario: Scenario, run: Run, wanted: Sequence[Numeral]) -> Iterator[Hit]:
    for step, place in enumerate(run.steps, start=1):
        for value in place.printed:
            for number in wanted:
                how, digits = _agreement(number, Numeral.of(value.value))
                if how is not None:
                    yield Hit(
                        number=str(number), scenario=scenario.name, run=run.name, step=step,
                        address=value.address, sample=value.sample, printed=str(value.value),
                        agreement=how, digits=digits,
                    )  # fmt: skip
    yield from _computed(scenario, run, wanted)


def _computed(scenario: Scenario, run: Run, wanted: Sequence[Numeral]) -> Iterator[Hit]:
    """Yield what a run computes, whether it is printed or not."""
    try:
        for step, (_, net) in enumerate(play(scenario, run), start=1):
            try:
                values = net.values()
            except NotComputedError:
                continue
            for address, value in values.items():
                yield from _equal(scenario, run, step, address, np.asarray(value), wanted)
    except NeurographError:
        return  # what comes after a step that cannot be performed is not computed


def _equal(
    scenario: Scenario,
    run: Run,
    step: int,
    address: str,
    values: "np.ndarray[tuple[int, ...], np.dtype[np.float64]]",
    wanted: Sequence[Numeral],
) -> Iterator[Hit]:
    for number in wanted:
        reach = float(number.unit or 0) + 1e-9 * abs(float(number))
        near = np.flatnonzero(np.abs(values - float(number)) <= reach)
        for row in near:
            computed = float(values if values.ndim == 0 else values[row])
            how = _of_float(number, computed)
            if how is not None:
                yield Hit(
                    number=str(number), scenario=scenario.name, run=run.name, step=step,
                    address=address, sample=int(row) + 1 if values.ndim else None,
                    computed=computed, agreement=how, digits=number.significant,
                )  # fmt: skip


_How = Literal["same digits", "rounded", "cut off"] | None


def _agreement(asked: Numeral, printed: Numeral) -> tuple[_How, int]:
    """Return how one written number follows from the other, and how many digits agree."""
    if asked.value == printed.value:
        return "same digits", max(asked.significant, printed.significant)
    coarse, fine = sorted(
        (asked, printed), key=lambda number: number.unit or Fraction(0), reverse=True
    )
    if coarse.significant < (_FEWEST if coarse is asked else _ENOUGH):
        return None, 0
    return _follows(coarse, fine.value), coarse.significant


def _of_float(number: Numeral, computed: float) -> _How:
    """Return how a written number follows from a computed one."""
    if not math.isfinite(computed):
        return None
    exact = Fraction(repr(computed))
    if number.unit is None and abs(number.value - exact) <= abs(number.value) / 10**12:
        return "rounded"
    if number.value == exact:
        return "same digits"
    return _follows(number, exact) if number.significant >= _ENOUGH else None


def _follows(coarse: Numeral, exact: Fraction) -> _How:
    """Return how a number of few digits follows from an exact one, if it does."""
    if coarse.unit is None:
        return None
    if abs(coarse.value - exact) <= coarse.unit / 2:
        return "rounded"
    same_sign = coarse.value * exact >= 0
    beyond = abs(exact) - abs(coarse.value)
    return "cut off" if same_sign and 0 <= beyond < coarse.unit else None
