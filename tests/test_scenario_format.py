"""What a scenario file can say about a network, its runs and its figures."""

import re
import tomllib
from dataclasses import FrozenInstanceError, fields
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scenario_files import SMALL, as_toml, changed, load, write_everything

import neurograph as ng
from neurograph.errors import ScenarioError
from neurograph.scenario import Scenario, StopFacts, load_scenario, play, run_scenario


def _with(tmp_path: Path, **parts: Any) -> Scenario:
    """Load the small file with some of its parts replaced."""
    return load(tmp_path, as_toml(tomllib.loads(SMALL) | parts))


def _refused(tmp_path: Path, message: str, **parts: Any) -> None:
    with pytest.raises(ScenarioError, match=re.escape(message)) as caught:
        _with(tmp_path, **parts)
    assert str(caught.value).startswith(f"{tmp_path / 'small.toml'}: ")


def _forward() -> list[dict[str, Any]]:
    return [{"name": "one", "steps": [{"do": "forward"}]}]


def _last(scenario: Scenario, run: str = "one") -> ng.Network:
    *_, (_, net) = play(scenario, scenario.run(run))
    return net


def test_file_that_says_everything_runs(tmp_path: Path) -> None:
    """Every key of the format is read, and what a run does not state is that of the file."""
    scenario = load_scenario(write_everything(tmp_path))
    result = run_scenario(scenario)
    assert result.passed
    first, second = scenario.runs
    assert first.training(first.steps[1]).optimizer == ng.Adam(beta1=0.8)
    assert first.training(first.steps[1]).shuffle is False
    assert (second.order, second.optimizer, second.biases) == (
        "simultaneous", "gradient_descent", "as_given",
    )  # fmt: skip
    assert first.steps[1].stop == StopFacts(loss=1e-9, no_improvement=5, gradient_norm=1e-9)


def test_records_are_frozen_and_hashable(tmp_path: Path) -> None:
    """Facts do not change once they are read."""
    scenario = load_scenario(write_everything(tmp_path))
    assert isinstance(hash(scenario), int)
    for record in (scenario, scenario.runs[0], scenario.runs[1].steps[0], scenario.figures[0]):
        with pytest.raises(FrozenInstanceError):
            setattr(record, fields(record)[0].name, None)


def test_year_may_be_left_out(tmp_path: Path) -> None:
    """A source without a date has none."""
    assert load(tmp_path, changed("year = 2001\n", "")).year is None


# -- layers --------------------------------------------------------------------------------------

TWO_LAYERS = [{"size": 1}, {"names": ["o1"], "weights": 0.5, "activation": "identity", "bias": 1.0}]


@pytest.mark.parametrize("weights", [None, "xavier", "he", "uniform"])
def test_drawn_weights_are_those_of_network_layered(tmp_path: Path, weights: str | None) -> None:
    """Names, labels and drawn weights are the same as of `Network.layered` with the same seed."""
    drawn = {} if weights is None else {"weights": weights}
    layers = [{"size": 2}, {"size": 3, "bias": 0.1, "shared_bias": True, **drawn}]
    layers += [{"size": 2, "activation": "tanh", "trainable_bias": False, "bias": [1, 2], **drawn}]
    net = _with(
        tmp_path,
        network={"seed": 5, "layers": layers},
        data={"inputs": [1, 2], "targets": [1, 2]},
        runs=_forward(),
    ).network()
    expected = ng.Network.layered(
        2, 3, 2, weights=weights or "xavier", seed=5, activation=["logistic", "tanh"],
        bias=[0.1, [1, 2]], shared_bias=False,
    )  # fmt: skip
    assert net.levels == expected.levels
    for pair in expected.edges:
        assert net.connection(pair).weight == expected.connection(pair).weight
        assert net.connection(pair).name == expected.connection(pair).name
    np.testing.assert_array_equal(net.forward([1, 2]), expected.forward([1, 2]))
    assert [net.neuron(name).tie for name in ("h1", "h3", "o1")] == ["b1", "b1", None]
    assert [net.neuron(name).trainable for name in ("h1", "o1")] == [True, False]


