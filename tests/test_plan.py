"""The engines: each computes what the passes define, whatever the network."""

import math
import os
import re
import subprocess
import sys
import warnings
from collections.abc import Callable
from fractions import Fraction
from itertools import product
from pathlib import Path
from weakref import ref

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from precision import JOINT, RIGHT, errors_of, exactly, roundings
from strategies import Plain, plain_networks

import neurograph as ng
from neurograph import bindings
from neurograph.engines import Steps, block_passes, blocks, choose_engine, make_engine
from neurograph.engines.block_passes import BlockPass
from neurograph.engines.engine import Epoch, InOrder
from neurograph.engines.levels import levels_of, output_numbers
from neurograph.equations import Equations, Round
from neurograph.formulas import Formula
from neurograph.losses import LOSSES, Loss, get_loss
from neurograph.optimizers import OPTIMIZERS, get_optimizer
from neurograph.structure import Structure

COMPARED = settings(max_examples=60)
ENGINES = ("straight_line", "blocks")

MAZUR = {
    "weights": [[[0.15, 0.20], [0.25, 0.30]], [[0.40, 0.45], [0.50, 0.55]]],
    "bias": [0.35, 0.60],
    "trainable_bias": False,
}
XOR_INPUTS, XOR_TARGETS = [[0, 0], [0, 1], [1, 0], [1, 1]], [[0], [1], [1], [0]]


def samples_of(plain: Plain, net: ng.Network) -> tuple[np.ndarray, np.ndarray]:
    """Return the data of a plain network as rows, twice over with other inputs."""
    inputs = np.array([[row[name] for name in net.inputs] for row in plain.inputs])
    targets = np.array([[row[name] for name in net.outputs] for row in plain.targets])
    return np.concatenate([inputs, 0.5 * inputs]), np.concatenate([targets, targets])


@pytest.mark.parametrize(
    ("activation", "decide"),
    [
        ("step", lambda net: int(net >= 0)),
        ("sign(net)", lambda net: (net > 0) - (net < 0)),
        (
            "1 if net > 0.3 else -1 if net < -0.3 else 0",
            lambda net: (10 * net > 3) - (10 * net < -3),
        ),
    ],
)
def test_a_threshold_that_is_reached_by_hand_is_reached(
    activation: str, decide: Callable[[Fraction], int]
) -> None:
    """Fractions and every engine decide alike, where floats leave 1e-17 of a net that is 0."""
    weights, bias = [Fraction(1, 10), Fraction(-2, 10), Fraction(3, 10)], Fraction(-3, 10)
    rng = np.random.default_rng(3)
    inputs = rng.integers(0, 2, (100, 3)) * [1, -1, 1]
    targets = rng.integers(-1, 2, (100, 1))

    def network() -> ng.Network:
        net = ng.Network.layered(
            3, 1, weights=[[list(map(float, weights))]], bias=float(bias), activation=activation
        )
        net.slope = "one"
        return net

    w, b, n_on_thresholds, outs = list(weights), bias, 0, []
    for x, (t,) in zip(inputs.tolist(), targets.tolist(), strict=True):
        net = sum((a * c for a, c in zip(w, x, strict=True)), b)
        n_on_thresholds += abs(net) in (0, Fraction(3, 10))
        outs.append(decide(net))
        w = [a + Fraction(t - outs[-1], 10) * c for a, c in zip(w, x, strict=True)]
        b += Fraction(t - outs[-1], 10)
    assert n_on_thresholds > 5

    by_steps, seen = network(), []
    for x, t in zip(inputs, targets, strict=True):
        seen.append(by_steps.forward(x)[0])
        by_steps.step(x, t, 0.1)
    assert seen == outs
    expected = pytest.approx([*map(float, w), float(b)], rel=1e-12, abs=1e-12)
    assert by_steps.storage.parameters.tolist() == expected
    for engine in ("passes", "straight_line", None):
        net = network()
        net.train(inputs, targets, learning_rate=0.1, epochs=1, batch_size=1, engine=engine)
        assert net.storage.parameters.tolist() == by_steps.storage.parameters.tolist()
    for engine in ("blocks", "jit"):
        with pytest.raises(ng.InvalidValueError, match="no net that has to reach a threshold"):
            network().plan(engine=engine)
    everything = network().forward(inputs)[:, 0]
    by_fractions = [
        decide(sum((a * c for a, c in zip(weights, x, strict=True)), bias)) for x in inputs.tolist()
    ]
    assert everything.tolist() == network().predict(inputs)[:, 0].tolist() == by_fractions


def test_nets_of_large_networks_are_not_settled() -> None:
    """Of more than 600 parameters every engine takes nets as floats have them."""
    net = ng.Network.layered(300, 2, weights=0.1, activation="step")
    large = ng.Network.layered(301, 2, weights=0.1, activation="step")
    assert [len(each.structure.deciding) for each in (net, large)] == [2, 0]
    assert [each.structure.is_plain for each in (net, large)] == [False, True]


def trained(
    net: ng.Network, engine: str, inputs: np.ndarray, targets: np.ndarray, batch_size: int,
    order: str, optimizer: str,
) -> tuple[np.ndarray, dict[str, np.ndarray], list[float]] | None:  # fmt: skip
    """Do two epochs; return parameters, what the optimiser remembers, and the errors."""
    storage = net.storage
    chosen = get_optimizer(optimizer)
    try:
        made = make_engine(
            Round(storage.structure, net.checked_loss(), net.reduction, order, chosen),
            labels={}, batch_size=batch_size, engine=engine,
        )  # fmt: skip
    except ng.InvalidValueError:
        return None
    parameters = storage.parameters.copy()
    state = {name: np.zeros(len(parameters)) for name in chosen.state}
    n = len(inputs)
    batches = [slice(k, min(k + batch_size, n)) for k in range(0, n, batch_size)] * 2
    errors = made.steps(
        Steps(parameters, state, inputs, targets, batches, [0.05] * len(batches), 1)
    )
    return parameters, state, errors


