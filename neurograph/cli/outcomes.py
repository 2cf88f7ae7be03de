"""``neurograph run``, ``audit``, ``list``, ``errata`` and ``find``: what comes of scenarios."""

import argparse
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import neurograph
from neurograph.cli.console import busy, put, read, show_lines, text_lines
from neurograph.cli.inspection import connection_data, neuron_data
from neurograph.documents.document import (
    Block,
    Document,
    Heading,
    Paragraph,
    Span,
    TableColumn,
    TextTable,
    code,
)
from neurograph.documents.readable import Readable
from neurograph.errors import InvalidValueError, NeurographError
from neurograph.optimizers import Optimizer
from neurograph.records import record
from neurograph.scenario import (
    NumberSearch,
    Run,
    RunResult,
    Scenario,
    ScenarioResult,
    Step,
    find_numbers,
    find_scenarios,
    load_scenario,
    run_scenario,
    tagged,
)
from neurograph.scenario import errata as errata_of
from neurograph.scenario.corpus import Hit
from neurograph.scenario.report import VerdictReport, check_note, source_of, verdict_note
from neurograph.scenario.runs import StatedEdit, StopFacts

if TYPE_CHECKING:
    from neurograph.conventions import Cause, Reconciled, Reconciliation

__all__ = [
    "Outcome",
    "Overview",
    "ScenarioList",
    "audit",
    "errata",
    "find",
    "list_scenarios",
    "run",
    "run_all",
]

REPRODUCED, FAILED = 0, 1


def run(arguments: argparse.Namespace) -> int:
    """Recompute one scenario, or all of them."""
    if arguments.all:
        return _run_all(arguments)
    scenario = read(arguments.scenario)
    with busy():
        result = run_scenario(scenario, run=arguments.run)
    put(arguments.format, lambda: result_data(result), lambda: VerdictReport(result))
    return REPRODUCED if result.passed else FAILED


def _run_all(arguments: argparse.Namespace) -> int:
    if arguments.run is not None:
        raise InvalidValueError("--run is for one scenario; --all runs everything")
    growing = GrowingTable(list(find_scenarios())) if arguments.format == "text" else None
    outcomes = []
    with busy(len(find_scenarios())) as waiting:
        for outcome in run_all(waiting.begin):
            outcomes.append(outcome)
            if growing is not None:
                with waiting.aside():
                    show_lines(growing.lines(outcome))
    if growing is None:
        put(arguments.format, lambda: outcomes_data(outcomes), lambda: Overview(outcomes))
    else:
        show_lines(growing.last_lines(outcomes))
    return REPRODUCED if all(outcome.passed for outcome in outcomes) else FAILED


def audit(arguments: argparse.Namespace) -> int:
    """Say of every printed value what gives it."""
    from neurograph.conventions.results import ErrataList

    if arguments.all:
        return _audit_all(arguments)
    scenario = read(arguments.scenario)
    with busy():
        found = neurograph.reconcile(scenario, arguments.run)
    if arguments.errata:
        put(arguments.format, lambda: errata_data(found), lambda: ErrataList(found))
    else:
        put(arguments.format, lambda: audit_data(found), lambda: found)
    return REPRODUCED if found.result.passed else FAILED


def _audit_all(arguments: argparse.Namespace) -> int:
    for option in ("run", "errata"):
        if getattr(arguments, option):
            raise InvalidValueError(f"--{option} is for one scenario; --all audits everything")
    audits = []
    with busy(len(find_scenarios())) as waiting:
        for name, path in find_scenarios().items():
            waiting.begin(name)
            audits.append(neurograph.reconcile(load_scenario(path), None))
    put(
        arguments.format,
        lambda: [audit_data(found) for found in audits],
        lambda: AuditOverview(audits),
    )
    return REPRODUCED if all(found.result.passed for found in audits) else FAILED


def list_scenarios(arguments: argparse.Namespace) -> int:
    """List the scenarios that come with neurograph, or those of them with some tags."""
    scenarios = tagged(arguments.tag or ())
    put(
        arguments.format,
        lambda: [_heading(scenario) | {"tags": scenario.tags} for scenario in scenarios],
        lambda: ScenarioList(scenarios),
    )
    return REPRODUCED


