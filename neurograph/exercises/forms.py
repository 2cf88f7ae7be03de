"""The files of an exercise: with its answers for who marks it, and what a student fills in.

The first is a scenario whose printed values are the answers; the other is read with patience.
"""

import csv
import io
import os
import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import Any

from neurograph.checks import one_of
from neurograph.errors import InvalidValueError, NeurographError, ScenarioError, did_you_mean
from neurograph.escapes import first_unprintable, printable, toml_text
from neurograph.exercises.questions import (
    PHASES,
    Exercise,
    Question,
    assemble,
    basis_of,
    questions_of,
)
from neurograph.files import check_replaceable, read_text, write_whole
from neurograph.scenario import ConnectionFacts, NeuronFacts
from neurograph.scenario.library import check_keys, read_toml
from neurograph.scenario.schema import scenario_of

__all__ = [
    "WITH_POINT", "Answers", "answer_form", "check_exercise_file", "exercise_text", "load_exercise",
    "read_answers", "write_exercise",
]  # fmt: skip

_HEAD = """\
# An exercise of neurograph, with its answers: for whoever marks it.
# Mark a file of answers with:  neurograph mark THIS_FILE ANSWERS
"""


def write_exercise(exercise: Exercise, file: str | os.PathLike[str]) -> None:
    """Write an exercise with its answers, for `load_exercise` and ``neurograph mark``.

    Parameters
    ----------
    exercise : Exercise
    file : path
        Written whole or not at all; an exercise that is there already is replaced.

    Raises
    ------
    UnwritableError
        If the file cannot be written, or something else is there already.
    """
    check_exercise_file(file)
    write_whole(file, exercise_text(exercise))


def check_exercise_file(file: str | os.PathLike[str]) -> None:
    """Check that an exercise may be written to a file.

    Parameters
    ----------
    file : path

    Raises
    ------
    UnwritableError
        If there is something else: see `neurograph.files.check_replaceable`.
    """
    check_replaceable(file, "exercise", lambda head: b"[exercise]" in head.split())


def load_exercise(file: str | os.PathLike[str]) -> Exercise:
    """Read an exercise that `write_exercise` wrote; its answers are worked out again.

    Parameters
    ----------
    file : path

    Returns
    -------
    Exercise

    Raises
    ------
    ScenarioError
        If the file cannot be read, or something in it is wrong.
    InvalidValueError
        If it is no exercise, or was changed since it was made.
    """
    path = Path(file)
    content = read_toml(path)
    table = content.pop("exercise", None)
    if not isinstance(table, dict) or not {"id", "until", "decimals", "asked"} <= set(table):
        raise InvalidValueError(
            f"{path}: is no exercise: it has no table [exercise] with id, until, decimals and"
            " asked; `neurograph exercise` makes one"
        )
    try:
        basis = replace(basis_of(scenario_of(content, path)), source=table.get("source"))
        until = one_of(table["until"], PHASES, "until")
        questions = _with_blanks(questions_of(basis, until, table["decimals"]), table["asked"])
    except NeurographError as error:
        raise type(error)(f"{path}: {error}") from error
    exercise = assemble(basis, questions)
    if exercise.id != table["id"]:
        raise InvalidValueError(
            f"{path}: was changed since it was made (its id is {table['id']!r}, what it holds gives"
            f" {exercise.id!r}); make it again with `neurograph exercise`"
        )
    return exercise


def _with_blanks(questions: tuple[Question, ...], asked: object) -> tuple[Question, ...]:
    """Return the questions with blanks where the file has them."""
    if not isinstance(asked, list) or not asked:
        raise InvalidValueError(f"asked must be a list of addresses, not {asked!r}")
    known = [question.address for question in questions]
    for address in asked:
        if address not in known:
            near = did_you_mean(address, known)
            raise InvalidValueError(f"asked names {address!r}, which is no value of it{near}")
    return tuple(replace(question, asked=question.address in asked) for question in questions)


