"""The command line of the benchmarks: `python -m tests.benchmarks`."""

import argparse
import os
import sys
from collections.abc import Sequence
from importlib import import_module

_THREADS = (
    "OMP_NUM_THREADS",
    "OPENBLAS_NUM_THREADS",
    "MKL_NUM_THREADS",
    "VECLIB_MAXIMUM_THREADS",
    "NUMBA_NUM_THREADS",
)

#: What else there is to measure, and its module.
_COMMANDS = {"calibration": "calibration", "growth": "unit_costs", "engines": "engine_choice"}


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, and print a table of ratios.

    Returns
    -------
    int
        1 if a contender computes something else than the reference, 2 for wrong use, else 0.
    """
    # NumPy reads these when it is imported.
    os.environ.update(dict.fromkeys(_THREADS, "1"))
    words = sys.argv[1:] if arguments is None else list(arguments)
    if words and words[0] in _COMMANDS:
        module = import_module(f".{_COMMANDS[words[0]]}", __package__)
        return int(module.main(words[1:]))
    from .measuring import WORKS, measure
    from .report import print_json, print_table

    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks", description=__doc__)
    parser.add_argument(
        "--only", metavar="W1,W4", help=f"what to measure, of {', '.join(WORKS)} (default: all)"
    )
    parser.add_argument(
        "--rounds", type=int, default=7, help="how often to measure each (default: %(default)s)"
    )
    parser.add_argument("--json", action="store_true", help="print JSON instead of a table")
    given = parser.parse_args(arguments)
    works = WORKS if given.only is None else given.only.split(",")
    if unknown := [work for work in works if work not in WORKS]:
        parser.error(f"nothing is called {', '.join(unknown)}; there are {', '.join(WORKS)}")
    if given.rounds < 1:
        parser.error(f"--rounds must be 1 or more, not {given.rounds}")
    rows = (print_json if given.json else print_table)(measure(works, given.rounds))
    return 1 if any(row.wrong for row in rows) else 0


if __name__ == "__main__":
    sys.exit(main())
