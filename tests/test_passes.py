"""The passes against a plain implementation with complex-step derivatives, and known results."""

from typing import Any

import numpy as np
import pytest
import sympy
from hypothesis import given
from hypothesis import strategies as st
from strategies import (
    ACTIVATIONS,
    CHECKED,
    LOSSES,
    STEP,
    Plain,
    Unit,
    Wire,
    plain_networks,
    snapshot,
    value_of,
)

import neurograph as ng
from neurograph.quantities import QUANTITIES

pytestmark = pytest.mark.known_numbers

# Terms of order one that cancel leave rounding errors of about 1e-16, whatever their sum.
FLOOR = 1e-14


def close(expected: Any, rel: float = 1e-9) -> Any:
    """Compare to 1e-9 relative, or to the rounding of terms that cancel."""
    return pytest.approx(expected, rel=rel, abs=FLOOR)


# -- random networks -----------------------------------------------------------------------------


@CHECKED
@given(plain_networks())
def test_forward_agrees_with_the_plain_implementation(plain: Plain) -> None:
    """Every net, out and message is what the plain implementation computes."""
    net = plain.network()
    outs = net.forward(plain.data[0])
    for sample in range(len(plain.inputs)):
        nets, expected, _ = plain.run(sample)
        of_sample = (lambda value, s=sample: value[s]) if plain.batch else (lambda value: value)
        for name, value in nets.items():
            assert of_sample(net.nodes[name].net) == close(value.real, 1e-12)
        for name, value in expected.items():
            assert of_sample(net.nodes[name].out) == close(complex(value).real, 1e-12)
        for wire in plain.wires:
            message = wire.weight * complex(expected[wire.pre]).real
            assert of_sample(net.edges[wire.pre, wire.post].message) == close(message, 1e-12)
        row = outs[sample] if plain.batch else outs
        assert row.tolist() == [of_sample(net.nodes[name].out) for name in net.outputs]
    assert set(net.outputs) == set(plain.output_names)


@CHECKED
@given(plain_networks())
def test_gradients_agree_with_complex_step(plain: Plain) -> None:
    """The total error and the gradient of every weight and bias agree with complex-step."""
    net = plain.network()
    inputs, targets = plain.data
    net.forward(inputs)
    assert net.backward(targets) == close(complex(plain.total_error()).real, 1e-12)
    for owners in plain.parameters():
        expected = plain.gradient(owners)
        for owner in owners:
            assert value_of(net, owner, "gradient") == close(expected)


@CHECKED
@given(plain_networks())
def test_deltas_agree_with_complex_step(plain: Plain) -> None:
    """dE/dnet and dE/dout of every neuron agree with complex-step, sample by sample."""
    net = plain.network()
    inputs, targets = plain.data
    net.forward(inputs)
    net.backward(targets)
    for sample in range(len(plain.inputs)):
        for name, neuron in net.nodes.items():
            found = {"out": neuron.out_gradient}
            if name not in plain.input_names + plain.bias_names:
                found["net"] = neuron.delta
            for quantity, value in found.items():
                if plain.batch:
                    value = np.broadcast_to(value, (len(plain.inputs),))[sample]
                assert value == close(plain.sensitivity(quantity, name, sample)), (name, quantity)
        for wire in plain.wires:
            sent = net.edges[wire.pre, wire.post].error_message
            assert np.all(sent == wire.weight * net.nodes[wire.post].delta)


@CHECKED
@given(plain_networks())
def test_an_update_moves_every_trainable_parameter(plain: Plain) -> None:
    """w+ = w - rate * dE/dw where trainable, w elsewhere, and tied parameters stay equal."""
    net = plain.network()
    inputs, targets = plain.data
    net.forward(inputs)
    net.backward(targets)
    net.update_weights(0.3)
    for owners in plain.parameters():
        start = owners[0].weight if isinstance(owners[0], Wire) else owners[0].bias
        rate = 0.3 if owners[0].trainable else 0.0
        expected = start - rate * plain.gradient(owners)
        found = [value_of(net, owner) for owner in owners]
        assert found[0] == close(expected)
        assert set(found) == {found[0]}
        if not owners[0].trainable:
            assert found[0] == start


@CHECKED
@given(plain_networks())
def test_after_a_batch_every_value_has_one_number_a_sample(plain: Plain) -> None:
    """After a batch a value of a parameter is a float, and every other an array (n_samples,)."""
    net = plain.network()
    inputs, targets = plain.data
    net.step(inputs, targets, 0.1)
    parameters = {
        name
        for row in QUANTITIES.values()
        if row.owner == "parameter"
        for name in (row.name, row.of_bias)
    }
    for element in [*net.nodes.values(), *(net.edges[ends] for ends in net.edges)]:
        for key in set(element) - {"activation", "kind", "tie", "trainable", "label"}:
            value = element[key]
            if plain.batch and key not in parameters:
                assert np.shape(value) == (len(plain.inputs),), (element, key)
            else:
                assert type(value) is float, (element, key)


