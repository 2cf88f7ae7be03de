"""Pictures of curves, surfaces, histories and answers, and how pictures are saved."""

import dataclasses
import re
import subprocess
import sys
from io import BytesIO
from pathlib import Path
from types import SimpleNamespace

import matplotlib
import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from PIL import Image

import neurograph as ng
from neurograph.drawing import (
    Moving,
    alt_text,
    animate_descent,
    animate_passes,
    animate_training,
    draw_basins,
    draw_curve,
    draw_decision,
    draw_history,
    draw_network,
    draw_surface,
    draw_vectors,
    save,
)
from neurograph.drawing.pictures import DPI
from neurograph.drawing.style import number
from neurograph.drawing.themes import DASHES, MARKERS, NAMED
from neurograph.landscape import (
    basins,
    decision,
    descend,
    loss_curve,
    loss_line,
    loss_plane,
    loss_surface,
)
from neurograph.training import History

SAMPLES = ([[1.0, 0.0], [0.0, 1.0]], [[1.5], [-0.5]])


def linear() -> ng.Network:
    """Return out = w1 x1 + w2 x2, whose loss on SAMPLES is 0 at (1.5, -0.5)."""
    return ng.Network.layered(2, 1, weights=0.5, activation="identity")


@pytest.fixture
def surface():
    """Return the loss ((w1 - 1.5)² + (w2 + 0.5)²) / 4 on a grid of 5 x 5."""
    return loss_surface(linear(), *SAMPLES, "w1", "w2", span=2, points=5)


@pytest.fixture
def path():
    """Return a walk on that surface."""
    return descend(linear(), *SAMPLES, over=("w1", "w2"), learning_rate=0.5, steps=6)


def axes(projection: str | None = None):
    """Return axes in a figure of their own."""
    figure = Figure()
    FigureCanvasAgg(figure)
    return figure.add_subplot(projection=projection)


# -- curves and histories -------------------------------------------------------------------


def test_a_curve_shows_its_values_and_the_network() -> None:
    """The line has the curve's points, the mark is at the network."""
    curve = loss_curve(linear(), *SAMPLES, "w1", span=2)
    drawing = draw_curve(curve)
    x, y = drawing.line.get_data()
    assert np.array_equal(x, curve.values)
    assert np.allclose(y, ((x - 1.5) ** 2 + 1) / 4, rtol=1e-12)
    assert drawing.here.get_offsets().tolist() == [[0.5, 0.5]]
    assert drawing.ax.get_xlabel() == "w1"
    assert "lowest 0.25 at 1.5" in alt_text(drawing)


def test_a_walk_on_a_curve() -> None:
    """A path over the same weight lies on the curve."""
    curve = loss_curve(linear(), *SAMPLES, "w1", span=2)
    walk = descend(linear(), *SAMPLES, over="w1", learning_rate=0.5, steps=4)
    drawing = draw_curve(curve, {"walker": walk})
    x, y = drawing.paths["walker"].get_data()
    assert np.array_equal(x, walk.parameters[:, 0])
    assert np.array_equal(y, walk.losses)
    other = descend(linear(), *SAMPLES, over="w2", learning_rate=0.5, steps=4)
    with pytest.raises(ng.InvalidValueError, match=r"the curve is over w1, but path .* over w2"):
        draw_curve(curve, other)


def test_a_line_between_two_networks() -> None:
    """A curve over t says what t is."""
    line = loss_line(linear(), *SAMPLES, None, {"w1": 2.0}, points=5)
    assert "from the start at 0 to the end at 1" in draw_curve(line).ax.get_xlabel()


def test_what_is_not_finite_is_left_out_of_a_curve() -> None:
    """A loss that is not finite is a gap, and said so; without any loss there is no picture."""
    curve = SimpleNamespace(
        over="w1.weight", values=np.arange(3.0), losses=np.array([1.0, np.inf, 2.0]), here=0.0,
        loss_here=1.0,
    )  # fmt: skip
    drawing = draw_curve(curve)
    assert np.isnan(drawing.line.get_ydata()[1])
    assert "1 loss not finite, and left out." in alt_text(drawing)
    curve.losses = np.full(3, np.nan)
    with pytest.raises(ng.InvalidValueError, match=r"no loss of this curve is finite"):
        draw_curve(curve)
    with pytest.raises(ng.InvalidTypeError, match=r"a loss curve is what .* returns, not str"):
        draw_curve("w5")


