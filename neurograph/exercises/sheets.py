"""Exercise sheets: what stands on them, in Markdown, LaTeX or HTML."""

from dataclasses import dataclass
from typing import Literal

from neurograph.elements import one_of
from neurograph.equations import Variable
from neurograph.exercises.model import Exercise, Phase
from neurograph.exercises.rules import Rule, activations_of, combined_of, loss_rule, rule_of
from neurograph.exercises.working import Working
from neurograph.explaining.symbols import Symbol

__all__ = ["FORMATS", "Content", "Given", "Row", "content_of", "sheet"]

FORMATS = ("markdown", "latex", "html")

_TITLES: dict[Phase, str] = {
    "forward": "Forward pass",
    "backward": "Backward pass",
    "update": "Update",
}
_ORDERS = {
    "simultaneous": "All weights change together, after the backward pass.",
    "in_place": "Each weight changes as soon as its gradient is known, and errors go back through"
    " the weights as they are then.",
}


@dataclass(frozen=True)
class Given:
    """A number among the data.

    Attributes
    ----------
    symbol : Symbol
    value : str
    note : str
        Such as "not trained".
    """

    symbol: Symbol
    value: str
    note: str = ""


@dataclass(frozen=True)
class Row:
    """A row of a table of questions; the value of a blank is empty."""

    number: int
    symbol: Symbol
    rule: Rule
    value: str


@dataclass(frozen=True)
class Content:
    """What stands on a sheet, before it is written in any format."""

    title: str
    id: str
    source: str | None
    #: Sentences; formulas among them are rules.
    conventions: tuple[str | Rule, ...]
    given: tuple[tuple[str, tuple[Given, ...]], ...]
    parts: tuple[tuple[str, tuple[Row, ...]], ...]
    #: For who cannot see the diagram.
    described: str


def sheet(
    exercise: Exercise,
    format: Literal["markdown", "latex", "html"] = "markdown",
    *,
    diagram: str | None = None,
) -> str:
    """Write the sheet of an exercise.

    Parameters
    ----------
    exercise : Exercise
    format : {"markdown", "latex", "html"}
        LaTeX is a whole document, HTML a whole page without scripts.
    diagram : str, optional
        A picture of the network: for Markdown and LaTeX the name of its file, for HTML the text of
        an SVG. `write_sheet` draws one.

    Returns
    -------
    str

    Raises
    ------
    UnknownNameError
        If there is no such format.
    InvalidValueError
        If the diagram is not what the format takes.

    Examples
    --------
    >>> from neurograph.exercises import exercise, sheet
    >>> text = sheet(exercise("mazur_2015", ask="update", hide=1, seed=1))
    >>> print(text.splitlines()[0])
    # Exercise: A Step by Step Backpropagation Example
    """
    one_of(format, FORMATS, "format")
    # Each writer is a file of its own; only one is needed.
    from neurograph.exercises import writing_html, writing_latex, writing_markdown

    writers = {
        "markdown": writing_markdown.write,
        "latex": writing_latex.write,
        "html": writing_html.write,
    }
    return writers[format](content_of(exercise), diagram)


def content_of(exercise: Exercise) -> Content:
    """Return what stands on the sheet of an exercise."""
    working = Working(exercise)
    return Content(
        title=exercise.title,
        id=exercise.id,
        source=exercise.source,
        conventions=tuple(_conventions(exercise, working)),
        given=tuple((title, given) for title, given in _given(working) if given),
        parts=tuple(
            (
                _TITLES[phase],
                tuple(
                    Row(
                        question.number,
                        Symbol(question.symbol, question.latex),
                        rule_of(working, working.quantity(question.address, phase)),
                        "" if question.asked else question.answer,
                    )
                    for question in exercise.questions
                    if question.phase == phase
                ),
            )
            for phase in exercise.phases
        ),
        described=_described(working),
    )


def _conventions(exercise: Exercise, working: Working) -> list[str | Rule]:
    n = len(exercise.asked)
    said: list[str | Rule] = [
        f"Work out the {n} blank{'s' * (n != 1)} below, from top to bottom."
        f" Give every answer with {exercise.decimals} decimals and a decimal point."
    ]
    activations = activations_of(working)
    for name, neurons in activations.items():
        whose = "every neuron" if len(activations) == 1 else ", ".join(neurons)
        said.append(f"The activation of {whose} is {name}.")
    said += combined_of(working)
    said.append("The error is the sum over the outputs of")
    said.append(loss_rule(working))
    # In place, the backward pass needs it too.
    if _asks_update(exercise) or (exercise.order == "in_place" and "backward" in exercise.phases):
        said.append(f"The learning rate is η = {exercise.learning_rate:g}.")
        said.append(_ORDERS[exercise.order])
    if exercise.digits is not None:
        said.append(f"Every value is rounded to {exercise.digits} decimals before it is used.")
    return said


def _given(working: Working) -> list[tuple[str, tuple[Given, ...]]]:
    structure, exercise = working.structure, working.exercise
    outs = [Variable("out", row) for row in structure.inputs]
    targets = [Variable("target", row) for row in structure.outputs]
    weights: dict[Variable, list[str]] = {}
    biases: dict[Variable, list[str]] = {}
    for slot in structure.filled:
        of_bias = structure.pre[slot] < 0
        first = int(structure.shared_slots(slot)[0])
        ends = structure.ends(slot)
        where = str(ends[1]) if of_bias else f"{ends[0]} → {ends[1]}"
        kept = biases if of_bias else weights
        kept.setdefault(Variable("weight", first), []).append(where)

    def note(quantity: Variable) -> str:
        frozen = _asks_update(exercise) and not structure.trainable[quantity.place]
        return "; not trained" if frozen else ""

    def parameters(found: dict[Variable, list[str]], of: str) -> tuple[Given, ...]:
        return tuple(
            Given(
                working.symbols.of(quantity),
                f"{working.given(quantity):.12g}",
                of + ", ".join(where) + note(quantity),
            )
            for quantity, where in found.items()
        )  # fmt: skip

    def data(quantities: list[Variable]) -> tuple[Given, ...]:
        return tuple(
            Given(working.symbols.of(each), f"{working.given(each):.12g}") for each in quantities
        )

    return [
        ("Inputs", data(outs)),
        ("Targets", data(targets)),
        ("Weights", parameters(weights, "")),
        ("Biases", parameters(biases, "of ")),
    ]


def _described(working: Working) -> str:
    structure = working.structure
    levels = [", ".join(str(structure.names[row]) for row in level) for level in structure.levels]
    return f"The network, level by level: {'; '.join(levels)}"


def _asks_update(exercise: Exercise) -> bool:
    return "update" in exercise.phases
