"""What a document is made of: a title, and blocks that every format has a form for.

A format is a row of `WRITERS`: each module of this folder that writes one calls `add_format`.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Literal, TypeAlias

from neurograph.display import Brief
from neurograph.documents.lines import Line, Symbol
from neurograph.records import record

__all__ = [
    "BLANK",
    "WRITERS",
    "Beside",
    "Block",
    "Definitions",
    "Derivation",
    "Document",
    "DocumentWriter",
    "Heading",
    "Note",
    "Paragraph",
    "Passage",
    "Picture",
    "Span",
    "Style",
    "TableColumn",
    "Text",
    "TextTable",
    "add_format",
    "code",
    "formula",
    "joined",
    "number_table",
    "numeral",
    "sentence", "shortened",
    "spans",
]  # fmt: skip

#: What a reader is to see at a glance.
Tone = Literal["", "good", "method", "notice", "bad", "failed", "faint", "strong"]


@record
class Span(Brief):
    """A piece of a text.

    Attributes
    ----------
    text : str
        As text shows it.
    kind : {"words", "code", "formula", "number", "blank"}
        A name or an address is code; what is to be filled in is a blank.
    latex : str
        Of a formula.
    value : float or str, optional
        Of a number, with all its digits.
    tone : str
    """

    text: str
    kind: Literal["words", "code", "formula", "number", "blank"] = "words"
    latex: str = ""
    value: float | str | None = None
    tone: Tone = ""


#: Words, one span, or several of them one after the other.
Text: TypeAlias = "str | Span | tuple[str | Span, ...]"

BLANK = Span("_" * 14, "blank")


def code(text: str) -> Span:
    """Return a name or an address."""
    return Span(text, "code")


def formula(symbol: Symbol) -> Span:
    """Return a formula."""
    return Span(symbol.text, "formula", symbol.latex)


def numeral(text: str, value: float | None = None) -> Span:
    """Return a number: as it is shown, and with all its digits where they are known."""
    return Span(text, "number", value=text if value is None else value)


def spans(text: Text) -> tuple[Span, ...]:
    """Return the spans of a text."""
    parts = text if isinstance(text, tuple) else (text,)
    return tuple(part if isinstance(part, Span) else Span(part) for part in parts)


def joined(text: Text) -> str:
    """Return a text without what its spans are."""
    return "".join(span.text for span in spans(text))


@record(eq=False)
class Derivation(Brief):
    """Equations, each side after the other.

    Attributes
    ----------
    lines : sequence of Line
    label : str
        What kind of equations they are.
    listed : bool
        Whether they are the items of a list, such as paths with what each contributes.
    language : str
        Whose decimal sign their numbers have.
    """

    lines: Sequence[Line]
    label: str = ""
    listed: bool = False
    language: str = "en"


@record
class Note(Brief):
    """A remark on what stands above it; of depth 1 on another remark."""

    text: str
    tone: Tone = ""
    depth: int = 0


@record(eq=False)
class Passage(Brief):
    """What is said about one thing; of depth 0 about that which the title names.

    Attributes
    ----------
    title : str
        What it is about.
    words : str
    depth : int
        How far behind the title it stands: it folds with the last one of a smaller depth.
    blocks : tuple of Block
    """

    title: str
    words: str
    depth: int
    blocks: "tuple[Block, ...]"


@record
class Definitions(Brief):
    """Terms, and what is said of each."""

    items: tuple[tuple[str, str], ...]


@record
class TableColumn:
    """A column of a table.

    Attributes
    ----------
    head : str
    align : {"left", "right", "point"}
        Of numbers as their sources print them, the decimal points stand below each other.
    whole : bool
        Whether its words, such as names that are to be typed, are never broken over lines.
    """

    head: str
    align: Literal["left", "right", "point"] = "left"
    whole: bool = False


@record
class TextTable(Brief):
    """Rows of cells, each below the head of its column.

    Attributes
    ----------
    columns : tuple of TableColumn
    rows : tuple of tuple of Text
    to_fill : bool
        Whether it is a form, as wide as the page, with room in its last column.
    """

    columns: tuple[TableColumn, ...]
    rows: tuple[tuple[Text, ...], ...]
    to_fill: bool = False

    @property
    def heads(self) -> tuple[str, ...]:
        """The heads of its columns."""
        return tuple(column.head for column in self.columns)


def number_table(heads: Sequence[str], rows: Sequence[Sequence[str | Span]]) -> TextTable:
    """Return a table of numbers; the name of what a row is about stands first, as text."""
    first, *others = heads
    columns = (TableColumn(first), *(TableColumn(head, "right") for head in others))
    shown = (
        (code(joined(name)), *(numeral(cell) if isinstance(cell, str) else cell for cell in cells))
        for name, *cells in rows
    )
    return TextTable(columns, tuple(shown))


def shortened(
    table: TextTable, most: int, rest: str = "... and {:,} more"
) -> "tuple[TextTable] | tuple[TextTable, Paragraph]":
    """Return a table, or its first rows and how many more there are."""
    more = len(table.rows) - most
    if more <= 0:
        return (table,)
    return replace(table, rows=table.rows[:most]), Paragraph(rest.format(more))


@record
class Beside(Brief):
    """Small tables, one beside the other where there is room."""

    tables: tuple[TextTable, ...]


@record
class Heading(Brief):
    """The heading of what follows; of level 1 below the title, of level 2 below another."""

    text: str
    level: int = 1


@record
class Paragraph(Brief):
    """Words that stand for themselves; `apart` from those before, on a terminal by a blank line."""

    text: Text
    tone: Tone = ""
    apart: bool = False


@record
class Picture(Brief):
    """A picture.

    Attributes
    ----------
    words : str
        For who cannot see it.
    source : str
        The name of its file, or where a format takes pictures inside, the text of an SVG.
    """

    words: str
    source: str


Block = (
    Passage | Derivation | Note | Definitions | TextTable | Beside | Heading | Paragraph | Picture
)


@record(eq=False)
class Document(Brief):
    """What every format writes.

    Attributes
    ----------
    kind : str
        What it is, such as ``"explanation"``.
    title : str
    blocks : tuple of Block
    digits : int
        Decimals of the numbers in equations.
    mark : str
        By which its file is known again, where a format has room for what nobody sees.
    language : str
        Of its words, where a format says so.
    """

    kind: str
    title: str
    blocks: tuple[Block, ...]
    digits: int = 9
    mark: str = ""
    language: str = "en"


@record(kw_only=True)
class Style:
    """How a document is written, where a format leaves a choice.

    Attributes
    ----------
    width : int
        Of lines of text.
    ascii : bool
        Whether the symbols of text are to be spelt in ASCII.
    encoding : str
        Of a terminal: what it lacks is spelt out.
    colour : bool
        Whether text has the colours of a terminal.
    whole : bool
        Whether it is to stand alone, or is a part of something larger.
    cell : bool
        Whether that is the cell of a notebook.
    """

    width: int = 80
    ascii: bool = False
    encoding: str = "utf-8"
    colour: bool = False
    whole: bool = False
    cell: bool = False


@record
class DocumentWriter:
    """A form in which every document can be written.

    Attributes
    ----------
    name : str
    suffix : str
        Of its files.
    write : callable
        Returns a document as text, in a style.
    picture : str
        The suffix of pictures beside its files; empty where they are SVG inside.
    called : str
        What people call it.
    """

    name: str
    suffix: str
    write: Callable[[Document, Style], str]
    picture: str = ".svg"
    called: str = ""


#: By name, every format.
WRITERS: dict[str, DocumentWriter] = {}


def add_format(new: DocumentWriter) -> None:
    """Add a format: whatever can be read has it then, and so do the commands."""
    WRITERS[new.name] = new


def sentence(text: str) -> str:
    """Return text with a capital."""
    return text[:1].upper() + text[1:]
