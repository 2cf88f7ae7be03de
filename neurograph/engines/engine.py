"""What an engine is, and the definition as an engine: the passes, object by object."""

import inspect
from collections.abc import Mapping, MutableSequence, Sequence
from itertools import chain
from typing import Any, NamedTuple, Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from neurograph import equations, passes
from neurograph.display import Brief
from neurograph.equations import Equations, Round
from neurograph.passes import Values, compute

__all__ = ["Batch", "Compiled", "Engine", "PassesEngine", "Steps", "columns_of", "values_of_step"]

#: Which samples one step uses: a slice of the rows of the data, or an array of row numbers.
Batch = slice | NDArray[np.intp]


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
