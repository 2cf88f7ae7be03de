"""Curves and surfaces of the loss, from above or in space, with the paths of walkers."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import field
from typing import Any, Unpack, cast

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.collections import PathCollection
from matplotlib.colors import BoundaryNorm
from matplotlib.contour import QuadContourSet
from matplotlib.lines import Line2D
from matplotlib.patheffects import Normal, Stroke
from matplotlib.ticker import MaxNLocator
from matplotlib.transforms import ScaledTranslation
from numpy.typing import NDArray

from neurograph.checks import one_of, whole_number
from neurograph.digits import digits_apart
from neurograph.drawing.canvas import (
    Numbers,
    axes_for,
    check_parts,
    colour_bar,
    name_axes,
    root_figure,
    under,
)
from neurograph.drawing.pictures import Drawing
from neurograph.drawing.style import (
    axis_name,
    counted,
    finite,
    missing,
    number,
    numbers,
    phrase,
    reaching,
    short,
    text_size,
)
from neurograph.drawing.themes import LookOptions, series, styled, theme
from neurograph.errors import InvalidTypeError, InvalidValueError
from neurograph.escapes import picture_words
from neurograph.landscape import LossCurve, LossPlane, LossSurface
from neurograph.records import record
from neurograph.schedules import RateFormula

__all__ = [
    "CurveDrawing",
    "SurfaceDrawing",
    "Traced",
    "apart",
    "checked_surface",
    "draw_curve",
    "draw_surface",
    "named_paths",
    "traced_on_surface",
]

Array = NDArray[np.float64]

KINDS = ("contour", "3d")

# From the axes to a key below their label, in inches.
_BELOW = 0.55

# Of paths, which are light, on light ground.
_RIM = "#1a1a1a"
_MARKERS = ("o", "s", "^", "D", "v", "P", "X", "p")

# Between two marked points of a path, in parts of the picture's width: long steps can be told
# apart, short ones would be a blot.
_APART_ON_CURVE, _APART, _APART_DASHED = 0.02, 0.025, 0.09

# Of axes in space: how many ticks, how long short ones are and how far their names are, in points.
_TICKS_IN_SPACE, _SHORT, _LABEL_PAD = 5, 20.0, 9.0

# From axes in space to their bar, beside what is written there, in widths of the figure.
_BAR_PAD = 0.1

# Below this share of the range lies half of a surface that is a bowl seen from high above.
_FLAT = 0.25


@record
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
        return counted(len(self.losses) - 1, "step")

    def described(self, digits: int) -> str:
        """Return the path in a sentence."""
        first, last = number(self.losses[0], digits), number(self.losses[-1], digits)
        text = phrase("a path", name=self.name, steps=self.steps, first=first, last=last)
        if self.distance:
            text += ", " + phrase("away from the plane", far=number(self.distance, digits))
        return text + "."


@record(eq=False)
class CurveDrawing(Drawing):
    """A picture of a loss curve.

    Attributes
    ----------
    ax : matplotlib.axes.Axes
    line : Line2D
        The loss.
    here : PathCollection
        The network as it is.
    paths : dict of str to Line2D
    """

    line: Line2D = field(repr=False)
    here: PathCollection = field(repr=False)
    paths: dict[str, Line2D] = field(repr=False)


@styled
def draw_curve(
    curve: LossCurve,
    paths: Any = (),
    *,
    ax: Axes | None = None,
    digits: int = 3,
    **look: Unpack[LookOptions],
) -> CurveDrawing:
    """Draw the loss along one weight or bias, and walkers on it.

    Parameters
    ----------
    curve : LossCurve
        From `neurograph.landscape.loss_curve` or `loss_line`.
    paths : DescentPath, sequence or mapping from name to DescentPath
        Over the same weight or bias.
    ax : matplotlib.axes.Axes, optional
    digits : int
        Significant digits.
    **look
        Theme, size, dpi and language: see `LookOptions`.

    Returns
    -------
    CurveDrawing

    Raises
    ------
    InvalidTypeError, InvalidValueError
        If it is no curve, no loss in it is finite, a path is over something else, or the axes are
        of another kind.

    Examples
    --------
    >>> import neurograph as ng
    >>> from neurograph.drawing import alt_text, draw_curve
    >>> from neurograph.landscape import loss_curve
    >>> net = ng.Network.layered(1, 1, weights=0.5, activation="identity")
    >>> print(alt_text(draw_curve(loss_curve(net, [1.0], [1.0], "w1", span=2))))
    The loss along w1 from −1.5 to 2.5: lowest 0 at 1, highest 3.13 at −1.5; the network is at 0.5,
    loss 0.125.
    """
    values, losses = _curve_arrays(curve)
    traced = [_traced_on_curve(curve, path, name) for name, path in named_paths(paths).items()]
    own = ax is None
    ax = axes_for(ax, "a loss curve", 6.4, 4.2 + 0.25 * len(traced))
    name = short(curve.over)
    (line,) = ax.plot(values, losses, color=series(0)[0], linewidth=2.4, label=phrase("loss"))
    lines = {}
    across = float(np.ptp(values)), float(np.ptp(finite(losses)))
    low, high = int(np.nanargmin(losses)), int(np.nanargmax(losses))
    of_losses = _told_apart(losses, curve.loss_here, traced, digits)
    digits = digits_apart([*values[[0, -1, low, high]], curve.here], digits)
    told = zip(traced, _labels(traced, of_losses), strict=True)
    for place, (path, label) in enumerate(told, 1):
        color, dashes, marker = series(place)
        (lines[path.name],) = ax.plot(
            path.x, path.losses, color=color, linestyle=dashes, marker=marker, markersize=5,
            markevery=apart(path, across, _APART_ON_CURVE),
            markeredgecolor=theme().paper, markeredgewidth=0.6, linewidth=1.2,
            label=picture_words(label),
        )  # fmt: skip
    here_words = {"here": number(curve.here, digits), "loss": number(curve.loss_here, of_losses)}
    label = phrase("the network on a curve", name=name, **here_words)
    here = ax.scatter(
        [curve.here], [curve.loss_here], s=70, marker="D", color=theme().ink,
        edgecolor=theme().paper,
        zorder=6, label=picture_words(label),
    )  # fmt: skip
    notes = getattr(curve, "notes", ())
    along = axis_name(curve.over, notes)
    if curve.over == "t":
        along = phrase("t")
    name_axes(ax, along, phrase("loss"), own=own)
    # On an own figure below the axes, so that it hides nothing; there it is replaced by a key that
    # a user who adds something asks for.
    below = {
        "loc": "upper center",
        "bbox_to_anchor": (0.5, 0.0),
        "bbox_transform": ax.transAxes
        + ScaledTranslation(0.0, -_BELOW, root_figure(ax).dpi_scale_trans),
    }
    ax.legend(handles=[here, *lines.values()], **(below if own else {"loc": "best"}))
    text = phrase(
        "a curve",
        reach=reaching([name], [values], digits),
        lowest=number(losses[low], of_losses),
        low=number(values[low], digits),
        highest=number(losses[high], of_losses),
        high=number(values[high], digits),
        **here_words,
    )
    text += "".join(f" {path.described(of_losses)}" for path in traced)
    return CurveDrawing(ax, text + missing(curve.losses, notes), line, here, lines)


def _curve_arrays(curve: Any) -> tuple[Array, Array]:
    check_parts(
        curve,
        ("over", "values", "losses", "here"),
        "a loss curve is what neurograph.landscape.loss_curve returns",
    )
    losses = np.asarray(curve.losses, dtype=np.float64)
    if not finite(losses).size:
        raise InvalidValueError("no loss of this curve is finite: there is nothing to draw")
    return np.asarray(curve.values), np.where(np.isfinite(losses), losses, np.nan)


@record(eq=False)
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
    surface: LossSurface | LossPlane,
    paths: Any = (),
    kind: str = "contour",
    *,
    ax: Axes | None = None,
    levels: int = 12,
    bar: bool = True,
    digits: int = 3,
    **look: Unpack[LookOptions],
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
    **look
        Theme, size, dpi and language: see `LookOptions`.

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
    ax = axes_for(ax, f"a surface of kind {kind!r}", 6.8, 5.6, three_d=in_space)
    shown = _in_space(ax, surface, losses) if in_space else _contours(ax, surface, losses, levels)
    limits = None if in_space else (ax.get_xlim(), ax.get_ylim())
    here_loss = [surface.loss_here] if in_space else []
    of_losses = _told_apart(losses, surface.loss_here, traced, digits)
    called = _labels(traced, of_losses)
    (here,) = ax.plot(
        [surface.here[0]], [surface.here[1]], *here_loss, marker="X", markersize=10,
        color=theme().ink, markeredgecolor=theme().paper, markeredgewidth=1.2,
        linestyle="none", zorder=8,
        label=phrase("the network on a surface", loss=number(surface.loss_here, of_losses)),
    )  # fmt: skip
    lines, starts, ends = {}, {}, {}
    for place, path in enumerate(traced):
        mark = theme().paths[place % len(theme().paths)], _MARKERS[place % len(_MARKERS)]
        drawn = _path(ax, path, mark, called[place], in_space)
        lines[path.name], starts[path.name], ends[path.name] = drawn
        # Where paths meet, the earlier can be seen on both sides of the later.
        lines[path.name].set_linewidth(max(3.2 - 0.8 * place, 1.4))
    if limits is not None:
        ax.set_facecolor(theme().outside)
        _keep_in_view(ax, limits, traced, surface)
    notes = getattr(surface, "notes", ())
    along, across = (axis_name(address, notes) for address in surface.over)
    name_axes(ax, along, across, own=own and not in_space)
    if in_space:
        ax.set(zlabel=phrase("loss"))
    beside = _clear_of_ticks(ax) if in_space else 0.0
    bar_axes = _bar(ax, shown, beside) if bar else None
    under(ax, [here, *lines.values()], own=own)
    return SurfaceDrawing(
        ax, _described(surface, losses, traced, digits), shown, here, lines, starts, ends, bar_axes
    )


def checked_surface(surface: Any) -> Array:
    """Return the losses of a surface, nan where they are not finite, or say what is wrong."""
    check_parts(
        surface,
        ("over", "x", "y", "losses", "here"),
        "a loss surface is what neurograph.landscape.loss_surface or loss_plane returns",
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


def _contours(ax: Axes, surface: Any, losses: Array, levels: int) -> QuadContourSet:
    """Fill the ground between contours, and write the loss on some of them."""
    steps = _steps(losses, levels)
    filled = ax.contourf(
        surface.x, surface.y, np.ma.masked_invalid(losses), levels=steps, cmap=theme().sequential,
        norm=BoundaryNorm(steps, 256),
    )  # fmt: skip
    if np.nanmin(losses) < np.nanmax(losses):
        lines = ax.contour(
            surface.x, surface.y, np.ma.masked_invalid(losses), levels=steps[1:-1],
            colors=theme().paper, linewidths=0.6, alpha=0.7,
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
        x, y, losses, cmap=theme().sequential, rcount=70, ccount=70, linewidth=0, antialiased=False,
        zorder=1, vmin=np.nanmin(losses), vmax=np.nanmax(losses),
    )  # fmt: skip
    ax.view_init(elev=32, azim=-58)
    return shown


def _clear_of_ticks(ax: Any) -> float:
    """Move names of three axes and their ticks so far out that none touches another.

    Returns
    -------
    float
        The room that is needed beside the picture, in inches.
    """
    longest = 0.0
    for axis in (ax.xaxis, ax.yaxis, ax.zaxis):
        axis.set_major_formatter(Numbers())
        axis.set_major_locator(MaxNLocator(_TICKS_IN_SPACE))
        ticks = axis.get_major_formatter().format_ticks(axis.get_major_locator()())
        size = axis.get_major_ticks(1)[0].label1.get_fontsize()
        longest = 72 * max(text_size(tick, size)[0] for tick in ticks)
        # Ticks stand with their middle where short ones would; names come after them.
        further = max(longest - _SHORT, 0.0) / 2
        axis.set_tick_params(pad=axis.get_tick_params().get("pad", 3.5) + further / 2)
        axis.labelpad = _LABEL_PAD + 1.6 * further
    return (longest + text_size(phrase("loss"), size)[0]) / 72


def _path(
    ax: Axes, path: Traced, mark: tuple[str, str], label: str, in_space: bool
) -> tuple[Line2D, Line2D, Line2D]:
    color, marker = mark
    points = (path.x, path.y, path.losses) if in_space else (path.x, path.y)
    across = float(np.ptp(ax.get_xlim())), float(np.ptp(ax.get_ylim()))
    marked = apart(path, across, _APART_DASHED if path.distance else _APART)
    # Gaps between dashes would be filled by a rim.
    rim = [] if path.distance else [Stroke(linewidth=4.2, foreground=_RIM), Normal()]
    (line,) = ax.plot(
        *points, color=color, marker=marker, markersize=5, markevery=marked,
        markeredgecolor=_RIM, markeredgewidth=0.8, zorder=6,
        linestyle=(0, (2, 1.2)) if path.distance else "-", label=picture_words(label),
        path_effects=rim,
    )  # fmt: skip
    ends = [
        ax.plot(
            *([axis[at]] for axis in points), marker=shape, markersize=size, color=color,
            markeredgecolor=_RIM, markeredgewidth=1.2, linestyle="none", zorder=7,
        )[0]
        for at, shape, size in ((0, "o", 9), (-1, "*", 15))
    ]  # fmt: skip
    return line, ends[0], ends[1]


def _keep_in_view(ax: Axes, limits: Any, traced: list[Traced], surface: Any) -> None:
    """Show the whole surface, and what of the paths lies outside it."""
    xs = finite(np.concatenate([limits[0], [surface.here[0]], *(path.x for path in traced)]))
    ys = finite(np.concatenate([limits[1], [surface.here[1]], *(path.y for path in traced)]))
    width, height = np.ptp(limits[0]), np.ptp(limits[1])
    ax.set(xlim=_in_reach(xs, width, *limits[0]), ylim=_in_reach(ys, height, *limits[1]))


def _in_reach(values: Array, reach: float, left: float, right: float) -> tuple[float, float]:
    """Return limits that hold some values, but no further out than `reach`."""
    # A walker that ran away would make the surface a dot.
    low, high = max(values.min(), left - reach), min(values.max(), right + reach)
    room = 0.03 * (high - low)
    return (low - room if low < left else left), (high + room if high > right else right)


def _bar(ax: Axes, shown: Any, beside: float) -> Axes:
    if beside:
        pad = _BAR_PAD + beside / root_figure(ax).get_figwidth()
        return cast(Axes, colour_bar(ax, shown, "", pad=pad, shrink=0.6).ax)
    drawn = colour_bar(ax, shown, phrase("loss"))
    drawn.set_ticks(list(shown.levels[:: max(len(shown.levels) // 7, 1)]))
    drawn.ax.minorticks_off()
    return cast(Axes, drawn.ax)


def _described(surface: Any, losses: Array, traced: list[Traced], digits: int) -> str:
    of_losses = _told_apart(losses, surface.loss_here, traced, digits)
    digits = max(
        digits_apart([*axis[[0, -1]], here], digits)
        for axis, here in zip((surface.x, surface.y), surface.here, strict=True)
    )

    def at(place: np.intp) -> str:
        row, column = np.unravel_index(place, losses.shape)
        x, y = number(surface.x[column], digits), number(surface.y[row], digits)
        return phrase(
            "at", value=number(losses[row, column], of_losses), place=phrase("pair", x=x, y=y)
        )

    region = reaching(surface.over, (surface.x, surface.y), digits)
    ny, nx = losses.shape
    x, y = (number(value, digits) for value in surface.here)
    text = phrase(
        "a surface",
        region=region,
        points=f"{nx} x {ny}",
        lowest=at(np.nanargmin(losses)),
        highest=at(np.nanargmax(losses)),
        here=phrase("pair", x=x, y=y),
        loss=number(surface.loss_here, of_losses),
    )
    text += "".join(f" {path.described(of_losses)}" for path in traced)
    return text + missing(losses, getattr(surface, "notes", ()))


def _labels(traced: Sequence[Traced], digits: int) -> list[str]:
    """Return what each path is called in a key, with its last loss."""
    away = numbers([path.distance for path in traced])
    return [
        f"{path.name}: "
        + phrase("steps to loss", steps=path.steps, loss=number(path.losses[-1], digits))
        + (f"\n({phrase('leaves the plane', far=far)})" if path.distance else "")
        for path, far in zip(traced, away, strict=True)
    ]


def _told_apart(losses: Array, here: float, traced: Sequence[Traced], digits: int) -> int:
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
    rates = [getattr(path, "learning_rate", np.nan) for path in paths]
    named: dict[str, Any] = {}
    # Of a formula, what it says.
    shown = [
        str(rate) if isinstance(rate, RateFormula) else number
        for rate, number in zip(rates, numbers([*map(float, rates)]), strict=True)
    ]
    for place, (path, rate) in enumerate(zip(paths, shown, strict=True), 1):
        name = str(getattr(path, "optimizer", place)).replace("_", " ")
        if hasattr(path, "learning_rate"):
            name = phrase("with rate", name=name, rate=rate)
        named[name if name not in named else f"{name} ({place})"] = path
    return named


def _traced_on_curve(curve: Any, path: Any, name: str) -> Traced:
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
    parts = ("over", "parameters", "losses")
    check_parts(path, parts, "a path is what neurograph.landscape.descend returns")


def _listed(over: Any) -> str:
    return ", ".join(map(short, over)) if len(over) <= 4 else f"{len(over)} parameters"


def _names(over: Any) -> str:
    return repr(tuple(map(short, over)))
