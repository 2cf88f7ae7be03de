"""Documents as JSON, for programs: what each part is, and numbers with all their digits."""

import json
import math
from collections.abc import Callable
from typing import Any

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
    spans,
)
from neurograph.documents.lines import Line, expression, filled_in
from neurograph.escapes import printable_json

__all__ = ["write_json"]

_Data = dict[str, Any]


def write_json(document: Document, style: Style) -> str:
    """Return a document as JSON; nan and infinity, which JSON does not know, are text."""
    data: _Data = {"kind": document.kind, "title": document.title}
    if document.mark:
        data["mark"] = document.mark
    data["blocks"] = [_block(block, document.digits) for block in document.blocks]
    text = json.dumps(data, indent=2, ensure_ascii=style.ascii, allow_nan=False)
    return printable_json(text) + "\n"


def _block(block: Block, digits: int) -> _Data:
    kind, data = _KINDS[type(block)]
    return {"kind": kind, **data(block, digits)}


def _passage(block: Passage, digits: int) -> _Data:
    inside = [_block(part, digits) for part in block.blocks]
    return {"title": block.title, "words": block.words, "depth": block.depth, "blocks": inside}


def _derivation(block: Derivation, digits: int) -> _Data:
    lines = [_line(line, digits) for line in block.lines]
    return {"label": block.label, "listed": block.listed, "equations": lines}


def _line(line: Line, digits: int) -> _Data:
    """Return an equation: its sides in symbols, the last one with numbers, and its value."""
    numbers = [expression(filled_in(form, line.terms, digits), {}) for form in line.forms[-1:]]
    return {
        "left": _formula(*line.left),
        "sides": [expression(form, line.terms) for form in line.forms],
        "numbers": numbers[0] if numbers else None,
        "symbols": {symbol: _number(value) for symbol, value in line.symbols.items()},
        "value": _number(line.value),
    }


def _table(block: TextTable, digits: int) -> _Data:
    return {"heads": list(block.heads), "rows": [list(map(_text, row)) for row in block.rows]}


def _text(text: Text) -> Any:
    parts = [_SPANS[span.kind](span) for span in spans(text)]
    return parts[0] if len(parts) == 1 else parts


def _number(value: float | str | None) -> Any:
    return str(value) if isinstance(value, float) and not math.isfinite(value) else value


def _formula(text: str, latex: str) -> _Data:
    return {"formula": text, "latex": latex}


_SPANS: dict[str, Callable[[Span], Any]] = {
    "words": lambda span: span.text,
    "code": lambda span: span.text,
    "formula": lambda span: _formula(span.text, span.latex),
    "number": lambda span: _number(span.value),
    "blank": lambda span: None,
}

#: What each block is called, and what is said of it.
_KINDS: dict[type, tuple[str, Callable[[Any, int], _Data]]] = {
    Passage: ("passage", _passage),
    Derivation: ("derivation", _derivation),
    TextTable: ("table", _table),
    Beside: (
        "tables",
        lambda block, digits: {"tables": [_table(part, digits) for part in block.tables]},
    ),
    Note: ("note", lambda block, _: {"text": block.text}),
    Paragraph: ("paragraph", lambda block, _: {"text": _text(block.text)}),
    Heading: ("heading", lambda block, _: {"text": block.text, "level": block.level}),
    Definitions: ("definitions", lambda block, _: {"items": dict(block.items)}),
    Picture: ("picture", lambda block, _: {"words": block.words, "source": block.source}),
}

add_format(DocumentWriter("json", ".json", write_json, called="JSON"))
