"""Tests of the table of alternatives and of the search for conventions."""

import math
import random
from decimal import ROUND_DOWN

import numpy as np
import pytest
from scenario_files import SMALL, load, searched

import neurograph as ng
from neurograph.conventions import FAMILIES, Conventions, alternatives, recompute, reconcile
from neurograph.conventions.odds import (
    agreeing_decimals,
    comparable,
    decimals_of,
    false_hits,
    grain,
)
from neurograph.conventions.pages import Page
from neurograph.conventions.results import reason_of
from neurograph.edits import scaled
from neurograph.errors import InvalidTypeError, InvalidValueError, UnknownNameError
from neurograph.losses import get_loss
from neurograph.passes import rounding
from neurograph.scenario import agrees


@pytest.fixture(scope="module")
def mazur():
    """What is found for Mazur's numbers, all stated simultaneous and exact."""
    return searched("mazur_one_run", None)


@pytest.fixture(scope="module")
def afteracademy():
    """What is found for AfterAcademy's numbers, none of them stated to be a slip."""
    return searched("afteracademy_one_run", None)


# -- the tutorials ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("address", "printed"),
    [("loss", "0.291027924"), ("o1.out", "0.015912196"), ("o2.out", "0.984065734")],
)
def test_in_place_results_are_found(mazur, address, printed):
    """Mazur's results after one and after 10,000 rounds come from an update in place."""
    value = mazur.value(address, printed)
    assert value.found[0].family == "order"
    assert value.found[0].explains == 3
    assert value.found[0].chance < 0.05
    assert agrees(value.found[0].value, printed)


def test_one_change_explains_three_values(mazur):
    """The update in place heads the changes, and three values by chance are out of the question."""
    change = mazur.changes[0]
    assert change.name == "order: in place"
    assert [value.verdict.printed for value in change.explains] == [
        "0.291027924",
        "0.015912196",
        "0.984065734",
    ]
    assert change.chance < 1e-7


def test_change_that_explains_results_contradicts_derivations(mazur):
    """The derivations are not in place: that order would change w1+ and what leads to it."""
    found = mazur.value("loss", "0.291027924").found[0]
    assert found.of == 10
    assert found.keeps == 6


def test_round_9999_is_found(mazur):
    """The printed error after 10,000 rounds is that before the last update."""
    value = mazur.value("loss", "0.0000351085")
    assert [found.family for found in value.found] == ["moment"]
    assert value.found[0].sentence == "the value before the last update of the weights"


def test_rounding_chain_is_found(mazur):
    """-0.019049119 is rounded twice, and one unit of the last digit may always be chance."""
    value = mazur.value("w7.error_message")
    assert value.found[0].sentence == "rounded to 9 decimals at every step"
    assert value.found[0].keeps == value.found[0].of
    assert value.found[0].chance > 0.1
    assert "may be chance" in str(value)


@pytest.mark.parametrize(
    ("address", "slips"), [("o1.out", ("o1.net",)), ("loss", ("o1.out", "o2.out"))]
)
def test_values_follow_from_slips(afteracademy, address, slips):
    """out(o1) and the total error follow from slips printed before them."""
    value = afteracademy.value(address)
    assert value.found[0].family == "slip"
    assert value.found[0].follows_from == slips
    assert value.found[0].chance < 0.001


def test_near_is_not_found(afteracademy):
    """net(o1) follows from nothing; a bias of 0.45 comes near, and is said to be no more."""
    value = afteracademy.value("o1.net")
    assert not value.found
    near = value.near[0]
    assert "(0.45) in place of its own (0.5)" in near.sentence
    assert near.value == pytest.approx(0.35 * 0.6236336 + 0.20 * 0.6320450 + 0.45, abs=1e-7)
    assert near.missing == 3
    text = str(value)
    assert f"not reproduced by any of {value.tried} alternatives" in text
    assert "near, not found" in text
    assert "all but the last 3 digits" in text


def test_cut_off_digits_are_found(afteracademy):
    """0.623633 is cut off, not rounded."""
    value = afteracademy.value("h1.out")
    assert value.found[0].sentence == "cut off, not rounded"
    assert value.found[0].value == 0.623633


@pytest.mark.parametrize("address", ["o2.out", "w1.weight"])
def test_what_nothing_gives_is_said_to_be_so(afteracademy, address):
    """Of some printed values no cause is known, and none is made up."""
    value = afteracademy.value(address)
    assert not value.is_found
    assert value in afteracademy.not_found
    assert value.tried > 200


def test_rounding_of_the_notes_is_found():
    """The notes on a network of any size round to 4 decimals while they compute."""
    found = searched("general_network_exact", None)
    value = found.value("c3.net")
    assert value.found[0].sentence == "rounded to 4 decimals at every step"
    assert value.found[0].keeps == value.found[0].of == 16


def test_slip_of_the_notes():
    """0.9441 comes out where products are rounded too, which other values contradict."""
    found = searched("general_network_rounded", None)
    (value,) = found.values
    first = value.found[0]
    assert value.called == "d1.net"
    assert first.sentence == "rounded to 4 decimals at every step, each product too"
    assert first.keeps < first.of
    assert first.chance > 0.1


def test_listed_errata_are_searched_too():
    """An erratum is not taken on trust: its value is searched like one that fails."""
    found = searched("mazur_2015_step_by_step", "derivations")
    (value,) = found.values
    assert value.verdict.verdict == "erratum"
    assert value.found
    assert found.result.passed


def test_nothing_to_search():
    """Where the stated conventions give every value, that is all there is to say."""
    found = ng.reconcile(ng.load_scenario("mazur_2015"), run="error_after_10000_rounds")
    assert found.values == ()
    assert "\nthe stated conventions give every printed value\n" in str(found)


# -- a round by hand, with mistakes: nothing of neurograph is used ---------------------------------


def logistic(net):
    """The logistic function."""
    return 1 / (1 + math.exp(-net))


