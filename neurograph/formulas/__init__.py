"""A small formula language: the one place where an activation or a loss is written down.

A `Formula` is read from text such as ``"1 / (1 + exp(-net))"`` against a whitelist, into a tree of
numbers, names, calls and conditionals. Values, derivatives, LaTeX and generated code are all made
from that tree; the text itself is never evaluated.

Complex values are taken as a real number with an infinitesimal imaginary part, as complex-step
differentiation needs them (Squire and Trapp, "Using complex variables to estimate derivatives of
real functions", SIAM Review 40, 1998): comparisons look at the real part alone.
"""

import keyword
import math
from collections.abc import Callable, Iterable, Mapping
from functools import cache
from typing import Any

import numpy as np

from neurograph.errors import FormulaError, InvalidTypeError, UnknownNameError, did_you_mean
from neurograph.formulas.calculus import derivative, simplified
from neurograph.formulas.entry import check_derivative, check_name, enter, look_up
from neurograph.formulas.functions import CHOOSE, FUNCTIONS, namespace, on_floats
from neurograph.formulas.reading import read
from neurograph.formulas.tree import (
    CONSTANTS,
    Call,
    Choice,
    Name,
    Node,
    Number,
    canonical,
    names,
    write,
)
from neurograph.formulas.typeset import latex

__all__ = [
    "FUNCTIONS",
    "Formula",
    "check_derivative",
    "check_name",
    "enter",
    "look_up",
    "namespace",
]

_TAKEN = {*FUNCTIONS, *CONSTANTS, "nan"}


