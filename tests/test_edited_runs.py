"""Runs that state edits, against calculations by hand, and what cannot be done with them."""

import json
import math
from dataclasses import replace
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pytest
from scenario_files import SMALL, changed, load, searched

import neurograph as ng
from neurograph.cli import main
from neurograph.conventions.edited_runs import RunEdit, edits_known, line_of, setup_of_run
from neurograph.edit_readers import edits_of
from neurograph.equations import Variable
from neurograph.errors import InvalidValueError, ScenarioError
from neurograph.exercises import Answers, Sheet, exercise, load_exercise, mark, sheets
from neurograph.exercises.forms import write_exercise
from neurograph.exercises.solution import Solution
from neurograph.pages.page_data import example_of
from neurograph.scenario import Scenario
from neurograph.scenario.player import Player
from neurograph.scenario.runs import StatedEdit, Step
from neurograph.slips import Edits, Instead, put


def edited(scenario: Scenario, run: str, *edits: str | StatedEdit, **keys: Any) -> Player:
    """Return a run of a scenario with edits, before its first step."""
    stated = tuple(StatedEdit(edit=its) if isinstance(its, str) else its for its in edits)
    run_ = replace(scenario.run(run), edits=stated, **keys)
    return Player(replace(scenario, runs=(run_,)), run_)


def played(player: Player) -> Player:
    """Perform all its steps."""
    for index in range(len(player.run.steps)):
        player.perform(index)
    return player


def logistic(net: float) -> float:
    """Return 1 / (1 + exp(-net))."""
    return 1 / (1 + math.exp(-net))


def test_a_bias_left_out() -> None:
    """Mazur's round without the bias of h2, by hand: forward, back, and on to the weights."""
    w1, w2, w3, w4, w5, w6, w7, w8 = 0.15, 0.20, 0.25, 0.30, 0.40, 0.45, 0.50, 0.55
    h1 = logistic(w1 * 0.05 + w2 * 0.10 + 0.35)
    h2 = logistic(w3 * 0.05 + w4 * 0.10)
    outs = [logistic(a * h1 + b * h2 + 0.60) for a, b in ((w5, w6), (w7, w8))]
    deltas = [(o - t) * o * (1 - o) for o, t in zip(outs, (0.01, 0.99), strict=True)]
    delta_h2 = (deltas[0] * w6 + deltas[1] * w8) * h2 * (1 - h2)
    player = played(edited(ng.load_scenario("mazur_2015"), "derivations", "bias of h2 left out"))
    assert player.value("h2.out") == pytest.approx(h2, rel=1e-14)
    assert player.value("loss") == pytest.approx(
        ((outs[0] - 0.01) ** 2 + (outs[1] - 0.99) ** 2) / 2, rel=1e-14
    )
    assert player.value("w3.gradient") == pytest.approx(delta_h2 * 0.05, rel=1e-13)
    assert player.value("w3.weight") == pytest.approx(w3 - 0.5 * delta_h2 * 0.05, rel=1e-14)
    assert player.value("w6.weight") == pytest.approx(w6 - 0.5 * deltas[0] * h2, rel=1e-14)


ONLINE = (
    SMALL.replace("inputs = [2.0]", "inputs = [[2.0], [-1.0]]")
    .replace("targets = [3.0]", "targets = [[3.0], [0.5]]")
    .split("[[runs.steps]]")[0]
    + '[[runs.steps]]\ndo = "train"\nrounds = 3\nbatch_size = 1\n[[runs.steps]]\ndo = "forward"\n'
)
#: In the gradient of w1 its input forgotten, so that dE/dw is delta.
FORGOTTEN = "in gradient of w1: out of i1 left out"


def by_hand(*forgotten: bool) -> tuple[float, float]:
    """Return weight and bias after rounds of online learning; where forgotten, dE/dw is delta."""
    w, b = 0.5, 1.0
    for is_so in forgotten:
        for x, t in ((2.0, 3.0), (-1.0, 0.5)):
            delta = w * x + b - t
            w, b = w - 0.1 * delta * (1 if is_so else x), b - 0.1 * delta
    return w, b


def test_a_training_is_edited_in_every_round(tmp_path: Path) -> None:
    """What stands in one gradient is so in all three rounds, sample by sample."""
    player = played(edited(load(tmp_path, ONLINE), "one", FORGOTTEN))
    w, b = by_hand(True, True, True)
    assert player.value("w1.weight") == pytest.approx(w, rel=1e-14)
    assert player.value("o1.bias") == pytest.approx(b, rel=1e-14)
    outs = player.value("o1.out")
    assert outs == pytest.approx([2 * w + b, b - w], rel=1e-14)


def test_of_one_step_the_last_pass_is_edited(tmp_path: Path) -> None:
    """With a step, an edit is in the last pass of a training alone."""
    player = edited(load(tmp_path, ONLINE), "one", StatedEdit(edit=FORGOTTEN, step=1))
    w, b = by_hand(False, False)
    delta = w * 2.0 + b - 3.0  # of the first sample in the last round
    w, b = w - 0.1 * delta * 2.0, b - 0.1 * delta
    delta = -w + b - 0.5
    player = played(player)
    assert player.value("w1.weight") == pytest.approx(w - 0.1 * delta, rel=1e-14)


