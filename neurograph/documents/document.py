"""What a document is made of: a title, and blocks that every format has a form for."""

from collections.abc import Sequence
from dataclasses import dataclass

from neurograph.documents.lines import Line

__all__ = [
    "Block", "Definitions", "Derivation", "Document", "Note", "NumberTable", "Paragraph", "Passage",
    "Style", "sentence",
]  # fmt: skip


@dataclass(frozen=True, eq=False)
class Derivation:
    """Equations, each side after the other.

    Attributes
    ----------
    lines : sequence of Line
    label : str
        What kind of equations they are.
    listed : bool
        Whether they are the items of a list, such as paths with what each contributes.
    """

    lines: Sequence[Line]
    label: str = ""
    listed: bool = False


@dataclass(frozen=True)
class Note:
    """A remark on what stands above it."""

    text: str


@dataclass(frozen=True, eq=False)
class Passage:
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


@dataclass(frozen=True)
class Definitions:
    """Terms, and what is said of each."""

    items: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class NumberTable:
    """Rows of numbers, each below a head; what a row is about stands first."""

    heads: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True)
class Paragraph:
    """Words that stand for themselves."""

    text: str


Block = Passage | Derivation | Note | Definitions | NumberTable | Paragraph


@dataclass(frozen=True, eq=False)
class Document:
    """What every format writes.

    Attributes
    ----------
    kind : str
        What it is, such as ``"explanation"``.
    title : str
    blocks : tuple of Block
    digits : int
        Decimals of the numbers in equations.
    """

    kind: str
    title: str
    blocks: tuple[Block, ...]
    digits: int = 9


@dataclass(frozen=True, kw_only=True)
class Style:
    """How a document is written, where a format leaves a choice.

    Attributes
    ----------
    width : int
        Of lines of text.
    ascii : bool
        Whether text is to be ASCII alone.
    whole : bool
        Whether LaTeX and HTML are to stand alone, or are parts of something larger.
    """

    width: int = 80
    ascii: bool = False
    whole: bool = False


def sentence(text: str) -> str:
    """Return text with a capital."""
    return text[:1].upper() + text[1:]
