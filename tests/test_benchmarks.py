"""The benchmarks compare like with like; how long anything takes is not tested."""

import json
import sys
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest
from benchmarks import costs, report, unit_costs
from benchmarks.__main__ import main
from benchmarks.competitors import ByDicts
from benchmarks.contenders import ByHand, Contender, Neurograph, numba_hidden
from benchmarks.landscapes import LANDSCAPES
from benchmarks.problems import PROBLEMS, SMALL_PROBLEMS
from benchmarks.timing import Ratio, Row, compare, time_all

ROW = Row(
    work="W1",
    title="Mazur",
    against="NumPy by hand",
    measured=50.0,
    unit="µs",
    results={"neurograph": Ratio(0.05, 0.04, 0.06, 2.0), "neurograph[jit]": "not installed"},
    goals={"neurograph": 0.07, "neurograph[jit]": 0.007},
)


@pytest.mark.parametrize("kind", [Neurograph, ByDicts], ids=lambda kind: kind.name)
@pytest.mark.parametrize("work", PROBLEMS)
def test_contenders_compute_the_same(work: str, kind: type[Contender]) -> None:
    """The library and plain dicts end with the parameters and losses of NumPy by hand."""
    difference, _ = compare(kind(SMALL_PROBLEMS[work]()))
    assert difference == ""


@pytest.mark.parametrize("work", LANDSCAPES)
def test_landscapes_are_the_same(work: str) -> None:
    """Surfaces, planes and descents have the losses and ends of NumPy by hand."""
    row = LANDSCAPES[work](1, size=3)
    assert not row.wrong
    assert row.work == work


def test_a_contender_that_differs_is_not_timed() -> None:
    """Another learning rate is found out, and named in place of a ratio."""

    class Hasty(ByHand):
        name = "hasty"

        def run(self) -> None:
            super().run()
            self.weights[1] = self.weights[1] + 1e-6

    _, results = time_all(SMALL_PROBLEMS["W1"](), [Hasty, ByDicts], rounds=2)
    assert results["hasty"] == "differs: weights of level 2 by 1e-06"
    assert isinstance(results["NetworkX dicts"], Ratio)


def test_shortened_work_is_a_part_of_the_whole() -> None:
    """A shorter problem has fewer epochs, or the first batches of one."""
    digits = SMALL_PROBLEMS["W4"]()
    assert (digits.n_steps, digits.shortened(1).n_steps) == (2, 1)
    assert np.array_equal(digits.shortened(1).inputs, digits.inputs[:10])
    assert SMALL_PROBLEMS["W1"]().shortened(7).epochs == 7
    assert SMALL_PROBLEMS["W1"]().shortened(1000).epochs == 20


def test_numba_is_hidden_for_a_while() -> None:
    """Where numba is hidden it cannot be found; afterwards all is as it was."""
    before = dict(sys.modules)
    with numba_hidden():
        assert find_spec("numba") is None
    assert sys.modules == before


@pytest.mark.parametrize("kind", costs.BUILDERS)
def test_built_graphs_are_used(kind: str) -> None:
    """Building is measured on graphs whose every weight can be read."""
    assert costs.seconds_to_build(kind, 3) > 0
    assert 100 < costs.bytes_per_edge(kind, 20) < 10_000


@pytest.mark.parametrize("name", unit_costs.COURSES)
def test_every_course_of_growth_is_run(
    name: str,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Growth has a row for each size of a course, its verdict, and a figure where one is asked."""
    course = unit_costs.COURSES[name]
    monkeypatch.setattr(unit_costs, "_SECONDS", 0.0)
    monkeypatch.setitem(unit_costs.COURSES, name, replace(course, few=(4, 16)))
    assert unit_costs.main([name, "--figure", str(tmp_path / "growth.png")]) == 0
    rows = [line.split() for line in capsys.readouterr().out.splitlines()]
    assert [row[:2] for row in rows[1:]] == [[name, "4"], [name, "16"], [name, "growth"]]
    assert rows[-1][-1] in ("flat", "grows")
    assert (tmp_path / "growth.png").read_bytes().startswith(b"\x89PNG")


def test_growth_is_against_the_least_before() -> None:
    """A unit that costs less and less does not grow; one that costs more grows by its factor."""
    assert unit_costs.growth([8.0, 4.0, 2.0]) == 1.0
    assert unit_costs.growth([8.0, 2.0, 4.0, 6.0]) == 3.0


def test_growth_of_nothing_known(capsys: pytest.CaptureFixture[str]) -> None:
    """A course that does not exist is named, with those that do."""
    with pytest.raises(SystemExit):
        unit_costs.main(["depth"])
    assert "nothing is called depth; there are connections, samples, " in capsys.readouterr().err


def test_table(capsys: pytest.CaptureFixture[str]) -> None:
    """The table has ratio, goal and verdict, and says what is not installed."""
    report.print_table([ROW])
    printed = capsys.readouterr().out
    assert "0.05 ±20%" in printed
    assert "yes" in printed
    assert "Not installed and left out: neurograph[jit]." in printed
    assert "W1 neurograph 2.00 s" in printed


def test_json(capsys: pytest.CaptureFixture[str]) -> None:
    """The same as JSON; of what could not be measured no goal is met or missed."""
    report.print_json([ROW])
    (row,) = json.loads(capsys.readouterr().out)["rows"]
    assert row["met"] == {"neurograph": True, "neurograph[jit]": None}
    assert row["results"]["neurograph"]["median"] == 0.05


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--only", "W1,W9"], "nothing is called W9; there are W1, W2, "),
        (["--rounds", "0"], "--rounds must be 1 or more, not 0"),
    ],
)
def test_wrong_use(
    arguments: list[str],
    message: str,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A mistake on the command line is named, with what there is."""
    for name in ("OMP", "OPENBLAS", "MKL", "NUMBA"):
        monkeypatch.setenv(f"{name}_NUM_THREADS", "1")
    monkeypatch.setenv("VECLIB_MAXIMUM_THREADS", "1")
    with pytest.raises(SystemExit):
        main(arguments)
    assert message in capsys.readouterr().err
