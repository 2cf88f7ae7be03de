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

A reason that gives r of the m values that are wrong is rarer. Any r of them might have agreed, with
probability h / 2 D each:

    expected false reasons = (m choose r) * n * product of h / 2 D.

Values that depend on each other count once: where a value is known to be v' if the others are as
printed (as the second of two shares that add up to 1), D is its distance from v'. And n counts the
alternatives that are as usual as the reason, or more usual: a likely slip need not make up for all
the unlikely ones that were tried too. Each kind of alternative has its chance of a false hit added
to those of the more usual ones, so that all of them together stay below what is said.

A round number is reached in many ways: zeros at its end, if two or more, say nothing about where it
comes from, so that 0.490000 counts as 0.49 and h is half of 0.01. A fraction a/b is one of about
b * b numbers between 0 and 1: there h is 1 / (2 b^2). And where the stated value is infinite, every
number is as near, and agreement says nothing.

What follows from a wrong value, as this is printed, is no evidence of anything else: it is wrong
for whatever reason that has. So the values that are compared are those that the page's own numbers
do not give; those that they give up to a distance e, since they are printed with few digits, agree
with a reason by chance with probability h / (h + e). A reason that gives such a value and not the
one that it follows from does not count as its reason.

A reason may give a wrong value and make a right one wrong. If it is the reason all the same, the
page did otherwise there; if that happens to one value in ten, the odds of the reason against chance
are ten times worse for each (Bayes). So a reason that contradicts c right values is hardly chance
where the expected number of such, times ten to the c, is below one in twenty. A wrong value that it
changes into something else than is printed, the page's own numbers before it taken as they are,
counts as a right one does. Two reasons at once, and a reason that explains fewer values than there
are left without one, are ten times more often chance too: there is another reason on the page,
which may be that of all of them.
"""

from collections.abc import Iterable, Sequence
from decimal import Decimal
from fractions import Fraction

import numpy as np

from neurograph.numerals import Numeral
from neurograph.scenario.verdicts import margin

__all__ = ["agreeing_decimals", "comparable", "decimals_of", "false_hits", "grain", "in_reach"]

#: So many zeros at the end of a printed number are hardly chance: it is a round number.
_ROUND = 2


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
    values = list(values)
    return [values[number] for number in in_reach(values, stated, printed).values()]


def in_reach(values: Sequence[float], stated: float, printed: str) -> dict[int, int]:
    """Return which of some values are comparable.

    By how many units of the last digit it lies from the printed value, the number of the first.
    """
    if not np.isfinite(stated):
        return {}  # nothing is at any distance from it
    # Fractions, because a difference of floats may overflow, and half a unit be 0 as a float.
    aim, unit = Numeral.of(printed).value, 2 * margin(printed)
    exactly = Fraction(stated)
    reach = 2 * abs(aim - exactly)
    far = 2.1 * float(reach) if reach < 1e300 else np.inf
    different: dict[int, int] = {}
    for number, value in enumerate(values):
        if value == stated or not np.isfinite(value) or abs(value - stated) > far > 0:
            continue
        exact = Fraction(value)
        if abs(exact - exactly) <= reach:
            different.setdefault(round((exact - aim) / unit), number)
    return different


def false_hits(n: int, stated: float, printed: str, within: float | None = None) -> float:
    """Return how many of `n` alternatives agree with a printed value by chance, on average.

    n * h / (2 D), where D is the distance of the printed from the stated value and h half a unit
    of the last printed digit that says something: see `grain`. Where the stated value is no finite
    number, any of them may agree.

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
        return float(n)  # endlessly far away, as every other number
    distance = Numeral.of(printed).value - Fraction(repr(stated))
    if not distance:
        return float(n)
    near = grain(printed) if within is None else Fraction(within)
    return n * min(1.0, float(near / (2 * abs(distance))))


def grain(printed: str) -> Fraction:
    """Return how far a printed number is from the next that would say as much, halved.

    Examples
    --------
    >>> grain("0.377"), grain("0.370"), grain("0.3000"), grain("0.0000"), grain("3/8")
    (Fraction(1, 2000), Fraction(1, 2000), Fraction(1, 20), Fraction(1, 2), Fraction(1, 128))
    """
    number = Numeral.of(printed)
    if number.unit is None:
        return Fraction(1, 2 * number.value.denominator**2)
    unit, zeros = number.unit, 0
    while not number.value % (10 * unit) and (number.value or unit < 1):
        unit, zeros = 10 * unit, zeros + 1
    return unit / 2 if zeros >= _ROUND else margin(printed)


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
