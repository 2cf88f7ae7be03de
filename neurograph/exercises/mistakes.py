"""Mistakes: what a wrong value could be the right result of, one change to an equation each."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import combinations
from typing import NamedTuple

from neurograph.edits import EDITS, KINDS, Edit, EditRow, Instead
from neurograph.equations import Variable
from neurograph.exercises.solution import CHAIN, RATE, Solution, single

__all__ = ["ROUNDED", "Mistake", "Suspect", "edits_of", "rounded_edits"]

#: A mistake made at values of every sort.
ROUNDED = EDITS["rounded"].kind


class Mistake(NamedTuple):
    """What a wrong value shows: the kind of mistake, and what was done, in words.

    Attributes
    ----------
    kind : str
        One of `neurograph.edits.KINDS`.
    sentence : str
    """

    kind: str
    sentence: str


@dataclass(frozen=True)
class Suspect:
    """A mistake, and what it does to the equations; the lower the rank, the likelier."""

    mistake: Mistake
    edit: Edit
    rank: int = 0

    @property
    def order(self) -> tuple[int, int]:
        """What suspects are sorted by."""
        return self.rank, KINDS.index(self.mistake.kind)


def _throughout(row: EditRow) -> Mistake:
    return Mistake(row.kind, row.pupil_throughout)


def _mistake(row: EditRow, **names: str) -> Mistake:
    return Mistake(row.kind, row.pupil.format(**names))


def edits_of(solution: Solution, target: Variable, owners: Iterable[Variable]) -> list[Suspect]:
    """Return what may have gone wrong on the way to a value.

    Parameters
    ----------
    solution : Solution
    target : Variable
        Of the value.
    owners : iterable of Variable
        What is worked out for it: itself, and what is not known before.

    Returns
    -------
    list of Suspect
    """
    suspects = [*_Everywhere(solution, list(owners)).all(), *_turned(solution, target)]
    for owner in owners:
        suspects += _Within(solution, owner).all()
    return suspects


class _Everywhere:
    """What is done wrong wherever it occurs on the way to a value."""

    def __init__(self, solution: Solution, owners: list[Variable]) -> None:
        self.solution = solution
        self.owners = owners

    def all(self) -> Iterator[Suspect]:
        """Yield: the order of the update, and what is left out or confused in several places."""
        yield from self._order()
        yield from self._exchanged()
        several = {
            "net for out": _net_for_out,
            "derivative left out": _no_derivative,
            "bias left out": _no_bias,
        }
        for name, changes in several.items():
            edit = _merged(changes(self.solution, owner) for owner in self.owners)
            if len(edit.operands) + len(edit.whole) > 1:
                yield Suspect(_throughout(EDITS[name]), edit, 1)

    def _order(self) -> Iterator[Suspect]:
        solution = self.solution
        if solution.exercise.learning_rate is None:
            return
        in_place = solution.exercise.order == "in_place"
        row = EDITS["weight before its update" if in_place else "updated weight"]
        sent_back = "new_weight" if in_place else "weight"
        edits = [
            row.put(
                Variable("error_message", slot),
                single(solution.state, Variable(sent_back, slot)),
            )
            for slot in solution.changed_before
        ]
        yield Suspect(_throughout(row), _merged(edits))
        for edit in edits:
            for (_, own), new in edit.operands.items():
                other = solution.symbol(new.quantity or own)
                yield Suspect(_mistake(row, own=solution.symbol(own), other=other), edit, 2)

    def _exchanged(self) -> Iterator[Suspect]:
        """Yield: two weights exchanged over which errors come back."""
        solution = self.solution
        slots = [owner.place for owner in self.owners if solution.kind(owner) == "error_message"]
        weights = [single(solution.state, Variable("weight", slot)) for slot in slots]
        for (one, a), (other, b) in combinations(zip(slots, weights, strict=True), 2):
            row = EDITS["weights exchanged"]
            edit = _merged(
                row.put(Variable("error_message", slot), own, its)
                for slot, own, its in ((one, a, b), (other, b, a))
            )
            names = {"own": solution.symbol(a), "other": solution.symbol(b)}
            yield Suspect(_mistake(row, **names), edit)


def _turned(solution: Solution, target: Variable) -> Iterator[Suspect]:
    """Yield: the value with the other sign, doubled, halved."""
    n = len(solution.structure.outputs)
    for name in ("sign turned", "doubled", "halved"):
        row = EDITS[name]
        yield Suspect(_mistake(row, own="the value"), Edit(after=_times(row.factor)))
    if n not in (1, 2) and solution.kind(target) in (
        "loss",
        "total_error",
        "out_gradient",
        "delta",
    ):
        kind = EDITS["doubled"].kind
        yield Suspect(Mistake(kind, f"divided by the {n} outputs"), Edit(after=_times(1 / n)), 1)
        yield Suspect(Mistake(kind, f"times the {n} outputs"), Edit(after=_times(float(n))), 1)


def _times(factor: float) -> Callable[[float], float]:
    return lambda value: factor * value


def _merged(edits: Iterable[Edit]) -> Edit:
    operands: dict[tuple[Variable, Variable], Instead] = {}
    whole: dict[Variable, Instead] = {}
    for edit in edits:
        operands |= edit.operands
        whole |= edit.whole
    return Edit(operands=operands, whole=whole)


def _net_for_out(solution: Solution, owner: Variable) -> Edit:
    """Return: in one equation, net wherever the out of a neuron with an activation stands."""
    row = EDITS["net for out"]
    operands = {
        (owner, operand): row.instead(operand)
        for operand in solution.relation(owner).operands.values()
        if solution.kind(operand) == "out" and not solution.is_given(operand)
    }
    if solution.kind(owner) == "out":
        return row.taken(owner)
    return Edit(operands=operands)


def _no_derivative(solution: Solution, owner: Variable) -> Edit:
    """Return: the slope left out of a delta, or dE/dout where delta belongs."""
    operands: dict[tuple[Variable, Variable], Instead] = {}
    for operand in solution.relation(owner).operands.values():
        if solution.kind(operand) == "slope":
            operands[owner, operand] = EDITS["derivative left out"].instead(operand)
        elif solution.kind(operand) == "delta":
            operands[owner, operand] = EDITS["dE/dout for delta"].instead(operand)
    if solution.kind(owner) in ("delta", CHAIN) and not operands:
        # The joint rule of a loss and an activation has no slope of its own.
        return EDITS["dE/dout for delta"].taken(owner)
    return Edit(operands=operands)


def _no_bias(solution: Solution, owner: Variable) -> Edit:
    operands = solution.relation(owner).operands.values()
    return Edit(
        operands={
            (owner, operand): EDITS["bias left out"].instead(operand)
            for operand in operands
            if solution.kind(operand) == "bias" and solution.kind(owner) == "net"
        }
    )


class _Within:
    """What may go wrong in the equation of one quantity."""

    def __init__(self, solution: Solution, owner: Variable) -> None:
        self.solution = solution
        self.owner = owner
        self.operands = list(dict.fromkeys(solution.relation(owner).operands.values()))
        self.symbol = solution.symbol

    def all(self) -> Iterator[Suspect]:
        """Yield every mistake in this equation."""
        yield from self._left_out()
        yield from self._one_path()
        yield from self._net()
        yield from self._signs()
        yield from self._factors()
        yield from self._swaps()
        yield from self._others()

    def _put(
        self, name: str, own: Variable, other: Variable | None = None, rank: int = 0
    ) -> Suspect:
        """Return: one row of the table, for one operand."""
        row = EDITS[name]
        changes = {own: row.instead(own, other)}
        words = {"own": self.symbol(own), "other": "" if other is None else self.symbol(other)}
        return self._suspect(row.kind, row.pupil.format(**words), changes, rank)

    def _suspect(
        self, kind: str, sentence: str, changes: dict[Variable, Instead], rank: int = 0
    ) -> Suspect:
        operands = {(self.owner, operand): instead for operand, instead in changes.items()}
        return Suspect(Mistake(kind, sentence), Edit(operands=operands), rank)

    def _kind(self, *kinds: str) -> list[Variable]:
        return [operand for operand in self.operands if self.solution.kind(operand) in kinds]

    def _left_out(self) -> Iterator[Suspect]:
        edit = _no_derivative(self.solution, self.owner)
        if edit.operands or edit.whole:
            kind = EDITS["derivative left out"].kind
            yield Suspect(Mistake(kind, self._derivative_words()), edit)
        for operand in self._kind("delta") if len(edit.operands) > 1 else ():
            out = Variable("out_gradient", operand.place)
            yield self._put("dE/dout for delta", operand, out)
        for operand in self._kind("bias") if self.solution.kind(self.owner) == "net" else ():
            yield self._put("bias left out", operand)
        if RATE in self.operands:
            yield self._put("learning rate left out", RATE)

    def _derivative_words(self) -> str:
        if self.solution.kind(self.owner) in ("delta", CHAIN):
            slope = self.solution.symbols.of(Variable("slope", self.owner.place)).text
            return EDITS["derivative left out"].pupil.format(own=slope)
        deltas = ", ".join(self.symbol(operand) for operand in self._kind("delta"))
        return f"∂E/∂out used where {deltas} belongs"

    def _one_path(self) -> Iterator[Suspect]:
        """Yield: of what is added up, one term alone, or all but one."""
        terms = self._kind("error_message", "loss")
        if self.solution.kind(self.owner) == "gradient" and len(self._kind("delta")) > 1:
            terms = self._kind("delta")
        if len(terms) < 2:
            return
        row = EDITS["one path alone"]
        for term in terms:
            others = {other: row.instead(other) for other in terms if other != term}
            words = row.pupil.format(own=self.symbol(term))
            yield self._suspect(row.kind, words, others)
            if len(terms) > 2:
                yield self._put("path left out", term)
        if len(self._kind("error_message")) == len(terms) and self._has_target():
            words = "only the error that comes back counted, not that of the neuron's own out"
            yield self._suspect(row.kind, words, {term: row.instead(term) for term in terms}, 1)

    def _has_target(self) -> bool:
        return bool(self._kind("target"))

    def _net(self) -> Iterator[Suspect]:
        edit = _net_for_out(self.solution, self.owner)
        if edit.operands or edit.whole:
            nets = [*edit.operands.values(), *edit.whole.values()]
            outs = [net.quantity._replace(quantity="out") for net in nets if net.quantity]
            row = EDITS["net for out"]
            words = ", ".join(row.pupil.format(own=self.symbol(out)) for out in outs[:3])
            yield Suspect(Mistake(row.kind, words), edit)
        if len(edit.operands) > 1:
            for _, operand in edit.operands:
                yield self._put("net for out", operand)
        for operand in self._kind("net") if self.solution.kind(self.owner) == "slope" else ():
            out = Variable("out", operand.place)
            words = f"{self.symbol(out)} for {self.symbol(operand)} in the derivative"
            yield self._suspect(EDITS["net for out"].kind, words, {operand: Instead(out)}, 1)

    def _signs(self) -> Iterator[Suspect]:
        """Yield: the sign of one term, of what an activation is taken of, or of an update."""
        for operand in self.operands:
            kinds = {"net": ("weight", "bias"), "new_weight": ("learning_rate",), "out": ("net",)}
            if self.solution.kind(operand) in kinds.get(
                self.solution.kind(self.owner), ("error_message",)
            ):
                yield self._put("update added" if operand == RATE else "sign turned", operand)

    def _factors(self) -> Iterator[Suspect]:
        for row in (EDITS["doubled"], EDITS["halved"]):
            if RATE in self.operands:
                words = row.pupil.format(own="the change")
                yield self._suspect(row.kind, words, {RATE: row.instead(RATE)})

    def _swaps(self) -> Iterator[Suspect]:
        """Yield: two weights exchanged, one taken for another, those of another neuron."""
        weights = self._kind("weight")
        for one, other in combinations(weights, 2):
            row = EDITS["weights exchanged"]
            words = row.pupil.format(own=self.symbol(one), other=self.symbol(other))
            changes = {one: row.instead(one, other), other: row.instead(other, one)}
            yield self._suspect(row.kind, words, changes)
        for weight in weights:
            for other in self._beside(weight):
                yield self._put("another weight", weight, other, int(len(weights) > 1))
        yield from self._rows()

    def _rows(self) -> Iterator[Suspect]:
        """Yield: the weights of another neuron, all of them."""
        structure, kind = self.solution.structure, EDITS["another weight"].kind
        if self.solution.kind(self.owner) != "net":
            return
        own = [c for c, _ in structure.incoming[self.owner.place]]
        for row in self._level(self.owner.place):
            theirs = [c for c, _ in structure.incoming[row]]
            if row != self.owner.place and len(theirs) == len(own) > 1:
                words = f"the weights of {structure.names[row]}"
                yield self._suspect(kind, words, self._exchanged(own, theirs))
        # The table of weights read by columns.
        pres = [i for _, i in structure.incoming[self.owner.place]]
        level = self._level(self.owner.place)
        if len(pres) == len(level) > 1:
            out = [c for c, _ in structure.outgoing[pres[level.index(self.owner.place)]]]
            if len(out) == len(own) and out != own:
                words = "the table of weights read by columns where it goes by rows"
                yield self._suspect(kind, words, self._exchanged(own, out), 1)

    def _exchanged(self, own: list[int], theirs: list[int]) -> dict[Variable, Instead]:
        weights = [
            [single(self.solution.state, Variable("weight", slot)) for slot in slots]
            for slots in (own, theirs)
        ]
        return {one: Instead(other) for one, other in zip(*weights, strict=True) if one != other}

    def _others(self) -> Iterator[Suspect]:
        """Yield: an operand of the neuron beside, a term left out, a gradient exchanged."""
        for operand in self.operands:
            if self.solution.kind(operand) in ("weight", "learning_rate"):
                continue
            for other in self._beside(operand):
                is_gradient = self.solution.kind(operand) == "gradient"
                name = "another gradient" if is_gradient else "another neuron"
                yield self._put(name, operand, other, 1)
        if self.solution.kind(self.owner) == "net":
            for weight in self._kind("weight"):
                yield self._put("term left out", weight, rank=1)
        if self.solution.kind(self.owner) == "gradient":
            for out in self._kind("out"):
                words = f"{self.symbol(out)} left out"
                kind = EDITS["term left out"].kind
                yield self._suspect(kind, words, {out: Instead(None, 1.0)}, 1)

    def _level(self, row: int) -> list[int]:
        levels = self.solution.structure.levels
        return list(next(level for level in levels if row in level))

    def _beside(self, operand: Variable) -> Iterator[Variable]:
        """Yield the quantities of the same kind that stand beside one on the sheet."""
        structure = self.solution.structure
        if (
            self.solution.kind(operand) in ("weight", "gradient", "new_weight")
            and structure.pre[operand.place] >= 0
        ):
            level = self._level(int(structure.post[operand.place]))
            slots = (c for row in level for c, _ in structure.incoming[row])
            siblings = (single(self.solution.state, operand._replace(place=slot)) for slot in slots)
        elif self.solution.kind(operand) in ("bias", "gradient", "new_weight"):
            if self.solution.kind(operand) != "bias":
                return
            rows = structure.bias_slot.values()
            siblings = (single(self.solution.state, Variable("weight", slot)) for slot in rows)
        elif self.solution.kind(operand) == "total_error":
            return
        elif self.solution.kind(operand) == "target":
            siblings = (Variable("target", row) for row in structure.outputs)
        elif self.solution.kind(operand) == "error_message":
            return
        else:
            siblings = (operand._replace(place=row) for row in self._level(operand.place))
        yield from (other for other in dict.fromkeys(siblings) if other != operand)


def rounded_edits(decimals: int) -> Iterator[Suspect]:
    """Yield: written, or computed with, fewer decimals than asked for."""
    for k in range(decimals - 1, -1, -1):
        n_decimals = f"{k} decimal{'s' * (k != 1)}"
        for row in (EDITS["rounded"], EDITS["cut off"]):
            write = row.writing(k)
            value, before, every = (
                _mistake(row, own=own, decimals=n_decimals)
                for own in ("the value", "the values before it", "every value on the way")
            )
            yield Suspect(value, Edit(after=write))
            yield Suspect(before, Edit(rounded=write), 1)
            yield Suspect(before, Edit(rounded=write, after=write), 1)
            yield Suspect(every, Edit(within=write), 1)
            yield Suspect(every, Edit(rounded=write, within=write), 1)
