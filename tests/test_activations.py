import math

import mpmath
import numpy as np
import pytest
import sympy
from precision import ROUNDING, WIDE_NETS, exactly, roundings

import neurograph as ng
from neurograph import activations
from neurograph.activations import (
    ACTIVATIONS,
    FORMULAS,
    SYNONYMS,
    Activation,
    add_activation,
    get_activation,
)
from neurograph.errors import FormulaError, InvalidTypeError, UnknownNameError

NAMES = ["identity", "logistic", "tanh", "relu", "leaky_relu", "softplus", "step", "sin", "softmax"]
SINGLE = NAMES[:-1]


@pytest.fixture(autouse=True)
def _own_table(monkeypatch):
    """Give each test a table of its own to add to."""
    monkeypatch.setattr(activations, "ACTIVATIONS", {name: ACTIVATIONS[name] for name in NAMES})


# The table


@pytest.mark.parametrize(
    ("name", "values"),
    [
        # f(-1), f(0), f(2)
        ("identity", (-1, 0, 2)),
        ("logistic", (1 / (1 + math.e), 0.5, 1 / (1 + math.exp(-2)))),
        ("tanh", (-math.tanh(1), 0, math.tanh(2))),
        ("relu", (0, 0, 2)),
        ("leaky_relu", (-0.01, 0, 2)),
        ("softplus", (math.log1p(math.exp(-1)), math.log(2), math.log1p(math.exp(2)))),
        ("step", (0, 1, 1)),
        ("sin", (-math.sin(1), 0, math.sin(2))),
    ],
)
def test_values(name, values):
    """Each activation has its textbook values, for floats and arrays alike."""
    activation = get_activation(name)
    nets = [-1.0, 0.0, 2.0]
    assert [activation.value(net) for net in nets] == pytest.approx(values, rel=1e-15)
    np.testing.assert_allclose(activation.value(np.array(nets)), values, rtol=1e-15)


@pytest.mark.parametrize(
    ("name", "below", "above"),
    [
        # (f, f') at -1000 and at 1000
        ("identity", (-1000.0, 1.0), (1000.0, 1.0)),
        ("logistic", (0.0, 0.0), (1.0, 0.0)),
        ("tanh", (-1.0, 0.0), (1.0, 0.0)),
        ("relu", (0.0, 0.0), (1000.0, 1.0)),
        ("leaky_relu", (-10.0, 0.01), (1000.0, 1.0)),
        ("softplus", (0.0, 0.0), (1000.0, 1.0)),
        ("step", (0.0, 0.0), (1.0, 0.0)),
        ("sin", (math.sin(-1000), math.cos(1000)), (math.sin(1000), math.cos(1000))),
    ],
)
def test_saturation_is_exact_and_silent(name, below, above):
    """Nets of +-1,000 give exact outs and finite slopes, even where NumPy is told to raise."""
    activation = get_activation(name)
    exactly = pytest.approx if name == "sin" else tuple
    with np.errstate(all="raise"):
        for net, expected in ((-1000.0, below), (1000.0, above)):
            out = activation.value(net)
            assert (out, activation.slope(net, out)) == exactly(expected)
            outs = activation.value(np.array([net]))
            slopes = activation.slope(np.array([net]), outs)
            assert (outs[0], slopes[0]) == exactly(expected)


@pytest.mark.parametrize("name", SINGLE)
@pytest.mark.parametrize("sign", [1, -1])
def test_derivatives_are_those_of_sympy(name, sign):
    """The derivative of each row is what sympy finds, on either side of a kink at 0."""
    size = sympy.Symbol("size", positive=True)
    known = {"__builtins__": {}, "net": sign * size, "exp": sympy.exp, "tanh": sympy.tanh}
    known |= {"sin": sympy.sin, "cos": sympy.cos, "max": sympy.Max}
    known["logaddexp"] = lambda a, b: sympy.log(sympy.exp(a) + sympy.exp(b))
    activation = get_activation(name)
    out = sympy.sympify(eval(activation.formula.text, known))
    slope = eval(activation.derivative.text, {**known, "out": out})
    assert sympy.simplify(sympy.diff(out, size) * sign - slope) == 0


