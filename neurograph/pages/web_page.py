"""The HTML of a page: one file with style, data and script, and nothing from outside."""

import base64
import json
import re
import zlib
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from neurograph.documents.document import Beside, Document, Style
from neurograph.documents.html import write_html
from neurograph.equations import Variable
from neurograph.escapes import html_words
from neurograph.exercises.questions import Exercise
from neurograph.exercises.sheets import Sheet
from neurograph.explanations import explain
from neurograph.pages.answer_key import RelationTable, answer_key, exercise_of
from neurograph.pages.equation_table import FormulaTable
from neurograph.pages.formula_templates import math_template, symbol_template
from neurograph.pages.html_frame import (
    author_line,
    html_frame,
    link_bar,
    package_text,
    shown_number,
    style_sheet,
)
from neurograph.pages.page_data import (
    SHOWN,
    Example,
    PageRun,
    element_keys,
    is_computed,
    page_data,
)
from neurograph.pages.vector_picture import MOST_LABELS, vector_picture
from neurograph.passes import Values
from neurograph.quantities import QUANTITIES
from neurograph.words import catalogue

__all__ = ["joined_script", "web_page"]

#: The parts of the script, in the order in which they are joined; `FORMULAS` follows the first.
SCRIPTS = (
    "functions", "model", "ground", "numerals", "verdicts", "alternatives", "marking", "store",
    "lesson", "dom", "formula", "picture", "answer_file", "practice", "inspector", "player",
    "whatif", "training", "landscape", "source", "sharing", "scenario", "tables", "main",
)  # fmt: skip
#: Of tables, and of explanations for readers without JavaScript.
_NEURON_COLUMNS = ("net", "out", "slope", "loss", "out_gradient", "delta")
_CONNECTION_COLUMNS = ("weight", "message", "error_message", "gradient")
_MOST_EXPLANATIONS = 12


def web_page(example: Example, language: str = "en", links: Mapping[str, str] | None = None) -> str:
    """Return an example as a whole page of HTML.

    Parameters
    ----------
    example : Example
    language : str
        Of `languages`.
    links : mapping, optional
        The words of what lies beside it in a folder, by the files.

    Returns
    -------
    str
    """
    words = catalogue(language)
    formulas, relations = FormulaTable(), RelationTable()
    deflated = ""
    if is_computed(example):
        data = page_data(example, formulas, words, language)
        data |= _practice(example, data["runs"], relations, language)
        deflated = _deflated(json.dumps(data, separators=(",", ":")))
    body = [*_header(example, words, links or {}), "<main>", *_stage(example, words), "</main>"]
    script = program = ""
    if deflated:
        script = _shortened(package_text("script", "unpack.js"))
        program = joined_script(SCRIPTS, formulas.javascript(), relations.javascript())
        body += [
            f'<template id="formulas">{"".join(_templates(formulas))}</template>',
            f'<script type="text/plain" id="data">{deflated}</script>',
            f'<script type="text/plain" id="program">{_deflated(program)}</script>',
        ]
    style = style_sheet()
    return html_frame(example.title, language, body, style=style, script=script, packed=program)


def joined_script(names: Sequence[str], *tables: str) -> str:
    """Return parts of the script as one; tables follow the first."""
    first, *parts = (package_text("script", f"{name}.js") for name in names)
    return '"use strict";\n{\n' + _shortened("\n".join([first, *tables, *parts])) + "}\n"


def _practice(
    example: Example, runs: list[dict[str, Any]], relations: RelationTable, language: str
) -> dict[str, Any]:
    """Return the keys of the exercises that the runs are, which learn their numbers."""
    exercises: dict[str, Exercise] = {}
    for run, data in zip(example.runs, runs, strict=True):
        exercise = example.exercise or exercise_of(run, example.title, language)
        if exercise is not None:
            exercises.setdefault(exercise.id, exercise)
            data["key"] = [*exercises].index(exercise.id)
    return {
        "keys": [answer_key(exercise, relations) for exercise in exercises.values()],
        "marks": relations.words(language),
        "sheet": example.exercise is not None,
    }


