"""The scenarios after Packt's article, against closed forms, Newton's method and NumPy loops."""

import csv
import tomllib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from printed_values import Oracle, compare

import neurograph as ng
from neurograph.scenario import Scenario, play

pytestmark = pytest.mark.known_numbers

FOLDER = Path(__file__).parent.parent / "scenarios"
STEMS = (
    "linear_regression",
    "logistic_regression",
    "softmax",
    "deep_network",
    "batches",
)
Array = NDArray[np.float64]


def scenario_of(topic: str) -> Scenario:
    """Return one of the five scenarios."""
    return ng.load_scenario(FOLDER / f"spacagna_2017_{topic}.toml")


def table(name: str) -> tuple[list[str], list[list[str]]]:
    """Return the header and the rows of a data file, as text."""
    with (FOLDER / "data" / name).open(encoding="utf-8", newline="") as file:
        header, *rows = csv.reader(file)
    return header, rows


def iris() -> tuple[Array, Array]:
    """Return the 150 rows of four centimetres, and the number of each kind, 0 to 2."""
    kinds = ["setosa", "versicolor", "virginica"]
    _, rows = table("iris.csv")
    return (
        np.array([[float(text) for text in row[:4]] for row in rows]),
        np.array([float(kinds.index(row[4])) for row in rows]),
    )


def forbes() -> tuple[Array, Array]:
    """Return boiling points and pressures."""
    _, rows = table("forbes_1857.csv")
    points = np.array([[float(text) for text in row] for row in rows])
    return points[:, 0], points[:, 1]


def standard(columns: Array) -> Array:
    """Return columns in standard units, with a column of ones for the bias."""
    units = (columns - columns.mean(axis=0)) / columns.std(axis=0)
    return np.column_stack([units, np.ones(len(columns))])


# -- the data ------------------------------------------------------------------------------------


def test_iris_is_fishers() -> None:
    """Fifty rows of each kind, their known means, and rows 35 and 38 as the paper has them."""
    header, rows = table("iris.csv")
    assert header == ["sepal_length", "sepal_width", "petal_length", "petal_width", "species"]
    assert [row[4] for row in rows] == ["setosa"] * 50 + ["versicolor"] * 50 + ["virginica"] * 50
    assert rows[34] == ["4.9", "3.1", "1.5", "0.2", "setosa"]
    assert rows[37] == ["4.9", "3.6", "1.4", "0.1", "setosa"]
    centimetres, kinds = iris()
    # As every account of these data since Fisher (1936) gives them.
    means = {
        0: [5.006, 3.428, 1.462, 0.246],
        1: [5.936, 2.770, 4.260, 1.326],
        2: [6.588, 2.974, 5.552, 2.026],
    }
    for kind, expected in means.items():
        found = centimetres[kinds == kind].mean(axis=0)
        np.testing.assert_allclose(found, expected, rtol=0, atol=1e-12)


def test_forbes_has_the_known_least_squares() -> None:
    """The line through Forbes's 17 points is the one that the literature gives."""
    header, _ = table("forbes_1857.csv")
    assert header == ["boiling_point", "pressure"]
    degrees, inches = forbes()
    assert len(degrees) == 17
    slope, intercept = np.polyfit(degrees, inches, 1)
    residuals = inches - (slope * degrees + intercept)
    assert (round(slope, 4), round(intercept, 3)) == (0.5229, -81.064)
    assert round(1 - residuals.var() / inches.var(), 4) == 0.9944
    assert (residuals.argmax() + 1, round(residuals.max(), 2)) == (12, 0.65)


# -- linear regression ---------------------------------------------------------------------------


def least_squares() -> tuple[Array, Array, Array]:
    """Return inputs in standard units, targets, and weight and bias of the least squares."""
    degrees, inches = forbes()
    x = standard(degrees[:, None])
    return x, inches, np.linalg.lstsq(x, inches, rcond=None)[0]


