"""The loss on a plane or a line through the space of all parameters."""

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from neurograph.errors import InvalidValueError
from neurograph.landscape.directions import (
    check_spread,
    generator,
    given_directions,
    points_of,
    principal_directions,
    random_directions,
    spans_around,
)
from neurograph.landscape.evaluation import Losses, losses_on_plane
from neurograph.landscape.grids import given_axis, grid_axis, point_counts, result_of, spans_of
from neurograph.landscape.ground import Array, Ground, all_trainable, set_of
from neurograph.landscape.results import LossCurve, Origin, Result, written
from neurograph.network import Network

__all__ = ["LossPlane", "ProjectedPath", "loss_line", "loss_plane"]


@dataclass(frozen=True, repr=False, eq=False)
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
            f" {written(self.losses[[0, -1]], ' -> ')})"
        )


@dataclass(frozen=True, repr=False, eq=False)
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
    _from: Origin | None = field(default=None, repr=False)

    def __repr__(self) -> str:
        shares = " and ".join(f"{share:.1%}" for share in self.explained)
        explained = f", {shares} of the variance" if shares else ""
        return (
            f"LossPlane({len(self.parameters)} parameters, {len(self.x)} x {len(self.y)}"
            f" points{explained}: loss {written([self.losses.min(), self.losses.max()])})"
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
        return projected(points, self, Losses(self._from.ground, self._from.over).at(points))


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


def loss_plane(
    net: Network,
    inputs: Any,
    targets: Any,
    directions: Any = "random",
    *,
    history: Any = None,
    seed: int | np.random.Generator = 0,
    span: Any = None,
    points: int | tuple[int, int] = 51,
) -> LossPlane:
    """Compute the loss on a plane through the space of all trainable parameters.

    Parameters
    ----------
    net : Network
        It stays as it is.
    inputs, targets
        As for `Network.forward` and `Network.backward`.
    directions : {"random", "pca"} or pair
        ``"random"``: two normal random directions, the weights into each neuron scaled to the
        length of that neuron's own weights, biases left as they are. ``"pca"``: the two principal
        directions of `history`, around its last point. Or two given directions, each an array of
        shape ``(n_parameters,)`` or a mapping from address to number.
    history : DescentPath, History or array-like of shape (n, n_parameters), optional
        For ``"pca"``. A `History` must have recorded every trainable weight and bias.
    seed : int or Generator
        For ``"random"``.
    span : float, (float, float) or pair of pairs, optional
        How far to go from the origin, or from where to where; by default 1, and with ``"pca"`` as
        far as the path with a margin.
    points : int or (int, int)
        How many along x and y.

    Returns
    -------
    LossPlane

    Raises
    ------
    InvalidValueError, InvalidTypeError, UnknownNameError
        If the directions are no directions or parallel, there is no history to take principal
        directions of, or it lacks a parameter; or as for `loss_surface`.

    References
    ----------
    Li, Xu, Taylor, Studer and Goldstein, "Visualizing the loss landscape of neural nets" (2018),
    section 4, for directions normalised by neuron, and section 7 for principal directions.

    Examples
    --------
    >>> import neurograph as ng
    >>> from neurograph.landscape import loss_plane
    >>> net = ng.Network.layered(2, 1, weights=0.0, activation="identity")
    >>> loss_plane(net, [1.0, 2.0], [1.0], ([1, 0], [0, 1]), points=3).losses
    array([[8. , 4.5, 2. ],
           [2. , 0.5, 0. ],
           [0. , 0.5, 2. ]])
    """
    ground = Ground.of(net, inputs, targets)
    over = all_trainable(net, ground)
    origin = ground.values(over)
    explained: tuple[float, ...] = ()
    notes: tuple[str, ...] = ()
    counts = point_counts(points, 2)
    reaches = spans_of(span, (0.0, 0.0))
    if isinstance(directions, str) and directions == "pca":
        if history is None:
            raise InvalidValueError("directions 'pca' are those of a path: give history=...")
        path = points_of(history, over, origin)
        origin = path[-1]
        found, explained = principal_directions(path - origin)
        if span is None:
            reaches = spans_around(coordinates(path - origin, found))
    elif history is not None:
        raise InvalidValueError("a history is for directions 'pca'; plane.project shows a path")
    elif isinstance(directions, str) and directions == "random":
        found = random_directions(ground, over, generator(seed))
        notes = ("biases stay as they are in both directions",)
    else:
        found = given_directions(net, ground, over, directions)
    check_spread(found)
    losses = result_of((counts[1], counts[0]), "a plane")
    x_axis, y_axis = (
        grid_axis(None, reach, count, 0.0, 1.0)
        for reach, count in zip(reaches, counts, strict=True)
    )
    losses_on_plane(ground, over, origin, found, x_axis, y_axis, losses)
    here = coordinates(ground.values(over)[None, :] - origin, found)[0]
    return LossPlane(
        ("direction 1", "direction 2"),
        x_axis,
        y_axis,
        losses,
        origin,
        found,
        tuple(one.address for one in over),
        (float(here[0]), float(here[1])),
        Losses(ground, over).here(),
        explained,
        notes,
        Origin(ground, tuple(over)),
    )


def loss_line(
    net: Network,
    inputs: Any,
    targets: Any,
    start: Any,
    end: Any,
    *,
    values: Any = None,
    span: Any = None,
    points: int = 201,
) -> LossCurve:
    """Compute the loss on the line through two sets of parameters: start + t * (end - start).

    Parameters
    ----------
    net : Network
        It stays as it is.
    inputs, targets
        As for `Network.forward` and `Network.backward`.
    start, end : array-like of shape (n_parameters,), mapping, Network or None
        Values of all trainable weights and biases; a mapping from address to value leaves the
        others as in the network; a network of the same structure gives its own; `None` is the
        network as it is.
    values : array-like of shape (n,), optional
        Values of t.
    span : float or (float, float), optional
        From where to where t goes; by default from 0, the start, to 1, the end.
    points : int
        How many evenly spaced values of t.

    Returns
    -------
    LossCurve
        Over t; here is t = 0.

    Raises
    ------
    InvalidValueError, InvalidTypeError, UnknownNameError, StructureError
        If start or end cannot be used, or they are the same; or as for `loss_curve`.

    References
    ----------
    Goodfellow, Vinyals and Saxe, "Qualitatively characterizing neural network optimization
    problems" (2015).

    Examples
    --------
    >>> import neurograph as ng
    >>> from neurograph.landscape import loss_line
    >>> net = ng.Network.layered(1, 1, weights=0.0, activation="identity")
    >>> loss_line(net, [1.0], [1.0], None, {"w1": 2.0}, points=3).losses
    array([0.5, 0. , 0.5])
    """
    ground = Ground.of(net, inputs, targets)
    over = all_trainable(net, ground)
    first, last = (
        ground.values(over) if given is None else set_of(net, ground, over, given, what)
        for given, what in ((start, "start"), (end, "end"))
    )
    if np.array_equal(first, last):
        raise InvalidValueError("start and end are the same point: there is no line through them")
    (count,) = point_counts(points, 1)
    (reach,) = spans_of((0.0, 1.0) if span is None else span, (0.0,))
    axis_given = given_axis(values, "values")
    losses = result_of((count if axis_given is None else len(axis_given),), "a line")
    axis = grid_axis(axis_given, reach, count, 0.0, 1.0)
    directions = np.stack([last - first, np.zeros_like(first)])
    losses_on_plane(ground, over, first, directions, axis, np.zeros(1), losses[None, :])
    return LossCurve(
        "t",
        axis,
        losses,
        0.0,
        float(Losses(ground, over).at(first[None, :])[0]),
        ("t = 0 is the start, t = 1 the end",),
        Origin(ground, tuple(over)),
    )
