"""The steps of a run, its figures, and how much work a file may ask for."""

import re
import tomllib
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from scenario_files import SMALL, as_toml, load

from neurograph.conventions import reconcile
from neurograph.conventions.pages import Page
from neurograph.conventions.replay import Replay
from neurograph.errors import ScenarioError
from neurograph.scenario import (
    Figure,
    Run,
    Scenario,
    Step,
    agrees,
    load_scenario,
    play,
    run_scenario,
    schema,
)
from neurograph.scenario.player import Player, network_after

# One linear neuron with weight 0.5 and bias 1, one sample (2, 3): out 2, error 1/2, delta -1.


def _of_steps(tmp_path: Path, *steps: dict[str, Any], **run: Any) -> Scenario:
    content = tomllib.loads(SMALL)
    content["runs"] = [{"name": "one", "learning_rate": 0.1, "steps": list(steps), **run}]
    return load(tmp_path, as_toml(content))


FORWARD, BACKWARD = {"do": "forward"}, {"do": "backward"}


def test_set_changes_parameters(tmp_path: Path) -> None:
    """A weight and a bias get new values: 2 * 0.25 + 3."""
    values = {"w1.weight": 0.25, "o1.bias": 3}
    *_, (step, net) = play(
        scenario := _of_steps(tmp_path, {"do": "set", "values": values}, FORWARD),
        scenario.runs[0],
    )
    assert net.value("o1.out") == 3.5
    assert scenario.runs[0].steps[0].changes_weights
    assert not step.changes_weights


def test_attribute_shares_out_the_error(tmp_path: Path) -> None:
    """One weight takes the whole error of 1, or 1 * 0.5 of it without the denominator."""
    for normalised, share in ((True, 1.0), (False, 0.5)):
        step = {
            "do": "attribute",
            "normalised": normalised,
            "printed": {"o1.error": "1.0", "w1.share": f"{share}", "i1.error": f"{share}"},
        }
        assert run_scenario(_of_steps(tmp_path, FORWARD, step)).passed


def test_curvature_shares_nothing_with_the_round(tmp_path: Path) -> None:
    """Of 1/2 (t - w*x - b)^2 with x = 2 it is 4 by w and 1 by b; of twice as much, 8."""
    printed = {"w1.curvature": "4", "o1.bias_curvature": "1.0", "w1.gauss_newton": "4.00"}
    assert run_scenario(
        _of_steps(tmp_path, FORWARD, {"do": "curvature", "printed": printed})
    ).passed
    doubled = _of_steps(tmp_path, FORWARD, {"do": "curvature", "printed": {"w1.curvature": "8.00"}})
    assert "times 2" in str(reconcile(doubled))


# -- gradient checks -----------------------------------------------------------------------------

CHECK = {"do": "check", "gradients": "agree"}


def test_check_of_a_backward_pass_agrees(tmp_path: Path) -> None:
    """The gradients of a backward pass are derivatives: -1 * 2 for the weight, -1 for the bias."""
    result = run_scenario(_of_steps(tmp_path, FORWARD, BACKWARD, CHECK))
    (check,) = result.checks
    assert result.passed
    assert (check.found, check.differing) == ("agree", ())
    assert {check.numeric} <= {-2.0, -1.0}


def test_check_that_is_otherwise_than_stated_fails(tmp_path: Path) -> None:
    """A file that says that right gradients differ is wrong."""
    result = run_scenario(_of_steps(tmp_path, FORWARD, BACKWARD, CHECK | {"gradients": "differ"}))
    assert result.failed == ()
    assert not result.passed
    assert not result.checks[0].passed


def test_check_after_a_step_is_at_the_weights_before_it(tmp_path: Path) -> None:
    """A step changes weights, and its gradients belong to those that it began with."""
    assert run_scenario(_of_steps(tmp_path, {"do": "step"}, CHECK)).passed
    assert run_scenario(_of_steps(tmp_path, FORWARD, BACKWARD, CHECK, {"do": "step"}, CHECK)).passed


def test_check_of_rounded_gradients_differs(tmp_path: Path) -> None:
    """Rounding to no decimals turns out = 1.6 into 2, so that the error of 1.4 becomes 1."""
    steps = ({"do": "set", "values": {"w1.weight": 0.3}}, FORWARD, BACKWARD)
    scenario = _of_steps(tmp_path, *steps, CHECK | {"gradients": "differ"}, digits=0)
    (check,) = run_scenario(scenario).checks
    assert check.differing == ("w1.gradient", "o1.bias_gradient")
    assert (check.computed / check.numeric) == pytest.approx(1 / 1.4, rel=1e-9)


