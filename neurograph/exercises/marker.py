"""Marking: what is right, what follows from an earlier mistake, and which mistake it was."""

import math
from collections.abc import Mapping, Sequence
from decimal import Decimal
from functools import cached_property
from typing import NamedTuple

from neurograph.equations import Variable
from neurograph.errors import InvalidValueError
from neurograph.exercises.forms import Answers
from neurograph.exercises.marks import Mark, Marked, Verdict
from neurograph.exercises.mistakes import ROUNDED, Mistake, Suspect, Suspects
from neurograph.exercises.questions import Exercise, Question
from neurograph.exercises.solution import NONE, Solution
from neurograph.slips import Edit

__all__ = ["Marker", "mark"]

#: An answer with fewer decimals than asked for counts if it has so many significant digits, or
#: so many decimals; with less almost anything would agree.
_DIGITS, _DECIMALS = 3, 4
#: How much more than the right value a mistaken one may depend on digits that were not written.
_NEAR = 50.0


def mark(exercise: Exercise, answers: Answers) -> Marked:
    """Mark the answers of one student.

    An answer is right if it is the value, rounded or cut off, or follows from the student's own
    right answers before it, used as written or with more digits. It is right in method if it
    follows from the student's own answers, some of which are wrong, or makes a mistake again that
    was made before at a value of the same sort: a mistake costs one point, once. For a wrong
    answer the likely mistake is looked for: its equation is worked out again, from what the
    student had before, with one change after the other.

    Parameters
    ----------
    exercise : Exercise
    answers : Answers

    Returns
    -------
    Marked

    Raises
    ------
    InvalidValueError
        If they are answers to another exercise.

    Notes
    -----
    An answer with fewer decimals than the sheet asks for counts, with a remark, if it has three
    significant digits or four decimals.
    """
    return Marker(exercise).mark(answers)


class Known(NamedTuple):
    """A value that a student goes on from: as written, and what else it may stand for."""

    value: float
    below: float
    above: float
    #: Exactly what it is where it is right.
    exact: float


class Marker:
    """Marks many students' answers to one exercise; what one needed is kept for the next.

    Parameters
    ----------
    exercise : Exercise

    Examples
    --------
    >>> from neurograph.exercises import Answers, Marker, exercise
    >>> marker = Marker(exercise("mazur_2015", ask="update", hide=2, seed=1))
    >>> marked = marker.mark(Answers.of({}, student="Ada"))
    >>> marked.points, marked.most
    (0, 2)
    """

    def __init__(self, exercise: Exercise) -> None:
        self.exercise = exercise
        self._solution = Solution(exercise)
        self._quantities = {
            question.address: self._solution.quantity(question.address, question.phase)
            for question in exercise.questions
        }
        self._symbols = {
            self._quantities[question.address]: question.symbol for question in exercise.questions
        }
        self._suspects: dict[tuple[Variable, ...], list[Suspect]] = {}

    def mark(self, answers: Answers) -> Marked:
        """Mark the answers of one student, as `mark` does."""
        if answers.exercise not in (None, self.exercise.id):
            raise InvalidValueError(
                f"these are answers to exercise {answers.exercise!r}, not to {self.exercise.id!r}"
            )
        sheet = _StudentSheet(self, answers)
        marks = [
            mark
            for question in self.exercise.questions
            for mark in [sheet.take(question)]
            if mark is not None
        ]
        return Marked(exercise=self.exercise, student=answers.student, marks=tuple(marks))

    def suspects(self, quantity: Variable, known: Mapping[Variable, Known]) -> list[Suspect]:
        """Return what may have gone wrong on the way from known values to one."""
        owners, _ = self._solution.reached(quantity, _values(known))
        key = tuple(owners)
        if key not in self._suspects:
            self._suspects[key] = self._table.of(quantity, owners)
        return self._suspects[key]

    @cached_property
    def _table(self) -> Suspects:
        return Suspects(self._solution)


