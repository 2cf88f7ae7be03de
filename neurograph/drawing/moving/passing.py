"""`animate_passes`: messages on their way forward, then errors on their way back."""

from collections.abc import Hashable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import to_rgba
from numpy.typing import NDArray

from neurograph.drawing.canvas import checked_axes
from neurograph.drawing.moving.animation import Moving
from neurograph.drawing.network.columns import levels_for_drawing
from neurograph.drawing.network.drawing import Later, NetworkDrawing, Request, draw_requested
from neurograph.drawing.network.painting import line_of_sign
from neurograph.drawing.network.placing import flattened
from neurograph.drawing.network.reading import Reader, largest_of, magnitude
from neurograph.drawing.style import INK, PAPER, number, styled
from neurograph.elements import Connection, whole_number
from neurograph.network import Network

__all__ = ["animate_passes"]

Pair = tuple[Hashable, Hashable]
Array = NDArray[np.float64]

# Of a neuron whose values have just become known.
_ACTIVE = "#ffe08a"

# Area of the mark of a message, in square points: least, and more for the largest.
_LEAST, _MORE = 40.0, 130.0

_SHOWN_FORWARD = ("net", "out")
_SHOWN_BACKWARD = ("target", "loss", "delta")


@dataclass
class Stage:
    """A part of an animation in which one thing happens.

    Attributes
    ----------
    caption : str
    known : set of (name, field)
        What becomes known of neurons.
    travelling : dict of pair to float
        Messages that travel.
    back : bool
        Whether they travel against the connections.
    labels : dict of pair to str
        What connections say from here on.
    """

    caption: str
    known: set[tuple[Hashable, str]] = field(default_factory=set)
    travelling: dict[Pair, float] = field(default_factory=dict)
    back: bool = False
    labels: dict[Pair, str] = field(default_factory=dict)


@styled
def animate_passes(
    net: Network,
    inputs: Any,
    targets: Any = None,
    *,
    ax: Axes | None = None,
    digits: int = 3,
    direction: str = "right",
    sample: int | None = None,
    frames_each: int = 8,
    interval: int = 120,
) -> Moving:
    """Show the passes: messages travel forward, errors back, and values appear as they are known.

    Parameters
    ----------
    net : Network
        It stays as it is: the passes are made on a copy.
    inputs, targets
        As for `Network.forward` and `Network.backward`; without targets only the forward pass.
    ax : matplotlib.axes.Axes, optional
    digits : int
        Significant digits.
    direction : {"right", "up"}
    sample : int, optional
        Of a batch: whose values are shown, from 1.
    frames_each : int
        How many frames each stage lasts.
    interval : int
        Milliseconds between frames.

    Returns
    -------
    Moving
        A `matplotlib.animation.FuncAnimation`.

    Raises
    ------
    StructureError, InvalidValueError, InvalidTypeError, UnknownNameError
        As for `Network.messages` and `draw_network`.

    Examples
    --------
    >>> import neurograph as ng
    >>> from neurograph.drawing import animate_passes
    >>> net = ng.Network.layered(2, 1, weights=[[[0.5, -0.5]]])
    >>> moving = animate_passes(net, [1.0, 2.0], [1.0], frames_each=2)
    >>> moving.show(2)
    >>> moving.drawing.connection_labels["i1", "o1"].get_text()
    'w·out=0.5'
    """
    whole_number(frames_each, "frames_each")
    whole_number(interval, "interval")
    fields = (*_SHOWN_FORWARD, *(_SHOWN_BACKWARD if targets is not None else ()), "weight")
    Reader.of(net, fields, "values", digits, sample)
    if ax is not None:
        checked_axes(ax, "a network")
    copy = net.copy()
    reader = Reader.of(copy, fields, "values", digits, sample)
    request = Request.of(reader, direction=direction)
    stages = _stages(reader, inputs, targets)
    later = Later(
        labels={
            pair: [stage.labels[pair] for stage in stages if pair in stage.labels]
            for pair in copy.edges
        },
        captions=[stage.caption for stage in stages],
    )
    drawing = draw_requested(request, ax, later=later)
    scene = _Scene(drawing, stages, frames_each)
    words = f"{len(stages)} stages, from {stages[0].caption!r} to {stages[-1].caption!r}"
    return Moving(
        drawing,
        scene.show,
        frames_each * len(stages),
        interval,
        f"An animation of the passes in {words}. {drawing.description}",
    )


