"""Reports of marked answers: of one student, and of a class."""

import csv
import io
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from neurograph.escapes import csv_cell, markdown_code, markdown_words
from neurograph.exercises.answers import WITH_POINT
from neurograph.exercises.marker import VERDICTS, Mark, Marked
from neurograph.exercises.records import Exercise, Question

__all__ = ["ClassMarks", "QuestionCount", "Unread", "as_dict", "to_csv", "to_markdown"]


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
class ClassMarks:
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
    lines = _of_student(marks) if isinstance(marks, Marked) else _of_class(marks)
    return "\n".join([*lines, ""])


def _of_student(marked: Marked) -> Iterator[str]:
    student = markdown_words(marked.student) or "Answers"
    yield f"# {student}: {marked.points} of {marked.most} points"
    yield ""
    yield f"{markdown_words(marked.exercise.title)} (exercise {marked.exercise.id})"
    yield ""
    yield "| No. | Quantity | Written | Right value | Verdict | Remark | Points |"
    yield "| --: | --- | --: | --: | --- | --- | --: |"
    for mark in marked.marks:
        yield (
            f"| {mark.question.number} | {markdown_code(mark.question.symbol, in_cell=True)}"
            f" | {markdown_words(mark.written or '')} | {mark.question.answer} | {mark.verdict}"
            f" | {markdown_words(mark.said)} | {mark.points} |"
        )


def _of_class(marks: ClassMarks) -> Iterator[str]:
    yield f"# {markdown_words(marks.exercise.title)} (exercise {marks.exercise.id})"
    yield ""
    yield "| No. | Quantity | Right | In method | Wrong | Blank | Mistakes |"
    yield "| --: | --- | --: | --: | --: | --: | --- |"
    for count in marks.questions:
        numbers = count.verdicts
        blank = numbers["blank"] + numbers["malformed"]
        yield (
            f"| {count.question.number} | {markdown_code(count.question.symbol, in_cell=True)}"
            f" | {numbers['right']} | {numbers['right in method']} | {numbers['wrong']} | {blank}"
            f" | {markdown_words(listed_mistakes(count))} |"
        )
    yield ""
    yield "| Student | Points | Of | Wrong | Mistakes |"
    yield "| --- | --: | --: | --: | --- |"
    for student in marks.students:
        yield (
            f"| {markdown_words(student.student)} | {student.points} | {student.most}"
            f" | {student.count('wrong')} | {markdown_words(listed_of(student))} |"
        )
    if marks.unread:
        yield ""
        yield "Not marked:"
        yield ""
        yield from (
            f"- {markdown_words(file.name)}: {markdown_words(file.reason)}" for file in marks.unread
        )


def listed_mistakes(count: QuestionCount) -> str:
    """Return the mistakes at a question, with how many."""
    return ", ".join(f"{kind} ({n})" for kind, n in count.mistakes)


def listed_of(student: Marked) -> str:
    """Return the mistakes of a student, with where each was made; and what could not be read."""
    said = [
        f"{mark.mistakes[0].kind if mark.mistakes else 'not explained'} ({mark.question.symbol})"
        for mark in student.marks
        if mark.verdict == "wrong"
    ]
    commas = sum(map(has_comma, student.marks))
    unread = student.count("malformed") - commas
    if commas:
        said.append(f"decimal comma ({_answers(commas)})")
    if unread:
        said.append(f"not a number ({_answers(unread)})")
    return ", ".join(said)


def has_comma(mark: Mark) -> bool:
    """Whether an answer could not be read because of a decimal comma alone."""
    return mark.verdict == "malformed" and WITH_POINT in mark.note


def _answers(n: int) -> str:
    return f"{n} answer{'s' * (n != 1)}"
