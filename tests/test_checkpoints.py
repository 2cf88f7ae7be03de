"""Networks in files: saved, loaded, and refused when they are not what was saved."""

import json
import math
import re
import tomllib
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings

import neurograph as ng
from neurograph.activations import ACTIVATIONS
from neurograph.cli import main
from neurograph.combinations import COMBINATIONS, add_combination
from neurograph.losses import LOSSES
from tests.strategies import Plain, plain_networks


def same(one: ng.Network, other: ng.Network) -> bool:
    """Whether two networks have the same objects with the same settings in the same order."""
    return (
        list(one.nodes(data=True)) == list(other.nodes(data=True))
        and list(one.edges(data=True)) == list(other.edges(data=True))
        and {name: list(one.pred[name]) for name in one}
        == {name: list(other.pred[name]) for name in other}
        and (one.loss, one.reduction) == (other.loss, other.reduction)
    )


def again(net: ng.Network, folder: Path) -> ng.Network:
    """Return a network that was saved and loaded."""
    net.save(folder / "net.json")
    return ng.load(folder / "net.json")


@settings(max_examples=200)
@given(plain=plain_networks(combined=True))
def test_a_saved_network_is_the_same_network(
    plain: Plain, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Settings, orders and every number survive, so that outs are equal to the bit."""
    net = plain.network()
    loaded = again(net, tmp_path_factory.mktemp("saved"))
    assert same(net, loaded)
    inputs = [0.3 + 0.1 * n for n in range(len(net.inputs))]
    assert net.forward(inputs).tobytes() == loaded.forward(inputs).tobytes()


def test_layers_are_kept_as_matrices(tmp_path: Path) -> None:
    """A layered network is a matrix for each layer, also after a training."""
    net = ng.Network.layered(3, 4, 2, bias=0.1, shared_bias=True, seed=1, loss="squared_error")
    net.train([1.0, 2.0, 3.0], [0.0, 1.0], learning_rate=0.1, epochs=3)
    loaded = again(net, tmp_path)
    layers = json.loads((tmp_path / "net.json").read_text())["network"]["layers"]
    assert [np.shape(layer["weights"]) for layer in layers[1:]] == [(4, 3), (2, 4)]
    net.clear_pass()
    assert same(net, loaded)


@pytest.mark.parametrize(
    "change",
    [
        lambda net: net.nodes["h1"].update(trainable=False),
        lambda net: net.edges["i1", "h1"].update(label="first"),
        lambda net: net.edges["i1", "h1"].update(colour="red"),
        lambda net: net.nodes["h1"].update(combine="product"),
        lambda net: net.nodes["h2"].update(mask=0.0),
        lambda net: net.remove_edge("i1", "h1"),
        lambda net: net.edges["i1", "h1"].update(tie="W"),
        lambda net: net.nodes["h1"].update(activation="tanh"),
        lambda net: net.add_edge("i1", "o1", weight=0.5),
    ],
)
def test_a_change_to_a_layered_network_is_kept(change, tmp_path: Path) -> None:
    """What layers cannot say is said neuron by neuron."""
    net = ng.Network.layered(2, 2, 1, bias=0.1, seed=1)
    change(net)
    assert same(net, again(net, tmp_path))


def test_everything_that_is_set_is_kept(tmp_path: Path) -> None:
    """Names that are numbers, labels, ties, masks, kinds and items of one's own survive."""
    net = ng.Network(loss="cross_entropy", reduction="sum", name="mine", made={"by": ["me", 1]})
    net.add_neuron(1, kind="input")
    net.add_neuron("b", kind="bias")
    net.add_neuron("2", activation="sin", label="second", mask=1.25, colour="blue", weighty=False)
    net.add_neuron("o1", activation="softmax", kind="output", combine="mean")
    net.connect(1, "2", 1e-300, label="w1", trainable=False)
    net.connect("b", "o1", -0.0, tie="W")
    net.connect("2", "o1", math.nextafter(1.0, 2.0), tie=None, note=["x", {"y": None}])
    loaded = again(net, tmp_path)
    assert same(net, loaded)
    assert dict(loaded.graph) == dict(net.graph)
    assert math.copysign(1.0, loaded.edges["b", "o1"]["weight"]) == -1.0


def test_a_graph_that_is_no_network_yet_is_kept(tmp_path: Path) -> None:
    """A graph with a cycle can be saved and mended later."""
    net = ng.Network()
    net.add_edge("a", "b", weight=0.5)
    net.add_edge("b", "a", weight=0.25)
    loaded = again(net, tmp_path)
    assert list(loaded.edges(data="weight")) == [("a", "b", 0.5), ("b", "a", 0.25)]


def test_formulas_of_ones_own_are_in_the_file(tmp_path: Path) -> None:
    """An activation, a loss and a combine rule that somebody added are added where it is loaded."""
    ng.add_activation("kept_cube", "net**3", "3 * net**2")
    ng.add_loss("kept_quartic", "(target - out)**4")
    add_combination("kept_double", "2 * total(message)", "2")
    try:
        net = ng.Network(loss="kept_quartic")
        net.add_neuron("i", kind="input")
        net.add_neuron("o", activation="kept_cube", combine="kept_double")
        net.connect("i", "o", 0.5)
        out = net.forward([0.7])
        net.save(tmp_path / "own.json")
        for table, name in (
            (ACTIVATIONS, "kept_cube"), (LOSSES, "kept_quartic"), (COMBINATIONS, "kept_double"),
        ):  # fmt: skip
            del table[name]
        loaded = ng.load(tmp_path / "own.json")
        assert loaded.forward([0.7]) == out == (2 * 0.5 * 0.7) ** 3
        assert loaded.total_error([0.0]) == pytest.approx(0.7**12, rel=1e-14)
        del ACTIVATIONS["kept_cube"]
        ng.add_activation("kept_cube", "net**5")
        with pytest.raises(
            ng.ScenarioError, match=r"formulas.activations.kept_cube: there is an a"
        ):
            ng.load(tmp_path / "own.json")
    finally:
        for table, name in (
            (ACTIVATIONS, "kept_cube"), (LOSSES, "kept_quartic"), (COMBINATIONS, "kept_double"),
        ):  # fmt: skip
            table.pop(name, None)


def test_inputs_and_targets_of_the_last_passes_are_kept(tmp_path: Path) -> None:
    """A file has the samples of the last passes, if that is wanted and there were any."""
    net = ng.Network.layered(2, 1, seed=1)

    def data(**options: bool):
        net.save(tmp_path / "net.json", **options)
        return json.loads((tmp_path / "net.json").read_text()).get("data")

    assert data() is None
    net.forward([0.5, 0.25])
    assert data() == {"inputs": [0.5, 0.25]}
    net.forward([[0.5, 0.25], [1.0, 2.0]])
    net.backward([[0.0], [1.0]])
    assert data() == {"inputs": [[0.5, 0.25], [1.0, 2.0]], "targets": [[0.0], [1.0]]}
    assert data(data=False) is None


def test_a_large_file_is_small_for_its_numbers(tmp_path: Path) -> None:
    """A file has at most three times the bytes of the numbers in it."""
    net = ng.Network.layered(300, 100, 10, bias=0.0, seed=1)
    net.save(tmp_path / "net.json")
    numbers = 300 * 100 + 100 + 100 * 10 + 10
    assert (tmp_path / "net.json").stat().st_size <= 3 * 8 * numbers


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (lambda text: "", r"is not a network saved by neurograph"),
        (lambda text: text[: len(text) // 2], r"net.json: is cut off: "),
        (lambda text: text.replace("0.15", "0.15,"), r"net.json: is not valid JSON: .*line \d+"),
        (lambda text: text.replace("0.15", "NaN"), r"net.json: is not valid JSON: NaN is no"),
        (lambda text: text + "x", r"net.json: is not valid JSON: Extra data"),
        (
            lambda text: text.replace("0.15", "0.16"),
            r"has changed since it was saved: its checksum",
        ),
        (lambda text: text.replace("logistic", "tanh"), r"has changed since it was saved"),
        (lambda text: text + " ", r"has changed since it was saved"),
        (
            lambda text: text.replace('h": 1,', 'h": 2,'),
            r"has version 2 of the format, and this ne",
        ),
        (lambda text: "[1, 2]", r"is not a network .*: the key 'neurograph' is missing"),
        (lambda text: '{"neurograph": 1}', r"net.json: missing key 'network'"),
        (
            lambda text: '{"neurograph": 1, "netwrok": {}}',
            r"unknown key 'netwrok'; did you mean 'n",
        ),
        (lambda text: "[" * 100_000, r"is not a network saved by neurograph"),
        (lambda text: '{"neurograph": NaN}', r"NaN is no number that a file keeps"),
    ],
)
def test_what_was_not_saved_so_is_refused(spoil, message: str, tmp_path: Path) -> None:
    """A file that is empty, cut off, changed or of another version is one clear error."""
    net = ng.load_scenario("mazur_2015").network()
    net.save(tmp_path / "net.json")
    text = (tmp_path / "net.json").read_text(encoding="utf-8")
    (tmp_path / "net.json").write_text(spoil(text), encoding="utf-8")
    with pytest.raises(ng.ScenarioError, match=message):
        ng.load(tmp_path / "net.json")


def test_a_file_is_cut_off_wherever_it_ends_too_early(tmp_path: Path) -> None:
    """In the middle of a word, a number, an escape or between them: each is said to be cut off."""
    net = ng.Network.layered(1, 1, weights=-1.5e-7, bias=0.5)
    net.graph["mine"] = ['a"b\\c', True, None, {"x": -2}]
    net.save(tmp_path / "net.json")
    text = (tmp_path / "net.json").read_text(encoding="utf-8")
    for end in range(len('{\n "neurograph"'), len(text) - 1):
        (tmp_path / "cut.json").write_text(text[:end], encoding="utf-8")
        with pytest.raises(ng.ScenarioError, match=r"cut.json: is cut off: "):
            ng.load(tmp_path / "cut.json")


def test_a_file_may_be_changed_on_purpose(tmp_path: Path) -> None:
    """Without its checksum a file is read as it is; a mistake in it is named with its place."""
    net = ng.load_scenario("mazur_2015").network()
    net.save(tmp_path / "net.json")
    text = re.sub(r' "sha256.*\n', "", (tmp_path / "net.json").read_text(encoding="utf-8"))
    (tmp_path / "net.json").write_text(text.replace("0.15", "0.16"), encoding="utf-8")
    assert ng.load(tmp_path / "net.json").value("w1.weight") == 0.16
    (tmp_path / "net.json").write_text(text.replace("0.15", '"x"'), encoding="utf-8")
    with pytest.raises(ng.ScenarioError, match=r"net.json: network.connections\[0\].weight: expec"):
        ng.load(tmp_path / "net.json")


def test_a_file_with_other_ends_of_lines_is_the_same(tmp_path: Path) -> None:
    """A file that was carried over another system is whole."""
    net = ng.load_scenario("mazur_2015").network()
    net.save(tmp_path / "net.json")
    content = (tmp_path / "net.json").read_bytes().replace(b"\n", b"\r\n")
    (tmp_path / "net.json").write_bytes(content)
    assert same(net, ng.load(tmp_path / "net.json"))


def test_what_a_file_cannot_hold_is_named(tmp_path: Path) -> None:
    """A number that is not finite, a name or an item JSON does not know: nothing is written."""
    net = ng.Network()
    net.add_edge("a", "b", weight=0.5)
    for key, value, message in (
        ("weight", math.nan, r"weight of connection a->b cannot be kept in a file: .*nan"),
        (
            "own",
            (1, 2),
            r"attributes of connection a->b cannot be kept in a file: own: exp.*\(1, 2",
        ),
        ("own", {1: 2}, r"attributes of connection a->b cannot be kept"),
        ("own", math.nan, r"attributes of connection a->b cannot .* own: expected a finite .* nan"),
        ("own", [0.5, {"x": -math.inf}], r"own\[1\].x: expected a finite number, got .* -inf"),
    ):
        changed = net.copy()
        changed.edges["a", "b"][key] = value
        with pytest.raises(ng.InvalidValueError, match=message):
            changed.save(tmp_path / "net.json")
    changed = net.copy()
    changed.nodes["a"]["mine"] = math.inf
    with pytest.raises(ng.InvalidValueError, match=r"attributes of neuron 'a' .* mine: .* inf"):
        changed.save(tmp_path / "net.json")
    net.add_node(frozenset("a"))
    with pytest.raises(ng.InvalidValueError, match=r"name of neuron frozenset.* cannot be kept in"):
        net.save(tmp_path / "net.json")
    assert not list(tmp_path.iterdir())


def test_wrong_places_to_save(tmp_path: Path) -> None:
    """Another suffix, a missing folder and a file of another kind are refused."""
    net = ng.Network.layered(2, 1, seed=1)
    with pytest.raises(
        ng.InvalidValueError, match=r"net.pkl: a network is saved in a file that en"
    ):
        net.save(tmp_path / "net.pkl")
    with pytest.raises(ng.UnwritableError, match=r"there is no folder"):
        net.save(tmp_path / "none" / "net.json")
    (tmp_path / "other.json").write_text('{"mine": 1}')
    with pytest.raises(ng.UnwritableError, match=r"is there already and is no saved network"):
        net.save(tmp_path / "other.json")
    assert (tmp_path / "other.json").read_text() == '{"mine": 1}'
    with pytest.raises(ng.ScenarioError, match=r"none.json: no such file"):
        ng.load(tmp_path / "none.json")


def test_a_saved_network_stands_where_a_scenario_does(tmp_path: Path, monkeypatch, capsys) -> None:
    """Commands take a saved network with its data: the new weight is that of the round."""
    net = ng.load_scenario("mazur_2015").network()
    net.forward([0.05, 0.10])
    net.backward([0.01, 0.99])
    monkeypatch.chdir(tmp_path)
    net.save("saved.json")
    scenario = ng.load_scenario("saved.json")
    assert scenario.inputs.tolist() == [0.05, 0.10]
    assert main(["explain", "saved.json", "w5.gradient"]) == 0
    assert "0.082167041" in capsys.readouterr().out  # of the tutorial
    net.save("saved.json", data=False)
    with pytest.raises(ng.ScenarioError, match=r"was saved without inputs: call net.forward\(inpu"):
        ng.load_scenario("saved.json")


def test_a_new_scenario_from_a_saved_network(tmp_path: Path, monkeypatch, capsys) -> None:
    """The file has the network and the data, and runs; without data it says what stands there."""
    monkeypatch.chdir(tmp_path)
    net = ng.Network.layered(2, 2, 1, seed=1)
    file = 'say "x".json'
    net.save(file)
    assert main(["new", "one", "--from", file]) == 0
    assert "The inputs and targets were not saved" in Path("one.toml").read_text()
    net.forward([0.25, 0.5])
    net.total_error([1.0])
    net.save(file)
    assert main(["new", "two", "--from", file]) == 0
    scenario = ng.load_scenario("two.toml")
    assert scenario.targets.tolist() == [1.0]
    assert scenario.network().forward([0.25, 0.5]) == net.forward([0.25, 0.5])
    capsys.readouterr()
    assert main(["new", "three", "--from", "none.json"]) == 2
    assert "none.json: no such file" in capsys.readouterr().err
    assert not Path("three.toml").exists()


def test_toml_is_what_a_scenario_file_has() -> None:
    """The table of a network is read back as the network of a scenario."""
    net = ng.load_scenario("mazur_2015").network()
    net.nodes["h1"]["note"] = 'says "hello"'
    table = tomllib.loads(net.to_toml())["network"]
    assert table["connections"][4] == {"pre": "h1", "post": "o1", "weight": 0.4, "label": "w5"}
    assert table["neurons"][2]["attributes"] == {"note": 'says "hello"'}
    layered = tomllib.loads(ng.Network.layered(2, 3, 1, seed=1).to_toml())["network"]
    assert [layer["size"] for layer in layered["layers"]] == [2, 3, 1]
    ng.add_activation("spelt_cube", "net**3")
    net.nodes["h1"]["activation"] = "spelt_cube"
    assert 'activation = "net**3"' in net.to_toml()
    del ACTIVATIONS["spelt_cube"]
    net.nodes["h1"]["activation"] = "tanh"
    net.nodes["h1"]["note"] = None
    with pytest.raises(ng.InvalidValueError, match=r"None stands among what was stored"):
        net.to_toml()


# -- trainings that go on ------------------------------------------------------------------------

SAMPLES = np.random.default_rng(5).normal(size=(7, 3))
WANTED = np.tanh(SAMPLES @ np.random.default_rng(6).normal(size=(3, 2)))


def trainee() -> ng.Network:
    """A network that has not learned anything yet."""
    return ng.Network.layered(3, 4, 2, activation="tanh", bias=0.1, seed=2)


@pytest.mark.parametrize("interrupted", [1, 4, 9, 10])
@pytest.mark.parametrize(
    "options",
    [
        {},
        {"optimizer": "adam", "batch_size": 2, "shuffle": True, "seed": 3},
        {"optimizer": "momentum", "batch_size": 1, "order": "in_place"},
        {"optimizer": "rmsprop", "record": ["loss", "w1.weight", "h1.out", "w2.mean_square"]},
        {"optimizer": "nesterov", "batch_size": 3, "every": 3, "record": ["loss", "w1.gradient"]},
        {"learning_rate": ng.CosineDecay(0.3, steps=24), "optimizer": ng.Adam(beta1=0.5)},
        {"optimizer": "adagrad", "stop": ng.NoImprovement(3, by=10.0)},
    ],
)
def test_a_training_goes_on_as_if_never_interrupted(
    options, interrupted: int, tmp_path: Path
) -> None:
    """Saved in the middle, loaded and resumed: parameters and history are equal to the bit."""
    options = {"learning_rate": 0.05, "engine": "straight_line", **options}
    whole = trainee()
    expected = whole.train(SAMPLES, WANTED, epochs=12, **options)
    begun = trainee()
    begun.train(SAMPLES, WANTED, epochs=interrupted, **options)
    begun.save(tmp_path / "begun.json", training=True)
    if interrupted >= len(expected["loss"]) and "stop" in options:
        return
    loaded = ng.load(tmp_path / "begun.json")
    history = loaded.train(SAMPLES, WANTED, epochs=12, resume=loaded.history, **options)
    assert loaded.storage.parameters.tobytes() == whole.storage.parameters.tobytes()
    assert list(history) == list(expected)
    assert history.epochs.tolist() == expected.epochs.tolist()
    assert history.ended == expected.ended
    for address in expected:
        assert history[address].tobytes() == expected[address].tobytes()
    assert history.start == expected.start
    for address in ("w3.gradient", "h2.delta", "w4.change"):
        assert (
            np.asarray(loaded.value(address)).tobytes()
            == np.asarray(whole.value(address)).tobytes()
        )


def test_ctrl_c_within_an_epoch_is_no_loss(monkeypatch) -> None:
    """A run that was interrupted between two steps of an epoch goes on with the next step."""
    options = {"learning_rate": 0.05, "optimizer": "adam", "batch_size": 2, "shuffle": True}
    whole, begun = trainee(), trainee()
    expected = whole.train(SAMPLES, WANTED, epochs=5, seed=4, **options)
    monkeypatch.setattr("neurograph.training.run._MOST_STEPS", 1)

    def rate(step: int) -> float:
        if step == 7:
            raise KeyboardInterrupt
        return 0.05

    begun.train(SAMPLES, WANTED, epochs=5, seed=4, **{**options, "learning_rate": rate})
    assert begun.history.ended == "interrupted after step 6, 1 epochs finished"
    history = begun.train(SAMPLES, WANTED, epochs=5, seed=4, resume=begun.history, **options)
    assert begun.storage.parameters.tobytes() == whole.storage.parameters.tobytes()
    assert history["loss"].tobytes() == expected["loss"].tobytes()


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (
            {"optimizer": "adam"},
            r"the optimizer was Momentum\(momentum=0.9\), and here Adam\(beta1=0.9, beta2=",
        ),
        (
            {"optimizer": ng.Momentum(momentum=0.5)},
            r"was Momentum\(momentum=0.9\), and here Momentum\(momentum=0.5\)",
        ),
        ({"batch_size": 1}, r"the number of steps in an epoch was 4, and here 7"),
        ({"every": 2}, r"every was 1, and here 2"),
        (
            {"record": ["w1.weight"]},
            r"the run to resume recorded loss, not w1.weight: record the s",
        ),
        ({"epochs": 3}, r"has done 3 epochs already: epochs counts from its beginning, .* not 3"),
        ({"shuffle": True}, r"the run to resume did not shuffle: shuffle must be False"),
        ({"resume": ng.training.History({}, [])}, r"does not say how far its run has come"),
    ],
)
def test_another_run_is_not_resumed(options, message: str) -> None:
    """What does not fit the run is named, and the network stays as it is."""
    net = trainee()
    usual = {"learning_rate": 0.1, "epochs": 3, "optimizer": "momentum", "batch_size": 2}
    net.train(SAMPLES, WANTED, **usual)
    before = net.storage.parameters.tobytes()
    with pytest.raises(ng.InvalidValueError, match=message):
        net.train(SAMPLES, WANTED, **{**usual, "epochs": 5, "resume": net.history, **options})
    assert net.storage.parameters.tobytes() == before
    with pytest.raises(ng.InvalidTypeError, match=r"resume must be the History of a run, not 3"):
        net.train(SAMPLES, WANTED, **usual, resume=3)


