"""Second derivatives by every parameter, beside closed forms and central differences."""

import math
import pickle

import numpy as np
import pytest
from hypothesis import given
from strategies import CHECKED, Plain, plain_networks, value_of

import neurograph as ng
from neurograph.combinations import COMBINATIONS, add_combination


def one_neuron(weight: float = 0.5, activation: str = "logistic") -> ng.Network:
    """Return a network of one weight."""
    return ng.Network.layered(1, 1, weights=weight, activation=activation)


def test_one_logistic_neuron() -> None:
    """By the closed form x^2 * (f'^2 + (out - t) * f''), and after Gauss and Newton x^2 * f'^2."""
    net = one_neuron()
    net.forward([3.0])
    out = 1 / (1 + math.exp(-1.5))
    slope = out * (1 - out)
    bend = slope * (1 - 2 * out)
    wanted = 9 * (slope**2 + (out - 0.25) * bend)
    assert net.curvatures([0.25]) == {"w1.curvature": pytest.approx(wanted, rel=1e-14)}
    assert net.edges["i1", "o1"].curvature == net.value("w1.curvature")
    assert net.value("w1.gauss_newton") == pytest.approx(9 * slope**2, rel=1e-14)


@pytest.mark.parametrize(("reduction", "wanted"), [("mean", 5.0), ("sum", 10.0)])
def test_a_batch_and_a_bias(reduction: str, wanted: float) -> None:
    """Of 1/2 (t - w*x - b)^2 it is x^2 by w and 1 by b, over the samples x = 1 and x = 3."""
    net = ng.Network.layered(1, 1, weights=0.5, bias=0.1, activation="identity")
    net.reduction = reduction
    net.forward([[1.0], [3.0]])
    n = wanted / 5
    assert net.curvatures([[0.0], [7.0]]) == {"w1.curvature": wanted, "o1.bias_curvature": n}
    assert net.nodes["o1"].bias_gauss_newton == n


def test_a_shared_weight_moves_at_all_its_places() -> None:
    """Of 1/2 (t - W^2 x)^2 it is 4 W^2 x^2 - 2x (t - W^2 x), and Gauss-Newton is (2Wx)^2."""
    net = ng.Network.layered(1, 1, 1, weights=0.5, activation="identity")
    for label in ("w1", "w2"):
        net.connection(label).tie = "W"
    net.forward([2.0])
    found = net.curvatures([3.0])
    assert found == {"w1.curvature": 4 - 4 * 2.5, "w2.curvature": 4 - 4 * 2.5}
    assert net.value("w2.gauss_newton") == 4.0
    explained = ng.explain(net, "W.curvature", depth=0)
    assert explained.value == -6.0
    assert "∂²E_total/∂W² = -6" in str(explained)


@CHECKED
@given(plain_networks(combined=True))
def test_beside_differences_of_gradients(plain: Plain) -> None:
    """With every rule, masks, ties, softmax and batches; a kink near the point is left out."""
    net = plain.network()
    inputs, targets = plain.data
    net.forward(inputs)
    net.curvatures(targets)
    for owners in plain.parameters():
        value = parameter(owners[0])
        gradients = []
        for step in (-2e-4, -1e-4, 0.0, 1e-4, 2e-4):
            for owner in owners:
                set_parameter(owner, value + step)
            gradients.append(plain.gradient(owners))
        for owner in owners:
            set_parameter(owner, value)
        two, one = (gradients[4] - gradients[0]) / 4e-4, (gradients[3] - gradients[1]) / 2e-4
        scale = 1 + max(map(abs, gradients))
        left, right = gradients[2] - gradients[1], gradients[3] - gradients[2]
        if abs(one - two) <= 1e-4 * scale and abs(left - right) <= 1e-5 * scale:
            # The rest of the four-point rule is of the order h^4, its rounding 1e-16 / h.
            wanted = (4 * one - two) / 3
            assert value_of(net, owners[0], "curvature") == pytest.approx(
                wanted, rel=1e-6, abs=1e-6 * scale
            )


def parameter(owner: object) -> float:
    """Return the weight of a connection or the bias of a neuron."""
    return owner.weight if hasattr(owner, "weight") else owner.bias


def set_parameter(owner: object, value: float) -> None:
    """Change the weight of a connection or the bias of a neuron."""
    setattr(owner, "weight" if hasattr(owner, "weight") else "bias", value)


@CHECKED
@given(plain_networks(combined=True))
def test_every_line_is_true(plain: Plain) -> None:
    """Every line of an explanation evaluates to the number it states."""
    net = plain.network()
    inputs, targets = plain.data
    net.forward(inputs)
    net.backward(targets)
    net.curvatures(targets)
    for ends in net.edges:
        for quantity in ("curvature", "gauss_newton"):
            explained = ng.explain(net, f"{ends[0]}->{ends[1]}.{quantity}")
            assert all(line.is_exact for step in explained.steps for line in step.equations)


def test_explained_and_followed() -> None:
    """The line is that of the gradient, with how delta changes; influence reaches both."""
    scenario = ng.load_scenario("mazur_2015")
    net = scenario.network()
    net.forward(scenario.inputs)
    net.curvatures(scenario.targets)
    text = str(ng.explain(net, "w5.curvature", depth=0))
    assert "∂²E_total/∂w5² = ∂δ_o1/∂w5 * out_h1" in text
    assert "Squire and Trapp, 1998" in text
    assert "∂out_o2/∂w1" in str(ng.explain(net, "w1.gauss_newton", depth=0))
    influence = ng.influence(net, "w5")
    assert "w5.curvature" in influence.backward
    assert "w1.gauss_newton" in influence.backward
    assert "w7.curvature" not in ng.influence(net, "o1.target").backward


