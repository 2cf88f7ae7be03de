"""`draw_network`: the network itself, with its numbers."""

from neurograph.drawing.network.drawing import NetworkDrawing, draw_network

__all__ = ["NetworkDrawing", "draw_network"]
