"""Gradient checks: what backpropagation computed beside what differentiation by numbers gives."""

from collections.abc import Sequence
from itertools import chain
from typing import Any, NamedTuple

import numpy as np

from neurograph.checks import finite_number
from neurograph.display import Displayed, shortened
from neurograph.equations import Equations
from neurograph.errors import GradientError
from neurograph.formulas import COMPLEX_STEP
from neurograph.network import Network
from neurograph.passes import Values, compute
from neurograph.records import record
from neurograph.terms import DELTAS

__all__ = ["GradientCheck", "ParameterCheck", "check_gradients"]

# Errors are measured against the gradient itself, but at least against this part of the largest
# gradient: terms that cancel leave rounding errors of their own size, not of their sum's.
_FLOOR = 1e-6
_CENTRAL_STEP = float(np.finfo(float).eps) ** (1 / 3)


class ParameterCheck(NamedTuple):
    """The gradient of one weight or bias, three times.

    Attributes
    ----------
    address : str
        Such as ``"w5.weight"``; of tied parameters, which are one, the first.
    analytic : float
        From the backward pass.
    central : float
        (E(w + h) - E(w - h)) / 2h.
    complex_step : float
        Im E(w + ih) / h, exact to rounding (Squire and Trapp 1998); nan where a formula cannot be
        evaluated on complex numbers.
    error : float
        Relative difference of `analytic` from `complex_step`, or else from `central`.

    Examples
    --------
    >>> import neurograph as ng
    >>> net = ng.Network.layered(1, 1, weights=0.5, activation="identity")
    >>> ng.check_gradients(net, [3.0], [1.0]).worst.complex_step
    1.5
    """

    address: str
    analytic: float
    central: float
    complex_step: float
    error: float


@record
class GradientCheck(Displayed):
    """Every weight and bias of a network, its gradient checked.

    Attributes
    ----------
    parameters : tuple of ParameterCheck
        In the order of the network.
    rtol : float
        The largest relative error that passes.

    Examples
    --------
    >>> import neurograph as ng
    >>> net = ng.Network.layered(2, 2, 1, seed=1)
    >>> check = ng.check_gradients(net, [0.05, 0.1], [0.01])
    >>> check.passed, len(check.parameters)
    (True, 6)
    """

    parameters: tuple[ParameterCheck, ...]
    rtol: float

    @property
    def worst(self) -> ParameterCheck:
        """The parameter with the largest error."""
        return max(self.parameters, key=lambda one: (np.isnan(one.error), one.error))

    @property
    def passed(self) -> bool:
        """Whether every error is within `rtol`."""
        return bool(self.worst.error <= self.rtol)

    def __repr__(self) -> str:
        number, worst = len(self.parameters), self.worst
        return (
            f"GradientCheck({number:,} parameter{'s'[: number != 1]},"
            f" {'passed' if self.passed else 'NOT passed'}: worst {shortened(worst.address)},"
            f" relative error {worst.error:.1e}, rtol {self.rtol:g})"
        )

    def __str__(self) -> str:
        width = max(len(one.address) for one in self.parameters)
        rows = [f"{'':{width}}  {'analytic':>16} {'central':>16} {'complex step':>16} {'error':>8}"]
        rows += [
            f"{one.address:{width}}  {one.analytic:16.9g} {one.central:16.9g}"
            f" {one.complex_step:16.9g} {one.error:8.1e}"
            for one in self.parameters
        ]
        verdict = "within" if self.passed else "NOT within"
        rows.append(
            f"worst: {self.worst.address}, relative error {self.worst.error:.1e},"
            f" {verdict} {self.rtol:g}"
        )
        return "\n".join(rows)