def test_a_history_has_a_panel_for_each_quantity() -> None:
    """Loss and weights have panels of their own; weights begin with their start."""
    history = History(
        {"loss": [0.5, 0.25], "w1.weight": [0.3, 0.2], "w2.weight": [1.0, 2.0]},
        epochs=[1, 2],
        start={"w1.weight": 0.4, "w2.weight": 0.5},
    )
    drawing = draw_history(history)
    assert list(drawing.panels) == ["loss", "weight"]
    assert drawing.lines["loss"].get_xydata().tolist() == [[1, 0.5], [2, 0.25]]
    assert drawing.lines["w1.weight"].get_xydata().tolist() == [[0, 0.4], [1, 0.3], [2, 0.2]]
    styles = [drawing.lines[name].get_linestyle() for name in ("w1.weight", "w2.weight")]
    assert styles[0] != styles[1]
    assert drawing.panels["loss"].get_yscale() == "linear"
    assert list(draw_history(history, "w2.weight").lines) == ["w2.weight"]
    ax = axes()
    assert set(draw_history(history, ax=ax).panels.values()) == {ax}


def test_a_falling_loss_has_a_logarithmic_axis() -> None:
    """Over some orders of magnitude the loss is drawn logarithmically, unless asked otherwise."""
    history = History({"loss": [1.0, 0.1, 0.001]}, epochs=[1, 2, 3])
    assert draw_history(history).ax.get_yscale() == "log"
    assert draw_history(history, scale="linear").ax.get_yscale() == "linear"
    zero = History({"loss": [1.0, 0.0]}, epochs=[1, 2])
    assert draw_history(zero).ax.get_yscale() == "linear"
    with pytest.raises(ng.InvalidValueError, match=r"a logarithmic scale needs a loss above 0"):
        draw_history(zero, scale="log")


def test_a_value_of_each_sample_has_a_line_for_each() -> None:
    """Of many samples the first few are drawn, and the description says so."""
    history = History({"h1.out": np.ones((3, 20))}, epochs=[1, 2, 3])
    drawing = draw_history(history)
    assert list(drawing.lines)[:2] == ["h1.out[0]", "h1.out[1]"]
    assert len(drawing.lines) == 8
    assert "8 of 20 samples of h1.out shown" in alt_text(drawing)


def test_wrong_histories() -> None:
    """What is no history, holds nothing, or was not recorded is refused."""
    with pytest.raises(ng.InvalidTypeError, match=r"a history is what .* returns, not list"):
        draw_history([1, 2])
    with pytest.raises(ng.InvalidValueError, match=r"nothing was recorded in this history"):
        draw_history(History({}, epochs=[]))
    history = History({"loss": [1.0]}, epochs=[1])
    with pytest.raises(ng.UnknownNameError, match=r"'los' was not recorded; did you mean 'loss'"):
        draw_history(history, "los")
    with pytest.raises(ng.InvalidValueError, match=r"scale must be one of 'auto', 'linear', 'log'"):
        draw_history(history, scale="logg")


# -- surfaces -------------------------------------------------------------------------------


def test_a_surface_spans_its_grid_with_the_path_on_it(surface, path) -> None:
    """Limits are those of the grid; the path and its ends are where the walker was."""
    drawing = draw_surface(surface, {"walker": path})
    assert drawing.ax.get_xlim() == (-1.5, 2.5)
    assert drawing.ax.get_ylim() == (-1.5, 2.5)
    assert (drawing.ax.get_xlabel(), drawing.ax.get_ylabel()) == ("w1", "w2")
    assert np.array_equal(drawing.paths["walker"].get_xydata(), path.parameters)
    assert drawing.starts["walker"].get_xydata().tolist() == [[0.5, 0.5]]
    assert np.array_equal(drawing.ends["walker"].get_xydata()[0], path.parameters[-1])
    assert drawing.here.get_xydata().tolist() == [[0.5, 0.5]]
    assert drawing.surface.levels[0] <= 0.0
    assert drawing.surface.levels[-1] >= 4.5
    assert not drawing.paths["walker"].is_dashed()


