"""What is drawn on: axes that were given or are new, their ticks, and the key below them."""

from collections.abc import Sequence
from itertools import pairwise
from typing import Any, cast

import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.layout_engine import ConstrainedLayoutEngine
from matplotlib.projections.polar import PolarAxes
from matplotlib.ticker import Formatter, MaxNLocator

from neurograph.drawing.style import number, numbers, text_size
from neurograph.drawing.themes import current_look, in_look, theme
from neurograph.errors import InvalidTypeError, InvalidValueError
from neurograph.escapes import picture_words

__all__ = [
    "Numbers",
    "Spaced",
    "axes_for",
    "check_parts",
    "checked_axes",
    "colour_bar",
    "in_words",
    "name_axes",
    "new_figure",
    "root_figure",
    "spaced",
    "under",
]


# Of a figure that lays itself out, in inches.
_EDGE = 0.12

# Between two labels of ticks, in widths of a digit.
_APART = "00"

# Those of matplotlib's own ticks.
_STEPS, _MOST = (1, 2, 2.5, 5, 10), 9


def new_figure(width: float, height: float, **settings: Any) -> Figure:
    """Return a figure that pyplot has no part in: so many inches, unless the look has its own."""
    look = current_look()
    figure = Figure(figsize=look.inches(width, height), dpi=look.dpi, **settings)
    engine = figure.get_layout_engine()
    if isinstance(engine, ConstrainedLayoutEngine):
        engine.set(h_pad=_EDGE, w_pad=_EDGE)
    FigureCanvasAgg(figure)
    return figure


def root_figure(ax: Axes) -> Figure:
    """Return the figure that axes belong to, also where they lie in a part of it."""
    return cast(Figure, ax.get_figure(root=True))


def checked_axes(ax: object, what: str, *, three_d: bool = False) -> Axes:
    """Return axes if `what` can be drawn on them, or say which axes it needs.

    Parameters
    ----------
    ax : object
    what : str
        What is to be drawn, as the subject of a sentence.
    three_d : bool

    Returns
    -------
    matplotlib.axes.Axes

    Raises
    ------
    InvalidTypeError
        If it is not axes.
    InvalidValueError
        If the axes are of another kind, or no longer in a figure.
    """
    needed = "three-dimensional axes" if three_d else "plain two-dimensional axes"
    make = "figure.add_subplot(projection='3d')" if three_d else "figure.add_subplot()"
    # The class Axes3D is a subclass of Axes.
    if not isinstance(ax, Axes):
        hint = f"; make them with {make}"
        if isinstance(ax, Figure):
            hint = f": a figure is not axes; pass ax={make}"
        elif hasattr(ax, "__len__") and not isinstance(ax, str):
            hint = f"; choose one of these {len(ax)}, such as ax[0]"
        got = f"the figure {ax}" if isinstance(ax, Figure) else repr(ax)
        raise InvalidTypeError(f"ax must be matplotlib axes, not {got[:80]}{hint}")
    if ax.get_figure() is None:
        raise InvalidValueError(f"these axes are no longer in a figure; make new ones with {make}")
    is_polar, is_three_d = isinstance(ax, PolarAxes), ax.name == "3d"
    if is_polar or is_three_d != three_d:
        got = "polar" if is_polar else f"{'three' if is_three_d else 'two'}-dimensional"
        raise InvalidValueError(
            f"{what} needs {needed}, and these are {got}; make them with {make}"
        )
    return ax


def axes_for(
    ax: Axes | None, what: str, width: float, height: float, *, three_d: bool = False
) -> Axes:
    """Return the axes that `what` is drawn on: those of a user, or of a new figure in inches."""
    if ax is not None:
        return checked_axes(ax, what, three_d=three_d)
    figure = new_figure(width, height, layout="constrained")
    return in_words(figure.add_subplot(projection="3d" if three_d else None))


