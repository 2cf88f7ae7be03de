"""The directions of a plane, and the points of a path as a plane sees them."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from neurograph.errors import InvalidTypeError, InvalidValueError, UnknownNameError, did_you_mean
from neurograph.landscape.ground import Array, Ground, Parameter, find_parameter, finite_array
from neurograph.landscape.results import DescentPath
from neurograph.network import Network
from neurograph.structure import BIAS
from neurograph.training import History

__all__ = [
    "check_spread",
    "generator",
    "given_directions",
    "points_of",
    "principal_directions",
    "random_directions",
    "spans_around",
]


def generator(seed: Any) -> np.random.Generator:
    """Return the random numbers that a seed stands for."""
    if isinstance(seed, np.random.Generator):
        return seed
    if not isinstance(seed, int | np.integer) or isinstance(seed, bool) or seed < 0:
        raise InvalidValueError(
            f"seed must be a whole number of zero or more, or a numpy Generator, not {seed!r}"
        )
    return np.random.default_rng(int(seed))


def random_directions(ground: Ground, over: Sequence[Parameter], rng: np.random.Generator) -> Array:
    """Draw two directions, the weights into each neuron as long as the neuron's own."""
    structure = ground.structure
    own = ground.values(over)
    first = np.array([one.slots[0] for one in over])
    neuron = structure.post[first]
    is_weight = structure.pre[first] != BIAS
    drawn: Array = rng.standard_normal((2, len(over))) * is_weight

    def lengths(values: Array) -> Array:
        squares = np.bincount(neuron, weights=values**2 * is_weight, minlength=len(structure.names))
        return np.asarray(np.sqrt(squares))

    for direction in drawn:
        of_drawn = lengths(direction)
        scale = np.divide(lengths(own), of_drawn, out=np.zeros_like(of_drawn), where=of_drawn > 0)
        direction *= scale[neuron]
    return drawn


def principal_directions(away: Array) -> tuple[Array, tuple[float, ...]]:
    """Return the principal directions of points, and the shares of the variance along them."""
    if len(away) < 3:
        raise InvalidValueError(
            f"two principal directions need a path of 3 points or more, not {len(away)}"
        )
    _, lengths, found = np.linalg.svd(away, full_matrices=False)
    squares = lengths**2
    if len(found) < 2 or squares[1] <= 1e-24 * squares[0]:
        raise InvalidValueError("the path is a straight line or a point: it spans no plane")
    directions = found[:2].copy()
    for direction in directions:
        # A principal direction has no sign of its own.
        direction *= np.sign(direction[np.argmax(np.abs(direction))])
    shares = squares[:2] / squares.sum()
    return directions, (float(shares[0]), float(shares[1]))


def spans_around(feet: Array) -> list[tuple[float, float] | None]:
    """Return a span for each axis that shows a path with a margin."""
    low, high = feet.min(axis=0), feet.max(axis=0)
    margin = 0.25 * np.maximum(high - low, 1e-3 * (high - low).max())
    return [(float(a), float(b)) for a, b in zip(low - margin, high + margin, strict=True)]


def given_directions(
    net: Network, ground: Ground, over: Sequence[Parameter], directions: Any
) -> Array:
    """Return two directions that were given as arrays or as mappings."""
    if isinstance(directions, str) or not isinstance(directions, Sequence | np.ndarray):
        hint = did_you_mean(directions, ["random", "pca"])
        raise InvalidValueError(
            f"directions must be 'random', 'pca' or a pair of directions, not {directions!r}{hint}"
        )
    if len(directions) != 2:
        raise InvalidValueError(f"a plane has two directions, not {len(directions)}")
    found = np.zeros((2, len(over)))
    for number, direction in enumerate(directions):
        what = f"direction {number + 1}"
        if isinstance(direction, Mapping):
            place = {one.slots[0]: place for place, one in enumerate(over)}
            for address, value in direction.items():
                one = find_parameter(net, ground, address)
                if one.slots[0] not in place:
                    raise UnknownNameError(f"{what}: {one.address!r} is frozen")
                found[number, place[one.slots[0]]] = value
        else:
            found[number] = finite_array(direction, what, (len(over),))
    return found


def check_spread(directions: Array) -> None:
    """Refuse directions that span no plane."""
    lengths = np.linalg.norm(directions, axis=1)
    if not lengths.all():
        raise InvalidValueError(
            f"direction {int(np.argmin(lengths)) + 1} is zero: it leads nowhere"
        )
    cosine = float(directions[0] @ directions[1] / lengths.prod())
    if 1 - abs(cosine) < 1e-12:
        raise InvalidValueError("the two directions are parallel: they span no plane")


def points_of(path: Any, over: Sequence[Parameter], origin: Array) -> Array:
    """Return the points of a path as values of the parameters in `over`."""
    if isinstance(path, DescentPath):
        place = {one.address: number for number, one in enumerate(over)}
        points = np.tile(origin, (len(path.parameters), 1))
        for address, column in zip(path.over, path.parameters.T, strict=True):
            if address not in place:
                raise UnknownNameError(
                    f"the path moves {address!r}, which the plane has not"
                    f"{did_you_mean(address, place)}"
                )
            points[:, place[address]] = column
        return points
    if isinstance(path, History):
        missing = [one.address for one in over if one.address not in path]
        if missing:
            raise UnknownNameError(
                f"the history has not recorded {missing[0]!r}"
                + (f" and {len(missing) - 1} more" if len(missing) > 1 else "")
                + ": train with record=[...] of every weight and bias"
            )
        columns = [np.append(path.start[one.address], path[one.address]) for one in over]
        return np.stack(columns, axis=1)
    if isinstance(path, str | Mapping):
        raise InvalidTypeError(f"a path is a DescentPath, a History or an array, not {path!r}")
    return finite_array(path, "path", (None, len(over)))
