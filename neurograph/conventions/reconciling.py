"""`reconcile`: for each printed value that the stated conventions do not give, what gives it."""

import math
from collections import Counter
from collections.abc import Sequence

from neurograph.conventions.odds import false_hits
from neurograph.conventions.pages import Page
from neurograph.conventions.results import Change, Reconciled, Reconciliation
from neurograph.conventions.searching import Search
from neurograph.scenario import Scenario, run_scenario

__all__ = ["reconcile"]


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
    searches = [Search(Page(scenario, each)) for each in result.runs]
    explains: Counter[str] = Counter()
    for search in searches:
        explains.update(search.hits())
    values = [value for search in searches for value in search.reconciled(explains)]
    return Reconciliation(
        scenario=scenario, result=result, values=tuple(values), changes=tuple(_changes(values))
    )


def _changes(values: Sequence[Reconciled]) -> list[Change]:
    """Return the changes that explain the values, each value counted once, for its best change."""
    by_name: dict[str, list[Reconciled]] = {}
    once = {value.fact: value for value in reversed(values)}
    for value in reversed(once.values()):
        if value.found:
            by_name.setdefault(value.found[0].name, []).append(value)
    changes = [
        Change(
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
    each = (false_hits(1, value.verdict.computed, value.verdict.printed) for value in explained)
    return n * math.prod(each)
