"""The formulas of a page as MathML, with places for what stands in them.

A place is ``<mrow data-operand="weight">``; where a sum and the like is taken over a group, what is
added stands once in ``<mrow data-over="total">``. The page copies the template and fills the places
with symbols or with numbers. In the symbol of a derivative, ``<mrow data-owner="">`` is the place
of what it is of.
"""

import re
from collections.abc import Iterable, Mapping, Sequence

from neurograph.formulas import Formula
from neurograph.formulas.mathml import mathml
from neurograph.formulas.tree import Call, Choice, Node, names
from neurograph.quantities import QUANTITIES

__all__ = ["math_template", "symbol_template"]

_PLACE = re.compile(r'<mi mathvariant="normal">Q(\d+)Q</mi>')
_SPACE = '<mspace width="0.17em"/>'
#: Symbols of derivatives have their owner within; those of other quantities have it as index.
_DERIVATIVES = {
    "gradient": r"\frac{\partial E}{\partial \mathrm{Q0Q}}",
    "out_gradient": r"\frac{\partial E}{\partial \mathrm{out}_{\mathrm{Q0Q}}}",
}


def math_template(formula: Formula, operands: Sequence[str], groups: Sequence[str]) -> str:
    """Return a formula as one element of MathML with places for its operands.

    Parameters
    ----------
    formula : Formula
    operands : sequence of str
        The names that get places.
    groups : sequence of str
        Those that are several numbers.

    Returns
    -------
    str

    Examples
    --------
    >>> from neurograph.formulas import Formula
    >>> math_template(Formula("weight * out", ["weight", "out"]), ["weight", "out"], [])
    '<mrow><mrow data-operand="weight"></mrow><mo>⋅</mo><mrow data-operand="out"></mrow></mrow>'
    """
    outer, parts = formula.split()
    written = {name: part for name, part in parts.items() if set(part.variables) & {*groups}}
    plain = {name: part for name, part in parts.items() if name not in written}
    tree = outer.filled(**plain) if plain else outer
    places: dict[str, str] = {name: f' data-operand="{name}"' for name in operands}
    contents: dict[str, str] = {}
    for name, part in written.items():
        function = name.rpartition("_")[0]
        loose = function == "product" or not _is_added(tree.tree, name)
        contents[name] = math_template(part, operands, groups)
        places[name] = f' data-over="{function}"' + (' data-parentheses=""' if loose else "")
    return _filled(tree, places, contents)


def symbol_template(name: str) -> str:
    """Return the symbol of a quantity as MathML, with a place for an owner within it."""
    latex = _DERIVATIVES.get(name, QUANTITIES[name].latex)
    return _PLACE.sub('<mrow data-owner=""></mrow>', mathml(latex))


def _filled(formula: Formula, places: Mapping[str, str], contents: Mapping[str, str]) -> str:
    numbers = {name: number for number, name in enumerate(places)}
    symbols = {name: rf"\mathrm{{Q{number}Q}}" for name, number in numbers.items()}
    keys = list(places)

    def place(match: re.Match[str]) -> str:
        name = keys[int(match[1])]
        return f"<mrow{places[name]}>{contents.get(name, '')}</mrow>"

    # Between numbers a space would be no sign of a product.
    return _PLACE.sub(place, mathml(formula.latex(symbols)).replace(_SPACE, "<mo>⋅</mo>"))


def _is_added(node: Node, name: str) -> bool:
    """Whether a name stands alone or as a term of a sum, so that a sum needs no parentheses."""
    if isinstance(node, Choice):
        return False
    if not isinstance(node, Call):
        return True
    if node.name == "+":
        return all(_is_added(part, name) for part in _with(node.arguments, name))
    if node.name == "-":
        left, right = node.arguments
        return name not in names(right) and _is_added(left, name)
    return node.name not in ("*", "/", "**", "(-)") and name not in names(node)


def _with(nodes: Iterable[Node], name: str) -> list[Node]:
    return [node for node in nodes if name in names(node)]
