"""What a picture shows, in words."""

from matplotlib.animation import Animation

from neurograph.drawing.canvas import Drawing
from neurograph.errors import InvalidTypeError

__all__ = ["alt_text"]


def alt_text(drawing: Drawing | Animation) -> str:
    """Return a picture in a sentence or two, with its numbers.

    For those who cannot see the picture, and for a caption.

    Parameters
    ----------
    drawing : Drawing or Animation
        What a function of `neurograph.drawing` returned.

    Returns
    -------
    str
        As the picture was when it was drawn.

    Raises
    ------
    InvalidTypeError
        If it is something else.

    Examples
    --------
    >>> import neurograph as ng
    >>> from neurograph.drawing import alt_text, draw_network
    >>> net = ng.Network.layered(2, 1, weights=[[[0.15, -0.20]]])
    >>> print(alt_text(draw_network(net)))
    A feed-forward network of 3 neurons in 2 levels (2-1) and 2 connections; weight from −0.2 (w2)
    to 0.15 (w1), 1 negative.
    """
    text = getattr(drawing, "description", None)
    if not isinstance(drawing, Drawing | Animation) or not isinstance(text, str):
        raise InvalidTypeError(
            f"alt_text takes what a function of neurograph.drawing returned,"
            f" not {type(drawing).__name__}"
        )
    return text
