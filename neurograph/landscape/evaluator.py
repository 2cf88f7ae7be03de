"""The loss where some parameters have other values: which way of computing it fits.

What few parameters move is swept over (`neurograph.landscape.sweep`); whole sets of parameters are
computed as points (`neurograph.landscape.points`). A plane through all parameters of a large
network has a way of its own. The nets of neurons that depend on inputs alone are linear in the two
coordinates of the plane: three products of matrices give them at every point. Where the net is in
nothing but a power, as in 1 / (1 + e^-net), the powers of a row and of a column of the plane are
multiplied, because e^(a + b) = e^a * e^b. Samples are taken in pieces whose arrays stay in the
processor's cache.
"""

from collections.abc import Hashable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np

from neurograph.display import Brief
from neurograph.engines.blocks import Program
from neurograph.engines.levels import Cohort, Level
from neurograph.engines.operations import Operation, formula_operations, run
from neurograph.formulas import Formula
from neurograph.landscape.axes import Array, Ground, Parameter
from neurograph.landscape.points import ByLevels, ByPasses, points_on
from neurograph.landscape.sweep import POWER, Dependents, Sweep, is_far, powers_of_net, simpler

__all__ = ["Evaluator", "Gradients", "losses_on_sheet"]

# Numbers in an array of one piece, 256 KB.
_SHEET_NUMBERS = 1 << 15
# So many columns of the plane are made ready at once.
_SHEET_COLUMNS = 64