def test_a_run_that_shuffled_is_resumed_shuffling() -> None:
    """The order of the samples cannot be taken up where nothing shuffles."""
    net = trainee()
    usual = {"learning_rate": 0.1, "batch_size": 2}
    net.train(SAMPLES, WANTED, epochs=2, shuffle=True, **usual)
    with pytest.raises(
        ng.InvalidValueError, match=r"the run to resume shuffled: shuffle must be T"
    ):
        net.train(SAMPLES, WANTED, epochs=3, resume=net.history, **usual)


def test_a_history_is_saved_only_when_asked_for(tmp_path: Path) -> None:
    """A diverged training's history is kept with its infinite numbers; without asking, none is."""
    net = ng.Network.layered(1, 1, weights=3.0, activation="identity")
    with pytest.raises(ng.DivergedError):
        net.train([3.0], [1.0], learning_rate=1e10, epochs=100)
    losses = net.history["loss"]
    net.save(tmp_path / "net.json", training=True)
    loaded = ng.load(tmp_path / "net.json")
    assert loaded.history["loss"].tobytes() == losses.tobytes()
    assert repr(loaded.history) == repr(net.history)
    net.save(tmp_path / "net.json")
    assert ng.load(tmp_path / "net.json").history is None
    text = (tmp_path / "net.json").read_text(encoding="utf-8")
    text = re.sub(r' "sha256.*\n', "", text).rstrip()[:-1].rstrip() + ',\n "training": {"x": 1}}'
    (tmp_path / "net.json").write_text(text, encoding="utf-8")
    with pytest.raises(ng.ScenarioError, match=r"net.json: training: unknown key 'x'"):
        ng.load(tmp_path / "net.json")


