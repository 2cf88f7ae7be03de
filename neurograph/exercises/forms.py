"""Exercise files: a scenario whose printed values are the answers, with what the sheet asks."""

import os
from collections.abc import Iterator
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

from neurograph.checks import one_of
from neurograph.errors import InvalidValueError, NeurographError, did_you_mean
from neurograph.escapes import printable, toml_text
from neurograph.exercises.basis import basis_of
from neurograph.exercises.questions import assemble, questions_of
from neurograph.exercises.records import PHASES, Exercise, Question
from neurograph.files import check_replaceable, write_whole
from neurograph.scenario import ConnectionFacts, NeuronFacts
from neurograph.scenario.library import read_toml
from neurograph.scenario.schema import scenario_of

__all__ = ["answer_form", "check_exercise_file", "exercise_text", "load_exercise", "write_exercise"]

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


def _record(record: Any) -> dict[str, Any]:
    return {field.name: getattr(record, field.name) for field in fields(record)}


def _table(record: NeuronFacts | ConnectionFacts) -> str:
    stated = {key: value for key, value in _record(record).items() if value is not None}
    return "{ " + ", ".join(f"{key} = {_toml(value)}" for key, value in stated.items()) + " }"


def _toml(value: Any) -> str:
    if isinstance(value, list):
        return "[" + ", ".join(map(_toml, value)) + "]"
    if isinstance(value, str):
        return toml_text(value)
    if isinstance(value, bool):
        return str(value).lower()
    return repr(value)
