"""What a network carries at the moment it is asked: values by quantity, place and sample."""

from collections.abc import Hashable, Iterator, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from neurograph import passes
from neurograph.addresses import (
    CONNECTION_QUANTITIES,
    NEURON_QUANTITIES,
    parse_address,
)
from neurograph.columns import Value
from neurograph.errors import (
    InvalidTypeError,
    InvalidValueError,
    NotComputedError,
    UnknownNameError,
    did_you_mean,
)
from neurograph.explaining.hints import with_hint
from neurograph.structure import Link

if TYPE_CHECKING:
    from neurograph.network import Network

__all__ = ["NEW", "TOTAL", "Quantity", "State", "find_place", "find_quantity"]

#: The kind of the total error, and that of a parameter after an update.
TOTAL, NEW = "total", "new"

#: The links of all neurons of a network of so few connections are quickly made.
_FEW = 2000
_GIVEN = ("weight", "bias", "target")
# By the parameter they are the new value of.
_NEW = {"new_weight": "weight", "new_bias": "bias"}


class Quantity(NamedTuple):
    """One number: of which kind, where, and in which sample of a batch.

    Attributes
    ----------
    kind : str
        The quantity of an address; ``"total"`` is the total error, ``"new"`` a parameter after an
        update. Gradients of biases and weights alike are ``"gradient"``, by slot.
    place : int
        Row of a neuron or slot of a parameter; -1 for the total error.
    sample : int, optional
        Counted from 1; `None` where there is one sample, or for what belongs to the whole batch.
    """

    kind: str
    place: int
    sample: int | None = None


