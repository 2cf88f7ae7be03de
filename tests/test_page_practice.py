# ruff: noqa: F811  (fixtures are arguments)
"""Practice on the page: its marks beside those of `mark`, and what is saved and loaded."""

import json
import random
import re
import tomllib
from collections.abc import Callable
from importlib.resources import files
from pathlib import Path
from typing import Any

import html5lib
import pytest
from page_script import script_engine

import neurograph as ng
from neurograph.cli import main
from neurograph.errors import InvalidValueError
from neurograph.exercises import (
    Answers,
    Exercise,
    Marker,
    exercise,
    is_exercise,
    load_exercise,
    mark,
    read_answers,
    write_exercise,
)
from neurograph.pages.answer_key import RelationTable, answer_key
from tests.test_pages import chromium, in_a_browser, number, pages, show  # noqa: F401

pytest.importorskip("py_mini_racer")

HARNESS = """
let marker;
const start = (key, words) => { marker = createMarker(key, RELATIONS, words); return 0; };
function marks(texts) {
  return JSON.stringify(marker.mark(texts).map(({ question, verdict, said, remarks }) =>
    [question.address, verdict, said, remarks.length]));
}
"""


class Marks:
    """The marker of a page, run by a JavaScript engine."""

    def __init__(self, sheet: Exercise) -> None:
        functions = RelationTable()
        key = answer_key(sheet, functions)
        self.engine = script_engine(PARTS, functions.javascript(), HARNESS)
        self.engine.call("start", key, functions.words(sheet.language))

    def of(self, texts: dict[str, str]) -> list[list[Any]]:
        """Return address, verdict, what is said and how much is remarked, of each answer."""
        marked: list[list[Any]] = json.loads(self.engine.call("marks", texts))
        return marked


PARTS = ("functions", "model", "numerals", "dom", "marking")


def marks_of(sheet: Exercise, marker: Marker, texts: dict[str, str]) -> list[list[Any]]:
    """Return the same as `mark` has it."""
    usual = sheet.language == "de"
    answers = Answers.of(texts, decimal_comma=sheet.decimal_comma, usual=usual)
    return [
        [
            mark.question.address,
            mark.verdict,
            "" if mark.verdict == "malformed" else mark.said_in(sheet.language),
            len(mark.remarks),
        ]
        for mark in marker.mark(answers).marks
    ]


def xor() -> ng.Network:
    """Return a network of tanh and softmax neurons with cross-entropy."""
    return ng.Network.layered(
        2, 3, 2,
        weights=[[[0.1, -0.2], [0.3, 0.4], [-0.5, 0.6]], [[0.7, -0.8, 0.9], [0.2, 0.3, -0.4]]],
        bias=[0.1, -0.3],
        activation=["tanh", "softmax"],
        loss="cross_entropy",
    )  # fmt: skip


SHEETS: "dict[str, Any]" = {
    "mazur": lambda: exercise("mazur_2015"),
    "in place": lambda: exercise("mazur_2015", run="gradients_in_place", vary=True, seed=3),
    "German": lambda: exercise("mazur_2015", hide=20, seed=2, language="de"),
    "significant": lambda: exercise("mazur_2015", vary=True, seed=5, significant=4),
    "softmax": lambda: exercise(xor(), [0.5, 0.25], [1, 0], learning_rate=0.5),
}


def tried(sheet: Exercise, chance: random.Random) -> dict[str, str]:
    """Return answers with a slip here and there, gone on from."""
    marker = Marker(sheet)
    known: dict[Any, float] = {}
    texts: dict[str, str] = {}
    for question in sheet.questions:
        quantity = marker._quantities[question.address]
        value = marker._solution.value(quantity, known)
        if question.asked:
            what = chance.random()
            if what < 0.12:
                suspects = marker.suspects(quantity, known)
                value = marker._solution.value(quantity, known, chance.choice(suspects).edit)
            decimals = sheet.decimals - (what > 0.9) * chance.randrange(5)
            text = f"{value:.{decimals}f}"
            if what > 0.96:
                text = chance.choice(["", "0.5 or so", text.replace(".", ","), "1/0", "1,234"])
            texts[question.address] = text
            try:
                value = float(text)
            except ValueError:
                continue
        known[quantity] = value
    return texts


