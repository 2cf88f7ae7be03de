"""`draw_history`: what a training run recorded, over its epochs."""

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from numpy.typing import NDArray

from neurograph.addresses import LOSS, parse_address
from neurograph.checks import one_of
from neurograph.drawing.canvas import Spaced, checked_axes, new_figure, root_figure
from neurograph.drawing.pictures import Drawing
from neurograph.drawing.style import (
    SERIES,
    finite,
    numbers,
    series,
    styled,
)
from neurograph.errors import InvalidTypeError, InvalidValueError
from neurograph.escapes import picture_words
from neurograph.training import History

__all__ = [
    "HistoryDrawing",
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


@dataclass(frozen=True, eq=False)
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
            place = used[panel]
            used[panel] += 1
            color, dashes, marker = series(place)
            few = len(epochs) <= _MARKED
            (lines[label],) = panel.plot(
                epochs, column, color=color, linestyle=dashes, label=picture_words(label),
                marker=marker if few or place >= len(SERIES) else None, markersize=5,
                markevery=None if few else _marks(place),
            )  # fmt: skip
            ends = list(dict.fromkeys(numbers(column[[0, -1]], digits)))
            ranges.append(f"{label} {'from ' if len(ends) > 1 else ''}{' to '.join(ends)}")
    for quantity, panel in panels.items():
        panel.set_ylabel(quantity if len(set(panels.values())) > 1 else "")
        if quantity == LOSS and is_log:
            panel.set_yscale("log")
    _finish(panels, used, own=ax is None)
    if ax is None:
        _make_room(panels)
    first = next(iter(panels.values()))
    if len(quantities) == 1:
        first.set_ylabel(quantities[0])
    if ax is None:
        for quantity, panel in panels.items():
            if used[panel] == 1:
                alone = next(a for a in shown if parse_address(a).quantity == quantity)
                panel.set_ylabel(picture_words(alone))
    first_epoch, last_epoch = history.epochs[0], history.epochs[-1]
    which = f"epochs {first_epoch:,} to {last_epoch:,}"
    text = (
        f"A training history of {which if last_epoch > first_epoch else f'epoch {last_epoch:,}'}:"
        f" {', '.join(ranges)}{''.join(f'; {note}' for note in notes)}."
    )
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
    return dict(
        zip(quantities, figure.subplots(n, 1, sharex=True, squeeze=False).flat, strict=True)
    )


def _columns(
    history: History, address: str
) -> tuple[NDArray[np.float64], Mapping[str, NDArray[np.float64]], list[str]]:
    """Return the epochs of an address, its values by label, and what is left out."""
    values, epochs = history[address], history.epochs.astype(np.float64)
    if values.ndim > 1:
        n = values.shape[1]
        shown = {f"{address}[{k}]": values[:, k] for k in range(min(n, _SAMPLES))}
        note = [f"{_SAMPLES} of {n:,} samples of {address} shown"] if n > _SAMPLES else []
        return epochs, shown, note
    if address in history.start:
        values = np.concatenate([[history.start[address]], values])
        epochs = np.concatenate([[0.0], epochs])
    return epochs, {address: values}, []


def _marks(place: int) -> tuple[float, float]:
    """Return where a long line is marked, in parts of the picture: beside the marks of others."""
    return (_EVERY * (place % len(SERIES)) / len(SERIES), _EVERY)


def _make_room(panels: Mapping[str, Axes]) -> None:
    """Let an own figure grow until the keys beside its panels are in it."""
    figure = root_figure(next(iter(panels.values())))
    keys = [key for panel in panels.values() if (key := panel.get_legend()) is not None]
    sizes = [key.get_window_extent() for key in keys if len(key.get_lines()) > len(SERIES)]
    if sizes:
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
    panel.set_xlabel("epoch")
