"""Equations as one line of text: ``w1*i1 + w2*i2 + b1``."""

from collections.abc import Mapping

from neurograph.explaining.lines import Term
from neurograph.formulas.tree import BINDING, NEG, Call, Choice, Name, Node, number_text
from neurograph.formulas.tree import Number as Literal
from neurograph.formulas.tree import binding as binding_of

__all__ = ["expression", "pieces"]

_FUNCTIONS = {"log": "ln"}
_PRODUCT = BINDING["*"][0]


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
        chain: list[Node] = []
        rest: Node = node
        while isinstance(rest, Call) and rest.name == node.name:
            chain.append(rest.arguments[1])
            rest = rest.arguments[0]
        chain.append(rest)
        first, *others = reversed(chain)
        _, least, _ = BINDING[node.name]
        parts = [_operand(first, least[0], terms)]
        return parts + [
            f"{node.name} {_operand(one, least[1], terms, after=True)}" for one in others
        ]
    return [expression(node, terms)]


def _write(
    node: Node, terms: Mapping[str, Term], *, loose: bool = False, after: bool = False
) -> str:
    """Return a tree as text, its outermost product with spaces if `loose`.

    After an operator, a negative number that comes first has parentheses.
    """
    if isinstance(node, Literal):
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


def _operand(
    node: Node, least: int, terms: Mapping[str, Term], *, after: bool = False, loose: bool = False
) -> str:
    """Return a part of an operation, in parentheses where it needs them."""
    if isinstance(node, Choice):
        return _write(node, terms)
    if binding_of(node) < least:
        return f"({_write(node, terms)})"
    chain = isinstance(node, Call) and node.name == "*"
    return _write(node, terms, loose=loose and chain, after=after)
