"""`Network`: building, looking, the verbs, and what happens to them when the graph changes."""

import math
import re
from collections.abc import Callable
from itertools import pairwise
from typing import Any

import networkx as nx
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from strategies import CHECKED, Plain, plain_networks, snapshot

import neurograph as ng
from neurograph.elements import row_of

INPUTS, TARGETS = [0.05, 0.10], [0.01, 0.99]


@pytest.fixture
def net() -> ng.Network:
    """Return a 2-2-2 network with biases and the labels w1 to w8."""
    return ng.Network.layered(
        2, 2, 2,
        weights=[[[0.15, 0.20], [0.25, 0.30]], [[0.40, 0.45], [0.50, 0.55]]],
        bias=[0.35, 0.60],
    )  # fmt: skip


def refused(net: ng.Network, error: type[Exception], message: str, call: Callable[[], Any]) -> None:
    """Assert that a call fails with a message and changes nothing."""
    before = snapshot(net)
    with pytest.raises(error, match=re.escape(message)):
        call()
    assert snapshot(net) == before


# -- building ------------------------------------------------------------------------------------


def test_loss_and_reduction_live_in_the_graph() -> None:
    """What differs from the default is a graph attribute, under the formula's own text."""
    assert ng.Network().graph == {}
    net = ng.Network(loss="squared_error", reduction="sum", name="n")
    assert net.graph == {"loss": "squared_error", "reduction": "sum", "name": "n"}
    net.add_edge("i", "o", weight=1.0)
    for each in (net, net.copy(), nx.DiGraph(net)):
        net = ng.Network(each)
        net.nodes["o"].activation = "identity"
        net.forward([[1.0], [2.0]])
        assert net.backward([[0.0], [0.0]]) == 5.0


def test_an_explicit_loss_counts_also_if_it_is_the_default() -> None:
    """A loss that is asked for replaces the one that comes with the data."""
    other = ng.Network(loss="squared_error", reduction="sum")
    other.add_edge("i", "o", weight=1.0)
    net = ng.Network(other, loss="half_squared_error", reduction="mean")
    net.nodes["o"].activation = "identity"
    net.forward([[1.0], [2.0]])
    assert net.backward([[0.0], [0.0]]) == 1.25


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"loss": "squared_eror"}, ng.UnknownNameError, "did you mean 'squared_error'?"),
        ({"loss": 5}, ng.InvalidTypeError, "5"),
        ({"reduction": "Sum"}, ng.InvalidValueError, "not 'Sum'; did you mean 'sum'?"),
    ],
)
def test_wrong_loss_and_reduction(
    options: dict[str, Any], error: type[Exception], message: str
) -> None:
    """A loss or reduction that does not exist names the nearest, when built or put in the graph."""
    with pytest.raises(error, match=re.escape(message)):
        ng.Network(**options)
    net = ng.Network.layered(1, 1, weights=0.5)
    net.graph.update(options)
    net.forward([1.0])
    for call in (
        lambda: net.backward([1.0]),
        lambda: net.total_error([1.0]),
        lambda: net.step([1.0], [1.0], 0.1),
        lambda: ng.check_gradients(net, [1.0], [1.0]),
    ):
        refused(net, error, message, call)


# -- attributes of the network -------------------------------------------------------------------


def straight_line() -> ng.Network:
    """Return out = 1 * x, so that an error is a power of x minus the target."""
    return ng.Network.layered(1, 1, weights=1.0, activation="identity")


def test_loss_and_reduction_are_attributes() -> None:
    """Setting one sets what the next error is: (2 - 0)^2 = 4 and (1 + 4 + 9) = 14, by hand."""
    net = straight_line()
    assert (net.loss, net.reduction) == ("half_squared_error", "mean")
    net.loss = "squared_error"
    assert net.step([2.0], [0.0], 0.0) == 4.0
    net.reduction = "sum"
    assert net.step([[1.0], [2.0], [3.0]], [[0.0]] * 3, 0.0) == 14.0
    assert net.graph == {"loss": "squared_error", "reduction": "sum"}
    net.loss = "(target - out)**4"
    assert net.step([2.0], [0.0], 0.0) == 16.0
    del net.loss
    net.reduction = None
    assert net.graph == {}
    assert net.step([[2.0], [0.0]], [[0.0]] * 2, 0.0) == 1.0
    net.name = "a line"
    assert net.graph == {"name": "a line"}


@pytest.mark.parametrize("engine", ["passes", "blocks"])
def test_setting_the_loss_forgets_what_the_other_one_gave(engine: str) -> None:
    """After a backward pass a new loss leaves the forward pass, and nothing of the old loss."""
    net = straight_line()
    net.forward([[2.0], [4.0]], engine=engine)
    net.loss = "squared_error"
    assert net.total_error([[0.0], [0.0]]) == 10.0
    net.reduction = "sum"
    with pytest.raises(ng.NotComputedError, match="the total error is not known yet"):
        net.total_error()
    assert net.backward([[0.0], [0.0]]) == 20.0
    assert net.value("w1.gradient") == 2 * (2 * 2 + 4 * 4)
    net.loss = "squared_error"  # as it is
    assert net.total_error() == 20.0
    net.loss = "half_squared_error"
    assert net.value("o1.out").tolist() == [2.0, 4.0]
    with pytest.raises(ng.NotComputedError, match="gradient"):
        net.value("w1.gradient")
    with pytest.raises(ng.NotComputedError, match="the gradients are not known yet"):
        net.update_weights(0.1)
    assert net.backward([[0.0], [0.0]]) == 10.0


def test_setting_the_loss_after_training_leaves_the_weights_changed() -> None:
    """A forward pass of before an update stays outdated whatever is set."""
    net = straight_line()
    net.train([[2.0]], [[0.0]], learning_rate=0.1, epochs=1)
    net.loss = "squared_error"
    with pytest.raises(ng.NotComputedError, match="weights or biases have changed"):
        net.total_error([[0.0]])


@pytest.mark.parametrize(
    ("key", "value", "error", "message"),
    [
        ("loss", "squared_eror", ng.UnknownNameError, "did you mean 'squared_error'?"),
        ("loss", 5, ng.InvalidTypeError, "5"),
        ("reduction", "Sum", ng.InvalidValueError, "not 'Sum'; did you mean 'sum'?"),
        (
            "los",
            "squared_error",
            ng.UnknownAttributeError,
            "no attribute 'los'; did you mean 'loss'",
        ),
        ("reductoin", "sum", ng.UnknownAttributeError, "did you mean 'reduction'?"),
        ("loss_function", "hinge", ng.UnknownAttributeError, "did you mean 'loss'?"),
        ("input", ["i1"], ng.UnknownAttributeError, "did you mean 'inputs'?"),
        (
            "optimizer",
            "adam",
            ng.UnknownAttributeError,
            "a network has no attribute 'optimizer' (what can be set is loss, reduction, slope,"
            " penalty, delta and name; to store something of your own, use net.graph['optimizer'])",
        ),
        ("inputs", ["i1"], ng.UnknownAttributeError, "inputs of a network cannot be set: what can"),
        ("forward", 5, ng.UnknownAttributeError, "forward of a network cannot be set"),
        ("nodes", {}, ng.UnknownAttributeError, "nodes of a network cannot be set"),
    ],
)
def test_wrong_attributes_are_refused(
    net: ng.Network, key: str, value: object, error: type[Exception], message: str
) -> None:
    """An attribute that is not there, or not to be set, changes nothing and names the nearest."""
    net.step(INPUTS, TARGETS, 0.5)
    refused(net, error, message, lambda: setattr(net, key, value))


