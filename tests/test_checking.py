"""Gradient checks."""

import math
from dataclasses import replace

import pytest
from hypothesis import given
from strategies import CHECKED, Plain, plain_networks, snapshot

import neurograph as ng
from neurograph import activations, losses


def at_a_kink(plain: Plain) -> bool:
    """Whether a net is so near 0, where relu's slope jumps, that a difference reaches over it."""
    return any(
        abs(net) < 1e-4 and "relu" in plain.unit[name].activation
        for sample in range(len(plain.inputs))
        for name, net in plain.run(sample)[0].items()
    )


@CHECKED
@given(plain_networks())
def test_random_networks_pass(plain: Plain) -> None:
    """The gradients of every random network pass, and all three columns agree."""
    net = plain.network()
    inputs, targets = plain.data
    net.forward(inputs)
    before = snapshot(net)
    check = ng.check_gradients(net, inputs, targets, rtol=1e-9, raise_error=True)
    assert check.passed
    assert snapshot(net) == before
    assert len(check.parameters) == len(plain.parameters())
    assert check.worst.error == max(one.error for one in check.parameters)
    largest = max(abs(one.analytic) for one in check.parameters)
    for one in check.parameters if not at_a_kink(plain) else ():
        # Central differences carry an error of about 1e-10 of E.
        assert one.central == pytest.approx(one.complex_step, rel=1e-6, abs=1e-7 * (1 + largest))


@pytest.mark.parametrize("loss", ["absolute_error", "hinge", "half_squared_error", "abs(out)**3"])
def test_losses_with_kinks_pass_away_from_them(loss: str) -> None:
    """Where a loss is smooth nearby, its check passes too."""
    net = ng.Network.layered(2, 3, 2, activation="relu", bias=0.3, weights=0.4, loss=loss)
    assert ng.check_gradients(net, [0.5, 0.25], [1.0, -1.0], rtol=1e-9).passed


@pytest.mark.parametrize("targets", [[0.0, 1.0], [1.0, 0.0], [0.5, 0.5]])
@pytest.mark.parametrize("scale", [1.0, 30.0])
def test_cross_entropy_that_is_far_off_passes(targets: list[float], scale: float) -> None:
    """Softmax with cross-entropy passes also where one out is very small."""
    net = ng.Network.layered(
        1, 2, weights=[[[scale], [-scale]]], activation="softmax", loss="cross_entropy"
    )
    assert ng.check_gradients(net, [1.0], targets).passed


def test_frozen_and_tied_parameters_are_checked() -> None:
    """A frozen parameter is checked, and tied ones once, under the first one's address."""
    net = ng.Network.layered(2, 2, bias=0.5, shared_bias=True, trainable_bias=False, seed=1)
    net.connection("w1").tie = net.connection("w4").tie = "shared"
    net.connection("w1").weight = net.connection("w4").weight = 0.5
    check = ng.check_gradients(net, [0.5, -1.0], [0.0, 1.0])
    addresses = [one.address for one in check.parameters]
    assert sorted(addresses) == ["o1.bias", "w1.weight", "w2.weight", "w3.weight"]
    net.step([0.5, -1.0], [0.0, 1.0], 0.1)
    for one in check.parameters:
        quantity = "bias_gradient" if one.address == "o1.bias" else "gradient"
        assert one.analytic == net.value(f"{one.address.split('.')[0]}.{quantity}")


@pytest.fixture
def net() -> ng.Network:
    """Return a network that has done a pass."""
    net = ng.Network.layered(2, 2, 2, seed=1, bias=0.25, activation="tanh")
    net.forward([0.5, -1.0])
    net.backward([0.0, 1.0])
    return net


def make_tanh_wrong(monkeypatch: pytest.MonkeyPatch) -> None:
    """Give tanh a slope that is not its derivative."""
    right = activations.get_activation("tanh")
    wrong = replace(right, derivative=ng.Formula("1 - out", ["net", "out"]))
    monkeypatch.setitem(activations.ACTIVATIONS, "tanh", wrong)


