"""Where the label of each connection goes: on its line, clear of neurons and other labels."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

__all__ = ["Obstacles", "flattened", "place_labels"]

Points = NDArray[np.float64]

# Places tried along each line.
_TRIED = 41

# How often those that found no place are put first and all are placed again.
_ROUNDS = 6


# To other lines, in inches, where there is a choice.
_CLEARANCE = 0.09


@dataclass(frozen=True)
class Obstacles:
    """What a label must not touch.

    Attributes
    ----------
    centres : ndarray of shape (n, 2)
        Of neurons.
    radius : float
        Of neurons, with the distance to be kept.
    boxes : ndarray of shape (m, 4)
        Left, bottom, right, top.
    """

    centres: Points
    radius: float
    boxes: Points


def flattened(pieces: Sequence[Points], steps: int = 14) -> Points:
    """Return a line of straight and curved pieces as points."""
    t = np.linspace(0, 1, steps)[:, None]
    points = [pieces[0][:1]]
    for piece in pieces:
        if len(piece) == 2:
            points.append(piece[1:])
        else:
            a, b, c, d = piece
            curve = (1 - t) ** 3 * a + 3 * (1 - t) ** 2 * t * b + 3 * (1 - t) * t**2 * c + t**3 * d
            points.append(curve[1:])
    return np.concatenate(points)


def place_labels(
    lines: Sequence[Points], sizes: Sequence[tuple[float, float]], obstacles: Obstacles
) -> list[tuple[float, float] | None]:
    """Choose the places of the labels of the first so many lines.

    No two labels touch, and no label touches an obstacle. Among such places one is chosen where
    few other lines pass, and near the middle.

    Parameters
    ----------
    lines : sequence of ndarray of shape (n_points, 2)
    sizes : sequence of (width, height)
        Of the labels, with the distance to be kept; lines beyond these have none.
    obstacles : Obstacles

    Returns
    -------
    list of (x, y) or None
        The middle of each label; `None` where there is no room.
    """
    if not sizes:
        return []
    share = np.linspace(0.06, 0.94, _TRIED)
    spots = np.stack([_along(line, share) for line in lines[: len(sizes)]])
    half = np.array(sizes)[:, None, :] / 2
    boxes = np.concatenate([spots - half, spots + half], axis=-1)
    cost = 0.4 * np.abs(share - 0.5)[None, :] + _lines_in(boxes, lines)
    # A line that passes close by leaves doubt whose label it is.
    cost += 0.5 * _lines_in(boxes + _CLEARANCE * np.array([-1.0, -1.0, 1.0, 1.0]), lines)
    cost[_blocked(boxes, obstacles)] = np.inf
    order = np.argsort(np.sort(cost, axis=1)[:, _TRIED // 4], kind="stable")[::-1].tolist()
    best: list[int | None] = []
    for _ in range(_ROUNDS):
        chosen = _in_turn(boxes, cost, order)
        if not best or chosen.count(None) < best.count(None):
            best = chosen
        missing = [number for number in order if chosen[number] is None]
        if not missing:
            break
        order = [*missing, *(number for number in order if chosen[number] is not None)]
    return [
        None if at is None else (float(spots[number, at, 0]), float(spots[number, at, 1]))
        for number, at in enumerate(best)
    ]


def _in_turn(boxes: Points, cost: Points, order: Sequence[int]) -> list[int | None]:
    """Give each label in turn the cheapest place that is still free."""
    chosen: list[int | None] = [None] * len(boxes)
    taken = np.empty((0, 4))
    for number in order:
        free = np.where(_overlaps(boxes[number], taken).any(axis=1), np.inf, cost[number])
        at = int(np.argmin(free))
        if np.isfinite(free[at]):
            chosen[number] = at
            taken = np.vstack([taken, boxes[number, at]])
    return chosen


def _along(line: Points, share: Points) -> Points:
    """Return points at shares of the length of a line."""
    length = np.concatenate([[0.0], np.cumsum(np.hypot(*np.diff(line, axis=0).T))])
    at = share * length[-1]
    return np.stack([np.interp(at, length, line[:, axis]) for axis in (0, 1)], axis=-1)


def _overlaps(boxes: Points, others: Points) -> NDArray[np.bool_]:
    """Return which of (n, 4) boxes overlap which of (m, 4) others."""
    one, two = boxes[..., None, :], others
    meet: NDArray[np.bool_] = np.logical_and.reduce(
        [
            one[..., 0] < two[..., 2],
            one[..., 1] < two[..., 3],
            two[..., 0] < one[..., 2],
            two[..., 1] < one[..., 3],
        ]
    )
    return meet


def _blocked(boxes: Points, obstacles: Obstacles) -> NDArray[np.bool_]:
    blocked = np.zeros(boxes.shape[:-1], dtype=np.bool_)
    blocked |= _overlaps(boxes, obstacles.boxes).any(axis=-1)
    for centre in obstacles.centres:
        nearest = np.clip(centre, boxes[..., :2], boxes[..., 2:])
        blocked |= np.hypot(*np.moveaxis(nearest - centre, -1, 0)) < obstacles.radius
    return blocked


def _lines_in(boxes: Points, lines: Sequence[Points]) -> Points:
    """Return how many of the other lines pass through each of (n_lines, n_tried, 4) boxes."""
    flat = boxes.reshape(-1, 4).T.copy()
    passing = np.zeros(boxes.shape[:2])
    for number, line in enumerate(lines):
        inside = np.zeros(flat.shape[1], dtype=bool)
        for start, end in pairwise(line):
            (low_x, low_y), (high_x, high_y) = np.minimum(start, end), np.maximum(start, end)
            left, bottom, right, top = flat
            # Few boxes are near: the others need no closer look.
            near = np.flatnonzero(
                (left <= high_x) & (right >= low_x) & (bottom <= high_y) & (top >= low_y)
            )
            inside[near[_cuts(start, end, flat[:, near])]] = True
        through = inside.reshape(boxes.shape[:2])
        if number < len(boxes):
            through[number] = False
        passing += through
    return passing


def _cuts(start: Points, end: Points, boxes: Points) -> NDArray[np.bool_]:
    """Return which of (4, n) boxes a straight line passes through (Liang and Barsky 1984)."""
    x, y = np.where(end == start, 1e-12, end - start)
    left, bottom, right, top = boxes
    x_one, x_two = (left - start[0]) / x, (right - start[0]) / x
    y_one, y_two = (bottom - start[1]) / y, (top - start[1]) / y
    enter = np.maximum(np.minimum(x_one, x_two), np.minimum(y_one, y_two))
    leave = np.minimum(np.maximum(x_one, x_two), np.maximum(y_one, y_two))
    meet: NDArray[np.bool_] = (enter <= leave) & (leave >= 0) & (enter <= 1)
    return meet
