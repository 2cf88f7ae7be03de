"""Optimisers, against their published equations written out by hand."""

import copy
import inspect
import math
import pickle
from collections.abc import Callable, Iterator
from dataclasses import FrozenInstanceError
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from strategies import CHECKED

import neurograph as ng
from neurograph import optimizers
from neurograph.engines import ENGINES, is_installed
from neurograph.formulas import Formula
from neurograph.optimizers import (
    OPTIMIZERS,
    SYNONYMS,
    AdaDelta,
    AdaGrad,
    Adam,
    GradientDescent,
    Momentum,
    Nesterov,
    Optimizer,
    OptimizerRow,
    RMSProp,
    get_optimizer,
)
from neurograph.training import train

# Each takes (w, gradients, learning rates) and yields w after each step: written from the sources,
# with nothing of the library.
Oracle = Callable[[float, list[float], list[float]], Iterator[float]]


def gradient_descent(w: float, gradients: list[float], rates: list[float]) -> Iterator[float]:
    """Rumelhart, Hinton and Williams (1986), equation 8."""
    for g, eta in zip(gradients, rates, strict=True):
        w = w - eta * g
        yield w


def goh_momentum(w: float, gradients: list[float], rates: list[float]) -> Iterator[float]:
    """Goh (2017): z+ = beta z + g, w+ = w - alpha z+."""
    z = 0.0
    for g, alpha in zip(gradients, rates, strict=True):
        z = 0.8 * z + g
        w = w - alpha * z
        yield w


def bengio_nesterov(w: float, gradients: list[float], rates: list[float]) -> Iterator[float]:
    """All earlier gradients, weighted: the closed form of the velocity."""
    mu = 0.8
    for t, eta in enumerate(rates):
        velocity = math.fsum(mu ** (t - k) * gradients[k] for k in range(t + 1))
        w = w - eta * gradients[t] - eta * mu * velocity
        yield w


def adagrad(w: float, gradients: list[float], rates: list[float]) -> Iterator[float]:
    """Duchi, Hazan and Singer (2011): divide by delta plus the norm of all gradients so far."""
    for t, eta in enumerate(rates):
        norm = math.sqrt(math.fsum(g * g for g in gradients[: t + 1]))
        w -= eta / (1e-6 + norm) * gradients[t]
        yield w


def rmsprop(w: float, gradients: list[float], rates: list[float]) -> Iterator[float]:
    """Tieleman and Hinton (2012): MeanSquare(t) = 0.9 MeanSquare(t-1) + 0.1 g^2."""
    for t, eta in enumerate(rates):
        mean_square = math.fsum(0.1 * 0.9 ** (t - k) * gradients[k] ** 2 for k in range(t + 1))
        w -= eta * gradients[t] / (math.sqrt(mean_square) + 1e-6)
        yield w


def adadelta(w: float, gradients: list[float], rates: list[float]) -> Iterator[float]:
    """Zeiler (2012), algorithm 1, with the means as sums, and a rate before the change."""
    rho, epsilon, changes = 0.9, 1e-4, list[float]()
    for t, eta in enumerate(rates):
        weights = [(1 - rho) * rho ** (t - k) for k in range(t + 1)]
        of_g = math.fsum(a * g**2 for a, g in zip(weights, gradients, strict=False))
        of_x = math.fsum(a * x**2 for a, x in zip(weights, changes, strict=False)) / rho
        changes.append(-math.sqrt(of_x + epsilon) / math.sqrt(of_g + epsilon) * gradients[t])
        w += eta * changes[t]
        yield w


def adam(w: float, gradients: list[float], rates: list[float]) -> Iterator[float]:
    """Kingma and Ba (2015), algorithm 1, line by line."""
    beta1, beta2, epsilon = 0.7, 0.95, 1e-6
    m = v = 0.0
    for t, (g, alpha) in enumerate(zip(gradients, rates, strict=True), start=1):
        m = beta1 * m + (1 - beta1) * g
        v = beta2 * v + (1 - beta2) * g * g
        m_hat = m / (1 - math.pow(beta1, t))
        v_hat = v / (1 - math.pow(beta2, t))
        w = w - alpha * m_hat / (math.sqrt(v_hat) + epsilon)
        yield w