def test_networkx_sets_its_own_attributes(net: ng.Network) -> None:
    """Freezing puts functions in the place of methods, views set the graph they show."""
    net.__networkx_cache__ = {}
    net._node = net._node
    net.graph = {"loss": "squared_error"}
    assert net.loss == "squared_error"
    assert nx.is_frozen(nx.freeze(net))
    assert list(net.subgraph(["i1", "h1"])) == list(net.reverse(copy=False).subgraph(["i1", "h1"]))


def test_a_subclass_has_attributes_of_its_own() -> None:
    """What a subclass adds can be set; what a network has stays strict."""

    class Named(ng.Network):
        depth = 0

        def __init__(self, *args: Any, **options: Any) -> None:
            super().__init__(*args, **options)
            self.source = "nowhere"

    net = Named.layered(1, 1, weights=1.0, loss="squared_error")
    net.depth = 2
    assert (net.depth, net.source, net.copy().source) == (2, "nowhere", "nowhere")
    with pytest.raises(ng.UnknownNameError, match="did you mean 'hinge'"):
        net.loss = "hing"
    with pytest.raises(ng.UnknownAttributeError, match="levels of a network cannot be set"):
        net.levels = []


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: ng.Network(los="hinge"), "Network has no option 'los'; did you mean 'loss'?"),
        (
            lambda: ng.Network.layered(2, 1, activations="tanh"),
            "Network.layered has no option 'activations'; did you mean 'activation'?",
        ),
        (
            lambda: ng.Network().add_neuron("h1", bais=0.5),
            "add_neuron has no option 'bais'; did you mean 'bias'?",
        ),
        (
            lambda: ng.Network([(0, 1), (0, 2)]).connect(1, 2, 0.5, lable="w"),
            "connect has no option 'lable'; did you mean 'label'?",
        ),
    ],
)
def test_a_misspelt_option_is_no_item(call: Callable[[], Any], message: str) -> None:
    """What is stored as it is must not be an option with a slip in it."""
    with pytest.raises(ng.InvalidTypeError, match=re.escape(message)):
        call()


def test_items_and_graph_attributes_are_open() -> None:
    """Any other keyword is stored."""
    net = ng.Network.layered(1, 1, name="n", time=3)
    assert net.graph == {"name": "n", "time": 3}
    assert ng.Network().add_neuron("h1", time=3, base=2, size=1)["time"] == 3


SOFTMAX = "nobody stated the loss of this network, whose outputs are softmax"


def softmax_network(**options: Any) -> ng.Network:
    """Return a softmax of the inputs themselves."""
    return ng.Network.layered(
        2, 2, weights=[[[1.0, 0.0], [0.0, 1.0]]], activation="softmax", **options
    )


FIRST_LOSS: dict[str, Callable[[ng.Network], Any]] = {
    "backward": lambda net: net.backward([1.0, 0.0]),
    "total_error": lambda net: net.total_error([1.0, 0.0]),
    "step": lambda net: net.step([1.0, 2.0], [1.0, 0.0], 0.1),
    "train": lambda net: net.train([1.0, 2.0], [1.0, 0.0], learning_rate=0.1, epochs=2),
    "check_gradients": lambda net: ng.check_gradients(net, [1.0, 2.0], [1.0, 0.0]),
    "loss curve": lambda net: ng.landscape.loss_curve(net, [1.0, 2.0], [1.0, 0.0], "w1"),
}


@pytest.mark.parametrize("verb", FIRST_LOSS)
def test_softmax_outputs_without_a_stated_loss_say_so_once(verb: str) -> None:
    """The first loss that is computed warns, at the caller's line, and no other does."""
    net = softmax_network()
    net.forward([1.0, 2.0])
    net.predict([1.0, 2.0])
    net.plan()
    with pytest.warns(UserWarning, match=SOFTMAX) as told:
        FIRST_LOSS[verb](net)
    assert [warning.filename for warning in told] == [__file__]
    net.step([1.0, 2.0], [1.0, 0.0], 0.1)


@pytest.mark.parametrize("loss", ["cross_entropy", "half_squared_error"])
@pytest.mark.parametrize("how", ["option", "attribute", "graph"])
def test_a_stated_loss_is_silent(loss: str, how: str) -> None:
    """Whoever says which loss is meant is believed; p = softmax(1, 2) gives both, by hand."""
    net = softmax_network(**({"loss": loss} if how == "option" else {}))
    if how == "attribute":
        net.loss = loss
    elif how == "graph":
        net.graph["loss"] = loss
    net.forward([1.0, 2.0])
    p = 1 / (1 + np.exp(1.0))
    expected = -np.log(p) if loss == "cross_entropy" else (1 - p) ** 2
    assert net.backward([1.0, 0.0]) == pytest.approx(expected, rel=1e-15)


def test_a_softmax_that_is_no_output_is_silent() -> None:
    """Squared errors of what follows a softmax are nothing to be warned of."""
    net = ng.Network.layered(2, 2, 1, activation=["softmax", "identity"], seed=1)
    net.step([1.0, 2.0], [1.0], 0.1)


