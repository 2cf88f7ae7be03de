"""`animate_descent`: walkers on their way down."""

from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.axes import Axes

from neurograph.drawing.moving.animation import SEEN, Moving, frames_of
from neurograph.drawing.paths import Traced, named_paths, traced_on_surface
from neurograph.drawing.style import numbers, styled
from neurograph.drawing.surfaces import draw_surface
from neurograph.elements import whole_number
from neurograph.errors import InvalidValueError

if TYPE_CHECKING:
    from neurograph.landscape import LossPlane, LossSurface

__all__ = ["animate_descent"]


@styled
def animate_descent(
    surface: "LossSurface | LossPlane",
    paths: Any,
    kind: str = "contour",
    *,
    ax: Axes | None = None,
    frames: int = 80,
    interval: int = 100,
    digits: int = 3,
) -> Moving:
    """Show walkers on their way down a surface, step by step.

    Parameters
    ----------
    surface : LossSurface or LossPlane
    paths : DescentPath, ProjectedPath, sequence or mapping from name to one of them
        As for `draw_surface`; one at least.
    kind : {"contour", "3d"}
    ax : matplotlib.axes.Axes, optional
    frames : int
        At most so many: of a longer path some steps are shown.
    interval : int
        Milliseconds between frames.
    digits : int
        Significant digits.

    Returns
    -------
    Moving
        A `matplotlib.animation.FuncAnimation`.

    Raises
    ------
    InvalidTypeError, InvalidValueError
        As for `draw_surface`, or if there is no path.

    Examples
    --------
    >>> import neurograph as ng
    >>> from neurograph.drawing import animate_descent
    >>> from neurograph.landscape import descend, loss_surface
    >>> net = ng.Network.layered(2, 1, weights=0.5, activation="identity")
    >>> surface = loss_surface(net, [1.0, 1.0], [1.5], "w1", "w2", span=2, points=21)
    >>> path = descend(net, [1.0, 1.0], [1.5], over=("w1", "w2"), learning_rate=0.1, steps=20)
    >>> moving = animate_descent(surface, path)
    >>> moving.n_frames, moving.drawing.ax.get_title()
    (21, 'step 0: loss 0.125')
    """
    whole_number(frames, "frames")
    whole_number(interval, "interval")
    given = named_paths(paths)
    if not given:
        raise InvalidValueError("there is no path to walk: make one with descend(...)")
    drawing = draw_surface(surface, given, kind, ax=ax, digits=digits)
    traced = [traced_on_surface(surface, path, name) for name, path in given.items()]
    marks: dict[str, Any] = {path.name: drawing.paths[path.name].get_markevery() for path in traced}
    shown = frames_of(max(len(path.losses) for path in traced) - 1, frames)
    ends = [[min(step, len(path.losses) - 1) for path in traced] for step in shown]
    losses = [path.losses[at] for of in ends for path, at in zip(traced, of, strict=True)]
    texts = np.reshape(numbers(losses, digits, least=SEEN), (len(shown), len(traced)))

    def show(frame: int) -> None:
        step = shown[frame]
        for path, at in zip(traced, ends[frame], strict=True):
            line, end = drawing.paths[path.name], drawing.ends[path.name]
            # Marks beyond the points that a line has would be an error.
            line.set_markevery([mark for mark in marks[path.name] if mark <= at])
            _set(line, path, slice(0, at + 1))
            _set(end, path, slice(at, at + 1))
        drawing.ax.set_title(f"step {step}: loss {' and '.join(texts[frame])}")

    return Moving(drawing, show, len(shown), interval, f"An animation. {drawing.description}")


def _set(line: Any, path: Traced, part: slice) -> None:
    if hasattr(line, "set_data_3d"):
        line.set_data_3d(path.x[part], path.y[part], path.losses[part])
    else:
        line.set_data(path.x[part], path.y[part])