class ByHand:
    """One round of a 2-3-2 network in plain Python, with at most one mistake."""

    def __init__(self, seed):
        draw = random.Random(seed)
        self.x = [round(draw.uniform(0.1, 1), 2) for _ in range(2)]
        self.t = [round(draw.uniform(0, 1), 2) for _ in range(2)]
        self.v = [[round(draw.uniform(-1, 1), 2) for _ in range(2)] for _ in range(3)]
        self.w = [[round(draw.uniform(-1, 1), 2) for _ in range(3)] for _ in range(2)]
        self.a = [round(draw.uniform(-1, 1), 2) for _ in range(3)]
        self.b = [round(draw.uniform(-1, 1), 2) for _ in range(2)]
        self.rate = 0.7

    def network(self):
        """The same network as objects."""
        return ng.Network.layered(2, 3, 2, weights=[self.v, self.w], bias=[self.a, self.b])

    def round(self, mistake=None):
        """Return every number of a round by its address."""
        v = [list(row) for row in self.v]
        w = [list(row) for row in self.w]
        a, b = list(self.a), list(self.b)
        if mistake == "swap: w7 and w10":
            w[0][0], w[1][0] = w[1][0], w[0][0]
        if mistake == "bias: none":
            a, b = [0.0] * 3, [0.0] * 2
        factor = {"loss: times 2": 2.0, "loss: times 0.5": 0.5}.get(mistake, 1.0)
        hidden, outer = range(3), range(2)
        net_h = [v[j][0] * self.x[0] + v[j][1] * self.x[1] + a[j] for j in hidden]
        if mistake == "operand: net of h1, w1 * out of i1: w2 in place of w1":
            net_h[0] = v[0][1] * self.x[0] + v[0][1] * self.x[1] + a[0]
        out_h = [logistic(net) for net in net_h]
        if mistake == "activation: net for out of h2":
            out_h[1] = net_h[1]
        net_o = [sum(w[k][j] * out_h[j] for j in hidden) + b[k] for k in outer]
        out_o = [logistic(net) for net in net_o]
        loss = [factor * (t - o) ** 2 / 2 for t, o in zip(self.t, out_o, strict=True)]
        sign = -1.0 if mistake == "sign: delta turned" else 1.0
        flat = mistake == "derivative: left out"
        slope_o = [1.0 if flat else o * (1 - o) for o in out_o]
        delta_o = [sign * factor * (out_o[k] - self.t[k]) * slope_o[k] for k in outer]
        gradient_w = [[delta_o[k] * out_h[j] for j in hidden] for k in outer]
        step = -self.rate if mistake in ("sign: update added", "sign: delta turned") else self.rate
        new_w = [[w[k][j] - step * gradient_w[k][j] for j in hidden] for k in outer]
        back = new_w if mistake == "order: in place" else w
        paths = [list(outer) for _ in hidden]
        if mistake == "path: only w7 back to h1":
            paths[0] = [0]
        error_h = [sum(back[k][j] * delta_o[k] for k in paths[j]) for j in hidden]
        slope_h = [1.0 if flat else logistic(net) * (1 - logistic(net)) for net in net_h]
        if mistake == "activation: net for out of h2":
            slope_h[1] = out_h[1] * (1 - out_h[1])  # f' is written with out
        delta_h = [error_h[j] * slope_h[j] for j in hidden]
        numbers = {"loss": sum(loss)}
        for j in hidden:
            numbers |= {f"h{j + 1}.net": net_h[j], f"h{j + 1}.out": out_h[j]}
            numbers |= {f"h{j + 1}.delta": delta_h[j], f"h{j + 1}.out_gradient": error_h[j]}
            for i in range(2):
                gradient = delta_h[j] * self.x[i]
                numbers[f"w{2 * j + i + 1}.gradient"] = gradient
                numbers[f"w{2 * j + i + 1}.weight"] = v[j][i] - step * gradient
        for k in outer:
            numbers |= {f"o{k + 1}.net": net_o[k], f"o{k + 1}.out": out_o[k]}
            numbers |= {f"o{k + 1}.delta": delta_o[k], f"o{k + 1}.loss": loss[k]}
            for j in hidden:
                numbers[f"w{7 + 3 * k + j}.gradient"] = gradient_w[k][j]
                numbers[f"w{7 + 3 * k + j}.weight"] = new_w[k][j]
        return numbers


MISTAKES = [
    "order: in place",
    "loss: times 2",
    "loss: times 0.5",
    "bias: none",
    "sign: update added",
    "sign: delta turned",
    "derivative: left out",
    "activation: net for out of h2",
    "path: only w7 back to h1",
    "swap: w7 and w10",
    "operand: net of h1, w1 * out of i1: w2 in place of w1",
]


def given(hand):
    """Return what `alternatives` and `recompute` take."""
    return hand.network(), hand.x, hand.t, Conventions(learning_rate=hand.rate)


@pytest.mark.parametrize("name", MISTAKES)
def test_recompute_makes_the_mistake(name):
    """Every number of a round with a mistake is that of someone who makes it by hand."""
    hand = ByHand(seed=1)
    (alternative,) = [each for each in alternatives(*given(hand)) if each.name == name]
    found = recompute(alternative, *given(hand))
    expected = hand.round(name)
    assert {address: found[address] for address in expected} == pytest.approx(expected, rel=1e-12)
    assert expected != pytest.approx(hand.round(), rel=1e-6)


def test_recompute_without_a_mistake():
    """Without an alternative the numbers are those of a round by hand."""
    hand = ByHand(seed=2)
    expected = hand.round()
    found = recompute(None, *given(hand))
    assert {address: found[address] for address in expected} == pytest.approx(expected, rel=1e-12)


def written(hand, tmp_path, printed, after=()):
    """Write a scenario of a round that states no mistake, with values printed in it."""
    lines = ['title = "t"', 'author = "a"', 'source = "s"', "[network]"]
    lines += ["[[network.layers]]", "size = 2"]
    for weights, bias in ((hand.v, hand.a), (hand.w, hand.b)):
        lines += ["[[network.layers]]", f"size = {len(bias)}", f"weights = {weights}"]
        lines += [f"bias = {bias}"]
    lines += ["[data]", f"inputs = {hand.x}", f"targets = {hand.t}"]
    lines += ["[[runs]]", 'name = "r"', f"learning_rate = {hand.rate}"]
    lines += ["[[runs.steps]]", 'do = "forward"', "[[runs.steps]]", 'do = "backward"']
    lines += ["[runs.steps.printed]", *(f'"{a}" = "{p}"' for a, p in printed.items())]
    lines += ["[[runs.steps]]", 'do = "update"']
    lines += ["[runs.steps.printed]", *(f'"{a}" = "{p}"' for a, p in dict(after).items())]
    path = tmp_path / "written.toml"
    path.write_text("\n".join(lines), encoding="utf-8")
    return ng.load_scenario(path)


@pytest.mark.parametrize("name", MISTAKES)
def test_planted_change_is_found(name, tmp_path):
    """In random networks a planted change is found, first of all, by the values it touches."""
    planted = random.Random(name)
    for seed in planted.sample(range(1000), 1):
        hand = ByHand(seed)
        wrong, right = hand.round(name), hand.round()
        after = [address for address in wrong if address.endswith(".weight")]
        during = [address for address in wrong if address not in after]
        chosen = planted.sample(during, 8), planted.sample(after, 4)
        printed = [{address: f"{wrong[address]:.9f}" for address in part} for part in chosen]
        scenario = written(hand, tmp_path, *printed)
        found = ng.reconcile(scenario)
        touched = [
            address
            for address in (*chosen[0], *chosen[1])
            if not agrees(right[address], f"{wrong[address]:.9f}")
        ]
        assert [value.verdict.address for value in found.values] == touched
        for value in found.values:
            assert name in [each.name for each in value.found]
        if len(touched) > 3:
            # Several alternatives may come to the same in what is printed.
            assert found.changes[0].explains == found.values


def test_recompute_leaves_the_network_as_it_was():
    """Nothing that is tried touches the network that is asked about."""
    net, x, t, conventions = given(ByHand(seed=3))
    before = net.storage.parameters.tolist()
    for alternative in alternatives(net, x, t, conventions):
        recompute(alternative, net, x, t, conventions)
    assert net.storage.parameters.tolist() == before
    assert "out" not in net.nodes["o1"]


# -- longer runs and batches -----------------------------------------------------------------------

LONG = """
title = "t"
author = "a"
source = "s"
[network]
neurons = [{{ name = "i" }}, {{ name = "o", bias = 0.1 }}]
connections = [{{ label = "w", pre = "i", post = "o", weight = 0.4 }}]
[data]
inputs = [0.8]
targets = [0.9]
[[runs]]
name = "r"
learning_rate = 0.5
[[runs.steps]]
do = "train"
rounds = 400
[[runs.steps]]
do = "forward"
printed = {{ "w.weight" = "{:.9f}", "o.out" = "{:.9f}" }}
"""