@CHECKED
@given(plain_networks())
def test_a_batch_gives_what_its_samples_give(plain: Plain) -> None:
    """The gradient of a batch is the mean or the sum of those of its samples, and so is E."""
    net = plain.network()
    inputs, targets = plain.data
    net.forward(inputs)
    error = net.backward(targets)
    together = {ends: net.edges[ends].gradient for ends in net.edges}
    apart = []
    for one, wanted in zip(plain.inputs, plain.targets, strict=True):
        net.forward(one)
        apart.append((net.backward(wanted), {ends: net.edges[ends].gradient for ends in net.edges}))
    part = 1 / len(apart) if plain.reduction == "mean" else 1.0
    assert error == close(part * sum(one for one, _ in apart), 1e-12)
    for ends, gradient in together.items():
        assert gradient == close(part * sum(each[ends] for _, each in apart))


@CHECKED
@given(plain_networks(ties=False))
def test_in_place_agrees_with_the_plain_implementation(plain: Plain) -> None:
    """In place, each delta is computed with the weights behind it as they are by then."""
    net = plain.network()
    net.step(*plain.data, 0.3, order="in_place")
    for owner, expected in in_place(plain, 0.3):
        assert value_of(net, owner) == close(expected)


def in_place(plain: Plain, rate: float) -> list[tuple[Unit | Wire, float]]:
    """Update a plain network level by level from the back; return what its parameters become."""
    samples = range(len(plain.inputs))
    part = 1 / len(samples) if plain.reduction == "mean" else 1.0
    runs = [plain.run(sample) for sample in samples]
    outs = [{name: complex(value).real for name, value in out.items()} for _, out, _ in runs]
    after = {id(wire): wire.weight for wire in plain.wires}
    found: list[tuple[Unit | Wire, float]] = []
    deltas: list[dict[Any, float]] = [{} for _ in samples]
    deepest = max(plain.level.values())
    for level in range(deepest, 0, -1):
        members = [unit for unit in plain.units if plain.level[unit.name] == level]
        for sample in samples:
            back = {
                unit.name: _of_loss(plain, unit.name, outs[sample], sample)
                + sum(after[id(w)] * deltas[sample][w.post] for w in plain.out_of[unit.name])
                for unit in members
            }
            softmax = [unit.name for unit in members if unit.activation == "softmax"]
            mixed = sum(outs[sample][name] * back[name] for name in softmax)
            for unit in members:
                net = runs[sample][0][unit.name].real
                if unit.activation == "softmax":
                    out = outs[sample][unit.name]
                    deltas[sample][unit.name] = out * (back[unit.name] - mixed)
                else:
                    slope = ACTIVATIONS[unit.activation](net + STEP * 1j).imag / STEP
                    deltas[sample][unit.name] = slope * back[unit.name]
        for unit in members:
            for wire in plain.into[unit.name]:
                gradient = sum(deltas[s][unit.name] * outs[s][wire.pre] for s in samples)
                if wire.trainable:
                    after[id(wire)] -= rate * part * gradient
                found.append((wire, after[id(wire)]))
            if unit.bias is not None:
                gradient = sum(deltas[s][unit.name] for s in samples)
                found.append((unit, unit.bias - rate * part * gradient * unit.trainable))
    return found


def _of_loss(plain: Plain, name: Any, outs: dict[Any, float], sample: int) -> float:
    if name not in plain.output_names:
        return 0.0
    target, n = plain.targets[sample][name], len(plain.output_names)
    return complex(LOSSES[plain.loss](target, outs[name] + STEP * 1j, n)).imag / STEP


@CHECKED
@given(plain_networks(), st.sampled_from(["simultaneous", "in_place"]))
def test_a_step_its_messages_and_its_three_verbs_are_one(plain: Plain, order: str) -> None:
    """`step` and `messages` leave the same values everywhere; so do the three verbs in turn."""
    inputs, targets = plain.data
    stepped, told, spoken = plain.network(), plain.network(), plain.network()
    error = stepped.step(inputs, targets, 0.3, order)
    for message in told.messages(inputs, targets, 0.3, order):
        assert message.element[message.quantity] is not None
    assert snapshot(told) == snapshot(stepped)
    assert told.value("loss") == error
    if order == "simultaneous":
        spoken.forward(inputs)
        assert spoken.backward(targets) == error
        spoken.update_weights(0.3)
        assert snapshot(spoken) == snapshot(stepped)


