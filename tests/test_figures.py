"""The figures of scenarios: what is computed for each kind, and how it is drawn."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import neurograph as ng
import neurograph.drawing
from neurograph.drawing import alt_text
from neurograph.figures import KINDS, MOVING, animate_figure, draw_figure, optimizer_of, rate_of
from neurograph.landscape import loss_surface
from neurograph.scenario import Figure, Scenario, find_scenarios, play
from neurograph.scenario.model import FIGURES

LINEAR = """
title = "A linear neuron"
author = "A. Uthor"
year = 2001
source = "a notebook"
[network]
neurons = [{ name = "i1" }, { name = "o1", activation = "identity", bias = 1.0 }]
connections = [{ pre = "i1", post = "o1", weight = 0.5, label = "w1" }]
[data]
inputs = [2.0]
targets = [3.0]
[[runs]]
name = "two_trainings"
order = "simultaneous"
learning_rate = 0.1
steps = [
    { do = "forward" },
    { do = "train", rounds = 2 },
    { do = "train", rounds = 3 },
]
[[runs]]
name = "by_step"
order = "simultaneous"
learning_rate = 0.1
steps = [
    { do = "step" },
    { do = "forward" }, { do = "backward" }, { do = "update" },
]
[[runs]]
name = "on_paper"
order = "simultaneous"
learning_rate = 0.1
digits = 3
steps = [{ do = "train", rounds = 1 }]
[[runs]]
name = "too_long_steps"
order = "simultaneous"
learning_rate = 0.6
steps = [{ do = "forward" }]
[[runs]]
name = "one_round"
order = "simultaneous"
learning_rate = 0.1
steps = [{ do = "train", rounds = 1 }]
"""

# Two connections that share one weight; nothing else is trained.
TIED = """
title = "One weight, twice"
author = "A. Uthor"
year = 2001
source = "a notebook"
[network]
neurons = [{ name = "i1" }, { name = "i2" }, { name = "o1", activation = "identity" }]
connections = [
    { pre = "i1", post = "o1", weight = 0.5, label = "w1", tie = "w" },
    { pre = "i2", post = "o1", weight = 0.5, label = "w2", tie = "w" },
]
[data]
inputs = [1.0, 2.0]
targets = [3.0]
[[runs]]
name = "one"
order = "simultaneous"
learning_rate = 0.1
steps = [{ do = "train", rounds = 3 }]
"""

STEMS = sorted(find_scenarios())


def scenario(name: str) -> Scenario:
    """Return a scenario that comes with the package."""
    return ng.load_scenario(name)


@pytest.fixture
def linear(tmp_path: Path) -> Scenario:
    """Return out = w i + b, with loss (out - 3)² / 2 at i = 2."""
    return from_text(tmp_path, LINEAR)


def from_text(folder: Path, text: str) -> Scenario:
    """Return the scenario of a text."""
    path = folder / "own.toml"
    path.write_text(text, encoding="utf-8")
    return ng.load_scenario(path)


def drawn_with(patch: pytest.MonkeyPatch, function: str) -> list[tuple[Any, ...]]:
    """Return a list that will hold what a function of `neurograph.drawing` is called with."""
    calls: list[tuple[Any, ...]] = []
    original: Callable[..., Any] = getattr(neurograph.drawing, function)

    def called(*args: Any, **options: Any) -> Any:
        calls.append((*args, options))
        return original(*args, **options)

    patch.setattr(neurograph.drawing, function, called)
    return calls


def loss_at(scene: Scenario, run: str, step: int, **values: float) -> float:
    """Return the total error after a step, with some weights set, by a forward pass."""
    chosen = scene.run(run)
    net = [net.copy() for _, net in play(scene, chosen)][step - 1]
    for name, value in values.items():
        net.set_value(f"{name}.weight", value)
    inputs, targets = scene.data_of(chosen)
    net.forward(inputs)
    return float(net.total_error(targets))


# -- every figure --------------------------------------------------------------------------------


@pytest.mark.parametrize("stem", STEMS)
def test_every_figure_that_a_scenario_asks_for(stem: str) -> None:
    """Each is drawn, with its title and with its numbers in words."""
    scene = scenario(stem)
    for figure in scene.figures:
        drawing = draw_figure(scene, figure)
        titles = {one.get_title() for one in drawing.figure.axes} | {drawing.figure.get_suptitle()}
        assert figure.title is None or figure.title in {" ".join(t.split()) for t in titles}
        assert any(character.isdigit() for character in alt_text(drawing))


def test_every_figure_that_a_file_may_ask_for_can_be_made() -> None:
    """A function stands behind every row, and a row before every function."""
    assert KINDS.keys() == FIGURES.keys()


@pytest.mark.parametrize("what", KINDS)
def test_every_kind_without_further_words(what: Any, linear: Scenario) -> None:
    """Each kind chooses what it needs, and a title as long as a sentence is not cut off."""
    title = "A title that is longer than any picture is wide, because it explains everything " * 2
    over_inputs = what in ("decision", "classes")
    scene = scenario("mazur_2015") if over_inputs else linear
    figure = Figure(what=what, title=title, run=None if over_inputs else "one_round")
    drawing = draw_figure(scene, figure)
    page = drawing.figure
    page.draw_without_rendering()
    (shown,) = [text for text in _titles(drawing) if text.get_text()]
    assert shown.get_text().split() == [*title.split(), *_remark(drawing).split()]
    box = shown.get_window_extent()
    assert page.bbox.x0 <= box.x0 < box.x1 <= page.bbox.x1
    assert box.y1 <= page.bbox.y1
    for ax in page.axes:
        assert not box.overlaps(ax.get_window_extent().shrunk(1, 0.98))


def _titles(drawing: Any) -> list[Any]:
    page = drawing.figure
    return [page._suptitle] if page._suptitle else [drawing.ax.title]


def _remark(drawing: Any) -> str:
    """Return what a picture says above itself without being asked."""
    words = "Walkers stop at many places: the ground there is nearly level"
    return words if words in alt_text(drawing) else ""


# -- the network ---------------------------------------------------------------------------------


def test_a_network_shows_what_is_known_at_that_moment() -> None:
    """By default: biases and weights, then outs, then deltas as the passes find them."""
    scene = scenario("mazur_2015")
    steps = [step.do for step in scene.run("derivations").steps]
    known = [
        {field for name, field in draw_figure(scene, Figure(what="network", step=n)).neuron_labels
         if name in ("h1", "o1")}
        for n in range(1, len(steps) + 1)
    ]  # fmt: skip
    assert steps[:4] == ["given", "forward", "loss", "backward"]
    assert known[:4] == [{"bias"}, {"bias", "out"}, {"bias", "out"}, {"bias", "out", "delta"}]


def test_a_network_shows_errors_that_are_shared_out() -> None:
    """After a step 'attribute' errors and shares stand in place of deltas."""
    scene = scenario("klein_undated_linear_network")
    drawing = draw_figure(scene, Figure(what="network", run="in_proportion"))
    net = [net for _, net in play(scene, scene.run("in_proportion"))][-1]
    shares = {drawing.connection_labels[pair].get_text().split("share=")[1] for pair in net.edges}
    assert shares == {f"{net.edges[pair].share:.3g}".replace("-", "−") for pair in net.edges}
    assert {field for _, field in drawing.neuron_labels} == {"out", "error"}


def test_a_batch_shows_its_first_sample() -> None:
    """The picture says whose values it shows."""
    scene = scenario("spacagna_2017_softmax")
    drawing = draw_figure(scene, Figure(what="network"))
    assert drawing.neuron_labels["length", "out"].get_text() == (
        f"out={scene.inputs[0, 0]:.3g}".replace("-", "−")
    )
    assert "Sample 1 of 150." in alt_text(drawing)
    assert any(note.get_text() == "sample 1 of 150" for note in drawing.notes)


def test_one_connection_is_one_in_words(linear: Scenario) -> None:
    """The description of the smallest network counts in the singular."""
    drawing = draw_figure(linear, Figure(what="network", run="one_round"))
    assert alt_text(drawing) == (
        "A feed-forward network of 2 neurons in 2 levels (1-1) and 1 connection; weight 0.7."
        " Weights and biases are newer: out, δ are from before they changed."
    )


# -- the loss ------------------------------------------------------------------------------------


def test_a_curve_is_the_loss_after_the_step() -> None:
    """Each of its points is the total error with that weight, by a forward pass."""
    scene = scenario("mazur_2015")
    figure = Figure(what="curve", over=("w5",), run="derivations", step=4, span=((-1.0, 2.0),))
    values, losses = draw_figure(scene, figure).line.get_data()
    assert (values[0], values[-1]) == (-1.0, 2.0)
    for k in (0, 77, 200):
        expected = loss_at(scene, "derivations", 4, w5=values[k])
        assert losses[k] == pytest.approx(expected, rel=1e-12)


def test_a_surface_is_the_loss_after_the_step(monkeypatch: pytest.MonkeyPatch) -> None:
    """The same over two weights, each with a span of its own."""
    calls = drawn_with(monkeypatch, "draw_surface")
    scene = scenario("mazur_2015")
    span = ((-1.0, 2.0), (0.0, 1.0))
    draw_figure(scene, Figure(what="surface", over=("w5", "w6"), step=5, span=span))
    ((surface, _),) = calls
    assert (surface.x[0], surface.x[-1], surface.y[0], surface.y[-1]) == (-1.0, 2.0, 0.0, 1.0)
    for row, column in ((0, 0), (31, 90), (100, 100)):
        expected = loss_at(scene, "derivations", 5, w5=surface.x[column], w6=surface.y[row])
        assert surface.losses[row, column] == pytest.approx(expected, rel=1e-12)


def test_the_path_of_a_run_is_its_own_training(
    linear: Scenario, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where all that is trained is drawn, the path is the run: here in closed form."""
    calls = drawn_with(monkeypatch, "draw_surface")
    for run, n in (("two_trainings", 5), ("by_step", 2)):
        draw_figure(linear, Figure(what="path", over=("w1", "o1.bias"), run=run))
        surface, paths, _ = calls.pop()
        (path,) = paths.values()
        halves = 0.5 ** np.arange(n + 1)
        expected = np.stack([0.5 + 0.4 * (1 - halves), 1 + 0.2 * (1 - halves)], axis=1)
        assert np.allclose(path.parameters, expected, rtol=1e-14)
        assert np.allclose(path.losses, halves**2 / 2, rtol=1e-12)
        assert list(paths) == [run.replace("_", " ")]
        assert surface.here == pytest.approx(expected[-1])


