"""Alternatives that concern a whole computation: order, rounding, factors, signs, biases."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from typing import Any

import numpy as np

from neurograph.conventions.alternatives.alternative import Alternative
from neurograph.conventions.overrides import Override, Overrides, PassMoment, computed, overrides_of
from neurograph.conventions.setups import Setup, scaled, with_slope
from neurograph.edits import EDITS
from neurograph.equations import Variable
from neurograph.errors import StructureError

__all__ = ["everywhere"]

#: The decimals that rounding while computing is tried with.
DECIMALS = range(1, 11)

_KEPT = ("net", "out", "delta", "gradient", "bias_gradient")
_EVERY = (*_KEPT, "message", "loss", "slope", "out_gradient", "error_message", "weight", "bias")


def everywhere(stated: Setup) -> Iterator[Alternative]:
    """Yield the alternatives to a setup that concern a whole computation."""
    yield from _orders(stated)
    yield from _moments(stated)
    yield from _roundings(stated)
    yield from _factors(stated)
    yield from _biases(stated)
    yield from _signs(stated)
    yield from _derivatives(stated)
    yield from _activations(stated)


def _orders(stated: Setup) -> Iterator[Alternative]:
    if stated.order == "simultaneous":
        row, name = EDITS["updated weight"], "order: in place"
    else:
        row, name = EDITS["weight before its update"], "order: simultaneous"
    yield Alternative(
        name=name,
        family=row.family,
        sentence=row.page_throughout,
        change=lambda setup: replace(setup, turned=True),
    )
    if not stated.single:
        word = {"mean": "sum", "sum": "mean"}[stated.reduction]
        yield Alternative(
            name=f"reduction: {word}",
            family="reduction",
            sentence=f"the {word} over the samples instead of the {stated.reduction}",
            change=lambda setup: replace(setup, reduction=word),
        )


def _moments(stated: Setup) -> Iterator[Alternative]:
    rate = stated.learning_rate
    if rate is None:
        return
    yield Alternative(
        name="moment: before the last update",
        family="moment",
        sentence="the value before the last update of the weights",
        shift=-1,
    )
    yield Alternative(
        name="moment: after one more update",
        family="moment",
        sentence="the value after one more update of the weights",
        shift=1,
    )
    row = EDITS["learning rate left out"]
    yield Alternative(
        name="rate: left out",
        family=row.family,
        sentence=row.page_throughout,
        change=lambda setup: replace(setup, learning_rate=row.factor),
    )


def _roundings(stated: Setup) -> Iterator[Alternative]:
    yield Alternative(
        name="rounding: cut off", family="rounding", sentence="cut off, not rounded", truncates=True
    )
    if stated.digits is not None:
        yield Alternative(
            name="rounding: none",
            family="rounding",
            sentence="nothing rounded while computing",
            change=lambda setup: replace(setup, digits=None),
        )
    row, cut = EDITS["rounded"], EDITS["cut off"]
    for k in DECIMALS:
        if k != stated.digits:
            yield Alternative(
                name=f"rounding: {k} decimals",
                family=row.family,
                sentence=row.page_throughout.format(decimals=f"{k} decimals", which=""),
                change=_with_digits(k),
            )
    for k in DECIMALS:
        yield Alternative(
            name=f"rounding: {k} decimals, products too",
            family=row.family,
            sentence=row.page_throughout.format(
                decimals=f"{k} decimals", which=", each product too"
            ),
            change=_with_digits(k),
            overrides=_rewritten(_EVERY, row.writing(k)),
        )
    for k in DECIMALS:
        yield Alternative(
            name=f"rounding: cut off at {k} decimals",
            family=cut.family,
            sentence=cut.page_throughout.format(decimals=f"{k} decimals", which=""),
            change=lambda setup: replace(setup, digits=None),
            overrides=_rewritten(_KEPT, cut.writing(k)),
        )


def _factors(stated: Setup) -> Iterator[Alternative]:
    n = len(stated.targets)
    rows = (EDITS["halved"], EDITS["doubled"])
    factors = {row.factor: row.page_throughout.format(own="the loss") for row in rows}
    factors[4.0] = "four times the loss"
    if n > 1:
        factors.setdefault(1.0 / n, f"the mean over the {n} outputs")
        factors.setdefault(2.0 / n, f"twice the mean over the {n} outputs")
    factors.pop(1.0, None)
    for factor, words in factors.items():
        for side, value, slope in (
            ("", factor, factor),
            (", in its value alone", factor, 1.0),
            (", in its derivative alone", 1.0, factor),
        ):
            yield Alternative(
                name=f"loss: times {factor:g}{side}",
                family=rows[0].family,
                sentence=f"{words} (times {factor:g}){side}",
                change=_with_loss(value, slope),
            )


def _biases(stated: Setup) -> Iterator[Alternative]:
    slots = stated.bias_slots()
    if not slots:
        return
    policies = {
        "trained": "the biases trained, each its own",
        "fixed": "the biases kept fixed",
        "shared": "the biases trained, one shared by each level",
        "none": EDITS["bias left out"].page_throughout,
    }
    for policy, sentence in policies.items():
        try:
            changed = stated.with_biases(policy)
        except StructureError:
            continue  # the biases of a level differ, so they cannot be one
        if policy != "none" and _same_training(stated, changed):
            continue
        yield Alternative(
            name=f"bias: {policy}", family="bias", sentence=sentence, change=_with_policy(policy)
        )
    if len(slots) > 1:
        for row, slot in slots.items():
            yield Alternative(
                name=f"bias: without that of {stated.name_of(row)}",
                family=EDITS["bias left out"].family,
                sentence=EDITS["bias left out"].page.format(which=f" of {stated.name_of(row)}"),
                change=_with_policy("none", [slot]),
            )


def _signs(stated: Setup) -> Iterator[Alternative]:
    if stated.learning_rate is not None:
        added = EDITS["update added"]
        yield Alternative(
            name="sign: update added",
            family=added.family,
            sentence=added.page_throughout,
            change=lambda setup: replace(setup, rate_factor=added.factor),
        )
    yield Alternative(
        name="sign: delta turned",
        family="sign",
        sentence="delta with the other sign (target - out), the update added",
        change=lambda setup: replace(setup, loss=scaled(setup.loss, slope=-1.0), rate_factor=-1.0),
    )
    levels = stated.structure.levels
    inner = [row for rows in levels[1:] for row in rows if row not in stated.structure.outputs]
    if inner:
        turned = EDITS["sign turned"]
        yield Alternative(
            name="sign: delta of the hidden neurons turned",
            family=turned.family,
            sentence=turned.page_throughout.format(own="delta of the hidden neurons"),
            overrides=overrides_of(turned.taken(*(Variable("delta", row) for row in inner))),
        )


def _derivatives(stated: Setup) -> Iterator[Alternative]:
    structure = stated.structure
    rows = [
        row for row in range(len(structure.names)) if row >= len(structure.levels[0])
        and not structure.activations[row].group
    ]  # fmt: skip
    joint = [row for row in structure.outputs if stated.joint_of(row)]
    grouped = [row for row in joint if row not in rows]
    left_out = EDITS["derivative left out"]
    for words, chosen in _parts(stated, [*rows, *grouped]):
        yield Alternative(
            name=f"derivative: left out{words}",
            family=left_out.family,
            sentence=left_out.page_throughout.format(which=words),
            change=_with_slopes([row for row in chosen if row in rows], left_out.factor),
            # Where loss and activation are taken together, no f' is asked for.
            overrides=_out_gradients(row for row in chosen if row in joint),
        )
    for words, chosen in _parts(stated, [row for row in rows if stated.asks_for_slope(row)]):
        yield Alternative(
            name=f"derivative: at out{words}",
            family="derivative",
            sentence=f"the derivative f'{words} taken at out instead of at net",
            overrides={("slope", row): _slope_at_out for row in chosen},
        )
        yield Alternative(
            name=f"derivative: net for out{words}",
            family="derivative",
            sentence=f"net put for out in the derivative f'{words}",
            overrides={("slope", row): _slope_of_net for row in chosen},
        )
    for row in rows if len(rows) > 1 else []:
        yield Alternative(
            name=f"derivative: left out of {stated.name_of(row)}",
            family=left_out.family,
            sentence=left_out.page.format(name=stated.name_of(row)),
            change=_with_slopes([row], left_out.factor),
            overrides=_out_gradients(row for row in [row] if row in joint),
        )
    once_more = [row for row in joint if row in rows]
    if once_more:
        yield Alternative(
            name="derivative: once more",
            family="derivative",
            sentence="delta of the outputs multiplied by f', which this loss has cancelled",
            overrides={("delta", row): _times_slope for row in once_more},
        )


def _parts(stated: Setup, rows: list[int]) -> Iterator[tuple[str, list[int]]]:
    """Yield all of some neurons, and the outputs and the others alone where there are both."""
    if not rows:
        return
    yield "", rows
    outer = [row for row in rows if row in stated.structure.outputs]
    inner = [row for row in rows if row not in outer]
    if outer and inner:
        yield " of the outputs", outer
        yield " of the hidden neurons", inner


def _activations(stated: Setup) -> Iterator[Alternative]:
    structure, edit = stated.structure, EDITS["net for out"]
    rows = [row for rows in structure.levels[1:] for row in rows]
    inner = [row for row in rows if row not in structure.outputs]
    for words, chosen in ((" of the hidden neurons", inner), (" of all neurons", rows)):
        if chosen:
            yield Alternative(
                name=f"activation: net for out{words}",
                family=edit.family,
                sentence=edit.page_throughout.format(which=words),
                overrides=overrides_of(edit.taken(*(Variable("out", row) for row in chosen))),
            )
    for row in rows:
        yield Alternative(
            name=f"activation: net for out of {stated.name_of(row)}",
            family=edit.family,
            sentence=edit.page.format(name=stated.name_of(row)),
            overrides=overrides_of(edit.taken(Variable("out", row))),
        )


def _with_digits(digits: int) -> Callable[[Setup], Setup]:
    return lambda setup: replace(setup, digits=digits)


def _with_loss(value: float, slope: float) -> Callable[[Setup], Setup]:
    return lambda setup: replace(setup, loss=scaled(setup.loss, value, slope))


def _with_policy(policy: str, slots: list[int] | None = None) -> Callable[[Setup], Setup]:
    if slots is None:
        return lambda setup: setup.with_biases(policy)
    return lambda setup: setup.with_bias_slots(policy, slots)


def _with_slopes(rows: list[int], slope: float) -> Callable[[Setup], Setup]:
    return lambda setup: setup.with_activations(
        {row: with_slope(setup.structure.activations[row], f"{slope:g}") for row in rows}
    )


def _same_training(one: Setup, other: Setup) -> bool:
    return (
        np.array_equal(one.structure.trainable, other.structure.trainable)
        and one.structure.ties == other.structure.ties
    )


def _rewritten(quantities: Iterable[str], write: Callable[[Any], Any]) -> Overrides:
    def of(quantity: str) -> Override:
        return lambda moment, place: write(computed(moment, quantity, place))

    return {(quantity, None): of(quantity) for quantity in quantities}


def _out_gradients(rows: Iterable[int]) -> Overrides:
    """Return what takes dE/dout for delta."""
    return overrides_of(EDITS["dE/dout for delta"].taken(*(Variable("delta", row) for row in rows)))


def _times_slope(moment: PassMoment, row: int) -> Any:
    return moment.now["delta"][row] * moment.now["slope"][row]


def _slope_at_out(moment: PassMoment, row: int) -> Any:
    activation, out = moment.setup.structure.activations[row], moment.now["out"][row]
    return activation.slope(out, activation.value(out))


def _slope_of_net(moment: PassMoment, row: int) -> Any:
    net = moment.now["net"][row]
    return moment.setup.structure.activations[row].slope(net, net)
