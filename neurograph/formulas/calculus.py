"""Simplifying and differentiating formula trees."""

from collections.abc import Callable, Iterator, Mapping
from fractions import Fraction
from functools import cache

from neurograph.errors import FormulaError
from neurograph.formulas.functions import FUNCTIONS, INNER
from neurograph.formulas.grammar import read
from neurograph.formulas.tree import (
    CONSTANTS,
    NEG,
    Call,
    Choice,
    Name,
    Node,
    Number,
    names,
    subtrees,
)

__all__ = ["MAX_PARTS", "derivative", "simplified"]

#: Numbers, names and operations of a derivative.
MAX_PARTS = 10_000

_ZERO, _ONE = Number(0.0), Number(1.0)
# Coefficients and exponents beyond these stay as they are written.
_LARGEST, _HIGHEST = Fraction(10) ** 300, 64

# What these are where the first argument is not 0.
_AT_ZERO = {"xmuly": "*", "xdivy": "/"}

# A product: a number, and how often each factor occurs (negative below the fraction bar).
_Product = tuple[Fraction, dict[Node, int]]


def derivative(node: Node, variable: str, refuse: Callable[[str], FormulaError]) -> Node:
    """Differentiate by the chain rule, each function by its row of the table, and simplify."""
    if variable not in names(node):
        return _ZERO
    if isinstance(node, Choice):
        yes, no = (derivative(part, variable, refuse) for part in (node.yes, node.no))
        return _chosen(node.comparison, node.left, node.right, yes, no)
    if not isinstance(node, Call):
        return _ONE
    rules = _rules(node.name)
    if not rules:
        raise refuse(f"{node.name} couples the neurons of a group and cannot be differentiated")
    places = dict(zip("ab", node.arguments, strict=False))
    result: Node = _ZERO
    for rule, argument in zip(rules, node.arguments, strict=True):
        inner = derivative(argument, variable, refuse)
        if inner != _ZERO:
            outer = simplified(rule, {**places, INNER: inner})
            result = _sum(result, outer if INNER in names(rule) else _scaled(outer, inner))
            if sum(1 for _ in subtrees(result)) > MAX_PARTS:
                raise refuse(f"its derivative has more than {MAX_PARTS:,} parts")
    return result


def _scaled(outer: Node, inner: Node) -> Node:
    """Return a product of the chain rule: 0 where the inner derivative is, on a whole stretch."""
    for choice, factor in ((outer, inner), (inner, outer)):
        # With one branch only the factor stands there once, and the result grows no faster.
        if isinstance(choice, Choice) and _ZERO in (choice.yes, choice.no):
            yes, no = (_scaled(factor, part) for part in (choice.yes, choice.no))
            return _chosen(choice.comparison, choice.left, choice.right, yes, no)
    if _is_flat(inner) and _has_pole(outer):
        return _call("xmuly", inner, outer)
    return _call("*", outer, inner)


def _is_flat(node: Node) -> bool:
    """Whether a derivative may be 0 on a stretch, as those of max(0, x) and 0**x are."""
    return any(
        _ZERO in (part.yes, part.no) if isinstance(part, Choice) else part.name == "xlogy"
        for part in subtrees(node)
        if isinstance(part, Choice | Call)
    )


def _has_pole(node: Node) -> bool:
    """Whether a formula may be infinite at a finite number, as 1 / sqrt(x) is."""
    return any(
        part.name in ("/", "log")
        or (part.name == "**" and not isinstance(part.arguments[1], Number))
        for part in subtrees(node)
        if isinstance(part, Call)
    )


@cache
def _rules(name: str) -> tuple[Node, ...]:
    return tuple(read(rule, frozenset({"a", "b", INNER})) for rule in FUNCTIONS[name].derivatives)


def simplified(node: Node, places: Mapping[str, Node] | None = None) -> Node:
    """Return a simpler tree with the same value, with `places` in place of variables.

    These are simple already.
    """
    places = places or {}
    if isinstance(node, Name):
        return places.get(node.name, node)
    if isinstance(node, Call):
        return _call(node.name, *(simplified(part, places) for part in node.arguments))
    if isinstance(node, Choice):
        branches = (node.left, node.right, node.yes, node.no)
        return _chosen(node.comparison, *(simplified(part, places) for part in branches))
    return node


def _chosen(comparison: str, left: Node, right: Node, yes: Node, no: Node) -> Node:
    return yes if yes == no else Choice(comparison, left, right, yes, no)


def _call(name: str, *parts: Node) -> Node:
    """Return a call on simplified parts, simplified in turn."""
    if name == "+":
        return _sum(*parts)
    if name == "-":
        return _sum(parts[0], _call(NEG, parts[1]))
    if name == NEG and isinstance(parts[0], Call) and parts[0].name == "-":
        return _call("-", *reversed(parts[0].arguments))
    if name == "xlogy" and _is_positive(parts[1]):
        return _call("*", parts[0], Call("log", parts[1:]))
    if name in _AT_ZERO and _is_constant(parts[0]) and parts[0] != _ZERO:
        return _call(_AT_ZERO[name], *parts)
    if name == "xmuly" and parts[0] == _ZERO:
        return _ZERO
    call = Call(name, parts)
    return _written(*_factors(call)) if name in (NEG, "*", "/", "**") else call


def _is_constant(node: Node) -> bool:
    return not _factors(node)[1] or (isinstance(node, Name) and node.name in CONSTANTS)


