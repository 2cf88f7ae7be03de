"""The steps of a run performed on the objects of a network, and how it next changes weights."""

from collections.abc import Hashable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from neurograph.addresses import OF_TRAINING, parse_address
from neurograph.checking import ParameterCheck, check_gradients
from neurograph.columns import Passes, PastUpdate, Value
from neurograph.display import Brief
from neurograph.edit_readers import edits_of
from neurograph.engines.engine import columns_of, values_of_step
from neurograph.errors import (
    InvalidValueError,
    NeurographError,
    NotComputedError,
    ScenarioError,
)
from neurograph.network import Network
from neurograph.optimizers import GRADIENT_DESCENT, Optimizer, get_optimizer
from neurograph.passes import compute
from neurograph.records import record
from neurograph.rounds import equations_of
from neurograph.scenario.model import Scenario, edits_in_force, follow_from_start
from neurograph.scenario.runs import (
    SETTABLE,
    Gradients,
    Run,
    Step,
    StopFacts,
    Training,
    perform,
)
from neurograph.schedules import RateFormula
from neurograph.slips import Edits
from neurograph.training import GradientNorm, History, NoImprovement, TargetLoss
from neurograph.training.steps import Batches
from neurograph.training.stops import Stop
from neurograph.training.trainer import read_memory

__all__ = [
    "GradientVerdict", "NextUpdate", "Player", "check_computes_all", "edits_in_round",
    "first_given", "first_network", "in_steps", "network_after", "next_update", "place_of", "play",
    "player_after", "start_of",
]  # fmt: skip

# Errors are measured against the gradient itself, but at least against this part of the largest.
_FLOOR = 1e-6
_RTOL = 1e-6
#: So many samples of a batch are named.
_MOST_SAMPLES = 8

_STEP_OF_CALL = {
    "net.forward(inputs)": "forward",
    "net.total_error(targets)": "loss",
    "net.backward(targets)": "backward",
    "net.update_weights(learning_rate)": "update",
    "net.train(inputs, targets, ...)": "train",
    "net.attribute(targets)": "attribute",
    "net.curvatures(targets)": "curvature",
}


@record(slots=True, kw_only=True)
class GradientVerdict(Brief):
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


