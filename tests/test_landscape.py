"""Curves, surfaces, planes and lines: the loss where some parameters have other values."""

import logging
import pickle
from contextlib import suppress
from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from strategies import CHECKED, Plain, plain_networks, snapshot

import neurograph as ng
from neurograph.elements import row_of
from neurograph.errors import InvalidTypeError, InvalidValueError, StructureError, UnknownNameError
from neurograph.landscape import (
    at_point,
    axes,
    descend,
    loss_curve,
    loss_line,
    loss_plane,
    loss_surface,
)
from neurograph.structure import Structure

# Terms that cancel leave rounding errors of their own size, not of their sum's.
FLOOR = 1e-14


def mazur() -> ng.Network:
    """Return the network of Mazur's example, with its frozen biases."""
    return ng.Network.layered(
        2, 2, 2,
        weights=[[[0.15, 0.20], [0.25, 0.30]], [[0.40, 0.45], [0.50, 0.55]]],
        bias=[0.35, 0.60],
        trainable_bias=False,
    )  # fmt: skip


# Each example runs the passes of several copies of the network.
FEWER = settings(CHECKED, max_examples=30)
INPUTS, TARGETS = [0.05, 0.10], [0.01, 0.99]
XOR = [[0, 0], [0, 1], [1, 0], [1, 1]], [[0], [1], [1], [0]]


def addresses(net: ng.Network) -> list[str | tuple]:
    """Return one address for every parameter, tied ones once."""
    structure = net.structure
    return [
        f"{structure.names[structure.post[slot]]}.bias"
        if structure.pre[slot] < 0
        else structure.ends(slot)
        for slot in structure.filled
        if structure.shared_slots(slot)[0] == slot
    ]


def bias_slot(net: ng.Network, address: str) -> int:
    """Return the slot of a bias."""
    return net.structure.bias_slot[row_of(net.neuron(address.removesuffix(".bias")))]


def loss_with(net: ng.Network, inputs, targets, values: dict) -> float:
    """Return the loss after setting parameters in a copy and running its passes."""
    trial = net.copy()
    storage = trial.storage
    for address, value in values.items():
        if isinstance(address, tuple):
            slot = row_of(trial.connection(address))
        else:
            slot = bias_slot(trial, address)
        storage.set_parameter(slot, value)
    trial.forward(inputs)
    return trial.total_error(targets)


def close(ours, theirs) -> bool:
    """Whether two losses agree but for rounding; saturated ones may be inf or nan alike."""
    return np.allclose(ours, theirs, rtol=1e-12, atol=FLOOR, equal_nan=True)


# -- surfaces and curves -------------------------------------------------------------------------


@FEWER
@given(plain_networks(), st.data())
def test_surface_is_the_loss_of_the_passes(plain: Plain, data: st.DataObject) -> None:
    """Every point is the loss after setting the two parameters; the network stays as it was."""
    net = plain.network()
    inputs, targets = plain.data
    names = addresses(net)
    if len(names) < 2:
        return
    before = snapshot(net)
    pair = data.draw(st.sampled_from(list(combinations(names, 2))))
    surface = loss_surface(net, inputs, targets, *pair, span=1.0, points=(4, 3))
    assert snapshot(net) == before
    for row, column in [(0, 0), (1, 3), (2, 1)]:
        values = dict(zip(pair, (surface.x[column], surface.y[row]), strict=True))
        assert close(surface.losses[row, column], loss_with(net, inputs, targets, values))
    assert close(surface.loss_here, loss_with(net, inputs, targets, {}))


@FEWER
@given(plain_networks(), st.data())
def test_curve_is_the_loss_of_the_passes(plain: Plain, data: st.DataObject) -> None:
    """Every point is the loss after setting the parameter."""
    net = plain.network()
    inputs, targets = plain.data
    address = data.draw(st.sampled_from(addresses(net)))
    curve = loss_curve(net, inputs, targets, address, span=(-1.0, 1.0), points=5)
    for value, loss in zip(curve.values, curve.losses, strict=True):
        assert close(loss, loss_with(net, inputs, targets, {address: value}))


