"""Random networks, and a plain implementation of theirs to compare with.

A `Plain` network is lists and dicts. Its total error is computed with Python's own complex
functions, one neuron after the other, from formulas written here: nothing of neurograph is used,
so that its derivatives by complex step (Squire and Trapp 1998) are an oracle.
"""

import cmath
import itertools
import math
from collections import defaultdict
from collections.abc import Hashable
from dataclasses import dataclass, field
from typing import Any

from hypothesis import HealthCheck, assume, settings
from hypothesis import strategies as st

import neurograph as ng

STEP = 1e-30

CHECKED = settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow])

ACTIVATIONS = {
    "logistic": lambda z: 1 / (1 + cmath.exp(-z)),
    "identity": lambda z: z,
    "tanh": cmath.tanh,
    "softplus": lambda z: cmath.log(1 + cmath.exp(z)),
    "sin": cmath.sin,
    "relu": lambda z: z if z.real > 0 else 0 * z,
    "leaky_relu": lambda z: z if z.real > 0 else 0.01 * z,
    "net / (1 + net**2)": lambda z: z / (1 + z * z),
    "exp(-net**2 / 2)": lambda z: cmath.exp(-z * z / 2),
    "0.5 * net + sin(net) * cos(net)": lambda z: 0.5 * z + cmath.sin(z) * cmath.cos(z),
}

LOSSES = {
    "half_squared_error": lambda t, o, n: (t - o) ** 2 / 2,
    "squared_error": lambda t, o, n: (t - o) ** 2,
    "mean_squared_error": lambda t, o, n: (t - o) ** 2 / n,
    "binary_cross_entropy": lambda t, o, n: -t * cmath.log(o) - (1 - t) * cmath.log(1 - o),
    "cross_entropy": lambda t, o, n: -t * cmath.log(o),
    "log(1 + (target - out)**2) / n": lambda t, o, n: cmath.log(1 + (t - o) ** 2) / n,
}

COMBINATIONS = {
    "sum": sum,
    "product": math.prod,
    "mean": lambda messages: sum(messages) / len(messages),
    "max": lambda messages: max(messages, key=lambda z: complex(z).real),
    "min": lambda messages: min(messages, key=lambda z: complex(z).real),
}

# Outs of these lie between 0 and 1, where the logarithms of the cross-entropies are defined.
IN_UNIT = ("logistic", "softmax")


@dataclass
class Unit:
    """One neuron of a plain network."""

    name: Hashable
    activation: str = "logistic"
    bias: float | None = None
    trainable: bool = True
    tie: str | None = None
    kind: str | None = None
    combine: str = "sum"
    mask: float | None = None


@dataclass
class Wire:
    """One connection of a plain network."""

    pre: Hashable
    post: Hashable
    weight: float
    trainable: bool = True
    tie: str | None = None
    label: str | None = None