def test_a_path_in_the_other_order_is_turned(surface) -> None:
    """The columns of a path follow the addresses, not their order."""
    walk = descend(linear(), *SAMPLES, over=("w2", "w1"), learning_rate=0.5, steps=3)
    drawing = draw_surface(surface, {"walker": walk})
    assert np.array_equal(drawing.paths["walker"].get_xydata(), walk.parameters[:, ::-1])


def test_a_walker_outside_the_grid_is_shown(surface) -> None:
    """The picture grows to show a path that leaves the grid."""
    walk = descend(
        linear(), *SAMPLES, over=("w1", "w2"), learning_rate=0.5, steps=3, start=(4.0, 0.0)
    )
    assert draw_surface(surface, walk).ax.get_xlim()[1] > 4.0


def test_a_surface_in_space(surface, path) -> None:
    """In space a path has the loss as its height."""
    drawing = draw_surface(surface, {"walker": path}, "3d")
    assert drawing.ax.name == "3d"
    x, y, z = drawing.paths["walker"].get_data_3d()
    assert np.array_equal(np.stack([x, y], axis=1), path.parameters)
    assert np.array_equal(z, path.losses)


def test_a_path_that_leaves_its_plane_is_dashed() -> None:
    """The key and the description say how far it goes; a path in the plane is solid."""
    net = ng.Network.layered(3, 1, weights=0.0, activation="identity")
    plane = loss_plane(net, [1, 1, 1], [1], ([1, 0, 0], [0, 1, 0]), points=5)
    off = plane.project([[0.0, 0.0, 0.0], [0.25, 0.5, 2.0]])
    on = plane.project([[0.0, 0.0, 0.0], [0.25, 0.5, 0.0]])
    drawing = draw_surface(plane, {"off": off, "on": on})
    assert drawing.paths["off"].is_dashed()
    assert not drawing.paths["on"].is_dashed()
    assert "(leaves the plane: up to 2 away)" in drawing.paths["off"].get_label()
    assert "Path off: 1 step, loss from 0.5 to 1.53, up to 2 away from the plane." in alt_text(
        drawing
    )
    walk = descend(net, [1, 1, 1], [1], learning_rate=0.1, steps=3)
    with pytest.raises(ng.InvalidValueError, match=r"not in the coordinates .* plane.project"):
        draw_surface(plane, walk)


def test_paths_of_something_else_are_refused(surface) -> None:
    """A path over other parameters is an error that says what to do."""
    net = ng.Network.layered(2, 1, weights=0.5, bias=0.1, activation="identity")
    walk = descend(net, *SAMPLES, learning_rate=0.1, steps=3)
    with pytest.raises(ng.InvalidValueError, match=r"over w1, w2, but path .* o1.bias, and leaves"):
        draw_surface(surface, walk)
    with pytest.raises(ng.InvalidTypeError, match=r"a path is what .*descend returns, not float"):
        draw_surface(surface, [1.0])
    with pytest.raises(ng.InvalidTypeError, match=r"paths must be a path, a list or a mapping"):
        draw_surface(surface, 7)


def test_flat_and_broken_surfaces(surface) -> None:
    """A flat surface is drawn, gaps are said, and one without any number is refused."""
    flat = dataclasses.replace(surface, losses=np.ones((5, 5)))
    assert draw_surface(flat).surface.levels.tolist() == pytest.approx([0.999, 1.001])
    losses = surface.losses.copy()
    losses[0, 0] = np.inf
    broken = dataclasses.replace(surface, losses=losses)
    assert "1 loss not finite, and left out." in alt_text(draw_surface(broken))
    draw_surface(broken, kind="3d")
    with pytest.raises(ng.InvalidValueError, match=r"no loss of this surface is finite"):
        draw_surface(dataclasses.replace(surface, losses=np.full((5, 5), np.nan)))
    thin = dataclasses.replace(surface, y=surface.y[:1], losses=losses[:1])
    with pytest.raises(ng.InvalidValueError, match=r"needs 2 x 2 points or more .* not 5 x 1"):
        draw_surface(thin)
    with pytest.raises(ng.InvalidTypeError, match=r"a loss surface is what .* not int"):
        draw_surface(3)
    with pytest.raises(ng.InvalidValueError, match=r"kind must be one of 'contour', '3d'"):
        draw_surface(surface, kind="4d")


