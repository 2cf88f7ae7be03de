"""The centre: how every number of a round follows from others, and in which order.

A round is forward, loss, backward, update. In the words of the tutorials::

    net_j   = sum_i w_ij * out_i + bias_j           out_j     = f(net_j)
    delta_j = f'(net_j) * sum_k w_jk * delta_k      dE/dw_ij  = delta_j * out_i
    change  = -learning_rate * dE/dw                w+        = w + change

after Rumelhart, Hinton and Williams, "Learning representations by back-propagating errors"
(Nature 323, 1986). `Equations` answers two questions about a network of any shape: what is this
number computed from (`Equations.of`), and in which order is all of it computed
(`Equations.forward`, `losses`, `backward`, `update`). An equation is made when it is asked for.

Everything at the level of objects reads these equations: the passes compute them, traces keep
them, explanations show them, the straight-line engine prints them. A special case (a softmax, a
loss and an activation that cancel, a shared or frozen parameter, a bias neuron, another combine
rule, a mask) is decided here and nowhere else.
"""

from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from functools import cached_property, lru_cache
from itertools import chain
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from neurograph.activations import GROUP_DELTA, Activation
from neurograph.display import Brief
from neurograph.errors import InvalidValueError
from neurograph.formulas import Formula, Group
from neurograph.formulas.tree import constant, replaced
from neurograph.losses import Joint, Loss
from neurograph.optimizers import CHANGE, DECAY, GRADIENT_DESCENT, Optimizer
from neurograph.quantities import QUANTITIES
from neurograph.records import record
from neurograph.structure import BIAS, EMPTY, Structure
from neurograph.terms import SLOPES, USUAL_TERMS, Penalty, Terms, turned_optimizer

__all__ = [
    "DEFAULTS",
    "ORDERS",
    "REDUCTIONS",
    "Counting",
    "Equation",
    "Equations",
    "Operand",
    "Round",
    "Variable",
]


class Variable(NamedTuple):
    """One number of a network: a quantity and its place.

    Attributes
    ----------
    quantity : str
        A name of `neurograph.quantities.QUANTITIES`; ``"earlier_"`` before the name of something
        an optimiser remembers is what it was before this update.
    place : int
        Row of a neuron, slot of a connection or parameter; -1 for what the network has once.
    sample : int, optional
        Which sample of a batch, counted from 1; `None` for all of them at once.
    """

    quantity: str
    place: int = -1
    sample: int | None = None


#: What stands for a name in a formula: a variable, several of them (the neurons of a group, the
#: messages to a neuron), or a constant.
Operand = Variable | list[Variable | float] | float
#: A function of floats, and which variables it takes in which order.
OnFloats = tuple[Callable[..., Any], list[Variable]]


def variables(quantity: str, places: Iterable[int]) -> list[Variable | float]:
    """Return a quantity at several places: what a formula takes a sum over, say."""
    return [Variable(quantity, place) for place in places]


class Counting(NamedTuple):
    """How often each sample counts in a sum or a mean over samples, and by what it is divided.

    Attributes
    ----------
    sample : int
        One that counts so many times, counted from 1; 0 for none.
    times : float
    divisor : float, optional
        By what the sum is divided; else by what it is anyway.
    """

    sample: int = 0
    times: float = 1.0
    divisor: float | None = None

    def factors(self, n_samples: int, over_samples: str) -> Any:
        """Return by what each sample is multiplied before the sum or the mean: ``(n_samples,)``.

        Examples
        --------
        >>> Counting(sample=2, times=0.0, divisor=2.0).factors(3, "mean")
        array([1.5, 0. , 1.5])
        """
        factors = np.ones(n_samples)
        if 1 <= self.sample <= n_samples:
            factors[self.sample - 1] = self.times
        if self.divisor is not None:
            factors *= (n_samples if over_samples == "mean" else 1.0) / self.divisor
        return factors


