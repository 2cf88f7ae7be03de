"""The compiled loop: a network as arrays of whole numbers, and the text of the loop over them.

The text is written from the formulas of what a network uses. It depends on the formulas, the order
and the reduction alone: the graph, the constants of the optimiser and the data are arguments. Only
numbered names and formulas that were read against a whitelist come into it.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import chain, pairwise
from textwrap import dedent, indent
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from neurograph.activations import GROUP_DELTA, Activation
from neurograph.engines.elementary import ELEMENTARY, text_of
from neurograph.equations import Equations, Round
from neurograph.formulas import FUNCTIONS, Formula
from neurograph.losses import LOG_OUT
from neurograph.records import record
from neurograph.structure import BIAS, EMPTY, Structure

__all__ = [
    "Compressed",
    "LoopLayout",
    "Whole",
    "argument_types",
    "compress",
    "function_text",
    "kinds",
    "module_text",
]

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
    place where an out is found: see `Structure.positions`. A cell is a place where the loop has a
    parameter: slots may be empty, cells are filled, in the order in which they are read. What
    belongs to unit u of a list lies from ``start[u]`` to ``start[u + 1]``.

    Attributes
    ----------
    slots
        By cell, the slot of its parameter; a slice where cells are slots. For those who call the
        loop.
    level_start, level_coupled
        By level its first unit, and the first of those that are computed together, which come last.
    level_kind
        By level the number of the activation, if those not computed together have one alone and lie
        side by side; else -1.
    level_delta
        By level, if it has a kind and nothing else, and all its deltas are found alike: 0 if they
        come from messages, 1 if outs are compared with targets, 2 if loss and activation give them
        at once; else -1.
    level_width
        By level how many parameters each unit has, if it is a matrix: all of them trainable, for
        the same positions, and in one run each, where runs are taken together; else 0.
    level_group
        By level its first group.
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
    run_start, run_cell, run_at, run_length, run_trainable
        By unit the runs: parameters in cells from `run_cell` on, for positions side by side from
        `run_at` on.
    entry_start, entry_frozen, entry_at
        By unit the other parameters one by one, those that are frozen last: their cells come first,
        so that the number of an entry is its cell.
    whole_start, whole
        By unit the ties whose gradient is complete after this unit.
    ready_start, ready
        By unit the cells whose gradient is complete after this unit, if they are trainable.
    tie_start, tie_cell
        By tie its cells.
    onward_start, onward_cell, onward_at
        By unit the connections that lead on from it: cell, and position of the other end.
    """

    slots: NDArray[np.intp] | slice
    level_start: Whole
    level_coupled: Whole
    level_kind: Whole
    level_delta: Whole
    level_width: Whole
    level_group: Whole
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
    run_cell: Places
    run_at: Places
    run_length: Places
    run_trainable: Whole
    entry_start: Whole
    entry_frozen: Whole
    entry_at: Places
    whole_start: Whole
    whole: Whole
    ready_start: Whole
    ready: Places
    tie_start: Whole
    tie_cell: Places
    onward_start: Whole
    onward_cell: Places
    onward_at: Places


def kinds(of_round: Round) -> list[Activation]:
    """Return the activations that are used, each once: their numbers in `Compressed.code`."""
    used = {of_round.activations[row] for row in _rows(of_round.structure)}
    return sorted(used, key=lambda activation: (activation.name, activation.derivative.text))


def _rows(structure: Structure) -> list[int]:
    return list(chain(*chain(*structure.groups)))


def compress(of_round: Round, *, runs: bool) -> Compressed:
    """Return a network in compressed form.

    Parameters
    ----------
    of_round : Round
    runs : bool
        Whether parameters side by side are taken together.
    """
    structure, equations = of_round.structure, Equations(of_round)
    rows = _rows(structure)
    unit_of = {row: unit for unit, row in enumerate(rows)}
    groups = list(chain(*structure.groups))
    number = {group: place for place, group in enumerate(groups)}
    code = {activation: place for place, activation in enumerate(kinds(of_round))}
    used = of_round.activations
    outputs = set(structure.outputs)
    joint = {row for row in rows if equations.joint(row) is not None}
    deltas = {row: 2 if row in joint else int(row in outputs) for row in rows}
    at = structure.positions
    n_given = len(structure.levels[0])
    slots, parameters = _parameters(structure, rows, runs=runs)
    whole, ready = _completed(structure, [unit_of[row] for row in _in_reverse(structure)], rows)
    cell_of = np.zeros(len(structure.pre), dtype=np.int64)
    cell_of[slots] = np.arange(len(slots))
    are_slots = np.array_equal(slots, np.arange(len(cell_of)))
    level_start = _starts([list(chain(*level)) for level in structure.groups])
    return Compressed(
        slots=slice(len(slots)) if are_slots else slots,
        level_start=level_start,
        level_coupled=_array(
            unit_of[level[0][0]] + sum(len(group) == 1 for group in level)
            for level in structure.groups
        ),
        level_kind=_array(_kind_of(level, used, code) for level in structure.groups),
        level_delta=_array(_delta_of(level, used, code, deltas) for level in structure.groups),
        level_width=_level_widths(level_start, parameters, runs=runs),
        level_group=_starts(structure.groups),
        group_start=_starts(groups),
        backward=_array(number[group] for level in reversed(structure.groups) for group in level),
        at=_places(at[rows]),
        code=_array(code[used[row]] for row in rows),
        answers=_array(row in outputs for row in rows),
        at_once=_array(row in joint for row in rows),
        sends=_array(any(pre >= n_given for _, pre in structure.incoming[row]) for row in rows),
        outputs=_places(at[structure.outputs]),
        output_code=_array(code[used[row]] for row in structure.outputs),
        **parameters,
        whole_start=_starts(whole),
        whole=_array(chain(*whole)),
        ready_start=_starts(ready),
        ready=_places(cell_of[list(chain(*ready))]),
        tie_start=_starts(structure.ties),
        tie_cell=_places(cell_of[list(chain(*structure.ties))]),
        onward_start=_starts([structure.outgoing[row] for row in rows]),
        onward_cell=_places(cell_of[[slot for row in rows for slot, _ in structure.outgoing[row]]]),
        onward_at=_places(at[post] for row in rows for _, post in structure.outgoing[row]),
    )


