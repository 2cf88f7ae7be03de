r"""Documents as LaTeX, for a paper, and what a notebook shows of them as one formula."""

import re
from collections.abc import Iterator, Mapping, Sequence
from textwrap import wrap
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
from neurograph.documents.lines import Line, Term, filled_in, number_node
from neurograph.escapes import latex_words
from neurograph.formulas.tree import Call, Name, Node, names
from neurograph.formulas.typeset import latex as typeset

__all__ = ["derivation_rows", "display", "whole_document", "write_formula", "write_latex"]

_PREAMBLE = r"""\documentclass{article}
\usepackage[utf8]{inputenc}
\usepackage[margin=2cm]{geometry}
\usepackage{amsmath}
\allowdisplaybreaks
\setlength{\parindent}{0pt}
\setlength{\parskip}{4pt}
\begin{document}
"""

#: What stands left and right of the place where rows are aligned.
Row = tuple[str, str]

#: Roughly how many characters fit into one line of a document.
_WIDEST = 78

_NOT_FINITE = {"inf": r"\infty", "nan": r"\mathrm{nan}"}


def write_latex(document: Document, style: Style) -> str:
    """Return a document as LaTeX; it needs the package amsmath."""
    lines = [rf"\section*{{{latex_words(document.title)}}}"]
    for block in document.blocks:
        lines += _block(block, document.digits)
    body = "\n".join(lines) + "\n"
    return whole_document(body) if style.whole else body


def whole_document(body: str) -> str:
    """Return a document that LaTeX compiles."""
    return f"{_PREAMBLE}{body}\\end{{document}}\n"


def _block(block: Block, digits: int) -> Iterator[str]:
    match block:
        case Passage():
            yield from _passage(block, digits)
        case Derivation():
            if block.label:
                yield latex_words(f"{sentence(block.label)}:")
            yield _align(derivation_rows(block, digits))
        case Note():
            yield latex_words(block.text)
        case Definitions():
            for term, words in block.items:
                yield "\n" + rf"\textbf{{{latex_words(term)}:}} \sloppy {latex_words(words)}"
        case NumberTable():
            yield rf"\begin{{tabular}}{{{_columns(block)}}}"
            for row in (block.heads, *block.rows):
                yield " & ".join(map(latex_words, row)) + r" \\"
            yield r"\end{tabular}"
        case Paragraph():
            yield f"\n{latex_words(block.text)}"
        case _:
            assert_never(block)


def _passage(passage: Passage, digits: int) -> Iterator[str]:
    if passage.depth:
        yield rf"\textbf{{{latex_words(passage.title)}}}: {latex_words(passage.words)}"
    else:
        yield f"{latex_words(sentence(passage.words))}.\n"
    for block in passage.blocks:
        yield from _block(block, digits)
    yield ""


def _columns(table: NumberTable) -> str:
    return "l" + "r" * (len(table.heads) - 1)


def derivation_rows(derivation: Derivation, digits: int) -> list[Row]:
    """Return the rows of all equations of a derivation."""
    return [row for line in derivation.lines for row in _latex_rows(line, digits)]


# -- one formula -----------------------------------------------------------------------------------


def write_formula(document: Document, style: Style) -> str:
    """Return a document as one displayed formula; of passages, the equations of the first."""
    first = document.blocks[0]
    if isinstance(first, Passage):
        derivations = (block for block in first.blocks if isinstance(block, Derivation))
        lines = [line for block in derivations if not block.listed for line in block.lines]
        return display(derivation_rows(Derivation(lines), document.digits))
    tables = [block for block in document.blocks if isinstance(block, NumberTable)]
    # Words across a table are not to widen its first column.
    across = r"\rlap{%s}" if tables else "%s"
    rows = [across % rf"\textbf{{{latex_words(document.title)}}}"]
    for block in document.blocks:
        rows += _array_rows(block, across)
    body = " \\\\\n".join(rows)
    columns = _columns(tables[0]) if tables else "l"
    return f"$$\\begin{{array}}{{{columns}}}\n{body}\n\\end{{array}}$$"


