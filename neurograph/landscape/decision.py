"""What a network answers over two of its inputs."""

from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from neurograph.elements import finite_number
from neurograph.errors import InvalidTypeError, InvalidValueError, UnknownNameError, did_you_mean
from neurograph.landscape.grids import point_counts, result_of, spans_of
from neurograph.landscape.ground import Array
from neurograph.landscape.results import Result, written
from neurograph.network import Network
from neurograph.samples import check_counts, read_rows

__all__ = ["Decision", "decision"]

# Of the samples' extent, to each side of them.
_MARGIN = 0.15

# Points whose inputs are in memory at once.
_AT_ONCE = 200_000


@dataclass(frozen=True, repr=False, eq=False)
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
            f" {len(self.y)} points: {written([self.outputs.min(), self.outputs.max()])},"
            f" {len(self.inputs)} samples)"
        )


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
    >>> from neurograph.landscape.decision import decision
    >>> net = ng.Network.layered(2, 1, weights=[[[1.0, -1.0]]], activation="identity")
    >>> decision(net, [[0, 0], [1, 0]], [[0], [1]], span=(-1, 1), points=3).outputs
    array([[ 0.,  1.,  2.],
           [-1.,  0.,  1.],
           [-2., -1.,  0.]])
    """
    if not isinstance(net, Network):
        raise InvalidTypeError(f"expected a Network, not {net!r}")
    rows, many = read_rows(inputs, net.inputs, "input")
    wanted, also = read_rows(targets, net.outputs, "target")
    check_counts((len(rows),) if many else (), (len(wanted),) if also else ())
    columns = _two_inputs(net.inputs, over)
    output = net.outputs[0] if output is None else output
    answer = _place(output, net.outputs, "output")
    samples, aims = rows[:, columns], wanted[:, answer]
    if threshold is None:
        threshold = (float(aims.min()) + float(aims.max())) / 2
    ways = spans_of(span, tuple(samples.mean(axis=0).tolist()))
    counts = point_counts(points, 2)
    x, y = (
        np.linspace(*(reach or _around(column)), count)
        for reach, column, count in zip(ways, samples.T, counts, strict=True)
    )
    fixed = rows.mean(axis=0)
    for name, value in (others or {}).items():
        fixed[_place(name, net.inputs, "input")] = finite_number(value, f"others[{name!r}]")
    outputs = result_of((len(y), len(x)), "a decision")
    step = max(_AT_ONCE // len(x), 1)
    for start in range(0, len(y), step):
        part = y[start : start + step]
        grid = np.tile(fixed, (len(part) * len(x), 1))
        grid[:, columns[0]] = np.tile(x, len(part))
        grid[:, columns[1]] = np.repeat(part, len(x))
        outputs[start : start + step] = net.predict(grid)[:, answer].reshape(len(part), len(x))
    names = net.inputs
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


def _around(values: Array) -> tuple[float, float]:
    low, high = float(values.min()), float(values.max())
    room = _MARGIN * (high - low) or 1.0
    return low - room, high + room
