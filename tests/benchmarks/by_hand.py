"""Training written by hand in NumPy, as people write it; what all others are compared with.

Every function trains `weights` and `biases` in place and returns the loss of every epoch. Networks
with one hidden layer have code of their own, which is shorter and faster than that for any layers.
"""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from .problems import Problem

__all__ = ["train", "train_any_layers"]

Array = NDArray[np.float64]


def logistic(net: Array) -> Array:
    """Return 1 / (1 + exp(-net))."""
    return 1.0 / (1.0 + np.exp(-net))


def train(problem: Problem, weights: list[Array], biases: list[Array]) -> list[float]:
    """Train with the function that fits."""
    if problem.connected is not None:
        return train_dag(problem, weights, biases)
    if list(problem.activations) != ["logistic"] * 2:
        return train_any_layers(problem, weights, biases)
    if problem.batch_size == 1:
        return train_one_hidden_online(problem, *weights, *biases)
    return train_one_hidden_in_batches(problem, *weights, *biases)


def train_one_hidden_online(
    problem: Problem, w1: Array, w2: Array, b1: Array, b2: Array
) -> list[float]:
    """Train one hidden layer, a sample after the other: vectors, and their outer products."""
    rate = problem.learning_rate
    losses = []
    for _ in range(problem.epochs):
        loss = 0.0
        for x, target in zip(problem.inputs, problem.targets, strict=True):
            hidden = logistic(w1 @ x + b1)
            out = logistic(w2 @ hidden + b2)
            error = out - target
            loss += 0.5 * np.sum(error**2)
            delta2 = error * out * (1 - out)
            delta1 = (w2.T @ delta2) * hidden * (1 - hidden)
            w2 -= rate * np.outer(delta2, hidden)
            w1 -= rate * np.outer(delta1, x)
            if problem.train_biases:
                b2 -= rate * delta2
                b1 -= rate * delta1
        losses.append(loss / len(problem.inputs))
    return losses


def train_one_hidden_in_batches(
    problem: Problem, w1: Array, w2: Array, b1: Array, b2: Array
) -> list[float]:
    """Train one hidden layer, a batch after the other: one row for each sample."""
    rate, size = problem.learning_rate, problem.batch_size
    losses = []
    for _ in range(problem.epochs):
        loss = 0.0
        for start in range(0, len(problem.inputs), size):
            x = problem.inputs[start : start + size]
            target = problem.targets[start : start + size]
            hidden = logistic(x @ w1.T + b1)
            out = logistic(hidden @ w2.T + b2)
            error = out - target
            loss += 0.5 * np.sum(error**2)
            delta2 = error * out * (1 - out) / len(x)
            delta1 = (delta2 @ w2) * hidden * (1 - hidden)
            w2 -= rate * (delta2.T @ hidden)
            w1 -= rate * (delta1.T @ x)
            if problem.train_biases:
                b2 -= rate * delta2.sum(axis=0)
                b1 -= rate * delta1.sum(axis=0)
        losses.append(loss / len(problem.inputs))
    return losses


#: The functions, and their slopes from their values.
ACTIVATIONS: dict[str, tuple[Callable[[Array], Array], Callable[[Array], Array]]] = {
    "logistic": (logistic, lambda out: out * (1 - out)),
    "tanh": (np.tanh, lambda out: 1 - out**2),
    "identity": (lambda net: net, np.ones_like),
}


def train_any_layers(problem: Problem, weights: list[Array], biases: list[Array]) -> list[float]:
    """Train any number of layers, a batch after the other."""
    rate, size = problem.learning_rate, problem.batch_size
    functions = [ACTIVATIONS[name][0] for name in problem.activations]
    slopes = [ACTIVATIONS[name][1] for name in problem.activations]
    losses = []
    for _ in range(problem.epochs):
        loss = 0.0
        for start in range(0, len(problem.inputs), size):
            x = problem.inputs[start : start + size]
            target = problem.targets[start : start + size]
            outs = [x]
            for w, b, function in zip(weights, biases, functions, strict=True):
                outs.append(function(outs[-1] @ w.T + b))
            error = outs[-1] - target
            loss += 0.5 * np.sum(error**2)
            delta = error * slopes[-1](outs[-1]) / len(x)
            for k in reversed(range(len(weights))):
                gradient = delta.T @ outs[k]
                bias_gradient = delta.sum(axis=0)
                if k > 0:
                    delta = (delta @ weights[k]) * slopes[k - 1](outs[k])
                weights[k] -= rate * gradient
                if problem.train_biases:
                    biases[k] -= rate * bias_gradient
        losses.append(loss / len(problem.inputs))
    return losses


def train_dag(problem: Problem, weights: list[Array], biases: list[Array]) -> list[float]:
    """Train a DAG, all samples at once: for each level a dense block of all neurons before it.

    `outs` has a row for each neuron; it is a vector if there is one sample, else it has a column
    for each sample.
    """
    masks = problem.connected
    assert masks is not None
    rate, n_samples = problem.learning_rate, len(problem.inputs)
    one = n_samples == 1
    x, target = problem.inputs.T, problem.targets.T
    if one:
        x, target = x[:, 0], target[:, 0]
    names = [name for level in problem.levels for name in level]
    outputs = [names.index(name) for name in problem.outputs]
    starts = [w.shape[1] for w in weights]
    stops = [w.shape[0] + w.shape[1] for w in weights]
    losses = []
    for _ in range(problem.epochs):
        outs = np.empty((len(names), *x.shape[1:]))
        outs[: len(x)] = x
        for w, b, start, stop in zip(weights, biases, starts, stops, strict=True):
            outs[start:stop] = logistic(w @ outs[:start] + (b if one else b[:, None]))
        error = outs[outputs] - target
        losses.append(0.5 * np.sum(error**2) / n_samples)
        back = np.zeros_like(outs)
        back[outputs] = error / n_samples
        for k in reversed(range(len(weights))):
            start, stop = starts[k], stops[k]
            out, before = outs[start:stop], outs[:start]
            delta = back[start:stop] * out * (1 - out)
            if k > 0:
                back[:start] += weights[k].T @ delta
            gradient = np.outer(delta, before) if one else delta @ before.T
            weights[k] -= rate * (gradient * masks[k])
            biases[k] -= rate * (delta if one else delta.sum(axis=1))
    return losses
