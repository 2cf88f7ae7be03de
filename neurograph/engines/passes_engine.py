"""The definition as an engine: the passes, object by object."""

import inspect
from itertools import chain

import numpy as np
from numpy.typing import NDArray

from neurograph import equations, passes
from neurograph.engines.engine import Steps
from neurograph.equations import Equations, Round
from neurograph.losses import Loss
from neurograph.optimizers import Optimizer
from neurograph.passes import Values, compute
from neurograph.structure import Structure

__all__ = ["PassesEngine", "columns_of"]


class PassesEngine:
    """Runs the passes as they are defined; the slowest engine, and the measure of the others."""

    name = "passes"

    def __init__(
        self, structure: Structure, loss: Loss, reduction: str, order: str, optimizer: Optimizer
    ) -> None:
        self.structure = structure
        self.equations = Equations(Round(structure, loss, reduction, order, optimizer))

    def source(self, *, online: bool) -> str:
        """Return the definition: the equations, and how they are computed."""
        return inspect.getsource(equations) + inspect.getsource(passes)

    def steps(self, work: Steps) -> list[float]:
        """Do some steps: see `Engine.steps`."""
        parameters, state, inputs, targets, batches, rates, first_step = work
        structure, of = self.structure, self.equations
        cells: list[float] = parameters.tolist()
        errors: list[float] = []
        for number, (batch, rate) in enumerate(zip(batches, rates, strict=True), first_step):
            values = Values(
                cells,
                dict(zip(structure.inputs, columns_of(inputs[batch]), strict=True)),
                dict(zip(structure.outputs, columns_of(targets[batch]), strict=True)),
                state,
                learning_rate=rate,
                step=float(number),
            )
            compute(chain(of.phase("forward"), of.phase("losses")), values)
            errors.append(values["total_error"][-1])
            if not np.isfinite(errors[-1]):
                break
            compute(of.phase("backward"), values)
            if not of.in_place:
                compute(of.phase("update"), values)
        parameters[:] = cells
        return errors


def columns_of(samples: NDArray[np.float64]) -> list[float | NDArray[np.float64]]:
    """Return one column a neuron; of a single sample, one number."""
    if len(samples) == 1:
        return list(samples[0].tolist())
    return list(np.ascontiguousarray(samples.T))
