"""The graph underneath a network: which objects it makes, and the columns it binds them to."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import chain
from typing import Any, Self, cast

import networkx as nx

from neurograph.columns import Draft, Storage
from neurograph.elements import Connection, Neuron, drafted, made_bound, rows_of
from neurograph.errors import NeurographError
from neurograph.labels import Labels
from neurograph.structure import (
    Structure,
    bind_network,
    check_is_no_view,
    is_bound_network,
    read_structure,
)

__all__ = ["NeuronGraph", "no_collection"]

_STORAGE = "neurograph.storage"


@contextmanager
def no_collection() -> Iterator[None]:
    """Keep the garbage collector from walking over objects that are only being made."""
    if not gc.isenabled():
        yield
        return
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


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
            with no_collection():
                storage = bind_network(self, read_structure(self))
            self._keep(storage)
        return storage

    def _keep(self, storage: Storage) -> None:
        """Remember the storage that the objects are bound to."""
        self._bound, self._draft = storage, None
        storage.watch_labels(self._label_index.writes)
        self.__networkx_cache__[_STORAGE] = storage

    def _structure(self) -> Structure:
        # A view cannot keep what it has read.
        return read_structure(self) if self._is_view() else self._storage().structure

    def _is_view(self) -> bool:
        return getattr(self, "_graph", None) is not None

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

    def copy(self, as_view: bool = False) -> Self:
        """Return a copy with neurons and connections of its own, or a view.

        Parameters
        ----------
        as_view : bool
            Whether to return a view that shares the objects instead.

        Returns
        -------
        Network

        Examples
        --------
        >>> import neurograph as ng
        >>> net = ng.Network.layered(1, 1, weights=0.5)
        >>> copied = net.copy()
        >>> copied.edges["i1", "o1"].weight = 0.25
        >>> net.edges["i1", "o1"].weight
        0.5
        """
        if as_view or self._is_view():
            return cast(Self, super().copy(as_view))
        try:
            storage = self._storage()
        except NeurographError:  # it has no columns, because a pass could not run on it
            return cast(Self, super().copy())
        copied = self.__class__()
        copied.graph.update(self.graph)
        with no_collection():
            copied._take_over(self, storage.copy())
        return copied

    def _take_over(self, network: Self, storage: Storage) -> None:
        """Fill an empty network with the neurons and connections of another, in its order."""
        adjacent = network._succ
        connections = list(chain.from_iterable(map(dict.values, adjacent.values())))
        neurons = made_bound(Neuron, storage.neurons, rows_of(network._node.values()))
        links = iter(made_bound(Connection, storage.connections, rows_of(connections)))
        self._node.update(zip(adjacent, neurons, strict=True))
        self._pred.update((name, {}) for name in adjacent)
        for pre, posts in adjacent.items():
            self._succ[pre] = dict(zip(posts, links, strict=False))
            for post, connection in self._succ[pre].items():
                self._pred[post][pre] = connection
        self._keep(storage)

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