def ng_momentum(w: float, gradients: list[float], rates: list[float]) -> Iterator[float]:
    """Ng (2017): V = beta V + (1 - beta) g, W = W - alpha V, with the sum written out."""
    for t, alpha in enumerate(rates):
        w -= alpha * math.fsum(0.2 * 0.8 ** (t - k) * gradients[k] for k in range(t + 1))
        yield w


def average_nesterov(w: float, gradients: list[float], rates: list[float]) -> Iterator[float]:
    """The look ahead of Bengio and others (2013) along a moving average."""
    for t, alpha in enumerate(rates):
        average = math.fsum(0.2 * 0.8 ** (t - k) * gradients[k] for k in range(t + 1))
        w -= alpha * (gradients[t] + 0.8 * average)
        yield w


def adagrad_inside(w: float, gradients: list[float], rates: list[float]) -> Iterator[float]:
    """The root of the sum of squares and epsilon, as Zhang and others (2023) print it."""
    for t, eta in enumerate(rates):
        w -= eta * gradients[t] / math.sqrt(0.5 + math.fsum(g * g for g in gradients[: t + 1]))
        yield w


def rmsprop_inside(w: float, gradients: list[float], rates: list[float]) -> Iterator[float]:
    """The root of the running mean and epsilon, as Zhang and others (2023) print it."""
    for t, eta in enumerate(rates):
        mean_square = math.fsum(0.1 * 0.9 ** (t - k) * gradients[k] ** 2 for k in range(t + 1))
        w -= eta * gradients[t] / math.sqrt(mean_square + 0.5)
        yield w


def adam_inside(w: float, gradients: list[float], rates: list[float]) -> Iterator[float]:
    """Algorithm 1 of Kingma and Ba with the root of the corrected mean and epsilon."""
    for t, alpha in enumerate(rates, start=1):
        m = math.fsum(0.3 * 0.7 ** (t - 1 - k) * gradients[k] for k in range(t))
        v = math.fsum(0.05 * 0.95 ** (t - 1 - k) * gradients[k] ** 2 for k in range(t))
        w -= alpha * (m / (1 - 0.7**t)) / math.sqrt(v / (1 - 0.95**t) + 0.5)
        yield w


ORACLES: list[tuple[Optimizer, Oracle]] = [
    (GradientDescent(), gradient_descent),
    (Momentum(0.8), goh_momentum),
    (Nesterov(0.8), bengio_nesterov),
    (AdaGrad(epsilon=1e-6), adagrad),
    (RMSProp(epsilon=1e-6), rmsprop),
    (AdaDelta(0.9, 1e-4), adadelta),
    (Adam(0.7, 0.95, 1e-6), adam),
    (Momentum(0.8, average=True), ng_momentum),
    (Nesterov(0.8, average=True), average_nesterov),
    (AdaGrad(epsilon=0.5, epsilon_inside=True), adagrad_inside),
    (RMSProp(epsilon=0.5, epsilon_inside=True), rmsprop_inside),
    (Adam(0.7, 0.95, 0.5, epsilon_inside=True), adam_inside),
]
by_name = pytest.mark.parametrize(
    ("optimizer", "oracle"), ORACLES, ids=[oracle.__name__ for _, oracle in ORACLES]
)
numbers = st.floats(-4, 4).map(lambda g: round(g, 3))


def walk(optimizer: Optimizer, w: float, gradients: list[float], rates: list[float]) -> list[float]:
    """Return the parameter after each step."""
    state = dict.fromkeys(optimizer.state, 0.0)
    walked = []
    for step, (gradient, rate) in enumerate(zip(gradients, rates, strict=True), start=1):
        w = optimizer.updated(w, gradient, rate, state, step)
        walked.append(w)
    return walked


@by_name
@CHECKED
@given(st.lists(st.tuples(numbers, st.floats(0, 2)), min_size=1, max_size=30), numbers)
def test_steps_are_those_of_the_published_equations(
    optimizer: Optimizer, oracle: Oracle, steps: list[tuple[float, float]], w: float
) -> None:
    """Whatever the gradients and learning rates, every step agrees to 1e-12."""
    gradients, rates = [g for g, _ in steps], [eta for _, eta in steps]
    expected = list(oracle(w, gradients, rates))
    assert walk(optimizer, w, gradients, rates) == pytest.approx(expected, rel=1e-12, abs=1e-12)


