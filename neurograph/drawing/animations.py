"""Pictures that move: passes, descents and training runs."""

from collections.abc import Hashable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Unpack

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import to_rgba
from numpy.typing import NDArray

from neurograph.activations import get_activation
from neurograph.addresses import LOSS
from neurograph.checks import whole_number
from neurograph.combinations import is_formula
from neurograph.drawing.canvas import checked_axes, in_words, new_figure
from neurograph.drawing.charts import check_is_history, draw_history
from neurograph.drawing.diagrams import Later, NetworkDrawing, draw_inscribed, line_of_sign
from neurograph.drawing.inscriptions import Inscriptions, largest_of, magnitude
from neurograph.drawing.layout import Pair, along, flattened, levels_for_drawing
from neurograph.drawing.pictures import Moving
from neurograph.drawing.style import number, numbers, phrase, quantity_words, thinned, whole
from neurograph.drawing.surfaces import Traced, draw_surface, named_paths, traced_on_surface
from neurograph.drawing.themes import LookOptions, styled, theme
from neurograph.elements import Connection
from neurograph.errors import InvalidTypeError, InvalidValueError
from neurograph.landscape import LossPlane, LossSurface
from neurograph.network import Network
from neurograph.records import record
from neurograph.training import History
from neurograph.words import LANGUAGES

__all__ = ["animate_descent", "animate_passes", "animate_training"]

Array = NDArray[np.float64]

# In parts of all that changes: a smaller difference between two frames is not seen in a number.
# In a network, where numbers have little room, a weight is seen to move, not each of its steps.
_SEEN, _SEEN_IN_NETWORK = 1e-3, 0.25

# Area of the mark of a message, in square points: least, and more for the largest.
_LEAST, _MORE = 40.0, 130.0

# What a neuron has before any pass.
_SETTINGS = ("bias", "combine", "mask")
_SHOWN_FORWARD = ("net", "out")
_SHOWN_BACKWARD = ("target", "loss", "delta")


@dataclass
class _Stage:
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
    **look: Unpack[LookOptions],
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
    **look
        Theme, size, dpi and language: see `LookOptions`.

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
    inscriptions = Inscriptions.of(net, fields, digits=digits, sample=sample)
    if ax is not None:
        checked_axes(ax, "a network")
    inscriptions = replace(inscriptions, net=net.copy())
    stages = _stages(inscriptions, inputs, targets)
    later = Later(
        labels={
            pair: [stage.labels[pair] for stage in stages if pair in stage.labels]
            for pair in net.edges
        },
        captions=[stage.caption for stage in stages],
    )
    drawing = draw_inscribed(inscriptions, ax=ax, direction=direction, later=later)
    scene = _Scene(drawing, stages, frames_each)
    ends = {"first": stages[0].caption, "last": stages[-1].caption}
    words = phrase("an animation of passes", n=len(stages), **ends)
    return Moving(
        drawing,
        scene.show,
        frames_each * len(stages),
        interval,
        f"{words} {drawing.description}",
    )


class _Scene:
    """Shows any frame of an animation of passes."""

    def __init__(self, drawing: NetworkDrawing, stages: Sequence[_Stage], each: int) -> None:
        self.drawing, self.stages, self.each = drawing, stages, each
        self.caption = drawing.notes[-1]
        middle = drawing.painter.sketch.extent
        self.caption.set(
            x=(middle[0] + middle[2]) / 2, ha="center", color=theme().ink, weight="bold",
        )  # fmt: skip
        self.fills = {name: patch.get_facecolor() for name, patch in drawing.neurons.items()}
        self.weights = {p: text.get_text() for p, text in drawing.connection_labels.items()}
        self.lines = {
            pair: flattened(route) for pair, route in drawing.painter.sketch.routes.items()
        }
        self.largest = largest_of(value for stage in stages for value in stage.travelling.values())
        self.marks = drawing.ax.scatter(
            [], [], zorder=3.9, edgecolor=theme().paper, linewidth=1.2 * drawing.painter.scale
        )

    def show(self, frame: int) -> None:
        """Show one frame."""
        place, within = divmod(frame, self.each)
        stage = self.stages[place]
        self.caption.set_text(stage.caption)
        known = set().union(*(done.known for done in self.stages[: place + 1]))
        for (name, of), text in self.drawing.neuron_labels.items():
            text.set_visible(of in _SETTINGS or (name, of) in known)
        active = {name for name, _ in stage.known}
        for name, patch in self.drawing.neurons.items():
            patch.set_facecolor(theme().active if name in active else self.fills[name])
        said = dict(self.weights)
        for done in self.stages[: place + 1]:
            # What travels is said while it does; what has become known stays.
            said |= {} if done.travelling and done is not stage else done.labels
        for pair, text in self.drawing.connection_labels.items():
            text.set_text(said[pair])
        self._travel(stage, (within + 1) / (self.each + 1))

    def _travel(self, stage: _Stage, share: float) -> None:
        points, sizes, colors = [], [], []
        for pair, value in stage.travelling.items():
            if pair in self.lines:
                points.append(along(self.lines[pair], 1 - share if stage.back else share))
                part = min(magnitude(value) / self.largest, 1.0) if self.largest else 0.0
                sizes.append((_LEAST + _MORE * part) * self.drawing.painter.scale**2)
                colors.append(to_rgba(line_of_sign(value)["color"]))
        self.marks.set_offsets(np.array(points).reshape(-1, 2))
        self.marks.set_sizes(sizes)
        self.marks.set_facecolor(colors)