@dataclass(eq=False, slots=True, repr=False)
class Equation(Brief):
    """How one number follows from others.

    Attributes
    ----------
    left : Variable
        What is computed.
    phase : str
        ``"forward"``, ``"backward"`` or ``"update"``; empty for what is set.
    formula : Formula or None
        As a tutorial writes it; nothing for a number that is given.
    operands : mapping of str to Operand
        What stands for each name in the formula.
    member : int
        Which neuron of the group is meant, where a formula computes a value for each.
    over_samples : {"", "mean", "sum"}
        What is taken of the values of all samples of a batch; nothing where each has its own.
    counting : Counting, optional
        How often each of them counts there, where not once.
    stable : Formula or None
        The same as floats compute it without overflow or loss of digits, where that differs.
    written : function, optional
        What is written down of the value, as by one who rounds every product.
    given : tuple of Variable and float, optional
        Of a number that is given: what is taken for it, with a factor.
    """

    left: Variable
    phase: str
    formula: Formula | None = None
    operands: Mapping[str, Operand] = field(default_factory=dict)
    member: int = 0
    over_samples: str = ""
    stable: Formula | None = None
    written: Callable[[Any], Any] | None = None
    given: tuple[Variable, float] | None = None
    counting: Counting | None = None
    _on_floats: OnFloats | None = field(default=None, init=False, repr=False)

    def is_like(self, other: "Equation") -> bool:
        """Whether another reads the same, whatever is done with the digits that come out."""
        texts = [its.formula and its.formula.text for its in (self, other)]
        mine, its = ((e.operands, e.given, e.over_samples, e.counting) for e in (self, other))
        return texts[0] == texts[1] and mine == its

    @property
    def variables(self) -> list[Variable]:
        """What it is computed from, in the order of the operands; constants are left out."""
        found: dict[Variable, None] = {}
        for operand in self.operands.values():
            if isinstance(operand, Variable):
                found[operand] = None
            elif isinstance(operand, list):
                found.update((part, None) for part in operand if isinstance(part, Variable))
        return list(found)

    def value(
        self,
        value_of: Callable[[Operand], Any],
        n_samples: int | None = None,
        *,
        altered: bool = False,
    ) -> Any:
        """Return the number, or that of each sample of a batch.

        Parameters
        ----------
        value_of : callable
            Gives the value of an operand; of several variables a `Group`.
        n_samples : int, optional
            Of a batch, shape ``(n_samples,)``; without it values are numbers.
        altered : bool
            Whether an operand may be another number than its own equation gives, as one that was
            rounded: then it counts, and what it was computed from does not.

        Returns
        -------
        float or ndarray of shape (n_samples,)
        """
        formula = self.stable or self.formula
        assert formula is not None, self.left
        value = self._of_member(formula, value_of, n_samples)
        stated = self.formula
        if altered and stated is not None and {*stated.variables} != {*formula.variables}:
            # The stable form goes past the operand that was altered, to what it came from.
            as_stated = self._of_member(stated, value_of, n_samples)
            value = np.where(np.isfinite(as_stated), as_stated, value)
        if n_samples is None:
            return np.asarray(value).item()
        if self.over_samples:
            values = self.counted(np.full(n_samples, value))
            value = values.mean() if self.over_samples == "mean" else values.sum()
        if self.over_samples or self.is_of_all_samples:
            return np.asarray(value).item()
        return np.full(n_samples, value)

    def counted(self, values: Any) -> Any:
        """Return the values of samples, shape (n_samples,), each as often as it counts."""
        if self.counting is None:
            return values
        return values * self.counting.factors(len(values), self.over_samples)

    def _of_member(
        self, formula: Formula, value_of: Callable[[Operand], Any], n_samples: int | None
    ) -> Any:
        # Numbers, or (n_samples,) of a batch; of a group (n_members,) or (n_members, n_samples).
        operands = {name: value_of(self.operands[name]) for name in formula.variables}
        if n_samples is not None:
            for name, numbers in operands.items():
                if isinstance(numbers, Group) and numbers and not any(map(np.ndim, numbers)):
                    operands[name] = np.reshape(numbers, (-1, 1))  # masks: (n_members, 1)
        value = formula(**operands)
        # Of several neurons, where the formula has a value for each of a group.
        return value[self.member] if np.ndim(value) > (n_samples is not None) else value

    @property
    def is_of_all_samples(self) -> bool:
        """Whether there is one number for all the samples of a batch."""
        row = QUANTITIES.get(self.left.quantity)
        return self.phase == "update" or (row is not None and row.owner in ("parameter", "network"))

    @property
    def on_floats(self) -> OnFloats:
        """A fast function of floats that computes it, if there is one, and its arguments."""
        if self._on_floats is None:
            self._on_floats = self._find_on_floats()
        return self._on_floats

    def _find_on_floats(self) -> OnFloats:
        # Compiled once with its constants in place: a network of one activation has few formulas.
        formula = self.stable or self.formula
        if formula is None:
            return _no_floats, []
        numbers = {k: v for k, v in self.operands.items() if isinstance(v, float)}
        if numbers:
            formula = _with_numbers(formula, tuple(sorted(numbers.items())))
        arguments: list[Variable] = []
        counts: list[int | None] = []
        for name in formula.variables:
            operand = self.operands[name]
            if isinstance(operand, Variable):
                arguments.append(operand)
                counts.append(None)
            elif isinstance(operand, list):
                arguments += [part for part in operand if isinstance(part, Variable)]
                counts.append(len(operand))
        if len(arguments) < sum(1 if count is None else count for count in counts):
            return _no_floats, []  # a group with constants in it
        return formula.on_floats(*counts) or _no_floats, arguments


def _no_floats(*numbers: float) -> float:
    """Stand for the fast function of an equation that has none."""
    raise TypeError


@lru_cache(maxsize=1024)
def _with_numbers(formula: Formula, numbers: tuple[tuple[str, float], ...]) -> Formula:
    places = {name: constant(value) for name, value in numbers if name in formula.variables}
    return Formula.of(replaced(formula.tree, places), formula)


#: Gives the equation that stands for another.
Rewriting = Callable[[Equation], Equation]

#: When parameters change: after the backward pass, or each as soon as its gradient is known.
ORDERS = ("simultaneous", "in_place")
#: What the total error of a batch is over its samples.
REDUCTIONS = ("mean", "sum")
#: What a network computes where nobody stated something else.
DEFAULTS: dict[str, Any] = {
    "loss": "half_squared_error", "reduction": "mean", **asdict(USUAL_TERMS)
}  # fmt: skip

NOTHING = Formula("0", [])


