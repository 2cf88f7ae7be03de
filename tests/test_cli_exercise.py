"""The commands `exercise` and `mark`."""

import json
import random
import re
from pathlib import Path

import pytest
from work_by_hand import Hand, one_with_a_mistake

from neurograph.cli import exercise, perform
from neurograph.cli.arguments import parser
from neurograph.errors import InvalidValueError, UnknownNameError
from neurograph.exercises import answer_form, load_exercise


def command(*arguments: object) -> int:
    """Run one command; return its exit status."""
    return perform(parser().parse_args([str(argument) for argument in arguments]))


@pytest.fixture
def made(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Path:
    """Make an exercise; return its answer file."""
    assert command("exercise", "mazur_2015", "-o", tmp_path / "week1.html") == 0
    capsys.readouterr()
    return tmp_path / "week1.exercise.toml"


def fill_in(exercise_file: Path, folder: Path, name: str, answers: dict[str, str]) -> Path:
    """Write a form that a student has filled in."""
    form = answer_form(load_exercise(exercise_file))
    form = form.replace('student = ""', f'student = "{name}"')
    for address, value in answers.items():
        form = form.replace(f'"{address}" = ""', f'"{address}" = "{value}"')
    folder.mkdir(exist_ok=True)
    (folder / f"{name.lower()}.toml").write_text(form, encoding="utf-8")
    return folder / f"{name.lower()}.toml"


def test_exercise_says_what_it_wrote(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Each file is named with what it is for."""
    sheet = tmp_path / "week1.md"
    arguments = ["--ask", "backward", "--hide", 4, "--seed", 2, "--vary", "--decimals", 6]
    assert command("exercise", "mazur_2015", *arguments, "-o", sheet) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].endswith(": 4 blanks of 27 values")
    assert [line.strip().partition("  ")[2] for line in lines[1:]] == [
        "the sheet", "the diagram", "the answers, for marking", "the form for students"
    ]  # fmt: skip
    assert all(Path(line.split()[0]).is_file() for line in lines[1:])


def test_a_solved_sheet_comes_alone(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Beside a form that is filled in already, the answers can still be printed."""
    sheet = tmp_path / "solved.md"
    (tmp_path / "solved.answers.toml").write_text("mine = 1", encoding="utf-8")
    assert command("exercise", "mazur_2015", "--ask", "forward", "--solved", "-o", sheet) == 0
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "solved.answers.toml", "solved.md", "solved.svg"
    ]  # fmt: skip
    assert re.search(r"`net_h1` .* 0\.377500 \|", sheet.read_text(encoding="utf-8"))


def test_exercise_takes_a_run_and_a_sample(tmp_path: Path) -> None:
    """The conventions of the run and the sample are those of the sheet."""
    path = tmp_path / "a.html"
    assert command("exercise", "mazur_2015", "--run", "error_after_one_round", "-o", path) == 0
    assert load_exercise(tmp_path / "a.exercise.toml").order == "in_place"
    with pytest.raises(InvalidValueError, match="no sample 7: the data has 1 sample"):
        command("exercise", "mazur_2015", "--sample", 7, "-o", path)


@pytest.mark.parametrize(
    ("arguments", "error", "match"),
    [
        (("mazur_2014", "-o", "a.md"), UnknownNameError, "did you mean"),
        (("mazur_2015", "-o", "a.doc"), InvalidValueError, "a sheet is HTML"),
        (
            ("mazur_2015", "-o", "a.csv"), InvalidValueError,
            r"a question for Moodle \(\.xml\) or for PrairieLearn \(info\.json\)",
        ),
        (("mazur_2015", "--hide", 99, "-o", "a.md"), InvalidValueError, "cannot hide 99 values"),
    ],
)
def test_exercise_refuses_what_it_cannot_make(
    arguments: tuple[object, ...], error: type[Exception], match: str
) -> None:
    """Nothing is written, and the message says what was expected."""
    with pytest.raises(error, match=match):
        command("exercise", *arguments)


@pytest.mark.parametrize("arguments", [("mazur_2015",), ("mazur_2015", "-o", "a.md", "--ask", "x")])
def test_argparse_refuses_the_rest(
    arguments: tuple[str, ...], capsys: pytest.CaptureFixture[str]
) -> None:
    """Without -o, or with an unknown part, the exit status is 2."""
    with pytest.raises(SystemExit) as stopped:
        command("exercise", *arguments)
    assert stopped.value.code == 2
    assert "usage:" in capsys.readouterr().err


def test_mark_shows_one_student(
    made: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Written and right value, verdict, likely mistake and points, at 80 columns."""
    path = fill_in(made, tmp_path / "class", "Ada", {"h1.net": "0.0275000", "h1.out": "0.5068746"})
    assert command("mark", made, path) == 0
    shown = capsys.readouterr().out
    assert max(map(len, shown.splitlines())) <= 80
    assert "Ada: 1 of 35 points" in shown
    assert "net_h1" in shown
    words = " ".join(shown.split())
    assert "0.0275000 0.3775000 wrong: bias left out" in words
    assert "right in method: follows from net_h1" in words
    assert words.endswith("1 right in method, 1 wrong, 33 blank: 1 of 35 points")


def test_mark_shows_a_class(made: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A table for the questions and one for the students; a broken file is only reported."""
    rng, hand, kinds = random.Random(3), Hand(load_exercise(made)), {}
    for name in ("Ada", "Ben", "Cleo"):
        sheet = one_with_a_mistake(hand, rng, 7)
        fill_in(made, tmp_path / "class", name, sheet.answers)
        kinds[name] = sheet.kind
    (tmp_path / "class" / "broken.toml").write_text("a = = 3", encoding="utf-8")
    (tmp_path / "class" / "notes.txt").write_text("not answers", encoding="utf-8")
    assert command("mark", made, tmp_path / "class") == 0
    shown = capsys.readouterr().out
    assert max(map(len, shown.splitlines())) <= 80
    assert "3 students" in shown
    for name, kind in kinds.items():
        assert [line for line in shown.splitlines() if line.startswith(name) and str(kind) in line]
    assert "broken.toml: is not TOML" in shown
    assert "notes.txt" not in shown


def test_mark_prints_json(made: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """One document, for one student or a class."""
    path = fill_in(made, tmp_path / "class", "Ada", {"h1.net": "0.3775000"})
    assert command("mark", made, path, "--json") == 0
    one = json.loads(capsys.readouterr().out)
    assert (one["student"], one["points"], one["answers"][0]["verdict"]) == ("Ada", 1, "right")
    assert command("mark", made, path.parent, "--json") == 0
    assert json.loads(capsys.readouterr().out)["students"] == [one]


def test_mark_prints_every_format(
    made: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """What is printed can be sent into a file, though a report is written besides."""
    path = fill_in(made, tmp_path / "class", "Ada", {"h1.net": "0.3775000"})
    report = tmp_path / "report.html"
    assert command("mark", made, path, "--format", "html", "-o", report) == 0
    printed = capsys.readouterr().out
    assert printed == report.read_text(encoding="utf-8")
    assert printed.startswith("<!DOCTYPE html>")
    assert printed.endswith("</html>\n")
    with pytest.raises(SystemExit, match="2"):
        command("mark", made, path, "--format", "html", "--json")
    assert "not allowed with argument" in capsys.readouterr().err


@pytest.mark.parametrize("suffix", [".csv", ".md", ".json", ".html", ".tex", ".txt"])
def test_mark_writes_a_report(
    suffix: str, made: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The report is written, and over itself again, but over nothing else."""
    path = fill_in(made, tmp_path / "class", "Ada", {"h1.net": "0.3775000"})
    report = tmp_path / f"report{suffix}"
    for _ in range(2):
        assert command("mark", made, path, "-o", report) == 0
    assert "0.3775000" in report.read_text(encoding="utf-8")
    assert f"Written to {report}" in capsys.readouterr().out
    report.write_text("mine", encoding="utf-8")
    with pytest.raises(InvalidValueError, match="is there already and is no report of marks"):
        command("mark", made, path, "-o", report)
    assert report.read_text(encoding="utf-8") == "mine"


def test_mark_refuses_what_it_cannot_read(made: Path, tmp_path: Path) -> None:
    """An empty folder, one with broken files alone, another suffix, the wrong file."""
    folder = tmp_path / "class"
    folder.mkdir()
    with pytest.raises(InvalidValueError, match=r"has no files of answers \(\.toml or \.csv\)"):
        command("mark", made, folder)
    (folder / "a.toml").write_text("a = = 3", encoding="utf-8")
    match = r"none of its 1 files could be marked; a\.toml: is not TOML"
    with pytest.raises(InvalidValueError, match=match):
        command("mark", made, folder)
    with pytest.raises(
        InvalidValueError,
        match=r"a report is HTML \(\.html\), .*Markdown \(\.md\) .* a table of marks \(\.csv\)",
    ):
        command("mark", made, folder, "-o", tmp_path / "report.pdf")
    with pytest.raises(InvalidValueError, match="is no exercise"):
        command("mark", folder.parent / "week1.answers.toml", folder)


def test_a_folder_of_the_wrong_kind_is_refused(
    made: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Thousands of files are no class."""
    monkeypatch.setattr(exercise, "_MOST_FILES", 1)
    for name in ("a", "b"):
        fill_in(made, tmp_path / "class", name, {})
    with pytest.raises(InvalidValueError, match="has 2 files; is it the right folder"):
        command("mark", made, tmp_path / "class")


def test_the_folder_of_the_sheet_itself_may_be_marked(
    made: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Beside the answers of students lie the exercise and the empty form."""
    fill_in(made, tmp_path, "Ada", {"h1.net": "0.3775000"})
    assert command("mark", made, tmp_path, "--json") == 0
    document = json.loads(capsys.readouterr().out)
    assert [student["student"] for student in document["students"]] == ["Ada"]
    assert [each["file"] for each in document["unread"]] == ["week1.answers.toml"]


def test_decimal_commas_are_taken_and_counted(
    made: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A sheet with commas has every point; below it stands how the commas were understood."""
    right = {question.address: question.answer for question in load_exercise(made).asked}
    commas = {address: answer.replace(".", ",") for address, answer in right.items()}
    file = fill_in(made, tmp_path / "class", "Dora", commas)
    assert command("mark", made, file) == 0
    shown = " ".join(capsys.readouterr().out.split())
    n = len(commas)
    assert f"Dora: {n} of {n} points" in shown
    assert f"Understood as it was meant: a decimal comma ({n} answers)." in shown
    assert command("mark", made, file.parent) == 0
    assert f"a decimal comma ({n} answers)" in " ".join(capsys.readouterr().out.split())


#: What a class writes for net_o1 = 1.105906 and net_o2 = 1.224921, and how that is to be marked.
CLASS = {
    "Anna": ("1,105906", "1,224921", "right", "right"),
    "Bernd": ("1,106", "1.225", "right", "right"),
    "Cem": ("1,105 906", "12,24921*10^-1", "right", "right"),
    "Doris": ("net = 1,1059", "≈ 1,2249", "right", "right"),
    "Emil": ("110,5906 %", "122,4921%", "right", "right"),
    "Frida": ("–1,105906", "1 224 921", "wrong", "wrong"),
    "Gerd": ("552953/500000", "weiß nicht", "right", "malformed"),
}


def test_a_class_folder_with_german_commas(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Commas, fractions, powers and dashes are marked as they are meant, and kept as they are."""
    arguments = ("--ask", "forward", "--hide", 2, "--seed", 0, "--language", "de")
    assert command("exercise", "mazur_2015", *arguments, "-o", tmp_path / "blatt.html") == 0
    marking, folder = tmp_path / "blatt.exercise.toml", tmp_path / "klasse"
    asked = load_exercise(marking).asked
    assert [question.answer for question in asked] == ["1.105906", "1.224921"]
    for name, (first, second, *_) in CLASS.items():
        answers = {asked[0].address: first, asked[1].address: second}
        fill_in(marking, folder, name, answers)
    capsys.readouterr()
    assert command("mark", marking, folder, "--json") == 0
    students = json.loads(capsys.readouterr().out)["students"]
    marked = {
        student["student"]: (
            *(answer["written"] for answer in student["answers"]),
            *(answer["verdict"] for answer in student["answers"]),
        )
        for student in students
    }
    assert marked == CLASS
    assert command("mark", marking, folder) == 0
    shown = " ".join(capsys.readouterr().out.split())
    for words in ("7 Abgaben", "wahrscheinliche Fehler", "keine Zahl (1 Antwort)", "2/2"):
        assert words in shown
    assert command("mark", marking, folder / "frida.toml", "--language", "en") == 0
    assert "Frida: 0 of 2 points" in capsys.readouterr().out


@pytest.mark.parametrize("sheet", ["en", "de"])
def test_the_language_of_a_report_changes_no_mark(
    sheet: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A comma means what it means on the sheet, in whatever language the marks are shown."""
    arguments = ("--ask", "forward", "--hide", 1, "--seed", 0, "--language", sheet)
    assert command("exercise", "mazur_2015", *arguments, "-o", tmp_path / "sheet.html") == 0
    marking = tmp_path / "sheet.exercise.toml"
    [question] = load_exercise(marking).asked
    assert question.answer == "1.105906"
    file = fill_in(marking, tmp_path / "class", "Lena", {question.address: "1,106"})
    verdict = {"en": "malformed", "de": "right"}[sheet]
    capsys.readouterr()
    for options in [(), ("--language", "en"), ("--language", "de")]:
        assert command("mark", marking, file, *options, "--json") == 0
        [answer] = json.loads(capsys.readouterr().out)["answers"]
        assert answer["verdict"] == verdict
        assert command("mark", marking, file.parent, *options, "--json") == 0
        [student] = json.loads(capsys.readouterr().out)["students"]
        assert student["answers"] == [answer]
    assert command("mark", marking, file, "--language", "de") == 0
    assert "von 1 Punkt" in capsys.readouterr().out


def test_what_is_no_number_is_shown_as_it_was_written(
    made: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Spaces between words are kept, and a class is told how many answers are no numbers."""
    file = fill_in(made, tmp_path / "class", "Lena", {"h1.net": "0.5 or 0.6"})
    assert command("mark", made, file) == 0
    assert "'0.5 or 0.6' is not a" in capsys.readouterr().out
    assert command("mark", made, file.parent) == 0
    assert "not a number (1 answer)" in capsys.readouterr().out


def test_on_a_narrow_terminal_marks_are_lines(
    made: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Where a table would break inside of words each answer is a list instead."""
    right = {question.address: question.answer for question in load_exercise(made).asked}
    file = fill_in(made, tmp_path / "class", "Ada", right | {"h1.net": "9.5"})
    monkeypatch.setenv("COLUMNS", "44")
    for answers, said in [
        (file, "quantity net_h1 written 9.5 right value 0.3775000 verdict wrong"),
        (file.parent, "quantity out_h1 right 1"),
    ]:
        assert command("mark", made, answers) == 0
        shown = capsys.readouterr().out
        assert max(map(len, shown.splitlines())) <= 44
        assert said in " ".join(shown.split())
