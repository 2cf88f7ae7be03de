"""Pictures of where it goes downhill, and of where that leads."""

from collections import Counter
from dataclasses import field
from typing import Any, Unpack

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
    counted,
    finite,
    numbers,
    phrase,
    reaching,
    short,
    thinned,
    whole,
)
from neurograph.drawing.surfaces import checked_surface
from neurograph.drawing.themes import LookOptions, pattern, styled, theme
from neurograph.errors import InvalidValueError
from neurograph.landscape import Basins
from neurograph.records import record

__all__ = [
    "BasinsDrawing",
    "VectorsDrawing",
    "draw_basins",
    "draw_vectors",
]

# Where walkers did not settle.
_UNSETTLED = "#5a5a5a"

# How many minima the key lists, and a description.
_LISTED, _TOLD = 8, 4

# Of the extent of an axis: less than this is rounding.
_NOTHING = 1e-9

# Of the range of minima: less is no other place.
_SEEN = 1e-6


@record(eq=False)
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


@record(eq=False)
class VectorsDrawing(Drawing):
    """A picture of the downhill direction everywhere.

    Attributes
    ----------
    ax : matplotlib.axes.Axes
    arrows : Quiver
    """

    arrows: Quiver = field(repr=False)


@styled
def draw_basins(
    basins: Basins, *, ax: Axes | None = None, digits: int = 3, **look: Unpack[LookOptions]
) -> BasinsDrawing:
    """Draw for every point of a surface which minimum a walker from there reaches.

    Parameters
    ----------
    basins : Basins
        From `neurograph.landscape.basins`.
    ax : matplotlib.axes.Axes, optional
    digits : int
        Significant digits.
    **look
        Theme, size, dpi and language: see `LookOptions`.

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
    tints = theme().tints
    mesh = ax.pcolormesh(
        surface.x, surface.y, labels % len(tints), cmap=ListedColormap(tints), vmin=-0.5,
        vmax=len(tints) - 0.5, shading="nearest", rasterized=True,
    )  # fmt: skip
    ax.set_facecolor(_UNSETTLED)
    for place in range(len(basins.minima)):
        mine = np.where(basins.labels == place, 1.0, 0.0)
        if 0 < mine.sum() < mine.size:
            ax.contour(surface.x, surface.y, mine, levels=[0.5], colors=theme().ink, linewidths=1.4)
        if hatch := pattern(place):
            ax.contourf(surface.x, surface.y, mine, levels=[0.5, 1.5], colors="none",
                        hatches=[hatch]).set(edgecolor=theme().ink, linewidth=0)  # fmt: skip
    if losses.min() < losses.max():
        ax.contour(surface.x, surface.y, losses, levels=8, colors=theme().soft, linewidths=0.5)
    limits = ax.get_xlim(), ax.get_ylim()
    marks = {}
    for place, ((x, y), kind) in enumerate(zip(basins.minima, basins.kinds, strict=True), 1):
        # A plateau is at no one point.
        if place > _LISTED or kind == "plateau":
            continue
        if limits[0][0] <= x <= limits[0][1] and limits[1][0] <= y <= limits[1][1]:
            marks[place] = ax.text(
                x, y, str(place), ha="center", va="center", weight="bold", size=10, zorder=6,
                color=theme().paper,
                bbox={"boxstyle": "circle,pad=0.25", "facecolor": theme().ink,
                      "edgecolor": theme().paper},
            )  # fmt: skip
    ax.set(xlim=limits[0], ylim=limits[1])
    name_axes(ax, *map(short, surface.over), own=own)
    entries = _basin_entries(basins, digits, set(marks))
    under(ax, entries, own=own)
    return BasinsDrawing(ax, _basins_text(basins, digits), mesh, marks, entries)


def _basins_text(basins: Basins, digits: int) -> str:
    k, surface = len(basins.minima), basins.surface
    parts = [
        phrase("leads to", share=_percent(share), what=f"{_called(kind)} {place}{where}", loss=loss)
        for place, (kind, where, loss, share) in enumerate(_minima(basins, digits)[:_TOLD], 1)
    ]
    if k > _TOLD:
        parts.append(phrase("and more", n=whole(k - _TOLD)))
    unsettled = float(np.mean(basins.labels < 0))
    if unsettled:
        parts.append(phrase("did not settle", share=_percent(unsettled)))
    counts = Counter(basins.kinds) or {"minimum": 0}
    kinds = f" {phrase('and')} ".join(counted(n, kind) for kind, n in counts.items())
    text = phrase("basins", x=short(surface.over[0]), y=short(surface.over[1]), kinds=kinds)
    return f"{text}{': ' if parts else ''}{'; '.join(parts)}."


def _called(kind: str) -> str:
    return phrase(kind).partition("|")[0]


def _percent(share: float) -> str:
    """Return a share; all and none are said of no others."""
    if 0 < share < 0.01:
        return phrase("under", percent="1%")
    return phrase("over", percent="99%") if 0.99 < share < 1 else f"{share:.0%}"


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
        (
            kind,
            "" if kind == "plateau" else phrase("at", value="", place=phrase("pair", x=x, y=y)),
            loss,
            float(share),
        )
        for kind, x, y, loss, share in zip(basins.kinds, xs, ys, losses, basins.share, strict=True)
    ]


def _basin_entries(basins: Basins, digits: int, in_view: set[int]) -> list[Patch]:
    entries = []
    for place, (kind, where, loss, share) in enumerate(_minima(basins, digits)[:_LISTED], 1):
        called = f"{place}:" if kind == "minimum" else f"{place}, {phrase(f'a {kind}')}:"
        outside = f"{where}, {phrase('outside')}" if where and place not in in_view else ""
        told = phrase("loss from", loss=loss, share=_percent(share))
        entries.append(
            Patch(
                facecolor=theme().tints[(place - 1) % len(theme().tints)], edgecolor=theme().ink,
                hatch=pattern(place - 1),
                label=f"{called} {told}{outside}",
            )
        )  # fmt: skip
    more = len(basins.minima) - _LISTED
    if more > 0:
        entries.append(Patch(facecolor="none", label=phrase("and more", n=whole(more))))
    unsettled = float(np.mean(basins.labels < 0))
    if unsettled:
        entries.append(
            Patch(facecolor=_UNSETTLED, label=phrase("not settled", share=_percent(unsettled)))
        )
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
    **look: Unpack[LookOptions],
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
    **look
        Theme, size, dpi and language: see `LookOptions`.

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
        color=color, cmap=theme().strokes, zorder=4,
    )  # fmt: skip
    if limits is not None:
        ax.set(xlim=limits[0], ylim=limits[1])
    else:
        name_axes(ax, *map(short, over), own=True)
        ax.set(xlim=_wider(xs, width), ylim=_wider(ys, height))
    if not color:
        colour_bar(ax, arrows, phrase("length of the gradient"))
    shortest, longest = numbers([np.nanmin(size), np.nanmax(size)], digits)
    text = phrase(
        "arrows",
        n=whole(u.size),
        region=reaching(over, (xs, ys), digits),
        shortest=shortest,
        longest=longest,
    )
    return VectorsDrawing(ax, text, arrows)


def _wider(values: Any, extent: float) -> tuple[float, float]:
    return float(values.min() - 0.05 * extent), float(values.max() + 0.05 * extent)
