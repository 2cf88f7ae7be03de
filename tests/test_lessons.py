"""The lessons beside the scenarios: each runs headless, saves its figures, holds no result."""

import ast
import re
import runpy
import sys
import warnings
from collections import Counter
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from xml.etree import ElementTree

import matplotlib
import pytest

import neurograph as ng
from neurograph.scenario import Scenario

SCENARIOS = Path(__file__).parent.parent / "scenarios"
FIGURES = SCENARIOS.parent / "figures"
STEMS = sorted(path.stem for path in SCENARIOS.glob("*.toml"))
SVG = "{http://www.w3.org/2000/svg}"

#: A number with decimals, such as 0.5 or .25.
DECIMAL = re.compile(r"(?<![\w.])\d*\.\d+")

MOST_LINES = 8


def lesson(stem: str) -> Path:
    """Return the lesson of a scenario."""
    return SCENARIOS / f"{stem}.py"


def run_lesson(stem: str, folder: Path) -> set[str]:
    """Run a lesson, its figures into a folder; return their names."""
    with pytest.MonkeyPatch.context() as patch, warnings.catch_warnings():
        warnings.simplefilter("error")
        patch.setenv("NEUROGRAPH_FIGURES", str(folder))
        runpy.run_path(str(lesson(stem)), run_name="__main__")
    return {path.name for path in folder.iterdir()}


def cells(stem: str) -> list[tuple[str, str]]:
    """Return the kind of each cell, code or markdown, and its text."""
    parts = re.split(r"^# %%(.*)\n", lesson(stem).read_text(encoding="utf-8"), flags=re.MULTILINE)
    assert parts[0] == "", "a lesson begins with a cell"
    kinds = ["markdown" if "[markdown]" in head else "code" for head in parts[1::2]]
    return list(zip(kinds, parts[2::2], strict=True))


def printed_numbers(scenario: Scenario) -> set[Decimal]:
    """Return every number that the source prints, and every correction."""
    printed = [one for run in scenario.runs for step in run.steps for one in step.printed]
    return {Decimal(text) for one in printed for text in (one.value, one.correct) if text}


def constants(code: str) -> Iterator[str | int | float]:
    """Yield the texts and numbers of some code, but not how a number is to be written."""
    waiting: list[ast.AST] = [ast.parse(code)]
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.Constant) and isinstance(node.value, str | int | float):
            yield node.value
        waiting += (
            [node.value] if isinstance(node, ast.FormattedValue) else ast.iter_child_nodes(node)
        )


@pytest.mark.parametrize("stem", STEMS)
def test_lesson_runs(stem: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A lesson runs with warnings as errors and saves the figures that its scenario asks for."""
    settings, modules = dict(matplotlib.rcParams), set(sys.modules)
    names = run_lesson(stem, tmp_path)
    scenario = ng.load_scenario(SCENARIOS / f"{stem}.toml")
    assert scenario.title in capsys.readouterr().out
    assert all(name.startswith(f"{stem}_") and name.endswith(".svg") for name in names)
    asked = Counter(figure.what for figure in scenario.figures)
    for what, count in asked.items():
        assert sum(name.startswith(f"{stem}_{what}") for name in names) >= count, what
    for name in names:
        root = ElementTree.parse(tmp_path / name).getroot()
        assert root.tag == f"{SVG}svg"
        assert any("".join(text.itertext()).strip() for text in root.iter(f"{SVG}text")), name
    assert names == {path.name for path in FIGURES.glob(f"{stem}_*.svg")}
    assert dict(matplotlib.rcParams) == settings
    assert "matplotlib.pyplot" not in set(sys.modules) - modules


def test_same_lesson_same_files(tmp_path: Path) -> None:
    """A lesson that runs again writes the same bytes."""
    stem, folders = "klein_undated_logistic_derivation", (tmp_path / "one", tmp_path / "two")
    for folder in folders:
        folder.mkdir()
        run_lesson(stem, folder)
    one, two = ({path.name: path.read_bytes() for path in each.iterdir()} for each in folders)
    assert one
    assert one == two


@pytest.mark.parametrize("stem", STEMS)
def test_lesson_has_short_cells(stem: str) -> None:
    """A lesson begins with a title and its source, and no cell has more than 8 lines of code."""
    scenario = ng.load_scenario(SCENARIOS / f"{stem}.toml")
    (kind, title), *_ = found = cells(stem)
    assert kind == "markdown"
    assert title.startswith("# # ")
    assert (str(scenario.year) if scenario.year else "undated") in title
    for kind, text in found:
        lines = [line for line in text.splitlines() if line.strip()]
        if kind == "markdown":
            assert all(line.startswith("#") for line in lines)
            continue
        imported = {
            number
            for node in ast.parse(text).body
            if isinstance(node, ast.Import | ast.ImportFrom)
            for number in range(node.lineno, (node.end_lineno or node.lineno) + 1)
        }
        code = [line for line in lines if not line.lstrip().startswith("#")]
        assert 1 <= len(code) <= MOST_LINES + len(imported), text


@pytest.mark.parametrize("stem", STEMS)
def test_lesson_holds_no_result(stem: str) -> None:
    """Prose and printed text hold no decimal number, and code none that the source prints."""
    printed = printed_numbers(ng.load_scenario(SCENARIOS / f"{stem}.toml"))
    for kind, text in cells(stem):
        assert not DECIMAL.findall("".join(re.findall(r"#.*", text)))
        if kind == "markdown":
            continue
        for constant in constants(text):
            if isinstance(constant, str):
                assert not DECIMAL.findall(constant), constant
            elif isinstance(constant, float):
                assert Decimal(repr(constant)) not in printed, constant


def test_every_figure_has_a_lesson() -> None:
    """No figure is left over from a scenario that is gone."""
    for path in FIGURES.glob("*.svg"):
        assert any(path.name.startswith(f"{stem}_") for stem in STEMS), path.name
