import math

import mpmath
import numpy as np
import pytest
import sympy
from precision import ROUNDING, WIDE_NETS, exactly, roundings

import neurograph as ng
from neurograph import losses
from neurograph.activations import get_activation
from neurograph.errors import FormulaError, InvalidTypeError, UnknownNameError
from neurograph.losses import FORMULAS, LOSSES, SYNONYMS, add_loss, get_loss

NAMES = ["half_squared_error", "squared_error", "mean_squared_error", "absolute_error", "hinge"]
NAMES += ["mean_absolute_error", "binary_cross_entropy", "cross_entropy"]


@pytest.fixture(autouse=True)
def _own_table(monkeypatch):
    """Give each test a table of its own to add to."""
    monkeypatch.setattr(losses, "LOSSES", {name: LOSSES[name] for name in NAMES})


# The table


@pytest.mark.parametrize(
    ("name", "value", "slope"),
    [
        # at target 1, out 0.25, of 2 outputs
        ("half_squared_error", 0.28125, -0.75),
        ("squared_error", 0.5625, -1.5),
        ("mean_squared_error", 0.28125, -0.75),
        ("absolute_error", 0.75, -1),
        ("mean_absolute_error", 0.375, -0.5),
        ("hinge", 0.75, -1),
        ("binary_cross_entropy", math.log(4), -4),
        ("cross_entropy", math.log(4), -4),
    ],
)
def test_values_and_slopes(name, value, slope):
    """Each loss has the value and the slope that pencil and paper give."""
    loss = get_loss(name)
    assert loss.value(1.0, 0.25, 2) == pytest.approx(value, rel=1e-15)
    assert loss.slope(1.0, 0.25, 2) == pytest.approx(slope, rel=1e-15)
    assert type(loss.value(1.0, 0.25, 2)) is float
    targets, outs = np.ones(3), np.full(3, 0.25)
    np.testing.assert_allclose(loss.value(targets, outs, 2), [value] * 3, rtol=1e-15)
    np.testing.assert_allclose(loss.slope(targets, outs, 2), [slope] * 3, rtol=1e-15)


@pytest.mark.parametrize(
    "name", [name for name in NAMES if name not in ("hinge", NAMES[3], NAMES[5])]
)
def test_derivatives_are_those_of_sympy(name):
    """The derivative of each smooth row is what sympy finds."""
    target, out, n = sympy.symbols("target out n", positive=True)
    known = {"__builtins__": {}, "target": target, "out": out, "n": n}
    known |= {"xlogy": lambda a, b: a * sympy.log(b), "xdivy": lambda a, b: a / b}
    known["xlog1my"] = lambda a, b: a * sympy.log(1 - b)
    loss = get_loss(name)
    value, slope = (eval(formula.text, known) for formula in (loss.formula, loss.derivative))
    assert sympy.simplify(sympy.diff(value, out) - slope) == 0


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("target", [1.0, 0.0, 0.3])
@pytest.mark.parametrize("out", [0.2, 0.9])
def test_derivatives_agree_with_complex_step(name, target, out):
    """The slope is the complex-step derivative of the value."""
    loss = get_loss(name)
    step = complex(loss.value(target, out + 1e-30j, 3)).imag / 1e-30
    assert loss.slope(target, out, 3) == pytest.approx(step, rel=1e-9)


def test_hinge():
    """Hinge is 0 where the out is on the right side by 1 or more, and so is its slope."""
    hinge = get_loss("hinge")
    assert [hinge.value(-1.0, out, 1) for out in (-2.0, -1.0, 0.5)] == [0, 0, 1.5]
    assert [hinge.slope(-1.0, out, 1) for out in (-2.0, -1.0, 0.5)] == [0, 0, 1]


def test_kink_of_absolute_error():
    """Where out meets the target the slope is 0."""
    assert get_loss("absolute_error").slope(0.5, 0.5, 1) == 0


