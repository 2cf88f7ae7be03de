"""The loss over one weight or two, on a line or a plane through all; what the outputs answer."""

from collections.abc import Hashable, Mapping
from typing import Any

import numpy as np

from neurograph.checks import finite_number
from neurograph.errors import InvalidTypeError, InvalidValueError, UnknownNameError, did_you_mean
from neurograph.landscape.axes import (
    Array,
    Ground,
    all_trainable,
    check_spread,
    directions_of,
    find_parameter,
    find_parameters,
    generator,
    grid,
    notes_on,
    principal_directions,
    random_directions,
    set_of,
)
from neurograph.landscape.evaluator import Evaluator
from neurograph.landscape.terrain import (
    Decision,
    LossCurve,
    LossPlane,
    LossSurface,
    Origin,
    coordinates,
    points_of,
)
from neurograph.network import Network
from neurograph.samples import check_counts, read_rows

__all__ = ["decision", "loss_curve", "loss_line", "loss_plane", "loss_surface"]

# Without a span, a curve and a surface reach so far to either side.
_HALF = 4.0

# Of the extent of the samples, and of a path, to each side of them.
_AROUND_SAMPLES, _AROUND_PATH = 0.15, 0.25

# Points whose inputs are in memory at once.
_AT_ONCE = 200_000


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
    parameter = find_parameter(net, ground, over)
    here = float(ground.values([parameter])[0])
    (axis,), losses = grid(
        "a curve", (here,), [(here - _HALF, here + _HALF)],
        span=span, points=points, values={"values": values},
    )  # fmt: skip
    evaluator = Evaluator(ground, [parameter])
    evaluator.at(axis[:, None], losses)
    loss_here = evaluator.here()
    evaluator.done()
    origin = Origin(ground, (parameter,))
    notes = notes_on([parameter])
    return LossCurve(parameter.address, axis, losses, here, loss_here, notes, origin)


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
    (x, y), losses = grid(
        "a surface", heres, [(here - _HALF, here + _HALF) for here in heres],
        span=span, points=points, values={"x": x, "y": y},
    )  # fmt: skip
    evaluator = Evaluator(ground, over)
    evaluator.on_grid(x, y, losses)
    loss_here = evaluator.here()
    evaluator.done()
    addresses = (over[0].address, over[1].address)
    origin = Origin(ground, tuple(over))
    return LossSurface(addresses, x, y, losses, heres, loss_here, notes_on(over), origin)


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
    origin = here = ground.values(over)
    explained: tuple[float, ...] = ()
    notes: tuple[str, ...] = ()
    reaches = [(-1.0, 1.0), (-1.0, 1.0)]
    if isinstance(directions, str) and directions == "pca":
        if history is None:
            raise InvalidValueError("directions 'pca' are those of a path: give history=...")
        path = points_of(history, over, origin)
        origin = path[-1]
        directions, explained = principal_directions(path - origin)
        reaches = _around_path(coordinates(path - origin, directions))
    elif history is not None:
        raise InvalidValueError("a history is for directions 'pca'; plane.project shows a path")
    elif isinstance(directions, str) and directions == "random":
        directions = random_directions(ground, over, generator(seed))
        notes = ("biases stay as they are in both directions",)
    else:
        directions = directions_of(net, ground, over, directions)
    check_spread(directions)
    (x, y), losses = grid("a plane", (0.0, 0.0), reaches, span=span, points=points)
    evaluator = Evaluator(ground, over)
    evaluator.on_plane(origin, directions, x, y, losses)
    foot = coordinates(here[None, :] - origin, directions)[0]
    loss_here = evaluator.here()
    evaluator.done()
    return LossPlane(
        ("direction 1", "direction 2"),
        x,
        y,
        losses,
        origin,
        directions,
        tuple(parameter.address for parameter in over),
        (float(foot[0]), float(foot[1])),
        loss_here,
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
        ground.values(over) if values_of is None else set_of(net, ground, over, values_of, what)
        for values_of, what in ((start, "start"), (end, "end"))
    )
    if np.array_equal(first, last):
        raise InvalidValueError("start and end are the same point: there is no line through them")
    (axis,), losses = grid(
        "a line", (0.0,), [(0.0, 1.0)], span=span, points=points, values={"values": values}
    )
    directions = np.stack([last - first, np.zeros_like(first)])
    evaluator = Evaluator(ground, over)
    evaluator.on_plane(first, directions, axis, np.zeros(1), losses[None, :])
    (loss_here,) = evaluator.at(first[None, :])
    evaluator.done()
    notes = ("t = 0 is the start, t = 1 the end",)
    return LossCurve("t", axis, losses, 0.0, float(loss_here), notes, Origin(ground, tuple(over)))


