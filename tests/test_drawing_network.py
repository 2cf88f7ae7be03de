"""Pictures of networks: positions, lines and labels, read from the artists."""

from itertools import combinations, pairwise

import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.patches import Circle
from matplotlib.transforms import Bbox

import neurograph as ng
from neurograph.drawing import NetworkDrawing, alt_text, draw_network
from neurograph.drawing.diagrams import left_out
from neurograph.drawing.layout import Obstacles, columns_of, place_labels
from neurograph.quantities import CONNECTION_QUANTITIES


@pytest.fixture
def mazur() -> ng.Network:
    """Matt Mazur's network, after its passes."""
    scenario = ng.load_scenario("mazur_2015_step_by_step")
    net = scenario.network()
    net.forward(scenario.inputs)
    net.backward(scenario.targets)
    return net


def skipping() -> ng.Network:
    """Return a 2-2-1 network with a skip connection and a zero weight."""
    net = ng.Network.layered(2, 2, 1, weights=[[[0.5, -0.5], [0.0, 1.0]], [[1.0, -1.0]]], bias=0.1)
    net.connect("i1", "o1", -0.7)
    return net


def random_dag(seed: int, n: int = 9, share: float = 0.3) -> ng.Network:
    """Return a random feed-forward network with skips."""
    rng = np.random.default_rng(seed)
    net = ng.Network()
    for place in range(n):
        net.add_neuron(f"n{place}", bias=None if place < 2 else float(rng.normal()))
    for post in range(2, n):
        pres = [pre for pre in range(post) if rng.random() < share] or [post - 1]
        if post < 4:
            pres = sorted({*pres, post - 2})  # no input without a connection
        for pre in pres:
            net.connect(f"n{pre}", f"n{post}", float(rng.normal()))
    return net


def boxes(drawing: NetworkDrawing) -> list[Bbox]:
    """Return the boxes of all texts of a picture, in pixels."""
    renderer = FigureCanvasAgg(drawing.figure).get_renderer()
    texts = [
        *drawing.names.values(),
        *drawing.neuron_labels.values(),
        *drawing.connection_labels.values(),
        *drawing.notes,
    ]
    return [text.get_window_extent(renderer) for text in texts if text.get_text()]


def overlapping(one: Bbox, two: Bbox) -> bool:
    """Whether two boxes share more than an edge."""
    return one.x0 < two.x1 and two.x0 < one.x1 and one.y0 < two.y1 and two.y0 < one.y1


def check_nothing_overlaps(drawing: NetworkDrawing) -> None:
    """Fail if two texts overlap, a label lies over a neuron, or anything is cut off."""
    found = boxes(drawing)
    assert not [pair for pair in combinations(found, 2) if overlapping(*pair)]
    renderer = FigureCanvasAgg(drawing.figure).get_renderer()
    radius = drawing.painter.sketch.radius * drawing.ax.transData.get_matrix()[0, 0]
    centres = drawing.ax.transData.transform(list(drawing.positions.values()))
    for text in drawing.connection_labels.values():
        box = text.get_window_extent(renderer)
        near = np.clip(centres, [box.x0, box.y0], [box.x1, box.y1])
        assert np.hypot(*(near - centres).T).min() > radius
    frame = drawing.figure.bbox
    assert all(frame.x0 <= box.x0 and box.x1 <= frame.x1 for box in found)
    assert all(frame.y0 <= box.y0 and box.y1 <= frame.y1 for box in found)


NETWORKS = {
    "2-2-2": ng.Network.layered(2, 2, 2, seed=1, bias=0.3),
    "3-5-2": ng.Network.layered(3, 5, 2, seed=1, bias=-0.25),
    "4-8-8-4": ng.Network.layered(4, 8, 8, 4, seed=1, bias=0.3),
    "skip": skipping(),
    "64-30-10": ng.Network.layered(64, 30, 10, seed=1, bias=0.3),
    **{f"dag{seed}": random_dag(seed) for seed in range(6)},
}


