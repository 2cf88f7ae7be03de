"""Documents: every block in every format, written out by hand."""

from dataclasses import replace

import pytest

from neurograph.documents.document import (
    BLANK,
    WRITERS,
    Beside,
    Definitions,
    Document,
    Heading,
    Note,
    Paragraph,
    Passage,
    Picture,
    Span,
    Style,
    TableColumn,
    TextTable,
    formula,
    number_table,
    numeral,
    shortened,
)
from neurograph.documents.latex import write_formula
from neurograph.documents.lines import Symbol
from neurograph.documents.plain import fitted
from neurograph.documents.readable import Readable

BLOCKS = (
    Definitions((("First", "a_1, b"), ("Second", "nothing"))),
    number_table(("name", "before", "after"), (("w1", "0.5", "-0.25"), ("δ", "1", "22"))),
    Paragraph("3 more <changes>."),
)
DOCUMENT = Document("trial", "What if w_1 were 2?", BLOCKS)

WRITTEN = {
    "text": r"""What if w_1 were 2?

First:
  a_1, b

Second:
  nothing

name  before  after
───────────────────
w1       0.5  -0.25
δ          1     22
3 more <changes>.""",
    "markdown": r"""## What if w_1 were 2?

**First:** a_1, b

**Second:** nothing

| name | before | after |
| ---- | -----: | ----: |
| `w1` |    0.5 | -0.25 |
| `δ`  |      1 |    22 |

3 more \<changes\>.
""",
    "latex": r"""\section*{What if w\_1 were 2?}

\textbf{First:} \sloppy a\_1, b

\textbf{Second:} \sloppy nothing

\begin{tabular}[t]{lrr}
\textbf{name} & \textbf{before} & \textbf{after} \\ \hline
\texttt{w1} & $0.5$ & $-0.25$ \\
\texttt{$\delta$} & $1$ & $22$ \\
\end{tabular}\quad


3 more \textless{}changes\textgreater{}.

""",
    "html": """<section class="neurograph-trial">
<h2>What if w_1 were 2?</h2>
<dl>
<dt>First</dt><dd>a_1, b</dd>
<dt>Second</dt><dd>nothing</dd>
</dl>
<table>
<thead><tr><th scope="col">name</th><th scope="col" class="number">before</th>\
<th scope="col" class="number">after</th></tr></thead>
<tbody>
<tr><td><code>w1</code></td><td class="number">0.5</td><td class="number">−0.25</td></tr>
<tr><td><code>δ</code></td><td class="number">1</td><td class="number">22</td></tr>
</tbody>
</table>
<p>3 more &lt;changes&gt;.</p>
</section>
""",
    "json": """{
  "kind": "trial",
  "title": "What if w_1 were 2?",
  "blocks": [
    {
      "kind": "definitions",
      "items": {
        "First": "a_1, b",
        "Second": "nothing"
      }
    },
    {
      "kind": "table",
      "heads": [
        "name",
        "before",
        "after"
      ],
      "rows": [
        [
          "w1",
          "0.5",
          "-0.25"
        ],
        [
          "δ",
          "1",
          "22"
        ]
      ]
    },
    {
      "kind": "paragraph",
      "text": "3 more <changes>."
    }
  ]
}
""",
}
FORMULA = r"""$$\begin{array}{lrr}
\rlap{\textbf{What if w\_1 were 2?}} \\
\text{First:} \\
\quad\text{a\_1, b} \\
\text{Second:} \\
\quad\text{nothing} \\
\text{name} & \text{before} & \text{after} \\
\text{w1} & \text{0.5} & \text{-0.25} \\
\text{$\delta$} & \text{1} & \text{22} \\
\rlap{\text{3 more \textless{}changes\textgreater{}.}}
\end{array}$$"""


def test_every_format_has_its_example() -> None:
    """What is written out below is every format there is."""
    assert set(WRITTEN) == set(WRITERS)


