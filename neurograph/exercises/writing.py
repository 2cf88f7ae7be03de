"""Writing a sheet with all that belongs to it: its picture, the answers, an empty form."""

import os
import re
from pathlib import Path
from typing import Literal

from neurograph.errors import InvalidValueError, NeurographError, did_you_mean
from neurograph.exercises.files import answer_form, exercise_text
from neurograph.exercises.model import Exercise
from neurograph.exercises.sheets import sheet
from neurograph.files import write_whole
from neurograph.scenario.files import read_toml

__all__ = ["write_sheet"]

_FORMATS: dict[str, Literal["markdown", "latex", "html"]] = {
    ".md": "markdown",
    ".tex": "latex",
    ".html": "html",
}
_OURS = re.compile(r"neurograph exercise [0-9a-f]{8}\b")
#: Where a sheet says whose it is; a title may stand before it.
_HEAD = 2000


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
        What was written.

    Raises
    ------
    InvalidValueError
        If the suffix is none of these, or a file is there already that is no sheet or form of an
        exercise, or a form that someone has filled in. Then nothing is written.

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
    if not path.parent.is_dir():
        raise InvalidValueError(f"{path}: there is no folder {str(path.parent)!r} to write in")
    picture = {
        "markdown": path.with_suffix(".svg"),
        "latex": path.with_name(f"{path.stem}-network.pdf"),
    }.get(form)
    answers, answer_sheet = path.with_suffix(".exercise.toml"), path.with_suffix(".answers.toml")
    _check_sheet(path, picture)
    _check_exercise(answers)
    _check_form(answer_sheet)

    # Matplotlib is imported only when a picture is drawn.
    from neurograph.drawing import draw_network, save
    from neurograph.drawing.saving import rendered

    drawing = draw_network(exercise.network(), labels="both", most_neurons=None, most_levels=None)
    diagram = picture.name if picture else rendered(drawing, "svg").decode()
    text = sheet(exercise, form, diagram=diagram)
    write_whole(path, text)
    if picture is not None:
        save(drawing, picture)
    write_whole(answers, exercise_text(exercise))
    write_whole(answer_sheet, answer_form(exercise))
    return [path, *([picture] if picture else []), answers, answer_sheet]


def _check_sheet(path: Path, picture: Path | None) -> None:
    text = _begin(path)
    if text is not None and not _OURS.search(text):
        raise InvalidValueError(
            f"{path}: is there already and is no exercise sheet: it is not overwritten; choose"
            " another name"
        )
    if text is None and picture is not None and picture.exists():
        raise InvalidValueError(
            f"{picture}: is there already, without a sheet that it belongs to: it is not"
            " overwritten; choose another name for the sheet"
        )


def _check_exercise(path: Path) -> None:
    if _begin(path) is not None and "exercise" not in (_toml(path) or {}):
        raise InvalidValueError(
            f"{path}: is there already and is no exercise: it is not overwritten; choose another"
            " name for the sheet"
        )


def _check_form(path: Path) -> None:
    if _begin(path) is None:
        return
    content = _toml(path)
    answers = content.get("answers") if content else None
    if not content or "exercise" not in content or not isinstance(answers, dict):
        raise InvalidValueError(
            f"{path}: is there already and is no form for answers: it is not overwritten; choose"
            " another name for the sheet"
        )
    if content.get("student") or any(value != "" for value in answers.values()):
        raise InvalidValueError(
            f"{path}: has been filled in: it is not overwritten; move it, or choose another name"
            " for the sheet"
        )


def _begin(path: Path) -> str | None:
    """Return how a file begins; nothing if there is no file."""
    if not path.exists():
        return None
    if not path.is_file():
        raise InvalidValueError(f"{path}: is not a file that can be replaced")
    try:
        with path.open(encoding="utf-8", errors="replace") as stream:
            return stream.read(_HEAD)
    except OSError as error:
        raise InvalidValueError(f"{path}: cannot be read: {error.strerror or error}") from error


def _toml(path: Path) -> dict[str, object] | None:
    try:
        return read_toml(path)
    except NeurographError:
        return None
