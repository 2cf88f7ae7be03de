"""Tests of ``neurograph explain``."""

import json
import os
import re
import subprocess
import sys

import pytest
from test_explain import after

from neurograph.cli import perform
from neurograph.cli.arguments import parser
from neurograph.errors import InvalidValueError, NotComputedError, UnknownNameError
from neurograph.explanations import explain, influence, what_if
from neurograph.scenario import find_scenarios, load_scenario, run_scenario


def run(*words):
    """Run the command; return its exit status."""
    return perform(parser().parse_args(["explain", *words]))


@pytest.fixture(scope="module")
def mazur():
    """Mazur's network after both passes, before the update."""
    return after("backward")


def test_it_prints_the_explanation(capsys, mazur):
    """By default it is the explanation of the moment before any weight has changed, as text."""
    assert run("mazur_2015", "w1.gradient") == 0
    out, err = capsys.readouterr()
    assert out == explain(mazur, "w1.gradient").text() + "\n"
    assert err == ""


@pytest.mark.parametrize(
    ("form", "start"),
    [("markdown", "# h1.net"), ("latex", r"\documentclass"), ("html", "<!DOCTYPE html>")],
)
def test_every_format_is_a_whole_document(capsys, form, start):
    """A format is written so that it can be sent into a file."""
    assert run("mazur_2015", "h1.net", "--format", form) == 0
    assert capsys.readouterr().out.startswith(start)


def test_options_reach_the_explanation(capsys, mazur):
    """Depth, digits and ASCII are those of `explain`."""
    run("mazur_2015", "w1.gradient", "--depth", "1", "--digits", "4", "--ascii")
    expected = explain(mazur, "w1.gradient", depth=1, digits=4).text(ascii=True)
    assert capsys.readouterr().out == expected + "\n"


def test_a_new_weight_has_the_learning_rate_of_the_run(capsys, mazur):
    """w5+ takes the learning rate of the run, or the one that is given."""
    run("mazur_2015", "w5.new_weight", "--depth", "0")
    assert capsys.readouterr().out.startswith("w5.new_weight = 0.35891648\n")
    run("mazur_2015", "w5.new_weight", "--depth", "0", "--learning-rate", "1")
    expected = mazur.value("w5.weight") - mazur.value("w5.gradient")
    first = capsys.readouterr().out.splitlines()[0]
    assert float(first.split(" = ")[1]) == pytest.approx(expected, abs=5e-10)


def test_a_weight_after_an_update_is_explained_by_the_update(capsys):
    """Asked where a changed weight comes from, it answers with old weight and gradient."""
    run("mazur_2015", "w5.weight", "--at", "update")
    out = capsys.readouterr().out
    assert "w5+ = w5 - η*∂E_total/∂w5 = 0.4 - 0.5*0.082167041 = 0.35891648" in out
    run("mazur_2015", "w5.weight", "--at", "given")
    assert "w5 = 0.4" in capsys.readouterr().out


def test_after_a_step_that_trains_its_passes_are_explained(capsys):
    """Numbers are those that `run` prints after the step, before its update, as stderr says."""
    words = ["--run", "error_after_one_round", "--depth", "0"]
    run("mazur_2015", "loss", "--at", "1", *words)
    out, err = capsys.readouterr()
    assert out.startswith("loss = 0.298371109\n")
    assert "those of its last passes, made with the weights before its last update" in err
    run("mazur_2015", "loss", "--at", "3", *words)
    assert capsys.readouterr().out.startswith("loss = 0.291027924\n")


def test_after_weights_were_set_the_passes_are_made_again(capsys, tmp_path):
    """What weights that were set lead to has new passes, which is said on stderr."""
    file = online(tmp_path, "[[runs.steps]]\ndo = 'set'\nvalues = {'w.weight' = 3}\n")
    run(file, "y.net", "--at", "4")
    out, err = capsys.readouterr()
    assert "net_y = w * x = 3 * 3 = 9" in out
    assert "after step 4 (set) both passes were made again" in err


ONLINE = """
title = "online"
author = "A. Teacher"
source = "by hand"
[network]
neurons = [{ name = "x" }, { name = "y", activation = "identity" }]
connections = [{ label = "w", pre = "x", post = "y", weight = 2 }]
[data]
inputs = [[1],[2],[3]]
targets = [[3],[4],[5]]
[[runs]]
name = "table"
learning_rate = 0.5
[[runs.steps]]
do = "step"
samples = [1]
[[runs.steps]]
do = "train"
rounds = 2
samples = [3, 2]
[[runs.steps]]
do = "forward"
samples = [3]
"""


