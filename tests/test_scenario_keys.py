"""What a file can state of what pages do: each key against a calculation by hand."""

import json
import math
import re
import tomllib
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from page_script import lesson_engine
from scenario_files import SMALL, as_toml, load

import neurograph as ng
from neurograph.cli import main
from neurograph.conventions import reconcile
from neurograph.conventions.pages import Page
from neurograph.errors import InvalidValueError, ScenarioError
from neurograph.exercises import Sheet, exercise, load_exercise
from neurograph.exercises.forms import write_exercise
from neurograph.exercises.questions import basis_of
from neurograph.optimizers import get_optimizer
from neurograph.pages.page_data import example_of
from neurograph.scenario import Scenario, run_scenario
from neurograph.scenario.player import network_after
from neurograph.terms import Penalty

# Networks without hidden neurons and biases: what comes out is a line or two of arithmetic.


def scenario_of(
    tmp_path: Path, net: dict[str, Any], data: dict[str, Any], *runs: dict[str, Any]
) -> Scenario:
    """Return a scenario of this network, these data and runs."""
    content = tomllib.loads(SMALL) | {"network": net, "data": data}
    content["runs"] = [{"name": f"r{number}", **run} for number, run in enumerate(runs, start=1)]
    return load(tmp_path, as_toml(content))


def one_weight(weight: float) -> dict[str, Any]:
    """Return a network of one weight and nothing else: out = w * x."""
    return {
        "neurons": [{"name": "x"}, {"name": "y", "activation": "identity"}],
        "connections": [{"label": "w", "pre": "x", "post": "y", "weight": weight}],
    }


def train(optimizer: Any, rounds: int, printed: dict[str, Any], **keys: Any) -> dict[str, Any]:
    """Return a run of one training."""
    step = {"do": "train", "rounds": rounds, "printed": printed}
    return {"optimizer": optimizer, "steps": [step], **keys}


def passes(scenario: Scenario) -> bool:
    """Whether all printed values are reproduced, by the run and by what audit computes."""
    result = run_scenario(scenario)
    assert result.passed, result.failed
    for of_run in result.runs:
        page = Page(scenario, of_run)
        computed = [target.verdict.computed for target in page.targets]
        assert page.stated == pytest.approx(computed, rel=1e-12, abs=1e-15)
    return True


# -- optimisers ----------------------------------------------------------------------------------


def test_epsilon_stands_inside_the_root(tmp_path: Path) -> None:
    """On 0.1 x1^2 + 2 x2^2 from (-5, -2), 20 rounds of each by plain arithmetic."""
    net = {
        "loss": "squared_error",
        "neurons": [
            {"name": "a"}, {"name": "b"},
            {"name": "y1", "activation": "identity"}, {"name": "y2", "activation": "identity"},
        ],
        "connections": [
            {"label": "x1", "pre": "a", "post": "y1", "weight": -5},
            {"label": "x2", "pre": "b", "post": "y2", "weight": -2},
        ],
    }  # fmt: skip
    data = {"inputs": {"a": math.sqrt(0.1), "b": math.sqrt(2)}, "targets": {"y1": 0, "y2": 0}}
    adagrad, rmsprop = {}, {}
    for name, x, slope in (("x1", -5.0, 0.2), ("x2", -2.0, 4.0)):
        w = u = x
        squares = mean = 0.0
        for _ in range(20):
            g, h = slope * w, slope * u
            squares, mean = squares + g * g, 0.9 * mean + 0.1 * h * h
            w -= 0.4 * g / math.sqrt(squares + 1e-6)
            u -= 0.4 * h / math.sqrt(mean + 1e-6)
        adagrad[f"{name}.weight"] = f"{w:.6f}"
        rmsprop[f"{name}.weight"] = f"{u:.6f}"
    assert adagrad == {"x1.weight": "-2.382563", "x2.weight": "-0.158591"}
    assert rmsprop["x1.weight"] == "-0.010599"
    keys = {"epsilon": 1e-6, "epsilon_inside": True}
    assert passes(scenario_of(
        tmp_path, net, data,
        train({"name": "adagrad", **keys}, 20, adagrad, learning_rate=0.4),
        train({"name": "rmsprop", **keys}, 20, rmsprop, learning_rate=0.4),
    ))  # fmt: skip


