"""Explanations as HTML: equations in MathML, steps that fold, no script and no network."""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from neurograph.escapes import html_words
from neurograph.explaining.mathml import mathml
from neurograph.explaining.steps import Step, walked
from neurograph.explaining.writing_latex import Row, latex_rows, path_rows, sentence
from neurograph.explaining.writing_text import heading, notes, path_words, titled

if TYPE_CHECKING:
    from neurograph.explaining.explanation import Explanation

__all__ = ["as_html", "page"]

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


def as_html(explanation: "Explanation", *, document: bool = False) -> str:
    """Return an explanation as a fragment of HTML, or as a whole page."""
    body = "\n".join(_parts(explanation, 1 if document else 2)) + "\n"
    return page(heading(explanation), body) if document else body


def page(title: str, body: str) -> str:
    """Return a whole page of HTML."""
    return (
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{html_words(title)}</title>\n<style>{_STYLE}</style>\n</head>\n<body>\n<main>\n"
        f"{body}</main>\n</body>\n</html>\n"
    )


def _parts(explanation: "Explanation", level: int) -> Iterator[str]:
    yield '<section class="neurograph-explanation">'
    yield f"<h{level}>{html_words(heading(explanation))}</h{level}>"
    open_at: list[int] = []
    for step, depth in walked(explanation.root):
        depth = min(depth, _DEEPEST)
        while open_at and open_at[-1] >= depth:
            open_at.pop()
            yield "</details>"
        if depth:
            open_at.append(depth)
            yield (
                f'<details open=""><summary><code>{html_words(titled(step, explanation))}</code>'
                f" {html_words(step.words)}</summary>"
            )
        else:
            yield f"<p>{html_words(sentence(step.words))}.</p>"
        yield from _content(step, explanation, is_root=not depth)
    yield from ["</details>"] * len(open_at)
    yield "</section>"


def _content(step: Step, explanation: "Explanation", *, is_root: bool) -> Iterator[str]:
    for equation in step.equations:
        if equation.label:
            yield f'<p class="kind">{html_words(sentence(equation.label))}:</p>'
        yield _math(latex_rows(equation, explanation))
    if is_root and (words := path_words(explanation)):
        yield f'<p class="kind">{html_words(sentence(words))}:</p>'
        yield _math(path_rows(explanation))
    for note in notes(step):
        yield f'<p class="note">{html_words(note)}</p>'


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
