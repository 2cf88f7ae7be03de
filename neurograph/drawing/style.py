"""The one style of all pictures: colours, lines, sizes, and how names and numbers are written.

The colours are those of Okabe and Ito, "Color Universal Design" (2008), some of them darkened for
text on white. Nothing is told by colour alone: signs also differ in line style, series in line
style and marker.
"""

import math
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from functools import lru_cache, wraps
from typing import Any, ParamSpec, TypeVar, cast

import matplotlib
import numpy as np
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.font_manager import FontProperties
from matplotlib.textpath import TextToPath

from neurograph.digits import digits_apart

__all__ = [
    "DIVERGING",
    "FADED",
    "INK",
    "LINE_SPACING",
    "NEGATIVE",
    "PAPER",
    "POSITIVE",
    "SEQUENTIAL",
    "SERIES",
    "SOFT",
    "STYLE",
    "ZERO",
    "axis_name",
    "block_size",
    "counted",
    "finite",
    "in_style",
    "missing",
    "number",
    "numbers",
    "reaching",
    "series",
    "short",
    "styled",
    "text_size",
    "thinned",
]

INK, SOFT, FADED, PAPER = "#1a1a1a", "#595959", "#d0d0d0", "#ffffff"
POSITIVE, NEGATIVE, ZERO = "#0b5fa5", "#b5470b", "#767676"

#: Of lines that are told apart: colour, dash pattern and marker.
SERIES = (
    ("#0b5fa5", "-", "o"),
    ("#b5470b", "--", "s"),
    ("#00795a", "-.", "^"),
    ("#a3457f", ":", "D"),
    ("#7a5c00", (0, (5, 1, 1, 1, 1, 1)), "v"),
    ("#1a1a1a", (0, (1, 1)), "P"),
    ("#2f8fc4", (0, (8, 2)), "X"),
    ("#8c8c8c", (0, (3, 1, 1, 1)), "*"),
)

# From the ninth line on, the colours come again with other dashes and other markers; by an odd
# number, so that each colour meets every dash.
_DASHES_ON, _MARKERS_ON = 3, 5

#: Grows steadily in lightness, so that it also reads in grey.
SEQUENTIAL = "cividis"

#: From the colour of negative values over white to that of positive ones.
DIVERGING = LinearSegmentedColormap.from_list(
    "neurograph_diverging",
    ["#7f2f04", "#d9762f", "#f7d3b5", "#fbfbfb", "#bcd9ee", "#4292c6", "#083f75"],
)

#: What pictures are drawn and saved with; nobody's own settings are changed by it.
STYLE: dict[str, Any] = {
    "font.family": "sans-serif",
    "font.sans-serif": ["DejaVu Sans"],
    "font.size": 11.0,
    "axes.titlesize": 13.0,
    "axes.labelsize": 12.0,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.edgecolor": SOFT,
    "axes.labelcolor": INK,
    "axes.grid": False,
    "axes.unicode_minus": True,
    # A tick says its number, not what is to be added to one that stands elsewhere.
    "axes.formatter.useoffset": False,
    "axes.facecolor": PAPER,
    "figure.facecolor": PAPER,
    "savefig.facecolor": PAPER,
    "savefig.bbox": None,
    "text.color": INK,
    "text.usetex": False,
    "xtick.color": SOFT,
    "ytick.color": SOFT,
    "xtick.labelcolor": INK,
    "ytick.labelcolor": INK,
    "legend.frameon": True,
    "legend.framealpha": 0.9,
    "legend.edgecolor": FADED,
    "legend.fontsize": 10.5,
    "lines.linewidth": 2.0,
    # Text stays text: it can be searched, copied and set in another font.
    "svg.fonttype": "none",
    "pdf.fonttype": 42,
    # The same picture is the same file.
    "svg.hashsalt": "neurograph",
    "path.simplify": True,
    "animation.embed_limit": 50.0,
}

P = ParamSpec("P")
R = TypeVar("R")


def in_style() -> AbstractContextManager[None]:
    """Return a context in which pictures are drawn and saved in this style."""
    # The keys of matplotlib's own annotation are the literals of all its settings.
    return matplotlib.rc_context(cast(Any, STYLE))


def styled(draw: Callable[P, R]) -> Callable[P, R]:
    """Let a function draw in this style, and leave the user's own settings as they are."""

    @wraps(draw)
    def drawn(*args: P.args, **kwargs: P.kwargs) -> R:
        with in_style():
            return draw(*args, **kwargs)

    return drawn