@pytest.mark.parametrize("name", SINGLE)
@pytest.mark.parametrize("net", [-3.1, -0.4, 0.2, 5.0])
def test_derivatives_agree_with_complex_step(name, net):
    """The slope is the complex-step derivative of the value."""
    activation = get_activation(name)
    step = complex(activation.value(net + 1e-30j)).imag / 1e-30
    assert activation.slope(net, activation.value(net)) == pytest.approx(step, abs=1e-15, rel=1e-9)


def test_slopes_at_kinks():
    """At 0 relu takes the slope of its left side, 0, and leaky_relu 0.01."""
    assert get_activation("relu").slope(0.0, 0.0) == 0
    assert get_activation("leaky_relu").slope(0.0, 0.0) == 0.01


@pytest.mark.parametrize("name", NAMES)
def test_every_row_names_its_source(name):
    """Each row says who published it and when."""
    assert get_activation(name).name == name
    assert get_activation(name).source[-6:-5] == "("


@pytest.mark.parametrize("name", SINGLE)
def test_nan_stays_visible(name):
    """A net of nan gives an out of nan."""
    assert math.isnan(get_activation(name).value(math.nan))


def test_latex_shows_the_formula():
    """The LaTeX is made from the row."""
    logistic = get_activation("logistic")
    assert logistic.formula.latex({"net": "z"}) == r"\frac{1}{1 + e^{-z}}"
    assert logistic.derivative.latex({"out": "a"}) == r"a \, \left(1 - a\right)"


# Softmax


def test_softmax_saturates_exactly():
    """Nets far apart give exactly 1 and 0, nets alike give equal outs."""
    softmax = get_activation("softmax")
    with np.errstate(all="raise", under="ignore"):
        np.testing.assert_array_equal(softmax.value(np.array([1000.0, -1000.0, 0.0])), [1, 0, 0])
        np.testing.assert_array_equal(softmax.value(np.full((4, 2), 1000.0)), np.full((4, 2), 0.25))
        np.testing.assert_array_equal(softmax.slope(np.zeros(2), np.array([1.0, 0.0])), [0, 0])


def test_softmax_of_a_batch():
    """Axis 0 runs over the group: each sample's outs are e^net over their sum."""
    nets = np.array([[0.0, 1.0], [1.0, -1.0], [2.0, 0.5]])
    expected = np.exp(nets) / np.exp(nets).sum(axis=0)
    np.testing.assert_allclose(get_activation("softmax").value(nets), expected, rtol=1e-14)


def test_softmax_with_nan_is_nan():
    """One nan is seen in every out of its sample, and in no other sample."""
    outs = get_activation("softmax").value(np.array([[math.nan, 0.0], [0.0, 0.0]]))
    np.testing.assert_array_equal(outs, [[math.nan, 0.5], [math.nan, 0.5]])
    assert np.isnan(get_activation("softmax").value([math.inf, 0.0])).any()


def test_group_delta_is_the_jacobian_applied():
    """The delta of a softmax group equals the complex-step Jacobian times dE/dout."""
    softmax = get_activation("softmax")
    nets, gradient = np.array([0.3, -1.2, 2.0]), np.array([0.5, -2.0, 0.25])
    jacobian = [softmax.value(nets + 1e-30j * np.eye(3)[i]).imag / 1e-30 for i in range(3)]
    delta = softmax.group_delta(softmax.value(nets), gradient)
    np.testing.assert_allclose(delta, jacobian @ gradient, rtol=1e-12)
    both = softmax.group_delta(*(np.stack([a, a], axis=1) for a in (softmax.value(nets), gradient)))
    np.testing.assert_array_equal(both, np.stack([delta, delta], axis=1))


