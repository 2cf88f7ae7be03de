"""Formulas beside mpmath, with 50 digits and an evaluator of its own."""

import math
import random
import sys

import mpmath
import numpy as np
import pytest
from mpmath import mp, mpf

import neurograph as ng
from neurograph.errors import DivergedError, FormulaError
from neurograph.formulas import Formula, namespace
from neurograph.formulas.tree import Choice, Name, Number

POINTS = [{"x": x, "y": y} for x in (-2.0, -0.81, 1.9) for y in (-3.0, 0.59)]
#: Beyond these, and nearer than this to a kink, floats and 50 digits need not agree.
LARGEST, SMALLEST, NEAR = mpf(10) ** 5, mpf(10) ** -5, mpf(10) ** -9
STEP = mpf(10) ** -20


class OutsideError(Exception):
    """A formula has no value at a point, or none that floats hold well."""


def real_power(a, b):
    """Return a power of real numbers."""
    if a < 0 and b != mpmath.nint(b):
        raise OutsideError
    if a == 0 and b <= 0:
        raise OutsideError
    return mpmath.power(a, b)


def from_zero(function):
    """Return a function of positive numbers."""

    def of(a):
        if a <= 0:
            raise OutsideError
        return function(a)

    return of


BY_HAND = {
    "+": lambda a, b: a + b,
    "-": lambda a, b: a - b,
    "*": lambda a, b: a * b,
    "/": lambda a, b: a / b,
    "**": real_power,
    "(-)": lambda a: -a,
    "exp": mpmath.exp,
    "log": from_zero(mpmath.log),
    "log1p": lambda a: from_zero(mpmath.log)(1 + a),
    "expm1": lambda a: mpmath.exp(a) - 1,
    "sqrt": lambda a: mpf(0) if a == 0 else from_zero(mpmath.sqrt)(a),
    "tanh": mpmath.tanh,
    "sinh": mpmath.sinh,
    "cosh": mpmath.cosh,
    "sin": mpmath.sin,
    "cos": mpmath.cos,
    "tan": mpmath.tan,
    "atan": mpmath.atan,
    "erf": mpmath.erf,
    "abs": abs,
    "sign": mpmath.sign,
    "floor": mpmath.floor,
    "max": max,
    "min": min,
    "logaddexp": lambda a, b: mpmath.log(mpmath.exp(a) + mpmath.exp(b)),
    "xlogy": lambda a, b: mpf(0) if a == 0 else a * from_zero(mpmath.log)(b),
    "xmuly": lambda a, b: a * b,
    "xdivy": lambda a, b: mpf(0) if a == 0 else a / b,
}
KINKS = {"abs", "sign", "max", "min"}


def exact(node, values):
    """Evaluate a tree with 50 digits."""
    if isinstance(node, Number):
        return mpf(node.value)
    if isinstance(node, Name):
        return values[node.name] if node.name in values else +getattr(mp, node.name)
    if isinstance(node, Choice):
        left, right = exact(node.left, values), exact(node.right, values)
        apart(left - right)
        holds = left < right if node.comparison[0] == "<" else left > right
        return exact(node.yes if holds else node.no, values)
    arguments = [exact(part, values) for part in node.arguments]
    if node.name in KINKS:
        apart(arguments[0] - (arguments[1] if len(arguments) > 1 else 0))
    try:
        value = BY_HAND[node.name](*arguments)
    except (ZeroDivisionError, OverflowError):
        raise OutsideError from None
    if value and not SMALLEST < abs(value) < LARGEST:
        raise OutsideError
    return value


def apart(difference):
    """Refuse what is so near to a kink that rounding chooses the side."""
    if abs(difference) < NEAR:
        raise OutsideError


def slope(node, variable, values):
    """Differentiate by differences of 1e-20, which 50 digits bear; refuse a kink."""
    here, after, before = (
        exact(node, values | {variable: values[variable] + step}) for step in (0, STEP, -STEP)
    )
    forward, backward = (after - here) / STEP, (here - before) / STEP
    if abs(forward - backward) > NEAR:
        raise OutsideError
    return (after - before) / (2 * STEP)


