"""Minima: where many walkers end, and which points lead to which."""

from concurrent.futures import Executor
from typing import Any

import numpy as np
from numpy.typing import NDArray

from neurograph.elements import finite_number, whole_number
from neurograph.errors import InvalidTypeError, InvalidValueError
from neurograph.landscape.descent import Walk, read_rates, read_tolerance
from neurograph.landscape.directions import generator
from neurograph.landscape.ground import Array, Ground, find_parameters, finite_array, notes_on
from neurograph.landscape.results import Basins, LossSurface, Restarts
from neurograph.network import Network
from neurograph.optimizers import get_optimizer

__all__ = ["basins", "restarts"]

# So many walkers are one piece of work for an executor.
_TOGETHER = 1024


def restarts(
    net: Network,
    inputs: Any,
    targets: Any,
    *,
    over: Any = None,
    n: int = 100,
    seed: int | np.random.Generator = 0,
    low: Any = -3.0,
    high: Any = 3.0,
    optimizer: Any = "gradient_descent",
    learning_rate: float = 0.5,
    steps: int = 1000,
    tolerance: float = 0.01,
    executor: Executor | None = None,
) -> Restarts:
    """Drop many walkers at random, let each go downhill, and count the minima they reach.

    Parameters
    ----------
    net : Network
        It stays as it is.
    inputs, targets
        As for `Network.forward` and `Network.backward`.
    over : str or sequence of str, optional
        Addresses of the weights and biases that move; by default all that are trainable.
    n : int
        How many walkers.
    seed : int or Generator
        Of the random starts.
    low, high : float or array-like of shape (n_over,)
        Starts are drawn evenly between them.
    optimizer : str or Optimizer
    learning_rate : float
    steps : int
    tolerance : float
        A walker has settled if, in the last tenth of its steps, it moved no parameter by more.
        Ends no further apart in any parameter, or linked by others that are not, are one minimum.
    executor : concurrent.futures.Executor, optional
        Who computes: a process pool, or the executor of a Dask or MPI cluster.

    Returns
    -------
    Restarts

    Raises
    ------
    UnknownNameError, InvalidValueError, InvalidTypeError
        As for `descend`, or if n, low, high or the executor cannot be used.

    Notes
    -----
    What a walker does depends on no other walker, so the result depends neither on the executor
    nor on how many workers it has, as long as their processors compute alike.

    Examples
    --------
    >>> import neurograph as ng
    >>> from neurograph.landscape import restarts
    >>> net = ng.Network.layered(1, 1, weights=0.0, activation="identity")
    >>> found = restarts(net, [1.0], [1.0], n=20, seed=1, steps=100)
    >>> found.minima.round(6), found.counts
    (array([[1.]]), array([20]))
    """
    ground = Ground.of(net, inputs, targets)
    chosen = tuple(find_parameters(net, ground, over))
    count = whole_number(n, "n")
    lows, highs = _bound(low, "low", len(chosen)), _bound(high, "high", len(chosen))
    if not (lows < highs).all():
        raise InvalidValueError(f"low must be less than high, not {low} and {high}")
    if executor is not None and not hasattr(executor, "submit"):
        raise InvalidTypeError(
            f"executor must be a concurrent.futures executor, such as ProcessPoolExecutor(), not"
            f" {executor!r}"
        )
    reach = read_tolerance(tolerance)
    walk = Walk(ground, chosen, (get_optimizer(optimizer),), read_rates(learning_rate, 1),
                whole_number(steps, "steps"), 0.0)  # fmt: skip
    starts = generator(seed).uniform(lows, highs, (count, len(chosen)))
    ends, losses, moved = _walked(walk, starts, executor)
    minima, label = merged(ends, losses, moved <= reach, reach)
    return Restarts(
        tuple(one.address for one in chosen),
        starts,
        ends,
        losses,
        ends[minima],
        losses[minima],
        np.bincount(label[label >= 0], minlength=len(minima)),
        label,
        reach,
        notes_on(chosen),
    )


