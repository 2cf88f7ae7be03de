"""From a graph to columns: its structure, and its objects as views of what it holds.

Everything that a pass demands of a graph is checked here.
"""

import math
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from itertools import chain
from typing import Any, NamedTuple

import networkx as nx
import numpy as np
from numpy.typing import NDArray

from neurograph.activations import Activation, get_activation
from neurograph.checks import finite_number, one_of
from neurograph.collector import no_collection
from neurograph.columns import Columns, Draft, NumberedLabels, Reserved, Storage
from neurograph.combinations import CombineRule, get_combination
from neurograph.elements import (
    KINDS,
    Connection,
    Element,
    Neuron,
    are_bound,
    bind,
    drafted,
    items_of_all,
    made_bound,
    rows_of,
)
from neurograph.errors import InvalidTypeError, NeurographError, StructureError
from neurograph.layers import Layout, layered_structure
from neurograph.quantities import BY_ADDRESS
from neurograph.structure import BIAS, EMPTY, Block, Structure, called, row_ranges

__all__ = [
    "bind_network",
    "check_is_no_view",
    "draft_edges",
    "fill_layers",
    "fill_like",
    "find_levels",
    "is_bound_network",
    "layout_of",
    "read_structure",
]

# A dense block may be this many times larger than what is in it. Empty slots cost a matrix product
# little, but all together they must not take more memory than the objects.
_WASTE = 16


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
    found = _parameters(network, names, row_of)
    blocks, slots, post = _laid_out(found, ranges)
    pre = np.full(len(post), EMPTY, dtype=np.int32)
    values, trainable = np.zeros(len(post)), np.zeros(len(post), dtype=np.bool_)
    pre[slots], values[slots], trainable[slots] = found.pre, _values(found), _trainable(found)
    biases = found.pre == BIAS
    return Structure(
        names=names,
        levels=ranges,
        inputs=inputs,
        bias_neurons=[row_of[name] for name in levels[0] if sources[name] == "bias"],
        outputs=outputs,
        activations=[_activation_of(network, name) for name in names],
        blocks=blocks,
        pre=pre,
        post=post,
        bias_slot=dict(zip(found.post[biases].tolist(), slots[biases].tolist(), strict=True)),
        trainable=trainable,
        values=values,
        tied=_tied(found, slots.tolist()),
        combinations=_combinations(network, names),
        masks=_masks(network, names, ranges[0]),
    )


class _Parameters(NamedTuple):
    """The weights and biases of a graph: by neuron, in the order of what they come from.

    Attributes
    ----------
    names : list
        Of the neurons, by row.
    owners : list of Neuron or Connection
    numbers : list
        As the owners have them.
    pre, post : ndarray of int, shape (n_parameters,)
        The rows a connection joins; pre is `BIAS` for a bias.
    """

    names: list[Hashable]
    owners: list[Element]
    numbers: list[Any]
    pre: NDArray[np.intp]
    post: NDArray[np.intp]

    def called(self, place: int) -> str:
        """Return what the parameter at a place belongs to, for messages."""
        return called(self.names, int(self.pre[place]), int(self.post[place]))

    def what(self, place: int) -> str:
        """Return what the parameter at a place is, for messages."""
        key = "bias" if self.pre[place] == BIAS else "weight"
        return f"{key} of {self.called(place)}"


def _parameters(
    network: "nx.DiGraph[Hashable]", names: list[Hashable], row_of: Mapping[Hashable, int]
) -> _Parameters:
    before = [network._pred[name] for name in names]
    neurons = [network._node[name] for name in names]
    connections = [connection for links in before for connection in links.values()]
    biased = [row for row, bias in enumerate(items_of_all(neurons, "bias")) if _is_bias(bias)]
    owners = [*connections, *(neurons[row] for row in biased)]
    numbers = items_of_all(connections, "weight") + items_of_all(owners[len(connections) :], "bias")
    rows = np.arange(len(names))
    pre = np.array([row_of[name] for links in before for name in links] + [BIAS] * len(biased))
    post = np.concatenate([np.repeat(rows, [len(links) for links in before]), rows[biased]])
    order = np.lexsort((np.where(pre == BIAS, len(names), pre), post))  # biases after weights
    places = order.tolist()
    return _Parameters(
        names, [owners[k] for k in places], [numbers[k] for k in places], pre[order], post[order]
    )


