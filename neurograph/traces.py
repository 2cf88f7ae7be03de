"""Traces: every message of a pass in order, to walk along forwards and backwards.

`trace` works out one round on paper, so to speak: the network itself changes only when one walks.
"""

import json
import math
import os
from collections.abc import Hashable, Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, NamedTuple, overload

import numpy as np

from neurograph.addresses import parse_address
from neurograph.columns import Storage, Value
from neurograph.display import Brief, brief
from neurograph.documents.document import (
    Document,
    Span,
    TableColumn,
    TextTable,
    code,
    numeral,
    shortened,
)
from neurograph.documents.readable import Readable
from neurograph.equations import Variable
from neurograph.errors import InvalidValueError, NotComputedError, UnknownNameError, did_you_mean
from neurograph.files import check_replaceable, write_whole
from neurograph.network import Network
from neurograph.optimizers import Optimizer
from neurograph.passes import Values
from neurograph.profiles import meaning_of
from neurograph.quantities import (
    BY_ADDRESS,
    CONNECTION_QUANTITIES,
    NEURON_QUANTITIES,
    PHASES,
    QUANTITIES,
)
from neurograph.records import record
from neurograph.rounds import NO_TARGETS, is_stop
from neurograph.structure import Structure

__all__ = ["Difference", "Trace", "TraceEvent", "check_trace_file", "trace"]

#: What travels along connections; the values that neurons make of it are compared without it.
MESSAGES = ("message", "error_message")
_ABSENT = object()
#: Of the table of a document; `Trace.write` writes every event.
_MOST_ROWS = 1000
_FORMAT = "neurograph trace 1"
_NOT_FINITE = ("nan", "inf", "-inf")


@record(slots=True)
class TraceEvent(Brief):
    """One value that a pass computes, or one parameter that an update changes.

    Parameters
    ----------
    number : int
        Its place in the trace, from 1.
    phase : str
        ``"forward"``, ``"backward"`` or ``"update"``.
    name : str
        Of the neuron or connection whose value it is, as addresses write it.
    quantity : str
        Which value, such as ``"net"`` or ``"gradient"``.
    value : float or ndarray of shape (n_samples,)
    neurons : tuple
        The neuron itself, or the two that the connection joins.

    Examples
    --------
    >>> import neurograph as ng
    >>> net = ng.Network.layered(1, 1, weights=0.5, activation="identity")
    >>> event = ng.trace(net, [3.0])[1]
    >>> event.address, event.value, event.neurons
    ('w1.message', 1.5, ('i1', 'o1'))
    """

    number: int
    phase: str
    name: str
    quantity: str
    value: Value
    neurons: tuple[Hashable, ...]

    @property
    def address(self) -> str:
        """The address of the value, such as ``"h1.net"``."""
        return f"{self.name}.{self.quantity}"

    @property
    def meaning(self) -> str:
        """What the quantity is, in one line."""
        if self.changes_parameter:
            return QUANTITIES["new_weight"].meaning
        return (NEURON_QUANTITIES | CONNECTION_QUANTITIES)[self.quantity]

    @property
    def changes_parameter(self) -> bool:
        """Whether the value is that of a weight or a bias after an update."""
        return BY_ADDRESS[self.quantity].name == "weight"

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, TraceEvent):
            return NotImplemented
        return self._key() == other._key() and same_value(self.value, other.value)

    def __hash__(self) -> int:
        return hash(self._key())

    def _key(self) -> tuple[Any, ...]:
        return (self.number, self.phase, self.name, self.quantity, self.neurons)


