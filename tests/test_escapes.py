"""Text that was written by others comes back as text from every format that shows it."""

import csv
import io
import json
import random
import re
import tomllib
import xml.etree.ElementTree as ElementTree
from html.parser import HTMLParser

import pytest
from markdown_it import MarkdownIt
from matplotlib.cbook import is_math_text
from matplotlib.text import Text

import neurograph as ng
from neurograph import drawing, escapes, landscape
from neurograph.cli import main
from neurograph.errors import InvalidValueError
from neurograph.escapes import (
    csv_cell,
    html_words,
    latex_name,
    latex_words,
    markdown_code,
    markdown_words,
    printable,
    printable_json,
    toml_text,
)
from neurograph.exercises import (
    Answers,
    ClassMarks,
    Marker,
    exercise,
    read_answers,
    sheet,
    to_csv,
    to_markdown,
    write_exercise,
)
from neurograph.exercises.marks import Unread, as_dict
from neurograph.explanations import explain, influence, what_if
from neurograph.formulas.mathml import mathml

HOSTILE = [
    "![x](http://a.example/p.png)", "[a](javascript:alert(1))", "<img src=x onerror=alert(1)>",
    "<javascript:alert(1)>", "http://a.example/b", "www.a.example", r"\input{/etc/passwd}",
    r"\end{document}", "$x$ and $$y$$", "a|b||c", "`code` ``more``", "```", "# head", "- item",
    "1. item", "12) item", "===", "---", "> quote", "*a* _b_ __c__ ~~d~~", "&lt;b&gt; &amp;",
    "=1+1", "+1", "@SUM(A1)", "a -- b --- c", "''a''", "[5cm] x", "*", "100 % & #1 ^ ~ \\",
    "a->b", "x{y}z", "%", "\\", "{", "}", "\\\\", '"quoted"', "</title><script>1</script>",
    "é ü λ", "a  b",
]  # fmt: skip
CONTROL = ["\x1b[31mred", "\x9b31m", "a\u202eb", "\x07", "a\rb", "x\x7f", "\u2066x", "a\x00b"]
LETTERS = "ab1 .-_*`[]()<>{}$\\|#&%~^'\"!:/=+@,\x1b\x9b\u202eéλ"


def drawn(count):
    """Return hostile texts: the known ones and random ones."""
    rng = random.Random(17)
    made = ("".join(rng.choices(LETTERS, k=rng.randrange(1, 14))) for _ in range(count))
    return [*HOSTILE, *CONTROL, *(text for text in made if text.strip())]


TEXTS = drawn(1500)
FEW = [*HOSTILE, *CONTROL]


def seen(text):
    """Return text as a reader sees it: unprintable characters by number, spaces single."""
    shown = (c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)
    return "".join(shown)


def one_line(text):
    """Return text as Markdown holds it, where any space is one space."""
    return " ".join(seen(" ".join(text.split())).split())


# -- Markdown -----------------------------------------------------------------------------------

MARKDOWN = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])


def markdown_texts(document):
    """Return the text of every paragraph, heading and cell; nothing else may be in them."""
    texts = []
    for token in MARKDOWN.parse(document):
        assert token.type not in ("html_block", "code_block", "fence", "blockquote_open")
        if token.type != "inline":
            continue
        for part in token.children:
            assert part.type in ("text", "code_inline", "softbreak", "strong_open", "strong_close")
        texts.append("".join(part.content for part in token.children))
    return texts


@pytest.mark.parametrize(
    "frame",
    [
        "# {}\n",
        "{}\n",
        "{} and more.\n",
        "before {}\n",
        "- {}\n",
        "| a | b |\n|---|---|\n| {} | 2 |\n",
    ],
)
def test_markdown_shows_every_text(frame):
    """In a heading, a paragraph, an item and a cell a text is text, and no formula begins."""
    for text in TEXTS:
        document = frame.format(markdown_words(text))
        wanted = frame.format("")
        shown = " ".join(markdown_texts(document))
        assert one_line(text) in " ".join(shown.split()), (text, document, wanted)
        assert not re.search(r"(?<!\\)(\\\\)*\$", document)


