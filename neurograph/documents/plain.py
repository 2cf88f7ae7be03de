"""Documents as text: one passage under the other, those behind it further right."""

import re
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from itertools import chain
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
    Style,
    Text,
    TextTable,
    add_format,
    joined,
    spans,
)
from neurograph.documents.lines import Line, expression, pieces, sides_of
from neurograph.escapes import in_ascii, printable, showable
from neurograph.words import written_in

__all__ = ["equation_lines", "fitted", "write_text"]

_INDENT, _DEEPEST = 2, 16
#: Right of a longer left side there would be no room.
_LONGEST_LEFT = 40

#: Between two columns; and the narrowest that a column of words may become.
_GAP, _NARROWEST = 2, 8

#: How a terminal is told of each tone.
_COLOURS = {
    "good": "32", "method": "36", "notice": "33", "bad": "1;31", "failed": "1;7;31", "faint": "2",
    "strong": "1", "step": "4",
}  # fmt: skip


def write_text(document: Document, style: Style) -> str:
    """Return a document as lines of text, no wider than asked for where words allow it."""
    return "\n".join(line.rstrip() for line in _Lines(document.digits, style).of(document))


def equation_lines(equation: Line, digits: int, width: int, *, indent: int) -> Iterator[str]:
    """Yield one equation, in lines of at most a width."""
    lines = _Lines(digits, Style(width=width))
    yield from lines.equation(equation.left.text, equation, indent)


def _speller(style: Style) -> Callable[[str], str]:
    """Return what writes a text with the characters that there are."""
    if style.ascii:
        return lambda text: showable(printable(in_ascii(text)), style.encoding)
    return lambda text: showable(printable(text), style.encoding)


