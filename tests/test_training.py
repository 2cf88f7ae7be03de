"""Training: steps, history, stopping, interruptions and wrong input."""

import io
import json
import math
import os
import subprocess
import sys
import tracemalloc
import types
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from strategies import CHECKED, Plain, plain_networks, snapshot

import neurograph as ng
from neurograph import engines
from neurograph.collector import no_collection
from neurograph.optimizers import OPTIMIZERS, Adam, Momentum
from neurograph.quantities import QUANTITIES
from neurograph.training import (
    DivergedError,
    GradientNorm,
    History,
    Moment,
    NoImprovement,
    TargetLoss,
    run,
    train,
)

INPUTS = np.array([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0], [0.5, -0.5]])
TARGETS = np.array([[0.0], [1.0], [1.0], [0.0], [0.5]])


def mazur() -> ng.Network:
    """Return the network of Mazur (2015), whose biases are not trained."""
    return ng.Network.layered(
        2, 2, 2,
        weights=[[[0.15, 0.20], [0.25, 0.30]], [[0.40, 0.45], [0.50, 0.55]]],
        bias=[0.35, 0.60],
        trainable_bias=False,
    )  # fmt: skip


def small(**settings: Any) -> ng.Network:
    """Return a 2-3-1 network with weights drawn from a seed."""
    return ng.Network.layered(2, 3, 1, bias=0.1, seed=4, **settings)


def parameters(net: ng.Network) -> list[float]:
    """Return all weights and biases, in the order of the graph."""
    weights = [weight for _, _, weight in net.edges(data="weight")]
    return weights + [neuron.bias for neuron in net.nodes.values() if neuron.bias is not None]


def line(**settings: Any) -> ng.Network:
    """Return a network of one weight, 0.5: E = 1/2 (3 w - 1)^2 on the sample 3 -> 1."""
    return ng.Network.layered(1, 1, weights=0.5, activation="identity", **settings)


# -- steps ----------------------------------------------------------------------------------------


@CHECKED
@given(plain_networks())
def test_an_epoch_of_a_full_batch_is_a_step(plain: Plain) -> None:
    """On random networks, training leaves every object as steps one by one leave it."""
    inputs, targets = plain.data
    for order in ("simultaneous", "in_place"):
        net, by_hand = plain.network(), plain.network()
        history = train(
            net, inputs, targets, learning_rate=0.05, epochs=4, order=order, engine="passes"
        )
        losses = [by_hand.step(inputs, targets, 0.05, order) for _ in range(4)]
        assert history["loss"].tolist() == losses
        assert_same_values(net, by_hand)


OF_UPDATES = {
    name for row in QUANTITIES.values() if row.phase == "update" for name in (row.name, row.of_bias)
}


def assert_same_values(net: ng.Network, expected: ng.Network) -> None:
    """Compare everything the objects carry, numbers to 1e-12."""
    for (name, one), (_, other) in zip(
        [*net.nodes.items(), *net.edges.items()],
        [*expected.nodes.items(), *expected.edges.items()],
        strict=True,
    ):
        # What an update gives is not known of passes made by hand.
        assert set(one) - OF_UPDATES == set(other) - OF_UPDATES, name
        for key, value in other.items():
            if key in OF_UPDATES and key not in one:
                continue
            if isinstance(value, float | np.ndarray):
                assert type(one[key]) is type(value), (name, key)
                np.testing.assert_allclose(one[key], value, rtol=1e-12, atol=1e-14)
            else:
                assert one[key] == value, (name, key)


@pytest.mark.parametrize(
    ("order", "engine"),
    [
        ("simultaneous", None),
        ("simultaneous", "passes"),
        ("simultaneous", "straight_line"),
        ("simultaneous", "blocks"),
        ("in_place", None),
        ("in_place", "passes"),
        ("in_place", "blocks"),
    ],
)
@pytest.mark.parametrize("reduction", ["mean", "sum"])
@pytest.mark.parametrize("batch_size", [1, 2, 5])
def test_batches_are_steps(batch_size: int, reduction: str, order: str, engine: str | None) -> None:
    """Each epoch steps through the samples in their order; the last batch may be smaller."""
    net, by_hand = small(reduction=reduction), small(reduction=reduction)
    history = train(
        net, INPUTS, TARGETS, learning_rate=0.3, epochs=3, batch_size=batch_size, order=order,
        engine=engine,
    )  # fmt: skip
    for epoch in range(3):
        loss = 0.0
        for start in range(0, 5, batch_size):
            batch: Any = slice(start, start + batch_size) if batch_size > 1 else start
            error = by_hand.step(INPUTS[batch], TARGETS[batch], 0.3, order)
            n = len(INPUTS[start : start + batch_size])
            loss += error * n / 5 if reduction == "mean" else error
        assert history["loss"][epoch] == pytest.approx(loss, rel=1e-12)
    assert_same_values(net, by_hand)


def test_one_sample_may_come_without_a_batch() -> None:
    """A sample of shape (n_inputs,) leaves numbers on the objects, a batch of one leaves arrays."""
    net = mazur()
    train(net, [0.05, 0.10], {"o1": 0.01, "o2": 0.99}, learning_rate=0.5, epochs=2)
    assert type(net.nodes["h1"].out) is float
    train(net, {"i1": [0.05], "i2": [0.10]}, [[0.01, 0.99]], learning_rate=0.5, epochs=2)
    assert net.nodes["h1"].out.shape == (1,)
    train(net, [[0.05, 0.10]], [[0.01, 0.99]], learning_rate=0.5, epochs=2, batch_size=1)
    assert type(net.nodes["h1"].out) is float


@pytest.mark.parametrize(
    ("order", "printed"), [("simultaneous", "3.51018778e-05"), ("in_place", "3.50847863e-05")]
)
def test_mazur_after_ten_thousand_rounds(order: str, printed: str) -> None:
    """Both update orders arrive at their known total error."""
    net = mazur()
    train(net, [0.05, 0.10], [0.01, 0.99], learning_rate=0.5, epochs=10_000, order=order)
    net.forward([0.05, 0.10])
    assert f"{net.total_error([0.01, 0.99]):.8e}" == printed


def test_exclusive_or_is_learned() -> None:
    """From a stated seed, a 2-4-1 network learns exclusive or."""
    net = ng.Network.layered(2, 4, 1, activation="tanh", output_activation="logistic", bias=0.0,
                             seed=1)  # fmt: skip
    train(net, INPUTS[:4], TARGETS[:4], learning_rate=0.05, epochs=2000, optimizer="adam")
    assert net.forward(INPUTS[:4]).round().tolist() == TARGETS[:4].tolist()


@pytest.mark.parametrize("order", ["simultaneous", "in_place"])
@pytest.mark.parametrize("name", list(OPTIMIZERS))
def test_every_optimizer_changes_parameters_by_its_rules(name: str, order: str) -> None:
    """The parameters follow from the gradients that the objects carry, and error messages fit."""
    net = small()
    seen: list[tuple[float, float]] = []

    def callback(moment: Moment) -> None:
        seen.append((moment.net.value("w1.gradient"), moment.net.value("w1.weight")))

    start = net.value("w1.weight")
    optimizer = OPTIMIZERS[name]()
    train(
        net, INPUTS, TARGETS, learning_rate=0.1, epochs=6, optimizer=name, order=order,
        callback=callback,
    )  # fmt: skip
    state = dict.fromkeys(optimizer.state, 0.0)
    weight = start
    for step, (gradient, after) in enumerate(seen, start=1):
        weight = optimizer.updated(weight, gradient, 0.1, state, step)
        assert after == pytest.approx(weight, rel=1e-9)
    out = net.connection("h1->o1")
    sent_through = out.error_message / net.nodes["o1"].delta
    if order == "in_place":
        np.testing.assert_allclose(sent_through, out.weight, rtol=1e-9)
    else:
        assert abs(sent_through[0] - out.weight) > 1e-6


def test_frozen_and_tied_parameters() -> None:
    """With every optimiser, a frozen weight keeps its value and tied weights stay one parameter."""
    for name in OPTIMIZERS:
        net = small()
        net.connection("w1").trainable = False
        net.connection("w2").tie = net.connection("w3").tie = "shared"
        net.connection("w2").weight = net.connection("w3").weight = 0.3
        frozen = net.value("w1.weight")
        train(net, INPUTS, TARGETS, learning_rate=0.1, epochs=5, batch_size=2, optimizer=name)
        assert net.value("w1.weight") == frozen
        assert net.value("w2.weight") == net.value("w3.weight") != 0.3


