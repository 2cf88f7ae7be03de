"""What a search for conventions found: frozen records, and the words that say it."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Literal

from neurograph.display import Brief
from neurograph.documents.document import Block, Document, Heading, Paragraph
from neurograph.documents.readable import Readable
from neurograph.errors import UnknownNameError, did_you_mean
from neurograph.scenario import Scenario, ScenarioResult, Verdict
from neurograph.scenario.report import closing, count, run_blocks

__all__ = [
    "Cause", "Finding", "Near", "Reconciled", "Reconciliation", "lines_of",
]  # fmt: skip

#: Further findings than these are only counted.
_MOST = 3
#: Where a change was made: in the whole run, or in the last pass before the value alone.
Scope = Literal["throughout", "last pass"]


@dataclass(frozen=True, kw_only=True, repr=False)
class Finding(Brief):
    """A single change against the stated conventions that gives a printed value.

    Parameters
    ----------
    name, family, sentence : str
        Of the alternative.
    value : float
        What it gives.
    scope : {"throughout", "last pass"}
    chance : float
        How many of the alternatives tried would agree with this value by chance, on average: see
        `neurograph.conventions.odds`.
    explains : int
        How many of the printed values that the stated conventions do not give this change gives.
    follows_from : tuple of str
        Addresses of the slips that the value follows from.
    keeps, of : int, optional
        How many of the values of the run that the stated conventions give it would give too.
    """

    name: str
    family: str
    sentence: str
    value: float
    scope: Scope
    chance: float
    explains: int = 1
    follows_from: tuple[str, ...] = ()
    keeps: int | None = None
    of: int | None = None


@dataclass(frozen=True, kw_only=True, repr=False)
class Near(Brief):
    """A single change that comes near a printed value, and does not give it.

    Parameters
    ----------
    name, sentence : str
    value : float
    missing : int
        How many of the last printed digits differ.
    chance : float
        How many of the alternatives tried would come as near by chance, on average.
    """

    name: str
    sentence: str
    value: float
    missing: int
    chance: float


@dataclass(frozen=True, kw_only=True, repr=False)
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
    fact: tuple[object, ...]
    searched: bool = True

    @property
    def is_found(self) -> bool:
        """Whether a single change gives it."""
        return bool(self.found)

    @property
    def called(self) -> str:
        """What is printed: the address, with its sample."""
        sample = self.verdict.sample
        return self.verdict.address + ("" if sample is None else f" (sample {sample})")

    def __str__(self) -> str:
        return "\n  ".join(lines_of(self))


@dataclass(frozen=True, kw_only=True, repr=False)
class Cause(Brief):
    """A single change, with the printed values that it explains; one printed twice counts once.

    Parameters
    ----------
    name, sentence : str
    explains : tuple of Reconciled
    chance : float
        How many of the alternatives tried would explain all of these by chance, on average: the
        number in reach times the product of each value's own probability.
    """

    name: str
    sentence: str
    explains: tuple[Reconciled, ...]
    chance: float


@dataclass(frozen=True, kw_only=True, repr=False)
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

    @property
    def found(self) -> tuple[Reconciled, ...]:
        """The values that a single change gives."""
        return tuple(value for value in self.values if value.found)

    @property
    def not_found(self) -> tuple[Reconciled, ...]:
        """The values that no single change gives."""
        return tuple(value for value in self.values if not value.found)

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
        blocks += map(Paragraph, _summary(self))
        words = [
            f"{len(result.reproduced)} reproduced",
            count(len(result.errata), "listed erratum", "listed errata"),
            f"{len(result.failed)} neither",
        ]
        last = closing(f"{scenario.name}: {', '.join(words)}", result.passed)
        return Document("audit", scenario.title, (*blocks, last))


def _summary(found: Reconciliation) -> Iterator[str]:
    """Yield how many values were searched and found, and each change that explains several."""
    yield _counted(found)
    for change in found.changes:
        if len(change.explains) > 1:
            called = ", ".join(value.called for value in change.explains)
            yield (
                f"{change.sentence}: explains {len(change.explains)} values ({called});"
                f" {by_chance(change.chance)}"
            )


def _counted(found: Reconciliation) -> str:
    n = len(found.values)
    if not n:
        return "the stated conventions give every printed value"
    values = "1 printed value" if n == 1 else f"{n} printed values"
    return f"{values} not given by the stated conventions, {len(found.found)} found otherwise"


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
    for finding in value.found[:_MOST]:
        yield _found(finding)
    if len(value.found) > _MOST:
        yield f"and {len(value.found) - _MOST} more that give the same digits"
    if value.found:
        yield (
            f"{value.tried} alternatives tried, {value.in_reach} different values in reach,"
            f" {by_chance(value.found[0].chance)}"
        )
        return
    yield f"not reproduced by any of {value.tried} alternatives"
    yield from map(_near, value.near)


def by_chance(expected: float) -> str:
    """Return the expected number of false hits in words.

    Examples
    --------
    >>> by_chance(0.0004), by_chance(0.7)
    ('0.0004 expected by chance', '0.7 expected by chance: may be chance')
    """
    text = f"{expected:.1g} expected by chance"
    return text if expected < 0.1 else f"{text}: may be chance"


def _found(finding: Finding) -> str:
    text = f"found: {finding.sentence} -> {finding.value:.10g}"
    if finding.scope == "last pass":
        text += ", in the last pass alone"
    if finding.explains > 1:
        text += f"; explains {finding.explains} printed values"
    if finding.keeps is not None and finding.of is not None and finding.keeps < finding.of:
        text += f"; {finding.of - finding.keeps} of {finding.of} values of the run would change"
    return text


def _near(near: Near) -> str:
    digits = "digit" if near.missing == 1 else f"{near.missing} digits"
    return (
        f"near, not found: {near.sentence} -> {near.value:.10g}, all but the last {digits}"
        f" ({near.chance:.1g} as near expected by chance)"
    )