def basins(
    surface: LossSurface,
    *,
    optimizer: Any = "gradient_descent",
    learning_rate: float = 0.5,
    steps: int = 1000,
    tolerance: float = 0.01,
    executor: Executor | None = None,
) -> Basins:
    """Find for every point of a surface the minimum that a walker from there reaches.

    Parameters
    ----------
    surface : LossSurface
        From `loss_surface`. Walkers may leave the part of it that was computed.
    optimizer, learning_rate, steps, tolerance, executor
        As for `restarts`.

    Returns
    -------
    Basins

    Raises
    ------
    UnknownNameError, InvalidValueError, InvalidTypeError
        As for `restarts`, or if the surface is none that `loss_surface` made.

    Examples
    --------
    >>> import neurograph as ng
    >>> from neurograph.landscape import basins, loss_surface
    >>> net = ng.Network.layered(1, 1, weights=0.5, bias=0.0, activation="sin")
    >>> surface = loss_surface(net, [[1.0], [-1.0]], [[0.5], [-0.5]], "w1", "o1.bias",
    ...                        span=(-4, 4), points=9)
    >>> basins(surface, learning_rate=0.5, steps=500).labels.shape
    (9, 9)
    """
    if not isinstance(surface, LossSurface) or surface._from is None:
        raise InvalidTypeError(
            f"basins are those of a surface that loss_surface made, not of {surface!r}"
        )
    reach = read_tolerance(tolerance)
    walk = Walk(surface._from.ground, surface._from.over, (get_optimizer(optimizer),),
                read_rates(learning_rate, 1), whole_number(steps, "steps"), 0.0)  # fmt: skip
    starts = np.stack(np.meshgrid(surface.x, surface.y), axis=-1).reshape(-1, 2)
    ends, losses, moved = _walked(walk, starts, executor)
    minima, label = merged(ends, losses, moved <= reach, reach)
    counts = np.bincount(label[label >= 0], minlength=len(minima))
    return Basins(
        surface,
        ends[minima],
        losses[minima],
        label.reshape(surface.losses.shape),
        counts / len(starts),
        reach,
    )


def _walked(walk: Walk, starts: Array, executor: Executor | None) -> tuple[Array, Array, Array]:
    """Return where walkers end, the losses there, and how far they last moved."""
    if executor is None:
        return walk.ends(starts)
    groups = [starts[first : first + _TOGETHER] for first in range(0, len(starts), _TOGETHER)]
    waiting = [executor.submit(walk.ends, group) for group in groups]
    ends, losses, moved = zip(*(one.result() for one in waiting), strict=True)
    return np.concatenate(ends), np.concatenate(losses), np.concatenate(moved)


def merged(
    ends: Array, losses: Array, settled: NDArray[np.bool_], tolerance: float
) -> tuple[NDArray[np.intp], NDArray[np.int64]]:
    """Group ends that are one minimum.

    Returns
    -------
    minima : ndarray of int, shape (k,)
        The lowest end of each group; the lowest group first.
    label : ndarray of int, shape (n,)
        Number of the group of each end; -1 for one that is not settled.
    """
    label = np.full(len(ends), -1)
    at = np.flatnonzero(settled & np.isfinite(losses) & np.isfinite(ends).all(axis=1))
    if not len(at):
        return at, label
    # Cells of half the tolerance: their members are one minimum for sure.
    keys = np.rint(ends[at] / (tolerance / 2)) if tolerance > 0 else ends[at]
    _, first, cell = np.unique(keys, axis=0, return_index=True, return_inverse=True)
    group = _linked(ends[at[first]], tolerance)[cell.reshape(-1)]
    order = np.lexsort((at, losses[at]))
    _, lowest = np.unique(group[order], return_index=True)
    lowest = np.sort(lowest)
    minima = at[order[lowest]]
    number = np.empty(group.max() + 1, dtype=np.int64)
    number[group[order[lowest]]] = np.arange(len(lowest))
    label[at] = number[group]
    return minima, label


def _linked(points: Array, tolerance: float) -> NDArray[np.intp]:
    """Return for each point the number of its group: points within the tolerance are linked."""
    parent = np.arange(len(points))

    def root(one: int) -> int:
        while parent[one] != one:
            parent[one] = parent[parent[one]]
            one = parent[one]
        return one

    order = np.argsort(points[:, 0], kind="stable")
    ordered = points[order]
    for apart in range(1, len(points)):
        near = ordered[apart:, 0] - ordered[:-apart, 0] <= tolerance
        if not near.any():
            break
        near &= (np.abs(ordered[apart:] - ordered[:-apart]) <= tolerance).all(axis=1)
        for one in np.flatnonzero(near).tolist():
            a, b = root(order[one]), root(order[one + apart])
            parent[max(a, b)] = min(a, b)
    return np.array([root(one) for one in range(len(points))])


def _bound(given: Any, what: str, n: int) -> Array:
    if np.ndim(given) == 0:
        return np.full(n, finite_number(given, what))
    return finite_array(given, what, (n,))