@by_name
def test_arrays_and_numbers_agree(optimizer: Optimizer, oracle: Oracle) -> None:
    """An array of parameters is updated as each of them would be."""
    rng = np.random.default_rng(5)
    w, gradients = rng.normal(size=4), rng.normal(size=(6, 4))
    state = {name: np.zeros(4) for name in optimizer.state}
    rates = [0.1, 0.1, 0.2, 0.05, 0.1, 0.1]
    now = w
    for step, (gradient, rate) in enumerate(zip(gradients, rates, strict=True), start=1):
        now = optimizer.updated(now, gradient, rate, state, step)
    for n in range(4):
        assert now[n] == pytest.approx(
            walk(optimizer, w[n], gradients[:, n].tolist(), rates)[-1], rel=1e-13
        )


@by_name
def test_training_agrees_with_the_equations(optimizer: Optimizer, oracle: Oracle) -> None:
    """A network of one weight, whose gradient is in closed form, walks as the equations say."""
    # E = 1/2 (3 w - 1)^2, dE/dw = 3 (3 w - 1)
    net = ng.Network.layered(1, 1, weights=0.5, activation="identity")
    history = train(
        net, [3.0], [1.0], learning_rate=0.05, epochs=25, optimizer=optimizer, record="w1.weight"
    )
    gradients: list[float] = []
    w = 0.5
    for _ in range(25):
        gradients.append(3 * (3 * w - 1))
        *_, w = oracle(0.5, gradients, [0.05] * len(gradients))
        assert history["w1.weight"][len(gradients) - 1] == pytest.approx(w, rel=1e-12)


@pytest.mark.parametrize("steps", [1, 5, 40])
def test_momentum_has_both_published_forms(steps: int) -> None:
    """At a constant learning rate it is also Rumelhart, Hinton and Williams (1986), equation 9."""
    gradients = np.random.default_rng(steps).normal(size=steps).tolist()
    change, w = 0.0, 0.25
    for g in gradients:
        change = -0.1 * g + 0.9 * change
        w = w + change
    assert walk(Momentum(), 0.25, gradients, [0.1] * steps)[-1] == pytest.approx(w, rel=1e-12)


def test_nesterov_looks_ahead() -> None:
    """It is Sutskever et al. (2013), equations 3 and 4, seen from the place they look ahead to."""

    def slope(w: float) -> float:
        return 4 * w**3 - w

    mu, epsilon = 0.9, 0.02
    theta, v = 0.8, 0.0
    state, w = {"velocity": 0.0}, 0.8
    for step in range(1, 60):
        v = mu * v - epsilon * slope(theta + mu * v)
        theta = theta + v
        w = Nesterov(mu).updated(w, slope(w), epsilon, state, step)
        assert w == pytest.approx(theta + mu * v, rel=1e-10)


def test_adam_makes_up_for_starting_at_zero() -> None:
    """With equal gradients the corrected means are exact: each step is rate g / (|g| + epsilon)."""
    walked = walk(Adam(), 5.0, [10.0] * 8, [0.1] * 8)
    for t, w in enumerate(walked, start=1):
        assert w == pytest.approx(5.0 - t * 0.1 * 10 / (10 + 1e-8), rel=1e-13)


def test_adam_in_exact_fractions() -> None:
    """Where every root is rational, two steps agree with fractions worked out by hand."""
    # beta1 = beta2 = 1/2 and gradients 3, 0: m = 3/2, 3/4 and v = 9/2, 9/4,
    # corrected m 3, 1 and v 9, 3; so the first step is 1/4 * 3/3 and the second 1/4 * 1/sqrt(3).
    first, second = walk(Adam(0.5, 0.5, 1e-300), 1.0, [3.0, 0.0], [0.25, 0.25])
    assert first == Fraction(3, 4)
    assert second == pytest.approx(0.75 - 0.25 / math.sqrt(3), rel=1e-15)


def test_no_gradient_means_no_change() -> None:
    """A parameter whose gradients were all 0 stays where it is, with every optimiser."""
    for make in OPTIMIZERS.values():
        assert walk(make(), 0.7, [0.0] * 5, [0.1] * 5) == [0.7] * 5


@by_name
def test_optimizers_are_values(optimizer: Optimizer, oracle: Oracle) -> None:
    """An optimiser can be pickled, copied, compared, used as a key, and its repr makes it again."""
    for again in (
        pickle.loads(pickle.dumps(optimizer)),
        copy.deepcopy(optimizer),
        eval(repr(optimizer)),
    ):
        assert type(again) is type(optimizer)
        assert again == optimizer
        assert len({again, optimizer}) == 1
    assert optimizer.source


