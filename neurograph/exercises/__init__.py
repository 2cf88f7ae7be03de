"""Exercises: sheets to be worked out by hand, and the marking of what comes back.

`exercise` makes one from a scenario or a network, `mark` marks the answers of one student: what is
right, what follows rightly from an earlier mistake, and which mistake a wrong value shows.
"""

from neurograph.edits import KINDS
from neurograph.exercises.answers import Answers, read_answers
from neurograph.exercises.forms import answer_form, exercise_text, load_exercise, write_exercise
from neurograph.exercises.marker import Mark, Marked, Marker, mark
from neurograph.exercises.mistakes import Mistake
from neurograph.exercises.questions import exercise
from neurograph.exercises.records import Exercise, Question
from neurograph.exercises.reports import ClassMarks, to_csv, to_markdown
from neurograph.exercises.sheets import sheet, write_sheet

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
    "answer_form",
    "exercise",
    "exercise_text",
    "load_exercise",
    "mark",
    "read_answers",
    "sheet",
    "to_csv",
    "to_markdown",
    "write_exercise",
    "write_sheet",
]