def check_gradients(
    net: Network,
    inputs: Any,
    targets: Any,
    *,
    rtol: float = 1e-6,
    raise_error: bool = False,
) -> GradientCheck:
    """Compare the gradient of every weight and bias with differentiation by numbers.

    Parameters
    ----------
    net : Network
        What its objects carry does not change.
    inputs, targets
        As for `Network.forward` and `Network.backward`.
    rtol : float
        The largest relative error that passes.
    raise_error : bool
        Whether to raise if an error is larger.

    Returns
    -------
    GradientCheck

    Raises
    ------
    GradientError
        If `raise_error` and a gradient is wrong; the worst is named.
    StructureError, InvalidValueError, InvalidTypeError, UnknownNameError
        As for `Network.step`.

    Notes
    -----
    Central differences carry an error of about 1e-10 of E; complex-step differentiation (Squire
    and Trapp, "Using complex variables to estimate derivatives of real functions", SIAM Review
    40, 1998) subtracts nothing and is exact to rounding. At a kink (relu at 0) the two may
    differ. Each parameter costs three forward passes.

    Examples
    --------
    >>> import neurograph as ng
    >>> net = ng.Network.layered(1, 1, weights=0.5, activation="identity", bias=1.0)
    >>> print(ng.check_gradients(net, [3.0], [1.0]))
                       analytic          central     complex step    error
    w1.weight               4.5              4.5              4.5  0.0e+00
    o1.bias                 1.5              1.5              1.5  0.0e+00
    worst: w1.weight, relative error 0.0e+00, within 1e-06
    """
    rtol = finite_number(rtol, "rtol")
    storage = net.storage
    values = net.calculation(inputs, targets).values
    of_round = net.round(delta=DELTAS[0])
    equations = Equations(of_round, updates=False)
    parts = [equations.phase(name) for name in ("forward", "losses", "backward")]
    now = compute(chain(*parts), values)
    structure = of_round.structure  # under edits others may be shared
    inputs, targets = now.given["out"], now.given["target"]

    def error_with(slots: Sequence[int], change: complex) -> Any:
        parameters: list[Any] = storage.parameters.tolist()
        for slot in slots:
            parameters[slot] += change
        return compute(chain(*parts[:2]), Values(parameters, inputs, targets))["total_error"][-1]

    found = []
    for slot in structure.filled:
        weight = storage.cells[slot]
        slots = structure.shared_slots(slot)
        if slot == slots[0]:
            step = _CENTRAL_STEP * max(1.0, abs(weight))
            central = (error_with(slots, step) - error_with(slots, -step)) / (2 * step)
            exact = complex(error_with(slots, COMPLEX_STEP * 1j)).imag / COMPLEX_STEP
            found.append((_address(net, storage, slot), now["gradient"][slot], central, exact))
    largest = max(abs(analytic) for _, analytic, _, _ in found)
    # A delta is a difference of an out and a target: no more exact than their own last place.
    sizes = [np.max(np.abs(value)) for value in (*now["out"].values(), *now["target"].values())]
    noise = float(np.finfo(float).eps * max(sizes))
    check = GradientCheck(
        tuple(
            ParameterCheck(*one, error=_relative(*one[1:], _FLOOR * largest, noise))
            for one in found
        ),
        rtol,
    )
    if raise_error and not check.passed:
        worst = check.worst
        raise GradientError(
            f"the gradient of {worst.address} is {worst.analytic!r} from the backward pass, but"
            f" {worst.complex_step!r} by complex step and {worst.central!r} by central difference"
            f" (relative error {worst.error:.1e}, allowed {rtol:g})"
        )
    return check


def _address(net: Network, storage: Any, slot: int) -> str:
    structure = storage.structure
    if structure.pre[slot] < 0:
        return f"{structure.names[structure.post[slot]]}.bias"
    return f"{net.connection(structure.ends(slot)).name}.weight"


def _relative(analytic: float, central: float, exact: float, floor: float, noise: float) -> float:
    reference = central if np.isnan(exact) else exact
    difference = abs(analytic - reference)
    if difference <= noise:
        return 0.0
    scale = max(abs(analytic), abs(reference), floor)
    return difference / scale if scale else difference