@record(eq=False)
class Round(Brief):
    """What a round is made of: all that decides its equations.

    Parameters
    ----------
    structure : Structure
    loss : Loss
    reduction : {"mean", "sum"}
        What the total error of a batch is over its samples.
    order : {"simultaneous", "in_place"}
        Whether parameters change after the backward pass, or each as soon as its gradient is
        known, so that errors further back are computed with weights that have already changed.
    optimizer : Optimizer
    slope : {"derivative", "one", "one_at_outputs"}
        What is taken for f'.
    penalty : Penalty, optional
        What is added to the error for the size of the weights.
    turned : bool
        Whether loss and optimiser are such that deltas have the sign of target - out.
    rewriting : function of an Equation, optional
        Gives the equation that stands for one of the rules, or that itself.
    edits : optional
        What was changed in the round, which tells it from others.
    """

    structure: Structure
    loss: Loss
    reduction: str = "mean"
    order: str = "simultaneous"
    optimizer: Optimizer = GRADIENT_DESCENT
    slope: str = SLOPES[0]
    penalty: Penalty | None = None
    turned: bool = False
    rewriting: Rewriting | None = None
    edits: Hashable = None

    def on(self, terms: Terms) -> "Round":
        """Return the round, which has none yet, on the terms of a source."""
        if terms == USUAL_TERMS:
            return self
        stated = replace(self, slope=terms.slope, penalty=terms.penalty, turned=terms.turned)
        if not terms.turned:
            return stated
        return replace(stated, loss=self.loss.turned, optimizer=turned_optimizer(self.optimizer))

    @property
    def key(self) -> Hashable:
        """What tells it from other rounds of the same structure."""
        # Its name alone does not tell a loss from one that was defined anew.
        loss = self.loss.name, self.loss.formula, self.loss.derivative
        terms = self.slope, self.penalty, self.turned, self.edits
        return *loss, self.reduction, self.order, self.optimizer, *terms

    @property
    def is_plain(self) -> bool:
        """Whether a group of neurons follows the rules of all: no edits, every net a sum."""
        return self.rewriting is None and self.structure.is_plain

    @cached_property
    def activations(self) -> Sequence[Activation]:
        """By row, f with the slope that is taken of it."""
        structure = self.structure
        if self.slope == SLOPES[0]:
            return structure.activations
        return [
            activation.with_slope_one
            if self.slope == "one" or structure.is_output[row]
            else activation
            for row, activation in enumerate(structure.activations)
        ]

    @cached_property
    def penalised(self) -> list[int]:
        """The slots whose weights the penalty counts, of a shared one all its places."""
        penalty = self.penalty
        if penalty is None or not penalty.constants:
            return []
        spared = frozenset[int]() if penalty.biases else self._biases
        return [slot for slot in self.structure.filled if slot not in spared]

    @property
    def penalty_constants(self) -> Mapping[str, float]:
        """The constants of the penalty, by name, where it counts a weight."""
        return self.penalty.constants if self.penalty and self.penalised else {}

    @cached_property
    def _biases(self) -> frozenset[int]:
        """The slots of parameters that are biases at all their places."""
        structure = self.structure
        constant = {BIAS, *structure.bias_neurons}
        biases = {slot for slot in structure.filled if int(structure.pre[slot]) in constant}
        return frozenset(slot for slot in biases if biases.issuperset(structure.shared_slots(slot)))

    @cached_property
    def spared(self) -> frozenset[int]:
        """The slots of the biases that a weight decay spares."""
        return self._biases if self.optimizer.spares_biases else frozenset()

    @cached_property
    def decays(self) -> dict[str, NDArray[np.float64]]:
        """The weight decay by slot, under its name; nothing where it is one number for all."""
        if not self.spared:
            return {}
        column = np.full(len(self.structure.pre), self.optimizer.constants[DECAY])
        column[[*self.spared]] = 0.0
        return {DECAY: column}

    @cached_property
    def stuck(self) -> str:
        """Why no round can change a parameter; nothing where one can."""
        structure = self.structure
        if not structure.has_trainable:
            return "nothing can change: no weight and no bias is trainable"
        if self.penalised:
            return ""
        reached = np.array(structure.is_output, dtype=bool)
        moves = np.zeros(len(reached), dtype=bool)  # with an influence that a backward pass sees
        for block in reversed(structure.blocks):
            for row in block.rows:
                joint = self.loss.joint.get(self.activations[row].name) and structure.is_output[row]
                slope = joint or self.activations[row].derivative != NOTHING
                moves[row] = bool(reached[row] and slope)
            pre, into = structure.pre[block.slots], moves[structure.post[block.slots]]
            if (structure.trainable[block.slots] & into & (pre != EMPTY)).any():
                return ""
            reached[pre[into & (pre >= 0)]] = True
        return (
            "nothing can change: between every trainable parameter and the error a slope is 0;"
            " slope = 'one' takes 1 for it"
        )

    @cached_property
    def penalised_once(self) -> list[int]:
        """One slot for each weight that the penalty counts."""
        return [slot for slot in self.penalised if slot == self.structure.shared_slots(slot)[0]]


SUM = Formula("a + b", ["a", "b"])
SETTLED = Formula("settled(a, b)", ["a", "b"])
# 1 for weights that are 0 but for the rounding of their changes.
MESSAGES_SIZE = Formula("1 + total(abs(message))", ["message"])
NET_SIZE = Formula("1 + total(abs(message)) + abs(bias)", ["message", "bias"])
MASKED = Formula("mask * out", ["mask", "out"])
MESSAGE = Formula("weight * out", ["weight", "out"])
TOTAL_ERROR = Formula("total(loss)", ["loss"])
PENALISED_ERROR = Formula("data_loss + penalty", ["data_loss", "penalty"])
PENALISED_GRADIENT = Formula(
    "data_gradient + penalty_gradient", ["data_gradient", "penalty_gradient"]
)
PER_SAMPLE = Formula("whole / n_samples", ["whole", "n_samples"])
#: Where the combine rule of post is a sum, and where its slope by one message is not 1.
ERROR_MESSAGE = Formula("delta * weight", ["weight", "delta"])
SCALED_ERROR_MESSAGE = Formula(
    "delta * message_slope * weight", ["weight", "delta", "message_slope"]
)
RETURNED = Formula("total(error_message)", ["error_message"])
DELTA = Formula("out_gradient * slope", ["slope", "out_gradient"])
#: Of a weight, of one into a neuron that does not add up, of a bias, and of a shared parameter.
GRADIENT = Formula("delta * out", ["delta", "out"])
SCALED_GRADIENT = Formula("delta * message_slope * out", ["delta", "out", "message_slope"])
BIAS_GRADIENT = Formula("delta", ["delta"])
SHARED_GRADIENT = Formula("total(own_gradient)", ["own_gradient"])
NEW_WEIGHT = Formula("weight + change", ["weight", "change"])
KEPT = Formula("weight", ["weight"])
#: d2E/dw2 of what is used once: how its gradient changes, which is linear in delta.
CURVATURES = {
    formula: formula.filled(delta=Formula("delta_tangent", ["delta_tangent"]))
    for formula in (GRADIENT, SCALED_GRADIENT, BIAS_GRADIENT)
}
GAUSS_NEWTON = Formula("total(loss_curvature * out_tangent**2)", ["loss_curvature", "out_tangent"])
ONE = Formula("1", [])
DIFFERENCE = Formula("target - out", ["target", "out"])
SHARES = Formula("total(share)", ["share"])
SHARE = Formula("error * weight", ["error", "weight"])
NORMALISED_SHARE = Formula("error * weight / total(weights)", ["error", "weight", "weights"])
_OUT_GRADIENT, _RETURNED = (Formula(name, [name]) for name in ("out_gradient", "returned"))


