"""Profiles: what is said of a network, a neuron or a connection, in tables."""

from collections.abc import Callable, Hashable, Iterator, Sequence
from contextlib import suppress
from itertools import compress, islice

import numpy as np

from neurograph.columns import Value
from neurograph.combinations import is_formula
from neurograph.digits import decimals, significant
from neurograph.documents.document import (
    Block,
    Note,
    Paragraph,
    TableColumn,
    Text,
    TextTable,
    code,
    joined,
    numeral,
)
from neurograph.elements import Connection, Neuron, row_of
from neurograph.equations import Variable
from neurograph.errors import NeurographError
from neurograph.inventory import kinds_of
from neurograph.losses import get_loss
from neurograph.network import Network
from neurograph.quantities import CONNECTION_QUANTITIES, NEURON_QUANTITIES
from neurograph.terms import DELTAS

__all__ = [
    "MOST_ROWS",
    "connection_table",
    "element_blocks",
    "introduced",
    "network_tables",
    "neuron_table",
    "special_of",
    "ten_digits",
    "text_table",
    "value_span",
]  # fmt: skip

#: Rows of a table of neurons or connections; what a network has more of is only counted.
MOST_ROWS = 60


# -- a network -------------------------------------------------------------------------------------


def network_tables(net: Network) -> Iterator[Block]:
    """Yield the tables of a network, with what is known; of a graph that is none, why not."""
    try:
        neurons = list(neuron_table(net, _known(net, _OF_NEURONS), _DIGITS))
    except NeurographError as error:
        yield Note(str(error), "bad")
        return
    ends = [(pre, post) for post in net for pre in net.pred[post]]
    connections = connection_table(net, ends, _known(net, _OF_CONNECTIONS), _DIGITS)
    for block in (*neurons, *connections):
        yield _without_empty_columns(block) if isinstance(block, TextTable) else block


#: What the tables of a network show as soon as it is known.
_OF_NEURONS = ("net", "out", "delta")
_OF_CONNECTIONS = ("message", "gradient")
#: Of their numbers, so that they fit a terminal side by side.
_DIGITS = 6


def _known(net: Network, quantities: Sequence[str]) -> list[str]:
    """Return which of these quantities somebody has."""
    elements: list[Neuron | Connection] = (
        [net.neuron(name) for name in net]
        if quantities is _OF_NEURONS
        else [net.connection(ends) for ends in islice(net.edges, MOST_ROWS)]
    )
    return [name for name in quantities if any(each.get(name) is not None for each in elements)]


def _without_empty_columns(table: TextTable) -> TextTable:
    filled = [any(map(joined, cells)) for cells in zip(*table.rows, strict=True)]
    return TextTable(
        tuple(compress(table.columns, filled)),
        tuple(tuple(compress(row, filled)) for row in table.rows),
    )


def neuron_table(net: Network, quantities: Sequence[str] = (), digits: int = 10) -> Iterator[Block]:
    """Yield a table of the first neurons, with these of their quantities, and how many more."""
    kinds = kinds_of(net)
    levels = {name: str(level) for level, names in enumerate(net.levels) for name in names}
    shown = [(name, net.neuron(name)) for name in islice(net, MOST_ROWS)]
    rows: list[tuple[Text, ...]] = [
        (
            code(str(name)),
            levels[name],
            kinds[name],
            "" if levels[name] == "0" else neuron.activation,
            *(value_span(neuron.get(quantity), digits) for quantity in ("bias", *quantities)),
            ", ".join(_special(neuron)),
        )
        for name, neuron in shown
    ]
    heads = ("neuron", "level", "kind", "activation", "bias", *quantities, "")
    yield from _first_rows(heads, rows, len(net))


def connection_table(
    net: Network,
    ends: Sequence[tuple[Hashable, Hashable]],
    quantities: Sequence[str] = (),
    digits: int = 10,
) -> Iterator[Block]:
    """Yield a table of the first connections, with these of their quantities, and how many more."""
    rows: list[tuple[Text, ...]] = [
        (
            code(str(link.name)),
            f"{link.pre} -> {link.post}",
            *(value_span(link.get(quantity), digits) for quantity in ("weight", *quantities)),
            special_of(link),
        )
        for link in map(net.connection, ends[:MOST_ROWS])
    ]
    yield from _first_rows(("connection", "from -> to", "weight", *quantities, ""), rows, len(ends))


def _first_rows(
    heads: Sequence[str], rows: Sequence[tuple[Text, ...]], number: int
) -> Iterator[Block]:
    """Yield a table, and how many rows it has not."""
    yield text_table(heads, rows)
    if number > len(rows):
        yield Paragraph(f"... and {number - len(rows):,} more")


