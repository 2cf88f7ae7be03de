"""A network as facts: what files say of it, checked, and what is to be said of one.

The tables and their keys are the same in scenario files and in files of saved networks.
"""

import sys
from collections import Counter
from collections.abc import Callable, Hashable, Iterator, Sequence
from dataclasses import fields, replace
from itertools import pairwise
from typing import Annotated, Any, Literal, TypeVar

import networkx as nx
import numpy as np
from numpy.typing import NDArray

from neurograph import activations, losses
from neurograph.bindings import find_levels, layout_of
from neurograph.columns import Storage
from neurograph.combinations import COMBINATIONS, SYNONYMS, get_combination, is_formula
from neurograph.display import Brief
from neurograph.elements import Connection, Neuron, as_meant
from neurograph.errors import InvalidValueError, NeurographError, ScenarioError, did_you_mean
from neurograph.fields import (
    MAX_LIST,
    Field,
    Mistakes,
    choice,
    choice_of,
    either,
    errors_at,
    free_items,
    integer,
    keys_of,
    list_of,
    matrix,
    name,
    name_or_formula,
    node,
    not_negative,
    number,
    record_of,
    seed_number,
    table_of,
    truth,
    wrong,
)
from neurograph.layers import INITIALISERS, Layout, usual_names
from neurograph.quantities import BY_ADDRESS
from neurograph.records import record
from neurograph.terms import DELTAS, SLOPES, TERMS, USUAL_TERMS, Penalty
from neurograph.views import SETTINGS

__all__ = [
    "Biases", "ConnectionFacts", "Layer", "NetworkFacts", "NeuronFacts", "network", "penalty_of",
]  # fmt: skip

#: A network of a file is built object by object, each time a run begins.
MOST_CONNECTIONS = 100_000

N = TypeVar("N")

#: What a loss is in a file: a name, or a formula.
LOSS = name_or_formula(losses.LOSSES, losses.WORDS)
_ACTIVATION = name_or_formula(activations.ACTIVATIONS, activations.WORDS)

Biases = Literal["as_given", "trained", "fixed", "shared", "none"]


_combine_word = choice_of(COMBINATIONS, SYNONYMS)


def _combine_rule(value: Any, place: str) -> str:
    """Check the name of a combine rule, or a formula in the names of the senders."""
    if not (isinstance(value, str) and is_formula(value)):
        word: str = _combine_word(value, place)
        return word
    with errors_at(place):
        return get_combination(value).name


@record(slots=True, kw_only=True)
class NeuronFacts(Brief):
    """One neuron of a scenario file; `None` leaves what `Network.add_neuron` chooses."""

    name: Annotated[Hashable, node]
    activation: Annotated[str | None, _ACTIVATION] = None
    bias: Annotated[float | None, number] = None
    label: Annotated[str | None, name] = None
    trainable: Annotated[bool | None, truth] = None
    tie: Annotated[str | None, name] = None
    kind: Annotated[str | None, choice("input", "hidden", "output", "bias")] = None
    combine: Annotated[str | None, _combine_rule] = None
    mask: Annotated[float | None, number] = None
    attributes: Annotated[dict[str, Any] | None, free_items] = None


@record(slots=True, kw_only=True)
class ConnectionFacts(Brief):
    """One connection of a scenario file; `None` leaves what `Network.connect` chooses."""

    pre: Annotated[Hashable, node]
    post: Annotated[Hashable, node]
    weight: Annotated[float, number]
    label: Annotated[str | None, name] = None
    trainable: Annotated[bool | None, truth] = None
    tie: Annotated[str | None, name] = None
    attributes: Annotated[dict[str, Any] | None, free_items] = None


#: The keys of a penalty.
_PENALTY = {
    field.name: Field(truth if field.type is bool else not_negative, default=field.default)
    for field in fields(Penalty)
}


def penalty_of(value: Any, place: str) -> Penalty:
    """Check what is added to the error for the size of the weights."""
    made: Penalty = table_of(Penalty, _PENALTY)(value, place)
    return made


