"""Solutions with worked steps, exact fractions, significant digits, and sheets in German."""

import re
import shutil
import subprocess
from decimal import ROUND_HALF_UP, Context, Decimal
from fractions import Fraction
from pathlib import Path

import pytest
from scenario_files import changed, load

import neurograph as ng
from neurograph.documents.lines import expression
from neurograph.edits import EDITS, KINDS, slips_of
from neurograph.errors import InvalidTypeError, InvalidValueError
from neurograph.exercises import (
    Answers,
    Exercise,
    Marker,
    Sheet,
    answer_form,
    exercise,
    load_exercise,
    sheet,
    write_exercise,
)
from neurograph.exercises.marks import VERDICTS
from neurograph.exercises.solution import Solution, worked_lines
from neurograph.words import LANGUAGES, words_of


def by_hand() -> Exercise:
    """Return an exercise in which every number is a short fraction."""
    net = ng.Network.layered(
        2,
        2,
        1,
        weights=[[[0.5, 0.25], [0.2, -0.4]], [[0.4, 0.6]]],
        bias=[[-0.5, 0.1], [0.25]],
        activation="relu",
        output_activation="identity",
        loss="half_squared_error",
    )
    return exercise(net, [1, 2], [1], 0.1)


#: The round of `by_hand`, worked out with fractions and nothing else.
HALF, FIFTH, TENTH = Fraction(1, 2), Fraction(1, 5), Fraction(1, 10)
NET_1 = HALF * 1 + Fraction(1, 4) * 2 - HALF
NET_2 = FIFTH * 1 - Fraction(2, 5) * 2 + TENTH
OUT = Fraction(2, 5) * NET_1 + Fraction(3, 5) * 0 + Fraction(1, 4)
DELTA = OUT - 1
EXACT = {
    "h1.net": NET_1,
    "h2.net": NET_2,
    "h1.out": NET_1,
    "h2.out": Fraction(0),
    "o1.out": OUT,
    "loss": (1 - OUT) ** 2 / 2,
    "o1.delta": DELTA,
    "w5.gradient": DELTA * NET_1,
    "w6.gradient": Fraction(0),
    "h1.delta": DELTA * Fraction(2, 5),
    "h2.delta": Fraction(0),
    "w2.gradient": DELTA * Fraction(2, 5) * 2,
    "w5.weight": Fraction(2, 5) - TENTH * DELTA * NET_1,
    "w2.weight": Fraction(1, 4) - TENTH * DELTA * Fraction(2, 5) * 2,
}


def test_a_solution_shows_exact_fractions() -> None:
    """Where all numbers are short fractions the value stands as one, and it is the right one."""
    made = by_hand()
    solution = Solution(made)
    lines = {
        question.address: line
        for phase in made.phases
        for question, line in zip(
            (q for q in made.questions if q.phase == phase),
            worked_lines(solution, phase),
            strict=True,
        )
    }
    for address, exact in EXACT.items():
        line = lines[address]
        assert line.value == pytest.approx(float(exact), abs=1e-15)
        if exact.denominator > 1:
            text = expression(line.forms[-1], line.terms)
            assert Fraction(text.replace("(", "").replace(")", "")) == exact, address


def test_every_line_of_a_solution_is_right_as_it_stands() -> None:
    """What the numbers of a line give is its value; fractions stand for these numbers."""
    for made in (by_hand(), exercise("mazur_2015"), exercise("spacagna_2017_softmax")):
        solution = Solution(made)
        for phase in made.phases:
            for line in worked_lines(solution, phase):
                assert line.is_exact, line
                for form in line.forms[1:]:
                    text = expression(form, {}).replace("^", "**")
                    assert eval(text, {"max": max}) == pytest.approx(line.value, abs=1e-12), text


def test_a_solution_has_only_what_stands_on_the_sheet() -> None:
    """Its lines are made of values that are given or were worked out before."""
    made = exercise("mazur_2015")
    solution = Solution(made)
    quantities = (solution.quantity(q.address, q.phase) for q in made.questions)
    known = {solution.symbols.of(quantity).text for quantity in quantities}
    given = {"i1", "i2", "b1", "b2", "η", "target_o1", "target_o2", *(f"w{n}" for n in range(1, 9))}
    for phase in made.phases:
        for line in worked_lines(solution, phase):
            assert set(line.symbols) <= known | given, line


@pytest.mark.parametrize("format", ["text", "markdown", "html", "latex", "json"])
def test_a_solution_is_written_in_every_format(format: str) -> None:
    """The steps stand below each part."""
    text = Sheet(exercise=by_hand(), solved=True).written(format)
    assert text.count("Step by step") == 3


