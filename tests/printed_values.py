"""Printed values of scenario files beside oracles that know nothing of neurograph."""

from decimal import ROUND_HALF_EVEN, Decimal

import pytest

from neurograph.scenario import Printed, Scenario, run_scenario

#: By run, number of the step, address and sample: what the printed value must be.
Key = tuple[str, int, str, int | None]
Oracle = dict[Key, float]


def rounded(value: float, printed: str) -> Decimal:
    """Return a number rounded to the last printed digit; 15 digits drop the binary noise."""
    exponent = Decimal(printed).as_tuple().exponent
    return Decimal(f"{value:.15g}").quantize(Decimal(1).scaleb(int(exponent)), ROUND_HALF_EVEN)


def truths(scenario: Scenario) -> list[tuple[Key, Printed]]:
    """Return every printed value with the key of its oracle."""
    return [
        ((run.name, number, printed.address, printed.sample), printed)
        for run in scenario.runs
        for number, step in enumerate(run.steps, start=1)
        for printed in step.printed
    ]


def compare(scenario: Scenario, oracle: Oracle, tolerance: float) -> None:
    """Check that file, oracle and network agree on every printed value, and on no other."""
    result = run_scenario(scenario)
    assert result.passed
    printed = truths(scenario)
    assert {key for key, _ in printed} == set(oracle)
    for (key, one), verdict in zip(printed, result.verdicts, strict=True):
        digits = one.value if one.correct is None else one.correct
        assert rounded(oracle[key], digits) == Decimal(digits), (key, oracle[key])
        assert verdict.computed == pytest.approx(oracle[key], rel=0, abs=tolerance), key
    assert len(result.errata) == sum(one.correct is not None for _, one in printed)