@record(slots=True, kw_only=True)
class NetworkFacts(Brief):
    """The network of a scenario file, neuron by neuron and connection by connection.

    Parameters
    ----------
    loss, reduction, slope, penalty, delta
        As for `Network`.
    neurons, connections : tuple
        All of them; those that the file gives by layers come first.
    layer_sizes : tuple of int
        How many neurons each layer has that the file gives as a layer, inputs first.
    """

    loss: Annotated[str, LOSS] = "half_squared_error"
    reduction: Annotated[str, choice("mean", "sum")] = "mean"
    slope: Annotated[str, choice(*SLOPES)] = SLOPES[0]
    penalty: Annotated[Penalty | None, penalty_of] = None
    delta: Annotated[str, choice(*DELTAS)] = DELTAS[0]
    neurons: Annotated[tuple[NeuronFacts, ...], list_of(record_of(NeuronFacts))] = ()
    connections: Annotated[tuple[ConnectionFacts, ...], list_of(record_of(ConnectionFacts))] = ()
    attributes: Annotated[dict[str, Any] | None, free_items] = None
    layer_sizes: tuple[int, ...] = ()

    def build(self, of: Callable[..., N]) -> N:
        """Build a network with these facts.

        Parameters
        ----------
        of : type
            `Network`, or a class that inherits from it.

        Returns
        -------
        Network

        Raises
        ------
        ScenarioError
            If two facts contradict each other; the message names the place in the file.
        """
        settings = {"loss": self.loss, "reduction": self.reduction, **self.terms}
        net: Any = _placed("network", of, **settings)
        net.graph.update(self.attributes or {})
        mistakes = Mistakes()
        for place, neuron in zip(self._places_of_neurons(), self.neurons, strict=False):
            with mistakes:
                _placed(place, net.add_neuron, **_stated(neuron)).update(neuron.attributes or {})
        mistakes.check()
        for place, connection in zip(self._places_of_connections(), self.connections, strict=False):
            with mistakes:
                for end in ("pre", "post"):
                    name = getattr(connection, end)
                    if name not in net:
                        near = did_you_mean(name, net)
                        raise ScenarioError(f"{place}.{end}: no neuron {name!r}{near}")
                made = _placed(place, net.connect, **_stated(connection))
                made.update(connection.attributes or {})
            if mistakes.are_many:
                break
        mistakes.check()
        network: N = net
        return network

    @property
    def terms(self) -> dict[str, Any]:
        """What is stated of slopes, of a penalty and of the sign of delta, as keyword arguments."""
        stated = {key: getattr(self, key) for key in TERMS}
        return {key: value for key, value in stated.items() if value != getattr(USUAL_TERMS, key)}

    @classmethod
    def of(cls, net: "nx.DiGraph[Hashable]") -> "NetworkFacts":
        """Return the facts of a network: everything that is set, and nothing that is computed.

        Parameters
        ----------
        net : Network

        Returns
        -------
        NetworkFacts

        Raises
        ------
        InvalidValueError
            If something in it has no place in a file; the message says what and where.
        """
        return cls(
            **_settings_of(net),
            neurons=tuple(
                _checked(NeuronFacts, f"neuron {name!r}", {"name": name}, neuron)
                for name, neuron in net._node.items()
            ),
            connections=tuple(
                _checked(
                    ConnectionFacts,
                    f"connection {pre}->{post}",
                    {"pre": pre, "post": post},
                    net._succ[pre][post],
                )
                for pre, post in _in_both_orders(net)
            ),
        )

    def table(self) -> dict[str, Any]:
        """Return the facts as the table ``[network]`` of a file."""
        return _stated_settings(self) | {
            key: [_stated(record) | _own(record) for record in getattr(self, key)]
            for key in ("neurons", "connections")
        }

    def with_biases(self, policy: Biases) -> "NetworkFacts":
        """Return the same network under another convention for its biases.

        The weights of connections from bias neurons are biases too.

        Parameters
        ----------
        policy : {"as_given", "trained", "fixed", "shared", "none"}
            Each bias a trained parameter of its own; none trained; one trained parameter for each
            level; or no biases at all.

        Returns
        -------
        NetworkFacts
        """
        if policy == "as_given":
            return self
        bias_neurons = {neuron.name for neuron in self.neurons if neuron.kind == "bias"}
        if policy == "none":
            return replace(
                self,
                neurons=tuple(
                    replace(neuron, bias=None, trainable=None, tie=None)
                    for neuron in self.neurons
                    if neuron.name not in bias_neurons
                ),
                connections=tuple(
                    each for each in self.connections if each.pre not in bias_neurons
                ),
            )
        level_of = self.level_of() if policy == "shared" else {}

        def changed(facts: Any, neuron: Hashable) -> Any:
            if policy == "fixed":
                return replace(facts, trainable=False)
            tie = f"bias of level {level_of[neuron]}" if policy == "shared" else None
            return replace(facts, trainable=None, tie=tie)

        return replace(
            self,
            neurons=tuple(
                neuron if neuron.bias is None else changed(neuron, neuron.name)
                for neuron in self.neurons
            ),
            connections=tuple(
                changed(each, each.post) if each.pre in bias_neurons else each
                for each in self.connections
            ),
        )

    def with_masks(self, masks: dict[Any, float]) -> "NetworkFacts":
        """Return the same network with other masks.

        Parameters
        ----------
        masks : dict from name to float
            By neuron, the constant factor on its out.

        Returns
        -------
        NetworkFacts

        Raises
        ------
        InvalidValueError
            If there is no such neuron; the nearest is named.
        """
        if not masks:
            return self
        known = [neuron.name for neuron in self.neurons]
        for masked in masks:
            if masked not in known:
                near = did_you_mean(str(masked), [str(neuron) for neuron in known])
                raise InvalidValueError(f"no neuron {masked!r}{near}")
        return replace(
            self,
            neurons=tuple(
                replace(neuron, mask=masks.get(neuron.name, neuron.mask)) for neuron in self.neurons
            ),
        )

    def level_of(self) -> dict[Hashable, int]:
        """Return the level of each neuron, from 0."""
        graph: nx.DiGraph[Hashable] = nx.DiGraph()
        graph.add_nodes_from(neuron.name for neuron in self.neurons)
        graph.add_edges_from((each.pre, each.post) for each in self.connections)
        levels = find_levels(graph)
        return {name: number for number, names in enumerate(levels) for name in names}

    def _places_of_neurons(self) -> Iterator[str]:
        for layer, size in enumerate(self.layer_sizes):
            yield from [f"network.layers[{layer}]"] * size
        yield from (f"network.neurons[{index}]" for index in range(len(self.neurons)))

    def _places_of_connections(self) -> Iterator[str]:
        sizes = self.layer_sizes
        for layer, (pre, post) in enumerate(pairwise(sizes), start=1):
            yield from [f"network.layers[{layer}]"] * (pre * post)
        yield from (f"network.connections[{index}]" for index in range(len(self.connections)))