def compare_engines(plain: Plain, batch_size: int, order: str, optimizer: str) -> None:
    """Assert that every engine that can run a network does what the passes do."""
    net = plain.network()
    inputs, targets = samples_of(plain, net)
    expected = trained(net, "passes", inputs, targets, batch_size, order, optimizer)
    assert expected is not None
    for engine in ENGINES:
        found = trained(net, engine, inputs, targets, batch_size, order, optimizer)
        if found is not None:
            # Sums are taken in another order, so that what cancels leaves other last digits.
            np.testing.assert_allclose(found[2], expected[2], rtol=1e-12, atol=1e-14)
            np.testing.assert_allclose(found[0], expected[0], rtol=1e-12, atol=1e-13)


@COMPARED
@given(
    plain_networks(combined=True),
    st.integers(1, 3),
    st.sampled_from(["simultaneous", "in_place"]),
    st.sampled_from(["gradient_descent", "momentum", "nesterov"]),
)
def test_engines_equal_the_passes(
    plain: Plain, batch_size: int, order: str, optimizer: str
) -> None:
    """Any network, loss, batch and order: the same parameters and errors to 1e-12."""
    compare_engines(plain, batch_size, order, optimizer)


@settings(COMPARED, max_examples=30)
@given(plain_networks(), st.integers(1, 3))
def test_engines_equal_the_passes_without_dense_blocks(plain: Plain, batch_size: int) -> None:
    """The same where a level is laid out without a matrix, as wide skips make it."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(bindings, "_WASTE", 0.1)
        assert not any(block.width for block in plain.network().structure.blocks)
        compare_engines(plain, batch_size, "simultaneous", "gradient_descent")


@settings(COMPARED, max_examples=15)
@given(plain_networks(), st.integers(2, 5))
def test_engines_equal_the_passes_in_pieces(plain: Plain, batch_size: int) -> None:
    """The same where a batch is gone through in pieces of two samples."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(blocks, "_MOST_AT_ONCE", 0)
        patch.setattr(blocks, "_IN_CACHE", 1)
        compare_engines(plain, batch_size, "simultaneous", "momentum")


def test_a_penalty_counts_once_for_all_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is added to the gradients of a batch, however many pieces that has."""
    monkeypatch.setattr(blocks, "_MOST_AT_ONCE", 0)
    monkeypatch.setattr(blocks, "_IN_CACHE", 1)
    net = ng.Network.layered(
        1, 1, weights=2.0, bias=None, activation="identity", penalty={"l2": 0.5}
    )
    history = net.train([[1.0]] * 5, [[1.0]] * 5, learning_rate=0.1, epochs=1, engine="blocks")
    # E = (2 - 1)^2 / 2 + 0.5 / 2 * 2^2 = 1.5; dE/dw = 1 + 0.5 * 2 = 2
    assert history["loss"] == pytest.approx([1.5], rel=1e-14)
    assert net.edges["i1", "o1"].weight == pytest.approx(1.8, rel=1e-14)


@pytest.mark.parametrize("engine", ["passes", "straight_line"])
@pytest.mark.parametrize(
    ("combine", "weights"),
    # Messages 6 and 1, out 6, delta 5.5: dE/db = 5.5 * 2 * 1 and dE/dc = 5.5 * 2 * 6.
    # max: out 6, dE/db = 5.5 * 2 and 0 of the other; min: out 1, delta 0.5, dE/dc = 0.5 * 2.
    [("product", (2.89, -0.16)), ("max", (2.89, 0.5)), ("min", (3.0, 0.49))],
)
def test_in_place_messages_are_those_of_the_forward_pass(
    engine: str, combine: str, weights: tuple[float, float]
) -> None:
    """A weight that has changed already does not change the slope of another message."""
    net = ng.Network()
    net.add_neuron("x", kind="input")
    net.add_neuron("z", kind="input")
    net.add_neuron("y", activation="identity", combine=combine)
    net.connect("x", "y", 3.0, label="b")
    net.connect("z", "y", 0.5, label="c")
    history = net.train(
        [2.0, 2.0], [0.5], learning_rate=0.01, epochs=1, order="in_place", engine=engine
    )
    assert len(history["loss"]) == 1
    found = (net.value("b.weight"), net.value("c.weight"))
    assert found == pytest.approx(weights, rel=1e-14)


SOURCES = [
    kinds for n in range(1, 5) for kinds in product(["used", "unused", "bias"], repeat=n)
    if "unused" in kinds and "used" in kinds
]  # fmt: skip


@pytest.mark.parametrize("kinds", SOURCES, ids="-".join)
def test_first_neurons_in_every_arrangement(kinds: tuple[str, ...]) -> None:
    """Whatever stands beside the inputs that are used, a batch's error is that of plain NumPy."""
    net = ng.Network()
    for place, kind in enumerate(kinds):
        net.add_neuron(place, kind="bias" if kind == "bias" else "input")
    net.add_neuron("o", activation="identity")
    weights = {place: 1.0 + place for place, kind in enumerate(kinds) if kind != "unused"}
    for place, weight in weights.items():
        net.connect(place, "o", weight)
    ones = np.array([kind == "bias" for kind in kinds])
    outs = np.where(ones, 1.0, np.arange(1.0, 1 + 3 * len(kinds)).reshape(3, -1) ** 2)
    errors = outs[:, list(weights)] @ list(weights.values())
    for engine in ("passes", *ENGINES):
        moved = net.copy()
        history = moved.train(
            outs[:, ~ones], np.zeros((3, 1)), learning_rate=1e-4, epochs=1, engine=engine
        )
        assert history["loss"] == pytest.approx([(errors**2 / 2).mean()], rel=1e-14)
        for place, weight in weights.items():
            expected = weight - 1e-4 * (errors * outs[:, place]).mean()
            assert moved.edges[place, "o"].weight == pytest.approx(expected, rel=1e-13)


