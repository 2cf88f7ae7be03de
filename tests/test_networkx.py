"""NetworkX's own test suite, algorithms and file formats on a `Network`."""

import io
import json
import os
import pickle
import re
import subprocess
import sys
from collections.abc import Callable
from copy import copy, deepcopy
from pathlib import Path

import networkx as nx
import numpy as np
import pytest
from networkx.classes.tests import test_digraph

import neurograph as ng

INPUTS, TARGETS = [0.05, 0.10], [0.01, 0.99]


class TestNetworkIsADiGraph(test_digraph.TestDiGraph):
    """Every test that NetworkX has for its DiGraph, on `Network`."""

    def setup_method(self):
        """Put Network in the place of DiGraph, in the prepared graphs too."""
        super().setup_method()
        self.Graph = ng.Network
        self.K3 = _as_network(self.K3)
        self.P3 = _as_network(self.P3)
        self.k3adj = self.K3._adj


class TestEdgeSubgraphOfNetwork(test_digraph.TestEdgeSubgraph):
    """NetworkX's tests of directed edge subgraphs, on `Network`."""

    def setup_method(self):
        """Put Network in the place of DiGraph."""
        super().setup_method()
        self.G = ng.Network(self.G)
        self.H = self.G.edge_subgraph([(0, 1), (3, 4)])


OWN_TESTS = [
    *(f"classes.tests.test_{name}" for name in (
        "coreviews", "digraph_historical", "filters", "function", "graphviews", "reportviews",
        "special", "subgraphviews",
    )),
    "tests.test_convert", "tests.test_convert_numpy", "tests.test_relabel", "readwrite",
    *(f"algorithms.{name}" for name in (
        "flow", "isomorphism", "link_analysis", "operators", "shortest_paths", "tests.test_dag",
        "tests.test_graph_hashing", "traversal", "tree",
    )),
]  # fmt: skip


def test_networkx_tests_pass_on_networks(tmp_path: Path) -> None:
    """NetworkX's tests of functions, views, files and algorithms pass with `Network`."""
    (tmp_path / "pytest.ini").write_text("[pytest]", encoding="utf-8")  # not the settings from here
    own = [f"networkx.{name}" for name in OWN_TESTS]
    ran = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "--tb=short", "-p", "networkx_on_network",
         "-p", "no:cacheprovider", "--pyargs", *own],
        cwd=tmp_path, env=os.environ | {"PYTHONPATH": str(Path(__file__).parent)},
        capture_output=True, text=True, encoding="utf-8",
    )  # fmt: skip
    assert ran.returncode == 0, ran.stdout
    (passed,) = re.findall(r"(\d+) passed", ran.stdout)
    assert int(passed) > 1700


def _as_network(graph: nx.DiGraph) -> ng.Network:
    """Build the same adjacency by hand, as NetworkX's tests do, with neurograph's objects."""
    net = ng.Network()
    connections = {edge: ng.Connection() for edge in graph.edges}
    net._succ = {u: {v: connections[u, v] for v in graph._succ[u]} for u in graph}
    net._pred = {v: {u: connections[u, v] for u in graph._pred[v]} for v in graph}
    net._node = {node: ng.Neuron() for node in graph}
    return net


@pytest.fixture
def net() -> ng.Network:
    """An irregular network: a skip connection, tied and frozen weights, a bias neuron, labels."""
    net = ng.Network(name="irregular")
    net.add_neuron("i1", colour="red")
    net.add_neuron("i2")
    net.add_neuron("b", kind="bias")
    net.add_neuron("h1", activation="tanh", bias=0.35, tie="shared bias")
    net.add_neuron("h2", bias=0.35, tie="shared bias")
    net.add_neuron("o1", bias=0.6, trainable=False)
    net.add_neuron("o2", activation="identity")
    net.connect("i1", "h1", 0.15, label="w1")
    net.connect("i2", "h1", 0.2, tie="t")
    net.connect("i2", "h2", 0.2, tie="t")
    net.connect("h1", "o1", 0.4, trainable=False, note="kept")
    net.connect("h2", "o1", 0.45)
    net.connect("h2", "o2", -0.5)
    net.connect("i1", "o2", 0.7)
    net.connect("b", "o2", 0.1)
    return net


def run(net: ng.Network) -> tuple[list[float], float, dict[str, float]]:
    """Do a pass each way; return what came out, the total error, and every gradient."""
    out = net.forward(dict(zip(net.inputs, INPUTS, strict=True))).tolist()
    error = net.backward(TARGETS)
    return out, error, {f"{u}->{v}": net.edges[u, v].gradient for u, v in sorted(net.edges)}


