"""Single passes on blocks: what `forward` and `backward` of a large network run on.

The values are looked up, and where that is cheaper computed, when somebody reads them.
"""

from collections.abc import Callable, Container
from typing import Any

import numpy as np

from neurograph import passes
from neurograph.columns import Column, OfBias, Storage
from neurograph.losses import Loss
from neurograph.optimizers import GradientDescent
from neurograph.plan.blocks import Blocks
from neurograph.plan.operations import Array, run
from neurograph.plan.program import Program
from neurograph.structure import Structure

__all__ = ["BlockPass", "is_large"]


#: With more parameters, a pass runs on blocks: object by object it would take milliseconds.
LARGE = 100


def is_large(structure: Structure) -> bool:
    """Whether the passes of a network run on blocks rather than object by object."""
    return structure.n_parameters > LARGE


class BlockPass:
    """What one forward pass computed, and the backward pass that follows it, if it was made.

    Parameters
    ----------
    storage : Storage
    loss : Loss
    reduction : {"mean", "sum"}
    inputs : ndarray of shape (n_samples, n_inputs)
    batch : bool
        Whether values are arrays of shape (n_samples,); otherwise numbers.
    shown : bool
        Whether objects will carry it: what they carry is not computed over by one that is not.
    """

    def __init__(
        self,
        storage: Storage,
        loss: Loss,
        reduction: str,
        inputs: Array,
        batch: bool,
        *,
        shown: bool = True,
    ) -> None:
        self.structure = structure = storage.structure
        self.loss_function = loss
        self.batch = batch
        key = ("block pass", loss.name, reduction, len(inputs), shown)
        if key not in storage.prepared:
            engine = Blocks(structure, loss, reduction, "simultaneous", GradientDescent())
            storage.prepared[key] = Program(
                engine, storage.parameters.copy(), {}, len(inputs), with_update=False
            )
        self.program: Program = storage.prepared[key]
        # As they are now: messages were sent with these weights, whatever they become.
        self.sent = self.program.parameters
        self.sent[:] = storage.parameters
        self.program.give_inputs(inputs)
        with np.errstate(all="ignore"):
            run(self.program.forward)
        self.error: float | None = None
        self.went_back = False

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
        self.error = None
        self.went_back = False
        return self

    def as_computed(self) -> passes.Computed:
        """Return the forward pass as the passes keep it, object by object."""
        structure, program = self.structure, self.program
        rows = range(structure.levels[0].stop, len(structure.names))
        return passes.Computed(
            net={row: self._of_neuron(program.net, row) for row in rows},
            out={row: self._of_neuron(program.out, row) for row in range(len(structure.names))},
            message={
                slot: self._message(slot) for slot in structure.filled if structure.pre[slot] >= 0
            },
        )

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

    def total_error(self, structure: Structure, reduction: str) -> float:
        """Return the total error."""
        assert self.error is not None
        return self.error

    def change(self, parameters: Array, learning_rate: float) -> None:
        """Do a step of gradient descent."""
        trainable = self.structure.trainable
        changed = GradientDescent().updated(parameters, self.gradient, learning_rate, {}, step=1)
        np.copyto(parameters, changed, where=trainable)

    def columns(self, structure: Structure) -> tuple[dict[str, Column], dict[str, Column]]:
        """Return the columns of the neurons and of the connections, by field."""
        program = self.program
        computed = range(structure.levels[0].stop, len(structure.names))
        neurons: dict[str, Column] = {
            "net": _Computed(computed, lambda row: self._of_neuron(program.net, row)),
            "out": _Computed(
                range(len(structure.names)), lambda r: self._of_neuron(program.out, r)
            ),
        }
        slots = _Connections(structure)
        connections: dict[str, Column] = {"message": _Computed(slots, self._message)}
        if self.error is not None:
            outputs = frozenset(structure.outputs)
            neurons["target"] = _Computed(outputs, lambda row: self._of_neuron(program.target, row))
            neurons["loss"] = _Computed(outputs, self._loss)
        if self.went_back:
            neurons["delta"] = _Computed(computed, self._delta)
            neurons["slope"] = _Computed(computed, self._slope)
            neurons["out_gradient"] = _Computed(range(len(structure.names)), self._out_gradient)
            neurons["bias_gradient"] = OfBias(self.gradient.data, structure.bias_slot)
            connections["gradient"] = _Computed(slots, lambda slot: float(self.gradient[slot]))
            connections["error_message"] = _Computed(slots, self._error_message)
        return neurons, connections

    def _value(self, value: Any) -> Any:
        """Return what an object carries: a number, or an array with one for each sample."""
        if not self.batch:
            return float(value)
        values = np.array(value, ndmin=1)  # the program will use its own array again
        values.setflags(write=False)
        return values

    def _of_neuron(self, array: Array, row: int) -> Any:
        return self._value(array[self.structure.positions[row]])

    def _loss(self, row: int) -> Any:
        now = self.program.computed_at([row])
        return self._value(passes.loss_of(self.structure, self.loss_function, row, now))

    def _delta(self, row: int) -> Any:
        scale = self.program.n_samples if self.program.engine.reduction == "mean" else 1
        return self._of_neuron(self.program.delta, row) * scale

    def _slope(self, row: int) -> Any:
        activation = self.structure.activations[row]
        if activation.group:
            raise KeyError(row)
        net, out = (self._of_neuron(array, row) for array in (self.program.net, self.program.out))
        return activation.slope(net, out)

    def _out_gradient(self, row: int) -> Any:
        error = self._value(np.zeros(self.program.n_samples if self.batch else ()))
        if row in self.structure.outputs:
            target, out = (
                self._of_neuron(array, row) for array in (self.program.target, self.program.out)
            )
            error = error + self.loss_function.slope(target, out, len(self.structure.outputs))
        for slot, _ in self.structure.outgoing[row]:
            error = error + self._error_message(slot)
        return error

    def _message(self, slot: int) -> Any:
        out = self._of_neuron(self.program.out, int(self.structure.pre[slot]))
        return float(self.sent[slot]) * out

    def _error_message(self, slot: int) -> Any:
        return float(self.sent[slot]) * self._delta(int(self.structure.post[slot]))


class _Computed:
    """A column whose values are looked up when they are read."""

    __slots__ = ("_of", "_rows")

    def __init__(self, rows: Container[int], of: Callable[[int], Any]) -> None:
        self._rows = rows
        self._of = of

    def __getitem__(self, row: int) -> Any:
        if row not in self._rows:
            raise KeyError(row)
        return self._of(row)

    def __bool__(self) -> bool:
        return True


class _Connections:
    """The slots that are connections."""

    __slots__ = ("_pre",)

    def __init__(self, structure: Structure) -> None:
        self._pre = structure.pre

    def __contains__(self, slot: object) -> bool:
        return bool(self._pre[slot] >= 0)  # type: ignore[call-overload]  # a slot is a number
