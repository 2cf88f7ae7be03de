"""Portraits: what notebooks and terminals show of an object, as a document.

The classes shown stand on floors below; `neurograph.display` asks for what is made here.
"""

from collections.abc import Callable, Iterator
from dataclasses import fields
from typing import Any, TypeVar

import numpy as np

from neurograph.checking import GradientCheck
from neurograph.digits import decimals
from neurograph.display import Brief, in_words
from neurograph.documents.document import (
    Block,
    Document,
    Heading,
    Note,
    Paragraph,
    Picture,
    TableColumn,
    Text,
    TextTable,
    code,
    numeral,
    sentence,
    shortened,
)
from neurograph.documents.readable import Readable
from neurograph.elements import Connection, Neuron
from neurograph.engines import Plan
from neurograph.exercises import Exercise, Sheet
from neurograph.landscape import Basins, Decision, LossCurve, LossPlane, LossSurface
from neurograph.landscape.terrain import Result
from neurograph.network import Network
from neurograph.profiles import (
    MOST_ROWS,
    element_blocks,
    introduced,
    network_tables,
    ten_digits,
    text_table,
    value_span,
)
from neurograph.records import record
from neurograph.scenario import RunResult, Scenario, ScenarioResult, StepResult, Verdict
from neurograph.scenario.report import (
    VerdictReport,
    closing,
    network_blocks,
    source_of,
    step_blocks,
    verdict_note,
    verdict_table,
)
from neurograph.training import History

__all__ = ["PORTRAITS", "Portrait"]

#: Returns what is said of an object; if it has a picture, it is told whether to show that.
Painter = Callable[..., Document]
P = TypeVar("P", bound=Painter)

#: By class, what is said of its objects, and whether they have a picture.
PORTRAITS: dict[type, tuple[Painter, bool]] = {}

#: Numbers of an array that are shown one by one.
_FEW = 4


@record(eq=False)
class Portrait(Brief, Readable):
    """What is shown of an object.

    Parameters
    ----------
    subject : object
        Of a class in `PORTRAITS`, or of one derived from it.
    picture : bool
        Whether its picture is shown too, where it has one.

    Examples
    --------
    >>> import neurograph as ng
    >>> net = ng.Network.layered(1, 1, weights=0.5, activation="identity")
    >>> print(Portrait(net.plan()).text().splitlines()[0])
    How steps are run
    """

    subject: object
    picture: bool = False

    def document(self) -> Document:
        """Return what stands in it."""
        kinds = type(self.subject).__mro__
        painter, pictured = next(PORTRAITS[kind] for kind in kinds if kind in PORTRAITS)
        return painter(self.subject, self.picture) if pictured else painter(self.subject)


def _portrays(*kinds: type, pictured: bool = False) -> Callable[[P], P]:
    """Enter a function for objects of these classes; `pictured` if it takes `picture` too."""

    def entered(painter: P) -> P:
        PORTRAITS.update(dict.fromkeys(kinds, (painter, pictured)))
        return painter

    return entered


def _pictured(draw: Callable[[Any], Any], subject: object) -> Picture:
    from neurograph import drawing  # with matplotlib, which text does not need
    from neurograph.drawing.pictures import rendered

    drawn = draw(drawing)(subject)
    return Picture(drawing.alt_text(drawn), rendered(drawn, "svg").decode())


# -- a network -------------------------------------------------------------------------------------


@_portrays(Network, pictured=True)
def _network(net: Network, picture: bool) -> Document:
    name = f" {net.name}" if net.name else ""
    said = repr(net).partition("(")[2].removesuffix(")")
    blocks: list[Block] = list(network_tables(net))
    if picture and not isinstance(blocks[0], Note):
        blocks.insert(0, _pictured(lambda drawing: drawing.draw_network, net))
    return Document("network", f"Network{name}", (Paragraph(said), *blocks))


# -- a neuron or a connection ----------------------------------------------------------------------


@_portrays(Neuron, Connection)
def _element(element: Neuron | Connection) -> Document:
    title = introduced(element).rstrip(",")
    return Document("inspection", title, tuple(element_blocks(element)))


# -- worked examples -------------------------------------------------------------------------------


@_portrays(Scenario, pictured=True)
def _scenario(scenario: Scenario, picture: bool) -> Document:
    blocks: list[Block] = [Paragraph(source_of(scenario)), Paragraph(scenario.source)]
    if scenario.description:
        blocks.append(Paragraph(scenario.description, apart=True))
    if picture:
        blocks.append(_pictured(lambda drawing: drawing.draw_network, scenario.network()))
    rows: list[tuple[Text, ...]] = [
        (code(run.name), run.title or "", numeral(str(len(run.steps))),
         numeral(str(sum(len(step.printed) for step in run.steps))))
        for run in scenario.runs
    ]  # fmt: skip
    columns = (*map(TableColumn, ("run", "")), *_right("steps", "printed values"))
    blocks += [*network_blocks(scenario), Heading("Runs"), TextTable(columns, tuple(rows))]
    return Document("scenario", scenario.title, tuple(blocks))


@_portrays(ScenarioResult)
def _scenario_result(result: ScenarioResult) -> Document:
    return VerdictReport(result).document()


