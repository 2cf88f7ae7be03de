"""Texts and tables on the terminal, drawn by rich."""

import codecs
import sys
from collections.abc import Iterable, Sequence
from typing import Literal

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from neurograph.cli.words import spell
from neurograph.escapes import printable

__all__ = ["Printer"]

#: Rows of a table of neurons or connections; what a network has more of is only counted.
_MOST_ROWS = 60

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
    ) -> Table:
        """Return a table; a style for each row colours its last cell.

        With `numbers`, all columns but the first stand on the right.
        """
        table = Table(box=self._box, show_edge=False, pad_edge=False, padding=(0, 1, 0, 0))
        for index, column in enumerate(columns):
            justify: Literal["left", "right"] = "right" if numbers and index else "left"
            table.add_column(self._text(column), overflow="fold", justify=justify)
        for index, row in enumerate(rows):
            cells = [self._text(cell) for cell in row]
            if styles:
                cells[-1].style = styles[index]
            table.add_row(*cells)
        return table

    def _long_table(self, columns: Sequence[str], rows: Sequence[Sequence[str]]) -> list[object]:
        parts: list[object] = [self._table(columns, rows[:_MOST_ROWS])]
        if len(rows) > _MOST_ROWS:
            parts.append(self._text(f"... and {len(rows) - _MOST_ROWS:,} more"))
        return parts

    def _show(self, parts: Iterable[object]) -> None:
        # rich ends the program by itself when the reader of a pipe has gone; this leaves it to us.
        with self._console.capture() as capture:
            for part in parts:
                self._console.print(part)
        # rich fills cells with spaces up to the right edge.
        lines = (line.rstrip() for line in capture.get().splitlines())
        sys.stdout.write("".join(f"{line}\n" for line in lines))