class Equations(Brief):
    """The equations of one round of a network.

    Parameters
    ----------
    of_round : Round
    updates : bool
        Whether the round changes parameters; only then can it do so in place.
    pinned : set of Variable
        Nets and outs that are given, in the place of what they would be computed from.

    Examples
    --------
    >>> import neurograph as ng
    >>> from neurograph.equations import Equations, Round, Variable
    >>> from neurograph.losses import get_loss
    >>> net = ng.Network.layered(2, 1, weights=0.5, bias=0.35)
    >>> equations = Equations(Round(net.structure, get_loss("half_squared_error")))
    >>> equation = equations.of(Variable("net", 2))
    >>> equation.formula
    Formula('total(message) + bias')
    >>> equation.operands["message"]
    [Variable(quantity='message', place=0, ...), Variable(quantity='message', place=1, ...)]
    >>> [equation.left.quantity for equation in equations.forward()]
    ['out', 'out', 'message', 'message', 'net', 'out']
    """

    def __init__(
        self,
        of_round: Round,
        *,
        updates: bool = True,
        pinned: frozenset[Variable] = frozenset(),
    ) -> None:
        self.round = of_round
        self.pinned = pinned
        self.structure = of_round.structure
        self.activations = of_round.activations
        self.penalised = frozenset(of_round.penalised)
        self.in_place = updates and of_round.order == "in_place"
        self._kept: dict[str, list[Equation]] = {}

    def of(self, variable: Variable) -> Equation:
        """Return what a number is computed from.

        Parameters
        ----------
        variable : Variable

        Returns
        -------
        Equation
            Without a formula for what is given: parameters, targets, inputs, what an optimiser
            remembers from before.
        """
        quantity, place, _ = variable
        if self.pinned and variable[:2] in self._pinned_places:
            return Equation(Variable(quantity, place), "forward")
        equation = self.by_rule(variable)
        return equation if self.round.rewriting is None else self.round.rewriting(equation)

    def by_rule(self, variable: Variable) -> Equation:
        """Return what a number would be computed from, were no equation rewritten."""
        quantity, place, _ = variable
        if quantity in _RULES:
            return _RULES[quantity](self, place)
        if quantity in dict(self.round.optimizer.equations):
            return _remembered(self, quantity, place)
        if quantity in dict(self.round.optimizer.each_step):
            return _each_step(self, quantity)
        return Equation(variable, "")

    def phase(self, name: str) -> Iterable[Equation]:
        """Return the equations of one phase in their order; of a small network they are kept.

        Parameters
        ----------
        name : {"forward", "losses", "backward", "update"}
        """
        if name not in self._kept:
            equations = _PHASES[name](self)
            if self.structure.n_parameters > _SMALL:
                return equations
            self._kept[name] = list(equations)
        return self._kept[name]

    def whole_step(self) -> Iterator[Equation]:
        """Yield the equations of a step of training: in place, its backward pass is the update."""
        phases = ("forward", "losses", "backward", "update")
        return chain.from_iterable(map(self.phase, phases[:3] if self.in_place else phases))

    @cached_property
    def _pinned_places(self) -> frozenset[tuple[str, int]]:
        return frozenset((quantity, place) for quantity, place, _ in self.pinned)

    # -- the order of a round ------------------------------------------------------------------

    def forward(self) -> Iterator[Equation]:
        """Yield the forward pass: messages, net and out of every neuron, level by level."""
        for equation in self._rewritten(self._forward()):
            yield self.of(equation.left) if equation.left in self.pinned else equation

    def _rewritten(self, equations: Iterator[Equation]) -> Iterator[Equation]:
        """Yield equations as the round has them, each after those that it needs then."""
        rewriting = self.round.rewriting
        if rewriting is None:
            yield from equations
        else:
            yield from _in_order(list(map(rewriting, equations)))

    def _forward(self) -> Iterator[Equation]:
        structure = self.structure
        for row in chain(structure.bias_neurons, structure.inputs):
            yield _out(self, row)
        for group in chain(*structure.groups):
            for row in group:
                for slot, _ in structure.incoming[row]:
                    yield _message(self, slot)
                yield _net(self, row)
            for row in group:
                if row in structure.masks:
                    yield _activated(self, row)
                yield _out(self, row)

    def losses(self) -> Iterator[Equation]:
        """Yield the comparison of the outputs with their targets."""
        return self._rewritten(self._losses())

    def _losses(self) -> Iterator[Equation]:
        for row in self.structure.outputs:
            yield _target(self, row)
        for row in self.structure.outputs:
            yield _loss(self, row)
        if self.round.penalised:
            yield _data_loss(self)
            yield _penalty(self)
        yield _total_error(self)

    def backward(self) -> Iterator[Equation]:
        """Yield the backward pass: error messages, deltas and gradients, from the last level.

        In place, each parameter changes as soon as its gradient is known.
        """
        return self._rewritten(self._backward())

    def _backward(self) -> Iterator[Equation]:
        structure = self.structure
        # By tie, how many of its places are still to come: the gradient is their sum.
        waiting = [len(slots) for slots in structure.ties]
        if self.in_place:
            yield from self.each_steps()
        for group in chain(*reversed(structure.groups)):
            for row in group:
                yield from self._sent_back(row)
            yield from self.deltas(group)
            for row in group:
                if not self.is_sum(row):
                    for slot, _ in structure.incoming[row]:
                        yield _message_slope(self, slot)
                for slot in structure.parameters_into(row):
                    yield from self._gradients(slot, waiting)
        for row in structure.levels[0]:
            yield from self._sent_back(row)

    def deltas(self, group: Sequence[int]) -> Iterator[Equation]:
        """Yield the deltas of neurons that are computed together, and what only these need."""
        for row in group:
            if not self.activations[row].couples_deltas:
                yield _slope(self, row)
        if self.joint(group[0]) is not None and self.goes_on(group[0]):
            for row in group:
                yield _returned(self, row)
        for row in group:
            yield _delta(self, row)

    def _sent_back(self, row: int) -> Iterator[Equation]:
        for slot, _ in self.structure.outgoing[row]:
            yield _error_message(self, slot)
        yield _out_gradient(self, row)

    def _gradients(self, slot: int, waiting: list[int]) -> Iterator[Equation]:
        """Yield the gradient of a parameter; of a shared one when its last part is known."""
        complete: Sequence[int] = (slot,)
        tie = self.structure.tie_of.get(slot)
        if tie is not None:
            yield _own_gradient(self, slot)
            waiting[tie] -= 1
            complete = () if waiting[tie] else self.structure.ties[tie]
        for member in complete:
            if member in self.penalised:
                yield _data_gradient(self, member)
                yield _penalty_gradient(self, member)
            yield _gradient(self, member)
            if self.in_place:
                yield from self.change(member)

    def update(self) -> Iterator[Equation]:
        """Yield the update of every trainable parameter."""
        return self._rewritten(self._update())

    def _update(self) -> Iterator[Equation]:
        yield from self.each_steps()
        for slot in self.structure.filled:
            yield from self.change(slot)

    def each_steps(self) -> Iterator[Equation]:
        """Yield what an optimiser computes once a step, for all parameters."""
        for name, _ in self.round.optimizer.each_step:
            yield _each_step(self, name)

    def change(self, slot: int) -> Iterator[Equation]:
        """Yield the update of one parameter: what is remembered, its change, its new value."""
        if self.structure.trainable[slot]:
            for name, _ in self.round.optimizer.equations:
                yield _remembered(self, name, slot)
            yield _step(self, slot)
            yield _new_weight(self, slot)

    def attribution(self, *, normalised: bool = True) -> Iterator[Equation]:
        """Yield the errors shared out in proportion to weights, from the outputs back.

        This is no gradient: neither the slope of a neuron nor what it sends plays a part
        (T. Rashid, "Make Your Own Neural Network", 2016, has it without the denominator).

        Parameters
        ----------
        normalised : bool
            Whether shares are divided by the sum of the weights into the neuron.
        """
        return self._rewritten(self._attribution(normalised))

    def _attribution(self, normalised: bool) -> Iterator[Equation]:
        structure = self.structure
        given = [(row,) for row in structure.levels[0]]
        for row in chain(*chain(*reversed(structure.groups), given)):
            yield _error(self, row)
            for slot, _ in structure.incoming[row]:
                yield _share(self, slot, normalised=normalised)

    def curvatures(self) -> Iterator[Equation]:
        """Yield the second derivatives by every parameter, which are no part of a round."""
        structure, n = self.structure, len(self.structure.outputs)
        for row in structure.outputs:
            yield _loss_curvature(self, row)
        for slot in structure.filled:
            yield _delta_tangent(self, slot)
            for place in range(slot * n, (slot + 1) * n):
                yield _out_tangent(self, place)
            yield _curvature(self, slot)
            yield _gauss_newton(self, slot)

    def delta_by_chain_rule(self, row: int) -> Equation:
        """Return a delta as dE/dout times the slope, even where a joint rule is shorter."""
        return _delta(self, row, by_chain_rule=True)

    # -- special cases, decided once -----------------------------------------------------------

    def is_sum(self, row: int) -> bool:
        """Whether a neuron adds up its messages, so that each has the slope 1."""
        return self.structure.combinations[row].name == "sum"

    def joint(self, row: int) -> Joint | None:
        """Return the rule of loss and activation taken together that a delta follows, if any.

        Not where a mask stands between the activation and the out that the loss sees, or where a
        neuron of the group is no output, or where 1 is taken for the slope.
        """
        structure = self.structure
        joint = self.joint_loss(row)
        if joint is None or self.activations[row] is not structure.activations[row]:
            return None
        group = structure.group_of(row)
        masked = any(member in structure.masks for member in group)
        return joint if not masked and self.outputs.issuperset(group) else None

    def joint_loss(self, row: int) -> Joint | None:
        """Return the rule by which an output's share of the loss follows from nets, if any."""
        if row in self.structure.masks:
            return None
        return self.round.loss.joint.get(self.structure.activations[row].name)

    def goes_on(self, row: int) -> bool:
        """Whether a neuron, or another of its group, has outgoing connections."""
        structure = self.structure
        return any(structure.feeds_onward[member] for member in structure.group_of(row))

    @cached_property
    def outputs(self) -> frozenset[int]:
        """The rows of the outputs."""
        return frozenset(self.structure.outputs)

    @cached_property
    def _turn(self) -> dict[int, int]:
        """By row, when the backward pass comes to a neuron."""
        groups = chain(*reversed(self.structure.groups), [tuple(self.structure.levels[0])])
        return {row: number for number, group in enumerate(groups) for row in group}

    def weight_sent_back(self, slot: int) -> Variable:
        """Return the weight that an error message is sent through: in place, the changed one."""
        structure = self.structure
        if self.in_place and structure.trainable[slot]:
            # A shared weight changes when the last of its places has been reached.
            posts = [int(structure.post[member]) for member in structure.shared_slots(slot)]
            changed = max(self._turn[post] for post in posts)
            if self._turn[int(structure.pre[slot])] > changed:
                return Variable("new_weight", slot)
        return Variable("weight", slot)


