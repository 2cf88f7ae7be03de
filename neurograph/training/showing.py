"""Letting the objects carry what a step of a training run computed."""

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from neurograph import passes
from neurograph.columns import Storage
from neurograph.losses import Loss
from neurograph.optimizers import Optimizer
from neurograph.plan.block_passes import BlockPass, is_large
from neurograph.plan.engine import update_rule
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
) -> Callable[[], passes.Computed | BlockPass]:
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

    def made() -> passes.Computed | BlockPass:
        if order != "in_place" and is_large(structure):
            on_blocks = BlockPass(
                storage, loss, reduction, inputs, not data.single, parameters=before.parameters
            )
            on_blocks.compare(targets)
            on_blocks.go_back()
            return on_blocks
        now, cells = passes.Computed(), before.parameters.tolist()
        rule = None
        if order == "in_place":
            # Error messages of this order are sent through weights that have already changed.
            state = {name: column.copy() for name, column in before.state.items()}
            rule = update_rule(optimizer, state, rate, number)
        given, wanted = (
            rows[0].tolist() if data.single else list(np.ascontiguousarray(rows.T))
            for rows in (inputs, targets)
        )
        passes.run(passes.forward(structure, cells, given, now))
        passes.run(passes.losses(structure, loss, wanted, now))
        passes.run(passes.backward(structure, cells, loss, now, reduction=reduction, in_place=rule))
        return now

    return made


def _samples(data: Data, step: Chunk) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    (batch,) = step.batches
    inputs, targets = data.inputs[batch], data.targets[batch]
    return (inputs[0], targets[0]) if data.single else (inputs, targets)
