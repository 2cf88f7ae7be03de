"""The command line: all scenarios at once, new files, and what a scenario says on the screen."""

import json
import math
import re
import tomllib
from pathlib import Path
from typing import Any

import pytest
from scenario_files import EVERYTHING, SMALL, as_toml, changed, write_everything

from neurograph.cli import main
from neurograph.scenario import find_scenarios, library, load_scenario, run_scenario


def _output(capsys: pytest.CaptureFixture[str], *arguments: str, status: int = 0) -> str:
    assert main(list(arguments)) == status
    output = capsys.readouterr().out
    assert max(map(len, output.splitlines())) <= 80
    return output


# -- run --all -----------------------------------------------------------------------------------


@pytest.fixture
def own_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with two scenarios, in the place of the one that comes with neurograph."""
    monkeypatch.chdir(tmp_path)
    # Not its whole path: where lines are broken would depend on how long that is.
    monkeypatch.setattr(library, "_folder", Path)
    (tmp_path / "a_2001_small.toml").write_text(SMALL, encoding="utf-8")
    write_everything(tmp_path)
    return tmp_path


def test_all_scenarios_end_with_one_table(
    own_folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Each scenario has a row with its counts and its time, and the last row adds them up."""
    output = _output(capsys, "run", "--all")
    head, _, first, second, total = output.splitlines()
    assert head.split() == ["scenario", "printed", "reproduced", "errata", "slips", "seconds"]
    for row, counts in (
        (first, "a_2001_small 2 2 0 0"),
        (second, "everything 2 1 1 1"),
        (total, "all 4 3 1 1"),
    ):
        assert re.fullmatch(counts.replace(" ", " +") + r" +\d+\.\d\d", row), row


