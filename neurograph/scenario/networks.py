"""The network of a scenario as frozen records, and the `Network` they describe."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any, Literal

from neurograph.errors import NeurographError, ScenarioError, did_you_mean
from neurograph.network import Network

__all__ = ["Biases", "ConnectionFacts", "NetworkFacts", "NeuronFacts"]

Biases = Literal["as_given", "trained", "fixed", "shared", "none"]


@dataclass(frozen=True, slots=True, kw_only=True)
class NeuronFacts:
    """One neuron of a scenario file; `None` leaves what `Network.add_neuron` chooses."""

    name: str
    activation: str | None = None
    bias: float | None = None
    label: str | None = None
    trainable: bool | None = None
    tie: str | None = None
    kind: str | None = None
    combine: str | None = None
    mask: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ConnectionFacts:
    """One connection of a scenario file; `None` leaves what `Network.connect` chooses."""

    pre: str
    post: str
    weight: float
    label: str | None = None
    trainable: bool | None = None
    tie: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class NetworkFacts:
    """The network of a scenario file, neuron by neuron and connection by connection.

    Parameters
    ----------
    neurons, connections : tuple
        All of them; those that the file gives by layers come first.
    loss, reduction : str
        As for `Network`.
    layer_sizes : tuple of int
        How many neurons each layer has that the file gives as a layer, inputs first.
    """

    neurons: tuple[NeuronFacts, ...]
    connections: tuple[ConnectionFacts, ...]
    loss: str = "half_squared_error"
    reduction: str = "mean"
    layer_sizes: tuple[int, ...] = ()

    def build(self) -> Network:
        """Build a network with these facts.

        Returns
        -------
        Network

        Raises
        ------
        ScenarioError
            If two facts contradict each other; the message names the place in the file.
        """
        net: Network = _placed("network", Network, loss=self.loss, reduction=self.reduction)
        for place, neuron in zip(self._places_of_neurons(), self.neurons, strict=False):
            _placed(place, net.add_neuron, **_stated(neuron))
        for place, connection in zip(self._places_of_connections(), self.connections, strict=False):
            for end in ("pre", "post"):
                name = getattr(connection, end)
                if name not in net:
                    near = did_you_mean(name, net)
                    raise ScenarioError(f"{place}.{end}: no neuron {name!r}{near}")
            _placed(place, net.connect, **_stated(connection))
        return net

    def with_biases(self, policy: Biases) -> "NetworkFacts":
        """Return the same network under another convention for its biases.

        The weights of connections from bias neurons are biases too.

        Parameters
        ----------
        policy : {"as_given", "trained", "fixed", "shared", "none"}
            Each bias a trained parameter of its own; none trained; one trained parameter for each
            level; or no biases at all.

        Returns
        -------
        NetworkFacts
        """
        if policy == "as_given":
            return self
        bias_neurons = {neuron.name for neuron in self.neurons if neuron.kind == "bias"}
        if policy == "none":
            return replace(
                self,
                neurons=tuple(
                    replace(neuron, bias=None, trainable=None, tie=None)
                    for neuron in self.neurons
                    if neuron.name not in bias_neurons
                ),
                connections=tuple(
                    each for each in self.connections if each.pre not in bias_neurons
                ),
            )
        level_of = self._levels() if policy == "shared" else {}

        def changed(facts: Any, neuron: str) -> Any:
            if policy == "fixed":
                return replace(facts, trainable=False)
            tie = f"bias of level {level_of[neuron]}" if policy == "shared" else None
            return replace(facts, trainable=None, tie=tie)

        return replace(
            self,
            neurons=tuple(
                neuron if neuron.bias is None else changed(neuron, neuron.name)
                for neuron in self.neurons
            ),
            connections=tuple(
                changed(each, each.post) if each.pre in bias_neurons else each
                for each in self.connections
            ),
        )

    def _levels(self) -> dict[str, int]:
        levels = self.build().levels
        return {str(name): number for number, names in enumerate(levels) for name in names}

    def _places_of_neurons(self) -> Iterator[str]:
        for number, size in enumerate(self.layer_sizes):
            yield from [f"network.layers[{number}]"] * size
        yield from (f"network.neurons[{index}]" for index in range(len(self.neurons)))

    def _places_of_connections(self) -> Iterator[str]:
        sizes = self.layer_sizes
        for number, (pre, post) in enumerate(pairwise(sizes), start=1):
            yield from [f"network.layers[{number}]"] * (pre * post)
        yield from (f"network.connections[{index}]" for index in range(len(self.connections)))


def _stated(facts: NeuronFacts | ConnectionFacts) -> dict[str, Any]:
    """Return the fields that the file states, as keyword arguments."""
    names = facts.__slots__
    return {name: value for name in names if (value := getattr(facts, name)) is not None}


def _placed(place: str, function: Any, **arguments: Any) -> Any:
    """Call `function`; an error of its own then says which place of the file caused it."""
    try:
        return function(**arguments)
    except NeurographError as error:
        raise ScenarioError(f"{place}: {error}") from error
