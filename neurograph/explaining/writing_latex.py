r"""Explanations as LaTeX, for a paper, and as Markdown with LaTeX equations, for a notebook."""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from neurograph.escapes import latex_words, markdown_code, markdown_words
from neurograph.explaining.lines import Line, Term, filled_in, number_node
from neurograph.explaining.steps import walked
from neurograph.explaining.writing_text import heading, notes, path_words, titled
from neurograph.formulas.tree import Call, Name, Node, names
from neurograph.formulas.typeset import latex as typeset

if TYPE_CHECKING:
    from neurograph.explaining.explanation import Explanation

__all__ = [
    "as_formula",
    "as_latex",
    "as_markdown",
    "latex_rows",
    "path_rows",
    "sentence",
    "whole_document",
]

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


def as_latex(explanation: "Explanation", *, document: bool = False) -> str:
    """Return an explanation as LaTeX; it needs the package amsmath."""
    body = "\n".join(_latex_parts(explanation)) + "\n"
    return whole_document(body) if document else body


def whole_document(body: str) -> str:
    """Return a document that LaTeX compiles."""
    return f"{_PREAMBLE}{body}\\end{{document}}\n"


def as_formula(explanation: "Explanation") -> str:
    """Return the equations of the number itself as one displayed formula."""
    rows = [row for line in explanation.root.equations for row in latex_rows(line, explanation)]
    return _display(rows)


def as_markdown(explanation: "Explanation") -> str:
    """Return an explanation as Markdown with LaTeX equations."""
    return "\n\n".join(_markdown_parts(explanation)) + "\n"


def _latex_parts(explanation: "Explanation") -> Iterator[str]:
    yield rf"\section*{{{latex_words(heading(explanation))}}}"
    for step, depth in walked(explanation.root):
        if depth:
            yield rf"\textbf{{{latex_words(titled(step, explanation))}}}: {latex_words(step.words)}"
        else:
            yield f"{latex_words(sentence(step.words))}.\n"
        for label, rows in _groups(step.equations, explanation):
            yield from [latex_words(f"{sentence(label)}:")] if label else []
            yield _align(rows)
        if not depth and (words := path_words(explanation)):
            yield latex_words(f"{sentence(words)}:")
            yield _align(path_rows(explanation))
        for note in notes(step):
            yield latex_words(note)
        yield ""


def _markdown_parts(explanation: "Explanation") -> Iterator[str]:
    yield f"## {markdown_words(heading(explanation))}"
    for step, depth in walked(explanation.root):
        words = markdown_words(step.words)
        yield (
            f"**{markdown_code(titled(step, explanation))}** {words}"
            if depth
            else f"{sentence(words)}."
        )
        for label, rows in _groups(step.equations, explanation):
            yield from [markdown_words(f"{sentence(label)}:")] if label else []
            yield _display(rows)
        if not depth and (words := path_words(explanation)):
            yield markdown_words(f"{sentence(words)}:")
            yield _display(path_rows(explanation))
        for note in notes(step):
            yield markdown_words(note)


def _groups(
    equations: Sequence[Line], explanation: "Explanation"
) -> Iterator[tuple[str, list[Row]]]:
    for equation in equations:
        yield equation.label, latex_rows(equation, explanation)


def path_rows(explanation: "Explanation") -> list[Row]:
    """Return the paths of a gradient as rows of an align environment."""
    lines = explanation.path_sum.lines if explanation.path_sum else ()
    return [row for _, equation in lines for row in latex_rows(equation, explanation)]


def _align(rows: Sequence[Row]) -> str:
    return "\\begin{align*}\n" + _joined(rows) + "\n\\end{align*}"


def _display(rows: Sequence[Row]) -> str:
    return "$$\n\\begin{aligned}\n" + _joined(rows) + "\n\\end{aligned}\n$$"


def _joined(rows: Sequence[Row]) -> str:
    return " \\\\\n".join(f"{left} &{right}".lstrip() for left, right in rows)


def latex_rows(equation: Line, explanation: "Explanation") -> list[Row]:
    """Return an equation as rows of an align environment: left and right of the alignment."""
    digits = explanation.digits
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
    found = {name for name in names(node) if name in terms}
    symbols = {name: terms[name].symbol.latex for name in found} | _NOT_FINITE
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
    pieces = [typeset(Call(node.name, (nothing, one)), symbols)[1:] for one in others]
    return [start.rstrip(), *pieces]


def sentence(text: str) -> str:
    """Return text with a capital, unless it begins with a name."""
    return text[:1].upper() + text[1:]