def test_of_one_step_nothing_is_edited_before_and_after(tmp_path: Path) -> None:
    """A forward pass with an edit stands between two without."""
    steps = '[[runs.steps]]\ndo = "forward"\n'
    scenario = load(tmp_path, SMALL + 2 * steps)
    outs = []
    player = edited(scenario, "one", StatedEdit(edit=TERM, step=3))
    for index in range(4):
        player.perform(index)
        outs.append(player.value("o1.out"))
    assert outs == [2.0, 2.0, 0.0, 2.0]


#: net = bias - w1 * x = 1 - 0.5 * 2.
TERM = "in net of o1: w1 with the other sign"


@pytest.mark.parametrize(
    ("edit", "out"),
    [
        ("the value with the other sign", -2.0),
        ("value: times -1", -2.0),
        ("The Value With The Other Sign", -2.0),
        ("twice the value", 4.0),
        (TERM, 0.0),
        ("the biases left out", 1.0),
        ("rounded to 3 decimals at every step", 2.0),
    ],
)
def test_edits_are_called_by_name_or_sentence(tmp_path: Path, edit: str, out: float) -> None:
    """With any capitals, with or without the article."""
    player = edited(load(tmp_path, SMALL), "one", edit)
    player.perform(0)
    assert player.value("o1.out") == pytest.approx(out, rel=1e-15)


def test_two_edits_at_once(tmp_path: Path) -> None:
    """Each is made: twice the loss, without the bias: (3 - 1)^2."""
    player = played(edited(load(tmp_path, SMALL), "one", "bias: none", "loss: times 2"))
    assert player.value("loss") == 4.0


def test_digits_that_are_cut_off_are_right(tmp_path: Path) -> None:
    """Where the run says so, every value is compared with digits cut off."""
    text = changed('"o1.out" = "2.0"', '"w1.weight" = "0.4"\n"o1.out" = "1"')
    scenario = load(tmp_path, text.replace("weight = 0.5", "weight = 0.4999"))
    run = replace(scenario.runs[0], edits=(StatedEdit(edit="cut off, not rounded"),))
    verdicts = ng.run_scenario(replace(scenario, runs=(run,))).verdicts
    assert [verdict.agreement for verdict in verdicts[:2]] == ["truncated", "truncated"]


def test_what_audit_finds_can_be_stated_and_run(tmp_path: Path) -> None:
    """The line that audit prints makes a run in which the value is right."""
    scenario = ng.load_scenario("mazur_2015")
    (value,) = searched("mazur_2015", "derivations").values
    best = value.found[0]
    assert f"a run states it so: {best.states}" in str(value)
    text = changed('order = "simultaneous"', best.states)
    stated = load(tmp_path, text).runs[0].edits
    run = replace(scenario.run("derivations"), edits=stated)
    steps = [
        replace(step, printed=tuple(replace(p, correct=None, cause=None) for p in step.printed))
        for step in run.steps
    ]
    run = replace(run, steps=tuple(steps))
    result = ng.run_scenario(replace(scenario, runs=(run,)))
    (verdict,) = [its for its in result.verdicts if its.address == "w7.error_message"]
    assert (verdict.printed, verdict.verdict) == ("-0.019049119", "reproduced")


@pytest.mark.parametrize(
    ("order", "digits"), [("simultaneous", None), ("in_place", None), ("simultaneous", 3)]
)
def test_every_edit_of_a_round_can_be_stated(
    order: Literal["simultaneous", "in_place"], digits: int | None
) -> None:
    """Whatever audit may name, by its sentence, gives the numbers of that alternative."""
    from neurograph.conventions import Conventions, alternatives, recompute

    scenario = ng.load_scenario("mazur_2015")
    run = scenario.run("derivations")
    net, data = scenario.network(run), scenario.data_of(run)
    given = (net, *data, Conventions(learning_rate=0.5, order=order, digits=digits))
    keys = {"order": order, "digits": digits}
    every = [its for its in alternatives(*given) if line_of(its)]
    assert len({its.sentence for its in every}) == len(every)
    for alternative in every[::17]:
        (line,) = json.loads(line_of(alternative).removeprefix("edits = "))
        player = played(edited(scenario, "derivations", line, **keys))
        for address, value in recompute(alternative, *given).items():
            assert player.value(address) == value, (line, address)


@pytest.mark.parametrize(
    ("edits", "message"),
    [
        ('["the biases left aut"]', r"edits\[0\]: no edit .* did you mean 'the biases left out'"),
        ('["w1 with the other sign"]', "did you mean 'in net of o1: w1 with the other sign'"),
        ('["h1\'s bias forgotten"]', "no edit .* of this run; 'neurograph audit' says"),
        ('["target of o1, wrong sign"]', "did you mean 'target of o1 with the other sign'"),
        ('[","]', "no edit ',' of this run; 'neurograph audit' says"),
        ('["xyzzy"]', r"no edit 'xyzzy' of this run; 'neurograph audit' says what can be stated"),
        ('["moment: before the last update"]', "when it is printed: put the values below another"),
        ('["digits: decimal 2 lost"]', "about one number as it is written: list it as an erratum"),
        ('["digits: copied"]', "about one number as it is written: list it as an erratum"),
        ('[{ edit = "bias: none", step = 2 }]', "step 2 makes no forward pass; .* are 1$"),
        (f'["{TERM}", "{TERM}"]', f"the edit '{TERM}' is stated twice: state it once"),
        (
            f'["{TERM}", "in net of o1: w1 counted twice"]',
            "two edits change the same [a-z]+: state one of them",
        ),
    ],
)
def test_what_no_edit_says_is_refused(tmp_path: Path, edits: str, message: str) -> None:
    """The place, and the nearest that there is."""
    scenario = load(tmp_path, changed('order = "simultaneous"', f"edits = {edits}"))
    with pytest.raises(ScenarioError, match=message):
        ng.run_scenario(scenario)


