"""The objects: `Neuron` and `Connection` as mappings with attributes."""

import pickle
import re
from copy import copy, deepcopy
from typing import Any

import networkx as nx
import numpy as np
import pandas as pd
import pytest
from growth import operations
from strategies import snapshot

import neurograph as ng

INPUTS, TARGETS = [0.05, 0.10], [0.01, 0.99]
NEURON_VALUES = ("net", "out", "slope", "target", "loss", "out_gradient", "delta", "bias_gradient")
CONNECTION_VALUES = ("message", "error_message", "gradient")


@pytest.fixture
def net() -> ng.Network:
    """Return a 2-2-2 network with biases and labels."""
    return ng.Network.layered(
        2, 2, 2,
        weights=[[[0.15, 0.20], [0.25, 0.30]], [[0.40, 0.45], [0.50, 0.55]]],
        bias=[0.35, 0.60],
    )  # fmt: skip


def elements(net: ng.Network) -> list[ng.Neuron | ng.Connection]:
    """Return all objects of a network."""
    return [*net.nodes.values(), *(net.edges[ends] for ends in net.edges)]


# -- reading -------------------------------------------------------------------------------------


def test_attributes_and_items_are_equal(net: ng.Network) -> None:
    """Every item of a field reads the same as an attribute."""
    net.step(INPUTS, TARGETS, 0.5)
    for element in elements(net):
        assert len(element) == len(dict(element)) > 0
        for key, value in element.items():
            assert getattr(element, key) == value == element[key]


@pytest.mark.parametrize("key", NEURON_VALUES)
def test_a_neurons_value_is_absent_until_known(net: ng.Network, key: str) -> None:
    """Before a pass a value is not in the mapping, and reading it says what to call."""
    call = "forward" if key in ("net", "out") else "backward"
    _assert_absent(net.neuron("o1"), key, f"{key} of neuron 'o1' is not known yet: call net.{call}")


@pytest.mark.parametrize("key", CONNECTION_VALUES)
def test_a_connections_value_is_absent_until_known(net: ng.Network, key: str) -> None:
    """Before a pass a value is not in the mapping, and reading it says what to call."""
    call = "forward" if key == "message" else "backward"
    expected = f"{key} of connection 'w5' is not known yet: call net.{call}"
    _assert_absent(net.connection("w5"), key, expected)


def _assert_absent(element: Any, key: str, expected: str) -> None:
    assert key not in element
    assert key not in list(element)
    assert element.get(key) is None
    assert element.get(key, "default") == "default"
    assert not hasattr(element, key)
    assert getattr(element, key, "default") == "default"
    for error in (ng.NotComputedError, KeyError, AttributeError):
        with pytest.raises(error, match=re.escape(expected)):
            getattr(element, key)
    for error in (ng.NotComputedError, KeyError):
        with pytest.raises(error, match=re.escape(expected)):
            element[key]


def test_backward_values_are_absent_after_forward(net: ng.Network) -> None:
    """A forward pass makes net, out and message known, and what was behind it unknown again."""
    net.step(INPUTS, TARGETS, 0.5)
    assert set(NEURON_VALUES) <= set(net.nodes["o1"])
    assert set(CONNECTION_VALUES) <= set(net.edges["h1", "o1"])
    net.forward(INPUTS)
    assert set(NEURON_VALUES) & set(net.nodes["o1"]) == {"net", "out"}
    assert set(CONNECTION_VALUES) & set(net.edges["h1", "o1"]) == {"message"}


def test_only_what_a_neuron_has_is_there(net: ng.Network) -> None:
    """An input has no net, a hidden neuron no target, a neuron without bias no bias gradient."""
    del net.nodes["h2"]["bias"]
    net.step(INPUTS, TARGETS, 0.5)
    assert set(net.nodes["i1"]) == {"kind", "out", "out_gradient"}
    assert not {"target", "loss"} & set(net.nodes["h1"])
    assert not {"bias", "bias_gradient"} & set(net.nodes["h2"])
    assert net.nodes["h2"].bias is None


