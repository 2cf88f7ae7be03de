import math
import pickle
from contextlib import suppress

import mpmath
import numpy as np
import pytest
import sympy
from counting import calls
from hypothesis import given, settings
from hypothesis import strategies as st

from neurograph.errors import FormulaError, InvalidTypeError, UnknownNameError
from neurograph.formulas import FUNCTIONS, Formula, namespace

X = ["x", "y"]


def complex_step(formula, variable, **values):
    """Differentiate by an infinitesimal imaginary part."""
    values[variable] = values[variable] + 1e-30j
    return formula(**values).imag / 1e-30


# Values


def test_arithmetic_is_that_of_python():
    """Precedence and associativity are Python's."""
    text = "-x**2 + 3 * (x - 1) / 4 - 2**3**x"
    assert Formula(text, X)(x=2.0) == -(2.0**2) + 3 * (2.0 - 1) / 4 - 2**3**2.0


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("exp(1)", math.e),
        ("log(e)", 1.0),
        ("log1p(1e-20)", 1e-20),
        ("expm1(1e-20)", 1e-20),
        ("erf(1)", 0.8427007929497149),  # Abramowitz and Stegun, table 7.1
        ("sqrt(2)", math.sqrt(2)),
        ("tanh(1/2)", math.tanh(0.5)),
        ("sinh(1)", math.sinh(1)),
        ("cosh(1)", math.cosh(1)),
        ("sin(pi/2)", 1.0),
        ("cos(pi)", -1.0),
        ("tan(1)", math.tan(1)),
        ("atan(1)", math.pi / 4),
        ("abs(-3)", 3.0),
        ("sign(-3)", -1.0),
        ("floor(-2.5)", -3.0),
        ("max(2, 3)", 3.0),
        ("min(2, 3)", 2.0),
        ("logaddexp(log(2), log(3))", math.log(5)),
        ("xlogy(2, e)", 2.0),
        ("xlog1my(2, 1 - e)", 2.0),
        ("xdivy(3, 2)", 1.5),
        ("xmuly(3, 2)", 6.0),
        ("settled(0.1 + 0.2, 0.3)", 0.3),
        ("total(7)", 7.0),
        ("product(7)", 7.0),
        ("largest(7)", 7.0),
        ("least(7)", 7.0),
    ],
)
def test_every_function_has_its_mathematical_value(text, expected):
    """Each row of the table computes what its name says."""
    assert Formula(text, [])() == pytest.approx(expected, rel=1e-15)


def test_every_function_is_tested_above():
    """A row added to the table must be added to the test of values."""
    (mark,) = test_every_function_has_its_mathematical_value.pytestmark
    tested = {text.partition("(")[0] for text, _ in mark.args[1]}
    assert tested == {name for name in FUNCTIONS if name.isidentifier()}


@pytest.mark.parametrize("size", [1e-320, 1e-200, 1e-12, 0.07, 1.0, 1000.0, 3e15, 1e200, 1e300])
def test_a_settled_sum_is_the_decimal_nearby_and_else_itself(size):
    """Noise below 1e-13 of the terms goes; a number of more digits, or none, stays to the bit."""
    settled = Formula("settled(x, y)", ["x", "y"])
    noise = 2e-16 * size
    usual = 1e-290 < size < 1e290
    given = [noise, -noise, size / 3, size * 1e-5, math.pi * size / 7, math.inf]
    expected = [0.0 if usual else noise, 0.0 if usual else -noise, *given[2:]]
    assert [settled(x=x, y=size) for x in given] == pytest.approx(expected, rel=2e-15, abs=0)
    assert settled(x=np.array(given), y=size).tolist() == [settled(x=x, y=size) for x in given]
    assert [settled(x=x, y=size) for x in given[2::2]] == given[2::2]
    assert math.isnan(settled(x=math.nan, y=size))
    assert settled(x=0.3, y=0.0) == 0.3
    assert settled(x=noise + 1e-30j, y=size) == expected[0] + 1e-30j
    assert (settled.derivative("x").text, settled.derivative("y").text) == ("1", "0")


