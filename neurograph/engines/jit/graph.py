"""A network in compressed form: arrays of whole numbers, for one loop over the graph."""

from collections.abc import Iterable, Sequence
from itertools import chain
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from neurograph.activations import Activation
from neurograph.engines.levels import delta_rules
from neurograph.losses import Loss
from neurograph.structure import BIAS, EMPTY, Structure

__all__ = ["Compressed", "Whole", "compress", "kinds"]

Whole = NDArray[np.int64]
#: What arrays are indexed with: unsigned, so that a compiled loop need not ask whether it counts
#: from the end.
Places = NDArray[np.uint32]

#: Parameters that lie side by side, as what they are multiplied with does, are worth a loop of
#: their own from this length on.
LEAST_RUN = 6


class Compressed(NamedTuple):
    """What the compiled loop knows of a network.

    A unit is a computed neuron; units are counted in the order of computation. A position is a
    place where an out is found: see `Structure.positions`. What belongs to unit u of a list lies
    from ``start[u]`` to ``start[u + 1]``.

    Attributes
    ----------
    level_start, level_coupled
        By level its first unit, and the first of those that are computed together, which come last.
    group_start
        First unit of each group; mostly a group is one unit.
    backward
        The groups in the order of the backward pass.
    at, code
        By unit: position, and number of the activation (see `kinds`).
    answers, at_once, sends
        By unit, 1 or 0: whether it is an output, whether loss and activation give its delta at
        once, whether it sends error messages to units.
    outputs, output_code
        By output: position, and number of the activation.
    run_start, run_slot, run_at, run_length, run_trainable
        By unit the runs: parameters side by side in slots from `run_slot` on, for positions side by
        side from `run_at` on.
    entry_start, entry_frozen, entry_slot, entry_at
        By unit the other parameters one by one, those that are frozen last.
    whole_start, whole
        By unit the ties whose gradient is complete after this unit.
    ready_start, ready
        By unit the slots whose gradient is complete after this unit, if they are trainable.
    tie_start, tie_slot
        By tie its slots.
    onward_start, onward_slot, onward_at
        By unit the connections that lead on from it: slot, and position of the other end.
    """

    level_start: Whole
    level_coupled: Whole
    group_start: Whole
    backward: Whole
    at: Places
    code: Whole
    answers: Whole
    at_once: Whole
    sends: Whole
    outputs: Places
    output_code: Whole
    run_start: Whole
    run_slot: Places
    run_at: Places
    run_length: Places
    run_trainable: Whole
    entry_start: Whole
    entry_frozen: Whole
    entry_slot: Places
    entry_at: Places
    whole_start: Whole
    whole: Whole
    ready_start: Whole
    ready: Places
    tie_start: Whole
    tie_slot: Places
    onward_start: Whole
    onward_slot: Places
    onward_at: Places


def kinds(structure: Structure) -> list[Activation]:
    """Return the activations that are used, each once: their numbers in `Compressed.code`."""
    used = {structure.activations[row].name: structure.activations[row] for row in _rows(structure)}
    return [used[name] for name in sorted(used)]


def _rows(structure: Structure) -> list[int]:
    return list(chain(*chain(*structure.groups)))


def compress(structure: Structure, loss: Loss, *, runs: bool) -> Compressed:
    """Return a network in compressed form.

    Parameters
    ----------
    structure : Structure
    loss : Loss
    runs : bool
        Whether parameters side by side are taken together.
    """
    rows = _rows(structure)
    unit_of = {row: unit for unit, row in enumerate(rows)}
    groups = list(chain(*structure.groups))
    number = {group: place for place, group in enumerate(groups)}
    code = {activation.name: place for place, activation in enumerate(kinds(structure))}
    outputs = set(structure.outputs)
    rules = delta_rules(structure, loss)
    at = structure.positions
    n_given = len(structure.levels[0])
    parameters = _parameters(structure, rows, runs=runs)
    whole, ready = _completed(structure, [unit_of[row] for row in _in_reverse(structure)], rows)
    return Compressed(
        level_start=_starts([list(chain(*level)) for level in structure.groups]),
        level_coupled=_array(
            unit_of[level[0][0]] + sum(len(group) == 1 for group in level)
            for level in structure.groups
        ),
        group_start=_starts(groups),
        backward=_array(number[group] for level in reversed(structure.groups) for group in level),
        at=_places(at[rows]),
        code=_array(code[structure.activations[row].name] for row in rows),
        answers=_array(row in outputs for row in rows),
        at_once=_array(row in rules for row in rows),
        sends=_array(any(pre >= n_given for _, pre in structure.incoming[row]) for row in rows),
        outputs=_places(at[structure.outputs]),
        output_code=_array(code[structure.activations[row].name] for row in structure.outputs),
        **parameters,
        whole_start=_starts(whole),
        whole=_array(chain(*whole)),
        ready_start=_starts(ready),
        ready=_places(chain(*ready)),
        tie_start=_starts(structure.ties),
        tie_slot=_places(chain(*structure.ties)),
        onward_start=_starts([structure.outgoing[row] for row in rows]),
        onward_slot=_places(slot for row in rows for slot, _ in structure.outgoing[row]),
        onward_at=_places(at[post] for row in rows for _, post in structure.outgoing[row]),
    )


