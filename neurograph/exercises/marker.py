"""Marking: what is right, what follows from an earlier mistake, and which mistake it was."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from typing import NamedTuple

from neurograph.display import Brief
from neurograph.equations import Variable
from neurograph.errors import InvalidValueError
from neurograph.exercises.forms import Answers
from neurograph.exercises.marks import Mark, Marked, Verdict
from neurograph.exercises.mistakes import ROUNDED, Mistake, Suspect, Suspects
from neurograph.exercises.questions import Exercise, Question
from neurograph.exercises.solution import NONE, Solution
from neurograph.numerals import Numeral
from neurograph.slips import Edit
from neurograph.words import phrase

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
    Every digit that is written counts, also a 0 at the end: 1.105 is 1.1059 cut off, 1.105000 is
    not. An answer with fewer decimals than the sheet asks for counts, with a remark, if it has
    three significant digits or four decimals; where the sheet asks for significant digits, if it
    has three of them (or all that are asked for). With more digits than asked for it is right if
    they are. A fraction or a mixed number, ``1 1/10``, stands for all its digits and may be off by
    one unit of the last that is asked for.
    """
    return Marker(exercise).mark(answers)


class Known(NamedTuple):
    """A value that a student goes on from: as written, and what else it may stand for."""

    value: float
    below: float
    above: float
    #: Exactly what it is where it is right.
    exact: float


class _Written(NamedTuple):
    """An answer as a number: between what it lies if it was rounded or cut off, and its unit."""

    value: float
    least: float
    most: float
    unit: float
    numeral: Numeral

    @classmethod
    def of(cls, text: str, decimals: int) -> "_Written":
        """Read an answer; a fraction stands for all its digits, and may be short of the value's."""
        numeral = Numeral.of(text)
        value = float(numeral)
        unit = 10.0**-decimals if numeral.unit is None else float(numeral.unit)
        below, above = 0.5 * unit, unit
        if value < 0:
            below, above = above, below
        elif not value:
            below = above
        return cls(value, value - below, value + above, unit, numeral)

    @property
    def decimals(self) -> float:
        """With how many it was written; a fraction with any number."""
        return math.inf if self.numeral.unit is None else self.numeral.decimals

    def agrees(self, low: float, high: float) -> bool:
        """Whether a value from a range may be written so: rounded, or cut off."""
        # The last bits of a difference are not the student's.
        noise = 1e-12 * max(abs(low), abs(high)) + 1e-9 * self.unit
        # Of what is cut off to 1.1058, 1.1059 is not part; of what is rounded to it, 1.10575 is.
        cut = -noise if 2 * noise < self.unit else noise
        above = cut if self.value >= 0 else noise
        below = cut if self.value <= 0 else noise
        return low <= self.most + above and high >= self.least - below