def _given(example: Example) -> str:
    """Return what a sheet gives, for the page of one."""
    if example.exercise is None:
        return ""
    blocks = Sheet(exercise=example.exercise).document().blocks
    given = tuple(block for block in blocks if isinstance(block, Beside))
    return write_html(Document("given", "", given), Style())


#: Texts, templates and regular expressions of a script, in which every space counts.
_WHOLE = re.compile(
    r"""("(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'|`(?:[^`\\]|\\.)*`"""
    r"""|(?<=[(=,:?&|!] )/(?![/*])(?:[^/\\\n\[]|\\.|\[(?:[^\]\\\n]|\\.)*\])+/"""
    r"""|(?<=\()/(?![/*])(?:[^/\\\n\[]|\\.|\[(?:[^\]\\\n]|\\.)*\])+/)"""
)
_LOOSE = re.compile(r" ?([=<>?:;,(){}&|*!]|=>|\]|\[) ?")


def _shortened(script: str) -> str:
    """Return a script without its lines of comment and the spaces that mean nothing."""
    lines = (re.sub(r"(^| )// .*", "", line).strip() for line in script.splitlines())
    code = "".join(f"{line}\n" for line in lines if line)
    parts = _WHOLE.split(code)
    parts[::2] = [_LOOSE.sub(r"\1", part) for part in parts[::2]]
    return "".join(parts)


def _deflated(text: str) -> str:
    """Return a text deflated without a header, in base64: a quarter to a half of its size."""
    compressor = zlib.compressobj(level=9, wbits=-zlib.MAX_WBITS)
    packed = compressor.compress(text.encode()) + compressor.flush()
    return base64.b64encode(packed).decode()


def _header(example: Example, words: Mapping[str, Any], links: Mapping[str, str]) -> Iterator[str]:
    yield f"<header><h1>{html_words(example.title)}</h1>"
    if example.author:
        yield author_line(example.author, example.year, words, example.source)
    yield from link_bar(links, words)
    yield '<div class="bar" id="looks"></div></header>'


def _stage(example: Example, words: Mapping[str, Any]) -> Iterator[str]:
    run = example.runs[0]
    values, keys = run.values(), element_keys(run.network.structure)
    picture, shown = _picture(run, values, keys, words)
    kept = set(shown)
    pairs = [ends for ends in run.network.edges if kept.issuperset(ends)]
    yield '<section id="stage">'
    yield '<div class="bar" id="runs"></div>'
    yield f'<div class="frame">{picture}</div>'
    yield '<div class="bar" id="shown"></div>'
    missing = _left_out(example, len(shown), len(pairs), words)
    if missing:
        yield f'<p class="hint" id="left-out">{html_words(missing)}</p>'
    yield '<div id="player"></div></section>'
    yield '<div id="side"><aside id="inspector"></aside></div>'
    yield f'<section id="practice">{_given(example)}</section>'
    yield '<section id="whatif"></section>'
    yield '<section id="training"></section>'
    yield '<section id="landscape"></section>'
    yield '<section id="source"></section>'
    yield '<details id="tables">'
    yield f"<summary><h2>{html_words(words['tables'])}</h2></summary>"
    yield from _tables(run, values, keys, shown, pairs[:MOST_LABELS], words)
    yield "</details>"
    yield f"<noscript><p>{html_words(words['without_script'])}</p>"
    yield f"<h2>{html_words(words['explanations'])}</h2>"
    for text in _explanations(run, shown, pairs):
        yield "\n".join(["<pre>", *map(html_words, text.splitlines()), "</pre>"])
    yield "</noscript>"
    if example.description:
        yield f'<section id="about"><h2>{html_words(words["about"])}</h2>'
        paragraphs = example.description.split("\n\n")
        yield from (f"<p>{html_words(' '.join(text.split()))}</p>" for text in paragraphs)
        yield "</section>"


def _picture(
    run: PageRun, values: Values, keys: Mapping[Any, str], words: Mapping[str, Any]
) -> tuple[str, list[Any]]:
    def value(place: Any, quantity: str) -> float | None:
        return _number(values, quantity, int(keys[place][1:]))

    return vector_picture(run.network, keys, value, words)