def test_basins_number_their_minima() -> None:
    """The mesh shows which minimum is reached, the marks stand at the minima in view."""
    net = ng.Network.layered(1, 1, weights=0.5, bias=0.0, activation="sin")
    ground = loss_surface(
        net, [[1.0], [-1.0]], [[0.5], [-0.5]], "w1", "o1.bias", span=((-1, 4), (-1, 1)), points=11
    )
    found = basins(ground, learning_rate=0.5, steps=400)
    drawing = draw_basins(found)
    shown = np.asarray(drawing.mesh.get_array()).reshape(found.labels.shape)
    assert np.array_equal(shown[found.labels >= 0], found.labels[found.labels >= 0] % 8)
    for place, text in drawing.minima.items():
        assert text.get_text() == str(place)
        assert text.get_position() == pytest.approx(tuple(found.minima[place - 1]))
    assert len(drawing.entries) >= len(found.minima[:8])
    assert f"{len(found.minima)} minim" in alt_text(drawing)
    with pytest.raises(ng.InvalidTypeError, match=r"basins are what .* returns, not dict"):
        draw_basins({})


def test_arrows_point_downhill_with_one_length() -> None:
    """Arrows are the negative gradient, scaled to one length; a finer grid is thinned out."""
    x, y = np.linspace(-1, 1, 40), np.linspace(-2, 2, 30)
    gradient = np.broadcast_to(3 * x, (30, 40)), np.broadcast_to(y[:, None], (30, 40))
    drawing = draw_vectors(x, y, *gradient, most=10)
    arrows = drawing.arrows
    assert arrows.U.size == 100
    assert np.allclose(np.hypot(arrows.U, arrows.V), 1.0)
    assert np.all(arrows.U * arrows.X <= 0)
    assert np.all(arrows.V * arrows.Y <= 0)
    with pytest.raises(ng.InvalidValueError, match=r"must have the shape .* \(30, 40\), not"):
        draw_vectors(x, y, gradient[0].T, gradient[1])
    with pytest.raises(ng.InvalidValueError, match=r"no gradient is finite"):
        draw_vectors([0, 1], [0, 1], np.full((2, 2), np.nan), np.ones((2, 2)))


def test_arrows_on_a_surface_keep_its_limits(surface) -> None:
    """Drawn on other axes, arrows leave limits and labels alone."""
    drawing = draw_surface(surface)
    limits = drawing.ax.get_xlim()
    draw_vectors(
        surface.x, surface.y, np.ones((5, 5)), np.zeros((5, 5)), ax=drawing.ax, color="white"
    )
    assert drawing.ax.get_xlim() == limits
    assert drawing.ax.get_xlabel() == "w1"


def test_a_decision_is_centred_on_its_threshold() -> None:
    """White is the threshold, the border lies where the output is it, samples by target."""
    net = ng.Network.layered(2, 1, weights=[[[4.0, -4.0]]])
    inputs, targets = [[0, 1], [1, 0], [1, 1]], [[0], [1], [0]]
    found = decision(net, inputs, targets, points=21)
    drawing = draw_decision(found)
    assert drawing.ground.norm.vcenter == 0.5
    assert drawing.ground.norm(0.5) == 0.5
    assert drawing.samples["above"].get_offsets().tolist() == [[1.0, 0.0]]
    assert drawing.samples["below"].get_offsets().tolist() == [[0.0, 1.0], [1.0, 1.0]]
    border = np.concatenate(drawing.border.get_paths()[0].to_polygons(closed_only=False))
    assert np.allclose(border[:, 0], border[:, 1], atol=1e-12)
    with pytest.raises(ng.InvalidTypeError, match=r"a decision is what .* returns, not list"):
        draw_decision([])
    with pytest.raises(ng.InvalidValueError, match=r"no output of this decision is finite"):
        draw_decision(dataclasses.replace(found, outputs=np.full((21, 21), np.nan)))


# -- animations -----------------------------------------------------------------------------


