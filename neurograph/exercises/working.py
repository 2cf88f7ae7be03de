"""How each value of a round is worked out from those before it, by the equations of `explain`."""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property, lru_cache
from typing import NamedTuple

import numpy as np

from neurograph.equations import Equations, Variable
from neurograph.exercises.model import Exercise
from neurograph.explaining.lines import Pool, Term
from neurograph.explaining.reasons import Reason, Reasons
from neurograph.explaining.state import State, Update, find_quantity
from neurograph.explaining.symbols import Symbols
from neurograph.formulas import Formula
from neurograph.formulas.tree import Call, Choice, Name, Node, Number, names
from neurograph.quantities import QUANTITIES

__all__ = ["CHAIN", "RATE", "Instead", "Line", "Slip", "Working", "find"]

#: The learning rate, where an equation has it.
RATE = Variable("learning_rate")
#: What stands in an equation in place of its symbol.
_INLINE = ("message", "own_gradient", "change", "returned")
#: A delta by the chain rule, where loss and activation have a rule for both at once.
CHAIN = "delta by the chain rule"


class Instead(NamedTuple):
    """What stands where something else belongs: a number, or a multiple of a quantity.

    Attributes
    ----------
    quantity : Variable or None
    factor : float
        Of the quantity; without a quantity the number itself.
    """

    quantity: Variable | None
    factor: float = 1.0


@dataclass(frozen=True)
class Slip:
    """One change to the equations.

    Attributes
    ----------
    operands : mapping
        By the quantity whose equation it is, and the operand in it, what stands for the operand.
    whole : mapping
        By quantity, what is taken for it without its equation.
    rounded : function, optional
        Applied to every value that was known before, when it is used.
    within : function, optional
        Applied to everything computed on the way, each product and each function alone.
    after : function, optional
        Applied to the value that comes out.
    """

    operands: Mapping[tuple[Variable, Variable], Instead] = field(default_factory=dict)
    whole: Mapping[Variable, Instead] = field(default_factory=dict)
    rounded: Callable[[float], float] | None = None
    within: Callable[[float], float] | None = None
    after: Callable[[float], float] | None = None


NONE = Slip()


@dataclass(frozen=True)
class Line:
    """The equation of one quantity: a formula whose variables are other quantities."""

    quantity: Variable
    formula: Formula
    operands: Mapping[str, Variable]


