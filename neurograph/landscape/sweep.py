"""The loss for many values of a few parameters: only what depends on them is computed again.

Which neurons a parameter reaches is known beforehand. All else is taken from one pass, once. What
varies is kept in arrays of shape ``(n_samples, *points)``, where a value that depends on one
parameter of a grid alone has one axis of points, not two. Each array operation does the same to
every point, so that the loss at a point is the same number however the points are arranged.
"""

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from neurograph.activations import GROUP_DELTA, Activation
from neurograph.formulas import Formula
from neurograph.landscape.ground import Array, Parameter
from neurograph.landscape.influence import Influence, reduced
from neurograph.landscape.powers import POWER, power_of_sum, powers_of_net, simpler
from neurograph.losses import Joint
from neurograph.plan.operations import Operation, formula_operations, run

__all__ = ["Sweep"]

_ONE = Formula("1", [])


class Sweep:
    """The array operations that compute losses, and gradients, for one arrangement of points.

    Parameters
    ----------
    influence : Influence
    axes : sequence of int
        For each parameter the axis of points that it varies along.
    shape : tuple of int
        How many points there are along each axis.
    gradients : bool
        Whether gradients are computed too; then all parameters vary along one axis.

    Attributes
    ----------
    values : list of ndarray, or ndarray of shape (n_over, n_points)
        What the parameters are set to, each of the length of its axis: fill these, then call
        `losses`. With one axis it is one array.
    gradient : ndarray of shape (n_over, n_points)
        After `gradients`.
    """

    def __init__(
        self,
        influence: Influence,
        axes: Sequence[int],
        shape: tuple[int, ...],
        *,
        gradients: bool = False,
    ) -> None:
        self.influence = influence
        self.structure, self.loss = influence.structure, influence.loss
        self.shape = shape
        self.axis_of_bit = dict(zip(influence.bit, axes, strict=True))
        self.values: Any = [np.empty(shape[axis]) for axis in axes]
        if len(shape) == 1:
            self.values = np.empty((len(axes), *shape))
        self._placed = [
            values.reshape(1, *(-1 if place == axis else 1 for place in range(len(shape))))
            for axis, values in zip(axes, self.values, strict=True)
        ]
        self._net: dict[int, Array] = {}
        self._out: dict[int, Array] = {}
        self._stacks: dict[tuple[int, ...], tuple[Array, Array]] = {}
        self._temporary: dict[tuple[int, ...], Array] = {}
        self._forward = list(self._forward_operations())
        self._compare: list[Operation] = []
        self._terms = list(self._loss_terms())
        self.gradient = np.zeros((len(influence.over), *shape)) if gradients else np.empty(0)
        self._backward = list(self._backward_operations()) if gradients else []

    def outs(self) -> None:
        """Compute the outs of every point."""
        with np.errstate(all="ignore"):
            run(self._forward)

    def losses(self, result: Array) -> None:
        """Compute the loss of every point into `result`, of the shape of the points."""
        with np.errstate(all="ignore"):
            run(self._forward)
            run(self._compare)
            total: Any = self.influence.constant_loss
            if not self._terms:
                result[...] = total
            for place, term in enumerate(self._terms):
                last = place == len(self._terms) - 1
                total = np.add(total, term, out=result if last else None)

    def gradients(self) -> None:
        """Compute the gradients of every point, after `outs` or `losses`."""
        with np.errstate(all="ignore"):
            run(self._backward)

    # -- arrays -------------------------------------------------------------------------------

    def _shape(self, bits: int) -> tuple[int, ...]:
        axes = {axis for bit, axis in self.axis_of_bit.items() if bits & bit}
        return tuple(n if axis in axes else 1 for axis, n in enumerate(self.shape))

    def _room(self, bits: int) -> Array:
        return np.empty((self.influence.n_samples, *self._shape(bits)))

    def _spare(self, shape: tuple[int, ...]) -> Array:
        """Return an array for what is read at once."""
        if shape not in self._temporary:
            self._temporary[shape] = np.empty(shape)
        return self._temporary[shape]

    def _column(self, by_sample: Array) -> Array:
        """Return numbers by sample, to go with arrays of points."""
        return by_sample.reshape(by_sample.shape + (1,) * len(self.shape))

    def _nets(self, group: tuple[int, ...]) -> Any:
        """Return the nets of a group, of shape (group, n_samples, *points), where they are kept."""
        if group in self._stacks:
            return self._stacks[group][0]
        net = self._net.get(group[0])
        return None if net is None else net[None]

    def _weight(self, slot: int) -> tuple[int, Any]:
        """Return what a parameter depends on, and its value."""
        number = self.influence.moved.get(slot)
        if number is None:
            return 0, self.influence.parameters[slot : slot + 1].reshape(())
        return self.influence.bit[number], self._placed[number]

    def _out_of(self, row: int) -> tuple[int, Array]:
        """Return what an out depends on, and its array."""
        bits = self.influence.bits.get(row, 0)
        if bits:
            return bits, self._out[row]
        return 0, self._column(self.influence.out[self.structure.positions[row]])

    # -- forward ------------------------------------------------------------------------------

    def _forward_operations(self) -> Iterator[Operation]:
        structure, influence = self.structure, self.influence
        for group in influence.groups:
            bits = influence.bits[group[0]]
            activation = structure.activations[group[0]]
            if activation.group:
                yield from self._coupled(group, bits, activation)
                continue
            (row,) = group
            self._out[row] = out = self._room(bits)
            first, last, made = self._summands(row)
            yield from made
            powers = powers_of_net(activation.formula)
            net_is_read = "net" in activation.derivative.variables or (
                activation.name in self.loss.joint
            )
            if last is None or powers is None or net_is_read:
                self._net[row] = net = self._room(bits)
                yield _total, (first, last, net)
            if last is None or powers is None:
                yield from formula_operations(activation.formula, {"net": net}, out)
                continue
            # e^(a + b) = e^a * e^b: on a grid, two short arrays in place of a large one.
            formula, sign = powers
            rooms = np.empty(first.shape), np.empty(last.shape)
            power = self._spare(out.shape)
            yield power_of_sum, (first, last, sign, *rooms, power)
            yield from formula_operations(formula, {POWER: power}, out)

    def _coupled(
        self, group: tuple[int, ...], bits: int, activation: Activation
    ) -> Iterator[Operation]:
        shape = (len(group), self.influence.n_samples, *self._shape(bits))
        nets, outs = np.empty(shape), np.empty(shape)
        self._stacks[group] = nets, outs
        for place, row in enumerate(group):
            self._net[row], self._out[row] = nets[place], outs[place]
            first, last, made = self._summands(row)
            yield from made
            yield _total, (first, last, nets[place])
        largest, measured = np.empty((1, *shape[1:])), np.empty(shape)
        yield np.maximum.reduce, (nets, 0, None, largest, True)
        yield np.subtract, (nets, largest, measured)
        yield from formula_operations(activation.formula, {"net": measured}, outs)

    def _summands(self, row: int) -> tuple[Array, Array | None, list[Operation]]:
        """net_j = sum_i w_ij * out_i + bias_j: what varies least is added first.

        Where two parameters are in different messages, the net stays a sum of two.
        """
        structure = self.structure
        terms: dict[int, list[tuple[Any, Any]]] = {}
        for slot, pre in structure.incoming[row]:
            (of_weight, weight), (of_out, out) = self._weight(slot), self._out_of(pre)
            if of_weight | of_out:
                terms.setdefault(of_weight | of_out, []).append((weight, out))
        bias = structure.bias_slot.get(row)
        if bias is not None and bias in self.influence.moved:
            bits, value = self._weight(bias)
            terms.setdefault(bits, []).append((value, None))
        total = self._column(self.influence.constant[row])
        operations: list[Operation] = []
        order = sorted(terms, key=lambda bits: (bits.bit_count(), bits))
        two = len(order) == 2 and not order[0] & order[1]
        so_far = 0
        for bits in order:
            room = self._room(bits)
            for number, (weight, out) in enumerate(terms[bits]):
                message = room if number == 0 else self._spare(room.shape)
                if out is None:
                    operations.append((np.copyto, (message, weight)))
                else:
                    operations.append((np.multiply, (weight, out, message)))
                if number:
                    operations.append((np.add, (room, message, room)))
            if two and so_far:
                return total, room, operations
            so_far |= bits
            both = room if self._shape(so_far) == self._shape(bits) else self._room(so_far)
            operations.append((np.add, (total, room, both)))
            total = both
        return total, None, operations

    def _loss_terms(self) -> Iterator[Array]:
        """Yield what adds up to the loss of each point, after operations added to `_forward`."""
        structure, loss = self.structure, self.loss
        of_bits: dict[int, list[int]] = {}
        for row in structure.outputs:
            if row in self.influence.bits:
                of_bits.setdefault(self.influence.bits[row], []).append(row)
        for bits in sorted(of_bits, key=lambda bits: (bits.bit_count(), bits)):
            total = self._room(bits)
            for number, row in enumerate(of_bits[bits]):
                share = total if number == 0 else self._spare(total.shape)
                joint = loss.joint.get(structure.activations[row].name)
                if joint is None:
                    operands = {
                        "target": self._target(row),
                        "out": self._out[row],
                        "n": float(len(structure.outputs)),
                    }
                    self._compare += formula_operations(simpler(loss.formula), operands, share)
                else:
                    group = structure.group_of(row)
                    nets = self._nets(group)
                    targets = self._column(self.influence.targets_of(group))
                    self._compare.append(
                        (_compare, (joint, nets, targets, group.index(row), share))
                    )
                if number:
                    self._compare.append((np.add, (total, share, total)))
            self._compare += list(reduced(total, self.influence.divisor))
            yield total[0]

    def _target(self, row: int) -> Array:
        return self._column(self.influence.targets[self.structure.outputs.index(row)])

    # -- backward -----------------------------------------------------------------------------

    def _backward_operations(self) -> Iterator[Operation]:
        structure, influence = self.structure, self.influence
        delta: dict[int, Array] = {}
        for group in reversed(influence.groups):
            activation = structure.activations[group[0]]
            joint = self.loss.joint.get(activation.name)
            at_once = joint is not None and all(row in structure.outputs for row in group)
            shape = (len(group), *self._room(influence.bits[group[0]]).shape)
            errors, deltas = np.empty(shape), np.empty(shape)
            for place, row in enumerate(group):
                yield from self._error(row, errors[place], delta, with_loss=not at_once)
                delta[row] = deltas[place]
            if activation.group:
                nets, outs = self._stacks[group]
                operands = {"out": outs, "out_gradient": errors}
                yield from formula_operations(GROUP_DELTA, operands, deltas)
            else:
                nets, outs = self._nets(group), self._out[group[0]][None]
                if activation.derivative == _ONE:
                    yield np.copyto, (deltas, errors)
                else:
                    operands = {"out": outs} if nets is None else {"net": nets, "out": outs}
                    yield from formula_operations(activation.derivative, operands, deltas)
                    yield np.multiply, (deltas, errors, deltas)
            if at_once and joint is not None:
                of_loss = np.empty(shape)
                targets = self._column(self.influence.targets_of(group))
                operands = {"out": outs, "target": targets}
                yield from formula_operations(joint.delta_formula, operands, of_loss)
                yield np.add, (deltas, of_loss, deltas)
        for number, one in enumerate(influence.over):
            yield from self._gradient(number, one, delta)

    def _error(
        self, row: int, error: Array, delta: dict[int, Array], *, with_loss: bool
    ) -> Iterator[Operation]:
        """dE/dout = the slope of the loss + sum_k w_jk * delta_k."""
        structure = self.structure
        empty = True
        if with_loss and structure.is_output[row]:
            operands = {
                "target": self._target(row),
                "out": self._out[row],
                "n": float(len(structure.outputs)),
            }
            yield from formula_operations(self.loss.derivative, operands, error)
            empty = False
        for slot, after in structure.outgoing[row]:
            message = error if empty else self._spare(error.shape)
            yield np.multiply, (self._weight(slot)[1], delta[after], message)
            if not empty:
                yield np.add, (error, message, error)
            empty = False
        if empty:
            yield np.copyto, (error, 0.0)

    def _gradient(
        self, number: int, one: Parameter, delta: dict[int, Array]
    ) -> Iterator[Operation]:
        """dE/dw = sum over its places and over the samples of delta_post * out_pre."""
        structure = self.structure
        total = self._room(self.influence.bit[number])
        for count, slot in enumerate(one.slots):
            post, pre = int(structure.post[slot]), int(structure.pre[slot])
            share = total if count == 0 else self._spare(total.shape)
            if pre < 0:
                yield np.copyto, (share, delta[post])
            else:
                yield np.multiply, (delta[post], self._out_of(pre)[1], share)
            if count:
                yield np.add, (total, share, total)
        yield from reduced(total, self.influence.divisor)
        yield np.copyto, (self.gradient[number], total[0])


def _compare(joint: Joint, nets: Array, targets: Array, place: int, share: Array) -> None:
    np.copyto(share, joint.value(nets, targets)[place])


def _total(first: Array, last: Array | None, net: Array) -> None:
    if last is None:
        np.copyto(net, first)
    else:
        np.add(first, last, net)
