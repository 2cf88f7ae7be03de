"""Digits as they are written: how many are printed, and how a number is cut to them."""

import math
from decimal import Context, Decimal
from typing import Any

import numpy as np

__all__ = ["decimals_of", "to_decimals"]

_AMPLE = Context(prec=400)


def decimals_of(printed: str) -> int:
    """Return at how many decimals a printed number ends; negative where it ends before the point.

    Examples
    --------
    >>> decimals_of("0.3775"), decimals_of("3.51085e-05"), decimals_of("40")
    (4, 10, 0)
    """
    return -int(Decimal(printed).as_tuple().exponent)


def to_decimals(value: Any, decimals: int, rounding: str) -> Any:
    """Return a number, or each of an array, written with so many decimals.

    Parameters
    ----------
    value : float or ndarray
    decimals : int
    rounding : str
        A rounding mode of `decimal`, such as ``ROUND_DOWN``, which cuts off.

    Examples
    --------
    >>> from decimal import ROUND_DOWN
    >>> to_decimals(0.6236338, 6, ROUND_DOWN)
    0.623633
    """
    if isinstance(value, np.ndarray):
        return np.array([to_decimals(number, decimals, rounding) for number in value.tolist()])
    if not math.isfinite(value):
        return value
    # 15 significant digits drop the binary noise, as in `passes.rounding`.
    unit = Decimal(1).scaleb(-decimals)
    return float(Decimal(f"{value:.15g}").quantize(unit, rounding, _AMPLE))
