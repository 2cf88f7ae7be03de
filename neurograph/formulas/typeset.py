"""Formula trees as LaTeX."""

from collections.abc import Mapping

from neurograph.formulas.functions import FUNCTIONS
from neurograph.formulas.tree import BINDING, NEG, Call, Choice, Name, Node, Number, number_text
from neurograph.formulas.tree import binding as binding_in_text

__all__ = ["latex"]

_RELATIONS = {"<": "<", "<=": r"\le", ">": ">", ">=": r"\ge"}

# How tightly the arguments must hold together. A fraction bar, a root or a function's own
# parentheses, and the height of an exponent, enclose whatever stands there.
_LEAST: dict[str, tuple[int, ...]] = {
    **{name: least for name, (_, least, _) in BINDING.items()},
    NEG: (2,),
    "/": (0, 0),
    "**": (5, 0),
    "xlogy": (2, 0),
    "xlog1my": (2, 2),
    "xmuly": (2, 3),
    "total": (2,),
}


def latex(node: Node, symbols: Mapping[str, str]) -> str:
    """Return a tree as LaTeX, with `symbols` in place of the names they are given for."""
    node = _sign_first(node)
    if isinstance(node, Number):
        digits, _, exponent = number_text(node.value).partition("e")
        return rf"{digits} \cdot 10^{{{int(exponent)}}}" if exponent else digits
    if isinstance(node, Name):
        return symbols.get(node.name) or _symbol(node.name)
    if isinstance(node, Choice):
        left, right, yes, no = (
            latex(part, symbols) for part in (node.left, node.right, node.yes, node.no)
        )
        return (
            rf"\begin{{cases}} {yes} & \text{{if }} {left} {_RELATIONS[node.comparison]} {right}"
            rf" \\ {no} & \text{{otherwise}} \end{{cases}}"
        )
    row = FUNCTIONS[node.name]
    at_zero = bool(row.latex_at_zero) and node.arguments[0] == Number(0.0)
    least = _LEAST.get(node.name, (0, 0))
    shown = [
        _enclosed(part, bound, symbols) for part, bound in zip(node.arguments, least, strict=False)
    ]
    dot = r" \cdot " if shown[-1][0].isdigit() else r" \, "
    template = row.latex_at_zero if at_zero else row.latex
    return template % {"a": shown[0], "b": shown[-1], "dot": dot}


def _sign_first(node: Node) -> Node:
    """Write (-a) / b and (-a) * b as -(a / b) and -(a * b), as print does."""
    if isinstance(node, Call) and node.name in ("*", "/"):
        first = _sign_first(node.arguments[0])
        if isinstance(first, Call) and first.name == NEG:
            rest = Call(node.name, (first.arguments[0], node.arguments[1]))
            return Call(NEG, (_sign_first(rest),))
    return node


def _enclosed(node: Node, least: int, symbols: Mapping[str, str]) -> str:
    text = latex(node, symbols)
    # A symbol that is a fraction or has a sign above stands in parentheses where it is raised.
    raised = isinstance(node, Name) and least == _LEAST["**"][0]
    if raised and (text.startswith(r"\frac") or text.endswith("^{+}")):
        return rf"\left({text}\right)"
    return text if _binding(_sign_first(node)) >= least else rf"\left({text}\right)"


def _symbol(name: str) -> str:
    if name == "pi":
        return r"\pi"
    escaped = name.replace("_", r"\_")
    return name if len(name) == 1 else rf"\mathrm{{{escaped}}}"


def _binding(node: Node) -> int:
    if isinstance(node, Number) and "e" in number_text(node.value):
        return BINDING["*"][0]
    if isinstance(node, Call) and node.name == NEG:
        return BINDING["-"][0]
    if isinstance(node, Call) and (node.name == "/" or node.name not in BINDING):
        return FUNCTIONS[node.name].binds
    return binding_in_text(node)
