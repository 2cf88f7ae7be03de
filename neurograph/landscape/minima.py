"""Minima: where many walkers end, and which points lead to which."""

from concurrent.futures import Executor
from typing import Any

import numpy as np
from numpy.typing import NDArray

from neurograph.elements import finite_number, whole_number
from neurograph.errors import InvalidTypeError, InvalidValueError
from neurograph.landscape.descent import Walk, read_rates, read_tolerance
from neurograph.landscape.directions import generator
from neurograph.landscape.evaluation import Losses, gradients_everywhere
from neurograph.landscape.ground import Array, Ground, find_parameters, finite_array, notes_on
from neurograph.landscape.local import hessians, stationary
from neurograph.landscape.results import Basins, LossSurface, Restarts
from neurograph.network import Network
from neurograph.optimizers import get_optimizer

__all__ = ["basins", "restarts"]

# So many walkers are one piece of work for an executor.
_TOGETHER = 1024

# Of the median loss of the starts: losses no further apart are the same.
_SAME_LOSS = 0.01

# In tolerances: so near is the minimum at which a walker has settled.
_NEWTON = 10.0

# Of what the slope would make of it: the loss rises by more across an edge.
_RISE = 0.01

# With more parameters it is not asked how the ground curves: a Hessian has their number squared.
_MOST_CURVED = 1000
_NUMBERS = 1 << 20


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
    loss_tolerance: float | None = None,
    executor: Executor | None = None,
) -> Restarts:
    """Drop many walkers at random, let each go downhill, and count where they end.

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
        A walker has settled at a minimum if, in the last tenth of its steps, it moved no parameter
        by more, and the minimum is near. Ends no further apart in any parameter, or linked by
        others that are not, are one minimum.
    loss_tolerance : float, optional
        Losses that differ by no more are the same; by default a hundredth of the median loss of
        the starts. A walker has settled on a plateau if the slope where it ends, kept up over all
        the starts, would change the loss by no more; ends on plateaus with the same loss are one
        plateau.
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
    With more than 1,000 parameters it is not asked how the ground curves: what is level is a
    plateau.

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
    alike = _loss_tolerance(loss_tolerance, Losses(ground, chosen).at(starts))
    ends, losses, moved = _walked(walk, starts, executor)
    minima, kinds, label = _places(
        walk, ends, losses, moved <= reach, near=reach, across=highs - lows, alike=alike
    )
    reached, reached_counts = _reached(losses, alike)
    return Restarts(
        over=tuple(one.address for one in chosen),
        starts=starts,
        ends=ends,
        losses=losses,
        minima=ends[minima],
        minimum_losses=losses[minima],
        counts=np.bincount(label[label >= 0], minlength=len(minima)),
        kinds=kinds,
        label=label,
        tolerance=reach,
        reached=reached,
        reached_counts=reached_counts,
        loss_tolerance=alike,
        notes=notes_on(chosen),
    )


def basins(
    surface: LossSurface,
    *,
    optimizer: Any = "gradient_descent",
    learning_rate: float = 0.5,
    steps: int = 1000,
    tolerance: float = 0.01,
    loss_tolerance: float | None = None,
    executor: Executor | None = None,
) -> Basins:
    """Find for every point of a surface where a walker from there ends.

    Parameters
    ----------
    surface : LossSurface
        From `loss_surface`. Walkers may leave the part of it that was computed.
    optimizer, learning_rate, steps, tolerance, loss_tolerance, executor
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
    alike = _loss_tolerance(loss_tolerance, surface.losses)
    ends, losses, moved = _walked(walk, starts, executor)
    minima, kinds, label = _places(
        walk, ends, losses, moved <= reach, near=reach, across=np.ptp(starts, axis=0), alike=alike
    )
    reached, reached_counts = _reached(losses, alike)
    return Basins(
        surface=surface,
        minima=ends[minima],
        minimum_losses=losses[minima],
        labels=label.reshape(surface.losses.shape),
        share=np.bincount(label[label >= 0], minlength=len(minima)) / len(starts),
        kinds=kinds,
        tolerance=reach,
        reached=reached,
        reached_counts=reached_counts,
        loss_tolerance=alike,
    )


def _walked(walk: Walk, starts: Array, executor: Executor | None) -> tuple[Array, Array, Array]:
    """Return where walkers end, the losses there, and how far they last moved."""
    if executor is None:
        return walk.ends(starts)
    groups = [starts[first : first + _TOGETHER] for first in range(0, len(starts), _TOGETHER)]
    waiting = [executor.submit(walk.ends, group) for group in groups]
    ends, losses, moved = zip(*(one.result() for one in waiting), strict=True)
    return np.concatenate(ends), np.concatenate(losses), np.concatenate(moved)


