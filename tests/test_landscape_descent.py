"""Descents, the minima they reach, and the shape of the loss at a point."""

import pickle
import re
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from strategies import CHECKED, Plain, plain_networks, snapshot

import neurograph as ng
from neurograph.drawing.surfaces import named_paths
from neurograph.errors import InvalidTypeError, InvalidValueError, UnknownNameError
from neurograph.landscape import (
    LossSurface,
    at_point,
    basins,
    descend,
    loss_curve,
    loss_surface,
    restarts,
)
from neurograph.landscape.minima import merged
from neurograph.schedules import RateFormula

FEWER = settings(CHECKED, max_examples=30)
XOR = [[0, 0], [0, 1], [1, 0], [1, 1]], [[0], [1], [1], [0]]
INPUTS, TARGETS = [0.05, 0.10], [0.01, 0.99]


def mazur() -> ng.Network:
    """Return the network of Mazur's example, with its frozen biases."""
    return ng.Network.layered(
        2, 2, 2,
        weights=[[[0.15, 0.20], [0.25, 0.30]], [[0.40, 0.45], [0.50, 0.55]]],
        bias=[0.35, 0.60],
        trainable_bias=False,
    )  # fmt: skip


def linear(n_inputs: int = 3) -> tuple[ng.Network, np.ndarray, np.ndarray]:
    """Return a linear neuron and samples: its loss is |X w - t|^2 / (2 n)."""
    rng = np.random.default_rng(8)
    net = ng.Network.layered(n_inputs, 1, weights=0.0, activation="identity")
    return net, rng.standard_normal((20, n_inputs)), rng.standard_normal((20, 1))


def sine() -> LossSurface:
    """Return a surface of several minima: sin(w x + b) is to be 0.5 at 1 and -0.5 at -1."""
    net = ng.Network.layered(1, 1, weights=0.3, bias=0.1, activation="sin")
    return loss_surface(
        net, [[1.0], [-1.0]], [[0.5], [-0.5]], "w1", "o1.bias", span=(-7, 7), points=25
    )


# -- descents ------------------------------------------------------------------------------------


@FEWER
@given(plain_networks(), st.sampled_from(["gradient_descent", "momentum", "adam"]))
def test_descent_is_training(plain: Plain, optimizer: str) -> None:
    """A walker over all parameters goes where training goes; the network stays where it was."""
    net = plain.network()
    inputs, targets = plain.data
    if not any(net.structure.trainable):
        return
    before = snapshot(net)
    path = descend(net, inputs, targets, optimizer=optimizer, learning_rate=0.1, steps=5)
    assert snapshot(net) == before
    history = net.train(
        plain_rows(plain, plain.inputs, net.inputs),
        plain_rows(plain, plain.targets, net.outputs),
        optimizer=optimizer, learning_rate=0.1, epochs=5, engine="passes", record=["loss"],
    )  # fmt: skip
    n = min(len(history["loss"]), len(path.losses))
    assert n == 5 or path.status == "converged"
    assert np.allclose(path.losses[:n], history["loss"][:n], rtol=1e-9, atol=1e-14)


def plain_rows(plain: Plain, samples: list[dict], names: list) -> list[list[float]]:
    """Return samples as rows."""
    return [[sample[name] for name in names] for sample in samples]


@FEWER
@given(plain_networks(), st.data())
def test_gradients_are_those_of_the_passes(plain: Plain, data: st.DataObject) -> None:
    """For some parameters or all of them, tied and frozen ones too, by complex step."""
    net = plain.network()
    inputs, targets = plain.data
    owners = data.draw(st.lists(st.sampled_from(plain.parameters()), min_size=1, max_size=4,
                                unique_by=id))  # fmt: skip
    over = [
        (owner.pre, owner.post) if hasattr(owner, "pre") else f"{owner.name}.bias"
        for owner, *_ in owners
    ]
    path = descend(net, inputs, targets, over=over, learning_rate=0.0, steps=1)
    expected = [plain.gradient(one) for one in owners]
    assert np.allclose(path.gradients[0], expected, rtol=1e-9, atol=1e-12)
    shape = at_point(net, inputs, targets, over)
    assert np.allclose(shape.gradient, expected, rtol=1e-9, atol=1e-12)
    assert shape.loss == pytest.approx(path.losses[0], rel=1e-12, abs=1e-14)


