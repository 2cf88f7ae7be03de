"""The grammar of addresses."""

import re

import pytest

import neurograph as ng
from neurograph.addresses import (
    CONNECTION_QUANTITIES,
    NEURON_QUANTITIES,
    Address,
    parse_address,
)
from neurograph.equations import Equations
from neurograph.optimizers import OPTIMIZERS, get_optimizer
from neurograph.quantities import BY_ADDRESS, QUANTITIES


@pytest.mark.parametrize("quantity", NEURON_QUANTITIES)
def test_addresses_of_neurons(quantity: str) -> None:
    """Every quantity of a neuron has an address, also where its name has dots or arrows."""
    for name in ("h1", "a.b", "('layer', 1)", "x->y"):
        address = parse_address(f"{name}.{quantity}")
        assert address == Address(name, quantity)
        assert not address.of_connection


@pytest.mark.parametrize("quantity", CONNECTION_QUANTITIES)
def test_addresses_of_connections(quantity: str) -> None:
    """Every quantity of a connection has an address, by label or by its ends."""
    for name in ("w5", "i1->h1", "a.b->c.d"):
        address = parse_address(f"{name}.{quantity}")
        assert address == Address(name, quantity)
        assert address.of_connection


def test_the_address_of_the_total_error() -> None:
    """The total error is the network's own: its address has no name."""
    assert parse_address("loss") == Address(None, "loss")
    assert parse_address("o1.loss") == Address("o1", "loss")


def test_every_computed_quantity_has_an_address() -> None:
    """Addresses name all that rounds of every optimiser compute, and no name serves twice."""
    computed: set[str] = set()
    for optimizer in OPTIMIZERS:
        net = ng.Network.layered(2, 1, weights=0.5, bias=0.0, shared_bias=True)
        net.add_neuron("p", activation="identity", combine="product")
        net.connect("o1", "p", 1.0, tie="w")
        net.connect("i1", "p", 1.0, tie="w")
        net.penalty = {"l2": 0.5, "biases": True}
        of = Equations(net.round(optimizer=get_optimizer(optimizer)))
        for equation in (*of.forward(), *of.losses(), *of.backward(), *of.update()):
            computed.add(equation.left.quantity)
    carried = {name for name in computed & QUANTITIES.keys() if QUANTITIES[name].carried}
    quantities = {BY_ADDRESS[name].name for name in (*NEURON_QUANTITIES, *CONNECTION_QUANTITIES)}
    of_other_calls = {"error", "share", "curvature", "gauss_newton"}
    assert quantities - carried == {"weight"} | of_other_calls
    assert carried <= quantities
    assert not set(NEURON_QUANTITIES) & set(CONNECTION_QUANTITIES)
    for kind, names in ((ng.Neuron, NEURON_QUANTITIES), (ng.Connection, CONNECTION_QUANTITIES)):
        assert set(names) <= set(dir(kind))


def tied() -> ng.Network:
    """Return y = W x1 + W x2 + b and z = b, with the bias b shared, after a pass at (2, 3)."""
    net = ng.Network()
    for name in ("x1", "x2"):
        net.add_neuron(name)
    for name in ("y", "z"):
        net.add_neuron(name, activation="identity", bias=0.5, tie="b", kind="output")
    net.connect("x1", "y", 2.0, tie="W")
    net.connect("x2", "y", 2.0, tie="W")
    net.connect("x2", "z", 1.0, label="b2")
    net.forward([2.0, 3.0])
    net.backward([9.5, 2.5])  # of outs 10.5 and 3.5: both deltas are 1
    return net


def test_a_tie_has_the_numbers_of_its_parameter() -> None:
    """dE/dW = 1 * (2 + 3) and dE/db = 1 + 1, by the name of the tie as by that of a member."""
    net = tied()
    assert net.value("W.weight") == net.value("x1->y.weight") == 2.0
    assert net.value("W.gradient") == net.value("x2->y.gradient") == 5.0
    assert net.value("b.bias_gradient") == net.value("b.gradient") == 2.0
    assert net.value("b.bias") == net.value("b.weight") == 0.5
    assert ng.explain(net, "b.bias_gradient").value == ng.explain(net, "b.gradient").value == 2.0
    history = net.train(
        [2.0, 3.0], [9.5, 2.5], learning_rate=0.1, epochs=1, record=["W.weight", "b.gradient"]
    )
    assert history["W.weight"].tolist() == [2.0 - 0.1 * 5.0]
    assert history.start["W.weight"] == 2.0
    assert history["b.gradient"].tolist() == [2.0]
    net.set_value("W.weight", 7.0)
    assert net.edges["x1", "y"].weight == net.edges["x2", "y"].weight == 7.0
    with pytest.raises(ng.UnknownNameError, match="no connection 'W'"):
        net.value("W.message")  # a message is of one connection
    with pytest.raises(ng.UnknownNameError, match="no neuron 'W'"):
        net.value("W.net")


def test_a_name_comes_before_a_tie() -> None:
    """A connection whose label is the tie of others is meant itself, here as everywhere."""
    net = tied()
    net.edges["x2", "z"].label = "W"
    net.forward([2.0, 3.0])
    net.backward([9.5, 2.5])
    assert net.value("W.gradient") == ng.explain(net, "W.gradient").value == 3.0


def test_a_graph_that_is_no_network_has_no_ties() -> None:
    """Where there is no structure, an unknown name is unknown, whatever the tie."""
    net = ng.Network()
    net.add_edge("a", "b", weight=1.0, tie="W")
    net.add_edge("b", "a", weight=1.0, tie="W")
    with pytest.raises(ng.UnknownNameError, match="no connection 'W'"):
        net.value("W.weight")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("h1.nett", "no quantity 'nett' in address 'h1.nett'; did you mean 'net'?"),
        ("w5.wieght", "no quantity 'wieght' in address 'w5.wieght'; did you mean 'weight'?"),
        ("h1.", "no quantity '' in address 'h1.'"),
        ("h1.xyzzy", "no quantity 'xyzzy' in address 'h1.xyzzy'; the quantities are bias, net,"),
        ("h1", "'h1' is not an address: expected 'name.quantity' such as 'h1.net'"),
        (".net", "'.net' is not an address: expected 'name.quantity'"),
        ("", "'' is not an address"),
        ("Loss", "'Loss' is not an address"),
    ],
)
def test_wrong_addresses(text: str, message: str) -> None:
    """What is not an address says what one looks like, or which quantity is nearest."""
    with pytest.raises(ng.UnknownNameError, match=re.escape(message)):
        parse_address(text)


@pytest.mark.parametrize("thing", [5, None, ("h1", "net"), b"h1.net"])
def test_an_address_is_text(thing: object) -> None:
    """Anything but text is refused as such."""
    with pytest.raises(ng.InvalidTypeError, match=r"an address is text such as 'h1\.net', not"):
        parse_address(thing)  # type: ignore[arg-type]