def test_add_neuron_and_connect_return_the_objects() -> None:
    """Both return the object that is in the graph, with every setting and item."""
    net = ng.Network()
    one = net.add_neuron("i", label="the input", kind="input", pos=(0, 0))
    two = net.add_neuron(
        "o", activation="tanh", bias=1, trainable=False, tie="b", kind="output", colour="red"
    )
    wire = net.connect("i", "o", np.float32(0.5), label="w", trainable=False, tie="w", note="kept")
    assert one is net.nodes["i"]
    assert dict(one) == {"label": "the input", "kind": "input", "pos": (0, 0)}
    assert dict(two) == {
        "activation": "tanh", "bias": 1.0, "trainable": False, "tie": "b", "kind": "output",
        "colour": "red",
    }  # fmt: skip
    assert wire is net.edges["i", "o"]
    assert dict(wire) == {
        "weight": 0.5, "label": "w", "trainable": False, "tie": "w", "note": "kept",
    }  # fmt: skip
    assert (one.name, wire.pre, wire.post, wire.name) == ("i", "i", "o", "w")


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({"name": "h1"}, ng.InvalidValueError, "there is already a neuron 'h1'"),
        ({"name": None}, ng.InvalidValueError, "a neuron needs a name: None stands for no neuron"),
        ({"name": [1]}, ng.InvalidTypeError, "must be hashable, as text and numbers are, not [1]"),
        ({"name": (1, {})}, ng.InvalidTypeError, "a neuron must be hashable"),
        ({"activation": "logistik"}, ng.UnknownNameError, "did you mean 'logistic'?"),
        ({"activation": "net +"}, ng.FormulaError, "net +"),
        ({"bias": "0.5"}, ng.InvalidTypeError, "bias of neuron 'new' must be a number, not '0.5'"),
        ({"bias": float("nan")}, ng.InvalidValueError, "bias of neuron 'new' must be a finite"),
        ({"bias": float("inf")}, ng.InvalidValueError, "bias of neuron 'new' must be a finite"),
        ({"label": 5}, ng.InvalidTypeError, "label of neuron 'new' must be text, not 5"),
        ({"label": "w1"}, ng.InvalidValueError, "the label 'w1' is taken by connection i1->h1"),
        ({"tie": 5}, ng.InvalidTypeError, "tie of neuron 'new' must be text, not 5"),
        ({"trainable": 1}, ng.InvalidTypeError, "trainable of neuron 'new' must be True or False"),
        ({"kind": "inptu"}, ng.InvalidValueError, "did you mean 'input'?"),
    ],
)
def test_add_neuron_refuses(
    net: ng.Network, arguments: dict[str, Any], error: type[Exception], message: str
) -> None:
    """A neuron with a wrong setting is not added."""
    net.step(INPUTS, TARGETS, 0.5)
    refused(net, error, message, lambda: net.add_neuron(**({"name": "new"} | arguments)))
    net.update_weights(0.1)


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({"pre": None}, ng.UnknownNameError, "no neuron None"),
        ({"post": ["o1"]}, ng.UnknownNameError, "no neuron ['o1']"),
        ({"pre": "h3"}, ng.UnknownNameError, "no neuron 'h3'; did you mean 'h2'?"),
        ({"post": "O1"}, ng.UnknownNameError, "no neuron 'O1'; did you mean 'o1'?"),
        ({"pre": "h1"}, ng.InvalidValueError, "'h1' and 'o1' are already connected"),
        ({"weight": "0.5"}, ng.InvalidTypeError, "weight of connection i1->o1 must be a number"),
        ({"weight": None}, ng.InvalidTypeError, "weight of connection i1->o1 must be a number"),
        ({"weight": float("nan")}, ng.InvalidValueError, "must be a finite number, not nan"),
        ({"weight": -float("inf")}, ng.InvalidValueError, "must be a finite number, not -inf"),
        ({"label": 5}, ng.InvalidTypeError, "label of connection i1->o1 must be text, not 5"),
        ({"label": "w1"}, ng.InvalidValueError, "the label 'w1' is taken by connection i1->h1"),
        ({"tie": 5}, ng.InvalidTypeError, "tie of connection i1->o1 must be text, not 5"),
        ({"trainable": 0}, ng.InvalidTypeError, "trainable of connection i1->o1 must be True or"),
    ],
)
def test_connect_refuses(
    net: ng.Network, arguments: dict[str, Any], error: type[Exception], message: str
) -> None:
    """A connection with a wrong end or setting is not made."""
    net.step(INPUTS, TARGETS, 0.5)
    right = {"pre": "i1", "post": "o1", "weight": 0.5}
    refused(net, error, message, lambda: net.connect(**(right | arguments)))
    net.update_weights(0.1)


# -- looking -------------------------------------------------------------------------------------


def test_every_spelling_of_a_connection(net: ng.Network) -> None:
    """A connection is found by label, by its ends, and by "pre->post" with or without spaces."""
    expected = net.edges["h1", "o1"]
    for name in ("w5", ("h1", "o1"), "h1->o1", "h1 -> o1"):
        assert net.connection(name) is expected


def test_connections_of_neurons_with_odd_names() -> None:
    """Names that are numbers, tuples, or have arrows and dots themselves are found as text."""
    net = ng.Network()
    names = [1, ("a", 2), "x->y", "p.q"]
    for name in names:
        net.add_neuron(name, activation="identity")
    for k, (pre, post) in enumerate(pairwise(names)):
        net.connect(pre, post, k + 1.0)
        assert net.connection(f"{pre}->{post}") is net.edges[pre, post]
        assert net.value(f"{pre}->{post}.weight") == k + 1.0
    net.forward([2.0])
    assert net.value("1.out") == 2.0
    assert net.value("('a', 2).net") == 2.0
    assert net.value("x->y.net") == 4.0
    assert net.value("p.q.net") == 12.0
    assert [message.address for message in net.messages([2.0])][-1] == "p.q.out"
    for message in net.messages([2.0], [1.0], 0.1):
        assert net.value(message.address) == message.value


def test_an_arrow_that_can_be_read_twice() -> None:
    """An arrow text that two connections fit, such as "a->b->c", is refused."""
    net = ng.Network([("a", "b->c"), ("a->b", "c")])
    with pytest.raises(ng.UnknownNameError, match="could be any of connection a->b->c, conn"):
        net.connection("a->b->c")


def test_incoming_and_outgoing(net: ng.Network) -> None:
    """The connections of a neuron, in the order of the graph, named."""
    assert [connection.name for connection in net.incoming("o1")] == ["w5", "w6"]
    assert [connection.name for connection in net.outgoing("i2")] == ["w2", "w4"]
    assert net.incoming("i1") == net.outgoing("o2") == []
    net.nodes["o1"].label = "first"
    assert net.incoming("first")[0] is net.edges["h1", "o1"]


@pytest.mark.parametrize("method", ["neuron", "incoming", "outgoing"])
def test_an_unknown_neuron(net: ng.Network, method: str) -> None:
    """A neuron that does not exist names the nearest."""
    for name, hint in (("h3", "; did you mean 'h2'?"), ("xyzzy", ""), (7, ""), (("a", 1), "")):
        refused(
            net, ng.UnknownNameError, f"no neuron {name!r}{hint}",
            lambda name=name: getattr(net, method)(name),
        )  # fmt: skip


@pytest.mark.parametrize("name", ["w55", "w9", "h1->o3", ("h1", "h2"), ("a", "b", "c"), 5, "->"])
def test_an_unknown_connection(net: ng.Network, name: Any) -> None:
    """A connection that does not exist names the nearest label."""
    hint = "; did you mean 'w5'?" if name == "w55" else ""
    refused(net, ng.UnknownNameError, f"no connection {name!r}{hint}", lambda: net.connection(name))