def test_in_place_hidden_gradients_are_none() -> None:
    """A step of Mazur's example in place: output gradients are true, hidden ones are none."""
    steps = (Step(do="step"), Step(do="check", gradients="differ"))
    run = Run(name="in_place", order="in_place", learning_rate=0.5, steps=steps)
    result = run_scenario(replace(load_scenario("mazur_2015"), runs=(run,)))
    (check,) = result.checks
    assert result.passed
    assert {f"w{number}.gradient" for number in range(1, 5)} <= set(check.differing)
    assert not {f"w{number}.gradient" for number in range(5, 9)} & set(check.differing)


# -- values that cannot be had -------------------------------------------------------------------


@pytest.mark.parametrize(
    ("steps", "message"),
    [
        ([BACKWARD], "runs[0].steps[0]: no forward pass has been made yet: do 'forward' first"),
        ([{"do": "curvature"}], "no forward pass has been made yet: do 'forward' first"),
        (
            [FORWARD | {"printed": {"w1.curvature": "4"}}],
            "curvature of connection 'w1' is not known yet: do 'curvature' first",
        ),
        ([{"do": "attribute"}], "no forward pass has been made yet: do 'forward' first"),
        (
            [FORWARD, FORWARD | {"printed": {"loss": "1"}}],
            "steps[1].printed.\"loss\": the total error is not known yet: do 'loss' or 'backward'",
        ),
        (
            [FORWARD, BACKWARD, {"do": "update"}, {"do": "loss"}],
            "steps[3]: weights or biases have changed since the last forward pass: do 'forward'",
        ),
        ([FORWARD, {"do": "update"}], "the gradients are not known yet: do 'backward' first"),
        (
            [{"do": "set", "values": {"w1.weight": 1e200}}, {"do": "train", "rounds": 3}],
            "steps[1]: training diverged in epoch 1, step 1",
        ),
    ],
)
def test_step_out_of_order(tmp_path: Path, steps: list[dict[str, Any]], message: str) -> None:
    """A step that cannot be performed says what to do first, in the words of the file."""
    with pytest.raises(ScenarioError, match=re.escape(message)):
        run_scenario(_of_steps(tmp_path, *steps))


def test_values_of_the_last_batch(tmp_path: Path) -> None:
    """After batches the neurons know the last one only, until another forward pass."""
    data = {"inputs": [[1.0], [2.0], [3.0]], "targets": [[1.0], [1.0], [1.0]]}
    content = tomllib.loads(SMALL) | {"data": data}
    train = {"do": "train", "rounds": 1, "batch_size": 2, "learning_rate": 0.0}
    printed = {"printed": {"i1.out": {"value": "2.0", "sample": 2}}}
    for steps, message in (
        ([train | printed], "has values for the 1 samples of the last batch only; do 'forward'"),
        ([train, FORWARD | printed], None),
        ([train | {"batch_size": 3} | printed], None),
    ):
        content["runs"] = [{"name": "one", "steps": steps}]
        scenario = load(tmp_path, as_toml(content))
        if message is None:
            assert run_scenario(scenario).passed
            continue
        with pytest.raises(ScenarioError, match=re.escape(message)):
            run_scenario(scenario)


def test_sample_is_counted_in_the_data(tmp_path: Path) -> None:
    """A run of samples 3 and 1 prints their values under these numbers."""
    data = {"inputs": [[1.0], [2.0], [3.0]], "targets": [[1.0], [1.0], [1.0]]}
    values = [{"value": f"{number}.0", "sample": number} for number in (1, 3)]
    step = FORWARD | {"printed": {"i1.out": values}}
    content = tomllib.loads(SMALL) | {"data": data}
    content["runs"] = [{"name": "one", "samples": [3, 1], "steps": [step]}]
    assert run_scenario(load(tmp_path, as_toml(content))).passed


