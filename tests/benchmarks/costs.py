"""What the objects cost: building them, reading them, importing the library, starting from cold.

Where a cold process or a clean memory matters, a function of this module runs in a process of its
own; it imports what it measures.
"""

import gc
import json
import os
import re
import subprocess
import sys
import timeit
import tracemalloc
from collections.abc import Callable
from functools import cache, partial
from itertools import cycle, islice
from pathlib import Path
from tempfile import TemporaryDirectory
from time import process_time
from typing import Any

import networkx as nx
import numpy as np

import neurograph as ng

from .by_hand import logistic
from .contenders import Neurograph, NeurographJit
from .problems import images
from .timing import Ratio, Row, ratios_of, seconds_of

__all__ = ["COSTS", "called"]

ROOT = Path(__file__).parents[2]
_DEFAULT, _JIT = Neurograph.name, NeurographJit.name


@cache
def _bytecode() -> "TemporaryDirectory[str]":
    # Without it a source tree that may not be written to would be compiled by every process.
    return TemporaryDirectory(prefix="neurograph_benchmarks_")


def _environment() -> dict[str, str]:
    environment = os.environ | {"PYTHONPYCACHEPREFIX": _bytecode().name}
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    return environment


def _in_new_process(code: str) -> Any:
    """Return what a new interpreter prints, read as JSON."""
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, env=_environment(), stdout=subprocess.PIPE,
        check=True,
    )  # fmt: skip
    return json.loads(done.stdout)


def called(function: Callable[..., Any], *arguments: object) -> Callable[[], Any]:
    """Return a function that calls another in a new process; what that returns is JSON."""
    name = function.__name__
    code = (
        f"import json, sys; sys.path[:] = {sys.path!r}; from {function.__module__} import {name};"
        f" print(json.dumps({name}({', '.join(map(repr, arguments))})))"
    )
    return lambda: _in_new_process(code)


# -- building ------------------------------------------------------------------------------------


def plain_graph(weights: np.ndarray) -> "nx.DiGraph[int]":
    """Build two layers of a plain graph, as people write it: nodes are numbers, edges weighted."""
    n_post, n_pre = weights.shape
    graph = nx.DiGraph()
    graph.add_edges_from(
        (pre, n_pre + post, {"weight": weight})
        for post, row in enumerate(weights.tolist())
        for pre, weight in enumerate(row)
    )
    assert len(graph) == n_pre + n_post
    return graph


def network(weights: np.ndarray) -> ng.Network:
    """Build two layers of neurons and connections."""
    return ng.Network.layered(*weights.shape[::-1], weights=[weights])


BUILDERS: dict[str, Callable[[np.ndarray], Any]] = {"plain": plain_graph, "network": network}


def seconds_to_build(kind: str, size: int) -> float:
    """Return how long it takes to connect `size` neurons with `size` others."""
    weights = np.random.default_rng(1).random((size, size))
    start = process_time()
    built = BUILDERS[kind](weights)
    seconds = process_time() - start
    _use_all(built, weights)
    return seconds


def bytes_per_edge(kind: str, size: int) -> float:
    """Return the memory of such a graph for each edge, after every weight was read."""
    weights = np.random.default_rng(1).random((size, size))
    tracemalloc.start()
    built = BUILDERS[kind](weights)
    _use_all(built, weights)
    gc.collect()
    size_in_bytes, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return size_in_bytes / weights.size


def _use_all(built: Any, weights: np.ndarray) -> None:
    total = sum(data["weight"] for _, _, data in built.edges(data=True))
    if not np.isclose(total, weights.sum(), rtol=1e-9):
        raise AssertionError(f"weights sum to {total}, not {weights.sum()}")


def time_of_building(rounds: int, size: int = 1000) -> Row:
    """Measure how long building takes."""
    measured, ratio = ratios_of(
        called(seconds_to_build, "network", size),
        called(seconds_to_build, "plain", size),
        min(rounds, 5),
    )
    return _row("W8", "building 1,000 × 1,000 connections", "add_edges_from", measured, "s",
                ratio, 0.3)  # fmt: skip


