"""What a quantity influences: everything that is computed from it, in the order of the passes."""

from collections.abc import Callable, Hashable, Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import chain, islice
from typing import TYPE_CHECKING

from neurograph.errors import InvalidTypeError, UnknownNameError, did_you_mean
from neurograph.explaining.hints import biases_called
from neurograph.explaining.making import joint_rule
from neurograph.explaining.state import NEW, TOTAL, Quantity, State, find_place

if TYPE_CHECKING:
    from neurograph.network import Network

__all__ = ["Influence", "find_influence", "in_order"]

#: So many paths are listed; there can be more than anyone can count.
MOST_PATHS = 1000
_FORWARD = ("weight", "bias", "net", "out", "message", "target", "loss", TOTAL)


@dataclass(eq=False, repr=False)
class Influence:
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
    >>> from neurograph.explaining import influence
    >>> net = ng.Network.layered(1, 2, 1, weights=0.5)
    >>> found = influence(net, "w1")
    >>> found.forward
    ('w1.message', 'h1.net', 'h1.out', 'w3.message', 'o1.net', 'o1.out', 'o1.loss', 'loss')
    >>> influence(net, "w1.gradient").update
    ('w1.new_weight',)
    >>> found.paths
    (['i1', 'h1', 'o1'],)
    """

    address: str
    names: Callable[[Quantity], str]
    quantities: tuple[Quantity, ...]
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
        """The new weights and biases that follow."""
        return tuple(map(self.names, self.quantities[self.n_forward + self.n_backward :]))

    @property
    def addresses(self) -> tuple[str, ...]:
        """All that changes: forward, backward, and then in the update."""
        return self.forward + self.backward + self.update

    def text(self, *, ascii: bool = False, width: int = 80) -> str:
        """Return it as lines of text."""
        from neurograph.explaining.writing_reports import influence_text

        return influence_text(self, width=width, ascii=ascii)

    def markdown(self) -> str:
        """Return it as Markdown."""
        from neurograph.explaining.writing_reports import influence_markdown

        return influence_markdown(self)

    def latex(self, *, document: bool = False) -> str:
        """Return it as LaTeX."""
        from neurograph.explaining.writing_reports import influence_latex

        return influence_latex(self, document=document)

    def html(self, *, document: bool = False) -> str:
        """Return it as HTML."""
        from neurograph.explaining.writing_reports import influence_html

        return influence_html(self, document=document)

    def __str__(self) -> str:
        return self.text()

    def __repr__(self) -> str:
        return f"<Influence of {self.address}: {len(self.quantities)} quantities>"

    def _repr_html_(self) -> str:
        return self.html()

    def _repr_markdown_(self) -> str:
        return self.markdown()

    def _repr_latex_(self) -> str:
        from neurograph.explaining.writing_reports import influence_formula

        return influence_formula(self)


def find_influence(network: "Network", name: str) -> Influence:
    """Return what a weight, a bias, or any other quantity influences."""
    state = State(network)
    asked = start = _start(state, name)
    structure = state.structure
    if asked.kind == NEW:  # the weight or bias of the next round
        start = Quantity(_kind(state, asked.place), asked.place)
    changed = {start}
    if start.kind in ("weight", "bias", "gradient"):
        for slot in structure.shared_slots(start.place):
            kind = "gradient" if start.kind == "gradient" else _kind(state, slot)
            changed.add(Quantity(kind, slot))
    parts: dict[str, list[Quantity]] = {"forward": [], "backward": [], "update": []}
    parts[_phase(start.kind)] = sorted(changed - {start})
    neurons, edges, back_edges = [], [], []
    for quantity, needs in in_order(state):
        if changed.isdisjoint(needs) or quantity in changed:
            continue
        changed.add(quantity)
        kind, place, _ = quantity
        parts[_phase(kind)].append(quantity)
        if kind == "out":
            neurons.append(state.names[place])
        elif kind == "message":
            edges.append(structure.ends(place))
        elif kind == "error_message":
            back_edges.append(structure.ends(place))
    return Influence(
        address=state.address(asked),
        names=state.address,
        quantities=tuple(chain(*parts.values())),
        n_forward=len(parts["forward"]),
        n_backward=len(parts["backward"]),
        next_round=asked.kind == NEW,
        neurons=tuple(neurons),
        edges=tuple(edges),
        back_edges=tuple(back_edges),
        paths=tuple(islice(_paths(state, start), MOST_PATHS)),
    )


def _phase(kind: str) -> str:
    if kind == NEW:
        return "update"
    return "forward" if kind in _FORWARD else "backward"


def _kind(state: State, slot: int) -> str:
    return "bias" if state.structure.pre[slot] < 0 else "weight"


def _start(state: State, name: str) -> Quantity:
    """Return what is meant: an address, or a connection's weight or a neuron by name alone."""
    if not isinstance(name, str):
        raise InvalidTypeError(f"expected a name such as 'w5' or an address, not {name!r}")
    network, structure = state.network, state.structure
    try:
        return Quantity("weight", network.connection(name)._row)
    except UnknownNameError:
        pass
    try:
        row = network.neuron(name)._row
    except UnknownNameError:
        pass
    else:
        if row in structure.bias_slot:
            return Quantity("bias", structure.bias_slot[row])
        return Quantity("out" if row in state.given else "net", row)
    for neuron in biases_called(network, name):
        return Quantity("bias", structure.bias_slot[network.neuron(neuron)._row])
    try:
        quantity = find_place(state, name)
    except UnknownNameError as error:
        if "." in name:
            raise
        labels = [network.connection(ends).name for ends in islice(network.edges, 2000)]
        raise UnknownNameError(
            f"no neuron, connection or address {name!r}"
            f"{did_you_mean(name, [*network.nodes, *labels])}"
        ) from error
    return quantity