@pytest.mark.parametrize("order", ["simultaneous", "in_place"])
@pytest.mark.parametrize("optimizer", OPTIMIZERS)
@pytest.mark.parametrize("engine", ENGINES)
def test_every_optimiser_in_every_engine(engine: str, optimizer: str, order: str) -> None:
    """Each optimiser remembers and changes the same in every engine."""
    net = ng.Network.layered(2, 3, 2, activation="tanh", bias=0.1, seed=3)
    rng = np.random.default_rng(4)
    inputs, targets = rng.random((5, 2)), rng.random((5, 2))
    expected = trained(net, "passes", inputs, targets, 1, order, optimizer)
    found = trained(net, engine, inputs, targets, 1, order, optimizer)
    assert expected is not None
    assert found is not None
    np.testing.assert_allclose(found[0], expected[0], rtol=1e-12)
    np.testing.assert_allclose(found[2], expected[2], rtol=1e-12)
    for name, column in expected[1].items():
        np.testing.assert_allclose(found[1][name], column, rtol=1e-12, atol=1e-15)


@pytest.mark.parametrize("engine", [*ENGINES, "jit"])
def test_gelu_in_every_engine(engine: str) -> None:
    """The error function has the same digits in each engine, and gradients are those of it."""
    if engine == "jit":
        pytest.importorskip("numba")
    net = ng.Network.layered(2, 3, 2, activation="gelu", bias=0.1, seed=3)
    rng = np.random.default_rng(4)
    inputs, targets = 3 * rng.normal(size=(5, 2)), rng.random((5, 2))
    expected = trained(net, "passes", inputs, targets, 2, "simultaneous", "adam")
    found = trained(net, engine, inputs, targets, 2, "simultaneous", "adam")
    assert expected is not None
    assert found is not None
    np.testing.assert_allclose(found[0], expected[0], rtol=1e-12)
    np.testing.assert_allclose(found[2], expected[2], rtol=1e-12)
    assert ng.check_gradients(net, inputs, targets, rtol=1e-9).passed


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize(
    ("order", "error"), [("simultaneous", 3.51018778e-05), ("in_place", 3.50847863e-05)]
)
def test_mazur_after_ten_thousand_rounds(order: str, error: float, engine: str) -> None:
    """Both orders end where recomputing the page with plain floats ends."""
    net = ng.Network.layered(2, 2, 2, **MAZUR)
    net.train([0.05, 0.10], [0.01, 0.99], learning_rate=0.5, epochs=10_000, order=order,
              engine=engine)  # fmt: skip
    net.forward([0.05, 0.10])
    assert net.total_error([0.01, 0.99]) == pytest.approx(error, rel=1e-8)


@pytest.mark.parametrize("engine", ENGINES)
def test_xor_is_learned(engine: str) -> None:
    """A 2-4-1 network learns XOR from a stated seed."""
    net = ng.Network.layered(2, 4, 1, bias=0.0, seed=1)
    net.train(XOR_INPUTS, XOR_TARGETS, learning_rate=5.0, epochs=2000, engine=engine)
    assert net.predict(XOR_INPUTS).round().tolist() == XOR_TARGETS


def test_the_source_is_the_tutorial() -> None:
    """Straight-line code reads in the network's own symbols, in the order of the algorithm."""
    source = ng.Network.layered(2, 2, 2, **MAZUR).plan().source()
    lines = [line.strip() for line in source.splitlines()]
    assert "net_h1 = w1*i1 + w2*i2 + b_h1" in lines
    assert "out_h1 = 1.0 / (1.0 + exp(-net_h1))" in lines
    assert "delta_h1 = (out_h1 * (1.0 - out_h1))*(w5*delta_o1 + w7*delta_o2)" in lines
    assert "w5 = w5 - learning_rate * d_w5" in lines
    assert "b_h1 = b_h1 - learning_rate * d_b_h1" not in lines  # it is frozen
    assert lines.index("# forward") < lines.index("# backward") < lines.index("# update")