def trained(rounds=400, rate=0.5, flat=False, bias_rate=None):
    """Train one neuron by hand; return its weight and its out."""
    w, b = 0.4, 0.1
    for _ in range(rounds):
        out = logistic(0.8 * w + b)
        delta = (out - 0.9) * (1.0 if flat else out * (1 - out))
        w, b = w - rate * delta * 0.8, b - (rate if bias_rate is None else bias_rate) * delta
    return w, logistic(0.8 * w + b)


@pytest.mark.parametrize(
    ("name", "mistake"),
    [
        ("derivative: left out", {"flat": True}),
        ("bias: fixed", {"bias_rate": 0.0}),
        ("loss: times 2", {"rate": 1.0}),
        ("sign: update added", {"rate": -0.5}),
        ("moment: before the last update", {"rounds": 399}),
        ("moment: after one more update", {"rounds": 401}),
    ],
)
def test_change_of_a_long_training_is_found(name, mistake, tmp_path):
    """Over hundreds of rounds, compiled, the same changes are found."""
    path = tmp_path / "long.toml"
    path.write_text(LONG.format(*trained(**mistake)), encoding="utf-8")
    found = ng.reconcile(ng.load_scenario(path))
    assert len(found.values) == 2
    for value in found.values:
        assert name in [each.name for each in value.found]
        assert value.found[0].chance < 0.01


def test_sum_over_samples_is_found(tmp_path):
    """A total error printed as a sum over the samples, where the mean is stated."""
    path = tmp_path / "batch.toml"
    outs = [0.5 * x for x in (0.3, 0.7, 1.1)]
    error = sum((t - o) ** 2 / 2 for t, o in zip((1, 0, 1), outs, strict=True))
    path.write_text(
        f"""
        title = "t"
        author = "a"
        source = "s"
        [network]
        neurons = [{{ name = "i" }}, {{ name = "o", activation = "identity" }}]
        connections = [{{ label = "w", pre = "i", post = "o", weight = 0.5 }}]
        [data]
        inputs = [[0.3], [0.7], [1.1]]
        targets = [[1], [0], [1]]
        [[runs]]
        name = "r"
        [[runs.steps]]
        do = "forward"
        printed = {{ "o.out" = {{ value = "0.35", sample = 2 }} }}
        [[runs.steps]]
        do = "loss"
        printed = {{ "loss" = "{error:.6f}" }}
        """,
        encoding="utf-8",
    )
    (value,) = ng.reconcile(ng.load_scenario(path)).values
    assert value.found[0].name == "reduction: sum"
    assert value.found[0].keeps == value.found[0].of == 1


def test_slip_in_the_last_pass_is_found(tmp_path):
    """After hundreds of rounds, a bias forgotten in the very last forward pass is found there."""
    path = tmp_path / "long.toml"
    weight, _ = trained()
    path.write_text(LONG.format(weight, logistic(0.8 * weight)), encoding="utf-8")
    (value,) = ng.reconcile(ng.load_scenario(path)).values
    assert value.found[0].name == "operand: net of o: no bias"
    assert value.found[0].scope == "last pass"
    assert "in the last pass alone" in str(value)


def test_training_that_stops_by_itself(tmp_path):
    """After a training that stopped by itself a value is not searched, and it is said so."""
    path = tmp_path / "stopped.toml"
    text = LONG.format(0.1, 0.2).replace("rounds = 400", "rounds = 400\nstop = { loss = 0.02 }")
    path.write_text(text, encoding="utf-8")
    found = ng.reconcile(ng.load_scenario(path))
    assert [value.searched for value in found.values] == [False, False]
    assert "not searched: it cannot be computed anew" in str(found)


@pytest.mark.parametrize("name", list(ng.find_scenarios()))
def test_pages_are_computed_as_scenarios_are(name):
    """What is recomputed under the stated conventions is what running the scenario gives."""
    scenario = ng.load_scenario(name)
    for result in ng.run_scenario(scenario).runs:
        page = Page(scenario, result)
        computed = [target.verdict.computed for target in page.targets]
        assert page.stated == pytest.approx(computed, rel=1e-9, abs=1e-15)


# -- chance ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(("decimals", "units"), [(4, 30), (6, 300)])
def test_odds_are_honest(decimals, units, tmp_path):
    """Random digits are found about as often as the odds say, within four standard deviations."""
    found, expected = 0, 0.0
    for seed in range(2):
        hand, draw = ByHand(seed), random.Random(seed)
        right = hand.round()
        during = [address for address in right if not address.endswith(".weight")]
        printed = {
            address: f"{right[address] + draw.uniform(-units, units) / 10**decimals:.{decimals}f}"
            for address in draw.sample(during, 20)
        }
        for value in ng.reconcile(written(hand, tmp_path, printed)).values:
            found += bool(value.found)
            verdict = value.verdict
            expected += min(1, false_hits(value.in_reach, verdict.computed, verdict.printed))
    assert 0 < expected < 30
    assert abs(found - expected) < 4 * math.sqrt(expected)


def test_random_digits_are_not_explained(tmp_path):
    """Nine random digits far from the right ones are not reproduced by anything."""
    hand, draw = ByHand(seed=7), random.Random(7)
    right = hand.round()
    addresses = [address for address in right if address.endswith((".out", ".delta", ".net"))]
    printed = {a: f"{right[a] + draw.uniform(0.001, 0.1):.9f}" for a in addresses}
    found = ng.reconcile(written(hand, tmp_path, printed))
    assert len(found.values) == len(addresses)
    assert all("not reproduced by any of" in str(value) for value in found.values)


def test_one_digit_misread_is_named_and_the_last_is_not(tmp_path):
    """Of nine digits the third decimal is another; in the last place it may be a rounding."""
    hand = ByHand(seed=3)
    right = f"{hand.round()['h1.out']:.9f}"
    for place, is_named in ((-7, True), (-1, False)):
        digit = str((int(right[place]) + 5) % 10)
        wrong = right[:place] + digit + right[len(right) + place + 1 :]
        (value,) = ng.reconcile(written(hand, tmp_path, {"h1.out": wrong})).values
        sentences = [finding.sentence for finding in value.found if finding.is_likely]
        assert (f"another digit written: {digit} for decimal 3" in sentences) == is_named
        assert any("another digit" in sentence for sentence in sentences) == is_named


INFINITE = """
title = "A logarithm of nothing"
author = "A"
source = "a page"
network.loss = "-log(out)"
network.neurons = [{ name = "x1" }, { name = "x2" }, { name = "y", activation = "identity" }]
network.connections = [
    { label = "w1", pre = "x1", post = "y", weight = 0.5 },
    { label = "w2", pre = "x2", post = "y", weight = -0.5 },
]
data.inputs = [3, 3]
runs = [{ name = "page", steps = [
    { do = "forward", printed = { "y.out" = "3.0" } },
    { do = "loss", printed = { "loss" = "-1.0986" } },
] }]
"""