def test_an_optimizer_starts_without_memory() -> None:
    """Two runs with the same optimiser object begin alike."""
    momentum = Momentum(0.5)
    first, second = line(), line()
    for net in (first, second):
        train(net, [3.0], [1.0], learning_rate=0.01, epochs=5, optimizer=momentum)
    assert parameters(first) == parameters(second)


# -- shuffling ------------------------------------------------------------------------------------


@pytest.mark.parametrize("batch_size", [1, 2])
def test_shuffling_follows_the_generator(batch_size: int) -> None:
    """Each epoch takes the samples in the order of the next permutation of numpy's generator."""
    net, by_hand = small(), small()
    train(
        net, INPUTS, TARGETS, learning_rate=0.3, epochs=3, batch_size=batch_size, shuffle=True,
        seed=7,
    )  # fmt: skip
    rng = np.random.default_rng(7)
    for _ in range(3):
        order = rng.permutation(5)
        for start in range(0, 5, batch_size):
            rows = order[start : start + batch_size]
            by_hand.step(INPUTS[rows], TARGETS[rows], 0.3)
    assert parameters(net) == pytest.approx(parameters(by_hand), rel=1e-12)


def test_shuffling_is_repeatable_by_its_seed() -> None:
    """The same seed gives the same run, another seed another, and no seed is not needed."""

    def trained(seed: int | np.random.Generator | None) -> list[float]:
        net = small()
        train(
            net, INPUTS, TARGETS, learning_rate=0.3, epochs=5, batch_size=1, shuffle=True, seed=seed
        )
        return parameters(net)

    assert trained(1) == trained(1) == trained(np.random.default_rng(1)) != trained(2)
    assert all(map(math.isfinite, trained(None)))


def test_shuffling_does_not_touch_full_batches() -> None:
    """All samples at once stay in their order, so that the objects' arrays can be read."""
    net, plainly = small(), small()
    train(net, INPUTS, TARGETS, learning_rate=0.3, epochs=2, shuffle=True)
    train(plainly, INPUTS, TARGETS, learning_rate=0.3, epochs=2)
    assert snapshot(net) == snapshot(plainly)


@pytest.mark.parametrize("seconds", [1e-9, 1e-4, 1e9])
def test_the_size_of_chunks_changes_nothing(seconds: float, monkeypatch: Any) -> None:
    """However many steps the engine is given at once, every number is the same."""

    def trained() -> tuple[list[float], dict[str, list[float]]]:
        net = small()
        history = train(
            net, INPUTS, TARGETS, learning_rate=0.3, epochs=40, batch_size=2, shuffle=True, seed=3,
            optimizer="adam", every=7, stop=[TargetLoss(0.0), NoImprovement(30)],
        )  # fmt: skip
        return parameters(net), history.to_dict()

    expected = trained()
    monkeypatch.setattr(run, "_CHUNK_SECONDS", seconds)
    assert trained() == expected


# -- history --------------------------------------------------------------------------------------


def test_history_of_a_weight_and_of_the_loss() -> None:
    """The loss is that of the epoch's own pass, a weight that after the epoch's update."""
    # w+ = w - 0.1 * 3 (3 w - 1): 1/2, 7/20, 67/200, ...
    history = train(line(), [3.0], [1.0], learning_rate=0.1, epochs=3, record=["w1.weight", "loss"])
    np.testing.assert_allclose(history["w1.weight"], [0.35, 0.335, 0.3335], rtol=1e-12)
    np.testing.assert_allclose(history["loss"], [0.125, 0.00125, 0.0000125], rtol=1e-12)
    assert history.start == {"w1.weight": 0.5}
    assert list(history) == ["w1.weight", "loss"]
    assert len(history) == 2
    assert history.ended == "all 3 epochs done"


def test_history_of_what_passes_compute() -> None:
    """Other values are those of the epoch's last step, as the objects carry them."""
    net, by_hand = small(), small()
    record = ["h1.out", "w4.message", "o1.delta", "h2.bias_gradient", "h1.bias", "i1->h1.gradient"]
    history = train(net, INPUTS, TARGETS, learning_rate=0.3, epochs=4, batch_size=2, record=record)
    for epoch in range(4):
        for rows in (slice(0, 2), slice(2, 4), slice(4, 5)):
            by_hand.step(INPUTS[rows], TARGETS[rows], 0.3)
        for address in record:
            np.testing.assert_allclose(
                history[address][epoch], by_hand.value(address), rtol=1e-11, atol=1e-14
            )
    assert history["h1.out"].shape == (4, 1)
    assert history["h1.bias"].shape == (4,)
    assert list(history.start) == ["h1.bias"]


def test_values_of_a_batch_have_an_entry_for_each_sample() -> None:
    """After full batches, an address of a neuron gives (n_kept, n_samples)."""
    history = train(
        small(), INPUTS, TARGETS, learning_rate=0.3, epochs=6, record=("o1.out", "loss"), every=2
    )
    assert history["o1.out"].shape == (3, 5)
    errors = 0.5 * (history["o1.out"] - TARGETS.T) ** 2
    np.testing.assert_allclose(errors.mean(axis=1), history["loss"], rtol=1e-12)
    assert repr(history).startswith("History(6 epochs, 6 steps: o1.out of 5 samples, loss 0.")


@pytest.mark.parametrize(
    "record", [("loss",), ("loss", "w1.weight"), ("loss", "h1.out"), ("w1.weight",)]
)
@pytest.mark.parametrize(
    ("every", "epochs", "kept"),
    [(1, 3, [1, 2, 3]), (4, 12, [4, 8, 12]), (4, 10, [4, 8, 10]), (20, 10, [10])],
)
def test_only_some_epochs_are_kept(
    every: int, epochs: int, kept: list[int], record: tuple[str, ...]
) -> None:
    """Every so many epochs and the last are kept; they are those of a run that keeps all."""
    settings: dict[str, Any] = {"learning_rate": 0.3, "batch_size": 2, "record": record}
    history = train(small(), INPUTS, TARGETS, epochs=epochs, every=every, **settings)
    full = train(small(), INPUTS, TARGETS, epochs=epochs, **settings)
    assert history.epochs.tolist() == kept
    assert history.steps.tolist() == [3 * epoch for epoch in kept]
    for address in record:
        np.testing.assert_array_equal(history[address], full[address][history.epochs - 1])


def test_history_as_plain_lists() -> None:
    """`to_dict` is what JSON can hold."""
    history = train(
        small(), INPUTS, TARGETS, learning_rate=0.3, epochs=4, batch_size=3, every=2,
        record=("loss", "h1.out"),
    )  # fmt: skip
    plain = history.to_dict()
    assert json.loads(json.dumps(plain)) == plain
    assert list(plain) == ["epoch", "step", "loss", "h1.out"]
    assert (plain["epoch"], plain["step"]) == ([2, 4], [4, 8])
    assert plain["h1.out"] == history["h1.out"].tolist()


def test_history_as_a_data_frame(monkeypatch: Any) -> None:
    """`to_frame` gives pandas one column for each address, or each sample of it."""
    fake = types.ModuleType("pandas")
    fake.Index = lambda values, name: (name, list(values))  # type: ignore[attr-defined]
    fake.DataFrame = lambda columns, index: (columns, index)  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "pandas", fake)
    values = {"loss": [0.5, 0.25], "h1.out": [[1.0, 2.0], [3.0, 4.0]]}
    columns, index = History(values, [1, 2], 3).to_frame()
    assert index == ("epoch", [1, 2])
    assert {name: list(column) for name, column in columns.items()} == {
        "step": [3, 6], "loss": [0.5, 0.25], "h1.out[0]": [1.0, 3.0], "h1.out[1]": [2.0, 4.0]
    }  # fmt: skip


def test_history_without_pandas(monkeypatch: Any) -> None:
    """Without pandas the error says what to do."""
    monkeypatch.setitem(sys.modules, "pandas", None)
    with pytest.raises(ImportError, match=r"to_frame needs pandas, .* pip install pandas, or use"):
        History({"loss": [0.5]}, [1]).to_frame()


def test_history_has_a_useful_repr() -> None:
    """It says how long the run was, and how the first addresses went."""
    values = {f"w{n}.weight": [0.1, 0.2] for n in range(6)}
    assert repr(History(values, [1, 2], 10)) == (
        "History(2 epochs, 20 steps: w0.weight 0.1 -> 0.2, w1.weight 0.1 -> 0.2,"
        " w2.weight 0.1 -> 0.2, w3.weight 0.1 -> 0.2, and 2 more)"
    )
    assert repr(History({}, [1], 1)) == "History(1 epoch, 1 step)"
    assert repr(History({"loss": []}, [], ended="interrupted")) == (
        "History(no epochs, interrupted)"
    )
    assert repr(History({"loss": []}, [])) == "History(no epochs)"


