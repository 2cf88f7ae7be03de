"""What all animations have in common."""

from collections.abc import Callable

import numpy as np
from matplotlib.animation import FuncAnimation

from neurograph.drawing.canvas import Drawing

__all__ = ["SEEN", "Moving", "frames_of"]

#: In parts of all that changes: a smaller difference between two frames is not seen in a number.
SEEN = 1e-3


class Moving(FuncAnimation):
    """An animation: a picture and a function that shows one of its frames.

    Parameters
    ----------
    drawing : Drawing
        The picture, which shows the frame that `show` was last called with.
    show : function
        Shows frame k, whatever was shown before.
    n_frames : int
    interval : int
        Milliseconds between frames.
    description : str
        See `alt_text`.

    Attributes
    ----------
    drawing : Drawing
    n_frames : int
    interval : int
    show : function
    description : str

    Notes
    -----
    `save` and `neurograph.drawing.save` write it as GIF; ``to_jshtml()`` gives a player for a
    notebook.
    """

    def __init__(
        self,
        drawing: Drawing,
        show: Callable[[int], None],
        n_frames: int,
        interval: int,
        description: str,
    ) -> None:
        self.drawing, self.show = drawing, show
        self.n_frames, self.interval = n_frames, interval
        self.description = description
        self._to(0)
        super().__init__(
            drawing.figure,
            self._to,
            frames=n_frames,
            interval=interval,
            init_func=lambda: self._to(0),
            cache_frame_data=False,
        )

    def _to(self, frame: int) -> tuple[()]:
        # Matplotlib asks for the artists that have changed; they matter only to blitting.
        self.show(frame)
        return ()

    def __del__(self) -> None:
        # Matplotlib warns of an animation that was never shown; one made to look at its drawing,
        # or whose saving failed, has nothing to be warned of.
        pass


def frames_of(n_steps: int, most: int) -> list[int]:
    """Return which steps are shown: all, or so many of them, always the first and the last."""
    n = min(n_steps + 1, most)
    return [int(step) for step in np.unique(np.linspace(0, n_steps, n).round().astype(int))]
