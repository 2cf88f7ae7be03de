"""The key below a picture of a network: what its lines mean and what it leaves out."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.text import Text

from neurograph.drawing.style import INK, SOFT
from neurograph.drawing.texts import text_size

__all__ = ["Key", "draw_keys", "keys_height"]

KEY_SIZE = 9.0
_ROW, _SAMPLE, _BETWEEN, _ABOVE = 0.21, 0.42, 0.28, 0.16


@dataclass(frozen=True)
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
        return text_size(self.text, KEY_SIZE)[0] + (_SAMPLE if self.line else 0.0)


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


def keys_height(keys: Sequence[Key], width: float) -> float:
    """Return how many inches the key takes below a picture of some width."""
    rows = _rows(keys, width)
    return _ABOVE + _ROW * len(rows) if rows else 0.0


def keys_width(keys: Sequence[Key]) -> float:
    """Return the least width that every entry fits in."""
    return max((key.width for key in keys), default=0.0)


def draw_keys(
    ax: Axes, keys: Sequence[Key], extent: tuple[float, float, float, float], scale: float
) -> list[Text]:
    """Draw the key below `extent`, centred; return its texts."""
    left, bottom, right, _ = extent
    width = max(right - left, keys_width(keys))
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
                    start, y, key.text, size=KEY_SIZE * scale, va="center", ha="left",
                    parse_math=False, color=INK if key.line is not None else SOFT,
                )
            )  # fmt: skip
            x += key.width + _BETWEEN
        y -= _ROW
    return texts