@_portrays(RunResult)
def _run_result(result: RunResult) -> Document:
    blocks = (block for step in result.steps for block in step_blocks(step))
    title = f"Run {result.number}, {result.run.name}"
    return Document("verdicts", title, (Paragraph(result.run.title or ""), *blocks))


@_portrays(StepResult)
def _step_result(result: StepResult) -> Document:
    return Document("verdicts", "", tuple(step_blocks(result)))


@_portrays(Verdict)
def _verdict(verdict: Verdict) -> Document:
    note = () if verdict.verdict == "reproduced" else (verdict_note(verdict),)
    return Document("verdict", "", (verdict_table([verdict]), *note))


@_portrays(Exercise)
def _exercise(exercise: Exercise) -> Document:
    return Sheet(exercise=exercise).document()


# -- what is computed of a network -----------------------------------------------------------------


@_portrays(GradientCheck)
def _gradient_check(check: GradientCheck) -> Document:
    heads = ("analytic", "central", "complex step", "error")
    rows: list[tuple[Text, ...]] = [
        (code(each.address), *map(value_span, each[1:4]), numeral(f"{each.error:.1e}", each.error))
        for each in check.parameters
    ]
    table = shortened(TextTable((TableColumn("address"), *_right(*heads)), tuple(rows)), MOST_ROWS)
    said = (
        f"worst: {check.worst.address}, relative error {check.worst.error:.1e},"
        f" {'within' if check.passed else 'NOT within'} {check.rtol:g}"
    )
    title = "Gradients beside differentiation by numbers"
    return Document("gradient_check", title, (*table, closing(said, check.passed)))


@_portrays(History, pictured=True)
def _history(history: History, picture: bool) -> Document:
    said = repr(history).partition("(")[2].partition(":")[0].removesuffix(")")
    blocks: list[Block] = [Paragraph(said + (f"; {history.ended}" if history.ended else ""))]
    if history.epochs.size:
        if picture and len(history):
            blocks.append(_pictured(lambda drawing: drawing.draw_history, history))
        blocks += shortened(_recorded(history), MOST_ROWS)
    return Document("history", "History of a training", tuple(blocks))


def _recorded(history: History) -> TextTable:
    """Return a table of what was recorded: how it began and ended."""
    rows: list[tuple[Text, ...]] = [
        (code(address), value_span(history.start.get(address)),
         *(value_span(column[kept] if column.ndim > 1 else float(column[kept]))
           for kept in (0, -1)))
        for address, column in history.items()
    ]  # fmt: skip
    first, last = (f"epoch {history.epochs[kept]}" for kept in (0, -1))
    return TextTable((TableColumn("address"), *_right("at the start", first, last)), tuple(rows))


@_portrays(Plan)
def _plan(plan: Plan) -> Document:
    rows: list[tuple[Text, ...]] = [
        ("engine", code(plan.engine)),
        ("why", plan.reason),
        ("what it runs", f"see source(): {len(plan.source().splitlines()):,} lines"),
    ]
    return Document("plan", "How steps are run", (text_table(("what", "value"), rows),))


@_portrays(Result, pictured=True)
def _result(result: Result, picture: bool) -> Document:
    rows: list[tuple[Text, ...]] = [
        (column.name.replace("_", " "), _summed_up(getattr(result, column.name)))
        for column in fields(result)  # type: ignore[arg-type]  # every subclass is a dataclass
        if not column.name.startswith("_") and column.name != "notes"
    ]
    blocks: list[Block] = [text_table(("what", "value"), rows)]
    blocks += map(Note, getattr(result, "notes", ()))
    draw = next((draw for kind, draw in _DRAWN.items() if isinstance(result, kind)), None)
    if picture and draw is not None:
        blocks.insert(0, _pictured(draw, result))
    title = sentence(_spaced(type(result).__name__))
    return Document("landscape", title, tuple(blocks))


#: How each is drawn, of those that are.
_DRAWN: dict[type, Callable[[Any], Any]] = {
    LossCurve: lambda drawing: drawing.draw_curve,
    LossSurface: lambda drawing: drawing.draw_surface,
    LossPlane: lambda drawing: drawing.draw_surface,
    Basins: lambda drawing: drawing.draw_basins,
    Decision: lambda drawing: drawing.draw_decision,
}


def _spaced(name: str) -> str:
    """Return the name of a class as words."""
    return "".join(f" {letter.lower()}" if letter.isupper() else letter for letter in name).strip()


def _summed_up(value: Any) -> Text:
    """Return a value as a cell: many numbers by how many there are, and from where to where."""
    if isinstance(value, float):
        return value_span(value)
    if isinstance(value, np.ndarray):
        if value.ndim == 1 and len(value) <= _FEW:
            return ten_digits(value)
        shape = " x ".join(map(str, value.shape))
        if not np.isfinite(value).all() or not value.size:
            return f"{shape} numbers"
        return f"{shape} numbers from {decimals(value.min())} to {decimals(value.max())}"
    if isinstance(value, tuple):
        shown = [in_words(part).strip("'") for part in value[:_FEW]]
        return ", ".join([*shown, *(["..."] if len(value) > _FEW else [])])
    return in_words(value).strip("'")


def _right(*heads: str) -> Iterator[TableColumn]:
    return (TableColumn(head, "right") for head in heads)
