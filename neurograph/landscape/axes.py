"""What varies in a landscape, and on what ground: parameters, grids of their values, directions."""

import logging
import numbers
from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import field
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from neurograph.checks import finite_number, positive, whole_number
from neurograph.display import Brief
from neurograph.elements import row_of
from neurograph.equations import Equations, Round
from neurograph.errors import (
    InvalidTypeError,
    InvalidValueError,
    StructureError,
    UnknownNameError,
    did_you_mean,
)
from neurograph.network import Network
from neurograph.quantities import CONNECTION_QUANTITIES, NEURON_QUANTITIES
from neurograph.records import record
from neurograph.samples import check_counts, read_rows
from neurograph.structure import BIAS, Structure
from neurograph.terms import DELTAS

__all__ = [
    "Array",
    "Ground",
    "Parameter",
    "all_trainable",
    "check_spread",
    "directions_of",
    "find_parameter",
    "find_parameters",
    "finite_array",
    "generator",
    "grid",
    "notes_on",
    "principal_directions",
    "random_directions",
    "result_of",
    "set_of",
]

Array = NDArray[np.float64]

#: A result that takes more bytes is announced before its memory is taken.
LARGE = 256_000_000

_log = logging.getLogger("neurograph.landscape")


class Parameter(NamedTuple):
    """One weight or bias: its address, and every slot it is in (several if it is tied)."""

    address: str
    slots: tuple[int, ...]
    trainable: bool

    @property
    def slot(self) -> int:
        """The slot that stands for it."""
        return self.slots[0]


@record(eq=False)
class Ground(Brief):
    """Everything the loss depends on, without the network: other processes can be sent it.

    Attributes
    ----------
    round : Round
        Without an update.
    parameters : ndarray of shape (n_slots,)
        As they were in the network.
    inputs : ndarray of shape (n_inputs, n_samples)
    targets : ndarray of shape (n_outputs, n_samples)
    prepared : dict
        What was made ready for this structure; not sent to other processes.
    """

    round: Round
    parameters: Array
    inputs: Array
    targets: Array
    prepared: dict[Hashable, Any] = field(default_factory=dict)

    def __getstate__(self) -> dict[str, Any]:
        kept = {name: value for name, value in vars(self).items() if name != "equations"}
        return kept | {"prepared": {}}

    @classmethod
    def of(cls, net: Network, inputs: Any, targets: Any) -> "Ground":
        """Take from a network what its loss on these samples depends on."""
        if not isinstance(net, Network):
            raise InvalidTypeError(f"expected a Network, not {net!r}")
        storage = net.storage
        structure = storage.structure
        of_round = net.round(delta=DELTAS[0])
        rows, many = read_rows(inputs, [structure.names[j] for j in structure.inputs], "input")
        names = [structure.names[j] for j in structure.outputs]
        wanted, also = read_rows(targets, names, "target")
        check_counts((len(rows),) if many else (), (len(wanted),) if also else ())
        return cls(
            of_round,
            storage.parameters.copy(),
            np.array(rows.T, order="C"),
            np.array(wanted.T, order="C"),
            storage.prepared,
        )

    @property
    def structure(self) -> Structure:
        """The network in numbers."""
        return self.round.structure

    @cached_property
    def equations(self) -> Equations:
        """What the loss and its gradients are computed from."""
        return Equations(self.round, updates=False)

    @property
    def n_samples(self) -> int:
        """How many samples the loss is of."""
        return int(self.inputs.shape[1])

    @cached_property
    def divisor(self) -> float:
        """What the sum over the samples is divided by."""
        return float(self.n_samples) if self.round.reduction == "mean" else 1.0

    def penalties(self, parameters: Any) -> Any:
        """Return what is added to the loss for parameters of shape (n_slots, ...)."""
        penalty, slots = self.round.penalty, self.round.penalised_once
        if penalty is None or not slots:
            return 0.0
        return penalty.value(parameters[slots], float(self.n_samples))

    def penalty_slopes(self, parameters: Any) -> Any:
        """Return what is added to the gradients by parameters of shape (n_slots, ...)."""
        slopes, penalty = np.zeros_like(parameters), self.round.penalty
        if penalty is not None and self.round.penalised:
            slots = self.round.penalised
            slopes[slots] = penalty.slope(parameters[slots], float(self.n_samples))
        return slopes

    def values(self, over: Sequence[Parameter]) -> Array:
        """Return the values that parameters have in the network."""
        return self.parameters[[parameter.slot for parameter in over]]


