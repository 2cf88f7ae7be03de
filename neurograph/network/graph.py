"""The graph underneath a network: which objects it makes, and the columns it binds them to."""

from typing import Any, Self

import networkx as nx

from neurograph.columns import Draft, Storage
from neurograph.elements import Connection, Neuron, drafted
from neurograph.labels import Labels
from neurograph.structure import (
    Structure,
    bind_network,
    check_is_no_view,
    is_bound_network,
    read_structure,
)

__all__ = ["NeuronGraph"]

_STORAGE = "neurograph.storage"


class NeuronGraph(nx.DiGraph):  # type: ignore[misc]  # networkx has no types
    """A directed graph of `Neuron` and `Connection` objects that share one storage."""

    node_attr_dict_factory = Neuron
    edge_attr_dict_factory = Connection

    _bound: Storage | None = None
    _draft: Draft | None = None
    _label_index: Labels

    def _current(self) -> Storage | None:
        """Return the storage that the objects are bound to, unless the network has changed."""
        # NetworkX empties this cache in every method that changes a graph.
        storage: Storage | None = self.__networkx_cache__.get(_STORAGE)
        if storage is not None and not storage.stale:
            return storage
        storage = self._bound
        if storage is None or not is_bound_network(self, storage):
            return None
        self.__networkx_cache__[_STORAGE] = storage
        return storage

    def _storage(self) -> Storage:
        check_is_no_view(self)
        storage = self._current()
        if storage is None:
            storage = bind_network(self, read_structure(self))
            self._keep(storage)
        return storage

    def _keep(self, storage: Storage) -> None:
        """Remember the storage that the objects are bound to."""
        self._bound, self._draft = storage, None
        storage.watch_labels(self._label_index.writes)
        self.__networkx_cache__[_STORAGE] = storage

    def _structure(self) -> Structure:
        if getattr(self, "_graph", None) is not None:
            return read_structure(self)  # a view cannot keep what it has read
        return self._storage().structure

    # These change the graph step by step. Where one of them fails halfway, NetworkX leaves its
    # cache as it was.

    def add_nodes_from(self, nodes_for_adding: Any, **attr: Any) -> None:
        """Add several neurons, as `networkx.DiGraph.add_nodes_from` does."""
        try:
            super().add_nodes_from(nodes_for_adding, **attr)
        finally:
            self.__networkx_cache__.clear()

    def remove_nodes_from(self, nodes: Any) -> None:
        """Remove several neurons, as `networkx.DiGraph.remove_nodes_from` does."""
        try:
            super().remove_nodes_from(nodes)
        finally:
            self.__networkx_cache__.clear()

    def add_edges_from(self, ebunch_to_add: Any, **attr: Any) -> None:
        """Add several connections, as `networkx.DiGraph.add_edges_from` does."""
        if self._draft is None:
            self._draft = Draft()
        cells, connections = self._draft.cells, drafted(self._draft)
        succ, pred, add_any = self._succ, self._pred, super().add_edges_from
        try:
            for edge in ebunch_to_add:
                data: Any = None
                weight = None
                if len(edge) == 3 and not attr:
                    pre, post, data = edge
                    if type(data) is Connection:
                        data = dict(data.items())
                    weight = data.get("weight") if type(data) is dict else None
                if not isinstance(weight, float) or (pre in succ and post in succ[pre]):
                    add_any([edge], **attr)
                    continue
                for name in (pre, post):
                    if name not in succ:
                        self.add_node(name)
                succ[pre][post] = pred[post][pre] = connection = next(connections)
                cells.append(weight)
                if len(data) > 1:
                    connection.update(data)
        finally:
            self.__networkx_cache__.clear()

    def remove_edges_from(self, ebunch: Any) -> None:
        """Remove several connections, as `networkx.DiGraph.remove_edges_from` does."""
        try:
            super().remove_edges_from(ebunch)
        finally:
            self.__networkx_cache__.clear()

    def to_directed_class(self) -> type[Self]:
        """Return the class of an empty directed copy.

        Examples
        --------
        >>> import neurograph as ng
        >>> ng.Network().to_directed_class()
        <class 'neurograph.network.Network'>
        """
        return type(self)

    def __copy__(self) -> Self:
        # Two networks cannot share their objects: each pass writes on them.
        copied: Self = self.copy()
        return copied

    def __getstate__(self) -> dict[str, Any]:
        # The objects carry their values with them; columns are made anew at the next pass.
        state = {key: value for key, value in vars(self).items() if key not in _NOT_COPIED}
        return state | {"__networkx_cache__": {}}


# Made anew when they are needed; the objects carry their values with them.
_NOT_COPIED = ("_bound", "_draft", "_label_index", "__networkx_cache__")
