"""Every object of the package says in one short line what it is, and shows itself as a document."""

import dataclasses
import importlib
import inspect
import subprocess
import sys
from collections.abc import Iterator, Mapping
from typing import Any, is_typeddict

import numpy as np
import pytest
from rich.console import Console

import neurograph as ng
from neurograph import conventions, drawing, exercises, landscape
from neurograph.display import Brief, Displayed, brief, in_full, in_line, in_words
from neurograph.documents.document import WRITERS, Definitions, Document, Picture, Style
from neurograph.documents.readable import Readable
from neurograph.exercises import Mistake
from neurograph.numerals import Numeral
from neurograph.portraits import PORTRAITS, Portrait
from neurograph.scenario import Figure, Slip, StopFacts, Training, errata, find_numbers
from neurograph.schedules import RateFormula

PACKAGES = (
    "neurograph", "neurograph.conventions", "neurograph.drawing", "neurograph.exercises",
    "neurograph.explanations", "neurograph.landscape", "neurograph.scenario", "neurograph.training",
    "neurograph.traces", "neurograph.numerals", "neurograph.checking",
    "neurograph.documents.document", "neurograph.schedules",
)  # fmt: skip

SURFACE = {"points": 5}


def worked() -> tuple[ng.Scenario, ng.Network]:
    """Return a worked example, and its network after a round."""
    scenario = ng.load_scenario("mazur_2015")
    net = scenario.network()
    net.forward(scenario.inputs)
    net.backward(scenario.targets)
    return scenario, net


def results() -> Iterator[object]:
    """Yield what the public functions return."""
    scenario, net = worked()
    data = scenario.inputs, scenario.targets
    yield from (scenario, net, net.plan(engine="blocks"), net.plan(engine="passes"), net.plan())
    yield ng.run_scenario(scenario, run="derivations")
    yield ng.check_gradients(net, *data)
    simultaneous, in_place = (
        ng.trace(net, *data, 0.5, order=order) for order in ("simultaneous", "in_place")
    )
    yield from (simultaneous, simultaneous.first_difference(in_place))
    yield from (ng.explain(net, "w1.gradient"), ng.influence(net, "w5.weight"))
    yield ng.what_if(net, {"w5.weight": 0.5})
    yield ng.reconcile(scenario)
    yield [*conventions.alternatives(net, *data, conventions.Conventions(learning_rate=0.5))]
    exercise = exercises.exercise(scenario, ask="update", hide=1, seed=1)
    yield from (exercise, exercises.Sheet(exercise=exercise), exercises.Marker(exercise))
    answers = exercises.Answers.of({"w5.weight": "0.4", "w1.weight": "0,15"})
    yield from (answers, marked := exercises.mark(exercise, answers))
    yield exercises.ClassMarks(exercise=exercise, students=(marked,))
    readable = (ng.explain(net, "w1.gradient"), ng.what_if(net, {"w5.weight": 0.5}), marked)
    yield from (thing.document() for thing in (*readable, exercises.Sheet(exercise=exercise)))
    yield from (Document("d", "", (Picture("a net", "net.svg"), Definitions((("a", "b"),)))),)
    yield from (Style(), WRITERS, Numeral("3/8"), StopFacts(loss=0.1), Mistake("sign", "s"))
    yield from (conventions.Conventions(digits=3), Figure(what="network"))
    yield Slip(place="p", printed="a", meant="b", cause="c")
    yield conventions.Near(name="n", sentence="s", value=0.1, missing=1, away=0.1, chance=0.5)
    yield Training(
        learning_rate=0.5, order="simultaneous", optimizer="adam", batch_size=None, shuffle=False,
        seed=None,
    )  # fmt: skip
    yield from landscapes(net, data)
    yield net.train(*data, epochs=3, learning_rate=0.5, optimizer="adam", callback=MOMENTS.append)
    yield from (MOMENTS, ng.ACTIVATIONS, ng.LOSSES, net.storage)
    yield from (optimizer() for optimizer in ng.OPTIMIZERS.values())
    yield from (RateFormula("0.5 / step"), find_numbers("0.7513", scenarios=[scenario]))
    yield from (listed := errata([ng.load_scenario("mazur_2015")]))
    yield listed
    yield from (ng.CosineDecay(0.5, 10), ng.StepDecay(0.5, 0.1, 10), ng.ExponentialDecay(0.5, 0.9))
    yield from (ng.TargetLoss(0.1), ng.NoImprovement(3), ng.GradientNorm(0.1))
    yield from (list(net.messages(scenario.inputs)), net.calculation(*data))
    yield from (ng.Network(), net.subgraph(["h1", "o1"]), ng.Neuron(), ng.Connection())