def find_parameter(net: Network, ground: Ground, address: Any) -> Parameter:
    """Return the weight or bias that an address names.

    Parameters
    ----------
    net : Network
    ground : Ground
    address : str or tuple
        ``"w5"``, ``"w5.weight"``, ``"i1->h1"``, ``("i1", "h1")`` or ``"h1.bias"``.

    Raises
    ------
    UnknownNameError
        If there is no such weight or bias; the nearest is named.
    InvalidTypeError
        If it is neither text nor a pair of neurons.
    """
    structure = ground.structure
    slot = _slot_of(net, structure, address)
    slots = tuple(structure.shared_slots(slot))
    return Parameter(_address(net, structure, slot), slots, bool(structure.trainable[slot]))


def find_parameters(net: Network, ground: Ground, over: Any) -> list[Parameter]:
    """Return the weights and biases that addresses name, each once; without any, all trainable."""
    if over is None:
        return all_trainable(net, ground)
    if isinstance(over, str) or not isinstance(over, Iterable):
        over = [over]
    parameters = [find_parameter(net, ground, address) for address in over]
    if not parameters:
        raise InvalidValueError("over names no weight or bias: give one or more, or None for all")
    check_all_different(parameters)
    return parameters


def check_all_different(over: Sequence[Parameter]) -> None:
    """Refuse a weight that is named twice, which tied weights are too."""
    seen: dict[int, str] = {}
    for address, slots, _ in over:
        if slots[0] in seen:
            before = seen[slots[0]]
            why = "twice" if before == address else f"as {before!r} and, tied to it, as {address!r}"
            raise InvalidValueError(
                f"the same parameter is given {why}{'' if before != address else f': {address!r}'};"
                f" give different weights or biases"
            )
        seen[slots[0]] = address


def all_trainable(net: Network, ground: Ground) -> list[Parameter]:
    """Return every trainable weight and bias, tied ones once, in the order of their slots."""
    structure = ground.structure
    parameters = [
        Parameter(_address(net, structure, slot), tuple(structure.shared_slots(slot)), True)
        for slot in structure.filled
        if structure.trainable[slot] and structure.shared_slots(slot)[0] == slot
    ]
    if not parameters:
        raise InvalidValueError(
            "no weight or bias is trainable: name the ones to move with over=..."
        )
    return parameters


def notes_on(over: Sequence[Parameter]) -> tuple[str, ...]:
    """Return what is to be said of the parameters that move."""
    notes = []
    for address, slots, trainable in over:
        if not trainable:
            notes.append(f"{address} is frozen: training does not change it")
        if len(slots) > 1:
            notes.append(f"{address} is tied: {len(slots)} places share it and move with it")
    return tuple(notes)


def set_of(
    net: Network, ground: Ground, over: Sequence[Parameter], values: Any, what: str
) -> Array:
    """Return a set of values of the parameters in `over`.

    `values` is an array in their order, a mapping from address to value (the rest is as in the
    network), or a network of the same structure.
    """
    if isinstance(values, Network):
        other = values.storage
        if other.structure.names != ground.structure.names or not np.array_equal(
            other.structure.pre, ground.structure.pre
        ):
            raise StructureError(f"{what} is a network of another structure")
        return other.parameters[[parameter.slot for parameter in over]]
    if isinstance(values, Mapping):
        why = "is not among the moved ones"
        return _by_address(net, ground, over, values, ground.values(over), what, why)
    return finite_array(values, what, (len(over),))


def _by_address(
    net: Network,
    ground: Ground,
    over: Sequence[Parameter],
    values: Mapping[Any, Any],
    room: Array,
    what: str,
    why_not: str,
) -> Array:
    """Put values by address into an array in the order of `over`, and return it."""
    place = {parameter.slot: number for number, parameter in enumerate(over)}
    for address, value in values.items():
        parameter = find_parameter(net, ground, address)
        if parameter.slot not in place:
            raise UnknownNameError(f"{what}: {parameter.address!r} {why_not}")
        room[place[parameter.slot]] = finite_number(value, f"{what}: {address}")
    return room


def finite_array(values: Any, what: str, shape: tuple[int | None, ...]) -> Array:
    """Return an array of finite numbers of a shape; `None` stands for any size from 1 on."""
    try:
        array = np.asarray(values)
    except ValueError:
        raise InvalidValueError(f"{what} has rows of different lengths") from None
    if array.dtype.kind not in "biuf":
        raise InvalidTypeError(f"{what} must be real numbers, not {values!r}")
    array = array.astype(np.float64)
    fits = len(shape) == array.ndim and all(
        size >= 1 if wanted is None else size == wanted
        for size, wanted in zip(array.shape, shape, strict=True)
    )
    if not fits:
        wanted = ", ".join("n" if size is None else str(size) for size in shape)
        tail = "," if len(shape) == 1 else ""
        raise InvalidValueError(f"{what} must have shape ({wanted}{tail}), not {array.shape}")
    if not np.isfinite(array).all():
        place = tuple(int(index) for index in np.argwhere(~np.isfinite(array))[0])
        where = place[0] if len(place) == 1 else place
        raise InvalidValueError(
            f"{what} must be finite numbers: there is {array[place]} at place {where}"
        )
    return array


