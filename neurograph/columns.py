"""Storage: the arrays a network owns, one row for each neuron and each connection.

The columns of a kind of object are a dict from a field's name to a column, and a column is
anything that gives the value of a row: an array of numbers, or a dict from row to value where not
every row has one. Neurons, connections and passes read and write these same columns,
so there is nothing to synchronise.

A parameter (a weight or a bias) lives in one slot of the flat array `Storage.parameters`; the
row of a connection is the slot of its weight.
"""

import re
from array import array
from bisect import bisect_right
from collections.abc import Callable, Hashable, Iterator, Mapping, Sized
from contextlib import suppress
from copy import copy
from functools import cached_property
from itertools import accumulate
from typing import Any, ClassVar, NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from neurograph.display import Brief
from neurograph.optimizers import Optimizer
from neurograph.quantities import CONNECTION_QUANTITIES, NEURON_QUANTITIES
from neurograph.structure import Structure

__all__ = [
    "Column",
    "Columns",
    "Kept",
    "PastUpdate",
    "Reserved",
    "Storage",
    "Value",
    "cells_of",
]

#: One number, or one for each sample of a batch, shape ``(n_samples,)``.
Value = float | NDArray[np.float64]


class Column(Protocol):
    """Gives the value of a row, or raises `KeyError` where the row has none."""

    def __getitem__(self, row: int, /) -> Any: ...


class SizedColumn(Column, Sized, Protocol):
    """A column that knows how many values it has."""


class Reserved:
    """Keys of the columns that are no items of the objects.

    Attributes
    ----------
    meaning : str
    """

    # No members of an Enum, whose hash takes longer than all the rest of reading a value.
    __slots__ = ("meaning",)

    #: The storage that owns the columns.
    STORAGE: ClassVar["Reserved"]
    #: The column of names.
    NAME: ClassVar["Reserved"]
    #: By slot, not by row: all weights and biases, where neurons find theirs.
    PARAMETERS: ClassVar["Reserved"]
    #: By slot, not by row: the gradients of weights and biases.
    GRADIENTS: ClassVar["Reserved"]
    #: The `LabelWrites` of the network whose labels were looked up.
    LABEL_WRITES: ClassVar["Reserved"]
    #: A function that returns the network, for as long as there is one.
    NETWORK: ClassVar["Reserved"]

    def __init__(self, meaning: str) -> None:
        self.meaning = meaning

    def __repr__(self) -> str:
        return f"<{self.meaning}>"


Reserved.STORAGE = Reserved("storage; absent for an object that no network has bound")
Reserved.NAME = Reserved("name of a neuron, (pre, post) pair of a connection")
Reserved.PARAMETERS = Reserved("weights and biases by slot")
Reserved.GRADIENTS = Reserved("gradients by slot")
Reserved.LABEL_WRITES = Reserved("writes of labels; absent where no network watches them")
Reserved.NETWORK = Reserved("a weak reference to the network")


# A plain dict, because reading a value through an object is two subscripts and the interpreter
# specialises those of plain dicts.
Columns = dict[Hashable, Any]


def items_of(columns: Columns, row: int) -> Iterator[tuple[Any, Any]]:
    """Yield the key and value of every item that `row` has."""
    for key, column in columns.items():
        if type(key) is not Reserved:
            try:
                yield key, column[row]
            except KeyError:
                continue


def cells_of(values: NDArray[np.float64]) -> "array[float]":
    """Return a copy of an array as a column: its numbers read as Python floats."""
    # Reading a memoryview takes twice as long.
    return array("d", values.tobytes())


class LabelWrites:
    """Counts how often a label was written on an object of one network."""

    __slots__ = ("count",)

    def __init__(self) -> None:
        self.count = 0


class OfBias:
    """A column of biases: a neuron's row gives the value in its bias slot, if it has a bias."""

    __slots__ = ("_by_slot", "_slots")

    def __init__(self, by_slot: SizedColumn, slots: dict[int, int]) -> None:
        self._by_slot = by_slot
        self._slots = slots

    def __getitem__(self, row: int) -> Any:
        return self._by_slot[self._slots[row]]

    def __len__(self) -> int:
        return len(self._by_slot)