@pytest.mark.parametrize("part", [1.0, 0.9, 0.6, 0.3])
@pytest.mark.parametrize("skips", [False, True])
@pytest.mark.parametrize("batch", [False, True])
def test_nearly_full_layers_agree_with_complex_step(part: float, skips: bool, batch: bool) -> None:
    """Layers of which some connections are missing, with and without skips over several layers."""
    rng = np.random.default_rng(int(10 * part))
    layers = [[Unit((level, k)) for k in range(size)] for level, size in enumerate((3, 4, 4, 3))]
    for unit in layers[0]:
        unit.kind = "input"
    wires = []
    for level in range(1, len(layers)):
        behind = [unit for layer in layers[:level] for unit in layer]
        for number, unit in enumerate(layers[level]):
            unit.activation = ("tanh", "logistic", "sin", "softplus")[(level + number) % 4]
            unit.bias = None if rng.random() > part else float(rng.normal())
            for other in behind if skips else layers[level - 1]:
                # One connection from the layer just behind keeps every neuron on its level.
                if other is layers[level - 1][0] or rng.random() < part:
                    wires.append(Wire(other.name, unit.name, float(rng.normal() / 3)))
    plain = Plain([unit for layer in layers for unit in layer], wires, batch=batch)
    for _ in range(3 if batch else 1):
        plain.inputs.append({name: float(rng.normal()) for name in plain.input_names})
        plain.targets.append({name: float(rng.normal()) for name in plain.output_names})
    net = plain.network()
    inputs, targets = plain.data
    assert net.step(inputs, targets, 0.1) == close(complex(plain.total_error()).real, 1e-12)
    for (owner,) in plain.parameters():
        expected = plain.gradient([owner])
        start = owner.weight if isinstance(owner, Wire) else owner.bias
        assert value_of(net, owner, "gradient") == close(expected)
        assert value_of(net, owner) == close(start - 0.1 * expected)


# -- known networks ------------------------------------------------------------------------------


def test_fan_out_adds_what_comes_back() -> None:
    """A neuron that feeds two others gets the sum of their error messages."""
    net = ng.Network()
    for name in ("i", "h", "o1", "o2"):
        net.add_neuron(name, activation="identity")
    net.connect("i", "h", 1.0)
    net.connect("h", "o1", 2.0)
    net.connect("h", "o2", 3.0)
    net.step([1.0], [0.0, 0.0], 0.0)  # outs are 2 and 3, and so are the deltas
    assert net.edges["h", "o1"].error_message == 2.0 * 2.0
    assert net.edges["h", "o2"].error_message == 3.0 * 3.0
    assert net.nodes["h"].delta == 4.0 + 9.0
    assert net.edges["i", "h"].gradient == 13.0


def test_one_neuron_used_twice_counts_twice() -> None:
    """d(x*x)/dx at x = 3 is 6: x times a weight that is tied to x's own weight."""
    net = ng.Network(loss="out")
    for name in ("one", "x", "square"):
        net.add_neuron(name, activation="identity")
    net.connect("one", "x", 3.0, tie="x")
    net.connect("x", "square", 3.0, tie="x")
    assert net.step([1.0], [0.0], 0.0) == 9.0
    assert net.edges["one", "x"].gradient == 6.0
    assert net.edges["x", "square"].gradient == 6.0


def test_skip_connection_counts_beside_the_long_way() -> None:
    """A skip connection's error message is added to that of the way through the layers."""
    net = ng.Network()
    for name in ("i", "a", "b", "o"):
        net.add_neuron(name, activation="identity")
    net.connect("i", "a", 2.0)
    net.connect("a", "b", 3.0)
    net.connect("b", "o", 5.0)
    net.connect("a", "o", 7.0)
    net.connect("i", "o", 11.0)
    assert net.levels == [["i"], ["a"], ["b"], ["o"]]
    assert net.forward([1.0]).tolist() == [2 * 3 * 5 + 2 * 7 + 11]
    net.backward([54.0])  # so that delta of o is 1
    assert net.nodes["a"].delta == 3 * 5 + 7
    assert net.nodes["i"].out_gradient == 2 * (3 * 5 + 7) + 11


def test_a_bias_tied_to_a_weight_is_one_parameter() -> None:
    """With o = x*w + w, dE/dw is (o - t) * (x + 1), and both stay equal after an update."""
    net = ng.Network()
    net.add_neuron("i")
    net.add_neuron("o", activation="identity", bias=0.5, tie="w")
    net.connect("i", "o", 0.5, tie="w")
    net.step([3.0], [1.0], 0.1)
    assert net.edges["i", "o"].gradient == net.nodes["o"].bias_gradient == (2.0 - 1.0) * 4.0
    assert net.edges["i", "o"].weight == net.nodes["o"].bias == pytest.approx(0.1, rel=1e-15)


def test_in_place_a_tied_weight_waits_for_its_whole_gradient() -> None:
    """In place, a weight shared by two levels changes once, after its last share has come back."""
    net = ng.Network()
    for name in ("i", "h", "o"):
        net.add_neuron(name, activation="identity")
    net.connect("i", "h", 2.0, tie="w")
    net.connect("h", "o", 2.0, tie="w")
    net.step([1.0], [0.0], 0.01, order="in_place")  # E = w**4 / 2, dE/dw = 2 * w**3
    assert net.edges["i", "h"].gradient == 2 * 2.0**3
    assert net.edges["i", "h"].weight == net.edges["h", "o"].weight == 2.0 - 0.01 * 16.0


@pytest.mark.parametrize("order", ["simultaneous", "in_place"])
def test_a_frozen_parameter_has_a_gradient_and_keeps_its_value(order: str) -> None:
    """What is not trainable gets its gradient and is not moved by any update."""
    net = ng.Network.layered(1, 1, weights=0.5, bias=0.25, activation="identity")
    net.edges["i1", "o1"].trainable = False
    net.step([2.0], [0.0], 0.1, order)
    assert (net.edges["i1", "o1"].gradient, net.edges["i1", "o1"].weight) == (2.5, 0.5)
    assert net.nodes["o1"].bias == 0.25 - 0.1 * 1.25


