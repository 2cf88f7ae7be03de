"""Charts: what a training run recorded, and how numbers are spread over the levels."""

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import field
from typing import Any, Unpack

import numpy as np
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.patches import StepPatch
from matplotlib.ticker import MaxNLocator
from numpy.typing import NDArray

from neurograph.addresses import LOSS, parse_address
from neurograph.checks import one_of
from neurograph.drawing.canvas import (
    Spaced,
    axes_for,
    checked_axes,
    in_words,
    name_axes,
    new_figure,
    root_figure,
)
from neurograph.drawing.inscriptions import checked_fields, unknown_words
from neurograph.drawing.pictures import Drawing
from neurograph.drawing.style import (
    counted,
    finite,
    number,
    numbers,
    phrase,
    quantity_words,
    thinned,
    whole,
)
from neurograph.drawing.themes import DASHES, LookOptions, current_look, series, styled, theme
from neurograph.errors import InvalidTypeError, InvalidValueError, NotComputedError
from neurograph.escapes import picture_words
from neurograph.network import Network
from neurograph.quantities import BY_ADDRESS, CONNECTION_QUANTITIES, NEURON_QUANTITIES
from neurograph.records import record
from neurograph.training import History

__all__ = [
    "GradientsDrawing",
    "HistogramDrawing",
    "HistoryDrawing",
    "draw_gradients",
    "draw_histogram",
    "draw_history",
]

SCALES = ("auto", "linear", "log")

# A loss that falls by more than this is easier to follow on a logarithmic axis.
_LOG_FROM = 30.0

# Of a value that each sample has of its own, how many are drawn.
_SAMPLES = 8

# So many lines are one column of a key.
_ROWS = 16

# Of a figure, what is no panel, and of a panel, what is above and below its key, in inches.
_AROUND, _AROUND_KEY = 1.2, 0.3

# Lines with fewer points show them; one with more, whose colour comes again, marks some places.
_MARKED = 30
_EVERY = 0.12


@record(eq=False)
class HistoryDrawing(Drawing):
    """A picture of a training history.

    Attributes
    ----------
    ax : matplotlib.axes.Axes
        The first panel.
    panels : dict of str to Axes
        By quantity, such as ``"loss"`` and ``"weight"``; all the same if the axes were given.
    lines : dict of str to Line2D
        By address; of a value that each sample has, ``"h1.out[0]"`` and so on.
    """

    panels: dict[str, Axes] = field(repr=False)
    lines: dict[str, Line2D] = field(repr=False)


@styled
def draw_history(
    history: History,
    *addresses: str,
    ax: Axes | None = None,
    scale: str = "auto",
    digits: int = 3,
    **look: Unpack[LookOptions],
) -> HistoryDrawing:
    """Draw what a training run recorded, over its epochs.

    Parameters
    ----------
    history : History
    *addresses : str
        What to draw; by default everything that was recorded.
    ax : matplotlib.axes.Axes, optional
        By default a new figure with a panel for each quantity; on given axes all share one.
    scale : {"auto", "linear", "log"}
        Of the loss; ``"auto"`` takes a logarithmic one where the loss falls by much.
    digits : int
        Significant digits.
    **look
        Theme, size, dpi and language: see `LookOptions`.

    Returns
    -------
    HistoryDrawing

    Raises
    ------
    UnknownNameError
        If an address was not recorded; the nearest is named.
    InvalidTypeError, InvalidValueError
        If it is no history, nothing was recorded, a logarithmic scale is asked for where the loss
        is not positive, or the axes are of another kind.

    Examples
    --------
    >>> from neurograph.drawing import alt_text, draw_history
    >>> from neurograph.training import History
    >>> history = History({"loss": [0.5, 0.25, 0.125]}, epochs=[1, 2, 3])
    >>> print(alt_text(draw_history(history)))
    A training history of epochs 1 to 3: loss from 0.5 to 0.125.
    """
    shown = _recorded(history, addresses)
    one_of(scale, SCALES, "scale")
    quantities = list(dict.fromkeys(parse_address(address).quantity for address in shown))
    is_log = LOSS in history and LOSS in shown and _is_log(history[LOSS], scale)
    panels = _panels(ax, quantities)
    lines: dict[str, Line2D] = {}
    notes, ranges = [], []
    used: Counter[Axes] = Counter()
    for address in shown:
        panel = panels[parse_address(address).quantity]
        epochs, columns, note = _columns(history, address)
        notes += note
        for label, column in columns.items():
            told = quantity_words(label) if label == LOSS else label
            place = used[panel]
            used[panel] += 1
            color, dashes, marker = series(place)
            few = len(epochs) <= _MARKED
            (lines[label],) = panel.plot(
                epochs, column, color=color, linestyle=dashes, label=picture_words(told),
                marker=marker if few or place >= len(DASHES) else None, markersize=5,
                markevery=None if few else _marks(place),
            )  # fmt: skip
            low, high = numbers(column[[0, -1]], digits)
            still = f"{told} {low}"
            ranges.append(
                still if low == high else phrase("from to", name=told, low=low, high=high)
            )
    for quantity, panel in panels.items():
        panel.set_ylabel(quantity_words(quantity) if len(set(panels.values())) > 1 else "")
        if quantity == LOSS and is_log:
            panel.set_yscale("log")
    _finish(panels, used, own=ax is None)
    if ax is None:
        _make_room(panels)
    first = next(iter(panels.values()))
    if len(quantities) == 1:
        first.set_ylabel(quantity_words(quantities[0]))
    if ax is None:
        for quantity, panel in panels.items():
            if used[panel] == 1:
                alone = next(a for a in shown if parse_address(a).quantity == quantity)
                panel.set_ylabel(picture_words(quantity_words(alone)))
    first_epoch, last_epoch = history.epochs[0], history.epochs[-1]
    some = "a history" if last_epoch > first_epoch else "a history of one epoch"
    ranges[-1] += "".join(f"; {note}" for note in notes)
    text = phrase(some, first=whole(first_epoch), last=whole(last_epoch), ranges=", ".join(ranges))
    return HistoryDrawing(first, text, panels, lines)


