"""Tests of ``neurograph explain``."""

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


def test_after_an_update_the_passes_are_made_again(capsys):
    """Numbers after weights have changed belong to new passes, which is said on stderr."""
    run("mazur_2015", "loss", "--run", "error_after_one_round", "--at", "1", "--depth", "0")
    out, err = capsys.readouterr()
    assert out.startswith("loss = 0.291027924\n")
    assert "after step 1 (step) both passes were made again" in err


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
