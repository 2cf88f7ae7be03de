"""A folder of pages: every scenario's, and an index that links them."""

import os
from collections.abc import Iterator, Sequence
from pathlib import Path

from neurograph.errors import UnwritableError
from neurograph.escapes import html_words
from neurograph.files import check_replaceable, write_whole
from neurograph.pages.page_data import example_of
from neurograph.pages.web_page import GENERATOR, catalogue, digest, style_sheet, web_page
from neurograph.scenario import Scenario

__all__ = ["site"]


def site(
    scenarios: Sequence[Scenario], folder: str | os.PathLike[str], language: str = "en"
) -> list[Path]:
    """Write the page of each of some scenarios into a folder, and an index of them.

    Parameters
    ----------
    scenarios : sequence of Scenario
    folder : path
        It is made if it is not there; pages that are in it are written anew.
    language : str
        Of the words.

    Returns
    -------
    list of Path
        The files, the index first.

    Raises
    ------
    UnwritableError
        If the folder cannot be made, or one of the files cannot be written.
    UnknownNameError
        If there are no words in the language.
    """
    words = catalogue(language)
    root = Path(folder)
    try:
        root.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UnwritableError(f"{root} cannot be made: {error.strerror}") from None
    index = "\n".join(_index(scenarios, words, language)) + "\n"
    texts = {root / "index.html": index}
    texts |= {
        root / _file(scenario): web_page(example_of(scenario), language) for scenario in scenarios
    }
    for path in texts:
        check_replaceable(path, "page of neurograph", lambda head: GENERATOR.encode() in head)
    for path, text in texts.items():
        write_whole(path, text)
    return list(texts)


def _file(scenario: Scenario) -> str:
    return f"{scenario.name}.html"


def _index(scenarios: Sequence[Scenario], words: dict[str, str], language: str) -> Iterator[str]:
    sheet = style_sheet()
    title = html_words(words["index"])
    yield "<!DOCTYPE html>"
    yield f'<html lang="{language}"><head><meta charset="utf-8">'
    yield f'<meta name="generator" content="{GENERATOR}">'
    yield (
        '<meta http-equiv="Content-Security-Policy" content="default-src \'none\';'
        f" style-src '{digest(sheet)}'; base-uri 'none'; form-action 'none'\">"
    )
    yield '<meta name="viewport" content="width=device-width, initial-scale=1">'
    yield f"<title>{title}</title><style>{sheet}</style></head>"
    yield f"<body><header><h1>{title}</h1></header><main>"
    for scenario in scenarios:
        yield from _entry(scenario, words)
    yield "</main></body></html>"


def _entry(scenario: Scenario, words: dict[str, str]) -> Iterator[str]:
    yield f'<section><h2><a href="{html_words(_file(scenario))}">'
    yield f"{html_words(scenario.title)}</a></h2>"
    if scenario.author:
        year = f", {scenario.year}" if scenario.year else ""
        yield f'<p class="source">{html_words(words["by"].replace("{author}", scenario.author))}'
        yield f"{html_words(year)}</p>"
    first = " ".join((scenario.description or "").strip().split("\n\n")[0].split())
    if first:
        yield f"<p>{html_words(first)}</p>"
    if scenario.slips:
        yield f"<h3>{html_words(words['errata'])}</h3><ul>"
        for slip in scenario.slips:
            text = words["slip"]
            for name in ("place", "printed", "meant", "cause"):
                text = text.replace(f"{{{name}}}", getattr(slip, name))
            yield f"<li>{html_words(text)}</li>"
        yield "</ul>"
    yield "</section>"