def test_values_are_python_floats_after_one_sample(net: ng.Network) -> None:
    """Every number of a single sample is a float of Python, not of NumPy."""
    net.step(np.float32(INPUTS), np.array(TARGETS), np.float64(0.5))
    for element in elements(net):
        for key, value in element.items():
            assert type(value) in ((float,) if not isinstance(value, str) else (str,)), key


def test_values_are_arrays_after_a_batch(net: ng.Network) -> None:
    """After a batch a value has shape (n_samples,), a gradient is one number."""
    net.step([INPUTS] * 3, [TARGETS] * 3, 0.5)
    for key in NEURON_VALUES[:-1]:
        assert net.nodes["o1"][key].shape == (3,)
    for key in CONNECTION_VALUES[:-1]:
        assert net.edges["h1", "o1"][key].shape == (3,)
    assert type(net.nodes["o1"].bias_gradient) is float
    assert type(net.edges["h1", "o1"].gradient) is float
    net.forward(INPUTS)
    assert type(net.nodes["o1"].out) is float


def test_a_nan_is_a_value(net: ng.Network) -> None:
    """What diverged to nan is known and visible."""
    net.edges["i1", "h1"].weight = 1e308
    net.edges["i2", "h1"].weight = -1e308
    net.forward([1e308, 1e308])
    assert "net" in net.nodes["h1"]
    assert np.isnan(net.nodes["h1"].net)
    assert np.isnan(net.nodes["h1"]["out"])
    assert "net=nan, out=nan" in repr(net.nodes["h1"])


# -- strict attributes, open items ---------------------------------------------------------------


@pytest.mark.parametrize(
    ("address", "wrong", "meant"),
    [
        ("neuron", "bais", "bias"),
        ("neuron", "nett", "net"),
        ("neuron", "activaton", "activation"),
        ("neuron", "out_gradiant", "out_gradient"),
        ("connection", "wieght", "weight"),
        ("connection", "lable", "label"),
        ("connection", "massage", "message"),
    ],
)
def test_a_misspelt_attribute_is_an_error(
    net: ng.Network, address: str, wrong: str, meant: str
) -> None:
    """Reading or writing an attribute that does not exist names the nearest one and the item."""
    element = net.neuron("h1") if address == "neuron" else net.connection("w1")
    before = snapshot(net)
    expected = re.escape(
        f"a {address} has no attribute {wrong!r}; did you mean {meant!r}?"
        f" (to store something of your own, use an item: {address}[{wrong!r}])"
    )
    for error in (ng.UnknownAttributeError, AttributeError):
        with pytest.raises(error, match=expected):
            setattr(element, wrong, 1.0)
    with pytest.raises(AttributeError, match=f"no attribute '{wrong}'"):
        getattr(element, wrong)
    assert snapshot(net) == before


@pytest.mark.parametrize("key", [*NEURON_VALUES, *CONNECTION_VALUES])
@pytest.mark.parametrize("when", ["before", "after"])
def test_a_computed_value_cannot_be_set(net: ng.Network, key: str, when: str) -> None:
    """What passes compute cannot be set as an attribute, whether it is known or not."""
    if when == "after":
        net.step(INPUTS, TARGETS, 0.5)
    element = net.neuron("o1") if key in NEURON_VALUES else net.connection("w5")
    before = snapshot(net)
    with pytest.raises(ng.UnknownAttributeError, match=f"{key} of .* is computed by net\\."):
        setattr(element, key, 1.0)
    assert snapshot(net) == before


@pytest.mark.parametrize("bound", [False, True])
@pytest.mark.parametrize("key", ["pos", "colour", ("a", 1), 7, "wieght"])
def test_items_of_ones_own(net: ng.Network, key: Any, bound: bool) -> None:
    """Any key stores anything; a pass neither minds nor forgets it."""
    if bound:
        net.forward(INPUTS)
    for element in elements(net)[::3]:
        element[key] = ["anything"]
        assert element[key] == ["anything"]
        assert key in element
    net.backward(TARGETS) if bound else net.step(INPUTS, TARGETS, 0.5)
    for element in elements(net)[::3]:
        assert element[key] == ["anything"]
        del element[key]
        assert key not in element
        with pytest.raises(KeyError, match=re.escape(repr(key))):
            element[key]
        with pytest.raises(KeyError, match=re.escape(repr(key))):
            del element[key]
    net.update_weights(0.5)