def test_a_path_stops_at_the_step(linear: Scenario, monkeypatch: pytest.MonkeyPatch) -> None:
    """A figure after a step shows the training up to it."""
    calls = drawn_with(monkeypatch, "draw_surface")
    draw_figure(linear, Figure(what="path", run="two_trainings", step=2))
    assert len(calls[0][1]["two trainings"].losses) == 3


def test_the_path_of_a_shared_weight(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A tied weight is all that is trained, whichever of its names is given."""
    calls = drawn_with(monkeypatch, "draw_curve")
    scene = from_text(tmp_path, TIED)
    for name in ("w1", "w2"):
        draw_figure(scene, Figure(what="path", over=(name,)))
    # out = 3 w, so dE/dw = 9 (w - 1), and each step leaves a tenth of what is missing.
    expected = 1 - 0.5 * 0.1 ** np.arange(4)
    for _, paths, _ in calls:
        assert np.allclose(paths["one"].parameters[:, 0], expected, rtol=1e-14)


def test_other_paths_move_only_what_is_drawn(monkeypatch: pytest.MonkeyPatch) -> None:
    """Else a walk begins where the source begins, and lies on the surface exactly."""
    calls = drawn_with(monkeypatch, "draw_surface")
    scene = scenario("mazur_2015")
    drawing = draw_figure(scene, Figure(what="path", over=("w5", "w6")))
    ((surface, paths, _),) = calls
    (path,) = paths.values()
    assert list(paths) == ["only w5 and w6 move"]
    assert path.parameters[0].tolist() == [0.4, 0.45] == list(surface.here)
    assert path.losses[0] == surface.loss_here
    assert surface.x[0] < path.parameters[:, 0].min()
    assert path.losses[200] == pytest.approx(
        loss_at(scene, "derivations", 1, w5=path.parameters[200, 0], w6=path.parameters[200, 1]),
        rel=1e-12,
    )
    assert set(drawing.paths) == {"only w5 and w6 move"}


def test_a_run_on_paper_has_no_path_of_its_own(
    linear: Scenario, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Rounded weights are not on the way of an exact descent, so a walk is made instead."""
    calls = drawn_with(monkeypatch, "draw_curve")
    draw_figure(linear, Figure(what="path", over=("w1",), run="on_paper"))
    assert list(calls[0][1]) == ["only w1 moves"]


# -- histories and answers -----------------------------------------------------------------------


def test_several_trainings_are_one_history(linear: Scenario) -> None:
    """Two steps 'train' follow one another; each step halves what is missing."""
    figure = Figure(what="history", run="two_trainings", show=("loss", "w1.weight"))
    drawing = draw_figure(linear, figure)
    epochs, losses = drawing.lines["loss"].get_data()
    assert epochs.tolist() == [1, 2, 3, 4, 5]
    # The loss that a round begins with.
    assert np.allclose(losses, 0.5 * 0.25 ** np.arange(5), rtol=1e-12)
    epochs, weights = drawing.lines["w1.weight"].get_data()
    assert epochs.tolist() == [0, 1, 2, 3, 4, 5]
    assert np.allclose(weights, 0.5 + 0.4 * (1 - 0.5 ** np.arange(6)), rtol=1e-14)
    first = draw_figure(linear, replace(figure, step=2))
    assert first.lines["loss"].get_xdata().tolist() == [1, 2]


def test_a_history_of_one_round(linear: Scenario) -> None:
    """One epoch is a point, with a whole number below it."""
    drawing = draw_figure(linear, Figure(what="history", run="one_round"))
    assert alt_text(drawing) == "A training history of epoch 1: loss 0.5."
    assert drawing.lines["loss"].get_marker() == "o"
    low, high = drawing.ax.get_xlim()
    assert [tick for tick in drawing.ax.get_xticks() if low <= tick <= high] == [1]


def test_a_long_history_is_thinned() -> None:
    """Of 10,000 epochs a picture holds 2,000, the first and the last among them."""
    drawing = draw_figure(
        scenario("mazur_2015"), Figure(what="history", run="outputs_after_10000_rounds")
    )
    epochs = drawing.lines["loss"].get_xdata()
    assert (len(epochs), epochs[0], epochs[-1]) == (2000, 1, 10000)


def test_every_output_decides_in_a_panel_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    """Three kinds are three panels with one key; an output that is named stands alone."""
    calls = drawn_with(monkeypatch, "draw_decisions")
    scene = scenario("spacagna_2017_softmax")
    drawing = draw_figure(scene, Figure(what="decision"))
    names = ["setosa", "versicolor", "virginica"]
    assert [panel.get_title() for panel in drawing.figure.axes] == names
    ((found, _),) = calls
    net = [net for _, net in play(scene, scene.runs[0])][-1]
    point = net.forward([found[1].x[20], found[1].y[70]])
    assert [one.outputs[70, 20] for one in found] == pytest.approx(point.tolist(), rel=1e-12)
    (key,) = drawing.figure.legends
    assert [text.get_text() for text in key.get_texts()] == [
        "target above 0.5", "target 0.5 or below (hatched: output below)",
    ]  # fmt: skip
    alone = draw_figure(scene, Figure(what="decision", show=("versicolor",)))
    assert "versicolor.out (hatched below 0.5)" in {ax.get_ylabel() for ax in alone.figure.axes}
    (key,) = alone.figure.legends
    assert key.get_texts()[0].get_text() == "target of versicolor above 0.5"


def test_one_sample_decides_nothing() -> None:
    """Where the outputs are all on one side, colours show them, and the words say so."""
    drawing = draw_figure(scenario("mazur_2015"), Figure(what="decision", over=("i2", "i1")))
    assert "everywhere above 0.01; 1 sample." in alt_text(drawing)
    assert drawing.figure.axes[0].get_title().startswith("o1: 0.7")
    (key,) = drawing.figure.legends
    assert [text.get_text() for text in key.get_texts()] == ["1 sample"]


# -- basins --------------------------------------------------------------------------------------


def test_basins_are_those_of_the_surface(monkeypatch: pytest.MonkeyPatch) -> None:
    """A convex cost has one minimum, and every point leads to it."""
    calls = drawn_with(monkeypatch, "draw_basins")
    scene = scenario("spacagna_2017_linear_regression")
    draw_figure(scene, Figure(what="basins", over=("w", "y.bias")))
    ((found, _),) = calls
    slope, level = np.polyfit(scene.inputs[:, 0], scene.targets[:, 0], 1)
    # Walkers stop when they move by less than a step between the points of the picture.
    assert found.minima == pytest.approx(np.array([[slope, level]]), abs=0.02)
    assert found.share.tolist() == [1.0]
    assert (found.labels == 0).all()


def test_where_nothing_settles_the_ways_down_are_drawn(monkeypatch: pytest.MonkeyPatch) -> None:
    """Mazur's loss falls on over w5 and w6: some ways, and the reason, instead of a grey field."""
    calls = drawn_with(monkeypatch, "draw_surface")
    figure = Figure(what="basins", over=("w5", "w6"), title="Where to?")
    drawing = draw_figure(scenario("mazur_2015"), figure)
    words = "Walkers do not settle in 8,000 steps of learning rate 0.5: the loss falls on beyond"
    assert f" {words} the picture." in alt_text(drawing)
    assert drawing.ax.get_title().replace("\n", " ") == f"Where to? {words} the picture"
    ((surface, paths, _),) = calls
    assert len(paths) == 4
    for path in paths.values():
        assert (np.diff(path.losses) < 0).all()
        for axis, values in zip((surface.x, surface.y), path.parameters.T, strict=True):
            assert axis[0] < values.min() <= values.max() < axis[-1]


def test_why_nothing_settles(linear: Scenario) -> None:
    """A valley without a lowest point, and steps that are too long, are told apart."""
    over = ("w1", "o1.bias")
    valley = draw_figure(linear, Figure(what="basins", over=over, run="one_round"))
    assert "Walkers stop at many places: the ground there is nearly level." in alt_text(valley)
    wild = draw_figure(linear, Figure(what="basins", over=over, run="too_long_steps"))
    assert "Walkers do not settle: learning rate 0.6 is too large here." in alt_text(wild)


def test_basins_over_one_weight(linear: Scenario, monkeypatch: pytest.MonkeyPatch) -> None:
    """Walkers from four places show where they end, or that they do not."""
    calls = drawn_with(monkeypatch, "draw_curve")
    drawing = draw_figure(linear, Figure(what="basins", over=("w1",), run="one_round"))
    ends = [path.parameters[-1, 0] for path in calls[0][1].values()]
    # After one round the bias is 1.1, and 2 w + 1.1 = 3.
    assert np.allclose(ends, 0.95, atol=1e-6)
    assert drawing.ax.get_title() == ""
    drawing.figure.draw_without_rendering()
    key, page = drawing.ax.get_legend().get_window_extent(), drawing.figure.bbox
    assert page.y0 <= key.y0 < key.y1 < drawing.ax.xaxis.label.get_window_extent().y0
    assert page.x0 <= key.x0 < key.x1 <= page.x1
    wild = draw_figure(linear, Figure(what="basins", over=("w1",), run="too_long_steps"))
    assert "Not all walkers settle: learning rate 0.6 is too large here." in alt_text(wild)
    falling = draw_figure(scenario("mazur_2015"), Figure(what="basins", over=("w5",)))
    assert "No walker settles in 8,000 steps of learning rate 0.5" in alt_text(falling)


def test_one_trained_parameter_is_enough_for_basins() -> None:
    """Where only one is trained, the picture is a curve without being told."""
    drawing = draw_figure(scenario("klein_undated_mountain"), Figure(what="basins"))
    assert drawing.ax.get_xlabel() == "w1"
    assert len(drawing.paths) == 4


def test_a_frozen_weight_is_said_to_be() -> None:
    """A frozen weight may vary in a picture, and the picture says that it is frozen."""
    scene = scenario("mazur_2015")
    net = scene.network()
    net.connection("w5").trainable = False
    drawing = neurograph.drawing.draw_surface(
        loss_surface(net, scene.inputs, scene.targets, "w5", "w6", points=5)
    )
    assert (drawing.ax.get_xlabel(), drawing.ax.get_ylabel()) == ("w5 (frozen)", "w6")
    assert alt_text(drawing).endswith(" w5.weight is frozen: training does not change it.")


# -- what moves ----------------------------------------------------------------------------------


def test_the_passes_of_a_run() -> None:
    """By default with the weights at the beginning; after a step with those it leaves."""
    scene = scenario("mazur_2015")
    figure = Figure(what=MOVING["passes"], title="A title " * 30)
    moving = animate_figure(scene, figure)
    label = moving.drawing.connection_labels["h1", "o1"]
    moving.show(0)
    assert label.get_text() == "0.4"
    assert moving.drawing.ax.get_title().split() == figure.title.split()
    after = animate_figure(scene, replace(figure, step=5, title=None))
    after.show(0)
    updated = [net for _, net in play(scene, scene.run("derivations"))][4]
    assert after.drawing.connection_labels["h1", "o1"].get_text() == (
        f"{updated.connection('w5').weight:.3g}"
    )
    batch = animate_figure(scenario("spacagna_2017_softmax"), Figure(what="network"))
    assert "Sample 1 of 150." in alt_text(batch)


def test_the_descent_of_a_run(linear: Scenario) -> None:
    """The walker's steps are those of the training; a title stands above that of the frame."""
    figure = Figure(what=MOVING["descent"], run="two_trainings", title="Downhill")
    moving = animate_figure(linear, figure)
    assert moving.n_frames == 6
    moving.show(5)
    assert moving.drawing.ax.get_title() == "step 5: loss 0.000488"
    assert moving.drawing.figure.get_suptitle() == "Downhill"


# -- wrong input ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("figure", "error", "words"),
    [
        ({"what": "network", "run": "derivation"}, ng.UnknownNameError, "'derivation'; did you me"),
        ({"what": "curve", "step": 6}, ng.InvalidValueError, "no step 6: those of run 'derivations'"
         " are 1 to 5"),
        ({"what": "curve", "step": 0}, ng.InvalidValueError, "there is no step 0: those of run"),
        ({"what": "curve", "over": ("w55",)}, ng.UnknownNameError, "'w55'; did you mean 'w5'"),
        ({"what": "curve", "over": ("o1.out",)}, ng.UnknownNameError, "is computed by a pass"),
        ({"what": "curve", "over": ("o1",)}, ng.UnknownNameError, "did you mean its bias, 'o1.bi"),
        ({"what": "curve", "over": ("w5", "w6")}, ng.InvalidValueError, "'curve' is drawn over one"
         " weight or bias, not over 2: w5, w6"),
        ({"what": "surface", "over": ("w5",)}, ng.InvalidValueError, "'surface' is drawn over two"
         " weights or biases, not over 1: w5"),
        ({"what": "path", "over": ("w5", "w6", "w7")}, ng.InvalidValueError, "'path' is drawn over"
         " one weight or bias or two weights or biases, not over 3"),
        ({"what": "surface", "over": ("w5", "h1->o1")}, ng.InvalidValueError, "given twice: 'w5.w"),
        ({"what": "network", "over": ("w5",)}, ng.InvalidValueError, "'network' takes no 'over'"),
        ({"what": "surface", "show": ("out",)}, ng.InvalidValueError, "'surface' takes no 'show'"),
        ({"what": "network", "show": ("ou",)}, ng.UnknownNameError, "'ou' to show; did you mean"),
        ({"what": "network", "show": ("out",), "step": 1}, ng.NotComputedError, "after step 1 of "
         r"run 'derivations' \('given'\): no neuron has a value of out yet: do 'forward' first"),
        ({"what": "history"}, ng.InvalidValueError, "run 'derivations' has no step 'train', so"
         r" there is no history to draw \(there is one in error_after_10000_rounds, "),
        ({"what": "history", "show": ("w9.weight",)}, ng.UnknownNameError, "'w9'; did you mean"),
        ({"what": "history", "show": ("o1.ot",)}, ng.NeurographError, "'ot' in address 'o1.ot'"),
        ({"what": "decision", "over": ("i1",)}, ng.InvalidValueError, "two inputs, not over 1: i1"),
        ({"what": "decision", "over": ("i1", "i3")}, ng.UnknownNameError, "no input 'i3'; did you"),
        ({"what": "decision", "show": ("o3",)}, ng.UnknownNameError, "no output 'o3' to show; did"),
    ],
)  # fmt: skip
def test_wrong_figures(figure: dict[str, Any], error: type[Exception], words: str) -> None:
    """Each mistake is one error that says what there is."""
    with pytest.raises(error, match=words):
        draw_figure(scenario("mazur_2015"), Figure(**figure))


