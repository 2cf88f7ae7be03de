"""Learning-rate schedules."""

import math
import pickle
from dataclasses import replace
from pathlib import Path

import pytest

import neurograph as ng
from neurograph.conventions.pages import Page
from neurograph.schedules import CosineDecay, ExponentialDecay, RateFormula, StepDecay
from neurograph.training import train


def test_step_decay_is_constant_between_its_drops() -> None:
    """The learning rate is multiplied by the factor after every so many steps."""
    schedule = StepDecay(0.1, factor=0.1, every=3)
    expected = [0.1, 0.1, 0.1, 0.01, 0.01, 0.01, 0.001]
    assert [schedule(step) for step in range(1, 8)] == pytest.approx(expected, rel=1e-15)


def test_exponential_decay_is_a_power_of_ten_law() -> None:
    """With the factor 1/10 it is rate * 10^(-t/r), as its source has it."""
    schedule = ExponentialDecay(0.3, factor=0.1, every=50)
    for step in (1, 2, 51, 1000):
        assert schedule(step) == pytest.approx(0.3 * 10 ** (-(step - 1) / 50), rel=1e-13)


def test_step_and_exponential_decay_meet_at_the_drops() -> None:
    """Where the one drops, the other has just fallen as far."""
    steps, smooth = StepDecay(0.5, 0.3, every=4), ExponentialDecay(0.5, 0.3, every=4)
    for step in (1, 5, 9, 13):
        assert steps(step) == pytest.approx(smooth(step), rel=1e-14)


def test_cosine_decay_falls_along_half_a_wave() -> None:
    """It starts at the rate, is halfway in the middle, ends at the last rate and stays there."""
    schedule = CosineDecay(0.5, steps=10, last=0.1)
    assert schedule(1) == 0.5
    assert schedule(6) == pytest.approx(0.3, rel=1e-15)
    assert schedule(11) == schedule(12) == schedule(1000) == 0.1
    # cos(pi/3) = 1/2
    assert CosineDecay(1.0, steps=3)(2) == pytest.approx(0.75, rel=1e-15)
    rates = [schedule(step) for step in range(1, 12)]
    assert rates == sorted(rates, reverse=True)


@pytest.mark.parametrize(
    "schedule", [StepDecay(0.1, 0.5, 2), ExponentialDecay(0.1, 0.5), CosineDecay(0.1, 5)]
)
def test_schedules_are_values(schedule: object) -> None:
    """A schedule can be pickled, compared and used as a key."""
    assert pickle.loads(pickle.dumps(schedule)) == schedule
    assert len({schedule, pickle.loads(pickle.dumps(schedule))}) == 1


@pytest.mark.parametrize(
    ("make", "error", "message"),
    [
        (lambda: StepDecay(-0.1, 0.5, 1), ng.InvalidValueError, "rate of StepDecay must be zero"),
        (lambda: StepDecay(0.1, 0.0, 1), ng.InvalidValueError, "factor of StepDecay must be gr"),
        (lambda: StepDecay(0.1, 0.5, 0), ng.InvalidValueError, "every of StepDecay must be at l"),
        (lambda: StepDecay(0.1, 0.5, 1.5), ng.InvalidTypeError, "every of StepDecay must be a wh"),
        (lambda: StepDecay(0.1, 0.5, True), ng.InvalidTypeError, "must be a whole number, not Tr"),
        (lambda: ExponentialDecay("x", 0.5), ng.InvalidTypeError, "rate of ExponentialDecay must"),
        (lambda: ExponentialDecay(0.1, math.inf), ng.InvalidValueError, "a finite number, not inf"),
        (lambda: ExponentialDecay(0.1, 0.5, -1), ng.InvalidValueError, "at least 1, not -1"),
        (lambda: CosineDecay(0.1, 0), ng.InvalidValueError, "steps of CosineDecay must be at lea"),
        (lambda: CosineDecay(0.1, 5, -1.0), ng.InvalidValueError, "last of CosineDecay must be z"),
    ],
)
def test_wrong_settings_are_refused(make: object, error: type[Exception], message: str) -> None:
    """Each setting that cannot be used is named, with what it must be."""
    with pytest.raises(error, match=message):
        make()  # type: ignore[operator]


def test_training_asks_for_the_rate_of_each_step() -> None:
    """Training with a schedule is the same as steps with its learning rates."""
    net = ng.Network.layered(2, 3, 1, bias=0.1, seed=3)
    by_hand = net.copy()
    asked: list[int] = []
    decay = ExponentialDecay(0.5, 0.9, every=2)

    def schedule(step: int) -> float:
        asked.append(step)
        return decay(step)

    train(net, [0.5, -1.0], [0.25], learning_rate=schedule, epochs=20)
    for step in range(1, 21):
        by_hand.step([0.5, -1.0], [0.25], 0.5 * math.sqrt(0.9) ** (step - 1))
    assert asked == list(range(1, 21))
    for (*ends, weight), (*_, expected) in zip(
        net.edges(data="weight"), by_hand.edges(data="weight"), strict=True
    ):
        assert weight == pytest.approx(expected, rel=1e-12), ends


