"""What a loss depends on, taken from a network once: nothing here changes the network."""

from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from neurograph.addresses import CONNECTION_QUANTITIES, NEURON_QUANTITIES
from neurograph.elements import finite_number
from neurograph.errors import (
    InvalidTypeError,
    InvalidValueError,
    StructureError,
    UnknownNameError,
    did_you_mean,
)
from neurograph.losses import Loss
from neurograph.network import Network
from neurograph.samples import check_counts, read_rows
from neurograph.structure import BIAS, Structure

__all__ = ["Array", "Ground", "Parameter", "all_trainable", "find_parameter", "find_parameters"]

Array = NDArray[np.float64]


class Parameter(NamedTuple):
    """One weight or bias: its address, and every slot it is in (several if it is tied)."""

    address: str
    slots: tuple[int, ...]
    trainable: bool


@dataclass(frozen=True, eq=False)
class Ground:
    """Everything the loss depends on, without the network: other processes can be sent it.

    Attributes
    ----------
    structure : Structure
    loss : Loss
    reduction : {"mean", "sum"}
    parameters : ndarray of shape (n_slots,)
        As they were in the network.
    inputs : ndarray of shape (n_inputs, n_samples)
    targets : ndarray of shape (n_outputs, n_samples)
    prepared : dict
        What was made ready for this structure; not sent to other processes.
    """

    structure: Structure
    loss: Loss
    reduction: str
    parameters: Array
    inputs: Array
    targets: Array
    prepared: dict[Hashable, Any] = field(default_factory=dict)

    def __getstate__(self) -> dict[str, Any]:
        return vars(self) | {"prepared": {}}

    @classmethod
    def of(cls, net: Network, inputs: Any, targets: Any) -> "Ground":
        """Take from a network what its loss on these samples depends on."""
        if not isinstance(net, Network):
            raise InvalidTypeError(f"expected a Network, not {net!r}")
        storage = net._storage()
        structure = storage.structure
        loss, reduction = net._loss(), net._reduction()
        given, many = read_rows(inputs, [structure.names[j] for j in structure.inputs], "input")
        names = [structure.names[j] for j in structure.outputs]
        wanted, also = read_rows(targets, names, "target")
        check_counts((len(given),) if many else (), (len(wanted),) if also else ())
        return cls(
            structure,
            loss,
            reduction,
            storage.parameters.copy(),
            np.array(given.T, order="C"),
            np.array(wanted.T, order="C"),
            storage.prepared,
        )

    @property
    def n_samples(self) -> int:
        """How many samples the loss is of."""
        return int(self.inputs.shape[1])

    @cached_property
    def divisor(self) -> float:
        """What the sum over the samples is divided by."""
        return float(self.n_samples) if self.reduction == "mean" else 1.0

    def values(self, over: Sequence[Parameter]) -> Array:
        """Return the values that parameters have in the network."""
        return self.parameters[[one.slots[0] for one in over]]


def find_parameter(net: Network, ground: Ground, address: Any) -> Parameter:
    """Return the weight or bias that an address names.

    Parameters
    ----------
    net : Network
    ground : Ground
    address : str or tuple
        ``"w5"``, ``"w5.weight"``, ``"i1->h1"``, ``("i1", "h1")`` or ``"h1.bias"``.

    Raises
    ------
    UnknownNameError
        If there is no such weight or bias; the nearest is named.
    InvalidTypeError
        If it is neither text nor a pair of neurons.
    """
    structure = ground.structure
    slot = _slot_of(net, structure, address)
    slots = tuple(structure.shared_slots(slot))
    return Parameter(_address(net, structure, slot), slots, bool(structure.trainable[slot]))


def find_parameters(net: Network, ground: Ground, over: Any) -> list[Parameter]:
    """Return the weights and biases that addresses name, each once; without any, all trainable."""
    if over is None:
        return all_trainable(net, ground)
    if isinstance(over, str) or not isinstance(over, Iterable):
        over = [over]
    found = [find_parameter(net, ground, address) for address in over]
    if not found:
        raise InvalidValueError("over names no weight or bias: give one or more, or None for all")
    check_all_different(found)
    return found


def check_all_different(over: Sequence[Parameter]) -> None:
    """Refuse a weight that is named twice, which tied weights are too."""
    seen: dict[int, str] = {}
    for address, slots, _ in over:
        if slots[0] in seen:
            before = seen[slots[0]]
            why = "twice" if before == address else f"as {before!r} and, tied to it, as {address!r}"
            raise InvalidValueError(
                f"the same parameter is given {why}{'' if before != address else f': {address!r}'};"
                f" give different weights or biases"
            )
        seen[slots[0]] = address


