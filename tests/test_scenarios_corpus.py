"""Published examples, each printed number beside a calculation in plain Python."""

import csv
import math
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import mpmath
import numpy as np
import pytest

from neurograph.scenario import agrees, find_scenarios, load_scenario

pytestmark = pytest.mark.known_numbers

#: For a run and an address, what it is; for a sample, of that sample.
Numbers = Mapping[tuple[str, str] | tuple[str, str, int], float]


def logistic(net: float) -> float:
    """Return 1 / (1 + e^-net)."""
    return 1 / (1 + math.exp(-net))


def rashid() -> Numbers:
    """Return one weight's update."""
    net = 2.0 * 0.4 + 3.0 * 0.5
    slope = logistic(net) * (1 - logistic(net))
    gradient = -1.5 * slope * 0.4
    up = {
        "w11.weight": 2.0, "w21.weight": 3.0, "j1.out": 0.4, "j2.out": 0.5, "k1.net": net,
        "k1.out": logistic(net), "k1.error": 1.5, "k1.slope": slope, "w11.gradient": gradient,
        "w11.change": -0.1 * gradient,
    }  # fmt: skip
    numbers = {("up", address): value for address, value in up.items()}
    new = 2.0 - 0.1 * gradient
    return numbers | {
        ("up", "w11.weight", 6): new, ("down", "w11.weight"): new,
        ("down", "w11.change"): -0.1 * gradient,
    }  # fmt: skip


def logistic_regression() -> Numbers:
    """Return costs with forty digits, gradients, and a hundred rounds by matrices."""
    inputs, targets = np.array([[1, 3], [2, 4], [-1, -3.2]]), np.array([1.0, 0.0, 1.0])
    numbers: dict[tuple[str, str] | tuple[str, str, int], float] = {}
    for run, size in (("three_samples", 3), ("two_samples", 2)):
        with mpmath.workdps(40):
            nets = [mpmath.mpf(repr(float(a))) + 2 * mpmath.mpf(repr(float(b))) + 2
                    for a, b in inputs[:size]]  # fmt: skip
            costs = [mpmath.log1p(mpmath.exp(net)) - t * net
                     for net, t in zip(nets, targets[:size], strict=True)]  # fmt: skip
            numbers[run, "loss"] = float(sum(costs) / size)
        gradients = slopes(inputs[:size], targets[:size], np.array([1.0, 2.0]), 2.0)
        numbers |= {(run, name): value for name, value in gradients.items()}
    weights, bias = np.array([1.0, 2.0]), 2.0
    for _ in range(100):
        gradients = slopes(inputs, targets, weights, bias)
        weights = weights - 0.009 * np.array([gradients["w1.gradient"], gradients["w2.gradient"]])
        bias -= 0.009 * gradients["a.bias_gradient"]
    last = gradients | {"w1.weight": weights[0], "w2.weight": weights[1], "a.bias": bias}
    return numbers | {("optimize", name): value for name, value in last.items()}


def slopes(
    inputs: np.ndarray, targets: np.ndarray, weights: np.ndarray, bias: float
) -> dict[str, float]:
    """Return the gradients of logistic regression."""
    errors = 1 / (1 + np.exp(-(inputs @ weights + bias))) - targets
    first, second = inputs.T @ errors / len(targets)
    return {"w1.gradient": first, "w2.gradient": second, "a.bias_gradient": errors.mean()}


def time() -> Numbers:
    """Return two steps of a recurrent neuron, forward and back."""
    h1 = math.tanh(0.5)
    h2 = math.tanh(0.1 * h1 + 1.0)
    e1, e2 = 2 * h1 - 1, 2 * h2 - 2
    back2 = 2 * e2 * (1 - h2**2)
    into1 = 2 * e1 + 0.1 * back2
    back1 = into1 * (1 - h1**2)
    values = {
        "h1.net": 0.5, "h1.out": h1, "y1.out": 2 * h1, "u2.message": 0.1 * h1,
        "h2.net": 0.1 * h1 + 1.0, "h2.out": h2, "y2.out": 2 * h2, "y1.loss": e1**2 / 2,
        "y2.loss": e2**2 / 2, "loss": (e1**2 + e2**2) / 2, "y2.delta": e2,
        "o2.error_message": 2 * e2, "h2.slope": 1 - h2**2, "h2.delta": back2,
        "v2.own_gradient": 2 * back2, "u2.own_gradient": back2 * h1,
        "u2.error_message": 0.1 * back2, "h1.out_gradient": into1, "h1.delta": back1,
        "v1.gradient": back1 + 2 * back2, "u2.gradient": back2 * h1,
        "o1.gradient": e1 * h1 + e2 * h2,
    }  # fmt: skip
    return {("unrolled", address): value for address, value in values.items()}