class _Scene:
    """Shows any frame of an animation of passes."""

    def __init__(self, drawing: NetworkDrawing, stages: Sequence[Stage], each: int) -> None:
        self.drawing, self.stages, self.each = drawing, stages, each
        self.caption = drawing.notes[-1]
        middle = drawing.painter.plan.extent
        self.caption.set(
            x=(middle[0] + middle[2]) / 2, ha="center", color=INK, weight="bold",
        )  # fmt: skip
        self.fills = {name: patch.get_facecolor() for name, patch in drawing.neurons.items()}
        self.weights = {p: text.get_text() for p, text in drawing.connection_labels.items()}
        self.lines = {pair: flattened(route) for pair, route in drawing.painter.plan.routes.items()}
        self.largest = largest_of(value for stage in stages for value in stage.travelling.values())
        self.marks = drawing.ax.scatter(
            [], [], zorder=3.9, edgecolor=PAPER, linewidth=1.2 * drawing.painter.scale
        )

    def show(self, frame: int) -> None:
        """Show one frame."""
        place, within = divmod(frame, self.each)
        stage = self.stages[place]
        self.caption.set_text(stage.caption)
        known = set().union(*(done.known for done in self.stages[: place + 1]))
        for (name, of), text in self.drawing.neuron_labels.items():
            text.set_visible(of == "bias" or (name, of) in known)
        active = {name for name, _ in stage.known}
        for name, patch in self.drawing.neurons.items():
            patch.set_facecolor(_ACTIVE if name in active else self.fills[name])
        said = dict(self.weights)
        for done in self.stages[: place + 1]:
            # What travels is said while it does; what was found out stays.
            said |= {} if done.travelling and done is not stage else done.labels
        for pair, text in self.drawing.connection_labels.items():
            text.set_text(said[pair])
        self._travel(stage, (within + 1) / (self.each + 1))

    def _travel(self, stage: Stage, share: float) -> None:
        points, sizes, colors = [], [], []
        for pair, value in stage.travelling.items():
            if pair in self.lines:
                points.append(_at(self.lines[pair], 1 - share if stage.back else share))
                part = min(magnitude(value) / self.largest, 1.0) if self.largest else 0.0
                sizes.append((_LEAST + _MORE * part) * self.drawing.painter.scale**2)
                colors.append(to_rgba(line_of_sign(value)["color"]))
        self.marks.set_offsets(np.array(points).reshape(-1, 2))
        self.marks.set_sizes(sizes)
        self.marks.set_facecolor(colors)


def _at(line: Array, share: float) -> Array:
    length = np.concatenate([[0.0], np.cumsum(np.hypot(*np.diff(line, axis=0).T))])
    return np.array([np.interp(share * length[-1], length, line[:, axis]) for axis in (0, 1)])


def _stages(reader: Reader, inputs: Any, targets: Any) -> list[Stage]:
    """Make the passes; return what happens, level by level."""
    net = reader.net
    seen: dict[tuple[Any, str], float] = {}
    for message in net.messages(inputs, targets):
        element = message.element
        key = (element.pre, element.post) if isinstance(element, Connection) else element.name
        seen[key, message.quantity] = reader.number(message.value, message.quantity)
    levels = levels_for_drawing(net)
    stages = [Stage("the inputs are given", {(name, "out") for name in levels[0]})]
    for level in levels[1:]:
        stages += _forward(net, level, reader, seen)
    if targets is None:
        return stages
    total = sum(value for (_, quantity), value in seen.items() if quantity == "loss")
    told = {(n, of) for n in net.outputs for of in ("target", "loss")}
    stages.append(Stage(f"outputs meet their targets: E = {number(total, reader.digits)}", told))
    for level in reversed(levels[1:]):
        stages += _backward(net, level, reader, seen)
    return stages


def _forward(
    net: Network, level: Sequence[Hashable], reader: Reader, seen: dict[tuple[Any, str], float]
) -> list[Stage]:
    pairs = [(pre, post) for post in level for pre in net.predecessors(post)]
    sent = {pair: seen[pair, "message"] for pair in pairs}
    labels = {pair: reader.written("w·out", value) for pair, value in sent.items()}
    known = {(name, of) for name in level for of in _SHOWN_FORWARD}
    to = _listed(level)
    return [
        Stage(f"forward: messages w·out travel to {to}", travelling=sent, labels=labels),
        Stage(f"{to}: net = sum of messages + b, out = f(net)", known),
    ]


def _backward(
    net: Network, level: Sequence[Hashable], reader: Reader, seen: dict[tuple[Any, str], float]
) -> list[Stage]:
    stages = []
    pairs = [(pre, post) for pre in level for post in net.successors(pre)]
    to = _listed(level)
    if pairs:
        sent = {pair: seen[pair, "error_message"] for pair in pairs}
        labels = {pair: reader.written("w·δ", value) for pair, value in sent.items()}
        stages.append(
            Stage(f"backward: errors w·δ travel to {to}", travelling=sent, back=True, labels=labels)
        )
    incoming = [(pre, post) for post in level for pre in net.predecessors(post)]
    found = {pair: reader.written("∂E/∂w", seen[pair, "gradient"]) for pair in incoming}
    known = {(name, "delta") for name in level}
    caption = f"{to}: δ = f′(net) · ∂E/∂out, gradients ∂E/∂w = δ · out"
    stages.append(Stage(caption, known, labels=found))
    return stages


def _listed(names: Sequence[Hashable]) -> str:
    if len(names) <= 4:
        return ", ".join(map(str, names))
    return f"{names[0]} to {names[-1]}"
