"""`draw_network`: neurons, connections, their numbers, and a key that says what is left out."""

import math
import re
from collections import Counter
from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import field, replace
from itertools import chain, pairwise
from typing import Any, Unpack

import networkx as nx
import numpy as np
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.patches import Circle, FancyBboxPatch, Patch, PathPatch
from matplotlib.path import Path
from matplotlib.text import Text

from neurograph.checks import one_of, whole_number
from neurograph.drawing.canvas import checked_axes, new_figure
from neurograph.drawing.inscriptions import Inscriptions, largest_of, magnitude, meaning_of, name_of
from neurograph.drawing.layout import (
    FIELD_SIZE,
    LABEL_SIZE,
    Cell,
    Pair,
    Sketch,
    columns_of,
    gap_text,
    sketch_of,
    text_lines,
)
from neurograph.drawing.pictures import Drawing
from neurograph.drawing.style import (
    LINE_SPACING,
    counted,
    number,
    numbers,
    phrase,
    text_size,
    whole,
)
from neurograph.drawing.themes import LookOptions, styled, theme
from neurograph.drawing.tikz import tikz_of
from neurograph.elements import Connection
from neurograph.errors import InvalidTypeError, InvalidValueError, UnknownNameError, did_you_mean
from neurograph.network import Network
from neurograph.quantities import CONNECTION_QUANTITIES
from neurograph.records import record

__all__ = ["Later", "NetworkDrawing", "draw_inscribed", "draw_network", "left_out", "line_of_sign"]

DIRECTIONS = ("right", "up")

# Around the picture, in inches, and above it.
_MARGIN, _HEADROOM = 0.14, 0.26

# Of lines, in points, in a picture with few of them.
_THINNEST, _THICKEST, _FEW = 0.9, 4.0, 20
_RIM, _LABEL_RIM = 1.4, 0.8

# With so many labels or more only those of so many lines are written, the widest.
_MANY_LABELS, _MOST_LABELS = 60, 30

# A picture with the names of its weights may be so much larger than one without.
_ROOM_FOR_NAMES = 1.5

# Of the key: the font in points; a row, a sample of a line, what is between entries, in inches.
_KEY_SIZE = 9.0
_ROW, _SAMPLE, _BETWEEN, _ABOVE = 0.21, 0.42, 0.28, 0.16


@record
class Highlight:
    """What stands out.

    Attributes
    ----------
    neurons : frozenset
    connections : frozenset of (pre, post)
    shown : tuple
        Neurons that a picture with few of the neurons shows in any case.
    words : str
        What it is, for a description.
    """

    neurons: frozenset[Hashable]
    connections: frozenset[Pair]
    shown: tuple[Hashable, ...]
    words: str


@record
class Key:
    """One entry: a text, after a sample of the line that it is about or none.

    Attributes
    ----------
    text : str
    line : mapping or None
        Properties of the sample.
    """

    text: str
    line: Mapping[str, object] | None = None

    @property
    def width(self) -> float:
        """How many inches the entry takes."""
        return text_size(self.text, _KEY_SIZE)[0] + (_SAMPLE if self.line else 0.0)


def line_of_sign(value: float | None) -> dict[str, Any]:
    """Return colour and line style of a value's sign."""
    if value is None or math.isnan(value) or value == 0:
        return {"color": theme().zero, "linestyle": (0, (1, 2))}
    if value > 0:
        return {"color": theme().positive, "linestyle": "solid"}
    return {"color": theme().negative, "linestyle": (0, (4, 1.6))}


# Of the characters of a name, those that none in XML has.
_unfit = re.compile(r"[^\w.]", re.ASCII)