def test_markdown_shows_every_text_as_code():
    """A piece of code holds what it should, also where it stands in a cell of a table."""
    for text in TEXTS:
        (plain,) = markdown_texts(f"x {markdown_code(text)}\n")
        assert plain == f"x {seen(text)}"
        cells = markdown_texts(f"| a |\n|---|\n| {markdown_code(text, in_cell=True)} |\n")
        assert cells[1].strip() == seen(text).strip()


# -- HTML ---------------------------------------------------------------------------------------


class Page(HTMLParser):
    """Collects the text and the tags of a page."""

    def __init__(self, document):
        super().__init__()
        self.text, self.tags = "", set()
        self.feed(document)

    def handle_starttag(self, tag, attrs):
        """Collect a tag, and the labels of pictures."""
        self.tags.add(tag)
        assert not any(name.startswith("on") or name in ("href", "src") for name, _ in attrs)
        self.text += "".join(value for name, value in attrs if name in ("aria-label", "title"))

    def handle_data(self, data):
        """Collect text."""
        self.text += data


def test_html_shows_every_text():
    """Inside of an element and of an attribute a text is text."""
    for text in TEXTS:
        page = Page(f'<p title="{html_words(text)}">{html_words(text)}</p>')
        assert page.text == 2 * seen(text)
        assert page.tags == {"p"}


# -- LaTeX --------------------------------------------------------------------------------------

LATEX_TOKEN = re.compile(r"\$([^$]*)\$|\\([A-Za-z]+)(\{\})?|\\(.)|(.)", re.S)
LATEX_WORDS = {
    "textbackslash": "\\", "textasciicircum": "^", "textasciitilde": "~", "textless": "<",
    "textgreater": ">", "textbar": "|", "textasciigrave": "`",
}  # fmt: skip
LATEX_FORMULAS = {r"\to": "→", r"\cdot": "·", r"\partial": "∂", r"\lambda": "λ"}


def latex_text(source):
    """Return what LaTeX prints; what this does not know is an error."""
    shown, depth = "", 0
    for formula, word, empty, sign, plain in LATEX_TOKEN.findall(source):
        if formula:
            shown += LATEX_FORMULAS[formula]
        elif word:
            assert empty, source
            shown += LATEX_WORDS[word]
        elif sign:
            assert sign in "{}_#$%&", source
            shown += sign
        elif plain in "{}":
            depth += 1 if plain == "{" else -1
            assert depth >= 0, source
            shown += "" if plain == "{" else "\0"
        else:
            assert plain.isprintable(), source
            assert plain not in "~^_#&%\\`", source
            shown += plain
    assert depth == 0, source
    assert not shown.startswith(("[", "*")) or source[0] == "{", source
    # Empty braces keep two characters apart that LaTeX would join.
    assert not re.search("--", shown)
    return shown.replace("\0", "")


def latex_seen(text):
    """Return text as LaTeX prints it: what its fonts lack by number, quotes as two."""
    shown = text.replace("->", "→").replace('"', "''")
    plain = set(map(chr, range(32, 127))) | set("éü→λ")
    return "".join(c if c in plain else f"[U+{ord(c):04X}]" for c in shown)


def test_latex_shows_every_text():
    """Outside and inside of formulas a text is text, and begins no option of a row."""
    for text in TEXTS:
        assert latex_text(latex_words(text)) == latex_seen(text)
        name = latex_name(text)
        if name.startswith(r"\text{"):
            assert name == rf"\text{{{latex_words(text)}}}"
        assert not re.match(r"[\[*]", latex_words(text))


# -- terminal, tables, JSON, TOML ---------------------------------------------------------------