def test_a_rule_that_is_not_linear_has_no_line() -> None:
    """Of 1/2 (t - |w x|)^2 by way of the length sqrt(sum of squares): x^2, as for a line."""
    add_combination(
        "length",
        "sqrt(total(message**2))",
        "message / sqrt(total(before**2) + message**2 + total(after**2))",
    )
    try:
        net = one_neuron(activation="identity")
        net.nodes["o1"].combine = "length"
        net.forward([3.0])
        assert net.curvatures([1.0]) == {"w1.curvature": pytest.approx(9.0, rel=1e-14)}
        assert "∂²E_total/∂w1² = 9" in str(ng.explain(net, "w1.curvature", depth=0))
    finally:
        COMBINATIONS.pop("length", None)


def test_before_it_is_known() -> None:
    """The messages say what to call."""
    net = one_neuron()
    with pytest.raises(ng.NotComputedError, match=r"call net\.forward\(inputs\) first"):
        net.curvatures([1.0])
    net.forward([1.0])
    with pytest.raises(AttributeError, match=r"call net\.curvatures\(targets\) first"):
        _ = net.edges["i1", "o1"].curvature
    with pytest.raises(ng.NotComputedError, match=r"call net\.curvatures\(targets\) first"):
        ng.explain(net, "w1.curvature")
    before = dict(net.edges["i1", "o1"])
    with pytest.raises(ng.InvalidValueError, match="target"):
        net.curvatures([float("nan")])
    assert dict(net.edges["i1", "o1"]) == before


def test_what_stays_and_what_is_forgotten() -> None:
    """A backward pass with the same targets stays; a copy and a pickle carry it; a pass forgets."""
    net = one_neuron()
    net.forward([1.0])
    net.backward([0.5])
    gradient = net.value("w1.gradient")
    net.curvatures([0.5])
    assert net.value("w1.gradient") == gradient
    for other in (net.copy(), pickle.loads(pickle.dumps(net))):
        assert other.edges["i1", "o1"].curvature == net.value("w1.curvature")
    net.forward([1.0])
    assert "curvature" not in net.edges["i1", "o1"]
    assert np.isfinite(list(net.curvatures([0.25]).values())).all()


@pytest.mark.parametrize("batch_size", [None, 1])
def test_a_training_records_it(batch_size: int | None) -> None:
    """Of the last step of every second epoch, with the weights before it: central differences."""
    xs, ts = np.array([0.5, -1.0]), np.array([0.25, 0.75])
    net = ng.Network.layered(1, 1, weights=2.0, bias=0.5)
    tie_all = ng.Network.layered(1, 1, 1, weights=[[[1.5]], [[1.5]]])
    for label in ("w1", "w2"):
        tie_all.connection(label).tie = "W"
    history = net.train(
        xs[:, None], ts[:, None], learning_rate=0.5, epochs=4, batch_size=batch_size, every=2,
        record=["w1.curvature", "o1.bias_curvature", "w1.gauss_newton", "w1.change", "w1.weight",
                "o1.bias_change", "o1.bias"],
    )  # fmt: skip
    step = slice(None) if batch_size is None else slice(1, 2)

    def out(w: float, b: float) -> np.ndarray:
        return 1 / (1 + np.exp(-(w * xs[step] + b)))

    def error(w: float, b: float) -> float:
        return float(np.mean((ts[step] - out(w, b)) ** 2 / 2))

    h = 1e-4
    for k in range(2):
        w = history["w1.weight"][k] - history["w1.change"][k]
        b = history["o1.bias"][k] - history["o1.bias_change"][k]
        by_w = (error(w + h, b) - 2 * error(w, b) + error(w - h, b)) / h**2
        by_b = (error(w, b + h) - 2 * error(w, b) + error(w, b - h)) / h**2
        assert history["w1.curvature"][k] == pytest.approx(by_w, abs=1e-7)
        assert history["o1.bias_curvature"][k] == pytest.approx(by_b, abs=1e-7)
        moves = out(w, b) * (1 - out(w, b)) * xs[step]
        assert history["w1.gauss_newton"][k] == pytest.approx(np.mean(moves**2), rel=1e-12)
    shared = tie_all.train(
        [1.0], [0.5], learning_rate=0.0, epochs=1, record=["W.curvature", "W.gradient"]
    )
    of_shared = [_both(1.5 + d) for d in (-h, 0.0, h)]
    by_tie = (of_shared[0] - 2 * of_shared[1] + of_shared[2]) / h**2
    assert shared["W.curvature"][0] == pytest.approx(by_tie, abs=1e-7)
    assert shared["W.gradient"][0] == pytest.approx((of_shared[2] - of_shared[0]) / (2 * h))


def test_a_factor_of_one_is_not_written() -> None:
    """Of half a squared error d2E/dout2 is 1: G is the square of dout/dw, (0.25 * 3)^2 at w = 0."""
    net = ng.Network.layered(1, 1, weights=0.0)
    net.forward([3.0])
    net.curvatures([1.0])
    root = ng.explain(net, "w1.gauss_newton", depth=0).root
    assert root.symbolic == "G_w1 = (∂out_o1/∂w1)^2"
    assert root.value == 0.5625


def _both(w: float) -> float:
    """Return the error of a chain of two logistic neurons with one weight, input 1, target 0.5."""
    hidden = 1 / (1 + np.exp(-w))
    return float((0.5 - 1 / (1 + np.exp(-w * hidden))) ** 2 / 2)
