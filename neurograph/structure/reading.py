"""Reading a structure from a graph: everything a pass demands of it is checked here."""

import math
from collections.abc import Hashable, Mapping
from typing import Any, NamedTuple

import networkx as nx
import numpy as np
from numpy.typing import NDArray

from neurograph.activations import Activation, get_activation
from neurograph.combinations import Combination, get_combination
from neurograph.elements import KINDS, Element, finite_number, items_of_all, one_of
from neurograph.errors import InvalidTypeError, NeurographError, StructureError
from neurograph.structure.model import BIAS, EMPTY, Block, Structure, called, row_ranges

__all__ = ["find_levels", "read_structure"]

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


def _combinations(network: "nx.DiGraph[Hashable]", names: list[Hashable]) -> list[Combination]:
    rules = items_of_all([network._node[name] for name in names], "combine")
    if not any(rules):
        return [get_combination("sum")] * len(names)
    return [_combination_of(name, rule) for name, rule in zip(names, rules, strict=True)]


def _combination_of(name: Hashable, rule: Any) -> Combination:
    try:
        return get_combination("sum" if rule is None else rule)
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