_PHASES: dict[str, Callable[[Equations], Iterator[Equation]]] = {
    "forward": Equations.forward,
    "losses": Equations.losses,
    "backward": Equations.backward,
    "update": Equations.update,
}


def _in_order(equations: Sequence[Equation]) -> Iterator[Equation]:
    """Yield equations in their order, but for those that an earlier one of them needs.

    Raises
    ------
    InvalidValueError
        If two numbers are each made of the other.
    """
    waiting = {equation.left: equation for equation in equations}
    for equation in equations:
        needed = [equation]
        while needed:
            last = needed[-1]
            ahead = [waiting[v] for v in last.variables if v in waiting and v != last.left]
            if not ahead or last.left not in waiting:
                needed.pop()
                if waiting.pop(last.left, None) is not None:
                    yield last
            elif ahead[0] in needed:
                both = " and ".join(f"{its.left.quantity}" for its in (last, ahead[0]))
                raise InvalidValueError(
                    f"under these edits there is no order to compute in: {both} need each other"
                )
            else:
                needed.append(ahead[0])


#: The equations of a network of more parameters are made anew for each round: they take room.
_SMALL = 2000


# -- the rules, a function a quantity, in the order of the page --------------------------------


def _message(equations: Equations, slot: int) -> Equation:
    """Message = w * out_pre."""
    operands = {
        "weight": Variable("weight", slot),
        "out": Variable("out", int(equations.structure.pre[slot])),
    }
    return Equation(Variable("message", slot), "forward", MESSAGE, operands)