@pytest.mark.parametrize("name", SHEETS)
def test_marks_of_a_page_are_those_of_mark(name: str) -> None:
    """Verdicts and sentences are the same, word for word, for answers with slips of all kinds."""
    sheet = SHEETS[name]()
    marks, marker = Marks(sheet), Marker(sheet)
    kinds = set()
    for seed in range(15):
        texts = tried(sheet, random.Random(seed))
        expected = marks_of(sheet, marker, texts)
        assert marks.of(texts) == expected
        kinds |= {verdict for _, verdict, _, _ in expected}
    assert {"right", "right in method", "wrong"} <= kinds


# -- in a browser -------------------------------------------------------------------------------


def answer(tab: Any, address: str, text: str, where: str = "#practice") -> None:
    """Type an answer as a learner does."""
    field = tab.locator(f'{where} [data-answer="{address}"]')
    field.fill(text)
    field.press("Enter")


def has_value(tab: Any, field: str, text: str) -> None:
    """Wait until a field has a text: a file is read in the background."""
    playwright = pytest.importorskip("playwright.sync_api")
    playwright.expect(tab.locator(field)).to_have_value(text)


def said_of(tab: Any, address: str) -> str:
    """Return what is said beside a field."""
    field = tab.locator(f'#practice [data-answer="{address}"]')
    said: str = tab.locator(f"#{field.get_attribute('aria-describedby')}").inner_text()
    return said


@in_a_browser
def test_numbers_are_hidden_until_they_are_answered(show: Callable[..., Any]) -> None:
    """Only what is given stands in picture, inspector and tables; a right answer comes to it."""
    tab = show()
    tab.click("#practice-toggle")
    assert tab.text_content('#picture [data-address="h1.out"]') == ""
    assert tab.text_content('#tables [data-address="o1.delta"]') == ""  # closed as they are
    assert number(tab, "i1.out") == 0.05
    assert tab.locator("#tables summary").is_visible()
    for hidden in ("player", "whatif", "training", "landscape", "source"):
        assert not tab.locator(f"#{hidden}").is_visible()
    tab.click("#tables summary")
    assert tab.inner_text('#tables [data-address="o1.delta"]') == ""
    # By hand: 0.15 * 0.05 + 0.2 * 0.1 + 0.35 = 0.3775, and 1/(1 + exp(-0.3775)).
    answer(tab, "h1.net", "0.3775000")
    assert said_of(tab, "h1.net") == "right"
    answer(tab, "h1.out", "0,59326999")
    assert said_of(tab, "h1.out") == "right. The comma was taken for a decimal point."
    assert number(tab, "h1.out") == pytest.approx(0.5932699921)
    assert number(tab, "h1.net", "#tables") == pytest.approx(0.3775)
    assert tab.text_content('#picture [data-address="o1.out"]') == ""
    tab.click("#practice-toggle")
    assert number(tab, "o1.out") == pytest.approx(0.75136507)
    assert tab.locator("#player").is_visible()


@in_a_browser
def test_a_likely_mistake_is_named_and_gone_on_from(show: Callable[..., Any]) -> None:
    """Without the bias net_h1 is 0.0275; out_h1 of that is right in method."""
    tab = show()
    tab.click("#practice-toggle")
    answer(tab, "h1.net", "0.0275000")
    answer(tab, "h1.out", "0.5068746")
    assert said_of(tab, "h1.net") == "wrong: bias left out: the bias b1 left out"
    assert said_of(tab, "h1.out") == "right in method: follows from net_h1"
    assert tab.inner_text("#practice-status").endswith("1 of 35 points")
    answer(tab, "h1.net", "0.3775")
    assert said_of(tab, "h1.out") == "wrong"


@in_a_browser
def test_a_field_stands_beside_the_number_too(show: Callable[..., Any]) -> None:
    """A neuron that is chosen with keys has its fields in the inspector: the same answers."""
    tab = show()
    tab.focus("#practice-toggle")
    tab.keyboard.press("Space")
    tab.locator('[data-element="n0"]').focus()
    tab.keyboard.press("ArrowRight")
    tab.keyboard.press("ArrowRight")
    field = tab.locator('#inspector [data-answer="h1.net"]')
    assert field.get_attribute("aria-label") == "net_h1"
    field.focus()
    tab.keyboard.type("0.3775000")
    tab.keyboard.press("Enter")
    assert tab.input_value('#practice [data-answer="h1.net"]') == "0.3775000"
    tab.locator('#inspector [data-address="h1.net"][data-value]').wait_for()
    assert tab.evaluate("document.activeElement.dataset.answer") == "h1.out"