@pytest.mark.parametrize(
    ("name", "target", "out", "value", "slope"),
    [
        ("cross_entropy", 0.0, 0.0, 0.0, 0.0),
        ("cross_entropy", 1.0, 0.0, math.inf, -math.inf),
        ("binary_cross_entropy", 0.0, 0.0, 0.0, 1.0),
        ("binary_cross_entropy", 1.0, 1.0, 0.0, -1.0),
        ("binary_cross_entropy", 1.0, 0.0, math.inf, -math.inf),
        ("binary_cross_entropy", 0.0, 1.0, math.inf, math.inf),
    ],
)
def test_saturated_cross_entropies(name, target, out, value, slope):
    """A target of exactly 0 adds nothing; a saturated miss is infinite; nothing warns."""
    loss = get_loss(name)
    with np.errstate(all="raise"):
        assert loss.value(target, out, 1) == value
        assert loss.slope(target, out, 1) == slope
        np.testing.assert_array_equal(loss.value(np.array([target]), np.array([out]), 1), [value])
        np.testing.assert_array_equal(loss.slope(np.array([target]), np.array([out]), 1), [slope])


@pytest.mark.parametrize("name", NAMES)
def test_nan_stays_visible(name):
    """An out of nan gives a loss of nan, whatever the target."""
    for target in (0.0, 1.0):
        assert math.isnan(get_loss(name).value(target, math.nan, 1))


@pytest.mark.parametrize("name", NAMES)
def test_every_row_names_its_source(name):
    """Each row says who published it and when."""
    assert get_loss(name).name == name
    assert any(
        f"({year})" in get_loss(name).source for year in (1960, 1986, 1995, 2005, 2006, 2009, 2016)
    )


def test_latex_shows_the_formula():
    """The LaTeX is made from the row."""
    symbols = {"target": "t", "out": "a"}
    loss = get_loss("binary_cross_entropy")
    assert loss.derivative.latex(symbols) == r"\frac{1 - t}{1 - a} - \frac{t}{a}"
    assert get_loss("cross_entropy").formula.latex(symbols) == r"-t \ln\left(a\right)"


# Loss and activation taken together


def logistic_pair():
    """Return binary cross-entropy, logistic and the two together."""
    loss, logistic = get_loss("binary_cross_entropy"), get_activation("logistic")
    return loss, logistic, loss.joint["logistic"]


def softmax_pair():
    """Return cross-entropy, softmax and the two together."""
    loss, softmax = get_loss("cross_entropy"), get_activation("softmax")
    return loss, softmax, loss.joint["softmax"]


NETS = np.array([[0.3, -1.0], [-1.2, 2.0], [2.0, 0.1]])


def test_logistic_with_binary_cross_entropy():
    """Together they give the value and the delta that they give apart."""
    loss, logistic, joint = logistic_pair()
    targets = np.array([[1.0, 0.0], [0.0, 0.25], [0.5, 1.0]])
    outs = logistic.value(NETS)
    np.testing.assert_allclose(joint.value(NETS, targets), loss.value(targets, outs, 3), rtol=1e-12)
    apart = loss.slope(targets, outs, 3) * logistic.slope(NETS, outs)
    np.testing.assert_allclose(joint.delta(outs, targets), apart, rtol=1e-12)


@pytest.mark.parametrize("total", [1.0, 2.5])
def test_softmax_with_cross_entropy(total):
    """Together they give what they give apart, also where the targets do not sum to 1."""
    loss, softmax, joint = softmax_pair()
    targets = np.array([[1.0, 0.2], [0.0, 0.3], [0.0, 0.5]]) * total
    outs = softmax.value(NETS)
    np.testing.assert_allclose(joint.value(NETS, targets), loss.value(targets, outs, 3), rtol=1e-12)
    apart = softmax.group_delta(outs, loss.slope(targets, outs, 3))
    np.testing.assert_allclose(joint.delta(outs, targets), apart, rtol=1e-12, atol=1e-15)


@pytest.mark.parametrize("pair", [logistic_pair, softmax_pair])
def test_delta_is_the_complex_step_derivative_of_the_value(pair):
    """The delta is dE/dnet, E being the sum of the shares."""
    _, activation, joint = pair()
    nets, targets = NETS[:, 0], np.array([0.0, 0.75, 0.25])
    steps = [joint.value(nets + 1e-30j * row, targets).sum().imag / 1e-30 for row in np.eye(3)]
    np.testing.assert_allclose(joint.delta(activation.value(nets), targets), steps, rtol=1e-9)


def test_saturated_logistic_pair_is_finite():
    """At nets of +-1,000 the loss is 1,000 for a miss and 0 for a hit, exactly."""
    _, logistic, joint = logistic_pair()
    nets, targets = np.array([1000.0, 1000.0, -1000.0, -1000.0]), np.array([0.0, 1.0, 0.0, 1.0])
    with np.errstate(all="raise"):
        np.testing.assert_array_equal(joint.value(nets, targets), [1000, 0, 0, 1000])
        np.testing.assert_array_equal(joint.delta(logistic.value(nets), targets), [1, 0, 0, -1])