class _StudentSheet:
    """The answers of one student, taken one after the other."""

    def __init__(self, marker: Marker, answers: Answers) -> None:
        self.marker = marker
        self.solution = marker._solution
        self.decimals = marker.exercise.decimals
        self.answers = answers
        self.known: dict[Variable, Known] = {}
        #: The wrong answers so far, and those that follow from them.
        self.wrong: set[Variable] = set()
        #: The mistakes so far, and at what sort of value each was made.
        self.made: dict[tuple[str, str], Variable] = {}

    def take(self, question: Question) -> Mark | None:
        """Mark one answer; nothing for a value that the sheet gives."""
        quantity = self.marker._quantities[question.address]
        if not question.asked:
            half = 0.5 * _unit(question.answer)
            value = float(question.answer)
            self.known[quantity] = Known(value, value - half, value + half, question.value)
            return None
        mark = self._mark(question, quantity)
        if mark.written is not None:
            value = float(mark.written)
            exact = question.value if mark.verdict == "right" else value
            self.known[quantity] = Known(value, *_range(mark.written), exact)
            if mark.verdict != "right":
                self.wrong.add(quantity)
        return mark

    def _mark(self, question: Question, quantity: Variable) -> Mark:
        address = question.address
        if address in self.answers.malformed:
            note = self.answers.malformed[address]
            return Mark(question=question, written=None, verdict="malformed", note=note)
        written = self.answers.given.get(address)
        if written is None:
            return Mark(question=question, written=None, verdict="blank")

        def marked(verdict: Verdict, mistakes: Sequence[Mistake] = (), note: str = "") -> Mark:
            return Mark(
                question=question,
                written=written,
                verdict=verdict,
                mistakes=tuple(mistakes),
                note=note,
            )

        agrees = _agrees(written, question.value, question.value)
        short = _too_few(written, question, self.decimals)
        way = None if agrees else self._way_to(quantity, written)
        if (agrees or way) and short is not None:
            mark = marked("wrong" if short.rejected else "right", [short.mistake])
            return self._again(quantity, mark)
        if agrees:
            return marked("right")
        if way is not None:
            before = self._before(way)
            if not before:
                return marked("right", note="from the rounded values")
            return marked("right in method", note=f"follows from {_listed(before)}")
        return self._again(quantity, marked("wrong", self._mistakes(quantity, written)))

    def _again(self, quantity: Variable, mark: Mark) -> Mark:
        """Note a mistake; one made before at a value of the same sort costs nothing again."""
        if mark.verdict != "wrong" or not mark.mistakes:
            return mark
        for mistake in mark.mistakes:
            before = self.made.get(_sort(mistake, quantity))
            if before is not None:
                return Mark(
                    question=mark.question,
                    written=mark.written,
                    verdict="right in method",
                    mistakes=(mistake, *(other for other in mark.mistakes if other != mistake)),
                    note=f"as before at {self.marker._symbols[before]}",
                )
        self.made.setdefault(_sort(mark.mistakes[0], quantity), quantity)
        return mark

    # -- what an answer follows from --------------------------------------------------------------

    def _way_to(self, quantity: Variable, written: str) -> Variable | None:
        """Return by which equation an answer follows rightly from the answers before it."""
        for way in self.solution.ways(quantity):
            if self._shown_by(way, written, NONE, math.inf) is not None:
                return way
        return None

    def _shown_by(self, quantity: Variable, written: str, edit: Edit, near: float) -> int | None:
        """Return how well an edit explains an answer: 0 exactly, 1 within the digits before it.

        What is farther away than `near` is not looked at.
        """
        value = self._value(quantity, edit)
        if _agrees(written, value, value):
            return 0
        if not abs(value - float(written)) <= near:
            return None
        exact = {before: known.exact for before, known in self.known.items()}
        value_of_exact = self.solution.value(quantity, exact, edit)
        if _agrees(written, value_of_exact, value_of_exact):
            return 0
        if edit.within is not None:
            return None
        return 1 if _agrees(written, *self._around(quantity, edit, value)) else None

    def _value(self, quantity: Variable, edit: Edit) -> float:
        return self.solution.value(quantity, _values(self.known), edit)

    def _around(self, quantity: Variable, edit: Edit, value: float) -> tuple[float, float]:
        """Return between what a value lies, with whatever digits were not written before it."""
        values = _values(self.known)
        low = high = value
        for operand in self._operands(quantity, edit):
            known = self.known[operand]
            ends = [
                self.solution.value(quantity, {**values, operand: end}, edit) - value
                for end in (known.below, known.above)
            ]
            low += min(0.0, *ends)
            high += max(0.0, *ends)
        return low, high

    def _operands(self, quantity: Variable, edit: Edit) -> list[Variable]:
        """Return the known values that a value depends on, also by what stands in their place."""
        _, used = self.solution.reached(quantity, _values(self.known))
        for owner, equation in edit.equations.items():
            used += self.solution.relation_by(owner, equation).operands.values()
        used = [operand for operand in used if operand in self.known]
        put = [instead.quantity for instead in (*edit.operands.values(), *edit.whole.values())]
        for operand in put:
            if operand is None or self.solution.is_given(operand):
                continue
            if operand in self.known:
                used.append(operand)
            else:
                used += self.solution.reached(operand, _values(self.known))[1]
        return list(dict.fromkeys(used))

    def _before(self, quantity: Variable) -> list[str]:
        """Return the symbols of the wrong answers that a value is worked out from."""
        _, used = self.solution.reached(quantity, _values(self.known))
        return [self.marker._symbols[operand] for operand in used if operand in self.wrong]

    # -- what went wrong --------------------------------------------------------------------------

    def _mistakes(self, quantity: Variable, written: str) -> list[Mistake]:
        """Return what gives the value that was written, each kind of mistake once."""
        shown: dict[str, tuple[tuple[float, ...], Suspect]] = {}
        for way in self.solution.ways(quantity):
            low, high = self._around(way, NONE, self._value(way, NONE))
            near = _NEAR * (high - low + _unit(written))
            for suspect in self.marker.suspects(way, self.known):
                kind = suspect.kind
                if kind in shown and shown[kind][0] <= (0, *suspect.order):
                    continue
                tier = self._shown_by(way, written, suspect.edit, near)
                if tier is not None and (kind not in shown or (tier,) < shown[kind][0]):
                    shown[kind] = ((tier, *suspect.order), suspect)
        return [s.mistake for _, s in sorted(shown.values(), key=lambda ranked: ranked[0])]


