"""The passes, object by object: the definition of what every other engine computes.

`neurograph.equations` says how each number follows from others; here they are computed, one after
the other, for numbers or for the samples of a batch, exactly or rounded as on paper.
"""

import math
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from neurograph.columns import Columns, OfBias, Reserved
from neurograph.display import Brief
from neurograph.equations import Equation, Operand, Variable
from neurograph.formulas import Group
from neurograph.quantities import PHASES, QUANTITIES
from neurograph.structure import Structure

__all__ = ["ROUNDED", "Values", "compute", "computed", "rounding"]


class Values(Brief):
    """The numbers of a round.

    Parameters
    ----------
    parameters : mutable sequence of float
        Weights and biases by slot; an update changes them.
    inputs, targets : mapping of int to float or ndarray of shape (n_samples,)
        What is given, by row.
    memory : mapping of str to mutable sequence of float, optional
        What the optimiser remembers of each parameter, by slot; an update changes it.
    **numbers : float
        What is the same for all parameters: ``learning_rate``, and the number ``step`` of the
        update in its training, counted from 1.

    Attributes
    ----------
    tables : dict
        By quantity, and in it by row or slot.
    n_samples : int or None
        Of a batch; `None` for one sample, whose values are numbers.
    altered : bool
        Whether a number may be another than its equation gives: rounded, or put in its place.
    pinned : set of Variable
        Nets and outs that were given instead of being computed.
    """

    def __init__(
        self,
        parameters: Any,
        inputs: Mapping[int, Any],
        targets: Mapping[int, Any] | None = None,
        memory: Mapping[str, Any] | None = None,
        **numbers: float | None,
    ) -> None:
        self.tables: dict[str, Any] = {name: {} for name in _NAMES}
        # One column: an update in place is seen by whatever is computed after it.
        self.tables |= {"weight": parameters, "new_weight": parameters}
        self.remember(memory or {}, **numbers)
        self.given: dict[str, Mapping[int, Any]] = {"out": inputs, "target": targets or {}}
        an_input = next(iter(inputs.values()))
        self.n_samples = len(an_input) if isinstance(an_input, np.ndarray) else None
        self.tables["n_samples"] = {-1: float(self.n_samples or 1)}
        self.altered = False
        self.pinned: frozenset[Variable] = frozenset()

    def remember(self, memory: Mapping[str, Any], **numbers: float | None) -> None:
        """Take in what an update needs to know."""
        for name, number in numbers.items():
            self.tables[name] = {-1: number}
        for name, column in memory.items():
            # One column here too: each rule reads what was remembered before it is overwritten.
            self.tables[name] = self.tables[f"earlier_{name}"] = column

    def __getitem__(self, quantity: str) -> Any:
        return self.tables[quantity]

    def value(self, operand: Operand) -> Any:
        """Return what stands for a name in a formula."""
        if isinstance(operand, Variable):  # a number, or (n_samples,)
            return self.tables[operand.quantity][operand.place]
        return Group(map(self.value, operand)) if isinstance(operand, list) else operand

    # -- what objects carry of it ----------------------------------------------------------------

    def has_outs(self, structure: Structure) -> bool:
        """Whether a forward pass was finished."""
        return len(self["out"]) == len(structure.names)

    def has_losses(self, structure: Structure) -> bool:
        """Whether outputs were compared with targets."""
        return len(self["loss"]) == len(structure.outputs)

    def has_gradients(self, structure: Structure) -> bool:
        """Whether a backward pass was finished."""
        return len(self["gradient"]) == len(structure.filled)

    @property
    def gradient(self) -> Mapping[int, float]:
        """By slot, dE/dweight and dE/dbias."""
        gradient: Mapping[int, float] = self["gradient"]
        return gradient

    def an_input(self, structure: Structure) -> Any:
        """Return the out of one input neuron."""
        return self["out"][structure.inputs[0]]

    def of_network(self, quantity: str) -> float:
        """Return what the network has once: the total error, and what it is made of."""
        if quantity not in ("total_error", "data_loss", "penalty"):
            raise NotImplementedError(quantity)
        if quantity in ("data_loss", "penalty") and not self[quantity]:
            # Where weights have no penalty, the data are all.
            return float(self["total_error"][-1]) if quantity == "data_loss" else 0.0
        return float(self[quantity][-1])

    def outs(self, structure: Structure) -> NDArray[np.float64]:
        """Return the outs of the outputs, of shape (n_outputs,) or (n_samples, n_outputs)."""
        return np.stack([self["out"][row] for row in structure.outputs], axis=-1)

    def of_forward(self, parameters: Any = None) -> "Values":
        """Return what the forward pass computed, alone."""
        parameters = self["weight"] if parameters is None else parameters
        values = Values(parameters, self.given["out"])
        values.altered, values.pinned = self.altered, self.pinned
        for name, row in QUANTITIES.items():
            if row.phase == "forward":
                values.tables[name] = self.tables[name]
        return values

    def columns(self, structure: Structure) -> tuple[Columns, Columns]:
        """Return the columns of the neurons and of the connections, by field."""
        of_neurons: Columns = {Reserved.GRADIENTS: self["gradient"]}
        of_connections: Columns = {}
        for name, row in QUANTITIES.items():
            if not row.carried or row.phase not in PHASES:
                continue
            column = self.tables[name]
            if row.phase == "update" and not isinstance(column, dict):
                # By slot: of a frozen parameter nothing is remembered.
                slots = filter(structure.trainable.__getitem__, structure.filled)
                column = {slot: column[slot] for slot in slots}
            for value in column.values() if isinstance(column, dict) else ():
                if isinstance(value, np.ndarray):
                    value.setflags(write=False)  # it is handed out as it is
            if row.owner == "neuron":
                of_neurons[name] = column
            else:
                of_connections[name] = column
                if row.of_bias:
                    of_neurons[row.of_bias] = OfBias(column, structure.bias_slot)
        return of_neurons, of_connections