@pytest.mark.parametrize("name", [["h1"], ("h1", ["o1"]), {"h1"}])
def test_a_name_that_cannot_be_one(net: ng.Network, name: Any) -> None:
    """What is not hashable is no name of a neuron or connection."""
    refused(net, ng.NeurographError, "no neuron", lambda: net.neuron(name))
    refused(net, ng.NeurographError, "no connection", lambda: net.connection(name))


# -- value and set_value -------------------------------------------------------------------------


def test_value_is_what_the_objects_carry(net: ng.Network) -> None:
    """Every address reads the same as the object, as a Python float; so does the total error."""
    error = net.step(INPUTS, TARGETS, 0.5)
    assert net.value("loss") == net.total_error() == error
    for element in [*net.nodes.values(), *(net.edges[ends] for ends in net.edges)]:
        for key, value in element.items():
            if isinstance(value, float):
                assert net.value(f"{element.name}.{key}") == value
                assert type(net.value(f"{element.name}.{key}")) is float
    assert net.value("i1->h1.weight") == net.value("w1.weight")
    net.forward([INPUTS] * 3)
    assert net.value("h1.out").shape == (3,)


@pytest.mark.parametrize(
    ("address", "error", "message"),
    [
        ("h1.nett", ng.UnknownNameError, "no quantity 'nett' in address 'h1.nett'; did you mean"),
        ("h3.net", ng.UnknownNameError, "no neuron 'h3'; did you mean 'h2'?"),
        ("w55.weight", ng.UnknownNameError, "no connection 'w55'; did you mean 'w5'?"),
        ("h1.weight", ng.UnknownNameError, "no connection 'h1'"),
        ("w5.net", ng.UnknownNameError, "no neuron 'w5'"),
        ("w5", ng.UnknownNameError, "'w5' is not an address"),
        (5, ng.InvalidTypeError, "an address is text"),
        ("h1.net", ng.NotComputedError, "net of neuron 'h1' is not known yet: call net.forward"),
        ("w5.message", ng.NotComputedError, "message of connection 'w5' is not known yet: call"),
        ("w5.gradient", ng.NotComputedError, "is not known yet: call net.backward(targets) first"),
        ("o1.loss", ng.NotComputedError, "is not known yet: call net.backward(targets) first"),
        ("loss", ng.NotComputedError, "no forward pass has been made yet"),
        ("i1.bias", ng.NotComputedError, "neuron 'i1' has no bias"),
    ],
)
def test_values_that_are_not_there(
    net: ng.Network, address: Any, error: type[Exception], message: str
) -> None:
    """An address without a value says what is missing, or what to call."""
    refused(net, error, message, lambda: net.value(address))


@pytest.mark.parametrize(
    "address", ["i1.net", "i1.slope", "h1.target", "h1.loss", "i1.delta", "h2.bias_gradient"]
)
def test_values_that_no_pass_will_ever_compute(net: ng.Network, address: str) -> None:
    """What a neuron has not got is not promised by another call of what has been called."""
    net.nodes["h2"].bias = None
    net.step(INPUTS, TARGETS, 0.5)
    with pytest.raises(ng.NotComputedError, match=address.split(".")[1]) as caught:
        net.value(address)
    assert "call net." not in str(caught.value)


def test_set_value(net: ng.Network) -> None:
    """Weights and biases are set by address, before and after a pass, in all tied places."""
    for _ in range(2):
        net.set_value("w5.weight", 7)
        net.set_value("h1->o2.weight", np.float32(0.25))
        net.set_value("h1.bias", -1)
        assert net.edges["h1", "o1"].weight == net.value("w5.weight") == 7.0
        assert (net.edges["h1", "o2"].weight, net.nodes["h1"].bias) == (0.25, -1.0)
        net.forward(INPUTS)
    net.set_value("w6.weight", 7.0)
    net.connection("w5").tie = net.connection("w6").tie = "t"
    net.forward(INPUTS)
    net.set_value("w5.weight", 8.0)
    assert net.value("w6.weight") == 8.0


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize(
    ("address", "value", "error", "message"),
    [
        ("w5.weight", "heavy", ng.InvalidTypeError, "w5.weight must be a number, not 'heavy'"),
        ("w5.weight", None, ng.InvalidTypeError, "w5.weight must be a number, not None"),
        ("w5.weight", float("nan"), ng.InvalidValueError, "w5.weight must be a finite number"),
        ("h1.bias", float("inf"), ng.InvalidValueError, "h1.bias must be a finite number, not inf"),
        ("w55.weight", 1.0, ng.UnknownNameError, "no connection 'w55'; did you mean 'w5'?"),
        ("h3.bias", 1.0, ng.UnknownNameError, "no neuron 'h3'"),
        ("h1.bais", 1.0, ng.UnknownNameError, "no quantity 'bais'"),
        ("h1.net", 1.0, ng.UnknownAttributeError, "net of neuron 'h1' is computed by net.forward"),
        ("w5.gradient", 1.0, ng.UnknownAttributeError, "is computed by net.backward(targets)"),
        ("loss", 1.0, ng.InvalidValueError, "'loss' is computed by a pass; it cannot be set"),
    ],
)
def test_set_value_refuses(
    net: ng.Network, when: str, address: str, value: Any, error: type[Exception], message: str
) -> None:
    """What cannot be set says why and changes nothing."""
    if when == "after":
        net.step(INPUTS, TARGETS, 0.5)
    refused(net, error, message, lambda: net.set_value(address, value))


# -- verbs ---------------------------------------------------------------------------------------


def test_forward_gives_outputs_in_the_order_of_the_graph(net: ng.Network) -> None:
    """One sample gives (n_outputs,), a batch (n_samples, n_outputs); names give the same."""
    outs = net.forward({"i2": 0.10, "i1": 0.05})
    assert outs.tolist() == net.forward(INPUTS).tolist()
    assert outs.tolist() == [net.nodes["o1"].out, net.nodes["o2"].out]
    batch = net.forward({"i1": [0.05, 1.0], "i2": np.array([0.10, 2.0])})
    assert batch.shape == (2, 2)
    assert batch[0].tolist() == outs.tolist()
    assert np.array_equal(batch, net.forward(np.array([INPUTS, [1.0, 2.0]])))


def test_changing_the_array_that_forward_returned(net: ng.Network) -> None:
    """The returned array is the caller's own."""
    outs = net.forward([INPUTS] * 2)
    before = snapshot(net)
    outs[:] = 0
    assert snapshot(net) == before


def test_total_error(net: ng.Network) -> None:
    """Total error sets target and loss on the outputs, without a backward pass."""
    net.forward(INPUTS)
    error = net.total_error(TARGETS)
    assert error == net.total_error() == net.value("loss")
    assert error == net.nodes["o1"].loss + net.nodes["o2"].loss
    assert net.nodes["o1"].target == 0.01
    assert "delta" not in net.nodes["o1"]
    assert net.backward(TARGETS) == error
    assert net.total_error({"o2": 0.5, "o1": 0.5}) != error
    assert "delta" not in net.nodes["o1"]  # those of other targets would mislead
    with pytest.raises(ng.NotComputedError, match="gradients are not known yet"):
        net.update_weights(0.1)


