"""What a person reads of one neuron or connection, and of all scenarios at once."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from neurograph.cli.inspection import Inspection, Outcome, shared_by
from neurograph.documents.document import (
    Block,
    Document,
    Heading,
    Paragraph,
    Span,
    TableColumn,
    Text,
    TextTable,
    code,
)
from neurograph.documents.readable import Readable
from neurograph.elements import Connection, Neuron
from neurograph.network import Network
from neurograph.quantities import CONNECTION_QUANTITIES, NEURON_QUANTITIES, QUANTITIES
from neurograph.scenario import Scenario
from neurograph.scenario.report import (
    check_note,
    kinds_of,
    source_of,
    special_of,
    ten_digits,
    value_span,
    verdict_note,
)

__all__ = ["InspectionReport", "Overview", "ScenarioList"]


@dataclass(frozen=True, eq=False)
class ScenarioList(Readable):
    """What ``neurograph list`` shows."""

    scenarios: Iterable[Scenario]

    def document(self) -> Document:
        """Return what stands in it."""
        rows = [(code(each.name), each.title, source_of(each)) for each in self.scenarios]
        return Document("list", "", (_table(("name", "title", "source"), rows),))


@dataclass(frozen=True, eq=False)
class Overview(Readable):
    """What ``neurograph run --all`` shows: what failed, and one table."""

    outcomes: Sequence[Outcome]

    def document(self) -> Document:
        """Return what stands in it."""
        wrong = [outcome for outcome in self.outcomes if not outcome.passed]
        failures = (block for outcome in wrong for block in _failure(outcome))
        return Document("overview", "", (*failures, self._table(bool(wrong))))

    def _table(self, failed: bool) -> TextTable:
        heads = ["scenario", "printed", "reproduced", "errata", "slips", "FAILED", "time"]
        totals = [str(sum(each.number(index) for each in self.outcomes)) for index in range(5)]
        rows = [
            ([each.name, *each.counts, f"{each.seconds:.2f} s"], each.passed)
            for each in self.outcomes
        ]
        seconds = sum(each.seconds for each in self.outcomes)
        rows.append((["all", *totals, f"{seconds:.2f} s"], True))
        shown = [n for n in range(len(heads)) if failed or heads[n] != "FAILED"]
        return TextTable(
            tuple(TableColumn(heads[n], "right" if n else "left") for n in shown),
            tuple(
                tuple(Span(row[n], tone="" if passed else "failed") for n in shown)
                for row, passed in rows
            ),
        )


def _failure(outcome: Outcome) -> Iterator[Block]:
    yield Heading(outcome.name)
    if outcome.result is None:
        yield Paragraph(outcome.error or "")
        return
    yield from map(verdict_note, outcome.result.failed)
    yield from (check_note(check) for check in outcome.result.checks if not check.passed)


@dataclass(frozen=True, eq=False)
class InspectionReport(Readable):
    """What ``neurograph inspect`` shows."""

    inspected: Inspection

    def document(self) -> Document:
        """Return what stands in it."""
        seen = self.inspected
        when = f"run {seen.run.name}, after step {seen.number} ({seen.step.do}); {seen.weights_are}"
        blocks = (
            _neuron(seen.element, seen.net)
            if isinstance(seen.element, Neuron)
            else _connection(seen.element, seen.net)
        )
        title = f"{_introduced(seen.element)} in {seen.scenario.name}"
        shared = _shared(seen.tie, seen.net) if seen.tie else ()
        return Document("inspection", title, (Paragraph(when), *blocks, *shared))


def _introduced(element: Neuron | Connection) -> str:
    if isinstance(element, Neuron):
        return f"Neuron {element.name}" + (f" ({element.label})" if element.label else "")
    return f"Connection {element.name}, from {element.pre} to {element.post},"


def _neuron(neuron: Neuron, net: Network) -> Iterator[Block]:
    incoming, outgoing = net.incoming(neuron.name), net.outgoing(neuron.name)
    facts = [("kind", kinds_of(net)[neuron.name], "")]
    if incoming:
        facts.append(("activation", neuron.activation, ""))
    if neuron.combine != "sum":
        facts.append(("combine", neuron.combine, "how messages become one number"))
    if neuron.mask is not None:
        facts.append(("mask", ten_digits(neuron.mask), "a constant factor on out"))
    if neuron.bias is not None:
        facts.append(("bias trained", special_of(neuron) or "yes", ""))
    yield _carried(neuron, NEURON_QUANTITIES, facts)
    if incoming:
        yield Paragraph(
            f"Incoming: message = weight * out; their {neuron.combine} and the bias make net",
            apart=True,
        )
        yield _links("from", "out", "message", [(each, each.pre) for each in incoming], net)
    if outgoing:
        scaled = any(net.neuron(each.post).combine != "sum" for each in outgoing)
        by = " * message_slope" if scaled else ""
        yield Paragraph(
            f"Outgoing: error message = weight * delta{by}; their sum is dE/dout", apart=True
        )
        yield _links("to", "delta", "error_message", [(each, each.post) for each in outgoing], net)


def _shared(tie: str, net: Network) -> Iterator[Block]:
    """Yield where a shared parameter is used, and what each use adds to its gradient."""
    sharing = shared_by(net, tie)
    places = "1 place" if len(sharing) == 1 else f"{len(sharing)} places"
    yield Paragraph(
        f"{tie} is one parameter in {places}; its gradient is the sum of what each adds",
        apart=True,
    )
    heads = ("address", "own gradient", "gradient")
    rows: list[tuple[Text, ...]] = []
    for element in sharing:
        names = [QUANTITIES[name] for name in ("weight", "own_gradient", "gradient")]
        is_bias = isinstance(element, Neuron)
        parameter, own, gradient = (row.of_bias if is_bias else row.name for row in names)
        values = (value_span(element.get(name)) for name in (own, gradient))
        rows.append((code(f"{element.name}.{parameter}"), *values))
    yield _table(heads, rows)


def _links(
    side: str, at_end: str, message: str, links: Sequence[tuple[Connection, object]], net: Network
) -> TextTable:
    """Return a table of connections: what comes from the other end, and what becomes of it."""
    heads = ("connection", side, "weight", at_end, message.replace("_", " "), "gradient")
    rows: list[tuple[Text, ...]] = [
        (
            code(str(link.name)),
            code(str(end)),
            value_span(link.weight),
            value_span(net.neuron(end).get(at_end)),
            value_span(link.get(message)),
            value_span(link.get("gradient")),
        )
        for link, end in links
    ]
    return _table(heads, rows)


def _connection(connection: Connection, net: Network) -> Iterator[Block]:
    yield _carried(
        connection, CONNECTION_QUANTITIES, [("weight trained", special_of(connection) or "yes", "")]
    )
    yield Paragraph("At its ends", apart=True)
    ends: list[tuple[Text, ...]] = [
        (code(f"{name}.{quantity}"), value_span(neuron[quantity]), NEURON_QUANTITIES[quantity])
        for name, quantity in ((connection.pre, "out"), (connection.post, "delta"))
        for neuron in [net.neuron(name)]
        if quantity in neuron
    ]
    yield _table(("address", "value", "meaning"), ends)


def _carried(
    element: Neuron | Connection, meanings: dict[str, str], facts: Sequence[tuple[str, str, str]]
) -> TextTable:
    rows: list[tuple[Text, ...]] = [
        (quantity, value_span(element[quantity]), _meaning(element, quantity, meaning))
        for quantity, meaning in meanings.items()
        if element.get(quantity) is not None
    ]
    return _table(("quantity", "value", "meaning"), [*facts, *rows])


def _table(heads: Sequence[str], rows: Sequence[tuple[Text, ...]]) -> TextTable:
    return TextTable(tuple(map(TableColumn, heads)), tuple(rows))


def _meaning(element: Neuron | Connection, quantity: str, meaning: str) -> str:
    if element.tie and quantity in ("gradient", "bias_gradient"):
        return f"dE/d{element.tie}, summed over all that share {element.tie}"
    if quantity == "out" and "net" not in element:
        return "what is put in"
    if isinstance(element, Neuron) and quantity in _IN_WORDS:
        return _IN_WORDS[quantity](element) or meaning
    return meaning


#: What a quantity is in a neuron whose messages are not summed, or that has a mask.
_IN_WORDS: dict[str, Callable[[Neuron], str]] = {
    "net": lambda neuron: (
        f"net_j = {neuron.combine} of w_ij * out_i, + bias_j" if neuron.combine != "sum" else ""
    ),
    "out": lambda neuron: "" if neuron.mask is None else "out_j = mask * f(net_j)",
    "slope": lambda neuron: "" if neuron.mask is None else "dout/dnet = mask * f'(net)",
}
