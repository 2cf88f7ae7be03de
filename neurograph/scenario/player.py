"""Performing the steps of a run."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from neurograph.checking import ParameterCheck, check_gradients
from neurograph.errors import NeurographError, ScenarioError
from neurograph.network import Network
from neurograph.scenario.model import Scenario
from neurograph.scenario.runs import Gradients, Run, Step, StopFacts
from neurograph.training import GradientNorm, History, NoImprovement, TargetLoss
from neurograph.training.stops import Stop

__all__ = ["GradientVerdict", "Player", "in_steps", "place_of", "play"]

# Errors are measured against the gradient itself, but at least against this part of the largest.
_FLOOR = 1e-6
_RTOL = 1e-6

_STEP_OF_CALL = {
    "net.forward(inputs)": "forward",
    "net.total_error(targets)": "loss",
    "net.backward(targets)": "backward",
    "net.attribute(targets)": "attribute",
    "net.curvatures(targets)": "curvature",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class GradientVerdict:
    """What a step ``check`` found.

    Parameters
    ----------
    stated, found : {"agree", "differ"}
        What the file says, and what is so.
    address : str
        The gradient that differs most.
    computed, numeric : float
        Its value in the run, and by differentiation by numbers, at the weights before the step.
    error : float
        Their relative difference.
    differing : tuple of str
        Every gradient whose relative difference is more than 1e-6.
    """

    stated: Gradients
    found: Gradients
    address: str
    computed: float
    numeric: float
    error: float
    differing: tuple[str, ...]

    @property
    def passed(self) -> bool:
        """Whether it is as the file says."""
        return self.stated == self.found


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
    player = Player(scenario, run)
    for index, step in enumerate(run.steps):
        player.perform(index)
        yield step, player.net


def place_of(scenario: Scenario, run: Run, step: int) -> str:
    """Return the file and the place of a step, for messages."""
    return f"{scenario.file}: runs[{scenario.runs.index(run)}].steps[{step}]"


def in_steps(message: str) -> str:
    """Return a message about passes in the words of a scenario file.

    Examples
    --------
    >>> in_steps("no forward pass has been made yet: call net.forward(inputs) first")
    "no forward pass has been made yet: do 'forward' first"
    """
    for call, step in _STEP_OF_CALL.items():
        message = message.replace(f"call {call}", f"do {step!r}").replace(call, repr(step))
    return message


class Player:
    """A run in progress.

    Parameters
    ----------
    scenario : Scenario
    run : Run
    record : sequence of str
        Addresses that the steps ``train`` keep the values of.
    every : int
        Rounds between two values that are kept.

    Attributes
    ----------
    net : Network
        After the last step.
    inputs, targets : ndarray
        Of the run.
    histories : list of History
        One for each step ``train`` so far; none of a run with digits.
    """

    def __init__(
        self, scenario: Scenario, run: Run, *, record: Sequence[str] = ("loss",), every: int = 1
    ) -> None:
        self.scenario = scenario
        self.run = run
        self.net = scenario.network(run)
        self.inputs, self.targets = scenario.data_of(run)
        self.histories: list[History] = []
        self._record, self._every = tuple(record), every
        #: The network with the parameters with which the gradients were computed.
        self._before = self.net

    def perform(self, index: int) -> GradientVerdict | None:
        """Perform one step; return what it found, if it checks gradients.

        Raises
        ------
        ScenarioError
            If it cannot be performed.
        """
        try:
            return self._perform(index)
        except NeurographError as error:
            place = place_of(self.scenario, self.run, index)
            raise ScenarioError(f"{place}: {in_steps(str(error))}") from error

    def _perform(self, index: int) -> GradientVerdict | None:
        net, digits = self.net, self.run.digits
        step, *following = self.run.steps[index:]
        training = self.run.training(step)
        match step.do:
            case "forward":
                net.forward(self.inputs, digits=digits)
            case "loss":
                net.total_error(self.targets)
            case "backward":
                self._before = net
                net.backward(self.targets, digits=digits)
            case "update":
                net.update_weights(training.learning_rate)
            case "step":
                if following and following[0].do == "check":
                    self._before = net.copy()
                net.step(
                    self.inputs,
                    self.targets,
                    training.learning_rate,
                    order=training.order,
                    digits=digits,
                )
            case "train":
                self._train(step)
            case "set":
                for address, value in step.values:
                    net.set_value(address, value)
            case "check":
                return self._checked(step)
            case "attribute":
                net.attribute(self.targets, normalised=step.normalised)
            case "curvature":
                net.curvatures(self.targets)
            case "given":
                pass
            case unknown:
                raise NotImplementedError(unknown)
        return None

    def _train(self, step: Step) -> None:
        training = self.run.training(step)
        if self.run.digits is None:
            history = self.net.train(
                self.inputs,
                self.targets,
                learning_rate=training.learning_rate,
                epochs=step.rounds,
                batch_size=training.batch_size,
                optimizer=training.optimizer,
                order=training.order,
                shuffle=training.shuffle,
                seed=training.seed,
                stop=_stops(step.stop),
                record=self._record,
                every=self._every,
            )
            if history.ended.startswith("interrupted"):
                # The rest of the run would be computed from, and judged by, half a training.
                raise KeyboardInterrupt
            self.histories.append(history)
            return
        for _ in range(step.rounds):  # rounded as on paper: object by object
            self.net.step(
                self.inputs,
                self.targets,
                training.learning_rate,
                order=training.order,
                digits=self.run.digits,
            )

    def _checked(self, step: Step) -> GradientVerdict:
        check = check_gradients(self._before, self.inputs, self.targets, rtol=_RTOL)
        found = [(one, *self._compared(one)) for one in check.parameters]
        largest = max(abs(numeric) for _, _, numeric in found)
        errors = {
            one.address: _relative(computed, numeric, _FLOOR * largest)
            for one, computed, numeric in found
        }
        differing = tuple(address for address, error in errors.items() if not error <= _RTOL)
        worst, computed, numeric = max(
            found, key=lambda each: np.nan_to_num(errors[each[0].address], nan=np.inf)
        )
        assert step.gradients is not None
        return GradientVerdict(
            stated=step.gradients,
            found="differ" if differing else "agree",
            address=_of_gradient(worst.address),
            computed=computed,
            numeric=numeric,
            error=errors[worst.address],
            differing=tuple(map(_of_gradient, differing)),
        )

    def _compared(self, one: ParameterCheck) -> tuple[float, float]:
        """Return a gradient as the run computed it, and by numbers."""
        computed = self.net.value(_of_gradient(one.address))
        # The complex step is exact to rounding, where a formula allows it.
        numeric = one.central if np.isnan(one.complex_step) else one.complex_step
        return float(computed), numeric


def _of_gradient(address: str) -> str:
    name, _, quantity = address.rpartition(".")
    return f"{name}.{'gradient' if quantity == 'weight' else 'bias_gradient'}"


def _relative(computed: float, numeric: float, floor: float) -> float:
    scale = max(abs(computed), abs(numeric), floor)
    return abs(computed - numeric) / scale if scale else 0.0


def _stops(facts: StopFacts | None) -> list[Stop]:
    if facts is None:
        return []
    stops: list[Stop] = []
    if facts.loss is not None:
        stops.append(TargetLoss(facts.loss))
    if facts.no_improvement is not None:
        stops.append(NoImprovement(facts.no_improvement))
    if facts.gradient_norm is not None:
        stops.append(GradientNorm(facts.gradient_norm))
    return stops
