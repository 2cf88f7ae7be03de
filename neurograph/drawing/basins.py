"""Pictures of where it goes downhill, and of where that leads."""

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import QuadMesh
from matplotlib.colors import ListedColormap
from matplotlib.patches import Patch
from matplotlib.quiver import Quiver
from matplotlib.text import Text

from neurograph.checks import whole_number
from neurograph.drawing.canvas import axes_for, check_parts, colour_bar, name_axes, under
from neurograph.drawing.pictures import Drawing
from neurograph.drawing.style import (
    INK,
    PAPER,
    SEQUENTIAL,
    SOFT,
    counted,
    finite,
    numbers,
    reaching,
    short,
    styled,
    thinned,
)
from neurograph.drawing.surfaces import checked_surface
from neurograph.errors import InvalidValueError
from neurograph.landscape import Basins
from neurograph.landscape.terrain import kinds_counted

__all__ = [
    "BasinsDrawing",
    "VectorsDrawing",
    "draw_basins",
    "draw_vectors",
]

#: Pale, and each of another lightness, with patterns that differ as well.
_TINTS = ("#f6ecc9", "#9fc5e3", "#e59f6f", "#7db59c", "#cf9cc0", "#8793b8", "#c9b458", "#b0b0b0")
_PATTERNS = ("", "////", "\\\\\\\\", "....", "xxxx", "----", "||||", "++++")
_PLAIN = 3

# How many minima the key lists, and a description.
_LISTED, _TOLD = 8, 4

# Of the extent of an axis: less than this is rounding.
_NOTHING = 1e-9

# Of the range of minima: less is no other place.
_SEEN = 1e-6


@dataclass(frozen=True, eq=False)
class BasinsDrawing(Drawing):
    """A picture of basins.

    Attributes
    ----------
    ax : matplotlib.axes.Axes
    mesh : QuadMesh
        The number of the minimum reached from each point; masked where a walker did not settle.
    minima : dict of int to Text
        The number at each minimum that is in the picture, by that number, from 1.
    entries : list of Patch
        Those of the key.
    """

    mesh: QuadMesh = field(repr=False)
    minima: dict[int, Text] = field(repr=False)
    entries: list[Patch] = field(repr=False)


@dataclass(frozen=True, eq=False)
class VectorsDrawing(Drawing):
    """A picture of the downhill direction everywhere.

    Attributes
    ----------
    ax : matplotlib.axes.Axes
    arrows : Quiver
    """

    arrows: Quiver = field(repr=False)


@styled
def draw_basins(basins: Basins, *, ax: Axes | None = None, digits: int = 3) -> BasinsDrawing:
    """Draw for every point of a surface which minimum a walker from there reaches.

    Parameters
    ----------
    basins : Basins
        From `neurograph.landscape.basins`.
    ax : matplotlib.axes.Axes, optional
    digits : int
        Significant digits.

    Returns
    -------
    BasinsDrawing

    Raises
    ------
    InvalidTypeError, InvalidValueError
        If these are no basins, or the axes are of another kind.

    Examples
    --------
    >>> import neurograph as ng
    >>> from neurograph.drawing import alt_text, draw_basins
    >>> from neurograph.landscape import basins, loss_surface
    >>> net = ng.Network.layered(1, 1, weights=0.5, bias=0.0, activation="identity")
    >>> surface = loss_surface(net, [[1.0], [-1.0]], [[0.5], [-0.5]], "w1", "o1.bias", points=9)
    >>> print(alt_text(draw_basins(basins(surface, steps=100))))
    Basins over w1 and o1.bias, 1 minimum: 100% of the points lead to minimum 1 at (0.5, 0), loss 0.
    """
    check_parts(
        basins,
        ("surface", "labels", "minima", "kinds", "share"),
        "basins are what neurograph.landscape.basins returns",
    )
    surface = basins.surface
    losses = checked_surface(surface)
    own = ax is None
    ax = axes_for(ax, "a picture of basins", 6.4, 5.8)
    labels = np.ma.masked_less(basins.labels, 0)
    mesh = ax.pcolormesh(
        surface.x, surface.y, labels % len(_TINTS), cmap=ListedColormap(_TINTS), vmin=-0.5,
        vmax=len(_TINTS) - 0.5, shading="nearest", rasterized=True,
    )  # fmt: skip
    ax.set_facecolor("#5a5a5a")
    for place in range(len(basins.minima)):
        mine = np.where(basins.labels == place, 1.0, 0.0)
        if 0 < mine.sum() < mine.size:
            ax.contour(surface.x, surface.y, mine, levels=[0.5], colors=INK, linewidths=1.4)
        if pattern := _pattern(place):
            ax.contourf(surface.x, surface.y, mine, levels=[0.5, 1.5], colors="none",
                        hatches=[pattern])  # fmt: skip
    if losses.min() < losses.max():
        ax.contour(surface.x, surface.y, losses, levels=8, colors=SOFT, linewidths=0.5)
    limits = ax.get_xlim(), ax.get_ylim()
    marks = {}
    for place, ((x, y), kind) in enumerate(zip(basins.minima, basins.kinds, strict=True), 1):
        # A plateau is at no one point.
        if place > _LISTED or kind == "plateau":
            continue
        if limits[0][0] <= x <= limits[0][1] and limits[1][0] <= y <= limits[1][1]:
            marks[place] = ax.text(
                x, y, str(place), ha="center", va="center", weight="bold", size=10, zorder=6,
                color=PAPER, bbox={"boxstyle": "circle,pad=0.25", "facecolor": INK,
                                   "edgecolor": PAPER},
            )  # fmt: skip
    ax.set(xlim=limits[0], ylim=limits[1])
    name_axes(ax, *map(short, surface.over), own=own)
    entries = _basin_entries(basins, digits, set(marks))
    under(ax, entries, own=own)
    return BasinsDrawing(ax, _basins_text(basins, digits), mesh, marks, entries)


