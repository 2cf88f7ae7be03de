"""The neurons and connections of a network made of layers, each fully connected to the next."""

import numbers
import string
from collections.abc import Callable, Hashable, Sequence
from functools import cache
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from neurograph.activations import get_activation
from neurograph.checks import finite_number, neuron_name
from neurograph.combinations import get_combination
from neurograph.display import brief
from neurograph.errors import InvalidTypeError, InvalidValueError, UnknownNameError, did_you_mean
from neurograph.structure import BIAS, EMPTY, Block, Structure, row_ranges

__all__ = ["INITIALISERS", "Layout", "lay_out", "layered_structure", "usual_names"]


def _uniform(rng: "np.random.Generator", shape: tuple[int, int]) -> NDArray[np.float64]:
    """Draw from [-0.5, 0.5)."""
    return rng.uniform(-0.5, 0.5, shape)


def _xavier(rng: "np.random.Generator", shape: tuple[int, int]) -> NDArray[np.float64]:
    """Draw uniformly within sqrt(6 / (n_in + n_out)): Glorot and Bengio (2010), equation 16."""
    bound = np.sqrt(6 / sum(shape))
    return rng.uniform(-bound, bound, shape)


def _he(rng: "np.random.Generator", shape: tuple[int, int]) -> NDArray[np.float64]:
    """Draw from a normal with variance 2 / n_in: He, Zhang, Ren and Sun (2015), equation 10."""
    return rng.normal(0.0, np.sqrt(2 / shape[1]), shape)


#: Ways to draw start weights: name -> function of a generator and a shape ``(n_post, n_pre)``.
INITIALISERS = {"uniform": _uniform, "xavier": _xavier, "he": _he}


class Layout(NamedTuple):
    """A layered network in numbers.

    Attributes
    ----------
    names : list of list
        By layer.
    activations : list of str
        One for each layer after the inputs, like everything that follows.
    biases : list of list of float or None
    weights : list of ndarray of shape (n_post, n_pre)
    shared_bias, trainable_bias : bool
    """

    names: list[list[Hashable]]
    activations: list[str]
    biases: list[list[float | None]]
    weights: list[NDArray[np.float64]]
    shared_bias: bool
    trainable_bias: bool

    def __repr__(self) -> str:
        return brief(self)


def lay_out(
    sizes: Sequence[int],
    *,
    activation: Any,
    output_activation: Any,
    bias: Any,
    shared_bias: bool,
    trainable_bias: bool,
    weights: Any,
    names: Any,
    seed: Any,
) -> Layout:
    """Check what `Network.layered` is given, and return it layer by layer.

    Parameters
    ----------
    sizes, activation, output_activation, bias, shared_bias, trainable_bias, weights, names, seed
        As for `Network.layered`.

    Returns
    -------
    Layout
    """
    sizes = _checked_sizes(sizes)
    # NumPy takes some time to import what draws; a wrong seed is refused in any case.
    drawing = cache(lambda: np.random.default_rng(seed))
    if seed is not None:
        drawing()
    return Layout(
        _names(sizes, names),
        _activations(activation, output_activation, len(sizes)),
        _biases(bias, sizes),
        _weights(weights, sizes, drawing),
        bool(shared_bias),
        bool(trainable_bias),
    )


def _checked_sizes(sizes: Sequence[int]) -> list[int]:
    if len(sizes) < 2:
        raise InvalidValueError(
            f"a layered network has two layers or more, for example layered(2, 2, 1);"
            f" got {len(sizes)}"
        )
    for number, size in enumerate(sizes):
        if not isinstance(size, int | np.integer) or isinstance(size, bool):
            raise InvalidTypeError(f"size of layer {number} must be a whole number, not {size!r}")
        if size < 1:
            raise InvalidValueError(f"size of layer {number} must be 1 or more, not {size}")
    return [int(size) for size in sizes]