def test_deleting_what_is_not_there(net: ng.Network) -> None:
    """Deleting an item that is absent is a KeyError and changes nothing."""
    for _ in range(2):
        before = snapshot(net)
        for key in ("net", "label", "pos", "tie"):
            with pytest.raises(KeyError, match=key):
                del net.nodes["i1"][key]
        assert snapshot(net) == before
        net.step(INPUTS, TARGETS, 0.5)
        net.clear_pass()


@pytest.mark.parametrize("bound", [False, True])
def test_the_mapping_methods(net: ng.Network, bound: bool) -> None:
    """The objects are full mutable mappings: update, setdefault, pop, popitem, clear."""
    if bound:
        net.forward(INPUTS)
    element = net.nodes["h1"]
    element.update({"bias": 0.5, "pos": (0, 1)}, note="x")
    assert (element.bias, element["pos"], element["note"]) == (0.5, (0, 1), "x")
    assert element.setdefault("bias", 0.7) == 0.5
    assert element.setdefault("new", 0.7) == 0.7
    assert element.pop("new") == 0.7
    assert element.pop("new", None) is None
    assert element.popitem()[0] not in element
    element.clear()
    assert dict(element) == {}
    assert len(element) == 0
    assert element.activation == "logistic"


@pytest.mark.parametrize("bound", [True, False])
def test_merging_as_dicts_do(net: ng.Network, bound: bool) -> None:
    """`|` makes a new object of the left one's kind, and `|=` updates, from pairs too."""
    neuron = net.nodes["o1"] if bound else net.nodes["o1"].copy()
    before, expected = dict(neuron), dict(neuron) | {"bias": 0.5, "colour": "red"}
    merged = neuron | {"bias": 0.5, "colour": "red"}
    assert (type(merged), dict(merged), dict(neuron)) == (ng.Neuron, expected, before)
    assert {"bias": 0.5, "colour": "red"} | neuron == {"colour": "red"} | before
    assert type({} | neuron) is dict
    same = neuron
    neuron |= {"bias": 0.5}
    neuron |= [("colour", "red")]
    assert neuron is same
    assert dict(neuron) == expected
    for nothing in (lambda: neuron | 5, lambda: 5 | neuron, lambda: neuron | [("colour", "red")]):
        with pytest.raises(TypeError, match="unsupported operand"):
            nothing()


def test_a_merged_setting_is_the_one_that_is_used(net: ng.Network) -> None:
    """The next pass computes with what `|=` writes on the objects of a network."""
    bias, weight = net.nodes["o1"], net.edges["h1", "o1"]
    bias |= {"bias": -1.0}
    weight |= {"weight": 2.0}
    out = net.forward(INPUTS)
    expected = 2.0 * net.nodes["h1"].out + 0.45 * net.nodes["h2"].out - 1.0
    assert out[0] == pytest.approx(1 / (1 + np.exp(-expected)), rel=1e-15)


def test_defaults_of_settings() -> None:
    """Settings that were not given read as their default and are not in the mapping."""
    neuron, connection = ng.Neuron(), ng.Connection()
    assert (neuron.activation, neuron.bias, neuron.label) == ("logistic", None, None)
    assert (neuron.trainable, neuron.tie, neuron.kind, neuron.name) == (True, None, None, None)
    assert (connection.label, connection.trainable, connection.tie) == (None, True, None)
    assert (connection.pre, connection.post, connection.name) == (None, None, None)
    assert dict(neuron) == dict(connection) == {}


