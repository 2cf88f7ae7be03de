"""`History`: what a training run recorded; and the `Recorder` that keeps it."""

from array import array
from collections.abc import Collection, Hashable, Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from neurograph.activations import Activation
from neurograph.addresses import LOSS, OF_TRAINING, parse_address
from neurograph.columns import Storage, Value
from neurograph.curvature import Curvature, curvatures
from neurograph.display import Brief, Displayed, in_line, shortened
from neurograph.elements import Connection, Neuron, row_of
from neurograph.equations import Equations, Round
from neurograph.errors import InvalidTypeError, InvalidValueError, UnknownNameError, did_you_mean
from neurograph.inventory import read_pandas
from neurograph.optimizers import GRADIENT_DESCENT, Optimizer
from neurograph.quantities import BY_ADDRESS, CONNECTION_QUANTITIES, NEURON_QUANTITIES, PHASES
from neurograph.records import record
from neurograph.structure import Structure
from neurograph.terms import DELTAS

__all__ = ["Bookmark", "Checkpoint", "History", "Recorder", "Trainee"]

# How many addresses a repr shows, in how many letters.
_SHOWN, _LETTERS = 4, 130


@record
class Checkpoint(Brief):
    """What a run needs, beside the parameters, to go on as if it had not ended.

    Parameters
    ----------
    step, steps_per_epoch : int
        The last finished step, and how many an epoch has.
    optimizer : str
        What it is with its constants, as its ``repr`` says.
    state : mapping from str to ndarray of shape (n_slots,)
        What the optimiser remembers of each parameter.
    random : mapping, optional
        The state of the generator that shuffles, from before the first epoch.
    loss : float
        Of the last finished epoch.
    open_losses : tuple of float
        Of the steps of an epoch that is not finished.
    every : int
        Which epochs are kept.
    noted : mapping from str to tuple of float
        By stop, what it knows of the losses so far.
    before : int
        Steps of earlier runs whose memory the optimiser began with.
    running_loss : float
        The losses of the steps of the last finished epoch, added up.
    """

    step: int
    steps_per_epoch: int
    optimizer: str
    state: Mapping[str, NDArray[np.float64]]
    random: Mapping[str, Any] | None
    loss: float
    open_losses: tuple[float, ...]
    every: int
    noted: Mapping[str, tuple[float, ...]]
    before: int = 0
    running_loss: float = float("nan")

    @property
    def epochs(self) -> int:
        """How many epochs are finished."""
        return self.step // self.steps_per_epoch