def _net(equations: Equations, row: int) -> Equation:
    """net_j = sum of the messages + bias_j, or what another combine rule makes of them."""
    structure = equations.structure
    links, rule = structure.links_into(row), structure.combinations[row]
    messages = variables("message", (slot for slot, _ in links))
    senders = (str(structure.names[pre]) for _, pre in links)
    # How large the messages are decides what is settled, whatever the rule calls them.
    operands: dict[str, Operand] = {"message": messages, **rule.operands(messages, senders)}
    combined, bias = rule.formula, structure.bias_slot.get(row)
    if bias is not None:
        operands["bias"] = Variable("weight", bias)
        combined = _plus_bias(combined)
    settled = _settled(combined) if row in structure.deciding else None
    return _equation("net", row, "forward", combined, operands, stable=settled)


def _out(equations: Equations, row: int) -> Equation:
    """out_j = f(net_j), times its mask; given for an input, and 1 for a bias neuron."""
    structure = equations.structure
    if row < structure.levels[0].stop:  # level 0: nothing leads into it
        given = ONE if row in structure.bias_neurons else None
        return Equation(Variable("out", row), "forward", given)
    if row in structure.masks:
        operands: dict[str, Operand] = {
            "mask": structure.masks[row],
            "out": Variable("activated", row),
        }
        return Equation(Variable("out", row), "forward", MASKED, operands)
    return _activated(equations, row, "out")


def _activated(equations: Equations, row: int, quantity: str = "activated") -> Equation:
    """f(net), of a softmax in the nets of its whole group: the out of a neuron without a mask."""
    activation = equations.structure.activations[row]
    operands = {"net": _members("net", equations, row)}
    return _equation(
        quantity, row, "forward", activation.formula, operands, equations, activation.stable
    )


def _before_mask(equations: Equations, row: int) -> Variable:
    """Return f(net), which is what the derivative of an activation calls out."""
    return Variable("activated" if row in equations.structure.masks else "out", row)


def _target(equations: Equations, row: int) -> Equation:
    """Of an output neuron, given with the sample."""
    return Equation(Variable("target", row), "backward")


def _compared(equations: Equations, row: int) -> dict[str, Operand]:
    """Return what the loss of one output is made of, and its derivatives; n is their number."""
    n = float(len(equations.structure.outputs))
    return {"target": Variable("target", row), "out": Variable("out", row), "n": n}


def _loss(equations: Equations, row: int) -> Equation:
    """E_k: the share of one output in the error of a sample."""
    structure, loss, operands = equations.structure, equations.round.loss, _compared(equations, row)
    joint = equations.joint_loss(row)
    if joint is None:
        return _equation("loss", row, "backward", loss.formula, operands)
    # A saturated out has lost the digits that its logarithm needs; the net still has them.
    operands |= {name: _members(name, equations, row) for name in ("net", "target", "out")}
    if structure.activations[row].group:
        # A neuron of the group that is no output has no part in the loss.
        operands["target"] = [
            Variable("target", member) if member in equations.outputs else 0.0
            for member in structure.group_of(row)
        ]
    return _equation("loss", row, "backward", loss.formula, operands, equations, joint.stable)


def _total_error(equations: Equations, place: int = -1) -> Equation:
    """E = sum_k E_k, and the penalty beside it."""
    if not equations.round.penalised:
        return _data_loss(equations, quantity="total_error")
    operands: dict[str, Operand] = {name: Variable(name) for name in ("data_loss", "penalty")}
    return Equation(Variable("total_error"), "backward", PENALISED_ERROR, operands)


def _data_loss(equations: Equations, place: int = -1, *, quantity: str = "data_loss") -> Equation:
    """Return E without the penalty: summed over the outputs, and reduced over the samples."""
    operands = {"loss": variables("loss", equations.structure.outputs)}
    over = equations.round.reduction
    return Equation(Variable(quantity), "backward", TOTAL_ERROR, operands, over_samples=over)


def _penalty(equations: Equations, place: int = -1) -> Equation:
    """Return what is added to E for the size of the weights."""
    slots, penalty = equations.round.penalised_once, equations.round.penalty
    formula = penalty.value_formula if penalty is not None and slots else NOTHING
    operands = {"weight": variables("weight", slots), **_of_penalty(penalty)}
    return _equation("penalty", -1, "backward", formula, operands)


def _of_penalty(penalty: Penalty | None) -> dict[str, Operand]:
    return {"n_samples": Variable("n_samples"), **(penalty.constants if penalty else {})}


def _message_slope(equations: Equations, slot: int) -> Equation:
    """dnet/dmessage: how the net of post follows one of the messages to it."""
    post = int(equations.structure.post[slot])
    slots = [other for other, _ in equations.structure.links_into(post)]
    messages, place = variables("message", slots), slots.index(slot)
    rule, senders = equations.structure.combinations[post], equations.structure.senders_to(post)
    operands = rule.slope_operands(place, messages, senders)
    slope = rule.slope_by(place, senders)
    return _equation("message_slope", slot, "backward", slope, operands)


def _error_message(equations: Equations, slot: int) -> Equation:
    """Error message = delta_post * w, times the slope of post's combine rule by the message."""
    post = int(equations.structure.post[slot])
    operands = {"weight": equations.weight_sent_back(slot), "delta": Variable("delta", post)}
    formula = ERROR_MESSAGE
    if not equations.is_sum(post):
        operands["message_slope"] = Variable("message_slope", slot)
        formula = SCALED_ERROR_MESSAGE
    return Equation(Variable("error_message", slot), "backward", formula, operands)


def _returned(equations: Equations, row: int) -> Equation:
    """Return what came back to a neuron over its connections, without the loss of its own."""
    slots = equations.structure.links_out_of(row)
    messages = variables("error_message", (slot for slot, _ in slots))
    return Equation(Variable("returned", row), "backward", RETURNED, {"error_message": messages})


def _out_gradient(equations: Equations, row: int) -> Equation:
    """dE/dout: by the loss for an output, and the sum of the error messages that came back."""
    operands = _compared(equations, row) | dict(_returned(equations, row).operands)
    formula = RETURNED
    if row in equations.outputs:
        formula = equations.round.loss.derivative
        if operands["error_message"]:
            formula = _plus_returned(formula)
    return _equation("out_gradient", row, "backward", formula, operands)


def _slope(equations: Equations, row: int) -> Equation:
    """dout_j/dnet_j = f'(net_j), times its mask."""
    activation, mask = equations.activations[row], equations.structure.masks.get(row)
    operands: dict[str, Operand] = {
        "net": Variable("net", row),
        "out": _before_mask(equations, row),
    }
    formula = activation.derivative
    if mask is not None:
        formula, operands["mask"] = MASKED.filled(out=formula), mask
    return _equation("slope", row, "backward", formula, operands)


