"""Exercise sheets: in Markdown, LaTeX or HTML, with their picture and all that belongs to them."""

import os
import re
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Literal

from neurograph.checks import one_of
from neurograph.documents.document import sentence
from neurograph.documents.html import whole_page
from neurograph.errors import InvalidValueError, NeurographError, UnwritableError, did_you_mean
from neurograph.escapes import html_words, latex_words, markdown_code, markdown_words
from neurograph.exercises.contents import Content, Rule, content_of
from neurograph.exercises.forms import answer_form, check_exercise_file, exercise_text
from neurograph.exercises.records import Exercise
from neurograph.files import check_replaceable, write_together
from neurograph.formulas.mathml import mathml
from neurograph.scenario.library import read_toml

__all__ = ["WRITERS", "sheet", "write_sheet"]

_FORMATS: dict[str, Literal["markdown", "latex", "html"]] = {
    ".md": "markdown",
    ".tex": "latex",
    ".html": "html",
}
# Near the beginning a sheet says whose it is; a title may stand before it.
_OURS = re.compile(rb"neurograph exercise [0-9a-f]{8}\b")


def sheet(
    exercise: Exercise,
    format: Literal["markdown", "latex", "html"] = "markdown",
    *,
    diagram: str | None = None,
) -> str:
    """Write the sheet of an exercise.

    Parameters
    ----------
    exercise : Exercise
    format : {"markdown", "latex", "html"}
        LaTeX is a whole document, HTML a whole page without scripts.
    diagram : str, optional
        A picture of the network: for Markdown and LaTeX the name of its file, for HTML the text of
        an SVG. `write_sheet` draws one.

    Returns
    -------
    str

    Raises
    ------
    UnknownNameError
        If there is no such format.
    InvalidValueError
        If the diagram is not what the format takes.

    Examples
    --------
    >>> from neurograph.exercises import exercise, sheet
    >>> text = sheet(exercise("mazur_2015", ask="update", hide=1, seed=1))
    >>> print(text.splitlines()[0])
    # Exercise: A Step by Step Backpropagation Example
    """
    one_of(format, tuple(WRITERS), "format")
    return "\n".join(WRITERS[format](content_of(exercise), diagram))


def write_sheet(exercise: Exercise, file: str | os.PathLike[str]) -> list[Path]:
    """Write a sheet with its diagram, the exercise with its answers, and a form for students.

    Beside ``sheet.md`` come ``sheet.svg``, ``sheet.exercise.toml`` (for who marks it) and
    ``sheet.answers.toml`` (for who fills it in). The picture of ``sheet.tex`` is
    ``sheet-network.pdf``, for LaTeX itself makes a ``sheet.pdf``; that of ``sheet.html`` is inside.

    Parameters
    ----------
    exercise : Exercise
    file : path
        Its suffix says the format: ``.md``, ``.tex`` or ``.html``.

    Returns
    -------
    list of Path
        What was written: all of them, or none.

    Raises
    ------
    InvalidValueError
        If the suffix is none of these.
    UnwritableError
        If one of the files cannot be written, is there already and is no sheet or form of an
        exercise, or is a form that someone has filled in. Then nothing is written.

    Examples
    --------
    >>> import tempfile
    >>> from neurograph.exercises import exercise, write_sheet
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     for path in write_sheet(exercise("mazur_2015"), f"{folder}/week1.html"):
    ...         print(path.name)
    week1.html
    week1.exercise.toml
    week1.answers.toml
    """
    path = Path(file)
    form = _FORMATS.get(path.suffix.lower())
    if form is None:
        near = did_you_mean(path.suffix, _FORMATS) if path.suffix else ""
        raise InvalidValueError(
            f"{path}: a sheet is Markdown (.md), LaTeX (.tex) or HTML (.html){near}"
        )
    picture = {
        "markdown": path.with_suffix(".svg"),
        "latex": path.with_name(f"{path.stem}-network.pdf"),
    }.get(form)
    answers, answer_sheet = path.with_suffix(".exercise.toml"), path.with_suffix(".answers.toml")
    _check_sheet(path, picture)
    check_exercise_file(answers)
    _check_form(answer_sheet)

    # Matplotlib is imported only when a picture is drawn.
    from neurograph.drawing import draw_network
    from neurograph.drawing.pictures import rendered

    drawing = draw_network(exercise.network(), labels="both", most_neurons=None, most_levels=None)
    image = rendered(drawing, picture.suffix[1:] if picture else "svg")
    diagram = picture.name if picture else image.decode()
    contents: dict[Path, str | bytes] = {path: sheet(exercise, form, diagram=diagram)}
    if picture is not None:
        contents[picture] = image
    contents |= {answers: exercise_text(exercise), answer_sheet: answer_form(exercise)}
    write_together(contents)
    return list(contents)


