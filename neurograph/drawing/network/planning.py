"""A picture of a network in inches, before anything is drawn."""

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from math import hypot

import numpy as np
from numpy.typing import NDArray

from neurograph.drawing.network.columns import Cell
from neurograph.drawing.network.placing import Obstacles, flattened, place_labels
from neurograph.drawing.network.routes import Layout, Sizes, lay_out
from neurograph.drawing.texts import LINE_SPACING, block_size, text_size

__all__ = ["FIELD_SIZE", "LABEL_SIZE", "NAME_SIZE", "Plan", "gap_text", "make_plan", "text_lines"]

Pair = tuple[Hashable, Hashable]
Points = NDArray[np.float64]

#: Of the fonts, in points.
NAME_SIZE, FIELD_SIZE, LABEL_SIZE = 12.5, 9.5, 9.0

_LEAST_RADIUS = 0.27
# Kept between a text and the rim around it, and between a label and everything else.
_INSIDE, _APART = 0.05, 0.035
_BETWEEN_NEURONS, _BETWEEN_FEW, _FEW = 0.2, 0.5, 4
_LEAST_BAND = 1.8
# Of the tallest level: lines are not too steep to be told apart.
_BAND_OF_HEIGHT = 0.42
# How often a layout without room for its labels is made larger, and by how much.
_TRIES, _WIDER, _TALLER = 9, 1.14, 1.09


@dataclass(frozen=True)
class Plan:
    """Where everything is, in inches: x to the right, y upwards.

    Attributes
    ----------
    radius : float
        Of a neuron.
    neurons : dict
        Position by name.
    gaps : list of (Cell, x, y)
    routes : dict
        Pieces of the line of each connection.
    labels : dict
        Position of the label of each connection; those without room are missing.
    extent : tuple of float
        Left, bottom, right, top.
    """

    radius: float
    neurons: dict[Hashable, tuple[float, float]]
    gaps: list[tuple[Cell, float, float]]
    routes: dict[Pair, list[Points]]
    labels: dict[Pair, tuple[float, float]] = field(default_factory=dict)
    extent: tuple[float, float, float, float] = (0.0, 0.0, 0.0, 0.0)


def text_lines(name: str, texts: Sequence[str]) -> list[tuple[str, float, str, float]]:
    """Return the lines of a neuron: text, size, weight, and the height of the line's middle."""
    lines = [(name, NAME_SIZE, "bold"), *((text, FIELD_SIZE, "normal") for text in texts)]
    heights = [LINE_SPACING * size / 72 for _, size, _ in lines]
    top = sum(heights) / 2
    placed = []
    for (text, size, weight), height in zip(lines, heights, strict=True):
        placed.append((text, size, weight, top - height / 2))
        top -= height
    return placed


def gap_text(cell: Cell, direction: str) -> str:
    """Return what is written where neurons or levels are left out."""
    if cell.of_levels:
        levels = "level" if cell.omitted == 1 else "levels"
        return (
            f"{cell.omitted:,}\nmore\n{levels}"
            if direction == "right"
            else (f"⋮  {cell.omitted:,} more {levels}  ⋮")
        )
    if direction == "up":
        return f"⋯\n{cell.omitted:,}\nmore"
    return f"⋮\n{cell.omitted:,} more\n⋮"


def make_plan(
    columns: Sequence[list[Cell]],
    pairs: Sequence[Pair],
    neuron_texts: Mapping[Hashable, Sequence[str]],
    label_texts: Mapping[Pair, Sequence[str]],
    direction: str,
) -> Plan:
    """Lay a picture out so large that the labels have room.

    Parameters
    ----------
    columns : sequence of list of Cell
    pairs : sequence of (pre, post)
        The connections to be drawn.
    neuron_texts : mapping
        Lines below the name of each neuron.
    label_texts : mapping
        For each connection with a label everything that it will ever say.
    direction : {"right", "up"}

    Returns
    -------
    Plan
    """
    radius = max(
        [_LEAST_RADIUS, *(_radius_for(str(name), texts) for name, texts in neuron_texts.items())]
    )
    boxes = {pair: _widest(texts) for pair, texts in label_texts.items()}
    sizes = _first_sizes(columns, radius, list(boxes.values()), direction)
    plan = _planned(columns, pairs, sizes, boxes, direction)
    for _ in range(_TRIES):
        if len(plan.labels) == len(boxes):
            break
        sizes = Sizes(
            radius,
            sizes.pitch * _TALLER,
            sizes.band * _WIDER,
            sizes.lane * _TALLER,
            sizes.gap,
        )
        larger = _planned(columns, pairs, sizes, boxes, direction)
        if len(larger.labels) > len(plan.labels):
            plan = larger
    return plan


