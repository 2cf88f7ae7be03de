"""A folder of pages: every scenario's, its lesson, the errata, the guide, and an index."""

import os
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Any

from neurograph.documents.document import WRITERS, Document, Style
from neurograph.errors import UnwritableError
from neurograph.escapes import html_words
from neurograph.files import check_replaceable, read_text, write_whole
from neurograph.lessons import find_lessons, heading_of, perform_lesson
from neurograph.pages.articles import FIGURES, article_page, lesson_body, markdown_body, titled
from neurograph.pages.html_frame import GENERATOR, author_line
from neurograph.pages.page_data import example_of
from neurograph.pages.web_page import web_page
from neurograph.scenario import Scenario, errata
from neurograph.scenario.corpus import errata_blocks
from neurograph.scenario.library import find_pages
from neurograph.words import catalogue

__all__ = ["site"]

_INDEX, _ERRATA = "index.html", "errata.html"
#: Of a description, in the index.
_SENTENCES = 3
#: What the pages of the guide link by these names.
_NAMES = {"README.md": "format"}


def site(
    scenarios: Sequence[Scenario],
    folder: str | os.PathLike[str],
    language: str = "en",
    *,
    begin: Callable[[str], object] = str,
) -> list[Path]:
    """Write pages that are linked to one another into a folder, to be read from it or served.

    There is a page that computes for each scenario, the lesson of those that come with neurograph,
    with its figures, all errata, the guide, and an index of them. To show its lesson, the lesson is
    run.

    Parameters
    ----------
    scenarios : sequence of Scenario
    folder : path
        It is made if it is not there; pages that are in it are written anew.
    language : str
        Of the words; lessons and the guide are in English.
    begin : function
        It is told the name of each scenario before its pages are made.

    Returns
    -------
    list of Path
        The pages, the index first.

    Raises
    ------
    UnwritableError
        If the folder cannot be made, or one of the files cannot be written.
    UnknownNameError
        If there are no words in the language.
    """
    made = _Site(scenarios, language)
    root = Path(folder)
    try:
        (root / FIGURES).mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UnwritableError(f"{root} cannot be made: {error.strerror}") from None
    check_replaceable(root / _INDEX, *_IS_PAGE)
    pages = {root / file: text for file, text in made.pages(begin)}
    figures = {root / FIGURES / file: text for file, text in made.figures.items()}
    for path in pages:
        check_replaceable(path, *_IS_PAGE)
    for path in figures:
        check_replaceable(path, "figure in SVG", lambda head: b"<svg" in head)
    for path, text in (pages | figures).items():
        write_whole(path, text)
    return list(pages)


_IS_PAGE = ("page of neurograph", lambda head: GENERATOR.encode() in head)