def test_an_address_that_was_not_recorded() -> None:
    """The nearest recorded address is named, and all of them."""
    history = History({"loss": [0.5], "w5.weight": [0.1]}, [1])
    with pytest.raises(ng.UnknownNameError, match=r"'w55.weight' was not .*; did you mean 'w5.w"):
        history["w55.weight"]
    assert "w5.weight" in history
    assert "w6.weight" not in history
    with pytest.raises(ng.UnknownNameError, match=r"'loss' was not recorded .*: nothing"):
        train(line(), [3.0], [1.0], learning_rate=0.1, epochs=1, record=())["loss"]


# -- stopping -------------------------------------------------------------------------------------


def assert_stopped_at(history: History, net: ng.Network, epoch: int, **settings: Any) -> None:
    """Compare with a run of exactly so many epochs."""
    exact = small()
    expected = train(exact, INPUTS, TARGETS, learning_rate=0.5, epochs=epoch, **settings)
    assert history.epochs[-1] == epoch
    assert history.to_dict() == expected.to_dict()
    assert snapshot(net) == snapshot(exact)


@pytest.mark.parametrize("every", [1, 7])
@pytest.mark.parametrize("record", ["loss", ("loss", "w1.weight", "h1.delta")])
@pytest.mark.parametrize("optimizer", ["gradient_descent", "adam"])
def test_stops_at_exactly_the_first_epoch_that_reaches_the_target(
    optimizer: str, record: Any, every: int
) -> None:
    """Wherever in a chunk the target is reached, the run is one of exactly so many epochs."""
    settings = {"batch_size": 2, "optimizer": optimizer, "record": record, "every": every}
    full = train(small(), INPUTS, TARGETS, learning_rate=0.5, epochs=60, **{**settings, "every": 1})
    target = float(full["loss"][40])
    first = int(np.argmax(full["loss"] <= target)) + 1
    net = small()
    history = train(
        net, INPUTS, TARGETS, learning_rate=0.5, epochs=60, stop=TargetLoss(target), **settings
    )
    assert_stopped_at(history, net, first, **settings)
    assert history.ended == (
        f"loss {full['loss'][first - 1]:.9g} of epoch {first} reached the target of {target:g}"
    )


def test_stops_without_improvement() -> None:
    """The run ends when the best loss is so many epochs old; what counts as better can be set."""
    # The loss of w = 1/2 is 1/8; each epoch it falls to a hundredth.
    history = train(
        line(), [3.0], [1.0], learning_rate=0.1, epochs=100, stop=NoImprovement(3, by=1e-4)
    )
    # 0.125, 0.00125, 0.0000125, then never lower by 1e-4
    assert history.epochs[-1] == 3 + 3
    assert history.ended == "the loss has not fallen by 0.0001 in the 3 epochs up to epoch 6"
    net = line()
    history = train(net, [3.0], [1.0], learning_rate=0.0, epochs=100, stop=NoImprovement(4))
    assert history.epochs[-1] == 1 + 4
    assert history.ended == "the loss has not fallen in the 4 epochs up to epoch 5"


def test_stops_at_a_short_gradient() -> None:
    """The norm is that of all trainable parameters, each shared one once, as the objects carry."""
    net = small()
    net.connection("w1").trainable = False
    net.connection("w2").tie = net.connection("w3").tie = "shared"
    net.connection("w2").weight = net.connection("w3").weight = 0.3
    history = train(
        net, INPUTS, TARGETS, learning_rate=0.5, epochs=10_000, stop=GradientNorm(0.02), every=5
    )
    epoch = int(history.epochs[-1])
    assert epoch % 5 == 0
    assert epoch < 10_000
    gradients = [c.gradient for c in map(net.connection, ["w2", *(f"w{n}" for n in range(4, 10))])]
    gradients += [neuron.bias_gradient for neuron in net.nodes.values() if neuron.bias is not None]
    norm = math.sqrt(math.fsum(g * g for g in gradients))
    assert norm <= 0.02
    assert (
        history.ended
        == f"gradient of length {norm:.9g} in epoch {epoch} reached the target of 0.02"
    )


def test_stops_when_a_function_says_so() -> None:
    """A function of the moment can end the run; the moment says where the run is."""
    moments: list[Moment] = []

    def far_enough(moment: Moment) -> bool:
        moments.append(moment)
        return moment.net.value("w1.weight") < 0.34

    net = line()
    history = train(
        net, [[3.0], [3.0]], [[1.0], [1.0]], learning_rate=0.1, epochs=9, batch_size=1,
        stop=far_enough,
    )  # fmt: skip
    assert history.ended == "stop function far_enough returned true in epoch 1"
    (moment,) = moments
    assert (moment.net, moment.epoch, moment.step, moment.learning_rate) == (net, 1, 2, 0.1)
    assert moment.loss == history["loss"][-1] == pytest.approx((0.125 + 0.00125) / 2)


def test_the_first_of_several_conditions_ends_the_run() -> None:
    """Whichever condition is met first ends the run and is given as the reason."""

    def ended(*stops: Any) -> str:
        return train(line(), [3.0], [1.0], learning_rate=0.1, epochs=50, stop=list(stops)).ended

    late, early = TargetLoss(1e-9), TargetLoss(1e-4)
    assert ended(late, early, NoImprovement(3)).endswith("epoch 3 reached the target of 0.0001")
    assert ended(late, GradientNorm(0.2)).startswith("gradient of length 0.15 in epoch 2")
    assert ended(late, lambda moment: moment.epoch == 3).startswith("stop function <lambda> ret")
    assert ended(early, lambda moment: moment.epoch == 9).startswith("loss 1.25e-05 of epoch 3")
    assert ended() == "all 50 epochs done"


# -- callbacks ------------------------------------------------------------------------------------


@pytest.mark.parametrize(("every", "called"), [(1, [1, 2, 3, 4, 5]), (2, [2, 4, 5])])
def test_a_callback_sees_every_epoch_that_is_kept(every: int, called: list[int]) -> None:
    """At each call the objects carry the passes of the epoch's last step."""
    seen: list[tuple[int, int, float, float]] = []

    def callback(moment: Moment) -> None:
        outs = moment.net.value("o1.out")
        seen.append((moment.epoch, moment.step, moment.loss, float(outs[0])))

    history = train(
        small(), INPUTS, TARGETS, learning_rate=0.3, epochs=5, batch_size=2, every=every,
        record=("loss", "o1.out"), callback=callback,
    )  # fmt: skip
    assert [epoch for epoch, *_ in seen] == history.epochs.tolist() == called
    assert [step for _, step, *_ in seen] == history.steps.tolist()
    assert [loss for *_, loss, _ in seen] == history["loss"].tolist()
    assert [out for *_, out in seen] == history["o1.out"][:, 0].tolist()


def test_a_callback_may_make_passes_of_its_own() -> None:
    """Whatever a callback computes, afterwards the objects carry the last step of training."""
    net, plainly = small(), small()
    seen: list[float] = []

    def callback(moment: Moment) -> None:
        seen.append(float(moment.net.forward([0.3, 0.7])[0]))

    settings: dict[str, Any] = {"learning_rate": 0.3, "epochs": 5, "record": ("loss", "h1.out")}
    history = train(net, INPUTS, TARGETS, callback=callback, **settings)
    assert history.to_dict() == train(plainly, INPUTS, TARGETS, **settings).to_dict()
    assert snapshot(net) == snapshot(plainly)
    assert len(set(seen)) == 5


def test_a_callback_may_set_parameters() -> None:
    """A weight that a callback sets is what the next step starts from."""

    def callback(moment: Moment) -> None:
        moment.net.set_value("w1.weight", 0.5)

    net = line()
    history = train(net, [3.0], [1.0], learning_rate=0.1, epochs=4, callback=callback)
    assert history["loss"].tolist() == [0.125] * 4
    assert net.value("w1.weight") == 0.5


