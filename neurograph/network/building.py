"""Building a network, object by object or layer by layer."""

from collections.abc import Hashable, Mapping, Sequence
from typing import Any, Self

import numpy as np

from neurograph.columns import NumberedLabels, Storage
from neurograph.elements import (
    Connection,
    Neuron,
    is_hashable,
    made_bound,
    name_loose,
    neuron_name,
    setting,
)
from neurograph.errors import (
    InvalidValueError,
    UnknownNameError,
    did_you_mean,
    refuse_misspelt,
)
from neurograph.layers import Layout, lay_out
from neurograph.network.graph import no_collection
from neurograph.network.looking import Looking, listed
from neurograph.structure import Block, layered_structure

__all__ = ["Building"]


class Building(Looking):
    """The part of `Network` that builds it."""

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
        refuse_misspelt(attributes.keys() - {"name"}, _options(Building.layered), "Network.layered")
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
        net._fill(layout)
        return net

    def _fill(self, layout: Layout) -> None:
        """Make all neurons and connections at once, bound from the start."""
        structure = layered_structure(layout)
        storage = Storage(structure)
        storage.connections["label"] = NumberedLabels(structure)
        fields = storage.neurons
        levels = structure.levels
        kinds = ["input", *["hidden"] * (len(levels) - 2), "output"]
        fields["kind"] = {
            row: kind for level, kind in zip(levels, kinds, strict=True) for row in level
        }
        fields["activation"] = {
            row: name
            for level, name in zip(levels[1:], layout.activations, strict=True)
            for row in level
        }
        if not layout.trainable_bias:
            fields["trainable"] = dict.fromkeys(structure.bias_slot, False)
        if layout.shared_bias:
            fields["tie"] = {
                int(structure.post[slot]): tie
                for tie, slots in structure.tied.items()
                for slot in slots
            }
        with no_collection():
            neurons = made_bound(Neuron, fields, range(len(structure.names)))
            self._node.update(zip(structure.names, neurons, strict=True))
            self._succ.update((name, {}) for name in structure.names)
            self._pred.update((name, {}) for name in structure.names)
            for block, pres, posts in zip(
                structure.blocks, layout.names, layout.names[1:], strict=False
            ):
                self._join(storage, block, pres, posts)
        self._keep(storage)

    def _join(
        self, storage: Storage, block: Block, pres: Sequence[Hashable], posts: Sequence[Hashable]
    ) -> None:
        """Connect every neuron of a layer with every neuron of the next."""
        starts = range(block.slots.start, block.slots.stop, block.width)
        slots = [slot for start in starts for slot in range(start, start + block.width - 1)]
        connections = made_bound(Connection, storage.connections, slots)
        n = len(pres)
        for number, post in enumerate(posts):
            self._pred[post] = dict(
                zip(pres, connections[number * n : (number + 1) * n], strict=True)
            )
        for number, pre in enumerate(pres):
            self._succ[pre] = dict(zip(posts, connections[number::n], strict=True))

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
        combine : {"sum", "product", "mean", "max", "min"}
            How net is made of the messages that arrive: see `neurograph.combinations`. The bias is
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
        refuse_misspelt(items, _options(Building.add_neuron), "add_neuron")

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
        refuse_misspelt(items, ["weight", *_options(Building.connect)], "connect")

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

    def _check_label_is_free(self, label: str) -> None:
        if taken := self._labelled(label):
            raise InvalidValueError(f"the label {label!r} is taken by {listed(taken)}")


def _options(method: Any) -> list[str]:
    """Return the options of a method, without the one that is too near to words such as time."""
    return [option for option in method.__kwdefaults__ if option != "tie"]


def _without_defaults(settings: Mapping[str, Any]) -> dict[str, Any]:
    return {
        key: value
        for key, value in settings.items()
        if value is not None and (key, value) not in (("trainable", True), ("combine", "sum"))
    }