def check_is_history(history: object) -> None:
    """Say what a history is, if this is none."""
    if not isinstance(history, History):
        raise InvalidTypeError(
            f"a history is what neurograph.train returns, not {type(history).__name__}"
        )


def _recorded(history: Any, addresses: Sequence[str]) -> list[str]:
    check_is_history(history)
    if not len(history) or not history.epochs.size:
        raise InvalidValueError("nothing was recorded in this history: there is nothing to draw")
    shown = list(addresses) or list(history)
    for address in shown:
        history[address]
    return shown


def _is_log(losses: NDArray[np.float64], scale: str) -> bool:
    known = finite(losses)
    positive = bool(known.size) and bool(known.min() > 0)
    if scale == "log" and not positive:
        raise InvalidValueError("a logarithmic scale needs a loss above 0 everywhere")
    return scale == "log" or (
        scale == "auto" and positive and bool(known.max() > _LOG_FROM * known.min())
    )


def _panels(ax: Axes | None, quantities: Sequence[str]) -> dict[str, Axes]:
    if ax is not None:
        return dict.fromkeys(quantities, checked_axes(ax, "a history"))
    n = len(quantities)
    figure = new_figure(7.2, _AROUND + 2.8 * n, layout="constrained")
    panels = figure.subplots(n, 1, sharex=True, squeeze=False).flat
    return dict(zip(quantities, map(in_words, panels), strict=True))


def _columns(
    history: History, address: str
) -> tuple[NDArray[np.float64], Mapping[str, NDArray[np.float64]], list[str]]:
    """Return the epochs of an address, its values by label, and what is left out."""
    values, epochs = history[address], history.epochs.astype(np.float64)
    if values.ndim > 1:
        n = values.shape[1]
        shown = {f"{address}[{k}]": values[:, k] for k in range(min(n, _SAMPLES))}
        note = phrase("samples shown", some=_SAMPLES, n=whole(n), address=address)
        return epochs, shown, [note] if n > _SAMPLES else []
    if address in history.start:
        values = np.concatenate([[history.start[address]], values])
        epochs = np.concatenate([[0.0], epochs])
    return epochs, {address: values}, []


def _marks(place: int) -> tuple[float, float]:
    """Return where a long line is marked, in parts of the picture: beside the marks of others."""
    return (_EVERY * (place % len(DASHES)) / len(DASHES), _EVERY)


def _make_room(panels: Mapping[str, Axes]) -> None:
    """Let an own figure grow until the keys beside its panels are in it."""
    figure = root_figure(next(iter(panels.values())))
    keys = [key for panel in panels.values() if (key := panel.get_legend()) is not None]
    sizes = [key.get_window_extent() for key in keys if len(key.get_lines()) > len(DASHES)]
    if sizes and current_look().size is None:
        width, height = figure.get_size_inches()
        tallest = max(size.height for size in sizes) / figure.dpi + _AROUND_KEY
        figure.set_size_inches(
            width + max(size.width for size in sizes) / figure.dpi,
            max(height, _AROUND + tallest * len(panels)),
        )


def _finish(panels: Mapping[str, Axes], used: Mapping[Axes, int], *, own: bool) -> None:
    for panel in dict.fromkeys(panels.values()):
        panel.xaxis.set_major_locator(Spaced(10, integer=True, min_n_ticks=1))
        if used[panel] > 1 or not own:
            beside: dict[str, Any] = {"loc": "center left", "bbox_to_anchor": (1.01, 0.5)}
            # Long enough for its dashes.
            key = {"handlelength": 2.8, "ncols": math.ceil(used[panel] / _ROWS)}
            panel.legend(**key, **(beside if own else {}))
    panel.set_xlabel(phrase("epoch"))


