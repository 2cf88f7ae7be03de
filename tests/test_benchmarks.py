"""The benchmarks compare like with like; how long anything takes is not tested."""

import json
import sys
from collections.abc import Iterator
from dataclasses import asdict, replace
from functools import partial
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest
from benchmarks import costs, engine_choice, report, unit_costs
from benchmarks.__main__ import main
from benchmarks.competitors import ByDicts
from benchmarks.contenders import ByHand, Contender, Neurograph, Tuned, numba_hidden
from benchmarks.landscapes import LANDSCAPES
from benchmarks.problems import PROBLEMS, SMALL_PROBLEMS
from benchmarks.timing import Ratio, Row, compare, time_all

from neurograph.engines.prices import Price
from neurograph.equations import Round

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
            self.work.parameters()[0][1][:] += 1e-6

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


def test_graph_works_of_the_same_process() -> None:
    """Adding, copying and predicting are measured beside NetworkX and NumPy in small too."""
    rows = [
        costs.time_of_adding(1, 20),
        costs.time_of_copying(1, (3, 2, 1)),
        costs.time_of_predicting(1, 2),
    ]
    assert [row.work for row in rows] == ["W9", "W10", "W11"]
    assert all(isinstance(row.results["neurograph"], Ratio) for row in rows)


def test_tuned_numpy_computes_the_same() -> None:
    """Without temporary arrays, parameters end where they do as people write it."""
    for make in SMALL_PROBLEMS.values():
        assert compare(Tuned(make()))[0] == ""


def test_rows_are_printed_as_they_come(capsys: pytest.CaptureFixture[str]) -> None:
    """A table that is interrupted has the rows before, and says what they are."""

    def rows() -> Iterator[Row]:
        yield ROW
        raise KeyboardInterrupt

    assert report.print_table(rows()) == [ROW]
    printed = capsys.readouterr()
    assert "W1: Mazur; NumPy by hand 50 µs" in printed.out
    assert printed.err == "interrupted\n"


