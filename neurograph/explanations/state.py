"""What a network carries at the moment it is asked: values by quantity, place and sample."""

import math
import re
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import field, replace
from functools import cached_property
from itertools import islice
from typing import Any

import numpy as np

from neurograph.addresses import LEARNING_RATE, LOSS, OF_ANSWERS, OF_TRAINING, parse_address
from neurograph.checks import one_of, rate_of, whole_number
from neurograph.columns import PastUpdate, Value
from neurograph.curvature import along
from neurograph.display import Brief
from neurograph.elements import Neuron, row_of
from neurograph.equations import ORDERS, Equations, Operand, Variable
from neurograph.errors import (
    InvalidValueError,
    NotComputedError,
    UnknownNameError,
)
from neurograph.formulas import Group
from neurograph.network import Network
from neurograph.optimizers import GRADIENT_DESCENT, Optimizer, get_optimizer
from neurograph.passes import ROUNDED, rounding
from neurograph.quantities import (
    BY_ADDRESS,
    CONNECTION_QUANTITIES,
    NEURON_QUANTITIES,
    QUANTITIES,
    Quantity,
)
from neurograph.records import record
from neurograph.slips import NO_EDITS, Edits
from neurograph.terms import DELTAS

__all__ = [
    "State", "Update", "check_is_of_update", "find_place", "find_quantity", "past_update",
    "update_by", "whole_digits",
]  # fmt: skip

#: Where a parameter after an update stands.
_WEIGHTS = {"new_weight": "weight", "new_bias": "bias"}
#: Floats have no more significant digits.
MOST_DIGITS = 15


@record
class Update(Brief):
    """The update that follows the last pass: what new weights come from.

    Attributes
    ----------
    learning_rate : float, optional
        Without one there are no new weights to explain.
    optimizer : Optimizer
    order : {"simultaneous", "in_place"}
    digits : int, optional
        To which the passes round.
    words : str
        Which update it is.
    memory : mapping of str to sequence of float
        What the optimiser remembers from before, by slot; where there is nothing, 0.
    step : int
        Its number in its training, counted from 1.
    """

    learning_rate: float | None = None
    optimizer: Optimizer = field(default=GRADIENT_DESCENT)
    order: str = "simultaneous"
    digits: int | None = None
    words: str = "one update"
    memory: Mapping[str, Any] = field(default_factory=dict)
    step: int = 1


def update_by(learning_rate: Any, optimizer: str | Optimizer, order: str) -> Update:
    """Return the update that is described by the arguments of `explain`."""
    return Update(
        None if learning_rate is None else rate_of(learning_rate),
        get_optimizer(optimizer),
        one_of(order, ORDERS, "order"),
    )


def whole_digits(digits: Any) -> int:
    """Return how many decimals are to be shown."""
    return whole_number(digits, "digits", 1, MOST_DIGITS)


def past_update(network: Network, update: Update) -> PastUpdate | None:
    """Return the update that followed the last pass, unless another one is asked for."""
    past = network.storage.past_update
    if past is None or update.learning_rate is not None:
        return None
    return past if update.optimizer in (GRADIENT_DESCENT, past.optimizer) else None


def _in_words(past: PastUpdate) -> Update:
    """Return an update that was made as one that can be explained."""
    words = "the last update"
    if past.step > 1:
        words += f", number {past.step:,} of its training"
    rest = (past.digits, words, past.memory, past.step)
    return Update(past.learning_rate, past.optimizer, past.order, *rest)


