"""Elementary functions as the compiled loop has them: arithmetic alone, many numbers side by side.

A compiler turns a loop over calls of the C library into one call after another. What is here has
no call and no branch, so several numbers are computed by one instruction. `loop` takes the text of
these functions, which is why they are written so that Python runs them and numba compiles them.

After W. J. Cody, W. Waite: Software Manual for the Elementary Functions (1980): an argument is a
whole number of ln 2 and a rest, of which a series is summed. Compared with mpmath, `exp` is
at most 0.8, and `tanh` 1.5 units in the last place away.
"""

import inspect
from collections.abc import Callable, Iterable

import numpy as np

__all__ = ["ELEMENTARY", "exp", "tanh", "text_of"]


def rest_of_exp(a: float) -> tuple[float, float]:
    """Return k and e^r - 1, where a is k ln 2 + r and r is between -ln 2 / 2 and ln 2 / 2."""
    # Added and taken away again, 1.5 * 2^52 rounds to a whole number.
    k = (a * 1.4426950408889634 + 6755399441055744.0) - 6755399441055744.0
    # ln 2 in two parts: k times the first has no rounding.
    r = (a - k * 0.6931471803691238) - k * 1.9082149292705877e-10
    # 1 / n! for n from 2 to 13: what follows is less than 5e-18. In thirds, which do not wait for
    # each other as they would in one sum from the end.
    s = r * r
    low = (r * 0.16666666666666666 + 0.5) + s * (r * 0.008333333333333333 + 0.041666666666666664)
    middle = r * 0.0001984126984126984 + 0.001388888888888889
    middle = middle + s * (r * 2.7557319223985893e-06 + 2.48015873015873e-05)
    high = r * 2.505210838544172e-08 + 2.755731922398589e-07
    high = high + s * (r * 1.6059043836821613e-10 + 2.08767569878681e-09)
    q = low + (s * s) * (middle + (s * s) * high)
    return k, r + s * q


def power_of_two(k: float) -> float:
    """Return 2^k for a whole k from -1022 to 1023, which is put where a float has its exponent."""
    bits = np.float64(k + 6755399441055744.0).view(np.int64) + 1023
    return np.int64(bits << 52).view(np.float64)


def exp(a: float) -> float:
    """Return e^a: 0 or inf beyond what a float can hold, nan of nan."""
    b = 710.0 if a > 710.0 else a
    b = -746.0 if b < -746.0 else b
    k, less_one = rest_of_exp(b)
    # 2^k in two factors, for what lies at the ends of the floats.
    half = (k * 0.5 + 6755399441055744.0) - 6755399441055744.0
    return (1.0 + less_one) * power_of_two(half) * power_of_two(k - half)


def tanh(a: float) -> float:
    """Return the hyperbolic tangent, from e^-2|a| - 1: so small numbers keep their digits."""
    b = -2.0 * abs(a)
    b = -40.0 if b < -40.0 else b
    k, less_one = rest_of_exp(b)
    scale = power_of_two(k)
    e = scale * less_one + (scale - 1.0)
    return np.copysign(-e / (2.0 + e), a)  # type: ignore[no-any-return]


#: By name of the formula table, the functions of this file that it needs, in their order.
ELEMENTARY = {
    "exp": (rest_of_exp, power_of_two, exp),
    "tanh": (rest_of_exp, power_of_two, tanh),
}


def text_of(functions: Iterable[Callable[..., object]]) -> str:
    """Return the source of functions of this file, each compiled by itself.

    A product and a sum may become one instruction; the order of sums stays as it is written.
    """
    decorator = "@njit(error_model='numpy', fastmath={'contract'})\n"
    return "\n".join(decorator + inspect.getsource(function) for function in functions)
