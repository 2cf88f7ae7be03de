"""The tree that a formula is read into, and the text that it is written back as."""

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

__all__ = [
    "BINDING",
    "COMPARISONS",
    "CONSTANTS",
    "NEG",
    "Call",
    "Choice",
    "Name",
    "Node",
    "Number",
    "binding",
    "canonical",
    "names",
    "number_text",
    "subtrees",
    "write",
]


@dataclass(frozen=True)
class Number:
    """A finite number, never negative: -2 is the call of `NEG` on 2."""

    value: float


@dataclass(frozen=True)
class Name:
    """A variable or one of `CONSTANTS`."""

    name: str


class _Hashed:
    """A tree that knows its hash: without it, every look-up would go through the whole tree."""

    __match_args__: tuple[str, ...]

    def __hash__(self) -> int:
        return self._hash

    @cached_property
    def _hash(self) -> int:
        return hash(tuple(vars(self).values()))

    def __reduce__(self) -> tuple[Any, ...]:
        # The hash of text is another in every process.
        return type(self), tuple(vars(self)[name] for name in self.__match_args__)


@dataclass(frozen=True)
class Call(_Hashed):
    """A function or operator of the table, with its arguments."""

    name: str
    arguments: "tuple[Node, ...]"

    __hash__ = _Hashed.__hash__


@dataclass(frozen=True)
class Choice(_Hashed):
    """``yes if left > right else no``, for one of `COMPARISONS`."""

    comparison: str
    left: "Node"
    right: "Node"
    yes: "Node"
    no: "Node"

    __hash__ = _Hashed.__hash__


Node = Number | Name | Call | Choice

CONSTANTS = {"e": math.e, "pi": math.pi}

# Each comparison, and the one that holds when it does not (unless a side is nan).
COMPARISONS = {"<": ">=", "<=": ">", ">": "<=", ">=": "<"}

# The unary minus; no text can call it by this name.
NEG = "(-)"

# operator: how tightly it binds, how tightly its operands must, and how it is written
BINDING: dict[str, tuple[int, tuple[int, ...], str]] = {
    "+": (1, (1, 2), "%s + %s"),
    "-": (1, (1, 2), "%s - %s"),
    "*": (2, (2, 3), "%s * %s"),
    "/": (2, (2, 3), "%s / %s"),
    NEG: (3, (3,), "-%s"),
    "**": (4, (5, 3), "%s**%s"),
}
_CHOICE, _SUM, _ATOM = 0, 1, 5


def binding(node: Node) -> int:
    """Return how tightly the outermost operation of a tree binds: 0 a conditional, 5 an atom."""
    if isinstance(node, Choice):
        return _CHOICE
    if isinstance(node, Call) and node.name in BINDING:
        return BINDING[node.name][0]
    return _ATOM


def write(node: Node, leaf: Callable[[Number | Name], str], choice: str) -> str:
    """Return a tree as text, with no more parentheses than reading it back needs.

    Parameters
    ----------
    node : Node
    leaf : callable
        How a number or name is written.
    choice : str
        How a conditional is written, from ``left``, ``right``, ``yes``, ``no``, the comparison
        ``op`` and its ``opposite``.
    """

    def part(child: Node, least: int) -> str:
        text = write(child, leaf, choice)
        return text if binding(child) >= least else f"({text})"

    if isinstance(node, Number | Name):
        return leaf(node)
    if isinstance(node, Choice):
        return choice % {
            "op": node.comparison,
            "opposite": COMPARISONS[node.comparison],
            "left": part(node.left, _SUM),
            "right": part(node.right, _SUM),
            "yes": part(node.yes, _SUM),
            "no": part(node.no, _CHOICE),
        }
    if node.name in BINDING:
        _, least, template = BINDING[node.name]
        return template % tuple(map(part, node.arguments, least))
    return f"{node.name}({', '.join(part(child, _CHOICE) for child in node.arguments)})"


def number_text(value: float) -> str:
    """Return a number as it is written by hand: 2, not 2.0."""
    return str(int(value)) if value.is_integer() and value < 1e16 else repr(value)


def canonical(node: Node) -> str:
    """Return the one text of a tree."""
    return write(
        node,
        lambda leaf: number_text(leaf.value) if isinstance(leaf, Number) else leaf.name,
        "%(yes)s if %(left)s %(op)s %(right)s else %(no)s",
    )


def subtrees(node: Node) -> Iterator[Node]:
    """Yield a tree and all trees in it, from left to right."""
    waiting = [node]
    while waiting:
        node = waiting.pop()
        yield node
        if isinstance(node, Call):
            waiting += reversed(node.arguments)
        elif isinstance(node, Choice):
            waiting += (node.no, node.yes, node.right, node.left)


def names(node: Node) -> Iterator[str]:
    """Yield the names that occur in a tree, as often as they occur."""
    return (part.name for part in subtrees(node) if isinstance(part, Name))
