"""Numbers, lines and labels of pictures that have to differ, and to keep apart."""

from itertools import combinations, pairwise

import numpy as np
import pytest
from matplotlib.axes import Axes
from matplotlib.colors import to_hex

import neurograph as ng
from neurograph.drawing import (
    alt_text,
    animate_descent,
    animate_training,
    draw_basins,
    draw_curve,
    draw_decision,
    draw_history,
    draw_surface,
    draw_vectors,
)
from neurograph.landscape import basins, decision, descend, loss_curve, loss_surface
from neurograph.training import History

XOR = [[0, 0], [0, 1], [1, 0], [1, 1]], [[0], [1], [1], [0]]


def nearly_level(span: float = 1e-3) -> tuple:
    """Return a surface that hardly rises, and a path on it that hardly falls."""
    net = ng.Network.layered(2, 2, 1, seed=3)
    surface = loss_surface(net, *XOR, "w1", "w2", span=span, points=9)
    return surface, descend(net, *XOR, over=("w1", "w2"), learning_rate=1e-3, steps=40)


def shown_ticks(axis) -> list:
    """Return the labels of an axis that are drawn, after drawing it."""
    axis.figure.draw_without_rendering()
    low, high = sorted(axis.get_view_interval())
    room = 1e-9 * (high - low)
    return [
        label
        for place, label in zip(axis.get_ticklocs(), axis.get_ticklabels(), strict=True)
        if low - room <= place <= high + room
    ]


def as_number(text: str) -> float:
    """Return the number that a label says."""
    return float(text.replace("−", "-"))


def check_ticks(axis) -> None:
    """Check that each label says its place, to a part of the way to the next."""
    labels = shown_ticks(axis)
    low, high = sorted(axis.get_view_interval())
    places = [place for place in axis.get_ticklocs() if low - 1e-12 <= place <= high + 1e-12]
    said = [as_number(label.get_text()) for label in labels]
    assert len(labels) > 1
    assert len({label.get_text() for label in labels}) == len(labels)
    assert np.allclose(said, places[: len(said)], rtol=0, atol=np.diff(said).min() / 4)


def test_powers_of_ten_are_written_out_on_german_axes() -> None:
    """1500 is written out, and what is very small is a power of ten."""
    net = ng.Network.layered(1, 1, weights=0.5, bias=0.0)
    history = net.train([1.0], [0.5], learning_rate=0.1, epochs=3)
    axis = draw_history(history, language="de").ax.yaxis
    for ticks, told in (
        ([0, 500, 1000, 1500], ["0", "500", "1000", "1500"]),
        ([0, 1.5e-7, 3e-7], ["0", "1,5·10⁻⁷", "3·10⁻⁷"]),
        ([0, 2e7], ["0", "2·10⁷"]),
    ):
        axis.axes.set(yticks=ticks, ylim=(0, ticks[-1]))
        assert [label.get_text() for label in shown_ticks(axis)] == told


def test_a_colour_bar_says_different_numbers() -> None:
    """The ticks of a bar say where they stand, however little the loss rises."""
    surface, _ = nearly_level()
    assert np.ptp(surface.losses) < 1e-3
    bar = draw_surface(surface).bar
    assert bar is not None
    check_ticks(bar.yaxis)
    level = ng.Network.layered(2, 1, weights=1e-5, bias=0.0)
    check_ticks(draw_decision(decision(level, *XOR)).figure.axes[1].yaxis)
    slopes = 2.0 + 1e-6 * np.arange(9).reshape(3, 3)
    arrows = draw_vectors(range(3), range(3), slopes, np.zeros((3, 3)))
    check_ticks(arrows.figure.axes[1].yaxis)


def test_a_key_and_a_description_tell_losses_apart() -> None:
    """The network and the end of a path have different losses, and are said to."""
    surface, path = nearly_level()
    drawing = draw_surface(surface, {"one": path})
    told = [
        drawing.here.get_label().rpartition(" ")[2],
        drawing.paths["one"].get_label().rpartition(" ")[2],
    ]
    assert told[0] != told[1]
    assert [as_number(one) for one in told] == pytest.approx(path.losses[[0, -1]], rel=1e-5)
    assert f"loss from {told[0]} to {told[1]}." in alt_text(drawing)


def test_rates_of_paths_differ() -> None:
    """Paths of learning rates that are close to each other have different names."""
    net = ng.Network.layered(1, 1, weights=0.5, activation="identity")
    paths = descend(
        net, [1.0], [1.0], over="w1", steps=2, optimizer=["gradient_descent"] * 2,
        learning_rate=[0.1, 0.1004],
    )  # fmt: skip
    drawing = draw_curve(loss_curve(net, [1.0], [1.0], "w1"), paths)
    assert list(drawing.paths) == ["gradient descent, rate 0.1", "gradient descent, rate 0.1004"]


def test_titles_of_a_descent_say_different_losses() -> None:
    """Each frame of a slow walk says another loss."""
    surface, path = nearly_level()
    moving = animate_descent(surface, path)
    titles = []
    for frame in range(moving.n_frames):
        moving.show(frame)
        titles.append(moving.drawing.ax.get_title())
    losses = [as_number(title.rpartition(" ")[2]) for title in titles]
    assert len(set(losses)) == len(path.losses) == 41
    assert np.allclose(losses, path.losses, rtol=0, atol=np.ptp(path.losses) / 100)