def test_rounded_values_are_no_fractions(tmp_path: Path) -> None:
    """Where every value is rounded before it is used, steps have decimals."""
    rate = "learning_rate = 0.1"
    exact, rounded = (
        exercise(load(tmp_path, changed(rate, f"{rate}{digits}")), ask="backward")
        for digits in ("", "\ndigits = 3")
    )
    assert [len(line.forms) > 1 for line in worked_lines(Solution(exact), "forward")] == [
        True, False, True, True
    ]  # fmt: skip
    assert {len(line.forms) for line in worked_lines(Solution(rounded), "forward")} == {1}


# -- significant digits ---------------------------------------------------------------------------


def test_answers_have_significant_digits() -> None:
    """Each answer is the value rounded to so many digits, zeros at its end included."""
    made = exercise("mazur_2015", significant=3)
    for question in made.questions:
        digits = re.sub(r"^-?0*\.?0*", "", question.answer).replace(".", "")
        assert len(digits) == 3, question.answer
        on_paper = Context(prec=3, rounding=ROUND_HALF_UP).plus(Decimal(f"{question.value:.15g}"))
        assert Decimal(question.answer) == on_paper
    assert "Give every answer with 3 significant digits" in sheet(made)


@pytest.mark.parametrize(
    ("written", "verdict", "said"),
    [
        ("0.000498", "right", ""),
        ("4.98*10^-4", "right", ""),
        ("0,000498", "right", ""),
        ("0.0004977", "right", ""),
        ("0.0005", "wrong", "rounded too early: 1 of the 3 significant digits asked for"),
        ("0.00050", "wrong", "rounded too early: 2 of the 3 significant digits asked for"),
        ("5.0e-4", "wrong", "rounded too early: 2 of the 3 significant digits asked for"),
    ],
)
def test_an_answer_needs_its_significant_digits(written: str, verdict: str, said: str) -> None:
    """0.0005 is no answer where 0.000498 is asked for; decimals do not matter."""
    made = exercise("mazur_2015", ask="backward", significant=3)
    question = made.question("w3.gradient")
    assert question is not None
    assert question.answer == "0.000498"
    marks = {
        m.question.address: m for m in Marker(made).mark(Answers.of({"w3.gradient": written})).marks
    }
    mark = marks["w3.gradient"]
    assert (mark.verdict, mark.said) == (verdict, said)


def test_decimals_would_let_it_pass() -> None:
    """With decimals asked for, the same answer counts with a remark."""
    made = exercise("mazur_2015", ask="backward")
    marked = Marker(made).mark(Answers.of({"w3.gradient": "0.0005"}))
    assert next(m for m in marked.marks if m.written).verdict == "right"


def test_significant_digits_survive_the_file(tmp_path: Path) -> None:
    """An exercise read back asks for the same answers, in the same language."""
    made = exercise("mazur_2015", significant=4, hide=5, seed=2, language="de")
    write_exercise(made, tmp_path / "a.toml")
    loaded = load_exercise(tmp_path / "a.toml")
    assert (loaded.id, loaded.significant, loaded.language) == (made.id, 4, "de")
    assert [q.answer for q in loaded.questions] == [q.answer for q in made.questions]


@pytest.mark.parametrize(
    ("arguments", "match"),
    [
        ({"significant": 0}, "significant must be at least 1, not 0"),
        ({"significant": 13}, "significant must be from 1 to 12, not 13"),
        ({"significant": 3, "decimals": 4}, "either decimals or significant digits, not both"),
        ({"language": "fr"}, "language must be one of"),
    ],
)
def test_wrong_digits_and_languages_are_refused(arguments: dict[str, int], match: str) -> None:
    """The message says what is possible."""
    with pytest.raises((InvalidValueError, InvalidTypeError), match=match):
        exercise("mazur_2015", **arguments)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("line", "match"),
    [
        ('decimal_comma = "yes"', "decimal_comma must be true or false, not 'yes'"),
        ('language = "fr"', "language must be one of"),
    ],
)
def test_wrong_keys_of_an_exercise_are_refused(line: str, match: str, tmp_path: Path) -> None:
    """What a file states of its commas and its language is checked."""
    write_exercise(exercise("mazur_2015"), tmp_path / "a.toml")
    text = (tmp_path / "a.toml").read_text(encoding="utf-8")
    (tmp_path / "a.toml").write_text(text.replace("decimals =", f"{line}\ndecimals ="), "utf-8")
    with pytest.raises(InvalidValueError, match=match):
        load_exercise(tmp_path / "a.toml")


# -- German ---------------------------------------------------------------------------------------


