"""What stepping shows: the event, why its value is what it is, and the network so far."""

import re
from collections.abc import Hashable, Iterator, Sequence
from textwrap import wrap
from typing import TYPE_CHECKING, TypeVar

import numpy as np
from rich.console import Console

from neurograph.columns import Value
from neurograph.digits import significant
from neurograph.documents.plain import equation_lines
from neurograph.errors import NeurographError
from neurograph.escapes import in_ascii, printable, showable
from neurograph.explanations.explanation import Explanation, build
from neurograph.explanations.state import State, Update
from neurograph.optimizers import get_optimizer
from neurograph.traces import MESSAGES, Trace, TraceEvent

if TYPE_CHECKING:
    from rich.console import RenderableType
    from rich.table import Table

__all__ = ["StepConsole", "StepScreen"]

_Name = TypeVar("_Name", bound=Hashable)

#: What the values of a neuron are called where there is little room.
_SYMBOLS = {
    "bias": "b", "net": "net", "out": "out", "slope": "f'", "target": "target", "loss": "E",
    "out_gradient": "∂E/∂out", "delta": "δ", "bias_gradient": "∂E/∂b",
}  # fmt: skip

#: Neurons of a level, and connections, that are shown before the rest is only counted.
MOST_NEURONS, MOST_CONNECTIONS = 10, 14
#: The width of a level side by side with others, and the most lines of one neuron in it.
_LEVEL, _NEURON = 20, 1 + len(_SYMBOLS)
#: Lines besides those of the network, the connections and the reason: headings, blank lines, the
#: prompt; and of a reason as long as most are.
_AROUND, _REASON = 7, 4
_LEAST_CONNECTIONS = 2


class StepConsole(Console):
    """A console that says when the reader of its pipe has gone, instead of ending the program."""

    def on_broken_pipe(self) -> None:
        """Pass it on to whoever started this."""
        raise


