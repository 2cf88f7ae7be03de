"""Documents: every block in every format, written out by hand."""

import pytest

from neurograph.documents.document import (
    Definitions,
    Document,
    NumberTable,
    Paragraph,
    Passage,
    Style,
)
from neurograph.documents.readable import WRITERS, Readable

BLOCKS = (
    Definitions((("First", "a_1, b"), ("Second", "nothing"))),
    NumberTable(("name", "before", "after"), (("w1", "0.5", "-0.25"), ("δ", "1", "22"))),
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
w1       0.5  -0.25
δ          1     22
3 more <changes>.""",
    "markdown": r"""## What if w_1 were 2?

**First:** a_1, b

**Second:** nothing

| name | before | after |
|---|---:|---:|
| w1 | 0.5 | -0.25 |
| δ | 1 | 22 |

3 more \<changes\>.
""",
    "latex": r"""\section*{What if w\_1 were 2?}

\textbf{First:} \sloppy a\_1, b

\textbf{Second:} \sloppy nothing
\begin{tabular}{lrr}
name & before & after \\
w1 & 0.5 & -0.25 \\
$\delta$ & 1 & 22 \\
\end{tabular}

3 more \textless{}changes\textgreater{}.
""",
    "html": """<section class="neurograph-trial">
<h2>What if w_1 were 2?</h2>
<dl>
<dt>First</dt><dd>a_1, b</dd>
<dt>Second</dt><dd>nothing</dd>
</dl>
<table>
<thead><tr><th>name</th><th>before</th><th>after</th></tr></thead>
<tbody>
<tr><td><code>w1</code></td><td class="number">0.5</td><td class="number">-0.25</td></tr>
<tr><td><code>δ</code></td><td class="number">1</td><td class="number">22</td></tr>
</tbody>
</table>
<p>3 more &lt;changes&gt;.</p>
</section>
""",
    "formula": r"""$$\begin{array}{lrr}
\rlap{\textbf{What if w\_1 were 2?}} \\
\text{First:} \\
\quad\text{a\_1, b} \\
\text{Second:} \\
\quad\text{nothing} \\
\text{name} & \text{before} & \text{after} \\
\text{w1} & \text{0.5} & \text{-0.25} \\
\text{$\delta$} & \text{1} & \text{22} \\
\rlap{\text{3 more \textless{}changes\textgreater{}.}}
\end{array}$$""",
}


def test_every_format_has_its_example() -> None:
    """What is written out below is every format there is."""
    assert set(WRITTEN) == set(WRITERS)


@pytest.mark.parametrize("form", WRITERS)
def test_blocks_are_written_in_every_format(form: str) -> None:
    """Terms, a table and a paragraph look as they do on paper."""
    assert WRITERS[form](DOCUMENT, Style()) == WRITTEN[form]


def test_words_are_wrapped_and_spelt_out() -> None:
    """Narrow text in ASCII keeps its tables aligned and its words within the width."""
    text = WRITERS["text"](
        Document("trial", "δ", (BLOCKS[1], Paragraph("one two three four five six"))),
        Style(width=20, ascii=True),
    )
    assert text.splitlines() == [
        "delta",
        "",
        "name   before  after",
        "w1        0.5  -0.25",
        "delta       1     22",
        "one two three four",
        "five six",
    ]


def test_passages_fold_by_their_depth() -> None:
    """In HTML a passage is closed before the next that is not behind it."""
    depths = {"a": 0, "b": 1, "c": 2, "d": 1}
    passages = tuple(Passage(name, "it", depth, ()) for name, depth in depths.items())
    html = WRITERS["html"](Document("trial", "a", passages), Style())
    assert [line[:8] for line in html.splitlines()[2:]] == [
        "<p>It.</", "<details", "<details", "</detail", "</detail", "<details", "</detail",
        "</sectio",
    ]  # fmt: skip


def test_a_passage_stands_in_no_array() -> None:
    """A formula of words and tables refuses what has equations of its own."""
    document = Document("trial", "a", (BLOCKS[0], Passage("b", "it", 1, ())))
    with pytest.raises(TypeError, match="Passage stands in no array"):
        WRITERS["formula"](document, Style())


def test_a_record_is_readable_by_its_document_alone() -> None:
    """What says which document it is has every format, and shows itself in notebooks."""

    class Trial(Readable):
        def _document(self) -> Document:
            return DOCUMENT

    trial = Trial()
    assert str(trial) == trial.text() == WRITTEN["text"]
    assert trial._repr_markdown_() == trial.markdown() == WRITTEN["markdown"]
    assert trial._repr_html_() == trial.html() == WRITTEN["html"]
    assert trial._repr_latex_() == WRITTEN["formula"]
    assert trial.latex() in trial.latex(document=True)
    assert "<title>What if w_1 were 2?</title>" in trial.html(document=True)