def _slot_of(net: Network, structure: Structure, address: Any) -> int:
    if isinstance(address, str):
        name, dot, quantity = address.rpartition(".")
        if dot and quantity == "bias":
            return _bias_slot(net, structure, name, address)
        if dot and quantity == "weight":
            return _weight_slot(net, name)
        if dot and (quantity in NEURON_QUANTITIES or quantity in CONNECTION_QUANTITIES):
            raise UnknownNameError(
                f"{address!r} is computed by a pass; what can be moved is a weight such as"
                f" 'w5.weight' or a bias such as 'h1.bias'"
            )
        try:
            return _weight_slot(net, address)
        except UnknownNameError:
            if address in net:
                raise UnknownNameError(
                    f"{address!r} is a neuron; did you mean its bias, '{address}.bias'?"
                ) from None
            raise
    if isinstance(address, tuple) and len(address) == 2:
        return _weight_slot(net, address)
    raise InvalidTypeError(
        f"a weight or bias is named by an address such as 'w5' or 'h1.bias', not {address!r}"
    )


def _weight_slot(net: Network, name: Hashable | tuple[Hashable, Hashable]) -> int:
    return row_of(net.connection(name))


def _bias_slot(net: Network, structure: Structure, name: str, address: str) -> int:
    neuron = net.neuron(name)
    slot = structure.bias_slot.get(row_of(neuron))
    if slot is None:
        biases = [f"{structure.names[row]}.bias" for row in structure.bias_slot]
        raise UnknownNameError(
            f"{address!r}: neuron {neuron.name!r} has no bias{did_you_mean(address, biases)}"
        )
    return slot


def _address(net: Network, structure: Structure, slot: int) -> str:
    if structure.pre[slot] == BIAS:
        return f"{structure.names[structure.post[slot]]}.bias"
    ends = structure.ends(slot)
    name = net.connection(ends).name
    # A label that several carry names none of them.
    return f"{ends[0]}->{ends[1]}.weight" if len(net.labelled(name)) > 1 else f"{name}.weight"


# -- grids ------------------------------------------------------------------------------------


def grid(
    what: str,
    heres: tuple[float, ...],
    reaches: Sequence[tuple[float, float]],
    *,
    span: Any = None,
    points: Any = None,
    values: Mapping[str, Any] | None = None,
) -> tuple[list[Array], Array]:
    """Return the values along one axis or two, and room for a result, of shape (n,) or (ny, nx).

    Parameters
    ----------
    what : str
        What is computed, for messages.
    heres : tuple of float
        The place around which a half width as span goes.
    reaches : sequence of (float, float)
        From where to where each axis goes if nothing is said.
    span, points, values
        What is said: as for `loss_surface`, where `values` holds what is stated of each axis.
    """
    counts = point_counts(points, len(heres))
    reaches = spans_of(span, heres) or reaches
    stated = [
        None if axis is None else finite_array(axis, name, (None,))
        for name, axis in (values or dict.fromkeys("xy"[: len(heres)])).items()
    ]
    shape = [n if axis is None else len(axis) for n, axis in zip(counts, stated, strict=True)]
    result = result_of(tuple(reversed(shape)), what)
    return [
        np.linspace(*reach, count) if axis is None else axis
        for axis, reach, count in zip(stated, reaches, counts, strict=True)
    ], result


def spans_of(span: Any, heres: tuple[float, ...]) -> list[tuple[float, float]]:
    """Return from where to where each axis goes; nothing if nothing is said."""
    if span is None:
        return []
    if isinstance(span, numbers.Real):
        half = positive(span, "span")
        return [(here - half, here + half) for here in heres]
    pairs = np.asarray(span, dtype=object)
    if pairs.shape == (2,):
        return [_pair(*span) for _ in heres]
    if len(heres) == 2 and pairs.shape == (2, 2):
        return [_pair(*pair) for pair in span]
    each = ", or such a pair for each axis" if len(heres) > 1 else ""
    raise InvalidTypeError(f"span must be a half width or a pair (low, high){each}, not {span!r}")


def _pair(low: Any, high: Any) -> tuple[float, float]:
    low, high = finite_number(low, "span"), finite_number(high, "span")
    if low >= high:
        raise InvalidValueError(f"span must go from a lower to a higher value, not {low} to {high}")
    return low, high