UNARY = [
    *["exp", "log", "log1p", "expm1", "sqrt", "tanh", "sinh", "cosh"],
    *["sin", "cos", "tan", "atan", "abs", "sign"],
]
BINARY = ["max", "min", "logaddexp", "xlogy", "xmuly", "xdivy"]


def drawn(rng, depth):
    """Return the text of a random formula."""

    def part():
        return drawn(rng, depth - 1)

    kind = rng.random() if depth else 1.0
    if kind < 0.3:
        return f"({part()} {rng.choice('+-*/')} {part()})"
    if kind < 0.5:
        return f"({part()})**({part()})"
    if kind < 0.65:
        return f"{rng.choice(UNARY)}({part()})"
    if kind < 0.8:
        return f"{rng.choice(BINARY)}({part()}, {part()})"
    if kind < 0.9:
        return f"({part()} if {part()} {rng.choice(['<', '<=', '>', '>='])} {part()} else {part()})"
    return rng.choice(["x", "x", "x", "y", "1", "2", "3", "0", "0.5", "-1", "-2", "5", "e", "pi"])


def by_source(formula, point):
    """Evaluate the generated Python, as engines do that compile it."""
    values = {name: np.float64(value) for name, value in point.items()}
    return eval(formula.source(), namespace(), values)


def computed(formula):
    """Return what a formula gives at all points: as floats, arrays, complex numbers, source."""
    arrays = {name: np.array([point[name] for point in POINTS]) for name in "xy"}
    alike = {name: column.astype(complex) for name, column in arrays.items()}
    with np.errstate(all="ignore"):
        return {
            "floats": [formula(**point) for point in POINTS],
            "array": formula(**arrays).tolist(),
            "complex": formula(**alike).real.tolist(),
            "complex numbers": [
                formula(**{name: complex(value) for name, value in point.items()}).real
                for point in POINTS
            ],
        }


def test_random_formulas_and_derivatives_beside_fifty_digits():
    """Values and derivatives are right as floats, arrays, complex numbers and generated code."""
    rng = random.Random(20)
    counts = {"value": 0, "derivative": 0}
    with mp.workdps(50):
        for _ in range(1200):
            text = drawn(rng, rng.choice([1, 2, 3]))
            formula = Formula(text, "xy")
            derivative = formula.derivative("x")
            results = {"value": computed(formula), "derivative": computed(derivative)}
            for place, point in enumerate(POINTS):
                values = {name: mpf(value) for name, value in point.items()}
                try:
                    wanted = {
                        "value": exact(formula.tree, values),
                        "derivative": slope(formula.tree, "x", values),
                    }
                except OutsideError:
                    continue
                for what, of in (("value", formula), ("derivative", derivative)):
                    right = pytest.approx(float(wanted[what]), rel=1e-6, abs=1e-6)
                    counts[what] += 1
                    for kind, numbers in results[what].items():
                        assert numbers[place] == right, (text, what, kind, point)
                    with np.errstate(all="ignore"):
                        assert by_source(of, point) == right, (text, what, "source", point)
    assert min(counts.values()) > 3000


@pytest.mark.parametrize(
    ("text", "x", "slope"),
    [
        ("(x - 1)**min(2, 5 + x**2)", -3.0, -8.0),
        ("(x - 1)**(2 if x < 5 else x)", -3.0, -8.0),
        ("x**min(0, 5 + x**2)", 0.0, 0.0),
        ("sqrt(max(0, x))", -1.0, 0.0),
        ("sqrt(max(0, x) + max(0, 2 * x))", -1.0, 0.0),
        ("max(0, x)**0.5", -1.0, 0.0),
        ("xlogy(max(0, x), max(0, x))", -1.0, 0.0),
        ("0**x", 2.0, 0.0),
        ("(x - 1)**x", -2.0, math.nan),
    ],
)
def test_a_stretch_without_slope_hides_no_value(text, x, slope):
    """Where a part of a formula is constant, what it would be multiplied by does not matter."""
    derivative = Formula(text, "x").derivative("x")
    np.testing.assert_equal(derivative(x=x), slope)
    np.testing.assert_equal(derivative(x=np.array([x, x])), [slope, slope])
    np.testing.assert_equal(derivative(x=complex(x)).real, slope)


