"""Pictures of networks, beside the time that they may take."""

from collections.abc import Callable
from time import perf_counter

import numpy as np

import neurograph as ng
from neurograph.drawing import draw_network

from .contenders import Neurograph
from .timing import Ratio, Row, undisturbed

__all__ = ["PICTURES"]


def seconds_of_picture(net: ng.Network) -> float:
    """Return how long it takes to draw a network and to paint what was drawn."""
    with undisturbed():
        start = perf_counter()
        draw_network(net, ("weight", "out")).figure.canvas.draw()
        return perf_counter() - start


def time_of_picture(work: str, sizes: tuple[int, ...], allowed: float, rounds: int) -> Row:
    """Measure the picture of a network with its weights and outs, as ratio to the time allowed."""
    net = ng.Network.layered(*sizes, seed=1)
    net.forward(np.linspace(0.0, 1.0, sizes[0]))
    # Matplotlib reads fonts when the first text is drawn.
    seconds_of_picture(net)
    seconds = [seconds_of_picture(net) for _ in range(rounds)]
    ratio = Ratio.of([each / allowed for each in seconds], how=f"{np.median(seconds):.2g} s")
    title = f"draw_network of {'-'.join(map(str, sizes))}, painted"
    return Row(
        work, title, "the time allowed", allowed, "s", {Neurograph.name: ratio},
        {Neurograph.name: 1.0},
    )  # fmt: skip


#: How to measure each, given a number of rounds.
PICTURES: dict[str, Callable[[int], Row]] = {
    "draw": lambda rounds: time_of_picture("draw", (2, 2, 2), 0.3, rounds),
    "drawL": lambda rounds: time_of_picture("drawL", (64, 30, 10), 2.0, rounds),
}