def lstm() -> Numbers:
    """Return three steps of a cell."""
    numbers: dict[tuple[str, str] | tuple[str, str, int], float] = {}
    h = c = 0.0
    for sample, x in enumerate((1, 2, 3), start=1):
        f, i = logistic(0.5 * x + 0.1 * h), logistic(0.6 * x + 0.2 * h)
        g, o = math.tanh(0.7 * x + 0.3 * h), logistic(0.8 * x + 0.4 * h)
        c = f * c + i * g
        h = o * math.tanh(c)
        for name, value in {"f": f, "i": i, "g": g, "c": c, "o": o, "h": h, "y": 4 * h}.items():
            numbers["forward", f"{name}.out", sample] = value
    return numbers


def pooling() -> Numbers:
    """Return a convolution, its largest value, and the gradients by the pixels below it."""
    pixels = np.array([[0.1, 0.5, 0.2], [0.7, 0.3, 0.9], [0.4, 0.8, 0.6]])
    kernel = np.array([[0.2, -0.1], [0.4, 0.3]])
    patches = {f"s{r + 1}{c + 1}": pixels[r : r + 2, c : c + 2] for r in (0, 1) for c in (0, 1)}
    sums = {name: float((patch * kernel).sum()) + 0.1 for name, patch in patches.items()}
    winner = max(sums, key=lambda name: sums[name])
    out = logistic(0.8 * sums[winner])
    delta = (out - 1) * out * (1 - out)
    back = 0.8 * delta
    gradient = (back * patches[winner]).ravel()
    ties = ("a11", "a12", "a21", "a22")
    values = {f"{name}.net": value for name, value in sums.items()}
    values |= {f"{name}.delta": back if name == winner else 0.0 for name in sums}
    values |= {f"{tie}.gradient": g for tie, g in zip(ties, gradient, strict=True)}
    values |= {
        "m.out": sums[winner], "o.net": 0.8 * sums[winner], "o.out": out,
        "loss": (out - 1) ** 2 / 2, "o.delta": delta, "w.gradient": delta * sums[winner],
        "s11.bias_gradient": back, "w.weight": 0.8 - 0.5 * delta * sums[winner],
        "a11.weight": 0.2 - 0.5 * gradient[0],
    }  # fmt: skip
    return {("by_hand", address): value for address, value in values.items()}


def chain() -> Numbers:
    """Return outs and deltas of five neurons in a chain, with forty digits."""
    numbers: dict[tuple[str, str] | tuple[str, str, int], float] = {}
    with mpmath.workdps(40):
        for weight in (1, 8):
            outs = [mpmath.mpf(1)]
            for _ in range(5):
                outs.append(1 / (1 + mpmath.exp(-weight * outs[-1])))
            delta = outs[5] * outs[5] * (1 - outs[5])
            for number in range(5, 0, -1):
                run = f"weights_of_{weight}"
                numbers[run, f"n{number}.out"] = float(outs[number])
                numbers[run, f"n{number}.delta"] = float(delta)
                before = outs[number - 1]
                delta = delta * weight * before * (1 - before)
    return numbers


def mitchell() -> Numbers:
    """Return the book's rule on two examples: deltas with its sign, changes added."""
    weights = dict.fromkeys(("w_ca", "w_cb", "c", "w_dc", "d"), 0.1)
    changes = dict.fromkeys(weights, 0.0)
    numbers: dict[tuple[str, str] | tuple[str, str, int], float] = {
        ("first_example", _parameter(name)): 0.1 for name in weights
    }
    for count, (a, b, t) in enumerate(((1, 0, 1), (0, 1, 0)), start=1):
        c = logistic(weights["w_ca"] * a + weights["w_cb"] * b + weights["c"])
        d = logistic(weights["w_dc"] * c + weights["d"])
        error_d = d * (1 - d) * (t - d)
        error_c = c * (1 - c) * weights["w_dc"] * error_d
        terms = {"w_ca": error_c * a, "w_cb": error_c * b, "c": error_c, "w_dc": error_d * c,
                 "d": error_d}  # fmt: skip
        for name in weights:
            changes[name] = 0.3 * terms[name] + 0.9 * changes[name]
            weights[name] += changes[name]
        if count == 1:
            numbers |= {("first_example", "c.out"): c, ("first_example", "d.out"): d,
                        ("first_example", "c.delta"): -error_c,
                        ("first_example", "d.delta"): -error_d}  # fmt: skip
        for name, value in weights.items():
            address = _parameter(name)
            key = ("first_example", address, 5) if count == 1 else ("both_examples", address)
            numbers[key] = value
    return numbers


def _parameter(name: str) -> str:
    return f"{name}.weight" if name.startswith("w_") else f"{name}.bias"