def test_erf_is_that_of_mpmath():
    """Floats, arrays and complex numbers have the digits that they can, tails and ends included."""
    numbers = [0.0, -0.0, 1e-300, -1e-9, 0.3, -0.9999, 1.0, 1.7, -2.9, 4.5, -5.9, 6.1, 40.0, -1e300]
    formula = Formula("erf(x)", X)
    with mpmath.workdps(40):
        exact = [float(mpmath.erf(mpmath.mpf(x))) for x in numbers]
        assert [formula(x=x) for x in numbers] == pytest.approx(exact, rel=2.3e-16, abs=0)
        arrays = formula(x=np.array([numbers, numbers]))
        np.testing.assert_allclose(arrays, [exact, exact], rtol=2.3e-16)
        for z in (0.3 + 0.2j, -1.4 + 1j, 2.5 - 0.7j, 5 + 1e-30j):
            assert formula(x=z) == pytest.approx(complex(mpmath.erf(z)), rel=1e-14)
    assert [formula(x=x) for x in (math.inf, -math.inf)] == [1.0, -1.0]
    assert math.isnan(formula(x=math.nan))
    assert formula(x=complex(math.inf, 1e-30)) == 1
    assert formula.derivative("x") == Formula("2 * exp(-x**2) / sqrt(pi)", X)


@pytest.mark.parametrize(
    ("text", "x", "expected"),
    [
        ("1 / (1 + exp(-x))", -1000.0, 0.0),
        ("1 / (1 + exp(-x))", 1000.0, 1.0),
        ("exp(x)", 1000.0, math.inf),
        ("exp(x)", -1000.0, 0.0),
        ("1 / x", 0.0, math.inf),
        ("-1 / x", 0.0, -math.inf),
        ("x**-1", 0.0, math.inf),
        ("x**1000", 1000.0, math.inf),
        ("log(x)", 0.0, -math.inf),
        ("x * x", 1e300, math.inf),
        ("logaddexp(0, x)", 1000.0, 1000.0),
        ("logaddexp(0, x)", -1000.0, 0.0),
        ("xlogy(x, x)", 0.0, 0.0),
        ("xlog1my(x, 1 - x)", 0.0, 0.0),
        ("xdivy(x, x)", 0.0, 0.0),
        ("xmuly(x, exp(1000))", 0.0, 0.0),
    ],
)
def test_extremes_follow_ieee_without_warning(text, x, expected):
    """Floats, arrays and user settings that raise all give the same IEEE value, silently."""
    formula = Formula(text, X)
    with np.errstate(all="raise"):
        assert formula(x=x) == expected
        assert type(formula(x=x)) is float
        np.testing.assert_array_equal(formula(x=np.array([x, x])), [expected, expected])


@pytest.mark.parametrize("text", ["0 / x", "log(-1 - x)", "sqrt(-1 - x)", "(-8 - x)**(1 / 3)"])
def test_what_has_no_value_is_nan(text):
    """An invalid operation gives nan, for floats, arrays and complex numbers alike."""
    formula = Formula(text, X)
    assert math.isnan(formula(x=0.0))
    assert np.isnan(formula(x=np.zeros(2))).all()
    assert np.isnan(formula(x=0j))


@pytest.mark.parametrize("text", ["log(x)", "log1p(x - 1)", "sqrt(x)", "x**0.5"])
def test_outside_a_domain_a_complex_step_is_nan(text):
    """Complex functions go on where real ones end; a derivative there would be of nothing."""
    assert math.isnan(complex_step(Formula(text, X), "x", x=-2.0))


@pytest.mark.parametrize(
    "text",
    [
        *["1 if x > 0 else 2", "1 if x <= 0 else 2", "1 if 0 < x else 2", "max(x, 1)"],
        *["max(1, x)", "min(x, 1)", "min(1, x)", "sign(x)", "abs(x)", "x**2", "exp(x)"],
        *["xlogy(0, x)", "xlog1my(0, x)", "xdivy(0, x)", "xmuly(0, x)", "logaddexp(0, x)"],
    ],
)
def test_nan_stays_visible(text):
    """No comparison and no zero hides a nan, in any kind of number."""
    formula = Formula(text, X)
    assert math.isnan(formula(x=math.nan))
    np.testing.assert_array_equal(np.isnan(formula(x=np.array([math.nan, 1.0]))), [True, False])
    assert np.isnan(formula(x=complex(math.nan)))
    with np.errstate(all="ignore"):
        assert math.isnan(eval(formula.source(), namespace(), {"x": np.float64("nan")}))


