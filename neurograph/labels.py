"""Finding neurons and connections by what they are called, beside their names as nodes."""

from collections.abc import Hashable, Sequence

import networkx as nx

from neurograph.columns import LabelWrites
from neurograph.display import Brief
from neurograph.elements import Connection, Neuron, watch_label
from neurograph.errors import UnknownNameError

__all__ = ["Labels", "Place", "between_arrow", "listed", "only_place"]

#: ``(name,)`` of a neuron or ``(pre, post)`` of a connection.
Place = tuple[Hashable, ...]

_TOKEN = "neurograph.labels"


class Labels(Brief):
    """The labels of one network, found again whenever they may have changed.

    Attributes
    ----------
    writes : LabelWrites
        Counts the labels written on the objects of this network since they were looked up.
    """

    def __init__(self) -> None:
        self.writes = LabelWrites()
        self._places: dict[Hashable, list[Place]] = {}
        self._version: tuple[object, ...] = ()

    def places(self, network: "nx.DiGraph[Hashable]") -> dict[Hashable, list[Place]]:
        """Return what every label belongs to; a node that is not text is labelled by its text."""
        if not self.is_current(network):
            self._places = {}
            writes = _owner(network)._label_index.writes
            for name, neuron in network._node.items():
                self._note_neuron(name, neuron.label)
                watch_label(neuron, writes)
            for pre, connections in network._succ.items():
                for post, connection in connections.items():
                    self._note((pre, post), connection.label)
                    watch_label(connection, writes)
            self._version = _version(network)
        return self._places

    def is_current(self, network: "nx.DiGraph[Hashable]") -> bool:
        """Whether nothing was added, removed or labelled since the labels were last looked up."""
        return self._version == _version(network)

    def add_neuron(self, network: "nx.DiGraph[Hashable]", name: Hashable, neuron: Neuron) -> None:
        """Take in the one neuron added to a network whose labels were current until then."""
        self._note_neuron(name, neuron.label)
        watch_label(neuron, self.writes)
        self._version = _version(network)

    def add_connection(
        self, network: "nx.DiGraph[Hashable]", ends: Place, connection: Connection
    ) -> None:
        """Take in the one connection added to a network whose labels were current until then."""
        self._note(ends, connection.label)
        watch_label(connection, self.writes)
        self._version = _version(network)

    def _note_neuron(self, name: Hashable, label: object) -> None:
        if not isinstance(name, str):
            self._note((name,), str(name))
        self._note((name,), label)

    def _note(self, place: Place, label: object) -> None:
        if isinstance(label, str):  # an item may be anything
            self._places.setdefault(label, []).append(place)


def _owner(network: "nx.DiGraph[Hashable]") -> "nx.DiGraph[Hashable]":
    """Return the network that owns the objects: of a view, the one that it shows."""
    while (shown := getattr(network, "_graph", None)) is not None:
        network = shown
    return network


def _version(network: "nx.DiGraph[Hashable]") -> tuple[object, ...]:
    """Return what differs after every change of a network's graph or of its labels."""
    owner = _owner(network)
    # NetworkX empties this cache in every method that changes a graph, and may do without one.
    cache = owner.__networkx_cache__
    mark = object() if cache is None else cache.setdefault(_TOKEN, object())
    return mark, len(owner._node), owner._label_index.writes.count


def between_arrow(network: "nx.DiGraph[Hashable]", text: str) -> list[Place]:
    """Return the connections that ``"pre->post"`` can mean, however often ``->`` occurs."""
    ends = text.split("->")
    by_text = {str(name): name for name in network._node}
    places: list[Place] = []
    for cut in range(1, len(ends)):
        pre = by_text.get("->".join(ends[:cut]).strip())
        post = by_text.get("->".join(ends[cut:]).strip())
        if pre in network._node and post in network._succ[pre]:
            places.append((pre, post))
    return places


def only_place(places: Sequence[Place], label: Hashable) -> Place:
    """Return the one place that a label belongs to, or say that there are several."""
    if len(places) > 1:
        raise UnknownNameError(f"{label!r} could be any of {listed(places)}: use the full name")
    return places[0]


def listed(places: Sequence[Place]) -> str:
    """Return places as words, for messages."""
    return ", ".join(
        f"neuron {place[0]!r}" if len(place) == 1 else f"connection {place[0]}->{place[1]}"
        for place in places
    )
