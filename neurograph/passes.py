"""The passes, object by object: the definition of what every other engine computes.

Messages run forward along the connections, error messages run back::

    net_j   = sum_i w_ij * out_i + bias_j           out_j     = f(net_j)
    delta_j = f'(net_j) * sum_k w_jk * delta_k      dE/dw_ij  = delta_j * out_i

after Rumelhart, Hinton and Williams, "Learning representations by back-propagating errors"
(Nature 323, 1986). Each pass is a generator: it computes one value at a time, puts it where the
object shows it, and yields an `Event` that says which value that was.
"""

import math
from collections import deque
from collections.abc import Callable, Iterator, MutableSequence, Sequence
from dataclasses import dataclass, field, fields
from decimal import ROUND_HALF_UP, Context, Decimal
from itertools import chain
from operator import itemgetter
from typing import Any, NamedTuple

import numpy as np

from neurograph.addresses import NEURON_QUANTITIES
from neurograph.columns import Columns, OfBias, Reserved, Value
from neurograph.losses import Loss
from neurograph.structure import Structure

__all__ = [
    "Computed",
    "Event",
    "Rule",
    "backward",
    "forward",
    "losses",
    "run",
    "total_error",
    "update",
]


#: Gives the new value of the parameter in a slot, from its value and its gradient.
Rule = Callable[[int, Any, Any], Any]


class Event(NamedTuple):
    """One value that has just been computed: of which neuron (by row) or connection (by slot)."""

    phase: str
    of_connection: bool
    place: int
    quantity: str
    value: Any


@dataclass
class Computed:
    """What passes have computed so far: by row for neurons, by slot for connections."""

    net: dict[int, Any] = field(default_factory=dict)
    out: dict[int, Any] = field(default_factory=dict)
    message: dict[int, Any] = field(default_factory=dict)
    target: dict[int, Any] = field(default_factory=dict)
    loss: dict[int, Any] = field(default_factory=dict)
    slope: dict[int, Any] = field(default_factory=dict)
    out_gradient: dict[int, Any] = field(default_factory=dict)
    delta: dict[int, Any] = field(default_factory=dict)
    error_message: dict[int, Any] = field(default_factory=dict)
    #: By slot, of weights and biases alike.
    gradient: dict[int, Any] = field(default_factory=dict)

    def of_forward(self) -> "Computed":
        """Return what the forward pass computed, alone."""
        return Computed(net=self.net, out=self.out, message=self.message)

    def has_outs(self, structure: Structure) -> bool:
        """Whether a forward pass was finished."""
        return len(self.out) == len(structure.names)

    def has_losses(self, structure: Structure) -> bool:
        """Whether outputs were compared with targets."""
        return len(self.loss) == len(structure.outputs)

    def has_gradients(self, structure: Structure) -> bool:
        """Whether a backward pass was finished."""
        return len(self.gradient) == len(structure.filled)

    def an_input(self, structure: Structure) -> Any:
        """Return the out of one input neuron."""
        return self.out[structure.inputs[0]]

    def total_error(self, structure: Structure, reduction: str) -> float:
        """Return the total error."""
        return float(total_error(structure, self, reduction))

    def columns(self, structure: Structure) -> tuple[Columns, Columns]:
        """Return the columns of the neurons and of the connections, by field."""
        of_neurons: Columns = {
            Reserved.GRADIENTS: self.gradient,
            "bias_gradient": OfBias(self.gradient, structure.bias_slot),
        }
        of_connections: Columns = {}
        for quantity in fields(self):
            column = getattr(self, quantity.name)
            for value in column.values():
                if isinstance(value, np.ndarray):
                    value.setflags(write=False)  # it is handed out as it is
            columns = of_neurons if quantity.name in NEURON_QUANTITIES else of_connections
            columns[quantity.name] = column
        return of_neurons, of_connections


def forward(
    structure: Structure,
    parameters: Sequence[Any],
    inputs: Sequence[Value],
    now: Computed,
    digits: int | None = None,
) -> Iterator[Event]:
    """Send messages forward: every neuron sums what arrives, adds its bias and applies f."""
    rounded = rounding(digits)
    for j in structure.bias_neurons:
        now.out[j] = np.ones_like(inputs[0]) if isinstance(inputs[0], np.ndarray) else 1.0
        yield Event("forward", False, j, "out", now.out[j])
    for j, value in zip(structure.inputs, inputs, strict=True):
        now.out[j] = value
        yield Event("forward", False, j, "out", value)
    for group in chain(*structure.groups):
        for j in group:
            net = 0.0
            for c, i in structure.incoming[j]:
                now.message[c] = parameters[c] * now.out[i]
                yield Event("forward", True, c, "message", now.message[c])
                net = net + now.message[c]
            if j in structure.bias_slot:
                net = net + parameters[structure.bias_slot[j]]
            now.net[j] = rounded(net)
            yield Event("forward", False, j, "net", now.net[j])
        for j, out in zip(group, _outs(structure, group, now), strict=True):
            now.out[j] = rounded(out)
            yield Event("forward", False, j, "out", now.out[j])


