"""The loss where some parameters have other values: which way of computing it fits."""

from collections.abc import Hashable, Sequence
from functools import cached_property
from typing import Any

import numpy as np

from neurograph.landscape.axes import Array, Ground, Parameter
from neurograph.landscape.points import ByLevels, ByPasses, points_on
from neurograph.landscape.sheet import losses_on_sheet
from neurograph.landscape.sweep import Dependents, Sweep

__all__ = ["Evaluator", "Gradients"]

# A network with more parameters is computed level by level, unless only two of them move.
_SMALL = 300
# A curve, a surface and a path of one length, each with a single point.
_SWEEPS_KEPT = 6
# Numbers in the arrays of one piece of a sweep: 512 KB each.
_NUMBERS = 1 << 16


class Evaluator:
    """Computes losses, and gradients, where some parameters have other values.

    What depends on the parameters is swept over where that is little; else all is computed, level
    by level, or by the passes where the levels are no matrices. Which way it is depends on nothing
    but the network and the parameters, so that the same loss is the same number everywhere.

    Parameters
    ----------
    ground : Ground
    over : sequence of Parameter
    """

    def __init__(self, ground: Ground, over: Sequence[Parameter]) -> None:
        self.ground, self.over = ground, over
        structure = ground.structure
        small = len(over) <= 2 or structure.n_parameters <= _SMALL
        self.sweeps = small and structure.is_plain

    @cached_property
    def _dependents(self) -> Dependents | None:
        """What depends on the parameters: that of last time, if it is of the same ones."""
        if not self.sweeps:
            return None
        # Taken out while it is in use: two threads cannot use it at once.
        known, kept = self.ground.prepared.pop("landscape", (None, None))
        if kept is not None and known == _key(self.ground, self.over):
            dependents: Dependents = kept
            dependents.load(self.ground)
            return dependents
        return Dependents(self.ground, self.over)

    @cached_property
    def _points(self) -> ByLevels | ByPasses:
        return points_on(self.ground)

    @property
    def points_at_once(self) -> int:
        """How many points of a sweep are computed at once."""
        return max(1, _NUMBERS // self.ground.n_samples)

    # -- losses -------------------------------------------------------------------------------

    def at(self, values: Array, result: Array | None = None) -> Array:
        """Return the loss at values of shape (n_points, n_over)."""
        losses = np.empty(len(values)) if result is None else result
        if self._dependents is None:
            losses[...] = self._points.losses(self.whole_sets(values))
            return losses
        pieces = _pieces(len(values), self.points_at_once)
        sweep = _sweep(self._dependents, [0] * len(self.over), (pieces[0].stop,))
        for piece in pieces:
            for column, room in zip(values[piece].T, sweep.values, strict=True):
                room[...] = column
            sweep.losses(losses[piece])
        return losses

    def here(self) -> float:
        """Return the loss at the values in the network."""
        return float(self.at(self.ground.values(self.over)[None, :])[0])

    def on_grid(self, x: Array, y: Array, result: Array) -> None:
        """Compute the loss over two parameters into `result`, of shape (ny, nx)."""
        if self._dependents is None:
            self.on_plane(np.zeros(2), np.eye(2), x, y, result)
            return
        columns = _pieces(len(x), self.points_at_once)
        rows = _pieces(len(y), max(1, self.points_at_once // columns[0].stop))
        sweep = _sweep(self._dependents, (1, 0), (rows[0].stop, columns[0].stop))
        for across in columns:
            sweep.values[0][...] = x[across]
            for up in rows:
                sweep.values[1][...] = y[up]
                sweep.losses(result[up, across])

    def on_plane(self, origin: Array, directions: Array, x: Array, y: Array, result: Array) -> None:
        """Compute the loss at origin + x * u + y * v into `result`, of shape (ny, nx)."""
        if self._dependents is None and self.ground.structure.is_plain:
            (start,) = self.whole_sets(origin[None, :])
            losses_on_sheet(self.ground, start, self.whole_sets(directions, 0.0), x, y, result)
            return
        for row, height in enumerate(y):
            self.at(origin + height * directions[1] + x[:, None] * directions[0], result[row])

    def done(self) -> None:
        """Leave what was made ready to the next of the same parameters."""
        if self._dependents is not None and self._dependents.out.size <= _NUMBERS:
            self.ground.prepared["landscape"] = _key(self.ground, self.over), self._dependents

    # -- gradients ----------------------------------------------------------------------------

    def gradients_at(self, values: Any) -> tuple[Any, Any]:
        """Return losses and gradients at values of shape (n_points, n_over), complex ones too."""
        losses, gradients = self._points.losses_and_gradients(self.whole_sets(values))
        return losses, gradients[:, [parameter.slot for parameter in self.over]]

    def nets_and_outs(self, values: Any) -> tuple[Any, Any]:
        """Return nets and outs, of shape (n_positions, n_samples), at values of shape (n_over,)."""
        return self._points.nets_and_outs(self.whole_sets(values[None, :])[0])

    def whole_sets(self, values: Any, others: Any = None) -> Any:
        """Return parameters by slot, of shape (n_points, n_slots).

        The others are as in the network, if nothing else is said.
        """
        others = self.ground.parameters if others is None else others
        whole = np.empty((len(values), len(self.ground.parameters)), values.dtype)
        whole[...] = others
        for column, parameter in enumerate(self.over):
            whole[:, list(parameter.slots)] = values[:, column, None]
        return whole


class Gradients:
    """Losses and gradients of the same number of points, again and again.

    Parameters
    ----------
    evaluator : Evaluator
    n_points : int

    Attributes
    ----------
    values : ndarray of shape (n_over, n_points)
        Where to compute: to be filled in.
    losses : ndarray of shape (n_points,)
    gradient : ndarray of shape (n_over, n_points)
        What `compute` found.
    """

    def __init__(self, evaluator: Evaluator, n_points: int) -> None:
        self.evaluator = evaluator
        self.losses = np.empty(n_points)
        self._sweep: Sweep | None = None
        if evaluator.sweeps:
            dependents = Dependents(evaluator.ground, evaluator.over)
            self._sweep = Sweep(dependents, [0] * len(dependents.over), (n_points,), gradients=True)
            self.values, self.gradient = self._sweep.values, self._sweep.gradient
        else:
            self.values, self.gradient = np.empty((2, len(evaluator.over), n_points))

    def compute(self, *, losses: bool = True) -> None:
        """Compute the gradients, and the losses too if they are wanted."""
        if self._sweep is None:
            self.losses[...], gradients = self.evaluator.gradients_at(self.values.T)
            self.gradient[...] = gradients.T
            return
        if losses:
            self._sweep.losses(self.losses)
        else:
            self._sweep.outs()
        self._sweep.gradients()


def _sweep(dependents: Dependents, axes: Sequence[int], shape: tuple[int, ...]) -> Sweep:
    """Return the operations for one arrangement of points; made once."""
    key = (*axes, *shape)
    if key not in dependents.sweeps:
        if len(dependents.sweeps) == _SWEEPS_KEPT:
            dependents.sweeps.clear()
        dependents.sweeps[key] = Sweep(dependents, axes, shape)
    sweep: Sweep = dependents.sweeps[key]
    return sweep


def _key(ground: Ground, over: Sequence[Parameter]) -> Hashable:
    first = tuple(parameter.slot for parameter in over)
    return first, ground.n_samples, ground.loss.name, ground.reduction


def _pieces(n: int, size: int) -> list[slice]:
    """Return slices of one size that cover `n` points; the last may overlap the one before."""
    size = -(-n // -(-n // size))
    starts = [min(first, n - size) for first in range(0, n, size)]
    return [slice(first, first + size) for first in starts]