def test_a_reason_may_give_a_value_that_is_infinite_as_stated(tmp_path):
    """With w2 = +0.5 out is 3 and the loss -ln 3; as stated they are 0 and infinite."""
    out, loss = ng.reconcile(load(tmp_path, INFINITE)).values
    assert (out.verdict.computed, loss.verdict.computed) == (0.0, math.inf)
    both = {its.sentence for its in out.found} & {its.sentence for its in loss.found}
    assert any("other sign" in sentence for sentence in both), both


def test_what_agrees_beside_an_infinite_value_is_not_known(tmp_path):
    """Where -ln 0 is stated nothing is far from it: that -ln 3 is printed says nothing."""
    text = INFINITE.replace(', printed = { "y.out" = "3.0" }', "")
    found = reconcile(load(tmp_path, text))
    (loss,) = found.values
    assert loss.verdict.computed == math.inf
    assert not loss.may_be_chance
    assert found.not_found == (loss,)
    assert loss.found[0].chance >= 1
    said = str(loss)
    assert "beside a stated value that is no number any of them may agree by chance" in said
    assert said.index("not known") < said.index("tried, no better than chance: ")
    assert "a run states it so" not in said
    assert reason_of(loss) == "not known"
    assert " not known\n" in str(found)


@pytest.mark.parametrize(
    ("printed", "half"),
    [
        ("0.490000", 0.005),  # zeros at the end, two or more
        ("0.490", 0.0005),  # one zero is chance once in ten times
        ("-4.000000", 0.5),
        ("1200", 50),
        ("0.0000", 0.5),  # what is left out comes to nothing, whatever it is
        ("0.3775", 0.00005),
        ("3/8", 1 / 128),  # the fractions with denominators up to b are about 1/b^2 apart
    ],
)
def test_round_numbers_say_less(printed, half):
    """The window in which another number would say as much, halved."""
    assert float(grain(printed)) == pytest.approx(half, rel=1e-12)
    assert false_hits(1, 1e6, printed) == pytest.approx(half / 2 / abs(1e6 - value_of(printed)))


def value_of(printed):
    """The number of a text that is a quotient or none."""
    above, _, below = printed.partition("/")
    return float(above) / float(below or 1)


def test_a_value_reached_by_rounding_to_a_round_number_may_be_chance(tmp_path):
    """The net 0.5845 rounded to 1 decimal is 0.6: printed 0.600000 it says one digit, not six."""
    text = CHAIN.replace('"h.net" = "NET", "h.out" = "OUT", "y.net" = "LAST"', '"h.net" = "NET"')
    net = 0.61 * 0.9 - 0.47 * 0.35 + 0.2
    assert round(net, 1) == 0.6
    (value,) = reconcile(load(tmp_path, text.replace("NET", "0.600000"))).values
    roundings = [its for its in value.found if its.family == "rounding"]
    assert roundings
    assert not any(its.is_likely for its in roundings)


def test_a_near_miss_of_a_fraction_says_how_far_it_is(tmp_path):
    """Without the bias 1 the net is 0.3334; a third has no last digits that could differ."""
    text = SMALL.replace("weight = 0.5", "weight = 0.1667").replace('"2.0"', '"1/3"')
    value = reconcile(load(tmp_path, text)).value("o1.out")
    near = [line for line in str(value).splitlines() if "near, not found" in line]
    assert near
    for line in near:
        assert " away (" in line
        assert "last 0 digits" not in line


def test_false_hits_is_a_ratio_of_lengths():
    """Of ten values in reach, one in a hundred agrees where 100 windows of one unit fit."""
    # The stated value is 0.5 and the printed 0.525: 0.45 to 0.55 holds 100 units of 0.001.
    assert false_hits(10, stated=0.5, printed="0.525") == pytest.approx(10 / 100)
    assert false_hits(10, stated=0.5, printed="0.525", within=0.001) == pytest.approx(10 / 50)
    assert false_hits(3, stated=0.5, printed="0.5") == 3


def test_last_places_of_a_float_count_as_one_value():
    """With 17 digits, what lies within 8 units in the last place agrees, and odds count with it."""
    unit = 2.0**-54  # below 0.5
    printed = "0.40000000000000002"
    far = 0.4 + 1000 * unit
    assert false_hits(10, stated=far, printed=printed) == pytest.approx(10 * 8 / 2000, rel=0.01)
    near = [0.4, 0.4 + unit, 0.4 - 3 * unit, 0.4 + 40 * unit]
    assert comparable(near, stated=far, printed=printed) == [0.4, 0.4 + 40 * unit]


def test_audit_finds_a_value_printed_in_full(tmp_path):
    """The squared error without its half is found though it is printed three last places off."""
    text = SMALL.replace("bias = 1.0", "bias = 0.1").replace("weight = 0.5", "weight = 0.1")
    whole = (0.1 * 2.0 + 0.1 - 3.0) ** 2
    text = text.replace('"0.5"', f'"{whole + 3 * math.ulp(whole):.17g}"')
    text = text.replace('"2.0"', '"0.3"')
    (value,) = ng.reconcile(load(tmp_path, text)).values
    assert value.found[0].sentence == "twice the loss (times 2)"


def test_comparable_counts_digits_once():
    """Values that print the same digits are one; far ones, the stated one and nan are none."""
    values = [0.5, 0.5201, 0.5202, 0.53, 0.9, math.nan, math.inf]
    assert len(comparable(values, stated=0.5, printed="0.525")) == 2


def test_odds_of_values_that_no_float_holds():
    """Values near the largest float are compared exactly; beside one not finite any may agree."""
    assert comparable([1e308, 0.25], stated=-1e308, printed="0.5") == [1e308, 0.25]
    assert comparable([0.25], stated=math.inf, printed="0.5") == []
    assert comparable([0.25], stated=math.nan, printed="0.5") == []
    assert false_hits(10, stated=math.inf, printed="0.5") == 10.0


@pytest.mark.parametrize("rate", ["1e308", "1e300"])
def test_values_that_diverge_are_searched(rate, tmp_path):
    """Numbers beyond every float are no reason to give up, and nothing counts as near them."""
    hand = ByHand(seed=5)
    hand.rate = rate
    found = ng.reconcile(written(hand, tmp_path, {}, {"w7.weight": "0.5", "w1.weight": "1e300"}))
    assert len(found.values) == 2


@pytest.mark.parametrize(
    ("value", "printed", "decimals"),
    [(0.794681, "0.794609", 3), (0.794609, "0.794609", 6), (3.0, "0.5", -1), (0.6, "0.5", 0)],
)
def test_agreeing_decimals(value, printed, decimals):
    """Decimals agree as long as rounding to them cannot tell the two apart."""
    assert agreeing_decimals(value, printed) == decimals


# -- a table of weights transposed -----------------------------------------------------------------


