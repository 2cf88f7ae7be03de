"""Scenario files: finding, reading, checking and running them."""

import contextlib
import json
import math
import os
import re
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from neurograph.errors import ScenarioError, UnknownNameError
from neurograph.scenario import (
    Scenario,
    agrees,
    files,
    find_scenarios,
    load_scenario,
    play,
    run_scenario,
)

# -- Mazur's example in plain floats, written from the formulas of the text ---------------------


def _logistic(x: float) -> float:
    return 1 / (1 + math.exp(-x))


class PlainMazur:
    """The network of the tutorial without any graph: the oracle for what neurograph computes."""

    def __init__(self) -> None:
        self.w = dict(zip(range(1, 9), (0.15, 0.2, 0.25, 0.3, 0.4, 0.45, 0.5, 0.55), strict=True))

    def forward(self) -> None:
        """Compute net, out and the errors of both layers."""
        w = self.w
        self.i1, self.i2, self.t1, self.t2 = 0.05, 0.1, 0.01, 0.99
        self.net_h1 = w[1] * self.i1 + w[2] * self.i2 + 0.35
        self.net_h2 = w[3] * self.i1 + w[4] * self.i2 + 0.35
        self.h1, self.h2 = _logistic(self.net_h1), _logistic(self.net_h2)
        self.net_o1 = w[5] * self.h1 + w[6] * self.h2 + 0.6
        self.net_o2 = w[7] * self.h1 + w[8] * self.h2 + 0.6
        self.o1, self.o2 = _logistic(self.net_o1), _logistic(self.net_o2)
        self.e1, self.e2 = (self.t1 - self.o1) ** 2 / 2, (self.t2 - self.o2) ** 2 / 2

    def round(self, order: str, rate: float = 0.5) -> None:
        """Perform one round of backpropagation."""
        self.forward()
        w = self.w
        d1 = -(self.t1 - self.o1) * self.o1 * (1 - self.o1)
        d2 = -(self.t2 - self.o2) * self.o2 * (1 - self.o2)
        g = {5: d1 * self.h1, 6: d1 * self.h2, 7: d2 * self.h1, 8: d2 * self.h2}
        self.new = {k: w[k] - rate * g[k] for k in g}
        used = self.new if order == "in_place" else w
        self.back5, self.back7 = used[5] * d1, used[7] * d2
        self.h1_error = self.back5 + self.back7
        dh1 = self.h1_error * self.h1 * (1 - self.h1)
        dh2 = (used[6] * d1 + used[8] * d2) * self.h2 * (1 - self.h2)
        g |= {1: dh1 * self.i1, 2: dh1 * self.i2, 3: dh2 * self.i1, 4: dh2 * self.i2}
        self.d1, self.d2, self.g = d1, d2, g
        self.w = {k: w[k] - rate * g[k] for k in w}

    @property
    def error(self) -> float:
        """The total error of the last forward pass."""
        return self.e1 + self.e2

    def value(self, address: str) -> float:
        """Return what an address of the scenario file names."""
        if match := re.fullmatch(r"w(\d)\.(weight|gradient)", address):
            return (self.w if match[2] == "weight" else self.g)[int(match[1])]
        values: dict[str, Callable[[], float]] = {
            "loss": lambda: self.error,
            "i1.out": lambda: self.i1,
            "i2.out": lambda: self.i2,
            "h1.bias": lambda: 0.35,
            "o1.bias": lambda: 0.6,
            "h1.net": lambda: self.net_h1,
            "h1.out": lambda: self.h1,
            "h2.out": lambda: self.h2,
            "o1.net": lambda: self.net_o1,
            "o1.out": lambda: self.o1,
            "o2.out": lambda: self.o2,
            "o1.target": lambda: self.t1,
            "o2.target": lambda: self.t2,
            "o1.loss": lambda: self.e1,
            "o2.loss": lambda: self.e2,
            "o1.out_gradient": lambda: self.o1 - self.t1,
            "o1.slope": lambda: self.o1 * (1 - self.o1),
            "o1.delta": lambda: self.d1,
            "w5.error_message": lambda: self.back5,
            "w7.error_message": lambda: self.back7,
            "h1.out_gradient": lambda: self.h1_error,
            "h1.slope": lambda: self.h1 * (1 - self.h1),
        }
        return values[address]()


