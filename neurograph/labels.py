"""Finding neurons and connections by what they are called, beside their names as nodes."""

from collections.abc import Hashable
from typing import TYPE_CHECKING

from neurograph.elements import label_writes

if TYPE_CHECKING:
    from neurograph.network.graph import NeuronGraph

__all__ = ["Labels", "Place"]

#: ``(name,)`` of a neuron or ``(pre, post)`` of a connection.
Place = tuple[Hashable, ...]

_TOKEN = "neurograph.labels"


class Labels:
    """The labels of one network, found again whenever they may have changed."""

    def __init__(self) -> None:
        self._places: dict[Hashable, list[Place]] = {}

    def places(self, network: "NeuronGraph") -> dict[Hashable, list[Place]]:
        """Return what every label belongs to; a node that is not text is labelled by its text."""
        if not self.is_current(network):
            self._places = {}
            for name, neuron in network._node.items():
                self._note((name,), None if isinstance(name, str) else str(name))
                self._note((name,), neuron.label)
            for pre, connections in network._succ.items():
                for post, connection in connections.items():
                    self._note((pre, post), connection.label)
            self._mark(network)
        return self._places

    def is_current(self, network: "NeuronGraph") -> bool:
        """Whether nothing was added, removed or labelled since the labels were last looked up."""
        return bool(network._noted(_TOKEN) == (label_writes(), len(network._node)))

    def add(self, network: "NeuronGraph", place: Place, label: str | None) -> None:
        """Take in the one object added to a network whose labels were current until then."""
        if len(place) == 1 and not isinstance(place[0], str):
            self._note(place, str(place[0]))
        self._note(place, label)
        self._mark(network)

    def _note(self, place: Place, label: object) -> None:
        if isinstance(label, str):  # an item may be anything
            self._places.setdefault(label, []).append(place)

    def _mark(self, network: "NeuronGraph") -> None:
        network._note(_TOKEN, (label_writes(), len(network._node)))
