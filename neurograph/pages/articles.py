"""What there is to read beside the pages that compute: Markdown, and lessons with their figures."""

import itertools
import re
from collections.abc import Iterable, Iterator, Mapping
from html import unescape
from typing import Any

from markdown_it import MarkdownIt
from markdown_it.token import Token

from neurograph.escapes import html_words
from neurograph.lessons import LessonCell
from neurograph.pages.html_frame import html_frame, link_bar, style_sheet

__all__ = ["FIGURES", "article_page", "lesson_body", "markdown_body", "titled"]

#: The folder beside the pages that has their figures.
FIGURES = "figures"
_OUTSIDE = ("https://", "http://", "mailto:")


def article_page(
    title: str,
    body: Iterable[str],
    words: Mapping[str, Any],
    language: str,
    *,
    links: Mapping[str, str],
    here: str,
    lead: Iterable[str] = (),
    pictures: bool = False,
) -> str:
    """Return a page to read.

    Parameters
    ----------
    title : str
    body, lead : iterable of str
        Its lines of HTML, and those that stand below its title.
    words : mapping
    language : str
    links : mapping
        The words of the pages that it leads to, by their files.
    here : str
        Its own file.
    pictures : bool
        Whether it shows pictures that lie beside it.

    Returns
    -------
    str
    """
    lines = [
        f"<header><h1>{html_words(title)}</h1>", *lead, *link_bar(links, words, here), "</header>",
        '<main class="article">', *body, "</main>",
    ]  # fmt: skip
    style = style_sheet("article")
    return html_frame(title, language, lines, style=style, pictures=pictures)


def titled(markdown: str) -> tuple[str, str]:
    """Return the title of a page in Markdown, and the page without it."""
    first, _, rest = markdown.partition("\n")
    return first.lstrip("# ").replace("`", ""), rest


def markdown_body(text: str, pages: Mapping[str, str]) -> str:
    """Return a text in Markdown as HTML; what is HTML in it is shown as it is written.

    Parameters
    ----------
    text : str
    pages : mapping
        For the name of each page that it may link, its file; other relative links are words alone.

    Returns
    -------
    str
    """
    reader = MarkdownIt("commonmark", {"html": False}).enable("table")
    tokens = reader.parse(text)
    places = _with_places(tokens)
    for token in tokens:
        if token.type == "inline" and token.children is not None:
            token.children = list(_linked(token.children, dict(pages) | places))
    html = str(reader.renderer.render(tokens, reader.options, {}))
    # What is wider than the page is scrolled, by the keyboard too.
    html = html.replace("<pre><code", '<pre tabindex="0"><code')
    # A column without a name has no header.
    html = re.sub(r"<th( [^>]*)?></th>", "<td></td>", html)
    html = html.replace("<table>", '<div class="wide" tabindex="0"><table>')
    return html.replace("</table>", "</table></div>")


def _with_places(tokens: list[Token]) -> dict[str, str]:
    """Give every heading a place; return the links that lead to one, as GitHub counts them."""
    places = {}
    for before, token in itertools.pairwise(tokens):
        if before.type == "heading_open":
            name = re.sub(r"[^\w -]", "", token.content.lower()).replace(" ", "-")
            if f"#{name}" not in places:
                before.attrSet("id", name)
                places[f"#{name}"] = f"#{name}"
    return places


def _linked(tokens: Iterable[Token], pages: Mapping[str, str]) -> Iterator[Token]:
    """Yield what a line consists of, with links that lead somewhere."""
    open_links: list[bool] = []
    for token in tokens:
        if token.type == "link_open":
            target = str(token.attrGet("href") or "")
            file = target if target.startswith(_OUTSIDE) else pages.get(target)
            open_links.append(file is not None)
            if file is None:
                continue
            token.attrSet("href", file)
            if file.startswith(_OUTSIDE):
                token.attrSet("rel", "noreferrer")
        elif token.type == "link_close" and not open_links.pop():
            continue
        yield token


def lesson_body(
    cells: Iterable[LessonCell], pages: Mapping[str, str], output: str
) -> Iterator[str]:
    """Yield a lesson that has been run: prose, code, what it printed, and its figures.

    Parameters
    ----------
    cells : iterable of LessonCell
        Without the title.
    pages : mapping
        As for `markdown_body`.
    output : str
        What is said of a cell's output to who cannot see it.

    Yields
    ------
    str
    """
    yield '<section lang="en">'
    for cell in cells:
        if cell.kind == "markdown":
            yield markdown_body(cell.text, pages)
            continue
        yield f'<pre tabindex="0"><code>{_lines(cell.text)}</code></pre>'
        if cell.output:
            label = f'role="group" aria-label="{html_words(output)}"'
            yield f'<pre class="output" tabindex="0" {label}>{_lines(cell.output)}</pre>'
        yield from (_figure(name, svg) for name, svg in cell.figures)
    yield "</section>"


def _lines(text: str) -> str:
    return "\n".join(map(html_words, text.rstrip("\n").split("\n")))


def _figure(name: str, svg: str) -> str:
    """Return a figure, with the description and the size that its file has."""
    words = re.search(r"<desc[^>]*>(.*?)</desc>", svg, re.DOTALL)
    alt = " ".join(unescape(words[1]).split()) if words else name
    size = re.search(r'viewBox="0 0 ([\d.]+) ([\d.]+)"', svg)
    # Their unit is the point.
    pixels = [round(float(side) * 4 / 3) for side in size.groups()] if size else []
    sides = "".join(f' {key}="{n}"' for key, n in zip(("width", "height"), pixels, strict=False))
    return (
        f'<figure><img src="{FIGURES}/{html_words(name)}" alt="{html_words(alt)}"{sides}></figure>'
    )