def _sort(mistake: Mistake, quantity: Variable) -> tuple[str, str]:
    """Return what makes two mistakes the same; who rounds early does so at every sort of value."""
    return mistake.kind, "" if mistake.kind == ROUNDED else quantity.quantity


class _Short(NamedTuple):
    """An answer with fewer decimals than asked for, and whether it has too few to count."""

    mistake: Mistake
    rejected: bool


def _too_few(written: str, question: Question, decimals: int) -> _Short | None:
    """Return what is to be said of an answer with fewer decimals than its value needs."""
    n = _n_decimals(written)
    if n >= decimals or float(written) == float(question.answer):
        return None
    mistake = Mistake(ROUNDED, f"{n} of the {decimals} decimals asked for")
    digits = Decimal(written).adjusted() + n + 1 if float(written) else 0
    return _Short(mistake, rejected=digits < 1 or (digits < _DIGITS and n < _DECIMALS))


def _values(known: Mapping[Variable, Known]) -> dict[Variable, float]:
    return {quantity: number.value for quantity, number in known.items()}


def _agrees(written: str, low: float, high: float) -> bool:
    """Whether a value from a range may be written so: rounded, or cut off."""
    least, most = _range(written)
    # The last bits of a difference are not the student's.
    noise = 1e-12 * max(abs(low), abs(high)) + 1e-9 * _unit(written)
    return low <= most + noise and high >= least - noise


def _range(written: str) -> tuple[float, float]:
    """Return between what a number lies that is written so, rounded or cut off."""
    value, unit = float(written), _unit(written)
    if value > 0:
        return value - 0.5 * unit, value + unit
    if value < 0:
        return value - unit, value + 0.5 * unit
    return -unit, unit


def _unit(written: str) -> float:
    return 10.0 ** int(Decimal(written).as_tuple().exponent)


def _n_decimals(written: str) -> int:
    return max(0, -int(Decimal(written).as_tuple().exponent))


def _listed(symbols: list[str]) -> str:
    return ", ".join(symbols[:3]) + (f" and {len(symbols) - 3} more" if len(symbols) > 3 else "")
