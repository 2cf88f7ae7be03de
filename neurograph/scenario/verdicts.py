"""Running a scenario: every printed value is computed, compared and given a verdict."""

import math
from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction
from typing import Any, Literal

import numpy as np

from neurograph.addresses import OF_SAMPLES, AddressFormula
from neurograph.display import Brief, Displayed, in_line, in_words
from neurograph.errors import NeurographError, ScenarioError
from neurograph.formulas import Group
from neurograph.numerals import Numeral
from neurograph.records import record
from neurograph.scenario.model import Scenario, Slip
from neurograph.scenario.player import GradientVerdict, Player, in_steps, place_of
from neurograph.scenario.runs import Printed, Run, Step

__all__ = [
    "Agreement",
    "RunResult",
    "ScenarioResult",
    "StepResult",
    "Verdict",
    "agreement",
    "agrees",
    "margin",
    "run_scenario",
]

#: How a number can agree with printed digits.
Agreement = Literal["rounded", "truncated", "same float", "last places"]

#: From so many significant digits on, a printed number says all that a float holds, and no digit
#: was left out. It then agrees within so many units in the last place of a float: a net, an exp and
#: a product are each rounded by half a unit, and another order of summation or another exp rounds
#: otherwise. Of 12,000 values of small networks beside the same with 50 digits, 96 in 100 lie
#: within 8 units (91 within 4); most others are differences of nearly equal numbers.
FULL_DIGITS, LAST_PLACES = 15, 8


