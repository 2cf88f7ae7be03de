"""Digits as they are written: how many are printed, and how many agree."""

from decimal import Decimal

__all__ = ["agreeing_decimals", "decimals_of"]


def decimals_of(printed: str) -> int:
    """Return at how many decimals a printed number ends; negative where it ends before the point.

    Examples
    --------
    >>> decimals_of("0.3775"), decimals_of("3.51085e-05"), decimals_of("40")
    (4, 10, 0)
    """
    return -int(Decimal(printed).as_tuple().exponent)


def agreeing_decimals(value: float, printed: str) -> int:
    """Return to how many decimals a value agrees with a printed one; less than 0 for none.

    Examples
    --------
    >>> agreeing_decimals(0.794681, "0.794609")
    3
    """
    difference = abs(Decimal(repr(value)) - Decimal(printed))
    decimals = decimals_of(printed)
    while decimals >= 0 and difference > Decimal(5).scaleb(-decimals - 1):
        decimals -= 1
    return decimals
