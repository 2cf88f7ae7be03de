"""The choice of an engine: how much longer a training takes than with the best engine.

For networks from 2-2-1 to 784-100-10, dense and irregular, and batches of 1 to 10,000 samples, each
engine is made and does some steps. From what making it and a step of it take follows what a
training of any number of steps takes with it. The regret of a choice is that with the engine chosen
divided by that with the best. Where numba is installed, its loop is there already, or it is kept on
disk and must be loaded, or it has to be compiled first.
"""

import argparse
import gc
import json
import os
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import product
from pathlib import Path
from time import process_time
from typing import Any

import networkx as nx
import numpy as np

import neurograph as ng
from neurograph.engines import Engine, Steps, choose_engine, is_installed, jit, make_engine
from neurograph.engines.engine import Compiled
from neurograph.engines.prices import UNFELT, Price
from neurograph.equations import Round
from neurograph.errors import InvalidValueError

from .contenders import numba_hidden
from .costs import called

__all__ = ["NETWORKS", "main", "prices", "regrets"]

#: A choice may take so many times what the best takes.
TOLERATED = 1.3
BATCHES = (1, 10, 100, 1_000, 10_000)
STEPS = (1, 10, 100, 1_000, 10_000, 100_000, 1_000_000)
_ENGINES = ("straight_line", "blocks", "jit")
#: Steps are repeated until they take so many seconds, in so many turns, and the least counts.
_SECONDS, _TURNS = 0.01, 3
#: An engine with a step longer than this is out of the question where another is there.
_LONGEST = 3.0


def dense(*sizes: int) -> ng.Network:
    """Return a network of layers."""
    return ng.Network.layered(*sizes, seed=1)


def irregular(n_neurons: int, n_connections: int) -> ng.Network:
    """Return some of all connections that lead from a neuron to a later one."""
    rng = np.random.default_rng(6)
    pre, post = np.triu_indices(n_neurons, 1)
    drawn = rng.choice(len(pre), n_connections, replace=False)
    shape = nx.DiGraph(list(zip(pre[drawn].tolist(), post[drawn].tolist(), strict=True)))
    net = ng.Network()
    for name in nx.topological_sort(shape):
        kind = "input" if not shape.pred[name] else "hidden" if shape.succ[name] else "output"
        net.add_node(name, kind=kind, **({} if kind == "input" else {"activation": "logistic"}))
    net.add_weighted_edges_from((a, b, float(rng.normal(0, 0.3))) for a, b in shape.edges)
    return net


#: By name, from the smallest on.
NETWORKS: dict[str, Callable[[], ng.Network]] = {
    "2-2-1": lambda: dense(2, 2, 1),
    "2-8-1": lambda: dense(2, 8, 1),
    "irregular, 30": lambda: irregular(12, 30),
    "2-16-16-1": lambda: dense(2, 16, 16, 1),
    "irregular, 300": lambda: irregular(60, 300),
    "10-30-10": lambda: dense(10, 30, 10),
    "64-30-10": lambda: dense(64, 30, 10),
    "irregular, 10,000": lambda: irregular(500, 10_000),
    "784-100-10": lambda: dense(784, 100, 10),
}


def prices(net: ng.Network, batch_size: int) -> dict[str, Price]:
    """Return what each engine takes that can train a network.

    Parameters
    ----------
    net : Network
    batch_size : int

    Returns
    -------
    dict of str to Price
    """
    priced: dict[str, Price] = {}
    for name in _ENGINES:
        try:
            least = min((price.step for price in priced.values()), default=_LONGEST)
            priced[name] = price_of(name, net, batch_size, longest=max(_SECONDS, 3 * least))
        except InvalidValueError:
            continue  # cannot run this network
    return priced


def price_of(name: str, net: ng.Network, batch_size: int, longest: float) -> Price:
    """Return what one engine takes; a step longer than the longest is measured once."""
    rng = np.random.default_rng(1)
    samples = rng.random((batch_size, len(net.inputs)))
    targets = rng.random((batch_size, len(net.outputs)))
    structure = net.structure

    def work(n: int) -> Steps:
        batches = [slice(0, batch_size)] * n
        return Steps(structure.values.copy(), {}, samples, targets, batches, [0.01] * n, 1)

    def made() -> Engine:
        of_round = Round(structure, net.checked_loss())
        engine = make_engine(of_round, labels={}, batch_size=batch_size, engine=name)
        if isinstance(engine, Compiled):
            engine.make_ready(batch_size)
        return engine

    made()  # what it needs is imported and compiled now
    gc.collect()
    making = seconds_of(made)
    engine = made()
    first = seconds_of(lambda: engine.steps(work(1)))
    if first > longest:
        return Price(making, first)
    step = seconds_of_step(lambda n: engine.steps(work(n)))
    return Price(max(0.0, making + first - step), step)


def seconds_of_step(steps: Callable[[int], object]) -> float:
    """Return what one of many steps takes, without what is done once a call."""
    n = 1
    while seconds_of(partial(steps, n)) < _SECONDS:
        n *= 4
    return min(seconds_of(partial(steps, n)) for _ in range(_TURNS)) / n


def seconds_of(work: Callable[[], object]) -> float:
    """Return the processor time of a work."""
    began = process_time()
    work()
    return process_time() - began


# -- numba's loop --------------------------------------------------------------------------------


def seconds_until_ready(batch_size: int) -> float:
    """Return how long this process waits until the compiled loop can start."""
    net = dense(8, 8, 1)  # a tiny one is compiled sooner
    of_round = Round(net.structure, net.checked_loss())
    engine: Any = make_engine(of_round, labels={}, batch_size=batch_size, engine="jit")
    began = process_time()
    engine.make_ready(batch_size)
    return process_time() - began


