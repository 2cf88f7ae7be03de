"""Saving pictures: whole or not at all, and never over a file of another kind."""

import os
import tempfile
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from matplotlib.animation import Animation, PillowWriter
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from PIL import Image

from neurograph.drawing.canvas import Drawing
from neurograph.drawing.describing import alt_text
from neurograph.drawing.moving.animation import Moving
from neurograph.drawing.style import in_style
from neurograph.elements import one_of
from neurograph.errors import InvalidTypeError, InvalidValueError, did_you_mean
from neurograph.files import check_replaceable, write_whole

__all__ = ["FORMATS", "check_file", "rendered", "save"]

#: Of pixel formats; text of 9 points is then 18 pixels high.
DPI = 150


class Format(NamedTuple):
    """A kind of file.

    Attributes
    ----------
    moving : bool
        Whether it holds animations.
    begins : function
        Whether a file that begins with these bytes is of this kind.
    metadata : function
        What is written into the file beside the picture, from its description.
    """

    moving: bool
    begins: Callable[[bytes], bool]
    metadata: Callable[[str], dict[str, Any]]


#: By suffix. No file says when it was made, so that the same picture is the same file.
FORMATS = {
    ".png": Format(
        False,
        lambda head: head.startswith(b"\x89PNG\r\n\x1a\n"),
        lambda text: {"Software": None, "Description": text},
    ),
    ".svg": Format(
        False,
        lambda head: b"<svg" in head and head.lstrip().startswith((b"<?xml", b"<svg", b"<!--")),
        lambda text: {"Date": None, "Creator": None, "Description": text},
    ),
    ".pdf": Format(
        False,
        lambda head: head.startswith(b"%PDF-"),
        lambda text: {"CreationDate": None, "Creator": None, "Producer": None, "Subject": text},
    ),
    ".gif": Format(True, lambda head: head.startswith((b"GIF87a", b"GIF89a")), lambda text: {}),
}


def save(drawing: Drawing | Animation | Figure, path: str | os.PathLike[str]) -> Path:
    """Save a picture or an animation, whole or not at all.

    Parameters
    ----------
    drawing : Drawing, matplotlib Animation or matplotlib Figure
    path : str or path
        Its suffix says the format: ``.png``, ``.svg`` or ``.pdf`` of a picture, ``.gif`` of an
        animation. A picture of the same kind that is there already is replaced. What `alt_text`
        says is written into the file where the format has a place for it.

    Returns
    -------
    pathlib.Path

    Raises
    ------
    InvalidValueError
        If the suffix is none of these or does not fit.
    InvalidTypeError
        If it is not a picture.
    UnwritableError
        If the file cannot be written, the folder does not exist, or the path is a folder or holds a
        file of another kind; what was there before is still there.

    Examples
    --------
    >>> import tempfile
    >>> import neurograph as ng
    >>> from neurograph.drawing import draw_network, save
    >>> net = ng.Network.layered(2, 1, seed=1)
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     save(draw_network(net), f"{folder}/net.svg").name
    'net.svg'
    """
    if not isinstance(drawing, Drawing | Animation | Figure):
        raise InvalidTypeError(
            f"save takes a drawing, an animation or a figure, not {type(drawing).__name__}"
        )
    _, kind = check_file(path, moving=isinstance(drawing, Animation))
    write_whole(path, rendered(drawing, kind.removeprefix(".")))
    return Path(path)


def check_file(path: str | os.PathLike[str], *, moving: bool) -> tuple[Path, str]:
    """Check that a picture can be saved in a file, before the work of making it.

    Parameters
    ----------
    path : str or path
    moving : bool
        Whether the picture is an animation.

    Returns
    -------
    target : pathlib.Path
        The file itself: a link stays a link, and what it leads to is replaced.
    kind : str
        The suffix in small letters.

    Raises
    ------
    InvalidValueError, UnwritableError
        As for `save`.
    """
    kind = _checked_format(Path(path), moving=moving)
    return check_replaceable(path, f"{kind[1:].upper()} picture", FORMATS[kind].begins), kind


def rendered(drawing: Drawing | Animation | Figure, kind: str) -> bytes:
    """Return a picture as the bytes of a file.

    Parameters
    ----------
    drawing : Drawing, matplotlib Animation or matplotlib Figure
    kind : {"png", "svg", "pdf", "gif"}

    Returns
    -------
    bytes
    """
    one_of(kind, [suffix[1:] for suffix in FORMATS], "the kind of a picture")
    with in_style():
        if isinstance(drawing, Animation):
            return _gif(drawing)
        figure = drawing if isinstance(drawing, Figure) else drawing.figure
        text = alt_text(drawing) if isinstance(drawing, Drawing) else ""
        buffer = BytesIO()
        metadata = FORMATS[f".{kind}"].metadata(text)
        figure.savefig(buffer, format=kind, dpi=DPI, metadata=metadata)
        return buffer.getvalue()


def _gif(animation: Animation) -> bytes:
    if isinstance(animation, Moving):
        return _frames(animation)
    # Pillow writes to a path only.
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "moving.gif")
        rate = max(round(1000 / getattr(animation, "_interval", 200)), 1)
        animation.save(str(path), writer=PillowWriter(fps=rate))
        return path.read_bytes()


def _frames(moving: Moving) -> bytes:
    """Draw each frame once, where `Animation.save` draws it three times."""
    figure = moving.drawing.figure
    canvas, engine = figure.canvas, figure.get_layout_engine()
    agg = FigureCanvasAgg(figure)
    try:
        if engine is not None:
            # Laid out once: to do it for every frame takes longer than to draw it.
            figure.draw_without_rendering()
            figure.set_layout_engine("none")
        frames = []
        for frame in range(moving.n_frames):
            moving.show(frame)
            # Matplotlib leaves these two without annotations.
            agg.draw()  # type: ignore[no-untyped-call]
            drawn = np.asarray(agg.buffer_rgba())  # type: ignore[no-untyped-call]
            frames.append(drawn[..., :3].copy())
    finally:
        moving.show(0)
        figure.set_layout_engine(engine)
        figure.set_canvas(canvas)
    # One palette for all, from frames all along: what stays the same is then written once.
    some = [frames[k] for k in np.unique(np.linspace(0, len(frames) - 1, 8).astype(int))]
    palette = Image.fromarray(np.concatenate(some)).quantize(256, Image.Quantize.FASTOCTREE)
    first, *others = (
        Image.fromarray(frame).quantize(palette=palette, dither=Image.Dither.NONE)
        for frame in frames
    )
    buffer = BytesIO()
    first.save(buffer, "GIF", save_all=True, append_images=others, duration=moving.interval, loop=0)
    return buffer.getvalue()


def _checked_format(path: Path, *, moving: bool) -> str:
    suffix = path.suffix.lower()
    known = ", ".join(FORMATS)
    if suffix not in FORMATS:
        got = f"{suffix!r} of {path.name!r}" if suffix else f"no suffix, as in {path.name!r}"
        raise InvalidValueError(
            f"a picture cannot be saved with {got}: the formats are {known}"
            f"{did_you_mean(suffix, FORMATS) if suffix else ''}"
        )
    if FORMATS[suffix].moving != moving:
        fitting = " or ".join(name for name, kind in FORMATS.items() if kind.moving == moving)
        what = "an animation" if moving else "a picture that does not move"
        raise InvalidValueError(f"{what} is saved as {fitting}, not {suffix}")
    return suffix