def test_straight_lines_run_where_they_are_chosen(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of a softmax of three the generated code runs itself: no other engine does its steps."""
    net = ng.Network.layered(2, 3, activation="softmax", loss="cross_entropy", seed=1)

    def not_called(*arguments: object) -> None:
        raise AssertionError

    monkeypatch.setattr("neurograph.engines.engine.PassesEngine.steps", not_called)
    net.train([0.5, 1.0], [0.0, 1.0, 0.0], learning_rate=0.5, epochs=3, engine="straight_line")


def test_in_place_the_source_updates_at_once() -> None:
    """In place, w5 changes before the error goes back through it."""
    source = ng.Network.layered(2, 2, 2, **MAZUR).plan(order="in_place").source()
    assert source.index("w5 = w5 -") < source.index("delta_h1 =")


@pytest.mark.parametrize(
    "name",
    ["class", "__import__('os')", "a\nimport os", "x = 1", "1", "é", "", "exp", "n", "batch"],
)
def test_names_become_safe_identifiers(name: str) -> None:
    """Whatever neurons and connections are called, nothing of it runs and all stay apart."""
    net = ng.Network()
    for neuron in ("i", name, "n" if name != "n" else "m"):
        net.add_neuron(neuron, bias=None if neuron == "i" else 0.25)
    last = list(net)[-1]
    net.connect("i", name, 0.5, label="lambda: 0")
    net.connect(name, last, 0.75, label="w 1")
    expected = net.copy()
    net.train([1.0], [0.5], learning_rate=0.5, epochs=3, engine="straight_line")
    for _ in range(3):
        expected.step([1.0], [0.5], 0.5)
    for pre, post in net.edges:
        assert net.edges[pre, post].weight == pytest.approx(
            expected.edges[pre, post].weight, rel=1e-14
        )


CHANGES: dict[str, Callable[[ng.Network], object]] = {
    "add_node": lambda net: net.add_node("i9", kind="input"),
    "add_nodes_from": lambda net: net.add_nodes_from([("i9", {"kind": "input"})]),
    "add_edge": lambda net: net.add_edge("i1", "o1", weight=0.3),
    "add_edges_from": lambda net: net.add_edges_from([("i1", "o1", {"weight": 0.3})]),
    "add_weighted_edges_from": lambda net: net.add_weighted_edges_from([("i1", "o1", 0.3)]),
    "update": lambda net: net.update(edges=[("i1", "o1", {"weight": 0.3})]),
    "connect": lambda net: net.connect("i1", "o1", 0.3),
    "remove_edge": lambda net: net.remove_edge("i1", "h2"),
    "remove_edges_from": lambda net: net.remove_edges_from([("i1", "h2")]),
    "remove_node": lambda net: net.remove_node("h2"),
    "remove_nodes_from": lambda net: net.remove_nodes_from(["h2"]),
    "activation": lambda net: setattr(net.nodes["h1"], "activation", "tanh"),
    "bias": lambda net: setattr(net.nodes["h1"], "bias", None),
    "trainable": lambda net: setattr(net.edges["i1", "h1"], "trainable", False),
    "tie": lambda net: net.edges["i1", "h1"].update(tie="t", weight=0.5),
    "weight": lambda net: setattr(net.edges["i1", "h1"], "weight", 0.9),
    "item": lambda net: net.nodes["h1"].update(colour="red"),
}


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("change", CHANGES)
def test_a_plan_follows_every_change(change: str, engine: str) -> None:
    """After any change to the network, training does what it does on a new network like it."""
    net = ng.Network.layered(2, 3, 1, activation="tanh", bias=0.2, weights=0.5)
    options = {"learning_rate": 0.1, "epochs": 3, "engine": engine}
    net.train([0.5, 0.25], [0.1], **options)
    CHANGES[change](net)
    fresh = ng.Network(net)
    inputs = [0.5, 0.25, 0.125][: len(net.inputs)]
    net.train(inputs, [0.1], **options)
    fresh.train(inputs, [0.1], **options)
    assert [w for *_, w in net.edges(data="weight")] == [w for *_, w in fresh.edges(data="weight")]


@pytest.mark.parametrize("engine", [None, "passes", *ENGINES])
def test_a_plan_follows_a_loss_that_is_defined_anew(
    engine: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One of the same name with another formula is what the next step descends."""
    net = ng.Network.layered(1, 1, weights=0.5, bias=0.0, activation="identity")
    for factor, parameters in ((1.0, [0.6, 0.1]), (5.0, [0.9, 0.4])):
        formula = Formula(f"{factor} * (target - out)**2", ["target", "out", "n"])
        anew = Loss("anew", formula, formula.derivative("out"))
        monkeypatch.setitem(LOSSES, "anew", anew)
        net.loss = "anew"
        # The out is 0.5, then 0.7, and both parameters have the gradient 2 * factor * (out - 1).
        net.train([1.0], [1.0], learning_rate=0.1, epochs=1, engine=engine)
        assert net.storage.parameters.tolist() == pytest.approx(parameters, rel=1e-14)


def test_a_plan_is_kept_until_the_structure_changes() -> None:
    """Writing items and weights keeps the storage and its engines; a new connection does not."""
    net = ng.Network.layered(2, 3, 1, seed=1)
    net.train([0.5, 0.25], [0.1], learning_rate=0.1, epochs=1)
    storage = net.storage
    prepared = dict(storage.prepared)
    net.nodes["h1"]["pos"] = (0, 1)
    net.edges["i1", "h1"].weight = 2.0
    net.connection("w2").label = "renamed"
    net.train([0.5, 0.25], [0.1], learning_rate=0.1, epochs=1)
    assert net.storage is storage
    assert all(storage.prepared[key] is made for key, made in prepared.items())
    net.connect("i1", "o1", 0.5)
    assert net.storage is not storage


@pytest.mark.parametrize(("n_samples", "size"), [(1, 1), (4, 4), (6, 2), (7, 3)])
def test_batches_in_order_are_slices_over_and_over(n_samples: int, size: int) -> None:
    """Batches that are made when they are asked for are those of a list of slices."""
    epoch = [slice(start, min(start + size, n_samples)) for start in range(0, n_samples, size)]
    slices = (epoch * 12)[2:11]
    steps = InOrder(Epoch(n_samples, size), first=2, n=9)
    assert list(steps) == slices == [steps[place] for place in range(9)]
    assert steps[-1] == slices[-1]
    part = steps[3:8]
    assert list(part) == slices[3:8] == [part[place] for place in range(len(part))]
    assert list(part[1:][:2]) == slices[4:6]
    with pytest.raises(IndexError):
        part[5]


@pytest.mark.parametrize("engine", ENGINES)
def test_what_saturates_trains_silently(engine: str) -> None:
    """Nets of a thousand overflow exp; every engine goes on as the passes do, without a word."""
    results = []
    for chosen in ("passes", engine):
        net = ng.Network.layered(
            1, 1, weights=1000.0, loss="binary_cross_entropy", names=[["i"], ["o"]]
        )
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            history = net.train(
                [[1.0], [-1.0]], [[0.0], [1.0]], learning_rate=0.5, epochs=3, engine=chosen
            )
        results.append((history["loss"].tolist(), net.edges["i", "o"].weight))
    assert results[0] == results[1]
    assert results[0] == ([1000.0, 999.5, 999.0], 998.5)


@pytest.mark.parametrize("engine", ["passes", *ENGINES])
@pytest.mark.parametrize("activation", JOINT)
def test_no_engine_loses_digits_of_a_saturated_loss(activation: str, engine: str) -> None:
    """Where outs are rounded, the loss of the nets is right to a few roundings of its size."""
    for error, values in errors_of(activation, engine):
        # The rounding of a distance of nets d becomes one of d times its size in e^d.
        assert roundings(error, exactly(RIGHT[activation], *values)) < 8 + 2 * values[0], values


@pytest.mark.parametrize("engine", ENGINES)
def test_a_step_that_diverges_changes_nothing(engine: str) -> None:
    """The errors end with the first that is not finite, and the parameters are those before it."""
    net = ng.Network.layered(1, 1, weights=1.0, activation="identity")
    storage = net.storage
    made = make_engine(
        Round(storage.structure, net.checked_loss()), labels={}, batch_size=1, engine=engine
    )
    parameters = storage.parameters.copy()
    data = np.array([[1e80]])
    errors = made.steps(Steps(parameters, {}, data, data * 0, [slice(0, 1)] * 9, [1.0] * 9, 1))
    assert len(errors) < 9
    assert np.isfinite(errors[:-1]).all()
    assert not math.isfinite(errors[-1])
    assert np.isfinite(parameters).all()


@settings(COMPARED, max_examples=30)
@given(plain_networks())
def test_passes_on_blocks_show_the_same_values(plain: Plain) -> None:
    """Every value an object carries after passes on blocks is what the passes define."""
    net, on_blocks = plain.network(), plain.network()
    inputs = np.array([[row[name] for name in net.inputs] for row in plain.inputs])
    targets = np.array([[row[name] for name in net.outputs] for row in plain.targets])
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("neurograph.engines.block_passes.LARGE", math.inf)
        outs, error = net.forward(inputs), net.backward(targets)
        patch.setattr("neurograph.engines.block_passes.LARGE", -1)
        np.testing.assert_allclose(on_blocks.forward(inputs), outs, rtol=1e-12, atol=1e-14)
        assert on_blocks.backward(targets) == pytest.approx(error, rel=1e-12, abs=1e-14)
        assert isinstance(on_blocks.storage.computed, BlockPass)
        for name in net:
            assert_same_items(on_blocks.nodes[name], net.nodes[name])
        for pre, post in net.edges:
            assert_same_items(on_blocks.edges[pre, post], net.edges[pre, post])
        net.update_weights(0.1)
        on_blocks.update_weights(0.1)
    for pre, post, weight in net.edges(data="weight"):
        assert on_blocks.edges[pre, post].weight == pytest.approx(weight, rel=1e-12, abs=1e-13)


@settings(COMPARED, max_examples=30)
@given(plain_networks())
def test_the_engine_of_a_single_pass_can_be_chosen(plain: Plain) -> None:
    """One sample on blocks shows the values that the passes define, whatever the size."""
    net, on_blocks = plain.network(), plain.network()
    inputs = np.array([plain.inputs[0][name] for name in net.inputs])
    targets = np.array([plain.targets[0][name] for name in net.outputs])
    outs, error = net.forward(inputs, engine="passes"), net.backward(targets, engine="passes")
    assert not isinstance(net.storage.computed, BlockPass)
    found = on_blocks.forward(inputs, engine="blocks")
    np.testing.assert_allclose(found, outs, rtol=1e-12, atol=1e-14)
    assert on_blocks.backward(targets) == pytest.approx(error, rel=1e-12, abs=1e-14)
    assert isinstance(on_blocks.storage.computed, BlockPass)
    for name in net:
        assert_same_items(on_blocks.nodes[name], net.nodes[name])
    for pre, post in net.edges:
        assert_same_items(on_blocks.edges[pre, post], net.edges[pre, post])
    on_blocks.backward(targets, engine="passes")
    assert not isinstance(on_blocks.storage.computed, BlockPass)
    for name in net:
        assert_same_items(on_blocks.nodes[name], net.nodes[name])


def test_engines_that_a_single_pass_cannot_have() -> None:
    """An unknown engine, rounding on blocks, and going back on blocks from passes are errors."""
    net = ng.Network.layered(2, 2, 2, seed=1)
    before = [dict(net.nodes[name]) for name in net]
    with pytest.raises(ng.InvalidValueError, match=r"single pass must be .* not 'block'; did you"):
        net.forward([1, 2], engine="block")
    with pytest.raises(ng.InvalidValueError, match="'blocks' cannot round: use engine='passes'"):
        net.forward([1, 2], engine="blocks", digits=3)
    assert [dict(net.nodes[name]) for name in net] == before
    net.forward([1, 2])
    before = [dict(net.nodes[name]) for name in net]
    with pytest.raises(ng.InvalidValueError, match=r"call net\.forward\(inputs, engine='blocks'\)"):
        net.backward([0, 1], engine="blocks")
    with pytest.raises(ng.InvalidValueError, match="not 'straight_line'"):
        net.backward([0, 1], engine="straight_line")
    assert [dict(net.nodes[name]) for name in net] == before


def assert_same_items(
    found: ng.Neuron | ng.Connection, expected: ng.Neuron | ng.Connection
) -> None:
    """Assert that two objects have the same items, numbers to 1e-12."""
    assert found.keys() == expected.keys()
    for key, value in expected.items():
        if isinstance(value, float | np.ndarray):
            assert type(found[key]) is type(value)
            np.testing.assert_allclose(found[key], value, rtol=1e-12, atol=1e-13)
        else:
            assert found[key] == value


def test_messages_stay_as_they_were_sent() -> None:
    """On blocks too, a weight that changes later does not change the messages of the pass."""
    net = ng.Network.layered(20, 20, 2, seed=1)
    net.step(np.full(20, 0.5), [0.1, 0.9], 0.5)
    net.forward(np.full(20, 0.5))
    net.backward([0.1, 0.9])
    w1, before = net.connection("w1"), dict(net.connection("w1"))
    assert w1.message == before["weight"] * 0.5
    net.update_weights(0.5)
    assert w1.weight != before["weight"]
    assert (w1.message, w1.error_message) == (before["message"], before["error_message"])


@pytest.mark.parametrize("reduction", ["mean", "sum"])
@pytest.mark.parametrize("in_cache", [1, 60, 1000])
def test_long_batches_in_pieces(
    in_cache: int, reduction: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Gradients and errors of a batch are the same sums, however many samples a piece has."""
    rng = np.random.default_rng(8)
    first, second = rng.normal(size=(4, 3)), rng.normal(size=(2, 4))
    samples, answers = rng.normal(size=(11, 3)), rng.normal(size=(11, 2))
    net = ng.Network.layered(
        3, 4, 2, weights=[first, second], bias=None, activation="tanh", reduction=reduction
    )
    monkeypatch.setattr(blocks, "_MOST_AT_ONCE", 0)
    monkeypatch.setattr(blocks, "_IN_CACHE", in_cache)
    history = net.train(samples, answers, learning_rate=0.05, epochs=3, engine="blocks")
    losses, parts = [], 11 if reduction == "mean" else 1
    for _ in range(3):
        hidden = np.tanh(samples @ first.T)
        outs = np.tanh(hidden @ second.T)
        losses.append(((outs - answers) ** 2).sum() / 2 / parts)
        delta = (outs - answers) * (1 - outs**2)
        before = delta @ second * (1 - hidden**2)
        second = second - 0.05 * delta.T @ hidden / parts
        first = first - 0.05 * before.T @ samples / parts
    np.testing.assert_allclose(history["loss"], losses, rtol=1e-12)
    weights = [data["weight"] for _, _, data in net.edges(data=True)]
    np.testing.assert_allclose(weights, [*first.T.flat, *second.T.flat], rtol=1e-12)


@pytest.mark.parametrize("reduction", ["mean", "sum"])
@pytest.mark.parametrize("few", [0.0, 0.3, 1.1])
def test_irregular_batches(few: float, reduction: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Errors meet at neurons, outputs among them, the same however they are sent back."""
    monkeypatch.setattr(blocks, "_FEW", few)
    rng, n, n_in = np.random.default_rng(21), 26, 12
    outputs = [17, 24, 25]
    pairs = [(pre, post) for post in (12, 13) for pre in range(n_in)]
    pairs += [(post - 1, post) for post in range(14, n)]
    pairs += [(int(rng.integers(0, post - 2)), post) for post in range(14, n)]
    weights = {pair: float(rng.normal()) for pair in pairs}
    biases = rng.normal(size=n)
    net = ng.Network(reduction=reduction)
    net.add_nodes_from(range(n_in), kind="input")
    for name in range(n_in, n):
        kind = "output" if name in outputs else "hidden"
        net.add_node(name, kind=kind, activation="tanh", bias=float(biases[name]))
    net.add_weighted_edges_from((*pair, weight) for pair, weight in weights.items())
    inputs, targets = rng.normal(size=(5, n_in)), rng.normal(size=(5, len(outputs)))
    net.train(inputs, targets, learning_rate=0.1, epochs=3, engine="blocks")
    matrix, parts = np.zeros((n, n)), 5 if reduction == "mean" else 1
    for pair, weight in weights.items():
        matrix[pair] = weight
    for _ in range(3):
        out, delta = np.zeros((n, 5)), np.zeros((n, 5))
        out[:n_in] = inputs.T
        for post in range(n_in, n):
            out[post] = np.tanh(matrix[:, post] @ out + biases[post])
        sent = np.zeros((n, 5))
        sent[outputs] = out[outputs] - targets.T
        for pre in reversed(range(n_in, n)):
            delta[pre] = (sent[pre] + matrix[pre] @ delta) * (1 - out[pre] ** 2)
        for pre, post in pairs:
            matrix[pre, post] -= 0.1 * (out[pre] @ delta[post]) / parts
        biases -= 0.1 * delta.sum(axis=1) / parts
    trained = [net.edges[pair]["weight"] for pair in pairs]
    np.testing.assert_allclose(trained, [matrix[pair] for pair in pairs], rtol=1e-11)
    trained = [net.nodes[name]["bias"] for name in range(n_in, n)]
    np.testing.assert_allclose(trained, biases[n_in:], rtol=1e-11)


@pytest.mark.parametrize("at_once", [1, 40, 1 << 18])
def test_predict_in_pieces(at_once: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """However many samples are computed at once, the answers are those of matrix products."""
    rng = np.random.default_rng(4)
    first, second = rng.normal(size=(5, 7)), rng.normal(size=(2, 5))
    net = ng.Network.layered(7, 5, 2, weights=[first, second], bias=[[0.25] * 5, [-0.5] * 2])
    samples = rng.normal(size=(11, 7))
    monkeypatch.setattr(block_passes, "_OUTS_AT_ONCE", at_once)
    hidden = 1 / (1 + np.exp(-(samples @ first.T + 0.25)))
    expected = 1 / (1 + np.exp(-(hidden @ second.T - 0.5)))
    np.testing.assert_allclose(net.predict(samples), expected, rtol=1e-13)
    np.testing.assert_allclose(net.predict(samples[3]), expected[3], rtol=1e-13)


def test_predict_lets_go_of_its_inputs() -> None:
    """Samples that were predicted from are kept alive by nobody."""
    net = ng.Network.layered(30, 10, 2, seed=1)
    samples = np.ones((5, 30))
    kept = ref(samples)
    net.predict(samples)
    del samples
    assert kept() is None


def test_predict_touches_nothing() -> None:
    """Predicting changes no value that an object carries."""
    for sizes in ((2, 2, 1), (30, 10, 2)):
        net = ng.Network.layered(*sizes, seed=1)
        net.forward(np.full(sizes[0], 0.5))
        net.backward(np.zeros(sizes[-1]))
        before = {name: dict(net.nodes[name]) for name in net}
        outs = net.predict(np.ones((1, sizes[0])))
        assert outs.shape == (1, sizes[-1])
        assert {name: dict(net.nodes[name]) for name in net} == before
        assert net.forward(np.ones(sizes[0])) == pytest.approx(outs[0], rel=1e-14)


def of_round(structure: Structure, order: str = "simultaneous") -> Round:
    """Return a round of a network."""
    return Round(structure, get_loss("half_squared_error"), order=order)


def test_the_cost_rule() -> None:
    """Small work runs straight, large work on blocks, and what neither can on the passes."""
    small = ng.Network.layered(2, 2, 2, bias=0.1).structure
    large = ng.Network.layered(64, 30, 10, bias=0.1).structure
    assert choose_engine(of_round(small), 1) in ("straight_line", "jit")
    assert choose_engine(of_round(large), 10) in ("blocks", "jit")
    tied = ng.Network.layered(40, 30, 2, bias=0.1, shared_bias=True).structure
    assert choose_engine(of_round(tied, "in_place"), 2) == "passes"


def test_compiling_has_to_pay(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where numba is installed, its loop is for runs that are long without it."""
    small = ng.Network.layered(2, 2, 2, bias=0.1).structure
    monkeypatch.setattr("neurograph.engines.is_installed", lambda: True)
    assert choose_engine(of_round(small), 1, steps=10_000) == "straight_line"
    assert choose_engine(of_round(small), 1, steps=100_000_000) == "jit"
    full = ng.Network.layered(100, 100, 10, bias=0.1).structure
    assert choose_engine(of_round(full), 64, steps=100_000_000) == "blocks"
    assert choose_engine(of_round(full), 4, steps=100_000_000) == "jit"
    narrow = ng.Network.layered(2, 16, 16, 1, bias=0.1).structure
    assert choose_engine(of_round(narrow), 10, steps=100_000_000) == "jit"
    assert choose_engine(of_round(narrow), 100, steps=100_000_000) == "jit"
    assert choose_engine(of_round(small), 1, steps=100_000, until_ready=lambda: 0.0) == "jit"
    assert choose_engine(of_round(small), 1, 100_000, lambda: 3600.0) == "straight_line"
    tied = ng.Network.layered(2, 2, 2, bias=0.1, shared_bias=True).structure
    in_place = of_round(tied, "in_place")  # of which matrices and straight lines are not capable
    assert choose_engine(in_place, 2, 10_000, lambda: 1.0) == "jit"
    assert choose_engine(in_place, 2, 10, lambda: 1.0) == "passes"
    monkeypatch.setattr("neurograph.engines.is_installed", lambda: False)
    assert choose_engine(of_round(small), 1, steps=100_000_000) == "straight_line"
    assert choose_engine(in_place, 2, steps=100_000_000) == "passes"


def test_empty_slots_count_for_the_cost(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where most slots of the matrices are empty, numba's loop wins for large batches too."""
    rng = np.random.default_rng(1)
    net = ng.Network()
    for number in range(120):
        net.add_neuron(f"n{number}", kind=None if number >= 10 else "input")
    for post in range(10, 120):
        for pre in rng.choice(post // 10 * 10, 5, replace=False).tolist():
            net.connect(f"n{pre}", f"n{post}", 0.1)
    structure = net.structure
    assert len(structure.pre) > 4 * structure.n_parameters
    monkeypatch.setattr("neurograph.engines.is_installed", lambda: True)
    assert choose_engine(of_round(structure), 64, steps=100_000_000) == "jit"
    monkeypatch.setattr("neurograph.engines.is_installed", lambda: False)
    assert choose_engine(of_round(structure), 64, steps=100_000_000) == "blocks"


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"engine": "block"}, ng.InvalidValueError, "not 'block'; did you mean 'blocks'?"),
        ({"order": "inplace"}, ng.InvalidValueError, "not 'inplace'; did you mean 'in_place'?"),
        ({"optimizer": "adm"}, ng.UnknownNameError, "did you mean 'adam'?"),
        ({"batch_size": 0}, ng.InvalidValueError, "batch_size must be at least 1, not 0"),
        (
            {"engine": "straight_line", "order": "in_place", "batch_size": 2},
            ng.InvalidValueError,
            "engine 'straight_line' is for networks of up to 600 parameters, and in place for",
        ),
    ],
)
def test_wrong_plans(options: dict[str, object], error: type[Exception], message: str) -> None:
    """What cannot be planned is one clear error."""
    with pytest.raises(error, match=message.replace("?", r"\?")):
        ng.Network.layered(2, 2, 2).plan(**options)


def test_the_compiled_engine_needs_numba(monkeypatch: pytest.MonkeyPatch) -> None:
    """Asked for without numba, it says what to install."""
    monkeypatch.setattr("neurograph.engines.is_installed", lambda: False)
    with pytest.raises(ng.InvalidValueError, match=r"'jit' needs numba: .* the extra \[jit\]"):
        ng.Network.layered(2, 2, 2).plan(engine="jit")


# What a numba that is installed but does not work raises when it is imported: beside a NumPy too
# new for it, and after an import that Ctrl-C ended; at last one that can be imported and no more.
BROKEN = [
    "raise ImportError('Numba needs NumPy 2.3 or less. Got NumPy 2.9.')",
    "raise AttributeError(\"partially initialized module 'numba' has no attribute 'core'\")",
    "",
]


@pytest.mark.parametrize("numba", BROKEN)
def test_a_numba_that_does_not_work(numba: str, tmp_path: Path) -> None:
    """The default goes on without it, as if it were not there, and says so once."""
    package = tmp_path / "numba"
    package.mkdir()
    (package / "__init__.py").write_text(numba)
    code = """
import neurograph as ng
from neurograph import engines
from neurograph.engines import jit
engines.UNFELT, jit._SECONDS_OF_CHARACTER = -1e9, -1e9
for engine in (None, None, "straight_line"):
    net = ng.Network.layered(2, 2, seed=1)
    net.train([[0.5, 1.0]], [[0.0, 1.0]], learning_rate=0.5, epochs=3, engine=engine)
    print(engine or "", [net.connection(f"w{k}").weight.hex() for k in range(1, 5)])
try:
    net.train([[0.5, 1.0]], [[0.0, 1.0]], learning_rate=0.5, epochs=3, engine="jit")
except ng.InvalidValueError as error:
    print(error)
"""
    search = os.pathsep.join([str(tmp_path), *sys.path])
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True,
        env=os.environ | {"PYTHONPATH": search, "XDG_CACHE_HOME": str(tmp_path)},
    )  # fmt: skip
    first, again, chosen, refused = done.stdout.splitlines()
    assert first == again == chosen.replace("straight_line", "")
    message = (
        r"engine 'jit' cannot be used: numba is installed, but does not work here \(\w+Error: .+\)"
    )
    assert re.fullmatch(message, refused)
    assert re.fullmatch(
        rf"{message}\. Training goes on with engine 'straight_line'\.\n", done.stderr
    )


