"""How large texts are, known before anything is drawn."""

from functools import lru_cache

from matplotlib.font_manager import FontProperties
from matplotlib.textpath import TextToPath

__all__ = ["LINE_SPACING", "block_size", "text_size"]

#: Height of a line in heights of the font.
LINE_SPACING = 1.25

_POINTS_PER_INCH = 72.0


@lru_cache(maxsize=20_000)
def text_size(text: str, size: float, weight: str = "normal") -> tuple[float, float]:
    """Return width and height of one line of text, in inches.

    Parameters
    ----------
    text : str
    size : float
        Of the font, in points.
    weight : str

    Returns
    -------
    tuple of float
    """
    font = FontProperties(family="DejaVu Sans", size=size, weight=weight)
    width, height, _ = TextToPath().get_text_width_height_descent(text, font, ismath=False)
    # No line is lower than its font: blank ones and dots keep their room.
    return width / _POINTS_PER_INCH, max(height, 1.1 * size) / _POINTS_PER_INCH


def block_size(text: str, size: float) -> tuple[float, float]:
    """Return width and height of some lines of text, in inches."""
    lines = text.split("\n")
    width = max(text_size(line, size)[0] for line in lines)
    return width, (0.1 + LINE_SPACING * len(lines)) * size / _POINTS_PER_INCH
