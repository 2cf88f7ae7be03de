"""The figures that scenarios ask for: what is to be computed for each, and how it is drawn."""

from neurograph.figures.making import KINDS, draw_figure
from neurograph.figures.moving import MOVING, animate_figure

__all__ = ["KINDS", "MOVING", "animate_figure", "draw_figure"]