def test_weights_transposed_as_errors_go_back_are_one_reason(tmp_path):
    """W instead of its transpose carries both errors back: two hidden deltas, one reason."""
    v, w = np.array([[0.15, 0.2], [0.25, 0.3]]), np.array([[0.4, 0.45], [0.5, 0.55]])
    x, t, a, b = np.array([0.05, 0.1]), np.array([0.01, 0.99]), 0.35, 0.6
    h = 1 / (1 + np.exp(-(v @ x + a)))
    o = 1 / (1 + np.exp(-(w @ h + b)))
    delta_o = (o - t) * o * (1 - o)
    delta_h = (w @ delta_o) * h * (1 - h)  # w.T is right
    hand = ByHand(seed=1)
    hand.x, hand.t, hand.v, hand.w = x.tolist(), t.tolist(), v.tolist(), w.tolist()
    hand.a, hand.b, hand.rate = [a, a], [b, b], 0.5
    printed = {f"h{j + 1}.delta": f"{delta_h[j]:.7f}" for j in range(2)}
    printed |= {f"o{k + 1}.delta": f"{delta_o[k]:.7f}" for k in range(2)}
    gradient = np.outer(delta_h, x)
    after = {f"w{2 * j + i + 1}.weight": f"{v[j, i] - 0.5 * gradient[j, i]:.8f}"
             for j in range(2) for i in range(2)}  # fmt: skip
    found = reconcile(written(hand, tmp_path, printed, after))
    (change,) = found.story
    assert change.sentence == "the weights into level 2 transposed as errors go back"
    assert change.is_likely
    assert [value.called for value in change.roots] == ["h1.delta", "h2.delta"]
    assert len(change.below) == 4


def test_weights_of_three_by_three_transposed():
    """Nets of the transposed table, and errors back through the right one or through it."""
    draw = np.random.default_rng(5)
    v, w = draw.normal(size=(3, 3)).round(2), draw.normal(size=(3, 3)).round(2)
    x, t = np.array([0.3, -0.7, 0.9]), np.array([0.1, 0.6, 0.8])
    net = ng.Network.layered(3, 3, 3, weights=[v.tolist(), w.tolist()], bias=0.0)
    stated = (net, x.tolist(), t.tolist(), Conventions(learning_rate=0.1))
    known = {its.name: its for its in alternatives(*stated)}
    for name, used in (("weights of level 2", w.T), ("weights back through level 2", w)):
        h = 1 / (1 + np.exp(-v @ x))
        o = 1 / (1 + np.exp(-used @ h))
        delta = (o - t) * o * (1 - o)
        back = used.T if name == "weights of level 2" else w
        hidden = (back @ delta) * h * (1 - h)
        numbers = recompute(known[f"swap: {name}"], *stated)
        for j in range(3):
            assert numbers[f"o{j + 1}.out"] == pytest.approx(o[j], rel=1e-12)
            assert numbers[f"h{j + 1}.delta"] == pytest.approx(hidden[j], rel=1e-12)


# -- small parts -----------------------------------------------------------------------------------


def test_a_rounding_knows_its_decimals():
    """What rounds or cuts off at so many decimals holds the number, and nothing else does."""
    edits = list(alternatives(*given(ByHand(seed=4))))
    roundings = {its.name: its.decimals for its in edits if its.decimals is not None}
    names = ("{} decimals", "{} decimals, products too", "cut off at {} decimals")
    assert roundings == {f"rounding: {name.format(k)}": k for name in names for k in range(1, 11)}


@pytest.mark.parametrize("loss", ["half_squared_error", "binary_cross_entropy"])
def test_every_alternative_is_one_entry(loss):
    """Names are unique, families are known, and each does something."""
    hand = ByHand(seed=4)
    net, *others = given(hand)
    net.graph["loss"] = loss
    found = list(alternatives(net, *others))
    assert len({each.name for each in found}) == len(found)
    assert {each.family for each in found} <= set(FAMILIES)
    base = recompute(None, net, *others)
    for each in found:
        of_digits = each.edit.truncates or each.edit.miswritten or each.edit.copies
        if not of_digits:
            assert recompute(each, net, *others) != base, each.name
        assert str(each) == each.sentence


def test_slips_where_loss_and_activation_are_taken_together():
    """With cross-entropy delta is out - target, and f' can be left out of it, or come in twice."""
    x, weights, bias, targets = 0.5, [1.0, -2.0], [0.25, 0.5], [1.0, 0.0]
    net = ng.Network.layered(
        1, 2, weights=[[[w] for w in weights]], bias=[bias], loss="binary_cross_entropy"
    )
    stated = net, [x], targets, Conventions(learning_rate=1.0)
    found = {each.name: recompute(each, *stated) for each in alternatives(*stated)}
    out, other = (logistic(w * x + b) for w, b in zip(weights, bias, strict=True))
    expected = {
        "derivative: left out": -1 / out,
        "derivative: left out of o1": -1 / out,
        "derivative: once more": (out - 1) * out * (1 - out),
        "operand: delta of o1: target of o2 in place of its own": out - 0.0,
        "operand: delta of o1: out of o2 in place of its own": other - 1.0,
    }
    assert {name: found[name]["o1.delta"] for name in expected} == pytest.approx(
        expected, rel=1e-12
    )


def test_derivative_left_out_of_a_softmax():
    """With softmax and cross-entropy it leaves dE/dout = -target / out."""
    net = ng.Network.layered(
        1, 2, weights=[[[1.0], [-1.0]]], activation="softmax", loss="cross_entropy"
    )
    stated = net, [0.5], [1.0, 0.0], Conventions()
    (left_out,) = [each for each in alternatives(*stated) if each.name == "derivative: left out"]
    out = math.exp(0.5) / (math.exp(0.5) + math.exp(-0.5))
    assert recompute(left_out, *stated)["o1.delta"] == pytest.approx(-1 / out, rel=1e-12)


def test_alternatives_for_bias_neurons():
    """Weights from a bias neuron are biases: they can be kept fixed or left out."""
    net = ng.Network()
    for name, kind in (("i", None), ("one", "bias"), ("o", None)):
        net.add_neuron(name, kind=kind)
    net.connect("i", "o", 0.3)
    net.connect("one", "o", 0.2)
    stated = net, [1.0], [0.0], Conventions(learning_rate=1.0)
    found = {each.name: recompute(each, *stated) for each in alternatives(*stated)}
    assert found["bias: none"]["o.net"] == 0.3
    assert found["bias: fixed"]["one->o.weight"] == 0.2


def test_large_networks_have_no_slips():
    """A network that nobody computes by hand is not searched for slips in one place."""
    net = ng.Network.layered(20, 10, 1, seed=1)
    found = alternatives(net, [0.0] * 20, [1.0], Conventions(learning_rate=0.1))
    assert not {"operand", "path", "swap"} & {each.family for each in found}


def test_scaled_loss():
    """Value and derivative of a loss are scaled apart, alone and jointly with an activation."""
    loss = scaled(get_loss("binary_cross_entropy"), value=3.0, slope=2.0)
    plain = get_loss("binary_cross_entropy")
    assert loss.value(1.0, 0.25, 1) == pytest.approx(3 * -math.log(0.25))
    assert loss.slope(1.0, 0.25, 1) == pytest.approx(2 * -1 / 0.25)
    joint = loss.joint["logistic"]
    assert joint.delta(out=np.array([0.25]), target=np.array([1.0])) == [-1.5]
    both = joint.value([0.3], [1.0]), plain.joint["logistic"].value([0.3], [1.0])
    assert both[0] == pytest.approx(3 * both[1])


def test_cutting_off_is_towards_zero():
    """Digits are cut off as they are printed, of arrays too, and what is not finite stays."""
    assert rounding(2, ROUND_DOWN)(-0.1999999) == -0.19
    assert rounding(1, ROUND_DOWN)(np.array([0.999, 1.0])).tolist() == [0.9, 1.0]
    assert math.isinf(rounding(2, ROUND_DOWN)(math.inf))
    assert decimals_of("1e-3") == 3


