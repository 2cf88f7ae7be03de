"""Digits of numbers as they are written: rounded as on paper, and how many they need."""

import math
from decimal import ROUND_HALF_UP, Context, Decimal
from typing import Any

import numpy as np

from neurograph.numerals import Numeral

__all__ = ["decimals", "digits_apart", "fixed", "rounded", "significant"]

# That a float keeps of any decimal number.
_MOST_DIGITS = 15

# Enough precision to quantise any float.
_AMPLE = Context(prec=400)


def rounded(value: float, decimals: int, mode: str = ROUND_HALF_UP) -> Decimal:
    """Return a finite number with so many decimals, as someone on paper writes it.

    Parameters
    ----------
    value : float
    decimals : int
        Negative before the point.
    mode : str
        A rounding mode of `decimal`: half away from zero, or ``ROUND_DOWN``, which cuts off.

    Examples
    --------
    >>> rounded(2.675, 2), rounded(0.0012499999999999998, 4), f"{2.675:.2f}"
    (Decimal('2.68'), Decimal('0.0013'), '2.67')
    """
    # 15 significant digits drop the binary noise, so that 0.00125 computed as
    # 0.0012499999999999998 is the tie that it is on paper.
    return Decimal(f"{value:.15g}").quantize(Decimal(1).scaleb(-decimals), mode, _AMPLE)


def fixed(value: float, decimals: int) -> str:
    """Return a number with so many decimals, rounded as on paper.

    Examples
    --------
    >>> fixed(2.675, 2), fixed(-2.5, 0), fixed(float("nan"), 2)
    ('2.68', '-3', 'nan')
    """
    if not math.isfinite(value) or _magnitude(value) + decimals >= _MOST_DIGITS - 1:
        return f"{value:.{decimals}f}"
    return f"{rounded(value, decimals):f}"


def significant(value: float, digits: int, form: str = "g") -> str:
    """Return a number with so many significant digits, rounded as on paper.

    Parameters
    ----------
    value : float
    digits : int
    form : {"g", "e"}
        ``"e"`` always with a power of ten and all the digits.

    Examples
    --------
    >>> significant(2.675, 3), significant(2.675, 3, "e"), significant(12345.0, 2)
    ('2.68', '2.68e+00', '1.2e+04')
    """
    if math.isfinite(value) and digits < _MOST_DIGITS:
        on_paper = float(rounded(value, digits - 1 - _magnitude(value)))
        value = on_paper if math.isfinite(on_paper) else value
    return f"{value:.{digits if form == 'g' else digits - 1}{form}}"


def _magnitude(value: float) -> int:
    """Return the power of ten of the first digit."""
    return Decimal(f"{value:.15g}").adjusted() if value else 0


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
        return significant(value, 10)
    mantissa, e, _ = number.plain.lower().partition("e")
    places = len(mantissa.partition(".")[2]) + 3
    text = significant(value, places + 1, "e") if e else fixed(value, places)
    # A value far from the printed one would fill lines with zeros.
    return text if len(text) <= len(like) + 6 else significant(value, 6)


# Relative: what differs by less is the same number but for rounding.
_ROUNDING = 1e-12


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
