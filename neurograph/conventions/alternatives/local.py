"""Alternatives that concern one place of a network: the slips of someone who computes by hand."""

import math
from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import combinations
from typing import Any

from neurograph.conventions.alternatives.alternative import Alternative
from neurograph.conventions.overrides import Override, Overrides, PassMoment, overrides_of
from neurograph.conventions.setups import Setup
from neurograph.edits import EDITS
from neurograph.equations import Variable

__all__ = ["MOST_PRODUCTS", "local", "shares"]

#: Where there are more weights x samples, slips in one place are not searched: nobody computes
#: that by hand.
MOST_PRODUCTS = 120
# Where a level has more weights, only those that share a neuron with a weight are its neighbours.
_WIDE = 16


def local(stated: Setup) -> Iterator[Alternative]:
    """Yield the alternatives to a setup that concern one place, if it can be computed by hand."""
    if not _is_by_hand(stated):
        return
    places = _Local(stated)
    yield from places.paths()
    yield from places.swaps()
    yield from places.biases()
    yield from places.messages()
    yield from places.outputs()
    yield from places.slopes()
    yield from places.error_messages()
    yield from places.gradients()
    yield from places.updates()


def shares(stated: Setup) -> Iterator[Alternative]:
    """Yield the alternatives that concern an error shared out in proportion to the weights."""
    yield Alternative(
        name="share: denominator",
        family="path",
        sentence="the error shared out without the denominator, or with it where it has none",
        change=lambda setup: replace(setup, shares_turned=True),
    )
    if _is_by_hand(stated):
        yield from _Local(stated).shares()


def _is_by_hand(stated: Setup) -> bool:
    return len(stated.weights()) * stated.n_samples <= MOST_PRODUCTS


