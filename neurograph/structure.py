"""What a structure is: rows of neurons, slots of parameters, and their order."""

from collections.abc import Hashable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import accumulate
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from neurograph.activations import Activation
from neurograph.combinations import CombineRule
from neurograph.display import Brief
from neurograph.errors import StructureError

__all__ = ["BIAS", "EMPTY", "Block", "Link", "Structure", "called", "row_ranges"]

#: In `Structure.pre`, the mark of a bias and of a slot that holds nothing.
BIAS, EMPTY = -1, -2
#: The links of all neurons of a network of so few connections are quickly made.
_FEW = 2000
#: What has more parameters is not computed by hand.
_BY_HAND = 600


class Link(NamedTuple):
    """One connection as a neuron sees it: its slot, and the row of the neuron at the other end."""

    slot: int
    neuron: int


class Block(NamedTuple):
    """Where the parameters of one level lie.

    A dense block is a matrix, row by row: for each neuron of the level the weights from all
    positions from `first` on, and last its bias, which is the weight from the position of the
    constant 1 that follows the level before. Where a level is connected to only part of what lies
    before it, some slots of the matrix stay empty. A level for which that would waste too much
    has a block without empty slots, in which each slot knows its own position.

    Positions number everything a neuron can be connected to: the rows of a level, then a 1.

    Attributes
    ----------
    rows : range
        The neurons of the level.
    slots : slice
        Their slots.
    first : int
        Position of the first column of a dense block.
    width : int
        Number of columns; 0 for a block that is not dense.
    """

    rows: range
    slots: slice
    first: int
    width: int


