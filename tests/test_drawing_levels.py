"""Pictures of classes, of gradients by level and of histograms, against numbers by hand."""

from itertools import pairwise

import numpy as np
import pytest

import neurograph as ng
from neurograph import drawing, landscape
from neurograph.drawing import alt_text, draw_classes, draw_gradients, draw_histogram
from neurograph.figures import draw_figure
from neurograph.scenario import Figure


def chain() -> ng.Network:
    """Return out = w3 w2 w1 x, whose deltas are products of the weights behind them."""
    weights = [[[0.5]], [[0.1]], [[2.0]]]
    net = ng.Network.layered(1, 1, 1, 1, weights=weights, bias=0.0, activation="identity")
    net.forward([1.0])
    net.backward([0.0])
    return net


def decisions(net: ng.Network, points: int = 41) -> list[landscape.Decision]:
    """Return what each output is over the inputs, on a grid around four samples."""
    samples = [[0.0, 0.0], [1.0, 0.0], [0.0, 1.0], [1.0, 1.0]]
    targets = np.eye(len(net.outputs))[[0, 1, 2, 0]]
    return [
        landscape.decision(net, samples, targets, output=output, span=(-1, 1), points=points)
        for output in net.outputs
    ]


def three() -> ng.Network:
    """Return a network whose outputs are x, y and -x - y."""
    weights = [[[1.0, 0.0], [0.0, 1.0], [-1.0, -1.0]]]
    return ng.Network.layered(2, 3, weights=weights, activation="identity")


# -- classes -----------------------------------------------------------------------------------


def test_the_ground_is_the_largest_output() -> None:
    """At each point of the grid stands the place of the largest of x, y and -x - y."""
    picture = draw_classes(decisions(three()))
    x, y = np.meshgrid(np.linspace(-1, 1, 41), np.linspace(-1, 1, 41))
    wanted = np.stack([x, y, -x - y]).argmax(axis=0)
    np.testing.assert_array_equal(picture.ground.get_array().reshape(41, 41), wanted)


def test_samples_stand_at_their_class() -> None:
    """Each class has the samples whose target for it is the largest."""
    picture = draw_classes(decisions(three()))
    assert {name: len(marks.get_offsets()) for name, marks in picture.samples.items()} == {
        "o1": 2, "o2": 1, "o3": 1,
    }  # fmt: skip
    np.testing.assert_array_equal(picture.samples["o2"].get_offsets(), [[1.0, 0.0]])
    markers = [marks.get_paths()[0].vertices.tolist() for marks in picture.samples.values()]
    assert markers[0] != markers[1] != markers[2]


def test_shares_of_classes_are_told() -> None:
    """The description says how much of the picture each class has: together all of it."""
    text = alt_text(draw_classes(decisions(three(), points=200)))
    x, y = np.meshgrid(np.linspace(-1, 1, 200), np.linspace(-1, 1, 200))
    wanted = np.stack([x, y, -x - y]).argmax(axis=0)
    for place, name in enumerate(("o1", "o2", "o3")):
        assert f"{name} on {np.mean(wanted == place):.0%}" in text


def test_a_class_that_wins_everywhere_fills_the_picture() -> None:
    """Where one output is the largest throughout, there is no border, and it has all."""
    net = ng.Network.layered(2, 2, weights=0.0, bias=[[1.0, 0.0]], activation="identity")
    samples, targets = [[0.0, 0.0], [1.0, 1.0]], [[1.0, 0.0], [0.0, 1.0]]
    both = [landscape.decision(net, samples, targets, output=o, points=5) for o in net.outputs]
    picture = draw_classes(both)
    assert "o1 on 100%, o2 on 0%" in alt_text(picture)


def test_classes_need_outputs_over_the_same_inputs() -> None:
    """One decision is not enough, and two must be over the same grid."""
    some = decisions(three())
    with pytest.raises(ng.InvalidValueError, match=r"of two outputs or more, not of 1"):
        draw_classes(some[:1])
    with pytest.raises(ng.InvalidTypeError, match=r"a decision is what .*landscape.decision"):
        draw_classes([some[0], 3])  # type: ignore[list-item]
    with pytest.raises(ng.InvalidValueError, match=r"o1 and o2 are over different inputs"):
        draw_classes([some[0], decisions(three(), points=11)[1]])


