"""Finding neurons and connections by what they are called, beside their names as nodes."""

from collections.abc import Hashable
from typing import TYPE_CHECKING

from neurograph.columns import LabelWrites
from neurograph.elements import Connection, Neuron, watch_label

if TYPE_CHECKING:
    from neurograph.network.graph import NeuronGraph

__all__ = ["Labels", "Place"]

#: ``(name,)`` of a neuron or ``(pre, post)`` of a connection.
Place = tuple[Hashable, ...]

_TOKEN = "neurograph.labels"


class Labels:
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

    def places(self, network: "NeuronGraph") -> dict[Hashable, list[Place]]:
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

    def is_current(self, network: "NeuronGraph") -> bool:
        """Whether nothing was added, removed or labelled since the labels were last looked up."""
        return self._version == _version(network)

    def add_neuron(self, network: "NeuronGraph", name: Hashable, neuron: Neuron) -> None:
        """Take in the one neuron added to a network whose labels were current until then."""
        self._note_neuron(name, neuron.label)
        watch_label(neuron, self.writes)
        self._version = _version(network)

    def add_connection(self, network: "NeuronGraph", ends: Place, connection: Connection) -> None:
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


def _owner(network: "NeuronGraph") -> "NeuronGraph":
    """Return the network that owns the objects: of a view, the one that it shows."""
    while (shown := getattr(network, "_graph", None)) is not None:
        network = shown
    return network


def _version(network: "NeuronGraph") -> tuple[object, ...]:
    """Return what differs after every change of a network's graph or of its labels."""
    owner = _owner(network)
    # NetworkX empties this cache in every method that changes a graph, and may do without one.
    cache = owner.__networkx_cache__
    mark = object() if cache is None else cache.setdefault(_TOKEN, object())
    return mark, len(owner._node), owner._label_index.writes.count
