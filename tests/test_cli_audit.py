"""Tests of ``neurograph audit``."""

import io
import json
import sys

import pytest
from scenario_files import DATA, searched

import neurograph as ng
from neurograph.cli import perform
from neurograph.cli.arguments import parser
from neurograph.errors import InvalidValueError, ScenarioError, UnknownNameError


@pytest.fixture(autouse=True)
def _searched_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the command show what is found without searching each file anew for every test."""
    monkeypatch.setattr(ng, "reconcile", lambda scenario, run: searched(scenario.name, run))


@pytest.fixture
def run(capsys):
    """Return a function that runs the command and returns its status and its output."""

    def call(*arguments):
        status = perform(parser().parse_args(["audit", *map(str, arguments)]))
        captured = capsys.readouterr()
        assert captured.err == ""
        return status, captured.out

    return call


def test_listed_errata_pass(run):
    """A scenario whose values are reproduced or listed passes, and is searched all the same."""
    status, out = run("mazur_2015", "--run", "derivations")
    assert status == 0
    assert "may be chance: rounded to 9 decimals at every step" in out
    assert out.endswith("mazur_2015_step_by_step: 50 reproduced, 1 listed erratum, 0 neither\n")


def test_unlisted_values_fail(run):
    """A value that is neither reproduced nor listed fails, even where its cause was found."""
    status, out = run(DATA / "afteracademy_one_run.toml")
    assert status == 1
    text = " ".join(out.split())
    assert "FAILED o1.out: printed 0.6888201" in text
    assert "found: follows from the printed o1.net = 0.794609 -> 0.6888201145" in text
    assert "near, not found: in net of o1: the bias of h1 (0.45) in place of its own" in text
    assert "not given by the stated conventions, 2 found otherwise" in text
    assert "as may be by chance" not in text
    assert out.endswith("afteracademy_one_run: 3 reproduced, 0 listed errata, 8 neither\n")


def test_change_that_explains_several_is_named(run):
    """The summary names the change that explains several values at once, with its odds."""
    _, out = run(DATA / "mazur_one_run.toml")
    text = " ".join(out.split())
    assert "3 values (loss, o1.out, o2.out); contradicts 4 of 10; 1e-10 expected by chance" in text


def test_every_printed_value_is_shown(run):
    """Each printed value stands there with its verdict; steps that print nothing are left out."""
    _, out = run(DATA / "general_network_rounded.toml")
    assert out.count(" reproduced\n") == 17
    assert out.count(" FAILED\n") == 1
    _, out = run(DATA / "afteracademy_one_run.toml")
    assert "Step 4" not in out
    assert "Step 5" in out


@pytest.mark.parametrize("name", ["general_network_exact", "afteracademy_one_run"])
def test_lines_fit_80_columns(run, name):
    """No line is wider than the terminal."""
    _, out = run(DATA / f"{name}.toml")
    assert max(map(len, out.splitlines())) <= 80


def test_ascii_terminal(monkeypatch):
    """Where the terminal knows ASCII alone, everything is written with that."""
    plain = io.TextIOWrapper(io.BytesIO(), encoding="ascii")
    monkeypatch.setattr(sys, "stdout", plain)
    arguments = parser().parse_args(["audit", "mazur_2015", "--run", "derivations"])
    assert perform(arguments) == 0
    plain.flush()
    assert b"dE_o2/dout_h1" in plain.buffer.getvalue()


def test_json(run):
    """The same as one document: values with what was found, changes, and a summary."""
    status, out = run(DATA / "afteracademy_one_run.toml", "--json")
    assert status == 1
    document = json.loads(out)
    assert document["scenario"] == "afteracademy_one_run"
    assert document["summary"] == {
        "reproduced": 3,
        "errata": 0,
        "failed": 8,
        "found": 2,
        "may_be_chance": 0,
        "not_found": 6,
    }
    by_address = {value["address"]: value for value in document["values"]}
    assert len(document["values"]) == 11
    assert by_address["h1.net"]["search"] is None
    assert by_address["o1.out"]["search"]["found"][0]["follows_from"] == ["o1.net"]
    assert by_address["o1.net"]["search"]["found"] == []
    assert by_address["o1.net"]["search"]["near"][0]["missing"] == 3
    explained = [change["explains"][0]["address"] for change in document["changes"]]
    assert sorted(explained) == ["h1.out", "loss", "o1.out", "o2.net"]


def test_wrong_use(run, tmp_path):
    """A file that is not there, or an unknown run, is one error that names it."""
    with pytest.raises(ScenarioError, match=r"nothing\.toml"):
        run(tmp_path / "nothing.toml")
    with pytest.raises(UnknownNameError, match="has no run 'one_roun'; did you mean 'one_round'"):
        run(DATA / "mazur_one_run.toml", "--run", "one_roun")
    with pytest.raises(SystemExit, match="2"):
        run()


def test_an_errata_list_for_the_author(run):
    """Where, what is printed, what is correct with as many digits, and why; not what is right."""
    status, out = run(DATA / "afteracademy_one_run.toml", "--errata", "--format", "markdown")
    assert status == 1
    rows = [line for line in out.splitlines() if line.startswith("| ")]
    assert rows[0].split() == ["|", "where", "|", "printed", "|", "correct", "|", "why", "|"]
    (row,) = [line for line in rows if line.startswith("| o1.out ")]
    assert row.split()[3:6:2] == ["0.6888201", "0.6994501"]
    assert "follows from the printed o1.net = 0.794609" in row
    assert "8 errata; 3 other values are right" in out
    _, out = run(DATA / "afteracademy_one_run.toml", "--errata", "--json")
    errata = json.loads(out)["errata"]
    assert len(errata) == 8
    (erratum,) = [erratum for erratum in errata if erratum["address"] == "o1.out"]
    assert (erratum["printed"], erratum["correct"]) == ("0.6888201", "0.6994501")


def test_errata_that_are_listed_keep_their_words(run):
    """What the file says of an erratum is what the author reads."""
    _, out = run("mazur_2015", "--run", "derivations", "--errata", "--format", "markdown")
    assert "| -0.019049118 |" in out.replace("`", "")
    assert "1 erratum; 50 other values are right" in out


def test_all_scenarios_in_one_table(run, monkeypatch):
    """A row for each with its counts, and below it each wrong value with its reason."""
    paths = {name: DATA / f"{name}.toml" for name in ("afteracademy_one_run", "mazur_one_run")}
    monkeypatch.setattr("neurograph.cli.outcomes.find_scenarios", lambda: paths)
    status, out = run("--all")
    assert status == 1
    rows = {line.split()[0]: line.split()[1:] for line in out.splitlines() if line.strip()}
    assert rows["scenario"] == ["printed", "wrong", "found", "open"]
    assert "11      8      2     6" in out
    assert rows["all"][0] == "26"
    _, out = run("--all", "--json")
    assert [audit["scenario"] for audit in json.loads(out)] == list(paths)


@pytest.mark.parametrize("option", [["--run", "1"], ["--errata"]])
def test_options_of_one_scenario(run, option):
    """What is asked about one scenario is not asked about all."""
    with pytest.raises(InvalidValueError, match=f"{option[0]} is for one scenario; --all audits"):
        run("--all", *option)
