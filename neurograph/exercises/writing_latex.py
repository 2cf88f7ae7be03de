"""Sheets in LaTeX: a whole document for amsmath, graphicx and longtable."""

import re
from collections.abc import Iterator, Sequence

from neurograph.errors import InvalidValueError
from neurograph.escapes import latex_words
from neurograph.exercises.rules import Rule
from neurograph.exercises.sheets import Content

__all__ = ["mark_of", "write"]

_PREAMBLE = r"""\documentclass[11pt]{article}
\usepackage[utf8]{inputenc}
\usepackage[T1]{fontenc}
\usepackage[margin=2cm]{geometry}
\usepackage{amsmath,graphicx,longtable,array}
\setlength{\parindent}{0pt}
\setlength{\parskip}{6pt}
\begin{document}
"""
_BLANK = r"\underline{\hspace{3cm}}"
#: Longer tables of data are continued beside themselves.
_MOST_ROWS = 12


def mark_of(id: str) -> str:
    """Return the line that says whose file it is."""
    return f"% neurograph exercise {id}"


def write(content: Content, diagram: str | None) -> str:
    """Return a sheet as a LaTeX document."""
    return "\n".join(_lines(content, diagram))


def _lines(content: Content, diagram: str | None) -> Iterator[str]:
    yield mark_of(content.id)
    yield _PREAMBLE.rstrip()
    yield rf"\section*{{Exercise: {latex_words(content.title)}}}"
    if content.source:
        yield rf"{latex_words(content.source[0].upper() + content.source[1:])}."
        yield ""
    yield rf"Exercise \texttt{{{content.id}}} \hfill Name: \underline{{\hspace{{8cm}}}}"
    yield ""
    yield " ".join(
        f"${each.latex}$." if isinstance(each, Rule) else latex_words(each)
        for each in content.conventions
    )
    yield ""
    if diagram is not None:
        if not re.fullmatch(r"[\w./+ -]+", diagram, re.ASCII):
            raise InvalidValueError(
                f"the diagram of a LaTeX sheet is the name of a picture, in letters, digits and"
                f" ._+-/ alone, not {diagram[:60]!r}"
            )
        size = r"width=0.85\linewidth,height=9cm,keepaspectratio"
        yield r"\begin{center}"
        yield rf"\includegraphics[{size}]{{\detokenize{{{diagram}}}}}"
        yield r"\end{center}"
        yield ""
    yield r"\subsection*{Given}"
    yield r"\renewcommand{\arraystretch}{1.2}\raggedright"
    for title, given in content.given:
        rows = [
            [f"${each.symbol.latex}$", f"${each.value}$", latex_words(each.note)] for each in given
        ]
        head = [title, "Value", "Where" if any(row[2] for row in rows) else ""]
        for start in range(0, len(rows), _MOST_ROWS):
            yield from _small_table(head, rows[start : start + _MOST_ROWS])
    yield ""
    yield r"\renewcommand{\arraystretch}{2.1}"
    for title, rows_of_part in content.parts:
        rows = [
            [
                str(row.number),
                f"${row.symbol.latex}$",
                rf"$\displaystyle {row.rule.latex}$",
                f"${row.value}$" if row.value else _BLANK,
            ]
            for row in rows_of_part
        ]
        yield from _long_table(title, ["No.", "Quantity", "Rule", "Value"], rows)
    yield r"\end{document}"
    yield ""


def _small_table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> Iterator[str]:
    """Yield a table that stands beside others like a word among words."""
    yield r"\begin{tabular}[t]{lll}"
    yield _heading(head)
    yield from (" & ".join(row) + r" \\" for row in rows)
    yield r"\end{tabular}\quad"


def _long_table(title: str, head: Sequence[str], rows: Sequence[Sequence[str]]) -> Iterator[str]:
    # Of fixed widths: otherwise only a second run of LaTeX gets them right.
    yield r"\begin{longtable}[l]{p{0.8cm}p{2.6cm}p{8.6cm}>{\raggedleft\arraybackslash}p{3.2cm}}"
    # The title is a part of the table, so that no page ends with it.
    yield rf"\multicolumn{{4}}{{@{{}}l}}{{\large\textbf{{{title}}}}} \\"
    yield _heading(head) + r" \endfirsthead"
    yield _heading(head) + r" \endhead"
    yield from (" & ".join(row) + r" \\" for row in rows)
    yield r"\end{longtable}"


def _heading(head: Sequence[str]) -> str:
    return " & ".join(rf"\textbf{{{cell}}}" if cell else "" for cell in head) + r" \\ \hline"
