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
from time import perf_counter
from typing import Any

import networkx as nx
import numpy as np

import neurograph as ng

from .contenders import Neurograph, NeurographJit
from .timing import Ratio, Row, ratios_of

__all__ = ["COSTS"]

ROOT = Path(__file__).parents[2]
_DEFAULT, _JIT = Neurograph.name, NeurographJit.name


@cache
def _bytecode() -> "TemporaryDirectory[str]":
    # Without it a source tree that may not be written to would be compiled by every process.
    return TemporaryDirectory(prefix="neurograph_benchmarks_")


def _in_new_process(code: str) -> Any:
    """Return what a new interpreter prints, read as JSON."""
    environment = os.environ | {"PYTHONPYCACHEPREFIX": _bytecode().name}
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, env=environment, stdout=subprocess.PIPE, check=True
    )
    return json.loads(done.stdout)


def _called(function: Callable[..., float], *arguments: object) -> Callable[[], float]:
    """Return a function that calls another in a new process."""
    call = f"{function.__name__}({', '.join(map(repr, arguments))})"
    code = f"from {__name__} import {function.__name__}; print({call})"
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
    start = perf_counter()
    built = BUILDERS[kind](weights)
    seconds = perf_counter() - start
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
        _called(seconds_to_build, "network", size),
        _called(seconds_to_build, "plain", size),
        min(rounds, 5),
    )
    return _row("W8", "building 1,000 × 1,000 connections", "add_edges_from", measured, "s",
                ratio, 0.4)  # fmt: skip


def memory_of_building(rounds: int, size: int = 1000) -> Row:
    """Measure how much memory a connection takes."""
    measured, ratio = ratios_of(
        _called(bytes_per_edge, "network", size), _called(bytes_per_edge, "plain", size), 1
    )
    return _row("W8m", "its memory, every object read", "add_edges_from", measured, "B/edge",
                ratio, 0.55)  # fmt: skip


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

_HIDE = "import sys; sys.modules['numba'] = None\n"
_COLD = """
import json, time
start = time.perf_counter()
{work}
print(json.dumps(time.perf_counter() - start))
"""
_IMPORT_PLAIN = _COLD.format(work="import networkx, numpy")
_IMPORT = _COLD.format(work="import neurograph")
_MAZUR = _COLD.format(
    work="""
import neurograph
net = neurograph.Network.layered(
    2, 2, 2,
    weights=[[[0.15, 0.20], [0.25, 0.30]], [[0.40, 0.45], [0.50, 0.55]]],
    bias=[0.35, 0.60],
    trainable_bias=False,
)
net.train([[0.05, 0.10]], [[0.01, 0.99]], learning_rate=0.5, epochs=10_000)
"""
)


def _cold_row(work: str, title: str, against: str, ours: str, theirs: str, goal: float,
              rounds: int) -> Row:  # fmt: skip
    """Compare two pieces of code, each in a new process; with numba hidden, and as it is."""
    results: dict[str, Ratio | str] = {}
    for code in (ours, theirs):
        _in_new_process(_HIDE + code)  # writes bytecode
    measured, results[_DEFAULT] = ratios_of(
        lambda: _in_new_process(_HIDE + ours), lambda: _in_new_process(_HIDE + theirs), rounds
    )
    results[_JIT] = NeurographJit.missing()
    if not results[_JIT]:
        _in_new_process(ours)
        _, results[_JIT] = ratios_of(
            lambda: _in_new_process(ours), lambda: _in_new_process(theirs), rounds
        )
    goals = {_DEFAULT: goal, _JIT: goal}
    return Row(work, title, against, measured * 1e3, "ms", results, goals)


def cost_of_import(rounds: int) -> Row:
    """Measure how long the import takes."""
    return _cold_row("import", "import neurograph", "import networkx, numpy", _IMPORT,
                     _IMPORT_PLAIN, 1.3, rounds)  # fmt: skip


def cost_of_cold_start(rounds: int) -> Row:
    """Measure how long it takes to import, build Mazur's network and train it."""
    return _cold_row("cold", "import, build Mazur's network, 10,000 steps", "import neurograph",
                     _MAZUR, _IMPORT, 1.4, rounds)  # fmt: skip


def _row(work: str, title: str, against: str, measured: float, unit: str, ratio: Ratio,
         goal: float) -> Row:  # fmt: skip
    return Row(work, title, against, measured, unit, {_DEFAULT: ratio}, {_DEFAULT: goal})


#: How to measure each cost, given a number of rounds.
COSTS: dict[str, Callable[[int], Row]] = {
    "W8": time_of_building,
    "W8m": memory_of_building,
    "read": cost_of_reading_small,
    "readL": cost_of_reading_large,
    "import": cost_of_import,
    "cold": cost_of_cold_start,
}
