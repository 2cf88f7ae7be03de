"""Work and memory grow as the network does, counted in instructions and not in seconds."""

import tracemalloc
from collections.abc import Callable, Iterator
from typing import Any

import networkx as nx
import numpy as np
import pytest
from growth import growth, operations

import neurograph as ng

#: Work may grow by this much more than the network.
LINEAR = 1.2


def chain(n: int) -> ng.Network:
    """Return a chain of neurons, each connected to the next."""
    net = ng.Network()
    net.add_edges_from((k, k + 1, {"weight": 0.5}) for k in range(n - 1))
    return net


def edges(n: int, reach: int = 1000) -> Iterator[tuple[int, int, dict[str, Any]]]:
    """Yield n connections among n / 5 neurons, each from a neuron to one not far behind it."""
    rng = np.random.default_rng(6)
    pre = rng.integers(0, n // 5, n)
    post = pre + rng.integers(1, reach, n)
    weights = rng.normal(size=n)
    for numbers in zip(pre.tolist(), post.tolist(), weights.tolist(), strict=True):
        yield numbers[0], numbers[1], {"weight": numbers[2]}


def after_forward(n: int) -> ng.Network:
    """Return a chain that a forward pass has run on."""
    net = chain(n)
    net.forward([1.0])
    return net


def training(engine: str) -> Callable[[ng.Network], Any]:
    """Return the work of two steps of training on an engine."""
    return lambda net: net.train([[1.0]], [[1.0]], learning_rate=0.1, epochs=2, engine=engine)


#: What a network is made by, and what is done with it.
WORK: dict[str, tuple[Callable[[int], Any], Callable[[Any], Any]]] = {
    "building": (int, chain),
    "layers": (int, lambda n: ng.Network.layered(*[1] * n, weights=0.5)),
    "structure": (chain, lambda net: net.levels),
    "forward": (chain, lambda net: net.forward([1.0])),
    "forward, object by object": (chain, lambda net: net.forward([1.0], engine="passes")),
    "backward": (after_forward, lambda net: net.backward([1.0])),
    "step": (chain, lambda net: net.step([1.0], [1.0], 0.1)),
    "copy": (after_forward, lambda net: net.copy()),
    "objects": (after_forward, lambda net: [dict(d) for _, _, d in net.edges(data=True)]),
    "training on passes": (chain, training("passes")),
    "training on blocks": (chain, training("blocks")),
    "training on a straight line": (chain, training("straight_line")),
}


@pytest.mark.parametrize("what", WORK)
def test_work_on_a_chain_is_linear(what: str) -> None:
    """Nothing that is done with a chain of neurons takes more for each where there are more."""
    make, work = WORK[what]

    def prepared(n: int) -> Callable[[], Any]:
        made = make(n)
        return lambda: work(made)

    assert growth(prepared, 120) < LINEAR


def test_a_level_does_not_search_all_neurons() -> None:
    """What a backward pass needs of the rows of a level is not looked for among all of them."""
    net = after_forward(400)
    searched: list[int] = []
    isin = np.isin
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(np, "isin", lambda a, b: searched.append(len(a)) or isin(a, b))
        net.backward([1.0])
    assert sum(searched) <= 2 * len(net)


@pytest.mark.parametrize("reach", [3, 30, 1000])
def test_reading_many_connections_is_linear(reach: int) -> None:
    """Adding and reading connections costs no more for each where there are more."""

    def work(n: int) -> Callable[[], Any]:
        def add_and_look() -> None:
            net = ng.Network()
            net.add_edges_from(edges(n, reach))
            assert net.inputs
            assert net.levels

        return add_and_look

    assert growth(work, 1000) < LINEAR


def test_looking_twice_reads_once() -> None:
    """What was read for the inputs is there for the levels."""
    net = ng.Network()
    net.add_edges_from(edges(2000))
    first = operations(lambda: net.inputs)
    assert operations(lambda: (net.inputs, net.outputs, net.levels)) < first / 5


def test_connections_take_no_more_memory_than_in_networkx() -> None:
    """A network of many connections, bound or not, is about as large as a plain graph."""

    def size_of(kind: type[nx.DiGraph], *, bound: bool = False) -> int:
        listed = list(edges(20_000))
        tracemalloc.start()
        graph = kind()
        graph.add_edges_from(listed)
        if bound:
            assert graph.levels
        size = tracemalloc.get_traced_memory()[0]
        tracemalloc.stop()
        return size

    plain = size_of(nx.DiGraph)
    assert size_of(ng.Network) < plain
    assert size_of(ng.Network, bound=True) < 1.5 * plain


@pytest.mark.parametrize("reach", [2, 8, 30, 100, 1000])
def test_no_graph_wastes_slots(reach: int) -> None:
    """However sparse and deep a graph is, its matrices hold few empty slots."""
    net = ng.Network()
    net.add_edges_from(edges(3000, reach))
    structure = net._structure()
    assert len(structure.pre) <= 16 * structure.n_parameters
    for block in structure.blocks:
        filled = np.count_nonzero(structure.pre[block.slots] != ng.structure.EMPTY)
        assert block.slots.stop - block.slots.start <= 16 * filled
