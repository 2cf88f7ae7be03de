"""What is written in a picture of a network: at each neuron and at each connection."""

import math
from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from neurograph.addresses import CONNECTION_QUANTITIES, NEURON_QUANTITIES
from neurograph.drawing.style import number
from neurograph.elements import Connection, Neuron
from neurograph.errors import (
    InvalidTypeError,
    InvalidValueError,
    NotComputedError,
    UnknownNameError,
    did_you_mean,
)
from neurograph.network import Network

__all__ = ["LABELS", "SYMBOLS", "Reader", "connection_of", "largest_of", "magnitude"]

LABELS = ("values", "symbols", "both")

#: How each quantity is written.
SYMBOLS = {
    "bias": "b",
    "net": "net",
    "out": "out",
    "slope": "f′",
    "target": "target",
    "loss": "E",
    "out_gradient": "∂E/∂out",
    "delta": "δ",
    "bias_gradient": "∂E/∂b",
    "error": "e",
    "weight": "w",
    "message": "w·out",
    "error_message": "w·δ",
    "gradient": "∂E/∂w",
    "share": "share",
}

_COMPUTED_FORWARD = ("net", "out", "message")


@dataclass(frozen=True)
class Reader:
    """Reads the fields that a picture shows, and writes them as text.

    Attributes
    ----------
    net : Network
    of_neurons, of_connections : tuple of str
        Quantities.
    labels : {"values", "symbols", "both"}
    digits : int
        Significant digits.
    sample : int or None
        Which sample's value is shown of a batch, from 1.
    """

    net: Network
    of_neurons: tuple[str, ...]
    of_connections: tuple[str, ...]
    labels: str
    digits: int
    sample: int | None

    @classmethod
    def of(
        cls, net: Network, show: str | Iterable[str], labels: str, digits: int, sample: int | None
    ) -> "Reader":
        """Check what is asked for; return a reader of it."""
        if not isinstance(net, Network):
            raise InvalidTypeError(
                f"net must be a neurograph.Network, not {type(net).__name__}"
                f" (neurograph.Network(graph) makes one of a networkx graph)"
            )
        if labels not in LABELS:
            raise InvalidValueError(
                f"labels must be one of {', '.join(map(repr, LABELS))}, not {labels!r}"
                + did_you_mean(labels, LABELS)
            )
        if isinstance(digits, bool) or not isinstance(digits, int | np.integer):
            raise InvalidTypeError(f"digits must be a whole number, not {digits!r}")
        if not 1 <= digits <= 17:
            raise InvalidValueError(f"digits must be from 1 to 17, not {digits}")
        if sample is not None and (
            isinstance(sample, bool) or not isinstance(sample, int | np.integer)
        ):
            raise InvalidTypeError(f"sample must be a whole number, not {sample!r}")
        fields = _checked_fields(show)
        # Every net has its bias in it: a picture without the biases cannot be recomputed by hand.
        of_neurons = dict.fromkeys(["bias", *(f for f in fields if f in NEURON_QUANTITIES)])
        of_connections = dict.fromkeys(f for f in fields if f in CONNECTION_QUANTITIES)
        return cls(net, tuple(of_neurons), tuple(of_connections), labels, int(digits), sample)

    def check_known(self, neurons: Sequence[Hashable]) -> None:
        """Raise an error if a field is not known of any neuron or connection."""
        for field in self.of_neurons:
            if field != "bias" and not any(field in self.net.nodes[name] for name in neurons):
                raise NotComputedError(_unknown(field, "neuron"))
        for field in self.of_connections:
            edges = self.net.edges(data=True)
            if edges and not any(field in data for _, _, data in edges):
                raise NotComputedError(_unknown(field, "connection"))

    def value(self, element: Neuron | Connection, field: str) -> float | None:
        """Return a value of one sample, or `None` where there is none."""
        found = element.get(field)
        return None if found is None else self.number(found, field)

    def number(self, value: Any, field: str) -> float:
        """Return a value as one number: of a batch, that of the chosen sample."""
        return float(value) if np.ndim(value) == 0 else self._of_sample(value, field)

    def _of_sample(self, values: Any, field: str) -> float:
        n = len(values)
        if self.sample is None:
            raise InvalidValueError(
                f"{field} has a value for each of {n} samples: choose one, such as sample=1"
            )
        if not 1 <= self.sample <= n:
            raise InvalidValueError(
                f"there is no sample {self.sample}: the last pass had {n} samples, 1 to {n}"
            )
        return float(values[self.sample - 1])

    def which_sample(self, neurons: Sequence[Hashable]) -> str:
        """Return whose values are shown, where each sample has its own; else nothing."""
        for name in neurons:
            for field in self.of_neurons:
                value: Any = self.net.nodes[name].get(field)
                if np.ndim(value) and self.sample is not None:
                    n = len(value)
                    return f"sample {self.sample:,} of {n:,}"
        return ""

    def of_neuron(self, name: Hashable) -> dict[str, str]:
        """Return what is written at a neuron, by field."""
        neuron = self.net.nodes[name]
        texts = {}
        for field in self.of_neurons:
            value = self.value(neuron, field)
            if value is None:
                continue
            symbol = SYMBOLS[field]
            if field == "bias" and self.labels != "values" and neuron.tie:
                symbol = neuron.tie
            texts[field] = symbol if self.labels == "symbols" else self.written(symbol, value)
        return texts

    def of_connection(self, pre: Hashable, post: Hashable) -> dict[str, str]:
        """Return what is written at a connection, by field."""
        connection = self.net.edges[pre, post]
        texts = {}
        for field in self.of_connections:
            value = self.value(connection, field)
            if value is not None:
                texts[field] = self.on_connection(connection, pre, post, field, value)
        return texts

    def on_connection(
        self, connection: Connection, pre: Hashable, post: Hashable, field: str, value: float
    ) -> str:
        """Return how one quantity of a connection is written."""
        called = connection_of(connection, pre, post)
        symbol = called if field == "weight" else SYMBOLS[field]
        if self.labels == "symbols":
            return symbol
        if self.labels == "values" and field == "weight":
            return number(value, self.digits)
        return self.written(symbol, value)

    def written(self, symbol: str, value: float) -> str:
        """Return ``symbol=value``."""
        return f"{symbol}={number(value, self.digits)}"


