"""Straight-line engine: for small networks, the tutorial's algorithm as generated plain Python.

The generated function is the algorithm written out, one line a value, in the network's own
symbols: ``net_h1 = w1*i1 + w2*i2 + b_h1``. Weights live in local variables, and the loop over the
steps is inside. Names from a network are mapped to safe identifiers; nothing a user wrote is run.
"""

import keyword
import math
import re
from collections.abc import Callable, Iterable, MutableSequence, Sequence
from itertools import chain

import numpy as np
from numpy.typing import NDArray

from neurograph.columns import Column
from neurograph.display import Brief
from neurograph.engines.engine import Batch, Engine, InOrder, Steps
from neurograph.equations import (
    DELTA,
    PENALISED_GRADIENT,
    Equation,
    Equations,
    Round,
    Variable,
)
from neurograph.formulas import FUNCTIONS, Formula
from neurograph.formulas.functions import on_floats
from neurograph.formulas.tree import (
    CONSTANTS,
    Call,
    Choice,
    Name,
    Node,
    Number,
    constant,
    names,
    over_terms,
    subtrees,
    with_minus,
)
from neurograph.quantities import QUANTITIES
from neurograph.structure import BIAS, Structure

__all__ = ["StraightLine", "Writer", "can_be_straight", "source_of"]

#: More parameters than this make a generated function slow to compile and no faster to run.
MOST_PARAMETERS = 600


def _called(labels: Column, slot: int, otherwise: tuple[object, ...]) -> tuple[object, ...]:
    """Return what a weight is called: its connection's label, if it has one."""
    try:
        return (labels[slot],)
    except KeyError:
        return otherwise


def parameters_of(structure: Structure) -> list[int]:
    """Return one slot for each parameter: of tied ones, the first."""
    return [slot for slot in structure.filled if slot == structure.shared_slots(slot)[0]]


def can_be_straight(of_round: Round, batch_size: int) -> bool:
    """Whether straight-line code can be generated for a network."""
    # In place, a gradient is needed of the whole batch before the errors go further back.
    small = len(of_round.structure.filled) <= MOST_PARAMETERS and of_round.rewriting is None
    return small and (of_round.order != "in_place" or batch_size == 1)


class StraightLine(Brief):
    """Runs generated plain Python; see `source_of` for how it reads.

    Numbers that plain Python refuses to compute with (overflow, division by zero) are left to
    another engine, which gives inf and nan for them.
    """

    name = "straight_line"

    def __init__(self, of_round: Round, *, labels: Column, careful: Engine) -> None:
        self.round, self.structure = of_round, of_round.structure
        self.labels, self.careful = labels, careful
        structure = self.structure
        self._kept = parameters_of(structure)
        self._changing = [slot for slot in self._kept if structure.trainable[slot]]
        self._trains: dict[bool, Callable[..., Sequence[float]]] = {}

    def source(self, batch_size: int) -> str:
        """Return the generated function's source: see `source_of`."""
        return source_of(self.round, self.labels, online=batch_size == 1)

    def _train(self, *, online: bool) -> Callable[..., Sequence[float]]:
        if online not in self._trains:
            scope = {**_MATH, "__builtins__": {}, "len": len, "zip": zip}
            # Made of safe identifiers and of formulas that were read against a whitelist.
            text = source_of(self.round, self.labels, online=online)
            exec(compile(text, "<straight line>", "exec"), scope)
            self._trains[online] = scope["train"]
        return self._trains[online]

    def steps(self, work: Steps) -> MutableSequence[float]:
        """Do some steps: see `Engine.steps`."""
        parameters, state, inputs, targets, batches, rates, first_step = work
        samples = [
            (*row, *wanted) for row, wanted in zip(inputs.tolist(), targets.tolist(), strict=True)
        ]
        taken = _taken(samples, batches)
        online = max(map(len, taken)) == 1
        values = parameters[self._kept].tolist()
        for name in self.round.optimizer.state:
            values += state[name][self._changing].tolist()
        errors: list[float] = []
        changed: Sequence[float] = ()
        try:
            changed = self._train(online=online)(
                values, taken, rates, float(first_step), errors.append
            )
        except (ArithmeticError, TypeError, ValueError):
            errors.append(math.nan)
        # Python makes a complex number of a power that has no real value.
        real = complex not in {*map(type, errors), *map(type, changed)}
        if not (real and math.isfinite(errors[-1])):
            return self.careful.steps(work)
        n, m = len(self._kept), len(self._changing)
        self._spread(parameters, self._kept, changed[:n])
        for number, name in enumerate(self.round.optimizer.state):
            self._spread(state[name], self._changing, changed[n + number * m :][:m])
        return errors

    def _spread(
        self, column: NDArray[np.float64], slots: list[int], values: Sequence[float]
    ) -> None:
        column[slots] = values
        for tied in self.structure.ties:
            column[tied] = column[tied[0]]


