"""Slips: one change to a round, where it is made, and the places of a round that there are.

An `Edit` says what is changed; `Edits` makes of a round, and of each of its equations, those that
stand for them then.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import chain
from typing import Any, NamedTuple

from neurograph.display import Brief
from neurograph.equations import Equation, Equations, Operand, Round, Variable
from neurograph.errors import InvalidValueError
from neurograph.formulas import Formula
from neurograph.formulas.tree import constant
from neurograph.optimizers import GRADIENT_DESCENT, Optimizer
from neurograph.passes import ROUNDED, rounding
from neurograph.records import record
from neurograph.structure import Structure
from neurograph.terms import USUAL_TERMS, Terms

__all__ = [
    "CHAIN",
    "EVERY",
    "FACTOR",
    "INLINE",
    "KEPT",
    "NO_EDITS",
    "RATE",
    "Datum",
    "Edit",
    "Edits",
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


class Datum(NamedTuple):
    """One number of the data, or a column of it.

    Attributes
    ----------
    of : {"input", "target"}
    column : int
        Of which input or output, counted from 0.
    sample : int, optional
        Of those that are used, counted from 1; `None` for all of them.
    """

    of: str
    column: int
    sample: int | None = None


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
    shown : tuple of str
        The quantities that are looked at then; all of them if there are none.
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
    data : mapping from Datum to float
        What is read for numbers of the data.
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
    shown: tuple[str, ...] = ()
    truncates: bool = False
    miswritten: Callable[[float, int], float | None] | None = None
    copies: bool = False
    optimizer: Callable[[Optimizer], Optimizer] | None = None
    terms: Callable[[Terms], Terms] | None = None
    inputs_times: float = 1.0
    data: Mapping[Datum, float] = field(default_factory=_nothing)


def put(owner: Variable, operand: Variable, instead: Instead) -> Edit:
    """Return the edit of one operand in the equation of one quantity."""
    return Edit(operands={(owner, operand): instead})


def taken(quantities: Iterable[Variable], instead: Callable[[Variable], Instead]) -> Edit:
    """Return the edit that takes something else for quantities, wherever they are used."""
    return Edit(whole={quantity: instead(quantity) for quantity in quantities})


#: What somebody who computes on paper keeps, and all that is written on the way.
KEPT = ("net", "out", "delta", "gradient")
EVERY = (*KEPT, "message", "loss", "slope", "out_gradient", "error_message", "new_weight")
#: Begins the name of the numbers by which the terms of a sum are multiplied.
FACTOR = "factor_of_"


class _Rewriting:
    """Makes of an equation the one that stands for it under an edit."""

    def __init__(self, edit: Edit, structure: Structure) -> None:
        self.edit = edit
        #: By what is computed, what stands for its operands.
        self.operands: dict[Variable, dict[Variable, Instead]] = {}
        for (owner, operand), instead in edit.operands.items():
            self.operands.setdefault(owner, {})[operand] = instead
        for slot, other in edit.misread.items():
            bias, post = structure.pre[slot] < 0, int(structure.post[slot])
            owner = Variable("net", post) if bias else Variable("message", slot)
            read = Instead(None, 0.0) if other is None else Instead(Variable("weight", other))
            self.operands.setdefault(owner, {})[Variable("weight", slot)] = read
        self.whole = {own: its for own, its in edit.whole.items() if own != RATE}
        if edit.inputs_times != 1.0:
            outs = (Variable("out", row) for row in structure.inputs)
            self.whole |= {out: Instead(out, edit.inputs_times) for out in outs}
        #: By quantity, what is written down of its values; of what is given only where it says so.
        self.writes = dict.fromkeys(KEPT, edit.rounded) if edit.rounded else {}
        self.writes |= dict.fromkeys(EVERY, edit.within) if edit.within else {}
        self.leaves_given = edit.digits is not None and not self.writes
        if self.leaves_given:
            self.writes = dict.fromkeys(ROUNDED, rounding(edit.digits))

    @property
    def changed(self) -> set[tuple[str, int | None]]:
        """By quantity and place, whose equations are others; the place `None` is every place."""
        lefts = (*self.operands, *self.whole, *self.edit.equations, *self.edit.data)
        return {left[:2] for left in lefts} | {(quantity, None) for quantity in self.writes}

    def __call__(self, equation: Equation) -> Equation:
        left = equation.left._replace(sample=None)
        if equation.formula is not None:
            equation = self.edit.equations.get(left, equation)
            if changes := self._changes(equation, left):
                equation = _with_operands(equation, changes)
            if left in self.whole:
                equation = _as_taken(equation, self.whole[left])
        elif left in self.whole:
            equation = _as_given(equation, self.whole[left])
        write = self.writes.get(left.quantity)
        leaves = write is None or (self.leaves_given and equation.formula is None)
        return equation if leaves else replace(equation, written=write)

    def _changes(self, equation: Equation, left: Variable) -> Mapping[Variable, Instead]:
        """Return what stands for which operands."""
        changes = self.operands.get(left, _NOTHING)
        if equation.phase != "update":
            return changes
        if left.quantity != "new_weight":  # the change is made by all rules of the optimiser
            changes = self.operands.get(left._replace(quantity="change"), changes)
        rate = self.edit.whole.get(RATE)
        return changes if rate is None else {**changes, RATE: rate}


def _with_operands(equation: Equation, changes: Mapping[Variable, Instead]) -> Equation:
    """Return an equation with something else for some of its operands."""
    # What stands by itself is meant, and not the same among several of its kind.
    alone = any(its in changes for its in equation.operands.values() if isinstance(its, Variable))
    operands, parts = dict[str, Operand](), dict[str, Formula]()
    for name, operand in equation.operands.items():
        operands[name] = operand
        if isinstance(operand, Variable) and operand in changes:
            quantity, factor = changes[operand]
            operands[name] = factor if quantity is None else quantity
            parts[name] = _times(factor, None if quantity is None else Formula(name, [name]))
        elif isinstance(operand, list) and not alone:
            instead = [changes.get(its, Instead(its)) for its in operand]  # type: ignore[arg-type]  # numbers too
            operands[name] = [f if own is None else own for own, f in instead]
            factors = [1.0 if own is None else f for own, f in instead]
            if any(factor != 1.0 for factor in factors):
                called = FACTOR + name
                operands[called] = list(factors)
                parts[name] = Formula(f"{called} * {name}", [called, name])
    return _with_formulas(equation, operands, **parts)


def _with_formulas(
    equation: Equation, operands: Mapping[str, Operand], **parts: Formula
) -> Equation:
    """Return an equation with others in the place of names in its formulas."""

    def filled(formula: Formula | None) -> Formula | None:
        if formula is None:
            return None
        own = {name: its for name, its in parts.items() if name in formula.variables}
        return formula.filled(**own)

    formula, stable = filled(equation.formula), filled(equation.stable)
    named = {name for its in (formula, stable) if its is not None for name in its.variables}
    kept = {name: operand for name, operand in operands.items() if name in named}
    return replace(equation, formula=formula, stable=stable, operands=kept)


def _times(factor: float, formula: Formula | None) -> Formula:
    """Return a multiple of a formula, or of nothing the number."""
    if formula is None:
        return Formula._of(constant(factor), frozenset())
    if factor == 1.0:
        return formula
    if factor == -1.0:
        return Formula("-whole", ["whole"]).filled(whole=formula)
    return Formula(f"{factor!r} * whole", ["whole"]).filled(whole=formula)


def _as_taken(equation: Equation, instead: Instead) -> Equation:
    """Return the equation of what is taken for a quantity, or for a multiple of its value."""
    quantity, factor = instead
    if quantity == equation.left:
        assert equation.formula is not None
        stable = None if equation.stable is None else _times(factor, equation.stable)
        return replace(equation, formula=_times(factor, equation.formula), stable=stable)
    operands: dict[str, Operand] = {} if quantity is None else {"own": quantity}
    formula = _times(factor, None if quantity is None else Formula("own", ["own"]))
    return Equation(equation.left, equation.phase, formula, operands)


def _as_given(equation: Equation, instead: Instead) -> Equation:
    """Return what is given for an input or a target: that of another, or a multiple of it."""
    quantity, factor = instead
    if quantity is None and factor == 0.0:
        quantity = equation.left  # nothing of it
    if quantity is None or quantity.quantity != equation.left.quantity:
        return equation
    return replace(equation, given=(quantity, factor))


def _is_of_data(edit: Edit) -> bool:
    """Whether an edit changes numbers that are given, and no equation."""
    given = {quantity.quantity for quantity in edit.whole} <= {"weight", "target"}
    inputs = edit.whole and all(
        own.quantity == "out" and its.quantity is not None and its.quantity.quantity == "out"
        for own, its in edit.whole.items()
    )
    others = edit.operands or edit.equations or edit.misread or edit.other_order or edit.terms
    return bool(edit.whole or edit.data) and bool(given or inputs) and not others


class Edits(Brief):
    """What a round does otherwise than its equations say: one or more edits, all made at once.

    Parameters
    ----------
    structure : Structure
        Of the round as it is stated.
    edits : sequence of (str, Edit)
        Each with the sentence that says what was done.

    Raises
    ------
    InvalidValueError
        If two of them change the same.
    """

    def __init__(
        self, structure: Structure | None = None, edits: Sequence[tuple[str, Edit]] = ()
    ) -> None:
        self._structure = structure
        self.sentences = [words for words, _ in edits]
        self._edits = [edit for _, edit in edits]
        self._rewritings = [_Rewriting(edit, structure) for edit in self._edits if structure]
        #: By the round as it is stated, which stands beside it: its structure may be another.
        self._rounds: dict[tuple[object, ...], tuple[Round, Round]] = {}
        if again := [words for words, number in Counter(self.sentences).items() if number > 1]:
            raise InvalidValueError(f"the edit {again[0]!r} is stated twice: state it once")
        seen = set[tuple[str, int | None]]()
        for rewriting in self._rewritings:
            if twice := sorted(seen & rewriting.changed, key=str):
                raise InvalidValueError(
                    f"two edits change the same {twice[0][0].replace('_', ' ')}: state one of them"
                )
            seen |= rewriting.changed
        self._rewrites = bool(seen) or any(RATE in edit.whole for edit in self._edits)

    def __bool__(self) -> bool:
        return bool(self._edits)

    def rewritten(self, equation: Equation) -> Equation:
        """Return the equation that stands for another."""
        for rewriting in self._rewritings:
            equation = rewriting(equation)
        return equation

    @cached_property
    def alone(self) -> "list[tuple[str, Edits]]":
        """Each of them by itself, with its sentence."""
        pairs = zip(self.sentences, self._edits, strict=True)
        return [(words, Edits(self._structure, [(words, edit)])) for words, edit in pairs]

    def round(self, stated: Round, terms: Terms) -> Round:
        """Return a round, which is on no terms yet, under the edits, on the terms of a source.

        Parameters
        ----------
        stated : Round
        terms : Terms
        """
        key = (id(stated.structure), stated.key, terms)
        if key not in self._rounds:
            self._rounds[key] = stated, self.applied(stated, terms)
        return self._rounds[key][1]

    def applied(self, stated: Round, terms: Terms) -> Round:
        """Return what `round` does, for a round that nobody asks for again."""
        for edit in self._edits:
            if edit.setting is not None:
                stated = edit.setting(stated)
            if edit.other_order:
                order = "simultaneous" if stated.order == "in_place" else "in_place"
                stated = replace(stated, order=order)
            if edit.optimizer is not None:
                stated = replace(stated, optimizer=edit.optimizer(stated.optimizer))
            if edit.terms is not None:
                terms = edit.terms(terms)
        rewriting = self.rewritten if self._rewrites else None
        return replace(stated.on(terms), rewriting=rewriting, edits=self)

    def digits(self, stated: int | None) -> int | None:
        """Return to how many decimals passes round: not where an equation says it itself."""
        said = (edit.exact or edit.digits is not None for edit in self._edits)
        return None if any(said) else stated

    def parameters(self, stated: Sequence[float]) -> dict[int, float]:
        """Return the parameters that are others from the beginning, by slot."""
        values = list(stated)
        for edit in self._edits:
            before = list(values)
            for (quantity, place, _), (own, factor) in edit.whole.items():
                if quantity == "weight":
                    values[place] = factor * (1.0 if own is None else before[own.place])
        return {slot: value for slot, value in enumerate(values) if value != stated[slot]}

    @property
    def changes_printed(self) -> bool:
        """Whether something else is printed than what is computed."""
        return any(edit.after is not None for edit in self._edits)

    def after(self, value: Any) -> Any:
        """Return what is printed for a value."""
        for edit in self._edits:
            value = value if edit.after is None else edit.after(value)
        return value

    @property
    def of_equations(self) -> list[str]:
        """The sentences of those that do not read other data."""
        pairs = zip(self.sentences, self._edits, strict=True)
        return [words for words, edit in pairs if not edit.data]

    @property
    def told(self) -> list[str]:
        """The sentences of those that are not seen in the numbers that are given."""
        pairs = zip(self.sentences, self._edits, strict=True)
        return [words for words, edit in pairs if not _is_of_data(edit)]

    @property
    def writes(self) -> bool:
        """Whether numbers are written with other digits than are computed, or others are."""
        written = (its.written for edit in self._edits for its in edit.equations.values())
        return self.changes_printed or any(its.writes for its in self._rewritings) or any(written)

    @property
    def truncates(self) -> bool:
        """Whether digits are cut off where they are printed."""
        return any(edit.truncates for edit in self._edits)

    @property
    def other_shares(self) -> bool:
        """Whether errors are shared out the other way."""
        return sum(edit.other_shares for edit in self._edits) % 2 == 1


NO_EDITS = Edits()


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


@record(kw_only=True, eq=False)
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
    standardized : str
        How the inputs are scaled: see `Data`.
    targets_scaled : bool
        Whether targets are.
    n_data : int
        How many samples the data have.
    goes_on : bool
        Whether there are passes after weights have changed.
    inputs, targets : sequence of float or of ndarray of shape (n_samples,)
        By neuron, where it is asked about data.
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
    targets_scaled: bool = False
    n_data: int = 1
    goes_on: bool = False
    inputs: Sequence[Any] = ()
    targets: Sequence[Any] = ()

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
        if quantity.quantity not in ("gradient", "data_gradient", "new_weight"):
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
