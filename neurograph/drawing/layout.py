"""Where the parts of a diagram are, in inches, before anything is drawn."""

from collections.abc import Collection, Hashable, Mapping, Sequence
from dataclasses import replace
from itertools import pairwise
from math import hypot

import numpy as np
from numpy.typing import NDArray

from neurograph.drawing.style import LINE_SPACING, block_size, counted, phrase, text_size, whole
from neurograph.network import Network
from neurograph.records import record

__all__ = [
    "FIELD_SIZE",
    "LABEL_SIZE",
    "Cell",
    "Obstacles",
    "Pair",
    "Sketch",
    "along",
    "columns_of",
    "flattened",
    "gap_text",
    "levels_for_drawing",
    "place_labels",
    "sketch_of",
    "text_lines",
]

Pair = tuple[Hashable, Hashable]
Points = NDArray[np.float64]
Place = tuple[float, float]

#: Of the fonts, in points.
NAME_SIZE, FIELD_SIZE, LABEL_SIZE = 12.5, 9.5, 9.0

_LEAST_RADIUS = 0.27
# Kept between a text and the rim around it, and between a label and everything else.
_INSIDE, _APART = 0.05, 0.035
# Of the rim of a label of several rows.
_ROUND_ROWS = 0.06
_BETWEEN_NEURONS, _BETWEEN_FEW, _FEW = 0.2, 0.5, 4
_LEAST_BAND = 1.8
# Of the tallest level: lines are not too steep to be told apart.
_BAND_OF_HEIGHT = 0.42
# How often a layout without room for its labels is made larger, and by how much.
_TRIES, _WIDER, _TALLER = 9, 1.14, 1.09
# Small levels beside large ones are spread by up to so much, so that lines are less steep.
_SPREAD = 1.6

# Places tried along each line.
_TRIED = 41

# How often those that found no place are put first and all are placed again.
_ROUNDS = 6

# To other lines, in inches, where there is a choice.
_CLEARANCE = 0.09


@record(eq=False)
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
    for part in _shortened(len(levels), most_levels, holding):
        if isinstance(part, Cell):
            columns.append([replace(part, of_levels=True)])
            continue
        level = levels[part]
        kept = {
            place
            for place, name in enumerate(level)
            if name in wanted or net.nodes[name].kind == "bias"
        }
        parts = _shortened(len(level), most_neurons, kept)
        columns.append([at if isinstance(at, Cell) else Cell("neuron", level[at]) for at in parts])
    return columns