@FEWER
@given(plain_networks(), st.data())
def test_order_and_arrangement_do_not_matter(plain: Plain, data: st.DataObject) -> None:
    """The two axes exchanged, one row of the grid, or a path: the very same numbers."""
    net = plain.network()
    inputs, targets = plain.data
    names = addresses(net)
    if len(names) < 2:
        return
    pair = data.draw(st.sampled_from(list(combinations(names, 2))))
    surface = loss_surface(net, inputs, targets, *pair, span=1.0, points=(5, 4))
    turned = loss_surface(net, inputs, targets, *pair[::-1], x=surface.y, y=surface.x)
    row = loss_surface(net, inputs, targets, *pair, x=surface.x, y=surface.y[2:3])
    corners = [[x, y] for y in surface.y for x in surface.x]
    paths = descend(net, inputs, targets, over=pair, start=corners, learning_rate=0.0, steps=1)
    assert np.array_equal(surface.losses, turned.losses.T, equal_nan=True)
    assert np.array_equal(surface.losses[2:3], row.losses, equal_nan=True)
    found = np.array([path.losses[0] for path in paths]).reshape(4, 5)
    assert np.array_equal(surface.losses, found, equal_nan=True)


def test_large_grid_in_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    """A grid of many pieces is the same as in one, to the last bit."""
    net = mazur()
    whole = loss_surface(net, INPUTS, TARGETS, "w1", "w6", points=(70, 33))
    monkeypatch.setattr("neurograph.landscape.evaluator._NUMBERS", 50)
    pieces = loss_surface(mazur(), INPUTS, TARGETS, "w1", "w6", points=(70, 33))
    assert np.array_equal(whole.losses, pieces.losses)


def test_large_network_over_two_weights() -> None:
    """In a network of hundreds of parameters, over weights of different layers, with softmax."""
    rng = np.random.default_rng(3)
    net = ng.Network.layered(
        8, 20, 12, 4, weights="xavier", bias=0.1, seed=2, output_activation="softmax"
    )
    net.graph["loss"] = "cross_entropy"
    inputs, targets = rng.random((30, 8)), np.eye(4)[rng.integers(0, 4, 30)]
    surface = loss_surface(net, inputs, targets, "w3", "w200", span=3.0, points=5)
    for row, column in np.ndindex(5, 5):
        net.set_value("w3.weight", surface.x[column])
        net.set_value("w200.weight", surface.y[row])
        net.forward(inputs)
        assert surface.losses[row, column] == pytest.approx(net.total_error(targets), rel=1e-12)


def test_linear_neuron_is_the_known_quadratic() -> None:
    """The surface of a linear neuron is (w1 x1 + w2 x2 - t)^2 / 2, a bias included as x = 1."""
    net = ng.Network.layered(2, 1, weights=0.5, bias=0.25, activation="identity")
    surface = loss_surface(net, [2.0, -3.0], [1.5], "w2", "o1.bias", span=2, points=(7, 5))
    w2, bias = np.meshgrid(surface.x, surface.y)
    assert np.allclose(
        surface.losses, (0.5 * 2.0 - 3.0 * w2 + bias - 1.5) ** 2 / 2, rtol=1e-14, atol=0
    )
    assert surface.over == ("w2.weight", "o1.bias")
    assert surface.here == (0.5, 0.25)


@pytest.mark.parametrize("far", [400.0, 2000.0])
def test_far_from_the_network(far: float) -> None:
    """Where powers of the two summands overflow but their sum does not, nothing is lost."""
    net = ng.Network.layered(2, 1, weights=0.0)
    ends = [-far, far]
    surface = loss_surface(net, [1.0, 1.0], [0.25], "w1", "w2", x=ends, y=ends)
    assert np.allclose(surface.losses, [[0.03125, 0.03125], [0.03125, 0.28125]], rtol=1e-12)


def test_saturated_cross_entropy() -> None:
    """Where outs are rounded to 0 or 1 the loss is that of the passes, from the nets."""
    net = ng.Network.layered(1, 1, weights=1.0, bias=0.0, loss="binary_cross_entropy")
    surface = loss_surface(net, [1.0], [0.0], "w1", "o1.bias", x=[500.0, 1.0], y=[500.0, -501.0])
    assert surface.losses[0, 0] == 1000.0
    assert surface.losses[1, 0] == pytest.approx(np.log1p(np.exp(-1.0)), rel=1e-12)


