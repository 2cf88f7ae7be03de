"""What was found, in words."""

from collections.abc import Iterator

from neurograph.conventions.results import Finding, Near, Reconciled, Reconciliation

__all__ = ["by_chance", "lines_of", "summary", "summary_lines"]

# Further findings than these are only counted.
_MOST = 3


def summary(found: Reconciliation) -> str:
    """Return a text that says what was found for every value."""
    heading, *changes = summary_lines(found)
    lines = [f"{found.scenario.title}: {heading}", *changes]
    for value in found.values:
        lines += ["", *lines_of(value)]
    return "\n".join(lines)


def summary_lines(found: Reconciliation) -> Iterator[str]:
    """Yield how many values were searched and found, and each change that explains several."""
    yield _counted(found)
    for change in found.changes:
        if len(change.explains) > 1:
            called = ", ".join(value.called for value in change.explains)
            yield (
                f"{change.sentence}: explains {len(change.explains)} values ({called});"
                f" {by_chance(change.chance)}"
            )


def _counted(found: Reconciliation) -> str:
    n = len(found.values)
    if not n:
        return "the stated conventions give every printed value"
    values = "1 printed value" if n == 1 else f"{n} printed values"
    return f"{values} not given by the stated conventions, {len(found.found)} found otherwise"


def lines_of(value: Reconciled) -> Iterator[str]:
    """Yield the lines that say what was found for one printed value."""
    verdict = value.verdict
    yield (
        f"{value.called}, run {value.run}, step {value.step}: printed {verdict.printed},"
        f" computed {verdict.computed:.10g}"
    )
    if not value.searched:
        yield "  not searched: it cannot be computed anew under another convention"
        return
    for finding in value.found[:_MOST]:
        yield f"  {_found(finding)}"
    if len(value.found) > _MOST:
        yield f"  and {len(value.found) - _MOST} more that give the same digits"
    if value.found:
        yield (
            f"  {value.tried} alternatives tried, {value.in_reach} different values in reach,"
            f" {by_chance(value.found[0].chance)}"
        )
        return
    yield f"  not reproduced by any of {value.tried} alternatives"
    for near in value.near:
        yield f"  {_near(near)}"


def by_chance(expected: float) -> str:
    """Return the expected number of false hits in words.

    Examples
    --------
    >>> by_chance(0.0004), by_chance(0.7)
    ('0.0004 expected by chance', '0.7 expected by chance: may be chance')
    """
    text = f"{expected:.1g} expected by chance"
    return text if expected < 0.1 else f"{text}: may be chance"


def _found(finding: Finding) -> str:
    text = f"found: {finding.sentence} -> {finding.value:.10g}"
    if finding.scope == "last pass":
        text += ", in the last pass alone"
    if finding.explains > 1:
        text += f"; explains {finding.explains} printed values"
    if finding.keeps is not None and finding.of is not None and finding.keeps < finding.of:
        text += f"; {finding.of - finding.keeps} of {finding.of} values of the run would change"
    return text


def _near(near: Near) -> str:
    digits = "digit" if near.missing == 1 else f"{near.missing} digits"
    return (
        f"near, not found: {near.sentence} -> {near.value:.10g}, all but the last {digits}"
        f" ({near.chance:.1g} as near expected by chance)"
    )
