"""Learning-rate schedules: the learning rate as a function of the step.

Steps are counted from 1. Any function from the step's number to a number is a schedule; these
are the usual three.
"""

import math
from collections.abc import Callable
from typing import Any

from neurograph.checks import not_negative, positive, whole_number
from neurograph.formulas import Formula
from neurograph.records import record

__all__ = ["CosineDecay", "ExponentialDecay", "RateFormula", "StepDecay"]


class RateFormula(float):
    """A learning rate as a formula of the step and the epoch; as a number, that of the first step.

    Parameters
    ----------
    text : str
        In ``step``, which counts the changes of a training from 1, and ``epoch``, the number of
        its epochs that are over: 0 in the first.

    Raises
    ------
    FormulaError
        If the text is no formula, or names something else; the nearest is named.
    InvalidValueError, InvalidTypeError
        If the rate of the first step is negative or not finite.

    Examples
    --------
    >>> from neurograph.schedules import RateFormula
    >>> rate = RateFormula("0.5 / (1 + epoch)")
    >>> rate.at(step=1, epoch=0), rate.at(step=7, epoch=3)
    (0.5, 0.125)
    >>> [rate.schedule(steps_per_epoch=2)(step) for step in (1, 2, 3, 4, 5)]
    [0.5, 0.5, 0.25, 0.25, 0.16666666666666666]
    """

    formula: Formula

    def __new__(cls, text: str) -> "RateFormula":
        """Return the rate of the first step, with the formula of the others."""
        formula = Formula(text, ["step", "epoch"])
        rate = super().__new__(cls, not_negative(_rate(formula, 1, 0), f"learning rate {text!r}"))
        rate.formula = formula
        return rate

    def at(self, step: int, epoch: int) -> float:
        """Return the rate of one step.

        Parameters
        ----------
        step : int
            Counted from 1.
        epoch : int
            How many epochs are over.
        """
        return _rate(self.formula, step, epoch)

    def schedule(self, steps_per_epoch: int) -> Callable[[int], float]:
        """Return the rate as a function of the step alone."""
        return lambda step: self.at(step, (step - 1) // steps_per_epoch)

    def __str__(self) -> str:
        return self.formula.text

    def __repr__(self) -> str:
        return f"RateFormula({self.formula.text!r})"

    def __reduce__(self) -> tuple[Any, ...]:
        return RateFormula, (self.formula.text,)


def _rate(formula: Formula, step: int, epoch: int) -> float:
    return float(formula(step=float(step), epoch=float(epoch)))


@record
class StepDecay:
    """Multiply the learning rate by a factor every so many steps.

    learning_rate(step) = rate * factor^floor((step - 1) / every)

    Parameters
    ----------
    rate : float
        The learning rate of the first step; 0 or more.
    factor : float
        Greater than 0.
    every : int
        Number of steps with the same learning rate; at least 1. For epochs, multiply by the
        steps of an epoch.

    Raises
    ------
    InvalidValueError, InvalidTypeError
        If one is not.

    Notes
    -----
    He, Zhang, Ren and Sun, "Deep residual learning for image recognition" (2016), section 3.4,
    divide by 10 a few times in the course of a training; Goodfellow, Bengio and Courville, "Deep
    learning" (2016), section 8.3.1, say why the learning rate should fall.

    Examples
    --------
    >>> from neurograph.schedules import StepDecay
    >>> schedule = StepDecay(0.5, factor=0.5, every=2)
    >>> [schedule(step) for step in (1, 2, 3, 4, 5)]
    [0.5, 0.5, 0.25, 0.25, 0.125]
    """

    rate: float
    factor: float
    every: int

    def __post_init__(self) -> None:
        not_negative(self.rate, "rate of StepDecay")
        positive(self.factor, "factor of StepDecay")
        whole_number(self.every, "every of StepDecay")

    def __call__(self, step: int) -> float:
        """Return the learning rate of a step, counted from 1."""
        return self.rate * math.pow(self.factor, (step - 1) // self.every)


@record
class ExponentialDecay:
    """Let the learning rate fall by the same factor with every step.

    learning_rate(step) = rate * factor^((step - 1) / every)

    Parameters
    ----------
    rate : float
        The learning rate of the first step; 0 or more.
    factor : float
        Greater than 0.
    every : int
        Number of steps over which the learning rate is multiplied by `factor`; at least 1.

    Raises
    ------
    InvalidValueError, InvalidTypeError
        If one is not.

    Notes
    -----
    Senior, Heigold, Ranzato and Yang, "An empirical study of learning rates in deep neural networks
    for speech recognition" (2013), exponential scheduling, with the factor 1/10.

    Examples
    --------
    >>> from neurograph.schedules import ExponentialDecay
    >>> schedule = ExponentialDecay(0.5, factor=0.25, every=2)
    >>> [schedule(step) for step in (1, 2, 3, 4, 5)]
    [0.5, 0.25, 0.125, 0.0625, 0.03125]
    """

    rate: float
    factor: float
    every: int = 1

    def __post_init__(self) -> None:
        not_negative(self.rate, "rate of ExponentialDecay")
        positive(self.factor, "factor of ExponentialDecay")
        whole_number(self.every, "every of ExponentialDecay")

    def __call__(self, step: int) -> float:
        """Return the learning rate of a step, counted from 1."""
        return self.rate * math.pow(self.factor, (step - 1) / self.every)


@record
class CosineDecay:
    """Let the learning rate fall along half a wave of the cosine, and stay there.

    learning_rate(step) = last + (rate - last) / 2 * (1 + cos(pi * (step - 1) / steps))

    Parameters
    ----------
    rate : float
        The learning rate of the first step; 0 or more.
    steps : int
        Number of steps until the learning rate is `last`; at least 1.
    last : float
        The learning rate of every step after those; 0 or more.

    Raises
    ------
    InvalidValueError, InvalidTypeError
        If one is not.

    Notes
    -----
    Loshchilov and Hutter, "SGDR: stochastic gradient descent with warm restarts" (2017), equation
    5, without the restarts.

    Examples
    --------
    >>> from neurograph.schedules import CosineDecay
    >>> schedule = CosineDecay(0.5, steps=4)
    >>> [round(schedule(step), 6) for step in (1, 2, 3, 4, 5, 6)]
    [0.5, 0.426777, 0.25, 0.073223, 0.0, 0.0]
    """

    rate: float
    steps: int
    last: float = 0.0

    def __post_init__(self) -> None:
        not_negative(self.rate, "rate of CosineDecay")
        whole_number(self.steps, "steps of CosineDecay")
        not_negative(self.last, "last of CosineDecay")

    def __call__(self, step: int) -> float:
        """Return the learning rate of a step, counted from 1."""
        done = min((step - 1) / self.steps, 1.0)
        return self.last + (self.rate - self.last) / 2 * (1 + math.cos(math.pi * done))
