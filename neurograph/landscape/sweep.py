"""The loss for many values of a few parameters: only what depends on them is computed again.

Which neurons a parameter reaches is known beforehand. All else is taken from one pass, once. What
varies is kept in arrays of shape ``(n_samples, *points)``, where a value that depends on one
parameter of a grid alone has one axis of points, not two. Each array operation does the same to
every point, so that the loss at a point is the same number however the points are arranged.
"""

from collections.abc import Hashable, Iterator, Sequence
from functools import cache
from typing import Any

import numpy as np

from neurograph.activations import Activation
from neurograph.engines.levels import LossShares, output_numbers
from neurograph.engines.operations import (
    Operation,
    chain_rule,
    formula_operations,
    out_operations,
    run,
)
from neurograph.formulas import Formula
from neurograph.formulas.calculus import simplified
from neurograph.formulas.tree import Call, Choice, Name, Node
from neurograph.landscape.axes import Array, Ground, Parameter
from neurograph.landscape.points import base_pass
from neurograph.losses import Joint

__all__ = ["POWER", "Dependents", "Sweep", "is_far", "powers_of_net", "simpler"]

# The two powers that may be in a formula, by the sign of net, and what they are replaced by.
POWER = "power"
_POWERS: dict[float, Node] = {
    1.0: Formula("exp(net)", ["net"]).tree,
    -1.0: Formula("exp(-net)", ["net"]).tree,
}
# e^340 * e^340 is less than the largest number.
_FAR = 340.0


@cache
def simpler(formula: Formula) -> Formula:
    """Return a formula that says the same in fewer operations."""
    return Formula._of(simplified(formula.tree), frozenset(formula.variables))


@cache
def powers_of_net(formula: Formula) -> tuple[Formula, float] | None:
    """Return a formula with a variable in place of exp(net) or exp(-net), if net is only there.

    The second value is the sign of net.
    """
    signs: set[float] = set()

    def cut(node: Node) -> Node:
        if isinstance(node, Call):
            for sign, power in _POWERS.items():
                if node == power:
                    signs.add(sign)
                    return Name(POWER)
            return Call(node.name, tuple(map(cut, node.arguments)))
        if isinstance(node, Choice):
            return Choice(node.comparison, *map(cut, (node.left, node.right, node.yes, node.no)))
        return node

    rest = Formula._of(cut(formula.tree), frozenset({"net", POWER}))
    if "net" in rest.variables or len(signs) != 1:
        return None
    return rest, signs.pop()


def is_far(exponents: Array) -> bool:
    """Whether a power is too large or too small to be multiplied by another."""
    # Not by max and min: they are nan if one is.
    return bool(np.fmax.reduce(exponents, None) > _FAR or np.fmin.reduce(exponents, None) < -_FAR)


def power_of_sum(
    first: Array, last: Array, sign: float, of_first: Array, of_last: Array, result: Array
) -> None:
    """Put e^(sign * (first + last)) into `result`, without overflow where the sum has none."""
    far_off = False
    for part, power in ((first, of_first), (last, of_last)):
        np.multiply(part, sign, power)
        far_off |= is_far(power)
        np.exp(power, power)
    np.multiply(of_first, of_last, result)
    if far_off:
        far = (np.abs(first) > _FAR) | (np.abs(last) > _FAR)
        result[far] = np.exp(sign * (first + last)[far])


class Dependents:
    """What depends on some parameters, and the numbers of all that does not.

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
    targets : ndarray of shape (n_outputs + 1, n_samples)
    sweeps : dict
        What was made that reads these arrays.
    """

    def __init__(self, ground: Ground, over: Sequence[Parameter]) -> None:
        self.over = over
        self.structure = structure = ground.structure
        self.equations, self.divisor, self.n_samples = (
            ground.equations, ground.divisor, ground.n_samples
        )  # fmt: skip
        self.moved = {slot: number for number, moved in enumerate(over) for slot in moved.slots}
        # Bits follow the slots, so that sums have one order however the parameters are named.
        ranks = np.argsort(np.argsort([parameter.slot for parameter in over])).tolist()
        self.bit = [1 << rank for rank in ranks]
        self.parameters = np.full_like(ground.parameters, np.nan)
        self.inputs = np.empty_like(ground.inputs)
        # Behind those of the outputs, zeros: of a neuron that is none, but is coupled to some.
        self.targets = np.zeros((len(structure.outputs) + 1, self.n_samples))
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
        # In the order of computation: all that arrives at a group has come before its turn.
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
        held = (self.parameters, self.inputs, self.targets[:-1])
        loaded = (ground.parameters, ground.inputs, ground.targets)
        if all(map(np.array_equal, held, loaded)):
            return
        for room, numbers in zip(held, loaded, strict=True):
            room[...] = numbers
        self.net[:], self.out[:] = base_pass(ground)
        with np.errstate(all="ignore"):
            for row, slots, before, bias in self._constant_terms:
                net = self.constant[row]
                np.dot(self.parameters[slots], self.out[before], out=net)
                if bias is not None:
                    net += self.parameters[bias]
            total = np.zeros((self.n_samples, 1))
            still = [k for k, row in enumerate(structure.outputs) if row not in self.bits]
            if still:
                shares = LossShares(self.equations)
                values = shares.value(shares.read(self.net, self.out), ground.targets)
                for share in values[still]:
                    total[:, 0] += share
            run(list(reduced(total, self.divisor)))
            self.constant_loss[...] = total[0, 0] + self._constant_penalty()

    def _constant_penalty(self) -> float:
        """Return what the weights that do not vary add to the loss."""
        of_round = self.equations.round
        slots = [slot for slot in of_round.penalised_once if slot not in self.moved]
        if of_round.penalty is None or not slots:
            return 0.0
        return float(of_round.penalty.value(self.parameters[slots], float(self.n_samples)))