class State(Brief):
    """The values of a network's last pass, with the equations that they were computed by.

    What the network does not carry, such as a weight after the next update, is computed from its
    equation when it is asked for.

    Parameters
    ----------
    network : Network
    update : Update, optional
        In place, the backward pass is computed anew, with weights that change on the way.
    as_carried : bool
        Whether values may belong to weights that have changed since.
    past : PastUpdate, optional
        The update that was made after the last pass, instead of one that is still to come: weights
        are those before it, new weights those that the network has.

    Raises
    ------
    StructureError, NotComputedError
        If the network cannot be run, or has changed since its last pass.
    """

    def __init__(
        self,
        network: Network,
        update: Update | None = None,
        *,
        as_carried: bool = False,
        past: PastUpdate | None = None,
    ) -> None:
        self.network = network
        self.past = past
        self.update = update = _in_words(past) if past else update or Update()
        storage = network.storage
        of_round = network.round(update.order, update.optimizer)
        self.structure = structure = of_round.structure
        self.names = structure.names
        self.loss, self.reduction = network.round(delta=DELTAS[0]).loss, of_round.reduction
        self.parameters = (past.parameters if past else storage.parameters).tolist()
        # A copy carries numbers without what computed them.
        has_changed = storage.outdated and "out" in storage.neurons
        self.outdated = has_changed and not as_carried and past is None
        self.equations = Equations(
            of_round, updates=update.learning_rate is not None, pinned=storage.pinned
        )
        self._stored = storage.parameters
        self._neurons, self._connections = storage.neurons, storage.connections
        self.outputs = self.equations.outputs
        self.bias_neurons = frozenset(structure.bias_neurons)
        self.given = frozenset(structure.levels[0])
        self.n_samples = self._count()
        if storage.outlived:
            raise NotComputedError(
                "the network has changed since the last forward pass: call net.forward(inputs)"
                " again"
            )
        self._values: dict[tuple[str, int], Any] = {}
        self._along: dict[int, dict[str, dict[int, Any]]] = {}

    def _count(self) -> int | None:
        """Return the number of samples of a batch; `None` for one sample."""
        try:
            value = self._neurons["out"][self.structure.inputs[0]]
        except KeyError:
            return None
        return len(value) if isinstance(value, np.ndarray) else None

    @property
    def has_shares(self) -> bool:
        """Whether errors have been shared out in proportion to weights."""
        return "error" in self._neurons

    @property
    def has_curvatures(self) -> bool:
        """Whether second derivatives have been computed."""
        return "curvature" in self._connections

    # -- values --------------------------------------------------------------------------------

    def raw(self, quantity: str, place: int = -1) -> Value:
        """Return a value of all samples: a number, or one for each of a batch."""
        known = self._known(quantity, place)
        value: Value = self._computed(Variable(quantity, place)) if known is None else known
        return value

    def value(self, operand: Operand) -> Any:
        """Return what stands for an operand of an equation, of all samples."""
        if isinstance(operand, Variable):
            return self.raw(operand.quantity, operand.place)
        return Group(map(self.value, operand)) if isinstance(operand, list) else operand

    def number(self, variable: Variable) -> float:
        """Return the number that a variable has in its sample."""
        quantity, place, sample = variable
        if sample is None or self.n_samples is None:
            return float(self.raw(quantity, place))
        if quantity == "gradient" and place in self.equations.penalised:
            parts = (Variable(name, place, sample) for name in _PARTS)
            return sum(map(self.number, parts))
        if self.is_rewritten(variable) and self.equations.of(variable).over_samples:
            return self._of_sample(variable)
        if quantity in ("gradient", "data_gradient"):
            slots = self.structure.shared_slots(place)
            return sum(self.number(Variable("own_gradient", slot, sample)) for slot in slots)
        if quantity in ("own_gradient", "curvature", "gauss_newton"):
            return self._of_sample(variable)
        if quantity == "total_error" and self.equations.penalised:
            return self.number(Variable("data_loss", -1, sample)) + float(self.raw("penalty"))
        if quantity in ("total_error", "data_loss"):
            parts = (Variable("loss", row, sample) for row in self.structure.outputs)
            return sum(map(self.number, parts))
        values = np.broadcast_to(self.raw(quantity, place), self.n_samples)
        return float(values[sample - 1])

    def _of_sample(self, variable: Variable) -> float:
        """Return what one sample adds to a sum over samples, as often as it counts there."""
        quantity, place, sample = variable
        assert sample is not None
        assert self.n_samples is not None
        values = np.broadcast_to(self.of_samples(quantity, place), self.n_samples)
        equation = self.equations.of(variable._replace(sample=None))
        return float(equation.counted(values)[sample - 1])

    def of_samples(self, quantity: str, slot: int) -> Value:
        """Return what a mean over samples is taken of: what one place adds to a gradient, say."""
        equation = self.equations.of(Variable(quantity, slot))
        assert equation.formula is not None
        operands = {name: self.value(operand) for name, operand in equation.operands.items()}
        values: Value = equation.formula(**operands)
        return values

    def _known(self, quantity: str, place: int) -> Any:
        """Return what is set, or carried by an object, or was computed before; else nothing."""
        value = self._values.get((quantity, place))
        if value is None:
            value = self._values[quantity, place] = self._read(quantity, place)
        return value

    def _read(self, quantity: str, place: int) -> Any:
        if quantity == "weight":
            return float(self.parameters[place])
        if quantity == "total_error":
            return self.network.total_error()
        if quantity in ("data_loss", "penalty") and self._known("total_error", -1) is not None:
            return self.network.value(quantity)
        if quantity == "n_samples":
            return float(self.n_samples or 1)
        if quantity in ("learning_rate", "step_number"):
            rate, step = self.update.learning_rate, float(self.update.step)
            return rate if quantity == "learning_rate" else step
        if quantity.endswith("_tangent"):
            return self._tangent(quantity.removesuffix("_tangent"), place)
        if quantity.startswith("earlier_"):
            column = self.update.memory.get(quantity.removeprefix("earlier_"))
            return 0.0 if column is None else float(column[place])
        row = QUANTITIES.get(quantity)
        if row is None:
            return None
        if self.past is not None:
            is_new = quantity == "new_weight"
            return float(self._stored[place]) if is_new else self._carried(row, place)
        if row.phase == "update":
            return None
        if self._goes_back_anew and row.phase == "backward" and quantity not in _COMPARED:
            return None
        return self._carried(row, place)

    @property
    def _goes_back_anew(self) -> bool:
        """Whether the objects carry a backward pass through weights that did not change."""
        return self.equations.in_place and self.past is None

    @cached_property
    def _unchanged(self) -> Equations:
        """The equations of a round that changes no parameter on the way."""
        return Equations(replace(self.equations.round, rewriting=None), updates=False)

    def is_rewritten(self, variable: Variable) -> bool:
        """Whether an edit put another equation in the place of its own."""
        if self.equations.round.rewriting is None:
            return False
        return not self.equations.of(variable).is_like(self.equations.by_rule(variable))

    def edits_of(self, variable: Variable) -> list[str]:
        """Return what is done otherwise in the equation of a number: the sentences of edits."""
        return [words for words, its in self._edited_alone if self._differs(its, variable)]

    def _differs(self, edited: Equations, variable: Variable) -> bool:
        return not edited.of(variable).is_like(self._unedited.of(variable))

    @cached_property
    def _unedited(self) -> Equations:
        """The equations of the round as it would be without edits."""
        return self._equations_under(NO_EDITS)

    @cached_property
    def _edited_alone(self) -> list[tuple[str, Equations]]:
        alone = self.network.edits.alone
        return [(words, self._equations_under(edits)) for words, edits in alone]

    def _equations_under(self, edits: Edits) -> Equations:
        update = self.update
        of_round = self.network.round(update.order, update.optimizer, edits=edits)
        return Equations(of_round, updates=update.learning_rate is not None)

    def _tangent(self, quantity: str, place: int) -> Any:
        """Return how a delta or an out changes with a parameter: see `equations`."""
        structure, outputs = self.structure, self.structure.outputs
        slot, row = place, int(structure.post[place]) if quantity == "delta" else -1
        if quantity == "out":
            slot, k = divmod(place, len(outputs))
            row = outputs[k]
        if slot not in self._along:
            given, targets = (
                {at: self.raw(name, at) for at in rows}
                for name, rows in (("out", structure.inputs), ("target", outputs))
            )
            self._along[slot] = along(self._unchanged, self.parameters, given, targets, slot)
        return self._along[slot][quantity][row]

    def _carried(self, row: Quantity, place: int) -> Any:
        columns, key = self._connections, row.name
        if row.owner == "neuron":
            columns = self._neurons
        elif row.owner == "parameter" and self.structure.pre[place] < 0:
            columns, key, place = self._neurons, row.of_bias, int(self.structure.post[place])
        try:
            return columns[key][place]
        except KeyError:
            return None

    def _computed(self, wanted: Variable) -> Any:
        """Compute a value by its equation, and before it all that it needs and nobody carries."""
        # A stack of its own: a chain of neurons may be longer than Python's recursion goes.
        waiting = [wanted]
        while waiting:
            variable = waiting[-1]
            equation = self.equations.of(variable)
            if equation.formula is None or not self._follows(variable):
                # The network's own message says what to call first.
                self.network.value(self.address(variable))
                raise NotComputedError(f"{self.address(variable)!r} is not known")
            missing = [v for v in equation.variables if self._known(v.quantity, v.place) is None]
            waiting += missing
            if not missing:
                waiting.pop()
                with np.errstate(all="ignore"):
                    altered = self.equations.round.rewriting is not None
                    value = equation.value(self.value, self.n_samples, altered=altered)
                if variable.quantity in ROUNDED:
                    value = rounding(self.network.edits.digits(self.update.digits))(value)
                if equation.written is not None:
                    value = equation.written(value)
                self._values[variable[:2]] = value
        return self._values[wanted[:2]]

    def _follows(self, variable: Variable) -> bool:
        """Whether a number that no object carries follows from those that are carried."""
        row = QUANTITIES.get(variable.quantity)
        if row is None or row.phase == "update" or not row.stop:
            return True
        is_given = row.owner == "neuron" and variable.place in self.given
        return self._goes_back_anew and (not is_given or variable.quantity == "out_gradient")

    def shared_places(self, variable: Variable) -> Sequence[int]:
        """Return where a number stands that belongs to a shared parameter: else its own place."""
        quantity, place, _ = variable
        if QUANTITIES[quantity].owner != "parameter" or quantity == "own_gradient":
            return (place,)
        return self.structure.shared_slots(place)

    def is_given(self, variable: Variable) -> bool:
        """Whether a number is not computed: a parameter, a target, an input, the constant 1."""
        quantity, place, _ = variable
        return self.equations.of(variable).formula is None or (
            quantity == "out" and place in self.given
        )

    def address(self, variable: Variable) -> str:
        """Return the address of a number."""
        quantity, place, _ = variable
        row = QUANTITIES.get(quantity)
        if quantity == "total_error":
            return "loss"
        if place < 0:
            return quantity
        if row is not None and row.owner == "neuron":
            return f"{self.names[place]}.{quantity}"
        if self.structure.pre[place] < 0:
            of_bias = row.of_bias if row else f"bias_{quantity}"
            return f"{self.names[self.structure.post[place]]}.{of_bias}"
        return f"{self.network.connection(self.structure.ends(place)).name}.{quantity}"


