"""Neurons that multiply, average or choose among their messages, and masks on their outs."""

from math import exp, tanh
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from strategies import CHECKED, Plain, plain_networks, value_of

import neurograph as ng
from neurograph.cli import main
from neurograph.combinations import COMBINATIONS, add_combination, get_combination
from neurograph.drawing import animate_passes
from neurograph.exercises import Sheet, exercise
from neurograph.formulas import Group
from neurograph.landscape import at_point

pytestmark = pytest.mark.known_numbers

MESSAGES = [0.75, -2.0, 3.0]


def one_neuron(combine: str, **options: object) -> ng.Network:
    """Return a linear neuron of three messages 0.75, -2 and 3, with the bias 0.5."""
    net = ng.Network(loss="squared_error")
    for name in ("a", "b", "c"):
        net.add_neuron(name)
    net.add_neuron("y", activation="identity", bias=0.5, combine=combine, **options)
    for name, weight in (("a", 0.75), ("b", -1.0), ("c", 1.5)):
        net.connect(name, "y", weight, label=f"w_{name}")
    return net


# By hand: the messages are 0.75*1, -1*2 and 1.5*2; dy/dw = (dnet/dmessage) * input.
@pytest.mark.parametrize(
    ("combine", "combined", "slopes"),
    [
        ("sum", 1.75, [1.0, 1.0, 1.0]),
        ("product", -4.5, [-6.0, 2.25, -1.5]),
        ("mean", 1.75 / 3, [1 / 3, 1 / 3, 1 / 3]),
        ("max", 3.0, [0.0, 0.0, 1.0]),
        ("min", -2.0, [0.0, 1.0, 0.0]),
    ],
)
def test_every_rule_by_hand(combine: str, combined: float, slopes: list[float]) -> None:
    """The bias is added after; E = (0 - y)^2 makes delta = 2 y."""
    net = one_neuron(combine)
    net.forward([1.0, 2.0, 2.0])
    y = combined + 0.5
    assert net.value("y.out") == pytest.approx(y, rel=1e-15)
    net.backward([0.0])
    for name, slope, given_in in zip("abc", slopes, [1.0, 2.0, 2.0], strict=True):
        assert net.value(f"w_{name}.gradient") == pytest.approx(2 * y * slope * given_in, rel=1e-15)
    assert net.value("y.bias_gradient") == pytest.approx(2 * y)
    if combine != "sum":
        assert net.value("w_a.message_slope") == pytest.approx(slopes[0], rel=1e-15)


@pytest.mark.parametrize(("combine", "slopes"), [("max", [1, 0, 0]), ("min", [1, 0, 0])])
def test_of_equal_messages_the_first_has_the_slope(combine: str, slopes: list[int]) -> None:
    """Three equal messages: one of them is moved, and it is the first."""
    net = ng.Network()
    for name in ("a", "b", "c"):
        net.add_neuron(name)
    net.add_neuron("y", activation="identity", combine=combine)
    for name in ("a", "b", "c"):
        net.connect(name, "y", 1.0, label=f"w_{name}")
    net.forward([2.0, 2.0, 2.0])
    net.backward([0.0])
    assert [net.value(f"w_{name}.message_slope") for name in "abc"] == slopes


def test_the_gates_of_an_lstm_cell() -> None:
    """One step of a cell with c = i*g and h = o*tanh(c), the gates written out beside it."""

    def logistic(z: float) -> float:
        return 1 / (1 + exp(-z))

    i, g, o = logistic(0.2 + 0.05), tanh(0.4 + 0.1), logistic(0.1 + 0.15)
    net = ng.Network()
    for name in ("x1", "x2"):
        net.add_neuron(name)
    for name, activation, weights in (
        ("i", "logistic", (0.2, 0.1)), ("g", "tanh", (0.4, 0.2)), ("o", "logistic", (0.1, 0.3)),
    ):  # fmt: skip
        net.add_neuron(name, activation=activation)
        for pre, weight in zip(("x1", "x2"), weights, strict=True):
            net.connect(pre, name, weight)
    net.add_neuron("c", activation="identity", combine="product")
    net.add_neuron("tanh_c", activation="tanh")
    net.add_neuron("h", activation="identity", combine="product")
    for pre, post in (("i", "c"), ("g", "c"), ("c", "tanh_c"), ("o", "h"), ("tanh_c", "h")):
        net.connect(pre, post, 1.0, trainable=False)
    net.forward([1.0, 0.5])
    assert net.value("c.out") == pytest.approx(i * g, rel=1e-15)
    assert net.value("h.out") == pytest.approx(o * tanh(i * g), rel=1e-15)
    net.backward([0.0])
    # dE/dc = h * o * (1 - tanh(c)^2), and through c to the gate i: times g.
    h = o * tanh(i * g)
    assert net.value("c.delta") == pytest.approx(h * o * (1 - tanh(i * g) ** 2), rel=1e-14)
    assert net.value("i.out_gradient") == pytest.approx(net.value("c.delta") * g, rel=1e-14)
    assert ng.check_gradients(net, [1.0, 0.5], [0.0]).passed