def optimizers() -> Numbers:
    """Return where twenty steps on 0.1 x1^2 + 2 x2^2 end, with the book's own updates."""
    rules: dict[str, tuple[float, Callable[[float, float], tuple[float, float]]]] = {
        "descent": (0.4, lambda g, s: (g, s)),
        "descent_too_far": (0.6, lambda g, s: (g, s)),
        "momentum": (0.6, lambda g, s: (0.5 * s + g,) * 2),
        "less_momentum": (0.6, lambda g, s: (0.25 * s + g,) * 2),
        "adagrad": (0.4, lambda g, s: (g / math.sqrt(s + g * g + 1e-6), s + g * g)),
        "adagrad_faster": (2, lambda g, s: (g / math.sqrt(s + g * g + 1e-6), s + g * g)),
        "rmsprop": (0.4, _leaky),
    }
    numbers = {}
    for run, (rate, rule) in rules.items():
        for name, start, slope in (("x1", -5.0, 0.2), ("x2", -2.0, 4.0)):
            x, state = start, 0.0
            for _ in range(20):
                step, state = rule(slope * x, state)
                x -= rate * step
            numbers[run, f"{name}.weight"] = x
    return numbers


def _leaky(gradient: float, state: float) -> tuple[float, float]:
    state = 0.9 * state + 0.1 * gradient**2
    return gradient / math.sqrt(state + 1e-6), state


def bipolar() -> Numbers:
    """Return the delta rule as it is written: rate, error, slope and input."""
    weights = np.array([1.0, -1.0, 1.0, 2.0])
    numbers: dict[tuple[str, str] | tuple[str, str, int], float] = {}
    for run, pattern, wanted in (
        ("first_pattern", [1, -1, 0, 1], 1), ("both_patterns", [-1, -2, 1, 0], -1)
    ):  # fmt: skip
        net = float(weights @ pattern)
        out = 2 / (1 + math.exp(-net)) - 1
        slope = (1 - out**2) / 2
        change = 0.2 * (wanted - out) * slope * np.array(pattern)
        weights = weights + change
        numbers |= {(run, "o.net"): net, (run, "o.out"): out, (run, "o.error"): wanted - out,
                    (run, "o.slope"): slope, (run, "w1.change"): change[0]}  # fmt: skip
        numbers |= {(run, f"w{n}.weight"): w for n, w in enumerate(weights.tolist(), start=1)}
    return numbers


def housing(less: int) -> Numbers:
    """Return thetas by matrices: 400 rounds, and the least squares."""
    path = find_scenarios()["ng_2011_housing_numpy"].parent / "data" / "portland_houses.csv"
    lines = [line for line in path.read_text("utf-8").splitlines() if line[0] != "#"]
    table = np.array([list(map(float, row)) for row in list(csv.reader(lines))[1:]])
    houses = (table[:, :2] - table[:, :2].mean(axis=0)) / table[:, :2].std(axis=0, ddof=less)
    design, prices = np.column_stack([np.ones(len(houses)), houses]), table[:, 2]
    thetas = np.zeros(3)
    for _ in range(400):
        thetas = thetas - 0.01 / len(prices) * (design.T @ (design @ thetas - prices))
    best = np.linalg.lstsq(design, prices)[0]
    names = ("price.bias", "theta_1.weight", "theta_2.weight")
    numbers = {("rounds_400", name): value for name, value in zip(names, thetas, strict=True)}
    numbers |= {("converged", name): value for name, value in zip(names, best, strict=True)}
    return numbers | {("rounds_400", "loss"): float((prices**2).mean() / 2)}


def perceptron() -> Numbers:
    """Return sixteen examples under the rule: rate, error, input."""
    weights = [0.0, 0.0, 0.0]
    numbers: dict[tuple[str, str] | tuple[str, str, int], float] = {}
    examples = [((0, 0, -1), 0), ((0, 1, -1), 1), ((1, 0, -1), 1), ((1, 1, -1), 1)] * 4
    for step, (example, wanted) in enumerate(examples, start=1):
        net = sum(w * x for w, x in zip(weights, example, strict=True))
        error = wanted - (net >= 0)
        weights = [w + 0.5 * error * x for w, x in zip(weights, example, strict=True)]
        run = "example_by_example"
        numbers |= {(run, "y.net", step): net, (run, "y.out", step): float(net >= 0),
                    (run, "y.delta", step): error}  # fmt: skip
        numbers |= {(run, f"w{n}.weight", step): w for n, w in enumerate(weights, start=1)}
    numbers |= {("four_epochs", f"w{n}.weight"): w for n, w in enumerate(weights, start=1)}
    return numbers | {("four_epochs", "y.out", n): examples[n - 1][1] for n in (1, 2, 3, 4)}


