"""NetworkX's own test suite, algorithms and file formats on a `Network`."""

import csv
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
from typing import Any

import networkx as nx
import numpy as np
import pandas as pd
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


COPIED: dict[str, Callable[[ng.Network], nx.DiGraph]] = {
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
    "to_dict_of_dicts": lambda net: _with_nodes(net, nx.to_dict_of_dicts(net)),
    "edge and node attributes": lambda net: _with_attributes(net),
    "freeze": nx.freeze,
}

WRITTEN: dict[str, Callable[[ng.Network], nx.DiGraph]] = {
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
    "cytoscape through json": lambda net: ng.Network(
        nx.cytoscape_graph(json.loads(json.dumps(nx.cytoscape_data(nx.DiGraph(net)))))
    ),
    "GEXF": lambda net: ng.Network(_through_file(net, nx.write_gexf, nx.read_gexf)),
    "tables of igraph": lambda net: _from_records(*_tables(net, None)),
    "tables of pandas": lambda net: _from_records(
        *(pd.DataFrame(table).to_dict("records") for table in _tables(net))
    ),
    "tables of pandas with its own types": lambda net: _from_records(
        *(pd.DataFrame(table).convert_dtypes().to_dict("records") for table in _tables(net))
    ),
    "CSV": lambda net: _from_records(*map(_through_csv, _tables(net))),
    "Pajek": lambda net: ng.Network(_through_file(_as_text(net), nx.write_pajek, nx.read_pajek)),
}

SAME = COPIED | WRITTEN


def _through_file(graph: nx.DiGraph, write: Callable, read: Callable) -> nx.DiGraph:
    file = io.BytesIO()
    write(graph, file)
    file.seek(0)
    return read(file)


Table = list[dict[str, object]]


def _tables(net: ng.Network, *absent: object) -> tuple[Table, Table]:
    """Return a table of the neurons and one of the connections, as wide as all have items."""
    nodes = [{"name": name, **neuron} for name, neuron in net.nodes(data=True)]
    edges = [{"pre": u, "post": v, **connection} for u, v, connection in net.edges(data=True)]
    for table in (nodes, edges):
        columns = dict.fromkeys(key for row in table for key in row) if absent else ()
        for row in table:
            row.update({key: absent[0] for key in columns if key not in row})
    return nodes, edges


def _from_records(nodes: Table, edges: Table) -> ng.Network:
    again = ng.Network()
    for row in nodes:
        again.add_node(row.pop("name"), **row)
    for row in edges:
        again.add_edge(row.pop("pre"), row.pop("post"), **row)
    return again


def _through_csv(table: Table) -> Table:
    columns = list(dict.fromkeys(key for row in table for key in row))
    file = io.StringIO(newline="")
    writer = csv.DictWriter(file, columns)
    writer.writeheader()
    writer.writerows(table)
    file.seek(0)
    return list(csv.DictReader(file))


def _as_text(net: ng.Network) -> nx.DiGraph:
    """Return a copy whose items are all text, which is what Pajek keeps."""
    graph = nx.DiGraph(net)
    for data in [*graph.nodes.values(), *(graph.edges[edge] for edge in graph.edges)]:
        data.update({key: str(value) for key, value in data.items()})
    return graph


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


BATCH = [INPUTS] * 3, [TARGETS] * 3

BEFORE: dict[str, Callable[[ng.Network], object]] = {
    "before any pass": lambda net: None,
    "after a forward pass": lambda net: net.forward(INPUTS),
    "after both passes": run,
    "after a forward pass of a batch": lambda net: net.forward(BATCH[0]),
    "after training": lambda net: net.train(*BATCH, learning_rate=0.5, epochs=2),
    "after training on blocks": lambda net: net.train(
        *BATCH, learning_rate=0.5, epochs=2, engine="blocks"
    ),
}


@pytest.mark.parametrize("when", BEFORE)
@pytest.mark.parametrize("how", SAME)
def test_a_pass_gives_the_same_numbers(net: ng.Network, how: str, when: str) -> None:
    """After every way NetworkX has to make the same graph again, a pass computes the same."""
    BEFORE[when](net)
    expected = run(net.copy())
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


def test_a_tie_with_a_number_for_a_name() -> None:
    """The tie 1 is one tie whether a table kept it as 1, as 1.0 beside a gap, or as text."""
    net = ng.Network()
    for pre, tie in (("a", 1), ("b", 1.0), ("c", "1"), ("d", float("nan")), ("e", float("nan"))):
        net.add_edge(pre, "o", weight=0.5, tie=tie)
    net.forward([1.0, 2.0, 3.0, 4.0, 5.0])
    net.backward([0.0])
    a, b, c, d, e = (net.edges[pre, "o"].gradient for pre in "abcde")
    assert a == b == c == pytest.approx(d * 6 / 4, rel=1e-15)
    assert e == pytest.approx(d * 5 / 4, rel=1e-15)


