"""`Setup`: everything that decides which numbers come out, and the changes it allows."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from neurograph.activations import Activation
from neurograph.addresses import parse_address
from neurograph.checks import finite_number, one_of
from neurograph.columns import Value
from neurograph.equations import ORDERS, REDUCTIONS, Equations, Round
from neurograph.errors import StructureError
from neurograph.formulas import Formula
from neurograph.losses import Joint, Loss
from neurograph.network import Network
from neurograph.optimizers import GradientDescent, Optimizer
from neurograph.rounds import read_inputs, read_targets
from neurograph.structure import Structure

__all__ = ["Conventions", "Place", "Setup", "place_of", "scaled", "setup_of", "with_slope"]


_DESCENT = GradientDescent()


@dataclass(frozen=True, kw_only=True)
class Conventions:
    """The choices that sources make differently and that no network carries.

    Parameters
    ----------
    learning_rate : float, optional
        Without one nothing is updated.
    order : {"simultaneous", "in_place"}
        As for `Network.step`.
    digits : int, optional
        As for `Network.step`.
    reduction : {"mean", "sum"}, optional
        Over the samples; by default the network's.

    Raises
    ------
    InvalidValueError, InvalidTypeError
        If the order or the reduction is none of these, or the learning rate is no finite number.

    Examples
    --------
    >>> from neurograph.conventions import Conventions
    >>> Conventions(learning_rate=0.5, digits=4)
    Conventions(learning_rate=0.5, order='simultaneous', digits=4, reduction=None)
    """

    learning_rate: float | None = None
    order: str = "simultaneous"
    digits: int | None = None
    reduction: str | None = None

    def __post_init__(self) -> None:
        one_of(self.order, ORDERS, "order")
        if self.reduction is not None:
            one_of(self.reduction, REDUCTIONS, "reduction")
        if self.learning_rate is not None:
            finite_number(self.learning_rate, "learning_rate")


@dataclass(frozen=True)
class Place:
    """Where an address points: a quantity, and the row of a neuron or the slot of a connection."""

    quantity: str
    place: int


@dataclass(frozen=True, kw_only=True)
class Setup:
    """A network, its data and its conventions: what the numbers of a round follow from.

    Attributes
    ----------
    structure : Structure
    parameters : ndarray of shape (n_slots,)
        At the beginning.
    loss : Loss
    reduction, order : str
    learning_rate : float or None
    inputs : list of float or of ndarray of shape (n_samples,)
        By input neuron.
    targets : the same by output neuron
    digits : int or None
    optimizer : Optimizer
        Of trainings; single steps are plain gradient descent.
    called : mapping
        By slot, what a connection is called.
    misread : mapping
        By slot of a parameter, the slot that a forward pass reads instead; `None` for 0.
    turned : bool
        Whether the other order is meant, also where a step states its own.
    rate_factor : float
        Of every learning rate.
    shares_turned : bool
        Whether an attribution is the other one, with or without its denominator.
    """

    structure: Structure
    parameters: NDArray[np.float64]
    loss: Loss
    reduction: str
    order: str
    learning_rate: float | None
    inputs: Sequence[Value]
    targets: Sequence[Value]
    digits: int | None = None
    optimizer: Optimizer = field(default_factory=GradientDescent)
    called: Mapping[int, str] = field(default_factory=dict)
    misread: Mapping[int, int | None] = field(default_factory=dict)
    turned: bool = False
    rate_factor: float = 1.0
    shares_turned: bool = False

    @property
    def is_in_place(self) -> bool:
        """Whether a weight changes as soon as its gradient is known."""
        return (self.order == "in_place") != self.turned

    def equations(self, optimizer: Optimizer | None = None) -> Equations:
        """Return the equations of a round, of single steps or of a training's optimiser."""
        optimizer = optimizer or _DESCENT
        if optimizer not in self._equations:
            order = "in_place" if self.is_in_place else "simultaneous"
            of_round = Round(self.structure, self.loss, self.reduction, order, optimizer)
            updates = self.learning_rate is not None
            self._equations[optimizer] = Equations(of_round, updates=updates)
        return self._equations[optimizer]

    @cached_property
    def _equations(self) -> dict[Optimizer, Equations]:
        return {}

    @property
    def rate(self) -> float:
        """The factor of the gradient in an update."""
        return (self.learning_rate or 0.0) * self.rate_factor

    @property
    def single(self) -> bool:
        """Whether there is one sample, so that values are numbers."""
        return not isinstance(self.inputs[0], np.ndarray)

    @property
    def n_samples(self) -> int:
        """How many samples there are."""
        return int(np.size(self.inputs[0]))

    def rows(self, values: Sequence[Value]) -> NDArray[np.float64]:
        """Return inputs or targets as rows of samples, as engines take them."""
        return np.ascontiguousarray(np.stack(values, axis=-1).reshape(-1, len(values)))

    def weights(self) -> list[int]:
        """Return the slots of the weights."""
        return [slot for slot in self.structure.filled if self.structure.pre[slot] >= 0]

    def bias_slots(self) -> dict[int, int]:
        """Return by row of a neuron the slot of its bias, or of its weight from a bias neuron."""
        of_neurons = {
            int(self.structure.post[slot]): slot
            for slot in self.weights()
            if int(self.structure.pre[slot]) in self.structure.bias_neurons
        }
        return of_neurons | self.structure.bias_slot

    def joint_of(self, row: int) -> Joint | None:
        """Return how loss and activation of an output give its delta at once, if they do."""
        return self.equations().joint(row)

    def asks_for_slope(self, row: int) -> bool:
        """Whether the delta of a neuron is a product with its f'."""
        if self.structure.activations[row].group:
            return False
        return self.joint_of(row) is None or bool(self.structure.outgoing[row])

    def name_of(self, row: int) -> str:
        """Return the name of the neuron in a row."""
        return str(self.structure.names[row])

    def with_biases(self, policy: str) -> "Setup":
        """Return the setup with its biases trained, fixed, shared by level or left out.

        Raises
        ------
        StructureError
            If biases of one level are to be shared that differ.
        """
        return self.with_bias_slots(policy, list(self.bias_slots().values()))

    def with_bias_slots(self, policy: str, slots: Sequence[int]) -> "Setup":
        """Return the setup with some biases trained, fixed, shared by level or left out."""
        old = self.structure
        trainable = old.trainable.copy()
        trainable[slots] = policy in ("trained", "shared")
        tied = {tie: members for tie, members in old.tied.items() if not set(members) & set(slots)}
        parameters = self.parameters.copy()
        if policy == "none":
            parameters[slots] = 0.0
        if policy == "shared":
            by_row = self.bias_slots()
            for number, rows in enumerate(old.levels[1:], start=1):
                members = [by_row[row] for row in rows if row in by_row]
                if len(set(parameters[members].tolist())) > 1:
                    raise StructureError("biases that differ cannot be one parameter")
                tied[f"bias of level {number}"] = members
        structure = replace(old, trainable=trainable, tied=tied, values=parameters)
        return replace(self, structure=structure, parameters=parameters)

    def with_activations(self, changed: Mapping[int, Activation]) -> "Setup":
        """Return the setup with other activations in some rows."""
        activations = list(self.structure.activations)
        for row, activation in changed.items():
            activations[row] = activation
        return replace(self, structure=replace(self.structure, activations=activations))


