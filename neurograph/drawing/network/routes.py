"""Where neurons stand and which way connections take, along levels (u) and across them (v)."""

from collections.abc import Hashable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from neurograph.drawing.network.columns import Cell

__all__ = ["Layout", "Sizes", "lay_out"]

Pair = tuple[Hashable, Hashable]
Points = NDArray[np.float64]

_SPREAD = 1.6


@dataclass(frozen=True)
class Sizes:
    """The measures of a layout, in inches.

    Attributes
    ----------
    radius : float
        Of a neuron.
    pitch : float
        From one neuron of a level to the next.
    band : float
        Between two levels, from the rim of a neuron to the rim of the next.
    lane : float
        Room across for a connection that passes a level.
    gap : float
        Room across for the sign that neurons are left out.
    """

    radius: float
    pitch: float
    band: float
    lane: float
    gap: float

    def across(self, cell: Cell) -> float:
        """Return the room that a cell takes."""
        return {"neuron": self.pitch, "lane": self.lane, "gap": self.gap}[cell.kind]


@dataclass(frozen=True)
class Layout:
    """Positions of all cells, and the routes of the connections.

    Attributes
    ----------
    positions : dict from Cell to tuple of float
        (u, v).
    routes : dict from (pre, post) to list of ndarray of shape (n, 2)
        Pieces one after the other: two points of a straight line or four of a Bézier curve.
    """

    positions: dict[Cell, tuple[float, float]]
    routes: dict[Pair, list[Points]]


def lay_out(columns: Sequence[list[Cell]], pairs: Sequence[Pair], sizes: Sizes) -> Layout:
    """Place neurons column by column; lead connections that skip levels through lanes.

    A lane is a place in a column like that of a neuron, so that nothing else is there.

    Parameters
    ----------
    columns : sequence of list of Cell
    pairs : sequence of (pre, post)
        The connections to be drawn; both ends are in the columns.
    sizes : Sizes

    Returns
    -------
    Layout
    """
    columns = [list(column) for column in columns]
    place = {
        cell.name: (number, cell)
        for number, column in enumerate(columns)
        for cell in column
        if cell.kind == "neuron"
    }
    links: list[list[tuple[Cell, Cell]]] = [[] for _ in columns]
    skips: list[tuple[int, int, Pair]] = []
    for pre, post in pairs:
        (start, pre_cell), (end, post_cell) = place[pre], place[post]
        if end - start == 1:
            links[start].append((pre_cell, post_cell))
        else:
            skips.append((start, end, (pre, post)))
    lanes: dict[Pair, list[Cell]] = {}
    for start, end, (pre, post) in sorted(skips, key=lambda skip: skip[1] - skip[0]):
        chain = [place[pre][1]]
        for number in range(start + 1, end):
            lane = Cell("lane")
            at = _best_gap(columns, links, number, chain[-1], place[post], sizes)
            columns[number].insert(at, lane)
            links[number - 1].append((chain[-1], lane))
            chain.append(lane)
        links[end - 1].append((chain[-1], place[post][1]))
        lanes[pre, post] = chain[1:]
    across = _across(columns, sizes)
    step = 2 * sizes.radius + sizes.band
    positions = {
        cell: (number * step, across[cell])
        for number, column in enumerate(columns)
        for cell in column
    }
    routes = {
        (pre, post): _route(
            positions[place[pre][1]],
            [positions[lane] for lane in lanes.get((pre, post), ())],
            positions[place[post][1]],
            sizes.radius,
        )
        for pre, post in pairs
    }
    return Layout(positions, routes)


def _across(columns: Sequence[Sequence[Cell]], sizes: Sizes) -> dict[Cell, float]:
    """Return where each cell is across its level, every level centred at 0."""
    where: dict[Cell, float] = {}
    needed = [sum(sizes.across(cell) for cell in column) for column in columns]
    for column, room in zip(columns, needed, strict=True):
        # Small levels beside large ones are spread, so that lines are less steep.
        spread = min(_SPREAD, max(needed) / room)
        ends = np.cumsum([0.0, *(spread * sizes.across(cell) for cell in column)])
        middles = (ends[:-1] + ends[1:] - ends[-1]) / 2
        where.update(zip(column, middles.tolist(), strict=True))
    return where


def _best_gap(
    columns: Sequence[Sequence[Cell]],
    links: Sequence[Sequence[tuple[Cell, Cell]]],
    number: int,
    before: Cell,
    goal: tuple[int, Cell],
    sizes: Sizes,
) -> int:
    """Return where in a column a lane crosses few connections and lies near the straight way."""
    where = _across(columns, sizes)
    column = columns[number]
    middles = np.array([where[cell] for cell in column])
    outside = sizes.pitch / 2
    gaps = np.array(
        [middles[0] - outside, *(middles[:-1] + middles[1:]) / 2, middles[-1] + outside]
    )
    end, post = goal
    share = 1 / (end - number + 1)
    straight = where[before] + share * (where[post] - where[before])
    onward = gaps + (where[post] - gaps) / (end - number)
    crossed = _crossings(links[number - 1], where, np.full(len(gaps), where[before]), gaps)
    crossed += _crossings(links[number], where, gaps, onward)
    cost = crossed + 0.6 * np.abs(gaps - straight) / sizes.pitch
    return int(np.argmin(cost))


def _crossings(
    links: Sequence[tuple[Cell, Cell]], where: dict[Cell, float], start: Points, end: Points
) -> Points:
    if not links:
        return np.zeros(len(start))
    one = np.array([[where[pre], where[post]] for pre, post in links])
    crossed: Points = np.sum(
        (one[:, :1] - start[None, :]) * (one[:, 1:] - end[None, :]) < 0, axis=0, dtype=np.float64
    )
    return crossed


def _route(
    start: tuple[float, float],
    lanes: Sequence[tuple[float, float]],
    end: tuple[float, float],
    radius: float,
) -> list[Points]:
    """Return a straight line to the next level, or curves that pass each level in its lane."""
    first, last = (start[0] + radius, start[1]), (end[0] - radius, end[1])
    if not lanes:
        return [np.array([first, last])]
    pieces: list[Points] = []
    here = first
    for u, v in lanes:
        # Straight where it passes the neurons, so that it keeps the same distance from them.
        entry, leave = (u - 1.15 * radius, v), (u + 1.15 * radius, v)
        pieces += [_curve(here, entry), np.array([entry, leave])]
        here = leave
    return [*pieces, _curve(here, last)]


def _curve(start: tuple[float, float], end: tuple[float, float]) -> Points:
    """Return an S-curve that starts and ends along the levels' axis."""
    half = (end[0] - start[0]) / 2
    return np.array([start, (start[0] + half, start[1]), (end[0] - half, end[1]), end])