@pytest.mark.parametrize("how", [how for how in SAME if how not in PARTIAL])
def test_what_a_batch_left_travels_to_networks_alone(net: ng.Network, how: str) -> None:
    """Values of a batch go with every copy that is a network, and into nothing that is written."""
    net.forward(BATCH[0])
    net.backward(BATCH[1])
    again = SAME[how](net)
    for element, copied in (
        (net.nodes["h2"], again.nodes["h2"]),
        (net.edges["h2", "o2"], again.edges["h2", "o2"]),
    ):
        arrays = {k: v for k, v in element.everything().items() if isinstance(v, np.ndarray)}
        assert arrays
        assert not arrays.keys() & set(element)
        assert all(key in element for key in arrays)
        kept = copied.everything()
        assert how in WRITTEN or all(np.array_equal(kept[key], arrays[key]) for key in arrays)
        assert not any(isinstance(value, np.ndarray) for value in dict(copied).values())


# They carry what they are told to, or go over a plain copy, and drop what belongs to the graph.
WITHOUT_GRAPH = ("edge and node attributes", "Pajek")


def _softmax_network() -> tuple[ng.Network, float]:
    """Return a softmax of the inputs 1, 2 that has been trained, and its error by hand."""
    net = ng.Network.layered(
        2, 2, weights=[[[1.0, 0.0], [0.0, 1.0]]], activation="softmax", loss="cross_entropy",
        reduction="sum",
    )  # fmt: skip
    net.train([[1.0, 2.0]] * 2, [[1.0, 0.0]] * 2, learning_rate=0.0, epochs=1)
    return net, 2 * np.log(1 + np.exp(1.0))


@pytest.mark.parametrize("how", SAME)
def test_loss_and_reduction_travel(how: str) -> None:
    """They go where the weights go, into GEXF and tables too; where they do not, it is said."""
    net, error = _softmax_network()
    again = SAME[how](net)
    again.forward([[1.0, 2.0]] * 2)
    if how in WITHOUT_GRAPH:
        with pytest.warns(UserWarning, match="nobody stated the loss of this network"):
            again.backward([[1.0, 0.0]] * 2)
        return
    assert again.backward([[1.0, 0.0]] * 2) == pytest.approx(error, rel=1e-15)
    assert (again.loss, again.reduction) == ("cross_entropy", "sum")
    assert not any("network_loss" in neuron for neuron in again.nodes.values())


def test_a_network_read_from_gexf_knows_its_loss_before_a_pass() -> None:
    """The attribute takes over what the outputs say, once; deleted, it stays deleted."""
    net, _ = _softmax_network()
    again = WRITTEN["GEXF"](net)
    assert "network_loss" in again.nodes["o1"]
    assert again.loss == "cross_entropy"
    assert "network_loss" not in again.nodes["o1"]
    del again.loss
    again.forward([1.0, 2.0])
    assert again.loss == "half_squared_error"


def test_outputs_that_say_different_losses() -> None:
    """Where outputs disagree, a pass asks for the loss, and one that is set counts."""
    net, error = _softmax_network()
    graph = nx.DiGraph(net)
    del graph.graph["loss"]
    graph.nodes["o1"]["network_loss"] = "hinge"
    graph.nodes["o2"]["network_loss"] = "cross_entropy"
    again = ng.Network(graph)
    with pytest.raises(ng.InvalidValueError, match="loss is 'cross_entropy' and 'hinge': set net"):
        again.forward([1.0, 2.0])
    again.loss = "cross_entropy"
    again.forward([[1.0, 2.0]] * 2)
    assert again.backward([[1.0, 0.0]] * 2) == pytest.approx(error, rel=1e-15)


def test_listing_leaves_nothing_behind() -> None:
    """The loss is an item of an output only while the listing stands at it."""
    net, _ = _softmax_network()
    seen = {name: neuron.get("network_loss") for name, neuron in net.nodes(data=True)}
    assert seen == {"i1": None, "i2": None, "o1": "cross_entropy", "o2": "cross_entropy"}
    for name, neuron in net.nodes.data():
        if name == "o1":
            assert neuron["network_reduction"] == "sum"
            break
    assert not any("network_loss" in neuron for neuron in net.nodes.values())
    assert dict(net.nodes(data="kind")) == {n: net.nodes[n].kind for n in net}
    view = net.nodes(data=True)
    assert len(view) == 4
    assert list(pickle.loads(pickle.dumps(view))) == list(view)
    assert list(deepcopy(net.nodes)) == list(net)