def test_tied_and_frozen_are_said() -> None:
    """A tied weight moves with its tie; it and a frozen one may be moved, and notes say so."""
    net = ng.Network()
    for name in ("i1", "i2", "i3"):
        net.add_neuron(name)
    net.add_neuron("o1", activation="identity")
    net.connect("i1", "o1", 0.5, tie="t", label="a")
    net.connect("i2", "o1", 0.5, tie="t", label="b")
    net.connect("i3", "o1", 0.5, trainable=False, label="c")
    surface = loss_surface(net, [1, 1, 1], [0], "b", "c", x=[2.0], y=[1.0])
    assert surface.losses[0, 0] == 12.5
    assert surface.notes == (
        "b.weight is tied: 2 places share it and move with it",
        "c.weight is frozen: training does not change it",
    )
    with pytest.raises(InvalidValueError, match=r"given as 'a\.weight' and, tied to it, as 'b.wei"):
        loss_surface(net, [1, 1, 1], [0], "a", "b")


def test_parameter_without_influence() -> None:
    """A weight into a neuron that leads nowhere leaves the loss as it is."""
    net = ng.Network()
    net.add_neuron("i1"), net.add_neuron("o1"), net.add_neuron("h1", kind="hidden")
    net.connect("i1", "o1", 0.5, label="a")
    net.connect("i1", "h1", 0.5, label="b")
    surface = loss_surface(net, [1.0], [0.0], "a", "b", x=[0.0, 1.0], y=[0.0, 9.0])
    assert np.array_equal(surface.losses[0], surface.losses[1])
    curve = loss_curve(net, [1.0], [0.0], "b", [1.0, 2.0])
    assert np.array_equal(curve.losses, [curve.loss_here] * 2)


def test_prepared_operations_see_new_numbers() -> None:
    """What is kept for the next surface takes changed weights, inputs and losses into account."""
    net = mazur()
    loss_surface(net, INPUTS, TARGETS, "w5", "w6", points=3)
    net.set_value("w1.weight", -1.0)
    changed = loss_surface(net, [0.5, 0.25], [0.5, 0.5], "w5", "w6", points=3)
    fresh = loss_surface(net.copy(), [0.5, 0.25], [0.5, 0.5], "w5", "w6", points=3)
    assert np.array_equal(changed.losses, fresh.losses)
    net.graph["loss"] = "absolute_error"
    other = loss_surface(net, [0.5, 0.25], [0.5, 0.5], "w5", "w6", points=3)
    fresh = loss_surface(net.copy(), [0.5, 0.25], [0.5, 0.5], "w5", "w6", points=3)
    assert np.array_equal(other.losses, fresh.losses)
    assert not np.array_equal(other.losses, changed.losses)


@pytest.mark.parametrize("n_outputs", [1, 2])
def test_new_targets_of_a_joint_loss(n_outputs: int) -> None:
    """Kept operations compare nets with the targets of the day: -ln of the answer's share."""
    loss = "binary_cross_entropy" if n_outputs == 1 else "cross_entropy"
    activation = "logistic" if n_outputs == 1 else "softmax"
    net = ng.Network.layered(
        1, n_outputs, weights=0.5, bias=None, output_activation=activation, loss=loss
    )
    nets = np.array([[w, 0.0 if n_outputs == 1 else 0.5] for w in (-1.0, 2.0)])
    shares = np.exp(nets) / np.exp(nets).sum(axis=1, keepdims=True)
    for answer in (0, 1, 0):
        targets = [1 - answer] if n_outputs == 1 else np.eye(2)[answer]
        curve = loss_curve(net, [1.0], targets, "w1", [-1.0, 2.0])
        assert np.allclose(curve.losses, -np.log(shares[:, answer]), rtol=1e-14, atol=0)