def test_printable_text_is_printable_and_stays_itself():
    """No character is left that a terminal obeys; a text that has none is not changed."""
    for text in TEXTS:
        assert printable(text) == seen(text)
        assert printable(text).isprintable()


def test_no_cell_is_a_formula_and_numbers_stay_numbers():
    """What a spreadsheet computes begins with a sign; a quotation mark before it makes it text."""
    for text in TEXTS:
        cell = csv_cell(text)
        assert cell in (seen(text), f"'{seen(text)}")
        if cell.lstrip()[:1] in tuple("=+-@"):
            float(cell)
    assert [csv_cell(number) for number in ("-0.5", "+1e-3", "7")] == ["-0.5", "+1e-3", "7"]
    assert csv_cell("-1+1") == "'-1+1"


def test_json_and_toml_read_back_what_was_written():
    """Both hold every text, and no character in them is an order to a terminal."""
    for text in [*TEXTS, "\U000e0001"]:
        document = printable_json(json.dumps([text], ensure_ascii=False))
        assert json.loads(document) == [text]
        assert document.isprintable()
        line = f"key = {toml_text(text)}"
        assert tomllib.loads(line) == {"key": text}
        assert line.isprintable()


# -- every field in every format ----------------------------------------------------------------


def network(text):
    """Return a network with a text in every name."""
    net = ng.Network()
    net.add_neuron(f"i {text}")
    net.add_neuron(f"o {text}", activation="tanh", bias=0.5, label=f"l {text}")
    net.connect(f"i {text}", f"o {text}", weight=0.25, label=f"w {text}")
    return net


def class_marks(text):
    """Return the marks of a class with a text in every field."""
    made = exercise(network(text), [1.0], [0.5], 0.1, title=f"T {text}")
    question = made.asked[0]
    marker = Marker(made)
    students = [
        marker.mark(Answers.of({question.address: written}, student=f"S {text}"))
        for written in (f"x {text}", "0.1", "0,1")
    ]
    unread = (Unread(f"F {text}", f"R {text}"),)
    return ClassMarks(exercise=made, students=tuple(students), unread=unread)


@pytest.mark.parametrize("text", FEW)
def test_sheets_hold_every_text(text):
    """Title, source and names stand on the sheet in each format, and do nothing else."""
    made = exercise(network(text), [1.0], [0.5], 0.1, title=f"T {text}")
    parts = markdown_texts(re.sub("<!--.*-->", "", sheet(made)))
    assert any(one_line(f"T {text}") in part for part in parts)
    page = Page(sheet(made, "html"))
    assert seen(f"T {text}") in page.text
    assert not page.tags & {"img", "script", "a", "iframe", "b"}
    source = sheet(made, "latex")
    assert latex_words(f"T {text}") in source
    assert not re.search(r"(?<!\\)\\(input|end\{document\}(?!\s*$))", source)
    for form in ("markdown", "html", "latex"):
        assert all(line.isprintable() for line in sheet(made, form).splitlines())


@pytest.mark.parametrize("text", FEW)
def test_reports_hold_every_text(text):
    """Pupils' names, answers, files and reasons stand in each report, and do nothing else."""
    marks = class_marks(text)
    for of in (marks, marks.students[0]):
        parts = markdown_texts(re.sub("<!--.*-->", "", to_markdown(of)))
        assert any(one_line(f"S {text}") in part for part in parts)
        rows = list(csv.reader(io.StringIO(to_csv(of))))
        assert rows[1][0] == seen(f"S {text}")
        assert json.loads(json.dumps(as_dict(of)))
    text_of_class = markdown_texts(re.sub("<!--.*-->", "", to_markdown(marks)))
    assert any(one_line(f"F {text}: R {text}") in part for part in text_of_class)
    assert list(csv.reader(io.StringIO(to_csv(marks))))[-1][::8] == [
        seen(f"F {text}"),
        seen(f"R {text}"),
    ]