def linear_oracle() -> Oracle:
    """Return the closed forms of the least squares and of the path that leads there."""
    x, t, best = least_squares()
    # The second derivatives are 1, so each round removes the part l = 0.1 of the distance.
    after_20 = (1 - 0.9**20) * best
    outs = x @ best
    oracle: Oracle = {
        ("descent", 2, "loss", None): (t**2).mean() / 2,
        ("descent", 9, "loss", None): ((t - outs) ** 2).mean() / 2,
        ("descent", 9, "y.out", 1): outs[0],
        ("descent", 9, "y.out", 12): outs[11],
        ("with_the_2", 2, "loss", None): (t**2).mean(),
    }
    for address, gradient, k in (("w.weight", "w.gradient", 0), ("y.bias", "y.bias_gradient", 1)):
        oracle["descent", 3, gradient, None] = -best[k]
        oracle["descent", 5, address, None] = 0.1 * best[k]
        oracle["descent", 6, address, None] = after_20[k]
        oracle["descent", 9, address, None] = best[k]
        oracle["with_the_2", 3, address, None] = after_20[k]
    return oracle


def test_gradient_descent_ends_at_the_least_squares() -> None:
    """Start, path and end of the descent are those of the closed forms."""
    # 0.9^320 of the distance, 25, is left: 6e-14; and rounding.
    compare(scenario_of("linear_regression"), linear_oracle(), tolerance=1e-12)


def test_the_line_in_degrees_and_inches() -> None:
    """Translated back from standard units, the learned line is that of the literature."""
    scenario = scenario_of("linear_regression")
    *_, (_, net) = play(scenario, scenario.run("descent"))
    degrees, _ = forbes()
    slope = net.value("w.weight") / degrees.std()
    intercept = net.value("y.bias") - slope * degrees.mean()
    assert (round(slope, 4), round(intercept, 3)) == (0.5229, -81.064)


# -- full batch, online, mini-batch --------------------------------------------------------------


_WAYS = ("full_batch", "online", "mini_batch")


def batches_oracle() -> Oracle:
    """Return where plain loops over batches of rows lead."""
    x, t, _ = least_squares()
    oracle: Oracle = {}
    for run, size, rate, stops in (
        ("full_batch", 17, 0.1, {1: 1, 100: 2}),
        ("online", 1, 0.1, {1: 1, 100: 2}),
        ("mini_batch", 5, 0.1, {1: 1, 100: 2}),
        ("online_slower", 1, 0.01, {300: 1}),
    ):
        w = np.zeros(2)
        for number in range(1, max(stops) + 1):
            for first in range(0, 17, size):
                rows, wanted = x[first : first + size], t[first : first + size]
                w = w - rate * rows.T @ (rows @ w - wanted) / len(rows)
            if number in stops:
                oracle[run, stops[number], "w.weight", None] = w[0]
                oracle[run, stops[number], "y.bias", None] = w[1]
        oracle[run, max(stops.values()) + 2, "loss", None] = ((t - x @ w) ** 2).mean() / 2
    return oracle


def test_full_batch_online_and_mini_batch() -> None:
    """Each way of batching leads where a plain loop leads."""
    compare(scenario_of("batches"), batches_oracle(), tolerance=1e-12)


def test_only_the_full_batch_arrives() -> None:
    """The full batch ends nearest to the least squares, and online is the first to be near."""
    x, t, best = least_squares()
    bound = ((t - x @ best) ** 2).mean() / 2
    oracle = batches_oracle()
    first = {run: abs(oracle[run, 1, "y.bias", None] - best[1]) for run in _WAYS}
    last = {run: oracle[run, 4, "loss", None] - bound for run in _WAYS}
    assert min(first, key=first.__getitem__) == "online"
    assert min(last, key=last.__getitem__) == "full_batch"
    assert last["full_batch"] < 1e-6 < oracle["online_slower", 3, "loss", None] - bound
    assert last["online"] > 1e-3
    assert last["mini_batch"] > 1e-3


def test_the_shuffled_path_ends_in_the_cloud() -> None:
    """In random order the path ends near the minimum, the same with the same seed."""
    scenario = scenario_of("batches")
    _, _, best = least_squares()
    ends = []
    for _ in range(2):
        *_, (_, net) = play(scenario, scenario.run("shuffled"))
        ends.append([net.value("w.weight"), net.value("y.bias")])
    assert ends[0] == ends[1]
    assert 0 < np.abs(np.array(ends[0]) - best).max() < 0.1


