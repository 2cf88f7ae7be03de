"""Errors shared out in proportion to weights, beside closed forms."""

import re

import numpy as np
import pytest
from hypothesis import given, settings
from strategies import Plain, plain_networks

import neurograph as ng

# The 4-2 linear network of python-course.eu, "Backpropagation in Neural Networks": its weights
# into o1; those into o2 are ours.
WEIGHTS = np.array([[0.6, 0.4, 0.1, 0.2], [0.3, 0.1, 0.5, 0.2]])


def _linear() -> ng.Network:
    return ng.Network.layered(4, 2, weights=[WEIGHTS], activation="identity")


def test_shares_of_the_text() -> None:
    """An error of 0.08 is shared out as 0.08 * 0.6 / 1.3 = 0.037, and the shares sum to it."""
    net = _linear()
    outs = net.forward([0.8, 0.7, 0.4, 0.6])
    net.attribute(outs + np.array([0.08, 0.0]))
    shares = [net.value(f"w{number}.share") for number in range(1, 5)]
    assert shares == pytest.approx([0.08 * weight / 1.3 for weight in WEIGHTS[0]], rel=1e-14)
    assert sum(shares) == pytest.approx(net.value("o1.error"), rel=1e-14)


@pytest.mark.parametrize("normalised", [True, False])
@pytest.mark.parametrize("n_samples", [None, 1, 3])
def test_layers_equal_the_matrix_form(normalised: bool, n_samples: int | None) -> None:
    """Layer by layer the errors are W^T e, of the weights or of their parts of the row sums."""
    rng = np.random.default_rng(4)
    sizes = (3, 5, 4, 2)
    weights = [rng.uniform(0.1, 1, shape) for shape in zip(sizes[1:], sizes[:-1], strict=True)]
    net = ng.Network.layered(*sizes, weights=weights, bias=0.3)
    shape = () if n_samples is None else (n_samples,)
    inputs, targets = rng.random((*shape, 3)), rng.random((*shape, 2))
    error = targets - net.forward(inputs)
    arrived = net.attribute(targets, normalised=normalised)
    for level, matrix in zip(reversed(net.levels[:-1]), reversed(weights), strict=True):
        if normalised:
            matrix = matrix / matrix.sum(axis=1, keepdims=True)
        error = error @ matrix
        found = np.stack([net.neuron(name).error for name in level], axis=-1)
        np.testing.assert_allclose(found, error, rtol=1e-13)
    assert np.array_equal(arrived, found)
    assert arrived.shape == inputs.shape


@settings(max_examples=50)
@given(plain_networks())
def test_any_network_follows_from_the_definition(plain: Plain) -> None:
    """In any feed-forward network, with skips and fan-out, errors are sums of shares."""
    net = plain.network()
    inputs, targets = plain.data
    net.forward(inputs)
    net.attribute(targets, normalised=False)
    for level in reversed(net.levels):
        for name in level:
            neuron = net.neuron(name)
            error = targets[name] - neuron.out if name in targets else 0.0
            for connection in net.outgoing(name):
                share = connection.weight * net.neuron(connection.post).error
                np.testing.assert_allclose(connection.share, share, rtol=1e-12)
                error = error + share
            np.testing.assert_allclose(neuron.error, error, rtol=1e-9, atol=1e-12)


def test_large_network() -> None:
    """A network whose passes run on blocks shares out its errors as well."""
    rng = np.random.default_rng(1)
    weights = [rng.random((20, 30)), rng.random((3, 20))]
    net = ng.Network.layered(30, 20, 3, weights=weights)
    error = np.ones(3) - net.forward(np.ones(30))
    expected = error @ weights[1] @ weights[0]
    np.testing.assert_allclose(net.attribute(np.ones(3), normalised=False), expected, rtol=1e-12)


def test_bias_neuron_gets_a_share_and_a_bias_none() -> None:
    """A bias neuron is fed by nothing but its connection is one of those that are blamed."""
    net = ng.Network()
    net.add_neuron("i1")
    net.add_neuron("b", kind="bias")
    net.add_neuron("o1", activation="identity", bias=100.0)
    net.connect("i1", "o1", 3.0)
    net.connect("b", "o1", 1.0)
    net.forward([0.0])
    assert net.attribute([105.0]).tolist() == [3.0]
    assert net.value("b->o1.share") == net.value("b.error") == 1.0


def test_stands_beside_the_gradient_of_the_same_targets() -> None:
    """What a backward pass computed stays if the targets are the same, and goes if they differ."""
    net = _linear()
    net.forward([0.8, 0.7, 0.4, 0.6])
    net.backward([1.0, 0.5])
    net.attribute([1.0, 0.5], normalised=False)
    for name in net.inputs:  # with half squared errors and linear outputs: dE/dout = -W^T e
        assert net.neuron(name).out_gradient == pytest.approx(-net.neuron(name).error, rel=1e-14)
    net.attribute([0.0, 0.5])
    assert net.value("o1.target") == 0.0
    with pytest.raises(ng.NotComputedError, match="delta of neuron 'o1' is not known yet"):
        net.value("o1.delta")


def test_next_pass_forgets_the_shares() -> None:
    """Every value an object carries belongs to the same pass."""
    net = _linear()
    with pytest.raises(ng.NotComputedError, match=r"call net\.attribute\(targets\) first"):
        net.value("o1.error")
    net.forward([1, 1, 1, 1])
    net.attribute([1, 1])
    net.forward([1, 1, 1, 1])
    with pytest.raises(ng.NotComputedError, match="share of connection 'w1' is not known yet"):
        net.value("w1.share")


def test_values_of_a_batch_cannot_be_written() -> None:
    """The arrays that objects hand out are their own."""
    net = _linear()
    net.forward(np.ones((2, 4)))
    net.attribute(np.ones((2, 2)))
    with pytest.raises(ValueError, match="read-only"):
        net.value("w1.share")[0] = 1  # type: ignore[index]


@pytest.mark.parametrize("weights", [[1.0, -1.0], [0.1, 0.2, -0.3], [0.0]])
def test_weights_that_sum_to_zero(weights: list[float]) -> None:
    """Errors cannot be divided by a sum of zero, also where rounding hides it."""
    net = ng.Network.layered(len(weights), 1, weights=[[weights]])
    net.forward(weights)
    with pytest.raises(
        ng.InvalidValueError, match=re.escape("the weights into neuron 'o1' sum to zero, so its")
    ):
        net.attribute([1.0])
    with pytest.raises(ng.NotComputedError):
        net.value("o1.target")
    net.attribute([1.0], normalised=False)


def test_needs_a_forward_pass_with_these_weights() -> None:
    """Before a forward pass, and after a change of weights, there are no errors to share out."""
    net = _linear()
    with pytest.raises(ng.NotComputedError, match="no forward pass has been made yet"):
        net.attribute([1, 1])
    net.forward([1, 1, 1, 1])
    net.set_value("w1.weight", 0.5)
    with pytest.raises(ng.NotComputedError, match="have changed since the last forward pass"):
        net.attribute([1, 1])


def test_targets_that_do_not_fit() -> None:
    """Targets are checked as for a backward pass."""
    net = _linear()
    net.forward([1, 1, 1, 1])
    with pytest.raises(ng.InvalidValueError, match="expected 2 targets"):
        net.attribute([1])


def test_training_does_not_record_shares() -> None:
    """Training computes no shares, and says so."""
    for address in ("o1.error", "w1.share"):
        with pytest.raises(ng.UnknownNameError, match=r"training computes no (error|share) of"):
            _linear().train([1] * 4, [1, 1], learning_rate=0.1, epochs=1, record=[address])