# -- levels ----------------------------------------------------------------------------------

# Bars of a histogram, and how many levels have one.
_BARS, _LEVELS = 24, 8


@record(eq=False)
class GradientsDrawing(Drawing):
    """A picture of the sizes of gradients by level.

    Attributes
    ----------
    ax : matplotlib.axes.Axes
    medians : Line2D
        The median of each level.
    middles, ranges : list of Line2D
        From the first to the third quartile, and from the smallest to the largest.
    """

    medians: Line2D = field(repr=False)
    middles: list[Line2D] = field(repr=False)
    ranges: list[Line2D] = field(repr=False)


@styled
def draw_gradients(
    net: Network, *, ax: Axes | None = None, digits: int = 3, **look: Unpack[LookOptions]
) -> GradientsDrawing:
    """Draw how large the gradients of weights and biases are, level by level.

    Where they vanish on the way back, the first levels lie far below the last. A thin line goes
    from the smallest to the largest, a thick one holds the middle half, a mark is the median; all
    are sizes without sign, and zeros are left out and counted.

    Parameters
    ----------
    net : Network
        After a backward pass.
    ax : matplotlib.axes.Axes, optional
    digits : int
        Significant digits.
    **look
        Theme, size, dpi and language: see `LookOptions`.

    Returns
    -------
    GradientsDrawing

    Raises
    ------
    NotComputedError
        If no gradient is known yet.
    InvalidTypeError, InvalidValueError
        If it is no network, no gradient is finite, or the axes are of another kind.

    Examples
    --------
    >>> import neurograph as ng
    >>> from neurograph.drawing import alt_text, draw_gradients
    >>> net = ng.Network.layered(1, 1, 1, weights=[[[0.5]], [[0.1]]], activation="identity")
    >>> _ = net.forward([1.0]), net.backward([0.0])
    >>> print(alt_text(draw_gradients(net)))
    The sizes of gradients by level: level 1 median 0.005; level 2 median 0.025.
    """
    sizes = {level: np.abs(values) for level, values in _by_level(net, "gradient").items()}
    if not any(finite(values).size for values in sizes.values()):
        raise InvalidValueError("no gradient of this network is finite: there is nothing to draw")
    shown = {level: kept for level, values in sizes.items() if (kept := _above(values)).size}
    ax = axes_for(ax, "a picture of gradients", 6.4, 4.4)
    color, _, marker = series(0)
    middles: list[Line2D] = []
    ranges: list[Line2D] = []
    for level, values in shown.items():
        low, first, third, high = np.quantile(values, [0, 0.25, 0.75, 1])
        for lines, ends, width in ((ranges, (low, high), 1.2), (middles, (first, third), 5.0)):
            lines += ax.plot([level, level], ends, color=color, linewidth=width)
    middle = [float(np.median(values)) for values in shown.values()]
    (medians,) = ax.plot(
        list(shown), middle, color=theme().ink, linestyle=":", linewidth=1.2, marker=marker,
        markersize=7, markerfacecolor=theme().paper, zorder=4,
    )  # fmt: skip
    if shown:
        ax.set_yscale("log")
    name_axes(ax, phrase("level of the network"), phrase("size of the gradient"), own=False)
    ax.set(xlim=(min(sizes) - 0.5, max(sizes) + 0.5))
    ax.xaxis.set_major_locator(Spaced(10, integer=True, min_n_ticks=1))
    return GradientsDrawing(ax, _gradients_text(sizes, digits), medians, middles, ranges)


def _above(values: Any) -> Any:
    known = finite(values)
    return known[known > 0]


def _gradients_text(sizes: Mapping[int, Any], digits: int) -> str:
    parts = []
    for level, values in sizes.items():
        kept, zeros = _above(values), int(np.sum(np.asarray(values) == 0))
        part = phrase("level without", level=whole(level))
        if kept.size:
            part = phrase(
                "level and median", level=whole(level), median=number(np.median(kept), digits)
            )
        if kept.size and kept.min() < kept.max():
            low, high = numbers([kept.min(), kept.max()], digits)
            part += f" ({phrase('to', low=low, high=high)})"
        if zeros:
            part += ", " + phrase("zeros", n=whole(zeros))
        parts.append(part)
    return phrase("gradients by level", levels="; ".join(parts))


