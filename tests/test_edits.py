"""The table of edits: its rows, and that audit and marking mean the same by each."""

import math
import sys
from decimal import ROUND_DOWN

import pytest

import neurograph as ng
from neurograph.conventions import Conventions, alternatives, recompute
from neurograph.edits import EDITS, FAMILIES, KINDS
from neurograph.equations import Variable
from neurograph.exercises import Marker, exercise, mistakes

INPUTS, TARGETS, RATE = [0.05, 0.1], [0.01, 0.99], 0.5
WEIGHTS = [[[0.15, 0.2], [0.25, 0.3]], [[0.4, 0.45], [0.5, 0.55]]]


def network(n_outputs=2):
    """Return a net of two inputs, two hidden neurons and some outputs."""
    last = [*WEIGHTS[1], [0.2, -0.3]][:n_outputs]
    return ng.Network.layered(2, 2, n_outputs, weights=[WEIGHTS[0], last], bias=[0.35, 0.6])


def sheet(net, targets=TARGETS, order="simultaneous"):
    """Return the marker of an exercise on a whole round."""
    return Marker(
        exercise(net, inputs=INPUTS, targets=targets, learning_rate=RATE, order=order, ask="update")
    )


class Recorded(dict):
    """A table that remembers which rows were asked for."""

    def __init__(self, table):
        super().__init__(table)
        self.rows = set()

    def __getitem__(self, name):
        self.rows.add(name)
        return super().__getitem__(name)


def test_every_row_has_words_of_both_vocabularies():
    """A row is of a family of pages and of a kind of mistake, with words for both."""
    for row in EDITS.values():
        assert row.family in FAMILIES
        assert row.kind in KINDS
        assert row.page or row.page_throughout
        assert row.pupil or row.pupil_throughout
        assert bool(row.mode) != bool(row.replacement)


def test_audit_looks_for_every_row(monkeypatch):
    """The alternatives to a page are made of all the rows of the table."""
    table = Recorded(EDITS)
    for module in ("everywhere", "local"):
        name = f"neurograph.conventions.alternatives.{module}"
        monkeypatch.setattr(sys.modules[name], "EDITS", table)
    for order in ("simultaneous", "in_place"):
        conventions = Conventions(learning_rate=RATE, order=order)
        list(alternatives(network(3), INPUTS, [*TARGETS, 0.5], conventions))
    assert table.rows == set(EDITS)


def test_marking_looks_for_every_row(monkeypatch):
    """The suspects of wrong answers are made of all the rows of the table."""
    table = Recorded(EDITS)
    monkeypatch.setattr(mistakes, "EDITS", table)
    for order in ("simultaneous", "in_place"):
        marker = sheet(network(3), [*TARGETS, 0.5], order)
        for quantity in marker._quantities.values():
            marker.suspects(quantity, {})
    assert table.rows == set(EDITS)


def sigmoid(net):
    """Return 1 / (1 + e^-net)."""
    return 1 / (1 + math.exp(-net))


NETS = [sum(w * x for w, x in zip(row, INPUTS, strict=True)) + 0.35 for row in WEIGHTS[0]]
HIDDEN = [sigmoid(net) for net in NETS]
OUTS = [sigmoid(sum(w * h for w, h in zip(row, HIDDEN, strict=True)) + 0.6) for row in WEIGHTS[1]]
DELTAS = [(out - t) * out * (1 - out) for out, t in zip(OUTS, TARGETS, strict=True)]
NEW_W5 = 0.4 - RATE * DELTAS[0] * HIDDEN[0]
NEW_W7 = 0.5 - RATE * DELTAS[1] * HIDDEN[0]
SLOPE = HIDDEN[0] * (1 - HIDDEN[0])

