"""What the functions of the landscape return: plain data, with the numbers as arrays."""

from dataclasses import dataclass, field, fields
from typing import Any

import numpy as np
from numpy.typing import NDArray

from neurograph.landscape.ground import Array, Ground, Parameter

__all__ = ["Basins", "DescentPath", "LocalShape", "LossCurve", "LossSurface", "Restarts", "Result"]


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
            f" {steps}, {self.status}: loss {self.losses[0]:.6g} -> {self.losses[-1]:.6g})"
        )


@dataclass(frozen=True, repr=False, eq=False)
class Restarts(Result):
    """Many descents from random starts, and the minima they reached.

    Attributes
    ----------
    over : tuple of str
        Addresses of the parameters that moved.
    starts, ends : ndarray of shape (n, n_over)
    losses : ndarray of shape (n,)
        At the ends.
    minima : ndarray of shape (k, n_over)
        Of each minimum the lowest end that belongs to it; the lowest minimum first.
    minimum_losses : ndarray of shape (k,)
    counts : ndarray of int, shape (k,)
        How many walkers reached each.
    label : ndarray of int, shape (n,)
        Which minimum each walker reached; -1 if it did not settle.
    tolerance : float
        Ends so near in every parameter, or linked by others so near, are one minimum.
    notes : tuple of str
    """

    over: tuple[str, ...]
    starts: Array
    ends: Array
    losses: Array
    minima: Array
    minimum_losses: Array
    counts: NDArray[np.int64]
    label: NDArray[np.int64]
    tolerance: float
    notes: tuple[str, ...] = ()

    def __repr__(self) -> str:
        n, k = len(self.starts), len(self.minima)
        best = ""
        if k:
            best = f": best loss {self.minimum_losses[0]:.6g}, reached {self.counts[0]} times"
        unsettled = int((self.label < 0).sum())
        rest = f"; {unsettled} did not settle" if unsettled else ""
        return f"Restarts({n} starts over {_names(self.over)}, {_counted(k)}{best}{rest})"


@dataclass(frozen=True, repr=False, eq=False)
class Basins(Result):
    """For every point of a surface, the minimum that a walker from there reaches.

    Attributes
    ----------
    surface : LossSurface
    minima : ndarray of shape (k, 2)
        In x and y; the lowest first.
    minimum_losses : ndarray of shape (k,)
    labels : ndarray of int, shape (ny, nx)
        Number of the minimum; -1 where the walker did not settle.
    share : ndarray of shape (k,)
        The part of the grid's points that leads to each minimum.
    tolerance : float
        Ends so near in both parameters, or linked by others so near, are one minimum.
    """

    surface: LossSurface
    minima: Array
    minimum_losses: Array
    labels: NDArray[np.int64]
    share: Array
    tolerance: float

    def __repr__(self) -> str:
        shares = ", ".join(
            f"({x:.6g}, {y:.6g}) from {share:.1%}"
            for (x, y), share in zip(self.minima[:4], self.share[:4], strict=True)
        )
        unsettled = float((self.labels < 0).mean())
        rest = f"; {unsettled:.1%} did not settle" if unsettled else ""
        more = ", ..." if len(self.minima) > 4 else ""
        return (
            f"Basins({self.surface.over[0]} x {self.surface.over[1]}, {_counted(len(self.minima))}"
            f"{': ' if shares else ''}{shares}{more}{rest})"
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
    notes: tuple[str, ...] = ()

    def __repr__(self) -> str:
        return (
            f"LocalShape({_names(self.over)}: loss {self.loss:.6g}, gradient of length"
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


def _range(values: Array) -> str:
    with np.errstate(all="ignore"):
        return f"{float(np.min(values)):.6g} to {float(np.max(values)):.6g}"


def _names(over: tuple[str, ...]) -> str:
    return ", ".join(over) if len(over) <= 3 else f"{len(over)} parameters"


def _counted(k: int) -> str:
    return "1 minimum" if k == 1 else f"{k} minima"