def test_constants_make_the_difference() -> None:
    """Two optimisers with different constants are different, and constants cannot be changed."""
    assert Momentum(0.5) != Momentum(0.9)
    assert Momentum(0.5) != Nesterov(0.5)
    with pytest.raises(TypeError, match="does not support item assignment"):
        Momentum().constants["momentum"] = 0.5  # type: ignore[index]


def test_the_table_holds_the_usual_constants() -> None:
    """A name gives an optimiser of that name, with the constants its source recommends."""
    for name, make in OPTIMIZERS.items():
        assert get_optimizer(name) == make()
        assert get_optimizer(name).name == name
    assert get_optimizer("adam").constants == {"beta1": 0.9, "beta2": 0.999, "epsilon": 1e-8}
    mine = Momentum(0.5)
    assert get_optimizer(mine) is mine


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("adma", "no optimizer 'adma'; did you mean 'adam'?"),
        ("RMSPorp", "no optimizer 'RMSPorp'; did you mean 'rmsprop'?"),
        ("xyz", "no optimizer 'xyz'; there are gradient_descent, momentum, nesterov, adagrad,"),
    ],
)
def test_unknown_names_are_refused(name: str, message: str) -> None:
    """The nearest name is proposed, and what other libraries call it is understood."""
    with pytest.raises(ng.UnknownNameError) as caught:
        get_optimizer(name)
    assert str(caught.value).startswith(message)


@pytest.mark.parametrize(
    ("text", "name"), [*SYNONYMS.items(), ("Gradient descent", "gradient_descent")]
)
def test_words_of_other_books_name_the_same_row(text: str, name: str) -> None:
    """What others call an optimiser is that optimiser, with any capitals."""
    assert get_optimizer(text.upper()) == OPTIMIZERS[name]()


def test_other_things_are_refused() -> None:
    """A class in place of an object is recognised; a number is not an optimiser."""
    with pytest.raises(ng.InvalidTypeError, match=r"; did you mean Adam\(\)\?"):
        get_optimizer(Adam)  # type: ignore[arg-type]
    with pytest.raises(ng.InvalidTypeError, match=r"by its name or as an object .*, not 3$"):
        get_optimizer(3)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Momentum(1.0), "momentum must be at least 0 and less than 1, not 1.0"),
        (lambda: Nesterov(-0.1), "momentum must be at least 0 and less than 1, not -0.1"),
        (lambda: AdaGrad(-0.5), "epsilon of adagrad must be zero or more, not -0.5"),
        (lambda: RMSProp(decay=1.5), "decay must be at least 0 and less than 1, not 1.5"),
        (lambda: RMSProp(epsilon=-1), "epsilon of rmsprop must be zero or more, not -1.0"),
        (lambda: Adam(beta1=2), "beta1 must be at least 0 and less than 1, not 2.0"),
        (lambda: Adam(beta2=1), "beta2 must be at least 0 and less than 1, not 1.0"),
        (lambda: Adam(epsilon=math.nan), "epsilon of adam must be a finite number, not nan"),
    ],
)
def test_wrong_constants_are_refused(make: Callable[[], Optimizer], message: str) -> None:
    """Each constant says what it must be."""
    with pytest.raises(ng.InvalidValueError, match=message):
        make()
    with pytest.raises(
        ng.InvalidTypeError, match="average of momentum must be True or False, not 1"
    ):
        Momentum(average=1)  # type: ignore[arg-type]
    with pytest.raises(ng.InvalidTypeError, match="momentum must be a number, not 'a'"):
        Momentum("a")  # type: ignore[arg-type]


class Steep(Optimizer):
    """Go faster by a factor."""

    gain: float = 2.0

    row = OptimizerRow(
        "steep",
        "a lesson",
        (("parameter", "parameter - gain * learning_rate * gradient", ""),),
    )