MOMENTS: list[object] = []


def landscapes(net: ng.Network, data: tuple[Any, Any]) -> Iterator[object]:
    """Yield what the landscape returns, and what is drawn of it."""
    curve = landscape.loss_curve(net, *data, "w5", **SURFACE)
    surface = landscape.loss_surface(net, *data, "w5", "w6", **SURFACE)
    path = landscape.descend(net, *data, over=("w5", "w6"), learning_rate=0.5, steps=4)
    basins = landscape.basins(surface, learning_rate=0.5, steps=20)
    plane = landscape.loss_plane(net, *data, directions=np.eye(2, 8), points=3)
    decision = landscape.decision(net, *data, points=3)
    yield from (curve, surface, path, basins, plane, decision)
    yield from (plane.project(np.ones((2, 8))), landscape.at_point(net, *data, over=("w5", "w6")))
    yield landscape.restarts(net, *data, over=("w5", "w6"), n=3, learning_rate=0.5, steps=5)
    history = net.copy().train(*data, epochs=2, learning_rate=0.5)
    second = landscape.decision(net, *data, output="o2", points=3)
    net.backward(data[1])
    yield from (drawing.draw_gradients(net), drawing.draw_histogram(net, "weight"))
    yield drawing.draw_classes([decision, second])
    yield from (
        drawing.draw_network(net), drawing.draw_curve(curve), drawing.draw_surface(surface),
        drawing.draw_basins(basins), drawing.draw_decision(decision),
        drawing.draw_history(history), drawing.draw_vectors([0, 1], [0, 1], *np.ones((2, 2, 2))),
    )  # fmt: skip


def parts(thing: object) -> Iterator[object]:
    """Yield what an object holds."""
    if isinstance(thing, Mapping) and type(thing).__module__ == "builtins":
        yield from thing.values()
    elif isinstance(thing, list | tuple | set | frozenset):
        yield from thing
    elif type(thing).__module__.startswith("neurograph"):
        yield from getattr(thing, "__dict__", {}).values()
        slots = (slot for kind in type(thing).__mro__ for slot in getattr(kind, "__slots__", ()))
        yield from (getattr(thing, slot) for slot in slots if hasattr(thing, slot))


def by_class() -> dict[type, list[object]]:
    """Return the objects of the package that results consist of, by class."""
    kept: dict[int, object] = {}
    waiting: list[object] = [*results()]
    while waiting:
        thing = waiting.pop()
        if id(thing) not in kept and not isinstance(thing, type):
            kept[id(thing)] = thing
            waiting += parts(thing)
    classes: dict[type, list[object]] = {}
    for thing in kept.values():
        if type(thing).__module__.startswith("neurograph"):
            classes.setdefault(type(thing), []).append(thing)
    return classes


def public_classes() -> set[type]:
    """Return the classes that users meet by name."""
    names = (
        getattr(package, name)
        for package in map(importlib.import_module, PACKAGES)
        for name in package.__all__
    )
    return {
        kind
        for kind in names
        if inspect.isclass(kind)
        and not issubclass(kind, Exception)
        and not inspect.isabstract(kind)
        and kind is not drawing.Moving  # made by tests/test_drawing.py
        and not getattr(kind, "_is_protocol", False)
        and not is_typeddict(kind)
    }


@pytest.fixture(scope="module")
def classes() -> dict[type, list[object]]:
    """The objects that everything consists of."""
    return by_class()


