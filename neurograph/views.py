"""What a network shows to NetworkX: its neurons as nodes, and on them what it states of itself."""

from collections.abc import Hashable, Iterable, Iterator, Mapping
from itertools import islice
from typing import TYPE_CHECKING, Any, TypeVar

import networkx as nx
from networkx.classes.reportviews import NodeDataView, NodeView, OutEdgeView

from neurograph.display import in_line, in_words
from neurograph.elements import Neuron
from neurograph.errors import InvalidValueError
from neurograph.terms import TERMS

__all__ = ["SETTINGS", "ConnectionView", "NeuronView", "adopt_settings", "with_everything"]

Key = TypeVar("Key")
Object = TypeVar("Object", covariant=True)

#: What is kept of a network in ``net.graph``, and as what output neurons tell it to a listing.
SETTINGS = {name: f"network_{name}" for name in ("loss", "reduction", *TERMS)}


#: How many keys a repr shows, in how many letters.
_SHOWN, _LETTERS = 8, 130

if TYPE_CHECKING:

    class View(Mapping[Key, Object]):
        """What a type checker knows of ``net.nodes`` and ``net.edges``."""

        def __call__(self, *arguments: Any, **options: Any) -> Any: ...
        def data(self, *arguments: Any, **options: Any) -> Any: ...


class NeuronView(NodeView):  # type: ignore[misc]  # networkx has no types
    """The neurons of a network, as NetworkX shows nodes."""

    __slots__ = ("_network",)

    def __init__(self, network: "nx.DiGraph[Hashable]") -> None:
        super().__init__(network)
        self._network = network

    def __repr__(self) -> str:
        return _shown(self, "neuron")

    def _ipython_key_completions_(self) -> list[Hashable]:
        return list(self)

    def __call__(self, data: Any = False, default: Any = None) -> Any:
        """Return the neurons, with or without their data, as NetworkX does."""
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


class ConnectionView(OutEdgeView):  # type: ignore[misc]  # networkx has no types
    """The connections of a network, as NetworkX shows edges."""

    __slots__ = ()

    def __repr__(self) -> str:
        return _shown(self, "connection")

    def _ipython_key_completions_(self) -> list[tuple[Hashable, Hashable]]:
        return list(self)


def _shown(view: "Mapping[Hashable, Any]", word: str) -> str:
    """Return how many there are, and the first of them."""
    keys = [in_words(key) for key in islice(view, _SHOWN)] + ["..."] * (len(view) > _SHOWN)
    number = f"{len(view):,} {word}{'s'[: len(view) != 1]}"
    return f"{type(view).__name__}({number}{': ' if keys else ''}{in_line(keys, _LETTERS)})"


class NeuronDataView(NodeDataView):  # type: ignore[misc]  # networkx has no types
    """The neurons of a network with all their data.

    While it is listed, a neuron without outgoing connections also carries what its network states
    of loss and reduction: GEXF and tables keep what nodes have and drop what graphs have.
    """

    __slots__ = ("_network",)

    def __init__(self, network: "nx.DiGraph[Hashable]") -> None:
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


def adopt_settings(network: "nx.DiGraph[Hashable]") -> None:
    """Take over what output neurons say of the network where its graph does not say it."""
    ends = [network._node[name] for name, after in network._succ.items() if not after]
    for key, item in SETTINGS.items():
        told = {text for neuron in ends if isinstance(text := neuron.get(item), str)}
        if not told:
            continue
        if network.graph.get(key) is None:
            if len(told) > 1:
                texts = " and ".join(sorted(map(repr, told)))
                raise InvalidValueError(
                    f"outputs say that the {key} is {texts}: set net.{key} to the one that is"
                )
            network.graph[key] = told.pop()
        for neuron in network._node.values():  # in a table, all have the column
            neuron.pop(item, None)


def with_everything(nodes: Iterable[Any]) -> Iterator[Any]:
    """Yield nodes to add, their data with what a batch left, which no neuron lists."""
    for node in nodes:
        if type(node) is tuple and node and isinstance(node[-1], Neuron):
            yield *node[:-1], node[-1].everything()
        else:
            yield node