def errata(arguments: argparse.Namespace) -> int:
    """Show what is wrong in the sources."""
    chosen = None if arguments.scenario is None else [read(arguments.scenario)]
    listed = errata_of(chosen, language=arguments.language or "en")
    put(arguments.format, lambda: [asdict(erratum) for erratum in listed], lambda: listed)
    return REPRODUCED


def find(arguments: argparse.Namespace) -> int:
    """Search the examples that print or compute some numbers."""
    with busy():
        search = find_numbers(*arguments.number)
    put(arguments.format, lambda: search_data(search), lambda: search)
    return REPRODUCED if search.hits else FAILED


# -- all scenarios ---------------------------------------------------------------------------------


@record(slots=True, kw_only=True)
class Outcome:
    """What came of one scenario: its result, or the mistake in its file."""

    name: str
    seconds: float
    result: ScenarioResult | None = None
    error: str | None = None

    @property
    def passed(self) -> bool:
        """Whether the file could be run, and everything in it is as it says."""
        return self.result is not None and self.result.passed

    @property
    def counts(self) -> tuple[str, ...]:
        """How many values are printed, reproduced, errata; slips; how many failed."""
        if self.result is None:
            return ("-",) * 4 + ("file",)
        return tuple(str(self.number(index)) for index in range(5))

    def number(self, index: int) -> int:
        """Return one of the counts; 0 for a file that cannot be run."""
        result = self.result
        if result is None:
            return 0
        found = (result.verdicts, result.reproduced, result.errata, result.slips)
        if index < len(found):
            return len(found[index])
        return len(result.failed) + sum(not check.passed for check in result.checks)


def run_all(begin: Callable[[str], object] = str) -> Iterator[Outcome]:
    """Run every scenario that comes with neurograph.

    Parameters
    ----------
    begin : function
        It is told the name of each before.

    Yields
    ------
    Outcome
        In alphabetical order. A mistake in one file does not keep the others from running.
    """
    for name, path in find_scenarios().items():
        begin(name)
        began = time.perf_counter()
        result, mistake = None, None
        try:
            result = run_scenario(load_scenario(path))
        except NeurographError as error:
            mistake = str(error)
        seconds = time.perf_counter() - began
        yield Outcome(name=name, seconds=seconds, result=result, error=mistake)


@record(eq=False)
class ScenarioList(Readable):
    """What ``neurograph list`` shows."""

    scenarios: Iterable[Scenario]

    def document(self) -> Document:
        """Return what stands in it."""
        # Two columns: beside the long names there is no room for a third on a terminal.
        columns = (TableColumn("name", whole=True), TableColumn("title, source and tags"))
        rows = tuple((code(each.name), _in_a_line(each)) for each in self.scenarios)
        return Document("list", "", (TextTable(columns, rows),))


def _in_a_line(scenario: Scenario) -> str:
    tags = f": {', '.join(scenario.tags)}" if scenario.tags else ""
    return f"{scenario.title} ({source_of(scenario)}){tags}"


@record(eq=False)
class Overview(Readable):
    """What ``neurograph run --all`` shows: what failed, and one table."""

    outcomes: Sequence[Outcome]

    def document(self) -> Document:
        """Return what stands in it."""
        wrong = [outcome for outcome in self.outcomes if not outcome.passed]
        failures = (block for outcome in wrong for block in _failure(outcome))
        rows = [*map(_row, self.outcomes), _total(self.outcomes)]
        table = _outcome_table(rows, failed=bool(wrong))
        return Document("overview", "", (*failures, table))


Row = tuple[list[str], bool]

_HEADS = ["scenario", "printed", "reproduced", "errata", "slips", "FAILED", "seconds"]
#: As wide as a row will ever be.
_WIDEST = ["9999", "9999", "999", "999", "999", "999.99"]


def _row(outcome: Outcome) -> Row:
    return [outcome.name, *outcome.counts, f"{outcome.seconds:.2f}"], outcome.passed


def _total(outcomes: Sequence[Outcome]) -> Row:
    totals = [str(sum(outcome.number(index) for outcome in outcomes)) for index in range(5)]
    return ["all", *totals, f"{sum(outcome.seconds for outcome in outcomes):.2f}"], True


