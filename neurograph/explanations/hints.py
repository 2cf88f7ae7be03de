"""Hints: what somebody who wrote an address that does not exist is likely to have meant."""

import re
from collections.abc import Hashable, Sequence
from itertools import islice

from neurograph.errors import UnknownNameError
from neurograph.network import Network
from neurograph.quantities import CONNECTION_QUANTITIES, NEURON_QUANTITIES

__all__ = ["biases_called", "with_hint"]

#: So many names are listed where none is near.
_MOST = 8
#: Of so many neurons and connections the names are looked at.
_LOOKED_AT = 5000

#: How pages write a quantity of a neuron, before its name.
_SYMBOLS = {
    "net": "net", "out": "out", "target": "target", "E": "loss", "δ": "delta", "delta": "delta",
    "b": "bias",
}  # fmt: skip
#: What a quantity of a connection is for a bias.
_OF_BIAS = {
    "gradient": "bias_gradient", "weight": "bias", "new_weight": "new_bias",
    "bias_gradient": "bias_gradient", "bias": "bias", "new_bias": "new_bias",
}  # fmt: skip


def with_hint(network: Network, address: str, error: UnknownNameError) -> UnknownNameError:
    """Return an error about an address that also says what was likely meant.

    Parameters
    ----------
    network : Network
    address : str
    error : UnknownNameError
        What was said about it so far; a nearest name in it gives way to a better one.

    Returns
    -------
    UnknownNameError
    """
    said = str(error)
    hint = _hint(network, address)
    if hint:
        return UnknownNameError(f"{said.partition('; did you mean')[0]}; {hint}")
    if said.startswith("no neuron") and "; " not in said:
        return UnknownNameError(f"{said}; {_listed(list(network.nodes), 'the neurons are')}")
    if said.startswith("no connection") and "; " not in said:
        labels = [str(network.connection(ends).name) for ends in islice(network.edges, _LOOKED_AT)]
        labels.sort(key=lambda label: (len(label), label))
        return UnknownNameError(f"{said}; {_listed(labels, 'the connections are')}")
    return error


def biases_called(network: Network, name: str) -> list[Hashable]:
    """Return the neurons whose bias a tie of that name is."""
    return [
        neuron
        for neuron, data in islice(network.nodes(data=True), _LOOKED_AT)
        if data.get("tie") == name and data.get("bias") is not None
    ]


def _hint(network: Network, address: str) -> str:
    if address in ("E", "E_total", "total_error", "error", "cost"):
        return "did you mean 'loss', the total error?"
    target, _, quantity = address.rpartition(".")
    name = target or quantity
    sharing = biases_called(network, name)
    if sharing:
        of = " and ".join(map(str, sharing)) if len(sharing) < 3 else f"{len(sharing)} neurons"
        wanted = _OF_BIAS.get(quantity if target else "bias_gradient", "bias")
        return f"{name!r} is the bias of {of}: did you mean '{sharing[0]}.{wanted}'?"
    if _is_neuron(network, name):
        if not target:
            return f"neuron {name!r} has several numbers: such as '{name}.out' or '{name}.delta'"
        if quantity in _OF_BIAS:
            return f"{name!r} is a neuron: did you mean '{name}.{_OF_BIAS[quantity]}'?"
        if quantity in CONNECTION_QUANTITIES:
            return f"{name!r} is a neuron, and {quantity} is of a connection"
    elif _is_connection(network, name):
        if not target:
            return (
                f"connection {name!r} has several numbers: such as '{name}.weight' or"
                f" '{name}.gradient'"
            )
        if quantity in NEURON_QUANTITIES:
            has = ", ".join(CONNECTION_QUANTITIES)
            return f"{name!r} is a connection, which has {has}"
    symbol = re.fullmatch(r"(net|out|target|E|δ|delta|b)_(.+)", address)
    if symbol and _is_neuron(network, symbol[2]):
        return f"did you mean '{symbol[2]}.{_SYMBOLS[symbol[1]]}'?"
    by = re.fullmatch(r"[∂d]E(?:_\w+)?/[∂d](.+)", address)
    if by and _is_connection(network, by[1]):
        return f"did you mean '{by[1]}.gradient'?"
    return ""


def _is_neuron(network: Network, name: str) -> bool:
    try:
        network.neuron(name)
    except UnknownNameError:
        return False
    return True


def _is_connection(network: Network, name: str) -> bool:
    try:
        network.connection(name)
    except UnknownNameError:
        return False
    return True


def _listed(names: Sequence[Hashable], words: str) -> str:
    shown = ", ".join(map(str, names[:_MOST]))
    more = f" and {len(names) - _MOST:,} more" if len(names) > _MOST else ""
    return f"{words} {shown}{more}"
