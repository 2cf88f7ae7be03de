"""The list of equations of a round as data, with what stands in it under each choice.

A page computes in a browser what `neurograph.equations` says, and knows no rule of its own. It is
handed every equation of the round in its order: what is computed, the number of a formula, and
what stands for each name in it. Where a reader can choose (an activation, a loss, an order, an
optimiser), the list holds an equation for each choice, with the condition under which it counts.

Equations that differ in their places alone are rows of one *pattern*, so that a table of columns is
written where there are thousands of them.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import chain
from typing import Any, get_type_hints

from neurograph.activations import ACTIVATIONS, get_activation
from neurograph.equations import ORDERS, Equation, Equations, Operand, Round, Variable
from neurograph.formulas import Formula
from neurograph.formulas.javascript import javascript
from neurograph.losses import LOSSES, get_loss
from neurograph.optimizers import OPTIMIZERS, Fraction, NotNegative, Optimizer, get_optimizer
from neurograph.records import record
from neurograph.structure import Structure
from neurograph.terms import USUAL_TERMS, Terms

__all__ = ["EquationTable", "FormulaTable", "packed"]

#: A choice of some things: by what is chosen, which of them.
Condition = tuple[tuple[str, tuple[str, ...]], ...]
#: By quantity and place, the equations of a number, each with the conditions under which it counts.
Alternatives = dict[Variable, list[tuple["_Placed", tuple[Condition, ...]]]]
#: A level of more neurons is not offered a softmax: each of its numbers is computed from all.
_MOST_COUPLED = 64
#: The phases of `Equations.phase`.
PHASES_OF_ROUND = ("forward", "losses", "backward", "update")


class FormulaTable:
    """The formulas of a page, each written once as a function.

    Examples
    --------
    >>> from neurograph.formulas import Formula
    >>> table = FormulaTable()
    >>> table.number(Formula("weight * out", ["weight", "out"]), ("weight", "out"), ())
    0
    >>> print(table.javascript())
    const FORMULAS = [
      (k, weight, out) => (weight * out),
    ];
    """

    def __init__(self) -> None:
        self._numbers: dict[tuple[Formula, tuple[str, ...], tuple[str, ...]], int] = {}

    def number(self, formula: Formula, names: Sequence[str], groups: Sequence[str]) -> int:
        """Return the number of a formula as a function of these names, some of them arrays."""
        return self._numbers.setdefault((formula, tuple(names), tuple(groups)), len(self._numbers))

    def __iter__(self) -> Iterator[tuple[Formula, tuple[str, ...], tuple[str, ...]]]:
        """Return an iterator over formula, names and groups, in the order of the numbers."""
        return iter(self._numbers)

    def javascript(self) -> str:
        """Return all functions as the source of one array."""
        functions = [javascript(formula.tree, *rest) for formula, *rest in self._numbers]
        return "\n".join(["const FORMULAS = [", *(f"  {text}," for text in functions), "];"])


@record
class _Placed:
    """An equation, apart in what it shares with others and what is its own."""

    shared: tuple[Any, ...]
    own: tuple[Any, ...]

    def at(self, place: int, other: int) -> "_Placed":
        """Return the same equation, which is about one place, about another."""
        _, member, *owns = self.own
        own = (other if own == place else own for own in owns)
        return _Placed(self.shared, (other, member, *own))


@dataclass
class _Pattern:
    """Equations that differ in their places alone."""

    number: int
    shared: tuple[Any, ...]
    conditions: tuple[Condition, ...]
    rows: dict[tuple[Any, ...], int] = field(default_factory=dict)


class EquationTable:
    """The equations of a round of one structure, under every choice.

    Parameters
    ----------
    structure : Structure
    formulas : FormulaTable
        Takes in the formulas.
    optimizers : sequence of Optimizer
        To choose from, beside those of the table; each needs a `repr` of its own.
    losses : sequence of str
        To choose from, beside those of the table.
    terms : Terms
        What is taken for slopes, added to the error and called delta; a page cannot change it.

    Attributes
    ----------
    activations, losses : list of str
        What can be chosen for any neuron, and for the outputs.
    coupled : list of str
        Activations that can be chosen for a whole level.
    optimizers : list of Optimizer

    Examples
    --------
    >>> import neurograph as ng
    >>> net = ng.Network.layered(2, 1, weights=0.5, bias=0.35)
    >>> table = EquationTable(net.structure, FormulaTable())
    >>> data = table.data()
    >>> [pattern["quantity"] for pattern in data["patterns"]][:3]
    ['out', 'message', 'net']
    """

    def __init__(
        self,
        structure: Structure,
        formulas: FormulaTable,
        optimizers: Sequence[Optimizer] = (),
        losses: Sequence[str] = (),
        terms: Terms = USUAL_TERMS,
    ) -> None:
        self.terms = terms
        self.structure = structure
        self.formulas = formulas
        used = [structure.activations[row] for group in _groups(structure) for row in group]
        self.activations = list(
            dict.fromkeys(row.name for row in (*ACTIVATIONS.values(), *used) if not row.group)
        )
        self.coupled = [row.name for row in ACTIVATIONS.values() if row.group]
        #: The rows whose activation can be chosen, and those whose level can be coupled.
        self._free, self._whole = _choosable(structure)
        self.losses = list(dict.fromkeys([*LOSSES, *losses]))
        usual = [get_optimizer(name) for name in OPTIMIZERS]
        self.optimizers = list({repr(one): one for one in [*usual, *optimizers]}.values())
        self._patterns: dict[tuple[Any, ...], _Pattern] = {}
        self._updates = [self._equations(ORDERS[0], one) for one in self.optimizers]
        self._forms: dict[tuple[bool, ...], tuple[int, Alternatives]] = {}
        chosen = self._chosen()
        self._orders = {order: self._runs(order, chosen) for order in ORDERS}

    def data(self) -> dict[str, Any]:
        """Return all of it as data for JSON."""
        ends = {name: getattr(self.structure, name).tolist() for name in ("pre", "post")}
        return {
            "activations": self.activations,
            "coupled": self.coupled,
            "whole": sorted(self._whole),
            "losses": self.losses,
            "optimizers": [_of_optimizer(one) for one in self.optimizers],
            "pre": packed(ends["pre"]),
            "post": packed(ends["post"]),
            "patterns": [_of_pattern(one, ends) for one in self._patterns.values()],
            "orders": self._orders,
        }

    # -- what stands in the list, and under which choices ---------------------------------------

    def _equations(
        self, order: str, optimizer: Optimizer, loss: str = "", activation: str = ""
    ) -> Equations:
        structure = self.structure
        if activation:
            chosen = get_activation(activation)
            rows = self._whole if chosen.group else self._free
            activations = [
                chosen if row in rows else own for row, own in enumerate(structure.activations)
            ]
            structure = replace(structure, activations=activations)
        return Equations(
            Round(structure, get_loss(loss or self.losses[0]), order=order, optimizer=optimizer).on(
                self.terms
            )
        )

    def _runs(self, order: str, chosen: Alternatives) -> dict[str, list[Any]]:
        """Return the equations of each phase in their order, as runs of patterns."""
        runs: dict[str, list[Any]] = {}
        for phase in PHASES_OF_ROUND:
            if order == "in_place" and phase == "update":
                runs[phase] = []  # it has happened in the backward pass
                continue
            listed = self._with_choices(self._listed(order, phase), chosen)
            runs[phase] = _in_runs(
                [self._placed(row, conditions) for rows in listed for row, conditions in rows]
            )
        return runs

    def _listed(self, order: str, phase: str) -> Alternatives:
        """Return the equations of a phase in their order, under each optimiser."""
        listed: Alternatives = {}
        if phase == ("backward" if order == "in_place" else "update"):
            listed |= self._merged([equations.each_steps() for equations in self._updates])
        for equation in self._equations(order, self.optimizers[0]).phase(phase):
            left = equation.left
            if equation.phase != "update":
                listed[left] = [(self._apart(equation), ())]
            elif left.quantity == "new_weight":
                listed |= self._changes(left.place)
        return listed

    def _changes(self, slot: int) -> Alternatives:
        """Return the update of a parameter under each optimiser: a form, with its slot in it.

        There is one form for all parameters, or two where a weight decay spares biases.
        """
        spared = tuple(slot in rows.round.spared for rows in self._updates)
        if spared not in self._forms:
            self._forms[spared] = slot, self._merged([rows.change(slot) for rows in self._updates])
        first, form = self._forms[spared]
        return {
            Variable(left.quantity, slot): [(row.at(first, slot), when) for row, when in rows]
            for left, rows in form.items()
        }

    def _merged(self, lists: Sequence[Iterable[Equation]]) -> Alternatives:
        """Return lists of equations, one of each optimiser, as one list."""
        merged: dict[Variable, dict[_Placed, list[str]]] = {}
        for optimizer, equations in zip(self.optimizers, lists, strict=True):
            before: Variable | None = None
            additions: dict[Variable | None, list[Variable]] = {}
            for equation in equations:
                left = equation.left
                if left not in merged:
                    merged[left] = {}
                    additions.setdefault(before, []).append(left)
                else:
                    before = left
                merged[left].setdefault(self._apart(equation), []).append(repr(optimizer))
            merged = _reordered(merged, additions)
        return {
            left: [(row, self._under(names)) for row, names in rows.items()]
            for left, rows in merged.items()
        }

    def _under(self, optimizers: Sequence[str]) -> tuple[Condition, ...]:
        """Return the condition of an equation that there is under some optimisers."""
        if len(optimizers) == len(self.optimizers):
            return ()
        return ((("optimizer", tuple(optimizers)),),)

    def _with_choices(
        self, listed: Alternatives, chosen: Alternatives
    ) -> Iterator[list[tuple[_Placed, tuple[Condition, ...]]]]:
        """Yield the alternatives of each number; what only some choices need, where it belongs."""
        for left, rows in listed.items():
            quantity, place, _ = left
            group = self.structure.group_of(place) if quantity == "delta" else ()
            if group and place == group[0]:
                needed = (
                    Variable(name, member) for name in ("slope", "returned") for member in group
                )
                yield from (chosen[one] for one in needed if one in chosen and one not in listed)
            yield chosen.get(left, rows)

    def _chosen(self) -> Alternatives:
        """Return the equations that differ by activation and loss."""
        found: dict[Variable, dict[_Placed, list[tuple[str, str]]]] = {}
        for activation in [*self.activations, *self.coupled]:
            for loss in self.losses:
                for equation in self._with(activation, loss):
                    rows = found.setdefault(equation.left, {})
                    rows.setdefault(self._apart(equation), []).append((activation, loss))
        return {
            left: [(row, self._conditions(left.place, pairs)) for row, pairs in rows.items()]
            for left, rows in found.items()
        }

    def _with(self, activation: str, loss: str) -> Iterator[Equation]:
        """Yield what depends on the activation of its neuron and on the loss, under these two."""
        equations = self._equations(ORDERS[0], self.optimizers[0], loss, activation)
        structure = equations.structure
        rows = self._whole if activation in self.coupled else frozenset(range(len(structure.names)))
        for row in rows.intersection(structure.outputs):
            yield from (equations.of(Variable(name, row)) for name in ("loss", "out_gradient"))
        for group in _groups(structure):
            if not rows.issuperset(group):
                continue
            yield from equations.deltas(group)
            for row in group:
                yield equations.of(Variable("out", row))
                if row in structure.masks:
                    yield equations.of(Variable("activated", row))

    def _conditions(self, row: int, pairs: Sequence[tuple[str, str]]) -> tuple[Condition, ...]:
        """Return activations with the losses beside them, in few conditions."""
        number = len(self.activations) + (len(self.coupled) if row in self._whole else 0)
        losses_of: dict[str, list[str]] = {}
        for activation, loss in pairs:
            losses_of.setdefault(activation, []).append(loss)
        together: dict[tuple[str, ...], list[str]] = {}
        for activation, losses in losses_of.items():
            together.setdefault(tuple(losses), []).append(activation)
        conditions: list[Condition] = []
        for beside, activations in together.items():
            parts: list[tuple[str, tuple[str, ...]]] = []
            if len(activations) < number:
                parts.append(("activation", tuple(activations)))
            if len(beside) < len(self.losses):
                parts.append(("loss", beside))
            conditions.append(tuple(parts))
        return () if conditions == [()] else tuple(conditions)

    def _apart(self, equation: Equation) -> _Placed:
        names, update = list(equation.operands), equation.phase == "update"
        # In updates, numbers are the constants of an optimiser, which a reader can change.
        operands = [
            _operand(Variable(name) if isinstance(operand, float) and update else operand)
            for name, operand in equation.operands.items()
        ]
        groups = [name for name, (kind, _) in zip(names, operands, strict=True)
                  if kind[0] in ("many", "mixed")]  # fmt: skip
        formulas = tuple(
            -1 if formula is None else self.formulas.number(formula, names, groups)
            for formula in (equation.formula, equation.stable)
        )
        shared = (
            equation.left.quantity,
            equation.phase,
            formulas,
            bool(equation.over_samples),
            equation.is_of_all_samples,
            tuple((name, *kind) for name, (kind, _) in zip(names, operands, strict=True)),
        )
        return _Placed(
            shared, (equation.left.place, equation.member, *(own for _, own in operands))
        )

    def _placed(self, row: _Placed, conditions: tuple[Condition, ...]) -> tuple[int, int]:
        """Return the number of the pattern of an equation, and its number in there."""
        key = (row.shared, conditions)
        pattern = self._patterns.get(key)
        if pattern is None:
            pattern = _Pattern(len(self._patterns), row.shared, conditions)
            self._patterns[key] = pattern
        return pattern.number, pattern.rows.setdefault(row.own, len(pattern.rows))


def _choosable(structure: Structure) -> tuple[frozenset[int], frozenset[int]]:
    """Return the rows whose activation can be chosen, and those that can be coupled by levels.

    A level is coupled as a whole: where some of its neurons are already, it stays as it is.
    """
    free: set[int] = set()
    whole: set[int] = set()
    outputs = {*structure.outputs}
    ends = [rows for rows in structure.levels[1:] if outputs.intersection(rows)]
    for rows in structure.levels[1:]:
        coupled = {row for row in rows if structure.activations[row].group}
        # Two softmaxes of outputs on two levels are no network.
        can_be = 1 < len(rows) <= _MOST_COUPLED and (len(ends) == 1 or rows not in ends)
        if can_be and len(coupled) in (0, len(rows)):
            whole.update(rows)
            free.update(rows)
        else:
            free.update({*rows} - coupled)
    return frozenset(free), frozenset(whole)


def _groups(structure: Structure) -> Iterable[tuple[int, ...]]:
    return chain(*structure.groups)


def _operand(operand: Operand) -> tuple[tuple[Any, ...], Any]:
    """Return the kind of an operand, and what it is in this equation."""
    if isinstance(operand, Variable):
        return ("one", operand.quantity), operand.place
    if not isinstance(operand, list):
        return ("number", operand), None
    quantities = {part.quantity if isinstance(part, Variable) else None for part in operand}
    if len(quantities) <= 1 and None not in quantities:
        places = tuple(part.place for part in operand if isinstance(part, Variable))
        return ("many", *(quantities or {""})), places
    parts = tuple(part[:2] if isinstance(part, Variable) else part for part in operand)
    return ("mixed",), parts


def _reordered(
    listed: dict[Variable, Any], additions: Mapping[Variable | None, Sequence[Variable]]
) -> dict[Variable, Any]:
    """Put what was added at the end after what it follows."""
    added = {*chain(*additions.values())}
    order = list(additions.get(None, ()))
    for left in listed:
        if left not in added:
            order += [left, *additions.get(left, ())]
    return {left: listed[left] for left in order}


#: Patterns that take turns in a run: the rules of an optimiser, say, under each choice.
_LONGEST_TURN = 40


def _in_runs(sequence: Sequence[tuple[int, int]]) -> list[Any]:
    """Return pairs of pattern and row as runs: patterns in turn, first rows, number of turns.

    Examples
    --------
    >>> _in_runs([(0, 0), (1, 0), (0, 1), (1, 1), (2, 5)])
    [[[0, 1], [0, 0], 2], [[2], [5], 1]]
    """
    runs: list[Any] = []
    at = 0
    while at < len(sequence):
        length, number = _turns(sequence, at)
        part = sequence[at : at + length]
        if number == 1 and runs and runs[-1][2] == 1:
            runs[-1][0].append(part[0][0])
            runs[-1][1].append(part[0][1])
        else:
            runs.append([[pattern for pattern, _ in part], [row for _, row in part], number])
        at += number * length
    return runs


def _turns(sequence: Sequence[tuple[int, int]], at: int) -> tuple[int, int]:
    """Return how many patterns take turns from a place on, and how often."""
    pattern, row = sequence[at]
    best = (1, 1)
    for length in range(1, min(_LONGEST_TURN, len(sequence) - at)):
        if sequence[at + length] != (pattern, row + 1):
            continue
        stop = at + length
        while stop < len(sequence):
            other, before = sequence[stop - length]
            if sequence[stop] != (other, before + 1):
                break
            stop += 1
        number = (stop - at) // length
        if number > 1 and number * length > best[0] * best[1]:
            best = (length, number)
    return best


def packed(numbers: Sequence[int]) -> Any:
    """Return whole numbers as they are, or as runs of start, step and count if that is shorter.

    Examples
    --------
    >>> packed([4, 7])
    [4, 7]
    >>> packed([0, 1, 2, 3, 4, 5, 6, 7, 9, 9, 9, 9, 9, 9, 9])
    {'runs': [0, 1, 8, 9, 0, 7]}
    """
    runs: list[int] = []
    at = 0
    while at < len(numbers):
        step = numbers[at + 1] - numbers[at] if at + 1 < len(numbers) else 0
        stop = at + 1
        while stop < len(numbers) and numbers[stop] - numbers[stop - 1] == step:
            stop += 1
        runs += [numbers[at], step, stop - at]
        at = stop
    return list(numbers) if len(runs) + 2 >= len(numbers) else {"runs": runs}


#: What a constant of an optimiser may be on a page: 0 in place of a positive one is another rule.
_KINDS: dict[Any, str] = {Fraction: "fraction", NotNegative: "positive"}


def _of_optimizer(optimizer: Optimizer) -> dict[str, Any]:
    kinds = get_type_hints(type(optimizer), include_extras=True)
    formulas = [formula for _, formula in (*optimizer.rules, *optimizer.each_step)]
    # Under an epsilon of 0 the rule is another, in which there is none to be changed.
    used = {*chain.from_iterable(formula.variables for formula in formulas)}
    constants = {
        name: [value, _KINDS.get(kinds.get(name), "number")]
        for name, value in optimizer.constants.items()
        if name in used
    }
    data = {"key": repr(optimizer), "name": optimizer.name, "state": list(optimizer.state)}
    return data | ({"constants": constants} if constants else {})


def _of_pattern(pattern: _Pattern, ends: Mapping[str, Sequence[int]]) -> dict[str, Any]:
    quantity, phase, (formula, stable), over_samples, once, kinds = pattern.shared
    places, members, *columns = zip(*pattern.rows, strict=True)
    data: dict[str, Any] = {
        "quantity": quantity,
        "phase": phase,
        "formula": formula,
        "at": packed(places),
        "operands": [
            _of_operand(kind, column, places, ends)
            for kind, column in zip(kinds, columns, strict=True)
        ],
    }
    extra = {
        "stable": stable if stable >= 0 else None,
        "over": over_samples or None,
        "once": once or None,
        "member": packed(members) if any(members) else None,
        "when": [{key: list(names) for key, names in one} for one in pattern.conditions] or None,
    }
    return data | {key: value for key, value in extra.items() if value is not None}


def _of_operand(
    kind: Sequence[Any],
    column: Sequence[Any],
    places: Sequence[int],
    ends: Mapping[str, Sequence[int]],
) -> list[Any]:
    """Return name, kind, and a column; ``"="`` where it is that of the places themselves."""
    name, kind_of, *rest = kind
    match kind_of:
        case "number":
            return [name, kind_of, *rest]
        case "one":
            return [name, kind_of, *rest, _of_places(column, places, ends)]
        case "many":
            flat, counts = list(chain(*column)), [len(part) for part in column]
            return [name, kind_of, *rest, packed(flat), packed(counts)]
        case "mixed":
            return [name, kind_of, [list(part) for part in column]]
        case unknown:
            raise NotImplementedError(unknown)


def _of_places(
    column: Sequence[int], places: Sequence[int], ends: Mapping[str, Sequence[int]]
) -> Any:
    if column == places:
        return "="
    for name, end in ends.items():
        if max(places) < len(end) and all(
            end[place] == value for place, value in zip(places, column, strict=True)
        ):
            return name
    return packed(column)