def test_figures_that_a_run_has_not(linear: Scenario) -> None:
    """No history on paper or before the first training; no surface over one parameter."""
    with pytest.raises(ng.InvalidValueError, match=r"rounds to 3 digits as on paper, which keeps"):
        draw_figure(linear, Figure(what="history", run="on_paper"))
    with pytest.raises(ng.InvalidValueError, match=r"no step 'train' up to step 1, so there is"):
        draw_figure(linear, Figure(what="history", run="two_trainings", step=1))
    mountain = scenario("klein_undated_mountain")
    with pytest.raises(ng.InvalidValueError, match=r"over two weights or biases, and only w1.weig"):
        draw_figure(mountain, Figure(what="surface"))


@pytest.mark.parametrize(
    ("figure", "words"),
    [
        ({"what": "surface"}, "'surface' does not move; network and path do"),
        ({"what": "network", "show": ("out",)}, "'network' that moves takes no 'show'"),
        ({"what": "network", "over": ("w5",)}, "passes are not drawn over w5"),
        ({"what": "path", "over": ("w5",)}, "over two weights or biases, not over 1: w5"),
        ({"what": "network", "step": 9}, "no step 9: those of run 'derivations' are 1 to 5"),
    ],
)
def test_wrong_moving_figures(figure: dict[str, Any], words: str) -> None:
    """What does not move, or not so, is refused."""
    with pytest.raises(ng.InvalidValueError, match=words):
        animate_figure(scenario("mazur_2015"), Figure(**figure))