#: What the gradient of a parameter with a penalty is the sum of.
_PARTS = ("data_gradient", "penalty_gradient")
#: What the backward pass begins with, in any order of update.
_COMPARED = ("target", "loss")


def find_quantity(state: State, address: str, sample: int | None = None) -> Variable:
    """Return the number that an address names.

    Parameters
    ----------
    state : State
    address : str
        As for `Network.value`, and ``"w5.new_weight"`` or ``"h1.new_bias"`` for a parameter after
        one update.
    sample : int, optional
        Of a batch, counted from 1.

    Raises
    ------
    UnknownNameError, InvalidTypeError
        If there is no such neuron, connection or quantity; the nearest is named.
    InvalidValueError
        If the sample is not one of those in the network, or is needed and not given; or if the
        number depends on a learning rate, and there is none.
    NotComputedError
        If the quantity is not known, or no longer follows from the weights as they are now.
    """
    variable = find_place(state, address)
    if state.past is not None and variable.quantity == "weight":
        variable = Variable("new_weight", variable.place)  # what it is now, the update made it
    _check_is_known(state, variable, address)
    return variable._replace(sample=_checked_sample(state, variable, sample, address))


def find_place(state: State, address: str) -> Variable:
    """Return the number that an address names, known or not."""
    if address in OF_TRAINING:
        raise InvalidValueError(
            f"{address!r} is what a training reports; it follows from no equation of a round"
        )
    if address in OF_ANSWERS:
        raise InvalidValueError(
            f"{address!r} is counted over the samples; it follows from no equation of a round"
        )
    if address == LEARNING_RATE:
        raise InvalidValueError(
            f"{address!r} is what an update is given; it follows from no equation of a round"
        )
    try:
        return _place_called(state, address)
    except UnknownNameError as error:
        raise _with_hint(state.network, address, error) from error