@pytest.mark.parametrize("direction", ["right", "up"])
@pytest.mark.parametrize("name", NETWORKS)
def test_no_text_overlaps_another(name: str, direction: str) -> None:
    """No two texts overlap, no label lies over a neuron, and nothing is cut off."""
    net = NETWORKS[name]
    drawing = draw_network(net, direction=direction)
    check_nothing_overlaps(drawing)
    n = len(drawing.connections)
    assert len(drawing.connection_labels) == (n if n < 60 else 30)


@pytest.mark.parametrize("step", [1, -1], ids=["forward", "backward"])
@pytest.mark.parametrize("turned", [False, True], ids=["across", "up"])
@pytest.mark.parametrize("away", [-0.04, 0.0, 0.04])
def test_label_keeps_clear_of_a_crossing_line(away: float, turned: bool, step: int) -> None:
    """Where a line crosses near the middle, the label stands beside it with a clearance."""
    own, crossing = [[0.0, 0.0], [1.0, 0.0]], [[0.5 + away, -0.3], [0.5 + away, 0.3]]
    order = slice(None, None, -1 if turned else 1)
    lines = [np.array(line)[::step, order] for line in (own, crossing)]
    (spot,) = place_labels(lines, [(0.1, 0.1)], Obstacles(np.empty((0, 2)), 0.0, np.empty((0, 4))))
    along, beside = spot[order]  # type: ignore[index]
    # Half the label and the 0.09 inches that are kept to other lines; 41 places are 0.022 apart.
    assert 0.14 <= abs(along - 0.5 - away) < 0.14 + 0.022
    assert abs(along - 0.5) < 0.15 + 0.022
    assert beside == 0.0


@pytest.mark.parametrize("other", [(-0.3, -0.2), (0.2, 0.3)], ids=["below", "above"])
def test_label_stands_in_the_middle_where_no_line_crosses(other: tuple[float, float]) -> None:
    """A line that ends before it reaches the label does not push it away."""
    lines = [np.array([[0.0, 0.0], [1.0, 0.0]]), np.array([[0.5, other[0]], [0.5, other[1]]])]
    nothing = Obstacles(np.empty((0, 2)), 0.0, np.empty((0, 4)))
    assert place_labels(lines, [(0.1, 0.1)], nothing) == [(pytest.approx(0.5), 0.0)]


@pytest.mark.parametrize("seed", range(4))
def test_lines_pass_beside_the_labels_of_others(seed: int) -> None:
    """In a network of three layers of two no line runs through the label of another."""
    drawing = draw_network(ng.Network.layered(2, 2, 2, seed=seed, bias=0.3))
    renderer = FigureCanvasAgg(drawing.figure).get_renderer()
    for own, text in drawing.connection_labels.items():
        box = text.get_window_extent(renderer)
        for pair, line in drawing.connections.items():
            path = line.get_transform().transform_path(line.get_path())
            assert pair == own or not path.intersects_bbox(box, filled=False)


def test_labels_with_names_fit_in_the_largest_network() -> None:
    """Even 128 labels with name and value find room without overlapping."""
    drawing = draw_network(NETWORKS["4-8-8-4"], labels="both", digits=4, most_labels=128)
    assert len(drawing.connection_labels) == 128
    check_nothing_overlaps(drawing)


def test_every_value_of_the_passes_can_be_shown(mazur: ng.Network) -> None:
    """Weights, gradients, outs and deltas appear with the chosen digits."""
    drawing = draw_network(mazur, ("weight", "gradient", "out", "delta"), digits=6)
    assert drawing.neuron_labels["h1", "out"].get_text() == "out=0.59327"
    assert drawing.neuron_labels["h1", "bias"].get_text() == "b=0.35"
    assert drawing.neuron_labels["o2", "delta"].get_text() == "δ=−0.0380982"
    assert drawing.connection_labels["h1", "o1"].get_text() == "w5=0.4\n∂E/∂w=0.082167"
    assert ("i1", "delta") not in drawing.neuron_labels
    check_nothing_overlaps(drawing)