def test_a_wrong_slope_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    """A slope that is not the derivative of the activation fails, and raises if asked to."""
    make_tanh_wrong(monkeypatch)
    net = ng.Network.layered(2, 2, 2, seed=1, bias=0.25, activation="tanh")
    net.forward([0.5, -1.0])
    before = snapshot(net)
    check = ng.check_gradients(net, [0.5, -1.0], [0.0, 1.0])
    assert not check.passed
    assert check.worst.error > 1e-3
    assert check.worst.central == pytest.approx(check.worst.complex_step, rel=1e-6)
    assert "NOT within 1e-06" in str(check)
    with pytest.raises(
        ng.GradientError,
        match=r"the gradient of .* is .* from the backward pass, but .* by complex step and .*"
        r" by central difference \(relative error .*, allowed 1e-06\)",
    ) as caught:
        ng.check_gradients(net, [0.5, -1.0], [0.0, 1.0], raise_error=True)
    assert check.worst.address in str(caught.value)
    assert snapshot(net) == before
    assert ng.check_gradients(net, [0.5, -1.0], [0.0, 1.0], rtol=1e6, raise_error=True).passed


def test_a_wrong_loss_slope_is_found(net: ng.Network, monkeypatch: pytest.MonkeyPatch) -> None:
    """A derivative that is not that of the loss fails."""
    right = losses.get_loss("half_squared_error")
    wrong = replace(right, derivative=ng.Formula("target - out", ["target", "out", "n"]))
    monkeypatch.setitem(losses.LOSSES, "half_squared_error", wrong)
    with pytest.raises(ng.GradientError, match="from the backward pass"):
        ng.check_gradients(net, [0.5, -1.0], [0.0, 1.0], raise_error=True)


def test_a_network_that_never_ran_stays_so() -> None:
    """A check leaves no values behind on a network without a pass."""
    net = ng.Network.layered(2, 2, 2, seed=1)
    before = snapshot(net)
    ng.check_gradients(net, [0.5, -1.0], [0.0, 1.0])
    assert snapshot(net) == before
    with pytest.raises(ng.NotComputedError, match="no forward pass has been made yet"):
        net.backward([0.0, 1.0])


def test_gradients_that_are_all_zero_pass() -> None:
    """Threshold neurons and hit targets have gradients of zero, exactly."""
    net = ng.Network.layered(1, 1, weights=0.5, activation="step")
    check = ng.check_gradients(net, [1.0], [0.0])
    assert (check.worst.analytic, check.worst.error, check.passed) == (0.0, 0.0, True)
    net = ng.Network.layered(1, 1, weights=0.5, activation="identity")
    assert ng.check_gradients(net, [2.0], [1.0]).passed


def test_a_diverged_network_does_not_pass() -> None:
    """A gradient of nan is not right, and it is the worst there is."""
    net = ng.Network.layered(1, 1, weights=1e308, activation="identity", bias=-1e308)
    check = ng.check_gradients(net, [10.0], [0.0])
    assert not check.passed
    assert not math.isfinite(check.worst.error) or check.worst.error > 1e-6
    with pytest.raises(ng.GradientError, match=r"inf|nan"):
        ng.check_gradients(net, [10.0], [0.0], raise_error=True)


def test_the_text_is_a_table(net: ng.Network) -> None:
    """The text has a heading, a row for each parameter, and the worst."""
    check = ng.check_gradients(net, [0.5, -1.0], [0.0, 1.0])
    lines = str(check).splitlines()
    assert lines[0].split() == ["analytic", "central", "complex", "step", "error"]
    assert [line.split()[0] for line in lines[1:-1]] == [one.address for one in check.parameters]
    assert lines[-1].startswith(f"worst: {check.worst.address}, relative error ")


@pytest.mark.parametrize(
    ("rtol", "error", "message"),
    [
        ("small", ng.InvalidTypeError, "rtol must be a number, not 'small'"),
        (math.nan, ng.InvalidValueError, "rtol must be a finite number, not nan"),
    ],
)
def test_a_wrong_tolerance(
    net: ng.Network, rtol: object, error: type[Exception], message: str
) -> None:
    """A tolerance is a finite number."""
    before = snapshot(net)
    with pytest.raises(error, match=message):
        ng.check_gradients(net, [1, 1], [1, 1], rtol=rtol)  # type: ignore[arg-type]
    assert snapshot(net) == before
