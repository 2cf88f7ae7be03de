"""How names and numbers are written in a picture, and how much room they take."""

import math
import warnings
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import numpy as np
from matplotlib.font_manager import FontProperties
from matplotlib.textpath import TextToPath

from neurograph import words
from neurograph.digits import digits_apart, significant
from neurograph.drawing.themes import current_look

__all__ = [
    "LINE_SPACING",
    "axis_name",
    "block_size",
    "counted",
    "finite",
    "missing",
    "number",
    "numbers",
    "phrase",
    "quantity_words",
    "reaching",
    "short",
    "text_size",
    "thinned",
    "whole",
]


def phrase(key: str, /, **parts: object) -> str:
    """Return a text of the catalogue in the language of the picture."""
    return words.phrase(key, current_look().language, **parts)


def quantity_words(quantity: str) -> str:
    """Return what a quantity is called in a sentence, in the language of the picture."""
    return words.quantity_words(quantity, current_look().language)


def counted(n: int, thing: str) -> str:
    """Return a number of things in the language of the picture.

    Examples
    --------
    >>> counted(1, "minimum"), counted(1200, "minimum")
    ('1 minimum', '1,200 minima')
    """
    return words.counted(n, thing, current_look().language)


def whole(n: int) -> str:
    """Return a whole number, with its thousands marked.

    Examples
    --------
    >>> whole(1200)
    '1,200'
    """
    return words.numeral(f"{n:,}", current_look().language)


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
    text = significant(value, digits) if value else "0"
    mantissa, e, exponent = text.partition("e")
    if e:
        text = _with_power(mantissa, int(exponent))
    return words.numeral(text.replace("-", "−"), current_look().language)


#: A power of ten is written out below this one, where "e" is no way of writing numbers.
_MOST_WRITTEN_OUT = 6
_HIGH = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


def _with_power(mantissa: str, power: int) -> str:
    """Return a number with a power of ten: 1.5e3, and where decimals have a comma 1500."""
    if words.numeral(".", current_look().language) == ".":
        return f"{mantissa}e{power}"
    if 0 <= power < _MOST_WRITTEN_OUT:
        return f"{float(mantissa) * 10**power:.0f}"
    return f"{mantissa}·10{str(power).translate(_HIGH)}"


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
    said = [note.removeprefix(start).partition(":")[0] for note in notes if start in note]
    return short(address) + (f" ({', '.join(map(phrase, said))})" if said else "")


def reaching(over: Sequence[object], axes: Sequence[Any], digits: int) -> str:
    """Return from where to where axes go.

    Examples
    --------
    >>> reaching(["w5.weight", "i1"], [np.array([-1.0, 0.0, 2.0]), np.array([0.0, 1.0])], 3)
    'w5 from −1 to 2 and i1 from 0 to 1'
    """
    ranges = [numbers(axis[[0, -1]], digits) for axis in axes]
    return f" {phrase('and')} ".join(
        phrase("from to", name=short(str(name)), low=low, high=high)
        for name, (low, high) in zip(over, ranges, strict=True)
    )


def missing(losses: Any, notes: Sequence[str]) -> str:
    """Return how many losses are left out, and notes, as sentences to end a description with."""
    n = np.size(losses) - finite(losses).size
    text = " " + phrase("not finite", losses=counted(n, "lost")) if n else ""
    return text + "".join(f" {note}." for note in notes)


#: Height of a line in heights of the font.
LINE_SPACING = 1.25

_POINTS_PER_INCH = 72.0


def text_size(text: str, size: float, weight: str = "normal") -> tuple[float, float]:
    """Return width and height of one line of text in the font of the picture, in inches.

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
    return _text_size(text, size, weight, current_look().theme.family)


@lru_cache(maxsize=20_000)
def _text_size(text: str, size: float, weight: str, family: str) -> tuple[float, float]:
    font = FontProperties(family=family, size=size, weight=weight)
    with warnings.catch_warnings():
        # Who draws with this font is told; a page shows the text in a font of the browser.
        warnings.filterwarnings("ignore", "Glyph .* missing from font")
        width, height, _ = TextToPath().get_text_width_height_descent(text, font, ismath=False)
    # No line is lower than its font: blank ones and dots keep their room.
    return width / _POINTS_PER_INCH, max(height, 1.1 * size) / _POINTS_PER_INCH


def block_size(text: str, size: float) -> tuple[float, float]:
    """Return width and height of some lines of text, in inches."""
    lines = text.split("\n")
    width = max(text_size(line, size)[0] for line in lines)
    return width, (0.1 + LINE_SPACING * len(lines)) * size / _POINTS_PER_INCH
