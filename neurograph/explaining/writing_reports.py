"""What influences what, and what would change, as text, Markdown, LaTeX and HTML."""

from collections.abc import Callable, Sequence
from textwrap import wrap
from typing import TYPE_CHECKING, Any

import numpy as np

from neurograph.columns import Value
from neurograph.escapes import html_words, latex_words, markdown_words, printable
from neurograph.explaining.writing_html import page
from neurograph.explaining.writing_latex import whole_document
from neurograph.explaining.writing_text import number_text, wrapped
from neurograph.spelling import in_ascii

if TYPE_CHECKING:
    from neurograph.explaining.changes import Change, WhatIf
    from neurograph.explaining.influences import Influence

__all__ = [
    "influence_formula", "influence_html", "influence_latex", "influence_markdown",
    "influence_text", "what_if_formula", "what_if_html", "what_if_latex", "what_if_markdown",
    "what_if_text",
]  # fmt: skip

#: So many of a long list are shown.
_MOST = 60


def influence_text(influence: "Influence", *, width: int, ascii: bool) -> str:
    """Return what a quantity influences as text."""
    lines = [printable(_question(influence))]
    for title, items in _sections(influence):
        lines += ["", f"{title}:", *wrapped(printable(items), 2, width)]
    text = "\n".join(lines)
    return in_ascii(text) if ascii else text


def influence_markdown(influence: "Influence") -> str:
    """Return what a quantity influences as Markdown."""
    parts = [f"## {markdown_words(_question(influence))}"]
    parts += [f"**{title}:** {markdown_words(items)}" for title, items in _sections(influence)]
    return "\n\n".join(parts) + "\n"


def influence_latex(influence: "Influence", *, document: bool) -> str:
    """Return what a quantity influences as LaTeX."""
    parts = [rf"\section*{{{latex_words(_question(influence))}}}"]
    parts += [
        rf"\textbf{{{latex_words(title)}:}} \sloppy {latex_words(items)}"
        for title, items in _sections(influence)
    ]
    body = "\n\n".join(parts) + "\n"
    return whole_document(body) if document else body


def influence_formula(influence: "Influence") -> str:
    """Return what a quantity influences as one displayed formula, for notebooks."""
    rows = [rf"\textbf{{{latex_words(_question(influence))}}}"]
    for title, items in _sections(influence):
        rows.append(rf"\text{{{latex_words(title)}:}}")
        # A formula is not broken into lines.
        rows += [rf"\quad\text{{{latex_words(line)}}}" for line in wrap(items, 72)]
    return _array("l", rows)


def influence_html(influence: "Influence", *, document: bool) -> str:
    """Return what a quantity influences as HTML."""
    question = html_words(_question(influence))
    level = 1 if document else 2
    parts = [f"<h{level}>{question}</h{level}>", "<dl>"]
    for title, items in _sections(influence):
        parts.append(f"<dt>{html_words(title)}</dt><dd>{html_words(items)}</dd>")
    body = "\n".join(['<section class="neurograph-influence">', *parts, "</dl>", "</section>", ""])
    return page(_question(influence), body) if document else body


def _question(influence: "Influence") -> str:
    return f"What changes when {influence.address} changes?"


def _sections(influence: "Influence") -> list[tuple[str, str]]:
    quantities, start = influence.quantities, influence.n_forward
    end = start + influence.n_backward
    later = "next " if influence.next_round else ""
    order = "in the next round, in this order" if later else "in this order"
    return [
        (f"Forward, {order}", _some(quantities[:start], influence.names)),
        (f"Backward, {order}", _some(quantities[start:end], influence.names)),
        (f"In the {later}update", _some(quantities[end:], influence.names)),
        ("Paths to the outputs", _some(influence.paths, lambda path: " -> ".join(map(str, path)))),
    ]


def _some(items: Sequence[Any], name: Callable[[Any], str]) -> str:
    if not items:
        return "nothing"
    shown = ", ".join(map(name, items[:_MOST]))
    return f"{shown}, and {len(items) - _MOST:,} more" if len(items) > _MOST else shown


_HEADS = ("quantity", "before", "after", "difference")


