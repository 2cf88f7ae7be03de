"""Timing contenders side by side: all of them in every round, one after the other."""

import gc
import statistics
from collections.abc import Callable, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from time import perf_counter, process_time

from .contenders import REFERENCE, Contender
from .problems import Problem

__all__ = ["Ratio", "Row", "compare", "race", "ratios_of", "seconds_of", "time_all", "undisturbed"]

# A contender that runs object by object takes seconds, and its ratio is large: few rounds do.
_ROUNDS_OF_SLOW = 3
#: What is timed is repeated until it takes so long.
_LEAST_SECONDS = 0.05


@dataclass(frozen=True)
class Ratio:
    """A time or size divided by that of the reference in the same round.

    Attributes
    ----------
    median : float
    low, high : float
        Quartiles.
    first : float or None
        Seconds of the first run, in which plans are made and code is compiled.
    how : str
        In which way it was done, where there are several.
    """

    median: float
    low: float
    high: float
    first: float | None = None
    how: str = ""

    @classmethod
    def of(cls, ratios: Sequence[float], first: float | None = None, how: str = "") -> "Ratio":
        """Return the ratio of several rounds."""
        if len(ratios) == 1:
            return cls(ratios[0], ratios[0], ratios[0], first, how)
        low, median, high = statistics.quantiles(ratios, n=4, method="inclusive")
        return cls(median, low, high, first, how)


@dataclass(frozen=True)
class Row:
    """What was measured of one work.

    Attributes
    ----------
    work, title : str
    against : str
        The reference.
    measured : float
        Its median: seconds for each sample, seconds, or bytes.
    unit : str
    results : mapping of str to Ratio or str
        By name of a contender its ratio, or why there is none.
    goals : mapping of str to float
        By name of a contender.
    """

    work: str
    title: str
    against: str
    measured: float
    unit: str
    results: Mapping[str, Ratio | str]
    goals: Mapping[str, float]

    @property
    def wrong(self) -> list[str]:
        """Names of the contenders that do not end with the reference's parameters."""
        return [
            name
            for name, result in self.results.items()
            if isinstance(result, str) and result.startswith("differs")
        ]

    def met(self, name: str) -> bool | None:
        """Return whether a contender has met its goal; None where there is nothing to say."""
        result = self.results.get(name)
        if name not in self.goals or not isinstance(result, Ratio):
            return None
        return result.median <= self.goals[name]


@contextmanager
def undisturbed():
    """Keep the garbage collector, as users have it, from what was there before."""
    gc.collect()
    gc.freeze()
    try:
        yield
    finally:
        gc.unfreeze()


def race(contender: Contender) -> float:
    """Return how many seconds one run takes."""
    return seconds_of(contender.run, contender.reset)


def seconds_of(work: Callable[[], object], before: Callable[[], object] = lambda: None) -> float:
    """Return how many seconds a work takes, repeated until that is worth timing.

    Seconds are those of the processor: what else the machine does is not counted.

    Parameters
    ----------
    work : callable
    before : callable
        What is done each time before, outside of the timing.
    """
    seconds, runs = 0.0, 0
    with undisturbed():
        while seconds < _LEAST_SECONDS:
            before()
            start = process_time()
            result = work()
            seconds += process_time() - start
            del result  # a large graph takes its time to vanish
            runs += 1
    return seconds / runs


def compare(contender: Contender) -> tuple[str, float]:
    """Run a contender and the reference on the contender's problem.

    Returns
    -------
    str
        How they differ; empty if they end with the same parameters and losses.
    float
        Seconds of this run of the contender.
    """
    reference = REFERENCE(contender.problem)
    reference.losses = []
    reference.reset()
    reference.run()
    contender.reset()
    start = perf_counter()
    contender.run()
    seconds = perf_counter() - start
    difference = contender.trained().differs_from(reference.trained())
    return f"differs: {difference}" if difference else "", seconds


def time_all(
    problem: Problem, kinds: Sequence[type[Contender]], rounds: int
) -> tuple[float, dict[str, Ratio | str]]:
    """Time contenders beside the reference.

    Returns
    -------
    float
        The reference's median time for a sample, in seconds.
    dict of str to Ratio or str
        By name of a contender.
    """
    results: dict[str, Ratio | str] = {}
    racing: dict[str, Contender] = {}
    first: dict[str, float] = {}
    for kind in kinds:
        if reason := kind.missing() or kind.cannot(problem):
            results[kind.name] = reason
            continue
        contender = kind(kind.version_of(problem))
        difference, first[kind.name] = compare(contender)
        if difference:
            results[kind.name] = difference
        else:
            racing[kind.name] = contender
    reference = REFERENCE(problem)
    times: list[float] = []
    ratios: dict[str, list[float]] = {name: [] for name in racing}
    for number in range(rounds):
        times.append(_by_sample(reference))
        for name, contender in racing.items():
            if number < _ROUNDS_OF_SLOW or contender.is_fast:
                ratios[name].append(_by_sample(contender) / times[-1])
    for name, found in ratios.items():
        results[name] = Ratio.of(found, first[name], racing[name].how())
    return statistics.median(times), {kind.name: results[kind.name] for kind in kinds}


def _by_sample(contender: Contender) -> float:
    return race(contender) / contender.problem.n_samples_seen


def ratios_of(
    ours: Callable[[], float], reference: Callable[[], float], rounds: int
) -> tuple[float, Ratio]:
    """Return the reference's median, and the ratio of two measurements taken in turn."""
    pairs = [(reference(), ours()) for _ in range(rounds)]
    return (
        statistics.median(theirs for theirs, _ in pairs),
        Ratio.of([mine / theirs for theirs, mine in pairs]),
    )
