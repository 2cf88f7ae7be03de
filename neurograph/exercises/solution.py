"""How each value of a round is worked out from those before it, by the equations of `explain`."""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property, lru_cache

import numpy as np

from neurograph.documents.lines import Pool, Term
from neurograph.edits import Edit, Instead
from neurograph.equations import Equations, Variable
from neurograph.exercises.records import Exercise
from neurograph.explanations.reasons import Reason, Reasons
from neurograph.explanations.state import State, Update, find_quantity
from neurograph.explanations.symbols import Symbols
from neurograph.formulas import Formula
from neurograph.formulas.tree import Call, Choice, Name, Node, Number, names
from neurograph.quantities import QUANTITIES

__all__ = ["CHAIN", "NONE", "RATE", "Relation", "Solution", "find"]

#: The learning rate, where an equation has it.
RATE = Variable("learning_rate")
#: What stands in an equation in place of its symbol.
_INLINE = ("message", "own_gradient", "change", "returned")
#: A delta by the chain rule, where loss and activation have a rule for both at once.
CHAIN = "delta by the chain rule"


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
        self._reasons = Reasons(self.state, self.symbols, Pool(), most=math.inf)
        self._relations: dict[Variable, Relation] = {}

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
            relation = self._relations[quantity] = self._read(quantity)
        return relation

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

    def _read(self, quantity: Variable) -> Relation:
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
        value = self._by_equation(quantity) if whole is None else self._put(whole)
        return value if self.edit.after is None else self.edit.after(value)

    def _used(self, quantity: Variable) -> float:
        """Return what is used for a quantity in the equation of another."""
        whole = self.edit.whole.get(quantity)
        if whole is not None and whole.quantity != quantity:
            return self._put(whole)
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
        return instead.factor * self._used(instead.quantity)

    def _by_equation(self, quantity: Variable) -> float:
        relation = self.solution.relation(quantity)
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
