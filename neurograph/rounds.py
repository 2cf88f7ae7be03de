"""A round as it is asked for: what it is given, checked, and as much of it as there is to compute.

`neurograph.equations` says how its numbers follow from each other, `neurograph.passes` computes
them. Here stands what both are asked with: samples, a learning rate, decimals.
"""

from collections.abc import Iterable, Iterator, Mapping, MutableSequence, Sequence
from itertools import chain
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from neurograph.checks import one_of, whole_number
from neurograph.columns import Storage, Value
from neurograph.display import brief
from neurograph.equations import DEFAULTS, Equation, Equations, Round
from neurograph.errors import InvalidValueError, NotComputedError
from neurograph.losses import get_loss
from neurograph.optimizers import GRADIENT_DESCENT, Optimizer
from neurograph.passes import Values, compute, computed
from neurograph.quantities import QUANTITIES
from neurograph.samples import check_counts, read_samples
from neurograph.structure import Structure

__all__ = [
    "NO_TARGETS",
    "Calculation",
    "as_rows",
    "check_is_fresh",
    "checked_digits",
    "checked_engine",
    "equations_of",
    "forward_equations",
    "given_values",
    "is_stop",
    "read_inputs",
    "read_targets",
    "shared_out",
]

#: What a single pass can run on; training has more engines.
PASS_ENGINES = ("passes", "blocks")
#: Stands for targets where only a forward pass is asked for: `None` is wrong as targets.
NO_TARGETS: Any = object()


def is_stop(quantity: str, optimizer: Optimizer) -> bool:
    """Whether a walk through a round stops at a number, or shows it with the next.

    Plain gradient descent has its change in the line of the new weight, as tutorials do; what
    another optimiser computes on the way there is a line of its own.
    """
    row = QUANTITIES.get(quantity)
    if row is None:
        return False
    on_the_way = dict(optimizer.equations)
    return row.stop or (quantity in on_the_way and len(on_the_way) > 1)


class Calculation(NamedTuple):
    """As much of a round as is asked for: its equations, and the values that they start from.

    Attributes
    ----------
    phases : list of iterables of Equation
        Forward; then, where there are targets, losses and backward; then an update that comes
        after them.
    values : Values
    digits : int or None
    optimizer : Optimizer
    """

    phases: list[Iterable[Equation]]
    values: Values
    digits: int | None = None
    optimizer: Optimizer = GRADIENT_DESCENT

    def __repr__(self) -> str:
        return brief(self)

    def compute(self) -> Values:
        """Compute everything; return the values."""
        return compute(chain(*self.phases), self.values, self.digits)

    def computed(self) -> Iterator[Equation]:
        """Yield each equation once its left side has been computed."""
        return computed(chain(*self.phases), self.values, self.digits)

    def stops(self) -> Iterator[Equation]:
        """Yield, as they are computed, those equations at which a walk through a round stops."""
        # Not one errstate around the loop: it would leak to the caller between two of them.
        equations = self.computed()
        while True:
            with np.errstate(all="ignore"):
                equation = next(equations, None)
            if equation is None:
                return
            if is_stop(equation.left.quantity, self.optimizer):
                yield equation


def forward_equations(storage: Storage) -> Iterable[Equation]:
    """Return the equations of the forward pass, for which the loss does not matter."""
    if "forward" not in storage.prepared:
        any_loss = get_loss(DEFAULTS["loss"])
        storage.prepared["forward"] = Equations(Round(storage.structure, any_loss))
    equations: Equations = storage.prepared["forward"]
    return equations.phase("forward")


def equations_of(storage: Storage, of_round: Round, *, updates: bool = True) -> Equations:
    """Return the equations of a round, those of last time if they are the same."""
    key = ("equations", of_round.key, updates)
    if key not in storage.prepared:
        storage.prepared[key] = Equations(of_round, updates=updates)
    equations: Equations = storage.prepared[key]
    return equations


