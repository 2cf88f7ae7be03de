"""What stands out in a picture of a network: a neuron, a path, or all that a weight influences."""

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from itertools import pairwise

import networkx as nx

from neurograph.errors import InvalidTypeError, InvalidValueError, UnknownNameError, did_you_mean
from neurograph.network import Network

__all__ = ["Highlight", "read_highlight"]


@dataclass(frozen=True)
class Highlight:
    """What stands out.

    Attributes
    ----------
    neurons : frozenset
    connections : frozenset of (pre, post)
    shown : tuple
        Neurons that a picture with few of the neurons shows in any case.
    words : str
        What it is, for a description.
    """

    neurons: frozenset[Hashable]
    connections: frozenset[tuple[Hashable, Hashable]]
    shown: tuple[Hashable, ...]
    words: str


def read_highlight(net: Network, highlight: object) -> Highlight | None:
    """Return what stands out.

    Parameters
    ----------
    net : Network
    highlight : None, str, hashable or sequence
        A neuron, with the connections in and out of it; a connection, with all that its weight
        influences; or the neurons of a path.

    Returns
    -------
    Highlight or None

    Raises
    ------
    UnknownNameError
        If there is no such neuron or connection; the nearest is named.
    InvalidValueError
        If the path has a step that is no connection.
    InvalidTypeError
        If it is none of these.
    """
    if highlight is None:
        return None
    if (
        isinstance(highlight, Sequence)
        and not isinstance(highlight, str)
        and not _is_node(net, highlight)
    ):
        return _path(net, highlight)
    try:
        name = net.neuron(highlight).name
    except UnknownNameError:
        return _influence(net, highlight)
    around = {*net.in_edges(name), *net.out_edges(name)}
    return Highlight(
        frozenset({name, *net.predecessors(name), *net.successors(name)}),
        frozenset(around),
        (name,),
        f"neuron {name} and its connections",
    )


def _is_node(net: Network, name: object) -> bool:
    return isinstance(name, Hashable) and name in net


def _path(net: Network, names: Sequence[Hashable]) -> Highlight:
    path = [net.neuron(name).name for name in names]
    if len(path) < 2:
        raise InvalidValueError(f"a path to highlight needs two neurons or more, not {names!r}")
    steps = list(pairwise(path))
    for pre, post in steps:
        if not net.has_edge(pre, post):
            onward = ", ".join(str(name) for name in net.successors(pre)) or "nothing"
            raise InvalidValueError(
                f"the path to highlight has a step that is no connection: {pre}->{post}"
                f" ({pre} is connected to {onward})"
            )
    words = "the path " + " → ".join(map(str, path))
    return Highlight(frozenset(path), frozenset(steps), tuple(path), words)


def _influence(net: Network, name: object) -> Highlight:
    if not isinstance(name, str):
        if isinstance(name, Hashable):
            raise UnknownNameError(f"nothing to highlight is called {name!r}")
        raise InvalidTypeError(
            f"highlight must be a neuron, a connection or a list of neurons, not {name!r}"
        )
    text = name.removesuffix(".weight")
    try:
        connection = net.connection(text)
    except UnknownNameError:
        labels = [data.label for _, _, data in net.edges(data=True) if data.label]
        raise UnknownNameError(
            f"no neuron or connection {name!r} to highlight{did_you_mean(text, [*net, *labels])}"
        ) from None
    pre, post = connection.pre, connection.post
    reached = {post, *nx.descendants(net, post)}
    onward = {(one, two) for one, two in net.edges if one in reached}
    return Highlight(
        frozenset({pre, *reached}),
        frozenset({(pre, post), *onward}),
        (pre, post),
        f"what {connection.name} influences",
    )