def _place_called(state: State, address: str) -> Variable:
    network = state.network
    target, name = parse_address(address, new=True)
    if target is None:
        return Variable("total_error" if name == LOSS else name)
    row = BY_ADDRESS[name]
    # A new weight is carried by no object: it stands where the weight does.
    carried = address if row.carried else f"{target}.{_WEIGHTS[name]}"
    element, _ = network.owners(carried)[0]
    place = row_of(element)
    if row.owner == "parameter" and isinstance(element, Neuron):
        if place not in state.structure.bias_slot:
            raise NotComputedError(f"{network.neuron(target).called()} has no bias")
        place = state.structure.bias_slot[place]
    return Variable(row.name, place)


def _check_is_known(state: State, variable: Variable, address: str) -> None:
    quantity, place, _ = variable
    if quantity == "weight":
        return
    if (
        quantity == "slope"
        and place not in state.given
        and state.equations.activations[place].couples_deltas
    ):
        name = state.names[place]
        raise NotComputedError(
            f"neuron {name!r} has no slope of its own: softmax makes its out depend on the nets of"
            f" its whole group; explain '{name}.delta' instead"
        )
    updates = QUANTITIES[quantity].phase == "update"
    if updates:
        check_is_of_update(state, variable, address, state.update.optimizer)
    state.raw("gradient" if updates else quantity, place)
    if state.outdated:
        raise NotComputedError(
            f"{address!r} belongs to a pass that was made before weights or biases changed, and no"
            " longer follows from them: call net.forward(inputs) and net.backward(targets) again"
            " (after one update, with no other change since, it is explained as it was before it)"
        )
    if state.update.learning_rate is None and _needs_rate(state, variable):
        raise InvalidValueError(
            f"{address!r} depends on the learning rate: give it, as in"
            f" explain(net, {address!r}, learning_rate=0.5)"
        )


