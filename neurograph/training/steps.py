"""The steps of a run: their samples and learning rates, and doing them so that they can be undone.

A run diverges where a loss or a parameter is more than a next step can hold. A step multiplies
numbers of the size of its parameters with each other, and losses are squares of such products: what
is beyond the root of the largest float overflows there, if not before.
"""

import math
import sys
from collections.abc import Callable, MutableSequence, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from neurograph.checks import not_negative
from neurograph.columns import Kept, Storage
from neurograph.engines.engine import Batch, Engine, Epoch, InOrder, Steps
from neurograph.records import record
from neurograph.structure import Structure

__all__ = [
    "Batches",
    "Chunk",
    "Done",
    "Snapshot",
    "Stepper",
    "TrainingData",
    "first_concerned",
    "held",
    "overflowed",
    "rates_of",
]


class TrainingData(NamedTuple):
    """The samples of a run.

    Attributes
    ----------
    inputs : ndarray of shape (n_samples, n_inputs)
    targets : ndarray of shape (n_samples, n_outputs)
    single : bool
        Whether the objects carry numbers afterwards: each step has one sample, which was given
        without a batch around it, or a batch size of 1 was asked for.
    """

    inputs: NDArray[np.float64]
    targets: NDArray[np.float64]
    single: bool


@record
class Chunk:
    """Some steps that an engine does in one go.

    Attributes
    ----------
    first_step : int
        Number of the first of them in the run, counted from 1.
    batches : sequence of slice or ndarray of int
    rates : sequence of float
    """

    first_step: int
    batches: Sequence[Batch]
    rates: Sequence[float]

    def __len__(self) -> int:
        return len(self.batches)

    def part(self, start: int, stop: int) -> "Chunk":
        """Return the steps from one place up to another."""
        return Chunk(self.first_step + start, self.batches[start:stop], self.rates[start:stop])


class Batches:
    """The batches of a run, one epoch after the other.

    Parameters
    ----------
    n_samples, batch_size : int
        The last batch of an epoch may be smaller.
    rng : Generator or None
        Shuffles the samples anew for each epoch; `None` leaves them in their order.
    """

    def __init__(
        self, n_samples: int, batch_size: int, rng: "np.random.Generator | None" = None
    ) -> None:
        self.n_samples = n_samples
        self.batch_size = batch_size
        self.rng = rng if batch_size < n_samples else None
        self.epoch = Epoch(n_samples, batch_size)
        self._taken = 0
        self._ahead: list[Batch] = []

    def __len__(self) -> int:
        """Return how many there are in an epoch."""
        return len(self.epoch)

    @property
    def sizes(self) -> NDArray[np.int64]:
        """How many samples each of an epoch has."""
        return self.epoch.sizes

    def skip(self, n: int) -> None:
        """Leave out the next `n`: they were taken in a run that goes on here."""
        epochs, rest = divmod(n, len(self))
        if self.rng is not None:
            for _ in range(epochs):
                self.rng.permutation(self.n_samples)
        self.take(rest)

    def take(self, n: int) -> Sequence[Batch]:
        """Return the next `n`, however many epochs that is."""
        if self.rng is None:
            self._taken += n
            return InOrder(self.epoch, self._taken - n, n)
        taken = self._ahead
        while len(taken) < n:
            taken.extend(self._shuffled(self.rng))
        self._ahead = taken[n:]
        del taken[n:]
        return taken

    def _shuffled(self, rng: "np.random.Generator") -> list[Batch]:
        order = rng.permutation(self.n_samples)
        if self.batch_size == 1:
            # a slice is a view where an array of row numbers is a copy
            return [self.epoch.batches[row] for row in order.tolist()]
        return [order[batch] for batch in self.epoch.batches]


def rates_of(schedule: Callable[[int], float], first_step: int, n: int) -> list[float]:
    """Return the learning rates of `n` steps; fewer if one after the first has none.

    Raises
    ------
    Exception
        What the schedule raises for the first step, with a note that says so.
    InvalidValueError, InvalidTypeError
        If what it gives for the first step is not a finite number of zero or more.
    """
    rates: list[float] = []
    for step in range(first_step, first_step + n):
        try:
            rates.append(not_negative(schedule(step), f"the learning rate of step {step}"))
        except Exception as error:
            if rates:
                break  # those before it come first; it will be asked for again
            error.add_note(f"(asked of the learning-rate schedule for step {step})")
            raise
    return rates


# About 1.3e154.
_LARGEST = math.sqrt(sys.float_info.max)

# What a neuron's loss is made of, in the order of computation.
_FORWARD = ("net", "out", "loss")


def held(values: Any) -> NDArray[np.bool_]:
    """Return of each value whether a next step can hold it; it cannot hold nan and inf."""
    return np.asarray(np.abs(values) <= _LARGEST)


def _small(values: Any) -> bool:
    """Whether one look shows that a next step can hold all of some values."""
    # The sum of squares is nan or inf if one is, and not less than each.
    return bool(np.vdot(values, values) < _LARGEST)


def first_concerned(storage: Storage) -> str:
    """Return which neuron is the first, in the order of computation, with a value not finite.

    If all are finite, the first with one that is too large. The objects carry the pass in question.
    """
    return (
        _first(storage, np.isfinite)
        or _first(storage, held)
        or "none: object by object the total error is finite"
    )