def test_saturated_softmax_pair_is_finite():
    """At nets of +-1,000 the loss is the distance of the target's net from the largest."""
    _, softmax, joint = softmax_pair()
    nets, targets = np.array([1000.0, -1000.0, 0.0]), np.array([0.0, 1.0, 0.0])
    with np.errstate(all="raise"):
        np.testing.assert_array_equal(joint.value(nets, targets), [0, 2000, 0])
        np.testing.assert_array_equal(joint.delta(softmax.value(nets), targets), [1, -1, 0])
        apart = np.array([1e308, -1e308])
        np.testing.assert_array_equal(joint.value(apart, np.array([1.0, 0.0])), [0, 0])


@pytest.mark.parametrize("pair", [logistic_pair, softmax_pair])
def test_pairs_do_not_hide_nan(pair):
    """A net of nan gives a loss of nan, also for a target of 0."""
    _, _, joint = pair()
    assert np.isnan(joint.value(np.array([math.nan, 0.0]), np.array([0.0, 1.0])))[0]


def logistic_share(target, net):
    """Return the share of a logistic output in the binary cross-entropy: two terms above 0."""
    return target * mpmath.log1p(mpmath.exp(-net)) + (1 - target) * mpmath.log1p(mpmath.exp(net))


def softmax_share(target, net, *others):
    """Return the share of a softmax output in the cross-entropy: target * -ln out."""
    return target * mpmath.log1p(sum(mpmath.exp(other - net) for other in others))


def test_the_loss_of_a_logistic_output_loses_no_digits():
    """From net -800 to 800 it is off by the roundings of its few operations: under 4."""
    joint = get_loss("binary_cross_entropy").joint["logistic"]
    for target in (0.0, 1.0, 0.25, 0.3):
        shares = joint.value(np.array(WIDE_NETS), np.full(len(WIDE_NETS), target))
        for net, share in zip(WIDE_NETS, shares, strict=True):
            exact = exactly(logistic_share, target, net)
            assert roundings(share, exact) < 4, (target, net)
            assert roundings(joint.value(net, target), exact) < 4, (target, net)


def test_the_loss_of_a_softmax_output_loses_no_digits():
    """It is off by the rounding of the largest distance of two nets, and few more."""
    joint = get_loss("cross_entropy").joint["softmax"]
    rng = np.random.default_rng(1)
    for number in range(300):
        nets = rng.uniform(-1.0, 1.0, rng.integers(2, 6)) * (1, 30, 100, 800)[number % 4]
        nets[-1] = nets[0] if number % 3 else nets[-1]
        targets = rng.choice([0.0, 1.0, 0.3], len(nets))
        shares = joint.value(nets, targets)
        for place, (share, target) in enumerate(zip(shares, targets, strict=True)):
            exact = exactly(softmax_share, target, nets[place], *np.delete(nets, place))
            # The rounding of a distance d becomes one of d times its size in e^d.
            assert roundings(share, exact) < 6 + np.ptp(nets)


@pytest.mark.parametrize("target", [0.0, 1.0, 0.3])
def test_deltas_of_pairs_are_right_to_a_rounding_of_one(target):
    """The delta out - target has the digits of out: it is off by under 3 roundings of 1."""
    _, logistic, joint = logistic_pair()
    outs = logistic.value(np.array(WIDE_NETS))
    for net, delta in zip(WIDE_NETS, joint.delta(outs, np.full_like(outs, target)), strict=True):
        exact = exactly(lambda t, z: 1 / (1 + mpmath.exp(-z)) - t, target, net)
        assert abs(delta - float(exact)) < 3 * ROUNDING


EXACT = {
    "half_squared_error": lambda t, o, n: (t - o) ** 2 / 2,
    "squared_error": lambda t, o, n: (t - o) ** 2,
    "mean_squared_error": lambda t, o, n: (t - o) ** 2 / n,
    "absolute_error": lambda t, o, n: abs(t - o),
    "mean_absolute_error": lambda t, o, n: abs(t - o) / n,
    "hinge": lambda t, o, n: max(mpmath.mpf(0), 1 - t * o),
    "binary_cross_entropy": lambda t, o, n: -(mpmath.log(o) if t else mpmath.log1p(-o)),
    "cross_entropy": lambda t, o, n: -t * mpmath.log(o),
}


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("target", [0.0, 1.0])
def test_no_loss_of_an_out_loses_digits(name, target):
    """However near an out comes to 0 or 1, its loss is off by under 4 roundings of its size."""
    loss = get_loss(name)
    outs = [*(10.0**-k for k in range(1, 300, 13)), *(1 - 2.0**-k for k in range(1, 54, 4)), 0.3]
    for out, share in zip(outs, loss.value(target, np.array(outs), 3), strict=True):
        exact = exactly(EXACT[name], target, out, 3)
        assert roundings(share, exact) < 4, out
        assert roundings(loss.value(target, out, 3), exact) < 4, out