def _stated(facts: NeuronFacts | ConnectionFacts) -> dict[str, Any]:
    """Return the fields that the file states, as keyword arguments."""
    names = [name for name in facts.__slots__ if name != "attributes"]
    return {name: value for name in names if (value := getattr(facts, name)) is not None}


def _own(facts: NeuronFacts | ConnectionFacts | NetworkFacts) -> dict[str, Any]:
    return {"attributes": facts.attributes} if facts.attributes else {}


def _placed(place: str, function: Any, **arguments: Any) -> Any:
    """Call `function`; an error of its own then says which place of the file caused it."""
    try:
        return function(**arguments)
    except NeurographError as error:
        raise ScenarioError(f"{place}: {error}") from error


# -- from a network ------------------------------------------------------------------------------


def network_table(net: "nx.DiGraph[Hashable]", storage: Storage | None) -> dict[str, Any]:
    """Return the table ``[network]`` of a network: by layers where it is made of such.

    Parameters
    ----------
    net : Network
    storage : Storage or None
        The columns of its objects; `None` of a graph that is no feed-forward network.

    Returns
    -------
    dict
        Texts, numbers, lists and tables only. The numbers are those of the network to the bit.

    Raises
    ------
    InvalidValueError
        If something in it has no place in a file; the message says what and where.
    """
    layout = None if storage is None else layout_of(net, storage)
    if layout is None:
        return NetworkFacts.of(net).table()
    settings = NetworkFacts(**_settings_of(net))
    return _stated_settings(settings) | {"layers": list(_layers_of(layout))}


def _settings_of(net: Any) -> dict[str, Any]:
    """Return what a network states as a whole."""
    own = {key: value for key, value in net.graph.items() if key not in SETTINGS}
    settings = {"loss": net.loss, "reduction": net.reduction, "attributes": own or None}
    kept = {key: _kept(NetworkFacts, key, value, "the network") for key, value in settings.items()}
    return kept | {key: getattr(net, key) for key in TERMS}