def _basins_text(basins: Basins, digits: int) -> str:
    k, surface = len(basins.minima), basins.surface
    parts = [
        f"{_percent(share)} of the points lead to {kind} {place}{where}, loss {loss}"
        for place, (kind, where, loss, share) in enumerate(_minima(basins, digits)[:_TOLD], 1)
    ]
    if k > _TOLD:
        parts.append(f"and {k - _TOLD:,} more")
    unsettled = float(np.mean(basins.labels < 0))
    if unsettled:
        parts.append(f"{_percent(unsettled)} did not settle")
    return (
        f"Basins over {short(surface.over[0])} and {short(surface.over[1])},"
        f" {kinds_counted(basins.kinds)}{': ' if parts else ''}{'; '.join(parts)}."
    )


def _pattern(place: int) -> str:
    """Return the pattern of a basin, counted from 0; no two of the first 64 are alike."""
    again, tint = divmod(place, len(_TINTS))
    return _PATTERNS[(max(0, tint - _PLAIN + 1) + again) % len(_PATTERNS)]


def _percent(share: float) -> str:
    """Return a share; all and none are said of no others."""
    if 0 < share < 0.01:
        return "under 1%"
    return "over 99%" if 0.99 < share < 1 else f"{share:.0%}"


def _minima(basins: Basins, digits: int) -> list[tuple[str, str, str, float]]:
    """Return kind, place, loss and share of each minimum; what is 0 but for rounding as 0."""
    surface = basins.surface
    reach = [np.ptp(axis) * _NOTHING for axis in (surface.x, surface.y, finite(surface.losses))]
    columns = (*basins.minima.T, basins.minimum_losses)
    xs, ys, losses = (
        numbers(np.where(np.abs(column) < least, 0.0, column), digits, least=_SEEN)
        for column, least in zip(columns, reach, strict=True)
    )
    return [
        (kind, "" if kind == "plateau" else f" at ({x}, {y})", loss, float(share))
        for kind, x, y, loss, share in zip(basins.kinds, xs, ys, losses, basins.share, strict=True)
    ]


def _basin_entries(basins: Basins, digits: int, in_view: set[int]) -> list[Patch]:
    entries = []
    for place, (kind, where, loss, share) in enumerate(_minima(basins, digits)[:_LISTED], 1):
        called = f"{place}:" if kind == "minimum" else f"{place}, a {kind}:"
        outside = f"{where}, outside" if where and place not in in_view else ""
        entries.append(
            Patch(
                facecolor=_TINTS[(place - 1) % len(_TINTS)], edgecolor=INK,
                hatch=_pattern(place - 1),
                label=f"{called} loss {loss}, from {_percent(share)}{outside}",
            )
        )  # fmt: skip
    more = len(basins.minima) - _LISTED
    if more > 0:
        entries.append(Patch(facecolor="none", label=f"and {counted(more, 'more', 'more')}"))
    unsettled = float(np.mean(basins.labels < 0))
    if unsettled:
        entries.append(Patch(facecolor="#5a5a5a", label=f"not settled: {_percent(unsettled)}"))
    return entries


