"""Pictures: the network with its numbers, its loss, its training, still or moving.

The only part of neurograph that imports matplotlib. A function here draws what others computed.
"""

from neurograph.drawing.animations import animate_descent, animate_passes, animate_training
from neurograph.drawing.basins import BasinsDrawing, VectorsDrawing, draw_basins, draw_vectors
from neurograph.drawing.charts import (
    GradientsDrawing,
    HistogramDrawing,
    HistoryDrawing,
    draw_gradients,
    draw_histogram,
    draw_history,
)
from neurograph.drawing.decisions import (
    ClassesDrawing,
    DecisionDrawing,
    draw_classes,
    draw_decision,
    draw_decisions,
)
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
from neurograph.drawing.themes import THEMES, LookOptions

__all__ = [
    "THEMES",
    "BasinsDrawing",
    "ClassesDrawing",
    "CurveDrawing",
    "DecisionDrawing",
    "Drawing",
    "GradientsDrawing",
    "HistogramDrawing",
    "HistoryDrawing",
    "LookOptions",
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
    "draw_classes",
    "draw_curve",
    "draw_decision",
    "draw_decisions",
    "draw_gradients",
    "draw_histogram",
    "draw_history",
    "draw_network",
    "draw_surface",
    "draw_vectors",
    "entitle",
    "remark",
    "save",
]
