"""Traces as JSON lines."""

import json
import math
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from neurograph.columns import Value
from neurograph.errors import InvalidValueError
from neurograph.files import check_replaceable, write_whole
from neurograph.quantities import CONNECTION_QUANTITIES, NEURON_QUANTITIES
from neurograph.tracing.events import TraceEvent

__all__ = ["as_dict", "check_trace_file", "read", "write"]

_FORMAT = "neurograph trace 1"
_NOT_FINITE = ("nan", "inf", "-inf")


def as_dict(event: TraceEvent) -> dict[str, Any]:
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


def write(
    file: str | os.PathLike[str], heading: dict[str, Any], events: Sequence[TraceEvent]
) -> None:
    """Write a heading and the events, whole or not at all."""
    check_trace_file(file)
    lines = [{"format": _FORMAT, "events": len(events)} | heading]
    lines += [
        as_dict(event)
        | {"value": _plain(event.value), "neurons": [str(name) for name in event.neurons]}
        for event in events
    ]
    text = "".join(json.dumps(line, ensure_ascii=False, allow_nan=False) + "\n" for line in lines)
    write_whole(file, text)


def read(file: str | os.PathLike[str]) -> tuple[dict[str, Any], tuple[TraceEvent, ...]]:
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
    except (ValueError, LookupError, TypeError, RecursionError) as error:
        raise InvalidValueError(
            f"{path}: line 1 is not the heading of a trace, {{'format': {_FORMAT!r}, ...}}"
        ) from error
    events = tuple(_event(line, number, path) for number, line in enumerate(lines[1:], start=1))
    if len(events) != n_events:
        raise InvalidValueError(
            f"{path}: has {len(events)} events where its heading says {n_events}; is it cut off?"
        )
    return kept, events


def _event(line: str, number: int, path: Path) -> TraceEvent:
    try:
        found = json.loads(line)
        name, dot, quantity = found["address"].rpartition(".")
        if not dot or quantity not in NEURON_QUANTITIES | CONNECTION_QUANTITIES:
            raise ValueError
        if found["number"] != number or not isinstance(found["phase"], str):
            raise ValueError
        neurons = tuple(str(neuron) for neuron in found["neurons"])
        return TraceEvent(number, found["phase"], name, quantity, _value(found["value"]), neurons)
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError) as error:
        raise InvalidValueError(f"{path}: line {number + 1} is not event {number}") from error


def _plain(value: Value) -> Any:
    if isinstance(value, np.ndarray):
        return [_plain(number) for number in value.tolist()]
    return float(value) if math.isfinite(value) else str(float(value))


def _value(found: Any) -> Value:
    if isinstance(found, list):
        return np.array([_value(number) for number in found], dtype=float)
    if found in _NOT_FINITE:
        return float(found)
    if isinstance(found, bool) or not isinstance(found, int | float):
        raise ValueError(found)
    return float(found)
