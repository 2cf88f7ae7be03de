"""What all pages have in common: head, policy, style, words, and the links between them."""

import base64
import hashlib
from collections.abc import Iterable, Iterator, Mapping
from importlib.resources import files
from typing import Any

from neurograph.escapes import html_words
from neurograph.words import LANGUAGES

__all__ = [
    "GENERATOR", "author_line", "digest", "html_frame", "languages", "link_bar",
    "package_text", "shown_number", "style_sheet",
]  # fmt: skip

#: In the head of each page, so that no other file is taken for one.
GENERATOR = "neurograph page"
_FOLDER = files("neurograph.pages")


def package_text(folder: str, name: str) -> str:
    """Return a file that pages are made of."""
    return (_FOLDER / folder / name).read_text(encoding="utf-8")


def languages() -> list[str]:
    """Return the languages that a page can have."""
    return sorted(LANGUAGES)


def style_sheet(*names: str) -> str:
    """Return the style of all pages, and further sheets of some."""
    return "".join(package_text("style", f"{name}.css") for name in ("page", *names))


def digest(text: str) -> str:
    """Return what a content security policy calls a text that it allows."""
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


def html_frame(
    title: str,
    language: str,
    body: Iterable[str],
    *,
    style: str,
    script: str = "",
    packed: str = "",
    pictures: bool = False,
) -> str:
    """Return a whole page of HTML that asks for nothing from outside.

    Parameters
    ----------
    title : str
    language : str
    body : iterable of str
        Its lines of HTML, without the script.
    style, script : str
        The only ones that its policy allows.
    packed : str
        A script that the other one unpacks and puts into the page.
    pictures : bool
        Whether it shows pictures that lie beside it.

    Returns
    -------
    str
    """
    policy = ["default-src 'none'"]
    scripts = [f"'{digest(text)}'" for text in (script, packed) if text]
    policy += [f"script-src {' '.join(scripts)}"] if scripts else []
    policy += [f"style-src '{digest(style)}'"]
    # Of a page that is opened as a file, not every browser counts its neighbours as its own.
    policy += ["img-src 'self' file:"] if pictures else []
    policy += ["base-uri 'none'", "form-action 'none'"]
    lines = [
        "<!DOCTYPE html>",
        f'<html lang="{language}">',
        "<head>",
        '<meta charset="utf-8">',
        f'<meta name="generator" content="{GENERATOR}">',
        f'<meta http-equiv="Content-Security-Policy" content="{"; ".join(policy)}">',
        '<meta name="viewport" content="width=device-width, initial-scale=1">',
        f"<title>{html_words(title)}</title>",
        f"<style>{style}</style>",
        "</head>",
        "<body>",
        *body,
        *([f"<script>{script}</script>"] if script else []),
        "</body>",
        "</html>",
    ]
    return "\n".join(lines) + "\n"


def shown_number(value: float | None, digits: int, words: Mapping[str, Any]) -> str:
    """Return a number as the language of a page writes it, and nothing for none."""
    if value is None:
        return ""
    return f"{value:.{digits}g}".replace(".", words["numerals"]["decimal"]).replace("-", "−")


def author_line(author: str, year: int | None, words: Mapping[str, Any], source: str = "") -> str:
    """Return by whom an example is, when it was made and where its numbers are printed."""
    by = html_words(words["by"].replace("{author}", author) + (f", {year}" if year else ""))
    return f'<p class="source">{by}. {_source(source, words)}</p>' if source else (
        f'<p class="source">{by}</p>'
    )  # fmt: skip


def _source(source: str, words: Mapping[str, Any]) -> str:
    shown = html_words(source)
    if source.startswith(("https://", "http://")) and not any(map(str.isspace, source)):
        shown = f'<a href="{shown}" rel="noreferrer">{shown}</a>'
    return str(html_words(words["from"])).replace("{source}", shown)


def link_bar(links: Mapping[str, str], words: Mapping[str, Any], here: str = "") -> Iterator[str]:
    """Yield the links between the pages of a folder; that of the page itself is none.

    Parameters
    ----------
    links : mapping
        The words of each, by its file.
    words : mapping
    here : str
        The file that they stand in.
    """
    if not links:
        return
    yield f'<nav aria-label="{html_words(words["site"]["pages"])}"><ul>'
    for file, text in links.items():
        current = ' aria-current="page"' if file == here else ""
        yield f'<li><a href="{html_words(file)}"{current}>{html_words(text)}</a></li>'
    yield "</ul></nav>"