def _stated_settings(facts: NetworkFacts) -> dict[str, Any]:
    terms = facts.terms
    if facts.penalty is not None:
        terms["penalty"] = facts.penalty.stated
    return {"loss": facts.loss, "reduction": facts.reduction, **terms} | _own(facts)


def _checked(
    record: Any, whose: str, names: dict[str, Hashable], element: Neuron | Connection
) -> Any:
    """Return the record of a neuron or a connection, as a file would be read."""
    keys = keys_of(record)
    items = element.everything()
    settings = {key: as_meant(key, value) for key, value in items.items() if key in keys} | names
    own = {key: v for key, v in items.items() if key not in keys and key not in BY_ADDRESS}
    if own:
        settings["attributes"] = own
    return record(**{key: _kept(record, key, value, whose) for key, value in settings.items()})


def _kept(record: Any, key: str, value: Any, whose: str) -> Any:
    """Return a value as a file keeps it, which must be the same value."""
    if value is None:
        return None
    try:
        kept = keys_of(record)[key].check(value, "")
    except NeurographError as error:
        raise InvalidValueError(f"{key} of {whose} cannot be kept in a file: {error}") from error
    if kept != value:
        raise InvalidValueError(
            f"{key} of {whose} cannot be kept in a file: {value!r} would become {kept!r}"
        )
    return kept


def _in_both_orders(net: "nx.DiGraph[Hashable]") -> list[tuple[Hashable, Hashable]]:
    """Return the connections in an order that is right both from and to each neuron.

    The order of those that lead to a neuron is the order in which its net is summed.
    """
    onward = {name: iter(posts) for name, posts in net._succ.items()}
    before = {name: iter(pres) for name, pres in net._pred.items()}
    # The next connection from each neuron, and to each; no neuron is called None.
    to = {name: next(posts, None) for name, posts in onward.items()}
    fro = {name: next(pres, None) for name, pres in before.items()}
    ordered: list[tuple[Hashable, Hashable]] = []
    waiting = list(reversed(net._succ))
    while waiting:
        pre = waiting.pop()
        while (post := to[pre]) is not None and fro[post] == pre:
            ordered.append((pre, post))
            to[pre] = next(onward[pre], None)
            fro[post] = after = next(before[post], None)
            if after is not None and after != pre:
                waiting.append(after)
    return ordered


def _layers_of(layout: Layout) -> Iterator[dict[str, Any]]:
    """Yield the tables of layers; names that are the usual ones are left to their number."""
    sizes = [len(names) for names in layout.names]
    usual = layout.names == usual_names(sizes)
    yield {"size": sizes[0]} if usual else {"names": layout.names[0]}
    for place, names in enumerate(layout.names[1:]):
        biases = layout.biases[place]
        layer: dict[str, Any] = {"size": len(names)} if usual else {"names": names}
        layer["activation"] = layout.activations[place]
        layer["weights"] = layout.weights[place].tolist()
        if biases[0] is not None:
            layer["bias"] = biases
            layer["shared_bias"] = layout.shared_bias
            layer["trainable_bias"] = layout.trainable_bias
        yield layer


# -- by layers -----------------------------------------------------------------------------------


@record(slots=True, kw_only=True)
class Layer:
    """One layer of a scenario file, fully connected to the one before; the first is the inputs.

    Parameters
    ----------
    names, size, prefix
        Its neurons: their names, or how many there are and what their names begin with.
    activation, combine : str, optional
        Of all its neurons.
    weights
        A row for each neuron, one number for all, or the name of what draws them.
    labels : str
        What the names of its connections begin with.
    bias
        One for all, or one for each.
    trainable, trainable_bias, shared_bias : bool
        Of its weights and its biases.
    """

    names: Annotated[tuple[str, ...] | None, list_of(name)] = None
    size: Annotated[int | None, integer(1, MOST_CONNECTIONS)] = None
    prefix: Annotated[str | None, name] = None
    activation: Annotated[str | None, _ACTIVATION] = None
    combine: Annotated[str | None, _combine_rule] = None
    weights: Annotated[Any, either(choice(*INITIALISERS), matrix, number)] = None
    labels: Annotated[str, name] = "w"
    trainable: Annotated[bool, truth] = True
    bias: Annotated[Any, either(number, list_of(number), number)] = None
    shared_bias: Annotated[bool, truth] = False
    trainable_bias: Annotated[bool, truth] = True

    @property
    def n(self) -> int:
        """How many neurons it has."""
        return self.size or len(self.names or ())


