"""Surfaces, planes and descents beside NumPy written by hand.

Both sides start from a network and samples that are at hand, and end with the losses, or with the
places that the walkers reached.
"""

from collections.abc import Callable
from functools import partial
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

import neurograph as ng
from neurograph.landscape import LossSurface, basins, loss_plane, loss_surface

from .by_hand import logistic
from .contenders import Neurograph
from .problems import Problem, digits, mazur
from .timing import Ratio, Row, ratios_of, seconds_of

__all__ = ["LANDSCAPES"]

Array = NDArray[np.float64]

# A run of seconds says as much in a few rounds.
_ROUNDS_OF_SLOW = 3


# -- W6a -----------------------------------------------------------------------------------------


def stacked_surface(problem: Problem, x: Array, y: Array) -> Array:
    """Return the loss of Mazur's network over (w5, w6), as people write it.

    The matrices of all points are stacked, and multiplied as one batch.
    """
    across, up = np.meshgrid(x, y)
    (w1, w2), (b1, b2) = problem.weights, problem.biases
    first = np.broadcast_to(w1.T, (across.size, *w1.T.shape))
    second = np.empty((across.size, *w2.T.shape))
    second[:, 0, 0], second[:, 1, 0], second[:, :, 1] = across.ravel(), up.ravel(), w2[1]
    out = logistic(logistic(problem.inputs @ first + b1) @ second + b2)
    return (0.5 * (problem.targets - out) ** 2).sum(axis=-1).reshape(across.shape)


def surface_of(net: ng.Network, problem: Problem, x: Array, y: Array) -> LossSurface:
    """Return the same from the objects."""
    (h1, h2), (o1, _) = problem.levels[1:]
    return loss_surface(net, problem.inputs, problem.targets, (h1, o1), (h2, o1), x=x, y=y)


def time_of_surface(rounds: int, size: int = 200) -> Row:
    """Measure the loss of Mazur's network on a grid over two weights."""
    problem = mazur()
    axis = np.linspace(-5, 5, size)
    ours = partial(surface_of, problem.graph(ng.Network), problem, axis, axis)
    theirs = partial(stacked_surface, problem, axis, axis)
    return _row(
        "W6a",
        f"loss of Mazur 2-2-2 over (w5, w6), {size} × {size}",
        "NumPy, stacked weights",
        ours,
        theirs,
        rounds,
        0.045,
        _difference(ours().losses, theirs()),
    )


# -- W6b -----------------------------------------------------------------------------------------


def plane_by_hand(
    problem: Problem, w: list[Array], u: list[Array], v: list[Array], x: Array, y: Array
) -> Array:
    """Return the loss of the digits network on a plane, one point after the other.

    `w`, `u` and `v` hold the two matrices and the two vectors of biases.
    """
    losses = np.empty((len(y), len(x)))
    for row, up in enumerate(y):
        for column, across in enumerate(x):
            w1, w2, b1, b2 = (a + across * b + up * c for a, b, c in zip(w, u, v, strict=True))
            hidden = logistic(problem.inputs @ w1.T + b1)
            out = logistic(hidden @ w2.T + b2)
            error = out - problem.targets
            losses[row, column] = 0.5 * np.sum(error**2) / len(error)
    return losses


def time_of_plane(rounds: int, size: int = 31) -> Row:
    """Measure the loss of the digits network on a plane through all its parameters."""
    problem = digits(10)
    net = problem.graph(ng.Network)
    plane = loss_plane(net, problem.inputs, problem.targets, points=2)

    def arrays(values: Array) -> list[Array]:
        named = dict(zip(plane.parameters, values.tolist(), strict=True))
        return [
            *(
                np.array([[named[f"{pre}->{post}.weight"] for pre in before] for post in after])
                for before, after in pairwise(problem.levels)
            ),
            *(np.array([named[f"{name}.bias"] for name in level]) for level in problem.levels[1:]),
        ]

    axis = np.linspace(-1, 1, size)
    by_hand = partial(
        plane_by_hand, problem, *map(arrays, (plane.origin, *plane.directions)), axis, axis
    )
    ours = partial(loss_plane, net, problem.inputs, problem.targets, span=(-1, 1), points=size)
    return _row(
        "W6b",
        f"plane of digits 64-30-10, {len(problem.inputs):,} samples, {size} × {size}",
        "NumPy, point by point",
        ours,
        by_hand,
        min(rounds, _ROUNDS_OF_SLOW),
        0.35,
        _difference(ours().losses, by_hand()),
    )


