"""Formulas as lists of NumPy calls on arrays that are allocated once."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from neurograph.activations import GROUP_DELTA, Activation
from neurograph.formulas import FUNCTIONS, Formula
from neurograph.formulas.functions import CHOOSE
from neurograph.formulas.tree import CONSTANTS, Call, Choice, Name, Node, Number
from neurograph.optimizers import Optimizer

__all__ = [
    "ONE",
    "Array",
    "Operation",
    "Where",
    "chain_rule",
    "described",
    "formula_operations",
    "out_operations",
    "rule_operations",
    "run",
    "where_of",
]

Array = NDArray[np.float64]

#: Which rows of an array, as an index of it.
Where = slice | np.ndarray

#: One call: a function, and its arguments.
Operation = tuple[Callable[..., Any], tuple[Any, ...]]

#: The derivative of an activation whose slope need not be computed.
ONE = Formula("1", [])


def run(operations: list[Operation]) -> None:
    """Run operations in their order."""
    for call, arguments in operations:
        call(*arguments)


def where_of(positions: Any) -> Where:
    """Return positions as a slice if they lie side by side: then nothing need be copied."""
    numbers = np.asarray(positions)
    first = int(numbers[0])
    if np.array_equal(numbers, np.arange(first, first + len(numbers))):
        return slice(first, first + len(numbers))
    return numbers


def described(operation: Operation) -> str:
    """Return one operation as a line: what is called, on which shapes."""
    call, arguments = operation
    name, shapes = call.__name__, [np.shape(a) for a in arguments if isinstance(a, np.ndarray)]
    owner: Any = getattr(call, "__self__", None)
    if name == "__setitem__":  # array[where] = values
        name, shapes = "put", [*shapes[1:], owner.shape]
    elif name == "copyto":
        shapes = [*shapes[1:2], shapes[0]]
    elif isinstance(owner, np.ndarray):  # a method, which NumPy calls sooner than its function
        shapes = [owner.shape, *shapes]
    *given, result = map(str, shapes)
    return f"  {name:16} {' '.join(given)} -> {result}"


def formula_operations(
    formula: Formula, operands: Mapping[str, Any], result: Array, *, spare: str | None = None
) -> list[Operation]:
    """Return the operations that put the value of a formula into `result`.

    Parameters
    ----------
    formula : Formula
        Sums over a group are taken along axis 0.
    operands : mapping of str to ndarray or float
        The value of each variable; it broadcasts to the shape of `result`, which may be one of
        them.
    result : ndarray
    spare : str, optional
        A variable that is read once and whose array may be overwritten then.

    Returns
    -------
    list of Operation
    """
    operations: list[Operation] = []
    known = dict(operands)
    each, summands = formula.split()
    for name, summand in summands.items():
        terms = np.empty(result.shape)
        known[name] = np.empty((1, *result.shape[1:]))
        operations += formula_operations(summand, operands, terms)
        operations.append((np.add.reduce, (terms, 0, None, known[name], True)))
    compiler = _Compiler(known, result.shape, spare)
    compiler.into(each.tree, result)
    return operations + compiler.operations


def out_operations(activation: Activation, net: Array, out: Array) -> Iterator[Operation]:
    """Yield the operations of out = f(net), for neurons along axis 0 that are computed alike."""
    if activation.group:
        largest, measured = np.empty((1, *net.shape[1:])), np.empty(net.shape)
        yield np.maximum.reduce, (net, 0, None, largest, True)
        yield np.subtract, (net, largest, measured)
        net = measured
    yield from formula_operations(activation.formula, {"net": net}, out)


def chain_rule(
    activation: Activation, known: Mapping[str, Any], delta: Array
) -> Iterator[Operation]:
    """Yield the operations of delta = f'(net) * dE/dout, for neurons that are computed alike.

    Parameters
    ----------
    activation : Activation
    known : mapping of str to ndarray
        ``error``, which is dE/dout; ``slope``, where it is computed already, or else ``net`` and
        ``out``; of neurons that are coupled ``out``.
    delta : ndarray
    """
    if activation.couples_deltas:
        operands = {"out": known["out"], "out_gradient": known["error"]}
        yield from formula_operations(GROUP_DELTA, operands, delta)
    elif activation.derivative == ONE:
        yield np.copyto, (delta, known["error"])
    else:
        if "slope" not in known:
            yield from formula_operations(activation.derivative, known, delta)
        yield np.multiply, (known.get("slope", delta), known["error"], delta)


def rule_operations(
    optimizer: Optimizer, step: Mapping[str, Any], columns: dict[str, Array], *, spare: bool = False
) -> Iterator[Operation]:
    """Yield the operations of an optimiser's rules.

    Parameters
    ----------
    optimizer : Optimizer
    step : mapping of str to ndarray or float
        ``gradient``, ``learning_rate``, and what is computed once a step.
    columns : dict of str to ndarray
        ``parameter``, and what is remembered: changed in place.
    spare : bool
        Whether the array of the gradient may be overwritten once it was read.
    """
    known = {**optimizer.constants, **step, **columns}
    readers = [name for name, formula in optimizer.rules for _ in formula.uses("gradient")]
    last = readers[0] if spare and len(readers) == 1 else None
    for name, formula in optimizer.rules:
        if name not in columns:  # what lies between, such as a corrected mean
            columns[name] = known[name] = np.empty(columns["parameter"].shape)
        overwritten = "gradient" if name == last else None
        yield from formula_operations(formula, known, columns[name], spare=overwritten)


# NumPy takes the array for the result of these two by its name alone.
_WITH_OUT: dict[np.ufunc, Callable[..., Any]] = {
    np.maximum: lambda a, b, out: np.maximum(a, b, out=out),
    np.minimum: lambda a, b, out: np.minimum(a, b, out=out),
}


class _Compiler:
    """Turns a tree into calls, and uses the arrays of parts that are done with again."""

    def __init__(
        self, operands: Mapping[str, Any], shape: tuple[int, ...], spare: str | None
    ) -> None:
        self.operands = operands
        self.shape = shape
        self.spare = spare
        self.operations: list[Operation] = []
        self.free: list[Array] = []

    def into(self, node: Node, result: Array) -> None:
        """Add the operations that leave the value of `node` in `result`."""
        if isinstance(node, Call):
            parts = node.arguments
            evaluate = FUNCTIONS[node.name].evaluate
        elif isinstance(node, Choice):
            parts = (node.left, node.right, node.yes, node.no)
            evaluate = CHOOSE[node.comparison]
        else:
            self.operations.append((np.copyto, (result, self.leaf(node))))
            return
        rooms = [self.room(part) for part in parts]
        if isinstance(node, Call) and node.name == "**" and parts[1] == Number(2.0):
            self.operations.append((np.square, (rooms[0], result)))
        elif isinstance(node, Call) and node.name == "/" and parts[0] == Number(1.0):
            self.operations.append((np.reciprocal, (rooms[1], result)))
        elif isinstance(evaluate, np.ufunc):
            self.operations.append((_WITH_OUT.get(evaluate, evaluate), (*rooms, result)))
        else:
            self.operations.append((_assign, (evaluate, rooms, result)))
        self.free += [
            room for part, room in zip(parts, rooms, strict=True) if isinstance(part, Call | Choice)
        ]

    def room(self, node: Node) -> Any:
        """Return where the value of a part is: a number, a variable's array, or a new one."""
        if not isinstance(node, Call | Choice):
            return self.leaf(node)
        if self.spare and isinstance(node, Call) and Name(self.spare) in node.arguments:
            room = self.operands[self.spare]
        else:
            room = self.free.pop() if self.free else np.empty(self.shape)
        self.into(node, room)
        return room

    def leaf(self, node: Number | Name) -> Any:
        # As arrays: NumPy takes twice as long to make one of a Python number at every call.
        if isinstance(node, Number):
            return np.array(node.value)
        if node.name not in self.operands:
            return np.array(CONSTANTS[node.name])
        return np.asarray(self.operands[node.name])


def _assign(function: Callable[..., Any], values: list[Any], result: Array) -> None:
    result[...] = function(*values)
