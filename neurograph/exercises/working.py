"""How each value of a round is worked out from those before it, by the equations of `explain`."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from typing import NamedTuple

import numpy as np

from neurograph.activations import GROUP_DELTA
from neurograph.exercises.model import Exercise
from neurograph.explaining.equations import Equation, Pool, Term, added, multiplied
from neurograph.explaining.making import Found, Update, joint_rule
from neurograph.explaining.rules import Rules
from neurograph.explaining.state import NEW, Quantity, State, find_quantity
from neurograph.explaining.symbols import Symbols
from neurograph.formulas import Formula
from neurograph.formulas.tree import Call, Choice, Name, Node, Number, names
from neurograph.tracing import trace

__all__ = ["CHAIN", "RATE", "Instead", "Line", "Slip", "Working", "find"]

#: The learning rate, where an equation has it.
RATE = Quantity("rate", -1)
#: A delta by the chain rule, where loss and activation have a rule for both at once.
CHAIN = "delta by the chain rule"


class Instead(NamedTuple):
    """What stands where something else belongs: a number, or a multiple of a quantity.

    Attributes
    ----------
    quantity : Quantity or None
    factor : float
        Of the quantity; without a quantity the number itself.
    """

    quantity: Quantity | None
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

    operands: Mapping[tuple[Quantity, Quantity], Instead] = field(default_factory=dict)
    whole: Mapping[Quantity, Instead] = field(default_factory=dict)
    rounded: Callable[[float], float] | None = None
    within: Callable[[float], float] | None = None
    after: Callable[[float], float] | None = None


NONE = Slip()


@dataclass(frozen=True)
class Line:
    """The equation of one quantity: a formula whose variables are other quantities."""

    quantity: Quantity
    equation: Equation
    formula: Formula
    operands: Mapping[str, Quantity]


class _Unshortened(Rules):
    """The equations with every term, however many: a shortened one cannot be computed with."""

    def total(
        self,
        values: Sequence[float],
        node_of: Callable[[int], Node],
        found: Found,
        what: str,
        most: int = 0,
    ) -> tuple[Node, list[int]]:
        """Return a sum as a tree, and which of its terms it shows: all, whatever `most` says."""
        places = list(range(len(values)))
        return added([node_of(place) for place in places]), places

    def by_chain(self, row: int) -> Equation:
        """Return a delta as dE/dout times the slope, or for softmax over its group."""
        delta = Quantity("delta", row)
        if self.structure.activations[row].group:
            members = self.structure.group_of(row)
            kinds = ("out", "out_gradient")
            at = [{kind: self.name(Quantity(kind, k)) for kind in kinds} for k in members]
            node, _ = self.over_group(GROUP_DELTA, at[members.index(row)], at, Found(""))
        else:
            parts = Quantity("out_gradient", row), Quantity("slope", row)
            node = multiplied([self.name(part) for part in parts])
        return self.equation("", delta, node)


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
        self.state = State(net)
        self.structure = self.state.structure
        self.symbols = Symbols(self.state, tag_samples=False)
        rate = exercise.learning_rate
        self._rules = _Unshortened(self.state, self.symbols, Pool(), Update(rate))
        self._lines: dict[Quantity, Line] = {}

    def quantity(self, address: str, phase: str) -> Quantity:
        """Return the quantity that a question asks for."""
        return find(self.state, address, phase)

    def symbol(self, quantity: Quantity) -> str:
        """Return what a quantity is called."""
        return "η" if quantity == RATE else self.symbols.of(quantity).text

    def line(self, quantity: Quantity) -> Line:
        """Return the equation of a quantity, in the form that one computes by hand."""
        found = self._lines.get(quantity)
        if found is None:
            found = self._lines[quantity] = self._read(quantity)
        return found

    def is_given(self, quantity: Quantity) -> bool:
        """Whether the sheet states a quantity among its data."""
        return quantity == RATE or self.state.is_given(quantity)

    def given(self, quantity: Quantity) -> float:
        """Return a number that the sheet states among its data."""
        if quantity == RATE:
            return self.exercise.learning_rate or 0.0
        return self.state.value(quantity)

    @cached_property
    def changed_before(self) -> frozenset[int]:
        """The slots whose weight has changed, in place, before an error comes back over it."""
        exercise = self.exercise
        if exercise.learning_rate is None:
            return frozenset()
        given = exercise.inputs, exercise.targets, exercise.learning_rate
        changed: set[int] = set()
        found: set[int] = set()
        for event in trace(self.net, *given, order="in_place"):
            if event.quantity == "weight":
                changed.add(find_quantity(self.state, event.address).place)
            elif event.quantity == "error_message":
                slot = find_quantity(self.state, event.address).place
                found |= {slot} & changed
        return frozenset(found)

    def new_weight(self, slot: int) -> Quantity:
        """Return the quantity that a weight is after the update; a shared one has one for all."""
        return Quantity(NEW, int(self.structure.shared_slots(slot)[0]))

    def ways(self, quantity: Quantity) -> tuple[Quantity, ...]:
        """Return by which equations a quantity is found: of some deltas there are two."""
        if quantity.kind == "delta" and joint_rule(self.state, quantity.place) is not None:
            return quantity, Quantity(CHAIN, quantity.place)
        return (quantity,)

    def _read(self, quantity: Quantity) -> Line:
        if quantity.kind == CHAIN:
            equations = [self._rules.by_chain(quantity.place)]
        else:
            equations = self._rules.find(quantity).equations
        by_delta = [each for each in equations if each.label == "in delta form"]
        equation = (by_delta or equations)[0]
        tree = equation.forms[-1]
        variables = frozenset(name for name in names(tree) if name in equation.terms)
        operands = {
            name: self._operand(quantity, equation.terms[name]) for name in sorted(variables)
        }
        return Line(quantity, equation, Formula._of(tree, variables), operands)

    def _operand(self, owner: Quantity, term: Term) -> Quantity:
        if term.quantity is None:
            return RATE
        sends_back = owner.kind == "error_message" and term.quantity.kind == "weight"
        in_place = self.exercise.order == "in_place"
        if in_place and sends_back and owner.place in self.changed_before:
            return self.new_weight(owner.place)
        return single(self.state, term.quantity)

    # -- computing ----------------------------------------------------------------------------

    def value(
        self, quantity: Quantity, known: Mapping[Quantity, float], slip: Slip = NONE
    ) -> float:
        """Return a value worked out from those that are known.

        Parameters
        ----------
        quantity : Quantity
            It is worked out even if it is known.
        known : mapping of Quantity to float
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
        quantity: Quantity,
        known: Mapping[Quantity, float],
        slip: Slip,
        found: dict[Quantity, float],
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
        known: Mapping[Quantity, float],
        slip: Slip,
        found: dict[Quantity, float],
    ) -> float:
        if instead.quantity is None:
            return instead.factor
        return instead.factor * self._known(instead.quantity, known, slip, found)

    def _compute(
        self,
        quantity: Quantity,
        known: Mapping[Quantity, float],
        slip: Slip,
        found: dict[Quantity, float],
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
        self, quantity: Quantity, known: Mapping[Quantity, float]
    ) -> tuple[list[Quantity], list[Quantity]]:
        """Return the quantities that are worked out on the way, and those that are known."""
        on_the_way: dict[Quantity, None] = {quantity: None}
        used: dict[Quantity, None] = {}
        waiting = [quantity]
        while waiting:
            for operand in self.line(waiting.pop()).operands.values():
                if operand in known:
                    used[operand] = None
                elif not self.is_given(operand) and operand not in on_the_way:
                    on_the_way[operand] = None
                    waiting.append(operand)
        return list(on_the_way), list(used)


def find(state: State, address: str, phase: str) -> Quantity:
    """Return the quantity that a question asks for; a weight or a bias is a new one."""
    target, _, kind = address.rpartition(".")
    name = f"{target}.new_{kind}" if phase == "update" else address
    return single(state, find_quantity(state, name))


def single(state: State, quantity: Quantity) -> Quantity:
    """Return one quantity for all places of a shared parameter."""
    if quantity.kind not in ("gradient", NEW, "weight", "bias"):
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
