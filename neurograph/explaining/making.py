"""What equations about a network are put together from."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np

from neurograph.explaining.equations import (
    MOST_TERMS,
    SHOWN_TERMS,
    Equation,
    Pool,
    Term,
    added,
    evaluated,
    substituted,
)
from neurograph.explaining.state import Quantity, State
from neurograph.explaining.symbols import Symbol, Symbols
from neurograph.formulas import Formula
from neurograph.formulas.tree import Node, Number
from neurograph.losses import Joint
from neurograph.optimizers import GradientDescent, Optimizer

__all__ = ["PRODUCTS", "Found", "Making", "Update", "joint_rule"]


#: What stands in parentheses, where a line cannot be broken.
PRODUCTS = "products delta * w"
_FEWER = {PRODUCTS: 2}


@dataclass
class Found:
    """What is said about one quantity, and which quantities its equations are made of."""

    words: str
    equations: list[Equation] = field(default_factory=list)
    parts: list[Quantity] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Update:
    """The one update that new weights come from: a step of all samples, an optimiser's first.

    Attributes
    ----------
    learning_rate : float, optional
        Without one there are no new weights to explain.
    optimizer : Optimizer
    order : {"simultaneous", "in_place"}
    digits : int, optional
        To which the passes round.
    words : str
        Which update it is.
    """

    learning_rate: float | None = None
    optimizer: Optimizer = field(default_factory=GradientDescent)
    order: str = "simultaneous"
    digits: int | None = None
    words: str = "one update"

    def rule(self, learning_rate: float) -> Callable[[int, float, float], float]:
        """Return what gives a new parameter from its slot, the old one and its gradient."""
        known = self.optimizer.known_at(learning_rate, step=1)

        def rule(slot: int, parameter: float, gradient: float) -> float:
            memory = dict.fromkeys(self.optimizer.state, 0.0)
            return float(self.optimizer.changed(parameter, gradient, known, memory))

        return rule


class Making:
    """Makes names, sums and lines of the quantities of one state.

    Parameters
    ----------
    state : State
    symbols : Symbols
    pool : Pool
    update : Update
        That new weights come from.
    """

    def __init__(self, state: State, symbols: Symbols, pool: Pool, update: Update) -> None:
        self.state = state
        self.structure = state.structure
        self.symbols = symbols
        self.pool = pool
        self.update = update

    def name(self, quantity: Quantity) -> Node:
        """Return the tree of one quantity: its symbol, or 1 for the out of a bias neuron."""
        if quantity.kind == "out" and quantity.place in self.state.bias_neurons:
            return Number(1.0)
        term = Term(self.symbols.of(quantity), self.state.value(quantity), quantity)
        return self.pool.name(term)

    def alias(self, symbol: Symbol, quantity: Quantity) -> Node:
        """Return the tree of a quantity under another symbol, such as ∂net_o1/∂w5 for out_h1."""
        return self.pool.name(Term(symbol, self.state.value(quantity), quantity))

    def equation(
        self, label: str, quantity: Quantity, *forms: Node, left: Symbol | None = None
    ) -> Equation:
        """Return a line about a quantity."""
        return Equation(
            label,
            left or self.symbols.of(quantity),
            forms,
            self.state.value(quantity),
            self.pool.terms,
        )

    def total(
        self,
        values: Sequence[float],
        node_of: Callable[[int], Node],
        found: Found,
        what: str,
    ) -> tuple[Node, list[int]]:
        """Return a sum as a tree, and which of its terms it shows: the largest of many."""
        places = list(range(len(values)))
        if len(values) <= MOST_TERMS:
            return added([node_of(place) for place in places]), places
        most = _FEWER.get(what, SHOWN_TERMS)
        sizes = np.nan_to_num(np.abs(np.asarray(values)), nan=np.inf)
        largest = np.sort(np.argsort(-sizes, kind="stable")[:most])
        places = largest.tolist()
        kept = set(places)
        others = len(values) - len(places)
        rest = float(sum(value for place, value in enumerate(values) if place not in kept))
        symbol = Symbol(f"({others} more)", rf"\left({others}\text{{ more}}\right)")
        whole = float(sum(values))
        found.notes.append(
            f"A sum of {len(values)} {what}, {whole:.9g} in total: the {most} largest are"
            f" shown, the other {others} add up to {rest:.9g}."
        )
        nodes = [node_of(place) for place in places]
        return added([*nodes, self.pool.name(Term(symbol, rest))]), places

    def formula(self, formula: Formula, at: dict[str, Node]) -> Node:
        """Return a formula with trees for its variables."""
        return substituted(formula.tree, at)

    def over_group(
        self,
        formula: Formula,
        at: dict[str, Node],
        group: Sequence[dict[str, Node]],
        found: Found,
    ) -> tuple[Node, list[int]]:
        """Return a formula whose sums over a group are written term by term.

        Returns
        -------
        node : Node
        places : list of int
            The members of the group that it shows.
        """
        inner, summands = formula.split()
        places = dict(at)
        shown: list[int] = []
        for variable, summand in summands.items():
            nodes = [substituted(summand.tree, member) for member in group]
            values = [evaluated(node, self.pool.terms) for node in nodes]
            places[variable], shown = self.total(
                values, nodes.__getitem__, found, "neurons of the group"
            )
        return substituted(inner.tree, places), shown

    def called(self, row: int) -> str:
        """Return a neuron's name for sentences."""
        return str(self.state.names[row])

    def ends(self, slot: int) -> str:
        """Return the two ends of a connection for sentences."""
        pre, post = self.structure.ends(slot)
        return f"{pre} -> {post}"

    def places(self, slot: int) -> str:
        """Return where a shared parameter is used, for sentences."""
        slots = self.structure.shared_slots(slot)
        shown = [self.state.address(Quantity(self._kind(one), one)) for one in slots[:6]]
        return ", ".join(shown) + (", ..." if len(slots) > 6 else "")

    def _kind(self, slot: int) -> str:
        return "bias" if self.structure.pre[slot] < 0 else "weight"

    def _at(self, kind: str, row: int, sample: int | None) -> Quantity:
        return Quantity(kind, row, sample)

    def _say_shared(self, slot: int, found: Found) -> None:
        n = len(self.structure.shared_slots(slot))
        if n > 1:
            symbol = self.symbols.parameter(slot).text
            found.notes.append(f"{symbol} is one parameter in {n} places: {self.places(slot)}.")

    def _gradient_words(self, slot: int) -> str:
        symbol = self.symbols.parameter(slot).text
        if self.structure.pre[slot] < 0:
            what = f"the bias of {self.called(int(self.structure.post[slot]))}"
        else:
            what = f"the weight of {self.ends(slot)}"
        return f"how the total error changes with {symbol}, {what}"


def joint_rule(state: State, row: int) -> Joint | None:
    """Return the rule of loss and activation together that a delta follows, if it follows one."""
    structure = state.structure
    activation = structure.activations[row]
    joint = state.loss.joint.get(activation.name)
    if joint is None:
        return None
    members = structure.group_of(row) if activation.group else (row,)
    return joint if all(member in state.outputs for member in members) else None
