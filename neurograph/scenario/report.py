"""What stands in a report: the network, its data, and each printed value with its verdict."""

from collections.abc import Callable, Iterator, Sequence

from neurograph.digits import decimals
from neurograph.display import Brief
from neurograph.documents.document import (
    Block,
    Document,
    Heading,
    Note,
    Paragraph,
    Span,
    TableColumn,
    TextTable,
    Tone,
    code,
    numeral,
)
from neurograph.documents.readable import Readable
from neurograph.network import Network
from neurograph.numerals import Numeral
from neurograph.optimizers import Optimizer
from neurograph.profiles import connection_table, neuron_table, ten_digits
from neurograph.records import record
from neurograph.scenario.model import Scenario
from neurograph.scenario.player import GradientVerdict
from neurograph.scenario.runs import Run, Step
from neurograph.scenario.verdicts import (
    FULL_DIGITS,
    LAST_PLACES,
    RunResult,
    ScenarioResult,
    StepResult,
    Verdict,
)
from neurograph.schedules import RateFormula
from neurograph.words import phrase

__all__ = [
    "VerdictReport", "check_note", "closing", "count", "network_blocks", "run_blocks", "source_of",
    "step_blocks", "verdict_note", "verdict_table",
]  # fmt: skip

_TONES: dict[str, Tone] = {
    "reproduced": "good",
    "truncated": "good",
    "same float": "good",
    "last places": "good",
    "erratum": "notice",
    "FAILED": "failed",
}

#: What is said once below a table, of agreement that is not to half a unit of the last digit.
_OF_FLOATS = {
    "same float": "same float: the printed digits name exactly the float that is computed",
    "last places": f"last places: with {FULL_DIGITS} digits or more, within {LAST_PLACES} units in"
    " the last place of a float, as far as rounding reaches",
}

_BIASES = {
    "trained": "every bias trained",
    "fixed": "no bias trained",
    "shared": "one trained bias for each level",
    "none": "no biases",
}


@record(eq=False)
class VerdictReport(Brief, Readable):
    """What ``neurograph run`` shows of a scenario, in every format.

    Parameters
    ----------
    result : ScenarioResult

    Examples
    --------
    >>> import neurograph as ng
    >>> from neurograph.scenario.report import VerdictReport
    >>> result = ng.run_scenario(ng.load_scenario("mazur_2015"), run="error_after_one_round")
    >>> print(VerdictReport(result).text().splitlines()[-1])
    mazur_2015_step_by_step: 2 reproduced, 0 errata
    """

    result: ScenarioResult

    def document(self) -> Document:
        """Return what stands in it."""
        result, scenario = self.result, self.result.scenario
        blocks: list[Block] = [Paragraph(source_of(scenario)), Paragraph(scenario.source)]
        if scenario.description:
            blocks.append(Paragraph(scenario.description, apart=True))
        blocks += network_blocks(scenario)
        for run in result.runs:
            blocks += run_blocks(run, scenario)
        if result.slips:
            blocks.append(Heading("Slips of the source that are no numbers"))
            blocks += [
                Note(f"{slip.place}: printed “{slip.printed}”, meant “{slip.meant}”; {slip.cause}")
                for slip in result.slips
            ]
        return Document("verdicts", scenario.title, (*blocks, _summary(result)))


def source_of(scenario: Scenario, language: str = "en") -> str:
    """Return who wrote a worked example, and when."""
    return f"{scenario.author}, {scenario.year or phrase('undated', language)}"


# -- the network ---------------------------------------------------------------------------------


def network_blocks(scenario: Scenario) -> Iterator[Block]:
    """Yield the network of a scenario and its data."""
    net, facts = scenario.network(), scenario.network_facts
    over = f", {facts.reduction} over the samples" if scenario.inputs.ndim == 2 else ""
    yield Heading("The network")
    yield Paragraph(
        f"{count(len(net), 'neuron', 'neurons')},"
        f" {count(len(facts.connections), 'connection', 'connections')}; loss {facts.loss}{over}"
    )
    yield from neuron_table(net)
    yield from connection_table(net, [(fact.pre, fact.post) for fact in facts.connections])
    lines = list(_data(scenario, net))
    yield Paragraph(lines[0], apart=True)
    yield from map(Paragraph, lines[1:])