def test_biases_as_a_bias_neuron() -> None:
    """Weights from a bias neuron are biases: same outs, gradients and updates."""
    biased = ng.Network.layered(2, 2, 1, weights=0.3, bias=[[0.1, -0.2], 0.4])
    drawn = ng.Network.layered(2, 2, 1, weights=0.3)
    drawn.add_neuron("b", kind="bias")
    for name in ("h1", "h2", "o1"):
        drawn.connect("b", name, biased.nodes[name].bias)
    for inputs in ([0.3, -0.7], [[0.3, -0.7], [1.0, 0.5]]):
        targets = [0.8] if np.ndim(inputs) == 1 else [[0.8], [0.1]]
        assert drawn.step(inputs, targets, 0.5) == pytest.approx(
            biased.step(inputs, targets, 0.5), rel=1e-14
        )
        assert np.all(np.asarray(drawn.nodes["b"].out) == 1.0)
        for name in ("h1", "h2", "o1"):
            bias = drawn.edges["b", name]
            assert bias.gradient == pytest.approx(biased.nodes[name].bias_gradient, rel=1e-13)
            assert bias.weight == pytest.approx(biased.nodes[name].bias, rel=1e-13)


def test_a_shared_bias_moves_by_the_sum_of_its_gradients() -> None:
    """One bias for a layer: its gradient is the sum of the deltas of that layer."""
    net = ng.Network.layered(2, 2, 2, weights=0.3, bias=[0.35, 0.6], shared_bias=True)
    net.step([0.05, 0.1], [0.01, 0.99], 0.5)
    for names, start in ((("h1", "h2"), 0.35), (("o1", "o2"), 0.6)):
        total = sum(net.nodes[name].delta for name in names)
        for name in names:
            assert net.nodes[name].bias_gradient == pytest.approx(total, rel=1e-15)
            assert net.nodes[name].bias == pytest.approx(start - 0.5 * total, rel=1e-15)


def chain_of(length: int) -> ng.Network:
    """Return a chain of identity neurons whose weights are 1, -1, 1, -1, ..."""
    net = ng.Network()
    net.add_neuron(0)
    for k in range(1, length):
        net.add_neuron(k, activation="identity")
        net.connect(k - 1, k, (-1.0) ** (k + 1), label=f"w{k}")
    return net


def test_a_chain_of_5000_neurons() -> None:
    """Depth is no obstacle: nothing recurses."""
    net = chain_of(5000)
    assert net.forward([0.25]).tolist() == [-0.25]  # 4999 weights, 2499 of them -1
    net.backward([0.75])
    assert net.nodes[4999].delta == -1.0
    assert net.nodes[0].out_gradient == 1.0
    assert net.connection("w1").gradient == 0.25
    assert len(net.levels) == 5000
    assert len(list(net.messages([0.25], [0.75], 0.1, "in_place"))) > 5 * 4999
    net.add_edge(4999, 2)
    with pytest.raises(ng.StructureError, match="cycle: 2 -> 3 -> 4"):
        net.forward([0.25])


def test_a_skip_connection_over_a_thousand_levels() -> None:
    """A long skip joins the ends of a long chain, and in the middle a wide level."""
    net = chain_of(1000)
    net.connect(0, 999, 7.0)
    for k in range(20):
        net.add_neuron(f"side {k}", activation="identity")
        net.connect(499, f"side {k}", 0.5)
        net.connect(f"side {k}", 998, 0.1)
    # Of the weights up to neuron 998, 499 are -1; of those up to neuron 499, 249.
    to_999 = (-1.0) ** (1000) * ((-1.0) ** 499 + 20 * 0.05 * (-1.0) ** 249)
    assert net.forward([0.5]).tolist() == pytest.approx([0.5 * (7.0 + to_999)], rel=1e-12)
    net.backward([0.0])
    assert net.edges[0, 999].gradient == pytest.approx(0.25 * (7.0 + to_999), rel=1e-12)
    assert net.nodes[0].out_gradient == pytest.approx(0.5 * (7.0 + to_999) ** 2, rel=1e-12)


# -- closed forms --------------------------------------------------------------------------------

X = np.array([[1.0, 0.5, -1.0], [0.0, 2.0, 0.25], [-1.5, 1.0, 1.0], [0.5, -0.5, 2.0]])
W = np.array([[0.2, -0.4, 0.1], [0.7, 0.3, -0.6]])
T = np.array([[1.0, 0.0], [0.0, 1.0], [0.0, 1.0], [1.0, 0.0]])


def one_layer(activation: str, loss: str, reduction: str) -> ng.Network:
    """Return a network without hidden neurons, with the weights W."""
    return ng.Network.layered(
        3, 2, weights=[W], activation=activation, loss=loss, reduction=reduction
    )