# -- gradients ---------------------------------------------------------------------------------


def test_medians_are_those_of_the_gradients_of_each_level() -> None:
    """Of out = 0.5 * 0.1 * 2 = 0.1 the deltas are 0.1, 0.2 and 0.02, by hand from the last back."""
    picture = draw_gradients(chain())
    # E = out² / 2. Gradients of weight and bias: level 3 is 0.1 * 0.05 and 0.1, level 2 is
    # 0.2 * 0.5 and 0.2, level 1 is 0.02 * 1 and 0.02.
    np.testing.assert_array_equal(picture.medians.get_xdata(), [1, 2, 3])
    expected = [np.median([0.02, 0.02]), np.median([0.1, 0.2]), np.median([0.005, 0.1])]
    np.testing.assert_allclose(picture.medians.get_ydata(), expected, rtol=1e-12)
    assert picture.ax.get_yscale() == "log"
    np.testing.assert_allclose(picture.ranges[2].get_ydata(), [0.005, 0.1], rtol=1e-12)
    np.testing.assert_allclose(
        picture.middles[2].get_ydata(), [0.005 + 0.095 / 4, 0.1 - 0.095 / 4], rtol=1e-12
    )


def test_gradients_vanish_on_the_way_back() -> None:
    """In a deep network of sigmoids each level lies below the next."""
    net = ng.Network.layered(3, 6, 6, 6, 2, seed=1)
    net.forward([0.1, 0.5, -0.2])
    net.backward([0.0, 1.0])
    medians = draw_gradients(net).medians.get_ydata()
    assert np.all(np.diff(np.asarray(medians)) > 0)


def test_gradients_of_zero_are_counted() -> None:
    """Zeros have no place on a logarithmic axis: the description says how many there are."""
    net = ng.Network.layered(1, 1, 1, weights=[[[1.0]], [[0.0]]], bias=0.0, activation="identity")
    net.forward([1.0])
    net.backward([1.0])
    text = alt_text(draw_gradients(net))
    # delta of h1 is 0 * delta of o1: both of its gradients are 0.
    assert "level 1 none, 2 zero; level 2 median 1." in text


def test_gradients_must_be_known_and_finite() -> None:
    """Before a backward pass, and where nothing is finite, there is no picture."""
    net = ng.Network.layered(1, 1, seed=1)
    with pytest.raises(ng.NotComputedError, match=r"no connection .* gradient yet: call net.backw"):
        draw_gradients(net)
    with pytest.raises(ng.InvalidTypeError, match=r"net must be a neurograph.Network, not int"):
        draw_gradients(3)  # type: ignore[arg-type]
    net = ng.Network.layered(1, 1, weights=1e200, bias=0.0, activation="identity")
    net.forward([1e200])
    net.backward([1.0])
    with pytest.raises(ng.InvalidValueError, match=r"no gradient of this network is finite"):
        draw_gradients(net)


# -- histograms --------------------------------------------------------------------------------


def test_bars_count_every_number_of_a_level() -> None:
    """The bars of a level together are its connections, or its neurons times the samples."""
    net = ng.Network.layered(3, 5, 2, seed=1)
    net.forward(np.ones((7, 3)))
    picture = draw_histogram(net)
    totals = {key: int(np.sum(bars.get_data().values)) for key, bars in picture.bars.items()}
    assert totals == {
        (1, "weight"): 15, (2, "weight"): 10, (1, "out"): 5 * 7, (2, "out"): 2 * 7,
    }  # fmt: skip


def test_levels_of_a_quantity_share_their_bars() -> None:
    """The edges are the same in each level, from the smallest to the largest number of all."""
    net = ng.Network.layered(2, 2, 1, weights=[[[0.1, 0.2], [0.3, 0.4]], [[-1.0, 1.0]]])
    picture = draw_histogram(net, "weight")
    first, second = (picture.bars[level, "weight"].get_data() for level in (1, 2))
    np.testing.assert_array_equal(first.edges, second.edges)
    assert (first.edges[0], first.edges[-1]) == (-1.0, 1.0)
    counts, _ = np.histogram([0.1, 0.2, 0.3, 0.4], first.edges)
    np.testing.assert_array_equal(first.values, counts)