_OF_INPUTS = ("names", "size", "prefix")


def _checked_layer(value: Any, place: str) -> Layer:
    """Check a layer, and that what it says of its names and biases fits together."""
    layer: Layer = record_of(Layer)(value, place)
    if (layer.names is None) == (layer.size is None):
        raise wrong(place, "expected either 'names' or 'size'")
    if layer.names is not None and layer.prefix is not None:
        raise wrong(place, "'prefix' names the neurons where only a 'size' is given")
    if layer.bias is None:
        for key in ("shared_bias", "trainable_bias"):
            if key in value:
                raise wrong(place, f"{key!r} needs 'bias': the layer has none")
    return layer


def _checked_layers(value: Any, place: str) -> tuple[Layer, ...]:
    """Check the layers, the first of which is the inputs."""
    layers: tuple[Layer, ...] = list_of(_checked_layer, MAX_LIST)(value, place)
    for key in value[0]:
        if key not in _OF_INPUTS:
            raise wrong(f"{place}[0]", f"the first layer is the inputs, which have no {key!r}")
    if len(layers) == 1:
        raise wrong(place, "expected the inputs and one more layer at least, got one layer")
    for index, (pre, post) in enumerate(pairwise(layers), start=1):
        if pre.n * post.n > MOST_CONNECTIONS:
            raise wrong(
                f"{place}[{index}]",
                f"{pre.n:,} times {post.n:,} connections are too many; a scenario has at"
                f" most {MOST_CONNECTIONS:,}",
            )
    return layers


def _written_out(
    layers: tuple[Layer, ...], seed: int | None
) -> tuple[tuple[NeuronFacts, ...], tuple[ConnectionFacts, ...]]:
    """Return the neurons and connections of layers, each fully connected to the next.

    Parameters
    ----------
    layers : tuple of Layer
    seed : int, optional
        Of the weights that the file does not give; drawn as `Network.layered` draws them.

    Returns
    -------
    neurons, connections : tuple
    """
    if not layers:
        return (), ()
    rng = None if seed is None else np.random.default_rng(seed)
    names = list(_names(layers))
    neurons = [NeuronFacts(name=name, kind="input") for name in names[0]]
    connections: list[ConnectionFacts] = []
    numbers: Counter[str] = Counter()
    for index, layer in enumerate(layers[1:], start=1):
        place = f"network.layers[{index}]"
        neurons += _neurons(layer, names[index], index, place)
        matrix = _matrix(layer.weights, (len(names[index]), len(names[index - 1])), rng, place)
        for post, row in zip(names[index], matrix.tolist(), strict=True):
            for pre, weight in zip(names[index - 1], row, strict=True):
                numbers[layer.labels] += 1
                connections.append(
                    ConnectionFacts(
                        pre=pre,
                        post=post,
                        weight=weight,
                        label=f"{layer.labels}{numbers[layer.labels]}",
                        trainable=layer.trainable,
                    )
                )
    return tuple(neurons), tuple(connections)


def _names(layers: tuple[Layer, ...]) -> Iterator[tuple[str, ...]]:
    """Yield the names of each layer; those made of a prefix count on from layer to layer."""
    numbers: Counter[str] = Counter()
    for index, layer in enumerate(layers):
        if layer.names is not None:
            yield layer.names
            continue
        assert layer.size is not None
        usual = "i" if index == 0 else "o" if index == len(layers) - 1 else "h"
        prefix = layer.prefix or usual
        first = numbers[prefix] + 1
        numbers[prefix] += layer.size
        yield tuple(f"{prefix}{number}" for number in range(first, numbers[prefix] + 1))


def _neurons(layer: Layer, names: tuple[str, ...], index: int, place: str) -> list[NeuronFacts]:
    biases = layer.bias
    if not isinstance(biases, tuple):
        biases = (biases,) * len(names)
    if len(biases) != len(names):
        raise wrong(f"{place}.bias", f"expected {len(names)} numbers, got {len(biases)}")
    if layer.shared_bias and len(set(biases)) > 1:
        raise wrong(f"{place}.bias", "a shared bias is one number, got different ones")
    return [
        NeuronFacts(
            name=name,
            activation=layer.activation,
            combine=layer.combine,
            bias=bias,
            trainable=None if bias is None else layer.trainable_bias,
            tie=f"b{index}" if layer.shared_bias else None,
        )
        for name, bias in zip(names, biases, strict=True)
    ]


