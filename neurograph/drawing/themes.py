"""How pictures look: colours, lines, sizes and language; none of them is told by colour alone.

The light colours are those of Okabe and Ito, "Color Universal Design" (2008), some of them darkened
for text on white. Signs also differ in line style, series in line style and marker, so that a
picture in black and white says the same.
"""

import inspect
import numbers
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import field, replace
from functools import wraps
from typing import Any, ParamSpec, TypedDict, TypeVar, cast

import matplotlib
from matplotlib.colors import Colormap, LinearSegmentedColormap, to_hex, to_rgb
from matplotlib.font_manager import FontProperties, findfont, get_font

from neurograph.checks import finite_number, one_of
from neurograph.errors import InvalidTypeError, InvalidValueError, did_you_mean
from neurograph.records import record
from neurograph.words import LANGUAGES

__all__ = [
    "DASHES",
    "MARKERS",
    "NAMED",
    "THEMES",
    "Look",
    "LookOptions",
    "Theme",
    "current_look",
    "in_look",
    "pattern",
    "series",
    "styled",
    "theme",
]

#: Of lines that are told apart: dash pattern and marker, in the order of the colours of a theme.
DASHES: tuple[Any, ...] = (
    "-", "--", "-.", ":", (0, (5, 1, 1, 1, 1, 1)), (0, (1, 1)), (0, (8, 2)), (0, (3, 1, 1, 1)),
)  # fmt: skip
MARKERS = ("o", "s", "^", "D", "v", "P", "X", "*")

# From the ninth line on, the colours come again with other dashes and other markers; by an odd
# number, so that each colour meets every dash.
_DASHES_ON, _MARKERS_ON = 3, 5

# Of areas, besides their tints: the first few have none.
_PATTERNS = ("", "////", "\\\\\\\\", "....", "xxxx", "----", "||||", "++++")
_PLAIN_AREAS = 3

# Inches beyond which a picture is a mistake, and dots an inch.
_LARGEST, _FINEST = 200.0, 4800.0


def _colours(name: str, colours: Sequence[str]) -> LinearSegmentedColormap:
    return LinearSegmentedColormap.from_list(f"neurograph_{name}", list(colours))


@record
class Theme:
    """The colours of a picture.

    Attributes
    ----------
    name : str
    ink, soft, faded, faded_text : str
        Of text and marks; of what is beside the point; of what does not stand out.
    paper : str
        What is drawn on.
    positive, negative, zero : str
        Of values by their sign.
    active : str
        Of a neuron whose values have just become known.
    key : str
        The ground of a key whose samples are partly white.
    outside : str
        The ground where nothing was computed.
    fills : mapping of str to str
        Of neurons, by kind.
    series : tuple of str
        Of lines that are told apart.
    hatch : str
        Of the lines that mark one side of a border.
    sequential : str or Colormap
        Of areas: grows steadily in lightness, so that it also reads in grey.
    strokes : str or Colormap
        Likewise, of what is thin, and as visible on the paper where it is small.
    diverging : Colormap
        From the colour of negative values over that of the threshold to that of positive ones.
    tints : tuple of str
        Of areas with a line or a text on them.
    paths : tuple of str
        Of what lies on dark and light ground alike, with a dark rim.
    settings : mapping
        What Matplotlib draws and saves with.
    family : str
        Of its font.
    """

    name: str
    ink: str
    soft: str
    faded: str
    faded_text: str
    paper: str
    positive: str
    negative: str
    zero: str
    active: str
    key: str
    outside: str
    fills: Mapping[str, str]
    series: tuple[str, ...]
    hatch: str
    sequential: str | Colormap
    strokes: str | Colormap
    diverging: Colormap
    tints: tuple[str, ...]
    paths: tuple[str, ...]
    settings: Mapping[str, Any] = field(default_factory=dict, repr=False)
    family: str = "DejaVu Sans"

    def points(self, setting: str) -> float:
        """Return the size of a font that the settings name, such as ``"axes.titlesize"``."""
        with matplotlib.rc_context(cast(Any, dict(self.settings))):
            size = cast(Any, matplotlib.rcParams)[setting]
            return float(FontProperties(size=size).get_size_in_points())