def test_arrays_broadcast():
    """Arrays are taken elementwise, and a constant takes the shape of what is given."""
    np.testing.assert_array_equal(
        Formula("x + y", X)(x=[1, 2], y=[[10], [20]]), [[11, 12], [21, 22]]
    )
    np.testing.assert_array_equal(Formula("1", X)(x=np.zeros(3)), [1, 1, 1])
    np.testing.assert_array_equal(
        Formula("x / total(x)", X)(x=[[1, 2], [3, 2]]), [[0.25, 0.5], [0.75, 0.5]]
    )


@pytest.mark.parametrize("value", [2, 2.0, np.float64(2), np.int64(2), np.array(2), True])
def test_numbers_give_a_plain_float(value):
    """Whatever kind of number goes in, a Python float comes out."""
    assert type(Formula("x + 1", X)(x=value)) is float
    assert type(Formula("3", X)(x=value)) is float


def test_complex_gives_a_plain_complex():
    """Complex numbers come out as Python's own."""
    assert type(Formula("exp(x)", X)(x=1j)) is complex


def test_a_call_is_little_work():
    """A formula is called for every neuron: a handful of functions more and a pass is slow."""
    logistic = Formula("1 / (1 + exp(-x))", X)
    logistic(x=0.3)  # it is compiled when it is first called
    assert calls(lambda: logistic(x=0.3)) < 10


def test_names_of_values_are_checked():
    """A missing or a superfluous value is named."""
    formula = Formula("x + 1", X)
    with pytest.raises(UnknownNameError, match=r"formula 'x \+ 1' needs a value for 'x'"):
        formula(y=1.0)
    with pytest.raises(
        UnknownNameError, match=r"formula 'x \+ 1' has no variable 'xx'; did you mean 'x'\?"
    ):
        formula(x=1.0, xx=2.0)
    with pytest.raises(UnknownNameError, match="has no variable 'z'"):
        formula.derivative("z")


# Reading and writing


