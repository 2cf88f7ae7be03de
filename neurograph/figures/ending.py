"""Where walkers end: basins where they settle, and their ways down where they do not."""

from math import isqrt
from typing import TYPE_CHECKING, Any

import numpy as np

from neurograph import landscape
from neurograph.figures.asking import optimizer_of, rate_of, span_of
from neurograph.figures.walking import walked_alone
from neurograph.landscape import Basins, DescentPath, LossSurface
from neurograph.landscape.ground import Array, Parameter
from neurograph.scenario import Figure
from neurograph.scenario.playing import Player

if TYPE_CHECKING:
    from neurograph.drawing import Drawing

__all__ = ["draw_ends"]

# How many walkers show their way down over one parameter, and over two where they start, in parts
# of the picture: none in the way of another that goes along an axis or a diagonal.
_DROPS = 4
_WHERE = np.array([[0.35, 0.85], [0.85, 0.65], [0.15, 0.35], [0.65, 0.15]])
# Walkers that find out how many steps it takes.
_PROBES_EACH_WAY = 7
_STEPS = (500, 2000, 8000)
# Sums in a forward and a backward pass that a picture may cost: some seconds.
_WORK = 4e8
_FINEST, _COARSEST = 61, 21
# Of the width of a picture: walkers that end nearer are at one minimum.
_NEAR = 1 / 800
# Of the width of a picture: how far it goes beyond the paths that leave it.
_MARGIN = 0.1
# A walker that is drawn has arrived where the slope is no steeper.
_LEVEL = 1e-6


def draw_ends(player: Player, over: list[Parameter], figure: Figure) -> "Drawing":
    """Draw where walkers from all over one or two parameters end.

    Over two, the minimum that each point leads to; where most walkers do not settle, the way
    that some go, and why.
    """
    if len(over) == 1:
        return _over_one(player, over, figure)
    surface = _surface(player, over, [span_of(figure, n) for n in range(2)], _PROBES_EACH_WAY)
    near = float(min(np.ptp(surface.x), np.ptp(surface.y))) * _NEAR
    steps, settles = _steps_to_settle(player, over, surface, near)
    if not settles:
        return _on_their_way(player, over, figure, surface, steps, near)
    points = isqrt(int(_WORK / (steps * _work(player))))
    fine = _surface(
        player, over, [_ends(surface.x), _ends(surface.y)], min(max(points, _COARSEST), _FINEST)
    )
    from neurograph.drawing import draw_basins

    return draw_basins(_basins(player, fine, steps, near))


def _surface(player: Player, over: list[Parameter], spans: list[Any], points: int) -> LossSurface:
    return landscape.loss_surface(
        player.net, player.inputs, player.targets, over[0].address, over[1].address,
        span=None if None in spans else tuple(spans), points=points,
    )  # fmt: skip


def _ends(axis: Array) -> tuple[float, float]:
    return float(axis[0]), float(axis[-1])


def _work(player: Player) -> int:
    """Return about how many sums the passes of one walker's step are."""
    net = player.net
    each: int = net.number_of_edges() + 10 * (len(net) - len(net.inputs))
    return each * len(np.atleast_2d(player.inputs))


def _basins(player: Player, surface: LossSurface, steps: int, near: float) -> Basins:
    return landscape.basins(
        surface, optimizer=optimizer_of(player.run), learning_rate=rate_of(player.run), steps=steps,
        tolerance=near,
    )  # fmt: skip


def _steps_to_settle(
    player: Player, over: list[Parameter], surface: LossSurface, near: float
) -> tuple[int, bool]:
    """Return how many steps walkers need, and whether most of them settle at all."""
    settled, taken = 0.0, _STEPS[0]
    for steps in _STEPS:
        if settled and steps * surface.losses.size * _work(player) > _WORK:
            break
        found = _basins(player, surface, steps, near)
        share = sum(found.share[n] for n, kind in enumerate(found.kinds) if kind == "minimum")
        if share > settled or steps == _STEPS[0]:
            settled, taken = share, steps
        if settled > 0.99:
            break
    return (taken, True) if settled >= 0.5 else (steps, False)


