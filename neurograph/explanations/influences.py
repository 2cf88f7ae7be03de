"""What a quantity influences: everything that is computed from it, in the order of the passes."""

from collections.abc import Callable, Hashable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import chain, islice
from typing import Any

from neurograph.documents.document import Definitions, Document
from neurograph.documents.readable import Readable
from neurograph.elements import row_of
from neurograph.equations import Equation, Variable
from neurograph.errors import (
    InvalidTypeError,
    NotComputedError,
    UnknownNameError,
    did_you_mean,
)
from neurograph.explanations.state import State, Update, check_is_of_update, find_place
from neurograph.network import Network
from neurograph.optimizers import Optimizer, get_optimizer
from neurograph.quantities import PHASES, QUANTITIES

__all__ = ["Influence", "in_order", "influence"]

#: So many paths are listed; there can be more than anyone can count.
MOST_PATHS = 1000
#: So many of a long list are shown.
_MOST = 60
#: What the comparison with targets gives; it belongs to the forward pass here.
_COMPARED = ("target", "loss", "data_loss", "penalty", "total_error")


@dataclass(eq=False, repr=False)
class Influence(Readable):
    """All that changes when one quantity changes.

    Attributes
    ----------
    address : str
        What is changed.
    next_round : bool
        Whether it is a new weight or bias, so that all that follows is of the round after.
    neurons : tuple
        Names of the neurons whose out changes, in that order.
    edges : tuple of (pre, post)
        The connections over which the change travels forward.
    back_edges : tuple of (pre, post)
        The connections over which a changed error message travels back.
    paths : tuple of list
        The paths from the place of the change to the outputs, as NetworkX gives them (of very
        many, the first 1,000).

    Examples
    --------
    >>> import neurograph as ng
    >>> from neurograph.explanations import influence
    >>> net = ng.Network.layered(1, 2, 1, weights=0.5)
    >>> found = influence(net, "w1")
    >>> found.forward
    ('w1.message', 'h1.net', 'h1.out', 'w3.message', 'o1.net', 'o1.out', 'o1.loss', 'loss')
    >>> influence(net, "w1.gradient").update
    ('w1.change', 'w1.step', 'w1.new_weight')
    >>> found.paths
    (['i1', 'h1', 'o1'],)
    """

    address: str
    names: Callable[[Variable], str]
    quantities: tuple[Variable, ...]
    n_forward: int
    n_backward: int
    next_round: bool
    neurons: tuple[Hashable, ...]
    edges: tuple[tuple[Hashable, Hashable], ...]
    back_edges: tuple[tuple[Hashable, Hashable], ...]
    paths: tuple[list[Hashable], ...]

    @cached_property
    def forward(self) -> tuple[str, ...]:
        """What follows in the forward pass, in its order."""
        return tuple(map(self.names, self.quantities[: self.n_forward]))

    @cached_property
    def backward(self) -> tuple[str, ...]:
        """What follows in the backward pass, in its order."""
        end = self.n_forward + self.n_backward
        return tuple(map(self.names, self.quantities[self.n_forward : end]))

    @cached_property
    def update(self) -> tuple[str, ...]:
        """What follows in the update: changes, and the new weights and biases."""
        return tuple(map(self.names, self.quantities[self.n_forward + self.n_backward :]))

    @property
    def addresses(self) -> tuple[str, ...]:
        """All that changes: forward, backward, and then in the update."""
        return self.forward + self.backward + self.update

    def __repr__(self) -> str:
        return f"<Influence of {self.address}: {len(self.quantities)} quantities>"

    def document(self) -> Document:
        """Return what stands in it."""
        items = Definitions(tuple(self._items()))
        return Document("influence", f"What changes when {self.address} changes?", (items,))

    def _items(self) -> Iterator[tuple[str, str]]:
        quantities, start = self.quantities, self.n_forward
        end = start + self.n_backward
        later = "next " if self.next_round else ""
        order = "in the next round, in this order" if later else "in this order"
        yield f"Forward, {order}", _some(quantities[:start], self.names)
        yield f"Backward, {order}", _some(quantities[start:end], self.names)
        yield f"In the {later}update", _some(quantities[end:], self.names)
        yield "Paths to the outputs", _some(self.paths, lambda path: " -> ".join(map(str, path)))


def _some(items: Sequence[Any], name: Callable[[Any], str]) -> str:
    if not items:
        return "nothing"
    shown = ", ".join(map(name, items[:_MOST]))
    return f"{shown}, and {len(items) - _MOST:,} more" if len(items) > _MOST else shown