def test_walkers_have_the_rate_and_the_optimizer_of_the_step_that_trains() -> None:
    """What a step states of its own holds for the walks of a picture; else what its run does."""
    scenario = ng.load_scenario("mazur_2015")
    run = scenario.run("derivations")
    own = replace(run.steps[-1], learning_rate=0.25, optimizer="momentum")
    stated = replace(run, steps=(*run.steps[:-1], own))
    assert (rate_of(run), optimizer_of(run)) == (0.5, "gradient_descent")
    assert (rate_of(stated), optimizer_of(stated)) == (0.25, "momentum")


# -- what varies where nothing is said ---------------------------------------------------------


def test_the_steepest_parameters_vary_where_none_are_named() -> None:
    """Mazur's largest gradients by central differences are those of the biases of the outputs."""
    scene = scenario("mazur_2015")
    run = scene.runs[0]
    net = scene.network(run)
    addresses = [
        *(f"{data.label}.weight" for _, _, data in net.edges(data=True)),
        *(f"{name}.bias" for name in net if name not in net.inputs),
    ]

    def loss_with(address: str, by: float) -> float:
        copy = scene.network(run)
        target, quantity = address.split(".")
        owner = copy.neuron(target) if quantity == "bias" else copy.connection(target)
        setattr(owner, quantity, getattr(owner, quantity) + by)
        outs = copy.forward(scene.inputs)
        return float(0.5 * np.sum((outs - scene.targets) ** 2))

    sizes = {a: abs(loss_with(a, 1e-6) - loss_with(a, -1e-6)) for a in addresses if _moves(net, a)}
    steepest = sorted(sizes, key=lambda address: -sizes[address])[:2]
    picture = draw_figure(scene, Figure(what="surface"))
    shown = {picture.ax.get_xlabel(), picture.ax.get_ylabel()}
    assert shown == {address.removesuffix(".weight") for address in steepest}