@styled
def draw_vectors(
    x: Any,
    y: Any,
    gradient_x: Any,
    gradient_y: Any,
    *,
    ax: Axes | None = None,
    over: tuple[str, str] = ("x", "y"),
    most: int = 21,
    color: str | None = None,
    digits: int = 3,
) -> VectorsDrawing:
    """Draw which way is down: arrows against the gradient, all of one length.

    Parameters
    ----------
    x : array-like of shape (nx,)
    y : array-like of shape (ny,)
    gradient_x, gradient_y : array-like of shape (ny, nx)
        dE/dx and dE/dy.
    ax : matplotlib.axes.Axes, optional
        Such as those of `draw_surface`, whose limits stay as they are.
    over : tuple of two str
        What x and y are.
    most : int
        Arrows along each axis; a finer grid is thinned out.
    color : str, optional
        Of all arrows; by default each shows the length of its gradient.
    digits : int
        Significant digits.

    Returns
    -------
    VectorsDrawing

    Raises
    ------
    InvalidValueError
        If the shapes do not fit, no gradient is finite, or the axes are of another kind.

    Examples
    --------
    >>> from neurograph.drawing import alt_text, draw_vectors
    >>> drawing = draw_vectors([0, 1], [0, 1], [[0, 2], [0, 2]], [[0, 0], [2, 2]])
    >>> print(alt_text(drawing))
    The downhill direction at 4 points over x from 0 to 1 and y from 0 to 1; the gradient is between
    0 and 2.83 long.
    """
    whole_number(most, "most")
    xs, ys, u, v = (
        np.asarray(values, dtype=np.float64) for values in (x, y, gradient_x, gradient_y)
    )
    if xs.ndim != 1 or ys.ndim != 1 or u.shape != (len(ys), len(xs)) or v.shape != u.shape:
        raise InvalidValueError(
            f"gradients must have the shape (ny, nx) of the grid, {(ys.size, xs.size)},"
            f" not {u.shape} and {v.shape}"
        )
    size = np.hypot(u, v)
    if not finite(size).size:
        raise InvalidValueError("no gradient is finite: there is nothing to draw")
    # New axes have no data.
    ax = axes_for(ax, "a field of arrows", 6.4, 5.2)
    limits = (ax.get_xlim(), ax.get_ylim()) if ax.has_data() else None
    rows, columns = thinned(len(ys), most), thinned(len(xs), most)
    part = np.ix_(rows, columns)
    u, v, size = u[part], v[part], size[part]
    known = np.isfinite(size) & (size > 0)
    width, height = np.ptp(xs[columns]) or 1.0, np.ptp(ys[rows]) or 1.0
    # One length on the paper, whatever the units of x and y are.
    with np.errstate(invalid="ignore", divide="ignore"):
        dx, dy = -u / size, -v / size
    right, up = np.where(known, dx, np.nan), np.where(known, dy, np.nan)
    lengths = () if color else (np.ma.masked_invalid(size),)
    arrows = ax.quiver(
        xs[columns], ys[rows], np.ma.masked_invalid(right), np.ma.masked_invalid(up), *lengths,
        angles="xy", pivot="mid", units="width", width=0.0042, scale=1.25 * len(columns),
        color=color, cmap=SEQUENTIAL, zorder=4,
    )  # fmt: skip
    if limits is not None:
        ax.set(xlim=limits[0], ylim=limits[1])
    else:
        name_axes(ax, *map(short, over), own=True)
        ax.set(xlim=_wider(xs, width), ylim=_wider(ys, height))
    if not color:
        colour_bar(ax, arrows, "length of the gradient")
    text = (
        f"The downhill direction at {u.size:,} points over {reaching(over, (xs, ys), digits)};"
        f" the gradient is between"
        f" {' and '.join(numbers([np.nanmin(size), np.nanmax(size)], digits))} long."
    )
    return VectorsDrawing(ax, text, arrows)


def _wider(values: Any, extent: float) -> tuple[float, float]:
    return float(values.min() - 0.05 * extent), float(values.max() + 0.05 * extent)