def test_a_browser_picture_right_after_training() -> None:
    """Readers that take every item of an object, as pyvis does, can write them all as JSON."""
    net, _ = _softmax_network()
    nodes = net.nodes(data=True)
    drawn = [{"id": name, **nodes[name]} for name in net]
    for pre, post, data in net.edges(data=True):
        data["width"] = data.pop("weight")  # in the network itself
        drawn.append({"from": pre, "to": post, **data})
    assert json.loads(json.dumps(drawn)) == drawn
    with pytest.raises(ng.StructureError, match="connection i1->o1 has no weight: set one with"):
        net.forward([1.0, 2.0])


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


EDGES: dict[str, Callable[[], Any]] = {
    "with weights": lambda: [("a", "b", {"weight": 0.5}), ("b", "c", {"weight": -1.5})],
    "twice the same": lambda: [("a", "b", {"weight": 0.5}), ("a", "b", {"weight": 2.5})],
    "pairs": lambda: [("a", "b"), ("b", "c")],
    "whole numbers and none": lambda: [("a", "b", {"weight": 1}), ("b", "c", {"weight": None})],
    "numbers of NumPy": lambda: [("a", "b", {"weight": np.float64(0.5), "n": np.int64(3)})],
    "more items": lambda: [
        ("a", "b", {"label": "w1", "weight": 0.5, "tie": "t", 7: [1], "gradient": 2.0}),
        ("b", "c", {"trainable": False, "weight": 0.5, "colour": "red"}),
    ],
    "pairs of items": lambda: [("a", "b", [("weight", 0.5), ("colour", "red")])],
    "an edge there is": lambda: [("x", "y", {"weight": 0.5, "colour": "red"})],
    "a generator": lambda: ((k, k + 1, {"weight": k / 2}) for k in range(50)),
    "lists": lambda: [["a", "b", {"weight": 0.5}]],
    "a network's": lambda: ng.Network.layered(2, 3, 1, seed=1).edges(data=True),
    "not finite": lambda: [("a", "b", {"weight": float("nan")}), ("b", "c", {"weight": 1e400})],
    "None": lambda: [("a", "b", {"weight": 0.5}), ("c", None, {"weight": 0.5})],
    "too few": lambda: [("a", "b", {"weight": 0.5}), ("c",)],
    "too many": lambda: [("a", "b", {"weight": 0.5}), ("c", "d", {}, {})],
    "no hash": lambda: [("a", "b", {"weight": 0.5}), ("c", [], {"weight": 0.5})],
    "no items": lambda: [("a", "b", {"weight": 0.5}), ("c", "d", 5)],
    "no edge": lambda: [("a", "b", {"weight": 0.5}), 5],
}


@pytest.mark.parametrize("attributes", [{}, {"weight": 0.25}, {"colour": "blue"}])
@pytest.mark.parametrize("what", EDGES)
def test_adding_edges_as_a_digraph_does(what: str, attributes: dict[str, Any]) -> None:
    """A network has the edges, order and errors of a DiGraph, and its items that are not `None`."""
    graphs = nx.DiGraph(), ng.Network()
    failures = []
    for graph in graphs:
        graph.add_edge("x", "y", weight=1.0)
        try:
            graph.add_edges_from(EDGES[what](), **attributes)
            failures.append(None)
        except Exception as error:
            failures.append(type(error))
    plain, net = graphs
    assert failures[0] == failures[1]
    assert list(net) == list(plain)
    assert list(net.edges) == list(plain.edges)
    assert {post: list(net._pred[post]) for post in net} == {
        post: list(plain._pred[post]) for post in plain
    }
    for pre, post, data in plain.edges(data=True):
        assert net._succ[pre][post] is net._pred[post][pre]
        items = [(key, value) for key, value in data.items() if value is not None]
        assert str(dict(sorted(net.edges[pre, post].items(), key=str))) == str(
            dict(sorted(items, key=str))
        ).replace("np.float64(0.5)", "0.5").replace("np.int64(3)", "3")


