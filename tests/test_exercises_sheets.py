"""Exercise sheets in every format, the files beside them, and students' answers read back."""

import csv
import re
import shutil
import subprocess
from html.parser import HTMLParser
from pathlib import Path

import pytest

import neurograph as ng
from neurograph.errors import InvalidValueError
from neurograph.exercises import (
    Answers,
    ClassMarks,
    Marker,
    answer_form,
    exercise,
    exercise_text,
    load_exercise,
    read_answers,
    sheet,
    to_csv,
    to_markdown,
    write_sheet,
)
from neurograph.exercises.marks import Unread, as_dict
from neurograph.scenario import load_scenario, run_scenario

FORWARD = exercise("mazur_2015", ask="forward")
SVG = '<svg xmlns="http://www.w3.org/2000/svg"><circle r="1"/></svg>'


def awkward() -> ng.Network:
    """Return a network whose names mean something in every format."""
    net = ng.Network()
    net.add_neuron("x_1 & y%")
    net.add_neuron("a|b*<c>#", activation="softplus", bias=-0.5)
    net.connect("x_1 & y%", "a|b*<c>#", weight=0.25, label="w_~^{}")
    return net


AWKWARD = exercise(awkward(), [1], [0.5], 0.1, title="50 % of <all> & _more_ #1")


class Page(HTMLParser):
    """Checks that what is opened is closed, and collects tags."""

    VOID = ("meta",)

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[str] = []

    def handle_starttag(self, tag: str, attrs: object) -> None:
        """Remember a tag."""
        self.tags.append(tag)
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: object) -> None:
        """Remember a tag that closes itself."""
        self.tags.append(tag)

    def handle_endtag(self, tag: str) -> None:
        """Check that this is the tag to close."""
        assert self.open.pop() == tag


# -- what stands on a sheet ---------------------------------------------------------------------


def test_markdown_has_the_blanks_and_nothing_that_gives_them_away() -> None:
    """Blanks are blank, given values are given, and every rule is there."""
    made = exercise("mazur_2015", hide=6, seed=3)
    text = sheet(made)
    rows = {line.split("|")[1].strip(): line for line in text.splitlines() if line[:1] == "|"}
    for question in made.questions:
        row = rows[str(question.number)]
        assert f"`{question.symbol}`" in row
        assert (question.answer in row) != question.asked
        assert ("____" in row) == question.asked
    assert "`E_j = 1/2 * (target_j - out_j)^2`" in text
    assert "η = 0.5" in text
    assert f"with {made.decimals} decimals" in text


@pytest.mark.parametrize("made", [FORWARD, AWKWARD], ids=["mazur", "awkward"])
def test_every_row_of_markdown_has_as_many_cells_as_its_head(made: object) -> None:
    """A bar in a name does not begin a cell."""
    for table in re.findall(r"(?:^\|.*\n)+", sheet(made), flags=re.M):  # type: ignore[arg-type]
        counts = {len(re.findall(r"(?<!\\)\|", line)) for line in table.splitlines()}
        assert len(counts) == 1


@pytest.mark.parametrize("made", [FORWARD, AWKWARD], ids=["mazur", "awkward"])
def test_html_is_well_formed_and_loads_nothing(made: object) -> None:
    """Every tag is closed; there is no script, no link, and the picture is inside."""
    text = sheet(made, "html", diagram=SVG)  # type: ignore[arg-type]
    page = Page()
    page.feed(text)
    assert not page.open
    assert {"svg", "math", "table"} <= set(page.tags)
    assert not {"script", "link", "img", "iframe"} & set(page.tags)
    assert not re.search(r"(?:src|href)\s*=", text)
    assert re.findall(r"https?://[^\"]+", text) == ["http://www.w3.org/2000/svg"]


