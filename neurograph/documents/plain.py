"""Documents as text: one passage under the other, those behind it further right."""

import re
from collections.abc import Callable, Iterator, Sequence
from itertools import chain
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
)
from neurograph.documents.lines import Line, filled_in, pieces, value_text
from neurograph.escapes import printable
from neurograph.spelling import in_ascii

__all__ = ["equation_lines", "write_text"]

_INDENT, _DEEPEST = 2, 16
#: Right of a longer left side there would be no room.
_LONGEST_LEFT = 40


def write_text(document: Document, style: Style) -> str:
    """Return a document as lines of text, no wider than asked for where words allow it."""
    lines = _Lines(document.digits, style.width, _spelled_out if style.ascii else printable)
    return "\n".join(line.rstrip() for line in lines.of(document))


def equation_lines(equation: Line, digits: int, width: int, *, indent: int) -> Iterator[str]:
    """Yield one equation, in lines of at most a width."""
    yield from _Lines(digits, width, printable).equation(equation.left.text, equation, indent)


def _spelled_out(text: str) -> str:
    return printable(in_ascii(text))


class _Lines:
    """Writes blocks as lines.

    Parameters
    ----------
    digits : int
    width : int
    spell : callable
        Gives each text as it is to be written.
    """

    def __init__(self, digits: int, width: int, spell: Callable[[str], str]) -> None:
        self.digits = digits
        self.width = width
        self.spell = spell

    def of(self, document: Document) -> Iterator[str]:
        """Yield a document line by line."""
        yield self.spell(document.title)
        for block in document.blocks:
            yield from self.block(block)

    def block(self, block: Block, indent: int = 0) -> Iterator[str]:
        """Yield one block."""
        match block:
            case Passage():
                yield from self.passage(block)
            case Derivation():
                yield from self.derivation(block, indent)
            case Note() | Paragraph():
                yield from self.sentence(block.text, indent)
            case Definitions():
                for term, words in block.items:
                    yield from ["", self.spell(f"{term}:"), *self.sentence(words, 2)]
            case NumberTable():
                yield from ["", *self.table(block)]
            case _:
                assert_never(block)

    def passage(self, passage: Passage) -> Iterator[str]:
        """Yield what is said about one thing."""
        indent = min(_INDENT * passage.depth, _DEEPEST)
        if passage.depth:
            yield from ["", *self.sentence(f"{passage.title}: {passage.words}", indent)]
        else:
            yield from [*self.sentence(passage.words, indent), ""]
        for block in passage.blocks:
            yield from self.block(block, indent + 2)

    def derivation(self, derivation: Derivation, indent: int) -> Iterator[str]:
        """Yield equations below each other; the items of a list further right."""
        if derivation.label:
            yield from self.sentence(f"{derivation.label}:", indent)
        for equation in derivation.lines:
            if not derivation.listed:
                yield from self.equation(equation.left.text, equation, indent)
                continue
            item = f"{equation.left.text}:"
            lines = list(self.equation(item, equation, indent + 2))
            if len(lines) > 1:
                lines = [
                    *self.sentence(item, indent + 2), *self.equation("", equation, indent + 4),
                ]  # fmt: skip
            yield from lines

    def table(self, table: NumberTable) -> Iterator[str]:
        """Yield rows whose numbers end below each other."""
        rows = [tuple(map(self.spell, row)) for row in (table.heads, *table.rows)]
        first, *widths = (max(map(len, column)) for column in zip(*rows, strict=True))
        for name, *numbers in rows:
            cells = [number.rjust(size) for number, size in zip(numbers, widths, strict=True)]
            yield "  ".join([name.ljust(first), *cells])

    def sentence(self, text: str, indent: int) -> Iterator[str]:
        """Yield words as indented lines."""
        return _wrapped(self.spell(text), indent, self.width)

    def sides(self, equation: Line) -> list[tuple[str, list[str]]]:
        """Return each side of an equation: its sign, and pieces that belong together."""
        written = [pieces(form, equation.terms) for form in equation.forms]
        if equation.forms:
            numbers = filled_in(equation.forms[-1], equation.terms, self.digits)
            written.append(pieces(numbers, equation.terms))
        written.append([value_text(equation.value, self.digits)])
        sides = [
            ("= ", list(map(self.spell, side)))
            for n, side in enumerate(written)
            if n == 0 or side != written[n - 1]
        ]
        if not equation.is_exact:
            sides[-1] = (self.spell("≈ "), sides[-1][1])
        return sides

    def equation(self, left: str, equation: Line, indent: int) -> Iterator[str]:
        """Yield an equation on one line, or with each side on a line of its own."""
        left = self.spell(left)
        sides = self.sides(equation)
        whole = " ".join([left, *(sign + " ".join(side) for sign, side in sides)]).lstrip()
        if len(whole) + indent <= self.width:
            yield " " * indent + whole
            return
        start = left + " " if left else ""
        column = indent + len(start)
        if len(start) > _LONGEST_LEFT:
            yield " " * indent + left
            start, column = "", indent + 4
        for number, (sign, side) in enumerate(sides):
            before = " " * indent + start if number == 0 and start else " " * column
            yield from self.broken(before + sign, column + 2, side)

    def broken(self, start: str, column: int, side: Sequence[str]) -> Iterator[str]:
        """Yield one side, broken between its pieces where it is too long for the line."""
        line, empty = start, True
        room = self.width - column
        for piece in chain.from_iterable(_parts(piece, room) for piece in side):
            if not empty and len(line) + 1 + len(piece) > self.width:
                yield line
                line, empty = " " * column, True
            line += piece if empty else f" {piece}"
            empty = False
        yield line


def _parts(piece: str, room: int) -> list[str]:
    """Return a piece that is too long for a line in parts, each of which begins with a plus."""
    return [piece] if len(piece) <= room else re.split(r" (?=\+ )", piece)


def _wrapped(text: str, indent: int, width: int) -> Iterator[str]:
    """Yield a sentence as indented lines."""
    space = " " * indent
    yield from wrap(
        text, max(width, indent + 20), initial_indent=space, subsequent_indent=space,
        break_long_words=False, break_on_hyphens=False,
    )  # fmt: skip