def test_without_a_training_none_is_saved(tmp_path: Path) -> None:
    """Who asks for the training of a network that has none is told, and nothing is written."""
    with pytest.raises(ng.InvalidValueError, match=r"net.json: there is no training to save"):
        trainee().save(tmp_path / "net.json", training=True)
    assert not list(tmp_path.iterdir())


def places_in(value: object, place: tuple[object, ...] = ()) -> list[tuple[object, ...]]:
    """Return the places of everything in a document; of a list, of its first three items."""
    items: list[tuple[object, object]] = []
    if isinstance(value, dict):
        items = list(value.items())
    elif isinstance(value, list):
        items = list(enumerate(value[:3]))
    return [place, *(inner for key, item in items for inner in places_in(item, (*place, key)))]


def put(document: dict, place: tuple, value: object) -> None:
    """Put a value in a place of a document."""
    *before, last = place
    for key in before:
        document = document[key]
    document[last] = value


RUN = {
    "learning_rate": 0.05, "batch_size": 2, "shuffle": True, "optimizer": "adam",
    "record": ["loss", "w1.weight", "h1.out"], "stop": ng.NoImprovement(30),
}  # fmt: skip


VALUES = {
    "negative": -1, "text": "x", "nothing": None, "list": [], "table": {}, "fraction": 1.5,
    "huge": 10**400, "matrix": [[1.0]],
}  # fmt: skip