def test_gradients_of_a_large_network() -> None:
    """Level by level, many points at once: the gradients of the passes."""
    rng = np.random.default_rng(2)
    net = ng.Network.layered(12, 20, 5, weights="xavier", bias=0.1, seed=6, activation="tanh")
    inputs, targets = rng.random((9, 12)), rng.random((9, 5))
    start = descend(net, inputs, targets, learning_rate=0.0, steps=1).parameters[0]
    starts = np.stack([start, start + 0.1])
    paths = descend(net, inputs, targets, start=starts, learning_rate=0.1, steps=3)
    for path, first in zip(paths, starts, strict=True):
        trial = net.copy()
        for address, value in zip(path.over, first, strict=True):
            trial.set_value(address, value)
        for step in range(4):
            trial.forward(inputs)
            assert path.losses[step] == pytest.approx(trial.backward(targets), rel=1e-12)
            gradient = [
                trial.value(a.replace(".weight", ".gradient").replace(".bias", ".bias_gradient"))
                for a in path.over
            ]
            assert np.allclose(path.gradients[step], gradient, rtol=1e-10, atol=1e-15)
            trial.update_weights(0.1)


def test_path_lies_on_its_surface() -> None:
    """The losses of a path are the very numbers of the surface at its points."""
    net = mazur()
    start = [[3.0, -2.0], [0.4, 0.45]]
    for path in descend(net, INPUTS, TARGETS, over=("w5", "w6"), start=start, steps=30):
        x, y = path.parameters.T
        surface = loss_surface(net, INPUTS, TARGETS, "w5", "w6", x=x, y=y)
        assert np.array_equal(np.diag(surface.losses), path.losses)
    (path,) = descend(net, INPUTS, TARGETS, over="w5", start=[[3.0]], steps=30)
    curve = loss_curve(net, INPUTS, TARGETS, "w5", path.parameters[:, 0])
    assert np.array_equal(curve.losses, path.losses)


def test_mazur_first_step() -> None:
    """One step over w5 and w6 is the update of the network's own passes."""
    net = mazur()
    path = descend(net, INPUTS, TARGETS, over=("w5", "w6"), learning_rate=0.5, steps=1)
    net.step(INPUTS, TARGETS, 0.5)
    assert path.parameters[1] == pytest.approx(
        [net.value("w5.weight"), net.value("w6.weight")], rel=1e-15
    )
    assert (path.optimizer, path.learning_rate, path.n_steps) == ("gradient_descent", 0.5, 1)


def test_a_rate_may_fall_on_the_way() -> None:
    """On (w - 1)^2 / 2 by hand: w - 1 is -1, then -1/2, 3/4 of that, 5/6 of that."""
    net = ng.Network.layered(1, 1, weights=0.0, activation="identity")
    rate = RateFormula("0.5 / step")
    path = descend(net, [1.0], [1.0], over="w1", learning_rate=rate, steps=3)
    assert path.parameters.ravel() == pytest.approx([0, 1 / 2, 5 / 8, 11 / 16], rel=1e-15)
    rates = [RateFormula("0.5 / (1 + epoch)"), 0.5]
    falls, stays = descend(
        net, [1.0], [1.0], over="w1", optimizer=["sgd", "sgd"], learning_rate=rates, steps=2
    )
    assert falls.parameters.ravel() == pytest.approx([0, 1 / 2, 5 / 8], rel=1e-15)
    assert stays.parameters.ravel() == pytest.approx([0, 1 / 2, 3 / 4], rel=1e-15)
    assert [*named_paths([path, falls])] == [
        "gradient descent, rate 0.5 / step",
        "gradient descent, rate 0.5 / (1 + epoch)",
    ]