def exercise_text(exercise: Exercise) -> str:
    """Return what `write_exercise` writes."""
    lines = [
        _HEAD,
        f"title = {_toml(exercise.title)}",
        f"author = {_toml('neurograph')}",
        f"source = {_toml(exercise.source or exercise.title)}",
        "",
        "[exercise]",
        f"id = {_toml(exercise.id)}",
        f"until = {_toml(exercise.phases[-1])}",
        f"decimals = {exercise.decimals}",
        *([f"source = {_toml(exercise.source)}"] if exercise.source else []),
        f"asked = {_toml([question.address for question in exercise.asked])}",
        "",
        "[network]",
        f"loss = {_toml(exercise.facts.loss)}",
        f"reduction = {_toml(exercise.facts.reduction)}",
        "neurons = [",
        *(f"    {_table(neuron)}," for neuron in exercise.facts.neurons),
        "]",
        "connections = [",
        *(f"    {_table(connection)}," for connection in exercise.facts.connections),
        "]",
        "",
        "[data]",
        f"inputs = {_toml(list(exercise.inputs))}",
        f"targets = {_toml(list(exercise.targets))}",
        "",
        "[[runs]]",
        'name = "round"',
        f"order = {_toml(exercise.order)}",
    ]
    if exercise.learning_rate is not None:
        lines.append(f"learning_rate = {exercise.learning_rate!r}")
    if exercise.digits is not None:
        lines.append(f"digits = {exercise.digits}")
    return "\n".join([*lines, *_steps(exercise)]) + "\n"


def answer_form(exercise: Exercise) -> str:
    """Return an empty file of answers, for a student to fill in."""
    return "\n".join(
        [
            "# Write each answer between the quotes, with a decimal point.",
            f"exercise = {_toml(exercise.id)}",
            'student = ""',
            "",
            "[answers]",
            *(
                f'{_toml(question.address)} = ""   # {printable(question.symbol)}'
                for question in exercise.asked
            ),
            "",
        ]
    )


def _steps(exercise: Exercise) -> Iterator[str]:
    """Yield the steps of the run, with the answers as its printed values."""
    for do, questions in _by_step(exercise).items():
        yield from ("", "[[runs.steps]]", f"do = {_toml(do)}")
        if questions:
            yield "[runs.steps.printed]"
        for question in questions:
            symbol = _toml(question.symbol)
            yield (
                f"{_toml(question.address)} ="
                f" {{ value = {_toml(question.answer)}, symbol = {symbol} }}"
            )


def _by_step(exercise: Exercise) -> dict[str, list[Question]]:
    """Return the questions by the step after which their values are known."""
    steps: dict[str, list[Question]] = {"forward": [], "loss": []}
    for question in exercise.questions:
        if question.phase == "forward":
            step = "loss" if question.address.rpartition(".")[2] == "loss" else "forward"
        else:
            # In place, weights change during the backward pass, so there is one step for both.
            step = "step" if exercise.order == "in_place" else question.phase
        steps.setdefault(step, []).append(question)
    return steps


def _table(record: NeuronFacts | ConnectionFacts) -> str:
    facts = ((fact.name, getattr(record, fact.name)) for fact in fields(record))
    stated = {name: value for name, value in facts if value is not None}
    return "{ " + ", ".join(f"{key} = {_toml(value)}" for key, value in stated.items()) + " }"


def _toml(value: Any) -> str:
    if isinstance(value, list):
        return "[" + ", ".join(map(_toml, value)) + "]"
    if isinstance(value, str):
        return toml_text(value)
    if isinstance(value, bool):
        return str(value).lower()
    return repr(value)


# -- what a student wrote -----------------------------------------------------------------------

#: What is said about a decimal comma, before the number as it was meant.
WITH_POINT = "with a decimal point it would be"