def _shortened(n: int, most: int | None, wanted: Collection[int]) -> list[int | Cell]:
    """Return the first and the last few of n places, and the wanted, with gaps between them."""
    if most is None or n <= most:
        return list(range(n))
    # The gap itself takes the room of two.
    ends = max((most - 2) // 2, 1)
    shown = sorted({*range(ends), *range(n - ends, n), *wanted})
    parts: list[int | Cell] = []
    before = -1
    for place in shown:
        if place - before == 2:  # one alone needs no more room than a gap
            parts.append(place - 1)
        elif place - before > 2:
            parts.append(Cell("gap", omitted=place - before - 1))
        parts.append(place)
        before = place
    return parts


@record
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


def _lay_out(
    columns: Sequence[list[Cell]], pairs: Sequence[Pair], sizes: Sizes
) -> tuple[dict[Cell, Place], dict[Pair, list[Points]]]:
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
    positions : dict from Cell to tuple of float
        (u, v), along the levels and across them.
    routes : dict from (pre, post) to list of ndarray of shape (n, 2)
        Pieces one after the other: two points of a straight line or four of a Bézier curve.
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
    return positions, routes


def _across(columns: Sequence[Sequence[Cell]], sizes: Sizes) -> dict[Cell, float]:
    """Return where each cell is across its level, every level centred at 0."""
    where: dict[Cell, float] = {}
    needed = [sum(sizes.across(cell) for cell in column) for column in columns]
    for column, room in zip(columns, needed, strict=True):
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
    ends = np.array([[where[pre], where[post]] for pre, post in links])
    crossed: Points = np.sum(
        (ends[:, :1] - start) * (ends[:, 1:] - end) < 0, axis=0, dtype=np.float64
    )
    return crossed


def _route(
    start: Place,
    lanes: Sequence[Place],
    end: Place,
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


def _curve(start: Place, end: Place) -> Points:
    """Return an S-curve that starts and ends along the levels' axis."""
    half = (end[0] - start[0]) / 2
    return np.array([start, (start[0] + half, start[1]), (end[0] - half, end[1]), end])


@record
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
    lines: Sequence[Points], sizes: Sequence[Place], obstacles: Obstacles
) -> list[Place | None]:
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
    spots = np.stack([along(line, share) for line in lines[: len(sizes)]])
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


def along(line: Points, share: Points | float) -> Points:
    """Return the points at shares of the length of a line, or the one at a share."""
    length = np.concatenate([[0.0], np.cumsum(np.hypot(*np.diff(line, axis=0).T))])
    at = share * length[-1]
    return np.stack([np.interp(at, length, line[:, axis]) for axis in (0, 1)], axis=-1)


def _overlaps(boxes: Points, others: Points) -> NDArray[np.bool_]:
    """Return which of (n, 4) boxes overlap which of (m, 4) others."""
    boxes = boxes[..., None, :]
    meet = (boxes[..., :2] < others[..., 2:]) & (others[..., :2] < boxes[..., 2:])
    return np.logical_and(meet[..., 0], meet[..., 1])


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


@record
class Sketch:
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
    neurons: dict[Hashable, Place]
    gaps: list[tuple[Cell, float, float]]
    routes: dict[Pair, list[Points]]
    labels: dict[Pair, Place]
    extent: tuple[float, float, float, float]


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
        levels = counted(cell.omitted, "more levels")
        return levels.replace(" ", "\n") if direction == "right" else f"⋮  {levels}  ⋮"
    more = phrase("more neurons", n=whole(cell.omitted))
    return "⋯\n" + more.replace(" ", "\n") if direction == "up" else f"⋮\n{more}\n⋮"


def sketch_of(
    columns: Sequence[list[Cell]],
    pairs: Sequence[Pair],
    neuron_texts: Mapping[Hashable, Sequence[str]],
    label_texts: Mapping[Pair, Sequence[str]],
    direction: str,
) -> Sketch:
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
    Sketch
    """
    radius = max(
        [_LEAST_RADIUS, *(_radius_for(str(name), texts) for name, texts in neuron_texts.items())]
    )
    boxes = {pair: _widest(texts) for pair, texts in label_texts.items()}
    sizes = _first_sizes(columns, radius, list(boxes.values()), direction)
    sketch = _sketched(columns, pairs, sizes, boxes, direction)
    for _ in range(_TRIES):
        if len(sketch.labels) == len(boxes):
            break
        sizes = replace(
            sizes,
            pitch=sizes.pitch * _TALLER,
            band=sizes.band * _WIDER,
            lane=sizes.lane * _TALLER,
        )
        larger = _sketched(columns, pairs, sizes, boxes, direction)
        if len(larger.labels) > len(sketch.labels):
            sketch = larger
    return sketch


def _radius_for(name: str, texts: Sequence[str]) -> float:
    reach = 0.0
    for text, size, weight, middle in text_lines(name, texts):
        width, height = text_size(text, size, weight)
        reach = max(reach, hypot(width / 2, abs(middle) + 0.5 * height))
    return reach + _INSIDE


def _widest(texts: Sequence[str]) -> Place:
    sizes = [block_size(text, LABEL_SIZE) for text in texts]
    rim = _ROUND_ROWS if any("\n" in text for text in texts) else 0.0
    return max(width for width, _ in sizes) + rim, max(height for _, height in sizes) + rim


def _first_sizes(
    columns: Sequence[Sequence[Cell]],
    radius: float,
    boxes: Sequence[Place],
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


def _sketched(
    columns: Sequence[list[Cell]],
    pairs: Sequence[Pair],
    sizes: Sizes,
    boxes: Mapping[Pair, Place],
    direction: str,
) -> Sketch:
    positions, routes = _lay_out(columns, pairs, sizes)
    # Across runs downwards where levels run to the right, so that the first neuron is on top.
    turn = np.array([[1.0, 0.0], [0.0, -1.0]] if direction == "right" else [[0.0, 1.0], [1.0, 0.0]])
    routes = {pair: [piece @ turn for piece in route] for pair, route in routes.items()}
    turned = [(cell, *(np.array(at) @ turn).tolist()) for cell, at in positions.items()]
    neurons = {cell.name: (x, y) for cell, x, y in turned if cell.kind == "neuron"}
    gaps = [place for place in turned if place[0].kind == "gap"]
    obstacles = Obstacles(
        np.array(list(neurons.values())),
        sizes.radius + _APART,
        np.array([_around((x, y), _gap_size(cell, direction)) for cell, x, y in gaps]).reshape(
            -1, 4
        ),
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
    corners = np.concatenate(
        [
            obstacles.centres - sizes.radius,
            obstacles.centres + sizes.radius,
            obstacles.boxes.reshape(-1, 2),
            np.array([_around(labels[pair], boxes[pair]) for pair in labels]).reshape(-1, 2),
            *lines.values(),
        ]
    )
    (left, bottom), (right, top) = corners.min(axis=0).tolist(), corners.max(axis=0).tolist()
    return Sketch(sizes.radius, neurons, gaps, routes, labels, (left, bottom, right, top))


def _gap_size(cell: Cell, direction: str) -> Place:
    return block_size(gap_text(cell, direction), FIELD_SIZE)


def _around(middle: Place, size: Place) -> tuple[float, float, float, float]:
    """Return left, bottom, right and top of what has a middle and a size."""
    (x, y), (width, height) = middle, size
    return x - width / 2, y - height / 2, x + width / 2, y + height / 2
