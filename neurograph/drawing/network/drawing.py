"""Drawing a network: neurons, connections, their numbers, and a note of what is left out."""

from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from matplotlib.axes import Axes
from matplotlib.patches import Patch, PathPatch
from matplotlib.text import Text

from neurograph.addresses import CONNECTION_QUANTITIES
from neurograph.drawing.canvas import Drawing, checked_axes, new_figure
from neurograph.drawing.network.columns import columns_of
from neurograph.drawing.network.highlighting import Highlight, read_highlight
from neurograph.drawing.network.keys import Key, draw_keys, keys_height, keys_width
from neurograph.drawing.network.noting import described, keys_of, left_out
from neurograph.drawing.network.painting import Painter
from neurograph.drawing.network.planning import Plan, make_plan
from neurograph.drawing.network.reading import Reader, largest_of
from neurograph.drawing.style import styled
from neurograph.elements import one_of, whole_number
from neurograph.network import Network

__all__ = ["Later", "NetworkDrawing", "Request", "draw_network", "draw_requested"]

Pair = tuple[Hashable, Hashable]

DIRECTIONS = ("right", "up")

# Around the picture, in inches.
_MARGIN = 0.14


@dataclass(frozen=True, eq=False)
class NetworkDrawing(Drawing):
    """A picture of a network.

    Attributes
    ----------
    ax : matplotlib.axes.Axes
    neurons : dict
        The circle (of a bias neuron the square) of each neuron that is shown, by name.
    names : dict
        The Text of each name.
    neuron_labels : dict
        The Text of each value, by (name, field).
    connections : dict
        The line of each connection that is shown, by (pre, post).
    connection_labels : dict
        The Text of each connection that has one.
    notes : list of Text
        The key below the picture, and what is not shown.
    positions : dict
        (x, y) of each neuron, in data coordinates.
    painter : Painter
        What drew it, for pictures that change.
    """

    neurons: dict[Hashable, Patch] = field(repr=False)
    names: dict[Hashable, Text] = field(repr=False)
    neuron_labels: dict[tuple[Hashable, str], Text] = field(repr=False)
    connections: dict[Pair, PathPatch] = field(repr=False)
    connection_labels: dict[Pair, Text] = field(repr=False)
    notes: list[Text] = field(repr=False)
    positions: dict[Hashable, tuple[float, float]] = field(repr=False)
    painter: Painter = field(repr=False)


@styled
def draw_network(
    net: Network,
    show: str | Iterable[str] = ("bias", "weight"),
    *,
    ax: Axes | None = None,
    digits: int = 3,
    labels: str = "values",
    direction: str = "right",
    highlight: object = None,
    strength: str = "weight",
    sample: int | None = None,
    most_neurons: int | None = 10,
    most_levels: int | None = 10,
    most_labels: int = 130,
    key: bool = True,
) -> NetworkDrawing:
    """Draw a network with its numbers, level by level.

    A solid blue line is a positive weight, a dashed orange one a negative weight, and its width
    is the weight's size. Connections that skip a level are arcs that pass between its neurons.

    Parameters
    ----------
    net : Network
    show : str or iterable of str
        Fields of neurons and connections, such as ``"out"``, ``"delta"``, ``"weight"`` and
        ``"gradient"``. Biases are always shown.
    ax : matplotlib.axes.Axes, optional
        By default, those of a new figure that has the size the picture needs.
    digits : int
        Significant digits.
    labels : {"values", "symbols", "both"}
        ``0.4``, ``w5``, or ``w5=0.4``.
    direction : {"right", "up"}
        Levels from left to right, or from bottom to top.
    highlight : optional
        A neuron, with its connections; a connection such as ``"w5"``, with all that its weight
        influences; or a list of the neurons of a path. The rest is drawn pale.
    strength : str
        The field of the connections that colour, line style and width show.
    sample : int, optional
        After a pass over a batch: whose values are shown, from 1.
    most_neurons, most_levels : int or None
        A level with more neurons is shown by its first and last few, a network with more levels
        likewise; a note says what is left out. `None` shows all.
    most_labels : int
        With more connections than these none has a label.
    key : bool
        Whether a key below the picture says what the lines mean.

    Returns
    -------
    NetworkDrawing

    Raises
    ------
    UnknownNameError
        If there is no such field, neuron or connection; the nearest is named.
    NotComputedError
        If no neuron or connection has a value of a field yet.
    StructureError
        If the graph is not a feed-forward network.
    InvalidTypeError, InvalidValueError
        If the axes are of another kind, or an option is none of those above.

    Notes
    -----
    A bias neuron stands in the level before the first neuron that it feeds.

    Examples
    --------
    >>> import neurograph as ng
    >>> from neurograph.drawing import draw_network
    >>> net = ng.Network.layered(2, 1, weights=[[[0.15, -0.20]]], bias=0.35)
    >>> drawing = draw_network(net)
    >>> drawing.neuron_labels["o1", "bias"].get_text()
    'b=0.35'
    >>> drawing.connection_labels["i2", "o1"].get_text()
    '−0.2'
    """
    request = Request.of(
        Reader.of(net, show, labels, digits, sample),
        direction=direction,
        strength=strength,
        most_neurons=most_neurons,
        most_levels=most_levels,
        most_labels=most_labels,
        key=key,
    )
    if ax is not None:
        ax = checked_axes(ax, "a network")
    return draw_requested(request, ax, read_highlight(net, highlight))


