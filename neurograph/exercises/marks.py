"""Marks: of each answer, of one student and of a class, as documents, as data and as CSV."""

import csv
import io
from collections import Counter
from collections.abc import Sequence
from typing import Any, Literal

from neurograph.display import Brief
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
from neurograph.exercises.mistakes import Mistake
from neurograph.exercises.questions import Exercise, Question
from neurograph.numerals import COMMA_TAKEN, POINT_TAKEN
from neurograph.records import record
from neurograph.words import counted, phrase
from neurograph.words import numeral as numeral_in

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

# Keys of the catalogue; columns of numbers are set to the right.
_QUESTION_COLUMNS = (
    "no.", "column quantity", "column right", "column method", "column wrong", "column blank",
    "column malformed", "column mistakes",
)  # fmt: skip
_STUDENT_COLUMNS = ("column student", "column points", "column wrong", "column mistakes")
_ANSWER_COLUMNS = ("no.", "column quantity", "column written", "column value", "column verdict")
_OF_WORDS = {"column quantity", "column student", "column mistakes", "column verdict"}


@record(slots=True, kw_only=True)
class Mark(Brief):
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
    remarks : tuple of str
        What was understood that was not written plainly, such as a decimal comma.
    """

    question: Question
    written: str | None
    verdict: Verdict
    mistakes: tuple[Mistake, ...] = ()
    note: str = ""
    remarks: tuple[str, ...] = ()

    @property
    def points(self) -> int:
        """1 for what is right, also in method; else 0."""
        return int(self.verdict in ("right", "right in method"))

    @property
    def said(self) -> str:
        """What there is to say about the answer, in words: the likely mistake, or the note."""
        return self.said_in("en")

    def said_in(self, language: str) -> str:
        """Return what there is to say, with the kinds of mistakes in a language."""
        if not self.mistakes:
            return self.note
        first, *others = (phrase(f"kind {mistake.kind}", language) for mistake in self.mistakes)
        words = f"{first}: {self.mistakes[0].sentence}"
        if others:
            listed = phrase("or else", language).join(others[:2])
            words = phrase("or", language, what=words, others=listed)
        return f"{words}; {self.note}" if self.note else words


@record(kw_only=True)
class Marked(Brief, Readable):
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
        language = self.exercise.language
        points = phrase("points", language, points=self.points, most=self.most)
        counts = ((self.count(verdict), f"verdict {verdict}") for verdict in VERDICTS)
        said = ", ".join(f"{n} {phrase(verdict, language)}" for n, verdict in counts if n)
        rows: tuple[tuple[Text, ...], ...] = tuple(
            (
                str(mark.question.number),
                _symbol(mark.question),
                numeral(mark.written or ""),
                _answer(mark.question, language),
                _verdict(mark, language),
            )
            for mark in self.marks
        )
        name = self.student or phrase("answers", language)
        blocks: list[Block] = [
            Paragraph(phrase("points of", language, name=name, points=points)),
            TextTable(_columns(_ANSWER_COLUMNS, language), rows),
            Paragraph(phrase("points of", language, name=said, points=points), apart=True),
        ]
        if understood := _understood(self, language):
            blocks.append(Paragraph(phrase("understood", language, what=understood)))
        return _document(self.exercise, blocks)


@record(slots=True)
class Unread:
    """A file of answers that could not be marked, and why."""

    name: str
    reason: str


@record(slots=True)
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


@record(kw_only=True)
class ClassMarks(Brief, Readable):
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
        language = self.exercise.language
        questions: tuple[tuple[Text, ...], ...] = tuple(
            (
                str(count.question.number),
                _symbol(count.question),
                *(str(count.verdicts[verdict] or "") for verdict in VERDICTS),
                _listed_mistakes(count, language),
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
            Paragraph(counted(len(self.students), "student", language)),
            TextTable(_columns(_QUESTION_COLUMNS, language), questions),
            TextTable(_columns(_STUDENT_COLUMNS, language), students),
        ]
        if self.unread:
            blocks.append(Heading(phrase("not marked", language)))
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
                    "remarks": list(mark.remarks),
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

    Its words are those of the language of the exercise; numbers have a decimal point.

    Parameters
    ----------
    marks : Marked or ClassMarks

    Returns
    -------
    str
    """
    stream, language = io.StringIO(), marks.exercise.language
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(phrase("csv columns", language).split(","))
    for student in [marks] if isinstance(marks, Marked) else marks.students:
        for mark in student.marks:
            first = mark.mistakes[0] if mark.mistakes else None
            remarks = (_remark(remark, language) for remark in mark.remarks)
            words = (first.sentence if first else "", mark.note, *remarks)
            row = [
                student.student, mark.question.number, mark.question.address, mark.written or "",
                mark.question.answer, phrase(f"verdict {mark.verdict}", language), mark.points,
                _kind(first.kind, language) if first else "", "; ".join(filter(None, words)),
            ]  # fmt: skip
            writer.writerow(map(csv_cell, map(str, row)))
    verdict = phrase("not marked", language).lower().rstrip(":")
    for file in [] if isinstance(marks, Marked) else marks.unread:
        row = [file.name, "", "", "", "", verdict, 0, "", file.reason]
        writer.writerow(map(csv_cell, map(str, row)))
    return stream.getvalue()