def _values(found: _Parameters) -> NDArray[np.float64]:
    if set(map(type, found.numbers)) == {float}:
        values = np.array(found.numbers)
        if np.isfinite(values).all():
            return values
    return np.array([_value(found, place) for place in range(len(found.numbers))])


def _value(found: _Parameters, place: int) -> float:
    number = found.numbers[place]
    if number is None:
        pre, post = found.names[found.pre[place]], found.names[found.post[place]]
        raise StructureError(
            f"connection {pre}->{post} has no weight: set one with"
            f" net.edges[{pre!r}, {post!r}].weight = ..."
        )
    return finite_number(number, found.what(place))


def _trainable(found: _Parameters) -> NDArray[np.bool_]:
    flags = items_of_all(found.owners, "trainable", True)
    if set(map(type, flags)) != {bool}:
        flags = [_truth(flag, f"trainable of {found.what(k)}") for k, flag in enumerate(flags)]
    return np.array(flags)


def _tied(found: _Parameters, slots: list[int]) -> dict[str, list[int]]:
    tied: dict[str, list[int]] = {}
    for place, tie in enumerate(items_of_all(found.owners, "tie")):
        if tie is not None:
            name = _tie_in(tie, f"tie of {found.what(place)}")
            tied.setdefault(name, []).append(slots[place])
    return tied


def _laid_out(
    found: _Parameters, levels: list[range]
) -> tuple[list[Block], NDArray[np.intp], NDArray[np.int32]]:
    """Return the blocks of the levels, the slot of each parameter, and the row of each slot."""
    sizes, stops = np.array([[len(rows), rows.stop] for rows in levels]).T
    level_of = np.repeat(np.arange(len(levels)), sizes)
    level = level_of[found.post]
    is_weight = found.pre != BIAS
    starts = np.searchsorted(level[is_weight], np.arange(1, len(levels)))
    first_row = np.minimum.reduceat(found.pre[is_weight], starts)
    # By level, where level 0 has nothing: the position of the first column, and how many there are
    # up to the constant 1 behind the level before.
    first = np.append(0, first_row + level_of[first_row])
    width = np.append(0, stops[:-1] + np.arange(1, len(levels)) - first[1:])
    filled = np.bincount(level, minlength=len(levels))
    width[width * sizes > _WASTE * filled] = 0
    # Slots lie row after row; those of a row in a dense block by position, else side by side.
    of_row = np.bincount(found.post, minlength=len(found.names))
    n_slots = np.where(width[level_of] > 0, width[level_of], of_row)
    position = np.where(is_weight, found.pre + level_of[found.pre] - first[level], width[level] - 1)
    aside = np.arange(len(level)) - (np.cumsum(of_row) - of_row)[found.post]
    starts_of_rows = np.cumsum(n_slots) - n_slots
    slots = starts_of_rows[found.post] + np.where(width[level] > 0, position, aside)
    ends = np.cumsum(n_slots)[stops - 1]
    blocks = [
        Block(rows, slice(start, end), column, columns)
        for rows, start, end, column, columns in zip(
            levels[1:], ends[:-1].tolist(), ends[1:].tolist(), first[1:].tolist(),
            width[1:].tolist(), strict=True,
        )
    ]  # fmt: skip
    return blocks, slots, np.repeat(np.arange(len(n_slots), dtype=np.int32), n_slots)


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
    for name in ready:  # grows while it is walked, level after level
        for after in network._succ[name]:
            waiting[after] -= 1
            if waiting[after] == 0:  # what it waited for last is on the highest level
                level_of[after] = level_of[name] + 1
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
    if _is_bias(network._node[name].get("bias")):
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


def _combinations(network: "nx.DiGraph[Hashable]", names: list[Hashable]) -> list[CombineRule]:
    rules = items_of_all([network._node[name] for name in names], "combine")
    if not any(rules):
        return [get_combination("sum")] * len(names)
    return [_combination_of(network, name, rule) for name, rule in zip(names, rules, strict=True)]


def _combination_of(network: "nx.DiGraph[Hashable]", name: Hashable, rule: Any) -> CombineRule:
    try:
        combination = get_combination("sum" if rule is None else rule)
        combination.check_senders([str(pre) for pre in network._pred[name]])
        return combination
    except NeurographError as error:
        raise type(error)(f"neuron {name!r}: {error}") from None


