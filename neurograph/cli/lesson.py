"""``neurograph guide`` and ``neurograph lesson``: what there is to read beside the scenarios."""

import argparse
import json
import sys
from collections.abc import Callable
from itertools import takewhile
from pathlib import Path
from typing import Any

from neurograph.cli.console import columns, refuse_existing, say, write_data
from neurograph.documents.document import WRITERS, Document, Style, TableColumn, TextTable
from neurograph.errors import InvalidValueError, UnknownNameError, did_you_mean
from neurograph.files import read_text, write_whole
from neurograph.lessons import LessonCell, cells, find_lessons, heading_of, program_of
from neurograph.scenario.library import find_pages, locate

__all__ = ["guide", "lesson"]


def lesson(arguments: argparse.Namespace) -> int:
    """Write a lesson, or list those there are."""
    if arguments.scenario is None:
        if arguments.output is not None:
            raise InvalidValueError("--output is for one lesson: say which, such as mazur_2015")
        return _list(arguments)
    scenario = locate(arguments.scenario)
    program = scenario.with_suffix(".py")
    if not program.is_file():
        raise UnknownNameError(
            f"{scenario.name} has no lesson: there is no {program.name} beside it; 'neurograph"
            " lesson' lists those there are"
        )
    path = Path(arguments.output or f"{program.stem}.ipynb")
    write = _WRITERS.get(path.suffix)
    if write is None:
        raise InvalidValueError(f"{path}: a lesson is written to {' or '.join(_WRITERS)}")
    refuse_existing(path)
    write_whole(path, write(program_of(program)))
    if arguments.format == "json":
        write_data({"file": str(path)})
        return 0
    say(f"{path} is written. {_OPENED[path.suffix]}")
    return 0


def _list(arguments: argparse.Namespace) -> int:
    lessons = {name: _title(path) for name, path in find_lessons().items()}
    if arguments.format == "json":
        write_data([{"scenario": name, "title": title} for name, title in lessons.items()])
        return 0
    _say_titles(lessons)
    return 0


def guide(arguments: argparse.Namespace) -> int:
    """Show a page of the guide, or list the pages."""
    pages = {name: read_text(path, "a page") for name, path in find_pages().items()}
    name = arguments.page
    if name is not None and name not in pages:
        near = did_you_mean(name, pages)
        raise UnknownNameError(f"no page {name!r}{near or '; the pages are ' + ', '.join(pages)}")
    titles = {of: heading_of(page) for of, page in pages.items()}
    if arguments.format == "json":
        listed = [{"page": of, "title": title} for of, title in titles.items()]
        write_data(listed if name is None else {"page": name, "text": pages[name]})
    elif name is None:
        _say_titles(titles)
    else:
        page = pages[name].rstrip("\n")
        say(_laid_out(page) if sys.stdout.isatty() else page)
    return 0


def _laid_out(page: str) -> str:
    """Return a page of Markdown with its tables in columns, as wide as the terminal."""
    from markdown_it import MarkdownIt  # imported only when it is used

    lines, width = page.splitlines(), columns()
    tokens = MarkdownIt("commonmark").enable("table").parse(page)
    starts = [n for n, token in enumerate(tokens) if token.type == "table_open"]
    for start in reversed(starts):
        rows: list[list[str]] = []
        for token in takewhile(lambda token: token.type != "table_close", tokens[start:]):
            if token.type == "tr_open":
                rows.append([])
            elif token.type == "inline":
                rows[-1].append(token.content)
        heads, *others = rows
        table = TextTable(tuple(map(TableColumn, heads)), tuple(map(tuple, others)))
        first, end = tokens[start].map or (0, 0)
        lines[first:end] = WRITERS["text"].write(
            Document("page", "", (table,)), Style(width=width)
        ).splitlines()
    return "\n".join(lines)


def _say_titles(titles: dict[str, str]) -> None:
    width = max(map(len, titles), default=0)
    for name, title in titles.items():
        say(f"{name:{width}}  {title}")


def _title(lesson: Path) -> str:
    """Return the heading of the first cell."""
    return heading_of(next(cells(program_of(lesson))).text)


def _notebook(program: str) -> str:
    """Return a program as a notebook of format 4.5, which needs a name for every cell."""
    document = {
        "cells": [_cell(number, cell) for number, cell in enumerate(cells(program), 1)],
        "metadata": {
            "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
            "language_info": {"name": "python"},
        },
        "nbformat": 4,
        "nbformat_minor": 5,
    }
    return json.dumps(document, indent=1, ensure_ascii=False) + "\n"


def _cell(number: int, cell: LessonCell) -> dict[str, Any]:
    run: dict[str, Any] = {"execution_count": None, "outputs": []} if cell.kind == "code" else {}
    return {
        "cell_type": cell.kind,
        "id": f"cell-{number}",
        "metadata": {},
        "source": cell.text.splitlines(keepends=True),
        **run,
    }


_WRITERS: dict[str, Callable[[str], str]] = {".ipynb": _notebook, ".py": str}
_OPENED = {
    ".ipynb": "Open it in Jupyter or VS Code, in an environment that has neurograph.",
    ".py": "Run it with Python, or open its cells in VS Code, or in Jupyter with jupytext.",
}