def test_several_go_in_lockstep_as_they_go_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """Several starts and optimisers together, in pieces too: each path as if it were alone."""
    net = ng.Network.layered(2, 3, 1, bias=0.1, seed=4)
    starts = np.random.default_rng(1).uniform(-2, 2, (7, 13))
    optimizers = ["gradient_descent", ng.Momentum(0.8), ng.Adam()]
    given = {"optimizer": optimizers, "learning_rate": [1.0, 0.5, 0.1], "steps": 40}
    together = descend(net, *XOR, start=starts, **given)
    monkeypatch.setattr("neurograph.landscape.evaluator._NUMBERS", 30)
    in_pieces = descend(net, *XOR, start=starts, **given)
    assert len(together) == 21
    for number, (path, other) in enumerate(zip(together, in_pieces, strict=True)):
        optimizer, start = divmod(number, 7)
        alone = descend(
            net, *XOR, start=starts[start], optimizer=optimizers[optimizer],
            learning_rate=given["learning_rate"][optimizer], steps=40,
        )  # fmt: skip
        assert np.array_equal(path.parameters, alone.parameters)
        assert np.array_equal(path.losses, alone.losses)
        assert np.array_equal(path.parameters, other.parameters)
        assert path.optimizer == alone.optimizer


@pytest.mark.parametrize(("part", "status"), [(0.99, "converged"), (1.01, "diverged")])
def test_largest_stable_rate(part: float, status: str) -> None:
    """Just below 2 / lambda_max descent on a quadratic converges, just above it diverges."""
    net, inputs, targets = linear()
    shape = at_point(net, inputs, targets)
    hessian = inputs.T @ inputs / len(inputs)
    assert np.allclose(shape.hessian, hessian, rtol=1e-13)
    assert np.allclose(shape.eigenvalues, np.linalg.eigvalsh(hessian)[::-1], rtol=1e-12)
    assert shape.largest_stable_learning_rate == pytest.approx(
        2 / np.linalg.eigvalsh(hessian)[-1], rel=1e-12
    )
    assert shape.condition == pytest.approx(np.linalg.cond(hessian), rel=1e-10)
    path = descend(
        net, inputs, targets, start=[1.0, 1.0, 1.0], tolerance=1e-9, steps=5000,
        learning_rate=part * shape.largest_stable_learning_rate,
    )  # fmt: skip
    assert path.status == status
    if status == "converged":
        best = np.linalg.lstsq(inputs, targets, rcond=None)[0].ravel()
        assert np.allclose(path.parameters[-1], best, atol=1e-8)
        assert path.n_steps < 5000
    else:
        assert path.losses[-1] > 1e50


def test_ways_to_end() -> None:
    """A path that is still under way is finished; one that overflows ends before it does."""
    net, inputs, targets = linear()
    assert descend(net, inputs, targets, learning_rate=0.01, steps=3).status == "finished"
    lost = descend(net, inputs, targets, learning_rate=1e6, steps=200)
    assert lost.status == "diverged"
    assert np.isfinite(lost.losses).all()
    assert np.isfinite(lost.parameters).all()
    assert lost.n_steps < 200
    there = at_point(net, inputs, targets).gradient * 0 + np.linalg.lstsq(
        inputs, targets, rcond=None)[0].ravel()  # fmt: skip
    still = descend(net, inputs, targets, start=there, tolerance=1e-12, steps=5)
    assert (still.status, still.n_steps) == ("converged", 0)
    assert repr(still).startswith("DescentPath(w1.weight, w2.weight, w3.weight, gradient_descent")


def test_ways_to_start() -> None:
    """A start is an array, a mapping from address to value, or a network."""
    net, inputs, targets = linear()
    other = net.copy()
    other.set_value("w2.weight", 2.0)
    of = [[0.0, 2.0, 0.0], {"w2": 2.0}, other]
    paths = [descend(net, inputs, targets, start=start, steps=2) for start in of]
    assert all(np.array_equal(path.losses, paths[0].losses) for path in paths)
    several = descend(net, inputs, targets, start=[{"w2": 2.0}, {"w1": 1.0}], steps=2)
    assert np.array_equal(several[0].losses, paths[0].losses)
    assert descend(net, inputs, targets, optimizer=["adam"], steps=1)[0].optimizer == "adam"


def test_frozen_may_walk_and_is_said_so() -> None:
    """A frozen bias moves if it is named, and the path says that it is frozen."""
    path = descend(mazur(), INPUTS, TARGETS, over=("w5", "h1.bias"), steps=1)
    assert path.parameters[1, 1] != path.parameters[0, 1]
    assert path.notes == ("h1.bias is frozen: training does not change it",)


