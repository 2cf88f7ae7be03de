"""What a person reads of an audit."""

from dataclasses import replace

from rich.console import Group
from rich.padding import Padding

from neurograph.cli.show import Screen
from neurograph.cli.words import count
from neurograph.conventions import Reconciliation
from neurograph.conventions.results import lines_of, summary_lines
from neurograph.scenario import Verdict

__all__ = ["AuditScreen"]


class AuditScreen(Screen):
    """Prints an audit: tables of all printed values, and below each what was found."""

    def __init__(self) -> None:
        super().__init__()
        self._searched: dict[int, list[str]] = {}

    def audit(self, found: Reconciliation) -> None:
        """Print what ``neurograph audit`` shows.

        Parameters
        ----------
        found : Reconciliation
        """
        scenario, result = found.scenario, found.result
        self._searched = {id(value.verdict): list(lines_of(value))[1:] for value in found.values}
        parts: list[object] = [self._text(scenario.title, "bold"), self._text(scenario.source)]
        for run in result.runs:
            # Steps for which the source prints nothing are no part of an audit.
            steps = tuple(step for step in run.steps if step.verdicts or step.check)
            if steps:
                parts += self._run(replace(run, steps=steps), scenario)
        parts += ["", self._text("What the stated conventions do not give", "bold")]
        parts += [self._text(line) for line in summary_lines(found)]
        words = [
            f"{len(result.reproduced)} reproduced",
            count(len(result.errata), "listed erratum", "listed errata"),
            f"{len(result.failed)} neither",
        ]
        style = "bold green" if result.passed else "bold reverse red"
        self._show([*parts, "", self._text(f"{scenario.name}: {', '.join(words)}", style)])

    def _explained(self, verdict: Verdict) -> Padding:
        lines = [
            Padding(self._text(line.strip()), (0, 0, 0, 2))
            for line in self._searched.get(id(verdict), [])
        ]
        shown = super()._explained(verdict)
        return Padding(Group(shown.renderable, *lines), (0, 0, 0, 2))
