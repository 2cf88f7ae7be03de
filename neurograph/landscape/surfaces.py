"""The loss along one weight or bias, and over two."""

from typing import Any

from neurograph.landscape.evaluation import Losses
from neurograph.landscape.grids import given_axis, grid_axis, point_counts, result_of, spans_of
from neurograph.landscape.ground import Ground, find_parameter, find_parameters, notes_on
from neurograph.landscape.results import LossCurve, LossSurface, Origin
from neurograph.network import Network

__all__ = ["loss_curve", "loss_surface"]

# Without a span, a curve and a surface reach so far to either side.
_HALF = 4.0


def loss_curve(
    net: Network,
    inputs: Any,
    targets: Any,
    over: Any,
    values: Any = None,
    *,
    span: Any = None,
    points: int = 201,
) -> LossCurve:
    """Compute the loss along one weight or bias; all others stay as they are.

    Parameters
    ----------
    net : Network
        It stays as it is.
    inputs, targets
        As for `Network.forward` and `Network.backward`.
    over : str
        Address of a weight or bias, such as ``"w5"`` or ``"h1.bias"``; a tied one moves with all
        that share it.
    values : array-like of shape (n,), optional
        Where to compute the loss; otherwise at evenly spaced values.
    span : float or (float, float), optional
        How far to go to either side of the present value, or from where to where; by default 4.
    points : int
        How many evenly spaced values.

    Returns
    -------
    LossCurve

    Raises
    ------
    UnknownNameError
        If there is no such weight or bias; the nearest is named.
    InvalidValueError, InvalidTypeError
        If values, span or points cannot be used; or as for `Network.step`.

    Notes
    -----
    Only what depends on the parameter is recomputed, for all values at once.

    Examples
    --------
    >>> import neurograph as ng
    >>> from neurograph.landscape import loss_curve
    >>> net = ng.Network.layered(1, 1, weights=0.5, activation="identity")
    >>> loss_curve(net, [1.0], [1.0], "w1", [0.0, 1.0, 2.0]).losses
    array([0.5, 0. , 0.5])
    """
    ground = Ground.of(net, inputs, targets)
    one = find_parameter(net, ground, over)
    here = float(ground.values([one])[0])
    (count,) = point_counts(points, 1)
    (reach,) = spans_of(span, (here,))
    given = given_axis(values, "values")
    losses = result_of((count if given is None else len(given),), "a curve")
    axis = grid_axis(given, reach, count, here, _HALF)
    at = Losses(ground, [one])
    at.at(axis[:, None], losses)
    loss_here = at.here()
    at.done()
    origin = Origin(ground, (one,))
    return LossCurve(one.address, axis, losses, here, loss_here, notes_on([one]), origin)


def loss_surface(
    net: Network,
    inputs: Any,
    targets: Any,
    over_x: Any,
    over_y: Any,
    *,
    x: Any = None,
    y: Any = None,
    span: Any = None,
    points: int | tuple[int, int] = 101,
) -> LossSurface:
    """Compute the loss over two weights or biases; all others stay as they are.

    Parameters
    ----------
    net : Network
        It stays as it is.
    inputs, targets
        As for `Network.forward` and `Network.backward`.
    over_x, over_y : str
        Addresses of two different weights or biases, such as ``"w5"`` and ``"h1.bias"``; a tied
        one moves with all that share it.
    x, y : array-like of shape (nx,) and (ny,), optional
        The values of the grid; otherwise evenly spaced ones.
    span : float, (float, float) or pair of pairs, optional
        How far to go to either side of the present values; or from where to where, for both or
        for each; by default 4.
    points : int or (int, int)
        How many evenly spaced values along x and y.

    Returns
    -------
    LossSurface

    Raises
    ------
    UnknownNameError
        If there is no such weight or bias; the nearest is named.
    InvalidValueError, InvalidTypeError
        If the two are the same parameter; if values, span or points cannot be used; or as for
        `Network.step`.

    Notes
    -----
    Only what depends on the two is recomputed, for all points of the grid at once, in pieces that
    stay in the processor's cache. A result of more than 256 MB is announced on the logger
    ``neurograph.landscape`` before its memory is taken.

    Examples
    --------
    >>> import neurograph as ng
    >>> from neurograph.landscape import loss_surface
    >>> net = ng.Network.layered(2, 1, weights=0.5, activation="identity")
    >>> loss_surface(net, [1.0, 2.0], [1.0], "w1", "w2", x=[0.0, 1.0], y=[0.0, 1.0]).losses
    array([[0.5, 0. ],
           [0.5, 2. ]])
    """
    ground = Ground.of(net, inputs, targets)
    over = find_parameters(net, ground, [over_x, over_y])
    heres = (float(ground.values(over)[0]), float(ground.values(over)[1]))
    counts, reaches = point_counts(points, 2), spans_of(span, heres)
    axes = given_axis(x, "x"), given_axis(y, "y")
    nx, ny = (n if axis is None else len(axis) for n, axis in zip(counts, axes, strict=True))
    losses = result_of((ny, nx), "a surface")
    x_axis, y_axis = (
        grid_axis(axis, reach, count, here, _HALF)
        for axis, reach, count, here in zip(axes, reaches, counts, heres, strict=True)
    )
    at = Losses(ground, over)
    at.on_grid(x_axis, y_axis, losses)
    loss_here = at.here()
    at.done()
    return LossSurface(
        (over[0].address, over[1].address),
        x_axis,
        y_axis,
        losses,
        heres,
        loss_here,
        notes_on(over),
        Origin(ground, tuple(over)),
    )