def check_is_of_update(
    state: State, variable: Variable, address: str, optimizer: Optimizer
) -> None:
    """Check that the update has such a number: its optimiser, and for this parameter."""
    quantity, place, _ = variable
    row = QUANTITIES[quantity]
    if row.optimizer and quantity not in dict(optimizer.equations):
        raise InvalidValueError(
            f"{address!r} is no number of {optimizer.name}: name an optimizer that has one, as in"
            f" optimizer={row.optimizer!r}"
        )
    if quantity != "new_weight" and not state.structure.trainable[place]:
        what = "bias" if state.structure.pre[place] < 0 else "weight"
        raise NotComputedError(
            f"there is no {address!r}: the {what} of {state.structure.called(place)} is frozen, and"
            " an update leaves it as it is"
        )


def _needs_rate(state: State, variable: Variable) -> bool:
    """Whether a number of an update depends on the learning rate."""
    row = QUANTITIES.get(variable.quantity)
    if row is not None and row.phase != "update":
        return False
    if variable.quantity == "learning_rate":
        return True
    # What a gradient is in place follows from changes.
    in_place = state.equations.round.order == "in_place"
    return in_place or any(_needs_rate(state, v) for v in state.equations.of(variable).variables)


def _checked_sample(
    state: State, variable: Variable, sample: int | None, address: str
) -> int | None:
    n = state.n_samples
    if sample is not None:
        sample = whole_number(sample, "sample", -math.inf)
        if n is None:
            raise InvalidValueError(
                f"sample {sample} was asked for, but the last pass was made with one sample alone:"
                " leave sample out"
            )
        if not 1 <= sample <= n:
            raise InvalidValueError(
                f"sample must be from 1 to {n}, the samples of the last pass, not {sample}"
            )
    row = QUANTITIES[variable.quantity]
    if n is None or row.phase in ("", "update"):
        return None
    if sample is None and row.owner in ("neuron", "connection"):
        raise InvalidValueError(
            f"{address!r} has a value for each of {n} samples: say which one with sample=1"
            + (f" to {n}" if n > 1 else "")
        )
    return sample


# -- what somebody who wrote an address that does not exist is likely to have meant ----------------