def test_an_edit_that_changes_parameters_is_of_the_whole_run(tmp_path: Path) -> None:
    """A bias that is not there cannot be there before."""
    step = '[[runs.steps]]\ndo = "forward"\n'
    edits = 'edits = [{ edit = "bias: none", step = 3 }]'
    with pytest.raises(ScenarioError, match="changes weights or biases from the beginning; leave"):
        ng.run_scenario(load(tmp_path, changed('order = "simultaneous"', edits) + step))


@pytest.mark.parametrize(
    ("key", "message"),
    [
        ("edit = [1]", r"runs\[0\]: unknown key 'edit'; did you mean 'edits'"),
        ("edits = []", r"edits: expected a list with at least one item"),
        ("edits = [3]", r"edits\[0\]: expected a table, got the number 3"),
        ('edits = [{ edit = "x", stp = 2 }]', r"edits\[0\]: unknown key 'stp'; did you mean"),
    ],
)
def test_a_wrong_key_is_refused(tmp_path: Path, key: str, message: str) -> None:
    """As every other key of a file."""
    with pytest.raises(ScenarioError, match=message):
        load(tmp_path, changed('order = "simultaneous"', key))


CHECKED = '[[runs.steps]]\ndo = "backward"\n[[runs.steps]]\ndo = "check"\ngradients = "{}"\n'


@pytest.mark.parametrize(
    ("edit", "found", "computed", "numeric"),
    [
        # out = 2 w + 1 = 2, target 3, E = (t - out)^2 / 2: dE/dw = 2 (out - t) = -2.
        (FORGOTTEN, "differ", -1.0, -2.0),
        ("loss: times 2", "agree", -4.0, -4.0),
        ("loss: times 2, in its derivative alone", "differ", -4.0, -2.0),
        # out = -2 w + 1 = 0: delta = -3, and E falls as w does.
        ("in net of o1: w1 with the other sign", "differ", -6.0, 6.0),
        ("bias: none", "agree", -4.0, -4.0),
    ],
)
def test_gradients_are_checked_against_the_edited_loss(
    tmp_path: Path, edit: str, found: str, computed: float, numeric: float
) -> None:
    """A slip in a gradient is found, and one in the loss is part of what is differentiated."""
    scenario = load(tmp_path, SMALL + CHECKED.format(found))
    player = played(edited(scenario, "one", edit))
    check = ng.check_gradients(player.net, player.inputs, player.targets)
    assert player._verdict is not None
    assert player._verdict.found == found
    assert player.value("w1.gradient") == pytest.approx(computed, rel=1e-14)
    assert check.parameters[0].complex_step == pytest.approx(numeric, rel=1e-14)


def test_a_bias_that_an_edit_leaves_out_is_no_longer_shared() -> None:
    """Mazur's bias of h1 is checked by itself, where that of h2, which is tied to it, is none."""
    steps = (Step(do="forward"), Step(do="backward"), Step(do="check", gradients="agree"))
    scenario = ng.load_scenario("mazur_2015")
    player = played(edited(scenario, "derivations", "bias of h2 left out", steps=steps))
    assert player._verdict is not None
    assert player._verdict.found == "agree"


def test_gradients_of_an_edited_step_are_checked_with_its_edits(tmp_path: Path) -> None:
    """Of a round, what is differentiated is the loss with the weights before its update."""
    text = SMALL.split("[[runs.steps]]")[0]
    for do in ("forward", "step", 'check"\ngradients = "agree'):
        text += f'[[runs.steps]]\ndo = "{do}"\n'
    stated = StatedEdit(edit="loss: times 2", step=2)
    player = played(edited(load(tmp_path, text), "one", stated))
    assert player._verdict is not None
    assert player._verdict.found == "agree"
    assert player._verdict.numeric in (-4.0, -2.0)  # of w1 and of the bias


def test_a_check_of_rounded_numbers_is_refused(tmp_path: Path) -> None:
    """A loss of rounded numbers has no slope."""
    text = changed('order = "simultaneous"', 'edits = ["rounded to 3 decimals at every step"]')
    scenario = load(tmp_path, text + CHECKED.format("agree"))
    message = r"steps\[3\]: 'check' takes differences of what is computed, and 'rounded to 3 dec"
    with pytest.raises(ScenarioError, match=message):
        ng.run_scenario(scenario)


def test_an_edit_of_the_only_training_is_in_its_last_round(tmp_path: Path) -> None:
    """Two rounds as stated, each with half the delta before; then one with dE/dw = delta."""
    head = SMALL.split("[[runs.steps]]")[0]
    scenario = load(tmp_path, f'{head}[[runs.steps]]\ndo = "train"\nrounds = 3\n')
    player = played(edited(scenario, "one", StatedEdit(edit=FORGOTTEN, step=1)))
    w, b, delta = 0.5, 1.0, 0.5 * 2.0 + 1.0 - 3.0
    for factor in (2.0, 2.0, 1.0):
        w, b = w - 0.1 * delta * factor, b - 0.1 * delta
        delta = w * 2.0 + b - 3.0
    assert player.value("w1.weight") == pytest.approx(w, rel=1e-13)
    assert player.value("o1.bias") == pytest.approx(b, rel=1e-13)
    assert not player.scenario.network("one").edits


