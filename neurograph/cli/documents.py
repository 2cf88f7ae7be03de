"""What ``--json`` prints."""

import json
import math
import sys
from collections.abc import Hashable, Iterable
from dataclasses import asdict
from typing import Any

import numpy as np

from neurograph.cli.inspection import Inspection, Outcome
from neurograph.elements import Connection, Neuron
from neurograph.optimizers import Optimizer
from neurograph.scenario import Run, RunResult, Scenario, ScenarioResult, Step
from neurograph.scenario.runs import StopFacts

__all__ = ["of_inspection", "of_result", "of_scenarios", "write"]


def write(document: object) -> None:
    """Print one JSON document; nan and infinity, which JSON does not know, become text."""
    json.dump(_plain(document), sys.stdout, indent=2, allow_nan=False)
    print()


def of_scenarios(scenarios: Iterable[Scenario]) -> object:
    """Return what ``neurograph list --json`` prints."""
    return [_heading(scenario) for scenario in scenarios]


def of_outcomes(outcomes: Iterable[Outcome]) -> object:
    """Return what ``neurograph run --all --json`` prints."""
    return [
        {
            "scenario": outcome.name,
            "passed": outcome.passed,
            "printed": outcome.number(0),
            "reproduced": outcome.number(1),
            "errata": outcome.number(2),
            "slips": outcome.number(3),
            "failed": outcome.number(4),
            "seconds": outcome.seconds,
            "error": outcome.error,
        }
        for outcome in outcomes
    ]


def of_result(result: ScenarioResult) -> object:
    """Return what ``neurograph run --json`` prints."""
    scenario = result.scenario
    return _heading(scenario) | {
        "description": scenario.description,
        "network": _network(scenario),
        "data": {
            "inputs": scenario.inputs,
            "targets": scenario.targets,
            "file": None if scenario.data.file is None else scenario.data.file.name,
            "standardized": scenario.data.standardized,
        },
        "runs": [_run(run) for run in result.runs],
        "slips": [asdict(slip) for slip in result.slips],
        "summary": {
            "reproduced": len(result.reproduced),
            "errata": len(result.errata) + len(result.slips),
            "failed": len(result.failed),
            "checks": len(result.checks),
            "failed_checks": sum(not check.passed for check in result.checks),
        },
        "figures": [asdict(figure) for figure in scenario.figures],
    }


def of_inspection(found: Inspection) -> object:
    """Return what ``neurograph inspect --json`` prints."""
    document: dict[str, Any] = {
        "scenario": found.scenario.name,
        "run": found.run.name,
        "step": {"number": found.number, "do": found.step.do},
    }
    element, net = found.element, found.net
    if isinstance(element, Connection):
        ends = {"pre": net.neuron(element.pre), "post": net.neuron(element.post)}
        return document | {
            "connection": _connection(element),
            **{end: _neuron(neuron) for end, neuron in ends.items()},
        }
    return document | {
        "neuron": _neuron(element),
        "incoming": [_connection(connection) for connection in net.incoming(element.name)],
        "outgoing": [_connection(connection) for connection in net.outgoing(element.name)],
    }


def _heading(scenario: Scenario) -> dict[str, Any]:
    return {
        "scenario": scenario.name,
        "title": scenario.title,
        "author": scenario.author,
        "year": scenario.year,
        "source": scenario.source,
    }


def _network(scenario: Scenario) -> dict[str, Any]:
    net = scenario.network()
    return {
        "loss": scenario.network_facts.loss,
        "reduction": scenario.network_facts.reduction,
        "neurons": [_neuron(net.neuron(name)) for name in net],
        "connections": [
            _connection(net.connection((facts.pre, facts.post)))
            for facts in scenario.network_facts.connections
        ],
    }


def _run(result: RunResult) -> dict[str, Any]:
    return {
        "number": result.number,
        **_but(result.run, "steps"),
        "steps": [
            {
                "number": step.number,
                **_but(step.step, "printed", "values"),
                "set": dict(step.step.values),
                "check": None
                if step.check is None
                else {**asdict(step.check), "passed": step.check.passed},
                "values": [asdict(verdict) for verdict in step.verdicts],
            }
            for step in result.steps
        ],
    }


def _but(record: Run | Step, *keys: str) -> dict[str, Any]:
    found = {key: getattr(record, key) for key in record.__slots__ if key not in keys}
    return {key: _facts(value) for key, value in found.items()}


def _facts(value: Any) -> Any:
    """Return a value of a record as the file would state it."""
    if isinstance(value, Optimizer):
        return {"name": value.name, **value.constants}
    return asdict(value) if isinstance(value, StopFacts) else value


def _neuron(neuron: Neuron) -> dict[Hashable, Any]:
    return {"name": neuron.name, **neuron}


def _connection(connection: Connection) -> dict[Hashable, Any]:
    return {
        "name": connection.name,
        "pre": connection.pre,
        "post": connection.post,
        **connection,
    }


def _plain(value: Any) -> Any:
    match value:
        case dict():
            return {str(key): _plain(item) for key, item in value.items()}
        case list() | tuple():
            return [_plain(item) for item in value]
        case np.ndarray():
            return _plain(value.tolist())
        case float() if not math.isfinite(value):
            return str(value)
    return value
