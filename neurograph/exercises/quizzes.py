"""Sheets for learning platforms: Moodle XML, and questions of PrairieLearn.

Both take the sheet as HTML and put a field for a number where it has a blank. An answer counts if
it is within one unit of the last digit that is asked for, rounded or cut off. The way to the
answers is what both show afterwards.
"""

import base64
import json
import re
import uuid
from collections.abc import Callable
from dataclasses import replace
from xml.sax.saxutils import escape

from neurograph.documents.document import (
    Block,
    Derivation,
    Document,
    Picture,
    Span,
    Style,
    TextTable,
    joined,
)
from neurograph.documents.html import write_html
from neurograph.exercises.questions import Exercise, Question
from neurograph.numerals import Numeral

__all__ = ["moodle_xml", "prairielearn"]

#: What a blank becomes while the HTML is written: of no meaning there, nor likely in a name.
_FIELD = "⸨{number}⸩"
#: Under which identifiers of questions are made: the same exercise is the same question.
_NAMESPACE = uuid.uuid5(uuid.NAMESPACE_URL, "neurograph exercise")


def moodle_xml(exercise: Exercise, document: Document, solution: Document, diagram: str) -> str:
    """Return a sheet as a cloze question in Moodle XML, for "Import" of a question bank.

    Parameters
    ----------
    exercise : Exercise
    document, solution : Document
        Of its sheet, blank and solved.
    diagram : str
        The text of an SVG.

    Returns
    -------
    str

    References
    ----------
    https://docs.moodle.org/en/Moodle_XML_format,
    https://docs.moodle.org/en/Embedded_Answers_(Cloze)_question_type
    """

    def field(question: Question) -> str:
        number = Numeral.of(question.answer)
        return f"{{1:NUMERICAL:={number.plain}:{_plain(float(number.unit or 0))}}}"

    alt = _brace_free(_alt(document))
    body = f'<p><img src="@@PLUGINFILE@@/network.svg" alt="{alt}"></p>\n'
    body += _body(exercise, document, field, _brace_free)
    picture = base64.b64encode(diagram.encode()).decode()
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n<quiz>\n'
        f"<!-- {document.mark} -->\n"
        '<question type="cloze">\n'
        f"<name><text>{escape(document.title)} ({exercise.id})</text></name>\n"
        f'<questiontext format="html"><text>{_section(body)}</text>\n'
        f'<file name="network.svg" path="/" encoding="base64">{picture}</file></questiontext>\n'
        f'<generalfeedback format="html"><text>{_section(_steps(solution))}</text>'
        "</generalfeedback>\n"
        "<penalty>0.3333333</penalty>\n<hidden>0</hidden>\n"
        f"<idnumber>neurograph-{exercise.id}</idnumber>\n</question>\n</quiz>\n"
    )


def prairielearn(
    exercise: Exercise, document: Document, solution: Document, diagram: str
) -> dict[str, str]:
    """Return a sheet as the files of a question of PrairieLearn.

    Parameters
    ----------
    exercise : Exercise
    document, solution : Document
        Of its sheet, blank and solved.
    diagram : str
        The text of an SVG.

    Returns
    -------
    dict of str to str
        The content of ``info.json``, ``question.html`` and the picture, by name.

    References
    ----------
    https://prairielearn.readthedocs.io/en/latest/question/
    """

    def field(question: Question) -> str:
        number = Numeral.of(question.answer)
        return (
            f'<pl-number-input answers-name="q{question.number}" correct-answer="{number.plain}"'
            f' comparison="relabs" rtol="0" atol="{_plain(float(number.unit or 0))}"'
            ' show-help-text="false"></pl-number-input>'
        )

    picture = f"<p>\n{diagram[diagram.index('<svg') :].rstrip()}\n</p>\n"
    picture = re.sub(r"<metadata>.*?</metadata>", "", picture, flags=re.DOTALL)
    body = _body(exercise, document, field, _mustache_free)
    info = {
        "uuid": str(uuid.uuid5(_NAMESPACE, exercise.id)),
        "title": document.title,
        "comment": document.mark,
        "topic": "Backpropagation",
        "tags": ["neurograph"],
        "type": "v3",
        "singleVariant": True,
    }
    return {
        "info.json": json.dumps(info, indent=4, ensure_ascii=False) + "\n",
        "question.html": (
            f"<!-- {document.mark} -->\n<pl-question-panel>\n{_mustache_free(picture)}"
            f"</pl-question-panel>\n{body}"
            f"<pl-answer-panel>\n{_mustache_free(_steps(solution))}</pl-answer-panel>\n"
        ),
    }


def _body(
    exercise: Exercise,
    document: Document,
    field: Callable[[Question], str],
    safe: Callable[[str], str],
) -> str:
    """Return a sheet as HTML with fields in its blanks; the platform knows who answers."""
    numbers = {str(question.number): question for question in exercise.asked}
    blocks = [_with_fields(block) for block in document.blocks if _is_shown(block)]
    html = write_html(replace(document, title="", mark="", blocks=tuple(blocks)), Style())
    pattern = _FIELD.format(number=f"({'|'.join(numbers)})")
    return re.sub(pattern, lambda match: field(numbers[match[1]]), safe(html))


def _steps(solution: Document) -> str:
    """Return the worked steps of a solution as HTML."""
    kept = tuple(block for block in solution.blocks if isinstance(block, Derivation))
    return write_html(replace(solution, title="", mark="", blocks=kept), Style())


def _section(html: str) -> str:
    """Return a section of XML; its end may stand in no section."""
    return f"<![CDATA[{html.replace(']]>', ']]]]><![CDATA[>')}]]>"


def _is_shown(block: Block) -> bool:
    has_name = any(span.kind == "blank" for span in _spans(block))
    return not isinstance(block, Picture) and not has_name


def _spans(block: Block) -> tuple[Span, ...]:
    text = getattr(block, "text", "")
    return tuple(part for part in text if isinstance(part, Span)) if isinstance(text, tuple) else ()


def _with_fields(block: Block) -> Block:
    """Return a block with marks in place of its blanks, by the numbers of the questions."""
    if not isinstance(block, TextTable):
        return block
    rows = (
        tuple(
            Span(_FIELD.format(number=joined(row[0])))
            if isinstance(cell, Span) and cell.kind == "blank"
            else cell
            for cell in row
        )
        for row in block.rows
    )
    return replace(block, rows=tuple(rows))


def _alt(document: Document) -> str:
    return next(
        (escape(block.words, {'"': "&quot;"}) for block in document.blocks
         if isinstance(block, Picture)),
        "",
    )  # fmt: skip


def _brace_free(html: str) -> str:
    """Return HTML in which no braces begin a field of a cloze."""
    return html.replace("{", "&#123;").replace("}", "&#125;")


def _mustache_free(html: str) -> str:
    """Return HTML in which no braces begin a place of a template."""
    return html.replace("{{", "&#123;&#123;").replace("}}", "&#125;&#125;")


def _plain(unit: float) -> str:
    return f"{unit:.12f}".rstrip("0").rstrip(".")
