"""Letting the objects carry what a step of a training run computed."""

from collections.abc import Callable
from itertools import chain
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from neurograph.columns import Storage
from neurograph.equations import Equations, Round
from neurograph.losses import Loss
from neurograph.optimizers import Optimizer
from neurograph.passes import Values, compute
from neurograph.plan.block_passes import BlockPass, Update, is_large
from neurograph.training.stepping import Snapshot
from neurograph.training.steps import Chunk, Data

if TYPE_CHECKING:
    from neurograph.network import Network

__all__ = ["passes_of_step", "show_passes"]


def show_passes(net: "Network", data: Data, step: Chunk) -> None:
    """Make the forward and the backward pass of one step, with the parameters as they are.

    Parameters
    ----------
    net : Network
    data : Data
    step : Chunk
        Of one step.
    """
    inputs, targets = _samples(data, step)
    net.forward(inputs)
    net.backward(targets)


def passes_of_step(
    storage: Storage,
    loss: Loss,
    reduction: str,
    data: Data,
    step: Chunk,
    before: Snapshot,
    optimizer: Optimizer,
    order: str,
) -> Callable[[], Values | BlockPass]:
    """Return a function that makes the passes of a step that was done.

    Parameters
    ----------
    storage : Storage
    loss : Loss
    reduction : {"mean", "sum"}
    data : Data
    step : Chunk
        Of one step.
    before : Snapshot
        What there was before the step.
    optimizer : Optimizer
    order : {"simultaneous", "in_place"}

    Returns
    -------
    function
        It depends on nothing that changes later.
    """
    structure = storage.structure
    (batch,) = step.batches
    inputs, targets = data.inputs[batch].copy(), data.targets[batch].copy()
    rate, number = step.rates[0], step.first_step

    def made() -> Values | BlockPass:
        state = {name: column.copy() for name, column in before.state.items()}
        if order != "in_place" and is_large(structure):
            on_blocks = BlockPass(
                storage, loss, reduction, inputs, not data.single, parameters=before.parameters
            )
            on_blocks.compare(targets)
            on_blocks.go_back()
            on_blocks.updates(Update(optimizer, state, rate, number))
            return on_blocks
        given, wanted = (
            rows[0].tolist() if data.single else list(np.ascontiguousarray(rows.T))
            for rows in (inputs, targets)
        )
        values = Values(
            before.parameters.tolist(),
            dict(zip(structure.inputs, given, strict=True)),
            dict(zip(structure.outputs, wanted, strict=True)),
            {name: column.tolist() for name, column in state.items()},
            learning_rate=rate,
            step=float(number),
        )
        of = Equations(Round(structure, loss, reduction, order, optimizer))
        update = () if of.in_place else of.update()
        return compute(chain(of.forward(), of.losses(), of.backward(), update), values)

    return made


def _samples(data: Data, step: Chunk) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    (batch,) = step.batches
    inputs, targets = data.inputs[batch], data.targets[batch]
    return (inputs[0], targets[0]) if data.single else (inputs, targets)
