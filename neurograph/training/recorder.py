"""What a run keeps of its epochs."""

from array import array
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

import numpy as np

from neurograph.addresses import LOSS, Address, parse_address
from neurograph.columns import Storage, Value
from neurograph.elements import Connection, Neuron, row_of
from neurograph.errors import InvalidTypeError, UnknownNameError, did_you_mean
from neurograph.optimizers import Optimizer
from neurograph.quantities import BY_ADDRESS, CONNECTION_QUANTITIES, NEURON_QUANTITIES, PHASES
from neurograph.structure import Structure
from neurograph.training.history import History
from neurograph.training.trainee import Trainee

__all__ = ["Bookmark", "Recorder"]


class Bookmark(NamedTuple):
    """How much a `Recorder` has kept: losses, values of each address, and up to which epoch."""

    n_losses: int
    n_values: dict[str, int]
    last_kept: int
    last_wanted: int


class Recorder:
    """Keeps values by their addresses, of every so many epochs and of the last.

    Parameters
    ----------
    net : Network
    storage : Storage
        That of the network.
    record : iterable of str
        Addresses.
    every : int
    optimizer : Optimizer
        Of the training: what it remembers can be kept.

    Raises
    ------
    UnknownNameError
        If an address names nothing that training computes; the nearest is named.
    InvalidTypeError
        If an address is not text.
    """

    def __init__(
        self,
        net: Trainee,
        storage: Storage,
        record: str | Iterable[str],
        every: int,
        optimizer: Optimizer,
    ) -> None:
        self.every = every
        self._computed = frozenset(name for name, _ in optimizer.equations)
        self.losses: array[float] | None = None
        self._order = {address: parse_address(address) for address in _addresses(record)}
        self._parameters: dict[str, int] = {}
        self._elements: dict[str, tuple[Neuron | Connection, str]] = {}
        self._values: dict[str, list[Value]] = {}
        for address, parsed in self._order.items():
            if parsed.target is None:
                self.losses = array("d")
            else:
                self._find(net, storage, address, parsed)
        self.start = {
            address: float(storage.parameters[slot]) for address, slot in self._parameters.items()
        }
        # The last epoch whose loss was kept, and the last whose other values were.
        self._last_kept = self._last_wanted = 0

    def _find(self, net: Trainee, storage: Storage, address: str, parsed: Address) -> None:
        target, quantity = parsed
        element: Neuron | Connection
        if parsed.of_connection:
            element, names = net.connection(str(target)), CONNECTION_QUANTITIES
        else:
            element, names = net.neuron(target), NEURON_QUANTITIES
        known = [name for name in names if self._is_computed(storage.structure, element, name)]
        if quantity not in known:
            raise UnknownNameError(
                f"training computes no {quantity} of {element.called()}"
                f"{did_you_mean(quantity, known)} (there are {', '.join(known)})"
            )
        self._values[address] = []
        if quantity == "weight":
            self._parameters[address] = row_of(element)
        elif quantity == "bias":
            self._parameters[address] = storage.structure.bias_slot[row_of(element)]
        else:
            self._elements[address] = (element, quantity)

    def _is_computed(self, structure: Structure, element: Neuron | Connection, name: str) -> bool:
        """Whether a training step computes a quantity of a neuron or a connection."""
        row, slot = BY_ADDRESS[name], element._slot()
        if row.phase not in ("", *PHASES):
            return False
        if row.owner == "neuron":
            return _is_of_neuron(structure, row_of(element), name)
        if slot is None:
            return False
        if row.phase == "update":
            is_there = not row.optimizer or row.name in self._computed
            return bool(structure.trainable[slot]) and is_there
        if row.name == "message_slope":
            return bool(structure.combinations[structure.post[slot]].name != "sum")
        return row.name != "own_gradient" or slot in structure.tie_of

    @property
    def only_losses(self) -> bool:
        """Whether nothing is kept that has to be read at the end of an epoch."""
        return not self._values

    @property
    def reads_objects(self) -> bool:
        """Whether something is kept that the objects must carry."""
        return bool(self._elements)

    def keep_losses(self, losses: Sequence[float], last_epoch: int) -> None:
        """Keep the losses of epochs that follow each other, as far as they are to be kept."""
        first_epoch = last_epoch - len(losses) + 1
        if self.losses is not None:
            kept = losses[-first_epoch % self.every :: self.every]
            self.losses.extend(kept if isinstance(kept, array) else array("d", kept))
        self._last_kept = last_epoch // self.every * self.every

    def wants(self, loss: float, epoch: int) -> bool:
        """Whether the other values of an epoch are to be kept; keep its loss if that is missing.

        Asked of the last epoch, and of those that are to be kept.
        """
        wanted = epoch != self._last_wanted
        if epoch != self._last_kept:
            if self.losses is not None:
                self.losses.append(loss)
            self._last_kept = epoch
        self._last_wanted = epoch
        return wanted

    def keep_values(self, storage: Storage) -> None:
        """Keep all the other values, as they are now."""
        for address, slot in self._parameters.items():
            self._values[address].append(float(storage.parameters[slot]))
        for address, (element, quantity) in self._elements.items():
            value = element[quantity]
            self._values[address].append(
                value if isinstance(value, float) else np.array(value, dtype=np.float64)
            )

    def mark(self) -> Bookmark:
        """Return how much is kept so far."""
        n_losses = 0 if self.losses is None else len(self.losses)
        n_values = {address: len(values) for address, values in self._values.items()}
        return Bookmark(n_losses, n_values, self._last_kept, self._last_wanted)

    def go_back(self, mark: Bookmark) -> None:
        """Forget what was kept after a mark."""
        if self.losses is not None:
            del self.losses[mark.n_losses :]
        for address, n in mark.n_values.items():
            del self._values[address][n:]
        self._last_kept, self._last_wanted = mark.last_kept, mark.last_wanted

    def history(self, steps_per_epoch: int, ended: str) -> History:
        """Return what was kept."""
        epochs = np.arange(self.every, self._last_kept + 1, self.every)
        if self._last_kept % self.every:
            epochs = np.append(epochs, self._last_kept)
        values: dict[str, Any] = {
            address: self.losses if address == LOSS else self._values[address]
            for address in self._order
        }
        return History(values, epochs, steps_per_epoch, start=self.start, ended=ended)


def _addresses(record: Any) -> list[str]:
    if isinstance(record, str):
        return [record]
    if not isinstance(record, Iterable):
        raise InvalidTypeError(f"record must be a list of addresses, not {record!r}")
    return list(record)


def _is_of_neuron(structure: Structure, row: int, quantity: str) -> bool:
    """Whether a training step computes a quantity of a neuron."""
    if quantity in ("net", "slope", "delta") and row in structure.levels[0]:
        return False
    if quantity in ("target", "loss"):
        return bool(structure.is_output[row])
    return quantity != "slope" or not structure.activations[row].group