def test_all_scenarios_as_json(own_folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The document has the same counts, for programs."""
    small, everything = json.loads(_output(capsys, "run", "--all", "--json"))
    assert small.pop("seconds") > 0
    assert small == {
        "scenario": "a_2001_small", "passed": True, "printed": 2, "reproduced": 2, "errata": 0,
        "slips": 0, "failed": 0, "error": None,
    }  # fmt: skip
    assert everything["errata"] == everything["slips"] == 1


def test_all_scenarios_fail_if_one_fails(
    own_folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """What fails is explained above the table; a broken file does not stop the others."""
    text = SMALL.replace('"2.0"', '"2.5"')
    (own_folder / "b_2001_wrong.toml").write_text(text, encoding="utf-8")
    (own_folder / "c_2001_broken.toml").write_text("title = ", encoding="utf-8")
    checked = EVERYTHING.replace('gradients = "differ"', 'gradients = "agree"')
    (own_folder / "everything.toml").write_text(checked, encoding="utf-8")
    output = _output(capsys, "run", "--all", status=1)
    flat = " ".join(output.split())
    assert "b_2001_wrong FAILED o1.out: printed 2.5, differs by 0.5" in flat
    assert "c_2001_broken c_2001_broken.toml: is not TOML: invalid value" in flat
    assert "everything FAILED, listed as gradients that agree; gradients beside" in flat
    rows = {line.split()[0]: line.split()[1:6] for line in output.splitlines()[-5:]}
    assert rows == {
        "a_2001_small": ["2", "2", "0", "0", "0"],
        "b_2001_wrong": ["2", "1", "0", "0", "1"],
        "c_2001_broken": ["-", "-", "-", "-", "file"],
        "everything": ["2", "1", "1", "1", "1"],
        "all": ["6", "4", "1", "1", "2"],
    }


def test_all_takes_no_run(capsys: pytest.CaptureFixture[str]) -> None:
    """One run of everything makes no sense."""
    assert main(["run", "--all", "--run", "1"]) == 2
    assert "--run is for one scenario; --all runs everything" in capsys.readouterr().err


# -- new -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["my_example", "my_example.toml", "2024-x"])
def test_new_file_runs_with_every_value_reproduced(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], name: str
) -> None:
    """The starter is a whole scenario, and says which command runs it."""
    monkeypatch.chdir(tmp_path)
    stem = name.removesuffix(".toml")
    assert _output(capsys, "new", name) == (
        f"{stem}.toml is written. Run it: neurograph run {stem}.toml\n"
    )
    (path,) = tmp_path.iterdir()
    result = run_scenario(load_scenario(path))
    assert result.passed
    assert len(result.reproduced) == len(result.verdicts) > 5
    assert f"neurograph run {path.name}" in path.read_text(encoding="utf-8")
    # With an erratum as the last remark shows it, the file runs as well.
    remark = re.search(r"^# (\"o1.net\" = .*)$", path.read_text(encoding="utf-8"), re.M)
    assert remark is not None
    text = re.sub(r'^"o1.net".*$', remark[1], path.read_text(encoding="utf-8"), flags=re.M)
    path.write_text(text, encoding="utf-8")
    assert len(run_scenario(load_scenario(path)).errata) == 1


def test_new_never_overwrites(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A file that is there stays as it is, and so does a link into the void."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "mine.toml").write_text("mine", encoding="utf-8")
    (tmp_path / "link.toml").symlink_to(tmp_path / "elsewhere")
    for name in ("mine", "link"):
        assert main(["new", name]) == 2
        message = f"neurograph: {name}.toml is there already; it is not overwritten\n"
        assert capsys.readouterr().err == message
    assert (tmp_path / "mine.toml").read_text(encoding="utf-8") == "mine"
    assert not (tmp_path / "elsewhere").exists()


@pytest.mark.parametrize("name", ["", "a b", "../x", "/tmp/x", "x.py", "ü", "x" * 101, ".toml"])
def test_new_with_a_name_that_is_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], name: str
) -> None:
    """Names are plain, so that the file lies in this folder and nowhere else."""
    monkeypatch.chdir(tmp_path)
    assert main(["new", name]) == 2
    assert "cannot be a name: expected letters, digits, '_' and '-'" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


def test_new_where_nothing_can_be_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A folder that refuses files is one line."""

    def refuse(*_: object, **__: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("builtins.open", refuse)
    assert main(["new", "x"]) == 2
    assert capsys.readouterr().err == "neurograph: x.toml: cannot be written: Permission denied\n"


# -- what is shown -------------------------------------------------------------------------------


def test_everything_is_shown(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Conventions, steps, data and checks stand on the screen, within 80 columns."""
    output = _output(capsys, "run", str(write_everything(tmp_path)))
    flat = " ".join(output.split())
    for words in (
        "A. Uthor, undated",
        "data: table.csv every input column: (x - mean) / standard deviation",
        "order in_place; learning rate 0.05; optimizer momentum; batches of 2; shuffled with seed"
        " 1; loss half_squared_error; mean over the samples; every bias trained; only samples 1,"
        " 2, 4",
        "Step 2, train, 3 rounds, order simultaneous, learning rate 0.1, optimizer adam"
        " (beta1 0.8, beta2 0.999, epsilon 1e-08), one sample at a time, until the loss is 1e-09,"
        " until 5 rounds without a lower loss, until the gradient is no longer than 1e-09",
        "order simultaneous; learning rate 0.1; only sample 3; every value rounded to 4 decimals",
        "Step 1, set, u1.weight = 0.5, s.bias = 0.1",
        "Step 3, check, gradients differ gradients beside differentiation by numbers: 13 differ,"
        " most",
        "Step 5, attribute, without the denominator",
        "everything: 1 reproduced, 2 errata (1 printed value, 1 slip)",
    ):
        assert words in flat, words
    assert re.search(r"^i1.out \(sample 4\) +x +1.1 +1.1531 +truncated$", output, re.MULTILINE)


def test_agreement_of_floats_is_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A printed 2 + 2**-51, the float above 2, and digits that name 1/2 say how they agree."""
    path = tmp_path / "floats.toml"
    text = changed('"o1.out" = "2.0"', '"o1.out" = "2.0000000000000004"')
    path.write_text(text.replace('"0.5"', '"0.50000000000000001"'), encoding="utf-8")
    output = _output(capsys, "run", str(path))
    assert re.search(r"^o1.out +o1.out +2.0000000000000004 .* last places$", output, re.MULTILINE)
    assert re.search(r"^loss +loss +0.50000000000000001 .* same float$", output, re.MULTILINE)
    flat = " ".join(output.split())
    assert "last places: with 15 digits or more, within 8 units in the last place" in flat
    assert "same float: the printed digits name exactly the float that is computed" in flat
    assert "floats: 2 reproduced, 0 errata" in flat
    document = json.loads(_output(capsys, "run", str(path), "--json"))
    steps = document["runs"][0]["steps"]
    assert [step["values"][0]["agreement"] for step in steps] == ["last places", "same float"]


def test_everything_as_json(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The document holds conventions, steps, checks and figures."""
    document = json.loads(_output(capsys, "run", str(write_everything(tmp_path)), "--json"))
    assert document["year"] is None
    assert document["data"]["file"] == "table.csv"
    first, second = document["runs"]
    assert (first["biases"], first["samples"], first["optimizer"]) == (
        "trained", [1, 2, 4], "momentum",
    )  # fmt: skip
    training = first["steps"][1]
    assert training["optimizer"] == {
        "name": "adam", "beta1": 0.8, "beta2": 0.999, "epsilon": 1e-8,
    }  # fmt: skip
    assert training["stop"] == {"loss": 1e-9, "no_improvement": 5, "gradient_norm": 1e-9}
    assert second["steps"][0]["set"] == {"u1.weight": 0.5, "s.bias": 0.1}
    assert second["steps"][2]["check"]["passed"] is True
    assert [figure["what"] for figure in document["figures"]] == ["surface", "network"]


def _changed(tmp_path: Path, **parts: Any) -> str:
    path = tmp_path / "small.toml"
    path.write_text(as_toml(tomllib.loads(SMALL) | parts), encoding="utf-8")
    return str(path)


def test_failed_check_fails_the_run(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A check that is otherwise than stated is said, counted, and the status of the command."""
    steps = [{"do": "forward"}, {"do": "backward"}, {"do": "check", "gradients": "differ"}]
    path = _changed(tmp_path, runs=[{"name": "one", "steps": steps}])
    output = _output(capsys, "run", path, status=1)
    assert "FAILED, listed as gradients that differ; gradients beside" in " ".join(output.split())
    assert output.endswith("small: 0 reproduced, 0 errata, 1 gradient check FAILED\n")


def test_large_networks_are_shortened(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Tables of thousands of rows end after some, and say how many there are."""
    layers = [{"size": 1}, {"size": 1000, "weights": 1}, {"size": 1, "weights": 0}]
    path = _changed(
        tmp_path,
        network={"layers": layers},
        runs=[{"name": "one", "steps": [{"do": "forward"}]}],
    )
    output = _output(capsys, "run", path)
    assert "1002 neurons, 2000 connections" in output
    assert "\n... and 942 more\n" in output
    assert "\n... and 1,940 more\n" in output
    assert len(output.splitlines()) < 200


def test_undated_scenarios_are_listed(own_folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A scenario without a year says so in the list."""
    assert list(find_scenarios()) == ["a_2001_small", "everything"]
    output = _output(capsys, "list")
    assert "A. Uthor, 2001" in output
    assert "A. Uthor, undated" in output


#: The change without its minus, as the table of quantities says it under every optimiser.
STEP_IS = (
    "the change without its minus: the learning rate times the gradient, or what the optimiser"
    " takes for that"
)


@pytest.mark.parametrize(
    ("optimizer", "step"),
    [
        # out = 2 * 0.5 + 1, target 3: dE/dw = -2; of the second round, w = 0.7 and b = 1.1, -1.
        ("momentum", 0.1 * (0.9 * -2.0 - 1.0)),
        # Both means are corrected to those of the one gradient -2; then w = 0.6 and b = 1.1, -1.4.
        (
            "adam",
            0.1
            * ((0.9 * 0.1 * -2.0 + 0.1 * -1.4) / (1 - 0.9**2))
            / math.sqrt((0.999 * 0.001 * 4.0 + 0.001 * 1.96) / (1 - 0.999**2)),
        ),
    ],
)
def test_inspect_words_the_step_of_an_optimizer(
    tmp_path: Path, optimizer: str, step: float, capsys: pytest.CaptureFixture[str]
) -> None:
    """What is called the step is what the optimiser takes off, and no bare product with a rate."""
    rate = "learning_rate = 0.1\n"
    text = SMALL.replace(rate, f'{rate}optimizer = "{optimizer}"\n').split("[[runs.steps]]")[0]
    path = tmp_path / "trained.toml"
    path.write_text(f'{text}[[runs.steps]]\ndo = "train"\nrounds = 2\n', encoding="utf-8")
    assert main(["inspect", str(path), "w1", "--at", "1"]) == 0
    assert STEP_IS in " ".join(capsys.readouterr().out.split())
    assert main(["inspect", str(path), "w1", "--at", "1", "--json"]) == 0
    shown = json.loads(capsys.readouterr().out)["connection"]
    # Adam's epsilon of 1e-8 stands beside a root of 1 or more, in two rounds.
    assert shown["step"] == pytest.approx(step, rel=2e-8)
    assert shown["change"] == -shown["step"]
