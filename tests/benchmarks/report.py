"""The table of ratios, a row as soon as it is measured, and the same as JSON."""

import json
import os
import platform
import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict
from importlib.metadata import version

from .competitors import CONTENDERS
from .contenders import NOT_INSTALLED, REFERENCE, Neurograph, NeurographJit
from .timing import Ratio, Row

__all__ = ["print_json", "print_table"]

_OURS = (Neurograph.name, NeurographJit.name)
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


def print_json(rows: Iterable[Row]) -> list[Row]:
    """Print everything that was measured as JSON, and return it."""
    measured = list(rows)
    as_json = [asdict(row) | {"met": {one: row.met(one) for one in row.goals}} for row in measured]
    json.dump({"environment": environment(), "rows": as_json}, sys.stdout, indent=2)
    print()
    return measured


def print_table(rows: Iterable[Row]) -> list[Row]:
    """Print ratios, goals, and whether they are met, as they come; return what was printed.

    Ctrl-C ends the table early.
    """
    print("Processor time, as ratio to the reference in the same round (lower is better)")
    printed: list[Row] = []
    try:
        for row in rows:
            printed.append(row)
            print("\n".join(_lines(row)), flush=True)
    except KeyboardInterrupt:
        print("interrupted", file=sys.stderr)
    print(
        f"\nReference: {REFERENCE.name}, µs for a sample, unless another is named. One thread;"
        " median of all\nrounds, ± half the distance of the quartiles. Contenders that run object"
        " by object do a part of the\nwork and are counted by the sample; scikit-learn's outputs"
        " are linear. A loop that is compiled is\ncompiled before."
    )
    for line in [*_first_runs(printed), *_missing(printed)]:
        print(line)
    print(", ".join(f"{what} {which}" for what, which in environment().items()))
    return printed


def _lines(row: Row) -> Iterator[str]:
    """Yield what there is to say of a work: what it is, and a line for each contender."""
    yield f"\n{row.work}: {row.title}; {row.against} {row.measured:.3g} {row.unit}"
    for name, result in row.results.items():
        if result == NOT_INSTALLED:
            continue
        goal, met = row.goals.get(name), row.met(name)
        aim = "" if goal is None else f"goal {goal:g}"
        verdict = {None: "", True: "yes", False: "no"}[met]
        yield f"  {name:16} {_shown(result):18} {aim:12} {verdict:4} {_how(result)}".rstrip()


def _shown(result: Ratio | str) -> str:
    if isinstance(result, str):
        return result
    noise = 50 * (result.high - result.low) / result.median
    digits = f"{result.median:.3g}" if result.median < 100 else f"{result.median:,.0f}"
    return f"{digits} ±{noise:.0f}%"


def _how(result: Ratio | str) -> str:
    return "" if isinstance(result, str) else result.how.replace("_", " ")


def _first_runs(rows: Sequence[Row]) -> list[str]:
    """Say which first runs took long, because a plan was made or code was compiled."""
    found = [
        f"{row.work} {name} {result.first:.2f} s"
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
        name for row in rows for name, result in row.results.items() if result == NOT_INSTALLED
    }
    return [f"Not installed and left out: {', '.join(sorted(missing))}."] if missing else []