def test_epsilon_1_shows_where_it_stands(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Of w^2 / 2 at w = 1: 1 - 0.1 / sqrt(2) inside the root, 1 - 0.1 / 2 outside."""
    inside = {"name": "adagrad", "epsilon": 1.0, "epsilon_inside": True}
    outside = {"name": "adagrad", "epsilon": 1.0}
    scenario = scenario_of(
        tmp_path, one_weight(1.0), {"inputs": [1], "targets": [0]},
        train(inside, 1, {"w.weight": "0.929289", "w.squares": "1.0"}, learning_rate=0.1),
        train(outside, 1, {"w.weight": "0.95"}, learning_rate=0.1),
    )  # fmt: skip
    assert passes(scenario)
    assert main(["run", str(scenario.file), "--run", "r1"]) == 0
    shown = " ".join(capsys.readouterr().out.split())
    assert "optimizer adagrad (epsilon 1, epsilon inside)" in shown


def test_epsilon_may_be_0(tmp_path: Path) -> None:
    """Of a gradient 4: m = 0.4, v = 0.016, corrected 4 and 16, so the weight falls by the rate."""
    printed = {
        "w.m": "0.4", "w.v": "0.016", "w.m_hat": "4", "w.v_hat": "16", "w.weight": "0.9",
    }  # fmt: skip
    run = train({"name": "adam", "epsilon": 0}, 1, printed, learning_rate=0.1)
    assert passes(scenario_of(tmp_path, one_weight(1.0), {"inputs": [1], "targets": [-3]}, run))


def test_momentum_may_be_a_moving_average(tmp_path: Path) -> None:
    """Gradients 1 and 0.95: v = 0.5, then 0.25 + 0.475, and w = 1 - 0.05 - 0.0725."""
    average = {"name": "momentum", "momentum": 0.5, "average": True}
    assert passes(scenario_of(
        tmp_path, one_weight(1.0), {"inputs": [1], "targets": [0]},
        train(average, 1, {"w.velocity": "0.5", "w.weight": "0.95"}, learning_rate=0.1),
        train(average, 2, {"w.velocity": "0.725", "w.weight": "0.8775"}, learning_rate=0.1),
    ))  # fmt: skip


@pytest.mark.parametrize(
    ("optimizer", "message"),
    [
        (
            {"name": "adagrad", "epsilon_insid": True},
            "unknown key 'epsilon_insid'; did you mean 'epsilon_inside'?",
        ),
        ({"name": "momentum", "averag": True}, "unknown key 'averag'; did you mean 'average'?"),
        ({"name": "momentum", "average": 1}, "average: expected true or false, got the number 1"),
        ({"name": "adam", "epsilon": -1}, "epsilon of adam must be zero or more, not -1.0"),
    ],
)
def test_wrong_options_of_an_optimizer_are_refused(
    tmp_path: Path, optimizer: dict[str, Any], message: str
) -> None:
    """The place, and the name that was meant."""
    with pytest.raises(ScenarioError, match=message):
        scenario_of(
            tmp_path, one_weight(1.0), {"inputs": [1], "targets": [0]},
            train(optimizer, 1, {}, learning_rate=0.1),
        )  # fmt: skip


# -- what an optimiser begins with ---------------------------------------------------------------


@pytest.mark.parametrize(
    "memory",
    [{"w.change": 0.08}, {"w.velocity": -0.8}],
)
def test_the_change_before_the_first_is_known(tmp_path: Path, memory: dict[str, float]) -> None:
    """By hand: dw = 0.4 * 0.08 + 0.1 * 0.5 = 0.082, and w = 0.582."""
    steps = [
        {"do": "set", "values": memory},
        {"do": "train", "rounds": 1, "printed": {"w.change": "0.082", "w.weight": "0.582"}},
    ]
    run = {
        "optimizer": {"name": "momentum", "momentum": 0.4}, "learning_rate": 0.1, "steps": steps,
    }  # fmt: skip
    assert passes(scenario_of(tmp_path, one_weight(0.5), {"inputs": [1], "targets": [1]}, run))


def test_an_optimizer_remembers_from_one_training_to_the_next(tmp_path: Path) -> None:
    """The steps of Adam on w^2 / 2 from w = 1 with epsilon 0, by plain arithmetic."""
    w, m, v, weights = 1.0, 0.0, 0.0, []
    for step in range(1, 5):
        m, v = 0.9 * m + 0.1 * w, 0.999 * v + 0.001 * w * w
        w -= 0.1 * (m / (1 - 0.9**step)) / math.sqrt(v / (1 - 0.999**step))
        weights.append(f"{w:.12f}")
    rows = [
        {"do": "train", "rounds": 1, "printed": {"w.weight": weights[0]}},
        {"do": "train", "rounds": 2, "printed": {"w.weight": weights[2]}},
        {"do": "given", "note": "nothing happens in between"},
        {"do": "train", "rounds": 1, "printed": {"w.weight": weights[3]}},
    ]
    run = {"optimizer": {"name": "adam", "epsilon": 0}, "learning_rate": 0.1, "steps": rows}
    assert passes(scenario_of(tmp_path, one_weight(1.0), {"inputs": [1], "targets": [0]}, run))


def test_another_optimizer_remembers_nothing_of_the_first(tmp_path: Path) -> None:
    """After momentum, Adam begins afresh: its first step is the learning rate."""
    first = {"do": "train", "rounds": 2, "printed": {"w.weight": "0.715"}}
    then = {
        "do": "train", "rounds": 1, "optimizer": {"name": "adam", "epsilon": 0},
        "printed": {"w.weight": "0.615"},
    }  # fmt: skip
    run = {
        "optimizer": {"name": "momentum", "momentum": 0.95}, "learning_rate": 0.1,
        "steps": [first, then],
    }  # fmt: skip
    assert passes(scenario_of(tmp_path, one_weight(1.0), {"inputs": [1], "targets": [0]}, run))


def test_what_an_optimizer_does_not_remember_is_refused(tmp_path: Path) -> None:
    """The message names what it begins with."""
    steps = [{"do": "set", "values": {"w.m": 1}}, {"do": "train", "rounds": 1}]
    run = {"optimizer": "momentum", "learning_rate": 0.1, "steps": steps}
    scenario = scenario_of(tmp_path, one_weight(1.0), {"inputs": [1], "targets": [0]}, run)
    message = "'w.m' is nothing that momentum begins with: that is velocity, change"
    with pytest.raises(ScenarioError, match=message):
        run_scenario(scenario)
    with pytest.raises(ScenarioError, match="can be set; the rest is computed"):
        scenario_of(
            tmp_path, one_weight(1.0), {"inputs": [1], "targets": [0]},
            {"steps": [{"do": "set", "values": {"w.gradient": 1}}]},
        )  # fmt: skip


# -- some samples, rounds and losses of a training -----------------------------------------------

LINE = {"inputs": [[1], [2], [3]], "targets": [[1], [1], [2]]}


def test_an_online_epoch_is_a_run_with_a_row_a_step(tmp_path: Path) -> None:
    """With w = 1 and rate 0.1: errors 0, 1 and 2 - 2.4, by hand."""
    rows = [
        {"do": "step", "samples": [1], "printed": {"y.out": "1", "loss": "0", "w.weight": "1"}},
        {"do": "step", "samples": [2], "printed": {"y.out": "2", "loss": "0.5", "w.weight": "0.8"}},
        {"do": "forward", "samples": [3], "printed": {"y.out": "2.4"}},
        {"do": "loss", "printed": {"loss": "0.08", "y.target": "2"}},
        {"do": "backward", "printed": {"w.gradient": "1.2"}},
        {"do": "update", "printed": {"w.weight": "0.68"}},
        {"do": "forward", "printed": {"y.out": [{"value": "2.04", "sample": 3}]}},
    ]
    run = {"learning_rate": 0.1, "steps": rows}
    assert passes(scenario_of(tmp_path, one_weight(1.0), LINE, run))


def test_a_training_prints_what_it_reports(tmp_path: Path) -> None:
    """The losses 0, 1/2 and 0.08 of an online epoch, added up; then those of the second."""
    w, sums = 1.0, []
    for _ in range(2):
        running = 0.0
        for x, t in ((1, 1), (2, 1), (3, 2)):
            running += (t - w * x) ** 2 / 2
            w -= 0.1 * (w * x - t) * x
        sums.append(f"{running:.10f}")
    assert sums[0] == "0.5800000000"
    printed = {
        "running_loss": [{"value": sums[0], "round": 1}, {"value": sums[1], "round": 2}],
        "w.weight": [{"value": "0.68", "round": 1}, {"value": f"{w:.10f}"}],
        "rounds": [{"value": "1", "round": 1}, {"value": "2"}],
    }
    step = {"do": "train", "rounds": 2, "printed": printed}
    run = {"learning_rate": 0.1, "batch_size": 1, "steps": [step]}
    assert passes(scenario_of(tmp_path, one_weight(1.0), LINE, run))


def test_a_shuffled_training_goes_on_after_a_round_is_printed(tmp_path: Path) -> None:
    """Its rounds are those of a training without a pause, sample by sample as NumPy draws them."""
    rng, w, weights = np.random.default_rng(3), 1.0, []
    for _ in range(3):
        for row in rng.permutation(3):
            x, t = LINE["inputs"][row][0], LINE["targets"][row][0]
            w -= 0.1 * (w * x - t) * x
        weights.append(f"{w:.12f}")
    printed = {"w.weight": [{"value": its, "round": n} for n, its in enumerate(weights, start=1)]}
    step = {"do": "train", "rounds": 3, "shuffle": True, "seed": 3, "printed": printed}
    run = {"learning_rate": 0.1, "batch_size": 1, "steps": [step]}
    assert passes(scenario_of(tmp_path, one_weight(1.0), LINE, run))


def test_how_many_rounds_a_stop_leaves_is_printed(tmp_path: Path) -> None:
    """E = w^2 / 2 falls by 0.81 a round from 1/2; the 21st, 0.0074, is the first below 0.008."""
    step = {
        "do": "train", "rounds": 100, "stop": {"loss": 0.008},
        "printed": {"rounds": "21", "loss": "0.00739", "running_loss": "0.00739"},
    }  # fmt: skip
    scenario = scenario_of(
        tmp_path, one_weight(1.0), {"inputs": [1], "targets": [0]},
        {"learning_rate": 0.1, "steps": [step]},
    )  # fmt: skip
    assert run_scenario(scenario).passed
    step["printed"] = {"w.weight": [{"value": "0.5", "round": 40}]}
    late = scenario_of(
        tmp_path, one_weight(1.0), {"inputs": [1], "targets": [0]},
        {"learning_rate": 0.1, "steps": [step]},
    )  # fmt: skip
    with pytest.raises(
        ScenarioError, match="round 40 was not reached: the training ended after 21"
    ):
        run_scenario(late)


def test_the_rate_of_an_update_is_printed(tmp_path: Path) -> None:
    """A formula's rate after each round: e^(-epoch / 2) / 10; of an online round that of its last.

    A page that forgets the rate, or takes another, prints the same.
    """
    rates = [
        {"value": f"{math.exp(-epoch / 2) / 10:.10f}", "round": epoch + 1} for epoch in range(3)
    ]
    halves = {"learning_rate": [{"value": "1/6", "round": 1}, {"value": "1/12", "round": 2}]}
    alone = [
        {"do": "step", "printed": {"learning_rate": "0.3", "w.weight": "0.7"}},
        {"do": "forward"}, {"do": "backward"},
        {"do": "update", "learning_rate": 0.2, "printed": {"learning_rate": "0.2"}},
    ]  # fmt: skip
    left_out = ["the learning rate left out"]
    forgotten = [{"do": "step", "printed": {"learning_rate": "0.3", "w.weight": "0.0"}}]
    single = {"inputs": [1], "targets": [0]}
    assert passes(
        scenario_of(
            tmp_path, one_weight(1.0), single,
            train("adam", 3, {"learning_rate": rates}, learning_rate="0.1 * exp(-epoch / 2)"),
            {"learning_rate": 0.3, "steps": alone},
            train("gradient_descent", 2, {"learning_rate": "0.30"}, learning_rate=0.3, digits=2),
        )
    )  # fmt: skip
    edited = {"learning_rate": 0.3, "edits": left_out, "steps": forgotten}
    assert run_scenario(scenario_of(tmp_path, one_weight(1.0), single, edited)).passed
    online = train("momentum", 2, halves, learning_rate="0.5 / step", batch_size=1)
    online["steps"][0]["samples"] = [1, 2, 3]
    assert passes(scenario_of(tmp_path, one_weight(1.0), LINE, online))


def test_a_rate_is_that_of_the_update_after_the_last_pass(tmp_path: Path) -> None:
    """Before an update there is none; nothing else gives it, and it is kept of each epoch."""
    net = scenario_of(tmp_path, one_weight(1.0), LINE, {"steps": [{"do": "forward"}]}).network()
    history = net.train(
        [[1.0]], [[0.0]], learning_rate=lambda step: 1 / step, epochs=3, record="learning_rate"
    )
    assert history["learning_rate"].tolist() == [1.0, 1 / 2, 1 / 3]
    assert net.value("learning_rate") == ng.explain(net, "learning_rate").value == 1 / 3
    net.forward([1.0])
    for ask in (net.value, lambda name: ng.explain(net, name)):
        with pytest.raises(ng.NotComputedError, match="learning_rate is not known yet: call net"):
            ask("learning_rate")
    with pytest.raises(InvalidValueError, match="'learning_rate' is what an update is given"):
        ng.influence(net, "learning_rate")
    steps = [{"do": "forward", "printed": {"learning_rate": "0.1"}}]
    early = scenario_of(tmp_path, one_weight(1.0), LINE, {"learning_rate": 0.1, "steps": steps})
    with pytest.raises(ScenarioError, match="learning_rate is not known yet: do 'update' first"):
        run_scenario(early)


def test_nesterov_is_printed_where_it_looks_ahead_from(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Theta of (theta - 3)^2, with its gradient at theta + mu v and the rate inside v."""
    theta, v, thetas, gradients = 0.0, 0.0, [], []
    for n in range(1, 5):
        gradient = 2 * (theta + 0.9 * v - 3)
        v = 0.9 * v - 0.1 * gradient
        theta += v
        thetas.append({"value": f"{theta:.8f}", "round": n})
        gradients.append({"value": f"{gradient:.8f}", "round": n})
    assert [its["value"] for its in thetas[:3]] == ["0.60000000", "1.51200000", "2.46624000"]
    net = one_weight(0.0) | {"loss": "(out - 3)**2"}
    run = train(
        "nesterov", 4, {"w.unshifted": thetas, "w.gradient": gradients}, learning_rate=0.1
    )
    scenario = scenario_of(tmp_path, net, {"inputs": [1]}, run)
    assert passes(scenario)
    file = str(scenario.file)
    assert main(["explain", file, "w.unshifted", "--at", "1", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["value"] == pytest.approx(theta)
    run = train("nesterov", 1, {"w.unshiftd": "1"}, learning_rate=0.1)
    with pytest.raises(ScenarioError, match=r"no quantity 'unshiftd' .* did you mean 'unshifted'"):
        scenario_of(tmp_path, net, {"inputs": [1]}, run)


def test_samples_that_are_right_are_counted(tmp_path: Path) -> None:
    """Of outs 1, -1, 2, -2 wanted 1, 1, 0, 0 two are right; of classes the largest counts.

    Where a target is negative the side is that of 0; of several yeses every out must say its own.
    """
    plain, loss = {"do": "forward"}, {"do": "loss"}
    data = {"inputs": [[1], [-1], [2], [-2]], "targets": [[1], [1], [0], [0]]}
    counted = {**loss, "printed": {"accuracy": ["50 %", "0.5"], "n_right": "2"}}
    steps = [plain, counted, {"do": "step", "printed": {"accuracy": "0.5"}}]
    run = {"learning_rate": 0.1, "steps": steps}
    trained = train("adam", 2, {"n_right": "2"}, learning_rate=1e-6)
    assert passes(scenario_of(tmp_path, one_weight(1.0), data, run, trained))
    bipolar = {"inputs": [[0.2], [-0.2], [0.3]], "targets": [[1], [-1], [-1]]}
    counted = {**loss, "printed": {"n_right": "2", "accuracy": "2/3"}}
    assert passes(scenario_of(tmp_path, one_weight(1.0), bipolar, {"steps": [plain, counted]}))
    two = {
        "neurons": [{"name": "a"}, {"name": "b"}, {"name": "p", "activation": "identity"},
                    {"name": "q", "activation": "identity"}],
        "connections": [{"pre": "a", "post": "p", "weight": 1},
                        {"pre": "b", "post": "q", "weight": 1}],
    }  # fmt: skip
    outs = [[0.4, 0.3], [0.7, 0.9], [0.8, 0.6]]
    for targets, right in (([[1, 0], [0, 1], [0, 1]], "2"), ([[0, 0], [1, 1], [0, 1]], "2"),
                           ([[1, 1], [1, 1], [0, 1]], "1")):  # fmt: skip
        counted = {**loss, "printed": {"n_right": right}}
        given = {"inputs": outs, "targets": targets}
        assert passes(scenario_of(tmp_path, two, given, {"steps": [plain, counted]}))


def test_what_is_counted_or_reported_can_be_wrong(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """An audit of it ends, nothing influences it, and without targets it is not known."""
    printed = {"accuracy": "0.9", "n_right": "7", "learning_rate": "0.2", "rounds": "3"}
    run = train("adam", 2, {**printed, "running_loss": "7"}, learning_rate=0.1)
    scenario = scenario_of(tmp_path, one_weight(1.0), LINE, run)
    assert main(["audit", str(scenario.file)]) == 1
    assert "0 reproduced, 0 listed errata, 5 neither" in capsys.readouterr().out
    net = scenario.network()
    net.forward([[1.0], [2.0]])
    with pytest.raises(ng.NotComputedError, match="call net"):
        net.value("accuracy")
    net.total_error([[1.0], [0.0]])
    assert (net.value("accuracy"), net.value("n_right")) == (0.5, 1.0)
    history = net.train([[1.0]], [[1.0]], learning_rate=0.1, epochs=2, record="accuracy")
    assert history["accuracy"].tolist() == [1.0, 1.0]
    assert ng.explain(net, "accuracy").root.symbolic == "accuracy = n_right/N"
    with pytest.raises(InvalidValueError, match="'accuracy' is counted over the samples"):
        ng.influence(net, "accuracy")


@pytest.mark.parametrize(
    ("word", "meant"),
    [
        ("running_los", "running_loss"), ("round", "rounds"), ("data_los", "data_loss"),
        ("penalti", "penalty"), ("learning_rat", "learning_rate"),
        ("acuracy", "accuracy"), ("n_rigth", "n_right"),
    ],
)  # fmt: skip
def test_words_for_a_whole_training_have_a_nearest_one(
    tmp_path: Path, word: str, meant: str
) -> None:
    """They are addresses without a point."""
    run = train("gradient_descent", 1, {word: "1"}, learning_rate=0.1)
    with pytest.raises(ScenarioError, match=f"'{word}' is not an address: .*mean '{meant}'"):
        scenario_of(tmp_path, one_weight(1.0), LINE, run)


@pytest.mark.parametrize(
    ("steps", "message"),
    [
        (
            [{"do": "forward", "samples": [4]}],
            r"steps\[0\].samples: no sample 4; the data has 3",
        ),
        ([{"do": "step", "samples": [2, 2]}], r"samples: names a sample twice"),
        (
            [{"do": "backward", "samples": [2]}],
            "'samples' belongs to a step that does 'forward' or 'step' or 'train', not 'backward'",
        ),
        ([{"do": "forward", "sample": [2]}], "unknown key 'sample'; did you mean 'samples'?"),
        (
            [
                {"do": "forward", "samples": [2]},
                {"do": "loss", "printed": {"y.out": {"value": "1", "sample": 1}}},
            ],
            r"sample 1 is not one of those of the last pass \(2\)",
        ),
        (
            [{"do": "forward", "printed": {"y.out": {"value": "1", "round": 1}}}],
            "'round' belongs to a value of a 'train' step, not of 'forward'",
        ),
        (
            [{"do": "train", "rounds": 2, "printed": {"w.weight": {"value": "1", "round": 3}}}],
            "no round 3; the training has 2",
        ),
        (
            [{"do": "train", "rounds": 2, "printed": {"w.weight": {"value": "1", "rond": 3}}}],
            "unknown key 'rond'; did you mean 'round'?",
        ),
    ],
)
def test_samples_and_rounds_that_are_not_there_are_refused(
    tmp_path: Path, steps: list[dict[str, Any]], message: str
) -> None:
    """The place, and what is there."""
    with pytest.raises(ScenarioError, match=message):
        scenario_of(tmp_path, one_weight(1.0), LINE, {"learning_rate": 0.1, "steps": steps})


# -- what a page gives ---------------------------------------------------------------------------

HIDDEN = {
    "loss": "squared_error",
    "neurons": [
        {"name": "x1"}, {"name": "h1", "activation": "relu"}, {"name": "h2", "activation": "relu"},
        {"name": "y", "activation": "identity"},
    ],
    "connections": [
        {"label": "a", "pre": "x1", "post": "h1", "weight": 1},
        {"label": "b", "pre": "x1", "post": "h2", "weight": 2},
        {"label": "u", "pre": "h1", "post": "y", "weight": 0.5},
        {"label": "v", "pre": "h2", "post": "y", "weight": 1.5},
    ],
}  # fmt: skip


def test_a_run_has_masks_of_its_own(tmp_path: Path) -> None:
    """Inverted dropout: h1 counts twice, h2 not, by hand; without masks y = 0.5 + 3."""
    gradients = {"u.gradient": "4", "v.gradient": "0", "a.gradient": "2", "b.gradient": "0"}
    dropped = {
        "mask": {"h1": 2, "h2": 0},
        "steps": [
            {"do": "forward", "printed": {"y.out": "1"}},
            {"do": "backward", "printed": gradients},
        ],
    }
    whole = {"steps": [{"do": "forward", "printed": {"y.out": "3.5"}}]}
    data = {"inputs": [1], "targets": [0]}
    assert passes(scenario_of(tmp_path, HIDDEN, data, dropped, whole))
    with pytest.raises(ScenarioError, match=r"runs\[0\].mask: no neuron 'h3'; did you mean 'h"):
        scenario_of(tmp_path, HIDDEN, data, {**whole, "mask": {"h3": 2}})


def test_a_step_has_masks_of_its_own(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """First y = 2u; u = 0.5 - 0.1 * 4 and a = 1 - 0.1 * 2; then y = 4v; then y = ua."""
    steps = [
        {
            "do": "step", "mask": {"h1": 2},
            "printed": {"y.out": "1", "u.weight": "0.1", "v.weight": "1.5"},
        },
        {
            # y = 2 * 2 * 1.5 = 6, dE/dv = 12 * 4, and dE/da = 0.
            "do": "train", "rounds": 1, "mask": {"h1": 0, "h2": 2},
            "printed": {"y.out": "6", "u.weight": "0.1", "v.weight": "-3.3", "h1.out": "0"},
        },
        {"do": "forward", "printed": {"y.out": "0.08", "h1.out": "0.8", "h2.out": "0"}},
        {"do": "backward", "printed": {"u.gradient": "0.128"}},
        {"do": "check", "gradients": "agree"},
    ]  # fmt: skip
    run = {"mask": {"h2": 0}, "learning_rate": 0.1, "steps": steps}
    data = {"inputs": [1], "targets": [0]}
    scenario = scenario_of(tmp_path, HIDDEN, data, run)
    assert passes(scenario)
    file = str(scenario.file)
    assert main(["explain", file, "u.new_weight"]) == 0
    assert "0.5 - 0.1*4 = 0.1" in capsys.readouterr().out
    assert main(["explain", file, "v.new_weight", "--at", "1"]) == 0
    assert "1.5 - 0.1*48 = -3.3" in capsys.readouterr().out
    assert main(["explain", file, "y.out", "--at", "3"]) == 0
    assert "0.1*0.8 + (-3.3)*0 = 0.08" in capsys.readouterr().out
    assert main(["step", file, "--json"]) == 0
    events = json.loads(capsys.readouterr().out)["events"]
    outs = {its["address"]: its["value"] for its in events if "value" in its}
    assert (outs["h1.out"], outs["h2.out"], outs["y.out"]) == (2.0, 0.0, 1.0)
    masks = {neuron.name: neuron.mask for neuron in basis_of(scenario).facts.neurons}
    assert (masks["h1"], masks["h2"]) == (2.0, 0.0)
    (page,) = example_of(scenario).runs
    assert (page.network.neuron("h1").mask, page.network.neuron("h2").mask) == (2.0, 0.0)
    assert page.unheeded[0] == ("unheeded_mask", "h1, h2")


@pytest.mark.parametrize(
    ("mask", "message"),
    [
        ({"h3": 2}, r"steps\[0\].mask: no neuron 'h3'; did you mean 'h"),
        ({"x1": 2}, r"steps\[0\].mask: neuron 'x1' has a mask, and its out is given"),
        ({"h1": "2"}, r"steps\[0\].mask.h1: expected a number"),
    ],
)
def test_a_wrong_mask_of_a_step_is_refused(
    tmp_path: Path, mask: dict[str, Any], message: str
) -> None:
    """The place is named, and the nearest neuron."""
    steps = [{"do": "forward", "mask": mask}]
    with pytest.raises(ScenarioError, match=message):
        scenario_of(tmp_path, HIDDEN, {"inputs": [1], "targets": [0]}, {"steps": steps})


def test_a_check_after_a_step_is_under_its_masks(tmp_path: Path) -> None:
    """The weights are those before the step, and the masks those in it."""
    steps = [{"do": "step", "mask": {"h1": 3}}, {"do": "check", "gradients": "agree"}]
    run = {"learning_rate": 0.1, "steps": steps}
    assert passes(scenario_of(tmp_path, HIDDEN, {"inputs": [1], "targets": [0]}, run))


def test_an_update_is_about_the_samples_of_its_passes(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Sample 2 of out 2 and target 1 alone: gradient 2, and w = 1 - 0.1 * 2."""
    steps = [{"do": "forward", "samples": [2]}, {"do": "backward"}, {"do": "update"}]
    run = {"learning_rate": 0.1, "steps": steps}
    scenario = scenario_of(tmp_path, one_weight(1.0), LINE, run)
    assert main(["step", str(scenario.file), "--json"]) == 0
    events = json.loads(capsys.readouterr().out)["events"]
    values = {its["address"]: its["value"] for its in events if "value" in its}
    assert (values["y.out"], values["w.weight"]) == (2.0, 0.8)
    assert basis_of(scenario, None, 2).learning_rate == 0.1
    assert basis_of(scenario, None, 1).learning_rate is None
    assert main(["explain", str(scenario.file), "w.new_weight"]) == 0
    assert "1 - 0.1*2 = 0.8" in capsys.readouterr().out


def test_nets_and_outs_may_be_given(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """With out of h1 stated as 3 and net of h2 as 4, y = 0.5 * 3 + 1.5 * 4 = 7.5, dE/dy = 15."""
    steps = [
        {"do": "set", "values": {"h1.out": 3, "h2.net": 4}},
        {"do": "forward", "printed": {"h1.net": "1", "h1.out": "3", "h2.out": "4", "y.out": "7.5"}},
        {"do": "loss", "printed": {"loss": "56.25"}},
        {
            "do": "backward",
            "printed": {"u.gradient": "45", "v.gradient": "60", "a.gradient": "7.5"},
        },
        {"do": "forward", "printed": {"y.out": "3.5"}},
    ]
    scenario = scenario_of(tmp_path, HIDDEN, {"inputs": [1], "targets": [0]}, {"steps": steps})
    assert passes(scenario)
    explained = str(ng.explain(network_after(scenario, scenario.runs[0], 4), "y.net"))
    assert "0.5*3 + 1.5*4" in explained
    assert "max(0, net_h1)" not in explained
    given = str(ng.explain(network_after(scenario, scenario.runs[0], 4), "h1.out"))
    assert "the out of h1, given and not computed" in given
    assert main(["inspect", str(scenario.file), "h1", "--at", "4"]) == 0
    assert re.search(r"^out +3 +given, not computed$", capsys.readouterr().out, re.MULTILINE)
    changes = ng.what_if(network_after(scenario, scenario.runs[0], 4), {"u.weight": 1.0}).changes
    assert {its.address: (its.before, its.after) for its in changes}["y.out"] == (7.5, 9.0)
    steps[3]["printed"]["v.gradient"] = "-60"
    wrong = scenario_of(tmp_path, HIDDEN, {"inputs": [1], "targets": [0]}, {"steps": steps})
    assert "the other sign" in str(reconcile(wrong))
    picture = ["--what", "curve", "-o", str(tmp_path / "c.svg")]
    assert main(["plot", str(scenario.file), *picture]) == 2
    assert "run 'r1' begins with some that are given" in " ".join(capsys.readouterr().err.split())
    assert main(["step", str(scenario.file), "--json"]) == 0
    events = json.loads(capsys.readouterr().out)["events"]
    values = {its["address"]: its["value"] for its in events}
    assert (values["h1.out"], values["h2.out"], values["y.out"]) == (3.0, 4.0, 7.5)
    assert (values["u.gradient"], values["v.gradient"], values["a.gradient"]) == (45.0, 60.0, 7.5)
    sheet = exercise(scenario)
    answers = {question.address: question.value for question in sheet.asked}
    assert (answers["y.out"], answers["loss"], answers["u.gradient"]) == (7.5, 56.25, 45.0)
    assert not {"h1.out", "h1.net", "h2.net"} & answers.keys()
    assert "out_h1" in Sheet(exercise=sheet).text().partition("Given")[2].partition("Forward")[0]
    file = tmp_path / "week1.exercise.toml"
    write_exercise(sheet, file)
    assert load_exercise(file).id == sheet.id
    with pytest.raises(InvalidValueError, match="a round without given nets or outs: leave out"):
        exercise(scenario, vary=True)
    with pytest.raises(InvalidValueError, match="gives nets or outs, and a page computes what eq"):
        ng.page(sheet, path=tmp_path / "page.html")


def test_what_is_given_is_explained_before_a_backward_pass(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """With out of h1 stated as 3 and h2 of 2: y = 0.5 * 3 + 1.5 * 2, and dE/du = 9 * 3."""
    steps = [{"do": "set", "values": {"h1.out": 3}}, {"do": "forward"}]
    scenario = scenario_of(tmp_path, HIDDEN, {"inputs": [1], "targets": [0]}, {"steps": steps})
    assert main(["explain", str(scenario.file), "y.net"]) == 0
    assert "0.5*3 + 1.5*2 = 4.5" in capsys.readouterr().out
    assert main(["explain", str(scenario.file), "u.gradient", "--depth", "0"]) == 0
    assert "9 * 3 = 27" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("address", "message"),
    [
        ("h1.out", r'values."h1.out": is given for the next .forward., and .train. comes first'),
        ("h1.velocity", "'h1' is a neuron, which has no velocity; did you mean 'h1.bias_velocity'"),
        ("u.bias_change", "'u' is a connection, which has no .*; did you mean 'u.change'"),
        ("h1.penalty_gradient", "did you mean 'h1.penalty_bias_gradient'"),
        ("u.slope", "'u' is a connection, which has no slope; it has weight, message"),
    ],
)
def test_what_cannot_be_set_is_refused(tmp_path: Path, address: str, message: str) -> None:
    """The place is named, and what was probably meant."""
    run = train("momentum", 1, {}, learning_rate=0.1)
    run["steps"].insert(0, {"do": "set", "values": {address: 1}})
    with pytest.raises(ScenarioError, match=message):
        scenario_of(tmp_path, HIDDEN, {"inputs": [1], "targets": [0]}, run)


def test_a_page_may_report_another_loss_than_it_trains_on(tmp_path: Path) -> None:
    """With w = 1 and t = 0: 1/2 is trained on, 1 is reported, and the gradient stays 1."""
    steps = [
        {"do": "forward"},
        {"do": "loss", "loss": "squared_error", "printed": {"loss": "1.0"}},
        {"do": "backward", "printed": {"w.gradient": "1", "loss": "0.5"}},
    ]
    data = {"inputs": [1], "targets": [0]}
    assert passes(scenario_of(tmp_path, one_weight(1.0), data, {"steps": steps}))
    steps[1]["loss"] = "squared_eror"
    with pytest.raises(ScenarioError, match=r"steps\[1\].loss: .*did you mean 'squared_error'"):
        scenario_of(tmp_path, one_weight(1.0), data, {"steps": steps})


def test_a_loss_that_is_reported_leaves_the_gradients(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """With w = 1 and t = 0 the gradient of 1/2 is 1, before and after 1 is reported."""
    steps = [
        {"do": "forward"},
        {"do": "backward"},
        {"do": "loss", "loss": "sse", "printed": {"loss": "1", "y.loss": "1"}},
        {"do": "backward", "printed": {"loss": "0.5", "w.gradient": "1"}},
        {"do": "loss", "loss": "target + 7 * out", "printed": {"loss": "7"}},
        {"do": "update", "printed": {"w.weight": "0.9", "w.gradient": "1", "loss": "0.5"}},
        {"do": "forward"},
        {"do": "loss", "loss": "sse", "printed": {"loss": "0.81"}},
    ]
    run = {"learning_rate": 0.1, "steps": steps}
    scenario = scenario_of(tmp_path, one_weight(1.0), {"inputs": [1], "targets": [0]}, run)
    assert passes(scenario)
    file = str(scenario.file)
    for question, answer in (
        (["w.new_weight"], "1 - 0.1*1 = 0.9"),
        (["loss"], "loss = 0.5"),
        (["loss", "--at", "5"], "loss = 7"),
        (["w.gradient", "--at", "5"], "w.gradient = 1"),
        (["w.gradient", "--at", "3", "--depth", "0"], "1 * 1 * 1"),
    ):
        assert main(["explain", file, *question]) == 0
        assert answer in capsys.readouterr().out
    assert main(["inspect", file, "w"]) == 0
    assert re.search(r"^gradient +1 ", capsys.readouterr().out, re.MULTILINE)
    # At w = 0.9 the loss that is trained on is 0.405.
    picture = ["--what", "curve", "--over", "w", "-o", str(tmp_path / "curve.svg")]
    assert main(["plot", file, *picture]) == 0
    assert "the network is at 0.9, loss 0.405" in " ".join(capsys.readouterr().out.split())


def test_a_page_may_report_the_sum_and_train_on_the_mean(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Errors 1/2 and 2: the sum is 2.5, the mean 1.25, and the gradient (1 + 4) / 2."""
    steps = [
        {"do": "forward"},
        {"do": "loss", "reduction": "sum", "printed": {"loss": "2.50"}},
        {"do": "backward", "printed": {"w.gradient": "2.5", "loss": "1.25"}},
    ]
    data = {"inputs": [[1], [2]], "targets": [[0], [0]]}
    scenario = scenario_of(tmp_path, one_weight(1.0), data, {"steps": steps})
    assert passes(scenario)
    assert main(["explain", str(scenario.file), "loss", "--at", "2"]) == 0
    assert "0.5 + 2 = 2.5" in capsys.readouterr().out
    assert ("unheeded_loss", "sum") in example_of(scenario).runs[0].unheeded
    steps[1]["reduction"] = "summ"
    message = r"steps\[1\].reduction: .*did you mean 'sum'"
    with pytest.raises(ScenarioError, match=message):
        scenario_of(tmp_path, one_weight(1.0), data, {"steps": steps})


# -- what is said of it --------------------------------------------------------------------------


def test_an_update_is_explained_with_what_its_optimizer_begins_with(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """With -0.8 remembered, v = 0.4 * (-0.8) - 0.5; of the second change, v = 0.4 * (-0.82) - g."""
    steps = [
        {"do": "set", "values": {"w.change": 0.08}},
        {"do": "train", "rounds": 1, "printed": {"w.weight": "0.582"}},
        {"do": "train", "rounds": 1},
    ]
    run = {
        "optimizer": {"name": "momentum", "momentum": 0.4}, "learning_rate": 0.1, "steps": steps,
    }  # fmt: skip
    scenario = scenario_of(tmp_path, one_weight(0.5), {"inputs": [1], "targets": [1]}, run)
    assert main(["explain", str(scenario.file), "w.new_weight"]) == 0
    shown = capsys.readouterr().out
    assert "0.4*(-0.8) + (-0.5)" in shown
    assert "= 0.582" in shown
    assert "begins at 0" not in shown
    assert main(["explain", str(scenario.file), "w.velocity", "--at", "3"]) == 0
    assert "0.4*(-0.82) + (-0.418)" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("question", "changes", "new_weight"),
    [
        # With w = 1 the gradient is 0, and v = 0.4 * (-0.8).
        ("w.weight=1", (0.082, 0.032), 1.032),
        # Of the same kind: v = 0.9 * (-0.8) - 0.5, and 0.5 + 0.9 * 1.22 = 1.598.
        ("optimizer=nesterov", (0.082, 0.1598), 0.6598),
        # Of another kind, which begins at 0: the first change is the rate.
        ("optimizer=adam", (0.082, 0.1 * 0.5 / (0.5 + 1e-8)), 0.5 + 0.1 * 0.5 / (0.5 + 1e-8)),
    ],
)
def test_what_if_begins_with_what_an_optimizer_remembers(
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    question: str,
    changes: tuple[float, float],
    new_weight: float,
) -> None:
    """By momentum from the velocity -0.8 that is set, w = 0.5 becomes 0.582."""
    steps = [
        {"do": "set", "values": {"w.change": 0.08}},
        {"do": "train", "rounds": 1, "printed": {"w.weight": "0.582"}},
    ]
    run = {
        "optimizer": {"name": "momentum", "momentum": 0.4}, "learning_rate": 0.1, "steps": steps,
    }  # fmt: skip
    scenario = scenario_of(tmp_path, one_weight(0.5), {"inputs": [1], "targets": [1]}, run)
    assert main(["explain", str(scenario.file), "--what-if", question, "--json"]) == 0
    found = {its["address"]: its for its in json.loads(capsys.readouterr().out)["changes"]}
    change, new = found["w.change"], found["w.new_weight"]
    assert (change["before"], change["after"]) == pytest.approx(changes, rel=1e-12)
    assert (new["before"], new["after"]) == pytest.approx((0.582, new_weight), rel=1e-12)


def test_an_update_that_what_if_leaves_out_is_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A batch of one has gradients of its own, which passes with all samples do not show."""
    run = train("gradient_descent", 1, {}, learning_rate=0.1, batch_size=1)
    scenario = scenario_of(tmp_path, one_weight(1.0), LINE, run)
    assert main(["explain", str(scenario.file), "--what-if", "w.weight=2"]) == 0
    shown = capsys.readouterr()
    assert "w.new_weight" not in shown.out
    left_out = "the update is left out: step 1 of run 'r1' changes weights after every 1 of 3"
    assert left_out in " ".join(shown.err.split())


def test_what_if_takes_a_penalty_as_a_file_states_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """With w = 3 and out = target: 2/2 * 9 is added to the error, and 2 * 3 to the gradient."""
    run = {"penalty": {"l2": 1.0}, "steps": [{"do": "forward"}, {"do": "backward"}]}
    scenario = scenario_of(tmp_path, one_weight(3.0), {"inputs": [1], "targets": [3]}, run)
    question = ["--what-if", "penalty={ l2 = 2 }"]
    assert main(["explain", str(scenario.file), *question, "--json"]) == 0
    found = {its["address"]: its for its in json.loads(capsys.readouterr().out)["changes"]}
    assert (found["loss"]["before"], found["loss"]["after"]) == (4.5, 9.0)
    assert (found["w.gradient"]["before"], found["w.gradient"]["after"]) == (3.0, 6.0)
    net = network_after(scenario, scenario.runs[0], 2)
    for penalty in ({"l2": 2}, "{ l2 = 2 }", Penalty(l2=2)):
        assert ng.what_if(net, {"penalty": penalty})["loss"].after == 9.0
    assert main(["explain", str(scenario.file), "--what-if", "penalty={ l3 = 2 }"]) == 2
    assert "no key 'l3' of penalty; did you mean 'l2'?" in capsys.readouterr().err


def test_a_rate_that_falls_is_explained_as_its_formula(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The first change is by 0.3 / (1 + 2 * 1)."""
    run = train("gradient_descent", 3, {}, learning_rate="0.3 / (1 + 2 * step)")
    data = {"inputs": [1], "targets": [0]}
    scenario = scenario_of(tmp_path, one_weight(1.0), data, run)
    assert main(["explain", str(scenario.file), "w.new_weight", "--depth", "0"]) == 0
    shown = capsys.readouterr().out
    assert "1 - 0.1*1 = 0.9" in shown
    assert "η is the learning rate, 0.3 / (1 + 2 * step) = 0.1." in shown
    # A sheet has the rate of its one change, which is read again where it is marked.
    assert main(["exercise", str(scenario.file), "-o", str(tmp_path / "sheet.md")]) == 0
    assert "η = 0.1." in (tmp_path / "sheet.md").read_text(encoding="utf-8")
    sheet = str(tmp_path / "sheet.exercise.toml")
    assert ng.load_scenario(sheet).runs[0].learning_rate == pytest.approx(0.1, rel=1e-15)
    assert run_scenario(ng.load_scenario(sheet)).passed


MEANINGS = [
    ({"delta": "target - out"}, "w", "gradient", "-dE/dw = delta_post * out_pre"),
    ({"delta": "target - out"}, "y", "delta", "-dE/dnet"),
    (
        {"penalty": {"l1": 0.1}}, "w", "gradient",
        "dE/dw = delta_post * out_pre + what the penalty adds",
    ),
    ({"penalty": {"l1": 0.1}}, "y", "bias_gradient", "dE/dbias"),
    (
        {"penalty": {"l1": 0.1, "biases": True}}, "y", "bias_gradient",
        "dE/dbias + what the penalty adds",
    ),
    (
        {"penalty": {"l1": 0.1, "biases": True}}, "y", "data_bias_gradient",
        "dE/dbias without what the penalty adds",
    ),
    ({"slope": "one"}, "y", "slope", "dout/dnet = f'(net), with 1 for f'"),
    ({"slope": "one_at_outputs"}, "y", "slope", "dout/dnet = f'(net), with 1 for f'"),
    ({"mask": {"y": 2}}, "y", "out", "out_j = mask * f(net_j)"),
    ({}, "x", "out", "what is put in"),
]  # fmt: skip


@pytest.mark.parametrize(("keys", "name", "quantity", "meaning"), MEANINGS)
def test_numbers_are_named_as_the_run_computes_them(
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    keys: dict[str, Any],
    name: str,
    quantity: str,
    meaning: str,
) -> None:
    """A listing of one neuron or connection, and of all events, says the same of a number."""
    net = one_weight(0.5)
    net["neurons"][1]["bias"] = 0.25
    run = {"steps": [{"do": "forward"}, {"do": "backward"}], **keys}
    scenario = scenario_of(tmp_path, net, {"inputs": [1], "targets": [1]}, run)
    assert main(["inspect", str(scenario.file), name, "--format", "markdown"]) == 0
    lines = capsys.readouterr().out.replace("\\*", "*").splitlines()
    rows = [line.split("|") for line in lines if "|" in line]
    found = {row[1].strip(): row[3].strip() for row in rows if len(row) > 4}
    assert found[quantity] == meaning
    assert main(["step", str(scenario.file), "--format", "markdown"]) == 0
    lines = capsys.readouterr().out.replace("\\*", "*").splitlines()
    rows = [line.split("|") for line in lines if "|" in line]
    listed = {row[3].strip(" `"): row[5].strip() for row in rows}
    assert listed.get(f"{name}.{quantity}", meaning) == meaning


def test_a_rate_falls_where_values_are_rounded(tmp_path: Path) -> None:
    """From w = 1 to 0: 0.5, then 0.5 - 0.25 * 0.5 = 0.375, then 0.375 - 0.38 / 6 as out is 0.38."""
    printed = {"w.weight": [
        {"value": "0.50", "round": 1}, {"value": "0.375", "round": 2}, {"value": "0.3117"},
    ]}  # fmt: skip
    run = train("sgd", 3, printed, learning_rate="0.5 / (1 + epoch)", digits=2)
    scenario = scenario_of(tmp_path, one_weight(1.0), {"inputs": [1], "targets": [0]}, run)
    assert passes(scenario)


def test_a_slope_that_is_taken_as_1_is_explained_so(tmp_path: Path) -> None:
    """A step has the derivative 0."""
    net = one_weight(0.5)
    net["neurons"][1]["activation"] = "step"
    run = {"slope": "one", "steps": [{"do": "forward"}, {"do": "backward"}]}
    scenario = scenario_of(tmp_path, net, {"inputs": [1], "targets": [0]}, run)
    explained = str(ng.explain(network_after(scenario, scenario.runs[0], 2), "y.slope"))
    assert "1, taken for the slope of the activation of y, step" in explained


def test_a_row_of_an_online_epoch_is_explained_and_asked(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The first row is about sample 2: out 2, target 1."""
    steps = [{"do": "step", "samples": [2]}, {"do": "step", "samples": [1]}]
    scenario = scenario_of(
        tmp_path, one_weight(1.0), LINE, {"learning_rate": 0.1, "steps": steps}
    )  # fmt: skip
    assert main(["explain", str(scenario.file), "w.new_weight"]) == 0
    assert "1 - 0.1*2" in capsys.readouterr().out
    assert main(["inspect", str(scenario.file), "w", "--at", "1"]) == 0
    assert "0.8" in capsys.readouterr().out
    assert main(["explain", str(scenario.file), "y.out"]) == 0
    assert "= 1 * 2 = 2" in capsys.readouterr().out
    assert main(["explain", str(scenario.file), "--what-if", "w.weight=2", "--json"]) == 0
    changes = {its["address"]: its for its in json.loads(capsys.readouterr().out)["changes"]}
    # Error 3 of out 4, gradient 6, and the new weight 2 - 0.6.
    assert changes["w.new_weight"]["after"] == pytest.approx(1.4, rel=1e-15)
    output = tmp_path / "round.jsonl"
    assert main(["step", str(scenario.file), "-o", str(output)]) == 0
    events = [json.loads(line) for line in output.read_text(encoding="utf-8").splitlines()]
    assert {its["address"]: its["value"] for its in events if "address" in its}["y.out"] == 2.0
    capsys.readouterr()
    basis = basis_of(scenario, None, 2)
    assert (basis.inputs, basis.targets, basis.learning_rate) == ((2.0,), (1.0,), 0.1)
    assert basis_of(scenario, None, 1).learning_rate is None


def test_a_page_begins_as_the_run_does(tmp_path: Path) -> None:
    """The first round in a browser: its samples, and the velocity that is set."""
    steps = [
        {"do": "set", "values": {"w.velocity": 0.5}},
        {"do": "train", "rounds": 1, "samples": [3]},
        {"do": "train", "rounds": 1, "samples": [2]},
    ]
    run = {
        "optimizer": {"name": "momentum", "momentum": 0.5}, "learning_rate": 0.1, "steps": steps,
    }  # fmt: skip
    example = example_of(scenario_of(tmp_path, one_weight(1.0), LINE, run))
    ask = """
    function ask(address) {
      const now = lesson.moment({ run: 0, edits: NO_EDITS, sample: 0, step: null });
      return lesson.valueAt(now, lesson.variableOf(now.program, address));
    }
    """
    context = lesson_engine(example, ask)
    # Of sample 3: out 3, target 2, gradient 3, velocity 0.25 + 3, change -0.325.
    for address, value in {
        "y.out": 3,
        "w.gradient": 3,
        "w.velocity": 3.25,
        "w.change": -0.325,
    }.items():
        assert context.call("ask", address) == pytest.approx(value, rel=1e-15)
    assert example.runs[0].inputs.tolist() == [[3.0], [2.0]]
    steps[1]["samples"] = [3, 1]
    online = example_of(scenario_of(tmp_path, one_weight(1.0), LINE, {**run, "batch_size": 1}))
    assert online.runs[0].inputs.tolist() == [[3.0], [1.0], [2.0]]
    assert online.runs[0].first_batch == [0]


def test_a_run_with_edits_has_rounds_and_samples(tmp_path: Path) -> None:
    """Without the learning rate w jumps to the target 3, stays, and then goes on to 3 - 4 * 2."""
    rounds = {
        "do": "train", "rounds": 2, "samples": [1],
        "printed": {"w.weight": [{"value": "3.0", "round": 1}, {"value": "3.0"}]},
    }  # fmt: skip
    alone = {"do": "step", "samples": [2], "printed": {"y.out": "6", "w.weight": "-5"}}
    data = {"inputs": [[1], [2]], "targets": [[3], [2]]}
    run = {"learning_rate": 0.1, "edits": ["learning rate left out"], "steps": [rounds, alone]}
    assert run_scenario(scenario_of(tmp_path, one_weight(1.0), data, run)).passed


# -- data ----------------------------------------------------------------------------------------


def test_standard_deviations_over_n_or_n_minus_1(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The line through (1, 10), (2, 14), (3, 15), (6, 25) is that of NumPy, over either."""
    table = "size,price\n1,10\n2,14\n3,15\n6,25\n"
    (tmp_path / "small.csv").write_text(table, encoding="utf-8")
    x, y = np.array([1.0, 2, 3, 6]), np.array([10.0, 14, 15, 25])
    printed = {}
    for word, ddof in (("n-1", 1), (True, 0)):
        z = (x - x.mean()) / x.std(ddof=ddof)
        weight, bias = np.linalg.lstsq(np.stack([z, np.ones(4)], axis=1), y, rcond=None)[0]
        printed[word] = {"y.bias": f"{bias:.6f}", "w.weight": f"{weight:.6f}"}
    assert printed["n-1"] == {"y.bias": "16.000000", "w.weight": "6.326437"}
    net = one_weight(0.0)
    net["neurons"][1]["bias"] = 0.0
    for word, values in printed.items():
        data = {
            "file": "small.csv", "inputs": {"x": "size"}, "targets": {"y": "price"},
            "standardize": word,
        }  # fmt: skip
        step = {"do": "train", "rounds": 300, "printed": values}
        scenario = scenario_of(tmp_path, net, data, {"learning_rate": 0.5, "steps": [step]})
        assert passes(scenario)
        assert main(["run", str(scenario.file)]) == 0
        said = "(x - mean) / standard deviation, over n - 1"
        assert (said in " ".join(capsys.readouterr().out.split())) is (word == "n-1")
    data["standardize"] = "n1"
    with pytest.raises(ScenarioError, match="unknown choice 'n1'; did you mean 'n"):
        scenario_of(tmp_path, net, data, {"steps": [{"do": "forward"}]})


def test_inputs_are_scaled_to_their_range(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Of 10, 20 and 40 the second is a third on the way; audit tries no other deviation there."""
    outs = [{"value": value, "sample": n} for n, value in enumerate(("0", "1/3", "1"), start=1)]
    steps = [{"do": "forward", "printed": {"x.out": outs, "y.out": {"value": "2/3", "sample": 2}}}]
    data: dict[str, Any] = {"inputs": [[10], [20], [40]], "standardize": "range"}
    scenario = scenario_of(tmp_path, one_weight(2.0), data, {"steps": steps})
    assert passes(scenario)
    assert scenario.data.standardized == "range"
    assert main(["run", str(scenario.file)]) == 0
    assert "every input column: (x - least) / (largest - least)" in capsys.readouterr().out
    assert main(["run", str(scenario.file), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["data"]["standardized"] == "range"
    assert main(["audit", str(scenario.file)]) == 0
    assert "standardised" not in capsys.readouterr().out
    for wrong, message in (
        ({"standardize": "rnage"}, "unknown choice 'rnage'; did you mean 'range'"),
        ({"inputs": [[7], [7], [7]]}, "input 'x' is the same in every sample"),
        ({"inputs": [[1e308], [-1e308]]}, "the numbers of input 'x' are too large"),
    ):
        with pytest.raises(ScenarioError, match=message):
            scenario_of(tmp_path, one_weight(2.0), data | wrong, {"steps": [{"do": "forward"}]})


def test_targets_may_be_left_out(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Outs are printed of w * x = 2 x; what compares with targets says that there are none."""
    steps = [{"do": "forward", "printed": {"y.out": [{"value": "6", "sample": 2}]}}]
    scenario = scenario_of(tmp_path, one_weight(2.0), {"inputs": [[1], [3]]}, {"steps": steps})
    assert passes(scenario)
    file = str(scenario.file)
    for command in (
        ["run", file, "--json"], ["run", file], ["inspect", file, "y"], ["audit", file],
        ["explain", file, "y.net", "--sample", "2"],
        ["plot", file, "--what", "network", "-o", str(tmp_path / "net.svg")],
        ["page", file, "-o", str(tmp_path / "page.html")],
    ):  # fmt: skip
        assert main(command) == 0, command
        shown = capsys.readouterr()
        assert "nan" not in shown.out.lower().replace("finan", ""), command
    sheet = str(tmp_path / "sheet.md")
    for command, what in (
        (["exercise", file, "-o", sheet], "an exercise"),
        (["step", file, "-o", str(tmp_path / "round.jsonl")], "a round"),
        (["plot", file, "--what", "curve", "-o", str(tmp_path / "curve.svg")], "a curve"),
    ):
        assert main(command) == 2
        assert f"data: missing key 'targets', which {what} needs" in " ".join(
            capsys.readouterr().err.split()
        )


def test_a_step_that_needs_targets_says_so(tmp_path: Path) -> None:
    """Each that compares, goes back or changes weights; and a figure of the error."""
    for do in ("loss", "backward", "step", "attribute", "curvature"):
        with pytest.raises(
            ScenarioError, match=rf"steps\[1\]: '{do}' needs targets, and 'data' has none"
        ):
            scenario_of(
                tmp_path, one_weight(2.0), {"inputs": [1]},
                {"learning_rate": 0.1, "steps": [{"do": "forward"}, {"do": do}]},
            )  # fmt: skip
    content = tomllib.loads(SMALL) | {"figures": [{"what": "curve"}]}
    del content["data"]["targets"]
    content["runs"] = [{"name": "outs", "steps": [{"do": "forward"}]}]
    with pytest.raises(ScenarioError, match=r"figures\[0\].what: 'curve' needs targets"):
        load(tmp_path, as_toml(content))


def test_a_loss_of_out_alone_needs_no_targets(tmp_path: Path) -> None:
    """A circuit (x + y) z is differentiated, and out^2 is walked down: 1 - 0.1 * 2 = 0.8."""
    linear = {"activation": "identity"}
    circuit = {
        "loss": "out",
        "neurons": [
            *({"name": name} for name in "xyz"),
            {"name": "q", **linear}, {"name": "f", "combine": "product", **linear},
        ],
        "connections": [
            {"pre": pre, "post": post, "weight": 1} for pre, post in ("xq", "yq", "qf", "zf")
        ],
    }  # fmt: skip
    gradients = {"x": "-4", "y": "-4", "q": "-4", "z": "3", "f": "1"}
    back = {"do": "backward", "printed": {f"{k}.out_gradient": v for k, v in gradients.items()}}
    forward = {"do": "forward", "printed": {"f.out": "-12"}}
    run = {"steps": [forward, back]}
    assert passes(scenario_of(tmp_path, circuit, {"inputs": [-2, 5, -4]}, run))
    square = one_weight(1.0) | {"loss": "out**2"}
    run = train("gradient_descent", 1, {"w.gradient": "2", "w.weight": "0.8"}, learning_rate=0.1)
    assert passes(scenario_of(tmp_path, square, {"inputs": [1]}, run))


def test_the_errors_that_are_shared_out_need_targets(tmp_path: Path) -> None:
    """They are target - out, whatever the loss is; so it is where one run compares."""
    net, data = one_weight(1.0) | {"loss": "out"}, {"inputs": [1]}
    attribute, loss = {"do": "attribute"}, {"do": "loss", "loss": "squared_error"}
    for step in (attribute, loss):
        with pytest.raises(ScenarioError, match=rf"'{step['do']}' needs targets"):
            scenario_of(tmp_path, net, data, {"steps": [{"do": "forward"}, step]})


def test_nothing_says_targets_where_the_loss_has_none(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Neither the report, its data, the table of a neuron nor a sheet tells of a target."""
    steps = [{"do": "forward"}, {"do": "backward", "printed": {"w.gradient": "3"}}]
    square = one_weight(0.5) | {"loss": "out"}
    run = {"learning_rate": 0.1, "steps": [*steps, {"do": "update"}]}
    scenario = scenario_of(tmp_path, square, {"inputs": [3]}, run)
    assert passes(scenario)
    file = str(scenario.file)
    for command in (["run", file], ["inspect", file, "y"]):
        assert main(command) == 0
        assert "target" not in capsys.readouterr().out
    assert main(["run", file, "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["data"]["targets"] is None
    assert "target" not in Sheet(exercise=exercise(scenario)).text().lower()


def test_computed_values_have_the_comma_of_the_printed_ones(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """3/2 of an input of 3, and what is said of a value that is off by a hundredth."""
    printed = {"y.out": ["1,51", "3/2"]}
    content = tomllib.loads(SMALL) | {
        "network": one_weight(0.5), "data": {"inputs": [3]}, "decimal_comma": True,
        "runs": [{"name": "r1", "steps": [{"do": "forward", "printed": printed}]}],
    }  # fmt: skip
    scenario = load(tmp_path, as_toml(content))
    assert main(["run", str(scenario.file)]) == 1
    shown = " ".join(capsys.readouterr().out.split())
    assert "1,51 1,50000 FAILED" in shown
    assert "3/2 1,5 reproduced" in shown
    assert "printed 1,51, differs by 0,01; half a unit of the last digit is 0,005" in shown


def test_each_sample_has_a_loss(tmp_path: Path) -> None:
    """Outs 2 and 4 of targets 1 and 1: 1/2 and 9/2, 5/2 in the mean; the penalty is aside."""
    losses = [{"value": "0.5", "sample": 1}, {"value": "4.5", "sample": 2}]
    loss = {"do": "loss", "printed": {"loss": [*losses, "2.7"], "data_loss": [*losses, "2.5"]}}
    run = {"penalty": {"l2": 0.1}, "steps": [{"do": "forward"}, loss]}
    assert passes(
        scenario_of(tmp_path, one_weight(2.0), {"inputs": [[1], [2]], "targets": [[1], [1]]}, run)
    )


def test_what_is_one_value_over_all_samples_has_none_of_each(tmp_path: Path) -> None:
    """A gradient is the mean over the samples; the change of a weight is one."""
    printed = {"w.gradient": {"value": "1.0", "sample": 1}}
    steps = [{"do": "forward"}, {"do": "backward", "printed": printed}]
    data = {"inputs": [[1], [2]], "targets": [[1], [1]]}
    scenario = scenario_of(tmp_path, one_weight(2.0), data, {"steps": steps})
    with pytest.raises(ScenarioError, match=r'"w.gradient": is one value over all 2 samples'):
        run_scenario(scenario)


def test_a_rate_falls_in_steps(tmp_path: Path) -> None:
    """0.1 for two rounds, then half of it: the changes of w with gradient 1 are the rates."""
    rates = [{"value": rate, "round": n} for n, rate in ((1, "0.1"), (2, "0.1"), (3, "0.05"))]
    run = train("sgd", 3, {"w.step": rates}, learning_rate="0.1 * 0.5**floor(epoch / 2)")
    assert passes(scenario_of(tmp_path, one_weight(1.0) | {"loss": "out"}, {"inputs": [1]}, run))


# -- what a page makes of other numbers ----------------------------------------------------------


def test_a_value_may_be_a_formula_of_others(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Outs 2, 4 of w = 2 beside 1, 1: errors 1, 3, halves 0.5, 4.5, gradient (1 + 6) / 2 = 3.5."""
    data = {"inputs": [[1], [2]], "targets": [[1], [1]]}
    printed = {
        "e": [{"value": "-3", "sample": 2, "formula": "y.target - y.out"},
              {"value": "-1.5", "sample": 1, "formula": "(y.target - y.out) * 3 / w.weight"}],
        "sum": {"value": "4", "formula": "total(abs(y.target - y.out))"},
        "worst": {"value": "3", "formula": "largest(y.out - y.target)"},
        "RMSE": {"value": "2.236", "formula": "sqrt(2 * loss)"},
        "half": {"value": "0.5", "sample": 1, "formula": "loss * 1"},
        "loss": "2.5",
    }  # fmt: skip
    steps = [{"do": "forward"}, {"do": "loss", "printed": printed}]
    norm = [{"value": "3.5", "round": 1, "formula": "abs(w.gradient)"},
            {"value": "2.625", "round": 2, "formula": "abs(w.gradient)"}]  # fmt: skip
    trained = train("gradient_descent", 3, {"norm": norm, "rate": {
        "value": "10 %", "formula": "learning_rate"}}, learning_rate=0.1)  # fmt: skip
    scenario = scenario_of(tmp_path, one_weight(2.0), data, {"steps": steps}, trained)
    assert passes(scenario)
    assert main(["run", str(scenario.file)]) == 0
    shown = capsys.readouterr().out
    assert "e = y.target - y.out (sample 2)" in shown
    assert main(["run", str(scenario.file), "--json"]) == 0
    values = json.loads(capsys.readouterr().out)["runs"][0]["steps"][1]["values"]
    assert [value["formula"] for value in values[-2:]] == ["loss * 1", None]
    assert main(["page", str(scenario.file), "-o", str(tmp_path / "page.html")]) == 0
    assert main(["explain", str(scenario.file), "e"]) == 2
    said = " ".join(capsys.readouterr().err.split())
    assert "'e' is y.target - y.out on the page: explain what it is made of, y.target, y" in said


def test_what_a_formula_gives_follows_an_audit(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """With 2.3 read for 2 the outs are 2.3, 4.6, and (1.3^2 + 3.6^2) / 4 is 3.6625."""
    data = {"inputs": [[1], [2]], "targets": [[1], [1]]}
    printed = {"root": {"value": "1.913766", "formula": "sqrt(loss)"}, "loss": "3.6625"}
    outs = [{"value": "2.3", "sample": 1}, {"value": "4.6", "sample": 2}]
    steps = [
        {"do": "forward", "printed": {"w.weight": "2.3", "y.out": outs}},
        {"do": "loss", "printed": printed},
    ]
    scenario = scenario_of(tmp_path, one_weight(2.0), data, {"steps": steps})
    assert main(["audit", str(scenario.file), "--json"]) == 1
    audit = json.loads(capsys.readouterr().out)
    of_root = next(its for its in audit["values"] if its["address"] == "root")
    assert "2.3" in json.dumps(of_root["search"])


@pytest.mark.parametrize(
    ("formula", "message"),
    [
        ("sqrt(los)", r"printed\.a\.formula: .*unknown variable 'los'; did you mean 'loss'"),
        ("w.wieght", r"printed\.a\.formula: no quantity 'wieght' .*did you mean 'weight'"),
        ("v.weight", r"printed\.a: .*'v'"),
        ("w.weight +", r"printed\.a\.formula: .*not a formula"),
        # The place stands there once.
        (3, r"^[^:]+: [^:]+\.printed\.a\.formula: expected text, got the number 3"),
        ("y.out", "has a value for each of 2 samples; say which with 'sample', from 1, or take"),
    ],
)
def test_a_formula_of_a_value_is_checked(tmp_path: Path, formula: Any, message: str) -> None:
    """It names what there is, and is one number."""
    data = {"inputs": [[1], [2]], "targets": [[1], [1]]}
    steps = [{"do": "forward", "printed": {"a": {"value": "1", "formula": formula}}}]
    with pytest.raises(ScenarioError, match=message):
        run_scenario(scenario_of(tmp_path, one_weight(2.0), data, {"steps": steps}))


def test_a_name_of_the_page_without_a_formula_is_no_address(tmp_path: Path) -> None:
    """In a list each value needs one."""
    printed = {"slope": [{"value": "2", "formula": "w.weight"}, "2"]}
    with pytest.raises(ScenarioError, match=r"printed\.slope: 'slope' is not an address"):
        scenario_of(
            tmp_path, one_weight(2.0), LINE, {"steps": [{"do": "forward", "printed": printed}]}
        )


# -- names of optimisers -------------------------------------------------------------------------


def test_adadelta_needs_no_rate(tmp_path: Path) -> None:
    """From w = 5 of w^2 / 2: s = 2.5, and the change is 5 sqrt(1e-6 / (2.5 + 1e-6))."""
    change = 5 * math.sqrt(1e-6 / (2.5 + 1e-6))
    optimizer = {"name": "adadelta", "decay": 0.9}
    printed = {"w.change": f"{-change:.9f}", "w.weight": f"{5 - change:.9f}", "learning_rate": "1"}
    data = {"inputs": [1], "targets": [0]}
    assert passes(scenario_of(tmp_path, one_weight(5.0), data, train(optimizer, 1, printed)))
    half = {"w.weight": f"{5 - change / 2:.9f}"}
    run = train(optimizer, 1, half, learning_rate=0.5)
    assert passes(scenario_of(tmp_path, one_weight(5.0), data, run))
    with pytest.raises(ScenarioError, match="missing key 'learning_rate'"):
        scenario_of(tmp_path, one_weight(5.0), data, train("adagrad", 1, half))
    step = {"optimizer": "adadelta", "steps": [{"do": "step"}]}
    with pytest.raises(ScenarioError, match="missing key 'learning_rate'"):
        scenario_of(tmp_path, one_weight(5.0), data, step)


def test_adamw_is_adam_with_its_weight_decay(tmp_path: Path) -> None:
    """The first change of Adam is the rate: w = 1 - 0.1 - 0.1 * 0.5 * 1."""
    data, printed = {"inputs": [1], "targets": [-3]}, {"w.weight": "0.85"}
    for name in ("adamw", "AdamW"):
        optimizer = {"name": name, "weight_decay": 0.5, "epsilon": 0}
        run = train(optimizer, 1, printed, learning_rate=0.1)
        assert passes(scenario_of(tmp_path, one_weight(1.0), data, run))
    for optimizer in ("adamw", {"name": "adamw"}):
        run = train(optimizer, 1, printed, learning_rate=0.1)
        with pytest.raises(ScenarioError, match="'adamw' is 'adam' with a weight_decay, which it"):
            scenario_of(tmp_path, one_weight(1.0), data, run)
    with pytest.raises(ng.UnknownNameError, match=r"Adam\(weight_decay=0.01\) in Python"):
        get_optimizer("adamw")


@pytest.mark.parametrize(("delta", "velocity"), [("out - target", -0.5), ("target - out", 0.5)])
def test_a_change_before_is_a_velocity_with_the_rate_in_it(
    tmp_path: Path, delta: str, velocity: float
) -> None:
    """w+ = w - v: what is said in place of the change makes the step that continues it."""
    data, inside = {"inputs": [1], "targets": [-3]}, {"name": "momentum", "rate_inside": True}

    def begun(address: str, number: float, printed: dict[str, Any]) -> Any:
        run = train(inside | {"momentum": 0.5}, 1, printed, learning_rate=0.1)
        run["steps"].insert(0, {"do": "set", "values": {address: number}})
        return scenario_of(tmp_path, one_weight(1.0), data, run | {"delta": delta})

    message = f"'w.change' is nothing that momentum .*; this change is w.velocity = {velocity:g}$"
    with pytest.raises(ScenarioError, match=message):
        passes(begun("w.change", 0.5, {"w.weight": "1"}))
    # The gradient is w + 3 = 4: 1 - 0.1 * 4 + 0.5 * 0.5.
    assert passes(begun("w.velocity", velocity, {"w.weight": "0.85", "w.change": "-0.15"}))


def test_a_weight_decay_of_a_file_may_spare_biases(tmp_path: Path) -> None:
    """Misspelt it is named, and without a weight decay it is refused."""
    data = {"inputs": [1], "targets": [-3]}
    for stated, problem in (
        ({"weight_decay": 0.5, "bias": False}, "unknown key 'bias'; did you mean 'biases'"),
        ({"weight_decay": 0.5, "biases": 0}, "biases: expected true or false"),
        ({"biases": False}, "biases of momentum says what its weight_decay is for"),
    ):
        run = train({"name": "momentum", **stated}, 1, {"w.weight": "1"})
        with pytest.raises(ScenarioError, match=problem):
            scenario_of(tmp_path, one_weight(1.0), data, run)


@pytest.mark.parametrize("name", ["nadam", "Rprop", "adamax", "lion", "L-BFGS"])
def test_an_optimizer_of_others_is_no_other(tmp_path: Path, name: str) -> None:
    """What is known elsewhere alone is not taken for one whose name is like it."""
    message = f"no optimizer '{name}' here; there are gradient_descent, .*adam"
    for optimizer in (name, {"name": name}):
        with pytest.raises(ScenarioError, match=message):
            scenario_of(
                tmp_path, one_weight(1.0), LINE, train(optimizer, 1, {}, learning_rate=0.1)
            )
    with pytest.raises(ng.UnknownNameError, match=message):
        get_optimizer(name)


def test_the_rate_may_stand_in_the_velocity(tmp_path: Path) -> None:
    """Of w^2 / 2 with a rate that falls; what Nesterov's authors call theta is `unshifted`."""
    rates, momentum = (0.1, 0.05, 0.1 / 3), 0.5
    w, v = 1.0, 0.0
    theta, u = 1.0, 0.0  # of Sutskever: u = m u - r g(theta + m u), theta + u
    plain, ahead = {"w.velocity": [], "w.weight": []}, {"w.velocity": [], "w.unshifted": []}
    for number, rate in enumerate(rates, start=1):
        v = momentum * v + rate * w
        w -= v
        u = momentum * u - rate * (theta + momentum * u)
        theta += u
        for printed, values in ((plain, (v, w)), (ahead, (-u, theta))):
            for entries, value in zip(printed.values(), values, strict=True):
                entries.append({"value": f"{value:.12f}", "round": number})
    keys = {"momentum": momentum, "rate_inside": True}
    data = {"inputs": [1], "targets": [0]}
    for delta in ("out - target", "target - out"):
        runs = [
            train({"name": name, **keys}, 3, printed if delta == "out - target" else {
                key: its for key, its in printed.items() if key != "w.velocity"
            }, learning_rate="0.1 / step", delta=delta)
            for name, printed in (("momentum", plain), ("nesterov", ahead))
        ]  # fmt: skip
        assert passes(scenario_of(tmp_path, one_weight(1.0), data, *runs))
    wrong = train({"name": "nesterov", **keys}, 2, {"w.weight": "0.3"}, learning_rate=0.1)
    scenario = scenario_of(tmp_path, one_weight(1.0), data, wrong)
    assert main(["audit", str(scenario.file)]) == 1
    both = train({"name": "momentum", "average": True, "rate_inside": True}, 1, {}, learning_rate=1)
    with pytest.raises(ScenarioError, match="with average or with rate_inside, not with both"):
        scenario_of(tmp_path, one_weight(1.0), data, both)
    misspelt = train({"name": "momentum", "rate_insde": True}, 1, {}, learning_rate=1)
    with pytest.raises(ScenarioError, match="'rate_insde'; did you mean 'rate_inside'"):
        scenario_of(tmp_path, one_weight(1.0), data, misspelt)