def test_verbs_out_of_order(net: ng.Network) -> None:
    """Each verb says which one has to come first."""
    for call in (
        lambda: net.backward(TARGETS),
        lambda: net.total_error(TARGETS),
        net.total_error,
        lambda: net.update_weights(0.1),
    ):
        message = "no forward pass has been made yet: call net.forward(inputs) first"
        refused(net, ng.NotComputedError, message, call)
    net.forward(INPUTS)
    message = "the gradients are not known yet: call net.backward(targets) first"
    refused(net, ng.NotComputedError, message, lambda: net.update_weights(0.1))
    message = "the total error is not known yet: call net.total_error(targets) or net.backward"
    refused(net, ng.NotComputedError, message, net.total_error)
    net.total_error(TARGETS)
    message = "the gradients are not known yet"
    refused(net, ng.NotComputedError, message, lambda: net.update_weights(0.1))
    net.backward(TARGETS)
    net.clear_pass()
    refused(net, ng.NotComputedError, "no forward pass", lambda: net.update_weights(0.1))


def test_values_stay_after_an_update(net: ng.Network) -> None:
    """An update changes weights and biases and nothing else; messages are as they were sent."""
    net.forward(INPUTS)
    net.backward(TARGETS)
    before = {name: dict(neuron) for name, neuron in net.nodes.items()}
    sent = net.value("w5.message"), net.value("w5.error_message"), net.value("w5.gradient")
    weight = net.value("w5.weight")
    net.update_weights(0.5)
    assert sent == (
        net.value("w5.message"), net.value("w5.error_message"), net.value("w5.gradient")
    )  # fmt: skip
    assert net.value("w5.weight") == pytest.approx(weight - 0.5 * sent[2], rel=1e-15)
    for name, neuron in net.nodes.items():
        changed = {key for key in neuron if neuron[key] != before[name].get(key)}
        updated = {"bias", "bias_change", "bias_step"}
        assert changed == (set() if name in ("i1", "i2") else updated)


def test_a_learning_rate_of_zero_changes_nothing(net: ng.Network) -> None:
    """A rate of zero is a rate: every change is 0."""
    net.forward(INPUTS)
    net.backward(TARGETS)
    parameters = [net.value(address) for address in ("w1.weight", "w5.weight", "o1.bias")]
    net.update_weights(0)
    assert [net.value(a) for a in ("w1.weight", "w5.weight", "o1.bias")] == parameters
    assert net.value("w5.change") == net.value("o1.bias_change") == 0.0


WRONG_STEPS = [
    ({"learning_rate": -0.1}, ValueError, "learning_rate must be zero or more, not -0.1"),
    ({"learning_rate": "fast"}, TypeError, "learning_rate must be a number, not 'fast'"),
    ({"learning_rate": float("nan")}, ValueError, "learning_rate must be a finite number, not nan"),
    ({"learning_rate": float("inf")}, ValueError, "learning_rate must be a finite number, not inf"),
    ({"order": "inplace"}, ValueError, "not 'inplace'; did you mean 'in_place'?"),
    ({"order": None}, ValueError, "order must be one of 'simultaneous', 'in_place', not None"),
    ({"digits": 4.0}, TypeError, "digits must be a whole number, not 4.0"),
    ({"digits": True}, TypeError, "digits must be a whole number, not True"),
    ({"digits": -1}, ValueError, "digits must be between 0 and 300, not -1"),
    ({"digits": 301}, ValueError, "digits must be between 0 and 300, not 301"),
]


@pytest.mark.parametrize(("wrong", "error", "message"), WRONG_STEPS)
def test_wrong_options_of_a_step(
    net: ng.Network, wrong: dict[str, Any], error: type[Exception], message: str
) -> None:
    """Every verb refuses a wrong rate, order or number of digits, and nothing changes."""
    options = {"inputs": INPUTS, "targets": TARGETS, "learning_rate": 0.5} | wrong
    for _ in range(2):
        refused(net, error, message, lambda: net.step(**options))
        refused(net, error, message, lambda: net.messages(**options))
        if "digits" in wrong:
            refused(net, error, message, lambda: net.forward(INPUTS, **wrong))
        net.step(INPUTS, TARGETS, 0.1)
        if "learning_rate" in wrong:
            refused(net, error, message, lambda: net.update_weights(**wrong))
        if "digits" in wrong:
            refused(net, error, message, lambda: net.backward(TARGETS, **wrong))


def test_clear_pass(net: ng.Network) -> None:
    """Everything computed is forgotten; parameters, settings and own items stay."""
    net.nodes["h1"]["pos"] = (0, 1)
    before = snapshot(net)
    net.clear_pass()
    assert snapshot(net) == before
    net.step(INPUTS, TARGETS, 0.0)
    net.clear_pass()
    assert snapshot(net) == before
    net.step(INPUTS, TARGETS, 0.0)
    again = net.copy()
    again.clear_pass()
    assert snapshot(again) == before
    net.add_edge("i1", "o1", weight=0.5)
    net.clear_pass()
    net.remove_edge("i1", "o1")
    assert snapshot(net) == before


# -- messages ------------------------------------------------------------------------------------


def test_messages_in_the_order_of_computation() -> None:
    """Forward along the connections, back against them, a gradient once its delta is known."""
    net = ng.Network.layered(1, 1, 1, weights=[0.5, 2.0], bias=[0.25, None], seed=0)
    told = [(m.phase, m.address) for m in net.messages([1.0], [0.0], 0.1)]
    assert told == [
        ("forward", "i1.out"),
        ("forward", "w1.message"), ("forward", "h1.net"), ("forward", "h1.out"),
        ("forward", "w2.message"), ("forward", "o1.net"), ("forward", "o1.out"),
        ("backward", "o1.target"), ("backward", "o1.loss"),
        ("backward", "o1.out_gradient"), ("backward", "o1.slope"), ("backward", "o1.delta"),
        ("backward", "w2.gradient"),
        ("backward", "w2.error_message"), ("backward", "h1.out_gradient"),
        ("backward", "h1.slope"), ("backward", "h1.delta"),
        ("backward", "w1.gradient"), ("backward", "h1.bias_gradient"),
        ("backward", "w1.error_message"), ("backward", "i1.out_gradient"),
        ("update", "w1.weight"), ("update", "h1.bias"), ("update", "w2.weight"),
    ]  # fmt: skip


