"""Looking at a network: finding its objects and reading and setting their numbers."""

from collections.abc import Hashable, Sequence
from typing import TYPE_CHECKING, Any

from neurograph.addresses import LOSS, parse_address
from neurograph.columns import NumberedLabels, Value
from neurograph.elements import Connection, Neuron, finite_number, is_hashable, name_loose
from neurograph.errors import (
    InvalidValueError,
    NotComputedError,
    UnknownNameError,
    did_you_mean,
)
from neurograph.labels import Labels, Place
from neurograph.network.graph import NeuronGraph

__all__ = ["Looking", "listed"]


class Looking(NeuronGraph):
    """The part of `Network` that finds objects and numbers."""

    if TYPE_CHECKING:

        def total_error(self, targets: Any = None) -> float:  # noqa: D102  # see `Running`
            ...

    def __init__(self, *args: Any, **attributes: Any) -> None:
        self._label_index = Labels()
        super().__init__(*args, **attributes)

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)
        self._label_index = Labels()

    @property
    def inputs(self) -> list[Hashable]:
        """Names of the input neurons, in the order of the graph.

        Raises
        ------
        StructureError
            If the graph is not a feed-forward network.

        Examples
        --------
        >>> import neurograph as ng
        >>> ng.Network.layered(2, 3, 1).inputs
        ['i1', 'i2']
        """
        structure = self._structure()
        return [structure.names[row] for row in structure.inputs]

    @property
    def outputs(self) -> list[Hashable]:
        """Names of the output neurons, in the order of the graph.

        Raises
        ------
        StructureError
            If the graph is not a feed-forward network.

        Examples
        --------
        >>> import neurograph as ng
        >>> ng.Network.layered(2, 3, 1).outputs
        ['o1']
        """
        structure = self._structure()
        return [structure.names[row] for row in structure.outputs]

    @property
    def levels(self) -> list[list[Hashable]]:
        """Names by level: the length of the longest path from an input.

        Level 0 holds exactly the inputs and bias neurons.

        Raises
        ------
        StructureError
            If the graph is not a feed-forward network.

        Examples
        --------
        >>> import neurograph as ng
        >>> ng.Network.layered(2, 3, 1).levels
        [['i1', 'i2'], ['h1', 'h2', 'h3'], ['o1']]
        """
        structure = self._structure()
        return [[structure.names[row] for row in level] for level in structure.levels]

    def neuron(self, name: Hashable) -> Neuron:
        """Return a neuron by its name or label.

        Parameters
        ----------
        name : hashable
            The node; or the label of one; or, for a node that is not text, its text.

        Returns
        -------
        Neuron

        Raises
        ------
        UnknownNameError
            If there is none, or the label belongs to several; the nearest is named.

        Examples
        --------
        >>> import neurograph as ng
        >>> ng.Network.layered(2, 3, 1, bias=0.1).neuron("h3")
        Neuron('h3', kind='hidden', activation='logistic', bias=0.1)
        """
        if not is_hashable(name):
            raise UnknownNameError(f"no neuron {name!r}")
        if name in self._node:
            neuron: Neuron = self._node[name]
            name_loose(neuron, name)
            return neuron
        found = [place for place in self._labelled(name) if len(place) == 1]
        if not found:
            raise UnknownNameError(f"no neuron {name!r}{did_you_mean(name, self._node)}")
        return self.neuron(_only(found, name)[0])

    def connection(self, name: Hashable | tuple[Hashable, Hashable]) -> Connection:
        """Return a connection by its label, its ends, or ``"pre->post"``.

        Parameters
        ----------
        name : str or tuple
            ``"w5"``, ``("h1", "o1")`` or ``"h1->o1"``.

        Returns
        -------
        Connection

        Raises
        ------
        UnknownNameError
            If there is none, or the label belongs to several; the nearest is named.

        Examples
        --------
        >>> import neurograph as ng
        >>> net = ng.Network.layered(1, 1, weights=0.5)
        >>> net.connection("w1") is net.connection("i1->o1") is net.connection(("i1", "o1"))
        True
        """
        if not is_hashable(name):
            raise UnknownNameError(f"no connection {name!r}")
        if isinstance(name, tuple) and len(name) == 2:
            pre, post = name
            if pre in self._node and post in self._succ[pre]:
                connection: Connection = self._succ[pre][post]
                name_loose(connection, (pre, post))
                return connection
        found: list[Place] = []
        if isinstance(name, str) and "->" in name:
            found = self._between_arrow(name)
        if not found:
            found = [place for place in self._labelled(name) if len(place) == 2]
        if not found:
            labels = [text for text, places in self._labels().items() if len(places[0]) == 2]
            raise UnknownNameError(f"no connection {name!r}{did_you_mean(name, labels)}")
        return self.connection(_only(found, name))

    def _between_arrow(self, text: str) -> list[Place]:
        """Return the connections that ``"pre->post"`` can mean, however often ``->`` occurs."""
        ends = text.split("->")
        by_text = {str(name): name for name in self._node}
        found: list[Place] = []
        for cut in range(1, len(ends)):
            pre = by_text.get("->".join(ends[:cut]).strip())
            post = by_text.get("->".join(ends[cut:]).strip())
            if pre in self._node and post in self._succ[pre]:
                found.append((pre, post))
        return found

    def incoming(self, name: Hashable) -> list[Connection]:
        """Return the connections that lead into a neuron.

        Parameters
        ----------
        name : hashable
            The neuron, as for `neuron`.

        Returns
        -------
        list of Connection

        Raises
        ------
        UnknownNameError
            If there is no such neuron; the nearest is named.

        Examples
        --------
        >>> import neurograph as ng
        >>> [connection.name for connection in ng.Network.layered(2, 2, 1).incoming("h2")]
        ['w3', 'w4']
        """
        post = self.neuron(name).name
        return [self.connection((pre, post)) for pre in self._pred[post]]

    def outgoing(self, name: Hashable) -> list[Connection]:
        """Return the connections that lead out of a neuron.

        Parameters
        ----------
        name : hashable
            The neuron, as for `neuron`.

        Returns
        -------
        list of Connection

        Raises
        ------
        UnknownNameError
            If there is no such neuron; the nearest is named.

        Examples
        --------
        >>> import neurograph as ng
        >>> [connection.name for connection in ng.Network.layered(2, 2, 1).outgoing("i2")]
        ['w2', 'w4']
        """
        pre = self.neuron(name).name
        return [self.connection((pre, post)) for post in self._succ[pre]]

    def value(self, address: str) -> Value:
        """Return the quantity an address names.

        Parameters
        ----------
        address : str
            Such as ``"h1.net"``, ``"w5.gradient"``, ``"i1->h1.weight"`` or ``"loss"``.

        Returns
        -------
        float or ndarray of shape (n_samples,)

        Raises
        ------
        UnknownNameError
            If the neuron, connection or quantity does not exist; the nearest is named.
        NotComputedError
            If no pass has computed it yet.

        Examples
        --------
        >>> import neurograph as ng
        >>> net = ng.Network.layered(1, 1, weights=0.5, activation="identity")
        >>> _ = net.forward([3.0])
        >>> net.value("o1.net"), net.value("w1.weight")
        (1.5, 0.5)
        """
        target, quantity = parsed = parse_address(address)
        if target is None:
            return self.total_error()
        element = self.connection(target) if parsed.of_connection else self.neuron(target)
        try:
            found: Value = element[quantity]
        except NotComputedError:
            raise
        except KeyError:
            raise NotComputedError(f"{element.called()} has no {quantity}") from None
        return found

    def set_value(self, address: str, value: float) -> None:
        """Set a weight or a bias by its address.

        Parameters
        ----------
        address : str
            Such as ``"w5.weight"`` or ``"h1.bias"``.
        value : float
            Finite.

        Raises
        ------
        UnknownNameError, UnknownAttributeError, InvalidValueError, InvalidTypeError
            If there is no such neuron or connection, the quantity is one that passes compute, or
            the value is not a finite number.

        Examples
        --------
        >>> import neurograph as ng
        >>> net = ng.Network.layered(1, 1, weights=0.5)
        >>> net.set_value("w1.weight", 0.7)
        >>> net.value("w1.weight")
        0.7
        """
        target, quantity = parsed = parse_address(address)
        if target is None:
            raise InvalidValueError(f"{LOSS!r} is computed by a pass; it cannot be set")
        element = self.connection(target) if parsed.of_connection else self.neuron(target)
        setattr(element, quantity, finite_number(value, address))

    def _labelled(self, label: Hashable) -> Sequence[Place]:
        """Return what a label belongs to."""
        storage = self._current()
        if storage is not None:
            numbered = storage.connections.get("label")
            if isinstance(numbered, NumberedLabels):
                slot = numbered.slot_of(label)
                if slot is not None:  # without looking through a million labels
                    return [storage.structure.ends(slot)]
        return self._labels().get(label, ())

    def _labels(self) -> dict[Hashable, list[Place]]:
        return self._label_index.places(self)


def _only(places: Sequence[Place], label: Hashable) -> Place:
    if len(places) > 1:
        raise UnknownNameError(f"{label!r} could be any of {listed(places)}: use the full name")
    return places[0]


def listed(places: Sequence[Place]) -> str:
    """Return places as words, for messages."""
    return ", ".join(
        f"neuron {place[0]!r}" if len(place) == 1 else f"connection {place[0]}->{place[1]}"
        for place in places
    )