def test_blocks_cannot_do_ties_in_place() -> None:
    """In place, tied parameters need an engine that waits for all their gradients."""
    net = ng.Network.layered(2, 2, 2, bias=0.1, shared_bias=True)
    with pytest.raises(ng.InvalidValueError, match="'blocks' cannot change tied parameters in pl"):
        net.plan(engine="blocks", order="in_place")


def test_a_million_connections() -> None:
    """A 1,000 x 1,000 network is built of usable objects, without a label or loop for each."""
    net = ng.Network.layered(1000, 1000, weights=0.001)
    assert net.number_of_edges() == 1_000_000
    outs = net.forward(np.ones(1000))
    assert outs == pytest.approx(1 / (1 + math.exp(-1.0)), rel=1e-12)
    assert net.connection("w1001") is net.edges["i1", "o2"]
    assert net.edges["i7", "o3"].label == "w2007"
    assert net.edges["i7", "o3"].message == 0.001


def test_digits_are_learned() -> None:
    """A 64-30-10 network reads over 95 % of unseen digits after 10 epochs of batches of 10."""
    digits = pytest.importorskip("sklearn.datasets").load_digits()
    inputs, targets = digits.data / 16, np.eye(10)[digits.target]
    order = np.random.default_rng(0).permutation(len(inputs))
    known, unseen = order[:1437], order[1437:]
    net = ng.Network.layered(
        64, 30, 10, bias=0.0, output_activation="softmax", loss="cross_entropy", seed=1
    )
    net.train(
        inputs[known], targets[known],
        learning_rate=0.5, epochs=10, batch_size=10, shuffle=True, seed=2,
    )  # fmt: skip
    answers = net.predict(inputs[unseen]).argmax(axis=1)
    assert (answers == digits.target[unseen]).mean() > 0.95