@pytest.mark.parametrize(
    ("text", "canonical"),
    [
        ("1/(1+exp(-x))", "1 / (1 + exp(-x))"),
        ("((x))+2.0", "x + 2"),
        ("x-(y-1)", "x - (y - 1)"),
        ("(x-y)-1", "x - y - 1"),
        ("x*(y/2)", "x * (y / 2)"),
        ("(-x)**2", "(-x)**2"),
        ("-(x**2)", "-x**2"),
        ("x**(-2)", "x**-2"),
        ("(x**y)**2", "(x**y)**2"),
        ("-(-x)", "--x"),
        ("+x", "x"),
        ("(x if(x>0)else(0.01*x))", "x if x > 0 else 0.01 * x"),
        ("1+(1 if x>=0 else 0)", "1 + (1 if x >= 0 else 0)"),
        ("(1 if x<0 else 2) if x<=y else (3 if x>0 else 4)",
         "(1 if x < 0 else 2) if x <= y else 3 if x > 0 else 4"),
        ("max( x,y )", "max(x, y)"),
        ("1e-7*x", "1e-07 * x"),
    ],
)  # fmt: skip
def test_canonical_text(text, canonical):
    """There is one spelling, with no needless parentheses, and it reads back as the same."""
    formula = Formula(text, X)
    assert formula.text == canonical
    assert Formula(canonical, X) == formula


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("exq(x)", r"formula 'exq\(x\)': unknown function 'exq'; did you mean 'exp'\?"),
        ("zzzz(x)", r"unknown function 'zzzz'; there are exp, log, "),
        ("xx + 1", r"unknown variable 'xx'; did you mean 'x'\?"),
        ("q + 1", r"unknown variable 'q'; there are x, y, e, pi"),
        ("x^2", r"'\^' is not an operator here; write \*\* for a power"),
        ("exp", r"'exp' is a function; write exp\(\.\.\.\)"),
        ("exp(x, y)", r"exp takes 1 argument, got 2"),
        ("max(x)", r"max takes 2 arguments, got 1"),
        ("x > 0", r"the comparison 'x > 0' can only stand in a conditional"),
        ("1 if x else 2", r"the condition 'x' must be one comparison with < <= > or >="),
        ("1 if 0 < x < 1 else 2", r"the condition '0 < x < 1' must be one comparison"),
        ("1 if x == 0 else 2", r"the condition 'x == 0' must be one comparison"),
        ("x.real", r"'x\.real' is not part of the formula language"),
        ("x[0]", r"'x\[0\]' is not part of the formula language"),
        ("'x'", r"\"'x'\" is not part of the formula language"),
        ("f'{x}'", r"is not part of the formula language"),
        ("lambda: x", r"'lambda: x' is not part of the formula language"),
        ("(x := 1)", r"'\(?x := 1\)?' is not part of the formula language"),
        ("[x for x in y]", r"is not part of the formula language"),
        ("exp(*x)", r"'\*x' is not part of the formula language"),
        ("exp(a=x)", r"'exp\(a=x\)' is not part of the formula language"),
        ("exp(x)(x)", r"is not part of the formula language"),
        ("x // 2", r"'x // 2' is not part of the formula language"),
        ("x % 2", r"'x % 2' is not part of the formula language"),
        ("x and y", r"'x and y' is not part of the formula language"),
        ("not x", r"'not x' is not part of the formula language"),
        ("True", r"'True' is not part of the formula language"),
        ("1j", r"'1j' is not part of the formula language"),
        ("...", r"is not part of the formula language"),
        ("__import__('os')", r"unknown function '__import__'"),
        ("2x", r"formula '2x': not a formula \(invalid decimal literal\)"),
        ("x +", r"not a formula \(invalid syntax\)"),
        ("x = 1", r"not a formula \(invalid syntax"),
        ("0x", r"not a formula"),
        ("1if x > 0 else 2", r"not a formula"),
        ("", r"formula '': nothing is written"),
        ("   ", r"nothing is written"),
        ("x\0", r"the character '\\x00' is not plain ASCII"),
        ("x\n+ 1", r"the character '\\n' is not plain ASCII"),
        ("x − 1", r"the character '−' is not plain ASCII"),
        ("ｘ", r"the character 'ｘ' is not plain ASCII"),
        ("1e999", r"a number is too large for a float"),
        ("9" * 400, r"a number is too large for a float"),
        ("x + " * 200 + "x", r"401 characters long|not a formula|nested"),
        ("x" * 501, r"501 characters long; at most 500 are read"),
        ("(" * 240 + "x" + ")" * 240, r"not a formula"),
        ("-" * 490 + "x", r"nested more than 50 deep"),
        ("exp(" * 60 + "x" + ")" * 60, r"nested more than 50 deep"),
    ],
)
def test_everything_else_is_refused(text, message):
    """The message quotes the part that is not in the language and says what was meant."""
    with pytest.raises(FormulaError, match=message):
        Formula(text, X)


def test_only_text_is_read():
    """A formula that is not text is refused by its type."""
    with pytest.raises(InvalidTypeError, match="a formula is text, got int: 3"):
        Formula(3, X)


@pytest.mark.parametrize("name", ["exp", "pi", "nan", "if", "two words", ""])
def test_variables_have_names_of_their_own(name):
    """A variable cannot take the name of something else in the language."""
    with pytest.raises(FormulaError, match=f"{name!r} cannot be the name of a variable"):
        Formula("1", [name])


def test_power_towers_overflow_at_once():
    """Numbers are floats: a tower of powers is inf, not a number of a billion digits."""
    tower = Formula("9**9**9**9", X)
    assert tower() == math.inf
    assert tower.derivative("x")() == 0
    assert Formula("x * 9**9**9**9", X).derivative("x")(x=1.0) == math.inf


