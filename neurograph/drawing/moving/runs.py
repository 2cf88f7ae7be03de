"""`animate_training`: a network while it learns, beside its loss."""

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from matplotlib.axes import Axes
from numpy.typing import NDArray

from neurograph.addresses import LOSS, parse_address
from neurograph.drawing.canvas import checked_axes, new_figure
from neurograph.drawing.moving.animation import SEEN, Moving, frames_of
from neurograph.drawing.network.drawing import Later, NetworkDrawing, Request, draw_requested
from neurograph.drawing.network.painting import line_of_sign
from neurograph.drawing.network.reading import Reader
from neurograph.drawing.series import draw_history
from neurograph.drawing.style import INK, PAPER, numbers, styled
from neurograph.elements import whole_number
from neurograph.errors import InvalidTypeError, InvalidValueError
from neurograph.network import Network

if TYPE_CHECKING:
    from neurograph.training import History

__all__ = ["animate_training"]

Pair = tuple[Hashable, Hashable]

# In a network, where numbers have little room, a weight is seen to move, not each of its steps.
_SEEN_IN_NETWORK = 0.25


@dataclass(frozen=True)
class _Recorded:
    """Weights and biases over the epochs, the values before the first epoch included."""

    epochs: NDArray[np.int64]
    weights: dict[Pair, NDArray[np.float64]]
    biases: dict[Hashable, NDArray[np.float64]]

    def at(self, places: list[int]) -> "_Recorded":
        """Return some of the epochs."""
        return _Recorded(
            self.epochs[places],
            {pair: values[places] for pair, values in self.weights.items()},
            {name: values[places] for name, values in self.biases.items()},
        )


@styled
def animate_training(
    net: Network,
    history: "History",
    *,
    axes: Sequence[Axes] | None = None,
    digits: int = 3,
    direction: str = "right",
    frames: int = 60,
    interval: int = 120,
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
    reader = Reader.of(net, ("bias", "weight"), "values", digits, None)
    request = Request.of(reader, direction=direction)
    recorded = _recorded(net, history)
    net_ax, loss_ax = _two_axes(axes)
    shown = frames_of(len(recorded.epochs) - 1, frames)
    recorded = recorded.at(shown)
    later = _later(reader, recorded)
    drawing = draw_requested(request, net_ax, later=later)
    curve = draw_history(history, LOSS, ax=loss_ax, digits=digits)
    legend = loss_ax.get_legend()
    if legend is not None:
        legend.remove()
    loss_ax.set_ylabel("loss")
    (dot,) = loss_ax.plot([], [], marker="o", markersize=9, color=INK, markeredgecolor=PAPER)
    # Nothing is known of the loss before the first epoch.
    losses = np.concatenate([[np.nan], history[LOSS]])[shown]
    texts = numbers(losses, digits, least=SEEN)

    def show(frame: int) -> None:
        epoch = int(recorded.epochs[frame])
        _show_parameters(drawing, recorded, later, frame)
        dot.set_data([[epoch], [losses[frame]]] if epoch else [[], []])
        loss_ax.set_title(f"epoch {epoch:,}" + (f": loss {texts[frame]}" if epoch else ""))

    text = f"An animation of training. {drawing.description} {curve.description}"
    return Moving(drawing, show, len(shown), interval, text)


def _recorded(net: Network, history: "History") -> _Recorded:
    from neurograph.training import History

    if not isinstance(history, History):
        raise InvalidTypeError(
            f"a history is what neurograph.train returns, not {type(history).__name__}"
        )
    weights, biases = {}, {}
    for address in history:
        target, quantity = parse_address(address)
        if quantity not in ("weight", "bias") or target is None:
            continue
        values = np.concatenate([[history.start[address]], history[address]])
        if quantity == "weight":
            connection = net.connection(target)
            weights[connection.pre, connection.post] = values
        else:
            biases[net.neuron(target).name] = values
    missing = [] if LOSS in history else ["'loss'"]
    missing += [] if weights or biases else ["a weight or bias such as 'w1.weight'"]
    if missing or not history.epochs.size:
        raise InvalidValueError(
            f"the history has no {' and no '.join(missing) or 'epochs'}: name what the animation"
            f" is to show in train(..., record=[...])"
        )
    return _Recorded(np.concatenate([[0], history.epochs]), weights, biases)


def _two_axes(axes: Sequence[Axes] | None) -> tuple[Axes, Axes]:
    if axes is None:
        figure = new_figure(11.0, 4.6)
        return figure.add_axes((0.0, 0.0, 0.62, 1.0)), figure.add_axes((0.71, 0.15, 0.27, 0.73))
    if isinstance(axes, Axes) or len(axes) != 2:
        raise InvalidTypeError(f"axes must be a pair, for the network and the loss, not {axes!r}")
    return checked_axes(axes[0], "a network"), checked_axes(axes[1], "a history")


def _later(reader: Reader, recorded: _Recorded) -> Later:
    """Return the texts and the weights of all frames."""
    return Later(
        labels={
            pair: numbers(values, reader.digits, least=_SEEN_IN_NETWORK)
            for pair, values in recorded.weights.items()
        },
        fields={
            (name, "bias"): [
                f"b={text}" for text in numbers(values, reader.digits, least=_SEEN_IN_NETWORK)
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