def online(folder, more=""):
    """Return the file of a table of an online epoch."""
    file = folder / "online.toml"
    file.write_text(ONLINE + more)
    return str(file)


@pytest.mark.parametrize(
    ("words", "start"),
    [
        (["y.net", "--at", "1"], "y.net = 2\n"),  # 2 * 1
        (["y.delta", "--at", "1"], "y.delta = -1\n"),
        (["w.weight", "--at", "1"], "w.new_weight = 2.5\n"),  # 2 + 0.5 * 1
        (["y.net", "--at", "2", "--round", "1", "--sample", "2"], "y.net = 5 "),  # 2.5 * 2
        (["loss", "--at", "2", "--round", "1"], "loss = 1.8125\n"),  # (2.5**2 + 1**2) / 4
        (["w.weight", "--at", "2", "--round", "1"], "w.new_weight = 0.125\n"),  # by -(7.5 + 2) / 4
        (["y.net", "--at", "2", "--sample", "3"], "y.net = 0.375 "),  # 0.125 * 3
        (["rounds", "--at", "2"], "rounds = 2\n"),
        (["running_loss", "--at", "2", "--round", "1"], "running_loss = 1.8125\n"),
        (["learning_rate", "--at", "2"], "learning_rate = 0.5\n"),
    ],
)
def test_every_row_of_an_online_table_is_explained(capsys, tmp_path, words, start):
    """Samples are counted as in the file, and `--round` stops within a training."""
    assert run(online(tmp_path), *words) == 0
    assert capsys.readouterr().out.startswith(start)


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["y.net", "--at", "2", "--sample", "1"], "sample 1 is not one of those of the last pass"),
        (["y.net", "--round", "1"], "--round is of a step that does 'train': name it with --at"),
        (["y.net", "--at", "1", "--round", "1"], "a step that does 'train', not 'step'"),
        (["y.net", "--at", "2", "--round", "3"], "--round must be from 1 to 2, not 3"),
    ],
)
def test_a_round_or_a_sample_that_is_not_there_is_told(tmp_path, words, message):
    """A round needs a training that has it, and a sample a pass that is about it."""
    with pytest.raises(InvalidValueError, match=re.escape(message)):
        run(online(tmp_path), *words)


def test_a_round_after_the_end_of_a_training_is_told(tmp_path):
    """A training that stops by its loss has fewer rounds than it might."""
    file = online(tmp_path, "[[runs.steps]]\ndo = 'train'\nrounds = 9\nstop = {loss = 1000}\n")
    with pytest.raises(InvalidValueError, match="--round 2 was not reached: the training ended"):
        run(file, "y.net", "--at", "4", "--round", "2")


def test_right_answers_are_explained_by_what_makes_them_right(capsys, tmp_path):
    """The outs of the samples are 2, 4 and 6, all at least 1/2 as all targets are."""
    file = online(tmp_path).replace("online", "right")
    text = ONLINE.replace('do = "step"\nsamples = [1]', 'do = "forward"').replace("[[3],", "[[0],")
    with open(file, "w", encoding="utf-8") as out:
        out.write(text)
    assert run(file, "accuracy") == 0
    shown = capsys.readouterr().out
    assert "accuracy = n_right/N = 2/3" in shown
    assert "every out is at least 0.5 where its target is" in " ".join(shown.split())
    assert "2, 3 of 3" in shown


@pytest.mark.parametrize("name", find_scenarios())
def test_what_a_run_prints_is_what_is_explained(capsys, name):
    """Every value that a scenario prints, after its step and round, is the one explained."""
    for done in run_scenario(load_scenario(name)).runs:
        for step in done.steps:
            for verdict in step.verdicts:
                words = [name, verdict.address, "--run", done.run.name, "--at", str(step.number)]
                for option in ("sample", "round"):
                    if (number := getattr(verdict, option)) is not None:
                        words += [f"--{option}", str(number)]
                assert run(*words, "--depth", "0", "--json") == 0
                explained = json.loads(capsys.readouterr().out)["value"]
                assert explained == pytest.approx(verdict.computed, rel=1e-12, abs=1e-15), words


def test_a_run_that_starts_with_training_is_explained_before_it(capsys, mazur):
    """Without --at no weight has changed, whatever the first step does."""
    run("mazur_2015", "loss", "--run", "error_after_10000_rounds", "--depth", "0")
    assert capsys.readouterr().out == explain(mazur, "loss", depth=0).text() + "\n"