def all_trainable(net: Network, ground: Ground) -> list[Parameter]:
    """Return every trainable weight and bias, tied ones once, in the order of their slots."""
    structure = ground.structure
    found = [
        Parameter(_address(net, structure, slot), tuple(structure.shared_slots(slot)), True)
        for slot in structure.filled
        if structure.trainable[slot] and structure.shared_slots(slot)[0] == slot
    ]
    if not found:
        raise InvalidValueError(
            "no weight or bias is trainable: name the ones to move with over=..."
        )
    return found


def notes_on(over: Sequence[Parameter]) -> tuple[str, ...]:
    """Return what is to be said of the parameters that move."""
    notes = []
    for address, slots, trainable in over:
        if not trainable:
            notes.append(f"{address} is frozen: training does not change it")
        if len(slots) > 1:
            notes.append(f"{address} is tied: {len(slots)} places share it and move with it")
    return tuple(notes)


def set_of(net: Network, ground: Ground, over: Sequence[Parameter], given: Any, what: str) -> Array:
    """Return one set of values of the parameters in `over`.

    `given` is an array in their order, a mapping from address to value (the rest is as in the
    network), or a network of the same structure.
    """
    if isinstance(given, Network):
        other = given._storage()
        if other.structure.names != ground.structure.names or not np.array_equal(
            other.structure.pre, ground.structure.pre
        ):
            raise StructureError(f"{what} is a network of another structure")
        return other.parameters[[one.slots[0] for one in over]]
    if isinstance(given, Mapping):
        values = ground.values(over)
        place = {one.slots[0]: number for number, one in enumerate(over)}
        for address, value in given.items():
            found = find_parameter(net, ground, address)
            if found.slots[0] not in place:
                raise UnknownNameError(f"{what}: {found.address!r} is not among the moved ones")
            values[place[found.slots[0]]] = finite_number(value, f"{what}: {address}")
        return values
    return finite_array(given, what, (len(over),))


def finite_array(given: Any, what: str, shape: tuple[int | None, ...]) -> Array:
    """Return an array of finite numbers of a shape; `None` stands for any size from 1 on."""
    try:
        array = np.asarray(given)
    except ValueError:
        raise InvalidValueError(f"{what} has rows of different lengths") from None
    if array.dtype.kind not in "biuf":
        raise InvalidTypeError(f"{what} must be real numbers, not {given!r}")
    array = array.astype(np.float64)
    fits = len(shape) == array.ndim and all(
        size >= 1 if wanted is None else size == wanted
        for size, wanted in zip(array.shape, shape, strict=True)
    )
    if not fits:
        wanted = ", ".join("n" if size is None else str(size) for size in shape)
        tail = "," if len(shape) == 1 else ""
        raise InvalidValueError(f"{what} must have shape ({wanted}{tail}), not {array.shape}")
    if not np.isfinite(array).all():
        place = tuple(int(index) for index in np.argwhere(~np.isfinite(array))[0])
        where = place[0] if len(place) == 1 else place
        raise InvalidValueError(
            f"{what} must be finite numbers: there is {array[place]} at place {where}"
        )
    return array


def _slot_of(net: Network, structure: Structure, address: Any) -> int:
    if isinstance(address, str):
        name, dot, quantity = address.rpartition(".")
        if dot and quantity == "bias":
            return _bias_slot(net, structure, name, address)
        if dot and quantity == "weight":
            return _weight_slot(net, name)
        if dot and (quantity in NEURON_QUANTITIES or quantity in CONNECTION_QUANTITIES):
            raise UnknownNameError(
                f"{address!r} is computed by a pass; what can be moved is a weight such as"
                f" 'w5.weight' or a bias such as 'h1.bias'"
            )
        try:
            return _weight_slot(net, address)
        except UnknownNameError:
            if address in net:
                raise UnknownNameError(
                    f"{address!r} is a neuron; did you mean its bias, '{address}.bias'?"
                ) from None
            raise
    if isinstance(address, tuple) and len(address) == 2:
        return _weight_slot(net, address)
    raise InvalidTypeError(
        f"a weight or bias is named by an address such as 'w5' or 'h1.bias', not {address!r}"
    )


def _weight_slot(net: Network, name: Hashable | tuple[Hashable, Hashable]) -> int:
    slot = net.connection(name)._slot()
    assert slot is not None
    return slot


def _bias_slot(net: Network, structure: Structure, name: str, address: str) -> int:
    neuron = net.neuron(name)
    slot = neuron._slot()
    if slot is None:
        biases = [f"{structure.names[row]}.bias" for row in structure.bias_slot]
        raise UnknownNameError(
            f"{address!r}: neuron {neuron.name!r} has no bias{did_you_mean(address, biases)}"
        )
    return slot


def _address(net: Network, structure: Structure, slot: int) -> str:
    if structure.pre[slot] == BIAS:
        return f"{structure.names[structure.post[slot]]}.bias"
    ends = structure.ends(slot)
    name = net.connection(ends).name
    # A label that several carry names none of them.
    return f"{ends[0]}->{ends[1]}.weight" if len(net._labelled(name)) > 1 else f"{name}.weight"