def test_passes_let_values_appear_as_they_are_known() -> None:
    """Before a stage its values are hidden, in it messages travel, after it they are there."""
    net = ng.Network.layered(2, 1, weights=[[[0.5, -0.25]]], activation="identity", bias=0.125)
    moving = animate_passes(net, [1.0, 2.0], [1.0], frames_each=3)
    drawing = moving.drawing
    out, delta = drawing.neuron_labels["o1", "out"], drawing.neuron_labels["o1", "delta"]
    label = drawing.connection_labels["i2", "o1"]
    marks = drawing.ax.collections[-1]
    seen = []
    for frame in range(moving.n_frames):
        moving.show(frame)
        seen.append((out.get_visible(), delta.get_visible(), label.get_text()))
    assert seen[0] == (False, False, "−0.25")
    assert seen[3] == (False, False, "w·out=−0.5")
    assert seen[6] == (True, False, "−0.25")
    assert seen[-1] == (True, True, "∂E/∂w=−1.75")
    assert out.get_text() == "out=0.125"
    assert delta.get_text() == "δ=−0.875"
    moving.show(3)
    first = marks.get_offsets()[0, 0]
    moving.show(5)
    assert marks.get_offsets()[0, 0] > first
    assert "out" not in net.nodes["o1"]


def captions_of(moving: Moving) -> list[str]:
    """Return what stands under each frame."""
    captions = []
    for frame in range(moving.n_frames):
        moving.show(frame)
        captions += [note.get_text() for note in moving.drawing.notes]
    return captions


def test_passes_say_how_messages_are_combined() -> None:
    """Rule and mask stand in the neuron from the first frame, and the captions follow them."""
    net = ng.Network.layered(2, 1, weights=[[[0.5, -0.25]]], activation="identity")
    net.nodes["o1"].combine, net.nodes["o1"].mask = "product", 2.0
    moving = animate_passes(net, [1.0, 2.0], [1.0], frames_each=1)
    moving.show(0)
    texts = {of: text for (_, of), text in moving.drawing.neuron_labels.items()}
    assert (texts["combine"].get_text(), texts["mask"].get_text()) == ("product", "mask=2")
    assert texts["combine"].get_visible()
    captions = captions_of(moving)
    assert "o1: net = product of messages + b, out = mask · f(net)" in captions
    assert "o1: δ = f′(net) · ∂E/∂out, gradients ∂E/∂w = δ · ∂net/∂w" in captions
    softmax = ng.Network.layered(1, 2, seed=1, activation="softmax", loss="cross_entropy")
    captions = captions_of(animate_passes(softmax, [1.0], [1.0, 0.0], frames_each=1))
    assert "o1, o2: δ = ∂E/∂net, of a softmax together, gradients ∂E/∂w = δ · out" in captions


def test_passes_without_targets_stop_after_the_forward_pass() -> None:
    """Without targets nothing travels back."""
    moving = animate_passes(ng.Network.layered(2, 2, 1, seed=1), [1.0, 2.0], frames_each=1)
    assert moving.n_frames == 5
    assert ("o1", "delta") not in moving.drawing.neuron_labels


def test_a_descent_grows_step_by_step(surface, path) -> None:
    """Frame k shows the first k steps and the loss there."""
    moving = animate_descent(surface, {"walker": path})
    assert moving.n_frames == 7
    moving.show(3)
    assert np.array_equal(moving.drawing.paths["walker"].get_xydata(), path.parameters[:4])
    assert moving.drawing.ax.get_title() == f"step 3: loss {number(path.losses[3])}"
    in_space = animate_descent(surface, {"walker": path}, "3d", frames=3)
    in_space.show(2)
    assert len(in_space.drawing.paths["walker"].get_data_3d()[0]) == 7
    with pytest.raises(ng.InvalidValueError, match=r"there is no path to walk"):
        animate_descent(surface, [])


def test_training_shows_a_tie_at_all_its_places() -> None:
    """What was recorded by the name of a tie is drawn at each connection that shares it."""
    net = ng.Network.layered(2, 1, weights=0.5, activation="identity")
    for label in ("w1", "w2"):
        net.connection(label).tie = "W"
    history = net.train(
        [3.0, 1.0], [1.0], learning_rate=0.05, epochs=2, record=("loss", "W.weight")
    )
    moving = animate_training(net, history)
    moving.show(2)
    texts = {label.get_text() for label in moving.drawing.connection_labels.values()}
    assert texts == {number(history["W.weight"][1])}