def losses_on_sheet(
    ground: Ground, start: Array, leading: Array, x: Array, y: Array, result: Array
) -> None:
    """Compute the loss at start + x * u + y * v into `result`, of shape (ny, nx).

    Parameters
    ----------
    ground : Ground
    start : ndarray of shape (n_slots,)
    leading : ndarray of shape (2, n_slots)
        The directions u and v.
    x, y, result : ndarray
    """
    result[...] = 0.0
    widest = max(len(block.rows) for block in ground.structure.blocks)
    size = max(1, min(ground.n_samples, _SHEET_NUMBERS // widest))
    heights, distances = y.tolist(), x.tolist()
    for first in range(0, ground.n_samples, size):
        some = slice(first, first + size)
        part = replace(ground, inputs=ground.inputs[:, some], targets=ground.targets[:, some])
        piece = _SheetPiece(part, start, leading)
        for left in range(0, len(x), _SHEET_COLUMNS):
            columns = distances[left : left + _SHEET_COLUMNS]
            piece.set_columns(columns)
            for row, height in enumerate(heights):
                piece.set_height(height)
                for column, distance in enumerate(columns):
                    result[row, left + column] += piece.loss(column, distance)
    result /= ground.divisor
    if ground.round.penalised:
        _add_penalties(ground, start, leading, x, y, result)


def _add_penalties(
    ground: Ground, start: Array, leading: Array, x: Array, y: Array, result: Array
) -> None:
    """Add at each point what the size of the weights there adds."""
    for row, height in enumerate(y.tolist()):
        for column, distance in enumerate(x.tolist()):
            point = start + distance * leading[0] + height * leading[1]
            result[row, column] += ground.penalties(point)


@dataclass
class _Linear:
    """A level whose nets are still + x * along + y * up."""

    still: Array
    along: Array
    up: Array
    sign: float
    in_row: Array
    #: e^(sign * in_row), and e^(sign * x * along) for each column.
    of_row: Array
    of_column: list[Array]


class _SheetPiece(Program):
    """The calls of a forward pass of some samples, at one point of the plane."""

    def __init__(self, ground: Ground, start: Array, leading: Array) -> None:
        self._start, (self._u, self._v) = start, leading
        self._row = np.empty_like(start)
        self._x, self._column_number = np.zeros(()), 0
        self._linear: dict[int, _Linear] = {}
        self._by_powers: dict[int, Formula] = {}
        self._inputs = ground.inputs if ground.n_samples > 1 else ground.inputs[:, 0]
        summed = replace(ground.round, reduction="sum")
        super().__init__(summed, start.copy(), {}, ground.n_samples, with_update=False)
        self._by_powers = {
            level.number: powers[0]
            for level in self.levels
            if level.number in self._linear and (powers := self._powers_of(level))
        }
        self._quick = list(self._forward())
        self.give(ground.inputs.T, ground.targets.T)
        self._shares = np.empty(self.target[self.outputs].shape)
        self._targets = self.target[self.outputs].copy()
        outs = self._view(self.out, self.outputs)
        operands = {"target": self._targets, "out": outs, "n": float(self.shares.n_outputs)}
        self._compare = [
            *self._fetch(self.out, self.outputs, outs),
            *formula_operations(simpler(ground.round.loss.formula), operands, self._shares),
        ]
        if not self.shares.are_of_outs:
            self._compare = [(self._compare_nets, ())]

    def _compare_nets(self) -> None:
        known = self.shares.read(self.net, self.out)
        np.copyto(self._shares, self.shares.value(known, self._targets))

    # -- what is run --------------------------------------------------------------------------

    def _product(self, level: Level) -> Iterator[Operation]:
        if not level.block.width or level.columns.stop > len(self.structure.levels[0]) + 1:
            yield from super()._product(level)
            return
        if level.number not in self._linear:
            self._linear[level.number] = self._made_linear(level)
        linear, net = self._linear[level.number], self.net[level.place]
        if level.number in self._by_powers:
            # e^(sign * net) in place of the nets, which nobody reads.
            yield self._multiply_powers, (linear, net)
        else:
            yield np.multiply, (linear.along, self._x, net)
            yield np.add, (net, linear.in_row, net)

    def _activate(self, level: Level, cohort: Cohort) -> Iterator[Operation]:
        if level.number in self._by_powers:
            operands = {POWER: self.net[level.place]}
            of_powers = self._by_powers[level.number]
            yield from formula_operations(of_powers, operands, self.out[level.place])
        else:
            yield from super()._activate(level, cohort)

    def _powers_of(self, level: Level) -> tuple[Formula, float] | None:
        """Return the formula of a level in e^(sign * net), if it has one for all its neurons."""
        (_, where, activation, _), *more = level.cohorts
        if more or not isinstance(where, slice) or activation.name in self.round.loss.joint:
            return None
        return None if activation.group else powers_of_net(activation.formula)

    def _made_linear(self, level: Level) -> _Linear:
        known = self.out.copy()
        known[self.structure.positions[self.structure.inputs]] = self._inputs
        before = known[level.columns]
        still, along, up = (level.matrix(part) @ before for part in (self._start, self._u, self._v))
        powers = self._powers_of(level)
        sign = 1.0 if powers is None else powers[1]
        return _Linear(still, along, up, sign, np.empty_like(still), np.empty_like(still), [])

    def _multiply_powers(self, linear: _Linear, power: Array) -> None:
        np.multiply(linear.of_row, linear.of_column[self._column_number], power)

    # -- where on the plane -------------------------------------------------------------------

    def set_columns(self, distances: Sequence[float]) -> None:
        """Make ready for some columns of the plane."""
        self._far_columns = [False] * len(distances)
        with np.errstate(all="ignore"):
            for level in self._by_powers:
                linear = self._linear[level]
                linear.of_column = [linear.along * (linear.sign * x) for x in distances]
                for column, power in enumerate(linear.of_column):
                    self._far_columns[column] |= is_far(power)
                    np.exp(power, power)

    def set_height(self, height: float) -> None:
        """Go to one row of the plane."""
        self._far_row = False
        with np.errstate(all="ignore"):
            np.multiply(self._v, height, self._row)
            np.add(self._row, self._start, self._row)
            for level, linear in self._linear.items():
                np.multiply(linear.up, height, linear.in_row)
                np.add(linear.in_row, linear.still, linear.in_row)
                if level in self._by_powers:
                    self._far_row |= is_far(linear.in_row)
                    np.multiply(linear.in_row, linear.sign, linear.of_row)
                    np.exp(linear.of_row, linear.of_row)

    def loss(self, column: int, distance: float) -> float:
        """Return the loss of these samples, summed, at one point of the row."""
        self._column_number = column
        self._x[...] = distance
        far = self._far_row or self._far_columns[column]
        with np.errstate(all="ignore"):
            np.multiply(self._u, distance, self.parameters)
            np.add(self.parameters, self._row, self.parameters)
            run(self.forward if far else self._quick)
            run(self._compare)
            return float(np.add.reduce(self._shares, None))


# A network with more parameters is computed level by level, unless only two of them move.
_SMALL = 300
# A curve, a surface and a path of one length, each with a single point.
_SWEEPS_KEPT = 6
# Numbers in the arrays of one piece of a sweep: 512 KB each.
_NUMBERS = 1 << 16


class Evaluator(Brief):
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
        self.sweeps = small and ground.round.is_plain

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
        if self._dependents is None and self.ground.round.is_plain:
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
    return first, ground.n_samples, ground.round.key


def _pieces(n: int, size: int) -> list[slice]:
    """Return slices of one size that cover `n` points; the last may overlap the one before."""
    size = -(-n // -(-n // size))
    starts = [min(first, n - size) for first in range(0, n, size)]
    return [slice(first, first + size) for first in starts]
