"""Pictures that move: passes, descents and training runs."""

from neurograph.drawing.moving.animation import Moving
from neurograph.drawing.moving.descents import animate_descent
from neurograph.drawing.moving.passing import animate_passes
from neurograph.drawing.moving.runs import animate_training

__all__ = ["Moving", "animate_descent", "animate_passes", "animate_training"]
