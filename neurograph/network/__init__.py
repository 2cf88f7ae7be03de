"""`Network`: a NetworkX graph whose nodes are neurons and whose edges are connections."""

from typing import Any

from neurograph.elements import one_of
from neurograph.errors import UnknownAttributeError, did_you_mean, refuse_misspelt
from neurograph.losses import get_loss
from neurograph.network.building import Building
from neurograph.network.graph import SETTINGS
from neurograph.network.learning import Learning
from neurograph.network.running import REDUCTIONS, Message

__all__ = ["Message", "Network"]

_SETTABLE = "what can be set is loss, reduction and name"


class Network(Building, Learning):
    """A neural network as a directed graph of `Neuron` and `Connection` objects.

    Any directed graph can be built, with the methods here or with NetworkX's own; only a pass
    demands that it is a feed-forward network, and says what is wrong with it if it is not.

    Parameters
    ----------
    incoming_graph_data : graph, edge list, dict of dicts, array or None
        Data to start from, as for `networkx.DiGraph`.
    loss : str, optional
        Name or formula of the loss, by default ``"half_squared_error"``: see `neurograph.LOSSES`.
    reduction : {"mean", "sum"}, optional
        How the total error of a batch follows from the errors of its samples, by default their
        mean.
    **graph_attributes
        Attributes of the graph, as for `networkx.DiGraph`.

    Raises
    ------
    UnknownNameError
        If there is no such loss; the nearest is named.
    InvalidValueError
        If there is no such reduction.
    InvalidTypeError
        If an attribute of the graph is `loss` or `reduction` misspelt.

    Notes
    -----
    ``net.nodes["h1"]`` is a `Neuron`, ``net.edges["h1", "o1"]`` a `Connection`. They are views
    of arrays that the network owns. `loss` and `reduction` can be set as attributes; they are kept
    in ``net.graph`` if they are stated. A network with softmax outputs whose loss nobody stated
    warns when it first computes one.

    NetworkX's writers take a network as it is, also right after training: what a pass of a batch
    left on the objects is read by its name and is not among the items that they list. Where a
    format drops what belongs to the graph, as GEXF does, output neurons carry `network_loss` and
    `network_reduction` for it. For what insists on plain dicts, ``nx.DiGraph(net)`` is a copy with
    them.

    Examples
    --------
    >>> import neurograph as ng
    >>> net = ng.Network()
    >>> for name, bias in [("i1", None), ("i2", None), ("h1", 0.35)]:
    ...     _ = net.add_neuron(name, bias=bias)
    >>> _ = net.connect("i1", "h1", 0.15, label="w1")
    >>> _ = net.connect("i2", "h1", 0.20, label="w2")
    >>> net.forward({"i1": 0.05, "i2": 0.10})
    array([0.59326999])
    >>> net.nodes["h1"].net
    0.3775
    >>> net.value("w1.message")
    0.0075
    """

    def __init__(
        self,
        incoming_graph_data: Any = None,
        *,
        loss: str | None = None,
        reduction: str | None = None,
        **graph_attributes: Any,
    ) -> None:
        refuse_misspelt(graph_attributes, SETTINGS, "Network")
        settings: dict[str, str] = {}
        if loss is not None:
            settings["loss"] = get_loss(loss).name
        if reduction is not None:
            settings["reduction"] = one_of(reduction, REDUCTIONS, "reduction")
        super().__init__(incoming_graph_data, **graph_attributes)
        self.graph.update(settings)

    def __setattr__(self, key: str, value: Any) -> None:
        known = getattr(type(self), key, None)
        if (
            key.startswith("_")
            or key in ("graph", "frozen")  # of networkx
            or (type(self) is not Network and not hasattr(Network, key))  # of a subclass
            or (isinstance(known, property) and known.fset is not None)
            or (callable(known) and callable(value))  # as networkx.freeze does
        ):
            super().__setattr__(key, value)
        elif hasattr(Network, key):
            raise UnknownAttributeError(f"{key} of a network cannot be set: {_SETTABLE}")
        else:
            parts = [name for name in SETTINGS if name in key.lower()]  # as in loss_function
            names = [name for name in dir(Network) if not name.startswith("_")]
            hint = did_you_mean(key, parts, least=0) or did_you_mean(key, names, least=0.7)
            raise UnknownAttributeError(
                f"a network has no attribute {key!r}{hint} ({_SETTABLE}; to store something of your"
                f" own, use net.graph[{key!r}])"
            )
