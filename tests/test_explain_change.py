"""Tests of `influence` and `what_if`."""

import networkx as nx
import numpy as np
import pytest
import strategies as st
from hypothesis import given, settings
from test_explain import after

import neurograph as ng
from neurograph.explanations import influence, what_if


@pytest.fixture
def mazur():
    """Mazur's network after both passes, before the update."""
    return after("backward")


def passed(plain):
    """Return a random network after both passes."""
    net = plain.network()
    inputs, targets = plain.data
    net.forward(inputs)
    net.backward(targets)
    return net


def parameters(net):
    """Return the addresses of all weights and biases."""
    biases = [f"{name}.bias" for name, neuron in net.nodes.items() if neuron.bias is not None]
    return [*(f"{net.connection(ends).name}.weight" for ends in net.edges), *biases]


# -- what if ---------------------------------------------------------------------------------------


@settings(st.CHECKED, max_examples=25)
@given(st.plain_networks(), st.st.data())
def test_what_if_is_what_a_changed_network_computes(plain, data):
    """Before, after and difference are those of the two networks; only what differs is listed."""
    net = passed(plain)
    address = data.draw(st.st.sampled_from(parameters(net)))
    before = st.snapshot(net)
    result = what_if(net, {address: 0.625})
    assert st.snapshot(net) == before
    changed = passed(plain)
    changed.set_value(address, 0.625)
    inputs, targets = plain.data
    changed.forward(inputs)
    changed.backward(targets)
    found = {change.address: change for change in result.changes}
    for neuron in map(net.neuron, net.nodes):
        for kind in ("bias", "net", "out", "loss", "slope", "out_gradient", "delta"):
            check_change(found, net, changed, neuron, f"{neuron.name}.{kind}", kind)
    for connection in map(net.connection, net.edges):
        for kind in ("weight", "message", "error_message", "gradient"):
            check_change(found, net, changed, connection, f"{connection.name}.{kind}", kind)
    assert set(found) <= {address, *influence(net, address).addresses}


def check_change(found, net, changed, element, address, kind):
    """Check that one quantity is listed if it differs, with both of its values."""
    if kind not in element:
        return
    one, other = net.value(address), changed.value(address)
    if np.array_equal(one, other):
        assert address not in found
    else:
        change = found[address]
        assert np.array_equal(change.before, one)
        assert np.array_equal(change.after, other)
        assert np.array_equal(change.difference, np.subtract(other, one))


def test_inputs_and_targets_can_be_other_too(mazur):
    """The out of an input and a target are changed like a weight; gradients follow."""
    result = what_if(mazur, {"i1.out": 0.5, "o2.target": 0.25})
    other = mazur.copy()
    other.forward([0.5, 0.10])
    other.backward([0.01, 0.25])
    assert result["loss"].after == other.total_error()
    assert result["w1.gradient"].after == other.value("w1.gradient")
    assert [change.address for change in result.given] == ["i1.out", "o2.target"]


def test_data_can_be_given_with_the_question():
    """With inputs and targets no pass need have been made."""
    net = ng.Network.layered(2, 1, weights=0.5)
    result = what_if(net, {"w1.weight": 1.0}, inputs=[[1, 0], [0, 1]], targets=[[0], [1]])
    assert result["o1.net"].difference.tolist() == [0.5, 0.0]
    assert "out" not in net.nodes["o1"]
    forward = what_if(net, {"w1.weight": 1.0}, inputs=[1, 0])
    assert [change.address for change in forward.changes] == [
        "w1.weight", "w1.message", "o1.net", "o1.out",
    ]  # fmt: skip


def test_a_change_that_changes_nothing_is_said_so(mazur):
    """The same number again changes nothing."""
    result = what_if(mazur, {"w5.weight": 0.4})
    assert result.changes == ()
    assert result.text().startswith("Nothing changes.")
    with pytest.raises(KeyError):
        result["loss"]


def test_a_shared_parameter_changes_everywhere(mazur):
    """A tied bias changes in both of its places."""
    result = what_if(mazur, {"h1.bias": 0.5})
    assert result["h2.bias"].after == 0.5
    assert result["h2.net"].difference == pytest.approx(0.15, rel=1e-12)


