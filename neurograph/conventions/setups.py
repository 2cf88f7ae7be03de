"""`Setup`: everything that decides which numbers come out, and the changes it allows."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import field, replace
from functools import cached_property, partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from neurograph.addresses import LEARNING_RATE, LOSS, OF_ANSWERS, OF_TRAINING, parse_address
from neurograph.checks import finite_number, one_of
from neurograph.columns import Value
from neurograph.display import Brief
from neurograph.elements import row_of
from neurograph.equations import ORDERS, REDUCTIONS, Equations, Round
from neurograph.losses import Loss
from neurograph.network import Network
from neurograph.optimizers import GRADIENT_DESCENT, Optimizer
from neurograph.quantities import BY_ADDRESS
from neurograph.records import record
from neurograph.rounds import read_inputs, read_targets
from neurograph.slips import RATE, Edit, Instead
from neurograph.structure import Structure
from neurograph.terms import USUAL_TERMS, Terms

__all__ = ["Conventions", "Place", "Setup", "place_of", "setup_of"]


@record(kw_only=True)
class Conventions(Brief):
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
    Conventions(learning_rate=0.5, digits=4)
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


@record
class Place:
    """Where an address points: a quantity, and the row of a neuron or the slot of a connection."""

    quantity: str
    place: int


@record(kw_only=True)
class Setup(Brief):
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
    terms : Terms
    called : mapping
        By slot, what a connection is called.
    slot_of : function of str
        Gives the slot of a weight or a bias, by its address.
    misread : mapping
        By slot of a parameter, the slot that a forward pass reads instead; `None` for 0.
    turned : bool
        Whether the other order is meant, also where a step states its own.
    rate_factor : float
        Of every learning rate.
    taken_rate : float, optional
        What is taken in the place of every learning rate.
    shares_turned : bool
        Whether an attribution is the other one, with or without its denominator.
    standardized : str
        How the inputs are scaled: see `Data`.
    targets_scaled : bool
        Whether targets are.
    n_data : int
        How many samples the data have, of which a run may use some.
    goes_on : bool
        Whether there are passes after weights have changed.
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
    optimizer: Optimizer = field(default=GRADIENT_DESCENT)
    terms: Terms = field(default=USUAL_TERMS)
    called: Mapping[int, str] = field(default_factory=dict)
    slot_of: Callable[[str], int]
    misread: Mapping[int, int | None] = field(default_factory=dict)
    turned: bool = False
    rate_factor: float = 1.0
    taken_rate: float | None = None
    shares_turned: bool = False
    standardized: str = ""
    targets_scaled: bool = False
    n_data: int = 1
    goes_on: bool = False

    @property
    def is_in_place(self) -> bool:
        """Whether a weight changes as soon as its gradient is known."""
        return (self.order == "in_place") != self.turned

    def equations(self, optimizer: Optimizer | None = None) -> Equations:
        """Return the equations of a round, of single steps or of a training's optimiser."""
        optimizer = optimizer or GRADIENT_DESCENT
        if optimizer not in self._equations:
            order = "in_place" if self.is_in_place else "simultaneous"
            of_round = self._stated(order, optimizer).on(self.terms)
            updates = self.learning_rate is not None
            self._equations[optimizer] = Equations(of_round, updates=updates)
        return self._equations[optimizer]

    def _stated(
        self, order: str = "simultaneous", optimizer: Optimizer = GRADIENT_DESCENT
    ) -> Round:
        return Round(self.structure, self.loss, self.reduction, order, optimizer)

    @property
    def plain_round(self) -> Round:
        """A round with deltas of dE/dnet, as second derivatives have them."""
        return self._stated().on(replace(self.terms, delta=USUAL_TERMS.delta))

    @cached_property
    def _equations(self) -> dict[Optimizer, Equations]:
        return {}

    @property
    def rate(self) -> float:
        """The factor of the gradient in an update."""
        if self.taken_rate is not None:
            return self.taken_rate
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

    def of_samples(self, samples: Sequence[int]) -> "Setup":
        """Return the setup with some of its samples, counted from 1; one of them is no batch."""
        rows = [number - 1 for number in samples]
        at = rows[0] if len(rows) == 1 else rows
        inputs, targets = (
            [value if self.single else _plain(value[at]) for value in values]
            for values in (map(np.asarray, self.inputs), map(np.asarray, self.targets))
        )
        return replace(self, inputs=inputs, targets=targets)

    def masked(self, masks: Mapping[str, float]) -> "Setup":
        """Return the setup with other masks, by neuron."""
        rows = {self.structure.names.index(name): mask for name, mask in masks.items()}
        structure = replace(self.structure, masks=self.structure.masks | rows)
        return replace(self, structure=structure)

    def weights(self) -> list[int]:
        """Return the slots of the weights."""
        return [slot for slot in self.structure.filled if self.structure.pre[slot] >= 0]

    def name_of(self, row: int) -> str:
        """Return the name of the neuron in a row."""
        return str(self.structure.names[row])

    def under(self, edit: Edit) -> "Setup":
        """Return the setup with all that an edit changes, but for single equations."""
        parameters, setup = self.parameters.copy(), self
        for (quantity, place, _), instead in edit.whole.items():
            if quantity == "weight":
                own = 1.0 if instead.quantity is None else self.parameters[instead.quantity.place]
                parameters[place] = instead.factor * own
        if RATE in edit.whole:
            setup = setup._with_rate(edit.whole[RATE])
        if edit.setting is not None:
            its = edit.setting(setup._stated())
            setup = replace(setup, structure=its.structure, loss=its.loss, reduction=its.reduction)
        changed = replace(
            setup,
            parameters=parameters,
            turned=self.turned != edit.other_order,
            shares_turned=self.shares_turned != edit.other_shares,
            misread={**self.misread, **edit.misread},
            digits=None if edit.exact else self.digits if edit.digits is None else edit.digits,
        )
        if edit.optimizer is not None:
            changed = replace(changed, optimizer=edit.optimizer(self.optimizer))
        if edit.terms is not None:
            changed = replace(changed, terms=edit.terms(self.terms))
        if edit.inputs_times != 1.0:
            changed = replace(changed, inputs=[edit.inputs_times * its for its in self.inputs])
        if edit.data:
            data = {"input": list(changed.inputs), "target": list(changed.targets)}
            for (of, column, sample), number in edit.data.items():
                data[of][column] = _as_read(data[of][column], sample, number)
            changed = replace(changed, inputs=data["input"], targets=data["target"])
        return self.keeping(changed)

    def keeping(self, changed: "Setup") -> "Setup":
        """Return another setup, which keeps the equations made so far if its round is the same."""
        if changed._decides_equations == self._decides_equations and (
            changed.structure is self.structure and changed.loss is self.loss
        ):
            vars(changed)["_equations"] = self._equations
        return changed

    @property
    def _decides_equations(self) -> tuple[object, ...]:
        return self.reduction, self.is_in_place, self.learning_rate is None, self.terms

    def _with_rate(self, instead: Instead) -> "Setup":
        if instead.quantity is None:
            return replace(self, taken_rate=instead.factor)
        return replace(self, rate_factor=self.rate_factor * instead.factor)


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
        terms=net.terms,
        inputs=given,
        targets=read_targets(storage.structure, targets, given[0]),
        called={
            slot: str(net.connection(structure.ends(slot)).name)
            for slot in structure.filled
            if structure.pre[slot] >= 0
        },
        slot_of=partial(_slot_of, net),
    )


def place_of(net: Network, address: str) -> Place:
    """Return where an address points in the structure of a network.

    Raises
    ------
    UnknownNameError
        If there is no such neuron, connection or quantity.
    """
    _ = net.storage  # rows and slots are those of its structure
    if address in (*OF_TRAINING, LEARNING_RATE, *OF_ANSWERS):
        return Place(address, 0)
    if not (owners := net.owners(address)):
        of_all = parse_address(address).quantity
        return Place("total_error" if of_all == LOSS else of_all, 0)
    element, quantity = owners[0]
    return Place(quantity, row_of(element))


def _slot_of(net: Network, address: str) -> int:
    place = place_of(net, address)
    if BY_ADDRESS[place.quantity].of_bias == place.quantity:
        return net.structure.bias_slot[place.place]
    return place.place


def _as_read(column: Value, sample: int | None, number: float) -> Value:
    """Return a column of the data with another number for one of its samples, or for all."""
    if not isinstance(column, np.ndarray):
        return number
    read = column.astype(float)
    read[slice(None) if sample is None else sample - 1] = number
    return read


def _plain(value: Any) -> Value:
    """Return a number as a float, and a column of samples as it is."""
    return float(value) if np.ndim(value) == 0 else value