class History(Mapping[str, NDArray[np.float64]], Displayed):
    """What a training run recorded: an array for each address, one entry for each kept epoch.

    The loss of an epoch is that of the epoch's own passes, each before its update; weights and
    biases are those after the epoch's updates; everything else is of the epoch's last step.

    Parameters
    ----------
    values : mapping from str to array-like
        By address, of shape ``(n_kept,)``, or ``(n_kept, n_samples)`` for a value that a batch has
        one of for each sample.
    epochs : sequence of int
        Which epochs were kept, counted from 1.
    steps_per_epoch : int
    start : mapping from str to float
        Of each recorded weight and bias, its value before the first step.
    ended : str
        Why the run ended.
    checkpoint : Checkpoint, optional
        What a run needs to go on from here: see ``resume`` of `train`.

    Attributes
    ----------
    epochs, steps : ndarray of int, shape (n_kept,)
        The kept epochs, and how many steps the run had made by the end of each.
    start : dict of str to float
    ended : str
    checkpoint : Checkpoint or None

    Examples
    --------
    >>> import neurograph as ng
    >>> from neurograph.training import train
    >>> net = ng.Network.layered(1, 1, weights=0.5, activation="identity")
    >>> history = train(net, [3.0], [1.0], learning_rate=0.1, epochs=3,
    ...                 record=("loss", "w1.weight"))
    >>> history
    History(3 epochs, 3 steps: loss 0.125 -> 1.25e-05, w1.weight 0.35 -> 0.3335)
    >>> history["loss"]
    array([1.25e-01, 1.25e-03, 1.25e-05])
    >>> history.start["w1.weight"]
    0.5
    """

    def __init__(
        self,
        values: Mapping[str, Any],
        epochs: Sequence[int] | NDArray[np.int64],
        steps_per_epoch: int = 1,
        *,
        start: Mapping[str, float] | None = None,
        ended: str = "",
        checkpoint: Checkpoint | None = None,
    ) -> None:
        self._values = {
            address: np.array(column, dtype=np.float64) for address, column in values.items()
        }
        self.epochs: NDArray[np.int64] = np.array(epochs, dtype=np.int64)
        self.steps: NDArray[np.int64] = self.epochs * steps_per_epoch
        self.start = dict(start or {})
        self.ended = ended
        self.checkpoint = checkpoint

    def __getitem__(self, address: str) -> NDArray[np.float64]:
        try:
            return self._values[address]
        except KeyError:
            recorded = ", ".join(self._values) or "nothing"
            raise UnknownNameError(
                f"{address!r} was not recorded{did_you_mean(address, self._values)}"
                f" (recorded: {recorded})"
            ) from None

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def __len__(self) -> int:
        """Return how many addresses were recorded."""
        return len(self._values)

    def _ipython_key_completions_(self) -> list[str]:
        return list(self)

    def to_dict(self) -> dict[str, list[Any]]:
        """Return plain lists, as JSON can hold them: ``"epoch"``, ``"step"``, and each address.

        Examples
        --------
        >>> from neurograph.training import History
        >>> History({"loss": [0.5, 0.25]}, epochs=[1, 2], steps_per_epoch=4).to_dict()
        {'epoch': [1, 2], 'step': [4, 8], 'loss': [0.5, 0.25]}
        """
        columns = {address: column.tolist() for address, column in self._values.items()}
        return {"epoch": self.epochs.tolist(), "step": self.steps.tolist()} | columns

    def to_frame(self) -> Any:
        """Return a pandas DataFrame with one row for each kept epoch, and the epochs as its index.

        An address with a value for each sample has a column for each: ``"h1.out[0]"``, ...

        Returns
        -------
        pandas.DataFrame

        Raises
        ------
        ImportError
            If pandas is not installed.
        """
        pandas = read_pandas("History.to_frame", "History.to_dict")
        columns: dict[str, Any] = {"step": self.steps}
        for address, column in self._values.items():
            if column.ndim == 1:
                columns[address] = column
            else:
                columns |= {f"{address}[{n}]": of_one for n, of_one in enumerate(column.T)}
        return pandas.DataFrame(columns, index=pandas.Index(self.epochs, name="epoch"))

    def __repr__(self) -> str:
        if not self.epochs.size:
            return f"History(no epochs{f', {self.ended}' if self.ended else ''})"
        done, steps = int(self.epochs[-1]), int(self.steps[-1])
        counted = f"{done} epoch{'s'[: done != 1]}, {steps} step{'s'[: steps != 1]}"
        shown = [_shown(address, self._values[address]) for address in self]
        return f"History({counted}{': ' if shown else ''}{in_line(shown, _LETTERS, _SHOWN)})"


def _shown(address: str, column: NDArray[np.float64]) -> str:
    if column.ndim > 1:
        return f"{shortened(address)} of {column.shape[1]} samples"
    return f"{shortened(address)} {column[0]:.9g} -> {column[-1]:.9g}"


