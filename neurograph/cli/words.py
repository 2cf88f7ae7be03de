"""Numbers and symbols as text."""

from collections.abc import Sequence

import numpy as np

from neurograph.columns import Value
from neurograph.spelling import SPELLED

__all__ = ["aligned", "count", "decimals", "spell", "value_text"]

#: How ASCII writes what is printed: equations, and the marks of prose.
_SPELLED = SPELLED | {
    "α": "alpha", "σ": "sigma", "Σ": "sum", "×": "*", "·": "*", "−": "-", "–": "-", "—": "-",
    "“": '"', "”": '"', "‘": "'", "’": "'", "′": "'", "²": "^2", "½": "1/2",
}  # fmt: skip


def spell(error: UnicodeError) -> tuple[str, int]:
    """Write what an encoding lacks with what it has: an error handler for `codecs`."""
    if not isinstance(error, UnicodeEncodeError):
        raise error
    unknown = error.object[error.start : error.end]
    return "".join(_SPELLED.get(character, "?") for character in unknown), error.end


def decimals(value: float, like: str | None = None) -> str:
    """Return a number with ten significant digits, or with three more than a printed number.

    Examples
    --------
    >>> decimals(0.29102792390544197, like="0.291027924")
    '0.291027923905'
    >>> decimals(3.510854812251261e-05, like="3.51085e-05")
    '3.51085481e-05'
    >>> decimals(0.2983711087600027)
    '0.2983711088'
    """
    if like is None or not np.isfinite(value):
        return f"{value:.10g}"
    mantissa, e, _ = like.lower().partition("e")
    places = len(mantissa.partition(".")[2]) + 3
    text = f"{value:.{places}{'e' if e else 'f'}}"
    # A value far from the printed one would fill lines with zeros.
    return text if len(text) <= len(like) + 6 else f"{value:.6g}"


def aligned(numbers: Sequence[str]) -> list[str]:
    """Pad numbers on the left so that their decimal points stand under each other."""
    width = max((len(number.partition(".")[0]) for number in numbers), default=0)
    return [" " * (width - len(number.partition(".")[0])) + number for number in numbers]


def count(number: int, one: str, many: str) -> str:
    """Return a number with its word in the singular or the plural."""
    return f"{number} {one if number == 1 else many}"


def value_text(value: Value | None) -> str:
    """Return a number with ten digits, or the first of many; nothing for one that is not there."""
    if value is None:
        return ""
    if isinstance(value, np.ndarray):
        shown = ", ".join(f"{number:.6g}" for number in value[:4])
        return shown if len(value) <= 4 else f"{shown}, ... ({len(value)} samples)"
    return decimals(value)