class Formula:
    r"""A formula read from text: what is evaluated, differentiated, explained and typeset.

    Parameters
    ----------
    text : str
        Numbers, `variables`, ``pi``, ``e``, ``+ - * / **``, parentheses, functions of `FUNCTIONS`,
        and conditionals with one comparison, as in ``"net if net > 0 else 0"``.
    variables : iterable of str
        The names that may occur.

    Attributes
    ----------
    text : str
        The formula with one spelling and no needless parentheses.
    variables : tuple of str
        The names that occur, in alphabetical order.

    Raises
    ------
    FormulaError
        When the text is anything else; the message names the offending part.

    Examples
    --------
    >>> from neurograph.formulas import Formula
    >>> logistic = Formula("1/(1+exp(-net))", ["net"])
    >>> logistic
    Formula('1 / (1 + exp(-net))')
    >>> logistic(net=0.0)
    0.5
    >>> Formula("net**3 / 3", ["net"]).derivative("net")
    Formula('net**2')
    >>> print(logistic.latex())
    \frac{1}{1 + e^{-\mathrm{net}}}
    """

    text: str
    variables: tuple[str, ...]
    _tree: Node
    _declared: frozenset[str]

    def __init__(self, text: str, variables: Iterable[str]) -> None:
        if not isinstance(text, str):
            raise InvalidTypeError(f"a formula is text, got {type(text).__name__}: {text!r}")
        declared = frozenset(variables)
        for name in declared:
            if not name.isidentifier() or keyword.iskeyword(name) or name in _TAKEN:
                raise FormulaError(f"{name!r} cannot be the name of a variable of a formula")
        self._set(read(text, declared), declared)

    def _set(self, tree: Node, declared: frozenset[str]) -> None:
        self._tree = tree
        self._declared = declared
        self.text = canonical(tree)
        self.variables = tuple(sorted(set(names(tree)) & declared))
        self._needed = frozenset(self.variables)
        self._run: Callable[..., Any] | None = None

    @classmethod
    def _of(cls, tree: Node, declared: frozenset[str]) -> "Formula":
        formula = cls.__new__(cls)
        formula._set(tree, declared)
        return formula

    def __reduce__(self) -> tuple[Any, ...]:
        return Formula._of, (self._tree, self._declared)

    def __repr__(self) -> str:
        return f"Formula({self.text!r})"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Formula) and self._tree == other._tree

    def __hash__(self) -> int:
        return hash(self._tree)

    def __call__(self, **values: Any) -> Any:
        """Return the value for numbers, or arrays that broadcast, given by variable name.

        Returns
        -------
        float, complex or ndarray
            A plain number when every value is one. IEEE 754 throughout, without warnings: a
            division by zero is inf or nan, and nan stays nan.

        Raises
        ------
        UnknownNameError
            When a variable that occurs has no value, or a value has no variable.
        """
        for value in values.values():
            if type(value) is not float:
                break
        else:
            run = self._run or self._compiled()
            # Whatever Python's floats answer by an exception has an IEEE answer below.
            try:
                result = run(**values)
            except (ArithmeticError, TypeError):
                pass
            else:
                if type(result) is float:
                    return result
        return self._on_arrays(values)

    def _on_arrays(self, values: Mapping[str, Any]) -> Any:
        if not self._needed <= values.keys() <= self._declared:
            raise self._misnamed(values)
        arrays = {name: _array(value) for name, value in values.items()}
        on_complex = any(array.dtype.kind == "c" for array in arrays.values())
        if on_complex and not any(array.imag.any() for array in arrays.values()):
            # Complex arithmetic is less exact than real, and makes nan of inf * 0j.
            return self._on_arrays({name: array.real for name, array in arrays.items()}) + 0j
        with np.errstate(all="ignore"):
            result = _evaluated(self._tree, arrays, on_complex)
        shape = np.broadcast_shapes(*(array.shape for array in arrays.values()))
        if not shape and np.ndim(result) == 0:
            return result.item()
        return result if result.shape == shape else np.broadcast_to(result, shape).copy()

    def _misnamed(self, values: Mapping[str, Any]) -> UnknownNameError:
        missing = sorted(self._needed - values.keys())
        if missing:
            return UnknownNameError(f"formula {self.text!r} needs a value for {missing[0]!r}")
        extra = min(values.keys() - self._declared)
        hint = did_you_mean(extra, self._declared)
        return UnknownNameError(f"formula {self.text!r} has no variable {extra!r}{hint}")

    def _compiled(self) -> Callable[..., Any]:
        unused = [f"{name}=None" for name in sorted(self._declared - self._needed)]
        arguments = ", ".join(["*", *self.variables, *unused] if self._declared else [])
        try:
            # The source is written from the validated tree, never taken from the text.
            code = compile(f"lambda {arguments}: {self.source()}", "<formula>", "eval")
        except (SyntaxError, RecursionError, MemoryError):
            raise FormulaError(f"formula {self.text[:80]!r}: nested too deeply") from None
        self._run = eval(code, {"__builtins__": {}, **on_floats()})
        return self._run

    def latex(self, symbols: Mapping[str, str] | None = None) -> str:
        """Return the formula as LaTeX, with `symbols` in place of the variables' names."""
        return latex(self._tree, symbols or {})

    def source(self, names: Mapping[str, str] | None = None) -> str:
        """Return the formula as a Python expression for generated code.

        The names it needs are those of `namespace`. It is for one sample: a conditional is
        Python's own, and nan where a number that is compared is nan.

        Parameters
        ----------
        names : mapping, optional
            What to write in place of each variable: a name, or anything that binds as tightly.

        Returns
        -------
        str
        """
        symbols = names or {}

        def leaf(node: Number | Name) -> str:
            if isinstance(node, Number):
                return repr(node.value)
            if node.name in self._declared:
                return symbols.get(node.name, node.name)
            return repr(CONSTANTS.get(node.name, math.nan))

        return write(
            _without_complex(self._tree),
            leaf,
            "(%(yes)s if %(left)s %(op)s %(right)s else"
            " %(no)s if %(left)s %(opposite)s %(right)s else nan)",
        )

    def derivative(self, variable: str) -> "Formula":
        """Return the derivative with respect to one variable, simplified."""
        if variable not in self._declared:
            hint = did_you_mean(variable, self._declared)
            raise UnknownNameError(f"formula {self.text!r} has no variable {variable!r}{hint}")

        def refuse(why: str) -> FormulaError:
            return FormulaError(f"formula {self.text!r}: {why}")

        tree = derivative(simplified(self._tree), variable, refuse)
        return Formula._of(tree, self._declared)

    def uses(self, variable: str) -> list[str]:
        """Return `variable` as often as it occurs.

        Examples
        --------
        >>> from neurograph.formulas import Formula
        >>> len(Formula("a * a + b", ["a", "b"]).uses("a"))
        2
        """
        return [name for name in names(self._tree) if name == variable]

    @property
    def tree(self) -> Node:
        """The tree that the formula was read into."""
        return self._tree

    @cache  # noqa: B019  # formulas are few, and small
    def split(self) -> "tuple[Formula, dict[str, Formula]]":
        """Take the sums over a group out of the formula.

        Returns
        -------
        formula : Formula
            The same with a variable in place of each ``total(...)``.
        summands : dict of str to Formula
            For each of these variables, what is summed over the neurons of the group.

        Examples
        --------
        >>> from neurograph.formulas import Formula
        >>> Formula("exp(net) / total(exp(net))", ["net"]).split()
        (Formula('exp(net) / total_1'), {'total_1': Formula('exp(net)')})
        """
        found: dict[Node, str] = {}

        def cut(node: Node) -> Node:
            if isinstance(node, Call) and node.name == "total":
                return Name(found.setdefault(node, f"total_{len(found) + 1}"))
            if isinstance(node, Call):
                return Call(node.name, tuple(map(cut, node.arguments)))
            if isinstance(node, Choice):
                parts = map(cut, (node.left, node.right, node.yes, node.no))
                return Choice(node.comparison, *parts)
            return node

        tree = cut(self._tree)
        summands = {
            name: Formula._of(node.arguments[0], self._declared)
            for node, name in found.items()
            if isinstance(node, Call)
        }
        return Formula._of(tree, self._declared | summands.keys()), summands


def _without_complex(node: Node) -> Node:
    """Return a tree with nan for each constant power that Python would make a complex number."""
    if isinstance(node, Call):
        if node.name == "**" and not set(names(node)) - CONSTANTS.keys():
            with np.errstate(all="ignore"):
                value = _evaluated(node, {}, on_complex=False)
            return Name("nan") if np.isnan(value) else node
        return Call(node.name, tuple(map(_without_complex, node.arguments)))
    if isinstance(node, Choice):
        parts = map(_without_complex, (node.left, node.right, node.yes, node.no))
        return Choice(node.comparison, *parts)
    return node


def _array(value: Any) -> Any:
    array = np.asarray(value)
    return array.astype(complex if array.dtype.kind == "c" else float)


def _evaluated(node: Node, values: Mapping[str, Any], on_complex: bool) -> Any:
    """Evaluate a tree by the rows of the table."""

    def of(part: Node) -> Any:
        return _evaluated(part, values, on_complex)

    if isinstance(node, Number):
        return np.float64(node.value)
    if isinstance(node, Name):
        return values[node.name] if node.name in values else np.float64(CONSTANTS[node.name])
    if isinstance(node, Choice):
        return CHOOSE[node.comparison](of(node.left), of(node.right), of(node.yes), of(node.no))
    row = FUNCTIONS[node.name]
    evaluate = (row.on_complex or row.evaluate) if on_complex else row.evaluate
    return evaluate(*map(of, node.arguments))