@given(st.text(max_size=80) | st.text("x0123456789.+-*/()<>= ifelsexpmax,^_'[]{}:", max_size=80))
def test_any_text_is_read_or_refused(text):
    """Nothing but FormulaError comes out of reading."""
    try:
        formula = Formula(text, X)
    except FormulaError:
        return
    assert Formula(formula.text, X) == formula


numbers = st.sampled_from(["0", "1", "2", "0.5", "3.7", "1e-3", "pi"])
UNARY = ["exp", "tanh", "sin", "cos", "atan", "abs", "sqrt", "log", "log1p", "expm1", "sign"]


def larger(parts):
    """Build formulas from smaller ones."""
    pair = st.tuples(parts, parts)
    return st.one_of(
        pair.flatmap(lambda p: st.sampled_from([f"({p[0]}) {op} ({p[1]})" for op in "+-*/"])),
        pair.flatmap(
            lambda p: st.sampled_from([f"{f}({p[0]}, {p[1]})" for f in ["max", "min", "logaddexp"]])
        ),
        parts.flatmap(lambda p: st.sampled_from([f"{f}({p})" for f in UNARY])),
        parts.flatmap(
            lambda p: st.sampled_from([f"({p})**{n}" for n in ["2", "3", "-1", "(1/2)"]])
        ),
        parts.map(lambda p: f"-({p})"),
        st.tuples(parts, parts, parts).map(lambda p: f"({p[0]}) if ({p[1]}) > 0.123 else ({p[2]})"),
    )


expressions = st.recursive(numbers | st.just("x") | st.just("y"), larger, max_leaves=8).filter(
    lambda text: len(text.replace(" ", "")) <= 500
)


@given(expressions)
def test_random_formulas_read_back(text):
    """Canonical text gives the same tree, and so do pickling and the tree's own source."""
    formula = Formula(text, X)
    again = Formula(formula.text, X)
    assert again == formula
    assert hash(again) == hash(formula)
    assert again.text == formula.text
    assert pickle.loads(pickle.dumps(formula)) == formula
    values = {"x": 0.7, "y": -1.3}
    given = {name: values[name] for name in formula.variables}
    with np.errstate(all="ignore"), suppress(ZeroDivisionError, OverflowError):
        by_source = eval(
            formula.source(), namespace(), {k: np.float64(v) for k, v in given.items()}
        )
        # Between inf and nan, NumPy's scalars and arrays differ on (-inf)**0.5.
        if not isinstance(by_source, complex) and math.isfinite(by_source):
            np.testing.assert_allclose(by_source, formula(**given), rtol=1e-12)
    np.testing.assert_allclose(
        formula(**given),
        np.ravel(formula(**{k: np.array([v]) for k, v in values.items()}))[0],
        rtol=1e-14,
    )


@settings(max_examples=300)
@given(expressions, st.sampled_from([0.37, -0.81, 1.9, -2.6]))
def test_random_derivatives_agree_with_complex_step(text, x):
    """The symbolic derivative and its canonical text equal the complex-step derivative."""
    formula = Formula(text, X)
    derivative = formula.derivative("x")
    step = complex_step(formula, "x", x=x, y=0.59)
    exact = derivative(x=x, y=0.59)
    if all(map(math.isfinite, (step, exact))) and abs(step) < 1e8:
        assert exact == pytest.approx(step, rel=1e-9, abs=1e-9)
    if len(derivative.text.replace(" ", "")) <= 500:
        assert Formula(derivative.text, X) == derivative


# Derivatives