def _plain_after(order: str, rounds: int) -> PlainMazur:
    plain = PlainMazur()
    for _ in range(rounds):
        plain.round(order)
    return plain


@pytest.fixture(scope="module")
def mazur() -> Scenario:
    """The scenario that comes with the package."""
    return load_scenario("mazur_2015")


@pytest.fixture(scope="module")
def mazur_result(mazur: Scenario) -> Any:
    """All its runs, 20,000 rounds."""
    return run_scenario(mazur)


def test_mazur_every_printed_value_is_reproduced_or_an_erratum(mazur_result: Any) -> None:
    """No printed value of the tutorial is left unexplained."""
    assert mazur_result.failed == ()
    assert [erratum.address for erratum in mazur_result.errata] == ["w7.error_message"]
    assert len(mazur_result.slips) == 1
    assert len(mazur_result.reproduced) + 1 == len(mazur_result.verdicts) > 40


def test_mazur_computed_values_equal_plain_float_arithmetic(mazur_result: Any) -> None:
    """Every value that a run computes is the one of the oracle after the same steps."""
    for run in mazur_result.runs:
        plain = PlainMazur()
        before = dict(plain.w)
        for step in run.steps:
            match step.step.do:
                case "forward" | "loss":
                    plain.forward()
                case "backward":
                    before = plain.w
                    plain.round(run.run.order)
                    after, plain.w = plain.w, before
                case "update":
                    plain.w = after
                case "step" | "train":
                    for _ in range(step.step.rounds):
                        plain.round(run.run.order)
            for verdict in step.verdicts:
                expected = plain.value(verdict.address)
                assert verdict.computed == pytest.approx(expected, rel=1e-10, abs=0), verdict


def test_mazur_numbers_in_notes_are_what_the_other_convention_gives(mazur: Scenario) -> None:
    """The notes state numbers that no run checks; the oracle confirms each."""
    notes = {run.name: run.note or "" for run in mazur.runs}
    one = _plain_after("simultaneous", 1)
    one.forward()
    assert f"{one.error:.9f}" in notes["error_after_one_round"]
    simultaneous = _plain_after("simultaneous", 10_000)
    simultaneous.forward()
    in_place = _plain_after("in_place", 10_000)
    in_place_before = in_place.error
    in_place.forward()
    for number in (simultaneous.error, in_place_before, in_place.error):
        assert f"{number:.10f}" in notes["error_after_10000_rounds"]
    for number in (simultaneous.o1, simultaneous.o2):
        assert f"{number:.9f}" in notes["outputs_after_10000_rounds"]


def test_mazur_cause_of_the_erratum_is_a_rounding_chain(mazur_result: Any) -> None:
    """Rounding delta_o2 to nine decimals gives the misprinted digit, as its cause says."""
    (erratum,) = mazur_result.errata
    rounded = round(_plain_after("simultaneous", 1).d2, 9)
    assert f"{rounded:.9f}" in erratum.cause
    assert agrees(rounded * 0.5, erratum.printed)


def test_mazur_biases_stay_as_they_are(mazur: Scenario) -> None:
    """The tutorial never trains a bias."""
    *_, (_, net) = play(mazur, mazur.run("error_after_one_round"))
    biases = [net.neuron(name).bias for name in ("h1", "h2", "o1", "o2")]
    assert biases == [0.35, 0.35, 0.6, 0.6]


def test_network_is_new_each_time(mazur: Scenario) -> None:
    """Changing one network of a scenario leaves the next as the source gives it."""
    mazur.network().set_value("w5.weight", 9.0)
    assert mazur.network().value("w5.weight") == 0.4


def test_run_by_name_and_number(mazur: Scenario) -> None:
    """A run is found by its name and by its number counted from 1."""
    assert mazur.run("2") is mazur.run("error_after_one_round") is mazur.runs[1]


def test_one_run_alone_leaves_out_the_slips(mazur: Scenario) -> None:
    """A slip belongs to no run, so the result of one run counts only its own values."""
    result = run_scenario(mazur, run="derivations")
    assert [run.run.name for run in result.runs] == ["derivations"]
    assert result.slips == ()


