"""The compiled loop of a tiny network: its straight line, in a loop over the steps.

Where there are few parameters, going through a graph takes longer than what is computed. Here every
number is a variable of its own, as in `straight_line`, by the same equations; constants, the state
of the optimiser and the data are arguments, and neurons are numbered: the text is one for all
networks of a shape. Samples are taken four at a time, as a processor computes four numbers at once.
"""

from collections.abc import Iterable
from functools import cached_property

from neurograph.engines.loop import argument_types, function_text
from neurograph.engines.prices import MOST_COMPILED
from neurograph.engines.straight_line import Writer, can_be_straight
from neurograph.equations import Equation, Round
from neurograph.formulas import FUNCTIONS
from neurograph.formulas.tree import Name, Node

__all__ = ["is_tiny", "straight_text"]


def is_tiny(of_round: Round, batch_size: int) -> bool:
    """Whether the straight line of a network is worth compiling."""
    few = len(of_round.structure.filled) <= MOST_COMPILED
    return few and can_be_straight(of_round, batch_size)


def straight_text(of_round: Round, *, online: bool) -> str:
    """Return the source of a module with the function ``train``.

    Parameters
    ----------
    of_round : Round
    online : bool
        Whether every batch is one sample.

    Returns
    -------
    str
    """
    writer = _LoopWriter(of_round, {}, online)
    body = writer.written()
    used = sorted(name for name in FUNCTIONS if name.isidentifier() and f"{name}(" in body)
    return "\n".join([_IMPORTS, *map(function_text, used), _ADDED, body])


class _LoopWriter(Writer):
    """Writes the function for numba."""

    own = (
        *("added", "constants", "done", "error", "errors", "first", "inf", "inputs", "k", "nan"),
        *("learning_rate", "min", "n", "n_samples", "rates", "real", "row", "rows", "s", "scale"),
        *("size", "sizes", "starts", "step", "t", "targets", "train", "which"),
    )
    count = "float(size)"

    def neuron(self, row: int) -> object:
        """Return its number: a name would make another text of the same function."""
        return row

    @cached_property
    def constants(self) -> dict[str, str]:
        """The constants of the optimiser, as they are written."""
        return {name: f"constants[{k}]" for k, name in enumerate(self.optimizer.constants)}

    @cached_property
    def factors(self) -> dict[str, str]:
        """The constants of the penalty, as they are written."""
        known, first = self.round.penalty_constants, len(self.constants)
        return {name: f"constants[{first + k}]" for k, name in enumerate(known)}

    @property
    def places(self) -> list[tuple[str, list[str]]]:
        """The name of each number that lasts, and where it is kept: of a shared one all places."""
        slots = [self.kept, *[self.changing] * len(self.optimizer.state)]
        places = [
            [f"column{k}[{place}]" for place in self.structure.shared_slots(slot)]
            for k, of_column in enumerate(slots)
            for slot in of_column
        ]
        return list(zip(self.lasting, places, strict=True))

    def begin(self) -> None:
        """Write the head of the function and of the loop over the steps."""
        types = argument_types(f"column{k}" for k in range(1 + len(self.optimizer.state)))
        self.lines.append(_DECORATOR % ", ".join(types.values()))
        self.lines.append(f"def train({', '.join(types)}):")
        for name, places in self.places:
            self.line(f"{name} = {places[0]}")
        self.line("done = 0")
        self.line("for t in range(len(rates)):")
        self.depth += 1
        self.line("learning_rate = rates[t]")
        self.line("first = starts[which]")
        self.line("size = sizes[which]")
        self.depth -= 1

    def take_sample(self) -> None:
        """Write where the numbers of the one sample come from."""
        self.line("row = rows[first]")
        n = len(self.structure.inputs)
        for place, name in enumerate(self.sample):
            self.line(
                f"{name} = inputs[row, {place}]" if place < n else
                f"{name} = targets[row, {place - n}]"
            )  # fmt: skip

    def take_samples(self) -> None:
        """Write the loops over the samples: four each time, the last again, which counts as 0."""
        self.line("for s in range(0, size, 4):")
        self.depth += 1
        self.line("for k in range(4):")
        self.depth += 1
        self.line("real = 1.0 if s + k < size else 0.0")
        self.line("first = starts[which] + min(s + k, size - 1)")
        self.take_sample()

    def end(self) -> None:
        """Write what comes after a step, and after all of them."""
        self.line("which += 1")
        self.line("if which == len(starts):")
        self.line("    which = 0")
        self.depth -= 1
        for name, places in self.places:
            self.line(f"{' = '.join(places)} = {name}")
        self.line("return done")

    def add(self, name: str, share: str) -> None:
        """Write that a sample adds something to a sum; of one sample it is the sum."""
        self.line(f"{name} = {share}" if self.online else f"{name} = added({name}, {share})")

    def average(self, names: Iterable[str]) -> None:
        """Write that sums over the samples become means."""
        self.line(f"scale = 1.0 / {self.count}")
        for name in names:
            self.line(f"{name} = {name} * scale")

    def stop_if_not_finite(self) -> None:
        """Write that the step ends here, and is the last, if its error is not finite."""
        self.line("errors[t] = error")
        self.line("done = t + 1")
        self.line("if error - error != 0.0:")
        self.line("    break")

    def right_side(self, equation: Equation) -> str:
        """Return an equation's formula as source; a sample that comes again counts as 0."""
        text = super().right_side(equation)
        quantity, place, _ = equation.left
        compared = quantity in ("loss", "delta") and not self.equations.outputs.isdisjoint(
            self.structure.group_of(place)
        )
        return f"real * ({text})" if compared and not self.online else text

    def operand(self, equation: Equation, node: Name, member: int) -> Node:
        """Return what stands for a name in a formula: of a constant its place."""
        # An optimiser of one's own may call a constant l2 or n, as others call their numbers.
        constants = self.constants if equation.phase == "update" else {}
        if equation.left.quantity in ("penalty", "penalty_gradient"):
            constants = self.factors
        if isinstance(equation.operands.get(node.name), float) and node.name in constants:
            return Name(constants[node.name])
        return super().operand(equation, node, member)


_IMPORTS = """import math
import numpy as np
from numba import njit

nan, inf = float('nan'), float('inf')"""

# In which order samples are added is free, or they could not be added four at a time.
_ADDED = """
@njit(error_model='numpy', fastmath={'reassoc', 'contract', 'nsz'})
def added(a, b):
    return a + b
"""

# Products and sums that become one instruction are computed with one rounding less.
_DECORATOR = """
@njit('int64(%s)', error_model='numpy', fastmath={'contract'}, cache=CACHED)"""