@dataclass
class Plain:
    """A network as lists: units in an order of computation, and the wires between them."""

    units: list[Unit]
    wires: list[Wire]
    loss: str = "half_squared_error"
    reduction: str = "mean"
    #: One dict from name to number for each sample.
    inputs: list[dict[Hashable, float]] = field(default_factory=list)
    targets: list[dict[Hashable, float]] = field(default_factory=list)
    #: Whether the samples are given as a batch; otherwise there is one.
    batch: bool = False
    #: The network has l2/2 times each parameter squared in its error, which is left out here.
    l2: float = 0.0
    #: The order in which units and wires are added to the network.
    unit_order: list[int] = field(default_factory=list)
    wire_order: list[int] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.into = defaultdict(list)
        self.out_of = defaultdict(list)
        for wire in self.wires:
            self.into[wire.post].append(wire)
            self.out_of[wire.pre].append(wire)
        self.unit = {unit.name: unit for unit in self.units}
        sources = [unit for unit in self.units if not self.into[unit.name]]
        self.input_names = [unit.name for unit in sources if unit.kind != "bias"]
        self.bias_names = [unit.name for unit in sources if unit.kind == "bias"]
        self.output_names = [
            unit.name
            for unit in self.units
            if self.into[unit.name]
            and (unit.kind == "output" or (unit.kind is None and not self.out_of[unit.name]))
        ]
        level: dict[Hashable, int] = {}
        for unit in self.units:
            level[unit.name] = max((level[w.pre] + 1 for w in self.into[unit.name]), default=0)
        self.level = level

    def parameters(self) -> list[list[Unit | Wire]]:
        """Return the parameters, each with everything that shares it."""
        tied: dict[object, list[Unit | Wire]] = {}
        for owner in [*self.wires, *(unit for unit in self.units if unit.bias is not None)]:
            tied.setdefault(owner.tie if owner.tie is not None else id(owner), []).append(owner)
        return list(tied.values())

    def run(
        self, sample: int, changes: dict[Any, complex] | None = None
    ) -> tuple[dict[Hashable, complex], dict[Hashable, complex], complex]:
        """Return net and out of every unit and the error of one sample; `changes` as `forward`."""
        net, out = self.forward(sample, changes)
        n = len(self.output_names)
        error = sum(
            LOSSES[self.loss](self.targets[sample][name], out[name], n)
            for name in self.output_names
        )
        return net, out, error

    def forward(
        self, sample: int, changes: dict[Any, complex] | None = None
    ) -> tuple[dict[Hashable, complex], dict[Hashable, complex]]:
        """Return net and out of every unit for one sample.

        `changes` adds to the parameter of an owner (by its id), or to ("net", name) or
        ("out", name).
        """
        changes = changes or {}
        net: dict[Hashable, complex] = {}
        out: dict[Hashable, complex] = dict(self.inputs[sample])
        out |= dict.fromkeys(self.bias_names, 1.0)
        out = {name: value + changes.get(("out", name), 0) for name, value in out.items()}
        waiting: list[Hashable] = []
        for unit in self.units:
            name = unit.name
            if not self.into[name]:
                continue
            messages = [(w.weight + changes.get(id(w), 0)) * out[w.pre] for w in self.into[name]]
            net[name] = COMBINATIONS[unit.combine](messages)
            if unit.bias is not None:
                net[name] += unit.bias + changes.get(id(unit), 0)
            net[name] += changes.get(("net", name), 0)
            mask = 1 if unit.mask is None else unit.mask
            if unit.activation != "softmax":
                out[name] = mask * ACTIVATIONS[unit.activation](net[name])
                out[name] += changes.get(("out", name), 0)
                continue
            waiting.append(name)
            if len(waiting) == sum(u.activation == "softmax" for u in self.units):
                total = sum(cmath.exp(net[one]) for one in waiting)
                for one in waiting:
                    factor = self.unit[one].mask
                    out[one] = cmath.exp(net[one]) / total * (1 if factor is None else factor)
                    out[one] += changes.get(("out", one), 0)
        return net, out

    def total_error(self, changes: dict[Any, complex] | None = None) -> complex:
        """Return the error of all samples, reduced."""
        errors = [self.run(sample, changes)[2] for sample in range(len(self.inputs))]
        return sum(errors) / (len(errors) if self.reduction == "mean" else 1)

    def gradient(self, owners: list[Unit | Wire]) -> float:
        """Return dE/dparameter of what the owners share, by complex step."""
        changes = {id(owner): STEP * 1j for owner in owners}
        return complex(self.total_error(changes)).imag / STEP

    def sensitivity(self, quantity: str, name: Hashable, sample: int) -> float:
        """Return dE/dnet or dE/dout of one unit for one sample, by complex step."""
        return complex(self.run(sample, {(quantity, name): STEP * 1j})[2]).imag / STEP

    def network(self) -> ng.Network:
        """Return the network that this describes."""
        net = ng.Network(loss=self.loss, reduction=self.reduction)
        if self.l2:
            net.penalty = {"l2": self.l2, "biases": True}
        for number in self.unit_order or range(len(self.units)):
            unit = self.units[number]
            net.add_neuron(
                unit.name,
                activation=unit.activation,
                bias=unit.bias,
                trainable=unit.trainable,
                tie=unit.tie,
                kind=unit.kind,
                combine=unit.combine,
                mask=unit.mask,
            )
        for number in self.wire_order or range(len(self.wires)):
            wire = self.wires[number]
            net.connect(
                wire.pre,
                wire.post,
                wire.weight,
                trainable=wire.trainable,
                tie=wire.tie,
                label=wire.label,
            )
        return net

    def given(self, samples: list[dict[Hashable, float]]) -> dict[Hashable, Any]:
        """Return inputs or targets as the network takes them, by name."""
        if not self.batch:
            return samples[0]
        return {name: [sample[name] for sample in samples] for name in samples[0]}

    @property
    def data(self) -> tuple[dict[Hashable, Any], dict[Hashable, Any]]:
        """Inputs and targets as the network takes them."""
        return self.given(self.inputs), self.given(self.targets)