def test_max_pooling_with_a_shared_kernel() -> None:
    """A 2x2 kernel over 3x3, the largest of the four, a logistic output: beside plain NumPy."""
    image = np.arange(1.0, 10.0).reshape(3, 3) / 10
    image[0, 1] = 0.9
    kernel, offset = np.array([[0.1, 0.2], [0.3, 0.4]]), 0.1
    conv = np.array(
        [[(image[r : r + 2, c : c + 2] * kernel).sum() + offset for c in (0, 1)] for r in (0, 1)]
    )
    r, c = np.unravel_index(conv.argmax(), conv.shape)
    out = 1 / (1 + np.exp(-0.8 * conv.max()))
    delta = (out - 1.0) * out * (1 - out) * 0.8
    net = ng.Network()
    for row in range(3):
        for column in range(3):
            net.add_neuron(f"x{row}{column}")
    net.add_neuron("p", activation="identity", combine="max")
    for row in range(2):
        for column in range(2):
            name = f"k{row}{column}"
            net.add_neuron(name, activation="identity", bias=offset, tie="b")
            for i in range(2):
                for j in range(2):
                    net.connect(f"x{row + i}{column + j}", name, kernel[i, j], tie=f"K{i}{j}")
            net.connect(name, "p", 1.0, trainable=False)
    net.add_neuron("y")
    net.connect("p", "y", 0.8)
    net.forward(image.ravel())
    assert net.value("y.out") == pytest.approx(out, rel=1e-14)
    net.backward([1.0])
    for i in range(2):
        for j in range(2):
            wanted = delta * image[r + i, c + j]
            assert net.value(f"x{i}{j}->k00.gradient") == pytest.approx(wanted, rel=1e-13)
            assert net.value(f"x{r + i}{c + j}->k{r}{c}.own_gradient") == pytest.approx(wanted)
    assert net.value("k00.bias_gradient") == pytest.approx(delta, rel=1e-13)
    explained = ng.explain(net, "K00.gradient")
    assert explained.value == pytest.approx(delta * image[r, c], rel=1e-13)


def test_one_use_of_a_shared_weight() -> None:
    """By hand: (0.5 - 1)*1 = -0.5 and (1.5 - 2)*3 = -1.5, together -2."""
    net = ng.Network()
    for name in ("x1", "x2"):
        net.add_neuron(name)
    for name, pre in (("y1", "x1"), ("y2", "x2")):
        net.add_neuron(name, activation="identity")
        net.connect(pre, name, 0.5, label=f"W{name[1]}", tie="W")
    net.forward([1.0, 3.0])
    net.backward([1.0, 2.0])
    assert net.value("W1.own_gradient") == -0.5
    assert net.edges["x2", "y2"].own_gradient == -1.5
    assert net.value("W1.gradient") == net.value("W2.gradient") == -2.0
    assert ng.explain(net, "W.gradient").value == -2.0
    own = ng.explain(net, "W1.own_gradient").root
    assert own.value == -0.5
    assert "δ_y1 * x1" in own.symbolic
    assert "W1.own_gradient" in ng.influence(net, "y1.net").backward
    history = net.train(
        [1.0, 3.0], [1.0, 2.0], learning_rate=0.1, epochs=1, record="W2.own_gradient"
    )
    assert history["W2.own_gradient"].tolist() == [-1.5]


