"""What an exercise starts from: one round of a worked example or of a network, or fresh numbers."""

import math
import os
from dataclasses import dataclass, replace
from itertools import combinations
from typing import Any

import numpy as np
from numpy.typing import NDArray

from neurograph.checks import finite_number, one_of, whole_number
from neurograph.equations import ORDERS
from neurograph.errors import InvalidValueError
from neurograph.exercises.records import facts_of
from neurograph.network import Network
from neurograph.rounds import read_inputs, read_targets
from neurograph.scenario import NetworkFacts, Scenario, load_scenario
from neurograph.scenario.updates import NextUpdate, first_network, next_update

__all__ = ["Basis", "basis_of", "basis_of_network", "vary_numbers"]

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


@dataclass(frozen=True, kw_only=True)
class Basis:
    """One round of an example: all that its numbers follow from."""

    title: str
    source: str | None
    facts: NetworkFacts
    inputs: tuple[float, ...]
    targets: tuple[float, ...]
    order: Any = "simultaneous"
    learning_rate: float | None = None
    digits: int | None = None
    #: Why there is no update to be worked out.
    no_update: str = "no learning rate is given, so nothing is updated"


def basis_of(
    of: Scenario | str | os.PathLike[str], run: str | None = None, sample: int = 1
) -> Basis:
    """Return one round of a scenario, for one of its samples."""
    scenario = of if isinstance(of, Scenario) else load_scenario(of)
    chosen = scenario.run(run or "1")
    inputs, targets = (_row(np.atleast_2d(values), sample) for values in scenario.data_of(chosen))
    year = f", {scenario.year}" if scenario.year else ""
    update = next_update(scenario, chosen)
    why = _no_update(update, sample)
    rate = None if why else update.learning_rate
    source = f"after {scenario.author}, “{scenario.title}”{year}"
    if why and update.learning_rate is not None:
        source += f" (its run {chosen.name} {why}: no update here)"
    return Basis(
        title=scenario.title,
        source=source,
        facts=facts_of(first_network(scenario, chosen)),
        inputs=inputs,
        targets=targets,
        # Without a learning rate no weight changes, in place or otherwise.
        order=update.training.order if rate is not None else "simultaneous",
        learning_rate=rate,
        digits=chosen.digits,
        no_update=f"run {chosen.name!r} {why}",
    )


def _no_update(update: NextUpdate, sample: int) -> str:
    """Return why one sample does not give what the run changes weights by; empty if it does."""
    if update.learning_rate is None:
        return "has no learning rate, so nothing is updated"
    if update.blocked:
        return update.blocked
    if update.batch_size > 1:
        return f"changes weights after {update.batch_size} samples together"
    if update.n_samples > 1 and (sample > 1 or update.training.shuffle):
        return f"changes weights before it comes to sample {sample}"
    return update.by_another_optimizer


def basis_of_network(
    net: Network,
    data: tuple[Any, Any],
    learning_rate: float | None,
    order: str | None,
    sample: int,
) -> Basis:
    """Return one round of a network as it is, for one sample of its inputs and targets."""
    inputs, targets = data
    rate = None if learning_rate is None else finite_number(learning_rate, "learning_rate")
    if inputs is None or targets is None:
        raise InvalidValueError(
            "an exercise about a network needs inputs and targets: exercise(net, inputs, targets)"
        )
    order = one_of("simultaneous" if order is None else order, ORDERS, "order")
    storage = net.storage
    given = read_inputs(storage.structure, inputs)
    wanted = read_targets(storage.structure, targets, given[0])
    named = [str(name) for name in net]
    if len(set(named)) < len(named):
        raise InvalidValueError("two neurons have the same name as text: answers could not tell")
    rows = [np.atleast_1d(np.stack(values, axis=-1)) for values in (given, wanted)]
    one_input, one_target = (_row(np.atleast_2d(values), sample) for values in rows)
    return Basis(
        title="A network worked out by hand",
        source=None,
        facts=facts_of(net),
        inputs=one_input,
        targets=one_target,
        # Without a learning rate no weight changes, in place or otherwise.
        order="simultaneous" if rate is None else order,
        learning_rate=rate,
    )


def _row(values: Any, sample: int) -> tuple[float, ...]:
    """Return one sample of several, counted from 1."""
    sample = whole_number(sample, "sample")
    if sample > len(values):
        n = len(values)
        raise InvalidValueError(f"no sample {sample}: the data has {n} sample{'s' * (n != 1)}")
    return tuple(values[sample - 1].tolist())


def vary_numbers(basis: Basis, rng: np.random.Generator) -> Basis:
    """Return the round with fresh weights, biases, inputs and targets of one decimal.

    No two weights of a level are equal, so that an exchange shows; where it has more than 18 they
    have two decimals. Frozen parameters get fresh numbers too, tied ones the same; targets that
    are all -1, 0 or 1 (of a classification) change places only.

    Parameters
    ----------
    basis : Basis
    rng : numpy.random.Generator

    Returns
    -------
    Basis
        The draw with the fewest values that are saturated, too small to show four digits in six
        decimals, or too near to another; mostly there are none.

    Raises
    ------
    InvalidValueError
        If no draw gives finite numbers.
    """
    best: tuple[float, Basis | None] = (math.inf, None)
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


def _drawn(basis: Basis, rng: np.random.Generator) -> Basis:
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


def _faults(drawn: Basis) -> float:
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
