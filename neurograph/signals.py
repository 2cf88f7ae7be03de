"""Signals that end a process: what a command does then, and where they have to wait."""

import atexit
import os
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

__all__ = ["at_the_end", "end_at_signals", "held_back", "ignore_signals"]

# The end of the terminal, which Windows does not have, what `kill` sends, and Ctrl-C: that comes
# last, because once it is let through again, it may raise.
_ENDING = [
    getattr(signal, name) for name in ("SIGHUP", "SIGTERM", "SIGINT") if hasattr(signal, name)
]


def end_at_signals() -> None:
    """End the process at once when a signal says so, with the status that shells give: 130, 143.

    No exception is raised: a library in the middle of an import, or Python in the middle of tidying
    up, would print it, turn it into another, or drop it. What a shell tells a process to ignore
    stays ignored.
    """
    for number in _ENDING:
        if signal.getsignal(number) in (signal.SIG_DFL, signal.default_int_handler):
            signal.signal(number, _end)


def ignore_signals() -> None:
    """Ignore what would end the process: it ends by itself, and its status is known."""
    for number in _ENDING:
        signal.signal(number, signal.SIG_IGN)


def _end(number: int, frame: FrameType | None) -> None:
    try:
        ignore_signals()
        sys.unraisablehook = lambda _: None
        # Terminals are set back, and temporary folders of libraries removed.
        atexit._run_exitfuncs()
    finally:
        os._exit(128 + number)


@contextmanager
def at_the_end(action: Callable[[], object]) -> Iterator[None]:
    """Do something when the block is left, also if a signal ends the process inside it."""
    atexit.register(action)
    try:
        yield
    finally:
        action()
        atexit.unregister(action)


@contextmanager
def held_back() -> Iterator[None]:
    """Let signals that end the process wait until the block is left.

    Python hands signals to the main thread alone; another has nothing to hold back.
    """
    import threading  # not before the signals of a command are looked after

    late: list[int] = []
    before = {}
    try:
        if threading.current_thread() is threading.main_thread():
            for number in _ENDING:
                handler = signal.getsignal(number)
                if handler not in (None, signal.SIG_IGN):
                    before[number] = handler
                    signal.signal(number, lambda number, frame: late.append(number))
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
        for number in late:
            signal.raise_signal(number)