def test_every_public_class_is_looked_at(classes: dict[type, list[object]]) -> None:
    """The walk below meets an object of every public class, or of one derived from it."""
    seen = tuple(classes)
    unseen = {
        kind.__name__ for kind in public_classes() if not any(issubclass(s, kind) for s in seen)
    }
    assert unseen == set()


def test_every_repr_is_one_short_line(classes: dict[type, list[object]]) -> None:
    """Of each public class, and of all that its objects hold, a line says what it is."""
    public = public_classes() | {kind for kind in classes if issubclass(kind, Brief | Displayed)}
    for kind in public & set(classes):
        for thing in classes[kind]:
            line = repr(thing)
            assert len(line) < 200, line
            assert "\n" not in line
            assert " object at 0x" not in line
            # A numeral is the text that was written.
            assert issubclass(kind, str) or kind.__name__ in line, line


# -- a network -------------------------------------------------------------------------------------


def test_the_repr_of_a_network_says_what_is_known() -> None:
    """It says neurons, connections, levels and loss, and goes with what passes have computed."""
    net = ng.Network.layered(2, 3, 1, seed=1, loss="squared_error", name="xor")
    said = "Network('xor', 6 neurons, 9 connections, levels 2-3-1, loss squared_error, "
    assert repr(net) == f"{said}nothing computed yet)"
    net.forward([1.0, 0.0])
    assert repr(net) == f"{said}forward known)"
    net.total_error([1.0])
    assert repr(net) == f"{said}forward and loss known)"
    net.backward([1.0])
    assert repr(net) == f"{said}forward and backward known)"
    net.connection("w1").weight = 0.25
    assert repr(net) == f"{said}forward and backward known, weights changed since)"


def test_the_repr_of_any_graph_is_a_line() -> None:
    """A graph that no pass could run on says so; one that nothing has read has its levels."""
    assert repr(ng.Network()) == "Network(0 neurons, 0 connections)"
    net = ng.Network([("a", "b"), ("b", "c"), ("a", "c")])
    assert repr(net) == "Network(3 neurons, 3 connections, levels 1-1-1, loss half_squared_error)"
    net.add_edge("c", "a")
    assert "not feed-forward" in repr(net)
    chain = ng.Network([(number, number + 1) for number in range(40)])
    assert "41 levels 1-1-1-1-1-1-1-1-1-1-1-...-1" in repr(chain)
    large = ng.Network([(n, n + 1, {"weight": 0.5}) for n in range(600)])
    assert "levels not read yet" in repr(large)
    large.storage  # noqa: B018 - it is read
    assert "601 levels" in repr(large)


def test_a_repr_computes_nothing() -> None:
    """A pass that was put off until it is looked at is still put off after a repr."""
    net = ng.Network.layered(2, 2, 1, seed=1)
    net.train([[0.0, 1.0], [1.0, 0.0]], [[1.0], [0.0]], learning_rate=0.1, epochs=2)
    assert net.storage._later is not None
    assert "forward and backward known" in repr(net)
    assert net.storage._later is not None


def test_the_views_of_a_large_network_are_lines_too() -> None:
    """Nodes and edges say how many there are, and the first."""
    net = ng.Network.layered(20, 20, 1, weights=0.5)
    assert repr(net.nodes).startswith("NeuronView(41 neurons: 'i1', 'i2', ")
    assert repr(net.edges).startswith("ConnectionView(420 connections: ('i1', 'h1'), ")
    assert len(repr(net.edges)) < 200
    assert repr(ng.Network().nodes) == "NeuronView(0 neurons)"


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (0.1 + 0.2, "0.3"),
        ("a" * 100, f"'{'a' * 45}...'"),
        (np.zeros((2, 3)), "<2 x 3 numbers>"),
        ([1.0, 0.1 + 0.2], "[1.0, 0.3]"),
        ({"a": 0.1 + 0.2}, "{'a': 0.3}"),
        (["x"] * 50, "<50 items>"),
        (["x" * 100], "<1 item>"),
        (len, "len"),
        (object(), "<object>"),
    ],
)
def test_a_value_in_a_line(value: object, words: str) -> None:
    """It is itself where it is short, else it is said what it is."""
    assert in_words(value) == words


