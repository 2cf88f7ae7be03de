"""The functions and operators of the formula language, one row each."""

import math
import operator
from collections.abc import Callable
from functools import cache, reduce
from typing import Any

import numpy as np
from numpy.typing import NDArray

from neurograph.formulas.tree import NEG
from neurograph.records import record

__all__ = ["CHOOSE", "FUNCTIONS", "INNER", "Function", "Group", "namespace", "on_floats"]

_REALS = (-math.inf, math.inf)

#: Stands in a rule for the derivative of the argument.
INNER = "d"


class Group(list[Any]):
    """The values of several neurons or messages, over which a formula sums and the like."""

    __slots__ = ()


@record
class Function:
    """One row of `FUNCTIONS`.

    Attributes
    ----------
    evaluate : callable
        On real numbers and arrays.
    derivatives : tuple of str
        With respect to ``a`` and, where there are two arguments, ``b``; or, where `INNER` occurs,
        the product with the derivative of that argument.
    latex : str
        A template; ``%(a)s`` stands for the first argument.
    on_complex : callable, optional
        On complex numbers, where `evaluate` does not continue the real function.
    on_float : callable, optional
        On Python floats, where that is faster than `evaluate`.
    quiet : tuple of float
        Between these two, exclusive, `evaluate` raises no floating-point flag.
    latex_at_zero : str
        The template when the first argument is the number 0.
    binds : int
        How tightly the LaTeX holds together: 2 as a product, 4 as a power, 5 as a symbol.
    """

    evaluate: Callable[..., Any]
    derivatives: tuple[str, ...]
    latex: str
    on_complex: Callable[..., Any] | None = None
    on_float: Callable[..., float] | None = None
    quiet: tuple[float, float] = _REALS
    latex_at_zero: str = ""
    binds: int = 4

    @property
    def n_arguments(self) -> int:
        """How many arguments the function takes."""
        return max(1, len(self.derivatives))


def _choose(compare: Callable[[Any, Any], Any]) -> Callable[..., Any]:
    """Return the conditional of one comparison: nan where a number that is compared is nan."""

    def choose(left: Any, right: Any, yes: Any, no: Any) -> Any:
        left, right = np.real(left), np.real(right)
        unknown = np.isnan(left) | np.isnan(right)
        picked = np.where(compare(left, right), yes, no)
        return _where(~unknown, picked)

    return choose


CHOOSE = {
    "<": _choose(np.less),
    "<=": _choose(np.less_equal),
    ">": _choose(np.greater),
    ">=": _choose(np.greater_equal),
}


def _where(defined: Any, value: Any) -> Any:
    # Times nan: both parts of a complex number are nan, so that a complex step is nan too.
    return np.where(defined, value, np.nan * value)[()]


