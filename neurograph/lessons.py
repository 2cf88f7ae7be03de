"""The lessons beside the scenarios: programs in cells, and what comes out when they are run."""

import contextlib
import io
import os
import re
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Literal

from neurograph.display import Brief
from neurograph.files import read_text
from neurograph.records import record
from neurograph.scenario import find_scenarios

__all__ = [
    "LessonCell", "cells", "figures_into", "find_lessons", "heading_of", "perform_lesson",
    "program_of",
]  # fmt: skip

#: The line that begins a cell in the percent format.
_CELL = re.compile(r"^# %%(.*)\n", re.MULTILINE)
#: What lessons look at.
_WHERE = "NEUROGRAPH_FIGURES"


@record(slots=True)
class LessonCell(Brief):
    """One cell of a lesson.

    Attributes
    ----------
    kind : {"markdown", "code"}
    text : str
    output : str
        What it printed, if it has been run.
    figures : tuple of (str, str)
        The name of each figure that it saved, and the figure itself as SVG.
    """

    kind: Literal["markdown", "code"]
    text: str
    output: str = ""
    figures: tuple[tuple[str, str], ...] = ()


def find_lessons() -> dict[str, Path]:
    """Return the lessons that come with neurograph, by the names of their scenarios."""
    lessons = {name: path.with_suffix(".py") for name, path in find_scenarios().items()}
    return {name: path for name, path in lessons.items() if path.is_file()}


def program_of(lesson: Path) -> str:
    """Return the text of a lesson.

    Raises
    ------
    ScenarioError
        If it cannot be read.
    """
    return read_text(lesson, "a lesson in the percent format")


def heading_of(text: str) -> str:
    """Return the first line of a page in Markdown, without its signs."""
    return text.partition("\n")[0].lstrip("# ")


def cells(program: str) -> Iterator[LessonCell]:
    """Yield the cells of a program in the percent format."""
    _, *parts = _CELL.split(program)
    for head, body in zip(parts[::2], parts[1::2], strict=True):
        if "[markdown]" in head:
            yield LessonCell("markdown", re.sub(r"^# ?", "", body, flags=re.MULTILINE).strip())
        else:
            yield LessonCell("code", body.strip())


@contextlib.contextmanager
def figures_into(folder: Path) -> Iterator[None]:
    """Tell lessons where their figures belong."""
    before = os.environ.get(_WHERE)
    os.environ[_WHERE] = str(folder.resolve())
    try:
        yield
    finally:
        if before is None:
            del os.environ[_WHERE]
        else:
            os.environ[_WHERE] = before


def perform_lesson(name: str) -> list[LessonCell]:
    """Run a lesson that comes with neurograph, cell by cell.

    Parameters
    ----------
    name : str
        Of its scenario.

    Returns
    -------
    list of LessonCell
        With what each cell printed, and the figures that it saved.
    """
    lesson = find_lessons()[name]
    names: dict[str, Any] = {"__name__": "__main__", "__file__": str(lesson)}
    with TemporaryDirectory() as folder, figures_into(Path(folder)):
        return [
            cell if cell.kind == "markdown" else _performed(cell, lesson, names, Path(folder))
            for cell in cells(program_of(lesson))
        ]


def _performed(cell: LessonCell, lesson: Path, names: dict[str, Any], folder: Path) -> LessonCell:
    """Return a cell with what comes out of it; its figures are taken away from the folder."""
    with contextlib.redirect_stdout(io.StringIO()) as output:
        exec(compile(cell.text, lesson.name, "exec"), names)
    files = sorted(folder.glob("*.svg"), key=lambda file: (file.stat().st_mtime_ns, file.name))
    figures = tuple((file.name, file.read_text(encoding="utf-8")) for file in files)
    for file in files:
        file.unlink()
    return LessonCell("code", cell.text, output.getvalue(), figures)
