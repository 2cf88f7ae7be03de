"""``neurograph exercise`` and ``neurograph mark``: sheets, and the marking of what comes back."""

import argparse
import json
import os
import re
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from neurograph.cli import documents
from neurograph.cli.console import add_format, add_run, add_scenario, say, show_in
from neurograph.documents.document import WRITERS
from neurograph.documents.readable import format_of
from neurograph.errors import InvalidValueError, NeurographError
from neurograph.escapes import printable_json
from neurograph.files import check_replaceable, write_whole

if TYPE_CHECKING:
    from neurograph.exercises import ClassMarks, Exercise, Marked

__all__ = ["register"]

#: What answers are written in.
_ANSWERS = (".toml", ".csv")
#: Beyond this nobody has as many students, and a folder is the wrong one.
_MOST_FILES = 10_000


def register(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the commands."""
    make = commands.add_parser(
        "exercise",
        help="make an exercise sheet of a worked example",
        description="Make an exercise sheet of one round of a worked example, with its diagram, an"
        " answer file for whoever marks it and an empty form for students.",
        epilog="It writes FILE, beside it FILE.exercise.toml (with the answers) and"
        " FILE.answers.toml (the form), and the picture of the network.",
    )
    add_scenario(make)
    make.add_argument(
        "-o", "--output", metavar="FILE", required=True, help=f"the sheet: {_suffixes()}"
    )
    make.add_argument(
        "--ask",
        choices=("forward", "backward", "update", "all"),
        default="all",
        help="which part has blanks; what comes before it is given (default: all)",
    )
    make.add_argument(
        "--hide", metavar="N", type=int, help="leave only N of these values blank, drawn by --seed"
    )
    make.add_argument("--seed", metavar="S", type=int, default=0, help="of what is drawn")
    make.add_argument(
        "--vary", action="store_true", help="draw fresh numbers that come out well, by --seed"
    )
    add_run(make)
    make.add_argument(
        "--sample", metavar="N", type=int, default=1, help="which sample of the data (default: 1)"
    )
    make.add_argument(
        "--decimals", metavar="N", type=int, help="of the answers (default: enough, at least 6)"
    )
    make.add_argument(
        "--solved", action="store_true", help="write the sheet alone, with its answers"
    )
    make.set_defaults(command=_make)

    mark = commands.add_parser(
        "mark",
        help="mark the answers to an exercise",
        description="Mark answers: right, right in method (they follow from an earlier mistake),"
        " or wrong, and then which mistake gives the value that was written.",
        epilog="exit status: 0 when marked, 2 for wrong use or a file that cannot be read. In a"
        " folder such a file is reported and the rest is marked.",
    )
    mark.add_argument("exercise", metavar="EXERCISE", help="the .exercise.toml of the sheet")
    mark.add_argument(
        "answers", metavar="ANSWERS", help="a .toml or .csv of one student, or a folder of them"
    )
    add_format(mark, data=True)
    mark.add_argument(
        "-o", "--output", metavar="FILE", help=f"write the report to FILE too: .csv, {_suffixes()}"
    )
    mark.set_defaults(command=_mark)


def _suffixes() -> str:
    *others, last = (form.suffix for form in WRITERS.values())
    return f"{', '.join(others)} or {last}"


def _make(arguments: argparse.Namespace) -> int:
    from neurograph.exercises import exercise, write_sheet

    made = exercise(
        arguments.scenario,
        ask=arguments.ask,
        hide=arguments.hide,
        seed=arguments.seed,
        vary=arguments.vary,
        run=arguments.run,
        sample=arguments.sample,
        decimals=arguments.decimals,
    )
    written = write_sheet(made, arguments.output, solved=arguments.solved)
    n = len(made.asked)
    say(f"Exercise {made.id}: {n} blank{'s' * (n != 1)} of {len(made.questions)} values")
    for path in written:
        say(f"  {path}  {_what(path)}")
    return 0


def _what(path: Path) -> str:
    if path.name.endswith(".exercise.toml"):
        return "the answers, for marking"
    if path.name.endswith(".answers.toml"):
        return "the form for students"
    return "the diagram" if path.suffix in (".svg", ".pdf") else "the sheet"


def _mark(arguments: argparse.Namespace) -> int:
    from neurograph.exercises import load_exercise

    write = _writer(arguments.output)
    exercise = load_exercise(arguments.exercise)
    marks = _marks(exercise, Path(arguments.answers), Path(arguments.exercise))
    if write is not None:
        write_whole(arguments.output, write(marks))
    if arguments.json:
        from neurograph.exercises.marks import as_dict

        documents.write(as_dict(marks))
    else:
        show_in(arguments.format, marks)
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
    form = None if write else format_of(path, "a report")
    check_replaceable(path, "report of marks", _is_report)
    return write or (lambda marks: marks.written(str(form), whole=True).rstrip("\n") + "\n")


#: How a report begins that was written before.
_REPORT = re.compile(
    rb"student,number,address,written,right,verdict|{\n  \"exercise\": "
    rb"|(?s:.)*?neurograph marks [0-9a-f]{8}\b|.*, exercise [0-9a-f]{8}\n"
)


def _is_report(head: bytes) -> bool:
    return _REPORT.match(head) is not None


def _marks(exercise: "Exercise", answers: Path, marking: Path) -> "Marked | ClassMarks":
    from neurograph.exercises import ClassMarks, Marker, read_answers
    from neurograph.exercises.marks import Unread

    marker = Marker(exercise)
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
    return ClassMarks(exercise=exercise, students=tuple(students), unread=tuple(unread))