def _masks(
    network: "nx.DiGraph[Hashable]", names: list[Hashable], first: range
) -> dict[int, float]:
    masks = {}
    for row, mask in enumerate(items_of_all([network._node[name] for name in names], "mask")):
        if mask is not None:
            if row in first:
                raise StructureError(
                    f"neuron {names[row]!r} has a mask, and its out is given: give it times the"
                    " mask"
                )
            masks[row] = finite_number(mask, f"mask of neuron {names[row]!r}")
    return masks


def _is_bias(value: object) -> bool:
    # A table has nan where a neuron has no bias.
    return value is not None and not (isinstance(value, float) and math.isnan(value))


def _tie_in(value: object, what: str) -> str:
    # A column of whole numbers with gaps is one of floats in a table, and 1.0 is the tie 1.
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if not isinstance(value, str | int | float):
        raise InvalidTypeError(f"{what} must be text or a number, not {value!r}")
    return str(value)


def _truth(value: object, what: str) -> bool:
    # Graph file formats read True back as 1.
    if isinstance(value, int | float) and value in (0, 1):
        return bool(value)
    raise InvalidTypeError(f"{what} must be True or False, not {value!r}")


def check_is_no_view(network: "nx.DiGraph[Hashable]") -> None:
    """Refuse a view: it shares the objects of its parent, which a pass would overwrite."""
    if getattr(network, "_graph", None) is not None:
        raise StructureError(
            "a pass cannot run on a view, which shares its objects with the network it shows:"
            " take a copy with .copy()"
        )


def bind_network(network: "nx.DiGraph[Hashable]", structure: Structure) -> Storage:
    """Make the objects of `network` views of new columns laid out as `structure` says."""
    storage = Storage(structure)
    neurons = [network._node[name] for name in structure.names]
    slots, connections = _connections(network, structure)
    bind(neurons, storage.neurons, range(len(neurons)))
    bind(connections, storage.connections, slots)
    return storage


def is_bound_network(network: "nx.DiGraph[Hashable]", storage: Storage) -> bool:
    """Whether every object of `network` is a view of this storage, and no object is missing."""
    structure = storage.structure
    n_connections = sum(map(len, network._succ.values()))
    if (
        storage.stale
        or len(network._node) != len(structure.names)
        or n_connections != structure.n_connections
    ):
        return False
    try:
        neurons = [network._node[name] for name in structure.names]
        slots, connections = _connections(network, structure)
    except KeyError:
        return False
    return are_bound(neurons, storage, range(len(neurons))) and are_bound(
        connections, storage, slots
    )


def _connections(
    network: "nx.DiGraph[Hashable]", structure: Structure
) -> tuple[list[int], list[Connection]]:
    """Return the slots that hold weights, and the connections they belong to."""
    names, before = structure.names, network._pred
    slots = np.flatnonzero(structure.pre >= 0)
    ends = zip(structure.pre[slots].tolist(), structure.post[slots].tolist(), strict=True)
    return slots.tolist(), [before[names[post]][names[pre]] for pre, post in ends]


def fill_layers(network: "nx.DiGraph[Hashable]", layout: Layout) -> Storage:
    """Make all neurons and connections of an empty network at once, bound from the start."""
    structure = layered_structure(layout)
    storage = Storage(structure)
    storage.connections["label"] = NumberedLabels(structure)
    storage.neurons |= _columns_of_layers(layout, structure)
    with no_collection():
        neurons = made_bound(Neuron, storage.neurons, range(len(structure.names)))
        network._node.update(zip(structure.names, neurons, strict=True))
        network._succ.update((name, {}) for name in structure.names)
        network._pred.update((name, {}) for name in structure.names)
        for block, pres, posts in zip(
            structure.blocks, layout.names, layout.names[1:], strict=False
        ):
            _join(network, storage, block, pres, posts)
    return storage


