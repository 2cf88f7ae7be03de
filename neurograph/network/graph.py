"""The graph underneath a network: which objects it makes, and the columns it binds them to."""

from collections.abc import Hashable, Mapping
from typing import TYPE_CHECKING, Any, Self, TypeVar

import networkx as nx

from neurograph.columns import Storage
from neurograph.elements import Connection, Neuron
from neurograph.structure import (
    Structure,
    bind_network,
    check_is_no_view,
    is_bound_network,
    read_structure,
)

__all__ = ["NeuronGraph"]

Key = TypeVar("Key")
Object = TypeVar("Object", covariant=True)

_STORAGE = "neurograph.storage"


class NeuronGraph(nx.DiGraph):  # type: ignore[misc]  # networkx has no types
    """A directed graph of `Neuron` and `Connection` objects that share one storage."""

    node_attr_dict_factory = Neuron
    edge_attr_dict_factory = Connection

    if TYPE_CHECKING:
        # NetworkX says nothing about the types of what its views hold.

        @property
        def nodes(self) -> "View[Hashable, Neuron]":  # noqa: D102
            ...

        @property
        def edges(self) -> "View[tuple[Hashable, Hashable], Connection]":  # noqa: D102
            ...

        def __getitem__(self, name: Hashable) -> Mapping[Hashable, Connection]: ...

    _bound: Storage | None = None

    def _current(self) -> Storage | None:
        """Return the storage that the objects are bound to, unless the network has changed."""
        storage: Storage | None = self._noted(_STORAGE)
        if storage is not None and not storage.stale:
            return storage
        storage = self._bound
        if storage is None or not is_bound_network(self, storage):
            return None
        self._note(_STORAGE, storage)
        return storage

    # NetworkX empties its cache in every method that changes a graph: what is noted there has been
    # true since the last change. Where the cache is switched off (None), nothing is noted.

    def _noted(self, key: str) -> Any:
        return (self.__networkx_cache__ or {}).get(key)

    def _note(self, key: str, value: object) -> None:
        if self.__networkx_cache__ is not None:
            self.__networkx_cache__[key] = value

    def _storage(self) -> Storage:
        check_is_no_view(self)
        storage = self._current()
        if storage is None:
            storage = bind_network(self, read_structure(self))
            self._keep(storage)
        return storage

    def _keep(self, storage: Storage) -> None:
        """Remember the storage that the objects are bound to."""
        self._bound = storage
        self._note(_STORAGE, storage)

    def _structure(self) -> Structure:
        storage = self._current()
        return read_structure(self) if storage is None else storage.structure

    # These change the graph step by step. Where one of them fails halfway, NetworkX leaves its
    # cache as it was.

    def add_nodes_from(self, nodes_for_adding: Any, **attr: Any) -> None:
        """Add several neurons, as `networkx.DiGraph.add_nodes_from` does."""
        try:
            super().add_nodes_from(nodes_for_adding, **attr)
        finally:
            nx._clear_cache(self)

    def remove_nodes_from(self, nodes: Any) -> None:
        """Remove several neurons, as `networkx.DiGraph.remove_nodes_from` does."""
        try:
            super().remove_nodes_from(nodes)
        finally:
            nx._clear_cache(self)

    def add_edges_from(self, ebunch_to_add: Any, **attr: Any) -> None:
        """Add several connections, as `networkx.DiGraph.add_edges_from` does."""
        try:
            super().add_edges_from(ebunch_to_add, **attr)
        finally:
            nx._clear_cache(self)

    def remove_edges_from(self, ebunch: Any) -> None:
        """Remove several connections, as `networkx.DiGraph.remove_edges_from` does."""
        try:
            super().remove_edges_from(ebunch)
        finally:
            nx._clear_cache(self)

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
        return state | {"__networkx_cache__": None if self.__networkx_cache__ is None else {}}


if TYPE_CHECKING:

    class View(Mapping[Key, Object]):
        """What a type checker knows of ``net.nodes`` and ``net.edges``."""

        def __call__(self, *arguments: Any, **options: Any) -> Any: ...
        def data(self, *arguments: Any, **options: Any) -> Any: ...


# Made anew when they are needed; the objects carry their values with them.
_NOT_COPIED = ("_bound", "_label_index", "__networkx_cache__")
