"""Growth: what a unit of work costs as the work grows, in processor time and in memory.

Each course is one kind of work in several sizes. Where nothing grows faster than the work, a unit
never costs much more than it did at a smaller size: the growth of a course is the largest factor
by which it does. Small sizes cost more a unit, for what every call costs once; that is no growth,
but it is not flat either: a course is flat from that size on from which the dearest unit costs at
most twice as much as the cheapest.

Each size runs in a process of its own, so that its memory is its own. Rows are printed as they
come; those kept in a file are not measured again, so that a run that was interrupted goes on.
"""

import argparse
import gc
import json
import sys
import tracemalloc
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from itertools import accumulate
from math import isqrt
from pathlib import Path
from time import process_time
from typing import Any

import numpy as np

import neurograph as ng
from neurograph.landscape import loss_surface, restarts

from .costs import called

__all__ = ["COURSES", "Cost", "Course", "flat_from", "growth", "main", "measure"]

#: The dearest unit of what is flat costs so many times what the cheapest does.
FLAT = 2.0
#: A work is repeated, so often or until so many seconds are over, and the least time counts: the
#: first two fetch memory from the system, which takes as long as that pleases.
_LEAST_TURNS, _SECONDS = 4, 0.2
#: `ru_maxrss` counts in these.
_BYTES_OF_RESIDENT = 1 if sys.platform == "darwin" else 1024


@dataclass(frozen=True)
class Cost:
    """What a work of one size costs.

    Attributes
    ----------
    size : int
        How many units there are.
    seconds, bytes : float
        Of processor time, and of memory at most, for each unit.
    peak : int
        Bytes of the whole process, at most.
    """

    size: int
    seconds: float
    bytes: float
    peak: int


@dataclass(frozen=True)
class Course:
    """A kind of work in several sizes.

    Attributes
    ----------
    prepared : callable
        Returns, for a size, the work to be measured, and how many units it has.
    few, many : sequence of int
        The sizes for a look, and those for the full range.
    """

    prepared: Callable[[int], tuple[Callable[[], Any], int]]
    few: Sequence[int]
    many: Sequence[int]


def decades(first: int, last: int) -> tuple[int, ...]:
    """Return a size, the powers of ten above it, and the last of them.

    Examples
    --------
    >>> decades(12, 1000)
    (12, 100, 1000)
    """
    powers = [10**k for k in range(len(str(last)))]
    return (first, *(power for power in powers if first < power <= last))


def of_connections(n: int) -> tuple[Callable[[], Any], int]:
    """Return building two layers, and a round of one sample through them."""
    side = max(2, isqrt(n))
    inputs, targets = np.full(side, 0.5), np.zeros(side)

    def work() -> None:
        net = ng.Network.layered(side, side, seed=1)
        net.train(inputs, targets, learning_rate=0.1, epochs=1, engine="blocks")

    return work, side * side


def of_samples(n: int, batch_size: int = 100) -> tuple[Callable[[], Any], int]:
    """Return an epoch of digits in batches."""
    net, rng = ng.Network.layered(64, 30, 10, seed=1), np.random.default_rng(2)
    samples, targets = rng.random((n, 64)), rng.random((n, 10))
    settings: dict[str, Any] = {"learning_rate": 0.1, "epochs": 1, "engine": "blocks"}
    return lambda: net.train(samples, targets, batch_size=min(n, batch_size), **settings), n


def of_batch(n: int) -> tuple[Callable[[], Any], int]:
    """Return an epoch of digits in one batch."""
    return of_samples(n, batch_size=n)


def of_answers(n: int) -> tuple[Callable[[], Any], int]:
    """Return predictions of digits."""
    net, samples = ng.Network.layered(64, 30, 10, seed=1), np.random.default_rng(2).random((n, 64))
    return lambda: net.predict(samples), n


def of_levels(n: int) -> tuple[Callable[[], Any], int]:
    """Return building a chain of neurons, labelling it, and a round of training."""

    def work() -> None:
        net = ng.Network()
        net.add_edges_from((k, k + 1, {"weight": 0.5}) for k in range(n))
        net.connection((0, 1)).label  # noqa: B018 - asked for, it is made for all
        net.forward([1.0])
        net.backward([1.0])
        net.train([1.0], [1.0], learning_rate=0.1, epochs=2, engine="blocks")

    return work, n


def of_grid(n: int) -> tuple[Callable[[], Any], int]:
    """Return the loss on a grid over two weights."""
    net, axis = ng.Network.layered(2, 2, 2, seed=1), np.linspace(-4, 4, isqrt(n))

    def work() -> None:
        loss_surface(net, [0.05, 0.1], [0.01, 0.99], "w1", "w5", x=axis, y=axis)

    return work, len(axis) ** 2


