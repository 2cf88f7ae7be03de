"""Documents as Markdown with LaTeX equations, for a notebook."""

import re
from collections.abc import Iterator
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
    sentence,
    spans,
)
from neurograph.documents.latex import derivation_rows, display
from neurograph.errors import InvalidValueError
from neurograph.escapes import markdown_code, markdown_words

__all__ = ["write_markdown"]


def write_markdown(document: Document, style: Style) -> str:
    """Return a document as Markdown; a part of something larger begins with a smaller heading."""
    hashes = "#" if style.whole else "##"
    parts = [f"{hashes} {markdown_words(document.title)}"] if document.title else []
    if document.mark and style.whole:
        parts.append(f"<!-- {document.mark} -->")
    for block in document.blocks:
        parts += _block(block, document.digits, hashes)
    return "\n\n".join(filter(None, parts)) + "\n"


def _block(block: Block, digits: int, hashes: str = "##") -> Iterator[str]:
    match block:
        case Passage():
            yield from _passage(block, digits)
        case Derivation():
            yield markdown_words(f"{sentence(block.label)}:") if block.label else ""
            yield display(derivation_rows(block, digits))
        case Note():
            yield markdown_words(block.text)
        case Paragraph():
            words = _inline(block.text)
            yield f"**{words}**" if block.tone == "strong" and words else words
        case Definitions():
            for term, words in block.items:
                yield f"**{term}:** {markdown_words(words)}"
        case TextTable():
            yield _table(block)
        case Beside():
            yield from map(_table, block.tables)
        case Heading():
            yield f"{hashes}{'#' * block.level} {markdown_words(block.text)}"
        case Picture():
            if re.search(r"[\n<>]", block.source):
                raise InvalidValueError(
                    f"the picture of a page of Markdown is the name of a file, not"
                    f" {block.source[:40]!r}"
                )
            yield f"![{markdown_words(block.words)}](<{block.source}>)"
        case _:
            assert_never(block)


def _passage(passage: Passage, digits: int) -> Iterator[str]:
    words = markdown_words(passage.words)
    title = f"**{markdown_code(passage.title)}** {words}"
    yield title if passage.depth else f"{sentence(words)}."
    for block in passage.blocks:
        yield from _block(block, digits)


def _table(table: TextTable) -> str:
    """Return a table whose columns are as wide in the source as on the page."""
    rows = [tuple(_inline(cell, in_cell=True) for cell in row) for row in table.rows]
    heads = tuple(map(markdown_words, table.heads))
    widths = [max(map(len, column)) for column in zip(heads, *rows, strict=True)]
    widths = [max(width, 3) for width in widths]
    right = [column.align != "left" for column in table.columns]
    rule = [
        f"{'-' * (width - end)}{':' * end}" for width, end in zip(widths, right, strict=True)
    ]  # fmt: skip
    padded = [
        [
            cell.rjust(width) if end else cell.ljust(width)
            for cell, width, end in zip(row, widths, right, strict=True)
        ]
        for row in (heads, rule, *rows)
    ]
    return "\n".join(f"| {' | '.join(row)} |" for row in padded)


def _inline(text: Text, *, in_cell: bool = False) -> str:
    parts = spans(text)
    if len(parts) == 1 and parts[0].kind == "words":
        return markdown_words(parts[0].text)
    return "".join(_span(span, in_cell) for span in parts)


def _span(span: Span, in_cell: bool) -> str:
    match span.kind:
        case "words":
            # What stands between spans keeps the space that parts them.
            text = span.text
            before, after = " " * text[:1].isspace(), " " * (text != " " and text[-1:].isspace())
            return f"{before}{markdown_words(text)}{after}"
        case "code" | "formula":
            return markdown_code(span.text, in_cell=in_cell) if span.text else ""
        case "number" | "blank":
            return span.text if span.kind == "blank" else markdown_words(span.text)
        case _:
            assert_never(span.kind)


add_format(DocumentWriter("markdown", ".md", write_markdown, called="Markdown"))