def test_softmax_slope_is_the_diagonal():
    """The slope of a softmax out is by its own net."""
    softmax = get_activation("softmax")
    nets = np.array([0.3, -1.2, 2.0])
    outs = softmax.value(nets)
    diagonal = [softmax.value(nets + 1e-30j * np.eye(3)[i]).imag[i] / 1e-30 for i in range(3)]
    np.testing.assert_allclose(softmax.slope(nets, outs), diagonal, rtol=1e-12)


# Asking


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("sigmiod", "sigmoid"),
        ("liner", "linear"),
        ("tahn", "tanh"),
        ("leaky_rely", "leaky_relu"),
        ("logistics", "logistic"),
    ],
)
def test_an_unknown_name_is_answered_with_the_nearest(text, meant):
    """Slips of the pen lead to the word that is meant, ours or another's."""
    with pytest.raises(UnknownNameError, match=f"no activation '{text}'; did you mean '{meant}'"):
        get_activation(text)


@pytest.mark.parametrize(
    ("text", "name"),
    [*SYNONYMS.items(), ("Sigmoid", "logistic"), ("leaky-ReLU", "leaky_relu"), ("Tanh", "tanh")],
)
def test_words_of_other_books_name_the_same_row(text, name):
    """What others call a row is that row, with any capitals."""
    assert get_activation(text) is ACTIVATIONS[name]


@pytest.mark.parametrize(
    ("text", "by_hand"),
    {
        "bipolar_sigmoid": lambda net: math.tanh(net / 2),
        "ELU": lambda net: net if net > 0 else math.exp(net) - 1,
        "gaussian": lambda net: math.exp(-net * net),
        "GELU": lambda net: net * float(mpmath.ncdf(net)),
        "gelu_tanh": lambda net: (
            net / (1 + math.exp(-2 * math.sqrt(2 / math.pi) * (net + 0.044715 * net**3)))
        ),
        "hard tanh": lambda net: sorted([-1, net, 1])[1],
        "mish": lambda net: net * math.tanh(math.log(1 + math.exp(net))),
        "ReLU6": lambda net: sorted([0, net, 6])[1],
        "selu": lambda net: (
            1.0507009873554805 * (net if net > 0 else 1.6732632423543772 * (math.exp(net) - 1))
        ),
        "SiLU": lambda net: net * (1 + math.tanh(net / 2)) / 2,
        "softsign": lambda net: net / (1 + math.fabs(net)),
        "swish": lambda net: net * (1 + math.tanh(net / 2)) / 2,
    }.items(),
)
def test_words_of_other_books_name_a_formula(text, by_hand):
    """What is no row of the table but has a name elsewhere is stored as its formula."""
    activation = get_activation(text)
    for net in (-2.5, -0.75, 0.25, 3.0, 7.0):
        assert activation.value(net) == pytest.approx(by_hand(net), rel=1e-14)
        difference = (by_hand(net + 1e-5) - by_hand(net - 1e-5)) / 2e-5
        assert activation.slope(net, by_hand(net)) == pytest.approx(difference, abs=1e-8)
    word = text.lower().replace(" ", "_")
    assert activation is get_activation(FORMULAS[word])
    network = ng.Network.layered(1, 1, 1, activation=text)
    assert network.nodes["h1"].activation == activation.name


def test_a_network_keeps_the_name_used_here():
    """A neuron called a sigmoid is logistic, however it was told so."""
    net = ng.Network.layered(1, 1, 1, activation=["ReLU", "sigmoid"])
    assert net.nodes["h1"].activation == "relu"
    net.nodes["h1"].activation = "linear"
    net.add_neuron("x", activation="hyperbolic tangent")
    assert [net.nodes[name].activation for name in ("h1", "o1", "x")] == [
        "identity", "logistic", "tanh",
    ]  # fmt: skip


