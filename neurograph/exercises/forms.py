"""The files of an exercise: with its answers for who marks it, and what a student fills in.

The first is a scenario whose printed values are the answers; the other is read with patience.
"""

import csv
import io
import math
import os
import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import field, replace
from pathlib import Path
from typing import Any

from neurograph.checks import one_of
from neurograph.display import Brief
from neurograph.errors import InvalidValueError, NeurographError, ScenarioError, did_you_mean
from neurograph.escapes import first_unprintable, printable, toml_key, toml_value
from neurograph.exercises.questions import (
    PHASES,
    Exercise,
    Question,
    assemble,
    basis_of,
    questions_of,
)
from neurograph.files import check_replaceable, read_text, write_whole
from neurograph.numerals import COMMA_TAKEN, POINT_TAKEN, Numeral
from neurograph.records import record
from neurograph.scenario.library import check_keys, read_toml
from neurograph.scenario.schema import scenario_of
from neurograph.words import LANGUAGES, numeral, phrase

__all__ = [
    "Answers", "answer_form", "check_exercise_file", "exercise_text", "is_exercise",
    "load_exercise", "read_answers", "write_exercise",
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


def is_exercise(file: str | os.PathLike[str]) -> bool:
    """Whether a file is an exercise that `write_exercise` wrote.

    Parameters
    ----------
    file : path

    Returns
    -------
    bool
        `False` of what cannot be read too: who reads it says why.

    Raises
    ------
    InvalidValueError
        If it is a form for the answers to one.
    """
    path = Path(file)
    if path.suffix.lower() != ".toml" or not path.is_file():
        return False
    try:
        content = read_toml(path)
    except NeurographError:
        return False
    if {"exercise", "answers"} <= content.keys():
        raise InvalidValueError(
            f"{path}: is a form for answers; the exercise itself is a file such as"
            " week1.exercise.toml"
        )
    return isinstance(content.get("exercise"), dict)


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
        language = one_of(table.get("language", "en"), LANGUAGES, "language")
        basis = replace(
            basis_of(scenario_of(content, path)), source=table.get("source"), language=language
        )
        until = one_of(table["until"], PHASES, "until")
        significant = table.get("significant")
        decimals = None if significant is not None else table["decimals"]
        questions = questions_of(basis, until, decimals, significant)
        exercise = assemble(
            basis,
            _with_blanks(questions, table["asked"]),
            significant=significant,
            decimal_comma=_truth(table.get("decimal_comma"), "decimal_comma"),
        )
    except NeurographError as error:
        raise type(error)(f"{path}: {error}") from error
    if exercise.id != table["id"]:
        raise InvalidValueError(
            f"{path}: was changed since it was made (its id is {table['id']!r}, what it holds gives"
            f" {exercise.id!r}); make it again with `neurograph exercise`"
        )
    return exercise


def _truth(value: object, name: str) -> bool | None:
    if value is not None and not isinstance(value, bool):
        raise InvalidValueError(f"{name} must be true or false, not {value!r}")
    return value


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
        f"title = {toml_value(exercise.title)}",
        f"author = {toml_value('neurograph')}",
        f"source = {toml_value(exercise.source or exercise.title)}",
        "",
        "[exercise]",
        f"id = {toml_value(exercise.id)}",
        f"until = {toml_value(exercise.phases[-1])}",
        f"decimals = {exercise.decimals}",
        *(f"{name} = {toml_value(value)}" for name, value in _wording(exercise)),
        *([f"source = {toml_value(exercise.source)}"] if exercise.source else []),
        f"asked = {toml_value([question.address for question in exercise.asked])}",
        "",
        "[network]",
        *(
            f"{toml_key(key)} = {toml_value(value, 1)}"
            for key, value in exercise.facts.table().items()
        ),
        "",
        "[data]",
        f"inputs = {toml_value(list(exercise.inputs))}",
        f"targets = {toml_value(list(exercise.targets))}",
        "",
        "[[runs]]",
        'name = "round"',
        f"order = {toml_value(exercise.order)}",
    ]
    if exercise.learning_rate is not None:
        lines.append(f"learning_rate = {exercise.learning_rate!r}")
    if exercise.digits is not None:
        lines.append(f"digits = {exercise.digits}")
    if exercise.edits:
        lines.append(f"edits = {toml_value(list(exercise.edits))}")
    return "\n".join([*lines, *_steps(exercise)]) + "\n"