def _radius_for(name: str, texts: Sequence[str]) -> float:
    reach = 0.0
    for text, size, weight, middle in text_lines(name, texts):
        width, height = text_size(text, size, weight)
        reach = max(reach, hypot(width / 2, abs(middle) + 0.5 * height))
    return reach + _INSIDE


def _widest(texts: Sequence[str]) -> tuple[float, float]:
    sizes = [block_size(text, LABEL_SIZE) for text in texts]
    return max(width for width, _ in sizes), max(height for _, height in sizes)


def _first_sizes(
    columns: Sequence[Sequence[Cell]],
    radius: float,
    boxes: Sequence[tuple[float, float]],
    direction: str,
) -> Sizes:
    width = max((box[0] for box in boxes), default=0.0)
    height = max((box[1] for box in boxes), default=0.0)
    few = max(map(len, columns)) <= _FEW
    # Labels of several lines hide more of the lines that they are on.
    more = max(height - block_size("0", LABEL_SIZE)[1], 0.0)
    pitch = 2 * radius + (_BETWEEN_FEW if few else _BETWEEN_NEURONS) + more
    if direction == "right":
        lane, gap, along = max(0.3, height + 0.1), 0.75, width
    else:
        lane, gap, along = max(0.4, width + 0.1), 0.95, height
    trial = Sizes(radius, pitch, 1.0, lane, gap)
    tallest = max(sum(trial.across(cell) for cell in column) for column in columns)
    band = max(_LEAST_BAND, (3.4 if more else 2.6) * along + 0.3, _BAND_OF_HEIGHT * tallest)
    return Sizes(radius, pitch, band, lane, gap)


def _planned(
    columns: Sequence[list[Cell]],
    pairs: Sequence[Pair],
    sizes: Sizes,
    boxes: Mapping[Pair, tuple[float, float]],
    direction: str,
) -> Plan:
    layout: Layout = lay_out(columns, pairs, sizes)
    # Across runs downwards where levels run to the right, so that the first neuron is on top.
    turn = (
        np.array([[1.0, 0.0], [0.0, -1.0]])
        if direction == "right"
        else np.array([[0.0, 1.0], [1.0, 0.0]])
    )
    routes = {pair: [piece @ turn for piece in layout.routes[pair]] for pair in pairs}
    neurons: dict[Hashable, tuple[float, float]] = {}
    gaps = []
    for cell, at in layout.positions.items():
        x, y = (float(value) for value in np.array(at) @ turn)
        if cell.kind == "neuron":
            neurons[cell.name] = (x, y)
        elif cell.kind == "gap":
            gaps.append((cell, x, y))
    gap_boxes = []
    for cell, x, y in gaps:
        w, h = block_size(gap_text(cell, direction), FIELD_SIZE)
        gap_boxes.append((x - w / 2, y - h / 2, x + w / 2, y + h / 2))
    obstacles = Obstacles(
        np.array(list(neurons.values())),
        sizes.radius + _APART,
        np.array(gap_boxes).reshape(-1, 4),
    )
    lines = {pair: flattened(route) for pair, route in routes.items()}
    labelled = [pair for pair in pairs if pair in boxes]
    others = [pair for pair in pairs if pair not in boxes]
    spots = place_labels(
        [lines[pair] for pair in [*labelled, *others]],
        [(boxes[pair][0] + 2 * _APART, boxes[pair][1] + 2 * _APART) for pair in labelled],
        obstacles,
    )
    labels = {pair: spot for pair, spot in zip(labelled, spots, strict=True) if spot is not None}
    reach = [
        (x + side * boxes[pair][0] / 2, y + side * boxes[pair][1] / 2)
        for pair, (x, y) in labels.items()
        for side in (-1, 1)
    ]
    corners = np.concatenate(
        [
            obstacles.centres - sizes.radius,
            obstacles.centres + sizes.radius,
            obstacles.boxes.reshape(-1, 2),
            np.array(reach).reshape(-1, 2),
            *lines.values(),
        ]
    )
    (left, bottom), (right, top) = corners.min(axis=0), corners.max(axis=0)
    extent = (float(left), float(bottom), float(right), float(top))
    return Plan(sizes.radius, neurons, gaps, routes, labels, extent)