def layout_of(network: "nx.DiGraph[Hashable]", storage: Storage) -> Layout | None:
    """Return the layout that `fill_layers` would make a network of, or `None` if there is none.

    The parameters are those of now.
    """
    structure = storage.structure
    labels = storage.connections.get("label")
    if not isinstance(labels, NumberedLabels) or labels.is_changed:
        return None
    names, levels = structure.names, structure.levels
    weights, biases = [], []
    for block in structure.blocks:
        matrix = storage.parameters[block.slots].reshape(-1, block.width)
        has_bias = structure.pre[block.slots].reshape(-1, block.width)[:, -1] == BIAS
        if has_bias.any() != has_bias.all():
            return None
        weights.append(matrix[:, :-1])
        biases.append(matrix[:, -1].tolist() if has_bias.all() else [None] * len(has_bias))
    layout = Layout(
        [[names[row] for row in level] for level in levels],
        [structure.activations[level.start].name for level in levels[1:]],
        biases,
        weights,
        bool(structure.tied),
        bool(structure.trainable[structure.pre == BIAS].all()),
    )
    made = layered_structure(layout)
    is_same = (
        list(network._node) == made.names
        and made.tied == structure.tied
        and np.array_equal(made.pre, structure.pre)
        and np.array_equal(made.trainable, structure.trainable)
        and _settings_in(storage.neurons) == _columns_of_layers(layout, made)
        and not _settings_in(storage.connections).keys() - {"label"}
    )
    return layout if is_same else None


def _settings_in(columns: Columns) -> Columns:
    """Return the columns of what is neither computed nor a parameter."""
    return {
        key: column
        for key, column in columns.items()
        if type(key) is not Reserved and key not in BY_ADDRESS
    }


def _columns_of_layers(layout: Layout, structure: Structure) -> Columns:
    """Return what the neurons of layers carry beside their biases."""
    levels = structure.levels
    kinds = ["input", *["hidden"] * (len(levels) - 2), "output"]
    columns: Columns = {
        "kind": {row: kind for level, kind in zip(levels, kinds, strict=True) for row in level},
        "activation": {
            row: name
            for level, name in zip(levels[1:], layout.activations, strict=True)
            for row in level
        },
    }
    if not layout.trainable_bias:
        columns["trainable"] = dict.fromkeys(structure.bias_slot, False)
    if layout.shared_bias:
        columns["tie"] = {
            int(structure.post[slot]): tie
            for tie, slots in structure.tied.items()
            for slot in slots
        }
    return columns


def _join(
    network: "nx.DiGraph[Hashable]",
    storage: Storage,
    block: Block,
    pres: Sequence[Hashable],
    posts: Sequence[Hashable],
) -> None:
    """Connect every neuron of a layer with every neuron of the next."""
    starts = range(block.slots.start, block.slots.stop, block.width)
    slots = [slot for start in starts for slot in range(start, start + block.width - 1)]
    connections = made_bound(Connection, storage.connections, slots)
    n = len(pres)
    for number, post in enumerate(posts):
        into = connections[number * n : (number + 1) * n]
        network._pred[post] = dict(zip(pres, into, strict=True))
    for number, pre in enumerate(pres):
        network._succ[pre] = dict(zip(posts, connections[number::n], strict=True))


def fill_like(
    network: "nx.DiGraph[Hashable]", other: "nx.DiGraph[Hashable]", storage: Storage
) -> None:
    """Fill an empty network with the neurons and connections of another, in its order."""
    adjacent = other._succ
    connections = list(chain.from_iterable(map(dict.values, adjacent.values())))
    neurons = made_bound(Neuron, storage.neurons, rows_of(other._node.values()))
    links = iter(made_bound(Connection, storage.connections, rows_of(connections)))
    network._node.update(zip(adjacent, neurons, strict=True))
    network._pred.update((name, {}) for name in adjacent)
    for pre, posts in adjacent.items():
        network._succ[pre] = dict(zip(posts, links, strict=False))
        for post, connection in network._succ[pre].items():
            network._pred[post][pre] = connection


def draft_edges(
    network: "nx.DiGraph[Hashable]",
    draft: Draft,
    edges: Iterable[Any],
    attributes: Mapping[str, Any],
    add_edges_from: Callable[..., None],
) -> None:
    """Add connections, the weights of those that have nothing unusual to a draft.

    The others go through `add_edges_from`, as NetworkX adds edges.
    """
    cells, connections = draft.cells, drafted(draft)
    succ, pred = network._succ, network._pred
    with no_collection():
        for edge in edges:
            data: Any = None
            weight = None
            if len(edge) == 3 and not attributes:
                pre, post, data = edge
                if type(data) is Connection:
                    data = data.everything()
                weight = data.get("weight") if type(data) is dict else None
            if not isinstance(weight, float) or (pre in succ and post in succ[pre]):
                add_edges_from([edge], **attributes)
                continue
            for name in (pre, post):
                if name not in succ:
                    network.add_node(name)
            succ[pre][post] = pred[post][pre] = connection = next(connections)
            cells.append(weight)
            if len(data) > 1:
                connection.update(data)
