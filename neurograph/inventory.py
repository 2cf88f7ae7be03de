"""What a network holds, listed: in one line, by address, and as tables for pandas."""

import importlib
import re
from collections import Counter
from collections.abc import Callable, Hashable, Iterator, Mapping
from fnmatch import fnmatchcase, translate
from typing import TYPE_CHECKING, Any

import numpy as np

from neurograph.addresses import LOSS
from neurograph.bindings import find_levels
from neurograph.columns import Storage, Value
from neurograph.display import in_line, shortened
from neurograph.elements import Connection, Neuron
from neurograph.errors import (
    InvalidTypeError,
    NeurographError,
    NotComputedError,
    UnknownNameError,
    did_you_mean,
)
from neurograph.quantities import BY_ADDRESS, CONNECTION_QUANTITIES, NEURON_QUANTITIES

__all__ = [
    "addresses", "described", "frames_of", "kinds_of", "links_of", "names_of", "per_sample",
    "read_pandas", "values_of",
]  # fmt: skip

if TYPE_CHECKING:
    import networkx as nx

Pair = tuple[Hashable, Hashable]

#: A graph that nothing has read yet is read for one line if it has no more connections.
_FEW = 500
#: Levels that a line shows.
_MOST_LEVELS = 12


# -- in one line -----------------------------------------------------------------------------------


def described(net: "nx.DiGraph[Hashable]", loss: str, storage: Storage | None) -> Iterator[str]:
    """Yield what a network is, in a few words each; nothing is computed for it.

    Parameters
    ----------
    net : Network
    loss : str
    storage : Storage, optional
        That its objects are views of, if that is known.
    """
    yield _counted(len(net), "neuron")
    yield _counted(net.number_of_edges(), "connection")
    if not len(net):
        return
    yield _levels(net, storage)
    yield f"loss {shortened(loss)}"
    if storage is not None:
        yield storage.known


def _levels(net: "nx.DiGraph[Hashable]", storage: Storage | None) -> str:
    if storage is None and net.number_of_edges() > _FEW:
        return "levels not read yet"
    try:
        levels = find_levels(net) if storage is None else storage.structure.levels
    except NeurographError:
        return "not feed-forward"
    sizes = [str(len(level)) for level in levels]
    if len(sizes) > _MOST_LEVELS:
        sizes[_MOST_LEVELS - 1 : -1] = ["..."]
        return f"{len(levels):,} levels {'-'.join(sizes)}"
    return f"levels {'-'.join(sizes)}"


def _counted(number: int, word: str) -> str:
    return f"{number:,} {word}{'s'[: number != 1]}"


# -- by address ------------------------------------------------------------------------------------


def links_of(net: "nx.DiGraph[Hashable]") -> Iterator[tuple[str, Pair, Connection]]:
    """Yield each connection with its name in addresses and its ends.

    It is called by its label if no other has it, else ``"pre->post"``.
    """
    edges = [((pre, post), link) for pre, ends in net._succ.items() for post, link in ends.items()]
    labels = Counter(label for _, link in edges if (label := link.get("label")) is not None)
    for (pre, post), link in edges:
        label = link.get("label")
        yield (str(label) if labels[label] == 1 else f"{pre}->{post}"), (pre, post), link


def names_of(net: "nx.DiGraph[Hashable]") -> Iterator[tuple[tuple[str, ...], Neuron | Connection]]:
    """Yield each neuron and each connection with its names in addresses, the usual one first."""
    for name, neuron in net._node.items():
        yield (str(name),), neuron
    for called, (pre, post), link in links_of(net):
        yield (called, f"{pre}->{post}"), link


def addresses(net: "nx.DiGraph[Hashable]") -> list[str]:
    """Return the address of every value that is known, beside the total error."""
    return [
        f"{names[0]}.{quantity}"
        for names, element in names_of(net)
        for quantity in _quantities(element)
        if element.get(quantity) is not None
    ]


def _quantities(element: Neuron | Connection) -> Mapping[str, str]:
    return NEURON_QUANTITIES if isinstance(element, Neuron) else CONNECTION_QUANTITIES