@in_a_browser
def test_a_number_typed_wrong_is_refused_beside_its_field(show: Callable[..., Any]) -> None:
    """Each says what is wrong with it; what could be two numbers is read as the others are."""
    tab = show()
    tab.click("#practice-toggle")
    for address, text, said in (
        ("h1.net", "abc", "no number"),
        ("h1.out", "1/0", "divides by zero"),
        ("h2.net", "1,234", "1.234 or 1234"),
    ):
        answer(tab, address, text)
        assert said in said_of(tab, address)
        field = tab.locator(f'#practice [data-answer="{address}"]')
        assert field.get_attribute("aria-invalid") == "true"
    answer(tab, "h2.out", "0,5968844")
    assert "malformed" not in said_of(tab, "h2.net")
    answer(tab, "h1.net", "")
    assert said_of(tab, "h1.net") == ""


@in_a_browser
def test_a_sheet_goes_to_its_page_and_comes_back_to_mark(
    show: Callable[..., Any], tmp_path: Path
) -> None:
    """What is typed is saved letter for letter, marked alike by `mark`, and loaded again."""
    sheet = exercise("mazur_2015", vary=True, hide=14, seed=4)
    write_exercise(sheet, tmp_path / "week.exercise.toml")
    command = ["page", str(tmp_path / "week.exercise.toml"), "-o", str(tmp_path / "week.html")]
    assert main(command) == 0
    tab = show(tmp_path / "week.html", viewport={"width": 360, "height": 800})
    assert tab.locator("html.practising").count() == 1
    texts = tried(sheet, random.Random(3))
    first, *_, last = texts
    texts |= {first: ' net = "0,5" \\ ', last: "≈ 1/3"}
    tab.locator("#practice [data-answer]").first.focus()
    for text in texts.values():  # with the keyboard alone
        tab.keyboard.type(text)
        tab.keyboard.press("Enter")
    tab.fill("#student", "Ada Ünal")
    with tab.expect_download() as download:
        tab.click("#answers-save")
    saved = tmp_path / "ada.toml"
    download.value.save_as(saved)
    assert tomllib.loads(saved.read_text("utf-8"))["answers"] == texts
    answers = read_answers(saved, load_exercise(tmp_path / "week.exercise.toml"))
    marked = mark(sheet, answers)
    assert marked.student == "Ada Ünal"
    for its in marked.marks:
        said = said_of(tab, its.question.address)
        if its.verdict == "blank":
            assert said == ""
            continue
        assert said.startswith(its.verdict)
        assert its.verdict == "malformed" or its.said in said
    status = tab.inner_text("#practice-status")
    assert status.endswith(f"{marked.points} of {marked.most} points")
    assert tab.evaluate("document.documentElement.scrollWidth") == 360
    other = show(tmp_path / "week.html")
    other.set_input_files("#answers-load", saved)
    has_value(other, "#student", "Ada Ünal")
    for address, text in texts.items():
        assert other.input_value(f'#practice [data-answer="{address}"]') == text
        assert said_of(other, address) == said_of(tab, address)


@in_a_browser
@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("hello", "is no file of answers"),
        ('exercise = "00000000"\n[answers]\n', "answers to exercise 00000000"),
        ('[answers]\n"h9.net" = "1"\n', "answers h9.net, which is not asked"),
        ('[answers]\n"h1.net" = "\\q"\n', "is no file of answers"),
    ],
)
def test_a_file_that_does_not_fit_is_refused(
    content: str, said: str, show: Callable[..., Any], tmp_path: Path
) -> None:
    """The message says why, and what was typed stays."""
    tab = show()
    tab.click("#practice-toggle")
    answer(tab, "h1.net", "0.3775")
    (tmp_path / "a.toml").write_text(content)
    tab.set_input_files("#answers-load", tmp_path / "a.toml")
    tab.locator("#answer-file-message", has_text=said).wait_for()
    assert tab.input_value('#practice [data-answer="h1.net"]') == "0.3775"


@in_a_browser
def test_a_form_that_was_filled_in_by_hand_is_loaded(
    show: Callable[..., Any], tmp_path: Path
) -> None:
    """Symbols for addresses, numbers without quotes and remarks are read as `mark` reads them."""
    tab = show()
    tab.click("#practice-toggle")
    text = "student = 'Bob'\n[answers] # mine\nnet_h1 = 0.3775 # by hand\n\"h1.out\" = '0.59'\n"
    (tmp_path / "a.toml").write_text(text)
    tab.set_input_files("#answers-load", tmp_path / "a.toml")
    has_value(tab, "#student", "Bob")
    assert tab.input_value('#practice [data-answer="h1.net"]') == "0.3775"
    assert tab.input_value('#practice [data-answer="h1.out"]') == "0.59"


