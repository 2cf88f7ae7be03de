"""What an override sees while a pass runs, and how it puts another value in place."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from neurograph.conventions.setups import Setup
from neurograph.edits import Edit, Instead
from neurograph.equations import Equation, Equations, Operand, Variable
from neurograph.passes import Values, compute
from neurograph.passes import computed as computed_one_by_one
from neurograph.quantities import BY_ADDRESS, QUANTITIES
from neurograph.structure import Structure

__all__ = [
    "Override", "Overrides", "PassMoment", "ReplayState", "computed", "drive",
    "overrides_of",
]  # fmt: skip


class ReplayState:
    """Where a replay has come to: the parameters, and what passes have computed."""

    def __init__(self, parameters: list[float]) -> None:
        self.parameters = parameters
        self.now: Values | None = None
        #: The parameters that a backward pass in place has changed, until the update takes them
        #: over.
        self.changed: list[float] | None = None


@dataclass(frozen=True)
class PassMoment:
    """What an override can see: everything computed so far in the pass that is running."""

    setup: Setup
    parameters: list[float]
    now: Values
    #: Gives the new value of the parameter in a slot, from its value and its gradient.
    rule: Callable[[int, Any, Any], Any]
    #: The parameters before the pass, some of which it may have changed.
    before: tuple[float, ...]

    def known(self, quantity: str, place: int) -> Any:
        """Return a value of the backward pass that is running, be it reached already or not."""
        reached = self.now[quantity]
        return reached[place] if place in reached else self._ahead[quantity][place]

    @cached_property
    def _ahead(self) -> Values:
        ahead = self.now.of_forward(list(self.before))
        for quantity in ("target", "loss", "total_error"):
            ahead.tables[quantity] = self.now[quantity]
        equations = Equations(self.setup.equations().round, updates=False)
        return compute(equations.backward(), ahead, self.setup.digits)


#: Gives the value that stands in the place of the one just computed.
Override = Callable[[PassMoment, int], Any]

#: By quantity and place; the place `None` means every place.
Overrides = Mapping[tuple[str, int | None], Override]


def overrides_of(*edits: Edit) -> Overrides:
    """Return the overrides that make edits of equations where a replay comes to them."""
    overrides: dict[tuple[str, int | None], Override] = {}
    operands: dict[Variable, dict[Variable, Instead]] = {}
    for edit in edits:
        for quantity, instead in edit.whole.items():
            overrides[quantity.quantity, quantity.place] = _taken(instead)
        for (owner, operand), instead in edit.operands.items():
            operands.setdefault(owner, {})[operand] = instead
    for owner, changes in operands.items():
        overrides[owner.quantity, owner.place] = _worked_out(owner, changes)
    return overrides


def _taken(instead: Instead) -> Override:
    return lambda moment, _: _put(moment, instead)


def _worked_out(owner: Variable, changes: Mapping[Variable, Instead]) -> Override:
    """Return what works an equation out with something else for some of its operands."""

    def override(moment: PassMoment, _: int) -> Any:
        def value_of(operand: Operand) -> Any:
            if isinstance(operand, Variable) and operand in changes:
                return _put(moment, changes[operand])
            return moment.now.value(operand)

        equation = moment.setup.equations().of(owner)
        return equation.value(value_of, moment.now.n_samples, altered=True)

    return override


def _put(moment: PassMoment, instead: Instead) -> Any:
    """Return what stands for an operand, for each sample of a batch."""
    if instead.quantity is None:
        return instead.factor + 0.0 * moment.now["out"][moment.setup.structure.inputs[0]]
    quantity, place, _ = instead.quantity
    its = moment.parameters[place] if quantity == "weight" else moment.known(quantity, place)
    return instead.factor * its


def computed(moment: PassMoment, quantity: str, place: int) -> Any:
    """Return the value that has just been computed, as an override finds it."""
    name, at = _kept_at(moment.setup.structure, quantity, place)
    return moment.now[name][at]


def drive(equations: Iterable[Equation], moment: PassMoment, overrides: Overrides) -> None:
    """Compute equations; put what the overrides give in the place of what was computed."""
    now, structure = moment.now, moment.setup.structure
    if not overrides:
        compute(equations, now, moment.setup.digits)
        return
    now.altered = True
    with np.errstate(all="ignore"):
        for equation in computed_one_by_one(equations, now, moment.setup.digits):
            name, at, _ = equation.left
            quantity, place = _called(structure, name, at)
            override = overrides.get((quantity, place)) or overrides.get((quantity, None))
            if override is not None:
                now[name][at] = override(moment, place)


def _called(structure: Structure, name: str, at: int) -> tuple[str, int]:
    """Return under which quantity and place overrides know a number: biases by their neuron."""
    row = QUANTITIES.get(name)
    if row is None or row.owner != "parameter":
        return name, at
    if structure.pre[at] < 0:
        return row.of_bias.removeprefix("new_"), int(structure.post[at])
    return name.removeprefix("new_"), at


def _kept_at(structure: Structure, quantity: str, place: int) -> tuple[str, int]:
    """Return the table and the place in it of a number that overrides call so."""
    row = BY_ADDRESS.get(quantity)
    if row is not None and row.of_bias == quantity:
        return row.name, structure.bias_slot[place]
    return quantity, place