def test_numbers_of_an_animation_of_training_move() -> None:
    """Loss and weights are written so that a slow training is seen, with room for both signs."""
    net = ng.Network.layered(1, 1, weights=0.5, activation="identity")
    history = History(
        {"loss": 0.3 - 1e-5 * np.arange(1, 9), "w1.weight": 1e-4 * np.arange(7, -1, -1) - 3e-4},
        epochs=range(1, 9),
        start={"w1.weight": 5e-4},
    )
    moving = animate_training(net, history)
    seen = []
    for frame in range(moving.n_frames):
        moving.show(frame)
        label = moving.drawing.connection_labels["i1", "o1"].get_text()
        seen.append((moving.drawing.figure.axes[1].get_title(), label))
    assert len({title for title, _ in seen}) == 9
    assert (seen[0][1], seen[-1][1]) == ("0.0005", "−0.0003")
    keys = {text.get_text() for text in moving.drawing.ax.texts}
    assert {"positive weight", "negative weight"} <= keys


@pytest.mark.parametrize("epochs", [3, 90, 2_000, 123_456, 30_000_000])
def test_labels_of_epochs_do_not_touch(epochs: int) -> None:
    """However long the training was, there is room between the labels of its epochs."""
    net = ng.Network.layered(1, 1, weights=0.5, activation="identity")
    places = np.unique(np.linspace(1, epochs, 60).round().astype(int))
    history = History(
        {"loss": np.linspace(1.0, 0.5, len(places)), "w1.weight": np.ones(len(places))},
        epochs=places,
        start={"w1.weight": 0.5},
    )
    check_apart(animate_training(net, history).drawing.figure.axes[1])
    check_apart(draw_history(history, "loss").ax)


def check_apart(ax: Axes) -> None:
    """Check that a horizontal axis has labels, with half their height between them."""
    boxes = [label.get_window_extent() for label in shown_ticks(ax.xaxis)]
    assert 2 <= len(boxes) <= 11
    for one, two in pairwise(sorted(boxes, key=lambda box: box.x0)):
        assert two.x0 - one.x1 > 0.5 * one.height


@pytest.mark.parametrize("span", [4.0, 1e-3, 1e-7])
def test_labels_of_weights_do_not_touch(span: float) -> None:
    """Where a weight hardly varies its labels are long, and fewer; none is only a difference."""
    net = ng.Network.layered(2, 2, 1, seed=3)
    surface = loss_surface(net, *XOR, "w1", "w2", span=span, points=5)
    curve = draw_curve(loss_curve(net, *XOR, "w1", span=span, points=5)).ax
    for ax in (curve, draw_surface(surface).ax, draw_basins(basins(surface, steps=1)).ax):
        check_apart(ax)
        check_ticks(ax.xaxis)
        assert ax.xaxis.get_offset_text().get_text() == ""


def look(line) -> tuple:
    """Return what tells a line from others."""
    return to_hex(line.get_color()), str(line._dash_pattern), line.get_marker()


@pytest.mark.parametrize("epochs", [12, 200])
def test_forty_lines_differ(epochs: int) -> None:
    """No two lines share colour and dash; from the ninth on each is marked; the key has all."""
    names = [f"w{k}.weight" for k in range(1, 41)]
    values = np.add.outer(np.linspace(0, 1, epochs), np.arange(40.0)).T
    history = History(dict(zip(names, values, strict=True)), epochs=range(1, epochs + 1))
    drawing = draw_history(history)
    looks = [look(line) for line in drawing.lines.values()]
    assert len({(color, dash) for color, dash, _ in looks}) == 40
    assert all(marker not in ("None", None) for _, _, marker in looks[8:])
    assert len({(color, marker) for color, _, marker in looks[8:]}) == 32
    drawing.figure.draw_without_rendering()
    key, page = drawing.ax.get_legend().get_window_extent(), drawing.figure.bbox
    assert page.x0 <= key.x0 < key.x1 <= page.x1
    assert page.y0 <= key.y0 < key.y1 <= page.y1
    assert drawing.ax.bbox.width > page.width / 3


def test_forty_paths_differ() -> None:
    """No two paths share colour and marker."""
    surface, _ = nearly_level()
    net = ng.Network.layered(2, 2, 1, seed=3)
    starts = np.random.default_rng(0).normal(size=(40, 2))
    walks = descend(net, *XOR, over=("w1", "w2"), start=starts, steps=1)
    drawing = draw_surface(surface, dict(enumerate(walks)))
    looks = [(to_hex(line.get_color()), line.get_marker()) for line in drawing.paths.values()]
    assert len(set(looks)) == 40


def test_sixty_four_basins_differ() -> None:
    """No two basins share tint and pattern."""
    from neurograph.drawing.themes import NAMED, pattern

    looks = [(place % len(NAMED["light"].tints), pattern(place)) for place in range(64)]
    assert all(one != two for one, two in combinations(looks, 2))