@in_a_browser
def test_each_run_is_practised_under_its_conventions(show: Callable[..., Any]) -> None:
    """In place, an error goes back through weights that are updated: another delta of h1."""
    tab = show()
    tab.click("#practice-toggle")
    answer(tab, "h1.net", "0.3775")
    run = tab.locator("#run option").evaluate_all(
        "(all) => all.findIndex(({ textContent }) => /in place|program/i.test(textContent))"
    )
    tab.select_option("#run", str(run))
    assert tab.input_value('#practice [data-answer="h1.net"]') == ""
    tab.select_option("#run", "0")
    assert tab.input_value('#practice [data-answer="h1.net"]') == "0.3775"


@in_a_browser
def test_practice_stands_in_a_link(show: Callable[..., Any], tmp_path: Path) -> None:
    """A teacher's link opens the page with its numbers hidden."""
    tab = show()
    tab.click("#practice-toggle")
    tab.wait_for_url(re.compile("#.*practice"))
    ng.page("mazur_2015", path=tmp_path / "a.html")
    other = show(tmp_path / "a.html")
    other.evaluate("(hash) => { location.hash = hash; }", tab.evaluate("location.hash"))
    other.locator("#practice-sheet .question").first.wait_for()
    assert other.text_content('#picture [data-address="o1.out"]') == ""


@in_a_browser
def test_practice_speaks_german(show: Callable[..., Any], tmp_path: Path) -> None:
    """Words, verdicts and mistakes are German, and decimal commas are not remarked."""
    ng.page("mazur_2015", path=tmp_path / "a.html", language="de")
    tab = show(tmp_path / "a.html")
    tab.click("#practice-toggle")
    assert tab.inner_text("#practice-toggle") == "Alle Zahlen zeigen"
    answer(tab, "h1.net", "0,3775")
    assert said_of(tab, "h1.net") == "richtig"
    answer(tab, "h2.net", "0,0425")  # 0.25 * 0.05 + 0.3 * 0.1, without the bias
    assert said_of(tab, "h2.net").startswith("falsch: Bias vergessen")


@in_a_browser
def test_what_nobody_works_out_by_hand_is_not_practised(
    show: Callable[..., Any], tmp_path: Path
) -> None:
    """A network of more connections than a sheet may have says so."""
    net = ng.Network.layered(10, 9, 1, seed=1)
    ng.page(net, [0.1] * 10, [1], path=tmp_path / "a.html")
    tab = show(tmp_path / "a.html")
    assert tab.locator("#practice-toggle").is_disabled()
    assert "too large" in tab.inner_text("#practice .hint")


@in_a_browser
@pytest.mark.parametrize("graded", [False, True])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_sheet_is_accessible(
    graded: bool, scheme: str, show: Callable[..., Any], tmp_path: Path
) -> None:
    """No rule of axe-core is broken, with an answer and with one that is refused."""
    pytest.importorskip("axe_playwright_python")
    ng.page(exercise("mazur_2015"), path=tmp_path / "a.html", graded=graded)
    tab = show(tmp_path / "a.html", color_scheme=scheme)
    where = ".form" if graded else "#practice"
    answer(tab, "h1.net", "0.3775", where)
    answer(tab, "h1.out", "abc", where)
    tab.evaluate((files("axe_playwright_python") / "axe.min.js").read_text("utf-8"))
    assert tab.evaluate("axe.run().then(({ violations }) => violations.map(({ id }) => id))") == []


# -- graded -------------------------------------------------------------------------------------


def test_no_right_answer_is_in_the_file_of_a_graded_sheet(tmp_path: Path) -> None:
    """Neither in any digits, from four on, nor as a program that computes them."""
    sheet = exercise("mazur_2015", vary=True, seed=11)
    ng.page(sheet, path=tmp_path / "a.html", graded=True)
    text = (tmp_path / "a.html").read_text("utf-8")
    for question in sheet.asked:
        shown = f"{abs(question.value):.15e}".partition("e")[0].replace(".", "")
        for digits in (shown[:4], f"{abs(question.value):.3e}"[:5].replace(".", "")):
            # A number of tenths, as weights may have, says nothing.
            if digits.rstrip("0") != digits[:2].rstrip("0"):
                assert not re.search(rf"(?<!\d)0?[.,]?0*{digits[0]}[.,]?{digits[1:]}", text), digits
    assert not re.search(r"[A-Za-z0-9+/]{100}", text), "nothing is packed"
    for program in ("FORMULAS", "RELATIONS", "createMarker", "Math.exp"):
        assert program not in text
    html5lib.HTMLParser(strict=True).parse(text)


