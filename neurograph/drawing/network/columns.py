"""Which neurons a picture shows, level by level, and what stands for those it leaves out."""

from collections.abc import Collection, Hashable, Sequence
from dataclasses import dataclass
from typing import TypeVar

from neurograph.network import Network

__all__ = ["Cell", "columns_of", "levels_for_drawing"]

T = TypeVar("T")


@dataclass(frozen=True, eq=False)
class Cell:
    """One place in a column: a neuron, a gap, or a lane that a connection passes through.

    Attributes
    ----------
    kind : {"neuron", "gap", "lane"}
    name : hashable
        Of a neuron.
    omitted : int
        How many neurons, or levels in a column of its own, a gap stands for.
    of_levels : bool
        Whether a gap stands for levels.
    """

    kind: str
    name: Hashable = None
    omitted: int = 0
    of_levels: bool = False


def levels_for_drawing(net: Network) -> list[list[Hashable]]:
    """Return the levels, each bias neuron in the level before the first neuron that it feeds."""
    levels = net.levels
    level_of = {name: number for number, level in enumerate(levels) for name in level}
    moved: list[tuple[int, Hashable]] = []
    for name in levels[0]:
        posts = [level_of[post] for post in net.successors(name)]
        if net.nodes[name].kind == "bias" and posts and min(posts) > 1:
            moved.append((min(posts) - 1, name))
    gone = {name for _, name in moved}
    levels[0] = [name for name in levels[0] if name not in gone]
    for number, name in moved:
        levels[number].append(name)
    return levels


def columns_of(
    net: Network,
    most_neurons: int | None,
    most_levels: int | None,
    wanted: Collection[Hashable] = (),
) -> list[list[Cell]]:
    """Return the columns of a picture: levels, or some of their neurons with gaps between.

    Parameters
    ----------
    net : Network
    most_neurons, most_levels : int or None
        A level with more neurons, or a network with more levels, is shortened.
    wanted : collection
        Neurons that are shown in any case. So are bias neurons.

    Returns
    -------
    list of list of Cell
    """
    levels = levels_for_drawing(net)
    holding = {number for number, level in enumerate(levels) if any(n in wanted for n in level)}
    columns: list[list[Cell]] = []
    for part in _shortened(range(len(levels)), most_levels, holding):
        if isinstance(part, _Gap):
            columns.append([Cell("gap", omitted=part.omitted, of_levels=True)])
            continue
        level = levels[part]
        kept = {
            place
            for place, name in enumerate(level)
            if name in wanted or net.nodes[name].kind == "bias"
        }
        cells = []
        for place in _shortened(range(len(level)), most_neurons, kept):
            if isinstance(place, _Gap):
                cells.append(Cell("gap", omitted=place.omitted))
            else:
                cells.append(Cell("neuron", level[place]))
        columns.append(cells)
    return columns


@dataclass(frozen=True)
class _Gap:
    omitted: int


def _shortened(
    places: Sequence[int], most: int | None, wanted: Collection[int]
) -> "list[int | _Gap]":
    """Return the first and the last few places, and the wanted, with gaps where others were."""
    n = len(places)
    if most is None or n <= most:
        return list(places)
    # The gap itself takes the room of two.
    ends = max((most - 2) // 2, 1)
    shown = sorted({*range(ends), *range(n - ends, n), *wanted})
    parts: list[int | _Gap] = []
    before = -1
    for place in shown:
        if place - before == 2:  # one alone needs no more room than a gap
            parts.append(place - 1)
        elif place - before > 2:
            parts.append(_Gap(place - before - 1))
        parts.append(place)
        before = place
    return parts
