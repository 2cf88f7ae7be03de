"""Everything there is to measure, and the goals."""

from collections.abc import Sequence

from rich.console import Console

from .competitors import CONTENDERS
from .contenders import REFERENCE, Neurograph, NeurographJit
from .costs import COSTS
from .landscapes import LANDSCAPES
from .pictures import PICTURES
from .problems import PROBLEMS
from .timing import Row, time_all

__all__ = ["WORKS", "measure"]

#: Ratios to reach, without and with numba; W7c is measured without a goal.
GOALS = {
    "W1": (0.07, 0.007),
    "W2": (0.25, 0.03),
    "W3": (0.45, 0.45),
    "W4": (0.55, 0.25),
    "W4b": (0.5, 0.15),
    "W5": (0.9, 0.9),
    "W7": (0.65, 0.1),
    "W7b": (0.95, 0.3),
}

_OTHER_WORKS = {**LANDSCAPES, **PICTURES, **COSTS}
WORKS = [*PROBLEMS, *_OTHER_WORKS]


def measure(works: Sequence[str], rounds: int) -> list[Row]:
    """Measure some works, and say on the terminal which is at hand."""
    rows = []
    with Console(stderr=True).status("") as status:
        for work in works:
            status.update(f"measuring {work}")
            other = _OTHER_WORKS.get(work)
            rows.append(other(rounds) if other else _training(work, rounds))
    return rows


def _training(work: str, rounds: int) -> Row:
    title, make = PROBLEMS[work]
    seconds, results = time_all(make(), CONTENDERS, rounds)
    goals = dict(zip((Neurograph.name, NeurographJit.name), GOALS.get(work, ()), strict=False))
    return Row(work, title, REFERENCE.name, seconds * 1e6, "µs", results, goals)