@pytest.mark.parametrize(
    ("text", "derivative"),
    [
        ("3", "0"),
        ("y", "0"),
        ("x", "1"),
        ("2 * x + 1", "2"),
        ("x * x", "2 * x"),
        ("x**3 / 3", "x**2"),
        ("1 / x", "-1 / x**2"),
        ("1 / 2 * (y - x)**2", "x - y"),
        ("(y - x)**2", "2 * (x - y)"),
        ("exp(-x**2)", "-2 * x * exp(-x**2)"),
        ("sqrt(x)", "1 / (2 * sqrt(x))"),
        ("log(x) / log(2)", "1 / (x * log(2))"),
        ("abs(x)", "sign(x)"),
        ("x if x > 0 else y", "1 if x > 0 else 0"),
        ("2 * x if y > 0 else x * 2", "2"),
        ("max(0, x)", "1 if x > 0 else 0"),
        ("min(x, y) + max(x, y)", "(1 if x <= y else 0) + (1 if x >= y else 0)"),
        ("log(1 + exp(x))", "1 / (1 + exp(-x))"),
        ("logaddexp(0, x)", "1 / (1 + exp(-x))"),
        ("1 / (1 + exp(-x))", "1 / ((1 + exp(-x)) * (1 + exp(x)))"),
        ("0.1 * x * x", "0.2 * x"),
        ("x * 2 / 3", "2 / 3"),
    ],
)
def test_derivatives_are_simplified(text, derivative):
    """The derivative is what a textbook prints."""
    assert Formula(text, X).derivative("x").text == derivative


@pytest.mark.parametrize(
    "name", [n for n, row in FUNCTIONS.items() if n.isidentifier() and row.derivatives]
)
@pytest.mark.parametrize("point", [(0.37, 0.59), (0.83, 0.21)])
def test_every_rule_of_the_table_by_complex_step(name, point):
    """Each function's derivative by each argument agrees with complex-step."""
    two = FUNCTIONS[name].n_arguments == 2
    formula = Formula(f"{name}(x, y)" if two else f"{name}(x)", X)
    values = dict(zip(X, point, strict=True))
    for variable in X[: 1 + two]:
        exact = formula.derivative(variable)(**values)
        assert exact == pytest.approx(complex_step(formula, variable, **values), rel=1e-12)


SMOOTH = ["exp", "log", "log1p", "sqrt", "tanh", "sinh", "cosh", "sin", "cos", "tan", "atan"]


@pytest.mark.parametrize("name", SMOOTH)
def test_every_rule_of_the_table_by_sympy(name):
    """Each function's derivative is the one sympy finds."""
    x = sympy.Symbol("x", positive=True)
    known = {n: getattr(sympy, n) for n in SMOOTH if n != "log1p"} | {
        "log1p": lambda a: sympy.log(1 + a), "x": x}  # fmt: skip
    formula = Formula(f"{name}(x**2 / 3)", X)
    expected = sympy.diff(sympy.sympify(formula.text, known), x)
    difference = expected - sympy.sympify(formula.derivative("x").text, known)
    assert sympy.simplify(difference) == 0


@pytest.mark.parametrize(
    ("text", "limits"),
    [
        ("1 / (1 + exp(-x))", (0, 0)),
        ("x / (1 + exp(-x))", (0, 1)),
        ("x * tanh(log1p(exp(x)))", (0, 1)),
        ("log1p(exp(x))", (0, 1)),
        ("x if x > 0 else exp(x) - 1", (0, 1)),
        ("exp(-x**2)", (0, 0)),
        ("x / (1 + abs(x))", (1 / 1001**2, 1 / 1001**2)),
    ],
)
def test_derived_slopes_saturate_exactly(text, limits):
    """At +-1,000 a derived derivative is the limit, not inf / inf."""
    derivative = Formula(text, X).derivative("x")
    assert (derivative(x=-1000.0), derivative(x=1000.0)) == pytest.approx(limits, abs=1e-15)


def test_complex_step_works_where_a_logistic_saturates():
    """A gradient check of a saturated net finds the slope 0, not nan."""
    logistic = Formula("1 / (1 + exp(-x))", X)
    for x in (-1000.0, 1000.0):
        assert complex_step(logistic, "x", x=x) == 0


def test_a_group_sum_has_no_derivative_of_its_own():
    """The function total couples neurons, so its derivative is not one formula."""
    with pytest.raises(FormulaError, match="total couples the neurons of a group"):
        Formula("x / total(x)", X).derivative("x")
    assert Formula("x * total(y)", X).derivative("x").text == "total(y)"