def test_names_and_labels_count_on_from_layer_to_layer(tmp_path: Path) -> None:
    """A prefix that several layers have is numbered through, row by row for labels."""
    layers = [
        {"size": 2, "prefix": "x"},
        {"size": 2, "weights": [[1, 2], [3, 4]]},
        {"size": 1, "weights": [[5, 6]], "trainable": False},
        {"names": ["y"], "weights": 7, "labels": "v_", "activation": "identity"},
    ]
    scenario = _with(
        tmp_path,
        network={"layers": layers},
        data={"inputs": [1, 2], "targets": [1]},
        runs=_forward(),
    )
    net = scenario.network()
    assert net.levels == [["x1", "x2"], ["h1", "h2"], ["h3"], ["y"]]
    found = {net.connection(pair).name: net.connection(pair).weight for pair in net.edges}
    assert found == {"w1": 1, "w2": 2, "w3": 3, "w4": 4, "w5": 5, "w6": 6, "v_1": 7}
    assert (net.connection("w3").pre, net.connection("w3").post) == ("x1", "h2")
    assert [net.connection(f"w{number}").trainable for number in (4, 5)] == [True, False]
    assert scenario.network_facts.layer_sizes == (2, 2, 1, 1)


def test_neurons_and_connections_beside_layers(tmp_path: Path) -> None:
    """A bias neuron and a connection that skips a layer join layers: 0.5*(0.5*2) + 3 + 0.25*2."""
    network = {
        "layers": [
            {"size": 1},
            {"size": 1, "weights": 0.5, "activation": "identity"},
            {"size": 1, "weights": 0.5, "activation": "identity"},
        ],
        "neurons": [{"name": "b", "kind": "bias"}],
        "connections": [
            {"pre": "b", "post": "o1", "weight": 3.0},
            {"pre": "i1", "post": "o1", "weight": 0.25},
        ],
    }
    scenario = _with(tmp_path, network=network, runs=_forward())
    assert _last(scenario).value("o1.out") == 4.0


@pytest.mark.parametrize(
    ("layer", "message"),
    [
        ({}, "network.layers[1]: expected either 'names' or 'size'"),
        ({"size": 1, "names": ["o1"]}, "network.layers[1]: expected either 'names' or 'size'"),
        ({"names": ["o1"], "prefix": "o"}, "layers[1]: 'prefix' names the neurons where only a"),
        ({"size": 1}, "network.layers[1]: missing key 'weights': give the numbers, or a 'seed' in"),
        ({"size": 1, "weights": "he"}, "network.layers[1]: 'he' draws them: give the numbers, or"),
        ({"size": 1, "weights": "hee"}, "layers[1].weights: unknown choice 'hee'; did you mean"),
        ({"size": 1, "weights": [0.5]}, "network.layers[1].weights[0]: expected a list, got the"),
        ({"size": 2, "weights": [[1, 2]]}, "expected 2 rows of 1 numbers, one row for each neuron"),
        ({"size": 2, "weights": [[1, 2]]}, "got 1 rows of 2; they look transposed"),
        ({"size": 2, "weights": [[1], [1, 2]]}, "got 2 rows of different numbers of"),
        ({"size": 1, "weights": 1, "bias": [1, 2]}, "layers[1].bias: expected 1 numbers, got 2"),
        (
            {"size": 2, "weights": 1, "bias": [1, 2], "shared_bias": True},
            "network.layers[1].bias: a shared bias is one number, got different ones",
        ),
        ({"size": 1, "weights": 1, "shared_bias": True}, "'shared_bias' needs 'bias': the layer"),
        ({"size": 1, "weights": 1, "activation": "lu"}, "network.layers[1]: no activation 'lu'"),
        ({"names": ["i1"], "weights": 1}, "network.layers[1]: there is already a neuron 'i1'"),
        ({"size": 100_001}, "layers[1].size: expected a whole number from 1 to 100,000"),
        ({"size": 1, "wieghts": 1}, "network.layers[1]: unknown key 'wieghts'; did you mean 'wei"),
    ],
)
def test_mistake_in_a_layer(tmp_path: Path, layer: dict[str, Any], message: str) -> None:
    """A mistake in a layer names the layer."""
    _refused(tmp_path, message, network={"layers": [{"size": 1}, layer]})