def test_dropout_by_hand() -> None:
    """Inverted dropout, h1 kept and doubled, h2 dropped: y = 0.5*2*1 and dE/du = 2*1*2."""
    net = ng.Network(loss="squared_error")
    net.add_neuron("x")
    for name, mask in (("h1", 2.0), ("h2", 0.0)):
        net.add_neuron(name, activation="relu", mask=mask)
    net.add_neuron("y", activation="identity")
    for label, pre, post, weight in (
        ("a", "x", "h1", 1.0), ("b", "x", "h2", 2.0), ("u", "h1", "y", 0.5), ("v", "h2", "y", 1.5),
    ):  # fmt: skip
        net.connect(pre, post, weight, label=label)
    assert net.forward([1.0]) == [1.0]
    net.backward([0.0])
    gradients = {label: net.value(f"{label}.gradient") for label in "abuv"}
    assert gradients == {"a": 2.0, "b": 0.0, "u": 4.0, "v": 0.0}
    net.nodes["h2"].mask = None
    assert net.forward([1.0]) == [4.0]


@CHECKED
@given(plain_networks(combined=True))
def test_gradients_agree_with_complex_step(plain: Plain) -> None:
    """With every rule, masks, ties, softmax and batches, beside an independent computation."""
    net = plain.network()
    inputs, targets = plain.data
    net.forward(inputs)
    error = net.backward(targets)
    assert error == pytest.approx(complex(plain.total_error()).real, rel=1e-9, abs=1e-12)
    for owners in plain.parameters():
        wanted = plain.gradient(owners)
        for owner in owners:
            assert value_of(net, owner, "gradient") == pytest.approx(wanted, rel=1e-8, abs=1e-11)


@CHECKED
@given(plain_networks(combined=True))
def test_training_is_that_of_the_passes(plain: Plain) -> None:
    """The engine that is chosen, and generated Python, change parameters as the passes do."""
    inputs, targets = plain.data
    trained = []
    for engine in ("passes", None, "straight_line"):
        net = plain.network()
        net.train(inputs, targets, learning_rate=0.05, epochs=3, engine=engine)
        trained.append(np.array([value_of(net, owner) for owner in everything(plain)]))
    np.testing.assert_allclose(trained[1], trained[0], rtol=1e-12, atol=1e-14)
    np.testing.assert_allclose(trained[2], trained[0], rtol=1e-12, atol=1e-14)


def everything(plain: Plain) -> list[object]:
    """Return all that has a parameter."""
    return [owner for owners in plain.parameters() for owner in owners]


@CHECKED
@given(plain_networks(combined=True))
def test_every_line_of_an_explanation_is_true(plain: Plain) -> None:
    """Every line evaluates to the number it states, and paths add up to the gradient."""
    net = plain.network()
    inputs, targets = plain.data
    net.forward(inputs)
    net.backward(targets)
    for ends in net.edges:
        explained = ng.explain(net, f"{ends[0]}->{ends[1]}.new_weight", learning_rate=0.1)
        assert all(line.is_exact for step in explained.steps for line in step.equations)
        gradient = ng.explain(net, f"{ends[0]}->{ends[1]}.gradient")
        paths = sum(path.contribution for path in gradient.paths) + gradient.other_paths
        assert paths == pytest.approx(gradient.value, rel=1e-8, abs=1e-12)


def test_engines_that_cannot_say_so() -> None:
    """Levels as matrices and the compiled loop add up messages; asked for by name they refuse."""
    net = one_neuron("product")
    for engine in ("blocks", "jit"):
        with pytest.raises(ng.InvalidValueError, match="only neurons that add up their messages"):
            net.train([1.0, 2.0, 2.0], [0.0], learning_rate=0.1, epochs=1, engine=engine)
    with pytest.raises(ng.InvalidValueError, match="only neurons that add up their messages"):
        net.forward([1.0, 2.0, 2.0], engine="blocks")


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"combine": "prodct"}, ng.UnknownNameError, "'prodct'; did you mean 'product'"),
        ({"combine": "maximun"}, ng.UnknownNameError, "did you mean 'maximum'"),
        ({"combine": "batch_norm"}, ng.UnknownNameError, "couples the samples of a batch"),
        ({"combine": 3}, ng.InvalidTypeError, "given by its name, as text, not 3"),
        ({"mask": "half"}, ng.InvalidTypeError, "mask of neuron 'y' must be a number"),
        ({"mask": float("inf")}, ng.InvalidValueError, "must be a finite number"),
    ],
)
def test_wrong_settings(options: dict[str, object], error: type[Exception], message: str) -> None:
    """The nearest is named, and no neuron is added."""
    net = ng.Network()
    with pytest.raises(error, match=message):
        net.add_neuron("y", **options)  # type: ignore[arg-type]
    assert not net


