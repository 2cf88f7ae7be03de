"""Every report in every format: what is well-formed, what fits, and what no format loses."""

import json
import re
import shutil
import subprocess
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

import neurograph as ng
from neurograph.cli.inspection import InspectionReport, inspect
from neurograph.cli.outcomes import Outcome, Overview, ScenarioList
from neurograph.documents.document import WRITERS
from neurograph.documents.readable import Readable
from neurograph.errors import InvalidValueError, NeurographError
from neurograph.exercises import Answers, ClassMarks, Marker, Sheet, exercise
from neurograph.exercises.marks import Unread
from neurograph.scenario import load_scenario, run_scenario
from neurograph.scenario.report import VerdictReport

DATA = Path(__file__).parent / "data"
MAZUR = load_scenario("mazur_2015")
RESULT = run_scenario(MAZUR, run="derivations")


def explained() -> ng.Network:
    """Return Mazur's network after both passes."""
    net = MAZUR.network()
    net.forward(MAZUR.inputs)
    net.backward(MAZUR.targets)
    return net


def reports() -> Iterator[tuple[str, Readable]]:
    """Yield one report of each kind."""
    net = explained()
    yield "explanation", ng.explain(net, "w1.gradient")
    yield "influence", ng.influence(net, "w5")
    yield "what-if", ng.what_if(net, {"w5.weight": 0.5})
    yield "trace", ng.trace(MAZUR.network(), MAZUR.inputs, MAZUR.targets, 0.5)
    yield "verdicts", VerdictReport(RESULT)
    yield "audit", ng.reconcile(load_scenario(DATA / "afteracademy_one_run.toml"))
    made = exercise("mazur_2015")
    yield "sheet", Sheet(exercise=made)
    yield "solved sheet", Sheet(exercise=made, solved=True)
    marker = Marker(made)
    students = [
        marker.mark(Answers.of({"h1.net": written}, student=f"A_{n} <b>"))
        for n, written in enumerate(("0.3775000", "0.0275000", "0,3775"))
    ]
    yield "marks", students[1]
    unread = (Unread("x_1.toml", "is not TOML"),)
    yield "class", ClassMarks(exercise=made, students=tuple(students), unread=unread)
    yield "inspection", InspectionReport(inspect(MAZUR, "h1", run=None, at=None))
    yield "list", ScenarioList([MAZUR])
    failed = Outcome(name="none", seconds=0.5, error="there is no such file")
    yield "overview", Overview([failed, Outcome(name="mazur", seconds=0.5, result=RESULT)])


REPORTS = dict(reports())


