"""Networks made of layers."""

import re
from typing import Any

import numpy as np
import pytest

import neurograph as ng


def test_names_labels_and_kinds() -> None:
    """Inputs are i1.., outputs o1.., neurons between h1.. throughout; w1.. go neuron by neuron."""
    net = ng.Network.layered(2, 3, 1, 2)
    assert net.levels == [["i1", "i2"], ["h1", "h2", "h3"], ["h4"], ["o1", "o2"]]
    assert {ends: net.edges[ends].label for ends in net.edges} == {
        ("i1", "h1"): "w1", ("i2", "h1"): "w2", ("i1", "h2"): "w3", ("i2", "h2"): "w4",
        ("i1", "h3"): "w5", ("i2", "h3"): "w6",
        ("h1", "h4"): "w7", ("h2", "h4"): "w8", ("h3", "h4"): "w9",
        ("h4", "o1"): "w10", ("h4", "o2"): "w11",
    }  # fmt: skip
    kinds = {"i": "input", "h": "hidden", "o": "output"}
    assert all(net.nodes[name].kind == kinds[name[0]] for name in net)
    assert "activation" not in net.nodes["i1"]


@pytest.mark.parametrize(
    ("names", "levels"),
    [
        ("letters", [["a1", "a2"], ["b1"]]),
        ([["x", "y"], ["z"]], [["x", "y"], ["z"]]),
        (([1, 2], [("out", 1)]), [[1, 2], [("out", 1)]]),
    ],
)
def test_names(names: Any, levels: list[list[object]]) -> None:
    """Names are letters by layer, or whatever is given."""
    assert ng.Network.layered(2, 1, names=names).levels == levels


def test_weights_are_one_row_for_each_neuron() -> None:
    """An array of weights has shape (n_post, n_pre): outs are f(W x + b)."""
    first, second = np.arange(6.0).reshape(3, 2), np.array([[1, -1, 2]])
    net = ng.Network.layered(
        2, 3, 1, weights=[first, second], activation="identity", bias=[[1, 2, 3], -4]
    )
    x = np.array([0.5, -1.0])
    expected = second @ (first @ x + [1, 2, 3]) - 4
    assert net.forward(x).tolist() == expected.tolist()
    assert net.edges["i2", "h3"].weight == 5.0


@pytest.mark.parametrize("weights", [0.25, [0.25, 0.25], [[[0.25, 0.25]], 0.25]])
def test_one_number_for_many_weights(weights: Any) -> None:
    """A number stands for every weight, or for every weight of its layer."""
    net = ng.Network.layered(2, 1, 1, weights=weights)
    assert {net.edges[ends].weight for ends in net.edges} == {0.25}
    assert all(type(net.edges[ends].weight) is float for ends in net.edges)


@pytest.mark.parametrize(
    ("bias", "expected"),
    [
        (None, [None, None, None]),
        (0.5, [0.5, 0.5, 0.5]),
        ([0.5, 0.25], [0.5, 0.5, 0.25]),
        ([None, 0.25], [None, None, 0.25]),
        ([[0.5, None], [0.25]], [0.5, None, 0.25]),
        ((np.array([0.5, 0.75]), np.float64(1)), [0.5, 0.75, 1.0]),
    ],
)
def test_biases(bias: Any, expected: list[float | None]) -> None:
    """A bias is one number, one for each layer, or one for each neuron; None is none."""
    net = ng.Network.layered(1, 2, 1, bias=bias)
    assert [net.nodes[name].bias for name in ("h1", "h2", "o1")] == expected
    assert net.nodes["i1"].bias is None


def test_shared_and_frozen_biases() -> None:
    """Shared biases are tied by layer, frozen ones do not move."""
    net = ng.Network.layered(2, 2, 2, bias=[0.35, 0.6], shared_bias=True, seed=1)
    assert [net.nodes[name].tie for name in ("h1", "h2", "o1", "o2")] == ["b1", "b1", "b2", "b2"]
    net.step([1, 1], [0, 0], 0.5)
    assert net.nodes["h1"].bias == net.nodes["h2"].bias != 0.35
    net = ng.Network.layered(2, 2, 2, bias=0.35, trainable_bias=False, seed=1)
    net.step([1, 1], [0, 0], 0.5)
    assert {net.nodes[name].bias for name in ("h1", "h2", "o1", "o2")} == {0.35}
    assert all("tie" not in neuron for neuron in net.nodes.values())


