"""Jit engine: one compiled loop over the graph in compressed form, made with numba.

The loop goes over arrays of slots and positions (see `graph.Compressed`), works on the network's
own parameters and does all the steps it is asked for. It is one text for each set of formulas,
order and reduction, whatever the graph (see `text`), so it is compiled rarely, and what was
compiled is kept on disk.
"""

import math
import time
from array import array
from collections.abc import MutableSequence, Sequence
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from neurograph.engines.engine import Batch, Engine, Steps
from neurograph.engines.jit.compiler import compiled
from neurograph.engines.jit.graph import Compressed, Whole, compress, kinds
from neurograph.engines.jit.text import LoopLayout, Wanted, module_text
from neurograph.errors import InvalidValueError
from neurograph.losses import Loss
from neurograph.optimizers import Optimizer
from neurograph.structure import Structure

__all__ = ["Jit"]

Array = NDArray[np.float64]


class Jit:
    """Runs one compiled loop; see the module.

    Attributes
    ----------
    compile_seconds : float
        How long it took, so far, to compile the loop or to load it from the cache.
    """

    name = "jit"

    def __init__(
        self,
        structure: Structure,
        loss: Loss,
        reduction: str,
        order: str,
        optimizer: Optimizer,
        *,
        careful: Engine,
    ) -> None:
        self.structure = structure
        self.loss = loss
        self.reduction = reduction
        self.order = order
        self.optimizer = optimizer
        self.careful = careful
        self.compile_seconds = 0.0
        self._online = True
        self._trains: dict[LoopLayout, Any] = {}
        self._graphs: dict[bool, Compressed] = {}
        self._rooms: tuple[Array, ...] = ()

    def steps(self, work: Steps) -> MutableSequence[float]:
        """Do some steps: see `Engine.steps`."""
        parameters, state, inputs, targets, batches, rates, first_step = work
        losses = array("d", bytes(8 * len(batches)))
        if not batches:
            return losses
        rows, starts, sizes, which = _rows_of(batches, len(inputs))
        largest = int(sizes.max())
        # Once a batch was larger it may be again: the same steps shall give the same last digits.
        self._online = self._online and largest == 1
        layout = self._layout(self._online)
        train, graph = self._train(layout), self._graph(layout)
        rooms = self._rooms_for(largest, layout)
        columns = [parameters, *(state[name] for name in self.optimizer.state)]
        numbers = np.array(list(self.optimizer.constants.values()), dtype=np.float64)
        samples = (
            np.require(inputs, np.float64, ["C", "W"]),
            np.require(targets, np.float64, ["C", "W"]),
        )
        speeds = np.array(rates, dtype=np.float64)
        errors: Array = np.frombuffer(losses)
        done = 0
        while done < len(batches):
            rest = slice(done, None)
            done += train(
                *columns, numbers, speeds[rest], errors[rest], self._gradient, *samples, *rooms,
                *graph, rows, starts, sizes, which[rest], float(first_step + done),
            )  # fmt: skip
            if not math.isfinite(errors[done - 1]):
                # The step has changed nothing yet. A saturated out may be all that is wrong.
                errors[done - 1 : done] = self.careful.steps(work.part(done - 1, done))
                if not math.isfinite(errors[done - 1]):
                    break
        return losses[:done]

    @cached_property
    def _samples_inside(self) -> bool:
        """Whether most parameters do not lie side by side."""
        return 2 * int(self._graph(LoopLayout(True, False)).run_length.sum()) < len(
            self.structure.filled
        )

    @cached_property
    def _gradient(self) -> Array:
        return np.zeros(len(self.structure.pre))

    def _graph(self, layout: LoopLayout) -> Compressed:
        runs = not layout.samples_inside
        if runs not in self._graphs:
            self._graphs[runs] = compress(self.structure, self.loss, runs=runs)
        return self._graphs[runs]

    def make_ready(self, *, online: bool) -> None:
        """Compile the loop for batches of one sample or of more, or load it.

        Raises
        ------
        InvalidValueError
            If numba, which is installed, does not work.
        """
        self._train(self._layout(online))

    def _train(self, layout: LoopLayout) -> Any:
        if layout not in self._trains:
            began = time.perf_counter()
            try:
                self._trains[layout] = compiled(self.source(online=layout.online))
            except Exception as error:  # half imported, or beside a NumPy too new, it raises any
                raise InvalidValueError(
                    "engine 'jit' cannot be used: numba is installed, but does not work here"
                    f" ({type(error).__name__}: {error})"
                ) from error
            self.compile_seconds += time.perf_counter() - began
        return self._trains[layout]

    def _layout(self, online: bool) -> LoopLayout:
        return LoopLayout(online, self._samples_inside and not online)

    def source(self, *, online: bool) -> str:
        """Return the text that is compiled, for batches of one sample or of more."""
        return module_text(
            Wanted(
                tuple(kinds(self.structure)),
                self.loss,
                self.reduction,
                self.order == "in_place",
                bool(self.structure.ties),
                self.optimizer,
                self._layout(online),
            )
        )

    def _rooms_for(self, n_samples: int, layout: LoopLayout) -> tuple[Array, ...]:
        """Return the columns of what passes compute, for so many samples or more."""
        n = self.structure.n_positions
        enough = self._rooms and self._rooms[0].size >= n * n_samples
        inside = self._rooms and self._rooms[0].shape[0] == n
        if not enough or bool(inside) != layout.samples_inside:
            shape = (n, n_samples) if layout.samples_inside else (n_samples, n)
            self._rooms = tuple(np.zeros(shape) for _ in range(4))
            out = self._rooms[1] if layout.samples_inside else self._rooms[1].T
            out[self.structure.constants] = 1.0
        return self._rooms


def _rows_of(batches: Sequence[Batch], n_samples: int) -> tuple[Whole, Whole, Whole, Whole]:
    """Return rows of samples, where in them each batch starts, its size, and which a step uses."""
    # All rows in their order come first: slices need no rows of their own.
    taken = [np.arange(n_samples, dtype=np.int64)]
    stop = n_samples
    first = batches[0]
    if isinstance(first, slice) and batches[-1] is first and batches.count(first) == len(batches):
        different: Sequence[Batch] = [first]
        which = np.zeros(len(batches), dtype=np.int64)
    else:
        different = batches
        which = np.arange(len(batches), dtype=np.int64)
    starts, sizes = [], []
    for batch in different:
        if isinstance(batch, slice):
            start, end, _ = batch.indices(n_samples)
            starts.append(start)
            sizes.append(end - start)
        else:
            taken.append(np.asarray(batch, dtype=np.int64))
            starts.append(stop)
            sizes.append(len(batch))
            stop += len(batch)
    rows = np.concatenate(taken) if len(taken) > 1 else taken[0]
    return rows, np.array(starts, dtype=np.int64), np.array(sizes, dtype=np.int64), which