def _check_sheet(path: Path, picture: Path | None) -> None:
    check_replaceable(path, "exercise sheet", lambda head: _OURS.search(head) is not None)
    if picture is None:
        return
    check_replaceable(picture)
    if picture.exists() and not path.exists():
        raise UnwritableError(
            f"{picture}: is there already, without a sheet that it belongs to: it is not"
            " overwritten; choose another name for the sheet"
        )


def _check_form(path: Path) -> None:
    check_replaceable(path, "form for answers", lambda _: _answers(_toml(path)) is not None)
    form = _toml(path)
    if form.get("student") or any(answer != "" for answer in (_answers(form) or {}).values()):
        raise UnwritableError(
            f"{path}: has been filled in: it is not overwritten; move it, or choose another name"
            " for the sheet"
        )


def _answers(form: dict[str, object]) -> dict[str, object] | None:
    answers = form.get("answers")
    return answers if "exercise" in form and isinstance(answers, dict) else None


def _toml(path: Path) -> dict[str, object]:
    """Return what a file of TOML says; nothing if there is none."""
    try:
        return read_toml(path)
    except NeurographError:
        return {}


def _mark(content: Content) -> str:
    """Return what a file says so that it is known again."""
    return f"neurograph exercise {content.id}"


def _title(content: Content) -> str:
    return f"Exercise: {content.title}"


# -- Markdown --------------------------------------------------------------------------------------


_MARKDOWN_BLANK = "_" * 14


def _markdown(content: Content, diagram: str | None) -> Iterator[str]:
    yield f"# {markdown_words(_title(content))}"
    yield ""
    yield f"<!-- {_mark(content)} -->"
    if content.source:
        yield f"{markdown_words(sentence(content.source))}."
        yield ""
    yield f"Exercise {content.id} · Name: {_MARKDOWN_BLANK * 2}"
    yield ""
    yield " ".join(
        f"{markdown_code(words.text)}." if isinstance(words, Rule) else markdown_words(words)
        for words in content.conventions
    )
    yield ""
    if diagram is not None:
        if re.search(r"[\n<>]", diagram):
            raise InvalidValueError(
                f"the diagram of a Markdown sheet is the name of a picture, not {diagram[:40]!r}"
            )
        yield f"![{markdown_words(content.described)}](<{diagram}>)"
        yield ""
    yield "## Given"
    yield ""
    for title, given in content.given:
        with_notes = any(datum.note for datum in given)
        head = [title, "Value", *(["Where"] if with_notes else [])]
        rows = [
            [
                markdown_code(datum.symbol.text, in_cell=True),
                datum.value,
                *([markdown_words(datum.note)] if with_notes else []),
            ]
            for datum in given
        ]
        yield from _markdown_table(head, rows)
    for title, rows_of_part in content.parts:
        yield f"## {title}"
        yield ""
        rows = [
            [
                str(row.number),
                markdown_code(row.symbol.text, in_cell=True),
                markdown_code(row.rule.text, in_cell=True),
                row.value or _MARKDOWN_BLANK,
            ]
            for row in rows_of_part
        ]
        yield from _markdown_table(["No.", "Quantity", "Rule", "Value"], rows)


def _markdown_table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> Iterator[str]:
    widths = [max(map(len, column)) for column in zip(head, *rows, strict=True)]
    yield _markdown_row(head, widths)
    yield _markdown_row(["-" * width for width in widths], widths)
    yield from (_markdown_row(row, widths) for row in rows)
    yield ""


def _markdown_row(cells: Sequence[str], widths: Sequence[int]) -> str:
    padded = (cell.ljust(width) for cell, width in zip(cells, widths, strict=True))
    return f"| {' | '.join(padded)} |"


# -- LaTeX -----------------------------------------------------------------------------------------


_PREAMBLE = r"""\documentclass[11pt]{article}
\usepackage[utf8]{inputenc}
\usepackage[T1]{fontenc}
\usepackage[margin=2cm]{geometry}
\usepackage{amsmath,graphicx,longtable,array}
\setlength{\parindent}{0pt}
\setlength{\parskip}{6pt}
\begin{document}
"""
_LATEX_BLANK = r"\underline{\hspace{3cm}}"
#: Longer tables of data are continued beside themselves.
_MOST_ROWS = 12