# -- logistic regression -------------------------------------------------------------------------


def logistic(net: Any) -> Any:
    """Return 1 / (1 + exp(-net))."""
    return 1 / (1 + np.exp(-net))


def newton(x: Array, t: Array) -> Array:
    """Return the weights of greatest likelihood, by iteratively reweighted least squares."""
    w = np.zeros(x.shape[1])
    for _ in range(20):
        y = logistic(x @ w)
        w = w - np.linalg.solve(x.T @ (x * (y * (1 - y))[:, None]), x.T @ (y - t))
    return w


def two_kinds() -> tuple[Array, Array]:
    """Return the petals of versicolor (0) and virginica (1) in standard units."""
    centimetres, kinds = iris()
    return standard(centimetres[50:, 2:]), (kinds[50:] == 2).astype(float)


def likelihood_loss(x: Array, t: Array, w: Array) -> float:
    """Return the mean of -ln P(t)."""
    return float(-np.log(np.where(t == 1, logistic(x @ w), logistic(-(x @ w)))).mean())


def logistic_oracle() -> Oracle:
    """Return the start by hand, and the end by Newton's method."""
    x, t = two_kinds()
    w = newton(x, t)
    outs = logistic(x @ w)
    start = x.T @ (0.5 - t) / 100
    oracle: Oracle = {
        ("descent", 2, "loss", None): np.log(2),
        ("descent", 3, "w1.gradient", None): start[0],
        ("descent", 3, "w2.gradient", None): start[1],
        ("descent", 3, "y.bias_gradient", None): start[2],
        ("descent", 7, "w1.weight", None): w[0],
        ("descent", 7, "w2.weight", None): w[1],
        ("descent", 7, "y.bias", None): w[2],
        ("descent", 7, "loss", None): likelihood_loss(x, t, w),
        ("descent", 8, "w1.gradient", None): 0.0,
        ("descent", 8, "w2.gradient", None): 0.0,
    }
    oracle |= {("descent", 7, "y.out", row): outs[row - 1] for row in (1, 21, 100)}
    oracle |= {("descent", 8, "y.delta", row): outs[row - 1] - t[row - 1] for row in (21, 100)}
    return oracle


def test_logistic_regression_agrees_with_newtons_method() -> None:
    """Gradient descent ends where iteratively reweighted least squares ends."""
    # The flattest direction shrinks by 1 - 4 * 0.00267 each round: by 2e-12 in 2,500 rounds.
    compare(scenario_of("logistic_regression"), logistic_oracle(), tolerance=2e-11)


def test_what_the_description_says_of_logistic_regression() -> None:
    """Weights in centimetres, flatness and the flowers on the wrong side are as described."""
    x, t = two_kinds()
    w = newton(x, t)
    y = logistic(x @ w)
    curvatures = np.linalg.eigvalsh(x.T @ (x * (y * (1 - y))[:, None]) / 100)
    assert round(curvatures[-1] / curvatures[0]) == 11
    # y (1 - y) is 1/4 at most.
    assert np.linalg.eigvalsh(x.T @ x / 400)[-1] < 0.456
    assert np.count_nonzero((y > 0.5) != (t == 1)) == 6
    petals = iris()[0][50:, 2:]
    weights = w[:2] / petals.std(axis=0)
    assert weights.round(4).tolist() == [5.7545, 10.4467]
    assert round(w[2] - weights @ petals.mean(axis=0), 3) == -45.272
    assert petals.mean(axis=0).round(3).tolist() == [4.906, 1.676]
    assert petals.std(axis=0).round(5).tolist() == [0.82144, 0.42264]


# -- softmax -------------------------------------------------------------------------------------


def softmax_path(rounds: int) -> Iterator[tuple[Array, Array, float]]:
    """Yield weights (inputs and bias, by kind), gradient and loss of each round, from zero."""
    centimetres, kinds = iris()
    x, t = standard(centimetres[:, 2:]), np.eye(3)[kinds.astype(int)]
    w = np.zeros((3, 3))
    for _ in range(rounds + 1):
        odds = np.exp(x @ w)
        y = odds / odds.sum(axis=1, keepdims=True)
        gradient = x.T @ (y - t) / 150
        yield w, gradient, float(-np.log((y * t).sum(axis=1)).mean())
        w = w - gradient