def _is_positive(node: Node) -> bool:
    return _is_constant(node) and _factors(node)[0] > 0


# Products


def _factors(node: Node) -> _Product:
    """Take a product apart."""
    product: _Product = (Fraction(1), {node: 1})
    if isinstance(node, Number):
        product = (Fraction(node.value), {})
    elif isinstance(node, Call) and node.name == NEG:
        number, factors = _factors(node.arguments[0])
        product = (-number, factors)
    elif isinstance(node, Call) and node.name in ("*", "/"):
        sign = 1 if node.name == "*" else -1
        (x, above), (y, below) = map(_factors, node.arguments)
        if y or sign > 0:
            powers = dict(above)
            for base, count in below.items():
                powers[base] = powers.get(base, 0) + sign * count
            product = (x * y if sign > 0 else x / y, powers)
    elif isinstance(node, Call) and node.name == "**":
        base, exponent = node.arguments
        power, rest = _factors(exponent)
        if not rest and power.denominator == 1 and abs(power) <= _HIGHEST:
            number, factors = _factors(base)
            if not factors and (number or power >= 0):
                product = (number ** int(power), {})
            elif factors == {base: 1}:
                product = (Fraction(1), {base: int(power)})
            elif power == 1:
                product = (number, factors)
    number, factors = product
    if number and not 1 / _LARGEST < abs(number) < _LARGEST:
        return Fraction(1), {node: 1}
    return number, {base: count for base, count in factors.items() if count}


def _written(number: Fraction, factors: dict[Node, int]) -> Node:
    """Put a product together: the number first, then names, then what is longer."""
    if not number:
        return _ZERO
    bases = sorted(_without_overflow(factors).items(), key=lambda item: isinstance(item[0], Call))
    above = [_power(base, power) for base, power in bases if power > 0]
    below = [_power(base, -power) for base, power in bases if power < 0]
    top, bottom = abs(number), Fraction(1)
    if number.denominator <= 100:
        top, bottom = Fraction(abs(number.numerator)), Fraction(number.denominator)
    if not above and not below:
        value = float(abs(number))
        node: Node = Number(value)
        if Fraction(value) != abs(number) and bottom != 1:
            node = Call("/", (Number(float(top)), Number(float(bottom))))
        return Call(NEG, (node,)) if number < 0 else node
    if top != 1 or not above:
        above.insert(0, Number(float(top)))
    if bottom != 1:
        below.insert(0, Number(float(bottom)))
    if number < 0:
        _negate_one(above)
    node = _chain(above)
    return Call("/", (node, _chain(below))) if below else node


def _negate_one(factors: list[Node]) -> None:
    """Turn the sign of a product: b - a for a - b where there is one, otherwise in front."""
    for place, factor in enumerate(factors):
        if isinstance(factor, Call) and factor.name == "-":
            factors[place] = _call("-", *reversed(factor.arguments))
            return
    factors[0] = Call(NEG, (factors[0],))


def _power(base: Node, power: int) -> Node:
    return base if power == 1 else Call("**", (base, Number(float(power))))


def _chain(parts: list[Node]) -> Node:
    node = parts[0]
    for part in parts[1:]:
        node = Call("*", (node, part))
    return node


def _without_overflow(factors: dict[Node, int]) -> dict[Node, int]:
    """Write e^u / (1 + e^u) as 1 / (1 + e^-u): inf / inf would be nan where the limit is 1."""
    factors = dict(factors)
    for growth in [base for base in factors if isinstance(base, Call) and base.name == "exp"]:
        for base in [base for base, power in factors.items() if power < 0]:
            while factors[growth] > 0 and factors[base] < 0 and growth in _growths(base):
                factors[growth] -= 1
                factors[base] += 1
                slower = _slower(base, growth)
                factors[slower] = factors.get(slower, 0) - 1
    return {base: power for base, power in factors.items() if power}


def _growths(node: Node) -> set[Node]:
    terms = list(_terms(node))
    return set().union(*(_factors(term)[1] for term in terms)) if len(terms) > 1 else set()


def _slower(node: Node, growth: Call) -> Node:
    """Return the sum `node` divided by `growth`, an exponential, term by term."""
    decay = Call("exp", (_call(NEG, growth.arguments[0]),))
    result: Node = _ZERO
    for term in reversed(list(_terms(node))):
        number, factors = _factors(term)
        by, times = (growth, -1) if growth in factors else (decay, 1)
        powers = {**factors, by: factors.get(by, 0) + times}
        result = _sum(result, _written(number, {base: n for base, n in powers.items() if n}))
    return result


# Sums


def _terms(node: Node) -> Iterator[Node]:
    """Yield what a sum adds up, negative where it subtracts."""
    if isinstance(node, Call) and node.name in ("+", "-"):
        left, right = node.arguments
        yield from _terms(left)
        yield from _terms(right) if node.name == "+" else map(_minus, _terms(right))
    else:
        yield node


def _minus(node: Node) -> Node:
    return _call(NEG, node)


def _sum(a: Node, b: Node) -> Node:
    (x, above), (y, below) = _factors(a), _factors(b)
    if not x:
        return b
    if not y:
        return a
    if above == below:
        return _written(x + y, above)
    if y < 0:
        return Call("-", (a, _written(-y, below)))
    if x < 0:
        return Call("-", (b, _written(-x, above)))
    return Call("+", (a, b))