def test_html_is_for_paper_and_for_a_phone() -> None:
    """Headings stay with tables that are not cut; on a phone a blank stands above its rule."""
    text = sheet(FORWARD, "html")
    style = text.partition("<style>")[2].partition("</style>")[0]
    assert re.search(r"h2 \{[^}]*break-after: avoid", style)
    assert re.search(r"table, tr \{[^}]*break-inside: avoid", style)
    for heading in re.findall(r"<h2>.*</h2>\n(.*)", text):
        assert heading in ('<div class="beside">', '<table class="form">')
    narrow = style.partition("@media screen and (max-width: 40rem) {")[2]
    value, rule = (re.search(rf":nth-child\({n}\) {{([^}}]*)}}", narrow)[1] for n in (4, 3))
    assert ("grid-row: 1" in value, "grid-row: 2" in rule) == (True, True)
    head = re.search(r'<table class="form">\n<thead><tr>(.*?)</tr>', text)[1]
    assert re.findall(r">([^<]+)</th>", head) == ["No.", "Quantity", "Rule", "Value"]
    # What is as wide everywhere leaves room on 390 px, of which the margins take 32.
    columns = narrow.partition("columns:")[2].partition(";")[0]
    fixed = [16 * float(size) for size in re.findall(r"([\d.]+)rem", columns)]
    assert sum(fixed) < 390 - 32 - 100


@pytest.mark.parametrize("made", [FORWARD, AWKWARD], ids=["mazur", "awkward"])
def test_latex_is_balanced(made: object) -> None:
    """Braces and environments match, and every special character of a name is escaped."""
    text = sheet(made, "latex")  # type: ignore[arg-type]
    begun, ended = (re.findall(rf"\\{word}\{{(\w+)", text) for word in ("begin", "end"))
    assert sorted(begun) == sorted(ended)
    plain = re.sub(r"\\[\\{}]", "", text)
    assert plain.count("{") == plain.count("}")
    body = text.partition(r"\begin{document}")[2]
    assert not re.search(r"(?<!\\)[#%]", body)


@pytest.mark.skipif(shutil.which("pdflatex") is None, reason="there is no LaTeX here")
@pytest.mark.parametrize("made", [FORWARD, AWKWARD], ids=["mazur", "awkward"])
def test_latex_compiles(made: object, tmp_path: Path) -> None:
    """LaTeX makes a PDF of the sheet without an error or an overfull line."""
    (tmp_path / "one.tex").write_text(sheet(made, "latex"), encoding="utf-8")  # type: ignore[arg-type]
    done = subprocess.run(
        ["pdflatex", "-interaction=nonstopmode", "one.tex"],
        cwd=tmp_path,
        capture_output=True,
        check=False,
        timeout=60,
    )
    log = done.stdout.decode(errors="replace")
    assert done.returncode == 0, log[-2000:]
    assert "Overfull" not in log


def test_conventions_are_said() -> None:
    """In place, digits and frozen biases stand on the sheet."""
    in_place = sheet(exercise("mazur_2015", run="error_after_one_round"))
    assert "Each weight changes as soon as its gradient is known" in in_place
    assert "of h1, h2; not trained" in in_place
    assert "All weights change together" in sheet(exercise("mazur_2015"))
    assert "learning rate" not in sheet(FORWARD)


@pytest.mark.parametrize(
    ("format", "diagram", "match"),
    [
        ("markdown", "a\nb", "the picture of a page of Markdown is the name of a file"),
        ("latex", "50%.pdf", "the picture of a page of LaTeX is the name of a file"),
        ("html", "sheet.svg", "the picture of a page of HTML is the text of an SVG"),
        ("html", SVG.replace("<circle", "<script/><circle"), "has a script or a link"),
        ("html", SVG.replace("<circle", '<a href="http://x"/><circle'), "has a script or a link"),
        ("htm", None, "format must be one of .* did you mean 'html'"),
    ],
)
def test_a_wrong_diagram_or_format_is_refused(format: str, diagram: str | None, match: str) -> None:
    """Each format takes its own kind of diagram."""
    with pytest.raises(InvalidValueError, match=match):
        sheet(FORWARD, format, diagram=diagram)  # type: ignore[arg-type]