def test_unknown_run_is_named_with_the_nearest(mazur: Scenario) -> None:
    """A misspelt run suggests the right one; a strange one gets the list."""
    with pytest.raises(
        UnknownNameError, match=r"no run 'derivation'; did you mean 'derivations'\?"
    ):
        run_scenario(mazur, run="derivation")
    with pytest.raises(
        UnknownNameError, match="no run '9'; its runs are derivations, error_after_"
    ):
        run_scenario(mazur, run="9")


# -- agreement -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("computed", "printed", "expected"),
    [
        (0.3775, "0.3775", True),
        (0.37754, "0.3775", True),
        (0.37755, "0.3775", True),
        (0.377551, "0.3775", False),
        (0.37745, "0.3775", True),
        (0.377449, "0.3775", False),
        (0.4, "0.40", True),
        (0.404, "0.40", True),
        (0.404, ".40", True),
        (0.406, "0.40", False),
        (0.406, "0.4", True),
        (-0.0190491182, "-0.019049118", True),
        (-0.0190491182, "-0.019049119", False),
        (-0.0190491182, "0.019049118", False),
        (3.510854812251261e-05, "3.51085e-05", True),
        (3.510854812251261e-05, "3.51085E-5", True),
        (3.510854812251261e-05, "0.0000351085", True),
        (3.508e-05, "3.51085e-05", False),
        (1499.0, "1e3", True),
        (1501.0, "1e3", False),
        (12.0, "12.", True),
        (12.0, "+12", True),
        (0.0, "-0.0", True),
        (math.nan, "0.0", False),
        (math.inf, "1e999", False),
        (1e308, "1e-999", False),
    ],
)
def test_agreement_to_half_a_unit_of_the_last_digit(
    computed: float, printed: str, expected: bool
) -> None:
    """The last printed digit says how exactly a value must agree."""
    assert agrees(computed, printed) is expected


@given(
    st.floats(min_value=-1e6, max_value=1e6),
    st.integers(min_value=1, max_value=8),
    st.sampled_from([-1, 1]),
)
def test_agreement_with_correct_rounding_and_no_other(x: float, places: int, sign: int) -> None:
    """A number agrees with itself correctly rounded, and never with two units more or less."""
    assert agrees(x, f"{x:.{places}f}")
    assert not agrees(x, f"{x + sign * 2 * 10.0**-places:.{places}f}")


# -- finding -------------------------------------------------------------------------------------


@pytest.fixture
def own_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder that stands for the one installed with the package."""
    monkeypatch.setattr(files, "_folder", lambda: tmp_path)
    for stem in ("ada_1843_numbers", "bo_2001_x", "bo_2001_y", "bo_2001"):
        (tmp_path / f"{stem}.toml").write_text(SMALL, encoding="utf-8")
    return tmp_path


def test_find_scenarios_lists_names_in_order(own_folder: Path) -> None:
    """Names are the stems of the files, sorted."""
    assert list(find_scenarios()) == ["ada_1843_numbers", "bo_2001", "bo_2001_x", "bo_2001_y"]


@pytest.mark.parametrize(
    ("text", "stem"),
    [
        ("ada_1843_numbers", "ada_1843_numbers"),
        ("ada_1843", "ada_1843_numbers"),
        ("ada", "ada_1843_numbers"),
        ("bo_2001", "bo_2001"),
    ],
)
def test_name_or_its_beginning_finds_a_scenario(own_folder: Path, text: str, stem: str) -> None:
    """A name means itself first, and else the one name it begins, up to an underscore."""
    assert load_scenario(text).name == stem


def test_path_finds_a_file(own_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Paths as text or objects are read, and so is a file of the working folder."""
    path = own_folder / "own_folder" / "mine"
    path.parent.mkdir()
    path.write_text(SMALL, encoding="utf-8")
    assert load_scenario(path).file == load_scenario(str(path)).file == path
    monkeypatch.chdir(path.parent)
    assert load_scenario("mine").file == Path("mine")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("bo", "'bo' is the beginning of 3 scenarios: bo_2001, bo_2001_x, bo_2001_y; write more"),
        ("ad", "no scenario 'ad'; did you mean 'ada'?"),
        ("ada_1834", "no scenario 'ada_1834'; did you mean 'ada_1843'?"),
        ("zzz", "no scenario 'zzz'; the scenarios are ada_1843_numbers, bo_2001, "),
        ("", "no scenario ''; the scenarios are ada"),
        ("zzz", r"and the path of a file of your own has a slash or ends in .toml"),
    ],
)
def test_unknown_name_says_what_is_near(own_folder: Path, text: str, message: str) -> None:
    """A name that finds nothing, or too much, gets the names there are."""
    with pytest.raises(UnknownNameError, match=re.escape(message)):
        load_scenario(text)


