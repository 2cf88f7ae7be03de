"""Layers of a scenario file, written out as neurons and connections."""

from collections import Counter
from collections.abc import Iterator
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from neurograph.layers import INITIALISERS
from neurograph.scenario.fields import (
    MAX_LIST,
    Check,
    Field,
    choice,
    integer,
    list_of,
    name,
    number,
    table_of,
    text,
    truth,
    wrong,
)
from neurograph.scenario.networks import ConnectionFacts, NeuronFacts

__all__ = ["LAYERS", "MOST_CONNECTIONS", "written_out"]

#: A network of a file is built object by object, each time a run begins.
MOST_CONNECTIONS = 100_000


def _either(of_text: Check, of_list: Check, of_number: Check) -> Check:
    """Return a check for what may be given in three forms."""

    def check(value: Any, place: str) -> Any:
        if isinstance(value, str):
            return of_text(value, place)
        return (of_list if isinstance(value, list) else of_number)(value, place)

    return check


_LAYER = {
    "names": Field(list_of(name)),
    "size": Field(integer(1, MOST_CONNECTIONS)),
    "prefix": Field(name),
    "activation": Field(text),
    "weights": Field(_either(choice(*INITIALISERS), list_of(list_of(number)), number)),
    "labels": Field(name, default="w"),
    "trainable": Field(truth, default=True),
    "bias": Field(_either(number, list_of(number), number)),
    "shared_bias": Field(truth, default=False),
    "trainable_bias": Field(truth, default=True),
}
_OF_INPUTS = ("names", "size", "prefix")


def _checked_layer(value: Any, place: str) -> dict[str, Any]:
    layer: dict[str, Any] = table_of(dict, _LAYER)(value, place)
    if (layer["names"] is None) == (layer["size"] is None):
        raise wrong(place, "expected either 'names' or 'size'")
    if layer["names"] is not None and layer["prefix"] is not None:
        raise wrong(place, "'prefix' names the neurons where only a 'size' is given")
    if layer["bias"] is None:
        for key in ("shared_bias", "trainable_bias"):
            if key in value:
                raise wrong(place, f"{key!r} needs 'bias': the layer has none")
    return layer


def _checked_layers(value: Any, place: str) -> tuple[dict[str, Any], ...]:
    layers: tuple[dict[str, Any], ...] = list_of(_checked_layer, MAX_LIST)(value, place)
    for key in value[0]:
        if key not in _OF_INPUTS:
            raise wrong(f"{place}[0]", f"the first layer is the inputs, which have no {key!r}")
    if len(layers) == 1:
        raise wrong(place, "expected the inputs and one more layer at least, got one layer")
    for index, (pre, post) in enumerate(pairwise(layers), start=1):
        if _size(pre) * _size(post) > MOST_CONNECTIONS:
            raise wrong(
                f"{place}[{index}]",
                f"{_size(pre):,} times {_size(post):,} connections are too many; a scenario has at"
                f" most {MOST_CONNECTIONS:,}",
            )
    return layers


#: The check of ``network.layers``.
LAYERS: Check = _checked_layers


def _size(layer: dict[str, Any]) -> int:
    return layer["size"] or len(layer["names"])


def written_out(
    layers: tuple[dict[str, Any], ...], seed: int | None
) -> tuple[tuple[NeuronFacts, ...], tuple[ConnectionFacts, ...]]:
    """Return the neurons and connections of layers, each fully connected to the next.

    Parameters
    ----------
    layers : tuple of dict
        As checked.
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
        matrix = _matrix(layer["weights"], (len(names[index]), len(names[index - 1])), rng, place)
        for post, row in zip(names[index], matrix.tolist(), strict=True):
            for pre, weight in zip(names[index - 1], row, strict=True):
                numbers[layer["labels"]] += 1
                connections.append(
                    ConnectionFacts(
                        pre=pre,
                        post=post,
                        weight=weight,
                        label=f"{layer['labels']}{numbers[layer['labels']]}",
                        trainable=layer["trainable"],
                    )
                )
    return tuple(neurons), tuple(connections)


def _names(layers: tuple[dict[str, Any], ...]) -> Iterator[tuple[str, ...]]:
    """Yield the names of each layer; those made of a prefix count on from layer to layer."""
    numbers: Counter[str] = Counter()
    for index, layer in enumerate(layers):
        if layer["names"] is not None:
            yield layer["names"]
            continue
        usual = "i" if index == 0 else "o" if index == len(layers) - 1 else "h"
        prefix = layer["prefix"] or usual
        first = numbers[prefix] + 1
        numbers[prefix] += layer["size"]
        yield tuple(f"{prefix}{number}" for number in range(first, numbers[prefix] + 1))


def _neurons(
    layer: dict[str, Any], names: tuple[str, ...], index: int, place: str
) -> list[NeuronFacts]:
    biases = layer["bias"]
    if not isinstance(biases, tuple):
        biases = (biases,) * len(names)
    if len(biases) != len(names):
        raise wrong(f"{place}.bias", f"expected {len(names)} numbers, got {len(biases)}")
    if layer["shared_bias"] and len(set(biases)) > 1:
        raise wrong(f"{place}.bias", "a shared bias is one number, got different ones")
    return [
        NeuronFacts(
            name=name,
            activation=layer["activation"],
            bias=bias,
            trainable=None if bias is None else layer["trainable_bias"],
            tie=f"b{index}" if layer["shared_bias"] else None,
        )
        for name, bias in zip(names, biases, strict=True)
    ]


def _matrix(
    weights: Any, shape: tuple[int, int], rng: np.random.Generator | None, place: str
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