class Page(HTMLParser):
    """Checks that what is opened is closed, and collects tags and text."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: set[str] = set()
        self.text = ""
        self.feed(text)
        self.close()
        assert not self.open

    def handle_starttag(self, tag: str, attrs: object) -> None:
        """Remember a tag."""
        self.tags.add(tag)
        if tag != "meta":
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        """Check that this is the tag to close."""
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        """Keep what is read."""
        self.text += data


@pytest.mark.parametrize("name", REPORTS)
def test_html_is_one_well_formed_page(name: str) -> None:
    """Every tag is closed, there is one heading of the first level, and nothing is loaded."""
    text = REPORTS[name].html(document=True)
    page = Page(text)
    assert not page.tags & {"script", "link", "img", "iframe", "b", "a"}
    assert text.count("<h1>") == (name not in ("list", "overview"))
    assert text.count("<style>") == text.count("<title>") == 1
    Page(REPORTS[name].html())


@pytest.mark.parametrize("name", REPORTS)
def test_latex_is_balanced(name: str) -> None:
    """Braces, environments and columns match, and no special character stands bare."""
    text = REPORTS[name].latex(document=True)
    begun, ended = (re.findall(rf"\\{word}\{{(\w+)", text) for word in ("begin", "end"))
    assert sorted(begun) == sorted(ended)
    plain = re.sub(r"\\[\\{}]", "", text)
    assert plain.count("{") == plain.count("}")
    body = text.partition(r"\begin{document}")[2]
    assert not re.search(r"(?<!\\)[#%]", body)
    for table in re.findall(r"\\begin\{(?:tabular|longtable)\}.*?\n(.*?)\\end", body, re.S):
        rows = re.findall(r"^.*\\\\.*$", table, re.M)
        assert len({len(re.findall(r"(?<!\\)&", row)) for row in rows}) == 1
    # More than a page is wide stands in no table.
    for columns in re.findall(r"\\begin\{longtable\}\[l\]\{(.*)\}", body):
        widths = [float(width) for width in re.findall(r"p\{([\d.]+)cm\}", columns)]
        assert sum(widths) + 0.43 * len(widths) <= 17.0 + 0.05 * len(widths)


@pytest.mark.parametrize("name", REPORTS)
def test_the_formula_of_a_notebook_has_no_cell_too_many(name: str) -> None:
    """However many tables a report has, each row fits the columns of the one array."""
    formula = REPORTS[name]._repr_latex_()  # type: ignore[attr-defined]
    plain = re.sub(r"\\[\\{}]", "", formula)
    assert plain.count("{") == plain.count("}")
    for columns, body in re.findall(r"\\begin\{array\}\{(\w+)\}(.*)\\end\{array\}", formula, re.S):
        assert all(len(re.findall(r"(?<!\\)&", row)) < len(columns) for row in body.split("\n"))


@pytest.mark.skipif(shutil.which("pdflatex") is None, reason="there is no LaTeX here")
@pytest.mark.parametrize("name", REPORTS)
def test_latex_compiles(name: str, tmp_path: Path) -> None:
    """LaTeX makes a PDF of each report without an error."""
    REPORTS[name].save(tmp_path / "one.tex")
    command = ["pdflatex", "-interaction=nonstopmode", "one.tex"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, check=False, timeout=60)
    assert done.returncode == 0, done.stdout.decode(errors="replace")[-2000:]


@pytest.mark.parametrize("name", REPORTS)
def test_rows_of_markdown_have_as_many_cells_as_their_head(name: str) -> None:
    """No table of Markdown breaks at a name or a number."""
    for table in re.findall(r"(?:^\|.*\n)+", REPORTS[name].markdown(), flags=re.M):
        assert len({len(re.findall(r"(?<!\\)\|", line)) for line in table.splitlines()}) == 1


@pytest.mark.parametrize("width", [80, 40])
@pytest.mark.parametrize("name", sorted(set(REPORTS) - {"explanation", "what-if"}))
def test_text_fits_its_width(name: str, width: int) -> None:
    """No line is wider than asked for, however narrow that is."""
    text = REPORTS[name].text(width=width)
    # A quantity and its rule are one word each; nothing breaks them.
    assert max(map(len, text.splitlines())) <= (60 if "sheet" in name and width == 40 else width)


@pytest.mark.parametrize("name", REPORTS)
def test_colours_change_no_character(name: str) -> None:
    """Without the codes of colours, coloured text is the plain one."""
    coloured = REPORTS[name].written("text", colour=True)
    assert re.sub(r"\x1b\[[\d;]*m", "", coloured) == REPORTS[name].text()
    assert "\x1b[" in coloured or name in ("list", "influence")


@pytest.mark.parametrize("name", REPORTS)
def test_ascii_is_enough(name: str) -> None:
    """A terminal that knows ASCII alone gets all of it, and tables stay aligned."""
    text = REPORTS[name].written("text", encoding="ascii")
    assert text.isascii()
    assert len(text.splitlines()) >= len(REPORTS[name].text().splitlines()) - 8


def blocks(data: Any, kind: str) -> list[Any]:
    """Return all blocks of a kind, those in others too."""
    inside = [part for block in data.get("blocks", ()) for part in blocks(block, kind)]
    return [*([data] if data.get("kind") == kind else []), *inside]


@pytest.mark.parametrize("name", REPORTS)
def test_json_has_each_part(name: str) -> None:
    """JSON has no nan, and as many tables, headings and paragraphs as Markdown has."""
    data = json.loads(REPORTS[name].json(), parse_constant=pytest.fail)
    assert list(data) in (["kind", "title", "blocks"], ["kind", "title", "mark", "blocks"])
    beside = sum(len(block["tables"]) for block in blocks(data, "tables"))
    markdown = REPORTS[name].markdown()
    assert len(blocks(data, "table")) + beside == len(re.findall(r"^\| :?--", markdown, re.M))
    assert len(blocks(data, "heading")) == len(re.findall(r"^###", markdown, re.M))


def test_json_keeps_every_digit() -> None:
    """Verdicts, explanations, traces and changes are the floats that were computed."""
    tables = blocks(json.loads(REPORTS["verdicts"].json()), "table")
    rows = [row for table in tables for row in table["rows"] if table["heads"][0] == "address"]
    computed = [verdict.computed for verdict in RESULT.verdicts]
    assert [row[3] for row in rows] == computed
    assert [row[2] for row in rows] == [verdict.printed for verdict in RESULT.verdicts]

    net = explained()
    (first, *_) = blocks(json.loads(REPORTS["explanation"].json()), "derivation")
    assert first["equations"][0]["value"] == net.value("w1.gradient")
    passages = blocks(json.loads(REPORTS["explanation"].json()), "passage")
    known = {part["title"]: part["blocks"][0]["equations"][0]["value"] for part in passages[1:]}
    assert known
    assert all(value == net.value(address) for address, value in known.items())

    (table,) = blocks(json.loads(REPORTS["trace"].json()), "table")
    events = {row[2]: row[3] for row in table["rows"] if row[1] != "update"}
    assert all(value == net.value(address) for address, value in events.items())
    (table,) = blocks(json.loads(REPORTS["what-if"].json()), "table")
    assert all(row[3] == pytest.approx(row[2] - row[1], abs=1e-15) for row in table["rows"])
    assert all(row[1] == net.value(row[0]) for row in table["rows"])


@pytest.mark.parametrize("form", WRITERS)
def test_a_solved_sheet_has_every_answer(form: str) -> None:
    """The answers stand where a sheet has blanks, and nowhere on the sheet itself."""
    made = exercise("mazur_2015", ask="backward", hide=5, seed=2)
    page = Sheet(exercise=made).written(form).replace("−", "-")
    solved = Sheet(exercise=made, solved=True).written(form).replace("−", "-")
    for question in made.asked:
        assert question.answer in solved
        assert solved.count(question.answer) > page.count(question.answer)


@pytest.mark.parametrize("form", WRITERS)
def test_a_report_is_saved_by_its_suffix(form: str, tmp_path: Path) -> None:
    """The suffix says the format, and the file stands alone."""
    file = tmp_path / f"report{WRITERS[form].suffix}"
    REPORTS["influence"].save(file)
    text = REPORTS["influence"].written(form, whole=True)
    assert file.read_text(encoding="utf-8").rstrip("\n") == text.rstrip("\n")


def test_a_suffix_or_a_format_without_a_writer_is_refused(tmp_path: Path) -> None:
    """The message says which there are, and the nearest."""
    match = r"a document is HTML \(\.html\), .* or text \(\.txt\); did you mean '\.html'"
    with pytest.raises(InvalidValueError, match=match):
        REPORTS["influence"].save(tmp_path / "a.htm")
    with pytest.raises(NeurographError, match=r"format must be one of .*did you mean 'markdown'"):
        REPORTS["influence"].written("markdwn")
    assert not list(tmp_path.iterdir())