def softmax_oracle() -> Oracle:
    """Return the start by hand, and where matrix products lead in 500 and 2,000 rounds."""
    path = list(softmax_path(2000))
    _, start, first = path[0]
    kinds = ("setosa", "versicolor", "virginica")
    oracle: Oracle = {
        ("descent", 1, "setosa.out", 1): 1 / 3,
        ("descent", 2, "loss", None): first,
        ("descent", 3, "setosa.delta", 1): 1 / 3 - 1,
        ("descent", 3, "versicolor.delta", 1): 1 / 3,
        ("descent", 3, "virginica.delta", 1): 1 / 3,
        ("descent", 3, "length->setosa.gradient", None): start[0, 0],
        ("descent", 3, "width->virginica.gradient", None): start[1, 2],
        ("descent", 7, "loss", None): path[500][2],
        ("descent", 10, "loss", None): path[2000][2],
    }
    for k, kind in enumerate(kinds):
        for row, address in enumerate(
            (f"length->{kind}.weight", f"width->{kind}.weight", f"{kind}.bias")
        ):
            oracle["descent", 7, address, None] = path[500][0][row, k]
    return oracle


def test_softmax_and_cross_entropy() -> None:
    """Start and path of three classes are those of the matrix products."""
    compare(scenario_of("softmax"), softmax_oracle(), tolerance=1e-11)


def test_the_bound_that_three_classes_approach() -> None:
    """The loss stays above two thirds of that of the two kinds that overlap, and falls to it."""
    x, t = two_kinds()
    bound = 2 / 3 * likelihood_loss(x, t, newton(x, t))
    assert round(bound, 6) == 0.068545
    losses = np.array([loss for _, _, loss in softmax_path(2000)])
    assert np.all(np.diff(losses) < 0)
    assert bound < losses[-1] < bound + 0.003
    centimetres, kinds = iris()
    # Setosa can be cut off by a line: length + 2 width is below 4 for it alone.
    mixed = centimetres[:, 2] + 2 * centimetres[:, 3]
    assert np.array_equal(mixed < 4, kinds == 0)


# -- a deep network ------------------------------------------------------------------------------


def file_layers() -> list[dict[str, Any]]:
    """Return the layers of the file as they stand there, read without neurograph."""
    text = (FOLDER / "spacagna_2017_deep_network.toml").read_text(encoding="utf-8")
    layers: list[dict[str, Any]] = tomllib.loads(text)["network"]["layers"]
    return layers


class Deep:
    """The network as matrices: J and the two recursive equations."""

    def __init__(self) -> None:
        layers = file_layers()
        self.names = [layer["names"] for layer in layers]
        self.w = [np.array(layer["weights"]) for layer in layers[1:]]
        self.b = [np.array(layer["bias"]) for layer in layers[1:]]
        self.f: list[Callable[[Any], Any]] = [np.tanh, np.tanh, logistic]
        self.slopes: list[Callable[[Any], Any]] = [lambda y: 1 - y**2] * 2 + [lambda y: y - y**2]

    def forward(self, x: Array) -> None:
        """Compute y of every layer, for rows of samples."""
        self.y = [x]
        for f, w, b in zip(self.f, self.w, self.b, strict=True):
            self.y.append(f(self.y[-1] @ w.T + b))

    def loss(self, t: Array) -> Any:
        """Return the mean over samples of 1/2 sum (y - t)^2."""
        return ((self.y[-1] - t) ** 2).sum(axis=1).mean() / 2

    def backward(self, t: Array) -> None:
        """Compute dJ/dy and delta, from the last layer to the first."""
        self.out_gradient, self.delta = [self.y[-1] - t], []
        for slope, y, w in zip(self.slopes[::-1], self.y[:0:-1], self.w[::-1], strict=True):
            self.delta.insert(0, self.out_gradient[0] * slope(y))
            self.out_gradient.insert(0, self.delta[0] @ w)

    def update(self, rate: float) -> None:
        """Change all weights together."""
        for k, delta in enumerate(self.delta):
            self.w[k] = self.w[k] - rate * delta.T @ self.y[k] / len(delta)
            self.b[k] = self.b[k] - rate * delta.mean(axis=0)

    def values(self) -> dict[str, float]:
        """Return every quantity of a single sample by its address."""
        found: dict[str, float] = {}
        for k, names in enumerate(self.names):
            for j, name in enumerate(names):
                found[f"{name}.out"] = self.y[k][0, j]
                found[f"{name}.out_gradient"] = self.out_gradient[k][0, j]
                if k:
                    delta = found[f"{name}.delta"] = self.delta[k - 1][0, j]
                    found[f"{name}.bias_gradient"] = delta
                    for i, pre in enumerate(self.names[k - 1]):
                        found[f"{pre}->{name}.gradient"] = delta * self.y[k - 1][0, i]
        return found