# -- files that are none -------------------------------------------------------------------------


def _refused(path: Path, message: str) -> None:
    with pytest.raises(ScenarioError, match=re.escape(f"{path}: {message}")):
        load_scenario(path)


def test_missing_file(tmp_path: Path) -> None:
    """A missing file is named, with the scenario that was perhaps meant."""
    _refused(tmp_path / "x.toml", "no such file")
    _refused(
        tmp_path / "mazur_2015_step_by_stop.toml",
        "no such file; did you mean 'mazur_2015_step_by_step'?",
    )


def test_directory(tmp_path: Path) -> None:
    """A directory is no scenario."""
    _refused(tmp_path, "is a directory; expected a scenario file (.toml)")


def test_file_below_a_file(tmp_path: Path) -> None:
    """A path through a file gets the reason of the operating system."""
    (tmp_path / "x").touch()
    _refused(tmp_path / "x" / "y.toml", "cannot be read: Not a directory")


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="the system has no named pipes")
def test_pipe(tmp_path: Path) -> None:
    """A pipe, which might never end, is not opened."""
    os.mkfifo(tmp_path / "pipe")
    _refused(tmp_path / "pipe", "is not a regular file")


def test_impossible_path(tmp_path: Path) -> None:
    """A path the system cannot have is an error like any other."""
    _refused(tmp_path / ("x" * 5000), "cannot be read: File name too long")
    _refused(tmp_path / "a\0b", "cannot be read: embedded null byte")


def test_large_file_is_refused_by_its_size(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file of 100 MB is refused before any of it is read."""
    path = tmp_path / "large.toml"
    with path.open("wb") as file:
        file.truncate(100_000_000)
    monkeypatch.setattr(Path, "read_bytes", lambda self: pytest.fail("it was read"))
    _refused(path, "is 95.4 MiB large; a scenario file holds at most 1 MiB")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"\x89PNG\r\n", "is not UTF-8 text (byte 0 is 0x89); a scenario is a text file in TOML"),
        (b"title = \0", "is binary data; a scenario is a text file in TOML"),
        (b"title = \n", "is not TOML: invalid value (at line 1, column 9)"),
        (b"title = 'a'\ntitle = 'b'\n", "is not TOML: cannot overwrite a value (at line 2"),
        (b"x = " + b"[" * 5000, "is not usable TOML: lists nested too deeply"),
        (b"x = " + b"[" * 400 + b"]" * 400, "unknown key 'x'"),
        (b"year = " + b"9" * 5000, "is not TOML: exceeds the limit"),
        (b"", "missing key 'title'"),
    ],
)
def test_content_that_is_no_scenario(tmp_path: Path, content: bytes, message: str) -> None:
    """Binary data and broken TOML get one error, with the place where there is one."""
    path = tmp_path / "x.toml"
    path.write_bytes(content)
    _refused(path, message)


def test_unreadable_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file without permission gets the reason of the operating system."""
    path = tmp_path / "x.toml"
    path.touch()

    def refuse(self: Path) -> bytes:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "read_bytes", refuse)
    _refused(path, "cannot be read: Permission denied")


# -- what a file may say -------------------------------------------------------------------------

SMALL = """
title = "Small"
author = "A. Uthor"
year = 2001
source = "a notebook"
[network]
neurons = [{ name = "i1" }, { name = "o1", activation = "identity", bias = 1.0 }]
connections = [{ label = "w1", pre = "i1", post = "o1", weight = 0.5 }]
[data]
inputs = [2.0]
targets = [3.0]
[[runs]]
name = "one"
order = "simultaneous"
learning_rate = 0.1
[[runs.steps]]
do = "forward"
[runs.steps.printed]
"o1.out" = "2.0"
[[runs.steps]]
do = "loss"
[runs.steps.printed]
"loss" = "0.5"
"""