# math's functions raise where IEEE 754 has a flag, as those of `on_floats` do, and are faster.
_MATH = (
    on_floats()
    | {"inf": math.inf}
    | {
        name: getattr(math, name)
        for name in ("exp", "log", "log1p", "expm1", "sqrt", "tanh", "sinh", "cosh", "sin", "cos")
    }
)


def _taken(
    samples: list[tuple[float, ...]], batches: Sequence[Batch]
) -> list[list[tuple[float, ...]]]:
    """Return the samples of each batch; of a batch that comes again, the same list."""
    if isinstance(batches, InOrder) and len(batches) > len(batches.epoch):
        return list(batches.by_step([samples[batch] for batch in batches.epoch.batches]))
    return [
        samples[batch] if isinstance(batch, slice) else [samples[row] for row in batch]
        for batch in batches
    ]


class PythonNames:
    """Safe identifiers, all different, that stay as near as they can to a network's own names."""

    def __init__(self, taken: Iterable[str]) -> None:
        self._taken = set(taken)

    def of(self, *parts: object) -> str:
        """Return an identifier made of `parts`, such as ``net_h1``."""
        text = "_".join(str(part) for part in parts if part != "")
        text = re.sub(r"[^0-9a-zA-Z_]", "_", text) or "x"
        if text[0].isdigit() or keyword.iskeyword(text):
            text = f"_{text}"
        number, symbol = 1, text
        while symbol in self._taken:
            number += 1
            symbol = f"{text}_{number}"
        self._taken.add(symbol)
        return symbol


def source_of(of_round: Round, labels: Column, *, online: bool) -> str:
    """Return the source of a function that does the steps of training, as plain Python.

    Parameters
    ----------
    of_round : Round
        What is computed.
    labels : column
        The label of the connection in a slot, if it has one.
    online : bool
        Whether every batch is one sample; otherwise gradients are summed over the batch.

    Returns
    -------
    str
    """
    return Writer(of_round, labels, online).written()


