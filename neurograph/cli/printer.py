"""Texts and tables on the terminal, drawn by rich."""

import codecs
import sys
from collections.abc import Iterable, Iterator, Sequence
from textwrap import wrap
from typing import Literal

from rich import box
from rich.cells import cell_len
from rich.console import Console
from rich.table import Table
from rich.text import Text

from neurograph.cli.words import spell
from neurograph.escapes import printable

__all__ = ["Printer"]

#: Rows of a table of neurons or connections; what a network has more of is only counted.
_MOST_ROWS = 60

# Between two columns; and the narrowest that a column of words may become.
_GAP, _NARROWEST = 2, 8

# What rich would take instead of its own has a vertical line between all cells.
_ASCII_HEAD = box.Box("    \n    \n -- \n    \n    \n    \n    \n    \n", ascii=True)


class Printer:
    """Prints texts and tables, in the encoding and the width of the standard output."""

    def __init__(self) -> None:
        self._console = Console(highlight=False, markup=False, emoji=False)
        self._box = box.SIMPLE_HEAD if self._console.encoding.startswith("utf") else _ASCII_HEAD
        codecs.register_error("neurograph.spelled", spell)

    def _text(self, text: str, style: str = "") -> Text:
        encoding = self._console.encoding
        spelled = printable(text).encode(encoding, "neurograph.spelled").decode(encoding)
        return Text(spelled, style=style, overflow="fold")

    def _table(
        self,
        columns: Sequence[str],
        rows: Iterable[Sequence[str]],
        styles: Sequence[str] = (),
        *,
        numbers: bool = False,
    ) -> Table | Text:
        """Return a table; a style for each row colours its last cell.

        With `numbers`, all columns but the first stand on the right. Where words have to give way
        to numbers they do; where there is no room for that, each row is a block of lines.
        """
        heads = [self._text(column) for column in columns]
        lines = [[self._text(cell) for cell in row] for row in rows]
        for line, style in zip(lines, styles, strict=False):
            line[-1].style = style
        cells = [[cell.plain for cell in column] for column in zip(heads, *lines, strict=True)]
        widths = _widths(cells, self._console.width)
        if widths is None:
            return self._blocks(heads, lines)
        table = Table(box=self._box, show_edge=False, pad_edge=False, padding=(0, 1, 0, 0))
        for index, (head, width) in enumerate(zip(heads, widths, strict=True)):
            justify: Literal["left", "right"] = "right" if numbers and index else "left"
            table.add_column(head, overflow="fold", justify=justify, width=width)
        for line in lines:
            table.add_row(*line)
        return table

    def _blocks(self, heads: Sequence[Text], rows: Sequence[Sequence[Text]]) -> Text:
        """Return the rows of a table below each other, a line or more for each cell."""
        blocks = [Text("\n").join(_lines(heads, row, self._console.width)) for row in rows]
        return Text("\n\n", no_wrap=True, overflow="ignore").join(blocks)

    def _long_table(self, columns: Sequence[str], rows: Sequence[Sequence[str]]) -> list[object]:
        parts: list[object] = [self._table(columns, rows[:_MOST_ROWS])]
        if len(rows) > _MOST_ROWS:
            parts.append(self._text(f"... and {len(rows) - _MOST_ROWS:,} more"))
        return parts

    def _show(self, parts: Iterable[object]) -> None:
        # rich ends the program by itself when the reader of a pipe has gone; this leaves it to us.
        with self._console.capture() as capture:
            for part in parts:
                self._console.print(part, crop=False)
        # rich fills cells with spaces up to the right edge.
        lines = (line.rstrip() for line in capture.get().splitlines())
        sys.stdout.write("".join(f"{line}\n" for line in lines))


def _lines(heads: Sequence[Text], row: Sequence[Text], width: int) -> Iterator[Text]:
    """Yield the cells of a row, each behind the name of its column."""
    indent = max(cell_len(head.plain) for head in heads) + _GAP
    for head, cell in zip(heads, row, strict=True):
        start = head.plain.ljust(indent)
        for words in wrap(cell.plain, max(width - indent, 1), break_long_words=False):
            yield Text(start).append(words, cell.style)
            start = " " * indent


def _widths(columns: Sequence[Sequence[str]], room: int) -> list[int] | None:
    """Return how wide columns are in so much room, or `None` if it is too little."""
    widths = [max(map(cell_len, cells)) for cells in columns]
    words = [max(map(_longest_word, cells)) for cells in columns]
    numbers = [max(map(_longest_number, cells)) for cells in columns]
    least = [
        max(number, min(word, _NARROWEST)) for number, word in zip(numbers, words, strict=True)
    ]
    over = sum(widths) + _GAP * (len(widths) - 1) - room
    for floor in (words, least):
        while over > 0 and (giving := [n for n, width in enumerate(widths) if width > floor[n]]):
            widest = max(giving, key=widths.__getitem__)
            widths[widest], over = widths[widest] - 1, over - 1
    return None if over > 0 else widths


def _longest_word(cell: str) -> int:
    return max([_longest_number(cell), *map(cell_len, cell.split())])


def _longest_number(cell: str) -> int:
    """Return the width of the longest number in a cell; of a number alone, that of the cell."""
    if _is_number(cell):
        return cell_len(cell)
    return max((cell_len(word) for word in cell.split() if _is_number(word.strip(",;"))), default=0)


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True
