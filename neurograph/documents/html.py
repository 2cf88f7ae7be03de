"""Documents as HTML: equations in MathML, passages that fold, no script and no network."""

from collections.abc import Iterator, Sequence
from typing import assert_never

from neurograph.documents.document import (
    Block,
    Definitions,
    Derivation,
    Document,
    Note,
    NumberTable,
    Paragraph,
    Passage,
    Style,
    sentence,
)
from neurograph.documents.latex import Row, derivation_rows
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
table { border-collapse: collapse; }
th, td { padding: 0.15rem 0.8rem; border-bottom: 1px solid #c8d3dd; text-align: left; }
h1, h2, h3, summary { break-after: avoid; }
table, tr, .wide { break-inside: avoid; }
th + th, td.number { text-align: right; font-variant-numeric: tabular-nums; }
"""


def write_html(document: Document, style: Style) -> str:
    """Return a document as a fragment of HTML, or as a whole page."""
    body = "\n".join(_parts(document, 1 if style.whole else 2)) + "\n"
    return whole_page(document.title, body) if style.whole else body


def whole_page(title: str, body: str, style: str = _STYLE, head: str = "") -> str:
    """Return a whole page of HTML.

    Parameters
    ----------
    title : str
    body : str
    style : str
        A style sheet.
    head : str
        More lines of its head.
    """
    return (
        f'<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n{head}'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{html_words(title)}</title>\n<style>{style}</style>\n</head>\n<body>\n<main>\n"
        f"{body}</main>\n</body>\n</html>\n"
    )


def _parts(document: Document, level: int) -> Iterator[str]:
    yield f'<section class="neurograph-{document.kind}">'
    yield f"<h{level}>{html_words(document.title)}</h{level}>"
    open_at: list[int] = []
    for block in document.blocks:
        depth = min(block.depth, _DEEPEST) if isinstance(block, Passage) else 0
        while open_at and open_at[-1] >= depth:
            open_at.pop()
            yield "</details>"
        if depth:
            open_at.append(depth)
        yield from _block(block, document.digits)
    yield from ["</details>"] * len(open_at)
    yield "</section>"


def _block(block: Block, digits: int) -> Iterator[str]:
    match block:
        case Passage():
            yield from _passage(block, digits)
        case Derivation():
            if block.label:
                yield f'<p class="kind">{html_words(sentence(block.label))}:</p>'
            yield _math(derivation_rows(block, digits))
        case Note():
            yield f'<p class="note">{html_words(block.text)}</p>'
        case Definitions():
            yield "<dl>"
            for term, words in block.items:
                yield f"<dt>{html_words(term)}</dt><dd>{html_words(words)}</dd>"
            yield "</dl>"
        case NumberTable():
            yield from _table(block)
        case Paragraph():
            yield f"<p>{html_words(block.text)}</p>"
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


def _table(table: NumberTable) -> Iterator[str]:
    heads = "".join(f"<th>{html_words(head)}</th>" for head in table.heads)
    yield f"<table>\n<thead><tr>{heads}</tr></thead>\n<tbody>"
    rows = []
    for name, *numbers in table.rows:
        cells = "".join(f'<td class="number">{html_words(number)}</td>' for number in numbers)
        rows.append(f"<tr><td><code>{html_words(name)}</code></td>{cells}</tr>")
    yield "\n".join(rows)
    yield "</tbody>\n</table>"


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