def test_parts_for_which_there_is_no_room_are_counted() -> None:
    """A line ends where it is full; a single part is cut off."""
    assert in_line(["aa", "bb", "cc"], most=6) == "aa, bb, and 1 more"
    assert in_line(["aa", "bb", "cc"], number=1) == "aa, and 2 more"
    assert in_line(["a" * 50], most=10) == "aaaaaaa..."
    assert in_line([]) == ""
    assert brief(object()) == "<object>"


def test_all_that_is_in_a_record() -> None:
    """It is what Python says of a record that has no short line of its own, at any depth."""
    kind = dataclasses.make_dataclass("Pair", ["first", ("second", Any, None)])
    short = dataclasses.make_dataclass("Pair", ["first", ("second", Any, None)], bases=(Brief,),
                                       repr=False)  # fmt: skip
    for values in (("a" * 90, [1, (2.5,)]), ((), {"b": None})):
        assert in_full((short(*values), [short(kind(1))])) == repr((kind(*values), [kind(kind(1))]))


# -- by address ------------------------------------------------------------------------------------


def test_values_by_a_pattern() -> None:
    """What a pattern fits is what its addresses name; the total error comes first."""
    _, net = worked()
    outs = net.values("h*.out")
    assert outs == {address: net.value(address) for address in ("h1.out", "h2.out")}
    assert [*net.values("w[12].gradient")] == ["w1.gradient", "w2.gradient"]
    assert net.values("i1->*.weight") == {"i1->h1.weight": 0.15, "i1->h2.weight": 0.25}
    everything = net.values()
    assert next(iter(everything)) == "loss"
    assert all(value == net.value(address) for address, value in everything.items())
    assert {"w8.error_message", "o2.delta", "h1.bias"} <= set(everything)
    assert net.values("loss") == {"loss": net.total_error()}


def test_values_of_a_batch_are_arrays() -> None:
    """After a batch there is a value for each sample."""
    net = ng.Network.layered(1, 1, weights=0.5, activation="identity")
    net.forward([[1.0], [2.0]])
    assert net.values("o1.net")["o1.net"].tolist() == [0.5, 1.0]


def test_two_connections_with_one_label_go_by_their_ends() -> None:
    """An address names one value."""
    net = ng.Network.layered(2, 1, weights=[[[0.25, 0.5]]])
    net.connection("w2").label = "w1"
    assert net.values("*.weight") == {"i1->o1.weight": 0.25, "i2->o1.weight": 0.5}


@pytest.mark.parametrize(
    ("pattern", "error", "message"),
    [
        ("hh*.out", ng.UnknownNameError, r"no neuron or connection fits 'hh\*' in 'hh\*.out'; did"),
        ("h1.outt", ng.UnknownNameError, "no quantity fits 'outt' in 'h1.outt'; did you mean 'o"),
        ("h1.q*z", ng.UnknownNameError, "no quantity fits .*; the quantities are bias, net"),
        ("h1", ng.UnknownNameError, "no address fits 'h1': expected a pattern such as"),
        ("h1.message", ng.UnknownNameError, "nothing fits 'h1.message': only connections have mes"),
        ("w?.out", ng.UnknownNameError, r"nothing fits 'w\?.out': only neurons have out"),
        ("h*.delta", ng.NotComputedError, r"'h\*.delta' is known yet: call net.backward"),
        ("i1.bias", ng.NotComputedError, "nothing that fits 'i1.bias' has a value"),
        ("loss", ng.NotComputedError, "call net"),
        (3, ng.InvalidTypeError, r"a pattern is text such as 'h\*.out', not 3"),
    ],
)
def test_a_pattern_that_fits_nothing(pattern: Any, error: type[Exception], message: str) -> None:
    """The message says what does not fit, and the nearest name or what to call first."""
    net = ng.Network.layered(2, 2, 1, seed=1)
    net.forward([1.0, 0.0])
    with pytest.raises(error, match=message):
        net.values(pattern)


