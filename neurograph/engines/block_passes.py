"""Single passes on blocks: what `forward` and `backward` of a large network run on.

What the objects carry is made when somebody first reads a quantity, of all objects at once: then
each of them reads like a number in a list.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cached_property, partial
from itertools import groupby
from typing import Any, NamedTuple

import numpy as np

from neurograph.columns import AtFirstRead, Column, Columns, OfBias, Reserved, Storage, cells_of
from neurograph.display import Brief
from neurograph.engines.blocks import Program, is_fed_at_once
from neurograph.engines.levels import Level
from neurograph.engines.operations import Array, Operation, run
from neurograph.equations import Equations, Operand, Round, Variable
from neurograph.formulas import Group
from neurograph.optimizers import CHANGE, GRADIENT_DESCENT, Optimizer
from neurograph.passes import Values
from neurograph.quantities import QUANTITIES
from neurograph.structure import Structure

__all__ = ["ONLY_PLAIN", "BlockPass", "BlockUpdate", "answers", "is_large"]


#: What levels as matrices and the compiled loop cannot do, in words.
ONLY_PLAIN = (
    "knows only neurons that add up their messages, no masks, and no net that has to reach a"
    " threshold as by hand"
)
#: With more parameters, a pass runs on blocks: object by object it would take milliseconds.
LARGE = 100


def is_large(structure: Structure) -> bool:
    """Whether the passes of a network run on blocks rather than object by object."""
    return structure.n_parameters > LARGE and structure.is_plain


# So many outs are computed at once where only answers are asked for: they fit into a cache.
_OUTS_AT_ONCE = 1 << 18


def answers(storage: Storage, of_round: Round, inputs: Array) -> Array:
    """Return the outs of the outputs, and let the objects carry nothing.

    Parameters
    ----------
    storage : Storage
    of_round : Round
    inputs : ndarray of shape (n_samples, n_inputs)

    Returns
    -------
    ndarray of shape (n_samples, n_outputs)
    """
    structure = storage.structure
    outs = np.empty((len(inputs), len(structure.outputs)))
    computed = structure.n_positions - is_fed_at_once(structure) * structure.blocks[0].width
    at_once = max(1, _OUTS_AT_ONCE // computed)
    for start in range(0, len(inputs), at_once):
        piece = inputs[start : start + at_once]
        key = ("answers", of_round.key, len(piece))
        program: _Prediction | None = storage.prepared.get(key)
        if program is None or not program.runs_on(storage.parameters, {}):
            program = _Prediction(of_round, storage.parameters, {}, len(piece), with_update=False)
            storage.prepared[key] = program
        program.give_inputs(piece)
        with np.errstate(all="ignore"):
            run(program.forward)
        outs[start : start + at_once] = program.outs().T
        program.forget_inputs()
    return outs


class _Prediction(Program):
    """The calls of a forward pass that reads inputs where they are, if level 1 alone does."""

    def give_inputs(self, samples: Array) -> None:
        if self._reads_rows:
            self._rows = samples
        else:
            super().give_inputs(samples)

    def forget_inputs(self) -> None:
        """Let go of what was given."""
        self._rows = np.empty((0, 0))

    @cached_property
    def _reads_rows(self) -> bool:
        return self.n_samples > 1 and is_fed_at_once(self.structure)

    def _product(self, level: Level) -> Iterator[Operation]:
        if level.number > 1 or not self._reads_rows:
            yield from super()._product(level)
            return
        matrix, net = level.matrix(self.parameters), self.net[level.place]
        # By themselves, rows of weights are multiplied sooner than with a bias at their ends.
        weights = np.empty((len(matrix), level.block.width - 1))
        yield np.copyto, (weights, matrix[:, :-1])
        yield self._multiply_rows, (weights, net)
        yield np.add, (net, matrix[:, -1:], net)

    def _multiply_rows(self, weights: Array, net: Array) -> None:
        weights.dot(self._rows.T, net)


class BlockUpdate(NamedTuple):
    """An update that followed a pass: by which optimiser, what it remembered, and which step."""

    optimizer: Optimizer
    state: Mapping[str, Array]
    learning_rate: float
    step: int


class BlockPass(Brief):
    """What one forward pass computed, and the backward pass that follows it, if it was made.

    Parameters
    ----------
    storage : Storage
    of_round : Round
    inputs : ndarray of shape (n_samples, n_inputs)
    batch : bool
        Whether values are arrays of shape (n_samples,); otherwise numbers.
    parameters : ndarray of shape (n_slots,), optional
        Weights and biases; by default those of the storage as they are now.
    """

    def __init__(
        self,
        storage: Storage,
        of_round: Round,
        inputs: Array,
        batch: bool,
        *,
        parameters: Array | None = None,
    ) -> None:
        self.structure = storage.structure
        self.storage = storage
        self.round, self.batch = of_round, batch
        key = ("block pass", of_round.key, len(inputs))
        if key not in storage.prepared:
            storage.prepared[key] = Program(
                of_round, storage.parameters.copy(), {}, len(inputs), with_update=False
            )
        self.program: Program = storage.prepared[key]
        # As they are now: messages were sent with these weights, whatever they become.
        self.sent = self.program.parameters
        self.sent[:] = storage.parameters if parameters is None else parameters
        self.program.give_inputs(inputs)
        with np.errstate(all="ignore"):
            run(self.program.forward)
        self.error: float | None = None
        self.went_back = False
        self.update: BlockUpdate | None = None

    def is_for(self, of_round: Round) -> bool:
        """Whether it compares outputs with targets by the same loss and the same reduction."""
        mine, other = (replace(each, order="simultaneous") for each in (self.round, of_round))
        return mine.key == other.key

    def has_outs(self, structure: Structure) -> bool:
        """Whether a forward pass was finished."""
        return True

    def has_losses(self, structure: Structure) -> bool:
        """Whether outputs were compared with targets."""
        return self.error is not None

    def has_gradients(self, structure: Structure) -> bool:
        """Whether a backward pass was finished."""
        return self.went_back

    def an_input(self, structure: Structure) -> Any:
        """Return the out of one input neuron."""
        return self._of_neuron(self.program.out, self.structure.inputs[0])

    @property
    def gradient(self) -> Array:
        """By slot, dE/dweight and dE/dbias."""
        return self.program.gradient

    def outs(self) -> Array:
        """Return the outs of the outputs, of shape (n_outputs,) or (n_samples, n_outputs)."""
        outs = self.program.outs()
        return outs.T if self.program.n_samples > 1 else outs[None, :] if self.batch else outs

    def of_forward(self) -> "BlockPass":
        """Return the forward pass alone."""
        self.error = self.update = None
        self.went_back = False
        return self

    def as_values(self) -> Values:
        """Return the forward pass as the passes keep it, object by object."""
        structure, program = self.structure, self.program
        outs = {row: self._of_neuron(program.out, row) for row in range(len(structure.names))}
        rows = range(structure.levels[0].stop, len(structure.names))
        values = Values(self.storage.cells, {row: outs[row] for row in structure.inputs})
        values.tables["out"] = outs
        values.tables["net"] = {row: self._of_neuron(program.net, row) for row in rows}
        values.tables["message"] = {
            slot: self._message(slot) for slot in structure.filled if structure.pre[slot] >= 0
        }
        return values

    def compare(self, targets: Array) -> None:
        """Compare outputs with targets of shape (n_samples, n_outputs)."""
        self.program.give_targets(targets)
        with np.errstate(all="ignore"):
            self.error = self.program.total_error()

    def go_back(self) -> None:
        """Send error messages back, and compute the gradients."""
        with np.errstate(all="ignore"):
            run(self.program.backward)
        self.went_back = True

    def of_network(self, quantity: str) -> float:
        """Return the total error, or what it is made of."""
        assert self.error is not None
        if quantity == "total_error":
            return self.error
        return self.program.penalty() if quantity == "penalty" else self.program.data_loss()

    def change(self, parameters: Array, learning_rate: float) -> None:
        """Do a step of gradient descent."""
        self.updates(BlockUpdate(self.round.optimizer, {}, learning_rate, 1))
        trainable = self.structure.trainable
        np.add(parameters, self._updated["change"], out=parameters, where=trainable)

    def updates(self, update: "BlockUpdate") -> None:
        """Say which update followed: what it gave is worked out when it is looked at."""
        self.update = update
        vars(self).pop("_updated", None)

    @cached_property
    def _updated(self) -> dict[str, Array]:
        """By slot, what the optimiser remembers after the update, and the change."""
        assert self.update is not None
        optimizer, state, rate, step = self.update
        known: dict[str, Any] = {
            **optimizer.known_at(rate, step), **state,
            **replace(self.round, optimizer=optimizer).decays,
            "gradient": self.gradient, "parameter": self.sent,
        }  # fmt: skip
        for name, formula in optimizer.equations:
            known[name] = formula(**{key: known[key] for key in formula.variables})
        forwards = known[CHANGE] if self.round.turned else -known[CHANGE]
        return {name: known[name] for name, _ in optimizer.equations} | {"step": forwards + 0.0}

    def _of_update(self, name: str) -> dict[int, float]:
        slots = np.flatnonzero(self.structure.trainable)
        return dict(zip(slots.tolist(), self._updated[name][slots].tolist(), strict=True))

    def columns(self, structure: Structure) -> tuple[Columns, Columns]:
        """Return the columns of the neurons and of the connections, by field."""
        program = self.program
        everyone = range(len(structure.names))
        computed = range(structure.levels[0].stop, len(structure.names))
        neurons: dict[Any, Callable[[], Column]] = {
            "net": lambda: self._of_neurons(program.net, computed),
            "out": lambda: self._of_neurons(program.out, everyone),
        }
        connections: dict[Any, Callable[[], Column]] = {"message": self._messages}
        if self.error is not None:
            neurons["target"] = lambda: self._of_neurons(program.target, structure.outputs)
            neurons["loss"] = self._losses
        if self.went_back:
            neurons["delta"] = lambda: self._of_neurons(program.delta, computed, self._scale)
            neurons["slope"] = self._slopes
            neurons["out_gradient"] = self._out_gradients
            neurons[Reserved.GRADIENTS] = lambda: cells_of(self.gradient)
            neurons["bias_gradient"] = lambda: OfBias(cells_of(self.gradient), structure.bias_slot)
            connections["gradient"] = lambda: cells_of(self.gradient)
            connections["error_message"] = self._error_messages
            shared = [slot for slots in structure.ties for slot in slots]
            connections["own_gradient"] = lambda: {c: self._own_gradient(c) for c in shared}
            neurons["own_bias_gradient"] = lambda: OfBias(
                {c: self._own_gradient(c) for c in shared}, structure.bias_slot
            )
            for name in ("data_gradient", "penalty_gradient") if self.round.penalised else ():
                made = partial(self._by_slot, name)
                connections[name] = made
                neurons[QUANTITIES[name].of_bias] = partial(self._of_biases, made)
        for name in self._updated if self.update else ():
            if name in QUANTITIES:
                connections[name] = partial(self._of_update, name)
                neurons[QUANTITIES[name].of_bias] = partial(
                    self._of_biases, partial(self._of_update, name)
                )
        self._add_others(neurons, connections)
        of_neurons, of_connections = self.storage.neurons, self.storage.connections
        return (
            {key: AtFirstRead(of_neurons, key, made) for key, made in neurons.items()},
            {key: AtFirstRead(of_connections, key, made) for key, made in connections.items()},
        )

    def _add_others(
        self, neurons: dict[Any, Callable[[], Column]], connections: dict[Any, Callable[[], Column]]
    ) -> None:
        """Add what every owner has and no array holds: it is computed by its equations."""
        known = {"forward": True, "backward": self.went_back, "update": self.update is not None}
        for name, row in QUANTITIES.items():
            anyone = row.carried and not row.optimizer and not row.only
            if not anyone or not known.get(row.phase) or name in {*neurons, *connections}:
                continue
            columns = neurons if row.owner == "neuron" else connections
            columns[name] = made = partial(self._by_equations, name, row.phase)
            if row.of_bias:
                neurons[row.of_bias] = partial(self._of_biases, made)

    def _by_equations(self, name: str, phase: str) -> dict[int, Any]:
        """Return a quantity by row or slot, each from what the objects carry."""
        optimizer = self.update.optimizer if self.update else GRADIENT_DESCENT
        equations = Equations(replace(self.round, order="simultaneous", optimizer=optimizer))
        n_samples = self.program.n_samples if self.batch else None

        def value_of(operand: Operand) -> Any:
            if isinstance(operand, list):
                return Group(map(value_of, operand))
            return self._carried(operand) if isinstance(operand, Variable) else operand

        return {
            equation.left.place: equation.value(value_of, n_samples)
            for equation in equations.phase(phase)
            if equation.left.quantity == name
        }

    def _by_slot(self, name: str) -> dict[int, float]:
        """Return one of the two parts of the gradients to which the penalty adds."""
        slots, penalty = self.round.penalised, self.round.penalty
        assert penalty is not None
        slopes = penalty.slope(self.sent[slots], float(self.program.n_samples))
        slopes = np.broadcast_to(-slopes if self.round.turned else slopes, len(slots))
        parts = slopes if name == "penalty_gradient" else self.gradient[slots] - slopes
        return dict(zip(slots, parts.tolist(), strict=True))

    def _carried(self, variable: Variable) -> Any:
        quantity, place, _ = variable
        if quantity == "weight":
            return float(self.sent[place])
        of_neuron = QUANTITIES[quantity].owner == "neuron"
        return (self.storage.neurons if of_neuron else self.storage.connections)[quantity][place]

    def _of_biases(self, made: Callable[[], dict[int, Any]]) -> Column:
        return OfBias(made(), self.structure.bias_slot)

    def _value(self, value: Any) -> Any:
        """Return what an object carries: a number, or an array with one for each sample."""
        if not self.batch:
            return float(value)
        values = np.array(value, ndmin=1)  # the program will use its own array again
        values.setflags(write=False)
        return values

    def _of_neuron(self, array: Array, row: int) -> Any:
        return self._value(array[self.structure.positions[row]])

    def _of_neurons(self, array: Array, rows: Sequence[int], scale: float = 1.0) -> dict[int, Any]:
        """Return the values of an array by row, as `_of_neuron` does for one."""
        return self._by_row(rows, array[self.structure.positions[rows]] * scale)

    def _by_row(self, rows: Sequence[int], values: Array) -> dict[int, Any]:
        """Return values that belong to these rows as objects carry them."""
        if not self.batch:
            return dict(zip(rows, values.tolist(), strict=True))
        values = values.reshape(len(rows), -1)
        values.setflags(write=False)
        return dict(zip(rows, values, strict=True))

    @property
    def _scale(self) -> float:
        """What the program's deltas are divided by: theirs are those of the total error."""
        return float(self.program.n_samples) if self.round.reduction == "mean" else 1.0

    def _losses(self) -> dict[int, Any]:
        program = self.program
        shares = program.shares.value(
            program.shares.read(program.net, program.out), program.target[program.outputs]
        )
        return self._by_row(self.structure.outputs, shares)

    def _own_gradient(self, slot: int) -> float:
        """dE/dw of one use of a shared parameter, reduced over the samples."""
        post = int(self.structure.post[slot])
        share = np.asarray(self._of_neuron(self.program.delta, post))
        pre = int(self.structure.pre[slot])
        if pre >= 0:
            share = share * self._of_neuron(self.program.out, pre)
        return float(share.sum())

    def _slopes(self) -> dict[int, Any]:
        structure, program = self.structure, self.program
        activations, slopes = self.round.activations, dict[int, Any]()
        rows = range(structure.levels[0].stop, len(structure.names))
        for activation, those in groupby(rows, key=lambda row: activations[row]):
            if not activation.couples_deltas:
                together = list(those)
                net = program.net[structure.positions[together]]
                slope = activation.slope(net, program.out[structure.positions[together]])
                slopes |= self._by_row(together, np.broadcast_to(slope, net.shape).copy())
        return slopes

    def _out_gradients(self) -> Column:
        structure, program = self.structure, self.program
        if program.n_samples > 1:
            return _OneByOne(self._out_gradient)
        error = np.zeros(len(structure.names))
        outputs = structure.positions[structure.outputs]
        target, out = program.target[outputs], program.out[outputs]
        error[structure.outputs] = self.round.loss.slope(target, out, len(outputs))
        slots = np.flatnonzero(structure.pre >= 0)
        # Not +=, which would keep one message where several come back to the same neuron.
        np.add.at(error, structure.pre[slots], self._sent_back()[slots])
        return self._by_row(range(len(error)), error)

    def _out_gradient(self, row: int) -> Any:
        error = self._value(np.zeros(self.program.n_samples))
        if self.structure.is_output[row]:
            target, out = (
                self._of_neuron(array, row) for array in (self.program.target, self.program.out)
            )
            error = error + self.round.loss.slope(target, out, len(self.structure.outputs))
        for slot, _ in self.structure.outgoing[row]:
            error = error + self._error_message(slot)
        return error

    def _messages(self) -> Column:
        # For a batch, those of all connections together may be more than fits into memory.
        if self.batch:
            return _OneByOne(self._message)
        pre = np.maximum(self.structure.pre, 0)
        return cells_of(self.sent * self.program.out[self.structure.positions[pre]])

    def _message(self, slot: int) -> Any:
        out = self._of_neuron(self.program.out, int(self.structure.pre[slot]))
        return float(self.sent[slot]) * out

    def _error_messages(self) -> Column:
        return _OneByOne(self._error_message) if self.batch else cells_of(self._sent_back())

    def _sent_back(self) -> Array:
        """Return the error message of each connection, for one sample."""
        post = self.structure.positions[self.structure.post]
        return np.asarray(self.sent * self.program.delta[post])

    def _error_message(self, slot: int) -> Any:
        post = int(self.structure.post[slot])
        return float(self.sent[slot]) * (self._of_neuron(self.program.delta, post) * self._scale)


class _OneByOne:
    """A column whose values are computed when they are read, each time."""

    __slots__ = ("_of",)

    def __init__(self, of: Callable[[int], Any]) -> None:
        self._of = of

    def __getitem__(self, row: int) -> Any:
        return self._of(row)

    def __bool__(self) -> bool:
        return True
