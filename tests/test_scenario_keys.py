"""What a file can state of what pages do: each key against a calculation by hand."""

import json
import math
import tomllib
from importlib.resources import files
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scenario_files import SMALL, as_toml, load

import neurograph as ng
from neurograph.cli import main
from neurograph.conventions import reconcile
from neurograph.conventions.pages import Page
from neurograph.errors import ScenarioError
from neurograph.exercises.questions import basis_of
from neurograph.pages.equation_table import FormulaTable
from neurograph.pages.page_data import example_of, page_data
from neurograph.scenario import Scenario, run_scenario
from neurograph.scenario.player import network_after

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
    changes = ng.what_if(network_after(scenario, scenario.runs[0], 4), {"u.weight": 1.0}).changes
    assert {its.address: (its.before, its.after) for its in changes}["y.out"] == (7.5, 9.0)
    steps[3]["printed"]["v.gradient"] = "-60"
    wrong = scenario_of(tmp_path, HIDDEN, {"inputs": [1], "targets": [0]}, {"steps": steps})
    assert "the other sign" in str(reconcile(wrong))
    for command in (["exercise", "sheet.md"], ["step", "round.jsonl"]):
        output = ["-o", str(tmp_path / command[1])]
        assert main([command[0], str(scenario.file), *output]) == 2
        assert "run 'r1' begins with some that are given" in " ".join(
            capsys.readouterr().err.split()
        )


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
    assert main(["explain", str(scenario.file), "w.velocity", "--at", "3"]) == 0
    assert "0.4*(-0.82) + (-0.418)" in capsys.readouterr().out


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
    mini_racer = pytest.importorskip("py_mini_racer")
    example = example_of(scenario_of(tmp_path, one_weight(1.0), LINE, run))
    formulas = FormulaTable()
    data = page_data(example, formulas, {})
    context = mini_racer.MiniRacer()
    names = ("model", "numerals", "verdicts", "alternatives", "store", "lesson")
    folder = files("neurograph") / "pages" / "script"
    parts = [(folder / "functions.js").read_text(encoding="utf-8"), formulas.javascript()]
    parts += [(folder / f"{name}.js").read_text(encoding="utf-8") for name in names]
    ask = """
    function ask(data, address) {
      const lesson = createLesson(data, FORMULAS);
      const now = lesson.moment({ run: 0, edits: NO_EDITS, sample: 0, step: null });
      return lesson.valueAt(now, lesson.variableOf(now.program, address));
    }
    """
    context.eval("\n".join([*parts, ask]))
    data = json.loads(json.dumps(data))
    # Of sample 3: out 3, target 2, gradient 3, velocity 0.25 + 3, change -0.325.
    for address, value in {
        "y.out": 3,
        "w.gradient": 3,
        "w.velocity": 3.25,
        "w.change": -0.325,
    }.items():
        assert context.call("ask", data, address) == pytest.approx(value, rel=1e-15)
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
