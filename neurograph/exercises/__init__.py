"""Exercises: sheets to be worked out by hand, and the marking of what comes back.

`exercise` makes one from a scenario or a network, `mark` marks the answers of one student: what is
right, what follows rightly from an earlier mistake, and which mistake a wrong value shows.
"""

from neurograph.edits import KINDS
from neurograph.exercises.forms import (
    Answers,
    answer_form,
    exercise_text,
    is_exercise,
    load_exercise,
    read_answers,
    write_exercise,
)
from neurograph.exercises.marker import Marker, mark
from neurograph.exercises.marks import ClassMarks, Mark, Marked, to_csv, to_markdown
from neurograph.exercises.mistakes import Mistake
from neurograph.exercises.questions import Exercise, Question, exercise
from neurograph.exercises.sheets import Sheet, sheet, write_sheet

__all__ = [
    "KINDS",
    "Answers",
    "ClassMarks",
    "Exercise",
    "Mark",
    "Marked",
    "Marker",
    "Mistake",
    "Question",
    "Sheet",
    "answer_form",
    "exercise",
    "exercise_text",
    "is_exercise",
    "load_exercise",
    "mark",
    "read_answers",
    "sheet",
    "to_csv",
    "to_markdown",
    "write_exercise",
    "write_sheet",
]
