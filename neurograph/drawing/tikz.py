"""A picture of a network as TikZ: the parts that Matplotlib draws, written out for LaTeX."""

import re
from collections.abc import Iterator, Sequence
from typing import Any

from matplotlib.axes import Axes
from matplotlib.colors import to_hex, to_rgba
from matplotlib.lines import Line2D
from matplotlib.patches import Circle, FancyBboxPatch, Patch
from matplotlib.path import Path
from matplotlib.text import Text

from neurograph.drawing.style import LINE_SPACING
from neurograph.escapes import latex_words

__all__ = ["tikz_of"]

# An inch of Matplotlib has 72 points, one of TeX 72.27.
_POINT = 72.27 / 72

_WHITE = "#ffffff"

# Of a line of a title, in inches beyond its own height.
_ABOVE = 0.12

#: The page is as large as the picture.
_DOCUMENT = r"""\documentclass{article}
\usepackage[utf8]{inputenc}
\IfFileExists{lmodern.sty}{\usepackage[T1]{fontenc}\usepackage{lmodern}}{}
\usepackage[paperwidth=%(width).4fin,paperheight=%(height).4fin,margin=0pt]{geometry}
\usepackage{tikz}
\pagestyle{empty}
\setlength{\parindent}{0pt}\setlength{\topskip}{0pt}
\begin{document}%(ground)s
%(picture)s
\end{document}
"""


def tikz_of(ax: Axes, scale: float = 1.0, remark: str = "", paper: str = _WHITE) -> str:
    """Return what is drawn on axes whose data coordinates are inches, as a LaTeX document.

    Parameters
    ----------
    ax : matplotlib.axes.Axes
    scale : float
        How many inches of the page an inch of the data takes.
    remark : str
        What stands in the document as a comment, such as the picture in a sentence.
    paper : str
        The colour of the ground.

    Returns
    -------
    str
        A document with one ``tikzpicture``, which can be copied into another.
    """
    parts = sorted([*ax.patches, *ax.lines, *ax.texts], key=lambda part: part.get_zorder())
    (left, right), (bottom, top) = ax.get_xlim(), ax.get_ylim()
    title = ax.title.get_text()
    if title:
        size = float(ax.title.get_fontsize())
        height = LINE_SPACING * size / 72 * (title.count("\n") + 1) + _ABOVE
        middle = ((left + right) / 2, top + height / 2 / scale)
        parts.append(Text(*middle, title, fontsize=size, color=ax.title.get_color(),
                          horizontalalignment="center"))  # fmt: skip
        top += height / scale
    page = f"{_at(left, bottom, scale)} rectangle {_at(right, top, scale)}"
    drawn = [] if paper == _WHITE else [_draw([f"fill={_name(paper)}"], page)]
    drawn += [line for part in parts if part.get_visible() for line in _drawn(part, scale)]
    colours = sorted(set(re.findall(r"=c([0-9a-f]{6})\b", "\n".join(drawn))))
    picture = [
        *(f"% {line}" for line in latex_words(remark).splitlines()),
        *(rf"\definecolor{{c{code}}}{{HTML}}{{{code.upper()}}}" for code in colours),
        r"\begin{tikzpicture}[x=1in,y=1in,every node/.style={inner sep=0pt}]",
        rf"\useasboundingbox {page};",
        *drawn,
        r"\end{tikzpicture}",
    ]
    # A little more than the picture, or rounding would begin another page.
    width, height = (right - left) * scale + 0.02, (top - bottom) * scale + 0.02
    parts_of_page = {
        "picture": "\n".join(picture),
        "width": width,
        "height": height,
        "ground": "" if paper == _WHITE else rf"\pagecolor[HTML]{{{paper[1:].upper()}}}",
    }
    return _DOCUMENT % parts_of_page


def _drawn(part: Any, scale: float) -> Iterator[str]:
    """Yield the commands that draw one part."""
    if isinstance(part, Text):
        yield from _text(part, scale)
    elif isinstance(part, Line2D):
        ends = [_at(x, y, scale) for x, y in part.get_xydata().tolist()]  # type: ignore[union-attr]
        yield _draw(_line(part, part.get_color()), " -- ".join(ends))
    else:
        yield _patch(part, scale)


def _patch(patch: Patch, scale: float) -> str:
    options = _line(patch, patch.get_edgecolor())
    if patch.get_fill():
        options.append(f"fill={_name(patch.get_facecolor())}")
    if isinstance(patch, Circle):
        x, y = patch.center
        middle = _at(x, y, scale)
        shape = f"{middle} circle [radius={patch.radius * scale:.4g}]"
        return _draw(options, shape)
    if isinstance(patch, FancyBboxPatch):
        x, y, side = patch.get_x(), patch.get_y(), patch.get_width()
        options.append(f"rounded corners={side * scale / 7 * 72.27:.3g}pt")
        far = _at(x + side, y + patch.get_height(), scale)
        return _draw(options, f"{_at(x, y, scale)} rectangle {far}")
    return _draw(options, _route(patch.get_path(), scale))


def _route(path: Path, scale: float) -> str:
    pieces = []
    for points, code in path.iter_segments(simplify=False, curves=True):
        places = [_at(x, y, scale) for x, y in points.reshape(-1, 2)]
        if code == Path.MOVETO:
            pieces.append(places[0])
        elif code == Path.LINETO:
            pieces.append(f"-- {places[0]}")
        else:
            pieces.append(f".. controls {places[0]} and {places[1]} .. {places[2]}")
    return " ".join(pieces)


def _text(text: Text, scale: float) -> Iterator[str]:
    words = text.get_text()
    if not words:
        return
    size = float(text.get_fontsize()) * _POINT
    style = rf"\fontsize{{{size:.3g}}}{{{LINE_SPACING * size:.3g}}}\selectfont"
    if text.get_fontweight() == "bold":
        style += r"\bfseries"
    options = [f"text={_name(text.get_color())}", "align=center"]
    if text.get_horizontalalignment() == "left":
        options.append("anchor=west")
    ground = text.get_bbox_patch()
    if ground is not None:
        options += [f"fill={_name(ground.get_facecolor())}", "inner sep=1.2pt"]
        rim: Any = ground.get_edgecolor()
        if to_rgba(rim)[3]:
            options += [*_line(ground, rim), "inner sep=2.4pt"]
    options.append(rf"font=\sffamily{style}")
    lines = r"\\".join(latex_words(line) for line in words.split("\n"))
    yield rf"\node[{', '.join(options)}] at {_at(*text.get_position(), scale)} {{{lines}}};"


def _line(part: Line2D | Patch, colour: Any) -> list[str]:
    """Return the options of a line: of a dash pattern Matplotlib counts in widths of the line."""
    width = part.get_linewidth() * _POINT
    options = [f"draw={_name(colour)}", f"line width={width:.3g}pt"]
    # Matplotlib has no public way to ask for the numbers of a pattern.
    dashes: Any = part._unscaled_dash_pattern[1]  # type: ignore[union-attr]
    if dashes:
        steps = zip(dashes[::2], dashes[1::2], strict=True)
        pattern = " ".join(f"on {on * width:.3g}pt off {off * width:.3g}pt" for on, off in steps)
        options.append(f"dash pattern={pattern}")
    return options


def _draw(options: Sequence[str], shape: str) -> str:
    return rf"\path[{', '.join(options)}] {shape};"


def _at(x: float, y: float, scale: float) -> str:
    return f"({x * scale:.4f},{y * scale:.4f})"


def _name(colour: Any) -> str:
    """Return what a colour is called in the document."""
    return f"c{to_hex(colour)[1:]}"