@FEWER
@given(plain_networks(), st.data())
def test_any_network_point_by_point(plain: Plain, data: st.DataObject) -> None:
    """What goes through the passes, as for neurons that do not add up, is what arrays compute."""
    inputs, targets = plain.data
    names = addresses(plain.network())
    over = data.draw(st.lists(st.sampled_from(names), min_size=1, max_size=2, unique=True))

    def results() -> list[np.ndarray]:
        net = plain.network()
        curve = loss_curve(net, inputs, targets, over[0], span=1.0, points=3)
        path = descend(net, inputs, targets, over=over, learning_rate=0.1, steps=3)
        shape = at_point(net, inputs, targets, over)
        arrays = [curve.losses, path.losses, path.gradients, shape.gradient, shape.hessian]
        if len(over) == 2:
            arrays.append(loss_surface(net, inputs, targets, *over, span=1.0, points=3).losses)
        if len(plain.network().structure.filled) < 9:
            with suppress(InvalidValueError):  # nothing trainable, or no plane
                arrays.append(loss_plane(net, inputs, targets, points=2).losses)
        return arrays

    by_arrays = results()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Structure, "is_plain", False)
        by_passes = results()
    for ours, theirs in zip(by_passes, by_arrays, strict=True):
        scale = np.nanmax(np.abs(theirs), initial=1.0, where=np.isfinite(theirs))
        assert np.allclose(ours, theirs, rtol=1e-12, atol=1e-12 * scale, equal_nan=True)


# -- planes and lines ----------------------------------------------------------------------------


@FEWER
@given(plain_networks(), st.integers(0, 99))
def test_plane_is_the_loss_of_the_passes(plain: Plain, seed: int) -> None:
    """Every point is the loss after setting all parameters; ties move together, frozen stay."""
    net = plain.network()
    inputs, targets = plain.data
    try:
        plane = loss_plane(net, inputs, targets, "random", seed=seed, points=(3, 2))
    except InvalidValueError:
        return  # nothing trainable, or one weight alone, or all weights 0: no plane
    storage = net.storage
    slots = [row_of(net.connection(a.removesuffix(".weight"))) if a.endswith(".weight")
             else bias_slot(net, a)
             for a in plane.parameters]  # fmt: skip
    for row, column in [(0, 0), (1, 2)]:
        trial = net.copy()
        point = plane.origin + plane.x[column] * plane.directions[0]
        point = point + plane.y[row] * plane.directions[1]
        for slot, value in zip(slots, point, strict=True):
            trial.storage.set_parameter(slot, value)
        trial.forward(inputs)
        assert close(plane.losses[row, column], trial.total_error(targets))
    assert np.array_equal(plane.origin, storage.parameters[slots])


