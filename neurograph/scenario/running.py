"""Running a scenario: every printed value is computed, compared and given a verdict."""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Literal

import numpy as np

from neurograph.errors import NeurographError, ScenarioError
from neurograph.network import Network
from neurograph.scenario.model import Printed, Run, Scenario, Slip, Step

__all__ = [
    "RunResult",
    "ScenarioResult",
    "StepResult",
    "Verdict",
    "agrees",
    "half_unit",
    "play",
    "run_scenario",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """One printed value beside the computed one.

    Parameters
    ----------
    address, symbol, place
        Which quantity, what the source calls it, and where it stands there.
    printed : str
        The digits of the source.
    computed : float
        The value of the run.
    verdict : {"reproduced", "erratum", "FAILED"}
        Whether they agree; if not, whether the file explains it correctly.
    sample : int, optional
        The sample of a batch, counted from 1.
    correct, cause : str, optional
        For a value that the file lists as an erratum.
    problem : str, optional
        Why it failed.
    """

    address: str
    symbol: str
    place: str | None
    printed: str
    computed: float
    verdict: Literal["reproduced", "erratum", "FAILED"]
    sample: int | None = None
    correct: str | None = None
    cause: str | None = None
    problem: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class StepResult:
    """One step of a run, counted from 1, with its verdicts."""

    number: int
    step: Step
    verdicts: tuple[Verdict, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class RunResult:
    """One run, counted from 1, with its steps."""

    number: int
    run: Run
    steps: tuple[StepResult, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ScenarioResult:
    """What running a scenario showed.

    Examples
    --------
    >>> import neurograph as ng
    >>> scenario = ng.load_scenario("mazur_2015")
    >>> result = ng.run_scenario(scenario, run="derivations")
    >>> result.failed
    ()
    >>> print(result.errata[0].printed, result.errata[0].computed)
    -0.019049119 -0.019049118258278114
    """

    scenario: Scenario
    runs: tuple[RunResult, ...]
    slips: tuple[Slip, ...]

    @property
    def verdicts(self) -> tuple[Verdict, ...]:
        """Every verdict, in order."""
        return tuple(
            verdict for run in self.runs for step in run.steps for verdict in step.verdicts
        )

    @property
    def reproduced(self) -> tuple[Verdict, ...]:
        """The printed values that the stated conventions reproduce."""
        return self._with("reproduced")

    @property
    def errata(self) -> tuple[Verdict, ...]:
        """The printed values that no stated convention reproduces, each with its cause."""
        return self._with("erratum")

    @property
    def failed(self) -> tuple[Verdict, ...]:
        """The printed values that neither agree nor are explained."""
        return self._with("FAILED")

    def _with(self, word: str) -> tuple[Verdict, ...]:
        return tuple(verdict for verdict in self.verdicts if verdict.verdict == word)


def half_unit(printed: str) -> Decimal:
    """Return half a unit of the last digit of a printed number.

    Examples
    --------
    >>> half_unit("0.40"), half_unit("3.51085e-05")
    (Decimal('0.005'), Decimal('5E-11'))
    """
    return Decimal(5).scaleb(int(Decimal(printed).as_tuple().exponent) - 1)


def agrees(computed: float, printed: str) -> bool:
    """Return whether a number agrees with printed digits to half a unit of the last digit.

    Parameters
    ----------
    computed : float
        Taken as the shortest decimal that denotes this float, so that 0.15 is 0.15.
    printed : str
        Such as ``"0.3775"``, ``"-0.40"`` or ``"3.51085e-05"``.

    Returns
    -------
    bool
        Always False for nan and infinity.

    Examples
    --------
    >>> agrees(0.2910279239, "0.291027924"), agrees(0.2910277737, "0.291027924")
    (True, False)
    """
    if not np.isfinite(computed):
        return False
    # Fractions compare exactly, whatever the exponents.
    difference = abs(Fraction(repr(float(computed))) - Fraction(printed))
    return difference <= Fraction(half_unit(printed))


def play(scenario: Scenario, run: Run) -> Iterator[tuple[Step, Network]]:
    """Perform a run on a fresh network, and yield each step with the network after it.

    Parameters
    ----------
    scenario : Scenario
        The network and its data.
    run : Run
        One of its runs.

    Yields
    ------
    step : Step
    net : Network
        The same object each time, changed by every step.

    Raises
    ------
    ScenarioError
        If a step cannot be performed; the message names the file and the place in it.

    Examples
    --------
    >>> from neurograph.scenario import load_scenario, play
    >>> scenario = load_scenario("mazur_2015")
    >>> for step, net in play(scenario, scenario.run("derivations")):
    ...     print(step.do, net.value("w5.weight"))
    given 0.4
    forward 0.4
    loss 0.4
    backward 0.4
    update 0.35891647971788465
    """
    net = scenario.network()
    for index, step in enumerate(run.steps):
        try:
            _perform(net, step, scenario, run)
        except NeurographError as error:
            raise ScenarioError(f"{_place(scenario, run, index)}: {error}") from error
        yield step, net


def _place(scenario: Scenario, run: Run, step: int) -> str:
    return f"{scenario.file}: runs[{scenario.runs.index(run)}].steps[{step}]"


def _perform(net: Network, step: Step, scenario: Scenario, run: Run) -> None:
    # A run that changes weights has a learning rate: the file was refused otherwise.
    rate = run.learning_rate or 0.0
    match step.do:
        case "forward":
            net.forward(scenario.inputs, digits=run.digits)
        case "loss":
            net.total_error(scenario.targets)
        case "backward":
            net.backward(scenario.targets, digits=run.digits)
        case "update":
            net.update_weights(rate)
        case "step" | "train":
            inputs, targets = scenario.inputs, scenario.targets
            if run.digits is None:
                net.train(inputs, targets, learning_rate=rate, epochs=step.rounds, order=run.order)
            else:  # rounded as on paper: object by object
                for _ in range(step.rounds):
                    net.step(inputs, targets, rate, order=run.order, digits=run.digits)


def run_scenario(scenario: Scenario, run: str | None = None) -> ScenarioResult:
    """Compute every printed value of a scenario, and judge it.

    A value is reproduced when it agrees to half a unit of its last printed digit. A value listed
    as an erratum must not agree, and its `correct` value must.

    Parameters
    ----------
    scenario : Scenario
        As `load_scenario` returns it.
    run : str, optional
        The name or number of the only run to perform; the slips, which belong to no run, are then
        left out.

    Returns
    -------
    ScenarioResult

    Raises
    ------
    UnknownNameError
        If there is no such run.
    ScenarioError
        If a step cannot be performed, or a printed value belongs to a quantity that is not known
        after its step.

    Examples
    --------
    >>> import neurograph as ng
    >>> result = ng.run_scenario(ng.load_scenario("mazur_2015"), run="derivations")
    >>> verdict = result.verdicts[-1]
    >>> verdict.symbol, verdict.printed, verdict.computed, verdict.verdict
    ('w4+', '0.29950229', 0.29950228726473915, 'reproduced')
    """
    chosen = scenario.runs if run is None else (scenario.run(run),)
    results = tuple(
        RunResult(number=number, run=each, steps=tuple(_judged(scenario, each)))
        for number, each in enumerate(scenario.runs, start=1)
        if each in chosen
    )
    return ScenarioResult(
        scenario=scenario, runs=results, slips=scenario.slips if run is None else ()
    )


def _judged(scenario: Scenario, run: Run) -> Iterator[StepResult]:
    for index, (step, net) in enumerate(play(scenario, run)):
        verdicts = []
        for printed in step.printed:
            try:
                verdicts.append(_judge(printed, _computed(printed, net)))
            except NeurographError as error:
                place = f'{_place(scenario, run, index)}.printed."{printed.address}"'
                raise ScenarioError(f"{place}: {error}") from error
        yield StepResult(number=index + 1, step=step, verdicts=tuple(verdicts))


def _computed(printed: Printed, net: Network) -> float:
    value = net.value(printed.address)
    if not isinstance(value, np.ndarray):
        return float(value)
    if printed.sample is None and len(value) > 1:
        raise ScenarioError(
            f"has a value for each of {len(value)} samples; say which with 'sample', from 1"
        )
    return float(value[(printed.sample or 1) - 1])


def _judge(printed: Printed, computed: float) -> Verdict:
    word: Literal["reproduced", "erratum", "FAILED"] = "FAILED"
    problem = None
    agreeing = agrees(computed, printed.value)
    if printed.correct is None:
        if agreeing:
            word = "reproduced"
        else:
            problem = _distance(computed, printed.value)
    elif agreeing:
        problem = "listed as an erratum, but the printed value is reproduced"
    elif agrees(computed, printed.correct):
        word = "erratum"
    else:
        problem = f"the value listed as correct, {printed.correct}, is not reproduced either"
    return Verdict(
        address=printed.address,
        symbol=printed.symbol,
        place=printed.place,
        printed=printed.value,
        computed=computed,
        verdict=word,
        sample=printed.sample,
        correct=printed.correct,
        cause=printed.cause,
        problem=problem,
    )


def _distance(computed: float, printed: str) -> str:
    if not np.isfinite(computed):
        return "the computed value is no finite number"
    difference = abs(Decimal(repr(computed)) - Decimal(printed))
    return f"differs by {difference:.2g}; half a unit of the last digit is {half_unit(printed):g}"
