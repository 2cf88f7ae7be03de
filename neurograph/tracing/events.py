"""The events of a trace, and how two of them compare."""

from collections.abc import Hashable
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from neurograph.columns import Value
from neurograph.quantities import CONNECTION_QUANTITIES, NEURON_QUANTITIES

__all__ = ["Difference", "TraceEvent", "same_value"]

#: What travels along connections; the values that neurons make of it are compared without it.
MESSAGES = ("message", "error_message")


@dataclass(frozen=True, slots=True)
class TraceEvent:
    """One value that a pass computes, or one parameter that an update changes.

    Parameters
    ----------
    number : int
        Its place in the trace, from 1.
    phase : str
        ``"forward"``, ``"backward"`` or ``"update"``.
    name : str
        Of the neuron or connection whose value it is, as addresses write it.
    quantity : str
        Which value, such as ``"net"`` or ``"gradient"``.
    value : float or ndarray of shape (n_samples,)
    neurons : tuple
        The neuron itself, or the two that the connection joins.

    Examples
    --------
    >>> import neurograph as ng
    >>> net = ng.Network.layered(1, 1, weights=0.5, activation="identity")
    >>> event = ng.trace(net, [3.0])[1]
    >>> event.address, event.value, event.neurons
    ('w1.message', 1.5, ('i1', 'o1'))
    """

    number: int
    phase: str
    name: str
    quantity: str
    value: Value
    neurons: tuple[Hashable, ...]

    @property
    def address(self) -> str:
        """The address of the value, such as ``"h1.net"``."""
        return f"{self.name}.{self.quantity}"

    @property
    def meaning(self) -> str:
        """What the quantity is, in one line."""
        if self.phase == "update":
            return "w+ = w - learning_rate * dE/dw"
        return (NEURON_QUANTITIES | CONNECTION_QUANTITIES)[self.quantity]

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, TraceEvent):
            return NotImplemented
        return self._key() == other._key() and same_value(self.value, other.value)

    def __hash__(self) -> int:
        return hash(self._key())

    def _key(self) -> tuple[Any, ...]:
        return (self.number, self.phase, self.name, self.quantity, self.neurons)


class Difference(NamedTuple):
    """Where two traces part: the same quantity with two values, or one that only one of them has.

    Attributes
    ----------
    ours, theirs : TraceEvent or None
        `None` for the trace that does not have it.
    parts : tuple of (TraceEvent, TraceEvent)
        Messages that arrive at the same neuron and differ already.

    Examples
    --------
    >>> import neurograph as ng
    >>> scenario = ng.load_scenario("mazur_2015")
    >>> given = scenario.network(), scenario.inputs, scenario.targets, 0.5
    >>> in_place = ng.trace(*given, order="in_place")
    >>> print(ng.trace(*given).first_difference(in_place))
    h1.out_gradient: 0.0363503064 against 0.0302297395; w5.error_message 0.0553994247 against
    0.0497094162, w7.error_message -0.0190491183 against -0.0194796767
    """

    ours: TraceEvent | None
    theirs: TraceEvent | None
    parts: tuple[tuple[TraceEvent, TraceEvent], ...] = ()

    @property
    def address(self) -> str:
        """The address of the quantity."""
        return self._event.address

    @property
    def _event(self) -> TraceEvent:
        event = self.ours or self.theirs
        assert event is not None  # one of the two exists
        return event

    def __str__(self) -> str:
        if self.ours is None or self.theirs is None:
            which = "first" if self.theirs is None else "second"
            return f"{self.address}: only in the {which} trace"
        said = [f"{self.address}: {shown(self.ours.value)} against {shown(self.theirs.value)}"]
        said += [
            f"{ours.address} {shown(ours.value)} against {shown(theirs.value)}"
            for ours, theirs in self.parts
        ]
        return said[0] + ("; " + ", ".join(said[1:]) if self.parts else "")


def shown(value: Value) -> str:
    """Return a value as text: nine significant digits, or the first of many."""
    if isinstance(value, np.ndarray):
        first = ", ".join(f"{number:.9g}" for number in value[:4])
        return f"[{first}]" if len(value) <= 4 else f"[{first}, ... {len(value)} samples]"
    return f"{value:.9g}"


def same_value(one: Value, other: Value, rtol: float = 0.0) -> bool:
    """Whether two values are equal, up to a relative tolerance; nan is equal to nan."""
    if np.shape(one) != np.shape(other):
        return False
    return bool(np.allclose(one, other, rtol=rtol, atol=0.0, equal_nan=True))