@dataclass(frozen=True)
class Request:
    """What a picture is to show, checked."""

    reader: Reader
    direction: str
    strength: str
    most_neurons: int | None
    most_levels: int | None
    most_labels: int
    key: bool

    @classmethod
    def of(
        cls,
        reader: Reader,
        *,
        direction: str = "right",
        strength: str = "weight",
        most_neurons: int | None = 10,
        most_levels: int | None = 10,
        most_labels: int = 130,
        key: bool = True,
    ) -> "Request":
        """Check the options of a picture."""
        return cls(
            reader,
            one_of(direction, DIRECTIONS, "direction"),
            one_of(strength, CONNECTION_QUANTITIES, "strength"),
            None if most_neurons is None else whole_number(most_neurons, "most_neurons"),
            None if most_levels is None else whole_number(most_levels, "most_levels"),
            whole_number(most_labels, "most_labels"),
            bool(key),
        )


@dataclass(frozen=True)
class Later:
    """What a picture that changes will show, so that it has room from the beginning.

    Attributes
    ----------
    labels : mapping
        Texts of connections.
    fields : mapping
        Texts of neurons, by (name, field).
    captions : sequence of str
        Of which one at a time is the last of the drawing's notes.
    strengths : sequence of float
        Values that lines will show.
    """

    labels: Mapping[Pair, Sequence[str]] = field(default_factory=dict)
    fields: Mapping[tuple[Hashable, str], Sequence[str]] = field(default_factory=dict)
    captions: Sequence[str] = ()
    strengths: Sequence[float] = ()


def draw_requested(
    request: Request,
    ax: Axes | None,
    highlight: Highlight | None = None,
    later: Later | None = None,
) -> NetworkDrawing:
    """Draw what was asked for; keep room for what will be there later."""
    later = later or Later()
    reader, net = request.reader, request.reader.net
    columns = columns_of(
        net, request.most_neurons, request.most_levels, highlight.shown if highlight else ()
    )
    shown = [cell.name for column in columns for cell in column if cell.kind == "neuron"]
    kept = set(shown)
    pairs = [(pre, post) for pre in shown for post in net.successors(pre) if post in kept]
    reader.check_known(list(net))
    neuron_texts = {name: reader.of_neuron(name) for name in shown}
    many = len(pairs) > request.most_labels
    label_texts = {} if many else _labels(reader, pairs)
    strengths = {pair: reader.value(net.edges[pair], request.strength) for pair in pairs}
    plan = make_plan(
        columns,
        pairs,
        {
            name: [max(later.fields.get((name, of), [text]), key=len) for of, text in texts.items()]
            for name, texts in neuron_texts.items()
        },
        {pair: [text, *later.labels.get(pair, ())] for pair, text in label_texts.items()},
        request.direction,
    )
    missing = left_out(net, columns, len(pairs), len(label_texts) - len(plan.labels))
    if many and reader.of_connections:
        missing.append("their values not written, for lack of room")
    which = reader.which_sample(shown)
    missing += [which] if which else []
    values = [*strengths.values(), *later.strengths]
    keys = keys_of(request.strength, values, missing) if request.key else []
    keys += [Key(max(later.captions, key=len))] if later.captions else []
    ax, scale = _canvas(ax, plan, keys)
    painter = Painter(ax, scale, plan, highlight, largest_of(values))
    connections = {pair: painter.connection(pair, strengths[pair]) for pair in pairs}
    neurons = {name: painter.neuron(name, _kind(net, name)) for name in shown}
    names: dict[Hashable, Text] = {}
    neuron_labels: dict[tuple[Hashable, str], Text] = {}
    for name in shown:
        names[name], texts = painter.neuron_text(name, neuron_texts[name])
        neuron_labels |= {(name, of): text for of, text in texts.items()}
    connection_labels = {
        pair: painter.label(pair, label_texts[pair], strengths[pair]) for pair in plan.labels
    }
    notes = painter.gaps(request.direction) + draw_keys(ax, keys, plan.extent, scale)
    return NetworkDrawing(
        ax,
        described(net, request.strength, missing, highlight),
        neurons,
        names,
        neuron_labels,
        connections,
        connection_labels,
        notes,
        dict(plan.neurons),
        painter,
    )


def _canvas(ax: Axes | None, plan: Plan, keys: Sequence[Key]) -> tuple[Axes, float]:
    """Return axes whose data coordinates are the inches of the plan, and the scale they have."""
    left, bottom, right, top = plan.extent
    widen = max(0.0, keys_width(keys) - (right - left)) / 2
    left, right = left - widen - _MARGIN, right + widen + _MARGIN
    bottom, top = bottom - keys_height(keys, right - left - 2 * _MARGIN) - _MARGIN, top + _MARGIN
    width, height = right - left, top - bottom
    scale = 1.0
    if ax is None:
        ax = new_figure(width, height).add_axes((0.0, 0.0, 1.0, 1.0))
    else:
        box = ax.get_window_extent()
        dpi = ax.figure.dpi
        scale = min(box.width / dpi / width, box.height / dpi / height)
    ax.set(xlim=(left, right), ylim=(bottom, top), aspect="equal")
    ax.set_axis_off()
    return ax, scale


def _labels(reader: Reader, pairs: Sequence[Pair]) -> dict[Pair, str]:
    texts = {pair: "\n".join(reader.of_connection(*pair).values()) for pair in pairs}
    return {pair: text for pair, text in texts.items() if text}


def _kind(net: Network, name: Hashable) -> str:
    declared: str | None = net.nodes[name].kind
    if declared is not None:
        return declared
    if not net.in_degree(name):
        return "input"
    return "hidden" if net.out_degree(name) else "output"