def test_in_place_changes_a_weight_before_the_message_through_it(net: ng.Network) -> None:
    """In place, w5 changes before h1.out_gradient, and the error message uses it changed."""
    told = {m.address: k for k, m in enumerate(net.messages(INPUTS, TARGETS, 0.5, "in_place"))}
    order = ["o1.delta", "w5.gradient", "w5.weight", "w5.error_message", "h1.out_gradient"]
    assert sorted(order, key=told.__getitem__) == order
    assert net.value("w5.error_message") == net.value("w5.weight") * net.value("o1.delta")


@CHECKED
@given(plain_networks(), st.sampled_from(["simultaneous", "in_place"]))
def test_values_are_known_from_their_message_on(plain: Plain, order: str) -> None:
    """When a message is given out its object carries the value, and no earlier."""
    net = plain.network()
    computed = {"net", "out", "message", "slope", "target", "loss", "out_gradient", "delta"}
    computed |= {"bias_gradient", "gradient", "error_message"}
    known: dict[int, set[str]] = {}
    elements = [*net.nodes.values(), *(net.edges[ends] for ends in net.edges)]
    for message in net.messages(*plain.data, 0.1, order):
        known.setdefault(id(message.element), set()).add(message.quantity)
        assert np.array_equal(message.element[message.quantity], message.value, equal_nan=True)
        seen = {id(element): {key for key in computed if key in element} for element in elements}
        # Tied parameters get their gradient at once.
        late = {"gradient", "bias_gradient"} if plain_has_ties(plain) else set()
        for element in elements:
            expected = known.get(id(element), set()) & computed
            assert seen[id(element)] - late == expected - late


def plain_has_ties(plain: Plain) -> bool:
    """Whether some parameters of a plain network are one."""
    return any(len(owners) > 1 for owners in plain.parameters())


def test_messages_are_checked_at_the_call(net: ng.Network) -> None:
    """What is wrong is said at once, not at the first message."""
    refused(net, ValueError, "expected 2 inputs", lambda: net.messages([1.0]))
    refused(net, ValueError, "expected 2 targets", lambda: net.messages(INPUTS, [1.0]))
    message = "an update needs targets: give them beside the inputs"
    refused(net, ValueError, message, lambda: net.messages(INPUTS, learning_rate=0.5))


def test_messages_without_targets_are_a_forward_pass(net: ng.Network) -> None:
    """Without targets only the forward pass runs, without a rate no parameter changes."""
    assert {m.phase for m in net.messages(INPUTS)} == {"forward"}
    before = net.value("w5.weight")
    assert {m.phase for m in net.messages(INPUTS, TARGETS)} == {"forward", "backward"}
    assert net.value("w5.weight") == before


def test_abandoned_messages_leave_a_usable_network(net: ng.Network) -> None:
    """Wherever messages are abandoned, verbs say what is missing and the next pass is right."""
    expected = net.copy()
    expected.step(INPUTS, TARGETS, 0.0)
    count = len(list(net.copy().messages(INPUTS, TARGETS)))
    for stop in range(count + 1):
        messages = net.messages(INPUTS, TARGETS)
        for _ in range(stop):
            next(messages)
        seen = snapshot(net)
        known = all("loss" in net.nodes[name] for name in net.outputs)
        if known:
            assert net.total_error() == expected.total_error()
        else:
            with pytest.raises(ng.NotComputedError, match=r"call net\."):
                net.total_error()
        if not all("gradient" in net.edges[ends] for ends in net.edges):
            with pytest.raises(ng.NotComputedError, match=r"call net\..* first"):
                net.update_weights(0.5)
        assert snapshot(net) == seen
        net.step(INPUTS, TARGETS, 0.0)
        assert snapshot(net) == snapshot(expected)


def test_messages_say_nothing_about_numpy_to_their_reader(net: ng.Network) -> None:
    """Between two messages NumPy's warnings are as the reader has set them."""
    for _ in net.messages(INPUTS, TARGETS):
        with pytest.raises(RuntimeWarning, match="divide by zero"):
            np.float64(1.0) / np.float64(0.0)
        break


# -- what tools of other packages stand on ---------------------------------------------------------


def test_storage_and_objects_are_the_same_numbers(net: ng.Network) -> None:
    """A weight written in the storage is the connection's, and one set there is in the storage."""
    net.storage.parameters[row_of(net.connection("w5"))] = 0.125
    assert net.value("w5.weight") == 0.125
    net.set_value("w6.weight", -2.0)
    assert net.storage.parameters[row_of(net.connection("w6"))] == -2.0


def test_storage_holds_until_the_graph_changes(net: ng.Network) -> None:
    """A pass keeps the storage; a further connection gives the network another."""
    storage = net.storage
    net.step(INPUTS, TARGETS, 0.5)
    assert net.uses(storage)
    assert net.storage is storage
    net.add_neuron("h3")
    assert not net.uses(storage)
    net.connect("i1", "h3", 0.1), net.connect("h3", "o1", 0.1)
    assert net.storage is not storage
    assert net.storage.structure.names.count("h3") == 1


def test_storage_of_a_view_is_refused(net: ng.Network) -> None:
    """A view has no arrays of its own."""
    with pytest.raises(ng.StructureError, match=r"a pass cannot run on a view.*copy\(\)"):
        _ = net.subgraph(["i1", "h1"]).storage


def test_labelled_names_all_that_carry_a_label(net: ng.Network) -> None:
    """A label may be that of a neuron, of several connections, or of nothing; numbers have text."""
    net.edges["i1", "h1"]["label"] = net.edges["h2", "o2"]["label"] = net.nodes["h1"]["label"] = "a"
    net.add_neuron(7)
    assert set(net.labelled("a")) == {("i1", "h1"), ("h2", "o2"), ("h1",)}
    assert list(net.labelled("7")) == [(7,)]
    assert list(net.labelled("nothing")) == []


def test_calculation_leaves_the_network_as_it_is(net: ng.Network) -> None:
    """The numbers of a round on parameters beside the network's own are those of a step."""
    before = snapshot(net)
    parameters = net.storage.parameters.tolist()
    values = net.calculation(INPUTS, TARGETS, 0.5, parameters=parameters).compute()
    assert snapshot(net) == before
    hidden = 1 / (1 + np.exp(-np.array([[0.15, 0.20], [0.25, 0.30]]) @ INPUTS - 0.35))
    out = 1 / (1 + np.exp(-np.array([0.40, 0.45]) @ hidden - 0.60))
    gradient = (out - TARGETS[0]) * out * (1 - out) * hidden[0]
    slot = row_of(net.connection("w5"))
    assert values["gradient"][slot] == pytest.approx(gradient, rel=1e-14)
    assert parameters[slot] == pytest.approx(0.40 - 0.5 * gradient, rel=1e-14)
    net.step(INPUTS, TARGETS, 0.5)
    assert net.storage.parameters.tolist() == parameters