def _from(least: float, function: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """Return `function` on complex numbers, with nan where the real function has no value."""
    return lambda a: _where(np.real(a) >= least, function(a))


_complex_log = _from(0, np.log)
_complex_log1p = _from(-1, np.log1p)


def _power(a: Any, b: Any) -> Any:
    # NumPy takes the root for an exponent that is 0.5 for all: nan at -inf, and -0.0 at -0.0.
    if np.ndim(b) == 0 and b == 0.5:
        return np.where(a == -math.inf, math.inf, np.sqrt(a) + 0.0)[()]
    return np.power(a, b)


def _complex_power(a: Any, b: Any) -> Any:
    real = _power(np.real(a), np.real(b))
    constant = (np.imag(a) == 0) & (np.imag(b) == 0)
    # A negative number has powers with whole exponents alone, none of them beside another.
    defined = ~np.isnan(real) & ((np.real(a) >= 0) | (np.imag(b) == 0))
    # What is infinite is turned by any angle: only where the power is finite is its slope 0.
    edge = constant | np.isinf(np.real(a)) | np.isinf(np.real(b))
    beside = np.where(constant | np.isfinite(real), 0.0, np.nan)
    value = np.where(edge, real, np.power(a, b)).astype(complex)
    value.imag = np.where(edge, beside, value.imag)
    return _where(defined, value)


def _complex_divide(a: Any, b: Any) -> Any:
    # The quotient of complex infinities is nan in NumPy; a finite number over inf is 0.
    vanishes = np.isinf(np.real(b)) & np.isfinite(a)
    return np.where(vanishes, 0.0, np.divide(a, b))[()]


def _complex_logaddexp(a: Any, b: Any) -> Any:
    larger, smaller = CHOOSE[">="](a, b, a, b), CHOOSE[">="](a, b, b, a)
    return larger + np.log1p(np.exp(smaller - larger))


def _float_logaddexp(a: float, b: float) -> float:
    if a == b:
        return a + math.log(2.0)
    return max(a, b) + math.log1p(math.exp(-abs(a - b)))


def _xlogy(a: Any, b: Any) -> Any:
    return np.where((a == 0) & ~np.isnan(b), 0.0, a * np.log(b))[()]


def _complex_xlogy(a: Any, b: Any) -> Any:
    return np.where((a == 0) & ~np.isnan(b), 0.0, a * _complex_log(b))[()]


def _float_xlogy(a: float, b: float) -> float:
    if 0 < b < math.inf:
        return a * float(np.log(b))
    raise ArithmeticError


def _xlog1my(a: Any, b: Any) -> Any:
    return np.where((a == 0) & ~np.isnan(b), 0.0, a * np.log1p(-b))[()]


def _complex_xlog1my(a: Any, b: Any) -> Any:
    return np.where((a == 0) & ~np.isnan(b), 0.0, a * _complex_log1p(-b))[()]


def _float_xlog1my(a: float, b: float) -> float:
    if -math.inf < b < 1:
        return a * math.log1p(-b)
    raise ArithmeticError


def _xmuly(a: Any, b: Any) -> Any:
    return np.where((a == 0) & ~np.isnan(b), 0.0, np.multiply(a, b))[()]


def _xdivy(a: Any, b: Any) -> Any:
    return np.where((a == 0) & ~np.isnan(b), 0.0, np.divide(a, b))[()]


#: Computed by hand, a sum of decimals is one of so many significant digits of its largest term; by
#: floats it is that but for rounding, which is far less than the last of them.
_DIGITS, _NOISE = 11, 0.01


def _settled(a: Any, b: Any) -> Any:
    a, b = np.broadcast_arrays(a, b)
    usable = np.isfinite(a) & (b > 1e-290) & (b < 1e290)
    places = _DIGITS - np.ceil(np.log10(np.where(usable, b, 1.0))).astype(int)
    large, small = _TENS[np.maximum(places, 0)], _TENS[np.maximum(-places, 0)]
    units = a / small * large
    whole = np.rint(units)
    near = usable & (np.abs(units - whole) <= _NOISE)
    return np.where(near, whole / large * small, a)[()]


def _float_settled(a: float, b: float) -> float:
    if not (math.isfinite(a) and 1e-290 < b < 1e290):
        return a
    places = _DIGITS - math.ceil(math.log10(b))
    large, small = _POWERS[max(places, 0)], _POWERS[max(-places, 0)]
    units = a / small * large
    whole = round(units)
    return whole / large * small if abs(units - whole) <= _NOISE else a


#: As they are read: a power that a library computes may be off in its last digit.
_POWERS = [float(f"1e{n}") for n in range(305)]
_TENS = np.array(_POWERS)


# NumPy has none; that of the C library is right to a unit in the last place.
_each_erf = np.frompyfunc(math.erf, 1, 1)


def _erf(a: Any) -> Any:
    return np.asarray(_each_erf(a), float)[()]


@cache
def _gauss_legendre() -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    places, weights = np.polynomial.legendre.leggauss(16)
    return (1 + places) / 2, weights / 2


def _complex_erf(a: Any) -> Any:
    # From the real axis up: erf(x + iy) is erf(x) and 2 / sqrt(pi) times the integral of e^-z^2.
    x, y = np.real(a), np.imag(a)
    nodes = zip(*_gauss_legendre(), strict=True)
    mean = sum(weight * np.exp(-((x + 1j * y * place) ** 2)) for place, weight in nodes)
    mean = np.where(np.isinf(x), 0.0, mean)
    return _erf(x) + 2j * y * mean / math.sqrt(math.pi)


def _over_group(ufunc: np.ufunc, nothing: float) -> Callable[[Any], Any]:
    """Return what a ufunc makes of all neurons of a group, which lie along axis 0."""

    def reduced(a: Any) -> Any:
        return ufunc.reduce(a, axis=0, keepdims=True, initial=nothing) if np.ndim(a) else a

    return reduced


def _of_list(operation: Callable[[float, float], float], nothing: float) -> Callable[..., float]:
    """Return the same of the floats of a group, from the first to the last; else a TypeError."""

    def reduced(a: Group) -> float:
        if type(a) is not Group:
            raise TypeError
        return reduce(operation, a, nothing)

    return reduced


def _complex_extreme(comparison: str, nothing: float) -> Callable[[Any], Any]:
    """Return the largest or the least of a group by its real part, the first of equal ones."""

    def extreme(a: Any) -> Any:
        if not np.ndim(a):
            return a
        found = np.full((1, *np.shape(a)[1:]), nothing + 0j)
        for row in a:
            found = np.where(CHOOSE[comparison](row, found, True, False), row, found)
        return found

    return extreme


def _larger(a: float, b: float) -> float:
    return b if b > a else a if a >= b else math.nan


def _smaller(a: float, b: float) -> float:
    return b if b < a else a if a <= b else math.nan


_WIDE = (-700.0, 700.0)

# fmt: off
FUNCTIONS: dict[str, Function] = {
    # operators: f(a, b), df/da and df/db, LaTeX
    "+":  Function(np.add, ("1", "1"), r"%(a)s + %(b)s"),
    "-":  Function(np.subtract, ("1", "-1"), r"%(a)s - %(b)s"),
    "*":  Function(np.multiply, ("b", "a"), r"%(a)s%(dot)s%(b)s"),
    "/":  Function(np.divide, ("1 / b", "-a / b**2"), r"\frac{%(a)s}{%(b)s}", _complex_divide),
    "**": Function(_power, ("xmuly(b, a**(b - 1))", "xlogy(d * a**b, a)"), r"%(a)s^{%(b)s}",
                   _complex_power),
    NEG:  Function(np.negative, ("-1",), r"-%(a)s"),

    # functions: f(a), df/da, LaTeX
    "exp":   Function(np.exp, ("exp(a)",), r"e^{%(a)s}", quiet=_WIDE),
    "log":   Function(np.log, ("1 / a",), r"\ln\left(%(a)s\right)", _complex_log,
                      quiet=(0.0, math.inf)),
    "log1p": Function(np.log1p, ("1 / (1 + a)",), r"\ln\left(1 + %(a)s\right)",
                      _complex_log1p, quiet=(-1.0, math.inf)),
    "expm1": Function(np.expm1, ("exp(a)",), r"\left(e^{%(a)s} - 1\right)", quiet=_WIDE, binds=5),
    "sqrt":  Function(np.sqrt, ("1 / (2 * sqrt(a))",), r"\sqrt{%(a)s}", _from(0, np.sqrt),
                      quiet=(0.0, math.inf)),
    "tanh":  Function(np.tanh, ("1 - tanh(a)**2",), r"\tanh\left(%(a)s\right)"),
    "sinh":  Function(np.sinh, ("cosh(a)",), r"\sinh\left(%(a)s\right)", quiet=_WIDE),
    "cosh":  Function(np.cosh, ("sinh(a)",), r"\cosh\left(%(a)s\right)", quiet=_WIDE),
    "sin":   Function(np.sin, ("cos(a)",), r"\sin\left(%(a)s\right)"),
    "cos":   Function(np.cos, ("-sin(a)",), r"\cos\left(%(a)s\right)"),
    "tan":   Function(np.tan, ("1 + tan(a)**2",), r"\tan\left(%(a)s\right)"),
    "atan":  Function(np.arctan, ("1 / (1 + a**2)",), r"\arctan\left(%(a)s\right)"),

    "erf":   Function(_erf, ("2 / sqrt(pi) * exp(-a**2)",), r"\operatorname{erf}\left(%(a)s\right)",
                      _complex_erf, math.erf),

    # These have kinks; where two slopes meet, the table says which one counts.
    "abs":   Function(np.abs, ("sign(a)",), r"\left|%(a)s\right|",
                      lambda a: a * np.sign(np.real(a)), math.fabs, binds=5),
    "sign":  Function(np.sign, ("0",), r"\operatorname{sign}\left(%(a)s\right)",
                      lambda a: np.sign(np.real(a))),
    "floor": Function(np.floor, ("0",), r"\operatorname{floor}\left(%(a)s\right)",
                      lambda a: np.floor(np.real(a)), binds=5),
    "max":   Function(np.maximum, ("1 if a >= b else 0", "1 if b > a else 0"),
                      r"\max\left(%(a)s, %(b)s\right)", lambda a, b: CHOOSE[">="](a, b, a, b),
                      lambda a, b: a if a >= b else b if a < b else math.nan),
    "min":   Function(np.minimum, ("1 if a <= b else 0", "1 if b < a else 0"),
                      r"\min\left(%(a)s, %(b)s\right)", lambda a, b: CHOOSE["<="](a, b, a, b),
                      lambda a, b: a if a <= b else b if a > b else math.nan),

    # ln(e^a + e^b), without overflow
    "logaddexp": Function(np.logaddexp, ("1 / (1 + exp(b - a))", "1 / (1 + exp(a - b))"),
                          r"\ln\left(e^{%(a)s} + e^{%(b)s}\right)", _complex_logaddexp,
                          _float_logaddexp,
                          latex_at_zero=r"\ln\left(1 + e^{%(b)s}\right)"),
    # a ln b, a ln(1 - b), a b and a / b, all 0 where a is 0, whatever number b is
    "xlogy": Function(_xlogy, ("log(b)", "xdivy(a, b)"), r"%(a)s \ln\left(%(b)s\right)",
                      _complex_xlogy, _float_xlogy, binds=2),
    "xlog1my": Function(_xlog1my, ("log1p(-b)", "-xdivy(a, 1 - b)"),
                        r"%(a)s \ln\left(1 - %(b)s\right)", _complex_xlog1my, _float_xlog1my,
                        binds=2),
    "xmuly": Function(_xmuly, ("b", "a"), r"%(a)s%(dot)s%(b)s",
                      on_float=lambda a, b: 0.0 if a == 0 and not math.isnan(b) else a * b,
                      binds=2),
    "xdivy": Function(_xdivy, ("1 / b", "-xdivy(a, b**2)"), r"\frac{%(a)s}{%(b)s}",
                      on_float=lambda a, b: 0.0 if a == 0 and not math.isnan(b) else a / b),
    # a; or, of a sum of terms whose sizes add up to b, the decimal that it is but for rounding
    "settled": Function(_settled, ("1", "0"), r"%(a)s",
                        lambda a, b: _settled(np.real(a), np.real(b)) + 1j * np.imag(a),
                        _float_settled, binds=1),
    # over what lies along axis 0: the neurons of one group, or the messages to one neuron
    "total": Function(_over_group(np.add, 0.0), (), r"\sum_k %(a)s", binds=2,
                      on_float=_of_list(operator.add, 0.0)),
    "product": Function(_over_group(np.multiply, 1.0), (), r"\prod_k %(a)s", binds=2,
                        on_float=_of_list(operator.mul, 1.0)),
    "largest": Function(_over_group(np.maximum, -math.inf), (), r"\max_k %(a)s",
                        _complex_extreme(">", -math.inf), _of_list(_larger, -math.inf), binds=2),
    "least": Function(_over_group(np.minimum, math.inf), (), r"\min_k %(a)s",
                      _complex_extreme("<", math.inf), _of_list(_smaller, math.inf), binds=2),
}
# fmt: on


def namespace() -> dict[str, Any]:
    """Return the names that generated formula code uses: the functions on arrays, and ``nan``."""
    rows = {name: row.evaluate for name, row in FUNCTIONS.items() if name.isidentifier()}
    return {**rows, "nan": math.nan}


def _on_float(row: Function) -> Callable[..., float]:
    """Return a function of Python floats that raises ArithmeticError where it is not quiet."""
    evaluate, (low, high) = row.evaluate, row.quiet

    def of_one(a: float) -> float:
        if low < a < high:
            return float(evaluate(a))
        raise ArithmeticError

    def of_two(a: float, b: float) -> float:
        if low < a < high and low < b < high:
            return float(evaluate(a, b))
        raise ArithmeticError

    return row.on_float or (of_one if row.n_arguments == 1 else of_two)


def on_floats() -> dict[str, Any]:
    """Return `namespace` for Python floats: fast, and ArithmeticError where IEEE 754 has a flag.

    A complex number, which Python makes of ``(-8.0) ** 0.5``, is a TypeError in all of them.
    """
    rows = {name: _on_float(row) for name, row in FUNCTIONS.items() if name.isidentifier()}
    return {**rows, "nan": math.nan}