def connection_of(connection: Connection, pre: Hashable, post: Hashable) -> str:
    """Return what a connection is called in a picture."""
    return connection.label or f"{pre}→{post}"


def magnitude(value: float | None) -> float:
    """Return how strong a value is drawn: nan and nothing as 0, what is infinite as such."""
    return 0.0 if value is None or math.isnan(value) else abs(value)


def largest_of(values: Iterable[float | None]) -> float:
    """Return the largest finite size among some values; 0 where there is none."""
    return max((size for size in map(magnitude, values) if math.isfinite(size)), default=0.0)


def _checked_fields(show: object) -> list[str]:
    fields = [show] if isinstance(show, str) else show
    if not isinstance(fields, Iterable):
        raise InvalidTypeError(f"show must be a list of fields such as 'out', not {show!r}")
    known = [*NEURON_QUANTITIES, *CONNECTION_QUANTITIES]
    checked = []
    for name in fields:
        if name not in known:
            raise UnknownNameError(
                f"no field {name!r} to show"
                + (did_you_mean(name, known) or f"; the fields are {', '.join(known)}")
            )
        checked.append(str(name))
    return checked


def _unknown(field: str, kind: str) -> str:
    if field == "weight":
        return f"no {kind} has a weight yet: set them first"
    call = "net.forward(inputs)" if field in _COMPUTED_FORWARD else "net.backward(targets)"
    return f"no {kind} has a value of {field} yet: call {call} first"
