"""The command line: what it prints, where, and with which exit status."""

import json
import math
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import neurograph
from neurograph.cli import main
from neurograph.digits import decimals
from neurograph.scenario import find_scenarios, load_scenario, run_scenario

ROOT = Path(__file__).parent.parent
MAZUR = find_scenarios()["mazur_2015_step_by_step"]

SMALL = """
title = "Small"
author = "A. Uthor"
year = 2001
source = "a notebook"
description = "Text with [red]brackets[/] and :smile: is printed as it stands."
[network]
neurons = [{ name = "i1" }, { name = "o1", label = "out", activation = "identity", bias = 1.0 }]
connections = [{ pre = "i1", post = "o1", weight = 0.5 }]
[data]
inputs = [2.0]
targets = [3.0]
[[runs]]
name = "one"
order = "simultaneous"
learning_rate = 0.1
digits = 4
[[runs.steps]]
do = "forward"
note = "A note on a step."
[runs.steps.printed]
"o1.out" = "2.0"
[[runs.steps]]
do = "loss"
[runs.steps.printed]
"loss" = "0.5"
[[runs.steps]]
do = "forward"
"""


@pytest.fixture
def small(tmp_path: Path) -> Path:
    """A scenario file with nothing in it that takes time."""
    path = tmp_path / "small.toml"
    path.write_text(SMALL, encoding="utf-8")
    return path


def _edited(path: Path, *changes: tuple[str, str]) -> str:
    text = path.read_text(encoding="utf-8")
    for old, new in changes:
        assert text.count(old) == 1, old
        text = text.replace(old, new)
    path.write_text(text, encoding="utf-8")
    return str(path)


def _process(*arguments: str | Path, **options: Any) -> subprocess.CompletedProcess[str]:
    program = options.pop("program", [sys.executable, "-m", "neurograph"])
    environment = os.environ | options.pop("env", {})
    return subprocess.run(
        [*program, *map(str, arguments)],
        **{"capture_output": True, "text": True, "encoding": "utf-8", **options},
        env=environment,
    )


# -- run -----------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def mazur_output() -> str:
    """What ``neurograph run mazur_2015`` prints into a pipe."""
    finished = _process("run", "mazur_2015")
    assert (finished.returncode, finished.stderr) == (0, "")
    return finished.stdout


def test_run_prints_every_value_with_its_verdict(mazur_output: str) -> None:
    """Every printed value stands in a line with its address, symbol and verdict."""
    for run in load_scenario("mazur_2015").runs:
        for step in run.steps:
            for printed in step.printed:
                verdict = "erratum" if printed.correct else "reproduced"
                words = [printed.address, printed.symbol, printed.value]
                line = r"\s+".join(map(re.escape, words)) + rf"\s+\S+\s+{verdict}$"
                assert re.search(line, mazur_output, re.MULTILINE), printed


def test_run_prints_the_network_and_the_conventions(mazur_output: str) -> None:
    """The network, its data and the convention of each run stand above the values."""
    for line in (
        "6 neurons, 8 connections; loss half_squared_error",
        "inputs: i1 = 0.05; i2 = 0.1",
        "targets: o1 = 0.01; o2 = 0.99",
        f"Run 1 of {len(load_scenario('mazur_2015').runs)}, derivations",
        "order simultaneous; learning rate 0.5",
        "order in_place; learning rate 0.5",
        "Step 1, train, 10,000 rounds",
    ):
        assert f"\n{line}\n" in mazur_output
    assert re.search(r"^h1 +1 +hidden +logistic +0.35 +fixed, shared as b1$", mazur_output, re.M)
    assert re.search(r"^w5 +h1 -> o1 +0.4$", mazur_output, re.M)


def test_run_ends_with_one_line_of_summary(mazur_output: str) -> None:
    """The last line counts what was reproduced and the errata."""
    assert re.fullmatch(
        r"mazur_2015_step_by_step: \d+ reproduced, 2 errata \(1 printed value, 1 slip\)",
        mazur_output.splitlines()[-1],
    )