class Trainee(Protocol):
    """A network, as far as training is concerned."""

    @property
    def storage(self) -> Storage:
        """The arrays that its objects are views of."""

    @property
    def structure(self) -> Structure:
        """The network in numbers."""

    def round(
        self,
        order: str = "simultaneous",
        optimizer: Optimizer = GRADIENT_DESCENT,
        *,
        delta: str | None = None,
    ) -> Round:
        """Return what the equations of a round follow from."""

    def uses(self, storage: Storage) -> bool:
        """Whether its objects are still views of a storage."""

    def neuron(self, name: Hashable) -> Neuron:
        """Return a neuron by its name or label."""

    def connection(self, name: Hashable) -> Connection:
        """Return a connection by its label or its ends."""

    def owners(self, address: str) -> list[tuple[Neuron | Connection, str]]:
        """Return the objects that carry what an address names, each with its key there."""

    def value(self, address: str) -> Value:
        """Return the number that an address names."""

    def forward(self, inputs: Any) -> Any:
        """Send messages forward."""

    def backward(self, targets: Any) -> float:
        """Send error messages back."""


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
    before : History, optional
        Of the run that goes on.

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
        before: History | None = None,
    ) -> None:
        self.every = every
        self._computed = frozenset(name for name, _ in optimizer.equations)
        self.losses: array[float] | None = None
        self._order = {address: parse_address(address) for address in _addresses(record)}
        self._parameters: dict[str, int] = {}
        self._elements: dict[str, tuple[Neuron | Connection, str]] = {}
        self._curvatures: dict[str, tuple[int, str]] = {}
        self._of_network: list[str] = []
        self._net = net
        self._values: dict[str, list[Value]] = {}
        for address, parsed in self._order.items():
            if address == LOSS:
                self.losses = array("d")
            elif parsed.target is None:
                if address in OF_TRAINING:
                    raise UnknownNameError(f"{address!r} is not kept of each epoch; 'loss' is")
                self._of_network.append(address)
                self._values[address] = []
            else:
                self._find(net, storage, address)
        self.start = {
            address: float(storage.parameters[slot]) for address, slot in self._parameters.items()
        }
        # The last epoch whose loss was kept, and the last whose other values were.
        self._last_kept = self._last_wanted = 0
        if before is not None:
            self._go_on(before)

    def _go_on(self, before: History) -> None:
        """Begin with what a run kept; without its last epoch if that was kept for being last."""
        if list(before) != list(self._order):
            raise InvalidValueError(
                f"the run to resume recorded {', '.join(before) or 'nothing'}, not"
                f" {', '.join(self._order) or 'nothing'}: record the same"
            )
        n = int(np.count_nonzero(before.epochs % self.every == 0))
        self._last_kept = self._last_wanted = int(before.epochs[n - 1]) if n else 0
        self.start = dict(before.start)
        for address in before:
            column = before[address][:n]
            if column.ndim > 1 and address not in self._elements:
                raise InvalidValueError(f"the run to resume has several {address} of an epoch")
            if address == LOSS:
                self.losses = array("d", column)
            else:
                self._values[address] = list(column) if column.ndim > 1 else column.tolist()

    def _find(self, net: Trainee, storage: Storage, address: str) -> None:
        element, quantity = net.owners(address)[0]
        names = CONNECTION_QUANTITIES if isinstance(element, Connection) else NEURON_QUANTITIES
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
        elif BY_ADDRESS[quantity].phase == "curvature":
            slot = element._slot()
            assert slot is not None
            self._curvatures[address] = (slot, BY_ADDRESS[quantity].name)
        else:
            self._elements[address] = (element, quantity)

    def _is_computed(self, structure: Structure, element: Neuron | Connection, name: str) -> bool:
        """Whether a training step computes a quantity of a neuron or a connection."""
        row, slot = BY_ADDRESS[name], element._slot()
        if row.phase not in ("", *PHASES, "curvature"):
            return False
        if row.owner == "neuron":
            activation = self._net.round().activations[row_of(element)]
            return _is_of_neuron(structure, row_of(element), name, activation)
        if slot is None:
            return False
        if row.phase == "update":
            is_there = not row.optimizer or row.name in self._computed
            return bool(structure.trainable[slot]) and is_there
        if row.name in ("data_gradient", "penalty_gradient"):
            return slot in self._net.round().penalised
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
        return bool(self._elements or self._curvatures or self._of_network)

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
        """Keep all the other values, as they are now.

        Second derivatives are no part of a step: they cost a round each, with its samples and the
        weights before it.
        """
        if self._curvatures:
            slots = {slot for slot, _ in self._curvatures.values()}
            of_slots = curvatures_of_pass(storage, self._net, slots)
            for address, (slot, quantity) in self._curvatures.items():
                self._values[address].append(float(getattr(of_slots[slot], quantity)))
        for address, slot in self._parameters.items():
            self._values[address].append(float(storage.parameters[slot]))
        for address in self._of_network:
            self._values[address].append(self._net.value(address))
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

    def history(self, ended: str, checkpoint: Checkpoint) -> History:
        """Return what was kept."""
        epochs = np.arange(self.every, self._last_kept + 1, self.every)
        if self._last_kept % self.every:
            epochs = np.append(epochs, self._last_kept)
        values: dict[str, Any] = {
            address: self.losses if address == LOSS else self._values[address]
            for address in self._order
        }
        return History(
            values,
            epochs,
            checkpoint.steps_per_epoch,
            start=self.start,
            ended=ended,
            checkpoint=checkpoint,
        )


def curvatures_of_pass(
    storage: Storage, net: Trainee, slots: Collection[int]
) -> dict[int, Curvature]:
    """Return second derivatives by some parameters, where the pass was that objects carry."""
    structure, past = storage.structure, storage.past_update
    assert past is not None  # the step that was just done
    equations = Equations(net.round(delta=DELTAS[0]), updates=False)
    given, targets = (
        {row: storage.neurons[name][row] for row in rows}
        for name, rows in (("out", structure.inputs), ("target", structure.outputs))
    )
    return dict(curvatures(equations, past.parameters.tolist(), given, targets, slots))


def _addresses(record: Any) -> list[str]:
    if isinstance(record, str):
        return [record]
    if not isinstance(record, Iterable):
        raise InvalidTypeError(f"record must be a list of addresses, not {record!r}")
    return list(record)


def _is_of_neuron(structure: Structure, row: int, quantity: str, activation: Activation) -> bool:
    """Whether a training step computes a quantity of a neuron."""
    if quantity in ("net", "slope", "delta") and row in structure.levels[0]:
        return False
    if quantity in ("target", "loss"):
        return bool(structure.is_output[row])
    return quantity != "slope" or not activation.couples_deltas
