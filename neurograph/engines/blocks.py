"""Blocks engine: levels as matrix products, directly on the columns of the network.

What a pass computes lies in four arrays of shape ``(n_positions, n_samples)``: net, out, error
(dE/dout) and delta. Positions number the rows of a level and then a constant 1, so that all
parameters of a level, biases included, are one matrix W, and a level is one product::

    net[level] = W @ out[before]        error[before] += W.T @ delta[level]
    dE/dW = delta[level] @ out[before].T

A step is a list of NumPy calls on arrays that are allocated once for each size of batch.
"""

from itertools import groupby

import numpy as np

from neurograph.engines.engine import Batch, Steps
from neurograph.engines.levels import LossShares
from neurograph.engines.operations import Array, described, run
from neurograph.engines.program import Program
from neurograph.equations import Round
from neurograph.losses import Loss
from neurograph.optimizers import Optimizer
from neurograph.structure import Structure

__all__ = ["Blocks", "can_be_blocks"]

# The errors of so many steps are computed at once, unless that takes more numbers than this.
_STEPS_AT_ONCE = 256
_NUMBERS_KEPT = 1 << 19


def can_be_blocks(structure: Structure, order: str) -> bool:
    """Whether the engine can run a network.

    In place, it does not wait for tied parameters; it knows no combine rule but the sum, no masks.
    """
    return structure.is_plain and not (structure.ties and order == "in_place")


class Blocks:
    """Runs levels as matrix products; see the module."""

    name = "blocks"

    def __init__(
        self, structure: Structure, loss: Loss, reduction: str, order: str, optimizer: Optimizer
    ) -> None:
        self.round = Round(structure, loss, reduction, order, optimizer)
        self._programs: dict[int, Program] = {}

    def source(self, *, online: bool) -> str:
        """Return the NumPy calls of a step of one sample or of two, in their order."""
        parameters = self.round.structure.values.copy()
        state = {name: np.zeros(len(parameters)) for name in self.round.optimizer.state}
        program = Program(self.round, parameters, state, 1 if online else 2)
        lines = ["forward", *map(described, program.forward)]
        lines += ["backward and update", *map(described, program.backward)]
        return "\n".join(lines)

    def steps(self, work: Steps) -> list[float]:
        """Do some steps: see `Engine.steps`."""
        n_steps = len(work.batches)
        sizes = [_size(batch, len(work.inputs)) for batch in work.batches]
        kept = len(self.round.structure.outputs) * max(sizes, default=1)
        together = max(1, min(_STEPS_AT_ONCE, _NUMBERS_KEPT // kept))
        changing = [work.parameters, *work.state.values()]
        errors: list[float] = []
        with np.errstate(all="ignore"):
            for start in range(0, n_steps, together):
                part = work.part(start, min(start + together, n_steps))
                before = [column.copy() for column in changing]
                some = self._some_steps(part)
                if not np.isfinite(some).all():
                    for column, values in zip(changing, before, strict=True):
                        column[:] = values
                    some = self._careful_steps(part)
                errors += some
                if not np.isfinite(some[-1]):
                    break
        return errors

    def program(self, parameters: Array, state: dict[str, Array], n_samples: int) -> "Program":
        """Return the operations for one size of batch on these columns."""
        program = self._programs.get(n_samples)
        if program is None or not program.runs_on(parameters, state):
            program = Program(self.round, parameters, state, n_samples)
            self._programs[n_samples] = program
        return program

    def _some_steps(self, work: Steps) -> list[float]:
        """Do steps whatever comes out; what they were worth is seen afterwards."""
        parameters, state, inputs, targets, batches, rates, first_step = work
        errors: list[float] = []
        sizes = [_size(batch, len(inputs)) for batch in batches]
        for size, those in groupby(range(len(batches)), key=sizes.__getitem__):
            numbers = list(those)
            program = self.program(parameters, state, size)
            forward, backward = program.forward, program.backward
            each_step = bool(self.round.optimizer.each_step)
            reads = program.shares.reads(program.net, program.out)
            known = np.empty((len(numbers), reads[-1][0].stop, *program.target.shape[1:]))
            wanted: list[Array] = []
            given = rate = None
            for room, number in zip(known, numbers, strict=True):
                batch = batches[number]
                if batch is not given:
                    given, answers = batch, targets[batch]
                    program.give(inputs[batch], answers)
                wanted.append(answers)
                for call, arguments in forward:
                    call(*arguments)
                for rows, array, where in reads:
                    room[rows] = array[where]
                if each_step or rate != rates[number]:
                    rate = rates[number]
                    program.set_step(rate, first_step + number)
                for call, arguments in backward:
                    call(*arguments)
            errors += self._errors(program.shares, known.reshape(len(numbers), -1, size), wanted)
        return errors

    def _errors(self, shares: LossShares, known: Array, wanted: list[Array]) -> list[float]:
        """Return the total error of each step, from what shares are computed from and targets."""
        if all(answers is wanted[0] for answers in wanted):
            wanted = wanted[:1]
        targets = np.moveaxis(np.stack(wanted), 2, 0)
        of_samples = shares.value(np.moveaxis(known, 1, 0), targets).sum(axis=0)
        mean = self.round.reduction == "mean"
        errors: list[float] = (of_samples.mean(axis=1) if mean else of_samples.sum(axis=1)).tolist()
        return errors

    def _careful_steps(self, work: Steps) -> list[float]:
        """Do steps one by one, and stop at one whose error is not finite."""
        parameters, state, inputs, targets, batches, rates, first_step = work
        errors: list[float] = []
        for number, (batch, rate) in enumerate(zip(batches, rates, strict=True), first_step):
            samples, answers = inputs[batch], targets[batch]
            program = self.program(parameters, state, len(samples))
            program.give(samples, answers)
            run(program.forward)
            errors.append(program.total_error())
            if not np.isfinite(errors[-1]):
                break
            program.set_step(rate, number)
            run(program.backward)
        return errors


def _size(batch: Batch, n_samples: int) -> int:
    return len(range(n_samples)[batch]) if isinstance(batch, slice) else len(batch)