def gradients(net: ng.Network) -> np.ndarray:
    """Return the gradients as a matrix (n_outputs, n_inputs)."""
    return np.array([[net.edges[i, o].gradient for i in net.inputs] for o in net.outputs])


@pytest.mark.parametrize("reduction", ["mean", "sum"])
def test_linear_regression(reduction: str) -> None:
    """The gradient of linear regression is (X w - t)^T X."""
    net = one_layer("identity", "half_squared_error", reduction)
    net.forward(X)
    error = net.backward(T)
    part = 1 / len(X) if reduction == "mean" else 1.0
    assert error == pytest.approx(part * 0.5 * ((X @ W.T - T) ** 2).sum(), rel=1e-14)
    assert gradients(net) == pytest.approx(part * (X @ W.T - T).T @ X, rel=1e-13)


def test_gradient_descent_finds_the_least_squares_solution() -> None:
    """Enough updates of a linear network end at the least-squares solution."""
    net = one_layer("identity", "squared_error", "mean")
    for _ in range(400):
        net.step(X, T, 0.2)
    found = np.array([[net.edges[i, o].weight for i in net.inputs] for o in net.outputs])
    best = np.linalg.lstsq(X, T, rcond=None)[0].T
    assert found == pytest.approx(best, rel=1e-9)


@pytest.mark.parametrize("reduction", ["mean", "sum"])
def test_logistic_regression(reduction: str) -> None:
    """The gradient of logistic regression is (p - t)^T X."""
    net = one_layer("logistic", "binary_cross_entropy", reduction)
    net.forward(X)
    net.backward(T)
    p = 1 / (1 + np.exp(-X @ W.T))
    part = 1 / len(X) if reduction == "mean" else 1.0
    assert gradients(net) == pytest.approx(part * (p - T).T @ X, rel=1e-13)


@pytest.mark.parametrize("reduction", ["mean", "sum"])
def test_softmax_regression(reduction: str) -> None:
    """The gradient of softmax with cross-entropy is (p - t)^T X."""
    net = one_layer("softmax", "cross_entropy", reduction)
    outs = net.forward(X)
    error = net.backward(T)
    p = np.exp(X @ W.T)
    p /= p.sum(axis=1, keepdims=True)
    part = 1 / len(X) if reduction == "mean" else 1.0
    assert outs == pytest.approx(p, rel=1e-14)
    assert error == pytest.approx(-part * (T * np.log(p)).sum(), rel=1e-14)
    assert gradients(net) == pytest.approx(part * (p - T).T @ X, rel=1e-13)


@pytest.mark.parametrize(
    ("loss", "error", "gradient"),
    [
        ("half_squared_error", (0.36 + 0.25) / 2, [-0.6, 0.5]),
        ("squared_error", 0.36 + 0.25, [-1.2, 1.0]),
        ("mean_squared_error", (0.36 + 0.25) / 2, [-0.6, 0.5]),
        ("absolute_error", 0.6 + 0.5, [-1.0, 1.0]),
        ("hinge", (1 - 0.4) + (1 - 0.5), [-1.0, 1.0]),
    ],
)
def test_losses_by_hand(loss: str, error: float, gradient: list[float]) -> None:
    """Total error and gradients of outs 0.4 and -0.5 for targets 1 and -1, by hand."""
    net = ng.Network.layered(1, 2, weights=[[[0.4], [-0.5]]], activation="identity", loss=loss)
    net.forward([1.0])
    assert net.backward([1.0, -1.0]) == pytest.approx(error, rel=1e-14)
    assert gradients(net).ravel().tolist() == pytest.approx(gradient, rel=1e-14)


def saturated(activation: str, loss: str) -> ng.Network:
    """Return two outputs whose nets are 1000 and -1000 for the input 1."""
    return ng.Network.layered(
        1, 2, weights=[[[1000.0], [-1000.0]]], activation=activation, loss=loss
    )


@pytest.mark.parametrize("batch", [False, True])
@pytest.mark.parametrize("wrong", [False, True])
def test_saturated_softmax_keeps_its_error_and_gradient(batch: bool, wrong: bool) -> None:
    """Nets of +-1000: E is 2000 on the wrong class and 0 on the right one, delta is p - t."""
    net = saturated("softmax", "cross_entropy")
    targets = [0.0, 1.0] if wrong else [1.0, 0.0]
    net.forward([[1.0]] if batch else [1.0])
    assert net.backward([targets] if batch else targets) == (2000.0 if wrong else 0.0)
    expected = [1.0, -1.0] if wrong else [0.0, 0.0]
    assert gradients(net).ravel().tolist() == expected


@pytest.mark.parametrize("batch", [False, True])
@pytest.mark.parametrize("wrong", [False, True])
def test_saturated_logistic_keeps_its_error_and_gradient(batch: bool, wrong: bool) -> None:
    """Nets of +-1000: binary cross-entropy is 1000 for each output that is wrong."""
    net = saturated("logistic", "binary_cross_entropy")
    targets = [0.0, 1.0] if wrong else [1.0, 0.0]
    net.forward([[1.0]] if batch else [1.0])
    assert net.backward([targets] if batch else targets) == (2000.0 if wrong else 0.0)
    assert gradients(net).ravel().tolist() == ([1.0, -1.0] if wrong else [0.0, 0.0])


