"""Documents as HTML: equations in MathML, passages that fold, no script and no network."""

import re
from collections.abc import Iterator, Sequence
from typing import assert_never

from neurograph.documents.document import (
    Beside,
    Block,
    Definitions,
    Derivation,
    Document,
    DocumentWriter,
    Heading,
    Note,
    Paragraph,
    Passage,
    Picture,
    Span,
    Style,
    TableColumn,
    Text,
    TextTable,
    add_format,
    sentence,
    spans,
)
from neurograph.documents.latex import Row, derivation_rows
from neurograph.errors import InvalidValueError
from neurograph.escapes import html_words
from neurograph.formulas.mathml import mathml

__all__ = ["whole_page", "write_html"]

#: Browsers give up on elements nested hundreds deep.
_DEEPEST = 24

_STYLE = """
body { font: 16px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem;
  color: #1a1a1a; background: #fff; }
details { margin: 0.4rem 0 0.4rem 0.3rem; padding-left: 0.9rem; border-left: 2px solid #c8d3dd; }
summary { cursor: pointer; }
math { font-size: 1.05em; }
.wide { overflow-x: auto; overflow-y: hidden; padding: 0.15rem 0 0.15rem 1.2rem; }
.note, .kind { color: #4d5761; margin: 0.2rem 0; font-size: 0.93em; }
.deeper { margin-left: 1.5rem; }
figure { margin: 1rem 0; text-align: center; }
figure svg { max-width: 100%; height: auto; }
.beside { display: flex; flex-wrap: wrap; gap: 0 1.5rem; align-items: flex-start; }
table { border-collapse: collapse; margin: 0.5rem 0 1rem; }
th, td { padding: 0.2rem 0.8rem; border-bottom: 1px solid #c8d3dd; text-align: left;
  overflow-wrap: anywhere; }
th { overflow-wrap: normal; }
td.number, th.number { text-align: right; font-variant-numeric: tabular-nums;
  overflow-wrap: normal; }
.form { width: 100%; }
.form th, .form td { padding-block: 0.3rem; }
.form th:first-child { width: 2.5rem; }
.form th:last-child { width: 9rem; }
td.blank { border: 2px solid #4d5761; }
p .blank { display: inline-block; width: 16rem; border-bottom: 1px solid #1a1a1a; }
.good { color: #17692f; } .method { color: #0b6478; } .notice { color: #7a5200; }
.bad, .failed { color: #a8141c; font-weight: bold; } .faint { color: #5b646d; }
.strong { font-weight: bold; }
summary, h1, h3, h2 { break-after: avoid; }
figure, table, tr { break-inside: avoid; }
.wide { break-inside: avoid; }
thead { display: table-header-group; }
@media print {
  body { margin: 0; max-width: none; }
  .beside th, .beside td { padding-block: 0.05rem; }
}
@media screen and (max-width: 40rem) {
  th, td { padding: 0.2rem 0.4rem; }
  .form, .form thead, .form tbody { display: block; }
  .form tr { display: grid; grid-template-columns: 3rem 1fr 9rem; align-items: center; }
  .form tr > * { width: auto !important; }
  .form tr > :nth-child(3) { grid-row: 2; grid-column: 2 / 4; overflow-x: auto;
    font-size: 0.8rem; }
  .form tr > :nth-child(4) { grid-row: 1; grid-column: 3; min-height: 1.5rem; }
  .form td:nth-child(-n+2) { border-bottom: 0; }
}
"""

#: Notebooks set all cells of tables to the right, which suits numbers alone.
_CELL_STYLE = (
    '<style>section[class^="neurograph-"] :is(th, td):not(.number) { text-align: left; }</style>\n'
)


def write_html(document: Document, style: Style) -> str:
    """Return a document as a fragment of HTML, or as a whole page."""
    body = "\n".join(_parts(document, 1 if style.whole else 2)) + "\n"
    if not style.whole:
        return f"{_CELL_STYLE}{body}" if style.cell else body
    mark = f'<meta name="generator" content="{html_words(document.mark)}">\n'
    head = mark if document.mark else ""
    return whole_page(document.title or document.kind, body, head, document.language)


def whole_page(title: str, body: str, head: str = "", language: str = "en") -> str:
    """Return a whole page of HTML.

    Parameters
    ----------
    title : str
    body : str
    head : str
        More lines of its head.
    language : str
    """
    return (
        f'<!DOCTYPE html>\n<html lang="{language}">\n<head>\n<meta charset="utf-8">\n{head}'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{html_words(title)}</title>\n<style>{_STYLE}</style>\n</head>\n<body>\n<main>\n"
        f"{body}</main>\n</body>\n</html>\n"
    )


def _parts(document: Document, level: int) -> Iterator[str]:
    yield f'<section class="neurograph-{document.kind}">'
    if document.title:
        yield f"<h{level}>{html_words(document.title)}</h{level}>"
    open_at: list[int] = []
    for block in document.blocks:
        depth = min(block.depth, _DEEPEST) if isinstance(block, Passage) else 0
        while open_at and open_at[-1] >= depth:
            open_at.pop()
            yield "</details>"
        if depth:
            open_at.append(depth)
        yield from _block(block, document.digits, level)
    yield from ["</details>"] * len(open_at)
    yield "</section>"