def _stages(inscriptions: Inscriptions, inputs: Any, targets: Any) -> list[_Stage]:
    """Make the passes; return what happens, level by level."""
    net = inscriptions.net
    seen: dict[tuple[Any, str], float] = {}
    for message in net.messages(inputs, targets):
        element = message.element
        key = (element.pre, element.post) if isinstance(element, Connection) else element.name
        seen[key, message.quantity] = inscriptions.number(message.value, message.quantity)
    levels = levels_for_drawing(net)
    stages = [_Stage(phrase("inputs given"), {(name, "out") for name in levels[0]})]
    for level in levels[1:]:
        stages += _forward(net, level, inscriptions, seen)
    if targets is None:
        return stages
    total = sum(value for (_, quantity), value in seen.items() if quantity == "loss")
    told = {(n, of) for n in net.outputs for of in ("target", "loss")}
    stages.append(_Stage(phrase("targets met", loss=number(total, inscriptions.digits)), told))
    for level in reversed(levels[1:]):
        stages += _backward(net, level, inscriptions, seen)
    return stages


def _forward(
    net: Network,
    level: Sequence[Hashable],
    inscriptions: Inscriptions,
    seen: dict[tuple[Any, str], float],
) -> list[_Stage]:
    pairs = [(pre, post) for post in level for pre in net.predecessors(post)]
    sent = {pair: seen[pair, "message"] for pair in pairs}
    labels = {pair: inscriptions.written("w·out", value) for pair, value in sent.items()}
    known = {(name, of) for name in level for of in _SHOWN_FORWARD}
    to = _listed(level)
    neurons = [net.nodes[name] for name in level]
    rules = {neuron.combine for neuron in neurons}
    if len(rules) == 1:
        rule = rules.pop()
        rule = rule if is_formula(rule) else f"{rule} of messages"
    else:
        rule = "messages, combined,"
    combined = phrase(rule) if rule in LANGUAGES["en"] else rule
    sent_on = (
        f"{phrase('mask')} · f(net)"
        if any(neuron.mask is not None for neuron in neurons)
        else "f(net)"
    )
    return [
        _Stage(phrase("forward", to=to), travelling=sent, labels=labels),
        _Stage(f"{to}: net = {combined} + b, out = {sent_on}", known),
    ]


def _backward(
    net: Network,
    level: Sequence[Hashable],
    inscriptions: Inscriptions,
    seen: dict[tuple[Any, str], float],
) -> list[_Stage]:
    stages = []
    pairs = [(pre, post) for pre in level for post in net.successors(pre)]
    to = _listed(level)
    if pairs:
        sent = {pair: seen[pair, "error_message"] for pair in pairs}
        summed = all(net.nodes[post].combine == "sum" for _, post in pairs)
        symbol = "w·δ" if summed else quantity_words("error")
        labels = {pair: inscriptions.written(symbol, value) for pair, value in sent.items()}
        stages.append(
            _Stage(
                phrase("backward" if summed else "backward of others", to=to),
                travelling=sent,
                back=True,
                labels=labels,
            )
        )
    incoming = [(pre, post) for post in level for pre in net.predecessors(post)]
    gradients = {pair: inscriptions.written("∂E/∂w", seen[pair, "gradient"]) for pair in incoming}
    known = {(name, "delta") for name in level}
    coupled = any(get_activation(net.nodes[name].activation).group for name in level)
    delta = f"∂E/∂net, {phrase('of a softmax')}" if coupled else "f′(net) · ∂E/∂out"
    summed = all(net.nodes[name].combine == "sum" for name in level)
    caption = (
        f"{to}: δ = {delta}, {phrase('gradients')} ∂E/∂w = δ · {'out' if summed else '∂net/∂w'}"
    )
    stages.append(_Stage(caption, known, labels=gradients))
    return stages


def _listed(names: Sequence[Hashable]) -> str:
    if len(names) <= 4:
        return ", ".join(map(str, names))
    return phrase("to", low=names[0], high=names[-1])


