"""The graph underneath a network: which objects it makes, and the columns it binds them to."""

import gc
from collections.abc import Hashable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from functools import cached_property
from itertools import chain
from typing import TYPE_CHECKING, Any, Self, TypeVar, cast

import networkx as nx
from networkx.classes.reportviews import NodeDataView, NodeView

from neurograph.columns import Draft, Storage
from neurograph.elements import Connection, Neuron, drafted, made_bound, rows_of
from neurograph.errors import InvalidValueError, NeurographError
from neurograph.labels import Labels
from neurograph.structure import (
    Structure,
    bind_network,
    check_is_no_view,
    is_bound_network,
    read_structure,
)

__all__ = ["NeuronGraph", "no_collection"]

Key = TypeVar("Key")
Object = TypeVar("Object", covariant=True)

_STORAGE = "neurograph.storage"

#: What is kept of a network in ``net.graph``, and as what output neurons tell it to a listing.
SETTINGS = {"loss": "network_loss", "reduction": "network_reduction"}


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

    if TYPE_CHECKING:
        # NetworkX says nothing about the types of what its views hold.

        @property
        def edges(self) -> "View[tuple[Hashable, Hashable], Connection]":  # noqa: D102
            ...

        def __getitem__(self, name: Hashable) -> Mapping[Hashable, Connection]: ...

    _bound: Storage | None = None
    _draft: Draft | None = None
    _label_index: Labels

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
            with no_collection():
                structure = read_structure(self)
                self._adopt_settings()
                storage = bind_network(self, structure)
            self._keep(storage)
        return storage

    def _keep(self, storage: Storage) -> None:
        """Remember the storage that the objects are bound to."""
        self._bound, self._draft = storage, None
        storage.watch_labels(self._label_index.writes)
        self._note(_STORAGE, storage)

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
    def nodes(self) -> "View[Hashable, Neuron]":
        """The neurons: see `networkx.DiGraph.nodes`."""
        return NeuronView(self)

    @property
    def structure(self) -> Structure:
        """The network in numbers: rows of neurons, slots of parameters, and their order.

        Raises
        ------
        StructureError
            If the graph is not a feed-forward network.

        Examples
        --------
        >>> import neurograph as ng
        >>> structure = ng.Network.layered(2, 3, 1).structure
        >>> structure.names[3], structure.levels
        ('h2', [range(0, 2), range(2, 5), range(5, 6)])
        """
        return self._storage().structure

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
            super().add_nodes_from(_in_full(nodes_for_adding), **attr)
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
        if self._draft is None:
            self._draft = Draft()
        cells, connections = self._draft.cells, drafted(self._draft)
        succ, pred, add_any = self._succ, self._pred, super().add_edges_from
        try:
            with no_collection():
                for edge in ebunch_to_add:
                    data: Any = None
                    weight = None
                    if len(edge) == 3 and not attr:
                        pre, post, data = edge
                        if type(data) is Connection:
                            data = data.everything()
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
            nx._clear_cache(self)

    def remove_edges_from(self, ebunch: Any) -> None:
        """Remove several connections, as `networkx.DiGraph.remove_edges_from` does."""
        try:
            super().remove_edges_from(ebunch)
        finally:
            nx._clear_cache(self)

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
        return state | {"__networkx_cache__": None if self.__networkx_cache__ is None else {}}


if TYPE_CHECKING:

    class View(Mapping[Key, Object]):
        """What a type checker knows of ``net.nodes`` and ``net.edges``."""

        def __call__(self, *arguments: Any, **options: Any) -> Any: ...
        def data(self, *arguments: Any, **options: Any) -> Any: ...


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
_NOT_COPIED = ("_bound", "_draft", "_label_index", "__networkx_cache__")


def _in_full(nodes: Iterable[Any]) -> Iterator[Any]:
    """Yield nodes to add, their data with what a batch left, which no neuron lists."""
    for node in nodes:
        if type(node) is tuple and node and isinstance(node[-1], Neuron):
            yield *node[:-1], node[-1].everything()
        else:
            yield node
