"""`draw_surface`: the loss over two weights or on a plane, from above or in space, with paths."""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.colors import BoundaryNorm
from matplotlib.contour import QuadContourSet
from matplotlib.lines import Line2D
from matplotlib.patheffects import Normal, Stroke
from matplotlib.ticker import MaxNLocator
from numpy.typing import NDArray

from neurograph.drawing.canvas import Drawing, checked_axes, new_figure, root_figure
from neurograph.drawing.paths import (
    Traced,
    apart,
    labels,
    named_paths,
    told_apart,
    traced_on_surface,
)
from neurograph.drawing.style import INK, PAPER, SEQUENTIAL, finite, number, styled
from neurograph.drawing.texts import text_size
from neurograph.drawing.ticks import Numbers, spaced
from neurograph.drawing.wording import axis_name, counted, noted, short
from neurograph.elements import one_of, whole_number
from neurograph.errors import InvalidTypeError, InvalidValueError
from neurograph.escapes import picture_words
from neurograph.spelling import digits_apart

if TYPE_CHECKING:
    from neurograph.landscape import LossPlane, LossSurface

__all__ = ["SurfaceDrawing", "checked_surface", "contours", "draw_surface", "under"]

Array = NDArray[np.float64]

KINDS = ("contour", "3d")

# Of paths on a dark and a light ground alike: each has a rim of the other shade.
_PATHS = ("#ffffff", "#ffb000", "#ff8fc8", "#7fe0c3", "#d3d3d3")
_MARKERS = ("o", "s", "^", "D", "v", "P", "X", "p")

# Of a key whose samples are partly white.
_GROUND = "#c8ccd2"

# Between two marked points of a path, in parts of the picture's width: long steps can be told
# apart, short ones would be a blot.
_APART, _APART_DASHED = 0.025, 0.09

# Below this share of the range lies half of a surface that is a bowl seen from high above.
_FLAT = 0.25


@dataclass(frozen=True, eq=False)
class SurfaceDrawing(Drawing):
    """A picture of a loss surface.

    Attributes
    ----------
    ax : matplotlib.axes.Axes
    surface : QuadContourSet or Poly3DCollection
    here : Artist
        The network as it is.
    paths : dict of str to Line2D
        By name; dashed where a path leaves the plane.
    starts, ends : dict of str to Line2D
        Marks of the first and the last point of each path.
    bar : Axes or None
        Those of the colour bar.
    """

    surface: Any = field(repr=False)
    here: Artist = field(repr=False)
    paths: dict[str, Line2D] = field(repr=False)
    starts: dict[str, Line2D] = field(repr=False)
    ends: dict[str, Line2D] = field(repr=False)
    bar: Axes | None = field(repr=False)


@styled
def draw_surface(
    surface: "LossSurface | LossPlane",
    paths: Any = (),
    kind: str = "contour",
    *,
    ax: Axes | None = None,
    levels: int = 12,
    bar: bool = True,
    digits: int = 3,
) -> SurfaceDrawing:
    """Draw the loss over two weights or on a plane, with the paths of walkers.

    Parameters
    ----------
    surface : LossSurface or LossPlane
        From `neurograph.landscape`.
    paths : DescentPath, ProjectedPath, sequence or mapping from name to one of them
        Over the same two weights; on a plane, what `LossPlane.project` returns. A path that leaves
        the plane is dashed, and the key says how far it goes from it.
    kind : {"contour", "3d"}
        Seen from above, or in space.
    ax : matplotlib.axes.Axes, optional
        For ``"3d"`` three-dimensional ones.
    levels : int
        About how many contours.
    bar : bool
        Whether a colour bar is drawn.
    digits : int
        Significant digits.

    Returns
    -------
    SurfaceDrawing

    Raises
    ------
    InvalidTypeError, InvalidValueError
        If it is no surface, it has fewer than 2 x 2 points, no loss in it is finite, a path is
        over something else, or the axes are of another kind.

    Examples
    --------
    >>> import neurograph as ng
    >>> from neurograph.drawing import alt_text, draw_surface
    >>> from neurograph.landscape import loss_surface
    >>> net = ng.Network.layered(2, 1, weights=0.5, activation="identity")
    >>> samples = [[1.0, 0.0], [0.0, 1.0]], [[1.5], [-0.5]]
    >>> surface = loss_surface(net, *samples, "w1", "w2", span=2, points=5)
    >>> print(alt_text(draw_surface(surface)))
    The loss over w1 from −1.5 to 2.5 and w2 from −1.5 to 2.5, in 5 x 5 points: lowest 0 at
    (1.5, −0.5), highest 4.5 at (−1.5, 2.5); the network is at (0.5, 0.5), loss 0.5.
    """
    one_of(kind, KINDS, "kind")
    whole_number(levels, "levels")
    losses = checked_surface(surface)
    traced = [traced_on_surface(surface, path, name) for name, path in named_paths(paths).items()]
    in_space = kind == "3d"
    own = ax is None
    if ax is None:
        figure = new_figure(6.8, 5.6, layout="constrained")
        ax = figure.add_subplot(projection="3d" if in_space else None)
    else:
        checked_axes(ax, f"a surface of kind {kind!r}", three_d=in_space)
    shown = _in_space(ax, surface, losses) if in_space else contours(ax, surface, losses, levels)
    limits = None if in_space else (ax.get_xlim(), ax.get_ylim())
    here_loss = [surface.loss_here] if in_space else []
    of_losses = told_apart(losses, surface.loss_here, traced, digits)
    called = labels(traced, of_losses)
    (here,) = ax.plot(
        [surface.here[0]], [surface.here[1]], *here_loss, marker="X", markersize=10, color=INK,
        markeredgecolor=PAPER, markeredgewidth=1.2, linestyle="none", zorder=8,
        label=f"the network: loss {number(surface.loss_here, of_losses)}",
    )  # fmt: skip
    lines, starts, ends = {}, {}, {}
    for place, path in enumerate(traced):
        look = _PATHS[place % len(_PATHS)], _MARKERS[place % len(_MARKERS)]
        drawn = _path(ax, path, look, called[place], in_space)
        lines[path.name], starts[path.name], ends[path.name] = drawn
        # Where paths meet, the earlier can be seen on both sides of the later.
        lines[path.name].set_linewidth(max(3.2 - 0.8 * place, 1.4))
    if limits is not None:
        _keep_in_view(ax, limits, traced, surface)
    notes = getattr(surface, "notes", ())
    axis_names = [picture_words(axis_name(address, notes)) for address in surface.over]
    ax.set(xlabel=axis_names[0], ylabel=axis_names[1])
    if own and not in_space:
        spaced(ax)
    if in_space:
        ax.set(zlabel="loss")
        ax.zaxis.labelpad = 10  # type: ignore[attr-defined]  # of three-dimensional axes
    bar_axes = _bar(ax, shown, in_space) if bar else None
    under(ax, [here, *lines.values()], own=own)
    return SurfaceDrawing(
        ax, _described(surface, losses, traced, digits), shown, here, lines, starts, ends, bar_axes
    )


