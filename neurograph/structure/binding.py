"""Making the objects of a graph the views of columns."""

from collections.abc import Hashable
from typing import TYPE_CHECKING

import networkx as nx
import numpy as np

from neurograph.columns import Storage
from neurograph.elements import bind, is_bound
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
    for row, name in enumerate(structure.names):
        bind(network._node[name], storage.neurons, row)
        for slot, pre in structure.incoming[row]:
            bind(network._pred[name][structure.names[pre]], storage.connections, slot)
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
    names, nodes, before = structure.names, network._node, network._pred
    slots = np.flatnonzero(structure.pre >= 0)
    return all(
        name in nodes and is_bound(nodes[name], storage, row) for row, name in enumerate(names)
    ) and all(
        names[pre] in before[names[post]]
        and is_bound(before[names[post]][names[pre]], storage, slot)
        for slot, pre, post in zip(
            slots.tolist(),
            structure.pre[slots].tolist(),
            structure.post[slots].tolist(),
            strict=True,
        )
    )
