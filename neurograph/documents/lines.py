"""Lines: trees of the formula language whose names are symbols, and their values.

A line of an explanation is one tree, written twice: with symbols, and with their numbers; in text
as ``w1*i1 + w2*i2 + b1``.
"""

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import field
from typing import NamedTuple

from neurograph.display import Brief, brief
from neurograph.equations import Variable
from neurograph.formulas import Formula
from neurograph.formulas.tree import (
    BINDING,
    NEG,
    Call,
    Choice,
    Name,
    Node,
    Number,
    binding,
    names,
    number_text,
)
from neurograph.passes import rounding
from neurograph.records import record

__all__ = [
    "Line",
    "Pool",
    "Symbol",
    "Term",
    "added",
    "chain_of",
    "evaluated",
    "expression",
    "filled_in",
    "multiplied",
    "number_node",
    "pieces",
    "shown",
    "sides_of",
    "substituted",
    "turned",
    "value_text",
]

_KEPT_BELOW = 1e16
_FUNCTIONS = {"log": "ln"}


class Symbol(NamedTuple):
    """One symbol as text and as LaTeX."""

    text: str
    latex: str


class Term(NamedTuple):
    """What a name in an equation stands for."""

    symbol: Symbol
    value: float
    variable: Variable | None = None

    def __repr__(self) -> str:
        return brief(self)


class Pool:
    """The names that occur in the equations of one explanation, and what they stand for."""

    def __init__(self) -> None:
        self.terms: dict[str, Term] = {}
        self._names: dict[tuple[str, float], str] = {}

    def name(self, term: Term) -> Name:
        """Return a name for a term: the same for the same symbol and value."""
        key = (term.symbol.text, term.value)
        name = self._names.get(key)
        if name is None:
            name = self._names[key] = f"q{len(self._names)}"
            self.terms[name] = term
        return Name(name)


@record(eq=False)
class Line(Brief):
    """One line: a quantity, what it is in symbols, the same with numbers, and its value.

    Attributes
    ----------
    label : str
        What kind of line it is, such as ``"delta form"``; empty for the first of a step.
    left : Symbol
        What stands before the first equals sign.
    forms : tuple of Node
        What it equals, in symbols; the numbers are filled into the last of them.
    value : float
    """

    label: str
    left: Symbol
    forms: tuple[Node, ...]
    value: float
    terms: Mapping[str, Term] = field(repr=False)

    @property
    def symbols(self) -> dict[str, float]:
        """The symbols that occur right of the first equals sign, each with its value."""
        used = dict.fromkeys(name for form in self.forms for name in names(form))
        terms = (self.terms[name] for name in used if name in self.terms)
        return {term.symbol.text: term.value for term in terms}

    @property
    def is_exact(self) -> bool:
        """Whether the value is what the line evaluates to, but for the rounding of floats."""
        if not self.forms:
            return True
        value = evaluated(self.forms[-1], self.terms)
        if not math.isfinite(value) or not math.isfinite(self.value):
            return True  # where the direct formula overflows, the value was found another way
        return math.isclose(value, self.value, rel_tol=1e-7, abs_tol=1e-12)


def added(parts: Sequence[Node]) -> Node:
    """Return the sum of trees; 0 where there are none."""
    return _chained("+", parts) if parts else Number(0.0)


def multiplied(parts: Iterable[Node]) -> Node:
    """Return the product of trees as one chain of factors, without needless ones."""
    factors = (factor for part in parts for factor in chain_of(part, "*"))
    kept = [factor for factor in factors if factor != Number(1.0)]
    return _chained("*", kept) if kept else Number(1.0)


def _chained(operator: str, parts: Sequence[Node]) -> Node:
    node = parts[0]
    for part in parts[1:]:
        node = Call(operator, (node, part))
    return node


def chain_of(node: Node, operator: str) -> list[Node]:
    """Return ``a + b + c`` taken apart at one operator; what is no such chain is one part."""
    later: list[Node] = []
    while isinstance(node, Call) and node.name == operator:
        node, last = node.arguments
        later.append(last)
    return [node, *reversed(later)]


def turned(node: Node) -> Node:
    """Return a difference the other way round: ``out - target`` as ``-(target - out)``."""
    if isinstance(node, Call) and node.name == "-" and len(node.arguments) == 2:
        left, right = node.arguments
        if isinstance(left, Name) and isinstance(right, Name):
            return Call(NEG, (Call("-", (right, left)),))
    return node


def evaluated(node: Node, terms: Mapping[str, Term]) -> float:
    """Return the value of a tree; nan, inf and no warning where IEEE 754 says so."""
    values = {name: terms[name].value for name in set(names(node)) if name in terms}
    return float(Formula._of(node, frozenset(values))._on_arrays(values))


def substituted(node: Node, places: Mapping[str, Node]) -> Node:
    """Return a tree with others in place of its variables, and special functions written out.

    ``xlogy(a, b)``, which is 0 where a is 0, becomes ``a * log(b)``, and so on: functions that
    exist for the sake of floats are not for readers.
    """
    if isinstance(node, Name):
        return places.get(node.name, node)
    if isinstance(node, Choice):
        parts = (substituted(part, places) for part in (node.left, node.right, node.yes, node.no))
        return Choice(node.comparison, *parts)
    if isinstance(node, Call):
        arguments = tuple(substituted(part, places) for part in node.arguments)
        write_out = _WRITTEN_OUT.get(node.name)
        return write_out(*arguments) if write_out else Call(node.name, arguments)
    return node


def _exp_sum(a: Node, b: Node) -> Node:
    first = Number(1.0) if a == Number(0.0) else Call("exp", (a,))
    return Call("log", (Call("+", (first, Call("exp", (b,)))),))