def _array_rows(block: Block, across: str) -> Iterator[str]:
    match block:
        case Definitions():
            for term, words in block.items:
                yield _text(f"{term}:")
                # A formula is not broken into lines.
                yield from (rf"\quad{_text(line)}" for line in wrap(words, 72))
        case NumberTable():
            yield from (" & ".join(map(_text, row)) for row in (block.heads, *block.rows))
        case Paragraph():
            yield from [across % _text(block.text)] if block.text else []
        case _:
            raise TypeError(f"{type(block).__name__} stands in no array")


def _text(words: str) -> str:
    return rf"\text{{{latex_words(words)}}}"


# -- equations -------------------------------------------------------------------------------------


def _align(rows: Sequence[Row]) -> str:
    """Return rows as displayed equations of a document."""
    return "\\begin{align*}\n" + _joined(rows) + "\n\\end{align*}"


def display(rows: Sequence[Row]) -> str:
    """Return rows as one displayed formula, for Markdown and notebooks."""
    return "$$\n\\begin{aligned}\n" + _joined(rows) + "\n\\end{aligned}\n$$"


def _joined(rows: Sequence[Row]) -> str:
    return " \\\\\n".join(f"{left} &{right}".lstrip() for left, right in rows)


def _latex_rows(equation: Line, digits: int) -> list[Row]:
    """Return an equation as rows of an align environment: left and right of the alignment."""
    sides = [_pieces(form, equation.terms) for form in equation.forms]
    if equation.forms:
        sides.append(_pieces(filled_in(equation.forms[-1], equation.terms, digits), {}))
    sides.append([typeset(number_node(equation.value, digits), _NOT_FINITE)])
    sides = [side for n, side in enumerate(sides) if n == 0 or side != sides[n - 1]]
    rows: list[Row] = []
    for number, side in enumerate(sides):
        last = number == len(sides) - 1
        sign = "=" if equation.is_exact or not last else r"\approx"
        lines = list(_broken(side))
        rows.append((equation.left.latex if number == 0 else "", f"{sign} {lines[0]}"))
        rows += [("", rf"\quad {{}} {line}") for line in lines[1:]]
    return rows


def _broken(side: Sequence[str]) -> Iterator[str]:
    line = ""
    for piece in side:
        if line and _width(line) + _width(piece) > _WIDEST:
            yield line
            line = ""
        line += piece if line else piece.lstrip()
    yield line


def _width(text: str) -> int:
    """Return roughly how many characters wide LaTeX is set: a fraction is as wide as one part."""
    width, place = 0, 0
    while (start := text.find(r"\frac{", place)) >= 0:
        above = start + len(r"\frac")
        below = _group_end(text, above)
        end = _group_end(text, below)
        width += _plain_width(text[place:start])
        width += max(_width(text[above:below]), _width(text[below:end]))
        place = end
    return width + _plain_width(text[place:])


def _plain_width(text: str) -> int:
    return len(re.sub(r"\\(left|right|mathrm|text|[,])|[{}\\_^ ]", "", text))


def _group_end(text: str, start: int) -> int:
    """Return the place after the group in braces that begins at `start`."""
    depth = 0
    for place in range(start, len(text)):
        depth += {"{": 1, "}": -1}.get(text[place], 0)
        if depth == 0:
            return place + 1
    return len(text)


def _pieces(node: Node, terms: Mapping[str, Term]) -> list[str]:
    """Return LaTeX in pieces between which a line may be broken: terms, or factors."""
    used = {name for name in names(node) if name in terms}
    symbols = {name: terms[name].symbol.latex for name in used} | _NOT_FINITE
    chain: list[Node] = []
    rest = node
    while isinstance(node, Call) and node.name in ("+", "*") and isinstance(rest, Call):
        if rest.name != node.name:
            break
        chain.append(rest.arguments[1])
        rest = rest.arguments[0]
    if not chain or not isinstance(node, Call):
        return [typeset(node, symbols)]
    # Each operator is set with nothing beside it, so that it brings its own parentheses.
    symbols["nothing"] = "@"
    first, *others = [rest, *reversed(chain)]
    nothing = Name("nothing")
    start = typeset(Call(node.name, (first, nothing)), symbols).removesuffix("@")
    for operator in ("+", r"\,", r"\cdot"):
        start = start.rstrip().removesuffix(operator)
    pieces = [typeset(Call(node.name, (nothing, factor)), symbols)[1:] for factor in others]
    return [start.rstrip(), *pieces]
