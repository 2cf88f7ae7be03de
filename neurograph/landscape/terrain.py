"""What the functions of the landscape return: plain data, with the numbers as arrays."""

from collections import Counter
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import fields
from typing import Any

import numpy as np
from numpy.typing import NDArray

from neurograph.digits import digits_apart, significant
from neurograph.display import Brief, Displayed
from neurograph.errors import InvalidTypeError, InvalidValueError, UnknownNameError, did_you_mean
from neurograph.landscape.axes import Array, Ground, Parameter, finite_array
from neurograph.landscape.evaluator import Evaluator
from neurograph.records import record
from neurograph.training import History

__all__ = [
    "Basins",
    "Decision",
    "DescentPath",
    "LocalShape",
    "LossCurve",
    "LossPlane",
    "LossSurface",
    "Origin",
    "ProjectedPath",
    "Restarts",
    "Result",
    "coordinates",
    "kinds_counted",
    "points_of",
]

_PLURALS = {
    "minimum": "minima", "maximum": "maxima", "saddle": "saddles", "plateau": "plateaus",
}  # fmt: skip

# How many places, or losses, are told.
_TOLD = 4


@record
class Origin(Brief):
    """Where a result comes from: what is needed to compute more of the same."""

    ground: Ground
    over: tuple[Parameter, ...]


class Result(Displayed):
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
            column.name: _plain(getattr(self, column.name))
            for column in fields(self)  # type: ignore[arg-type]  # every subclass is a dataclass
            if not column.name.startswith("_")
        }


@record(eq=False)
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
    _from: Origin | None = None

    def __repr__(self) -> str:
        return (
            f"LossCurve({self.over} from {_range(self.values)} in {len(self.values)} points:"
            f" loss {_range(self.losses)}; here {self.here:.6g}, loss {self.loss_here:.6g})"
        )


@record(eq=False)
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
    _from: Origin | None = None

    def __repr__(self) -> str:
        return (
            f"LossSurface({self.over[0]} from {_range(self.x)} x {self.over[1]} from"
            f" {_range(self.y)} in {len(self.x)} x {len(self.y)} points: loss"
            f" {_range(self.losses)}; here ({self.here[0]:.6g}, {self.here[1]:.6g}), loss"
            f" {self.loss_here:.6g})"
        )


@record(eq=False)
class ProjectedPath(Result):
    """A path as it is seen from a plane, and how far it is from it.

    Attributes
    ----------
    x, y : ndarray of shape (n,)
        Coordinates of the foot of each point on the plane, in its two directions.
    distance : ndarray of shape (n,)
        From each point to the plane.
    losses : ndarray of shape (n,)
        The loss at the points themselves, not at their feet.
    leaves : bool
        Whether the path leaves the plane: whether a distance is more than a millionth of the
        path's own extent.
    """

    x: Array
    y: Array
    distance: Array
    losses: Array
    leaves: bool

    def __repr__(self) -> str:
        how = f"up to {self.distance.max():.4g} from the plane" if self.leaves else "in the plane"
        return (
            f"ProjectedPath({len(self.x)} points, {how}: loss"
            f" {_written(self.losses[[0, -1]], ' -> ')})"
        )


@record(eq=False)
class LossPlane(Result):
    """The loss on a plane: at origin + x * directions[0] + y * directions[1].

    Attributes
    ----------
    over : tuple of two str
        What the two directions are called.
    x : ndarray of shape (nx,)
    y : ndarray of shape (ny,)
    losses : ndarray of shape (ny, nx)
    origin : ndarray of shape (n_parameters,)
    directions : ndarray of shape (2, n_parameters)
    parameters : tuple of str
        The addresses that origin and directions are of: all trainable ones, tied ones once.
    here : tuple of two float
        The foot of the network's own parameters on the plane.
    loss_here : float
        The loss of the network.
    explained : tuple of float
        For principal directions the share of the path's variance along each; else empty.
    notes : tuple of str
    """

    over: tuple[str, str]
    x: Array
    y: Array
    losses: Array
    origin: Array
    directions: Array
    parameters: tuple[str, ...]
    here: tuple[float, float]
    loss_here: float
    explained: tuple[float, ...] = ()
    notes: tuple[str, ...] = ()
    _from: Origin | None = None

    def __repr__(self) -> str:
        shares = " and ".join(f"{share:.1%}" for share in self.explained)
        explained = f", {shares} of the variance" if shares else ""
        return (
            f"LossPlane({len(self.parameters)} parameters, {len(self.x)} x {len(self.y)}"
            f" points{explained}: loss {_written([self.losses.min(), self.losses.max()])})"
        )

    def project(self, path: Any) -> ProjectedPath:
        """Project a path on the plane: the nearest point of the plane to each of its points.

        Parameters
        ----------
        path : DescentPath, History, or array-like of shape (n, n_parameters)
            A history must have recorded every parameter of the plane.

        Returns
        -------
        ProjectedPath

        Raises
        ------
        InvalidValueError, InvalidTypeError, UnknownNameError
            If the path is none of these, or of other parameters.

        Examples
        --------
        >>> import neurograph as ng
        >>> from neurograph.landscape import loss_plane
        >>> net = ng.Network.layered(3, 1, weights=0.0, activation="identity")
        >>> plane = loss_plane(net, [1, 1, 1], [1], ([1, 0, 0], [0, 1, 0]), points=3)
        >>> foot = plane.project([[0.25, 0.5, 2.0]])
        >>> foot.x, foot.y, foot.distance
        (array([0.25]), array([0.5]), array([2.]))
        """
        if self._from is None:
            raise InvalidValueError("a path can be projected on a plane that loss_plane made")
        points = points_of(path, self._from.over, self.origin)
        return projected(points, self, Evaluator(self._from.ground, self._from.over).at(points))