def _outcome_table(rows: Sequence[Row], *, failed: bool) -> TextTable:
    shown = [n for n in range(len(_HEADS)) if failed or _HEADS[n] != "FAILED"]
    return TextTable(
        tuple(TableColumn(_HEADS[n], "right" if n else "left") for n in shown),
        tuple(
            tuple(Span(row[n], tone="" if passed else "failed") for n in shown)
            for row, passed in rows
        ),
    )


@record(eq=False)
class Excerpt(Readable):
    """Some blocks by themselves."""

    blocks: Sequence[Block]

    def document(self) -> Document:
        """Return what stands in it."""
        return Document("overview", "", tuple(self.blocks))


class GrowingTable:
    """The table of all scenarios, a row as soon as it is known.

    Its columns are as wide as they will ever be from the first row on. What fails is explained
    where it comes; then the whole table with its numbers follows at the end.

    Parameters
    ----------
    names : list of str
        Of the scenarios.
    """

    def __init__(self, names: list[str]) -> None:
        self._ahead: list[Row] = [([name, *_WIDEST], True) for name in [*names, "all"]]
        self._has_begun = self._has_failed = False

    def lines(self, outcome: Outcome) -> list[str]:
        """Return the lines of one more row."""
        lines = self._next(_row(outcome))
        if outcome.passed:
            return lines
        self._has_failed = True
        return [*lines, "", *text_lines(Excerpt(list(_failure(outcome)))), ""]

    def last_lines(self, outcomes: Sequence[Outcome]) -> list[str]:
        """Return the lines of the sums, or of the whole table where something has failed."""
        if not self._has_failed:
            return self._next(_total(outcomes))
        rows = [*map(_row, outcomes), _total(outcomes)]
        return text_lines(Excerpt([_outcome_table(rows, failed=True)]))

    def _next(self, row: Row) -> list[str]:
        ahead = text_lines(Excerpt([_outcome_table(self._ahead, failed=False)]))
        lines = text_lines(Excerpt([_outcome_table([row, *self._ahead], failed=False)]))
        # The line below the heads; on a narrow terminal there are no heads.
        rule = next((n for n, line in enumerate(lines) if set(line) in ({"─"}, {"-"})), -1)
        start = 0 if not self._has_begun else rule + 1
        self._has_begun = True
        return lines[start : rule + 1 + len(lines) - len(ahead)]


def _failure(outcome: Outcome) -> Iterator[Block]:
    yield Heading(outcome.name)
    if outcome.result is None:
        yield Paragraph(outcome.error or "")
        return
    yield from map(verdict_note, outcome.result.failed)
    yield from (check_note(check) for check in outcome.result.checks if not check.passed)


@record(eq=False)
class AuditOverview(Readable):
    """What ``neurograph audit --all`` shows: a table of counts, and every value with its reason."""

    audits: "Sequence[Reconciliation]"

    def document(self) -> Document:
        """Return what stands in it."""
        from neurograph.conventions.results import reason_table

        # Beside the long names there is room for no more on a terminal.
        heads = ("scenario", "printed", "wrong", "found", "open")
        counts = [_audited(found) for found in self.audits]
        names = [found.scenario.name for found in self.audits]
        totals = map(sum, zip(*counts, strict=True))
        rows = [
            (name, *map(str, numbers))
            for name, numbers in zip([*names, "all"], [*counts, totals], strict=True)
        ]
        columns = tuple(
            TableColumn(head, "right" if number else "left") for number, head in enumerate(heads)
        )
        blocks: list[Block] = [TextTable(columns, tuple(rows))]
        for found in self.audits:
            if found.values:
                blocks += [Heading(found.scenario.name), reason_table(found)]
        return Document("audits", "", tuple(blocks))


def _audited(found: "Reconciliation") -> tuple[int, ...]:
    """Return how many values are printed, how many wrong, of these with and without a reason."""
    wrong, known = len(found.values), len(found.found)
    return len(found.result.verdicts), wrong, known, wrong - known


# -- data for programs -----------------------------------------------------------------------------


