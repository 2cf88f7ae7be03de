"""Sheets in Markdown: tables that can be read as they are."""

import re
from collections.abc import Iterator, Sequence

from neurograph.errors import InvalidValueError
from neurograph.escapes import markdown_code, markdown_words
from neurograph.exercises.rules import Rule
from neurograph.exercises.sheets import Content

__all__ = ["mark_of", "write"]

_BLANK = "_" * 14


def mark_of(id: str) -> str:
    """Return the line that says whose file it is."""
    return f"<!-- neurograph exercise {id} -->"


def write(content: Content, diagram: str | None) -> str:
    """Return a sheet as Markdown."""
    return "\n".join(_lines(content, diagram))


def _lines(content: Content, diagram: str | None) -> Iterator[str]:
    yield f"# Exercise: {markdown_words(content.title)}"
    yield ""
    yield mark_of(content.id)
    if content.source:
        yield f"{markdown_words(content.source[0].upper() + content.source[1:])}."
        yield ""
    yield f"Exercise {content.id} · Name: {_BLANK * 2}"
    yield ""
    yield " ".join(
        f"{markdown_code(each.text)}." if isinstance(each, Rule) else markdown_words(each)
        for each in content.conventions
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
        with_notes = any(each.note for each in given)
        head = [title, "Value", *(["Where"] if with_notes else [])]
        rows = [
            [
                markdown_code(each.symbol.text, in_cell=True),
                each.value,
                *([markdown_words(each.note)] if with_notes else []),
            ]
            for each in given
        ]
        yield from _table(head, rows)
    for title, rows_of_part in content.parts:
        yield f"## {title}"
        yield ""
        rows = [
            [
                str(row.number),
                markdown_code(row.symbol.text, in_cell=True),
                markdown_code(row.rule.text, in_cell=True),
                row.value or _BLANK,
            ]
            for row in rows_of_part
        ]
        yield from _table(["No.", "Quantity", "Rule", "Value"], rows)


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> Iterator[str]:
    widths = [max(map(len, column)) for column in zip(head, *rows, strict=True)]
    yield _row(head, widths)
    yield _row(["-" * width for width in widths], widths)
    yield from (_row(row, widths) for row in rows)
    yield ""


def _row(cells: Sequence[str], widths: Sequence[int]) -> str:
    padded = (cell.ljust(width) for cell, width in zip(cells, widths, strict=True))
    return f"| {' | '.join(padded)} |"
