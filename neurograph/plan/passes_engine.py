"""The definition as an engine: the passes, object by object."""

import inspect

import numpy as np
from numpy.typing import NDArray

from neurograph import passes
from neurograph.losses import Loss
from neurograph.optimizers import Optimizer
from neurograph.plan.engine import Steps, update_rule
from neurograph.structure import Structure

__all__ = ["PassesEngine"]


class PassesEngine:
    """Runs the passes as they are defined; the slowest engine, and the measure of the others."""

    name = "passes"

    def __init__(
        self, structure: Structure, loss: Loss, reduction: str, order: str, optimizer: Optimizer
    ) -> None:
        self.structure = structure
        self.loss = loss
        self.reduction = reduction
        self.order = order
        self.optimizer = optimizer

    def source(self, *, online: bool) -> str:
        """Return the definition of the passes."""
        return inspect.getsource(passes)

    def steps(self, work: Steps) -> list[float]:
        """Do some steps: see `Engine.steps`."""
        parameters, state, inputs, targets, batches, rates, first_step = work
        structure, loss = self.structure, self.loss
        cells: list[float] = parameters.tolist()
        errors: list[float] = []
        for number, (batch, rate) in enumerate(zip(batches, rates, strict=True), first_step):
            now = passes.Computed()
            passes.run(passes.forward(structure, cells, _columns(inputs[batch]), now))
            passes.run(passes.losses(structure, loss, _columns(targets[batch]), now))
            errors.append(passes.total_error(structure, now, self.reduction))
            if not np.isfinite(errors[-1]):
                break
            rule = update_rule(self.optimizer, state, rate, number)
            in_place = rule if self.order == "in_place" else None
            passes.run(
                passes.backward(
                    structure, cells, loss, now, reduction=self.reduction, in_place=in_place
                )
            )
            if in_place is None:
                passes.run(passes.update(structure, cells, now, rule))
        parameters[:] = cells
        return errors


def _columns(samples: NDArray[np.float64]) -> list[float | NDArray[np.float64]]:
    """Return one column a neuron; of a single sample, one number."""
    if len(samples) == 1:
        return list(samples[0].tolist())
    return list(np.ascontiguousarray(samples.T))
