"""What a person reads: tables on the terminal, drawn by rich."""

from collections.abc import Callable, Hashable, Iterable, Sequence

from rich.padding import Padding
from rich.text import Text

from neurograph.cli.conventions import conventions_of, details_of
from neurograph.cli.inspection import Inspection
from neurograph.cli.overview import Outcome
from neurograph.cli.printer import Printer
from neurograph.cli.words import aligned, count, decimals, value_text
from neurograph.elements import Connection, Neuron
from neurograph.network import Network
from neurograph.quantities import CONNECTION_QUANTITIES, NEURON_QUANTITIES
from neurograph.scenario import (
    GradientVerdict,
    RunResult,
    Scenario,
    ScenarioResult,
    Slip,
    StepResult,
    Verdict,
)
from neurograph.scenario.verdicts import FULL_DIGITS, LAST_PLACES

__all__ = ["Screen"]

_STYLES = {
    "reproduced": "green",
    "truncated": "green",
    "same float": "green",
    "last places": "green",
    "erratum": "yellow",
    "FAILED": "bold reverse red",
}

#: What is said once below a table, of agreement that is not to half a unit of the last digit.
_OF_FLOATS = {
    "same float": "same float: the printed digits name exactly the float that is computed",
    "last places": f"last places: with {FULL_DIGITS} digits or more, within {LAST_PLACES} units in"
    " the last place of a float, as far as rounding reaches",
}