def _kind_of(
    level: Sequence[tuple[int, ...]], used: Sequence[Activation], code: dict[Activation, int]
) -> int:
    """Return `Compressed.level_kind` of a level."""
    alone = [group[0] for group in level if len(group) == 1]
    alike = {used[row] for row in alone}
    in_order = alone == list(range(alone[0], alone[0] + len(alone))) if alone else False
    return code[alike.pop()] if in_order and len(alike) == 1 else -1


def _delta_of(
    level: Sequence[tuple[int, ...]],
    used: Sequence[Activation],
    code: dict[Activation, int],
    deltas: Mapping[int, int],
) -> int:
    """Return `Compressed.level_delta` of a level."""
    alike = {deltas[row] for row in chain(*level)}
    alone = all(len(group) == 1 for group in level) and _kind_of(level, used, code) >= 0
    return alike.pop() if alone and len(alike) == 1 else -1


def _level_widths(level_start: Whole, parameters: dict[str, Any], *, runs: bool) -> Whole:
    """Return `Compressed.level_width`."""
    run_start, entry_start = parameters["run_start"], parameters["entry_start"]
    start = run_start if runs else entry_start
    one_each = np.diff(run_start) == 1
    all_move = parameters["entry_frozen"] == entry_start[1:]
    widths = np.zeros(len(level_start) - 1, dtype=np.int64)
    for level, (first, stop) in enumerate(pairwise(level_start.tolist())):
        of_level = slice(start[first], start[stop])
        if runs:
            length = parameters["run_length"][of_level]
            places = np.stack([parameters["run_at"][of_level], length], axis=-1)
            alone = one_each[first:stop].all() and entry_start[first] == entry_start[stop]
            right = alone and parameters["run_trainable"][of_level].all()
        else:
            counts = np.diff(entry_start[first : stop + 1])
            right = all_move[first:stop].all() and (counts == counts[0]).all()
            places = parameters["entry_at"][of_level]
            length = counts
        if right:
            by_unit = places.reshape(stop - first, -1)
            widths[level] = length[0] if (by_unit == by_unit[0]).all() else 0
    return widths


def _array(values: Iterable[int]) -> Whole:
    return np.array(values if isinstance(values, np.ndarray) else list(values), dtype=np.int64)


def _places(values: Iterable[int]) -> Places:
    return _array(values).astype(np.uint32)


def _starts(lists: Iterable[Sequence[object]]) -> Whole:
    return np.cumsum([0, *map(len, lists)], dtype=np.int64)