@pytest.mark.parametrize(
    ("network", "message"),
    [
        ({"layers": [{"size": 1}]}, "network.layers: expected the inputs and one more layer"),
        ({"layers": []}, "network.layers: expected a list with at least one item"),
        (
            {"layers": [{"size": 1, "bias": 1}, {"size": 1, "weights": 1}]},
            "network.layers[0]: the first layer is the inputs, which have no 'bias'",
        ),
        ({}, "network: missing key 'neurons', or 'layers' instead"),
        ({"neurons": [{"name": "i1"}]}, "network: missing key 'connections', or 'layers'"),
        (
            {"layers": [{"size": 1000}, {"size": 101, "weights": 1}]},
            "network.layers[1]: 1,000 times 101 connections are too many; a scenario has at most",
        ),
        (
            {"layers": [{"size": 300}, *[{"size": 300, "weights": 1}] * 2]},
            "network: 180,000 connections are too many; a scenario has at most 100,000",
        ),
        ({"seed": -1, "layers": TWO_LAYERS}, "network.seed: expected a whole number from 0 to"),
    ],
)
def test_mistake_in_a_network(tmp_path: Path, network: dict[str, Any], message: str) -> None:
    """A network is refused before it is built where it is too large or has no parts."""
    _refused(tmp_path, message, network=network)


# -- conventions of a run ------------------------------------------------------------------------

# One linear neuron, out = w1 * i1 + bias, with weight 0.5 and bias 1: every step can be done by
# hand. Samples (2, 3) and (4, 1): outs 2 and 3, deltas -1 and 2.
BATCH: dict[str, Any] = {"data": {"inputs": [[2.0], [4.0]], "targets": [[3.0], [1.0]]}}


def _run(*steps: dict[str, Any], **conventions: Any) -> list[dict[str, Any]]:
    return [{"name": "one", "steps": list(steps), "learning_rate": 0.1, **conventions}]


def _parameters(net: ng.Network) -> tuple[float, float]:
    return net.value("w1.weight"), net.value("o1.bias")  # type: ignore[return-value]


@pytest.mark.parametrize(
    ("conventions", "loss"),
    [
        ({}, (0.5 + 2.0) / 2),
        ({"reduction": "sum"}, 0.5 + 2.0),
        ({"loss": "squared_error"}, (1.0 + 4.0) / 2),
        ({"loss": "squared_error", "samples": [2]}, 4.0),
        ({"biases": "none"}, (2.0 + 0.5) / 2),
        ({"samples": [2, 1], "reduction": "sum"}, 2.5),
    ],
)
def test_run_overrides_the_network(
    tmp_path: Path, conventions: dict[str, Any], loss: float
) -> None:
    """Loss, reduction, biases and samples of a run are its own."""
    steps = ({"do": "forward"}, {"do": "loss"})
    scenario = _with(tmp_path, **BATCH, runs=_run(*steps, **conventions))
    assert _last(scenario).total_error() == pytest.approx(loss, rel=1e-15)
    assert scenario.network().graph["loss"] == "half_squared_error"


@pytest.mark.parametrize(
    ("conventions", "expected"),
    [
        # both samples at once: mean gradients (-1*2 + 2*4)/2 = 3 and (-1 + 2)/2 = 0.5
        ({}, (0.5 - 0.3, 1 - 0.05)),
        ({"reduction": "sum"}, (0.5 - 0.6, 1 - 0.1)),
        # one after the other: 0.7 and 1.1 after the first, whose gradients are -2 and -1; then
        # out = 3.9, delta = 2.9, gradients 11.6 and 2.9
        ({"batch_size": 1}, (0.7 - 1.16, 1.1 - 0.29)),
        ({"samples": [1]}, (0.7, 1.1)),
        ({"samples": [1], "biases": "fixed"}, (0.7, 1.0)),
        ({"samples": [1], "learning_rate": 1.0}, (2.5, 2.0)),
    ],
)
def test_train_follows_the_conventions(
    tmp_path: Path, conventions: dict[str, Any], expected: tuple[float, float]
) -> None:
    """One round, worked out by hand."""
    scenario = _with(tmp_path, **BATCH, runs=_run({"do": "train", "rounds": 1}, **conventions))
    assert _parameters(_last(scenario)) == pytest.approx(expected, rel=1e-14)


