"""What a person reads: tables on the terminal, drawn by rich."""

import codecs
import sys
from collections.abc import Hashable, Iterable, Sequence

from rich import box
from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from neurograph.addresses import CONNECTION_QUANTITIES, NEURON_QUANTITIES
from neurograph.cli.inspection import Inspection
from neurograph.cli.words import aligned, count, decimals, spell, value_text
from neurograph.elements import Connection, Neuron
from neurograph.network import Network
from neurograph.scenario import (
    RunResult,
    Scenario,
    ScenarioResult,
    Slip,
    StepResult,
    Verdict,
)

__all__ = ["Screen"]

_STYLES = {"reproduced": "green", "erratum": "yellow", "FAILED": "bold reverse red"}

# What rich would take instead of its own has a vertical line between all cells.
_ASCII_HEAD = box.Box("    \n    \n -- \n    \n    \n    \n    \n    \n", ascii=True)


class Screen:
    """Prints results as tables, in the encoding and the width of the standard output."""

    def __init__(self) -> None:
        self._console = Console(highlight=False, markup=False, emoji=False)
        self._box = box.SIMPLE_HEAD if self._console.encoding.startswith("utf") else _ASCII_HEAD
        codecs.register_error("neurograph.spelled", spell)

    # -- commands ---------------------------------------------------------------------------

    def scenarios(self, scenarios: Iterable[Scenario]) -> None:
        """Print what ``neurograph list`` shows."""
        rows = [(each.name, each.title, f"{each.author}, {each.year}") for each in scenarios]
        self._show([self._table(("name", "title", "source"), rows)])

    def result(self, result: ScenarioResult) -> None:
        """Print what ``neurograph run`` shows."""
        scenario = result.scenario
        parts: list[object] = [
            self._text(scenario.title, "bold"),
            self._text(f"{scenario.author}, {scenario.year}"),
            self._text(scenario.source),
        ]
        if scenario.description:
            parts += ["", self._text(scenario.description)]
        parts += self._network(scenario)
        for run in result.runs:
            parts += self._run(run, len(scenario.runs))
        if result.slips:
            parts += ["", self._text("Slips of the source that are no numbers", "bold")]
            parts += [self._slip(slip) for slip in result.slips]
        self._show([*parts, "", self._summary(result)])

    def inspection(self, found: Inspection) -> None:
        """Print what ``neurograph inspect`` shows."""
        element, net = found.element, found.net
        parts: list[object] = [
            self._text(f"{self._introduced(element)} in {found.scenario.name}", "bold"),
            self._text(
                f"run {found.run.name}, after step {found.number} ({found.step.do});"
                f" {found.weights_are}"
            ),
        ]
        if isinstance(element, Neuron):
            parts += self._neuron(element, net)
        else:
            parts += self._connection(element, net)
        self._show(parts)

    # -- parts ------------------------------------------------------------------------------

    def _network(self, scenario: Scenario) -> list[object]:
        net, facts = scenario.network(), scenario.network_facts
        levels = {name: str(level) for level, names in enumerate(net.levels) for name in names}
        neurons = [
            (
                str(name),
                levels[name],
                _kind(net, name),
                "" if levels[name] == "0" else net.neuron(name).activation,
                value_text(net.neuron(name).bias),
                "" if net.neuron(name).bias is None else _parameter(net.neuron(name)),
            )
            for name in net
        ]
        connections = [
            (
                str(each.name),
                f"{each.pre} -> {each.post}",
                value_text(each.weight),
                _parameter(each),
            )
            for each in (net.connection((fact.pre, fact.post)) for fact in facts.connections)
        ]
        return [
            "",
            self._text("The network", "bold"),
            self._text(
                f"{count(len(neurons), 'neuron', 'neurons')},"
                f" {count(len(connections), 'connection', 'connections')};"
                f" loss {facts.loss}"
                + (f", {facts.reduction} over the samples" if scenario.inputs.ndim == 2 else "")
            ),
            "",
            self._table(("neuron", "level", "kind", "activation", "bias", ""), neurons),
            "",
            self._table(("connection", "from -> to", "weight", ""), connections),
            "",
            *self._data(scenario, net),
        ]

    def _data(self, scenario: Scenario, net: Network) -> list[object]:
        lines = []
        for word, names, values in (
            ("inputs", net.inputs, scenario.inputs),
            ("targets", net.outputs, scenario.targets),
        ):
            columns = values.T if values.ndim == 2 else values.tolist()
            shown = "; ".join(
                f"{name} = {value_text(value)}" for name, value in zip(names, columns, strict=True)
            )
            lines.append(self._text(f"{word}: {shown}"))
        return [*lines]

    def _run(self, result: RunResult, total: int) -> list[object]:
        run = result.run
        conventions = [f"order {run.order}"]
        if run.learning_rate is not None:
            conventions.append(f"learning rate {run.learning_rate:g}")
        if run.digits is not None:
            conventions.append(f"every value rounded to {run.digits} decimals")
        heading = f"Run {result.number} of {total}, {run.name}"
        parts: list[object] = ["", self._text(heading, "bold")]
        if run.title:
            parts.append(self._text(run.title))
        parts.append(self._text("; ".join(conventions)))
        if run.note:
            parts.append(self._text(run.note))
        for step in result.steps:
            parts += ["", *self._step(step)]
        return parts

    def _step(self, result: StepResult) -> list[object]:
        step = result.step
        rounds = f", {step.rounds:,} rounds" if step.do == "train" else ""
        parts: list[object] = [self._text(f"Step {result.number}, {step.do}{rounds}", "underline")]
        if step.note:
            parts.append(self._text(step.note))
        verdicts = result.verdicts
        if not verdicts:
            return parts
        printed = aligned([verdict.printed for verdict in verdicts])
        computed = aligned([decimals(each.computed, like=each.printed) for each in verdicts])
        rows = [
            (_address(verdict), verdict.symbol, left, right, verdict.verdict)
            for verdict, left, right in zip(verdicts, printed, computed, strict=True)
        ]
        parts.append(
            self._table(
                ("address", "symbol", "printed", "computed", "verdict"),
                rows,
                styles=[_STYLES[verdict.verdict] for verdict in verdicts],
            )
        )
        for verdict in verdicts:
            if verdict.verdict != "reproduced":
                parts.append(self._explained(verdict))
        return parts

    def _explained(self, verdict: Verdict) -> Padding:
        place = f" ({verdict.place})" if verdict.place else ""
        reason = verdict.problem or f"correct {verdict.correct}; {verdict.cause}"
        text = f"{verdict.verdict} {_address(verdict)}{place}: printed {verdict.printed}, {reason}"
        return Padding(self._text(text, _STYLES[verdict.verdict]), (0, 0, 0, 2))

    def _slip(self, slip: Slip) -> Padding:
        text = f"{slip.place}: printed “{slip.printed}”, meant “{slip.meant}”; {slip.cause}"
        return Padding(self._text(text), (0, 0, 0, 2))

    def _summary(self, result: ScenarioResult) -> Text:
        errata = len(result.errata) + len(result.slips)
        parts = [
            f"{len(result.reproduced)} reproduced",
            count(errata, "erratum", "errata"),
        ]
        if result.slips:
            values = count(len(result.errata), "printed value", "printed values")
            parts[-1] += f" ({values}, {count(len(result.slips), 'slip', 'slips')})"
        style = "bold green"
        if result.failed:
            parts.append(f"{len(result.failed)} FAILED")
            style = _STYLES["FAILED"]
        return self._text(f"{result.scenario.name}: {', '.join(parts)}", style)

    def _introduced(self, element: Neuron | Connection) -> str:
        if isinstance(element, Neuron):
            return f"Neuron {element.name}" + (f" ({element.label})" if element.label else "")
        return f"Connection {element.name}, from {element.pre} to {element.post},"

    def _neuron(self, neuron: Neuron, net: Network) -> list[object]:
        incoming, outgoing = net.incoming(neuron.name), net.outgoing(neuron.name)
        facts = [("kind", _kind(net, neuron.name), "")]
        if incoming:
            facts.append(("activation", neuron.activation, ""))
        if neuron.bias is not None:
            facts.append(("bias trained", _parameter(neuron) or "yes", ""))
        parts = ["", self._carried(neuron, NEURON_QUANTITIES, facts)]
        if incoming:
            rows = [
                (
                    str(each.name),
                    str(each.pre),
                    value_text(each.weight),
                    value_text(net.neuron(each.pre).get("out")),
                    value_text(each.get("message")),
                    value_text(each.get("gradient")),
                )
                for each in incoming
            ]
            parts += [
                "",
                self._text("Incoming: message = weight * out; their sum and the bias make net"),
                self._table(("connection", "from", "weight", "out", "message", "gradient"), rows),
            ]
        if outgoing:
            rows = [
                (
                    str(each.name),
                    str(each.post),
                    value_text(each.weight),
                    value_text(net.neuron(each.post).get("delta")),
                    value_text(each.get("error_message")),
                    value_text(each.get("gradient")),
                )
                for each in outgoing
            ]
            parts += [
                "",
                self._text("Outgoing: error message = weight * delta; their sum is dE/dout"),
                self._table(
                    ("connection", "to", "weight", "delta", "error message", "gradient"), rows
                ),
            ]
        return parts

    def _connection(self, connection: Connection, net: Network) -> list[object]:
        facts = [("weight trained", _parameter(connection) or "yes", "")]
        pre, post = net.neuron(connection.pre), net.neuron(connection.post)
        ends = [
            (f"{name}.{quantity}", value_text(neuron[quantity]), NEURON_QUANTITIES[quantity])
            for name, neuron, quantity in (
                (connection.pre, pre, "out"),
                (connection.post, post, "delta"),
            )
            if quantity in neuron
        ]
        return [
            "",
            self._carried(connection, CONNECTION_QUANTITIES, facts),
            "",
            self._text("At its ends"),
            self._table(("address", "value", "meaning"), ends),
        ]

    def _carried(
        self,
        element: Neuron | Connection,
        meanings: dict[str, str],
        facts: Sequence[tuple[str, str, str]],
    ) -> Table:
        rows = [
            (quantity, value_text(element[quantity]), _meaning(element, quantity, meaning))
            for quantity, meaning in meanings.items()
            if element.get(quantity) is not None
        ]
        return self._table(("quantity", "value", "meaning"), [*facts, *rows])

    # -- drawing ----------------------------------------------------------------------------

    def _text(self, text: str, style: str = "") -> Text:
        encoding = self._console.encoding
        spelled = text.encode(encoding, "neurograph.spelled").decode(encoding)
        return Text(spelled, style=style, overflow="fold")

    def _table(
        self,
        columns: Sequence[str],
        rows: Iterable[Sequence[str]],
        styles: Sequence[str] = (),
    ) -> Table:
        """Return a table; a style for each row colours its last cell."""
        table = Table(box=self._box, show_edge=False, pad_edge=False, padding=(0, 1, 0, 0))
        for column in columns:
            table.add_column(self._text(column), overflow="fold")
        for index, row in enumerate(rows):
            cells = [self._text(cell) for cell in row]
            if styles:
                cells[-1].style = styles[index]
            table.add_row(*cells)
        return table

    def _show(self, parts: Iterable[object]) -> None:
        # rich ends the program by itself when the reader of a pipe has gone; this leaves it to us.
        with self._console.capture() as capture:
            for part in parts:
                self._console.print(part)
        # rich fills cells with spaces up to the right edge.
        lines = (line.rstrip() for line in capture.get().splitlines())
        sys.stdout.write("".join(f"{line}\n" for line in lines))


def _kind(net: Network, name: Hashable) -> str:
    if name in net.inputs:
        return "input"
    if name in net.outputs:
        return "output"
    return net.neuron(name).kind or "hidden"


def _parameter(element: Neuron | Connection) -> str:
    """Say what is special about the weight of a connection or the bias of a neuron."""
    words = []
    if not element.trainable:
        words.append("fixed")
    if element.tie:
        words.append(f"shared as {element.tie}")
    return ", ".join(words)


def _meaning(element: Neuron | Connection, quantity: str, meaning: str) -> str:
    if element.tie and quantity in ("gradient", "bias_gradient"):
        return f"dE/d{element.tie}, summed over all that share {element.tie}"
    if quantity == "out" and "net" not in element:
        return "what is put in"
    return meaning


def _address(verdict: Verdict) -> str:
    if verdict.sample is None:
        return verdict.address
    return f"{verdict.address} (sample {verdict.sample})"