def _load(tmp_path: Path, text: str) -> Scenario:
    path = tmp_path / "small.toml"
    path.write_text(text, encoding="utf-8")
    return load_scenario(path)


def _changed(old: str, new: str) -> str:
    assert SMALL.count(old) == 1, old
    return SMALL.replace(old, new)


def test_small_scenario_runs(tmp_path: Path) -> None:
    """A file with nothing but what is needed is a scenario; its symbols are the addresses."""
    result = run_scenario(_load(tmp_path, SMALL))
    assert [(each.symbol, each.place, each.verdict) for each in result.verdicts] == [
        ("o1.out", None, "reproduced"),
        ("loss", None, "reproduced"),
    ]


def test_byte_order_mark_and_windows_line_ends(tmp_path: Path) -> None:
    """A file saved by an editor on Windows reads as any other."""
    path = tmp_path / "small.toml"
    path.write_bytes(b"\xef\xbb\xbf" + SMALL.replace("\n", "\r\n").encode())
    assert load_scenario(path).title == "Small"


PRINTED = 'runs[0].steps[0].printed."o1.out"'


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        # keys
        ("title = ", "titel = ", "unknown key 'titel'; did you mean 'title'?"),
        ("[data]", "[data]\nzzz = 1", "data: unknown key 'zzz'; the keys here are inputs, targets"),
        ("year = 2001", "", "missing key 'year'"),
        ('name = "i1"', "", "network.neurons[0]: missing key 'name'"),
        ('order = "simultaneous"', "", "runs[0]: missing key 'order'"),
        ('"2.0"', '{ vale = "2.0" }', f"{PRINTED}: unknown key 'vale'; did you mean 'value'?"),
        # types
        ("year = 2001", 'year = "2001"', "year: expected a whole number, got the text '2001'"),
        ("year = 2001", "year = true", "year: expected a whole number, got the truth value true"),
        (
            "year = 2001",
            "year = 0",
            "year: expected a whole number from 1 to 9,999, got the number 0",
        ),
        ('"a notebook"', "2001-01-01", "source: expected text, got the date or time 2001-01-01"),
        ('"a notebook"', '" "', "source: expected text, got an empty text"),
        ('"a notebook"', r'"\u001b[31m"', "source: holds the unprintable character U+001B"),
        (
            "weight = 0.5",
            'weight = "a"',
            "network.connections[0].weight: expected a number, got the",
        ),
        ("weight = 0.5", 'weight = "0.5"', "got the text '0.5'; write it without quotes"),
        ("weight = 0.5", "weight = inf", "weight: expected a finite number, got the number inf"),
        (
            "weight = 0.5",
            f"weight = 0x{'f' * 300}",
            "expected a finite number, got the number 1721",
        ),
        ("weight = 0.5", f"weight = 0x{'f' * 4000}", "got the number (thousands of digits)"),
        (
            "bias = 1.0",
            "trainable = 1",
            "neurons[1].trainable: expected true or false, got the number",
        ),
        ("[2.0]", "2.0", "data.inputs: expected a list, or a table by neuron, got the number 2.0"),
        ("[2.0]", "[[2.0], 2.0]", "data.inputs[1]: expected a list, got the number 2.0"),
        ("[2.0]", "[]", "data.inputs: expected a list with at least one item, got an empty one"),
        ("[2.0]", '["a"]', "data.inputs[0]: expected a number, got the text 'a'"),
        (
            '[runs.steps.printed]\n"o1.out" = "2.0"',
            "printed = 2.0",
            "runs[0].steps[0].printed: expected a table, got the number 2.0",
        ),
        ("[network]", "network = 1\n[data.x]", "network: expected a table, got the number 1"),
        ('{ name = "i1" }', '"i1"', "network.neurons[0]: expected a table, got the text 'i1'"),
        # choices
        (
            '"forward"',
            '"foward"',
            "runs[0].steps[0].do: unknown choice 'foward'; did you mean 'forward'?",
        ),
        ('"forward"', '"zzz"', "unknown choice 'zzz'; expected one of given, forward, loss, "),
        (
            '"forward"',
            "1",
            "do: expected one of given, forward, loss, backward, update, step, train; got",
        ),
        (
            '"simultaneous"',
            '"online"',
            "runs[0].order: unknown choice 'online'; expected one of simul",
        ),
        (
            'name = "one"',
            'name = "1"',
            "runs[0].name: expected a name of letters, digits, '_' and '-'",
        ),
        ('name = "one"', 'name = "a b"', "got 'a b'; 'title' takes any text"),
        (
            'name = "one"',
            'name = "one"\ndigits = 99',
            "digits: expected a whole number from 0 to 15",
        ),
        # the network
        (
            'post = "o1"',
            'post = "o11"',
            "network.connections[0].post: no neuron 'o11'; did you mean 'o1'?",
        ),
        ('pre = "i1"', 'pre = "zzz"', "network.connections[0].pre: no neuron 'zzz'"),
        ('name = "o1"', 'name = "i1"', "network.neurons[1]: there is already a neuron 'i1'"),
        (
            "connections = [",
            'connections = [{ pre = "i1", post = "o1", weight = 1 }, ',
            "network.connections[1]: 'i1' and 'o1' are already connected",
        ),
        (
            '"identity"',
            '"identty"',
            "network.neurons[1]: no activation 'identty'; did you mean 'identity'?",
        ),
        ("[network]", '[network]\nloss = "hing"', "network: no loss 'hing'; did you mean 'hinge'?"),
        ('post = "o1"', 'post = "i1"', "network: "),
        # the data
        ("[2.0]", "[2.0, 1.0]", "data.inputs: expected a number (i1), got 2"),
        ("[3.0]", "[[3.0], [1.0, 2.0]]", "data.targets[1]: expected a number (o1), got 2"),
        (
            "[3.0]",
            "[[3.0], [1.0]]",
            "data.targets: expected targets for one sample, got a list of 2",
        ),
        ("[2.0]", "{ i2 = 2.0 }", "data.inputs.i2: no such neuron here; did you mean 'i1'?"),
        ("[2.0]", "{ zzz = 2.0 }", "data.inputs.zzz: no such neuron here; expected i1"),
        # addresses
        (
            '"o1.out"',
            '"o1.outt"',
            "printed.\"o1.outt\": no quantity 'outt' in address 'o1.outt'; did",
        ),
        ('"o1.out"', '"o2.out"', "printed.\"o2.out\": no neuron 'o2'; did you mean 'o1'?"),
        (
            '"o1.out"',
            '"w11.weight"',
            "printed.\"w11.weight\": no connection 'w11'; did you mean 'w1'?",
        ),
        ('"o1.out"', '"i1.bias"', "printed.\"i1.bias\": neuron 'i1' has no bias"),
        # printed values
        (
            '"2.0"',
            "2.0",
            f"{PRINTED}: expected the printed digits as text, got the number 2.0; put it",
        ),
        (
            '"2.0"',
            "true",
            f"{PRINTED}: expected the printed digits as text, got the truth value true",
        ),
        ('"2.0"', '"two"', f"{PRINTED}: 'two' is not a number such as '0.3775'"),
        ('"2.0"', '"nan"', f"{PRINTED}: 'nan' is not a number"),
        ('"2.0"', '"−2.0"', "'−2.0' is not a number such as '0.3775'; did you mean '-2.0'?"),
        ('"2.0"', '"2,0"', "'2,0' is not a number such as '0.3775'; did you mean '2.0'?"),
        ('"2.0"', '"10,000.5"', "is not a number such as '0.3775'; did you mean '10000.5'?"),
        ('"2.0"', '"10,000"', "'10,000' is not a number such as '0.3775'; did you mean '10000'?"),
        ('"2.0"', '"2 000"', "is not a number such as '0.3775'; did you mean '2000'?"),
        ('"2.0"', '"1_0"', "'1_0' is not a number"),
        ('"2.0"', f'"{"1" * 200}"', "1111 ... is not a number"),
        ('"2.0"', '[["2.0"]]', f"{PRINTED}[0]: expected the printed digits as text, got a list"),
        (
            '"2.0"',
            '{ value = "2.0", correct = "1" }',
            "'correct' marks an erratum, which needs 'cause'",
        ),
        (
            '"2.0"',
            '{ value = "2.0", cause = "x" }',
            "'cause' marks an erratum, which needs 'correct'",
        ),
        ('"2.0"', '{ value = "2.0", sample = 2 }', f"{PRINTED}: no sample 2; the data has 1"),
        # runs
        (
            '"forward"',
            '"train"',
            "runs[0].steps[0]: missing key 'rounds': how many rounds to train",
        ),
        (
            '"forward"',
            '"forward"\nrounds = 2',
            "'rounds' belongs to a step that does 'train', not 'forw",
        ),
        ('"forward"', '"train"\nrounds = 1_000_001', "expected a whole number from 1 to 1,000,000"),
        (
            "learning_rate = 0.1",
            "[[runs.steps]]\ndo = 'step'",
            "runs[0]: missing key 'learning_rate', which the step 'step' uses",
        ),
        (
            "[[runs]]",
            '[[runs]]\nname = "one"\norder = "in_place"\nsteps = [{ do = "given" }]\n[[runs]]',
            "runs[1].name: there is already a run 'one'",
        ),
    ],
)
def test_mistake_in_a_file(tmp_path: Path, old: str, new: str, message: str) -> None:
    """Every mistake gets one error that names the file, the place and the likely intention."""
    with pytest.raises(ScenarioError, match=re.escape(message)) as caught:
        _load(tmp_path, _changed(old, new))
    assert str(caught.value).startswith(f"{tmp_path / 'small.toml'}: ")


