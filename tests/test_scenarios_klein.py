"""The scenarios after python-course.eu, against the formulas of the text written out by hand."""

import math
import tomllib
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from printed_values import Oracle, compare, rounded

import neurograph as ng
from neurograph.scenario import Scenario, play, run_scenario

pytestmark = pytest.mark.known_numbers

FOLDER = Path(__file__).parent.parent / "scenarios"
STEMS = ("mountain", "linear_network", "logistic_derivation")


def scenario_of(topic: str) -> Scenario:
    """Return one of the three scenarios."""
    return ng.load_scenario(FOLDER / f"klein_undated_{topic}.toml")


# -- the mountain --------------------------------------------------------------------------------

LOW, HIGH = -2.0, 3.5
N_GRID = 110_003


def height(w: Any) -> Any:
    """Return the loss over the weight: the mean of 1/2 (t - sin(w x))^2 of both samples."""
    return ((0.6 - np.sin(w)) ** 2 + (-0.96 - np.sin(2 * w)) ** 2) / 4


def steepness(w: Any) -> Any:
    """Return its derivative, by hand."""
    first = (np.sin(w) - 0.6) * np.cos(w)
    second = (np.sin(2 * w) + 0.96) * 2 * np.cos(2 * w)
    return (first + second) / 2


def bisected(function: Callable[[float], float], low: float, high: float) -> float:
    """Return where a function changes its sign."""
    rising = function(low) < 0
    for _ in range(80):
        middle = (low + high) / 2
        if (function(middle) < 0) == rising:
            low = middle
        else:
            high = middle
    return (low + high) / 2


def turning_points() -> list[tuple[str, float]]:
    """Return every minimum and maximum in the range, from the sign changes on a dense grid."""
    grid = np.linspace(LOW, HIGH, N_GRID)
    signs = np.sign(steepness(grid))
    assert signs.all()
    return [
        ("minimum" if signs[k] < 0 else "maximum", bisected(steepness, grid[k], grid[k + 1]))
        for k in np.flatnonzero(np.diff(signs))
    ]


def test_the_derivative_by_hand_is_that_of_the_height() -> None:
    """Complex-step differentiation of the height agrees with the derivative written by hand."""
    grid = np.linspace(LOW, HIGH, 1001)
    exact = height(grid + 1e-30j).imag / 1e-30
    np.testing.assert_allclose(steepness(grid), exact, rtol=0, atol=1e-15)


def test_the_network_is_the_mountain() -> None:
    """The loss and the gradient of the network are the height and the steepness, everywhere."""
    scenario = scenario_of("mountain")
    net = scenario.network()
    for w in np.linspace(LOW, HIGH, 56).tolist():
        net.set_value("w1.weight", w)
        net.forward(scenario.inputs)
        net.backward(scenario.targets)
        assert net.value("loss") == pytest.approx(height(w), rel=1e-13, abs=1e-15)
        assert net.value("w1.gradient") == pytest.approx(steepness(w), rel=1e-12, abs=1e-15)


def test_the_mountain_has_one_local_and_one_global_minimum() -> None:
    """In the range there are two minima with a hill between, and both shores lead inwards."""
    points = turning_points()
    assert [kind for kind, _ in points] == ["minimum", "maximum", "minimum"]
    (_, local), (_, hill), (_, sea) = points
    assert steepness(LOW) < 0 < steepness(HIGH)
    assert height(local) > 0.2
    assert height(sea) == pytest.approx(0.0, abs=1e-30)
    assert sea == pytest.approx(math.pi - math.asin(0.6), abs=1e-14)
    assert height(hill) > height(local)
    # A pair of sign changes between two grid points would need a steepness of almost nothing on
    # both: at most the spacing times 8, which no second derivative here exceeds. So little
    # steepness there is around the three points alone.
    grid = np.linspace(LOW, HIGH, N_GRID)
    flat = grid[np.abs(steepness(grid)) < 8 * (HIGH - LOW) / (N_GRID - 1)]
    nearest = np.min(np.abs(flat[:, None] - [local, hill, sea]), axis=1)
    assert nearest.max() < 1e-3