def test_a_row_of_your_own_goes_before_a_synonym():
    """Who defines a sigmoid of his own gets that one."""
    own = add_activation("sigmoid", "net / (1 + abs(net))")
    assert get_activation("sigmoid") is own
    assert get_activation("sigm").name == "logistic"


def test_a_hopeless_name_is_answered_with_the_list():
    """Where nothing is near, everything is named."""
    with pytest.raises(UnknownNameError, match="no activation 'zzz'; there are identity, logistic"):
        get_activation("zzz")


@pytest.mark.parametrize("value", [None, 3, np.tanh])
def test_only_text_names_an_activation(value):
    """A function or a number is refused by its type."""
    with pytest.raises(InvalidTypeError, match="an activation is given by its name or its formula"):
        get_activation(value)


def test_formula_text_is_an_activation():
    """Formula text is used as it is, with its derivative derived."""
    softsign = get_activation("net/(1+abs(net))")
    assert softsign.name == "net / (1 + abs(net))"
    assert get_activation(softsign.name) == softsign
    assert get_activation("net/(1+abs(net))") is softsign
    assert softsign.value(-1.0) == -0.5
    assert softsign.slope(-1.0, -0.5) == 0.25
    assert get_activation("net").value(3.0) == 3
    assert get_activation("+pi").slope(2.0, math.pi) == 0


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("nett + 1", "unknown variable 'nett'; did you mean 'net'"),
        ("out * 2", "unknown variable 'out'; there are net"),
        ("log(-1 - net**2)", r"is finite at none of the values tried, such as net=0\.5"),
        ("net / total(net)", "total couples the neurons of a group"),
        ("", "nothing is written"),
    ],
)
def test_formula_text_is_checked(text, message):
    """What is not an activation is refused when it is named, not when it is used."""
    with pytest.raises(FormulaError, match=message):
        get_activation(text)


# Digits

EXACT = {
    # name, value, slope
    "identity": (lambda net: net, lambda net: mpmath.mpf(1)),
    "logistic": (
        lambda net: 1 / (1 + mpmath.exp(-net)),
        lambda net: 1 / (2 + mpmath.exp(net) + mpmath.exp(-net)),
    ),
    "tanh": (mpmath.tanh, lambda net: 1 / mpmath.cosh(net) ** 2),
    "relu": (lambda net: max(net, 0), lambda net: mpmath.mpf(net > 0)),
    "leaky_relu": (
        lambda net: net if net > 0 else net * mpmath.mpf(0.01),
        lambda net: mpmath.mpf(1 if net > 0 else 0.01),
    ),
    "softplus": (
        lambda net: mpmath.log1p(mpmath.exp(net)),
        lambda net: 1 / (1 + mpmath.exp(-net)),
    ),
    "step": (lambda net: mpmath.mpf(net >= 0), lambda net: mpmath.mpf(0)),
    "sin": (mpmath.sin, mpmath.cos),
}


@pytest.mark.parametrize("name", EXACT)
def test_no_value_loses_digits(name):
    """From net -800 to 800 a value is off by the roundings of its few operations: under 4."""
    activation, (value, _) = get_activation(name), EXACT[name]
    for net, out in zip(WIDE_NETS, activation.value(np.array(WIDE_NETS)), strict=True):
        exact = exactly(value, net)
        assert roundings(out, exact) < 4, net
        assert roundings(activation.value(net), exact) < 4, net


@pytest.mark.parametrize("name", EXACT)
def test_slopes_are_right_to_a_rounding_of_one(name):
    """A slope in out has the digits of out: it is off by under 3 roundings of its largest, 1."""
    activation, (_, slope) = get_activation(name), EXACT[name]
    outs = activation.value(np.array(WIDE_NETS))
    slopes = activation.slope(np.array(WIDE_NETS), outs)
    for net, out, got in zip(WIDE_NETS, outs, slopes, strict=True):
        exact = exactly(slope, net)
        assert abs(got - float(exact)) < 3 * ROUNDING, net
        assert abs(activation.slope(net, float(out)) - float(exact)) < 3 * ROUNDING, net
        if "out" not in activation.derivative.variables:
            assert roundings(got, exact) < 4, net


