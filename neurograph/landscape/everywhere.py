"""The loss and its gradient for many whole sets of parameters: a product of matrices a level.

The level equations of `neurograph.passes` with one more axis: each point has its own matrices.
Complex parameters are taken as for complex-step differentiation.
"""

from collections.abc import Iterator
from itertools import groupby
from typing import Any

import numpy as np

from neurograph import passes
from neurograph.activations import Activation
from neurograph.landscape.ground import Ground
from neurograph.plan.shares import Shares
from neurograph.structure import BIAS, Block

__all__ = ["Everywhere", "base_pass", "pass_at"]

# Numbers that the largest arrays of one piece of the work hold: about 2 MB each.
_NUMBERS_AT_ONCE = 1 << 18
# Up to so many parameters one pass object by object is faster.
_OBJECT_BY_OBJECT = 100


class Everywhere:
    """Computes losses, and gradients by slot, for parameters of shape (n_points, n_slots)."""

    def __init__(self, ground: Ground) -> None:
        self.ground = ground
        self.structure = ground.structure
        self.outputs = self.structure.positions[self.structure.outputs]
        self.shares = Shares(self.structure, ground.loss)

    @property
    def points_at_once(self) -> int:
        """How many points one piece of the work takes."""
        size = self.structure.n_positions * self.ground.n_samples + len(self.structure.pre)
        return max(1, _NUMBERS_AT_ONCE // size)

    def losses(self, parameters: Any) -> Any:
        """Return the loss of each point."""
        return self._in_pieces(parameters, gradients=False)[0]

    def losses_and_gradients(self, parameters: Any) -> tuple[Any, Any]:
        """Return the losses, and by slot the gradients, of shape (n_points, n_slots)."""
        return self._in_pieces(parameters, gradients=True)

    def _in_pieces(self, parameters: Any, gradients: bool) -> tuple[Any, Any]:
        losses = np.empty(len(parameters), parameters.dtype)
        found = np.empty(parameters.shape if gradients else (0,), parameters.dtype)
        with np.errstate(all="ignore"):
            for start in range(0, len(parameters), self.points_at_once):
                some = slice(start, start + self.points_at_once)
                one = _Pass(self, parameters[some])
                one.forward()
                losses[some] = one.losses()
                if gradients:
                    found[some] = one.gradients()
        return losses, found


def pass_at(ground: Ground, parameters: Any) -> tuple[Any, Any]:
    """Return nets and outs, of shape (n_positions, n_samples), for parameters by slot."""
    one = _Pass(Everywhere(ground), parameters[None, :])
    with np.errstate(all="ignore"):
        one.forward()
    return one.net[0], one.out[0]


def base_pass(ground: Ground, net: Any, out: Any) -> None:
    """Fill in the nets and outs of the network as it is, of shape (n_positions, n_samples)."""
    structure = ground.structure
    if structure.n_parameters > _OBJECT_BY_OBJECT:
        net[:], out[:] = pass_at(ground, ground.parameters)
        return
    one_sample = ground.n_samples == 1
    inputs = ground.inputs[:, 0].tolist() if one_sample else list(ground.inputs)
    now = passes.Computed()
    passes.run(passes.forward(structure, ground.parameters.tolist(), inputs, now))
    at = structure.positions.tolist()
    for row, value in now.out.items():
        out[at[row]] = value
    for row, value in now.net.items():
        net[at[row]] = value


class _Pass:
    """One forward and one backward pass of several points; arrays of (points, place, sample)."""

    def __init__(self, of: Everywhere, parameters: Any) -> None:
        self.of = of
        self.structure, self.ground = of.structure, of.ground
        self.parameters = parameters
        shape = (len(parameters), self.structure.n_positions, self.ground.n_samples)
        self.net, self.out, self.error, self.delta = (
            np.zeros(shape, parameters.dtype) for _ in range(4)
        )
        self.out[:, self.structure.constants] = 1.0
        self.out[:, self.structure.positions[self.structure.inputs]] = self.ground.inputs

    def forward(self) -> None:
        """Send messages forward."""
        for level, block in enumerate(self.structure.blocks, start=1):
            place = self.structure.place(level)
            if block.width:
                np.matmul(self._matrix(block), self.out[:, _columns(block)], self.net[:, place])
            else:
                pre, starts, _ = self._sparse(level, block)
                messages = self.out[:, pre] * self.parameters[:, block.slots, None]
                np.add.reduceat(messages, starts, axis=1, out=self.net[:, place])
            for at, activation in self._runs(level):
                nets = self.net[:, at]
                if activation.group:
                    outs = activation.value(np.moveaxis(nets, 1, 0))
                    self.out[:, at] = np.moveaxis(outs, 0, 1)
                else:
                    self.out[:, at] = activation.value(nets)

    def losses(self) -> Any:
        """Compare outputs with targets."""
        known = self.of.shares.read(self.net.swapaxes(0, 1), self.out.swapaxes(0, 1))
        shares = self.of.shares.value(known, self.ground.targets[:, None])
        return shares.sum(axis=(0, 2)) / self.ground.divisor

    def _targets(self, group: Any) -> Any:
        """Return the targets of a group; those of a neuron that is no output are 0."""
        outputs = self.structure.outputs
        nothing = np.zeros(self.ground.n_samples)
        return np.array(
            [self.ground.targets[outputs.index(j)] if j in outputs else nothing for j in group]
        )

    def gradients(self) -> Any:
        """Send error messages back; return the gradients by slot."""
        structure, loss = self.structure, self.ground.loss
        gradient = np.zeros(self.parameters.shape, self.parameters.dtype)
        n = len(self.of.outputs)
        fits = self._fitting()
        apart = [k for k, row in enumerate(structure.outputs) if row not in fits]
        at = self.of.outputs[apart]
        self.error[:, at] = loss.slope(self.ground.targets[apart], self.out[:, at], n)
        for level, block in reversed(list(enumerate(structure.blocks, start=1))):
            for rows in structure.groups[level - 1]:
                self._delta(rows, rows[0] in fits)
            delta = self.delta[:, structure.place(level)]
            if block.width:
                before = self.out[:, _columns(block)]
                product = np.matmul(delta, before.swapaxes(1, 2))
                gradient[:, block.slots] = product.reshape(len(product), -1)
                self.error[:, _columns(block)] += np.matmul(
                    self._matrix(block).swapaxes(1, 2), delta
                )
            else:
                pre, _, post = self._sparse(level, block)
                gradient[:, block.slots] = (self.out[:, pre] * self.delta[:, post]).sum(axis=2)
                messages = self.delta[:, post] * self.parameters[:, block.slots, None]
                np.add.at(self.error.swapaxes(0, 1), pre, messages.swapaxes(0, 1))
        for slots in structure.ties:
            gradient[:, slots] = gradient[:, slots].sum(axis=1, keepdims=True)
        gradient /= self.ground.divisor
        return gradient

    def _fitting(self) -> set[int]:
        """Return the outputs whose delta the loss and the activation give at once."""
        structure, outputs = self.structure, set(self.structure.outputs)
        return {
            row
            for level in structure.groups
            for group in level
            if structure.activations[group[0]].name in self.ground.loss.joint
            and outputs.issuperset(group)
            for row in group
        }

    def _delta(self, rows: tuple[int, ...], at_once: bool) -> None:
        structure = self.structure
        activation = structure.activations[rows[0]]
        at = structure.positions[list(rows)]
        net, out, error = (
            np.moveaxis(values[:, at], 1, 0) for values in (self.net, self.out, self.error)
        )
        if activation.group:
            delta = activation.group_delta(out, error)
        else:
            delta = activation.slope(net, out) * error
        if at_once:
            joint = self.ground.loss.joint[activation.name]
            delta = delta + joint.delta(out, self._targets(rows)[:, None])
        self.delta[:, at] = np.moveaxis(delta, 0, 1)

    # -- where things are ---------------------------------------------------------------------

    def _matrix(self, block: Block) -> Any:
        part = self.parameters[:, block.slots]
        return part.reshape(len(part), -1, block.width)

    def _runs(self, level: int) -> Iterator[tuple[Any, Activation]]:
        """Yield positions of a level that have the same activation, side by side or coupled."""
        structure = self.structure
        for activation, run in groupby(
            structure.groups[level - 1], key=lambda group: structure.activations[group[0]]
        ):
            rows = [row for group in run for row in group]
            yield structure.positions[rows], activation

    def _sparse(self, level: int, block: Block) -> tuple[Any, Any, Any]:
        """Return the position before each slot, the first slot of each neuron, and its position."""
        structure = self.structure
        pre = structure.pre[block.slots]
        constant = structure.levels[level - 1].stop + level - 1
        before = np.where(pre == BIAS, constant, structure.positions[np.maximum(pre, 0)])
        post = structure.post[block.slots]
        starts = np.searchsorted(post, np.arange(block.rows.start, block.rows.stop))
        return before, starts, structure.positions[post]


def _columns(block: Block) -> slice:
    return slice(block.first, block.first + block.width)