class AtFirstRead:
    """Stands for a column that is made when it is first read, and takes its place then."""

    __slots__ = ("_columns", "_key", "_made")

    def __init__(self, columns: Columns, key: Any, made: Callable[[], Column]) -> None:
        self._columns = columns
        self._key = key
        self._made = made

    def __getitem__(self, row: int) -> Any:
        return self.column()[row]

    def column(self) -> Column:
        """Make the column, and put it where it belongs."""
        with np.errstate(all="ignore"):
            column = self._made()
        if self._columns.get(self._key) is self:
            self._columns[self._key] = column
        return column

    def __bool__(self) -> bool:
        return True


def _copied(column: Any, n_rows: int) -> Column:
    """Return a column with the same values, whatever happens to this one."""
    while isinstance(column, AtFirstRead):
        column = column.column()
    if isinstance(column, dict | NumberedLabels | array):
        return copy(column)
    values = {}
    for row in range(n_rows):
        with suppress(KeyError):
            values[row] = column[row]
    return values


class _Pairs:
    """The column of (pre, post) names of the connections."""

    __slots__ = ("_structure",)

    def __init__(self, structure: Structure) -> None:
        self._structure = structure

    def __getitem__(self, row: int) -> tuple[Hashable, Hashable]:
        return self._structure.ends(row)


class NumberedLabels:
    """The column of labels w1, w2, ... of connections, in the order of their slots.

    Only labels that were changed take memory.
    """

    __slots__ = ("_blocks", "_changed", "_first_numbers", "_first_slots")

    def __init__(self, structure: Structure) -> None:
        self._blocks = structure.blocks
        self._first_slots = [block.slots.start for block in self._blocks]
        counts = [len(block.rows) * (block.width - 1) for block in self._blocks]
        self._first_numbers = list(accumulate(counts[:-1], initial=1))
        self._changed: dict[int, Any] = {}

    def __getitem__(self, slot: int) -> Any:
        if slot in self._changed:
            label = self._changed[slot]
            if label is None:
                raise KeyError(slot)
            return label
        place = bisect_right(self._first_slots, slot) - 1
        width = self._blocks[place].width
        row, column = divmod(slot - self._first_slots[place], width)
        return f"w{self._first_numbers[place] + row * (width - 1) + column}"

    def __setitem__(self, slot: int, label: object) -> None:
        self._changed[slot] = label

    def __delitem__(self, slot: int) -> None:
        self._changed[slot] = None

    def __copy__(self) -> "NumberedLabels":
        copied = NumberedLabels.__new__(NumberedLabels)
        copied._blocks, copied._changed = self._blocks, dict(self._changed)
        copied._first_slots, copied._first_numbers = self._first_slots, self._first_numbers
        return copied

    @property
    def is_changed(self) -> bool:
        """Whether a connection has another label than its number."""
        return bool(self._changed)

    def slot_of(self, label: object) -> int | None:
        """Return the slot that has this label from the start, if it still has it."""
        if not isinstance(label, str) or not re.fullmatch(r"w[1-9][0-9]{0,11}", label):
            return None
        number = int(label[1:])
        place = bisect_right(self._first_numbers, number) - 1
        block = self._blocks[place]
        row, column = divmod(number - self._first_numbers[place], block.width - 1)
        slot = block.slots.start + row * block.width + column
        return slot if row < len(block.rows) and slot not in self._changed else None


class Passes(Protocol):
    """What passes computed, however they did it."""

    @property
    def gradient(self) -> Any:
        """By slot, dE/dweight and dE/dbias."""

    def has_outs(self, structure: Structure) -> bool:
        """Whether a forward pass was finished."""

    def has_losses(self, structure: Structure) -> bool:
        """Whether the outs were compared with targets."""

    def has_gradients(self, structure: Structure) -> bool:
        """Whether a backward pass was finished."""

    def of_network(self, quantity: str) -> float:
        """Return the total error, or what it is made of."""

    def an_input(self, structure: Structure) -> Any:
        """Return the out of one input neuron."""

    def of_forward(self) -> "Passes":
        """Return the forward pass alone."""

    def columns(self, structure: Structure) -> tuple[Columns, Columns]:
        """Return what neurons and connections carry of it."""


