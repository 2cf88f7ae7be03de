"""A graded sheet as a page: its questions as fields, and nothing that says what is right.

The file holds what the printed sheet has: the network, what is given, the rules in general symbols
and the blanks. Neither values nor programs that compute them are in it; whoever has the exercise
marks the file of answers that the page saves.
"""

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from neurograph.documents.document import Paragraph, Span, Style, TextTable
from neurograph.documents.html import write_html
from neurograph.escapes import html_words
from neurograph.exercises.questions import Exercise
from neurograph.exercises.sheets import Sheet
from neurograph.pages.html_frame import html_frame, style_sheet
from neurograph.pages.page_data import element_keys
from neurograph.pages.vector_picture import vector_picture
from neurograph.pages.web_page import joined_script
from neurograph.words import catalogue, numeral

__all__ = ["graded_page"]

_SCRIPTS = ("numerals", "dom", "answer_file", "graded")
_WORDS = (
    "no_number", "two_numbers", "by_zero", "student", "answers_save", "answers_load",
    "answers_comment", "answers_none", "answers_of_other", "answers_unknown",
)  # fmt: skip
#: What a blank becomes while the HTML is written: of no meaning there, nor likely in a name.
_FIELD = "⸨{number}⸩"


def graded_page(exercise: Exercise, language: str = "en") -> str:
    """Return an exercise as a whole page of HTML that does not know its answers.

    Parameters
    ----------
    exercise : Exercise
    language : str
        Of `neurograph.pages.languages`.

    Returns
    -------
    str
    """
    words = catalogue(language)
    script = joined_script(_SCRIPTS)
    document = Sheet(exercise=exercise).document()
    blocks = tuple(_with_fields(block) for block in document.blocks if not _is_of_names(block))
    # The heading of the page is above what is written here.
    fragment = write_html(replace(document, title="", mark="", blocks=blocks), Style())
    fields = {str(question.number): question for question in exercise.asked}
    pattern = _FIELD.format(number=r"(\d+)")
    sheet = re.sub(pattern, lambda match: _field(fields[match[1]]), fragment)
    data = {
        "id": exercise.id,
        "comma": exercise.decimal_comma or (True if numeral("0.5", language) == "0,5" else None),
        "questions": [{"address": q.address, "symbol": q.symbol} for q in exercise.asked],
        "words": {key: words[key] for key in _WORDS},
    }
    text = json.dumps(data, separators=(",", ":")).replace("<", "\\u003c")
    body = [
        f"<header><h1>{html_words(document.title)}</h1></header>",
        '<main class="graded"><section>',
        f'<div class="frame">{_picture(exercise, words)}</div>',
        '<div id="answer-file"></div>',
        re.sub(r"<(/?)h3>", r"<\1h2>", sheet),
        "</section></main>",
        f'<script type="application/json" id="sheet">{text}</script>',
    ]
    style = style_sheet("graded")
    return html_frame(document.title, language, body, style=style, script=script)


def _field(question: Any) -> str:
    name = f"answer-{question.number}"
    return (
        f'<input type="text" class="answer-field" inputmode="decimal" autocomplete="off"'
        f' spellcheck="false" maxlength="200" data-answer="{html_words(question.address)}"'
        f' aria-label="{html_words(question.symbol)}" aria-describedby="{name}">'
        f'<span class="message" id="{name}" role="alert"></span>'
    )


def _picture(exercise: Exercise, words: dict[str, Any]) -> str:
    """Return the network with its weights and inputs alone."""
    net = exercise.network()
    inputs = dict(zip(net.inputs, exercise.inputs, strict=True))

    def value(place: Any, quantity: str) -> float | None:
        if quantity == "weight":
            return float(net.edges[place].weight)
        return inputs.get(place)

    words = words | {"picture_words": words["picture_plain"]}
    picture, _ = vector_picture(net, element_keys(net.structure), value, words)
    # Nothing here can be chosen.
    return re.sub(r' (tabindex="-1"|role="button")', "", picture)


def _is_of_names(block: Any) -> bool:
    """Whether a block is the line for a name, which has a field of its own."""
    text = block.text if isinstance(block, Paragraph) else ()
    return isinstance(text, tuple) and any(
        isinstance(part, Span) and part.kind == "blank" for part in text
    )


def _with_fields(block: Any) -> Any:
    if not isinstance(block, TextTable):
        return block
    return replace(block, rows=tuple(tuple(_cells(row)) for row in block.rows))


def _cells(row: Any) -> Iterator[Any]:
    for cell in row:
        blank = isinstance(cell, Span) and cell.kind == "blank"
        yield Span(_FIELD.format(number=row[0])) if blank else cell