def _parameters(
    structure: Structure, rows: list[int], *, runs: bool
) -> tuple[NDArray[np.intp], dict[str, Any]]:
    """Return the slot of each cell, and the fields about runs and entries."""
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
    in_runs = [np.arange(0)]
    in_runs += map(np.arange, run_first.tolist(), (run_first + run_length).tolist())
    return filled[np.concatenate([entry, *in_runs])], {
        "run_start": _array(np.searchsorted(unit_of[post[run_first]], bounds)),
        "run_cell": _places(len(entry) + np.cumsum(run_length) - run_length),
        "run_at": _places(at[run_first]),
        "run_length": _places(run_length),
        "run_trainable": _array(trainable[run_first]),
        "entry_start": _array(entry_start),
        "entry_frozen": _array(entry_start[:-1] + moving.astype(np.int64)),
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


# Without `fastmath` a function that is put into its caller takes over the caller's: see _DECORATOR.
SCALAR = "@njit(error_model='numpy', fastmath=False)"

#: In the formula of a joint loss, for the nets of a group as `group_outs` leaves them.
_OF_LOG_OUT = {"log_total": "0.0"}

#: Functions of the table that are no single NumPy function: in words that numba knows.
_IN_WORDS = {
    "erf": "math.erf(a)",
    "xlogy": "0.0 if a == 0.0 and b == b else a * np.log(b)",
    "xlog1my": "0.0 if a == 0.0 and b == b else a * np.log1p(-b)",
    "xmuly": "0.0 if a == 0.0 and b == b else a * b",
    "xdivy": "0.0 if a == 0.0 and b == b else a / b",
    "settled": (
        "_nearest(a, 10.0**(11.0 - math.ceil(math.log10(b)))) if 1e-290 < b < 1e290 else a"
    ),
}
#: What these words call.
_WITH = {
    "settled": """\
def _nearest(a, units):
    whole = np.rint(a * units)
    return whole / units if abs(a * units - whole) <= 0.01 else a
"""
}


@record
class LoopLayout:
    """How the loop goes through a batch.

    Attributes
    ----------
    online : bool
        Each batch is one sample.
    samples_inside : bool
        What lies side by side in memory, and is taken together, are the samples of a neuron and not
        the neurons of a sample: for graphs whose parameters do not lie side by side.
    straight : bool
        There is no loop over the graph: see `straight_loop`.
    """

    online: bool
    samples_inside: bool
    straight: bool = False


def function_text(name: str) -> str:
    """Return a function of the formula table as numba compiles it: IEEE 754 throughout."""
    row = FUNCTIONS[name]
    if name in ELEMENTARY:
        return text_of(ELEMENTARY[name])
    if name in _IN_WORDS:
        arguments = "a, b"[: 3 * row.n_arguments - 2]
        text = f"{SCALAR}\ndef {name}({arguments}):\n    return {_IN_WORDS[name]}\n"
        return f"{SCALAR}\n{_WITH[name]}{text}" if name in _WITH else text
    assert isinstance(row.evaluate, np.ufunc)
    return f"{name} = np.{row.evaluate.__name__}\n"


def module_text(of_round: Round, layout: LoopLayout) -> str:
    """Return the source of a module with the function ``train``."""
    return _Text(of_round, layout).module()


def _block(text: str, /, **parts: str) -> str:
    """Return a text with indented parts in the place of lines such as ``<update>``."""
    lines = []
    for line in dedent(text).strip("\n").splitlines():
        name = line.strip()
        if name.startswith("<") and name.endswith(">"):
            part = parts[name[1:-1]]
            lines.append(indent(part.rstrip("\n"), line[: -len(name)]) if part else "")
        else:
            lines.append(line)
    return "\n".join(line for line in lines if line.strip()) + "\n"


class _Text:
    """Writes one module."""

    def __init__(self, of_round: Round, layout: LoopLayout) -> None:
        self.round, self.loss, self.optimizer = of_round, of_round.loss, of_round.optimizer
        self.activations = kinds(of_round)
        self.in_place, self.tied = of_round.order == "in_place", bool(of_round.structure.ties)
        self.inside, self.online = layout.samples_inside, layout.online
        # How many samples are computed: the last of a batch again, until they are fours.
        self.computed = "n" if self.inside or self.online else "padded"
        self.used: set[str] = set()
        self.functions: dict[str, str] = {}
        optimizer = of_round.optimizer
        self.state = {name: f"m{k}" for k, name in enumerate(optimizer.state)}
        self.constants = {name: f"k{k}" for k, name in enumerate(optimizer.constants)}
        first = len(self.constants)
        self.factors = {name: f"k{first + k}" for k, name in enumerate(of_round.penalty_constants)}
        self.once = {name: f"e{k}" for k, (name, _) in enumerate(optimizer.each_step)}
        numbered = list(enumerate(self.activations))
        # The net is kept only where a slope or the loss needs it; else the out takes its place.
        slopes = [one.derivative for one in self.activations if not one.group]
        self.penalty = of_round.penalty if of_round.penalised else None
        of_nets = any(self._has_joint(one) for one in self.activations)
        of_nets = of_nets or any("net" in slope.variables for slope in slopes)
        self.net = "net" if of_nets else "out"
        self.alone = [(k, one) for k, one in numbered if not one.group]
        self.coupled = [(k, one) for k, one in numbered if one.group]
        # Of activations that give, with the loss, the delta of a neuron alone.
        of_both = self.loss.joint
        self.joint = [(k, of_both[one.name]) for k, one in self.alone if self._has_joint(one)]

    # -- formulas ---------------------------------------------------------------------------

    def source(self, formula: Formula, names: Mapping[str, str] | None = None) -> str:
        """Return a formula as an expression, and remember which functions it needs."""
        text = formula.source(names)
        self.used |= {name for name in FUNCTIONS if name.isidentifier() and f"{name}(" in text}
        return text

    def scalar(self, name: str, arguments: str, formulas: Iterable[tuple[int, Formula]]) -> str:
        """Return a function of one sample; of several formulas `code` is the number of one."""
        lines = [SCALAR, f"def {name}({arguments}):"]
        *others, last = [(k, self.source(formula, _OF_LOG_OUT)) for k, formula in formulas]
        lines += [f"    if code == {k}: return {text}" for k, text in others]
        return "\n".join([*lines, f"    return {last[1]}"]) + "\n"

    def call(self, formula: Formula, names: Mapping[str, str]) -> str:
        """Return the call of a function of its own: in the loop a formula would be reordered."""
        text = f"({', '.join(formula.variables)}):\n    return {self.source(formula)}\n"
        name = self.functions.setdefault(text, f"formula{len(self.functions)}")
        return f"{name}({', '.join(names.get(name, name) for name in formula.variables)})"

    def values_of_loss(self) -> list[tuple[int, Formula]]:
        """Return the formulas of an output's share, by its activation; last the loss alone."""
        loss = self.loss
        numbered = enumerate(self.activations)
        joint = [(k, loss.joint[one.name].value_formula) for k, one in numbered
                 if self._has_joint(one)]  # fmt: skip
        return [*joint, (-1, loss.formula)]

    def scalars(self) -> str:
        """Return the functions made from the activations and the loss."""
        alone = self.alone
        parts = [
            self.scalar("loss_value", "code, net, target, out, n", self.values_of_loss()),
            self.scalar("loss_slope", "target, out, n", [(0, self.loss.derivative)]),
        ]
        if alone:
            parts += [
                self.scalar("value", "code, net", [(k, one.formula) for k, one in alone]),
                self.scalar("slope", "code, net, out", [(k, one.derivative) for k, one in alone]),
            ]
        if self.joint:
            deltas = [(k, one.delta_formula) for k, one in self.joint]
            parts.append(self.scalar("joint_delta", "code, out, target", deltas))
        return "\n".join(parts)

    def _has_joint(self, activation: Activation) -> bool:
        return activation.name in self.loss.joint

    # -- the module -------------------------------------------------------------------------

    def module(self) -> str:
        """Return the whole text."""
        arrays = ["parameters", *self.state.values()]
        by_cell = ["gradient", *(["counted", "counted_once"] if self.penalty else [])]
        by_cell += ["decays"] * bool(self.round.decays)
        types = argument_types(arrays) | dict.fromkeys(by_cell, _VECTOR)
        types |= dict.fromkeys(_ROOMS, _MATRIX)
        types |= {
            name: "uint32[::1]" if Compressed.__annotations__[name] is Places else "int64[::1]"
            for name in Compressed._fields[1:]
        }
        body = self.train()
        scalars = self.scalars() + self.changed()
        scalars += "".join(f"{SCALAR}\ndef {name}{text}" for text, name in self.functions.items())
        functions = "\n".join(function_text(name) for name in sorted(self.used))
        start = f"nan = float('nan')\n{functions}\n{scalars}"
        head = f"{_DECORATOR % ', '.join(types.values())}def train({', '.join(types)}):\n"
        imports = "import math\nimport numpy as np\nfrom numba import njit\n"
        return f"{imports}\n{start}\n{head}{indent(body, '    ')}"

    def cell(self, column: str, position: str, sample: str = "s") -> str:
        """Return the text of one value of a column."""
        places = (position, sample) if self.inside else (sample, position)
        return f"{column}[{places[0]}, {places[1]}]"

    def train(self) -> str:
        """Return the body of the function."""
        of_step = [
            f"{self.once[name]} = {self.call(formula, self.constants)}"
            for name, formula in self.optimizer.each_step
        ]
        return _block(
            f"""
            <constants>
            n_answers = float(len(outputs))
            for t in range(len(rates)):
                rate = rates[t]
                <of_step>
                first = starts[which]
                <size>
                <scale>
                for s in range({self.computed}):
                    row = rows[first + min(s, n - 1)]
                    for i in range(inputs.shape[1]):
                        <give>
                    for i in range(len(outputs)):
                        <ask>
                <forward>
                total_error = 0.0
                for s in range(n):
                    for i in range(len(outputs)):
                        p = outputs[i]
                        <share>
                total_error *= scale
                <penalty>
                errors[t] = total_error
                if not np.isfinite(total_error):
                    return t + 1
                <backward>
                step += 1.0
                which += 1
                if which == len(starts):
                    which = 0
            return len(rates)
            """,
            constants="\n".join(
                f"{name} = constants[{k}]"
                for k, name in enumerate([*self.constants.values(), *self.factors.values()])
            ),
            penalty=self.penalty_value() if self.penalty else "",
            of_step="\n".join(of_step),
            size="n = 1" if self.online else "n = sizes[which]\npadded = (n + 3) // 4 * 4",
            scale="scale = 1.0 / n" if self.round.reduction == "mean" else "scale = 1.0",
            give=f"{self.cell('out', 'i')} = inputs[row, i]",
            ask=f"{self.cell('target', 'outputs[i]')} = targets[row, i]",
            share=(
                f"total_error += loss_value(output_code[i], {self.cell(self.net, 'p')},"
                f" {self.cell('target', 'p')}, {self.cell('out', 'p')}, n_answers)"
            ),
            forward=self.forward(),
            backward=self.backward(),
        )

    def penalty_value(self) -> str:
        """Return the text that adds the penalty to the error: its sums go over the cells."""
        assert self.penalty is not None
        each, summands = self.penalty.value_formula.split()
        names = {**self.factors, "weight": "parameters[c]", "n_samples": "float(n)"}
        lines = []
        for name, summand in summands.items():
            lines += [
                f"{name} = 0.0",
                "for c in range(len(counted_once)):",
                "    if counted_once[c] != 0.0:",
                f"        {name} += {self.call(summand, names)}",
            ]
        return "\n".join([*lines, f"total_error += {self.call(each, names)}"])

    # -- forward ----------------------------------------------------------------------------

    def forward(self) -> str:
        """Return the text of the forward pass."""
        # Loops of their own for nets and outs: a processor computes many an exp side by side.
        return _block(
            """
            for level in range(len(level_coupled)):
                rest = level_start[level]
                <tiles>
                for u in range(rest, level_start[level + 1]):
                    p = at[u]
                    <nets>
                a, b = level_start[level], level_coupled[level]
                <values>
                a, b = level_coupled[level], level_start[level + 1]
                <coupled>
            """,
            tiles=self.tiles(self.nets_of_tile()),
            nets=self.nets(),
            values=self.values() if self.alone else "",
            coupled=self.if_coupled(self.group_outs),
        )

    def values(self) -> str:
        """Return the text of the outs of units a to b, each computed alone."""
        by_unit = _block(
            f"""
            for u in range(a, b):
                p, kind = at[u], code[u]
                for s in range({self.computed}):
                    <value>
            """,
            value=f"{self.cell('out', 'p')} = value(kind, {self.cell(self.net, 'p')})",
        )
        if self.inside:
            return by_unit
        return _block(
            f"""
            kind, p = level_kind[level], at[a]
            if kind >= 0:
                for s in range({self.computed}):
                    for i in range(b - a):
                        out[s, p + i] = value(kind, {self.net}[s, p + i])
            else:
                <by_unit>
            """,
            by_unit=by_unit,
        )

    def nets(self) -> str:
        """Return the text of a unit's net; what it is sent back starts at 0."""
        if self.inside:
            return self.nets_inside()
        return self.by_fours(self.nets_of(self.samples))

    @property
    def samples(self) -> Sequence[str]:
        """The samples that are taken together, in the text of `by_fours`."""
        return ["0"] if self.online else ["s", "s + 1", "s + 2", "s + 3"]

    @property
    def units(self) -> range:
        """The units that are taken together, in the text of `tiles`."""
        return range(4 if self.online else 2)

    def by_fours(self, text: str) -> str:
        """Return what is done for all samples, four at a time."""
        return text if self.online else f"for s in range(0, padded, 4):\n{indent(text, '    ')}"

    def tiles(self, text: str) -> str:
        """Return what is done for some units at a time, on a level that is a matrix.

        What is read once then serves several sums, as many as a processor can keep.
        """
        units = len(self.units)
        cell = "entry_start[u + {}]" if self.inside else "run_cell[run_start[u + {}]]"
        begin = [f"p{k} = at[u + {k}]\nc{k} = {cell.format(k)}" for k in self.units]
        begin += [] if self.inside else ["q = run_at[run_start[u]]"]
        return _block(
            f"""
            length = level_width[level]
            if length > 0:
                rest = level_start[level + 1] - (level_start[level + 1] - rest) % {units}
                for u in range(level_start[level], rest, {units}):
                    <begin>
                    <text>
            """,
            begin="\n".join(begin),
            text=text,
        )

    def nets_of_tile(self) -> str:
        """Return the text of the nets of some units."""
        if self.inside:
            return self.nets_of_tile_inside()
        samples = list(enumerate(self.samples))
        sums = [(k, j, s, f"total{k}_{j}") for k in self.units for j, s in samples]
        text = _block(
            """
            <clear>
            for i in range(length):
                <read>
                <add>
            <keep>
            """,
            clear="\n".join(f"{total} = 0.0" for *_, total in sums),
            read="\n".join(f"x{j} = out[{s}, q + i]" for j, s in samples),
            add="\n".join(f"{total} += parameters[c{k} + i] * x{j}" for k, j, _, total in sums),
            keep="\n".join(
                f"{self.net}[{s}, p{k}] = {total}\ndelta[{s}, p{k}] = 0.0"
                for k, _, s, total in sums
            ),
        )
        return self.by_fours(text)

    def by_entries(self, text: Callable[[int], str], most: int) -> str:
        """Return what is done for the entries of some units, several at a time, then one by one."""
        return _block(
            f"""
            for e in range(0, length - {most - 1}, {most}):
                <most>
            for e in range(length - length % {most}, length):
                <one>
            """,
            most=text(most),
            one=text(1),
        )

    def read_entries(self, count: int) -> str:
        """Return the text that reads entries of some units: positions, and weights by both."""
        lines = [f"q{k} = entry_at[c0 + e + {k}]" for k in range(count)]
        lines += [
            f"x{u}_{k} = parameters[c{u} + e + {k}]" for u in self.units for k in range(count)
        ]
        return "\n".join(lines)

    def nets_of_tile_inside(self) -> str:
        """Return the text of the nets of some units, where samples lie side by side."""
        clear = [f"{self.net}[p{u}, s] = 0.0\ndelta[p{u}, s] = 0.0" for u in self.units]
        return _block(
            """
            for s in range(n):
                <clear>
            <entries>
            """,
            clear="\n".join(clear),
            entries=self.by_entries(self.shares_of_nets, 4),
        )

    def shares_of_nets(self, count: int) -> str:
        """Return the text that adds so many entries to the nets of some units."""
        terms = {u: " + ".join(f"x{u}_{k} * o{k}" for k in range(count)) for u in self.units}
        return _block(
            """
            <read>
            for s in range(n):
                <outs>
                <add>
            """,
            read=self.read_entries(count),
            outs="\n".join(f"o{k} = out[q{k}, s]" for k in range(count)),
            add="\n".join(f"{self.net}[p{u}, s] += {terms[u]}" for u in self.units),
        )

    def nets_inside(self) -> str:
        """Return the text of a unit's nets, four weights at a time, so that they are kept less."""

        def taken(count: int) -> str:
            terms = " + ".join(f"x{k} * out[q{k}, s]" for k in range(count))
            return _block(
                f"""
                <read>
                for s in range(n):
                    {self.net}[p, s] += {terms}
                """,
                read="\n".join(
                    f"q{k}, x{k} = entry_at[e + {k}], parameters[e + {k}]" for k in range(count)
                ),
            )

        return _block(
            f"""
            for s in range(n):
                {self.net}[p, s] = 0.0
                delta[p, s] = 0.0
            left = (entry_start[u + 1] - entry_start[u]) % 4
            for e in range(entry_start[u], entry_start[u + 1] - 3, 4):
                <four>
            for e in range(entry_start[u + 1] - left, entry_start[u + 1]):
                <one>
            """,
            four=taken(4),
            one=taken(1),
        )

    def nets_of(self, samples: Sequence[str]) -> str:
        """Return the text of a unit's nets of some samples, each weight read once."""
        totals = [f"total{k}" for k in range(len(samples))]
        both = list(zip(totals, samples, strict=True))
        return _block(
            """
            <clear>
            for e in range(entry_start[u], entry_start[u + 1]):
                q, x = entry_at[e], parameters[e]
                <entry>
            for r in range(run_start[u], run_start[u + 1]):
                c, q = run_cell[r], run_at[r]
                for i in range(run_length[r]):
                    x = parameters[c + i]
                    <run>
            <keep>
            """,
            clear="\n".join(f"{total} = 0.0" for total in totals),
            entry="\n".join(f"{total} += x * out[{s}, q]" for total, s in both),
            run="\n".join(f"{total} += x * out[{s}, q + i]" for total, s in both),
            keep="\n".join(
                f"{self.net}[{s}, p] = {total}\ndelta[{s}, p] = 0.0" for total, s in both
            ),
        )

    def if_coupled(self, text: Callable[[Activation], str]) -> str:
        """Return what is done for units a to b, if they are computed together."""
        return "\n".join(
            f"if b - a > 1 and code[a] == {k}:\n{indent(text(activation), '    ')}"
            for k, activation in self.coupled
        )

    def group_outs(self, activation: Activation) -> str:
        """Return the text of the outs of a group."""
        net = self.cell(self.net, "at[u]")
        return _block(
            f"""
            for s in range({self.computed}):
                <largest>
                for u in range(a + 1, b):
                    <larger>
                <outs>
                <log_outs>
            """,
            largest=f"largest = {self.cell(self.net, 'at[a]')}",
            larger=f"largest = np.maximum(largest, {net})",
            outs=self.of_group(
                activation.formula, {"net": f"({net} - largest)"}, self.cell("out", "at[u]"), "="
            ),
            # For `Joint.value`; nothing else reads the net of a group.
            log_outs=self.of_group(LOG_OUT, {"net": f"({net} - largest)"}, net, "=")
            if self._has_joint(activation)
            else "",
        )

    def of_group(
        self, formula: Formula, names: Mapping[str, str], result: str, operator: str
    ) -> str:
        """Return the text of a formula for every unit of a group, its sums first."""
        each, summands = formula.split()
        lines = []
        for name, summand in summands.items():
            lines += [
                f"{name} = 0.0",
                _EACH_UNIT,
                f"    {name} += {self.call(summand, names)}",
            ]
        lines += [_EACH_UNIT, f"    {result} {operator} {self.call(each, names)}"]
        return "\n".join(lines)

    # -- backward ---------------------------------------------------------------------------

    def backward(self) -> str:
        """Return the text of the backward pass and the update."""
        tied, in_place = self.tied, self.in_place
        after = ""
        if tied:
            every_cell = "for i in range(len(ready)):" if not in_place else _EACH_READY
            after = f"{every_cell}\n{indent(self.update('ready[i]', 'gradient[ready[i]]'), '    ')}"
        deltas = _block(
            """
            a, b = group_start[g], group_start[g + 1]
            <alone>
            <coupled>
            """,
            alone=self.delta() if self.alone else "",
            coupled=self.if_coupled(self.group_deltas),
        )
        of_unit = _block(
            """
            p = at[u]
            <parameters>
            <ties>
            """,
            parameters=self.parameters(),
            ties=_TIES if tied else "",
        )
        if tied and in_place:
            return _block(
                """
                for g in backward:
                    <pull>
                    <deltas>
                    for u in range(a, b):
                        <of_unit>
                        <update>
                """,
                pull=self.pull(), deltas=deltas, of_unit=of_unit, update=after,
            )  # fmt: skip
        return _block(
            """
            for level in range(len(level_coupled) - 1, -1, -1):
                <deltas>
                rest = level_start[level]
                <tiles>
                for u in range(rest, level_start[level + 1]):
                    <of_unit>
            <update>
            """,
            deltas=self.deltas_of_level(deltas),
            tiles="" if tied else self.tiles(self.parameters_of_tile()),
            of_unit=of_unit,
            update=after,
        )

    def pull(self) -> str:
        """Return the text that sums what comes back to a group, from parameters as they are now."""
        return _block(
            """
            for u in range(group_start[g], group_start[g + 1]):
                for i in range(onward_start[u], onward_start[u + 1]):
                    for s in range(n):
                        <add>
            """,
            add=(
                f"{self.cell('delta', 'at[u]')} += parameters[onward_cell[i]]"
                f" * {self.cell('delta', 'onward_at[i]')}"
            ),
        )

    def deltas_of_level(self, of_group: str) -> str:
        """Return the text of the deltas of a level: of those found alike many side by side."""
        by_group = _block(
            """
            for g in range(level_group[level], level_group[level + 1]):
                <of_group>
            """,
            of_group=of_group,
        )
        if self.inside or not self.alone:
            return by_group
        delta, p = "delta[s, p + i]", "p + i"
        both = f"{delta} += {self.joint_delta(p)}" if self.joint else "pass"
        return _block(
            f"""
            kind, p = level_kind[level], at[level_start[level]]
            width = level_start[level + 1] - level_start[level]
            if level_delta[level] >= 0:
                for s in range(n):
                    if level_delta[level] == 1:
                        for i in range(width):
                            {self.compare(delta, p)}
                    for i in range(width):
                        {delta} *= {self.slope(p)}
                    if level_delta[level] == 2:
                        for i in range(width):
                            {both}
            else:
                <by_group>
            """,
            by_group=by_group,
        )

    def delta(self) -> str:
        """Return the text of the delta of a neuron alone."""
        return _block(
            """
            if b - a == 1:
                # Read once: what is written in the loop may lie anywhere, for all a compiler knows.
                p, kind, joint = at[a], code[a], at_once[a] != 0
                compared = answers[a] != 0 and not joint
                for s in range(n):
                    <take>
                    if compared:
                        <compare>
                    <multiply>
                    <both>
                    <keep>
            """,
            take=f"d = {self.cell('delta', 'p')}",
            compare=self.compare("d", "p"),
            multiply=f"d *= {self.slope('p')}",
            both=f"if joint:\n    d += {self.joint_delta('p')}" if self.joint else "",
            keep=f"{self.cell('delta', 'p')} = d",
        )

    def slope(self, position: str) -> str:
        """Return the text of the slope of a neuron's activation, of a kind that is known."""
        return f"slope(kind, {self.cell(self.net, position)}, {self.cell('out', position)})"

    def joint_delta(self, position: str) -> str:
        """Return the text of what loss and activation give a neuron at once."""
        return f"joint_delta(kind, {self.cell('out', position)}, {self.cell('target', position)})"

    def compare(self, result: str, position: str) -> str:
        """Return the text that adds the slope of the loss."""
        target, out = self.cell("target", position), self.cell("out", position)
        return f"{result} += loss_slope({target}, {out}, n_answers)"

    def group_deltas(self, activation: Activation) -> str:
        """Return the text of the deltas of a group."""
        out, target, delta = (self.cell(column, "at[u]") for column in ("out", "target", "delta"))
        both = ""
        if self._has_joint(activation):
            formula = self.loss.joint[activation.name].delta_formula
            text = self.of_group(formula, {"out": out, "target": target}, delta, "+=")
            both = f"if at_once[a]:\n{indent(text, '    ')}"
        return _block(
            """
            for s in range(n):
                for u in range(a, b):
                    if answers[u] and not at_once[u]:
                        <compare>
                <deltas>
                <both>
            """,
            compare=self.compare(delta, "at[u]"),
            deltas=self.of_group(GROUP_DELTA, {"out": out, "out_gradient": delta}, delta, "=")
            if activation.couples_deltas
            else "pass",
            both=both,
        )

    def parameters(self) -> str:
        """Return the text for the parameters of a unit: error messages, gradients, updates."""
        tied, in_place = self.tied, self.in_place
        # Messages go back over a parameter as it was, or in place as it has become. A tied one may
        # become something else after that, so then neurons further back fetch them themselves.
        before = not in_place
        after = in_place and not tied
        runs = self.runs(before=before, after=after)
        out, arriving = self.cell("out", "q"), self.cell("delta", "q")
        # What is read once need not be read again after each thing that is written.
        delta = "only" if self.online else self.cell("delta", "p")
        first = "only = delta[0, p]\n" if self.online else ""
        push = _block(
            f"""
            if back:
                x = parameters[c]
                for s in range(n):
                    {arriving} += x * {delta}
            """
        )
        share = f"d += {delta} * {out}"
        both = _block(
            f"""
            x = parameters[c]
            if back:
                for s in range(n):
                    t = {delta}
                    {arriving} += x * t
                    d += t * {out}
            else:
                for s in range(n):
                    {share}
            """
        )
        alone = f"for s in range(n):\n    {share}"
        entries = _block(
            """
            for c in range(entry_start[u], entry_frozen[u]):
                q = entry_at[c]
                d = 0.0
                <share>
                <update>
                <after>
            for c in range(entry_frozen[u], entry_start[u + 1]):
                q = entry_at[c]
                <always>
            """,
            share=both if before else alone,
            update="gradient[c] = d" if tied else self.update("c", "d"),
            after=push if after else "",
            always=push if before or after else "pass",
        )
        first += "back = sends[u]\n" if before or after else ""
        return first + (entries if self.inside else runs + entries)

    def runs(self, *, before: bool, after: bool) -> str:
        """Return the text for the runs of a unit; messages go back before or after an update."""
        kept = "gradient[c + i]" if self.tied else "gradient[i]"
        # The gradient of one sample is one product: it needs no place of its own.
        at_once = self.online and not self.tied
        update = self.update("c + i", "only * out[0, q + i]" if at_once else kept)
        push = _block(
            """
            if back:
                for s in range(n):
                    d = delta[s, p]
                    for i in range(run_length[r]):
                        delta[s, q + i] += d * parameters[c + i]
            """
        )
        return _block(
            """
            for r in range(run_start[u], run_start[u + 1]):
                c, q = run_cell[r], run_at[r]
                <before>
                if run_trainable[r]:
                    <shares>
                    <update>
                <after>
            """,
            before=push if before else "",
            shares="" if at_once else self.shares(kept),
            update="" if self.tied else f"for i in range(run_length[r]):\n    {update}",
            after=push if after else "",
        )

    def shares(self, kept: str) -> str:
        """Return the text of the gradients of a run."""
        samples = list(enumerate(self.samples))
        deltas = "\n".join(f"d{j} = delta[{s}, p]" for j, s in samples)
        terms = " + ".join(f"d{j} * out[{s}, q + i]" for j, s in samples)
        return self.summed(deltas, f"for i in range(run_length[r]):\n    {kept} += {terms}\n")

    def summed(self, deltas: str, text: str) -> str:
        """Return the text that sums over all samples; the first of them begin the sums."""
        first = text.replace("+=", "=")
        if self.online:
            return deltas + "\n" + first
        return _block(
            """
            s = 0
            <deltas>
            <first>
            for s in range(4, padded, 4):
                <deltas>
                <text>
            """,
            deltas=deltas,
            first=first,
            text=text,
        )

    def entries_of_tile(self, count: int) -> str:
        """Return the text for so many entries of some units, where samples lie side by side."""
        both = [(u, k) for u in self.units for k in range(count)]
        deltas = "\n".join(f"t{u} = delta[p{u}, s]" for u in self.units)
        shares = "\n".join(f"d{u}_{k} += t{u} * out[q{k}, s]" for u, k in both)
        messages = "\n".join(
            f"delta[q{k}, s] += " + " + ".join(f"x{u}_{k} * t{u}" for u in self.units)
            for k in range(count)
        )
        each = f"for s in range(n):\n{indent(deltas, '    ')}\n"
        sums = each + indent(shares, "    ")
        push = each + indent(messages, "    ")
        if not self.in_place:
            sums = (
                f"if sends[u]:\n{indent(push, '    ')}\n{indent(shares, '        ')}\n"
                f"else:\n{indent(sums, '    ')}"
            )
        again = f"if sends[u]:\n{indent(self.read_entries(count), '    ')}\n{indent(push, '    ')}"
        return _block(
            """
            <read>
            <clear>
            <sums>
            <update>
            <after>
            """,
            read=self.read_entries(count),
            clear="\n".join(f"d{u}_{k} = 0.0" for u, k in both),
            sums=sums,
            update="\n".join(self.update(f"c{u} + e + {k}", f"d{u}_{k}") for u, k in both),
            after=again if self.in_place else "",
        )

    def parameters_of_tile(self) -> str:
        """Return the text for the parameters of some units."""
        if self.inside:
            return self.by_entries(self.entries_of_tile, 2)
        terms = " + ".join(f"d{k} * parameters[c{k} + i]" for k in self.units)
        push = _block(
            f"""
            if sends[u]:
                for s in range(n):
                    <deltas>
                    for i in range(length):
                        delta[s, q + i] += {terms}
            """,
            deltas="\n".join(f"d{k} = delta[s, p{k}]" for k in self.units),
        )
        # Two units have their gradients one after the other.
        kept = {0: "gradient[i]", 1: "gradient[second + i]"}
        gradients = kept if not self.online else {k: f"d{k} * out[0, q + i]" for k in self.units}
        # A loop for each: of one that writes to many places a compiler finds no numbers that it can
        # compute side by side, as each write might change what another reads.
        updates = [
            f"for i in range(length):\n    {self.update(f'c{k} + i', gradients[k])}"
            for k in self.units
        ]
        return _block(
            """
            second = run_length[run_start[u]]
            <before>
            <shares>
            <updates>
            <after>
            """,
            before="" if self.in_place else push,
            shares=self.shares_of_tile(kept),
            updates="\n".join(updates),
            after=push if self.in_place else "",
        )

    def shares_of_tile(self, kept: Mapping[int, str]) -> str:
        """Return the text of the gradients of some units; of one sample it is the deltas."""
        if self.online:
            return "\n".join(f"d{k} = delta[0, p{k}]" for k in self.units)
        samples = list(enumerate(self.samples))
        deltas = [f"d{k}_{j} = delta[{s}, p{k}]" for k in self.units for j, s in samples]
        terms = {k: " + ".join(f"d{k}_{j} * x{j}" for j, _ in samples) for k in self.units}
        text = _block(
            """
            for i in range(length):
                <read>
                <add>
            """,
            read="\n".join(f"x{j} = out[{s}, q + i]" for j, s in samples),
            add="\n".join(f"{kept[k]} += {terms[k]}" for k in self.units),
        )
        return self.summed("\n".join(deltas), text)

    # -- update -----------------------------------------------------------------------------

    def update(self, cell: str, gradient: str) -> str:
        """Return the text that changes the parameter in a cell."""
        cells = ", ".join(f"{array}[{cell}]" for array in ["parameters", *self.state.values()])
        of_cell = dict.fromkeys(self.round.decays, f"decays[{cell}]")
        known = ["rate", *(self.constants | of_cell).values(), *self.once.values()]
        whole = f"{gradient} * scale"
        if self.penalty is not None:
            names = {**self.factors, "weight": f"parameters[{cell}]", "n_samples": "float(n)"}
            sign = "-" if self.round.turned else "+"
            slope = self.call(self.penalty.slope_formula, names)
            whole += f" {sign} counted[{cell}] * {slope}"
        return f"{cells} = changed({cells}, {whole}, {', '.join(known)})"

    def changed(self) -> str:
        """Return a function of one parameter: the optimiser's equations."""
        names = {"parameter": "x", "gradient": "y", "learning_rate": "rate"}
        remembered = {name: f"x{k}" for k, name in enumerate(self.state)}
        between = [name for name, _ in self.optimizer.rules if name not in self.state]
        names |= {name: f"z{k}" for k, name in enumerate(between) if name != "parameter"}
        names |= self.constants | self.once | remembered
        known = ["y", "rate", *self.constants.values(), *self.once.values()]
        results = ", ".join(["x", *remembered.values()])
        return _block(
            f"""
            {SCALAR}
            def changed({results}, {", ".join(known)}):
                <rules>
                return {results}
            """,
            rules="\n".join(
                f"{names[name]} = {self.source(formula, names)}"
                for name, formula in self.optimizer.rules
            ),
        )


# The order of a sum is free here, as it is in matrix products; inf and nan stay what they are. The
# formulas of one neuron and one parameter are functions of their own, computed as they are written.
_DECORATOR = """
@njit(
    'int64(%s)',
    error_model='numpy', fastmath={'reassoc', 'contract', 'nsz'}, cache=CACHED,
)
"""

_VECTOR, _MATRIX = "float64[::1]", "float64[:, ::1]"


def argument_types(columns: Iterable[str]) -> dict[str, str]:
    """Return the arguments of a function ``train`` and their types, whatever the graph.

    Parameters
    ----------
    columns : iterable of str
        The names of the parameters, and of what is remembered of them.
    """
    types = dict.fromkeys([*columns, "constants", "rates", "errors"], _VECTOR)
    types |= dict.fromkeys(["inputs", "targets"], _MATRIX)
    types |= dict.fromkeys(["rows", "starts", "sizes"], "int64[::1]")
    return {**types, "which": "int64", "step": "float64"}


#: The columns of what a pass computes.
_ROOMS = ("net", "out", "delta", "target")

_EACH_UNIT = "for u in range(a, b):"
_EACH_READY = "for i in range(ready_start[u], ready_start[u + 1]):"

_TIES = """
for i in range(whole_start[u], whole_start[u + 1]):
    total = 0.0
    for k in range(tie_start[whole[i]], tie_start[whole[i] + 1]):
        total += gradient[tie_cell[k]]
    for k in range(tie_start[whole[i]], tie_start[whole[i] + 1]):
        gradient[tie_cell[k]] = total
"""