class State:
    """The values of a network's last pass, with what they were computed from.

    Parameters
    ----------
    network : Network
    as_carried : bool
        Whether values may belong to weights that have changed since.

    Raises
    ------
    StructureError, NotComputedError
        If the network cannot be run, or has changed since its last pass.
    """

    def __init__(self, network: "Network", *, as_carried: bool = False) -> None:
        self.network = network
        storage = network._storage()
        self.structure = structure = storage.structure
        self.names = structure.names
        self.loss = network._stated_loss()
        self.reduction = network._reduction()
        self.parameters = storage.parameters.tolist()
        self.outdated = storage.outdated and storage.computed is not None and not as_carried
        self._neurons, self._connections = storage.neurons, storage.connections
        self.outputs = frozenset(structure.outputs)
        self.bias_neurons = frozenset(structure.bias_neurons)
        self.given = frozenset(structure.levels[0])
        self.n_samples = self._count()
        self._some_links: dict[tuple[str, int], list[Link]] = {}
        self._kept: dict[tuple[str, int], Any] = {}
        #: The parameters after a round in place, and the slots of the weights that had changed
        #: when the errors came back over them.
        self.after: list[float] | None = None
        self.changed_before: set[int] = set()

    def change_in_place(self, rule: passes.Rule, digits: int | None) -> None:
        """Go over to a round with the same data in which weights change in place.

        Parameters
        ----------
        rule : function
            Gives a new parameter from its slot, the old one and its gradient.
        digits : int or None
            To which the passes round.
        """
        structure, now = self.structure, passes.Computed()
        inputs = [self.raw("out", row) for row in structure.inputs]
        targets = [self.raw("target", row) for row in structure.outputs]
        self.after = after = list(self.parameters)
        passes.run(passes.forward(structure, after, inputs, now, digits))
        passes.run(passes.losses(structure, self.loss, targets, now))
        backward = passes.backward(
            structure, after, self.loss, now,
            reduction=self.reduction, digits=digits, in_place=rule,
        )  # fmt: skip
        passes.run(self._noticed(backward))
        self._neurons, self._connections = now.columns(structure)
        self._kept.clear()

    def _noticed(self, events: Iterator[passes.Event]) -> Iterator[passes.Event]:
        """Yield events, and note which weights change before an error comes back over them."""
        changed = set()
        for event in events:
            if event.quantity == "weight":
                changed.add(event.place)
            elif event.quantity == "error_message" and event.place in changed:
                self.changed_before.add(event.place)
            yield event

    def _count(self) -> int | None:
        """Return the number of samples of a batch; `None` for one sample."""
        try:
            value = self._neurons["out"][self.structure.inputs[0]]
        except KeyError:
            return None
        return len(value) if isinstance(value, np.ndarray) else None

    @property
    def has_shares(self) -> bool:
        """Whether errors have been shared out in proportion to weights."""
        return "error" in self._neurons

    def raw(self, kind: str, place: int) -> Value:
        """Return a value as the object carries it: a number, or one for each sample."""
        if kind in ("weight", "bias"):
            return float(self.parameters[place])
        if kind == NEW and self.after is not None:
            return float(self.after[place])
        found: Value | None = self._kept.get((kind, place))
        if found is None:
            found = self._kept[kind, place] = self._read(kind, place)
        return found

    def _read(self, kind: str, place: int) -> Any:
        if kind == TOTAL:
            return self.network.total_error()
        if kind == "gradient" and self.structure.pre[place] < 0:
            kind, place = "bias_gradient", int(self.structure.post[place])
        columns = self._neurons if kind in NEURON_QUANTITIES else self._connections
        try:
            return columns[kind][place]
        except KeyError:
            # The network's own message says what to call first.
            self.network.value(self.address(Quantity(kind, place)))
            raise

    def value(self, quantity: Quantity) -> float:
        """Return the number that a quantity has in its sample."""
        kind, place, sample = quantity
        if self.n_samples is None or kind in ("weight", "bias", NEW):
            return float(self.raw(kind, place))
        if kind == "gradient":
            return self._gradient(place, sample)
        if kind == TOTAL and sample is not None:
            of_outputs = (self.raw("loss", j) for j in self.structure.outputs)
            return float(sum(np.asarray(values)[sample - 1] for values in of_outputs))
        value = np.asarray(self.raw(kind, place))
        return float(value if sample is None else value[sample - 1])

    def _gradient(self, slot: int, sample: int | None) -> float:
        if sample is None:
            return float(self.raw("gradient", slot))
        return sum(
            float(np.asarray(share)[sample - 1])
            for share in map(self.share, self.structure.shared_slots(slot))
        )

    def share(self, slot: int) -> Value:
        """Return what one place adds to a gradient, before the mean over samples is taken."""
        delta = self.raw("delta", int(self.structure.post[slot]))
        pre = int(self.structure.pre[slot])
        return delta if pre < 0 else delta * self.raw("out", pre)

    def incoming(self, row: int) -> Sequence[Link]:
        """Return the connections into a neuron."""
        return self._links("incoming", row)

    def outgoing(self, row: int) -> Sequence[Link]:
        """Return the connections out of a neuron."""
        return self._links("outgoing", row)

    def _links(self, way: str, row: int) -> Sequence[Link]:
        structure = self.structure
        if structure.n_connections <= _FEW or way in vars(structure):
            links: list[list[Link]] = getattr(structure, way)
            return links[row]
        # Making the links of all neurons would take longer than an explanation of one.
        found = self._some_links.get((way, row))
        if found is None:
            ours, theirs = structure.pre, structure.post
            if way == "incoming":
                ours, theirs = theirs, ours
            slots = np.flatnonzero((ours == row) & (structure.pre >= 0))
            found = list(map(Link, slots.tolist(), theirs[slots].tolist()))
            self._some_links[way, row] = found
        return found

    def is_given(self, quantity: Quantity) -> bool:
        """Whether a quantity is not computed: a parameter, a target, an input, the constant 1."""
        kind, place, _ = quantity
        return kind in _GIVEN or (kind == "out" and place in self.given)

    def address(self, quantity: Quantity) -> str:
        """Return the address of a quantity."""
        kind, place, _ = quantity
        if kind == TOTAL:
            return "loss"
        structure = self.structure
        if kind in ("bias", "gradient", NEW) and structure.pre[place] < 0:
            name: Hashable = self.names[structure.post[place]]
            word = {"gradient": "bias_gradient", NEW: "new_bias"}.get(kind, kind)
        elif kind in CONNECTION_QUANTITIES or kind == NEW:
            name = self.network.connection(structure.ends(place)).name
            word = "new_weight" if kind == NEW else kind
        else:
            name, word = self.names[place], kind
        return f"{name}.{word}"