@record(slots=True, kw_only=True)
class Verdict(Brief, Displayed):
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
    sample, round : int, optional
        The sample of a batch, and the round of a training, counted from 1.
    correct, cause : str, optional
        For a value that the file lists as an erratum.
    problem : str, optional
        Why it failed.
    truncated : bool
        Whether the source cut the digits off instead of rounding.
    agreement : str, optional
        How the printed value agrees, or of an erratum the correct one: see `agreement`.
    formula : AddressFormula, optional
        How the source makes it of others: `address` is then its own name for it.
    """

    address: str
    symbol: str
    place: str | None
    printed: str
    computed: float
    verdict: Literal["reproduced", "erratum", "FAILED"]
    sample: int | None = None
    round: int | None = None
    correct: str | None = None
    cause: str | None = None
    problem: str | None = None
    truncated: bool = False
    agreement: Agreement | None = None
    formula: AddressFormula | None = None

    @property
    def made_of(self) -> tuple[str, ...]:
        """The addresses of what the source makes it of; none where it has one of its own."""
        return () if self.formula is None else self.formula.addresses


@record(slots=True, kw_only=True)
class StepResult(Brief, Displayed):
    """One step of a run, counted from 1, with its verdicts; `check` is that of its gradients.

    `remark` says what a reader should know of the step, such as that nothing can change in it.
    """

    number: int
    step: Step
    verdicts: tuple[Verdict, ...]
    check: GradientVerdict | None = None
    remark: str = ""


@record(slots=True, kw_only=True)
class RunResult(Brief, Displayed):
    """One run, counted from 1, with its steps."""

    number: int
    run: Run
    steps: tuple[StepResult, ...]


@record(slots=True, kw_only=True)
class ScenarioResult(Displayed):
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

    def __repr__(self) -> str:
        counts = (
            f"{len(self.reproduced)} reproduced",
            f"{len(self.errata)} errat{'um' if len(self.errata) == 1 else 'a'}",
            f"{len(self.failed)} failed",
            "passed" if self.passed else "NOT passed",
        )
        return f"ScenarioResult({in_line([in_words(self.scenario.name), *counts])})"

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

    @property
    def checks(self) -> tuple[GradientVerdict, ...]:
        """What the steps that check gradients found."""
        return tuple(
            step.check for run in self.runs for step in run.steps if step.check is not None
        )

    @property
    def passed(self) -> bool:
        """Whether no printed value failed, and every gradient check is as the file says."""
        return not self.failed and all(check.passed for check in self.checks)

    def _with(self, word: str) -> tuple[Verdict, ...]:
        return tuple(verdict for verdict in self.verdicts if verdict.verdict == word)


def margin(printed: str) -> Fraction:
    """Return how far a number may lie from printed digits, rounded, that it agrees with.

    Examples
    --------
    >>> float(margin("0.40")), float(margin("0.60000000000000009")) / math.ulp(0.6)
    (0.005, 8.0)
    """
    number = Numeral.of(printed)
    half = number.half_unit
    return max(half, Fraction(_last_places(number))) if _is_full(number) else half


def agreement(computed: float, printed: str, *, truncated: bool = False) -> Agreement | None:
    """Return how a number agrees with printed digits.

    Parameters
    ----------
    computed : float
        Taken as the shortest decimal that denotes this float, so that 0.15 is 0.15.
    printed : str
        Such as ``"0.3775"``, ``"-0.40"`` or ``"3.51085e-05"``; a fraction says all digits.
    truncated : bool
        Whether further digits were cut off instead of rounded: then they are not looked at.

    Returns
    -------
    {"rounded", "truncated", "same float", "last places"} or None
        To half a unit of the last printed digit, or to all digits that were not cut off; or the
        digits name this float; or, from 15 significant digits on, they name one at most 8 units in
        the last place away. None if it does not agree, as nan and infinity never do.

    Examples
    --------
    >>> agreement(0.2910279239, "0.291027924"), agreement(0.2910277737, "0.291027924")
    ('rounded', None)
    >>> agreement(0.6000000000000001, "0.60000000000000009")
    'same float'
    >>> agreement(0.1 + 0.2, "0.29999999999999999"), agreement(0.1 + 0.2, "0.29999999999999901")
    ('last places', None)
    """
    computed = float(computed)
    if not math.isfinite(computed):
        return None
    number = Numeral.of(printed)
    if truncated and _truncated(computed, number):
        return "truncated"
    # Fractions compare exactly, whatever the exponents.
    distance = abs(Fraction(repr(computed)) - number.value)
    if not truncated and distance <= number.half_unit:
        return "rounded"
    named = float(number)
    if computed == named:
        return "same float"
    if _is_full(number) and abs(computed - named) <= _last_places(number):
        return "last places"
    return None


def agrees(computed: float, printed: str, *, truncated: bool = False) -> bool:
    """Return whether a number agrees with printed digits, in one of the ways of `agreement`.

    Examples
    --------
    >>> agrees(0.2910279239, "0.291027924"), agrees(0.2910277737, "0.291027924")
    (True, False)
    >>> agrees(0.6668, "0.666"), agrees(0.6668, "0.666", truncated=True)
    (False, True)
    """
    return agreement(computed, printed, truncated=truncated) is not None


def _is_full(number: Numeral) -> bool:
    says_all = number.unit is None or number.significant >= FULL_DIGITS
    return says_all and math.isfinite(float(number))


def _last_places(number: Numeral) -> float:
    return LAST_PLACES * math.ulp(float(number))


def _truncated(computed: float, number: Numeral) -> bool:
    full = _is_full(number)
    # 15 significant digits drop the binary noise, so that 0.7999999999999999 is 0.8; where so many
    # are printed, that would round the last of them, and the noise is counted instead.
    exact, cut = Fraction(computed) if full else Fraction(f"{computed:.15g}"), number.value
    if cut and (cut < 0) != (exact < 0):
        return False
    beyond, noise = abs(exact) - abs(cut), Fraction(_last_places(number)) if full else 0
    return -noise <= beyond < 2 * number.half_unit + noise


def run_scenario(scenario: Scenario, run: str | None = None) -> ScenarioResult:
    """Compute every printed value of a scenario, and judge it.

    A value is reproduced when it agrees to half a unit of its last printed digit, or to the last
    places of a float where so many are printed: see `agreement`. A value listed as an erratum must
    not agree, and its `correct` value must.

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
    player = Player(scenario, run)
    for index, step in enumerate(run.steps):
        check = player.perform(index)
        verdicts = []
        for printed in step.printed:
            try:
                computed = _computed(printed, player)
                verdicts.append(_judge(printed, computed, cut_off=player.truncates))
            except NeurographError as error:
                place = f'{place_of(scenario, run, index)}.printed."{printed.address}"'
                raise ScenarioError(f"{place}: {in_steps(str(error))}") from error
        yield StepResult(
            number=index + 1,
            step=step,
            verdicts=tuple(verdicts),
            check=check,
            remark=player.remark,
        )


