"""`Network`: a NetworkX graph whose nodes are neurons and whose edges are connections."""

import os
from collections.abc import (
    Callable,
    Hashable,
    Iterable,
    Iterator,
    Mapping,
    MutableSequence,
    Sequence,
)
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, Self, cast
from weakref import ref

import networkx as nx
import numpy as np
from numpy.typing import ArrayLike, NDArray

from neurograph.addresses import LEARNING_RATE, LOSS, OF_ANSWERS, OF_TRAINING, parse_address
from neurograph.bindings import (
    bind_network,
    check_is_no_view,
    draft_edges,
    fill_layers,
    fill_like,
    is_bound_network,
    read_structure,
)
from neurograph.checks import finite_number, is_hashable, neuron_name, one_of, rate_of, whole_number
from neurograph.collector import no_collection
from neurograph.columns import Draft, NumberedLabels, OfBias, PastUpdate, Storage, Value
from neurograph.curvature import Curvature, curvatures
from neurograph.display import Displayed, brief, in_line, in_words
from neurograph.elements import Connection, Neuron, forget, name_loose, row_of, setting
from neurograph.engines import Plan, plan_for
from neurograph.engines.block_passes import ONLY_PLAIN, BlockPass, answers, is_large
from neurograph.equations import (
    DEFAULTS,
    ORDERS,
    REDUCTIONS,
    Equation,
    Equations,
    Round,
    Variable,
)
from neurograph.errors import (
    DivergedError,
    InvalidValueError,
    NeurographError,
    NotComputedError,
    StructureError,
    UnknownAttributeError,
    UnknownNameError,
    did_you_mean,
    refuse_misspelt,
    warn_caller,
)
from neurograph.inventory import described, frames_of, values_of
from neurograph.labels import Labels, Place, between_arrow, listed, only_place
from neurograph.layers import lay_out
from neurograph.losses import Loss, get_loss, right_answers
from neurograph.optimizers import GRADIENT_DESCENT, Optimizer, get_optimizer
from neurograph.passes import Values, compute
from neurograph.quantities import BY_ADDRESS, QUANTITIES
from neurograph.rounds import (
    NO_TARGETS,
    Calculation,
    as_rows,
    check_is_fresh,
    checked_digits,
    checked_engine,
    equations_of,
    forward_equations,
    given_values,
    read_targets,
    shared_out,
)
from neurograph.samples import read_rows
from neurograph.slips import NO_EDITS, Edits
from neurograph.structure import Structure
from neurograph.terms import DELTAS, SLOPES, TERMS, USUAL_TERMS, Penalty, Terms, get_penalty
from neurograph.training import History, Moment, train
from neurograph.training.stops import Stop
from neurograph.views import SETTINGS, ConnectionView, NeuronView, adopt_settings, with_everything

if TYPE_CHECKING:
    from neurograph.inventory import Pair
    from neurograph.views import View

__all__ = ["Message", "Network", "load"]

_STORAGE = "neurograph.storage"

_SETTABLE = "what can be set is loss, reduction, slope, penalty, delta and name"

#: Where a graph carries its edits.
_EDITS = "edits"
_NOBODY_STATED = (
    "nobody stated the loss of this network, whose outputs are softmax: half_squared_error is"
    " computed. Say net.loss = 'cross_entropy', or net.loss = 'half_squared_error' if it is meant"
)

# Made anew when they are needed; the objects carry their values with them.
_NOT_COPIED = ("_bound", "_draft", "_label_index", "__networkx_cache__")


class Message(NamedTuple):
    """One value that a pass has just computed; the object it belongs to already carries it.

    Attributes
    ----------
    phase : str
        ``"forward"``, ``"backward"`` or ``"update"``.
    element : Neuron or Connection
        Whose value it is.
    quantity : str
        Which value: the name of the field.
    value : float or ndarray of shape (n_samples,)

    Examples
    --------
    >>> import neurograph as ng
    >>> net = ng.Network.layered(1, 1, weights=[[[0.5]]], activation="identity")
    >>> for message in net.messages([2.0]):
    ...     print(message.phase, message.address, message.value)
    forward i1.out 2.0
    forward w1.message 1.0
    forward o1.net 1.0
    forward o1.out 1.0
    """

    phase: str
    element: Neuron | Connection
    quantity: str
    value: Value

    def __repr__(self) -> str:
        return brief(self)

    @property
    def address(self) -> str:
        """The address of the value, such as ``"h1.net"``."""
        return f"{self.element.name}.{self.quantity}"