def outcomes_data(outcomes: Iterable[Outcome]) -> object:
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


def search_data(search: NumberSearch) -> object:
    """Return what ``neurograph find --json`` prints."""
    return [
        {
            "scenario": name,
            "title": search.scenarios[name].title,
            "found": search.found_in(name),
            "places": [_but_scenario(hit) for hit in hits],
        }
        for name, hits in search.hits.items()
    ]


def _but_scenario(hit: Hit) -> dict[str, Any]:
    return {key: value for key, value in asdict(hit).items() if key != "scenario"}


#: Of the choices of ``standardize``, those that a file writes as true or leaves out.
_TRUTHS = {"": False, "n": True}


def result_data(result: ScenarioResult) -> object:
    """Return what ``neurograph run --json`` prints."""
    scenario = result.scenario
    return _heading(scenario) | {
        "description": scenario.description,
        "network": _network(scenario),
        "data": {
            "inputs": scenario.inputs,
            "targets": scenario.targets if scenario.data.has_targets else None,
            "file": None if scenario.data.file is None else scenario.data.file.name,
            "standardized": _TRUTHS.get(scenario.data.standardized, scenario.data.standardized),
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
        "neurons": [neuron_data(net.neuron(name)) for name in net],
        "connections": [
            connection_data(net.connection((facts.pre, facts.post)))
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
                **_but(step.step, "printed", "values", "after"),
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
        return {"name": value.name, **value.settings}
    if isinstance(value, tuple):
        return tuple(map(_facts, value))
    return asdict(value) if isinstance(value, StopFacts | StatedEdit) else value


def audit_data(found: "Reconciliation") -> dict[str, Any]:
    """Return what ``--json`` prints."""
    searched = {id(value.verdict): value for value in found.values}
    result = found.result
    return _heading(found.scenario) | {
        "values": [
            {"run": run.run.name, "step": step.number}
            | asdict(verdict)
            | {"search": _search(searched[id(verdict)]) if id(verdict) in searched else None}
            for run in result.runs
            for step in run.steps
            for verdict in step.verdicts
        ],
        "changes": [_change(change) for change in found.changes],
        "story": [_change(change) for change in found.story],
        "complete": found.is_complete,
        "summary": {
            "reproduced": len(result.reproduced),
            "errata": len(result.errata),
            "failed": len(result.failed),
            "found": len(found.found),
            "may_be_chance": len(found.may_be_chance),
            "not_found": len(found.not_found),
        },
    }


def _change(change: "Cause") -> dict[str, Any]:
    def places(values: "Sequence[Reconciled]") -> list[dict[str, Any]]:
        return [{"run": value.run, "step": value.step, "address": value.called} for value in values]

    return {
        "name": change.name,
        "family": change.family,
        "sentence": change.sentence,
        "chance": change.chance,
        "likely": change.is_likely,
        "no_better_than_chance": change.is_vain,
        "contradicts": change.contradicts,
        "of": change.of,
        "misses": change.misses,
        "is_too_wide": change.is_too_wide,
        "explains": places(change.explains),
        "roots": places(change.roots),
        "below": places(change.below),
    }


def errata_data(found: "Reconciliation") -> dict[str, Any]:
    """Return what ``--errata --json`` prints."""
    from neurograph.conventions.results import correct_of, reason_of

    return _heading(found.scenario) | {
        "errata": [
            {
                "place": value.verdict.place,
                "symbol": value.verdict.symbol,
                "address": value.called,
                "printed": value.verdict.printed,
                "correct": correct_of(value),
                "cause": value.verdict.cause or reason_of(value),
            }
            for value in found.values
        ],
        "slips": [asdict(slip) for slip in found.result.slips],
    }


def _search(value: "Reconciled") -> dict[str, Any]:
    return {
        "tried": value.tried,
        "in_reach": value.in_reach,
        "expected": value.expected,
        "found": [
            asdict(finding)
            | {
                "likely": finding.is_likely,
                "no_better_than_chance": finding.is_vain,
                "contradicts": finding.contradicts,
            }
            for finding in value.found
        ],
        "near": [asdict(near) for near in value.near],
    }