def value_of(net: ng.Network, owner: Unit | Wire, suffix: str = "") -> float:
    """Return the parameter (or with suffix "gradient" its gradient) that belongs to an owner."""
    if isinstance(owner, Wire):
        return net.edges[owner.pre, owner.post][suffix or "weight"]
    return net.nodes[owner.name][f"bias_{suffix}" if suffix else "bias"]


def snapshot(net: ng.Network) -> dict[Any, str]:
    """Return everything a user can see of a network, as text that shows every bit."""
    seen = {("node", name): _exactly(neuron) for name, neuron in net.nodes.items()}
    seen |= {("edge", ends): _exactly(connection) for ends, connection in net.edges.items()}
    return seen | {"order": repr((list(net.nodes), list(net.edges))), "graph": repr(net.graph)}


def _exactly(element: ng.Neuron | ng.Connection) -> str:
    items = sorted(element.everything().items(), key=lambda item: str(item[0]))
    return repr([(k, v.tolist() if hasattr(v, "tolist") else v) for k, v in items])


# -- strategies ---------------------------------------------------------------------------------


def _numbers(bound: float) -> st.SearchStrategy[float]:
    """Draw from a grid within the bound, so that examples shrink to readable numbers."""
    return st.integers(-100, 100).map(lambda k: k * bound / 100)


NAMERS = {
    "text": lambda k: f"n{k}",
    "whole number": lambda k: k,
    "tuple": lambda k: ("layer", k),
    "mixed": lambda k: (f"n{k}", k, ("layer", k))[k % 3],
}


@st.composite
def plain_networks(
    draw: st.DrawFn,
    *,
    ties: bool = True,
    softmax: bool = True,
    losses: tuple[str, ...] = (),
    combined: bool = False,
) -> Plain:
    """Draw an irregular feed-forward network with data.

    Skips, fan-out, dead ends, unused inputs, several bias neurons, parts that nothing joins,
    outputs that feed onward, mixed activations, tied and frozen parameters, a softmax group
    anywhere, one sample or a batch. If `combined`, neurons also multiply their messages or take
    the mean, the largest or the least, and outs have masks.
    """
    named = draw(st.sampled_from(list(NAMERS.values())))
    loss = draw(st.sampled_from(losses or tuple(LOSSES)))
    units = [Unit(named(k)) for k in range(draw(st.integers(1, 4)))]
    for k in range(draw(st.sampled_from([0, 1, 2, 3]))):
        units.insert(draw(st.integers(0, len(units))), Unit(named(90 + k), kind="bias"))
    unused = draw(st.integers(0, len(units) - 1)) if draw(st.booleans()) else 0
    level = {unit.name: 0 for unit in draw(st.permutations(units))[unused:]}
    wires: list[Wire] = []
    count = draw(st.integers(1, 7))
    # Whether what follows the first computed neurons reads these alone, as in layers.
    in_layers = draw(st.booleans())
    group_at = draw(st.integers(0, count)) if softmax and draw(st.booleans()) else None

    def add(unit: Unit, always: list[Hashable], others: list[Hashable]) -> None:
        more = draw(st.lists(st.sampled_from(others), max_size=3, unique=True)) if others else []
        before = [*always, *(name for name in more if name not in always)]
        for pre in before:
            # Divided by their number, the weights keep every net small however deep it lies.
            weight = draw(_numbers(1.0)) / max(1, len(before))
            wires.append(Wire(pre, unit.name, weight, draw(st.integers(0, 4)) > 0))
        if draw(st.booleans()):
            unit.bias, unit.trainable = draw(_numbers(0.5)), draw(st.integers(0, 4)) > 0
        level[unit.name] = 1 + max(level[pre] for pre in before)
        units.append(unit)

    for k in range(count + 1):
        known = list(level)
        if in_layers and k >= 2:
            known = [name for name in known if level[name]]
        if k == group_at:
            deepest = max(known, key=lambda name: level[name])
            for member in range(draw(st.integers(2, 3))):
                unit = Unit(named(50 + member), "softmax")
                add(unit, [deepest], known)
        if k < count:
            activation = draw(st.sampled_from(list(ACTIVATIONS)))
            first = draw(st.sampled_from(known))
            add(Unit(named(10 + k), activation), [first], known)
    _declare_kinds(draw, units, wires)
    if ties:
        _tie(draw, units, wires)
    plain = Plain(units, wires, loss, draw(st.sampled_from(["mean", "sum"])))
    if "cross_entropy" in loss:
        for name in plain.output_names:
            if plain.unit[name].activation not in IN_UNIT:
                plain.unit[name].activation = "logistic"
    if combined:
        _combine(draw, plain)
    plain.batch = draw(st.booleans())
    number = _numbers(1.0)
    target = st.integers(0, 4).map(lambda k: k / 4) if "cross_entropy" in loss else number
    for _ in range(draw(st.integers(1, 4)) if plain.batch else 1):
        plain.inputs.append({name: draw(number) for name in plain.input_names})
        plain.targets.append({name: draw(target) for name in plain.output_names})
    plain.unit_order = draw(st.permutations(range(len(units))))
    plain.wire_order = draw(st.permutations(range(len(wires))))
    assume(not _is_at_a_kink(plain))
    return plain