def number(value: float, digits: int = 3) -> str:
    """Return a number with so many significant digits, and a true minus sign.

    Parameters
    ----------
    value : float
    digits : int

    Returns
    -------
    str

    Examples
    --------
    >>> number(-0.0087706, 3), number(0.4), number(float("nan"))
    ('−0.00877', '0.4', 'nan')
    """
    value = float(value)
    if math.isnan(value):
        return "nan"
    if math.isinf(value):
        return "∞" if value > 0 else "−∞"
    text = f"{value:.{digits}g}" if value else "0"
    mantissa, e, exponent = text.partition("e")
    if e:
        text = f"{mantissa}e{int(exponent)}"
    return text.replace("-", "−")


def numbers(values: Any, digits: int = 3, *, least: float = 0.0) -> list[str]:
    """Return numbers that stand beside each other, with as many digits as they need to differ.

    Parameters
    ----------
    values : array-like of shape (n,)
    digits : int
        At least so many significant ones.
    least : float
        The least difference that is to be seen, in parts of the range.

    Returns
    -------
    list of str

    Examples
    --------
    >>> numbers([0.298371, 0.298414, 0.5])
    ['0.29837', '0.29841', '0.5']
    """
    digits = digits_apart(values, digits, least=least)
    return [number(value, digits) for value in values]


def series(place: int) -> tuple[str, Any, str]:
    """Return colour, dash pattern and marker of a line; no two of the first 64 are alike.

    Parameters
    ----------
    place : int
        Which line it is, from 0.
    """
    n = len(SERIES)
    again, place = divmod(place, n)
    return (
        SERIES[place][0],
        SERIES[(place + _DASHES_ON * again) % n][1],
        SERIES[(place + _MARKERS_ON * again) % n][2],
    )


def finite(values: Any) -> Any:
    """Return the finite ones of some values, as a flat array."""
    flat = np.ravel(np.asarray(values, dtype=np.float64))
    return flat[np.isfinite(flat)]


def thinned(n: int, most: int) -> list[int]:
    """Return which of n places are shown: all, or so many, always the first and the last.

    Examples
    --------
    >>> thinned(9, 3), thinned(2, 3)
    ([0, 4, 8], [0, 1])
    """
    places = np.linspace(0, n - 1, min(n, most)).round().astype(int)
    return [int(place) for place in np.unique(places)]


def short(address: str) -> str:
    """Return an address without what is clear beside a loss.

    Examples
    --------
    >>> short("w5.weight"), short("h1.bias")
    ('w5', 'h1.bias')
    """
    return address.removesuffix(".weight")


def axis_name(address: str, notes: Sequence[str]) -> str:
    """Return what an axis is called, with what is to be said of its parameter.

    Examples
    --------
    >>> axis_name("w5.weight", ["w5.weight is frozen: training does not change it"])
    'w5 (frozen)'
    """
    start = f"{address} is "
    words = [note.removeprefix(start).partition(":")[0] for note in notes if start in note]
    return short(address) + (f" ({', '.join(words)})" if words else "")


def reaching(over: Sequence[object], axes: Sequence[Any], digits: int) -> str:
    """Return from where to where axes go.

    Examples
    --------
    >>> reaching(["w5.weight", "i1"], [np.array([-1.0, 0.0, 2.0]), np.array([0.0, 1.0])], 3)
    'w5 from −1 to 2 and i1 from 0 to 1'
    """
    return " and ".join(
        f"{short(str(name))} from {' to '.join(numbers(axis[[0, -1]], digits))}"
        for name, axis in zip(over, axes, strict=True)
    )


def missing(losses: Any, notes: Sequence[str]) -> str:
    """Return how many losses are left out, and notes, as sentences to end a description with."""
    n = np.size(losses) - finite(losses).size
    text = f" {counted(n, 'loss', 'losses')} not finite, and left out." if n else ""
    return text + "".join(f" {note}." for note in notes)


def counted(n: int, singular: str, plural: str) -> str:
    """Return a number of things.

    Examples
    --------
    >>> counted(1, "minimum", "minima"), counted(1200, "minimum", "minima")
    ('1 minimum', '1,200 minima')
    """
    return f"{n:,} {singular if n == 1 else plural}"


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