def usual_names(sizes: Sequence[int]) -> list[list[Hashable]]:
    """Return the names of neurons that were given none: i1.., h1.., o1.. ."""
    hidden = iter(range(1, sum(sizes) + 1))
    by_layer: list[list[Hashable]] = [[f"i{number}" for number in range(1, sizes[0] + 1)]]
    by_layer += [[f"h{next(hidden)}" for _ in range(size)] for size in sizes[1:-1]]
    by_layer += [[f"o{number}" for number in range(1, sizes[-1] + 1)]]
    return by_layer


def _names(sizes: list[int], names: Any) -> list[list[Hashable]]:
    if names is None:
        return usual_names(sizes)
    if isinstance(names, str):
        if names != "letters":
            raise InvalidValueError(
                f"names must be 'letters', a list with the names of each layer, or None,"
                f" not {names!r}{did_you_mean(names, ['letters'])}"
            )
        if len(sizes) > len(string.ascii_lowercase):
            raise InvalidValueError(f"there are only 26 letters for {len(sizes)} layers")
        return [
            [f"{letter}{number}" for number in range(1, size + 1)]
            for letter, size in zip(string.ascii_lowercase, sizes, strict=False)
        ]
    if not _is_list(names) or not all(_is_list(layer) for layer in names):
        raise InvalidTypeError(
            f"names must be 'letters' or a list with a list of names for each layer, not {names!r}"
        )
    given = [list(layer) for layer in names]
    if [len(layer) for layer in given] != sizes:
        raise InvalidValueError(
            f"names are for layers of {[len(layer) for layer in given]}, the layers have {sizes}"
        )
    seen: set[Hashable] = set()
    for name in (name for layer in given for name in layer):
        if neuron_name(name) in seen:
            raise InvalidValueError(f"the name {name!r} is used twice")
        seen.add(name)
    return given


def _is_list(value: object) -> bool:
    return isinstance(value, Sequence | np.ndarray) and not isinstance(value, str | bytes)


def _activations(activation: Any, output_activation: Any, n_layers: int) -> list[str]:
    if isinstance(activation, list | tuple):
        chosen = list(activation)
        if len(chosen) != n_layers - 1:
            raise InvalidValueError(
                f"expected {n_layers - 1} activations, one for each layer after the inputs,"
                f" got {len(chosen)}"
            )
    else:
        chosen = [activation] * (n_layers - 1)
    if output_activation is not None:
        chosen[-1] = output_activation
    return [get_activation(one).name for one in chosen]


def _biases(bias: Any, sizes: list[int]) -> list[list[float | None]]:
    if bias is None or isinstance(bias, numbers.Real):
        bias = [bias] * (len(sizes) - 1)
    if not _is_list(bias):
        raise InvalidTypeError(
            f"bias must be a number, None, or a list with one of these or a list for each layer"
            f" after the inputs, not {bias!r}"
        )
    per_layer = list(bias)
    if len(per_layer) != len(sizes) - 1:
        raise InvalidValueError(
            f"expected {len(sizes) - 1} biases, one number or list for each layer after the"
            f" inputs, got {len(per_layer)}"
        )
    rows = []
    for number, (layer, size) in enumerate(zip(per_layer, sizes[1:], strict=True), start=1):
        row = [layer] * size if layer is None or isinstance(layer, numbers.Real) else list(layer)
        if len(row) != size:
            raise InvalidValueError(
                f"biases of layer {number}: expected {size} numbers, got {len(row)}"
            )
        what = f"a bias of layer {number}"
        rows.append([None if one is None else finite_number(one, what) for one in row])
    return rows


def _weights(
    weights: Any, sizes: list[int], drawing: Callable[[], "np.random.Generator"]
) -> list[NDArray[np.float64]]:
    shapes = list(zip(sizes[1:], sizes[:-1], strict=True))
    if isinstance(weights, str | numbers.Real):
        weights = [weights] * len(shapes)
    if not _is_list(weights):
        raise InvalidTypeError(
            f"weights must be a list with one array for each layer after the inputs, a number or"
            f" the name of an initialiser, not {weights!r}"
        )
    per_layer = list(weights)
    if len(per_layer) != len(shapes):
        raise InvalidValueError(
            f"expected {len(shapes)} arrays of weights, one for each layer after the inputs,"
            f" got {len(per_layer)}"
        )
    return [
        _matrix(layer, number, shape, drawing)
        for number, (layer, shape) in enumerate(zip(per_layer, shapes, strict=True), start=1)
    ]


