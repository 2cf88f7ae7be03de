"""A trace as a sequence of events: looking through it, walking along it, keeping it."""

import os
from collections.abc import Hashable, Iterator, Sequence
from typing import Any, overload

from neurograph.addresses import parse_address
from neurograph.errors import InvalidValueError, NotComputedError, UnknownNameError, did_you_mean
from neurograph.network import Network
from neurograph.tracing import keeping
from neurograph.tracing.events import MESSAGES, Difference, TraceEvent, same_value, shown
from neurograph.tracing.walking import Walk

__all__ = ["Trace"]

PHASES = ("forward", "backward", "update")


class Trace(Sequence[TraceEvent]):
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

    Examples
    --------
    >>> import neurograph as ng
    >>> scenario = ng.load_scenario("mazur_2015")
    >>> net = scenario.network()
    >>> steps = ng.trace(net, scenario.inputs, scenario.targets, learning_rate=0.5)
    >>> steps
    <Trace of 64 events: 18 forward, 38 backward, 8 update; at 0>
    >>> print(steps[4].address, steps[4].value)
    h1.net 0.3775
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
        digits: int | None = None,
    ) -> None:
        self._events = tuple(events)
        self._walk = walk
        self.learning_rate = learning_rate
        self.order = order
        self.digits = digits

    # -- a sequence -------------------------------------------------------------------------

    @overload
    def __getitem__(self, index: int) -> TraceEvent: ...
    @overload
    def __getitem__(self, index: slice) -> tuple[TraceEvent, ...]: ...
    def __getitem__(self, index: int | slice) -> TraceEvent | tuple[TraceEvent, ...]:
        return self._events[index]

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
        if self._walk is not None:  # a connection has more names than the one that is shown
            target, quantity = parse_address(address)
            if target is not None and "->" in target:
                name = self._walk.net.connection(target).name
                if f"{name}.{quantity}" != address:
                    return self.find(f"{name}.{quantity}")
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
        return [keeping.as_dict(event) for event in self]

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
        heading = {"order": self.order, "learning_rate": self.learning_rate, "digits": self.digits}
        keeping.write(file, heading, self._events)

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
        heading, events = keeping.read(file)
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