class _Local:
    """The places of one network, and what stands beside each."""

    def __init__(self, stated: Setup) -> None:
        self.stated = stated
        self.structure = structure = stated.structure
        self.weights = stated.weights()
        self.level_of = {
            row: number for number, rows in enumerate(structure.levels) for row in rows
        }

    def ends(self, slot: int) -> tuple[int, int]:
        """Return the rows that a connection joins."""
        return int(self.structure.pre[slot]), int(self.structure.post[slot])

    def called(self, slot: int) -> str:
        """Return what a connection is called."""
        return self.stated.called[slot]

    def name(self, row: int) -> str:
        """Return what a neuron is called."""
        return self.stated.name_of(row)

    def beside(self, row: int) -> list[int]:
        """Return the other neurons of a level."""
        return [other for other in self.structure.levels[self.level_of[row]] if other != row]

    def next_to(self, slot: int) -> list[int]:
        """Return the other weights of a level, those at a shared neuron first (or alone)."""
        pre, post = self.ends(slot)
        level = self.level_of[post]
        others = [
            other
            for other in self.weights
            if other != slot and self.level_of[self.ends(other)[1]] == level
        ]
        near = [other for other in others if pre in self.ends(other) or post in self.ends(other)]
        if len(others) >= _WIDE:
            return near
        return [*near, *(other for other in others if other not in near)]

    def operand(self, where: str, instead: str, overrides: Overrides) -> Alternative:
        """Return an alternative that puts another operand in one term."""
        return Alternative(
            name=f"operand: {where}: {instead}",
            family="operand",
            sentence=f"in {where}: {instead}",
            overrides=overrides,
        )

    # -- the kinds of slip ------------------------------------------------------------------

    def paths(self) -> Iterator[Alternative]:
        """Yield: one error message alone counted, where several come back; and one left out."""
        alone, left_out = EDITS["one path alone"], EDITS["path left out"]
        for row, links in enumerate(self.structure.outgoing):
            if len(links) < 2:
                continue
            slots = [link.slot for link in links]
            for slot in slots:
                others = [other for other in slots if other != slot]
                words = {"name": self.name(row), "own": self.called(slot)}
                yield Alternative(
                    name=f"path: only {self.called(slot)} back to {self.name(row)}",
                    family=alone.family,
                    sentence=alone.page.format(**words),
                    overrides=overrides_of(
                        alone.taken(*(Variable("error_message", other) for other in others))
                    ),
                )
                if len(slots) > 2:
                    yield Alternative(
                        name=f"path: without {self.called(slot)} back to {self.name(row)}",
                        family=left_out.family,
                        sentence=left_out.page.format(**words),
                        overrides=overrides_of(left_out.taken(Variable("error_message", slot))),
                    )

    def swaps(self) -> Iterator[Alternative]:
        """Yield: two weights of a level exchanged."""
        for one, other in combinations(self.weights, 2):
            if other in self.next_to(one):
                row = EDITS["weights exchanged"]
                yield Alternative(
                    name=f"swap: {self.called(one)} and {self.called(other)}",
                    family=row.family,
                    sentence=row.page.format(own=self.called(one), other=self.called(other)),
                    change=_swapped(one, other),
                )

    def biases(self) -> Iterator[Alternative]:
        """Yield: the bias of another neuron added, where it differs."""
        slots, values = self.stated.bias_slots(), self.stated.parameters
        for row, slot in slots.items():
            seen = {values[slot]}
            for other, its in slots.items():
                if values[its] not in seen:
                    seen.add(values[its])
                    yield Alternative(
                        name=f"operand: net of {self.name(row)}: bias of {self.name(other)}",
                        family="operand",
                        sentence=f"in net of {self.name(row)}: the bias of {self.name(other)}"
                        f" ({values[its]:g}) in place of its own ({values[slot]:g})",
                        change=_misread(slot, its),
                    )
            words = EDITS["bias left out"].page.format(which="")
            yield Alternative(
                name=f"operand: net of {self.name(row)}: no bias",
                family="operand",
                sentence=f"in net of {self.name(row)}: {words}",
                change=_misread(slot, None),
            )

    def messages(self) -> Iterator[Alternative]:
        """Yield: a term of net with another weight or another out, or left out."""
        for slot in self.weights:
            pre, post = self.ends(slot)
            where = f"net of {self.name(post)}, {self.called(slot)} * out of {self.name(pre)}"
            key = ("message", slot)
            yield from self.factors(where, key, pre, "out")
            row = EDITS["term left out"]
            yield self.operand(where, row.page, overrides_of(row.taken(Variable(*key))))

    def factors(
        self, where: str, key: tuple[str, int], sender: int, sent: str
    ) -> Iterator[Alternative]:
        """Yield: a term with the weight of another connection, or what another neuron sends."""
        slot = key[1]
        edit, owner = EDITS["another weight"], Variable(*key)
        own = self.stated.equations().of(owner).operands["weight"]
        assert isinstance(own, Variable)
        for other in self.next_to(slot):
            words = edit.page.format(own=self.called(slot), other=self.called(other))
            change = edit.put(owner, own, Variable("weight", other))
            yield self.operand(where, words, overrides_of(change))
        edit = EDITS["another neuron"]
        for row in self.beside(sender):
            words = edit.page.format(
                own=f"{sent} of {self.name(sender)}", other=f"{sent} of {self.name(row)}"
            )
            change = edit.put(owner, Variable(sent, sender), Variable(sent, row))
            yield self.operand(where, words, overrides_of(change))

    def outputs(self) -> Iterator[Alternative]:
        """Yield: an output compared with the target of another, or its target with another out."""
        outputs = self.structure.outputs
        for row in outputs:
            for other in outputs:
                if other == row:
                    continue
                for what, rows in (("target", (other, row)), ("out", (row, other))):
                    instead = f"{what} of {self.name(other)} in place of its own"
                    place = self.name(row)
                    yield self.operand(
                        f"loss of {place}",
                        instead,
                        {("loss", row): _loss(*rows, derivative=False)},
                    )
                    if self.structure.outgoing[row]:
                        continue
                    if self.stated.joint_of(row):
                        if self.structure.activations[row].group:
                            continue  # one target changes every delta of the group
                        yield self.operand(
                            f"delta of {place}", instead, {("delta", row): _joint_delta(*rows)}
                        )
                    else:
                        yield self.operand(
                            f"dE/dout of {place}", instead,
                            {("out_gradient", row): _loss(*rows, derivative=True)},
                        )  # fmt: skip

    def slopes(self) -> Iterator[Alternative]:
        """Yield: the derivative of another neuron of the level."""
        for rows in self.structure.levels[1:]:
            for row in rows:
                if not self.stated.asks_for_slope(row):
                    continue
                for other in self.beside(row):
                    yield self.operand(
                        f"f' of {self.name(row)}", f"net and out of {self.name(other)}",
                        {("slope", row): _slope(other)},
                    )  # fmt: skip

    def error_messages(self) -> Iterator[Alternative]:
        """Yield: a term of a hidden error with another weight or another delta."""
        for slot in self.weights:
            pre, post = self.ends(slot)
            where = f"dE/dout of {self.name(pre)}, {self.called(slot)} * delta of {self.name(post)}"
            yield from self.factors(where, ("error_message", slot), post, "delta")

    def gradients(self) -> Iterator[Alternative]:
        """Yield: a gradient with another delta or another out, or with net for the out."""
        for slot in self.weights:
            if slot in self.structure.tie_of:
                continue
            pre, post = self.ends(slot)
            where, owner = f"gradient of {self.called(slot)}", Variable("gradient", slot)
            delta, out = Variable("delta", post), Variable("out", pre)
            others = [(delta, delta._replace(place=row)) for row in self.beside(post)]
            others += [(out, out._replace(place=row)) for row in self.beside(pre)]
            own_out = (out, Variable("out", post))
            edit = EDITS["another neuron"]
            for own, other in [*others, own_out]:
                if (own, other) == own_out and pre not in self.structure.levels[0]:
                    words = f"net of {self.name(pre)} in place of its out"
                    change = EDITS["net for out"].put(owner, out)
                    yield self.operand(where, words, overrides_of(change))
                words = edit.page.format(
                    own=f"{own.quantity} of {self.name(own.place)}",
                    other=f"{other.quantity} of {self.name(other.place)}",
                )
                yield self.operand(where, words, overrides_of(edit.put(owner, own, other)))
            edit = EDITS["dE/dout for delta"]
            words = edit.page.format(other=f"dE/dout of {self.name(post)}")
            yield self.operand(where, words, overrides_of(edit.put(owner, delta)))

    def updates(self) -> Iterator[Alternative]:
        """Yield: an update from another weight, or with another gradient."""
        if self.stated.learning_rate is None:
            return
        for slot in self.weights:
            if not self.structure.trainable[slot]:
                continue
            for other in self.next_to(slot):
                words = EDITS["another gradient"].page.format(
                    own=self.called(slot), other=self.called(other)
                )
                overrides: Overrides = {("weight", slot): _update(slot, other)}
                yield self.operand(f"update of {self.called(slot)}", words, overrides)

    def shares(self) -> Iterator[Alternative]:
        """Yield: a share of an error with another weight."""
        for slot in self.weights:
            where = f"share of {self.called(slot)}"
            for other in self.next_to(slot):
                words = EDITS["another weight"].page.format(
                    own=self.called(slot), other=self.called(other)
                )
                yield self.operand(where, words, {("share", slot): _share(slot, other)})