# -- rates as formulas ---------------------------------------------------------------------------

FALLING = """
title = "A rate that falls"
author = "A"
source = "s"
[network]
neurons = [{ name = "x" }, { name = "y", activation = "identity" }]
connections = [{ label = "w", pre = "x", post = "y", weight = 1.0 }]
[data]
inputs = { x = 1.0 }
targets = { y = 0.0 }
[[runs]]
name = "r"
learning_rate = %s
[[runs.steps]]
do = "train"
rounds = 2
printed = { "w.weight" = "%s" }
"""


@pytest.mark.parametrize("text", ["0.1 / step", "0.1 / (1 + epoch)", "0.1 * 0.5**epoch"])
def test_a_rate_of_a_file_falls(tmp_path: Path, text: str) -> None:
    """With rates 0.1 and 0.05, w goes from 1 to 0.9 to 0.855, in a run and in its audit."""
    path = tmp_path / "falling.toml"
    path.write_text(FALLING % (repr(text), "0.855"), encoding="utf-8")
    scenario = ng.load_scenario(path)
    result = ng.run_scenario(scenario)
    assert result.passed
    page = Page(scenario, result.runs[0])
    assert page.stated == [pytest.approx(0.855, rel=1e-15)]
    stays = page.values(replace(page.setup, learning_rate=0.1))
    assert stays == [pytest.approx(0.81, rel=1e-15)]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("0.1 / epocs", "epoch"),
        ("0.1 / (", "learning_rate"),
        ("-0.1 * step", "learning rate '-0.1 \\* step' must be zero or more, not -0.1"),
        ("0.1 / epoch", "must be a finite number"),
    ],
)
def test_wrong_rates_of_a_file_are_refused(tmp_path: Path, text: str, message: str) -> None:
    """What is no formula of step and epoch, or gives no rate, is refused where it stands."""
    path = tmp_path / "wrong.toml"
    path.write_text(FALLING % (repr(text), "1"), encoding="utf-8")
    with pytest.raises(ng.ScenarioError, match=message):
        ng.load_scenario(path)


@pytest.mark.parametrize("engine", ["passes", "straight_line", "blocks"])
def test_epochs_of_a_formula_are_those_of_the_training(engine: str) -> None:
    """With two batches an epoch, the rate halves after each two changes."""
    net = ng.Network.layered(1, 1, weights=1.0, activation="identity")
    net.train(
        [[1.0], [2.0]], [[0.0], [1.0]], learning_rate="0.1 * 0.5**epoch", epochs=2, batch_size=1,
        engine=engine,
    )  # fmt: skip
    weight = 1.0
    for rate in (0.1, 0.05):
        for x, target in ((1.0, 0.0), (2.0, 1.0)):
            weight -= rate * (weight * x - target) * x
    assert net.value("w1.weight") == pytest.approx(weight, rel=1e-14)


def test_a_rate_is_the_number_of_its_first_step() -> None:
    """As a number a formula is its first rate; it is written as text, and survives pickling."""
    rate = RateFormula("0.5 / (1 + epoch)")
    assert (rate, str(rate)) == (0.5, "0.5 / (1 + epoch)")
    again = pickle.loads(pickle.dumps(rate))
    assert again.at(5, 4) == rate.at(5, 4) == 0.1


def test_each_training_of_a_run_counts_its_steps_anew(tmp_path: Path) -> None:
    """The rate of a second training begins at that of the first change, while momentum goes on."""
    path = tmp_path / "anew.toml"
    # out = w, target 0, dE/dw = w: v = 1, w = 1 - 0.5; then v = 0.5 + 0.5 and again the rate 0.5.
    path.write_text(
        """\
title = "Anew"
author = "A. Teacher"
source = "lesson 5"
data = { inputs = { i1 = 1 }, targets = { o1 = 0 } }

[network]
neurons = [{ name = "i1" }, { name = "o1", activation = "identity" }]
connections = [{ label = "w", pre = "i1", post = "o1", weight = 1 }]

[[runs]]
name = "two"
learning_rate = "0.5 / step"
optimizer = { name = "momentum", momentum = 0.5 }
steps = [
    { do = "train", rounds = 1, printed = { "w.weight" = "0.500" } },
    { do = "train", rounds = 1, printed = { "w.velocity" = "1.000", "w.weight" = "0.000" } },
]
""",
        encoding="utf-8",
    )
    assert ng.run_scenario(ng.load_scenario(path)).passed