#: What every picture is saved with: text stays text, which can be searched, copied and set in
#: another font; and the same picture is the same file.
_SAVING: dict[str, Any] = {
    "savefig.facecolor": "auto",
    "savefig.bbox": None,
    "text.usetex": False,
    "svg.fonttype": "none",
    "pdf.fonttype": 42,
    "svg.hashsalt": "neurograph",
    "path.simplify": True,
    "animation.embed_limit": 50.0,
}

_STYLE: dict[str, Any] = {
    **_SAVING,
    "font.family": "sans-serif",
    "font.sans-serif": ["DejaVu Sans"],
    "font.size": 11.0,
    "axes.titlesize": 13.0,
    "axes.labelsize": 12.0,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": False,
    "axes.unicode_minus": True,
    # A tick says its number, not what is to be added to one that stands elsewhere.
    "axes.formatter.useoffset": False,
    "legend.frameon": True,
    "legend.framealpha": 0.9,
    "legend.fontsize": 10.5,
    "lines.linewidth": 2.0,
}

# Of a setting, which colour of a theme it has.
_COLOURED = {
    "axes.edgecolor": "soft", "axes.labelcolor": "ink", "axes.facecolor": "paper",
    "figure.facecolor": "paper", "text.color": "ink", "xtick.color": "soft", "ytick.color": "soft",
    "xtick.labelcolor": "ink", "ytick.labelcolor": "ink", "legend.edgecolor": "faded",
    "legend.facecolor": "paper", "grid.color": "faded",
}  # fmt: skip


def _complete(plain: Theme) -> Theme:
    """Return a theme with Matplotlib's settings in its colours."""
    coloured = {setting: getattr(plain, colour) for setting, colour in _COLOURED.items()}
    walls = {f"axes3d.{axis}axis.panecolor": f"{plain.outside}80" for axis in "xyz"}
    return replace(plain, settings=_STYLE | coloured | walls)


_LIGHT = _complete(Theme(
    name="light",
    ink="#1a1a1a", soft="#595959", faded="#d0d0d0", faded_text="#9a9a9a", paper="#ffffff",
    positive="#0b5fa5", negative="#b5470b", zero="#767676",
    active="#ffe08a", key="#c8ccd2", outside="#dfe2e6",
    fills={"input": "#e6edf5", "hidden": "#ffffff", "output": "#f6efdf", "bias": "#ececec"},
    series=("#0b5fa5", "#b5470b", "#00795a", "#a3457f", "#7a5c00", "#1a1a1a", "#2f8fc4", "#8c8c8c"),
    hatch="#ffffff66",
    sequential="cividis",
    strokes="cividis",
    diverging=_colours("diverging", [
        "#7f2f04", "#d9762f", "#f7d3b5", "#fbfbfb", "#bcd9ee", "#4292c6", "#083f75",
    ]),
    # Pale, and each of another lightness.
    tints=("#f6ecc9", "#9fc5e3", "#e59f6f", "#7db59c", "#cf9cc0", "#8793b8", "#c9b458", "#b0b0b0"),
    paths=("#ffffff", "#ffb000", "#ff8fc8", "#7fe0c3", "#d3d3d3"),
))  # fmt: skip

_DARK = _complete(Theme(
    name="dark",
    ink="#eceff2", soft="#a9b1ba", faded="#3d444c", faded_text="#78818b", paper="#14181d",
    positive="#6cb6ff", negative="#ff9d5c", zero="#a0a0a0",
    active="#7a5c00", key="#4d555f", outside="#2a3037",
    fills={"input": "#1f2f42", "hidden": "#14181d", "output": "#3b311c", "bias": "#2b3036"},
    series=("#6cb6ff", "#ff9d5c", "#4fd0a3", "#ee8fc9", "#dcbc4c", "#eceff2", "#a5dcff", "#9aa0a6"),
    hatch="#ffffff40",
    sequential="cividis",
    strokes=_colours("strokes_dark", ["#7f8a99", "#c3b068", "#ffe945"]),
    diverging=_colours("diverging_dark", [
        "#ffc79a", "#d9762f", "#6b3512", "#1b1f24", "#163b5e", "#4292c6", "#bfdfff",
    ]),
    tints=("#4f4a30", "#2b5570", "#84502c", "#336350", "#744a6a", "#434e73", "#6e6020", "#5d5d5d"),
    paths=("#ffffff", "#ffb000", "#ff8fc8", "#7fe0c3", "#d3d3d3"),
))  # fmt: skip

