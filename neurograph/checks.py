"""Checks of what a user gives: each returns the value as it is meant, or says what is wrong."""

import math
import numbers
from collections.abc import Hashable, Iterable
from typing import Any

from neurograph.errors import InvalidTypeError, InvalidValueError, did_you_mean

__all__ = [
    "as_float",
    "finite_number",
    "is_hashable",
    "neuron_name",
    "not_negative",
    "one_of",
    "positive",
    "rate_of",
    "whole_number",
]


def as_float(value: numbers.Real) -> float:
    """Return `value` as a float: inf where it is beyond all floats."""
    try:
        return float(value)
    except OverflowError:  # a whole number of more than 308 digits
        return math.inf


def finite_number(value: object, what: object) -> float:
    """Return `value` as a float, or say why `what` cannot be that value."""
    if type(value) is float and math.isfinite(value):  # nearly always
        return value
    if not isinstance(value, numbers.Real):
        raise InvalidTypeError(f"{what} must be a number, not {value!r}")
    number = as_float(value)
    if not math.isfinite(number):
        raise InvalidValueError(f"{what} must be a finite number, not {number}")
    return number


def rate_of(learning_rate: object) -> float:
    """Return a learning rate as a float, or say why it cannot be one."""
    return not_negative(learning_rate, "learning_rate")


def not_negative(value: object, what: object) -> float:
    """Return `value` as a float of zero or more, or say why `what` cannot be that value."""
    number = finite_number(value, what)
    if number < 0:
        raise InvalidValueError(f"{what} must be zero or more, not {number}")
    return number


def positive(value: object, what: object) -> float:
    """Return `value` as a float greater than 0, or say why `what` cannot be that value."""
    number = finite_number(value, what)
    if number <= 0:
        raise InvalidValueError(f"{what} must be greater than 0, not {number}")
    return number


def whole_number(value: Any, what: str, least: float = 1, most: float = math.inf) -> int:
    """Return `value` as an int from `least` to `most`, or say why `what` cannot be that value.

    With a least of -inf every whole number will do.
    """
    if isinstance(value, bool) or not isinstance(value, numbers.Integral):
        raise InvalidTypeError(f"{what} must be a whole number, not {value!r}")
    if most < math.inf and not least <= int(value) <= most:
        raise InvalidValueError(f"{what} must be between {least} and {most}, not {value}")
    if value < least:
        raise InvalidValueError(f"{what} must be at least {least}, not {value}")
    return int(value)


def one_of(value: object, choices: Iterable[str], what: object) -> str:
    """Return `value` if it is one of `choices`, or say which is nearest."""
    choices = list(choices)
    if value not in choices:
        raise InvalidValueError(
            f"{what} must be one of {', '.join(map(repr, choices))}, not {value!r}"
            + did_you_mean(value, choices)
        )
    return str(value)


def is_hashable(value: object) -> bool:
    """Whether `value` can be the name of anything in a graph."""
    try:
        hash(value)
    except TypeError:
        return False
    return True


def neuron_name(name: Any) -> Hashable:
    """Return `name`, or say why no neuron can have it."""
    if name is None:
        raise InvalidValueError("a neuron needs a name: None stands for no neuron in NetworkX")
    if not is_hashable(name):
        raise InvalidTypeError(
            f"the name of a neuron must be hashable, as text and numbers are, not {name!r}"
        )
    return name  # type: ignore[no-any-return]  # it is hashable
