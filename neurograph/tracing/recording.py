"""Making a trace: a round worked out beside the network, event by event."""

from typing import Any

from neurograph.network import Network
from neurograph.tracing.sequence import Trace
from neurograph.tracing.walking import Walk

__all__ = ["trace"]


def trace(
    net: Network,
    inputs: Any,
    targets: Any = None,
    learning_rate: float | None = None,
    order: str = "simultaneous",
    *,
    digits: int | None = None,
) -> Trace:
    """Work out a round of passes, one message or one value after the other.

    The network is left as it is until one walks along the trace with `Trace.step`: then its
    objects carry exactly what is known after that event, and `Trace.back` takes it away again.

    Parameters
    ----------
    net : Network
    inputs : mapping or array-like
        As for `Network.forward`: one sample, or a batch.
    targets : mapping or array-like, optional
        As for `Network.backward`; without targets only the forward pass is traced.
    learning_rate : float, optional
        Without it no parameter is updated.
    order : {"simultaneous", "in_place"}
        As for `Network.step`.
    digits : int, optional
        Round as in `Network.forward` and `Network.backward`.

    Returns
    -------
    Trace
        At its start: `position` is 0.

    Raises
    ------
    StructureError, InvalidValueError, InvalidTypeError, UnknownNameError
        As for `Network.messages`.

    Examples
    --------
    >>> import neurograph as ng
    >>> net = ng.Network.layered(1, 1, weights=0.5, activation="identity")
    >>> steps = ng.trace(net, [3.0], [1.0], learning_rate=0.1)
    >>> len(steps)
    13
    >>> steps.go_to("o1.net").value, net.nodes["o1"].net
    (1.5, 1.5)
    >>> _ = steps.go_to(0)
    >>> "net" in net.nodes["o1"]
    False
    """
    walk = Walk.of(net, inputs, targets, learning_rate, order, digits)
    return Trace(
        walk.events,
        walk=walk,
        learning_rate=None if learning_rate is None else float(learning_rate),
        order=order,
        digits=digits,
    )