def test_symbols_instead_of_values(mazur: ng.Network) -> None:
    """Symbols are the labels of connections and the names of shared biases."""
    drawing = draw_network(mazur, ("weight", "out"), labels="symbols")
    assert drawing.connection_labels["h1", "o1"].get_text() == "w5"
    assert drawing.neuron_labels["h1", "bias"].get_text() == "b1"
    assert drawing.neuron_labels["h1", "out"].get_text() == "out"


def test_symbols_and_values(mazur: ng.Network) -> None:
    """Both are written as an equation."""
    drawing = draw_network(mazur, labels="both")
    assert drawing.connection_labels["h1", "o1"].get_text() == "w5=0.4"
    assert drawing.neuron_labels["o1", "bias"].get_text() == "b2=0.6"


def test_biases_are_never_hidden() -> None:
    """Whatever is shown, so is the bias."""
    drawing = draw_network(NETWORKS["2-2-2"], ())
    assert drawing.neuron_labels["h1", "bias"].get_text() == "b=0.3"
    assert not drawing.connection_labels


def test_levels_run_to_the_right_and_neurons_downwards(mazur: ng.Network) -> None:
    """Positions follow the levels and the order of the graph."""
    at = draw_network(mazur).positions
    columns = [{round(at[name][0], 9) for name in level} for level in mazur.levels]
    assert [len(column) for column in columns] == [1, 1, 1]
    assert all(min(two) > max(one) for one, two in pairwise(columns))
    for level in mazur.levels:
        heights = [at[name][1] for name in level]
        assert heights == sorted(heights, reverse=True)


def test_levels_run_upwards(mazur: ng.Network) -> None:
    """With direction "up" levels are rows, and neurons run to the right."""
    at = draw_network(mazur, direction="up").positions
    rows = [{round(at[name][1], 9) for name in level} for level in mazur.levels]
    assert [len(row) for row in rows] == [1, 1, 1]
    assert all(min(two) > max(one) for one, two in pairwise(rows))
    for level in mazur.levels:
        assert [at[name][0] for name in level] == sorted(at[name][0] for name in level)


def test_sign_is_told_by_colour_and_line_style_and_size_by_width() -> None:
    """Positive, negative and zero weights differ in colour and in line style."""
    lines = draw_network(skipping()).connections
    plus, minus, zero = lines["i1", "h1"], lines["i2", "h1"], lines["i1", "h2"]
    assert len({line.get_edgecolor() for line in (plus, minus, zero)}) == 3
    styles = [line.get_linestyle() for line in (plus, minus, zero)]
    assert styles[0] in ("-", "solid")
    assert styles[1] != styles[2] != styles[0] != styles[1]
    assert lines["i2", "h2"].get_linewidth() > plus.get_linewidth() > zero.get_linewidth()
    assert plus.get_linewidth() == minus.get_linewidth()


def test_another_field_can_give_colour_and_width(mazur: ng.Network) -> None:
    """Lines show the gradient if asked to, and the key says so."""
    drawing = draw_network(mazur, strength="gradient")
    assert mazur.value("w7.gradient") < 0 < mazur.value("w5.gradient")
    colours = [drawing.connections[pair].get_edgecolor() for pair in [("h1", "o1"), ("h1", "o2")]]
    assert colours[0] != colours[1]
    assert "negative gradient ∂E/∂w" in [note.get_text() for note in drawing.notes]


@pytest.mark.parametrize("direction", ["right", "up"])
@pytest.mark.parametrize("net", [skipping(), *map(random_dag, range(8))])
def test_no_connection_runs_through_a_neuron(net: ng.Network, direction: str) -> None:
    """Every line keeps clear of every neuron but its own two, and skips are curves."""
    drawing = draw_network(net, direction=direction)
    level = {name: number for number, names in enumerate(net.levels) for name in names}
    radius = drawing.painter.sketch.radius
    for (pre, post), line in drawing.connections.items():
        points = np.concatenate(line.get_path().interpolated(1).to_polygons(closed_only=False))
        dense = np.concatenate(
            [np.linspace(one, two, 20) for one, two in pairwise(points)] or [points]
        )
        others = np.array([at for n, at in drawing.positions.items() if n not in (pre, post)])
        if len(others):
            away = np.hypot(*np.moveaxis(dense[:, None] - others[None], -1, 0))
            assert away.min() > radius
        is_curve = len(line.get_path().vertices) > 2
        assert is_curve == (level[post] - level[pre] > 1)


