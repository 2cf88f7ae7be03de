"""Learning-rate schedules."""

import math
import pickle

import pytest

import neurograph as ng
from neurograph.schedules import CosineDecay, ExponentialDecay, StepDecay
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
