"""Titles and remarks, panels of answers, and what is checked before a picture is made."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from benchmarks.pictures import PICTURES

import neurograph as ng
from neurograph.drawing import (
    alt_text,
    animate_passes,
    check_file,
    draw_curve,
    draw_decisions,
    draw_network,
    entitle,
    remark,
    save,
)
from neurograph.drawing.surfaces import Traced, apart
from neurograph.landscape import decision, loss_curve

SAMPLES = ([[1.0, 0.0], [0.0, 1.0]], [[1.5], [-0.5]])


def linear() -> ng.Network:
    """Return out = w1 x1 + w2 x2."""
    return ng.Network.layered(2, 1, weights=0.5, activation="identity")


def curve() -> Any:
    """Return a picture of its loss over w1."""
    return draw_curve(loss_curve(linear(), *SAMPLES, "w1", points=11))


def test_a_picture_grows_by_its_title() -> None:
    """Axes keep their size; of a network, a unit of its coordinates stays an inch."""
    drawing = draw_network(linear())
    width, height = drawing.figure.get_size_inches()
    upper = drawing.ax.get_ylim()[1] - drawing.ax.get_ylim()[0]
    entitle(drawing, "A title " * 20)
    assert drawing.figure.get_figwidth() == width
    assert drawing.figure.get_figheight() > height + 0.4
    assert drawing.ax.get_position().height * drawing.figure.get_figheight() == pytest.approx(upper)


def test_lines_are_kept_and_long_words_broken() -> None:
    """A line break is a line break; a word wider than the picture goes on in the next line."""
    drawing = curve()
    entitle(drawing, f"First\nsecond {'x' * 200}")
    first, second, *others = drawing.ax.get_title().split("\n")
    assert (first, second) == ("First", "second")
    assert "".join(others) == "x" * 200
    assert len(others) > 1


def test_dollars_are_dollars() -> None:
    """A title is text, not mathematics with mistakes in it."""
    drawing = curve()
    entitle(drawing, r"$\cost of $ signs_")
    drawing.figure.draw_without_rendering()
    assert drawing.ax.get_title() == r"$\cost of $ signs_"


def test_a_remark_is_said_twice() -> None:
    """It stands above the picture and in its description; a title goes above it."""
    drawing = remark(curve(), "Nothing is trained here")
    assert alt_text(drawing).endswith(" Nothing is trained here.")
    entitle(drawing, "A curve")
    assert drawing.ax.get_title() == "A curve\nNothing is trained here"


def test_what_can_have_a_title() -> None:
    """Only what was drawn here, and only text."""
    with pytest.raises(ng.InvalidTypeError, match=r"entitle takes what .* returned, not str"):
        entitle("picture", "title")
    with pytest.raises(ng.InvalidTypeError, match=r"a title must be text, not 3"):
        entitle(curve(), 3)


def test_a_moving_picture_is_left_as_it_was(tmp_path: Path) -> None:
    """Saving shows every frame, and the first one again."""
    moving = animate_passes(linear(), [1.0, 2.0], frames_each=1)
    canvas, shown = moving.drawing.figure.canvas, moving.drawing.connection_labels["i1", "o1"]
    save(moving, tmp_path / "passes.gif")
    assert moving.drawing.figure.canvas is canvas
    assert shown.get_text() == "0.5"


def test_panels_of_answers() -> None:
    """Thresholds that differ are not named in the one key; without a decision there is none."""
    net = ng.Network.layered(2, 2, weights=[[[1, -1], [2, 0]]], activation="identity")
    samples = [[0, 1], [1, 0]], [[0, 1], [1, 4]]
    drawing = draw_decisions([decision(net, *samples, output=name) for name in ("o1", "o2")])
    (key,) = drawing.figure.legends
    assert key.get_texts()[0].get_text() == "target above halfway between its targets"
    assert alt_text(drawing).count("with its border at") == 1
    # Over the samples o2 goes to 2.3, and halfway between its targets is 2.5.
    assert "everywhere below 2.5" in alt_text(drawing)
    assert [panel.get_title() for panel in drawing.figure.axes] == ["o1", "o2: −0.3 to 2.3"]
    with pytest.raises(ng.InvalidValueError, match=r"there is no decision to draw: make one with"):
        draw_decisions([])


def test_a_file_is_checked_before_the_work(tmp_path: Path) -> None:
    """The same mistakes as of saving, and the file that a link leads to."""
    (tmp_path / "link.PNG").symlink_to(tmp_path / "real.png")
    target, kind = check_file(tmp_path / "link.PNG", moving=False)
    assert (target, kind) == ((tmp_path / "real.png").resolve(), ".png")
    with pytest.raises(
        ng.InvalidValueError, match=r"an animation is saved as .gif, .html or .mp4, not .png"
    ):
        check_file(tmp_path / "link.PNG", moving=True)
    (tmp_path / "folder.svg").mkdir()
    with pytest.raises(ng.InvalidValueError, match=r"is a folder: give the name of a file in it"):
        check_file(tmp_path / "folder.svg", moving=False)


def test_marks_keep_apart() -> None:
    """A point is marked where it is far enough from the last one that is."""
    x = np.array([0.0, 0.01, 0.03, 0.035, 0.2, 0.2])
    path = Traced("p", x, np.zeros(6), np.zeros(6))
    assert apart(path, (1.0, 1.0), 0.02) == [0, 2, 4]
    assert apart(path, (0.0, 0.0), 0.5) == [0]


@pytest.mark.parametrize("work", PICTURES)
def test_pictures_can_be_timed(work: str) -> None:
    """The benchmark of each picture is a row with the time that it may take."""
    row = PICTURES[work](1)
    assert row.work == work
    assert not row.wrong
    assert set(row.goals.values()) == {1.0}