def test_rules_of_loss_and_activation_taken_together() -> None:
    """A delta follows at once where the pair is known, of a softmax if all of it are outputs."""
    net = ng.Network(loss="cross_entropy")
    for name, kind in (("i1", None), ("o1", "output"), ("o2", "output"), ("h1", "hidden")):
        net.add_neuron(name, activation="softmax", kind=kind)
    for name in ("o1", "o2", "h1"):
        net.connect("i1", name, 0.5)
    structure, loss = net.structure, get_loss("cross_entropy")
    first = structure.outputs[0]
    equations = Equations(Round(structure, loss))
    assert {equations.joint(row) for row in structure.outputs} == {None}
    assert equations.joint_loss(first) is loss.joint["softmax"]
    assert output_numbers(structure, structure.group_of(first)).tolist() == [0, 1, -1]
    net.neuron("h1").kind = "output"
    structure = net.structure
    for name, rule in (("cross_entropy", loss.joint["softmax"]), ("half_squared_error", None)):
        equations = Equations(Round(structure, get_loss(name)))
        assert [equations.joint(row) for row in structure.outputs] == [rule] * 3


def test_levels_by_what_is_computed_alike() -> None:
    """Neurons beside each other with one activation are one cohort; outputs at once are another."""
    net = ng.Network(loss="binary_cross_entropy")
    for name in ("i1", "a", "b", "c", "d"):
        net.add_neuron(name, activation="tanh" if name == "c" else "logistic", bias=None)
    net.neuron("a").kind = "hidden"
    for name in ("a", "b", "c", "d"):
        net.connect("i1", name, 0.5)
    structure, loss = net.structure, get_loss("binary_cross_entropy")
    (level,) = levels_of(Equations(Round(structure, loss)))
    names = [[structure.names[row] for row in cohort.rows] for cohort in level.cohorts]
    assert names == [["a"], ["b"], ["c"], ["d"]]
    assert [bool(cohort.joint) for cohort in level.cohorts] == [False, True, False, True]
    assert [cohort.where for cohort in level.cohorts] == [slice(k, k + 1) for k in range(2, 6)]