def test_a_connection_without_weight() -> None:
    """Reading a weight that was never set says so."""
    net = ng.Network([("a", "b")])
    with pytest.raises(ng.NotComputedError, match="connection 'a->b' has no weight: set it first"):
        _ = net.connection("a->b").weight
    with pytest.raises(ng.NotComputedError, match="this connection has no weight: set it first"):
        _ = ng.Connection().weight


def test_dir_lists_the_fields(net: ng.Network) -> None:
    """Tab completion finds every field and the mapping's methods."""
    assert {"net", "bias", "activation", "keys", "name"} <= set(dir(net.nodes["h1"]))
    assert {"weight", "gradient", "pre", "items"} <= set(dir(net.edges["h1", "o1"]))


# -- writing settings ----------------------------------------------------------------------------


def outs_of(weight: float, bias: float) -> list[float]:
    """Return what one logistic neuron makes of the input 1."""
    return [1 / (1 + np.exp(-(weight + bias)))]


@pytest.fixture(params=["unbound", "forward", "forward and backward", "copied"])
def single(request: pytest.FixtureRequest) -> ng.Network:
    """Return one connection and one neuron with a bias, in each state a network can be in."""
    net = ng.Network.layered(1, 1, weights=0.5, bias=0.25)
    if request.param != "unbound":
        net.forward([1.0])
    if request.param == "forward and backward":
        net.backward([0.0])
    return net.copy() if request.param == "copied" else net


@pytest.mark.parametrize("how", ["attribute", "item", "update", "nx", "set_value"])
def test_writing_weight_and_bias(single: ng.Network, how: str) -> None:
    """Weights and biases can be written in every way, before and after binding."""
    if how == "attribute":
        single.edges["i1", "o1"].weight = 2
        single.nodes["o1"].bias = np.float32(-1)
    elif how == "item":
        single.edges["i1", "o1"]["weight"] = 2
        single.nodes["o1"]["bias"] = np.int64(-1)
    elif how == "update":
        single.edges["i1", "o1"].update(weight=2)
        single.nodes["o1"].update(bias=-1)
    elif how == "nx":
        nx.set_edge_attributes(single, {("i1", "o1"): 2}, "weight")
        nx.set_node_attributes(single, {"o1": {"bias": -1}})
    else:
        single.set_value("w1.weight", 2)
        single.set_value("o1.bias", -1)
    assert (single.edges["i1", "o1"].weight, single.nodes["o1"].bias) == (2.0, -1.0)
    assert single.forward([1.0]).tolist() == pytest.approx(outs_of(2, -1), rel=1e-15)
    assert type(single.edges["i1", "o1"].weight) is float
    assert type(single.nodes["o1"].bias) is float


@pytest.mark.parametrize("how", ["attribute", "item"])
def test_adding_and_removing_a_bias(single: ng.Network, how: str) -> None:
    """A bias can be taken away and given again; None as an attribute takes it away."""
    neuron = single.nodes["o1"]
    if how == "attribute":
        neuron.bias = None
        assert "bias" not in neuron
        neuron.bias = None
    else:
        del neuron["bias"]
    assert single.forward([1.0]).tolist() == pytest.approx(outs_of(0.5, 0), rel=1e-15)
    if how == "attribute":
        neuron.bias = -0.5
    else:
        neuron["bias"] = -0.5
    assert single.forward([1.0]).tolist() == [0.5]


def test_writing_the_activation(single: ng.Network) -> None:
    """The next pass uses the new activation; a formula is one too."""
    single.nodes["o1"].activation = "identity"
    assert single.forward([1.0]).tolist() == [0.75]
    single.nodes["o1"]["activation"] = "net**2"
    assert single.forward([1.0]).tolist() == [0.5625]
    with pytest.raises(ng.UnknownNameError, match=r"no activation 'tanhh'; did you mean 'tanh'\?"):
        single.nodes["o1"].activation = "tanhh"
    assert single.nodes["o1"].activation == "net**2"
    del single.nodes["o1"]["activation"]
    assert single.forward([1.0]).tolist() == pytest.approx(outs_of(0.5, 0.25), rel=1e-15)