@pytest.mark.parametrize("do", ["backward", "update"])
def test_backward_is_no_step_of_its_own_in_place(tmp_path: Path, do: str) -> None:
    """In place, weights change during the backward pass, so the two cannot be taken apart."""
    text = _changed('"simultaneous"', '"in_place"').replace('"loss"', f'"{do}"', 1)
    with pytest.raises(ScenarioError, match=rf"runs\[0\].steps\[1\]: '{do}' cannot be a step of"):
        _load(tmp_path, text)


BATCH = _changed("[2.0]", "[[2.0], [4.0]]").replace("[3.0]", "[[3.0], [1.0]]")


def test_batch_names_the_sample_of_a_printed_value(tmp_path: Path) -> None:
    """After a batch a neuron has one value for each sample, counted from 1."""
    text = BATCH.replace('"2.0"', '[{ value = "2.0", sample = 1 }, { value = "3.0", sample = 2 }]')
    result = run_scenario(_load(tmp_path, text.replace('"0.5"', '"1.25"')))
    assert [verdict.verdict for verdict in result.verdicts] == ["reproduced"] * 3
    with pytest.raises(ScenarioError, match="has a value for each of 2 samples; say which"):
        run_scenario(_load(tmp_path, BATCH))


def test_data_by_neuron(tmp_path: Path) -> None:
    """Data may be given by neuron, in any order, for one sample or several."""
    neurons = _changed('{ name = "i1" }', '{ name = "i1" }, { name = "i2" }').replace(
        "connections = [", 'connections = [{ pre = "i2", post = "o1", weight = 1.0 }, '
    )
    one = _load(tmp_path, neurons.replace("[2.0]", "{ i2 = 5, i1 = 2.0 }"))
    assert one.inputs.tolist() == [2.0, 5.0]
    by_neuron = neurons.replace("[2.0]", "{ i2 = [5, 6], i1 = [1, 2] }")
    several = _load(tmp_path, by_neuron.replace("[3.0]", "{ o1 = [3, 4] }"))
    assert several.inputs.tolist() == [[1.0, 5.0], [2.0, 6.0]]
    for data, message in [
        ("{ i1 = 1 }", "data.inputs: missing key 'i2'"),
        ("{ i1 = [1], i2 = [1, 2] }", "data.inputs: expected as many samples for every neuron"),
        ("{ i1 = 1, i2 = [1] }", "data.inputs: expected as many samples for every neuron"),
    ]:
        with pytest.raises(ScenarioError, match=re.escape(message)):
            _load(tmp_path, neurons.replace("[2.0]", data))