def _moves(net: ng.Network, address: str) -> bool:
    """Whether training changes a parameter."""
    target, quantity = address.split(".")
    owner = net.neuron(target) if quantity == "bias" else net.connection(target)
    return bool(owner.trainable)


# -- options -----------------------------------------------------------------------------------


def test_a_walk_begins_where_it_is_told_and_goes_as_far() -> None:
    """Start, steps and learning rate are those of a walk made by hand: w = w - rate * gradient."""
    scene = scenario("mazur_2015")
    figure = Figure(what="path", over=("w5", "w6"))
    picture = draw_figure(scene, figure, start=(1.0, -1.0), steps=3, learning_rate=2.0)
    ((_, line),) = picture.paths.items()  # type: ignore[attr-defined]
    net = scene.network(scene.runs[0])
    at = [1.0, -1.0]
    expected = [list(at)]
    for _ in range(3):
        net.connection("w5").weight, net.connection("w6").weight = at
        net.forward(scene.inputs)
        net.backward(scene.targets)
        at = [
            w - 2.0 * net.connection(name).gradient
            for w, name in zip(at, ("w5", "w6"), strict=True)
        ]
        expected.append(list(at))
    np.testing.assert_allclose(np.transpose(line.get_data()), expected, rtol=1e-9)


def test_a_picture_of_a_file_takes_what_its_function_takes() -> None:
    """Labels, direction, digits and highlight of a network, and the kind of a surface."""
    scene = scenario("mazur_2015")
    net = draw_figure(
        scene, Figure(what="network", show=("weight",), step=1), labels="symbols", direction="up",
        highlight="w5",
    )  # fmt: skip
    assert net.connection_labels["h1", "o1"].get_text() == "w5"  # type: ignore[attr-defined]
    assert net.positions["h1"][1] > net.positions["i1"][1]  # type: ignore[attr-defined]
    assert "what w5 influences" in alt_text(net)
    surface = draw_figure(scene, Figure(what="surface", over=("w5", "w6")), kind="3d", digits=6)
    assert surface.ax.name == "3d"
    moving = animate_figure(
        scene, Figure(what="path", over=("w5", "w6")), steps=4, learning_rate=1.0, theme="dark"
    )
    assert moving.n_frames == 5


