"""Writing a sheet with all that belongs to it: its picture, the answers, an empty form."""

import os
import re
from pathlib import Path
from typing import Literal

from neurograph.errors import (
    InvalidValueError,
    NeurographError,
    UnwritableError,
    did_you_mean,
)
from neurograph.exercises.files import answer_form, check_exercise_file, exercise_text
from neurograph.exercises.model import Exercise
from neurograph.exercises.sheets import sheet
from neurograph.files import check_replaceable, write_together
from neurograph.scenario.files import read_toml

__all__ = ["write_sheet"]

_FORMATS: dict[str, Literal["markdown", "latex", "html"]] = {
    ".md": "markdown",
    ".tex": "latex",
    ".html": "html",
}
# Near the beginning a sheet says whose it is; a title may stand before it.
_OURS = re.compile(rb"neurograph exercise [0-9a-f]{8}\b")


def write_sheet(exercise: Exercise, file: str | os.PathLike[str]) -> list[Path]:
    """Write a sheet with its diagram, the exercise with its answers, and a form for students.

    Beside ``sheet.md`` come ``sheet.svg``, ``sheet.exercise.toml`` (for who marks it) and
    ``sheet.answers.toml`` (for who fills it in). The picture of ``sheet.tex`` is
    ``sheet-network.pdf``, for LaTeX itself makes a ``sheet.pdf``; that of ``sheet.html`` is inside.

    Parameters
    ----------
    exercise : Exercise
    file : path
        Its suffix says the format: ``.md``, ``.tex`` or ``.html``.

    Returns
    -------
    list of Path
        What was written: all of them, or none.

    Raises
    ------
    InvalidValueError
        If the suffix is none of these.
    UnwritableError
        If one of the files cannot be written, is there already and is no sheet or form of an
        exercise, or is a form that someone has filled in. Then nothing is written.

    Examples
    --------
    >>> import tempfile
    >>> from neurograph.exercises import exercise, write_sheet
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     for path in write_sheet(exercise("mazur_2015"), f"{folder}/week1.html"):
    ...         print(path.name)
    week1.html
    week1.exercise.toml
    week1.answers.toml
    """
    path = Path(file)
    form = _FORMATS.get(path.suffix.lower())
    if form is None:
        near = did_you_mean(path.suffix, _FORMATS) if path.suffix else ""
        raise InvalidValueError(
            f"{path}: a sheet is Markdown (.md), LaTeX (.tex) or HTML (.html){near}"
        )
    picture = {
        "markdown": path.with_suffix(".svg"),
        "latex": path.with_name(f"{path.stem}-network.pdf"),
    }.get(form)
    answers, answer_sheet = path.with_suffix(".exercise.toml"), path.with_suffix(".answers.toml")
    _check_sheet(path, picture)
    check_exercise_file(answers)
    _check_form(answer_sheet)

    # Matplotlib is imported only when a picture is drawn.
    from neurograph.drawing import draw_network
    from neurograph.drawing.pictures import rendered

    drawing = draw_network(exercise.network(), labels="both", most_neurons=None, most_levels=None)
    image = rendered(drawing, picture.suffix[1:] if picture else "svg")
    diagram = picture.name if picture else image.decode()
    contents: dict[Path, str | bytes] = {path: sheet(exercise, form, diagram=diagram)}
    if picture is not None:
        contents[picture] = image
    contents |= {answers: exercise_text(exercise), answer_sheet: answer_form(exercise)}
    write_together(contents)
    return list(contents)


def _check_sheet(path: Path, picture: Path | None) -> None:
    check_replaceable(path, "exercise sheet", lambda head: _OURS.search(head) is not None)
    if picture is None:
        return
    check_replaceable(picture)
    if picture.exists() and not path.exists():
        raise UnwritableError(
            f"{picture}: is there already, without a sheet that it belongs to: it is not"
            " overwritten; choose another name for the sheet"
        )


def _check_form(path: Path) -> None:
    check_replaceable(path, "form for answers", lambda _: _answers(_toml(path)) is not None)
    form = _toml(path)
    if form.get("student") or any(answer != "" for answer in (_answers(form) or {}).values()):
        raise UnwritableError(
            f"{path}: has been filled in: it is not overwritten; move it, or choose another name"
            " for the sheet"
        )


def _answers(form: dict[str, object]) -> dict[str, object] | None:
    answers = form.get("answers")
    return answers if "exercise" in form and isinstance(answers, dict) else None


def _toml(path: Path) -> dict[str, object]:
    """Return what a file of TOML says; nothing if there is none."""
    try:
        return read_toml(path)
    except NeurographError:
        return {}
