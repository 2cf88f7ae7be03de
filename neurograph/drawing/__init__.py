"""Pictures: the network with its numbers, its loss, its training, still or moving.

The only part of neurograph that imports matplotlib. A function here draws what others computed.
"""

from neurograph.drawing.canvas import Drawing
from neurograph.drawing.decisions import DecisionDrawing, draw_decision, draw_decisions
from neurograph.drawing.describing import alt_text
from neurograph.drawing.moving import (
    Moving,
    animate_descent,
    animate_passes,
    animate_training,
)
from neurograph.drawing.network import NetworkDrawing, draw_network
from neurograph.drawing.regions import (
    BasinsDrawing,
    VectorsDrawing,
    draw_basins,
    draw_vectors,
)
from neurograph.drawing.saving import check_file, save
from neurograph.drawing.series import CurveDrawing, HistoryDrawing, draw_curve, draw_history
from neurograph.drawing.surfaces import SurfaceDrawing, draw_surface
from neurograph.drawing.titles import entitle, remark

__all__ = [
    "BasinsDrawing",
    "CurveDrawing",
    "DecisionDrawing",
    "Drawing",
    "HistoryDrawing",
    "Moving",
    "NetworkDrawing",
    "SurfaceDrawing",
    "VectorsDrawing",
    "alt_text",
    "animate_descent",
    "animate_passes",
    "animate_training",
    "check_file",
    "draw_basins",
    "draw_curve",
    "draw_decision",
    "draw_decisions",
    "draw_history",
    "draw_network",
    "draw_surface",
    "draw_vectors",
    "entitle",
    "remark",
    "save",
]
