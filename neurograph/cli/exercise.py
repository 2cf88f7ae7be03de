"""``neurograph exercise`` and ``neurograph mark``: sheets, and the marking of what comes back."""

import argparse
import json
import os
import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from neurograph.cli.console import busy, put, read, say, write_data
from neurograph.documents.readable import format_of
from neurograph.errors import InvalidValueError, NeurographError
from neurograph.escapes import printable_json
from neurograph.files import check_replaceable, write_whole
from neurograph.words import LANGUAGES, phrase

if TYPE_CHECKING:
    from neurograph.exercises import ClassMarks, Exercise, Marked

__all__ = ["make", "mark"]

#: What answers are written in.
_ANSWERS = (".toml", ".csv")
#: Beyond this nobody has as many students, and a folder is the wrong one.
_MOST_FILES = 10_000


def make(arguments: argparse.Namespace) -> int:
    """Make a sheet."""
    from neurograph.exercises import exercise, write_sheet

    scenario = read(arguments.scenario)
    with busy():
        made = exercise(
            scenario,
            ask=arguments.ask,
            hide=arguments.hide,
            seed=arguments.seed,
            vary=arguments.vary,
            run=arguments.run,
            sample=arguments.sample,
            decimals=arguments.decimals,
            significant=arguments.significant,
            language=arguments.language or "en",
        )
    written = write_sheet(made, arguments.output, solved=arguments.solved)
    n = len(made.asked)
    if arguments.format == "json":
        files = [{"file": str(path), "what": _what(path)} for path in written]
        counts = {"exercise": made.id, "blanks": n, "values": len(made.questions)}
        write_data({**counts, "files": files})
        return 0
    say(f"Exercise {made.id}: {n} blank{'s' * (n != 1)} of {len(made.questions)} values")
    for path in written:
        say(f"  {path}  {_what(path)}")
    return 0


def _what(path: Path) -> str:
    if path.name.endswith(".exercise.toml"):
        return "the answers, for marking"
    if path.name.endswith(".answers.toml"):
        return "the form for students"
    if path.suffix == ".xml" or path.name == "info.json":
        return "the question, with its answers"
    return "the diagram" if path.suffix in (".svg", ".pdf") else "the sheet"


def mark(arguments: argparse.Namespace) -> int:
    """Mark what comes back."""
    from neurograph.exercises import load_exercise

    write = _writer(arguments.output)
    exercise = load_exercise(arguments.exercise)
    reported = replace(exercise, language=arguments.language or exercise.language)
    with busy():
        marks = _marks(exercise, reported, Path(arguments.answers), Path(arguments.exercise))
    if write is not None:
        write_whole(arguments.output, write(marks))
    from neurograph.exercises.marks import as_dict

    put(arguments.format, lambda: as_dict(marks), lambda: marks)
    if write is not None and arguments.format == "text":
        say(f"Written to {arguments.output}")
    return 0


def _writer(output: str | None) -> "Callable[[Marked | ClassMarks], str] | None":
    """Return what writes the report, before anything is marked."""
    if output is None:
        return None
    from neurograph.exercises.marks import as_dict, to_csv

    data: dict[str, Callable[[Marked | ClassMarks], str]] = {
        ".csv": to_csv,
        ".json": lambda marks: (
            printable_json(json.dumps(as_dict(marks), indent=2, ensure_ascii=False)) + "\n"
        ),
    }
    path = Path(output)
    write = data.get(path.suffix.lower())
    form = None if write else format_of(path, "a report", "a table of marks (.csv)")
    check_replaceable(path, "report of marks", _is_report)
    return write or (lambda marks: marks.written(str(form), whole=True).rstrip("\n") + "\n")


def _is_report(head: bytes) -> bool:
    """Whether a file begins as a report that was written before, in any language."""
    begins = [rb"{\n  \"exercise\": ", rb"(?s:.)*?neurograph marks [0-9a-f]{8}\b"]
    for language in LANGUAGES:
        begins.append(re.escape(phrase("csv columns", language).encode()))
        title = re.escape(phrase("of exercise", language, title="TITLE", id="ID"))
        title = title.replace("TITLE", ".*").replace("ID", "[0-9a-f]{8}\n")
        begins.append(title.encode())
    return re.match(b"|".join(begins), head) is not None


def _marks(
    exercise: "Exercise", reported: "Exercise", answers: Path, marking: Path
) -> "Marked | ClassMarks":
    """Return the marks: answers are read as the sheet's language has them, reported in another."""
    from neurograph.exercises import ClassMarks, Marker, read_answers
    from neurograph.exercises.marks import Unread

    marker = Marker(reported)
    if not answers.is_dir():
        return marker.mark(read_answers(answers, exercise))
    files = sorted(
        path
        for path in answers.iterdir()
        if path.suffix.lower() in _ANSWERS
        and not path.name.startswith(".")
        and not path.name.endswith(".exercise.toml")
        and not (marking.exists() and os.path.samefile(path, marking))
    )
    if not files:
        raise InvalidValueError(f"{answers}: has no files of answers (.toml or .csv)")
    if len(files) > _MOST_FILES:
        raise InvalidValueError(f"{answers}: has {len(files):,} files; is it the right folder?")
    students, unread = [], []
    for path in files:
        try:
            students.append(marker.mark(read_answers(path, exercise)))
        except NeurographError as error:
            unread.append(Unread(path.name, str(error).removeprefix(f"{path}: ")))
    if not students:
        raise InvalidValueError(
            f"{answers}: none of its {len(files)} files could be marked; {unread[0].name}:"
            f" {unread[0].reason}"
        )
    return ClassMarks(exercise=reported, students=tuple(students), unread=tuple(unread))