class Screen(Printer):
    """Prints results as tables, in the encoding and the width of the standard output."""

    # -- commands ---------------------------------------------------------------------------

    def scenarios(self, scenarios: Iterable[Scenario]) -> None:
        """Print what ``neurograph list`` shows."""
        rows = [(each.name, each.title, _source(each)) for each in scenarios]
        self._show([self._table(("name", "title", "source"), rows)])

    def result(self, result: ScenarioResult) -> None:
        """Print what ``neurograph run`` shows."""
        scenario = result.scenario
        parts: list[object] = [
            self._text(scenario.title, "bold"),
            self._text(_source(scenario)),
            self._text(scenario.source),
        ]
        if scenario.description:
            parts += ["", self._text(scenario.description)]
        parts += self._network(scenario)
        for run in result.runs:
            parts += self._run(run, scenario)
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

    def overview(self, outcomes: Sequence[Outcome]) -> None:
        """Print what ``neurograph run --all`` shows: what failed, and one table."""
        parts: list[object] = []
        for outcome in outcomes:
            if not outcome.passed:
                parts += [*self._failure(outcome), ""]
        failed = any(not outcome.passed for outcome in outcomes)
        columns = ["scenario", "printed", "reproduced", "errata", "slips", "time"]
        rows = [[outcome.name, *outcome.counts, f"{outcome.seconds:.2f} s"] for outcome in outcomes]
        totals = [sum(outcome.number(index) for outcome in outcomes) for index in range(5)]
        seconds = sum(outcome.seconds for outcome in outcomes)
        rows.append(["all", *map(str, totals), f"{seconds:.2f} s"])
        if failed:
            columns.insert(5, "FAILED")
        else:
            rows = [[*row[:5], row[6]] for row in rows]
        styles = ["" if outcome.passed else _STYLES["FAILED"] for outcome in outcomes]
        self._show([*parts, self._table(columns, rows, styles=[*styles, "bold"], numbers=True)])

    # -- parts ------------------------------------------------------------------------------

    def _failure(self, outcome: Outcome) -> list[object]:
        if outcome.result is None:
            return [self._text(outcome.name, "bold"), self._text(outcome.error or "")]
        return [
            self._text(outcome.name, "bold"),
            *(self._explained(verdict) for verdict in outcome.result.failed),
            *(self._check(check) for check in outcome.result.checks if not check.passed),
        ]

    def _network(self, scenario: Scenario) -> list[object]:
        net, facts = scenario.network(), scenario.network_facts
        kinds = _kinds(net)
        levels = {name: str(level) for level, names in enumerate(net.levels) for name in names}
        neurons = [
            (
                str(name),
                levels[name],
                kinds[name],
                "" if levels[name] == "0" else net.neuron(name).activation,
                value_text(net.neuron(name).bias),
                ", ".join(_special(net.neuron(name))),
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
            *self._long_table(("neuron", "level", "kind", "activation", "bias", ""), neurons),
            "",
            *self._long_table(("connection", "from -> to", "weight", ""), connections),
            "",
            *self._data(scenario, net),
        ]

    def _data(self, scenario: Scenario, net: Network) -> list[object]:
        lines = []
        if scenario.data.file is not None:
            lines.append(self._text(f"data: {scenario.data.file.name}"))
        if scenario.data.standardized:
            lines.append(self._text("every input column: (x - mean) / standard deviation"))
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

    def _run(self, result: RunResult, scenario: Scenario) -> list[object]:
        run = result.run
        heading = f"Run {result.number} of {len(scenario.runs)}, {run.name}"
        parts: list[object] = ["", self._text(heading, "bold")]
        if run.title:
            parts.append(self._text(run.title))
        parts.append(self._text("; ".join(conventions_of(run))))
        if run.note:
            parts.append(self._text(run.note))
        for step in result.steps:
            parts += ["", *self._step(step)]
        return parts

    def _step(self, result: StepResult) -> list[object]:
        step = result.step
        heading = ", ".join([f"Step {result.number}", step.do, *details_of(step)])
        parts: list[object] = [self._text(heading, "underline")]
        if step.note:
            parts.append(self._text(step.note))
        if result.check is not None:
            parts.append(self._check(result.check))
        verdicts = result.verdicts
        if not verdicts:
            return parts
        printed = aligned([verdict.printed for verdict in verdicts])
        computed = aligned([decimals(each.computed, like=each.printed) for each in verdicts])
        rows = [
            (_address(verdict), verdict.symbol, left, right, _word(verdict))
            for verdict, left, right in zip(verdicts, printed, computed, strict=True)
        ]
        parts.append(
            self._table(
                ("address", "symbol", "printed", "computed", "verdict"),
                rows,
                styles=[_STYLES[_word(verdict)] for verdict in verdicts],
            )
        )
        words = set(map(_word, verdicts))
        parts += [
            Padding(self._text(note), (0, 0, 0, 2))
            for word, note in _OF_FLOATS.items()
            if word in words
        ]
        for verdict in verdicts:
            if verdict.verdict != "reproduced":
                parts.append(self._explained(verdict))
        return parts

    def _explained(self, verdict: Verdict) -> Padding:
        place = f" ({verdict.place})" if verdict.place else ""
        reason = verdict.problem or f"correct {verdict.correct}; {verdict.cause}"
        text = f"{verdict.verdict} {_address(verdict)}{place}: printed {verdict.printed}, {reason}"
        return Padding(self._text(text, _STYLES[verdict.verdict]), (0, 0, 0, 2))

    def _check(self, check: GradientVerdict) -> Padding:
        differ = (
            f"{len(check.differing)} differ, most {check.address}:"
            if check.differing
            else f"all agree; the least exact is {check.address}:"
        )
        text = (
            f"gradients beside differentiation by numbers: {differ} {decimals(check.computed)},"
            f" by numbers {decimals(check.numeric)} (relative difference {check.error:.1e})"
        )
        if check.passed:
            return Padding(self._text(text), (0, 0, 0, 2))
        text = f"FAILED, listed as gradients that {check.stated}; {text}"
        return Padding(self._text(text, _STYLES["FAILED"]), (0, 0, 0, 2))

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
        if result.failed:
            parts.append(f"{len(result.failed)} FAILED")
        if wrong := sum(not check.passed for check in result.checks):
            parts.append(f"{count(wrong, 'gradient check', 'gradient checks')} FAILED")
        style = "bold green" if result.passed else _STYLES["FAILED"]
        return self._text(f"{result.scenario.name}: {', '.join(parts)}", style)

    def _introduced(self, element: Neuron | Connection) -> str:
        if isinstance(element, Neuron):
            return f"Neuron {element.name}" + (f" ({element.label})" if element.label else "")
        return f"Connection {element.name}, from {element.pre} to {element.post},"

    def _neuron(self, neuron: Neuron, net: Network) -> list[object]:
        incoming, outgoing = net.incoming(neuron.name), net.outgoing(neuron.name)
        facts = [("kind", _kinds(net)[neuron.name], "")]
        if incoming:
            facts.append(("activation", neuron.activation, ""))
        if neuron.combine != "sum":
            facts.append(("combine", neuron.combine, "how messages become one number"))
        if neuron.mask is not None:
            facts.append(("mask", value_text(neuron.mask), "a constant factor on out"))
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
                self._text(
                    f"Incoming: message = weight * out; their {neuron.combine} and the bias make"
                    " net"
                ),
                self._table(("connection", "from", "weight", "out", "message", "gradient"), rows),
            ]
        if outgoing:
            scaled = any(net.neuron(each.post).combine != "sum" for each in outgoing)
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
                self._text(
                    "Outgoing: error message = weight * delta"
                    + (" * message_slope" if scaled else "")
                    + "; their sum is dE/dout"
                ),
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
    ) -> object:
        rows = [
            (quantity, value_text(element[quantity]), _meaning(element, quantity, meaning))
            for quantity, meaning in meanings.items()
            if element.get(quantity) is not None
        ]
        return self._table(("quantity", "value", "meaning"), [*facts, *rows])


def _source(scenario: Scenario) -> str:
    return f"{scenario.author}, {scenario.year or 'undated'}"


def _word(verdict: Verdict) -> str:
    if verdict.verdict == "reproduced" and verdict.agreement not in (None, "rounded"):
        return verdict.agreement
    return verdict.verdict


def _kinds(net: Network) -> dict[Hashable, str]:
    kinds = {name: net.neuron(name).kind or "hidden" for name in net}
    return kinds | dict.fromkeys(net.outputs, "output") | dict.fromkeys(net.inputs, "input")


def _parameter(element: Neuron | Connection) -> str:
    """Say what is special about the weight of a connection or the bias of a neuron."""
    words = []
    if not element.trainable:
        words.append("fixed")
    if element.tie:
        words.append(f"shared as {element.tie}")
    return ", ".join(words)


def _special(neuron: Neuron) -> list[str]:
    """Say what is special about a neuron and its bias."""
    words = [_parameter(neuron)] if neuron.bias is not None else []
    if neuron.combine != "sum":
        words.append(f"{neuron.combine} of its messages")
    if neuron.mask is not None:
        words.append(f"mask {value_text(neuron.mask)}")
    return list(filter(None, words))


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


def _address(verdict: Verdict) -> str:
    if verdict.sample is None:
        return verdict.address
    return f"{verdict.address} (sample {verdict.sample})"
