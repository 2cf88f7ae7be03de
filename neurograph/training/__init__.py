"""Training: many steps, what is remembered of them, and when they end."""

from neurograph.errors import DivergedError
from neurograph.training.history import History
from neurograph.training.stops import GradientNorm, Moment, NoImprovement, TargetLoss
from neurograph.training.trainer import train

__all__ = [
    "DivergedError",
    "GradientNorm",
    "History",
    "Moment",
    "NoImprovement",
    "TargetLoss",
    "train",
]