def test_calculation_takes_no_missing_targets(net: ng.Network) -> None:
    """Targets that are left out ask for a forward pass; `None` is a mistake, as for `backward`."""
    assert not net.calculation(INPUTS).compute()["delta"]
    message = "targets must be real numbers, not None"
    refused(net, ng.InvalidTypeError, message, lambda: net.calculation(INPUTS, None))
    message = "an update needs targets: give them beside the inputs"
    refused(net, ng.InvalidValueError, message, lambda: net.calculation(INPUTS, learning_rate=0.5))


# -- changing the graph --------------------------------------------------------------------------


def halfway(method: Callable[[Any], Any], items: list[Any]) -> None:
    """Call a method of NetworkX whose last item is wrong: it fails after the others."""
    with pytest.raises((nx.NetworkXError, ValueError), match=r"\w"):
        method(items)


MUTATORS: dict[str, Callable[[ng.Network], Any]] = {
    "add_node": lambda net: (net.add_node("h3", bias=0.5), net.add_edge("i1", "h3", weight=1.0)),
    "add_nodes_from": lambda net: net.add_nodes_from([("u", {"kind": "input"}), "h1"]),
    "add_neuron": lambda net: net.add_neuron("u", kind="input"),
    "connect": lambda net: net.connect("i1", "o1", 0.5),
    "remove_node": lambda net: net.remove_node("h2"),
    "remove_nodes_from": lambda net: net.remove_nodes_from(["h2", "o2", "nobody"]),
    "add_edge": lambda net: net.add_edge("i1", "o1", weight=0.5),
    "add_edge that exists": lambda net: net.add_edge("h1", "o1", weight=0.75),
    "add_edges_from": lambda net: net.add_edges_from([("i1", "o1"), ("i2", "o2")], weight=0.5),
    "add_weighted_edges_from": lambda net: net.add_weighted_edges_from([("i1", "o1", 0.5)]),
    "remove_edge": lambda net: net.remove_edge("h1", "o1"),
    "remove_edges_from": lambda net: net.remove_edges_from([("h1", "o1"), ("i1", "h2")]),
    "remove and add": lambda net: (
        net.remove_edge("h1", "o1"), net.add_edge("i1", "o1", weight=0.5)
    ),
    "remove and add again": lambda net: (
        net.remove_edge("h1", "o1"), net.add_edge("h1", "o1", weight=0.5)
    ),
    "replace a neuron": lambda net: (
        net.remove_node("h2"), net.add_weighted_edges_from([("i1", "h2", 1.0), ("h2", "o1", 2.0)])
    ),
    "update": lambda net: net.update(edges=[("i1", "o1", {"weight": 0.5})], nodes=["o1"]),
    "clear_edges": lambda net: (
        net.clear_edges(), net.add_weighted_edges_from([("i1", "o1", 1.0), ("i2", "o2", 2.0)]),
        net.remove_nodes_from(["h1", "h2"]),
    ),
    "clear": lambda net: (
        net.clear(), net.add_weighted_edges_from([("i1", "o1", 1.0), ("i2", "o2", 2.0)])
    ),
    "relabel": lambda net: nx.relabel_nodes(net, {"h1": "x"}, copy=False),
    "activation": lambda net: net.nodes["h1"].__setitem__("activation", "tanh"),
    "bias taken away": lambda net: net.nodes["h1"].pop("bias"),
    "kind": lambda net: setattr(net.nodes["h1"], "kind", "output"),
    "tie": lambda net: (
        net.set_value("w5.weight", 0.45), setattr(net.connection("w5"), "tie", "t"),
        setattr(net.connection("w6"), "tie", "t"),
    ),
    "fails halfway": lambda net: halfway(
        net.add_edges_from, [("i1", "o1", {"weight": 0.5}), ("i2",)]
    ),
    "fails halfway, removing": lambda net: halfway(
        net.remove_edges_from, [("h1", "o1"), ("i2",)]
    ),
    "fails halfway, nodes": lambda net: halfway(
        net.add_nodes_from, [("u", {"kind": "input"}), None]
    ),
    "fails halfway, there and back": lambda net: (
        halfway(net.add_edges_from, [("i1", "o1", {"weight": 0.5}), ("i2",)]),
        halfway(net.remove_edges_from, [("h1", "o1"), ("i2",)]),
    ),
}  # fmt: skip


@pytest.mark.parametrize("how", MUTATORS)
@pytest.mark.parametrize("before", ["nothing", "forward", "step"])
def test_a_pass_after_a_change_of_the_graph(net: ng.Network, how: str, before: str) -> None:
    """The next pass is that of the network as it is now; backward without one is refused."""
    if before == "forward":
        net.forward(INPUTS)
    elif before == "step":
        net.step(INPUTS, TARGETS, 0.0)
    MUTATORS[how](net)
    if before != "nothing" and how != "add_edge that exists":
        for call in (lambda: net.backward(TARGETS), lambda: net.update_weights(0.5)):
            with pytest.raises(ng.NotComputedError, match="has changed since the last forward pa"):
                call()
    data: dict[str, Any] = dict(zip(["i1", "i2"], INPUTS, strict=True)) | {"u": 0.5}
    data = {name: data[name] for name in net.inputs}
    targets = dict.fromkeys(net.outputs, 0.5)
    fresh = ng.Network(nx.DiGraph(net))
    fresh.clear_pass()
    assert net.forward(data).tolist() == fresh.forward(data).tolist()
    assert net.backward(targets) == fresh.backward(targets)
    net.update_weights(0.5)
    fresh.update_weights(0.5)
    assert snapshot(net) == snapshot(fresh)


def test_replacing_a_connection_by_an_equal_one_counts_as_a_change(net: ng.Network) -> None:
    """A new object knows nothing of the last pass, so backward asks for another one."""
    net.forward(INPUTS)
    net.remove_edge("i1", "h1")
    net.add_edge("i1", "h1", weight=0.15, label="w1")
    with pytest.raises(ng.NotComputedError, match="the network has changed since"):
        net.backward(TARGETS)


def test_a_label_or_an_item_is_no_change_of_the_network(net: ng.Network) -> None:
    """Naming a connection or storing something of one's own between passes disturbs neither."""
    net.forward(INPUTS)
    net.nodes["h1"]["pos"] = (0, 1)
    net.backward(TARGETS)
    net.connection("w1").label = "first"
    net.update_weights(0.5)
    assert net.value("first.weight") < 0.15


def test_a_tied_weight_is_written_everywhere_also_after_another_change(net: ng.Network) -> None:
    """A write to a tied weight reaches all of it, whatever else was changed since the last pass."""
    net.set_value("w2.weight", 0.15)
    net.connection("w1").tie = net.connection("w2").tie = "t"
    net.forward(INPUTS)
    net.edges["i1", "h1"].label = "first"
    net.edges["i1", "h1"].weight = 0.9
    net.forward(INPUTS)
    assert net.edges["i2", "h1"].weight == 0.9


