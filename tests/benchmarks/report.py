"""The table of ratios, and the same as JSON."""

import json
import os
import platform
import sys
from collections.abc import Sequence
from dataclasses import asdict
from importlib.metadata import version

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from .competitors import CONTENDERS
from .contenders import REFERENCE, Neurograph, NeurographJit
from .timing import Ratio, Row

__all__ = ["print_json", "print_table"]

_OURS = (Neurograph.name, NeurographJit.name)
_OTHERS = [kind.name for kind in CONTENDERS if kind.name not in _OURS]
# Seconds that a first run has to take to be worth a line.
_LONG = 0.5


def environment() -> dict[str, str]:
    """Return what the numbers depend on."""
    packages = {kind.needs for kind in CONTENDERS if not kind.missing()} - {"neurograph"}
    named = {"sklearn": "scikit-learn"}
    return {
        "python": platform.python_version(),
        **{one: version(named.get(one, one)) for one in sorted(packages | {"numpy"})},
        "machine": f"{platform.machine()}, {os.cpu_count()} cores",
    }


def print_json(rows: Sequence[Row]) -> None:
    """Print everything that was measured as JSON."""
    measured = [asdict(row) | {"met": {name: row.met(name) for name in row.goals}} for row in rows]
    json.dump({"environment": environment(), "rows": measured}, sys.stdout, indent=2)
    print()


def print_table(rows: Sequence[Row]) -> None:
    """Print a table of ratios, goals, and whether they are met."""
    console = Console() if sys.stdout.isatty() else Console(width=180)
    table = Table(title="Time, as ratio to the reference in the same round (lower is better)")
    table.add_column("work", no_wrap=True)
    table.add_column("")
    table.add_column("reference", justify="right", no_wrap=True)
    for name in _OURS:
        table.add_column(escape(name), justify="right", no_wrap=True)
        table.add_column("goal", justify="right", no_wrap=True)
        table.add_column("met", no_wrap=True)
    for name in _OTHERS:
        table.add_column(name, justify="right")
    for row in rows:
        of_row = "" if row.against == REFERENCE.name else f"\n{row.against}"
        cells = [row.work, escape(row.title), f"{row.measured:.3g} {row.unit}{of_row}"]
        for name in _OURS:
            goal, met = row.goals.get(name), row.met(name)
            cells.append(_shown(row.results.get(name)))
            cells.append("" if goal is None else f"{goal:g}")
            cells.append({None: "", True: "[green]yes[/]", False: "[bold red]no[/]"}[met])
        cells += [_shown(row.results.get(name)) for name in _OTHERS]
        table.add_row(*cells)
    console.print(table)
    console.print(
        f"Reference: {REFERENCE.name}, µs for a sample, unless another is named. One thread;"
        " median of all rounds, ± half the distance of the quartiles. Contenders that run object"
        " by object do a part of the work and are counted by the sample; scikit-learn's outputs"
        " are linear. With numba the library runs as it would in a long run; in one as short as"
        " these it would not load numba.",
        highlight=False,
    )
    for line in [*_first_runs(rows), *_missing(rows)]:
        console.print(line, highlight=False)
    console.print(
        ", ".join(f"{what} {which}" for what, which in environment().items()), highlight=False
    )


def _shown(result: Ratio | str | None) -> str:
    if result is None:
        return ""
    if isinstance(result, str):
        return f"[red]{result}[/]" if result.startswith("differs") else f"[dim]{result}[/]"
    noise = 50 * (result.high - result.low) / result.median
    digits = f"{result.median:.3g}" if result.median < 100 else f"{result.median:,.0f}"
    how = f"\n[dim]{result.how.replace('_', ' ')}[/]" if result.how else ""
    return f"{digits} ±{noise:.0f}%{how}"


def _first_runs(rows: Sequence[Row]) -> list[str]:
    """Say which first runs took long, because a plan was made or code was compiled."""
    found = [
        escape(f"{row.work} {name} {result.first:.2f} s")
        for row in rows
        for name in _OURS
        if isinstance(result := row.results.get(name), Ratio)
        and result.first is not None
        and result.first > _LONG
    ]
    return [f"First runs, with all that is made once: {', '.join(found)}."] if found else []


def _missing(rows: Sequence[Row]) -> list[str]:
    """Say who was left out."""
    missing = {
        escape(name)
        for row in rows
        for name, result in row.results.items()
        if result == "not installed"
    }
    return [f"Not installed and left out: {', '.join(sorted(missing))}."] if missing else []
