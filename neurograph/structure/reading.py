"""Reading a structure from a graph: everything a pass demands of it is checked here."""

from bisect import bisect_right
from collections.abc import Hashable, Mapping

import networkx as nx
import numpy as np

from neurograph.activations import Activation, get_activation
from neurograph.elements import KINDS, finite_number, one_of
from neurograph.errors import InvalidTypeError, NeurographError, StructureError
from neurograph.structure.model import BIAS, EMPTY, Block, Structure, called, row_ranges

__all__ = ["find_levels", "read_structure"]

# A dense block may be this many times larger than what is in it.
_WASTE = 64


def read_structure(network: "nx.DiGraph[Hashable]") -> Structure:
    """Return the structure of a graph, if it is that of a feed-forward network.

    Raises
    ------
    StructureError
        If it is not; the message names what is wrong.
    InvalidValueError, InvalidTypeError, UnknownNameError
        If a weight, bias or setting cannot be used.
    """
    if not network:
        raise StructureError("the network has no neurons: add some before a pass")
    levels = find_levels(network)
    sources = {name: _kind_of_source(network, name) for name in levels[0]}
    levels[0].sort(key=lambda name: sources[name] == "bias")  # stable: inputs come first
    names = [name for level in levels for name in level]
    row_of = {name: row for row, name in enumerate(names)}
    inputs = [row_of[name] for name in levels[0] if sources[name] == "input"]
    if not inputs:
        raise StructureError("the network has no input: every first neuron is a bias neuron")
    outputs = [row_of[name] for name in network if _is_output(network, name, sources)]
    if not outputs:
        why = "every last neuron is declared hidden" if len(levels) > 1 else "nothing is connected"
        raise StructureError(f"the network has no output: {why}")
    ranges = row_ranges([len(level) for level in levels])
    slots = _Slots(network, names)
    blocks = []
    for number, rows in enumerate(ranges[1:], start=1):
        pres = [sorted(row_of[pre] for pre in network._pred[names[row]]) for row in rows]
        blocks.append(slots.add_level(rows, pres, ranges, number))
    return Structure(
        names=names,
        levels=ranges,
        inputs=inputs,
        bias_neurons=[row_of[name] for name in levels[0] if sources[name] == "bias"],
        outputs=outputs,
        activations=[_activation_of(network, name) for name in names],
        blocks=blocks,
        pre=np.array(slots.pre, dtype=np.int32),
        post=np.array(slots.post, dtype=np.int32),
        bias_slot=slots.bias_slot,
        trainable=np.array(slots.trainable, dtype=np.bool_),
        values=np.array(slots.values, dtype=np.float64),
        tied=slots.tied,
    )


class _Slots:
    """Lays out the parameters of a graph, level by level."""

    def __init__(self, network: "nx.DiGraph[Hashable]", names: list[Hashable]) -> None:
        self.network = network
        self.names = names
        self.pre: list[int] = []
        self.post: list[int] = []
        self.trainable: list[bool] = []
        self.values: list[float] = []
        self.bias_slot: dict[int, int] = {}
        self.tied: dict[str, list[int]] = {}

    def add_level(
        self, rows: range, pres: list[list[int]], levels: list[range], number: int
    ) -> Block:
        first_row = min(row[0] for row in pres)
        first_level = bisect_right(levels, first_row, key=lambda level: level.stop)
        first = first_row + first_level
        width = levels[number - 1].stop + number - first
        if width * len(rows) > _WASTE * (sum(map(len, pres)) + len(rows)):
            width = 0
        start = len(self.pre)
        for row, connected in zip(rows, pres, strict=True):
            if width:
                # everything from the first neuron on, and nothing where a constant 1 stands
                wanted = set(connected)
                for before in range(first_level, number):
                    for pre in range(max(first_row, levels[before].start), levels[before].stop):
                        self.add(pre if pre in wanted else EMPTY, row)
                    if before < number - 1:
                        self.add(EMPTY, row)
            else:
                for pre in connected:
                    self.add(pre, row)
            if self.network._node[self.names[row]].get("bias") is not None:
                self.bias_slot[row] = len(self.pre)
                self.add(BIAS, row)
            elif width:
                self.add(EMPTY, row)
        return Block(rows, slice(start, len(self.pre)), first, width)

    def add(self, pre: int, post: int) -> None:
        """Add one slot, with what the object says that it belongs to."""
        slot = len(self.pre)
        self.pre.append(pre)
        self.post.append(post)
        if pre == EMPTY:
            self.values.append(0.0)
            self.trainable.append(False)
            return
        name = self.names[post]
        owner = called(self.names, pre, post)
        if pre == BIAS:
            element, key = self.network._node[name], "bias"
        else:
            element, key = self.network._pred[name][self.names[pre]], "weight"
            if element.get("weight") is None:
                raise StructureError(
                    f"connection {self.names[pre]}->{name} has no weight: set one with"
                    f" net.edges[{self.names[pre]!r}, {name!r}].weight = ..."
                )
        what = f"{key} of {owner}"
        self.values.append(finite_number(element[key], what))
        self.trainable.append(_truth(element.get("trainable", True), f"trainable of {what}"))
        if element.get("tie") is not None:
            self.tied.setdefault(str(element["tie"]), []).append(slot)