def test_conventions_are_checked():
    """An order, a reduction or a rate that is none is refused at once."""
    with pytest.raises(InvalidValueError, match="order must be one of"):
        Conventions(order="in-place")
    with pytest.raises(InvalidValueError, match="reduction must be one of"):
        Conventions(reduction="total")
    with pytest.raises(InvalidTypeError, match="learning_rate must be a number"):
        Conventions(learning_rate="fast")


def test_unknown_names(mazur):
    """Names of runs and of values are checked, and the nearest is named."""
    with pytest.raises(UnknownNameError, match="did you mean 'one_round'"):
        ng.reconcile(mazur.scenario, run="one_rounds")
    with pytest.raises(UnknownNameError, match=r"no printed value of 'o1\.outt' was searched; did"):
        mazur.value("o1.outt")


# -- masks and other combine rules --------------------------------------------------------------

MASKED = """
title = "t"
author = "a"
source = "s"
[network]
neurons = [
    { name = "x" },
    { name = "h", activation = "tanh", mask = 2 },
    { name = "g", activation = "tanh" },
    { name = "y", activation = "identity" },
]
connections = [
    { label = "a", pre = "x", post = "h", weight = 3 },
    { label = "b", pre = "x", post = "g", weight = 2 },
    { label = "c", pre = "h", post = "y", weight = 0.5 },
    { label = "d", pre = "g", post = "y", weight = 0.5 },
]
[data]
inputs = { x = 0.25 }
targets = { y = 0.5 }
[[runs]]
name = "r"
[[runs.steps]]
do = "forward"
printed = { "h.out" = "PRINTED" }
"""

MULTIPLIED = """
title = "t"
author = "a"
source = "s"
[network]
neurons = [
    { name = "x" },
    { name = "h", activation = "logistic", bias = 0.1 },
    { name = "y", activation = "identity", combine = "product", bias = 0.2 },
]
connections = [
    { label = "a", pre = "x", post = "h", weight = 3 },
    { label = "c", pre = "h", post = "y", weight = 0.5 },
    { label = "d", pre = "x", post = "y", weight = 0.5 },
]
[data]
inputs = { x = 2 }
targets = { y = 0.5 }
[[runs]]
name = "r"
[[runs.steps]]
do = "forward"
[[runs.steps]]
do = "backward"
printed = { "c.gradient" = "PRINTED" }
"""


def causes(tmp_path, text, printed):
    """Return what is found for the one printed value of a file."""
    (value,) = reconcile(load(tmp_path, text.replace("PRINTED", f"{printed:.6f}"))).values
    return [found.sentence for found in value.found]


def test_a_mask_times_the_out_of_a_neighbour_without_one(tmp_path):
    """What stands for f(net) beside a neuron that has no mask is its out."""
    found = causes(tmp_path, MASKED, 2 * math.tanh(2 * 0.25))
    assert "in out of h: out of g in place of f(net) of h" in found


def test_the_slope_of_another_message_into_a_product(tmp_path):
    """Each of two messages into a product has the other one for its slope."""
    h = logistic(3 * 2 + 0.1)
    first, second = 0.5 * h, 0.5 * 2
    delta = first * second + 0.2 - 0.5
    found = causes(tmp_path, MULTIPLIED, delta * first * h)
    assert "in gradient of c: message_slope of d in place of message_slope of c" in found


# -- honest odds, and the story of a page ---------------------------------------------------------

PAIR = """
title = "t"
author = "a"
source = "s"
[network]
loss = "cross_entropy"
neurons = [
    { name = "x" },
    { name = "y1", activation = "softmax", bias = 0.1 },
    { name = "y2", activation = "softmax", bias = 0.4 },
]
connections = [
    { label = "a", pre = "x", post = "y1", weight = 0.7 },
    { label = "b", pre = "x", post = "y2", weight = -0.3 },
]
[data]
inputs = { x = 0.8 }
targets = [1, 0]
[[runs]]
name = "r"
[[runs.steps]]
do = "forward"
printed = { "y1.out" = "ONE", "y2.out" = "OTHER" }
"""


def test_two_shares_that_add_up_to_one_are_one_fact(tmp_path):
    """A bias read for another changes both outs; the second adds nothing to the first."""
    share = logistic((0.7 * 0.8 + 0.4) - (-0.3 * 0.8 + 0.4))  # the bias of y2 in the net of y1
    one, other = f"{share:.4f}", f"{1 - share:.4f}"
    found = reconcile(load(tmp_path, PAIR.replace("ONE", one).replace("OTHER", other)))
    both = found.changes[0]
    assert len(both.explains) == 2
    right = logistic((0.7 * 0.8 + 0.1) - (-0.3 * 0.8 + 0.4))
    # As two facts they would be as rare as the square of one.
    assert both.chance >= false_hits(1, right, one)


CHAIN = """
title = "t"
author = "a"
source = "s"
[network]
neurons = [
    { name = "x1" }, { name = "x2" }, { name = "h", bias = 0.2 }, { name = "y", bias = -0.3 },
]
connections = [
    { label = "w1", pre = "x1", post = "h", weight = 0.61 },
    { label = "w2", pre = "x2", post = "h", weight = -0.47 },
    { label = "w3", pre = "h", post = "y", weight = 0.83 },
]
[data]
inputs = [0.9, 0.35]
targets = [1]
[[runs]]
name = "r"
[[runs.steps]]
do = "forward"
printed = { "h.net" = "NET", "h.out" = "OUT", "y.net" = "LAST" }
"""


def chain(tmp_path, net, digits=6):
    """Return the audit of a page on which h.net is wrong, and used as it is printed."""
    out = logistic(net)
    last = 0.83 * out - 0.3
    numbers = {"NET": net, "OUT": out, "LAST": last}
    text = CHAIN
    for word, number in numbers.items():
        text = text.replace(word, f"{number:.{digits}f}")
    return reconcile(load(tmp_path, text))


def test_the_story_of_a_page_reads_from_root_to_leaf(tmp_path):
    """w1 is read for w2; therefore the out and the next net are wrong too."""
    found = chain(tmp_path, 0.61 * 0.9 + 0.61 * 0.35 + 0.2)
    (root,) = found.story
    assert root.sentence == "in net of h, w2 * out of x2: w1 in place of w2"
    assert [value.called for value in root.roots] == ["h.net"]
    assert [value.called for value in root.below] == ["h.out", "y.net"]
    text = " ".join(str(found).split())
    assert "w1 in place of w2: 1 value (h.net); explains 3 values" in text
    assert "therefore 2 values (h.out, y.net)" in text


def test_what_follows_from_a_slip_without_a_reason_is_hung_below_it(tmp_path):
    """Nobody knows where the net comes from; what was computed with it is no riddle."""
    found = chain(tmp_path, 0.4714839)
    (root,) = found.story
    assert (root.name, root.sentence) == ("", "no reason is known")
    assert [value.called for value in root.roots] == ["h.net"]
    assert [value.called for value in root.below] == ["h.out", "y.net"]
    assert "no reason is known: 1 value (h.net)" in str(found)