class Kept(NamedTuple):
    """What stands in some slots of a column that has 0 in all others, to be put back.

    Of an irregular graph most slots are empty: a copy of them all takes longer than a step.

    Attributes
    ----------
    values : ndarray
    slots : slice or ndarray of int
        A slice of all slots, or some of them.
    n_slots : int
    """

    values: NDArray[np.float64]
    slots: slice | NDArray[np.intp]
    n_slots: int

    def column(self) -> NDArray[np.float64]:
        """Return the whole column."""
        if isinstance(self.slots, slice):
            return self.values
        column = np.zeros(self.n_slots)
        column[self.slots] = self.values
        return column

    def tolist(self) -> list[float]:
        """Return the whole column as numbers."""
        return self.column().tolist()  # type: ignore[no-any-return]


class PastUpdate(NamedTuple):
    """The update that followed the last pass, with what it started from.

    Attributes
    ----------
    parameters : ndarray of shape (n_slots,) or Kept
        Weights and biases as they were in that pass.
    optimizer : Optimizer
    order : {"simultaneous", "in_place"}
    learning_rate : float
    digits : int or None
        To which the pass was rounded.
    memory : mapping of str to ndarray of shape (n_slots,)
        What the optimiser remembered before.
    step : int
        Its number in its training, counted from 1.
    """

    parameters: "NDArray[np.float64] | Kept"
    optimizer: Optimizer
    order: str
    learning_rate: float
    digits: int | None = None
    memory: Mapping[str, NDArray[np.float64]] = {}
    step: int = 1


class Draft:
    """The weights of connections that were added together, until a pass needs a structure.

    An object of its own for each of a million weights would take more memory than the graph.

    Attributes
    ----------
    cells : array of float
        The weights, by row.
    connections : dict
        The columns of the connections.
    stale : bool
        Set when a connection was told something that the columns do not hold; of no consequence.
    """

    def __init__(self) -> None:
        self.cells = array("d")
        self.connections: Columns = {Reserved.STORAGE: self, "weight": self.cells}
        self.stale = False

    def set_parameter(self, row: int, value: float) -> None:
        """Set a weight."""
        self.cells[row] = value


