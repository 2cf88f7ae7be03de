"""Themes, sizes, dots an inch and languages of pictures, and what they leave alone."""

import re
import struct
from collections.abc import Callable
from functools import lru_cache
from io import BytesIO
from xml.etree import ElementTree

import matplotlib
import numpy as np
import pytest
from matplotlib.colors import to_hex, to_rgb
from PIL import Image

import neurograph as ng
from neurograph import drawing, figures, landscape
from neurograph.drawing import THEMES, Drawing, alt_text, draw_network
from neurograph.drawing.pictures import rendered
from neurograph.drawing.themes import DASHES, NAMED, series
from neurograph.scenario import Figure

INPUTS, TARGETS = [[0.0, 1.0], [1.0, 0.0], [1.0, 1.0]], [[1.0, 0.0], [0.0, 1.0], [1.0, 0.0]]


def network() -> ng.Network:
    """Return a 2-2-2 network after the passes of three samples."""
    net = ng.Network.layered(2, 2, 2, seed=3, bias=0.1)
    net.forward(INPUTS)
    net.backward(TARGETS)
    return net


def decisions(net: ng.Network) -> list[landscape.Decision]:
    """Return what both outputs are over the inputs."""
    return [
        landscape.decision(net, INPUTS, TARGETS, output=output, points=9) for output in net.outputs
    ]


def surface(net: ng.Network) -> landscape.LossSurface:
    """Return the loss over two weights."""
    return landscape.loss_surface(net, INPUTS, TARGETS, "w1", "w2", span=2, points=7)


def history(net: ng.Network) -> ng.History:
    """Return a short training of a copy."""
    record = ["loss", "w1.weight", "w2.weight"]
    return net.copy().train(INPUTS, TARGETS, learning_rate=0.5, epochs=3, record=record)


def walks(net: ng.Network) -> tuple[landscape.DescentPath, ...]:
    """Return two short walks over two weights."""
    start = [[0.5, 0.5], [-0.5, 0.5]]
    paths = landscape.descend(
        net, INPUTS, TARGETS, over=("w1", "w2"), start=start, learning_rate=0.5, steps=5
    )
    assert isinstance(paths, tuple)
    return paths


PICTURES: dict[str, Callable[..., Drawing]] = {
    "network": lambda net, **look: draw_network(net, **look),
    "surface": lambda net, **look: drawing.draw_surface(surface(net), walks(net), **look),
    "space": lambda net, **look: drawing.draw_surface(surface(net), walks(net), "3d", **look),
    "curve": lambda net, **look: drawing.draw_curve(
        landscape.loss_curve(net, INPUTS, TARGETS, "w1", points=9), **look
    ),
    "history": lambda net, **look: drawing.draw_history(history(net), **look),
    "basins": lambda net, **look: drawing.draw_basins(
        landscape.basins(surface(net), steps=5), **look
    ),
    "vectors": lambda net, **look: drawing.draw_vectors(
        [0, 1], [0, 1], [[0, 2], [0, 2]], [[0, 0], [2, 2]], **look
    ),
    "decision": lambda net, **look: drawing.draw_decision(decisions(net)[0], **look),
    "decisions": lambda net, **look: drawing.draw_decisions(decisions(net), **look),
    "classes": lambda net, **look: drawing.draw_classes(decisions(net), **look),
    "gradients": lambda net, **look: drawing.draw_gradients(net, **look),
    "histogram": lambda net, **look: drawing.draw_histogram(net, **look),
    "training": lambda net, **look: drawing.animate_training(net, history(net), **look).drawing,
    "descent": lambda net, **look: (
        drawing.animate_descent(surface(net), walks(net), **look).drawing
    ),
    "passes": lambda net, **look: drawing.animate_passes(net, INPUTS[0], **look).drawing,
}


def png(picture: Drawing) -> Image.Image:
    """Return a picture as it is saved."""
    return Image.open(BytesIO(rendered(picture, "png")))


@lru_cache
def saved(kind: str, theme: str) -> bytes:
    """Return a picture of some kind in a theme, as a file with few pixels."""
    return rendered(PICTURES[kind](network(), theme=theme, dpi=50), "png")