def _first(storage: Storage, is_right: Callable[[Any], Any]) -> str:
    structure = storage.structure
    for group in chain(*structure.groups):
        for quantity in _FORWARD:
            column = storage.neurons[quantity]
            for row in group:
                try:
                    value = column[row]
                except KeyError:
                    continue
                if not np.all(is_right(value)):
                    worst = _worst(value, is_right)
                    return f"neuron {structure.names[row]!r}, whose {quantity} is {worst}"
    return ""


def _worst(value: float | NDArray[np.float64], is_right: Callable[[Any], Any]) -> str:
    values = np.atleast_1d(value)
    places = np.flatnonzero(~is_right(values))
    of_batch = f" in sample {places[0]} of its batch" if np.ndim(value) else ""
    return f"{values[places[0]]}{of_batch}"


def overflowed(structure: Structure, parameters: NDArray[np.float64]) -> str:
    """Return which neuron is the first, in the order of the backward pass, with such a parameter.

    Parameters
    ----------
    structure : Structure
    parameters : ndarray of shape (n_slots,)
        Not all of them finite, or not all of a size that a next step can hold.
    """
    lost = ~np.isfinite(parameters)
    slots = np.flatnonzero(lost if lost.any() else ~held(parameters))
    slot = max(slots.tolist(), key=lambda slot: (int(structure.post[slot]), -slot))
    what = "bias" if structure.pre[slot] < 0 else f"weight of {structure.called(slot)}"
    name = structure.names[structure.post[slot]]
    return f"neuron {name!r}, whose {what} became {parameters[slot]}"


class Snapshot(NamedTuple):
    """A copy of everything that steps change."""

    parameters: Kept
    state: dict[str, NDArray[np.float64]]


class Done(NamedTuple):
    """What became of a chunk.

    Attributes
    ----------
    start, before_last : Snapshot
        What there was before the first step, and before the last.
    losses : mutable sequence of float
        Of each step; it ends with the first that is not finite.
    """

    start: Snapshot
    before_last: Snapshot
    losses: MutableSequence[float]


@dataclass
class Stepper:
    """Runs an engine on the parameters of a network, and can go back.

    Attributes
    ----------
    engine : Engine
    data : TrainingData
    parameters : ndarray of shape (n_slots,)
        Those of the network.
    filled : slice or ndarray of int
        The slots that hold one: see `Structure.filled_slots`.
    state : dict of str to ndarray of shape (n_slots,)
        What the optimiser remembers of each.
    before : int
        Steps of earlier runs that it remembers: it counts on from them.
    """

    engine: Engine
    data: TrainingData
    parameters: NDArray[np.float64]
    filled: slice | NDArray[np.intp]
    state: dict[str, NDArray[np.float64]]
    before: int = 0

    def snapshot(self) -> Snapshot:
        """Return a copy of everything that steps change."""
        parameters = Kept(self._cells.copy(), self.filled, len(self.parameters))
        return Snapshot(parameters, {name: column.copy() for name, column in self.state.items()})

    def restore(self, snapshot: Snapshot) -> None:
        """Put everything back."""
        self.parameters[self.filled] = snapshot.parameters.values
        for name, column in snapshot.state.items():
            self.state[name][:] = column

    def run(self, chunk: Chunk) -> MutableSequence[float]:
        """Let the engine do all the steps at once; return their losses."""
        return self.engine.steps(
            Steps(
                self.parameters,
                self.state,
                self.data.inputs,
                self.data.targets,
                chunk.batches,
                chunk.rates,
                self.before + chunk.first_step,
            )
        )

    def try_steps(self, chunk: Chunk, start: Snapshot | None = None) -> Done:
        """Do the steps of a chunk, from a snapshot; whether they count is seen afterwards."""
        start = before_last = start or self.snapshot()
        losses: MutableSequence[float] = []
        all_but_one = len(chunk) - 1
        if all_but_one:
            losses = self.run(chunk.part(0, all_but_one))
            before_last = self.snapshot()
        if len(losses) == all_but_one and _all_finite(losses):
            losses.extend(self.run(chunk.part(all_but_one, len(chunk))))
        return Done(start, before_last, losses)

    def held_steps(self, chunk: Chunk, done: Done) -> int:
        """Return after how many steps of a chunk just done a next step could hold everything."""
        count = len(done.losses)
        if not _small(done.losses):
            lost = np.flatnonzero(~held(done.losses))
            count = int(lost[0]) if lost.size else count
        if count < len(done.losses) and math.isfinite(done.losses[count]):
            # The engine went on from there.
            self.restore(done.start)
            if count:
                self.run(chunk.part(0, count))
        if self._holds(done.start):
            return count
        # The parameters are held after `low` steps, and no longer after `high`.
        low, high, at_low = 0, count, done.start
        while high - low > 1:
            middle = (low + high) // 2
            self.restore(at_low)
            self.run(chunk.part(low, middle))
            if self._holds(done.start):
                low, at_low = middle, self.snapshot()
            else:
                high = middle
        return low

    def _holds(self, start: Snapshot) -> bool:
        """Whether a next step can hold all parameters, but those that were too large already."""
        cells = self._cells
        if _small(cells):
            return True
        large = np.isfinite(cells) & ~held(start.parameters.values)
        return bool(np.all(held(cells) | large))

    @property
    def _cells(self) -> NDArray[np.float64]:
        return self.parameters[self.filled]


def _all_finite(losses: Sequence[float]) -> bool:
    # An engine ends with the first loss that is not finite.
    return not losses or math.isfinite(losses[-1])