@dataclass
class _Site:
    """All pages, and what they say of one another.

    Parameters
    ----------
    scenarios : sequence of Scenario
    language : str
    figures : dict
        The figures of the lessons that have been run, by the names of their files.
    """

    scenarios: Sequence[Scenario]
    language: str
    figures: dict[str, str] = field(default_factory=dict)

    @cached_property
    def words(self) -> dict[str, Any]:
        """All words of pages."""
        return catalogue(self.language)

    @cached_property
    def own(self) -> dict[str, str]:
        """The words of these pages alone."""
        words: dict[str, str] = self.words["site"]
        return words

    @cached_property
    def guide(self) -> dict[str, str]:
        """The pages of the guide in Markdown, by their names."""
        return {name: read_text(path, "a page") for name, path in find_pages().items()}

    @cached_property
    def lessons(self) -> set[str]:
        """The scenarios that have a lesson; nothing else that lies beside a file is run."""
        known = find_lessons()
        return {
            scenario.name
            for scenario in self.scenarios
            if scenario.name in known and known[scenario.name].parent == scenario.file.parent
        }

    @cached_property
    def links(self) -> dict[str, str]:
        """What every page leads to."""
        links = {_INDEX: self.own["go_index"], _ERRATA: self.own["go_errata"]}
        for name, text in self.guide.items():
            links[f"{name}.html"] = self.own.get(f"guide_{name}", heading_of(text))
        return links

    @cached_property
    def targets(self) -> dict[str, str]:
        """The file of each page that a text in Markdown may name."""
        names = {f"{name}.md": f"{name}.html" for name in self.guide}
        return names | {name: f"{page}.html" for name, page in _NAMES.items()}

    def pages(self, begin: Callable[[str], object]) -> Iterator[tuple[str, str]]:
        """Yield each file and its text, the index first."""
        yield _INDEX, self._index()
        for scenario in self.scenarios:
            begin(scenario.name)
            yield _file(scenario), self._computing(scenario)
            if scenario.name in self.lessons:
                yield _lesson_file(scenario), self._lesson(scenario)
        yield _ERRATA, self._errata()
        for name, text in self.guide.items():
            yield f"{name}.html", self._read(f"{name}.html", text)

    def _article(self, file: str, title: str, body: Iterator[str] | list[str], **more: Any) -> str:
        links = more.pop("links", self.links)
        return article_page(title, body, self.words, self.language, links=links, here=file, **more)

    def _computing(self, scenario: Scenario) -> str:
        lesson = {}
        if scenario.name in self.lessons:
            lesson = {_lesson_file(scenario): self.own["go_lesson"]}
        return web_page(example_of(scenario), self.language, lesson | self.links)

    def _lesson(self, scenario: Scenario) -> str:
        first, *cells = perform_lesson(scenario.name)
        self.figures.update(figure for cell in cells for figure in cell.figures)
        title, prose = titled(first.text)
        body = lesson_body([replace(first, text=prose), *cells], self.targets, self.own["output"])
        links = {_file(scenario): self.own["go_page"]} | self.links
        return self._article(_lesson_file(scenario), title, body, links=links, pictures=True)

    def _read(self, file: str, text: str) -> str:
        title, rest = titled(text)
        body = ['<section lang="en">', markdown_body(rest, self.targets), "</section>"]
        return self._article(file, title, body)

    def _errata(self) -> str:
        lead = [f'<p class="source">{html_words(self.own["errata_lede"])}</p>']
        body = [line for scenario in self.scenarios for line in self._errata_of(scenario)]
        return self._article(_ERRATA, self.own["errata"], body, lead=lead)

    def _errata_of(self, scenario: Scenario) -> Iterator[str]:
        blocks = tuple(errata_blocks(scenario, self.language))
        if not blocks:
            return
        # The heading is a link here.
        tables = WRITERS["html"].write(Document("errata", "", blocks[1:]), Style())
        yield f'<section id="{html_words(scenario.name)}">{_title(scenario)}{tables}</section>'

    def _index(self) -> str:
        lead = [f'<p class="source">{html_words(self.own["lede"])}</p>']
        body = [line for scenario in self.scenarios for line in self._entry(scenario)]
        return self._article(_INDEX, self.own["index"], body, lead=lead)

    def _entry(self, scenario: Scenario) -> Iterator[str]:
        yield f'<section id="{html_words(scenario.name)}">{_title(scenario)}'
        if scenario.author:
            yield author_line(scenario.author, scenario.year, self.words)
        if first := _beginning(scenario.description or ""):
            yield f"<p>{html_words(first)}</p>"
        yield '<ul class="links">'
        for file, text in self._of(scenario).items():
            yield f'<li><a href="{html_words(file)}">{html_words(text)}</a></li>'
        yield "</ul>"
        if scenario.tags:
            yield f'<p class="tags">{html_words(" · ".join(scenario.tags))}</p>'
        yield "</section>"

    def _of(self, scenario: Scenario) -> Mapping[str, str]:
        """Return the words of what there is of a scenario, by the files."""
        files = {_file(scenario): self.own["page"]}
        if scenario.name in self.lessons:
            files[_lesson_file(scenario)] = self.own["lesson"]
        if number := len(errata([scenario])):
            text = self.own["erratum_count" if number == 1 else "errata_count"]
            files[f"{_ERRATA}#{scenario.name}"] = text.replace("{count}", str(number))
        return files


def _beginning(description: str) -> str:
    """Return the first sentences of a description, in one line."""
    words = " ".join(description.strip().split("\n\n")[0].split())
    return " ".join(re.split(r"(?<=[a-z)][.:]) (?=[A-Z])", words)[:_SENTENCES])


def _file(scenario: Scenario) -> str:
    return f"{scenario.name}.html"


def _lesson_file(scenario: Scenario) -> str:
    return f"{scenario.name}_lesson.html"


def _title(scenario: Scenario) -> str:
    file, title = html_words(_file(scenario)), html_words(scenario.title)
    return f'<h2><a href="{file}">{title}</a></h2>'