class _Lines:
    """Writes blocks as lines.

    Parameters
    ----------
    digits : int
        Decimals of the numbers in equations.
    style : Style
    """

    def __init__(self, digits: int, style: Style) -> None:
        self.digits = digits
        self.width = style.width
        self.spell = _speller(style)
        self.colour = style.colour

    def of(self, document: Document) -> Iterator[str]:
        """Yield a document line by line."""
        if document.title:
            yield from self.sentence(document.title, 0, "strong")
        before: Block | None = None
        for block in document.blocks:
            lines = list(self.block(block))
            if isinstance(block, TextTable | Beside) and not _leads_in(before):
                lines.insert(0, "")
            # Where there is no title, no blank line stands in its place.
            yield from lines if before or document.title or lines[0] else lines[1:]
            before = block

    def block(self, block: Block, indent: int = 0) -> Iterator[str]:
        """Yield one block."""
        match block:
            case Passage():
                yield from self.passage(block)
            case Derivation():
                yield from self.derivation(block, indent)
            case Note():
                inner = (indent or _INDENT) + _INDENT * block.depth
                yield from self.sentence(block.text, inner, block.tone)
            case Paragraph():
                yield from [""] * block.apart
                yield from self.sentence(joined(block.text), indent, block.tone)
            case Heading():
                yield ""
                yield from self.sentence(block.text, 0, "strong" if block.level == 1 else "step")
            case Definitions():
                for term, words in block.items:
                    yield from ["", self.spell(f"{term}:"), *self.sentence(words, 2)]
            case TextTable():
                yield from self.table(block)
            case Beside():
                for number, table in enumerate(block.tables):
                    yield from ["", *self.table(table)] if number else self.table(table)
            case Picture():
                yield from ["", *self.sentence(f"[{block.words}]", 0)]
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
                for text in self.equation(equation.left.text, equation, indent):
                    yield written_in(text, derivation.language)
                continue
            item = f"{equation.left.text}:"
            lines = list(self.equation(item, equation, indent + 2))
            if len(lines) > 1:
                lines = [
                    *self.sentence(item, indent + 2), *self.equation("", equation, indent + 4),
                ]  # fmt: skip
            yield from lines

    def table(self, table: TextTable) -> Iterator[str]:
        """Yield rows below their heads, or where there is no room for that, each as a list.

        Where words have to give way to numbers they do.
        """
        heads = [self.spell(head) for head in table.heads]
        rows = [[self.spell(joined(cell)) for cell in row] for row in table.rows]
        for place, column in enumerate(table.columns):
            if column.align == "point":
                _align_points(rows, place)
        columns = list(zip(heads, *rows, strict=True))
        natural = [max(map(_cells, column)) for column in columns]
        words = [max(map(_longest_word, column)) for column in columns]
        numbers = [max(map(_longest_number, column)) for column in columns]
        room = self.width - _GAP * (len(columns) - 1)
        least = [
            word if column.whole else max(number, min(word, _NARROWEST))
            for column, number, word in zip(table.columns, numbers, words, strict=True)
        ]
        widths = fitted(natural, words, room) or fitted(words, least, room)
        if widths is None:
            yield from self.lists(heads, rows, table.rows)
            return
        right = [column.align == "right" for column in table.columns]
        whole = [round(width) for width in widths]
        folded = [_folded(head, width) for head, width in zip(heads, whole, strict=True)]
        bold = [[self.paint(line, "strong") for line in lines] for lines in folded]
        yield from _row_lines(folded, whole, right, bold)
        yield self.spell("─") * (sum(whole) + _GAP * (len(whole) - 1))
        for row, cells in zip(rows, table.rows, strict=True):
            lines = [_folded(text, width) for text, width in zip(row, whole, strict=True)]
            painted = [self.painted(*cell) for cell in zip(lines, cells, strict=True)]
            yield from _row_lines(lines, whole, right, painted)

    def lists(
        self, heads: Sequence[str], rows: Sequence[Sequence[str]], cells: Sequence[Sequence[Text]]
    ) -> Iterator[str]:
        """Yield the rows of a table below each other, each cell behind the head of its column."""
        indent = max(map(_cells, heads)) + _GAP
        for number, (row, texts) in enumerate(zip(rows, cells, strict=True)):
            yield from [""] * (number > 0)
            for head, cell, text in zip(heads, row, texts, strict=True):
                start = head.ljust(indent)
                lines = wrap(
                    cell, max(self.width - indent, 1), break_long_words=False,
                    break_on_hyphens=False,
                )  # fmt: skip
                if max(map(len, lines), default=0) > self.width - indent:
                    yield head
                    start = " " * _GAP
                for line in self.painted(lines, text):
                    yield start + line
                    start = " " * indent if start.strip() else start

    def painted(self, lines: Sequence[str], text: Text) -> list[str]:
        """Return the lines of a text in its colour; of several spans the first has one."""
        first, *others = spans(text)
        if not others:
            return [self.paint(line, first.tone) for line in lines]
        start = self.spell(first.text)
        if not lines or not lines[0].startswith(start):
            return list(lines)
        return [self.paint(start, first.tone) + lines[0].removeprefix(start), *lines[1:]]

    def paint(self, text: str, tone: str) -> str:
        """Return text in the colour of a tone, if there are colours."""
        bare = text.lstrip()
        if not (self.colour and tone and bare):
            return text
        space = " " * (len(text) - len(bare))
        return f"{space}\x1b[{_COLOURS[tone]}m{bare}\x1b[0m"

    def sentence(self, text: str, indent: int, tone: str = "") -> Iterator[str]:
        """Yield words as indented lines."""
        for line in _wrapped(self.spell(text), indent, self.width):
            yield self.paint(line, tone)

    def sides(self, equation: Line) -> list[tuple[str, list[str]]]:
        """Return each side of an equation: its sign, and pieces that belong together."""
        written = sides_of(equation, self.digits, pieces, lambda value: expression(value, {}))
        sides = [("= ", list(map(self.spell, side))) for side in written]
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