def test_a_mask_on_an_input_is_refused() -> None:
    """Its out is given: it is given times the mask."""
    net = ng.Network()
    net.add_neuron("x", mask=0.5)
    net.add_neuron("y")
    net.connect("x", "y", 1.0)
    with pytest.raises(ng.StructureError, match="neuron 'x' has a mask, and its out is given"):
        net.forward([1.0])


def test_a_rule_of_ones_own() -> None:
    """The length of the messages: 5 of 3 and 4, with the slopes 3/5 and 4/5; wrong ones refused."""
    formula = "sqrt(total(message**2))"
    slope = "message / sqrt(total(before**2) + message**2 + total(after**2))"
    with pytest.raises(ng.FormulaError, match="is not the derivative of its formula"):
        add_combination("length", formula, "message")
    try:
        assert add_combination("length", formula, slope) is get_combination("length")
        assert get_combination("length").formula(message=Group([3.0, 4.0])) == 5.0
        with pytest.raises(ng.FormulaError, match="there is a combine rule 'length' already"):
            add_combination("length", "total(message)", "1")
        net = one_neuron("length")
        net.forward([1.0, 2.0, 2.0])
        assert net.value("y.net") == pytest.approx((0.75**2 + 4 + 9) ** 0.5 + 0.5, rel=1e-15)
        assert ng.check_gradients(net, [1.0, 2.0, 2.0], [0.0]).passed
    finally:
        COMBINATIONS.pop("length", None)


# -- formulas in the names of the senders --------------------------------------------------------

# By label of the connection: the weight, and what it joins. Not all the fixed ones are 1.
GRU = {
    "Wz": (0.4, "x", "z"), "Uz": (0.3, "h0", "z"), "Wr": (-0.2, "x", "r"), "Ur": (0.6, "h0", "r"),
    "Wc": (0.8, "x", "c"), "Uc": (-0.5, "h0", "c"), "Rc": (1.0, "r", "c"),
    "Zh": (0.9, "z", "h"), "Ch": (1.1, "c", "h"), "Hh": (1.0, "h0", "h"),
}  # fmt: skip
BIASES = {"z": 0.1, "r": 0.0, "c": 0.2, "h": 0.05}


def gru() -> ng.Network:
    """Return one step of a GRU of one unit, its state and its candidate stated as formulas."""
    net = ng.Network()
    net.add_neuron("x")
    net.add_neuron("h0")
    net.add_neuron("z", bias=BIASES["z"])
    net.add_neuron("r", bias=BIASES["r"])
    net.add_neuron("c", activation="tanh", bias=BIASES["c"], combine="x + r*h0")
    net.add_neuron("h", activation="identity", bias=BIASES["h"], combine="(1 - z) * c + z * h0")
    for label, (weight, pre, post) in GRU.items():
        net.connect(pre, post, weight, label=label)
    return net


def gru_by_hand(w: dict[str, complex], b: dict[str, complex]) -> dict[str, complex]:
    """Return the outs at x = 1 and h0 = 0.5, and half the squared error at the target 0.9."""
    x, h0 = 1.0, 0.5
    z = 1 / (1 + np.exp(-(w["Wz"] * x + w["Uz"] * h0 + b["z"])))
    r = 1 / (1 + np.exp(-(w["Wr"] * x + w["Ur"] * h0 + b["r"])))
    c = np.tanh(w["Wc"] * x + w["Rc"] * r * w["Uc"] * h0 + b["c"])
    h = (1 - w["Zh"] * z) * w["Ch"] * c + w["Zh"] * z * w["Hh"] * h0 + b["h"]
    return {"z": z, "r": r, "c": c, "h": h, "loss": (0.9 - h) ** 2 / 2}