@dataclass(eq=False, repr=False)
class Structure(Brief):
    """A feed-forward network in numbers: rows of neurons, slots of parameters, and their order.

    Rows run level by level, so that a neuron's row is larger than the rows of all it depends on.
    The slots of the weights leading into a neuron, and then of its bias, lie side by side in the
    order of the neurons they come from.

    Attributes
    ----------
    names : list
        Name of the neuron in each row.
    levels : list of range
        Rows by level; level 0 holds the inputs and then the bias neurons.
    inputs, bias_neurons, outputs : list of int
        Rows, in the order of the graph.
    activations : list of Activation
        By row (level 0 has them too, unused).
    groups : list of list of tuple of int
        The order of computation, from level 1 on: by level, the rows that are computed together.
        Most groups have one neuron; the neurons of a softmax share one.
    blocks : list of Block
        Where the parameters of each level from 1 on lie.
    pre, post : ndarray of int32, shape (n_slots,)
        The rows a connection joins; pre is `BIAS` for the slot of a bias and `EMPTY` for a slot
        that holds nothing.
    bias_slot : dict of int to int
        Row of a neuron that has a bias -> slot.
    trainable : ndarray of bool, shape (n_slots,)
    values : ndarray of shape (n_slots,)
        The weights and biases that were found.
    ties : list of list of int
        Slots that are one parameter.
    tie_of : dict of int to int
        Slot of a tied parameter -> its place in `ties`.
    combinations : list of Combination or StatedCombination
        By row, how a neuron makes its net of the messages that arrive.
    masks : dict of int to float
        Row -> constant factor on the out, for neurons that have one.
    """

    names: list[Hashable]
    levels: list[range]
    inputs: list[int]
    bias_neurons: list[int]
    outputs: list[int]
    activations: list[Activation]
    blocks: list[Block]
    pre: NDArray[np.int32]
    post: NDArray[np.int32]
    bias_slot: dict[int, int]
    trainable: NDArray[np.bool_]
    values: NDArray[np.float64]
    tied: dict[str, list[int]]
    combinations: list[CombineRule]
    masks: dict[int, float]
    groups: list[list[tuple[int, ...]]] = field(init=False)
    ties: list[list[int]] = field(init=False)
    tie_of: dict[int, int] = field(init=False)

    def __post_init__(self) -> None:
        self.groups = self._grouped()
        self.ties = [slots for slots in self.tied.values() if len(slots) > 1]
        self.tie_of = {slot: tie for tie, slots in enumerate(self.ties) for slot in slots}
        for tie, slots in self.tied.items():
            self._check_tie(tie, slots)

    @cached_property
    def filled(self) -> list[int]:
        """The slots that hold a parameter."""
        return np.flatnonzero(self.pre != EMPTY).tolist()

    @cached_property
    def filled_slots(self) -> slice | NDArray[np.intp]:
        """The same as an index of a column: all slots, unless most are empty."""
        return np.array(self.filled) if 2 * self.n_parameters < len(self.pre) else slice(None)

    @cached_property
    def has_trainable(self) -> bool:
        """Whether a weight or a bias is trainable."""
        return bool((self.trainable & (self.pre != EMPTY)).any())

    @cached_property
    def is_plain(self) -> bool:
        """Whether every neuron adds up its messages and no more, and no out has a mask."""
        sums = all(rule.name == "sum" for rule in set(self.combinations))
        return sums and not self.masks and not self.deciding

    @cached_property
    def deciding(self) -> frozenset[int]:
        """The rows of the neurons whose nets are settled: what they decide is decided as by hand.

        By hand 0.1 + 0.2 - 0.3 is 0, and a threshold there is reached; floats leave 6e-17. Of a
        network that nobody computes by hand nets stay as they are.
        """
        if self.n_parameters > _BY_HAND or not any(f.takes_steps for f in set(self.activations)):
            return frozenset()
        computed = range(self.levels[0].stop, len(self.names))
        return frozenset(row for row in computed if self.activations[row].takes_steps)

    @cached_property
    def n_parameters(self) -> int:
        """How many weights and biases there are; tied ones count each."""
        return int((self.pre != EMPTY).sum())

    @cached_property
    def n_connections(self) -> int:
        """How many connections there are."""
        return int((self.pre >= 0).sum())

    def computes_like(self, other: "Structure") -> bool:
        """Whether passes through another structure compute the same, with the same parameters."""
        return (
            self.names == other.names
            and self.activations == other.activations
            and self.combinations == other.combinations
            and self.masks == other.masks
            and self.tied == other.tied
            and np.array_equal(self.pre, other.pre)
            and np.array_equal(self.post, other.post)
        )

    @cached_property
    def feeds_onward(self) -> NDArray[np.bool_]:
        """By row, whether a neuron has outgoing connections."""
        found = np.zeros(len(self.names), dtype=np.bool_)
        found[self.pre[self.pre >= 0]] = True
        return found

    @cached_property
    def positions(self) -> NDArray[np.intp]:
        """By row, the position among everything that a neuron can be connected to."""
        return np.concatenate(
            [np.arange(level.start, level.stop) + n for n, level in enumerate(self.levels)]
        )

    @cached_property
    def constants(self) -> list[int]:
        """Positions whose out is always 1: the one after each level, and those of bias neurons."""
        after = [level.stop + n for n, level in enumerate(self.levels)]
        return after + [int(self.positions[row]) for row in self.bias_neurons]

    @property
    def n_positions(self) -> int:
        """How many positions there are."""
        return len(self.names) + len(self.levels)

    @cached_property
    def is_output(self) -> NDArray[np.bool_]:
        """By row, whether a neuron is an output."""
        flags = np.zeros(len(self.names), dtype=np.bool_)
        flags[self.outputs] = True
        return flags

    def group_of(self, row: int) -> tuple[int, ...]:
        """Return the rows that are computed together with `row`, itself among them."""
        return self._groups_of_several.get(row, (row,))

    @cached_property
    def _groups_of_several(self) -> dict[int, tuple[int, ...]]:
        groups = (group for level in self.groups for group in level if len(group) > 1)
        return {row: group for group in groups for row in group}

    def place(self, level: int) -> slice:
        """Return the positions of a level's neurons."""
        rows = self.levels[level]
        return slice(rows.start + level, rows.stop + level)

    @cached_property
    def incoming(self) -> list[list[Link]]:
        """By row, the connections into a neuron."""
        return self._links(self.post, self.pre)

    @cached_property
    def outgoing(self) -> list[list[Link]]:
        """By row, the connections out of a neuron."""
        return self._links(self.pre, self.post)

    def links_into(self, row: int) -> Sequence[Link]:
        """Return the connections into one neuron; of a large network, without a look at others."""
        return self._links_at(row, self.post, self.pre, "incoming")

    def senders_to(self, row: int) -> list[str]:
        """Return the names of the neurons that are connected into one, in the order of the links.

        Examples
        --------
        >>> import neurograph as ng
        >>> structure = ng.Network.layered(2, 2, 1, seed=1).structure
        >>> structure.senders_to(structure.outputs[0])
        ['h1', 'h2']
        """
        return [str(self.names[pre]) for _, pre in self.links_into(row)]

    def links_out_of(self, row: int) -> Sequence[Link]:
        """Return the connections out of one neuron."""
        return self._links_at(row, self.pre, self.post, "outgoing")

    def _links_at(
        self, row: int, ours: NDArray[np.int32], theirs: NDArray[np.int32], way: str
    ) -> Sequence[Link]:
        if way in vars(self) or self.n_connections <= _FEW:
            links: list[list[Link]] = getattr(self, way)
            return links[row]
        # Making the links of all neurons would take longer than an equation of one.
        slots = np.flatnonzero((ours == row) & (self.pre >= 0))
        return list(map(Link, slots.tolist(), theirs[slots].tolist()))

    def parameters_into(self, row: int) -> list[int]:
        """Return the slots of the weights into a neuron, and last of its bias."""
        slots = [slot for slot, _ in self.links_into(row)]
        return slots + ([self.bias_slot[row]] if row in self.bias_slot else [])

    def _links(self, ours: NDArray[np.int32], theirs: NDArray[np.int32]) -> list[list[Link]]:
        links: list[list[Link]] = [[] for _ in self.names]
        slots = np.flatnonzero(self.pre >= 0)
        for slot, row, other in zip(
            slots.tolist(), ours[slots].tolist(), theirs[slots].tolist(), strict=True
        ):
            links[row].append(Link(slot, other))
        return links

    def _grouped(self) -> list[list[tuple[int, ...]]]:
        groups: list[list[tuple[int, ...]]] = []
        softmax_level: dict[int, int] = {}
        alone = False
        for number, level in enumerate(self.levels[1:], start=1):
            coupled = [row for row in level if self.activations[row].group]
            softmax_level.update(dict.fromkeys(coupled, number))
            groups.append([(row,) for row in level if not self.activations[row].group])
            if coupled:
                groups[-1].append(tuple(coupled))
            alone = alone or len(coupled) == 1
        final = {softmax_level[row] for row in self.outputs if row in softmax_level}
        if alone or len(final) > 1:
            where = ", ".join(
                f"{self.names[row]!r} on level {level}" for row, level in softmax_level.items()
            )
            raise StructureError(
                f"softmax couples the neurons of one level, two or more: found {where}"
            )
        return groups

    def _check_tie(self, tie: str, slots: Sequence[int]) -> None:
        for what, column in (("values", self.values), ("trainable flags", self.trainable)):
            if len({column[slot] for slot in slots}) > 1:
                found = ", ".join(f"{self.called(slot)} has {column[slot]}" for slot in slots)
                raise StructureError(
                    f"tied parameters are one parameter, but those of tie {tie!r} have different"
                    f" {what}: {found}"
                )

    def shared_slots(self, slot: int) -> Sequence[int]:
        """Return the slots of the parameter in `slot`: several if it is tied, else itself."""
        tie = self.tie_of.get(slot)
        return (slot,) if tie is None else self.ties[tie]

    def ends(self, slot: int) -> tuple[Hashable, Hashable]:
        """Return the names of the neurons that the connection in a slot joins."""
        return self.names[self.pre[slot]], self.names[self.post[slot]]

    def called(self, slot: int) -> str:
        """Return what the parameter in a slot belongs to, for messages."""
        return called(self.names, int(self.pre[slot]), int(self.post[slot]))


def row_ranges(sizes: Sequence[int]) -> list[range]:
    """Return the rows of each level, given how many neurons it has."""
    stops = list(accumulate(sizes))
    return [range(stop - size, stop) for stop, size in zip(stops, sizes, strict=True)]


def called(names: Sequence[Hashable], pre: int, post: int) -> str:
    """Return what the parameter between two rows belongs to, for messages."""
    if pre < 0:
        return f"neuron {names[post]!r}"
    return f"connection {names[pre]}->{names[post]}"