def _leads_in(block: Block | None) -> bool:
    """Whether a table belongs right below a block."""
    return isinstance(block, Heading) or (isinstance(block, Paragraph) and block.apart)


def _parts(piece: str, room: int) -> list[str]:
    """Return a piece that is too long for a line in parts, each of which begins with a plus."""
    return [piece] if len(piece) <= room else re.split(r" (?=\+ )", piece)


def _wrapped(text: str, indent: int, width: int) -> Iterator[str]:
    """Yield a sentence as indented lines."""
    space = " " * indent
    for line in _folded(text, max(width, indent + 20) - indent) if text else ():
        yield space + line


# -- cells of a table ------------------------------------------------------------------------------


def fitted(
    natural: Sequence[float], least: Sequence[float], room: float, step: float = 1
) -> list[float] | None:
    """Return widths that add up to no more than there is room: the widest gives way first.

    Parameters
    ----------
    natural, least : sequence of float
        How wide each column would be, and how narrow it may become.
    room : float
    step : float

    Returns
    -------
    list of float or None
        `None` where the least is too much.
    """
    widths = list(natural)
    while sum(widths) > room:
        giving = [n for n, width in enumerate(widths) if width > least[n]]
        if not giving:
            return None
        widest = max(giving, key=widths.__getitem__)
        widths[widest] = max(widths[widest] - step, least[widest])
    return widths


def _cells(text: str) -> int:
    """Return how many cells of a terminal a text takes."""
    if text.isascii():
        return len(text)
    return sum(
        0 if unicodedata.combining(c) else 2 if unicodedata.east_asian_width(c) in "WF" else 1
        for c in text
    )


def _padded(text: str, shown: str, width: int, right: bool) -> str:
    """Return what is shown of a text, with spaces up to a width."""
    space = " " * (width - _cells(text))
    return space + shown if right else shown + space


def _row_lines(
    cells: Sequence[Sequence[str]],
    widths: Sequence[int],
    right: Sequence[bool],
    painted: Sequence[Sequence[str]],
) -> Iterator[str]:
    """Yield the lines of one row of a table."""
    for n in range(max(map(len, cells))):
        yield (" " * _GAP).join(
            _padded(_nth(bare, n), _nth(shown, n), width, end)
            for bare, shown, width, end in zip(cells, painted, widths, right, strict=True)
        )


def _nth(lines: Sequence[str], n: int) -> str:
    return lines[n] if n < len(lines) else ""


def _folded(text: str, width: int) -> list[str]:
    """Return text in lines of a width; only a word that is longer than a line is broken."""
    lines = [""]
    for word in re.findall(r"\s*\S+", text) or [text]:
        if _cells(lines[-1] + word) <= width:
            lines[-1] += word
            continue
        word = word.lstrip()
        lines += [word] if lines[-1] else []
        lines[-1] = word
        while _cells(lines[-1]) > width:
            last, room = lines[-1], max(width, 2)
            n = next(n for n in range(len(last), 0, -1) if _cells(last[:n]) <= room)
            lines[-1:] = [last[:n], last[n:]]
    return lines


def _align_points(rows: Sequence[list[str]], place: int) -> None:
    """Pad numbers on the left so that their decimal points stand under each other."""
    wholes = [row[place].partition(".")[0] for row in rows]
    numbers = (w for w, row in zip(wholes, rows, strict=True) if _is_number(row[place]))
    width = max(map(len, numbers), default=0)
    for whole, row in zip(wholes, rows, strict=True):
        row[place] = " " * (width - len(whole)) + row[place]


def _longest_word(cell: str) -> int:
    return max([_longest_number(cell), *map(_cells, cell.split())])


def _longest_number(cell: str) -> int:
    """Return the width of the longest number in a cell; of a number alone, that of the cell."""
    if _is_number(cell):
        return _cells(cell)
    return max((_cells(word) for word in cell.split() if _is_number(word.strip(",;"))), default=0)


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


add_format(DocumentWriter("text", ".txt", write_text, called="text"))