def given_values(
    storage: Storage,
    inputs: Any,
    targets: Any = NO_TARGETS,
    learning_rate: float | None = None,
    parameters: MutableSequence[float] | None = None,
    optimizer: Optimizer = GRADIENT_DESCENT,
) -> Values:
    """Return the values that a round starts from; without parameters it changes the network's."""
    structure = storage.structure
    outs = read_inputs(structure, inputs)
    wanted = [] if targets is NO_TARGETS else read_targets(structure, targets, outs[0])
    values = Values(
        storage.cells if parameters is None else parameters,
        dict(zip(structure.inputs, outs, strict=True)),
        dict(zip(structure.outputs, wanted, strict=False)),
        learning_rate=learning_rate,
        step_number=1.0,
    )
    # By slot: the optimiser remembers nothing of an earlier step, and nothing yet of this one.
    for name in optimizer.state:
        values.tables |= {f"earlier_{name}": [0.0] * len(structure.values), name: {}}
    return values


def read_inputs(structure: Structure, inputs: Any) -> list[Value]:
    """Return one value, or one column of samples, for each input."""
    return read_samples(inputs, [structure.names[row] for row in structure.inputs], "input")


def read_targets(structure: Structure, targets: Any, one_input: Value) -> list[Value]:
    """Return one value, or as many samples as an input has, for each output."""
    names = [structure.names[row] for row in structure.outputs]
    wanted = read_samples(targets, names, "target")
    check_counts(np.shape(one_input), np.shape(wanted[0]))
    return wanted


def as_rows(columns: Sequence[Value]) -> NDArray[np.float64]:
    """Return values of neurons as rows of samples."""
    return np.stack(columns, axis=-1).reshape(-1, len(columns))


# -- errors shared out in proportion to weights -----------------------------------------------


def shared_out(
    equations: Equations, storage: Storage, targets: Mapping[int, Value], *, normalised: bool
) -> tuple[Mapping[int, Value], Mapping[int, Value]]:
    """Return the error of each neuron and the share of each connection, by row.

    Raises
    ------
    InvalidValueError
        If `normalised`, and the weights into a neuron sum to zero.
    """
    if normalised:
        _check_sums(storage.structure, storage.cells)
    outs = storage.neurons["out"]
    values = Values(
        storage.cells, {row: outs[row] for row in storage.structure.inputs}, dict(targets)
    )
    values.tables["out"] = outs
    values.tables["target"] = values.given["target"]
    compute(equations.attribution(normalised=normalised), values)
    for value in (*values["error"].values(), *values["share"].values()):
        if isinstance(value, np.ndarray):
            value.setflags(write=False)  # it is handed out as it is
    return values["error"], values["share"]


def _check_sums(structure: Structure, parameters: Sequence[float]) -> None:
    """Check that errors can be divided by the sums of the weights.

    Raises
    ------
    InvalidValueError
        If the weights into a neuron sum to zero, up to rounding.
    """
    for row, incoming in enumerate(structure.incoming):
        weights = [parameters[slot] for slot, _ in incoming]
        # 0.1 + 0.2 - 0.3 is zero on paper.
        noise = len(weights) * float(np.finfo(float).eps) * sum(map(abs, weights))
        if weights and abs(sum(weights)) <= noise:
            raise InvalidValueError(
                f"the weights into neuron {structure.names[row]!r} sum to zero, so its error cannot"
                " be shared out in proportion to them; normalised=False takes no sum"
            )


# -- checks -----------------------------------------------------------------------------------


def check_is_fresh(storage: Storage) -> None:
    """Refuse to go on from a forward pass whose weights are no longer there."""
    if storage.outdated:
        raise NotComputedError(
            "weights or biases have changed since the last forward pass: call net.forward(inputs)"
            " again"
        )


def checked_digits(digits: Any) -> int | None:
    """Return to how many decimals a round is computed."""
    return None if digits is None else whole_number(digits, "digits", 0, 300)


def checked_engine(engine: Any, digits: int | None) -> str | None:
    """Return the engine of a single pass, if it can do what is asked of it."""
    if engine is None:
        return None
    if one_of(engine, PASS_ENGINES, "engine of a single pass") == "blocks" and digits is not None:
        raise InvalidValueError("engine 'blocks' cannot round: use engine='passes' with digits")
    return str(engine)