def with_delta(hand, deltas):
    """Return a round by hand in which some output deltas are others, and what is done with them."""
    numbers, outputs = hand.round(), range(2)
    numbers |= {f"o{k + 1}.delta": deltas[k] for k in outputs}
    for j in range(3):
        error = sum(hand.w[k][j] * deltas[k] for k in outputs)
        out = numbers[f"h{j + 1}.out"]
        numbers |= {f"h{j + 1}.out_gradient": error, f"h{j + 1}.delta": error * out * (1 - out)}
        for i in range(2):
            numbers[f"w{2 * j + i + 1}.gradient"] = numbers[f"h{j + 1}.delta"] * hand.x[i]
        for k in outputs:
            numbers[f"w{7 + 3 * k + j}.gradient"] = deltas[k] * out
    before = [weight for row in (*hand.v, *hand.w) for weight in row]
    for n, weight in enumerate(before, start=1):
        numbers[f"w{n}.weight"] = weight - hand.rate * numbers[f"w{n}.gradient"]
    return numbers


@pytest.mark.parametrize("seed", [11, 12, 13])
def test_what_follows_from_a_wrong_delta_is_no_evidence_of_another_reason(seed, tmp_path):
    """One output delta with the other sign: a message back with the other sign comes to the same.

    So do others, for each of the hidden deltas, gradients and weights that were computed with it;
    they follow from the delta, and there is one reason for all.
    """
    hand = ByHand(seed)
    right = hand.round()
    wrong = with_delta(hand, [right["o1.delta"], -right["o2.delta"]])
    texts = {address: f"{wrong[address]:.6f}" for address in wrong}
    after = {address: text for address, text in texts.items() if address.endswith(".weight")}
    during = {address: text for address, text in texts.items() if address not in after}
    found = reconcile(written(hand, tmp_path, during, after))
    (root,) = found.story
    assert [value.called for value in root.roots] == ["o2.delta"]
    assert len(root.below) == len(found.values) - 1
    for value in found.values:
        first = value.found[0]
        if first.is_likely:
            says = (root.sentence, "follows from the printed ")
            assert first.sentence.startswith(says), (value.called, first.sentence)


def test_what_follows_up_to_its_digits_follows(tmp_path):
    """A delta of two digits was carried on with more: what comes of it is off in the last digit."""
    hand = ByHand(seed=12)
    right = hand.round()
    delta = 0.7 * right["o1.delta"]
    wrong = with_delta(hand, [delta, right["o2.delta"]])
    printed = {"o1.delta": f"{delta:.2f}", "w7.gradient": f"{wrong['w7.gradient']:.4f}"}
    assert abs(float(printed["o1.delta"]) * right["h1.out"] - wrong["w7.gradient"]) > 1e-4
    found = reconcile(written(hand, tmp_path, printed))
    value = found.value("w7.gradient")
    says = f"follows from the printed o1.delta = {delta:.2f}, as far as its digits say"
    assert says in [finding.sentence for finding in value.found]
    (root,) = found.story
    assert [its.called for its in root.below] == ["w7.gradient"]


def test_less_than_half_a_unit_may_make_a_value_wrong(tmp_path):
    """A delta a little off takes its gradient over the next border of the third decimal."""
    hand = ByHand(seed=12)
    right = hand.round()
    gradient, out = right["w7.gradient"], right["h1.out"]
    above = math.floor(gradient * 1000) / 1000 + 0.0005
    border = min((above - 0.001, above, above + 0.001), key=lambda its: abs(its - gradient))
    wrong = border + math.copysign(1e-5, border - gradient)
    assert abs(wrong - gradient) < 0.0005
    printed = {"o1.delta": f"{wrong / out:.7f}", "w7.gradient": f"{wrong:.3f}"}
    (root,) = reconcile(written(hand, tmp_path, printed)).story
    assert [its.called for its in root.roots] == ["o1.delta"]
    assert [its.called for its in root.below] == ["w7.gradient"]


def test_a_reason_that_spoils_another_wrong_value_is_contradicted_by_it(tmp_path):
    """A tenth of the change in w7 and a third of it in w8 are no rate ten times too small."""
    hand = ByHand(seed=11)
    numbers, after = hand.round(), {}
    for n, part in ((7, 0.1), (8, 0.3721)):
        change = hand.rate * numbers[f"w{n}.gradient"]
        after[f"w{n}.weight"] = f"{hand.w[0][n - 7] - part * change:.6f}"
    found = reconcile(written(hand, tmp_path, {}, after))
    for value in found.values:
        for finding in value.found:
            if finding.sentence == "the learning rate ten times too small":
                assert (finding.contradicts, finding.misses) == (0, 1)
                says = "does not give 1 other wrong value that it changes"
                assert says in " ".join(str(found).split())
                return
    raise AssertionError(str(found))


def test_what_follows_from_two_samples_follows_from_both(tmp_path):
    """The gradient is the mean of what two deltas make of it, both as they are printed."""
    text = SMALL.replace("inputs = [2.0]", "inputs = [[2.0], [3.0]]")
    text = text.replace("targets = [3.0]", "targets = [[3.0], [1.0]]")
    text = (
        text[: text.index("[[runs.steps]]")]
        + """
[[runs.steps]]
do = "forward"
[[runs.steps]]
do = "backward"
[runs.steps.printed]
"o1.delta" = [{ value = "0.3127", sample = 1 }, { value = "1.8321", sample = 2 }]
"w1.gradient" = "3.06085"
"""
    )
    mean = (0.3127 * 2 + 1.8321 * 3) / 2
    assert mean == pytest.approx(3.06085, abs=1e-9)
    found = reconcile(load(tmp_path, text))
    (finding,) = [its for its in found.value("w1.gradient").found if its.follows_from]
    assert finding.sentence == (
        "follows from the printed o1.delta (sample 1) = 0.3127 and o1.delta (sample 2) = 1.8321"
    )


def test_a_reason_that_contradicts_ranks_below_one_that_does_not(tmp_path):
    """All biases left out would spoil the right net of h; that of y left out would not."""
    net = 0.61 * 0.9 - 0.47 * 0.35 + 0.2
    text = CHAIN.replace("NET", f"{net:.6f}").replace("OUT", f"{logistic(net):.6f}")
    (value,) = reconcile(load(tmp_path, text.replace("LAST", f"{0.83 * logistic(net):.6f}"))).values
    assert value.found[0].sentence == "the bias of y left out"
    assert value.found[0].contradicts == 0
    # Of the weights that give w3 * out of h alone, none is among what contradicts.
    wrong = [finding.contradicts > 0 for finding in value.found]
    assert wrong == sorted(wrong)


@pytest.mark.parametrize(("digits", "likely"), [(4, False), (8, True)])
def test_found_is_said_of_what_outweighs_what_it_contradicts(digits, likely, tmp_path):
    """Each of two right values that w1 read for w2 would spoil makes its odds ten times worse."""
    right = 0.613217 * 0.9 - 0.47 * 0.35 + 0.2
    out = logistic(right)
    net = 0.613217 * 0.9 + 0.613217 * 0.35 + 0.2
    text = CHAIN.replace("0.61 ", "0.613217 ").replace("NET", f"{net:.{digits}f}")
    text = text.replace("OUT", f"{out:.6f}").replace("LAST", f"{0.83 * out - 0.3:.6f}")
    (value,) = reconcile(load(tmp_path, text)).values
    says = "in net of h, w2 * out of x2: w1 in place of w2"
    (finding,) = [its for its in value.found if its.sentence == says]
    assert (finding.contradicts, finding.of) == (2, 2)
    assert finding.chance < 0.05
    assert finding.is_likely is likely
    assert likely == (100 * finding.chance < 0.05)


