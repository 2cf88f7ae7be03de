"""The HTML of a page: one file with style, data and script, and nothing from outside."""

import base64
import hashlib
import json
import re
from collections.abc import Iterator, Mapping
from importlib.resources import files
from typing import Any

import numpy as np

from neurograph.drawing.inscriptions import name_of
from neurograph.equations import Variable
from neurograph.errors import UnknownNameError
from neurograph.escapes import html_words, printable_json
from neurograph.explanations import explain
from neurograph.pages.equation_table import FormulaTable
from neurograph.pages.formula_templates import math_template, symbol_template
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

__all__ = ["GENERATOR", "catalogue", "digest", "languages", "style_sheet", "web_page"]

#: In the head of each page, so that no other file is taken for one.
GENERATOR = "neurograph page"
_FOLDER = files("neurograph.pages")
#: The parts of the script, in the order in which they are joined; `FORMULAS` follows the first.
SCRIPTS = (
    "functions", "model", "ground", "numerals", "verdicts", "alternatives", "store", "lesson",
    "dom", "formula", "picture", "inspector", "player", "whatif", "training", "landscape", "source",
    "sharing", "tables", "main",
)  # fmt: skip
#: Of tables, and of explanations for readers without JavaScript.
_NEURON_COLUMNS = ("net", "out", "slope", "loss", "out_gradient", "delta")
_CONNECTION_COLUMNS = ("weight", "message", "error_message", "gradient")
_MOST_EXPLANATIONS = 12


def languages() -> list[str]:
    """Return the languages that a page can have."""
    folder = _FOLDER / "words"
    return sorted(file.name.removesuffix(".json") for file in folder.iterdir())


def catalogue(language: str) -> dict[str, Any]:
    """Return the words of a page in a language.

    Raises
    ------
    UnknownNameError
        If there are none.
    """
    known = languages()
    if language not in known:
        raise UnknownNameError(
            f"no words of a page in language {language!r}; there are {', '.join(known)}"
        )
    words: dict[str, Any] = json.loads(_text("words", f"{language}.json"))
    return words


def web_page(example: Example, language: str = "en") -> str:
    """Return an example as a whole page of HTML.

    Parameters
    ----------
    example : Example
    language : str
        Of `languages`.

    Returns
    -------
    str
    """
    words = catalogue(language)
    formulas = FormulaTable()
    data = page_data(example, formulas, words)
    style = style_sheet()
    parts = [_text("script", f"{name}.js") for name in SCRIPTS]
    parts.insert(1, formulas.javascript())
    script = '"use strict";\n{\n' + _shortened("\n".join(parts)) + "}\n"
    policy = (
        f"default-src 'none'; script-src '{digest(script)}'; style-src '{digest(style)}';"
        " base-uri 'none'; form-action 'none'"
    )
    title = html_words(example.title)
    document = json.dumps(data, separators=(",", ":"), ensure_ascii=False, allow_nan=True)
    lines = [
        "<!DOCTYPE html>",
        f'<html lang="{language}">',
        "<head>",
        '<meta charset="utf-8">',
        f'<meta name="generator" content="{GENERATOR}">',
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">',
        '<meta name="viewport" content="width=device-width, initial-scale=1">',
        f"<title>{title}</title>",
        f"<style>{style}</style>",
        "</head>",
        "<body>",
        *_header(example, words),
        "<main>",
        *_stage(example, words),
        "</main>",
        f'<template id="formulas">{"".join(_templates(formulas))}</template>',
        f'<script type="application/json" id="data">{_inert(document)}</script>',
        f"<script>{script}</script>",
        "</body>",
        "</html>",
    ]
    return "\n".join(lines) + "\n"


def _text(folder: str, name: str) -> str:
    return (_FOLDER / folder / name).read_text(encoding="utf-8")


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


def style_sheet() -> str:
    """Return the style of all pages."""
    return _text("style", "page.css")


def digest(text: str) -> str:
    """Return what a content security policy calls a text that it allows."""
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


def _inert(document: str) -> str:
    """Return JSON that no parser of HTML takes for the end of a script."""
    escaped = printable_json(document)
    return escaped.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")


def _header(example: Example, words: Mapping[str, Any]) -> Iterator[str]:
    yield f"<header><h1>{html_words(example.title)}</h1>"
    if example.author:
        by = words["by"].replace("{author}", example.author)
        year = f", {example.year}" if example.year else ""
        yield f'<p class="source">{html_words(by + year)}. {_source(example.source, words)}</p>'
    yield '<div class="bar" id="looks"></div></header>'


def _source(source: str, words: Mapping[str, Any]) -> str:
    shown = html_words(source)
    if source.startswith(("https://", "http://")) and not any(map(str.isspace, source)):
        shown = f'<a href="{shown}" rel="noreferrer">{shown}</a>'
    return str(html_words(words["from"])).replace("{source}", shown)


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
    yield '<aside id="inspector"></aside>'
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
    )
    yield from _table(
        words["connections"],
        [words["connection"], words["from_to"], *_CONNECTION_COLUMNS],
        [
            (keys[ends], [name_of(net.edges[ends]), f"{ends[0]} → {ends[1]}"],
             name_of(net.edges[ends]))
            for ends in pairs
        ],
        _CONNECTION_COLUMNS,
        values,
    )  # fmt: skip


def _table(
    title: str,
    columns: list[str],
    rows: list[tuple[str, list[str], str]],
    quantities: tuple[str, ...],
    values: Values,
) -> Iterator[str]:
    yield f'<div class="wide"><table><caption>{html_words(title)}</caption>'
    heads = [QUANTITIES[name].symbol if name in QUANTITIES else name for name in columns]
    yield "<tr>" + "".join(f'<th scope="col">{html_words(name)}</th>' for name in heads) + "</tr>"
    for key, words, name in rows:
        cells = [f'<th scope="row">{html_words(words[0])}</th>']
        cells += [f"<td>{html_words(word)}</td>" for word in words[1:]]
        for quantity in quantities:
            value = _number(values, quantity, int(key[1:]))
            data = "" if value is None else f' data-value="{value!r}"'
            text = "" if value is None else f"{value:.6g}".replace("-", "−")
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
    net.backward(run.targets[rows], digits=run.digits)
    computed = [name for name in shown if net.in_degree(name)]
    addresses = [
        *(f"{name}.{quantity}" for name in computed for quantity in ("net", "out", "delta")),
        *(f"{name_of(net.edges[ends])}.gradient" for ends in pairs),
    ]
    sample = None if one else 1
    for address in addresses[:_MOST_EXPLANATIONS]:
        yield explain(net, address, depth=0, sample=sample).text()


def _templates(formulas: FormulaTable) -> Iterator[str]:
    for number, (formula, names, groups) in enumerate(formulas):
        yield f'<math data-formula="{number}">{math_template(formula, names, groups)}</math>'
    for name in SHOWN:
        yield f'<math data-symbol="{name}">{symbol_template(name)}</math>'
