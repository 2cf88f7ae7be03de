"""A small network that has everything, and all its numbers without the package's own passes.

Values and derivatives are those of `strategies.Plain`, which walks the neurons with complex
numbers; what an optimiser makes of a gradient is written as the papers have it.
"""

import math
from dataclasses import dataclass

from strategies import STEP, Plain, Unit, Wire

RATE = 0.1
L2 = 0.25
SAMPLES = [{"x1": 0.5, "x2": -1.0}, {"x1": 1.25, "x2": 0.75}]
TARGETS = [{"o1": 0.25, "o2": 0.75}, {"o1": 1.0, "o2": 0.0}]


def everything() -> Plain:
    """Return ties, a softmax, a product, a mask, frozen parameters, a penalty for all of them."""
    units = [
        Unit("x1"), Unit("x2"),
        Unit("h1", "tanh", bias=0.125, tie="b", combine="product"),
        Unit("h2", "logistic", bias=-0.5, mask=0.5, trainable=False),
        Unit("o1", "softmax", bias=0.125, tie="b", kind="output"),
        Unit("o2", "softmax", kind="output"),
    ]  # fmt: skip
    wires = [
        Wire("x1", "h1", 0.75, label="p1"), Wire("x2", "h1", -1.25, label="p2"),
        Wire("x1", "h2", 0.5, label="s1", tie="W"), Wire("x2", "h2", 1.5, label="s2"),
        Wire("h1", "o1", 0.5, label="w11", tie="W"), Wire("h1", "o2", -0.75, label="w12"),
        Wire("h2", "o1", 1.0, label="w21", trainable=False), Wire("h2", "o2", 2.0, label="w22"),
    ]  # fmt: skip
    return Plain(units, wires, "cross_entropy", "mean", SAMPLES, TARGETS, l2=L2)


def name_of(owner: Unit | Wire) -> str:
    """Return what the addresses of a parameter begin with."""
    return owner.name if isinstance(owner, Unit) else str(owner.label)


def address(owner: Unit | Wire, quantity: str) -> str:
    """Return the address of a quantity of a parameter."""
    if isinstance(owner, Unit):
        first, _, rest = quantity.partition("_")
        is_part = first in ("own", "data", "penalty")
        quantity = f"{first}_bias_{rest}" if is_part else f"bias_{quantity}"
    return f"{name_of(owner)}.{quantity}"


def numbers(plain: Plain, sample: int) -> dict[str, float]:
    """Return all that both passes compute of one sample, by address."""
    nets, outs, error = plain.run(sample)
    squares = (parameter(owners[0]) ** 2 for owners in plain.parameters())
    values = {"data_loss": error.real, "penalty": plain.l2 / 2 * sum(squares)}
    values["loss"] = values["data_loss"] + values["penalty"]
    values |= {f"{name}.net": net.real for name, net in nets.items()}
    values |= {f"{name}.out": complex(out).real for name, out in outs.items()}
    targets = plain.targets[sample]
    for name in plain.output_names:
        values[f"{name}.target"] = targets[name]
        out = complex(outs[name]).real
        values[f"{name}.loss"] = -targets[name] * math.log(out) if targets[name] else 0.0
    for unit in plain.units:
        values[f"{unit.name}.out_gradient"] = plain.sensitivity("out", unit.name, sample)
        if unit.name in nets:
            values[f"{unit.name}.delta"] = plain.sensitivity("net", unit.name, sample)
            if unit.activation != "softmax":
                moved = plain.forward(sample, {("net", unit.name): STEP * 1j})[1][unit.name]
                values[f"{unit.name}.slope"] = complex(moved).imag / STEP
    for wire in plain.wires:
        values[f"{wire.label}.message"] = wire.weight * complex(outs[wire.pre]).real
        moved = plain.forward(sample, {id(wire): STEP * 1j})[0][wire.post]
        slope = complex(moved).imag / STEP / complex(outs[wire.pre]).real
        if plain.unit[wire.post].combine != "sum":
            values[f"{wire.label}.message_slope"] = slope
        values[f"{wire.label}.error_message"] = values[f"{wire.post}.delta"] * slope * wire.weight
    for owners in plain.parameters():
        shared, added = of_sample(plain, owners, sample), plain.l2 * parameter(owners[0])
        for owner in owners:
            values[address(owner, "gradient")] = shared + added
            values[address(owner, "data_gradient")] = shared
            values[address(owner, "penalty_gradient")] = added
            if len(owners) > 1:
                values[address(owner, "own_gradient")] = of_sample(plain, [owner], sample)
    return values


def parameter(owner: Unit | Wire) -> float:
    """Return a weight or a bias."""
    value = owner.bias if isinstance(owner, Unit) else owner.weight
    assert value is not None
    return value