@styled
def animate_descent(
    surface: LossSurface | LossPlane,
    paths: Any,
    kind: str = "contour",
    *,
    ax: Axes | None = None,
    frames: int = 80,
    interval: int = 100,
    digits: int = 3,
    **look: Unpack[LookOptions],
) -> Moving:
    """Show walkers on their way down a surface, step by step.

    Parameters
    ----------
    surface : LossSurface or LossPlane
    paths : DescentPath, ProjectedPath, sequence or mapping from name to one of them
        As for `draw_surface`; one at least.
    kind : {"contour", "3d"}
    ax : matplotlib.axes.Axes, optional
    frames : int
        At most so many: of a longer path some steps are shown.
    interval : int
        Milliseconds between frames.
    digits : int
        Significant digits.
    **look
        Theme, size, dpi and language: see `LookOptions`.

    Returns
    -------
    Moving
        A `matplotlib.animation.FuncAnimation`.

    Raises
    ------
    InvalidTypeError, InvalidValueError
        As for `draw_surface`, or if there is no path.

    Examples
    --------
    >>> import neurograph as ng
    >>> from neurograph.drawing import animate_descent
    >>> from neurograph.landscape import descend, loss_surface
    >>> net = ng.Network.layered(2, 1, weights=0.5, activation="identity")
    >>> surface = loss_surface(net, [1.0, 1.0], [1.5], "w1", "w2", span=2, points=21)
    >>> path = descend(net, [1.0, 1.0], [1.5], over=("w1", "w2"), learning_rate=0.1, steps=20)
    >>> moving = animate_descent(surface, path)
    >>> moving.n_frames, moving.drawing.ax.get_title()
    (21, 'step 0: loss 0.125')
    """
    whole_number(frames, "frames")
    whole_number(interval, "interval")
    walks = named_paths(paths)
    if not walks:
        raise InvalidValueError("there is no path to walk: make one with descend(...)")
    drawing = draw_surface(surface, walks, kind, ax=ax, digits=digits)
    traced = [traced_on_surface(surface, path, name) for name, path in walks.items()]
    marks: dict[str, Any] = {path.name: drawing.paths[path.name].get_markevery() for path in traced}
    shown = thinned(max(len(path.losses) for path in traced), frames)
    ends = [[min(step, len(path.losses) - 1) for path in traced] for step in shown]
    losses = [path.losses[at] for of in ends for path, at in zip(traced, of, strict=True)]
    texts = np.reshape(numbers(losses, digits, least=_SEEN), (len(shown), len(traced)))

    def show(frame: int) -> None:
        step = shown[frame]
        for path, at in zip(traced, ends[frame], strict=True):
            line, end = drawing.paths[path.name], drawing.ends[path.name]
            # Marks beyond the points that a line has would be an error.
            line.set_markevery([mark for mark in marks[path.name] if mark <= at])
            _set(line, path, slice(0, at + 1))
            _set(end, path, slice(at, at + 1))
        loss = f" {phrase('and')} ".join(texts[frame])
        drawing.ax.set_title(phrase("step and loss", step=step, loss=loss))

    return Moving(
        drawing, show, len(shown), interval, f"{phrase('an animation')} {drawing.description}"
    )


def _set(line: Any, path: Traced, part: slice) -> None:
    if hasattr(line, "set_data_3d"):
        line.set_data_3d(path.x[part], path.y[part], path.losses[part])
    else:
        line.set_data(path.x[part], path.y[part])


@record
class _Recorded:
    """What some epochs show, of each frame: from the values before the first epoch on."""

    epochs: NDArray[np.int64]
    losses: Array
    weights: dict[Pair, Array]
    biases: dict[Hashable, Array]