def test_a_saturated_batch_mixes_with_one_that_is_not() -> None:
    """In one batch, a saturated sample keeps its error and leaves the others as they are."""
    net = saturated("softmax", "cross_entropy")
    net.forward([[1.0], [0.0]])
    net.backward([[0.0, 1.0], [0.0, 1.0]])
    assert net.nodes["o2"].loss.tolist() == [2000.0, pytest.approx(np.log(2), rel=1e-15)]
    assert net.nodes["o2"].delta.tolist() == [-1.0, -0.5]


def test_a_saturated_softmax_of_which_one_neuron_feeds_onward() -> None:
    """A group of which only one neuron is an output has an error too where it is saturated."""
    net = ng.Network(loss="cross_entropy")
    net.add_neuron("i")
    net.add_neuron("s1", activation="softmax")
    net.add_neuron("s2", activation="softmax")
    net.add_neuron("o", activation="identity")
    net.connect("i", "s1", 1000.0)
    net.connect("i", "s2", -1000.0)
    net.connect("s1", "o", 1.0)
    assert net.outputs == ["s2", "o"]
    net.forward([1.0])
    assert net.backward([1.0, 1.0]) == 2000.0  # -log(exp(-2000)) and -log(1)


def test_a_saturated_output_that_feeds_onward_keeps_its_delta() -> None:
    """The delta of a logistic output that also feeds another neuron stays finite: p - t."""
    net = ng.Network(loss="binary_cross_entropy")
    net.add_neuron("i")
    net.add_neuron("o", kind="output")
    net.add_neuron("p")
    net.connect("i", "o", 1000.0)
    net.connect("o", "p", 1.0)
    net.forward([1.0])
    assert net.backward([0.0, 1.0]) == pytest.approx(1000.0 + np.log1p(np.exp(-1.0)), rel=1e-14)
    # What p sends back is multiplied by the slope of o, which is 0 here.
    assert net.nodes["o"].delta == 1.0


# -- worked examples and paper arithmetic ----------------------------------------------------------


def mazur() -> ng.Network:
    """Return the network of Mazur, "A Step by Step Backpropagation Example" (2015)."""
    return ng.Network.layered(
        2, 2, 2,
        weights=[[[0.15, 0.20], [0.25, 0.30]], [[0.40, 0.45], [0.50, 0.55]]],
        bias=[0.35, 0.60], trainable_bias=False,
    )  # fmt: skip


def test_mazur_one_round_in_both_orders() -> None:
    """The printed error after one round comes from the update in place, the weights do not."""
    net = mazur()
    assert net.step([0.05, 0.10], [0.01, 0.99], 0.5) == pytest.approx(0.298371109, abs=5e-10)
    assert net.value("w5.weight") == pytest.approx(0.35891648, abs=5e-9)
    assert net.value("w1.weight") == pytest.approx(0.149780716, abs=5e-10)
    net = mazur()
    net.step([0.05, 0.10], [0.01, 0.99], 0.5, order="in_place")
    net.forward([0.05, 0.10])
    assert net.total_error([0.01, 0.99]) == pytest.approx(0.291027924, abs=5e-10)


def test_mazur_ten_thousand_rounds() -> None:
    """The printed outputs after 10,000 rounds come from the update in place."""
    net = mazur()
    for _ in range(10_000):
        net.step([0.05, 0.10], [0.01, 0.99], 0.5, order="in_place")
    outs = net.forward([0.05, 0.10])
    assert outs.tolist() == pytest.approx([0.015912196, 0.984065734], abs=5e-10)


def test_afteracademy() -> None:
    """AfterAcademy's network: nets of the hidden layer as printed, error as recomputed by hand."""
    # w4 goes from x2 to h1 and w3 from x1 to h2.
    net = ng.Network.layered(
        2, 2, 2,
        weights=[[[0.25, 0.15], [0.35, 0.28]], [[0.35, 0.20], [0.45, 0.40]]],
        bias=[0.45, 0.5],
    )  # fmt: skip
    net.forward([0.1, 0.2])
    assert net.value("h1.net") == pytest.approx(0.505, abs=1e-15)
    assert net.value("h2.net") == pytest.approx(0.541, abs=1e-15)
    assert net.value("h2.out") == pytest.approx(0.632045, abs=5e-7)
    o1 = 1 / (1 + np.exp(-(0.35 * net.value("h1.out") + 0.2 * net.value("h2.out") + 0.5)))
    o2 = 1 / (1 + np.exp(-(0.45 * net.value("h1.out") + 0.4 * net.value("h2.out") + 0.5)))
    expected = ((0.05 - o1) ** 2 + (0.95 - o2) ** 2) / 2
    assert net.backward([0.05, 0.95]) == pytest.approx(expected, rel=1e-14)


