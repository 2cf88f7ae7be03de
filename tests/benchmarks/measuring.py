"""Everything there is to measure, and the goals."""

from collections.abc import Iterator, Sequence

from .competitors import CONTENDERS
from .contenders import REFERENCE, Neurograph, NeurographJit
from .costs import COSTS
from .landscapes import LANDSCAPES
from .pictures import PICTURES
from .problems import PROBLEMS
from .timing import Row, time_all

__all__ = ["WORKS", "measure"]

#: Ratios to reach, without and with numba.
GOALS = {
    "W1": (0.045, 0.003),
    "W2": (0.13, 0.010),
    "W3": (0.45, 0.14),
    "W4": (0.50, 0.20),
    "W4b": (0.38, 0.045),
    "W5": (0.88, 0.88),
    "W7": (0.45, 0.045),
    "W7b": (0.85, 0.115),
}

_OTHER_WORKS = {**LANDSCAPES, **PICTURES, **COSTS}
WORKS = [*PROBLEMS, *_OTHER_WORKS]


def measure(works: Sequence[str], rounds: int) -> Iterator[Row]:
    """Measure some works, one when the one before was looked at."""
    for work in works:
        other = _OTHER_WORKS.get(work)
        yield other(rounds) if other else _training(work, rounds)


def _training(work: str, rounds: int) -> Row:
    title, make = PROBLEMS[work]
    seconds, results = time_all(make(), CONTENDERS, rounds)
    goals = dict(zip((Neurograph.name, NeurographJit.name), GOALS.get(work, ()), strict=False))
    return Row(work, title, REFERENCE.name, seconds * 1e6, "µs", results, goals)
