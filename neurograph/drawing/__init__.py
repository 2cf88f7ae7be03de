"""Pictures: the network with its numbers, its loss, its training, still or moving.

The only part of neurograph that imports matplotlib. A function here draws what others computed.
"""

from neurograph.drawing.animations import animate_descent, animate_passes, animate_training
from neurograph.drawing.basins import BasinsDrawing, VectorsDrawing, draw_basins, draw_vectors
from neurograph.drawing.charts import HistoryDrawing, draw_history
from neurograph.drawing.decisions import DecisionDrawing, draw_decision, draw_decisions
from neurograph.drawing.diagrams import NetworkDrawing, draw_network
from neurograph.drawing.pictures import (
    Drawing,
    Moving,
    alt_text,
    check_file,
    entitle,
    remark,
    save,
)
from neurograph.drawing.surfaces import CurveDrawing, SurfaceDrawing, draw_curve, draw_surface

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
