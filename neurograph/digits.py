"""Digits of numbers as they are written: how many they need."""

from typing import Any

import numpy as np

from neurograph.numerals import Numeral

__all__ = ["decimals", "digits_apart"]


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
    number = None if like is None else Numeral.of(like)
    if like is None or number is None or number.unit is None or not np.isfinite(value):
        return f"{value:.10g}"
    mantissa, e, _ = number.plain.lower().partition("e")
    places = len(mantissa.partition(".")[2]) + 3
    text = f"{value:.{places}{'e' if e else 'f'}}"
    # A value far from the printed one would fill lines with zeros.
    return text if len(text) <= len(like) + 6 else f"{value:.6g}"


# Relative: what differs by less is the same number but for rounding.
_ROUNDING = 1e-12

# That a float keeps of any decimal number.
_MOST_DIGITS = 15


def digits_apart(values: Any, digits: int = 3, *, least: float = 0.0) -> int:
    """Return how many significant digits numbers beside each other need to differ.

    Parameters
    ----------
    values : array-like
        What is not finite needs none.
    digits : int
        At least so many.
    least : float
        The least difference that is to be seen, in parts of the range.

    Returns
    -------
    int
        So many that each difference between neighbours, as written, is right to a quarter.

    Examples
    --------
    >>> digits_apart([0.29837, 0.29841]), digits_apart([0.5, 0.25])
    (5, 3)
    """
    flat = np.ravel(np.asarray(values, dtype=np.float64))
    with np.errstate(all="ignore"):
        known = _seen_apart(np.unique(flat[np.isfinite(flat)]), least)
        gaps = np.diff(known)
        while digits < _MOST_DIGITS:
            written = np.diff([float(f"{value:.{digits}g}") for value in known])
            if (np.abs(written - gaps) <= gaps / 4).all():
                break
            digits += 1
    return digits


def _seen_apart(known: Any, least: float) -> Any:
    """Return, of sorted numbers, some whose differences are to be seen."""
    apart = known[:1].tolist()
    for value in known[1:].tolist():
        reach = max(least * (known[-1] - known[0]), _ROUNDING * max(abs(value), abs(apart[-1])))
        if value - apart[-1] > reach:
            apart.append(value)
    return np.array(apart)