def test_a_network_as_two_tables() -> None:
    """Each neuron and each connection is a row with all that it carries."""
    _, net = worked()
    neurons, connections = net.to_frame()
    assert neurons.index.tolist() == ["i1", "i2", "h1", "h2", "o1", "o2"]
    assert neurons.level.tolist() == [0, 0, 1, 1, 2, 2]
    assert neurons.kind.tolist() == ["input", "input", "hidden", "hidden", "output", "output"]
    assert neurons.out["h1"] == net.value("h1.out")
    assert connections.loc["w5", ["pre", "post", "weight"]].tolist() == ["h1", "o1", 0.4]
    assert connections.gradient.to_dict() == {
        name: net.value(f"{name}.gradient") for name in connections.index
    }


def test_a_batch_in_tables_has_a_column_for_each_sample() -> None:
    """The values of a batch stand side by side."""
    net = ng.Network.layered(1, 1, weights=0.5, activation="identity")
    net.forward([[1.0], [2.0]])
    neurons, connections = net.to_frame()
    assert neurons.loc["o1", ["net[0]", "net[1]"]].tolist() == [0.5, 1.0]
    assert connections.loc["w1", ["message[0]", "message[1]"]].tolist() == [0.5, 1.0]


def test_tables_need_pandas(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without pandas, the message says how to get it and what there is without."""
    monkeypatch.setitem(sys.modules, "pandas", None)
    message = r"Network.to_frame needs pandas, .* pip install pandas, or use Network.values"
    with pytest.raises(ImportError, match=message):
        ng.Network.layered(1, 1, weights=0.5).to_frame()


def test_tables_of_a_graph_that_is_no_network() -> None:
    """It has no levels."""
    with pytest.raises(ng.StructureError, match="cycle"):
        ng.Network([("a", "b"), ("b", "a")]).to_frame()


# -- what Tab completes ----------------------------------------------------------------------------


def test_the_keys_that_tab_completes() -> None:
    """Nodes, edges, the network, a history and a trace name their keys, and each key works."""
    scenario, net = worked()
    history = net.copy().train(scenario.inputs, scenario.targets, epochs=2, learning_rate=0.5)
    steps = ng.trace(net, scenario.inputs, scenario.targets, 0.5)
    for mapping in (net.nodes, net.edges, net, history, steps):
        keys = mapping._ipython_key_completions_()
        assert keys
        assert all(mapping[key] is not None for key in keys)
    assert ("h1", "o1") in net.edges._ipython_key_completions_()
    assert steps["h1.net"] is steps.find("h1.net")
    with pytest.raises(ng.UnknownNameError, match=r"'h1\.nett'"):
        steps["h1.nett"]


# -- as documents ----------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def subjects() -> dict[str, Any]:
    """What is shown, by what it is."""
    scenario, net = worked()
    data = scenario.inputs, scenario.targets
    result = ng.run_scenario(scenario, run="derivations")
    return {
        "network": net,
        "neuron": net.nodes["h1"],
        "connection": net.edges["h1", "o1"],
        "scenario": scenario,
        "result": result,
        "run": result.runs[0],
        "step": result.runs[0].steps[-1],
        "verdict": result.errata[0],
        "exercise": exercises.exercise(scenario, ask="update", seed=1),
        "gradients": ng.check_gradients(net, *data),
        "history": net.copy().train(*data, epochs=2, learning_rate=0.5),
        "trace": ng.trace(net, *data),
        "plan": net.plan(),
        "surface": landscape.loss_surface(net, *data, "w5", "w6", points=5),
        "curve": landscape.loss_curve(net, *data, "w5", points=5),
        "shape": landscape.at_point(net, *data, over=("w5", "w6")),
    }


#: Words that stand in the text of each, and those that have a picture.
SHOWN = {
    "network": ("levels 2-2-2", "logistic", "w8", "0.59327"),
    "neuron": ("Neuron h1", "Incoming", "w2", "Outgoing", "w7"),
    "connection": ("Connection w5", "At its ends", "h1.out"),
    "scenario": ("Matt Mazur, 2015", "derivations", "printed values"),
    "result": ("50 reproduced", "w7.error_message"),
    "run": ("Run 1, derivations", "Step 1, given"),
    "step": ("Step 5", "w1.weight"),
    "verdict": ("erratum", "-0.019049119"),
    "exercise": ("Given", "____"),
    "gradients": ("complex step", "within 1e-06"),
    "history": ("2 epochs", "loss", "epoch 2", "all 2 epochs done"),
    "trace": ("A trace of 56 events", "h1.net"),
    "plan": ("straight_line", "12 parameters"),
    "surface": ("Loss surface", "5 x 5 numbers from"),
    "curve": ("Loss curve", "here"),
    "shape": ("Local shape",),
}
#: Notebooks set cells of tables to the right; words stand on the left.
CELL = (
    '<style>section[class^="neurograph-"] :is(th, td):not(.number) { text-align: left; }</style>\n'
)
PICTURED = ("network", "scenario", "history", "surface", "curve")


@pytest.mark.parametrize("name", SHOWN)
def test_what_is_shown_of_an_object(name: str, subjects: dict[str, Any]) -> None:
    """Text, Markdown and HTML hold the same words, and HTML the picture where there is one."""
    subject = subjects[name]
    console = Console(width=100, force_terminal=False, color_system=None)
    with console.capture() as captured:
        console.print(subject)
    shown = subject._portrait().text(width=100)
    assert [*map(str.rstrip, captured.get().splitlines())] == [
        *map(str.rstrip, shown.rstrip().splitlines())
    ]
    assert [word for word in SHOWN[name] if word not in shown] == []
    html, markdown = subject._repr_html_(), subject._repr_markdown_()
    assert html == subject._portrait(picture=True).written("html", cell=True)
    assert html.removeprefix(CELL).startswith('<section class="neurograph-')
    assert html.count("<svg") == int(name in PICTURED)
    assert markdown.strip()
    assert "<svg" not in markdown


def test_every_class_that_is_displayed_has_a_portrait(classes: dict[type, list[object]]) -> None:
    """What notebooks ask for is there for each, or it can be read itself."""
    for kind in classes:
        if issubclass(kind, Displayed) and not issubclass(kind, Readable):
            assert set(kind.__mro__) & set(PORTRAITS), kind


def test_a_graph_that_is_no_network_is_shown() -> None:
    """What is wrong with it stands where its tables would."""
    net = ng.Network([("a", "b"), ("b", "a")])
    assert "cycle" in net._repr_html_()
    assert "0 neurons" in ng.Network()._repr_html_()


def test_elements_that_no_network_holds_are_shown() -> None:
    """A neuron of no network, or of one that dropped it, shows what it carries alone."""
    assert Portrait(ng.Neuron({"bias": 0.5})).text().splitlines()[0] == "Neuron"
    w9 = ng.Connection({"weight": 0.5, "label": "w9"})
    assert Portrait(w9).text().splitlines()[0] == "Connection w9"
    _, net = worked()
    h1, w5 = net.nodes["h1"], net.edges["h1", "o1"]
    assert h1.network is net
    net.remove_node("h1")
    assert "Incoming" not in Portrait(h1).text()
    assert "At its ends" not in Portrait(w5).text()
    net.remove_node("o1")
    del net
    assert ng.Neuron().network is None


def test_a_large_network_is_shown_in_part() -> None:
    """Of many connections the first are listed, and how many more there are."""
    net = ng.Network.layered(40, 30, 2, seed=1)
    text = Portrait(net).text()
    assert "... and 12 more" in text
    assert "... and 1,200 more" in text


def test_looking_needs_neither_matplotlib_nor_rich_before() -> None:
    """A repr, values and text of a network import neither; nor does the package itself."""
    code = (
        "import sys, neurograph as ng; net = ng.Network.layered(2, 1, weights=0.5); repr(net);"
        " net.values(); net._repr_markdown_();"
        " print([name for name in ('matplotlib', 'rich', 'pandas') if name in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, encoding="utf-8", check=True
    )
    assert done.stdout.strip() == "[]"