@pytest.mark.parametrize(
    ("what", "options", "message"),
    [
        ("history", {"kind": "3d"}, r"'history' takes no 'kind': it belongs to surface, path"),
        ("surface", {"labels": "both"}, r"'surface' takes no 'labels': it belongs to network"),
        ("curve", {"start": (0.0,)}, r"'curve' takes no 'start': it belongs to path"),
        ("path", {"over": ("w5",), "kind": "3d"}, r"a path over one .* has no 'kind'"),
        ("network", {"labls": "both"}, r"draw_figure has no option 'labls'; did you mean 'labels'"),
    ],
)
def test_options_that_a_figure_does_not_take(
    what: Any, options: dict[str, Any], message: str
) -> None:
    """Each is an error that says where the option belongs, or the nearest name."""
    figure = Figure(what=what, over=options.pop("over", ()))
    with pytest.raises(ng.NeurographError, match=message):
        draw_figure(scenario("mazur_2015"), figure, **options)


ONE_WEIGHT = """
title = "One weight"
author = "A. Teacher"
source = "by hand"
[network]
neurons = [{ name = "x" }, { name = "y", activation = "identity" }]
connections = [{ label = "w", pre = "x", post = "y", weight = 2 }]
[data]
inputs = [[1], [2]]
targets = [[3], [3]]
[[runs]]
name = "end"
learning_rate = 0.5
[[runs.steps]]
do = "step"
[[runs.steps]]
do = "forward"
[[runs.steps]]
do = "loss"
"""


def test_a_surface_needs_two_that_are_trained(tmp_path: Path) -> None:
    """Of a network with one, a curve is named instead."""
    scene = from_text(tmp_path, ONE_WEIGHT)
    with pytest.raises(ng.InvalidValueError, match=r"only w\.weight is trained: draw a 'curve'"):
        draw_figure(scene, Figure(what="surface"))


def test_gradients_after_a_last_loss_are_computed(tmp_path: Path) -> None:
    """After w = 2 + 0.5 * (1 - 2) / 2 = 1.75 they are the mean of 1.75 - 3 and 2 * (3.5 - 3)."""
    drawing = draw_figure(from_text(tmp_path, ONE_WEIGHT), Figure(what="gradients"))
    assert "median 0.125" in alt_text(drawing)