class Writer:
    """Writes one training function from the equations of a round.

    Attributes
    ----------
    own : tuple of str
        Names that the function uses itself.
    count : str
        How many samples a step has.
    """

    own: tuple[str, ...] = (
        *("batch", "batches", "error", "learning_rate", "len", "max", "n", "n_samples", "note"),
        *("rates", "step", "train", "values", "zip"),
    )
    count = "len(batch)"

    def __init__(self, of_round: Round, labels: Column, online: bool) -> None:
        self.round = of_round
        self.structure = structure = of_round.structure
        self.optimizer = optimizer = of_round.optimizer
        self.equations = Equations(of_round)
        self.online = online
        self.lines: list[str] = []
        self.depth = 1
        self.symbols = PythonNames(
            [*_MATH, *self.own, *optimizer.constants, *dict(optimizer.each_step)]
        )
        self.kept = parameters_of(structure)
        self.changing = [slot for slot in self.kept if structure.trainable[slot]]
        self.names: dict[Variable, str] = {}
        self.hoisted: dict[str, str] = {}
        for slot in self.kept:
            pre, post = structure.pre[slot], self.neuron(structure.post[slot])
            ends = ("w", self.neuron(pre), post)
            words = ("b", post) if pre == BIAS else _called(labels, slot, ends)
            self.names[Variable("weight", slot)] = self.symbols.of(*words)
        for slot in self.changing:
            own = self.names[Variable("weight", slot)]
            self.names[Variable("gradient", slot)] = self.symbols.of("d", own)
            for name in optimizer.state:
                self.names[Variable(name, slot)] = self.symbols.of(name, own)
        for row in structure.inputs:
            self.names[Variable("out", row)] = self.symbols.of(self.neuron(row))
        for row in structure.outputs:
            self.name(Variable("target", row))

    def neuron(self, row: int) -> object:
        """Return what a neuron is called in the names of its numbers."""
        return self.structure.names[row]

    def line(self, text: str) -> None:
        """Write a line."""
        self.lines.append("    " * self.depth + text)

    def name(self, variable: Variable) -> str:
        """Return the identifier of a number: one for all places of a shared parameter."""
        quantity, place, _ = variable
        quantity = "gradient" if quantity == "data_gradient" else quantity  # added to in its place
        row = QUANTITIES.get(quantity.removeprefix("earlier_"))
        if place < 0:
            return quantity
        if row is None or row.owner == "parameter":
            place = int(self.structure.shared_slots(place)[0])
            # An update writes over what it reads.
            quantity = quantity.removeprefix("earlier_").removeprefix("new_")
        key = Variable(quantity, place)
        if key not in self.names:
            of_neuron = row is not None and row.owner == "neuron"
            owner = self.neuron(place) if of_neuron else self.name(Variable("weight", place))
            self.names[key] = self.symbols.of(quantity, owner)
        return self.names[key]

    def written(self) -> str:
        """Return the text of the function."""
        self.begin()
        self.depth += 1
        for key, formula in self.optimizer.each_step:
            self.line(f"{key} = {formula.source(self.constants)}")
        if self.online:
            self.take_sample()
            self.of_sample()
        else:
            for name in ("error", *self.gradients):
                self.line(f"{name} = 0.0")
            depth = self.depth
            self.take_samples()
            self.of_sample()
            self.depth = depth
            self.reduce()
            self.stop_if_not_finite()
        if not self.equations.in_place:
            self.line("# update")
            for slot in self.changing:
                self.update(self.equations.change(slot))
        if self.optimizer.each_step:
            self.line("step += 1.0")
        self.end()
        return "\n".join(self.lines) + "\n"

    # -- what the function is given and gives back -----------------------------------------------

    @property
    def sample(self) -> list[str]:
        """The names of what a sample is made of: inputs, then targets."""
        given = [Variable("out", row) for row in self.structure.inputs]
        given += [Variable("target", row) for row in self.structure.outputs]
        return list(map(self.name, given))

    @property
    def lasting(self) -> list[str]:
        """The names of what lasts from step to step: parameters, then what is remembered."""
        remembered = (Variable(m, slot) for m in self.optimizer.state for slot in self.changing)
        return list(
            map(self.name, chain((Variable("weight", slot) for slot in self.kept), remembered))
        )

    @property
    def gradients(self) -> list[str]:
        """The names of the gradients that are needed."""
        return [self.name(Variable("gradient", slot)) for slot in self.changing]

    @property
    def constants(self) -> dict[str, str]:
        """The constants of the optimiser, as they are written."""
        return {name: repr(value) for name, value in self.optimizer.constants.items()}

    def begin(self) -> None:
        """Write the head of the function and of the loop over the steps."""
        self.lines.append("def train(values, batches, rates, step, note):")
        self.line(f"({', '.join(self.lasting)},) = values")
        self.line("for batch, learning_rate in zip(batches, rates):")

    def take_sample(self) -> None:
        """Write where the numbers of the one sample come from."""
        self.line(f"(({', '.join(self.sample)},),) = batch")

    def take_samples(self) -> None:
        """Write the head of the loop over the samples of a step."""
        self.line(f"for {', '.join(self.sample)}, in batch:")
        self.depth += 1

    def end(self) -> None:
        """Write what comes after a step, and after all of them."""
        self.depth -= 1
        self.line(f"return ({', '.join(self.lasting)},)")

    def add(self, name: str, share: str) -> None:
        """Write that a sample adds something to a sum; of one sample it is the sum."""
        self.line(f"{name} {'=' if self.online else '+='} {share}")

    def average(self, names: Iterable[str]) -> None:
        """Write that sums over the samples become means."""
        self.line(f"n = {self.count}")
        for name in names:
            self.line(f"{name} = {name} / n")

    # -- a step ----------------------------------------------------------------------------------

    def of_sample(self) -> None:
        """Write forward, error and backward of one sample."""
        self.hoisted.clear()
        self.line("# forward")
        self.write(self.equations.forward())
        self.line("# error")
        losses = (Variable("loss", row) for row in self.structure.outputs)
        shares = [f"({self.right_side(self.equations.of(loss))})" for loss in losses]
        self.add("error", " + ".join(shares))
        if self.online:
            self.add_penalty()
            self.stop_if_not_finite()
        self.line("# backward")
        self.write(self.equations.backward())

    def reduce(self) -> None:
        """Write the mean over the samples, where that is asked for."""
        if self.round.reduction == "mean":
            self.average(["error", *self.gradients])
        self.add_penalty()
        for slot in self.changing:
            if slot in self.equations.penalised:
                self.gradient(self.equations.of(Variable("gradient", slot)))

    def add_penalty(self) -> None:
        """Write the error with the penalty, where there is one."""
        if self.round.penalised:
            if "n_samples" in self.equations.of(Variable("penalty")).operands:
                self.line(f"n_samples = {self.count}")
            self.line(f"error = error + {self.right_side(self.equations.of(Variable('penalty')))}")

    def stop_if_not_finite(self) -> None:
        """Write that the error is noted, and that the steps end where it is not finite."""
        self.line("note(error)")
        self.line("if error - error != 0.0:")
        self.line("    break")

    def write(self, equations: Iterable[Equation]) -> None:
        """Write equations, a line each; what stands inside of another has no line of its own."""
        first = self.structure.levels[0].stop
        for equation in equations:
            quantity, place, _ = equation.left
            row = QUANTITIES.get(quantity)
            if self.is_inline(equation.left) or (quantity == "out" and place < first):
                continue
            if place < 0 or (row is not None and row.phase == "update"):
                self.update([equation])
            elif quantity in ("data_gradient", "gradient"):
                is_whole = place in self.equations.penalised and quantity == "gradient"
                if self.online or not is_whole:  # of a batch the penalty is added to the sum
                    self.gradient(equation)
            # What follows from the gradient of a frozen parameter is left out, as that is.
            elif row is None or row.owner != "parameter" or place in self.changing:
                self.line(f"{self.name(equation.left)} = {self.right_side(equation)}")

    def is_inline(self, variable: Variable) -> bool:
        """Whether a number has no line of its own, but stands in those that use it."""
        quantity, place, _ = variable
        if quantity == "message" and self.equations.in_place:
            # The slope of a product asks for it again, when its weight may have changed.
            rule = self.structure.combinations[self.structure.post[place]]
            return bool(rule.name == "sum")
        return quantity in _INLINE

    def gradient(self, equation: Equation) -> None:
        """Write a gradient that is needed; of a batch it is summed over the samples."""
        if equation.formula is PENALISED_GRADIENT and equation.left.place in self.changing:
            slope = self.equations.of(Variable("penalty_gradient", equation.left.place))
            name = self.name(equation.left)
            whole = with_minus(Call("+", (Name(name), self.tree(slope))))
            self.line(f"{name} = {self.source(whole)}")
        elif equation.left.place in self.changing:
            alone = len(self.structure.shared_slots(equation.left.place)) == 1
            right = self.product(equation) if alone else self.tree(equation)
            self.add(self.name(equation.left), self.source(right))

    def update(self, equations: Iterable[Equation]) -> None:
        """Write the optimiser's equations of one parameter; of a shared one once."""
        for equation in equations:
            if equation.left.place in self.changing and equation.left.quantity not in _INLINE:
                right = with_minus(self.tree(equation))
                self.line(f"{self.name(equation.left)} = {self.source(right)}")

    # -- right sides ---------------------------------------------------------------------------

    def right_side(self, equation: Equation) -> str:
        """Return an equation's formula as source."""
        if equation.formula is DELTA:
            slope, sent_back = (
                self.source(self.tree(self.equations.of(Variable(name, equation.left.place))))
                for name in ("slope", "out_gradient")
            )
            return f"({sent_back})" if slope == "1.0" else f"({slope})*({sent_back})"
        return self.source(self.tree(equation))

    def product(self, equation: Equation) -> Node:
        """Return a product of bare numbers as one word, the weight first: ``w5*out_h1``."""
        factors = [self.operand(equation, Name(name), 0) for name in equation.operands]
        factors.sort(key=lambda factor: factor == Number(1.0))
        texts = [
            part if isinstance(factor, Name) else f"({part})"
            for factor in factors
            if factor != Number(1.0)
            for part in [self.source(factor)]
        ]
        return Name("*".join(texts)) if texts else Number(1.0)

    def source(self, node: Node) -> str:
        """Return a tree of identifiers as source."""
        return Formula.of_names(node).source()

    def tree(self, equation: Equation) -> Node:
        """Return an equation's formula with identifiers for its names, sums written out."""
        formula = equation.stable or equation.formula
        assert formula is not None
        return self.filled(formula.tree, equation, equation.member)

    def filled(self, node: Node, equation: Equation, member: int) -> Node:
        """Return a part of a formula as it is for one neuron of a group."""
        if isinstance(node, Name):
            return self.operand(equation, node, member)
        if isinstance(node, Choice):
            sides = (node.left, node.right, node.yes, node.no)
            return Choice(node.comparison, *(self.filled(p, equation, member) for p in sides))
        if not isinstance(node, Call):
            return node
        if FUNCTIONS[node.name].derivatives:
            parts = tuple(self.filled(part, equation, member) for part in node.arguments)
            return _simpler(Call(node.name, parts))
        group = next(
            operand
            for name in names(node)
            if isinstance(operand := equation.operands.get(name), list)
        )
        terms = [self.filled(node.arguments[0], equation, k) for k in range(len(group))]
        whole = over_terms(node.name, terms)
        # What all neurons of a group have in common is computed once.
        return self.hoist(node.name, whole) if equation.left.quantity in _OF_GROUPS else whole

    def hoist(self, function: str, whole: Node) -> Node:
        """Give what is computed once a line of its own; return its name."""
        text = self.source(whole)
        if text not in self.hoisted:
            self.hoisted[text] = self.symbols.of(function)
            self.line(f"{self.hoisted[text]} = {text}")
        return Name(self.hoisted[text])

    def operand(self, equation: Equation, node: Name, member: int) -> Node:
        """Return what stands for a name in the formula of an equation."""
        operand = equation.operands.get(node.name, CONSTANTS.get(node.name))
        if isinstance(operand, list):
            operand = operand[member]
        if isinstance(operand, Variable):
            if self.is_inline(operand):
                equation = self.equations.of(operand)
                is_product = operand.quantity in _PRODUCTS
                return self.product(equation) if is_product else self.tree(equation)
            if operand.quantity == "out" and operand.place in self.structure.bias_neurons:
                return Number(1.0)
            return Name(self.name(operand))
        return constant(operand) if isinstance(operand, float) else node


#: What stands inside the lines of others.
_PRODUCTS = ("message", "error_message", "own_gradient")
_INLINE = (
    *_PRODUCTS, "message_slope", "returned", "out_gradient", "slope", "loss", "total_error",
    "data_loss", "penalty", "penalty_gradient", "change", "step",
)  # fmt: skip
#: What neurons of a group compute together.
_OF_GROUPS = ("out", "loss", "delta")


def _simpler(node: Call) -> Node:
    """Leave out factors of 1, as of bias neurons; multiply a difference by itself to square it.

    Python takes as long for a power as for four products.
    """
    one, two = Number(1.0), Number(2.0)
    if node.name == "*" and one in node.arguments:
        left, right = node.arguments
        return right if left == one else left
    if node.name == "**" and node.arguments[1] == two and len(list(subtrees(node))) <= _SHORT:
        return Call("*", (node.arguments[0],) * 2)
    return node


#: So many parts has the square of a sum or difference of two numbers.
_SHORT = 5