def find_quantity(state: State, address: str, sample: int | None = None) -> Quantity:
    """Return the quantity that an address names.

    Parameters
    ----------
    state : State
    address : str
        As for `Network.value`, and ``"w5.new_weight"`` or ``"h1.new_bias"`` for a parameter after
        one update.
    sample : int, optional
        Of a batch, counted from 1.

    Raises
    ------
    UnknownNameError, InvalidTypeError
        If there is no such neuron, connection or quantity; the nearest is named.
    InvalidValueError
        If the sample is not one of those in the network, or is needed and not given.
    NotComputedError
        If the quantity is not known, or no longer follows from the weights as they are now.
    """
    quantity = find_place(state, address)
    kind, place, _ = quantity
    _check_is_known(state, kind, place, address)
    return Quantity(kind, place, _checked_sample(state, kind, place, sample, address))


def find_place(state: State, address: str) -> Quantity:
    """Return the quantity that an address names, known or not."""
    try:
        return _place_called(state, address)
    except UnknownNameError as error:
        raise with_hint(state.network, address, error) from error


def _place_called(state: State, address: str) -> Quantity:
    network = state.network
    target, kind = _parsed(address)
    place, slot = -1, None
    if target is None:
        kind = TOTAL
    elif kind in CONNECTION_QUANTITIES or kind == "new_weight":
        place = slot = network.connection(target)._row
    else:
        place = network.neuron(target)._row
        slot = state.structure.bias_slot.get(place)
    if kind in ("bias", "bias_gradient", "new_bias"):
        if slot is None:
            raise NotComputedError(f"{network.neuron(target).called()} has no bias")
        place = slot
    kind = NEW if kind in _NEW else "gradient" if kind == "bias_gradient" else kind
    return Quantity(kind, place)


def _parsed(address: str) -> tuple[str | None, str]:
    if isinstance(address, str):
        target, _, quantity = address.rpartition(".")
        if target and quantity in _NEW:
            return target, quantity
        near = did_you_mean(quantity, [*NEURON_QUANTITIES, *CONNECTION_QUANTITIES, *_NEW])
        if target and "'new_" in near:
            raise UnknownNameError(f"no quantity {quantity!r} in address {address!r}{near}")
    return parse_address(address)


def _check_is_known(state: State, kind: str, place: int, address: str) -> None:
    if kind in ("weight", "bias"):
        return
    if kind == "slope" and place not in state.given and state.structure.activations[place].group:
        name = state.names[place]
        raise NotComputedError(
            f"neuron {name!r} has no slope of its own: softmax makes its out depend on the nets of"
            f" its whole group; explain '{name}.delta' instead"
        )
    state.raw("gradient" if kind == NEW else kind, place)
    if state.outdated:
        raise NotComputedError(
            f"{address!r} belongs to a pass that was made before weights or biases changed, and no"
            " longer follows from them: call net.forward(inputs) and net.backward(targets) again"
            " (an update is explained before it is made, as in 'w5.new_weight')"
        )


def _checked_sample(
    state: State, kind: str, place: int, sample: object, address: str
) -> int | None:
    n = state.n_samples
    if sample is not None:
        if isinstance(sample, bool) or not isinstance(sample, int | np.integer):
            raise InvalidTypeError(f"sample must be a whole number, counted from 1, not {sample!r}")
        if n is None:
            raise InvalidValueError(
                f"sample {sample} was asked for, but the last pass was made with one sample alone:"
                " leave sample out"
            )
        if not 1 <= sample <= n:
            raise InvalidValueError(
                f"sample must be from 1 to {n}, the samples of the last pass, not {sample}"
            )
    if n is None or kind in ("weight", "bias", NEW):
        return None
    if sample is None and kind not in ("gradient", TOTAL):
        raise InvalidValueError(
            f"{address!r} has a value for each of {n} samples: say which one with sample=1"
            + (f" to {n}" if n > 1 else "")
        )
    return None if sample is None else int(sample)