@record(eq=False)
class HistogramDrawing(Drawing):
    """A picture of how numbers are spread in each level.

    Attributes
    ----------
    ax : matplotlib.axes.Axes
        The first panel.
    panels : dict of (int, str) to Axes
        By level and quantity.
    bars : dict of (int, str) to StepPatch
    """

    panels: dict[tuple[int, str], Axes] = field(repr=False)
    bars: dict[tuple[int, str], StepPatch] = field(repr=False)


@styled
def draw_histogram(
    net: Network,
    show: str | Sequence[str] = ("weight", "out"),
    *,
    digits: int = 3,
    **look: Unpack[LookOptions],
) -> HistogramDrawing:
    """Draw how quantities are spread in each level: how many neurons or connections have how much.

    Parameters
    ----------
    net : Network
    show : str or sequence of str
        Quantities of neurons and connections; those of connections stand at the level that they
        lead to. After a pass over a batch all samples are counted.
    digits : int
        Significant digits.
    **look
        Theme, size, dpi and language: see `LookOptions`.

    Returns
    -------
    HistogramDrawing

    Raises
    ------
    UnknownNameError
        If there is no such quantity; the nearest is named.
    NotComputedError
        If a quantity is not known yet.
    InvalidTypeError
        If it is no network.

    Examples
    --------
    >>> import neurograph as ng
    >>> from neurograph.drawing import alt_text, draw_histogram
    >>> net = ng.Network.layered(2, 2, 1, weights=[[[0.1, 0.2], [0.3, 0.4]], [[-1.0, 1.0]]])
    >>> print(alt_text(draw_histogram(net, "weight")))
    How numbers are spread by level: weight of level 1: 4 values from 0.1 to 0.4; weight of level
    2: 2 values from −1 to 1.
    """
    shown = checked_fields(show)
    spread = {quantity: _by_level(net, quantity) for quantity in shown}
    levels = sorted({level for values in spread.values() for level in values})
    kept = [levels[place] for place in thinned(len(levels), _LEVELS)]
    figure = new_figure(0.8 + 3.6 * len(shown), 0.8 + 1.25 * len(kept), layout="constrained")
    grid = figure.subplots(len(kept), len(shown), squeeze=False, sharex="col")
    panels, bars, parts = {}, {}, []
    for column, (quantity, values) in enumerate(spread.items()):
        whole_range = np.histogram_bin_edges(
            np.concatenate([finite(v) for level, v in values.items() if level in kept]), _BARS
        )
        for row, level in enumerate(kept):
            panel = panels[level, quantity] = in_words(grid[row, column])
            known = finite(values.get(level, ()))
            counts, edges = np.histogram(known, whole_range)
            bars[level, quantity] = panel.stairs(
                counts, edges, fill=True, color=series(0)[0], edgecolor=theme().paper
            )
            panel.yaxis.set_major_locator(MaxNLocator(3, integer=True))
            panel.set_ylim(bottom=0)
            if not column:
                panel.set_ylabel(phrase("level n", level=whole(level)))
            if row + 1 == len(kept):
                panel.set_xlabel(picture_words(quantity_words(quantity)))
                panel.xaxis.set_major_locator(Spaced(6))
            parts.append(_spread_text(quantity, level, known, digits))
    if len(kept) < len(levels):
        parts.append(phrase("levels shown", n=len(kept), of=whole(len(levels))))
    text = phrase("spread", parts="; ".join(parts))
    return HistogramDrawing(grid[0, 0], text, panels, bars)


def _spread_text(quantity: str, level: int, known: Any, digits: int) -> str:
    of = phrase("of level", what=quantity_words(quantity), level=whole(level))
    n = counted(known.size, "values")
    if not known.size:
        return f"{of}: {n}"
    low, high = numbers([known.min(), known.max()], digits)
    return f"{of}: {phrase('from to', name=n, low=low, high=high)}"


def _by_level(net: object, quantity: str) -> dict[int, Any]:
    """Return the values of a quantity by level, that of connections at the level they lead to."""
    if not isinstance(net, Network):
        raise InvalidTypeError(f"net must be a neurograph.Network, not {type(net).__name__}")
    of_bias = BY_ADDRESS[quantity].of_bias if quantity != "weight" else ""
    of_neurons = quantity if quantity in NEURON_QUANTITIES else of_bias
    values: dict[int, Any] = {}
    for level, names in enumerate(net.levels):
        elements = [*(net.nodes[name] for name in names if level)] if of_neurons else []
        numbers_of = [element.get(of_neurons) for element in elements]
        if quantity in CONNECTION_QUANTITIES:
            numbers_of += [
                connection.get(quantity) for name in names for connection in net.incoming(name)
            ]
        known = [np.ravel(value) for value in numbers_of if value is not None]
        if known:
            values[level] = np.concatenate(known)
    if not values:
        elements = [*net.nodes.values(), *(data for _, _, data in net.edges(data=True))]
        raise NotComputedError(unknown_words(quantity, elements))
    return values
