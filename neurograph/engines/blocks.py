"""Blocks engine: levels as matrix products, directly on the columns of the network.

What a pass computes lies in four arrays of shape ``(n_positions, n_samples)``: net, out, error
(dE/dout) and delta. Positions number the rows of a level and then a constant 1, so that all
parameters of a level, biases included, are one matrix W, and a level is one product::

    net[level] = W @ out[before]        error[before] += W.T @ delta[level]
    dE/dW = delta[level] @ out[before].T

A step is a list of NumPy calls on arrays that are allocated once for each size of batch: a
`Program`. `Blocks` runs them.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import cached_property, partial
from itertools import groupby
from operator import add
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from neurograph.display import Brief
from neurograph.engines.engine import Steps, sizes_of
from neurograph.engines.levels import Cohort, Level, LossShares, levels_of
from neurograph.engines.operations import (
    ONE,
    Array,
    Operation,
    Where,
    chain_rule,
    described,
    formula_operations,
    out_operations,
    rule_operations,
    run,
    where_of,
)
from neurograph.equations import Equations, Round
from neurograph.formulas import Formula
from neurograph.optimizers import GRADIENT_DESCENT, PARAMETER, Optimizer
from neurograph.structure import EMPTY, Structure

__all__ = ["Blocks", "Program", "can_be_blocks", "is_fed_at_once"]

# Gradient descent by gradients that are times the learning rate.
_SUBTRACTION = Optimizer(
    "subtraction",
    rules=((PARAMETER, Formula("parameter - gradient", ["parameter", "gradient"])),),
)
# Times a larger one, a delta may overflow where no parameter would.
_LARGEST_RATE = 1e100
# Where less than this part of the slots matters, they are picked out one by one.
_FEW = 0.3
# Levels of which few slots matter are multiplied at once, up to so many rows.
_ROWS = 64


def is_fed_at_once(structure: Structure) -> bool:
    """Whether level 1 alone reads the inputs, all of them and no bias neuron."""
    first, *others = structure.blocks
    return (first.first, first.width) == (0, len(structure.inputs) + 1) and all(
        block.width and block.first >= first.width for block in others
    )


class Program:
    """Arrays for what passes compute, and the calls that fill them.

    Attributes
    ----------
    net, out, slope, error, delta, target : ndarray of shape (n_positions, n_samples)
        Of one dimension where a batch is one sample.
    gradient : ndarray of shape (n_slots,)
    forward, backward : list of Operation
        `backward` updates too.
    """

    def __init__(
        self,
        of_round: Round,
        parameters: Array,
        state: dict[str, Array],
        n_samples: int,
        *,
        with_update: bool = True,
    ) -> None:
        self.round = of_round
        self.structure = structure = of_round.structure
        self.parameters = parameters
        self.state = state
        self.n_samples = n_samples
        self.with_update = with_update
        shape = (structure.n_positions, n_samples)[: 2 if n_samples > 1 else 1]
        self.net, self.out, self.slope, self.error, self.delta, self.target = (
            np.zeros(shape) for _ in range(6)
        )
        self.gradient = np.zeros(len(parameters))
        self.out[structure.constants] = 1.0
        given = self.out[: len(structure.inputs)].reshape(-1, n_samples)
        # Inputs as they come, one row for each sample, with a column of ones for the biases: they
        # need not be turned over.
        self._samples: Array | None = None
        if with_update and n_samples > 1 and is_fed_at_once(structure):
            self._samples = np.ones((n_samples, structure.blocks[0].width))
            given = self._samples[:, :-1].T
        self._given = given.T
        self.outputs = where_of(structure.positions[structure.outputs])
        # Where outputs lie side by side, a view; one row for each sample, as of inputs.
        self._wanted = self.target[self.outputs].reshape(-1, n_samples).T
        self.step: dict[str, Array] = {
            name: np.zeros(())
            for name in ("learning_rate", "step_number", *dict(of_round.optimizer.each_step))
        }
        self._n_parts = n_samples if of_round.reduction == "mean" else 1
        self._rate_of_part = np.zeros(())
        self.equations = Equations(of_round)
        self.shares = LossShares(self.equations)
        self.levels = levels_of(self.equations)
        self.forward = list(self._forward())

    @cached_property
    def backward(self) -> list[Operation]:
        """The calls of a backward pass and an update."""
        return list(self._backward())

    def runs_on(self, parameters: Array, state: dict[str, Array]) -> bool:
        """Whether the program changes these very arrays."""
        return self.parameters is parameters and all(
            self.state[name] is column for name, column in state.items()
        )

    def give(self, samples: Array, answers: Array) -> None:
        """Set inputs and targets, of shapes (n_samples, n_inputs) and (n_samples, n_outputs)."""
        self.give_inputs(samples)
        self.give_targets(answers)

    def give_inputs(self, samples: Array) -> None:
        """Set inputs, of shape (n_samples, n_inputs)."""
        self._given[...] = samples

    def give_targets(self, answers: Array) -> None:
        """Set targets, of shape (n_samples, n_outputs)."""
        if isinstance(self.outputs, slice):
            self._wanted[...] = answers
        else:
            self.target[self.outputs] = answers[0] if self.n_samples == 1 else answers.T

    def set_step(self, rate: float, number: int) -> None:
        """Set what the optimiser's equations need to know of a step."""
        self.step["learning_rate"][...] = rate
        self._rate_of_part[...] = rate / self._n_parts
        if self.round.optimizer.each_step:
            for name, value in self.round.optimizer.at_step(number).items():
                self.step[name][...] = value

    @cached_property
    def reading(self) -> tuple[Array, list[Operation]]:
        """What the loss reads, of shape (n_samples, n_read), and the calls that fetch it."""
        read, fetching = self.shares.reading(self.net, self.out)
        return read.T, fetching

    def outs(self) -> Array:
        """Return a copy of the outs of the outputs."""
        return self.out[self.outputs].copy()

    @cached_property
    def _penalised(self) -> Array:
        return np.array(self.round.penalised_once, dtype=np.intp)

    def penalty(self, n_samples: int | None = None) -> float:
        """Return what the size of the weights adds to the error, of the samples or of so many."""
        if self.round.penalty is None or not len(self._penalised):
            return 0.0
        weights = self.parameters[self._penalised]
        return float(self.round.penalty.value(weights, float(n_samples or self.n_samples)))

    def total_error(self) -> float:
        """Return the total error as the passes define it."""
        return self.data_loss() + self.penalty()

    def data_loss(self) -> float:
        """Return the total error without the penalty."""
        known = self.shares.read(self.net, self.out)
        shares = self.shares.value(known, self.target[self.outputs])
        of_samples = shares.sum(axis=0)
        return float(of_samples.mean() if self.round.reduction == "mean" else of_samples.sum())

    # -- forward ----------------------------------------------------------------------------

    def _forward(self) -> Iterator[Operation]:
        for level in self.levels:
            yield from self._product(level)
            for cohort in level.cohorts:
                yield from self._activate(level, cohort)

    def _product(self, level: Level) -> Iterator[Operation]:
        """net[level] = W @ out[before]."""
        net = self.net[level.place]
        if level.block.width:
            yield level.matrix(self.parameters).dot, (self._before(level), net)
        else:
            pre, _, starts = level.links
            weights, messages = self.parameters[level.block.slots], self._room(level)
            yield self.out.take, (pre, 0, messages, "clip")
            yield np.multiply, (messages, _column(weights, messages), messages)
            yield np.add.reduceat, (messages, starts, 0, None, net)

    def _activate(self, level: Level, cohort: Cohort) -> Iterator[Operation]:
        net, out = self._view(self.net, cohort.where), self._view(self.out, cohort.where)
        yield from self._fetch(self.net, cohort.where, net)
        yield from out_operations(cohort.activation, net, out)
        yield from self._store(self.out, cohort.where, out)

    # -- backward ---------------------------------------------------------------------------

    def _backward(self) -> Iterator[Operation]:
        structure = self.structure
        if self._meeting:
            yield np.copyto, (self.error, 0.0)
        yield from self._slopes()
        yield from self._loss_slopes()
        in_place, whole = self.round.order == "in_place", slice(0, len(self.parameters))
        collected = self._collected() if self._collects else {}
        yield from collected.get(0, [])
        for level in reversed(self.levels):
            yield from collected.get(level.number, [])
            for cohort in level.cohorts:
                yield from self._deltas(cohort)
            if in_place or not self._is_sparse(level):
                yield from self._gradients(level)
            if in_place:
                yield from self._penalty_gradients(level.block.slots)
                if self.with_update:
                    yield from self._update(level.block.slots)
            if level.number > 1 and not collected:
                yield from self._errors(level)
        if in_place:
            return
        sparse = [level for level in self.levels if self._is_sparse(level)]
        if self._only_changing:
            changing = np.flatnonzero(structure.trainable)
            gradient = np.empty(len(changing))
            yield from self._picked(sparse, changing, gradient)
            yield from self._update_some(changing, gradient)
            return
        if sparse:
            yield from self._gradients(*sparse)
        for slots in structure.ties:
            yield _share, (self.gradient, slots)
        yield from self._penalty_gradients(whole)
        if self.with_update:
            yield from self._update(whole)

    def closing(self, n_samples: int) -> list[Operation]:
        """Return the calls that follow the gradients of so many samples: penalty and update."""
        whole = slice(0, len(self.parameters))
        return [*self._penalty_gradients(whole, n_samples), *self._update(whole)]

    @property
    def _only_changing(self) -> bool:
        """Whether no gradient is needed but to change a parameter, and those are few."""
        return (
            self.with_update
            and not (self.structure.ties or self.round.penalised)
            and self._are_few(self.structure.trainable)
            and all(map(self._is_sparse, self.levels))
        )

    @staticmethod
    def _are_few(slots: NDArray[np.bool_]) -> bool:
        return int(np.count_nonzero(slots)) < _FEW * len(slots)

    @cached_property
    def _meeting(self) -> bool:
        """Whether errors from several places meet at a neuron, or none come to it."""
        structure = self.structure
        reached = np.zeros(structure.n_positions, dtype=int)
        for row in structure.outputs:
            if not structure.feeds_onward[row] or self.equations.joint(row) is None:
                reached[structure.positions[row]] += 1
        for level in self.levels[1:]:
            if not level.block.width:
                return True
            reached[level.columns] += 1
        reached[structure.place(0)] = reached[structure.constants] = 1
        return bool((reached != 1).any())

    def _slopes(self) -> Iterator[Operation]:
        """Slope = f'(net), of all neurons at once that lie side by side and have one activation.

        The constants between two levels get a slope too, which nobody reads.
        """
        structure = self.structure
        rows = range(structure.levels[0].stop, len(structure.names))
        activations = self.round.activations
        for activation, alike in groupby(rows, key=lambda row: activations[row]):
            those = list(alike)
            if not activation.group and activation.derivative != ONE:
                first, last = structure.positions[those[0]], structure.positions[those[-1]]
                where = slice(int(first), int(last) + 1)
                operands = {"net": self.net[where], "out": self.out[where]}
                yield from formula_operations(activation.derivative, operands, self.slope[where])

    def _loss_slopes(self) -> Iterator[Operation]:
        """error[outputs] = dE/dout, for the outputs whose delta follows by the chain rule."""
        structure = self.structure
        rows = [row for row in structure.outputs if self.equations.joint(row) is None]
        if rows:
            where = where_of(structure.positions[rows])
            out, target = self._view(self.out, where), self._view(self.target, where)
            error = self._view(self.error, where)
            yield from self._fetch(self.out, where, out)
            yield from self._fetch(self.target, where, target)
            operands = {"out": out, "target": target, "n": float(len(structure.outputs))}
            yield from formula_operations(self.round.loss.derivative, operands, error)
            yield from self._averaged(error)
            yield from self._store(self.error, where, error)

    def _averaged(self, values: Array) -> Iterator[Operation]:
        if self._with_rate:
            yield np.multiply, (values, self._rate_of_part, values)
        elif self._n_parts > 1:
            yield np.divide, (values, np.array(float(self._n_parts)), values)

    @cached_property
    def _with_rate(self) -> bool:
        """Whether deltas and gradients are times the learning rate: outputs are the fewest."""
        descends = self.round.optimizer.rules == GRADIENT_DESCENT.rules
        return self.with_update and descends and not self.round.penalised

    def _deltas(self, cohort: Cohort) -> Iterator[Operation]:
        """Delta = f'(net) * dE/dout, and at once dE/dnet of the loss where the two fit."""
        where, joint = cohort.where, cohort.joint
        delta = self._view(self.delta, where)
        known = {}
        for name in ("net", "out", "slope", "error", "target"):
            known[name] = self._view(getattr(self, name), where)
            yield from self._fetch(getattr(self, name), where, known[name])
        if joint is None or self.structure.feeds_onward[cohort.rows].any():
            yield from chain_rule(cohort.activation, known, delta)
        else:
            yield np.copyto, (delta, 0.0)
        if joint is not None:
            of_loss = np.empty(delta.shape)
            yield from formula_operations(joint.delta_formula, known, of_loss)
            yield from self._averaged(of_loss)
            yield np.add, (delta, of_loss, delta)
        yield from self._store(self.delta, where, delta)

    def _gradients(self, *levels: Level) -> Iterator[Operation]:
        """dE/dW = delta[level] @ out[before].T; levels that are sparse together."""
        level = levels[0]
        delta, gradient = self.delta[level.place], self.gradient[level.block.slots]
        if self._is_sparse(level):
            filled = np.concatenate([self._filled(level) for level in levels])
            picked = np.empty(len(filled))
            yield from self._picked(levels, filled, picked)
            yield self.gradient.__setitem__, (filled, picked)
        elif level.block.width:
            matrix, before = level.matrix(self.gradient), self._before(level)
            if self.n_samples == 1:
                yield delta[:, None].dot, (before[None, :], matrix)
            else:
                yield delta.dot, (before.T, matrix)
        else:
            (pre, post, _), outs, deltas = level.links, self._room(level), self._room(level)
            yield self.out.take, (pre, 0, outs, "clip")
            yield self.delta.take, (post, 0, deltas, "clip")
            yield np.multiply, (outs, deltas, outs)
            yield np.add.reduce, (outs, 1, None, gradient)

    def _is_sparse(self, level: Level) -> bool:
        """Whether the gradients of a level are picked out one by one."""
        if not level.block.width:
            return self.n_samples == 1
        if level.number == 1 and self._samples is not None:
            return False
        return self._are_few(self.structure.pre[level.block.slots] != EMPTY)

    def _filled(self, level: Level) -> Any:
        slots = level.block.slots
        return np.flatnonzero(self.structure.pre[slots] != EMPTY) + slots.start

    def _picked(
        self, levels: Sequence[Level], slots: NDArray[np.intp], gradient: Array
    ) -> Iterator[Operation]:
        """Gradient = dE/dw of some slots of these levels, in their order."""
        pre, post = self._links_of(slots)
        if self.n_samples == 1:
            deltas = np.empty(len(slots))
            yield self.out.take, (pre, 0, gradient, "clip")
            yield self.delta.take, (post, 0, deltas, "clip")
            yield np.multiply, (gradient, deltas, gradient)
            return
        # Several levels are one product, larger than theirs together but sooner done.
        strips = _strips(levels)
        starts = np.cumsum([0, *(strip.size for strip in strips)])
        products, at = np.empty(starts[-1]), np.empty(len(slots), dtype=np.intp)
        for (rows, columns, _), start, stop in zip(strips, starts, starts[1:], strict=False):
            width = columns.stop - columns.start
            product = products[start:stop].reshape(-1, width)
            yield self.delta[rows].dot, (self.out[columns].T, product)
            here = (post >= rows.start) & (post < rows.stop)
            at[here] = start + (post[here] - rows.start) * width + pre[here] - columns.start
        yield products.take, (at, 0, gradient, "clip")

    def _penalty_gradients(self, slots: slice, n_samples: int | None = None) -> Iterator[Operation]:
        """Add the slopes of the penalty to the gradients of some slots."""
        counted = np.array(self.round.penalised, dtype=np.intp)
        counted = counted[(counted >= slots.start) & (counted < slots.stop)]
        if len(counted) and self.round.penalty is not None:
            slope = partial(self.round.penalty.slope, n_samples=float(n_samples or self.n_samples))
            sign = -1.0 if self.round.turned else 1.0
            yield _penalise, (self.gradient, self.parameters, counted, slope, sign)

    def _errors(self, level: Level) -> Iterator[Operation]:
        """error[before] += W.T @ delta[level]."""
        delta = self.delta[level.place]
        if level.block.width:
            error = self.error[level.columns]
            weights = level.matrix(self.parameters).T
            if self._meeting:
                messages = np.empty(error.shape)
                yield weights.dot, (delta, messages)
                yield np.add, (error, messages, error)
            else:
                yield weights.dot, (delta, error)
        else:
            pre, post, _ = level.links
            weights, messages = self.parameters[level.block.slots], self._room(level)
            yield self.delta.take, (post, 0, messages, "clip")
            yield np.multiply, (messages, _column(weights, messages), messages)
            yield np.add.at, (self.error, pre, messages)

    @property
    def _collects(self) -> bool:
        """Whether levels collect their errors, since few of the slots they are sent by matter."""
        return (
            self._meeting
            and len(self.levels) > 1
            and self.n_samples > 1
            and self.round.order != "in_place"
            and all(map(self._is_sparse, self.levels[1:]))
        )

    def _collected(self) -> dict[int, list[Operation]]:
        """error[level] += W.T @ delta[after], by level; at 0 the calls that fill those matrices.

        A product of few rows with all that comes after is sooner done than one of all that comes
        before with few columns, whose result has to be added to the errors too.
        """
        slots = np.concatenate([self._filled(level) for level in self.levels[1:]])
        pre, post = self._links_of(slots)
        at, onward, n_numbers = np.full(len(slots), EMPTY), list[_Onward](), 0
        for level in self.levels[:-1]:
            leaving = np.flatnonzero((pre >= level.place.start) & (pre < level.place.stop))
            if len(leaving):
                first, last = int(post[leaving].min()), int(post[leaving].max())
                width = last + 1 - first
                rows = pre[leaving] - level.place.start
                at[leaving] = n_numbers + rows * width + post[leaving] - first
                onward.append(_Onward(level, slice(first, last + 1), n_numbers))
                n_numbers += (level.place.stop - level.place.start) * width
        matrices, inner = np.zeros(n_numbers), at != EMPTY
        weights = np.empty(np.count_nonzero(inner))
        filling: list[Operation] = [
            (self.parameters.take, (slots[inner], 0, weights, "clip")),
            (matrices.__setitem__, (at[inner], weights)),
        ]
        return {0: filling} | {
            sent.level.number: list(self._collect(sent, matrices)) for sent in onward
        }

    def _collect(self, sent: "_Onward", matrices: Array) -> Iterator[Operation]:
        level, after, start = sent
        error, delta = self.error[level.place], self.delta[after]
        size = len(error) * (after.stop - after.start)
        matrix = matrices[start : start + size].reshape(len(error), -1)
        if any(self.structure.is_output[cohort.rows].any() for cohort in level.cohorts):
            messages = np.empty(error.shape)
            yield matrix.dot, (delta, messages)
            yield np.add, (error, messages, error)
        else:
            yield matrix.dot, (delta, error)

    def _links_of(self, slots: NDArray[np.intp]) -> tuple[Any, Any]:
        """Return the positions that slots lead from and to."""
        pre = np.concatenate([level.links[0] for level in self.levels])[slots]
        return pre, self.structure.positions[self.structure.post[slots]]

    def _update(self, slots: slice) -> Iterator[Operation]:
        """Change the parameters that are trainable by the optimiser's equations."""
        trainable = self.structure.trainable[slots]
        changing = np.flatnonzero(trainable) + slots.start
        if self._are_few(trainable):
            gradient = np.empty(len(changing))
            yield self.gradient.take, (changing, 0, gradient, "clip")
            yield from self._update_some(changing, gradient)
            return
        fixed = np.flatnonzero(~trainable) + slots.start
        kept = np.empty(len(fixed))
        if len(fixed):
            yield self.parameters.take, (fixed, 0, kept, "clip")
        columns = {name: self.state[name][slots] for name in self.round.optimizer.state}
        columns["parameter"] = self.parameters[slots]
        yield from self._rules(columns, self.gradient[slots], slots)
        if len(fixed):
            yield self.parameters.__setitem__, (fixed, kept)

    def _update_some(self, changing: Any, gradient: Array) -> Iterator[Operation]:
        """Change some parameters, where most slots hold none that changes."""
        whole = {name: self.state[name] for name in self.round.optimizer.state}
        whole["parameter"] = self.parameters
        columns = {name: np.empty(len(changing)) for name in whole}
        for name, column in columns.items():
            yield whole[name].take, (changing, 0, column, "clip")
        yield from self._rules(columns, gradient, changing)
        for name, column in whole.items():
            yield column.__setitem__, (changing, columns[name])

    def _rules(self, columns: dict[str, Array], gradient: Array, slots: Any) -> Iterator[Operation]:
        decays = {name: column[slots] for name, column in self.round.decays.items()}
        known = {**self.step, **decays, "gradient": gradient}
        optimizer = _SUBTRACTION if self._with_rate else self.round.optimizer
        return rule_operations(optimizer, known, columns, spare=self.with_update)

    # -- where things are ---------------------------------------------------------------------

    def _before(self, level: Level) -> Array:
        """Return the outs that a dense level depends on, one column for each sample."""
        if level.number == 1 and self._samples is not None:
            return self._samples.T
        return self.out[level.columns]

    def _room(self, level: Level) -> Array:
        """Return room for a number of each slot of a level, and of each sample."""
        return np.empty((len(level.links[0]), *self.out.shape[1:]))

    def _view(self, array: Array, where: Where) -> Array:
        """Return the part of an array to work on: itself, or room for a copy of scattered rows."""
        if isinstance(where, slice):
            return array[where]
        return np.empty((len(where), *array.shape[1:]))

    def _fetch(self, array: Array, where: Where, view: Array) -> Iterator[Operation]:
        if not isinstance(where, slice):
            yield array.take, (where, 0, view, "clip")

    def _store(self, array: Array, where: Where, view: Array) -> Iterator[Operation]:
        if not isinstance(where, slice):
            yield array.__setitem__, (where, view)