@pytest.mark.parametrize("text", FEW)
def test_explanations_hold_every_text(text):
    """Names stand in explanations of every kind and format, and do nothing else."""
    net = network(text)
    net.forward([1.0])
    net.backward([0.5])
    address = f"w {text}.gradient"
    reports = [explain(net, address), influence(net, f"w {text}")]
    reports.append(what_if(net, {f"w {text}.weight": 0.5}))
    for report in reports:
        assert all(line.isprintable() for line in report.text(width=1000).splitlines())
        assert seen(f"w {text}") in report.text(width=1000) or "  " in text
        formulas_out = re.sub(r"\$\$.*?\$\$", "", report.markdown(), flags=re.S)
        assert any(one_line(f"w {text}") in part for part in markdown_texts(formulas_out))
        page = Page(report.html(document=True))
        assert seen(f"w {text}") in page.text
        assert not page.tags & {"img", "script", "a", "iframe", "b"}
        assert latex_words(f"w {text}") in report.latex()
        assert not re.search(r"(?<!\\)\\input", report.latex())


SCENARIO = """
title = {t}
author = {t}
source = {t}
description = {t}
[network]
neurons = [{{ name = {t} }}, {{ name = "o", activation = "identity", label = {l} }}]
connections = [{{ label = "w1", pre = {t}, post = "o", weight = 0.5, tie = {t} }}]
[data]
inputs = [2.0]
targets = [3.0]
[[runs]]
name = "one"
title = {t}
note = {t}
learning_rate = 0.1
[[runs.steps]]
do = "forward"
note = {t}
place = {t}
[runs.steps.printed]
"o.out" = {{ value = "1.0", symbol = {t} }}
"o.net" = {{ value = "2.0", symbol = {t}, correct = "1.0", cause = {t} }}
[[slips]]
place = {t}
printed = {t}
meant = {t}
cause = {t}
"""


@pytest.mark.parametrize("text", FEW)
def test_the_terminal_is_shown_nothing_that_it_obeys(text, tmp_path, capsys):
    """Every text of a scenario is shown, or refused by name; no control character is printed."""
    path = tmp_path / "s.toml"
    path.write_text(SCENARIO.format(t=toml_text(text), l=toml_text(f"l {text}")), encoding="utf-8")
    for command in (["run"], ["audit"], ["inspect"], ["explain"]):
        more = {"inspect": ["o"], "explain": ["w1.gradient"]}.get(command[0], [])
        status = main([*command, str(path), *more])
        output = capsys.readouterr()
        shown = output.out + output.err
        assert all(line.isprintable() for line in shown.split("\n"))
        if text in CONTROL and "\r" not in text:
            assert status == 2
            assert "holds the unprintable character U+" in output.err
        else:
            assert status == 0, output.err


# -- pictures -----------------------------------------------------------------------------------


@pytest.mark.parametrize("text", [r"$\frac$", "$x$", r"\$5", "$"])
def test_pictures_show_every_name(text):
    """A name between dollar signs is no formula: it is shown, and cannot end the drawing."""
    net = ng.Network()
    net.add_neuron(f"i {text}")
    net.add_neuron(f"j {text}")
    net.add_neuron(f"o {text}", activation="tanh", bias=0.5)
    net.connect(f"i {text}", f"o {text}", weight=0.25, label=f"w {text}")
    net.connect(f"j {text}", f"o {text}", weight=0.5, label=f"v {text}")
    inputs, targets = [[0.0, 1.0], [1.0, 0.0]], [[1.0], [0.0]]
    over = (f"w {text}", f"v {text}")
    surface = landscape.loss_surface(net, inputs, targets, *over, points=5)
    path = landscape.descend(net, inputs, targets, over=over, steps=3)
    history = net.copy().train(
        inputs, targets, learning_rate=0.1, epochs=2, record=f"w {text}.weight"
    )
    drawings = [
        drawing.draw_network(net, labels="both"),
        drawing.draw_curve(landscape.loss_curve(net, inputs, targets, over[0], points=5)),
        drawing.draw_surface(surface, {f"p {text}": path}),
        drawing.draw_basins(landscape.basins(surface, steps=5)),
        drawing.draw_decision(landscape.decision(net, inputs, targets, points=5)),
        drawing.draw_decisions([landscape.decision(net, inputs, targets, points=5)] * 2),
        drawing.draw_history(history, f"w {text}.weight"),
    ]
    for made in drawings:
        figure = made.figure
        figure.canvas.draw()
        words = [part.get_text() for part in figure.findobj(Text)]
        shown = [word.replace(r"\$", "$") for word in words]
        assert any(text.replace(r"\$", "$") in word for word in shown)
        for part in figure.findobj(Text):
            if text in part.get_text() and "$" in text:
                assert not part.get_parse_math() or not is_math_text(part.get_text())