def memory_of_building(rounds: int, size: int = 1000) -> Row:
    """Measure how much memory a connection takes."""
    measured, ratio = ratios_of(
        called(bytes_per_edge, "network", size), called(bytes_per_edge, "plain", size), 1
    )
    return _row("W8m", "its memory, every object read", "add_edges_from", measured, "B/edge",
                ratio, 0.48)  # fmt: skip


def _in_turn(ours: Callable[[], object], theirs: Callable[[], object], rounds: int) -> Any:
    """Return the reference's median, and the ratio, of works of this process."""
    return ratios_of(partial(seconds_of, ours), partial(seconds_of, theirs), rounds)


def time_of_adding(rounds: int, n_connections: int = 100_000) -> Row:
    """Measure adding edges of a random DAG, given as a list."""
    rng = np.random.default_rng(6)
    pre, post = np.triu_indices(1000, 1)
    drawn = rng.choice(len(pre), n_connections, replace=False)
    numbers = (pre[drawn].tolist(), post[drawn].tolist(), rng.normal(size=n_connections).tolist())
    edges = [(a, b, {"weight": weight}) for a, b, weight in zip(*numbers, strict=True)]

    def graph_of(kind: Callable[[], Any]) -> Any:
        graph = kind()
        graph.add_edges_from(edges)
        return graph

    measured, ratio = _in_turn(partial(graph_of, ng.Network), partial(graph_of, nx.DiGraph), rounds)
    return _row("W9", f"add_edges_from, {n_connections:,} edges", "NetworkX", measured * 1e3, "ms",
                ratio, 1.5)  # fmt: skip


def time_of_copying(rounds: int, sizes: tuple[int, ...] = (784, 100, 10)) -> Row:
    """Measure a copy, beside that of a graph whose dicts hold the same attributes."""
    net, graph = ng.Network.layered(*sizes, seed=1), nx.DiGraph()
    graph.add_nodes_from((name, dict(data)) for name, data in net.nodes(data=True))
    graph.add_edges_from((pre, post, dict(data)) for pre, post, data in net.edges(data=True))
    measured, ratio = _in_turn(net.copy, graph.copy, rounds)
    return _row("W10", f"copy of {'-'.join(map(str, sizes))}", "NetworkX", measured * 1e3, "ms",
                ratio, 2.0)  # fmt: skip


def time_of_predicting(rounds: int, n_samples: int = 1000) -> Row:
    """Measure predictions of a wide network."""
    problem = images(n_samples=n_samples)
    net, samples = problem.graph(ng.Network), problem.inputs
    (w1, w2), (b1, b2) = [one.T.copy() for one in problem.weights], problem.biases

    def as_people_write_it() -> np.ndarray:
        return logistic(logistic(samples @ w1 + b1) @ w2 + b2)

    np.testing.assert_allclose(net.predict(samples), as_people_write_it(), rtol=1e-9)
    measured, ratio = _in_turn(lambda: net.predict(samples), as_people_write_it, rounds)
    return _row("W11", f"predict, 784-100-10, {n_samples:,} samples", "NumPy by hand",
                measured * 1e3, "ms", ratio, 0.95)  # fmt: skip


# -- reading -------------------------------------------------------------------------------------

#: Ways to read a value of a neuron and of a connection.
READINGS = {
    "neuron": ["neuron.out", "neuron['out']", "neuron.delta", "neuron.bias"],
    "connection": ["connection.weight", "connection['weight']", "connection.gradient"],
}


def _seconds_to_read(reading: str, elements: list[Any]) -> float:
    """Return the seconds of reading one value, in a loop over many elements."""
    name = re.match(r"\w+", reading)[0]
    timer = timeit.Timer(f"for {name} in elements: {reading}", globals={"elements": elements})
    return min(timer.repeat(5, 10)) / 10 / len(elements)


def readings_of(net: ng.Network) -> dict[str, list[Any]]:
    """Return about 1,000 elements of a network after its passes, for every way to read them."""
    n_inputs, n_outputs = len(net.inputs), len(net.outputs)
    net.forward(np.linspace(0, 1, n_inputs))
    net.backward(np.linspace(0, 1, n_outputs))
    hidden = [net.nodes[name] for level in net.levels[1:-1] for name in level]
    connections = [connection for _, _, connection in net.edges(data=True)]
    elements = {
        "neuron": list(islice(cycle(hidden), 1000)),
        "connection": list(islice(cycle(connections), 1000)),
    }
    return {reading: elements[of] for of, readings in READINGS.items() for reading in readings}