def test_the_table_of_changes_reads(mazur):
    """The table has a row for each change, with aligned numbers and a sign on differences."""
    lines = what_if(mazur, {"w5.weight": 0.5}).text().splitlines()
    assert lines[0] == "What if w5.weight were 0.5?"
    assert lines[2].split() == ["quantity", "before", "after", "difference"]
    assert lines[4].split() == ["w5.weight", "0.4", "0.5", "+0.1"]
    assert len({len(line) for line in lines[2:]}) == 1


def test_a_batch_is_compared_sample_by_sample():
    """Values of a batch are arrays; the table shows the first few."""
    net = ng.Network.layered(1, 1, weights=0.5)
    net.forward([[0.1], [0.2], [0.3], [0.4]])
    text = what_if(net, {"w1.weight": 0.6}).text(width=120)
    assert "0.05, 0.1, 0.15, ... (4 samples)" in text


WRONG = [
    ({"w55.weight": 1.0}, ng.UnknownNameError, "no connection 'w55'; did you mean 'w5'"),
    ({"w5.weight": "a"}, ng.InvalidTypeError, r"w5\.weight must be a number"),
    ({"w5.weight": np.nan}, ng.InvalidValueError, r"w5\.weight must be a finite number"),
    ({"loss": 0.0}, ng.InvalidValueError, "'loss' is computed"),
    (["w5.weight"], ng.InvalidTypeError, "changes must be a mapping"),
]


@pytest.mark.parametrize(("changes", "error", "message"), WRONG)
def test_wrong_changes_are_refused(mazur, changes, error, message):
    """Each mistake is one error, and the network stays as it was."""
    before = st.snapshot(mazur)
    with pytest.raises(error, match=message):
        what_if(mazur, changes)
    assert st.snapshot(mazur) == before


def test_what_if_needs_a_pass_or_data():
    """Without a pass and without inputs there is nothing to compare."""
    net = ng.Network.layered(1, 1, weights=0.5)
    with pytest.raises(ng.NotComputedError, match=r"call net.forward\(inputs\) first, or give"):
        what_if(net, {"w1.weight": 1.0})
    net.forward([1.0])
    with pytest.raises(ng.NotComputedError, match=r"call net.backward\(targets\) first, or give"):
        what_if(net, {"o1.target": 1.0})
    net.backward([0.0])
    with pytest.raises(ng.InvalidValueError, match="targets are for one sample, inputs for a"):
        what_if(net, {"w1.weight": 1.0}, inputs=[[1.0], [2.0]])


# -- influence -------------------------------------------------------------------------------------


def test_what_a_pass_computes_can_be_other_too(mazur):
    """With net_h1 = 0: out_h1 = 1/2, slope 1/4, and what lies before h1 stays as it was."""
    result = what_if(mazur, {"h1.net": 0.0}, learning_rate=0.5)
    after = {change.address: change.after for change in result.changes}
    assert after["h1.net"] == 0.0
    assert after["h1.out"] == 0.5
    assert after["h1.slope"] == 0.25
    assert after["o1.net"] == pytest.approx(0.4 * 0.5 + 0.45 * 0.596884378 + 0.6, abs=1e-9)
    assert not {"i1.out", "w1.message", "h2.net"} & after.keys()
    gradient = after["w5.gradient"]
    assert gradient == pytest.approx(after["o1.delta"] * 0.5, rel=1e-15)
    assert after["w5.new_weight"] == pytest.approx(0.4 - 0.5 * gradient, rel=1e-15)


def test_an_activation_or_a_rate_can_be_another(mazur):
    """Identity gives net itself; a tenth of the rate a tenth of the change, and nothing before."""
    after = what_if(mazur, {"h1.activation": "identity"})
    assert after["h1.out"].after == mazur.value("h1.net")
    slower = what_if(mazur, {"learning_rate": 0.05}, learning_rate=0.5)
    change = slower["w5.change"]
    assert change.after == pytest.approx(change.before / 10, rel=1e-14)
    assert {address.address.rpartition(".")[2] for address in slower.changes} == {
        "change", "step", "new_weight", "learning_rate",
    }  # fmt: skip


