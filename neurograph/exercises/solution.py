"""How each value of a round is worked out from those before it, by the equations of `explain`."""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache

import numpy as np

from neurograph.documents.lines import Pool, Term
from neurograph.equations import Equation, Variable
from neurograph.exercises.questions import Exercise
from neurograph.explanations.reasons import Reason, Reasons
from neurograph.explanations.state import State, Update, find_quantity
from neurograph.explanations.symbols import Symbols
from neurograph.formulas import Formula
from neurograph.formulas.tree import Call, Choice, Name, Node, Number, names
from neurograph.quantities import QUANTITIES
from neurograph.slips import CHAIN, INLINE, RATE, Edit, Instead

__all__ = ["NONE", "Relation", "Solution", "find"]

NONE = Edit()


@dataclass(frozen=True)
class Relation:
    """The equation of one quantity: a formula whose variables are other quantities."""

    quantity: Variable
    formula: Formula
    operands: Mapping[str, Variable]


class Solution:
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
        self._reasons = self._reasons_with({})
        self._relations: dict[Variable, Relation] = {}
        self._others: dict[Equation, Relation] = {}

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

    def relation(self, quantity: Variable) -> Relation:
        """Return the equation of a quantity, in the form that one computes by hand."""
        relation = self._relations.get(quantity)
        if relation is None:
            relation = self._relations[quantity] = self._read(quantity, self._equation(quantity))
        return relation

    def relation_by(self, quantity: Variable, equation: Equation) -> Relation:
        """Return another equation of a quantity, in the form that one computes by hand."""
        if equation not in self._others:
            self._others[equation] = self._read(quantity, equation)
        return self._others[equation]

    def written_with(self, quantity: Variable, written: Mapping[Variable, Equation]) -> Equation:
        """Return the equation of a quantity in which others stand for what it writes out."""
        equation = replace(self._equation(quantity))
        self._others[equation] = self._read(quantity, equation, self._reasons_with(written))
        return equation

    def _reasons_with(self, written: Mapping[Variable, Equation]) -> Reasons:
        return Reasons(self.state, self.symbols, Pool(), most=math.inf, written=written)

    def is_given(self, quantity: Variable) -> bool:
        """Whether the sheet states a quantity among its data."""
        return self.state.is_given(quantity)

    def given(self, quantity: Variable) -> float:
        """Return a number that the sheet states among its data."""
        return self.state.number(quantity) if quantity != RATE else self.exercise.learning_rate or 0

    def ways(self, quantity: Variable) -> tuple[Variable, ...]:
        """Return by which equations a quantity is found: of some deltas there are two."""
        if quantity.quantity == "delta" and self.state.equations.joint(quantity.place) is not None:
            return quantity, Variable(CHAIN, quantity.place)
        return (quantity,)

    def _equation(self, quantity: Variable) -> Equation:
        equations = self.state.equations
        if quantity.quantity == CHAIN:
            return equations.delta_by_chain_rule(quantity.place)
        return equations.of(quantity)

    def _read(
        self, quantity: Variable, equation: Equation, reasons: Reasons | None = None
    ) -> Relation:
        """Read the equation into one tree, with what a sheet does not ask for written out."""
        reasons = reasons or self._reasons
        tree = reasons.tree(equation, None, Reason(""), INLINE)
        terms = reasons.pool.terms
        variables = frozenset(name for name in names(tree) if name in terms)
        operands = {name: self._operand(terms[name]) for name in sorted(variables)}
        return Relation(quantity, Formula._of(tree, variables), operands)

    def _operand(self, term: Term) -> Variable:
        assert term.variable is not None
        return single(self.state, term.variable)

    # -- computing ----------------------------------------------------------------------------

    def value(
        self, quantity: Variable, known: Mapping[Variable, float], edit: Edit = NONE
    ) -> float:
        """Return a value worked out from those that are known.

        Parameters
        ----------
        quantity : Variable
            It is worked out even if it is known.
        known : mapping of Variable to float
            What is not in it is worked out first.
        edit : Edit

        Returns
        -------
        float
            With the rounding of the exercise, if it has one.
        """
        return _Computation(self, known, edit).value(quantity)

    def reached(
        self, quantity: Variable, known: Mapping[Variable, float]
    ) -> tuple[list[Variable], list[Variable]]:
        """Return the quantities that are worked out on the way, and those that are known."""
        on_the_way: dict[Variable, None] = {quantity: None}
        used: dict[Variable, None] = {}
        waiting = [quantity]
        while waiting:
            for operand in self.relation(waiting.pop()).operands.values():
                if operand in known:
                    used[operand] = None
                elif not self.is_given(operand) and operand not in on_the_way:
                    on_the_way[operand] = None
                    waiting.append(operand)
        return list(on_the_way), list(used)


@dataclass
class _Computation:
    """One value worked out from those that are known, by equations with one edit."""

    solution: Solution
    known: Mapping[Variable, float]
    edit: Edit
    #: What was worked out on the way.
    computed: dict[Variable, float] = field(default_factory=dict)

    def value(self, quantity: Variable) -> float:
        """Return the value of a quantity, whether it is known or not."""
        whole = self.edit.whole.get(quantity)
        if whole is None or whole.quantity == quantity:
            value = self._by_equation(quantity) * (1.0 if whole is None else whole.factor)
        else:
            value = self._put(whole)
        return value if self.edit.after is None else self.edit.after(value)

    def _used(self, quantity: Variable) -> float:
        """Return what is used for a quantity in the equation of another."""
        if not self.edit.whole:
            return self._number(quantity)
        whole = self.edit.whole.get(quantity)
        # Somebody who wrote a value down has made the mistake in it already.
        if whole is None or (whole.quantity == quantity and quantity in self.known):
            return self._number(quantity)
        return self._put(whole)

    def _number(self, quantity: Variable) -> float:
        value = self.known.get(quantity)
        if value is not None:
            return value if self.edit.rounded is None else self.edit.rounded(value)
        if quantity not in self.computed:
            is_given = self.solution.is_given(quantity)
            compute = self.solution.given if is_given else self._by_equation
            self.computed[quantity] = compute(quantity)
        return self.computed[quantity]

    def _put(self, instead: Instead) -> float:
        if instead.quantity is None:
            return instead.factor
        return instead.factor * self._number(instead.quantity)

    def _by_equation(self, quantity: Variable) -> float:
        other = self.edit.equations.get(quantity)
        relation = (
            self.solution.relation(quantity)
            if other is None
            else self.solution.relation_by(quantity, other)
        )
        values = {}
        for name, operand in relation.operands.items():
            instead = self.edit.operands.get((quantity, operand))
            values[name] = self._used(operand) if instead is None else self._put(instead)
        if self.edit.within is None:
            return float(relation.formula(**values))
        with np.errstate(all="ignore"):
            return _stepwise(relation.formula.tree, values, self.edit.within)


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
