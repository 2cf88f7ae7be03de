"""The tree that a formula is read into, and the text that it is written back as."""

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cached_property, reduce
from typing import Any

from neurograph.display import Brief
from neurograph.records import record

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
    "constant",
    "names",
    "negative",
    "number_text",
    "over_terms",
    "replaced",
    "subtrees",
    "with_minus",
    "write",
]


@record
class Number:
    """A finite number, never negative: -2 is the call of `NEG` on 2."""

    value: float


@record
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


@record
class Call(Brief, _Hashed):
    """A function or operator of the table, with its arguments."""

    name: str
    arguments: "tuple[Node, ...]"

    __hash__ = _Hashed.__hash__


@record
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


def constant(value: float) -> Node:
    """Return a finite number as a tree."""
    return Call(NEG, (Number(-value),)) if value < 0 else Number(value)


def replaced(node: Node, places: Mapping[str, Node]) -> Node:
    """Return a tree with other trees in place of some of its names."""
    if isinstance(node, Name):
        return places.get(node.name, node)
    if isinstance(node, Call):
        return Call(node.name, tuple(replaced(part, places) for part in node.arguments))
    if isinstance(node, Choice):
        parts = (replaced(part, places) for part in (node.left, node.right, node.yes, node.no))
        return Choice(node.comparison, *parts)
    return node


def over_terms(function: str, terms: Sequence[Node]) -> Node:
    """Return what a function over a group makes of these terms: a sum, a product, a largest.

    Examples
    --------
    >>> canonical(over_terms("total", [Name("a"), Name("b"), Name("c")]))
    'a + b + c'
    >>> canonical(over_terms("largest", [Name("a"), Name("b"), Name("c")]))
    'max(max(a, b), c)'
    """
    operator, nothing = _OVER_TERMS[function]
    if not terms:
        return nothing
    return reduce(lambda node, term: Call(operator, (node, term)), terms)


_OVER_TERMS: dict[str, tuple[str, Node]] = {
    "total": ("+", Number(0.0)),
    "product": ("*", Number(1.0)),
    "largest": ("max", Call(NEG, (Name("inf"),))),
    "least": ("min", Name("inf")),
}


def with_minus(node: Node) -> Node:
    """Return a + (-b) as a - b."""
    if isinstance(node, Call) and node.name == "+":
        left, right = node.arguments
        positive = _without_sign(right)
        if positive is not None:
            return Call("-", (left, positive))
    return node


def negative(node: Node) -> Node:
    """Return -a, as somebody writes it by hand: b - a for a - b, (b - a) * c for (a - b) * c."""
    if isinstance(node, Call):
        first, *rest = node.arguments
        if node.name == NEG:
            return first
        if node.name == "-":
            return Call("-", (*rest, first))
        if node.name in ("*", "/") and isinstance(first, Call):
            turned = negative(first)
            if not (isinstance(turned, Call) and turned.name == NEG):
                return Call(node.name, (turned, *rest))
    return Call(NEG, (node,))


def _without_sign(node: Node) -> Node | None:
    """Return a product without the minus it begins with, if it begins with one."""
    if isinstance(node, Call) and node.name == NEG:
        return node.arguments[0]
    if isinstance(node, Call) and node.name in ("*", "/"):
        first = _without_sign(node.arguments[0])
        return None if first is None else Call(node.name, (first, node.arguments[1]))
    return None


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
