"""Letting the objects carry what a step of a training run computed."""

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from neurograph import passes
from neurograph.columns import Storage
from neurograph.optimizers import Optimizer
from neurograph.plan.engine import update_rule
from neurograph.training.stepping import Snapshot
from neurograph.training.steps import Chunk, Data

if TYPE_CHECKING:
    from neurograph.network import Network

__all__ = ["show_passes", "show_step"]


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


def show_step(
    net: "Network",
    data: Data,
    step: Chunk,
    before: Snapshot,
    optimizer: Optimizer,
    order: str,
) -> None:
    """Make the passes of a step that was done, and leave the parameters as they are after it.

    Parameters
    ----------
    net : Network
    data : Data
    step : Chunk
        Of one step.
    before : Snapshot
        What there was before the step.
    optimizer : Optimizer
    order : {"simultaneous", "in_place"}
    """
    if order == "in_place":
        _show_in_place(net, data, step, before, optimizer)
        return
    parameters = net._storage().parameters
    after = parameters.copy()
    parameters[:] = before.parameters
    try:
        show_passes(net, data, step)
    finally:
        parameters[:] = after


def _show_in_place(
    net: "Network", data: Data, step: Chunk, before: Snapshot, optimizer: Optimizer
) -> None:
    # Error messages of this order are sent through weights that have already changed.
    storage: Storage = net._storage()
    structure, loss = storage.structure, net._loss()
    cells = before.parameters.tolist()
    state = {name: column.copy() for name, column in before.state.items()}
    rule = update_rule(optimizer, state, step.rates[0], step.first_step)
    inputs, targets = (
        list(np.ascontiguousarray(samples.T)) if samples.ndim == 2 else samples.tolist()
        for samples in _samples(data, step)
    )
    now = passes.Computed()
    passes.run(passes.forward(structure, cells, inputs, now))
    passes.run(passes.losses(structure, loss, targets, now))
    passes.run(
        passes.backward(structure, cells, loss, now, reduction=net._reduction(), in_place=rule)
    )
    storage.show(now)


def _samples(data: Data, step: Chunk) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    (batch,) = step.batches
    inputs, targets = data.inputs[batch], data.targets[batch]
    return (inputs[0], targets[0]) if data.single else (inputs, targets)