def values_of(
    net: "nx.DiGraph[Hashable]", pattern: str, loss: Callable[[], Value]
) -> dict[str, Value]:
    """Return every known value whose address fits a pattern: see `Network.values`."""
    if not isinstance(pattern, str):
        raise InvalidTypeError(f"a pattern is text such as 'h*.out', not {pattern!r}")
    fits = re.compile(translate(pattern)).match
    values: dict[str, Value] = {}
    if fits(LOSS):
        try:
            values[LOSS] = loss()
        except NotComputedError:
            if pattern == LOSS:
                raise
    for names, element in names_of(net):
        for quantity in _quantities(element):
            if (value := element.get(quantity)) is None:
                continue
            address = next(filter(fits, (f"{name}.{quantity}" for name in names)), None)
            if address is not None:
                values[address] = value
    if not values:
        raise _nothing_fits(net, pattern)
    return values


def _nothing_fits(net: "nx.DiGraph[Hashable]", pattern: str) -> NeurographError:
    """Return the error for a pattern that no known value fits."""
    target, dot, quantity = pattern.rpartition(".")
    if not dot:
        return UnknownNameError(
            f"no address fits {pattern!r}: expected a pattern such as 'h*.out', 'w5.*' or"
            " '*.gradient'"
        )
    known = list(dict.fromkeys([*NEURON_QUANTITIES, *CONNECTION_QUANTITIES]))
    asked = [name for name in known if fnmatchcase(name, quantity)]
    if not asked:
        near = did_you_mean(quantity, known) or f"; the quantities are {', '.join(known)}"
        return UnknownNameError(f"no quantity fits {quantity!r} in {pattern!r}{near}")
    elements = list(names_of(net))
    fitting = [
        element for names, element in elements if any(fnmatchcase(name, target) for name in names)
    ]
    if not fitting:
        near = did_you_mean(re.sub(r"[*?]", "", target), [names[0] for names, _ in elements])
        return UnknownNameError(f"no neuron or connection fits {target!r} in {pattern!r}{near}")
    theirs = [name for name in asked if any(name in _quantities(each) for each in fitting)]
    if not theirs:
        whose = "connections" if isinstance(fitting[0], Neuron) else "neurons"
        return UnknownNameError(f"nothing fits {pattern!r}: only {whose} have {in_line(asked)}")
    calls = dict.fromkeys(call for name in theirs if (call := BY_ADDRESS[name].call))
    if not calls:
        return NotComputedError(f"nothing that fits {pattern!r} has a value")
    return NotComputedError(
        f"no value that fits {pattern!r} is known yet: call {next(iter(calls))} first"
    )


# -- as tables -------------------------------------------------------------------------------------


def kinds_of(net: Any) -> dict[Hashable, str]:
    """Return of each neuron whether it is an input, hidden, an output, or something else."""
    kinds = {name: neuron.get("kind") or "hidden" for name, neuron in net._node.items()}
    return kinds | dict.fromkeys(net.outputs, "output") | dict.fromkeys(net.inputs, "input")


def frames_of(net: Any) -> tuple[Any, Any]:
    """Return a network as two tables of pandas: see `Network.to_frame`."""
    pandas = read_pandas("Network.to_frame", "Network.values")
    kinds = kinds_of(net)
    levels = {name: number for number, level in enumerate(net.levels) for name in level}
    neurons = [
        {"level": levels[name]} | _row(neuron) | {"kind": kinds[name]}
        for name, neuron in net._node.items()
    ]
    links = list(links_of(net))
    connections = [{"pre": pre, "post": post} | _row(link) for _, (pre, post), link in links]
    of_links = pandas.Index([name for name, _, _ in links], name="connection")
    return (
        pandas.DataFrame(neurons, index=pandas.Index(list(net._node), name="neuron")),
        pandas.DataFrame(connections, index=of_links),
    )


def _row(element: Neuron | Connection) -> dict[str, Any]:
    """Return what an element carries, an array as a column for each sample."""
    columns: dict[str, Any] = {}
    for key, value in element.everything().items():
        columns |= per_sample(str(key), value)
    return columns


def per_sample(name: str, values: Any) -> dict[str, Any]:
    """Return a value under its name, or that of each sample under ``name[0]``, ...

    Examples
    --------
    >>> import numpy as np
    >>> per_sample("out", np.array([0.25, 0.5]))
    {'out[0]': 0.25, 'out[1]': 0.5}
    >>> per_sample("out", 0.25)
    {'out': 0.25}
    """
    if not isinstance(values, np.ndarray):
        return {name: values}
    return {f"{name}[{number}]": value for number, value in enumerate(values.tolist())}


def read_pandas(method: str, instead: str) -> Any:
    """Return pandas for a method, or say what there is without it."""
    try:
        return importlib.import_module("pandas")
    except ModuleNotFoundError:
        raise ImportError(
            f"{method} needs pandas, which is not installed: pip install pandas, or use {instead}"
        ) from None