def _computed(printed: Printed, player: Player) -> float:
    if printed.formula is not None:
        return _made(printed, printed.formula, player)
    value, used = player.value(printed.address, printed.round), player.samples
    if printed.sample is not None and printed.sample not in used:
        raise ScenarioError(f"this step is not about sample {printed.sample}")
    if not isinstance(value, np.ndarray):
        return _of_all(printed, float(value), player)
    if len(value) < len(used) and (printed.sample or len(value) > 1):
        raise ScenarioError(
            f"has values for the {len(value)} samples of the last batch only; do 'forward' before"
            " the values of single samples are printed"
        )
    if printed.sample is None and len(value) > 1:
        raise ScenarioError(
            f"has a value for each of {len(value)} samples; say which with 'sample', from 1"
        )
    return float(value[0 if printed.sample is None else used.index(printed.sample)])


def _made(printed: Printed, formula: AddressFormula, player: Player) -> float:
    """Return what a source makes of other values: of those of one sample, or of all samples."""

    def value_of(address: str) -> Any:
        value = player.value(address, printed.round)
        of_sample = isinstance(value, np.ndarray) or address in OF_SAMPLES
        if printed.sample is None or not of_sample:
            return Group(value) if isinstance(value, np.ndarray) else value
        return _computed(replace(printed, address=address, formula=None), player)

    made = formula.of(value_of)
    if np.ndim(made):
        raise ScenarioError(
            f"has a value for each of {len(made)} samples; say which with 'sample', from 1, or take"
            " 'total' of them"
        )
    return float(made)


def _of_all(printed: Printed, value: float, player: Player) -> float:
    """Return a value over all samples; of the loss, what a single sample adds to it."""
    if printed.sample is None or len(player.samples) == 1:
        return value
    if printed.address not in OF_SAMPLES or printed.round is not None:
        raise ScenarioError(f"is one value over all {len(player.samples)} samples, not of each")
    losses = (f"{name}.loss" for name in player.net.outputs)
    return sum(_computed(replace(printed, address=address), player) for address in losses)


def _judge(printed: Printed, computed: float, *, cut_off: bool = False) -> Verdict:
    word: Literal["reproduced", "erratum", "FAILED"] = "FAILED"
    problem = None
    truncated = printed.truncated or cut_off
    how = agreement(computed, printed.value, truncated=truncated)
    if printed.correct is None:
        if how:
            word = "reproduced"
        elif printed.truncated and agrees(computed, printed.value):
            problem = "listed as truncated, but it is rounded: leave 'truncated' out"
        else:
            problem = _distance(computed, printed.value)
    elif how:
        problem = "listed as an erratum, but the printed value is reproduced"
    elif how := agreement(computed, printed.correct):
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
        round=printed.round,
        correct=printed.correct,
        cause=printed.cause,
        problem=problem,
        truncated=truncated,
        agreement=how,
        formula=printed.formula,
    )


def _distance(computed: float, printed: str) -> str:
    if not np.isfinite(computed):
        return "the computed value is no finite number"
    number = Numeral.of(printed)
    words = f"differs by {abs(Decimal(repr(computed)) - number.decimal):.2g}"
    if number.unit is None:
        words += "; a fraction is exact"
    else:
        half = Decimal(5).scaleb(-number.decimals - 1)
        words += f"; half a unit of the last digit is {half:g}"
    if _is_full(number):
        places = f"{LAST_PLACES} units in the last place of a float"
        words += f", and {places} are {_last_places(number):.2g}"
    return number.spelt(words)
