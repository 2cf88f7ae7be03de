"""Numbers rounded as on paper, and how many digits they need beside each other."""

import math
from decimal import ROUND_HALF_UP, Context, Decimal

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from strategies import CHECKED

from neurograph.digits import decimals, digits_apart, fixed, significant


def written(values: list[float], digits: int) -> list[str]:
    """Return numbers rounded to so many significant digits, by decimal arithmetic."""
    return [str(Context(prec=digits).create_decimal_from_float(value)) for value in values]


@pytest.mark.parametrize(
    ("values", "digits"),
    [
        ([], 3),
        ([0.298], 3),
        ([0.25, 0.5, -0.5], 3),
        ([0.2984, 0.2983], 4),
        # As 0.298, 0.299 they would differ, but by another difference.
        ([0.2984, 0.2986], 4),
        # Of even steps, none may look twice as long.
        ([0.29825, 0.2983, 0.29835], 5),
        ([1.0001, 1.0002, 50.0], 5),
        ([1e-300, 1.0001e-300], 5),
        ([123456789.0, 123456790.0], 9),
        # The same but for rounding.
        ([0.3, 0.1 + 0.2], 3),
        ([np.nan, 0.2984, np.inf, 0.2983, -np.inf], 4),
        ([1e308, -1e308, 1.7976931348623157e308], 3),
    ],
)
def test_digits_that_tell_numbers_apart(values: list[float], digits: int) -> None:
    """Numbers beside each other have as many digits as they need to differ, and no more."""
    assert digits_apart(values) == digits


@pytest.mark.parametrize("exponent", range(-11, 0))
def test_numbers_that_differ_look_different(exponent: int) -> None:
    """Ticks that lie close together are written as different numbers."""
    rng = np.random.default_rng(-exponent)
    values = (rng.uniform(1, 9) + 10.0**exponent * np.arange(9)).tolist()
    assert len(set(written(values, digits_apart(values)))) == 9


def test_less_than_is_to_be_seen_needs_no_digits() -> None:
    """Of values that come to rest, the last steps need not be told apart."""
    values = 0.125 + 0.5 ** np.arange(40.0)
    assert digits_apart(values) > 9
    # 0.125 + 2**-13 is seen, 0.125 + 2**-14 is not.
    assert digits_apart(values, least=1e-4) == 4


@given(st.decimals("-999", "999", places=4), st.integers(0, 4))
@CHECKED
def test_a_tie_of_decimals_is_rounded_away_from_zero(number: Decimal, places: int) -> None:
    """A number of four decimals is written with fewer as a person does, who knows no floats."""
    on_paper = number.quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP)
    assert fixed(float(number), places) == f"{on_paper:f}"
    paper = Context(prec=3, rounding=ROUND_HALF_UP).plus(number)
    assert Decimal(significant(float(number), 3)) == paper
    assert Decimal(significant(float(number), 3, "e")) == paper


@pytest.mark.parametrize(
    ("text", "written"),
    [
        (significant(2.675, 3), "2.68"),
        # 0.39249999999999996 is 0.3925 but for the last bit.
        (significant(math.nextafter(0.3925, 0), 3), "0.393"),
        (fixed(math.nextafter(0.3925, 0), 3), "0.393"),
        (significant(0.3924999, 3), "0.392"),
        (significant(99.95, 3), "100"),
        (significant(99.95, 3, "e"), "1.00e+02"),
        (significant(0.0, 3), "0"),
        (significant(1e-320, 2), "1e-320"),
        (significant(1.7976931348623157e308, 3), "1.8e+308"),
        (significant(math.inf, 3), "inf"),
        # Where more digits are wanted than a float keeps, it is written as it is.
        (significant(0.1, 17), "0.10000000000000001"),
        (fixed(123456.7, 12), "123456.699999999997"),
        (decimals(2.6755555555, like="2.675"), "2.675556"),
    ],
)
def test_numbers_as_on_paper(text: str, written: str) -> None:
    """Noise of the last bit makes no other digit, and nothing else is changed."""
    assert text == written