@pytest.mark.parametrize("name", unit_costs.COURSES)
def test_every_course_of_growth_is_run(
    name: str,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Growth has a row for each size of a course, its verdict, and a figure where one is asked."""
    monkeypatch.setattr(unit_costs, "called", partial)  # in this process
    monkeypatch.setattr(unit_costs, "_SECONDS", 0.0)
    monkeypatch.setitem(unit_costs.COURSES, name, replace(unit_costs.COURSES[name], few=(4, 16)))
    assert unit_costs.main([name, "--figure", str(tmp_path / "growth.png")]) == 0
    rows = [line.split() for line in capsys.readouterr().out.splitlines()]
    assert [row[:2] for row in rows[1:3]] == [[name, "4"], [name, "16"]]
    assert [row[1] for row in rows[3:]] == ["growth", "flat"]
    assert rows[3][-1] in ("flat", "grows")
    assert (tmp_path / "growth.png").read_bytes().startswith(b"\x89PNG")


def test_growth_goes_on_with_what_is_kept(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Rows of an interrupted run are shown and kept; the next run measures the others alone."""
    file = tmp_path / "kept.jsonl"
    measured: list[int] = []

    def first_two(name: str, size: int) -> dict[str, float]:
        if len(measured) == 2:
            raise KeyboardInterrupt
        measured.append(size)
        return asdict(unit_costs.Cost(size, 2.0, 3.0, 4))

    monkeypatch.setattr(unit_costs, "called", lambda _, *size: partial(first_two, *size))
    assert unit_costs.main(["grid", "--kept", str(file)]) == 0
    assert measured == [100, 1_000]
    assert capsys.readouterr().out.count("grid") == 2
    measured.clear()
    assert unit_costs.main(["grid", "--kept", str(file)]) == 0
    assert measured == [10_000]
    assert capsys.readouterr().out.count("grid") == 5


def test_a_size_is_measured_in_its_own_process() -> None:
    """What another process measured comes back with every field."""
    cost = unit_costs.Cost(**costs.called(unit_costs.measured_by_name, "grid", 9)())
    assert cost.size == 9
    assert cost.peak > 9 * cost.bytes > 0


def test_growth_is_against_the_least_before() -> None:
    """A unit that costs less and less does not grow; one that costs more grows by its factor."""
    assert unit_costs.growth([8.0, 4.0, 2.0]) == 1.0
    assert unit_costs.growth([8.0, 2.0, 4.0, 6.0]) == 3.0


def test_flat_is_what_stays_within_a_factor_of_two() -> None:
    """A course is flat from the size on after which no unit costs more than twice another."""
    assert unit_costs.flat_from([1, 10, 100], [8.0, 2.0, 1.0]) == 10
    assert unit_costs.flat_from([1, 10, 100], [2.0, 1.0, 2.1]) == 100
    assert unit_costs.flat_from([1, 10, 100], [1.0, 2.0, 1.5]) == 1


def test_growth_of_nothing_known(capsys: pytest.CaptureFixture[str]) -> None:
    """A course that does not exist is named, with those that do."""
    with pytest.raises(SystemExit):
        unit_costs.main(["depth"])
    assert "nothing is called depth; there are connections, samples, " in capsys.readouterr().err


def test_regret_is_against_the_best_engine(monkeypatch: pytest.MonkeyPatch) -> None:
    """Regret is what the chosen engine takes, made and waited for, divided by what the best does.

    By hand: 2 steps take 1 + 2 * 1 = 3 s, 0 + 2 * 2 = 4 s, and 0 + 2 * 0.5 + 3 = 4 s compiled.
    """
    prices = {
        "straight_line": Price(1.0, 1.0),
        "blocks": Price(0.0, 2.0),
        "jit": Price(0.0, 0.5),
    }
    monkeypatch.setattr(engine_choice, "STEPS", (2, 1000))
    net = engine_choice.NETWORKS["2-2-1"]()
    of_round = Round(net.structure, net.checked_loss())

    def regrets_of(engine: str) -> list[engine_choice.Regret]:
        monkeypatch.setattr(engine_choice, "choose_engine", lambda *_, made: engine)
        return list(engine_choice.regrets(of_round, 1, prices, 0.0, 3.0))

    assert [regret.factor for regret in regrets_of("blocks")] == [4 / 3, 2000 / 503]
    assert [regret.seconds for regret in regrets_of("jit")] == [1.0, 0.0]
    assert str(regrets_of("jit")[1]) == "1"
    assert str(regrets_of("straight_line")[1]) == "1.99 straight_line for jit, 1,000 steps"


def test_engines_are_priced(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each engine that can run a network has a price, which is kept, and a choice its regret."""
    file = tmp_path / "prices.json"
    monkeypatch.setattr(engine_choice, "BATCHES", (1, 2))
    monkeypatch.setattr(engine_choice, "_SECONDS", 0.0)
    monkeypatch.setattr(engine_choice, "is_installed", lambda: False)
    monkeypatch.setattr(engine_choice, "_ENGINES", ("straight_line", "blocks"))
    for _ in range(2):
        assert engine_choice.main(["2-2-1", "--kept", str(file)]) == 0
        monkeypatch.setattr(engine_choice, "prices", None)  # not asked for again
    printed = capsys.readouterr().out.splitlines()
    assert printed[0].startswith("2-2-1, batches of 1: straight_line ")
    assert printed[1].split()[0] == "NumPy"
    assert "0 of 2 lose more than 0.03 s and 1.3 times the best" in printed
    assert list(json.loads(file.read_text())) == ["2-2-1; 1", "2-2-1; 2"]


def test_prices_of_no_such_network(capsys: pytest.CaptureFixture[str]) -> None:
    """A network that there is not is named, with those that there are."""
    with pytest.raises(SystemExit):
        engine_choice.main(["3-3-3"])
    assert "nothing is called 3-3-3; there are 2-2-1; 2-8-1; " in capsys.readouterr().err


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
        (["--only", "W1,W12"], "nothing is called W12; there are W1, W2, "),
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