class Difference(NamedTuple):
    """Where two traces part: the same quantity with two values, or one that only one of them has.

    Attributes
    ----------
    ours, theirs : TraceEvent or None
        `None` for the trace that does not have it.
    parts : tuple of (TraceEvent, TraceEvent)
        Messages that arrive at the same neuron and differ already.

    Examples
    --------
    >>> import neurograph as ng
    >>> scenario = ng.load_scenario("mazur_2015")
    >>> given = scenario.network(), scenario.inputs, scenario.targets, 0.5
    >>> in_place = ng.trace(*given, order="in_place")
    >>> print(ng.trace(*given).first_difference(in_place))
    h1.out_gradient: 0.0363503064 against 0.0302297395; w5.error_message 0.0553994247 against
    0.0497094162, w7.error_message -0.0190491183 against -0.0194796767
    """

    ours: TraceEvent | None
    theirs: TraceEvent | None
    parts: tuple[tuple[TraceEvent, TraceEvent], ...] = ()

    def __repr__(self) -> str:
        return brief(self)

    @property
    def address(self) -> str:
        """The address of the quantity."""
        return self._event.address

    @property
    def _event(self) -> TraceEvent:
        event = self.ours or self.theirs
        assert event is not None  # one of the two exists
        return event

    def __str__(self) -> str:
        if self.ours is None or self.theirs is None:
            which = "first" if self.theirs is None else "second"
            return f"{self.address}: only in the {which} trace"
        said = [f"{self.address}: {shown(self.ours.value)} against {shown(self.theirs.value)}"]
        said += [
            f"{ours.address} {shown(ours.value)} against {shown(theirs.value)}"
            for ours, theirs in self.parts
        ]
        return said[0] + ("; " + ", ".join(said[1:]) if self.parts else "")


def shown(value: Value) -> str:
    """Return a value as text: nine significant digits, or the first of many."""
    if isinstance(value, np.ndarray):
        first = ", ".join(f"{number:.9g}" for number in value[:4])
        return f"[{first}]" if len(value) <= 4 else f"[{first}, ... {len(value)} samples]"
    return f"{value:.9g}"


def _shown_span(value: Value) -> Span | str:
    return shown(value) if isinstance(value, np.ndarray) else numeral(shown(value), float(value))


def same_value(one: Value, other: Value, rtol: float = 0.0) -> bool:
    """Whether two values are equal, up to a relative tolerance; nan is equal to nan."""
    if np.shape(one) != np.shape(other):
        return False
    return bool(np.allclose(one, other, rtol=rtol, atol=0.0, equal_nan=True))


# -- walking along the events: what the objects carry at each of them ----------------------------


class Happening(NamedTuple):
    """One number that a round computes: of which quantity, where, and in which phase."""

    phase: str
    quantity: str
    place: int
    value: Any