@styled
def animate_training(
    net: Network,
    history: History,
    *,
    axes: Sequence[Axes] | None = None,
    digits: int = 3,
    direction: str = "right",
    frames: int = 60,
    interval: int = 120,
    **look: Unpack[LookOptions],
) -> Moving:
    """Show a network while it learns: weights and biases change, and beside it the loss falls.

    Parameters
    ----------
    net : Network
        It stays as it is.
    history : History
        Of a run that recorded the loss and the weights and biases that are to change, such as
        ``record=["loss", "w1.weight", "h1.bias"]``; all others are shown as they are now.
    axes : pair of matplotlib.axes.Axes, optional
        For the network and for the loss.
    digits : int
        Significant digits.
    direction : {"right", "up"}
    frames : int
        At most so many: of a longer run some epochs are shown.
    interval : int
        Milliseconds between frames.
    **look
        Theme, size, dpi and language: see `LookOptions`.

    Returns
    -------
    Moving
        A `matplotlib.animation.FuncAnimation`.

    Raises
    ------
    InvalidValueError, InvalidTypeError
        If the history has no loss or no weight or bias of this network, or the axes are of
        another kind.
    UnknownNameError
        If a recorded weight or bias is none of this network.

    Examples
    --------
    >>> import neurograph as ng
    >>> from neurograph.drawing import animate_training
    >>> net = ng.Network.layered(1, 1, weights=0.5, activation="identity")
    >>> history = net.train([3.0], [1.0], learning_rate=0.1, epochs=3,
    ...                     record=("loss", "w1.weight"))
    >>> moving = animate_training(net, history)
    >>> moving.n_frames, moving.drawing.connection_labels["i1", "o1"].get_text()
    (4, '0.5')
    """
    whole_number(frames, "frames")
    whole_number(interval, "interval")
    inscriptions = Inscriptions.of(net, ("bias", "weight"), digits=digits)
    recorded = _recorded(net, history, frames)
    net_ax, loss_ax = _two_axes(axes)
    later = _later(inscriptions, recorded)
    drawing = draw_inscribed(inscriptions, ax=net_ax, direction=direction, later=later)
    curve = draw_history(history, LOSS, ax=loss_ax, digits=digits)
    legend = loss_ax.get_legend()
    if legend is not None:
        legend.remove()
    loss_ax.set_ylabel(phrase("loss"))
    (dot,) = loss_ax.plot(
        [], [], marker="o", markersize=9, color=theme().ink, markeredgecolor=theme().paper
    )
    texts = numbers(recorded.losses, digits, least=_SEEN)

    def show(frame: int) -> None:
        epoch = int(recorded.epochs[frame])
        _show_parameters(drawing, recorded, later, frame)
        dot.set_data([[epoch], [recorded.losses[frame]]] if epoch else [[], []])
        told = "epoch and loss" if epoch else "epoch before"
        loss_ax.set_title(phrase(told, epoch=whole(epoch), loss=texts[frame]))

    text = f"{phrase('an animation of training')} {drawing.description} {curve.description}"
    return Moving(drawing, show, len(recorded.epochs), interval, text)


def _recorded(net: Network, history: History, frames: int) -> _Recorded:
    check_is_history(history)
    shown = thinned(len(history.epochs) + 1, frames)
    weights, biases = {}, {}
    for address in history:
        if address not in history.start:
            continue  # no parameter
        values = np.concatenate([[history.start[address]], history[address]])[shown]
        for element, _ in net.owners(address):
            if isinstance(element, Connection):
                weights[element.pre, element.post] = values
            else:
                biases[element.name] = values
    missing = [] if LOSS in history else ["'loss'"]
    missing += [] if weights or biases else ["a weight or bias such as 'w1.weight'"]
    if missing or not history.epochs.size:
        raise InvalidValueError(
            f"the history has no {' and no '.join(missing) or 'epochs'}: name what the animation"
            f" is to show in train(..., record=[...])"
        )
    # Nothing is known of the loss before the first epoch.
    losses = np.concatenate([[np.nan], history[LOSS]])[shown]
    return _Recorded(np.concatenate([[0], history.epochs])[shown], losses, weights, biases)


def _two_axes(axes: Sequence[Axes] | None) -> tuple[Axes, Axes]:
    if axes is None:
        figure = new_figure(11.0, 4.6)
        net_ax = figure.add_axes((0.0, 0.0, 0.62, 1.0))
        return net_ax, in_words(figure.add_axes((0.71, 0.15, 0.27, 0.73)))
    if isinstance(axes, Axes) or len(axes) != 2:
        raise InvalidTypeError(f"axes must be a pair, for the network and the loss, not {axes!r}")
    return checked_axes(axes[0], "a network"), checked_axes(axes[1], "a history")


def _later(inscriptions: Inscriptions, recorded: _Recorded) -> Later:
    """Return the texts and the weights of all frames."""
    return Later(
        labels={
            pair: numbers(values, inscriptions.digits, least=_SEEN_IN_NETWORK)
            for pair, values in recorded.weights.items()
        },
        fields={
            (name, "bias"): [
                f"b={text}" for text in numbers(values, inscriptions.digits, least=_SEEN_IN_NETWORK)
            ]
            for name, values in recorded.biases.items()
        },
        strengths=[v for values in recorded.weights.values() for v in values.tolist()],
    )


def _show_parameters(
    drawing: NetworkDrawing, recorded: _Recorded, later: Later, frame: int
) -> None:
    for pair, values in recorded.weights.items():
        value = float(values[frame])
        if pair in drawing.connections:
            drawing.painter.restyle(drawing.connections[pair], value)
        if pair in drawing.connection_labels:
            label = drawing.connection_labels[pair]
            label.set(text=later.labels[pair][frame], color=line_of_sign(value)["color"])
    for key, texts in later.fields.items():
        if key in drawing.neuron_labels:
            drawing.neuron_labels[key].set_text(texts[frame])
