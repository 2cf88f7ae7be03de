"""Pictures of networks as TikZ."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest

import neurograph as ng
from neurograph.drawing import draw_history, draw_network, entitle, save
from neurograph.drawing.themes import NAMED
from neurograph.training import History


@pytest.fixture
def net() -> ng.Network:
    """A 2-2-2 network after its passes."""
    net = ng.load_scenario("mazur_2015").network()
    net.forward([0.05, 0.10])
    net.backward([0.01, 0.99])
    return net


def compiled(document: Path) -> str:
    """Return what pdflatex says of a document."""
    ran = subprocess.run(
        ["pdflatex", "-interaction=nonstopmode", "-halt-on-error", document.name],
        cwd=document.parent,
        capture_output=True,
        timeout=120,
    )
    return ran.stdout.decode(errors="replace")


def test_tikz_has_every_label_and_every_line(net: ng.Network, tmp_path: Path) -> None:
    """Each text of the picture is a node, each neuron a circle, each connection a line."""
    drawing = draw_network(net, ("out", "weight"), labels="both")
    document = save(drawing, tmp_path / "net.tex").read_text(encoding="utf-8")
    for text in (*drawing.names.values(), *drawing.connection_labels.values()):
        assert f"{{{text.get_text()}}};" in document
    assert document.count("circle [radius=") == 6
    assert len(re.findall(r"\\path.* -- ", document)) == 8 + 1  # one more in the key


def test_places_are_those_of_the_layout(net: ng.Network) -> None:
    """A neuron stands where the layout puts it, in inches."""
    drawing = draw_network(net)
    x, y = drawing.positions["h1"]
    assert f"({x:.4f},{y:.4f}) circle" in drawing.to_tikz()


def test_a_negative_weight_is_dashed_in_tikz() -> None:
    """The dashes of Matplotlib are multiples of the line's width: 4 and 1.6 of 4 points."""
    net = ng.Network.layered(1, 1, weights=-0.5)
    width = 4.0 * 72.27 / 72
    dashes = f"dash pattern=on {4 * width:.3g}pt off {1.6 * width:.3g}pt"
    assert dashes in draw_network(net).to_tikz()


@pytest.mark.skipif(shutil.which("pdflatex") is None, reason="there is no LaTeX here")
def test_tikz_compiles(net: ng.Network, tmp_path: Path) -> None:
    """A picture with a title becomes one page."""
    drawing = draw_network(net, ("out", "delta", "weight", "gradient"), labels="both")
    entitle(
        drawing, r"50 % of w_1 & \input{x}, in two lines of which the second is the shorter one"
    )
    assert "Output written on net.pdf (1 page" in compiled(save(drawing, tmp_path / "net.tex"))


@pytest.mark.skipif(shutil.which("pdflatex") is None, reason="there is no LaTeX here")
def test_hostile_names_compile(tmp_path: Path) -> None:
    """Names and labels are text, whatever LaTeX would take them for."""
    net = ng.Network()
    net.add_neuron(r"\input{/etc/passwd}", kind="input")
    net.add_neuron("a_b^$#%&~{}[*", activation="tanh", bias=-1.0)
    net.connect(r"\input{/etc/passwd}", "a_b^$#%&~{}[*", weight=-1.5, label="σ′→∞")
    drawing = draw_network(net, labels="both")
    assert "(1 page" in compiled(save(drawing, tmp_path / "net.tex"))


def test_arcs_and_gaps_become_tikz() -> None:
    """A connection that skips a level is a curve; levels left out are said."""
    net = ng.Network.layered(20, 2, 1, seed=1)
    net.connect("i1", "o1", weight=1.0)
    document = draw_network(net).to_tikz()
    assert ".. controls (" in document
    assert r"$\vdots$\\" in document


def test_other_pictures_are_no_tikz(tmp_path: Path) -> None:
    """What is no picture of a network is refused before anything is written."""
    history = draw_history(History({"loss": [0.5, 0.25]}, epochs=[1, 2]))
    with pytest.raises(ng.InvalidValueError, match=r"only a picture of a network becomes TikZ"):
        save(history, tmp_path / "loss.tex")
    with pytest.raises(ng.InvalidTypeError, match=r"a figure becomes no TikZ"):
        save(history.figure, tmp_path / "loss.tex")
    assert not list(tmp_path.iterdir())


def test_the_ground_of_a_theme_is_that_of_the_page(net: ng.Network) -> None:
    """A dark picture has a dark page and a dark ground where it is copied to; a light one not."""
    dark = draw_network(net, theme="dark").to_tikz()
    paper = NAMED["dark"].paper[1:]
    assert rf"\pagecolor[HTML]{{{paper.upper()}}}" in dark
    assert re.search(rf"\\path\[fill=c{paper}\] \(.*\) rectangle \(.*\);", dark)
    assert "pagecolor" not in draw_network(net).to_tikz()


def test_labels_of_several_rows_have_their_rim(net: ng.Network) -> None:
    """The node of such a label is drawn and filled, with the colour of its line."""
    document = draw_network(net, ["weight", "gradient"]).to_tikz()
    labels = [line for line in document.splitlines() if r"w5=0.4\\" in line]
    assert len(labels) == 1
    assert f"draw=c{NAMED['light'].positive[1:]}" in labels[0]