def test_training_changes_weights_and_biases() -> None:
    """Each frame shows the recorded weights and biases of its epoch."""
    net = ng.Network.layered(1, 1, weights=0.5, bias=0.0, activation="identity")
    history = net.train(
        [3.0], [1.0], learning_rate=0.05, epochs=3, record=("loss", "w1.weight", "o1.bias")
    )
    moving = animate_training(net, history)
    moving.show(2)
    text = moving.drawing.connection_labels["i1", "o1"].get_text()
    assert text == number(history["w1.weight"][1])
    bias = moving.drawing.neuron_labels["o1", "bias"].get_text()
    assert bias == f"b={number(history['o1.bias'][1])}"
    words = "no a weight or bias such as 'w1.weight'".removeprefix("no ")
    with pytest.raises(ng.InvalidValueError, match=words):
        animate_training(net, History({"loss": [1.0]}, epochs=[1]))
    with pytest.raises(ng.InvalidTypeError, match=r"axes must be a pair"):
        animate_training(net, history, axes=axes())


def test_animations_are_saved_as_gif_and_as_html(tmp_path: Path) -> None:
    """A GIF has the frames, the player is a page; dropping an animation warns of nothing."""
    net = ng.Network.layered(1, 1, weights=[[[0.5]]])
    moving = animate_passes(net, [1.0], [1.0], frames_each=1, interval=200)
    saved = save(moving, tmp_path / "passes.gif")
    with Image.open(saved) as image:
        assert image.n_frames == moving.n_frames
        assert image.info["duration"] == 200
    assert "<img" in moving.to_jshtml()
    assert alt_text(moving).startswith("An animation of the passes in 5 stages")
    del moving
    animate_passes(net, [1.0], [1.0])


# -- axes -----------------------------------------------------------------------------------


@pytest.mark.parametrize("what", ["network", "curve", "surface", "history", "vectors"])
def test_axes_of_the_wrong_kind(surface, what: str) -> None:
    """Text, figures, lists, polar and three-dimensional axes are refused, with what to do."""
    draw = {
        "network": lambda ax: draw_network(linear(), ax=ax),
        "curve": lambda ax: draw_curve(loss_curve(linear(), *SAMPLES, "w1"), ax=ax),
        "surface": lambda ax: draw_surface(surface, ax=ax),
        "history": lambda ax: draw_history(History({"loss": [1.0]}, epochs=[1]), ax=ax),
        "vectors": lambda ax: draw_vectors([0, 1], [0, 1], np.ones((2, 2)), np.ones((2, 2)), ax=ax),
    }[what]
    with pytest.raises(ng.InvalidTypeError, match=r"ax must be matplotlib axes, not 'left'; make"):
        draw("left")
    with pytest.raises(ng.InvalidTypeError, match=r"a figure is not axes; pass ax=figure.add_sub"):
        draw(Figure())
    with pytest.raises(ng.InvalidTypeError, match=r"choose one of these 2, such as ax\[0\]"):
        draw([axes(), axes()])
    with pytest.raises(ng.InvalidValueError, match=r"needs plain two-dimensional .* are polar"):
        draw(axes("polar"))
    with pytest.raises(ng.InvalidValueError, match=r"needs plain two-dim.* are three-dimensional"):
        draw(axes("3d"))
    gone = axes()
    gone.remove()
    with pytest.raises(ng.InvalidValueError, match=r"these axes are no longer in a figure"):
        draw(gone)


def test_a_surface_in_space_needs_axes_in_space(surface) -> None:
    """Two-dimensional axes are refused for a picture in space, and stay empty."""
    flat = axes()
    with pytest.raises(ng.InvalidValueError, match=r"needs three-dim.*projection='3d'\)"):
        draw_surface(surface, kind="3d", ax=flat)
    assert not flat.has_data()
    assert draw_surface(surface, kind="3d", ax=axes("3d")).ax.name == "3d"


# -- style and saving -----------------------------------------------------------------------


