"""Walking along the events of a trace: what the network's objects carry at each of them."""

from collections.abc import Hashable, Mapping
from itertools import chain
from typing import Any, NamedTuple

import numpy as np

from neurograph.columns import Storage
from neurograph.errors import InvalidValueError, NotComputedError
from neurograph.network import Network
from neurograph.passes import Values, computed
from neurograph.quantities import QUANTITIES
from neurograph.structure import Structure
from neurograph.tracing.events import TraceEvent

__all__ = ["Walk"]

_ABSENT = object()


class Happening(NamedTuple):
    """One number that a round computes: of which quantity, where, and in which phase."""

    phase: str
    quantity: str
    place: int
    value: Any


class Walk:
    """A network, the events of one round on it, and how many of them have happened.

    Parameters
    ----------
    net : Network
    storage : Storage
        The network's own, when the trace was made.
    given : mapping
        By row, what the inputs are given.
    happenings : list of Happening
        In order.
    """

    def __init__(
        self, net: Network, storage: Storage, given: Mapping[int, Any], happenings: list[Happening]
    ) -> None:
        self.net = net
        self.position = 0
        self._steps = _by_stop(happenings)
        self.events = _named(net, storage.structure, [step[-1] for step in self._steps])
        self._storage = storage
        self._given = given
        self._before: list[list[Any]] = []
        self._now = Values(storage.cells, given)
        # What the network carried at the start.
        self._computed, self._outdated = storage.computed, storage.outdated
        self._expected = storage.parameters.copy()
        changes = (n for n, event in enumerate(self.events) if event.phase == "update")
        self._first_change = next(changes, len(self.events))

    @classmethod
    def of(
        cls,
        net: Network,
        inputs: Any,
        targets: Any,
        learning_rate: float | None,
        order: str,
        digits: int | None,
    ) -> "Walk":
        """Work out a round on a copy of the parameters."""
        parameters = net._storage().parameters.tolist()
        storage, parts, now = net._checked_round(
            inputs, targets, learning_rate, order, digits, parameters
        )
        happenings = []
        with np.errstate(all="ignore"):
            for equation in computed(chain(*parts), now, digits):
                quantity, place, _ = equation.left
                if quantity not in QUANTITIES:
                    continue  # a sum that only an equation uses
                value = now[quantity][place]
                if isinstance(value, np.ndarray):
                    value.setflags(write=False)  # it is handed out as it is
                happenings.append(Happening(equation.phase, quantity, place, value))
        return cls(net, storage, now.given["out"], happenings)

    def check(self) -> None:
        """Make sure that the network is as the walk left it.

        Raises
        ------
        NotComputedError
            If anything else has changed it: going on would overwrite that.
        """
        storage = self.net._current()
        carried = self._now if self.position else self._computed
        if (
            storage is not self._storage
            or storage.computed is not carried
            or not np.array_equal(storage.parameters, self._expected, equal_nan=True)
        ):
            raise NotComputedError(
                "the network has changed since the last step of this trace: call ng.trace(net, ...)"
                " again"
            )

    def go(self, position: int) -> None:
        """Let the objects carry what is known after so many events."""
        if not 0 <= position <= len(self.events):
            raise InvalidValueError(
                f"the trace has events 1 to {len(self.events)}, and 0 is its start; there is no"
                f" {position}"
            )
        self.check()
        if position and not self.position:
            self._now = Values(self._storage.cells, self._given)
            self._storage.show(self._now)
        while self.position < position:
            self._do()
        while self.position > position:
            self._undo()
        self._expected[:] = self._storage.parameters
        if position:
            # Once a parameter has changed, the outs belong to weights that are no longer there.
            self._storage.outdated = position > self._first_change
        else:
            self._restore()

    def _restore(self) -> None:
        """Give back what the network carried at the start."""
        storage = self._storage
        if self._computed is None:
            storage.forget()
        else:
            storage.show(self._computed)
        storage.outdated = self._outdated

    def _do(self) -> None:
        before = []
        for happening in self._steps[self.position]:
            column = self._column(happening)
            before.append(_value_at(column, happening.place))
            column[happening.place] = happening.value
        self._before.append(before)
        self.position += 1

    def _undo(self) -> None:
        self.position -= 1
        step, before = self._steps[self.position], self._before.pop()
        for happening, value in zip(reversed(step), reversed(before), strict=True):
            column = self._column(happening)
            if value is _ABSENT:
                del column[happening.place]
            else:
                column[happening.place] = value

    def _column(self, happening: Happening) -> Any:
        """Return where values of a quantity are kept."""
        return self._now[happening.quantity]


def _value_at(column: Any, place: int) -> Any:
    return column.get(place, _ABSENT) if isinstance(column, dict) else column[place]


def _by_stop(happenings: list[Happening]) -> list[list[Happening]]:
    """Return what happens up to each stop: what has none of its own comes with the next."""
    steps: list[list[Happening]] = []
    waiting: list[Happening] = []
    for happening in happenings:
        if QUANTITIES[happening.quantity].stop:
            steps.append([*waiting, happening])
            waiting = []
        else:
            waiting.append(happening)
    if waiting:
        steps[-1][:0] = waiting
    return steps


def _named(
    net: Network, structure: Structure, happenings: list[Happening]
) -> tuple[TraceEvent, ...]:
    names: dict[tuple[bool, int], tuple[str, tuple[Hashable, ...]]] = {}
    events = []
    for number, (phase, quantity, place, value) in enumerate(happenings, start=1):
        row = QUANTITIES[quantity]
        of_neuron = row.owner == "neuron"
        if row.owner == "parameter" and structure.pre[place] < 0:
            of_neuron, quantity, place = True, row.of_bias, int(structure.post[place])
        if (of_neuron, place) not in names:
            names[of_neuron, place] = _called(net, structure, of_neuron, place)
        name, neurons = names[of_neuron, place]
        events.append(
            TraceEvent(number, phase, name, quantity.removeprefix("new_"), value, neurons)
        )
    return tuple(events)


def _called(
    net: Network, structure: Structure, of_neuron: bool, place: int
) -> tuple[str, tuple[Hashable, ...]]:
    if of_neuron:
        return str(structure.names[place]), (structure.names[place],)
    ends = structure.ends(place)
    return str(net.connection(ends).name), ends
