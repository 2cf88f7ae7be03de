"""Minima: where many walkers end, which points lead to which, and the shape around a point."""

from collections.abc import Iterator
from concurrent.futures import Executor
from functools import cache
from typing import Any

import numpy as np
from networkx.utils import UnionFind
from numpy.typing import NDArray

from neurograph.checks import finite_number, not_negative, whole_number
from neurograph.combinations import CombineRule, StatedCombination
from neurograph.errors import InvalidTypeError, InvalidValueError
from neurograph.formulas import COMPLEX_STEP, Formula, Group
from neurograph.formulas.tree import Call, Choice, Node, Number
from neurograph.landscape.axes import (
    Array,
    Ground,
    Parameter,
    find_parameters,
    finite_array,
    generator,
    notes_on,
    set_of,
)
from neurograph.landscape.evaluator import Evaluator
from neurograph.landscape.terrain import Basins, LocalShape, LossSurface, Restarts
from neurograph.landscape.walks import Walkers, read_rates
from neurograph.network import Network
from neurograph.optimizers import get_optimizer

__all__ = ["at_point", "basins", "restarts"]

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

# Less curvature than this part of the largest, or than this at all, is none.
_ROUNDING, _NOTHING = 1e-9, 1e-12


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
    walkers = _walkers(ground, chosen, optimizer, learning_rate, steps)
    starts = generator(seed).uniform(lows, highs, (count, len(chosen)))
    stated = tolerance, loss_tolerance
    ends, losses, label, counts, places = _ends(
        walkers, starts, highs - lows, None, stated, executor
    )
    return Restarts(
        over=tuple(parameter.address for parameter in chosen),
        starts=starts,
        ends=ends,
        losses=losses,
        counts=counts,
        label=label,
        notes=notes_on(chosen),
        **places,
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
    ground, over = surface._from.ground, surface._from.over
    walkers = _walkers(ground, over, optimizer, learning_rate, steps)
    starts = np.stack(np.meshgrid(surface.x, surface.y), axis=-1).reshape(-1, 2)
    across, stated = np.ptp(starts, axis=0), (tolerance, loss_tolerance)
    _, _, label, counts, places = _ends(walkers, starts, across, surface.losses, stated, executor)
    return Basins(
        surface=surface,
        labels=label.reshape(surface.losses.shape),
        share=counts / len(starts),
        **places,
    )


def _walkers(
    ground: Ground, over: tuple[Parameter, ...], optimizer: Any, learning_rate: Any, steps: Any
) -> Walkers:
    """Return walkers with one optimiser, which go on to the last step."""
    optimizers, rates = (get_optimizer(optimizer),), read_rates(learning_rate, 1)
    return Walkers(ground, over, optimizers, rates, whole_number(steps, "steps"), 0.0)


def _ends(
    walkers: Walkers,
    starts: Array,
    across: Array,
    at_starts: Array | None,
    stated: tuple[Any, Any],
    executor: Executor | None,
) -> tuple[Array, Array, NDArray[np.int64], NDArray[np.int64], dict[str, Any]]:
    """Let walkers go, and look where they end.

    `across` is how far apart the starts lie in each parameter, `at_starts` the losses there,
    `stated` the tolerances.

    Returns
    -------
    at, losses, label, counts : ndarray
        As those of `Restarts`.
    places : dict
        The fields that `Restarts` and `Basins` have in common.
    """
    evaluator, near = walkers.evaluator, not_negative(stated[0], "tolerance")
    alike = _loss_tolerance(stated[1], evaluator.at(starts) if at_starts is None else at_starts)
    at, losses, moved = _walked(walkers, starts, executor)
    minima, kinds, label = _places(
        evaluator, at, losses, moved <= near, near=near, across=across, alike=alike
    )
    reached, reached_counts = _reached(losses, alike)
    places = {
        "minima": at[minima],
        "minimum_losses": losses[minima],
        "kinds": kinds,
        "tolerance": near,
        "reached": reached,
        "reached_counts": reached_counts,
        "loss_tolerance": alike,
    }
    return at, losses, label, np.bincount(label[label >= 0], minlength=len(minima)), places


def _walked(
    walkers: Walkers, starts: Array, executor: Executor | None
) -> tuple[Array, Array, Array]:
    """Return where walkers end, the losses there, and how far they last moved."""
    if executor is None:
        return walkers.ends(starts)
    groups = [starts[first : first + _TOGETHER] for first in range(0, len(starts), _TOGETHER)]
    waiting = [executor.submit(walkers.ends, group) for group in groups]
    ends, losses, moved = zip(*(future.result() for future in waiting), strict=True)
    return np.concatenate(ends), np.concatenate(losses), np.concatenate(moved)


def _loss_tolerance(stated: Any, at_starts: Array) -> float:
    """Return by how much losses may differ that are the same."""
    if stated is not None:
        return not_negative(stated, "loss_tolerance")
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
    evaluator: Evaluator,
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
    slopes = _slopes(evaluator, ends)
    with np.errstate(all="ignore"):
        level = (np.abs(slopes) * across).sum(axis=1) <= alike
    kinds = _kinds(evaluator, ends[lowest], slopes[lowest], level[lowest], _NEWTON * near)
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


def _slopes(evaluator: Evaluator, ends: Array) -> Array:
    """Return the gradient at each end; nan where there is none."""
    known = np.isfinite(ends).all(axis=1)
    slopes = np.full_like(ends, np.nan)
    slopes[known] = evaluator.gradients_at(ends[known])[1]
    return slopes


def _kinds(
    evaluator: Evaluator, points: Array, slopes: Array, level: NDArray[np.bool_], near: float
) -> list[str]:
    """Return which points are minima or saddles; nothing is said where that is too much work."""
    edges = np.full(len(points), "", dtype=object)
    edges[_at_edges(evaluator, points, slopes, near) & ~level] = "minimum"
    if points.shape[1] > _MOST_CURVED:
        return list(edges)
    kinds: list[str] = []
    n = max(1, _NUMBERS // points.shape[1] ** 2)
    for first in range(0, len(points), n):
        some = slice(first, first + n)
        kinds += stationary(slopes[some], hessians(evaluator, points[some]), near)
    return [kind or edge for kind, edge in zip(kinds, edges, strict=True)]


def _at_edges(evaluator: Evaluator, points: Array, slopes: Array, near: float) -> NDArray[np.bool_]:
    """Whether the loss rises again within a distance downhill: so it does across a low edge."""
    rises = np.zeros(len(points), dtype=bool)
    with np.errstate(all="ignore"):
        steep = np.sqrt(np.square(slopes).sum(axis=1))
        beyond = points - near * slopes / steep[:, None]
        known = np.isfinite(beyond).all(axis=1)
        if known.any():
            rise = evaluator.at(beyond[known]) - evaluator.at(points[known])
            rises[known] = rise > _RISE * near * steep[known]
    return rises


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
    groups = UnionFind(range(len(points)))
    order = np.argsort(points[:, 0], kind="stable")
    ordered = points[order]
    for apart in range(1, len(points)):
        near = ordered[apart:, 0] - ordered[:-apart, 0] <= tolerance
        if not near.any():
            break
        near &= (np.abs(ordered[apart:] - ordered[:-apart]) <= tolerance).all(axis=1)
        for place in np.flatnonzero(near):
            groups.union(int(order[place]), int(order[place + apart]))
    return np.array([groups[number] for number in range(len(points))])


def _bound(bound: Any, what: str, n: int) -> Array:
    if np.ndim(bound) == 0:
        return np.full(n, finite_number(bound, what))
    return finite_array(bound, what, (n,))


# -- the shape around a point -----------------------------------------------------------------


def at_point(
    net: Network,
    inputs: Any,
    targets: Any,
    over: Any = None,
    *,
    at: Any = None,
    tolerance: float = 1e-4,
) -> LocalShape:
    """Say what kind of place a point is, and compute its gradient, Hessian and eigenvalues.

    Parameters
    ----------
    net : Network
        It stays as it is.
    inputs, targets
        As for `Network.forward` and `Network.backward`.
    over : str or sequence of str, optional
        Addresses of weights and biases; by default all that are trainable.
    at : array-like of shape (n_over,), mapping or Network, optional
        Their values; by default those of the network.
    tolerance : float
        A place is a minimum, a maximum or a saddle if one is no further away in any parameter,
        and level if its gradient is no longer.

    Returns
    -------
    LocalShape

    Raises
    ------
    UnknownNameError, InvalidValueError, InvalidTypeError
        As for `descend`.

    Notes
    -----
    Each row of the Hessian is the complex-step derivative of the gradient, exact to rounding
    (Squire and Trapp, "Using complex variables to estimate derivatives of real functions", SIAM
    Review 40, 1998); it costs a pass for each parameter. Where two pieces of a piecewise formula
    meet, as at the kink of relu, there is no derivative; the notes name such neurons. Elsewhere
    the Hessian is that of the piece, and knows nothing of the kinks around it.

    Gradient descent on a quadratic grows where the learning rate is above 2 / lambda_max (LeCun,
    Bottou, Orr and Müller, "Efficient BackProp", 1998, section 5).

    Examples
    --------
    >>> import neurograph as ng
    >>> from neurograph.landscape import at_point
    >>> net = ng.Network.layered(2, 1, weights=0.0, activation="identity")
    >>> shape = at_point(net, [[1.0, 0.0], [0.0, 2.0]], [[1.0], [1.0]])
    >>> shape.hessian
    array([[0.5, 0. ],
           [0. , 2. ]])
    >>> shape.kind, shape.condition, shape.largest_stable_learning_rate
    ('slope', 4.0, 1.0)
    """
    ground = Ground.of(net, inputs, targets)
    chosen = find_parameters(net, ground, over)
    here = ground.values(chosen) if at is None else set_of(net, ground, chosen, at, "at")
    near = not_negative(tolerance, "tolerance")
    evaluator = Evaluator(ground, chosen)
    losses, (gradient,) = evaluator.gradients_at(here[None, :])
    (hessian,) = hessians(evaluator, here[None, :])
    values, vectors = np.linalg.eigh(hessian)
    sizes = np.abs(values)
    top = float(values[-1])
    return LocalShape(
        tuple(parameter.address for parameter in chosen),
        here,
        float(losses[0]),
        gradient.copy(),
        hessian,
        values[::-1].copy(),
        vectors.T[::-1].copy(),
        float(sizes.max() / sizes.min()) if sizes.min() > 0 else float("inf"),
        2 / top if top > 0 else float("inf"),
        _kind(gradient, hessian, near),
        (*notes_on(chosen), *_edges_at(evaluator, here)),
    )


def hessians(evaluator: Evaluator, points: Array) -> Array:
    """Return the Hessian at each point of shape (n_points, n_over)."""
    m, n = points.shape
    steps = points[:, None] + COMPLEX_STEP * 1j * np.eye(n)
    rows = evaluator.gradients_at(steps.reshape(m * n, n))[1].imag / COMPLEX_STEP
    curved = rows.reshape(m, n, n)
    return np.asarray((curved + curved.transpose(0, 2, 1)) / 2)


def stationary(gradients: Array, curved: Array, near: float) -> list[str]:
    """Return what kind of stationary point lies within a distance of each point.

    Parameters
    ----------
    gradients : ndarray of shape (n_points, n_over)
    curved : ndarray of shape (n_points, n_over, n_over)
        Hessians.
    near : float

    Returns
    -------
    list of {"minimum", "maximum", "saddle", ""}
        Nothing where there is none, or where it is not a single point: where the ground does not
        curve in every direction.
    """
    values, vectors = np.linalg.eigh(curved)
    sizes = np.abs(values)
    regular = sizes.min(axis=1) > np.maximum(_ROUNDING * sizes.max(axis=1), _NOTHING)
    along = np.einsum("pnk,pn->pk", vectors, gradients)
    with np.errstate(all="ignore"):
        # To where the quadratic with this gradient and Hessian is level.
        away = np.abs(np.einsum("pnk,pk->pn", vectors, along / values)).max(axis=1)
    kinds = np.where(values[:, 0] > 0, "minimum", np.where(values[:, -1] < 0, "maximum", "saddle"))
    return [str(kind) for kind in np.where(regular & (away <= near), kinds, "")]


def _kind(gradient: Array, hessian: Array, near: float) -> str:
    """Return what kind of place a point is."""
    (kind,) = stationary(gradient[None], hessian[None], near)
    if kind or np.linalg.norm(gradient) > near:
        return kind or "slope"
    return "saddle" if np.linalg.eigvalsh(hessian)[0] < -near else "plateau"


def _edges_at(evaluator: Evaluator, at: Array) -> Iterator[str]:
    """Yield where a piecewise formula is between two of its pieces, and so has no derivative."""
    structure, loss = evaluator.ground.structure, evaluator.ground.round.loss
    # Towards a direction in which every parameter moves: what does not move has no edge to cross.
    direction = np.sqrt(np.arange(2.0, len(at) + 2.0))
    point = at + COMPLEX_STEP * 1j * direction
    nets, outs = evaluator.nets_and_outs(point)
    parameters = evaluator.whole_sets(point[None, :])[0]
    for row in range(structure.levels[0].stop, len(structure.names)):
        slots = structure.links_into(row)
        yield from _edges_of_rule(
            structure.combinations[row],
            Group(parameters[slot] * outs[structure.positions[pre]] for slot, pre in slots),
            structure.senders_to(row),
            f"{structure.combinations[row].name} of {structure.names[row]!r}",
        )
        activation = structure.activations[row]
        place = structure.positions[row]
        what = f"{activation.name} of {structure.names[row]!r}"
        yield from _edge(activation.formula, {"net": nets[place]}, what)
    for row, target in zip(structure.outputs, evaluator.ground.targets, strict=True):
        operands = {
            "target": target,
            "out": outs[structure.positions[row]],
            "n": float(len(structure.outputs)),
        }
        yield from _edge(loss.formula, operands, f"{loss.name} of {structure.names[row]!r}")


def _edges_of_rule(
    rule: CombineRule, messages: Group, senders: list[str], what: str
) -> Iterator[str]:
    """Yield where it counts which of equal messages comes first, as a maximum has it.

    And where a formula is between two of its pieces.
    """
    if isinstance(rule, StatedCombination):
        yield from _edge(rule.formula, rule.operands(messages, senders), what)
    elif _differences(rule.slope):
        n = float(len(messages))
        first, last = (
            np.imag(rule.formula(message=Group(order), n=n)) for order in (messages, messages[::-1])
        )
        yield from _met(~np.isclose(first, last, rtol=1e-9, atol=0.0), what)


def _edge(formula: Formula, operands: dict[str, Any], what: str) -> Iterator[str]:
    met = np.zeros(operands[max(operands, key=lambda name: np.size(operands[name]))].shape, bool)
    for difference in _differences(formula):
        value = difference(**{name: operands[name] for name in difference.variables})
        met |= (np.real(value) == 0) & (np.imag(value) != 0)
    yield from _met(met, what)


def _met(met: Array, what: str) -> Iterator[str]:
    if met.any():
        yield (
            f"{what} is where two of its pieces meet, in {int(met.sum())} of {len(met)} samples:"
            f" there is no derivative, and gradient and Hessian are those of one side"
        )


@cache
def _differences(formula: Formula) -> tuple[Formula, ...]:
    """Return what is 0 where two pieces of a formula meet."""
    differences: list[Formula] = []

    def look(node: Node) -> None:
        parts: tuple[Node, ...] = ()
        if isinstance(node, Choice):
            parts = (node.left, node.right, node.yes, node.no)
            differences.append(_minus(node.left, node.right))
        elif isinstance(node, Call):
            parts = node.arguments
            if node.name in ("max", "min"):
                differences.append(_minus(*parts))
            elif node.name in ("abs", "sign"):
                differences.append(_minus(parts[0], Number(0.0)))
            elif node.name == "floor":
                differences.append(_minus(parts[0], node))
        for part in parts:
            look(part)

    def _minus(left: Node, right: Node) -> Formula:
        return Formula._of(Call("-", (left, right)), frozenset(formula.variables))

    look(formula.tree)
    return tuple(differences)
