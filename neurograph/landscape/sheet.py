"""The loss on a plane through all parameters of a large network, level by level.

The nets of neurons that depend on inputs alone are linear in the two coordinates of the plane:
three products of matrices give them at every point. Where the net is in nothing but a power, as in
1 / (1 + e^-net), the powers of a row and of a column of the plane are multiplied, because
e^(a + b) = e^a * e^b. Samples are taken in pieces whose arrays stay in the processor's cache.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from neurograph.engines.levels import Cohort, Level
from neurograph.engines.operations import Operation, formula_operations, run
from neurograph.engines.program import Program
from neurograph.equations import Round
from neurograph.formulas import Formula
from neurograph.landscape.axes import Array, Ground
from neurograph.landscape.sweep import POWER, is_far, powers_of_net, simpler

__all__ = ["losses_on_sheet"]

# Numbers in an array of one piece, about 100 KB.
_NUMBERS = 1 << 14
# So many columns of the plane are made ready at once.
_COLUMNS = 64


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
    size = max(1, min(ground.n_samples, _NUMBERS // widest))
    heights, distances = y.tolist(), x.tolist()
    for first in range(0, ground.n_samples, size):
        some = slice(first, first + size)
        part = replace(ground, inputs=ground.inputs[:, some], targets=ground.targets[:, some])
        piece = _SheetPiece(part, start, leading)
        for left in range(0, len(x), _COLUMNS):
            columns = distances[left : left + _COLUMNS]
            piece.set_columns(columns)
            for row, height in enumerate(heights):
                piece.set_height(height)
                for column, distance in enumerate(columns):
                    result[row, left + column] += piece.loss(column, distance)
    result /= ground.divisor


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
        of_round = Round(ground.structure, ground.loss, "sum")
        super().__init__(of_round, start.copy(), {}, ground.n_samples, with_update=False)
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
            *formula_operations(simpler(ground.loss.formula), operands, self._shares),
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