def stopped(x: float, stop: str) -> str:
    """Return the small example with an input, trained until something."""
    head = SMALL.split("[[runs.steps]]")[0].replace("[2.0]", f"[{x}]")
    return f'{head}[[runs.steps]]\ndo = "train"\nrounds = 50\nstop = {{ {stop} }}\n'


@pytest.mark.parametrize(
    ("x", "stop", "rounds"),
    [
        # With dE/dw = delta, a round multiplies delta by 1 - 0.1 (x + 1); as stated by 0.5.
        (2.0, "loss = 0.05", 5),  # 0.5 * 0.49^4 = 0.0288
        (2.0, "gradient_norm = 0.5", 4),  # sqrt(2) * 0.7^3 = 0.485
        (-2.0, "no_improvement = 3", 4),  # 1.1^n
    ],
)
def test_a_training_with_edits_stops(tmp_path: Path, x: float, stop: str, rounds: int) -> None:
    """The loss and the gradient that are looked at are those of the edited rounds."""
    player = played(edited(load(tmp_path, stopped(x, stop)), "one", FORGOTTEN))
    w, b = 0.5, 1.0
    for _ in range(rounds):
        delta = w * x + b - 3.0
        w, b = w - 0.1 * delta, b - 0.1 * delta
    assert player.value("rounds") == rounds
    assert player.value("w1.weight") == pytest.approx(w, rel=1e-14)
    assert player.value("o1.bias") == pytest.approx(b, rel=1e-14)


def test_of_one_step_the_pass_before_the_stop_is_edited(tmp_path: Path) -> None:
    """Losses are 0.5 and 0.125: of two rounds, the second changes w by 0.1 * 0.5, not twice it."""
    stated = StatedEdit(edit=FORGOTTEN, step=1)
    text = stopped(2.0, "loss = 0.2") + '[[runs.steps]]\ndo = "forward"\n'
    player = played(edited(load(tmp_path, text), "one", stated))
    assert player.value("rounds") == 2
    assert player.value("w1.weight") == pytest.approx(0.5 + 0.1 * 1.0 * 2 + 0.1 * 0.5, rel=1e-14)
    assert player.value("o1.bias") == pytest.approx(1.0 + 0.1 * 1.0 + 0.1 * 0.5, rel=1e-14)


def test_a_value_that_is_not_known_is_refused(tmp_path: Path) -> None:
    """Before a backward pass there is no delta."""
    player = edited(load(tmp_path, SMALL), "one", "bias: none")
    player.perform(0)
    with pytest.raises(ScenarioError, match=r"'o1.delta' is not known after this step"):
        player.value("o1.delta")


def shown(capsys: pytest.CaptureFixture[str], *words: str) -> str:
    """Return what a command prints, with single spaces."""
    assert main(list(words)) == 0
    return " ".join(capsys.readouterr().out.split())


#: Mazur's round of numbers, by hand, with one slip: w1 with the other sign in the net of h1.
TURNED = "in net of h1: w1 with the other sign"
NET_H1 = -0.15 * 0.05 + 0.20 * 0.10 + 0.35


@pytest.fixture
def turned(tmp_path: Path) -> str:
    """A file: Mazur's derivations, with the slip."""
    scenario = ng.load_scenario("mazur_2015")
    text = scenario.file.read_text(encoding="utf-8")
    line = 'name = "derivations"'
    path = tmp_path / "turned.toml"
    path.write_text(text.replace(line, f'{line}\nedits = ["{TURNED}"]'), encoding="utf-8")
    return str(path)