def all_flowers() -> tuple[Array, Array]:
    """Return four columns in standard units, and 1 for the kind of each flower."""
    centimetres, kinds = iris()
    return standard(centimetres)[:, :4], np.eye(3)[kinds.astype(int)]


def test_the_two_recursive_equations() -> None:
    """Every value of one sample is that of the matrices, and the trained weights too."""
    x, t = all_flowers()
    deep = Deep()
    deep.forward(x[70:71])
    deep.backward(t[70:71])
    values = deep.values()
    scenario = scenario_of("deep_network")
    run = scenario.run("two_equations")
    oracle: Oracle = {
        (run.name, number, printed.address, None): values[printed.address]
        for number, step in enumerate(run.steps, start=1)
        for printed in step.printed
    }
    for number in range(1, 301):
        deep.forward(x)
        deep.backward(t)
        deep.update(1.0)
        if number in (1, 300):
            step = 1 if number == 1 else 4
            oracle["training", step, "sepal_length->h1.weight", None] = deep.w[0][0, 0]
    deep.forward(x)
    oracle["training", 4, "loss", None] = deep.loss(t)
    # 300 rounds multiply rounding errors of 1e-16, on a surface that is not convex.
    compare(scenario, oracle, tolerance=1e-11)
    wrong = deep.y[-1].argmax(axis=1) != t.argmax(axis=1)
    assert np.count_nonzero(wrong) == 2


def test_the_deep_network_as_a_whole() -> None:
    """Not the printed values alone: all outs, deltas and gradients are those of the matrices."""
    x, t = all_flowers()
    deep = Deep()
    deep.forward(x[70:71])
    deep.backward(t[70:71])
    scenario = scenario_of("deep_network")
    nets = [net for _, net in play(scenario, scenario.run("two_equations"))]
    for address, value in deep.values().items():
        assert nets[-1].value(address) == pytest.approx(value, rel=1e-12, abs=1e-15), address


def test_the_matrices_against_differences() -> None:
    """The two equations themselves agree with central differences of J."""
    x, t = all_flowers()
    deep = Deep()
    deep.forward(x)
    deep.backward(t)
    for k, (row, column) in ((0, (2, 3)), (1, (0, 4)), (2, (1, 2))):
        gradient = (deep.delta[k].T @ deep.y[k] / 150)[row, column]
        heights = []
        for change in (1e-5, -1e-5):
            moved = Deep()
            moved.w[k][row, column] += change
            moved.forward(x)
            heights.append(moved.loss(t))
        # Rounding of J, 0.4, over the width 2e-5, and a third derivative of order 1.
        assert (heights[0] - heights[1]) / 2e-5 == pytest.approx(gradient, abs=1e-10)


# -- all five ------------------------------------------------------------------------------------


@pytest.mark.parametrize("topic", STEMS)
def test_facts_of_the_source(topic: str) -> None:
    """Each file names authors, year and figures, and where each of its values comes from."""
    scenario = scenario_of(topic)
    assert scenario.year == 2017
    assert scenario.author.startswith("Gianmario Spacagna")
    assert scenario.figures
    places = [one.place for run in scenario.runs for step in run.steps for one in step.printed]
    origins = ("by hand", "closed form", "NumPy", "independent solver", "delta = y - t")
    assert all(place and place.startswith(origins) for place in places)