def scaled(loss: Loss, value: float = 1.0, slope: float = 1.0) -> Loss:
    """Return a loss with its value and its derivative multiplied by factors.

    Examples
    --------
    >>> from neurograph.losses import get_loss
    >>> doubled = scaled(get_loss("half_squared_error"), value=2.0)
    >>> doubled.value(target=1.0, out=0.5, n=1), doubled.slope(target=1.0, out=0.5, n=1)
    (0.25, -0.5)
    """
    return Loss(
        f"{loss.name}, value * {value!r}, slope * {slope!r}",
        _times(value, loss.formula, "target", "out", "n"),
        _times(slope, loss.derivative, "target", "out", "n"),
        loss.source,
        {
            name: Joint(
                _times(slope, joint.delta_formula, "out", "target"),
                _times(value, joint.value_formula, "net", "target", "log_total"),
                joint.source,
            )
            for name, joint in loss.joint.items()
        },
    )


def with_slope(activation: Activation, text: str) -> Activation:
    """Return an activation with another formula, in ``net`` and ``out``, for its derivative."""
    return replace(activation, derivative=Formula(text, ["net", "out"]))


def setup_of(net: Network, inputs: Any, targets: Any, conventions: Conventions) -> Setup:
    """Return the setup of a network, its data and conventions.

    Raises
    ------
    StructureError, InvalidValueError, InvalidTypeError, UnknownNameError
        As for `Network.step`.
    """
    storage = net.storage
    structure = storage.structure
    given = read_inputs(storage.structure, inputs)
    return Setup(
        structure=structure,
        parameters=storage.parameters.copy(),
        loss=net.checked_loss(),
        reduction=conventions.reduction or net.reduction,
        order=conventions.order,
        learning_rate=conventions.learning_rate,
        digits=conventions.digits,
        inputs=given,
        targets=read_targets(storage.structure, targets, given[0]),
        called={
            slot: str(net.connection(structure.ends(slot)).name)
            for slot in structure.filled
            if structure.pre[slot] >= 0
        },
    )


def place_of(net: Network, address: str) -> Place:
    """Return where an address points in the structure of a network.

    Raises
    ------
    UnknownNameError
        If there is no such neuron, connection or quantity.
    """
    target, quantity = parse_address(address)
    if target is None:
        return Place("total_error", 0)
    structure = net.structure
    if parse_address(address).of_connection:
        connection = net.connection(target)
        ends = connection.pre, connection.post
        slots = (slot for slot in structure.filled if structure.pre[slot] >= 0)
        return Place(quantity, next(slot for slot in slots if structure.ends(slot) == ends))
    return Place(quantity, structure.names.index(net.neuron(target).name))


def _times(factor: float, formula: Formula, *variables: str) -> Formula:
    if factor == 1.0:
        return formula
    return Formula(f"{factor!r} * ({formula.text})", variables)
