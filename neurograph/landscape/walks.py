"""Descents: where a walker goes that follows the gradient downhill."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from neurograph.checks import not_negative, rate_of, whole_number
from neurograph.engines.operations import rule_operations, run
from neurograph.errors import InvalidValueError
from neurograph.landscape.axes import (
    Array,
    Ground,
    Parameter,
    find_parameters,
    finite_array,
    notes_on,
    result_of,
    set_of,
)
from neurograph.landscape.evaluator import Evaluator, Gradients
from neurograph.landscape.terrain import DescentPath, Origin
from neurograph.network import Network
from neurograph.optimizers import Optimizer, get_optimizer
from neurograph.records import record
from neurograph.schedules import RateFormula

__all__ = ["Walkers", "descend", "read_rates"]


def descend(
    net: Network,
    inputs: Any,
    targets: Any,
    *,
    over: Any = None,
    start: Any = None,
    optimizer: Any = "gradient_descent",
    learning_rate: Any = 0.5,
    steps: int = 100,
    tolerance: float = 0.0,
) -> DescentPath | tuple[DescentPath, ...]:
    """Follow the gradient of the loss downhill, and keep every step; the network stays as it is.

    Parameters
    ----------
    net : Network
        It stays as it is: a walker moves on the landscape, not in the network.
    inputs, targets
        As for `Network.forward` and `Network.backward`; every step uses all samples.
    over : str or sequence of str, optional
        Addresses of the weights and biases that move, such as ``("w5", "w6")``; by default all
        that are trainable. A frozen one may be named.
    start : array-like of shape (n_over,) or (n_starts, n_over), mapping or Network, optional
        Where to start, or several such; by default where the network is.
    optimizer : str, Optimizer, or sequence of them
        How to go: see `neurograph.optimizers`.
    learning_rate : float or sequence of float
        One for all optimisers, or one for each; a `neurograph.schedules.RateFormula` falls from
        step to step, each of which is an epoch.
    steps : int
        How many steps at most.
    tolerance : float
        A walker stops where its gradient is no longer than this and its last step moved no
        parameter by more.

    Returns
    -------
    DescentPath, or tuple of DescentPath
        A tuple where several starts or several optimisers were given: all starts with the first
        optimiser, then all with the second, ...

    Raises
    ------
    UnknownNameError
        If there is no such weight, bias or optimiser; the nearest is named.
    InvalidValueError, InvalidTypeError
        If a parameter is named twice; if a start, rate, tolerance or number of steps cannot be
        used; or as for `Network.step`.

    Notes
    -----
    All walkers make each step together, as one computation on arrays. With the two parameters of
    a surface, the losses of a path are the very numbers of that surface.

    Examples
    --------
    >>> import neurograph as ng
    >>> from neurograph.landscape import descend
    >>> net = ng.Network.layered(1, 1, weights=0.0, activation="identity")
    >>> path = descend(net, [1.0], [1.0], over="w1", learning_rate=0.5, steps=3)
    >>> path.parameters.ravel()
    array([0.   , 0.5  , 0.75 , 0.875])
    >>> path.losses
    array([0.5      , 0.125    , 0.03125  , 0.0078125])
    """
    ground = Ground.of(net, inputs, targets)
    chosen = find_parameters(net, ground, over)
    starts, several = _starts(net, ground, chosen, start)
    optimizers, also = _optimizers(optimizer)
    rates = read_rates(learning_rate, len(optimizers))
    steps, tolerance = whole_number(steps, "steps"), not_negative(tolerance, "tolerance")
    walkers = Walkers(ground, tuple(chosen), tuple(optimizers), rates, steps, tolerance)
    paths = walkers.paths(starts)
    return paths if several or also else paths[0]


@record
class Walkers:
    """How walkers go: what is sent to other processes."""

    ground: Ground
    over: tuple[Parameter, ...]
    optimizers: tuple[Optimizer, ...]
    rates: tuple[float, ...]
    steps: int
    tolerance: float

    @property
    def evaluator(self) -> Evaluator:
        """What computes the losses and gradients that they meet."""
        return Evaluator(self.ground, self.over)

    def paths(self, starts: Array) -> tuple[DescentPath, ...]:
        """Return the paths from starts of shape (n_starts, n_over), optimiser by optimiser."""
        n = max(1, self.evaluator.points_at_once // len(self.optimizers))
        parts = [self._paths_of(starts[first : first + n]) for first in range(0, len(starts), n)]
        by_optimizer = zip(*parts, strict=True)
        return tuple(path for those in by_optimizer for part in those for path in part)

    def _paths_of(self, starts: Array) -> list[list[DescentPath]]:
        """Return for each optimiser the paths of some starts."""
        n = len(starts)
        gradients = Gradients(self.evaluator, n * len(self.optimizers))
        at, slope = gradients.values, gradients.gradient
        at[...] = np.tile(starts.T, len(self.optimizers))
        shape = (self.steps + 1, *at.shape)
        points, slopes = result_of(shape, "paths"), result_of(shape, "paths")
        losses = np.empty((shape[0], shape[2]))
        moves = self._moves(at, slope)
        judge = _Judge(at.shape[1], self.steps + 1, self.tolerance)
        for step in range(self.steps + 1):
            gradients.compute()
            points[step], losses[step], slopes[step] = at, gradients.losses, slope
            if judge.all_stopped(step, points, losses, slopes):
                break
            for move in moves:
                move.step(step + 1)
        stops, statuses = judge.verdict(losses[: step + 1])
        over, notes = tuple(moved.address for moved in self.over), notes_on(self.over)
        origin = Origin(self.ground, self.over)
        paths = [
            DescentPath(
                over,
                points[:stop, :, walker],
                losses[:stop, walker],
                slopes[:stop, :, walker],
                self.optimizers[walker // n].name,
                self.rates[walker // n],
                status,
                notes,
                origin,
            )
            for walker, (stop, status) in enumerate(zip(stops, statuses, strict=True))
        ]
        return [paths[first : first + n] for first in range(0, len(paths), n)]

    def ends(self, starts: Array) -> tuple[Array, Array, Array]:
        """Return where walkers with one optimiser end, and the losses there.

        The third array is the largest distance in a parameter that each went in the last tenth of
        its steps.
        """
        n = self.evaluator.points_at_once
        parts = [self._ends_of(starts[first : first + n]) for first in range(0, len(starts), n)]
        at, losses, moved = (np.concatenate(arrays) for arrays in zip(*parts, strict=True))
        return at, losses, moved

    def _ends_of(self, starts: Array) -> tuple[Array, Array, Array]:
        gradients = Gradients(self.evaluator, len(starts))
        at = gradients.values
        at[...] = starts.T
        (move,) = self._moves(at, gradients.gradient)
        before, moved = at.copy(), np.zeros(len(starts))
        last_tenth = self.steps - self.steps // 10
        for step in range(1, self.steps + 1):
            if step == last_tenth:
                before = at.copy()
            gradients.compute(losses=False)
            move.step(step)
            if step >= last_tenth:
                # Not the ends alone: a walker that swings to and fro comes back to where it was.
                with np.errstate(all="ignore"):
                    np.maximum(moved, np.abs(at - before).max(axis=0), out=moved)
        gradients.compute()
        return at.T.copy(), gradients.losses.copy(), moved

    def _moves(self, at: Array, gradient: Array) -> list["_Move"]:
        """Return for each optimiser how it moves its share of the walkers."""
        n = at.shape[1] // len(self.optimizers)
        parts = [slice(first, first + n) for first in range(0, at.shape[1], n)]
        return [
            _Move(optimizer, rate, at[:, part], gradient[:, part])
            for optimizer, rate, part in zip(self.optimizers, self.rates, parts, strict=True)
        ]


class _Move:
    """The steps of one optimiser, as operations on the arrays of its walkers."""

    def __init__(self, optimizer: Optimizer, rate: float, at: Array, gradient: Array) -> None:
        self.optimizer, self.rate = optimizer, rate
        self.rate_now = np.array(rate)
        self.once = {name: np.zeros(()) for name in dict(optimizer.each_step)}
        columns = {name: np.zeros_like(at) for name in optimizer.state} | {"parameter": at}
        now = self.rate_now if isinstance(rate, RateFormula) else rate
        known = {**self.once, "learning_rate": now, "gradient": gradient}
        self.operations = list(rule_operations(optimizer, known, columns))

    def step(self, number: int) -> None:
        """Do one step, counted from 1."""
        for name, value in self.optimizer.at_step(number).items():
            self.once[name][...] = value
        if isinstance(self.rate, RateFormula):
            self.rate_now[...] = self.rate.at(number, epoch=number - 1)
        with np.errstate(all="ignore"):
            run(self.operations)


class _Judge:
    """Watches walkers, and says how each ended."""

    def __init__(self, n_walkers: int, n_points: int, tolerance: float) -> None:
        self.n_points, self.tolerance = n_points, tolerance
        self.bad, self.settled = np.full((2, n_walkers), n_points)

    def all_stopped(self, step: int, points: Array, losses: Array, gradients: Array) -> bool:
        """Look at all walkers after one step; whether none has to go on."""
        stopped = False
        with np.errstate(all="ignore"):
            if not np.isfinite(losses[step].sum() + points[step].sum()):
                lost = ~(np.isfinite(losses[step]) & np.isfinite(points[step]).all(axis=0))
                self.bad[lost & (self.bad == self.n_points)] = step
                stopped = True
            settled = np.sqrt(np.square(gradients[step]).sum(axis=0)) <= self.tolerance
            if settled.any():
                moved = np.abs(points[step] - points[max(0, step - 1)]).max(axis=0)
                settled &= (moved <= self.tolerance) & (self.settled == self.n_points)
                self.settled[settled] = step
                stopped = True
        return stopped and bool((np.minimum(self.bad, self.settled) < self.n_points).all())

    def verdict(self, losses: Array) -> tuple[list[int], list[str]]:
        """Return how many points of each path count, and how it ended."""
        converged = self.settled < self.bad
        with np.errstate(all="ignore"):
            risen = (losses[-1] > losses[0]) & (losses[-1] >= losses.max(axis=0))
        diverged = ~converged & ((self.bad < self.n_points) | risen)
        stops = np.where(converged, self.settled + 1, np.clip(self.bad, 1, len(losses)))
        statuses = np.where(converged, "converged", np.where(diverged, "diverged", "finished"))
        return stops.tolist(), statuses.tolist()


def read_rates(learning_rate: Any, n: int) -> tuple[float, ...]:
    """Return a learning rate for each of n optimisers."""
    several = isinstance(learning_rate, Sequence | np.ndarray) and not isinstance(
        learning_rate, str
    )
    stated = list(learning_rate) if several else [learning_rate] * n
    if len(stated) != n:
        raise InvalidValueError(
            f"learning_rate must be one number or {n}, one for each optimizer, not {len(stated)}"
        )
    return tuple(rate if isinstance(rate, RateFormula) else rate_of(rate) for rate in stated)


def _optimizers(optimizer: Any) -> tuple[list[Optimizer], bool]:
    if isinstance(optimizer, str) or not isinstance(optimizer, Sequence):
        return [get_optimizer(optimizer)], False
    if not optimizer:
        raise InvalidValueError("optimizer is an empty list: give one or more")
    return [get_optimizer(name) for name in optimizer], True


def _starts(
    net: Network, ground: Ground, over: Sequence[Parameter], start: Any
) -> tuple[Array, bool]:
    """Return starts of shape (n_starts, n_over), and whether several were asked for."""
    if start is None:
        return ground.values(over)[None, :], False
    if hasattr(start, "keys") or isinstance(start, Network):
        return set_of(net, ground, over, start, "start")[None, :], False
    if isinstance(start, Sequence) and any(hasattr(one, "keys") for one in start):
        return np.array([set_of(net, ground, over, one, "start") for one in start]), True
    try:
        several = np.ndim(start) == 2
    except ValueError:
        several = True
    if several:
        return finite_array(start, "start", (None, len(over))), True
    return finite_array(start, "start", (len(over),))[None, :], False