def test_writing_trainable(single: ng.Network) -> None:
    """A parameter can be frozen and freed between passes."""
    single.edges["i1", "o1"].trainable = False
    single.nodes["o1"].trainable = np.False_
    single.step([1.0], [0.0], 0.5)
    assert (single.edges["i1", "o1"].weight, single.nodes["o1"].bias) == (0.5, 0.25)
    single.edges["i1", "o1"].trainable = True
    del single.nodes["o1"]["trainable"]
    single.step([1.0], [0.0], 0.5)
    assert single.edges["i1", "o1"].weight < 0.5
    assert single.nodes["o1"].bias < 0.25


def test_writing_a_tie(single: ng.Network) -> None:
    """Parameters can be tied and freed between passes; tied, a write reaches all of them."""
    single.nodes["o1"].bias = 0.5
    single.nodes["o1"].tie = single.edges["i1", "o1"].tie = "shared"
    single.forward([1.0])
    single.edges["i1", "o1"].weight = 0.75
    assert single.nodes["o1"].bias == 0.75
    single.nodes["o1"].tie = None
    single.forward([1.0])
    single.edges["i1", "o1"].weight = 0.25
    assert single.nodes["o1"].bias == 0.75


def test_writing_a_label(single: ng.Network) -> None:
    """A label can be changed at any time and finds the connection under its new name at once."""
    single.edges["i1", "o1"].label = "omega"
    assert single.connection("omega") is single.edges["i1", "o1"]
    assert single.connection("omega").name == "omega"
    with pytest.raises(ng.UnknownNameError, match="no connection 'w1'"):
        single.connection("w1")
    single.edges["i1", "o1"].label = None
    assert single.connection("i1->o1").name == "i1->o1"
    single.nodes["o1"]["label"] = "the output"
    assert single.neuron("the output") is single.nodes["o1"]


@pytest.mark.parametrize(
    ("key", "value", "error", "message"),
    [
        ("bias", "heavy", ng.InvalidTypeError, "bias of neuron 'o1' must be a number, not 'heavy'"),
        ("bias", np.inf, ng.InvalidValueError, "bias of neuron 'o1' must be a finite number"),
        pytest.param("bias", 10**400, ng.InvalidValueError, "must be a finite number", id="huge"),
        ("weight", "heavy", ng.InvalidTypeError, "weight of connection 'w1' must be a number"),
        ("weight", None, ng.InvalidTypeError, "weight of connection 'w1' must be a number"),
        ("weight", np.nan, ng.InvalidValueError, "must be a finite number, not nan"),
        ("weight", 1j, ng.InvalidTypeError, "must be a number, not 1j"),
        ("weight", [0.5], ng.InvalidTypeError, r"must be a number, not \[0.5\]"),
        ("trainable", "yes", ng.InvalidTypeError, "trainable of .* must be True or False"),
        ("trainable", None, ng.InvalidTypeError, "trainable of .* must be True or False"),
        ("tie", 5, ng.InvalidTypeError, "tie of neuron 'o1' must be text, not 5"),
        ("label", 5, ng.InvalidTypeError, "label of neuron 'o1' must be text, not 5"),
        ("kind", "outptu", ng.InvalidValueError, "kind .* must be one of .*did you mean 'output'"),
        ("activation", 5, ng.InvalidTypeError, "activation"),
        ("activation", "logistik", ng.UnknownNameError, "did you mean 'logistic'"),
    ],
)
def test_a_wrong_setting_is_refused_at_once(
    single: ng.Network, key: str, value: Any, error: type[Exception], message: str
) -> None:
    """An attribute is checked when it is written, and nothing changes."""
    element = single.connection("w1") if key == "weight" else single.neuron("o1")
    before = snapshot(single)
    with pytest.raises(error, match=message):
        setattr(element, key, value)
    assert snapshot(single) == before


