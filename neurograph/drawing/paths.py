"""Paths of walkers, as they are drawn on a curve or a surface."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from neurograph.drawing.style import number, numbers
from neurograph.drawing.wording import counted, short
from neurograph.errors import InvalidTypeError, InvalidValueError
from neurograph.spelling import digits_apart

__all__ = [
    "Traced",
    "apart",
    "labels",
    "named_paths",
    "told_apart",
    "traced_on_curve",
    "traced_on_surface",
]

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Traced:
    """A path in the coordinates of a picture.

    Attributes
    ----------
    name : str
    x, y : ndarray of shape (n,)
    losses : ndarray of shape (n,)
        At the points themselves.
    distance : float
        The largest from the plane; 0 for a path that stays on it.
    """

    name: str
    x: Array
    y: Array
    losses: Array
    distance: float = 0.0

    @property
    def steps(self) -> str:
        """How many steps it has, in words."""
        return counted(len(self.losses) - 1, "step", "steps")

    def described(self, digits: int) -> str:
        """Return the path in a sentence."""
        text = (
            f"Path {self.name}: {self.steps}, loss from {number(self.losses[0], digits)}"
            f" to {number(self.losses[-1], digits)}"
        )
        if self.distance:
            text += f", up to {number(self.distance, digits)} away from the plane"
        return text + "."


def labels(traced: Sequence[Traced], digits: int) -> list[str]:
    """Return what each path is called in a key, with its last loss."""
    away = numbers([path.distance for path in traced])
    return [
        f"{path.name}: {path.steps} to loss {number(path.losses[-1], digits)}"
        + (f"\n(leaves the plane: up to {far} away)" if path.distance else "")
        for path, far in zip(traced, away, strict=True)
    ]


def told_apart(losses: Array, here: float, traced: Sequence[Traced], digits: int) -> int:
    """Return how many digits the losses need that a picture tells."""
    ends = [path.losses[at] for path in traced for at in (0, -1)]
    return digits_apart([np.nanmin(losses), np.nanmax(losses), here, *ends], digits)


def apart(path: Traced, across: tuple[float, float], least: float) -> list[int]:
    """Return which points of a path are so far apart that a mark at each can be seen.

    Parameters
    ----------
    path : Traced
    across : tuple of float
        Width and height of the picture, in its coordinates.
    least : float
        The distance, in parts of them.
    """
    x, y = path.x / (across[0] or 1.0), path.y / (across[1] or 1.0)
    marked = [0]
    for at in range(1, len(x)):
        if np.hypot(x[at] - x[marked[-1]], y[at] - y[marked[-1]]) > least:
            marked.append(at)
    return marked


def named_paths(paths: Any) -> dict[str, Any]:
    """Return paths by name, from one path, some, or a mapping.

    A path without a name of its own is called after its optimiser, or numbered.
    """
    if isinstance(paths, Mapping):
        return {str(name): path for name, path in paths.items()}
    if hasattr(paths, "losses"):
        paths = [paths]
    if not isinstance(paths, Iterable) or isinstance(paths, str):
        raise InvalidTypeError(f"paths must be a path, a list or a mapping of them, not {paths!r}")
    paths = list(paths)
    rates = [float(getattr(path, "learning_rate", np.nan)) for path in paths]
    named: dict[str, Any] = {}
    for place, (path, rate) in enumerate(zip(paths, numbers(rates), strict=True), 1):
        name = str(getattr(path, "optimizer", place)).replace("_", " ")
        if hasattr(path, "learning_rate"):
            name += f", rate {rate}"
        named[name if name not in named else f"{name} ({place})"] = path
    return named


def traced_on_curve(curve: Any, path: Any, name: str) -> Traced:
    """Return a path over the one parameter of a curve."""
    _check_is_path(path)
    if tuple(path.over) != (curve.over,):
        raise InvalidValueError(
            f"the curve is over {short(curve.over)}, but path {name!r} is over"
            f" {_listed(path.over)}: make it with descend(..., over={short(curve.over)!r})"
        )
    losses = np.asarray(path.losses, dtype=np.float64)
    return Traced(name, np.asarray(path.parameters)[:, 0], losses, losses)


def traced_on_surface(surface: Any, path: Any, name: str) -> Traced:
    """Return a path over the two parameters of a surface, or one projected on a plane."""
    losses = np.asarray(getattr(path, "losses", ()), dtype=np.float64)
    if hasattr(path, "distance"):
        away = float(np.max(path.distance)) if path.leaves else 0.0
        return Traced(name, np.asarray(path.x), np.asarray(path.y), losses, away)
    _check_is_path(path)
    if hasattr(surface, "directions"):
        raise InvalidValueError(
            f"path {name!r} is not in the coordinates of the plane: draw plane.project(path)"
        )
    if not set(path.over) <= set(surface.over):
        raise InvalidValueError(
            f"the surface is over {_listed(surface.over)}, but path {name!r} is over"
            f" {_listed(path.over)}, and leaves it: give descend(..., over={_names(surface.over)}),"
            f" or draw plane.project(path) on a plane of loss_plane"
        )
    parameters = np.asarray(path.parameters, dtype=np.float64)
    x, y = (
        parameters[:, path.over.index(address)]
        if address in path.over
        else np.full(len(parameters), here)
        for address, here in zip(surface.over, surface.here, strict=True)
    )
    return Traced(name, x, y, losses)


def _check_is_path(path: Any) -> None:
    if not all(hasattr(path, name) for name in ("over", "parameters", "losses")):
        raise InvalidTypeError(
            f"a path is what neurograph.landscape.descend returns, not {type(path).__name__}"
        )


def _listed(over: Any) -> str:
    return ", ".join(map(short, over)) if len(over) <= 4 else f"{len(over)} parameters"


def _names(over: Any) -> str:
    return repr(tuple(map(short, over)))