def test_only_the_textbook_pairs_are_joint():
    """No other row has a pair."""
    pairs = {(name, activation) for name in NAMES for activation in get_loss(name).joint}
    assert pairs == {("binary_cross_entropy", "logistic"), ("cross_entropy", "softmax")}


# Asking and adding


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("categorical_crossentorpy", "categorical_crossentropy"),
        ("hing", "hinge"),
        ("squared_eror", "squared_error"),
    ],
)
def test_an_unknown_name_is_answered_with_the_nearest(text, meant):
    """Slips of the pen lead to the word that is meant, ours or another's."""
    with pytest.raises(UnknownNameError, match=f"no loss '{text}'; did you mean '{meant}'"):
        get_loss(text)


@pytest.mark.parametrize(
    ("text", "name"),
    [*SYNONYMS.items(), ("MSE", "mean_squared_error"), ("cross-entropy", "cross_entropy")],
)
def test_words_of_other_books_name_the_same_row(text, name):
    """What others call a row is that row, with any capitals."""
    assert get_loss(text) is LOSSES[name]
    assert ng.Network(loss=text).loss == name


def _huber(target, out):
    far = math.fabs(target - out)
    return far**2 / 2 if far <= 1 else far - 1 / 2


@pytest.mark.parametrize(
    ("text", "by_hand"),
    {
        "Huber": _huber,
        "KL-divergence": lambda target, out: target * math.log(target / out),
        "log_cosh": lambda target, out: math.log(math.cosh(target - out)),
        "squared hinge": lambda target, out: max(0, 1 - target * out) ** 2,
    }.items(),
)
def test_words_of_other_books_name_a_formula(text, by_hand):
    """What is no row of the table but has a name elsewhere is stored as its formula."""
    loss = get_loss(text)
    others = {"perceptron", "poisson"}  # see below
    assert set(FORMULAS) == {"huber", "kl_divergence", "log_cosh", "squared_hinge", *others}
    for target, out in ((0.5, 0.25), (0.75, 2.5), (0.1, 0.9)):
        assert loss.value(target, out, 1) == pytest.approx(by_hand(target, out), rel=1e-13)
        difference = (by_hand(target, out + 1e-5) - by_hand(target, out - 1e-5)) / 2e-5
        assert loss.slope(target, out, 1) == pytest.approx(difference, abs=1e-8)
    assert ng.Network(loss=text).loss == loss.name


def test_only_a_loss_of_out_alone_has_no_target():
    """Every row of the table compares; a formula may differentiate an out itself."""
    assert all(row.has_target for row in LOSSES.values())
    assert get_loss("(target - out)**4").has_target
    assert not get_loss("out**2").has_target


def test_a_hopeless_name_is_answered_with_the_list():
    """Where nothing is near, everything is named."""
    with pytest.raises(UnknownNameError, match="no loss 'zzz'; there are half_squared_error, "):
        get_loss("zzz")


def test_only_text_names_a_loss():
    """A number is refused by its type."""
    with pytest.raises(InvalidTypeError, match="a loss is given by its name or its formula"):
        get_loss(3)


def test_formula_text_is_a_loss():
    """Formula text is used as it is, with its derivative derived."""
    quartic = get_loss("(target-out)**4 / n")
    assert quartic.name == "(target - out)**4 / n"
    assert get_loss(quartic.name) == quartic
    assert quartic.value(1.0, -1.0, 2) == 8
    assert quartic.slope(1.0, -1.0, 2) == -16
    assert get_loss("out").slope(1.0, 2.0, 1) == 1


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("(traget - out)**2", "unknown variable 'traget'; did you mean 'target'"),
        (
            "log(-1 - out**2)",
            "is finite at none of the values tried, such as target=1, out=0.5, n=2",
        ),
        ("out / total(out)", "total couples the neurons of a group"),
    ],
)
def test_formula_text_is_checked(text, message):
    """What is not a loss is refused when it is named."""
    with pytest.raises(FormulaError, match=message):
        get_loss(text)


