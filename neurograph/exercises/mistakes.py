"""Mistakes: what a wrong value could be the right result of, one change to an equation each."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from decimal import ROUND_DOWN, ROUND_HALF_UP
from itertools import combinations
from typing import NamedTuple

from neurograph.conventions.decimal_digits import to_decimals
from neurograph.equations import Variable
from neurograph.exercises.working import CHAIN, RATE, Instead, Slip, Working, single

__all__ = ["KINDS", "ROUNDED", "Mistake", "Suspect", "rounded_slips", "slips_of"]

#: The kinds of mistake, the likeliest first.
KINDS = (
    "update in place",
    "derivative left out",
    "bias left out",
    "net used for out",
    "sign turned",
    "only one path counted",
    "weights swapped",
    "factor 1/2 or 2",
    "learning rate left out",
    "rounded too early",
    "another value used",
)
ORDER, DERIVATIVE, BIAS, NET, SIGN, PATH, SWAP, FACTOR, RATE_OUT, ROUNDED, OTHER = KINDS


class Mistake(NamedTuple):
    """What a wrong value shows: the kind of mistake, and what was done, in words.

    Attributes
    ----------
    kind : str
        One of `KINDS`.
    sentence : str
    """

    kind: str
    sentence: str


@dataclass(frozen=True)
class Suspect:
    """A mistake, and what it does to the equations; the lower the rank, the likelier."""

    mistake: Mistake
    slip: Slip
    rank: int = 0

    @property
    def order(self) -> tuple[int, int]:
        """What suspects are sorted by."""
        return self.rank, KINDS.index(self.mistake.kind)


def slips_of(working: Working, target: Variable, owners: Iterable[Variable]) -> list[Suspect]:
    """Return what may have gone wrong on the way to a value.

    Parameters
    ----------
    working : Working
    target : Variable
        Of the value.
    owners : iterable of Variable
        What is worked out for it: itself, and what is not known before.

    Returns
    -------
    list of Suspect
    """
    found = [*_Everywhere(working, list(owners)).all(), *_turned(working, target)]
    for owner in owners:
        found += _Equation(working, owner).all()
    return found


class _Everywhere:
    """What is done wrong wherever it occurs on the way to a value."""

    def __init__(self, working: Working, owners: list[Variable]) -> None:
        self.working = working
        self.owners = owners

    def all(self) -> Iterator[Suspect]:
        """Yield: the order of the update, and what is left out or confused in several places."""
        yield from self._order()
        yield from self._exchanged()
        several = {
            NET: ("net used for out everywhere", _net_for_out),
            DERIVATIVE: ("the derivative of the activation left out everywhere", _no_derivative),
            BIAS: ("the biases left out", _no_bias),
        }
        for kind, (sentence, changes) in several.items():
            slip = _merged(changes(self.working, owner) for owner in self.owners)
            if len(slip.operands) + len(slip.whole) > 1:
                yield Suspect(Mistake(kind, sentence), slip, 1)

    def _order(self) -> Iterator[Suspect]:
        working = self.working
        if working.exercise.learning_rate is None:
            return
        changed: dict[tuple[Variable, Variable], Instead] = {}
        for slot in working.changed_before:
            owner = Variable("error_message", slot)
            old = single(working.state, Variable("weight", slot))
            if working.exercise.order == "in_place":
                changed[owner, working.new_weight(slot)] = Instead(old)
            else:
                changed[owner, old] = Instead(working.new_weight(slot))
        if working.exercise.order == "in_place":
            sentence = "the error sent back through the weights before their update"
        else:
            sentence = "the error sent back through weights that were already updated"
        yield Suspect(Mistake(ORDER, sentence), Slip(operands=changed))
        for (owner, old), new in changed.items():
            symbol = working.symbol(old)
            yield Suspect(
                Mistake(
                    ORDER, f"{working.symbol(new.quantity or old)} used where {symbol} belongs"
                ),
                Slip(operands={(owner, old): new}),
                2,
            )

    def _exchanged(self) -> Iterator[Suspect]:
        """Yield: two weights exchanged over which errors come back."""
        working = self.working
        slots = [owner.place for owner in self.owners if working.kind(owner) == "error_message"]
        weights = [single(working.state, Variable("weight", slot)) for slot in slots]
        for (one, a), (other, b) in combinations(zip(slots, weights, strict=True), 2):
            changes = {
                (Variable("error_message", one), a): Instead(b),
                (Variable("error_message", other), b): Instead(a),
            }
            words = f"{working.symbol(a)} and {working.symbol(b)} exchanged"
            yield Suspect(Mistake(SWAP, words), Slip(operands=changes))


def _turned(working: Working, target: Variable) -> Iterator[Suspect]:
    """Yield: the value with the other sign, doubled, halved."""
    n = len(working.structure.outputs)
    yield Suspect(Mistake(SIGN, "the sign of the value"), Slip(after=_times(-1.0)))
    yield Suspect(Mistake(FACTOR, "twice the value"), Slip(after=_times(2.0)))
    yield Suspect(Mistake(FACTOR, "half the value"), Slip(after=_times(0.5)))
    if n not in (1, 2) and working.kind(target) in ("loss", "total_error", "out_gradient", "delta"):
        yield Suspect(Mistake(FACTOR, f"divided by the {n} outputs"), Slip(after=_times(1 / n)), 1)
        yield Suspect(Mistake(FACTOR, f"times the {n} outputs"), Slip(after=_times(float(n))), 1)


def _times(factor: float) -> Callable[[float], float]:
    return lambda value: factor * value


def _merged(slips: Iterable[Slip]) -> Slip:
    operands: dict[tuple[Variable, Variable], Instead] = {}
    whole: dict[Variable, Instead] = {}
    for slip in slips:
        operands |= slip.operands
        whole |= slip.whole
    return Slip(operands=operands, whole=whole)


def _net_for_out(working: Working, owner: Variable) -> Slip:
    """Return: in one equation, net wherever the out of a neuron with an activation stands."""
    operands = {
        (owner, operand): Instead(Variable("net", operand.place))
        for operand in working.line(owner).operands.values()
        if working.kind(operand) == "out" and not working.is_given(operand)
    }
    if working.kind(owner) == "out":
        return Slip(whole={owner: Instead(Variable("net", owner.place))})
    return Slip(operands=operands)


def _no_derivative(working: Working, owner: Variable) -> Slip:
    """Return: the slope left out of a delta, or dE/dout where delta belongs."""
    operands: dict[tuple[Variable, Variable], Instead] = {}
    for operand in working.line(owner).operands.values():
        if working.kind(operand) == "slope":
            operands[owner, operand] = Instead(None, 1.0)
        elif working.kind(operand) == "delta":
            operands[owner, operand] = Instead(Variable("out_gradient", operand.place))
    if working.kind(owner) in ("delta", CHAIN) and not operands:
        # The joint rule of a loss and an activation has no slope of its own.
        return Slip(whole={owner: Instead(Variable("out_gradient", owner.place))})
    return Slip(operands=operands)


def _no_bias(working: Working, owner: Variable) -> Slip:
    operands = working.line(owner).operands.values()
    return Slip(
        operands={
            (owner, operand): Instead(None, 0.0)
            for operand in operands
            if working.kind(operand) == "bias" and working.kind(owner) == "net"
        }
    )


class _Equation:
    """What may go wrong in the equation of one quantity."""

    def __init__(self, working: Working, owner: Variable) -> None:
        self.working = working
        self.owner = owner
        self.operands = list(dict.fromkeys(working.line(owner).operands.values()))
        self.symbol = working.symbol

    def all(self) -> Iterator[Suspect]:
        """Yield every mistake in this equation."""
        yield from self._left_out()
        yield from self._one_path()
        yield from self._net()
        yield from self._signs()
        yield from self._factors()
        yield from self._swaps()
        yield from self._others()

    def _suspect(
        self, kind: str, sentence: str, changes: dict[Variable, Instead], rank: int = 0
    ) -> Suspect:
        operands = {(self.owner, operand): instead for operand, instead in changes.items()}
        return Suspect(Mistake(kind, sentence), Slip(operands=operands), rank)

    def _kind(self, *kinds: str) -> list[Variable]:
        return [operand for operand in self.operands if self.working.kind(operand) in kinds]

    def _left_out(self) -> Iterator[Suspect]:
        slip = _no_derivative(self.working, self.owner)
        if slip.operands or slip.whole:
            yield Suspect(Mistake(DERIVATIVE, self._derivative_words()), slip)
        for operand in self._kind("delta") if len(slip.operands) > 1 else ():
            out = Variable("out_gradient", operand.place)
            words = f"{self.symbol(out)} in place of {self.symbol(operand)}"
            yield self._suspect(DERIVATIVE, words, {operand: Instead(out)})
        for operand in self._kind("bias") if self.working.kind(self.owner) == "net" else ():
            words = f"the bias {self.symbol(operand)} left out"
            yield self._suspect(BIAS, words, {operand: Instead(None, 0.0)})
        if RATE in self.operands:
            words = "the learning rate left out"
            yield self._suspect(RATE_OUT, words, {RATE: Instead(None, 1.0)})

    def _derivative_words(self) -> str:
        if self.working.kind(self.owner) in ("delta", CHAIN):
            slope = self.working.symbols.of(Variable("slope", self.owner.place)).text
            return f"{slope} left out"
        deltas = ", ".join(self.symbol(operand) for operand in self._kind("delta"))
        return f"∂E/∂out used where {deltas} belongs"

    def _one_path(self) -> Iterator[Suspect]:
        """Yield: of what is added up, one term alone, or all but one."""
        terms = self._kind("error_message", "loss")
        if self.working.kind(self.owner) == "gradient" and len(self._kind("delta")) > 1:
            terms = self._kind("delta")
        if len(terms) < 2:
            return
        for term in terms:
            others = {other: Instead(None, 0.0) for other in terms if other != term}
            yield self._suspect(PATH, f"only {self.symbol(term)} counted", others)
            if len(terms) > 2:
                words = f"{self.symbol(term)} left out"
                yield self._suspect(PATH, words, {term: Instead(None, 0.0)})
        if len(self._kind("error_message")) == len(terms) and self._has_target():
            words = "only the error that comes back counted, not that of the neuron's own out"
            yield self._suspect(PATH, words, {each: Instead(None, 0.0) for each in terms}, 1)

    def _has_target(self) -> bool:
        return bool(self._kind("target"))

    def _net(self) -> Iterator[Suspect]:
        slip = _net_for_out(self.working, self.owner)
        if slip.operands or slip.whole:
            nets = [*slip.operands.values(), *slip.whole.values()]
            outs = [each.quantity._replace(quantity="out") for each in nets if each.quantity]
            words = ", ".join(f"net for {self.symbol(out)}" for out in outs[:3])
            yield Suspect(Mistake(NET, words), slip)
        if len(slip.operands) > 1:
            for (_, operand), net in slip.operands.items():
                words = f"net for {self.symbol(operand)}"
                yield self._suspect(NET, words, {operand: net})
        for operand in self._kind("net") if self.working.kind(self.owner) == "slope" else ():
            out = Variable("out", operand.place)
            words = f"{self.symbol(out)} for {self.symbol(operand)} in the derivative"
            yield self._suspect(NET, words, {operand: Instead(out)}, 1)

    def _signs(self) -> Iterator[Suspect]:
        """Yield: the sign of one term, of what an activation is taken of, or of an update."""
        for operand in self.operands:
            kinds = {"net": ("weight", "bias"), "new_weight": ("learning_rate",), "out": ("net",)}
            if self.working.kind(operand) in kinds.get(
                self.working.kind(self.owner), ("error_message",)
            ):
                words = f"the sign of {self.symbol(operand)}"
                if operand == RATE:
                    words = "the change added where it is to be subtracted"
                yield self._suspect(SIGN, words, {operand: Instead(operand, -1.0)})

    def _factors(self) -> Iterator[Suspect]:
        for factor, words in ((2.0, "twice the change"), (0.5, "half the change")):
            if RATE in self.operands:
                yield self._suspect(FACTOR, words, {RATE: Instead(RATE, factor)})

    def _swaps(self) -> Iterator[Suspect]:
        """Yield: two weights exchanged, one taken for another, those of another neuron."""
        weights = self._kind("weight")
        for one, other in combinations(weights, 2):
            words = f"{self.symbol(one)} and {self.symbol(other)} exchanged"
            yield self._suspect(SWAP, words, {one: Instead(other), other: Instead(one)})
        for weight in weights:
            for other in self._beside(weight):
                words = f"{self.symbol(other)} in place of {self.symbol(weight)}"
                rank = int(len(weights) > 1)
                yield self._suspect(SWAP, words, {weight: Instead(other)}, rank)
        yield from self._rows()

    def _rows(self) -> Iterator[Suspect]:
        """Yield: the weights of another neuron, all of them."""
        structure = self.working.structure
        if self.working.kind(self.owner) != "net":
            return
        own = [c for c, _ in structure.incoming[self.owner.place]]
        for row in self._level(self.owner.place):
            theirs = [c for c, _ in structure.incoming[row]]
            if row != self.owner.place and len(theirs) == len(own) > 1:
                words = f"the weights of {structure.names[row]}"
                yield self._suspect(SWAP, words, self._exchanged(own, theirs))
        # The table of weights read by columns.
        pres = [i for _, i in structure.incoming[self.owner.place]]
        level = self._level(self.owner.place)
        if len(pres) == len(level) > 1:
            out = [c for c, _ in structure.outgoing[pres[level.index(self.owner.place)]]]
            if len(out) == len(own) and out != own:
                words = "the table of weights read by columns where it goes by rows"
                yield self._suspect(SWAP, words, self._exchanged(own, out), 1)

    def _exchanged(self, own: list[int], theirs: list[int]) -> dict[Variable, Instead]:
        weights = [
            [single(self.working.state, Variable("weight", slot)) for slot in slots]
            for slots in (own, theirs)
        ]
        return {one: Instead(other) for one, other in zip(*weights, strict=True) if one != other}

    def _others(self) -> Iterator[Suspect]:
        """Yield: an operand of the neuron beside, a term left out, a gradient exchanged."""
        for operand in self.operands:
            if self.working.kind(operand) in ("weight", "learning_rate"):
                continue
            for other in self._beside(operand):
                words = f"{self.symbol(other)} in place of {self.symbol(operand)}"
                kind = SWAP if self.working.kind(operand) == "gradient" else OTHER
                yield self._suspect(kind, words, {operand: Instead(other)}, 1)
        if self.working.kind(self.owner) == "net":
            for weight in self._kind("weight"):
                words = f"the term with {self.symbol(weight)} left out"
                yield self._suspect(OTHER, words, {weight: Instead(None, 0.0)}, 1)
        if self.working.kind(self.owner) == "gradient":
            for out in self._kind("out"):
                words = f"{self.symbol(out)} left out"
                yield self._suspect(OTHER, words, {out: Instead(None, 1.0)}, 1)

    def _level(self, row: int) -> list[int]:
        levels = self.working.structure.levels
        return list(next(level for level in levels if row in level))

    def _beside(self, operand: Variable) -> Iterator[Variable]:
        """Yield the quantities of the same kind that stand beside one on the sheet."""
        structure = self.working.structure
        if (
            self.working.kind(operand) in ("weight", "gradient", "new_weight")
            and structure.pre[operand.place] >= 0
        ):
            level = self._level(int(structure.post[operand.place]))
            slots = (c for row in level for c, _ in structure.incoming[row])
            found = (single(self.working.state, operand._replace(place=slot)) for slot in slots)
        elif self.working.kind(operand) in ("bias", "gradient", "new_weight"):
            if self.working.kind(operand) != "bias":
                return
            rows = structure.bias_slot.values()
            found = (single(self.working.state, Variable("weight", slot)) for slot in rows)
        elif self.working.kind(operand) == "total_error":
            return
        elif self.working.kind(operand) == "target":
            found = (Variable("target", row) for row in structure.outputs)
        elif self.working.kind(operand) == "error_message":
            return
        else:
            found = (operand._replace(place=row) for row in self._level(operand.place))
        yield from (other for other in dict.fromkeys(found) if other != operand)


def rounded_slips(decimals: int) -> Iterator[Suspect]:
    """Yield: written, or computed with, fewer decimals than asked for."""
    for k in range(decimals - 1, -1, -1):
        for mode, word in ((ROUND_HALF_UP, "rounded to"), (ROUND_DOWN, "cut off after")):
            write = _written(k, mode)
            words = f"{word} {k} decimal{'s' * (k != 1)}"
            yield Suspect(Mistake(ROUNDED, f"the value {words}"), Slip(after=write))
            before = Mistake(ROUNDED, f"the values before it {words}")
            yield Suspect(before, Slip(rounded=write), 1)
            yield Suspect(before, Slip(rounded=write, after=write), 1)
            each = Mistake(ROUNDED, f"every value on the way {words}")
            yield Suspect(each, Slip(within=write), 1)
            yield Suspect(each, Slip(rounded=write, within=write), 1)


def _written(decimals: int, mode: str) -> Callable[[float], float]:
    def write(value: float) -> float:
        return float(to_decimals(value, decimals, mode))

    return write