def _block(block: Block, digits: int, level: int = 2) -> Iterator[str]:
    match block:
        case Passage():
            yield from _passage(block, digits)
        case Derivation():
            if block.label:
                yield f'<p class="kind">{html_words(sentence(block.label))}:</p>'
            yield _math(derivation_rows(block, digits))
        case Note():
            tone = " ".join(filter(None, ["note", block.tone, "deeper" * (block.depth > 0)]))
            yield f'<p class="{tone}">{html_words(block.text)}</p>'
        case Definitions():
            yield "<dl>"
            for term, words in block.items:
                yield f"<dt>{html_words(term)}</dt><dd>{html_words(words)}</dd>"
            yield "</dl>"
        case TextTable():
            yield from _table(block)
        case Beside():
            yield '<div class="beside">'
            for table in block.tables:
                yield from _table(table)
            yield "</div>"
        case Heading():
            depth = level + block.level
            yield f"<h{depth}>{html_words(block.text)}</h{depth}>"
        case Paragraph():
            yield f"<p{_class(block.tone)}>{_inline(block.text)}</p>"
        case Picture():
            yield f'<figure role="img" aria-label="{html_words(block.words)}">'
            yield f"{_inner(block.source)}</figure>"
        case _:
            assert_never(block)


def _passage(passage: Passage, digits: int) -> Iterator[str]:
    """Yield a passage; one that folds is open, and is closed by whoever knows what is in it."""
    if passage.depth:
        yield (
            f'<details open=""><summary><code>{html_words(passage.title)}</code>'
            f" {html_words(passage.words)}</summary>"
        )
    else:
        yield f"<p>{html_words(sentence(passage.words))}.</p>"
    for block in passage.blocks:
        yield from _block(block, digits)


def _table(table: TextTable) -> Iterator[str]:
    heads = "".join(
        # A column without a name has no header: an empty one would be read out as one.
        f'<th scope="col"{_class(_kind(column))}>{html_words(column.head)}</th>'
        if column.head
        else "<td></td>"
        for column in table.columns
    )
    yield f"<table{_class('form' if table.to_fill else '')}>"
    yield f"<thead><tr>{heads}</tr></thead>\n<tbody>"
    for row in table.rows:
        yield f"<tr>{''.join(map(_cell, table.columns, row))}</tr>"
    yield "</tbody>\n</table>"


def _kind(column: TableColumn) -> str:
    return "" if column.align == "left" else "number"


def _cell(column: TableColumn, text: Text) -> str:
    if [span.kind for span in spans(text)] == ["blank"]:
        return '<td class="blank"></td>'
    shown = _inline(text, ' displaystyle="true"')
    return f"<td{_class(_kind(column))}>{shown}</td>"


def _class(name: str) -> str:
    return f' class="{name}"' if name else ""


def _inline(text: Text, math: str = "") -> str:
    """Return a text; `math` says how its formulas are set."""
    return "".join(_span(span, math) for span in spans(text))


def _span(span: Span, math: str) -> str:
    match span.kind:
        case "words":
            shown = html_words(span.text)
        case "code":
            shown = f"<code>{html_words(span.text)}</code>"
        case "formula":
            shown = f"<math{math}>{mathml(span.latex)}</math>"
        case "number":
            shown = html_words(span.text.replace("-", "−"))
        case "blank":
            shown = '<span class="blank"></span>'
        case _:
            assert_never(span.kind)
    return f"<span{_class(span.tone)}>{shown}</span>" if span.tone else shown


def _inner(svg: str) -> str:
    """Return an SVG as it stands inside a page: without the head of a file of its own."""
    start = re.search(r"<svg[\s>]", svg)
    if start is None or not svg.rstrip().endswith("</svg>"):
        raise InvalidValueError(
            f"the picture of a page of HTML is the text of an SVG, <svg ...>...</svg>, not"
            f" {svg[:40]!r}"
        )
    if re.search(r"<script|\bon\w+\s*=|href\s*=\s*[\"']\s*(?!#)", svg[start.start() :], re.I):
        raise InvalidValueError("the picture has a script or a link; a page takes neither")
    # What a tool says about itself is no part of the picture.
    return re.sub(r"<metadata>.*?</metadata>", "", svg[start.start() :], flags=re.DOTALL).rstrip()


def _math(rows: Sequence[Row]) -> str:
    # MathML Core has no alignment of columns; the style of each cell says it.
    cells = []
    for left, right in rows:
        cells.append(
            f'<mtr><mtd style="text-align:right">{mathml(left)}</mtd>'
            f'<mtd style="text-align:left">{mathml(right)}</mtd></mtr>'
        )
    return (
        f'<div class="wide"><math><mtable displaystyle="true">{"".join(cells)}</mtable>'
        "</math></div>"
    )


add_format(DocumentWriter("html", ".html", write_html, picture="", called="HTML"))
