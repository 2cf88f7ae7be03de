"""What the outputs add to the loss, for many samples at once."""

from typing import Any, NamedTuple

import numpy as np

from neurograph.losses import Joint, Loss
from neurograph.plan.operations import Where, where_of
from neurograph.structure import Structure

__all__ = ["Shares"]


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


class Shares:
    """Each output's share of the loss, as `passes.loss_of` has it for one output.

    Parameters
    ----------
    structure : Structure
    loss : Loss
    """

    def __init__(self, structure: Structure, loss: Loss) -> None:
        self.loss = loss
        self.n_outputs = len(structure.outputs)
        parts: dict[object, _Part] = {}
        for row in structure.outputs:
            activation = structure.activations[row]
            joint = loss.joint.get(activation.name)
            if joint is not None and activation.group:
                group = structure.group_of(row)
                parts[group] = _Part(joint, list(group))
            else:
                rule = None if joint is None else activation.name
                parts.setdefault(rule, _Part(joint, [])).rows.append(row)
        self.parts = list(parts.values())
        place = {row: number for number, row in enumerate(structure.outputs)}
        self._places = [np.array([place.get(row, -1) for row in part.rows]) for part in self.parts]
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
        for part, places in zip(self.parts, self._places, strict=True):
            read = known[start : start + len(places)]
            start += len(places)
            if part.joint is None:
                shares[places] = self.loss.value(targets[places], read, self.n_outputs)
                continue
            wanted = targets[places]
            wanted[places < 0] = 0.0  # a neuron of a group that is no output
            values = part.joint.value(read, wanted)
            shares[places[places >= 0]] = values[places >= 0]
        return shares