def _swapped(one: int, other: int) -> Callable[[Setup], Setup]:
    def change(setup: Setup) -> Setup:
        parameters = setup.parameters.copy()
        parameters[[one, other]] = parameters[[other, one]]
        return replace(setup, parameters=parameters)

    return change


def _misread(slot: int, other: int | None) -> Callable[[Setup], Setup]:
    return lambda setup: replace(setup, misread={slot: other})


def _loss(target: int, out: int, derivative: bool) -> Override:
    def override(moment: PassMoment, _: int) -> Any:
        loss, now = moment.setup.loss, moment.now
        function = loss.slope if derivative else loss.value
        return function(now["target"][target], now["out"][out], len(moment.setup.targets))

    return override


def _joint_delta(target: int, out: int) -> Override:
    def override(moment: PassMoment, place: int) -> Any:
        joint, now = moment.setup.joint_of(place), moment.now
        assert joint is not None
        return joint.delta(out=now["out"][out], target=now["target"][target])

    return override


def _slope(row: int) -> Override:
    def override(moment: PassMoment, place: int) -> Any:
        activation = moment.setup.structure.activations[place]
        return activation.slope(moment.now["net"][row], moment.now["out"][row])

    return override


def _share(slot: int, other: int) -> Override:
    def override(moment: PassMoment, _: int) -> Any:
        weight = moment.parameters[slot]
        if not weight:
            return math.nan
        return moment.now["share"][slot] / weight * moment.parameters[other]

    return override


def _update(slot: int, other: int) -> Override:
    def override(moment: PassMoment, _: int) -> Any:
        gradient = moment.known("gradient", other)
        return moment.rule(slot, moment.before[slot], gradient)

    return override