@pytest.mark.parametrize("form", WRITERS)
def test_blocks_are_written_in_every_format(form: str) -> None:
    """Terms, a table and a paragraph look as they do on paper."""
    assert WRITERS[form].write(DOCUMENT, Style()) == WRITTEN[form]


ONE_CELL = TextTable((TableColumn("a"),), (("1",),))

#: What sheets and reports have besides.
MORE = Document(
    "trial",
    "",
    (
        Heading("A & B"),
        Paragraph(("Name ", Span("____", "blank"), ", ", formula(Symbol("x^2", "x^{2}")), ".")),
        Note("why <so>", "failed"),
        Note("because", depth=1),
        Beside((ONE_CELL, number_table(("b", "c"), [("d", "-2")]))),
        TextTable(
            (TableColumn("No.", "right"), TableColumn("v", "point")),
            (("1", numeral("12.5")), ("2", numeral(".25")), ("3", BLANK)),
            to_fill=True,
        ),
        Heading("C", level=2),
        TextTable((TableColumn("verdict"),), ((Span("right", tone="good"),),)),
        Picture("two neurons", "net.svg"),
    ),
    mark="neurograph trial 1",
)

MORE_WRITTEN = {
    "text": """\
A & B
Name ____, x^2.
  why <so>
    because

a
─
1

b   c
─────
d  -2

No.  v
───────────────────
  1  12.5
  2    .25
  3  ______________

C
verdict
───────
right

[two neurons]""",
    "markdown": r"""<!-- neurograph trial 1 -->

## A \& B

Name ____, `x^2`.

why \<so\>

because

| a   |
| --- |
| 1   |

| b   |   c |
| --- | --: |
| `d` |  -2 |

| No. |              v |
| --: | -------------: |
|   1 |           12.5 |
|   2 |            .25 |
|   3 | ______________ |

### C

| verdict |
| ------- |
| right   |

![two neurons](<net.svg>)
""",
    "html": """\
<section class="neurograph-trial">
<h2>A &amp; B</h2>
<p>Name <span class="blank"></span>, \
<math><mrow><msup><mi>x</mi><mn>2</mn></msup></mrow></math>.</p>
<p class="note failed">why &lt;so&gt;</p>
<p class="note deeper">because</p>
<div class="beside">
<table>
<thead><tr><th scope="col">a</th></tr></thead>
<tbody>
<tr><td>1</td></tr>
</tbody>
</table>
<table>
<thead><tr><th scope="col">b</th><th scope="col" class="number">c</th></tr></thead>
<tbody>
<tr><td><code>d</code></td><td class="number">−2</td></tr>
</tbody>
</table>
</div>
<table class="form">
<thead><tr><th scope="col" class="number">No.</th><th scope="col" class="number">v</th></tr></thead>
<tbody>
<tr><td class="number">1</td><td class="number">12.5</td></tr>
<tr><td class="number">2</td><td class="number">.25</td></tr>
<tr><td class="number">3</td><td class="blank"></td></tr>
</tbody>
</table>
<h3>C</h3>
<table>
<thead><tr><th scope="col">verdict</th></tr></thead>
<tbody>
<tr><td><span class="good">right</span></td></tr>
</tbody>
</table>
""",
    "latex": r"""
\subsection*{A \& B}

Name \underline{\hspace{0.8cm}}, $x^{2}$.

why \textless{}so\textgreater{}

because

\begingroup\raggedright
\begin{tabular}[t]{l}
\textbf{a} \\ \hline
1 \\
\end{tabular}\quad
\begin{tabular}[t]{lr}
\textbf{b} & \textbf{c} \\ \hline
\texttt{d} & $-2$ \\
\end{tabular}\quad

\endgroup
""",
}


