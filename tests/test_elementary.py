"""The elementary functions of the compiled loop, as Python runs them, against mpmath."""

import math

import mpmath
import numpy as np
import pytest

from neurograph.engines.elementary import ELEMENTARY, exp, tanh, text_of

#: Unit in the last place of 1, as a relative error: half of it is the best there can be.
ULP = 2.0**-52


def arguments() -> np.ndarray:
    """Return numbers of every size, both signs, and beside whole and half multiples of ln 2."""
    rng = np.random.default_rng(0)
    sizes = 10.0 ** rng.uniform(-320, 2.85, 3000) * rng.choice([-1.0, 1.0], 3000)
    seams = np.arange(-2000, 2000) * math.log(2) / 2
    return np.concatenate([sizes, rng.uniform(-2, 2, 3000), seams, np.nextafter(seams, 9e9)])


def test_exp_is_at_most_one_unit_away() -> None:
    """Normal results are within 0.8 units in the last place, the subnormal ones within one step."""
    with np.errstate(over="ignore"), mpmath.workdps(40):
        for a in map(float, arguments()):
            right, ours = mpmath.exp(mpmath.mpf(a)), float(exp(a))
            if math.isinf(ours) or ours < 2.3e-308:
                assert ours == pytest.approx(float(right), rel=0, abs=5e-324), a
            else:
                assert abs(ours - right) <= 0.8 * ULP * right, a


def test_tanh_is_at_most_one_and_a_half_units_away() -> None:
    """Small numbers keep their digits, and large ones give 1 and no more."""
    with mpmath.workdps(40):
        for a in map(float, arguments()):
            right, ours = mpmath.tanh(mpmath.mpf(a)), float(tanh(a))
            assert abs(ours) <= 1.0
            if abs(a) > 1e-307:  # below that a float has fewer digits than a relative error needs
                assert abs(ours - right) <= 1.5 * ULP * abs(right), a
            else:
                assert ours == pytest.approx(a, rel=0, abs=5e-324)


@pytest.mark.parametrize(
    ("a", "of_exp", "of_tanh"),
    [
        (0.0, 1.0, 0.0),
        (-0.0, 1.0, -0.0),
        (math.inf, math.inf, 1.0),
        (-math.inf, 0.0, -1.0),
        (1e308, math.inf, 1.0),
        (-1e308, 0.0, -1.0),
        (709.9, math.inf, 1.0),
    ],
)
def test_what_has_no_digits_is_exact(a: float, of_exp: float, of_tanh: float) -> None:
    """Zeros keep their sign, and what a float cannot hold is infinite or zero."""
    with np.errstate(over="ignore"):
        assert float(exp(a)) == of_exp
    ours = float(tanh(a))
    assert (ours, math.copysign(1.0, ours)) == (of_tanh, math.copysign(1.0, of_tanh))


def test_nan_stays_nan() -> None:
    """What is not a number is not made one."""
    assert math.isnan(exp(math.nan))
    assert math.isnan(tanh(math.nan))


def test_the_text_of_a_function_runs_by_itself() -> None:
    """Nothing in it is looked up in the file that it comes from."""
    for name, functions in ELEMENTARY.items():
        scope = {"np": np, "njit": lambda **options: lambda function: function}
        exec(text_of(functions), scope)
        assert float(scope[name](0.5)) == pytest.approx(float(getattr(np, name)(0.5)), rel=1e-15)