@pytest.mark.parametrize("what", ["callback", "stop"])
def test_a_callback_that_raises(what: str) -> None:
    """The error passes through with a note, and the network is at the last finished step."""

    def failing(moment: Moment) -> None:
        if moment.epoch == 3:
            raise ZeroDivisionError("my mistake")

    net, exact = small(), small()
    with pytest.raises(ZeroDivisionError, match="my mistake") as caught:
        train(net, INPUTS, TARGETS, learning_rate=0.3, epochs=9, batch_size=2, **{what: failing})
    called = {"callback": "callback", "stop": "stop function"}[what]
    assert caught.value.__notes__ == [
        f"(raised by the {called} of a training run in epoch 3, after step 9: the network has the"
        " parameters of that step)"
    ]
    train(exact, INPUTS, TARGETS, learning_rate=0.3, epochs=3, batch_size=2)
    assert snapshot(net) == snapshot(exact)


def test_a_callback_cannot_change_the_structure() -> None:
    """A callback that adds a neuron ends the run with an error that says when."""

    def growing(moment: Moment) -> None:
        moment.net.add_neuron("h9")

    with pytest.raises(
        ng.StructureError,
        match=r"the callback of a training run changed the structure of the network in epoch 1,"
        r" after step 1: change it between two runs",
    ):
        train(small(), INPUTS, TARGETS, learning_rate=0.3, epochs=3, callback=growing)


@pytest.mark.parametrize(
    ("wrong", "error", "message"),
    [
        (-0.1, ng.InvalidValueError, "learning rate of step 8 must be zero or more, not -0.1"),
        (math.nan, ng.InvalidValueError, "learning rate of step 8 must be a finite number, not n"),
        ("x", ng.InvalidTypeError, "the learning rate of step 8 must be a number, not 'x'"),
    ],
)
def test_a_schedule_that_goes_wrong(wrong: Any, error: type[Exception], message: str) -> None:
    """The step is named, and the network is at the step before it."""
    net, by_hand = small(), small()
    with pytest.raises(error, match=message):
        train(
            net, INPUTS, TARGETS, epochs=9, batch_size=1,
            learning_rate=lambda step: wrong if step == 8 else 0.3,
        )  # fmt: skip
    for step in range(7):
        by_hand.step(INPUTS[step % 5], TARGETS[step % 5], 0.3)
    assert_same_values(net, by_hand)


def test_a_schedule_that_raises() -> None:
    """Its error passes through, with a note that names the step."""
    with pytest.raises(IndexError) as caught:
        train(line(), [3.0], [1.0], epochs=9, learning_rate=lambda step: [0.1, 0.2][step - 1])
    assert caught.value.__notes__ == ["(asked of the learning-rate schedule for step 3)"]


# -- Ctrl-C ---------------------------------------------------------------------------------------


class Interrupted:
    """An engine during whose call of some number Ctrl-C is pressed, when half of it is done."""

    def __init__(self, engine: engines.Engine, call: int, error: type[BaseException]) -> None:
        self.engine, self.call, self.error = engine, call, error
        self.name = engine.name

    def steps(self, work: engines.Steps) -> list[float]:
        """Do the steps of the engine underneath; spoil the call in question."""
        losses = self.engine.steps(work)
        self.call -= 1
        if self.call == 0:
            work.parameters[:] *= 1.5
            for column in work.state.values():
                column += 1.0
            raise self.error
        return losses


def interrupt(monkeypatch: Any, call: int, error: type[BaseException] = KeyboardInterrupt) -> None:
    """Let the engine of the next run be interrupted in one of its calls."""
    make = engines.make_engine

    def make_engine(*arguments: Any, **settings: Any) -> Interrupted:
        return Interrupted(make(*arguments, **settings), call, error)

    monkeypatch.setattr(engines, "make_engine", make_engine)
    # What stands in for an engine is not compiled.
    monkeypatch.setattr(engines, "is_installed", lambda: False)