def stated(w: str = "", b: str = "") -> dict[str, complex]:
    """Return what `gru_by_hand` gives, where one weight or bias has an imaginary step."""
    weights = {label: weight + 1e-30j * (label == w) for label, (weight, _, _) in GRU.items()}
    biases = {name: bias + 1e-30j * (name == b) for name, bias in BIASES.items()}
    return gru_by_hand(weights, biases)


def test_a_gru_without_helpers() -> None:
    """Outs are those of NumPy by hand, gradients those of its complex step, by every parameter."""
    net = gru()
    net.forward([1.0, 0.5])
    for name in ("z", "r", "c", "h"):
        assert net.value(f"{name}.out") == pytest.approx(stated()[name].real, rel=1e-14)
    assert net.backward([0.9]) == pytest.approx(stated()["loss"].real, rel=1e-14)
    for label in GRU:
        wanted = stated(w=label)["loss"].imag / 1e-30
        assert net.value(f"{label}.gradient") == pytest.approx(wanted, rel=1e-12)
    for name in BIASES:
        wanted = stated(b=name)["loss"].imag / 1e-30
        assert net.value(f"{name}.bias_gradient") == pytest.approx(wanted, rel=1e-12)
    # The slopes of (1 - Z) C + Z H by Z, C and H.
    z, c = 0.9 * stated()["z"].real, 1.1 * stated()["c"].real
    assert net.value("Zh.message_slope") == pytest.approx(0.5 - c, rel=1e-14)
    assert net.value("Ch.message_slope") == pytest.approx(1 - z, rel=1e-14)
    assert net.value("Hh.message_slope") == pytest.approx(z, rel=1e-14)
    assert ng.check_gradients(net, [1.0, 0.5], [0.9]).passed


def test_engines_train_a_gru_as_the_passes_do() -> None:
    """Generated Python and the engine that is chosen give the same weights; others refuse."""
    trained = []
    for engine in ("passes", None, "straight_line"):
        net = gru()
        for order in ("simultaneous", "in_place"):
            net.train([1.0, 0.5], [0.9], learning_rate=0.2, epochs=3, order=order, engine=engine)
        trained.append([net.connection(label).weight for label in GRU])
    np.testing.assert_allclose(trained[1], trained[0], rtol=1e-13)
    np.testing.assert_allclose(trained[2], trained[0], rtol=1e-13)
    for engine in ("blocks", "jit"):
        with pytest.raises(ng.InvalidValueError, match="only neurons that add up their messages"):
            gru().train([1.0, 0.5], [0.9], learning_rate=0.1, epochs=1, engine=engine)


def test_second_derivatives_of_a_gru() -> None:
    """They are central differences of the gradient that the complex step gives by hand."""
    net = gru()
    net.forward([1.0, 0.5])
    curvatures = net.curvatures([0.9])
    for label in GRU:
        weights = {name: weight for name, (weight, _, _) in GRU.items()}
        gradients = [
            gru_by_hand(weights | {label: weights[label] + step + 1e-30j}, BIASES)["loss"].imag
            for step in (1e-4, -1e-4)
        ]
        wanted = (gradients[0] - gradients[1]) / 1e-30 / 2e-4
        assert curvatures[f"{label}.curvature"] == pytest.approx(wanted, rel=1e-6, abs=1e-8)


def test_a_gru_is_explained_and_written_down() -> None:
    """Each line of the explanation is true, and a sheet says the rule."""
    net = gru()
    net.forward([1.0, 0.5])
    net.backward([0.9])
    for label in GRU:
        explained = ng.explain(net, f"{label}.gradient")
        assert all(line.is_exact for step in explained.steps for line in step.equations)
        paths = sum(path.contribution for path in explained.paths) + explained.other_paths
        assert paths == pytest.approx(explained.value, rel=1e-10)
    assert "net_h = (1 - Zh*out_z)*(Ch*out_c) + Zh*out_z*(Hh*h0) + b_h" in str(
        ng.explain(net, "h.net", depth=0)
    )
    sheet = Sheet(exercise=exercise(net, [1.0, 0.5], [0.9], 0.1)).markdown()
    rule = "net_j = (1 - w_zj*out_z)*w_cj*out_c + w_zj*out_z*w_h0j*out_h0 + b_j"
    assert f"`{rule}`" in sheet


