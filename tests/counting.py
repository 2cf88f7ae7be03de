"""How much work a call is, in function calls: the same on every machine, however busy it is."""

import sys
from collections.abc import Callable

__all__ = ["calls"]


def calls(work: Callable[[], object]) -> int:
    """Count the functions, in Python and in C, that are called."""
    counted = 0

    def count(frame: object, event: str, argument: object) -> None:
        nonlocal counted
        counted += event in ("call", "c_call")

    before = sys.getprofile()
    sys.setprofile(count)
    try:
        work()
    finally:
        sys.setprofile(before)
    return counted