def _column(values: Array, like: Array) -> Array:
    return values if like.ndim == 1 else values[:, None]


class _Onward(NamedTuple):
    """The weights that lead on from a level: to which positions, and where their matrix starts."""

    level: Level
    after: slice
    start: int


class _Strip(NamedTuple):
    """A product that holds those of levels that follow each other."""

    rows: slice
    columns: slice
    needed: int

    @property
    def size(self) -> int:
        size: int = (self.rows.stop - self.rows.start) * (self.columns.stop - self.columns.start)
        return size

    def with_next(self, other: "_Strip") -> "_Strip":
        """Return the product that holds another too."""
        first = min(self.columns.start, other.columns.start)
        last = max(self.columns.stop, other.columns.stop)
        rows = slice(self.rows.start, other.rows.stop)
        return _Strip(rows, slice(first, last), self.needed + other.needed)


def _strips(levels: Sequence[Level]) -> list[_Strip]:
    """Return products of several levels each, few of whose numbers belong to none."""
    strips: list[_Strip] = []
    for level in levels:
        needed = level.block.slots.stop - level.block.slots.start
        strip = _Strip(level.place, level.columns, needed)
        if strips:
            both = strips[-1].with_next(strip)
            if both.rows.stop - both.rows.start <= _ROWS and both.size <= 2 * both.needed:
                strips[-1] = both
                continue
        strips.append(strip)
    return strips