def test_a_class_with_a_row_is_an_optimizer() -> None:
    """Its constants are its parameters and its attributes, in the order in which they stand."""
    names = ["beta1", "beta2", "epsilon", "epsilon_inside", "weight_decay", "biases"]
    assert [*inspect.signature(Adam).parameters] == names
    assert Adam(0.25, epsilon=1).constants == {"beta1": 0.25, "beta2": 0.999, "epsilon": 1.0}
    assert walk(Steep(3), 1.0, [0.5], [0.25]) == [1.0 - 3 * 0.25 * 0.5]
    assert (repr(Steep()), Steep(3).gain, Steep(3) == Steep(3.0)) == ("Steep(gain=2.0)", 3, True)
    assert pickle.loads(pickle.dumps(Steep(3))) == Steep(3) != Steep()


def test_a_constant_without_a_range_is_any_number() -> None:
    """It may be negative; what is no finite number is refused."""
    assert Steep(-1.0).constants == {"gain": -1.0}
    with pytest.raises(
        ng.InvalidValueError, match="gain of steep must be a finite number, not nan"
    ):
        Steep(math.nan)


@pytest.mark.parametrize("optimizer", [Momentum(), GradientDescent(), Optimizer.__new__(Optimizer)])
def test_an_optimizer_does_not_change(optimizer: Optimizer) -> None:
    """Its parts cannot be set."""
    with pytest.raises(FrozenInstanceError, match="cannot assign to field 'name'"):
        optimizer.name = "other"  # type: ignore[misc]


def test_epsilon_0_is_that_of_exercises_by_hand() -> None:
    """Every first step of the table's quotients is the rate, and 0 where the gradient is 0."""
    for make in (AdaGrad, RMSProp, Adam):
        for inside in (False, True):
            optimizer = make(epsilon=0, epsilon_inside=inside)
            first = 0.1 / math.sqrt(0.1) if make is RMSProp else 0.1
            assert walk(optimizer, 1.0, [4.0], [0.1]) == pytest.approx([1.0 - first], rel=1e-15)
            assert walk(optimizer, 1.0, [0.0, 0.0], [0.1, 0.1]) == [1.0, 1.0]


def test_an_option_is_part_of_an_optimizer() -> None:
    """It shows where it is not as usual, is copied, and tells optimisers apart."""
    inside = AdaGrad(epsilon=1.0, epsilon_inside=True)
    assert repr(inside) == "AdaGrad(epsilon=1.0, epsilon_inside=True)"
    assert repr(AdaGrad(epsilon=1.0)) == "AdaGrad(epsilon=1.0)"
    assert inside.options == {"epsilon_inside": True}
    assert pickle.loads(pickle.dumps(inside)) == inside != AdaGrad(epsilon=1.0)


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_every_row_is_public_by_its_class(name: str) -> None:
    """The package has the class under its name, and it makes what the name in its row makes."""
    of = type(get_optimizer(name))
    assert getattr(ng, of.__name__) is of is OPTIMIZERS[name]
    assert of.__name__ in optimizers.__all__
    assert of.__name__ in ng.__all__
    assert of.row.name == name


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_weight_decay_stands_beside_the_rule(name: str) -> None:
    """It takes rate * decay * w from what the rule gives, and nothing from what is remembered."""
    of = OPTIMIZERS[name]
    plain, decaying = of(), of(weight_decay=0.25)
    states: list[dict[str, float]] = [dict.fromkeys(plain.state, 0.5) for _ in range(2)]
    without = plain.updated(2.0, 0.75, 0.125, states[0], step=3)
    with_it = decaying.updated(2.0, 0.75, 0.125, states[1], step=3)
    assert with_it == pytest.approx(without - 0.125 * 0.25 * 2.0, rel=1e-15)
    assert states[0] == states[1]
    assert (of(weight_decay=0.0), of(weight_decay=0.0).rules) == (plain, plain.rules)
    assert repr(decaying).endswith("weight_decay=0.25)")
    assert "weight_decay" not in repr(plain)
    assert pickle.loads(pickle.dumps(decaying)) == decaying != plain
    with pytest.raises(ng.InvalidValueError, match=f"weight_decay of {name} must be .*-1"):
        of(weight_decay=-1.0)