_NAMES = [*QUANTITIES, "returned"]
#: What somebody who computes on paper rounds.
ROUNDED = frozenset(row.name for row in QUANTITIES.values() if row.rounded)


def compute(equations: Iterable[Equation], values: Values, digits: int | None = None) -> Values:
    """Compute equations in their order; what overflows becomes inf, without a warning."""
    with np.errstate(all="ignore"):
        deque(computed(equations, values, digits), maxlen=0)
    return values


def computed(
    equations: Iterable[Equation], values: Values, digits: int | None = None
) -> Iterator[Equation]:
    """Compute equations in their order, and give out each when its number is known.

    Parameters
    ----------
    equations : iterable of Equation
        Such as those of `Equations.forward`.
    values : Values
        What is known so far; each number is put in.
    digits : int, optional
        Round net, out, delta and gradients to so many decimals, half away from zero.

    Yields
    ------
    Equation
    """
    tables, rounded = values.tables, rounding(digits)
    values.altered = values.altered or digits is not None
    of_batch = values.n_samples is not None
    for equation in equations:
        quantity, place, _ = equation.left
        value = None
        # What was altered counts only where floats would go another way around it.
        if not (of_batch or (values.altered and equation.stable)):
            run, arguments = equation.on_floats
            try:
                value = run(*[tables[name][at] for name, at, _ in arguments])
            except (ArithmeticError, TypeError):
                value = None
        if type(value) is not float:  # given, of a batch or a group, or beyond what floats can do
            value = _value(equation, values)
        if digits is not None and equation.formula and quantity in ROUNDED:
            value = rounded(value)
        if equation.written is not None:
            value = equation.written(value)
        if quantity not in tables:
            tables[quantity] = {}
        tables[quantity][place] = value + 0.0  # no -0.0
        yield equation


def _value(equation: Equation, values: Values) -> Any:
    if equation.formula is None:
        (quantity, place, _), factor = equation.given or (equation.left, None)
        value = values.given[quantity][place]
        return value if factor is None else factor * value
    return equation.value(values.value, values.n_samples, altered=values.altered)


def rounding(digits: int | None, mode: str = "ROUND_HALF_UP") -> Callable[[Any], Any]:
    """Return a function that writes numbers with so many decimals, as someone on paper does.

    Parameters
    ----------
    digits : int or None
        None leaves the number as it is.
    mode : str
        A rounding mode of `decimal`: half away from zero, or ``ROUND_DOWN``, which cuts off.
    """
    if digits is None:
        return lambda value: value

    from neurograph.digits import rounded  # of those who compute on paper

    def on_paper(value: Any) -> Any:
        if isinstance(value, np.ndarray):
            return np.array([on_paper(number) for number in value.tolist()])
        if not math.isfinite(value):
            return value
        return float(rounded(value, digits, mode))

    return on_paper