def mountain_oracle() -> Oracle:
    """Return what the file prints, from the bisection, the closed form and single steps."""
    (_, local), _, (_, sea) = turning_points()
    oracle: Oracle = {}
    for run, start, end in (("from_the_right", 3.4, sea), ("from_the_left", -1.8, local)):
        oracle[run, 3, "w1.gradient", None] = steepness(start)
        oracle[run, 5, "w1.weight", None] = start - 0.2 * steepness(start)
        oracle[run, 8, "w1.weight", None] = end
        oracle[run, 8, "loss", None] = height(end)
        oracle[run, 9, "w1.gradient", None] = 0.0
    oracle["from_the_right", 8, "o1.out", 1] = 0.6
    oracle["from_the_right", 8, "o1.out", 2] = -0.96
    return oracle


def test_descent_ends_in_the_minimum_of_its_side() -> None:
    """From the right descent ends in the global minimum, from the left in the local one."""
    compare(scenario_of("mountain"), mountain_oracle(), tolerance=1e-12)


def test_every_drop_ends_on_its_side_of_the_hill() -> None:
    """A hundred seeded drops end in the minimum on their side, about half of them at sea level."""
    scenario = scenario_of("mountain")
    (_, local), (_, hill), (_, sea) = turning_points()
    starts = np.random.default_rng(1).uniform(LOW, HIGH, 100)
    net = scenario.network()
    ends = []
    for start in starts.tolist():
        net.set_value("w1.weight", start)
        net.train(scenario.inputs, scenario.targets, learning_rate=0.2, epochs=300)
        ends.append(net.value("w1.weight"))
    expected = np.where(starts < hill, local, sea)
    np.testing.assert_allclose(ends, expected, rtol=0, atol=1e-9)
    assert 35 <= np.count_nonzero(starts > hill) <= 65


def test_learning_rates_too_large_for_the_mountain() -> None:
    """A learning rate of 1.8 settles nowhere from either start, one of 2.5 leaves the range."""
    for start in (3.4, -1.8):
        paths = {}
        for rate in (1.8, 2.5):
            path = paths[rate] = [start]
            for _ in range(400):
                path.append(path[-1] - rate * float(steepness(path[-1])))
        assert max(paths[1.8][-50:]) - min(paths[1.8][-50:]) > 1
        assert not all(LOW <= w <= HIGH for w in paths[2.5])


# -- the 4-2 network -----------------------------------------------------------------------------


def facts(topic: str) -> tuple[list[float], list[list[float]], list[float]]:
    """Return the outs of h1 to h4, the weights into each output, and the targets of a file."""
    text = (FOLDER / f"klein_undated_{topic}.toml").read_text(encoding="utf-8")
    content = tomllib.loads(text)
    weights: dict[str, list[float]] = {"o1": [], "o2": []}
    for connection in content["network"]["connections"]:
        weights[connection["post"]].append(connection["weight"])
    data = content["data"]
    return list(data["inputs"].values()), list(weights.values()), list(data["targets"].values())


#: W[j][i] leads from h_i to o_j.
H, W, T = facts("linear_network")


def nets(weights: list[list[float]]) -> list[float]:
    """Return the weighted sums of both outputs."""
    return [sum(w * h for w, h in zip(row, H, strict=True)) for row in weights]


def fill(oracle: Oracle, run: str, step: int, values: dict[str, float]) -> None:
    """Add the values of one step."""
    oracle.update({(run, step, address, None): value for address, value in values.items()})


def linear_oracle() -> Oracle:
    """Return shares, errors and gradients of the linear network from the formulas of the text."""
    outs = nets(W)
    e = [t - o for t, o in zip(T, outs, strict=True)]
    sums = [sum(row) for row in W]
    shares = [[e[j] * W[j][i] / sums[j] for i in range(4)] for j in range(2)]
    products = [[e[j] * W[j][i] for i in range(4)] for j in range(2)]
    oracle: Oracle = {}
    fill(oracle, "in_proportion", 1, {f"w{i + 1}1.weight": W[0][i] for i in range(4)})
    fill(oracle, "in_proportion", 2, {"o1.out": outs[0], "o2.out": outs[1]})
    fill(oracle, "in_proportion", 3, {"o1.target": T[0], "o1.loss": e[0] ** 2 / 2})
    fill(oracle, "in_proportion", 4, {f"w{i + 1}1.share": shares[0][i] for i in range(4)})
    values = {f"h{i + 1}.error": shares[0][i] + shares[1][i] for i in (0, 3)}
    fill(oracle, "in_proportion", 4, values | {"o1.error": e[0], "o2.error": e[1]})
    back = [products[0][i] + products[1][i] for i in range(4)]
    values = {f"h{i + 1}.error": back[i] for i in range(4)}
    fill(oracle, "without_denominator", 2, values | {"w11.share": products[0][0]})
    values = {f"h{i + 1}.out_gradient": -back[i] for i in range(4)}
    values |= {"o1.delta": -e[0], "w11.error_message": -products[0][0]}
    values |= {"w11.gradient": -e[0] * H[0], "w41.gradient": -e[0] * H[3]}
    fill(oracle, "gradient", 2, values | {"w42.gradient": -e[1] * H[3]})
    return oracle