def decision(
    net: Network,
    inputs: Any,
    targets: Any,
    *,
    over: tuple[Hashable, Hashable] | None = None,
    output: Hashable | None = None,
    threshold: float | None = None,
    others: Mapping[Hashable, float] | None = None,
    span: Any = None,
    points: int | tuple[int, int] = 101,
) -> Decision:
    """Compute what one output is over two inputs, on a grid around the samples.

    Parameters
    ----------
    net : Network
        It stays as it is.
    inputs, targets
        Samples, as for `Network.forward` and `Network.backward`.
    over : (input, input), optional
        By default the first two inputs.
    output : hashable, optional
        By default the first output.
    threshold : float, optional
        The output that separates the answers; by default halfway between the smallest and the
        largest target.
    others : mapping from input to float, optional
        Values of the other inputs; by default the mean of the samples.
    span : (float, float) or pair of pairs, optional
        From where to where both inputs or each go; by default around the samples.
    points : int or (int, int)
        How many along x and y.

    Returns
    -------
    Decision

    Raises
    ------
    InvalidValueError, InvalidTypeError
        If the network has one input only, the two are the same, or a number cannot be used.
    UnknownNameError
        If there is no such input or output; the nearest is named.

    Examples
    --------
    >>> import neurograph as ng
    >>> from neurograph.landscape import decision
    >>> net = ng.Network.layered(2, 1, weights=[[[1.0, -1.0]]], activation="identity")
    >>> decision(net, [[0, 0], [1, 0]], [[0], [1]], span=(-1, 1), points=3).outputs
    array([[ 0.,  1.,  2.],
           [-1.,  0.,  1.],
           [-2., -1.,  0.]])
    """
    if not isinstance(net, Network):
        raise InvalidTypeError(f"expected a Network, not {net!r}")
    names = net.inputs
    rows, many = read_rows(inputs, names, "input")
    wanted, also = read_rows(targets, net.outputs, "target")
    check_counts((len(rows),) if many else (), (len(wanted),) if also else ())
    columns = _two_inputs(names, over)
    output = net.outputs[0] if output is None else output
    answer = _place(output, net.outputs, "output")
    samples, aims = rows[:, columns], wanted[:, answer]
    if threshold is None:
        threshold = (float(aims.min()) + float(aims.max())) / 2
    heres = tuple(samples.mean(axis=0).tolist())
    reaches = [_around_samples(column) for column in samples.T]
    (x, y), outputs = grid("a decision", heres, reaches, span=span, points=points)
    fixed = rows.mean(axis=0)
    for name, value in (others or {}).items():
        fixed[_place(name, names, "input")] = finite_number(value, f"others[{name!r}]")
    step = max(_AT_ONCE // len(x), 1)
    for start in range(0, len(y), step):
        part = y[start : start + step]
        inputs = np.tile(fixed, (len(part) * len(x), 1))
        inputs[:, columns[0]] = np.tile(x, len(part))
        inputs[:, columns[1]] = np.repeat(part, len(x))
        outputs[start : start + step] = net.predict(inputs)[:, answer].reshape(len(part), len(x))
    return Decision(
        (names[columns[0]], names[columns[1]]),
        output,
        x,
        y,
        outputs,
        samples,
        aims,
        finite_number(threshold, "threshold"),
        {name: float(fixed[place]) for place, name in enumerate(names) if place not in columns},
    )


def _two_inputs(names: list[Hashable], over: Any) -> list[int]:
    if len(names) < 2:
        raise InvalidValueError("the network has one input only: a decision is over two inputs")
    if over is None:
        return [0, 1]
    if isinstance(over, str) or not isinstance(over, tuple | list) or len(over) != 2:
        raise InvalidTypeError(f"over must be a pair of inputs, not {over!r}")
    places = [_place(name, names, "input") for name in over]
    if places[0] == places[1]:
        raise InvalidValueError(f"over must be two different inputs, not {over[0]!r} twice")
    return places


def _place(name: Hashable, names: list[Hashable], what: str) -> int:
    if name not in names:
        raise UnknownNameError(f"no {what} {name!r}{did_you_mean(name, names)}")
    return names.index(name)


def _around_samples(values: Array) -> tuple[float, float]:
    low, high = float(values.min()), float(values.max())
    room = _AROUND_SAMPLES * (high - low) or 1.0
    return low - room, high + room


def _around_path(feet: Array) -> list[tuple[float, float]]:
    """Return from where to where each axis shows a path with a margin."""
    low, high = feet.min(axis=0), feet.max(axis=0)
    margin = _AROUND_PATH * np.maximum(high - low, 1e-3 * (high - low).max())
    return [(float(a), float(b)) for a, b in zip(low - margin, high + margin, strict=True)]
