"""What went wrong when a loss or a parameter is more than a next step can hold.

A step multiplies numbers of the size of its parameters with each other, and losses are squares of
such products: what is beyond the root of the largest float overflows there, if not before.
"""

import math
import sys
from collections.abc import Callable
from itertools import chain
from typing import Any

import numpy as np
from numpy.typing import NDArray

from neurograph.columns import Storage
from neurograph.structure import Structure

__all__ = ["first_concerned", "held", "overflowed"]

# About 1.3e154.
_LARGEST = math.sqrt(sys.float_info.max)

# What a neuron's loss is made of, in the order of computation.
_FORWARD = ("net", "out", "loss")


def held(values: Any) -> NDArray[np.bool_]:
    """Return of each value whether a next step can hold it; it cannot hold nan and inf."""
    return np.asarray(np.abs(values) <= _LARGEST)


def first_concerned(storage: Storage) -> str:
    """Return which neuron is the first, in the order of computation, with a value not finite.

    If all are finite, the first with one that is too large. The objects carry the pass in question.
    """
    return (
        _first(storage, np.isfinite)
        or _first(storage, held)
        or "none: object by object the total error is finite"
    )


def _first(storage: Storage, is_right: Callable[[Any], Any]) -> str:
    structure = storage.structure
    for group in chain(*structure.groups):
        for quantity in _FORWARD:
            column = storage.neurons[quantity]
            for row in group:
                try:
                    value = column[row]
                except KeyError:
                    continue
                if not np.all(is_right(value)):
                    worst = _worst(value, is_right)
                    return f"neuron {structure.names[row]!r}, whose {quantity} is {worst}"
    return ""


def _worst(value: float | NDArray[np.float64], is_right: Callable[[Any], Any]) -> str:
    values = np.atleast_1d(value)
    places = np.flatnonzero(~is_right(values))
    of_batch = f" in sample {places[0]} of its batch" if np.ndim(value) else ""
    return f"{values[places[0]]}{of_batch}"


def overflowed(structure: Structure, parameters: NDArray[np.float64]) -> str:
    """Return which neuron is the first, in the order of the backward pass, with such a parameter.

    Parameters
    ----------
    structure : Structure
    parameters : ndarray of shape (n_slots,)
        Not all of them finite, or not all of a size that a next step can hold.
    """
    lost = ~np.isfinite(parameters)
    slots = np.flatnonzero(lost if lost.any() else ~held(parameters))
    slot = max(slots.tolist(), key=lambda slot: (int(structure.post[slot]), -slot))
    what = "bias" if structure.pre[slot] < 0 else f"weight of {structure.called(slot)}"
    name = structure.names[structure.post[slot]]
    return f"neuron {name!r}, whose {what} became {parameters[slot]}"