@pytest.mark.parametrize(
    ("given", "error", "message"),
    [
        ({"over": ("w5", "w5")}, InvalidValueError, "same parameter is given twice"),
        ({"over": ()}, InvalidValueError, "over names no weight or bias"),
        ({"over": "w55"}, UnknownNameError, "no connection 'w55'; did you mean 'w5'"),
        ({"steps": 0}, InvalidValueError, "steps must be at least 1, not 0"),
        ({"learning_rate": -1.0}, InvalidValueError, "learning_rate must be zero or more"),
        ({"learning_rate": [1.0, 2.0]}, InvalidValueError, "one number or 1, one for each opt"),
        ({"learning_rate": "fast"}, InvalidTypeError, "learning_rate must be a number"),
        ({"tolerance": -1}, InvalidValueError, "tolerance must be zero or more"),
        ({"optimizer": "adma"}, UnknownNameError, "no optimizer 'adma'; did you mean 'adam'"),
        ({"optimizer": ng.Adam}, InvalidTypeError, r"did you mean Adam\(\)"),
        ({"optimizer": 3}, InvalidTypeError, "an optimizer is given by its name or as an object"),
        ({"optimizer": []}, InvalidValueError, "optimizer is an empty list"),
        ({"start": [1.0]}, InvalidValueError, r"start must have shape \(2,\), not \(1,\)"),
        ({"start": [[1.0, 2.0], [1.0]]}, InvalidValueError, "start has rows of different lengths"),
        ({"start": [1.0, np.nan]}, InvalidValueError, "start must be finite numbers: there is nan"),
        ({"start": {"w1": 2.0}}, UnknownNameError, "start: 'w1.weight' is not among the moved"),
    ],
)
def test_wrong_descents(given: dict, error: type, message: str) -> None:
    """What is wrong with a descent is said, and the network stays as it was."""
    net = mazur()
    before = snapshot(net)
    with pytest.raises(error, match=message):
        descend(net, INPUTS, TARGETS, **{"over": ("w5", "w6"), **given})
    assert snapshot(net) == before


# -- minima --------------------------------------------------------------------------------------


def test_restarts_find_the_minima() -> None:
    """Of (w^2 - 1)^2, the walkers find both minima, half of them each; the middle is none."""
    net = ng.Network.layered(1, 1, weights=0.1, activation="net**2", loss="squared_error")
    found = restarts(
        net, [1.0], [1.0], n=400, seed=5, low=-1.5, high=1.5, learning_rate=0.05, steps=300,
        tolerance=1e-3,
    )  # fmt: skip
    assert np.allclose(np.sort(found.minima.ravel()), [-1, 1], atol=1e-6)
    assert np.array_equal(found.counts, [(found.label == 0).sum(), (found.label == 1).sum()])
    right = found.minima[found.label, 0] > 0
    assert np.array_equal(right, found.starts[:, 0] > 0)
    assert found.counts.sum() == 400
    assert (found.starts.min() >= -1.5, found.starts.max() < 1.5) == (True, True)
    assert repr(found).startswith("Restarts(400 starts over w1.weight, 2 minima: loss ")
    again = restarts(net, [1.0], [1.0], n=400, seed=5, low=-1.5, high=[1.5], learning_rate=0.05,
                     steps=300, tolerance=1e-3)  # fmt: skip
    assert np.array_equal(again.ends, found.ends)


def test_executors_change_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """In this process, in threads or in others, one worker or two: the same to the last bit."""
    monkeypatch.setattr("neurograph.landscape.minima._TOGETHER", 7)
    net = ng.Network.layered(2, 2, 1, bias=0.1, seed=4)
    given = {"n": 40, "seed": 3, "learning_rate": 2.0, "steps": 50, "tolerance": 0.5}
    alone = restarts(net, *XOR, **given)
    for executor in (ThreadPoolExecutor(3), ProcessPoolExecutor(1), ProcessPoolExecutor(2)):
        with executor:
            found = restarts(net, *XOR, executor=executor, **given)
        assert np.array_equal(found.ends, alone.ends)
        assert np.array_equal(found.losses, alone.losses)
        assert np.array_equal(found.label, alone.label)