_WRITTEN_OUT: dict[str, Callable[..., Node]] = {
    "xlogy": lambda a, b: Call("*", (a, Call("log", (b,)))),
    "xlog1my": lambda a, b: Call("*", (a, Call("log", (Call("-", (Number(1.0), b)),)))),
    "xmuly": lambda a, b: Call("*", (a, b)),
    "xdivy": lambda a, b: Call("/", (a, b)),
    "settled": lambda a, b: a,
    "logaddexp": _exp_sum,
    "log1p": lambda a: Call("log", (Call("+", (Number(1.0), a)),)),
    "expm1": lambda a: Call("-", (Call("exp", (a,)), Number(1.0))),
}


def filled_in(node: Node, terms: Mapping[str, Term], digits: int) -> Node:
    """Return a tree with numbers in place of symbols."""
    places = {
        name: number_node(terms[name].value, digits) for name in set(names(node)) if name in terms
    }
    return substituted(node, places)


def number_node(value: float, digits: int) -> Node:
    """Return a number as it is shown, as a tree."""
    number = shown(abs(value), digits)
    node: Node = Number(number) if math.isfinite(number) else Name(f"{number}")
    return Call(NEG, (node,)) if value < 0 and number else node


def shown(value: float, digits: int) -> float:
    """Return a number rounded to so many decimals, or where it is small to significant digits.

    Examples
    --------
    >>> shown(0.5932699921, 9), shown(-0.0000351084999, 9), shown(0.5, 9)
    (0.593269992, -3.51085e-05, 0.5)
    """
    significant = max(1, digits - 3)
    if abs(value) >= 10.0 ** -(digits - significant + 1) or value == 0:
        return float(rounding(digits)(value)) if abs(value) < _KEPT_BELOW else value
    return float(f"{value:.{significant - 1}e}")


def value_text(value: float, digits: int) -> str:
    """Return a number as it is shown."""
    return expression(number_node(value, digits), {})


def expression(node: Node, terms: Mapping[str, Term]) -> str:
    """Return a tree as text that Python and sympy read too, but for ``^``, ``ln`` and symbols.

    Parameters
    ----------
    node : Node
    terms : mapping of str to Term
        What its names stand for.

    Returns
    -------
    str
    """
    return _write(node, terms, loose=True)


def pieces(node: Node, terms: Mapping[str, Term]) -> list[str]:
    """Return the text in pieces between which a line may be broken: its terms, or its factors."""
    if isinstance(node, Call) and node.name in ("+", "*"):
        first, *others = chain_of(node, node.name)
        _, least, _ = BINDING[node.name]
        parts = [_operand(first, least[0], terms)]
        return parts + [
            f"{node.name} {_operand(factor, least[1], terms, after=True)}" for factor in others
        ]
    return [expression(node, terms)]


def sides_of(
    line: Line,
    digits: int,
    write: Callable[[Node, Mapping[str, Term]], list[str]],
    value: Callable[[Node], str],
) -> list[list[str]]:
    """Return the sides of a line, without those that say what the one before says.

    Parameters
    ----------
    line : Line
    digits : int
        Of its numbers.
    write : function
        Returns a tree in pieces that belong together, given what its names stand for.
    value : function
        Returns a number, which is a tree, as it is written.
    """
    sides = [write(form, line.terms) for form in line.forms]
    if line.forms:
        sides.append(write(filled_in(line.forms[-1], line.terms, digits), line.terms))
    sides.append([value(number_node(line.value, digits))])
    return [side for n, side in enumerate(sides) if n == 0 or side != sides[n - 1]]


def _write(
    node: Node, terms: Mapping[str, Term], *, loose: bool = False, after: bool = False
) -> str:
    """Return a tree as text, its outermost product with spaces if `loose`.

    After an operator, a negative number that comes first has parentheses.
    """
    if isinstance(node, Number):
        return number_text(node.value)
    if isinstance(node, Name):
        return terms[node.name].symbol.text if node.name in terms else node.name
    if isinstance(node, Choice):
        left, right, yes, no = (
            _write(part, terms) for part in (node.left, node.right, node.yes, node.no)
        )
        text = f"{yes} if {left} {node.comparison} {right} else {no}"
        return text if loose else f"({text})"
    if node.name not in BINDING:
        arguments = ", ".join(_write(part, terms) for part in node.arguments)
        return f"{_FUNCTIONS.get(node.name, node.name)}({arguments})"
    if node.name == NEG:
        text = f"-{_operand(node.arguments[0], 2, terms, after=True)}"
        return f"({text})" if after else text
    _, least, _ = BINDING[node.name]
    spaced = node.name in ("+", "-") or (node.name == "*" and loose)
    sign = "^" if node.name == "**" else node.name
    loose = loose and node.name == "*"
    left = _operand(node.arguments[0], least[0], terms, loose=loose, after=after)
    right = _operand(node.arguments[1], least[1], terms, after=True)
    return f"{left} {sign} {right}" if spaced else f"{left}{sign}{right}"


def _is_compound(node: Node, terms: Mapping[str, Term]) -> bool:
    symbol = terms[node.name].symbol.text if isinstance(node, Name) and node.name in terms else ""
    return "/" in symbol or symbol.endswith("+")


def _operand(
    node: Node, least: int, terms: Mapping[str, Term], *, after: bool = False, loose: bool = False
) -> str:
    """Return a part of an operation, in parentheses where it needs them."""
    if isinstance(node, Choice):
        return _write(node, terms)
    # A symbol that is a fraction or ends in a sign stands in parentheses where it is raised.
    raised = least == BINDING["**"][1][0]
    if binding(node) < least or (raised and _is_compound(node, terms)):
        return f"({_write(node, terms)})"
    chain = isinstance(node, Call) and node.name == "*"
    return _write(node, terms, loose=loose and chain, after=after)
