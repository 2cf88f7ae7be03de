"""The commands ``lesson`` and ``guide``: notebooks, beside what jupytext makes, and pages."""

from pathlib import Path
from typing import Any

import jupytext
import matplotlib
import nbformat
import pytest

from neurograph.cli import main
from neurograph.lessons import find_lessons
from neurograph.scenario import find_scenarios

ROOT = Path(__file__).parent.parent
STEM = "klein_undated_logistic_derivation"


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder, which the commands run in."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize("stem", find_lessons())
def test_a_notebook_has_the_cells_that_jupytext_finds(stem: str) -> None:
    """Kinds and texts of the cells are the same, and the file is a valid notebook."""
    assert main(["lesson", stem]) == 0
    ours = nbformat.read(f"{stem}.ipynb", as_version=nbformat.NO_CONVERT)
    nbformat.validate(ours)
    theirs = jupytext.read(find_lessons()[stem])
    assert [(cell.cell_type, cell.source) for cell in ours.cells] == [
        (cell.cell_type, cell.source) for cell in theirs.cells
    ]


def test_a_notebook_runs_where_it_is(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its cells run one after the other, far from the lesson, and save their figures beside it."""
    assert main(["lesson", STEM, "-o", "mine.ipynb"]) == 0
    monkeypatch.delenv("NEUROGRAPH_FIGURES", raising=False)
    names: dict[str, Any] = {"__name__": "__main__"}
    with matplotlib.rc_context():
        for cell in nbformat.read("mine.ipynb", as_version=4).cells:
            if cell.cell_type == "code":
                exec(cell.source, names)
    saved = sorted(path.name for path in (folder / "figures").iterdir())
    assert saved == [f"{STEM}_network.svg", f"{STEM}_surface.svg"]


@pytest.mark.parametrize("stem", find_lessons())
def test_a_picture_of_a_lesson_is_what_its_cell_shows(stem: str) -> None:
    """A notebook shows what the last line of a cell returns: there is one for each figure."""
    main(["lesson", stem])
    code = [cell.source for cell in nbformat.read(f"{stem}.ipynb", 4).cells if "outputs" in cell]
    (keep,) = [source for source in code if source.startswith("def keep(")]
    assert keep.endswith("    print(alt_text(drawing))\n    return drawing")
    shown = sum(source.splitlines()[-1].startswith(("keep(", "show_way(")) for source in code)
    assert shown == len(list((ROOT / "figures").glob(f"{stem}_*.svg")))


def test_a_lesson_is_written_as_the_program_that_it_is() -> None:
    """With the suffix .py the file is the lesson itself, letter for letter."""
    assert main(["lesson", "mazur_2015", "-o", "mazur.py"]) == 0
    lesson = find_lessons()["mazur_2015_step_by_step"]
    assert Path("mazur.py").read_bytes() == lesson.read_bytes()


def test_lessons_are_listed_with_their_titles(capsys: pytest.CaptureFixture[str]) -> None:
    """Without a name there is a line for each scenario that has a lesson."""
    assert main(["lesson"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in lines] == list(find_scenarios())
    assert "klein_undated_mountain                          A mountain in the fog" in lines


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["mazur_2015", "-o", "a.txt"], "a.txt: a lesson is written to .ipynb or .py"),
        (["mazur_2015", "-o", "there.py"], "there.py is there already; it is not overwritten"),
        (["./half.toml"], "half.toml has no lesson: there is no half.py beside it"),
        (["-o", "a.ipynb"], "--output is for one lesson: say which, such as mazur_2015"),
        (["mazur_2016"], "no scenario 'mazur_2016'; did you mean"),
    ],
)
def test_wrong_use_is_one_message(
    arguments: list[str], message: str, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Each mistake has its words, and nothing is written."""
    (folder / "there.py").write_text("mine", encoding="utf-8")
    assert main(["lesson", *arguments]) == 2
    assert message in capsys.readouterr().err
    assert [path.name for path in folder.iterdir()] == ["there.py"]
    assert (folder / "there.py").read_text(encoding="utf-8") == "mine"


# -- the guide -----------------------------------------------------------------------------------


def test_the_guide_lists_its_pages(capsys: pytest.CaptureFixture[str]) -> None:
    """Without a name there is a line for each page, with the heading that it begins with."""
    assert main(["guide"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in lines] == [
        "author", "format", "learner", "network_scientist", "teacher",
    ]  # fmt: skip
    assert "format             Scenario files" in lines


def test_the_guide_shows_a_page(capsys: pytest.CaptureFixture[str]) -> None:
    """A page is shown as it is written."""
    assert main(["guide", "format"]) == 0
    page = find_scenarios()["mazur_2015_step_by_step"].with_name("README.md")
    assert capsys.readouterr().out == page.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("page", "message"),
    [
        ("techer", "no page 'techer'; did you mean 'teacher'?"),
        ("x", "no page 'x'; the pages are author, format, learner, network_scientist, teacher"),
    ],
)
def test_an_unknown_page_is_one_message(
    page: str, message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """The nearest name is proposed; where none is near, all are named."""
    assert main(["guide", page]) == 2
    assert message in capsys.readouterr().err


def test_tables_of_a_page_stand_in_columns_on_a_terminal(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """All else is as it is written, so that examples can be copied."""
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)
    monkeypatch.setenv("COLUMNS", "100")
    assert main(["guide", "format"]) == 0
    shown = capsys.readouterr().out
    lines = shown.splitlines()
    assert not [line for line in lines if line.startswith("|")]
    (heads,) = [line for line in lines if line.startswith("of a neuron")]
    (row,) = [line for line in lines if line.startswith("`out` ")]
    assert heads.index("of a connection") == row.index("`message`")
    page = find_scenarios()["mazur_2015_step_by_step"].with_name("README.md")
    for example in page.read_text(encoding="utf-8").split("```toml")[1:]:
        assert example.split("```")[0] in shown