#: Of Mazur's network, by hand: what o1 gives, the gradient of w5, and the same of a bias.
OUT_O1, OUT_H1, TARGET_O1 = 0.7513650695523157, 0.5932699921071872, 0.01


def test_what_a_learning_rate_would_give_ends_with_the_new_weights(mazur):
    """w5+ = 0.4 - 5 * dE/dw5, with delta_o1 = (out - target) * out * (1 - out)."""
    asked = what_if(mazur, {"learning_rate": 5}, learning_rate=0.5)
    gradient = (OUT_O1 - TARGET_O1) * OUT_O1 * (1 - OUT_O1) * OUT_H1
    assert asked["w5.new_weight"].after == pytest.approx(0.4 - 5 * gradient, rel=1e-14)
    *_, last = (line for line in asked.text().splitlines() if line)
    assert last.startswith("w8.new_weight")
    assert asked.text().startswith("What if learning_rate were 5?\n")


def test_what_a_loss_by_its_name_would_give(mazur):
    """E = -t ln(o) - (1 - t) ln(1 - o) at each output; its delta at a logistic one is o - t."""
    asked = what_if(mazur, {"loss": "binary_cross_entropy"}, learning_rate=0.5)
    delta = OUT_O1 - TARGET_O1
    loss = asked["o1.loss"].after
    expected = -TARGET_O1 * np.log(OUT_O1) - (1 - TARGET_O1) * np.log(1 - OUT_O1)
    assert loss == pytest.approx(expected, rel=1e-13)
    assert asked["o1.delta"].after == pytest.approx(delta, rel=1e-13)
    assert asked["w5.new_weight"].after == pytest.approx(0.4 - 0.5 * delta * OUT_H1, rel=1e-14)
    assert dict(asked.settings) == {"loss": "binary_cross_entropy"}


def test_what_an_optimizer_or_an_order_would_give(mazur):
    """The first step of Adam is the rate times the sign; in place, h1 hears of new weights."""
    adam = what_if(mazur, {"optimizer": "adam"}, learning_rate=0.5)
    gradient = mazur.value("w5.gradient")
    assert adam["w5.change"].after == pytest.approx(-0.5 * gradient / (gradient + 1e-8), rel=1e-12)
    in_place = what_if(mazur, {"order": "in_place"}, learning_rate=0.5)
    delta_1, delta_2 = mazur.value("o1.delta"), mazur.value("o2.delta")
    w5, w7 = 0.4 - 0.5 * delta_1 * OUT_H1, 0.5 - 0.5 * delta_2 * OUT_H1
    error = w5 * delta_1 + w7 * delta_2
    assert in_place["h1.out_gradient"].after == pytest.approx(error, rel=1e-13)
    assert {"w5.new_weight", "w8.new_weight"}.isdisjoint(c.address for c in in_place.changes)


def test_what_another_reduction_would_give():
    """Over two samples the sum of gradients is twice their mean."""
    net = ng.Network.layered(1, 1, weights=0.5, activation="identity")
    net.forward([[1.0], [2.0]])
    net.backward([[0.0], [0.0]])
    asked = what_if(net, {"reduction": "sum"}, learning_rate=0.1)
    # d/dw of (w*1)^2/2 + (w*2)^2/2 at w = 0.5.
    assert asked["w1.gradient"].after == pytest.approx(0.5 + 2.0)
    assert asked["w1.new_weight"].after == pytest.approx(0.5 - 0.1 * 2.5)


def test_of_very_many_changes_the_first_and_the_new_weights_are_shown():
    """Sixty rows at most, and how many more there are."""
    net = ng.Network.layered(3, 30, 1, weights=0.1)
    net.forward([1.0, 2.0, 3.0])
    net.backward([0.0])
    asked = what_if(net, {"i1.out": 2.0}, learning_rate=0.5)
    shown = asked.text().splitlines()
    assert sum(".new_weight" in line for line in shown) == 30
    assert f"{len(asked.changes) - 60} more quantities change." in shown