class Painter:
    """Draws the parts of one picture.

    Parameters
    ----------
    ax : matplotlib.axes.Axes
    scale : float
        Of fonts and lines.
    sketch : Sketch
    highlight : Highlight or None
    largest : float
        The size of the value that the thickest line shows.
    """

    def __init__(
        self,
        ax: Axes,
        scale: float,
        sketch: Sketch,
        highlight: Highlight | None,
        largest: float,
    ) -> None:
        self.ax, self.scale, self.sketch, self.highlight = ax, scale, sketch, highlight
        self.largest = largest
        self.ids = {part.get_gid() for part in ax.figure.findobj()}
        thinner = min(1.0, (_FEW / max(len(sketch.routes), 1)) ** (1 / 3))
        self.widths = (_THINNEST * thinner, _THICKEST * thinner)

    def width(self, value: float | None) -> float:
        """Return the width of the line of a value."""
        thin, thick = self.widths
        share = min(magnitude(value) / self.largest, 1.0) if self.largest else 0.0
        width: float = (thin + (thick - thin) * share) * self.scale
        return width

    def restyle(self, line: PathPatch, value: float | None) -> None:
        """Give the line of a connection the look of a value."""
        look = line_of_sign(value)
        line.set(edgecolor=look["color"], linestyle=look["linestyle"], linewidth=self.width(value))

    def connection(self, pair: Pair, value: float | None) -> PathPatch:
        """Draw the line of a connection."""
        points, codes = [], []
        for place, piece in enumerate(self.sketch.routes[pair]):
            if not place:
                points.append(piece[0])
                codes.append(Path.MOVETO)
            points += list(piece[1:])
            codes += [Path.LINETO] if len(piece) == 2 else [Path.CURVE4] * 3
        line = PathPatch(Path(np.array(points), codes), fill=False, capstyle="butt")
        self.restyle(line, value)
        line.set_zorder(2 + min(magnitude(value) / self.largest, 1.0) if self.largest else 2)
        if self.highlight is not None:
            if pair in self.highlight.connections:
                line.set(zorder=3.5, linewidth=max(line.get_linewidth(), 2.0 * self.scale))
            else:
                line.set(edgecolor=theme().faded, zorder=1)
        line.set_gid(self._id("connection", *pair))
        self.ax.add_patch(line)
        return line

    def _id(self, *parts: object) -> str:
        """Return a valid name in XML for a part, from its own; no other in the figure has it."""
        plain = "-".join(_unfit.sub("_", str(part)) for part in parts)
        name, n = plain, 1
        while name in self.ids:
            n += 1
            name = f"{plain}-{n}"
        self.ids.add(name)
        return name

    def neuron(self, name: Hashable, kind: str) -> Patch:
        """Draw the circle of a neuron, or the square of a bias neuron."""
        x, y = self.sketch.neurons[name]
        radius = self.sketch.radius
        shape: Patch
        if kind == "bias":
            side = 1.7 * radius
            style = f"round,pad=0,rounding_size={radius / 4}"
            shape = FancyBboxPatch((x - side / 2, y - side / 2), side, side, boxstyle=style)
        else:
            shape = Circle((x, y), radius)
        faded = self.highlight is not None and name not in self.highlight.neurons
        strong = self.highlight is not None and not faded
        shape.set(
            facecolor=theme().paper if faded else theme().fills[kind],
            edgecolor=theme().faded if faded else theme().ink,
            linewidth=(2.6 if strong else _RIM) * self.scale,
            zorder=5,
            gid=self._id("neuron", name),
        )
        self.ax.add_patch(shape)
        return shape

    def neuron_text(self, name: Hashable, texts: Mapping[str, str]) -> tuple[Text, dict[str, Text]]:
        """Write the name and the values into a neuron."""
        x, y = self.sketch.neurons[name]
        faded = self.highlight is not None and name not in self.highlight.neurons
        drawn = [
            self.ax.text(
                x, y + middle, text, size=size * self.scale, weight=weight, zorder=6,
                ha="center", va="center_baseline", parse_math=False,
                color=theme().faded_text if faded else theme().ink,
            )
            for text, size, weight, middle in text_lines(str(name), list(texts.values()))
        ]  # fmt: skip
        return drawn[0], dict(zip(texts, drawn[1:], strict=True))

    def label(self, pair: Pair, text: str, value: float | None) -> Text:
        """Write the label of a connection on its line."""
        x, y = self.sketch.labels[pair]
        faded = self.highlight is not None and pair not in self.highlight.connections
        color = theme().faded_text if faded else line_of_sign(value)["color"]
        # Of several rows the line would be lost without a rim in its colour, which it runs into.
        rim = {"edgecolor": color if "\n" in text else "none", "linewidth": _LABEL_RIM * self.scale}
        return self.ax.text(
            x, y, text, size=LABEL_SIZE * self.scale, zorder=1.5 if faded else 4, color=color,
            ha="center", va="center", linespacing=LINE_SPACING, parse_math=False,
            bbox={"facecolor": theme().paper, "pad": 1.2 * self.scale, **rim},
        )  # fmt: skip

    def gaps(self, direction: str) -> list[Text]:
        """Write how many neurons are left out where they would be."""
        return [
            self.ax.text(
                x, y, gap_text(cell, direction), size=FIELD_SIZE * self.scale, zorder=4,
                ha="center", va="center", linespacing=LINE_SPACING, color=theme().soft,
            )
            for cell, x, y in self.sketch.gaps
        ]  # fmt: skip


