"""What would change: two passes over the same structure, one with other numbers."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from neurograph import passes
from neurograph.columns import Value
from neurograph.elements import finite_number
from neurograph.errors import InvalidTypeError, InvalidValueError, NotComputedError
from neurograph.explaining.influences import in_order
from neurograph.explaining.state import TOTAL, Quantity, State, find_place
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
    digits: int = 9,
) -> WhatIf:
    """Return what changes; nothing in the network does."""
    if not isinstance(changes, Mapping):
        raise InvalidTypeError(
            "changes must be a mapping from address to number, such as {'w5.weight': 0.5},"
            f" not {changes!r}"
        )
    state = State(network)
    wanted = {find_place(state, address): (address, value) for address, value in changes.items()}
    given, aimed = _data(state, inputs, targets)
    before = _passed(state, list(state.parameters), list(given), aimed)
    parameters, aimed_after = list(state.parameters), None if aimed is None else list(aimed)
    asked: dict[Quantity, None] = {}
    for quantity, (address, value) in wanted.items():
        for changed in _set(state, quantity, address, value, parameters, given, aimed_after):
            asked[changed] = None
    after = _passed(state, parameters, given, aimed_after)
    found = [
        Change(state.address(quantity), one, other)
        for quantity in [*asked, *(quantity for quantity, _ in in_order(state))]
        if (one := before.value(quantity)) is not None
        and (other := after.value(quantity)) is not None
        and _differ(one, other)
    ]
    mine = {state.address(quantity) for quantity in wanted}
    return WhatIf(
        given=tuple(change for change in found if change.address in mine),
        changes=tuple({change.address: change for change in found}.values()),
        digits=digits,
    )


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


def _set(
    state: State,
    quantity: Quantity,
    address: str,
    value: Any,
    parameters: list[float],
    inputs: list[Value],
    targets: list[Value] | None,
) -> list[Quantity]:
    """Change one number, in every place where it is shared; return the places."""
    structure = state.structure
    number = finite_number(value, address)
    kind, place, _ = quantity
    if kind in ("weight", "bias"):
        slots = structure.shared_slots(place)
        for slot in slots:
            parameters[slot] = number
        others = (slot for slot in slots if slot != place)
        return [
            quantity,
            *(Quantity("bias" if structure.pre[slot] < 0 else "weight", slot) for slot in others),
        ]
    data, rows = (inputs, structure.inputs) if kind == "out" else (targets, structure.outputs)
    if kind not in ("out", "target") or place not in rows:
        raise InvalidValueError(
            f"{address!r} is computed; what_if changes weights, biases, the out of an input and"
            " targets"
        )
    if data is None:
        raise NotComputedError(
            f"{address!r} is not known yet: call net.backward(targets) first, or give targets"
        )
    where = rows.index(place)
    old = data[where]
    data[where] = np.full_like(old, number) if isinstance(old, np.ndarray) else number
    return [quantity]


def _passed(
    state: State, parameters: list[float], inputs: list[Value], targets: list[Value] | None
) -> "_Pass":
    """Return every quantity of one forward pass, and with targets of a backward pass."""
    structure, now = state.structure, passes.Computed()
    passes.run(passes.forward(structure, parameters, inputs, now))
    if targets is not None:
        passes.run(passes.losses(structure, state.loss, targets, now))
        events = passes.backward(structure, parameters, state.loss, now, reduction=state.reduction)
        passes.run(events)
    return _Pass(state, parameters, now)


class _Pass:
    """What one forward pass computed, and with targets the backward pass after it."""

    def __init__(self, state: State, parameters: list[float], now: passes.Computed) -> None:
        self.state = state
        self.parameters = parameters
        self.now = now
        self.columns: dict[str, dict[int, Any]] = vars(now)

    def value(self, quantity: Quantity) -> Any:
        """Return a value, or None where there is none."""
        kind, place, _ = quantity
        if kind in ("weight", "bias"):
            return self.parameters[place]
        if kind == TOTAL:
            if not self.now.loss:
                return None
            return passes.total_error(self.state.structure, self.now, self.state.reduction)
        column = self.columns.get(kind)
        return None if column is None else column.get(place)


def _differ(one: Any, other: Any) -> bool:
    if isinstance(one, np.ndarray):
        return not np.array_equal(one, other, equal_nan=True)
    return bool(one != other and (one == one or other == other))