def test_linear_errors_are_shared_out_as_weights_times_error() -> None:
    """python-course.eu: in a linear 4-2 network the errors go back as e_hidden = W^T e."""
    weights = np.array([[0.6, 0.4, 0.1, 0.2], [0.3, -0.5, 0.7, 0.9]])
    net = ng.Network.layered(4, 2, weights=[weights], activation="identity")
    outs = net.forward([0.5, 0.25, 1.0, 0.75])
    error = np.array([0.08, -0.2])
    net.backward(outs + error)  # delta = out - target = -error
    back = [net.nodes[name].out_gradient for name in net.inputs]
    assert back == pytest.approx((-weights.T @ error).tolist(), rel=1e-12)
    share = net.edges["i1", "o1"].error_message / sum(
        connection.error_message for connection in net.incoming("o1")
    )
    assert 0.08 * share == pytest.approx(0.037, abs=5e-4)


def test_xor_of_threshold_neurons() -> None:
    """The classical XOR of step neurons (McCulloch and Pitts) computes, and learns nothing."""
    net = ng.Network.layered(
        2, 2, 1, activation="step",
        weights=[[[1, 1], [1, 1]], [[1, -1]]], bias=[[-0.5, -1.5], -0.5],
    )  # fmt: skip
    outs = net.forward([[0, 0], [0, 1], [1, 0], [1, 1]])
    assert outs.ravel().tolist() == [0.0, 1.0, 1.0, 0.0]
    net.backward([[1], [0], [0], [1]])
    assert net.nodes["o1"].slope.tolist() == [0.0] * 4
    assert all(net.edges[ends].gradient == 0.0 for ends in net.edges)
    net.set_value("h1.bias", 0.0)
    net.set_value("h2.bias", -1.0)
    net.forward([0, 1])
    assert (net.nodes["h2"].net, net.nodes["h2"].out) == (0.0, 1.0)  # step(0) is 1


def test_every_printed_forward_value_of_the_rounded_2432_network() -> None:
    """A 2-4-3-2 network on paper, four decimals: as printed, but for 0.9441 which is 0.9440."""
    net = ng.Network.layered(
        2, 4, 3, 2,
        weights=[
            [[0.1, 0.2], [0.3, 0.4], [0.5, 0.6], [0.7, 0.8]],
            [[0.25, 0.30, 0.35, 0.40], [0.45, 0.50, 0.55, 0.60], [0.65, 0.70, 0.75, 0.80]],
            [[0.3, 0.4, 0.5], [0.6, 0.7, 0.8]],
        ],
        names="letters",
    )  # fmt: skip
    outs = net.forward([1, 0], digits=4)
    printed = {
        "net": {"b": "0.1 0.3 0.5 0.7", "c": "0.7887 1.2667 1.7448", "d": "0.9440 1.6397"},
        "out": {"b": "0.5250 0.5744 0.6225 0.6682", "c": "0.6876 0.7802 0.8513",
                "d": "0.7199 0.8375"},
    }  # fmt: skip
    for quantity, layers in printed.items():
        for letter, numbers in layers.items():
            for k, number in enumerate(numbers.split(), start=1):
                assert net.value(f"{letter}{k}.{quantity}") == float(number)
    assert outs.tolist() == [0.7199, 0.8375]


@pytest.mark.parametrize(
    ("number", "digits", "rounded"),
    [
        (0.00125, 4, 0.0013),
        (-0.00125, 4, -0.0013),
        (0.00124999, 4, 0.0012),
        (1.005, 2, 1.01),
        (0.5, 0, 1.0),
        (2.5, 0, 3.0),
        (-2.5, 0, -3.0),
        (1e300, 4, 1e300),
        (1e-300, 300, 1e-300),
        (123456789.125, 2, 123456789.13),
    ],
)
@pytest.mark.parametrize("batch", [False, True])
def test_rounding_half_away_from_zero(
    number: float, digits: int, rounded: float, batch: bool
) -> None:
    """Net and out are rounded as on paper: the decimal number, half away from zero."""
    net = ng.Network.layered(1, 1, weights=number, activation="identity")
    net.forward([[1.0], [1.0]] if batch else [1.0], digits=digits)
    assert np.all(net.nodes["o1"].net == rounded)
    assert np.all(net.nodes["o1"].out == rounded)
    assert np.shape(net.nodes["o1"].out) == ((2,) if batch else ())


def test_rounding_drops_binary_noise() -> None:
    """What is a tie on paper is one, though its float lies just below: 1.15 * 0.7 = 0.805."""
    assert 1.15 * 0.7 < 0.805
    net = ng.Network.layered(1, 1, weights=0.7, activation="identity")
    assert net.forward([1.15], digits=2).tolist() == [0.81]
    assert net.forward([-1.15], digits=2).tolist() == [-0.81]


def test_rounding_of_deltas_and_gradients() -> None:
    """Backward rounds every delta and gradient; error messages carry the rounded deltas."""
    net = ng.Network.layered(1, 1, 1, weights=[0.5, 3.0], activation="identity", bias=0.25)
    net.forward([1.0])  # h1 is 0.75, o1 is 2.5
    net.backward([1.33333], digits=2)
    assert net.value("o1.delta") == 1.17
    assert net.value("o1.bias_gradient") == 1.17
    assert net.value("w2.gradient") == 0.88  # 0.75 * 1.17 = 0.8775
    assert net.value("w2.error_message") == pytest.approx(3.51, rel=1e-15)
    assert net.value("h1.delta") == 3.51
    assert net.value("o1.out_gradient") == pytest.approx(2.5 - 1.33333, rel=1e-15)


