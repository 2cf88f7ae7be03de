"""What would change: two passes over the same structure, one with other numbers."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from neurograph.activations import Activation, get_activation
from neurograph.checks import finite_number, one_of
from neurograph.columns import Value
from neurograph.documents.document import (
    Document,
    Paragraph,
    Span,
    number_table,
    numeral,
)
from neurograph.documents.lines import value_text
from neurograph.documents.readable import Readable
from neurograph.elements import row_of
from neurograph.equations import ORDERS, REDUCTIONS, Equation, Equations, Round, Variable
from neurograph.errors import InvalidTypeError, InvalidValueError, NotComputedError
from neurograph.explanations.state import (
    State,
    Update,
    check_is_of_update,
    find_place,
    update_by,
    whole_digits,
)
from neurograph.losses import Loss, get_loss
from neurograph.network import Network
from neurograph.optimizers import Optimizer, get_optimizer
from neurograph.passes import Values, compute
from neurograph.quantities import QUANTITIES
from neurograph.records import record
from neurograph.rounds import read_inputs, read_targets
from neurograph.samples import check_counts
from neurograph.terms import DELTAS, SLOPES, Penalty, Terms, get_penalty

__all__ = ["Change", "WhatIf", "what_if"]

#: So many changes are shown, and so many new weights among them.
_MOST, _MOST_NEW = 60, 30
_NEW = (".new_weight", ".new_bias")
#: What is changed by its name.
_SETTINGS = ("loss", "reduction", "slope", "penalty", "delta", "order", "optimizer")
_HEADS = ("quantity", "before", "after", "difference")


@record(eq=False)
class Change:
    """One quantity before and after.

    Attributes
    ----------
    address : str
    before, after : float or ndarray of shape (n_samples,)
    """

    address: str
    before: Value
    after: Value

    @property
    def difference(self) -> Value:
        """After less before."""
        return self.after - self.before


@record(eq=False)
class WhatIf(Readable):
    """What would change if some numbers were others.

    Attributes
    ----------
    given : tuple of Change
        What was asked for.
    changes : tuple of Change
        Every quantity that changes, in the order in which the passes compute it; what was asked
        for comes first.
    settings : mapping of str to str
        What else was asked for: an activation, a loss, an order, an optimiser by its name.

    Examples
    --------
    >>> import neurograph as ng
    >>> from neurograph.explanations import what_if
    >>> net = ng.Network.layered(1, 1, weights=0.5, activation="identity")
    >>> _ = net.forward([2.0]), net.backward([0.0])
    >>> for change in what_if(net, {"w1.weight": 0.25}).changes[:4]:
    ...     print(change.address, change.before, change.after, change.difference)
    w1.weight 0.5 0.25 -0.25
    w1.message 1.0 0.5 -0.5
    o1.net 1.0 0.5 -0.5
    o1.out 1.0 0.5 -0.5
    """

    given: tuple[Change, ...]
    changes: tuple[Change, ...]
    digits: int = 9
    settings: Mapping[str, str] = field(default_factory=dict)

    def __getitem__(self, address: str) -> Change:
        """Return the change of one address."""
        for change in self.changes:
            if change.address == address:
                return change
        raise KeyError(address)

    def __repr__(self) -> str:
        return f"<WhatIf: {len(self.changes)} quantities change>"

    def document(self) -> Document:
        """Return what stands in it."""
        digits = self.digits
        asked = [f"{change.address} were {_shown(change.after, digits)}" for change in self.given]
        asked += [f"{address} were {name}" for address, name in self.settings.items()]
        title = f"What if {' and '.join(asked)}?" if asked else "Nothing changes."
        table = number_table(_HEADS, [_row(change, digits) for change in self._shortest()])
        more = len(self.changes) - len(table.rows)
        notes = (Paragraph(f"{more:,} more quantities change."),) if more else ()
        if asked and not self.changes:
            return Document("what-if", title, (Paragraph("Nothing changes."),))
        return Document("what-if", title, (table, *notes))

    def _shortest(self) -> list[Change]:
        """Return the changes that are shown, new weights last: of very many the first of both."""
        new = [change for change in self.changes if change.address.endswith(_NEW)]
        others = [change for change in self.changes if not change.address.endswith(_NEW)]
        most = _MOST - min(len(new), _MOST_NEW)
        return [*others[:most], *new[: _MOST - min(len(others), most)]]


def _row(change: Change, digits: int) -> tuple[str | Span, ...]:
    before, after, difference = (
        _span(value, digits) for value in (change.before, change.after, change.difference)
    )
    sign = difference.text.startswith("-") or isinstance(change.difference, np.ndarray)
    signed = difference if sign else replace(difference, text=f"+{difference.text}")
    return change.address, before, after, signed


def _span(value: Value, digits: int) -> Span:
    exact = None if isinstance(value, np.ndarray) else float(value)
    return numeral(_shown(value, digits), exact)


def _shown(value: Value, digits: int) -> str:
    if isinstance(value, np.ndarray):
        shown = ", ".join(value_text(float(number), min(digits, 4)) for number in value[:3])
        return f"{shown}, ... ({len(value)} samples)" if len(value) > 3 else shown
    return value_text(value, digits)


def what_if(
    net: Network,
    changes: Mapping[str, Any],
    *,
    inputs: Any = None,
    targets: Any = None,
    learning_rate: float | None = None,
    optimizer: str | Optimizer = "gradient_descent",
    order: str = "simultaneous",
    digits: int = 9,
) -> WhatIf:
    """Compare the passes as they are with those that other numbers would give.

    Parameters
    ----------
    net : Network
        It is left exactly as it is.
    changes : mapping of str to float
        New values by address: of weights, biases, the out of an input, targets, or anything that
        a pass computes (in a batch, of every sample); and of ``"learning_rate"``. By name:
        ``"h1.activation"``, ``"loss"``, ``"reduction"``, ``"slope"``, ``"penalty"``,
        ``"delta"``, ``"order"`` and ``"optimizer"``. A shared
        parameter changes in every place.
    inputs, targets : optional
        As for `Network.forward` and `Network.backward`; by default those of the last pass.
        Without targets only the forward pass is compared.
    learning_rate : float, optional
        With one, the weights and biases after an update are compared too.
    optimizer, order
        As for `explain`.
    digits : int
        Decimals that are shown.

    Returns
    -------
    WhatIf
        Before, after and difference of every quantity that changes.

    Raises
    ------
    NotComputedError
        If there are no inputs, or a target is changed that is not known.
    UnknownNameError
        If there is no such neuron, connection, quantity, activation, loss or optimiser; the nearest
        is named.
    InvalidValueError, InvalidTypeError
        If a value is no finite number, or a learning rate changes where there is none.

    Examples
    --------
    >>> import neurograph as ng
    >>> from neurograph.explanations import what_if
    >>> net = ng.Network.layered(1, 1, weights=0.5, activation="identity")
    >>> _ = net.forward([2.0]), net.backward([0.0])
    >>> what_if(net, {"w1.weight": 0.25})["loss"].difference
    -0.375
    >>> net.value("w1.weight"), net.total_error()
    (0.5, 0.5)
    """
    if not isinstance(changes, Mapping):
        raise InvalidTypeError(
            "changes must be a mapping from address to number, such as {'w5.weight': 0.5},"
            f" not {changes!r}"
        )
    update = update_by(learning_rate, optimizer, order)
    return what_if_by(net, changes, update, inputs=inputs, targets=targets, digits=digits)


def what_if_by(
    net: Network,
    changes: Mapping[str, Any],
    update: Update,
    *,
    inputs: Any = None,
    targets: Any = None,
    digits: int = 9,
) -> WhatIf:
    """Compare passes and an update, whose optimiser may begin with something: see `what_if`."""
    digits, state = whole_digits(digits), State(net)
    given, aimed = _data(state, inputs, targets)
    before = _Case(state, given, aimed, update)
    after = before.changed(changes)
    old, new = before.values(), after.values()
    variables = dict.fromkeys([*after.asked, *before.order()])
    differing = [
        Change(state.address(variable), one, other)
        for variable in variables
        if (one := _value(old, variable)) is not None
        and (other := _value(new, variable)) is not None
        and _differ(one, other)
    ]
    mine = {state.address(variable) for variable in after.asked_by_name}
    return WhatIf(
        given=tuple(change for change in differing if change.address in mine),
        changes=tuple({change.address: change for change in differing}.values()),
        digits=digits,
        settings=after.settings,
    )


@dataclass
class _Case:
    """One round: what it starts from, and what is put in the place of numbers it computes."""

    state: State
    inputs: list[Value]
    targets: list[Value] | None
    update: Update
    parameters: list[float] = field(init=False)
    activations: list[Activation] = field(init=False)
    loss: Loss = field(init=False)
    reduction: str = field(init=False)
    terms: Terms = field(init=False)
    #: Numbers that stand in the place of what an equation gives.
    fixed: dict[Variable, Any] = field(default_factory=dict)
    #: What was changed: by name, and with all places where it is shared.
    asked_by_name: list[Variable] = field(default_factory=list)
    asked: list[Variable] = field(default_factory=list)
    #: What was changed to something that has a name.
    settings: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        # What a page gave stays as it is.
        pinned = self.state.equations.pinned
        self.fixed |= {its: self.state.raw(its.quantity, its.place) for its in pinned}
        self.parameters = list(self.state.parameters)
        network = self.state.network
        self.activations = list(network.structure.activations)
        self.loss, self.reduction = get_loss(network.loss), network.reduction
        self.terms = network.terms

    def changed(self, changes: Mapping[str, Any]) -> "_Case":
        """Return the case with other numbers."""
        case = replace(
            self,
            inputs=list(self.inputs),
            targets=None if self.targets is None else list(self.targets),
            fixed={},
            asked_by_name=[],
            asked=[],
            settings={},
        )
        for address, value in changes.items():
            case.set(address, value)
        case.check_is_computed()
        return case

    def check_is_computed(self) -> None:
        """Check that what is put in the place of a number replaces one that the round computes."""
        computed = set(self.order()) if self.fixed else set()
        for variable in self.asked_by_name:
            if variable not in self.fixed or variable in computed:
                continue
            address, phase = self.state.address(variable), QUANTITIES[variable.quantity].phase
            if phase == "update":
                check_is_of_update(self.state, variable, address, self.update.optimizer)
            hint = ""
            if phase in ("backward", "update") and self.targets is None:
                hint = ": give targets"
            elif phase == "update" and self.update.learning_rate is None:
                hint = ": give a learning rate"
            raise InvalidValueError(
                f"{address!r} is not computed in this round, and nothing follows from it{hint}"
            )

    def set(self, address: str, value: Any) -> None:
        """Change one number, the activation of a neuron, or a setting of the round."""
        state = self.state
        if address in _SETTINGS and isinstance(value, str | Optimizer | Loss | Penalty | Mapping):
            self._set_by_name(address, value)
            return
        if address == "learning_rate":
            if self.update.learning_rate is None:
                raise InvalidValueError(
                    "there is no learning rate that could change: give one for the round before"
                )
            self.update = replace(self.update, learning_rate=finite_number(value, address))
            self.asked_by_name.append(Variable("learning_rate"))
            self.asked.append(Variable("learning_rate"))
            return
        target, _, quantity = str(address).rpartition(".")
        if quantity == "activation":
            row = row_of(state.network.neuron(target))
            self.activations[row] = get_activation(value)
            self.settings[address] = self.activations[row].name
            return
        variable = find_place(state, address)
        if variable.quantity == "total_error":
            raise InvalidValueError(
                f"{address!r} is computed last in the forward pass: nothing follows from it"
            )
        number = finite_number(value, address)
        quantity, place, _ = variable
        shared = [Variable(quantity, slot) for slot in state.shared_places(variable)]
        self.asked_by_name.append(variable)
        self.asked += [variable, *(other for other in shared if other != variable)]
        if quantity == "weight":
            for _, slot, _ in shared:
                self.parameters[slot] = number
        elif quantity == "out" and place in state.structure.inputs:
            _put(self.inputs, state.structure.inputs.index(place), number)
        elif quantity == "target":
            if self.targets is None:
                raise NotComputedError(
                    f"{address!r} is not known yet: call net.backward(targets) first, or give"
                    " targets"
                )
            _put(self.targets, state.structure.outputs.index(place), number)
        else:
            self.fixed |= dict.fromkeys(shared, number)

    def _set_by_name(self, setting: str, value: Any) -> None:
        if setting == "loss":
            self.loss = get_loss(value)
            self.settings[setting] = self.loss.name
        elif setting == "reduction":
            self.settings[setting] = self.reduction = one_of(value, REDUCTIONS, setting)
        elif setting in ("slope", "delta"):
            choices = SLOPES if setting == "slope" else DELTAS
            changed: dict[str, Any] = {setting: one_of(value, choices, setting)}
            self.settings |= changed
            self.terms = replace(self.terms, **changed)
        elif setting == "penalty":
            self.terms = replace(self.terms, penalty=get_penalty(value))
            self.settings[setting] = str(self.terms.penalty)
        elif setting == "order":
            self.update = replace(self.update, order=one_of(value, ORDERS, setting))
            self.settings[setting] = self.update.order
        else:
            optimizer = get_optimizer(value)
            if sorted(optimizer.state) != sorted(self.update.optimizer.state):
                self.update = replace(self.update, memory={}, step=1)
            self.update = replace(self.update, optimizer=optimizer)
            self.settings[setting] = optimizer.name

    def values(self) -> Values:
        """Return every number of the round."""
        structure = self.state.structure
        given = dict(zip(structure.inputs, self.inputs, strict=True))
        wanted = dict(zip(structure.outputs, self.targets or [], strict=False))
        update, nothing = self.update, [0.0] * len(self.parameters)
        memory = {name: list(update.memory.get(name, nothing)) for name in update.optimizer.state}
        known = {"learning_rate": update.learning_rate, "step_number": float(update.step)}
        values = Values(self.parameters, given, wanted, memory, **known)
        values.tables["new_weight"] = {}
        values.altered = bool(self.state.network.edits)
        for variable, number in self.fixed.items():
            values.given.setdefault(variable.quantity, {})
            values.given[variable.quantity] = {
                **values.given[variable.quantity], variable.place: number,
            }  # fmt: skip
        return compute(self._equations(), values)

    def _equations(self) -> Iterator[Equation]:
        for equation in self._unfixed():
            # What is given is so already under an edit.
            fixed = equation.left in self.fixed or equation.given is not None
            yield Equation(equation.left, equation.phase) if fixed else equation

    def _unfixed(self) -> Iterator[Equation]:
        network, update = self.state.network, self.update
        structure = replace(network.structure, activations=self.activations)
        updates, edits = update.learning_rate is not None, network.edits
        stated = Round(structure, self.loss, self.reduction, update.order, update.optimizer)
        of_round = edits.applied(stated, self.terms) if edits else stated.on(self.terms)
        equations = Equations(of_round, updates=updates)
        yield from equations.forward()
        if self.targets is not None:
            yield from equations.losses()
            yield from equations.backward()
            if updates and not equations.in_place:
                yield from equations.update()

    def order(self) -> Iterator[Variable]:
        """Yield what the round computes, in its order."""
        return (equation.left for equation in self._unfixed())


def _put(column: list[Value], place: int, number: float) -> None:
    old = column[place]
    column[place] = np.full_like(old, number) if isinstance(old, np.ndarray) else number


def _data(state: State, inputs: Any, targets: Any) -> tuple[list[Value], list[Value] | None]:
    """Return inputs and targets: those given, or those of the last pass."""
    network, structure = state.network, state.structure
    storage = network.storage
    if inputs is not None:
        given = read_inputs(storage.structure, inputs)
    elif storage.computed is None or not storage.computed.has_outs(structure):
        raise NotComputedError(
            "what_if compares two passes, and none has been made yet: call net.forward(inputs)"
            " first, or give inputs"
        )
    else:
        given = [state.raw("out", row) for row in structure.inputs]
    if targets is not None:
        return given, read_targets(storage.structure, targets, given[0])
    if storage.computed is None or not storage.computed.has_losses(structure):
        return given, None
    aimed = [state.raw("target", row) for row in structure.outputs]
    if inputs is not None:
        check_counts(np.shape(given[0]), np.shape(aimed[0]))
    return given, aimed


def _value(values: Values, variable: Variable) -> Any:
    """Return a number, or None where there is none."""
    column = values.tables.get(variable.quantity)
    if column is None:
        return None
    if isinstance(column, dict):
        return column.get(variable.place)
    return column[variable.place]


def _differ(one: Any, other: Any) -> bool:
    if isinstance(one, np.ndarray):
        return not np.array_equal(one, other, equal_nan=True)
    return bool(one != other and (one == one or other == other))