_PRINT = _complete(Theme(
    name="print",
    ink="#000000", soft="#000000", faded="#b8b8b8", faded_text="#8a8a8a", paper="#ffffff",
    positive="#000000", negative="#000000", zero="#000000",
    active="#cfcfcf", key="#d9d9d9", outside="#ffffff",
    fills=dict.fromkeys(["input", "hidden", "output", "bias"], "#ffffff"),
    series=("#000000",) * 8,
    hatch="#00000090",
    sequential=_colours("grey", ["#3c3c3c", "#fdfdfd"]),
    strokes=_colours("strokes_print", ["#9a9a9a", "#000000"]),
    diverging=_colours("diverging_print", ["#8c8c8c", "#ffffff", "#bdbdbd"]),
    tints=("#ffffff", "#d4d4d4", "#a8a8a8", "#ffffff", "#ffffff", "#e2e2e2", "#ffffff", "#e2e2e2"),
    paths=("#ffffff", "#b0b0b0", "#dadada", "#8c8c8c", "#ffffff"),
))  # fmt: skip

#: By name; ``"rcParams"`` is made of the Matplotlib style that is active.
NAMED = {theme.name: theme for theme in (_LIGHT, _DARK, _PRINT)}
THEMES = (*NAMED, "rcParams")

# Of the settings of the user, those that a picture is drawn with.
_OF_PICTURES = (
    "axes.", "axes3d.", "figure.facecolor", "figure.titlesize", "figure.titleweight", "font.",
    "grid.", "hatch.", "image.cmap", "legend.", "lines.", "mathtext.", "patch.", "text.", "xtick.",
    "ytick.",
)  # fmt: skip


def _of_user() -> Theme:
    """Return the theme of the Matplotlib style that is active."""
    now: dict[str, Any] = dict(cast(Any, matplotlib.rcParams))
    paper, ink = to_hex(now["figure.facecolor"]), to_hex(now["text.color"])
    base = _DARK if _lightness(paper) < 0.5 else _LIGHT
    cycle = [to_hex(colour) for colour in now["axes.prop_cycle"].by_key().get("color", [])]
    cycle = cycle or list(base.series)
    settings = {name: now[name] for name in now if name.startswith(_OF_PICTURES)}
    return replace(
        base,
        name="rcParams",
        ink=ink,
        paper=paper,
        soft=to_hex(now["axes.edgecolor"]) if now["axes.edgecolor"] != now["axes.facecolor"]
        else ink,
        positive=cycle[0],
        negative=cycle[1 % len(cycle)],
        fills={**base.fills, "hidden": paper},
        series=tuple(cycle[place % len(cycle)] for place in range(len(DASHES))),
        sequential=now["image.cmap"],
        strokes=now["image.cmap"],
        settings={**settings, **_SAVING},
        family=get_font(findfont(FontProperties())).family_name,
    )  # fmt: skip


def _lightness(colour: str) -> float:
    red, green, blue = to_rgb(colour)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


class LookOptions(TypedDict, total=False):
    """What every function that draws takes besides what it draws.

    Attributes
    ----------
    theme : {"light", "dark", "print", "rcParams"}
        ``"print"`` is black and white; ``"rcParams"`` is the Matplotlib style that is active.
    size : float or tuple of two float
        Width, or width and height, of an own figure, in inches; a title adds its lines.
    dpi : float
        Of pixel formats, dots an inch.
    language : {"en", "de"}
        Of words and numbers.
    """

    theme: str
    size: float | tuple[float, float]
    dpi: float
    language: str


