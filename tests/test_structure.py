"""What a pass demands of a graph, and the order it finds in it."""

import re
from collections.abc import Callable
from itertools import pairwise
from typing import Any

import networkx as nx
import pytest
from hypothesis import given
from strategies import CHECKED, Plain, plain_networks, snapshot

import neurograph as ng

VERBS: dict[str, Callable[[ng.Network], Any]] = {
    "forward": lambda net: net.forward([1.0]),
    "step": lambda net: net.step([1.0], [1.0], 0.1),
    "messages": lambda net: net.messages([1.0]),
    "check_gradients": lambda net: ng.check_gradients(net, [1.0], [1.0]),
    "inputs": lambda net: net.inputs,
    "outputs": lambda net: net.outputs,
    "levels": lambda net: net.levels,
}


#: Verbs that only look, which a view allows too.
LOOKS = ("inputs", "outputs", "levels")


def refused(net: ng.Network, message: str, error: type[Exception] = ng.StructureError) -> None:
    """Assert that every verb refuses the network with this message and changes nothing."""
    before = snapshot(net)
    for verb in VERBS.values():
        with pytest.raises(error, match=re.escape(message)):
            verb(net)
        assert snapshot(net) == before


def edges(*pairs: str, **items: Any) -> ng.Network:
    """Return a network from pairs such as "ab", all weights 0.5."""
    return ng.Network([(pair[0], pair[1], {"weight": 0.5}) for pair in pairs], **items)


# -- order ---------------------------------------------------------------------------------------


@CHECKED
@given(plain_networks())
def test_levels_inputs_and_outputs(plain: Plain) -> None:
    """A level is the longest path from an input; inputs and outputs are in the graph's order."""
    net = plain.network()
    assert net.levels[0] == [
        *(name for name in net if name in plain.input_names),
        *(name for name in net if name in plain.bias_names),
    ]
    for number, level in enumerate(net.levels[1:], start=1):
        assert level == [name for name in net if plain.level[name] == number]
    assert net.inputs == [name for name in net if name in plain.input_names]
    assert net.outputs == [name for name in net if name in plain.output_names]


def test_kinds_follow_from_the_graph_or_are_declared() -> None:
    """Without a kind, first neurons are inputs and last ones outputs; a kind says otherwise."""
    net = edges("ab", "bc", "bd")
    assert (net.inputs, net.outputs) == (["a"], ["c", "d"])
    net.nodes["b"].kind = "output"
    net.nodes["c"].kind = "hidden"
    assert net.outputs == ["b", "d"]
    net.add_neuron("unused", kind="input")
    net.add_neuron("bias", kind="bias")
    net.connect("bias", "d", 1.0)
    assert net.inputs == ["a", "unused"]
    assert net.levels == [["a", "unused", "bias"], ["b"], ["c", "d"]]


def test_kinds_say_nothing_where_they_agree() -> None:
    """Every declared kind that fits the graph is accepted."""
    net = edges("ab", "bc")
    for name, kind in zip("abc", ("input", "hidden", "output"), strict=True):
        net.nodes[name].kind = kind
    assert net.levels == [["a"], ["b"], ["c"]]


# -- cycles --------------------------------------------------------------------------------------


def test_a_cycle_is_named_neuron_by_neuron() -> None:
    """A cycle is named in its order, without the neurons before and behind it."""
    net = edges("ab", "bc", "cd", "db", "de")
    before = snapshot(net)
    with pytest.raises(ng.StructureError, match="the network has a cycle: ") as caught:
        net.forward([1.0])
    named = re.findall(r"'(\w)'", str(caught.value))
    assert named[0] == named[-1]
    assert sorted(named[1:]) == ["b", "c", "d"]
    assert all(net.has_edge(*pair) for pair in pairwise(named))
    assert snapshot(net) == before
    refused(net, "a feed-forward network has none")


def test_a_cycle_of_everything() -> None:
    """A network that is nothing but a cycle says so."""
    refused(edges("ab", "ba"), "the network has a cycle: 'a' -> 'b' -> 'a'")


