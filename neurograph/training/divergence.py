"""What went wrong when a loss or a parameter is no longer finite."""

from itertools import chain

import numpy as np
from numpy.typing import NDArray

from neurograph.columns import Storage
from neurograph.structure import Structure

__all__ = ["first_concerned", "overflowed"]

# What a neuron's loss is made of, in the order of computation.
_FORWARD = ("net", "out", "loss")


def first_concerned(storage: Storage) -> str:
    """Return which neuron is the first, in the order of computation, with a value not finite.

    The objects carry the pass in question.
    """
    structure = storage.structure
    for group in chain(*structure.groups):
        for quantity in _FORWARD:
            column = storage.neurons[quantity]
            for row in group:
                try:
                    value = column[row]
                except KeyError:
                    continue
                if not np.isfinite(value).all():
                    return f"neuron {structure.names[row]!r}, whose {quantity} is {_worst(value)}"
    return "none: object by object the total error is finite"


def _worst(value: float | NDArray[np.float64]) -> str:
    values = np.atleast_1d(value)
    places = np.flatnonzero(~np.isfinite(values))
    of_batch = f" in sample {places[0]} of its batch" if np.ndim(value) else ""
    return f"{values[places[0]]}{of_batch}"


def overflowed(structure: Structure, parameters: NDArray[np.float64]) -> str:
    """Return which neuron is the first, in the order of the backward pass, with such a parameter.

    Parameters
    ----------
    structure : Structure
    parameters : ndarray of shape (n_slots,)
        Not all of them finite.
    """
    slots = np.flatnonzero(~np.isfinite(parameters))
    slot = max(slots.tolist(), key=lambda slot: (int(structure.post[slot]), -slot))
    what = "bias" if structure.pre[slot] < 0 else f"weight of {structure.called(slot)}"
    name = structure.names[structure.post[slot]]
    return f"neuron {name!r}, whose {what} became {parameters[slot]}"