@record
class Look:
    """How a picture is drawn and saved.

    Attributes
    ----------
    theme : Theme
    size : tuple of (float, float or None), optional
    dpi : float, optional
    language : str
    """

    theme: Theme = field(default=_LIGHT, repr=False)
    size: tuple[float, float | None] | None = None
    dpi: float | None = None
    language: str = "en"

    def with_options(self, options: Mapping[str, Any]) -> "Look":
        """Return this look with some options; those that are `None` stay as they are."""
        changed = {name: _READ[name](value) for name, value in options.items() if value is not None}
        return replace(self, **changed)

    def inches(self, width: float, height: float) -> tuple[float, float]:
        """Return the size of a figure, if without a wish it had this one."""
        if self.size is None:
            return width, height
        wide, high = self.size
        return wide, high if high is not None else wide * height / width


def _theme(name: object) -> Theme:
    one_of(name, THEMES, "theme")
    return NAMED.get(str(name)) or _of_user()


def _size(size: object) -> tuple[float, float | None]:
    if isinstance(size, numbers.Real):
        return _inches(size), None
    if isinstance(size, str) or not hasattr(size, "__len__") or len(cast(Any, size)) != 2:
        raise InvalidTypeError(
            f"size must be a width in inches or a pair of width and height, not {size!r}"
        )
    width, height = cast(Any, size)
    return _inches(width), _inches(height)


def _inches(value: object) -> float:
    inches = finite_number(value, "size")
    if not 0 < inches <= _LARGEST:
        raise InvalidValueError(
            f"size must be above 0 and at most {_LARGEST:g} inches, not {inches:g}"
        )
    return inches


def _dpi(value: object) -> float:
    dpi = finite_number(value, "dpi")
    if not 1 <= dpi <= _FINEST:
        raise InvalidValueError(f"dpi must be from 1 to {_FINEST:g} dots an inch, not {dpi:g}")
    return dpi


def _language(value: object) -> str:
    return one_of(value, LANGUAGES, "language")


_READ: dict[str, Callable[[Any], Any]] = {
    "theme": _theme, "size": _size, "dpi": _dpi, "language": _language,
}  # fmt: skip

_PLAIN = Look()
_CURRENT: ContextVar[Look] = ContextVar("look", default=_PLAIN)


def current_look() -> Look:
    """Return the look of the picture that is being drawn."""
    return _CURRENT.get()


def theme() -> Theme:
    """Return the theme of the picture that is being drawn."""
    return _CURRENT.get().theme


@contextmanager
def in_look(look: Look) -> Iterator[None]:
    """Draw and save in a look, and leave the settings of the user as they are."""
    before = _CURRENT.set(look)
    try:
        # The keys of matplotlib's own annotation are the literals of all its settings.
        with matplotlib.rc_context(cast(Any, dict(look.theme.settings))):
            yield
    finally:
        _CURRENT.reset(before)


P = ParamSpec("P")
R = TypeVar("R")


def styled(draw: Callable[P, R]) -> Callable[P, R]:
    """Let a function draw in the look that its options ask for; by default, in that around it.

    The function has ``**look: Unpack[LookOptions]``, which never reach it.
    """
    known = [
        parameter.name
        for parameter in inspect.signature(draw).parameters.values()
        if parameter.kind is not inspect.Parameter.VAR_KEYWORD
    ]

    @wraps(draw)
    def drawn(*args: P.args, **kwargs: P.kwargs) -> R:
        options = {name: kwargs.pop(name) for name in _READ if name in kwargs}
        for name in kwargs:
            if name not in known:
                raise InvalidTypeError(
                    f"{draw.__name__} has no option {name!r}{did_you_mean(name, [*known, *_READ])}"
                )
        with in_look(current_look().with_options(options)):
            return draw(*args, **kwargs)

    return drawn


def series(place: int) -> tuple[str, Any, str]:
    """Return colour, dash pattern and marker of a line; no two of the first 32 are alike.

    Parameters
    ----------
    place : int
        Which line it is, from 0.
    """
    n = len(DASHES)
    again, place = divmod(place, n)
    return (
        theme().series[place],
        DASHES[(place + _DASHES_ON * again) % n],
        MARKERS[(place + _MARKERS_ON * again) % n],
    )


def pattern(place: int) -> str:
    """Return the pattern of an area, counted from 0; no two of the first 64 are alike."""
    again, tint = divmod(place, len(_PATTERNS))
    return _PATTERNS[(max(0, tint - _PLAIN_AREAS + 1) + again) % len(_PATTERNS)]
