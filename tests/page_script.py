"""The script of pages in a JavaScript engine, without a browser."""

import json
from collections.abc import Sequence
from typing import Any

import pytest

from neurograph.pages.equation_table import FormulaTable
from neurograph.pages.html_frame import package_text
from neurograph.pages.page_data import Example, page_data

#: What computes a round and says what a number is.
LESSON = (
    "functions", "model", "ground", "numerals", "verdicts", "alternatives", "store", "lesson",
    "dom",
)  # fmt: skip


def script_engine(names: Sequence[str], *sources: str) -> Any:
    """Return an engine that has read parts of the script and what else is needed."""
    mini_racer = pytest.importorskip("py_mini_racer")
    context = mini_racer.MiniRacer()
    parts = [package_text("script", f"{name}.js") for name in names]
    context.eval("\n".join([*parts, *sources]))
    return context


def lesson_engine(example: Example, *sources: str) -> Any:
    """Return an engine with the `data` of an example and its `lesson`."""
    formulas = FormulaTable()
    data = json.dumps(page_data(example, formulas, {}))
    lesson = "const lesson = createLesson(data, FORMULAS);"
    return script_engine(LESSON, formulas.javascript(), f"const data = {data};", lesson, *sources)