@pytest.mark.parametrize(
    ("chosen", "expected"),
    [
        ({}, ["logistic", "logistic", "logistic"]),
        ({"activation": "tanh"}, ["tanh", "tanh", "tanh"]),
        ({"activation": ["tanh", "identity"]}, ["tanh", "tanh", "identity"]),
        ({"output_activation": "sin"}, ["logistic", "logistic", "sin"]),
        ({"activation": ("sin", "relu"), "output_activation": "net**2"}, ["sin", "sin", "net**2"]),
    ],
)
def test_activations(chosen: dict[str, Any], expected: list[str]) -> None:
    """One activation for all, or one for each layer; the last may differ."""
    net = ng.Network.layered(1, 2, 1, **chosen)
    assert [net.nodes[name].activation for name in ("h1", "h2", "o1")] == expected


def test_attributes_of_the_network() -> None:
    """Loss, reduction and graph attributes are passed on."""
    net = ng.Network.layered(1, 1, loss="squared_error", reduction="sum", name="n", colour="red")
    assert net.graph == {
        "loss": "squared_error", "reduction": "sum", "name": "n", "colour": "red",
    }  # fmt: skip


# -- start weights -------------------------------------------------------------------------------


def drawn(initialiser: str, seed: Any, n_in: int = 60, n_out: int = 40) -> np.ndarray:
    """Return the weights of one layer."""
    net = ng.Network.layered(n_in, n_out, weights=initialiser, seed=seed)
    return np.array([weight for _, _, weight in net.edges(data="weight")])


@pytest.mark.parametrize("initialiser", ["uniform", "xavier", "he"])
def test_a_seed_makes_start_weights_reproducible(initialiser: str) -> None:
    """The same seed gives the same weights, another seed others; a generator goes on."""
    first = drawn(initialiser, 1)
    assert np.array_equal(first, drawn(initialiser, 1))
    assert np.array_equal(first, drawn(initialiser, np.random.default_rng(1)))
    assert not np.array_equal(first, drawn(initialiser, 2))
    rng = np.random.default_rng(1)
    assert np.array_equal(first, drawn(initialiser, rng))
    assert not np.array_equal(first, drawn(initialiser, rng))


@pytest.mark.parametrize(
    ("initialiser", "variance", "bound"),
    [
        ("uniform", 1 / 12, 0.5),
        ("xavier", 2 / (60 + 40), np.sqrt(6 / (60 + 40))),
        ("he", 2 / 60, np.inf),
    ],
)
def test_start_weights_have_the_published_variance(
    initialiser: str, variance: float, bound: float
) -> None:
    """Glorot and Bengio (2010): 2 / (n_in + n_out); He et al. (2015): 2 / n_in."""
    weights = drawn(initialiser, 0)
    assert np.abs(weights).max() <= bound
    # 2,400 draws: their variance has a standard error of at most 3 %, their mean one of 2 %.
    assert weights.var() == pytest.approx(variance, rel=0.12)
    assert abs(weights.mean()) < 0.08 * np.sqrt(variance)


def test_initialisers_by_layer() -> None:
    """Each layer may have an initialiser, a number or an array of its own."""
    net = ng.Network.layered(2, 2, 2, 1, weights=["he", 0.5, [[1, 2]]], seed=3)
    assert net.connection("h1->h3").weight == 0.5
    assert net.connection("h4->o1").weight == 2.0


# -- errors --------------------------------------------------------------------------------------

