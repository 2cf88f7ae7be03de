"""How each value of a round is worked out from those before it, by the equations of `explain`."""

import math
import operator
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field, replace
from fractions import Fraction
from functools import lru_cache

import numpy as np

from neurograph.display import Brief
from neurograph.documents.lines import Line, Pool, Symbol, Term, substituted
from neurograph.equations import Equation, Variable
from neurograph.exercises.questions import Exercise, Phase, asked_address
from neurograph.explanations.reasons import Reason, Reasons
from neurograph.explanations.state import State, Update, find_quantity
from neurograph.explanations.symbols import Symbols
from neurograph.formulas import Formula
from neurograph.formulas.tree import (
    NEG,
    Call,
    Choice,
    Name,
    Node,
    Number,
    constant,
    names,
    replaced,
)
from neurograph.quantities import QUANTITIES
from neurograph.records import record
from neurograph.slips import CHAIN, INLINE, RATE, Edit, Instead

__all__ = ["NONE", "Relation", "Solution", "exact_value", "worked_lines"]

NONE = Edit()

#: What a sheet has no line for, and what is none of the messages and changes of `INLINE`.
_NOT_ASKED = ("error_message", "slope", "message_slope", "activated")


@record
class Relation:
    """The equation of one quantity: a formula whose variables are other quantities."""

    quantity: Variable
    formula: Formula
    operands: Mapping[str, Variable]


class Solution(Brief):
    """The equations of one round of an exercise, to be computed with any values put in.

    Parameters
    ----------
    exercise : Exercise
    """

    def __init__(self, exercise: Exercise) -> None:
        self.exercise = exercise
        self.net = net = exercise.network()
        net.forward(exercise.inputs, given=dict(exercise.given))
        net.backward(exercise.targets)
        self.state = State(net, Update(exercise.learning_rate, order=exercise.order))
        self.structure = self.state.structure
        self.symbols = Symbols(self.state, tag_samples=False)
        # With every term, however many: a shortened sum cannot be computed with.
        self._reasons = self._reasons_with({})
        self._relations: dict[Variable, Relation] = {}
        self._on_paper: dict[Variable, Relation] = {}
        self._others: dict[Equation, Relation] = {}
        self._is_given: dict[Variable, bool] = {}

    def quantity(self, address: str, phase: str) -> Variable:
        """Return the quantity that a question asks for; a weight or a bias is a new one."""
        return single(self.state, find_quantity(self.state, asked_address(address, phase)))

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

    @property
    def turned(self) -> bool:
        """Whether deltas have the sign of target - out."""
        return self.state.equations.round.turned

    def is_given(self, quantity: Variable) -> bool:
        """Whether the sheet states a quantity among its data."""
        known = self._is_given.get(quantity)
        if known is None:
            known = self._is_given[quantity] = self.state.is_given(quantity)
        return known

    def given(self, quantity: Variable) -> float:
        """Return a number that the sheet states among its data."""
        return self.state.number(quantity) if quantity != RATE else self.exercise.learning_rate or 0

    def ways(self, quantity: Variable) -> tuple[Variable, ...]:
        """Return by which equations a quantity is found: of some deltas there are two."""
        by_joint = quantity.quantity == "delta" and self.state.equations.joint(quantity.place)
        if by_joint and not self.state.is_rewritten(quantity):
            return quantity, Variable(CHAIN, quantity.place)
        return (quantity,)

    def _equation(self, quantity: Variable) -> Equation:
        equations = self.state.equations
        if quantity.quantity == CHAIN:
            return equations.delta_by_chain_rule(quantity.place)
        return equations.of(quantity)

    def on_paper(self, quantity: Variable) -> Relation:
        """Return the equation of a quantity in what stands on the sheet alone."""
        relation = self._on_paper.get(quantity)
        if relation is None:
            relation = self._on_paper[quantity] = self._read(
                quantity, self._equation(quantity), inline=(*INLINE, *_NOT_ASKED)
            )
        return relation

    def _read(
        self,
        quantity: Variable,
        equation: Equation,
        reasons: Reasons | None = None,
        inline: Collection[str] = INLINE,
    ) -> Relation:
        """Read the equation into one tree, with what a sheet does not ask for written out."""
        reasons = reasons or self._reasons
        tree = reasons.tree(equation, None, Reason(""), inline)
        terms = reasons.pool.terms
        numbers = {name: term.value for name, term in terms.items() if term.variable is None}
        tree = replaced(tree, {name: constant(value) for name, value in numbers.items()})
        # In the order in which one reads them.
        operands = {name: self._operand(terms[name]) for name in names(tree) if name in terms}
        return Relation(quantity, Formula._of(tree, frozenset(operands)), operands)

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


# -- worked out on paper --------------------------------------------------------------------------

#: A fraction is shown where both its numbers have at most so many digits.
_FRACTION_DIGITS = 4