def test_inspect_shows_edited_numbers(turned: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Net and out are those of the slip, and which edits hold is said."""
    text = shown(capsys, "inspect", turned, "h1")
    assert f"Done otherwise than the equations say: {TURNED}." in text
    assert f"net {NET_H1:.4f} " in text
    assert f"out {logistic(NET_H1):.10g} " in text
    assert main(["inspect", turned, "h1", "--json"]) == 0
    data = json.loads(capsys.readouterr().out)
    assert data["edits"] == [TURNED]
    assert data["neuron"]["net"] == pytest.approx(NET_H1, rel=1e-15)
    assert data["incoming"][0]["message"] == -0.15 * 0.05


def test_explain_shows_the_edit(turned: str, capsys: pytest.CaptureFixture[str]) -> None:
    """In symbols, in numbers and in a sentence; what follows has its numbers."""
    text = shown(capsys, "explain", turned, "h1.net")
    assert "net_h1 = -w1*i1 + w2*i2 + b1 = -0.15*0.05 + 0.2*0.1 + 0.35 = 0.3625" in text
    assert f"Edited: {TURNED}." in text
    text = shown(capsys, "explain", turned, "h1.out", "--depth", "0")
    assert f"= 1/(1 + exp(-0.3625)) = {logistic(NET_H1):.9f}" in text
    assert f"The run states what is done otherwise: {TURNED}." in text


@pytest.mark.parametrize(
    ("edit", "address", "line"),
    [
        # 0.5 * 2 + 1 = 2 is the out, 3 the target: delta = -1, dE/dw = -2.
        ("the learning rate left out", "w1.new_weight", "= 0.5 - 1*(-2) = 2.5 Edited"),
        ("half the change", "w1.new_weight", "w1 - 0.5*η*∂E_total/∂w1 = 0.5 - 0.5*0.1*(-2) = 0.6"),
        ("in gradient of w1: out of i1 left out", "w1.gradient", "δ_o1 * 1 = -1 * 1 = -1 Edited"),
        ("bias: none", "o1.net", "net_o1 = w1*i1 + b_o1 = 0.5*2 + 0 = 1 Edited: the biases left"),
        ("loss: times 2", "o1.loss", "= 2 * (1/2*(3 - 2)^2) = 1 Edited: twice the loss"),
        ("sign: target of o1 turned", "o1.target", "target_o1 = -3 Edited: target of o1 with"),
        ("activation: tanh in o1", "o1.out", f"tanh(net_o1) = tanh(2) = {math.tanh(2):.9g} Edited"),
        ("the value with the other sign", "o1.net", "net_o1 = w1*i1 + b_o1 = 0.5*2 + 1 = 2"),
        ("the value with the other sign", "o1.net", "So -2 is printed."),
        ("rounded to 3 decimals at every step", "o1.net", "The run states what is done otherwise"),
    ],
)
def test_each_sort_of_edit_is_explained(
    tmp_path: Path, edit: str, address: str, line: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """What stands on the right gives the number, by hand."""
    load(tmp_path, changed('order = "simultaneous"', f'edits = ["{edit}"]'))
    assert line in shown(capsys, "explain", str(tmp_path / "small.toml"), address)


def test_a_sheet_says_the_edit_and_asks_for_its_numbers(turned: str, tmp_path: Path) -> None:
    """Answers are the page's; who leaves the edit out has turned a sign; files keep it."""
    sheet = exercise(turned, ask="forward")
    text = Sheet(exercise=sheet).text()
    assert f"One thing is done otherwise here: {TURNED}." in " ".join(text.split())
    answers = {question.address: question.answer for question in sheet.asked}
    assert answers["h1.net"] == f"{NET_H1:.6f}"
    assert float(answers["h1.out"]) == pytest.approx(logistic(NET_H1), abs=5e-7)
    right = mark(sheet, Answers.of(answers))
    assert {its.verdict for its in right.marks} == {"right"}
    usual = mark(sheet, Answers.of({"h1.net": "0.3775"}))
    assert "sign of w1" in str(usual)
    file = tmp_path / "week1.exercise.toml"
    write_exercise(sheet, file)
    assert load_exercise(file) == sheet


@pytest.mark.parametrize(
    ("edit", "german"),
    [
        (TURNED, "w1 mit dem anderen Vorzeichen (net von h1)"),
        ("in gradient of w8: delta of o1 in place of delta of o2",
         "delta von o1 statt delta von o2 (Gradient von w8)"),
        ("in net of h1, w2 * out of i2: the term ten times too small",
         "der Summand zehnmal zu klein (net von h1, w2 * out von i2)"),
        ("the learning rate left out", "die Lernrate weggelassen"),
        ("as errors go back, w6 read as 0.54, not 0.45",
         "wo Fehler zurückgehen, w6 gelesen als 0,54, nicht 0,45"),
    ],
)  # fmt: skip
def test_a_german_sheet_says_the_edit_in_german(edit: str, german: str) -> None:
    """Of what the table of edits says, the pattern and what stands in it are both translated."""
    player = edited(ng.load_scenario("mazur_2015"), "derivations", edit)
    sheet = exercise(player.scenario, language="de")
    text = " ".join(Sheet(exercise=sheet).text().split())
    assert f"Eines wird hier anders gemacht: {german}." in text
    assert sheet.edits == (edit,)


def test_an_edit_without_a_pattern_is_said_as_it_is() -> None:
    """Who edits a network in Python says it in words of her own."""
    solution = Solution(exercise("mazur_2015", language="de"))
    edit = put(Variable("message", 0), Variable("weight", 0), Instead(None, 2.0))
    solution.net.edits = Edits(solution.net.structure, [("my own way", edit)])
    said = "".join(map(str, sheets._conventions(solution.exercise, solution)))
    assert "anders gemacht: my own way." in said


def test_fresh_numbers_are_worked_out_with_the_edit(turned: str) -> None:
    """Net and out of h1 follow from the numbers of the sheet with the slip."""
    sheet = exercise(turned, ask="forward", vary=True, seed=3)
    net, (i1, i2) = sheet.facts.build(ng.Network), sheet.inputs
    by_hand = -net.value("w1.weight") * i1 + net.value("w2.weight") * i2 + net.value("h1.bias")
    answers = {question.address: question.value for question in sheet.asked}
    assert net.value("w1.weight") != 0.15
    assert answers["h1.net"] == pytest.approx(by_hand, rel=1e-14)
    assert answers["h1.out"] == pytest.approx(logistic(by_hand), rel=1e-14)
    assert TURNED in " ".join(Sheet(exercise=sheet).text().split())
    assert abs(by_hand) > 0.049  # so that it comes out well


@pytest.mark.parametrize(
    ("edit", "options", "message"),
    [
        ("w2 read as 0.02, not 0.2", {"vary": True}, r"where edits are about none: leave out 'var"),
        ("half the value", {}, "states how numbers are written; a sheet has 'digits' for that"),
    ],
)
def test_what_no_sheet_asks_for_is_refused(
    edit: str, options: dict[str, Any], message: str
) -> None:
    """Numbers that are drawn anew, and numbers that are printed otherwise than computed."""
    run = replace(ng.load_scenario("mazur_2015").run("derivations"), edits=(StatedEdit(edit=edit),))
    scenario = replace(ng.load_scenario("mazur_2015"), runs=(run,))
    with pytest.raises(InvalidValueError, match=message):
        exercise(scenario, **options)


def test_a_page_of_a_sheet_with_an_edit_is_refused(turned: str, tmp_path: Path) -> None:
    """It computes what equations say."""
    with pytest.raises(InvalidValueError, match="states edits, and a page computes what equations"):
        ng.page(exercise(turned), path=tmp_path / "page.html")


def loss_by_hand(w1: float, w5: float) -> float:
    """Return Mazur's loss with w1 turned in the net of h1."""
    h1 = logistic(-w1 * 0.05 + 0.20 * 0.10 + 0.35)
    h2 = logistic(0.25 * 0.05 + 0.30 * 0.10 + 0.35)
    o1, o2 = logistic(w5 * h1 + 0.45 * h2 + 0.60), logistic(0.50 * h1 + 0.55 * h2 + 0.60)
    return ((o1 - 0.01) ** 2 + (o2 - 0.99) ** 2) / 2


def test_landscapes_and_answers_are_those_of_the_edit(turned: str) -> None:
    """In Python too: the network of a run, called by its name, and its copies."""
    scenario = ng.load_scenario(turned)
    net = scenario.network("derivations").copy()
    assert net.edits.sentences == [TURNED]
    assert net.predict([0.05, 0.10]) == pytest.approx(net.forward([0.05, 0.10]), rel=1e-15)
    x, y = np.array([-1.0, 0.15, 2.0]), np.array([0.1, 0.4])
    data = scenario.inputs, scenario.targets
    surface = ng.landscape.loss_surface(net, *data, "w1", "w5", x=x, y=y)
    by_hand = [[loss_by_hand(w1, w5) for w1 in x] for w5 in y]
    assert surface.losses == pytest.approx(np.array(by_hand), rel=1e-13)
    what_if = ng.what_if(net, {"w5.weight": 0.1}, targets=[0.01, 0.99])
    (loss,) = [its for its in what_if.changes if its.address == "loss"]
    assert (loss.before, loss.after) == pytest.approx(
        (loss_by_hand(0.15, 0.4), loss_by_hand(0.15, 0.1)), rel=1e-13
    )


def test_blocks_follow_no_edits(turned: str) -> None:
    """Levels as matrices have one rule for all."""
    net = ng.load_scenario(turned).network("derivations")
    with pytest.raises(InvalidValueError, match="engine 'blocks' follows no edits"):
        net.forward([0.05, 0.10], engine="blocks")


def test_numbers_that_need_each_other_are_refused() -> None:
    """The message to h1 cannot be made of the out of h1."""
    net = ng.Network.layered(1, 1, 1, weights=0.5)
    edit = put(Variable("message", 0), Variable("out", 0), Instead(Variable("out", 1)))
    net.edits = Edits(net.structure, [("out of h1 in place of out of i1", edit)])
    with pytest.raises(InvalidValueError, match=r"there is no order to compute in: .* need each"):
        net.forward([1.0])


def test_a_page_has_the_other_runs(tmp_path: Path) -> None:
    """A run with edits is left out of a page; a page of nothing else is refused."""
    scenario = ng.load_scenario("mazur_2015")
    stated = (StatedEdit(edit="bias: none"),)
    first = replace(scenario.runs[0], edits=stated)
    example = example_of(replace(scenario, runs=(first, scenario.runs[1])))
    assert [run.name for run in example.runs] == [scenario.runs[1].name]
    with pytest.raises(
        InvalidValueError, match="every run of mazur_2015_step_by_step states edits"
    ):
        example_of(replace(scenario, runs=(first,)))


def test_run_says_what_is_edited(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The edits stand among the conventions, as text and as data; audit does not search there."""
    text = changed('order = "simultaneous"', f'edits = ["{TERM}"]').replace('"2.0"', '"0.0"', 1)
    load(tmp_path, text.replace('"loss" = "0.5"', '"loss" = "4.6"'))
    path = str(tmp_path / "small.toml")
    assert main(["run", path]) == 1
    assert f"; {TERM}" in " ".join(capsys.readouterr().out.split())
    assert main(["run", path, "--json"]) == 1
    (run,) = json.loads(capsys.readouterr().out)["runs"]
    assert run["edits"] == [{"edit": TERM, "step": None}]
    assert [its["verdict"] for step in run["steps"] for its in step["values"]] == [
        "reproduced", "FAILED",
    ]  # fmt: skip
    main(["audit", path])
    assert "not searched: it cannot be computed anew" in " ".join(capsys.readouterr().out.split())


def test_edits_known_are_those_of_the_run() -> None:
    """Names and sentences lead to the same edit."""
    scenario = ng.load_scenario("mazur_2015")
    known = edits_known(setup_of_run(scenario, scenario.runs[0])[1])
    assert known["bias of h2 left out"] is known["bias: without that of h2"]
    assert line_of(known["moment: before the last update"]) == ""


def test_edits_stand_beside_the_other_conventions(tmp_path: Path) -> None:
    """Without its bias out = 2 w, so that delta = t - o = 2; the penalty of w = 0.5 is a term."""
    keys = 'delta = "target - out"\npenalty = { l2 = 0.5 }\nedits = ["bias: none"]'
    text = changed('order = "simultaneous"', keys)
    steps = '[[runs.steps]]\ndo = "backward"\n[[runs.steps]]\ndo = "update"\n'
    scenario = load(tmp_path, text + steps)
    player = played(Player(scenario, scenario.runs[0]))
    assert player.value("loss") == (3.0 - 1.0) ** 2 / 2 + 0.5 / 2 * 0.5**2
    assert player.value("o1.delta") == 2.0
    assert player.value("w1.gradient") == 2.0 * 2.0 - 0.5 * 0.5
    assert player.value("w1.weight") == pytest.approx(0.5 + 0.1 * 3.75, rel=1e-15)


def test_no_module_of_scenarios_names_the_floor_above() -> None:
    """What reads edits is asked for at its place, which the package fills."""
    folder = Path(ng.__file__).parent
    texts = [path.read_text(encoding="utf-8") for path in (folder / "scenario").glob("*.py")]
    assert not [text for text in texts if "neurograph.conventions" in text]
    scenario = ng.load_scenario("mazur_2015")
    run = replace(scenario.runs[0], edits=(StatedEdit(edit="the bias of h2 left out"),))
    (edit,) = edits_of(replace(scenario, runs=(run,)), run)
    assert type(edit) is RunEdit


@pytest.mark.parametrize(
    ("edit", "out", "loss"),
    [
        ("w1 read as 5, not 0.5", 11.0, 32.0),  # 5 * 2 + 1, and 8^2 / 2
        ("w1 read as 0.6, not 0.5", 2.2, 0.8**2 / 2),
        ("target of o1 read as 8, not 3", 2.0, 6.0**2 / 2),
        ("i1 read as 0.2, not 2", 1.1, 1.9**2 / 2),
        ("i1 read as -2, with the other sign", 0.0, 4.5),
        ("the target of o1 read as 30, not 3", 2.0, 28.0**2 / 2),
    ],
)
def test_a_given_number_is_read_wrongly(
    tmp_path: Path, edit: str, out: float, loss: float
) -> None:
    """A weight, an input or a target with other digits is so from the first step to the last."""
    player = played(edited(load(tmp_path, SMALL), "one", edit))
    assert player.value("o1.out") == pytest.approx(out, rel=1e-15)
    assert player.value("loss") == pytest.approx(loss, rel=1e-14)


def test_one_sample_is_read_wrongly(tmp_path: Path) -> None:
    """Of a batch the input of one sample has other digits, of which a step may use others."""
    text = ONLINE.replace("[-1.0]", "[-1.5]") + "samples = [2]\n"
    player = played(edited(load(tmp_path, text), "one", "i1 read as -5.1 in sample 2, not -1.5"))
    w, b = 0.5, 1.0
    for x, t in 3 * ((2.0, 3.0), (-5.1, 0.5)):
        delta = w * x + b - t
        w, b = w - 0.1 * delta * x, b - 0.1 * delta
    assert player.value("w1.weight") == pytest.approx(w, rel=1e-13)
    assert player.value("o1.out") == pytest.approx(b - 5.1 * w, rel=1e-13)


def test_data_read_wrongly_are_so_in_the_whole_run(tmp_path: Path) -> None:
    """Of one step alone it cannot be stated, and of a sheet it is the number that is given."""
    step = '[[runs.steps]]\ndo = "forward"\n'
    edit = "i1 read as 20, not 2"
    edits = f'edits = [{{ edit = "{edit}", step = 3 }}]'
    with pytest.raises(ScenarioError, match="changes inputs or targets from the beginning; leave"):
        ng.run_scenario(load(tmp_path, changed('order = "simultaneous"', edits) + step))
    scenario = load(tmp_path, changed('order = "simultaneous"', f'edits = ["{edit}"]'))
    answers = {question.address: question.answer for question in exercise(scenario).asked}
    assert float(answers["o1.net"]) == 11.0  # 0.5 * 20 + 1


@pytest.mark.parametrize(
    ("edit", "rows"),
    [
        ("the inputs of sample 2 in place of those of sample 1", [(-1.0, 3.0), (-1.0, 0.5)]),
        ("the targets of sample 1 in place of those of sample 2", [(2.0, 3.0), (-1.0, 3.0)]),
        ("sample 1 in place of sample 2", [(2.0, 3.0), (2.0, 3.0)]),
    ],
)
def test_one_sample_is_taken_for_another(
    tmp_path: Path, edit: str, rows: list[tuple[float, float]]
) -> None:
    """Its inputs, its targets or both are those of the other in each round of a training."""
    player = played(edited(load(tmp_path, ONLINE), "one", edit))
    w, b = 0.5, 1.0
    for x, t in 3 * rows:
        delta = w * x + b - t
        w, b = w - 0.1 * delta * x, b - 0.1 * delta
    assert player.value("w1.weight") == pytest.approx(w, rel=1e-13)
    assert player.value("o1.bias") == pytest.approx(b, rel=1e-13)


def test_slips_of_a_backward_pass_by_hand() -> None:
    """A weight for an out, errors back without weights, an update that begins with another one."""
    h1, h2 = logistic(0.15 * 0.05 + 0.20 * 0.10 + 0.35), logistic(0.25 * 0.05 + 0.30 * 0.10 + 0.35)
    outs = [logistic(a * h1 + b * h2 + 0.60) for a, b in ((0.40, 0.45), (0.50, 0.55))]
    d1, d2 = ((o - t) * o * (1 - o) for o, t in zip(outs, (0.01, 0.99), strict=True))
    for edit, address, value in (
        ("in gradient of w5: w5 in place of out of h1", "w5.gradient", d1 * 0.40),
        ("errors sent back without the weights", "h1.delta", (d1 + d2) * h1 * (1 - h1)),
        (
            "in dE/dout of h1, w7 * delta of o2: w7 left out",
            "h1.delta", (0.40 * d1 + d2) * h1 * (1 - h1),
        ),
        ("w7 read for w5 in its update", "w5.weight", 0.50 - 0.5 * d1 * h1),
    ):  # fmt: skip
        player = played(edited(ng.load_scenario("mazur_2015"), "derivations", edit))
        assert player.value(address) == pytest.approx(value, rel=1e-13), edit


SOFTMAX = """
title = "Two outputs"
author = "A. Uthor"
source = "a notebook"
[network]
loss = "cross_entropy"
neurons = [{ name = "i1" }, { name = "o1", activation = "softmax" },
           { name = "o2", activation = "softmax" }]
connections = [{ label = "w1", pre = "i1", post = "o1", weight = 0.5 },
               { label = "w2", pre = "i1", post = "o2", weight = -1.0 }]
[data]
inputs = [2.0]
targets = [1.0, 0.0]
[[runs]]
name = "one"
steps = [{ do = "forward" }, { do = "backward" }]
"""


@pytest.mark.parametrize(
    ("edit", "out", "delta"),
    [
        ("activation: 2 for e", 2 / (2 + 1 / 4), 2 / (2 + 1 / 4) - 1),
        ("activation: logistic for softmax", logistic(1.0), logistic(1.0) - 1),
        ("derivative: once more", logistic(3.0), -logistic(3.0) * logistic(-3.0) ** 2),
    ],
)
def test_softmax_otherwise_by_hand(tmp_path: Path, edit: str, out: float, delta: float) -> None:
    """Nets 1 and -2: by powers of 2, by logistic functions, with a slope that is not there."""
    player = played(edited(load(tmp_path, SOFTMAX), "one", edit))
    assert player.value("o1.out") == pytest.approx(out, rel=1e-14)
    assert player.value("o1.delta") == pytest.approx(delta, rel=1e-13)


@pytest.mark.parametrize("of_updates", [True, False])
def test_weights_are_taken_as_they_were_at_the_start(tmp_path: Path, of_updates: bool) -> None:
    """Every update begins with them, or every pass is made with them, in three rounds of two."""
    name = "new_weight" if of_updates else "net"
    player = played(edited(load(tmp_path, ONLINE), "one", f"order: given in {name}"))
    start = w, b = 0.5, 1.0
    for x, t in 3 * ((2.0, 3.0), (-1.0, 0.5)):
        own, its = (w, b) if of_updates else start
        delta = own * x + its - t
        w, b = start if of_updates else (w, b)
        w, b = w - 0.1 * delta * x, b - 0.1 * delta
    assert player.value("w1.weight") == pytest.approx(w, rel=1e-13)
    assert player.value("o1.bias") == pytest.approx(b, rel=1e-13)
    own, its = (w, b) if of_updates else start
    assert player.value("o1.out") == pytest.approx([2.0 * own + its, its - own], rel=1e-13)


def test_the_root_of_an_error(tmp_path: Path) -> None:
    """The root is of the mean over the samples; a sheet is not asked for it."""
    text = ONLINE.replace('do = "train"\nrounds = 3\nbatch_size = 1\n', 'do = "forward"\n')
    scenario = load(tmp_path, text + '[[runs.steps]]\ndo = "loss"\n')
    player = edited(scenario, "one", "loss: root")
    error = ((3.0 - 2.0) ** 2 / 2 + 0.0) / 2  # of the outs 2 and 0.5
    assert played(player).value("loss") == pytest.approx(math.sqrt(error), rel=1e-14)
    with pytest.raises(InvalidValueError, match="states how numbers are written"):
        exercise(player.scenario)


@pytest.mark.parametrize(
    ("net", "target", "term", "loss"),
    [
        (1.5, 0.3, "the target", -0.3 * math.log(logistic(1.5))),
        (1.5, 0.3, "1 - the target", -0.7 * math.log(1 - logistic(1.5))),
        (-1000.0, 1.0, "the target", 1000.0),
        (-1000.0, 1.0, "1 - the target", 0.0),
    ],
)
def test_one_term_of_a_cross_entropy(
    tmp_path: Path, net: float, target: float, term: str, loss: float
) -> None:
    """The value has one term of two, also far out; the delta is that of both."""
    text = (
        SMALL.replace('"identity", bias = 1.0', f'"logistic", bias = {net - 1.0}')
        .replace("targets = [3.0]", f"targets = [{target}]")
        .replace("[network]", '[network]\nloss = "binary_cross_entropy"')
    ) + '[[runs.steps]]\ndo = "backward"\n'
    edit = f"only the term with {term} counted in the loss"
    player = played(edited(load(tmp_path, text), "one", edit))
    assert player.value("loss") == pytest.approx(loss, rel=1e-13, abs=1e-300)
    assert player.value("o1.delta") == pytest.approx(
        (logistic(net) if net > -700 else 0.0) - target, rel=1e-13
    )


def test_an_error_alone_is_that_after_the_update(tmp_path: Path) -> None:
    """0.5 * 2 + 1 is 2, 1 short of the target; with 0.7 and 1.1 it is 2.5, and E = 0.5^2 / 2."""
    steps = SMALL.index("[[runs.steps]]")
    printed = '"o1.out" = "2.0000"\n"o1.delta" = "-1.0000"\n"loss" = "0.1250"\n'
    text = f'{SMALL[:steps]}[[runs.steps]]\ndo = "step"\n[runs.steps.printed]\n{printed}'
    found = ng.reconcile(load(tmp_path, text))
    first = found.changes[0]
    assert first.sentence == "the error alone after the update of the weights"
    assert first.contradicts == 0
