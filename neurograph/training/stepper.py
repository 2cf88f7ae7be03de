"""Doing steps that can be undone."""

import math
from collections.abc import MutableSequence, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from neurograph.engines.engine import Engine, Steps
from neurograph.training.divergence import held
from neurograph.training.steps import Chunk, TrainingData

__all__ = ["Done", "Snapshot", "Stepper"]


class Snapshot(NamedTuple):
    """A copy of everything that steps change."""

    parameters: NDArray[np.float64]
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
    state : dict of str to ndarray of shape (n_slots,)
        What the optimiser remembers of each.
    """

    engine: Engine
    data: TrainingData
    parameters: NDArray[np.float64]
    state: dict[str, NDArray[np.float64]]

    def snapshot(self) -> Snapshot:
        """Return a copy of everything that steps change."""
        return Snapshot(
            self.parameters.copy(), {name: column.copy() for name, column in self.state.items()}
        )

    def restore(self, snapshot: Snapshot) -> None:
        """Put everything back."""
        self.parameters[:] = snapshot.parameters
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
                chunk.first_step,
            )
        )

    def try_steps(self, chunk: Chunk) -> Done:
        """Do the steps of a chunk; whether they count is seen afterwards."""
        start = before_last = self.snapshot()
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
        lost = np.flatnonzero(~held(done.losses))
        count = int(lost[0]) if lost.size else len(done.losses)
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
        large = np.isfinite(self.parameters) & ~held(start.parameters)
        return bool(np.all(held(self.parameters) | large))


def _all_finite(losses: Sequence[float]) -> bool:
    # An engine ends with the first loss that is not finite.
    return not losses or math.isfinite(losses[-1])