# -- descents ------------------------------------------------------------------------------------


def gradient_by_hand(problem: Problem, w5: Array, w6: Array) -> tuple[Array, Array, Array]:
    """Return loss and gradient of Mazur's network at many (w5, w6), vectorised."""
    hidden = logistic(problem.weights[0] @ problem.inputs[0] + problem.biases[0])
    other = logistic(problem.weights[1][1] @ hidden + problem.biases[1][1])
    target, other_target = problem.targets[0]
    out = logistic(w5 * hidden[0] + w6 * hidden[1] + problem.biases[1][0])
    error = out - target
    loss = 0.5 * error**2 + 0.5 * (other - other_target) ** 2
    delta = error * out * (1 - out)
    return loss, delta * hidden[0], delta * hidden[1]


def descents_by_hand(problem: Problem, axis: Array, steps: int) -> tuple[Array, Array]:
    """Walk downhill from every point of a grid; return where the walkers end."""
    w5, w6 = (grid.ravel() for grid in np.meshgrid(axis, axis))
    for _ in range(steps):
        _, of_w5, of_w6 = gradient_by_hand(problem, w5, w6)
        w5, w6 = w5 - 0.5 * of_w5, w6 - 0.5 * of_w6
    return w5, w6


def evaluations_by_hand(problem: Problem, axis: Array, steps: int) -> None:
    """Evaluate the gradient at every point of a grid, as often as there are steps."""
    w5, w6 = (grid.ravel() for grid in np.meshgrid(axis, axis))
    for _ in range(steps):
        gradient_by_hand(problem, w5, w6)


def time_of_descents(rounds: int, size: int = 100, steps: int = 200) -> Row:
    """Measure descents from every point of a surface, beside evaluations of the gradient."""
    problem = mazur()
    axis = np.linspace(-4, 4, size)
    surface = surface_of(problem.graph(ng.Network), problem, axis, axis)
    walk = partial(basins, surface, learning_rate=0.5, steps=steps, tolerance=1e9)
    (end,) = walk().minima
    ends = np.stack(descents_by_hand(problem, axis, steps), axis=1)
    return _row(
        "W6d",
        f"{size * size:,} descents of {steps} steps over (w5, w6)",
        f"{steps} NumPy gradients of the grid",
        walk,
        partial(evaluations_by_hand, problem, axis, steps),
        rounds,
        3.0,
        "" if np.abs(ends - end).max(axis=1).min() < 1e-9 else "differs: where walkers end",
    )


def _difference(ours: Array, theirs: Array) -> str:
    if np.allclose(ours, theirs, rtol=1e-12, atol=0):
        return ""
    return f"differs: losses by {np.abs(ours / theirs - 1).max():.2g}"


def _row(
    work: str,
    title: str,
    against: str,
    ours: Callable[[], object],
    theirs: Callable[[], object],
    rounds: int,
    goal: float,
    difference: str,
) -> Row:
    seconds, ratio = ratios_of(partial(seconds_of, ours), partial(seconds_of, theirs), rounds)
    results: dict[str, Ratio | str] = {Neurograph.name: difference or ratio}
    return Row(work, title, against, seconds * 1e3, "ms", results, {Neurograph.name: goal})


#: How to measure each, given a number of rounds.
LANDSCAPES: dict[str, Callable[[int], Row]] = {
    "W6a": time_of_surface,
    "W6b": time_of_plane,
    "W6d": time_of_descents,
}