def test_the_linear_network() -> None:
    """Error shares, W^T e and the gradient are those of the formulas."""
    compare(scenario_of("linear_network"), linear_oracle(), tolerance=1e-15)


def test_every_number_of_the_text_is_in_the_file() -> None:
    """The eight numbers of the text are printed values that a run reproduces."""
    result = run_scenario(scenario_of("linear_network"))
    printed = {one.printed for one in result.reproduced}
    assert {"0.92", "1", "0.08", "0.6", "0.4", "0.1", "0.2", "0.037"} <= printed
    assert scenario_of("linear_network").network().neuron("o1").activation == "identity"


def test_what_sharing_out_keeps() -> None:
    """Normalised shares of an output add up to its error; the others give -dE/dh exactly."""
    scenario = scenario_of("linear_network")
    steps = {
        run.name: {step.do: net.copy() for step, net in play(scenario, run)}
        for run in scenario.runs
    }
    fair = steps["in_proportion"]["attribute"]
    plain = steps["without_denominator"]["attribute"]
    gradient = steps["gradient"]["backward"]
    for output, total in (("o1", sum(W[0])), ("o2", sum(W[1]))):
        error = fair.value(f"{output}.error")
        labels = [f"h{i}->{output}.share" for i in range(1, 5)]
        assert sum(map(fair.value, labels)) == pytest.approx(error, abs=1e-15)
        assert sum(map(plain.value, labels)) == pytest.approx(error * total, abs=1e-15)
    for i in range(1, 5):
        assert plain.value(f"h{i}.error") == pytest.approx(
            -gradient.value(f"h{i}.out_gradient"), abs=1e-15
        )


@pytest.mark.parametrize("normalised", [True, False])
def test_the_matrix_of_the_text_gives_the_erratum(normalised: bool) -> None:
    """The listed errata are what the printed matrix, with w_22 in row 4, really gives."""
    e = [t - o for t, o in zip(T, nets(W), strict=True)]
    row = (W[0][3] * e[0] + W[1][1] * e[1]) / (sum(W[0]) if normalised else 1)
    errata = run_scenario(scenario_of("linear_network")).errata
    assert [one.address for one in errata] == ["h4.error", "h4.error"]
    printed = errata[0 if normalised else 1].printed
    assert rounded(row, printed) == Decimal(printed)


# -- the logistic derivation ---------------------------------------------------------------------


def logistic_outs(weights: list[list[float]]) -> list[float]:
    """Return both logistic outputs."""
    return [1 / (1 + math.exp(-net)) for net in nets(weights)]


def logistic_loss(weights: list[list[float]]) -> float:
    """Return E, the sum of 1/2 (t - o)^2."""
    return sum((t - o) ** 2 / 2 for t, o in zip(T, logistic_outs(weights), strict=True))


def moved(gradients: list[list[float]], rate: float) -> list[list[float]]:
    """Return the weights after one round, w - rate * gradient."""
    return (np.array(W) - rate * np.array(gradients)).tolist()


def difference_quotient(j: int, i: int) -> float:
    """Return dE/dw of the connection from h_i to o_j without any derivative."""
    changed = [[list(row) for row in W] for _ in range(2)]
    changed[0][j][i] += 1e-5
    changed[1][j][i] -= 1e-5
    return (logistic_loss(changed[0]) - logistic_loss(changed[1])) / 2e-5