# -- the files ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "others"),
    [
        ("week.md", ["week.svg"]),
        ("week.tex", ["week-network.pdf"]),
        ("week.html", []),
        ("week.txt", ["week.svg"]),
        ("week.json", ["week.svg"]),
    ],
)
def test_a_sheet_is_written_with_its_files(name: str, others: list[str], tmp_path: Path) -> None:
    """All files are there, again if the sheet is written again, and the picture is referred to."""
    for _ in range(2):
        written = write_sheet(FORWARD, tmp_path / name)
    expected = [name, *others, "week.exercise.toml", "week.answers.toml"]
    assert [path.name for path in written] == expected
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(expected)
    text = written[0].read_text(encoding="utf-8")
    # Text alone has no place for a picture but its words.
    assert all(other in text for other in others) or "[The network, level by level: i1" in text
    assert ("<svg" in text) == (not others)
    assert load_exercise(tmp_path / "week.exercise.toml") == FORWARD


@pytest.mark.parametrize("run", ["derivations", "error_after_one_round"])
def test_the_exercise_is_a_scenario_that_reproduces_its_answers(run: str, tmp_path: Path) -> None:
    """The answer file is a scenario too, and it passes."""
    made = exercise("mazur_2015", run=run, vary=True, seed=8)
    (tmp_path / "week.toml").write_text(exercise_text(made), encoding="utf-8")
    result = run_scenario(load_scenario(tmp_path / "week.toml"))
    assert result.passed
    assert len(result.reproduced) == len(made.questions)


@pytest.mark.parametrize(
    ("there", "match"),
    [
        ("week.md", r"week\.md: is there already and is no exercise sheet"),
        ("week.svg", r"week\.svg: is there already, without a sheet"),
        ("week.exercise.toml", r"week\.exercise\.toml: is there already and is no exercise"),
        ("week.answers.toml", r"week\.answers\.toml: is there already and is no form"),
    ],
)
def test_other_files_are_not_overwritten(there: str, match: str, tmp_path: Path) -> None:
    """A file that is none of ours stays as it is, and nothing is written."""
    (tmp_path / there).write_text("mine = 1\n", encoding="utf-8")
    with pytest.raises(InvalidValueError, match=match):
        write_sheet(FORWARD, tmp_path / "week.md")
    assert [path.name for path in tmp_path.iterdir()] == [there]
    assert (tmp_path / there).read_text(encoding="utf-8") == "mine = 1\n"


@pytest.mark.parametrize("line", ['student = "Ada"', '"h1.net" = "0.3"'])
def test_a_form_that_was_filled_in_is_not_overwritten(line: str, tmp_path: Path) -> None:
    """A name or one answer is enough to keep it."""
    write_sheet(FORWARD, tmp_path / "week.html")
    form = tmp_path / "week.answers.toml"
    filled = form.read_text(encoding="utf-8").replace(line.partition(" = ")[0] + ' = ""', line)
    form.write_text(filled, encoding="utf-8")
    with pytest.raises(InvalidValueError, match=r"week\.answers\.toml: has been filled in"):
        write_sheet(FORWARD, tmp_path / "week.html")
    assert form.read_text(encoding="utf-8") == filled


@pytest.mark.parametrize(
    ("name", "match"),
    [
        ("week.pdf", r"a sheet is HTML \(\.html\), .*Markdown \(\.md\) or text \(\.txt\)"),
        ("week.htm", r"did you mean '\.html'"),
        ("week", r"a sheet is HTML"),
        ("none/week.md", "there is no folder"),
    ],
)
def test_a_sheet_has_a_suffix_and_a_folder(name: str, match: str, tmp_path: Path) -> None:
    """The suffix says the format."""
    with pytest.raises(InvalidValueError, match=match):
        write_sheet(FORWARD, tmp_path / name)


def test_a_folder_is_no_sheet(tmp_path: Path) -> None:
    """A folder of that name stays."""
    (tmp_path / "week.md").mkdir()
    with pytest.raises(InvalidValueError, match=r"week\.md: is a folder"):
        write_sheet(FORWARD, tmp_path / "week.md")


# -- answers --------------------------------------------------------------------------------------


def read(tmp_path: Path, name: str, text: str | bytes) -> Answers:
    """Return answers to the forward pass, read from a file."""
    path = tmp_path / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return read_answers(path, FORWARD)