def in_order(state: State) -> Iterator[tuple[Quantity, list[Quantity]]]:
    """Yield every quantity that passes and the update after them compute, in their order.

    Each comes with what it is computed from.
    """
    structure = state.structure
    for group in (group for level in structure.groups for group in level):
        for j in group:
            needs = []
            for c, i in structure.incoming[j]:
                message = Quantity("message", c)
                yield message, [Quantity("weight", c), Quantity("out", i)]
                needs.append(message)
            if j in structure.bias_slot:
                needs.append(Quantity("bias", structure.bias_slot[j]))
            yield Quantity("net", j), needs
        for j in group:
            yield Quantity("out", j), [Quantity("net", k) for k in group]
    for j in structure.outputs:
        yield Quantity("loss", j), _of_formula(state.loss.formula.variables, j)
    yield Quantity(TOTAL, -1), [Quantity("loss", j) for j in structure.outputs]
    waiting = {tie: len(slots) for tie, slots in enumerate(structure.ties)}
    given = [(j,) for j in structure.levels[0]]
    levels = [group for level in reversed(structure.groups) for group in level]
    for group in [*levels, *given]:
        for j in group:
            yield from _sent_back(state, j)
        if group[0] in state.given:
            continue
        yield from _deltas(state, group)
        for j in group:
            slots = [c for c, _ in structure.incoming[j]]
            slots += [structure.bias_slot[j]] if j in structure.bias_slot else []
            for slot in slots:
                tie = structure.tie_of.get(slot)
                if tie is not None:
                    waiting[tie] -= 1
                    if waiting[tie]:
                        continue
                yield from _gradients(state, slot)
    if state.has_shares:
        yield from _shares(state)
    for slot in structure.filled:
        old = Quantity(_kind(state, slot), slot)
        moves = [Quantity("gradient", slot)] if structure.trainable[slot] else []
        yield Quantity(NEW, slot), [old, *moves]


def _shares(state: State) -> Iterator[tuple[Quantity, list[Quantity]]]:
    structure = state.structure
    for j in range(len(state.names) - 1, -1, -1):
        own = ("target", "out") if j in state.outputs else ()
        needs = [Quantity(kind, j) for kind in own]
        needs += [Quantity("share", c) for c, _ in structure.outgoing[j]]
        yield Quantity("error", j), needs
        weights = [Quantity("weight", c) for c, _ in structure.incoming[j]]
        for c, _ in structure.incoming[j]:
            yield Quantity("share", c), [Quantity("error", j), *weights]


def _of_formula(variables: tuple[str, ...], j: int) -> list[Quantity]:
    return [Quantity(kind, j) for kind in ("target", "out", "net") if kind in variables]


def _sent_back(state: State, j: int) -> Iterator[tuple[Quantity, list[Quantity]]]:
    needs = []
    if j in state.outputs:
        needs += _of_formula(state.loss.derivative.variables, j)
    for c, k in state.structure.outgoing[j]:
        message = Quantity("error_message", c)
        yield message, [Quantity("weight", c), Quantity("delta", k)]
        needs.append(message)
    yield Quantity("out_gradient", j), needs


def _deltas(state: State, group: tuple[int, ...]) -> Iterator[tuple[Quantity, list[Quantity]]]:
    """Yield the deltas of a group; with a joint rule the loss has its part in them by itself."""
    structure = state.structure
    activation = structure.activations[group[0]]
    if not activation.group:
        needs = _of_formula(activation.derivative.variables, group[0])
        yield Quantity("slope", group[0]), needs
    joint = joint_rule(state, group[0])
    came = [Quantity("error_message", c) for k in group for c, _ in structure.outgoing[k]]
    for j in group:
        if joint is None:
            needs = [Quantity("out_gradient", k) for k in group]
        else:
            needs = [*came, Quantity("out", j), *(Quantity("target", k) for k in group)]
        if activation.group:
            needs += [Quantity("out", k) for k in (group if joint is None or came else (j,))]
        elif joint is None or came:
            needs.append(Quantity("slope", j))
        yield Quantity("delta", j), needs


def _gradients(state: State, slot: int) -> Iterator[tuple[Quantity, list[Quantity]]]:
    structure = state.structure
    slots = structure.shared_slots(slot)
    needs = [Quantity("delta", int(structure.post[one])) for one in slots]
    needs += [Quantity("out", int(structure.pre[one])) for one in slots if structure.pre[one] >= 0]
    for one in slots:
        yield Quantity("gradient", one), needs


def _paths(state: State, start: Quantity) -> Iterator[list[Hashable]]:
    """Yield the ways forward from what is changed to the outputs."""
    structure = state.structure
    if start.kind in ("weight", "bias", "message"):
        alone = start.kind == "message"
        slots = (start.place,) if alone else structure.shared_slots(start.place)
        starts = [(int(structure.pre[slot]), int(structure.post[slot])) for slot in slots]
    elif start.kind in ("net", "out"):
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
