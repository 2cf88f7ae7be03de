"""The arguments that several commands share."""

import argparse

__all__ = ["add_json", "add_run", "add_scenario"]


def add_scenario(parser: argparse._ActionsContainer, nargs: str | None = None) -> None:
    """Add the scenario, by its name or its file."""
    parser.add_argument(
        "scenario",
        metavar="SCENARIO",
        nargs=nargs,
        help="name of a scenario, its beginning (mazur_2015), or the path of a .toml file",
    )


def add_run(parser: argparse.ArgumentParser) -> None:
    """Add ``--run``, of a command that is about one run."""
    parser.add_argument(
        "--run", metavar="RUN", help="name or number of the run (default: the first)"
    )


def add_json(parser: argparse.ArgumentParser) -> None:
    """Add ``--json``."""
    parser.add_argument("--json", action="store_true", help="print one JSON document instead")