def test_connections_added_together_are_objects_of_their_own() -> None:
    """What is done with one of them before a pass, or between passes, concerns no other."""
    net = ng.Network()
    net.add_edges_from([("a", k, {"weight": k / 8}) for k in range(8)])
    edges = [net.edges["a", k] for k in range(8)]
    edges[0].weight, edges[1]["weight"], edges[2].tie = 0.75, -1.0, "t"
    edges[3]["colour"] = "red"
    edges[4].label = "w4"
    edges[5]["weight"] = "text"
    del edges[6]["weight"]
    assert [dict(edge) for edge in edges] == [
        {"weight": 0.75}, {"weight": -1.0}, {"weight": 0.25, "tie": "t"},
        {"weight": 0.375, "colour": "red"}, {"weight": 0.5, "label": "w4"}, {"weight": "text"},
        {}, {"weight": 0.875},
    ]  # fmt: skip
    assert (edges[7].pre, edges[7].name, edges[4].name) == (None, None, "w4")
    assert net.connection("w4") is edges[4]
    assert net.connection(("a", 7)).name == "a->7"
    assert repr(edges[7]) == "Connection('a' -> 7, weight=0.875)"
    with pytest.raises(ng.NotComputedError, match="gradient of connection 'a->7' is not known"):
        edges[7].gradient  # noqa: B018
    net.remove_node(5)
    net.edges["a", 6].weight = 0.5
    net.add_edges_from([("a", 9, {"weight": 1.0})])
    net.forward([1.0])
    net.add_edges_from([("a", 10, {"weight": 2.0})])
    net.forward([1.0])
    assert [net.nodes[k].net for k in (0, 1, 2, 3, 4, 6, 7, 9, 10)] == [
        0.75, -1.0, 0.25, 0.375, 0.5, 0.5, 0.875, 1.0, 2.0,
    ]  # fmt: skip
    assert edges[7] is net.edges["a", 7]


def _trained(net: ng.Network) -> None:
    net.train([INPUTS], [TARGETS], learning_rate=0.5, epochs=3)


DONE: dict[str, Callable[[ng.Network], Any]] = {
    "nothing": lambda net: None,
    "forward": lambda net: net.forward(INPUTS),
    "both passes": lambda net: (net.forward(INPUTS), net.backward(TARGETS)),
    "blocks": lambda net: (net.forward(INPUTS, engine="blocks"), net.backward(TARGETS)),
    "errors shared out": lambda net: (net.forward(INPUTS), net.attribute(TARGETS)),
    "training": _trained,
    "a batch": lambda net: (net.forward([INPUTS] * 3), net.backward([TARGETS] * 3)),
}


@pytest.mark.parametrize("layers", [True, False])
@pytest.mark.parametrize("done", DONE)
def test_a_copy_has_the_same_items_in_the_same_order(
    net: ng.Network, done: str, layers: bool
) -> None:
    """A copy is what NetworkX's own way of copying makes, whatever was computed before."""
    if layers:
        net = ng.Network.layered(2, 3, 2, seed=1, bias=0.5, shared_bias=True)
        net.edges["i1", "h1"].label = "renamed"
        del net.edges["i2", "h2"]["label"]
    DONE[done](net)
    copied, expected = net.copy(), nx.DiGraph.copy(net)
    assert (list(copied), list(copied.edges)) == (list(expected), list(expected.edges))
    assert [list(copied._pred[n]) for n in copied] == [list(expected._pred[n]) for n in expected]
    assert copied.graph == expected.graph == net.graph
    for name in net:
        assert copied.nodes[name] == expected.nodes[name] == net.nodes[name]
        assert copied.nodes[name] is not net.nodes[name]
    for pair in net.edges:
        assert copied.edges[pair] == expected.edges[pair] == net.edges[pair]
        assert copied._succ[pair[0]][pair[1]] is copied._pred[pair[1]][pair[0]]
    before = {pair: copied.edges[pair].everything() for pair in copied.edges}
    _trained(net)
    net.edges[pair]["colour"] = "red"
    net.edges[pair].label = "other"
    assert {pair: ng.Connection(items) for pair, items in before.items()} == dict(copied.edges)
    with pytest.raises(ng.NotComputedError, match=r"call net\.forward"):
        copied.backward(TARGETS)


def test_a_copy_of_what_no_pass_could_run_on() -> None:
    """A cycle, and connections without weights, are copied as NetworkX copies them."""
    net = ng.Network([("a", "b", {"weight": 0.5}), ("b", "a")])
    copied = net.copy()
    assert dict(copied.edges) == {("a", "b"): {"weight": 0.5}, ("b", "a"): {}}
    assert copied.edges["a", "b"] is not net.edges["a", "b"]
    assert net.copy(as_view=True).edges["a", "b"] is net.edges["a", "b"]