def test_run_in_a_pipe_is_plain_and_fits_80_columns(mazur_output: str) -> None:
    """Nothing but text reaches a pipe, and no line is longer than 80 columns."""
    assert "\x1b" not in mazur_output
    assert max(map(len, mazur_output.splitlines())) <= 80


def test_run_explains_errata_and_slips(mazur_output: str) -> None:
    """An erratum is shown with the correct value and its cause; so is a slip of another kind."""
    text = " ".join(mazur_output.split())
    assert (
        "erratum w7.error_message (Hidden Layer): printed -0.019049119, correct -0.019049118;"
        in text
    )
    assert "meant “net_h1 = w1 * i1 + w2 * i2 + b1 * 1”; w3 leads to h2" in text


def test_run_fails_with_status_1(small: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A failed value is visible without colour, says how far off it is, and fails the run."""
    assert main(["run", _edited(small, ('"2.0"', '"2.1"'))]) == 1
    output, diagnostics = capsys.readouterr()
    assert re.search(r"^o1.out +o1.out +2.1 +2.0000 +FAILED$", output, re.MULTILINE)
    assert (
        "  FAILED o1.out: printed 2.1, differs by 0.1; half a unit of the last digit is" in output
    )
    assert output.splitlines()[-1] == "small: 1 reproduced, 0 errata, 1 FAILED"
    assert diagnostics == ""


def test_run_prints_texts_as_they_stand(small: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """What looks like the markup of rich is text, and conventions and notes are shown."""
    assert main(["run", str(small)]) == 0
    output = capsys.readouterr().out
    assert "Text with [red]brackets[/] and :smile: is printed as it stands." in output
    assert "order simultaneous; learning rate 0.1; every value rounded to 4 decimals" in output
    assert "A note on a step." in output


def test_run_of_a_batch(small: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Data of many samples is shortened, and a printed value is shown with its sample."""
    path = _edited(
        small,
        ("inputs = [2.0]", "inputs = [[2.0], [4.0], [6.0], [8.0], [10.0]]"),
        ("targets = [3.0]", "targets = { o1 = [3, 3, 4, 5, 6] }"),
        ('"2.0"', '{ value = "3.0", sample = 2 }'),
        ('"0.5"', '"0.1"'),
    )
    assert main(["run", path]) == 0
    output = capsys.readouterr().out
    assert "loss half_squared_error, mean over the samples" in output
    assert "inputs: i1 = 2, 4, 6, 8, ... (5 samples)" in output
    assert re.search(r"^o1.out \(sample 2\) +o1.out +3.0 +3.0000 +reproduced$", output, re.M)


def test_run_of_one_run(capsys: pytest.CaptureFixture[str]) -> None:
    """With --run only one run is shown and counted, under its own number."""
    assert main(["run", "mazur_2015", "--run", "error_after_one_round"]) == 0
    output = capsys.readouterr().out
    assert re.findall(r"^Run .*$", output, re.MULTILINE) == [
        f"Run 2 of {len(load_scenario('mazur_2015').runs)}, error_after_one_round"
    ]
    assert output.endswith("mazur_2015_step_by_step: 2 reproduced, 0 errata\n")


def test_run_as_json(capsys: pytest.CaptureFixture[str]) -> None:
    """The document holds every verdict with the full computed value, and nothing follows it."""
    assert main(["run", "mazur_2015", "--run", "derivations", "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    values = [value for step in document["runs"][0]["steps"] for value in step["values"]]
    result = run_scenario(load_scenario("mazur_2015"), run="derivations")
    assert [value["computed"] for value in values] == [each.computed for each in result.verdicts]
    assert document["summary"] == {
        "reproduced": len(values) - 1, "errata": 1, "failed": 0, "checks": 0, "failed_checks": 0,
    }  # fmt: skip
    assert document["network"]["connections"][4] == {
        "name": "w5", "pre": "h1", "post": "o1", "label": "w5", "weight": 0.4,
    }  # fmt: skip
    assert document["data"] == {
        "inputs": [0.05, 0.1], "targets": [0.01, 0.99], "file": None, "standardized": False,
    }  # fmt: skip
    places = [step["place"] for step in document["runs"][0]["steps"]]
    assert places == [
        "Overview", "The Forward Pass", "Calculating the Total Error", "The Backwards Pass",
        "Output Layer",
    ]  # fmt: skip


def test_diverged_values_are_valid_json(small: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A value that became infinite or nan fails, and is text in JSON, which knows no nan."""
    path = _edited(
        small,
        ("weight = 0.5", "weight = 1e200"),
        ("inputs = [2.0]", "inputs = [1e200]"),
        ("digits = 4\n", ""),
    )
    assert main(["run", path, "--json"]) == 1
    document = json.loads(capsys.readouterr().out, parse_constant=pytest.fail)
    assert document["runs"][0]["steps"][0]["values"][0]["computed"] == "inf"
    assert main(["run", path]) == 1
    assert "the computed value is no finite number" in capsys.readouterr().out


# -- inspect -------------------------------------------------------------------------------------


def test_inspect_neuron(capsys: pytest.CaptureFixture[str]) -> None:
    """All that h1 carries after the backward pass, with the messages of its connections."""
    assert main(["inspect", "mazur_2015", "h1"]) == 0
    output = capsys.readouterr().out
    for line in (
        r"Neuron h1 in mazur_2015_step_by_step",
        r"run derivations, after step 4 \(backward\); no weight has changed yet",
        r"kind +hidden",
        r"activation +logistic",
        r"bias trained +fixed, shared as b1",
        r"bias +0.35 .*",
        r"net +0.3775 .*",
        r"out +0.5932699921 .*",
        r"slope +0.2413007086 .*",
        r"out_gradient +0.03635030639 .*",
        r"delta +0.008771354689 .*",
        r"w1 +i1 +0.15 +0.05 +0.0075 +0.0004385677345",
        r"w7 +o2 +0.5 +-0.03809823652 +-0.01904911826 +-0.02260254048",
    ):
        assert re.search(f"^{line}$", output, re.MULTILINE), line
    assert max(map(len, output.splitlines())) <= 80


@pytest.mark.parametrize("name", ["w5", "h1->o1"])
def test_inspect_connection(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    """A connection shows its own numbers and the two at its ends that they follow from."""
    assert main(["inspect", "mazur_2015", name]) == 0
    output = capsys.readouterr().out
    for line in (
        r"Connection w5, from h1 to o1, in mazur_2015_step_by_step",
        r"weight +0.4 .*",
        r"message +0.2373079968 .*",
        r"error_message +0.05539942465 .*",
        r"gradient +0.08216704056 .*",
        r"h1.out +0.5932699921 .*",
        r"o1.delta +0.1384985616 .*",
    ):
        assert re.search(f"^{line}$", output, re.MULTILINE), line


def test_inspect_a_shared_parameter(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    """By its name: by hand (0.5 - 1)*1 and (1.5 - 2)*3, and of biases the deltas."""
    path = tmp_path / "tied.toml"
    text = f"""{SMALL.partition("[network]")[0]}
[network]
neurons = [
    {{ name = "x1" }}, {{ name = "x2" }},
    {{ name = "y1", activation = "identity", bias = 0.0, tie = "b" }},
    {{ name = "y2", activation = "identity", bias = 0.0, tie = "b" }},
]
connections = [
    {{ label = "w1", pre = "x1", post = "y1", weight = 0.5, tie = "W" }},
    {{ label = "w2", pre = "x2", post = "y2", weight = 0.5, tie = "W" }},
]
[data]
inputs = {{ x1 = 1, x2 = 3 }}
targets = {{ y1 = 1, y2 = 2 }}
[[runs]]
name = "one"
steps = [{{ do = "forward" }}, {{ do = "backward" }}]
"""
    path.write_text(text, encoding="utf-8")
    for name, lines in {
        "W": ["W is one parameter in 2 places", r"w1.weight +-0.5 +-2", r"w2.weight +-1.5 +-2"],
        "b": ["b is one parameter in 2 places", r"y1.bias +-0.5 +-1", r"y2.bias +-0.5 +-1"],
    }.items():
        assert main(["inspect", str(path), name]) == 0
        output = capsys.readouterr().out
        for line in lines:
            assert re.search(f"^{line}", output, re.MULTILINE), (line, output)


@pytest.mark.parametrize(
    ("at", "weight", "state"),
    [
        ("given", 0.4, "after step 1 (given); no weight has changed yet"),
        ("2", 0.4, "after step 2 (forward); no weight has changed yet"),
        ("update", 0.35891647971788465, "after step 5 (update); weights changed in this step"),
    ],
)
def test_inspect_at_a_step(
    at: str, weight: float, state: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """A step is chosen by its number or its name."""
    assert main(["inspect", "mazur_2015", "w5", "--at", at]) == 0
    assert state in capsys.readouterr().out
    assert main(["inspect", "mazur_2015", "w5", "--at", at, "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["connection"]["weight"] == weight


def test_inspect_a_run_without_backward_pass_of_its_own(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Where every step changes weights, the first is shown, and said to have changed them."""
    assert main(["inspect", "mazur_2015", "h1", "--run", "2"]) == 0
    assert "after step 1 (step); weights changed in this step" in capsys.readouterr().out


def test_inspect_after_weights_changed_earlier(capsys: pytest.CaptureFixture[str]) -> None:
    """A forward pass after an update says that its weights are no longer the first ones."""
    arguments = ["inspect", "mazur_2015", "h1", "--run", "error_after_one_round", "--at"]
    assert main([*arguments, "forward"]) == 0
    output = " ".join(capsys.readouterr().out.split())
    assert "after step 2 (forward); weights changed in an earlier step" in output


def test_inspect_neuron_as_json(small: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The document holds what the neuron carries, and its connections with theirs."""
    assert main(["inspect", str(small), "o1", "--at", "1", "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == {
        "scenario": "small",
        "run": "one",
        "step": {"number": 1, "do": "forward"},
        "neuron": {
            "name": "o1", "label": "out", "activation": "identity", "bias": 1.0,
            "net": 2.0, "out": 2.0,
        },
        "incoming": [
            {"name": "i1->o1", "pre": "i1", "post": "o1", "weight": 0.5, "message": 1.0},
        ],
        "outgoing": [],
    }  # fmt: skip


def test_inspect_input_and_labelled_neuron(small: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """An input has no activation to show; a neuron is found by its label too."""
    assert main(["inspect", str(small), "i1"]) == 0
    output = capsys.readouterr().out
    assert re.search("^kind +input$", output, re.MULTILINE)
    assert "activation" not in output
    assert "Incoming" not in output
    assert main(["inspect", str(small), "out"]) == 0
    assert capsys.readouterr().out.startswith("Neuron o1 (out) in small\n")


LSTM = """
title = "One step of an LSTM cell"
author = "A. Uthor"
source = "a notebook"
[network]
neurons = [
    { name = "x1" }, { name = "x2" }, { name = "i", bias = 0.0 },
    { name = "g", activation = "tanh" }, { name = "o" },
    { name = "c", activation = "identity", combine = "product" },
    { name = "t", activation = "tanh" },
    { name = "h", activation = "identity", combine = "product", mask = 2.0 },
]
connections = [
    { pre = "x1", post = "i", weight = 0.2 }, { pre = "x2", post = "i", weight = 0.1 },
    { pre = "x1", post = "g", weight = 0.4 }, { pre = "x2", post = "g", weight = 0.2 },
    { pre = "x1", post = "o", weight = 0.1 }, { pre = "x2", post = "o", weight = 0.3 },
    { pre = "i", post = "c", weight = 1 }, { pre = "g", post = "c", weight = 1 },
    { pre = "c", post = "t", weight = 1 }, { pre = "t", post = "h", weight = 1 },
    { pre = "o", post = "h", weight = 1 },
]
[data]
inputs = [1.0, 0.5]
targets = [1.0]
[[runs]]
name = "one"
[[runs.steps]]
do = "forward"
[runs.steps.printed]
"c.out" = "0.2598"
"t.out" = "0.2541"
[[runs.steps]]
do = "backward"
"""


def test_inspect_a_neuron_that_multiplies(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """It says its combine rule and its mask; i = o = 1/(1 + e^-0.25) and g = tanh 0.5."""
    path = tmp_path / "lstm.toml"
    path.write_text(LSTM, encoding="utf-8")
    assert main(["run", str(path)]) == 0
    assert re.search(r"^h +4 .* product of its messages, mask 2$", capsys.readouterr().out, re.M)
    assert main(["inspect", str(path), "h"]) == 0
    output = capsys.readouterr().out
    gate = 1 / (1 + math.exp(-0.25))
    net = gate * math.tanh(gate * math.tanh(0.5))
    for pattern in (
        r"^combine +product ",
        r"^mask +2 +a constant factor on out$",
        rf"^net +{net:.10g} +net_j = product of w_ij \* out_i, \+ bias_j$",
        rf"^out +{2 * net:.10g} +out_j = mask \* f\(net_j\)$",
        "their product and the bias make net$",
    ):
        assert re.search(pattern, output, re.MULTILINE), pattern
    assert main(["inspect", str(path), "i"]) == 0
    assert "error message = weight * delta * message_slope;" in capsys.readouterr().out


NUMBER = re.compile(r"(?<![\w.])-?\d+\.\d+(?:e-?\d+)?")

MANY_DIGITS = SMALL.replace("digits = 4", "").replace(
    """[[runs.steps]]
do = "loss"
[runs.steps.printed]
"loss" = "0.5"
""",
    """[[runs.steps]]
do = "backward"
[runs.steps.printed]
"o1.delta" = "-1.00000000000000000"
"i1->o1.gradient" = "-2.0000000000000000"
""",
)


@pytest.mark.parametrize(
    "command",
    [
        ("run", "mazur_2015"),
        ("run", "many_digits"),
        ("inspect", "mazur_2015", "h1"),
        ("inspect", "mazur_2015", "w5"),
    ],
    ids=" ".join,
)
def test_no_number_is_broken(
    command: tuple[str, ...],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """What stands in a table fits the terminal, and its numbers are those of a wide one."""
    (tmp_path / "many_digits.toml").write_text(MANY_DIGITS, encoding="utf-8")
    words = [str(tmp_path / "many_digits.toml") if w == "many_digits" else w for w in command]
    numbers = {}
    for columns in (300, 80, 56, 40, 30):
        monkeypatch.setenv("COLUMNS", str(columns))
        assert main(words) == 0
        shown = capsys.readouterr().out
        numbers[columns] = sorted(NUMBER.findall(shown))
        assert numbers[columns] == numbers[300], columns
        assert max(map(len, shown.splitlines())) <= columns
    assert len(numbers[300]) > 4


def test_a_table_without_room_is_blocks_of_lines(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Where not even words give room enough, each cell stands behind the name of its column."""
    file = tmp_path / "many_digits.toml"
    file.write_text(MANY_DIGITS, encoding="utf-8")
    monkeypatch.setenv("COLUMNS", "40")
    assert main(["run", str(file)]) == 0
    assert (
        "address   o1.delta\n"
        "symbol    o1.delta\n"
        "printed   -1.00000000000000000\n"
        "computed  -1.00000000000000000000\n"
        "verdict   reproduced\n"
        "\n"
        "address   i1->o1.gradient\n"
    ) in capsys.readouterr().out


# -- list ----------------------------------------------------------------------------------------


def test_list(capsys: pytest.CaptureFixture[str]) -> None:
    """Every scenario that comes with the package is listed with its source."""
    assert main(["list"]) == 0
    output = " ".join(capsys.readouterr().out.split())
    title = "A Step by Step Backpropagation Example (Matt Mazur, 2015)"
    assert f"mazur_2015_step_by_step {title}: logistic, " in output


def test_list_as_json(capsys: pytest.CaptureFixture[str]) -> None:
    """The document names every scenario in the folder."""
    assert main(["list", "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert [entry["scenario"] for entry in document] == list(find_scenarios())
    assert {"title", "author", "year", "source"} <= set(document[0])


# -- help and wrong use --------------------------------------------------------------------------


@pytest.mark.parametrize("arguments", [[], ["run"], ["inspect"], ["list"]])
def test_help(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    """Help goes to standard output, with status 0."""
    with pytest.raises(SystemExit, match="0"):
        main([*arguments, "--help"])
    assert capsys.readouterr().out.startswith("usage: neurograph")


def test_version(capsys: pytest.CaptureFixture[str]) -> None:
    """The version is that of the package."""
    with pytest.raises(SystemExit, match="0"):
        main(["--version"])
    assert capsys.readouterr().out == f"neurograph {neurograph.__version__}\n"


def test_no_command_prints_help_to_standard_error(capsys: pytest.CaptureFixture[str]) -> None:
    """Without a command nothing is done, so the status is that of wrong use."""
    assert main([]) == 2
    output, diagnostics = capsys.readouterr()
    assert output == ""
    assert diagnostics.startswith("usage: neurograph")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["walk"], "invalid choice: 'walk'"),
        (["run"], "one of the arguments SCENARIO --all is required"),
        (["run", "mazur_2015", "--jsn"], "unrecognized arguments: --jsn"),
    ],
)
def test_arguments_that_argparse_refuses(
    arguments: list[str], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Wrong arguments get the usage and status 2."""
    with pytest.raises(SystemExit, match="2"):
        main(arguments)
    output, diagnostics = capsys.readouterr()
    assert output == ""
    assert message in diagnostics


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["run", "masur_2015"], "no scenario 'masur_2015'; did you mean 'mazur_2015'?"),
        (["run", "no/such.toml"], "no/such.toml: no such file"),
        (["run", "/"], "/: is a directory; expected a scenario file (.toml)"),
        (["run", "\x1b[31m"], r"no scenario '\x1b[31m'; the scenarios are "),
        (["run", "mazur_2015", "--run", "derivation"], "no run 'derivation'; did you mean 'deriv"),
        (["inspect", "mazur_2015", "h11"], "no neuron or connection 'h11'; did you mean 'h1'?"),
        (["inspect", "mazur_2015", "w55"], "no neuron or connection 'w55'; did you mean 'w5'?"),
        (
            ["inspect", "mazur_2015", "h1.net"],
            "no neuron or connection 'h1.net'; did you mean 'h1'?",
        ),
        (
            ["inspect", "mazur_2015", "zzz"],
            "connection 'zzz'; there are i1, i2, h1, h2, o1, o2, w1,",
        ),
        (
            ["inspect", "mazur_2015", "h1", "--at", "7"],
            "run 'derivations' has no step '7'; its steps",
        ),
        (
            ["inspect", "mazur_2015", "h1", "--at", "7"],
            "are 1 (given), 2 (forward), 3 (loss), 4 (bac",
        ),
        (["inspect", "mazur_2015", "h1", "--at", "forwrd"], "'forwrd'; did you mean 'forward'?"),
        (
            ["inspect", "SMALL", "o1", "--at", "forward"],
            "has more than one step 'forward': 1 and 3",
        ),
    ],
)
def test_wrong_use_is_one_line_and_status_2(
    arguments: list[str], message: str, small: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A mistake gets one line on standard error that names the likely intention."""
    assert main([str(small) if each == "SMALL" else each for each in arguments]) == 2
    output, diagnostics = capsys.readouterr()
    assert output == ""
    assert diagnostics.startswith("neurograph: ")
    assert diagnostics.count("\n") == 1
    assert message in diagnostics


def test_mistake_in_a_file_is_status_2(small: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A wrong scenario file is wrong use, not a failed value."""
    assert main(["run", _edited(small, ("title", "titel"))]) == 2
    said = capsys.readouterr().err
    assert f"neurograph: {small}: unknown key 'titel'; did you" in said
    assert "guide" not in said


def test_a_missing_key_names_the_guide(small: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """It is named once, after all that is missing, and has every key."""
    assert main(["run", _edited(small, ("author", "#"), ('source = "a notebook"', ""))]) == 2
    *missing, last = capsys.readouterr().err.splitlines()
    assert last == "neurograph: 'neurograph guide format' shows every key of a file, with examples"
    assert len(missing) == 2
    assert all("missing key" in line for line in missing)
    assert main(["guide", "format"]) == 0
    assert "# Scenario files" in capsys.readouterr().out


# -- the process around it -----------------------------------------------------------------------


def test_ascii_output() -> None:
    """Where the output cannot hold the symbols they are spelled out, and tables stay aligned."""
    finished = _process("run", "mazur_2015", "--run", "1", env={"PYTHONIOENCODING": "ascii"})
    assert finished.returncode == 0
    assert finished.stdout.isascii()
    assert re.search(r"^w5.gradient +dE_total/dw5 .* reproduced$", finished.stdout, re.M)
    assert "a rounding chain: delta_o2 = " in finished.stdout
    assert max(map(len, finished.stdout.splitlines())) <= 80


def test_narrow_terminal() -> None:
    """Lines are folded to the width there is, and no digit is dropped."""
    finished = _process("run", "mazur_2015", "--run", "2", env={"COLUMNS": "40"})
    assert finished.returncode == 0
    assert max(map(len, finished.stdout.splitlines())) <= 40


@pytest.mark.skipif(sys.platform == "win32", reason="there are no pseudo-terminals")
def test_a_pipe_has_the_width_of_the_terminal() -> None:
    """What goes to a pager is as wide as the terminal that the command was typed at."""
    import pty
    import termios

    run = ("run", "mazur_2015", "--run", "2")
    ours, theirs = pty.openpty()
    termios.tcsetwinsize(theirs, (24, 50))
    environment = {name: value for name, value in os.environ.items() if name != "COLUMNS"}
    finished = subprocess.run(
        [sys.executable, "-m", "neurograph", *run],
        stdin=theirs, capture_output=True, encoding="utf-8", env=environment, check=True,
    )  # fmt: skip
    os.close(ours)
    os.close(theirs)
    assert finished.stdout == _process(*run, env={"COLUMNS": "50"}).stdout
    assert 40 < max(map(len, finished.stdout.splitlines())) <= 50


def test_what_has_no_colours_is_written_without_rich() -> None:
    """Where the output is no terminal, and nobody asks for colours, nothing of `rich` is there."""
    code = (
        "import sys; from neurograph.cli import main; main(['list']);"
        " print([name for name in sys.modules if name.partition('.')[0] == 'rich'])"
    )
    for colour, expected in (({}, True), ({"FORCE_COLOR": "1"}, False)):
        finished = _process(program=[sys.executable, "-c", code], env=colour)
        assert (finished.stdout.splitlines()[-1] == "[]") is expected


def test_colour_on_request() -> None:
    """Colours are there for those who ask for them."""
    finished = _process("run", "mazur_2015", "--run", "2", env={"FORCE_COLOR": "1"})
    assert "\x1b[32mreproduced" in finished.stdout


@pytest.mark.parametrize(
    "arguments", [["run", "mazur_2015", "--run", "1"], ["list", "--json"], ["-h"]]
)
def test_reader_that_leaves_early(arguments: list[str]) -> None:
    """A pipe whose reader has gone ends the program without a word."""
    read, write = os.pipe()
    os.close(read)
    finished = _process(*arguments, stdout=write, stderr=subprocess.PIPE, capture_output=False)
    os.close(write)
    assert (finished.returncode, finished.stderr) == (141, "")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="the system has no /dev/full")
def test_output_that_cannot_be_written() -> None:
    """A full disk is one line on standard error."""
    with Path("/dev/full").open("w", encoding="utf-8") as full:
        finished = _process("list", stdout=full, stderr=subprocess.PIPE, capture_output=False)
    assert finished.returncode == 2
    assert finished.stderr == "neurograph: cannot write the output: No space left on device\n"


def test_closed_output(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a standard output there is nowhere to print, and that is no error."""
    monkeypatch.setattr(sys, "stdout", None)
    assert main(["list"]) == 0


def test_closed_diagnostics(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Without a standard error the data still come, and complaints do not get among them."""
    monkeypatch.setattr(sys, "stderr", None)
    assert main(["run", "mazur_2015", "--run", "3", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["scenario"] == "mazur_2015_step_by_step"
    assert main(["run", "nosuch"]) == 2
    assert capsys.readouterr().out == ""


def test_interrupted_training(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Ctrl-C during a training ends the program: nothing is judged by half a training."""

    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("neurograph.training.steps.Stepper.try_steps", interrupt)
    assert main(["run", "mazur_2015", "--run", "3"]) == 130
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.startswith("Training was interrupted after step ")


def test_interrupted(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """Ctrl-C ends the program without a word."""

    def interrupt(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("neurograph.cli.outcomes.run_scenario", interrupt)
    assert main(["run", "mazur_2015"]) == 130
    assert capsys.readouterr() == ("", "")


@pytest.mark.skipif(not hasattr(os, "openpty"), reason="the system has no pseudo-terminals")
def test_waiting_at_a_terminal(small: Path) -> None:
    """A terminal is told on standard error that something is computed; the output stays clean."""
    master, slave = os.openpty()
    finished = _process(
        "list", "--json", stdout=subprocess.PIPE, stderr=slave, capture_output=False
    )
    assert json.loads(finished.stdout)
    finished = _process(
        "run", small, "--json", stdout=subprocess.PIPE, stderr=slave, capture_output=False
    )
    os.close(slave)
    assert json.loads(finished.stdout)["scenario"] == "small"
    assert b"computing" in os.read(master, 10_000)
    os.close(master)


def test_import_is_light() -> None:
    """Importing the package and its command line imports neither rich nor matplotlib."""
    code = (
        "import sys, neurograph, neurograph.cli;"
        "print([name for name in ('rich', 'matplotlib') if name in sys.modules])"
    )
    finished = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, encoding="utf-8", check=True
    )
    assert finished.stdout == "[]\n"


@pytest.mark.parametrize(
    ("value", "like", "expected"),
    [
        (0.3775, "0.3775", "0.3775000"),
        (0.40, ".40", "0.40000"),
        (-0.019049118258278114, "-0.019049119", "-0.019049118258"),
        (3.510854812251261e-05, "0.0000351085", "0.0000351085481"),
        (3.510854812251261e-05, "3.51085e-05", "3.51085481e-05"),
        (1e300, "0.3775", "1e+300"),
        (float("nan"), "0.3775", "nan"),
        (float("-inf"), None, "-inf"),
        (0.593269992107187, None, "0.5932699921"),
    ],
)
def test_digits_of_a_computed_value(value: float, like: str | None, expected: str) -> None:
    """A computed value has three digits more than the printed one it stands beside."""
    assert decimals(value, like=like) == expected