def test_adding():
    """An added loss is found by its name; adding it again changes nothing."""
    quartic = add_loss("quartic", "(target - out)**4", source="me (2020)")
    assert get_loss("quartic") is quartic
    assert add_loss("quartic", "(target-out) ** 4") is quartic
    assert quartic.slope(1.0, 0.0, 1) == -4
    given = add_loss("huber", "1/2 * (out - target)**2 if abs(out - target) <= 1 else"
                     " abs(out - target) - 1/2", "max(-1, min(1, out - target))")  # fmt: skip
    assert given.slope(0.0, 3.0, 1) == 1


@pytest.mark.parametrize(
    ("name", "formula", "derivative", "message"),
    [
        ("wrong", "(target - out)**2", "target - out",
         r"the derivative given for 'wrong' is not the derivative of its formula: at target=1,"
         r" out=0\.5, n=2 it gives 0\.5, central difference gives -1"),
        ("bad name", "out", None, "'bad name' cannot name a loss: it is not a plain word"),
        ("target", "out", None, "'target' cannot name a loss: in a formula it means something"),
        ("hinge", "out", None, "there is a loss 'hinge' already"),
        ("never", "log(-1 - out**2)", None, "the formula of 'never', .* is finite at none"),
        ("bad", "net", None, "unknown variable 'net'"),
    ],
)  # fmt: skip
def test_bad_definitions_are_refused(name, formula, derivative, message):
    """A refused loss changes nothing."""
    before = dict(losses.LOSSES)
    with pytest.raises(FormulaError, match=message):
        add_loss(name, formula, derivative)
    assert before == losses.LOSSES


def test_a_perceptron_learns_from_its_mistakes_alone() -> None:
    """With outs of -1, 0 and 1 the slope is -target where out and target differ, and else 0."""
    loss = get_loss("perceptron")
    slopes = {(t, o): loss.slope(t, o, 1) for t in (-1.0, 1.0) for o in (-1.0, 0.0, 1.0)}
    assert slopes == {(t, o): -t if o != t else 0.0 for t, o in slopes}


@pytest.mark.parametrize(
    ("text", "by_hand"),
    [
        ("hinge(0.5)", lambda t, o: max(0.0, 0.5 - t * o)),
        (
            "huber(0.5)",
            lambda t, o: (t - o) ** 2 / 2 if abs(t - o) <= 0.5 else abs(t - o) / 2 - 1 / 8,
        ),
        ("quantile(0.9)", lambda t, o: max(0.9 * (t - o), -0.1 * (t - o))),
        ("Epsilon_Insensitive(0.1)", lambda t, o: max(0.0, abs(t - o) - 0.1)),
        ("poisson", lambda t, o: o - t * math.log(o)),
    ],
)
def test_a_loss_with_numbers_of_the_page(text, by_hand) -> None:
    """It has the value that its definition gives, and the slope of central differences."""
    loss = get_loss(text)
    for t in (1.0, 2.0):
        for o in (0.3, 0.93, 1.71):
            assert loss.value(t, o, 1) == pytest.approx(by_hand(t, o), rel=1e-14)
            central = (by_hand(t, o + 1e-6) - by_hand(t, o - 1e-6)) / 2e-6
            assert loss.slope(t, o, 1) == pytest.approx(central, rel=1e-7, abs=1e-9)


@pytest.mark.parametrize("engine", ["passes", "straight_line", "blocks"])
def test_a_margin_that_is_reached_by_hand_is_reached(engine) -> None:
    """With 0.3 * 3 + 0.1 * 1, which floats take for less than 1, a hinge changes nothing."""
    assert 0.3 * 3 + 0.1 * 1 < 1
    net = ng.Network.layered(2, 1, weights=[[[0.3, 0.1]]], activation="identity", loss="hinge")
    net.train([[3, 1]], [[1]], learning_rate=0.5, epochs=1, engine=engine)
    assert [edge.weight for _, _, edge in net.edges(data=True)] == [0.3, 0.1]
    net.train([[2, 1]], [[1]], learning_rate=0.5, epochs=1, engine=engine)
    assert [edge.weight for _, _, edge in net.edges(data=True)] == [0.3 + 0.5 * 2, 0.1 + 0.5]