def pixels_of(kind: str, theme: str) -> np.ndarray:
    """Return red, green and blue of such a picture."""
    return np.asarray(Image.open(BytesIO(saved(kind, theme))).convert("RGB"), dtype=int)


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("kind", PICTURES)
def test_a_theme_leaves_the_settings_of_the_user_alone(kind: str, theme: str) -> None:
    """After drawing and saving the settings are what they were, and the same file comes again."""
    before = dict(matplotlib.rcParams)
    first = saved(kind, theme)
    assert dict(matplotlib.rcParams) == before
    assert rendered(PICTURES[kind](network(), theme=theme, dpi=50), "png") == first


@pytest.mark.parametrize("theme", ["light", "dark", "print"])
@pytest.mark.parametrize("kind", PICTURES)
def test_the_ground_of_a_picture_is_the_paper(kind: str, theme: str) -> None:
    """The corners of a saved picture have the colour of the theme's paper."""
    paper = np.round(255 * np.array(to_rgb(NAMED[theme].paper)))
    assert (pixels_of(kind, theme)[0, [0, -1]] == paper).all()


@pytest.mark.parametrize("kind", PICTURES)
def test_print_has_no_colour(kind: str) -> None:
    """Every pixel of a picture for copying is a grey: red, green and blue are alike."""
    assert np.ptp(pixels_of(kind, "print"), axis=2).max() <= 2


def _luminance(colour: str) -> float:
    """Return the relative luminance of WCAG 2.2."""
    parts = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in to_rgb(colour)]
    return float(np.dot([0.2126, 0.7152, 0.0722], parts))


@pytest.mark.parametrize("theme", ["light", "dark", "print"])
def test_text_and_lines_stand_out_from_the_paper(theme: str) -> None:
    """Text has a contrast of 4.5 or more to its ground, lines of 3 or more (WCAG 2.2)."""
    colours = NAMED[theme]

    def contrast(one: str, two: str) -> float:
        low, high = sorted([_luminance(one), _luminance(two)])
        return (high + 0.05) / (low + 0.05)

    for text in (colours.ink, colours.soft, colours.positive, colours.negative):
        assert contrast(text, colours.paper) >= 4.5
    for fill in (*colours.fills.values(), colours.key, colours.active, *colours.tints):
        assert contrast(colours.ink, fill) >= 3
    for line in colours.series:
        assert contrast(line, colours.paper) >= 3


@pytest.mark.parametrize("theme", ["light", "dark", "print"])
def test_series_and_signs_differ_without_colour(theme: str) -> None:
    """In every theme signs have three line styles, and series differ in dashes and marker."""
    from neurograph.drawing.diagrams import line_of_sign
    from neurograph.drawing.themes import Look, in_look

    with in_look(Look(NAMED[theme])):
        styles = {str(line_of_sign(value)["linestyle"]) for value in (1.0, -1.0, 0.0)}
        looks = {(str(dashes), marker) for _, dashes, marker in map(series, range(32))}
    assert len(styles) == 3
    assert len(looks) == 32
    assert len(NAMED[theme].series) == len(DASHES)


def test_the_active_style_is_a_theme() -> None:
    """Under rcParams ground, text and lines have the colours of the style that is active."""
    cycle = matplotlib.cycler(color=["#ff0000", "#00ff00"])
    style = {"figure.facecolor": "#102030", "text.color": "#fefefe", "axes.prop_cycle": cycle}
    with matplotlib.rc_context(style):
        picture = draw_network(network(), theme="rcParams")
    (weight, *_) = (data.weight for _, _, data in network().edges(data=True))
    line = next(iter(picture.connections.values()))
    assert to_hex(line.get_edgecolor()) == ("#ff0000" if weight > 0 else "#00ff00")
    assert to_hex(picture.names["i1"].get_color()) == "#fefefe"
    assert png(picture).convert("RGB").getpixel((0, 0)) == (0x10, 0x20, 0x30)


@pytest.mark.parametrize("kind", PICTURES)
def test_size_and_dpi_are_what_is_asked_for(kind: str) -> None:
    """A picture of 5 by 4 inches has, at 40 dots an inch, 200 by 160 pixels."""
    picture = PICTURES[kind](network(), size=(5, 4), dpi=40)
    assert png(picture).size == (200, 160)