def special_of(element: Neuron | Connection) -> str:
    """Return what is special about the weight of a connection or the bias of a neuron."""
    words = [] if element.trainable else ["fixed"]
    return ", ".join([*words, *([f"shared as {element.tie}"] if element.tie else [])])


def _special(neuron: Neuron) -> Iterator[str]:
    """Yield what is special about a neuron and its bias."""
    if neuron.bias is not None and special_of(neuron):
        yield special_of(neuron)
    if neuron.combine != "sum":
        of = "" if is_formula(neuron.combine) else " of its messages"
        yield f"{neuron.combine}{of}"
    if neuron.mask is not None:
        yield f"mask {ten_digits(neuron.mask)}"


# -- a neuron or a connection ----------------------------------------------------------------------


def element_blocks(element: Neuron | Connection, net: Network | None = None) -> Iterator[Block]:
    """Yield what a neuron or connection carries, and what is at its ends.

    Parameters
    ----------
    element : Neuron or Connection
    net : Network, optional
        By default the one whose pass has bound it.
    """
    net = element.network if net is None else net
    if isinstance(element, Neuron):
        if net is not None and net._node.get(element.name) is not element:
            net = None  # it was taken out of it
        return _neuron(element, net)
    if net is not None and net._succ.get(element.pre, {}).get(element.post) is not element:
        net = None
    return _connection(element, net)


def introduced(element: Neuron | Connection) -> str:
    """Return which neuron or connection it is."""
    if isinstance(element, Neuron):
        name = "" if element.name is None else f" {element.name}"
        return f"Neuron{name}" + (f" ({element.label})" if element.label else "")
    if element.pre is None:
        return f"Connection{f' {element.label}' if element.label else ''}"
    return f"Connection {element.name}, from {element.pre} to {element.post},"


def _neuron(neuron: Neuron, net: Network | None) -> Iterator[Block]:
    incoming = [] if net is None else net.incoming(neuron.name)
    outgoing = [] if net is None else net.outgoing(neuron.name)
    facts = [("kind", _kind(neuron, net), "")]
    if "net" in neuron or incoming:
        facts.append(("activation", neuron.activation, ""))
    if neuron.combine != "sum":
        facts.append(("combine", neuron.combine, "how messages become one number"))
    if neuron.mask is not None:
        facts.append(("mask", ten_digits(neuron.mask), "a constant factor on out"))
    if neuron.bias is not None:
        facts.append(("bias trained", special_of(neuron) or "yes", ""))
    yield _carried(neuron, facts)
    if net is None:
        return
    if incoming:
        named = is_formula(neuron.combine)
        made_by = f"{neuron.combine} of them" if named else f"their {neuron.combine}"
        yield Paragraph(
            f"Incoming: message = weight * out; {made_by} and the bias make net", apart=True
        )
        yield _links("from", "out", "message", [(each, each.pre) for each in incoming], net)
    if outgoing:
        scaled = any(net.neuron(each.post).combine != "sum" for each in outgoing)
        by, sign = " * message_slope" if scaled else "", "-" if _is_turned(net) else ""
        yield Paragraph(
            f"Outgoing: error message = weight * delta{by}; their sum is {sign}dE/dout", apart=True
        )
        yield _links("to", "delta", "error_message", [(each, each.post) for each in outgoing], net)


def _kind(neuron: Neuron, net: Network | None) -> str:
    try:
        return str(neuron.kind or "") if net is None else kinds_of(net)[neuron.name]
    except NeurographError:  # the graph is no network now
        return str(neuron.kind or "")


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
    return text_table(heads, rows)


def _connection(connection: Connection, net: Network | None) -> Iterator[Block]:
    yield _carried(connection, [("weight trained", special_of(connection) or "yes", "")])
    if net is None:
        return
    yield Paragraph("At its ends", apart=True)
    ends: list[tuple[Text, ...]] = [
        (
            code(f"{name}.{quantity}"),
            value_span(neuron[quantity]),
            meaning_of(neuron, quantity),
        )
        for name, quantity in ((connection.pre, "out"), (connection.post, "delta"))
        for neuron in [net.neuron(name)]
        if quantity in neuron
    ]
    yield text_table(("address", "value", "meaning"), ends)


def _carried(element: Neuron | Connection, facts: Sequence[tuple[str, str, str]]) -> TextTable:
    rows: list[tuple[Text, ...]] = [
        (quantity, value_span(element[quantity]), meaning_of(element, quantity))
        for quantity in _quantities(element)
        if element.get(quantity) is not None
    ]
    return text_table(("quantity", "value", "meaning"), [*facts, *rows])


