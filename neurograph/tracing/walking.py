"""Walking along the events of a trace: what the network's objects carry at each of them."""

from collections.abc import Hashable
from typing import Any

import numpy as np

from neurograph import passes
from neurograph.columns import Storage
from neurograph.errors import InvalidValueError, NotComputedError
from neurograph.network import Network
from neurograph.structure import Structure
from neurograph.tracing.events import TraceEvent

__all__ = ["Walk"]

_ABSENT = object()


class Walk:
    """A network, the events of one round on it, and how many of them have happened.

    Parameters
    ----------
    net : Network
    storage : Storage
        The network's own, when the trace was made.
    happenings : list of passes.Event
        In order.
    """

    def __init__(self, net: Network, storage: Storage, happenings: list[passes.Event]) -> None:
        self.net = net
        self.position = 0
        self.events = _named(net, storage.structure, happenings)
        self._storage = storage
        self._happenings = happenings
        self._before: list[Any] = []
        self._now = passes.Computed()
        # What the network carried at the start.
        self._computed, self._outdated = storage.computed, storage.outdated
        self._expected = storage.parameters.copy()
        changes = (n for n, event in enumerate(happenings) if event.phase == "update")
        self._first_change = next(changes, len(happenings))

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
        storage, events, _ = net._round(inputs, targets, learning_rate, order, digits, parameters)
        with np.errstate(all="ignore"):
            happenings = list(events)
        for happening in happenings:
            if isinstance(happening.value, np.ndarray):
                happening.value.setflags(write=False)  # it is handed out as it is
        return cls(net, storage, happenings)

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
            self._now = passes.Computed()
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
        event = self._happenings[self.position]
        place, column = self._place(event)
        self._before.append(_got(column, place))
        column[place] = event.value
        self.position += 1

    def _undo(self) -> None:
        self.position -= 1
        event = self._happenings[self.position]
        place, column = self._place(event)
        before = self._before.pop()
        if before is _ABSENT:
            del column[place]
        else:
            column[place] = before

    def _place(self, event: passes.Event) -> tuple[int, Any]:
        """Return where a value is kept: its row or slot, and the column."""
        slot = event.place
        if event.quantity in ("bias", "bias_gradient"):
            slot = self._storage.structure.bias_slot[event.place]
        match event.quantity:
            case "bias" | "weight":
                return slot, self._storage.cells
            case "bias_gradient":
                return slot, self._now.gradient
        return slot, getattr(self._now, event.quantity)


def _got(column: Any, place: int) -> Any:
    return column.get(place, _ABSENT) if isinstance(column, dict) else column[place]


def _named(
    net: Network, structure: Structure, happenings: list[passes.Event]
) -> tuple[TraceEvent, ...]:
    neurons: dict[int, tuple[str, tuple[Hashable, ...]]] = {
        row: (str(name), (name,)) for row, name in enumerate(structure.names)
    }
    connections: dict[int, tuple[str, tuple[Hashable, ...]]] = {}
    for happening in happenings:
        if happening.of_connection and happening.place not in connections:
            ends = structure.ends(happening.place)
            connections[happening.place] = (str(net.connection(ends).name), ends)
    return tuple(
        TraceEvent(
            number,
            happening.phase,
            *_head(connections if happening.of_connection else neurons, happening),
        )
        for number, happening in enumerate(happenings, start=1)
    )


def _head(
    elements: dict[int, tuple[str, tuple[Hashable, ...]]], happening: passes.Event
) -> tuple[str, str, Any, tuple[Hashable, ...]]:
    name, neurons = elements[happening.place]
    return name, happening.quantity, happening.value, neurons
