"""What the functions of the landscape return: plain data, with the numbers as arrays."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, fields
from typing import Any

import numpy as np
from numpy.typing import NDArray

from neurograph.landscape.ground import Array, Ground, Parameter
from neurograph.spelling import digits_apart

__all__ = [
    "Basins",
    "DescentPath",
    "LocalShape",
    "LossCurve",
    "LossSurface",
    "Restarts",
    "Result",
    "kinds_counted",
    "written",
]

_PLURALS = {
    "minimum": "minima", "maximum": "maxima", "saddle": "saddles", "plateau": "plateaus",
}  # fmt: skip

# How many places, or losses, are told.
_TOLD = 4


@dataclass(frozen=True)
class Origin:
    """Where a result comes from: what is needed to compute more of the same."""

    ground: Ground
    over: tuple[Parameter, ...]


class Result:
    """What all results can do."""

    def to_dict(self) -> dict[str, Any]:
        """Return plain numbers, text and lists, as JSON can hold them, by the names of the fields.

        Returns
        -------
        dict

        Examples
        --------
        >>> import neurograph as ng
        >>> from neurograph.landscape import loss_curve
        >>> net = ng.Network.layered(1, 1, weights=0.5, activation="identity")
        >>> loss_curve(net, [1.0], [1.0], "w1", [0.0, 1.0]).to_dict()["losses"]
        [0.5, 0.0]
        """
        return {
            one.name: _plain(getattr(self, one.name))
            for one in fields(self)  # type: ignore[arg-type]  # every subclass is a dataclass
            if not one.name.startswith("_")
        }


@dataclass(frozen=True, repr=False, eq=False)
class LossCurve(Result):
    """The loss along one weight or bias, or along a line: all else is as in the network.

    Attributes
    ----------
    over : str
        The address of what varies.
    values : ndarray of shape (n,)
    losses : ndarray of shape (n,)
    here : float
        The value that it has in the network.
    loss_here : float
    notes : tuple of str
        What is to be said of it, such as that the weight is frozen.
    """

    over: str
    values: Array
    losses: Array
    here: float
    loss_here: float
    notes: tuple[str, ...] = ()
    _from: Origin | None = field(default=None, repr=False)

    def __repr__(self) -> str:
        return (
            f"LossCurve({self.over} from {_range(self.values)} in {len(self.values)} points:"
            f" loss {_range(self.losses)}; here {self.here:.6g}, loss {self.loss_here:.6g})"
        )


@dataclass(frozen=True, repr=False, eq=False)
class LossSurface(Result):
    """The loss over two weights or biases: all else is as in the network.

    Attributes
    ----------
    over : tuple of two str
        The addresses of what varies along x and along y.
    x : ndarray of shape (nx,)
    y : ndarray of shape (ny,)
    losses : ndarray of shape (ny, nx)
        ``losses[k, i]`` is the loss at ``x[i], y[k]``.
    here : tuple of two float
        The values that the two have in the network.
    loss_here : float
    notes : tuple of str
        What is to be said of it, such as that a weight is frozen.
    """

    over: tuple[str, str]
    x: Array
    y: Array
    losses: Array
    here: tuple[float, float]
    loss_here: float
    notes: tuple[str, ...] = ()
    _from: Origin | None = field(default=None, repr=False)

    def __repr__(self) -> str:
        return (
            f"LossSurface({self.over[0]} from {_range(self.x)} x {self.over[1]} from"
            f" {_range(self.y)} in {len(self.x)} x {len(self.y)} points: loss"
            f" {_range(self.losses)}; here ({self.here[0]:.6g}, {self.here[1]:.6g}), loss"
            f" {self.loss_here:.6g})"
        )


@dataclass(frozen=True, repr=False, eq=False)
class DescentPath(Result):
    """Where a walker went: parameters, loss and gradient before each step and after the last.

    Attributes
    ----------
    over : tuple of str
        Addresses of the parameters that moved; all others stayed as in the network.
    parameters : ndarray of shape (n_steps + 1, n_over)
        The start first.
    losses : ndarray of shape (n_steps + 1,)
    gradients : ndarray of shape (n_steps + 1, n_over)
        The gradient of the loss at each of these points.
    optimizer : str
    learning_rate : float
    status : {"finished", "converged", "diverged"}
        ``"converged"``: the gradient came down to the tolerance before the steps were used up.
        ``"diverged"``: the loss or a parameter became infinite or nan, and the path ends before
        that; or the path ends at its highest loss, above its start. Otherwise ``"finished"``.
    notes : tuple of str
    """

    over: tuple[str, ...]
    parameters: Array
    losses: Array
    gradients: Array
    optimizer: str
    learning_rate: float
    status: str
    notes: tuple[str, ...] = ()
    _from: Origin | None = field(default=None, repr=False)

    @property
    def n_steps(self) -> int:
        """How many steps the walker made.

        Examples
        --------
        >>> import neurograph as ng
        >>> from neurograph.landscape import descend
        >>> net = ng.Network.layered(1, 1, weights=0.5, activation="identity")
        >>> descend(net, [1.0], [1.0], over="w1", learning_rate=0.1, steps=3).n_steps
        3
        """
        return len(self.losses) - 1

    def __repr__(self) -> str:
        steps = f"{self.n_steps} step{'s'[: self.n_steps != 1]}"
        return (
            f"DescentPath({_names(self.over)}, {self.optimizer} at rate {self.learning_rate:g},"
            f" {steps}, {self.status}: loss {written(self.losses[[0, -1]], ' -> ')})"
        )


@dataclass(frozen=True, repr=False, eq=False)
class Restarts(Result):
    """Many descents from random starts, and where they end.

    Attributes
    ----------
    over : tuple of str
        Addresses of the parameters that moved.
    starts, ends : ndarray of shape (n, n_over)
    losses : ndarray of shape (n,)
        At the ends.
    minima : ndarray of shape (k, n_over)
        Of each minimum, saddle or plateau the lowest end that belongs to it; the lowest first.
    minimum_losses : ndarray of shape (k,)
    counts : ndarray of int, shape (k,)
        How many walkers reached each.
    kinds : tuple of {"minimum", "maximum", "saddle", "plateau"}
        Of each. Ends so near in every parameter, or linked by others so near, are one minimum;
        ends on level ground with the same loss are one plateau.
    label : ndarray of int, shape (n,)
        Which of them each walker reached; -1 if it did not settle.
    tolerance : float
        How near that is.
    reached : ndarray of shape (m,)
        The losses that walkers reached, settled or not: of each group the lowest; the lowest
        first.
    reached_counts : ndarray of int, shape (m,)
        How many walkers reached each.
    loss_tolerance : float
        Losses that are higher by no more than this are the same.
    notes : tuple of str
    """

    over: tuple[str, ...]
    starts: Array
    ends: Array
    losses: Array
    minima: Array
    minimum_losses: Array
    counts: NDArray[np.int64]
    kinds: tuple[str, ...]
    label: NDArray[np.int64]
    tolerance: float
    reached: Array
    reached_counts: NDArray[np.int64]
    loss_tolerance: float
    notes: tuple[str, ...] = ()

    def __repr__(self) -> str:
        return (
            f"Restarts({len(self.starts)} starts over {_names(self.over)},"
            f" {kinds_counted(self.kinds)}: {_by_loss(self)}{_unsettled(self.label)})"
        )


@dataclass(frozen=True, repr=False, eq=False)
class Basins(Result):
    """For every point of a surface, where a walker from there ends.

    Attributes
    ----------
    surface : LossSurface
    minima : ndarray of shape (k, 2)
        Of each minimum, saddle or plateau the lowest end, in x and y; the lowest first.
    minimum_losses : ndarray of shape (k,)
    labels : ndarray of int, shape (ny, nx)
        Number of the minimum; -1 where the walker did not settle.
    share : ndarray of shape (k,)
        The part of the grid's points that leads to each.
    kinds, tolerance, reached, reached_counts, loss_tolerance
        As those of `Restarts`.
    """

    surface: LossSurface
    minima: Array
    minimum_losses: Array
    labels: NDArray[np.int64]
    share: Array
    kinds: tuple[str, ...]
    tolerance: float
    reached: Array
    reached_counts: NDArray[np.int64]
    loss_tolerance: float

    def __repr__(self) -> str:
        rows = zip(self.kinds, self.minima, self.minimum_losses, self.share, strict=True)
        shares = ", ".join(
            (f"loss {loss:.6g}" if kind == "plateau" else f"({x:.6g}, {y:.6g})")
            + f" from {share:.1%}"
            for kind, (x, y), loss, share in [*rows][:_TOLD]
        )
        more = ", ..." if len(self.minima) > _TOLD else ""
        return (
            f"Basins({self.surface.over[0]} x {self.surface.over[1]}, {kinds_counted(self.kinds)}"
            f"{': ' if shares else ''}{shares}{more}; {_by_loss(self)}{_unsettled(self.labels)})"
        )


@dataclass(frozen=True, repr=False, eq=False)
class LocalShape(Result):
    """How the loss changes around one point.

    Attributes
    ----------
    over : tuple of str
        Addresses of the parameters.
    at : ndarray of shape (n_over,)
        Their values.
    loss : float
    gradient : ndarray of shape (n_over,)
    hessian : ndarray of shape (n_over, n_over)
    eigenvalues : ndarray of shape (n_over,)
        Of the Hessian, the largest first.
    eigenvectors : ndarray of shape (n_over, n_over)
        One in each row, in the order of the eigenvalues.
    condition : float
        The largest absolute eigenvalue by the smallest; inf if the smallest is 0.
    largest_stable_learning_rate : float
        2 / lambda_max: gradient descent on the quadratic with this Hessian grows beyond it; inf
        where nothing curves upwards.
    kind : {"minimum", "maximum", "saddle", "plateau", "slope"}
        A minimum, a maximum or a saddle is a single point, or within the tolerance of one. A
        plateau is level, goes down in no direction, and is level in one direction at least: the
        floor of a valley too. A slope is what is not level.
    notes : tuple of str
        Where a piecewise formula has no derivative at this point, among others.
    """

    over: tuple[str, ...]
    at: Array
    loss: float
    gradient: Array
    hessian: Array
    eigenvalues: Array
    eigenvectors: Array
    condition: float
    largest_stable_learning_rate: float
    kind: str
    notes: tuple[str, ...] = ()

    def __repr__(self) -> str:
        return (
            f"LocalShape({_names(self.over)}: loss {self.loss:.6g}, a {self.kind}, gradient of"
            f" length"
            f" {float(np.linalg.norm(self.gradient)):.6g}, eigenvalues"
            f" {_range(self.eigenvalues)}, condition {self.condition:.4g}, largest stable"
            f" learning rate {self.largest_stable_learning_rate:.6g})"
        )


def _plain(value: Any) -> Any:
    if isinstance(value, np.ndarray):
        return value.tolist()
    if isinstance(value, Result):
        return value.to_dict()
    if isinstance(value, tuple):
        return [_plain(one) for one in value]
    return value


def written(values: Any, between: str = " to ") -> str:
    """Return numbers with six digits, or as many as they need to differ."""
    digits = digits_apart(values, 6)
    return between.join(f"{value:.{digits}g}" for value in values)


def _range(values: Array) -> str:
    with np.errstate(all="ignore"):
        return written([np.min(values), np.max(values)])


def _names(over: tuple[str, ...]) -> str:
    return ", ".join(over) if len(over) <= 3 else f"{len(over)} parameters"


def kinds_counted(kinds: Sequence[str]) -> str:
    """Return how many minima, saddles and plateaus there are.

    Examples
    --------
    >>> kinds_counted(["minimum", "plateau", "minimum"])
    '2 minima and 1 plateau'
    """
    counts = Counter(kinds) or {"minimum": 0}
    told = [f"{n:,} {kind if n == 1 else _PLURALS[kind]}" for kind, n in counts.items()]
    return " and ".join(told)


def _by_loss(found: Restarts | Basins) -> str:
    """Return how many walkers reached which loss."""
    if not found.reached.size:
        return "no loss is finite"
    digits = digits_apart(found.reached, 6)
    told = [
        f"{loss:.{digits}g} {count} times"
        for loss, count in zip(found.reached[:_TOLD], found.reached_counts[:_TOLD], strict=True)
    ]
    more = ", ..." if len(found.reached) > _TOLD else ""
    return f"loss {', '.join(told)}{more} (within {found.loss_tolerance:.2g})"


def _unsettled(label: NDArray[np.int64]) -> str:
    n = int((label < 0).sum())
    return f"; {n} of {label.size} did not settle" if n else ""