# -- truncated values ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("computed", "printed", "expected"),
    [
        (0.6668, "0.666", True),
        (0.6668, "0.667", False),
        (0.6661, "0.666", True),
        (0.6659999, "0.666", False),
        (-0.6668, "-0.666", True),
        (-0.6668, "0.666", False),
        (0.6668, "-0.666", False),
        (-0.04, "0.0", True),
        (0.04, "-0.0", True),
        (0.8 - 1e-16, "0.8", True),  # binary noise
        (0.1 + 0.2, "0.3", True),
        (1999.9, "1e3", True),
        (2000.0, "1e3", False),
        (float("nan"), "0", False),
        (float("inf"), "1e999", False),
    ],
)
def test_truncated_agreement(computed: float, printed: str, expected: bool) -> None:
    """Digits that were cut off are not looked at."""
    assert agrees(computed, printed, truncated=True) is expected


@pytest.mark.parametrize(
    ("value", "verdict", "problem"),
    [
        ("1.6", "reproduced", None),
        ("1.7", "FAILED", "listed as truncated, but it is rounded: leave 'truncated' out"),
        ("1.5", "FAILED", "differs by 0.19; half a unit of the last digit is 0.05"),
    ],
)
def test_verdict_of_a_truncated_value(
    tmp_path: Path, value: str, verdict: str, problem: str | None
) -> None:
    """Out = 2 * 0.345 + 1 = 1.69 is truncated to 1.6 and rounded to 1.7."""
    steps = (
        {"do": "set", "values": {"w1.weight": 0.345}},
        FORWARD | {"printed": {"o1.out": {"value": value, "truncated": True}}},
    )
    (found,) = run_scenario(_of_steps(tmp_path, *steps)).verdicts
    assert (found.verdict, found.problem, found.truncated) == (verdict, problem, True)


def test_erratum_is_not_truncated(tmp_path: Path) -> None:
    """A value is one or the other."""
    entry = {"value": "1.0", "truncated": True, "correct": "2.0", "cause": "x"}
    with pytest.raises(ScenarioError, match="either 'truncated', and right so far, or an erratum"):
        _of_steps(tmp_path, FORWARD | {"printed": {"o1.out": entry}})


# -- figures -------------------------------------------------------------------------------------


def _figure(tmp_path: Path, **figure: Any) -> Figure:
    content = tomllib.loads(SMALL) | {"figures": [figure]}
    return load(tmp_path, as_toml(content)).figures[0]


def test_figures_are_kept(tmp_path: Path) -> None:
    """A figure names what is drawn, over what, and when; one name needs no list."""
    figure = _figure(tmp_path, what="curve", over="w1", run="one", step=2, title="E over w1")
    assert figure == Figure(what="curve", over=("w1",), run="one", step=2, title="E over w1")
    assert _figure(tmp_path, what="network", show="out").show == ("out",)
    assert _figure(tmp_path, what="surface", over=["w1", "o1.bias"]).over == ("w1", "o1.bias")
    assert _figure(tmp_path, what="history", show=["loss", "w1.weight"]).show[0] == "loss"
    assert _figure(tmp_path, what="curve", over="w1", span=[-4, 6]).span == ((-4.0, 6.0),)
    spans = [[0, 1], [2, 3.5]]
    surface = _figure(tmp_path, what="surface", over=["w1", "o1.bias"], span=spans)
    assert surface.span == ((0.0, 1.0), (2.0, 3.5))


@pytest.mark.parametrize(
    ("figure", "message"),
    [
        ({}, "figures[0]: missing key 'what'"),
        ({"what": "pie"}, "figures[0].what: unknown choice 'pie'"),
        ({"what": "network", "run": "on"}, "figures[0].run: small has no run 'on'; did you mean"),
        ({"what": "network", "step": 3}, "figures[0].step: no step 3; run 'one' has 2"),
        ({"what": "network", "show": ["ou"]}, "figures[0].show[0]: unknown choice 'ou'; did you"),
        (
            {"what": "surface", "over": "w1"},
            "figures[0].over: 'surface' is drawn over 2 names, got 1",
        ),
        ({"what": "basins", "over": ["w1"] * 3}, "'basins' is drawn over 1 or 2 names, got 3"),
        ({"what": "network", "over": "w1"}, "'network' is drawn over no names, got 1"),
        ({"what": "history", "show": "w2.weight"}, "figures[0].show[0]: no connection 'w2'; did"),
        (
            {"what": "curve", "show": "out"},
            "show: belongs to a network, a histogram or a history, not to 'curve'",
        ),
        (
            {"what": "curve", "span": [1]},
            "span: expected from where to where, such as [-4, 6], got",
        ),
        ({"what": "curve", "span": [2, 1]}, "such as [-4, 6], got [2.0, 1.0]"),
        ({"what": "history", "span": [1, 2]}, "figures[0].span: a history has no span"),
        (
            {"what": "curve", "over": "w1", "span": [[1, 2], [3, 4]]},
            "figures[0].span: expected one span, or one for each of 'over', got 2",
        ),
        ({"what": "curve", "over": "w2"}, "figures[0].over: no connection 'w2'; did you mean 'w1'"),
        ({"what": "curve", "over": "o1.out"}, "figures[0].over: only a weight or a bias"),
        (
            {"what": "decision", "over": ["o1", "i1"]},
            "figures[0].over.o1: no such neuron here; did you",
        ),
    ],
)
def test_mistake_in_a_figure(tmp_path: Path, figure: dict[str, Any], message: str) -> None:
    """What a figure shows must be there."""
    with pytest.raises(ScenarioError, match=re.escape(message)):
        _figure(tmp_path, **figure)