def _array(values: Iterable[int]) -> Whole:
    return np.array(values if isinstance(values, np.ndarray) else list(values), dtype=np.int64)


def _places(values: Iterable[int]) -> Places:
    return _array(values).astype(np.uint32)


def _starts(lists: Iterable[Sequence[object]]) -> Whole:
    return np.cumsum([0, *map(len, lists)], dtype=np.int64)


def _parameters(structure: Structure, rows: list[int], *, runs: bool) -> dict[str, Any]:
    """Return the fields about runs and entries."""
    filled = np.flatnonzero(structure.pre != EMPTY)
    post, pre = structure.post[filled], structure.pre[filled].astype(np.int64)
    level_of = np.repeat(np.arange(len(structure.levels)), [len(rows) for rows in structure.levels])
    # A bias is the weight from the constant 1 that follows the level before.
    constants = np.array(structure.constants[: len(structure.levels)])
    at = np.where(pre == BIAS, constants[level_of[post] - 1], structure.positions[pre])
    trainable = structure.trainable[filled]
    goes_on = (
        (np.diff(filled) == 1)
        & (np.diff(at) == 1)
        & (np.diff(post) == 0)
        & (trainable[1:] == trainable[:-1])
    )
    first = np.flatnonzero(np.concatenate([[True], ~goes_on]))
    length = np.diff(np.append(first, len(filled)))
    long = (length >= LEAST_RUN) & runs
    unit_of = np.zeros(len(structure.names), dtype=np.int64)
    unit_of[rows] = np.arange(len(rows))
    by_unit = np.argsort(unit_of[post[first[long]]], kind="stable")
    run_first, run_length = first[long][by_unit], length[long][by_unit]
    entry = np.flatnonzero(~np.repeat(long, length))
    unit = unit_of[post[entry]]
    entry = entry[np.lexsort((~trainable[entry], unit))]
    unit = unit_of[post[entry]]
    bounds = np.arange(len(rows) + 1)
    entry_start = np.searchsorted(unit, bounds)
    moving = np.bincount(unit, weights=trainable[entry], minlength=len(rows))
    return {
        "run_start": _array(np.searchsorted(unit_of[post[run_first]], bounds)),
        "run_slot": _places(filled[run_first]),
        "run_at": _places(at[run_first]),
        "run_length": _places(run_length),
        "run_trainable": _array(trainable[run_first]),
        "entry_start": _array(entry_start),
        "entry_frozen": _array(entry_start[:-1] + moving.astype(np.int64)),
        "entry_slot": _places(filled[entry]),
        "entry_at": _places(at[entry]),
    }


def _in_reverse(structure: Structure) -> list[int]:
    """Return the rows in the order in which the backward pass reaches them."""
    return list(chain(*chain(*reversed(structure.groups))))


def _completed(
    structure: Structure, units: list[int], rows: list[int]
) -> tuple[list[list[int]], list[list[int]]]:
    """Return by unit the ties and the trainable slots that are complete after its gradients."""
    whole: list[list[int]] = [[] for _ in rows]
    ready: list[list[int]] = [[] for _ in rows]
    if not structure.ties:
        return whole, ready
    missing = [len(slots) for slots in structure.ties]
    for unit in units:
        row = rows[unit]
        slots = [slot for slot, _ in structure.incoming[row]]
        if row in structure.bias_slot:
            slots.append(structure.bias_slot[row])
        for slot in slots:
            tie = structure.tie_of.get(slot)
            if tie is not None:
                missing[tie] -= 1
                if missing[tie]:
                    continue
                whole[unit].append(tie)
            if structure.trainable[slot]:
                ready[unit] += structure.shared_slots(slot)
    return whole, ready
