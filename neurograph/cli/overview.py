"""Running every scenario that comes with neurograph."""

import time
from collections.abc import Iterator
from dataclasses import dataclass

from neurograph.errors import NeurographError
from neurograph.scenario import ScenarioResult, find_scenarios, load_scenario, run_scenario

__all__ = ["Outcome", "run_all"]


@dataclass(frozen=True, slots=True, kw_only=True)
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


def run_all() -> Iterator[Outcome]:
    """Run every scenario that comes with neurograph.

    Yields
    ------
    Outcome
        In alphabetical order. A mistake in one file does not keep the others from running.
    """
    for name, path in find_scenarios().items():
        began = time.perf_counter()
        result, mistake = None, None
        try:
            result = run_scenario(load_scenario(path))
        except NeurographError as error:
            mistake = str(error)
        seconds = time.perf_counter() - began
        yield Outcome(name=name, seconds=seconds, result=result, error=mistake)
