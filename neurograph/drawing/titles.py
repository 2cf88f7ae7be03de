"""Titles that are never cut off: they take as many lines as they need, and the picture grows."""

from dataclasses import replace
from typing import TypeVar

from matplotlib.axes import Axes

from neurograph.drawing.canvas import Drawing, root_figure
from neurograph.drawing.moving import Moving
from neurograph.drawing.style import STYLE, styled
from neurograph.drawing.texts import LINE_SPACING, text_size
from neurograph.errors import InvalidTypeError

__all__ = ["entitle", "remark"]

D = TypeVar("D", bound=Drawing)

_SIZE: float = STYLE["axes.titlesize"]
_LINE = LINE_SPACING * _SIZE / 72
# Around a title, in inches.
_MARGIN = 0.12


@styled
def entitle(drawing: Drawing | Moving, title: str) -> None:
    """Give a picture a title in as many lines as it needs; the figure grows by their height.

    Parameters
    ----------
    drawing : Drawing or Moving
        What a function of `neurograph.drawing` returned, on a figure of its own.
    title : str
        A remark that the picture has already stays below it.

    Raises
    ------
    InvalidTypeError
        If it is no drawing, or the title is no text.

    Examples
    --------
    >>> import neurograph as ng
    >>> from neurograph.drawing import draw_network, entitle
    >>> drawing = draw_network(ng.Network.layered(2, 1, seed=1))
    >>> entitle(drawing, "A network of three neurons and of two connections")
    >>> print(drawing.ax.get_title())
    A network of three neurons
    and of two connections
    """
    if not isinstance(drawing, Drawing | Moving):
        raise InvalidTypeError(
            f"entitle takes what a function of neurograph.drawing returned,"
            f" not {type(drawing).__name__}"
        )
    if not isinstance(title, str):
        raise InvalidTypeError(f"a title must be text, not {title!r}")
    still = drawing.drawing if isinstance(drawing, Moving) else drawing
    figure, ax = still.figure, still.ax
    panels = [one for one in figure.axes if one.get_label() != "<colorbar>"]
    fills = ax.get_position().y1 == 1.0 and figure.get_layout_engine() is None
    if not fills and (len(panels) > 1 or isinstance(drawing, Moving)):
        # Each of the panels, or each frame, has a title of its own.
        text = _wrapped(title, figure.get_figwidth() - 2 * _MARGIN)
        figure.set_figheight(figure.get_figheight() + (text.count("\n") + 1) * _LINE)
        figure.suptitle(text, size=_SIZE, parse_math=False)
        return
    before = ax.get_title()
    text = _wrapped(title, _room(ax, fills=fills)) + ("\n" + before if before else "")
    more = (text.count("\n") + 1 - (before.count("\n") + 1 if before else 0)) * _LINE
    more += 0.0 if before else _MARGIN
    height = figure.get_figheight()
    if fills:
        kept = ax.get_position().height * height
        ax.set_position((0.0, 0.0, 1.0, kept / (height + more)))
    figure.set_figheight(height + more)
    ax.set_title(text, parse_math=False)


def remark(drawing: D, text: str) -> D:
    """Say something above a picture that has to be known to understand it.

    Parameters
    ----------
    drawing : Drawing
    text : str
        A sentence without its full stop.

    Returns
    -------
    Drawing
        The same picture, with the sentence in its description too.
    """
    entitle(drawing, text)
    return replace(drawing, description=f"{drawing.description} {text}.")


def _room(ax: Axes, *, fills: bool) -> float:
    """Return the width that a title centred above axes can have, in inches."""
    figure = root_figure(ax)
    width = float(figure.get_figwidth())
    if fills:
        return width - 2 * _MARGIN
    figure.draw_without_rendering()
    box = ax.get_position()
    middle = float(box.x0 + box.x1) / 2
    return 2 * min(middle, 1 - middle) * width - 2 * _MARGIN


def _wrapped(text: str, width: float) -> str:
    """Return a text in lines of so many inches; a longer word is broken."""
    lines: list[str] = []
    for paragraph in text.splitlines():
        line = ""
        for word in paragraph.split():
            longer = f"{line} {word}" if line else word
            if text_size(longer, _SIZE)[0] <= width:
                line = longer
                continue
            lines += [line] if line else []
            *full, line = _broken(word, width)
            lines += full
        lines.append(line)
    return "\n".join(lines)


def _broken(word: str, width: float) -> list[str]:
    parts = [""]
    for letter in word:
        if parts[-1] and text_size(parts[-1] + letter, _SIZE)[0] > width:
            parts.append("")
        parts[-1] += letter
    return parts