def test_softmax_loses_no_digits():
    """An out is off by the rounding of its distance from the largest net, and few more."""
    rng = np.random.default_rng(1)
    for number in range(300):
        nets = rng.uniform(-1.0, 1.0, rng.integers(2, 6)) * (1, 30, 100, 800)[number % 4]
        powers = [exactly(lambda a, b: mpmath.exp(a - b), net, nets.max()) for net in nets]
        # That of a distance d becomes one of d times its size in e^d, here and in the sum.
        for out, power, net in zip(
            get_activation("softmax").value(nets), powers, nets, strict=True
        ):
            exact = exactly(lambda *parts: parts[0] / sum(parts[1:]), power, *powers)
            assert roundings(out, exact) < 6 + 2 * (nets.max() - net)


# Adding


def test_adding_derives_the_derivative():
    """An added activation is found by its name, and knows its derivative and source."""
    swish = add_activation("swish", "net / (1 + exp(-net))", source="Ramachandran et al. (2017)")
    assert get_activation("swish") is swish
    assert swish.slope(0.0, 0.0) == 0.5
    assert (swish.slope(-1000.0, 0.0), swish.slope(1000.0, 1000.0)) == (0, 1)
    assert swish.source == "Ramachandran et al. (2017)"


def test_a_given_derivative_is_kept_when_it_is_right():
    """The derivative is used in the form in which it is given."""
    added = add_activation("mine", "1 / (1 + exp(-net))", "out * (1 - out)")
    assert added.derivative.text == "out * (1 - out)"
    root = add_activation("root", "sqrt(net)", "1 / (2 * out)")
    assert root.slope(4.0, 2.0) == 0.25


def test_a_kink_is_no_objection():
    """Where the formula has a kink or a jump there is no difference to compare with."""
    assert add_activation("kinked", "abs(net - 0.5)", "sign(net - 0.5)").slope(0.5, 0.0) == 0
    assert add_activation("jump", "1 if net > 0.5 else 0", "0").slope(0.5, 0.0) == 0


@pytest.mark.parametrize(
    ("derivative", "message"),
    [
        # swish'(0.5) = s + 0.5 s (1 - s) with s = 1 / (1 + e^-0.5)
        ("0.7", r"the derivative given for 'swish' is not the derivative of its formula:"
                r" at net=0\.5 it gives 0\.7, central difference gives 0\.739961"),
        ("0 / (net - net)", r"at net=0\.5 it gives nan"),
        ("neta", "unknown variable 'neta'; did you mean 'net'"),
        ("net^2", r"write \*\* for a power"),
    ],
)  # fmt: skip
def test_a_wrong_derivative_is_refused(derivative, message):
    """The message says where it differs, and by how much; nothing is added."""
    before = dict(activations.ACTIVATIONS)
    with pytest.raises(FormulaError, match=message):
        add_activation("swish", "net / (1 + exp(-net))", derivative)
    assert before == activations.ACTIVATIONS


@pytest.mark.parametrize(
    ("name", "formula", "message"),
    [
        ("my own", "net", "'my own' cannot name an activation: it is not a plain word"),
        ("if", "net", "'if' cannot name an activation"),
        ("net", "2 * net", "'net' cannot name an activation: in a formula it means something else"),
        ("pi", "2 * net", "'pi' cannot name an activation"),
        ("tanh", "net", r"there is an activation 'tanh' already, 'tanh\(net\)' with derivative"),
        ("bad", "x", "unknown variable 'x'"),
        ("never", "log(-1 - net**2)", "the formula of 'never', .* is finite at none of the values"),
    ],
)
def test_bad_definitions_are_refused(name, formula, message):
    """A name that is taken or unusable, and a formula that is none, change nothing."""
    before = dict(activations.ACTIVATIONS)
    with pytest.raises(FormulaError, match=message):
        add_activation(name, formula)
    assert before == activations.ACTIVATIONS