def _share(gradient: Array, slots: list[int]) -> None:
    """Give parameters that are one the sum of their gradients."""
    gradient[slots] = gradient[slots].sum()


def _penalise(
    gradient: Array, parameters: Array, slots: Array, slope: Callable[[Array], Array], sign: float
) -> None:
    gradient[slots] += sign * slope(parameters[slots])


# A batch for which a column of the passes has more numbers than this is gone through in pieces,
# whose columns have so many and stay in the cache; of a narrow network, which has more samples
# than so many, from half of them on.
_MOST_AT_ONCE, _IN_CACHE, _MANY_SAMPLES = 1 << 19, 1 << 15, 1000
# The errors of so many steps are computed at once, unless that takes more numbers than this.
_STEPS_AT_ONCE = 256
_NUMBERS_KEPT = 1 << 19


def can_be_blocks(of_round: Round) -> bool:
    """Whether the engine can run a network.

    In place, it does not wait for tied parameters; it knows no combine rule but the sum, no masks.
    """
    return of_round.is_plain and not (of_round.structure.ties and of_round.order == "in_place")


class Blocks(Brief):
    """Runs levels as matrix products; see the module."""

    name = "blocks"

    def __init__(self, of_round: Round) -> None:
        self.round = of_round
        self._programs: dict[int, Program] = {}
        self._of_sums = replace(of_round, reduction="sum", penalty=None)

    def source(self, batch_size: int) -> str:
        """Return the NumPy calls of a step of so many samples, in their order."""
        parameters = self.round.structure.values.copy()
        state = {name: np.zeros(len(parameters)) for name in self.round.optimizer.state}
        program = Program(self.round, parameters, state, batch_size)
        lines = ["forward", *map(described, program.forward)]
        lines += ["backward and update", *map(described, program.backward)]
        return "\n".join(lines)

    def steps(self, work: Steps) -> list[float]:
        """Do some steps: see `Engine.steps`."""
        n_steps, sizes = len(work.batches), sizes_of(work.batches, len(work.inputs))
        largest = max(sizes, default=1)
        has_large_rate = max(work.rates, default=0.0) > _LARGEST_RATE
        if self._can_wait and (self._is_long(largest) or has_large_rate):
            return self._steps_in_pieces(work)
        kept = len(self.round.structure.outputs) * largest
        together = max(1, min(_STEPS_AT_ONCE, _NUMBERS_KEPT // kept))
        changing = [work.parameters, *work.state.values()]
        errors: list[float] = []
        with np.errstate(all="ignore"):
            for start in range(0, n_steps, together):
                stop = min(start + together, n_steps)
                part, before = work.part(start, stop), [column.copy() for column in changing]
                some = self._some_steps(part, sizes[start:stop])
                if not np.isfinite(some).all():
                    for column, values in zip(changing, before, strict=True):
                        column[:] = values
                    some = self._careful_steps(part)
                errors += some
                if not np.isfinite(some[-1]):
                    break
        return errors

    def program(self, parameters: Array, state: dict[str, Array], n_samples: int) -> "Program":
        """Return the operations for one size of batch on these columns."""
        program = self._programs.get(n_samples)
        if program is None or not program.runs_on(parameters, state):
            program = Program(self.round, parameters, state, n_samples)
            self._programs[n_samples] = program
        return program

    def _some_steps(self, work: Steps, sizes: list[int]) -> list[float]:
        """Do steps whatever comes out; what they were worth is seen afterwards."""
        errors: list[float] = []
        for size, alike in groupby(sizes):
            start = len(errors)
            errors += self._steps_of_size(size, work.part(start, start + len(list(alike))))
        return errors

    def _steps_of_size(self, size: int, work: Steps) -> list[float]:
        """Do steps whose batches have one size."""
        parameters, state, inputs, targets, batches, rates, first_step = work
        program = self.program(parameters, state, size)
        read, reading = program.reading
        forward, backward = [*program.forward, *reading], program.backward
        each_step, penalised = bool(self.round.optimizer.each_step), bool(self.round.penalised)
        known = np.empty((len(batches), *read.shape))
        wanted: list[Array] = []
        penalties: list[float] = []
        given = set_rate = None
        for place, (batch, rate) in enumerate(zip(batches, rates, strict=True)):
            if batch is not given:
                given, answers = batch, targets[batch]
                program.give(inputs[batch], answers)
            wanted.append(answers)
            for call, arguments in forward:
                call(*arguments)
            known[place] = read
            if penalised:
                penalties.append(program.penalty())
            if each_step or rate != set_rate:
                set_rate = rate
                program.set_step(rate, first_step + place)
            for call, arguments in backward:
                call(*arguments)
        known = known.reshape(len(batches), size, -1)
        errors = self._errors(program.shares, known, wanted)
        return list(map(add, errors, penalties)) if penalised else errors

    @property
    def _can_wait(self) -> bool:
        """Whether updates come after all gradients."""
        return self.round.order != "in_place"

    def _is_long(self, n_samples: int) -> bool:
        """Whether a batch is gone through in pieces."""
        numbers = self.round.structure.n_positions * n_samples
        return numbers > _MOST_AT_ONCE // (1 if n_samples < _MANY_SAMPLES else 2)

    def _steps_in_pieces(self, work: Steps) -> list[float]:
        """Do steps whose batches are long: gradients and errors are sums over pieces of them.

        Gradients are not times the learning rate here.
        """
        parameters, state, inputs, targets, batches, rates, first_step = work
        at_once = max(2, _IN_CACHE // self.round.structure.n_positions)
        of_sizes: dict[int, Program] = {}
        update = Program(self.round, parameters, state, 1, with_update=False)
        errors: list[float] = []
        for number, (batch, rate) in enumerate(zip(batches, rates, strict=True), first_step):
            samples, answers = inputs[batch], targets[batch]
            n = len(samples)
            update.gradient[:] = error = 0.0
            for start in range(0, n, at_once):
                rows = slice(start, start + at_once)
                size = len(samples[rows])
                if size not in of_sizes:
                    of_sizes[size] = Program(self._of_sums, parameters, state, size)
                    of_sizes[size].with_update = False  # it comes after the last piece
                piece = of_sizes[size]
                piece.give(samples[rows], answers[rows])
                with np.errstate(all="ignore"):
                    run(piece.forward)
                    error += piece.data_loss()
                    run(piece.backward)
                    update.gradient += piece.gradient
            parts = n if self.round.reduction == "mean" else 1
            errors.append(error / parts + update.penalty(n))
            if not np.isfinite(errors[-1]):
                break
            update.set_step(rate, number)
            with np.errstate(all="ignore"):
                update.gradient /= parts
                run(update.closing(n))
        return errors

    def _errors(self, shares: LossShares, known: Array, wanted: list[Array]) -> list[float]:
        """Return the total error of each step.

        Parameters
        ----------
        shares : LossShares
        known : ndarray of shape (n_steps, n_samples, n_read)
            What the shares are computed from.
        wanted : list of ndarray of shape (n_samples, n_outputs)
        """
        if all(answers is wanted[0] for answers in wanted):
            wanted = wanted[:1]
        targets = np.concatenate(wanted).reshape(len(wanted), -1, shares.n_outputs)
        values = shares.value(np.moveaxis(known, 2, 0), np.moveaxis(targets, 2, 0))
        of_samples = values.sum(axis=0)
        mean = self.round.reduction == "mean"
        errors: list[float] = (of_samples.mean(axis=1) if mean else of_samples.sum(axis=1)).tolist()
        return errors

    def _careful_steps(self, work: Steps) -> list[float]:
        """Do steps one by one, and stop at one whose error is not finite."""
        parameters, state, inputs, targets, batches, rates, first_step = work
        errors: list[float] = []
        for number, (batch, rate) in enumerate(zip(batches, rates, strict=True), first_step):
            samples, answers = inputs[batch], targets[batch]
            program = self.program(parameters, state, len(samples))
            program.give(samples, answers)
            run(program.forward)
            errors.append(program.total_error())
            if not np.isfinite(errors[-1]):
                break
            program.set_step(rate, number)
            run(program.backward)
        return errors