def cost_function() -> Numbers:
    """Return cost and gradients by matrices, the parameters filled in column by column."""
    values = np.arange(1, 19) / 10
    first, second = values[:6].reshape(2, 3, order="F"), values[6:].reshape(4, 3, order="F")
    inputs = np.column_stack([np.ones(3), np.cos([[1, 2], [3, 4], [5, 6]])])
    wanted = np.eye(4)[[3, 1, 2]]
    hidden = np.column_stack([np.ones(3), 1 / (1 + np.exp(-inputs @ first.T))])
    outs = 1 / (1 + np.exp(-hidden @ second.T))
    cost = -(wanted * np.log(outs) + (1 - wanted) * np.log(1 - outs)).sum() / 3
    errors = outs - wanted
    back = errors @ second[:, 1:] * hidden[:, 1:] * (1 - hidden[:, 1:])
    numbers: dict[tuple[str, str] | tuple[str, str, int], float] = {}
    for penalty in (0, 3, 4):
        run = f"lambda_{penalty}"
        squares = (first[:, 1:] ** 2).sum() + (second[:, 1:] ** 2).sum()
        numbers[run, "loss"] = cost + penalty / 6 * squares
        layers = (("x", "h", first, back.T @ inputs), ("h", "o", second, errors.T @ hidden))
        for pre, post, weights, gradients in layers:
            for (row, column), gradient in np.ndenumerate(gradients / 3):
                name = f"{pre}{column}->{post}{row + 1}.gradient"
                bias = f"{post}{row + 1}.bias_gradient"
                added = penalty / 3 * weights[row, column] if column else 0.0
                numbers[run, name if column else bias] = gradient + added
    return numbers


EXAMPLES: dict[str, Callable[[], Numbers]] = {
    "rashid_2016_weight_update": rashid,
    "ng_2017_logistic_regression": logistic_regression,
    "prachub_undated_time": time,
    "yasmeen_akl_undated_lstm_cell": lstm,
    "neurograph_undated_max_pooling": pooling,
    "neurograph_undated_vanishing_gradient": chain,
    "mitchell_1997_exercise_4_7": mitchell,
    "zhang_2023_optimizers": optimizers,
    "studyx_undated_bipolar_delta_rule": bipolar,
    "cornell_2004_perceptron_or": perceptron,
    "ng_2011_cost_function": cost_function,
    "ng_2011_housing_numpy": lambda: housing(0),
    "ng_2011_housing_octave": lambda: housing(1),
}


def printed(name: str) -> Iterator[tuple[tuple[str, str], int, int | None, str]]:
    """Yield of each printed value its run and address, its step, its sample and what is right."""
    for run in load_scenario(name).runs:
        for step, place in enumerate(run.steps, start=1):
            for value in place.printed:
                right = str(value.correct or value.value)
                yield (run.name, value.address), step, value.sample, right


@pytest.mark.parametrize("name", EXAMPLES)
def test_printed_numbers_are_those_of_plain_python(name: str) -> None:
    """Every number of the file, or of an erratum the right one, follows by hand."""
    numbers = EXAMPLES[name]()
    for key, step, sample, right in printed(name):
        # A number that changes in a run goes by its step too, and one of a batch by its sample.
        choices = [(*key, sample or 0), (*key, step), key]
        (number, *_) = [numbers[choice] for choice in choices if choice in numbers]
        assert agrees(number, right), (key, step, number, right)


@pytest.mark.parametrize("name", EXAMPLES)
def test_an_example_says_where_it_is_from(name: str) -> None:
    """Title, author and place; a year, or that there is none; what is ours says so."""
    scenario = load_scenario(name)
    assert scenario.title
    assert scenario.author
    assert scenario.description
    assert scenario.tags
    assert scenario.year or "undated" in scenario.source
    for run in scenario.runs:
        for step in run.steps:
            assert all(value.place or step.place for value in step.printed)


def test_the_cost_of_the_course_loses_its_last_digits() -> None:
    """NumPy's log(1 - a) gives what the course prints, digit for digit."""
    outs = 1 / (1 + np.exp(-np.array([9.0, 12.0, -5.4])))
    targets = np.array([1, 0, 1])
    cost = -(targets * np.log(outs) + (1 - targets) * np.log(1 - outs)).mean()
    assert math.isclose(cost, 5.801545319394553, rel_tol=1e-15)


def test_the_table_of_houses_is_whole() -> None:
    """47 houses with the means that the course's own data have."""
    path = Path(find_scenarios()["ng_2011_housing_numpy"]).parent / "data" / "portland_houses.csv"
    table = np.loadtxt(path, delimiter=",", skiprows=3)
    assert table.shape == (47, 3)
    assert table.mean(axis=0) == pytest.approx([2000.680851, 3.170213, 340412.659574], rel=1e-7)