def checked_surface(surface: Any) -> Array:
    """Return the losses of a surface, nan where they are not finite, or say what is wrong."""
    if not all(hasattr(surface, name) for name in ("over", "x", "y", "losses", "here")):
        raise InvalidTypeError(
            f"a loss surface is what neurograph.landscape.loss_surface or loss_plane returns,"
            f" not {type(surface).__name__}"
        )
    losses = np.asarray(surface.losses, dtype=np.float64)
    if min(losses.shape) < 2:
        ny, nx = losses.shape
        raise InvalidValueError(
            f"a surface needs 2 x 2 points or more to be drawn, not {nx} x {ny}"
            f" (draw_curve draws one line)"
        )
    if not finite(losses).size:
        raise InvalidValueError("no loss of this surface is finite: there is nothing to draw")
    return np.where(np.isfinite(losses), losses, np.nan)


def contours(ax: Axes, surface: Any, losses: Array, levels: int) -> QuadContourSet:
    """Fill the ground between contours, and write the loss on some of them."""
    steps = _steps(losses, levels)
    filled = ax.contourf(
        surface.x, surface.y, np.ma.masked_invalid(losses), levels=steps, cmap=SEQUENTIAL,
        norm=BoundaryNorm(steps, 256),
    )  # fmt: skip
    if np.nanmin(losses) < np.nanmax(losses):
        lines = ax.contour(
            surface.x, surface.y, np.ma.masked_invalid(losses), levels=steps[1:-1],
            colors=PAPER, linewidths=0.6, alpha=0.7,
        )  # fmt: skip
        lines.set_zorder(1.5)
    return filled


def _steps(losses: Array, levels: int) -> Array:
    """Return contour levels: even ones, or closer together below where the ground is a bowl."""
    low, high = float(np.nanmin(losses)), float(np.nanmax(losses))
    if not high > low:
        room = abs(low) * 1e-3 or 1e-3
        return np.array([low - room, low + room])
    if np.nanmedian(losses) - low < _FLAT * (high - low):
        # Evenly spaced rings on a paraboloid.
        return low + (high - low) * np.linspace(0, 1, levels + 1) ** 2
    return np.asarray(MaxNLocator(levels).tick_values(low, high))


def _in_space(ax: Any, surface: Any, losses: Array) -> Any:
    ax.computed_zorder = False  # so that a path lies on the ground, not in it
    x, y = np.meshgrid(surface.x, surface.y)
    shown = ax.plot_surface(
        x, y, losses, cmap=SEQUENTIAL, rcount=70, ccount=70, linewidth=0, antialiased=False,
        zorder=1, vmin=np.nanmin(losses), vmax=np.nanmax(losses),
    )  # fmt: skip
    ax.view_init(elev=32, azim=-58)
    return shown