@pytest.mark.parametrize("kind", ["network", "surface", "history"])
def test_a_width_alone_keeps_the_shape(kind: str) -> None:
    """Half as wide is half as high."""
    natural = PICTURES[kind](network()).figure.get_size_inches()
    half = PICTURES[kind](network(), size=natural[0] / 2).figure.get_size_inches()
    np.testing.assert_allclose(half, natural / 2)


def test_texts_of_a_small_network_are_small() -> None:
    """At half the size the texts are half as high, and still none overlaps another."""
    natural, half = draw_network(network()), draw_network(network(), size=1.5)
    scale = 1.5 / natural.figure.get_figwidth()
    np.testing.assert_allclose(
        half.names["h1"].get_fontsize(), scale * natural.names["h1"].get_fontsize()
    )


def test_a_picture_speaks_german() -> None:
    """Words, decimals and the description are German, and the SVG picture says so."""
    net = ng.Network.layered(2, 1, weights=[[[0.15, -0.20]]], bias=0.35)
    picture = draw_network(net, language="de")
    assert picture.connection_labels["i1", "o1"].get_text() == "w1=0,15"
    assert alt_text(picture) == (
        "Ein vorwärtsgerichtetes Netz aus 3 Neuronen in 2 Ebenen (2-1) und 2 Verbindungen;"
        " Gewicht von −0,2 (w2) bis 0,15 (w1), 1 negativ."
    )
    svg = ElementTree.fromstring(rendered(picture, "svg"))
    assert svg.get("{http://www.w3.org/XML/1998/namespace}lang") == "de"


@pytest.mark.parametrize("kind", PICTURES)
def test_no_english_is_left_in_a_german_picture(kind: str) -> None:
    """No text of a German picture has an English word of the catalogue or a decimal point."""
    picture = PICTURES[kind](network(), language="de")
    picture.figure.draw_without_rendering()
    texts = [text.get_text() for text in picture.figure.findobj(matplotlib.text.Text)]
    said = " ".join([*texts, alt_text(picture)])
    assert not re.search(r"(?<!\.)\b(the|of|weight|loss|epoch|steps|neurons|level|largest)\b", said)
    assert not re.search(r"\d\.\d", said)


def test_figures_of_scenarios_have_a_look() -> None:
    """A figure of a file is drawn in a theme, a size and a language as any other picture is."""
    scenario = ng.load_scenario("mazur_2015")
    figure = Figure(what="curve", over=("w5",))
    picture = figures.draw_figure(scenario, figure, theme="dark", size=(4, 3), language="de")
    assert picture.ax.get_ylabel() == "Verlust"
    assert to_hex(picture.figure.get_facecolor()) == NAMED["dark"].paper
    assert tuple(picture.figure.get_size_inches()) == (4, 3)


def test_a_title_adds_its_lines_to_a_size() -> None:
    """The picture keeps its height below a title."""
    picture = draw_network(network(), size=(5, 4))
    drawing.entitle(picture, "A title")
    width, height = picture.figure.get_size_inches()
    assert width == 5
    assert 4.1 < height < 4.6


@pytest.mark.parametrize(
    ("look", "message"),
    [
        ({"theme": "darc"}, r"theme .*'darc'; did you mean 'dark'"),
        ({"language": "fr"}, r"language .*'fr'"),
        ({"size": 0}, r"size must be above 0 and at most 200 inches, not 0"),
        ({"size": (4, 1000)}, r"size must be above 0 and at most 200 inches, not 1000"),
        ({"size": "large"}, r"size must be a width in inches or a pair of width and height"),
        ({"size": (1, 2, 3)}, r"size must be a width in inches or a pair"),
        ({"size": float("nan")}, r"size must be"),
        ({"dpi": 0}, r"dpi must be from 1 to 4800 dots an inch, not 0"),
        ({"dpi": "high"}, r"dpi must be"),
        ({"them": "dark"}, r"draw_network has no option 'them'; did you mean 'theme'"),
    ],
)
def test_wrong_looks(look: dict[str, object], message: str) -> None:
    """Each mistake is an error that says what can be, and the nearest name."""
    with pytest.raises(ng.NeurographError, match=message):
        draw_network(network(), **look)  # type: ignore[arg-type]