def worked_lines(solution: Solution, phase: Phase) -> Iterator[Line]:
    """Yield the equation of each value of a phase: with symbols, with numbers, and its value.

    Parameters
    ----------
    solution : Solution
    phase : {"forward", "backward", "update"}

    Yields
    ------
    Line
        Where a value and all it is made of are short fractions, these stand in between.

    Examples
    --------
    >>> import neurograph as ng
    >>> from neurograph.documents.lines import expression
    >>> from neurograph.exercises import exercise
    >>> net = ng.Network.layered(2, 1, weights=[[[0.5, 0.25]]], activation="identity", bias=0.5)
    >>> line, *_ = worked_lines(Solution(exercise(net, [0.5, 0.5], [1])), "forward")
    >>> [expression(form, line.terms) for form in line.forms], line.value
    (['w1*i1 + w2*i2 + b_o1', '1/2*(1/2) + 1/4*(1/2) + 1/2', '7/8'], 0.875)
    """
    exercise = solution.exercise
    values = {
        solution.quantity(question.address, question.phase): question.value
        for question in exercise.questions
    }
    fractions: dict[Variable, Fraction | None] = {}

    def fraction(quantity: Variable) -> Fraction | None:
        """Return what a quantity is exactly; `None` of roots, and where values are rounded."""
        if quantity not in fractions:
            fractions[quantity] = None
            if solution.is_given(quantity) or quantity == RATE:
                fractions[quantity] = Fraction(repr(solution.given(quantity)))
            elif exercise.digits is None:
                own = solution.on_paper(quantity)
                parts = {name: fraction(operand) for name, operand in own.operands.items()}
                fractions[quantity] = exact_value(own.formula.tree, parts)
        return fractions[quantity]

    def number(quantity: Variable) -> float:
        if quantity in values:
            return values[quantity]
        given = solution.is_given(quantity) or quantity == RATE
        return solution.given(quantity) if given else solution.value(quantity, values)

    for question in exercise.questions:
        if question.phase != phase:
            continue
        quantity = solution.quantity(question.address, phase)
        relation = solution.on_paper(quantity)
        tree = relation.formula.tree
        terms = {
            name: Term(solution.symbols.of(operand), number(operand), operand)
            for name, operand in relation.operands.items()
        }
        forms = [tree]
        parts = {name: fraction(operand) for name, operand in relation.operands.items()}
        exact = [*parts.values(), fraction(quantity)]
        if all(map(_is_short, exact)) and any(part and part.denominator > 1 for part in exact):
            nodes = {name: _node(part) for name, part in parts.items() if part is not None}
            forms += [substituted(tree, nodes), _node(fraction(quantity) or Fraction(0))]
        left = Symbol(question.symbol, question.latex)
        yield Line("", left, tuple(forms), question.value, terms)


def _is_short(fraction: Fraction | None) -> bool:
    return fraction is not None and all(
        len(str(abs(part))) <= _FRACTION_DIGITS for part in fraction.as_integer_ratio()
    )


def _node(fraction: Fraction) -> Node:
    """Return a fraction as a tree."""
    above, below = fraction.as_integer_ratio()
    node: Node = Number(float(abs(above)))
    if below != 1:
        node = Call("/", (node, Number(float(below))))
    return Call(NEG, (node,)) if above < 0 else node


def _power(base: Fraction, exponent: Fraction) -> Fraction | None:
    if exponent.denominator != 1 or abs(exponent) > _HIGHEST or (not base and exponent < 0):
        return None
    return Fraction(base**exponent)


_HIGHEST = 8
#: What is done with fractions exactly, by the name of the function.
_RATIONAL: dict[str, Callable[..., Fraction | None]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": lambda a, b: a / b if b else None,
    "**": _power,
    NEG: operator.neg,
    "abs": abs,
    "max": max,
    "min": min,
}
_COMPARED: dict[str, Callable[[Fraction, Fraction], bool]] = {
    "<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge,
}  # fmt: skip


def exact_value(node: Node, values: Mapping[str, Fraction | None]) -> Fraction | None:
    """Return the value of a tree in exact fractions; `None` where it has none.

    Parameters
    ----------
    node : Node
    values : mapping of str to Fraction or None
        What its names stand for.

    Examples
    --------
    >>> exact_value(Formula("max(a, 0) / 3", ["a"]).tree, {"a": Fraction(1, 4)})
    Fraction(1, 12)
    """
    if isinstance(node, Number):
        return Fraction(repr(node.value))
    if isinstance(node, Name):
        return values.get(node.name)
    if isinstance(node, Choice):
        left, right = exact_value(node.left, values), exact_value(node.right, values)
        if left is None or right is None:
            return None
        chosen = node.yes if _COMPARED[node.comparison](left, right) else node.no
        return exact_value(chosen, values)
    compute = _RATIONAL.get(node.name)
    parts = [exact_value(part, values) for part in node.arguments]
    if compute is None or any(part is None for part in parts):
        return None
    return compute(*parts)


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
