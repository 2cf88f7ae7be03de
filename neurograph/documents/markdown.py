"""Documents as Markdown with LaTeX equations, for a notebook."""

from collections.abc import Iterator
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
from neurograph.documents.latex import derivation_rows, display
from neurograph.escapes import markdown_code, markdown_words

__all__ = ["write_markdown"]


def write_markdown(document: Document, style: Style) -> str:
    """Return a document as Markdown."""
    parts = [f"## {markdown_words(document.title)}"]
    for block in document.blocks:
        parts += _block(block, document.digits)
    return "\n\n".join(filter(None, parts)) + "\n"


def _block(block: Block, digits: int) -> Iterator[str]:
    match block:
        case Passage():
            yield from _passage(block, digits)
        case Derivation():
            yield markdown_words(f"{sentence(block.label)}:") if block.label else ""
            yield display(derivation_rows(block, digits))
        case Note() | Paragraph():
            yield markdown_words(block.text)
        case Definitions():
            for term, words in block.items:
                yield f"**{term}:** {markdown_words(words)}"
        case NumberTable():
            lines = [f"| {' | '.join(block.heads)} |", f"|---|{'---:|' * (len(block.heads) - 1)}"]
            lines += [f"| {' | '.join(map(markdown_words, row))} |" for row in block.rows]
            yield "\n".join(lines)
        case _:
            assert_never(block)


def _passage(passage: Passage, digits: int) -> Iterator[str]:
    words = markdown_words(passage.words)
    title = f"**{markdown_code(passage.title)}** {words}"
    yield title if passage.depth else f"{sentence(words)}."
    for block in passage.blocks:
        yield from _block(block, digits)
