"""Training written by hand in NumPy: as people write it, and tuned.

As people write it is what all others are compared with: the usual thirty lines, a row for each
sample, and no loss unless one is asked for. Tuned is the same without temporary arrays: every
result goes into memory that is there.
"""

from collections.abc import Callable
from itertools import pairwise
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from .problems import Problem

__all__ = ["ByHand", "by_hand", "into_logistic", "logistic", "tuned"]

Array = NDArray[np.float64]


def logistic(net: Array) -> Array:
    """Return 1 / (1 + exp(-net))."""
    return 1.0 / (1.0 + np.exp(-net))


def into_logistic(net: Array) -> Array:
    """Compute the same in the place of what is given."""
    np.negative(net, out=net)
    np.exp(net, out=net)
    net += 1.0
    return np.reciprocal(net, out=net)


class ByHand(Protocol):
    """Trains a problem: `run` goes on from where it stands, `parameters` tells where that is."""

    def run(self, losses: list[float] | None = None) -> None:
        """Train; the loss of each epoch is added to a list, if there is one."""
        ...

    def parameters(self) -> tuple[list[Array], list[Array]]:
        """Return weights and biases as the problem has them."""
        ...


def by_hand(problem: Problem) -> ByHand:
    """Return what people write for a problem."""
    return LayersByHand(problem) if problem.connected is None else GraphByHand(problem)


def tuned(problem: Problem) -> ByHand:
    """Return the same, tuned."""
    return TunedLayers(problem) if problem.connected is None else TunedGraph(problem)


# -- layers --------------------------------------------------------------------------------------

#: The functions, and their slopes from their values.
ACTIVATIONS: dict[str, tuple[Callable[[Array], Array], Callable[[Array], Array]]] = {
    "logistic": (logistic, lambda out: out * (1 - out)),
    "tanh": (np.tanh, lambda out: 1 - out * out),
    "identity": (lambda net: net, np.ones_like),
}


class LayersByHand:
    """Any number of layers; a matrix has a row for each neuron before."""

    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        self.weights = [one.T.copy() for one in problem.weights]
        self.biases = [one.copy() for one in problem.biases]

    def parameters(self) -> tuple[list[Array], list[Array]]:
        """Return weights and biases as the problem has them."""
        return [one.T for one in self.weights], self.biases

    def run(self, losses: list[float] | None = None) -> None:
        """Train."""
        p, weights, biases = self.problem, self.weights, self.biases
        functions, slopes = zip(*(ACTIVATIONS[name] for name in p.activations), strict=True)
        last = len(weights) - 1
        for _ in range(p.epochs):
            loss = 0.0
            for x, target in p.batches:
                outs, rate = [x], p.learning_rate / len(x)
                for w, b, f in zip(weights, biases, functions, strict=True):
                    outs.append(f(outs[-1] @ w + b))
                delta = outs[-1] - target
                if losses is not None:
                    loss += 0.5 * float(np.sum(delta**2))
                delta = delta * slopes[-1](outs[-1])
                for level in range(last, -1, -1):
                    gradient = outs[level].T @ delta
                    if p.train_biases:
                        biases[level] -= rate * delta.sum(0)
                    if level:
                        delta = (delta @ weights[level].T) * slopes[level - 1](outs[level])
                    weights[level] -= rate * gradient
            if losses is not None:
                losses.append(loss / len(p.inputs))