def of_sample(plain: Plain, owners: list[Unit | Wire], sample: int, more: float = 0.0) -> float:
    """Return dE/dw of one sample, without the penalty, the parameter changed by some more."""
    moved = {id(owner): more + STEP * 1j for owner in owners}
    return complex(plain.run(sample, moved)[2]).imag / STEP


def second_derivatives(plain: Plain, sample: int) -> dict[str, float]:
    """Return curvatures by central differences of the gradient, and after Gauss and Newton."""
    values, h = {}, 1e-5
    for owners in plain.parameters():
        by_hand = of_sample(plain, owners, sample, h) - of_sample(plain, owners, sample, -h)
        outs = plain.forward(sample, {id(owner): STEP * 1j for owner in owners})[1]
        gauss_newton = sum(
            plain.targets[sample][name] / outs[name].real ** 2 * (outs[name].imag / STEP) ** 2
            for name in plain.output_names
        )
        for owner in owners:
            values[address(owner, "curvature")] = by_hand / (2 * h) + plain.l2
            values[address(owner, "gauss_newton")] = gauss_newton + plain.l2
    return values


@dataclass
class Memory:
    """What an optimiser remembers of one parameter."""

    m: float = 0.0
    v: float = 0.0


def update(optimizer: str, g: float, memory: Memory, t: int) -> dict[str, float]:
    """Return what an update computes, and the change."""
    match optimizer:
        case "gradient_descent":
            return {"change": -RATE * g}
        case "momentum":
            memory.m = 0.9 * memory.m + g
            return {"velocity": memory.m, "change": -RATE * memory.m}
        case "nesterov":
            memory.m = 0.9 * memory.m + g
            return {"velocity": memory.m, "change": -RATE * (g + 0.9 * memory.m)}
        case "adagrad":
            memory.v += g * g
            return {"squares": memory.v, "change": -RATE * g / (math.sqrt(memory.v) + 1e-8)}
        case "rmsprop":
            memory.v = 0.9 * memory.v + 0.1 * g * g
            return {"mean_square": memory.v, "change": -RATE * g / (math.sqrt(memory.v) + 1e-8)}
        case "adadelta":
            memory.v = 0.95 * memory.v + 0.05 * g * g
            rescaled = g * math.sqrt(memory.m + 1e-6) / math.sqrt(memory.v + 1e-6)
            memory.m = 0.95 * memory.m + 0.05 * rescaled**2
            return {
                "mean_square": memory.v, "rescaled": rescaled, "mean_square_change": memory.m,
                "change": -RATE * rescaled,
            }  # fmt: skip
        case "adam":
            memory.m = 0.9 * memory.m + 0.1 * g
            memory.v = 0.999 * memory.v + 0.001 * g * g
            m_hat, v_hat = memory.m / (1 - 0.9**t), memory.v / (1 - 0.999**t)
            change = -RATE * m_hat / (math.sqrt(v_hat) + 1e-8)
            return {
                "m": memory.m, "v": memory.v, "m_hat": m_hat, "v_hat": v_hat, "change": change,
            }  # fmt: skip
        case _:
            raise NotImplementedError(optimizer)


def online(optimizer: str) -> tuple[Plain, dict[str, float]]:
    """Return the network after a step by each sample, and all the numbers of the last step.

    Second derivatives are those of the last step too, with the weights before it.
    """
    plain = everything()
    memories = [Memory() for _ in plain.parameters()]
    values: dict[str, float] = {}
    for sample in (0, 1):
        values = numbers(plain, sample) | second_derivatives(plain, sample)
        for owners, memory in zip(plain.parameters(), memories, strict=True):
            if not owners[0].trainable:
                continue
            done = update(optimizer, values[address(owners[0], "gradient")], memory, sample + 1)
            done["step"] = -done["change"]
            for owner in owners:
                values |= {address(owner, name): value for name, value in done.items()}
                before = owner.bias if isinstance(owner, Unit) else owner.weight
                assert before is not None
                if optimizer == "nesterov":  # theta, which is ahead of itself by the velocity
                    ahead = RATE * 0.9 * memory.m
                    values[address(owner, "unshifted")] = before + done["change"] + ahead
                if isinstance(owner, Unit):
                    assert owner.bias is not None
                    owner.bias += done["change"]
                else:
                    owner.weight += done["change"]
    for owner in (o for owners in plain.parameters() for o in owners):
        if isinstance(owner, Unit):
            values[f"{owner.name}.bias"] = values[f"{owner.name}.new_bias"] = owner.bias or 0.0
        else:
            values[f"{owner.label}.weight"] = values[f"{owner.label}.new_weight"] = owner.weight
    return plain, values