SAME: dict[str, Callable[[ng.Network], nx.DiGraph]] = {
    "copy": lambda net: net.copy(),
    "copy.copy": copy,
    "deepcopy": deepcopy,
    "pickle": lambda net: pickle.loads(pickle.dumps(net)),
    "subgraph().copy()": lambda net: net.subgraph(list(net)).copy(),
    "edge_subgraph().copy()": lambda net: net.edge_subgraph(list(net.edges)).copy(),
    "reverse twice": lambda net: net.reverse().reverse(),
    "reversed view, copied": lambda net: net.reverse(copy=False).copy().reverse(),
    "relabel, copy": lambda net: nx.relabel_nodes(
        nx.relabel_nodes(net, {n: f"x{n}" for n in net}), {f"x{n}": n for n in net}
    ),
    "compose with itself": lambda net: nx.compose(net, net),
    "union with nothing": lambda net: nx.union(net, ng.Network()),
    "to_directed": lambda net: net.to_directed(),
    "Network(net)": ng.Network,
    "Network(DiGraph(net))": lambda net: ng.Network(nx.DiGraph(net)),
    "node_link_data through json": lambda net: ng.Network(
        nx.node_link_graph(
            json.loads(json.dumps(nx.node_link_data(net, edges="edges"))), edges="edges"
        )
    ),
    "adjacency_data through json": lambda net: ng.Network(
        nx.adjacency_graph(json.loads(json.dumps(nx.adjacency_data(net))))
    ),
    "GraphML": lambda net: ng.Network(nx.parse_graphml("\n".join(nx.generate_graphml(net)))),
    "GML": lambda net: ng.Network(nx.parse_gml("\n".join(nx.generate_gml(net)))),
    "to_dict_of_dicts": lambda net: _with_nodes(net, nx.to_dict_of_dicts(net)),
    "edge and node attributes": lambda net: _with_attributes(net),
    "freeze": nx.freeze,
}


def _with_nodes(net: ng.Network, adjacency: object) -> ng.Network:
    again = ng.Network(adjacency)
    again.add_nodes_from(net.nodes(data=True))
    return again


def _with_attributes(net: ng.Network) -> ng.Network:
    again = ng.Network()
    again.add_nodes_from(net)
    again.add_edges_from(net.edges)
    for key in ("activation", "bias", "tie", "trainable", "kind"):
        nx.set_node_attributes(again, nx.get_node_attributes(net, key), key)
    for key in ("weight", "tie", "trainable"):
        nx.set_edge_attributes(again, nx.get_edge_attributes(net, key), key)
    return again


@pytest.mark.parametrize("when", ["before any pass", "after a forward pass", "after both passes"])
@pytest.mark.parametrize("how", SAME)
def test_a_pass_gives_the_same_numbers(net: ng.Network, how: str, when: str) -> None:
    """After every way NetworkX has to make the same graph again, a pass computes the same."""
    expected = run(net.copy())
    if when != "before any pass":
        net.forward(INPUTS)
    if when == "after both passes":
        net.backward(TARGETS)
    again = SAME[how](net)
    assert isinstance(again, ng.Network)
    assert run(again) == expected


# Freezing makes no copy, and the other two carry only what they are told to.
PARTIAL = ("freeze", "GML", "edge and node attributes")


@pytest.mark.parametrize("how", [how for how in SAME if how not in PARTIAL])
def test_values_and_items_travel(net: ng.Network, how: str) -> None:
    """A copy carries the last pass's values and the user's items, on objects of its own."""
    run(net)
    again = SAME[how](net)
    assert again.nodes["h1"]["out"] == net.nodes["h1"].out
    assert again.nodes["i1"]["colour"] == "red"
    assert again.edges["h1", "o1"]["note"] == "kept"
    assert again.edges["h1", "o1"]["gradient"] == net.edges["h1", "o1"].gradient
    before = net.edges["h1", "o1"].weight
    again.edges["h1", "o1"].weight = 99.0
    assert net.edges["h1", "o1"].weight == before


def test_networkx_cache_may_be_switched_off(net: ng.Network) -> None:
    """Without NetworkX's cache, as its flow algorithms leave a graph, changes are still noticed."""
    expected = run(net.copy())
    net.__networkx_cache__ = None
    assert run(net) == expected
    net.connection("w1").label = "first"
    assert net.connection("first").pre == "i1"
    net.add_neuron("h3", activation="identity", label="third")
    net.connect("i2", "h3", 2.0)
    net.connect("h3", "o2", 0.5)
    assert net.neuron("third").name == "h3"
    out, _, _ = run(net)
    assert out[1] == pytest.approx(expected[0][1] + INPUTS[1], rel=1e-15)
    net.remove_nodes_from(["h3"])
    net.add_nodes_from(["i1"])
    net.add_edges_from([("i1", "h1")])
    net.remove_edges_from([])
    assert run(net) == expected
    assert net.inputs == ["i1", "i2"]
    assert run(pickle.loads(pickle.dumps(net))) == expected
    assert pickle.loads(pickle.dumps(net)).__networkx_cache__ is None
    assert run(net.copy()) == expected