class Sweep:
    """The array operations that compute losses, and gradients, for one arrangement of points.

    Parameters
    ----------
    dependents : Dependents
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
        dependents: Dependents,
        axes: Sequence[int],
        shape: tuple[int, ...],
        *,
        gradients: bool = False,
    ) -> None:
        self.dependents = dependents
        self.structure, self.equations = dependents.structure, dependents.equations
        self.loss = self.equations.round.loss
        self.shape = shape
        self.axis_of_bit = dict(zip(dependents.bit, axes, strict=True))
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
        self.gradient = np.zeros((len(dependents.over), *shape)) if gradients else np.empty(0)
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
            total: Any = self.dependents.constant_loss
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
        # Length 1 along what it does not depend on: NumPy repeats it there.
        axes = {axis for bit, axis in self.axis_of_bit.items() if bits & bit}
        return tuple(n if axis in axes else 1 for axis, n in enumerate(self.shape))

    def _room(self, bits: int) -> Array:
        return np.empty((self.dependents.n_samples, *self._shape(bits)))

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

    def _outs(self, group: tuple[int, ...]) -> Array:
        """Return the outs of a group, of the same shape."""
        return self._stacks[group][1] if group in self._stacks else self._out[group[0]][None]

    def _weight(self, slot: int) -> tuple[int, Any]:
        """Return what a parameter depends on, and its value."""
        number = self.dependents.moved.get(slot)
        if number is None:
            return 0, self.dependents.parameters[slot : slot + 1].reshape(())
        return self.dependents.bit[number], self._placed[number]

    def _out_of(self, row: int) -> tuple[int, Array]:
        """Return what an out depends on, and its array."""
        bits = self.dependents.bits.get(row, 0)
        if bits:
            return bits, self._out[row]
        return 0, self._column(self.dependents.out[self.structure.positions[row]])

    # -- forward ------------------------------------------------------------------------------

    def _forward_operations(self) -> Iterator[Operation]:
        for group in self.dependents.groups:
            bits, activation = self.dependents.bits[group[0]], self.equations.activations[group[0]]
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
                yield from out_operations(activation, net, out)
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
        nets, outs = np.empty((2, len(group), self.dependents.n_samples, *self._shape(bits)))
        self._stacks[group] = nets, outs
        for place, row in enumerate(group):
            self._net[row], self._out[row] = nets[place], outs[place]
            first, last, made = self._summands(row)
            yield from made
            yield _total, (first, last, nets[place])
        yield from out_operations(activation, nets, outs)

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
        if bias is not None and bias in self.dependents.moved:
            bits, value = self._weight(bias)
            terms.setdefault(bits, []).append((value, None))
        total = self._column(self.dependents.constant[row])
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
        """Yield what adds up to the loss of each point, after operations added to `_compare`."""
        of_bits: dict[int, list[int]] = {}
        for row in self.structure.outputs:
            if row in self.dependents.bits:
                of_bits.setdefault(self.dependents.bits[row], []).append(row)
        for bits in sorted(of_bits, key=lambda bits: (bits.bit_count(), bits)):
            total = self._room(bits)
            for number, share in enumerate(self._shares(of_bits[bits], total)):
                if number:
                    self._compare.append((np.add, (total, share, total)))
                elif share is not total:
                    self._compare.append((np.copyto, (total, share)))
            self._compare += list(reduced(total, self.dependents.divisor))
            yield total[0]
        for number in self._penalised():
            room = np.empty(self._shape(self.dependents.bit[number]))
            self._compare.append((self._penalise, (self._placed[number][0], room)))
            yield room

    def _penalised(self) -> list[int]:
        """Return the numbers of the parameters that vary and that the penalty counts."""
        over, counted = self.dependents.over, self.equations.penalised
        return [number for number, parameter in enumerate(over) if parameter.slot in counted]

    def _penalise(self, weights: Array, result: Array) -> None:
        """Put what one weight adds to the loss, at each of its values, into `result`."""
        penalty, n_samples = self.equations.round.penalty, float(self.dependents.n_samples)
        assert penalty is not None
        result[...] = penalty.value(weights[None], n_samples)

    def _slope_of_penalty(self, weights: Array, gradient: Array) -> None:
        penalty, n_samples = self.equations.round.penalty, float(self.dependents.n_samples)
        assert penalty is not None
        gradient += penalty.slope(weights, n_samples)

    def _shares(self, rows: list[int], room: Array) -> Iterator[Array]:
        """Yield the outputs' shares of the loss, each with its operations added to `_compare`.

        The first may be put into `room`.
        """
        of_groups: dict[tuple[int, ...], Array] = {}
        for row in rows:
            joint = self.equations.joint_loss(row)
            if joint is None:
                share = room if row == rows[0] else self._spare(room.shape)
                formula = simpler(self.loss.formula)
                self._compare += formula_operations(formula, self._compared(row), share)
                yield share
                continue
            group = self.structure.group_of(row)
            if group not in of_groups:
                nets = self._nets(group)
                of_groups[group] = np.empty(nets.shape)
                targets, made = self._targets(group)
                self._compare += [*made, (_share, (joint, nets, targets, of_groups[group]))]
            yield of_groups[group][group.index(row)]

    def _compared(self, row: int) -> dict[str, Any]:
        """Return what the loss is computed from, of one output."""
        place = self.structure.outputs.index(row)
        return {
            "target": self._column(self.dependents.targets[place]),
            "out": self._out[row],
            "n": float(len(self.structure.outputs)),
        }

    def _targets(self, group: tuple[int, ...]) -> tuple[Array, list[Operation]]:
        """Return room for the targets of a group, and what fetches those of the day."""
        targets, places = self.dependents.targets, output_numbers(self.structure, group)
        room = np.empty((len(group), self.dependents.n_samples))
        return self._column(room), [(np.take, (targets, places, 0, room, "wrap"))]

    # -- backward -----------------------------------------------------------------------------

    def _backward_operations(self) -> Iterator[Operation]:
        delta: dict[int, Array] = {}
        for group in reversed(self.dependents.groups):
            activation, joint = self.equations.activations[group[0]], self.equations.joint(group[0])
            nets, outs = self._nets(group), self._outs(group)
            errors, deltas = np.empty((2, *outs.shape))
            for place, row in enumerate(group):
                yield from self._error(row, errors[place], delta, with_loss=joint is None)
                delta[row] = deltas[place]
            known = {"out": outs, "error": errors} | ({} if nets is None else {"net": nets})
            yield from chain_rule(activation, known, deltas)
            if joint is not None:
                of_loss = np.empty(deltas.shape)
                targets, made = self._targets(group)
                yield from made
                operands = {"out": outs, "target": targets}
                yield from formula_operations(joint.delta_formula, operands, of_loss)
                yield np.add, (deltas, of_loss, deltas)
        for number, parameter in enumerate(self.dependents.over):
            yield from self._gradient(number, parameter, delta)
        for number in self._penalised():
            yield self._slope_of_penalty, (self._placed[number][0], self.gradient[number])

    def _error(
        self, row: int, error: Array, delta: dict[int, Array], *, with_loss: bool
    ) -> Iterator[Operation]:
        """dE/dout = the slope of the loss + sum_k w_jk * delta_k."""
        structure = self.structure
        empty = True
        if with_loss and structure.is_output[row]:
            yield from formula_operations(self.loss.derivative, self._compared(row), error)
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
        self, number: int, parameter: Parameter, delta: dict[int, Array]
    ) -> Iterator[Operation]:
        """dE/dw = sum over its places and over the samples of delta_post * out_pre."""
        structure = self.structure
        total = self._room(self.dependents.bit[number])
        for count, slot in enumerate(parameter.slots):
            post, pre = int(structure.post[slot]), int(structure.pre[slot])
            share = total if count == 0 else self._spare(total.shape)
            if pre < 0:
                yield np.copyto, (share, delta[post])
            else:
                yield np.multiply, (delta[post], self._out_of(pre)[1], share)
            if count:
                yield np.add, (total, share, total)
        yield from reduced(total, self.dependents.divisor)
        yield np.copyto, (self.gradient[number], total[0])


def _share(joint: Joint, nets: Array, targets: Array, shares: Array) -> None:
    np.copyto(shares, joint.value(nets, targets))


def _total(first: Array, last: Array | None, net: Array) -> None:
    if last is None:
        np.copyto(net, first)
    else:
        np.add(first, last, net)


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