def _combine(draw: st.DrawFn, plain: Plain) -> None:
    """Give some neurons another combine rule, or a mask."""
    for unit in plain.units:
        if plain.into[unit.name]:
            unit.combine = draw(st.sampled_from(["sum", *COMBINATIONS]))
            # A cross-entropy needs outs between 0 and 1.
            if unit.name not in plain.output_names or "cross_entropy" not in plain.loss:
                unit.mask = draw(st.sampled_from([None, None, 0.0, 0.5, 2.0]))


def _is_at_a_kink(plain: Plain) -> bool:
    """Whether a net lies where its activation has two slopes: there is no derivative to find."""
    for sample in range(len(plain.inputs)):
        outs = plain.forward(sample)[1]
        for unit in plain.units:
            messages = sorted((w.weight * outs[w.pre]).real for w in plain.into[unit.name])
            if unit.combine in ("max", "min") and any(
                b - a < 1e-3 for a, b in itertools.pairwise(messages)
            ):
                return True
    kinked = [unit.name for unit in plain.units if unit.activation in ("relu", "leaky_relu")]
    nets = [plain.forward(sample)[0] for sample in range(len(plain.inputs))]
    return any(abs(net[name]) < 1e-3 for net in nets for name in kinked if name in net)


def _declare_kinds(draw: st.DrawFn, units: list[Unit], wires: list[Wire]) -> None:
    used = {wire.pre for wire in wires}
    fed = {wire.post for wire in wires}
    for unit in units:
        if unit.name not in fed:
            if unit.kind is None and (unit.name not in used or draw(st.booleans())):
                unit.kind = "input"
        elif unit.name in used:
            unit.kind = draw(st.sampled_from([None, None, "hidden", "output"]))
        else:
            unit.kind = draw(st.sampled_from([None, None, "output", "hidden"]))
    last = units[-1]
    if last.kind == "hidden":
        last.kind = "output"  # at least one


def _tie(draw: st.DrawFn, units: list[Unit], wires: list[Wire]) -> None:
    """Let some parameters share a name, and the smallest value among them."""
    owners = [*wires, *(unit for unit in units if unit.bias is not None)]
    for tie in ("t1", "t2"):
        chosen = draw(st.lists(st.sampled_from(owners), max_size=4, unique_by=id))
        chosen = [owner for owner in chosen if owner.tie is None]
        if not chosen:
            continue
        values = [o.weight if isinstance(o, Wire) else o.bias for o in chosen]
        value = min(values, key=abs)
        trainable = draw(st.booleans())
        for owner in chosen:
            owner.tie, owner.trainable = tie, trainable
            if isinstance(owner, Wire):
                owner.weight = value
            else:
                owner.bias = value