def _number(values: Values, quantity: str, place: int) -> float | None:
    """Return a number of the first sample; nothing where there is none."""
    table = values.tables[quantity]
    if isinstance(table, dict) and place not in table:
        return None
    return float(np.atleast_1d(values.value(Variable(quantity, place)))[0])


def _left_out(example: Example, neurons: int, connections: int, words: Mapping[str, Any]) -> str:
    structure = example.runs[0].network.structure
    if neurons == len(structure.names) and connections == structure.n_connections:
        return ""
    places = {
        "neurons": neurons,
        "all_neurons": len(structure.names),
        "connections": connections,
        "all_connections": structure.n_connections,
    }
    text = str(words["left_out" if is_computed(example) else "left_out_too_large"])
    for name, number in places.items():
        text = text.replace(f"{{{name}}}", f"{number:,}")
    return text


def _tables(
    run: PageRun,
    values: Values,
    keys: Mapping[Any, str],
    shown: list[Any],
    pairs: list[Any],
    words: Mapping[str, Any],
) -> Iterator[str]:
    net = run.network
    yield from _table(
        words["neurons"],
        [words["neuron"], *_NEURON_COLUMNS],
        [(keys[name], [str(name)], str(name)) for name in shown],
        _NEURON_COLUMNS,
        values,
        words,
    )
    yield from _table(
        words["connections"],
        [words["connection"], words["from_to"], *_CONNECTION_COLUMNS],
        [
            (keys[ends], [str(net.edges[ends].name), f"{ends[0]} → {ends[1]}"],
             str(net.edges[ends].name))
            for ends in pairs
        ],
        _CONNECTION_COLUMNS,
        values,
        words,
    )  # fmt: skip


def _table(
    title: str,
    columns: list[str],
    rows: list[tuple[str, list[str], str]],
    quantities: tuple[str, ...],
    values: Values,
    words: Mapping[str, Any],
) -> Iterator[str]:
    yield f'<div class="wide" tabindex="0" role="region" aria-label="{html_words(title)}">'
    yield f"<table><caption>{html_words(title)}</caption>"
    symbols = [QUANTITIES[name].symbol if name in QUANTITIES else name for name in columns]
    yield "<tr>" + "".join(f'<th scope="col">{html_words(name)}</th>' for name in symbols) + "</tr>"
    for key, heads, name in rows:
        cells = [f'<th scope="row">{html_words(heads[0])}</th>']
        cells += [f"<td>{html_words(head)}</td>" for head in heads[1:]]
        for quantity in quantities:
            value = _number(values, quantity, int(key[1:]))
            data = "" if value is None else f' data-value="{value!r}"'
            text = shown_number(value, 6, words)
            cells.append(
                f'<td class="number" data-quantity="{quantity}"'
                f' data-address="{html_words(f"{name}.{quantity}")}"{data}>{text}</td>'
            )
        yield f'<tr data-row="{key}">{"".join(cells)}</tr>'
    yield "</table></div>"


def _explanations(run: PageRun, shown: list[Any], pairs: list[Any]) -> Iterator[str]:
    """Yield where numbers come from, for readers without JavaScript."""
    net, batch = run.network.copy(), run.first_batch
    names = [str(name) for name in net]
    if len({*names}) < len(names):
        return  # an address would not say which
    one = len(batch) == 1
    rows = batch[0] if one else batch
    net.forward(run.inputs[rows], digits=run.digits)
    computed, quantities = [name for name in shown if net.in_degree(name)], ["net", "out"]
    if wanted := not np.isnan(run.targets).any():
        net.backward(run.targets[rows], digits=run.digits)
        quantities.append("delta")
    addresses = [f"{name}.{quantity}" for name in computed for quantity in quantities]
    addresses += [f"{net.edges[ends].name}.gradient" for ends in pairs if wanted]
    sample = None if one else 1
    for address in addresses[:_MOST_EXPLANATIONS]:
        yield explain(net, address, depth=0, sample=sample).text()


def _templates(formulas: FormulaTable) -> Iterator[str]:
    for number, (formula, names, groups) in enumerate(formulas):
        yield f'<math data-formula="{number}">{math_template(formula, names, groups)}</math>'
    for name in SHOWN:
        yield f'<math data-symbol="{name}">{symbol_template(name)}</math>'