# -- what files say ----------------------------------------------------------------------------


SVG = "{http://www.w3.org/2000/svg}"


def test_an_svg_picture_has_a_name_and_a_description() -> None:
    """Its role is that of a picture, and the name that it refers to is title and description."""
    picture = draw_network(network())
    drawing.entitle(picture, 'Nets & "weights" <1>')
    root = ElementTree.fromstring(rendered(picture, "svg"))
    assert root.get("role") == "img"
    title, description = root.find(f"{SVG}title"), root.find(f"{SVG}desc")
    assert title is not None
    assert description is not None
    assert root.get("aria-labelledby") == f"{title.get('id')} {description.get('id')}"
    assert title.text == 'Nets & "weights" <1>'
    assert description.text == alt_text(picture)


def test_a_picture_without_a_title_is_called_what_it_is() -> None:
    """Its name is how the description begins, up to the numbers."""
    root = ElementTree.fromstring(rendered(PICTURES["surface"](network()), "svg"))
    title = root.find(f"{SVG}title")
    assert title is not None
    assert title.text is not None
    assert re.fullmatch(r"The loss over w1 from .* and w2 from .*, in 7 x 7 points", title.text)


def test_neurons_and_connections_have_names_in_svg() -> None:
    """Each has an id of its own name, whatever characters that has; all ids are valid and once."""
    net = ng.Network()
    for name in ("x 1", "x_1", "größe<", 'a"b', 7):
        net.add_neuron(name)
    net.add_neuron("out", bias=0.0)
    for name in ("x 1", "x_1", "größe<", 'a"b', 7):
        net.connect(name, "out", 0.5)
    root = ElementTree.fromstring(rendered(draw_network(net), "svg"))
    ids = [part.get("id", "") for part in root.iter() if part.get("id")]
    assert len(ids) == len(set(ids))
    assert all(re.fullmatch(r"[A-Za-z_][\w.-]*", name, re.ASCII) for name in ids)
    named = [name for name in ids if name.startswith(("neuron-", "connection-"))]
    assert sorted(named) == sorted([
        "neuron-x_1", "neuron-x_1-2", "neuron-gr__e_", "neuron-a_b", "neuron-7", "neuron-out",
        "connection-x_1-out", "connection-x_1-out-2", "connection-gr__e_-out",
        "connection-a_b-out", "connection-7-out",
    ])  # fmt: skip


def test_ids_are_stable() -> None:
    """A second picture of the network, after training, has the same ids."""
    net = network()

    def ids() -> list[str]:
        root = ElementTree.fromstring(rendered(draw_network(net), "svg"))
        names = [part.get("id", "") for part in root.iter()]
        return [name for name in names if name.startswith(("neuron-", "connection-"))]

    before = ids()
    net.train(INPUTS, TARGETS, learning_rate=0.5, epochs=2)
    assert ids() == before
    assert {"neuron-h1", "connection-i1-h1"} <= set(before)


@pytest.mark.parametrize("language", ["en", "de"])
def test_png_and_pdf_carry_the_description(language: str) -> None:
    """The description stands in the file, with all its letters."""
    picture = draw_network(network(), language=language)
    assert png(picture).info["Description"] == alt_text(picture)
    pdf = rendered(picture, "pdf").replace(b"\\(", b"(").replace(b"\\)", b")")
    text = alt_text(picture)
    assert text.encode("utf-16-be") in pdf or text.encode("latin-1", "replace") in pdf


def test_a_notebook_gets_a_picture_that_is_not_too_large() -> None:
    """A network is shown as SVG too; a surface in space of many facets only as PNG."""
    picture = draw_network(network())
    shown = picture._repr_svg_()
    assert shown is not None
    assert ElementTree.fromstring(shown).tag == f"{SVG}svg"
    wide = landscape.loss_surface(network(), INPUTS, TARGETS, "w1", "w2", span=2, points=71)
    space = drawing.draw_surface(wide, kind="3d")
    assert space._repr_svg_() is None
    assert struct.unpack(">I", space._repr_png_()[16:20])[0] > 500