def test_bias_neurons_stand_beside_the_level_before_those_they_feed() -> None:
    """A bias neuron is a square in the level before its first target, with a visible weight."""
    net = ng.Network.layered(2, 2, 1, seed=1)
    net.add_neuron("b2", kind="bias")
    net.connect("b2", "o1", 0.6)
    drawing = draw_network(net)
    assert drawing.positions["b2"][0] == pytest.approx(drawing.positions["h1"][0])
    assert not isinstance(drawing.neurons["b2"], Circle)
    assert drawing.connection_labels["b2", "o1"].get_text() == "0.6"


def test_large_networks_show_the_ends_of_levels_and_say_so() -> None:
    """Of 784-100-10 a few neurons are shown; texts say how many are not."""
    net = ng.Network.layered(784, 100, 10, seed=1, bias=0.1)
    drawing = draw_network(net)
    assert [name for name in drawing.neurons if str(name).startswith("i")] == [
        "i1", "i2", "i3", "i4", "i781", "i782", "i783", "i784",
    ]  # fmt: skip
    assert sum(str(name).startswith("o") for name in drawing.neurons) == 10
    notes = [note.get_text() for note in drawing.notes]
    assert "⋮\n776 more\n⋮" in notes
    assert "⋮\n92 more\n⋮" in notes
    assert (
        "26 of 894 neurons shown; 144 of 79,400 connections shown;"
        " values written at the 30 widest of 144 lines" in notes
    )
    assert len(drawing.connection_labels) == 30
    check_nothing_overlaps(drawing)


def test_everything_can_be_shown() -> None:
    """Without limits every neuron and every connection is drawn."""
    net = ng.Network.layered(20, 12, seed=1)
    drawing = draw_network(net, most_neurons=None)
    assert len(drawing.neurons) == 32
    assert len(drawing.connections) == 240


def test_deep_networks_show_the_first_and_last_levels() -> None:
    """A chain of 5,000 neurons is a readable picture."""
    net = ng.Network()
    net.add_neuron("n0")
    for place in range(1, 5000):
        net.add_neuron(f"n{place}")
        net.connect(f"n{place - 1}", f"n{place}", 0.5)
    drawing = draw_network(net)
    ends = [*range(4), *range(4996, 5000)]
    assert list(drawing.neurons) == [f"n{place}" for place in ends]
    assert "4,992\nmore\nlevels" in [note.get_text() for note in drawing.notes]
    check_nothing_overlaps(drawing)


def test_highlighting_a_neuron(mazur: ng.Network) -> None:
    """The neuron's connections keep their colour; all others are pale."""
    plain, drawing = draw_network(mazur), draw_network(mazur, highlight="h1")
    kept = {
        pair
        for pair, line in drawing.connections.items()
        if line.get_edgecolor() == plain.connections[pair].get_edgecolor()
    }
    assert kept == {("i1", "h1"), ("i2", "h1"), ("h1", "o1"), ("h1", "o2")}


def test_highlighting_a_path(mazur: ng.Network) -> None:
    """Only the steps of the path keep their colour, and the description names it."""
    plain, drawing = draw_network(mazur), draw_network(mazur, highlight=["i1", "h2", "o1"])
    kept = {
        pair
        for pair, line in drawing.connections.items()
        if line.get_edgecolor() == plain.connections[pair].get_edgecolor()
    }
    assert kept == {("i1", "h2"), ("h2", "o1")}
    assert "Highlighted: the path i1 → h2 → o1." in alt_text(drawing)


@pytest.mark.parametrize("name", ["w1", "i1->h1", "w1.weight"])
def test_highlighting_what_a_weight_influences(mazur: ng.Network, name: str) -> None:
    """The weight's connection, the neurons behind it and their connections stand out."""
    plain, drawing = draw_network(mazur), draw_network(mazur, highlight=name)
    kept = {
        pair
        for pair, line in drawing.connections.items()
        if line.get_edgecolor() == plain.connections[pair].get_edgecolor()
    }
    assert kept == {("i1", "h1"), ("h1", "o1"), ("h1", "o2")}


