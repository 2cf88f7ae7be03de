"""Labels: other names of neurons and connections, found whenever they change."""

from collections.abc import Callable
from itertools import pairwise

import pytest
from growth import growth

import neurograph as ng


@pytest.fixture
def net() -> ng.Network:
    """Return a network with labels whose labels have been looked up."""
    net = ng.Network()
    for name in ("i1", "i2", "h1", 4):
        net.add_neuron(name, label=None if name == 4 else f"neuron {name}")
    net.connect("i1", "h1", 0.5, label="w1")
    net.connect("i2", "h1", 0.5)
    net.connect("h1", 4, 0.5, label="w3")
    assert net.connection("w1") is net.edges["i1", "h1"]
    assert net.neuron("4") is net.nodes[4]
    return net


def test_a_label_that_moves_to_another_connection(net: ng.Network) -> None:
    """A label that is taken away and given to another object finds that object."""
    net.edges["i1", "h1"].label = None
    net.edges["i2", "h1"].label = "w1"
    assert net.connection("w1") is net.edges["i2", "h1"]
    net.edges["i2", "h1"].pop("label")
    net.edges["h1", 4].update(label="w1")
    assert net.connection("w1") is net.edges["h1", 4]
    with pytest.raises(ng.UnknownNameError, match="no connection 'w3'"):
        net.connection("w3")


def test_a_connection_that_is_removed_frees_its_label(net: ng.Network) -> None:
    """With as many connections as before, a removed one is not found and its label is free."""
    net.remove_edge("i1", "h1")
    net.add_edge("i1", 4, weight=0.5)
    with pytest.raises(ng.UnknownNameError, match="no connection 'w1'; did you mean 'w3'"):
        net.connection("w1")
    again = net.connect("i1", "h1", 0.25, label="w1")
    assert net.connection("w1") is again


def test_a_neuron_that_is_removed_frees_its_label(net: ng.Network) -> None:
    """With as many neurons as before, a removed one is not found under its label."""
    net.remove_node("i1")
    net.add_node("i3")
    with pytest.raises(ng.UnknownNameError, match="no neuron 'neuron i1'"):
        net.neuron("neuron i1")
    assert net.add_neuron("i1", label="neuron i1") is net.neuron("neuron i1")


def test_a_method_that_fails_halfway(net: ng.Network) -> None:
    """Neurons and connections that came with labels before a failure are found by them."""
    with pytest.raises(Exception, match="must be"):
        net.add_edges_from([("i1", 4, {"weight": 1.0, "label": "w9"}), ("i1",)])
    assert net.connection("w9") is net.edges["i1", 4]
    with pytest.raises(ValueError, match="None cannot be a node"):
        net.add_nodes_from([("n", {"label": "new"}), None])
    assert net.neuron("new") is net.nodes["n"]


def test_a_node_that_is_not_text_is_found_by_its_text(net: ng.Network) -> None:
    """Numbers and tuples are found as text too, also those added later, with and without label."""
    net.add_neuron(5, label="five")
    net.add_neuron(("layer", 6))
    net.add_node(7.5)
    assert net.neuron("5") is net.nodes[5] is net.neuron("five")
    assert net.neuron("('layer', 6)") is net.nodes["layer", 6]
    assert net.neuron("7.5") is net.nodes[7.5]
    assert net.connection("h1->4") is net.edges["h1", 4]


def test_a_label_used_twice_is_refused(net: ng.Network) -> None:
    """A label is given to one object; the message says which has it."""
    before = (list(net.nodes), list(net.edges))
    with pytest.raises(ng.InvalidValueError, match="'w1' is taken by connection i1->h1"):
        net.connect("i1", 4, 0.5, label="w1")
    with pytest.raises(ng.InvalidValueError, match="'w1' is taken by connection i1->h1"):
        net.add_neuron("x", label="w1")
    with pytest.raises(ng.InvalidValueError, match="'neuron i2' is taken by neuron 'i2'"):
        net.connect("i1", 4, 0.5, label="neuron i2")
    assert (list(net.nodes), list(net.edges)) == before


def test_a_label_that_is_a_neurons_name_is_refused(net: ng.Network) -> None:
    """A label that is already a name could not be found: the name comes first."""
    with pytest.raises(ng.InvalidValueError, match="'h1' is already the name of a neuron"):
        net.add_neuron("x", label="h1")
    assert "x" not in net


def test_a_name_that_is_a_label_is_refused(net: ng.Network) -> None:
    """A neuron's name that is already another one's label, or its text, would hide that one."""
    for name, message in (("neuron i1", "neuron 'i1'"), ("4", "neuron 4")):
        with pytest.raises(ng.InvalidValueError, match=f"is already the label of {message}"):
            net.add_neuron(name)
        assert name not in net


def test_an_ambiguous_label_names_what_it_could_be(net: ng.Network) -> None:
    """A label that NetworkX's ways have given twice says so when it is looked up."""
    net.edges["i2", "h1"]["label"] = "w1"
    with pytest.raises(
        ng.UnknownNameError,
        match="'w1' could be any of connection i1->h1, connection i2->h1: use the full name",
    ):
        net.connection("w1")
    net.nodes["i2"]["label"] = "neuron i1"
    with pytest.raises(ng.UnknownNameError, match="any of neuron 'i1', neuron 'i2'"):
        net.neuron("neuron i1")


def test_a_neuron_and_a_connection_with_the_same_label(net: ng.Network) -> None:
    """Which of the two is meant follows from what is asked for."""
    net.nodes["h1"]["label"] = "w1"
    assert net.connection("w1") is net.edges["i1", "h1"]
    assert net.neuron("w1") is net.nodes["h1"]
    net.forward([1.0, 1.0])
    assert net.value("w1.message") == 0.5
    assert net.value("w1.net") == 1.0