@in_a_browser
def test_a_graded_sheet_is_filled_in_and_marked(show: Callable[..., Any], tmp_path: Path) -> None:
    """Its fields say nothing but what is no number; what it saves is what `mark` reads."""
    sheet = exercise("mazur_2015", ask="forward", hide=4, seed=2, language="de")
    ng.page(sheet, path=tmp_path / "a.html", graded=True)
    tab = show(tmp_path / "a.html", viewport={"width": 360, "height": 800})
    assert tab.get_attribute("html", "lang") == "de"
    first, second, *_ = sheet.asked
    fields = tab.locator("[data-answer]")
    assert fields.count() == 4
    assert fields.first.get_attribute("aria-label") == first.symbol
    fields.first.focus()
    tab.keyboard.type(first.answer.replace(".", ","))
    tab.keyboard.press("Enter")
    tab.keyboard.type("viel")
    tab.keyboard.press("Enter")
    assert tab.locator(".message").all_inner_texts()[1] == ""
    described = tab.get_attribute(f'[data-answer="{second.address}"]', "aria-describedby")
    assert "Zahl" in tab.inner_text(f"#{described}")
    tab.fill("#student", "Ada")
    with tab.expect_download() as download:
        tab.click("#answers-save")
    download.value.save_as(tmp_path / "ada.toml")
    marked = mark(sheet, read_answers(tmp_path / "ada.toml", sheet))
    assert [its.verdict for its in marked.marks] == ["right", "malformed", "blank", "blank"]
    assert marked.student == "Ada"
    other = show(tmp_path / "a.html")
    other.set_input_files("#answers-load", tmp_path / "ada.toml")
    has_value(other, "#student", "Ada")
    assert other.input_value(f'[data-answer="{second.address}"]') == "viel"
    assert tab.evaluate("document.documentElement.scrollWidth") == 360


# -- wrong use ----------------------------------------------------------------------------------


def test_what_is_no_exercise_is_not_graded(tmp_path: Path) -> None:
    """A worked example says its numbers itself."""
    with pytest.raises(InvalidValueError, match="graded is for an exercise"):
        ng.page("mazur_2015", path=tmp_path / "a.html", graded=True)
    assert not (tmp_path / "a.html").exists()


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("a = [", "is not TOML"),
        ("", "missing key 'title'"),
        ('exercise = "1"\n[answers]\n', "is a form for answers; the exercise itself is a file"),
        ("[exercise]\nid = 3\n", "has no table .exercise. with id, until"),
    ],
)
def test_a_file_that_is_no_exercise_says_why(
    content: str, said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The command names the file and what is wrong with it, and writes nothing."""
    path = tmp_path / "a.exercise.toml"
    path.write_text(content)
    assert main(["page", str(path), "-o", str(tmp_path / "a.html")]) != 0
    error = capsys.readouterr().err
    assert re.search(said, error)
    assert "a.exercise.toml" in error
    assert not (tmp_path / "a.html").exists()


def test_graded_is_for_one_exercise(capsys: pytest.CaptureFixture[str]) -> None:
    """A folder of all examples has nothing to be graded."""
    assert main(["page", "--all", "--graded"]) != 0
    assert "--graded is for the page of one exercise" in capsys.readouterr().err


def test_the_page_of_an_exercise_is_named_after_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The page of week1.exercise.toml is week1-page.html: week1.html may be the sheet."""
    monkeypatch.chdir(tmp_path)
    write_exercise(exercise("mazur_2015"), "week1.exercise.toml")
    assert main(["page", "week1.exercise.toml", "--language", "de"]) == 0
    text = (tmp_path / "week1-page.html").read_text("utf-8")
    assert '<html lang="de">' in text
    html5lib.HTMLParser(strict=True).parse(text)


def test_a_form_is_no_exercise(tmp_path: Path) -> None:
    """What is asked of a file is asked of what stands in it."""
    path = tmp_path / "a.toml"
    assert not is_exercise(path)
    assert not is_exercise("mazur_2015")
    path.write_text('exercise = "1"\n[answers]\n')
    with pytest.raises(InvalidValueError, match="is a form for answers"):
        is_exercise(path)
