"""What a parameter influences; all else is computed once."""

from collections.abc import Hashable, Iterator, Sequence
from typing import Any

import numpy as np

from neurograph.landscape.everywhere import base_pass
from neurograph.landscape.ground import Array, Ground, Parameter
from neurograph.plan.operations import Operation, run

__all__ = ["Influence", "reduced"]


class Influence:
    """What some parameters influence, and the numbers of all that they do not.

    The arrays are filled by `load` and stay where they are, so that a `Sweep` that reads them can
    be used again.

    Parameters
    ----------
    ground : Ground
    over : sequence of Parameter

    Attributes
    ----------
    moved : dict of int to int
        Slot -> number of the parameter that is in it.
    bits : dict of int to int
        By row, the parameters that a neuron's out depends on, one bit each; only if there are any.
    groups : list of tuple of int
        The rows that depend on any, in the order of computation.
    net, out : ndarray of shape (n_positions, n_samples)
        In the network as it is.
    constant : dict of int to ndarray of shape (n_samples,)
        By row, the part of a net that does not vary.
    constant_loss : ndarray of shape ()
        The part of the loss that does not vary.
    sweeps : dict
        What was made that reads these arrays.
    """

    def __init__(self, ground: Ground, over: Sequence[Parameter]) -> None:
        self.over = over
        self.structure = structure = ground.structure
        self.loss, self.divisor, self.n_samples = ground.loss, ground.divisor, ground.n_samples
        self.moved = {slot: number for number, one in enumerate(over) for slot in one.slots}
        # Bits follow the slots, so that sums have one order however the parameters are named.
        ranks = np.argsort(np.argsort([one.slots[0] for one in over])).tolist()
        self.bit = [1 << rank for rank in ranks]
        self.parameters, self.targets = ground.parameters.copy(), ground.targets.copy()
        self._inputs, self._loaded = ground.inputs.copy(), False
        self.net, self.out = np.empty((2, structure.n_positions, self.n_samples))
        self.sweeps: dict[Hashable, Any] = {}
        self.bits: dict[int, int] = {}
        self.groups: list[tuple[int, ...]] = []
        self._spread()
        self.constant = {row: np.empty(self.n_samples) for row in self.bits}
        self.constant_loss = np.empty(())
        self._constant_terms = [(row, *self._constant_links(row)) for row in self.bits]
        self.load(ground)

    def _spread(self) -> None:
        """Follow the connections onward from the neurons that a parameter leads into."""
        structure = self.structure
        arrived: dict[int, int] = {}
        for slot, number in self.moved.items():
            row = int(structure.post[slot])
            arrived[row] = arrived.get(row, 0) | self.bit[number]
        for group in (group for level in structure.groups for group in level):
            bits = 0
            for row in group:
                bits |= arrived.get(row, 0)
            if bits:
                self.groups.append(group)
                for row in group:
                    self.bits[row] = bits
                    for _, after in structure.outgoing[row]:
                        arrived[after] = arrived.get(after, 0) | bits

    def _constant_links(self, row: int) -> tuple[list[int], Any, int | None]:
        """Return the slots that do not vary, where their messages come from, and the bias."""
        structure = self.structure
        links = [
            (slot, pre)
            for slot, pre in structure.incoming[row]
            if slot not in self.moved and pre not in self.bits
        ]
        bias = structure.bias_slot.get(row)
        kept = None if bias in self.moved else bias
        return [slot for slot, _ in links], structure.positions[[pre for _, pre in links]], kept

    def load(self, ground: Ground) -> None:
        """Take the numbers of a network and of samples, of the same structure and count."""
        structure = self.structure
        if self._loaded and self._is_of(ground):
            return
        self._loaded = True
        self.parameters[:], self.targets[:] = ground.parameters, ground.targets
        self._inputs[:] = ground.inputs
        base_pass(ground, self.net, self.out)
        with np.errstate(all="ignore"):
            for row, slots, before, bias in self._constant_terms:
                net = self.constant[row]
                np.dot(self.parameters[slots], self.out[before], out=net)
                if bias is not None:
                    net += self.parameters[bias]
            shares = np.zeros((self.n_samples, 1))
            for place, row in enumerate(structure.outputs):
                if row not in self.bits:
                    shares[:, 0] += self._share(place, row)
            run(list(reduced(shares, self.divisor)))
            self.constant_loss[...] = shares[0, 0]

    def _is_of(self, ground: Ground) -> bool:
        return (
            np.array_equal(self.parameters, ground.parameters)
            and np.array_equal(self._inputs, ground.inputs)
            and np.array_equal(self.targets, ground.targets)
        )

    def _share(self, place: int, row: int) -> Array:
        """Return an output's share of the loss where it does not vary."""
        structure = self.structure
        joint = self.loss.joint.get(structure.activations[row].name)
        share: Array
        if joint is None:
            out = self.out[structure.positions[row]]
            share = self.loss.value(self.targets[place], out, len(structure.outputs))
            return share
        group = structure.group_of(row)
        nets = self.net[structure.positions[list(group)]]
        share = joint.value(nets, self.targets_of(group))[group.index(row)]
        return share

    def targets_of(self, group: Sequence[int]) -> Array:
        """Return the targets of a group; those of a neuron that is no output are 0."""
        outputs = self.structure.outputs
        nothing = np.zeros(self.n_samples)
        return np.array(
            [self.targets[outputs.index(j)] if j in outputs else nothing for j in group]
        )


def reduced(values: Array, divisor: float) -> Iterator[Operation]:
    """Leave in values[0] the sum over the samples, by halves, divided by `divisor`.

    NumPy's own sum has another order for another shape.
    """
    n = len(values)
    while n > 1:
        half = n // 2
        yield np.add, (values[:half], values[n - half : n], values[:half])
        n -= half
    if divisor != 1:
        yield np.divide, (values[0], divisor, values[0])
