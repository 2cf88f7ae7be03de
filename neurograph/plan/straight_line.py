"""Straight-line engine: for small networks, the tutorial's algorithm as generated plain Python.

The generated function is the algorithm written out, one line a value, in the network's own
symbols: ``net_h1 = w1*i1 + w2*i2 + b_h1``. Weights live in local variables, and the loop over the
steps is inside. Names from a network are mapped to safe identifiers; nothing a user wrote is run.
"""

import keyword
import math
import re
from collections.abc import Callable, Iterable, Mapping, MutableSequence, Sequence
from functools import reduce
from itertools import chain

import numpy as np
from numpy.typing import NDArray

from neurograph.activations import GROUP_DELTA
from neurograph.columns import Column
from neurograph.formulas import Formula
from neurograph.formulas.functions import on_floats
from neurograph.losses import LOG_OUT, Loss
from neurograph.optimizers import Optimizer
from neurograph.plan.engine import Batch, Engine, Steps
from neurograph.structure import BIAS, Structure

__all__ = ["StraightLine", "can_be_straight", "source_of"]

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


def can_be_straight(structure: Structure, order: str, batch_size: int) -> bool:
    """Whether straight-line code can be generated for a network."""
    # In place, a gradient is needed of the whole batch before the errors go further back.
    return len(structure.filled) <= MOST_PARAMETERS and (order != "in_place" or batch_size == 1)


class StraightLine:
    """Runs generated plain Python; see `source_of` for how it reads.

    Numbers that plain Python refuses to compute with (overflow, division by zero) are left to
    another engine, which gives inf and nan for them.
    """

    name = "straight_line"

    def __init__(
        self,
        structure: Structure,
        loss: Loss,
        reduction: str,
        order: str,
        optimizer: Optimizer,
        *,
        labels: Column,
        careful: Engine,
    ) -> None:
        self.structure = structure
        self.optimizer = optimizer
        self.careful = careful
        self._kept = parameters_of(structure)
        self._changing = [slot for slot in self._kept if structure.trainable[slot]]
        self._made_of = (structure, loss, reduction, order, optimizer, labels)
        self._trains: dict[bool, Callable[..., Sequence[float]]] = {}

    def source(self, *, online: bool) -> str:
        """Return the generated function's source: see `source_of`."""
        return source_of(*self._made_of, online=online)

    def _train(self, *, online: bool) -> Callable[..., Sequence[float]]:
        if online not in self._trains:
            scope = {**_MATH, "__builtins__": {}, "len": len, "zip": zip}
            # Made of safe identifiers and of formulas that were read against a whitelist.
            exec(compile(self.source(online=online), "<straight line>", "exec"), scope)
            self._trains[online] = scope["train"]
        return self._trains[online]

    def steps(self, work: Steps) -> MutableSequence[float]:
        """Do some steps: see `Engine.steps`."""
        parameters, state, inputs, targets, batches, rates, first_step = work
        samples = [
            (*row, *wanted) for row, wanted in zip(inputs.tolist(), targets.tolist(), strict=True)
        ]
        taken = [_taken(samples, batch) for batch in batches]
        online = all(len(batch) == 1 for batch in taken)
        values = parameters[self._kept].tolist()
        for name in self.optimizer.state:
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
        real = not any(isinstance(number, complex) for number in (*errors, *changed))
        if not (real and math.isfinite(errors[-1])):
            return self.careful.steps(work)
        n, m = len(self._kept), len(self._changing)
        self._spread(parameters, self._kept, changed[:n])
        for number, name in enumerate(self.optimizer.state):
            self._spread(state[name], self._changing, changed[n + number * m :][:m])
        return errors

    def _spread(
        self, column: NDArray[np.float64], slots: list[int], values: Sequence[float]
    ) -> None:
        column[slots] = values
        for tied in self.structure.ties:
            column[tied] = column[tied[0]]


# math's functions raise where IEEE 754 has a flag, as those of `on_floats` do, and are faster.
_MATH = on_floats() | {
    name: getattr(math, name)
    for name in ("exp", "log", "log1p", "expm1", "sqrt", "tanh", "sinh", "cosh", "sin", "cos")
}


def _taken(samples: list[tuple[float, ...]], batch: Batch) -> list[tuple[float, ...]]:
    if isinstance(batch, slice):
        return samples[batch]
    return [samples[row] for row in batch]


class Symbols:
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


def source_of(
    structure: Structure,
    loss: Loss,
    reduction: str,
    order: str,
    optimizer: Optimizer,
    labels: Column,
    *,
    online: bool,
) -> str:
    """Return the source of a function that does the steps of training, as plain Python.

    Parameters
    ----------
    structure, loss, reduction, order, optimizer
        What is computed.
    labels : column
        The label of the connection in a slot, if it has one.
    online : bool
        Whether every batch is one sample; otherwise gradients are summed over the batch.

    Returns
    -------
    str
    """
    return _Writer(structure, loss, reduction, order, optimizer, labels, online).written()