#: A float printed exactly has at most 1,074 decimals.
_NUMBER = re.compile(
    r"[+-]?(?:\d{1,1074}(?:\.\d{0,1074})?|\.\d{1,1074})(?:[eE][+-]?\d{1,2})?", re.A
)
#: Of a name, or of an answer.
MAX_TEXT = 200
#: A line of TOML that ends with a number with a comma, which TOML does not know.
_WITH_COMMA = re.compile(r"(?m)^([^=#\n]+=[ \t]*)([+-]?\d+,\d+)([ \t]*(?:#.*)?)$")


@dataclass(frozen=True, kw_only=True)
class Answers:
    """What one student wrote.

    Parameters
    ----------
    student : str
    exercise : str, optional
        The id of the exercise they belong to; `None` if the file does not say.
    given : mapping of str to str
        The digits, by address; blank answers are not in it.
    malformed : mapping of str to str
        By address, what is wrong with an answer that is no number.

    Examples
    --------
    >>> from neurograph.exercises import Answers
    >>> Answers.of({"h1.net": "0.3775", "h1.out": "0,59", "h2.net": ""}).malformed
    {'h1.out': "'0,59' is not a number; with a decimal point it would be 0.59"}
    """

    student: str = ""
    exercise: str | None = None
    given: Mapping[str, str] = field(default_factory=dict)
    malformed: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def of(
        cls, written: Mapping[str, Any], *, student: str = "", exercise: str | None = None
    ) -> "Answers":
        """Sort what was written into numbers, malformed answers and blanks.

        Parameters
        ----------
        written : mapping
            Text or numbers by address.
        student, exercise : str, optional

        Returns
        -------
        Answers
        """
        given, malformed = {}, {}
        for address, value in written.items():
            text = _digits(value)
            if not text:
                continue
            if _NUMBER.fullmatch(text):
                given[address] = text
            else:
                malformed[address] = _said(text, str(value).strip())
        return cls(student=student, exercise=exercise, given=given, malformed=malformed)


def read_answers(file: str | os.PathLike[str], exercise: Exercise) -> Answers:
    """Read the answers of one student.

    A TOML file has ``exercise``, ``student`` and a table ``[answers]`` by address or symbol; a CSV
    file has two columns, such as ``h1.net,0.3775``, and may have rows ``exercise`` and ``student``.
    A number with a decimal comma is malformed, and said to be; the other answers still count.

    Parameters
    ----------
    file : path
    exercise : Exercise
        What they are answers to.

    Returns
    -------
    Answers

    Raises
    ------
    InvalidValueError
        If the file cannot be read, belongs to another exercise, or answers what is not asked.
    """
    path = Path(file)
    try:
        text = read_text(path, "a file of answers (.toml or .csv)")
        if path.suffix.lower() != ".csv":
            check_keys(text, path)
    except ScenarioError as error:
        raise InvalidValueError(str(error)) from error
    read = _from_csv if path.suffix.lower() == ".csv" else _from_toml
    head, written = read(text, path, exercise)
    for words in (*head.values(), *written, *written.values()):
        _check_text(str(words), path)
    belongs = head.get("exercise")
    if belongs and belongs != exercise.id:
        raise InvalidValueError(
            f"{path}: these are answers to exercise {belongs!r}, not to {exercise.id!r}"
        )
    by_symbol = {question.symbol: question.address for question in exercise.questions}
    by_address: dict[str, Any] = {}
    known = list(by_symbol.values())
    for name, value in written.items():
        address = name if name in known else by_symbol.get(name)
        if address is None:
            near = did_you_mean(name, known)
            raise InvalidValueError(f"{path}: the exercise does not ask for {name!r}{near}")
        if address in by_address:
            raise InvalidValueError(f"{path}: {address!r} is answered twice")
        by_address[address] = value
    found = Answers.of(by_address, student=head.get("student", ""), exercise=belongs)
    if not (found.student or found.given or found.malformed):
        raise InvalidValueError(f"{path}: is an empty form: it has no name and no answer")
    return found if found.student else replace(found, student=printable(path.stem))