def test_a_form_filled_in_is_read(tmp_path: Path) -> None:
    """What was written stays letter for letter, also without quotes; blanks are left out."""
    text = answer_form(FORWARD).replace('student = ""', 'student = "Ada"')
    text = text.replace('"h1.net" = ""', '"h1.net" = 0.3775000')
    text = text.replace('"h2.net" = ""', '"h2.net" = " −0.39 "')
    found = read(tmp_path, "ada.toml", text)
    assert (found.student, found.exercise) == ("Ada", FORWARD.id)
    assert found.given == found.written == {"h1.net": "0.3775000", "h2.net": "−0.39"}
    assert float(found.given["h2.net"]) == -0.39
    assert not found.malformed


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("a.toml", '[answers]\n"h1.net" = "0,3775"\n'),
        ("a.toml", '[answers]\n"h1.net" = 0,3775  # so\n'),
        ("a.toml", '[answers]\nh1.net = "0,3775"\n'),
        ("a.csv", "h1.net,0,3775\n"),
        ("a.csv", 'address,answer\nh1.net,"0,3775"\n'),
        ("a.csv", b"\xef\xbb\xbfaddress;answer\r\nh1.net;0,3775\r\n"),
        ("a.csv", "net_h1\t0,3775\n"),
    ],
)
def test_a_decimal_comma_is_taken_and_said(name: str, text: str | bytes, tmp_path: Path) -> None:
    """However the comma gets into the file, it counts, and the report keeps it."""
    found = read(tmp_path, name, text)
    assert found.given == {"h1.net": "0,3775"}
    mark = Marker(FORWARD).mark(found).marks[0]
    assert (mark.written, mark.verdict, mark.points) == ("0,3775", "right", 1)
    assert mark.remarks == ("the comma is taken for a decimal point",)


@pytest.mark.parametrize(
    ("written", "verdict"),
    [
        ("0,377500", "right"),
        ("0.377 500", "right"),
        ("3,775*10^-1", "right"),
        ("3.77500 · 10⁻¹", "right"),
        ("37,75 %", "right"),
        ("151/400", "right"),
        ("net = 0,3775", "right"),
        ("≈ 0.3775", "right"),
        ("0.3775 V", "right"),
        ("– 0,3775", "wrong"),
        ("151/401", "wrong"),
        ("38/100", "wrong"),
    ],
)
def test_an_answer_is_read_as_pupils_write_it(written: str, verdict: str) -> None:
    """0.3775 = 151/400 counts in every notation, and is kept letter for letter in each report."""
    marked = Marker(FORWARD).mark(Answers.of({"h1.net": written}))
    mark = marked.marks[0]
    assert (mark.verdict, mark.written) == (verdict, written)
    assert as_dict(marked)["answers"][0]["written"] == written
    assert f",{written}," in to_csv(marked) or f'"{written}"' in to_csv(marked)
    assert written in marked.text(width=100)


@pytest.mark.parametrize(
    "line", ["3/8", "0,375", "8.8*10^-3", "–0,5  # so", "= 0.5", "1.234,5", "12,5 %"]
)
def test_a_number_without_quotes_is_no_broken_file(line: str, tmp_path: Path) -> None:
    """What TOML does not know as a number is text; other answers still count."""
    text = f'[answers]\n"h1.out" = 0.593270\n"h1.net" = {line}\n'
    if line.startswith("="):
        with pytest.raises(InvalidValueError, match="is not TOML"):
            read(tmp_path, "a.toml", text)
        return
    found = read(tmp_path, "a.toml", text)
    assert found.written == {"h1.out": "0.593270", "h1.net": line.partition("  #")[0]}


@pytest.mark.parametrize(
    ("others", "stated", "value"),
    [
        ("0,5", None, 1.234),
        ("0,5", False, 1.234),
        ("0,5", True, 1.234),
        ("0.5", True, 1.234),
        ("7", True, 1.234),
        ("7", False, 1234.0),
        ("0.5", False, 1234.0),
        ("7", None, None),
        ("0.5", None, None),
    ],
)
def test_what_could_be_either_is_read_as_the_other_answers_are(
    others: str, stated: bool | None, value: float | None
) -> None:
    """1,234 has a decimal comma where 0,5 has one, or where it is stated; else it is asked back."""
    found = Answers.of({"a": "1,234", "b": others}, decimal_comma=stated)
    assert (float(found.given["a"]) if "a" in found.given else None) == value
    assert ("'1,234' is 1.234 or 1234" in found.malformed.get("a", "")) == (value is None)