class Marker(Brief):
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

    def suspects(self, quantity: Variable, known: Mapping[Variable, float]) -> list[Suspect]:
        """Return what may have gone wrong on the way from known values to one."""
        owners, _ = self._solution.reached(quantity, known)
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
        #: What is known, as written.
        self.values: dict[Variable, float] = {}
        #: The wrong answers so far, and those that follow from them.
        self.wrong: set[Variable] = set()
        #: The mistakes so far, and at what sort of value each was made.
        self.made: dict[tuple[str, str], Variable] = {}

    def take(self, question: Question) -> Mark | None:
        """Mark one answer; nothing for a value that the sheet gives."""
        quantity = self.marker._quantities[question.address]
        if not question.asked:
            number = Numeral.of(question.answer)
            value, half = float(number), float(number.half_unit)
            self._know(quantity, Known(value, value - half, value + half, question.value))
            return None
        text = self.answers.given.get(question.address)
        if text is None:
            return self._unmarked(question)
        written = _Written.of(text, self.decimals)
        mark = self._mark(question, quantity, written)
        exact = question.value if mark.verdict == "right" else written.value
        self._know(quantity, Known(written.value, written.least, written.most, exact))
        if mark.verdict != "right":
            self.wrong.add(quantity)
        return replace(mark, remarks=written.numeral.remarks) if written.numeral.remarks else mark

    def _know(self, quantity: Variable, known: Known) -> None:
        self.known[quantity] = known
        self.values[quantity] = known.value

    def _unmarked(self, question: Question) -> Mark:
        """Return the mark of a blank, and of what is no number."""
        text = self.answers.written.get(question.address)
        note = self.answers.malformed.get(question.address)
        if note is None:
            return Mark(question=question, written=None, verdict="blank")
        if self.marker.exercise.language != "en":
            note = self._said("not a number", text=repr(text))
        return Mark(question=question, written=text, verdict="malformed", note=note)

    def _mark(self, question: Question, quantity: Variable, written: _Written) -> Mark:
        def marked(verdict: Verdict, mistakes: Sequence[Mistake] = (), note: str = "") -> Mark:
            return Mark(
                question=question,
                written=str(written.numeral),
                verdict=verdict,
                mistakes=tuple(mistakes),
                note=note,
            )

        agrees = written.agrees(question.value, question.value)
        short = _too_few(written, question, self.marker.exercise)
        way = None if agrees else self._way_to(quantity, written)
        if (agrees or way) and short is not None:
            mark = marked("wrong" if short.rejected else "right", [short.mistake])
            return self._again(quantity, mark)
        if agrees:
            return marked("right")
        if way is not None:
            before = self._before(way)
            if not before:
                return marked("right", note=self._said("from rounded"))
            note = self._said("follows from", symbols=self._listed(before))
            return marked("right in method", note=note)
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
                    note=self._said("as before", symbol=self.marker._symbols[before]),
                )
        self.made.setdefault(_sort(mark.mistakes[0], quantity), quantity)
        return mark

    def _said(self, key: str, **parts: object) -> str:
        return phrase(key, self.marker.exercise.language, **parts)

    def _listed(self, symbols: list[str]) -> str:
        shown, more = ", ".join(symbols[:3]), len(symbols) - 3
        return self._said("symbols and more", symbols=shown, n=more) if more > 0 else shown

    # -- what an answer follows from --------------------------------------------------------------

    def _way_to(self, quantity: Variable, written: _Written) -> Variable | None:
        """Return by which equation an answer follows rightly from the answers before it."""
        for way in self.solution.ways(quantity):
            if self._shown_by(way, written, NONE, math.inf) is not None:
                return way
        return None

    def _shown_by(
        self, quantity: Variable, written: _Written, edit: Edit, near: float
    ) -> int | None:
        """Return how well an edit explains an answer: 0 exactly, 1 within the digits before it.

        What is farther away than `near` is not looked at.
        """
        value = self._value(quantity, edit)
        if written.agrees(value, value):
            return 0
        if not abs(value - written.value) <= near:
            return None
        exact = {before: known.exact for before, known in self.known.items()}
        value_of_exact = self.solution.value(quantity, exact, edit)
        if written.agrees(value_of_exact, value_of_exact):
            return 0
        if edit.within is not None:
            return None
        return 1 if written.agrees(*self._around(quantity, edit, value)) else None

    def _value(self, quantity: Variable, edit: Edit) -> float:
        return self.solution.value(quantity, self.values, edit)

    def _around(self, quantity: Variable, edit: Edit, value: float) -> tuple[float, float]:
        """Return between what a value lies, with whatever digits were not written before it."""
        values = self.values
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
        _, used = self.solution.reached(quantity, self.values)
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
                used += self.solution.reached(operand, self.values)[1]
        return list(dict.fromkeys(used))

    def _before(self, quantity: Variable) -> list[str]:
        """Return the symbols of the wrong answers that a value is worked out from."""
        _, used = self.solution.reached(quantity, self.values)
        return [self.marker._symbols[operand] for operand in used if operand in self.wrong]

    # -- what went wrong --------------------------------------------------------------------------

    def _mistakes(self, quantity: Variable, written: _Written) -> list[Mistake]:
        """Return what gives the value that was written, each kind of mistake once."""
        shown: dict[str, tuple[tuple[float, ...], Suspect]] = {}
        for way in self.solution.ways(quantity):
            low, high = self._around(way, NONE, self._value(way, NONE))
            near = _NEAR * (high - low + written.unit)
            for suspect in self.marker.suspects(way, self.values):
                kind = suspect.kind
                if suspect.slip.decimals is not None and suspect.slip.decimals > written.decimals:
                    continue
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


def _too_few(written: _Written, question: Question, exercise: Exercise) -> _Short | None:
    """Return what is to be said of an answer with fewer digits than its value needs."""
    numeral, of_digits = written.numeral, exercise.significant is not None
    asked = exercise.significant or exercise.decimals
    n = numeral.significant if of_digits else max(0, numeral.decimals)
    if n >= asked or numeral.unit is None or written.value == float(Numeral.of(question.answer)):
        return None
    key, digits = "too few digits" if of_digits else "too few decimals", numeral.significant
    mistake = Mistake(ROUNDED, phrase(key, exercise.language, n=n, asked=asked))
    least = min(asked, _DIGITS) if of_digits else _DIGITS
    counts = digits >= least or (digits > 0 and n >= _DECIMALS and not of_digits)
    return _Short(mistake, rejected=not counts)