def test_rounding_leaves_nan_and_inf() -> None:
    """A net that has overflowed cannot be rounded and stays."""
    net = ng.Network.layered(2, 1, weights=[[[1e308, 1e308]]], activation="identity")
    assert net.forward([10.0, 10.0], digits=3).tolist() == [np.inf]
    assert np.isnan(net.forward([10.0, -10.0], digits=3)).all()


def test_divergence_is_visible() -> None:
    """Overflow warns nobody and shows: inf and nan are values like any other."""
    net = ng.Network.layered(1, 1, weights=1e200, activation="identity", loss="squared_error")
    net.step([1e200], [0.0], 1.0)
    assert net.value("o1.net") == np.inf
    net.forward([0.0])  # the weight is -inf by now
    assert np.isnan(net.value("o1.net"))
    assert "net" in net.nodes["o1"]
    assert "net=nan" in repr(net.nodes["o1"])


# -- symbols -------------------------------------------------------------------------------------


def number(expression: sympy.Expr, values: dict[sympy.Symbol, float]) -> float:
    """Return the value of an expression."""
    return float(sympy.lambdify(list(values), expression, "math")(*values.values()))


def test_a_small_network_in_symbols() -> None:
    """Sympy's derivatives of a network with a skip, a tie, a fan-out and mixed activations."""
    i1, i2, a, b, c, d, e, p, q, t1, t2 = sympy.symbols("i1 i2 a b c d e p q t1 t2", real=True)
    h1 = sympy.tanh(a * i1 + b * i2 + p)
    h2 = sympy.sin(b * i1 + c * h1)  # b is shared
    o1 = 1 / (1 + sympy.exp(-(d * h1 + e * h2 + q * i2)))
    o2 = sympy.log(1 + sympy.exp(e * h1 + p))  # e and p are shared
    error = ((t1 - o1) ** 2 + (t2 - o2) ** 2) / 2
    values = {i1: 0.3, i2: -0.7, a: 0.5, b: -0.4, c: 0.9, d: 0.2, e: -0.6, p: 0.1, q: 0.8}
    values |= {t1: 0.25, t2: 0.75}

    net = ng.Network()
    net.add_neuron("i1")
    net.add_neuron("i2")
    net.add_neuron("h1", activation="tanh", bias=values[p], tie="p")
    net.add_neuron("h2", activation="sin")
    net.add_neuron("o1", activation="logistic")
    net.add_neuron("o2", activation="softplus", bias=values[p], tie="p")
    for pre, post, symbol in [
        ("i1", "h1", a), ("i2", "h1", b), ("i1", "h2", b), ("h1", "h2", c),
        ("h1", "o1", d), ("h2", "o1", e), ("i2", "o1", q), ("h1", "o2", e),
    ]:  # fmt: skip
        net.connect(pre, post, values[symbol], tie=str(symbol))
    outs = net.forward({"i1": 0.3, "i2": -0.7})
    assert outs.tolist() == pytest.approx([number(o, values) for o in (o1, o2)], rel=1e-14)
    assert net.backward([0.25, 0.75]) == pytest.approx(number(error, values), rel=1e-14)
    for pre, post in net.edges:
        symbol = sympy.Symbol(net.edges[pre, post].tie, real=True)
        expected = number(sympy.diff(error, symbol), values)
        assert net.edges[pre, post].gradient == pytest.approx(expected, rel=1e-12)
    expected = number(sympy.diff(error, p), values)
    for name in ("h1", "o2"):
        assert net.nodes[name].bias_gradient == pytest.approx(expected, rel=1e-12)


def test_a_softmax_layer_in_symbols() -> None:
    """Sympy's derivatives of squared errors on a softmax whose neurons also feed a third output."""
    x, u, v, w = sympy.symbols("x u v w", real=True)
    total = sympy.exp(u * x) + sympy.exp(v * x)
    s1, s2 = sympy.exp(u * x) / total, sympy.exp(v * x) / total
    o = w * s1
    error = (1 - s1) ** 2 + s2**2 + (2 - o) ** 2
    values = {x: 0.8, u: 0.5, v: -0.3, w: 1.5}

    net = ng.Network(loss="squared_error")
    net.add_neuron("x")
    net.add_neuron("s1", activation="softmax", kind="output")
    net.add_neuron("s2", activation="softmax")
    net.add_neuron("o", activation="identity")
    net.connect("x", "s1", 0.5, label="u")
    net.connect("x", "s2", -0.3, label="v")
    net.connect("s1", "o", 1.5, label="w")
    net.forward([0.8])
    assert net.backward([1, 0, 2]) == pytest.approx(number(error, values), rel=1e-14)
    for symbol in (u, v, w):
        expected = number(sympy.diff(error, symbol), values)
        assert net.value(f"{symbol}.gradient") == pytest.approx(expected, rel=1e-12)