@pytest.mark.parametrize(
    ("key", "value", "error", "message"),
    [
        ("bias", "heavy", TypeError, "bias of neuron 'o1' must be a number, not 'heavy'"),
        ("bias", np.array([1.0, 2.0]), TypeError, "bias of neuron 'o1' must be a number"),
        pytest.param("bias", 10**400, ValueError, "must be a finite number", id="huge"),
        ("weight", "heavy", TypeError, "weight of connection i1->o1 must be a number, not 'heavy'"),
        ("weight", np.nan, ValueError, "weight of connection i1->o1 must be a finite number"),
        ("weight", -np.inf, ValueError, "must be a finite number, not -inf"),
        ("weight", [0.5], TypeError, "weight of connection i1->o1 must be a number"),
        ("trainable", "yes", TypeError, "trainable of bias of neuron 'o1' must be True or False"),
        ("trainable", np.array([1, 0]), TypeError, "trainable of bias .* must be True or False"),
        ("tie", [1], TypeError, r"tie of bias of neuron 'o1' must be text or a number, not \[1\]"),
        ("activation", "tanhh", KeyError, "neuron 'o1': no activation 'tanhh'.*'tanh'"),
        ("activation", ["tanh"], TypeError, "neuron 'o1'"),
        ("kind", "outptu", ValueError, "kind of neuron 'o1' must be one of .*'output'"),
    ],
)
def test_an_odd_item_is_refused_by_the_next_pass(
    single: ng.Network, key: str, value: Any, error: type[Exception], message: str
) -> None:
    """NetworkX's rules let items be anything; the next pass says which value it cannot use."""
    element = single.edges["i1", "o1"] if key == "weight" else single.nodes["o1"]
    right = element.get(key)
    element[key] = value
    stored = element[key]
    assert stored is value or np.array_equal(stored, value, equal_nan=True)
    before = snapshot(single)
    with pytest.raises(ng.NeurographError, match=message) as caught:
        single.forward([1.0])
    assert isinstance(caught.value, error)
    assert snapshot(single) == before
    if right is None:
        del element[key]
    else:
        element[key] = right
    assert single.forward([1.0]).tolist() == pytest.approx(outs_of(0.5, 0.25), rel=1e-15)


ABSENT = [None, "", " ", pd.NA]
NAN = float("nan")


@pytest.mark.parametrize(
    ("key", "values"),
    [
        ("bias", ABSENT),
        ("net", ABSENT),
        ("kind", [*ABSENT, NAN, np.float64("nan")]),
        ("activation", [*ABSENT, NAN]),
        ("label", [*ABSENT, NAN]),
        ("tie", [*ABSENT, NAN]),
        ("trainable", [*ABSENT, NAN]),
    ],
)
def test_what_other_libraries_write_for_nothing_is_absent(key: str, values: list[Any]) -> None:
    """None of igraph, the missing values of a table and an empty field of CSV are no values."""
    for value in values:
        neuron = ng.Neuron({key: value, "colour": value})
        assert list(neuron) == ["colour"], value
        neuron.update({"activation": "tanh", "bias": 0.5, "label": "x", key: "input"})
        neuron[key] = value
        assert key not in neuron


@pytest.mark.parametrize(
    ("key", "text", "value"),
    [
        ("bias", "0.5", 0.5),
        ("bias", " -1e-3 ", -0.001),
        ("bias", "heavy", "heavy"),
        ("bias", "0,5", "0,5"),
        ("bias", "1_000", "1_000"),
        ("out", np.str_("0.25"), 0.25),
        ("trainable", "True", True),
        ("trainable", "false", False),
        ("trainable", "0", False),
        ("trainable", "1.0", True),
        ("trainable", "2", "2"),
        ("trainable", "maybe", "maybe"),
        ("label", "5", "5"),
        ("colour", "5", "5"),
    ],
)
def test_text_that_is_a_number_is_a_number(key: str, text: str, value: Any) -> None:
    """Text of a known number or truth value is read as that; any other text stays."""
    read = ng.Neuron({key: text})[key]
    assert (type(read), read) == (type(value), value)