def test_a_file_of_answers_may_state_its_commas(tmp_path: Path) -> None:
    """In TOML by a key, in CSV by a row; anything but true and false is refused."""
    for name, text in [
        ("a.toml", 'decimal_comma = true\n[answers]\n"h1.net" = "1,234"\n'),
        ("a.csv", "decimal_comma;true\nh1.net;1,234\n"),
    ]:
        assert float(read(tmp_path, name, text).given["h1.net"]) == 1.234
    with pytest.raises(InvalidValueError, match="decimal_comma must be true or false, not 'ja'"):
        read(tmp_path, "a.csv", "decimal_comma,ja\nh1.net,0.3\n")


@pytest.mark.parametrize("written", ["about 0.4", "nan", "=1+1", "1e999", "0x10", "١", "1/0x"])
def test_what_is_no_number_is_malformed(written: str) -> None:
    """Words, formulas and numbers beyond all numbers are said, not computed with."""
    found = Answers.of({"h1.net": written})
    assert "is not a number" in found.malformed["h1.net"]
    mark = Marker(FORWARD).mark(found).marks[0]
    assert (mark.verdict, mark.written) == ("malformed", written)


def test_a_csv_may_say_whose_it_is(tmp_path: Path) -> None:
    """Rows for the student and the exercise, a heading, symbols for addresses, and remarks."""
    text = f"student,Ida\nexercise,{FORWARD.id}\nquantity,answer\nnet_h1,0.3775,easy\nloss,\n"
    found = read(tmp_path, "x.csv", text)
    assert (found.student, found.given) == ("Ida", {"h1.net": "0.3775"})


def test_a_file_without_a_name_goes_by_its_own(tmp_path: Path) -> None:
    """The student is the stem of the file."""
    assert read(tmp_path, "ben.csv", "h1.net,0.3775\n").student == "ben"


@pytest.mark.parametrize(
    ("name", "text", "match"),
    [
        ("a.toml", "a = = 3", "is not TOML"),
        ("a.toml", "[answer]\n", r"unknown key 'answer'; did you mean 'answers'"),
        ("a.toml", 'student = "A"\n', r"missing the table \[answers\]"),
        ("a.toml", '[answers]\n"h1.nte" = "1"\n', "does not ask for 'h1.nte'; did you mean 'h1"),
        ("a.toml", 'exercise = "0"\n[answers]\n', "answers to exercise '0', not to"),
        ("a.toml", '[answers]\n"h1.net" = "1"\nnet_h1 = "2"\n', "'h1.net' is answered twice"),
        ("a.toml", '[answers]\n"h1.net" = ""\n', "is an empty form: it has no name"),
        ("a.toml", b"\xff", "is not UTF-8 text"),
        ("a.csv", "", "has no answers; expected rows such as h1.net,0.3775"),
        ("a.csv", "h1.net,1\nh1.net,2\n", "line 2: 'h1.net' is answered twice"),
        ("a.csv", "h1.net,1\nh7.net,2\n", "does not ask for 'h7.net'"),
        ("a.csv", f'h1.net,"{"1" * 140_000}"\n', "is not CSV: field larger than"),
    ],
)
def test_a_wrong_file_of_answers_is_refused(
    name: str, text: str | bytes, match: str, tmp_path: Path
) -> None:
    """Each message names the file, the place and the likely intention."""
    with pytest.raises(InvalidValueError, match=match):
        read(tmp_path, name, text)


def test_a_missing_file_of_answers_is_said(tmp_path: Path) -> None:
    """A path with nothing there."""
    with pytest.raises(InvalidValueError, match=r"none\.toml"):
        read_answers(tmp_path / "none.toml", FORWARD)


