"""What all that works on arrays knows of a level, and of what its outputs add to the loss.

Blocks, the compiled loop and the landscapes ask here which neurons are computed alike, where the
messages to a level come from, and where loss and activation are taken together.
"""

from collections.abc import Iterable
from functools import cached_property
from itertools import groupby
from typing import Any, NamedTuple

import numpy as np

from neurograph.activations import Activation
from neurograph.engines.operations import Operation, Where, where_of
from neurograph.equations import Equations
from neurograph.losses import Joint
from neurograph.structure import BIAS, Block, Structure

__all__ = [
    "Cohort",
    "Level",
    "LossShares",
    "levels_of",
    "output_numbers",
]


def output_numbers(structure: Structure, rows: Iterable[int]) -> Any:
    """Return which outputs neurons are, by their place among the outputs; -1 for no output."""
    place = {row: number for number, row in enumerate(structure.outputs)}
    return np.array([place.get(row, -1) for row in rows])


class Cohort(NamedTuple):
    """Neurons of a level that are computed alike, beside each other or coupled.

    Attributes
    ----------
    rows : list of int
    where : slice or ndarray of int
        Their positions.
    activation : Activation
    joint : Joint or None
        The rule by which loss and activation give their deltas at once.
    """

    rows: list[int]
    where: Where
    activation: Activation
    joint: Joint | None


class Level:
    """A level from 1 on.

    Attributes
    ----------
    number : int
    block : Block
        Where its parameters lie.
    place : slice
        The positions of its neurons.
    columns : slice
        The positions that a dense block leads from.
    cohorts : list of Cohort
    """

    def __init__(self, equations: Equations, number: int) -> None:
        self.structure, self.number = equations.structure, number
        structure = self.structure
        self.block: Block = structure.blocks[number - 1]
        self.place = structure.place(number)
        self.columns = slice(self.block.first, self.block.first + self.block.width)
        self.cohorts: list[Cohort] = []
        for (activation, joint), groups in groupby(
            structure.groups[number - 1],
            key=lambda group: (equations.activations[group[0]], equations.joint(group[0])),
        ):
            rows = [row for group in groups for row in group]
            where = where_of(structure.positions[rows])
            self.cohorts.append(Cohort(rows, where, activation, joint))

    def matrix(self, by_slot: Any) -> Any:
        """Return a dense block's part of an array by slot as a matrix, or one for each point.

        Parameters
        ----------
        by_slot : ndarray of shape (..., n_slots)
        """
        part = by_slot[..., self.block.slots]
        return part.reshape(*part.shape[:-1], -1, self.block.width)

    @cached_property
    def links(self) -> tuple[Any, Any, Any]:
        """By slot the positions that it leads from and to; by neuron its first slot."""
        structure, block = self.structure, self.block
        pre, post = structure.pre[block.slots], structure.post[block.slots]
        # Between two levels lies the constant 1 from which the biases of the upper one come.
        constant = structure.levels[self.number - 1].stop + self.number - 1
        before = np.where(pre == BIAS, constant, structure.positions[np.maximum(pre, 0)])
        # The slots into a neuron lie side by side: its net is the sum from its start to the next.
        starts = np.searchsorted(post, np.arange(block.rows.start, block.rows.stop))
        return before, structure.positions[post], starts


def levels_of(equations: Equations) -> list[Level]:
    """Return the levels of a network from 1 on, in their order."""
    return [Level(equations, number) for number in range(1, len(equations.structure.levels))]


class _Part(NamedTuple):
    """Neurons whose shares follow one rule.

    Attributes
    ----------
    joint : Joint or None
        The rule, which reads nets; without one the loss reads outs.
    rows : list of int
        The neurons that are read: of a group also those that are no outputs.
    """

    joint: Joint | None
    rows: list[int]


class LossShares:
    """Each output's share of the loss, for many samples at once, as the passes define it for one.

    Parameters
    ----------
    equations : Equations
    """

    def __init__(self, equations: Equations) -> None:
        structure = equations.structure
        self.loss = equations.round.loss
        self.n_outputs = len(structure.outputs)
        parts: dict[object, _Part] = {}
        for row in structure.outputs:
            activation, joint = structure.activations[row], equations.joint_loss(row)
            if joint is not None and activation.group:
                # A share of softmax is computed from the nets of all its group, outputs or not.
                group = structure.group_of(row)
                parts[group] = _Part(joint, list(group))
            else:
                rule = None if joint is None else activation.name
                parts.setdefault(rule, _Part(joint, [])).rows.append(row)
        self.parts = list(parts.values())
        self._places = [output_numbers(structure, part.rows) for part in self.parts]
        self._where = [where_of(places) for places in self._places]
        self._at = [structure.positions[part.rows] for part in self.parts]

    @property
    def are_of_outs(self) -> bool:
        """Whether no share is computed from nets."""
        return all(part.joint is None for part in self.parts)

    def reads(self, net: Any, out: Any) -> list[tuple[slice, Any, Where]]:
        """Return what is read: where it goes in an array of all that is, an array, and positions.

        Parameters
        ----------
        net, out : ndarray of shape (n_positions, ...)
        """
        reads, start = [], 0
        for part, at in zip(self.parts, self._at, strict=True):
            room = slice(start, start + len(at))
            reads.append((room, out if part.joint is None else net, where_of(at)))
            start = room.stop
        return reads

    def reading(self, net: Any, out: Any) -> tuple[Any, list[Operation]]:
        """Return an array of all that is read, and the calls that fill it.

        What lies side by side in one array is read there.
        """
        reads = self.reads(net, out)
        (_, array, where), *others = reads
        if not others and isinstance(where, slice):
            return array[where], []
        known = np.empty((reads[-1][0].stop, *net.shape[1:]))
        return known, [
            (array.take, (np.arange(len(array))[where], 0, known[room], "clip"))
            for room, array, where in reads
        ]

    def read(self, net: Any, out: Any) -> Any:
        """Return all that is read, of shape (n_read, ...)."""
        return np.concatenate([array[at] for _, array, at in self.reads(net, out)])

    def value(self, known: Any, targets: Any) -> Any:
        """Return the shares.

        Parameters
        ----------
        known : ndarray of shape (n_read, ...)
        targets : ndarray of shape (n_outputs, ...)

        Returns
        -------
        ndarray of shape (n_outputs, ...)
        """
        shares = np.empty((self.n_outputs, *known.shape[1:]), known.dtype)
        start = 0
        for part, places, where in zip(self.parts, self._places, self._where, strict=True):
            read = known[start : start + len(places)]
            start += len(places)
            if part.joint is None:
                shares[where] = self.loss.value(targets[where], read, self.n_outputs)
                continue
            wanted = targets[places]
            wanted[places < 0] = 0.0  # a neuron of a group that is no output
            values = part.joint.value(read, wanted)
            shares[places[places >= 0]] = values[places >= 0]
        return shares