def test_a_highlighted_neuron_is_never_left_out() -> None:
    """A large network shows the neurons that are highlighted."""
    net = ng.Network.layered(64, 30, 10, seed=1)
    assert "i30" in draw_network(net, highlight="i30").neurons


def test_given_axes_are_filled_and_scaled() -> None:
    """On small axes the whole picture becomes smaller, its texts too."""
    figure = Figure((4.0, 3.0))
    FigureCanvasAgg(figure)
    ax = figure.add_subplot()
    drawing = draw_network(NETWORKS["3-5-2"], ax=ax)
    own = draw_network(NETWORKS["3-5-2"])
    assert drawing.ax is ax
    assert drawing.figure is figure
    assert drawing.names["i1"].get_fontsize() < own.names["i1"].get_fontsize()
    check_nothing_overlaps(drawing)


def test_one_sample_of_a_batch() -> None:
    """Of a batch the values of the chosen sample are shown."""
    net = ng.Network.layered(1, 1, weights=0.5, activation="identity")
    net.forward([[1.0], [2.0], [3.0]])
    assert draw_network(net, "out", sample=3).neuron_labels["o1", "out"].get_text() == "out=1.5"
    with pytest.raises(
        ng.InvalidValueError, match=r"out has a value for each of 3 samples: choose"
    ):
        draw_network(net, "out")
    with pytest.raises(ng.InvalidValueError, match=r"no sample 4: .* had 3 samples, 1 to 3"):
        draw_network(net, "out", sample=4)


REMEMBERED_BY = {
    "velocity": "momentum", "squares": "adagrad", "mean_square": "rmsprop",
    "unshifted": "nesterov", "rescaled": "adadelta", "mean_square_change": "adadelta",
    "m": "adam", "v": "adam", "m_hat": "adam", "v_hat": "adam",
}  # fmt: skip


@pytest.mark.parametrize("strength", CONNECTION_QUANTITIES)
def test_lines_can_show_every_quantity_of_connections(strength: str) -> None:
    """Whatever a connection carries can be the look of its line, and the key names it."""
    net = ng.Network.layered(2, 1, weights=[[[1.0, 3.0]]], activation="identity")
    net.nodes["o1"].combine = "mean" if strength == "message_slope" else "sum"
    if strength == "own_gradient":
        for connection in (net.connection("w1"), net.connection("w2")):
            connection.weight, connection.tie = 1.0, "W"
    if strength in ("data_gradient", "penalty_gradient"):
        net.penalty = {"l2": 0.5}
    net.forward([1.0, 2.0])
    net.backward([6.0])
    if strength != "weight":
        with pytest.raises(ng.NotComputedError, match=f"has a value of {strength} yet: call net"):
            draw_network(ng.Network.layered(2, 1, weights=1.0), strength=strength)
    net.attribute([6.0])
    net.curvatures([6.0])
    if strength in (*REMEMBERED_BY, "change", "step"):
        optimizer = REMEMBERED_BY.get(strength, "gradient_descent")
        net.train([1.0, 2.0], [6.0], learning_rate=0.1, epochs=2, optimizer=optimizer)
    drawing = draw_network(net, ("weight", strength), strength=strength)
    assert any(strength.replace("_", " ") in note.get_text() for note in drawing.notes)


def test_combine_rules_and_masks_stand_in_the_neuron() -> None:
    """A neuron that does not add up says so, and the description counts such neurons."""
    net = ng.Network.layered(2, 2, 1, weights=0.5)
    net.nodes["h1"].combine = "product"
    net.nodes["h2"].mask = 0.5
    drawing = draw_network(net)
    assert drawing.neuron_labels["h1", "combine"].get_text() == "product"
    assert drawing.neuron_labels["h2", "mask"].get_text() == "mask=0.5"
    assert ("o1", "combine") not in drawing.neuron_labels
    assert "1 neuron has the combine rule product" in alt_text(drawing)
    assert draw_network(net, labels="symbols").neuron_labels["h2", "mask"].get_text() == "mask"
    check_nothing_overlaps(drawing)


