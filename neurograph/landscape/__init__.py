"""The landscape of the loss: curves, surfaces, planes, the paths down, and where they end.

Everything here is computed beside the network, which stays as it is; `neurograph.drawing` draws
it.

Examples
--------
>>> import neurograph as ng
>>> from neurograph.landscape import descend, loss_surface
>>> net = ng.Network.layered(2, 1, weights=[[[1.0, -1.0]]], activation="tanh")
>>> surface = loss_surface(net, [0.5, 1.0], [0.25], "w1", "w2", span=3, points=61)
>>> path = descend(net, [0.5, 1.0], [0.25], over=("w1", "w2"), learning_rate=0.5, steps=40)
>>> path
DescentPath(w1.weight, w2.weight, gradient_descent at rate 0.5, 40 steps, finished: ...)
>>> bool(path.losses[0] == surface.loss_here)
True
"""

from neurograph.landscape.maps import decision, loss_curve, loss_line, loss_plane, loss_surface
from neurograph.landscape.minima import at_point, basins, restarts
from neurograph.landscape.terrain import (
    Basins,
    Decision,
    DescentPath,
    LocalShape,
    LossCurve,
    LossPlane,
    LossSurface,
    ProjectedPath,
    Restarts,
)
from neurograph.landscape.walks import descend

__all__ = [
    "Basins",
    "Decision",
    "DescentPath",
    "LocalShape",
    "LossCurve",
    "LossPlane",
    "LossSurface",
    "ProjectedPath",
    "Restarts",
    "at_point",
    "basins",
    "decision",
    "descend",
    "loss_curve",
    "loss_line",
    "loss_plane",
    "loss_surface",
    "restarts",
]
