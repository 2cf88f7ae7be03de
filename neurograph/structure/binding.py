"""Making the objects of a graph the views of columns."""

from collections.abc import Hashable
from typing import TYPE_CHECKING

import networkx as nx
import numpy as np

from neurograph.columns import Storage
from neurograph.elements import Connection, are_bound, bind
from neurograph.errors import StructureError
from neurograph.structure.model import Structure

if TYPE_CHECKING:
    from neurograph.network import Network

__all__ = ["bind_network", "check_is_no_view", "is_bound_network"]


def check_is_no_view(network: "nx.DiGraph[Hashable]") -> None:
    """Refuse a view: it shares the objects of its parent, which a pass would overwrite."""
    if getattr(network, "_graph", None) is not None:
        raise StructureError(
            "a pass cannot run on a view, which shares its objects with the network it shows:"
            " take a copy with .copy()"
        )


def bind_network(network: "Network", structure: Structure) -> Storage:
    """Make the objects of `network` views of new columns laid out as `structure` says."""
    storage = Storage(structure)
    neurons = [network._node[name] for name in structure.names]
    slots, connections = _connections(network, structure)
    bind(neurons, storage.neurons, range(len(neurons)))
    bind(connections, storage.connections, slots)
    return storage


def is_bound_network(network: "Network", storage: Storage) -> bool:
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


def _connections(network: "Network", structure: Structure) -> tuple[list[int], list[Connection]]:
    """Return the slots that hold weights, and the connections they belong to."""
    names, before = structure.names, network._pred
    slots = np.flatnonzero(structure.pre >= 0)
    ends = zip(structure.pre[slots].tolist(), structure.post[slots].tolist(), strict=True)
    return slots.tolist(), [before[names[post]][names[pre]] for pre, post in ends]
