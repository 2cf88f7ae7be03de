"""The error shared out in proportion to weights: a backward rule of its own beside the gradient.

Before any derivative is known, the error of an output can be blamed on the neurons that feed it,
the more the larger their weights::

    e_j = t_j - out_j  of an output, and else  e_j = sum_k share_jk
    share_jk = e_k * w_jk / sum_i w_ik        or without the denominator  e_k * w_jk

Without the denominator this is e_hidden = W^T e (T. Rashid, "Make Your Own Neural Network", 2016).
It is no gradient: neither the slope of a neuron nor what it sends plays a part.
"""

from collections.abc import Iterator, Sequence
from itertools import chain
from typing import Any

import numpy as np

from neurograph.errors import InvalidValueError
from neurograph.passes import Event
from neurograph.structure import Structure

__all__ = ["attribution", "check_sums"]


def attribution(
    structure: Structure,
    parameters: Sequence[Any],
    differences: dict[int, Any],
    error: dict[int, Any],
    share: dict[int, Any],
    *,
    normalised: bool,
) -> Iterator[Event]:
    """Share out the error of every neuron among the connections into it.

    Parameters
    ----------
    structure : Structure
    parameters : sequence
        Weights and biases by slot. A bias gets no share: it comes from no neuron.
    differences : dict of int to float or ndarray of shape (n_samples,)
        For each output, by row, its target less its out.
    error, share : dict
        Filled with the errors by row and the shares by slot.
    normalised : bool
        Whether shares are divided by the sum of the weights.

    Yields
    ------
    Event
    """
    nothing = 0.0 * differences[structure.outputs[0]]
    given = [(j,) for j in structure.levels[0]]
    for j in chain(*chain(*reversed(structure.groups), given)):
        error[j] = differences.get(j, nothing)
        for c, _ in structure.outgoing[j]:
            error[j] = error[j] + share[c]
        yield Event("attribution", False, j, "error", error[j])
        total = sum(parameters[c] for c, _ in structure.incoming[j]) if normalised else 1.0
        for c, _ in structure.incoming[j]:
            share[c] = error[j] * parameters[c] / total
            yield Event("attribution", True, c, "share", share[c])


def check_sums(structure: Structure, parameters: Sequence[float]) -> None:
    """Check that errors can be divided by the sums of the weights.

    Raises
    ------
    InvalidValueError
        If the weights into a neuron sum to zero, up to rounding.
    """
    for j, incoming in enumerate(structure.incoming):
        weights = [parameters[c] for c, _ in incoming]
        # 0.1 + 0.2 - 0.3 is zero on paper.
        noise = len(weights) * float(np.finfo(float).eps) * sum(map(abs, weights))
        if weights and abs(sum(weights)) <= noise:
            raise InvalidValueError(
                f"the weights into neuron {structure.names[j]!r} sum to zero, so its error cannot"
                " be shared out in proportion to them; normalised=False takes no sum"
            )