class Network(nx.DiGraph, Displayed):  # type: ignore[misc]  # networkx has no types
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
    slope : {"derivative", "one", "one_at_outputs"}, optional
        What is taken for f' in a backward pass: by default f'. With 1, neurons that step learn by
        the rule of the perceptron, and others by that of Widrow and Hoff.
    penalty : mapping, Penalty or str, optional
        What is added to the error for the size of the weights, such as ``{"l2": 0.5}``: see
        `neurograph.terms.Penalty`.
    delta : {"out - target", "target - out"}, optional
        Of which difference deltas, and all that follows from them up to the gradients, have the
        sign. The same weights are learned: with the other sign, changes are added.
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

    node_attr_dict_factory = Neuron
    edge_attr_dict_factory = Connection

    if TYPE_CHECKING:
        # NetworkX says nothing about the types of what its views hold.

        def __getitem__(self, name: Hashable) -> Mapping[Hashable, Connection]: ...

    _bound: Storage | None = None
    _draft: Draft | None = None
    #: Whether the objects of a network that was pickled carry numbers that are older than it.
    _is_behind = False
    #: Of the last training.
    _history: History | None = None
    #: Whether it was said that nobody stated the loss.
    _has_warned = False

    def __init__(
        self,
        incoming_graph_data: Any = None,
        *,
        loss: str | None = None,
        reduction: str | None = None,
        slope: str | None = None,
        penalty: Mapping[str, Any] | Penalty | str | None = None,
        delta: str | None = None,
        **graph_attributes: Any,
    ) -> None:
        refuse_misspelt(graph_attributes, SETTINGS, "Network")
        self._label_index = Labels()
        settings: dict[str, str] = {}
        if loss is not None:
            settings["loss"] = get_loss(loss).name
        if reduction is not None:
            settings["reduction"] = one_of(reduction, REDUCTIONS, "reduction")
        if slope is not None:
            settings["slope"] = one_of(slope, SLOPES, "slope")
        if penalty is not None:
            settings["penalty"] = str(get_penalty(penalty))
        if delta is not None:
            settings["delta"] = one_of(delta, DELTAS, "delta")
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

    def __repr__(self) -> str:
        name = [in_words(name)] if (name := self.graph.get("name")) else []
        loss = str(self.graph.get("loss") or DEFAULTS["loss"])
        parts = described(self, loss, self._noted(_STORAGE))
        return f"{type(self).__name__}({in_line([*name, *parts])})"

    # -- building it: object by object, or layer by layer -----------------------------------------

    @classmethod
    def layered(
        cls,
        *sizes: int,
        activation: str | Sequence[str] = "logistic",
        output_activation: str | None = None,
        bias: float | Sequence[Any] | None = None,
        shared_bias: bool = False,
        trainable_bias: bool = True,
        weights: float | str | Sequence[Any] = "xavier",
        names: str | Sequence[Sequence[Hashable]] | None = None,
        seed: "int | np.random.Generator | None" = None,
        **attributes: Any,
    ) -> Self:
        """Build a network of layers, each fully connected to the next.

        Connections are labelled w1, w2, ... in the order of the tutorials: neuron by neuron, and
        for each neuron in the order of the layer before.

        Parameters
        ----------
        *sizes : int
            Number of neurons in each layer, inputs first.
        activation : str or sequence of str
            For every neuron after the inputs, or one for each layer after the inputs.
        output_activation : str, optional
            For the last layer, where it differs.
        bias : float or sequence, optional
            A number for every neuron after the inputs; or for each layer after the inputs a
            number, `None`, or a list with one of these for each neuron. Without it there are
            none.
        shared_bias : bool
            Whether the neurons of a layer share one bias (tied as b1, b2, ...).
        trainable_bias : bool
            Whether updates change the biases.
        weights : sequence, float or str
            For each layer after the inputs an array of shape ``(n_post, n_pre)``, a number or an
            initialiser; or one number or initialiser for all. Initialisers are ``"uniform"``
            (within 0.5 of zero), ``"xavier"`` (Glorot and Bengio 2010) and ``"he"`` (He et al.
            2015).
        names : sequence of sequences or "letters", optional
            The names layer by layer; ``"letters"`` gives a1.., b1.., c1..; by default inputs are
            i1.., outputs o1.., and all neurons between h1.. .
        seed : int or numpy.random.Generator, optional
            For initialisers.
        **attributes
            `loss`, `reduction` and graph attributes, as for `Network`.

        Returns
        -------
        Network

        Raises
        ------
        InvalidValueError, InvalidTypeError, UnknownNameError
            If a size, shape, name or number does not fit; the message says which and what fits.

        Examples
        --------
        >>> import neurograph as ng
        >>> net = ng.Network.layered(2, 4, 3, 2, weights="xavier", seed=1, names="letters")
        >>> net.levels
        [['a1', 'a2'], ['b1', 'b2', 'b3', 'b4'], ['c1', 'c2', 'c3'], ['d1', 'd2']]
        >>> net = ng.Network.layered(2, 1, weights=[[[0.15, 0.20]]], bias=0.35)
        >>> net.connection("w2")
        Connection('i2' -> 'o1', weight=0.2, label='w2')
        """
        refuse_misspelt(attributes.keys() - {"name"}, _options(Network.layered), "Network.layered")
        layout = lay_out(
            sizes,
            activation=activation,
            output_activation=output_activation,
            bias=bias,
            shared_bias=shared_bias,
            trainable_bias=trainable_bias,
            weights=weights,
            names=names,
            seed=seed,
        )
        net = cls(**attributes)
        net._keep(fill_layers(net, layout))
        return net

    def add_neuron(
        self,
        name: Hashable,
        *,
        activation: str = "logistic",
        bias: float | None = None,
        label: str | None = None,
        trainable: bool = True,
        tie: str | None = None,
        kind: str | None = None,
        combine: str = "sum",
        mask: float | None = None,
        **items: Any,
    ) -> Neuron:
        """Add one neuron.

        Parameters
        ----------
        name : hashable
            The node; not yet in the network.
        activation : str
            Name of an activation function (see `neurograph.ACTIVATIONS`), or a formula in `net`.
            An input does not use it.
        bias : float, optional
            The constant added to net; without it the neuron has none.
        label : str, optional
            Another name for the neuron.
        trainable : bool
            Whether updates change the bias.
        tie : str, optional
            Biases and weights with the same tie are one parameter.
        kind : {"input", "hidden", "output", "bias"}, optional
            By default a neuron without incoming connections is an input and one without
            outgoing connections an output. A bias neuron's out is always 1.
        combine : str
            How net is made of the messages that arrive: ``"sum"``, ``"product"``, ``"mean"``,
            ``"max"``, ``"min"``, or a formula in the names of the neurons that send them, such as
            ``"(1 - z) * c + z * h0"``: see `neurograph.combinations`. The bias is
            added after. Batch normalisation is none of these: it couples samples.
        mask : float, optional
            A constant factor on the out, as in dropout by hand: 0 for a neuron that is dropped,
            1/(1 - p) for one that is kept.
        **items
            Anything else to store with the neuron; a misspelt option is refused.

        Returns
        -------
        Neuron

        Raises
        ------
        InvalidValueError
            If the name or the label is taken, the name is None, or a number is not finite.
        InvalidTypeError
            If a value has the wrong type.
        UnknownNameError
            If there is no such activation; the nearest is named.

        Examples
        --------
        >>> import neurograph as ng
        >>> ng.Network().add_neuron("h1", activation="tanh", bias=0.5)
        Neuron('h1', activation='tanh', bias=0.5)
        """
        if neuron_name(name) in self._node:
            raise InvalidValueError(f"there is already a neuron {name!r}")
        if taken := [place for place in self._labels().get(name, ()) if len(place) == 1]:
            raise InvalidValueError(f"{name!r} is already the label of {listed(taken)}")
        refuse_misspelt(items, _options(Network.add_neuron), "add_neuron")

        def called() -> str:
            return f"neuron {name!r}"

        given = {
            "activation": activation, "bias": bias, "label": label,
            "trainable": trainable, "tie": tie, "kind": kind, "combine": combine, "mask": mask,
        }  # fmt: skip
        settings = {key: setting(key, value, called) for key, value in given.items()}
        if kind in ("input", "bias"):
            del settings["activation"], settings["combine"]  # their out is given, not computed
        if label is not None:
            self._check_label_is_free(label)
            if label in self._node:
                raise InvalidValueError(f"the label {label!r} is already the name of a neuron")
        self.add_node(name)
        neuron: Neuron = self._node[name]
        name_loose(neuron, name)
        neuron.update(_without_defaults(settings) | items)
        self._label_index.add_neuron(self, name, neuron)
        return neuron

    def connect(
        self,
        pre: Hashable,
        post: Hashable,
        weight: float,
        *,
        label: str | None = None,
        trainable: bool = True,
        tie: str | None = None,
        **items: Any,
    ) -> Connection:
        """Connect two neurons of the network.

        Parameters
        ----------
        pre, post : hashable
            The neurons the connection comes from and leads to.
        weight : float
            The factor on the message.
        label : str, optional
            The connection's own name, such as ``"w5"``.
        trainable : bool
            Whether updates change the weight.
        tie : str, optional
            Biases and weights with the same tie are one parameter.
        **items
            Anything else to store with the connection; a misspelt option is refused.

        Returns
        -------
        Connection

        Raises
        ------
        UnknownNameError
            If one of the neurons does not exist; the nearest is named.
        InvalidValueError
            If they are connected already, the label is taken, or the weight is not finite.
        InvalidTypeError
            If a value has the wrong type.

        Examples
        --------
        >>> import neurograph as ng
        >>> net = ng.Network()
        >>> _ = net.add_neuron("h1"), net.add_neuron("o1")
        >>> net.connect("h1", "o1", 0.4, label="w5")
        Connection('h1' -> 'o1', weight=0.4, label='w5')
        >>> net.connect("h11", "o1", 0.4)
        Traceback (most recent call last):
        neurograph.errors.UnknownNameError: no neuron 'h11'; did you mean 'h1'?
        """
        for name in (pre, post):
            if not is_hashable(name) or name not in self._node:
                raise UnknownNameError(f"no neuron {name!r}{did_you_mean(name, self._node)}")
        if post in self._succ[pre]:
            raise InvalidValueError(
                f"{pre!r} and {post!r} are already connected: change that connection's weight"
            )
        refuse_misspelt(items, ["weight", *_options(Network.connect)], "connect")

        def called() -> str:
            return f"connection {pre}->{post}"

        given = {"weight": weight, "label": label, "trainable": trainable, "tie": tie}
        settings = {key: setting(key, value, called) for key, value in given.items()}
        if label is not None:
            self._check_label_is_free(label)
        labels_are_current = self._label_index.is_current(self)
        self.add_edge(pre, post)
        connection: Connection = self._succ[pre][post]
        name_loose(connection, (pre, post))
        connection.update(_without_defaults(settings) | items)
        if labels_are_current:
            self._label_index.add_connection(self, (pre, post), connection)
        return connection

    # -- finding its objects and numbers ----------------------------------------------------------

    @property
    def inputs(self) -> list[Hashable]:
        """Names of the input neurons, in the order of the graph.

        Raises
        ------
        StructureError
            If the graph is not a feed-forward network.

        Examples
        --------
        >>> import neurograph as ng
        >>> ng.Network.layered(2, 3, 1).inputs
        ['i1', 'i2']
        """
        structure = self._structure()
        return [structure.names[row] for row in structure.inputs]

    @property
    def outputs(self) -> list[Hashable]:
        """Names of the output neurons, in the order of the graph.

        Raises
        ------
        StructureError
            If the graph is not a feed-forward network.

        Examples
        --------
        >>> import neurograph as ng
        >>> ng.Network.layered(2, 3, 1).outputs
        ['o1']
        """
        structure = self._structure()
        return [structure.names[row] for row in structure.outputs]

    @property
    def levels(self) -> list[list[Hashable]]:
        """Names by level: the length of the longest path from an input.

        Level 0 holds exactly the inputs and bias neurons.

        Raises
        ------
        StructureError
            If the graph is not a feed-forward network.

        Examples
        --------
        >>> import neurograph as ng
        >>> ng.Network.layered(2, 3, 1).levels
        [['i1', 'i2'], ['h1', 'h2', 'h3'], ['o1']]
        """
        structure = self._structure()
        return [[structure.names[row] for row in level] for level in structure.levels]

    @property
    def structure(self) -> Structure:
        """The network in numbers: rows of neurons, slots of parameters, and their order.

        Raises
        ------
        StructureError
            If the graph is not a feed-forward network.

        Examples
        --------
        >>> import neurograph as ng
        >>> structure = ng.Network.layered(2, 3, 1).structure
        >>> structure.names[3], structure.levels
        ('h2', [range(0, 2), range(2, 5), range(5, 6)])
        """
        return self.storage.structure

    @property
    def storage(self) -> Storage:
        """The arrays that the neurons and connections are views of.

        They hold for as long as the graph is not changed: see `uses`.

        Raises
        ------
        StructureError
            If the graph is not a feed-forward network, or a view of one.

        Examples
        --------
        >>> import neurograph as ng
        >>> net = ng.Network.layered(1, 1, weights=0.5, bias=0.25)
        >>> net.storage.parameters
        array([0.5 , 0.25])
        """
        check_is_no_view(self)
        storage = self._current()
        if storage is None:
            with no_collection():
                structure = read_structure(self)
                adopt_settings(self)
                storage = bind_network(self, structure)
            self._hand_over(storage)
            self._keep(storage)
        return storage

    def uses(self, storage: Storage) -> bool:
        """Whether the objects are still views of a storage, as they are until the graph changes.

        Parameters
        ----------
        storage : Storage

        Returns
        -------
        bool

        Examples
        --------
        >>> import neurograph as ng
        >>> net = ng.Network.layered(1, 1, weights=0.5)
        >>> storage = net.storage
        >>> _ = net.add_neuron("h1")
        >>> net.uses(storage)
        False
        """
        return self._current() is storage

    def neuron(self, name: Hashable) -> Neuron:
        """Return a neuron by its name or label.

        Parameters
        ----------
        name : hashable
            The node; or the label of one; or, for a node that is not text, its text.

        Returns
        -------
        Neuron

        Raises
        ------
        UnknownNameError
            If there is none, or the label belongs to several; the nearest is named.

        Examples
        --------
        >>> import neurograph as ng
        >>> ng.Network.layered(2, 3, 1, bias=0.1).neuron("h3")
        Neuron('h3', kind='hidden', activation='logistic', bias=0.1)
        """
        if not is_hashable(name):
            raise UnknownNameError(f"no neuron {name!r}")
        if name in self._node:
            neuron: Neuron = self._node[name]
            name_loose(neuron, name)
            return neuron
        places = [place for place in self.labelled(name) if len(place) == 1]
        if not places:
            raise UnknownNameError(f"no neuron {name!r}{did_you_mean(name, self._node)}")
        return self.neuron(only_place(places, name)[0])

    def connection(self, name: Hashable | tuple[Hashable, Hashable]) -> Connection:
        """Return a connection by its label, its ends, or ``"pre->post"``.

        Parameters
        ----------
        name : str or tuple
            ``"w5"``, ``("h1", "o1")`` or ``"h1->o1"``.

        Returns
        -------
        Connection

        Raises
        ------
        UnknownNameError
            If there is none, or the label belongs to several; the nearest is named.

        Examples
        --------
        >>> import neurograph as ng
        >>> net = ng.Network.layered(1, 1, weights=0.5)
        >>> net.connection("w1") is net.connection("i1->o1") is net.connection(("i1", "o1"))
        True
        """
        if not is_hashable(name):
            raise UnknownNameError(f"no connection {name!r}")
        if isinstance(name, tuple) and len(name) == 2:
            pre, post = name
            if pre in self._node and post in self._succ[pre]:
                connection: Connection = self._succ[pre][post]
                name_loose(connection, (pre, post))
                return connection
        places: list[Place] = []
        if isinstance(name, str) and "->" in name:
            places = between_arrow(self, name)
        if not places:
            places = [place for place in self.labelled(name) if len(place) == 2]
        if not places:
            labels = [text for text, owners in self._labels().items() if len(owners[0]) == 2]
            raise UnknownNameError(f"no connection {name!r}{did_you_mean(name, labels)}")
        return self.connection(only_place(places, name))

    def incoming(self, name: Hashable) -> list[Connection]:
        """Return the connections that lead into a neuron.

        Parameters
        ----------
        name : hashable
            The neuron, as for `neuron`.

        Returns
        -------
        list of Connection

        Raises
        ------
        UnknownNameError
            If there is no such neuron; the nearest is named.

        Examples
        --------
        >>> import neurograph as ng
        >>> [connection.name for connection in ng.Network.layered(2, 2, 1).incoming("h2")]
        ['w3', 'w4']
        """
        post = self.neuron(name).name
        return [self.connection((pre, post)) for pre in self._pred[post]]

    def outgoing(self, name: Hashable) -> list[Connection]:
        """Return the connections that lead out of a neuron.

        Parameters
        ----------
        name : hashable
            The neuron, as for `neuron`.

        Returns
        -------
        list of Connection

        Raises
        ------
        UnknownNameError
            If there is no such neuron; the nearest is named.

        Examples
        --------
        >>> import neurograph as ng
        >>> [connection.name for connection in ng.Network.layered(2, 2, 1).outgoing("i2")]
        ['w2', 'w4']
        """
        pre = self.neuron(name).name
        return [self.connection((pre, post)) for post in self._succ[pre]]

    def labelled(self, label: Hashable) -> Sequence[Place]:
        """Return the names of what carries a label, as a node that is not text does its text.

        Parameters
        ----------
        label : hashable

        Returns
        -------
        sequence of tuple
            ``(name,)`` of a neuron, ``(pre, post)`` of a connection.

        Examples
        --------
        >>> import neurograph as ng
        >>> ng.Network.layered(2, 2, 1).labelled("w2")
        [('i2', 'h1')]
        """
        storage = self._current()
        if storage is not None:
            numbered = storage.connections.get("label")
            if isinstance(numbered, NumberedLabels):
                slot = numbered.slot_of(label)
                if slot is not None:  # without looking through a million labels
                    return [storage.structure.ends(slot)]
        return self._labels().get(label, ())

    def value(self, address: str) -> Value:
        """Return the quantity an address names.

        Parameters
        ----------
        address : str
            Such as ``"h1.net"``, ``"w5.gradient"``, ``"i1->h1.weight"`` or ``"loss"``; a weight
            or bias that is shared goes by the name of its tie too.

        Returns
        -------
        float or ndarray of shape (n_samples,)

        Raises
        ------
        UnknownNameError
            If the neuron, connection or quantity does not exist; the nearest is named.
        NotComputedError
            If no pass has computed it yet.

        Examples
        --------
        >>> import neurograph as ng
        >>> net = ng.Network.layered(1, 1, weights=0.5, activation="identity")
        >>> _ = net.forward([3.0])
        >>> net.value("o1.net"), net.value("w1.weight")
        (1.5, 0.5)
        """
        if address in OF_TRAINING:
            return self._of_training(address)
        if address == LEARNING_RATE:
            return self._rate()
        if address in OF_ANSWERS:
            return self._right(address)
        target, of_all = parse_address(address)
        if target is None:
            error = self.total_error()
            computed = self._after_forward()[1]
            return error if of_all == LOSS else computed.of_network(of_all)
        element, quantity = self.owners(address)[0]
        try:
            value: Value = element[quantity]
        except NotComputedError:
            raise
        except KeyError:
            raise NotComputedError(f"{element.called()} has no {quantity}") from None
        return value

    def _of_training(self, address: str) -> float:
        """Return what the last training reports."""
        checkpoint = None if self.history is None else self.history.checkpoint
        if checkpoint is None:
            raise NotComputedError(
                f"{address} is not known yet: call net.train(inputs, targets, ...) first"
            )
        is_loss = address == "running_loss"
        return checkpoint.running_loss if is_loss else float(checkpoint.epochs)

    def _rate(self) -> float:
        """Return the learning rate of the update that followed the last pass."""
        past = self.storage.past_update
        if past is None:
            raise NotComputedError(
                "learning_rate is not known yet: call net.update_weights(learning_rate) first"
            )
        return past.learning_rate

    def _right(self, address: str) -> float:
        """Return how many samples are answered rightly, or which part of them."""
        self.total_error()
        outs, targets = (
            [self.neuron(name)[its] for name in self.outputs] for its in ("out", "target")
        )
        return right_answers(outs, targets)[address]

    def set_value(self, address: str, value: float) -> None:
        """Set a weight or a bias by its address.

        Parameters
        ----------
        address : str
            Such as ``"w5.weight"`` or ``"h1.bias"``.
        value : float
            Finite.

        Raises
        ------
        UnknownNameError, UnknownAttributeError, InvalidValueError, InvalidTypeError
            If there is no such neuron or connection, the quantity is one that passes compute, or
            the value is not a finite number.

        Examples
        --------
        >>> import neurograph as ng
        >>> net = ng.Network.layered(1, 1, weights=0.5)
        >>> net.set_value("w1.weight", 0.7)
        >>> net.value("w1.weight")
        0.7
        """
        if parse_address(address).target is None:
            raise InvalidValueError(f"{address!r} is computed by a pass; it cannot be set")
        element, quantity = self.owners(address)[0]
        setattr(element, quantity, finite_number(value, address))

    def values(self, pattern: str = "*") -> dict[str, Value]:
        """Return every known value whose address fits a pattern, by address.

        Parameters
        ----------
        pattern : str
            An address in which ``*`` stands for any letters, ``?`` for any letter and ``[12]`` for
            one of these, such as ``"h*.out"`` or ``"*.gradient"``. A connection goes by its label;
            by its ends, as in ``"i1->*.weight"``, where the pattern is about these. By default
            everything is returned.

        Returns
        -------
        dict
            From address to float, or to ndarray of shape (n_samples,), in the order of the graph;
            the total error first.

        Raises
        ------
        UnknownNameError
            If no neuron or connection or no quantity fits; the nearest is named.
        NotComputedError
            If no pass has computed any value that fits.
        InvalidTypeError
            If the pattern is not text.

        Notes
        -----
        Notebooks and IPython complete names between brackets, not those in a call: with
        ``now = net.values()``, the Tab key completes ``now["h1.``.

        Examples
        --------
        >>> import neurograph as ng
        >>> net = ng.Network.layered(2, 2, 1, weights=0.5, activation="identity")
        >>> _ = net.forward([1.0, 2.0])
        >>> net.values("h*.out")
        {'h1.out': 1.5, 'h2.out': 1.5}
        >>> net.values("i2->*.message")
        {'i2->h1.message': 1.0, 'i2->h2.message': 1.0}
        """
        return values_of(self, pattern, self.total_error)

    def to_frame(self) -> tuple[Any, Any]:
        """Return the neurons and the connections as two DataFrames of pandas.

        What a batch left has a column for each sample: ``out[0]``, ``out[1]``, ...

        Returns
        -------
        neurons : pandas.DataFrame
            One row for each neuron, under its name: its level, its kind, and all that it carries.
        connections : pandas.DataFrame
            One row for each connection, under its name: pre, post, and all that it carries.

        Raises
        ------
        ImportError
            If pandas is not installed.
        StructureError
            If the graph is not a feed-forward network.
        """
        return frames_of(self)

    def owners(self, address: str) -> list[tuple[Neuron | Connection, str]]:
        """Return the objects that carry what an address names, each with its key there.

        Parameters
        ----------
        address : str
            As for `value`. A neuron or connection of that name comes before a tie.

        Returns
        -------
        list of tuple
            One, or all that share a parameter that is called by its tie; none of the total error.

        Raises
        ------
        UnknownNameError
            If the neuron, connection or quantity does not exist; the nearest is named.

        Examples
        --------
        >>> import neurograph as ng
        >>> net = ng.Network.layered(2, 1, weights=0.5)
        >>> net.connection("w1").tie = net.connection("w2").tie = "W"
        >>> net.owners("w1.message")
        [(Connection('i1' -> 'o1', weight=0.5, label='w1', tie='W'), 'message')]
        >>> [(connection.label, key) for connection, key in net.owners("W.gradient")]
        [('w1', 'gradient'), ('w2', 'gradient')]
        """
        target, quantity = parsed = parse_address(address)
        if target is None:
            return []
        try:
            named = self.connection(target) if parsed.of_connection else self.neuron(target)
        except UnknownNameError:
            if sharing := self._sharing(target, quantity):
                return sharing
            raise
        return [(named, quantity)]

    # -- what it computes: the loss, and what a batch makes of it ---------------------------------

    @property
    def loss(self) -> str:
        """Name or formula of the loss, as ``net.graph`` keeps it: see `neurograph.LOSSES`.

        What was computed with another loss is forgotten when it is set.

        Raises
        ------
        UnknownNameError
            If there is no such loss; the nearest is named.
        InvalidTypeError
            If it is not text.

        Examples
        --------
        >>> import neurograph as ng
        >>> net = ng.Network.layered(1, 1, weights=1.0, activation="identity")
        >>> net.loss
        'half_squared_error'
        >>> net.loss = "squared_error"
        >>> net.step([1.0], [0.0], learning_rate=0.1)
        1.0
        """
        return get_loss(self._setting("loss")).name

    @loss.setter
    def loss(self, loss: str | None) -> None:
        self._set("loss", None if loss is None else get_loss(loss).name)

    @loss.deleter
    def loss(self) -> None:
        self._set("loss", None)

    @property
    def reduction(self) -> str:
        """How the total error of a batch follows from those of its samples: "mean" or "sum".

        What was computed with another reduction is forgotten when it is set.

        Raises
        ------
        InvalidValueError
            If there is no such reduction.

        Examples
        --------
        >>> import neurograph as ng
        >>> net = ng.Network(reduction="sum")
        >>> net.reduction
        'sum'
        """
        return one_of(self._setting("reduction"), REDUCTIONS, "reduction")

    @reduction.setter
    def reduction(self, reduction: str | None) -> None:
        checked = None if reduction is None else one_of(reduction, REDUCTIONS, "reduction")
        self._set("reduction", checked)

    @reduction.deleter
    def reduction(self) -> None:
        self._set("reduction", None)

    @property
    def slope(self) -> str:
        """What is taken for f' in a backward pass: "derivative", "one" or "one_at_outputs".

        Raises
        ------
        InvalidValueError
            If it is none of these.

        Notes
        -----
        With 1 for the slope, a step w+ = w + learning_rate * (target - out) * out_pre is the rule
        of Rosenblatt, "The perceptron" (1958), for neurons that step, and of Widrow and Hoff,
        "Adaptive switching circuits" (1960), for others. It need not be the gradient of E.

        Examples
        --------
        >>> import neurograph as ng
        >>> net = ng.Network.layered(1, 1, weights=0.5, activation="step", slope="one")
        >>> net.step([1.0], [0.0], learning_rate=0.25)
        0.5
        >>> net.value("w1.weight")
        0.25
        """
        return one_of(self._setting("slope"), SLOPES, "slope")

    @slope.setter
    def slope(self, slope: str | None) -> None:
        self._set("slope", None if slope is None else one_of(slope, SLOPES, "slope"))

    @slope.deleter
    def slope(self) -> None:
        self._set("slope", None)

    @property
    def penalty(self) -> Penalty | None:
        """What is added to the error for the size of the weights.

        Raises
        ------
        InvalidValueError, InvalidTypeError
            If it is no penalty.

        Examples
        --------
        >>> import neurograph as ng
        >>> net = ng.Network.layered(1, 1, weights=1.0, activation="identity")
        >>> net.penalty = {"l2": 0.5}
        >>> _ = net.forward([1.0])
        >>> net.backward([0.0]), net.value("data_loss"), net.value("penalty")
        (0.75, 0.5, 0.25)
        >>> net.value("w1.gradient"), net.value("w1.penalty_gradient")
        (1.5, 0.5)
        """
        stated = self._setting("penalty")
        return None if stated is None else get_penalty(stated)

    @penalty.setter
    def penalty(self, penalty: Mapping[str, Any] | Penalty | str | None) -> None:
        self._set("penalty", None if penalty is None else str(get_penalty(penalty)))

    @penalty.deleter
    def penalty(self) -> None:
        self._set("penalty", None)

    @property
    def delta(self) -> str:
        """The difference whose sign deltas have: "out - target" or "target - out".

        So have the quantities that follow from deltas, up to the gradients. What is learned is the
        same: with the other sign, changes are added.

        Raises
        ------
        InvalidValueError
            If it is none of these.

        Examples
        --------
        >>> import neurograph as ng
        >>> net = ng.Network.layered(
        ...     1, 1, weights=0.5, activation="identity", delta="target - out"
        ... )
        >>> _ = net.forward([3.0]), net.backward([1.0])
        >>> net.value("o1.delta"), net.value("w1.gradient")
        (-0.5, -1.5)
        """
        return one_of(self._setting("delta"), DELTAS, "delta")

    @delta.setter
    def delta(self, delta: str | None) -> None:
        self._set("delta", None if delta is None else one_of(delta, DELTAS, "delta"))

    @delta.deleter
    def delta(self) -> None:
        self._set("delta", None)

    @property
    def terms(self) -> Terms:
        """What is stated of slopes, of a penalty and of the sign of delta.

        Examples
        --------
        >>> import neurograph as ng
        >>> ng.Network(slope="one").terms
        Terms(slope='one', penalty=None, delta='out - target')
        """
        if self._current() is not None and self.graph.keys().isdisjoint(TERMS):
            return USUAL_TERMS
        return Terms(self.slope, self.penalty, self.delta)

    @property
    def edits(self) -> Edits:
        """What passes compute otherwise than the equations say: mostly nothing.

        `Scenario.network` sets what a run states. Copies have it too, a file cannot.

        Examples
        --------
        >>> import neurograph as ng
        >>> net = ng.Network.layered(1, 1, weights=0.5)
        >>> bool(net.edits)
        False
        """
        edits: Edits = self.graph.get(_EDITS, NO_EDITS)
        return edits

    @edits.setter
    def edits(self, edits: Edits) -> None:
        self.graph.pop(_EDITS, None)
        if edits:
            self.graph[_EDITS] = edits

    def checked_loss(self) -> Loss:
        """Return the loss to compute; if nobody stated it and that is a likely mistake, say so.

        Examples
        --------
        >>> import neurograph as ng
        >>> ng.Network.layered(1, 1, weights=0.5).checked_loss().formula
        Formula('1 / 2 * (target - out)**2')
        """
        loss = get_loss(self._setting("loss"))
        if self.graph.get("loss") is None and not self._has_warned:
            structure = self._structure()
            if any(structure.activations[row].name == "softmax" for row in structure.outputs):
                warn_caller(_NOBODY_STATED)
                self._has_warned = True
        return loss

    def round(
        self,
        order: str = "simultaneous",
        optimizer: Optimizer = GRADIENT_DESCENT,
        *,
        delta: str | None = None,
        edits: Edits | None = None,
    ) -> Round:
        """Return what the equations of a round of this network follow from.

        Parameters
        ----------
        order : {"simultaneous", "in_place"}
        optimizer : Optimizer
        delta : {"out - target", "target - out"}, optional
            By default the network's.
        edits : Edits, optional
            By default the network's.

        Returns
        -------
        Round

        Examples
        --------
        >>> import neurograph as ng
        >>> ng.Network.layered(1, 1, weights=0.5, reduction="sum").round().reduction
        'sum'
        """
        loss = self.checked_loss()
        return self._round(order, optimizer, loss=loss, delta=delta, edits=edits)

    # -- passes, updates and steps ----------------------------------------------------------------

    def forward(
        self,
        inputs: Mapping[Hashable, Any] | ArrayLike,
        *,
        digits: int | None = None,
        engine: str | None = None,
        given: Mapping[str, Any] | None = None,
    ) -> NDArray[np.float64]:
        """Send messages forward: compute net and out of every neuron.

        net_j = sum_i w_ij * out_i + bias_j, out_j = f(net_j).

        Parameters
        ----------
        inputs : mapping or array-like
            A number, or an array of shape ``(n_samples,)``, for each input by name; or an array
            in the order of `inputs`, of shape ``(n_inputs,)`` or ``(n_samples, n_inputs)``.
            Tables, series, structured arrays and records go by their names.
        digits : int, optional
            Round every net and out to so many decimals, half away from zero, as on paper.
        engine : {"passes", "blocks"}, optional
            Object by object, or levels as matrix products, which do not round. By default what is
            faster: matrix products from about 100 parameters on.
        given : mapping from str to float or ndarray of shape (n_samples,), optional
            By address, such as ``{"h1.out": 0.59}``: nets and outs that stand in the place of those
            that would be computed, as where a page states them.

        Returns
        -------
        ndarray of shape (n_outputs,) or (n_samples, n_outputs)

        Raises
        ------
        StructureError
            If the graph is not a feed-forward network.
        InvalidValueError, InvalidTypeError, UnknownNameError
            If the inputs do not fit, there is no such engine, or it cannot round.

        Notes
        -----
        What an earlier backward pass computed is forgotten: every value an object carries belongs
        to the same pass. If the call fails, the network stays as it was.

        Examples
        --------
        >>> import neurograph as ng
        >>> net = ng.Network.layered(2, 1, weights=[[[0.1, 0.2]]])
        >>> net.forward([1, 0], digits=4)
        array([0.525])
        >>> net.forward([1, 0], given={"o1.net": 0.0})
        array([0.5])
        """
        storage = self.storage
        engine = checked_engine(engine, digits)
        if self.edits and engine == "blocks":
            raise InvalidValueError("engine 'blocks' follows no edits: use engine='passes'")
        if given and engine == "blocks":
            raise InvalidValueError("engine 'blocks' computes every net: use engine='passes'")
        large = not (digits is not None or given or self.edits) and is_large(storage.structure)
        if engine == "blocks" and not storage.structure.is_plain:
            raise InvalidValueError(f"engine 'blocks' {ONLY_PLAIN}")
        if engine == "blocks" or (large and engine is None):
            on_blocks = self._on_blocks(inputs)
            storage.show(on_blocks)
            return on_blocks.outs()
        now = self.calculation(inputs, digits=digits, given=given).compute()
        storage.show(now)
        return now.outs(storage.structure)

    def _pinned(self, values: Values, given: Mapping[str, Any]) -> Iterable[Equation]:
        """Return the equations of a forward pass with some nets and outs as they are given."""
        table = dict[Variable, Any]()
        for address, value in given.items():
            quantity = parse_address(address).quantity
            if quantity not in ("net", "out"):
                raise InvalidValueError(
                    f"{address!r} cannot be given to a forward pass: a net or an out can"
                )
            variable = Variable(quantity, row_of(self.neuron(parse_address(address).target)))
            table[variable] = self._given_value(values, address, value)
        values.altered, values.pinned = True, frozenset(table)
        for (quantity, row, _), value in table.items():
            values.given[quantity] = {**values.given.get(quantity, {}), row: value}
        return Equations(self.round(), updates=False, pinned=values.pinned).forward()

    @staticmethod
    def _given_value(values: Values, address: str, value: Any) -> Value:
        n = values.n_samples
        if n is None:
            return finite_number(value, address)
        numbers = np.asarray(value, dtype=float)
        if numbers.shape not in ((), (n,)) or not np.isfinite(numbers).all():
            raise InvalidValueError(f"{address!r} must be a finite number, or {n} of them")
        return np.broadcast_to(numbers, n).copy()

    def total_error(self, targets: Any = None) -> float:
        """Compare the outs of the last forward pass with targets, without a backward pass.

        E of one sample is summed over the outputs; over a batch it is the mean over the samples,
        unless the network's reduction is ``"sum"``.

        Parameters
        ----------
        targets : mapping or array-like, optional
            As for `backward`. Without targets, those of the last call count.

        Returns
        -------
        float

        Raises
        ------
        NotComputedError
            Before a forward pass, or when the network or a weight has changed since; or without
            targets, if none were given yet.
        InvalidValueError, InvalidTypeError, UnknownNameError
            If the targets do not fit.

        Examples
        --------
        >>> import neurograph as ng
        >>> net = ng.Network.layered(1, 1, weights=0.5, activation="identity")
        >>> _ = net.forward([3.0])
        >>> net.total_error([1.0])
        0.125
        """
        storage, now = self._after_forward()
        if targets is not None:
            by_row = self._read_targets(storage, now, targets)
            now = self._compare(self._with_settings(now), by_row, ["losses"])
            storage.show(now)
        elif not now.has_losses(storage.structure):
            raise NotComputedError(
                "the total error is not known yet: call net.total_error(targets) or"
                " net.backward(targets) first"
            )
        if isinstance(now, Values) and not now["total_error"]:  # messages that were abandoned
            parts = map(Variable, ("data_loss", "penalty", "total_error"))
            compute(map(self._equations().of, parts), now)
        return now.of_network("total_error")

    def backward(
        self, targets: Any, *, digits: int | None = None, engine: str | None = None
    ) -> float:
        """Send error messages back: compute delta of every neuron and the gradients.

        delta_j = f'(net_j) * dE/dout_j, where dE/dout_j is the sum of the error messages
        w_jk * delta_k that come back to j, and for an output the derivative of its loss;
        dE/dw_ij = delta_j * out_i, dE/dbias_j = delta_j.

        Parameters
        ----------
        targets : mapping or array-like
            A number, or an array of shape ``(n_samples,)``, for each output by name; or an array
            in the order of `outputs`, of shape ``(n_outputs,)`` or ``(n_samples, n_outputs)``.
            Tables, series, structured arrays and records go by their names.
        digits : int, optional
            Round every delta and gradient to so many decimals, half away from zero, as on paper.
        engine : {"passes", "blocks"}, optional
            As for `forward`; by default that of the forward pass. ``"blocks"`` needs a forward
            pass that was made with it, too.

        Returns
        -------
        float
            The total error.

        Raises
        ------
        NotComputedError
            Before a forward pass, or when the network or a weight has changed since.
        InvalidValueError, InvalidTypeError, UnknownNameError
            If the targets do not fit, or the engine does not.

        Notes
        -----
        Over a batch delta is that of each sample, a gradient that of the total error. Tied
        parameters are one parameter: each carries the sum of their gradients. If the call fails,
        the network stays as it was.

        Examples
        --------
        >>> import neurograph as ng
        >>> net = ng.Network.layered(1, 1, weights=0.5, activation="identity")
        >>> _ = net.forward([3.0])
        >>> net.backward([1.0])
        0.125
        >>> net.value("o1.delta"), net.value("w1.gradient")
        (0.5, 1.5)
        """
        digits = self.edits.digits(checked_digits(digits))
        engine = checked_engine(engine, digits)
        storage, now = self._after_forward()
        check_is_fresh(storage)
        if engine == "blocks" and not isinstance(now, BlockPass):
            raise InvalidValueError(
                "engine 'blocks' goes back only from a forward pass on blocks: call"
                " net.forward(inputs, engine='blocks') first"
            )
        by_row = self._read_targets(storage, now, targets)
        now = self._with_settings(now)
        if isinstance(now, BlockPass) and (digits is not None or engine == "passes"):
            now = now.as_values()
        storage.show(self._compare(now, by_row, ["losses", "backward"], digits))
        return self.total_error()

    def attribute(self, targets: Any, *, normalised: bool = True) -> NDArray[np.float64]:
        """Share out the errors in proportion to weights, as some tutorials do before gradients.

        error_j = target_j - out_j of an output, and else the sum of the shares that come back;
        share_jk = error_k * w_jk / sum_i w_ik, or without the denominator error_k * w_jk.

        Parameters
        ----------
        targets : mapping or array-like
            As for `backward`.
        normalised : bool
            Whether shares are divided by the sum of the weights into the neuron.

        Returns
        -------
        ndarray of shape (n_inputs,) or (n_samples, n_inputs)
            The errors of the inputs: without the denominator W^T e, layer by layer.

        Raises
        ------
        NotComputedError
            Before a forward pass, or when the network or a weight has changed since.
        InvalidValueError, InvalidTypeError, UnknownNameError
            If the targets do not fit; or if `normalised`, and the weights into a neuron sum to
            zero.

        Notes
        -----
        This is no gradient. A bias gets no share, a bias neuron gets
        one. What a backward pass with the same targets computed stays; the next pass forgets the
        shares. If the call fails, the network stays as it was.

        Examples
        --------
        >>> import neurograph as ng
        >>> net = ng.Network.layered(2, 1, weights=[[[0.6, 0.2]]], activation="identity")
        >>> _ = net.forward([1.0, 1.0])
        >>> net.attribute([1.6]), net.value("w1.share")
        (array([0.6, 0.2]), 0.6...)
        >>> net.attribute([1.6], normalised=False)
        array([0.48, 0.16])
        """
        by_row = self._read_targets(*self._after_forward(), targets)
        storage = self.storage
        normalised = normalised != self.edits.other_shares
        error, share = shared_out(self._equations(), storage, by_row, normalised=normalised)
        self._compare_anew(targets, by_row)
        storage.neurons["error"], storage.connections["share"] = error, share
        return np.stack([error[row] for row in storage.structure.inputs], axis=-1)

    def curvatures(self, targets: Any) -> dict[str, float]:
        """Compute how fast the gradient of every weight and bias changes with it.

        `curvature` is d2E/dw2, the diagonal of the Hessian. Beside it stands `gauss_newton`, the
        sum over the outputs of (dout/dw)^2 * d2E/dout2: as if every out were linear in w.

        Parameters
        ----------
        targets : mapping or array-like
            As for `backward`.

        Returns
        -------
        dict of str to float
            d2E/dw2 by address, such as ``"w5.curvature"`` or ``"h1.bias_curvature"``.

        Raises
        ------
        NotComputedError
            Before a forward pass, or when the network or a weight has changed since.
        InvalidValueError, InvalidTypeError, UnknownNameError
            If the targets do not fit.

        Notes
        -----
        See `neurograph.curvature`. It takes a round for each parameter; `landscape.at_point` has
        the whole Hessian. A parameter that is shared moves at all its places. What a backward pass
        with the same targets computed stays; the next pass forgets the curvatures. If the call
        fails, the network stays as it was.

        Examples
        --------
        >>> import neurograph as ng
        >>> net = ng.Network.layered(1, 1, weights=0.5, activation="identity")
        >>> _ = net.forward([3.0])
        >>> net.curvatures([1.0])
        {'w1.curvature': 9.0}
        >>> net.edges["i1", "o1"].gauss_newton
        9.0
        """
        by_row = self._read_targets(*self._after_forward(), targets)
        storage, structure = self.storage, self.structure
        inputs = {row: storage.neurons["out"][row] for row in structure.inputs}
        # Second derivatives are those of E, whatever the sign of a delta.
        of_round = replace(self.round(delta=DELTAS[0]), rewriting=None)
        equations = Equations(of_round, updates=False)
        by_slot = dict(curvatures(equations, storage.parameters.tolist(), inputs, by_row))
        self._compare_anew(targets, by_row)
        for name in Curvature._fields:
            column = {slot: getattr(values, name) for slot, values in by_slot.items()}
            storage.connections[name] = column
            storage.neurons[f"bias_{name}"] = OfBias(column, structure.bias_slot)
        of_weights = {
            f"{self.connection(structure.ends(slot)).name}.curvature": slot
            for slot in by_slot
            if structure.pre[slot] >= 0
        }
        of_biases = {
            f"{structure.names[row]}.bias_curvature": slot
            for row, slot in structure.bias_slot.items()
        }
        return {name: by_slot[slot].curvature for name, slot in (of_weights | of_biases).items()}

    def update_weights(self, learning_rate: float) -> None:
        """Move every trainable weight and bias against its gradient.

        w+ = w - learning_rate * dE/dw.

        Parameters
        ----------
        learning_rate : float
            Zero or more.

        Raises
        ------
        NotComputedError
            Before a backward pass, or when the network has changed since.
        InvalidValueError, InvalidTypeError
            If the learning rate is not a number, not finite or negative.

        Examples
        --------
        >>> import neurograph as ng
        >>> net = ng.Network.layered(1, 1, weights=0.5, activation="identity")
        >>> _ = net.forward([3.0]), net.backward([1.0])
        >>> net.update_weights(0.1)
        >>> net.value("w1.weight")
        0.35
        """
        rate = rate_of(learning_rate)
        storage, now = self._after_forward()
        if not now.has_gradients(storage.structure):
            raise NotComputedError(
                "the gradients are not known yet: call net.backward(targets) first"
            )
        # A second update by the same gradients starts from weights that these are not of.
        before = None if storage.outdated else storage.parameters.copy()
        if isinstance(now, BlockPass):
            now.change(storage.parameters, rate)
        else:
            now.remember({}, learning_rate=rate)
            compute(self._equations().phase("update"), now)
        storage.outdated, storage.past_update = True, None
        if before is not None:
            storage.past_update = PastUpdate(before, GRADIENT_DESCENT, "simultaneous", rate)

    def step(
        self,
        inputs: Any,
        targets: Any,
        learning_rate: float,
        order: str = "simultaneous",
        *,
        digits: int | None = None,
    ) -> float:
        """Do one forward pass, one backward pass and one update.

        Parameters
        ----------
        inputs, targets
            As for `forward` and `backward`.
        learning_rate : float
            Zero or more.
        order : {"simultaneous", "in_place"}
            ``"simultaneous"`` changes all parameters after the backward pass. ``"in_place"``
            changes each as soon as its gradient is known, so that errors further back are
            computed with weights that have already changed; this is not the gradient of the
            total error, but some published results come from it.
        digits : int, optional
            Round as in `forward` and `backward`.

        Returns
        -------
        float
            The total error before the update.

        Raises
        ------
        StructureError, InvalidValueError, InvalidTypeError, UnknownNameError
            As for `forward`, `backward` and `update_weights`; the network stays as it was.

        Examples
        --------
        >>> import neurograph as ng
        >>> net = ng.Network.layered(1, 1, weights=0.5, activation="identity")
        >>> net.step([3.0], [1.0], learning_rate=0.1)
        0.125
        >>> net.value("w1.weight")
        0.35
        """
        # Worked out on a copy, so that an interrupted step changes nothing.
        storage, rate = self.storage, rate_of(learning_rate)
        before, parameters = storage.parameters.copy(), storage.parameters.tolist()
        now = self.calculation(
            inputs, targets, rate, order, digits=digits, parameters=parameters
        ).compute()
        storage.show(now)
        storage.parameters[:] = parameters
        now.tables["weight"] = now.tables["new_weight"] = storage.cells
        storage.outdated = True
        storage.past_update = PastUpdate(before, GRADIENT_DESCENT, order, rate, digits)
        return self.total_error()

    def messages(
        self,
        inputs: Any,
        targets: Any = None,
        learning_rate: float | None = None,
        order: str = "simultaneous",
        *,
        optimizer: str | Optimizer = "gradient_descent",
        digits: int | None = None,
    ) -> Iterator[Message]:
        """Run a pass one value at a time.

        Parameters
        ----------
        inputs
            As for `forward`.
        targets : optional
            As for `backward`; without targets only the forward pass runs.
        learning_rate : float, optional
            Without it no parameter is updated.
        order : {"simultaneous", "in_place"}
            As for `step`.
        optimizer : str or Optimizer
            As for `train`, of which this is the first step. What it remembers of a parameter, and
            the change, are messages of their own, except of plain gradient descent.
        digits : int, optional
            Round as in `forward` and `backward`.

        Returns
        -------
        iterator of Message
            In the order of computation. When a message is given out, the object it names carries
            the value; what is not computed yet is not known.

        Raises
        ------
        StructureError, InvalidValueError, InvalidTypeError, UnknownNameError
            As for `step`; at the call, before the first message.

        Examples
        --------
        >>> import neurograph as ng
        >>> net = ng.Network.layered(1, 1, weights=0.5, activation="identity")
        >>> for message in net.messages([3.0], [1.0], learning_rate=0.1):
        ...     print(message.address, message.value)
        i1.out 3.0
        w1.message 1.5
        o1.net 1.5
        o1.out 1.5
        o1.target 1.0
        o1.loss 0.125
        o1.out_gradient 0.5
        o1.slope 1.0
        o1.delta 0.5
        w1.gradient 1.5
        w1.error_message 0.25
        i1.out_gradient 0.25
        w1.weight 0.35
        """
        wanted = NO_TARGETS if targets is None else targets
        calculation = self.calculation(
            inputs, wanted, learning_rate, order, optimizer=optimizer, digits=digits
        )
        storage, now = self.storage, calculation.values
        storage.show(now)
        stops = calculation.stops()
        return (_message(self, storage.structure, equation, now) for equation in stops)

    def calculation(
        self,
        inputs: Any,
        targets: Any = NO_TARGETS,
        learning_rate: float | None = None,
        order: str = "simultaneous",
        *,
        optimizer: str | Optimizer = "gradient_descent",
        digits: int | None = None,
        parameters: MutableSequence[float] | None = None,
        given: Mapping[str, Any] | None = None,
    ) -> Calculation:
        """Return the equations of a round, and the values that they start from.

        No object carries what they compute, but an update changes the parameters.

        Parameters
        ----------
        inputs
            As for `forward`.
        targets : optional
            As for `backward`; where they are left out, there is only the forward pass.
        learning_rate : float, optional
            Without it no parameter is updated.
        order, digits
            As for `step`.
        optimizer
            As for `train`, of which this is the first step.
        parameters : mutable sequence of float, optional
            By slot, what counts and is changed in place of the network's own parameters.
        given : mapping from str to float or ndarray of shape (n_samples,), optional
            As for `forward`.

        Returns
        -------
        Calculation

        Raises
        ------
        StructureError, InvalidValueError, InvalidTypeError, UnknownNameError
            As for `step`.

        Examples
        --------
        >>> import neurograph as ng
        >>> net = ng.Network.layered(1, 1, weights=0.5, activation="identity")
        >>> net.calculation([3.0], [1.0]).compute()["delta"]
        {1: 0.5}
        """
        compared = targets is not NO_TARGETS
        updates = learning_rate is not None
        if updates and not compared:
            raise InvalidValueError("an update needs targets: give them beside the inputs")
        rate = rate_of(learning_rate) if updates else None
        storage = self.storage
        one_of(order, ORDERS, "order")
        chosen = get_optimizer(optimizer)
        digits = self.edits.digits(checked_digits(digits))
        values = given_values(storage, inputs, targets, rate, parameters, chosen)
        values.altered = bool(self.edits)
        if given:
            phases = [self._pinned(values, given)]
        elif self.edits:
            phases = [self._equations().phase("forward")]
        else:
            phases = [forward_equations(storage)]
        if compared:
            equations = self._equations(order, chosen, updates=updates)
            phases += [equations.phase("losses"), equations.phase("backward")]
            if updates and not equations.in_place:
                phases.append(equations.phase("update"))
        return Calculation(phases, values, digits, chosen)

    def clear_pass(self) -> None:
        """Forget everything that passes computed; parameters and settings stay.

        Examples
        --------
        >>> import neurograph as ng
        >>> net = ng.Network.layered(1, 1, weights=0.5)
        >>> _ = net.forward([3.0])
        >>> net.clear_pass()
        >>> "out" in net.nodes["o1"]
        False
        """
        check_is_no_view(self)
        storage = self._current()
        if storage is not None:
            storage.forget()
            return
        for element in [*self._node.values(), *(data for _, _, data in self.edges(data=True))]:
            forget(element)

    # -- training, and asking for answers ---------------------------------------------------------

    def predict(self, inputs: Mapping[Hashable, Any] | ArrayLike) -> NDArray[np.float64]:
        """Compute the outputs, without touching what the objects carry.

        Parameters
        ----------
        inputs : mapping or array-like
            As for `forward`.

        Returns
        -------
        ndarray of shape (n_outputs,) or (n_samples, n_outputs)

        Raises
        ------
        StructureError, InvalidValueError, InvalidTypeError, UnknownNameError
            As for `forward`.

        Examples
        --------
        >>> import neurograph as ng
        >>> net = ng.Network.layered(1, 1, weights=0.5, activation="identity")
        >>> net.predict([[3.0], [4.0]])
        array([[1.5],
               [2. ]])
        >>> "out" in net.nodes["o1"]
        False
        """
        storage = self.storage
        if self.edits or not storage.structure.is_plain:
            return self.calculation(inputs).compute().outs(storage.structure)
        rows, batch = read_rows(inputs, self.inputs, "input")
        outs = answers(storage, self._round(loss=get_loss(self.loss)), rows)
        return outs if batch else outs[0]

    def train(
        self,
        inputs: Mapping[Hashable, Any] | ArrayLike,
        targets: Mapping[Hashable, Any] | ArrayLike,
        *,
        learning_rate: float | str | Callable[[int], float],
        epochs: int,
        batch_size: int | None = None,
        optimizer: str | Optimizer = "gradient_descent",
        order: str = "simultaneous",
        shuffle: bool = False,
        seed: "int | np.random.Generator | None" = None,
        record: str | Iterable[str] = ("loss",),
        every: int = 1,
        stop: Stop | Sequence[Stop] | None = None,
        callback: Callable[[Moment], object] | None = None,
        progress: bool | None = None,
        engine: str | None = None,
        resume: History | None = None,
        memory: History | Mapping[str, float] | Sequence[Any] | None = None,
    ) -> History:
        """Train the network: in each epoch, step through all the samples.

        Parameters
        ----------
        inputs, targets, learning_rate, epochs, batch_size, optimizer, order, shuffle, seed
            What is done: see `neurograph.train`.
        record, every, stop, callback, progress, engine
            What is kept of it, when it ends, and how it is run: see `neurograph.train`.
        resume : History, optional
            Of a run that goes on: see `neurograph.train`.
        memory : History or mapping from str to float, optional
            What the optimiser begins with: see `neurograph.train`.

        Returns
        -------
        History

        Raises
        ------
        InvalidValueError, InvalidTypeError, UnknownNameError, StructureError, DivergedError
            As for `neurograph.train`.

        Examples
        --------
        >>> import neurograph as ng
        >>> net = ng.Network.layered(2, 4, 1, bias=0.0, seed=1)
        >>> inputs, targets = [[0, 0], [0, 1], [1, 0], [1, 1]], [[0], [1], [1], [0]]
        >>> history = net.train(inputs, targets, learning_rate=5.0, epochs=2000)
        >>> net.predict(inputs).round().tolist()
        [[0.0], [1.0], [1.0], [0.0]]
        """
        try:
            self._history = train(
                self,
                inputs,
                targets,
                learning_rate=learning_rate,
                epochs=epochs,
                batch_size=batch_size,
                optimizer=optimizer,
                order=order,
                shuffle=shuffle,
                seed=seed,
                record=record,
                every=every,
                stop=stop,
                callback=callback,
                progress=progress,
                engine=engine,
                resume=resume,
                memory=memory,
            )
        except DivergedError as error:
            self._history = error.history
            raise
        return self._history

    @property
    def history(self) -> History | None:
        """What the last training recorded; also after it was interrupted, diverged or loaded.

        Returns
        -------
        History or None
            `None` before the first training. A copy of the network has none.

        Examples
        --------
        >>> import neurograph as ng
        >>> net = ng.Network.layered(1, 1, weights=0.5, activation="identity")
        >>> _ = net.train([3.0], [1.0], learning_rate=0.1, epochs=2)
        >>> net.history
        History(2 epochs, 2 steps: loss 0.125 -> 0.00125)
        >>> net.train([3.0], [1.0], learning_rate=0.1, epochs=3, resume=net.history)
        History(3 epochs, 3 steps: loss 0.125 -> 1.25e-05)
        """
        return self._history

    def plan(
        self,
        *,
        batch_size: int = 1,
        optimizer: str | Optimizer = "gradient_descent",
        order: str = "simultaneous",
        engine: str | None = None,
    ) -> Plan:
        """Return how the steps of training are run, and why.

        Parameters
        ----------
        batch_size : int
            Samples in a step.
        optimizer : str or Optimizer
            As for `train`.
        order : {"simultaneous", "in_place"}
            As for `train`.
        engine : {"passes", "straight_line", "blocks", "jit"}, optional
            By default the one that is expected to be the fastest.

        Returns
        -------
        Plan

        Raises
        ------
        StructureError, InvalidValueError, InvalidTypeError, UnknownNameError
            If the graph is not a feed-forward network, or something given cannot be used.

        Examples
        --------
        >>> import neurograph as ng
        >>> net = ng.Network.layered(2, 1, weights=[[[0.1, 0.2]]], bias=0.3)
        >>> plan = net.plan()
        >>> plan.engine
        'straight_line'
        >>> print(plan.source())
        def train(values, batches, rates, step, note):
            (w1, w2, b_o1,) = values
            for batch, learning_rate in zip(batches, rates):
                ((i1, i2, target_o1,),) = batch
                # forward
                net_o1 = w1*i1 + w2*i2 + b_o1
                out_o1 = 1.0 / (1.0 + exp(-net_o1))
                # error
                error = (1.0 / 2.0 * ((target_o1 - out_o1) * (target_o1 - out_o1)))
                note(error)
                if error - error != 0.0:
                    break
                # backward
                delta_o1 = (out_o1 * (1.0 - out_o1))*(out_o1 - target_o1)
                d_w1 = delta_o1*i1
                d_w2 = delta_o1*i2
                d_b_o1 = delta_o1
                # update
                w1 = w1 - learning_rate * d_w1
                w2 = w2 - learning_rate * d_w2
                b_o1 = b_o1 - learning_rate * d_b_o1
            return (w1, w2, b_o1,)
        <BLANKLINE>
        """
        one_of(order, ORDERS, "order")
        return plan_for(
            self.storage,
            self._round(order, get_optimizer(optimizer), loss=get_loss(self.loss)),
            batch_size=whole_number(batch_size, "batch_size"),
            engine=engine,
        )

    # -- keeping it in a file ----------------------------------------------------------------------

    def save(
        self, path: str | os.PathLike[str], *, data: bool = True, training: bool = False
    ) -> None:
        """Save the network in a file: everything that is set, every number to the bit.

        Parameters
        ----------
        path : str or path
            Ends in ``.json``. A saved network that is there already is replaced.
        data : bool
            Whether the inputs and targets of the last passes are saved too, so that the command
            line finds them. What passes compute is not: it is computed again.
        training : bool
            Whether the history and what the optimiser remembers are saved too, so that the training
            can go on where it is loaded: ``net.train(..., resume=net.history)``.

        Raises
        ------
        InvalidValueError
            If something in the network has no place in a file, such as a weight that is nan; if the
            path does not end in ``.json``; or if there is no training to save.
        UnwritableError
            If the file cannot be written, or is something else; what was there is still there.

        Notes
        -----
        The document is described in ``scenarios/README.md``. Its table ``network`` has the keys of
        a scenario file; layers are kept as matrices. Activations, losses and combine rules of your
        own are in it.

        Examples
        --------
        >>> import tempfile
        >>> import neurograph as ng
        >>> net = ng.Network.layered(2, 2, 1, seed=1)
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     net.save(f"{folder}/xor.json")
        ...     again = ng.load(f"{folder}/xor.json")
        >>> again.connection("w5").weight == net.connection("w5").weight
        True
        """
        from neurograph import checkpoints  # with what reads and writes files

        file = Path(path)
        if file.suffix.lower() != ".json":
            raise InvalidValueError(f"{file}: a network is saved in a file that ends in .json")
        if training and self._history is None:
            raise InvalidValueError(f"{file}: there is no training to save")
        storage = self._storage_or_none()
        samples = checkpoints.data_of(storage) if data and storage is not None else None
        history = self._history if training else None
        document = checkpoints.document_of(self, storage, samples, history)
        checkpoints.write_document(document, file)

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> Self:
        """Return the network that `save` saved.

        Parameters
        ----------
        path : str or path

        Returns
        -------
        Network

        Raises
        ------
        ScenarioError
            If there is no such file, or it is no saved network, of a later version, cut off or
            changed; the message names the file and the place in it.

        Examples
        --------
        >>> import neurograph as ng
        >>> ng.Network.load("xor.json")
        Traceback (most recent call last):
        neurograph.errors.ScenarioError: xor.json: no such file
        """
        from neurograph import checkpoints

        document = checkpoints.read_document(path)
        network: Self = checkpoints.restored(document, path, cls)
        network._history = checkpoints.history_of(document, path)
        return network

    def to_toml(self) -> str:
        """Return the network as the table ``[network]`` of a scenario file.

        Returns
        -------
        str

        Raises
        ------
        InvalidValueError
            If something in the network has no place in a file.

        Examples
        --------
        >>> import neurograph as ng
        >>> print(ng.Network.layered(2, 1, weights=[[[0.15, 0.2]]], bias=0.5).to_toml())
        [network]
        loss = "half_squared_error"
        reduction = "mean"
        layers = [
            { size = 2 },
            { size = 1, activation = "logistic", weights = [
                [0.15, 0.2],
            ], bias = [0.5], shared_bias = false, trainable_bias = true },
        ]
        <BLANKLINE>
        """
        from neurograph import checkpoints

        return checkpoints.toml_of(self, self._storage_or_none())

    # -- as a graph of NetworkX -------------------------------------------------------------------

    @cached_property
    def nodes(self) -> "View[Hashable, Neuron]":
        """The neurons: see `networkx.DiGraph.nodes`."""
        return NeuronView(self)

    @cached_property
    def edges(self) -> "View[Pair, Connection]":
        """The connections: see `networkx.DiGraph.edges`."""
        return ConnectionView(self)

    def _ipython_key_completions_(self) -> list[Hashable]:
        return list(self._node)

    # These change the graph step by step. Where one of them fails halfway, NetworkX leaves its
    # cache as it was.

    def add_nodes_from(self, nodes_for_adding: Any, **attr: Any) -> None:
        """Add several neurons, as `networkx.DiGraph.add_nodes_from` does."""
        try:
            super().add_nodes_from(with_everything(nodes_for_adding), **attr)
        finally:
            nx._clear_cache(self)

    def remove_nodes_from(self, nodes: Any) -> None:
        """Remove several neurons, as `networkx.DiGraph.remove_nodes_from` does."""
        try:
            super().remove_nodes_from(nodes)
        finally:
            nx._clear_cache(self)

    def add_edges_from(self, ebunch_to_add: Any, **attr: Any) -> None:
        """Add several connections, as `networkx.DiGraph.add_edges_from` does."""
        if self._draft is None:
            self._draft = Draft()
        try:
            draft_edges(self, self._draft, ebunch_to_add, attr, super().add_edges_from)
        finally:
            nx._clear_cache(self)

    def remove_edges_from(self, ebunch: Any) -> None:
        """Remove several connections, as `networkx.DiGraph.remove_edges_from` does."""
        try:
            super().remove_edges_from(ebunch)
        finally:
            nx._clear_cache(self)

    def copy(self, as_view: bool = False) -> Self:
        """Return a copy with neurons and connections of its own, or a view.

        Parameters
        ----------
        as_view : bool
            Whether to return a view that shares the objects instead.

        Returns
        -------
        Network

        Examples
        --------
        >>> import neurograph as ng
        >>> net = ng.Network.layered(1, 1, weights=0.5)
        >>> copied = net.copy()
        >>> copied.edges["i1", "o1"].weight = 0.25
        >>> net.edges["i1", "o1"].weight
        0.5
        """
        if as_view or self._is_view():
            return cast(Self, super().copy(as_view))
        try:
            storage = self.storage
        except NeurographError:  # it has no columns, because a pass could not run on it
            return cast(Self, super().copy())
        copied = self.__class__()
        copied.graph.update(self.graph)
        with no_collection():
            own = storage.copy()
            fill_like(copied, self, own)
            copied._keep(own)
        return copied

    def to_directed_class(self) -> type[Self]:
        """Return the class of an empty directed copy.

        Examples
        --------
        >>> import neurograph as ng
        >>> ng.Network().to_directed_class()
        <class 'neurograph.network.Network'>
        """
        return type(self)

    def __copy__(self) -> Self:
        # Two networks cannot share their objects: each pass writes on them.
        copied: Self = self.copy()
        return copied

    def __getstate__(self) -> dict[str, Any]:
        # The objects carry their values with them; columns are made anew at the next pass.
        state = {key: value for key, value in vars(self).items() if key not in _NOT_COPIED}
        bound = self._bound
        if bound is not None:
            is_older = bound.outdated or self._current() is None
            state["_is_behind"] = bound.outlived or (bound.shown is not None and is_older)
        return state | {"__networkx_cache__": None if self.__networkx_cache__ is None else {}}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)
        self._label_index = Labels()

    # -- what the verbs are made of ---------------------------------------------------------------

    def _current(self) -> Storage | None:
        """Return the storage that the objects are bound to, unless the network has changed."""
        storage: Storage | None = self._noted(_STORAGE)
        if storage is not None and not storage.stale:
            return storage
        storage = self._bound
        if storage is None or not is_bound_network(self, storage):
            return None
        self._note(_STORAGE, storage)
        return storage

    def _hand_over(self, storage: Storage) -> None:
        """Tell a new storage what is known of the numbers that the objects still carry."""
        before = self._bound
        if before is None:
            storage.outlived = self._is_behind
        elif storage.structure.computes_like(before.structure):
            storage.outlived, storage.outdated = before.outlived, before.outdated
            storage.past_update = before.past_update
        else:
            storage.outlived = before.shown is not None or before.outlived

    # NetworkX empties its cache in every method that changes a graph: what is noted there has been
    # true since the last change. Where the cache is switched off (None), nothing is noted.

    def _noted(self, key: str) -> Any:
        return (self.__networkx_cache__ or {}).get(key)

    def _note(self, key: str, value: object) -> None:
        if self.__networkx_cache__ is not None:
            self.__networkx_cache__[key] = value

    def _keep(self, storage: Storage) -> None:
        """Remember the storage that the objects are bound to."""
        self._bound, self._draft = storage, None
        storage.watch_labels(self._label_index.writes)
        storage.belong_to(ref(self))
        self._note(_STORAGE, storage)

    def _structure(self) -> Structure:
        # A view cannot keep what it has read.
        return read_structure(self) if self._is_view() else self.storage.structure

    def _storage_or_none(self) -> Storage | None:
        """Return the storage, or nothing where the graph is no feed-forward network."""
        try:
            return self.storage
        except NeurographError:
            return None

    def _is_view(self) -> bool:
        return getattr(self, "_graph", None) is not None

    def _labels(self) -> dict[Hashable, list[Place]]:
        return self._label_index.places(self)

    def _check_label_is_free(self, label: str) -> None:
        if taken := self.labelled(label):
            raise InvalidValueError(f"the label {label!r} is taken by {listed(taken)}")

    def _setting(self, key: str) -> Any:
        if self._current() is None:
            adopt_settings(self)
        value = self.graph.get(key)
        return DEFAULTS[key] if value is None else value

    def _set(self, key: str, value: str | None) -> None:
        """State a setting; what was computed with another one is forgotten."""
        if value is None:
            self._setting(key)  # so that no output states it later
            before = self.graph.pop(key, None)
        else:
            before, self.graph[key] = self.graph.get(key), value
        if (before or DEFAULTS[key]) == (value or DEFAULTS[key]):
            return
        storage = self._current()
        if storage is None or storage.computed is None:
            return
        if storage.computed.has_losses(storage.structure):
            outdated = storage.outdated
            storage.show(storage.computed.of_forward())
            storage.outdated = outdated

    def _sharing(self, tie: str, quantity: str) -> list[tuple[Neuron | Connection, str]]:
        """Return the objects whose parameter has the name of a tie, each with the key there."""
        row = BY_ADDRESS[quantity]
        if row.owner != "parameter":
            return []
        try:
            structure = self._structure()
        except StructureError:
            return []
        slots = structure.tied.get(tie, ())
        return [
            (self.neuron(structure.names[structure.post[slot]]), row.of_bias)
            if structure.pre[slot] < 0
            else (self.connection(structure.ends(slot)), row.name)
            for slot in slots
        ]

    def _equations(
        self,
        order: str = "simultaneous",
        optimizer: Optimizer = GRADIENT_DESCENT,
        *,
        updates: bool = True,
    ) -> Equations:
        return equations_of(self.storage, self.round(order, optimizer), updates=updates)

    def _round(
        self,
        order: str = "simultaneous",
        optimizer: Optimizer = GRADIENT_DESCENT,
        *,
        loss: Loss,
        delta: str | None = None,
        edits: Edits | None = None,
    ) -> Round:
        edits = self.edits if edits is None else edits
        terms = self.terms if delta is None else replace(self.terms, delta=delta)
        storage = self.storage
        stated = Round(storage.structure, loss, self.reduction, order, optimizer)
        of_round = edits.round(stated, terms) if edits else stated.on(terms)
        # That of last time knows already what follows from it.
        kept: Round = storage.prepared.setdefault(("round", of_round.key), of_round)
        return kept

    def _on_blocks(self, inputs: Any) -> BlockPass:
        rows, batch = read_rows(inputs, self.inputs, "input")
        of_round = self._round(loss=get_loss(self.loss))
        return BlockPass(self.storage, of_round, rows, batch)

    def _with_settings(self, now: Values | BlockPass) -> Values | BlockPass:
        """Return what a forward pass computed, ready for the loss and reduction as they are."""
        if isinstance(now, BlockPass) and not now.is_for(self.round()):
            return now.as_values()
        return now

    def _read_targets(
        self, storage: Storage, now: Values | BlockPass, targets: Any
    ) -> dict[int, Value]:
        """Return by row what the outs of a forward pass are to be compared with."""
        check_is_fresh(storage)
        structure = storage.structure
        wanted = read_targets(structure, targets, now.an_input(structure))
        return dict(zip(structure.outputs, wanted, strict=True))

    def _compare(
        self,
        now: Values | BlockPass,
        by_row: dict[int, Value],
        phases: Sequence[str],
        digits: int | None = None,
    ) -> Values | BlockPass:
        """Go on from a forward pass: to the losses, or to the losses and back."""
        now = now.of_forward()
        if isinstance(now, BlockPass):
            now.compare(as_rows(list(by_row.values())))
            if "backward" in phases:
                now.go_back()
            return now
        now.given["target"] = by_row
        # Of edits one may be the order: no weight changes here.
        equations = self._equations(updates=not self.edits)
        for phase in phases:
            compute(equations.phase(phase), now, digits)
        return now

    def _compare_anew(self, targets: Any, by_row: Mapping[int, Value]) -> None:
        """Compare the outputs with targets, if they have not been compared with these."""
        storage, now = self._after_forward()
        if not now.has_losses(storage.structure) or not all(
            np.array_equal(storage.neurons["target"][row], target) for row, target in by_row.items()
        ):
            self.total_error(targets)

    def _after_forward(self) -> tuple[Storage, Values | BlockPass]:
        """Return the storage and what the last forward pass computed, if it still holds."""
        check_is_no_view(self)
        storage = self._current()
        bound = self._bound
        if (storage is None and bound is not None and bound.computed is not None) or (
            storage is not None and storage.outlived
        ):
            raise NotComputedError(
                "the network has changed since the last forward pass: call net.forward(inputs)"
                " again"
            )
        if (
            storage is None
            or storage.computed is None
            or not storage.computed.has_outs(storage.structure)
        ):
            raise NotComputedError(
                "no forward pass has been made yet: call net.forward(inputs) first"
            )
        return storage, cast("Values | BlockPass", storage.computed)


