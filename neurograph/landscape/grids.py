"""The points of a curve or a surface: given ones, or evenly spaced ones."""

import logging
import numbers
from typing import Any

import numpy as np

from neurograph.elements import finite_number, whole_number
from neurograph.errors import InvalidTypeError, InvalidValueError
from neurograph.landscape.ground import Array, finite_array

__all__ = ["given_axis", "grid_axis", "point_counts", "result_of", "spans_of"]

#: A result that takes more bytes is announced before its memory is taken.
LARGE = 256_000_000

_log = logging.getLogger("neurograph.landscape")


def grid_axis(
    given: Array | None, span: tuple[float, float] | None, points: int, here: float, half: float
) -> Array:
    """Return the values along one axis: those given, or evenly spaced ones.

    Without a span these reach from `half` below `here` to `half` above.
    """
    if given is not None:
        return given
    low, high = (here - half, here + half) if span is None else span
    return np.linspace(low, high, points)


def given_axis(values: Any, what: str) -> Array | None:
    """Return the values along one axis that were given, if any were."""
    return None if values is None else finite_array(values, what, (None,))


def spans_of(span: Any, heres: tuple[float, ...]) -> list[tuple[float, float] | None]:
    """Return the lowest and highest value of each axis.

    `span` is a half width around each of `heres`, a pair (low, high) for all, or a pair for each.
    """
    if span is None:
        return [None for _ in heres]
    if isinstance(span, numbers.Real):
        half = finite_number(span, "span")
        if half <= 0:
            raise InvalidValueError(f"span must be greater than 0, not {half}")
        return [(here - half, here + half) for here in heres]
    pairs = np.asarray(span, dtype=object)
    if pairs.shape == (2,):
        return [_pair(*span) for _ in heres]
    if len(heres) == 2 and pairs.shape == (2, 2):
        return [_pair(*one) for one in span]
    each = ", or such a pair for each axis" if len(heres) > 1 else ""
    raise InvalidTypeError(f"span must be a half width or a pair (low, high){each}, not {span!r}")


def _pair(low: Any, high: Any) -> tuple[float, float]:
    low, high = finite_number(low, "span"), finite_number(high, "span")
    if low >= high:
        raise InvalidValueError(f"span must go from a lower to a higher value, not {low} to {high}")
    return low, high


def point_counts(points: Any, n_axes: int) -> list[int]:
    """Return the number of points along each axis: one for all, or one for each."""
    each = list(points) if isinstance(points, tuple | list) else [points] * n_axes
    if len(each) != n_axes:
        raise InvalidValueError(
            f"points must be one number or {n_axes}, one for each axis, not {points!r}"
        )
    return [whole_number(one, "points") for one in each]


def result_of(shape: tuple[int, ...], what: str) -> Array:
    """Return room for a result; what it takes is said before it is taken."""
    size = 8 * int(np.prod(shape, dtype=object))
    megabytes = f"{size / 1e6:,.{0 if size > 1e7 else 2}f} MB"
    said = f"{' x '.join(map(str, shape))} points of {what} take {megabytes}"
    if size > LARGE:
        _log.warning("%s", said)
    try:
        return np.empty(shape)
    except (MemoryError, ValueError):
        raise InvalidValueError(
            f"{said}, more than there is: take fewer points, or one part of the grid after the"
            f" other"
        ) from None
