"""What would change: two passes over the same structure, one with other numbers."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from neurograph.activations import Activation, get_activation
from neurograph.columns import Value
from neurograph.elements import finite_number
from neurograph.equations import Equation, Equations, Round, Variable
from neurograph.errors import InvalidTypeError, InvalidValueError, NotComputedError
from neurograph.explaining.state import State, Update, find_place
from neurograph.passes import Values, compute
from neurograph.samples import check_counts

if TYPE_CHECKING:
    from neurograph.network import Network

__all__ = ["Change", "WhatIf", "compare"]


@dataclass(frozen=True, eq=False)
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


@dataclass(frozen=True, eq=False, repr=False)
class WhatIf:
    """What would change if some numbers were others.

    Attributes
    ----------
    given : tuple of Change
        What was asked for.
    changes : tuple of Change
        Every quantity that changes, in the order in which the passes compute it; what was asked
        for comes first.

    Examples
    --------
    >>> import neurograph as ng
    >>> from neurograph.explaining import what_if
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

    def __getitem__(self, address: str) -> Change:
        """Return the change of one address."""
        for change in self.changes:
            if change.address == address:
                return change
        raise KeyError(address)

    def text(self, *, ascii: bool = False, width: int = 80) -> str:
        """Return it as a table of text."""
        from neurograph.explaining.writing_reports import what_if_text

        return what_if_text(self, width=width, ascii=ascii)

    def markdown(self) -> str:
        """Return it as a Markdown table."""
        from neurograph.explaining.writing_reports import what_if_markdown

        return what_if_markdown(self)

    def latex(self, *, document: bool = False) -> str:
        """Return it as a LaTeX table."""
        from neurograph.explaining.writing_reports import what_if_latex

        return what_if_latex(self, document=document)

    def html(self, *, document: bool = False) -> str:
        """Return it as an HTML table."""
        from neurograph.explaining.writing_reports import what_if_html

        return what_if_html(self, document=document)

    def __str__(self) -> str:
        return self.text()

    def __repr__(self) -> str:
        return f"<WhatIf: {len(self.changes)} quantities change>"

    def _repr_html_(self) -> str:
        return self.html()

    def _repr_markdown_(self) -> str:
        return self.markdown()

    def _repr_latex_(self) -> str:
        from neurograph.explaining.writing_reports import what_if_formula

        return what_if_formula(self)


def compare(
    network: "Network",
    changes: Mapping[str, Any],
    *,
    inputs: Any = None,
    targets: Any = None,
    update: Update,
    digits: int = 9,
) -> WhatIf:
    """Return what changes; nothing in the network does."""
    if not isinstance(changes, Mapping):
        raise InvalidTypeError(
            "changes must be a mapping from address to number, such as {'w5.weight': 0.5},"
            f" not {changes!r}"
        )
    state = State(network)
    given, aimed = _data(state, inputs, targets)
    before = _Case(state, given, aimed, update)
    after = before.changed(changes)
    old, new = before.values(), after.values()
    variables = dict.fromkeys([*after.asked, *before.order()])
    found = [
        Change(state.address(variable), one, other)
        for variable in variables
        if (one := _value(old, variable)) is not None
        and (other := _value(new, variable)) is not None
        and _differ(one, other)
    ]
    mine = {state.address(variable) for variable in after.asked_by_name}
    return WhatIf(
        given=tuple(change for change in found if change.address in mine),
        changes=tuple({change.address: change for change in found}.values()),
        digits=digits,
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
    #: Numbers that stand in the place of what an equation gives.
    fixed: dict[Variable, float] = field(default_factory=dict)
    #: What was changed: by name, and with all places where it is shared.
    asked_by_name: list[Variable] = field(default_factory=list)
    asked: list[Variable] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.parameters = list(self.state.parameters)
        self.activations = list(self.state.structure.activations)

    def changed(self, changes: Mapping[str, Any]) -> "_Case":
        """Return the case with other numbers."""
        case = replace(
            self,
            inputs=list(self.inputs),
            targets=None if self.targets is None else list(self.targets),
            fixed={},
            asked_by_name=[],
            asked=[],
        )
        for address, value in changes.items():
            case.set(address, value)
        return case

    def set(self, address: str, value: Any) -> None:
        """Change one number, or the activation of a neuron."""
        state = self.state
        if address == "learning_rate":
            self.update = replace(self.update, learning_rate=finite_number(value, address))
            self.asked_by_name.append(Variable("learning_rate"))
            self.asked.append(Variable("learning_rate"))
            return
        target, _, quantity = str(address).rpartition(".")
        if quantity == "activation":
            row = state.network.neuron(target)._row
            self.activations[row] = get_activation(value)
            return
        variable = find_place(state, address)
        if variable.quantity == "total_error":
            raise InvalidValueError(
                f"{address!r} is computed last in the forward pass: nothing follows from it"
            )
        number = finite_number(value, address)
        quantity, place, _ = variable
        self.asked_by_name.append(variable)
        self.asked.append(variable)
        if quantity == "weight":
            for slot in state.structure.shared_slots(place):
                self.parameters[slot] = number
                if slot != place:
                    self.asked.append(Variable("weight", slot))
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
            self.fixed[variable] = number

    def values(self) -> Values:
        """Return every number of the round."""
        structure = self.state.structure
        given = dict(zip(structure.inputs, self.inputs, strict=True))
        wanted = dict(zip(structure.outputs, self.targets or [], strict=False))
        nothing = [0.0] * len(self.parameters)
        memory = {name: list(nothing) for name in self.update.optimizer.state}
        rate = self.update.learning_rate
        values = Values(self.parameters, given, wanted, memory, learning_rate=rate, step=1.0)
        values.tables["new_weight"] = {}
        for variable, number in self.fixed.items():
            values.given.setdefault(variable.quantity, {})
            values.given[variable.quantity] = {
                **values.given[variable.quantity], variable.place: number,
            }  # fmt: skip
        return compute(self._equations(), values)

    def _equations(self) -> Iterator[Equation]:
        for equation in self._unfixed():
            fixed = equation.left in self.fixed
            yield Equation(equation.left, equation.phase) if fixed else equation

    def _unfixed(self) -> Iterator[Equation]:
        state = self.state
        structure = replace(state.structure, activations=self.activations)
        update, updates = self.update, self.update.learning_rate is not None
        equations = Equations(
            Round(structure, state.loss, state.reduction, update.order, update.optimizer),
            updates=updates,
        )
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
    storage = network._storage()
    if inputs is not None:
        given = network._read_inputs(storage, inputs)
    elif storage.computed is None or not storage.computed.has_outs(structure):
        raise NotComputedError(
            "what_if compares two passes, and none has been made yet: call net.forward(inputs)"
            " first, or give inputs"
        )
    else:
        given = [state.raw("out", row) for row in structure.inputs]
    if targets is not None:
        return given, network._read_targets(storage, targets, given[0])
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