@pytest.mark.parametrize("delta", ["out - target", "target - out"])
@pytest.mark.parametrize("engine", [e for e in ENGINES if e != "jit" or is_installed()])
def test_adam_with_weight_decay_is_adamw(engine: str, delta: str) -> None:
    """Three steps of every engine are those of the paper's algorithm 2; a frozen bias stays."""
    net = ng.Network.layered(1, 2, 1, weights=0.5, bias=0.25, activation="identity")
    net.neuron("h2").trainable = False
    net.delta = delta
    net.train(
        [2.0], [1.0], learning_rate=0.125, epochs=3, engine=engine,
        optimizer=optimizers.Adam(0.5, 0.75, 0.5, weight_decay=0.25),
    )  # fmt: skip
    v, b, w, c = np.full(2, 0.5), np.full(2, 0.25), np.full(2, 0.5), np.array([0.25])
    means = [[np.zeros_like(p), np.zeros_like(p)] for p in (v, b, w, c)]
    for t in (1, 2, 3):
        h = v * 2.0 + b
        error = h @ w + c[0] - 1.0
        gradients = (error * w * 2.0, error * w, error * h, np.array([error]))
        for p, g, (m, s) in zip((v, b, w, c), gradients, means, strict=True):
            m += 0.5 * (g - m)
            s += 0.25 * (g * g - s)
            corrected = m / (1 - 0.5**t), s / (1 - 0.75**t)
            kept = b[1]
            p -= 0.125 * (corrected[0] / (np.sqrt(corrected[1]) + 0.5) + 0.25 * p)
            b[1] = kept
    trained = [net.value(f"w{k}.weight") for k in (1, 2, 3, 4)]
    assert trained == pytest.approx([*v, *w], rel=1e-12)
    biases = [net.value(f"{name}.bias") for name in ("h1", "h2", "o1")]
    assert biases == pytest.approx([b[0], 0.25, c[0]], rel=1e-12)


@pytest.mark.parametrize("delta", ["out - target", "target - out"])
@pytest.mark.parametrize("order", ["simultaneous", "in_place"])
@pytest.mark.parametrize("engine", [e for e in ENGINES if e != "jit" or is_installed()])
def test_weight_decay_may_spare_biases(engine: str, order: str, delta: str) -> None:
    """In every engine biases change as without it, those of a bias neuron too; weights decay."""
    net = ng.Network.layered(2, 3, 1, weights=0.5, bias=0.25, activation="tanh")
    net.add_neuron("b1", kind="bias")
    net.connect("b1", "o1", weight=0.75, label="c")
    net.delta = delta
    optimizer = Adam(0.5, 0.75, 0.5, weight_decay=0.25, biases=False)
    x, t = np.array([[2.0, -1.0], [0.5, 1.5], [1.0, 0.25]]), np.array([[1.0], [-0.5], [0.25]])
    if order == "in_place":
        x, t = x[:1], t[:1]
    net.train(x, t, learning_rate=0.125, epochs=3, engine=engine, order=order, optimizer=optimizer)
    v, b, w, c = np.full((3, 2), 0.5), np.full(3, 0.25), np.full(3, 0.5), np.array([0.25, 0.75])
    means = [[np.zeros_like(p), np.zeros_like(p)] for p in (v, b, w, c)]

    def update(number: int, k: int, p: np.ndarray, g: np.ndarray) -> None:
        m, s = means[k]
        m += 0.5 * (g - m)
        s += 0.25 * (g * g - s)
        corrected = m / (1 - 0.5**number), s / (1 - 0.75**number)
        decay = 0.25 * p if k in (0, 2) else 0.0
        p -= 0.125 * (corrected[0] / (np.sqrt(corrected[1]) + 0.5) + decay)

    for number in (1, 2, 3):
        h = np.tanh(x @ v.T + b)
        out = np.tanh(h @ w + c.sum())
        d = (out - t[:, 0]) * (1 - out**2) / len(x)
        of_w, of_c = d @ h, np.full(2, d.sum())
        if order == "in_place":
            update(number, 2, w, of_w)
        e = np.outer(d, w) * (1 - h**2)
        if order != "in_place":
            update(number, 2, w, of_w)
        update(number, 3, c, of_c)
        update(number, 0, v, e.T @ x)
        update(number, 1, b, e.sum(axis=0))
    trained = [net.value(f"w{k}.weight") for k in range(1, 10)]
    assert trained == pytest.approx([*v.ravel(), *w], rel=1e-11)
    biases = [net.value(f"{name}.bias") for name in ("h1", "h2", "h3", "o1")]
    assert [*biases, net.value("c.weight")] == pytest.approx([*b, *c], rel=1e-11)