def in_words(ax: Axes) -> Axes:
    """Let the ticks of axes keep colours and language, also where they are drawn later."""
    ax.tick_params(color=theme().soft, labelcolor=theme().ink)
    if current_look().language != "en":
        for axis in (ax.xaxis, ax.yaxis):
            axis.set_major_formatter(Numbers())
    return ax


def check_parts(drawable: object, parts: Sequence[str], called: str) -> None:
    """Say what can be drawn, if something has not the attributes that a picture is made from."""
    if not all(hasattr(drawable, part) for part in parts):
        raise InvalidTypeError(f"{called}, not {type(drawable).__name__}")


def under(ax: Axes, handles: list[Any], *, own: bool) -> None:
    """Put the key below the axes of an own figure, and where there is room on given ones."""
    if own:
        # The layout of an own figure leaves the key its room, so that it hides nothing.
        figure = root_figure(ax)
        lines = [line for handle in handles for line in handle.get_label().split("\n")]
        size = theme().points("legend.fontsize")
        widest = max(text_size(line, size)[0] for line in lines)
        fitting = int((figure.get_figwidth() - 0.4) // (widest + 0.75))
        figure.legend(
            handles=handles, loc="outside lower center", ncols=max(min(len(handles), fitting), 1),
            facecolor=theme().key,
        )  # fmt: skip
    else:
        ax.legend(handles=handles, loc="best", facecolor=theme().key)


class Numbers(Formatter):
    """Writes ticks with as many digits as they need to differ."""

    def __init__(self) -> None:
        self._look = current_look()

    def __call__(self, x: float, pos: int | None = None) -> str:
        """Return one tick, as it is written where no others are known."""
        with in_look(self._look):
            return number(x)

    def format_ticks(self, values: Sequence[float]) -> list[str]:
        """Return the ticks of an axis."""
        with in_look(self._look):
            return numbers(values)


class Spaced(MaxNLocator):
    """Sets so many ticks on a horizontal axis that their labels do not touch."""

    def __init__(self, most: int, **settings: Any) -> None:
        super().__init__(most, **settings)
        self._most = most

    def tick_values(self, vmin: float, vmax: float) -> Any:
        """Return the ticks between two values."""
        for most in range(self._most, 0, -1):
            self.set_params(nbins=most)
            ticks: Any = super().tick_values(vmin, vmax)
            if self._fit(ticks[(ticks >= vmin) & (ticks <= vmax)], vmax - vmin):
                break
        return ticks

    def _fit(self, ticks: Any, extent: float) -> bool:
        axis: Any = self.axis
        size = axis.get_major_ticks(1)[0].label1.get_fontsize()
        widths = [
            text_size(text, size)[0] for text in axis.get_major_formatter().format_ticks(ticks)
        ]
        room = axis.axes.bbox.width / root_figure(axis.axes).dpi * np.diff(ticks) / (extent or 1.0)
        least = text_size(_APART, size)[0]
        return all(
            (left + right) / 2 + least <= inches
            for (left, right), inches in zip(pairwise(widths), room, strict=True)
        )


def spaced(ax: Axes, most: int = _MOST) -> None:
    """Keep the labels of a horizontal axis apart."""
    ax.xaxis.set_major_locator(Spaced(most, steps=_STEPS))


def name_axes(ax: Axes, along: object, across: object, *, own: bool) -> None:
    """Name what runs along and across; on an own figure keep the labels of ticks apart."""
    ax.set(xlabel=picture_words(str(along)), ylabel=picture_words(str(across)))
    if own:
        spaced(ax)


def colour_bar(ax: Axes, shown: Any, label: str, *, pad: float = 0.03, shrink: float = 1.0) -> Any:
    """Draw the colour bar of what is shown on axes, with its name and its numbers."""
    bar = root_figure(ax).colorbar(shown, ax=ax, pad=pad, shrink=shrink)
    bar.set_label(label)
    bar.ax.yaxis.set_major_formatter(Numbers())
    return bar
