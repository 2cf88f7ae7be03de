"""Second derivatives: how fast the gradient of a parameter changes with the parameter itself.

d2E/dw2, the diagonal of the Hessian, is taken along the round: every parameter in turn is given
an infinitesimal imaginary part, the equations of the round are computed on complex numbers, and
the imaginary part of dE/dw is what it changes by (complex-step differentiation: Squire and Trapp,
"Using complex variables to estimate derivatives of real functions", SIAM Review 40, 1998).
Nothing is subtracted, so no digits are lost.

Gauss and Newton leave out how the outs themselves curve::

    sum over outputs k of (dout_k/dw)^2 * d2E/dout_k^2

which is never negative where the loss is convex, and equals d2E/dw2 where the outs are linear in
w (Schraudolph, "Fast curvature matrix-vector products for second-order gradient descent", Neural
Computation 14, 2002).
"""

from collections.abc import Collection, Iterator, Mapping
from itertools import chain
from typing import Any, NamedTuple

import numpy as np

from neurograph.equations import Equations, Variable
from neurograph.formulas import COMPLEX_STEP
from neurograph.passes import Values, compute

__all__ = ["Curvature", "along", "curvatures"]


class Curvature(NamedTuple):
    """The second derivatives by one parameter: exact, and after Gauss and Newton."""

    curvature: float
    gauss_newton: float


def along(
    equations: Equations, parameters: Any, given: Mapping[int, Any], targets: Mapping[int, Any],
    slot: int,
) -> dict[str, dict[int, Any]]:  # fmt: skip
    """Return how all numbers of a round change with one parameter.

    Parameters
    ----------
    equations : Equations
        Of a round that does not change parameters.
    parameters : sequence of float
        By slot.
    given, targets : mapping of int to float or ndarray of shape (n_samples,)
        By row: the outs of the inputs, and the targets of the outputs.
    slot : int
        Of the parameter; it changes at all places that share it.

    Returns
    -------
    dict
        By quantity, and in it by row or slot, the derivative by the parameter.
    """
    moved = list(parameters)  # complex in one place (or where it is shared), else real
    for place in equations.structure.shared_slots(slot):
        moved[place] = complex(parameters[place], COMPLEX_STEP)
    values = Values(moved, given, targets)
    compute(chain.from_iterable(map(equations.phase, ("forward", "losses", "backward"))), values)
    return {
        name: {place: np.imag(value) / COMPLEX_STEP for place, value in values[name].items()}
        for name in ("out", "delta", "gradient")
    }


def curvatures(
    equations: Equations, parameters: Any, given: Mapping[int, Any], targets: Mapping[int, Any],
    slots: Collection[int] | None = None,
) -> Iterator[tuple[int, Curvature]]:  # fmt: skip
    """Yield the slot of every parameter, or of those wanted, and its second derivatives.

    The arguments are those of `along`; each parameter takes a round of its own.
    """
    structure = equations.structure
    values = compute(equations.phase("forward"), Values(list(parameters), given, targets))
    values.tables["target"] = values.given["target"]
    compute((equations.of(Variable("loss_curvature", row)) for row in structure.outputs), values)
    for slot in structure.filled:
        first, *others = structure.shared_slots(slot)
        if slot != first or not (slots is None or {first, *others} & set(slots)):
            continue
        changes = along(equations, parameters, given, targets, slot)
        gauss_newton = equations.of(Variable("gauss_newton", slot))
        tangents = gauss_newton.operands["out_tangent"]
        assert isinstance(tangents, list)
        values.tables["out_tangent"] = {
            tangent.place: changes["out"][row]
            for tangent, row in zip(tangents, structure.outputs, strict=True)
            if isinstance(tangent, Variable)
        }
        found = Curvature(
            float(changes["gradient"][slot]),
            float(gauss_newton.value(values.value, values.n_samples)),
        )
        for place in (first, *others):
            yield place, found