def test_lines_show_shares() -> None:
    """Of an error of 8 - 4 the weights 1 and 3 send 1 and 3 back, and the key says so."""
    net = ng.Network.layered(2, 1, weights=[[[1.0, 3.0]]], activation="identity")
    net.forward([1.0, 1.0])
    net.attribute([8.0])
    drawing = draw_network(net, ("share", "error"), strength="share")
    assert drawing.connection_labels["i2", "o1"].get_text() == "share=3"
    assert drawing.neuron_labels["o1", "error"].get_text() == "e=4"
    assert drawing.notes[0].get_text() == "positive share"
    assert "share from 1 (w1) to 3 (w2)" in alt_text(drawing)


@pytest.mark.parametrize("quantity", ["error", "share"])
def test_what_is_not_attributed_yet_is_refused(quantity: str) -> None:
    """Errors and shares come of `attribute`, and the message says so."""
    net = ng.Network.layered(2, 1, seed=1)
    with pytest.raises(ng.NotComputedError, match=rf"{quantity} yet: call net\.attribute\(targets"):
        draw_network(net, quantity)


def test_values_that_are_not_numbers_are_drawn() -> None:
    """An infinite or undefined value is written, and does not spoil the widths."""
    net = ng.Network.layered(1, 2, weights=[[[1e300], [1e300]]], activation="identity")
    net.forward([1e300])
    drawing = draw_network(net, ("weight", "out", "message"), strength="message")
    assert drawing.neuron_labels["o1", "out"].get_text() == "out=∞"
    assert all(np.isfinite(line.get_linewidth()) for line in drawing.connections.values())


def test_the_network_stays_as_it_is(mazur: ng.Network) -> None:
    """Drawing changes neither parameters nor what the passes computed."""
    before = {name: dict(mazur.nodes[name]) for name in mazur}
    draw_network(mazur, ("out", "delta", "weight"), highlight="w5")
    assert {name: dict(mazur.nodes[name]) for name in mazur} == before


def test_alt_text_of_a_network() -> None:
    """The description counts neurons and connections and names the extreme weights."""
    assert alt_text(draw_network(skipping())) == (
        "A feed-forward network of 5 neurons in 3 levels (2-2-1) and 7 connections;"
        " weight from −1 (w6) to 1 (w5), 3 negative."
    )


@pytest.mark.parametrize(
    ("options", "error", "words"),
    [
        ({"show": "wieght"}, ng.UnknownNameError, "no field 'wieght' to show; did you mean 'wei"),
        ({"show": "zzz"}, ng.UnknownNameError, "no field 'zzz' to show; the fields are bias, net"),
        ({"show": 3}, ng.InvalidTypeError, "show must be a list of fields such as 'out', not 3"),
        ({"labels": "value"}, ng.InvalidValueError, "labels must be one of .*did you mean 'valu"),
        ({"direction": "left"}, ng.InvalidValueError, "direction must be one of 'right', 'up'"),
        ({"strength": "out"}, ng.InvalidValueError, "strength must be one of 'weight', 'message'"),
        ({"digits": 0}, ng.InvalidValueError, "digits must be from 1 to 17, not 0"),
        ({"digits": 2.5}, ng.InvalidTypeError, "digits must be a whole number, not 2.5"),
        ({"sample": "a"}, ng.InvalidTypeError, "sample must be a whole number, not 'a'"),
        ({"most_neurons": 0}, ng.InvalidValueError, "most_neurons must be at least 1, not 0"),
        ({"highlight": "hh1"}, ng.UnknownNameError, "no neuron or connection 'hh1' to .*mean 'h1'"),
        ({"highlight": ["i1", "o1"]}, ng.InvalidValueError, r"no connection: i1->o1 \(i1 is con"),
        ({"highlight": ["i1"]}, ng.InvalidValueError, "needs two neurons or more"),
        ({"highlight": {}}, ng.InvalidTypeError, "highlight must be a neuron, a connection or a"),
        ({"highlight": 7}, ng.UnknownNameError, "nothing to highlight is called 7"),
    ],
)
def test_wrong_options(options: dict, error: type[Exception], words: str) -> None:
    """Each mistake is an error that says what fits, and the nearest name."""
    with pytest.raises(error, match=words):
        draw_network(ng.Network.layered(2, 2, 1, seed=1), **options)