def test_basins_of_a_sine() -> None:
    """Each point belongs to the minimum that its own descent reaches; shares add up."""
    surface = sine()
    found = basins(surface, learning_rate=0.5, steps=400, tolerance=0.01)
    assert len(found.minima) > 4
    assert found.labels.shape == surface.losses.shape
    assert np.allclose(found.minimum_losses, found.minimum_losses[0], atol=1e-9)
    assert found.share.sum() == pytest.approx((found.labels >= 0).mean())
    for row, column in [(0, 0), (3, 17), (12, 12), (20, 5)]:
        walk = np.array([surface.x[column], surface.y[row]])
        for _ in range(400):
            net = walk @ [[1.0, -1.0], [1.0, 1.0]]
            slope = (np.sin(net) - [0.5, -0.5]) * np.cos(net) / 2
            walk = walk - 0.5 * np.array([slope[0] - slope[1], slope[0] + slope[1]])
        label = found.labels[row, column]
        assert label >= 0
        assert np.allclose(found.minima[label], walk, atol=0.01)
    assert repr(found).startswith("Basins(w1.weight x o1.bias, ")
    assert found.to_dict()["surface"]["over"] == ["w1.weight", "o1.bias"]


def test_walkers_under_way_have_no_minimum() -> None:
    """Where the steps do not suffice the label is -1, and no minimum is made up."""
    found = basins(sine(), learning_rate=1e-6, steps=20, tolerance=1e-12)
    moving = found.labels < 0
    assert moving.sum() > 500
    assert "did not settle" in repr(found)


def xor_losses(starts: np.ndarray, rate: float, steps: int) -> np.ndarray:
    """Train 2-2-1 logistic networks on XOR in NumPy by hand; return their losses."""
    x, t = np.array(XOR[0], dtype=float), np.array(XOR[1], dtype=float)[:, 0]
    w, b = starts[:, [0, 1, 3, 4]].reshape(-1, 2, 2), starts[:, [2, 5]]
    v, c = starts[:, 6:8], starts[:, 8]
    for step in range(steps + 1):
        h = 1 / (1 + np.exp(-(np.einsum("nji,si->nsj", w, x) + b[:, None])))
        o = 1 / (1 + np.exp(-(np.einsum("nsj,nj->ns", h, v) + c[:, None])))
        if step == steps:
            return ((o - t) ** 2 / 2).mean(axis=1)
        d = (o - t) * o * (1 - o) / len(x)
        e = d[:, :, None] * v[:, None] * h * (1 - h)
        v, c = v - rate * np.einsum("ns,nsj->nj", d, h), c - rate * d.sum(axis=1)
        w, b = w - rate * np.einsum("nsj,si->nji", e, x), b - rate * e.sum(axis=1)
    raise AssertionError


def test_ends_are_counted_by_loss() -> None:
    """Of trainings of XOR that fail and succeed, each kind is one plateau, counted as by hand."""
    net = ng.Network.layered(2, 2, 1, weights=0.0, bias=0.0)
    found = restarts(net, *XOR, n=60, low=0.0, high=1.0, learning_rate=2.0, steps=8000, seed=1)
    assert found.over[:3] == ("w1.weight", "w2.weight", "h1.bias")
    losses = xor_losses(found.starts, 2.0, 8000)
    assert np.allclose(found.losses, losses, rtol=1e-6)
    stuck = int((losses > 0.05).sum())
    assert stuck > 0
    assert found.reached_counts.tolist() == [60 - stuck, stuck]
    assert found.reached == pytest.approx([losses.min(), losses[losses > 0.05].min()])
    assert (found.kinds, found.counts.tolist()) == (("plateau",) * 2, [60 - stuck, stuck])
    assert np.array_equal(found.label == 1, losses > 0.05)
    assert f"2 plateaus: loss {found.losses.min():.6g} {60 - stuck} times, " in repr(found)


def dead_relu(points: int = 21) -> LossSurface:
    """Return the loss of a neuron with relu, which is 1.25 wherever it is dead."""
    net = ng.Network.layered(1, 1, weights=1.0, bias=0.0, activation="relu")
    data = [[1.0], [2.0]], [[1.0], [2.0]]
    return loss_surface(net, *data, "w1", "o1.bias", span=(-3.01, 3.02), points=points)