def text_table(heads: Sequence[str], rows: Sequence[tuple[Text, ...]]) -> TextTable:
    """Return a table of texts."""
    return TextTable(tuple(map(TableColumn, heads)), tuple(rows))


def _quantities(element: Neuron | Connection) -> dict[str, str]:
    if isinstance(element, Connection):
        return CONNECTION_QUANTITIES
    net = element.network
    if net is None or get_loss(net.loss).has_target:
        return NEURON_QUANTITIES
    return {name: words for name, words in NEURON_QUANTITIES.items() if name != "target"}


def meaning_of(element: Neuron | Connection, quantity: str) -> str:
    """Return what a number of a neuron or connection is, under what its network states.

    Parameters
    ----------
    element : Neuron or Connection
    quantity : str

    Returns
    -------
    str

    Examples
    --------
    >>> import neurograph as ng
    >>> net = ng.Network.layered(1, 1, weights=0.5)
    >>> net.penalty, net.delta = {"l2": 0.1}, "target - out"
    >>> meaning_of(net.connection("w1"), "gradient")
    '-dE/dw = delta_post * out_pre + what the penalty adds'
    """
    net, words = element.network, _stated(element, quantity)
    if net is None:
        return words
    if quantity in ("gradient", "bias_gradient") and _is_penalised(element, net):
        words += " + what the penalty adds"
    if quantity == "slope" and _has_slope_one(element, net):
        words += ", with 1 for f'"
    return words.replace("dE/d", "-dE/d") if _is_turned(net) else words


def _is_penalised(element: Neuron | Connection, net: Network) -> bool:
    if net.penalty is None or not net.penalty.constants:
        return False
    is_bias = isinstance(element, Neuron) or net.nodes[element.pre].kind == "bias"
    return net.penalty.biases or not is_bias


def _has_slope_one(element: Neuron | Connection, net: Network) -> bool:
    at_outputs = net.slope == "one_at_outputs" and not net._succ[element.name]
    return net.slope == "one" or at_outputs


def _is_turned(net: Network | None) -> bool:
    return net is not None and net.delta != DELTAS[0]


def _stated(element: Neuron | Connection, quantity: str) -> str:
    its = CONNECTION_QUANTITIES if isinstance(element, Connection) else NEURON_QUANTITIES
    meaning = its[quantity]
    if quantity in ("net", "out") and _is_pinned(element, quantity):
        return "given, not computed"
    if element.tie and quantity in ("gradient", "bias_gradient"):
        return f"dE/d{element.tie}, summed over all that share {element.tie}"
    if quantity == "out" and _is_given(element):
        return "what is put in"
    if quantity == "gradient" and "message_slope" in element:
        return "dE/dw = delta_post * message_slope * out_pre"
    if isinstance(element, Neuron) and quantity in _IN_WORDS:
        return _IN_WORDS[quantity](element) or meaning
    return meaning


def _is_pinned(element: Neuron | Connection, quantity: str) -> bool:
    with suppress(NeurographError):  # the graph is no network now
        net = element.network
        return net is not None and Variable(quantity, row_of(element)) in net.storage.pinned
    return False


def _is_given(neuron: Neuron | Connection) -> bool:
    net = neuron.network
    return "net" not in neuron if net is None else not net._pred.get(neuron.name)


def _net_in_words(rule: str) -> str:
    if rule == "sum":
        return ""
    if is_formula(rule):
        return f"net_j = {rule} + bias_j, each name its message w_ij * out_i"
    return f"net_j = {rule} of w_ij * out_i, + bias_j"


#: What a quantity is in a neuron whose messages are not summed, or that has a mask.
_IN_WORDS: dict[str, Callable[[Neuron], str]] = {
    "net": lambda neuron: _net_in_words(neuron.combine),
    "out": lambda neuron: "" if neuron.mask is None else "out_j = mask * f(net_j)",
    "slope": lambda neuron: "" if neuron.mask is None else "dout/dnet = mask * f'(net)",
}


# -- numbers in words ------------------------------------------------------------------------------


def ten_digits(value: Value | None) -> str:
    """Return a number with ten digits, or the first of many; nothing for one that is not there."""
    if value is None:
        return ""
    if isinstance(value, np.ndarray):
        shown = ", ".join(f"{number:.6g}" for number in value[:4])
        return shown if len(value) <= 4 else f"{shown}, ... ({len(value)} samples)"
    return decimals(value)


def value_span(value: Value | None, digits: int = 10) -> Text:
    """Return a value as a cell of a table."""
    if value is None or isinstance(value, np.ndarray):
        return ten_digits(value)
    text = ten_digits(value) if digits == 10 else significant(value, digits)
    return numeral(text, float(value))
