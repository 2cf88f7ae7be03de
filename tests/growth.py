"""How work grows with size, counted and not timed, so that the load of the machine is no part."""

import sys
from collections.abc import Callable
from typing import Any


def operations(work: Callable[[], Any]) -> int:
    """Return how many instructions of Python a call executes, and how many calls into C."""
    count = 0

    def of_frame(frame: Any, event: str, argument: object) -> Any:
        nonlocal count
        frame.f_trace_opcodes, frame.f_trace_lines = True, False
        count += event == "opcode"
        return of_frame

    def of_call(frame: object, event: str, argument: object) -> None:
        nonlocal count
        count += event == "c_call"

    tracing, profiling = sys.gettrace(), sys.getprofile()
    sys.setprofile(of_call)
    sys.settrace(of_frame)
    try:
        work()
    finally:
        sys.settrace(tracing)
        sys.setprofile(profiling)
    return count


def growth(prepared: Callable[[int], Callable[[], Any]], size: int, times: int = 4) -> float:
    """Return by how much more than `times` the work grows where the size does `times`."""
    few, many = prepared(size), prepared(times * size)
    few()  # what is made once, at the first call, is no part of it
    few, many = prepared(size), prepared(times * size)
    return operations(many) / operations(few) / times