def test_a_plateau_is_one_place() -> None:
    """Where relu is dead for all samples nothing moves: one plateau, and not as many as points."""
    surface = dead_relu()
    found = basins(surface, learning_rate=0.2, steps=3000)
    x, y = np.meshgrid(surface.x, surface.y)
    dead = (x + y < 0) & (2 * x + y < 0)
    assert found.kinds[0] == "minimum"
    assert found.minima[0] == pytest.approx([1.0, 0.0], abs=0.05)
    assert len(found.minima) < 6
    number = int(np.flatnonzero(found.minimum_losses == 1.25)[0])
    assert found.kinds[number] == "plateau"
    assert np.array_equal(found.labels == number, dead)
    assert found.share[number] == pytest.approx(dead.mean())
    assert found.reached_counts.sum() == dead.size
    assert " plateaus: (" in repr(found)
    assert f"1.25 {dead.sum()} times" in repr(found)


def test_a_low_edge_is_a_minimum() -> None:
    """Of |w - 1| the lowest point has no slope of its own, and walkers come to rest around it."""
    net = ng.Network.layered(1, 1, weights=0.0, activation="identity", loss="absolute_error")
    found = restarts(net, [1.0], [1.0], n=9, learning_rate=0.004, steps=2000, seed=2)
    assert (found.kinds, found.counts.tolist()) == (("minimum",), [9])
    assert found.minima[0, 0] == pytest.approx(1.0, abs=0.004)


def test_where_all_is_lost_nothing_is_reached() -> None:
    """Walkers whose loss overflows have reached no loss, and no minimum."""
    net = ng.Network.layered(1, 1, weights=0.0, activation="identity")
    found = restarts(net, [1.0], [1.0], n=4, learning_rate=1e9, steps=100)
    assert (len(found.minima), found.reached.tolist()) == (0, [])
    assert repr(found) == (
        "Restarts(4 starts over w1.weight, 0 minima: no loss is finite; 4 of 4 did not settle)"
    )


def test_losses_are_the_same_within_a_tolerance() -> None:
    """A larger tolerance counts more losses as one; by default it goes by those of the starts."""
    surface = dead_relu(9)
    assert basins(surface, steps=5).loss_tolerance == pytest.approx(
        0.01 * np.median(surface.losses), rel=1e-12
    )
    assert len(basins(surface, steps=5, loss_tolerance=1e9).reached) == 1
    exact = basins(surface, learning_rate=0.0, steps=1, loss_tolerance=0)
    assert np.array_equal(exact.reached, np.unique(surface.losses))
    with pytest.raises(InvalidValueError, match="loss_tolerance must be zero or more, not -1"):
        basins(surface, loss_tolerance=-1)


def test_merging() -> None:
    """Ends linked by others within the tolerance are one minimum; the lowest stands for it."""
    ends = np.array([[0.0, 0.0], [0.9, 0.0], [1.8, 0.5], [5.0, 5.0], [5.5, 5.0], [9.0, 9.0]])
    losses = np.array([0.3, 0.1, 0.2, 0.05, 0.06, np.nan])
    minima, label = merged(ends, losses, np.array([True] * 4 + [False, True]), 1.0)
    assert minima.tolist() == [3, 1]
    assert label.tolist() == [1, 1, 1, 0, -1, -1]
    minima, label = merged(ends, losses, np.zeros(6, dtype=bool), 1.0)
    assert (minima.tolist(), label.tolist()) == ([], [-1] * 6)
    minima, label = merged(np.repeat(ends[:2], 2, axis=0), losses[:4], np.ones(4, bool), 0.0)
    assert label.tolist() == [1, 1, 0, 0]


@pytest.mark.parametrize(
    ("given", "error", "message"),
    [
        ({"n": 0}, InvalidValueError, "n must be at least 1, not 0"),
        ({"low": 2.0, "high": 1.0}, InvalidValueError, "low must be less than high, not 2.0 and"),
        ({"low": [0.0]}, InvalidValueError, r"low must have shape \(2,\), not \(1,\)"),
        ({"executor": 4}, InvalidTypeError, "executor must be a concurrent.futures executor"),
        ({"seed": "a"}, InvalidValueError, "seed must be a whole number of zero or more"),
        ({"steps": 0.5}, InvalidTypeError, "steps must be a whole number"),
    ],
)
def test_wrong_restarts(given: dict, error: type, message: str) -> None:
    """What is wrong with restarts is said."""
    with pytest.raises(error, match=message):
        restarts(mazur(), INPUTS, TARGETS, over=("w5", "w6"), **given)