def point_counts(points: Any, n_axes: int) -> list[int]:
    """Return the number of points along each axis: one for all, or one for each."""
    counts = list(points) if isinstance(points, tuple | list) else [points] * n_axes
    if len(counts) != n_axes:
        raise InvalidValueError(
            f"points must be one number or {n_axes}, one for each axis, not {points!r}"
        )
    return [whole_number(count, "points") for count in counts]


def result_of(shape: tuple[int, ...], what: str) -> Array:
    """Return room for a result; what it takes is said before it is taken."""
    size = 8 * int(np.prod(shape, dtype=object))
    megabytes = f"{size / 1e6:,.{0 if size > 1e7 else 2}f} MB"
    said = f"{' x '.join(map(str, shape))} points of {what} take {megabytes}"
    if size > LARGE:
        _log.warning("%s", said)
    try:
        return np.empty(shape)
    except (MemoryError, ValueError):
        raise InvalidValueError(
            f"{said}, more than there is: take fewer points, or one part of the grid after the"
            f" other"
        ) from None


# -- directions -------------------------------------------------------------------------------


def generator(seed: Any) -> np.random.Generator:
    """Return the random numbers that a seed stands for."""
    if isinstance(seed, np.random.Generator):
        return seed
    if not isinstance(seed, int | np.integer) or isinstance(seed, bool) or seed < 0:
        raise InvalidValueError(
            f"seed must be a whole number of zero or more, or a numpy Generator, not {seed!r}"
        )
    return np.random.default_rng(int(seed))


def random_directions(ground: Ground, over: Sequence[Parameter], rng: np.random.Generator) -> Array:
    """Draw two directions, the weights into each neuron as long as the neuron's own."""
    structure = ground.structure
    own = ground.values(over)
    first = np.array([parameter.slot for parameter in over])
    neuron = structure.post[first]
    is_weight = structure.pre[first] != BIAS
    drawn: Array = rng.standard_normal((2, len(over))) * is_weight

    def lengths(values: Array) -> Array:
        squares = np.bincount(neuron, weights=values**2 * is_weight, minlength=len(structure.names))
        return np.asarray(np.sqrt(squares))

    for direction in drawn:
        of_drawn = lengths(direction)
        scale = np.divide(lengths(own), of_drawn, out=np.zeros_like(of_drawn), where=of_drawn > 0)
        direction *= scale[neuron]
    return drawn


def principal_directions(away: Array) -> tuple[Array, tuple[float, ...]]:
    """Return the principal directions of points, and the shares of the variance along them."""
    if len(away) < 3:
        raise InvalidValueError(
            f"two principal directions need a path of 3 points or more, not {len(away)}"
        )
    _, lengths, principal = np.linalg.svd(away, full_matrices=False)
    squares = lengths**2
    if len(principal) < 2 or squares[1] <= 1e-24 * squares[0]:
        raise InvalidValueError("the path is a straight line or a point: it spans no plane")
    directions = principal[:2].copy()
    for direction in directions:
        # A principal direction has no sign of its own.
        direction *= np.sign(direction[np.argmax(np.abs(direction))])
    shares = squares[:2] / squares.sum()
    return directions, (float(shares[0]), float(shares[1]))


def directions_of(
    net: Network, ground: Ground, over: Sequence[Parameter], directions: Any
) -> Array:
    """Return two directions that were given as arrays or as mappings."""
    if isinstance(directions, str) or not isinstance(directions, Sequence | np.ndarray):
        hint = did_you_mean(directions, ["random", "pca"])
        raise InvalidValueError(
            f"directions must be 'random', 'pca' or a pair of directions, not {directions!r}{hint}"
        )
    if len(directions) != 2:
        raise InvalidValueError(f"a plane has two directions, not {len(directions)}")
    parts = np.zeros((2, len(over)))
    for number, direction in enumerate(directions):
        what = f"direction {number + 1}"
        if isinstance(direction, Mapping):
            _by_address(net, ground, over, direction, parts[number], what, "is frozen")
        else:
            parts[number] = finite_array(direction, what, (len(over),))
    return parts


def check_spread(directions: Array) -> None:
    """Refuse directions that span no plane."""
    lengths = np.linalg.norm(directions, axis=1)
    if not lengths.all():
        raise InvalidValueError(
            f"direction {int(np.argmin(lengths)) + 1} is zero: it leads nowhere"
        )
    cosine = float(directions[0] @ directions[1] / lengths.prod())
    if 1 - abs(cosine) < 1e-12:
        raise InvalidValueError("the two directions are parallel: they span no plane")