def of_restarts(n: int) -> tuple[Callable[[], Any], int]:
    """Return descents from random starts."""
    net = ng.Network.layered(2, 2, 2, seed=1)
    return lambda: restarts(net, [0.05, 0.1], [0.01, 0.99], n=n, seed=1, steps=20), n


def of_epochs(n: int) -> tuple[Callable[[], Any], int]:
    """Return a training run with its history of losses."""
    net = ng.Network.layered(2, 2, 2, seed=1)
    data: tuple[Any, Any] = ([0.05, 0.1], [0.01, 0.99])
    return lambda: net.train(*data, learning_rate=0.1, epochs=n, engine="straight_line"), n


#: By name.
COURSES: dict[str, Course] = {
    "connections": Course(of_connections, (100, 1_000, 10_000), decades(12, 10**7)),
    "samples": Course(of_samples, (10, 100, 1_000), decades(1, 10**6)),
    "batch": Course(of_batch, (10, 100, 1_000), decades(1, 10**6)),
    "answers": Course(of_answers, (10, 1_000, 10_000), decades(1, 10**6)),
    "levels": Course(of_levels, (10, 100, 1_000), decades(1, 10**5)),
    "grid": Course(of_grid, (100, 1_000, 10_000), decades(100, 10**7)),
    "restarts": Course(of_restarts, (10, 100, 1_000), decades(100, 10**6)),
    "epochs": Course(of_epochs, (10, 1_000, 10_000), decades(100, 10**6)),
}


def measure(course: Course, size: int) -> Cost:
    """Return what a work of one size costs.

    Parameters
    ----------
    course : Course
    size : int

    Returns
    -------
    Cost
    """
    gc.collect()
    work, n = course.prepared(size)
    times: list[float] = []
    while len(times) < _LEAST_TURNS or sum(times) < _SECONDS:
        began = process_time()
        work()
        times.append(process_time() - began)
    peak = resident()
    del work
    return Cost(n, min(times) / n, traced(course, size) / n, peak)


def resident() -> int:
    """Return the most bytes that this process has had in memory."""
    import resource  # Unix alone has it

    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * _BYTES_OF_RESIDENT


def traced(course: Course, size: int) -> int:
    """Return how many bytes a work and what it works on take at most, without their process."""
    gc.collect()
    tracemalloc.start()
    work, _ = course.prepared(size)
    work()
    memory = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return memory


def measured_by_name(name: str, size: int) -> dict[str, float]:
    """Return what a size of a course costs, as JSON can say it."""
    return asdict(measure(COURSES[name], size))


def growth(costs: Sequence[float]) -> float:
    """Return the largest factor by which a unit costs more than at a smaller size.

    Parameters
    ----------
    costs : sequence of float
        By size, from the smallest on.

    Returns
    -------
    float
        1 where none does.

    Examples
    --------
    >>> growth([8.0, 2.0, 1.0, 1.5])
    1.5
    """
    least = accumulate(costs, min)
    return max(cost / before for cost, before in zip(costs, least, strict=True))


def flat_from(sizes: Sequence[int], costs: Sequence[float]) -> int:
    """Return the size from which on no unit costs more than twice another.

    Parameters
    ----------
    sizes : sequence of int
    costs : sequence of float
        By size, from the smallest on.

    Returns
    -------
    int
        The last size where none before it is near its cost.

    Examples
    --------
    >>> flat_from([1, 10, 100, 1000], [8.0, 2.0, 1.0, 1.5])
    10
    """
    tails = range(len(costs))
    return sizes[min(k for k in tails if max(costs[k:]) <= FLAT * min(costs[k:]))]


_HEADS = f"{'course':12} {'size':>11} {'µs a unit':>12} {'bytes a unit':>12} {'MB at most':>11}"


def line(name: str, cost: Cost) -> str:
    """Return the row of a size."""
    unit = f"{cost.seconds * 1e6:>12.4g} {cost.bytes:>12.4g}"
    return f"{name:12} {cost.size:>11,} {unit} {cost.peak / 1e6:>11,.0f}"


def verdicts(name: str, costs: Sequence[Cost]) -> Iterator[str]:
    """Yield the last rows of a course: by how much a unit grows, and from where on it is flat."""
    sizes = [cost.size for cost in costs]
    both = [[cost.seconds for cost in costs], [cost.bytes for cost in costs]]
    factors = [growth(one) for one in both]
    verdict = "flat" if max(factors) <= FLAT else "grows"
    yield f"{name:12} {'growth':>11} {factors[0]:>12.3g} {factors[1]:>12.3g} {verdict:>11}"
    froms = [flat_from(sizes, one) for one in both]
    yield f"{name:12} {'flat from':>11} {froms[0]:>12,} {froms[1]:>12,}"