def waits() -> dict[str, float]:
    """Return how long a new process waits for the loop: compiled there, and read from the disk."""
    with tempfile.TemporaryDirectory() as folder:
        before = os.environ.get("XDG_CACHE_HOME")
        os.environ["XDG_CACHE_HOME"] = folder
        try:
            new, kept = (called(seconds_until_ready, 1)() for _ in range(2))
        finally:
            os.environ.pop("XDG_CACHE_HOME")
            if before is not None:
                os.environ["XDG_CACHE_HOME"] = before
    return {"numba, compiled": 0.0, "numba, kept": kept, "numba, new": new}


#: What the choice expects of each.
_EXPECTED = {
    "numba, compiled": 0.0,
    "numba, kept": jit._SECONDS_OF_NUMBA + jit._SECONDS_IF_KEPT,
    "numba, new": jit._SECONDS_OF_NUMBA + jit._SECONDS_IF_NEW,
}


# -- regret --------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Regret:
    """What a choice costs.

    Attributes
    ----------
    factor : float
        How many times what the best engine takes.
    seconds : float
        How much longer than with the best.
    chosen, best : str
    steps : int
    """

    factor: float
    seconds: float
    chosen: str
    best: str
    steps: int

    def __str__(self) -> str:
        if self.chosen == self.best:
            return "1"
        return f"{self.factor:.2f} {self.chosen} for {self.best}, {self.steps:,} steps"


def regrets(
    of_round: Round, batch_size: int, priced: dict[str, Price], expected: float, waited: float
) -> Iterator[Regret]:
    """Yield the regret for each number of steps.

    Parameters
    ----------
    of_round : Round
    batch_size : int
    priced : dict of str to Price
        What the engines take that there are.
    expected, waited : float
        Seconds until the compiled loop is there: as the choice is told, and as it is.
    """
    for steps in STEPS:
        chosen = choose_engine(of_round, batch_size, steps, lambda: expected, made=())
        takes = {
            name: price.of(steps) + (waited if name == "jit" else 0.0)
            for name, price in priced.items()
        }
        best = min(takes, key=takes.__getitem__)
        lost = takes[chosen] - takes[best]
        yield Regret(takes[chosen] / takes[best], lost, chosen, best, steps)


def worst_regrets(
    net: ng.Network, batch_size: int, priced: dict[str, Price], waited: dict[str, float]
) -> dict[str, Regret]:
    """Return the worst regret without numba, and in each state of its loop."""
    of_round = Round(net.structure, net.checked_loss())
    without = {name: price for name, price in priced.items() if name != "jit"}
    with numba_hidden():
        worst = {"NumPy": list(regrets(of_round, batch_size, without, 0.0, 0.0))}
    for state, seconds in waited.items():
        worst[state] = list(regrets(of_round, batch_size, priced, _EXPECTED[state], seconds))
    return {state: max(found, key=weight) for state, found in worst.items()}


def weight(regret: Regret) -> tuple[bool, float]:
    """Return what makes a regret worse than another: what nobody feels is none."""
    return regret.seconds > UNFELT, regret.factor


def main(arguments: Sequence[str]) -> int:
    """Measure, and print a table of regret."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks engines", description=__doc__)
    parser.add_argument("networks", nargs="*", help=f"of {'; '.join(NETWORKS)} (default: all)")
    parser.add_argument(
        "--kept", type=Path, metavar="FILE",
        help="where prices are kept: what is there already is not measured again",
    )  # fmt: skip
    given = parser.parse_args(arguments)
    if unknown := [name for name in given.networks if name not in NETWORKS]:
        parser.error(f"nothing is called {', '.join(unknown)}; there are {'; '.join(NETWORKS)}")
    show(given.networks or list(NETWORKS), given.kept)
    return 0


def show(names: Sequence[str], path: Path | None) -> None:
    """Print the rows as they come, and the worst at last."""
    waited = waits() if is_installed() else {}
    for state, seconds in waited.items():
        print(f"{state}: {seconds:.2f} s until ready, expected {_EXPECTED[state]:.2f} s")
    kept = kept_in(path)
    worst: list[tuple[str, Regret]] = []
    for name, batch_size in product(names, BATCHES):
        net, key = NETWORKS[name](), f"{name}; {batch_size}"
        if key not in kept:
            kept[key] = prices(net, batch_size)
            if path is not None:
                path.write_text(json.dumps(kept, indent=1) + "\n", encoding="utf-8")
        print(f"{name}, batches of {batch_size:,}: {', '.join(priced_lines(kept[key]))}")
        for state, regret in worst_regrets(net, batch_size, kept[key], waited).items():
            worst.append((f"{name}, batches of {batch_size:,}, {state}", regret))
            print(f"    {state:16} {regret}", flush=True)
    rows = [row for row in worst if row[1].seconds > UNFELT and row[1].factor > TOLERATED]
    print(f"\n{len(rows)} of {len(worst)} lose more than {UNFELT} s and {TOLERATED} times the best")
    for title, regret in sorted(rows, key=lambda row: -row[1].factor):
        print(f"    {title}: {regret}; {regret.seconds:.3g} s lost")


def priced_lines(priced: dict[str, Price]) -> Iterator[str]:
    """Yield what each engine takes, in words."""
    for name, price in priced.items():
        yield f"{name} {price.making * 1e3:.3g} ms + {price.step * 1e6:.4g} µs a step"


def kept_in(path: Path | None) -> dict[str, dict[str, Price]]:
    """Return the prices that a file holds of an earlier run."""
    if path is None or not path.exists():
        return {}
    rows = json.loads(path.read_text(encoding="utf-8"))
    return {
        key: {name: Price(*price) for name, price in priced.items()} for key, priced in rows.items()
    }