class Working:
    """The equations of one round of an exercise, to be computed with any values put in.

    Parameters
    ----------
    exercise : Exercise
    """

    def __init__(self, exercise: Exercise) -> None:
        self.exercise = exercise
        self.net = net = exercise.network()
        net.forward(exercise.inputs)
        net.backward(exercise.targets)
        self.state = State(net, Update(exercise.learning_rate, order=exercise.order))
        self.structure = self.state.structure
        self.symbols = Symbols(self.state, tag_samples=False)
        # With every term, however many: a shortened sum cannot be computed with.
        self._reasons = Reasons(self.state, self.symbols, Pool(), most=math.inf)
        self._lines: dict[Variable, Line] = {}

    def quantity(self, address: str, phase: str) -> Variable:
        """Return the quantity that a question asks for."""
        return find(self.state, address, phase)

    def kind(self, variable: Variable) -> str:
        """Return what kind of number it is, as a sheet has them: a bias is no weight there."""
        if variable.quantity == "weight" and self.structure.pre[variable.place] < 0:
            return "bias"
        return variable.quantity

    def symbol(self, quantity: Variable) -> str:
        """Return what a quantity is called."""
        return self.symbols.of(quantity).text

    def line(self, quantity: Variable) -> Line:
        """Return the equation of a quantity, in the form that one computes by hand."""
        line = self._lines.get(quantity)
        if line is None:
            line = self._lines[quantity] = self._read(quantity)
        return line

    def is_given(self, quantity: Variable) -> bool:
        """Whether the sheet states a quantity among its data."""
        return self.state.is_given(quantity)

    def given(self, quantity: Variable) -> float:
        """Return a number that the sheet states among its data."""
        return self.state.number(quantity) if quantity != RATE else self.exercise.learning_rate or 0

    @cached_property
    def changed_before(self) -> frozenset[int]:
        """The slots whose weight has changed, in place, before an error comes back over it."""
        in_place = Equations(replace(self.state.equations.round, order="in_place"))
        slots = (slot for slot in self.structure.filled if self.structure.pre[slot] >= 0)
        return frozenset(
            slot for slot in slots if in_place.weight_sent_back(slot).quantity == "new_weight"
        )

    def new_weight(self, slot: int) -> Variable:
        """Return the quantity that a weight is after the update; a shared one has one for all."""
        return Variable("new_weight", int(self.structure.shared_slots(slot)[0]))

    def ways(self, quantity: Variable) -> tuple[Variable, ...]:
        """Return by which equations a quantity is found: of some deltas there are two."""
        if quantity.quantity == "delta" and self.state.equations.joint(quantity.place) is not None:
            return quantity, Variable(CHAIN, quantity.place)
        return (quantity,)

    def _read(self, quantity: Variable) -> Line:
        """Read the equation into one tree, with what a sheet does not ask for written out."""
        equations, place = self.state.equations, quantity.place
        if quantity.quantity == CHAIN:
            equation = equations.delta_by_chain_rule(place)
        else:
            equation = equations.of(quantity)
        tree = self._reasons.tree(equation, None, Reason(""), _INLINE)
        terms = self._reasons.pool.terms
        variables = frozenset(name for name in names(tree) if name in terms)
        operands = {name: self._operand(terms[name]) for name in sorted(variables)}
        return Line(quantity, Formula._of(tree, variables), operands)

    def _operand(self, term: Term) -> Variable:
        assert term.variable is not None
        return single(self.state, term.variable)

    # -- computing ----------------------------------------------------------------------------

    def value(
        self, quantity: Variable, known: Mapping[Variable, float], slip: Slip = NONE
    ) -> float:
        """Return a value worked out from those that are known.

        Parameters
        ----------
        quantity : Variable
            It is worked out even if it is known.
        known : mapping of Variable to float
            What is not in it is worked out first.
        slip : Slip

        Returns
        -------
        float
            With the rounding of the exercise, if it has one.
        """
        if (whole := slip.whole.get(quantity)) is not None:
            value = self._put(whole, known, slip, {})
        else:
            value = self._compute(quantity, known, slip, {})
        return value if slip.after is None else slip.after(value)

    def _known(
        self,
        quantity: Variable,
        known: Mapping[Variable, float],
        slip: Slip,
        found: dict[Variable, float],
    ) -> float:
        if (whole := slip.whole.get(quantity)) is not None and whole.quantity != quantity:
            return self._put(whole, known, slip, found)
        value = known.get(quantity)
        if value is not None:
            return value if slip.rounded is None else slip.rounded(value)
        if quantity not in found:
            given = self.is_given(quantity)
            found[quantity] = (
                self.given(quantity) if given else self._compute(quantity, known, slip, found)
            )
        return found[quantity]

    def _put(
        self,
        instead: Instead,
        known: Mapping[Variable, float],
        slip: Slip,
        found: dict[Variable, float],
    ) -> float:
        if instead.quantity is None:
            return instead.factor
        return instead.factor * self._known(instead.quantity, known, slip, found)

    def _compute(
        self,
        quantity: Variable,
        known: Mapping[Variable, float],
        slip: Slip,
        found: dict[Variable, float],
    ) -> float:
        line = self.line(quantity)
        values = {}
        for name, operand in line.operands.items():
            instead = slip.operands.get((quantity, operand))
            if instead is None:
                values[name] = self._known(operand, known, slip, found)
            else:
                values[name] = self._put(instead, known, slip, found)
        if slip.within is None:
            return float(line.formula(**values))
        with np.errstate(all="ignore"):
            return _stepwise(line.formula.tree, values, slip.within)

    def reached(
        self, quantity: Variable, known: Mapping[Variable, float]
    ) -> tuple[list[Variable], list[Variable]]:
        """Return the quantities that are worked out on the way, and those that are known."""
        on_the_way: dict[Variable, None] = {quantity: None}
        used: dict[Variable, None] = {}
        waiting = [quantity]
        while waiting:
            for operand in self.line(waiting.pop()).operands.values():
                if operand in known:
                    used[operand] = None
                elif not self.is_given(operand) and operand not in on_the_way:
                    on_the_way[operand] = None
                    waiting.append(operand)
        return list(on_the_way), list(used)


def find(state: State, address: str, phase: str) -> Variable:
    """Return the quantity that a question asks for; a weight or a bias is a new one."""
    target, _, kind = address.rpartition(".")
    name = f"{target}.new_{kind}" if phase == "update" else address
    return single(state, find_quantity(state, name))


def single(state: State, quantity: Variable) -> Variable:
    """Return one quantity for all places of a shared parameter."""
    row = QUANTITIES.get(quantity.quantity)
    if row is None or row.owner != "parameter":
        return quantity
    return quantity._replace(place=int(state.structure.shared_slots(quantity.place)[0]))


def _stepwise(node: Node, values: Mapping[str, float], written: Callable[[float], float]) -> float:
    """Return the value of a tree when every single result on the way is written down rounded."""
    if isinstance(node, Number):
        return node.value
    if isinstance(node, Name):
        return values[node.name]
    if isinstance(node, Choice):
        return float(Formula._of(node, frozenset(values))(**_only(node, values)))
    parts = [_stepwise(part, values, written) for part in node.arguments]
    own = {f"a{place}": part for place, part in enumerate(parts)}
    return written(float(_alone(node.name, len(parts))(**own)))


@lru_cache(maxsize=256)
def _alone(function: str, n: int) -> Formula:
    """Return one function or operator as a formula of its own."""
    names_of = [f"a{place}" for place in range(n)]
    return Formula._of(Call(function, tuple(map(Name, names_of))), frozenset(names_of))


def _only(node: Node, values: Mapping[str, float]) -> dict[str, float]:
    return {name: values[name] for name in set(names(node)) if name in values}