class Walk(Brief):
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
    optimizer : Optimizer
    """

    def __init__(
        self,
        net: Network,
        storage: Storage,
        given: Mapping[int, Any],
        happenings: list[Happening],
        optimizer: Optimizer,
    ) -> None:
        self.net = net
        self.optimizer = optimizer
        self.position = 0
        self._steps = _by_stop(happenings, optimizer)
        self.events = _named(net, storage.structure, [step[-1] for step in self._steps])
        self._storage = storage
        self._given = given
        self._before: list[list[Any]] = []
        self._now = Values(storage.cells, given)
        self._pinned: frozenset[Variable] = frozenset()
        # What the network carried at the start.
        self._computed = storage.computed
        self._outdated, self._past_update = storage.outdated, storage.past_update
        self._expected = storage.parameters.copy()
        changes = (n for n, event in enumerate(self.events) if event.changes_parameter)
        self._first_change = next(changes, len(self.events))

    @classmethod
    def of(
        cls,
        net: Network,
        inputs: Any,
        targets: Any,
        learning_rate: float | None,
        order: str,
        optimizer: str | Optimizer,
        digits: int | None,
        pinned: Mapping[str, Any] | None = None,
    ) -> "Walk":
        """Work out a round on a copy of the parameters."""
        storage = net.storage
        wanted = NO_TARGETS if targets is None else targets
        calculation = net.calculation(
            inputs,
            wanted,
            learning_rate,
            order,
            optimizer=optimizer,
            digits=digits,
            parameters=storage.parameters.tolist(),
            given=pinned,
        )
        now = calculation.values
        happenings = []
        with np.errstate(all="ignore"):
            for equation in calculation.computed():
                quantity, place, _ = equation.left
                if quantity not in QUANTITIES:
                    continue  # a sum that only an equation uses
                value = now[quantity][place]
                if isinstance(value, np.ndarray):
                    value.setflags(write=False)  # it is handed out as it is
                happenings.append(Happening(equation.phase, quantity, place, value))
        walk = cls(net, storage, now.given["out"], happenings, calculation.optimizer)
        walk._pinned = walk._now.pinned = now.pinned
        return walk

    def check(self) -> None:
        """Make sure that the network is as the walk left it.

        Raises
        ------
        NotComputedError
            If anything else has changed it: going on would overwrite that.
        """
        storage = self._storage
        carried = self._now if self.position else self._computed
        if (
            not self.net.uses(storage)
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
            self._now.pinned = self._pinned
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
        storage.outdated, storage.past_update = self._outdated, self._past_update

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


def _by_stop(happenings: list[Happening], optimizer: Optimizer) -> list[list[Happening]]:
    """Return what happens up to each stop: what has none of its own comes with the next."""
    steps: list[list[Happening]] = []
    waiting: list[Happening] = []
    for happening in happenings:
        if is_stop(happening.quantity, optimizer):
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


# -- a trace ----------------------------------------------------------------------------------


class Trace(Sequence[TraceEvent], Readable):
    """Every message and every value of one round, in the order in which they are computed.

    `trace` makes one. A trace that was read from a file has events, but no network to walk
    through.

    Parameters
    ----------
    events : sequence of TraceEvent
    walk : Walk, optional
        The network that the events happen on.
    learning_rate, order, digits
        As the round was asked for.
    optimizer : Optimizer or str
        Of a trace that was read from a file, its name.

    Examples
    --------
    >>> import neurograph as ng
    >>> scenario = ng.load_scenario("mazur_2015")
    >>> net = scenario.network()
    >>> steps = ng.trace(net, scenario.inputs, scenario.targets, learning_rate=0.5)
    >>> steps
    <Trace of 64 events: 18 forward, 38 backward, 8 update; at 0>
    >>> print(steps[4].address, steps[4].value, steps["h1.net"] is steps[4])
    h1.net 0.3775 True
    >>> steps.go_to("h1.out").value == net.nodes["h1"].out
    True
    """

    def __init__(
        self,
        events: Sequence[TraceEvent],
        *,
        walk: Walk | None = None,
        learning_rate: float | None = None,
        order: str = "simultaneous",
        optimizer: Optimizer | str = "gradient_descent",
        digits: int | None = None,
    ) -> None:
        self._events = tuple(events)
        self._walk = walk
        self.learning_rate = learning_rate
        self.order = order
        self.optimizer = optimizer
        self.digits = digits

    # -- a sequence -------------------------------------------------------------------------

    @overload
    def __getitem__(self, index: int | str) -> TraceEvent: ...
    @overload
    def __getitem__(self, index: slice) -> tuple[TraceEvent, ...]: ...
    def __getitem__(self, index: int | str | slice) -> TraceEvent | tuple[TraceEvent, ...]:
        # By its address, an event is what `find` finds.
        return self.find(index) if isinstance(index, str) else self._events[index]

    def _ipython_key_completions_(self) -> list[str]:
        return list(dict.fromkeys(event.address for event in self._events))

    def __len__(self) -> int:
        return len(self._events)

    def __iter__(self) -> Iterator[TraceEvent]:
        return iter(self._events)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Trace):
            return NotImplemented
        return self._events == other._events

    __hash__ = None  # type: ignore[assignment]  # it has a position, which moves

    def __repr__(self) -> str:
        counts = ", ".join(f"{len(self.filter(phase=phase))} {phase}" for phase in PHASES)
        at = f"; at {self.position}" if self._walk else ""
        return f"<Trace of {len(self)} events: {counts}{at}>"

    # -- looking through it ----------------------------------------------------------------

    def filter(
        self,
        *,
        neuron: Hashable = None,
        phase: str | None = None,
        address: str | None = None,
    ) -> tuple[TraceEvent, ...]:
        """Return the events that fit all that is given.

        Parameters
        ----------
        neuron : hashable, optional
            Its own values, and the messages and gradients on its connections.
        phase : {"forward", "backward", "update"}, optional
        address : str, optional
            Such as ``"w5.weight"``.

        Returns
        -------
        tuple of TraceEvent

        Raises
        ------
        UnknownNameError
            If no event of the trace has to do with such a neuron, or there is no such phase or
            address.

        Examples
        --------
        >>> import neurograph as ng
        >>> net = ng.Network.layered(2, 1, weights=0.5)
        >>> [event.address for event in ng.trace(net, [1, 0]).filter(neuron="i1")]
        ['i1.out', 'w1.message']
        """
        events = self._events
        if neuron is not None:
            events = tuple(event for event in events if neuron in event.neurons)
            if not events:
                names = dict.fromkeys(str(name) for each in self for name in each.neurons)
                near = did_you_mean(str(neuron), names)
                raise UnknownNameError(f"no neuron {neuron!r} in this trace{near}")
        if phase is not None:
            if phase not in PHASES:
                near = did_you_mean(phase, PHASES) or f"; the phases are {', '.join(PHASES)}"
                raise UnknownNameError(f"no phase {phase!r}{near}")
            events = tuple(event for event in events if event.phase == phase)
        if address is not None:
            self.find(address)
            events = tuple(event for event in events if event.address == address)
        return events

    def find(self, address: str) -> TraceEvent:
        """Return the first event that gives a value to an address.

        Parameters
        ----------
        address : str

        Returns
        -------
        TraceEvent

        Raises
        ------
        UnknownNameError
            If none does; the nearest address of the trace is named.

        Examples
        --------
        >>> import neurograph as ng
        >>> net = ng.Network.layered(2, 1, weights=0.5)
        >>> ng.trace(net, [1, 0]).find("o1.net").number
        5
        """
        for event in self._events:
            if event.address == address:
                return event
        if self._walk is not None:  # a number has more names than the one that is shown
            parse_address(address)
            with suppress(UnknownNameError):
                names = [f"{owner.name}.{key}" for owner, key in self._walk.net.owners(address)]
                if names and names[0] != address:
                    return self.find(names[0])
        near = did_you_mean(address, dict.fromkeys(event.address for event in self._events))
        raise UnknownNameError(f"no value of {address!r} is computed in this trace{near}")

    def first_difference(
        self, other: "Trace", *, rtol: float = 0.0, messages: bool = False
    ) -> Difference | None:
        """Return the first value that two traces do not agree on.

        Events are matched by address (and by their count, where a value changes more than once),
        so that traces of different orders of update can be compared.

        Parameters
        ----------
        other : Trace
        rtol : float
            Relative difference that still counts as equal.
        messages : bool
            Whether a message on a connection counts as a value of its own. Otherwise messages
            that differ are given with the neuron at which they arrive.

        Returns
        -------
        Difference or None
            `None` if they agree throughout.

        Examples
        --------
        >>> import neurograph as ng
        >>> scenario = ng.load_scenario("mazur_2015")
        >>> given = scenario.network(), scenario.inputs, scenario.targets, 0.5
        >>> ng.trace(*given).first_difference(ng.trace(*given, order="in_place")).address
        'h1.out_gradient'
        """
        theirs = dict(_numbered(other))
        ours = dict(_numbered(self))
        parts: list[tuple[TraceEvent, TraceEvent]] = []
        for key, event in ours.items():
            match = theirs.get(key)
            if match is not None and same_value(event.value, match.value, rtol):
                continue
            if match is not None and event.quantity in MESSAGES and not messages:
                parts.append((event, match))
                continue
            arriving = _receiver(event)
            return Difference(
                event, match, tuple(part for part in parts if _receiver(part[0]) == arriving)
            )
        if parts:
            return Difference(*parts[0])
        extra = (event for key, event in theirs.items() if key not in ours)
        event_of_theirs = next(extra, None)
        return None if event_of_theirs is None else Difference(None, event_of_theirs)

    def table(self) -> str:
        """Return the events as a table of text: number, phase, address, value.

        Examples
        --------
        >>> import neurograph as ng
        >>> net = ng.Network.layered(1, 1, weights=0.5, activation="identity")
        >>> print(ng.trace(net, [3.0]).table())
        1  forward  i1.out      3
        2  forward  w1.message  1.5
        3  forward  o1.net      1.5
        4  forward  o1.out      1.5
        """
        rows = [
            (str(event.number), event.phase, event.address, shown(event.value)) for event in self
        ]
        if not rows:
            return ""
        number, phase, address = (max(len(row[n]) for row in rows) for n in range(3))
        return "\n".join(
            f"{row[0]:>{number}}  {row[1]:<{phase}}  {row[2]:<{address}}  {row[3]}" for row in rows
        )

    def document(self) -> Document:
        """Return the events as a document: number, phase, address, value, and what it is."""
        columns = (
            TableColumn("event", "right"),
            *map(TableColumn, ("phase", "address", "value", "meaning")),
        )
        rows = tuple(
            (str(event.number), event.phase, code(event.address), _shown_span(event.value),
             self.meaning_of(event))
            for event in self
        )  # fmt: skip
        table = shortened(TextTable(columns, rows), _MOST_ROWS)
        return Document("trace", f"A trace of {len(self)} events", table)

    def meaning_of(self, event: TraceEvent) -> str:
        """Return what an event computes, under what the network states, if the trace has it."""
        if self._walk is None or event.changes_parameter:
            return event.meaning
        net, ends = self._walk.net, event.neurons
        return meaning_of(net.edges[ends] if len(ends) == 2 else net.nodes[ends[0]], event.quantity)

    # -- walking along it -------------------------------------------------------------------

    @property
    def net(self) -> Network:
        """The network that the trace walks through."""
        return self._walking().net

    @property
    def position(self) -> int:
        """How many events have happened to the network; 0 is the start."""
        return self._walking().position

    def step(self) -> TraceEvent | None:
        """Let the next event happen: the object it names then carries its value.

        Returns
        -------
        TraceEvent or None
            `None` at the end, where nothing is left to happen.

        Raises
        ------
        NotComputedError
            If something else has changed the network since, or the trace has no network.
        """
        walk = self._walking()
        if walk.position == len(self):
            walk.check()
            return None
        walk.go(walk.position + 1)
        return self[walk.position - 1]

    def back(self) -> TraceEvent | None:
        """Take back the last event; at the start the network is what it was before.

        Returns
        -------
        TraceEvent or None
            The event that was taken back; `None` at the start.

        Raises
        ------
        NotComputedError
            As for `step`.

        Examples
        --------
        >>> import neurograph as ng
        >>> net = ng.Network.layered(1, 1, weights=0.5, activation="identity")
        >>> steps = ng.trace(net, [3.0], [1.0], learning_rate=0.1)
        >>> steps.go_to("w1.weight").value, net.value("w1.weight")
        (0.35, 0.35)
        >>> steps.back().address, net.value("w1.weight")
        ('w1.weight', 0.5)
        """
        walk = self._walking()
        if not walk.position:
            walk.check()
            return None
        walk.go(walk.position - 1)
        return self[walk.position]

    def go_to(self, where: int | str) -> TraceEvent | None:
        """Walk, forwards or backwards, until just after an event.

        Parameters
        ----------
        where : int or str
            The number of an event, 0 for the start, or an address: the first event that gives it
            a value.

        Returns
        -------
        TraceEvent or None
            The event, or `None` for the start.

        Raises
        ------
        UnknownNameError, InvalidValueError
            If there is no such event.
        NotComputedError
            As for `step`.
        """
        walk = self._walking()
        if isinstance(where, bool) or not isinstance(where, int | str):
            raise InvalidValueError(
                f"expected the number of an event or an address such as 'h1.net', got {where!r}"
            )
        position = self.find(where).number if isinstance(where, str) else where
        walk.go(position)
        return self[position - 1] if position else None

    def _walking(self) -> Walk:
        if self._walk is None:
            raise NotComputedError(
                "this trace has no network to walk through, only events: call ng.trace(net, ...)"
            )
        return self._walk

    # -- keeping it -------------------------------------------------------------------------

    def to_dicts(self) -> list[dict[str, Any]]:
        """Return an event a dict: for `pandas.DataFrame`, say."""
        return [_as_dict(event) for event in self]

    def write(self, file: str | os.PathLike[str]) -> None:
        """Write the trace as JSON lines: a heading, then an event a line.

        The file is written whole or not at all.

        Parameters
        ----------
        file : path
            A trace that is there already is replaced.

        Raises
        ------
        UnwritableError
            If the file cannot be written, or something else is there already.
        """
        by = self.optimizer if isinstance(self.optimizer, str) else self.optimizer.name
        heading = {
            "order": self.order, "optimizer": by,
            "learning_rate": self.learning_rate, "digits": self.digits,
        }  # fmt: skip
        _write(file, heading, self._events)

    @classmethod
    def read(cls, file: str | os.PathLike[str]) -> "Trace":
        """Read what `write` wrote.

        Parameters
        ----------
        file : path

        Returns
        -------
        Trace
            Without a network to walk through.

        Raises
        ------
        InvalidValueError
            If the file cannot be read or is no trace; the message names the line.
        """
        heading, events = _read(file)
        return cls(events, **heading)


def _numbered(trace: Trace) -> Iterator[tuple[tuple[str, int], TraceEvent]]:
    """Yield each event with its address and how often that has had a value before."""
    seen: dict[str, int] = {}
    for event in trace:
        times = seen.get(event.address, 0)
        seen[event.address] = times + 1
        yield (event.address, times), event


def _receiver(event: TraceEvent) -> Hashable:
    """Return the neuron at which a message arrives, or whose value it is."""
    return event.neurons[-1] if event.quantity == "message" else event.neurons[0]


def trace(
    net: Network,
    inputs: Any,
    targets: Any = None,
    learning_rate: float | None = None,
    order: str = "simultaneous",
    *,
    optimizer: str | Optimizer = "gradient_descent",
    digits: int | None = None,
    given: Mapping[str, Any] | None = None,
) -> Trace:
    """Work out a round of passes, one message or one value after the other.

    The network is left as it is until one walks along the trace with `Trace.step`: then its
    objects carry exactly what is known after that event, and `Trace.back` takes it away again.

    Parameters
    ----------
    net : Network
    inputs : mapping or array-like
        As for `Network.forward`: one sample, or a batch.
    targets : mapping or array-like, optional
        As for `Network.backward`; without targets only the forward pass is traced.
    learning_rate : float, optional
        Without it no parameter is updated.
    order : {"simultaneous", "in_place"}
        As for `Network.step`.
    optimizer : str or Optimizer
        As for `Network.train`, of which this is the first step. What it remembers of a parameter,
        and the change, are events of their own, except of plain gradient descent.
    digits : int, optional
        Round as in `Network.forward` and `Network.backward`.
    given : mapping from str to float or ndarray of shape (n_samples,), optional
        Nets and outs, as for `Network.forward`.

    Returns
    -------
    Trace
        At its start: `position` is 0.

    Raises
    ------
    StructureError, InvalidValueError, InvalidTypeError, UnknownNameError
        As for `Network.messages`.

    Examples
    --------
    >>> import neurograph as ng
    >>> net = ng.Network.layered(1, 1, weights=0.5, activation="identity")
    >>> steps = ng.trace(net, [3.0], [1.0], learning_rate=0.1)
    >>> len(steps)
    13
    >>> steps.go_to("o1.net").value, net.nodes["o1"].net
    (1.5, 1.5)
    >>> _ = steps.go_to(0)
    >>> "net" in net.nodes["o1"]
    False
    >>> for event in ng.trace(net, [3.0], [1.0], 0.1, optimizer="momentum")[-3:]:
    ...     print(event.address, event.value)
    w1.velocity 1.5
    w1.change -0.15...
    w1.weight 0.35
    """
    walk = Walk.of(net, inputs, targets, learning_rate, order, optimizer, digits, given)
    return Trace(
        walk.events,
        walk=walk,
        learning_rate=None if learning_rate is None else float(learning_rate),
        order=order,
        optimizer=walk.optimizer,
        digits=digits,
    )


# -- traces as JSON lines ---------------------------------------------------------------------


def _as_dict(event: TraceEvent) -> dict[str, Any]:
    """Return an event as a dict."""
    return {
        "number": event.number,
        "phase": event.phase,
        "address": event.address,
        "value": event.value,
        "neurons": list(event.neurons),
    }


def check_trace_file(file: str | os.PathLike[str]) -> None:
    """Check that a trace may be written to a file, before the work of making it.

    Parameters
    ----------
    file : path

    Raises
    ------
    UnwritableError
        If there is something else: see `neurograph.files.check_replaceable`.
    """
    check_replaceable(file, "trace", lambda head: head.startswith(b'{"format": "neurograph trace '))


def _write(
    file: str | os.PathLike[str], heading: dict[str, Any], events: Sequence[TraceEvent]
) -> None:
    """Write a heading and the events, whole or not at all."""
    check_trace_file(file)
    lines = [{"format": _FORMAT, "events": len(events)} | heading]
    lines += [
        _as_dict(event)
        | {"value": _plain(event.value), "neurons": [str(name) for name in event.neurons]}
        for event in events
    ]
    text = "".join(json.dumps(line, ensure_ascii=False, allow_nan=False) + "\n" for line in lines)
    write_whole(file, text)


def _read(file: str | os.PathLike[str]) -> tuple[dict[str, Any], tuple[TraceEvent, ...]]:
    """Return the heading and the events of a file."""
    path = Path(file)
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8 text"
        raise InvalidValueError(f"{path}: cannot be read: {reason or error}") from error
    try:
        heading = json.loads(lines[0])
        if heading["format"] != _FORMAT:
            raise ValueError
        n_events = heading["events"]
        kept = {key: heading[key] for key in ("order", "learning_rate", "digits")}
        kept["optimizer"] = heading.get("optimizer", "gradient_descent")
    except (ValueError, LookupError, TypeError, RecursionError) as error:
        raise InvalidValueError(
            f"{path}: line 1 is not the heading of a trace, {{'format': {_FORMAT!r}, ...}}"
        ) from error
    events = tuple(_event_in(line, number, path) for number, line in enumerate(lines[1:], start=1))
    if len(events) != n_events:
        raise InvalidValueError(
            f"{path}: has {len(events)} events where its heading says {n_events}; is it cut off?"
        )
    return kept, events


def _event_in(line: str, number: int, path: Path) -> TraceEvent:
    try:
        found = json.loads(line)
        name, dot, quantity = found["address"].rpartition(".")
        if not dot or quantity not in NEURON_QUANTITIES | CONNECTION_QUANTITIES:
            raise ValueError
        if found["number"] != number or not isinstance(found["phase"], str):
            raise ValueError
        neurons = tuple(str(neuron) for neuron in found["neurons"])
        return TraceEvent(
            number, found["phase"], name, quantity, _value_in(found["value"]), neurons
        )
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError) as error:
        raise InvalidValueError(f"{path}: line {number + 1} is not event {number}") from error


def _plain(value: Value) -> Any:
    if isinstance(value, np.ndarray):
        return [_plain(number) for number in value.tolist()]
    return float(value) if math.isfinite(value) else str(float(value))


def _value_in(found: Any) -> Value:
    if isinstance(found, list):
        return np.array([_value_in(number) for number in found], dtype=float)
    if found in _NOT_FINITE:
        return float(found)
    if isinstance(found, bool) or not isinstance(found, int | float):
        raise ValueError(found)
    return float(found)