def _delta(equations: Equations, row: int, *, by_chain_rule: bool = False) -> Equation:
    """dE/dnet: the chain rule, of a group at once, and with the loss where the two cancel."""
    structure = equations.structure
    group = structure.group_of(row)
    formula = _delta_formula(
        equations.activations[row],
        None if by_chain_rule else equations.joint(row),
        equations.goes_on(row),
        any(member in structure.masks for member in group),
    )
    operands = {name: _members(name, equations, row) for name in formula.variables}
    if "slope" in operands:
        operands = {name: Variable(name, row) for name in formula.variables}
    if "mask" in operands:  # of a group: what softmax gave before its masks, which count one by one
        operands["mask"] = [structure.masks.get(member, 1.0) for member in group]
        operands["out"] = [_before_mask(equations, member) for member in group]
    return Equation(Variable("delta", row), "backward", formula, operands, member=group.index(row))


@lru_cache(maxsize=256)
def _delta_formula(
    activation: Activation, joint: Joint | None, goes_on: bool, masked: bool
) -> Formula:
    """Return delta in the terms of its operands: all outputs of a kind have the same."""
    formula = GROUP_DELTA if activation.couples_deltas else DELTA
    if activation.couples_deltas and masked:
        formula = formula.filled(out_gradient=MASKED.filled(out=_OUT_GRADIENT))
    if joint is None:
        return formula
    # The loss is dealt with; what came back from other neurons is left.
    came_back = formula.filled(out_gradient=_RETURNED)
    return SUM.filled(a=joint.delta_formula, b=came_back) if goes_on else joint.delta_formula


def _own_gradient(equations: Equations, slot: int, quantity: str = "own_gradient") -> Equation:
    """dE/dw of this use of the parameter alone."""
    structure = equations.structure
    pre, post = int(structure.pre[slot]), int(structure.post[slot])
    operands, formula = {"delta": Variable("delta", post)}, BIAS_GRADIENT
    if pre >= 0:
        operands["out"], formula = Variable("out", pre), GRADIENT
        if not equations.is_sum(post):
            operands["message_slope"] = Variable("message_slope", slot)
            formula = SCALED_GRADIENT
    reduction = equations.round.reduction
    return Equation(Variable(quantity, slot), "backward", formula, operands, over_samples=reduction)


def _gradient(equations: Equations, slot: int, quantity: str = "gradient") -> Equation:
    """dE/dw; of a shared parameter the sum over the places where it is used."""
    if quantity == "gradient" and slot in equations.penalised:
        operands: dict[str, Operand] = {
            name: Variable(name, slot) for name in ("data_gradient", "penalty_gradient")
        }
        return Equation(Variable(quantity, slot), "backward", PENALISED_GRADIENT, operands)
    slots = equations.structure.shared_slots(slot)
    if len(slots) == 1:
        return _own_gradient(equations, slot, quantity)
    parts = variables("own_gradient", slots)
    return Equation(Variable(quantity, slot), "backward", SHARED_GRADIENT, {"own_gradient": parts})


def _data_gradient(equations: Equations, slot: int) -> Equation:
    """dE/dw without what the penalty adds to it."""
    return _gradient(equations, slot, "data_gradient")


def _penalty_gradient(equations: Equations, slot: int) -> Equation:
    """Return the slope of the penalty by one weight, with the sign of the other gradients."""
    penalty, formula = equations.round.penalty, NOTHING
    if penalty is not None and slot in equations.penalised:
        formula = _signed(equations, penalty.slope_formula)
    operands = {"weight": Variable("weight", slot), **_of_penalty(penalty)}
    return _equation("penalty_gradient", slot, "backward", formula, operands)


def _signed(equations: Equations, formula: Formula) -> Formula:
    """Return a derivative with the sign that deltas have."""
    return formula.negative if equations.round.turned else formula


def _remembered(equations: Equations, name: str, slot: int) -> Equation:
    """Return one rule of the optimiser: what it remembers of a parameter, or the change."""
    optimizer = equations.round.optimizer
    rules = optimizer.bias_equations if slot in equations.round.spared else optimizer.equations
    number = [key for key, _ in rules].index(name)
    # By turns: the gradient and the constants, what was remembered before, the rules before it.
    operands: dict[str, Operand] = {
        "gradient": Variable("gradient", slot),
        "parameter": Variable("weight", slot),
        **optimizer.constants,
    }
    operands |= {key: Variable(key) for key in ("learning_rate", *dict(optimizer.each_step))}
    operands |= {key: Variable(f"earlier_{key}", slot) for key in optimizer.state}
    operands |= {key: Variable(key, slot) for key, _ in rules[:number]}
    return _equation(name, slot, "update", rules[number][1], operands)


def _each_step(equations: Equations, name: str) -> Equation:
    """Return what an optimiser computes once a step, for all parameters."""
    optimizer = equations.round.optimizer
    formula = dict(optimizer.each_step)[name]
    operands: dict[str, Operand] = {"step": Variable("step_number"), **optimizer.constants}
    return _equation(name, -1, "update", formula, operands)


def _step(equations: Equations, slot: int) -> Equation:
    """Return the change without its minus: learning rate times gradient, as pages print it."""
    change = _remembered(equations, CHANGE, slot)
    assert change.formula is not None
    formula = change.formula if equations.round.turned else change.formula.negative
    return Equation(Variable("step", slot), "update", formula, change.operands)


def _new_weight(equations: Equations, slot: int) -> Equation:
    """w+ = w + change; a frozen parameter stays."""
    weight = Variable("weight", slot)
    if not equations.structure.trainable[slot]:
        return Equation(Variable("new_weight", slot), "update", KEPT, {"weight": weight})
    operands = {"weight": weight, "change": Variable("change", slot)}
    return Equation(Variable("new_weight", slot), "update", NEW_WEIGHT, operands)