# -- marks and reports ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("written", "verdict", "points", "kinds"),
    [
        ("0.593270", "right", 1, []),
        ("0.593269", "right", 1, []),  # cut off
        ("0.59327", "right", 1, []),
        ("5.93270e-1", "right", 1, []),
        ("0.5933", "right", 1, ["rounded too early"]),
        ("0.593", "right", 1, ["rounded too early"]),
        ("0.59", "wrong", 0, ["rounded too early"]),
        ("0.590000", "wrong", 0, ["rounded too early"]),
        ("0.612345", "wrong", 0, []),
        ("0.377500", "wrong", 0, ["net used for out"]),
        ("123", "wrong", 0, []),
    ],
)
def test_how_an_out_is_marked(written: str, verdict: str, points: int, kinds: list[str]) -> None:
    """Rounded or cut off is right; three digits count with a remark, two do not."""
    answers = Answers.of({"h1.net": "0.377500", "h1.out": written})
    mark = Marker(FORWARD).mark(answers).marks[1]
    assert (mark.verdict, mark.points) == (verdict, points)
    assert [mistake.kind for mistake in mark.mistakes] == kinds


@pytest.mark.parametrize(
    ("written", "verdict", "sentences"),
    [
        # net_o1 = 1.10590597, which is 1.105906 in six decimals.
        ("1.10590597", "right", []),
        ("1.105905", "right", []),
        ("1.105", "right", ["3 of the 6 decimals asked for"]),
        ("1.105000", "wrong", ["the value cut off after 3 decimals"]),
        ("1 1059/10000", "wrong", ["the value cut off after 5 decimals"]),
        # 0.4 * 0.5932 + 0.45 * 0.5968 + 0.6 = 1.10584; no cut of 1.1059 leads to 1.1058.
        ("1.1058", "wrong", ["the values before it cut off after 4 decimals"]),
    ],
)
def test_how_exact_an_answer_has_to_be(written: str, verdict: str, sentences: list[str]) -> None:
    """Every digit that is written counts, and who wrote four did not cut off after five."""
    before = {question.address: question.answer for question in FORWARD.asked[:4]}
    mark = Marker(FORWARD).mark(Answers.of({**before, "o1.net": written})).marks[4]
    assert (mark.verdict, [mistake.sentence for mistake in mark.mistakes]) == (verdict, sentences)


def test_an_answer_that_is_no_number_is_no_blank() -> None:
    """In the table of a class what could not be read has a column of its own."""
    marked = Marker(FORWARD).mark(Answers.of({"h1.net": "about 1", "h1.out": "0.593270"}))
    rows = to_markdown(ClassMarks(exercise=FORWARD, students=(marked,))).splitlines()
    cells = [[cell.strip() for cell in row.split("|")[1:-1]] for row in rows if "|" in row]
    assert cells[0][2:7] == ["right", "in method", "wrong", "blank", "no number"]
    assert cells[2][2:7] == ["", "", "", "", "1"]
    assert cells[3][2:7] == ["1", "", "", "", ""]
    assert cells[4][2:7] == ["", "", "", "1", ""]


def test_a_csv_speaks_one_language() -> None:
    """Verdicts, mistakes and what was understood are in the language of the exercise."""
    german = exercise("mazur_2015", ask="forward", language="de")
    answers = {"h1.net": "0,0275", "h1.out": "0.593270", "h2.net": "etwa 1", "h2.out": "=0.596884"}
    marked = Marker(german).mark(Answers.of(answers, student="Ada", decimal_comma=True))
    unread = (Unread("x.toml", "is not TOML"),)
    text = to_csv(ClassMarks(exercise=german, students=(marked,), unread=unread))
    head, first, second, third, fourth, fifth, *_, last = csv.reader(text.splitlines())
    assert head[:6] == ["Name", "Nummer", "Adresse", "Antwort", "richtig", "Urteil"]
    assert (first[5], first[7]) == ("falsch", "Bias vergessen")
    assert (second[5], second[8]) == ("richtig", "der Punkt gilt als Dezimalpunkt")
    assert (third[5], third[8]) == ("keine Zahl", "'etwa 1' lässt sich nicht als eine Zahl lesen")
    assert fourth[8].split("; ")[0] == "was vor oder hinter der Zahl steht, zählt nicht"
    assert fifth[5] == "leer"
    assert last[5] == "nicht bewertet"