# -- files of answers ---------------------------------------------------------------------------


@pytest.mark.parametrize("text", [c for c in CONTROL if c not in ("a\rb", "a\x00b")])
@pytest.mark.parametrize("place", ["student", "answer", "key", "exercise"])
@pytest.mark.parametrize("kind", ["toml", "csv"])
def test_answers_with_control_characters_are_refused(text, place, kind, tmp_path):
    """As in a scenario file; the message names the character and does not hold it."""
    made = exercise("mazur_2015", ask="forward", hide=1)
    address = made.asked[0].address
    fields = {"exercise": made.id, "student": "Ada", "key": address, "answer": "0.5"}
    fields[place] = text
    path = tmp_path / f"a.{kind}"
    lines = {
        "toml": "exercise = {exercise}\nstudent = {student}\n[answers]\n{key} = {answer}",
        "csv": "exercise,{exercise}\nstudent,{student}\n{key},{answer}\n",
    }[kind]
    written = {key: toml_text(value) if kind == "toml" else value for key, value in fields.items()}
    path.write_text(lines.format(**written), encoding="utf-8", newline="")
    with pytest.raises(InvalidValueError, match=r"holds the unprintable character U\+") as error:
        read_answers(path, made)
    assert str(error.value).isprintable()


def test_a_file_with_a_hostile_name_is_marked_under_a_printable_one(tmp_path, capsys):
    """Where a form has no name, that of the file stands for it: by number where it is no text."""
    made = exercise("mazur_2015", ask="forward", hide=1)
    write_exercise(made, tmp_path / "x.exercise.toml")
    folder = tmp_path / "class"
    folder.mkdir()
    (folder / "\x1b[31mred.csv").write_text(f"{made.asked[0].address},0.5\n")
    (folder / "\u202ebad.csv").write_text("nothing\n")
    (folder / "\x9bworse.toml").write_text("[answers\n")
    for more in ([], ["--json"], ["-o", str(tmp_path / "r.json")], ["-o", str(tmp_path / "r.md")]):
        assert main(["mark", str(tmp_path / "x.exercise.toml"), str(folder), *more]) == 0
        output = capsys.readouterr()
        assert all(line.isprintable() for line in (output.out + output.err).split("\n"))
    for report in ("r.json", "r.md"):
        lines = (tmp_path / report).read_text(encoding="utf-8").splitlines()
        assert all(line.isprintable() for line in lines)


@pytest.mark.parametrize("character", sorted(escapes._LATEX))
def test_formulas_show_every_character_that_latex_spells(character):
    """MathML shows a name with it: the character itself, or what LaTeX prints for it."""
    printed = {"−": "-", "′": "'", "“": "``", "–": "--", "’": "'", '"': "''", "”": "''"}
    printed |= {high: f"^{low}" for high, low in zip("⁻⁰¹²³⁴⁵⁶⁷⁸⁹", "-0123456789", strict=True)}
    shown = ElementTree.fromstring(mathml(latex_name(f"ab{character}cd")))
    text = "".join(shown.itertext())
    assert text in (f"ab{character}cd", f"ab{printed.get(character)}cd")
