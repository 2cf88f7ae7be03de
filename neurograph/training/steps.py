"""Which samples and which learning rate each step of a run uses."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from neurograph.checks import finite_number
from neurograph.engines.engine import Batch
from neurograph.errors import InvalidValueError

__all__ = ["Batches", "Chunk", "TrainingData", "rates_of"]


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


@dataclass(frozen=True)
class Chunk:
    """Some steps that an engine does in one go.

    Attributes
    ----------
    first_step : int
        Number of the first of them in the run, counted from 1.
    batches : list of slice or ndarray of int
    rates : sequence of float
    """

    first_step: int
    batches: list[Batch]
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
        stops = [*range(batch_size, n_samples, batch_size), n_samples]
        self.in_order: list[Batch] = list(map(slice, range(0, n_samples, batch_size), stops))
        self.sizes = [batch_size] * len(stops)
        self.sizes[-1] = n_samples - (len(stops) - 1) * batch_size
        self._ahead: list[Batch] = []

    def __len__(self) -> int:
        """Return how many there are in an epoch."""
        return len(self.in_order)

    def take(self, n: int) -> list[Batch]:
        """Return the next `n`, however many epochs that is."""
        if len(self) == 1:
            return self.in_order * n
        taken = self._ahead
        while len(taken) < n:
            taken.extend(self.in_order if self.rng is None else self._shuffled(self.rng))
        self._ahead = taken[n:]
        del taken[n:]
        return taken

    def _shuffled(self, rng: "np.random.Generator") -> list[Batch]:
        order = rng.permutation(self.n_samples)
        if self.batch_size == 1:
            # a slice is a view where an array of row numbers is a copy
            return [self.in_order[row] for row in order.tolist()]
        return [order[batch] for batch in self.in_order]


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
            rates.append(_rate_of(schedule, step))
        except Exception as error:
            if rates:
                break  # those before it come first; it will be asked for again
            error.add_note(f"(asked of the learning-rate schedule for step {step})")
            raise
    return rates


def _rate_of(schedule: Callable[[int], float], step: int) -> float:
    rate = finite_number(schedule(step), f"the learning rate of step {step}")
    if rate < 0:
        raise InvalidValueError(
            f"the learning rate of step {step} must be zero or more, not {rate}"
        )
    return rate