@pytest.mark.parametrize(
    ("changes", "error", "match"),
    [
        ({"learning_rate": 5}, ng.InvalidValueError, "no learning rate that could change"),
        ({"loss": "cros_entropy"}, ng.UnknownNameError, "did you mean 'cross_entropy'"),
        ({"optimizer": "adm"}, ng.UnknownNameError, "did you mean 'adam'"),
        ({"order": "inplace"}, ng.InvalidValueError, "order must be one of .*'in_place'"),
        ({"reduction": "max"}, ng.InvalidValueError, "reduction must be one of 'mean', 'sum'"),
        ({"h1.activation": "rely"}, ng.UnknownNameError, "did you mean 'relu'"),
    ],
)
def test_settings_that_there_are_not(mazur, changes, error, match):
    """The nearest is named."""
    with pytest.raises(error, match=match):
        what_if(mazur, changes)


def test_what_changes_nothing_says_so(mazur):
    """A setting that is as it was keeps its question."""
    text = what_if(mazur, {"h1.activation": "logistic"}, learning_rate=0.5).text()
    assert text == "What if h1.activation were logistic?\nNothing changes."


def test_influence_is_in_the_order_of_the_passes(mazur):
    """What follows from w5 comes in the order in which messages compute it."""
    found = influence(mazur, "w5")
    fresh = after("given")
    order = [m.address for m in fresh.messages([0.05, 0.1], [0.01, 0.99])]
    passes = [address for address in found.forward + found.backward if address in order]
    rest = {*found.forward, *found.backward} - {*passes}
    # What a walk does not stop at: the sum of the losses, and the parts of shared gradients.
    assert rest == {"loss", *(f"{name}.own_bias_gradient" for name in ("o1", "h1", "h2"))}
    assert passes == sorted(passes, key=order.index)
    assert found.forward == ("w5.message", "o1.net", "o1.out", "o1.loss", "loss")
    assert "w7.gradient" not in found.addresses
    assert found.edges == (("h1", "o1"),)
    assert found.neurons == ("o1",)
    assert set(found.back_edges) <= set(mazur.edges)


def test_influence_has_paths_to_highlight(mazur):
    """Paths are paths of the graph, from the place of the change to outputs."""
    found = influence(mazur, "w1")
    assert found.paths == (["i1", "h1", "o1"], ["i1", "h1", "o2"])
    assert all(nx.is_path(mazur, path) for path in found.paths)
    assert influence(mazur, "i1").paths == tuple(nx.all_simple_paths(mazur, "i1", ["o1", "o2"]))
    assert influence(mazur, "o1.target").paths == ()


@pytest.mark.parametrize(
    ("name", "address"),
    [("w5", "w5.weight"), ("h1", "h1.bias"), ("i1", "i1.out"), ("h1->o1", "w5.weight"),
     ("o1.delta", "o1.delta"), ("loss", "loss")],
)  # fmt: skip
def test_a_name_alone_means_its_parameter(mazur, name, address):
    """A connection means its weight, a neuron its bias, an input its out."""
    assert influence(mazur, name).address == address


def test_what_nothing_depends_on_influences_nothing(mazur):
    """The total error is the end of the forward pass; nothing is computed from its number."""
    found = influence(mazur, "loss")
    assert found.addresses == ()
    assert "nothing" in found.text()


@pytest.mark.parametrize(
    ("name", "message"),
    [("w55", "no neuron, connection or address 'w55'; did you mean 'w5'"),
     ("w5.wieght", "did you mean 'weight'"), ("x9.net", "no neuron 'x9'")],
)  # fmt: skip
def test_an_unknown_name_is_told_with_the_nearest(mazur, name, message):
    """A wrong name is one error that names the nearest."""
    with pytest.raises(ng.UnknownNameError, match=message):
        influence(mazur, name)


def test_a_name_is_text(mazur):
    """Anything but text is refused."""
    with pytest.raises(ng.InvalidTypeError, match="expected a name such as 'w5'"):
        influence(mazur, 5)


def test_the_symbol_of_a_shared_bias_is_a_name_too(mazur):
    """The page calls the bias of both hidden neurons b1, and so may whoever asks."""
    found = influence(mazur, "b1")
    assert found.addresses == influence(mazur, "h1").addresses
    assert "h2.net" in found.forward
