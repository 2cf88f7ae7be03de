"""A finished picture, still or moving: its description, its title, and the file that it becomes."""

import hashlib
import os
import re
from collections.abc import Callable
from dataclasses import field, replace
from io import BytesIO
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

from matplotlib.animation import Animation, FuncAnimation
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from neurograph.checks import one_of
from neurograph.drawing.canvas import root_figure
from neurograph.drawing.film import FILMS
from neurograph.drawing.style import LINE_SPACING, text_size
from neurograph.drawing.themes import Look, current_look, in_look, theme
from neurograph.errors import InvalidTypeError, InvalidValueError, did_you_mean
from neurograph.escapes import html_words
from neurograph.files import check_replaceable, write_whole
from neurograph.records import record

__all__ = [
    "FORMATS",
    "Drawing",
    "Moving",
    "alt_text",
    "check_file",
    "entitle",
    "remark",
    "rendered",
    "save",
]


@record(eq=False)
class Drawing:
    """A picture: the axes it is on and, by name, what was drawn on them.

    Attributes
    ----------
    ax : matplotlib.axes.Axes
    description : str
        The picture in a sentence or two, with its numbers; see `alt_text`.
    look : Look
        What it is drawn and saved with.
    """

    ax: Axes
    description: str = field(repr=False)
    look: Look = field(default_factory=current_look, kw_only=True, repr=False)

    @property
    def figure(self) -> Figure:
        """The figure that the axes belong to."""
        return root_figure(self.ax)

    def to_tikz(self) -> str:
        """Return the picture as a LaTeX document, where it is one of a network.

        Raises
        ------
        InvalidValueError
            If it is another picture.
        """
        raise InvalidValueError(
            "only a picture of a network becomes TikZ; LaTeX includes others as .pdf"
        )

    # A notebook shows what has these methods: sharp at any size, unless that would be a large page.

    def _repr_png_(self) -> bytes:
        return rendered(self, "png")

    def _repr_svg_(self) -> str | None:
        picture = rendered(self, "svg")
        return picture.decode() if len(picture) <= _MOST_SVG else None


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
    description : str

    Notes
    -----
    `neurograph.drawing.save` writes it as GIF, as a page with a player, or as a video;
    ``to_jshtml()`` gives a player for a notebook.
    """

    def __init__(
        self,
        drawing: Drawing,
        show: Callable[[int], None],
        n_frames: int,
        interval: int,
        description: str,
    ) -> None:
        self.drawing, self._show = drawing, show
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

    @property
    def look(self) -> Look:
        """What it is drawn and saved with."""
        return self.drawing.look

    def show(self, frame: int) -> None:
        """Show one frame."""
        with in_look(self.drawing.look):
            self._show(frame)

    def __repr__(self) -> str:
        return f"Moving({self.n_frames} frames of {self.drawing!r})"

    def _to(self, frame: int) -> tuple[()]:
        # Matplotlib asks for the artists that have changed; they matter only to blitting.
        self.show(frame)
        return ()

    def __del__(self) -> None:
        # Matplotlib warns of an animation that was never shown; one made to look at its drawing,
        # or whose saving failed, has nothing to be warned of.
        pass


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


#: Of pixel formats; text of 9 points is then 18 pixels high.
DPI = 150

# In a notebook, in bytes: a surface in space has thousands of facets.
_MOST_SVG = 250_000


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
    ".tex": Format(False, lambda head: b"\\documentclass" in head, lambda text: {}),
    ".gif": Format(True, lambda head: head.startswith((b"GIF87a", b"GIF89a")), lambda text: {}),
    ".html": Format(True, lambda head: head.startswith(b"<!DOCTYPE html>"), lambda text: {}),
    ".mp4": Format(True, lambda head: head[4:8] == b"ftyp", lambda text: {}),
}


def save(drawing: Drawing | Animation | Figure, path: str | os.PathLike[str]) -> Path:
    """Save a picture or an animation, whole or not at all.

    Parameters
    ----------
    drawing : Drawing, matplotlib Animation or matplotlib Figure
    path : str or path
        Its suffix says the format: ``.png``, ``.svg`` or ``.pdf`` of a picture, ``.tex`` (TikZ) of
        a network's; ``.gif``, ``.html`` (a page with a player) or ``.mp4`` (by ffmpeg) of an
        animation. A picture of the same kind that is there already is
        replaced. What `alt_text` says is written into the file where the format has a place for it.

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
    kind : {"png", "svg", "pdf", "tex", "gif", "html", "mp4"}

    Returns
    -------
    bytes
    """
    one_of(kind, [suffix[1:] for suffix in FORMATS], "the kind of a picture")
    look = getattr(drawing, "look", None)
    with in_look(look if isinstance(look, Look) else Look()):
        text = str(getattr(drawing, "description", ""))
        if isinstance(drawing, Animation):
            return FILMS[kind](drawing, text)
        if kind == "tex":
            return _tex(drawing)
        figure = drawing if isinstance(drawing, Figure) else drawing.figure
        buffer = BytesIO()
        metadata = FORMATS[f".{kind}"].metadata(text)
        figure.savefig(buffer, format=kind, dpi=current_look().dpi or DPI, metadata=metadata)
        picture = buffer.getvalue()
        return _named(picture, _title_of(figure, text), text) if kind == "svg" and text else picture


def _tex(drawing: Drawing | Figure) -> bytes:
    if isinstance(drawing, Figure):
        raise InvalidTypeError("a figure becomes no TikZ: give what draw_network returned")
    return drawing.to_tikz().encode()


def _title_of(figure: Figure, text: str) -> str:
    """Return the title of a picture in one line, or how its description begins."""
    titles = [figure.get_suptitle(), *(ax.get_title() for ax in figure.axes)]
    title = next(filter(None, titles), re.split(r"[:;]|\.(?:\s|$)", text)[0])
    return " ".join(title.replace(r"\$", "$").split())


def _named(picture: bytes, title: str, text: str) -> bytes:
    """Give an SVG picture a name and a description that a screen reader reads."""
    # Two pictures on one page have names of their own.
    code = hashlib.sha256(text.encode()).hexdigest()[:8]
    before, svg, after = picture.decode().partition("<svg ")
    attributes, end, content = after.partition(">")
    names = f'role="img" aria-labelledby="title-{code} desc-{code}"'
    words = (
        f'\n <title id="title-{code}">{html_words(title)}</title>'
        f'\n <desc id="desc-{code}">{html_words(text)}</desc>'
    )
    language = f'xml:lang="{current_look().language}"'
    return f"{before}{svg}{names} {language} {attributes}{end}{words}{content}".encode()


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
        *others, last = (name for name, kind in FORMATS.items() if kind.moving == moving)
        what = "an animation" if moving else "a picture that does not move"
        raise InvalidValueError(f"{what} is saved as {', '.join(others)} or {last}, not {suffix}")
    return suffix


D = TypeVar("D", bound=Drawing)

# Around a title, in inches.
_MARGIN = 0.12


def entitle(drawing: Drawing | Moving, title: str) -> None:
    """Give a picture a title in as many lines as it needs; the figure grows by their height.

    Parameters
    ----------
    drawing : Drawing or Moving
        What a function of `neurograph.drawing` returned, on a figure of its own.
    title : str
        A remark that the picture has already stays below it.

    Raises
    ------
    InvalidTypeError
        If it is no drawing, or the title is no text.

    Examples
    --------
    >>> import neurograph as ng
    >>> from neurograph.drawing import draw_network, entitle
    >>> drawing = draw_network(ng.Network.layered(2, 1, seed=1))
    >>> entitle(drawing, "A network of three neurons and of two connections")
    >>> print(drawing.ax.get_title())
    A network of three neurons
    and of two connections
    """
    if not isinstance(drawing, Drawing | Moving):
        raise InvalidTypeError(
            f"entitle takes what a function of neurograph.drawing returned,"
            f" not {type(drawing).__name__}"
        )
    if not isinstance(title, str):
        raise InvalidTypeError(f"a title must be text, not {title!r}")
    still = drawing.drawing if isinstance(drawing, Moving) else drawing
    with in_look(still.look):
        _entitled(still, title, own=not isinstance(drawing, Moving))


def _entitled(still: Drawing, title: str, *, own: bool) -> None:
    """Write a title above the axes, or above the figure where the axes have one of their own."""
    figure, ax = still.figure, still.ax
    size = theme().points("axes.titlesize")
    line = LINE_SPACING * size / 72
    panels = [one for one in figure.axes if one.get_label() != "<colorbar>"]
    fills = ax.get_position().y1 == 1.0 and figure.get_layout_engine() is None
    if not fills and (len(panels) > 1 or not own):
        # Each of the panels, or each frame, has a title of its own.
        text = _wrapped(title, figure.get_figwidth() - 2 * _MARGIN, size)
        figure.set_figheight(figure.get_figheight() + (text.count("\n") + 1) * line)
        figure.suptitle(text, size=size, parse_math=False)
        return
    before = ax.get_title()
    text = _wrapped(title, _room(ax, fills=fills), size) + ("\n" + before if before else "")
    more = (text.count("\n") + 1 - (before.count("\n") + 1 if before else 0)) * line
    more += 0.0 if before else _MARGIN
    height = figure.get_figheight()
    if fills:
        kept = ax.get_position().height * height
        ax.set_position((0.0, 0.0, 1.0, kept / (height + more)))
    figure.set_figheight(height + more)
    ax.set_title(text, parse_math=False)


def remark(drawing: D, text: str) -> D:
    """Say something above a picture that has to be known to understand it.

    Parameters
    ----------
    drawing : Drawing
    text : str
        A sentence without its full stop.

    Returns
    -------
    Drawing
        The same picture, with the sentence in its description too.
    """
    entitle(drawing, text)
    return replace(drawing, description=f"{drawing.description} {text}.")


def _room(ax: Axes, *, fills: bool) -> float:
    """Return the width that a title centred above axes can have, in inches."""
    figure = root_figure(ax)
    width = float(figure.get_figwidth())
    if fills:
        return width - 2 * _MARGIN
    figure.draw_without_rendering()
    box = ax.get_position()
    middle = float(box.x0 + box.x1) / 2
    return 2 * min(middle, 1 - middle) * width - 2 * _MARGIN


def _wrapped(text: str, width: float, size: float) -> str:
    """Return a text in lines of so many inches; a longer word is broken."""
    lines: list[str] = []
    for paragraph in text.splitlines():
        line = ""
        for word in paragraph.split():
            longer = f"{line} {word}" if line else word
            if text_size(longer, size)[0] <= width:
                line = longer
                continue
            lines += [line] if line else []
            *full, line = _broken(word, width, size)
            lines += full
        lines.append(line)
    return "\n".join(lines)


def _broken(word: str, width: float, size: float) -> list[str]:
    parts = [""]
    for letter in word:
        if parts[-1] and text_size(parts[-1] + letter, size)[0] > width:
            parts.append("")
        parts[-1] += letter
    return parts