@pytest.mark.parametrize(
    ("entry", "verdict", "problem"),
    [
        ('"2.00"', "reproduced", None),
        ('"2.01"', "FAILED", "differs by 0.01; half a unit of the last digit is 0.005"),
        ('{ value = "2.1", correct = "2.0", cause = "x" }', "erratum", None),
        ('{ value = "2.0", correct = "2.00", cause = "x" }', "FAILED", "listed as an erratum, but"),
        (
            '{ value = "2.1", correct = "2.2", cause = "x" }',
            "FAILED",
            "correct, 2.2, is not reprod",
        ),
        ('"1e999"', "FAILED", "differs by 1.0e+999"),
    ],
)
def test_verdicts(tmp_path: Path, entry: str, verdict: str, problem: str | None) -> None:
    """A value is reproduced, a correct erratum, or has failed for a stated reason."""
    first, _ = run_scenario(_load(tmp_path, _changed('"2.0"', entry))).verdicts
    assert first.verdict == verdict
    assert (first.problem is None) if problem is None else (problem in (first.problem or ""))


def test_value_not_known_after_its_step(tmp_path: Path) -> None:
    """A printed delta after a forward pass is a mistake of the file, not a failed value."""
    scenario = _load(tmp_path, _changed('"o1.out"', '"o1.delta"'))
    place = (
        r'small.toml: runs\[0\].steps\[0\].printed."o1.delta": delta of neuron .o1. is not known'
    )
    with pytest.raises(ScenarioError, match=place):
        run_scenario(scenario)