@pytest.mark.parametrize("form", MORE_WRITTEN)
def test_parts_of_sheets_and_reports_are_written(form: str) -> None:
    """Headings, remarks, blanks, forms, tables beside each other and pictures, as on paper."""
    document = MORE
    if form == "html":  # the picture of a page is the picture itself
        document = replace(MORE, blocks=(*MORE.blocks[:-1], Picture("a <b>", "<svg></svg>")))
    written = WRITERS[form].write(document, Style(whole=True))
    assert MORE_WRITTEN[form] in written
    if form == "html":
        assert '<figure role="img" aria-label="a &lt;b&gt;">\n<svg></svg></figure>' in written
        assert '<meta name="generator" content="neurograph trial 1">' in written
        assert "<title>trial</title>" in written
    if form == "latex":
        assert written.startswith("% neurograph trial 1\n\\documentclass")
        assert r"\includegraphics[width=0.85\linewidth,height=9cm,keepaspectratio]" in written
    if form == "text":
        assert written == MORE_WRITTEN[form]


def test_a_long_table_is_shortened() -> None:
    """The first rows are shown, and how many more there are."""
    table = TextTable((TableColumn("n"),), tuple((str(n),) for n in range(1500)))
    first, rest = shortened(table, 200)
    assert (first.rows, rest) == (table.rows[:200], Paragraph("... and 1,300 more"))
    assert shortened(table, 1500) == (table,)


def test_widths_give_way_from_the_widest() -> None:
    """Three columns of 10, 4 and 8 in a room of 17, of which none may be narrower than 5 or 4."""
    assert fitted([10, 4, 8], [5, 4, 5], 17) == [6, 4, 7]
    assert fitted([10, 4, 8], [5, 4, 5], 14) == [5, 4, 5]
    assert fitted([10, 4, 8], [5, 4, 5], 13) is None


def test_words_are_wrapped_and_spelt_out() -> None:
    """Narrow text in ASCII keeps its tables aligned and its words within the width."""
    text = WRITERS["text"].write(
        Document("trial", "δ", (BLOCKS[1], Paragraph("one two three four five six"))),
        Style(width=20, ascii=True),
    )
    assert text.splitlines() == [
        "delta",
        "",
        "name   before  after",
        "-" * 20,
        "w1        0.5  -0.25",
        "delta       1     22",
        "one two three four",
        "five six",
    ]


def test_passages_fold_by_their_depth() -> None:
    """In HTML a passage is closed before the next that is not behind it."""
    depths = {"a": 0, "b": 1, "c": 2, "d": 1}
    passages = tuple(Passage(name, "it", depth, ()) for name, depth in depths.items())
    html = WRITERS["html"].write(Document("trial", "a", passages), Style())
    assert [line[:8] for line in html.splitlines()[2:]] == [
        "<p>It.</", "<details", "<details", "</detail", "</detail", "<details", "</detail",
        "</sectio",
    ]  # fmt: skip


def test_a_passage_stands_in_no_array() -> None:
    """A formula of words and tables refuses what has equations of its own."""
    document = Document("trial", "a", (BLOCKS[0], Passage("b", "it", 1, ())))
    with pytest.raises(TypeError, match="Passage stands in no array"):
        write_formula(document, Style())


def test_a_record_is_readable_by_its_document_alone() -> None:
    """What says which document it is has every format, and shows itself in notebooks."""

    class Trial(Readable):
        def document(self) -> Document:
            return DOCUMENT

    trial = Trial()
    assert str(trial) == trial.text() == WRITTEN["text"]
    assert trial._repr_markdown_() == trial.markdown() == WRITTEN["markdown"]
    assert trial._repr_html_().endswith(trial.html())
    assert trial.html() == WRITTEN["html"]
    assert trial._repr_latex_() == FORMULA
    assert trial.latex() in trial.latex(document=True)
    assert "<title>What if w_1 were 2?</title>" in trial.html(document=True)


def test_a_column_without_a_name_has_no_header_in_html() -> None:
    """Readers of a screen are told of no header where there is none."""
    table = number_table(("", "v"), (("w1", "0.5"),))
    page = WRITERS["html"].write(Document("trial", "", (table,)), Style())
    assert '<tr><td></td><th scope="col" class="number">v</th></tr>' in page