def test_drawing_leaves_no_traces(surface) -> None:
    """Neither pyplot nor the user's settings are touched, and nothing else imports matplotlib."""
    code = (
        "import sys, neurograph, neurograph.landscape, neurograph.landscape.maps\n"
        "assert 'matplotlib' not in sys.modules\n"
        "import neurograph.drawing as drawing\n"
        "drawing.draw_network(neurograph.Network.layered(2, 1))\n"
        "assert 'matplotlib.pyplot' not in sys.modules\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
    before = dict(matplotlib.rcParams)
    save_to = draw_surface(surface)
    save_to._repr_png_()
    assert dict(matplotlib.rcParams) == before


def test_series_differ_in_grey_or_in_line_style() -> None:
    """No two series have the same dashes and marker: colour is never alone."""
    n = len(NAMED["light"].series)
    assert n == len({str(dashes) for dashes in DASHES}) == len(set(MARKERS))


def test_the_diverging_colours_are_lightest_in_the_middle() -> None:
    """Both sides grow darker away from the centre, so that 0 is the lightest."""
    weights = np.array([0.2126, 0.7152, 0.0722])
    light = NAMED["light"].diverging(np.linspace(0, 1, 41))[:, :3] @ weights
    assert np.argmax(light) == 20
    assert np.all(np.diff(light[:21]) > 0)
    assert np.all(np.diff(light[20:]) < 0)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.4, "0.4"), (-0.0087706, "−0.00877"), (0.0, "0"), (-0.0, "0"), (1e-10, "1e−10"),
        (-2.5e20, "−2.5e20"), (float("inf"), "∞"), (float("-inf"), "−∞"), (float("nan"), "nan"),
    ],
)  # fmt: skip
def test_numbers_are_written_with_a_true_minus(value: float, text: str) -> None:
    """Numbers have significant digits, a minus sign, and no padded exponents."""
    assert number(value) == text


def test_what_moves_says_what_it_is(surface, path) -> None:
    """An animation names its frames and the picture that it moves."""
    line = repr(animate_descent(surface, path))
    assert re.fullmatch(r"Moving\(\d+ frames of \w*Drawing\(.*\)\)", line)
    assert len(line) < 200


@pytest.mark.parametrize("suffix", [".png", ".svg", ".pdf"])
def test_the_same_picture_is_the_same_file(tmp_path: Path, suffix: str) -> None:
    """Two runs write the same bytes, and a picture of the same kind is replaced."""
    target = tmp_path / f"net{suffix}"
    first = save(draw_network(linear()), target).read_bytes()
    assert save(draw_network(linear()), target).read_bytes() == first
    assert [entry.name for entry in tmp_path.iterdir()] == [target.name]


def test_text_stays_text(tmp_path: Path) -> None:
    """An SVG holds names, values and the description as text; a PDF embeds TrueType fonts."""
    drawing = draw_network(linear())
    svg = save(drawing, tmp_path / "net.svg").read_text(encoding="utf-8")
    assert ">w1=0.5</text>" in svg
    assert alt_text(drawing) in svg
    assert b"/CIDFontType2" in save(drawing, tmp_path / "net.pdf").read_bytes()


def test_a_png_carries_its_description(tmp_path: Path) -> None:
    """The description of the picture is in the file."""
    drawing = draw_network(linear())
    with Image.open(save(drawing, tmp_path / "NET.PNG")) as image:
        assert image.info["Description"] == alt_text(drawing)


def test_wrong_places_to_save(tmp_path: Path, surface, path) -> None:
    """Suffixes, folders and files of another kind are refused, and nothing is written."""
    drawing = draw_network(linear())
    with pytest.raises(ng.InvalidValueError, match=r"'.pngg' .* the formats are .png, .svg, .pdf"):
        save(drawing, tmp_path / "net.pngg")
    with pytest.raises(ng.InvalidValueError, match=r"no suffix, as in 'net'"):
        save(drawing, tmp_path / "net")
    with pytest.raises(
        ng.InvalidValueError, match=r"does not move is saved as .png, .svg, .pdf or .tex"
    ):
        save(drawing, tmp_path / "net.gif")
    with pytest.raises(
        ng.InvalidValueError, match=r"an animation is saved as .gif, .html or .mp4, not .png"
    ):
        save(animate_descent(surface, path), tmp_path / "net.png")
    with pytest.raises(ng.UnwritableError, match=r"net.png: cannot be wr.*no folder '.*none'$"):
        save(drawing, tmp_path / "none" / "net.png")
    with pytest.raises(ng.InvalidTypeError, match=r"save takes a drawing, .* not int"):
        save(3, tmp_path / "net.png")
    assert not list(tmp_path.iterdir())
    (tmp_path / "folder.png").mkdir()
    with pytest.raises(ng.UnwritableError, match=r"folder.png: is a folder: give the name"):
        save(drawing, tmp_path / "folder.png")