def test_one_sample_of_a_batch(capsys):
    """A sample is counted from 1; without it a value of each sample cannot be explained."""
    run("spacagna_2017_softmax", "loss", "--sample", "2", "--depth", "0")
    assert re.match(r"loss = \S+ \(sample 2 of \d+\)\n", capsys.readouterr().out)
    with pytest.raises(InvalidValueError, match="from 1 to"):
        run("spacagna_2017_softmax", "loss", "--sample", "0")


def test_what_does_it_influence(capsys, mazur):
    """--influence answers the reverse question."""
    run("mazur_2015", "--influence", "w5")
    assert capsys.readouterr().out == influence(mazur, "w5").text() + "\n"


def test_what_if(capsys, mazur):
    """--what-if shows what would change, for one number or several."""
    run("mazur_2015", "--what-if", "w5.weight=0.5", "--what-if", "h1.bias=0")
    expected = what_if(mazur, {"w5.weight": 0.5, "h1.bias": 0.0}, learning_rate=0.5)
    assert capsys.readouterr().out == expected.text() + "\n"


@pytest.mark.parametrize(
    ("words", "error", "message"),
    [
        (["w55.gradient"], UnknownNameError, "no connection 'w55'; did you mean 'w5'"),
        ([], InvalidValueError, "give an address to explain"),
        (["loss", "--influence", "w5"], InvalidValueError, "only one of them"),
        (["--what-if", "w5.weight=0,5"], InvalidValueError, "a decimal sign is a point"),
        (["--what-if", "w5.weight"], InvalidValueError, "expected ADDRESS=NUMBER"),
        (["loss", "--depth", "-1"], InvalidValueError, "depth must be 0"),
        (["loss", "--at", "9"], UnknownNameError, "has no step '9'"),
        (["loss", "--run", "x"], UnknownNameError, "run 'x'"),
        (["loss", "--at", "forward"], NotComputedError, "total error is not known yet"),
    ],
)
def test_wrong_use_is_told(words, error, message):
    """Each mistake is one error that the command line prints."""
    with pytest.raises(error, match=message):
        run("mazur_2015", *words)


def test_a_number_that_is_none_is_refused_by_the_parser(capsys):
    """Argparse says what was expected."""
    with pytest.raises(SystemExit):
        run("mazur_2015", "loss", "--depth", "two")
    assert "expected a whole number, got 'two'" in capsys.readouterr().err


@pytest.mark.parametrize("form", ["text", "markdown", "latex", "html"])
def test_every_format_can_be_printed_in_ascii(form):
    """Where the output has ASCII alone nothing fails, and HTML has the same characters."""
    found = subprocess.run(
        [sys.executable, "-m", "neurograph", "explain", "mazur_2015", "w5.gradient",
         "--format", form],
        env=os.environ | {"PYTHONIOENCODING": "ascii", "LC_ALL": "C"},
        capture_output=True, timeout=60,
    )  # fmt: skip
    assert found.returncode == 0, found.stderr
    shown = found.stdout.decode("ascii")
    assert {"text": "dE_total/dw5 = ", "html": "&#8706;"}.get(form, "0.082167041") in shown


def test_a_narrow_terminal_gets_narrow_lines(capsys, monkeypatch):
    """Lines are as long as the terminal is wide, and never longer than 80 columns."""
    monkeypatch.setenv("COLUMNS", "46")
    run("mazur_2015", "w5.gradient", "--depth", "0")
    assert max(map(len, capsys.readouterr().out.splitlines())) <= 46
    monkeypatch.setenv("COLUMNS", "200")
    run("mazur_2015", "w5.gradient", "--depth", "0")
    assert max(map(len, capsys.readouterr().out.splitlines())) <= 80


def test_what_belongs_to_no_round_is_computed(capsys):
    """Curvatures and shares are explained although no step of the run computes them."""
    assert run("mazur_2015", "w5.curvature", "--depth", "0") == 0
    assert "∂²E_total/∂w5² = ∂δ_o1/∂w5 * out_h1" in capsys.readouterr().out
    assert run("mazur_2015", "o1.error", "--depth", "0") == 0
    assert "= target_o1 - out_o1 = 0.01 - 0.75136507" in capsys.readouterr().out
    assert run("mazur_2015", "--influence", "w5.curvature") == 0
    assert "nothing" in capsys.readouterr().out