def _data(scenario: Scenario, net: Network) -> Iterator[str]:
    if scenario.data.file is not None:
        yield f"data: {scenario.data.file.name}"
    yield from scenario.data.scaling.lines
    ends = [("inputs", net.inputs, scenario.inputs), ("targets", net.outputs, scenario.targets)]
    for word, names, values in ends if scenario.data.has_targets else ends[:1]:
        columns = values.T if values.ndim == 2 else values.tolist()
        pairs = zip(names, columns, strict=True)
        yield f"{word}: " + "; ".join(f"{name} = {ten_digits(value)}" for name, value in pairs)


# -- a run ---------------------------------------------------------------------------------------


def run_blocks(
    result: RunResult,
    scenario: Scenario,
    remarks: Callable[[Verdict], Sequence[str]] = lambda verdict: (),
) -> Iterator[Block]:
    """Yield what is said of a run: its conventions, and its steps with their verdicts.

    Parameters
    ----------
    result : RunResult
    scenario : Scenario
    remarks : callable, optional
        What else there is to say about a value that is not reproduced.

    Yields
    ------
    Block
    """
    run = result.run
    yield Heading(f"Run {result.number} of {len(scenario.runs)}, {run.name}")
    for text in (run.title, "; ".join(_conventions(run)), run.note):
        if text:
            yield Paragraph(text)
    for step in result.steps:
        yield from step_blocks(step, remarks)


def step_blocks(
    result: StepResult, remarks: Callable[[Verdict], Sequence[str]] = lambda verdict: ()
) -> Iterator[Block]:
    """Yield what is said of a step: its note, its check, and its verdicts."""
    step, verdicts = result.step, result.verdicts
    yield Heading(", ".join([f"Step {result.number}", step.do, *_details(step)]), level=2)
    if step.note:
        yield Paragraph(step.note)
    if result.remark:
        yield Note(result.remark)
    if result.check is not None:
        yield check_note(result.check)
    if verdicts:
        yield verdict_table(verdicts)
    words = set(map(_word, verdicts))
    yield from (Note(note) for word, note in _OF_FLOATS.items() if word in words)
    for verdict in verdicts:
        if verdict.verdict != "reproduced":
            yield verdict_note(verdict)
            yield from (Note(remark, depth=1) for remark in remarks(verdict))


def verdict_table(verdicts: Sequence[Verdict]) -> TextTable:
    """Return printed values beside the computed ones."""
    columns = (
        TableColumn("address"), TableColumn("symbol"), TableColumn("printed", "point"),
        TableColumn("computed", "point"), TableColumn("verdict"),
    )  # fmt: skip
    rows = (
        (
            code(_address(verdict)),
            verdict.symbol,
            numeral(verdict.printed),
            numeral(_computed(verdict), verdict.computed),
            Span(_word(verdict), tone=_TONES[_word(verdict)]),
        )
        for verdict in verdicts
    )
    return TextTable(columns, tuple(rows))


def _computed(verdict: Verdict) -> str:
    """Return the computed value, written as the printed one is."""
    printed = Numeral.of(verdict.printed)
    return printed.spelt(decimals(verdict.computed, like=printed))


def verdict_note(verdict: Verdict) -> Note:
    """Return why a printed value is not reproduced."""
    place = f" ({verdict.place})" if verdict.place else ""
    reason = verdict.problem or f"correct {verdict.correct}; {verdict.cause}"
    text = f"{verdict.verdict} {_address(verdict)}{place}: printed {verdict.printed}, {reason}"
    return Note(text, _TONES[verdict.verdict])


def check_note(check: GradientVerdict) -> Note:
    """Return what comparing gradients with differentiation by numbers came to."""
    differ = (
        f"{len(check.differing)} differ, most {check.address}:"
        if check.differing
        else f"all agree; the least exact is {check.address}:"
    )
    text = (
        f"gradients beside differentiation by numbers: {differ} {decimals(check.computed)},"
        f" by numbers {decimals(check.numeric)} (relative difference {check.error:.1e})"
    )
    if check.passed:
        return Note(text)
    return Note(f"FAILED, listed as gradients that {check.stated}; {text}", _TONES["FAILED"])


def _summary(result: ScenarioResult) -> Paragraph:
    errata = len(result.errata) + len(result.slips)
    parts = [f"{len(result.reproduced)} reproduced", count(errata, "erratum", "errata")]
    if result.slips:
        values = count(len(result.errata), "printed value", "printed values")
        parts[-1] += f" ({values}, {count(len(result.slips), 'slip', 'slips')})"
    if result.failed:
        parts.append(f"{len(result.failed)} FAILED")
    if wrong := sum(not check.passed for check in result.checks):
        parts.append(f"{count(wrong, 'gradient check', 'gradient checks')} FAILED")
    return closing(f"{result.scenario.name}: {', '.join(parts)}", result.passed)