def _matrix(
    weights: Any, shape: tuple[int, int], rng: "np.random.Generator | None", place: str
) -> NDArray[np.float64]:
    where = f"{place}.weights"
    if weights is None or isinstance(weights, str):
        if rng is None:
            missing = "missing key 'weights'" if weights is None else f"{weights!r} draws them"
            raise wrong(
                place, f"{missing}: give the numbers, or a 'seed' in [network] to draw them"
            )
        return INITIALISERS[weights or "xavier"](rng, shape)
    if not isinstance(weights, tuple):
        return np.full(shape, weights)
    rows, columns = shape
    found = [len(row) for row in weights]
    if found != [columns] * rows:
        turned = found == [rows] * columns
        sizes = found[0] if len(set(found)) == 1 else "different numbers of"
        raise wrong(
            where,
            f"expected {rows} rows of {columns} numbers, one row for each neuron of this layer,"
            f" got {len(found)} rows of {sizes}" + ("; they look transposed" if turned else ""),
        )
    return np.array(weights)


def network_keys() -> dict[str, Field]:
    """Return the keys of ``[network]``: those of its facts, and what layers are written out by."""
    keys = dict(keys_of(NetworkFacts))
    first = {key: keys.pop(key) for key in SETTINGS}
    return first | {"seed": Field(seed_number), "layers": Field(_checked_layers, default=())} | keys


def network(value: Any, place: str) -> NetworkFacts:
    """Check the network of a file, and write out its layers."""
    return _facts(_tables(value, place), place)


def network_from(value: Any, place: str, of: Callable[..., N]) -> N:
    """Check the network of a file, and build it: one that is all layers at once.

    Parameters
    ----------
    value : dict
        The table, as `network_table` returns it.
    place : str
        Where it stands in the file.
    of : type
        `Network`, or a class that inherits from it.

    Returns
    -------
    Network
    """
    facts = _tables(value, place)
    layers: tuple[Layer, ...] = facts["layers"]
    if not layers or facts["neurons"] or facts["connections"] or not _is_plain(layers[1:]):
        return _facts(facts, place, most=sys.maxsize).build(of)
    made: Any = of.layered(  # type: ignore[attr-defined]
        *(layer.n for layer in layers),
        activation=[layer.activation or "logistic" for layer in layers[1:]],
        bias=[layer.bias for layer in layers[1:]],
        shared_bias=layers[-1].shared_bias,
        trainable_bias=layers[-1].trainable_bias,
        weights=[
            _matrix(layer.weights, (layer.n, before.n), None, f"{place}.layers[{number}]")
            for number, (before, layer) in enumerate(pairwise(layers), start=1)
        ],
        names=list(_names(layers)),
        **{key: facts[key] for key in SETTINGS},
    )
    made.graph.update(facts["attributes"] or {})
    network: N = made
    return network


def _is_plain(layers: Sequence[Layer]) -> bool:
    """Whether layers say nothing that `Network.layered` cannot be told."""
    alike = {(layer.shared_bias, layer.trainable_bias) for layer in layers}
    return len(alike) == 1 and all(
        layer.labels == "w"
        and layer.trainable
        and layer.combine in (None, "sum")
        and isinstance(layer.weights, tuple)
        for layer in layers
    )


def _tables(value: Any, place: str) -> dict[str, Any]:
    facts: dict[str, Any] = table_of(dict, network_keys())(value, place)
    for key in ("neurons", "connections"):
        if not facts[key] and not facts["layers"]:
            raise wrong(place, f"missing key {key!r}, or 'layers' instead")
    return facts


def _facts(facts: dict[str, Any], place: str, most: int = MOST_CONNECTIONS) -> NetworkFacts:
    """Return the facts of checked tables, their layers written out."""
    neurons, connections = _written_out(facts["layers"], facts["seed"])
    connections += facts["connections"]
    if len(connections) > most:
        raise wrong(
            place,
            f"{len(connections):,} connections are too many; a scenario has at most {most:,}",
        )
    return NetworkFacts(
        neurons=neurons + facts["neurons"],
        connections=connections,
        **{key: facts[key] for key in SETTINGS},
        attributes=facts["attributes"],
        layer_sizes=tuple(layer.n for layer in facts["layers"]),
    )