@pytest.mark.parametrize("sizes", [(6, 30, 8, 4), (40, 9, 3)])
@pytest.mark.parametrize("activation", ["logistic", "tanh"])
@pytest.mark.parametrize("n_samples", [1, 70])
def test_plane_of_a_large_network(
    sizes: tuple[int, ...], activation: str, n_samples: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Level by level, in pieces of samples and of columns, it is the loss of the passes too."""
    monkeypatch.setattr("neurograph.landscape.evaluator._SHEET_NUMBERS", 512)
    monkeypatch.setattr("neurograph.landscape.evaluator._SHEET_COLUMNS", 2)
    rng = np.random.default_rng(5)
    net = ng.Network.layered(*sizes, weights="xavier", bias=0.1, seed=3, activation=activation)
    inputs, targets = rng.random((n_samples, sizes[0])), rng.random((n_samples, sizes[-1]))
    directions = rng.standard_normal((2, net.structure.n_parameters))
    directions[0] *= 300  # so far that powers cannot be multiplied
    plane = loss_plane(net, inputs, targets, directions, points=(5, 3))
    for row, column in np.ndindex(3, 5):
        point = plane.origin + plane.x[column] * directions[0] + plane.y[row] * directions[1]
        for address, value in zip(plane.parameters, point, strict=True):
            net.set_value(address, value)
        net.forward(inputs)
        assert plane.losses[row, column] == pytest.approx(net.total_error(targets), rel=1e-10)


def test_random_directions_are_normalised_by_neuron() -> None:
    """The weights into each neuron are as long as the neuron's own; biases stay (Li 2018)."""
    net = ng.Network.layered(3, 4, 2, weights="xavier", bias=0.5, seed=1)
    plane = loss_plane(net, [1, 2, 3], [0, 1], points=2, seed=7)
    for direction in plane.directions:
        moved = dict(zip(plane.parameters, direction, strict=True))
        for name in ("h1", "h2", "h3", "h4", "o1", "o2"):
            into = [f"{one.name}.weight" for one in net.incoming(name)]
            length = np.linalg.norm([moved[address] for address in into])
            own = np.linalg.norm([net.value(address) for address in into])
            assert length == pytest.approx(own, rel=1e-12)
            assert moved[f"{name}.bias"] == 0.0
    again = loss_plane(net, [1, 2, 3], [0, 1], points=2, seed=7)
    assert np.array_equal(again.directions, plane.directions)
    assert plane.notes == ("biases stay as they are in both directions",)


def test_plane_of_principal_directions() -> None:
    """Around the end of a history, with the shares of the variance; the path lies near it."""
    net = ng.Network.layered(2, 3, 1, bias=0.1, seed=4)
    path = descend(net, *XOR, learning_rate=2.0, steps=60)
    plane = loss_plane(net, *XOR, "pca", history=path, points=7)
    assert np.array_equal(plane.origin, path.parameters[-1])
    assert np.allclose(plane.directions @ plane.directions.T, np.eye(2), atol=1e-12)
    away = path.parameters - path.parameters[-1]
    squares = np.linalg.eigvalsh(away.T @ away)[::-1]
    assert plane.explained == pytest.approx(tuple(squares[:2] / squares.sum()), rel=1e-9)
    foot = plane.project(path)
    assert np.allclose(foot.losses, path.losses, rtol=1e-12)
    residual = away - np.column_stack([foot.x, foot.y]) @ plane.directions
    assert np.allclose(foot.distance, np.linalg.norm(residual, axis=1), atol=1e-12)
    assert foot.leaves
    # Either sign is a principal direction; the one whose largest entry is positive is taken.
    assert np.array_equal(plane.directions.max(axis=1), np.abs(plane.directions).max(axis=1))
    assert (plane.x[0], plane.x[-1]) < (foot.x.min(), foot.x.max()) < (plane.x[-1], np.inf)


def test_plane_of_a_training_history() -> None:
    """A History that recorded every parameter gives the plane that the same descent gives."""
    net = ng.Network.layered(2, 3, 1, bias=0.1, seed=4)
    path = descend(net, *XOR, learning_rate=2.0, steps=20)
    by_path = loss_plane(net, *XOR, "pca", history=path, points=3)
    trained = net.copy()
    history = trained.train(*XOR, learning_rate=2.0, epochs=20, record=by_path.parameters)
    by_history = loss_plane(trained, *XOR, "pca", history=history, points=3)
    assert np.allclose(by_history.losses, by_path.losses, rtol=1e-9)
    assert by_history.here == pytest.approx((0.0, 0.0), abs=1e-12)
    assert not by_path.project(by_path.origin[None, :]).leaves
    assert "in the plane" in repr(by_path.project(by_path.origin[None, :]))


def test_given_directions() -> None:
    """Two mappings from address to number; the foot of a point is found by least squares."""
    net = ng.Network.layered(3, 1, weights=0.0, activation="identity")
    plane = loss_plane(
        net, [1, 2, 3], [0], ({"w1": 1.0}, {"w1": 1.0, "w2": 1.0}), span=((0, 1), (0, 2)), points=3
    )
    x, y = np.meshgrid([0.0, 0.5, 1.0], [0.0, 1.0, 2.0])
    assert np.allclose(plane.losses, (x + 3 * y) ** 2 / 2, rtol=1e-14)
    foot = plane.project([[3.0, 1.0, 4.0]])
    assert (foot.x[0], foot.y[0], foot.distance[0]) == pytest.approx((2.0, 1.0, 4.0))


def test_line_between_two_networks() -> None:
    """The loss on the line is that of a plane through it, and of the networks at its ends."""
    net = ng.Network.layered(2, 3, 1, bias=0.1, seed=4)
    trained = net.copy()
    trained.train(*XOR, learning_rate=2.0, epochs=30)
    line = loss_line(net, *XOR, None, trained, points=5)
    net.forward(XOR[0]), trained.forward(XOR[0])
    assert line.losses[0] == pytest.approx(net.total_error(XOR[1]), rel=1e-12)
    assert line.losses[-1] == pytest.approx(trained.total_error(XOR[1]), rel=1e-12)
    assert (line.over, line.here, line.loss_here) == ("t", 0.0, line.losses[0])


# -- what is given and what comes back -----------------------------------------------------------


def test_results_can_be_written_and_sent() -> None:
    """Results have plain forms and short reprs, and survive pickling."""
    net = mazur()
    surface = loss_surface(net, INPUTS, TARGETS, "w5", "w6", points=3)
    again = pickle.loads(pickle.dumps(surface))
    assert np.array_equal(again.losses, surface.losses)
    plain = surface.to_dict()
    assert plain["over"] == ["w5.weight", "w6.weight"]
    assert plain["losses"] == surface.losses.tolist()
    assert not any(key.startswith("_") for key in plain)
    assert repr(surface).startswith(
        "LossSurface(w5.weight from -3.6 to 4.4 x w6.weight from -3.55 to 4.45 in 3 x 3 points"
    )
    curve = loss_curve(net, INPUTS, TARGETS, "w5", points=3)
    assert repr(curve).startswith("LossCurve(w5.weight from -3.6 to 4.4 in 3 points")
    plane = loss_plane(net, INPUTS, TARGETS, points=2)
    assert repr(plane).startswith("LossPlane(8 parameters, 2 x 2 points: loss ")
    assert plane.to_dict()["origin"] == plane.origin.tolist()


def test_memory_is_said_before_it_is_taken(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """A large result is announced with its size; one that cannot be had is an error."""
    monkeypatch.setattr(axes, "LARGE", 8 * 100 * 100 - 1)
    with caplog.at_level(logging.WARNING, "neurograph.landscape"):
        loss_surface(mazur(), INPUTS, TARGETS, "w5", "w6", points=100)
    assert caplog.messages == ["100 x 100 points of a surface take 0.08 MB"]
    with pytest.raises(InvalidValueError, match=r"take 800,000,000,000 MB, more than there is"):
        loss_surface(mazur(), INPUTS, TARGETS, "w5", "w6", points=(10**9, 10**8))


@pytest.mark.parametrize(
    ("over", "error", "message"),
    [
        (("w5", "w5"), InvalidValueError, "same parameter is given twice: 'w5.weight'"),
        (("w5", "h1->o1"), InvalidValueError, "same parameter is given twice: 'w5.weight'"),
        (("w55", "w6"), UnknownNameError, "no connection 'w55'; did you mean 'w5'?"),
        (("h1", "w6"), UnknownNameError, "'h1' is a neuron; did you mean its bias, 'h1.bias'?"),
        (("h7.bias", "w6"), UnknownNameError, "no neuron 'h7'"),
        (("i1.bias", "w6"), UnknownNameError, "'i1.bias': neuron 'i1' has no bias; did you mean"),
        (("w5.gradient", "w6"), UnknownNameError, "'w5.gradient' is computed by a pass"),
        ((5, "w6"), InvalidTypeError, "named by an address such as 'w5' or 'h1.bias', not 5"),
    ],
)
def test_wrong_parameters(over: tuple, error: type, message: str) -> None:
    """A parameter that is no parameter, or given twice, is named with what was likely meant."""
    with pytest.raises(error, match=message.replace("?", r"\?")):
        loss_surface(mazur(), INPUTS, TARGETS, *over)


@pytest.mark.parametrize(
    ("given", "error", "message"),
    [
        ({"points": 0}, InvalidValueError, "points must be at least 1, not 0"),
        ({"points": 2.5}, InvalidTypeError, "points must be a whole number, not 2.5"),
        ({"points": (2, 3, 4)}, InvalidValueError, "points must be one number or 2"),
        ({"x": [0.0, np.nan]}, InvalidValueError, "x must be finite numbers: there is nan at pl"),
        ({"y": [[0.0]]}, InvalidValueError, r"y must have shape \(n,\), not \(1, 1\)"),
        ({"y": []}, InvalidValueError, r"y must have shape \(n,\), not \(0,\)"),
        ({"x": ["a"]}, InvalidTypeError, "x must be real numbers"),
        ({"x": [[1.0], [1.0, 2.0]]}, InvalidValueError, "x has rows of different lengths"),
        ({"span": 0}, InvalidValueError, "span must be greater than 0, not 0.0"),
        ({"span": (2, 1)}, InvalidValueError, "from a lower to a higher value, not 2.0 to 1.0"),
        ({"span": "wide"}, InvalidTypeError, "span must be a half width or a pair"),
        ({"span": float("nan")}, InvalidValueError, "span must be a finite number, not nan"),
    ],
)
def test_wrong_grids(given: dict, error: type, message: str) -> None:
    """What is wrong with a grid is said, and the network stays as it was."""
    net = mazur()
    before = snapshot(net)
    with pytest.raises(error, match=message):
        loss_surface(net, INPUTS, TARGETS, "w5", "w6", **given)
    assert snapshot(net) == before


@pytest.mark.parametrize(
    ("directions", "more", "error", "message"),
    [
        ("rnadom", {}, InvalidValueError, "not 'rnadom'; did you mean 'random'"),
        ("pca", {}, InvalidValueError, "'pca' are those of a path: give history"),
        ("random", {"history": [[0.0] * 8]}, InvalidValueError, "history is for directions 'pca'"),
        ("random", {"seed": -1}, InvalidValueError, "seed must be a whole number of zero or more"),
        (([1] * 8,), {}, InvalidValueError, "a plane has two directions, not 1"),
        (([1] * 8, [1] * 7), {}, InvalidValueError, r"direction 2 must have shape \(8,\)"),
        (([1] * 8, [2] * 8), {}, InvalidValueError, "directions are parallel"),
        (([1] * 8, [0] * 8), {}, InvalidValueError, "direction 2 is zero"),
        (({"w1": 1}, {"h1.bias": 1}), {}, UnknownNameError, "direction 2: 'h1.bias' is frozen"),
        ("pca", {"history": [[0.0] * 8] * 2}, InvalidValueError, "3 points or more, not 2"),
        ("pca", {"history": [[0.0] * 8] * 3}, InvalidValueError, "a straight line or a point"),
        ("pca", {"history": "path"}, InvalidTypeError, "a path is a DescentPath, a History or"),
    ],
)
def test_wrong_directions(directions, more: dict, error: type, message: str) -> None:
    """What is wrong with the directions of a plane is said."""
    with pytest.raises(error, match=message):
        loss_plane(mazur(), INPUTS, TARGETS, directions, points=2, **more)


def test_paths_of_other_parameters() -> None:
    """A history that lacks a parameter and a path over a frozen one are named."""
    net = mazur()
    history = net.copy().train([INPUTS], [TARGETS], learning_rate=0.5, epochs=3, record="w1.weight")
    with pytest.raises(UnknownNameError, match=r"not recorded 'w2\.weight' and 6 more: train with"):
        loss_plane(net, INPUTS, TARGETS, "pca", history=history)
    plane = loss_plane(net, INPUTS, TARGETS, points=2)
    path = descend(net, INPUTS, TARGETS, over=("w1", "h1.bias"), steps=2)
    with pytest.raises(UnknownNameError, match=r"moves 'h1\.bias', which the plane has not"):
        plane.project(path)


@pytest.mark.parametrize(
    ("end", "error", "message"),
    [
        (None, InvalidValueError, "start and end are the same point"),
        ([1.0], InvalidValueError, r"end must have shape \(8,\), not \(1,\)"),
        ({"h1.bias": 1.0}, UnknownNameError, "end: 'h1.bias' is not among the moved ones"),
        ({"w1": "a"}, InvalidTypeError, "end: w1 must be a number, not 'a'"),
        (ng.Network.layered(2, 3, 2), StructureError, "end is a network of another structure"),
    ],
)
def test_wrong_ends_of_a_line(end, error: type, message: str) -> None:
    """What is wrong with the end of a line is said."""
    with pytest.raises(error, match=message):
        loss_line(mazur(), INPUTS, TARGETS, None, end)


def test_nothing_to_move() -> None:
    """Without a trainable parameter there is no plane; without a network nothing at all."""
    net = ng.Network.layered(1, 1, weights=0.5)
    net.connection("w1").trainable = False
    with pytest.raises(InvalidValueError, match="no weight or bias is trainable"):
        loss_plane(net, [1.0], [1.0])
    with pytest.raises(InvalidTypeError, match="expected a Network, not 'net'"):
        loss_curve("net", [1.0], [1.0], "w1")