def test_a_reason_that_spares_a_whole_kind_of_values_is_not_found(tmp_path):
    """Hidden gradients alone are halved: half the loss would have halved every delta too."""
    hand = ByHand(seed=11)
    numbers = hand.round()
    deltas = {f"{name}.delta": f"{numbers[f'{name}.delta']:.8f}" for name in ("o1", "o2", "h1")}
    halves = {f"w{n}.gradient": f"{numbers[f'w{n}.gradient'] / 2:.8f}" for n in range(1, 7)}
    found = reconcile(written(hand, tmp_path, deltas | halves))
    assert len(found.values) == 6
    wide = {"half the loss (times 0.5), in its derivative alone", "half the loss (times 0.5)"}
    for value in found.values:
        (finding, *_) = [its for its in value.found if its.sentence in wide]
        # By its odds alone it would be found; a delta is no exception among others of its kind.
        assert finding.chance * 10**3 < 0.05
        assert finding.contradicts == 3
        assert finding.is_too_wide
        assert not finding.is_likely
        text = " ".join(str(value).split())
        assert f"something like it: {finding.sentence}" in text
        assert "contradicts 3 of 3, all that there are of a kind; " in text


@pytest.mark.parametrize(("n_wrong", "where"), [(2, ["in update of w7: ", "in update of w8: "]),
                                                (3, [""])])  # fmt: skip
def test_one_reason_with_an_exception_is_preferred_to_three(n_wrong, where, tmp_path):
    """The rate forgotten in all updates but one: said so if three show it, not if two do."""
    hand = ByHand(seed=11)
    numbers, after = hand.round(), {}
    for n in range(7, 11):
        before = hand.w[(n - 7) // 3][(n - 7) % 3]
        rate = 1.0 if n - 7 < n_wrong else hand.rate
        after[f"w{n}.weight"] = f"{before - rate * numbers[f'w{n}.gradient']:.8f}"
    found = reconcile(written(hand, tmp_path, {}, after))
    assert len(found.values) == n_wrong
    sentences = sorted(change.sentence for change in found.changes)
    assert sentences == [f"{which}the learning rate left out" for which in where]
    for change in found.changes:
        assert change.is_likely
        assert change.contradicts == (n_wrong == 3)


def test_the_same_misprint_twice_is_two_slips(tmp_path):
    """The point one place to the right in two deltas is no one reason for both."""
    hand = ByHand(seed=11)
    numbers = hand.round()
    printed = {address: f"{10 * numbers[address]:.6f}" for address in ("o1.delta", "o2.delta")}
    found = reconcile(written(hand, tmp_path, printed))
    assert len(found.values) == 2
    for value in found.values:
        first = value.found[0]
        assert first.sentence == "the decimal point 1 place to the right"
        assert first.explains == 1
        # As one reason for both its odds would be the product.
        alone = false_hits(1, value.verdict.computed, value.verdict.printed)
        assert first.chance > alone


@pytest.mark.parametrize(("net", "contradicts"), [("0.5845", 0), ("0.585", 1)])
def test_cutting_off_is_contradicted_by_what_is_rounded(net, contradicts, tmp_path):
    """One value is cut off; another, 0.5845 printed as 0.585, says that the page rounds."""
    last = 0.83 * logistic(0.61 * 0.9 - 0.47 * 0.35 + 0.2) - 0.3
    assert f"{last:.6f}" == "0.232945"
    text = CHAIN.replace("NET", net).replace("OUT", "0.64").replace("LAST", "0.232")
    (value,) = reconcile(load(tmp_path, text)).values
    (finding,) = [its for its in value.found if its.name == "rounding: cut off"]
    assert (finding.contradicts, finding.of) == (contradicts, 2)


def test_nothing_found_says_what_was_tried(tmp_path):
    """How many alternatives were tried, and how many would have agreed by chance."""
    text = CHAIN.replace("NET", "0.9876543").replace("OUT", "0.642102").replace("LAST", "0.232945")
    value = reconcile(load(tmp_path, text)).value("h.net")
    assert not value.found
    assert f"not reproduced by any of {value.tried} alternatives, " in str(value)
    assert "would agree by chance" in str(value)


def test_a_second_change_that_takes_away_what_the_first_needs(tmp_path):
    """Own gradients of two uses as printed; biases that are kept share nothing, and have none."""
    x, kernel, bias, out_weights = (0.7, -0.4, 1.3), (0.31, -0.53), 0.12, (0.62, -0.87)
    outs = [kernel[0] * x[k] + kernel[1] * x[k + 1] + bias for k in range(2)]
    error = sum(v * out for v, out in zip(out_weights, outs, strict=True)) - 1
    own = {f"a{n}.gradient": error * out_weights[0] * x[n - 1] for n in (1, 2)}
    uses = ", ".join(
        f'{{ label = "{name}{n}", tie = "k{n}", pre = "x{n + k}", post = "{post}",'
        f" weight = {kernel[n - 1]} }}"
        for k, (name, post) in enumerate((("a", "c1"), ("b", "c2")))
        for n in (1, 2)
    )
    path = tmp_path / "kernel.toml"
    path.write_text(
        f"""
title = "t"
author = "a"
source = "s"
[network]
neurons = [
    {{ name = "x1" }}, {{ name = "x2" }}, {{ name = "x3" }},
    {{ name = "c1", tie = "kb", activation = "identity", bias = {bias} }},
    {{ name = "c2", tie = "kb", activation = "identity", bias = {bias} }},
    {{ name = "y", activation = "identity" }},
]
connections = [{uses},
    {{ label = "v1", pre = "c1", post = "y", weight = {out_weights[0]} }},
    {{ label = "v2", pre = "c2", post = "y", weight = {out_weights[1]} }},
]
[data]
inputs = {list(x)}
targets = [1]
[[runs]]
name = "r"
learning_rate = 0.1
[[runs.steps]]
do = "forward"
[[runs.steps]]
do = "backward"
printed = {{ {", ".join(f'"{key}" = "{value:.8f}"' for key, value in own.items())} }}
[[runs.steps]]
do = "update"
[[runs.steps]]
do = "forward"
printed = {{ "y.out" = "0.34567891" }}
""",
        encoding="utf-8",
    )
    found = reconcile(ng.load_scenario(path))
    (change, *_) = found.changes
    assert change.name == "gradient: own for shared"
    assert {value.called for value in change.roots} == own.keys()


def test_two_changes_at_once(tmp_path):
    """The first is supported by three values; with it, a second one gives the others."""
    hand = ByHand(seed=11)
    wrong = hand.round("sign: update added")
    printed = {address: f"{wrong[address]:.7f}" for address in ("o1.delta", "h1.delta", "h2.delta")}
    after = {f"w{n}.weight": f"{wrong[f'w{n}.weight']:.7f}" for n in range(1, 10)}
    # In one gradient the out of the hidden neuron beside it, and the update added all the same.
    delta = wrong["o2.delta"]
    after["w10.weight"] = f"{hand.w[1][0] + hand.rate * delta * wrong['h2.out']:.7f}"
    found = reconcile(written(hand, tmp_path, printed, after))
    assert found.changes[0].name == "sign: update added"
    value = found.value("w10.weight")
    assert value.found[0].sentence.startswith("the update added where it is to be subtracted; and ")
    assert "out of h2 in place of out of h1" in value.found[0].sentence