def test_two_networks_do_not_share_their_values(net: ng.Network) -> None:
    """A pass on a copy, or on a network built from another, does not reach the original."""
    net.step(INPUTS, TARGETS, 0.5)
    before = snapshot(net)
    for other in (net.copy(), ng.Network(net), net.subgraph(list(net)).copy()):
        other.step([1.0, -1.0], TARGETS, 0.5)
        assert snapshot(net) == before


# -- calls that fail -----------------------------------------------------------------------------


@CHECKED
@given(plain_networks(), st.data())
def test_no_call_that_fails_changes_the_network(plain: Plain, data: st.DataObject) -> None:
    """Random wrong calls on random networks change nothing; what follows is as without them."""
    net, twin = plain.network(), plain.network()
    inputs, targets = plain.data
    first = data.draw(st.sampled_from(["nothing", "forward", "backward", "step"]))
    for each in (net, twin):
        if first in ("forward", "backward"):
            each.forward(inputs)
        if first == "backward":
            each.backward(targets)
        if first == "step":
            each.step(inputs, targets, 0.1)
    bad = _spoilt(plain, data)
    calls: dict[str, Callable[[], Any]] = {
        "forward": lambda: net.forward(bad["inputs"]),
        "forward, digits": lambda: net.forward(inputs, digits=-1),
        "step, inputs": lambda: net.step(bad["inputs"], targets, 0.1),
        "step, targets": lambda: net.step(inputs, bad["targets"], 0.1),
        "step, rate": lambda: net.step(inputs, targets, -1.0),
        "step, order": lambda: net.step(inputs, targets, 0.1, "sideways"),
        "messages": lambda: net.messages(inputs, bad["targets"]),
        "backward": lambda: net.backward(bad["targets"]),
        "total_error": lambda: net.total_error(bad["targets"]),
        "update_weights": lambda: net.update_weights(-1.0),
        "check_gradients": lambda: ng.check_gradients(net, inputs, bad["targets"]),
        "add_neuron": lambda: net.add_neuron(plain.units[0].name),
        "connect": lambda: net.connect(plain.wires[0].pre, plain.wires[0].post, 0.5),
        "connect, weight": lambda: net.connect(
            plain.input_names[0], plain.input_names[0], float("nan")
        ),
        "neuron": lambda: net.neuron("nobody"),
        "connection": lambda: net.connection("nothing"),
        "value": lambda: net.value("nobody.net"),
        "set_value": lambda: net.set_value("nothing.weight", 1.0),
        "attribute": lambda: setattr(net.nodes[plain.units[0].name], "bais", 1.0),
    }
    for name in data.draw(st.lists(st.sampled_from(list(calls)), min_size=1, max_size=4)):
        before = snapshot(net)
        with pytest.raises(ng.NeurographError, match=r"\w"):
            calls[name]()
        assert snapshot(net) == before
    for each in (net, twin):
        if first in ("backward", "step"):
            each.update_weights(0.1)
        each.forward(inputs)
        each.backward(targets)
    assert snapshot(net) == snapshot(twin)


def _spoilt(plain: Plain, data: st.DataObject) -> dict[str, Any]:
    """Return the inputs and targets of a plain network, each with one mistake."""
    spoilt = {}
    for what, given_ in zip(("inputs", "targets"), plain.data, strict=True):
        values = dict(given_)
        name = next(iter(values))
        mistake = data.draw(st.sampled_from(["missing", "unknown", "nan", "text", "rows"]))
        if mistake == "missing":
            del values[name]
        elif mistake == "unknown":
            values["nobody"] = values[name]
        else:
            wrong = {"nan": float("nan"), "text": "text", "rows": [[1.0]]}[mistake]
            values[name] = wrong
        spoilt[what] = values
    return spoilt


@pytest.mark.parametrize(
    ("option", "meant"),
    [("trainable_bias", "trainable"), ("frozen", "trainable")],
)
def test_an_option_of_another_call_is_not_stored(option: str, meant: str) -> None:
    """What a layer or another library calls it is named, and nothing is added."""
    net = ng.Network()
    message = f"add_neuron has no option '{option}'; did you mean '{meant}'"
    with pytest.raises(ng.InvalidTypeError, match=message):
        net.add_neuron("h1", **{option: True})
    assert len(net) == 0


def test_nets_and_outs_are_given_to_a_forward_pass() -> None:
    """Of 0.5 x in a chain, with out of h1 given as 2 for one sample and 2 and 4 for two."""
    net = ng.Network.layered(1, 1, 1, weights=0.5, activation="identity")
    assert net.forward([8.0], given={"h1.out": 2}).tolist() == [1.0]
    assert (net.value("h1.net"), net.value("h1.out")) == (4.0, 2.0)
    assert net.backward([0.0]) == 0.5
    assert net.value("w2.gradient") == 2.0
    assert net.forward([[8.0], [9.0]], given={"h1.net": [2, 4]}).tolist() == [[1.0], [2.0]]
    assert net.forward([[8.0], [9.0]], given={"h1.out": 4}).tolist() == [[2.0], [2.0]]
    assert net.forward([8.0]).tolist() == [2.0]


def test_what_is_computed_on_from_a_given_out_goes_no_other_way() -> None:
    """The loss of a given softmax out is that of the out, though nets would say otherwise."""
    net = ng.Network.layered(1, 2, weights=[[[0.0], [0.0]]], activation="softmax",
                             loss="cross_entropy")  # fmt: skip
    net.forward([1.0], given={"o1.out": 0.25, "o2.out": 0.75})
    assert net.total_error([1.0, 0.0]) == pytest.approx(math.log(4), rel=1e-15)


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"h1.delta": 1}, "'h1.delta' cannot be given to a forward pass: a net or an out can"),
        ({"loss": 1}, "'loss' cannot be given to a forward pass"),
        ({"h1.out": math.nan}, "h1.out must be a finite number, not nan"),
        ({"h1.uot": 1}, "no quantity 'uot' in address 'h1.uot'; did you mean 'out'"),
        ({"h9.out": 1}, "no neuron 'h9'; did you mean 'h1'"),
    ],
)
def test_what_cannot_be_given_is_refused(values: dict[str, float], message: str) -> None:
    """The message names the address, and the network keeps its last pass."""
    net = ng.Network.layered(1, 1, 1, weights=0.5)
    out = net.forward([1.0])
    with pytest.raises(ng.NeurographError, match=message):
        net.forward([2.0], given=values)
    assert net.value("o1.out") == out[0]
    with pytest.raises(ng.InvalidValueError, match="engine 'blocks' computes every net"):
        net.forward([2.0], given={"h1.out": 1}, engine="blocks")
    with pytest.raises(
        ng.InvalidValueError, match=r"'h1\.out' must be a finite number, or 2 of them"
    ):
        net.forward([[1.0], [2.0]], given={"h1.out": [1, 2, 3]})