class TunedLayers(LayersByHand):
    """The same without temporary arrays; all layers have one function, logistic or tanh."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem)
        self.is_tanh = problem.activations[0] == "tanh"
        self.ones = np.ones(problem.batch_size)
        self.gradients = [np.empty_like(one) for one in self.weights]
        self.sums = [np.empty_like(one) for one in self.biases]
        self.rooms = {
            len(x): [[np.empty((len(x), len(b))) for b in self.biases] for _ in range(3)]
            for x, _ in problem.batches
        }
        self.batches = problem.batches

    def run(self, losses: list[float] | None = None) -> None:
        """Train; it computes no loss."""
        for _ in range(self.problem.epochs):
            for x, target in self.batches:
                self.step(x, target)

    def slope(self, out: Array, room: Array) -> Array:
        """Return the slope, in a room that is there."""
        if self.is_tanh:
            np.multiply(out, out, out=room)
            return np.subtract(1.0, room, out=room)
        np.subtract(1.0, out, out=room)
        return np.multiply(room, out, out=room)

    def step(self, x: Array, target: Array) -> None:
        """Do one step."""
        weights, biases, last = self.weights, self.biases, len(self.weights) - 1
        outs, deltas, others = self.rooms[len(x)]
        before = x
        for w, b, out in zip(weights, biases, outs, strict=True):
            np.dot(before, w, out=out)
            out += b
            before = np.tanh(out, out=out) if self.is_tanh else into_logistic(out)
        np.subtract(outs[last], target, out=deltas[last])
        deltas[last] *= self.slope(outs[last], others[last])
        deltas[last] *= self.problem.learning_rate / len(x)
        for level in range(last, -1, -1):
            delta = deltas[level]
            np.dot((outs[level - 1] if level else x).T, delta, out=self.gradients[level])
            if self.problem.train_biases:
                np.dot(self.ones[: len(x)], delta, out=self.sums[level])
                biases[level] -= self.sums[level]
            if level:
                np.dot(delta, weights[level].T, out=deltas[level - 1])
                deltas[level - 1] *= self.slope(outs[level - 1], others[level - 1])
            weights[level] -= self.gradients[level]


# -- graphs --------------------------------------------------------------------------------------


class GraphByHand:
    """A graph, all samples at once: a matrix of all neurons, of which each level takes its block.

    Neurons are numbered level by level, logistic all of them, with the outputs on the last level.
    """

    def __init__(self, problem: Problem) -> None:
        assert problem.connected is not None
        self.problem = problem
        bounds = np.cumsum([0, *map(len, problem.levels)]).tolist()
        self.levels = list(pairwise(bounds))[1:]
        self.n, self.n_in = bounds[-1], bounds[1]
        self.matrix = np.zeros((self.n, self.n))
        is_connected = np.zeros((self.n, self.n), dtype=bool)
        for (lo, hi), of_level, mask in zip(
            self.levels, problem.weights, problem.connected, strict=True
        ):
            self.matrix[:lo, lo:hi], is_connected[:lo, lo:hi] = of_level.T, mask.T
        self.pre, self.post = np.nonzero(is_connected)
        self.b = np.concatenate([np.zeros(self.n_in), *problem.biases])
        self.n_out = bounds[-1] - bounds[-2]
        self.rate = problem.learning_rate / len(problem.inputs)

    def parameters(self) -> tuple[list[Array], list[Array]]:
        """Return weights and biases as the problem has them."""
        return (
            [self.matrix[:lo, lo:hi].T for lo, hi in self.levels],
            [self.b[lo:hi] for lo, hi in self.levels],
        )

    def run(self, losses: list[float] | None = None) -> None:
        """Train."""
        p, pre, post, b, rate = self.problem, self.pre, self.post, self.b, self.rate
        n_in, n_out, n_samples, w = self.n_in, self.n_out, len(p.inputs), self.matrix
        out, delta = np.empty((self.n, n_samples)), np.zeros((self.n, n_samples))
        for _ in range(p.epochs):
            out[:n_in] = p.inputs.T
            for lo, hi in self.levels:
                out[lo:hi] = logistic(w[:lo, lo:hi].T @ out[:lo] + b[lo:hi, None])
            last = out[-n_out:]
            error = last - p.targets.T
            if losses is not None:
                losses.append(0.5 * float(np.sum(error**2)) / n_samples)
            delta[-n_out:] = error * last * (1 - last)
            for lo, hi in reversed(self.levels[:-1]):
                here = out[lo:hi]
                delta[lo:hi] = (w[lo:hi, hi:] @ delta[hi:]) * here * (1 - here)
            if n_samples == 1:
                gradient = out[pre, 0] * delta[post, 0]
            else:
                gradient = (out @ delta.T)[pre, post]
            w[pre, post] -= rate * gradient
            b[n_in:] -= rate * delta[n_in:].sum(1)


class TunedGraph(GraphByHand):
    """A block that lies together for each level and direction, filled anew at each update.

    Weights are negated for exp. The bias is a first column, for which a row of ones stands before
    the outs.
    """

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem)
        n, n_in, pre, post, n_samples = self.n, self.n_in, self.pre, self.post, len(problem.inputs)
        self.w = self.matrix[pre, post]
        hidden = self.levels[:-1]
        ahead = np.cumsum([0, *((hi - lo) * (lo + 1) for lo, hi in self.levels)]).tolist()
        behind = np.cumsum([0, *((hi - lo) * (n - hi) for lo, hi in hidden)]).tolist()
        self.forward, self.back = np.zeros(ahead[-1]), np.zeros(behind[-1])
        of_bias, of_row, of_column = (np.zeros(n, dtype=int) for _ in range(3))
        for (lo, hi), start in zip(self.levels, ahead, strict=False):
            of_bias[lo:hi] = start + np.arange(hi - lo) * (lo + 1)
        for (lo, hi), start in zip(hidden, behind, strict=False):
            of_row[lo:hi], of_column[lo:hi] = start + np.arange(hi - lo) * (n - hi), hi
        self.of_bias, self.at_forward = of_bias[n_in:], of_bias[post] + pre + 1
        self.inner = np.flatnonzero(pre >= n_in)  # inputs need no delta
        self.at_back = of_row[pre[self.inner]] + post[self.inner] - of_column[pre[self.inner]]
        rooms = [np.ones((n + 1, n_samples)), *(np.zeros((n, n_samples)) for _ in range(3))]
        ones_out, self.delta, self.slope, error = (
            [one[:, 0] for one in rooms] if n_samples == 1 else rooms
        )
        self.out, self.negative = ones_out[1:], np.empty_like(self.w)
        self.ups = [
            (block_of(self.forward, start, hi - lo, lo + 1), ones_out[: lo + 1], self.out[lo:hi])
            for (lo, hi), start in zip(self.levels, ahead, strict=False)
        ]
        self.downs = [
            (block_of(self.back, start, hi - lo, n - hi), self.delta[hi:], error[lo:hi],
             self.slope[lo:hi], self.delta[lo:hi])
            for (lo, hi), start in zip(hidden, behind, strict=False)
        ][::-1]  # fmt: skip
        x, target = (np.ascontiguousarray(one.T) for one in (problem.inputs, problem.targets))
        self.x, self.target = (x[:, 0], target[:, 0]) if n_samples == 1 else (x, target)
        self.fill()

    def parameters(self) -> tuple[list[Array], list[Array]]:
        """Return weights and biases as the problem has them."""
        self.matrix[self.pre, self.post] = self.w
        return super().parameters()

    def fill(self) -> None:
        """Write the parameters into the blocks."""
        np.negative(self.w, out=self.negative)
        self.forward[self.at_forward] = self.negative
        self.forward[self.of_bias] = -self.b[self.n_in :]
        self.back[self.at_back] = self.negative[self.inner]

    def run(self, losses: list[float] | None = None) -> None:
        """Train; it computes no loss."""
        n_in, n_out, out, delta, slope = self.n_in, self.n_out, self.out, self.delta, self.slope
        at_product = self.post * self.n + self.pre
        for _ in range(self.problem.epochs):
            out[:n_in] = self.x
            for block, before, here in self.ups:
                np.dot(block, before, out=here)
                np.exp(here, out=here)
                here += 1.0
                np.reciprocal(here, out=here)
            np.subtract(out, 1.0, out=slope)
            np.multiply(slope, out, out=slope)  # the slope, negated
            np.subtract(self.target, out[-n_out:], out=delta[-n_out:])
            delta[-n_out:] *= slope[-n_out:]
            for block, after, errors, slopes, here in self.downs:
                np.dot(block, after, out=errors)
                np.multiply(errors, slopes, out=here)
            if delta.ndim == 1:
                gradient = delta.take(self.post)
                gradient *= out.take(self.pre)
            else:
                gradient = np.dot(delta, out.T).ravel().take(at_product)
            gradient *= self.rate
            np.subtract(self.w, gradient, out=self.w)
            self.b[n_in:] -= self.rate * (delta[n_in:] if delta.ndim == 1 else delta[n_in:].sum(1))
            self.fill()


def block_of(array: Array, start: int, n_rows: int, n_columns: int) -> Any:
    """Return a part of an array as a matrix."""
    return array[start : start + n_rows * n_columns].reshape(n_rows, n_columns)
