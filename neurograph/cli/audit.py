"""``neurograph audit``: every printed value, and what gives those that the file does not."""

import argparse
from dataclasses import asdict
from typing import TYPE_CHECKING, Any, cast

import neurograph
from neurograph.cli import documents
from neurograph.cli.console import add_format, show_in
from neurograph.scenario import load_scenario

if TYPE_CHECKING:
    from neurograph.conventions import Reconciled, Reconciliation

__all__ = ["register"]

_LISTED, _UNEXPLAINED = 0, 1


def register(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the command."""
    audit = commands.add_parser(
        "audit",
        help="say of every printed value what gives it",
        description="Recompute every value that a source prints. For each that the stated"
        " conventions do not give, search what else does: another order of updates, another"
        " factor of the loss, rounding, a slip, ...",
        epilog="exit status: 0 if every value is reproduced or listed as an erratum, 1 if one is"
        " neither, or a check of gradients fails, 2 for wrong use or a wrong scenario file.",
    )
    audit.add_argument(
        "scenario",
        metavar="FILE",
        help="path of a .toml file, or the name of a scenario or its beginning (mazur_2015)",
    )
    audit.add_argument("--run", metavar="RUN", help="only this run: its name or number")
    add_format(audit, data=True)
    audit.set_defaults(command=_audit)


def _audit(arguments: argparse.Namespace) -> int:
    found = neurograph.reconcile(load_scenario(arguments.scenario), arguments.run)
    if arguments.json:
        documents.write(_document(found))
    else:
        show_in(arguments.format, found)
    return _LISTED if found.result.passed else _UNEXPLAINED


def _document(found: "Reconciliation") -> dict[str, Any]:
    """Return what ``--json`` prints."""
    searched = {id(value.verdict): value for value in found.values}
    (heading,) = cast(list[dict[str, Any]], documents.of_scenarios([found.scenario]))
    result = found.result
    return heading | {
        "values": [
            {"run": run.run.name, "step": step.number}
            | asdict(verdict)
            | {"search": _search(searched[id(verdict)]) if id(verdict) in searched else None}
            for run in result.runs
            for step in run.steps
            for verdict in step.verdicts
        ],
        "changes": [
            {
                "name": change.name,
                "sentence": change.sentence,
                "chance": change.chance,
                "explains": [
                    {"run": value.run, "step": value.step, "address": value.called}
                    for value in change.explains
                ],
            }
            for change in found.changes
        ],
        "summary": {
            "reproduced": len(result.reproduced),
            "errata": len(result.errata),
            "failed": len(result.failed),
            "found": len(found.found),
            "not_found": len(found.not_found),
        },
    }


def _search(value: "Reconciled") -> dict[str, Any]:
    return {
        "tried": value.tried,
        "in_reach": value.in_reach,
        "found": [asdict(finding) for finding in value.found],
        "near": [asdict(near) for near in value.near],
    }