@pytest.mark.parametrize(
    "own",
    [
        {"learning_rate": 0.03},
        {"optimizer": "momentum"},
        {"optimizer": ng.Momentum(0.5)},
        {"batch_size": 1},
        {"batch_size": 1, "shuffle": True, "seed": 3},
        {"order": "in_place"},
        {"stop": {"loss": 0.9}},
        {"stop": {"no_improvement": 2}, "learning_rate": 0.3},
        {"stop": {"gradient_norm": 0.9}},
    ],
)
def test_train_step_overrides_its_run(tmp_path: Path, own: dict[str, Any]) -> None:
    """What a step says of training counts before what its run says."""
    step = {"do": "train", "rounds": 9, **own}
    if isinstance(optimizer := own.get("optimizer"), ng.Momentum):
        step["optimizer"] = {"name": optimizer.name, **optimizer.constants}
    run = _run(step, optimizer="adam", batch_size=2)
    net = _last(_with(tmp_path, **BATCH, runs=run))
    expected = _with(tmp_path, **BATCH).network()
    stops = {
        "loss": ng.TargetLoss, "no_improvement": ng.NoImprovement, "gradient_norm": ng.GradientNorm,
    }  # fmt: skip
    options = {"learning_rate": 0.1, "optimizer": "adam", "batch_size": 2} | own
    options["stop"] = [stops[key](value) for key, value in options.get("stop", {}).items()]
    history = expected.train(*BATCH["data"].values(), epochs=9, **options)
    assert (len(history.epochs) < 9) == ("stop" in own)
    assert _parameters(net) == _parameters(expected)


@pytest.mark.parametrize("momentum", [0.0, 0.5, 0.9])
def test_optimizer_with_a_constant_of_its_own(tmp_path: Path, momentum: float) -> None:
    """Two rounds of momentum by hand: the second adds a part of the first's velocity."""
    # The mean gradient of the weight is 3 at first, as above, so that w = 0.2 and b = 0.95. The
    # outs are then 1.35 and 1.75, and the gradient is (-1.65 * 2 + 0.75 * 4) / 2 = -0.15.
    optimizer = {"name": "momentum", "momentum": momentum}
    run = _run({"do": "train", "rounds": 2}, optimizer=optimizer)
    scenario = _with(tmp_path, **BATCH, runs=run)
    assert isinstance(hash(scenario), int)
    expected = 0.2 - 0.1 * (momentum * 3 - 0.15)
    assert _parameters(_last(scenario))[0] == pytest.approx(expected, rel=1e-14)


WITH_BIASES = {
    "neurons": [
        {"name": "i1"},
        {"name": "b", "kind": "bias"},
        {"name": "h1", "bias": 0.5, "tie": "t", "trainable": False},
        {"name": "h2"},
        {"name": "o1"},
    ],
    "connections": [
        {"pre": "i1", "post": "h1", "weight": 1.0},
        {"pre": "i1", "post": "h2", "weight": 1.0},
        {"pre": "b", "post": "h2", "weight": 0.5, "tie": "t", "trainable": False},
        {"pre": "b", "post": "o1", "weight": 0.25},
        {"pre": "h1", "post": "o1", "weight": 1.0},
        {"pre": "h2", "post": "o1", "weight": 1.0},
    ],
}