def test_relabel_in_place(net: ng.Network) -> None:
    """Relabelling in place keeps every number."""
    expected = run(net.copy())
    run(net)
    nx.relabel_nodes(net, {"h1": "hidden", "o1": "out"}, copy=False)
    out, error, _ = run(nx.relabel_nodes(net, {"hidden": "h1", "out": "o1"}))
    # Relabelling moves the neurons to the end of the graph, and o1 behind o2.
    assert net.outputs == ["o2", "out"]
    assert (out[::-1]) == pytest.approx(expected[0], rel=1e-15)
    assert error != expected[1]


def test_two_networks_side_by_side(net: ng.Network) -> None:
    """The union of two renamed networks computes both; labels used twice are no obstacle."""
    out, error, _ = run(net.copy())
    both = nx.union(net, net, rename=("a ", "b "))
    assert both.forward([*INPUTS, *INPUTS]).tolist() == out + out
    assert both.backward([*TARGETS, *TARGETS]) == pytest.approx(2 * error, rel=1e-15)
    with pytest.raises(ng.UnknownNameError, match="'w1' could be any of connection a i1->a h1"):
        both.connection("w1")


def test_contracted_neurons_compute(net: ng.Network) -> None:
    """Contracting two hidden neurons leaves a network that runs."""
    merged = nx.contracted_nodes(net, "h1", "h2", self_loops=False)
    assert isinstance(merged, ng.Network)
    assert merged.forward(INPUTS).shape == (2,)


def test_quotient_by_single_neurons() -> None:
    """The quotient by single neurons is the same network where weights are all there is."""
    net = ng.Network.layered(2, 2, 2, seed=3)
    quotient = nx.quotient_graph(net, [{n} for n in net], relabel=False)
    assert isinstance(quotient, ng.Network)
    assert quotient.forward(INPUTS) == pytest.approx(net.forward(INPUTS), rel=1e-15)


def test_to_numpy_array(net: ng.Network) -> None:
    """The adjacency matrix holds the weights, before and after a pass."""
    before = nx.to_numpy_array(net)
    net.forward(INPUTS)
    names = list(net)
    expected = np.zeros((len(net), len(net)))
    for u, v, weight in net.edges(data="weight"):
        expected[names.index(u), names.index(v)] = weight
    assert np.array_equal(before, expected)
    assert np.array_equal(nx.to_numpy_array(net), expected)


def test_a_matrix_of_weights_becomes_a_network() -> None:
    """A network built from an adjacency matrix runs."""
    net = nx.from_numpy_array(np.array([[0, 0.5], [0, 0]]), create_using=ng.Network)
    assert net.forward([2.0]) == pytest.approx([1 / (1 + np.exp(-1.0))], rel=1e-15)


def test_files(net: ng.Network, tmp_path) -> None:
    """GraphML and GML files of a network with values can be written and read."""
    run(net)
    nx.write_graphml(net, tmp_path / "net.graphml")
    nx.write_gml(net, tmp_path / "net.gml")
    buffer = io.BytesIO()
    nx.write_weighted_edgelist(net, buffer)
    assert nx.read_graphml(tmp_path / "net.graphml").nodes["h1"]["net"] == net.nodes["h1"].net
    assert nx.read_gml(tmp_path / "net.gml").edges["h1", "o1"]["weight"] == 0.4
    assert b"i1 h1 0.15" in buffer.getvalue()


def test_algorithms_run_on_a_trained_network(net: ng.Network) -> None:
    """NetworkX algorithms read the weights from the objects."""
    for _ in range(3):
        net.step(INPUTS, TARGETS, 0.5)
    assert nx.dag_longest_path_length(net, weight="weight") > 0
    assert nx.shortest_path(net, "i1", "o2") == ["i1", "o2"]
    assert nx.is_directed_acyclic_graph(net)
    assert nx.pagerank(net, alpha=0.5) if _has_scipy() else True
    undirected = net.to_undirected()
    assert undirected.edges["h1", "o1"]["weight"] == 0.4


def _has_scipy() -> bool:
    try:
        import scipy  # noqa: F401
    except ImportError:
        return False
    return True


def test_objects_cannot_be_nodes_by_mistake() -> None:
    """The objects are unhashable, as dicts are, so NetworkX takes (name, data) for a pair."""
    net = ng.Network()
    net.add_neuron("h1", bias=0.5)
    again = ng.Network()
    again.add_nodes_from([("h1", net.nodes["h1"])])
    assert list(again) == ["h1"]
    assert again.nodes["h1"].bias == 0.5
    with pytest.raises(TypeError, match="unhashable"):
        hash(net.nodes["h1"])