def test_a_connection_that_came_as_text() -> None:
    """The weight of a connection is read from text as the bias of a neuron is."""
    assert ng.Connection({"weight": "0.5"}).weight == 0.5
    assert dict(ng.Connection({"weight": None, "label": NAN})) == {}


# -- copies, equality, text ----------------------------------------------------------------------

COPIES = {
    "copy method": lambda element: element.copy(),
    "copy": copy,
    "deepcopy": deepcopy,
    "pickle": lambda element: pickle.loads(pickle.dumps(element)),
    "type": lambda element: type(element)(element),
}


@pytest.mark.parametrize("how", COPIES)
@pytest.mark.parametrize("batch", [False, True])
def test_a_copied_object_is_detached(net: ng.Network, how: str, batch: bool) -> None:
    """A copy has the same values and belongs to no network: neither changes the other."""
    net.step([INPUTS] * 2 if batch else INPUTS, [TARGETS] * 2 if batch else TARGETS, 0.5)
    net.nodes["h1"]["pos"] = [0, 1]
    for element, key in ((net.nodes["h1"], "bias"), (net.edges["h1", "o1"], "weight")):
        again = COPIES[how](element)
        assert type(again) is type(element)
        assert again == element
        assert again is not element
        before = element[key]
        again[key] = 99.0
        assert element[key] == before
        assert again != element
        element[key] = 98.0
        assert again[key] == 99.0
        assert getattr(again, "name", None) in (None, "w5")  # a label travels, a place does not
    expected = how in ("deepcopy", "pickle")
    assert (COPIES[how](net.nodes["h1"])["pos"] is not net.nodes["h1"]["pos"]) == expected


def test_what_a_batch_left_is_read_and_not_listed(net: ng.Network) -> None:
    """Arrays of a pass are attributes and items that no listing shows; one's own are listed."""
    net.forward([INPUTS] * 2)
    neuron = net.nodes["h1"]
    neuron["pos"] = np.zeros(2)
    assert sorted(neuron) == ["activation", "bias", "kind", "pos"]
    assert len(neuron) == 4
    assert "out" in neuron
    assert neuron["out"] is neuron.get("out") is neuron.out
    assert "out=<2 samples>" in repr(neuron)
    neuron.clear()
    assert neuron.everything() == {}


def test_merging_keeps_what_a_batch_left_in_objects_alone(net: ng.Network) -> None:
    """`|` of an object goes on with the arrays of a pass; a plain dict takes what is listed."""
    out = net.forward([INPUTS] * 2)
    neuron = net.nodes["o1"]
    merged = neuron | {"colour": "red"}
    assert merged.out is neuron.out
    np.testing.assert_array_equal(merged.out, out[:, 0])
    assert (ng.Neuron() | neuron).out is neuron.out
    assert "out" not in {} | neuron


def test_copies_keep_their_values_when_the_network_goes_on(net: ng.Network) -> None:
    """What was copied stays as it was while passes go on."""
    net.forward(INPUTS)
    kept = net.nodes["o1"].copy()
    out = kept.out
    net.forward([1.0, 1.0])
    assert kept.out == out != net.nodes["o1"].out


def test_equality(net: ng.Network) -> None:
    """Objects are equal by their items, also to dicts and with arrays; never to other things."""
    assert ng.Neuron({"bias": 0.5}) == {"bias": 0.5}
    assert ng.Neuron({"bias": 0.5}) != {"bias": 0.25}
    assert ng.Neuron({"bias": 0.5}) != {"bias": 0.5, "pos": 1}
    assert ng.Neuron() != 5
    net.forward([INPUTS] * 2)
    assert net.nodes["h1"] == net.nodes["h1"].copy()
    assert net.nodes["h1"] != net.nodes["h2"]


def test_equality_of_one_sample_and_a_batch(net: ng.Network) -> None:
    """A number and an array of numbers are not equal, whichever side they are on."""
    other = net.copy()
    net.forward(INPUTS)
    other.forward([INPUTS] * 2)
    assert net.nodes["h1"] != other.nodes["h1"]
    assert other.nodes["h1"] != net.nodes["h1"]