@pytest.mark.parametrize("record", ["loss", ("loss", "w1.weight"), ("loss", "h1.out")])
@pytest.mark.parametrize("call", range(1, 8))
def test_ctrl_c_ends_the_run_cleanly(call: int, record: Any, monkeypatch: Any, capsys: Any) -> None:
    """Wherever it comes, the network is at a finished step, and the history so far is returned."""
    net, untouched = small(), small()
    monkeypatch.setattr(run, "_MOST_STEPS", 20)
    interrupt(monkeypatch, call)
    settings: dict[str, Any] = {
        "learning_rate": 0.3, "batch_size": 2, "optimizer": "adam", "record": record
    }  # fmt: skip
    history = train(net, INPUTS, TARGETS, epochs=100_000, **settings)
    monkeypatch.undo()
    words = history.ended.split()
    assert words[:3] == ["interrupted", "after", "step"]
    steps = int(words[3].rstrip(","))
    assert capsys.readouterr().err == (
        f"Training was interrupted after step {steps}, {steps // 3} epochs finished."
        " The network has the parameters of that step.\n"
    )
    assert history.epochs.tolist() == list(range(1, steps // 3 + 1))
    if steps == 0:
        assert snapshot(net) == snapshot(untouched)
        return
    by_hand = small()
    adam, state = Adam(), {address: {"m": 0.0, "v": 0.0} for address in range(13)}
    for step in range(1, steps + 1):
        rows = [slice(0, 2), slice(2, 4), slice(4, 5)][(step - 1) % 3]
        by_hand.forward(INPUTS[rows])
        by_hand.backward(TARGETS[rows])
        for number, element in enumerate(elements(by_hand)):
            key = "weight" if isinstance(element, ng.Connection) else "bias"
            gradient = element["gradient" if key == "weight" else "bias_gradient"]
            element[key] = adam.updated(element[key], gradient, 0.3, state[number], step)
    assert_same_values(net, by_hand)
    for number, element in enumerate(elements(net)):
        prefix = "" if isinstance(element, ng.Connection) else "bias_"
        for name, value in state[number].items():
            assert element[prefix + name] == pytest.approx(value, rel=1e-12)


def elements(net: ng.Network) -> list[ng.Neuron | ng.Connection]:
    """Return everything that has a parameter."""
    biased = [neuron for neuron in net.nodes.values() if neuron.bias is not None]
    return [*net.edges.values(), *biased]


def test_ctrl_c_in_a_callback() -> None:
    """The run ends after the epoch of which the callback was told."""

    def callback(moment: Moment) -> None:
        if moment.epoch == 4:
            raise KeyboardInterrupt

    net, exact = small(), small()
    history = train(
        net, INPUTS, TARGETS, learning_rate=0.3, epochs=100, callback=callback, record="h1.out"
    )
    expected = train(exact, INPUTS, TARGETS, learning_rate=0.3, epochs=4, record="h1.out")
    assert history.to_dict() == expected.to_dict()
    assert snapshot(net) == snapshot(exact)
    assert history.ended == "interrupted after step 4, 4 epochs finished"


class Line:
    """Presses Ctrl-C at one line of the training code, counted from 1 in order of execution."""

    def __init__(self, number: int) -> None:
        self.number, self.count = number, 0

    def __call__(self, frame: Any, event: str, argument: object) -> Any:
        """Trace the lines of what is called, if it is training code."""
        # Not of what comes before the run: there Ctrl-C passes through.
        if not self.count and frame.f_code is not run.TrainingRun.train.__code__:
            return None
        folder = os.path.dirname(run.__file__)
        return self._line if frame.f_code.co_filename.startswith(folder) else None

    def _line(self, frame: Any, event: str, argument: object) -> Any:
        if event == "line":
            self.count += 1
            if self.count == self.number:
                raise KeyboardInterrupt
        return self._line


def by_steps(net: ng.Network, epochs: int) -> tuple[list[Any], list[float]]:
    """Return what an online run has after each step: weight, out; and the loss of each step."""
    reached: list[Any] = [(net.value("w1.weight"), None)]
    losses = []
    for _ in range(epochs):
        for sample, target in ((1.0, 0.5), (2.0, 0.25)):
            losses.append(net.step([sample], [target], 0.1))
            reached.append((net.value("w1.weight"), net.value("o1.out")))
    return reached, losses


@pytest.mark.parametrize("engine", ["passes", "straight_line", "blocks", "jit"])
@pytest.mark.parametrize("record", [("loss",), ("loss", "w1.weight", "o1.out")])
def test_ctrl_c_at_every_line(
    record: tuple[str, ...], engine: str, monkeypatch: Any, capsys: Any, tmp_path: Any
) -> None:
    """At every line of the loop: parameters, history, objects and notice are of one step."""
    if engine == "jit":
        pytest.importorskip("numba")
        folder = "neurograph.engines.jit.cache_folder"
        monkeypatch.setattr(folder, lambda: tmp_path)
    # Of 5 steps at once two epochs are finished; to keep values the run pauses every second.
    every = 1 if record == ("loss",) else 2
    monkeypatch.setattr(run, "_MOST_STEPS", 5)
    monkeypatch.setattr(run, "_CHUNK_SECONDS", 1e9)
    settings: dict[str, Any] = {
        "learning_rate": 0.1, "epochs": 4, "batch_size": 1,
        "record": record, "every": every, "engine": engine,
    }  # fmt: skip
    samples = [[1.0], [2.0]], [[0.5], [0.25]]
    train(line(), *samples, **settings)  # what is compiled is compiled
    reached, losses = by_steps(line(), 4)
    by_epoch = np.array(losses).reshape(-1, 2).mean(axis=1)
    number, interrupted, before = 0, True, sys.gettrace()
    ends = set()
    while interrupted:
        net, number = line(), number + 1
        sys.settrace(Line(number))
        try:
            history = train(net, *samples, **settings)
        except KeyboardInterrupt:
            # Only at the lines before and after the run itself.
            assert net.value("w1.weight") in (reached[0][0], pytest.approx(reached[-1][0]))
            continue
        finally:
            sys.settrace(before)
        words = history.ended.split()
        interrupted = words[0] == "interrupted"
        step = int(words[3].rstrip(",")) if interrupted else 8
        ends.add(step)
        notice = f"Training was {history.ended}. The network has the parameters of that step.\n"
        assert capsys.readouterr().err == (notice if interrupted else "")
        weight, out = reached[step]
        assert net.value("w1.weight") == pytest.approx(weight, rel=1e-12)
        if step:
            assert net.value("o1.out") == pytest.approx(out, rel=1e-12)
        epochs = list(range(every, step // 2 + 1, every))
        assert history.epochs.tolist() == epochs
        places = [2 * epoch for epoch in epochs]
        np.testing.assert_allclose(history["loss"], by_epoch[[k // 2 - 1 for k in places]], 1e-12)
        if "o1.out" in record:
            np.testing.assert_allclose(history["w1.weight"], [reached[k][0] for k in places], 1e-12)
            np.testing.assert_allclose(history["o1.out"], [reached[k][1] for k in places], 1e-12)
    assert number > 100
    assert ends == ({0, 5, 8} if every == 1 else {0, 4, 8})


@pytest.mark.parametrize("engine", ["passes", "straight_line", "blocks"])
def test_a_callback_that_writes_into_the_data(engine: str) -> None:
    """A run goes on with the data it was given, whatever becomes of the arrays they were in."""

    def callback(moment: Moment) -> None:
        inputs.fill(7.0)
        targets.fill(7.0)

    inputs, targets, net, exact = INPUTS.copy(), TARGETS.copy(), small(), small()
    settings: dict[str, Any] = {"learning_rate": 0.3, "epochs": 4, "batch_size": 2}
    history = train(net, inputs, targets, callback=callback, engine=engine, **settings)
    expected = train(exact, INPUTS, TARGETS, engine=engine, **settings)
    assert history.to_dict() == expected.to_dict()
    assert snapshot(net) == snapshot(exact)


@pytest.mark.parametrize("call", [1, 3])
def test_an_engine_that_fails(call: int, monkeypatch: Any) -> None:
    """Any other error inside an engine passes through; steps that do not count are undone."""
    net, untouched = small(), small()
    interrupt(monkeypatch, call, MemoryError)
    with pytest.raises(MemoryError):
        train(net, INPUTS, TARGETS, learning_rate=0.3, epochs=10, record="w1.weight")
    monkeypatch.undo()
    if call > 1:
        train(untouched, INPUTS, TARGETS, learning_rate=0.3, epochs=call - 1)
    assert snapshot(net) == snapshot(untouched)


# -- divergence -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("rate", "step", "loss", "text"),
    [
        # From w - 1/3 = 1/6 the loss is 1/8 (1 - 9 rate)^(2 k) after k steps.
        (1e30, 4, 9e30**6 / 8, "6.64301e+184, larger than a next step can hold"),
        (8e153, 2, math.inf, "inf"),
    ],
)
@pytest.mark.parametrize("record", [("loss",), ("loss", "w1.weight")])
@pytest.mark.parametrize("seconds", [1e-9, 0.1, 1e9])
def test_a_loss_that_is_too_large(
    seconds: float, record: tuple[str, ...], rate: float, step: int, loss: float, text: str,
    monkeypatch: Any,
) -> None:  # fmt: skip
    """The error names epoch, step and neuron; parameters and history are those before."""
    monkeypatch.setattr(run, "_CHUNK_SECONDS", seconds)
    # w+ - 1/3 = (1 - 9 rate) (w - 1/3)
    net, exact = line(), line()
    with pytest.raises(DivergedError) as caught:
        train(
            net, [[3.0]] * 4, [[1.0]] * 4, learning_rate=rate, epochs=9, batch_size=2,
            record=record,
        )  # fmt: skip
    shares = net.value("o1.loss").tolist()
    assert str(caught.value) == (
        f"training diverged in epoch {step // 2}, step {step}: the total error is {text}; the first"
        f" neuron concerned is neuron 'o1', whose loss is {shares[0]} in sample 0 of its batch. The"
        " network has the parameters it had before that step; a smaller learning rate may help"
    )
    assert isinstance(caught.value, ArithmeticError)
    expected = train(exact, [3.0], [1.0], learning_rate=rate, epochs=step - 1)
    assert net.value("w1.weight") == exact.value("w1.weight")
    assert math.isfinite(net.value("w1.weight"))
    history = caught.value.history
    done = step // 2 - 1
    assert history.epochs.tolist() == list(range(1, done + 1))
    kept = expected["loss"][: 2 * done].reshape(-1, 2).mean(axis=1)
    np.testing.assert_allclose(history["loss"], kept)
    assert history.ended == "diverged"
    # a diverged value stays visible
    assert shares == pytest.approx([loss, loss], rel=1e-12)


@pytest.mark.parametrize("loss", ["half_squared_error", "squared_error"])
@pytest.mark.parametrize("engine", ["passes", "straight_line", "blocks"])
def test_a_run_does_not_end_far_out(engine: str, loss: str) -> None:
    """Where the loss would be finite to the end, 1e296, it is named when no step can hold it."""
    net = ng.Network(loss=loss)
    net.add_neuron("x")
    net.add_neuron("y", activation="identity", bias=0.0)
    net.connect("x", "y", 0.5, label="w")
    weight, bias, step, double = 0.5, 0.0, 0, 1 + (loss == "squared_error")
    # By hand: the first of the steps x = 0, 1, ... whose loss is beyond the root of 1.8e308.
    while (error := weight * step + bias - 2 * step) ** 2 * double / 2 < 1.3407807929942597e154:
        weight -= 0.001 * double * error * step
        bias -= 0.001 * double * error
        step += 1
    inputs = [[float(x)] for x in range(200)]
    with pytest.raises(
        DivergedError,
        match=rf"in epoch 1, step {step + 1}: the total error is \d\.\d+e\+15\d, larger than a next"
        r" step can hold; the first neuron concerned is neuron 'y', whose loss is",
    ):
        net.train(
            inputs, [[2 * x] for (x,) in inputs],
            learning_rate=0.001, epochs=1, batch_size=1, engine=engine,
        )  # fmt: skip
    assert net.value("w.weight") == pytest.approx(weight, rel=1e-9)


def test_an_update_that_is_too_large() -> None:
    """A parameter that becomes too large for a next step ends the run; one that is does not."""
    # out = logistic(0) = 1/2, delta = 1/8, gradient 100/8
    net = ng.Network.layered(1, 1, weights=0.0)
    with pytest.raises(
        DivergedError,
        match=r"step 1: its update is larger than a next step can hold; the first neuron concerned"
        r" is neuron 'o1', whose weight of connection i1->o1 became -1\.25e\+161\.",
    ):
        train(net, [100.0], [0.0], learning_rate=1e160, epochs=1)
    assert parameters(net) == [0.0]
    saturated = ng.Network.layered(1, 1, weights=-1e160)
    assert train(saturated, [1.0], [0.0], learning_rate=0.5, epochs=2)["loss"].tolist() == [0, 0]


def test_an_update_that_is_not_finite() -> None:
    """Where the loss is finite and the update is not, the step of that update is named."""
    # out 10, loss 50, gradients 100 and 10
    net = ng.Network.layered(1, 1, 1, weights=[[[1.0]], [[10.0]]], activation="identity")
    with pytest.raises(
        DivergedError,
        match=r"in epoch 1, step 1: its update is not finite; the first neuron concerned is neuron"
        r" 'h1', whose weight of connection i1->h1 became -inf\.",
    ) as caught:
        train(net, [1.0], [0.0], learning_rate=1e307, epochs=3)
    assert parameters(net) == [1.0, 10.0]
    assert len(caught.value.history["loss"]) == 0
    assert net.value("w1.gradient") == 100.0


def test_a_bias_that_is_not_finite() -> None:
    """A bias whose update overflows is named as such."""
    with pytest.raises(DivergedError, match="neuron 'o1', whose bias became -inf"):
        train(line(bias=1e8), [0.0], [0.0], learning_rate=1e302, epochs=3)


@pytest.mark.parametrize("batch", [1, 3])
@pytest.mark.parametrize("engine", ["passes", "straight_line", "blocks"])
def test_a_rate_at_the_end_of_the_floats(engine: str, batch: int) -> None:
    """A rate times a delta of 1000 overflows; times a gradient that is smaller it need not."""
    # delta is -1000 or nearly so, and the gradient of the weight that times the input
    without, with_bias = (
        ng.Network.layered(1, 1, weights=0.5, bias=bias, activation="identity")
        for bias in (None, 0.25)
    )
    targets = [[1000.0]] * batch
    run: dict[str, Any] = {"learning_rate": 1e306, "epochs": 2, "engine": engine}
    assert train(without, [[0.0]] * batch, targets, **run)["loss"].tolist() == [5e5, 5e5]
    assert parameters(without) == [0.5]
    for value in (0.0, 1e-3):
        with pytest.raises(DivergedError, match="neuron 'o1', whose bias became inf"):
            train(with_bias, [[value]] * batch, targets, **run)


@pytest.mark.parametrize("seconds", [1e-9, 1e9])
def test_the_last_update_is_checked_too(seconds: float, monkeypatch: Any) -> None:
    """A run does not end with parameters that are not finite, though no loss tells."""
    monkeypatch.setattr(run, "_CHUNK_SECONDS", seconds)
    net = line()
    with pytest.raises(DivergedError, match="in epoch 6, step 6: its update is not finite"):
        train(net, [3.0], [0.0], learning_rate=lambda step: 1e308 if step == 6 else 0.01, epochs=6)
    exact = line()
    train(exact, [3.0], [0.0], learning_rate=0.01, epochs=5)
    assert net.value("w1.weight") == exact.value("w1.weight")


@pytest.mark.parametrize("overflow", [1, 2, 3, 10, 39])
@pytest.mark.parametrize("seconds", [1e-9, 1e9])
def test_parameters_that_overflow_unnoticed(
    seconds: float, overflow: int, monkeypatch: Any
) -> None:
    """Where the loss stays finite with an infinite weight, its step is found all the same."""
    monkeypatch.setattr(run, "_CHUNK_SECONDS", seconds)

    def schedule(step: int) -> float:
        return 1e308 if step == overflow else 1e-6

    # The logistic function of -inf is 0.
    net, exact = (ng.Network.layered(1, 1, weights=0.0) for _ in range(2))
    with pytest.raises(DivergedError, match=f"epoch {overflow}, step {overflow}: its update is n"):
        train(net, [100.0], [0.0], learning_rate=schedule, epochs=40)
    if overflow > 1:
        train(exact, [100.0], [0.0], learning_rate=1e-6, epochs=overflow - 1)
    assert net.value("w1.weight") == exact.value("w1.weight")


def test_the_first_neuron_concerned_is_the_first_in_order() -> None:
    """What overflows first in the forward pass is named, with the quantity."""
    net = ng.Network.layered(1, 2, 1, weights=[[[1.0], [1e200]], [[1.0, 1.0]]], activation="net**3")
    with pytest.raises(DivergedError, match=r"step 1: the total error is (inf|nan); the first .*"
                       r" neuron 'h2', whose out is inf\. The network"):  # fmt: skip
        train(net, [1.0], [0.0], learning_rate=0.1, epochs=3)


def test_an_engine_that_errs_alone(monkeypatch: Any) -> None:
    """When only the engine finds the loss not finite, the error does not accuse a neuron."""
    make = engines.make_engine

    class Wrong:
        name = "wrong"

        def __init__(self, engine: engines.Engine) -> None:
            self.engine = engine

        def steps(self, *arguments: Any) -> list[float]:
            return [math.nan]

    monkeypatch.setattr(engines, "make_engine", lambda *a, **s: Wrong(make(*a, **s)))
    with pytest.raises(DivergedError, match="concerned is none: object by object the total error"):
        train(line(), [3.0], [1.0], learning_rate=0.1, epochs=3)


def test_a_target_that_is_reached_before_divergence() -> None:
    """A run that is to stop first does not diverge later in the same chunk."""
    # w - 1/3 is multiplied by -2 in each epoch, once it is away from 1/3: the loss grows by 4.
    history = train(line(), [3.0], [1.0], learning_rate=1 / 3, epochs=10_000, stop=NoImprovement(5))
    assert history.epochs[-1] == 6


# -- wrong input ----------------------------------------------------------------------------------

GOOD: dict[str, Any] = {"learning_rate": 0.1, "epochs": 2}


@pytest.mark.parametrize(
    ("settings", "error", "message"),
    [
        ({"learning_rate": -0.1}, ng.InvalidValueError, "learning_rate must be zero or more, no"),
        ({"learning_rate": math.inf}, ng.InvalidValueError, "learning_rate must be a finite numbe"),
        ({"learning_rate": "big"}, ng.FormulaError, "unknown variable 'big'; there are epo"),
        ({"learning_rate": [0.1]}, ng.InvalidTypeError, r"learning_rate must be a number, not \["),
        ({"epochs": 2.0}, ng.InvalidTypeError, "epochs must be a whole number, not 2.0"),
        ({"epochs": True}, ng.InvalidTypeError, "epochs must be a whole number, not True"),
        ({"epochs": 0}, ng.InvalidValueError, "epochs must be at least 1, not 0"),
        ({"batch_size": 0}, ng.InvalidValueError, "batch_size must be at least 1, not 0"),
        ({"batch_size": 1.5}, ng.InvalidTypeError, "batch_size must be a whole number, not 1.5"),
        ({"every": 0}, ng.InvalidValueError, "every must be at least 1, not 0"),
        ({"optimizer": "adma"}, ng.UnknownNameError, "no optimizer 'adma'; did you mean 'adam'"),
        ({"order": "inplace"}, ng.InvalidValueError, "order must be .*; did you mean 'in_place'"),
        ({"engine": "block"}, ng.InvalidValueError, "engine must be .*; did you mean 'blocks'"),
        ({"shuffle": 1}, ng.InvalidTypeError, "shuffle must be True or False, not 1"),
        ({"shuffle": True, "seed": "x"}, ng.InvalidTypeError, "seed must be a whole .*, not 'x'"),
        ({"shuffle": True, "seed": -1}, ng.InvalidTypeError, "seed must be a whole .*, not -1"),
        ({"progress": "yes"}, ng.InvalidTypeError, "progress must be True, False or None, not 'y"),
        ({"callback": 3}, ng.InvalidTypeError, "callback must be a function of a Moment, not 3"),
        ({"stop": 0.1}, ng.InvalidTypeError, r"list of these, not 0.1; did you mean TargetLoss\(0"),
        ({"stop": ["x"]}, ng.InvalidTypeError, "stop must be Target.* a list of these, not 'x'"),
        ({"stop": TargetLoss}, ng.InvalidTypeError, "a list of these, not <class"),
        ({"record": 3}, ng.InvalidTypeError, "record must be a list of addresses, not 3"),
        ({"record": [3]}, ng.InvalidTypeError, "an address is text such as 'h1.net', not 3"),
        ({"record": [["loss"]]}, ng.InvalidTypeError, "an address is text such as 'h1.net', not"),
        ({"record": "los"}, ng.UnknownNameError, "'los' is not an address"),
        ({"record": ["w55.weight"]}, ng.UnknownNameError, "no connection 'w55'; did you mean 'w5'"),
        ({"record": ["h9.out"]}, ng.UnknownNameError, "no neuron 'h9'; did you mean 'h"),
        ({"record": ["h1.outt"]}, ng.UnknownNameError, "no quantity 'outt' .*; did you mean 'out'"),
        ({"record": ["i1.net"]}, ng.UnknownNameError, r"no net of neuron 'i1' \(there are out, o"),
        ({"record": ["i1.bias"]}, ng.UnknownNameError, "training computes no bias of neuron 'i1'"),
        ({"record": ["h1.target"]}, ng.UnknownNameError, "computes no target of neuron 'h1'"),
        ({"inputs": INPUTS[:4]}, ng.InvalidValueError, "targets are for a batch of 5 samples, inp"),
        ({"inputs": [0.0, 1.0]}, ng.InvalidValueError, "targets are for a batch of 5 samples, inp"),
        ({"inputs": np.zeros((0, 2))}, ng.InvalidValueError, r"no samples: inputs have shape \(0"),
        ({"inputs": INPUTS.T}, ng.InvalidValueError, "expected 2 inputs .* in each sample, got 5"),
        ({"targets": [[math.nan]] * 5}, ng.InvalidValueError, "target 'o1' must be a finite numbe"),
        ({"inputs": {"i1": 0.0, "i3": 1.0}}, ng.UnknownNameError, "no input neuron 'i3'; did you"),
    ],
)  # fmt: skip
def test_wrong_input(settings: dict[str, Any], error: type[Exception], message: str) -> None:
    """Each mistake is one clear error, and the network stays as it was, to the last bit."""
    net = small()
    net.forward(INPUTS)
    net.backward(TARGETS)
    before = snapshot(net)
    arguments = {**GOOD, **settings}
    inputs, targets = arguments.pop("inputs", INPUTS), arguments.pop("targets", TARGETS)
    with pytest.raises(error, match=message):
        train(net, inputs, targets, **arguments)
    assert snapshot(net) == before


@pytest.mark.parametrize(
    ("make", "error", "message"),
    [
        (lambda: TargetLoss("x"), ng.InvalidTypeError, "loss of TargetLoss must be a number"),  # type: ignore[arg-type]
        (lambda: NoImprovement(0), ng.InvalidValueError, "epochs of NoImprovement must be at leas"),
        (lambda: NoImprovement(3, -1), ng.InvalidValueError, "by of NoImprovement must be zero or"),
        (lambda: GradientNorm(-1), ng.InvalidValueError, "norm of GradientNorm must be zero or"),
    ],
)
def test_wrong_conditions(make: Callable[[], object], error: type[Exception], message: str) -> None:
    """A condition that cannot be used is refused when it is made."""
    with pytest.raises(error, match=message):
        make()


def test_a_network_that_is_none() -> None:
    """A graph that no pass can run on says what is wrong with it."""
    net = small()
    net.connect("o1", "h1", 0.5)
    with pytest.raises(ng.StructureError, match="the network has a cycle"):
        train(net, INPUTS, TARGETS, **GOOD)


def test_the_parts_of_a_softmax_have_no_slope() -> None:
    """A quantity that a group of neurons has only together cannot be recorded of one."""
    net = ng.Network.layered(2, 2, output_activation="softmax", loss="cross_entropy", seed=1)
    with pytest.raises(ng.UnknownNameError, match="training computes no slope of neuron 'o1'"):
        train(net, [1.0, 2.0], [0.0, 1.0], record="o1.slope", **GOOD)


def test_a_batch_larger_than_the_data_is_a_full_batch() -> None:
    """The batch size is what a step uses at most."""
    net, full = small(), small()
    train(net, INPUTS, TARGETS, batch_size=32, **GOOD)
    train(full, INPUTS, TARGETS, **GOOD)
    assert snapshot(net) == snapshot(full)


def test_the_verb_of_a_network() -> None:
    """`Network.train` is this function."""
    net, other = small(), small()
    settings: dict[str, Any] = {"batch_size": 2, "record": "w1.weight", "optimizer": Adam(0.8)}
    history = net.train(INPUTS, TARGETS, **GOOD, **settings)
    assert history.to_dict() == train(other, INPUTS, TARGETS, **GOOD, **settings).to_dict()
    assert snapshot(net) == snapshot(other)


def test_gradients_after_training_are_not_those_of_the_parameters() -> None:
    """The objects carry the last step's passes, so a further backward pass needs a forward pass."""
    net = small()
    train(net, INPUTS, TARGETS, **GOOD)
    with pytest.raises(ng.NotComputedError):
        net.backward(TARGETS)
    net.forward(INPUTS)
    net.backward(TARGETS)


# -- memory and progress --------------------------------------------------------------------------


@pytest.mark.parametrize("settings", [{"record": ()}, {"every": 100_000}])
@pytest.mark.parametrize("batch_size", [None, 2])
def test_memory_does_not_grow_with_the_epochs(
    batch_size: int | None, settings: dict[str, Any], monkeypatch: Any
) -> None:
    """What is not recorded is not kept."""
    monkeypatch.setattr(run, "_MOST_STEPS", 200)

    def peak(epochs: int) -> int:
        net = small()
        tracemalloc.start()
        try:
            with no_collection():  # else the peak depends on when the collector comes by
                train(
                    net, INPUTS, TARGETS, learning_rate=0.1, epochs=epochs, batch_size=batch_size,
                    **settings,
                )  # fmt: skip
            return tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()

    peak(300)
    short = peak(300)
    # a float for each of 2,700 epochs more would be 21,600 bytes
    assert peak(3000) - short < 8_000


class Terminal(io.StringIO):
    """A terminal that keeps what is written on it."""

    def isatty(self) -> bool:
        """Return that it is one."""
        return True


@pytest.mark.parametrize(
    ("progress", "stream", "shown"),
    [
        (None, Terminal, True),
        (None, io.StringIO, False),
        (True, io.StringIO, True),
        (False, Terminal, False),
    ],
)
def test_progress_is_shown_on_a_terminal(
    progress: bool | None, stream: type[io.StringIO], shown: bool, monkeypatch: Any
) -> None:
    """A run that takes longer than a second shows epoch, loss and time left."""
    written = stream()
    monkeypatch.setattr(sys, "stderr", written)
    monkeypatch.setattr(run, "_PATIENCE", 0.0)
    train(line(), [[3.0]] * 2, [[1.0]] * 2, learning_rate=0.001, epochs=50, batch_size=1,
          progress=progress)  # fmt: skip
    text = written.getvalue()
    assert ("epoch" in text and "50/50" in text and "loss" in text) == shown
    assert bool(text) == shown


def test_training_without_a_standard_error(monkeypatch: Any) -> None:
    """A program without a console trains, too."""
    monkeypatch.setattr("sys.stderr", None)
    net = ng.Network.layered(1, 1, weights=0.5)
    assert len(net.train([1.0], [0.0], learning_rate=0.1, epochs=3).epochs) == 3


def test_short_runs_show_no_progress(monkeypatch: Any) -> None:
    """A run of less than a second writes nothing."""
    written = Terminal()
    monkeypatch.setattr(sys, "stderr", written)
    train(line(), [3.0], [1.0], learning_rate=0.1, epochs=50)
    assert written.getvalue() == ""


def test_training_imports_rich_only_for_a_progress_bar() -> None:
    """A run without a progress bar imports neither rich nor matplotlib nor pandas."""
    code = (
        "import sys, neurograph as ng; from neurograph.training import train;"
        "train(ng.Network.layered(1, 1), [1.0], [0.0], learning_rate=0.1, epochs=100);"
        "print(sorted({'rich', 'matplotlib', 'pandas'} & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, encoding="utf-8", check=True, timeout=60
    )
    assert done.stdout == "[]\n"


@pytest.mark.parametrize("order", ["simultaneous", "in_place"])
@pytest.mark.parametrize("sizes", [(2, 3, 2), (8, 12, 2)])
def test_passes_of_the_last_step_wait_until_somebody_looks(
    sizes: tuple[int, ...], order: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A run ends without them; what is read later is of its data and weights as they were then."""
    made = []
    passes_of_step = run.passes_of_step

    def watched(*arguments: Any) -> Callable[[], Any]:
        make = passes_of_step(*arguments)
        return lambda: made.append(1) or make()

    monkeypatch.setattr("neurograph.training.run.passes_of_step", watched)
    rng = np.random.default_rng(1)
    inputs, targets = rng.random((3, sizes[0])), rng.random((3, sizes[-1]))
    net = ng.Network.layered(*sizes, bias=0.1, seed=1)
    by_step = net.copy()
    net.train(inputs, targets, learning_rate=0.5, epochs=1, order=order)
    by_step.step(inputs, targets, 0.5, order)
    inputs[:], targets[:] = 9.0, 9.0
    net.nodes["h1"].bias = 0.3
    assert not made
    values = {name: dict(net.nodes[name]) for name in net}
    assert made == [1]
    by_step.nodes["h1"].bias = 0.3
    for name, items in values.items():
        expected = dict(by_step.nodes[name])
        assert items.keys() == expected.keys()
        for key, value in expected.items():
            if not isinstance(value, str):
                np.testing.assert_allclose(items[key], value, rtol=1e-12, atol=1e-14)
    for pre, post in net.edges:
        found, expected = net.edges[pre, post], by_step.edges[pre, post]
        for key in ("weight", "message", "error_message", "gradient"):
            np.testing.assert_allclose(found[key], expected[key], rtol=1e-12, atol=1e-14)
    assert made == [1]


# -- what an optimiser begins with, and what a training reports ----------------------------------


def _one_weight(weight: float = 1.0) -> ng.Network:
    return ng.Network.layered(1, 1, weights=weight, activation="identity")


def test_memory_is_stated_by_address() -> None:
    """By hand: v = 0.5 * 2 + 1 of the weight, v = 0.5 * 4 + 1 of the bias."""
    net = ng.Network.layered(1, 1, weights=1.0, bias=0.0, activation="identity")
    memory = {"w1.velocity": 2, "o1.bias_velocity": 4}
    net.train([1.0], [0.0], learning_rate=0.25, epochs=1, optimizer=ng.Momentum(0.5), memory=memory)
    assert (net.value("w1.weight"), net.value("o1.bias")) == (0.5, -0.75)


def test_memory_of_an_earlier_run_counts_on() -> None:
    """Two trainings of Adam are one, also when a number is stated beside the run."""
    options: dict[str, Any] = {"learning_rate": 0.1, "optimizer": "adam"}
    whole, parts = _one_weight(), _one_weight()
    whole.train([1.0], [0.0], epochs=5, **options)
    first = parts.train([1.0], [0.0], epochs=2, **options)
    second = parts.train([1.0], [0.0], epochs=3, memory=first, **options)
    assert parts.value("w1.weight") == whole.value("w1.weight")
    assert second.checkpoint is not None
    assert second.checkpoint.before == 2
    third, fourth = parts.copy(), parts.copy()
    m = float(second.checkpoint.state["m"][0])
    third.train([1.0], [0.0], epochs=1, memory=second, **options)
    fourth.train([1.0], [0.0], epochs=1, memory=[second, {"w1.m": m}], **options)
    assert third.value("w1.weight") == fourth.value("w1.weight")


@pytest.mark.parametrize(
    ("memory", "message"),
    [
        ({"w1.m": 1}, "'w1.m' is nothing that momentum begins with: that is velocity, change"),
        ({"loss": 1}, "'loss' is nothing that momentum begins with"),
        ({"o1.bias_velocity": 1}, "'o1.bias_velocity': neuron 'o1' has no bias"),
        ({"w1.velocity": math.inf}, "w1.velocity must be a finite number, not inf"),
        (3, "memory must be the History of an earlier run, or numbers by address"),
    ],
)
def test_memory_that_is_none_is_refused(memory: Any, message: str) -> None:
    """Nothing is trained."""
    net = _one_weight()
    with pytest.raises(ng.NeurographError, match=message):
        net.train([1.0], [0.0], learning_rate=0.1, epochs=1, optimizer="momentum", memory=memory)
    assert net.value("w1.weight") == 1.0


def test_memory_of_another_kind_of_run_is_refused() -> None:
    """What was remembered is named; a change says nothing without a learning rate."""
    net = _one_weight()
    history = net.train([1.0], [0.0], learning_rate=0.1, epochs=1, optimizer="adam")
    options: dict[str, Any] = {"epochs": 2, "optimizer": "momentum"}
    message = "momentum remembers velocity, and the memory is of a run that left m, v"
    with pytest.raises(ng.InvalidValueError, match=message):
        net.train([1.0], [0.0], learning_rate=0.1, memory=history, **options)
    with pytest.raises(ng.InvalidValueError, match="says nothing where the learning rate is 0"):
        net.train([1.0], [0.0], learning_rate=0.0, memory={"w1.change": 1}, **options)
    other = ng.Network.layered(2, 1, weights=1.0)
    with pytest.raises(ng.InvalidValueError, match="memory is of a network with other parameters"):
        other.train(
            [1.0, 1.0], [0.0], learning_rate=0.1, epochs=1, optimizer="adam", memory=history
        )
    with pytest.raises(ng.InvalidValueError, match="goes on has its memory: leave 'memory' out"):
        net.train([1.0], [0.0], learning_rate=0.1, resume=history, memory=history, **options)


def test_a_run_of_other_samples_is_not_resumed() -> None:
    """What was recorded of each sample would not fit."""
    net = _one_weight()
    options: dict[str, Any] = {"learning_rate": 0.1, "record": ["o1.out"]}
    history = net.train([[1.0], [2.0]], [[1.0], [2.0]], epochs=2, **options)
    for data, now in (([[1.0], [2.0], [3.0]], "3 samples"), ([1.0], "one")):
        with pytest.raises(
            ng.InvalidValueError, match=f"there o1.out was of 2 samples, and here of {now}"
        ):
            net.train(data, data, epochs=4, resume=history, **options)


@pytest.mark.parametrize("engine", ["passes", "straight_line", "blocks"])
def test_the_losses_of_the_last_epoch_are_added_up(engine: str) -> None:
    """Of w = 1 online: 1/2 and (2 * 0.9)^2 / 2 in the first epoch; then with w = 0.54."""
    net = _one_weight()
    with pytest.raises(ng.NotComputedError, match="running_loss is not known yet: call net"):
        net.value("running_loss")
    data: dict[str, Any] = {"learning_rate": 0.1, "batch_size": 1, "engine": engine}
    net.train([[1.0], [2.0]], [[0.0], [0.0]], epochs=1, **data)
    assert net.value("running_loss") == pytest.approx(0.5 + 1.62, rel=1e-15)
    net = _one_weight()
    net.train([[1.0], [2.0]], [[0.0], [0.0]], epochs=2, **data)
    assert net.value("running_loss") == pytest.approx(0.54**2 / 2 + (2 * 0.486) ** 2 / 2, rel=1e-14)
    assert net.value("rounds") == 2
    assert str(ng.explain(net, "rounds").value) in ("2", "2.0")
    with pytest.raises(ng.InvalidValueError, match="'rounds' is what a training reports"):
        ng.influence(net, "rounds")
    with pytest.raises(ng.UnknownNameError, match="'rounds' is not kept of each epoch; 'loss' is"):
        net.train([1.0], [0.0], learning_rate=0.1, epochs=1, record="rounds")


def test_what_a_training_reports_is_saved(tmp_path: Path) -> None:
    """A network that was loaded reports the same, and goes on with the same memory."""
    net = _one_weight()
    first = net.train([1.0], [0.0], learning_rate=0.1, epochs=2, optimizer="adam")
    net.train([1.0], [0.0], learning_rate=0.1, epochs=2, optimizer="adam", memory=first)
    net.save(tmp_path / "net.json", training=True)
    loaded = ng.load(tmp_path / "net.json")
    assert loaded.value("running_loss") == net.value("running_loss")
    for one in (net, loaded):
        one.train([1.0], [0.0], learning_rate=0.1, epochs=1, optimizer="adam", memory=one.history)
    assert loaded.value("w1.weight") == net.value("w1.weight")


def skipping_chain() -> ng.Network:
    """Return twelve neurons in a row with shortcuts: most slots of its levels are empty."""
    net = ng.Network()
    for place in range(1, 12):
        net.add_edge(f"n{place - 1}", f"n{place}", weight=0.3 + 0.05 * place)
        if place > 3:
            net.add_edge(f"n{place - 4}", f"n{place}", weight=-0.2)
    return net


def test_where_most_slots_are_empty_a_run_knows_what_its_last_step_began_with() -> None:
    """Of a graph with gaps the last update began with what one step fewer ends with."""
    longer, shorter = skipping_chain(), skipping_chain()
    filled = longer.structure.filled
    assert 2 * len(filled) < len(longer.storage.parameters)
    longer.train([1.0], [0.2], learning_rate=0.5, epochs=4)
    shorter.train([1.0], [0.2], learning_rate=0.5, epochs=3)
    past = longer.storage.past_update
    assert past is not None
    assert past.parameters.tolist() == shorter.storage.parameters.tolist()


def test_where_most_slots_are_empty_a_run_can_go_back() -> None:
    """Of a graph with gaps a run that diverges leaves what there was before that step."""
    net, alone = skipping_chain(), skipping_chain()
    rates = [0.5, 0.5, 1e300]
    with pytest.raises(ng.DivergedError, match="step 3"):
        net.train([1.0], [0.2], learning_rate=lambda step: rates[step - 1], epochs=3)
    alone.train([1.0], [0.2], learning_rate=0.5, epochs=2)
    assert net.storage.parameters.tolist() == alone.storage.parameters.tolist()
