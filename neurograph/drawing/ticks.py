"""Ticks whose labels can be read: they do not touch, and each says another number."""

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import Formatter, MaxNLocator

from neurograph.drawing.canvas import root_figure
from neurograph.drawing.style import number, numbers
from neurograph.drawing.texts import text_size

__all__ = ["Numbers", "Spaced", "spaced"]

# Between two labels, in widths of a digit.
_APART = "00"

# Those of matplotlib's own ticks.
_STEPS, _MOST = (1, 2, 2.5, 5, 10), 9


class Numbers(Formatter):
    """Writes ticks with as many digits as they need to differ."""

    def __call__(self, x: float, pos: int | None = None) -> str:
        """Return one tick, as it is written where no others are known."""
        return number(x)

    def format_ticks(self, values: Sequence[float]) -> list[str]:
        """Return the ticks of an axis."""
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
            (one + two) / 2 + least <= inches
            for (one, two), inches in zip(pairwise(widths), room, strict=True)
        )


def spaced(ax: Axes, most: int = _MOST) -> None:
    """Keep the labels of a horizontal axis apart."""
    ax.xaxis.set_major_locator(Spaced(most, steps=_STEPS))
