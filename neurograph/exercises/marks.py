"""Marks: of each answer, of one student and of a class, as documents, as data and as CSV."""

import csv
import io
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

from neurograph.documents.document import (
    Block,
    Document,
    Heading,
    Note,
    Paragraph,
    Span,
    TableColumn,
    Text,
    TextTable,
    Tone,
    formula,
    numeral,
)
from neurograph.documents.lines import Symbol
from neurograph.documents.readable import Readable
from neurograph.escapes import csv_cell
from neurograph.exercises.forms import WITH_POINT
from neurograph.exercises.mistakes import Mistake
from neurograph.exercises.questions import Exercise, Question

__all__ = [
    "VERDICTS", "ClassMarks", "Mark", "Marked", "QuestionCount", "Unread", "Verdict", "as_dict",
    "to_csv", "to_markdown",
]  # fmt: skip

Verdict = Literal["right", "right in method", "wrong", "blank", "malformed"]
VERDICTS: tuple[Verdict, ...] = ("right", "right in method", "wrong", "blank", "malformed")

_TONES: dict[Verdict, Tone] = {
    "right": "good",
    "right in method": "method",
    "wrong": "bad",
    "blank": "faint",
    "malformed": "notice",
}

_QUESTION_COLUMNS = (
    TableColumn("No.", "right"), TableColumn("quantity"), TableColumn("right", "right"),
    TableColumn("in method", "right"), TableColumn("wrong", "right"), TableColumn("blank", "right"),
    TableColumn("likely mistakes"),
)  # fmt: skip
_STUDENT_COLUMNS = (
    TableColumn("student"), TableColumn("points", "right"), TableColumn("wrong", "right"),
    TableColumn("likely mistakes"),
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """The mark of one answer.

    Parameters
    ----------
    question : Question
    written : str, optional
        What the student wrote.
    verdict : {"right", "right in method", "wrong", "blank", "malformed"}
        ``"right in method"`` is an answer that follows from earlier wrong ones, or repeats an
        earlier mistake.
    mistakes : tuple of Mistake
        What gives the value that was written, the likeliest first, each kind once. A right answer
        has one only if it was written with fewer decimals than asked for.
    note : str
        Anything else there is to say.
    """

    question: Question
    written: str | None
    verdict: Verdict
    mistakes: tuple[Mistake, ...] = ()
    note: str = ""

    @property
    def points(self) -> int:
        """1 for what is right, also in method; else 0."""
        return int(self.verdict in ("right", "right in method"))

    @property
    def said(self) -> str:
        """What there is to say about the answer, in words: the likely mistake, or the note."""
        if not self.mistakes:
            return self.note
        first, *others = self.mistakes
        words = f"{first.kind}: {first.sentence}"
        if others:
            words += f" (or {', or '.join(other.kind for other in others[:2])})"
        return f"{words}; {self.note}" if self.note else words


@dataclass(frozen=True, kw_only=True)
class Marked(Readable):
    """The marks of one student.

    Examples
    --------
    >>> from neurograph.exercises import Answers, exercise, mark
    >>> sheet = exercise("mazur_2015", ask="forward")
    >>> answers = Answers.of({"h1.net": "0.027500", "h1.out": "0.506875"}, student="Ada")
    >>> for each in mark(sheet, answers).marks[:2]:
    ...     print(each.question.symbol, each.verdict, *(m.kind for m in each.mistakes[:1]))
    net_h1 wrong bias left out
    out_h1 right in method
    """

    exercise: Exercise
    student: str
    marks: tuple[Mark, ...]

    @property
    def points(self) -> int:
        """How many points the student has."""
        return sum(mark.points for mark in self.marks)

    @property
    def most(self) -> int:
        """How many points there are."""
        return len(self.marks)

    def count(self, verdict: Verdict) -> int:
        """Return how many answers have a verdict."""
        return sum(mark.verdict == verdict for mark in self.marks)

    def document(self) -> Document:
        """Return what stands in it: each answer with its verdict and the likely mistake."""
        points = f"{self.points} of {self.most} points"
        counts = ((self.count(verdict), verdict) for verdict in VERDICTS)
        said = ", ".join(f"{n} {verdict}" for n, verdict in counts if n)
        columns = (
            TableColumn("No.", "right"), TableColumn("quantity"), TableColumn("written", "right"),
            TableColumn("right value", "right"), TableColumn("verdict"),
        )  # fmt: skip
        first = next((mark for mark in self.marks if _has_comma(mark)), None)
        rows: tuple[tuple[Text, ...], ...] = tuple(
            (
                str(mark.question.number),
                _symbol(mark.question),
                numeral(mark.written or ""),
                numeral(mark.question.answer),
                _verdict(mark, again=_has_comma(mark) and mark is not first),
            )
            for mark in self.marks
        )
        blocks: list[Block] = [
            Paragraph(f"{self.student or 'answers'}: {points}"),
            TextTable(columns, rows),
            Paragraph(f"{said}: {points}", apart=True),
        ]
        if commas := sum(map(_has_comma, self.marks)):
            many = (f"{commas} answers have", "they")
            which, they = ("1 answer has", "it") if commas == 1 else many
            words = f"{which} a decimal comma; with a decimal point {they} can be marked."
            blocks.append(Paragraph(words))
        return _document(self.exercise, blocks)


@dataclass(frozen=True, slots=True)
class Unread:
    """A file of answers that could not be marked, and why."""

    name: str
    reason: str


@dataclass(frozen=True, slots=True)
class QuestionCount:
    """How the answers to one question came out.

    Attributes
    ----------
    question : Question
    verdicts : mapping of str to int
        How many answers have each verdict.
    mistakes : tuple of (str, int)
        The likely mistakes, the most frequent first.
    """

    question: Question
    verdicts: dict[str, int]
    mistakes: tuple[tuple[str, int], ...]


@dataclass(frozen=True, kw_only=True)
class ClassMarks(Readable):
    """The marks of a class.

    Parameters
    ----------
    exercise : Exercise
    students : tuple of Marked
    unread : tuple of Unread
        Files that could not be marked.

    Examples
    --------
    >>> from neurograph.exercises import Answers, ClassMarks, Marker, exercise
    >>> sheet = exercise("mazur_2015", ask="forward", hide=1, seed=3)
    >>> marker = Marker(sheet)
    >>> right = Answers.of({sheet.asked[0].address: sheet.asked[0].answer}, student="Ada")
    >>> marks = ClassMarks(
    ...     exercise=sheet, students=(marker.mark(right), marker.mark(Answers(student="Bob")))
    ... )
    >>> marks.questions[0].verdicts["right"], marks.questions[0].verdicts["blank"]
    (1, 1)
    """

    exercise: Exercise
    students: tuple[Marked, ...]
    unread: tuple[Unread, ...] = ()

    @property
    def questions(self) -> tuple[QuestionCount, ...]:
        """How the answers to each question came out."""
        return tuple(
            _counted(question, [student.marks[place] for student in self.students])
            for place, question in enumerate(self.exercise.asked)
        )

    def document(self) -> Document:
        """Return what stands in it: how each question came out, and each student."""
        n = len(self.students)
        questions: tuple[tuple[Text, ...], ...] = tuple(
            (
                str(count.question.number),
                _symbol(count.question),
                *(str(count.verdicts[verdict] or "") for verdict in VERDICTS[:3]),
                str(count.verdicts["blank"] + count.verdicts["malformed"] or ""),
                _listed_mistakes(count),
            )
            for count in self.questions
        )
        students = tuple(
            (
                student.student,
                f"{student.points}/{student.most}",
                str(student.count("wrong") or ""),
                _listed_of(student),
            )
            for student in self.students
        )
        blocks: list[Block] = [
            Paragraph(f"{n} student{'s' * (n != 1)}"),
            TextTable(_QUESTION_COLUMNS, questions),
            TextTable(_STUDENT_COLUMNS, students),
        ]
        if self.unread:
            blocks.append(Heading("Not marked:"))
            blocks += [Note(f"{file.name}: {file.reason}") for file in self.unread]
        return _document(self.exercise, blocks)


def _counted(question: Question, marks: Sequence[Mark]) -> QuestionCount:
    verdicts = Counter(mark.verdict for mark in marks)
    mistakes = Counter(mark.mistakes[0].kind for mark in marks if mark.mistakes)
    unexplained = sum(mark.verdict == "wrong" and not mark.mistakes for mark in marks)
    if unexplained:
        mistakes["not explained"] = unexplained
    ordered = sorted(mistakes.items(), key=lambda counted: -counted[1])
    return QuestionCount(
        question, {verdict: verdicts[verdict] for verdict in VERDICTS}, tuple(ordered)
    )


def as_dict(marks: Marked | ClassMarks) -> dict[str, Any]:
    """Return marks as plain data, for JSON.

    Parameters
    ----------
    marks : Marked or ClassMarks

    Returns
    -------
    dict
    """
    if isinstance(marks, Marked):
        return {
            "exercise": marks.exercise.id,
            "student": marks.student,
            "points": marks.points,
            "most": marks.most,
            "answers": [
                {
                    "number": mark.question.number,
                    "address": mark.question.address,
                    "symbol": mark.question.symbol,
                    "written": mark.written,
                    "right": mark.question.answer,
                    "verdict": mark.verdict,
                    "points": mark.points,
                    "mistakes": [mistake._asdict() for mistake in mark.mistakes],
                    "note": mark.note,
                }
                for mark in marks.marks
            ],
        }
    return {
        "exercise": marks.exercise.id,
        "students": [as_dict(student) for student in marks.students],
        "questions": [
            {
                "number": count.question.number,
                "address": count.question.address,
                "symbol": count.question.symbol,
                **count.verdicts,
                "mistakes": dict(count.mistakes),
            }
            for count in marks.questions
        ],
        "unread": [{"file": file.name, "reason": file.reason} for file in marks.unread],
    }


def to_csv(marks: Marked | ClassMarks) -> str:
    """Return marks as CSV: a line for each answer, of one student or of all.

    Parameters
    ----------
    marks : Marked or ClassMarks

    Returns
    -------
    str
    """
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(
        ["student", "number", "address", "written", "right", "verdict", "points", "mistake", "note"]
    )
    for student in [marks] if isinstance(marks, Marked) else marks.students:
        for mark in student.marks:
            first = mark.mistakes[0] if mark.mistakes else None
            row = [
                student.student, mark.question.number, mark.question.address, mark.written or "",
                mark.question.answer, mark.verdict, mark.points, first.kind if first else "",
                "; ".join(part for part in (first.sentence if first else "", mark.note) if part),
            ]  # fmt: skip
            writer.writerow(map(csv_cell, map(str, row)))
    for file in [] if isinstance(marks, Marked) else marks.unread:
        row = [file.name, "", "", "", "", "not marked", 0, "", file.reason]
        writer.writerow(map(csv_cell, map(str, row)))
    return stream.getvalue()


def to_markdown(marks: Marked | ClassMarks) -> str:
    """Return marks as Markdown: the tables that ``neurograph mark`` shows.

    Parameters
    ----------
    marks : Marked or ClassMarks

    Returns
    -------
    str
    """
    return marks.written("markdown", whole=True)


def _document(exercise: Exercise, blocks: Sequence[Block]) -> Document:
    title = f"{exercise.title}, exercise {exercise.id}"
    return Document("marks", title, tuple(blocks), mark=f"neurograph marks {exercise.id}")


def _symbol(question: Question) -> Span:
    return formula(Symbol(question.symbol, question.latex))


def _verdict(mark: Mark, *, again: bool) -> Text:
    """Return the verdict and its reason; the reason of a comma in few words if it is known."""
    said = f"comma; meant {mark.note.rpartition(' ')[2]}?" if again else mark.said
    verdict = Span(mark.verdict, tone=_TONES[mark.verdict])
    return (verdict, f": {said}") if said else verdict


def _listed_mistakes(count: QuestionCount) -> str:
    """Return the mistakes at a question, with how many."""
    return ", ".join(f"{kind} ({n})" for kind, n in count.mistakes)


def _listed_of(student: Marked) -> str:
    """Return the mistakes of a student, with where each was made; and what could not be read."""
    said = [
        f"{mark.mistakes[0].kind if mark.mistakes else 'not explained'} ({mark.question.symbol})"
        for mark in student.marks
        if mark.verdict == "wrong"
    ]
    commas = sum(map(_has_comma, student.marks))
    unread = student.count("malformed") - commas
    if commas:
        said.append(f"decimal comma ({_answers(commas)})")
    if unread:
        said.append(f"not a number ({_answers(unread)})")
    return ", ".join(said)


def _has_comma(mark: Mark) -> bool:
    """Whether an answer could not be read because of a decimal comma alone."""
    return mark.verdict == "malformed" and WITH_POINT in mark.note


def _answers(n: int) -> str:
    return f"{n} answer{'s' * (n != 1)}"
