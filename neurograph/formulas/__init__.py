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
from functools import cache, cached_property
from itertools import chain
from typing import Any

import numpy as np

from neurograph.errors import FormulaError, InvalidTypeError, UnknownNameError, did_you_mean
from neurograph.formulas.entry import check_derivative, check_name, enter, look_up, name_of
from neurograph.formulas.functions import CHOOSE, FUNCTIONS, Group, namespace, on_floats
from neurograph.formulas.grammar import read
from neurograph.formulas.tree import (
    CONSTANTS,
    Call,
    Choice,
    Name,
    Node,
    Number,
    canonical,
    names,
    negative,
    over_terms,
    replaced,
    write,
)
from neurograph.formulas.typeset import latex

__all__ = [
    "COMPLEX_STEP",
    "FUNCTIONS",
    "Formula",
    "Group",
    "can_be_variable",
    "check_derivative",
    "check_name",
    "enter",
    "look_up",
    "name_of",
    "namespace",
]

#: The imaginary part that stands for an infinitesimal: its square is far below every rounding.
COMPLEX_STEP = 1e-30

_TAKEN = {*FUNCTIONS, *CONSTANTS, "nan"}


def can_be_variable(name: str) -> bool:
    """Return whether a formula can have a variable of this name.

    Examples
    --------
    >>> [can_be_variable(name) for name in ("h1", "h-1", "if", "exp", "e")]
    [True, False, False, False, False]
    """
    return name.isidentifier() and not keyword.iskeyword(name) and name not in _TAKEN


#: A group of more numbers is not written out.
_MANY = 64


def _of_all(evaluate: Callable[[Group], float]) -> Callable[..., float]:
    """Return a function over a group that takes its numbers as arguments."""
    return lambda *numbers: evaluate(Group(numbers))