#: By row: the alternative that audit makes of it, an address, its phase, the number by hand.
BY_HAND = {
    "bias left out": ("operand: net of h1: no bias", "h1.net", "forward", NETS[0] - 0.35),
    "another weight": (
        "operand: net of h1, w1 * out of i1: w2 in place of w1", "h1.net", "forward",
        0.2 * 0.05 + 0.2 * 0.1 + 0.35,
    ),
    "another neuron": (
        "operand: gradient of w5: out of h2 in place of out of h1", "w5.gradient", "backward",
        DELTAS[0] * HIDDEN[1],
    ),
    "term left out": (
        "operand: net of h1, w1 * out of i1: the term left out", "h1.net", "forward",
        0.2 * 0.1 + 0.35,
    ),
    "weights exchanged": (
        "swap: w1 and w2", "h1.net", "forward", 0.2 * 0.05 + 0.15 * 0.1 + 0.35,
    ),
    "net for out": (
        "activation: net for out of h1", "o1.net", "forward",
        0.4 * NETS[0] + 0.45 * HIDDEN[1] + 0.6,
    ),
    "dE/dout for delta": (
        "operand: gradient of w5: dE/dout of o1 in place of its delta", "w5.gradient", "backward",
        (OUTS[0] - 0.01) * HIDDEN[0],
    ),
    "derivative left out": (
        "derivative: left out of h1", "h1.delta", "backward", 0.4 * DELTAS[0] + 0.5 * DELTAS[1],
    ),
    "one path alone": (
        "path: only w5 back to h1", "h1.delta", "backward", 0.4 * DELTAS[0] * SLOPE,
    ),
    "updated weight": (
        "order: in place", "h1.delta", "backward",
        (NEW_W5 * DELTAS[0] + NEW_W7 * DELTAS[1]) * SLOPE,
    ),
    "learning rate left out": (
        "rate: left out", "w5.weight", "update", 0.4 - DELTAS[0] * HIDDEN[0],
    ),
    "update added": (
        "sign: update added", "w5.weight", "update", 0.4 + RATE * DELTAS[0] * HIDDEN[0],
    ),
    "another gradient": (
        "operand: update of w5: the gradient of w6 in place of that of w5", "w5.weight", "update",
        0.4 - RATE * DELTAS[0] * HIDDEN[1],
    ),
    "doubled": (
        "loss: times 2", "loss", "forward",
        sum((out - t) ** 2 for out, t in zip(OUTS, TARGETS, strict=True)),
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", BY_HAND)
def test_audit_and_marking_mean_the_same(name):
    """Each row gives on both sides the number that the slip gives by hand."""
    called, address, phase, by_hand = BY_HAND[name]
    slipped = network(), INPUTS, TARGETS, Conventions(learning_rate=RATE)
    alternative = next(other for other in alternatives(*slipped) if other.name == called)
    assert recompute(alternative, *slipped)[address] == pytest.approx(by_hand, rel=1e-12)

    marker = sheet(network())
    quantity = marker._solution.quantity(address, phase)
    worked_out = [
        marker._solution.value(quantity, {}, suspect.edit)
        for suspect in marker.suspects(quantity, {})
        if suspect.mistake.kind == EDITS[name].kind
    ]
    assert any(value == pytest.approx(by_hand, rel=1e-12) for value in worked_out)


def test_digits_are_cut_or_rounded():
    """What is written with fewer digits is rounded half away from zero, or cut off."""
    assert EDITS["rounded"].writing(2)(-0.125) == -0.13
    assert EDITS["cut off"].writing(2)(-0.129) == -0.12
    assert EDITS["cut off"].mode == ROUND_DOWN


def test_an_edit_is_of_one_equation_or_of_a_quantity():
    """An operand is put in one equation; a quantity is taken for another in all of them."""
    net, out = Variable("net", 4), Variable("out", 2)
    row = EDITS["net for out"]
    assert row.put(net, out).operands == {(net, out): (Variable("net", 2), 1.0)}
    assert row.taken(out).whole == {out: (Variable("net", 2), 1.0)}