def _loss_tolerance(stated: Any, at_starts: Array) -> float:
    """Return by how much losses may differ that are the same."""
    if stated is not None:
        return read_tolerance(stated, "loss_tolerance")
    known = at_starts[np.isfinite(at_starts)]
    return _SAME_LOSS * abs(float(np.median(known))) if known.size else 0.0


def _reached(losses: Array, alike: float) -> tuple[Array, NDArray[np.int64]]:
    """Return the losses that walkers reached, the same ones as one, and how many reached each."""
    known = np.sort(losses[np.isfinite(losses)])
    group = _by_loss(known, alike)
    _, lowest, counts = np.unique(group, return_index=True, return_counts=True)
    return known[lowest], counts


def _by_loss(losses: Array, alike: float) -> NDArray[np.int64]:
    """Return for each of some losses, the lowest first, the number of its group."""
    group = np.zeros(len(losses), dtype=np.int64)
    number, first = -1, -np.inf
    for place, loss in enumerate(losses.tolist()):
        if loss > first + alike:
            number, first = number + 1, loss
        group[place] = number
    return group


def _places(
    walk: Walk,
    ends: Array,
    losses: Array,
    settled: NDArray[np.bool_],
    *,
    near: float,
    across: Array,
    alike: float,
) -> tuple[NDArray[np.intp], tuple[str, ...], NDArray[np.int64]]:
    """Return where walkers end, what kind of place each is, and which place each walker reached.

    `across` is how far apart the starts lie in each parameter.
    """
    lowest, label = merged(ends, losses, settled, near)
    slopes = _slopes(walk, ends)
    with np.errstate(all="ignore"):
        level = (np.abs(slopes) * across).sum(axis=1) <= alike
    kinds = _kinds(walk, ends[lowest], slopes[lowest], level[lowest], _NEWTON * near)
    single = np.array([bool(kind) for kind in kinds], dtype=bool)
    label = np.where(np.append(single, False)[label], label, -1)
    at = np.flatnonzero((label < 0) & level & np.isfinite(losses))
    at = at[np.argsort(losses[at], kind="stable")]
    label[at] = len(lowest) + _by_loss(losses[at], alike)
    # Numbered anew: the lowest first.
    ranked = np.lexsort((losses, label))
    ranked = ranked[label[ranked] >= 0]
    groups, first = np.unique(label[ranked], return_index=True)
    minima = ranked[first]
    order = np.lexsort((minima, losses[minima]))
    number = np.full(len(lowest) + len(at) + 1, -1)
    number[groups[order]] = np.arange(len(groups))
    named = [*kinds, *["plateau"] * len(at)]
    return minima[order], tuple(named[group] for group in groups[order]), number[label]


def _slopes(walk: Walk, ends: Array) -> Array:
    """Return the gradient at each end; nan where there is none."""
    known = np.isfinite(ends).all(axis=1)
    slopes = np.full_like(ends, np.nan)
    slopes[known] = gradients_everywhere(walk.ground, walk.over, ends[known].T)[1].T
    return slopes


def _kinds(
    walk: Walk, points: Array, slopes: Array, level: NDArray[np.bool_], near: float
) -> list[str]:
    """Return which points are minima or saddles; nothing is said where that is too much work."""
    edges = np.full(len(points), "", dtype=object)
    edges[_at_edges(walk, points, slopes, near) & ~level] = "minimum"
    if points.shape[1] > _MOST_CURVED:
        return list(edges)
    kinds: list[str] = []
    n = max(1, _NUMBERS // points.shape[1] ** 2)
    for first in range(0, len(points), n):
        some = slice(first, first + n)
        kinds += stationary(slopes[some], hessians(walk.ground, walk.over, points[some]), near)
    return [kind or edge for kind, edge in zip(kinds, edges, strict=True)]


def _at_edges(walk: Walk, points: Array, slopes: Array, near: float) -> NDArray[np.bool_]:
    """Whether the loss rises again within a distance downhill: so it does across a low edge."""
    losses = Losses(walk.ground, walk.over)
    found = np.zeros(len(points), dtype=bool)
    with np.errstate(all="ignore"):
        steep = np.sqrt(np.square(slopes).sum(axis=1))
        beyond = points - near * slopes / steep[:, None]
        known = np.isfinite(beyond).all(axis=1)
        if known.any():
            rise = losses.at(beyond[known]) - losses.at(points[known])
            found[known] = rise > _RISE * near * steep[known]
    return found


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
