"""Fresh numbers for an exercise, chosen so that they come out well."""

import math
from dataclasses import replace
from itertools import combinations
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from neurograph.errors import InvalidValueError
from neurograph.network import Network
from neurograph.scenario import NetworkFacts

if TYPE_CHECKING:
    from neurograph.exercises.making import Round

__all__ = ["vary_numbers"]

#: How often to draw before the numbers are taken that came nearest.
_DRAWS = 400
#: Between these a neuron's net is neither saturated nor too near to 0 to be noticed.
_LEAST_NET, _MOST_NET = 0.05, 2.0
#: A value below this does not show four digits in six decimals.
_LEAST = 1e-3
#: Two outs nearer than this are hard to tell apart, and so are mistakes that exchange them.
_APART = 0.01

_TENTHS = np.arange(1, 10) / 10
_HUNDREDTHS = np.array([number / 100 for number in range(5, 100) if number % 10])


def vary_numbers(basis: "Round", rng: np.random.Generator) -> "Round":
    """Return the round with fresh weights, biases, inputs and targets of one decimal.

    No two weights of a level are equal, so that an exchange shows; where it has more than 18 they
    have two decimals. Frozen parameters get fresh numbers too, tied ones the same; targets that
    are all -1, 0 or 1 (of a classification) change places only.

    Parameters
    ----------
    basis : Round
    rng : numpy.random.Generator

    Returns
    -------
    Round
        The draw with the fewest values that are saturated, too small to show four digits in six
        decimals, or too near to another; mostly there are none.

    Raises
    ------
    InvalidValueError
        If no draw gives finite numbers.
    """
    best: tuple[float, Round | None] = (math.inf, None)
    for _ in range(_DRAWS):
        drawn = _drawn(basis, rng)
        faults = _faults(drawn)
        if faults < best[0]:
            best = faults, drawn
        if not faults:
            break
    if best[1] is None:
        raise InvalidValueError("no fresh numbers were found that stay finite")
    return best[1]


def _drawn(basis: "Round", rng: np.random.Generator) -> "Round":
    facts = basis.facts
    level_of = {
        str(name): number
        for number, level in enumerate(basis.facts.build().levels)
        for name in level
    }
    ties: dict[str, float] = {}
    neurons = tuple(
        neuron
        if neuron.bias is None
        else replace(neuron, bias=_tied(ties, neuron.tie, _signed(rng, 1)[0]))
        for neuron in facts.neurons
    )
    levels = [level_of[connection.post] for connection in facts.connections]
    fresh = {level: iter(_signed(rng, levels.count(level))) for level in sorted(set(levels))}
    connections = tuple(
        replace(connection, weight=_tied(ties, connection.tie, next(fresh[level])))
        for connection, level in zip(facts.connections, levels, strict=True)
    )
    network: NetworkFacts = replace(facts, neurons=neurons, connections=connections)
    targets = np.array(basis.targets)
    if set(basis.targets) <= {-1.0, 0.0, 1.0}:
        targets = rng.permutation(targets)
    else:
        targets = rng.choice(_TENTHS, len(targets), replace=len(targets) > len(_TENTHS))
    inputs = rng.choice(_TENTHS, len(basis.inputs), replace=len(basis.inputs) > len(_TENTHS))
    return replace(
        basis,
        facts=network,
        inputs=tuple(inputs.tolist()),
        targets=tuple(targets.tolist()),
        source=f"{basis.source}, with other numbers" if basis.source else None,
    )


def _tied(ties: dict[str, float], tie: str | None, fresh: float) -> float:
    return fresh if tie is None else ties.setdefault(tie, fresh)


def _signed(rng: np.random.Generator, n: int) -> list[float]:
    """Return numbers, two thirds of them positive, no two of which are equal."""
    sizes: NDArray[np.float64] = _TENTHS
    if n > len(_TENTHS):
        sizes = np.concatenate([_TENTHS, -_TENTHS] if n <= 2 * len(_TENTHS) else [_HUNDREDTHS])
    drawn = rng.choice(sizes, n, replace=n > len(sizes))
    signs = 1.0 if sizes.min() < 0 else rng.choice([1.0, 1.0, -1.0], n)
    numbers: list[float] = (drawn * signs).tolist()
    return numbers


def _faults(drawn: "Round") -> float:
    """Return how many things do not come out well; infinitely many where one is not finite."""
    net = drawn.facts.build()
    net.forward(drawn.inputs)
    if not math.isfinite(net.backward(drawn.targets)):
        return math.inf
    faults = 0
    for level in net.levels[1:]:
        outs = [float(net.neuron(name).out) for name in level]
        faults += sum(abs(one - other) < _APART for one, other in combinations(outs, 2))
        for name in level:
            neuron = net.neuron(name)
            faults += not _LEAST_NET <= abs(float(neuron.net)) <= _MOST_NET
            faults += abs(float(neuron.delta)) < _LEAST
            faults += sum(abs(float(link.gradient)) < _LEAST for link in net.incoming(name))
    for name in net.outputs:
        # A loss of 0 is meant, as that of the classes which are not the target.
        faults += 0 < abs(float(net.neuron(name).loss)) < _LEAST
    return faults + _unseen(net)


def _unseen(net: Network) -> int:
    """Return how many outputs have their target already."""
    outputs = map(net.neuron, net.outputs)
    return sum(abs(float(output.out) - float(output.target)) < _APART for output in outputs)
