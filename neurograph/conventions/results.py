"""What a search for conventions found, as frozen records."""

from dataclasses import dataclass
from typing import Literal

from neurograph.scenario import Scenario, ScenarioResult, Verdict

__all__ = ["Change", "Finding", "Near", "Reconciled", "Reconciliation"]

#: Where a change was made: in the whole run, or in the last pass before the value alone.
Scope = Literal["throughout", "last pass"]


@dataclass(frozen=True, kw_only=True)
class Finding:
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


@dataclass(frozen=True, kw_only=True)
class Near:
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


@dataclass(frozen=True, kw_only=True)
class Reconciled:
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
        from neurograph.conventions.wording import lines_of

        return "\n".join(lines_of(self))


@dataclass(frozen=True, kw_only=True)
class Change:
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


@dataclass(frozen=True, kw_only=True)
class Reconciliation:
    """What was found for the printed values of a scenario.

    Parameters
    ----------
    scenario : Scenario
    result : ScenarioResult
        What the stated conventions give.
    values : tuple of Reconciled
        The printed values that they do not give, in order.
    changes : tuple of Change
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
    changes: tuple[Change, ...]

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
        from neurograph.errors import UnknownNameError, did_you_mean

        for value in self.values:
            if value.verdict.address == address and printed in (None, value.verdict.printed):
                return value
        known = [value.verdict.address for value in self.values]
        near = did_you_mean(address, known) or f"; those searched are {', '.join(known) or 'none'}"
        raise UnknownNameError(f"no printed value of {address!r} was searched{near}")

    def __str__(self) -> str:
        from neurograph.conventions.wording import summary

        return summary(self)
