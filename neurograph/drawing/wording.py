"""How things are called in pictures."""

from collections.abc import Sequence

__all__ = ["axis_name", "counted", "noted", "short"]


def short(address: str) -> str:
    """Return an address without what is clear beside a loss.

    Examples
    --------
    >>> short("w5.weight"), short("h1.bias")
    ('w5', 'h1.bias')
    """
    return address.removesuffix(".weight")


def axis_name(address: str, notes: Sequence[str]) -> str:
    """Return what an axis is called, with what is to be said of its parameter.

    Examples
    --------
    >>> axis_name("w5.weight", ["w5.weight is frozen: training does not change it"])
    'w5 (frozen)'
    """
    start = f"{address} is "
    words = [note.removeprefix(start).partition(":")[0] for note in notes if start in note]
    return short(address) + (f" ({', '.join(words)})" if words else "")


def noted(notes: Sequence[str]) -> str:
    """Return notes as sentences to end a description with."""
    return "".join(f" {note}." for note in notes)


def counted(n: int, one: str, many: str) -> str:
    """Return a number of things.

    Examples
    --------
    >>> counted(1, "minimum", "minima"), counted(1200, "minimum", "minima")
    ('1 minimum', '1,200 minima')
    """
    return f"{n:,} {one if n == 1 else many}"