@pytest.mark.parametrize("value", VALUES.values(), ids=VALUES)
def test_a_training_that_was_edited_is_one_clear_error(value: object, tmp_path: Path) -> None:
    """Whatever stands in a place of a training: it is refused with its place, or it goes on."""
    net = trainee()
    net.train(SAMPLES, WANTED, epochs=2, **RUN)
    net.save(tmp_path / "net.json", training=True)
    whole = json.loads((tmp_path / "net.json").read_text(encoding="utf-8"))
    del whole["sha256"]
    refused = 0
    places = places_in(whole["training"], ("training",))
    assert len(places) >= 35
    for place in places:
        changed = json.loads(json.dumps(whole))
        put(changed, place, value)
        (tmp_path / "net.json").write_text(json.dumps(changed), encoding="utf-8")
        try:
            loaded = ng.load(tmp_path / "net.json")
        except ng.ScenarioError:
            refused += 1
            continue
        try:
            loaded.train(SAMPLES, WANTED, epochs=3, resume=loaded.history, **RUN)
        except ng.NeurographError:
            refused += 1
    assert refused >= len(places) / 3


@pytest.mark.parametrize(
    ("place", "value", "message"),
    [
        ("checkpoint step", -1, r"training.checkpoint.step: expected a whole number from 0"),
        ("checkpoint every", 0, r"training.checkpoint.every: expected a whole number from 1"),
        ("checkpoint open_losses", 3, r"checkpoint.open_losses: expected a list of numbers, got 3"),
        ("checkpoint state", {"m": ["x"]}, r"checkpoint.state.m\[0\]: expected a number, got"),
        ("checkpoint random", {"bit_generator": "seed"}, r"random: there is no generator 'seed'"),
        ("checkpoint random", {"bit_generator": "PCG64"}, r"random: no state of the generator PCG"),
        ("epochs", 3, r"training.epochs: expected a list of whole numbers, got 3"),
        ("epochs", [2, 1], r"training.epochs: expected epochs that rise"),
        ("recorded", {"loss": [0.5]}, r"recorded.loss: expected 2 values, one for each .* got 1"),
        ("recorded", {"h1.out": [[1.0], []]}, r"h1.out\"\[1\]: expected 1 numbers, got 0"),
    ],
)
def test_what_is_wrong_with_a_training_is_named(
    place: str, value: object, message: str, tmp_path: Path
) -> None:
    """A mistake in a training that was edited is named with its place."""
    net = trainee()
    net.train(SAMPLES, WANTED, epochs=2, **RUN)
    net.save(tmp_path / "net.json", training=True)
    document = json.loads((tmp_path / "net.json").read_text(encoding="utf-8"))
    del document["sha256"]
    put(document, ("training", *place.split()), value)
    (tmp_path / "net.json").write_text(json.dumps(document), encoding="utf-8")
    with pytest.raises(ng.ScenarioError, match=message):
        ng.load(tmp_path / "net.json")


@pytest.mark.parametrize(
    ("place", "value", "message"),
    [
        ("recorded", {"loss": [[1.0]] * 2}, r"the run to resume has several loss of an epoch"),
        (
            "checkpoint noted",
            {"NoImprovement(epochs=30, by=0.0)": []},
            r"what NoImprovement\(.*\) noted in the run to resume is not of its kind",
        ),
    ],
)
def test_a_training_that_does_not_fit_its_run_is_refused(
    place: str, value: object, message: str, tmp_path: Path
) -> None:
    """What only the run can tell is wrong with a training is said before it goes on."""
    net = trainee()
    net.train(SAMPLES, WANTED, epochs=2, **(RUN | {"record": "loss"}))
    net.save(tmp_path / "net.json", training=True)
    document = json.loads((tmp_path / "net.json").read_text(encoding="utf-8"))
    del document["sha256"]
    put(document, ("training", *place.split()), value)
    (tmp_path / "net.json").write_text(json.dumps(document), encoding="utf-8")
    loaded = ng.load(tmp_path / "net.json")
    with pytest.raises(ng.InvalidValueError, match=message):
        loaded.train(SAMPLES, WANTED, epochs=3, resume=loaded.history, **(RUN | {"record": "loss"}))