def test_objects_are_unhashable(net: ng.Network) -> None:
    """Like dicts, the objects cannot be hashed."""
    for element in elements(net):
        with pytest.raises(TypeError, match="unhashable"):
            hash(element)


def test_names_are_known_once_bound(net: ng.Network) -> None:
    """A neuron's name and a connection's ends are known after a pass or from `net.neuron`."""
    net = ng.Network(net)
    assert net.nodes["h1"].name is None
    assert (net.edges["h1", "o1"].pre, net.edges["h1", "o1"].post) == (None, None)
    assert net.neuron("h1").name == "h1"
    assert net.connection("w5").post == "o1"
    net.forward(INPUTS)
    assert net.nodes["o2"].name == "o2"
    connection = net.edges["i2", "h1"]
    assert (connection.pre, connection.post, connection.name) == ("i2", "h1", "w2")
    del connection["label"]
    assert connection.name == "i2->h1"


@pytest.mark.parametrize("key", ["name", "pre", "post"])
def test_names_cannot_be_set(net: ng.Network, key: str) -> None:
    """Where an object belongs is not an attribute to write, and the message does not deny it."""
    element = net.neuron("h1") if key == "name" else net.connection("w1")
    with pytest.raises(ng.UnknownAttributeError, match=key) as caught:
        setattr(element, key, "x")
    assert f"no attribute {key!r}" not in str(caught.value)


def test_repr(net: ng.Network) -> None:
    """The text of an object teaches: whose it is, its settings, then its values."""
    assert repr(ng.Neuron()) == "Neuron()"
    assert repr(ng.Neuron({"bias": 0.5})) == "Neuron(bias=0.5)"
    assert repr(ng.Connection({"weight": 1 / 3})) == "Connection(weight=0.333333333)"
    net.neuron("h1")["pos"] = (0, 1)
    assert repr(net.nodes["h1"]) == (
        "Neuron('h1', kind='hidden', activation='logistic', bias=0.35, pos=(0, 1))"
    )
    net.forward([0.0, 0.0])
    assert repr(net.nodes["i1"]) == "Neuron('i1', kind='input', out=0)"
    assert repr(net.edges["i1", "h1"]) == (
        "Connection('i1' -> 'h1', weight=0.15, label='w1', message=0)"
    )
    net.forward([[0.0, 0.0]] * 3)
    assert repr(net.nodes["i1"]) == "Neuron('i1', kind='input', out=<3 samples>)"


def test_writing_a_weight_makes_no_words(net: ng.Network) -> None:
    """The words of an error message are made where there is an error, not before every write."""
    connection = net.edges["i1", "h1"]
    for element, key, value in (
        (connection, "weight", 0.25),
        (connection, "trainable", True),
        (net.nodes["h1"], "bias", 0.25),
    ):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(type(element), "called", lambda self: pytest.fail("words"))
            setattr(element, key, value)
        with pytest.raises(ng.InvalidTypeError, match=f"{key} of .*'(w1|h1)' must be .*, not "):
            setattr(element, key, [])
    of_a_dict = operations(lambda: {}.__setitem__("weight", 0.25))
    assert operations(lambda: setattr(connection, "weight", 0.25)) < 20 * of_a_dict


def test_looking_at_an_object_reads_each_value_once_or_twice(net: ng.Network) -> None:
    """A dict of an object looks at its columns twice, its items and its copy once."""
    net.step(INPUTS, TARGETS, 0.5)
    connection = net.edges["i1", "h1"]
    items = operations(connection.items)
    assert operations(connection.copy) < 2 * items
    assert operations(lambda: dict(connection)) < 4 * items
    assert dict(connection.items()) == dict(connection) == dict(connection.copy())
    assert connection.keys() == set(connection)
    assert len(connection) == len(connection.keys())
    assert connection.get("nothing", 5) == 5
    assert connection.get("nothing") is None
    with pytest.raises(TypeError, match="unhashable"):
        connection.get([])  # as a dict does
