r"""Documents as LaTeX, for a paper, and what a notebook shows of them as one formula."""

import re
from collections.abc import Iterator, Mapping, Sequence
from textwrap import wrap
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
    Text,
    TextTable,
    add_format,
    joined,
    sentence,
    spans,
)
from neurograph.documents.lines import Line, Term, chain_of, sides_of
from neurograph.documents.plain import equation_lines, fitted
from neurograph.errors import InvalidValueError
from neurograph.escapes import latex_words
from neurograph.formulas.tree import Call, Name, Node, names
from neurograph.formulas.typeset import latex as typeset
from neurograph.words import written_in

__all__ = ["derivation_rows", "display", "whole_document", "write_formula", "write_latex"]

_PREAMBLE = r"""\documentclass{article}
\usepackage[utf8]{inputenc}
\usepackage[T1]{fontenc}
\usepackage[margin=2cm]{geometry}
\usepackage{amsmath,graphicx,longtable,array}
\allowdisplaybreaks
\setlength{\parindent}{0pt}
\setlength{\parskip}{4pt}
\begin{document}
"""

#: What stands left and right of the place where rows are aligned.
Row = tuple[str, str]

#: Roughly how many characters fit into one line of a document.
_WIDEST = 78
#: Of a page, of a character, and between two columns, in centimetres.
_PAGE, _CHARACTER, _BETWEEN = 17.0, 0.19, 0.43
_SIDES = {"left": r"\raggedright", "right": r"\raggedleft", "point": r"\raggedleft"}
#: Longer tables are broken by pages, or continued beside themselves.
_MOST_ROWS = 12

_NOT_FINITE = {"inf": r"\infty", "nan": r"\mathrm{nan}"}


def write_latex(document: Document, style: Style) -> str:
    """Return a document as LaTeX; it needs the packages of `whole_document`."""
    lines = [rf"\section*{{{latex_words(document.title)}}}"] if document.title else []
    for block in document.blocks:
        lines += _block(block, document.digits)
    body = "\n".join(lines) + "\n"
    mark = f"% {document.mark}\n" if document.mark else ""
    return mark + whole_document(body) if style.whole else body


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
            yield latex_words(block.text) + "\n"
        case Definitions():
            for term, words in block.items:
                yield "\n" + rf"\textbf{{{latex_words(term)}:}} \sloppy {latex_words(words)}"
        case TextTable():
            yield from _table(block)
        case Beside():
            yield r"\begingroup\raggedright"
            for table in block.tables:
                for start in range(0, len(table.rows), _MOST_ROWS):
                    yield from _small_table(table, start)
            yield "\n" + r"\endgroup"
        case Heading():
            yield rf"\{'sub' * block.level}section*{{{latex_words(block.text)}}}"
        case Paragraph():
            words = _inline(block.text)
            yield "\n" + (rf"\textbf{{{words}}}" if block.tone == "strong" else words) + "\n"
        case Picture():
            yield from _picture(block)
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


# -- tables and what stands in a line --------------------------------------------------------------


def _table(table: TextTable) -> Iterator[str]:
    """Yield a table that pages may break, as wide as its cells, or as the page where they are not.

    Its columns have fixed widths: otherwise only a second run of LaTeX gets them right.
    """
    if not table.to_fill and len(table.rows) <= _MOST_ROWS and sum(_natural(table)) <= _PAGE:
        yield from ("", *_small_table(table), "")
        return
    # A form has room for a hand, and for fractions in full size.
    if table.to_fill:
        yield r"\begingroup\renewcommand{\arraystretch}{2.1}"
    yield rf"\begin{{longtable}}[l]{{{_fixed_columns(table)}}}"
    yield _heads(table) + r" \endhead"
    yield from (_row(row, r"\displaystyle " * table.to_fill) for row in table.rows)
    yield r"\end{longtable}" + r"\endgroup" * table.to_fill


def _small_table(table: TextTable, start: int = 0) -> Iterator[str]:
    """Yield some rows as a table that stands beside others like a word among words."""
    yield rf"\begin{{tabular}}[t]{{{_columns(table)}}}"
    yield _heads(table)
    yield from map(_row, table.rows[start : start + _MOST_ROWS])
    yield r"\end{tabular}\quad"


def _heads(table: TextTable) -> str:
    return " & ".join(rf"\textbf{{{latex_words(head)}}}" for head in table.heads) + r" \\ \hline"


def _row(row: Sequence[Text], math: str = "") -> str:
    return " & ".join(_inline(cell, math) for cell in row) + r" \\"


def _columns(table: TextTable) -> str:
    return "".join("l" if column.align == "left" else "r" for column in table.columns)


def _natural(table: TextTable) -> list[float]:
    """Return roughly how wide each column would be, in centimetres, with the space beside it."""
    columns = zip(table.heads, *table.rows, strict=True)
    return [_CHARACTER * max(map(_cell_width, column)) + _BETWEEN for column in columns]


def _cell_width(text: Text) -> float:
    # A space, and the bold of a head.
    return 1 + sum(
        _width(span.latex) if span.kind == "formula" else len(span.text) for span in spans(text)
    )


