"""Formula trees as JavaScript, for pages that compute in a browser."""

import math
from collections.abc import Collection, Mapping

from neurograph.formulas.functions import FUNCTIONS
from neurograph.formulas.tree import (
    COMPARISONS,
    CONSTANTS,
    NEG,
    Choice,
    Name,
    Node,
    Number,
    names,
)

__all__ = ["javascript"]

#: What a function of the table is called there; `F` is in ``functions.js`` of the page.
_OPERATORS = {"+": "({} + {})", "-": "({} - {})", "*": "({} * {})", "/": "({} / {})", NEG: "(-{})"}
_FUNCTIONS = {
    "**": "F.power",
    **{
        name: f"Math.{name}"
        for name in (
            "exp", "log", "log1p", "expm1", "sqrt", "tanh", "sinh", "cosh", "sin", "cos", "tan",
            "atan", "abs", "sign", "floor", "max", "min",
        )
    },
    **{
        name: f"F.{name}"
        for name in ("erf", "logaddexp", "xlogy", "xlog1my", "xmuly", "xdivy", "settled")
    },
}  # fmt: skip
#: What would not be the name of an argument there.
_TAKEN = frozenset(
    [
        "F",
        "Math",
        "Infinity",
        "NaN",
        "arguments",
        "await",
        "break",
        "case",
        "catch",
        "class",
        "const",
        "continue",
        "debugger",
        "default",
        "delete",
        "do",
        "enum",
        "eval",
        "export",
        "extends",
        "false",
        "finally",
        "for",
        "function",
        "i",
        "if",
        "implements",
        "import",
        "in",
        "instanceof",
        "interface",
        "k",
        "let",
        "new",
        "null",
        "package",
        "private",
        "protected",
        "public",
        "return",
        "static",
        "super",
        "switch",
        "this",
        "throw",
        "true",
        "try",
        "typeof",
        "undefined",
        "var",
        "void",
        "while",
        "with",
        "yield",
    ]
)


def javascript(
    node: Node, variables: Collection[str], groups: Collection[str] = (), *, stepwise: bool = False
) -> str:
    """Return a tree as a JavaScript function of the number ``k`` and the variables.

    Parameters
    ----------
    node : Node
    variables : collection of str
        The arguments after ``k``, in their order.
    groups : collection of str
        Those of the variables that are arrays: the numbers of a group of neurons. The value is
        that of the neuron ``k`` of the group, except within what is taken over all of them.
    stepwise : bool
        Whether ``k`` is a function through which every single result goes, as one who rounds early
        writes each down; then nothing is a group.

    Returns
    -------
    str

    Examples
    --------
    >>> from neurograph.formulas import Formula
    >>> print(javascript(Formula("1 / (1 + exp(-net))", ["net"]).tree, ["net"]))
    (k, net) => (1 / (1 + Math.exp((-net))))
    >>> softmax = Formula("exp(net) / total(exp(net))", ["net"])
    >>> print(javascript(softmax.tree, ["net"], ["net"]))
    (k, net) => (Math.exp(net[k]) / F.total(net.length, (i) => Math.exp(net[i])))
    >>> print(javascript(Formula("w * x + b", ["w", "x", "b"]).tree, "wxb", stepwise=True))
    (k, w, x, b) => k((k((w * x)) + b))
    """
    arguments = {name: _argument(name, number) for number, name in enumerate(variables)}
    writer = _Stepwise if stepwise else _JavaScript
    text = writer(arguments, frozenset(groups)).text(node, "k")
    return f"({', '.join(['k', *arguments.values()])}) => {text}"


def _argument(name: str, number: int) -> str:
    return f"x{number}_" if name in _TAKEN else name


class _JavaScript:
    def __init__(self, arguments: Mapping[str, str], groups: frozenset[str]) -> None:
        self.arguments = arguments
        self.groups = groups

    def text(self, node: Node, member: str) -> str:
        """Return a tree as text that binds as tightly as a name; `member` counts in groups."""
        if isinstance(node, Number):
            return _number(node.value)
        if isinstance(node, Name):
            return self.name(node.name, member)
        if isinstance(node, Choice):
            left, right, yes, no = (
                self.text(part, member) for part in (node.left, node.right, node.yes, node.no)
            )
            comparison, opposite = node.comparison, COMPARISONS[node.comparison]
            return f"({left} {comparison} {right} ? {yes} : {left} {opposite} {right} ? {no} : NaN)"
        if not FUNCTIONS[node.name].derivatives:
            return self.over_group(node.name, node.arguments[0], member)
        parts = [self.text(part, member) for part in node.arguments]
        if node.name in _OPERATORS:
            return _OPERATORS[node.name].format(*parts)
        return f"{_FUNCTIONS[node.name]}({', '.join(parts)})"

    def name(self, name: str, member: str) -> str:
        if name in self.arguments:
            argument = self.arguments[name]
            return f"{argument}[{member}]" if name in self.groups else argument
        return _number(CONSTANTS.get(name, math.inf if name == "inf" else math.nan))

    def over_group(self, function: str, part: Node, member: str) -> str:
        """Return what a sum and the like is: of a single number it is that number."""
        group = next((name for name in names(part) if name in self.groups), None)
        if group is None:
            return self.text(part, member)
        within = "i" if member == "k" else f"{member}i"
        length = f"{self.arguments[group]}.length"
        return f"F.{function}({length}, ({within}) => {self.text(part, within)})"


class _Stepwise(_JavaScript):
    def text(self, node: Node, member: str) -> str:
        if isinstance(node, Choice):
            return _JavaScript(self.arguments, self.groups).text(node, member)
        text = super().text(node, member)
        return text if isinstance(node, Number | Name) else f"{member}({text})"


def _number(value: float) -> str:
    if math.isnan(value):
        return "NaN"
    if math.isinf(value):
        return "Infinity" if value > 0 else "(-Infinity)"
    return str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)