def influence(
    net: Network, name: str, *, optimizer: str | Optimizer = "gradient_descent"
) -> Influence:
    """Say what changes when one quantity changes, in the order of the passes.

    Parameters
    ----------
    net : Network
        It is only read; no pass need have been made.
    name : str
        A connection, for its weight (``"w5"``); a neuron, for its bias, or its out if it is an
        input; or any address.
    optimizer : str or Optimizer
        Whose update follows, as for `explain`.

    Returns
    -------
    Influence
        Addresses forward and backward, with connections and paths to highlight.

    Raises
    ------
    UnknownNameError
        If there is no such neuron, connection, quantity or optimiser; the nearest is named.
    InvalidValueError, NotComputedError
        If the optimiser has no such number, or no round computes it, as of a frozen parameter.
    InvalidTypeError
        If it is not text.

    Examples
    --------
    >>> import neurograph as ng
    >>> from neurograph.explanations import influence
    >>> influence(ng.Network.layered(1, 1, weights=0.5), "w1").forward
    ('w1.message', 'o1.net', 'o1.out', 'o1.loss', 'loss')
    """
    update = Update(optimizer=get_optimizer(optimizer))
    state = State(net, update)
    asked = start = _start(state, name)
    if QUANTITIES[start.quantity].phase == "update":
        check_is_of_update(state, start, name, update.optimizer)
    structure = state.structure
    if asked.quantity == "new_weight":  # the weight or bias of the next round
        start = Variable("weight", asked.place)
    changed = {start}
    changed |= {Variable(start.quantity, place) for place in state.shared_places(start)}
    parts: dict[str, list[Variable]] = {"forward": [], "backward": [], "update": []}
    parts[_phase(start)] = sorted(changed - {start})
    neurons, edges, back_edges = [], [], []
    is_computed = start.quantity == "weight"
    for equation in in_order(state):
        variable = equation.left
        is_computed = is_computed or variable == start
        if changed.isdisjoint(equation.variables) or variable in changed:
            continue
        changed.add(variable)
        quantity, place, _ = variable
        if quantity not in QUANTITIES:
            continue  # a sum that only an equation uses
        parts[_phase(variable)].append(variable)
        if quantity == "out":
            neurons.append(state.names[place])
        elif quantity == "message":
            edges.append(structure.ends(place))
        elif quantity == "error_message":
            back_edges.append(structure.ends(place))
    if not is_computed:
        raise NotComputedError(f"{name!r} is not computed in a round, and nothing follows from it")
    return Influence(
        address=state.address(asked),
        names=state.address,
        quantities=tuple(chain(*parts.values())),
        n_forward=len(parts["forward"]),
        n_backward=len(parts["backward"]),
        next_round=asked.quantity == "new_weight",
        neurons=tuple(neurons),
        edges=tuple(edges),
        back_edges=tuple(back_edges),
        paths=tuple(islice(_paths(state, start), MOST_PATHS)),
    )


def _phase(variable: Variable) -> str:
    """Return the phase under which a number is listed; targets and losses come forward."""
    phase = QUANTITIES[variable.quantity].phase
    if not phase or variable.quantity in _COMPARED:
        return "forward"
    return phase if phase in PHASES else "backward"


def _start(state: State, name: str) -> Variable:
    """Return what is meant: an address, or a connection's weight or a neuron by name alone."""
    if not isinstance(name, str):
        raise InvalidTypeError(f"expected a name such as 'w5' or an address, not {name!r}")
    network, structure = state.network, state.structure
    try:
        return Variable("weight", row_of(network.connection(name)))
    except UnknownNameError:
        pass
    try:
        row = row_of(network.neuron(name))
    except UnknownNameError:
        pass
    else:
        if row in structure.bias_slot:
            return Variable("weight", structure.bias_slot[row])
        return Variable("out" if row in state.given else "net", row)
    for slot in structure.tied.get(name, ()):
        return Variable("weight", slot)
    try:
        return find_place(state, name)
    except UnknownNameError as error:
        if "." in name:
            raise
        labels = [network.connection(ends).name for ends in islice(network.edges, 2000)]
        raise UnknownNameError(
            f"no neuron, connection or address {name!r}"
            f"{did_you_mean(name, [*network.nodes, *labels])}"
        ) from error


def in_order(state: State) -> Iterator[Equation]:
    """Yield the equations of a round, and of shares where errors have been shared out."""
    equations = state.equations
    yield from equations.forward()
    yield from equations.losses()
    yield from equations.backward()
    if not equations.in_place:
        yield from equations.update()
    for slot in state.structure.filled:
        if not state.structure.trainable[slot]:  # an update leaves it as it is
            yield equations.of(Variable("new_weight", slot))
    if state.has_shares:
        yield from equations.attribution()
    if state.has_curvatures:
        yield from equations.curvatures()


def _paths(state: State, start: Variable) -> Iterator[list[Hashable]]:
    """Yield the ways forward from what is changed to the outputs."""
    structure = state.structure
    if start.quantity in ("weight", "message"):
        alone = start.quantity == "message"
        slots = (start.place,) if alone else structure.shared_slots(start.place)
        starts = [(int(structure.pre[slot]), int(structure.post[slot])) for slot in slots]
    elif start.quantity in ("net", "out"):
        starts = [(-1, start.place)]
    else:
        return  # what is computed after the outs travels over no connection forward
    leads = _leads_to_output(state)
    for pre, post in starts:
        waiting: list[tuple[int, ...]] = [(pre, post) if pre >= 0 else (post,)]
        while waiting:
            rows = waiting.pop()
            if rows[-1] in state.outputs:
                yield [state.names[row] for row in rows]
            onward = [k for _, k in structure.outgoing[rows[-1]] if leads[k]]
            waiting += [(*rows, k) for k in reversed(onward)]


def _leads_to_output(state: State) -> list[bool]:
    leads = [row in state.outputs for row in range(len(state.names))]
    for j in range(len(leads) - 1, -1, -1):
        leads[j] = leads[j] or any(leads[k] for _, k in state.structure.outgoing[j])
    return leads