def load(path: str | os.PathLike[str]) -> Network:
    """Return the network that `Network.save` saved: see `Network.load`.

    Parameters
    ----------
    path : str or path

    Returns
    -------
    Network

    Raises
    ------
    ScenarioError
        As for `Network.load`.
    """
    return Network.load(path)


def _options(method: Any) -> list[str]:
    """Return the options of a method, without the one that is too near to words such as time."""
    return [option for option in method.__kwdefaults__ if option != "tie"]


def _without_defaults(settings: Mapping[str, Any]) -> dict[str, Any]:
    return {
        key: value
        for key, value in settings.items()
        if value is not None and (key, value) not in (("trainable", True), ("combine", "sum"))
    }


def _message(net: Network, structure: Structure, equation: Equation, now: Values) -> Message:
    name, place, _ = equation.left
    value, row = now[name][place], QUANTITIES[name]
    if isinstance(value, np.ndarray):
        value.setflags(write=False)
    element: Neuron | Connection
    if row.owner == "neuron":
        element = net.neuron(structure.names[place])
    elif structure.pre[place] < 0:
        element, name = net.neuron(structure.names[structure.post[place]]), row.of_bias
    else:
        element = net.connection(structure.ends(place))
    # An object carries a new value of its parameter under the name of the parameter.
    return Message(equation.phase, element, name.removeprefix("new_"), value)