def logistic_oracle() -> Oracle:
    """Return the terms of the derivation, their signs and factors as they should be."""
    outs = logistic_outs(W)
    slopes = [o * (1 - o) for o in outs]
    deltas = [-(t - o) * s for t, o, s in zip(T, outs, slopes, strict=True)]
    gradients = [[delta * h for h in H] for delta in deltas]
    after = moved(gradients, 0.5)
    oracle: Oracle = {}
    values = {"o1.net": nets(W)[0], "o1.out": outs[0], "o2.out": outs[1]}
    fill(oracle, "derivation", 1, values)
    fill(oracle, "derivation", 2, {"loss": logistic_loss(W)})
    values = {"o1.out_gradient": -(T[0] - outs[0]), "o1.slope": slopes[0], "o1.delta": deltas[0]}
    values |= {"w11.gradient": gradients[0][0], "w31.gradient": gradients[0][2]}
    values |= {"h4.out_gradient": sum(W[j][3] * deltas[j] for j in range(2))}
    fill(oracle, "derivation", 3, values)
    fill(oracle, "derivation", 5, {"w11.weight": after[0][0]})
    fill(oracle, "derivation", 7, {"loss": logistic_loss(after)})
    return oracle


def test_the_logistic_derivation() -> None:
    """Every term of the derivation is that of the formulas with their slips put right."""
    compare(scenario_of("logistic_derivation"), logistic_oracle(), tolerance=1e-15)


def test_both_networks_have_the_same_numbers() -> None:
    """The logistic network has the weights, the inputs and the targets of the linear one."""
    assert facts("logistic_derivation") == (H, W, T)


def test_difference_quotients_side_against_the_slips() -> None:
    """Differences of E agree with the corrected formula and with none of the printed ones."""
    oracle = logistic_oracle()
    for address, i in (("w11.gradient", 0), ("w31.gradient", 2)):
        corrected = oracle["derivation", 3, address, None]
        # Central differences of E, 0.05, carry rounding errors of about 0.05 * 2e-16 / 1e-5.
        assert difference_quotient(0, i) == pytest.approx(corrected, abs=1e-11)
    for one in run_scenario(scenario_of("logistic_derivation")).errata:
        if one.address == "w11.gradient":
            assert abs(float(one.printed) - difference_quotient(0, 0)) > 0.08


def test_the_slips_give_the_listed_errata() -> None:
    """The listed errata are the printed formulas with their slips, evaluated."""
    outs = logistic_outs(W)
    slopes = [o * (1 - o) for o in outs]
    e = [t - o for t, o in zip(T, outs, strict=True)]
    lost_sign = e[0] * slopes[0] * H[0]
    last_formula = e[0] * slopes[0] * outs[0]
    matrix = -(W[0][3] * e[0] * slopes[0] + W[1][1] * e[1] * slopes[1])
    errata = run_scenario(scenario_of("logistic_derivation")).errata
    expected = [lost_sign, last_formula, last_formula, matrix]
    assert [one.address for one in errata] == [
        "w11.gradient",
        "w11.gradient",
        "w31.gradient",
        "h4.out_gradient",
    ]
    for one, value in zip(errata, expected, strict=True):
        assert rounded(value, one.printed) == Decimal(one.printed)


def test_the_lost_sign_climbs() -> None:
    """One round with the lost sign raises E, one with the gradient lowers it."""
    outs = logistic_outs(W)
    lost = [[(t - o) * o * (1 - o) * h for h in H] for t, o in zip(T, outs, strict=True)]
    climbed, descended = (logistic_loss(moved(lost, rate)) for rate in (0.5, -0.5))
    assert descended < logistic_loss(W) < climbed


# -- all three -----------------------------------------------------------------------------------


@pytest.mark.parametrize("topic", STEMS)
def test_facts_of_the_source(topic: str) -> None:
    """Each file names its author, is undated, and asks for figures."""
    scenario = scenario_of(topic)
    assert (scenario.author, scenario.year) == ("Bernd Klein", None)
    assert "python-course.eu" in scenario.source
    assert scenario.figures
    assert scenario.figures[0].what == "network"


def test_the_three_slips_are_named() -> None:
    """The file of the derivation names all three slips, that of the matrix its own two."""
    derivation = [slip.meant for slip in scenario_of("logistic_derivation").slips]
    assert [text[-3:] for text in derivation[::2]] == ["_42", "h_i"]
    assert derivation[1].startswith("dE/dw_ij = -(t_j - o_j)")
    assert len(scenario_of("linear_network").slips) == 2