@pytest.mark.parametrize(
    ("base", "exponent", "power"),
    [
        (0.0, math.inf, 0.0),
        (0.0, -math.inf, math.inf),
        (-0.0, -1.0, -math.inf),
        (0.5, -math.inf, math.inf),
        (-1.0, math.inf, 1.0),
        (math.inf, -1.0, 0.0),
        (-math.inf, 3.0, -math.inf),
        (-math.inf, 0.5, math.inf),
        (-8.0, 0.5, math.nan),
        (math.nan, 0.0, 1.0),
        (1.0, math.nan, 1.0),
    ],
)
def test_powers_at_the_edges_are_those_of_ieee(base, exponent, power):
    """As IEEE 754 recommends for pow, in every kind of number and with a constant exponent."""
    both = Formula("x**y", "xy")
    of_many = both(x=np.full(9, base), y=np.full(9, exponent))
    np.testing.assert_equal(both(x=base, y=exponent), power)
    np.testing.assert_equal(of_many, [power] * 9)
    np.testing.assert_equal(both(x=np.full(9, base), y=exponent), of_many)
    np.testing.assert_equal(both(x=complex(base), y=complex(exponent)).real, power)


def test_a_complex_step_passes_infinite_powers():
    """What is finite at infinity has the slope 0 there, and a turned negative base has none."""
    step = Formula("x**y", "xy")
    assert step(x=math.inf + 1e-30j, y=-2.0) == 0
    assert step(x=0.5, y=math.inf + 1e-30j) == 0
    assert math.isnan(step(x=-2.0, y=2 + 1e-30j).imag)


def calls(function):
    """Count the calls of Python functions."""
    count = 0

    def note(frame, event, argument):
        nonlocal count
        count += event == "call"

    sys.setprofile(note)
    try:
        function()
    finally:
        sys.setprofile(None)
    return count


@pytest.mark.parametrize(
    "of",
    [
        lambda n: "*".join(f"(x if x>{i} else 1)" for i in range(n)),
        lambda n: "*".join(f"sin(x+{i})" for i in range(n)),
        lambda n: "**".join(["x"] * n),
        lambda n: "e**(" * n + "x" + ")" * n,
        lambda n: "max(x," * n + "x" + ")" * n,
        lambda n: "logaddexp(" * n + "x" + ",x)" * n,
    ],
)
def test_a_derivative_takes_work_like_its_length(of):
    """A formula twice as long has a derivative four times as long, and not its square."""
    short, long = (Formula(of(n), "x") for n in (10, 20))
    assert calls(lambda: long.derivative("x")) < 10 * calls(lambda: short.derivative("x"))
    assert len(long.derivative("x").text) < 6 * len(short.derivative("x").text)


def test_a_derivative_has_a_largest_size():
    """A formula whose derivative would fill pages is refused, by its number of parts."""
    text = "(x*x)**(" * 46 + "x" + ")" * 46
    with pytest.raises(FormulaError, match=r"its derivative has more than 10,000 parts"):
        Formula(text, "x").derivative("x")


@pytest.mark.parametrize(
    "text", ["net if net > 0 else net**1.5", "net if net > 0 else net * (-2)**0.5"]
)
@pytest.mark.parametrize("engine", ["passes", "straight_line", "blocks", None])
def test_a_power_without_a_real_value_is_nan_in_every_engine(text, engine):
    """Python makes a complex number of it; training diverges there, as the passes say."""
    net = ng.Network.layered(1, 1, weights=0.5, activation=text)
    message = "the first neuron concerned is neuron 'o1', whose out is nan in sample"
    inputs, targets = [[1.0], [-1.0]], [[0.5], [0.2]]
    with pytest.raises(DivergedError, match=message):
        net.train(inputs, targets, learning_rate=0.1, epochs=2, engine=engine)


def test_a_constant_power_without_a_real_value_is_written_as_nan():
    """Generated code has no complex constant, which a compiler could not hold among floats."""
    assert Formula("x * (-2)**e + (-2)**2", "x").source() == "x * nan + (-2.0)**2.0"