def _wording(exercise: Exercise) -> Iterator[tuple[str, Any]]:
    """Yield what is said of an exercise where it is not the usual."""
    if exercise.significant is not None:
        yield "significant", exercise.significant
    if exercise.decimal_comma is not None:
        yield "decimal_comma", exercise.decimal_comma
    if exercise.language != "en":
        yield "language", exercise.language


def answer_form(exercise: Exercise) -> str:
    """Return an empty file of answers, for a student to fill in."""
    return "\n".join(
        [
            f"# {phrase('fill in', exercise.language)}",
            f"exercise = {toml_value(exercise.id)}",
            'student = ""',
            "",
            "[answers]",
            *(
                f'{toml_value(question.address)} = ""   # {printable(question.symbol)}'
                for question in exercise.asked
            ),
            "",
        ]
    )


def _steps(exercise: Exercise) -> Iterator[str]:
    """Yield the steps of the run, with the answers as its printed values."""
    if exercise.given:
        values = toml_value(dict(exercise.given))
        yield from ("", "[[runs.steps]]", 'do = "set"', f"values = {values}")
    for do, questions in _by_step(exercise).items():
        yield from ("", "[[runs.steps]]", f"do = {toml_value(do)}")
        if questions:
            yield "[runs.steps.printed]"
        for question in questions:
            symbol = toml_value(question.symbol)
            yield (
                f"{toml_value(question.address)} ="
                f" {{ value = {toml_value(question.answer)}, symbol = {symbol} }}"
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


# -- what a student wrote -----------------------------------------------------------------------

#: Of a name, or of an answer.
MAX_TEXT = 200
#: A line of TOML that ends with a number such as TOML does not know: 0,59 or 3/8 without quotes.
_UNQUOTED = re.compile(
    r"(?m)^([^=#\n]+=[ \t]*)([-+−–‐]?[ \t]?[\d.,][^\"'#=\n]{0,200}?)([ \t]{0,200}(?:#.*)?)$"
)
#: A number whose comma or point may as well stand between thousands.
_DOUBTFUL = re.compile(r"(?<!\d)[1-9]\d{0,2}[.,]\d{3}(?![\d.,])")
#: What may stand after the comma of 0,3775 or of 8,8*10^-3.
_AFTER = re.compile(r"\d+(?:\s*(?:[*·×x%]|[eE][+-]?\d).*)?")
_TAKEN = {True: COMMA_TAKEN, False: POINT_TAKEN}
#: Of the form that is filled in; below it stands the table of answers.
_HEAD_KEYS = ("exercise", "student", "decimal_comma")


@record(kw_only=True)
class Answers(Brief):
    """What one student wrote.

    Parameters
    ----------
    student : str
    exercise : str, optional
        The id of the exercise they belong to; `None` if the file does not say.
    written : mapping of str to str
        What was written, letter for letter, by address; blank answers are not in it.
    given : mapping of str to Numeral
        The numbers among these.
    malformed : mapping of str to str
        By address, what is wrong with an answer that is no number.

    Examples
    --------
    >>> from neurograph.exercises import Answers
    >>> answers = Answers.of({"h1.net": "3/8", "h1.out": "≈ 0,59", "h2.net": "0.4 or so"})
    >>> {address: float(number) for address, number in answers.given.items()}
    {'h1.net': 0.375, 'h1.out': 0.59}
    >>> answers.given["h1.out"].remarks
    ("'≈' is left out", 'the comma is taken for a decimal point')
    >>> answers.malformed
    {'h2.net': "'0.4 or so' is not a number"}
    """

    student: str = ""
    exercise: str | None = None
    written: Mapping[str, str] = field(default_factory=dict)
    given: Mapping[str, Numeral] = field(default_factory=dict)
    malformed: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def of(
        cls,
        written: Mapping[str, Any],
        *,
        student: str = "",
        exercise: str | None = None,
        decimal_comma: bool | None = None,
        usual: bool = False,
    ) -> "Answers":
        """Sort what was written into numbers, malformed answers and blanks.

        Parameters
        ----------
        written : mapping
            Text or numbers by address.
        student, exercise : str, optional
        decimal_comma : bool, optional
            Whether a comma stands before the decimals. Where nothing is stated, or something else
            was written all the same, the answers that leave no doubt say it for the others: beside
            0,59 also 1,234 has a decimal comma.
        usual : bool
            Whether decimal commas are usual where this was written: then nothing is remarked of
            them, and 1,234 has one unless something else is stated or shown.

        Returns
        -------
        Answers
        """
        texts = {address: str(value).strip() for address, value in written.items()}
        texts = {address: text for address, text in texts.items() if text.strip("_ \u00a0")}
        doubtful = any(map(_DOUBTFUL.search, texts.values()))
        habit = _habit(texts.values()) if doubtful else None
        if usual and habit is None:
            habit = True
        given: dict[str, Numeral] = {}
        malformed: dict[str, str] = {}
        for address, text in texts.items():
            try:
                number = given[address] = _number(text, decimal_comma, habit)
            except InvalidValueError as error:
                malformed[address] = str(error)
                continue
            if usual:
                number.remarks = tuple(said for said in number.remarks if said != COMMA_TAKEN)
        return cls(
            student=student, exercise=exercise, written=texts, given=given, malformed=malformed
        )


def _number(text: str, stated: bool | None, habit: bool | None) -> Numeral:
    """Read an answer; one that could be either is read as the others are written."""
    comma = "," in text
    number = (
        Numeral(text, decimal_comma=habit)
        if _DOUBTFUL.search(text) and comma is habit and stated is not habit
        else Numeral(text, decimal_comma=stated)
    )
    if not math.isfinite(float(number)):
        raise InvalidValueError(f"{text!r} is not a number that can be computed with")
    return number


def _habit(texts: Iterable[str]) -> bool | None:
    """Return whether a comma or a point stands before decimals, where no doubt is; else `None`."""
    signs: set[bool] = set()
    for text in texts:
        comma = "," in text
        with suppress(InvalidValueError):
            remarks = Numeral(text, decimal_comma=None if comma else True).remarks
            signs |= {sign for sign, said in _TAKEN.items() if said in remarks}
    return signs.pop() if len(signs) == 1 else None


def read_answers(file: str | os.PathLike[str], exercise: Exercise) -> Answers:
    """Read the answers of one student.

    A TOML file has ``exercise``, ``student`` and a table ``[answers]`` by address or symbol; a CSV
    file has two columns, such as ``h1.net,0.3775``, and may have rows ``exercise`` and ``student``.
    Either may state ``decimal_comma = true``. What is no number is malformed, and said to be; the
    other answers still count.

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
    stated = _stated_comma(head.pop("decimal_comma", None), path)
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
    answers = Answers.of(
        by_address,
        student=head.get("student", ""),
        exercise=belongs,
        decimal_comma=exercise.decimal_comma if stated is None else stated,
        usual=numeral("0.5", exercise.language) == "0,5",
    )
    if not (answers.student or answers.written):
        raise InvalidValueError(f"{path}: is an empty form: it has no name and no answer")
    return answers if answers.student else replace(answers, student=printable(path.stem))


def _stated_comma(value: str | None, path: Path) -> bool | None:
    """Return what a file of answers states about its commas."""
    known = {None: None, "true": True, "false": False}
    key = value if value is None else value.lower()
    if key not in known:
        raise InvalidValueError(f"{path}: decimal_comma must be true or false, not {value!r}")
    return known[key]


def _from_toml(text: str, path: Path, exercise: Exercise) -> tuple[dict[str, str], dict[str, Any]]:
    try:
        # Numbers stay text: how many digits were written matters.
        content = tomllib.loads(text, parse_float=str)
    except (ValueError, RecursionError) as error:
        try:
            content = tomllib.loads(_UNQUOTED.sub(r'\1"\2"\3', text), parse_float=str)
        except (ValueError, RecursionError):
            raise InvalidValueError(f"{path}: is not TOML: {error}") from error
    for key in content:
        if key not in (*_HEAD_KEYS, "answers"):
            near = did_you_mean(key, (*_HEAD_KEYS, "answers"))
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
        if key.lower() in _HEAD_KEYS:
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
    if len(cells) > 1 and re.fullmatch(r"[+−–-]?\s*\d+", cells[0]) and _AFTER.fullmatch(cells[1]):
        return f"{cells[0]},{cells[1]}"
    return cells[0] if cells else ""


def _is_number(text: str) -> bool:
    return bool(Answers.of({"answer": text}, decimal_comma=True).given)


def _flat(table: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
    """Return answers by address; TOML makes h1.net without quotes a table in a table."""
    flat: dict[str, Any] = {}
    for key, value in table.items():
        if isinstance(value, dict):
            flat |= _flat(value, f"{prefix}{key}.")
        else:
            flat[f"{prefix}{key}"] = value
    return flat
