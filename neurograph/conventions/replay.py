"""Performing steps under a setup, with single values overwritten as soon as they are known.

The numbers come from `neurograph.passes`; nothing is computed here that is computed there.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np

from neurograph.addresses import LEARNING_RATE, OF_ANSWERS, OF_TRAINING, parse_address
from neurograph.columns import Value
from neurograph.conventions.setups import Place, Setup
from neurograph.curvature import curvatures
from neurograph.engines import make_engine
from neurograph.engines.engine import Batch, Steps, columns_of
from neurograph.equations import Equation, Equations, Operand, Variable
from neurograph.formulas import Group
from neurograph.losses import get_loss, right_answers
from neurograph.optimizers import CHANGE, GRADIENT_DESCENT, REMEMBERED, Optimizer, get_optimizer
from neurograph.passes import ROUNDED, Values, compute, rounding
from neurograph.passes import computed as computed_one_by_one
from neurograph.quantities import BY_ADDRESS, QUANTITIES
from neurograph.records import record
from neurograph.scenario.runs import SETTABLE, Step
from neurograph.schedules import RateFormula
from neurograph.slips import EVERY, KEPT, RATE, Edit, Instead
from neurograph.structure import Structure
from neurograph.training.steps import Batches

__all__ = [
    "ROUND",
    "Override",
    "Overrides",
    "PassMoment",
    "Paused",
    "Replay",
    "computed",
    "overrides_of",
]

#: One round, step by step.
ROUND = tuple(Step(do=do) for do in ("forward", "loss", "backward", "update"))

#: What an update computes of a parameter.
_OF_UPDATE = (*sorted(REMEMBERED), CHANGE, "step")
#: What is one value over all samples, and of one sample the sum over the outputs.
_OF_SAMPLES = ("total_error", "data_loss")


@dataclass
class PassMoment:
    """What an override can see: everything computed so far in the pass that is running."""

    setup: Setup
    parameters: list[float]
    now: Values
    #: The parameters before the pass, some of which it may have changed.
    before: tuple[float, ...]
    #: The one that has just been computed.
    equation: Equation | None = None

    def known(self, quantity: str, place: int) -> Any:
        """Return a value of the pass that is running, be it reached already or not."""
        if place in self.now.given.get(quantity, ()):
            return self.now.given[quantity][place]
        reached = self.now[quantity]
        if place in reached:
            return reached[place]
        is_forward = QUANTITIES[quantity].phase == "forward"
        return (self._forward if is_forward else self._ahead)[quantity][place]

    @cached_property
    def _forward(self) -> Values:
        values = Values(list(self.before), self.now.given["out"])
        return compute(self.setup.equations().phase("forward"), values, self.setup.digits)

    @cached_property
    def _ahead(self) -> Values:
        ahead = self.now.of_forward(list(self.before))
        for quantity in ("target", "loss", "total_error"):
            ahead.tables[quantity] = self.now[quantity]
        ahead.remember({}, learning_rate=self.setup.rate)  # in place, weights change on the way
        return compute(self.setup.equations().phase("backward"), ahead, self.setup.digits)


#: Gives the value that stands in the place of the one just computed.
Override = Callable[[PassMoment, int], Any]

#: By quantity and place; the place `None` means every place.
Overrides = Mapping[tuple[str, int | None], Override]


def overrides_of(edit: Edit, structure: Structure) -> Overrides:
    """Return the overrides that make an edit of equations where a replay comes to them."""
    overrides: dict[tuple[str, int | None], Override] = {}
    operands: dict[Variable, dict[Variable, Instead]] = {}
    for quantity, instead in edit.whole.items():
        if quantity != RATE and quantity.quantity != "weight":
            overrides[_called(structure, *quantity[:2])] = _taken(instead)
    for (owner, operand), instead in edit.operands.items():
        operands.setdefault(owner, {})[operand] = instead
    for owner, changes in operands.items():
        # Of an update it is in all its rules, whatever the optimiser, and in what is printed of it.
        names = _OF_UPDATE if owner.quantity == CHANGE else (owner.quantity,)
        worked_out = _worked_out(changes)
        for name in names:
            overrides[_called(structure, name, owner.place)] = worked_out
    for owner, equation in edit.equations.items():
        overrides[_called(structure, *owner[:2])] = _worked_out({}, equation)
    for written, quantities in ((edit.rounded, KEPT), (edit.within, EVERY)):
        if written is not None:
            called = _called_of_both(quantities)
            overrides |= {(name, None): _written(written, name) for name in called}
    return overrides


def _taken(instead: Instead) -> Override:
    return lambda moment, _: _put(moment, instead)


def _written(write: Callable[[Any], Any], quantity: str) -> Override:
    return lambda moment, place: write(computed(moment, quantity, place))


def _worked_out(changes: Mapping[Variable, Instead], equation: Equation | None = None) -> Override:
    """Return what works an equation out, or another, with something else for some operands."""

    def override(moment: PassMoment, _: int) -> Any:
        assert moment.equation is not None
        if moment.equation.formula is None:  # what is given is not computed
            return moment.now[moment.equation.left.quantity][moment.equation.left.place]
        stated = equation or moment.equation
        # What stands by itself is meant, and not the same among several of its kind.
        alone = any(its in changes for its in stated.operands.values() if isinstance(its, Variable))

        def value_of(operand: Operand) -> Any:
            if isinstance(operand, Variable) and operand in changes:
                return _put(moment, changes[operand])
            if isinstance(operand, list) and changes and not alone:
                return Group(map(value_of, operand))
            return moment.now.value(operand)

        value = stated.value(value_of, moment.now.n_samples, altered=True)
        return value if equation is None or not equation.written else equation.written(value)

    return override


def _put(moment: PassMoment, instead: Instead) -> Any:
    """Return what stands for an operand, for each sample of a batch."""
    if instead.quantity is None:
        if moment.equation is not None and moment.equation.phase == "update":
            return instead.factor  # there is one for the batch
        return instead.factor + 0.0 * moment.now["out"][moment.setup.structure.inputs[0]]
    quantity, place, _ = instead.quantity
    if quantity in ("weight", "new_weight"):
        return instead.factor * moment.parameters[place]
    return instead.factor * moment.known(quantity, place)


def computed(moment: PassMoment, quantity: str, place: int) -> Any:
    """Return the value that has just been computed, as an override finds it."""
    name, at = _kept_at(moment.setup.structure, quantity, place)
    return moment.now[name][at]


def drive(equations: Iterable[Equation], moment: PassMoment, overrides: Overrides) -> None:
    """Compute equations; put what the overrides give in the place of what was computed."""
    now, structure, digits = moment.now, moment.setup.structure, moment.setup.digits
    now.altered, rounded = True, rounding(digits)
    with np.errstate(all="ignore"):
        for equation in computed_one_by_one(equations, now, digits):
            name, at, _ = equation.left
            quantity, place = _called(structure, name, at)
            override = overrides.get((quantity, place)) or overrides.get((quantity, None))
            if override is not None:
                moment.equation = equation
                value = override(moment, place)
                now[name][at] = rounded(value) if name in ROUNDED else value


def _called(structure: Structure, name: str, at: int) -> tuple[str, int]:
    """Return under which quantity and place overrides know a number: biases by their neuron."""
    row = QUANTITIES.get(name)
    if row is None or row.owner != "parameter":
        return name, at
    if structure.pre[at] < 0:
        return row.of_bias.removeprefix("new_"), int(structure.post[at])
    return name.removeprefix("new_"), at


def _called_of_both(quantities: Iterable[str]) -> Iterator[str]:
    """Yield what overrides call quantities, of weights and of biases."""
    for name in quantities:
        yield name.removeprefix("new_")
        if (row := QUANTITIES[name]).of_bias:
            yield row.of_bias.removeprefix("new_")


def _kept_at(structure: Structure, quantity: str, place: int) -> tuple[str, int]:
    """Return the table and the place in it of a number that overrides call so."""
    row = BY_ADDRESS.get(quantity)
    if row is not None and row.of_bias == quantity:
        return row.name, structure.bias_slot[place]
    return quantity, place


# -- steps under a setup ------------------------------------------------------------------------


class OptimizerStep(NamedTuple):
    """By which optimiser an update changes parameters, and which step of a training it is."""

    optimizer: Optimizer
    memory: dict[str, Any]
    number: int


_ERRORS = ("loss", "data_loss", "penalty", "total_error")
_PLAIN = OptimizerStep(GRADIENT_DESCENT, {}, 1)
_NOTHING: Mapping[Variable, float] = {}


@dataclass
class Memory:
    """What the next training begins with."""

    #: What the last one remembered, by slot.
    left: dict[str, Any]
    #: What was set since, by quantity and slot.
    stated: dict[tuple[str, int], float]
    #: Steps that the last one had done.
    steps: int = 0

    def copy(self) -> "Memory":
        """Return the same, whatever happens to this one."""
        return Memory(dict(self.left), dict(self.stated), self.steps)

    def begun(self, setup: Setup, n_slots: int) -> tuple[dict[str, Any], int]:
        """Return what an optimiser begins with, and after how many steps."""
        optimizer = setup.optimizer
        sign = 1.0 if setup.terms.turned else -1.0
        goes_on = bool(self.left) and sorted(self.left) == sorted(optimizer.state)
        memory = {
            name: self.left[name].copy() if goes_on else np.zeros(n_slots)
            for name in optimizer.state
        }
        for (name, slot), value in self.stated.items():
            if name in memory:
                memory[name][slot] = value
            elif name == CHANGE and optimizer.faded_change and setup.rate:
                memory[optimizer.faded_change][slot] = sign * value / setup.rate
        return memory, self.steps if goes_on else 0


@record
class Paused:
    """A training before its last step."""

    parameters: list[float]
    #: What the optimiser remembers.
    memory: dict[str, Any]
    #: The batch of the last step; nothing for a training of no steps.
    last: Sequence[Batch]
    number: int
    alone: bool
    #: How many rounds there are, and the losses of the last, added up but for its last step.
    rounds: int = 0
    losses: float = 0.0


class Replay:
    """Values under a setup, on which the steps of a run are performed: a `Machine` of steps.

    Parameters
    ----------
    setup : Setup
    overrides : Overrides, optional
    parameters : list of float, optional
        Those to begin with, if not those of the setup.

    Attributes
    ----------
    overrides : Overrides
        In force during the whole of a step.
    in_last_round : bool
        Whether those of a training are in force in its last step alone.
    now : Values or None
        What passes have computed.
    """

    def __init__(
        self,
        setup: Setup,
        overrides: Overrides | None = None,
        parameters: list[float] | None = None,
    ) -> None:
        self.setup = setup
        self.overrides: Overrides = overrides or {}
        self.in_last_round = False
        #: The setup with the samples of the last passes.
        self.about = setup
        #: What a training reports, and the rate of the update after the last pass, by address.
        self.reported: dict[str, float] = {}
        self._given: dict[Variable, float] = {}
        #: The values whose errors are by another loss than that of the run, and those by that.
        self._errors: tuple[Values | None, dict[str, Any]] = None, {}
        self._memory = Memory({}, {})
        self.now: Values | None = None
        self._parameters = setup.parameters.tolist() if parameters is None else list(parameters)
        #: The parameters that a backward pass in place has changed, until the update takes them
        #: over.
        self._changed: list[float] | None = None

    def under(self, setup: Setup) -> "Replay":
        """Return another with these parameters, on which nothing is computed yet."""
        other = Replay(setup, parameters=self._parameters)
        other._given, other._memory, other.reported = (
            dict(self._given), self._memory.copy(), dict(self.reported)
        )  # fmt: skip
        return other

    # -- the machine of steps: see `neurograph.scenario.runs.Machine` ------------------------

    def forward(self, step: Step) -> None:
        """Make a forward pass."""
        self._fitted(step)
        given, self._given = self._given, {}
        self._forward(self.about, self.about.inputs, given)

    def compare(self, step: Step) -> None:
        """Compare the outputs with the targets, also by another loss."""
        about = self.about
        self._settle_loss()
        if self.now is not None and (step.loss is not None or step.reduction is not None):
            self._errors = self.now, {name: dict(self.now[name]) for name in _ERRORS}
        if step.loss is not None:
            about = replace(about, loss=get_loss(step.loss))
        if step.reduction is not None:
            about = replace(about, reduction=step.reduction)
        self._compare(about, about.targets)

    def _settle_loss(self) -> None:
        """Go on with the errors by the loss of the run."""
        values, errors = self._errors
        if values is not None and values is self.now:
            values.tables |= errors
        self._errors = None, {}

    def backward(self) -> None:
        """Make a backward pass."""
        self._errors = None, {}
        self._compare(self.about, self.about.targets)
        self._backward(self.about, _PLAIN)

    def update(self, step: Step) -> None:
        """Change the weights by their gradients."""
        self._settle_loss()
        self._update(self._stated(self.about, step), _PLAIN)

    def go_round(self, step: Step) -> None:
        """Make both passes and an update, so many times."""
        setup = self._fitted(step)
        for number in range(1, step.rounds + 1):
            self._round(setup, setup.inputs, setup.targets, _PLAIN)
            self._report(step.after + number, self._total_error)

    def train(self, step: Step) -> None:
        """Make so many rounds: compiled, unless every value has to be looked at."""
        self.finish(self.pause(step), step)

    def parameters(self) -> dict[str, float]:
        """Return the weights and biases by address."""
        structure, values = self.setup.structure, self._parameters
        weights = {
            "{}->{}.weight".format(*structure.ends(slot)): values[slot]
            for slot in self.setup.weights()
        }
        biases = structure.bias_slot.items()
        return weights | {f"{structure.names[row]}.bias": values[slot] for row, slot in biases}

    def set(self, values: Mapping[str, float]) -> None:
        """Give weights and biases new values, by address, or let something else be given."""
        for address, value in values.items():
            quantity = parse_address(address).quantity
            slots = self.setup.structure.shared_slots
            match SETTABLE[quantity]:
                case "parameter":
                    for member in slots(self.setup.slot_of(address)):
                        self._parameters[member] = value
                case "memory":
                    for member in slots(self.setup.slot_of(address)):
                        self._memory.stated[BY_ADDRESS[quantity].name, member] = value
                case "given":
                    self._given[Variable(quantity, self.setup.slot_of(address))] = value
                case unknown:
                    raise NotImplementedError(unknown)

    def check(self, step: Step) -> None:
        """Compute nothing: a check of gradients changes no number."""

    def attribute(self, normalised: bool) -> None:
        """Share out the errors."""
        setup, now = self.about, self.now
        if now is None or not now["out"]:
            return
        now.tables |= {"error": {}, "share": {}}
        now.given["target"] = targets = dict(
            zip(setup.structure.outputs, setup.targets, strict=True)
        )
        now.tables["target"] = targets
        equations = setup.equations().attribution(normalised=normalised != setup.shares_turned)
        self._drive(equations, setup, self._parameters)

    def curvature(self) -> None:
        """Compute second derivatives."""
        setup, now = self.about, self.now
        if now is None or not now["out"]:
            return
        inputs = {row: now["out"][row] for row in setup.structure.inputs}
        targets = dict(zip(setup.structure.outputs, setup.targets, strict=True))
        equations = Equations(setup.plain_round, updates=False)
        for slot, values in curvatures(equations, self._parameters, inputs, targets):
            for name, value in values._asdict().items():
                now[name][slot] = value

    # -- what it shows ----------------------------------------------------------------------

    def read(self, place: Place, sample: int | None = None) -> float | None:
        """Return one value, or `None` if no pass has computed it.

        Parameters
        ----------
        place : Place
        sample : int, optional
            Of a batch, counted from 1.

        Returns
        -------
        float or None
        """
        value = self.value(place)
        if sample is not None and place.quantity in _OF_SAMPLES and not self.about.single:
            assert self.now is not None
            value = sum(self.now["loss"].values())
        return float(value[(sample or 1) - 1]) if isinstance(value, np.ndarray) else value

    def read_all(self, place: Place, sample: int | None = None) -> Value | Group | None:
        """Return one value as `read` does; without a sample, of several samples all of them."""
        if sample is not None:
            return self.read(place, sample)
        value = self.value(place)
        return Group(value) if isinstance(value, np.ndarray) else value

    def value(self, place: Place) -> Value | None:
        """Return a value, of a batch for each sample; `None` if no pass has computed it."""
        name, at = place.quantity, place.place
        if name in (*OF_TRAINING, LEARNING_RATE):
            return self.reported.get(name)
        if name in OF_ANSWERS:
            return self._right(name)
        row = BY_ADDRESS[name]
        if row.of_bias == name:
            name, slot = row.name, self.setup.structure.bias_slot.get(at)
            if slot is None:
                return None
            at = slot
        if name == "weight":
            return self._parameters[at]
        if self.now is None:
            return None
        try:
            if row.owner == "network":
                return self.now.of_network(name)
            value = self.now[name][at]
        except KeyError:
            return None
        return value if isinstance(value, np.ndarray) else float(value)

    def _right(self, name: str) -> float | None:
        """Return how many samples are answered rightly, or which part of them."""
        now, outputs = self.now, self.setup.structure.outputs
        if now is None or not now["target"]:
            return None
        outs, targets = ([now[its][row] for row in outputs] for its in ("out", "target"))
        return right_answers(outs, targets)[name]

    # -- a training in two parts ------------------------------------------------------------

    def pause(self, step: Step) -> Paused:
        """Return a training before its last step; nothing here is changed."""
        setup = self._fitted(step)
        n = setup.n_samples
        rng = np.random.default_rng(step.seed) if step.shuffle else None
        batches = Batches(n, min(step.batch_size or n, n), rng)
        batches.skip(step.after * len(batches))
        steps = batches.take(step.rounds * len(batches))
        setups = _with_rates(setup, step, len(batches))
        memory, before = self._memory.begun(setup, len(self._parameters))
        alone = setup.single or batches.batch_size == 1
        rounds = step.after + step.rounds
        paused = Paused(
            list(self._parameters), memory, steps[-1:], before + len(steps), alone, rounds=rounds
        )
        if len(steps) < 2:
            return paused
        # Of the last round, all losses but the last.
        running = len(batches) - 1
        # All steps but the last: an engine does them, unless it cannot round, misread or overwrite.
        overrides = {} if self.in_last_round else self.overrides
        if setup.digits is not None or setup.misread or overrides:
            on_paper = Replay(setup, overrides, self._parameters)
            losses = []
            for number, batch in enumerate(steps[:-1], start=before + 1):
                its = setups[number - before - 1]
                on_paper._batch(its, batch, OptimizerStep(setup.optimizer, memory, number), alone)
                losses.append(on_paper._total_error)
            summed = sum(losses[len(losses) - running :])
            return replace(paused, parameters=on_paper._parameters, losses=summed)
        parameters = np.array(self._parameters)
        of_round = setup.equations(setup.optimizer).round
        engine = make_engine(of_round, labels={}, batch_size=batches.batch_size)
        rates = [its.rate for its in setups[:-1]]
        data = setup.rows(setup.inputs), setup.rows(setup.targets)
        # Under an alternative a training may diverge: its values are then nan, and agree with none.
        with np.errstate(all="ignore"):
            first_step = before + 1
            done = engine.steps(Steps(parameters, memory, *data, steps[:-1], rates, first_step))
        if len(done) < len(rates) or not np.isfinite(done[-1]):
            parameters[:] = np.nan
        summed = sum(done[len(rates) - running : len(rates)])
        return replace(paused, parameters=parameters.tolist(), losses=summed)

    def finish(self, paused: Paused, step: Step) -> None:
        """Do the last step of a training, which is not changed; nothing is left of before."""
        setup = self._fitted(step)
        size = min(step.batch_size or setup.n_samples, setup.n_samples)
        setup = _with_rates(setup, step, -(-setup.n_samples // size))[-1]
        self._parameters, self.now, self._changed = list(paused.parameters), None, None
        memory = {name: column.copy() for name, column in paused.memory.items()}
        for batch in paused.last:
            change = OptimizerStep(setup.optimizer, memory, paused.number)
            self._batch(setup, batch, change, paused.alone)
        self._memory = Memory(memory, {}, paused.number)
        self._report(paused.rounds, paused.losses + self._total_error)

    def _report(self, rounds: int, running_loss: float) -> None:
        """Keep what a training reports."""
        self.reported |= {"rounds": float(rounds), "running_loss": running_loss}

    @property
    def _total_error(self) -> float:
        return float("nan") if self.now is None else self.now["total_error"].get(-1, float("nan"))

    # -- passes -----------------------------------------------------------------------------

    def _fitted(self, step: Step) -> Setup:
        """Return the setup with what a step that makes passes states for itself."""
        self.about = self.setup
        if step.samples is not None:
            self.about = self.setup.keeping(self.about.of_samples(step.samples))
        if step.mask:
            self.about = self.about.masked(dict(step.mask))
        return self._stated(self.about, step)

    def _stated(self, setup: Setup, step: Step) -> Setup:
        """Return a setup with the conventions that a step states for itself."""
        own: dict[str, Any] = {"order": step.order, "learning_rate": step.learning_rate}
        if step.optimizer:
            own["optimizer"] = get_optimizer(step.optimizer)
        stated = {name: value for name, value in own.items() if value is not None}
        return setup.keeping(replace(setup, **stated)) if stated else setup

    def _batch(self, setup: Setup, batch: Batch, change: OptimizerStep, alone: bool) -> None:
        """Do one step of a training, object by object."""
        inputs, targets = (
            columns_of(rows[batch] if not alone else rows[batch][:1])
            for rows in (setup.rows(setup.inputs), setup.rows(setup.targets))
        )
        self._round(setup, inputs, targets, change)

    def _round(
        self, setup: Setup, inputs: Sequence[Value], targets: Sequence[Value], change: OptimizerStep
    ) -> None:
        self._forward(setup, inputs)
        self._compare(setup, targets)
        self._backward(setup, change)
        self._update(setup, change)

    def _forward(
        self, setup: Setup, inputs: Sequence[Value], given: Mapping[Variable, float] = _NOTHING
    ) -> None:
        parameters = self._parameters
        if setup.misread:
            parameters = list(parameters)
            for slot, other in setup.misread.items():
                parameters[slot] = 0.0 if other is None else self._parameters[other]
        self.reported.pop(LEARNING_RATE, None)
        self.now = Values(parameters, dict(zip(setup.structure.inputs, inputs, strict=True)))
        self.now.altered = bool(self.overrides or given)
        equations = setup.equations().phase("forward")
        if given:
            nothing = 0.0 * np.asarray(inputs[0])
            for (quantity, row, _), value in given.items():
                own = {row: value + (nothing if nothing.ndim else 0.0)}
                self.now.given[quantity] = {**self.now.given.get(quantity, {}), **own}
            pinned = frozenset(given)
            equations = Equations(setup.equations().round, updates=False, pinned=pinned).forward()
        self._drive(equations, setup, self._parameters)
        _settle(self.now, self._parameters)

    def _compare(self, setup: Setup, targets: Sequence[Value]) -> None:
        if self.now is not None and self.now.has_outs(setup.structure):
            self.now.given["target"] = dict(zip(setup.structure.outputs, targets, strict=True))
            equations = setup.equations().phase("losses")
            self._drive(equations, setup, self._parameters)

    def _backward(self, setup: Setup, change: OptimizerStep) -> None:
        if self.now is None or not self.now["target"]:
            return
        equations = setup.equations(change.optimizer)
        parameters = list(self._parameters)
        _settle(self.now, parameters)
        self._remember(setup, change)
        self._drive(equations.phase("backward"), setup, parameters)
        self._changed = parameters if equations.in_place else None
        _settle(self.now, self._parameters)

    def _update(self, setup: Setup, change: OptimizerStep) -> None:
        self.reported[LEARNING_RATE] = setup.learning_rate or 0.0
        if self._changed is not None:
            self._parameters, self._changed = self._changed, None
            return
        if self.now is not None and self.now["gradient"]:
            _settle(self.now, self._parameters)
            self._remember(setup, change)
            equations = setup.equations(change.optimizer).phase("update")
            self._drive(equations, setup, self._parameters)

    def _remember(self, setup: Setup, change: OptimizerStep) -> None:
        assert self.now is not None
        self.now.remember(change.memory, learning_rate=setup.rate, step_number=float(change.number))
        if self.overrides:  # a rule that is worked out again reads what was there before
            earlier = {f"earlier_{name}": its.copy() for name, its in change.memory.items()}
            self.now.tables |= earlier

    def _drive(self, equations: Iterable[Equation], setup: Setup, parameters: list[float]) -> None:
        assert self.now is not None
        if not self.overrides:
            compute(equations, self.now, setup.digits)
            return
        moment = PassMoment(setup, parameters, self.now, tuple(self._parameters))
        drive(equations, moment, self.overrides)


def _with_rates(setup: Setup, step: Step, steps_per_epoch: int) -> list[Setup]:
    """Return the setup of each change of a training: one for all, unless its rate is a formula."""
    n, rate = step.rounds * steps_per_epoch, setup.learning_rate
    if not isinstance(rate, RateFormula):
        return [setup] * n
    first = step.after * steps_per_epoch + 1
    rates = map(rate.schedule(steps_per_epoch), range(first, first + n))
    return [setup.keeping(replace(setup, learning_rate=each)) for each in rates]


def _settle(now: Values, parameters: list[float]) -> None:
    """Let what follows read and change these parameters."""
    now.tables["weight"] = now.tables["new_weight"] = parameters