class StepScreen:
    """Shows the events of a trace on a console.

    Parameters
    ----------
    console : rich.console.Console
    steps : Trace
    sample : int
        Which of a batch is shown, counted from 1.
    heading : str
    """

    def __init__(self, console: "Console", steps: Trace, sample: int, heading: str) -> None:
        self.console = console
        self.steps = steps
        self.sample = sample
        self.heading = heading

    def show(self) -> None:
        """Show the event that happened last, and what the network carries."""
        if self.console.is_terminal:
            self.console.clear()
        self._print(self.heading, bold=True)
        self._print(f"event {self.steps.position} of {len(self.steps)}", bold=True)
        reason: list[str] = []
        if self.steps.position:
            event = self.steps[self.steps.position - 1]
            reason = self._reason(event)
            self._print(f"{event.phase}:  {event.address} = {self._number(event.value)}")
            for line in reason:
                self._print(line, whole=True)
        else:
            self._print("Nothing has happened yet.  n next, p previous, ? help, q quit")
        self.console.print()
        lines = None if self._has_room() else self._fitting_lines(len(reason))
        if lines is None:
            self.console.print(self._side_by_side())
        else:
            for line in lines:
                self._print(line, whole=True)
        self.console.print()
        self.console.print(self._connections(0 if lines is None else len(reason) + len(lines)))

    def _print(self, text: str, *, bold: bool = False, whole: bool = False) -> None:
        """Print text; what is broken into lines already is left whole."""
        self.console.print(self._spelled(text), style="bold" if bold else "", soft_wrap=whole)

    def _number(self, value: Value, digits: int = 6) -> str:
        """Return a number; of a batch, that of the sample that is shown."""
        number = value[self.sample - 1] if isinstance(value, np.ndarray) else value
        return significant(number + 0.0, digits)  # 0 has no sign for a reader

    def _spelled(self, text: str) -> str:
        """Return text as the terminal can show it."""
        encoding = self.console.encoding
        text = printable(text, keep="\u00a0")  # what holds a symbol and its number together
        return showable(text if encoding.startswith("utf") else in_ascii(text), encoding)

    # -- why ----------------------------------------------------------------------------------

    def _reason(self, event: TraceEvent) -> list[str]:
        """Return why the value is what it is: the equation in symbols, and with its numbers."""
        try:
            explanation = self._explained(event)
        except NeurographError:
            return [f"  {self.steps.meaning_of(event)}"]
        line = explanation.root.equations[0]
        if not line.forms:
            return ["  given"]
        if not line.is_exact:  # what the objects carry by now is not what this was made of
            return [f"  {self.steps.meaning_of(event)}"]
        return list(equation_lines(line, explanation.digits, self.console.width, indent=2))

    def _explained(self, event: TraceEvent) -> Explanation:
        """Return the equation of an event, from what the objects carry as it happens."""
        steps, sample, update = self.steps, None, Update()
        here, address = steps.position, event.address
        if event.phase == "update":
            update = Update(steps.learning_rate, get_optimizer(steps.optimizer))
        if event.changes_parameter:
            # The parameter as it was just before.
            steps.back()
            address = f"{event.name}.new_{event.quantity}"
        elif event.quantity != "gradient" and np.ndim(event.value):
            sample = self.sample
        try:
            state = State(steps.net, update, as_carried=True)
            return build(state, address, digits=9, depth=0, sample=sample)
        finally:
            steps.go_to(here)

    def _current(self) -> tuple[str, tuple[Hashable, ...]]:
        if not self.steps.position:
            return "", ()
        event = self.steps[self.steps.position - 1]
        return event.address, event.neurons

    # -- the neurons --------------------------------------------------------------------------

    def _has_room(self) -> bool:
        """Whether levels can stand side by side to the end, with all that will be known."""
        levels = self.steps.net.levels
        if len(levels) * _LEVEL - 2 > self.console.width:
            return False
        if not self.console.is_terminal:
            return True
        tallest = max(min(len(names), MOST_NEURONS + 1) for names in levels) * _NEURON
        connections = min(len(self.steps.net.edges), MOST_CONNECTIONS) + 1
        return tallest + connections + _REASON + _AROUND <= self.console.height

    def _carried(self, name: Hashable, digits: int = 5) -> Iterator[tuple[str, str, str]]:
        """Yield what a neuron carries: address, symbol and number."""
        neuron = self.steps.net.neuron(name)
        for quantity, symbol in _SYMBOLS.items():
            if neuron.get(quantity) is not None:
                number = self._number(neuron[quantity], digits)
                yield f"{name}.{quantity}", self._spelled(symbol), number

    def _side_by_side(self) -> "RenderableType":
        """Return the levels beside each other, one value a line."""
        from rich.table import Table
        from rich.text import Text

        net = self.steps.net
        address, current = self._current()
        table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), show_header=False)
        cells = []
        for names in net.levels:
            table.add_column(no_wrap=True, overflow="fold")
            shown = _some(names, current, MOST_NEURONS)
            cell = Text()
            for name in shown:
                cell.append(
                    f"{self._spelled(str(name))}\n",
                    style="bold reverse" if name in current else "bold",
                )
                for of, symbol, number in self._carried(name):
                    cell.append(f" {symbol:<8}{number}\n", style="bold" if address == of else "")
            if len(shown) < len(names):
                cell.append(f"... {len(names) - len(shown)} more\n")
            cell.rstrip()
            cells.append(cell)
        table.add_row(*cells)
        return table

    def _fitting_lines(self, n_reason: int) -> list[str]:
        """Return the neurons as lines: with all they carry, or as much as there is room for."""
        room = self.console.height - n_reason - _AROUND - _LEAST_CONNECTIONS
        for others, most in ((tuple(_SYMBOLS), MOST_NEURONS), (("out", "delta"), MOST_NEURONS)):
            lines = list(self._lines(others, most))
            if not self.console.is_terminal or len(lines) <= room:
                return lines
        return list(self._lines(("out", "delta"), 1))

    def _lines(self, others: Sequence[str], most: int) -> Iterator[str]:
        """Yield the neurons one below the other, for a terminal that is low or narrow.

        Those that the event is not about show only some quantities.
        """
        _, current = self._current()
        for names in self.steps.net.levels:
            shown = _some(names, current, most)
            for name in shown:
                mark = "*" if name in current else " "
                values = "  ".join(
                    f"{symbol}\u00a0{number}"
                    for of, symbol, number in self._carried(name)
                    if name in current or of.rpartition(".")[2] in others
                )
                start = f"{mark}{self._spelled(str(name))}  "
                yield from wrap(
                    values, self.console.width, initial_indent=start, subsequent_indent="     ",
                    break_long_words=False, break_on_hyphens=False,
                ) or [start.rstrip()]  # fmt: skip
            if len(shown) < len(names):
                yield f" ... {len(names) - len(shown)} more"

    # -- the connections ----------------------------------------------------------------------

    def _connections(self, lines_above: int) -> "Table":
        """Return the connections with what they carry, in as many digits as there is room for."""
        from rich.measure import Measurement

        net = self.steps.net
        _, current = self._current()
        ends: Sequence[tuple[Hashable, Hashable]] = sorted(
            net.edges, key=lambda pair: _in_order(str(net.connection(pair).name))
        )
        room = MOST_CONNECTIONS
        if self.console.is_terminal and lines_above:
            room = min(room, max(self.console.height - lines_above - _AROUND, 2))
        if len(ends) > room:
            # One line says how many there are besides.
            touching = [pair for pair in ends if set(pair) & set(current)] or ends
            ends = _some(touching, [current], max(room - 1, 1))
        for digits, with_ends in ((6, True), (4, True), (4, False), (3, False), (2, False)):
            table = self._table(ends, len(net.edges), digits, with_ends)
            options = self.console.options.update(width=1000)
            if Measurement.get(self.console, options, table).maximum <= self.console.width:
                break
        return table

    def _table(
        self, ends: Sequence[tuple[Hashable, Hashable]], n: int, digits: int, with_ends: bool
    ) -> "Table":
        from rich.table import Table

        net = self.steps.net
        address, _ = self._current()
        table = Table(box=None, pad_edge=False, padding=(0, 2 if with_ends else 1, 0, 0))
        columns = ("weight", *MESSAGES, "gradient")
        headings = ["connection", ""] if with_ends else [""]
        words = [column.replace("_", " ") for column in columns]
        if not with_ends:
            words = [word.replace(" ", "\n") for word in words]
        for heading in (*headings, *words):
            table.add_column(heading, header_style="", overflow="fold")
        for pair in ends:
            connection = net.connection(pair)
            values = [
                "" if connection.get(column) is None else self._number(connection[column], digits)
                for column in columns
            ]
            here = address.rpartition(".")[0] == str(connection.name)
            route = [self._spelled(f"{pair[0]} -> {pair[1]}")] if with_ends else []
            table.add_row(
                self._spelled(str(connection.name)),
                *route,
                *values,
                style="bold reverse" if here else "",
            )
        if len(ends) < n:
            table.add_row("...", f"{n - len(ends)} more")
        return table


def _some(names: Sequence[_Name], wanted: Sequence[Hashable], most: int) -> Sequence[_Name]:
    """Return the first of many names, with those that matter now among them."""
    if len(names) <= most:
        return names
    wanted = [name for name in names if name in wanted]
    return [name for name in names if name in wanted or name in names[: most - len(wanted)]]


def _in_order(label: str) -> list[tuple[bool, int, str]]:
    """Return a key that sorts w2 before w10."""
    parts = re.split(r"(\d+)", label)
    return [(part.isdecimal(), int(part) if part.isdecimal() else 0, part) for part in parts]