@pytest.mark.parametrize(
    ("policy", "trainable", "ties"),
    [
        ("as_given", [False, False, True], ["t", "t", None]),
        ("trained", [True, True, True], [None, None, None]),
        ("fixed", [False, False, False], ["t", "t", None]),
        ("shared", [True, True, True], ["bias of level 1", "bias of level 1", "bias of level 2"]),
    ],
)
def test_biases_of_a_run(
    tmp_path: Path, policy: str, trainable: list[bool], ties: list[str | None]
) -> None:
    """A run can train each bias, none, or one for each level; bias neurons are biases too."""
    run = _run({"do": "forward"}, biases=policy)
    scenario = _with(tmp_path, network=WITH_BIASES, runs=run)
    net = scenario.network(scenario.runs[0])
    found = [net.neuron("h1"), net.connection("b->h2"), net.connection("b->o1")]
    assert [each.trainable for each in found] == trainable
    assert [each.tie for each in found] == ties
    assert [net.connection(pair).trainable for pair in (("i1", "h1"), ("h1", "o1"))] == [True] * 2


def test_no_biases_means_no_bias_neurons(tmp_path: Path) -> None:
    """Without biases the network has neither biases nor bias neurons, and its weights stay."""
    scenario = _with(tmp_path, network=WITH_BIASES, runs=_run({"do": "forward"}, biases="none"))
    net = scenario.network(scenario.runs[0])
    assert "b" not in net
    assert net.neuron("h1").bias is None
    assert len(net.edges) == 4


def test_one_bias_for_a_level_is_one_number(tmp_path: Path) -> None:
    """Biases that differ cannot be one parameter."""
    network = tomllib.loads(as_toml(WITH_BIASES))
    network["neurons"][2] |= {"bias": 0.75}
    del network["neurons"][2]["tie"]
    _refused(
        tmp_path,
        "runs[0].biases: tied parameters are one parameter, but those of tie 'bias of level 1'",
        network=network,
        runs=_run({"do": "forward"}, biases="shared"),
    )


def test_network_that_is_none_without_its_bias_neurons(tmp_path: Path) -> None:
    """A neuron that only a bias neuron feeds would become an input."""
    network = {
        "neurons": [{"name": "i1"}, {"name": "b", "kind": "bias"}, {"name": "h1"}, {"name": "o1"}],
        "connections": [
            {"pre": "i1", "post": "o1", "weight": 1.0},
            {"pre": "b", "post": "h1", "weight": 1.0},
            {"pre": "h1", "post": "o1", "weight": 1.0},
        ],
    }
    _refused(
        tmp_path,
        "runs[0].biases: without its bias neurons the network has other inputs",
        network=network,
        runs=_run({"do": "forward"}, biases="none"),
    )


