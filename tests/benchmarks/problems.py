"""The work of the benchmarks: networks, samples and how long to train."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache
from importlib.util import find_spec
from itertools import chain, pairwise
from typing import Any, TypeVar

import networkx as nx
import numpy as np
from numpy.typing import NDArray

__all__ = ["PROBLEMS", "SMALL_PROBLEMS", "Problem", "Trained"]

Array = NDArray[np.float64]
Graph = TypeVar("Graph", bound="nx.DiGraph[str]")


@dataclass(frozen=True)
class Trained:
    """What a contender ends with: its parameters, and the loss of every epoch if it keeps them."""

    weights: list[Array]
    biases: list[Array]
    losses: Array | None

    def differs_from(self, other: "Trained") -> str:
        """Return what differs by more than rounding; empty if nothing does."""
        for what in ("weights", "biases"):
            for level, (ours, theirs) in enumerate(
                zip(getattr(self, what), getattr(other, what), strict=True), start=1
            ):
                if not np.allclose(ours, theirs, rtol=1e-9, atol=1e-12):
                    return f"{what} of level {level} by {np.abs(ours - theirs).max():.2g}"
        if self.losses is None or other.losses is None:
            return ""
        return "" if np.allclose(self.losses, other.losses, rtol=1e-9, atol=1e-12) else "losses"


@dataclass(frozen=True)
class Problem:
    """A network with its start weights, samples, and how to train it by gradient descent.

    The error of a sample is half the sum of its squared errors, that of a batch the mean over its
    samples. Samples are taken in the order in which they stand.

    Attributes
    ----------
    levels : sequence of sequences of str
        Names of the neurons, inputs first.
    sources : sequence of sequences of str
        For each level after the inputs, the neurons that its columns of weights stand for.
    weights : list of ndarray of shape (n_level, n_sources)
        Zero where there is no connection.
    connected : list of ndarray of bool, or None
        Where there are connections; without it everywhere.
    biases : list of ndarray of shape (n_level,)
    outputs : sequence of str
    activations : sequence of str
        ``"logistic"``, ``"tanh"`` or ``"identity"`` for each level after the inputs.
    inputs, targets : ndarray of shape (n_samples, n_inputs) and (n_samples, n_outputs)
    learning_rate : float
    epochs : int
    batch_size : int
    train_biases : bool
    """

    levels: Sequence[Sequence[str]]
    sources: Sequence[Sequence[str]]
    weights: list[Array]
    connected: list[NDArray[np.bool_]] | None
    biases: list[Array]
    outputs: Sequence[str]
    activations: Sequence[str]
    inputs: Array
    targets: Array
    learning_rate: float
    epochs: int
    batch_size: int
    train_biases: bool = True

    @property
    def n_parameters(self) -> int:
        """How many weights and biases are used."""
        connections = self.weights if self.connected is None else self.connected
        return sum(int(np.count_nonzero(one)) for one in [*connections, *self.biases])

    @property
    def work_of_step(self) -> int:
        """How many times a parameter meets a sample in one step."""
        return self.n_parameters * min(self.batch_size, len(self.inputs))

    @property
    def n_steps(self) -> int:
        """How many updates there are."""
        return self.epochs * -(-len(self.inputs) // self.batch_size)

    @property
    def n_samples_seen(self) -> int:
        """How many times a sample goes forward and back: the measure of work."""
        return self.epochs * len(self.inputs)

    @property
    def batches(self) -> list[tuple[Array, Array]]:
        """Inputs and targets of the steps of one epoch."""
        starts = range(0, len(self.inputs), self.batch_size)
        slices = [slice(start, start + self.batch_size) for start in starts]
        return [(self.inputs[rows], self.targets[rows]) for rows in slices]

    @cached_property
    def edges(self) -> list[tuple[str, str, float]]:
        """Every connection: pre, post, start weight."""
        return [
            (sources[column], level[row], float(weights[row, column]))
            for number, (level, sources, weights) in enumerate(
                zip(self.levels[1:], self.sources, self.weights, strict=True)
            )
            for row, column in self._places(number)
        ]

    def _places(self, number: int) -> list[tuple[int, int]]:
        if self.connected is None:
            return list(np.ndindex(self.weights[number].shape))
        return list(zip(*(axis.tolist() for axis in self.connected[number].nonzero()), strict=True))

    def shortened(self, steps: int) -> "Problem":
        """Return the same, with so many steps or a few less; one or more."""
        in_epoch = self.n_steps // self.epochs
        if steps >= in_epoch:
            return replace(self, epochs=min(self.epochs, steps // in_epoch))
        few = slice(max(1, steps) * self.batch_size)
        return replace(self, epochs=1, inputs=self.inputs[few], targets=self.targets[few])

    def with_linear_outputs(self) -> "Problem":
        """Return the same with outputs of activation identity, which learn more slowly."""
        return replace(
            self,
            activations=[*self.activations[:-1], "identity"],
            learning_rate=self.learning_rate / 20,
            train_biases=True,
        )

    def graph(self, kind: Callable[[], Graph]) -> Graph:
        """Return the network as a graph with the start weights."""
        graph = kind()
        graph.add_nodes_from(self.levels[0], kind="input")
        for level, biases, activation in zip(
            self.levels[1:], self.biases, self.activations, strict=True
        ):
            for name, bias in zip(level, biases.tolist(), strict=True):
                role = "output" if name in self.outputs else "hidden"
                graph.add_node(name, kind=role, activation=activation, bias=bias)
                if not self.train_biases:
                    graph.nodes[name]["trainable"] = False
        graph.add_weighted_edges_from(self.edges)
        return graph

    def set_start(self, graph: "nx.DiGraph[str]") -> None:
        """Set the parameters of a graph that `graph` made to the start weights again."""
        for pre, post, weight in self.edges:
            graph.edges[pre, post]["weight"] = weight
        for level, biases in zip(self.levels[1:], self.biases, strict=True):
            for name, bias in zip(level, biases.tolist(), strict=True):
                graph.nodes[name]["bias"] = bias

    def trained(self, weights: Any, biases: Any, losses: Sequence[float] | Array | None) -> Trained:
        """Return what a contender ends with, from numbers by connection and by neuron.

        Parameters
        ----------
        weights : callable
            Gives the weight of a connection: ``weights(pre, post)``.
        biases : callable
            Gives the bias of a neuron.
        losses : sequence of float
            Of each epoch.
        """
        matrices = []
        for number, (level, sources) in enumerate(zip(self.levels[1:], self.sources, strict=True)):
            matrix = np.zeros_like(self.weights[number])
            for row, column in self._places(number):
                matrix[row, column] = weights(sources[column], level[row])
            matrices.append(matrix)
        vectors = [np.array([biases(name) for name in level]) for level in self.levels[1:]]
        return Trained(matrices, vectors, np.array(losses))


def _layered(
    *sizes: int,
    inputs: Array,
    targets: Array,
    weights: list[Array] | None = None,
    biases: list[Array] | None = None,
    activation: str = "logistic",
    **training: Any,
) -> Problem:
    """Return a network of layers; weights have the deviation 1 / sqrt(inputs of the neuron)."""
    rng = np.random.default_rng(1)
    levels = [[f"l{number}n{n}" for n in range(size)] for number, size in enumerate(sizes)]
    if weights is None:
        weights = [rng.normal(0, pre**-0.5, (pre, post)).T for pre, post in pairwise(sizes)]
    return Problem(
        levels=levels,
        sources=levels[:-1],
        weights=weights,
        connected=None,
        biases=biases or [rng.normal(0, 0.1, size) for size in sizes[1:]],
        outputs=levels[-1],
        activations=[activation] * (len(sizes) - 1),
        inputs=inputs,
        targets=targets,
        **training,
    )


def _one_hot(labels: NDArray[np.int_]) -> Array:
    return np.eye(10)[labels]


def _random_digits(n_samples: int) -> tuple[Array, Array]:
    rng = np.random.default_rng(2)
    return rng.integers(0, 17, (n_samples, 64)) / 16, _one_hot(rng.integers(0, 10, n_samples))


@lru_cache
def _digits() -> tuple[Array, Array]:
    """Return the 1,797 handwritten digits of scikit-learn, or random data of that shape."""
    if find_spec("sklearn") is None:
        return _random_digits(1797)
    from sklearn.datasets import load_digits

    images, labels = load_digits(return_X_y=True)
    return images / 16, _one_hot(labels)


def mazur() -> Problem:
    """2-2-2, one sample, 10,000 steps: Mazur, "A Step by Step Backpropagation Example" (2015)."""
    return _layered(
        2, 2, 2,
        weights=[np.array([[0.15, 0.20], [0.25, 0.30]]), np.array([[0.40, 0.45], [0.50, 0.55]])],
        biases=[np.array([0.35, 0.35]), np.array([0.60, 0.60])],
        inputs=np.array([[0.05, 0.10]]),
        targets=np.array([[0.01, 0.99]]),
        train_biases=False,
        learning_rate=0.5,
        epochs=10_000,
        batch_size=1,
    )  # fmt: skip


def xor() -> Problem:
    """2-4-1, the 4 samples of exclusive or as one batch, 5,000 epochs."""
    return _layered(
        2, 4, 1,
        inputs=np.array([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]]),
        targets=np.array([[0.0], [1.0], [1.0], [0.0]]),
        learning_rate=4.0,
        epochs=5_000,
        batch_size=4,
    )  # fmt: skip


def surface() -> Problem:
    """2-16-16-1 tanh, 100 samples of a smooth surface as one batch, 400 epochs."""
    inputs = np.random.default_rng(3).uniform(-1.0, 1.0, (100, 2))
    targets = np.sin(3 * inputs[:, :1]) * np.cos(2 * inputs[:, 1:]) / 2
    return _layered(
        2, 16, 16, 1,
        inputs=inputs,
        targets=targets,
        activation="tanh",
        learning_rate=0.1,
        epochs=400,
        batch_size=100,
    )  # fmt: skip


def digits(batch_size: int, data: tuple[Array, Array] | None = None) -> Problem:
    """64-30-10, 1,797 handwritten digits, one epoch."""
    inputs, targets = data or _digits()
    return _layered(
        64, 30, 10,
        inputs=inputs,
        targets=targets,
        learning_rate=0.5,
        epochs=1,
        batch_size=batch_size,
    )  # fmt: skip


def images(n_pixels: int = 784, n_samples: int = 3200) -> Problem:
    """784-100-10, 3,200 random images of 28 by 28, batches of 32, one epoch."""
    rng = np.random.default_rng(5)
    targets = _one_hot(rng.integers(0, 10, n_samples))
    return _layered(
        n_pixels, 100, 10,
        inputs=rng.random((n_samples, n_pixels)),
        targets=targets,
        learning_rate=0.1,
        epochs=1,
        batch_size=32,
    )  # fmt: skip


def irregular(
    n_samples: int,
    epochs: int,
    *,
    n: int = 500,
    n_in: int = 20,
    n_out: int = 10,
    n_connections: int = 10_000,
) -> Problem:
    """Return a deep network: connections from any neuron to any later one, outputs at the end."""
    rng = np.random.default_rng(0)
    pairs = {(int(rng.integers(0, min(post, n - n_out))), post) for post in range(n_in, n)}
    used = {pre for pre, _ in pairs}
    pairs |= {
        (pre, int(rng.integers(max(pre + 1, n_in), n)))
        for pre in range(n - n_out)
        if pre not in used
    }
    while len(pairs) < n_connections:
        pre, post = sorted(rng.integers(0, n, 2).tolist())
        if pre != post and post >= n_in and pre < n - n_out:
            pairs.add((pre, post))
    level = [0] * n
    for pre, post in sorted(pairs, key=lambda pair: pair[1]):
        level[post] = max(level[post], level[pre] + 1)
    level[n - n_out :] = [max(level) + 1] * n_out
    numbers = sorted(set(level))
    levels = [[f"n{name}" for name in range(n) if level[name] == number] for number in numbers]
    names = list(chain(*levels))
    place = {name: number for number, name in enumerate(names)}
    sources = [names[: place[of_level[0]]] for of_level in levels[1:]]
    connected = [
        np.zeros((len(of_level), len(before)), dtype=bool)
        for of_level, before in zip(levels[1:], sources, strict=True)
    ]
    row = {name: number for of_level in levels for number, name in enumerate(of_level)}
    block = {name: number for number, of_level in enumerate(levels[1:]) for name in of_level}
    for pre, post in pairs:
        connected[block[f"n{post}"]][row[f"n{post}"], place[f"n{pre}"]] = True
    return Problem(
        levels=levels,
        sources=sources,
        weights=[rng.normal(0, 20**-0.5, mask.shape) * mask for mask in connected],
        connected=connected,
        biases=[rng.normal(0, 0.5, len(of_level)) for of_level in levels[1:]],
        outputs=levels[-1],
        activations=["logistic"] * (len(levels) - 1),
        inputs=rng.random((n_samples, n_in)),
        targets=rng.random((n_samples, n_out)),
        learning_rate=0.1,
        epochs=epochs,
        batch_size=n_samples,
    )


#: What each work is, and its problem.
PROBLEMS: dict[str, tuple[str, Callable[[], Problem]]] = {
    "W1": ("Mazur 2-2-2, 1 sample, online", mazur),
    "W2": ("XOR 2-4-1, 4 samples, full batch", xor),
    "W3": ("2-16-16-1 tanh, 100 samples, full batch", surface),
    "W4": ("digits 64-30-10, batches of 10", lambda: digits(10)),
    "W4b": ("digits 64-30-10, online", lambda: digits(1)),
    "W5": ("784-100-10, batches of 32", images),
    "W7": ("DAG of 70 levels, 10,000 connections, 1 sample", lambda: irregular(1, 50)),
    "W7b": ("the same, 64 samples", lambda: irregular(64, 20)),
}

_FEW = {"n": 40, "n_in": 5, "n_out": 3, "n_connections": 200}

#: The same in small: enough to see whether two contenders compute the same.
SMALL_PROBLEMS: dict[str, Callable[[], Problem]] = {
    "W1": lambda: mazur().shortened(20),
    "W2": lambda: xor().shortened(20),
    "W3": lambda: surface().shortened(1),
    "W4": lambda: digits(10, _random_digits(13)),
    "W4b": lambda: digits(1, _random_digits(3)),
    "W5": lambda: images(12, 5),
    "W7": lambda: irregular(1, 3, **_FEW),
    "W7b": lambda: irregular(4, 2, **_FEW),
}