@record(eq=False)
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

    def to_tikz(self) -> str:
        r"""Return the picture as a LaTeX document with one ``tikzpicture``.

        Examples
        --------
        >>> import neurograph as ng
        >>> from neurograph.drawing import draw_network
        >>> document = draw_network(ng.Network.layered(1, 1, weights=0.5)).to_tikz()
        >>> print(*[line for line in document.splitlines() if "=0.5}" in line])
        \node[text=c0b5fa5, align=center, fill=cffffff, inner sep=1.2pt, ...] at (...) {w1=0.5};
        """
        return tikz_of(self.ax, self.painter.scale, self.description, self.look.theme.paper)


@styled
def draw_network(
    net: Network,
    show: str | Iterable[str] = ("bias", "weight"),
    *,
    ax: Axes | None = None,
    digits: int = 3,
    labels: str = "auto",
    direction: str = "right",
    highlight: object = None,
    strength: str = "weight",
    sample: int | None = None,
    most_neurons: int | None = 10,
    most_levels: int | None = 10,
    most_labels: int | None = None,
    key: bool = True,
    **look: Unpack[LookOptions],
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
    labels : {"auto", "values", "symbols", "both"}
        ``0.4``, ``w5``, or ``w5=0.4``; ``"auto"`` is the last where weights have labels and there
        is room for all of them, and else the first.
    direction : {"right", "up"}
        Levels from left to right, or from bottom to top.
    highlight : optional
        A neuron, with its connections; a connection such as ``"w5"`` or the name of a tie, with all
        that its weight influences; or a list of the neurons of a path. The rest is drawn pale.
    strength : str
        The field of the connections that colour, line style and width show.
    sample : int, optional
        After a pass over a batch: whose values are shown, from 1.
    most_neurons, most_levels : int or None
        A level with more neurons is shown by its first and last few, a network with more levels
        likewise; a note says what is left out. `None` shows all.
    most_labels : int, optional
        Of more connections only the widest lines have a label, so many; a note says so. By
        default 30 of 60 and more.
    key : bool
        Whether a key below the picture says what the lines mean.
    **look
        Theme, size, dpi and language: see `LookOptions`.

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
    'w2=−0.2'
    """
    return draw_inscribed(
        Inscriptions.of(net, show, labels, digits, sample),
        ax=ax,
        direction=direction,
        highlight=highlight,
        strength=strength,
        most_neurons=most_neurons,
        most_levels=most_levels,
        most_labels=most_labels,
        key=key,
    )


@record
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


def draw_inscribed(
    inscriptions: Inscriptions,
    *,
    ax: Axes | None = None,
    direction: str = "right",
    highlight: object = None,
    strength: str = "weight",
    most_neurons: int | None = 10,
    most_levels: int | None = 10,
    most_labels: int | None = None,
    key: bool = True,
    later: Later | None = None,
) -> NetworkDrawing:
    """Draw a network as `draw_network` does; keep room for what will be there later."""
    one_of(direction, DIRECTIONS, "direction")
    one_of(strength, CONNECTION_QUANTITIES, "strength")
    for most, what in ((most_neurons, "most_neurons"), (most_levels, "most_levels")):
        if most is not None:
            whole_number(most, what)
    if most_labels is not None:
        whole_number(most_labels, "most_labels")
    if ax is not None:
        checked_axes(ax, "a network")
    net, later = inscriptions.net, later or Later()
    bright = _highlight(net, highlight)
    columns = columns_of(net, most_neurons, most_levels, bright.shown if bright else ())
    shown = [cell.name for column in columns for cell in column if cell.kind == "neuron"]
    kept = set(shown)
    pairs = [(pre, post) for pre in shown for post in net.successors(pre) if post in kept]
    inscriptions.check_known(strength)
    neuron_texts = {name: inscriptions.of_neuron(name) for name in shown}
    strengths = {pair: inscriptions.value(net.edges[pair], strength) for pair in pairs}
    chosen = _widest(inscriptions, pairs, strengths, most_labels)
    later_fields = {
        name: [max(later.fields.get((name, of), [text]), key=len) for of, text in texts.items()]
        for name, texts in neuron_texts.items()
    }

    def sketched(texts: Mapping[Pair, str]) -> Sketch:
        labels = {pair: [text, *later.labels.get(pair, ())] for pair, text in texts.items()}
        return sketch_of(columns, pairs, later_fields, labels, direction)

    label_texts = _labels(inscriptions, chosen)
    sketch = sketched(label_texts)
    if inscriptions.labels == "auto":
        plain_texts = _labels(replace(inscriptions, labels="values"), chosen)
        plain = sketched(plain_texts) if plain_texts != label_texts else sketch
        if not _has_room(sketch, plain):
            label_texts, sketch = plain_texts, plain
    missing = left_out(net, columns, len(pairs), len(label_texts) - len(sketch.labels))
    if len(chosen) < len(pairs) and inscriptions.of_connections:
        missing.append(phrase("widest labels", n=whole(len(chosen)), of=whole(len(pairs))))
    missing += filter(None, [inscriptions.of_two_moments()])
    which = inscriptions.which_sample(shown)
    missing += [which] if which else []
    if pairs and not inscriptions.of_connections:
        missing.append(phrase("not written", what=meaning_of(strength)))
    values = [*strengths.values(), *later.strengths]
    keys = _keys(strength, values, missing) if key else []
    keys += [Key(max(later.captions, key=len))] if later.captions else []
    ax, scale = _canvas(ax, sketch, keys)
    painter = Painter(ax, scale, sketch, bright, largest_of(values))
    connections = {pair: painter.connection(pair, strengths[pair]) for pair in pairs}
    neurons = {name: painter.neuron(name, _kind(net, name)) for name in shown}
    names: dict[Hashable, Text] = {}
    neuron_labels: dict[tuple[Hashable, str], Text] = {}
    for name in shown:
        names[name], texts = painter.neuron_text(name, neuron_texts[name])
        neuron_labels |= {(name, of): text for of, text in texts.items()}
    connection_labels = {
        pair: painter.label(pair, label_texts[pair], strengths[pair]) for pair in sketch.labels
    }
    notes = painter.gaps(direction) + _draw_keys(ax, keys, sketch.extent, scale)
    return NetworkDrawing(
        ax,
        _described(net, strength, missing, bright),
        neurons,
        names,
        neuron_labels,
        connections,
        connection_labels,
        notes,
        dict(sketch.neurons),
        painter,
    )


def _canvas(ax: Axes | None, sketch: Sketch, keys: Sequence[Key]) -> tuple[Axes, float]:
    """Return axes whose data coordinates are the inches of the sketch, and the scale they have."""
    left, bottom, right, top = sketch.extent
    widen = max(0.0, _keys_width(keys) - (right - left)) / 2
    left, right = left - widen - _MARGIN, right + widen + _MARGIN
    bottom -= _keys_height(keys, right - left - 2 * _MARGIN) + _MARGIN
    top += _HEADROOM
    width, height = right - left, top - bottom
    if ax is None:
        ax = new_figure(width, height).add_axes((0.0, 0.0, 1.0, 1.0))
    box, dpi = ax.get_window_extent(), ax.figure.dpi
    scale = min(box.width / dpi / width, box.height / dpi / height)
    ax.set(xlim=(left, right), ylim=(bottom, top), aspect="equal")
    ax.set_axis_off()
    return ax, scale


def _widest(
    inscriptions: Inscriptions,
    pairs: Sequence[Pair],
    strengths: Mapping[Pair, float | None],
    most: int | None,
) -> list[Pair]:
    """Return the connections that have a label: all, or of many those of the widest lines."""
    if most is None:
        most = _MOST_LABELS if len(pairs) >= _MANY_LABELS else len(pairs)
    if not inscriptions.of_connections or len(pairs) <= most:
        return list(pairs)
    widest = set(sorted(pairs, key=lambda pair: -magnitude(strengths[pair]))[:most])
    return [pair for pair in pairs if pair in widest]


def _has_room(sketch: Sketch, plain: Sketch) -> bool:
    """Whether a picture has room for all its labels without becoming much larger."""
    (left, bottom, right, top), (west, south, east, north) = sketch.extent, plain.extent
    larger = (right - left) * (top - bottom) / ((east - west) * (north - south))
    return len(sketch.labels) >= len(plain.labels) and larger <= _ROOM_FOR_NAMES


def _labels(inscriptions: Inscriptions, pairs: Sequence[Pair]) -> dict[Pair, str]:
    texts = {pair: "\n".join(inscriptions.of_connection(*pair).values()) for pair in pairs}
    return {pair: text for pair, text in texts.items() if text}


def _kind(net: Network, name: Hashable) -> str:
    declared: str | None = net.nodes[name].kind
    if declared is not None:
        return declared
    if not net.in_degree(name):
        return "input"
    return "hidden" if net.out_degree(name) else "output"


def _highlight(net: Network, highlight: object) -> Highlight | None:
    """Return what stands out.

    Parameters
    ----------
    net : Network
    highlight : None, str, hashable or sequence
        A neuron, with the connections in and out of it; a connection, with all that its weight
        influences; or the neurons of a path.

    Returns
    -------
    Highlight or None

    Raises
    ------
    UnknownNameError
        If there is no such neuron or connection; the nearest is named.
    InvalidValueError
        If the path has a step that is no connection.
    InvalidTypeError
        If it is none of these.
    """
    if highlight is None:
        return None
    if (
        isinstance(highlight, Sequence)
        and not isinstance(highlight, str)
        and not _is_node(net, highlight)
    ):
        return _path(net, highlight)
    try:
        name = net.neuron(highlight).name
    except UnknownNameError:
        return _influence(net, highlight)
    around = {*net.in_edges(name), *net.out_edges(name)}
    return Highlight(
        frozenset({name, *net.predecessors(name), *net.successors(name)}),
        frozenset(around),
        (name,),
        phrase("neuron and connections", name=name),
    )


def _is_node(net: Network, name: object) -> bool:
    return isinstance(name, Hashable) and name in net


def _path(net: Network, names: Sequence[Hashable]) -> Highlight:
    path = [net.neuron(name).name for name in names]
    if len(path) < 2:
        raise InvalidValueError(f"a path to highlight needs two neurons or more, not {names!r}")
    steps = list(pairwise(path))
    for pre, post in steps:
        if not net.has_edge(pre, post):
            onward = ", ".join(str(name) for name in net.successors(pre)) or "nothing"
            raise InvalidValueError(
                f"the path to highlight has a step that is no connection: {pre}->{post}"
                f" ({pre} is connected to {onward})"
            )
    words = phrase("the path", path=" → ".join(map(str, path)))
    return Highlight(frozenset(path), frozenset(steps), tuple(path), words)


def _influence(net: Network, name: object) -> Highlight:
    if not isinstance(name, str):
        if isinstance(name, Hashable):
            raise UnknownNameError(f"nothing to highlight is called {name!r}")
        raise InvalidTypeError(
            f"highlight must be a neuron, a connection or a list of neurons, not {name!r}"
        )
    text = name.removesuffix(".weight")
    try:
        owners = net.owners(f"{text}.weight")
    except UnknownNameError:
        labels = [data.label for _, _, data in net.edges(data=True) if data.label]
        raise UnknownNameError(
            f"no neuron or connection {name!r} to highlight{did_you_mean(text, [*net, *labels])}"
        ) from None
    # Of a shared weight all the connections, and of a shared bias the neurons, that have it.
    elements = [element for element, _ in owners]
    edges = [(c.pre, c.post) for c in elements if isinstance(c, Connection)]
    posts = [e.post if isinstance(e, Connection) else e.name for e in elements]
    reached = set(posts).union(*(nx.descendants(net, post) for post in posts))
    onward = {edge for edge in net.edges if edge[0] in reached}
    called = text if len(elements) > 1 else elements[0].name
    return Highlight(
        frozenset({*(pre for pre, _ in edges), *reached}),
        frozenset({*edges, *onward}),
        tuple(dict.fromkeys(chain(*edges, posts))),
        phrase("what it influences", name=called),
    )


def left_out(
    net: Network, columns: Sequence[Sequence[Cell]], connections: int, labels: int
) -> list[str]:
    """Return in words what a picture does not show.

    Parameters
    ----------
    net : Network
    columns : sequence of sequence of Cell
    connections : int
        How many are drawn.
    labels : int
        How many found no room.

    Returns
    -------
    list of str
    """
    words = []
    shown = sum(cell.kind == "neuron" for column in columns for cell in column)
    if shown < len(net):
        words.append(phrase("neurons shown", n=whole(shown), of=whole(len(net))))
    total = net.number_of_edges()
    if connections < total:
        words.append(phrase("connections shown", n=whole(connections), of=whole(total)))
    if labels:
        words.append(phrase("no room", labels=counted(labels, "label")))
    return words


def _keys(strength: str, strengths: Sequence[float | None], missing: Sequence[str]) -> list[Key]:
    """Return the entries of the key.

    Parameters
    ----------
    strength : str
        The field that the lines show.
    strengths : sequence of float or None
        Its values.
    missing : sequence of str
        What is not shown.

    Returns
    -------
    list of Key
    """
    values = [value for value in strengths if value is not None]
    largest = largest_of(values)
    meaning = meaning_of(strength)
    keys = []
    for sign, value in (("positive", 1.0), ("negative", -1.0), ("zero", 0.0)):
        if any((strong > 0) - (strong < 0) == value for strong in values):
            line = {**line_of_sign(value), "linewidth": 2.4 if value else 1.2}
            keys.append(Key(phrase(sign, meaning=meaning), line))
    if largest:
        keys.append(Key(phrase("the wider", largest=number(largest)), None))
    if missing:
        keys.append(Key("; ".join(missing)))
    return keys


def _described(
    net: Network, strength: str, missing: Sequence[str], highlight: Highlight | None
) -> str:
    """Return the picture in a sentence or two."""
    levels = [str(len(level)) for level in net.levels]
    values = [
        (float(value), name_of(connection))
        for _, _, connection in net.edges(data=True)
        if isinstance(value := connection.get(strength), float)
    ]
    text = phrase(
        "a network",
        neurons=counted(len(net), "neuron"),
        levels=counted(len(levels), "level"),
        sizes="-".join(levels),
        connections=counted(net.number_of_edges(), "connection"),
    )
    if values:
        (low, lowest), (high, highest) = min(values), max(values)
        least, most = numbers([low, high])
        if len(values) > 1:
            ends = {"low": f"{least} ({lowest})", "high": f"{most} ({highest})"}
            text += "; " + phrase("from to", name=meaning_of(strength), **ends)
            negative = sum(value < 0 for value, _ in values)
            text += ", " + phrase("negative values", n=whole(negative))
        else:
            text += f"; {meaning_of(strength)} {least}"
    rules = Counter(net.nodes[name].combine for name in net)
    for rule, n in rules.items():
        if rule != "sum":
            text += "; " + phrase("combine rule", neurons=counted(n, "neurons have"), rule=rule)
    text += "."
    if highlight is not None:
        text += " " + phrase("highlighted", what=highlight.words)
    if missing:
        words = "; ".join(missing)
        text += f" {words[0].upper()}{words[1:]}."
    return text


def _rows(keys: Sequence[Key], width: float) -> list[list[Key]]:
    """Return the entries in rows; one without a sample starts a row of its own."""
    rows: list[list[Key]] = []
    used = 0.0
    for key in keys:
        needed = key.width + _BETWEEN
        if not rows or key.line is None or used + needed - _BETWEEN > width:
            rows.append([])
            used = 0.0
        rows[-1].append(key)
        used += needed
    return rows


def _keys_height(keys: Sequence[Key], width: float) -> float:
    """Return how many inches the key takes below a picture of some width."""
    rows = _rows(keys, width)
    return _ABOVE + _ROW * len(rows) if rows else 0.0


def _keys_width(keys: Sequence[Key]) -> float:
    """Return the least width that every entry fits in."""
    return max((key.width for key in keys), default=0.0)


def _draw_keys(
    ax: Axes, keys: Sequence[Key], extent: tuple[float, float, float, float], scale: float
) -> list[Text]:
    """Draw the key below `extent`, centred; return its texts."""
    left, bottom, right, _ = extent
    width = max(right - left, _keys_width(keys))
    texts = []
    y = bottom - _ABOVE - _ROW / 2
    for row in _rows(keys, width):
        x = (left + right) / 2 - (sum(key.width for key in row) + _BETWEEN * (len(row) - 1)) / 2
        for key in row:
            start = x
            if key.line is not None:
                line = Line2D([x, x + _SAMPLE - 0.08], [y, y], solid_capstyle="butt")
                line.set(**key.line)
                line.set_linewidth(line.get_linewidth() * scale)
                ax.add_line(line)
                start += _SAMPLE
            texts.append(
                ax.text(
                    start, y, key.text, size=_KEY_SIZE * scale, va="center", ha="left",
                    parse_math=False, color=theme().ink if key.line is not None else theme().soft,
                )
            )  # fmt: skip
            x += key.width + _BETWEEN
        y -= _ROW
    return texts