def losses(
    structure: Structure, loss: Loss, targets: Sequence[Value], now: Computed
) -> Iterator[Event]:
    """Compare every output with its target: its share of the total error."""
    for j, target in zip(structure.outputs, targets, strict=True):
        now.target[j] = target
        yield Event("backward", False, j, "target", target)
    for j in structure.outputs:
        now.loss[j] = loss_of(structure, loss, j, now)
        yield Event("backward", False, j, "loss", now.loss[j])


def backward(
    structure: Structure,
    parameters: MutableSequence[Any],
    loss: Loss,
    now: Computed,
    *,
    reduction: str,
    digits: int | None = None,
    in_place: Rule | None = None,
) -> Iterator[Event]:
    """Send error messages back: every neuron sums what arrives and multiplies by its slope.

    Gradients follow as soon as a delta is known. With a rule as `in_place`, parameters change as
    soon as their gradient is known, and error messages further back use them changed.
    """
    rounded = rounding(digits)
    n = len(structure.outputs)
    a_target = now.target[structure.outputs[0]]
    nothing = np.zeros_like(a_target) if isinstance(a_target, np.ndarray) else 0.0
    shares: dict[int, list[Any]] = {}

    def settle(slot: int, share: Any) -> Sequence[int]:
        """Take in one connection's share of a gradient; return the slots now complete."""
        slots = structure.shared_slots(slot)
        arrived = shares.setdefault(slots[0], [])
        arrived.append(share)
        if len(arrived) < len(slots):
            return ()
        total = rounded(sum(arrived))
        now.gradient.update(dict.fromkeys(slots, total))
        return slots

    given = [(j,) for j in structure.levels[0]]
    for group in chain(*reversed(structure.groups), given):
        for j in group:
            error = nothing
            if j in now.target:
                error = error + loss.slope(now.target[j], now.out[j], n)
            for c, k in structure.outgoing[j]:
                now.error_message[c] = parameters[c] * now.delta[k]
                yield Event("backward", True, c, "error_message", now.error_message[c])
                error = error + now.error_message[c]
            now.out_gradient[j] = error
            yield Event("backward", False, j, "out_gradient", error)
        if group[0] in structure.levels[0]:
            continue
        yield from _deltas(structure, loss, group, now, rounded)
        for j in group:
            shared = [
                (c, reduced(now.delta[j] * now.out[i], reduction)) for c, i in structure.incoming[j]
            ]
            if j in structure.bias_slot:
                shared.append((structure.bias_slot[j], reduced(now.delta[j], reduction)))
            for c, share in shared:
                for slot in settle(c, share):
                    yield _gradient_event(structure, slot, now)
                    if in_place is not None and structure.trainable[slot]:
                        yield _change(structure, parameters, slot, now, in_place)


def update(
    structure: Structure, parameters: MutableSequence[Any], now: Computed, rule: Rule
) -> Iterator[Event]:
    """Change every trainable parameter by a rule, such as w+ = w - learning_rate * dE/dw."""
    for slot in structure.filled:
        if structure.trainable[slot]:
            yield _change(structure, parameters, slot, now, rule)


def run(events: Iterator[Event]) -> None:
    """Run a pass to its end; what overflows becomes inf, without a warning."""
    with np.errstate(all="ignore"):
        deque(events, maxlen=0)


def total_error(structure: Structure, now: Computed, reduction: str) -> Any:
    """Return E: summed over the outputs, then reduced over the samples."""
    return reduced(sum(now.loss[j] for j in structure.outputs), reduction)


def reduced(value: Any, reduction: str) -> Any:
    """Return the mean or the sum over the samples; a single sample's value stays as it is."""
    if isinstance(value, np.ndarray):
        return (value.mean() if reduction == "mean" else value.sum()).item()
    return value