def _cost_of_reading(work: str, title: str, sizes: tuple[int, ...], rounds: int) -> Row:
    """Measure what reading a value through an object costs, in plain dict reads; the slowest."""
    net = ng.Network.layered(*sizes, bias=0.5, seed=1)
    plain = [{"weight": 0.5, "gradient": 0.1, "label": f"w{number}"} for number in range(1000)]
    found = {
        reading: ratios_of(
            partial(_seconds_to_read, reading, elements),
            partial(_seconds_to_read, "data['weight']", plain),
            rounds,
        )
        for reading, elements in readings_of(net).items()
    }
    slowest = max(found, key=lambda reading: found[reading][1].median)
    measured, ratio = found[slowest]
    return _row(work, f"{title}; slowest: {slowest}", "plain dict read", measured * 1e9, "ns",
                ratio, 4.0)  # fmt: skip


def cost_of_reading_small(rounds: int) -> Row:
    """Measure reading where passes run object by object."""
    return _cost_of_reading("read", "reading one value, 4-4-4", (4, 4, 4), rounds)


def cost_of_reading_large(rounds: int) -> Row:
    """Measure reading where passes run on matrices."""
    return _cost_of_reading("readL", "reading one value, 100-100-10", (100, 100, 10), rounds)


# -- starting ------------------------------------------------------------------------------------

_MAZUR = """
import neurograph as ng
net = ng.Network.layered(2, 2, 2, weights=[[[.15, .2], [.25, .3]], [[.4, .45], [.5, .55]]],
                         bias=[.35, .6], trainable_bias=False)
net.train([[.05, .1]], [[.01, .99]], learning_rate=.5, epochs=10_000)
"""
#: Whole processes, by the name of their row: what they are, what Python is given, and the goal.
PROCESSES: dict[str, tuple[str, list[str], float]] = {
    "import": ("import neurograph", ["-c", "import neurograph"], 1.15),
    "cold": ("the same, Mazur's network, 10,000 steps", ["-c", _MAZUR], 1.25),
    "help": ("neurograph --help", ["-m", "neurograph", "--help"], 0.35),
    "run": ("neurograph run mazur_2015", ["-m", "neurograph", "run", "mazur_2015"], 1.7),
}
_PLAIN = ["-c", "import networkx, numpy"]


def seconds_of_process(arguments: list[str]) -> float:
    """Return the processor time of a whole new process."""
    before = os.times()
    subprocess.run(
        [sys.executable, *arguments], cwd=ROOT, env=_environment(), stdout=subprocess.DEVNULL,
        check=True,
    )  # fmt: skip
    after = os.times()
    of_children = (after.children_user - before.children_user,
                   after.children_system - before.children_system)  # fmt: skip
    return sum(of_children)


def time_of_process(work: str, rounds: int) -> Row:
    """Measure a process beside one that only imports NetworkX and NumPy."""
    title, arguments, goal = PROCESSES[work]
    seconds_of_process(arguments)  # writes bytecode, fills the caches of files
    measured, ratio = ratios_of(
        partial(seconds_of_process, arguments), partial(seconds_of_process, _PLAIN), rounds
    )
    return _row(work, f"{title}; a whole process", "import networkx, numpy", measured * 1e3, "ms",
                ratio, goal)  # fmt: skip


def _row(work: str, title: str, against: str, measured: float, unit: str, ratio: Ratio,
         goal: float) -> Row:  # fmt: skip
    return Row(work, title, against, measured, unit, {_DEFAULT: ratio}, {_DEFAULT: goal})


#: How to measure each cost, given a number of rounds.
COSTS: dict[str, Callable[[int], Row]] = {
    "W8": time_of_building,
    "W8m": memory_of_building,
    "W9": time_of_adding,
    "W10": time_of_copying,
    "W11": time_of_predicting,
    "read": cost_of_reading_small,
    "readL": cost_of_reading_large,
    **{work: partial(time_of_process, work) for work in PROCESSES},
}
