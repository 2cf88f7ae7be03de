"""Slips: one change to a round, where it is made, and the places of a round that there are."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import chain
from typing import Any, NamedTuple

from neurograph.display import Brief
from neurograph.equations import Equation, Equations, Round, Variable
from neurograph.optimizers import GRADIENT_DESCENT, Optimizer
from neurograph.structure import Structure
from neurograph.terms import USUAL_TERMS, Terms

__all__ = [
    "CHAIN",
    "INLINE",
    "RATE",
    "Edit",
    "Instead",
    "PlacedEdit",
    "Places",
    "WrittenLine",
    "put",
    "taken",
]  # fmt: skip

#: The learning rate, where an equation has it.
RATE = Variable("learning_rate")
#: A delta by the chain rule, where loss and activation have a rule for both at once.
CHAIN = "delta by the chain rule"
#: What is written out in the equation that uses it, by one who computes by hand.
INLINE = ("message", "own_gradient", "change", "returned")
#: Where a level has more weights, only those that share a neuron with a weight are beside it.
_WIDE = 16


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


_NOTHING: Mapping[Any, Any] = {}


def _nothing() -> Mapping[Any, Any]:
    """Return the one empty mapping of all edits: there are thousands of them."""
    return _NOTHING


@dataclass(eq=False, slots=True, repr=False)
class Edit(Brief):
    """One change to a round: to its equations, its settings, or what it reads and writes.

    Attributes
    ----------
    operands : mapping
        By the quantity whose equation it is, and the operand in it, what stands for the operand.
    whole : mapping
        By quantity, what is taken for it wherever it is used: in the place of its equation, or of a
        parameter or the learning rate that is given.
    equations : mapping
        By quantity, the equation that stands for its own.
    setting : function, optional
        Gives the round with another loss, reduction or structure.
    misread : mapping
        By slot of a parameter, the slot that the forward pass reads instead; `None` for 0.
    other_order, other_shares : bool
        Whether weights change in the other order; whether an error is shared out the other way,
        with or without its denominator.
    digits : int, optional
        To how many decimals what is kept is rounded while computing.
    exact : bool
        Whether nothing is rounded while computing.
    rounded : function, optional
        Applied to every value that is kept, when it is used.
    within : function, optional
        Applied to everything computed on the way, each product and each function alone.
    after : function, optional
        Applied to the value that comes out.
    shift : int
        How many updates later (or earlier) a value is looked at.
    truncates : bool
        Whether the digits that are written are cut off instead of rounded.
    miswritten : function, optional
        Gives, of a value and the decimals that it is printed with, what is written down for it;
        nothing where it has no such digits.
    copies : bool
        Whether what is printed in another place is written down.
    optimizer, terms : function, optional
        Gives the optimiser of trainings, or the terms of a source, such as its penalty, otherwise.
    inputs_times : float
        A factor on all inputs.
    """

    operands: Mapping[tuple[Variable, Variable], Instead] = field(default_factory=_nothing)
    whole: Mapping[Variable, Instead] = field(default_factory=_nothing)
    equations: Mapping[Variable, Equation] = field(default_factory=_nothing)
    setting: Callable[[Round], Round] | None = None
    misread: Mapping[int, int | None] = field(default_factory=_nothing)
    other_order: bool = False
    other_shares: bool = False
    digits: int | None = None
    exact: bool = False
    rounded: Callable[[Any], Any] | None = None
    within: Callable[[Any], Any] | None = None
    after: Callable[[float], float] | None = None
    shift: int = 0
    truncates: bool = False
    miswritten: Callable[[float, int], float | None] | None = None
    copies: bool = False
    optimizer: Callable[[Optimizer], Optimizer] | None = None
    terms: Callable[[Terms], Terms] | None = None
    inputs_times: float = 1.0


def put(owner: Variable, operand: Variable, instead: Instead) -> Edit:
    """Return the edit of one operand in the equation of one quantity."""
    return Edit(operands={(owner, operand): instead})


def taken(quantities: Iterable[Variable], instead: Callable[[Variable], Instead]) -> Edit:
    """Return the edit that takes something else for quantities, wherever they are used."""
    return Edit(whole={quantity: instead(quantity) for quantity in quantities})


@dataclass(eq=False, slots=True, kw_only=True, repr=False)
class PlacedEdit(Brief):
    """An edit in one place, or throughout, with what its words are about.

    Attributes
    ----------
    edit : Edit
    own, other : Variable, tuple of Variable or str
        What belongs there, and what stands there; text is taken as it is.
    at : Variable, optional
        In whose equation, where it is in one only.
    row : int, optional
        The neuron that is spoken of.
    which : str
        What is left to say, such as ``" of the outputs"``.
    name : str
        What the alternative of a page is called; made of its words where nothing is said.
    family, page, pupil : str
        Where they differ from those of the row.
    rank : float
        The lower, the likelier it is of a pupil; digits after the point count within a kind.
    of_pages, of_pupils : bool
        Whether it is looked for there: not where the same row has one that comes to the same.
    joint : str
        What stands between several that belong there.
    together : bool
        Whether it shows of a pupil only where two or more of the things that it changes are used.
    values : tuple of str
        The quantities whose values it is looked for at, where not at all.
    decimals : int, optional
        Of a rounding, how many it leaves: who wrote fewer has not shown it.
    """

    edit: Edit
    own: "Variable | tuple[Variable, ...] | str" = ""
    other: Variable | str = ""
    at: Variable | None = None
    row: int | None = None
    which: str = ""
    name: str = ""
    family: str = ""
    page: str = ""
    pupil: str = ""
    rank: float = 0
    of_pages: bool = True
    of_pupils: bool = True
    joint: str = ", "
    together: bool = False
    values: tuple[str, ...] = ()
    decimals: int | None = None


class WrittenLine(NamedTuple):
    """One equation as it is written by hand: with messages, say, written out in it.

    Attributes
    ----------
    left : Variable
    terms : list of tuple of Variable
        The equation in which it stands, and the operand.
    """

    left: Variable
    terms: list[tuple[Variable, Variable]]

    def of(self, *quantities: str) -> list[tuple[Variable, Variable]]:
        """Return the terms that are such quantities."""
        return [term for term in self.terms if term[1].quantity in quantities]


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class Places(Brief):
    """The places of one round, and what stands beside each: what a row of the table is asked about.

    Attributes
    ----------
    equations : Equations
        Of the round as it is stated.
    parameters : sequence of float
    n_samples : int
    updates : bool
        Whether there is a learning rate.
    digits : int or None
        To which is rounded while computing.
    decimals : int
        With how many answers are written; 0 where nobody answers.
    shares : bool
        Whether errors are shared out in proportion to the weights.
    optimizer : Optimizer
        Of trainings.
    terms : Terms
        Of the source.
    standardized : {"", "n", "n-1"}
        By what the squares of the inputs are divided to standardise them.
    n_data : int
        How many samples the data have.
    """

    equations: Equations
    parameters: Sequence[float]
    n_samples: int = 1
    updates: bool = True
    digits: int | None = None
    decimals: int = 0
    shares: bool = False
    optimizer: Optimizer = GRADIENT_DESCENT
    terms: Terms = USUAL_TERMS
    standardized: str = ""
    n_data: int = 1

    @property
    def structure(self) -> Structure:
        """The structure of the network."""
        return self.equations.structure

    def name(self, row: int) -> str:
        """Return what a neuron is called."""
        return str(self.structure.names[row])

    # -- the places ------------------------------------------------------------------------------

    @cached_property
    def weights(self) -> list[int]:
        """The slots of the weights."""
        return [slot for slot in self.structure.filled if self.structure.pre[slot] >= 0]

    @cached_property
    def biases(self) -> dict[int, int]:
        """By row of a neuron, the slot of its bias, or of its weight from a bias neuron."""
        structure = self.structure
        of_neurons = {
            int(structure.post[slot]): slot
            for slot in self.weights
            if int(structure.pre[slot]) in structure.bias_neurons
        }
        return of_neurons | structure.bias_slot

    @cached_property
    def computed(self) -> list[int]:
        """The rows of the neurons that are neither inputs nor bias neurons."""
        return [row for rows in self.structure.levels[1:] for row in rows]

    @cached_property
    def hidden(self) -> list[int]:
        """Those of them that are no outputs."""
        return [row for row in self.computed if row not in self.equations.outputs]

    def parts(self, rows: Sequence[int]) -> Iterator[tuple[str, list[int]]]:
        """Yield all of some neurons, and the outputs and the others alone if there are both."""
        outer = [row for row in rows if row in self.equations.outputs]
        inner = [row for row in rows if row not in outer]
        if rows:
            yield "", list(rows)
        if outer and inner:
            yield " of the outputs", outer
            yield " of the hidden neurons", inner

    def has_slope(self, row: int) -> bool:
        """Whether the delta of a neuron is a product with its f'."""
        if self.structure.activations[row].group:
            return False
        return self.equations.joint(row) is None or bool(self.structure.outgoing[row])

    def equation(self, left: Variable) -> Equation:
        """Return the equation of a quantity, also of a delta by the chain rule."""
        if left.quantity == CHAIN:
            return self.equations.delta_by_chain_rule(left.place)
        return self.equations.of(left)

    @cached_property
    def lines(self) -> list[WrittenLine]:
        """The equations of the round as they are written by hand."""
        equations = self.equations
        phases = ["forward", "losses", "backward", *(["update"] if self.updates else [])]
        lefts = [equation.left for phase in phases for equation in equations.phase(phase)]
        lefts += [Variable(CHAIN, row) for row in self.computed if equations.joint(row)]
        return [
            WrittenLine(left, list(self._terms(left)))
            for left in dict.fromkeys(map(self.single, lefts))
            # A slip in a message is one of the net that is made with it, and one in a step is one
            # in the change.
            if left.quantity not in (*INLINE, "message_slope", "step")
        ]

    def _terms(self, left: Variable) -> Iterator[tuple[Variable, Variable]]:
        equation = self.equation(left)
        if equation.formula is None:
            return
        # What only the way of floats around an overflow needs, nobody writes down.
        named = (equation.operands[name] for name in equation.formula.variables)
        parts = chain(*(its if isinstance(its, list) else [its] for its in named))
        for operand in dict.fromkeys(part for part in parts if isinstance(part, Variable)):
            if operand.quantity in INLINE:
                yield from self._terms(operand)
            else:
                yield left, operand

    def single(self, quantity: Variable) -> Variable:
        """Return one gradient or new weight for all places of a shared parameter."""
        if quantity.quantity not in ("gradient", "new_weight"):
            return quantity
        return quantity._replace(place=int(self.structure.shared_slots(quantity.place)[0]))

    def lines_of(self, *quantities: str) -> Iterator[WrittenLine]:
        """Yield the equations of some quantities."""
        return (line for line in self.lines if line.left.quantity in quantities)

    # -- what is beside --------------------------------------------------------------------------

    def has(self, variable: Variable) -> bool:
        """Whether a round has such a number: no net of an input, no loss of a hidden neuron."""
        return variable.quantity in ("weight", "new_weight") or variable in self._computed

    @cached_property
    def _computed(self) -> frozenset[Variable]:
        phases = ("forward", "losses", "backward")
        return frozenset(each.left for phase in phases for each in self.equations.phase(phase))

    def at(self, row: int, variable: Variable) -> Variable:
        """Return what a quantity of a neuron is at another: f(net) is its out if it has no mask."""
        if variable.quantity == "activated" and row not in self.structure.masks:
            return Variable("out", row)
        return variable._replace(place=row)

    def at_own(self, row: int) -> Variable:
        """Return f(net) of a neuron: its out, if it has no mask."""
        return Variable("activated" if row in self.structure.masks else "out", row)

    def is_bias(self, variable: Variable) -> bool:
        """Whether a parameter is the bias of a neuron."""
        return variable.quantity == "weight" and self.structure.pre[variable.place] < 0

    @cached_property
    def _levels(self) -> dict[int, range]:
        return {row: rows for rows in self.structure.levels for row in rows}

    def level(self, row: int) -> range:
        """Return the rows of the level of a neuron."""
        return self._levels[row]

    def beside(self, row: int) -> list[int]:
        """Return the other neurons of a level."""
        return [other for other in self.level(row) if other != row]

    @cached_property
    def _next_to(self) -> dict[int, list[int]]:
        structure, of_level = self.structure, dict[int, list[int]]()
        for slot in self.weights:
            of_level.setdefault(self.level(int(structure.post[slot])).start, []).append(slot)
        return {
            slot: self._sorted(slot, [other for other in slots if other != slot])
            for slots in of_level.values()
            for slot in slots
        }

    def _sorted(self, slot: int, others: list[int]) -> list[int]:
        pre, post = self.structure.pre, self.structure.post
        near = [other for other in others if pre[other] == pre[slot] or post[other] == post[slot]]
        if len(others) >= _WIDE:
            return near
        return [*near, *(other for other in others if other not in near)]

    def next_to(self, slot: int) -> list[int]:
        """Return the other weights of a level, those at a shared neuron first (or alone)."""
        return self._next_to.get(slot, [])