def test_basins_need_a_surface() -> None:
    """Basins of what loss_surface did not make are refused."""
    made = LossSurface(("a", "b"), np.zeros(1), np.zeros(1), np.zeros((1, 1)), (0.0, 0.0), 0.0)
    for wrong in (made, "surface"):
        with pytest.raises(InvalidTypeError, match="of a surface that loss_surface made, not of"):
            basins(wrong)


# -- the shape at a point ------------------------------------------------------------------------


@settings(CHECKED, max_examples=20)
@given(plain_networks())
def test_hessian_is_that_of_the_gradients(plain: Plain) -> None:
    """To 1e-6, central differences of gradients that are exact by complex step."""
    net = plain.network()
    if any(unit.activation in ("relu", "leaky_relu") for unit in plain.units):
        return
    inputs, targets = plain.data
    owners = plain.parameters()[:4]
    over = [
        (one.pre, one.post) if hasattr(one, "pre") else f"{one.name}.bias" for one, *_ in owners
    ]
    shape = at_point(net, inputs, targets, over)
    step = 1e-5
    central = np.empty((len(owners), len(owners)))
    for column, moved in enumerate(owners):
        gradients = []
        for sign in (1, -1):
            changed = plain_with(plain, moved, sign * step)
            gradients.append([changed.gradient(one) for one in owners])
            plain_with(plain, moved, -sign * step)
        central[:, column] = (np.array(gradients[0]) - gradients[1]) / (2 * step)
    scale = max(1e-3, float(np.abs(central).max()))
    assert np.allclose(shape.hessian, central, rtol=1e-6, atol=1e-6 * scale)
    vectors, values = shape.eigenvectors, shape.eigenvalues
    assert np.allclose(vectors.T * values @ vectors, shape.hessian, atol=1e-12 * scale + 1e-15)
    assert np.array_equal(shape.hessian, shape.hessian.T)


def plain_with(plain: Plain, owners: list, change: float) -> Plain:
    """Change the parameter that some owners share, in place."""
    for owner in owners:
        if hasattr(owner, "weight"):
            owner.weight += change
        else:
            owner.bias += change
    return plain


def test_flat_and_hollow_places() -> None:
    """Where nothing curves upwards every rate is stable; a singular Hessian has no condition."""
    net = ng.Network.layered(2, 1, weights=0.5, activation="identity")
    shape = at_point(net, [1.0, 1.0], [0.0])
    assert shape.condition > 1e15
    assert shape.largest_stable_learning_rate == pytest.approx(1.0)
    hill = ng.Network.layered(1, 1, weights=0.0, activation="identity", loss="-out**2 / 2")
    shape = at_point(hill, [1.0], [0.0])
    assert (shape.hessian.tolist(), shape.largest_stable_learning_rate) == ([[-1.0]], np.inf)
    still = at_point(hill, [0.0], [0.0])
    assert (still.condition, still.eigenvalues.tolist()) == (np.inf, [0.0])
    assert repr(still).startswith("LocalShape(w1.weight: loss ")
    assert still.to_dict()["over"] == ["w1.weight"]


@pytest.mark.parametrize(
    ("layers", "given", "kind"),
    [
        # E = (w - 1)^2 / 2.
        ((1, 1), {"weights": 1.0}, "minimum"),
        ((1, 1), {"weights": 1.00005}, "minimum"),
        ((1, 1), {"weights": 1.001}, "slope"),
        ((1, 1), {"weights": 0.0, "loss": "-out**2 / 2"}, "maximum"),
        # E = (v w - 1)^2 / 2, whose Hessian at 0 is [[0, -1], [-1, 0]].
        ((1, 1, 1), {"weights": 0.0}, "saddle"),
        # The floor of a valley: v w = 1.
        ((1, 1, 1), {"weights": 1.0}, "plateau"),
        ((1, 1), {"weights": -1.0, "activation": "relu"}, "plateau"),
        # f'(-40) = 4e-18.
        ((1, 1), {"weights": -40.0, "activation": "logistic"}, "plateau"),
        # E = (v w u - 1)^2 / 2, level at 0 in its second derivatives too.
        ((1, 1, 1, 1), {"weights": 0.0}, "plateau"),
    ],
)
def test_kinds_of_places(layers: tuple[int, ...], given: dict, kind: str) -> None:
    """A point is a minimum, a maximum, a saddle, a plateau or a slope."""
    net = ng.Network.layered(*layers, **{"activation": "identity", **given})
    shape = at_point(net, [1.0], [1.0])
    assert shape.kind == kind
    assert f", a {kind}, gradient of length" in repr(shape)