def test_a_self_loop() -> None:
    """A neuron connected to itself is named."""
    refused(edges("ab", "bb"), "neuron 'b' is connected to itself; a feed-forward network has no")
    refused(edges("aa"), "neuron 'a' is connected to itself")


def test_a_cycle_of_thousands() -> None:
    """A long cycle is found without recursion."""
    net = ng.Network()
    nx.add_cycle(net, range(5000), weight=1.0)
    with pytest.raises(ng.StructureError, match="the network has a cycle: 0 -> 1 -> 2 -> 3"):
        net.forward([1.0])


# -- neurons -------------------------------------------------------------------------------------


def test_an_empty_network() -> None:
    """A network without neurons cannot run."""
    refused(ng.Network(), "the network has no neurons: add some before a pass")


@pytest.mark.parametrize("kind", ["hidden", "output"])
def test_a_declared_neuron_without_input(kind: str) -> None:
    """A neuron that is declared hidden or output needs an incoming connection."""
    net = edges("ab", "cb")
    net.nodes["c"].kind = kind
    refused(net, f"{kind} neuron 'c' has no incoming connection")


def test_a_neuron_with_a_bias_but_no_input() -> None:
    """A bias is added to a sum of messages: a neuron that gets none cannot have one."""
    net = edges("ab", "cb")
    net.nodes["c"].bias = 0.5
    refused(net, "neuron 'c' has a bias but no incoming connection: connect something to it")


def test_a_neuron_without_connections() -> None:
    """A neuron connected to nothing is a slip, unless it is declared an input."""
    net = edges("ab")
    net.add_neuron("c")
    refused(net, "neuron 'c' has no connections: connect it, or say kind='input' if it is an input")


@pytest.mark.parametrize("kind", ["input", "bias"])
def test_a_declared_source_with_incoming_connections(kind: str) -> None:
    """What is declared an input or a bias neuron has no incoming connections."""
    net = edges("ab", "bc")
    net.nodes["b"].kind = kind
    refused(net, f"{kind} neuron 'b' has incoming connections")


def test_no_input() -> None:
    """A network whose first neurons are all bias neurons has no input."""
    net = edges("ab")
    net.nodes["a"].kind = "bias"
    refused(net, "the network has no input: every first neuron is a bias neuron")


def test_no_output() -> None:
    """A network whose last neurons are all declared hidden has no output."""
    net = edges("ab")
    net.nodes["b"].kind = "hidden"
    refused(net, "the network has no output: every last neuron is declared hidden")


def test_nothing_but_inputs() -> None:
    """A network of inputs alone has no output, for another reason than hidden neurons."""
    net = ng.Network()
    net.add_neuron("a", kind="input")
    with pytest.raises(ng.StructureError, match="the network has no output") as caught:
        net.forward([1.0])
    assert "declared hidden" not in str(caught.value)


# -- parameters ----------------------------------------------------------------------------------


def test_a_missing_weight() -> None:
    """A connection made by NetworkX's ways may have no weight; the message says how to set it."""
    net = edges("ab", "bc")
    net.add_edge("a", "c")
    refused(net, "connection a->c has no weight: set one with net.edges['a', 'c'].weight = ...")
    net.edges["a", "c"].weight = 0.25
    net.forward([1.0])


def test_tied_parameters_with_different_values() -> None:
    """Tied parameters are one; those that differ are listed with their values."""
    net = edges("ab", "bc")
    for ends, weight in ((("a", "b"), 0.5), (("b", "c"), 0.75)):
        net.edges[ends].weight = weight
        net.edges[ends].tie = "shared"
    net.nodes["c"]["bias"] = 0.5
    net.nodes["c"]["tie"] = "shared"
    refused(
        net,
        "tied parameters are one parameter, but those of tie 'shared' have different values:"
        " connection a->b has 0.5, connection b->c has 0.75, neuron 'c' has 0.5",
    )


def test_tied_parameters_of_which_one_is_frozen() -> None:
    """A parameter is trainable or not, in every place where it is shared."""
    net = edges("ab", "bc")
    for ends in net.edges:
        net.edges[ends].tie = "shared"
    net.edges["a", "b"].trainable = False
    refused(
        net,
        "those of tie 'shared' have different trainable flags:"
        " connection a->b has False, connection b->c has True",
    )