def closing(text: str, passed: bool) -> Paragraph:
    """Return the last line of a report."""
    return Paragraph(text, "good" if passed else "failed", apart=True)


def _word(verdict: Verdict) -> str:
    if verdict.verdict == "reproduced" and verdict.agreement not in (None, "rounded"):
        return verdict.agreement
    return verdict.verdict


def _address(verdict: Verdict) -> str:
    parts = {"sample": verdict.sample, "round": verdict.round}
    words = ", ".join(f"{word} {number}" for word, number in parts.items() if number is not None)
    name = verdict.address + (f" = {verdict.formula}" if verdict.formula else "")
    return f"{name} ({words})" if words else name


# -- conventions in words ------------------------------------------------------------------------


def _conventions(run: Run) -> Iterator[str]:
    """Yield the conventions of a run: its order, and what else it states."""
    yield f"order {run.order}"
    if run.learning_rate is not None:
        yield f"learning rate {_rate(run.learning_rate)}"
    if run.optimizer != "gradient_descent":
        yield _optimizer(run.optimizer)
    yield from _batches(run)
    if run.loss is not None:
        yield f"loss {run.loss}"
    if run.reduction is not None:
        yield f"{run.reduction} over the samples"
    if run.slope is not None:
        yield {"derivative": "slopes are f'", "one": "1 for every slope",
               "one_at_outputs": "1 for the slopes of the outputs"}[run.slope]  # fmt: skip
    if run.penalty is not None:
        yield f"penalty {run.penalty}"
    if run.delta is not None:
        yield f"deltas with the sign of {run.delta}"
    if run.biases != "as_given":
        yield _BIASES[run.biases]
    yield from _only(run)
    if run.digits is not None:
        yield f"every value rounded to {run.digits} decimals"
    for stated in run.edits:
        yield stated.edit + ("" if stated.step is None else f" in step {stated.step}")


def _only(of: Run | Step) -> Iterator[str]:
    """Yield what passes are about: some samples, and masks."""
    if of.samples is not None:
        shown = ", ".join(map(str, of.samples[:8])) + (", ..." if len(of.samples) > 8 else "")
        yield f"only sample{'s' if len(of.samples) > 1 else ''} {shown}"
    for name, mask in of.mask:
        yield f"mask of {name} {mask:g}"


def _rate(rate: float) -> str:
    return str(rate) if isinstance(rate, RateFormula) else f"{rate:g}"


def _details(step: Step) -> Iterator[str]:
    """Yield what a step says beside its name."""
    yield from _only(step)
    if step.loss is not None:
        yield f"loss {step.loss}"
    if step.reduction is not None:
        yield f"{step.reduction} over the samples"
    if step.do == "train":
        yield f"{step.rounds:,} {'round' if step.rounds == 1 else 'rounds'}"
    if step.order is not None:
        yield f"order {step.order}"
    if step.learning_rate is not None:
        yield f"learning rate {_rate(step.learning_rate)}"
    if step.optimizer is not None:
        yield _optimizer(step.optimizer)
    yield from _batches(step)
    if step.stop is not None:
        if step.stop.loss is not None:
            yield f"until the loss is {step.stop.loss:g}"
        if step.stop.no_improvement is not None:
            yield f"until {count(step.stop.no_improvement, 'round', 'rounds')} without a lower loss"
        if step.stop.gradient_norm is not None:
            yield f"until the gradient is no longer than {step.stop.gradient_norm:g}"
    for address, value in step.values:
        yield f"{address} = {value:g}"
    if step.gradients is not None:
        yield f"gradients {step.gradients}"
    if step.do == "attribute":
        yield "normalised" if step.normalised else "without the denominator"


def _optimizer(stated: str | Optimizer) -> str:
    if isinstance(stated, str):
        return f"optimizer {stated}"
    words = {True: "", False: "without "}
    settings = ", ".join(
        words[value] + name.replace("_", " ") if isinstance(value, bool) else f"{name} {value:g}"
        for name, value in stated.settings.items()
    )
    return f"optimizer {stated.name} ({settings})"


def _batches(of: Run | Step) -> Iterator[str]:
    if of.batch_size is not None:
        yield "one sample at a time" if of.batch_size == 1 else f"batches of {of.batch_size}"
    if of.shuffle:
        yield f"shuffled with seed {of.seed}" if of.seed is not None else "shuffled"


# -- numbers in words ----------------------------------------------------------------------------


def count(number: int, one: str, many: str) -> str:
    """Return a number with its word in the singular or the plural."""
    return f"{number} {one if number == 1 else many}"
