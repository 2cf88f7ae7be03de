"""What a search for conventions found: frozen records, and the words that say it."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Literal

from neurograph.digits import decimals
from neurograph.display import Brief
from neurograph.documents.document import (
    Block,
    Document,
    Heading,
    Note,
    Paragraph,
    TableColumn,
    TextTable,
    code,
    numeral,
)
from neurograph.documents.readable import Readable
from neurograph.errors import UnknownNameError, did_you_mean
from neurograph.numerals import Numeral
from neurograph.records import record
from neurograph.scenario import Scenario, ScenarioResult, Verdict
from neurograph.scenario.report import closing, count, run_blocks, source_of

__all__ = [
    "AGAINST", "LIKELY", "UNKNOWN", "Cause", "ErrataList", "Finding", "Near", "Reconciled",
    "Reconciliation", "correct_of", "hardly_chance", "lines_of", "reason_of", "reason_table",
]  # fmt: skip

#: A reason is found if fewer than this are expected by chance; else it may be chance.
LIKELY = 0.05
#: So many times more often chance is a reason for each value that speaks against it.
AGAINST = 10.0
#: Of a wrong value from which others follow.
UNKNOWN = "no reason is known"
#: Further findings than these are only counted.
_MOST = 3
#: Where a change was made: in the whole run, or in the last pass before the value alone.
Scope = Literal["throughout", "last pass"]


@record(kw_only=True)
class Hypothesis(Brief):
    """A change that may be what was done in place of what is stated, and what speaks against it.

    Parameters
    ----------
    name, family, sentence : str
        Of the alternative.
    chance : float
        How many reasons as usual as this one would explain as much by chance, on average; values
        that follow from each other count once. See `neurograph.conventions.odds`.
    misses : int
        How many other wrong values it makes something else of than is printed.
    is_too_wide : bool
        Whether it would change right values of a kind of which it gives no wrong one: something
        narrower was done.
    """

    name: str
    family: str
    sentence: str
    chance: float
    misses: int = 0
    is_too_wide: bool = False

    @property
    def contradicts(self) -> int:
        """How many of the right values it would make wrong."""
        raise NotImplementedError

    @property
    def is_vain(self) -> bool:
        """Whether it is no better than chance: one or more such are expected."""
        return self.chance >= 1.0

    @property
    def outweighs_chance(self) -> bool:
        """Whether it is hardly chance, the values that speak against it counted."""
        return hardly_chance(self.chance, self.contradicts + self.misses)

    @property
    def is_likely(self) -> bool:
        """Whether it is hardly chance, and no narrower change is likelier."""
        return not self.is_too_wide and self.outweighs_chance


@record(kw_only=True)
class Finding(Hypothesis):
    """A change that gives one printed value.

    Parameters
    ----------
    name, family, sentence, chance, misses, is_too_wide
        As for `Hypothesis`.
    value : float
        What it gives.
    scope : {"throughout", "last pass"}
    explains : int
        How many of the printed values that the stated conventions do not give this change gives.
    follows_from : tuple of str
        Addresses of the slips that the value follows from.
    keeps, of : int, optional
        How many of the values of the run that the stated conventions give it would give too.
    states : str
        The line of a run that states it; empty for what no edit of the table says.
    """

    value: float
    scope: Scope
    explains: int = 1
    follows_from: tuple[str, ...] = ()
    keeps: int | None = None
    of: int | None = None
    states: str = ""

    @property
    def contradicts(self) -> int:
        """How many of the right values of the run it would make wrong."""
        return 0 if self.keeps is None or self.of is None else self.of - self.keeps


@record(kw_only=True)
class Near(Brief):
    """A single change that comes near a printed value, and does not give it.

    Parameters
    ----------
    name, sentence : str
    value : float
    missing : int
        How many of the last printed digits differ; 0 of a fraction, which has no last digit.
    away : float
        How far it lies from the printed number.
    chance : float
        How many of the alternatives tried would come as near by chance, on average.
    """

    name: str
    sentence: str
    value: float
    missing: int
    away: float
    chance: float


@record(kw_only=True)
class Reconciled(Brief):
    """One printed value that the stated conventions do not give, and what was found for it.

    Parameters
    ----------
    run : str
    step : int
        Counted from 1.
    verdict : Verdict
        The printed and the computed value, and whether the file lists it as an erratum.
    found : tuple of Finding
        The changes that give it, the best first.
    near : tuple of Near
        Where nothing gives it: the nearest misses.
    tried : int
        How many alternatives were tried.
    in_reach : int
        How many different values among them lie as far from the stated value as the printed one,
        or nearer.
    expected : float
        How many of these would agree with the printed value by chance, on average.
    fact : tuple
        The same for two values where the source prints one number twice.
    searched : bool
        False for a value that cannot be computed anew: after a training that stops by itself.
    """

    run: str
    step: int
    verdict: Verdict
    found: tuple[Finding, ...]
    near: tuple[Near, ...]
    tried: int
    in_reach: int
    expected: float
    fact: tuple[object, ...]
    searched: bool = True

    @property
    def is_found(self) -> bool:
        """Whether a change gives it, and hardly by chance."""
        return bool(self.found) and self.found[0].is_likely

    @property
    def may_be_chance(self) -> bool:
        """Whether a change gives it that may be chance, and is better than that."""
        return self.is_known and not self.is_found

    @property
    def is_known(self) -> bool:
        """Whether a change gives it, and fewer than one such is expected by chance."""
        return bool(self.found) and not self.found[0].is_vain

    @property
    def called(self) -> str:
        """What is printed: the address, with its sample."""
        sample = self.verdict.sample
        return self.verdict.address + ("" if sample is None else f" (sample {sample})")

    def __str__(self) -> str:
        return "\n  ".join(lines_of(self))


@record(kw_only=True)
class Cause(Hypothesis):
    """A change with the printed values that it explains; one printed twice counts once.

    Parameters
    ----------
    name, family, sentence, chance, misses, is_too_wide
        As for `Hypothesis`.
    explains : tuple of Reconciled
        The values that are counted for it.
    contradicts, of : int
        How many of the right values it would make wrong, and of how many.
    roots : tuple of Reconciled
        Those of the values that follow from no other wrong value.
    below : tuple of Reconciled
        The values that follow from them, whatever they are counted for.
    """

    explains: tuple[Reconciled, ...]
    contradicts: int = 0
    of: int = 0
    roots: tuple[Reconciled, ...] = ()
    below: tuple[Reconciled, ...] = ()


@record(kw_only=True)
class Reconciliation(Brief, Readable):
    """What was found for the printed values of a scenario.

    Parameters
    ----------
    scenario : Scenario
    result : ScenarioResult
        What the stated conventions give.
    values : tuple of Reconciled
        The printed values that they do not give, in order.
    changes : tuple of Cause
        The changes that explain them, those that explain most first; a value counts for one.
    story : tuple of Cause
        Those from which all others follow; also wrong values for which there is no reason, but from
        which others follow.
    is_complete : bool
        Whether every change was tried; of a large page only the likeliest are.

    Examples
    --------
    >>> import neurograph as ng
    >>> found = ng.reconcile(ng.load_scenario("mazur_2015"), run="derivations")
    >>> value = found.values[0]
    >>> value.called, value.verdict.printed
    ('w7.error_message', '-0.019049119')
    >>> value.found[0].family
    'rounding'
    """

    scenario: Scenario
    result: ScenarioResult
    values: tuple[Reconciled, ...]
    changes: tuple[Cause, ...]
    story: tuple[Cause, ...] = ()
    is_complete: bool = True

    @property
    def found(self) -> tuple[Reconciled, ...]:
        """The values that a change gives, and hardly by chance."""
        return tuple(value for value in self.values if value.is_found)

    @property
    def may_be_chance(self) -> tuple[Reconciled, ...]:
        """The values that a change gives that may be chance, and is better than that."""
        return tuple(value for value in self.values if value.may_be_chance)

    @property
    def not_found(self) -> tuple[Reconciled, ...]:
        """The values that no change gives, or none that is better than chance."""
        return tuple(value for value in self.values if not value.is_known)

    def value(self, address: str, printed: str | None = None) -> Reconciled:
        """Return what was found for one address, or for one of its printed values.

        Raises
        ------
        UnknownNameError
            If no printed value of this address was searched.
        """
        for value in self.values:
            if value.verdict.address == address and printed in (None, value.verdict.printed):
                return value
        known = [value.verdict.address for value in self.values]
        near = did_you_mean(address, known) or f"; those searched are {', '.join(known) or 'none'}"
        raise UnknownNameError(f"no printed value of {address!r} was searched{near}")

    def document(self) -> Document:
        """Return what stands in it: all printed values, and below each what was found."""
        result, scenario = self.result, self.scenario
        searched = {id(value.verdict): list(lines_of(value))[1:] for value in self.values}
        blocks: list[Block] = [Paragraph(scenario.source)]
        for run in result.runs:
            # Steps for which the source prints nothing are no part of an audit.
            steps = tuple(step for step in run.steps if step.verdicts or step.check)
            if steps:
                shown = replace(run, steps=steps)
                blocks += run_blocks(shown, scenario, lambda one: searched.get(id(one), ()))
        blocks.append(Heading("What the stated conventions do not give"))
        if self.values:
            blocks.append(reason_table(self))
        blocks += _summary(self)
        words = [
            f"{len(result.reproduced)} reproduced",
            count(len(result.errata), "listed erratum", "listed errata"),
            f"{len(result.failed)} neither",
        ]
        last = closing(f"{scenario.name}: {', '.join(words)}", result.passed)
        return Document("audit", scenario.title, (*blocks, last))


def reason_table(found: Reconciliation) -> TextTable:
    """Return the values that the stated conventions do not give, with their reasons."""
    columns = (
        TableColumn("address"), TableColumn("printed", "point"), TableColumn("computed", "point"),
        TableColumn("reason"),
    )  # fmt: skip
    rows = (
        (
            code(value.called),
            numeral(value.verdict.printed),
            numeral(
                decimals(value.verdict.computed, like=value.verdict.printed),
                value.verdict.computed,
            ),
            reason_of(value),
        )
        for value in found.values
    )
    return TextTable(columns, tuple(rows))


def reason_of(value: Reconciled) -> str:
    """Return the reason of a wrong value in a few words."""
    if not value.searched:
        return "not searched"
    if not value.is_known:
        return "not known"
    first = value.found[0]
    return first.sentence if value.is_found else f"{first.sentence} ({_standing(first)})"


def _summary(found: Reconciliation) -> Iterator[Block]:
    """Yield how many values were searched and found, and the story of the page."""
    yield Paragraph(_counted(found))
    if not found.is_complete:
        yield Paragraph("not every alternative was tried: there is too much to compute")
    for change in found.story:
        if len(change.explains) + len(change.below) > 1:
            yield Paragraph(_explained(change))
            if change.below:
                yield Note(f"therefore {_named(change.below)}")


def _explained(change: Cause) -> str:
    is_known = change.name and not change.is_vain
    text = f"{change.sentence if is_known else UNKNOWN}: {_named(change.roots)}"
    if not is_known:
        return text
    more = len({*map(id, change.explains)} - {*map(id, change.roots)})
    if more:
        text += f"; explains {more + len(change.roots)} values"
    text += f"{_contradicted(change)}; {change.chance:.1g} expected by chance{_missing(change)}"
    return text if change.is_likely else f"{text}: {_standing(change)}"


def _named(values: Sequence[Reconciled]) -> str:
    called = ", ".join(value.called for value in values)
    return f"{count(len(values), 'value', 'values')} ({called})"


def _counted(found: Reconciliation) -> str:
    n = len(found.values)
    if not n:
        return "the stated conventions give every printed value"
    words = [f"{count(n, 'printed value', 'printed values')} not given by the stated conventions"]
    words.append(f"{len(found.found)} found otherwise")
    if found.may_be_chance:
        words.append(f"{len(found.may_be_chance)} as may be by chance")
    return ", ".join(words)


def lines_of(value: Reconciled) -> Iterator[str]:
    """Yield the lines that say what was found for one printed value."""
    verdict = value.verdict
    yield (
        f"{value.called}, run {value.run}, step {value.step}: printed {verdict.printed},"
        f" computed {verdict.computed:.10g}"
    )
    if not value.searched:
        yield "not searched: it cannot be computed anew under another convention"
        return
    if value.found and not value.is_known:
        yield "not known"
    for finding in value.found[:_MOST]:
        yield _found(finding)
    if value.is_known and value.found[0].states:
        yield f"a run states it so: {value.found[0].states}"
    if len(value.found) > _MOST:
        yield f"and {len(value.found) - _MOST} more that give the same digits"
    n = count(value.tried, "alternative", "alternatives")
    reach = count(value.in_reach, "different value", "different values")
    by_any = f"{n} tried" if value.found else f"not reproduced by any of {n}"
    if math.isfinite(verdict.computed):
        yield f"{by_any}, {reach} in reach: {value.expected:.1g} would agree by chance"
    else:
        yield f"{by_any}: beside a stated value that is no number any of them may agree by chance"
    yield from map(_near, value.near)


def hardly_chance(expected: float, contradicts: int = 0) -> bool:
    """Whether a reason is found: fewer than one in twenty such are expected by chance.

    Each right value that it would make wrong, and each wrong one of which it makes something else
    than is printed, makes that ten times as many: see
    `neurograph.conventions.odds`.

    Examples
    --------
    >>> hardly_chance(0.02), hardly_chance(0.02, contradicts=1), hardly_chance(1e-10, contradicts=4)
    (True, False, True)
    """
    return expected * AGAINST**contradicts < LIKELY


def _found(finding: Finding) -> str:
    text = f"{_standing(finding)}: {finding.sentence} -> {finding.value:.10g}"
    if finding.scope == "last pass":
        text += ", in the last pass alone"
    if finding.explains > 1:
        text += f"; explains {finding.explains} printed values"
    text += _contradicted(finding)
    return f"{text}; {finding.chance:.1g} expected by chance{_missing(finding)}"


def _standing(reason: Hypothesis) -> str:
    """Return what can be said of a reason in two or three words."""
    if reason.is_likely:
        return "found"
    if reason.is_vain:
        return "tried, no better than chance"
    return "something like it" if reason.outweighs_chance else "may be chance"


def _contradicted(reason: Finding | Cause) -> str:
    """Return which right values speak against a reason."""
    if not reason.contradicts:
        return ""
    kind = ", all that there are of a kind" if reason.is_too_wide else ""
    return f"; contradicts {reason.contradicts} of {reason.of}{kind}"


def _missing(reason: Hypothesis) -> str:
    """Return which wrong values speak against a reason."""
    others = count(reason.misses, "other wrong value", "other wrong values")
    return f"; does not give {others} that it changes" if reason.misses else ""


def _near(near: Near) -> str:
    last = "digit" if near.missing == 1 else f"{near.missing} digits"
    how = f"all but the last {last}" if near.missing > 0 else f"{near.away:.1g} away"
    return (
        f"near, not found: {near.sentence} -> {near.value:.10g}, {how}"
        f" ({near.chance:.1g} as near expected by chance)"
    )


@record(eq=False)
class ErrataList(Brief, Readable):
    """The wrong values of a source, each with what it should be: as one would write to its author.

    Parameters
    ----------
    audit : Reconciliation
    """

    audit: Reconciliation

    def document(self) -> Document:
        """Return what stands in it."""
        scenario, audit = self.audit.scenario, self.audit
        blocks: list[Block] = [Paragraph(source_of(scenario)), Paragraph(scenario.source)]
        columns = (
            TableColumn("where"), TableColumn("printed", "point"), TableColumn("correct", "point"),
            TableColumn("why"),
        )  # fmt: skip
        rows = tuple(
            (
                _where(value),
                numeral(value.verdict.printed),
                numeral(correct_of(value), value.verdict.computed),
                value.verdict.cause or reason_of(value),
            )
            for value in audit.values
        )
        if rows:
            blocks.append(TextTable(columns, rows))
        blocks += [
            Note(f"{slip.place}: printed “{slip.printed}”, meant “{slip.meant}”; {slip.cause}")
            for slip in audit.result.slips
        ]
        n = len(rows) + len(audit.result.slips)
        right = count(len(audit.result.reproduced), "other value is", "other values are")
        words = count(n, "erratum", "errata") if n else "no errata"
        blocks.append(Paragraph(f"{words}; {right} right", apart=True))
        return Document("errata", f"Errata: {scenario.title}", tuple(blocks))


def _where(value: Reconciled) -> str:
    """Return where a value stands, and what it is called there."""
    verdict = value.verdict
    symbol = verdict.symbol if verdict.sample is None else f"{verdict.symbol} ({value.called})"
    return f"{verdict.place}: {symbol}" if verdict.place else symbol


def correct_of(value: Reconciled) -> str:
    """Return what should be printed, with as many digits."""
    verdict = value.verdict
    if verdict.correct is not None:
        return verdict.correct
    return Numeral.of(verdict.printed).like(verdict.computed)
