"""Performing steps under a setup, with single values overwritten as soon as they are known.

The numbers come from `neurograph.passes`; nothing is computed here that is computed there.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple

import numpy as np

from neurograph.columns import Value
from neurograph.conventions.overrides import Overrides, PassMoment, ReplayState, drive
from neurograph.conventions.setups import Place, Setup
from neurograph.curvature import curvatures
from neurograph.engines import make_engine
from neurograph.engines.engine import Batch, Steps, update_rule
from neurograph.engines.passes_engine import columns_of
from neurograph.equations import Equations
from neurograph.optimizers import GradientDescent, Optimizer, get_optimizer
from neurograph.passes import Values
from neurograph.quantities import BY_ADDRESS
from neurograph.training.steps import Batches

__all__ = [
    "ROUND",
    "Op",
    "Paused",
    "pause",
    "perform",
    "read",
    "resume",
]


@dataclass(frozen=True, kw_only=True)
class Op:
    """One step of a run, as far as it changes numbers.

    Attributes
    ----------
    do : str
        As in a scenario file.
    rounds : int
    order, learning_rate, optimizer, batch_size, shuffle, seed
        Of this step, where they differ from those of the setup.
    values : mapping
        What a step that sets parameters sets, by slot.
    normalised : bool
        Of an attribution.
    """

    do: str
    rounds: int = 1
    order: str | None = None
    learning_rate: float | None = None
    optimizer: str | Optimizer | None = None
    batch_size: int | None = None
    shuffle: bool = False
    seed: int | None = None
    values: Mapping[int, float] = field(default_factory=dict)
    normalised: bool = True

    @property
    def computes(self) -> tuple[str, ...]:
        """The phases of a round that it performs."""
        if self.do in ("step", "train"):
            return ("forward", "loss", "backward", "update")
        return (self.do,)

    def fitted(self, setup: Setup) -> Setup:
        """Return the setup with what this step states for itself."""
        return replace(
            setup,
            order=self.order or setup.order,
            learning_rate=(
                setup.learning_rate if self.learning_rate is None else self.learning_rate
            ),
            optimizer=get_optimizer(self.optimizer) if self.optimizer else setup.optimizer,
        )


@dataclass(frozen=True)
class Paused:
    """A training before its last step."""

    parameters: list[float]
    #: What the optimiser remembers.
    memory: dict[str, Any]
    #: The batch of the last step; nothing for a training of no steps.
    last: Sequence[Batch]
    number: int
    alone: bool


#: One round, step by step.
ROUND = (Op(do="forward"), Op(do="loss"), Op(do="backward"), Op(do="update"))

_DESCENT = GradientDescent()
#: Gives the new value of the parameter in a slot, from its value and its gradient.
Rule = Callable[[int, Any, Any], Any]


def perform(state: ReplayState, setup: Setup, op: Op, overrides: Overrides) -> None:
    """Perform one step; it changes the state.

    Parameters
    ----------
    state : ReplayState
    setup : Setup
    op : Op
    overrides : Overrides
        In force during the whole of the step.
    """
    setup = op.fitted(setup) if op.do in ("update", "step", "train") else setup
    match op.do:
        case "forward":
            _forward(state, setup, setup.inputs, overrides)
        case "loss":
            _losses(state, setup, setup.targets, overrides)
        case "backward":
            _losses(state, setup, setup.targets, overrides)
            _backward(state, setup, _descent(setup), overrides)
        case "update":
            _update(state, setup, _descent(setup), overrides)
        case "step":
            for _ in range(op.rounds):
                _round(state, setup, setup.inputs, setup.targets, _descent(setup), overrides)
        case "train" if overrides:
            for _ in range(op.rounds):
                _round(state, setup, setup.inputs, setup.targets, _descent(setup), overrides)
        case "train":
            trained = resume(pause(state, setup, op), setup, op, overrides)
            state.parameters, state.now = trained.parameters, trained.now
        case "set":
            for slot, value in op.values.items():
                for member in setup.structure.shared_slots(slot):
                    state.parameters[member] = value
        case "attribute":
            _attribute(state, setup, op, overrides)
        case "curvature":
            _curvature(state, setup)
        case "given" | "check":
            pass
        case unknown:
            raise NotImplementedError(unknown)


def read(state: ReplayState, setup: Setup, place: Place, sample: int | None = None) -> float | None:
    """Return one value, or `None` if no pass has computed it.

    Parameters
    ----------
    state : ReplayState
    setup : Setup
    place : Place
    sample : int, optional
        Of a batch, counted from 1.

    Returns
    -------
    float or None
    """
    structure, name, at = setup.structure, place.quantity, place.place
    row = BY_ADDRESS[name]
    if row.of_bias == name:
        name, at = row.name, structure.bias_slot.get(at, -1)
    if name == "weight":
        return state.parameters[at]
    if state.now is None:
        return None
    try:
        value = state.now[name][-1 if name == "total_error" else at]
    except KeyError:
        return None
    return float(value[(sample or 1) - 1]) if isinstance(value, np.ndarray) else float(value)


def _descent(setup: Setup) -> Rule:
    return update_rule(_DESCENT, {}, setup.rate, step=1)


def _forward(
    state: ReplayState, setup: Setup, inputs: Sequence[Value], overrides: Overrides
) -> None:
    parameters = state.parameters
    if setup.misread:
        parameters = list(parameters)
        for slot, other in setup.misread.items():
            parameters[slot] = 0.0 if other is None else state.parameters[other]
    state.now = Values(parameters, dict(zip(setup.structure.inputs, inputs, strict=True)))
    state.now.altered = bool(overrides)
    moment = _moment(state, setup, state.parameters, _descent(setup))
    drive(setup.equations().phase("forward"), moment, overrides)
    _settle(state.now, state.parameters)


def _settle(now: Values, parameters: list[float]) -> None:
    """Let what follows read and change these parameters."""
    now.tables["weight"] = now.tables["new_weight"] = parameters


def _losses(
    state: ReplayState, setup: Setup, targets: Sequence[Value], overrides: Overrides
) -> None:
    if state.now is not None and state.now.has_outs(setup.structure):
        state.now.given["target"] = dict(zip(setup.structure.outputs, targets, strict=True))
        moment = _moment(state, setup, state.parameters, _descent(setup))
        drive(setup.equations().phase("losses"), moment, overrides)


def _backward(
    state: ReplayState,
    setup: Setup,
    rule: Rule,
    overrides: Overrides,
    update: "OptimizerStep | None" = None,
) -> None:
    if state.now is None or not state.now["target"]:
        return
    update = update or OptimizerStep(_DESCENT, {}, 1)
    equations = setup.equations(update.optimizer)
    parameters = list(state.parameters)
    _settle(state.now, parameters)
    state.now.remember(update.memory, learning_rate=setup.rate, step=float(update.step))
    moment = _moment(state, setup, parameters, rule)
    drive(equations.phase("backward"), moment, overrides)
    state.changed = parameters if equations.in_place else None
    _settle(state.now, state.parameters)


def _update(
    state: ReplayState,
    setup: Setup,
    rule: Rule,
    overrides: Overrides,
    update: "OptimizerStep | None" = None,
) -> None:
    if state.changed is not None:
        state.parameters, state.changed = state.changed, None
        return
    if state.now is not None and state.now["gradient"]:
        update = update or OptimizerStep(_DESCENT, {}, 1)
        _settle(state.now, state.parameters)
        state.now.remember(update.memory, learning_rate=setup.rate, step=float(update.step))
        moment = _moment(state, setup, state.parameters, rule)
        drive(setup.equations(update.optimizer).phase("update"), moment, overrides)


class OptimizerStep(NamedTuple):
    """By which optimiser a step of a training changes parameters, and which step it is."""

    optimizer: Optimizer
    memory: dict[str, Any]
    step: int


def _round(
    state: ReplayState,
    setup: Setup,
    inputs: Sequence[Value],
    targets: Sequence[Value],
    rule: Rule,
    overrides: Overrides,
    update: OptimizerStep | None = None,
) -> None:
    _forward(state, setup, inputs, overrides)
    _losses(state, setup, targets, overrides)
    _backward(state, setup, rule, overrides, update)
    _update(state, setup, rule, overrides, update)


def _attribute(state: ReplayState, setup: Setup, op: Op, overrides: Overrides) -> None:
    if state.now is None or not state.now["out"]:
        return
    state.now.tables |= {"error": {}, "share": {}}
    outputs = setup.structure.outputs
    state.now.given["target"] = targets = dict(zip(outputs, setup.targets, strict=True))
    state.now.tables["target"] = targets
    normalised = op.normalised != setup.shares_turned
    moment = _moment(state, setup, state.parameters, _descent(setup))
    drive(setup.equations().attribution(normalised=normalised), moment, overrides)


def _curvature(state: ReplayState, setup: Setup) -> None:
    if state.now is None or not state.now["out"]:
        return
    structure = setup.structure
    inputs = {row: state.now["out"][row] for row in structure.inputs}
    targets = dict(zip(structure.outputs, setup.targets, strict=True))
    equations = Equations(setup.equations().round, updates=False)
    for slot, values in curvatures(equations, state.parameters, inputs, targets):
        for name, value in values._asdict().items():
            state.now[name][slot] = value


def pause(state: ReplayState, setup: Setup, op: Op) -> Paused:
    """Train up to the last step: compiled, unless every value has to be looked at.

    The state is not changed.

    Parameters
    ----------
    state : ReplayState
    setup : Setup
    op : Op
        A training, without overrides.

    Returns
    -------
    Paused
    """
    setup = op.fitted(setup)
    n = setup.n_samples
    rng = np.random.default_rng(op.seed) if op.shuffle else None
    batches = Batches(n, min(op.batch_size or n, n), rng)
    steps = batches.take(op.rounds * len(batches))
    memory = {name: np.zeros(len(state.parameters)) for name in setup.optimizer.state}
    alone = setup.single or batches.batch_size == 1
    paused = Paused(list(state.parameters), memory, steps[-1:], len(steps), alone)
    if len(steps) < 2:
        return paused
    if setup.digits is not None or setup.misread:
        on_paper = ReplayState(paused.parameters)
        for number, batch in enumerate(steps[:-1], start=1):
            _step(on_paper, setup, batch, memory, number, alone, {})
        return replace(paused, parameters=on_paper.parameters)
    parameters = np.array(state.parameters)
    engine = make_engine(
        setup.structure,
        setup.loss,
        setup.reduction,
        "in_place" if setup.is_in_place else "simultaneous",
        setup.optimizer,
        labels={},
        batch_size=batches.batch_size,
    )
    rates = [setup.rate] * (len(steps) - 1)
    data = setup.rows(setup.inputs), setup.rows(setup.targets)
    with np.errstate(all="ignore"):
        done = engine.steps(Steps(parameters, memory, *data, steps[:-1], rates, first_step=1))
    if len(done) < len(rates) or not np.isfinite(done[-1]):
        parameters[:] = np.nan
    paused.parameters[:] = parameters.tolist()
    return paused


def resume(paused: Paused, setup: Setup, op: Op, overrides: Overrides) -> ReplayState:
    """Do the last step of a training.

    Parameters
    ----------
    paused : Paused
        Not changed.
    setup : Setup
    op : Op
    overrides : Overrides

    Returns
    -------
    ReplayState
    """
    setup = op.fitted(setup)
    state = ReplayState(list(paused.parameters))
    memory = {name: column.copy() for name, column in paused.memory.items()}
    for batch in paused.last:
        _step(state, setup, batch, memory, paused.number, paused.alone, overrides)
    return state


def _step(
    state: ReplayState,
    setup: Setup,
    batch: Batch,
    memory: dict[str, Any],
    number: int,
    alone: bool,
    overrides: Overrides,
) -> None:
    """Do one step of a training, object by object."""
    rule = update_rule(setup.optimizer, memory, setup.rate, number)
    inputs, targets = (
        columns_of(rows[batch] if not alone else rows[batch][:1])
        for rows in (setup.rows(setup.inputs), setup.rows(setup.targets))
    )
    update = OptimizerStep(setup.optimizer, memory, number)
    _round(state, setup, inputs, targets, rule, overrides, update)


def _moment(state: ReplayState, setup: Setup, parameters: list[float], rule: Rule) -> PassMoment:
    assert state.now is not None
    return PassMoment(setup, parameters, state.now, rule, tuple(state.parameters))