class Storage(Brief):
    """Everything the objects of one network structure share.

    Parameters
    ----------
    structure : Structure
        Which neurons and connections there are, in which rows and slots.

    Attributes
    ----------
    parameters : ndarray of shape (n_slots,)
        Weights and biases, in the slots that `structure` gives them.
    cells : array of float
        The same memory, read and written as Python floats.
    neurons, connections : dict
        The columns of the neurons and of the connections.
    prepared : dict
        What engines have made ready for this structure, by what it was made for.
    outdated : bool
        Whether a parameter has changed since the last forward pass.
    outlived : bool
        Whether the objects carry numbers of passes through another structure than this.
    past_update : PastUpdate or None
        What changed the parameters since, if that was one update and nothing else.
    shown : object
        What was given to `show` or `show_later` last.
    stale : bool
        Set when an object was changed in a way the structure does not describe; the network then
        makes a new storage before its next pass.
    """

    def __init__(self, structure: Structure) -> None:
        self.structure = structure
        self.cells = cells_of(structure.values)
        self.parameters: NDArray[np.float64] = np.frombuffer(self.cells)
        self.stale = False
        self._computed: Passes | None = None
        self._later: Callable[[], Passes] | None = None
        self.shown: object = None
        self.prepared: dict[Hashable, Any] = {}
        self.outdated = False
        self.outlived = False
        self.past_update: PastUpdate | None = None
        self.neurons: Columns = {
            Reserved.STORAGE: self,
            Reserved.NAME: structure.names,
            Reserved.PARAMETERS: self.cells,
            "bias": OfBias(self.cells, structure.bias_slot),
        }
        self.connections: Columns = {
            Reserved.STORAGE: self,
            Reserved.NAME: _Pairs(structure),
            "weight": self.cells,
        }

    def watch_labels(self, writes: LabelWrites) -> None:
        """Let the objects count writes of their labels here."""
        self.neurons[Reserved.LABEL_WRITES] = self.connections[Reserved.LABEL_WRITES] = writes

    def belong_to(self, network: Callable[[], object]) -> None:
        """Let the objects know their network, by a weak reference to it."""
        self.neurons[Reserved.NETWORK] = self.connections[Reserved.NETWORK] = network

    @property
    def pinned(self) -> frozenset[Any]:
        """Which nets and outs the last forward pass was given instead of computing them."""
        pinned: frozenset[Any] = getattr(self._computed, "pinned", frozenset())
        return pinned

    @property
    def known(self) -> str:
        """What passes have computed, in words; nothing is computed for it."""
        passes, structure = self._computed, self.structure
        if self._later is not None or (passes is not None and passes.has_gradients(structure)):
            words = "forward and backward known"
        elif passes is not None and passes.has_outs(structure):
            losses = passes.has_losses(structure)
            words = "forward and loss known" if losses else "forward known"
        else:
            return "nothing computed yet"
        return f"{words}, weights changed since" if self.outdated else words

    def set_parameter(self, slot: int, value: float) -> None:
        """Set a parameter, in every place where it is shared."""
        self.cells[slot] = value
        if slot in self.structure.tie_of:
            for member in self.structure.shared_slots(slot):
                self.cells[member] = value
        self.outdated, self.past_update = True, None

    def copy(self) -> "Storage":
        """Return a storage of the same structure whose objects carry the same values."""
        copied = Storage(self.structure)
        copied.parameters[:] = self.parameters
        for ours, theirs, n_rows in (
            (copied.neurons, self.neurons, len(self.structure.names)),
            (copied.connections, self.connections, len(self.cells)),
        ):
            for key in [key for key in theirs if type(key) is not Reserved and key not in ours]:
                if key in theirs:  # making another column may have removed it
                    ours[key] = _copied(theirs[key], n_rows)
        copied.past_update = self.past_update
        copied.outdated, copied.outlived = self.outdated, self.outlived
        return copied

    @property
    def computed(self) -> Passes | None:
        """What the passes since the last forward pass computed; `None` before one."""
        if self._later is not None:
            self._carry(self._later())
        return self._computed

    def show(self, computed: Passes) -> None:
        """Let the objects carry what passes computed, and nothing of earlier passes."""
        self._carry(computed)
        self.shown = computed
        self.outdated = self.outlived = False
        self.past_update = None

    def show_later(self, made: Callable[[], Passes]) -> None:
        """Let the objects carry what a forward and a backward pass compute, once one is looked at.

        Parameters
        ----------
        made : function
            Makes the passes. It must not depend on what may change until then.
        """
        self._computed, self._later = None, made
        for columns, stand_ins in self._stand_ins:
            columns.update(stand_ins)
            for key in _ATTRIBUTED:  # by no pass
                columns.pop(key, None)
        self.shown, self.past_update, self.outlived = made, None, False

    @cached_property
    def _stand_ins(self) -> list[tuple[Columns, dict[Hashable, AtFirstRead]]]:
        """For neurons and for connections, what stands for the columns that passes fill."""
        return [
            (columns, {key: AtFirstRead(columns, key, self._now(columns, key)) for key in keys})
            for columns, quantities in self._quantities()
            for keys in [[key for key in quantities if key not in _ATTRIBUTED]]
        ]

    def forget(self) -> None:
        """Let the objects carry nothing that passes computed."""
        self._computed = self._later = self.shown = self.past_update = None
        self.outlived = False
        for columns, quantities in self._quantities():
            for key in quantities:
                columns.pop(key, None)

    def _now(self, columns: Columns, key: Hashable) -> Callable[[], Column]:
        def column() -> Column:
            assert self.computed is not None  # by which the column is there
            found: Column = columns[key]
            return found

        return column

    def _carry(self, computed: Passes) -> None:
        self._computed, self._later = computed, None
        shown = computed.columns(self.structure)
        for (columns, quantities), of_pass in zip(self._quantities(), shown, strict=True):
            # In this order: somebody who goes through the items of an object may have asked.
            columns.update(of_pass)
            for key in quantities:
                if key not in of_pass and key in columns:
                    columns[key] = {}  # not removed: somebody may be going through the items

    def _quantities(self) -> tuple[tuple[Columns, tuple[Hashable, ...]], ...]:
        """Return the columns of neurons and of connections, and the keys that passes fill."""
        return (self.neurons, _OF_NEURONS), (self.connections, _OF_CONNECTIONS)


_ATTRIBUTED = ("error", "share")
_OF_NEURONS = (Reserved.GRADIENTS, *(key for key in NEURON_QUANTITIES if key != "bias"))
_OF_CONNECTIONS = tuple(key for key in CONNECTION_QUANTITIES if key != "weight")
