"""What is written in a diagram: at each neuron and at each connection."""

import math
from collections.abc import Hashable, Iterable, Sequence
from typing import Any

import numpy as np

from neurograph.checks import one_of, whole_number
from neurograph.drawing.style import number, phrase, quantity_words, whole
from neurograph.elements import Connection, Neuron
from neurograph.errors import (
    InvalidTypeError,
    InvalidValueError,
    NotComputedError,
    UnknownNameError,
    did_you_mean,
)
from neurograph.network import Network
from neurograph.quantities import BY_ADDRESS, CONNECTION_QUANTITIES, NEURON_QUANTITIES
from neurograph.records import record

__all__ = [
    "Inscriptions",
    "checked_fields",
    "largest_of",
    "magnitude",
    "meaning_of",
    "name_of",
    "unknown_words",
]

LABELS = ("auto", "values", "symbols", "both")

# So many significant ones tell every float from every other.
MOST_DIGITS = 17

# What a pass computes from parameters.
_OF_A_PASS = ("forward", "backward", "attribution", "curvature")

# Quantities that are written in another way than by their names.
_SYMBOLS = {
    "bias": "b",
    "slope": "f′",
    "loss": "E",
    "out_gradient": "∂E/∂out",
    "delta": "δ",
    "bias_gradient": "∂E/∂b",
    "error": "e",
    "message": "w·out",
    "error_message": "w·δ",
    "gradient": "∂E/∂w",
}


