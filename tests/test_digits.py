"""How many digits numbers need that stand beside each other."""

from decimal import Context

import numpy as np
import pytest

from neurograph.digits import digits_apart


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