def _matrix(
    weights: Any, number: int, shape: tuple[int, int], drawing: Callable[[], "np.random.Generator"]
) -> NDArray[np.float64]:
    what = f"weights of layer {number}"
    if isinstance(weights, str):
        if weights not in INITIALISERS:
            raise UnknownNameError(
                f"{what}: no initialiser {weights!r}"
                + (
                    did_you_mean(weights, INITIALISERS)
                    or f"; the initialisers are {', '.join(INITIALISERS)}"
                )
            )
        return INITIALISERS[weights](drawing(), shape)
    if isinstance(weights, numbers.Real):
        return np.full(shape, finite_number(weights, what))
    try:
        matrix = np.asarray(weights)
    except ValueError:
        raise InvalidValueError(f"{what} have rows of different lengths") from None
    if matrix.dtype.kind not in "biuf":
        raise InvalidTypeError(f"{what} must be numbers of shape {shape}, not {weights!r}")
    if matrix.shape != shape:
        transposed = "; they look transposed" if matrix.shape == shape[::-1] else ""
        raise InvalidValueError(
            f"{what} must have shape {shape}, one row for each neuron of the layer and one column"
            f" for each of the layer before, not {matrix.shape}{transposed}"
        )
    if not np.isfinite(matrix).all():
        raise InvalidValueError(f"{what} must be finite, found nan or inf")
    return matrix.astype(np.float64)


def layered_structure(layout: Layout) -> Structure:
    """Return the structure of a layered network, as `read_structure` would find it."""
    levels = row_ranges([len(layer) for layer in layout.names])
    blocks: list[Block] = []
    pres, posts, values, trainable = [], [], [], []
    bias_slot: dict[int, int] = {}
    tied: dict[str, list[int]] = {}
    start = 0
    for number, (before, rows) in enumerate(pairwise(levels), start=1):
        weights, biases = layout.weights[number - 1], layout.biases[number - 1]
        has_bias = np.array([bias is not None for bias in biases])
        width = len(before) + 1
        slots = slice(start, start + len(rows) * width)
        blocks.append(Block(rows, slots, before.start + number - 1, width))
        pre = np.empty((len(rows), width), dtype=np.int32)
        pre[:, :-1] = before
        pre[:, -1] = np.where(has_bias, BIAS, EMPTY)
        pres.append(pre.ravel())
        posts.append(np.repeat(np.array(rows, dtype=np.int32), width))
        block_values = np.empty((len(rows), width))
        block_values[:, :-1] = weights
        block_values[:, -1] = [0.0 if bias is None else bias for bias in biases]
        values.append(block_values.ravel())
        change = np.ones((len(rows), width), dtype=np.bool_)
        change[:, -1] = has_bias & layout.trainable_bias
        trainable.append(change.ravel())
        found = {row: start + n * width + width - 1 for n, row in enumerate(rows) if has_bias[n]}
        bias_slot |= found
        if layout.shared_bias and found:
            tied[f"b{number}"] = list(found.values())
        start = slots.stop
    return Structure(
        names=[name for layer in layout.names for name in layer],
        levels=levels,
        inputs=list(levels[0]),
        bias_neurons=[],
        outputs=list(levels[-1]),
        activations=[
            activation
            for name, level in zip(["identity", *layout.activations], levels, strict=True)
            for activation in [get_activation(name)] * len(level)
        ],
        blocks=blocks,
        pre=np.concatenate(pres),
        post=np.concatenate(posts),
        bias_slot=bias_slot,
        trainable=np.concatenate(trainable),
        values=np.concatenate(values),
        tied=tied,
        combinations=[get_combination("sum")] * levels[-1].stop,
        masks={},
    )