def rounding(digits: int | None) -> Callable[[Any], Any]:
    """Return a function that rounds as someone on paper does: half away from zero, to `digits`."""
    if digits is None:
        return lambda value: value
    unit = Decimal(1).scaleb(-digits)

    def on_paper(value: Any) -> Any:
        if isinstance(value, np.ndarray):
            return np.array([on_paper(number) for number in value.tolist()])
        if not math.isfinite(value):
            return value
        # 15 significant digits drop the binary noise, so that 0.00125 computed as
        # 0.0012499999999999998 is the tie that it is on paper.
        return float(Decimal(f"{value:.15g}").quantize(unit, ROUND_HALF_UP, _AMPLE))

    return on_paper


# Enough precision to quantise any float.
_AMPLE = Context(prec=400)


def _outs(structure: Structure, group: Sequence[int], now: Computed) -> Sequence[Any]:
    activation = structure.activations[group[0]]
    if activation.group:
        return _members(activation.value(np.array([now.net[j] for j in group])))
    return [activation.value(now.net[j]) for j in group]


def loss_of(structure: Structure, loss: Loss, j: int, now: Computed) -> Any:
    """Return an output's share of the loss: from its net, where loss and activation are joint."""
    value = 0.0 + loss.value(now.target[j], now.out[j], len(structure.outputs))  # no -0.0
    activation = structure.activations[j]
    joint = loss.joint.get(activation.name)
    if joint is None:
        return value
    group = structure.group_of(j)
    nets = np.array([now.net[k] for k in group])
    # A neuron of the group that is no output has no part in the loss.
    targets = np.array([now.target.get(k, 0.0 * now.target[j]) for k in group])
    from_net, outs = (
        _members(values)[group.index(j)]
        for values in (joint.value(nets, targets), activation.value(nets))
    )
    # An out that was rounded on paper, or that a slip made, counts as it stands if it can.
    of_net = np.isclose(now.out[j], outs, rtol=1e-12, atol=0.0) | ~np.isfinite(value)
    share = np.where(of_net, from_net, value)
    return share if share.ndim else share.item()


def _deltas(
    structure: Structure,
    loss: Loss,
    group: Sequence[int],
    now: Computed,
    rounded: Callable[[Any], Any],
) -> Iterator[Event]:
    """delta_j = f'(net_j) * dE/dout_j, or the two at once where loss and activation fit."""
    activation = structure.activations[group[0]]
    joint = loss.joint.get(activation.name)
    if not activation.group:
        (j,) = group
        now.slope[j] = activation.slope(now.net[j], now.out[j])
        yield Event("backward", False, j, "slope", now.slope[j])
    # The neurons of a group as one array; a neuron alone as it is.
    gathered: Callable[[list[Any]], Any] = np.array if activation.group else itemgetter(0)
    outs = gathered([now.out[j] for j in group])
    sent_back = gathered([now.out_gradient[j] for j in group])
    of_loss = 0.0
    if joint and all(j in now.target for j in group):
        of_loss = joint.delta(outs, gathered([now.target[j] for j in group]))
        # The loss is dealt with; what is left came back from other neurons.
        sent_back = gathered([_came_back(structure, j, now) for j in group])
    if activation.group:
        deltas = _members(of_loss + activation.group_delta(outs, sent_back))
    else:
        deltas = [of_loss + now.slope[group[0]] * sent_back]
    for j, delta in zip(group, deltas, strict=True):
        now.delta[j] = rounded(delta)
        yield Event("backward", False, j, "delta", now.delta[j])


def _came_back(structure: Structure, j: int, now: Computed) -> Any:
    """Return the sum of the error messages that reached a neuron."""
    return sum((now.error_message[c] for c, _ in structure.outgoing[j]), 0.0 * now.target[j])


def _members(values: Any) -> Sequence[Any]:
    """Return the values of a group's neurons: numbers, or one array a neuron."""
    return values.tolist() if values.ndim == 1 else list(values)


def _gradient_event(structure: Structure, slot: int, now: Computed) -> Event:
    if structure.pre[slot] < 0:
        return Event(
            "backward", False, int(structure.post[slot]), "bias_gradient", now.gradient[slot]
        )
    return Event("backward", True, slot, "gradient", now.gradient[slot])


def _change(
    structure: Structure,
    parameters: MutableSequence[Any],
    slot: int,
    now: Computed,
    rule: Rule,
) -> Event:
    parameters[slot] = rule(slot, parameters[slot], now.gradient[slot])
    if structure.pre[slot] < 0:
        return Event("update", False, int(structure.post[slot]), "bias", parameters[slot])
    return Event("update", True, slot, "weight", parameters[slot])