def _on_their_way(
    player: Player,
    over: list[Parameter],
    figure: Figure,
    surface: LossSurface,
    steps: int,
    near: float,
) -> "Drawing":
    """Draw the ways of some walkers, and say why there are no basins to draw."""
    from neurograph.drawing import draw_surface, remark
    from neurograph.drawing.style import numbers

    starts = np.stack(
        [
            axis[0] + share * np.ptp(axis)
            for axis, share in zip((surface.x, surface.y), _WHERE.T, strict=True)
        ],
        axis=-1,
    )
    paths = walked_alone(player, over, starts, steps=steps, tolerance=_LEVEL)
    spans = [
        _with_paths(span_of(figure, n), axis, paths, n)
        for n, axis in enumerate((surface.x, surface.y))
    ]
    places = zip(*map(numbers, starts.T), strict=True)
    named = {f"from ({x}, {y})": path for (x, y), path in zip(places, paths, strict=True)}
    wider = _surface(player, over, spans, 101)
    return remark(draw_surface(wider, named), _why(player, wider, paths, steps, near))


def _why(
    player: Player, surface: LossSurface, paths: tuple[DescentPath, ...], steps: int, near: float
) -> str:
    """Say why there are no basins on a surface that the paths are on."""
    rate = f"learning rate {rate_of(player.run):g}"
    if any(path.status == "diverged" for path in paths):
        return f"Walkers do not settle: {rate} is too large here"
    late = [path.parameters[-(len(path.parameters) // 10) - 1 :] for path in paths]
    if all(np.abs(some[-1] - some[0]).max() <= near for some in late):
        return "Walkers stop at many places: the ground there is nearly level"
    row, column = np.unravel_index(np.nanargmin(surface.losses), surface.losses.shape)
    at_border = row in (0, len(surface.y) - 1) or column in (0, len(surface.x) - 1)
    beyond = " beyond the picture" if at_border else ""
    return f"Walkers do not settle in {steps:,} steps of {rate}: the loss falls on{beyond}"


def _with_paths(
    given: tuple[float, float] | None, axis: Array, paths: tuple[DescentPath, ...], n: int
) -> tuple[float, float]:
    """Return from where to where a picture goes along its nth parameter, unless it is given.

    As far as its axis and the paths, but no further to each side than the axis is wide.
    """
    if given is not None:
        return given
    low, high = _ends(axis)
    places = np.concatenate([path.parameters[:, n] for path in paths])
    reach = high - low
    least, most = float(places.min()), float(places.max())
    least = least - _MARGIN * reach if least < low else low
    most = most + _MARGIN * reach if most > high else high
    return max(least, low - reach), min(most, high + reach)


def _over_one(player: Player, over: list[Parameter], figure: Figure) -> "Drawing":
    """Draw the loss over one parameter, and where walkers from all over it end."""
    from neurograph.drawing import draw_curve, remark
    from neurograph.drawing.style import numbers

    given, span = (player.net, player.inputs, player.targets, over[0].address), span_of(figure, 0)
    curve = landscape.loss_curve(*given, span=span)
    starts = np.linspace(curve.values[0], curve.values[-1], _DROPS + 2)[1:-1, None]
    paths: tuple[DescentPath, ...] = ()
    for steps in _STEPS:
        paths = walked_alone(player, over, starts, steps=steps, tolerance=_LEVEL)
        if all(path.status != "finished" for path in paths):
            break
    wider = landscape.loss_curve(*given, span=_with_paths(span, curve.values, paths, 0))
    named = {f"from {x}": path for x, path in zip(numbers(starts[:, 0]), paths, strict=True)}
    drawing = draw_curve(wider, named)
    rate = f"learning rate {rate_of(player.run):g}"
    if any(path.status == "diverged" for path in paths):
        return remark(drawing, f"Not all walkers settle: {rate} is too large here")
    if any(path.status == "finished" for path in paths):
        settled = any(path.status == "converged" for path in paths)
        some = "Not all walkers settle" if settled else "No walker settles"
        return remark(drawing, f"{some} in {steps:,} steps of {rate}: the loss falls on")
    return drawing
