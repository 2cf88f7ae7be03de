"""Growth: what a unit of work costs as the work grows, in processor time and in memory.

Each course is one kind of work in several sizes. Where nothing grows faster than the work, a unit
never costs much more than it did at a smaller size: the growth of a course is the largest factor
by which it does, and up to two is called flat. Small sizes cost more a unit, for what every call
costs once; that is no growth.
"""

import argparse
import gc
import tracemalloc
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate
from math import isqrt
from pathlib import Path
from time import process_time
from typing import Any

import numpy as np

import neurograph as ng
from neurograph.landscape import loss_surface, restarts

__all__ = ["COURSES", "Cost", "Course", "growth", "main", "measure"]

#: A unit may cost so many times what it cost at a smaller size.
FLAT = 2.0
#: A work is repeated until this many seconds are over, and the least time counts.
_SECONDS = 0.2


@dataclass(frozen=True)
class Cost:
    """What a work of one size costs.

    Attributes
    ----------
    size : int
    seconds, bytes : float
        Of processor time, and of memory at most, for each unit.
    """

    size: int
    seconds: float
    bytes: float


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


def of_connections(n: int) -> tuple[Callable[[], Any], int]:
    """Return building two layers, and a round of one sample through them."""
    side = max(2, isqrt(n))
    inputs, targets = np.full(side, 0.5), np.zeros(side)

    def work() -> None:
        net = ng.Network.layered(side, side, seed=1)
        net.train(inputs, targets, learning_rate=0.1, epochs=1, engine="blocks")

    return work, side * side


def of_samples(n: int) -> tuple[Callable[[], Any], int]:
    """Return an epoch of digits in batches of up to 100."""
    net, rng = ng.Network.layered(64, 30, 10, seed=1), np.random.default_rng(2)
    samples, targets = rng.random((n, 64)), rng.random((n, 10))
    settings: dict[str, Any] = {"learning_rate": 0.1, "epochs": 1, "engine": "blocks"}
    return lambda: net.train(samples, targets, batch_size=min(n, 100), **settings), n


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
    "connections": Course(of_connections, (100, 1_000, 10_000), (12, 10**3, 10**5, 10**6, 10**7)),
    "samples": Course(of_samples, (10, 100, 1_000), (1, 10**2, 10**4, 10**6)),
    "answers": Course(of_answers, (10, 1_000, 10_000), (1, 10**2, 10**4, 10**6)),
    "levels": Course(of_levels, (10, 100, 1_000), (1, 10**2, 10**3, 10**4, 10**5)),
    "grid": Course(of_grid, (100, 1_000, 10_000), (10**2, 10**4, 10**6, 10**7)),
    "restarts": Course(of_restarts, (10, 100, 1_000), (10**2, 10**4, 10**6)),
    "epochs": Course(of_epochs, (10, 1_000, 10_000), (10**2, 10**4, 10**6)),
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
    tracemalloc.start()
    work, n = course.prepared(size)
    work()
    memory = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    least, since = float("inf"), process_time()
    while least == float("inf") or process_time() - since < _SECONDS:
        began = process_time()
        work()
        least = min(least, process_time() - began)
    return Cost(n, least / n, memory / n)


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


def lines(name: str, course: Course, costs: Sequence[Cost]) -> Iterator[str]:
    """Yield the table of a course."""
    for cost in costs:
        yield f"{name:12} {cost.size:>11,} {cost.seconds * 1e6:>12.4g} {cost.bytes:>12.4g}"
    of_time = growth([cost.seconds for cost in costs])
    of_memory = growth([cost.bytes for cost in costs])
    verdict = "flat" if max(of_time, of_memory) <= FLAT else "grows"
    yield f"{name:12} {'growth':>11} {of_time:>12.3g} {of_memory:>12.3g}  {verdict}"


def draw(costs: dict[str, list[Cost]], path: Path) -> None:
    """Write a figure: time and memory of a unit over the size."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(9, 4), layout="constrained")
    panels = figure.subplots(1, 2)
    for name, course in costs.items():
        sizes = [cost.size for cost in course]
        panels[0].plot(sizes, [cost.seconds * 1e6 for cost in course], marker="o", label=name)
        panels[1].plot(sizes, [cost.bytes for cost in course], marker="o", label=name)
    for panel, what in zip(panels, ("processor time (µs)", "memory (bytes)"), strict=True):
        panel.set(xscale="log", yscale="log", xlabel="size", ylabel=f"{what} a unit")
    figure.legend(*panels[0].get_legend_handles_labels(), loc="outside right upper", frameon=False)
    figure.savefig(path, dpi=150)


def main(arguments: Sequence[str]) -> int:
    """Measure the courses; print a table, and draw a figure if asked to."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks growth", description=__doc__)
    parser.add_argument("courses", nargs="*", help=f"of {', '.join(COURSES)} (default: all)")
    parser.add_argument("--full", action="store_true", help="the full range of sizes: takes long")
    parser.add_argument("--figure", type=Path, metavar="FILE", help="draw the table as a picture")
    given = parser.parse_args(arguments)
    if unknown := [name for name in given.courses if name not in COURSES]:
        parser.error(f"nothing is called {', '.join(unknown)}; there are {', '.join(COURSES)}")
    measured: dict[str, list[Cost]] = {}
    print(f"{'course':12} {'size':>11} {'µs a unit':>12} {'bytes a unit':>12}")
    for name in given.courses or COURSES:
        course = COURSES[name]
        sizes = course.many if given.full else course.few
        measured[name] = [measure(course, size) for size in sizes]
        print("\n".join(lines(name, course, measured[name])), flush=True)
    if given.figure is not None:
        draw(measured, given.figure)
    return 0