def test_a_tie_of_one_and_a_tie_without_a_parameter() -> None:
    """A tie that nothing shares is no obstacle, nor that of a neuron without a bias."""
    net = edges("ab", "bc")
    net.edges["a", "b"].tie = "alone"
    net.nodes["b"].tie = "alone"
    net.step([1.0], [1.0], 0.5)


# -- softmax -------------------------------------------------------------------------------------


def test_a_softmax_across_levels() -> None:
    """Softmax outputs on different levels are refused; each is named with its level."""
    net = edges("ab", "ac", "bd", "be")
    for name in "cde":
        net.nodes[name].activation = "softmax"
    refused(net, "softmax couples the neurons of one level, two or more: found 'c' on level 1,")


def test_two_complete_softmax_outputs_on_different_levels() -> None:
    """Two groups of outputs on two levels are taken for one that is spread over levels."""
    net = edges("ab", "ac", "ad", "de", "df")
    for name in "bcef":
        net.nodes[name].activation = "softmax"
    refused(net, "'b' on level 1, 'c' on level 1, 'e' on level 2, 'f' on level 2")


def test_a_softmax_of_one() -> None:
    """A softmax of one neuron is always 1; it is refused."""
    net = edges("ab", "ac")
    net.nodes["c"].activation = "softmax"
    refused(net, "softmax couples the neurons of one level, two or more: found 'c' on level 1")


def test_softmax_in_the_middle_and_at_the_end() -> None:
    """Hidden groups on other levels than the outputs are fine; each sums to one."""
    net = ng.Network.layered(2, 3, 2, activation="softmax", seed=1)
    outs = net.forward([[0.1, 0.2], [3.0, -2.0]])
    assert outs.sum(axis=1) == pytest.approx([1, 1], rel=1e-15)
    hidden = sum(net.nodes[name].out for name in ("h1", "h2", "h3"))
    assert hidden == pytest.approx([1, 1], rel=1e-15)


# -- views ---------------------------------------------------------------------------------------

VIEWS: dict[str, Callable[[ng.Network], Any]] = {
    "subgraph": lambda net: net.subgraph(list(net)),
    "edge_subgraph": lambda net: net.edge_subgraph(list(net.edges)),
    "reverse": lambda net: net.reverse(copy=False),
    "copy": lambda net: net.copy(as_view=True),
    "to_directed": lambda net: net.to_directed(as_view=True),
    "view of a view": lambda net: net.subgraph(list(net)).subgraph(list(net)),
}


@pytest.mark.parametrize("how", VIEWS)
def test_a_pass_on_a_view_is_refused(how: str) -> None:
    """A view shares its objects with the network it shows, so no pass may write on them."""
    net = ng.Network.layered(1, 2, 1, weights=0.5, bias=0.25)
    net.forward([1.0])
    net.backward([1.0])
    before = snapshot(net)
    view = VIEWS[how](net)
    passes = {name: verb for name, verb in VERBS.items() if name not in LOOKS}
    verbs = passes | {
        "total_error": lambda view: view.total_error([1.0]),
        "backward": lambda view: view.backward([1.0]),
        "update_weights": lambda view: view.update_weights(0.1),
    }
    for verb in verbs.values():
        with pytest.raises(ng.StructureError, match=r"on a view, .* take a copy with \.copy\(\)"):
            verb(view)
        assert snapshot(net) == before
    net.update_weights(0.1)
    if how != "reverse":
        assert view.copy().forward([1.0]).tolist() == net.forward([1.0]).tolist()


@pytest.mark.parametrize("how", VIEWS)
def test_clear_pass_on_a_view_does_not_reach_the_network(how: str) -> None:
    """Forgetting is refused on a view as well: the objects are those of the network it shows."""
    net = ng.Network.layered(1, 2, 1, weights=0.5, bias=0.25)
    net.step([1.0], [1.0], 0.1)
    before = snapshot(net)
    with pytest.raises(ng.StructureError, match="on a view"):
        VIEWS[how](net).clear_pass()
    assert snapshot(net) == before
    net.update_weights(0.1)