@pytest.mark.parametrize(
    ("field", "call"),
    [
        ("out", r"net.forward\(inputs\)"),
        ("message", r"net.forward\(inputs\)"),
        ("delta", r"net.backward\(targets\)"),
        ("gradient", r"net.backward\(targets\)"),
    ],
)
def test_values_that_are_not_known_yet(field: str, call: str) -> None:
    """A field that no pass has computed is an error that says what to call."""
    words = f"has a value of {field} yet: call {call} first"
    with pytest.raises(ng.NotComputedError, match=words):
        draw_network(ng.Network.layered(2, 1, seed=1), field)


def test_a_field_that_nothing_has() -> None:
    """Where the pass was made, it is said that no connection shares its weight."""
    net = ng.Network.layered(2, 1, seed=1)
    net.step([1.0, 2.0], [0.0], 0.1)
    words = "no connection has a value of own_gradient: only a shared parameter has one, and there"
    with pytest.raises(ng.NotComputedError, match=words):
        draw_network(net, "own_gradient")


def test_a_tie_is_highlighted_at_all_its_places() -> None:
    """By its name all connections that share the weight stand out, and what follows from them."""
    net = ng.Network.layered(2, 2, 2, weights=0.5)
    for label in ("w1", "w2"):
        net.connection(label).tie = "W"
    plain, drawing = draw_network(net), draw_network(net, highlight="W")
    assert "what W influences" in alt_text(drawing)
    kept = {
        pair
        for pair, line in drawing.connections.items()
        if line.get_edgecolor() == plain.connections[pair].get_edgecolor()
    }
    assert kept == {("i1", "h1"), ("i2", "h1"), ("h1", "o1"), ("h1", "o2")}


def test_something_else_than_a_network() -> None:
    """A plain networkx graph is refused, with the way to make a network of it."""
    with pytest.raises(ng.InvalidTypeError, match=r"must be a neurograph.Network, not int"):
        draw_network(3)


def test_labels_without_room_are_counted() -> None:
    """Of two large labels on one short line only one finds room, and a note counts the other."""
    line = np.array([[0.0, 0.0], [1.0, 0.0]])
    nothing = Obstacles(np.empty((0, 2)), 0.0, np.empty((0, 4)))
    spots = place_labels([line, line], [(0.9, 0.2), (0.9, 0.2)], nothing)
    assert sorted(spot is None for spot in spots) == [False, True]
    net = ng.Network.layered(2, 1, seed=1)
    assert left_out(net, columns_of(net, None, None), 2, 1) == ["no room for 1 label"]


# -- which labels, and of when -----------------------------------------------------------------


def test_weights_carry_their_names_where_there_is_room(mazur: ng.Network) -> None:
    """By default name and value stand at a line; without a label the value alone."""
    assert draw_network(mazur).connection_labels["h1", "o1"].get_text() == "w5=0.4"
    mazur.connection("w5").label = None
    assert draw_network(mazur).connection_labels["h1", "o1"].get_text() == "0.4"


def test_without_room_for_all_names_none_is_written() -> None:
    """Names that would make the picture much larger are left out at every line."""
    net = ng.Network.layered(2, 2, weights=0.5)
    for number, (_, _, data) in enumerate(net.edges(data=True)):
        data.label = f"the_weight_of_a_very_long_name_{number}"
    texts = {text.get_text() for text in draw_network(net).connection_labels.values()}
    assert texts == {"0.5"}


