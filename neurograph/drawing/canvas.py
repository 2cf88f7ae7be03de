"""What is drawn on: axes that were given, checked, or a new figure that nobody else knows."""

from dataclasses import dataclass, field
from typing import Any, cast

from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.projections.polar import PolarAxes

from neurograph.errors import InvalidTypeError, InvalidValueError

__all__ = ["Drawing", "checked_axes", "new_figure", "root_figure"]


@dataclass(frozen=True, eq=False)
class Drawing:
    """A picture: the axes it is on and, by name, what was drawn on them.

    Attributes
    ----------
    ax : matplotlib.axes.Axes
    description : str
        The picture in a sentence or two, with its numbers; see `alt_text`.
    """

    ax: Axes
    description: str = field(repr=False)

    @property
    def figure(self) -> Figure:
        """The figure that the axes belong to."""
        return root_figure(self.ax)

    def _repr_png_(self) -> bytes:
        # A notebook shows what has this method.
        from neurograph.drawing.saving import rendered

        return rendered(self, "png")


def new_figure(width: float, height: float, **settings: Any) -> Figure:
    """Return a figure of so many inches that pyplot has no part in."""
    figure = Figure(figsize=(width, height), **settings)
    FigureCanvasAgg(figure)
    return figure


def root_figure(ax: Axes) -> Figure:
    """Return the figure that axes belong to, also where they lie in a part of it."""
    return cast(Figure, ax.get_figure(root=True))


def checked_axes(ax: object, what: str, *, three_d: bool = False) -> Axes:
    """Return axes if `what` can be drawn on them, or say which axes it needs.

    Parameters
    ----------
    ax : object
    what : str
        What is to be drawn, as the subject of a sentence.
    three_d : bool

    Returns
    -------
    matplotlib.axes.Axes

    Raises
    ------
    InvalidTypeError
        If it is not axes.
    InvalidValueError
        If the axes are of another kind, or no longer in a figure.
    """
    needed = "three-dimensional axes" if three_d else "plain two-dimensional axes"
    make = "figure.add_subplot(projection='3d')" if three_d else "figure.add_subplot()"
    # The class Axes3D is a subclass of Axes.
    if not isinstance(ax, Axes):
        hint = f"; make them with {make}"
        if isinstance(ax, Figure):
            hint = f": a figure is not axes; pass ax={make}"
        elif hasattr(ax, "__len__") and not isinstance(ax, str):
            hint = f"; choose one of these {len(ax)}, such as ax[0]"
        got = f"the figure {ax}" if isinstance(ax, Figure) else repr(ax)
        raise InvalidTypeError(f"ax must be matplotlib axes, not {got[:80]}{hint}")
    if ax.get_figure() is None:
        raise InvalidValueError(f"these axes are no longer in a figure; make new ones with {make}")
    is_three_d = ax.name == "3d"
    if isinstance(ax, PolarAxes) or is_three_d != three_d:
        got = "polar" if isinstance(ax, PolarAxes) else f"{'three' if is_three_d else 'two'}-"
        got += "" if isinstance(ax, PolarAxes) else "dimensional"
        raise InvalidValueError(
            f"{what} needs {needed}, and these are {got}; make them with {make}"
        )
    return ax