def test_deep_derivatives_still_compile():
    """The deepest formula that is read has derivatives that can be evaluated."""
    formula = Formula("tanh(" * 48 + "x" + ")" * 48, X)
    derivative = formula.derivative("x")
    assert derivative(x=0.1) == pytest.approx(complex_step(formula, "x", x=0.1), rel=1e-9)


# LaTeX, source, identity


@pytest.mark.parametrize(
    ("text", "latex"),
    [
        ("1 / (1 + exp(-x))", r"\frac{1}{1 + e^{-x}}"),
        ("2 * 3 * x", r"2 \cdot 3 \, x"),
        ("x * (1 - x)", r"x \, \left(1 - x\right)"),
        ("-y / x", r"-\frac{y}{x}"),
        ("-y / x + 1", r"-\frac{y}{x} + 1"),
        ("x - -y / x", r"x - \left(-\frac{y}{x}\right)"),
        ("(x / y)**2", r"\left(\frac{x}{y}\right)^{2}"),
        ("2**(x + 1)", r"2^{x + 1}"),
        (
            "1 if x >= 0 else 0",
            r"\begin{cases} 1 & \text{if } x \ge 0 \\ 0 & \text{otherwise} \end{cases}",
        ),
        ("logaddexp(0, x)", r"\ln\left(1 + e^{x}\right)"),
        ("logaddexp(x, y)", r"\ln\left(e^{x} + e^{y}\right)"),
        ("-xlogy(1 - x, y)", r"-\left(1 - x\right) \ln\left(y\right)"),
        ("xlog1my(1 - x, y + 1)", r"\left(1 - x\right) \ln\left(1 - \left(y + 1\right)\right)"),
        ("xmuly(x, y - x)", r"x \, \left(y - x\right)"),
        ("exp(x) / total(exp(x))", r"\frac{e^{x}}{\sum_k e^{x}}"),
        ("sqrt(abs(x))", r"\sqrt{\left|x\right|}"),
        ("erf(x + 1)", r"\operatorname{erf}\left(x + 1\right)"),
        ("1e-7 * pi * e", r"1 \cdot 10^{-7} \, \pi \, e"),
    ],
)
def test_latex(text, latex):
    """LaTeX shows fractions, exponents and cases, with parentheses where they are needed."""
    assert Formula(text, X).latex() == latex


def test_latex_symbols():
    """Long names are set upright, and symbols can stand in for any name."""
    formula = Formula("log_total - net", ["net", "log_total"])
    assert formula.latex() == r"\mathrm{log\_total} - \mathrm{net}"
    assert formula.latex({"net": "z_j", "log_total": "L"}) == "L - z_j"


@given(expressions)
def test_latex_is_balanced(text):
    """Whatever is typeset, its braces and parentheses close."""
    latex = Formula(text, X).latex()
    assert latex.count("{") == latex.count("}")
    assert latex.count(r"\left") == latex.count(r"\right")


def test_source_is_written_for_generated_code():
    """Names are replaced, numbers are floats, and a conditional lets nan through."""
    formula = Formula("x * pi if x > 0 else exp(y) * 2", X)
    assert formula.source({"x": "h1_net"}) == (
        "(h1_net * 3.141592653589793 if h1_net > 0.0 else exp(y) * 2.0 if h1_net <= 0.0 else nan)"
    )


def test_formulas_compare_by_their_tree():
    """Spelling does not matter to equality; the variables that occur are listed."""
    formula = Formula("x+(1)", X)
    assert formula == Formula(" x + 1.0 ", ["x"])
    assert formula != Formula("1 + x", X)
    assert formula != "x + 1"
    assert repr(formula) == "Formula('x + 1')"
    assert formula.variables == ("x",)


def test_the_value_of_a_bare_name_is_not_the_array_that_was_given() -> None:
    """What a formula returns can be written into, and what it was given stays as it was."""
    given = np.array([1.0, 2.0])
    value = Formula("x", "x")(x=given)
    value += 1.0
    assert given.tolist() == [1.0, 2.0]