# -- limits --------------------------------------------------------------------------------------


def test_too_much_work_is_refused_before_any_of_it(tmp_path: Path) -> None:
    """Rounds, samples and parameters are multiplied, over all steps of the file."""
    train = {"do": "train", "rounds": 1_000_000}
    _of_steps(tmp_path, *[train] * 9)
    with pytest.raises(
        ScenarioError, match=r"runs\[0\]\.steps\[9\]: is too much work: rounds times"
    ):
        _of_steps(tmp_path, *[train] * 10)
    with pytest.raises(ScenarioError, match=r"runs\[0\]\.steps\[0\]: is too much work"):
        _of_steps(tmp_path, train, digits=4)


def test_too_many_values_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Samples times neurons and connections must fit into memory."""
    monkeypatch.setattr(schema, "MOST_VALUES", 5)
    data = {"inputs": [[1.0], [2.0]], "targets": [[1.0], [1.0]]}
    content = tomllib.loads(SMALL) | {"data": data}
    with pytest.raises(
        ScenarioError, match="data: 2 samples in 3 neurons and connections are more"
    ):
        load(tmp_path, as_toml(content))


# -- the table of steps --------------------------------------------------------------------------


def test_a_step_that_is_not_in_the_table_raises(tmp_path: Path) -> None:
    """Neither the objects nor the values of an audit pass over a step that nobody knows."""
    scenario = _of_steps(tmp_path, FORWARD)
    run = replace(scenario.runs[0], steps=(Step(do="forwards"),))
    with pytest.raises(NotImplementedError, match="forwards"):
        next(play(scenario, run))
    page = Page(scenario, run_scenario(scenario).runs[0])
    with pytest.raises(NotImplementedError, match="forwards"):
        page.values(page.setup, steps=[run.steps])


def test_objects_and_values_have_the_same_parameters() -> None:
    """Both machines give 2 * w - 0.1 to each parameter that is set so, by the same addresses."""
    scenario = load_scenario("mazur_2015")
    run = scenario.run("derivations")
    machines = Player(scenario, run), Replay(Page(scenario, run_scenario(scenario).runs[0]).setup)
    given = machines[0].parameters()
    assert {given["i1->h1.weight"], given["h1.bias"], given["o1.bias"]} == {0.15, 0.35, 0.6}
    for machine in machines:
        machine.set({address: 2 * value - 0.1 for address, value in machine.parameters().items()})
        assert machine.parameters() == {name: 2 * value - 0.1 for name, value in given.items()}


def test_a_training_can_be_left_after_some_of_its_rounds(tmp_path: Path) -> None:
    """By hand: gradients -2 and -1 of the weight, -1 and -0.5 of the bias, momentum 0.9."""
    train = {"do": "train", "rounds": 3, "optimizer": "momentum"}
    scenario = _of_steps(tmp_path, FORWARD, train, FORWARD)
    net = network_after(scenario, scenario.runs[0], 2, rounds=2)
    values = {"w1.velocity": -2.8, "o1.bias_velocity": -1.4, "w1.weight": 0.98, "o1.bias": 1.24}
    for address, value in values.items():
        assert net.value(address) == pytest.approx(value, rel=1e-14)
    whole, more = (
        network_after(scenario, scenario.runs[0], 2, rounds=rounds) for rounds in (None, 5)
    )
    assert whole.value("w1.weight") == more.value("w1.weight") != net.value("w1.weight")
