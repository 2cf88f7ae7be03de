"""Formulas in other words: fewer operations, and the power of a sum as a product of powers."""

from functools import cache

import numpy as np

from neurograph.formulas import Formula
from neurograph.formulas.calculus import simplified
from neurograph.formulas.tree import Call, Choice, Name, Node
from neurograph.landscape.ground import Array

__all__ = ["POWER", "is_far", "power_of_sum", "powers_of_net", "simpler"]

# The two powers that may be in a formula, by the sign of net, and what they are replaced by.
POWER = "power"
_POWERS: dict[float, Node] = {
    1.0: Formula("exp(net)", ["net"]).tree,
    -1.0: Formula("exp(-net)", ["net"]).tree,
}
# e^340 * e^340 is less than the largest number.
_FAR = 340.0


@cache
def simpler(formula: Formula) -> Formula:
    """Return a formula that says the same in fewer operations."""
    return Formula._of(simplified(formula.tree), frozenset(formula.variables))


@cache
def powers_of_net(formula: Formula) -> tuple[Formula, float] | None:
    """Return a formula with a variable in place of exp(net) or exp(-net), if net is only there.

    The second value is the sign of net.
    """
    found: set[float] = set()

    def cut(node: Node) -> Node:
        if isinstance(node, Call):
            for sign, power in _POWERS.items():
                if node == power:
                    found.add(sign)
                    return Name(POWER)
            return Call(node.name, tuple(map(cut, node.arguments)))
        if isinstance(node, Choice):
            return Choice(node.comparison, *map(cut, (node.left, node.right, node.yes, node.no)))
        return node

    rest = Formula._of(cut(formula.tree), frozenset({"net", POWER}))
    if "net" in rest.variables or len(found) != 1:
        return None
    return rest, found.pop()


def is_far(exponents: Array) -> bool:
    """Whether a power is too large or too small to be multiplied by another."""
    # Not by max and min: they are nan if one is.
    return bool(np.fmax.reduce(exponents, None) > _FAR or np.fmin.reduce(exponents, None) < -_FAR)


def power_of_sum(
    first: Array, last: Array, sign: float, of_first: Array, of_last: Array, result: Array
) -> None:
    """Put e^(sign * (first + last)) into `result`, without overflow where the sum has none."""
    far_off = False
    for part, power in ((first, of_first), (last, of_last)):
        np.multiply(part, sign, power)
        far_off |= is_far(power)
        np.exp(power, power)
    np.multiply(of_first, of_last, result)
    if far_off:
        far = (np.abs(first) > _FAR) | (np.abs(last) > _FAR)
        result[far] = np.exp(sign * (first + last)[far])
