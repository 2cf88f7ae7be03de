"""Sheets in HTML: one page with formulas in MathML and the diagram inside, to be printed."""

import re
from collections.abc import Iterator, Sequence

from neurograph.errors import InvalidValueError
from neurograph.escapes import html_words
from neurograph.exercises.rules import Rule
from neurograph.exercises.sheets import Content
from neurograph.explaining.mathml import mathml

__all__ = ["mark_of", "write"]

_STYLE = """
body { font: 16px/1.5 system-ui, sans-serif; max-width: 52rem; margin: 2rem auto; padding: 0 1rem;
  color: #1a1a1a; background: #fff; }
header { display: flex; flex-wrap: wrap; gap: 1rem; justify-content: space-between; }
.name { flex: 1; max-width: 26rem; border-bottom: 1px solid #1a1a1a; }
figure { margin: 1rem 0; text-align: center; }
figure svg { max-width: 100%; height: auto; }
.given { display: flex; flex-wrap: wrap; gap: 0 2.5rem; align-items: flex-start; }
table { border-collapse: collapse; margin: 0.5rem 0 1rem; }
.part { width: 100%; }
th, td { padding: 0.3rem 0.8rem; border-bottom: 1px solid #c8d3dd; text-align: left; }
td.number, th.number { text-align: right; font-variant-numeric: tabular-nums; }
td.blank { border: 2px solid #4d5761; }
.part th:first-child { width: 2.5rem; }
.part th:nth-child(2) { width: 7rem; }
.part th:last-child { width: 9rem; }
h1, h2 { break-after: avoid; }
section, figure, table, tr { break-inside: avoid; }
thead { display: table-header-group; }
@media print {
  body { margin: 0; max-width: none; }
  .given th, .given td { padding-block: 0.05rem; }
}
@media screen and (max-width: 40rem) {
  th, td { padding: 0.3rem 0.5rem; }
  td { overflow-wrap: anywhere; }
  .part, .part thead, .part tbody { display: block; }
  .part tr { display: grid; grid-template-columns: 3rem 1fr 9rem; align-items: center; }
  .part tr > * { width: auto !important; }
  .part tr > :nth-child(3) { grid-row: 2; grid-column: 2 / 4; overflow-x: auto;
    font-size: 0.8rem; }
  .part tr > :nth-child(4) { grid-row: 1; grid-column: 3; min-height: 1.5rem; }
  .part td:nth-child(-n+2) { border-bottom: 0; }
}
"""


def mark_of(id: str) -> str:
    """Return the line that says whose file it is."""
    return f'<meta name="generator" content="neurograph exercise {id}">'


def write(content: Content, diagram: str | None) -> str:
    """Return a sheet as a page of HTML."""
    return "\n".join(_lines(content, diagram))


def _lines(content: Content, diagram: str | None) -> Iterator[str]:
    title = f"Exercise: {content.title}"
    yield "<!DOCTYPE html>"
    yield '<html lang="en">\n<head>\n<meta charset="utf-8">'
    yield mark_of(content.id)
    yield '<meta name="viewport" content="width=device-width, initial-scale=1">'
    yield f"<title>{html_words(title)}</title>\n<style>{_STYLE}</style>\n</head>\n<body>\n<main>"
    yield f"<h1>{html_words(title)}</h1>"
    if content.source:
        yield f"<p>{html_words(content.source[0].upper() + content.source[1:])}.</p>"
    yield f'<header><span>Exercise {content.id}</span><span class="name">Name:</span></header>'
    said = (
        f"{_math(each.latex, '')}." if isinstance(each, Rule) else html_words(each)
        for each in content.conventions
    )
    yield f"<p>{' '.join(said)}</p>"
    if diagram is not None:
        yield f'<figure role="img" aria-label="{html_words(content.described)}">'
        yield f"{_inner(diagram)}</figure>"
    yield '<section>\n<h2>Given</h2>\n<div class="given">'
    for title, given in content.given:
        notes = any(each.note for each in given)
        yield from _table(
            [title, "Value", *(["Where"] if notes else [])],
            [
                f"<td>{_math(each.symbol.latex)}</td>"
                f'<td class="number">{_minus(each.value)}</td>'
                + (f"<td>{html_words(each.note)}</td>" if notes else "")
                for each in given
            ],
        )
    yield "</div>\n</section>"
    for title, rows in content.parts:
        yield f"<h2>{title}</h2>"
        yield from _table(
            ["No.", "Quantity", "Rule", "Value"],
            [
                f'<td class="number">{row.number}</td><td>{_math(row.symbol.latex)}</td>'
                f"<td>{_math(row.rule.latex)}</td>"
                + (f'<td class="number">{_minus(row.value)}</td>' if row.value else _BLANK)
                for row in rows
            ],
            "part",
        )
    yield "</main>\n</body>\n</html>\n"


_BLANK = '<td class="blank"></td>'


def _table(head: Sequence[str], rows: Sequence[str], of: str = "") -> Iterator[str]:
    kinds = {"No.": ' class="number"', "Value": ' class="number"'}
    cells = "".join(f'<th scope="col"{kinds.get(cell, "")}>{cell}</th>' for cell in head)
    yield f"<table{f' class={chr(34)}{of}{chr(34)}' if of else ''}>"
    yield f"<thead><tr>{cells}</tr></thead>\n<tbody>"
    yield from (f"<tr>{row}</tr>" for row in rows)
    yield "</tbody>\n</table>"


def _math(latex: str, style: str = ' displaystyle="true"') -> str:
    return f"<math{style}>{mathml(latex)}</math>"


def _minus(number: str) -> str:
    return number.replace("-", "−")


def _inner(svg: str) -> str:
    """Return an SVG as it stands inside a page: without the head of a file of its own."""
    start = re.search(r"<svg[\s>]", svg)
    if start is None or not svg.rstrip().endswith("</svg>"):
        raise InvalidValueError(
            f"the diagram of an HTML sheet is the text of an SVG, <svg ...>...</svg>, not"
            f" {svg[:40]!r}"
        )
    if re.search(r"<script|\bon\w+\s*=|href\s*=\s*[\"']\s*(?!#)", svg[start.start() :], re.I):
        raise InvalidValueError("the diagram has a script or a link; a sheet takes neither")
    # What a tool says about itself is no part of the picture.
    return re.sub(r"<metadata>.*?</metadata>", "", svg[start.start() :], flags=re.DOTALL).rstrip()