def test_of_many_levels_some_are_shown() -> None:
    """A chain of 30 levels is a picture of eight, and the description says so."""
    net = ng.Network.layered(*[1] * 31, seed=1)
    picture = draw_histogram(net, "weight")
    assert sorted({level for level, _ in picture.panels})[::7] == [1, 30]
    assert len(picture.panels) == 8
    assert "8 of 30 levels shown" in alt_text(picture)


def test_what_a_histogram_cannot_show() -> None:
    """Unknown quantities and values that are not known yet are refused."""
    net = ng.Network.layered(1, 1, seed=1)
    with pytest.raises(ng.UnknownNameError, match=r"no field 'wieght' .*'weight'"):
        draw_histogram(net, "wieght")
    with pytest.raises(ng.NotComputedError, match=r"no neuron has a value of out yet"):
        draw_histogram(net)
    with pytest.raises(ng.InvalidTypeError, match=r"net must be a neurograph.Network, not str"):
        draw_histogram("net", "weight")  # type: ignore[arg-type]


@pytest.mark.parametrize("theme", ["light", "dark", "print"])
@pytest.mark.parametrize("language", ["en", "de"])
def test_no_label_of_a_panel_touches_another(theme: str, language: str) -> None:
    """The labels of all ticks and axes of a histogram are apart and inside the figure."""
    net = ng.Network.layered(3, 50, 50, 2, seed=1)
    net.forward(np.random.default_rng(0).normal(size=(20, 3)))
    picture = draw_histogram(net, theme=theme, language=language)
    figure = picture.figure
    figure.draw_without_rendering()
    for panel in picture.panels.values():
        left, right = panel.get_xlim()
        ticks = [t for t in panel.xaxis.get_major_ticks() if left <= t.get_loc() <= right]
        boxes = [tick.label1.get_window_extent() for tick in ticks if tick.label1.get_visible()]
        assert all(one.x1 < two.x0 for one, two in pairwise(box for box in boxes if box.width))
        names = [panel.xaxis.label.get_window_extent(), panel.yaxis.label.get_window_extent()]
        for box in [*boxes, *names]:
            assert figure.bbox.x0 <= box.x0
            assert box.x1 <= figure.bbox.x1
            assert figure.bbox.y0 <= box.y0


# -- figures of scenarios ----------------------------------------------------------------------


@pytest.mark.parametrize("what", ["gradients", "histogram"])
def test_a_scenario_has_figures_of_levels(what: str) -> None:
    """A file can ask for them, and the picture is of the network after the step."""
    scenario = ng.load_scenario("mazur_2015")
    picture = draw_figure(scenario, Figure(what=what))  # type: ignore[arg-type]
    assert isinstance(picture, drawing.Drawing)
    with pytest.raises(ng.InvalidValueError, match=r"takes no 'over'"):
        draw_figure(scenario, Figure(what=what, over=("w5",)))  # type: ignore[arg-type]


def test_a_scenario_has_figures_of_classes() -> None:
    """The iris flowers are three classes; of one output there is none."""
    iris = ng.load_scenario("spacagna_2017_softmax")
    picture = draw_figure(iris, Figure(what="classes"))
    assert isinstance(picture, drawing.ClassesDrawing)
    assert len(picture.samples) == 3
    with pytest.raises(ng.InvalidValueError, match=r"'classes' is drawn over two inputs, not"):
        draw_figure(iris, Figure(what="classes", over=("w1",)))


def test_a_gradient_that_is_not_known_names_the_step() -> None:
    """Before the backward pass the message says after which step that is, and what to do."""
    scenario = ng.load_scenario("mazur_2015")
    with pytest.raises(ng.NotComputedError, match=r"after step 1 of run 'derivations'"):
        draw_figure(scenario, Figure(what="gradients", step=1))
