"""How many printed digits agree, and how likely it is that they do by chance.

A printed value p, with half a unit h of its last digit (or the last places of a float, where more
digits than those are printed), lies D = |p - v| away from the value v of the stated conventions. If
p owed nothing to any alternative, but were a random number about as far from v, spread evenly over
v - 2 D to v + 2 D (whose mean distance from v is D), then an alternative with a value in that range
would agree with p with probability 2 h / 4 D = h / 2 D. With n different values in the range,

    expected false hits = n * h / (2 D).

Values that print the same digits count once: one of them agrees exactly when the others do. Nine
digits thus mean much where few alternatives come near, and a slip in the last digit means little:
there D is about 2 h, and one alternative in four agrees.
"""

from collections.abc import Iterable
from decimal import Decimal
from fractions import Fraction

import numpy as np

from neurograph.numerals import Numeral
from neurograph.scenario.verdicts import margin

__all__ = ["agreeing_decimals", "comparable", "decimals_of", "false_hits"]


def comparable(values: Iterable[float], stated: float, printed: str) -> list[float]:
    """Return the different values of alternatives that the printed one could have been.

    Parameters
    ----------
    values : iterable of float
        What the alternatives give.
    stated : float
        What the stated conventions give.
    printed : str

    Returns
    -------
    list of float
        One for each that would print other digits, within twice the distance D of the printed
        value; the stated value is none.
    """
    if not np.isfinite(stated):
        return []  # nothing is at any distance from it
    # Fractions, because a difference of floats may overflow, and half a unit be 0 as a float.
    aim, unit = Numeral.of(printed).value, 2 * margin(printed)
    reach = 2 * abs(aim - Fraction(stated))
    different: dict[int, float] = {}
    for value in values:
        if value == stated or not np.isfinite(value):
            continue
        exact = Fraction(value)
        if abs(exact - Fraction(stated)) <= reach:
            different.setdefault(round((exact - aim) / unit), value)
    return list(different.values())


def false_hits(n: int, stated: float, printed: str, within: float | None = None) -> float:
    """Return how many of `n` alternatives agree with a printed value by chance, on average.

    n * h / (2 D), where D is the distance of the printed from the stated value and h half a unit
    of the last printed digit.

    Parameters
    ----------
    n : int
        Different values of alternatives in reach: those that `comparable` returns.
    stated : float
    printed : str
    within : float, optional
        How near counts as agreeing, instead of h.

    Returns
    -------
    float

    Examples
    --------
    >>> false_hits(30, stated=0.291027774, printed="0.291027924")
    0.05
    """
    if not np.isfinite(stated):
        return 0.0  # endlessly far away
    distance = Numeral.of(printed).value - Fraction(repr(stated))
    if not distance:
        return float(n)
    near = margin(printed) if within is None else Fraction(within)
    return n * min(1.0, float(near / (2 * abs(distance))))


def decimals_of(printed: str) -> int:
    """Return at how many decimals a printed number ends; negative where it ends before the point.

    Examples
    --------
    >>> decimals_of("0.3775"), decimals_of("3.51085e-05"), decimals_of("40")
    (4, 10, 0)
    """
    return Numeral.of(printed).decimals


def agreeing_decimals(value: float, printed: str) -> int:
    """Return to how many decimals a value agrees with a printed one; less than 0 for none.

    Examples
    --------
    >>> agreeing_decimals(0.794681, "0.794609")
    3
    """
    difference = abs(Decimal(repr(value)) - Numeral.of(printed).decimal)
    decimals = decimals_of(printed)
    while decimals >= 0 and difference > Decimal(5).scaleb(-decimals - 1):
        decimals -= 1
    return decimals