class _Writer:
    """Writes one training function."""

    def __init__(
        self,
        structure: Structure,
        loss: Loss,
        reduction: str,
        order: str,
        optimizer: Optimizer,
        labels: Column,
        online: bool,
    ) -> None:
        self.structure = structure
        self.loss = loss
        self.reduction = reduction
        self.in_place = order == "in_place"
        self.optimizer = optimizer
        self.online = online
        self.lines: list[str] = []
        self.depth = 1
        names = structure.names
        symbols = Symbols([*_MATH, *_OWN, *optimizer.constants, *dict(optimizer.each_step)])
        self.parameter: dict[int, str] = {}
        for slot in structure.filled:
            first = structure.shared_slots(slot)[0]
            if first not in self.parameter:
                pre, post = structure.pre[first], names[structure.post[first]]
                self.parameter[first] = (
                    symbols.of("b", post)
                    if pre == BIAS
                    else symbols.of(*_called(labels, first, ("w", names[pre], post)))
                )
            self.parameter[slot] = self.parameter[first]
        self.kept = parameters_of(structure)
        self.changing = [slot for slot in self.kept if structure.trainable[slot]]
        self.gradient = {s: symbols.of("d", self.parameter[s]) for s in self.changing}
        self.memory = {
            (name, slot): symbols.of(name, self.parameter[slot])
            for name in optimizer.state
            for slot in self.changing
        }
        self.out = {row: symbols.of(names[row]) for row in structure.inputs}
        self.out |= dict.fromkeys(structure.bias_neurons, "1.0")
        self.net: dict[int, str] = {}
        self.delta: dict[int, str] = {}
        self.log_out: dict[int, str] = {}
        for row in chain(*structure.levels[1:]):
            self.net[row] = symbols.of("net", names[row])
            self.out[row] = symbols.of("out", names[row])
            self.delta[row] = symbols.of("delta", names[row])
        self.target = {row: symbols.of("target", names[row]) for row in structure.outputs}
        self.symbols = symbols

    def line(self, text: str) -> None:
        self.lines.append("    " * self.depth + text)

    def written(self) -> str:
        sample = ", ".join([*(self.out[j] for j in self.structure.inputs), *self.target.values()])
        everything = ", ".join([*(self.parameter[s] for s in self.kept), *self.memory.values()])
        self.lines.append("def train(values, batches, rates, step, note):")
        self.line(f"({everything},) = values")
        self.line("for batch, learning_rate in zip(batches, rates):")
        self.depth += 1
        for name, formula in self.optimizer.each_step:
            self.line(f"{name} = {self.with_constants(formula, {})}")
        if self.online:
            self.line(f"(({sample},),) = batch")
            self.forward()
            self.error("=")
            self.stop_if_not_finite()
            self.backward()
        else:
            self.line("error = 0.0")
            for gradient in self.gradient.values():
                self.line(f"{gradient} = 0.0")
            self.line(f"for {sample}, in batch:")
            self.depth += 1
            self.forward()
            self.error("+=")
            self.backward()
            self.depth -= 1
            if self.reduction == "mean":
                self.line("n = len(batch)")
                self.line("error = error / n")
            self.stop_if_not_finite()
        if not self.in_place:
            self.line("# update")
            for slot in self.changing:
                self.update(slot)
        self.line("step += 1.0")
        self.depth -= 1
        self.line(f"return ({everything},)")
        return "\n".join(self.lines) + "\n"

    def stop_if_not_finite(self) -> None:
        self.line("note(error)")
        self.line("if error - error != 0.0:")
        self.line("    break")

    def forward(self) -> None:
        self.line("# forward")
        for group in chain(*self.structure.groups):
            for j in group:
                terms = [
                    self.parameter[c]
                    if i in self.structure.bias_neurons
                    else f"{self.parameter[c]}*{self.out[i]}"
                    for c, i in self.structure.incoming[j]
                ]
                if j in self.structure.bias_slot:
                    terms.append(self.parameter[self.structure.bias_slot[j]])
                self.line(f"{self.net[j]} = {' + '.join(terms)}")
            activation = self.structure.activations[group[0]]
            if activation.group:
                largest = self.symbols.of("largest")
                # In formulas max is of two.
                self.line(f"{largest} = {reduce('max({}, {})'.format, map(self.net.get, group))}")
                nets = []
                for j in group:
                    nets.append({"net": self.symbols.of("measured", self.structure.names[j])})
                    self.line(f"{nets[-1]['net']} = {self.net[j]} - {largest}")
                self.assign(activation.formula, [self.out[j] for j in group], nets)
                if activation.name in self.loss.joint and self.target.keys() & set(group):
                    for j in group:
                        self.log_out[j] = self.symbols.of("log_out", self.structure.names[j])
                    self.assign(LOG_OUT, [self.log_out[j] for j in group], nets)
            else:
                (j,) = group
                self.line(f"{self.out[j]} = {activation.formula.source({'net': self.net[j]})}")

    def assign(
        self, formula: Formula, symbols: Sequence[str], names: Sequence[Mapping[str, str]]
    ) -> None:
        """Write a formula for every neuron of a group, each sum over the group once."""
        totals: dict[str, str] = {}
        each, summands = formula.split()
        for name, summand in summands.items():
            totals[name] = self.symbols.of("total")
            terms = " + ".join(f"({summand.source(own)})" for own in names)
            self.line(f"{totals[name]} = {terms}")
        for symbol, own in zip(symbols, names, strict=True):
            self.line(f"{symbol} = {each.source({**own, **totals})}")

    def error(self, operator: str) -> None:
        shares = [self.share(j) for j in self.target]
        self.line("# error")
        self.line(f"error {operator} {' + '.join(f'({share})' for share in shares)}")

    def share(self, j: int) -> str:
        """Return an output's share of the loss, as source."""
        joint = self.loss.joint.get(self.structure.activations[j].name)
        names = {"target": self.target[j], "out": self.out[j], "n": self.count()}
        if joint is None:
            return self.loss.formula.source(names)
        # As in `Joint.value`.
        names |= {"net": self.log_out.get(j, self.net[j]), "log_total": "0.0"}
        return joint.value_formula.source(names)

    def count(self) -> str:
        return f"{float(len(self.structure.outputs))!r}"

    def backward(self) -> None:
        self.line("# backward")
        arrived: dict[int, list[str]] = {}
        for level in reversed(self.structure.groups):
            for group in level:
                self.deltas(group)
                for j in group:
                    self.gradients(j, arrived)

    def deltas(self, group: tuple[int, ...]) -> None:
        activation = self.structure.activations[group[0]]
        joint = self.loss.joint.get(activation.name)
        at_once = joint is not None and all(j in self.target for j in group)
        back = [self.came_back(j, with_loss=not at_once) for j in group]
        if activation.group:
            sent = [self.symbols.of("sent_back", self.structure.names[j]) for j in group]
            if any(back):
                for symbol, sum_of_back in zip(sent, back, strict=True):
                    self.line(f"{symbol} = {sum_of_back or '0.0'}")
                names = [
                    {"out": self.out[j], "out_gradient": symbol}
                    for j, symbol in zip(group, sent, strict=True)
                ]
                self.assign(GROUP_DELTA, [self.delta[j] for j in group], names)
        elif back[0]:
            (j,) = group
            slope = activation.derivative.source({"net": self.net[j], "out": self.out[j]})
            product = f"({back[0]})" if slope == "1.0" else f"({slope})*({back[0]})"
            self.line(f"{self.delta[j]} = {product}")
        if joint is not None and at_once:
            names = [{"out": self.out[j], "target": self.target[j]} for j in group]
            symbols = [self.symbols.of("of_loss", self.structure.names[j]) for j in group]
            self.assign(joint.delta_formula, symbols, names)
            for j, symbol in zip(group, symbols, strict=True):
                self.line(f"{self.delta[j]} {'+=' if any(back) else '='} {symbol}")
        elif not any(back):
            for j in group:
                self.line(f"{self.delta[j]} = 0.0")

    def came_back(self, j: int, *, with_loss: bool) -> str:
        """Return the sum of what reaches a neuron from behind, as source; empty for nothing."""
        terms = [f"{self.parameter[c]}*{self.delta[k]}" for c, k in self.structure.outgoing[j]]
        if with_loss and j in self.target:
            names = {"target": self.target[j], "out": self.out[j], "n": self.count()}
            slope = self.loss.derivative.source(names)
            terms.insert(0, f"({slope})" if terms else slope)
        return " + ".join(terms)

    def gradients(self, j: int, arrived: dict[int, list[str]]) -> None:
        shares = [(c, f"{self.delta[j]}*{self.out[i]}") for c, i in self.structure.incoming[j]]
        if j in self.structure.bias_slot:
            shares.append((self.structure.bias_slot[j], self.delta[j]))
        for slot, share in shares:
            slots = self.structure.shared_slots(slot)
            if slots[0] not in self.gradient:
                continue
            so_far = arrived.setdefault(slots[0], [])
            so_far.append(share)
            if len(so_far) == len(slots):
                operator = "=" if self.online else "+="
                self.line(f"{self.gradient[slots[0]]} {operator} {' + '.join(so_far)}")
                if self.in_place:
                    self.update(slots[0])

    def update(self, slot: int) -> None:
        """Write the optimiser's equations for one parameter."""
        gradient = self.gradient[slot]
        if not self.online and self.reduction == "mean":
            gradient = f"({gradient} / n)"
        names = {"parameter": self.parameter[slot], "gradient": gradient}
        names |= {name: self.memory[name, slot] for name in self.optimizer.state}
        for name, formula in self.optimizer.rules:
            self.line(f"{names[name]} = {self.with_constants(formula, names)}")

    def with_constants(self, formula: Formula, names: Mapping[str, str]) -> str:
        constants = {name: repr(value) for name, value in self.optimizer.constants.items()}
        return formula.source({**constants, **names})


#: Names that the generated function uses itself.
_OWN = (
    *("batch", "batches", "error", "learning_rate", "len", "max", "n", "note", "rates", "step"),
    *("train", "values", "zip"),
)
