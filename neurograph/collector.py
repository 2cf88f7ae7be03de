"""Python's garbage collector, kept from walking over objects among which there is no garbage."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager

__all__ = ["all_staying", "leave_to_the_system", "no_collection"]


@contextmanager
def no_collection() -> Iterator[None]:
    """Keep the garbage collector from walking over objects that are only being made."""
    if not gc.isenabled():
        yield
        return
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


@contextmanager
def all_staying() -> Iterator[None]:
    """Keep the collector from objects of modules, also after they were made: they all stay.

    Young objects are walked over soon; these count as old from the start. So what a program makes
    meanwhile on other threads is looked at later than usual, but it is.
    """
    with no_collection():
        yield
        if not gc.get_freeze_count():  # a program may have frozen objects, which stay so
            gc.freeze()
            gc.unfreeze()


def leave_to_the_system() -> None:
    """Let a process end without walking over all objects once more: its memory goes as a whole.

    For a process that has done its work, and has closed what it wrote: what is garbage now, is not
    told that it goes.
    """
    gc.freeze()