@record(eq=False)
class Decision(Result):
    """What one output of a network is over two of its inputs, and the samples there.

    Attributes
    ----------
    over : tuple of two hashable
        The inputs along x and along y.
    output : hashable
    x : ndarray of shape (nx,)
    y : ndarray of shape (ny,)
    outputs : ndarray of shape (ny, nx)
    inputs : ndarray of shape (n_samples, 2)
        Where the samples are.
    targets : ndarray of shape (n_samples,)
    threshold : float
        The output that separates one answer from the other.
    others : dict
        The values that the other inputs have.
    """

    over: tuple[Hashable, Hashable]
    output: Hashable
    x: Array
    y: Array
    outputs: Array
    inputs: Array
    targets: Array
    threshold: float
    others: dict[Hashable, float]

    def __repr__(self) -> str:
        return (
            f"Decision({self.output} over {self.over[0]} x {self.over[1]} in {len(self.x)} x"
            f" {len(self.y)} points: {_written([self.outputs.min(), self.outputs.max()])},"
            f" {len(self.inputs)} samples)"
        )


@record(eq=False)
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
    _from: Origin | None = None

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
            f" {steps}, {self.status}: loss {_written(self.losses[[0, -1]], ' -> ')})"
        )


@record(eq=False)
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


@record(eq=False)
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


@record(eq=False)
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


def points_of(path: Any, over: Sequence[Parameter], origin: Array) -> Array:
    """Return the points of a path as values of the parameters in `over`."""
    if isinstance(path, DescentPath):
        place = {parameter.address: number for number, parameter in enumerate(over)}
        points = np.tile(origin, (len(path.parameters), 1))
        for address, column in zip(path.over, path.parameters.T, strict=True):
            if address not in place:
                raise UnknownNameError(
                    f"the path moves {address!r}, which the plane has not"
                    f"{did_you_mean(address, place)}"
                )
            points[:, place[address]] = column
        return points
    if isinstance(path, History):
        missing = [parameter.address for parameter in over if parameter.address not in path]
        if missing:
            raise UnknownNameError(
                f"the history has not recorded {missing[0]!r}"
                + (f" and {len(missing) - 1} more" if len(missing) > 1 else "")
                + ": train with record=[...] of every weight and bias"
            )
        columns = [np.append(path.start[moved.address], path[moved.address]) for moved in over]
        return np.stack(columns, axis=1)
    if isinstance(path, str | Mapping):
        raise InvalidTypeError(f"a path is a DescentPath, a History or an array, not {path!r}")
    return finite_array(path, "path", (None, len(over)))


def projected(points: Array, plane: LossPlane, losses: Array) -> ProjectedPath:
    """Return the feet of points on a plane."""
    away = points - plane.origin
    feet = coordinates(away, plane.directions)
    distance = np.linalg.norm(away - feet @ plane.directions, axis=1)
    extent = max(float(np.linalg.norm(away, axis=1).max()), float(np.finfo(float).tiny))
    return ProjectedPath(
        feet[:, 0].copy(), feet[:, 1].copy(), distance, losses, bool(distance.max() > 1e-6 * extent)
    )


def coordinates(away: Array, directions: Array) -> Array:
    """Return the coordinates of the feet of points, by least squares."""
    return np.asarray(np.linalg.solve(directions @ directions.T, directions @ away.T).T, float)


def _plain(value: Any) -> Any:
    if isinstance(value, np.ndarray):
        return value.tolist()
    if isinstance(value, Result):
        return value.to_dict()
    if isinstance(value, tuple):
        return [_plain(part) for part in value]
    return value


def _written(values: Any, between: str = " to ") -> str:
    """Return numbers with six digits, or as many as they need to differ."""
    digits = digits_apart(values, 6)
    return between.join(significant(value, digits) for value in values)


def _range(values: Array) -> str:
    with np.errstate(all="ignore"):
        return _written([np.min(values), np.max(values)])


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


def _by_loss(ends: Restarts | Basins) -> str:
    """Return how many walkers reached which loss."""
    if not ends.reached.size:
        return "no loss is finite"
    digits = digits_apart(ends.reached, 6)
    told = [
        f"{significant(loss, digits)} {count} times"
        for loss, count in zip(ends.reached[:_TOLD], ends.reached_counts[:_TOLD], strict=True)
    ]
    more = ", ..." if len(ends.reached) > _TOLD else ""
    return f"loss {', '.join(told)}{more} (within {ends.loss_tolerance:.2g})"


def _unsettled(label: NDArray[np.int64]) -> str:
    n = int((label < 0).sum())
    return f"; {n} of {label.size} did not settle" if n else ""