_OVER_GROUPS = [name for name, row in FUNCTIONS.items() if not row.derivatives]
#: The functions of floats; those over a group take its numbers as arguments.
_ON_NUMBERS = {
    name: _of_all(evaluate) if name in _OVER_GROUPS else evaluate
    for name, evaluate in on_floats().items()
}


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
            if not can_be_variable(name):
                raise FormulaError(f"{name!r} cannot be the name of a variable of a formula")
        self._set(read(text, declared), declared)

    def _set(self, tree: Node, declared: frozenset[str]) -> None:
        self._tree = tree
        self._declared = declared
        self.text = canonical(tree)
        self.variables = tuple(sorted(set(names(tree)) & declared))
        self._needed = frozenset(self.variables)
        self._hash = hash(tree)
        self._on_floats: dict[tuple[int | None, ...], Callable[..., Any] | None] = {}
        self._run: Callable[..., Any] | None = None

    @classmethod
    def _of(cls, tree: Node, declared: frozenset[str]) -> "Formula":
        formula = cls.__new__(cls)
        formula._set(tree, declared)
        return formula

    @classmethod
    def of_names(cls, tree: Node) -> "Formula":
        """Return the formula of a tree whose names are all variables."""
        return cls._of(tree, frozenset(names(tree)))

    @classmethod
    def of(cls, tree: Node, like: "Formula") -> "Formula":
        """Return the formula of a tree that has the variables of another formula."""
        return cls._of(tree, like._declared)

    def __reduce__(self) -> tuple[Any, ...]:
        return Formula._of, (self._tree, self._declared)

    def __repr__(self) -> str:
        return f"Formula({self.text!r})"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Formula) and self._tree == other._tree

    def __hash__(self) -> int:
        return self._hash

    def __call__(self, **values: Any) -> Any:
        """Return the value for numbers, or arrays that broadcast, given by variable name.

        A `Group` gives those of a group of neurons, over which ``total`` and its like are taken.

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
            real = {
                name: Group(array.real) if isinstance(values[name], Group) else array.real
                for name, array in arrays.items()
            }
            return self._on_arrays(real) + 0j
        with np.errstate(all="ignore"):
            result = _evaluated(self._tree, arrays, on_complex)
        if Group in map(type, values.values()):
            # A group lies along axis 0; what is taken over all of it has one row there.
            result = result[0] if np.ndim(result) and len(result) == 1 else result
            return result if np.ndim(result) else result.item()
        shape = np.broadcast_shapes(*(array.shape for array in arrays.values()))
        if not shape and np.ndim(result) == 0:
            return result.item()
        # A bare name is what was given: it is not handed back itself.
        if result.shape == shape and not isinstance(self._tree, Name):
            return result
        return np.broadcast_to(result, shape).copy()

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

    def on_floats(self, *counts: int | None) -> Callable[..., Any] | None:
        """Return the formula as a fast function of Python floats.

        Parameters
        ----------
        *counts : int or None
            For each of `variables`, how many numbers a group has; nothing for a number.

        Returns
        -------
        callable or None
            Its arguments are the numbers in the order of `variables`, those of a group one after
            the other. It raises ArithmeticError or TypeError where IEEE 754 has a flag. Nothing
            where a group is large, or used otherwise than to sum it and the like.

        Examples
        --------
        >>> from neurograph.formulas import Formula
        >>> Formula("total(message) + bias", ["message", "bias"]).on_floats(None, 2)(5.0, 1.0, 2.0)
        8.0
        """
        if counts not in self._on_floats:
            self._on_floats[counts] = self._unrolled(counts)
        return self._on_floats[counts]

    def _unrolled(self, counts: tuple[int | None, ...]) -> Callable[..., Any] | None:
        sizes = {
            name: count
            for name, count in zip(self.variables, counts, strict=True)
            if count is not None
        }
        tree = _unrolled(self._tree, sizes)
        if any(name in sizes for name in names(tree)) or max(sizes.values(), default=0) > _MANY:
            return None
        arguments = [
            [name] if name not in sizes else _numbered(name, sizes[name]) for name in self.variables
        ]
        text = Formula._of(tree, self._declared.union(*arguments)).source()
        code = f"lambda {', '.join(chain(*arguments))}: {text}"
        try:
            # The source is written from the validated tree, never taken from the text.
            compiled = compile(code, "<formula>", "eval")
        except (SyntaxError, RecursionError, MemoryError):
            return None
        run: Callable[..., Any] = eval(compiled, {"__builtins__": {}, **_ON_NUMBERS})
        return run

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

        from neurograph.formulas.calculus import derivative, simplified  # rows state their own

        def refuse(why: str) -> FormulaError:
            return FormulaError(f"formula {self.text!r}: {why}")

        tree = derivative(simplified(self._tree), variable, refuse)
        return Formula._of(tree, self._declared)

    def filled(self, **parts: "Formula") -> "Formula":
        """Return the formula with other formulas in place of some of its variables.

        Examples
        --------
        >>> from neurograph.formulas import Formula
        >>> product = Formula("a * b", ["a", "b"])
        >>> product.filled(a=Formula("net + 1", ["net"]))
        Formula('(net + 1) * b')
        """
        declared = self._declared - parts.keys()
        declared = declared.union(*(part._declared for part in parts.values()))
        trees = {name: part.tree for name, part in parts.items()}
        return Formula._of(replaced(self._tree, trees), declared)

    def uses(self, variable: str) -> list[str]:
        """Return `variable` as often as it occurs.

        Examples
        --------
        >>> from neurograph.formulas import Formula
        >>> len(Formula("a * a + b", ["a", "b"]).uses("a"))
        2
        """
        return [name for name in names(self._tree) if name == variable]

    @cached_property
    def negative(self) -> "Formula":
        """The formula with the other sign, as somebody writes it by hand.

        Examples
        --------
        >>> from neurograph.formulas import Formula
        >>> Formula("(a - b) * c", "abc").negative
        Formula('(b - a) * c')
        """
        return Formula.of(negative(self._tree), self)

    @property
    def tree(self) -> Node:
        """The tree that the formula was read into."""
        return self._tree

    @cache  # noqa: B019  # formulas are few, and small
    def split(self) -> "tuple[Formula, dict[str, Formula]]":
        """Take the sums, products and so on over a group out of the formula.

        Returns
        -------
        formula : Formula
            The same with a variable in place of each ``total(...)`` and its like.
        summands : dict of str to Formula
            For each of these variables, named by the function and a number, what is summed (or
            multiplied, and so on) over the group.

        Examples
        --------
        >>> from neurograph.formulas import Formula
        >>> Formula("exp(net) / total(exp(net))", ["net"]).split()
        (Formula('exp(net) / total_1'), {'total_1': Formula('exp(net)')})
        """
        found: dict[Node, str] = {}

        def cut(node: Node) -> Node:
            if isinstance(node, Call) and not FUNCTIONS[node.name].derivatives:
                return Name(found.setdefault(node, f"{node.name}_{len(found) + 1}"))
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


def _numbered(name: str, count: int) -> list[str]:
    return [f"{name}_{number}" for number in range(count)]


def _unrolled(node: Node, sizes: Mapping[str, int]) -> Node:
    """Write out what is taken over groups of these sizes, where it is of the bare numbers."""
    if isinstance(node, Choice):
        parts = (_unrolled(part, sizes) for part in (node.left, node.right, node.yes, node.no))
        return Choice(node.comparison, *parts)
    if not isinstance(node, Call):
        return node
    (first, *_) = node.arguments
    if FUNCTIONS[node.name].derivatives or not isinstance(first, Name) or first.name not in sizes:
        return Call(node.name, tuple(_unrolled(part, sizes) for part in node.arguments))
    numbers = tuple(map(Name, _numbered(first.name, sizes[first.name])))
    if node.name in ("total", "product") and numbers:
        return over_terms(node.name, numbers)
    return Call(node.name, numbers)


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
    if type(value) is Group and value:
        value = np.broadcast_arrays(*value)  # a constant among values of a batch
    array = np.asarray(value)
    return array.astype(complex if array.dtype.kind == "c" else float, copy=False)


#: No text can name the last, which stands for the largest of no numbers.
_KNOWN = CONSTANTS | {"inf": math.inf, "nan": math.nan}


def _evaluated(node: Node, values: Mapping[str, Any], on_complex: bool) -> Any:
    """Evaluate a tree by the rows of the table."""

    def of(part: Node) -> Any:
        return _evaluated(part, values, on_complex)

    if isinstance(node, Number):
        return np.float64(node.value)
    if isinstance(node, Name):
        return values[node.name] if node.name in values else np.float64(_KNOWN[node.name])
    if isinstance(node, Choice):
        return CHOOSE[node.comparison](of(node.left), of(node.right), of(node.yes), of(node.no))
    row = FUNCTIONS[node.name]
    evaluate = (row.on_complex or row.evaluate) if on_complex else row.evaluate
    return evaluate(*map(of, node.arguments))