def find_levels(network: "nx.DiGraph[Hashable]") -> list[list[Hashable]]:
    """Return the neurons by longest path from an input, each level in the order of the graph.

    Raises
    ------
    StructureError
        If there is a cycle; it is named neuron by neuron.
    """
    waiting = {name: len(before) for name, before in network.pred.items()}
    level_of: dict[Hashable, int] = {name: 0 for name, n in waiting.items() if n == 0}
    ready = list(level_of)
    for name in ready:  # grows while it is walked
        for after in network._succ[name]:
            # Neurons become ready level by level, so the last one before it is the deepest.
            level_of[after] = level_of[name] + 1
            waiting[after] -= 1
            if waiting[after] == 0:
                ready.append(after)
    if len(ready) < len(waiting):
        rest = [name for name, n in waiting.items() if n > 0]
        cycle = [edge[0] for edge in nx.find_cycle(network, rest)]
        if len(cycle) == 1:
            raise StructureError(
                f"neuron {cycle[0]!r} is connected to itself; a feed-forward network has no cycle"
            )
        path = " -> ".join(repr(name) for name in [*cycle, cycle[0]])
        raise StructureError(f"the network has a cycle: {path}; a feed-forward network has none")
    levels: list[list[Hashable]] = [[] for _ in range(max(level_of.values(), default=-1) + 1)]
    for name in waiting:
        levels[level_of[name]].append(name)
    return levels


def _kind_of(network: "nx.DiGraph[Hashable]", name: Hashable) -> str | None:
    kind = network._node[name].get("kind")
    return None if kind is None else one_of(kind, KINDS, f"kind of neuron {name!r}")


def _kind_of_source(network: "nx.DiGraph[Hashable]", name: Hashable) -> str:
    """Return ``"input"`` or ``"bias"`` for a neuron without incoming connections."""
    kind = _kind_of(network, name)
    if kind in ("hidden", "output"):
        raise StructureError(f"{kind} neuron {name!r} has no incoming connection")
    if network._node[name].get("bias") is not None:
        raise StructureError(
            f"neuron {name!r} has a bias but no incoming connection: connect something to it,"
            f" or leave out its bias if it is an input"
        )
    if kind is None and not network._succ[name]:
        raise StructureError(
            f"neuron {name!r} has no connections: connect it, or say kind='input' if it is an"
            f" input that nothing uses"
        )
    return kind or "input"


def _is_output(
    network: "nx.DiGraph[Hashable]", name: Hashable, sources: Mapping[Hashable, str]
) -> bool:
    if name in sources:
        return False
    kind = _kind_of(network, name)
    if kind in ("input", "bias"):
        raise StructureError(f"{kind} neuron {name!r} has incoming connections")
    return kind == "output" or (kind is None and not network._succ[name])


def _activation_of(network: "nx.DiGraph[Hashable]", name: Hashable) -> Activation:
    try:
        return get_activation(network._node[name].get("activation", "logistic"))
    except NeurographError as error:
        raise type(error)(f"neuron {name!r}: {error}") from None


def _truth(value: object, what: str) -> bool:
    # Graph file formats read True back as 1.
    if isinstance(value, int | float) and value in (0, 1):
        return bool(value)
    raise InvalidTypeError(f"{what} must be True or False, not {value!r}")
