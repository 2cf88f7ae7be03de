"""The graph underneath a network: which objects it makes, and the columns it binds them to."""

from collections.abc import Iterable, Iterator
from functools import cached_property
from typing import Any, Self

import networkx as nx
from networkx.classes.reportviews import NodeDataView, NodeView

from neurograph.columns import Storage
from neurograph.elements import Connection, Element, Neuron
from neurograph.errors import InvalidValueError
from neurograph.structure import (
    Structure,
    bind_network,
    check_is_no_view,
    is_bound_network,
    read_structure,
)

__all__ = ["NeuronGraph"]

_STORAGE = "neurograph.storage"

#: What is kept of a network in ``net.graph``, and as what output neurons tell it to a listing.
SETTINGS = {"loss": "network_loss", "reduction": "network_reduction"}


class NeuronGraph(nx.DiGraph):  # type: ignore[misc]  # networkx has no types
    """A directed graph of `Neuron` and `Connection` objects that share one storage."""

    node_attr_dict_factory = Neuron
    edge_attr_dict_factory = Connection

    _bound: Storage | None = None

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
            structure = read_structure(self)
            self._adopt_settings()
            storage = bind_network(self, structure)
            self._keep(storage)
        return storage

    def _keep(self, storage: Storage) -> None:
        """Remember the storage that the objects are bound to."""
        self._bound = storage
        self.__networkx_cache__[_STORAGE] = storage

    def _adopt_settings(self) -> None:
        """Take over what output neurons say of the network where its graph does not say it."""
        ends = [self._node[name] for name, after in self._succ.items() if not after]
        for key, item in SETTINGS.items():
            told = {text for neuron in ends if isinstance(text := neuron.get(item), str)}
            if not told:
                continue
            if self.graph.get(key) is None:
                if len(told) > 1:
                    texts = " and ".join(sorted(map(repr, told)))
                    raise InvalidValueError(
                        f"outputs say that the {key} is {texts}: set net.{key} to the one that is"
                    )
                self.graph[key] = told.pop()
            for neuron in self._node.values():  # in a table, all have the column
                neuron.pop(item, None)

    @cached_property
    def nodes(self) -> "NeuronView":
        """The neurons: see `networkx.DiGraph.nodes`."""
        return NeuronView(self)

    def _structure(self) -> Structure:
        storage = self._current()
        return read_structure(self) if storage is None else storage.structure

    # These change the graph step by step. Where one of them fails halfway, NetworkX leaves its
    # cache as it was.

    def add_nodes_from(self, nodes_for_adding: Any, **attr: Any) -> None:
        """Add several neurons, as `networkx.DiGraph.add_nodes_from` does."""
        try:
            super().add_nodes_from(_in_full(nodes_for_adding), **attr)
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
        try:
            super().add_edges_from(_in_full(ebunch_to_add), **attr)
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


class NeuronView(NodeView):  # type: ignore[misc]  # networkx has no types
    """The neurons of a network, as NetworkX shows nodes."""

    __slots__ = ("_network",)

    def __init__(self, network: NeuronGraph) -> None:
        super().__init__(network)
        self._network = network

    def __call__(self, data: Any = False, default: Any = None) -> Any:
        return self.data(data, default)

    def data(self, data: Any = True, default: Any = None) -> Any:
        """Return the neurons with their data, as NetworkX does."""
        if data is True:
            return NeuronDataView(self._network)
        return super().data(data, default)

    def __getstate__(self) -> dict[str, Any]:
        return {**super().__getstate__(), "_network": self._network}

    def __setstate__(self, state: dict[str, Any]) -> None:
        super().__setstate__(state)
        self._network = state["_network"]


class NeuronDataView(NodeDataView):  # type: ignore[misc]  # networkx has no types
    """The neurons of a network with all their data.

    While it is listed, a neuron without outgoing connections also carries what its network states
    of loss and reduction: GEXF and tables keep what nodes have and drop what graphs have.
    """

    __slots__ = ("_network",)

    def __init__(self, network: NeuronGraph) -> None:
        super().__init__(network._node, data=True)
        self._network = network

    def __iter__(self) -> Iterator[tuple[Any, Neuron]]:
        graph, after = self._network.graph, self._network._succ
        stated = {item: graph[key] for key, item in SETTINGS.items() if graph.get(key) is not None}
        for name, neuron in self._nodes.items():
            if after[name] or not stated:
                yield name, neuron
                continue
            neuron.update(stated)
            try:
                yield name, neuron
            finally:
                for item in stated:
                    neuron.pop(item, None)

    def __getstate__(self) -> dict[str, Any]:
        return {**super().__getstate__(), "_network": self._network}

    def __setstate__(self, state: dict[str, Any]) -> None:
        super().__setstate__(state)
        self._network = state["_network"]


# Made anew when they are needed; the objects carry their values with them.
_NOT_COPIED = ("_bound", "_label_index", "__networkx_cache__")


def _in_full(items: Iterable[Any]) -> Iterator[Any]:
    """Yield nodes or edges to add, their data with what a batch left, which no object lists."""
    for item in items:
        if type(item) is tuple and item and isinstance(item[-1], Element):
            yield *item[:-1], item[-1].everything()
        else:
            yield item