def draw(costs: dict[str, list[Cost]], path: Path) -> None:
    """Write a figure: time and memory of a unit over the size, a column for each course."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(1 + 1.6 * len(costs), 5), layout="constrained")
    panels = figure.subplots(2, len(costs), squeeze=False, sharex="col", sharey="row")
    for column, (name, course) in zip(panels.T, costs.items(), strict=True):
        sizes = [cost.size for cost in course]
        column[0].set_title(name)
        column[1].set_xlabel("size")
        draw_flatness(column[0], sizes, [cost.seconds * 1e6 for cost in course], "µs", "C0")
        draw_flatness(column[1], sizes, [cost.bytes for cost in course], "bytes", "C1")
    panels[0, 0].set_ylabel("processor time of a unit,\ntimes the least")
    panels[1, 0].set_ylabel("memory of a unit,\ntimes the least")
    figure.savefig(path, dpi=150)


def draw_flatness(
    panel: Any, sizes: Sequence[int], costs: Sequence[float], unit: str, color: str
) -> None:
    """Draw costs over sizes as multiples of the least, on a band of what is flat."""
    least = min(costs)
    panel.axhspan(1, FLAT, color="0.88", linewidth=0)
    panel.plot(sizes, [cost / least for cost in costs], marker="o", markersize=4, color=color)
    panel.set(xscale="log", yscale="log")
    written = f"{least:,.0f}" if least >= 100 else f"{least:.2g}"
    panel.annotate(
        f"least: {written} {unit}", (0.96, 0.96), xycoords="axes fraction", ha="right", va="top",
        fontsize="small",
    )  # fmt: skip


def kept_in(path: Path | None) -> dict[tuple[str, int], Cost]:
    """Return what a file holds of an earlier run, by course and size asked for."""
    if path is None or not path.exists():
        return {}
    rows = [json.loads(row) for row in path.read_text(encoding="utf-8").splitlines()]
    return {(row["course"], row["asked"]): Cost(**row["cost"]) for row in rows}


def keep(path: Path, name: str, size: int, cost: Cost) -> None:
    """Add a row to the file."""
    row = {"course": name, "asked": size, "cost": asdict(cost)}
    with path.open("a", encoding="utf-8") as file:
        file.write(json.dumps(row) + "\n")


def measured_courses(
    courses: dict[str, Sequence[int]], path: Path | None
) -> Iterator[tuple[str, Cost]]:
    """Yield the costs of all sizes, by the name of their course, as they come."""
    kept = kept_in(path)
    for name, sizes in courses.items():
        for size in sizes:
            cost = kept.get((name, size))
            if cost is None:
                cost = Cost(**called(measured_by_name, name, size)())
                if path is not None:
                    keep(path, name, size, cost)
            yield name, cost


def main(arguments: Sequence[str]) -> int:
    """Measure the courses; print a table, and draw a figure if asked to."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks growth", description=__doc__)
    parser.add_argument("courses", nargs="*", help=f"of {', '.join(COURSES)} (default: all)")
    parser.add_argument("--full", action="store_true", help="the full range of sizes: takes long")
    parser.add_argument("--figure", type=Path, metavar="FILE", help="draw the table as a picture")
    parser.add_argument(
        "--kept", type=Path, metavar="FILE",
        help="where rows are kept: what is there already is not measured again",
    )  # fmt: skip
    given = parser.parse_args(arguments)
    if unknown := [name for name in given.courses if name not in COURSES]:
        parser.error(f"nothing is called {', '.join(unknown)}; there are {', '.join(COURSES)}")
    names = given.courses or COURSES
    courses = {name: COURSES[name].many if given.full else COURSES[name].few for name in names}
    costs = show(courses, given.kept)
    if given.figure is not None:
        draw(costs, given.figure)
    return 0


def show(courses: dict[str, Sequence[int]], path: Path | None) -> dict[str, list[Cost]]:
    """Print the rows as they come, and return them by course; Ctrl-C ends the table early."""
    costs: dict[str, list[Cost]] = {}
    print(_HEADS, flush=True)
    try:
        for name, cost in measured_courses(courses, path):
            course = costs.setdefault(name, [])
            course.append(cost)
            print(line(name, cost), flush=True)
            if len(course) == len(courses[name]):
                print("\n".join(verdicts(name, course)), flush=True)
    except KeyboardInterrupt:
        print("interrupted", file=sys.stderr)
    return costs