@record
class Inscriptions:
    """Reads the quantities that a diagram shows, and writes them as text.

    Attributes
    ----------
    net : Network
    of_neurons, of_connections : tuple of str
        Quantities.
    labels : {"auto", "values", "symbols", "both"}
        ``"auto"`` names the weights that have a label.
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
        cls,
        net: Network,
        show: str | Iterable[str],
        labels: str = "values",
        digits: int = 3,
        sample: int | None = None,
    ) -> "Inscriptions":
        """Check what is asked for; return what writes it."""
        if not isinstance(net, Network):
            raise InvalidTypeError(
                f"net must be a neurograph.Network, not {type(net).__name__}"
                f" (neurograph.Network(graph) makes one of a networkx graph)"
            )
        one_of(labels, LABELS, "labels")
        if not 1 <= whole_number(digits, "digits", -math.inf) <= MOST_DIGITS:
            raise InvalidValueError(f"digits must be from 1 to {MOST_DIGITS}, not {digits}")
        if sample is not None:
            whole_number(sample, "sample", -math.inf)
        shown = checked_fields(show)
        # Every net has its bias in it: a picture without the biases cannot be recomputed by hand.
        of_neurons = dict.fromkeys(["bias", *(f for f in shown if f in NEURON_QUANTITIES)])
        of_connections = dict.fromkeys(f for f in shown if f in CONNECTION_QUANTITIES)
        return cls(net, tuple(of_neurons), tuple(of_connections), labels, int(digits), sample)

    def check_known(self, strength: str) -> None:
        """Raise an error if a quantity is not known of any neuron or connection."""
        neurons = [self.net.nodes[name] for name in self.net]
        connections = [connection for _, _, connection in self.net.edges(data=True)]
        for quantity in self.of_neurons:
            if quantity != "bias" and not any(quantity in neuron for neuron in neurons):
                raise NotComputedError(unknown_words(quantity, [*neurons, *connections]))
        for quantity in {*self.of_connections, strength}:
            if connections and not any(quantity in connection for connection in connections):
                raise NotComputedError(unknown_words(quantity, [*neurons, *connections]))

    def value(self, element: Neuron | Connection, quantity: str) -> float | None:
        """Return a value of one sample, or `None` where there is none."""
        value = element.get(quantity)
        return None if value is None else self.number(value, quantity)

    def number(self, value: Any, quantity: str) -> float:
        """Return a value as one number: of a batch, that of the chosen sample."""
        if np.ndim(value) == 0:
            return float(value)
        n = len(value)
        if self.sample is None:
            raise InvalidValueError(
                f"{quantity} has a value for each of {n} samples: choose one, such as sample=1"
            )
        if not 1 <= self.sample <= n:
            raise InvalidValueError(
                f"there is no sample {self.sample}: the last pass had {n} samples, 1 to {n}"
            )
        return float(value[self.sample - 1])

    def which_sample(self, neurons: Sequence[Hashable]) -> str:
        """Return whose values are shown, where each sample has its own; else nothing."""
        values = (self.net.nodes[name].get(of) for name in neurons for of in self.of_neurons)
        n = next((len(value) for value in values if np.ndim(value)), 0)
        if not n or self.sample is None:
            return ""
        return phrase("sample", sample=whole(self.sample), n=whole(n))

    def of_two_moments(self) -> str:
        """Return which values are older, where parameters have changed since; else nothing."""
        storage = self.net.storage
        if not storage.outdated or storage.computed is None:
            return ""
        shown = [*self.of_neurons, *self.of_connections]
        older = [of for of in shown if BY_ADDRESS[of].phase in _OF_A_PASS]
        symbols = ", ".join(_SYMBOLS.get(of, of) for of in older)
        return phrase("two moments", older=symbols) if older else ""

    def of_neuron(self, name: Hashable) -> dict[str, str]:
        """Return what is written at a neuron, by quantity: its combine rule too, if not a sum."""
        neuron = self.net.nodes[name]
        texts = {} if neuron.combine == "sum" else {"combine": neuron.combine}
        if neuron.mask is not None:
            is_symbol = self.labels == "symbols"
            texts["mask"] = "mask" if is_symbol else self.written("mask", neuron.mask)
        for quantity in self.of_neurons:
            value = self.value(neuron, quantity)
            if value is None:
                continue
            symbol = _SYMBOLS.get(quantity, quantity)
            if quantity == "bias" and self.labels in ("symbols", "both") and neuron.tie:
                symbol = neuron.tie
            texts[quantity] = symbol if self.labels == "symbols" else self.written(symbol, value)
        return texts

    def of_connection(self, pre: Hashable, post: Hashable) -> dict[str, str]:
        """Return what is written at a connection, by quantity."""
        connection = self.net.edges[pre, post]
        texts = {}
        for quantity in self.of_connections:
            value = self.value(connection, quantity)
            if value is None:
                continue
            is_weight = quantity == "weight"
            symbol = name_of(connection) if is_weight else _SYMBOLS.get(quantity, quantity)
            if self.labels == "symbols":
                texts[quantity] = symbol
            elif is_weight and (
                self.labels == "values" or (self.labels == "auto" and not connection.label)
            ):
                texts[quantity] = number(value, self.digits)
            else:
                texts[quantity] = self.written(symbol, value)
        return texts

    def written(self, symbol: str, value: float) -> str:
        """Return ``symbol=value``."""
        return f"{symbol}={number(value, self.digits)}"


def name_of(connection: Connection) -> str:
    """Return what a connection is called in a diagram."""
    return connection.label or f"{connection.pre}→{connection.post}"


def meaning_of(quantity: str) -> str:
    """Return what a quantity of connections is called in a sentence, with its symbol.

    Examples
    --------
    >>> meaning_of("weight"), meaning_of("error_message"), meaning_of("share")
    ('weight', 'error message w·δ', 'share')
    """
    symbol = _SYMBOLS.get(quantity, "")
    return quantity_words(quantity) + (f" {symbol}" if symbol else "")


def magnitude(value: float | None) -> float:
    """Return how strong a value is drawn: nan and nothing as 0, what is infinite as such."""
    return 0.0 if value is None or math.isnan(value) else abs(value)


def largest_of(values: Iterable[float | None]) -> float:
    """Return the largest finite size among some values; 0 where there is none."""
    return max((size for size in map(magnitude, values) if math.isfinite(size)), default=0.0)


def checked_fields(show: object) -> list[str]:
    """Return the fields that are to be shown, or say which is none."""
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


def unknown_words(quantity: str, elements: Sequence[Neuron | Connection]) -> str:
    """Return that none of some elements has a value of a quantity, and what to call."""
    kind = "connection" if quantity in CONNECTION_QUANTITIES else "neuron"
    if quantity == "weight":
        return f"no {kind} has a weight yet: set them first"
    row = BY_ADDRESS[quantity]
    call, of_pass = row.call, {name for name, of in BY_ADDRESS.items() if of.phase == row.phase}
    if row.only and any(not of_pass.isdisjoint(element.everything()) for element in elements):
        return f"no {kind} has a value of {quantity}: only {row.only} has one, and there is none"
    return f"no {kind} has a value of {quantity} yet: call {call} first"