def test_step_that_cannot_be_performed(tmp_path: Path) -> None:
    """A backward pass without a forward pass names the step."""
    scenario = _load(tmp_path, _changed('"forward"', '"backward"'))
    with pytest.raises(ScenarioError, match=r"small.toml: runs\[0\].steps\[0\]: .*forward"):
        run_scenario(scenario)


# -- whatever else a file may hold ---------------------------------------------------------------


def _toml(value: Any) -> str:
    """Write a value as TOML, in one line."""
    match value:
        case dict():
            return "{" + ", ".join(f"{json.dumps(k)} = {_toml(v)}" for k, v in value.items()) + "}"
        case list():
            return "[" + ", ".join(map(_toml, value)) + "]"
        case str():
            return json.dumps(value).replace("\x7f", "\\u007f")
        case bool():
            return str(value).lower()
    return repr(value)


_SCALARS = (
    st.booleans()
    | st.integers()
    | st.floats()
    | st.text(st.characters(codec="utf-8", max_codepoint=0xFFFF), max_size=8)
    | st.sampled_from(["i1", "o1", "w1", "o1.out", "loss", "0.5", "softmax", "train", "in_place"])
)
_VALUES = st.recursive(
    _SCALARS,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.text("ab.i1", max_size=3), inner, max_size=3)
    ),
    max_leaves=6,
)


@settings(
    max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(data=st.data())
def test_any_value_in_any_place_loads_or_is_one_error(tmp_path: Path, data: st.DataObject) -> None:
    """Whatever stands in a file, reading and running it raises nothing but its own errors."""
    content = tomllib.loads(SMALL)
    place: Any = content
    while True:
        key = data.draw(
            st.sampled_from(sorted(place) if isinstance(place, dict) else range(len(place)))
        )
        if not isinstance(place[key], dict | list) or not place[key] or data.draw(st.booleans()):
            break
        place = place[key]
    place[key] = data.draw(_VALUES)
    text = "\n".join(f"{json.dumps(key)} = {_toml(value)}" for key, value in content.items())
    with contextlib.suppress(ScenarioError):
        run_scenario(_load(tmp_path, text))


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(content=st.binary(max_size=50))
def test_any_bytes_are_one_error(tmp_path: Path, content: bytes) -> None:
    """Bytes that are no scenario are refused in one way."""
    path = tmp_path / "x.toml"
    path.write_bytes(content)
    with pytest.raises(ScenarioError, match=r"x\.toml: "):
        load_scenario(path)