#: So many names are listed where none is near.
_MOST_NAMES = 8
#: Of so many neurons and connections the names are looked at.
_LOOKED_AT = 5000

#: How pages write a quantity of a neuron, before its name.
_SYMBOLS = {
    "net": "net", "out": "out", "target": "target", "E": "loss", "δ": "delta", "delta": "delta",
    "b": "bias",
}  # fmt: skip
#: What a quantity of a connection is for a bias.
_OF_BIAS = {
    "gradient": "bias_gradient", "weight": "bias", "new_weight": "new_bias",
    "bias_gradient": "bias_gradient", "bias": "bias", "new_bias": "new_bias",
}  # fmt: skip


def _with_hint(network: Network, address: str, error: UnknownNameError) -> UnknownNameError:
    """Return an error about an address that also says what was likely meant.

    A nearest name in it gives way to a better one.
    """
    said = str(error)
    hint = _hint(network, address)
    if hint:
        return UnknownNameError(f"{said.partition('; did you mean')[0]}; {hint}")
    if said.startswith("no neuron") and "; " not in said:
        return UnknownNameError(f"{said}; {_listed(list(network.nodes), 'the neurons are')}")
    if said.startswith("no connection") and "; " not in said:
        labels = [str(network.connection(ends).name) for ends in islice(network.edges, _LOOKED_AT)]
        labels.sort(key=lambda label: (len(label), label))
        return UnknownNameError(f"{said}; {_listed(labels, 'the connections are')}")
    return error


def _biases_called(network: Network, name: str) -> list[Hashable]:
    """Return the neurons whose bias a tie of that name is."""
    return [
        neuron
        for neuron, data in islice(network.nodes(data=True), _LOOKED_AT)
        if data.get("tie") == name and data.get("bias") is not None
    ]


def _hint(network: Network, address: str) -> str:
    if address in ("E", "E_total", "total_error", "error", "cost"):
        return "did you mean 'loss', the total error?"
    target, _, quantity = address.rpartition(".")
    name = target or quantity
    sharing = _biases_called(network, name)
    if sharing:
        of = " and ".join(map(str, sharing)) if len(sharing) < 3 else f"{len(sharing)} neurons"
        wanted = _OF_BIAS.get(quantity if target else "bias_gradient", "bias")
        return f"{name!r} is the bias of {of}: did you mean '{sharing[0]}.{wanted}'?"
    if _is_neuron(network, name):
        if not target:
            return f"neuron {name!r} has several numbers: such as '{name}.out' or '{name}.delta'"
        if quantity in _OF_BIAS:
            return f"{name!r} is a neuron: did you mean '{name}.{_OF_BIAS[quantity]}'?"
        if quantity in CONNECTION_QUANTITIES:
            return f"{name!r} is a neuron, and {quantity} is of a connection"
    elif _is_connection(network, name):
        if not target:
            return (
                f"connection {name!r} has several numbers: such as '{name}.weight' or"
                f" '{name}.gradient'"
            )
        if quantity in NEURON_QUANTITIES:
            has = ", ".join(CONNECTION_QUANTITIES)
            return f"{name!r} is a connection, which has {has}"
    symbol = re.fullmatch(r"(net|out|target|E|δ|delta|b)_(.+)", address)
    if symbol and _is_neuron(network, symbol[2]):
        return f"did you mean '{symbol[2]}.{_SYMBOLS[symbol[1]]}'?"
    by = re.fullmatch(r"[∂d]E(?:_\w+)?/[∂d](.+)", address)
    if by and _is_connection(network, by[1]):
        return f"did you mean '{by[1]}.gradient'?"
    return ""


def _is_neuron(network: Network, name: str) -> bool:
    try:
        network.neuron(name)
    except UnknownNameError:
        return False
    return True


def _is_connection(network: Network, name: str) -> bool:
    try:
        network.connection(name)
    except UnknownNameError:
        return False
    return True


def _listed(names: Sequence[Hashable], words: str) -> str:
    shown = ", ".join(map(str, names[:_MOST_NAMES]))
    more = f" and {len(names) - _MOST_NAMES:,} more" if len(names) > _MOST_NAMES else ""
    return f"{words} {shown}{more}"
