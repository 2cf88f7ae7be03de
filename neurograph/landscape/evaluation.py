"""The loss where some parameters have other values: which way of computing it fits."""

from collections.abc import Hashable, Sequence
from typing import Any

import numpy as np

from neurograph.landscape.everywhere import Everywhere
from neurograph.landscape.ground import Array, Ground, Parameter
from neurograph.landscape.influence import Influence
from neurograph.landscape.sheet import losses_on_sheet
from neurograph.landscape.sweep import Sweep

__all__ = [
    "Gradients",
    "Losses",
    "gradients_everywhere",
    "losses_on_plane",
    "points_at_once",
    "whole_sets",
]

# A network with more parameters is computed level by level, unless only two of them move.
_SMALL = 300
# A curve, a surface and a path of one length, each with a single point.
_SWEEPS_KEPT = 6
# Numbers in the arrays of one piece of a sweep: 512 KB each.
_NUMBERS = 1 << 16


def can_be_swept(ground: Ground, over: Sequence[Parameter]) -> bool:
    """Whether to compute only what depends on the parameters, and not whole levels.

    It depends on nothing else, so that the same loss is the same number everywhere.
    """
    return len(over) <= 2 or ground.structure.n_parameters <= _SMALL


class Losses:
    """Losses where some parameters have other values.

    Parameters
    ----------
    ground : Ground
    over : sequence of Parameter
    """

    def __init__(self, ground: Ground, over: Sequence[Parameter]) -> None:
        self.ground, self.over = ground, over
        self._influence = _influence(ground, over) if can_be_swept(ground, over) else None

    def at(self, values: Array, result: Array | None = None) -> Array:
        """Return the loss at values of shape (n_points, n_over)."""
        found = np.empty(len(values)) if result is None else result
        if self._influence is None:
            found[...] = Everywhere(self.ground).losses(whole_sets(self.ground, self.over, values))
            return found
        pieces = _pieces(len(values), points_at_once(self.ground))
        sweep = _sweep(self._influence, [0] * len(self.over), (pieces[0].stop,))
        for some in pieces:
            for column, room in zip(values[some].T, sweep.values, strict=True):
                room[...] = column
            sweep.losses(found[some])
        return found

    def here(self) -> float:
        """Return the loss at the values in the network."""
        return float(self.at(self.ground.values(self.over)[None, :])[0])

    def on_grid(self, x: Array, y: Array, result: Array) -> None:
        """Compute the loss over two parameters into `result`, of shape (ny, nx)."""
        assert self._influence is not None
        room = points_at_once(self.ground)
        columns = _pieces(len(x), room)
        rows = _pieces(len(y), max(1, room // columns[0].stop))
        sweep = _sweep(self._influence, (1, 0), (rows[0].stop, columns[0].stop))
        for across in columns:
            sweep.values[0][...] = x[across]
            for up in rows:
                sweep.values[1][...] = y[up]
                sweep.losses(result[up, across])

    def done(self) -> None:
        """Leave what was made ready to the next of the same parameters."""
        if self._influence is not None and self._influence.out.size <= _NUMBERS:
            self.ground.prepared["landscape"] = _key(self.ground, self.over), self._influence


def _influence(ground: Ground, over: Sequence[Parameter]) -> Influence:
    """Return what parameters influence: that of last time, if it is of the same ones."""
    # Taken out while it is in use: two threads cannot use it at once.
    known, influence = ground.prepared.pop("landscape", (None, None))
    if influence is not None and known == _key(ground, over):
        influence.load(ground)
        found: Influence = influence
        return found
    return Influence(ground, over)


def _sweep(influence: Influence, axes: Sequence[int], shape: tuple[int, ...]) -> Sweep:
    """Return the operations for one arrangement of points; made once."""
    key = (*axes, *shape)
    if key not in influence.sweeps:
        if len(influence.sweeps) == _SWEEPS_KEPT:
            influence.sweeps.clear()
        influence.sweeps[key] = Sweep(influence, axes, shape)
    found: Sweep = influence.sweeps[key]
    return found


def _key(ground: Ground, over: Sequence[Parameter]) -> Hashable:
    first = tuple(one.slots[0] for one in over)
    return first, ground.n_samples, ground.loss.name, ground.reduction


class Gradients:
    """Losses and gradients of the same number of points, again and again.

    Parameters
    ----------
    ground : Ground
    over : sequence of Parameter
    n_points : int

    Attributes
    ----------
    values : ndarray of shape (n_over, n_points)
        Where to compute: to be filled in.
    losses : ndarray of shape (n_points,)
    gradient : ndarray of shape (n_over, n_points)
        What `compute` found.
    """

    def __init__(self, ground: Ground, over: Sequence[Parameter], n_points: int) -> None:
        self.ground, self.over = ground, over
        self.losses = np.empty(n_points)
        self._sweep: Sweep | None = None
        if can_be_swept(ground, over):
            influence = Influence(ground, over)
            self._sweep = Sweep(influence, [0] * len(over), (n_points,), gradients=True)
            self.values, self.gradient = self._sweep.values, self._sweep.gradient
        else:
            self.values, self.gradient = np.empty((2, len(over), n_points))

    def compute(self, *, losses: bool = True) -> None:
        """Compute the gradients, and the losses too if they are wanted."""
        if self._sweep is None:
            found = gradients_everywhere(self.ground, self.over, self.values)
            self.losses[...], self.gradient[...] = found
            return
        if losses:
            self._sweep.losses(self.losses)
        else:
            self._sweep.outs()
        self._sweep.gradients()


def gradients_everywhere(ground: Ground, over: Sequence[Parameter], values: Any) -> tuple[Any, Any]:
    """Return losses, and gradients of shape (n_over, n_points), at values that may be complex."""
    losses, gradients = Everywhere(ground).losses_and_gradients(whole_sets(ground, over, values.T))
    return losses, gradients[:, [one.slots[0] for one in over]].T


def losses_on_plane(
    ground: Ground,
    over: Sequence[Parameter],
    origin: Array,
    directions: Array,
    x: Array,
    y: Array,
    result: Array,
) -> None:
    """Compute the loss at origin + x * u + y * v into `result`, of shape (ny, nx)."""
    if not can_be_swept(ground, over):
        losses_on_sheet(ground, over, origin, directions, x, y, result)
        return
    losses = Losses(ground, over)
    for row, height in enumerate(y):
        losses.at(origin + height * directions[1] + x[:, None] * directions[0], result[row])
    losses.done()


def points_at_once(ground: Ground) -> int:
    """Return how many points of a sweep are computed at once."""
    return max(1, _NUMBERS // ground.n_samples)


def _pieces(n: int, size: int) -> list[slice]:
    """Return slices of one size that cover `n` points; the last may overlap the one before."""
    size = -(-n // -(-n // size))
    starts = [min(first, n - size) for first in range(0, n, size)]
    return [slice(first, first + size) for first in starts]


def whole_sets(ground: Ground, over: Sequence[Parameter], values: Any) -> Any:
    """Return parameters by slot, of shape (n_points, n_slots)."""
    whole = np.tile(ground.parameters.astype(values.dtype), (len(values), 1))
    for column, one in enumerate(over):
        whole[:, list(one.slots)] = values[:, column, None]
    return whole
