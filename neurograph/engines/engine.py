"""What an engine is, and the definition as an engine: the passes, object by object."""

import inspect
from collections.abc import Iterator, Mapping, MutableSequence, Sequence
from functools import cached_property
from itertools import chain, cycle, islice
from typing import Any, NamedTuple, Protocol, overload, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from neurograph import equations, passes
from neurograph.display import Brief
from neurograph.equations import Equations, Round
from neurograph.passes import Values, compute

__all__ = [
    "Batch",
    "Compiled",
    "Engine",
    "Epoch",
    "InOrder",
    "PassesEngine",
    "Steps",
    "columns_of",
    "sizes_of",
    "values_of_step",
]

#: Which samples one step uses: a slice of the rows of the data, or an array of row numbers.
Batch = slice | NDArray[np.intp]


class Epoch:
    """All samples in their order, in batches; the last one may be smaller.

    Parameters
    ----------
    n_samples, batch_size : int
    """

    def __init__(self, n_samples: int, batch_size: int) -> None:
        self.starts = np.arange(0, n_samples, batch_size, dtype=np.int64)
        self.sizes = np.minimum(batch_size, n_samples - self.starts)

    def __len__(self) -> int:
        """Return how many batches there are."""
        return len(self.starts)

    @cached_property
    def batches(self) -> list[slice]:
        """The batches as slices of the rows."""
        return list(map(slice, self.starts.tolist(), (self.starts + self.sizes).tolist()))


class InOrder(Sequence[Batch]):
    """The batches of an epoch over and over, as many as there are steps.

    Parameters
    ----------
    epoch : Epoch
    first : int
        How many steps came before.
    n : int
    """

    def __init__(self, epoch: Epoch, first: int, n: int) -> None:
        self.epoch, self.first, self._n = epoch, first % len(epoch), n

    def __len__(self) -> int:
        """Return how many steps there are."""
        return self._n

    @overload
    def __getitem__(self, place: int) -> Batch: ...
    @overload
    def __getitem__(self, place: slice) -> "InOrder": ...
    def __getitem__(self, place: int | slice) -> "Batch | InOrder":
        """Return the batch of a step, or those of some steps one after the other."""
        if isinstance(place, slice):
            steps = range(self._n)[place.start : place.stop]
            return InOrder(self.epoch, self.first + steps.start, len(steps))
        return self.epoch.batches[(self.first + range(self._n)[place]) % len(self.epoch)]

    def __iter__(self) -> Iterator[Batch]:
        """Go through the batches."""
        return self.by_step(self.epoch.batches)

    def by_step(self, values: Sequence[Any]) -> Iterator[Any]:
        """Yield for each step what belongs to its batch, of one value for each of an epoch."""
        return islice(cycle(values), self.first, self.first + self._n)


class Steps(NamedTuple):
    """Some steps of a training run, one for each batch, and what they work on.

    Attributes
    ----------
    parameters : ndarray of shape (n_slots,)
        Changed in place.
    state : dict of str to ndarray of shape (n_slots,)
        What the optimiser remembers of each parameter; changed in place.
    inputs : ndarray of shape (n_samples, n_inputs)
    targets : ndarray of shape (n_samples, n_outputs)
    batches : sequence of slice or ndarray of int
        The rows that each step uses.
    rates : sequence of float
        The learning rate of each step.
    first_step : int
        Number of the first of these steps in the whole training, counted from 1.
    """

    parameters: NDArray[np.float64]
    state: dict[str, NDArray[np.float64]]
    inputs: NDArray[np.float64]
    targets: NDArray[np.float64]
    batches: Sequence[Batch]
    rates: Sequence[float]
    first_step: int

    def part(self, start: int, stop: int) -> "Steps":
        """Return the steps from one place up to another."""
        return self._replace(
            batches=self.batches[start:stop],
            rates=self.rates[start:stop],
            first_step=self.first_step + start,
        )


def sizes_of(batches: Sequence[Batch], n_samples: int) -> list[int]:
    """Return how many samples each batch has, of so many that there are."""
    if isinstance(batches, InOrder):
        return list(batches.by_step(batches.epoch.sizes.tolist()))
    return [
        len(range(n_samples)[batch]) if isinstance(batch, slice) else len(batch)
        for batch in batches
    ]


class Engine(Protocol):
    """Runs steps: forward, backward and update, once for each batch.

    An engine is made for one structure, loss, reduction, order and optimiser, and can be used
    again for other data.
    """

    name: str

    def source(self, batch_size: int) -> str:
        """Return what is run, as text.

        Parameters
        ----------
        batch_size : int
            How many samples a step uses.

        Returns
        -------
        str
        """
        ...

    def steps(self, work: Steps) -> MutableSequence[float]:
        """Do some steps.

        Parameters
        ----------
        work : Steps

        Returns
        -------
        mutable sequence of float
            The total error of each step, before its update. It ends with the first that is not
            finite; that step changed nothing.
        """
        ...


@runtime_checkable
class Compiled(Engine, Protocol):
    """An engine that has to be compiled, for each size of batch, before its first step."""

    def until_ready(self, batch_size: int) -> float:
        """Return about how many seconds `make_ready` will take."""
        ...

    def make_ready(self, batch_size: int) -> None:
        """Compile what is needed, or load it."""
        ...


class PassesEngine(Brief):
    """Runs the passes as they are defined; the slowest engine, and the measure of the others."""

    name = "passes"

    def __init__(self, of_round: Round) -> None:
        self.structure, self.equations = of_round.structure, Equations(of_round)

    def source(self, batch_size: int) -> str:
        """Return the definition: the equations, and how they are computed."""
        return inspect.getsource(equations) + inspect.getsource(passes)

    def steps(self, work: Steps) -> list[float]:
        """Do some steps: see `Engine.steps`."""
        parameters, state, inputs, targets, batches, rates, first_step = work
        of = self.equations
        cells: list[float] = parameters.tolist()
        errors: list[float] = []
        for number, (batch, rate) in enumerate(zip(batches, rates, strict=True), first_step):
            given, wanted = columns_of(inputs[batch]), columns_of(targets[batch])
            values = values_of_step(of, cells, given, wanted, state, rate, number)
            compute(chain(of.phase("forward"), of.phase("losses")), values)
            errors.append(values["total_error"][-1])
            if not np.isfinite(errors[-1]):
                break
            compute(of.phase("backward"), values)
            if not of.in_place:
                compute(of.phase("update"), values)
        parameters[:] = cells
        return errors


def values_of_step(
    of: Equations,
    parameters: MutableSequence[float],
    given: Sequence[Any],
    wanted: Sequence[Any],
    state: Mapping[str, Any],
    rate: float,
    number: int,
) -> Values:
    """Return what a step of training starts from, object by object.

    Parameters
    ----------
    of : Equations
    parameters : mutable sequence of float
        By slot; an update changes them.
    given, wanted : sequence of float or ndarray
        One number or column for each input, and for each output.
    state : mapping from str to sequence of float
        What the optimiser remembers, by slot; an update changes it.
    rate : float
    number : int
        Of the step, counted from 1.
    """
    structure = of.structure
    values = Values(
        parameters,
        dict(zip(structure.inputs, given, strict=True)),
        dict(zip(structure.outputs, wanted, strict=True)),
        state,
        learning_rate=rate,
        step_number=float(number),
    )
    values.altered = of.round.rewriting is not None
    return values


def columns_of(samples: NDArray[np.float64]) -> list[float | NDArray[np.float64]]:
    """Return one column a neuron; of a single sample, one number."""
    if len(samples) == 1:
        return list(samples[0].tolist())
    return list(np.ascontiguousarray(samples.T))
