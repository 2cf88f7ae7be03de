"""Reading formula text: Python's syntax, checked part by part against a whitelist."""

import ast
import math
import warnings

from neurograph.errors import FormulaError, did_you_mean
from neurograph.formulas.functions import FUNCTIONS
from neurograph.formulas.tree import CONSTANTS, NEG, Call, Choice, Name, Node, Number

__all__ = ["MAX_DEPTH", "MAX_LENGTH", "read"]

MAX_LENGTH = 500
MAX_DEPTH = 50

_BINARY = {ast.Add: "+", ast.Sub: "-", ast.Mult: "*", ast.Div: "/", ast.Pow: "**"}
_COMPARE = {ast.Lt: "<", ast.LtE: "<=", ast.Gt: ">", ast.GtE: ">="}


class _FormulaReader:
    """Turns Python's syntax tree into ours, and refuses what the language does not have."""

    def __init__(self, text: str, variables: frozenset[str]) -> None:
        self.text = text
        self.variables = variables

    def refuse(self, why: str) -> FormulaError:
        shown = self.text if len(self.text) <= 80 else self.text[:77] + "..."
        return FormulaError(f"formula {shown!r}: {why}")

    def read(self) -> Node:
        text = self.text
        length = len(text.replace(" ", ""))
        if length > MAX_LENGTH:
            raise self.refuse(f"{length} characters long; at most {MAX_LENGTH} are read")
        if not text.strip():
            raise self.refuse("nothing is written")
        if not (text.isascii() and text.isprintable()):
            odd = next(c for c in text if not (c.isascii() and c.isprintable()))
            raise self.refuse(f"the character {odd!r} is not plain ASCII")
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("error")
                tree = ast.parse(text.strip(), mode="eval")
        except SyntaxError as error:
            raise self.refuse(f"not a formula ({error.msg})") from None
        except (ValueError, RecursionError, MemoryError, Warning):
            raise self.refuse("not a formula that can be read") from None
        return self.node(tree.body, MAX_DEPTH)

    def node(self, part: ast.expr, depth: int) -> Node:
        if depth == 0:
            raise self.refuse(f"nested more than {MAX_DEPTH} deep")
        down = depth - 1
        match part:
            case ast.Constant(value=int() | float() as value) if not isinstance(value, bool):
                return self.number(value)
            case ast.Name(id=name):
                return self.name(name)
            case ast.UnaryOp(op=ast.USub(), operand=operand):
                return Call(NEG, (self.node(operand, down),))
            case ast.UnaryOp(op=ast.UAdd(), operand=operand):
                return self.node(operand, down)
            case ast.BinOp(op=ast.BitXor()):
                raise self.refuse("'^' is not an operator here; write ** for a power")
            case ast.BinOp(left=left, op=op, right=right) if type(op) in _BINARY:
                return Call(_BINARY[type(op)], (self.node(left, down), self.node(right, down)))
            case ast.IfExp(test=test, body=body, orelse=orelse):
                return self.choice(test, body, orelse, down)
            case ast.Call(func=ast.Name(id=name), args=arguments, keywords=[]):
                return self.call(name, arguments, down)
            case ast.Compare():
                raise self.refuse(
                    f"the comparison {self.source(part)!r} can only stand in a conditional,"
                    " as in 'a if net > 0 else b'"
                )
        raise self.refuse(
            f"{self.source(part)!r} is not part of the formula language: numbers, variables,"
            " + - * / **, functions, and conditionals such as 'a if net > 0 else b'"
        )

    def source(self, part: ast.expr) -> str:
        return ast.get_source_segment(self.text.strip(), part) or self.text

    def number(self, value: float) -> Number:
        try:
            number = float(value)
        except OverflowError:
            number = math.inf
        if not math.isfinite(number):
            raise self.refuse("a number is too large for a float")
        return Number(number)

    def name(self, name: str) -> Name:
        if name in self.variables or name in CONSTANTS:
            return Name(name)
        if name in FUNCTIONS:
            raise self.refuse(f"{name!r} is a function; write {name}(...)")
        known = [*sorted(self.variables), *CONSTANTS]
        hint = did_you_mean(name, known) or f"; there are {', '.join(known)}"
        raise self.refuse(f"unknown variable {name!r}{hint}")

    def choice(self, test: ast.expr, yes: ast.expr, no: ast.expr, depth: int) -> Choice:
        match test:
            case ast.Compare(left=left, ops=[op], comparators=[right]) if type(op) in _COMPARE:
                parts = (self.node(part, depth) for part in (left, right, yes, no))
                return Choice(_COMPARE[type(op)], *parts)
        raise self.refuse(
            f"the condition {self.source(test)!r} must be one comparison with < <= > or >="
        )

    def call(self, name: str, arguments: list[ast.expr], depth: int) -> Call:
        row = FUNCTIONS.get(name)
        if row is None:
            known = [name for name in FUNCTIONS if name.isidentifier()]
            hint = did_you_mean(name, known) or f"; there are {', '.join(known)}"
            raise self.refuse(f"unknown function {name!r}{hint}")
        if len(arguments) != row.n_arguments:
            count = "1 argument" if row.n_arguments == 1 else f"{row.n_arguments} arguments"
            raise self.refuse(f"{name} takes {count}, got {len(arguments)}")
        return Call(name, tuple(self.node(argument, depth) for argument in arguments))


def read(text: str, variables: frozenset[str]) -> Node:
    """Return the tree of a formula, or raise FormulaError naming the part that is refused."""
    return _FormulaReader(text, variables).read()