@pytest.mark.parametrize(
    ("step", "conventions", "message"),
    [
        ({"do": "forward"}, {"samples": [3]}, "runs[0].samples: no sample 3; the data has 2"),
        ({"do": "forward"}, {"samples": [1, 1]}, "runs[0].samples: names a sample twice"),
        ({"do": "forward"}, {"samples": []}, "runs[0].samples: expected a list with at least one"),
        (
            {"do": "forward"},
            {"loss": "hing"},
            "runs[0].loss: no loss 'hing'; did you mean 'hinge'?",
        ),
        ({"do": "forward"}, {"optimizer": "adan"}, "unknown choice 'adan'; did you mean 'adam'?"),
        ({"do": "forward"}, {"optimizer": 3}, "optimizer: expected one of gradient_descent, mom"),
        ({"do": "forward"}, {"optimizer": {"beta1": 0.5}}, "optimizer: missing key 'name'"),
        (
            {"do": "forward"},
            {"optimizer": {"name": "adan"}},
            "runs[0].optimizer.name: unknown choice 'adan'; did you mean 'adam'?",
        ),
        (
            {"do": "forward"},
            {"optimizer": {"name": "adam", "epsilom": 0.5}},
            "runs[0].optimizer: unknown key 'epsilom'; did you mean 'epsilon'?",
        ),
        (
            {"do": "forward"},
            {"optimizer": {"name": "momentum", "momentum": "a"}},
            "runs[0].optimizer.momentum: expected a number, got the text 'a'",
        ),
        (
            {"do": "forward"},
            {"optimizer": {"name": "momentum", "momentum": 1.5}},
            "runs[0].optimizer: momentum must be at least 0 and less than 1, not 1.5",
        ),
        (
            {"do": "step"},
            {"optimizer": {"name": "momentum", "momentum": 0.5}},
            "'step' is plain gradient descent; with 'momentum' weights change in 'train' alone",
        ),
        ({"do": "forward"}, {"learning_rate": -1}, "learning_rate: expected a number of zero or"),
        (
            {"do": "forward"},
            {"learning_rate": ""},
            "small.toml: runs[0].learning_rate: expected text, got an empty text",
        ),
        ({"do": "forward"}, {"batch_size": 0}, "batch_size: expected a whole number from 1 to"),
        (
            {"do": "train", "rounds": 1},
            {"shuffle": True},
            "runs[0].steps[0]: 'shuffle' needs a 'seed', so that every reader gets the same",
        ),
        (
            {"do": "step"},
            {"optimizer": "adam"},
            "runs[0].steps[0]: 'step' is plain gradient descent; with 'adam' weights change in",
        ),
        (
            {"do": "train", "rounds": 1},
            {"digits": 4, "batch_size": 1},
            "runs[0].steps[0]: 'batch_size' cannot be used with 'digits', as nobody does on paper",
        ),
        (
            {"do": "train", "rounds": 1, "stop": {"loss": 1}},
            {"digits": 4},
            "runs[0].steps[0]: 'stop' cannot be used with 'digits'",
        ),
        (
            {"do": "train", "rounds": 1, "optimizer": "adam"},
            {"digits": 4},
            "runs[0].steps[0]: 'optimizer' cannot be used with 'digits'",
        ),
        (
            {"do": "forward", "printed": {"o1.out": {"value": "2.0", "sample": 1}}},
            {"samples": [2]},
            'printed."o1.out": sample 1 is not one of those that the run uses (2)',
        ),
        (
            {"do": "forward", "printed": {"o1.bias": "1.0"}},
            {"biases": "none"},
            "printed.\"o1.bias\": neuron 'o1' has no bias",
        ),
        (
            {"do": "check"},
            {},
            "steps[0]: missing key 'gradients': whether they 'agree' or 'differ'",
        ),
        (
            {"do": "check", "gradients": "agree"},
            {},
            "steps[0]: a 'check' follows right after the 'backward' or 'step' that it checks",
        ),
        ({"do": "set"}, {}, "runs[0].steps[0]: missing key 'values': the new values of parameters"),
        ({"do": "set", "values": {}}, {}, "runs[0].steps[0]: missing key 'values'"),
        (
            {"do": "set", "values": {"w2.weight": 1}},
            {},
            "values.\"w2.weight\": no connection 'w2'; did you mean 'w1'?",
        ),
        (
            {"do": "set", "values": {"o1.delta": 1}},
            {},
            'values."o1.delta": only a weight or a bias, a net or an out that is given, or what an',
        ),
        (
            {"do": "set", "values": {"i1.bias": 1}},
            {},
            "values.\"i1.bias\": neuron 'i1' has no bias",
        ),
        (
            {"do": "forward", "normalised": True},
            {},
            "steps[0]: 'normalised' belongs to a step that does 'attribute', not 'forward'",
        ),
        (
            {"do": "forward", "learning_rate": 0.1},
            {},
            "'learning_rate' belongs to a step that does 'update' or 'step' or 'train', not",
        ),
        ({"do": "train", "rounds": 1, "stop": {"los": 1}}, {}, "stop: unknown key 'los'; did you"),
        (
            {"do": "train", "rounds": 1, "stop": {"gradient_norm": -1}},
            {},
            "stop.gradient_norm: expected a number of zero or more, got -1",
        ),
    ],
)
def test_mistake_in_a_run(
    tmp_path: Path, step: dict[str, Any], conventions: dict[str, Any], message: str
) -> None:
    """Conventions that do not fit the file or each other are refused before anything runs."""
    _refused(tmp_path, message, **BATCH, runs=_run(step, **conventions))