def test_a_name_is_text():
    """A name of another type is refused."""
    with pytest.raises(InvalidTypeError, match="the name of an activation is text, got int: 3"):
        add_activation(3, "net")


def test_adding_again():
    """The same definition may be added again; another one under its name is refused."""
    first = add_activation("cube", "net**3", "3 * net**2")
    assert add_activation("cube", "net ** 3") is first
    assert add_activation("cube", "net**3", "3*net**2") is first
    assert isinstance(add_activation("tanh", "tanh(net)"), Activation)
    with pytest.raises(FormulaError, match="there is an activation 'cube' already"):
        add_activation("cube", "net**3 + 1")


@pytest.mark.parametrize(
    ("text", "by_hand"),
    [
        ("step(-0.5)", lambda x: float(x >= -0.5)),
        ("bipolar_step(0.5)", lambda x: 1.0 if x >= 0.5 else -1.0),
        ("ternary_step(0.2)", lambda x: float(x > 0.2) - float(x < -0.2)),
        ("Sigmoid( 2 )", lambda x: 1 / (1 + math.exp(-2 * x))),
        ("bipolar_sigmoid(0.5)", lambda x: math.tanh(x / 4)),
        ("leaky_relu(0.25)", lambda x: max(x, 0.25 * x)),
        ("elu(2)", lambda x: x if x > 0 else 2 * math.expm1(x)),
        ("swish(1e0)", lambda x: x / (1 + math.exp(-x))),
        ("gaussian(0.5)", lambda x: math.exp(-2 * x * x)),
        ("hardlims", lambda x: 1.0 if x >= 0 else -1.0),
        ("sign", lambda x: float(x > 0) - float(x < 0)),
    ],
)
def test_a_word_with_numbers_of_the_page(text, by_hand) -> None:
    """It has the value that its definition gives, and the slope of central differences."""
    activation = get_activation(text)
    for net in (-1.3, -0.7, -0.1, 0.1, 0.6, 2.0):
        assert activation.value(net) == pytest.approx(by_hand(net), rel=1e-14)
        central = (by_hand(net + 1e-6) - by_hand(net - 1e-6)) / 2e-6
        slope = activation.slope(net, activation.value(net))
        assert slope == pytest.approx(central, rel=1e-7, abs=1e-9)


@pytest.mark.parametrize(
    ("text", "error", "says"),
    [
        ("ternary_stpe(0.2)", ng.UnknownNameError, "did you mean 'ternary_step'"),
        ("quux(0.2)", ng.UnknownNameError, "numbers have step, bipolar_step"),
        ("step(0.2, 0.3)", ng.FormulaError, r"takes 1 number in its parentheses, as step\(0.5\)"),
        ("step()", ng.FormulaError, "takes 1 number"),
        ("step(1e999)", ng.FormulaError, "takes 1 number"),
    ],
)
def test_a_word_with_numbers_that_is_none(text, error, says) -> None:
    """The message names the nearest word, or how many numbers it takes."""
    with pytest.raises(error, match=says):
        get_activation(text)


@pytest.mark.parametrize("kink", [0.5, 0.13, -1.7])
def test_a_kink_may_be_where_formulas_are_tried(kink) -> None:
    """A jump, a bend and a jump of the second derivative are understood wherever they are."""
    for text in (f"sign(net - {kink})", f"abs(net - {kink})", f"max(0, net - {kink})**2"):
        formula = text.replace("- -", "+ ")
        expected = {"s": 0.0, "a": 1.0, "m": 2.0}[text[0]]
        assert get_activation(formula).slope(kink + 1.0, 0.0) == pytest.approx(expected, rel=1e-14)