def test_biases_that_are_spared_have_an_equation_of_their_own() -> None:
    """The change of a bias has no term of weight decay, that of a weight has, under either sign."""
    net = ng.Network.layered(1, 1, weights=0.5, bias=0.25, activation="identity")
    optimizer = Momentum(0.5, weight_decay=0.25, biases=False)
    for delta in ("out - target", "target - out"):
        net.delta = delta
        net.forward([2.0])
        net.backward([3.0])
        change = ng.explain(net, "o1.bias_change", learning_rate=0.125, optimizer=optimizer)
        assert change.value == pytest.approx(0.125 * 1.75)
        assert "weight_decay" not in change.root.symbolic
        weight = ng.explain(net, "w1.change", learning_rate=0.125, optimizer=optimizer)
        assert weight.value == pytest.approx(0.125 * 3.5 - 0.125 * 0.25 * 0.5)
        assert "weight_decay" in weight.root.symbolic


def test_spared_biases_need_a_weight_decay() -> None:
    """Without one, or as a number, they are refused; another name is that of no option."""
    with pytest.raises(ng.InvalidValueError, match="biases of adam says what its weight_decay is"):
        Adam(biases=False)
    with pytest.raises(ng.InvalidTypeError, match="biases of adam must be True or False, not 0"):
        Adam(weight_decay=0.5, biases=0)  # type: ignore[arg-type]
    spared = Momentum(0.5, weight_decay=0.25, biases=False)
    assert repr(spared) == "Momentum(momentum=0.5, weight_decay=0.25, biases=False)"
    assert pickle.loads(pickle.dumps(spared)) == spared != Momentum(0.5, weight_decay=0.25)


def test_weight_decay_is_explained_as_a_term_of_its_own() -> None:
    """A change has two parts, under either sign of delta."""
    net = ng.Network.layered(1, 1, weights=0.5, activation="identity")
    optimizer = optimizers.GradientDescent(weight_decay=0.25)
    for delta, terms in (
        ("out - target", "-(η*∂E_total/∂w1 + η*weight_decay*w1)"),
        ("target - out", "η*(-∂E_total/∂w1) - η*weight_decay*w1"),
    ):
        net.delta = delta
        net.forward([2.0])
        net.backward([3.0])
        change = ng.explain(net, "w1.change", learning_rate=0.125, optimizer=optimizer)
        assert change.value == pytest.approx(0.125 * 4.0 - 0.125 * 0.25 * 0.5)
        assert change.root.symbolic == f"change_w1 = {terms}"


def rule(text: str) -> Formula:
    """Return a formula in every name that a rule may use, and one it may not."""
    names = ["parameter", "gradient", "learning_rate", "velocity", "momentum", "scale", "step"]
    return Formula(text, names)


def test_an_optimizer_of_your_own() -> None:
    """Formulas are all an optimiser needs: here one whose learning rate falls as 1/step."""
    own = Optimizer(
        "own",
        constants={"momentum": 0.5},
        each_step=(("scale", rule("momentum / step")),),
        rules=(("parameter", rule("parameter - scale * learning_rate * gradient")),),
    )
    assert walk(own, 1.0, [1.0, 1.0], [0.5, 0.5]) == [0.75, 0.625]
    assert repr(own) == "Optimizer('own')"
    assert pickle.loads(pickle.dumps(own)) == own
    assert len({own, pickle.loads(pickle.dumps(own))}) == 1


@pytest.mark.parametrize(
    ("parts", "message"),
    [
        (
            {"rules": (("parameter", rule("parameter - velocity")),)},
            "the formula of 'parameter' uses 'velocity', which is not known there",
        ),
        (
            {"rules": (("velocty", rule("gradient")),), "state": ("velocity",)},
            "no rule changes 'velocity', which is remembered; did you mean 'velocty'?",
        ),
        (
            {"rules": (("velocity", rule("gradient")),), "state": ("velocity",)},
            "no rule changes 'parameter'",
        ),
        (
            {"each_step": (("scale", rule("gradient")),)},
            "the formula of 'scale' uses 'gradient', which is not known there",
        ),
    ],
)
def test_rules_that_cannot_work_are_refused(parts: dict[str, object], message: str) -> None:
    """A rule can only use what it knows and change what is remembered."""
    with pytest.raises(ng.FormulaError) as caught:
        Optimizer("own", **parts)  # type: ignore[arg-type]
    assert str(caught.value).startswith(f"optimizer 'own': {message}")
