"""`Network`: a NetworkX graph whose nodes are neurons and whose edges are connections."""

from typing import Any

from neurograph.elements import one_of
from neurograph.losses import get_loss
from neurograph.network.building import Building
from neurograph.network.learning import Learning
from neurograph.network.running import REDUCTIONS, Message

__all__ = ["Message", "Network"]


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

    Notes
    -----
    ``net.nodes["h1"]`` is a `Neuron`, ``net.edges["h1", "o1"]`` a `Connection`. They are views
    of arrays that the network owns. `loss` and `reduction` are kept in ``net.graph`` if given.

    NetworkX's writers take a network as it is, also right after training: what a pass of a batch
    left on the objects is read by its name and is not among the items that they list. For what
    insists on plain dicts, ``nx.DiGraph(net)`` is a copy with them.

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
        settings: dict[str, str] = {}
        if loss is not None:
            settings["loss"] = get_loss(loss).name
        if reduction is not None:
            settings["reduction"] = one_of(reduction, REDUCTIONS, "reduction")
        super().__init__(incoming_graph_data, **graph_attributes)
        self.graph.update(settings)