def test_what_is_level_is_stated() -> None:
    """The tolerance says how near a minimum is near, and how short a gradient is level."""
    net = ng.Network.layered(1, 1, weights=1.001, activation="identity")
    assert at_point(net, [1.0], [1.0], tolerance=0.01).kind == "minimum"
    assert at_point(net, [1.0], [1.0], tolerance=0.0005).kind == "slope"
    with pytest.raises(InvalidValueError, match="tolerance must be zero or more, not -1"):
        at_point(net, [1.0], [1.0], tolerance=-1)


def test_close_losses_differ_where_they_are_told() -> None:
    """A path whose loss hardly falls tells its first and its last loss with digits that differ."""
    path = descend(mazur(), INPUTS, TARGETS, over="w1", learning_rate=1e-3, steps=3)
    first, last = re.search(r"loss (\S+) -> (\S+)\)", repr(path)).groups()
    assert first != last
    assert float(first) == pytest.approx(path.losses[0], rel=1e-9)


def test_edges_are_named() -> None:
    """At a kink the notes name the neuron, unless what moves does not move it across."""
    net = ng.Network.layered(2, 1, 1, weights=1.0, bias=0.0, activation="relu",
                             output_activation="identity")  # fmt: skip
    shape = at_point(net, [[0.0, 0.0], [1.0, 1.0], [1.0, -1.0]], [[0.0]] * 3)
    assert shape.notes == (
        "relu of 'h1' is where two of its pieces meet, in 2 of 3 samples: there is no derivative,"
        " and gradient and Hessian are those of one side",
    )
    weight = at_point(net, [[0.0, 0.0], [1.0, 1.0], [1.0, -1.0]], [[0.0]] * 3, "w1")
    assert "in 1 of 3 samples" in weight.notes[0]
    assert at_point(net, [0.0, 0.0], [0.0], "w1").notes == ()
    off = ng.Network.layered(1, 1, weights=1.0, activation="identity", loss="absolute_error")
    assert "absolute_error of 'o1'" in at_point(off, [2.0], [2.0]).notes[0]
    assert at_point(off, [2.0], [1.0], at=[0.25]).at.tolist() == [0.25]
    largest = ng.Network(loss="squared_error")
    largest.add_neuron("y", activation="identity", combine="max")
    for name, weight in (("x1", 0.5), ("x2", 0.25), ("x3", 0.1)):
        largest.add_neuron(name)
        largest.connect(name, "y", weight)
    samples = [[1.0, 2.0, 1.0], [1.0, 1.0, 1.0], [1.0, 1.0, 2.5]]
    note = at_point(largest, samples, [[1.0]] * 3).notes[0]
    assert "max of 'y' is where two of its pieces meet, in 1 of 3 samples" in note


def test_paths_can_be_sent() -> None:
    """A path and what was found survive pickling."""
    net = mazur()
    path = descend(net, INPUTS, TARGETS, over=("w5", "w6"), steps=3)
    again = pickle.loads(pickle.dumps(path))
    assert np.array_equal(again.parameters, path.parameters)
    assert path.to_dict()["losses"] == path.losses.tolist()


@pytest.mark.parametrize("steps", [2000, 2002])
def test_swinging_is_not_settling(steps: int) -> None:
    """A walker that swings between the same points for ever has not settled at any of them."""
    # out = w, E = 1/2 w^2: at a rate of 2 every step goes from w to -w.
    net = ng.Network.layered(1, 1, weights=1.0, activation="identity")
    found = restarts(
        net, [1.0], [0.0], over="w1", n=5, seed=0, low=-3, high=3, learning_rate=2.0, steps=steps
    )
    assert len(found.minima) == 0