def _fixed_columns(table: TextTable) -> str:
    natural = _natural(table)
    columns = zip(table.heads, *table.rows, strict=True)
    words = [_CHARACTER * max(map(_longest, column)) + _BETWEEN for column in columns]
    widths = fitted(natural, words, _PAGE, 0.1) or [_PAGE / len(natural)] * len(natural)
    return "".join(
        rf">{{{_SIDES[column.align]}\arraybackslash}}p{{{width - _BETWEEN:.1f}cm}}"
        for column, width in zip(table.columns, widths, strict=True)
    )


def _longest(text: Text) -> float:
    """Return the width of the longest piece of a cell that no line breaks."""
    if any(span.kind == "formula" for span in spans(text)):
        return min(_cell_width(text), _WIDEST / 2)
    return 1 + max(map(len, joined(text).split()), default=0)


def _inline(text: Text, math: str = "") -> str:
    return "".join(_span(span, math) for span in spans(text))


def _span(span: Span, math: str) -> str:
    match span.kind:
        case "words":
            return latex_words(span.text)
        case "code":
            return rf"\texttt{{{latex_words(span.text)}}}" if span.text else ""
        case "formula":
            return f"${math}{span.latex}$"
        case "number":
            return f"${span.text}$" if _is_plain(span.text) else latex_words(span.text)
        case "blank":
            return rf"\underline{{\hspace{{{len(span.text) / 5:.1f}cm}}}}"
        case _:
            assert_never(span.kind)


def _is_plain(number: str) -> bool:
    return re.fullmatch(r"[-+]?[\d.]+", number, re.ASCII) is not None


def _picture(picture: Picture) -> Iterator[str]:
    if not re.fullmatch(r"[\w./+ -]+", picture.source, re.ASCII):
        raise InvalidValueError(
            f"the picture of a page of LaTeX is the name of a file, in letters, digits and ._+-/"
            f" alone, not {picture.source[:60]!r}"
        )
    size = r"width=0.85\linewidth,height=9cm,keepaspectratio"
    yield r"\begin{center}"
    yield rf"\includegraphics[{size}]{{\detokenize{{{picture.source}}}}}"
    yield r"\end{center}"


# -- equations of a document -----------------------------------------------------------------------


def derivation_rows(derivation: Derivation, digits: int) -> list[Row]:
    """Return the rows of all equations of a derivation."""
    rows = [row for line in derivation.lines for row in _latex_rows(line, digits)]
    return [(left, written_in(right, derivation.language, latex=True)) for left, right in rows]


# -- one formula -----------------------------------------------------------------------------------


def write_formula(document: Document, style: Style) -> str:
    """Return a document as one displayed formula; of passages, the equations of the first."""
    first = document.blocks[0]
    if isinstance(first, Passage):
        derivations = (block for block in first.blocks if isinstance(block, Derivation))
        lines = [line for block in derivations if not block.listed for line in block.lines]
        return display(derivation_rows(Derivation(lines), document.digits))
    tables = [block for block in document.blocks if isinstance(block, TextTable)]
    tables += [part for block in document.blocks if isinstance(block, Beside)
               for part in block.tables]  # fmt: skip
    # Words across a table are not to widen its first column.
    across = r"\rlap{%s}" if tables else "%s"
    rows = [across % rf"\textbf{{{latex_words(document.title)}}}"]
    for block in document.blocks:
        rows += _array_rows(block, across, document.digits)
    body = " \\\\\n".join(rows)
    columns = max(map(_columns, tables), key=len, default="l")
    return f"$$\\begin{{array}}{{{columns}}}\n{body}\n\\end{{array}}$$"


def _array_rows(block: Block, across: str, digits: int) -> Iterator[str]:
    match block:
        case Definitions():
            for term, words in block.items:
                yield _text(f"{term}:")
                # A formula is not broken into lines.
                yield from (rf"\quad{_text(line)}" for line in wrap(words, 72))
        case TextTable():
            for row in (block.heads, *block.rows):
                yield " & ".join(_text(joined(cell)) for cell in row)
        case Heading():
            yield across % rf"\textbf{{{latex_words(block.text)}}}"
        case Note() | Paragraph():
            for line in wrap(joined(block.text), 72):
                yield across % _text(line)
        case Derivation():
            # Formulas with cells of their own would count as cells of the array.
            for equation in block.lines:
                for line in equation_lines(equation, digits, 72, indent=0):
                    yield across % _text(written_in(line, block.language))
        case Beside():
            for table in block.tables:
                yield from _array_rows(table, across, digits)
        case Picture():
            yield across % _text(block.words)
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
    sides = sides_of(equation, digits, _pieces, lambda value: typeset(value, _NOT_FINITE))
    rows: list[Row] = []
    for number, side in enumerate(sides):
        last = number == len(sides) - 1
        sign = "=" if not last or equation.is_exact else r"\approx"
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
    if not (isinstance(node, Call) and node.name in ("+", "*")):
        return [typeset(node, symbols)]
    # Each operator is set with nothing beside it, so that it brings its own parentheses.
    symbols["nothing"] = "@"
    first, *others = chain_of(node, node.name)
    nothing = Name("nothing")
    start = typeset(Call(node.name, (first, nothing)), symbols).removesuffix("@")
    for operator in ("+", r"\,", r"\cdot"):
        start = start.rstrip().removesuffix(operator)
    pieces = [typeset(Call(node.name, (nothing, factor)), symbols)[1:] for factor in others]
    return [start.rstrip(), *pieces]


add_format(DocumentWriter("latex", ".tex", write_latex, picture=".pdf", called="LaTeX"))