def test_a_gru_is_kept(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """What is saved is loaded with the same rules, bit for bit; `inspect` shows them."""
    net = gru()
    net.forward([1.0, 0.5])
    net.backward([0.9])
    net.save(tmp_path / "gru.json")
    again = ng.load(tmp_path / "gru.json")
    assert again.nodes["h"].combine == "(1 - z) * c + z * h0"
    assert again.forward([1.0, 0.5]) == net.forward([1.0, 0.5])
    assert 'combine = "x + r * h0"' in net.to_toml()
    assert main(["inspect", str(tmp_path / "gru.json"), "h"]) == 0
    shown = " ".join(capsys.readouterr().out.split())
    assert "combine (1 - z) * c + z * h0 how messages become one number" in shown
    assert "net_j = (1 - z) * c + z * h0 + bias_j," in shown
    assert "message = weight * out; (1 - z) * c + z * h0 of them and the bias make net" in shown


def linear(combine: str, outs: dict[str, float], **options: Any) -> ng.Network:
    """Return a neuron y that combines inputs of weight 1, with E = y."""
    net = ng.Network(loss="out")
    for name in outs:
        net.add_neuron(name)
    net.add_neuron("y", **({"activation": "identity", "combine": combine} | options))
    for name in outs:
        net.connect(name, "y", 1.0, label=f"w_{name}")
    net.forward(list(outs.values()))
    net.backward([0.0])
    return net


@pytest.mark.parametrize(
    ("combine", "outs", "net", "slopes"),
    [
        # Of three classes the first is wanted: 1 + 1.3 + 0.1 = 2.4, and 1 - 0.4 + 0.1 = 0.7.
        (
            "max(0, 1 + s2 - s1) + max(0, 1 + s3 - s1)",
            {"s1": -0.1, "s2": 1.3, "s3": -0.4}, 3.1, {"s1": -2.0, "s2": 1.0, "s3": 1.0},
        ),
        # 0.25 * 4 + 0.75 * -2.
        (
            "a1*v1 + a2*v2", {"a1": 0.25, "v1": 4.0, "a2": 0.75, "v2": -2.0}, -0.5,
            {"a1": 4.0, "v1": 0.25, "a2": -2.0, "v2": 0.75},
        ),
        ("p / q", {"p": 3.0, "q": 2.0}, 1.5, {"p": 0.5, "q": -0.75}),
        ("1e-1 * p + n", {"p": 3.0, "n": 2.0}, 2.3, {"p": 0.1, "n": 1.0}),
    ],
)  # fmt: skip
def test_formulas_by_hand(
    combine: str, outs: dict[str, float], net: float, slopes: dict[str, float]
) -> None:
    """A hinge of several classes, the sum of attention, a quotient, and an exponent."""
    made = linear(combine, outs)
    assert made.value("y.net") == pytest.approx(net, rel=1e-14)
    for name, slope in slopes.items():
        assert made.value(f"w_{name}.message_slope") == pytest.approx(slope, rel=1e-14)
        assert made.value(f"{name}.out_gradient") == pytest.approx(slope, rel=1e-14)


@pytest.mark.parametrize(("s", "out", "by_a"), [(-2.0, -0.5, -2.0), (3.0, 3.0, 0.0)])
def test_a_slope_that_is_learnt(s: float, out: float, by_a: float) -> None:
    """PReLU: max(0, s) + a min(0, s) of a = 1/4, which is the weight of a bias neuron."""
    net = ng.Network(loss="out")
    net.add_neuron("s")
    net.add_neuron("a", kind="bias")
    net.add_neuron("y", activation="identity", combine="max(0, s) + a * min(0, s)")
    net.connect("s", "y", 1.0, trainable=False)
    net.connect("a", "y", 0.25, label="slope")
    assert net.forward([s]) == [out]
    net.backward([0.0])
    assert net.value("slope.gradient") == by_a


def test_a_threshold_after_a_formula_is_reached_as_by_hand() -> None:
    """0.1 + 0.2 - 0.3 is 0 by hand, and floats leave 6e-17."""
    outs = {"p": 0.1, "q": 0.2, "r": 0.3}
    assert 0.1 + 0.2 - 0.3 > 0 == linear("p + q - r", outs, activation="step").value("y.net")


def test_the_edge_of_a_formula_is_named() -> None:
    """Where max(0, p - q) has both arguments 0, and the weights move, there is no derivative."""
    net = ng.Network(loss="squared_error")
    for name in ("p", "q"):
        net.add_neuron(name)
    net.add_neuron("y", activation="identity", combine="max(0, p - q)")
    net.connect("p", "y", 1.0)
    net.connect("q", "y", 0.5)
    (note,) = at_point(net, [[1.0, 2.0], [1.0, 1.0]], [[1.0], [1.0]]).notes
    assert "max(0, p - q) of 'y' is where two of its pieces meet, in 1 of 2 samples" in note


def test_captions_of_the_passes_say_the_formula() -> None:
    """A rule that is a formula is no product or mean of messages."""
    moving = animate_passes(gru(), [1.0, 0.5], frames_each=1)
    captions = []
    for frame in range(moving.n_frames):
        moving.show(frame)
        captions += [note.get_text() for note in moving.drawing.notes]
    assert "h: net = (1 - z) * c + z * h0 + b, out = f(net)" in captions


@pytest.mark.parametrize(
    ("combine", "error", "message"),
    [
        ("p * qq", ng.StructureError, r"neuron 'y': .* 'qq' is no neuron .* did you mean 'q'\?"),
        ("p * q * zebra", ng.StructureError, "'zebra' is no neuron that sends to it; those are p"),
        ("2 * p", ng.StructureError, "'2 \\* p' does not name 'q', which sends to it$"),
        ("p *", ng.FormulaError, "not a formula"),
        ("p ^ q", ng.FormulaError, r"write \*\* for a power"),
        ("total(p) + q", ng.FormulaError, "total"),
        ("p + message", ng.FormulaError, "message"),
        ("batch-norm", ng.UnknownNameError, "couples the samples of a batch"),
    ],
)
def test_wrong_formulas(combine: str, error: type[Exception], message: str) -> None:
    """The neuron, and the name that is wrong, are named, with the nearest."""
    with pytest.raises(error, match=message):
        linear(combine, {"p": 1.0, "q": 2.0})


def test_a_name_that_no_formula_can_have() -> None:
    """Neurons called e, if or h-1 send to rules that take all messages alike."""
    for name in ("e", "h-1", "if", "bias"):
        with pytest.raises(ng.StructureError, match="its name is no plain word, or means someth"):
            linear("2 * p", {"p": 1.0, name: 2.0})
    net = linear("2 * p", {"p": 1.0})
    net.nodes["p"].combine = "2 * q"
    with pytest.raises(ng.StructureError, match="'q' is no neuron that sends to it; nothing does"):
        net.forward([1.0])


LAYERED = """
title = "Layers"
author = "A"
source = "S"
[network]
layers = [
    { names = ["g", "v"] },
    { size = 2, activation = "identity", combine = "g * v", weights = [[1, 1], [1, 2]] },
]
[data]
inputs = [3, 5]
[[runs]]
name = "r"
steps = [{ do = "forward", printed = { "o1.out" = "15", "o2.out" = "30" } }]
"""


def test_files_state_formulas(tmp_path: Path) -> None:
    """Of a layer too; one that cannot be read names its place, and words stay words."""
    path = tmp_path / "layers.toml"
    path.write_text(LAYERED, encoding="utf-8")
    assert ng.run_scenario(ng.load_scenario(path)).passed
    for other, message in (
        ("g * (v", r"network\.layers\[1\]\.combine: formula 'g \* \(v'"),
        ("prodct", r"combine: unknown choice 'prodct'; did you mean 'product'\?"),
        ("g * w", "'w' is no neuron that sends to it"),
    ):
        path.write_text(LAYERED.replace("g * v", other), encoding="utf-8")
        with pytest.raises(ng.NeurographError, match=message):
            ng.load_scenario(path).network().forward([3.0, 5.0])