@pytest.mark.parametrize("suffix", [".png", ".svg", ".pdf"])
@pytest.mark.parametrize("content", [b"my notes", b"<html><svg></svg></html>", b"GIF89a..."])
def test_a_file_of_another_kind_is_kept(tmp_path: Path, suffix: str, content: bytes) -> None:
    """What is no picture of that kind is not overwritten."""
    target = tmp_path / f"notes{suffix}"
    target.write_bytes(content)
    with pytest.raises(ng.UnwritableError, match=r"is no [A-Z]+ picture: it is not overwritten"):
        save(draw_network(linear()), target)
    assert target.read_bytes() == content


def test_a_failed_save_leaves_the_old_picture(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """When the last step fails, the old file is there and no other."""
    target = save(draw_network(linear()), tmp_path / "net.png")
    before = target.read_bytes()

    def fail(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.replace", fail)
    with pytest.raises(ng.UnwritableError, match=r"net.png: cannot be written: No space left on"):
        save(draw_network(ng.Network.layered(3, 1, seed=1)), target)
    assert target.read_bytes() == before
    assert [entry.name for entry in tmp_path.iterdir()] == ["net.png"]


def test_empty_files_and_links_may_be_saved_to(tmp_path: Path) -> None:
    """An empty file holds nothing to be lost; a link stays one, and permissions are kept."""
    (tmp_path / "real.png").touch(mode=0o640)
    link = tmp_path / "link.png"
    link.symlink_to(tmp_path / "real.png")
    save(draw_network(linear()), link)
    assert link.is_symlink()
    assert (tmp_path / "real.png").read_bytes().startswith(b"\x89PNG")
    assert (tmp_path / "real.png").stat().st_mode & 0o777 == 0o640


def test_alt_text_of_something_else() -> None:
    """Only pictures that this package drew have a description."""
    with pytest.raises(ng.InvalidTypeError, match=r"alt_text takes what .* returned, not Figure"):
        alt_text(Figure())


def test_what_lies_outside_a_surface_has_a_ground(surface) -> None:
    """Where a path leaves the surface, the picture is neither white nor one of its colours."""
    far = SimpleNamespace(
        over=("w1.weight", "w2.weight"), parameters=np.array([[0.5, 0.5], [6.0, 6.0]]),
        losses=np.array([0.5, 9.0]),
    )  # fmt: skip
    drawing = draw_surface(surface, {"far": far})
    drawing.figure.draw_without_rendering()
    pixels = np.asarray(Image.open(BytesIO(drawing._repr_png_())).convert("RGB"))
    x, y = drawing.ax.transData.transform((5.0, -1.0)) * DPI / drawing.figure.dpi
    colour = pixels[round(pixels.shape[0] - y), round(x)] / 255
    np.testing.assert_allclose(colour, to_rgb(NAMED["light"].outside), atol=0.01)


@pytest.mark.parametrize("span", [2, 200, 0.002])
def test_names_of_axes_in_space_are_clear_of_their_ticks(span: float) -> None:
    """However long the numbers are, no name of an axis lies over one, over the bar, or outside."""
    net = ng.Network.layered(2, 1, weights=0.5, activation="identity")
    surface = loss_surface(net, *SAMPLES, "w1", "w2", span=span, points=5)
    drawing = draw_surface(surface, kind="3d")
    drawing.figure.draw_without_rendering()
    bars = [drawing.bar.get_window_extent()]
    for axis in (drawing.ax.xaxis, drawing.ax.yaxis, drawing.ax.zaxis):
        name = axis.label.get_window_extent()
        low, high = axis.get_view_interval()
        shown = [tick for tick in axis.get_major_ticks() if low <= tick.get_loc() <= high]
        ticks = [tick.label1.get_window_extent() for tick in shown]
        assert not any(name.overlaps(box) for box in [*ticks, *bars])
        page = drawing.figure.bbox
        assert page.x0 <= name.x0
        assert name.x1 <= page.x1
        assert page.y0 <= name.y0