def _error(equations: Equations, row: int) -> Equation:
    """Target - out of an output, and the sum of the shares that came back."""
    structure = equations.structure
    shares = variables("share", (slot for slot, _ in structure.links_out_of(row)))
    operands: dict[str, Operand] = {"share": shares}
    formula = SHARES
    if row in equations.outputs:
        operands |= {"target": Variable("target", row), "out": Variable("out", row)}
        formula = SUM.filled(a=DIFFERENCE, b=SHARES) if shares else DIFFERENCE
    return _equation("error", row, "attribution", formula, operands)


def _share(equations: Equations, slot: int, *, normalised: bool = True) -> Equation:
    """Divide the error of post among the connections into it."""
    structure = equations.structure
    post = int(structure.post[slot])
    operands: dict[str, Operand] = {
        "error": Variable("error", post),
        "weight": Variable("weight", slot),
        "weights": variables("weight", (other for other, _ in structure.links_into(post))),
    }
    formula = NORMALISED_SHARE if normalised else SHARE
    return _equation("share", slot, "attribution", formula, operands)


def _curvature(equations: Equations, slot: int) -> Equation:
    """d2E/dw2; without a formula where w acts on more than the delta in its gradient."""
    structure, left = equations.structure, Variable("curvature", slot)
    own = _own_gradient(equations, slot)
    rule = structure.combinations[int(structure.post[slot])]
    if len(structure.shared_slots(slot)) > 1 or not rule.is_linear:
        return Equation(left, "curvature", None, {"gradient": Variable("gradient", slot)})
    assert own.formula is not None
    operands = {name: value for name, value in own.operands.items() if name != "delta"}
    operands["delta_tangent"] = Variable("delta_tangent", slot)
    formula = _signed(equations, CURVATURES[own.formula])
    return _with_curved_penalty(equations, left, formula, operands)


def _with_curved_penalty(
    equations: Equations, left: Variable, formula: Formula, operands: dict[str, Operand]
) -> Equation:
    """Return a second derivative with that of the penalty."""
    over, penalty = equations.round.reduction, equations.round.penalty
    if penalty is not None and left.place in equations.penalised:
        curved = penalty.curvature_formula
        if over == "sum":  # over the samples, of which each has its part
            curved = PER_SAMPLE.filled(whole=curved)
        formula = SUM.filled(a=formula, b=curved)
        operands = {**operands, **_of_penalty(penalty)}
        operands = {name: operands[name] for name in formula.variables}
    return Equation(left, "curvature", formula, operands, over_samples=over)


def _gauss_newton(equations: Equations, slot: int) -> Equation:
    """d2E/dw2, as if every out were linear in w."""
    outputs = equations.structure.outputs
    first = slot * len(outputs)
    operands: dict[str, Operand] = {
        "loss_curvature": variables("loss_curvature", outputs),
        "out_tangent": variables("out_tangent", range(first, first + len(outputs))),
    }
    return _with_curved_penalty(equations, Variable("gauss_newton", slot), GAUSS_NEWTON, operands)


def _loss_curvature(equations: Equations, row: int) -> Equation:
    """d2E/dout2 of an output."""
    formula = _signed(equations, equations.round.loss.curvature)
    return _equation("loss_curvature", row, "curvature", formula, _compared(equations, row))


def _delta_tangent(equations: Equations, slot: int) -> Equation:
    """Return ddelta/dw of a parameter and the neuron it leads into: see `neurograph.curvature`."""
    operands = {"delta": Variable("delta", int(equations.structure.post[slot]))}
    return Equation(Variable("delta_tangent", slot), "curvature", None, operands)


def _out_tangent(equations: Equations, place: int) -> Equation:
    """Return dout/dw of an output; the places of a parameter are slot * n_outputs and on."""
    outputs = equations.structure.outputs
    slot, k = divmod(place, len(outputs))
    operands: dict[str, Operand] = {
        "weight": Variable("weight", slot),
        "out": Variable("out", outputs[k]),
    }
    return Equation(Variable("out_tangent", place), "curvature", None, operands)


#: What each quantity is computed from; a quantity that is not here is given or remembered.
_RULES: dict[str, Callable[[Equations, int], Equation]] = {
    "message": _message,
    "net": _net,
    "activated": _activated,
    "out": _out,
    "target": _target,
    "loss": _loss,
    "data_loss": _data_loss,
    "penalty": _penalty,
    "total_error": _total_error,
    "message_slope": _message_slope,
    "error_message": _error_message,
    "returned": _returned,
    "out_gradient": _out_gradient,
    "slope": _slope,
    "delta": _delta,
    "own_gradient": _own_gradient,
    "data_gradient": _data_gradient,
    "penalty_gradient": _penalty_gradient,
    "gradient": _gradient,
    "step": _step,
    "new_weight": _new_weight,
    "error": _error,
    "share": _share,
    "curvature": _curvature,
    "gauss_newton": _gauss_newton,
    "loss_curvature": _loss_curvature,
    "delta_tangent": _delta_tangent,
    "out_tangent": _out_tangent,
}


def _equation(
    quantity: str,
    place: int,
    phase: str,
    formula: Formula,
    operands: Mapping[str, Operand],
    equations: Equations | None = None,
    stable: Formula | None = None,
) -> Equation:
    """Return an equation with those of the operands that its formulas name."""
    names = {*formula.variables, *(stable.variables if stable else ())}
    kept = {name: operand for name, operand in operands.items() if name in names}
    member = equations.structure.group_of(place).index(place) if equations else 0
    return Equation(Variable(quantity, place), phase, formula, kept, member, "", stable)


def _members(quantity: str, equations: Equations, row: int) -> Operand:
    """Return the variable of a neuron, or those of its group where a softmax couples one."""
    if equations.structure.activations[row].group:
        return variables(quantity, equations.structure.group_of(row))
    return Variable(quantity, row)


@lru_cache(maxsize=256)
def _plus_bias(combined: Formula) -> Formula:
    return SUM.filled(a=combined, b=Formula("bias", ["bias"]))


@lru_cache(maxsize=256)
def _settled(net: Formula) -> Formula:
    """Return a net as somebody computes it who does not round, of terms that are decimals."""
    size = NET_SIZE if "bias" in net.variables else MESSAGES_SIZE
    return SETTLED.filled(a=net, b=size)


@lru_cache(maxsize=256)
def _plus_returned(derivative: Formula) -> Formula:
    return SUM.filled(a=derivative, b=RETURNED)