def _latex(content: Content, diagram: str | None) -> Iterator[str]:
    yield f"% {_mark(content)}"
    yield _PREAMBLE.rstrip()
    yield rf"\section*{{{latex_words(_title(content))}}}"
    if content.source:
        yield rf"{latex_words(sentence(content.source))}."
        yield ""
    yield rf"Exercise \texttt{{{content.id}}} \hfill Name: \underline{{\hspace{{8cm}}}}"
    yield ""
    yield " ".join(
        f"${words.latex}$." if isinstance(words, Rule) else latex_words(words)
        for words in content.conventions
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
            [f"${datum.symbol.latex}$", f"${datum.value}$", latex_words(datum.note)]
            for datum in given
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
                f"${row.value}$" if row.value else _LATEX_BLANK,
            ]
            for row in rows_of_part
        ]
        yield from _long_table(title, ["No.", "Quantity", "Rule", "Value"], rows)
    yield r"\end{document}"
    yield ""


def _small_table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> Iterator[str]:
    """Yield a table that stands beside others like a word among words."""
    yield r"\begin{tabular}[t]{lll}"
    yield _latex_heading(head)
    yield from (" & ".join(row) + r" \\" for row in rows)
    yield r"\end{tabular}\quad"


def _long_table(title: str, head: Sequence[str], rows: Sequence[Sequence[str]]) -> Iterator[str]:
    # Of fixed widths: otherwise only a second run of LaTeX gets them right.
    yield r"\begin{longtable}[l]{p{0.8cm}p{2.6cm}p{8.6cm}>{\raggedleft\arraybackslash}p{3.2cm}}"
    # The title is a part of the table, so that no page ends with it.
    yield rf"\multicolumn{{4}}{{@{{}}l}}{{\large\textbf{{{title}}}}} \\"
    yield _latex_heading(head) + r" \endfirsthead"
    yield _latex_heading(head) + r" \endhead"
    yield from (" & ".join(row) + r" \\" for row in rows)
    yield r"\end{longtable}"


def _latex_heading(head: Sequence[str]) -> str:
    return " & ".join(rf"\textbf{{{cell}}}" if cell else "" for cell in head) + r" \\ \hline"


# -- HTML ------------------------------------------------------------------------------------------


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


def _html(content: Content, diagram: str | None) -> Iterator[str]:
    head = f'<meta name="generator" content="{_mark(content)}">\n'
    body = "\n".join(_html_lines(content, diagram)) + "\n"
    yield whole_page(_title(content), body, _STYLE, head)


def _html_lines(content: Content, diagram: str | None) -> Iterator[str]:
    yield f"<h1>{html_words(_title(content))}</h1>"
    if content.source:
        yield f"<p>{html_words(sentence(content.source))}.</p>"
    yield f'<header><span>Exercise {content.id}</span><span class="name">Name:</span></header>'
    said = (
        f"{_math(words.latex, '')}." if isinstance(words, Rule) else html_words(words)
        for words in content.conventions
    )
    yield f"<p>{' '.join(said)}</p>"
    if diagram is not None:
        yield f'<figure role="img" aria-label="{html_words(content.described)}">'
        yield f"{_inner(diagram)}</figure>"
    yield '<section>\n<h2>Given</h2>\n<div class="given">'
    for title, given in content.given:
        notes = any(datum.note for datum in given)
        yield from _html_table(
            [title, "Value", *(["Where"] if notes else [])],
            [
                f"<td>{_math(datum.symbol.latex)}</td>"
                f'<td class="number">{_minus(datum.value)}</td>'
                + (f"<td>{html_words(datum.note)}</td>" if notes else "")
                for datum in given
            ],
        )
    yield "</div>\n</section>"
    for title, rows in content.parts:
        yield f"<h2>{title}</h2>"
        yield from _html_table(
            ["No.", "Quantity", "Rule", "Value"],
            [
                f'<td class="number">{row.number}</td><td>{_math(row.symbol.latex)}</td>'
                f"<td>{_math(row.rule.latex)}</td>"
                + (f'<td class="number">{_minus(row.value)}</td>' if row.value else _HTML_BLANK)
                for row in rows
            ],
            "part",
        )


_HTML_BLANK = '<td class="blank"></td>'


def _html_table(head: Sequence[str], rows: Sequence[str], of: str = "") -> Iterator[str]:
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


#: By format, what writes the lines of a sheet with the diagram that it is given.
WRITERS: dict[str, Callable[[Content, str | None], Iterator[str]]] = {
    "markdown": _markdown,
    "latex": _latex,
    "html": _html,
}