class Player(Brief):
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
    data : tuple of ndarray
        The inputs and targets of the run.
    samples : tuple of int
        Those of the data that the last passes are about, counted from 1.
    inputs, targets : ndarray
        Of these samples: see `take`.
    histories : list of History
        One for each step ``train`` so far; none of a run with digits.
    """

    def __init__(
        self, scenario: Scenario, run: Run, *, record: Sequence[str] = ("loss",), every: int = 1
    ) -> None:
        self.scenario = scenario
        self.run = run
        self._edits = edits_of(scenario, run)
        self.net = scenario.facts_of(run).build(Network)
        follow_from_start(self.net, edits_in_force(self.net, run, self._edits))
        #: Parameters that a backward pass in place has changed, until an update takes them over.
        self._changed: list[float] | None = None
        self.data = scenario.data_of(run)
        self.samples, (self.inputs, self.targets) = scenario.samples_of(run), self.data
        self.histories: list[History] = []
        #: What a step ``loss`` may say otherwise.
        self._reports = {"loss": self.net.loss, "reduction": self.net.reduction}
        #: What passes had computed when the error was reported by another loss.
        self._passes: Passes | None = None
        self._masks: dict[Hashable, float | None] = {}
        #: What the next training begins with: the one before it, and what was set since.
        self._memory: tuple[History | None, dict[str, float]] = (None, {})
        #: The nets and outs that the source gives for the next forward pass; those of the last.
        self._given: dict[str, float] = {}
        self.given: dict[str, float] = {}
        #: By round of the last step, what is computed for what is printed after it.
        self._after_rounds: dict[int, dict[str, Value]] = {}
        #: What the last training reports.
        self._reported: dict[str, float] = {}
        self._record, self._every = tuple(record), every
        #: The network with the parameters with which the gradients were computed.
        self._before = self.net
        self._verdict: GradientVerdict | None = None
        #: What is to be said of the last step.
        self.remark = ""

    @property
    def truncates(self) -> bool:
        """Whether digits are cut off where they are printed."""
        return self.net.edits.truncates

    def come_to(self, index: int | None) -> None:
        """Let passes compute what a step computes, if there is one; with None what all steps do."""
        if self._edits and (index is None or index < len(self.run.steps)):
            self.net.edits = edits_in_force(self.net, self.run, self._edits, index)

    def perform(self, index: int, rounds: int | None = None) -> GradientVerdict | None:
        """Perform one step, or only so many of its rounds; return what it found of gradients.

        Raises
        ------
        ScenarioError
            If it cannot be performed.
        """
        step, *following = self.run.steps[index:]
        if step.makes_pass:
            self._passes = None
            self.take(step)
        if step.kind.checked:
            is_checked = bool(following) and following[0].do == "check"
            self._before = self.net.copy() if is_checked and step.changes_weights else self.net
        is_part = rounds is not None and rounds < step.rounds
        if rounds is not None:
            step = replace(step, rounds=min(rounds, step.rounds))
        self._verdict = None
        # The edits of a training are of its last round.
        self.come_to(None if is_part else index)
        self.remark = self.net.round().stuck if step.trains and not self._edits else ""
        if step.kind.computes:
            self._after_rounds = {}
            self.settle()
        try:
            if step.in_batches and not is_part and any(index in its.steps for its in self._edits):
                self._train_edited(step)
            else:
                perform(self, step)
        except NeurographError as error:
            place = place_of(self.scenario, self.run, index)
            raise ScenarioError(f"{place}: {in_steps(str(error))}") from error
        return self._verdict

    def value(self, address: str, round: int | None = None) -> Value:
        """Return what an address is after the last step, or what was printed after a round of it.

        Raises
        ------
        ScenarioError
            If its round was not reached.
        NeurographError
            If no step has computed it.
        """
        if round is None:
            return self._value(address)
        if round not in self._after_rounds:
            raise ScenarioError(
                f"round {round} was not reached: the training ended after"
                f" {self._reported['rounds']:g}"
            )
        return self._after_rounds[round][address]

    def _value(self, address: str) -> Value:
        if address in OF_TRAINING and self._reported:
            return self._reported[address]
        try:
            value: Value = self.net.edits.after(self.net.value(address))
        except NotComputedError as error:
            if not self._edits:
                raise
            message = f"{address!r} is not known after this step of a run with edits"
            raise ScenarioError(message) from error
        return value

    # -- the machine of steps: see `neurograph.scenario.runs.Machine` ------------------------

    def forward(self, step: Step) -> None:
        """Make a forward pass."""
        self.given, self._given = self._given, {}
        self.net.forward(self.inputs, digits=self.run.digits, given=self.given)

    def compare(self, step: Step) -> None:
        """Compare the outputs with the targets, also by another loss."""
        # It stays for those who ask where the number comes from, until something is computed.
        if step.loss is not None or step.reduction is not None:
            self._passes = self.net.storage.computed
            self._report_as({"loss": step.loss, "reduction": step.reduction})
        self.net.total_error(self.targets)

    def backward(self) -> None:
        """Make a backward pass."""
        rate, net = self.run.learning_rate, self.net
        self._changed = None
        if not net.edits or rate is None or net.round(self.run.order).order != "in_place":
            net.backward(self.targets, digits=self.run.digits)
            return
        # The weights change on the way, and are taken over by the update.
        changed, storage = net.storage.parameters.tolist(), net.storage
        now = net.calculation(
            self.inputs, self.targets, rate, self.run.order, digits=self.run.digits,
            parameters=changed,
        ).compute()  # fmt: skip
        storage.show(now)
        now.tables["weight"] = now.tables["new_weight"] = storage.cells
        self._changed = changed

    def update(self, step: Step) -> None:
        """Change the weights by their gradients."""
        rate = self.run.training(step).learning_rate
        if self._changed is None:
            self.net.update_weights(rate)
            return
        storage = self.net.storage
        before = storage.parameters.copy()
        storage.parameters[:], self._changed = self._changed, None
        storage.outdated = True
        storage.past_update = PastUpdate(
            before, GRADIENT_DESCENT, self.run.order, rate, self.run.digits
        )

    def go_round(self, step: Step) -> None:
        """Make both passes and an update, so many times."""
        training = self.run.training(step)
        rate = training.learning_rate
        for number in range(1, step.rounds + 1):
            # Each round changes weights once.
            now = rate.at(number, number - 1) if isinstance(rate, RateFormula) else rate
            self.net.step(
                self.inputs,
                self.targets,
                now,
                order=training.order,
                digits=self.run.digits,
            )
            self._reported = {"rounds": float(number), "running_loss": self.net.total_error()}
            self._keep(step, number)

    def train(self, step: Step) -> None:
        """Make so many rounds: compiled, or object by object where values are rounded."""
        if self.net.edits.digits(self.run.digits) is not None:
            self.go_round(step)
            return
        training, history = self.run.training(step), None
        optimizer = get_optimizer(training.optimizer)
        for rounds in step.pauses:
            history = self.net.train(
                self.inputs,
                self.targets,
                learning_rate=training.learning_rate,
                epochs=rounds,
                batch_size=training.batch_size,
                optimizer=optimizer,
                order=training.order,
                shuffle=training.shuffle,
                seed=training.seed,
                stop=_stops(step.stop),
                record=self._record,
                every=self._every,
                resume=history,
                memory=self._remembered(optimizer) if history is None else None,
            )
            if history.ended.startswith("interrupted"):
                # The rest of the run would be computed from, and judged by, half a training.
                raise KeyboardInterrupt
            self._reported = {name: float(self.net.value(name)) for name in OF_TRAINING}
            self._keep(step, int(self._reported["rounds"]))
            if self._reported["rounds"] < rounds:
                break
        assert history is not None
        self.histories.append(history)
        self._memory = (history, {})

    def _train_edited(self, step: Step) -> None:
        """Train under the edits of all steps; under those of this step the last update alone."""
        own = self.net.edits
        self.come_to(None)
        perform(self, step)
        if self.net.edits.sentences != own.sentences:
            self.net.edits = own
            rounds = int(self._reported["rounds"])  # a stop may have come before the last
            self._redo_last_step(step, rounds)
            self._keep(step, rounds)

    def _redo_last_step(self, step: Step, rounds: int) -> None:
        """Make the last update of a training again, under the edits as they are now."""
        storage, training = self.net.storage, self.run.training(step)
        past, (history, _) = storage.past_update, self._memory
        assert past is not None
        lost = self.net.total_error()
        rows = [np.atleast_2d(its) for its in (self.inputs, self.targets)]
        n = len(rows[0])
        rng = np.random.default_rng(training.seed) if training.shuffle else None
        batches = Batches(n, min(training.batch_size or n, n), rng)
        *_, batch = batches.take(rounds * len(batches))
        of_round = self.net.round(training.order, past.optimizer)
        memory = {name: column.tolist() for name, column in past.memory.items()}
        given, wanted = (columns_of(its[batch]) for its in rows)
        parameters = past.parameters.tolist()
        of = equations_of(storage, of_round)
        rate, number = past.learning_rate, past.step
        values = values_of_step(of, parameters, given, wanted, memory, rate, number)
        now = compute(of.whole_step(), values)
        storage.show(now)
        storage.parameters[:] = parameters
        now.tables["weight"] = now.tables["new_weight"] = storage.cells
        storage.outdated, storage.past_update = True, past
        left = history.checkpoint.state if history and history.checkpoint else {}
        for name, column in memory.items():
            left[name][:] = column
        self._reported["running_loss"] += self.net.total_error() - lost

    def memory_for(self, training: Training) -> tuple[dict[str, NDArray[np.float64]], int]:
        """Return what the optimiser of a training begins with, and after how many steps.

        Parameters
        ----------
        training : Training

        Returns
        -------
        state : dict from str to ndarray of shape (n_slots,)
            What the optimiser remembers of each parameter.
        before : int
            Of how many changes.
        """
        optimizer = get_optimizer(training.optimizer)
        return read_memory(self.net, optimizer, self._remembered(optimizer), training.learning_rate)

    def _remembered(self, optimizer: Optimizer) -> tuple[History | None, dict[str, float]]:
        """Return what a training begins with: nothing of one that remembers something else."""
        history, numbers = self._memory
        left = history.checkpoint.state if history and history.checkpoint else {}
        state = self.net.round(optimizer=optimizer).optimizer.state
        return (history if left and sorted(left) == sorted(state) else None), numbers

    def _keep(self, step: Step, number: int) -> None:
        """Keep what is printed for a round."""
        if addresses := step.printed_after(number):
            self._after_rounds[number] = {address: self._value(address) for address in addresses}

    def take(self, step: Step) -> None:
        """Take the samples and the masks of a step that makes passes for what follows."""
        samples = self.scenario.samples_of(self.run, step)
        if samples != self.samples:
            self.samples = samples
            self.inputs, self.targets = self.scenario.data_of(self.run, step)
        stated: dict[Hashable, float | None] = dict(step.mask)
        for name in {*self._masks, *stated}:
            neuron = self.net.neuron(name)
            mask = stated.get(name, self._masks.setdefault(name, neuron.mask))
            if neuron.mask != mask:
                neuron.mask = mask

    def settle(self) -> None:
        """Go on with the loss of the run, where a step reported another."""
        self._report_as(self._reports)
        passes, self._passes = self._passes, None
        if passes is not None and not self.net.storage.outdated:
            self.net.storage.show(passes)

    def _report_as(self, stated: Mapping[str, Any]) -> None:
        for setting, value in stated.items():
            if value is not None and getattr(self.net, setting) != value:
                setattr(self.net, setting, value)

    def parameters(self) -> dict[str, float]:
        """Return the weights and biases by address."""
        net = self.net
        weights = {f"{pre}->{post}.weight": net.edges[pre, post].weight for pre, post in net.edges}
        biases = {f"{name}.bias": net.neuron(name).get("bias") for name in net}
        return weights | {name: bias for name, bias in biases.items() if bias is not None}

    def set(self, values: Mapping[str, float]) -> None:
        """Give weights and biases new values, by address, or let something else be given."""
        for address, value in values.items():
            match SETTABLE[parse_address(address).quantity]:
                case "parameter":
                    self.net.set_value(address, value)
                case "memory":
                    self._memory[1][address] = value
                case "given":
                    self._given[address] = value
                    self.given = self._given
                case unknown:
                    raise NotImplementedError(unknown)

    def attribute(self, normalised: bool) -> None:
        """Share out the errors."""
        self.net.attribute(self.targets, normalised=normalised)

    def curvature(self) -> None:
        """Compute second derivatives."""
        self.net.curvatures(self.targets)

    def check(self, step: Step) -> None:
        """Compare the gradients with differentiation of the loss by numbers, edited as they are."""
        if self._edits:
            self._before.edits = self.net.edits
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
        self._verdict = GradientVerdict(
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


# -- which change of weights comes next: what explanations and exercises are about ---------------


@record(slots=True, kw_only=True)
class NextUpdate(Brief):
    """How a run next changes weights.

    Attributes
    ----------
    training : Training
    number : int or None
        Of the step, counted from 1; `None` where the run has no such step.
    words : str
        Which update it is: ``"one update"``, or the first of several, and by which samples.
    n_samples : int
        Of the run.
    rows : tuple of int
        The samples of the update, counted from 0, in the order in which they are taken.
    blocked : str
        Why no gradient of the network as it is makes it; mostly empty.
    n_own : int
        How many samples its pass is about.
    remembers : bool
        Whether its optimiser begins with something: see `Player.memory_for`.
    its_pass : Step, optional
        The step whose forward pass it is about: its own, or the last before it.
    """

    training: Training
    number: int | None
    words: str
    n_samples: int
    rows: tuple[int, ...]
    blocked: str
    n_own: int
    remembers: bool = False
    its_pass: Step | None = None

    @property
    def batch_size(self) -> int:
        """How many samples the update is by."""
        return len(self.rows)

    @property
    def problem(self) -> str:
        """Why it is not one update by all samples that starts afresh; empty if it is one."""
        if self.remembers and not self.blocked:
            return f"begins with what {get_optimizer(self.training.optimizer).name} remembers"
        return self.partial

    @property
    def partial(self) -> str:
        """Why it is not one update by all samples; empty if it is one."""
        if self.blocked or self.batch_size == self.n_own:
            return self.blocked
        return f"changes weights after every {self.batch_size} of {self.n_samples} samples"

    @property
    def learning_rate(self) -> float | None:
        """The learning rate; `None` where the run has neither such a step nor a rate."""
        return self.training.learning_rate if self.number else self.training.learning_rate or None

    @property
    def by_another_optimizer(self) -> str:
        """Which optimiser makes it, in words; empty for plain gradient descent."""
        name = get_optimizer(self.training.optimizer).name
        return "" if name == "gradient_descent" else f"changes weights by {name}"


def start_of(run: Run) -> int:
    """Return after how many steps a run has its first weights: those that set them come first.

    Examples
    --------
    >>> import neurograph as ng
    >>> start_of(ng.load_scenario("klein_undated_mountain").run("from_the_right"))
    1
    """
    leading = 0
    while leading < len(run.steps) and not run.steps[leading].kind.computes:
        leading += 1
    return leading


def check_computes_all(run: Run, what: str) -> None:
    """Check that a run does not begin with nets and outs that are given.

    Raises
    ------
    InvalidValueError
        If it does, and `what` would compute them.
    """
    if any("given" in step.sets for step in run.steps[: start_of(run)]):
        raise InvalidValueError(
            f"{what} computes every net and out, and run {run.name!r} begins with some that are"
            " given"
        )


def first_given(run: Run) -> dict[str, float]:
    """Return the nets and outs that a source gives for the first forward pass of a run.

    Examples
    --------
    >>> from dataclasses import replace
    >>> import neurograph as ng
    >>> from neurograph.scenario.player import first_given
    >>> from neurograph.scenario.runs import Step
    >>> steps = Step(do="set", values=(("h1.out", 0.5), ("w1.weight", 0.25))), Step(do="forward")
    >>> first_given(replace(ng.load_scenario("mazur_2015").runs[0], steps=steps))
    {'h1.out': 0.5}
    """
    start = start_of(run)
    if start == len(run.steps) or run.steps[start].do != "forward":
        return {}
    leading = run.steps[:start]
    values = {address: value for step in leading for address, value in step.values}
    return {
        address: value
        for address, value in values.items()
        if SETTABLE[parse_address(address).quantity] == "given"
    }


def edits_in_round(scenario: Scenario, run: Run) -> Edits:
    """Return what the first round of a run does otherwise."""
    player = Player(scenario, run)
    player.come_to(start_of(run))
    return player.net.edits


def first_network(scenario: Scenario, run: Run) -> Network:
    """Return the network with the first weights of a run, and the masks of its first round."""
    start = start_of(run)
    player = player_after(scenario, run, start)
    if (its := next_update(scenario, run, start).its_pass) is not None:
        player.take(its)
    player.come_to(start)
    return player.net


def network_after(
    scenario: Scenario, run: Run, steps: int, *, rounds: int | None = None
) -> Network:
    """Return the network after so many steps of a run.

    Parameters
    ----------
    scenario : Scenario
    run : Run
    steps : int
    rounds : int, optional
        Of the last of these steps, if it is ``train``, only so many. The parameters then carry
        what the optimiser remembers at that moment.

    Returns
    -------
    Network

    Raises
    ------
    ScenarioError
        If a step cannot be performed.

    Examples
    --------
    >>> import neurograph as ng
    >>> from neurograph.scenario.player import network_after
    >>> scenario = ng.load_scenario("mazur_2015")
    >>> run = scenario.run("error_after_10000_rounds")
    >>> network_after(scenario, run, 1, rounds=1).value("w5.weight")
    0.35891647971788465
    """
    return player_after(scenario, run, steps, rounds=rounds).net


def player_after(
    scenario: Scenario,
    run: Run,
    steps: int,
    *,
    rounds: int | None = None,
    record: Sequence[str] = ("loss",),
) -> Player:
    """Return a run after so many steps: see `network_after` and `Player`."""
    player = Player(scenario, run, record=record)
    for index in range(steps):
        player.perform(index, rounds if index == steps - 1 else None)
    return player


def next_update(scenario: Scenario, run: Run, done: int | None = None) -> NextUpdate:
    """Return how a run changes weights after so many steps.

    Parameters
    ----------
    scenario : Scenario
    run : Run
    done : int, optional
        By default the steps that give the run its first weights. Where no later step changes
        weights, the last one that does is done once more; without any the run's own conventions
        hold.

    Returns
    -------
    NextUpdate

    Examples
    --------
    >>> import neurograph as ng
    >>> scenario = ng.load_scenario("spacagna_2017_batches")
    >>> next_update(scenario, scenario.run("mini_batch")).problem
    'changes weights after every 5 of 17 samples'
    """
    done = start_of(run) if done is None else done
    ahead = [n for n, step in enumerate(run.steps) if n >= done and step.changes_weights]
    behind = [n for n, step in enumerate(run.steps) if n < done and step.trains]
    index = next(iter(ahead or behind[-1:]), None)
    step = Step(do="train") if index is None else run.steps[index]
    training = run.training(step)
    its_pass = None if index is None else run.pass_of(index)
    used, own = scenario.samples_of(run), scenario.samples_of(run, its_pass)
    n_samples = len(used)
    blocked = "sets weights and biases, which no gradient changes" if step.kind.sets else ""
    # 'update' and 'step' are one round by all samples, whatever the run says of batches.
    batch_size = min((training.batch_size if step.in_batches else None) or len(own), len(own))
    batches = Batches(
        len(own), batch_size, np.random.default_rng(training.seed) if training.shuffle else None
    )
    places = np.array([used.index(number) for number in own])
    rows = tuple(places[batches.take(1)[0]].tolist())
    return NextUpdate(
        training=training,
        number=None if index is None else index + 1,
        words=_which_update(step.rounds * len(batches), rows, n_samples),
        n_samples=n_samples,
        rows=rows,
        blocked=blocked,
        # Done once more, it goes on with what it left itself.
        remembers=index is not None and _remembers(run, step, index + (not ahead)),
        n_own=len(own),
        its_pass=its_pass,
    )


def _remembers(run: Run, step: Step, done: int) -> bool:
    """Whether the optimiser of a step begins with what so many steps left or set."""
    state = sorted(_optimizer(run, step).state)
    before = run.steps[:done]
    is_set = any("memory" in step.sets for step in before)
    trained = (_optimizer(run, step) for step in before if step.in_batches)
    return bool(state) and (is_set or any(sorted(its.state) == state for its in trained))


def _optimizer(run: Run, step: Step) -> Optimizer:
    plain = run.training(step).optimizer if step.in_batches else "gradient_descent"
    return get_optimizer(plain)


def _which_update(updates: int, rows: Sequence[int], n_samples: int) -> str:
    words = f"the first of {updates:,} updates" if updates > 1 else "one update"
    if len(rows) == n_samples:
        return words
    samples = ", ".join(str(row + 1) for row in rows[:_MOST_SAMPLES])
    more = f" and {len(rows) - _MOST_SAMPLES} more" if len(rows) > _MOST_SAMPLES else ""
    return f"{words}, by sample{'s'[: len(rows) != 1]} {samples}{more} of {n_samples}"