def what_if_text(result: "WhatIf", *, width: int, ascii: bool) -> str:
    """Return what would change as a table of text."""
    rows = [tuple(map(printable, row)) for row in [_HEADS, *_rows(result)]]
    widths = [max(len(row[column]) for row in rows) for column in range(len(_HEADS))]
    lines = [printable(_asked(result)), ""]
    for name, *numbers in rows:
        cells = [number.rjust(size) for number, size in zip(numbers, widths[1:], strict=True)]
        lines.append("  ".join([name.ljust(widths[0]), *cells]).rstrip())
    text = "\n".join([*lines, *wrapped(_rest(result), 0, width)])
    return in_ascii(text) if ascii else text


def what_if_markdown(result: "WhatIf") -> str:
    """Return what would change as a Markdown table."""
    rows = [f"| {' | '.join(_HEADS)} |", "|---|---:|---:|---:|"]
    rows += [f"| {' | '.join(map(markdown_words, row))} |" for row in _rows(result)]
    parts = [f"## {markdown_words(_asked(result))}", "\n".join(rows), markdown_words(_rest(result))]
    return "\n\n".join(filter(None, parts)) + "\n"


def what_if_latex(result: "WhatIf", *, document: bool) -> str:
    """Return what would change as a LaTeX table."""
    lines = [rf"\section*{{{latex_words(_asked(result))}}}", r"\begin{tabular}{lrrr}"]
    for row in [_HEADS, *_rows(result)]:
        lines.append(" & ".join(map(latex_words, row)) + r" \\")
    body = "\n".join([*lines, r"\end{tabular}", "", latex_words(_rest(result)), ""])
    return whole_document(body) if document else body


def what_if_formula(result: "WhatIf") -> str:
    """Return what would change as one displayed formula, for notebooks."""
    rows = [_HEADS, *_rows(result)]
    lines = [" & ".join(rf"\text{{{latex_words(cell)}}}" for cell in row) for row in rows]
    lines.insert(0, rf"\rlap{{\textbf{{{latex_words(_asked(result))}}}}}")
    if _rest(result):
        lines.append(rf"\rlap{{\text{{{latex_words(_rest(result))}}}}}")
    return _array("lrrr", lines)


def _array(columns: str, rows: Sequence[str]) -> str:
    body = " \\\\\n".join(rows)
    return f"$$\\begin{{array}}{{{columns}}}\n{body}\n\\end{{array}}$$"


def what_if_html(result: "WhatIf", *, document: bool) -> str:
    """Return what would change as an HTML table."""
    heads = "".join(f"<th>{head}</th>" for head in _HEADS)
    rows = []
    for name, *numbers in _rows(result):
        cells = "".join(f'<td class="number">{html_words(number)}</td>' for number in numbers)
        rows.append(f"<tr><td><code>{html_words(name)}</code></td>{cells}</tr>")
    level = 1 if document else 2
    title = f"<h{level}>{html_words(_asked(result))}</h{level}>"
    body = (
        f'<section class="neurograph-what-if">\n{title}\n<table>\n'
        f"<thead><tr>{heads}</tr></thead>\n<tbody>\n" + "\n".join(rows) + "\n</tbody>\n</table>\n"
        f"<p>{html_words(_rest(result))}</p>\n</section>\n"
    )
    return page(_asked(result), body) if document else body


def _asked(result: "WhatIf") -> str:
    asked = [
        f"{change.address} were {_number(change.after, result.digits)}" for change in result.given
    ]
    return f"What if {' and '.join(asked)}?" if asked else "Nothing changes."


def _rows(result: "WhatIf") -> list[tuple[str, str, str, str]]:
    return [_row(change, result.digits) for change in result.changes[:_MOST]]


def _row(change: "Change", digits: int) -> tuple[str, str, str, str]:
    values = (change.before, change.after, change.difference)
    before, after, difference = (_number(value, digits) for value in values)
    sign = "" if difference.startswith("-") or isinstance(change.difference, np.ndarray) else "+"
    return change.address, before, after, sign + difference


def _number(value: Value, digits: int) -> str:
    if isinstance(value, np.ndarray):
        shown = ", ".join(number_text(float(number), min(digits, 4)) for number in value[:3])
        return f"{shown}, ... ({len(value)} samples)" if len(value) > 3 else shown
    return number_text(value, digits)


def _rest(result: "WhatIf") -> str:
    more = len(result.changes) - _MOST
    return f"{more:,} more quantities change." if more > 0 else ""