def _remark(remark: str, language: str) -> str:
    """Return what was understood of one answer; English says what it was."""
    known = {COMMA_TAKEN: "comma taken", POINT_TAKEN: "point taken"}
    return remark if language == "en" else phrase(known.get(remark, "other understood"), language)


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
    language = exercise.language
    title = phrase("of exercise", language, title=exercise.title, id=exercise.id)
    mark = f"neurograph marks {exercise.id}"
    return Document("marks", title, tuple(blocks), mark=mark, language=language)


def _columns(keys: Sequence[str], language: str) -> tuple[TableColumn, ...]:
    return tuple(
        TableColumn(phrase(key, language), "left" if key in _OF_WORDS else "right") for key in keys
    )


def _symbol(question: Question) -> Span:
    return formula(Symbol(question.symbol, question.latex))


def _answer(question: Question, language: str) -> Span:
    return Span(numeral_in(question.answer, language), "number", value=question.answer)


def _verdict(mark: Mark, language: str) -> Text:
    """Return the verdict and its reason."""
    said = mark.said_in(language)
    verdict = Span(phrase(f"verdict {mark.verdict}", language), tone=_TONES[mark.verdict])
    return (verdict, f": {said}") if said else verdict


def _listed_mistakes(count: QuestionCount, language: str) -> str:
    """Return the mistakes at a question, with how many."""
    return ", ".join(f"{_kind(kind, language)} ({n})" for kind, n in count.mistakes)


def _kind(kind: str, language: str) -> str:
    return phrase("not explained" if kind == "not explained" else f"kind {kind}", language)


def _listed_of(student: Marked) -> str:
    """Return the mistakes of a student, with where each was made; and what was no number."""
    language = student.exercise.language
    said = [
        f"{_kind(mark.mistakes[0].kind if mark.mistakes else 'not explained', language)}"
        f" ({mark.question.symbol})"
        for mark in student.marks
        if mark.verdict == "wrong"
    ]
    if unread := student.count("malformed"):
        said.append(phrase("not numbers", language, answers=counted(unread, "answer", language)))
    if understood := _understood(student, language):
        said.append(understood)
    return ", ".join(said)


#: Of what was understood though it was not written plainly, the words.
_UNDERSTOOD = {COMMA_TAKEN: "commas taken", POINT_TAKEN: "points taken"}


def _understood(student: Marked, language: str) -> str:
    """Return what was understood that was not written plainly, with in how many answers."""
    counts = Counter(
        _UNDERSTOOD.get(remark, "others understood")
        for mark in student.marks
        for remark in mark.remarks
    )
    return ", ".join(
        phrase(key, language, answers=counted(n, "answer", language)) for key, n in counts.items()
    )