def test_an_odd_label_disturbs_nobody(net: ng.Network) -> None:
    """An item that cannot be a label, such as a list, does not stop others from being found."""
    net.nodes["h1"]["label"] = ["not", "a", "label"]
    net.edges["i2", "h1"]["label"] = 5
    assert net.connection("w1") is net.edges["i1", "h1"]
    assert net.neuron("neuron i1") is net.nodes["i1"]
    with pytest.raises(ng.UnknownNameError, match="no neuron 'nobody'"):
        net.neuron("nobody")


def test_labels_in_a_view(net: ng.Network) -> None:
    """A view finds what it shows and nothing else."""
    view = net.subgraph(["i1", "h1"])
    assert view.connection("w1") is net.edges["i1", "h1"]
    with pytest.raises(ng.UnknownNameError, match="no connection 'w3'"):
        view.connection("w3")


def test_many_labels_are_quick_to_add() -> None:
    """Adding neurons and connections with labels one by one does not look at all others."""
    net = ng.Network()
    net.add_neuron(0, label="n0")
    for k in range(1, 5000):
        net.add_neuron(k, label=f"n{k}")
        net.connect(k - 1, k, 0.5, label=f"w{k}")
    assert net.connection("w4999").post == 4999


def side_by_side(n: int) -> Callable[[], None]:
    """Return the work of building two networks with labels, neuron by neuron in turn."""

    def work() -> None:
        nets = ng.Network(), ng.Network()
        for k in range(n):
            for net in nets:
                net.add_neuron(k, label=f"n{k}")
                if k:
                    net.connect(k - 1, k, 0.5, label=f"w{k}")

    return work


def test_two_networks_built_side_by_side() -> None:
    """Labels of one network have nothing to do with those of another: the work is linear."""
    assert growth(side_by_side, 20) < 1.2


def test_a_label_written_in_one_network_leaves_another_alone(net: ng.Network) -> None:
    """Writes on one network's objects do not make another one look up its labels again."""
    other = ng.Network.layered(1, 1, weights=0.5)
    assert other.connection("w1").label == "w1"
    before = net._label_index._version
    other.edges["i1", "o1"].label = "other"
    other.nodes["i1"]["label"] = "input"
    assert net.neuron("neuron i1") is net.nodes["i1"]
    assert net._label_index.is_current(net)
    assert net._label_index._version == before


@pytest.mark.parametrize("bound", [False, True])
def test_a_view_notices_what_happens_to_its_network(net: ng.Network, bound: bool) -> None:
    """Labels written, removed and added in a network are seen by a view that looked before."""
    view = net.subgraph(["i1", "i2", "h1"])
    assert view.connection("w1") is net.edges["i1", "h1"]
    if bound:
        net.forward([1.0, 1.0])
    net.edges["i2", "h1"].label = "w2"
    assert view.connection("w2") is net.edges["i2", "h1"]
    view.edges["i2", "h1"].label = "w22"
    assert net.connection("w22") is net.edges["i2", "h1"]
    net.connect("i1", "i2", 0.5, label="w9")
    assert view.connection("w9") is net.edges["i1", "i2"]


@pytest.mark.parametrize("how", ["tie", "a list as bias"])
def test_a_label_of_an_object_that_left_the_columns(net: ng.Network, how: str) -> None:
    """After a pass, an object that was told something structural still reports its labels."""
    net.forward([1.0, 1.0])
    assert net.neuron("neuron h1") is net.nodes["h1"]
    net.nodes["h1"]["tie" if how == "tie" else "bias"] = "t" if how == "tie" else [1.0]
    net.nodes["h1"].label = "renamed"
    assert net.neuron("renamed") is net.nodes["h1"]
    with pytest.raises(ng.UnknownNameError, match="no neuron 'neuron h1'"):
        net.neuron("neuron h1")


def test_labels_without_networkx_cache(net: ng.Network) -> None:
    """NetworkX's algorithms may switch its cache off; labels are found all the same."""
    net.__networkx_cache__ = None
    net.edges["i2", "h1"].label = "w2"
    assert net._labels()["w2"] == [("i2", "h1")]


def test_labels_of_a_deep_network_are_linear() -> None:
    """Reading and finding every label of a chain costs no more where there are more levels."""

    def look_up(n: int) -> Callable[[], None]:
        net = ng.Network.layered(*[1] * n, weights=0.5)

        def work() -> None:
            for _, _, connection in net.edges(data=True):
                assert net.connection(connection.label) is connection

        return work

    assert growth(look_up, 50) < 1.2


def test_numbers_of_labels_go_through_the_layers() -> None:
    """Connections are numbered neuron by neuron and layer by layer, whatever the widths."""
    sizes = (3, 1, 4, 2, 2, 1)
    net = ng.Network.layered(*sizes, weights=0.5, bias=[0.5, None, 0.5, [None, 0.5], None])
    layers = net.levels
    pairs = [(pre, post) for before, layer in pairwise(layers) for post in layer for pre in before]
    assert [net.edges[pair].label for pair in pairs] == [f"w{k}" for k in range(1, 22)]
    for k, pair in enumerate(pairs, start=1):
        assert net.connection(f"w{k}") is net.edges[pair]
    for label in ("w0", "w22", "w01", "w99999"):
        with pytest.raises(ng.UnknownNameError, match=f"no connection '{label}'"):
            net.connection(label)