def test_a_german_sheet_has_german_words_and_commas() -> None:
    """Headings, conventions, numbers and worked steps are German; addresses stay."""
    text = Sheet(exercise=exercise("mazur_2015", language="de"), solved=True).text(width=200)
    for words in ("Lösung: ", "Vorwärtsschritt", "Gegeben", "η = 0,5", "Dezimalkomma", "0,593270"):
        assert words in text
    assert "out_h1 = 1/(1 + exp(-net_h1)) = 1/(1 + exp(-0,3775)) = 0,593269992" in text
    assert not re.search(r"\d\.\d", text)
    assert not re.search(r"\b(?:the|Given|Value|pass|every)\b", text)
    assert "Dezimalkomma" in answer_form(exercise("mazur_2015", language="de"))


def test_a_german_page_says_its_language() -> None:
    """A screen reader reads it in German; numbers in formulas have their comma."""
    made = exercise("mazur_2015", ask="forward", language="de")
    page = Sheet(exercise=made, solved=True).html(document=True)
    assert '<html lang="de">' in page
    assert "<mn>0,593269992</mn>" in page


@pytest.mark.skipif(shutil.which("pdflatex") is None, reason="there is no LaTeX here")
@pytest.mark.parametrize("language", LANGUAGES)
def test_a_solution_compiles(language: str, tmp_path: Path) -> None:
    """LaTeX makes a PDF of the worked steps in each language without an overfull line."""
    made = exercise("mazur_2015", language=language)
    text = sheet(made, "latex", solved=True)
    assert "[U+" not in text
    (tmp_path / "one.tex").write_text(text, encoding="utf-8")
    done = subprocess.run(
        ["pdflatex", "-interaction=nonstopmode", "one.tex"],
        cwd=tmp_path, capture_output=True, check=False, timeout=60,
    )  # fmt: skip
    log = done.stdout.decode(errors="replace")
    assert done.returncode == 0, log[-2000:]
    assert "Overfull" not in log


def test_a_german_report_has_german_words() -> None:
    """Verdicts, kinds of mistakes and their sentences are German; what was written stays."""
    made = exercise("mazur_2015", ask="forward", language="de")
    answers = {"h1.net": "0,0275", "h1.out": "0.506875", "h2.net": "ja", "h2.out": "0.60"}
    marked = Marker(made).mark(Answers.of(answers, student="Ada"))
    text = " ".join(marked.text(width=200).split())
    assert "0,0275 0,377500 falsch: Bias vergessen: der Bias b1 weggelassen" in text
    assert "im Ansatz richtig: folgt aus net_h1" in text
    assert "'ja' lässt sich nicht als eine Zahl lesen" in text
    assert "zu früh gerundet: 2 von 6 verlangten Nachkommastellen" in text
    assert "Ada: 1 von 11 Punkten" in text


def test_everything_that_is_said_of_a_mistake_is_in_every_language() -> None:
    """Verdicts, kinds and the sentences of the table of edits have their words."""
    for kind in KINDS:
        assert f"kind {kind}" in LANGUAGES["en"]
    for verdict in VERDICTS:
        assert f"verdict {verdict}" in LANGUAGES["en"]
    sentences = {row.pupil for row in EDITS.values() if row.pupil and not row.not_of_pupils}
    net = ng.Network.layered(2, 2, 2, 1, weights=0.5, bias=0.25)
    examples = [exercise(net, [1, 3], [0.5], 0.1)]
    examples += [exercise("spacagna_2017_softmax"), exercise("mazur_2015")]
    for made in examples:
        sentences |= {
            slip.pupil
            for row, slip in slips_of(Marker(made)._table.places)
            if slip.pupil and slip.of_pupils and not row.not_of_pupils
        }
    assert len(sentences) > 30
    german = words_of("de")["mistakes"]
    assert sentences <= german.keys()
    for english, other in german.items():
        assert set(re.findall(r"{\w+}", other)) == set(re.findall(r"{\w+}", english))


def test_a_saved_network_makes_an_exercise(tmp_path: Path) -> None:
    """Its data come from the file; without data the message says how to save them."""
    net = ng.Network.layered(2, 1, weights=[[[0.1, 0.2]]], bias=0.3)
    net.save(tmp_path / "bare.json")
    with pytest.raises(ng.ScenarioError, match=r"was saved without inputs: call net\.forward"):
        exercise(tmp_path / "bare.json")
    net.forward([1.0, 0.5])
    net.backward([1.0])
    net.save(tmp_path / "net.json")
    made = exercise(tmp_path / "net.json", ask="forward")
    assert made.asked[0].value == pytest.approx(0.5)
    assert made.source is None