V, T, U = ng.InvalidValueError, ng.InvalidTypeError, ng.UnknownNameError
NAN, INF = float("nan"), float("inf")
WRONG = [
    ((), {}, V, "two layers or more, for example layered(2, 2, 1); got 0"),
    ((3,), {}, V, "two layers or more, for example layered(2, 2, 1); got 1"),
    ((2, 0), {}, V, "size of layer 1 must be 1 or more, not 0"),
    ((-2, 1), {}, V, "size of layer 0 must be 1 or more, not -2"),
    ((2, 1.5), {}, T, "size of layer 1 must be a whole number, not 1.5"),
    ((2, True), {}, T, "size of layer 1 must be a whole number, not True"),
    (([2, 2],), {}, V, "two layers or more"),
    (([2], 2), {}, T, "size of layer 0 must be a whole number, not [2]"),
    ((2, 1), {"names": "leters"}, V, "not 'leters'; did you mean 'letters'?"),
    ((1,) * 27, {"names": "letters"}, V, "there are only 26 letters for 27 layers"),
    ((2, 1), {"names": [["a"], ["b"]]}, V, "are for layers of [1, 1], the layers have [2, 1]"),
    ((2, 1), {"names": [["a", "b"], ["a"]]}, V, "the name 'a' is used twice"),
    ((2, 1), {"names": [1, 2]}, T, "names"),
    ((2, 1), {"names": [["a", None], ["b"]]}, V, "a neuron needs a name: None stands for no"),
    ((2, 1), {"names": [["a", ["b"]], ["c"]]}, T, "must be hashable, as text and numbers are"),
    ((2, 1), {"names": 5}, T, "names"),
    ((2, 1), {"activation": "logistik"}, U, "no activation 'logistik'; did you mean 'logistic'?"),
    ((2, 1), {"output_activation": "tan"}, U, "no activation 'tan'; did you mean 'tanh'?"),
    ((2, 1), {"activation": ["tanh"] * 2}, V, "expected 1 activations, one for each layer after"),
    ((2, 1), {"activation": 5}, T, "5"),
    ((2, 1), {"bias": [1, 2]}, V, "expected 1 biases, one number or list for each layer after"),
    ((2, 2), {"bias": [[1, 2, 3]]}, V, "biases of layer 1: expected 2 numbers, got 3"),
    ((2, 2), {"bias": [[1, "x"]]}, T, "a bias of layer 1 must be a number, not 'x'"),
    ((2, 1), {"bias": "x"}, T, "bias must be a number, None, or a list"),
    ((2, 2), {"bias": NAN}, V, "a bias of layer 1 must be a finite number, not nan"),
    ((2, 1), {"weights": [0.5, 0.5]}, V, "expected 1 arrays of weights, one for each layer after"),
    ((2, 1), {"weights": [[1, 2]]}, V, "weights of layer 1 must have shape (1, 2), one row"),
    ((2, 1), {"weights": [[[1], [2]]]}, V, "not (2, 1); they look transposed"),
    ((2, 2), {"weights": [[[1], [2, 3]]]}, V, "weights of layer 1 have rows of different lengths"),
    ((2, 1), {"weights": [[[1, NAN]]]}, V, "weights of layer 1 must be finite, found nan or inf"),
    ((2, 1), {"weights": INF}, V, "weights of layer 1 must be a finite number, not inf"),
    ((2, 1), {"weights": [[["a", "b"]]]}, T, "weights of layer 1 must be numbers of shape (1, 2)"),
    ((2, 1), {"weights": "xavir"}, U, "weights of layer 1: no initialiser 'xavir'; did you mean"),
    ((2, 1), {"weights": "q"}, U, "no initialiser 'q'; the initialisers are uniform, xavier, he"),
    ((2, 1), {"weights": None}, T, "weights"),
    ((2, 1), {"loss": "crosentropy"}, U, "no loss 'crosentropy'; did you mean 'crossentropy'?"),
    ((2, 1), {"reduction": "men"}, V, "reduction must be one of 'mean', 'sum', not 'men'"),
]


@pytest.mark.parametrize(("sizes", "options", "error", "message"), WRONG)
def test_wrong_options(
    sizes: tuple[Any, ...], options: dict[str, Any], error: type[Exception], message: str
) -> None:
    """Every option that does not fit says which, and what fits."""
    with pytest.raises(error, match=re.escape(message)):
        ng.Network.layered(*sizes, **options)


def test_different_biases_cannot_be_shared() -> None:
    """A shared bias is one number for a layer; the first pass says so at the latest."""
    with pytest.raises(ng.NeurographError, match=r"tied parameters|bias"):
        ng.Network.layered(1, 2, bias=[[0.1, 0.2]], shared_bias=True).forward([1.0])


def test_a_wrong_seed_is_refused_where_nothing_is_drawn() -> None:
    """What draws is made when it is needed; that it cannot be made is said at once."""
    with pytest.raises(TypeError, match="SeedSequence"):
        ng.Network.layered(1, 1, weights=0.5, seed="one")  # type: ignore[arg-type]