def _path(
    ax: Axes, path: Traced, look: tuple[str, str], label: str, in_space: bool
) -> tuple[Line2D, Line2D, Line2D]:
    color, marker = look
    points = (path.x, path.y, path.losses) if in_space else (path.x, path.y)
    across = float(np.ptp(ax.get_xlim())), float(np.ptp(ax.get_ylim()))
    marked = apart(path, across, _APART_DASHED if path.distance else _APART)
    # Gaps between dashes would be filled by a rim.
    rim = [] if path.distance else [Stroke(linewidth=4.2, foreground=INK), Normal()]
    (line,) = ax.plot(
        *points, color=color, marker=marker, markersize=5, markevery=marked,
        markeredgecolor=INK, markeredgewidth=0.8, zorder=6,
        linestyle=(0, (2, 1.2)) if path.distance else "-", label=picture_words(label),
        path_effects=rim,
    )  # fmt: skip
    ends = [
        ax.plot(
            *([axis[at]] for axis in points), marker=shape, markersize=size, color=color,
            markeredgecolor=INK, markeredgewidth=1.2, linestyle="none", zorder=7,
        )[0]
        for at, shape, size in ((0, "o", 9), (-1, "*", 15))
    ]  # fmt: skip
    return line, ends[0], ends[1]


def _keep_in_view(ax: Axes, limits: Any, traced: list[Traced], surface: Any) -> None:
    """Show the whole surface, and what of the paths lies outside it."""
    xs = finite(np.concatenate([limits[0], [surface.here[0]], *(path.x for path in traced)]))
    ys = finite(np.concatenate([limits[1], [surface.here[1]], *(path.y for path in traced)]))
    width, height = np.ptp(limits[0]), np.ptp(limits[1])
    # A walker that ran away would make the surface a dot.
    for axis, values, reach, given in (("x", xs, width, limits[0]), ("y", ys, height, limits[1])):
        low, high = max(values.min(), given[0] - reach), min(values.max(), given[1] + reach)
        room = 0.03 * (high - low)
        low = low - room if low < given[0] else given[0]
        high = high + room if high > given[1] else given[1]
        getattr(ax, f"set_{axis}lim")(low, high)


def _bar(ax: Axes, shown: Any, in_space: bool) -> Axes:
    shrink, pad = (0.6, 0.12) if in_space else (1.0, 0.03)
    drawn = root_figure(ax).colorbar(shown, ax=ax, shrink=shrink, pad=pad)
    drawn.set_label("" if in_space else "loss")
    drawn.ax.yaxis.set_major_formatter(Numbers())
    if not in_space:
        drawn.set_ticks(list(shown.levels[:: max(len(shown.levels) // 7, 1)]))
        drawn.ax.minorticks_off()
    axes: Axes = drawn.ax
    return axes


def under(ax: Axes, handles: list[Any], *, own: bool) -> None:
    """Put the key below the axes of an own figure, and where there is room on given ones."""
    if own:
        # The layout of an own figure leaves the key its room, so that it hides nothing.
        figure = root_figure(ax)
        widest = max(text_size(line, 10.5)[0] for h in handles for line in _lines(h.get_label()))
        fitting = int((figure.get_figwidth() - 0.4) // (widest + 0.75))
        figure.legend(
            handles=handles, loc="outside lower center", ncols=max(min(len(handles), fitting), 1),
            facecolor=_GROUND,
        )  # fmt: skip
    else:
        ax.legend(handles=handles, loc="best", facecolor=_GROUND)


def _lines(text: str) -> list[str]:
    return text.split("\n")


def _described(surface: Any, losses: Array, traced: list[Traced], digits: int) -> str:
    of_losses = told_apart(losses, surface.loss_here, traced, digits)
    digits = max(
        digits_apart([*axis[[0, -1]], here], digits)
        for axis, here in zip((surface.x, surface.y), surface.here, strict=True)
    )

    def at(place: np.intp) -> str:
        row, column = np.unravel_index(place, losses.shape)
        x, y = number(surface.x[column], digits), number(surface.y[row], digits)
        return f"{number(losses[row, column], of_losses)} at ({x}, {y})"

    ends = [
        f"{short(name)} from {number(axis[0], digits)} to {number(axis[-1], digits)}"
        for name, axis in zip(surface.over, (surface.x, surface.y), strict=True)
    ]
    ny, nx = losses.shape
    here = ", ".join(number(value, digits) for value in surface.here)
    text = (
        f"The loss over {ends[0]} and {ends[1]}, in {nx} x {ny} points: lowest"
        f" {at(np.nanargmin(losses))}, highest {at(np.nanargmax(losses))}; the network is at"
        f" ({here}), loss {number(surface.loss_here, of_losses)}."
    )
    text += "".join(f" {path.described(of_losses)}" for path in traced)
    missing = int(np.isnan(losses).sum())
    if missing:
        text += f" {counted(missing, 'loss', 'losses')} not finite, and left out."
    return text + noted(getattr(surface, "notes", ()))
