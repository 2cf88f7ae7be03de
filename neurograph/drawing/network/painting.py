"""Putting a planned picture of a network on its axes."""

import math
from collections.abc import Hashable, Mapping
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.patches import Circle, FancyBboxPatch, Patch, PathPatch
from matplotlib.path import Path
from matplotlib.text import Text

from neurograph.drawing.network.highlighting import Highlight
from neurograph.drawing.network.planning import (
    FIELD_SIZE,
    LABEL_SIZE,
    Plan,
    gap_text,
    text_lines,
)
from neurograph.drawing.network.reading import magnitude
from neurograph.drawing.style import FADED, INK, NEGATIVE, PAPER, POSITIVE, SOFT, ZERO
from neurograph.drawing.texts import LINE_SPACING

__all__ = ["Painter", "line_of_sign"]

Pair = tuple[Hashable, Hashable]

# Of lines, in points, in a picture with few of them.
_THINNEST, _THICKEST, _FEW = 0.9, 4.0, 20
_RIM = 1.4
_FADED_TEXT = "#9a9a9a"

_FILL = {"input": "#e6edf5", "hidden": PAPER, "output": "#f6efdf", "bias": "#ececec"}


def line_of_sign(value: float | None) -> dict[str, Any]:
    """Return colour and line style of a value's sign."""
    if value is None or math.isnan(value) or value == 0:
        return {"color": ZERO, "linestyle": (0, (1, 2))}
    if value > 0:
        return {"color": POSITIVE, "linestyle": "solid"}
    return {"color": NEGATIVE, "linestyle": (0, (4, 1.6))}


class Painter:
    """Draws the parts of one picture.

    Parameters
    ----------
    ax : matplotlib.axes.Axes
    scale : float
        Of fonts and lines.
    plan : Plan
    highlight : Highlight or None
    largest : float
        The size of the value that the thickest line shows.
    """

    def __init__(
        self,
        ax: Axes,
        scale: float,
        plan: Plan,
        highlight: Highlight | None,
        largest: float,
    ) -> None:
        self.ax, self.scale, self.plan, self.highlight = ax, scale, plan, highlight
        self.largest = largest
        thinner = min(1.0, (_FEW / max(len(plan.routes), 1)) ** (1 / 3))
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
        for number, piece in enumerate(self.plan.routes[pair]):
            if not number:
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
                line.set(edgecolor=FADED, zorder=1)
        self.ax.add_patch(line)
        return line

    def neuron(self, name: Hashable, kind: str) -> Patch:
        """Draw the circle of a neuron, or the square of a bias neuron."""
        x, y = self.plan.neurons[name]
        radius = self.plan.radius
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
            facecolor=PAPER if faded else _FILL[kind],
            edgecolor=FADED if faded else INK,
            linewidth=(2.6 if strong else _RIM) * self.scale,
            zorder=5,
        )
        self.ax.add_patch(shape)
        return shape

    def neuron_text(self, name: Hashable, texts: Mapping[str, str]) -> tuple[Text, dict[str, Text]]:
        """Write the name and the values into a neuron."""
        x, y = self.plan.neurons[name]
        faded = self.highlight is not None and name not in self.highlight.neurons
        drawn = [
            self.ax.text(
                x, y + middle, text, size=size * self.scale, weight=weight, zorder=6,
                ha="center", va="center_baseline", color=_FADED_TEXT if faded else INK,
                parse_math=False,
            )
            for text, size, weight, middle in text_lines(str(name), list(texts.values()))
        ]  # fmt: skip
        return drawn[0], dict(zip(texts, drawn[1:], strict=True))

    def label(self, pair: Pair, text: str, value: float | None) -> Text:
        """Write the label of a connection on its line."""
        x, y = self.plan.labels[pair]
        faded = self.highlight is not None and pair not in self.highlight.connections
        return self.ax.text(
            x, y, text, size=LABEL_SIZE * self.scale, zorder=1.5 if faded else 4,
            ha="center", va="center", linespacing=LINE_SPACING, parse_math=False,
            color=_FADED_TEXT if faded else line_of_sign(value)["color"],
            bbox={"facecolor": PAPER, "edgecolor": "none", "pad": 1.2 * self.scale},
        )  # fmt: skip

    def gaps(self, direction: str) -> list[Text]:
        """Write how many neurons are left out where they would be."""
        return [
            self.ax.text(
                x, y, gap_text(cell, direction), size=FIELD_SIZE * self.scale, zorder=4,
                ha="center", va="center", linespacing=LINE_SPACING, color=SOFT,
            )
            for cell, x, y in self.plan.gaps
        ]  # fmt: skip