@pytest.mark.parametrize(("n", "labels"), [((4, 8, 3), 56), ((4, 9, 3), 30), ((4, 12, 6, 3), 30)])
def test_sixty_labels_and_more_are_those_of_the_widest_lines(n: tuple[int], labels: int) -> None:
    """Below 60 every line has its label; from there on the 30 largest weights, and a note."""
    net = ng.Network.layered(*n, seed=1)
    drawing = draw_network(net)
    assert len(drawing.connection_labels) == labels
    drawn = {pair: abs(net.edges[pair].weight) for pair in drawing.connections}
    if labels < len(drawn):
        largest = sorted(drawn, key=lambda pair: -drawn[pair])[:labels]
        assert set(drawing.connection_labels) == set(largest)
        note = f"values written at the 30 widest of {len(drawn)} lines"
        assert note in " ".join(text.get_text() for text in drawing.notes)
        assert note.capitalize() in alt_text(drawing) or note in alt_text(drawing)
    check_nothing_overlaps(drawing)


def test_most_labels_is_how_many_labels_there_are(mazur: ng.Network) -> None:
    """Of Mazur's weights 0.15 to 0.55 the three largest are w6, w7 and w8."""
    drawing = draw_network(mazur, most_labels=3, labels="symbols")
    texts = {text.get_text() for text in drawing.connection_labels.values()}
    assert texts == {"w6", "w7", "w8"}


def test_a_picture_after_an_update_says_what_is_older(mazur: ng.Network) -> None:
    """Outs of before stand beside new weights: the picture names them, until the next pass."""
    show = ["weight", "out", "delta", "change"]
    assert "newer" not in alt_text(draw_network(mazur, show[:3]))
    mazur.update_weights(0.5)
    drawing = draw_network(mazur, show)
    said = "eights and biases are newer: out, δ are from before they changed"
    assert said in alt_text(drawing)
    assert any(said in text.get_text() for text in drawing.notes)
    # Of weights alone there is nothing that could be older.
    assert "newer" not in alt_text(draw_network(mazur))
    mazur.forward([0.05, 0.1])
    mazur.backward([0.01, 0.99])
    assert "newer" not in alt_text(draw_network(mazur, show[:3]))


@pytest.mark.parametrize("labels", ["values", "both"])
def test_labels_of_three_rows_have_a_rim_that_their_line_runs_into(
    mazur: ng.Network, labels: str
) -> None:
    """The rim has the colour of the line, the line passes through it, and no two rims touch."""
    drawing = draw_network(mazur, ["weight", "gradient", "error_message"], labels=labels)
    check_nothing_overlaps(drawing)
    renderer = FigureCanvasAgg(drawing.figure).get_renderer()
    drawing.figure.draw_without_rendering()
    rims = {}
    for pair, text in drawing.connection_labels.items():
        rim = text.get_bbox_patch()
        assert rim.get_edgecolor() == drawing.connections[pair].get_edgecolor()
        rims[pair] = rim.get_window_extent(renderer)
        line = drawing.connections[pair].get_path().vertices
        line = drawing.ax.transData.transform(line)
        middle = [(rims[pair].x0 + rims[pair].x1) / 2, (rims[pair].y0 + rims[pair].y1) / 2]
        (x0, y0), (x1, y1) = line[0], line[-1]
        away = abs((x1 - x0) * (y0 - middle[1]) - (x0 - middle[0]) * (y1 - y0))
        assert away / np.hypot(x1 - x0, y1 - y0) < 2
    assert not [pair for pair in combinations(rims.values(), 2) if overlapping(*pair)]


def test_there_is_room_above_the_picture(mazur: ng.Network) -> None:
    """A quarter of an inch at least is free above the highest neuron."""
    drawing = draw_network(mazur)
    top = max(y for _, y in drawing.positions.values()) + drawing.painter.sketch.radius
    assert drawing.ax.get_ylim()[1] - top >= 0.25


def test_lines_without_values_say_so(mazur: ng.Network) -> None:
    """Where no quantity of connections is asked for, the picture says that none is written."""
    assert "Weight: values not written." in alt_text(draw_network(mazur, ["out", "delta"]))
    assert "Gradient ∂E/∂w: values not written." in alt_text(
        draw_network(mazur, "out", strength="gradient")
    )
    assert "not written" not in alt_text(draw_network(mazur))