def test_answers_are_rounded_as_on_paper() -> None:
    """net_h2 is 0.3925, which floats compute as 0.39249999999999996: 0.393 with three digits."""
    sheet = exercise("mazur_2015", ask="forward", significant=3)
    answers = {question.address: question.answer for question in sheet.asked}
    assert (answers["h2.net"], answers["h1.net"]) == ("0.393", "0.378")


def class_marks() -> ClassMarks:
    """Return the marks of three students and a broken file."""
    marker = Marker(FORWARD)
    right = {question.address: question.answer for question in FORWARD.asked}
    students = [
        Answers.of(right, student="Ada"),
        Answers.of({**right, "h1.net": "0.027500"}, student="=Ben|"),
        Answers.of({"h1.net": "7"}, student="Cleo"),
    ]
    return ClassMarks(
        exercise=FORWARD,
        students=tuple(map(marker.mark, students)),
        unread=(Unread("x.toml", "is not TOML"),),
    )


def test_a_class_is_counted_by_question() -> None:
    """Of three answers to the first question one is right and two are wrong, one of them named."""
    first, second = class_marks().questions[:2]
    assert (first.verdicts["right"], first.verdicts["wrong"]) == (1, 2)
    assert first.mistakes == (("bias left out", 1), ("not explained", 1))
    assert (second.verdicts["right"], second.verdicts["blank"]) == (2, 1)


def test_reports_of_a_class() -> None:
    """CSV has a line for each answer and no formulas; Markdown the tables; JSON everything."""
    marks = class_marks()
    lines = to_csv(marks).splitlines()
    assert len(lines) == 1 + 3 * 11 + 1
    assert lines[12].startswith("'=Ben|,1,h1.net,0.027500,0.377500,wrong,0,bias left out,")
    text = to_markdown(marks)
    assert r"=Ben\|" in text
    assert "\nx.toml: is not TOML\n" in text
    assert "bias left out (1), not explained (1)" in text
    document = as_dict(marks)
    assert document["students"][0]["points"] == 11
    assert document["questions"][0]["wrong"] == 2
    assert document["unread"] == [{"file": "x.toml", "reason": "is not TOML"}]


def test_a_report_of_one_student() -> None:
    """Written value, right value, verdict and the likely mistake stand in one row."""
    marked = class_marks().students[1]
    row = "| 1 | `net_h1` | 0.027500 | 0.377500 | wrong: bias left out:"
    assert row in re.sub(" +", " ", to_markdown(marked))
    assert to_csv(marked).splitlines()[2].split(",")[2:6] == [
        "h1.out", "0.593270", "0.593270", "right"
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("combine", "net", "gradient"),
    [
        ("sum", "Σ_i w_ij*out_i + b_j", "δ_j*out_i"),
        ("product", "(Π_i w_ij*out_i) + b_j", "δ_j*∂net_j/∂w_ij"),
        ("mean", "(Σ_i w_ij*out_i)/2 + b_j", "δ_j*∂net_j/∂w_ij"),
        ("max", "(max_i w_ij*out_i) + b_j", "δ_j*∂net_j/∂w_ij"),
        ("min", "(min_i w_ij*out_i) + b_j", "δ_j*∂net_j/∂w_ij"),
    ],
)
def test_rules_of_neurons_that_do_not_add_up(combine: str, net: str, gradient: str) -> None:
    """A sheet says how messages become net, and what a mask does to out and slope."""
    made = ng.Network.layered(2, 1, weights=0.5, bias=0.25)
    made.nodes["o1"].combine, made.nodes["o1"].mask = combine, 2.0
    text = sheet(exercise(made, [1.0, 3.0], [0.5], 0.1))
    assert f"`net_j = {net}`" in text
    assert "`out_j = 2*f(net_j), f(net_j) = 1/(1 + exp(-net_j))`" in text
    slope = "f'(net_j) = f(net_j) * (1 - f(net_j))"
    assert f"`δ_j = ∂E_total/∂out_j * 2*f'(net_j), {slope}`" in text
    assert f"`∂E_total/∂w_ij = {gradient}`" in text
    assert ("are combined by" in text) == (combine != "sum")
    assert "The out of o1 is multiplied by its mask, 2." in text