def _from_toml(text: str, path: Path, exercise: Exercise) -> tuple[dict[str, str], dict[str, Any]]:
    try:
        # Numbers stay text: how many digits were written matters.
        content = tomllib.loads(text, parse_float=str)
    except (ValueError, RecursionError) as error:
        try:
            content = tomllib.loads(_WITH_COMMA.sub(r'\1"\2"\3', text), parse_float=str)
        except (ValueError, RecursionError):
            raise InvalidValueError(f"{path}: is not TOML: {error}") from error
    for key in content:
        if key not in ("exercise", "student", "answers"):
            near = did_you_mean(key, ("exercise", "student", "answers"))
            raise InvalidValueError(
                f"{path}: unknown key {key!r}{near}; answers stand below [answers]"
            )
    answers = content.get("answers")
    if not isinstance(answers, dict):
        raise InvalidValueError(
            f'{path}: missing the table [answers], with lines such as "h1.net" = "0.5"'
        )
    head = {key: " ".join(str(value).split()) for key, value in content.items() if key != "answers"}
    return head, _flat(answers)


def _from_csv(text: str, path: Path, exercise: Exercise) -> tuple[dict[str, str], dict[str, Any]]:
    # A spreadsheet of a country that writes a decimal comma separates cells by semicolons.
    separator = next((sign for sign in (";", "\t") if sign in text), ",")
    known = {
        name for question in exercise.questions for name in (question.address, question.symbol)
    }
    head: dict[str, str] = {}
    written: dict[str, Any] = {}
    try:
        rows = list(csv.reader(io.StringIO(text), delimiter=separator))
    except csv.Error as error:
        raise InvalidValueError(f"{path}: is not CSV: {error}") from error
    for number, row in enumerate(rows, start=1):
        key, *cells = [cell.strip() for cell in row] or [""]
        if not key and not any(cells):
            continue
        value = _whole(cells)
        if key.lower() in ("exercise", "student"):
            head[key.lower()] = value
        elif key in written:
            raise InvalidValueError(f"{path}: line {number}: {key!r} is answered twice")
        elif key in known or written or _is_number(value):
            written[key] = value
        # What is left stands before all answers: the heading of the columns.
    if not written and not head:
        raise InvalidValueError(f"{path}: has no answers; expected rows such as h1.net,0.3775")
    return head, written


def _check_text(text: str, path: Path) -> None:
    if bad := first_unprintable(" ".join(text.split())):
        raise InvalidValueError(f"{path}: holds the unprintable character U+{ord(bad):04X}")
    if len(text) > MAX_TEXT:
        raise InvalidValueError(
            f"{path}: {text[:20]!r}... is {len(text):,} characters long; a name or an answer has at"
            f" most {MAX_TEXT}"
        )


def _whole(cells: Sequence[str]) -> str:
    """Return the answer of a row; unquoted, 0,3775 is two cells."""
    if len(cells) > 1 and re.fullmatch(r"[+−-]?\d+", cells[0]) and re.fullmatch(r"\d+", cells[1]):
        return f"{cells[0]},{cells[1]}"
    return cells[0] if cells else ""


def _is_number(text: str) -> bool:
    return _NUMBER.fullmatch(_digits(text).replace(",", ".")) is not None


def _flat(table: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
    """Return answers by address; TOML makes h1.net without quotes a table in a table."""
    flat: dict[str, Any] = {}
    for key, value in table.items():
        if isinstance(value, dict):
            flat |= _flat(value, f"{prefix}{key}.")
        else:
            flat[f"{prefix}{key}"] = value
    return flat


def _digits(value: Any) -> str:
    """Return what was written, as digits; a minus sign or a space may be a printer's."""
    return str(value).replace("−", "-").replace(" ", "").replace("\u00a0", "").strip("_ ")


def _said(text: str, written: str) -> str:
    shown = repr(written if len(written) <= 30 else written[:27] + "...")
    with_point = text.replace(",", ".")
    if text.count(",") == 1 and _NUMBER.fullmatch(with_point):
        return f"{shown} is not a number; {WITH_POINT} {with_point}"
    return f"{shown} is not a number"
