"""The scenarios that come with the package: numbers audited, claims recomputed."""

import math
import re
from collections import Counter
from collections.abc import Sequence
from decimal import ROUND_HALF_UP, Decimal, localcontext
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from neurograph.scenario import (
    ScenarioResult,
    agrees,
    find_scenarios,
    load_scenario,
    play,
    run_scenario,
)

pytestmark = pytest.mark.known_numbers

AFTERACADEMY = "afteracademy_undated_mastering_backpropagation"
GENERAL = "unknown_undated_general_purpose_network"
MAZUR = "mazur_2015_step_by_step"
NUMBERS = Path(__file__).parent / "data"

#: Printed values, those of them that are reproduced, errata among them, and slips without numbers.
COUNTS = {AFTERACADEMY: (34, 26, 8, 4), GENERAL: (116, 114, 2, 3), MAZUR: (56, 55, 1, 1)}


@cache
def _result(name: str) -> ScenarioResult:
    return run_scenario(load_scenario(name))


# -- the audit -----------------------------------------------------------------------------------


@pytest.mark.parametrize("name", find_scenarios())
def test_nothing_fails(name: str) -> None:
    """Every printed value is reproduced or an erratum, and gradients are as the file says."""
    result = _result(name)
    assert result.failed == ()
    assert result.passed


@pytest.mark.parametrize("name", COUNTS)
def test_counts_of_printed_values(name: str) -> None:
    """No printed value is lost from a file, or turned into an erratum, without notice here."""
    result = _result(name)
    found = len(result.verdicts), len(result.reproduced), len(result.errata), len(result.slips)
    assert found == COUNTS[name]


@pytest.mark.parametrize("name", COUNTS)
def test_every_printed_value_says_where_it_stands(name: str) -> None:
    """Each has a symbol of the source, not only the address, and a place."""
    for verdict in _result(name).verdicts:
        assert verdict.place
        assert verdict.symbol != verdict.address


def _numbers_of_the_text(name: str) -> dict[str, tuple[int, int, str]]:
    """Return each decimal number of a text: how often it stands there, is listed, and why not."""
    lines = (NUMBERS / f"{name}_numbers.txt").read_text(encoding="utf-8").splitlines()
    rows = [line.split("|") for line in lines if not line.startswith("#")]
    return {row[0].strip(): (int(row[1]), int(row[2]), row[3].strip()) for row in rows}


@pytest.mark.parametrize("name", COUNTS)
def test_every_number_of_the_text_is_listed_or_left_out_for_a_reason(name: str) -> None:
    """Numbers are counted one by one, as often as the text states them."""
    listed = Counter(
        verdict.printed.lstrip("-")
        for verdict in _result(name).verdicts
        if "." in verdict.printed and "figure" not in (verdict.place or "")
    )
    numbers = _numbers_of_the_text(name)
    assert dict(listed) == {number: row[1] for number, row in numbers.items() if row[1]}
    for number, (stated, used, reason) in numbers.items():
        assert 0 <= used <= stated, number
        assert bool(reason) == (used < stated), number


@pytest.mark.parametrize("name", COUNTS)
def test_a_number_that_is_nowhere_listed_is_a_convention_or_no_value(name: str) -> None:
    """Only learning rates and numbers of sections are in no list at all."""
    for number, (_, used, reason) in _numbers_of_the_text(name).items():
        if not used:
            assert number == "0.5" or reason == "the number of a section"


@pytest.mark.parametrize("name", COUNTS)
def test_files_cite_their_source(name: str) -> None:
    """Title, author, source and description are there; a year only where the source has one."""
    scenario = load_scenario(name)
    for text in (scenario.title, scenario.author, scenario.source, scenario.description):
        assert text
    assert (scenario.year is None) == ("undated" in name)
    assert {"network", "surface", "history"} == {figure.what for figure in scenario.figures}


def _note(name: str, run: str) -> str:
    return load_scenario(name).run(run).note or ""


def _erratum(name: str, address: str, printed: str) -> Any:
    """Return the first erratum for these digits."""
    found = [e for e in _result(name).errata if (e.address, e.printed) == (address, printed)]
    return found[0]


def _logistic(x: float) -> float:
    return 1 / (1 + math.exp(-x))


# -- two inputs, two hidden neurons, two outputs, in plain floats ---------------------------------


class Plain222:
    """A 2-2-2 network written from the formulas: weights by label, biases fixed."""

    def __init__(
        self,
        weights: dict[str, float],
        hidden: Sequence[tuple[str, str]],
        biases: tuple[float, float],
        inputs: tuple[float, float],
        targets: tuple[float, float],
    ) -> None:
        self.w = dict(weights)
        self.hidden, self.output = hidden, (("w5", "w6"), ("w7", "w8"))
        self.biases, self.inputs, self.targets = biases, inputs, targets

    def forward(self) -> None:
        """Compute nets, outs and the total error."""
        self.net_h = self._nets(self.hidden, self.inputs, self.biases[0])
        self.h = [_logistic(net) for net in self.net_h]
        self.net_o = self._nets(self.output, self.h, self.biases[1])
        self.o = [_logistic(net) for net in self.net_o]
        self.error = sum((t - o) ** 2 / 2 for t, o in zip(self.targets, self.o, strict=True))

    def _nets(
        self, wiring: Sequence[tuple[str, str]], outs: Sequence[float], bias: float
    ) -> list[float]:
        return [self.w[a] * outs[0] + self.w[b] * outs[1] + bias for a, b in wiring]

    def gradients(self, rate: float | None = None) -> dict[str, float]:
        """Return dE/dw from the last outs; with a rate, as they are when changed in place."""
        deltas = [(o - t) * o * (1 - o) for o, t in zip(self.o, self.targets, strict=True)]
        g = {w: deltas[k] * self.h[j] for k in (0, 1) for j, w in enumerate(self.output[k])}
        used = {w: self.w[w] - (rate or 0.0) * g[w] for w in g}
        for j, wiring in enumerate(self.hidden):
            delta = sum(deltas[k] * used[self.output[k][j]] for k in (0, 1))
            delta *= self.h[j] * (1 - self.h[j])
            g |= {w: delta * x for w, x in zip(wiring, self.inputs, strict=True)}
        return g

    def rounds(self, count: int, order: str = "simultaneous", rate: float = 0.5) -> "Plain222":
        """Perform rounds of backpropagation, then one forward pass."""
        for _ in range(count):
            self.forward()
            g = self.gradients(rate if order == "in_place" else None)
            self.w = {w: self.w[w] - rate * g[w] for w in self.w}
        self.forward()
        return self


# -- AfterAcademy --------------------------------------------------------------------------------


def _afteracademy() -> Plain222:
    weights = {"w1": 0.25, "w2": 0.28, "w3": 0.35, "w4": 0.15}
    weights |= {"w5": 0.35, "w6": 0.20, "w7": 0.45, "w8": 0.40}
    wiring = (("w1", "w4"), ("w3", "w2"))
    return Plain222(weights, wiring, (0.45, 0.5), (0.1, 0.2), (0.05, 0.95))


def _afteracademy_values(plain: Plain222) -> dict[str, float]:
    values = {f"{w}.weight": value for w, value in plain.w.items()}
    values |= {"x1.out": 0.1, "x2.out": 0.2, "o1.target": 0.05, "o2.target": 0.95}
    values |= {"h1.bias": 0.45, "h2.bias": 0.45, "o1.bias": 0.5, "o2.bias": 0.5}
    for j in (0, 1):
        values |= {f"h{j + 1}.net": plain.net_h[j], f"h{j + 1}.out": plain.h[j]}
        values |= {f"o{j + 1}.net": plain.net_o[j], f"o{j + 1}.out": plain.o[j]}
    return values | {"loss": plain.error}


def test_afteracademy_computed_values_equal_plain_floats() -> None:
    """Every value of the first round, before and after the update, is the one of the oracle."""
    first, *_ = _result(AFTERACADEMY).runs
    before = _afteracademy_values(_afteracademy().rounds(0))
    after = _afteracademy_values(_afteracademy().rounds(1))
    updated = False
    for step in first.steps:
        updated |= step.step.do == "update"
        expected = after if updated else before
        for verdict in step.verdicts:
            value = expected[verdict.address]
            assert verdict.computed == pytest.approx(value, rel=1e-13), verdict


def test_afteracademy_errata_that_follow_from_printed_values() -> None:
    """Three wrong numbers are right results of the numbers printed before them."""
    assert f"{_logistic(0.794609):.7f}" == _erratum(AFTERACADEMY, "o1.out", "0.6888201").printed
    outs = Decimal("0.6888201"), Decimal("0.7375445")
    error = sum((t - o) ** 2 for t, o in zip((Decimal("0.05"), Decimal("0.95")), outs, strict=True))
    assert agrees(float(error / 2), _erratum(AFTERACADEMY, "loss", "0.22661423").printed)
    net = Decimal("0.45") * Decimal("0.623633") + Decimal("0.40") * Decimal("0.632045")
    net += Decimal("0.5")
    assert str(net.normalize()) in _erratum(AFTERACADEMY, "o2.net", "1.0334528").cause
    assert agrees(float(net), "1.0334528", truncated=True)


def test_afteracademy_errata_without_a_cause_state_what_is_near() -> None:
    """The numbers in their causes are those of the lines of the text."""
    line = Decimal("0.35") * Decimal("0.623633") + Decimal("0.20") * Decimal("0.632045")
    cause = _erratum(AFTERACADEMY, "o1.net", "0.794609").cause
    assert str((line + Decimal("0.5")).normalize()) in cause
    assert f"{line + Decimal('0.45'):.6f}" in cause
    assert not agrees(float(line) + 0.45, "0.794609")
    cause = _erratum(AFTERACADEMY, "o2.out", "0.7375445").cause
    assert f"{_logistic(1.0334528):.7f}" in cause
    assert f"{math.log(0.7375445 / (1 - 0.7375445)):.6f}" in cause


def test_afteracademy_slips_kept_do_not_give_the_values_after_the_update() -> None:
    """The gradient, and the error after the update, with the two outs as they are printed."""
    plain = _afteracademy().rounds(0)
    exact = plain.gradients()["w1"]
    plain.o = [0.6888201, 0.7375445]
    g = plain.gradients()
    cause = _erratum(AFTERACADEMY, "w1.weight", "0.249921").cause
    assert f"{(0.25 - 0.249921) * 2:.6f}" in cause
    assert f"{exact:.9f}" in cause
    assert f"{g['w1']:.9f}" in cause
    plain.w = {w: plain.w[w] - 0.5 * g[w] for w in plain.w}
    plain.forward()
    cause = _erratum(AFTERACADEMY, "loss", "0.224991003").cause
    assert f"{plain.error:.9f}" in cause
    in_place = _afteracademy().rounds(1, "in_place")
    note = _note(AFTERACADEMY, "first_round")
    assert f"{in_place.w['w1']:.6f}" in note
    assert f"{in_place.error:.9f}" in note


def test_afteracademy_slips_name_gradients_with_their_signs() -> None:
    """Both gradients that the text turns around are positive, and are those stated."""
    g = _afteracademy().rounds(0).gradients()
    slips = load_scenario(AFTERACADEMY).slips
    assert f"∂E/∂w5 = {g['w5']:.9f}" in slips[0].cause
    assert f"∂E/∂w1 = {g['w1']:.9f}" in slips[1].meant


def test_afteracademy_10000_rounds() -> None:
    """The continuation passes below 0.1 at round 20, and ends where the oracle ends."""
    scenario = load_scenario(AFTERACADEMY)
    note = _note(AFTERACADEMY, "rounds_10000")
    rounds = 0
    errors = {}
    for step, net in play(scenario, scenario.run("rounds_10000")):
        rounds += step.rounds if step.do == "train" else 0
        if step.do == "loss":
            errors[rounds] = net.value("loss")
    oracle = {count: _afteracademy().rounds(count) for count in (19, 20, 10_000)}
    assert errors[20] == pytest.approx(oracle[20].error, rel=1e-12)
    # The differences between outs and targets, 8e-7, carry about ten digits.
    assert errors[10_000] == pytest.approx(oracle[10_000].error, rel=1e-8)
    assert oracle[19].error > 0.1 > oracle[20].error
    numbers = [f"{oracle[19].error:.9f}", f"{oracle[20].error:.9f}", f"{oracle[10_000].error:.5e}"]
    for number in [*numbers, *(f"{o:.9f}" for o in oracle[10_000].o)]:
        assert number in note


# -- the general purpose network ------------------------------------------------------------------

W_B = ["0.1 0.2", "0.3 0.4", "0.5 0.6", "0.7 0.8"]
W_C = ["0.25 0.30 0.35 0.40", "0.45 0.50 0.55 0.60", "0.65 0.70 0.75 0.80"]
W_D = ["0.3 0.4 0.5", "0.6 0.7 0.8"]
SAMPLES = np.array([[1, 1], [1, 0], [0, 1], [0, 0]], float)
SWAPPED = SAMPLES[:, ::-1]

Matrix = NDArray[np.float64]


def _on_paper(digits: int | None) -> dict[str, Decimal]:
    """Return net and out of every neuron for the sample 1, 0, rounded after each if wanted."""

    def kept(number: Decimal) -> Decimal:
        if digits is None:
            return number
        return number.quantize(Decimal(1).scaleb(-digits), ROUND_HALF_UP)

    values: dict[str, Decimal] = {}
    with localcontext() as context:
        context.prec = 40
        outs = [Decimal(1), Decimal(0)]
        for layer, rows in zip("bcd", (W_B, W_C, W_D), strict=True):
            nets = []
            for row in rows:
                products = [Decimal(w) * out for w, out in zip(row.split(), outs, strict=True)]
                nets.append(kept(sum(products, Decimal(0))))
            outs = [kept(1 / (1 + (-net).exp())) for net in nets]
            for j, (net, out) in enumerate(zip(nets, outs, strict=True), start=1):
                values |= {f"{layer}{j}.net": net, f"{layer}{j}.out": out}
    return values


def _notes_weights() -> list[Matrix]:
    return [np.array([row.split() for row in rows], float) for rows in (W_B, W_C, W_D)]


def _outs(weights: list[Matrix], inputs: Matrix) -> list[Matrix]:
    """Return the outs of every layer; weights may carry a leading axis of networks."""
    outs = [inputs]
    for w in weights:
        outs.append(1 / (1 + np.exp(-(outs[-1] @ np.swapaxes(w, -1, -2)))))
    return outs


def _gradients(weights: list[Matrix], outs: list[Matrix], targets: Matrix) -> list[Matrix]:
    """Return dE/dW of every layer, with errors added over the samples."""
    delta = (outs[-1] - targets) * outs[-1] * (1 - outs[-1])
    found = []
    for layer in (2, 1, 0):
        found.append(np.swapaxes(delta, -1, -2) @ outs[layer])
        if layer:
            delta = (delta @ weights[layer]) * outs[layer] * (1 - outs[layer])
    return found[::-1]


@cache
def _swap_rounds() -> dict[float, list[tuple[bool, float, Matrix]]]:
    """Train the notes' weights with two rates; return after each round: right?, error, outputs."""
    rates = np.array([0.5, 0.125])
    weights = [np.stack([w, w]) for w in _notes_weights()]
    samples = np.stack([SAMPLES, SAMPLES])
    after: dict[float, list[tuple[bool, float, Matrix]]] = {rate: [] for rate in rates.tolist()}
    for _ in range(20_001):
        outs = _outs(weights, samples)
        right = ((outs[-1] > 0.5) == (SWAPPED > 0.5)).all(axis=(1, 2)).tolist()
        errors = (((outs[-1] - SWAPPED) ** 2).sum(axis=(1, 2)) / 2).tolist()
        for row, found in zip(
            after.values(), zip(right, errors, outs[-1], strict=True), strict=True
        ):
            row.append(found)
        gradients = _gradients(weights, outs, SWAPPED)
        weights = [w - rates[:, None, None] * g for w, g in zip(weights, gradients, strict=True)]
    return after


def test_general_printed_values_follow_from_rounding_on_paper() -> None:
    """Every net and out of the run is the one that decimal arithmetic gives, digit for digit."""
    paper = _on_paper(4)
    verdicts = [v for v in _result(GENERAL).runs[0].steps[1].verdicts if v.address in paper]
    assert len(verdicts) > 30
    for verdict in verdicts:
        assert Decimal(repr(verdict.computed)) == paper[verdict.address]
        assert Decimal(verdict.correct or verdict.printed) == paper[verdict.address]


def test_general_exact_arithmetic_differs_in_one_net_alone() -> None:
    """Without rounding only net_c3 has other four decimals, those that the note states."""
    exact, paper = _on_paper(None), _on_paper(4)
    other = [a for a in exact if round(exact[a], 4) != paper[a]]
    assert other == ["c3.net"]
    assert f"net_c3 is {exact['c3.net']:.4f}" in _note(GENERAL, "as_computed")


def test_general_cause_of_the_erratum_is_rounding_each_product() -> None:
    """The products of net_d1, rounded before adding, give the printed net; layer c's do not."""
    paper = _on_paper(4)

    def rounded_first(row: str, layer: str) -> Decimal:
        outs = [paper[f"{layer}{j}.out"] for j in range(1, len(row.split()) + 1)]
        unit = Decimal("0.0001")
        products = [Decimal(w) * out for w, out in zip(row.split(), outs, strict=True)]
        return sum((p.quantize(unit, ROUND_HALF_UP) for p in products), Decimal(0))

    erratum = _erratum(GENERAL, "d1.net", "0.9441")
    assert rounded_first(W_D[0], "c") == Decimal(erratum.printed)
    assert rounded_first(W_D[1], "c") == paper["d2.net"]
    for j, row in enumerate(W_C, start=1):
        assert rounded_first(row, "b") != paper[f"c{j}.net"]
    terms = [Decimal(t) for t in re.findall(r"0\.\d{4}(?= \+|,|;)", erratum.cause)][:3]
    assert sum(terms) == Decimal(erratum.printed)


def test_general_one_sample_exactly() -> None:
    """The gradients, the update and both errors of the sample 1, 0 are those of numpy."""
    scenario = load_scenario(GENERAL)
    weights = _notes_weights()
    inputs, targets = SAMPLES[1:2], SWAPPED[1:2]
    outs = _outs(weights, inputs)
    gradients = _gradients(weights, outs, targets)
    updated = [w - 0.5 * g for w, g in zip(weights, gradients, strict=True)]
    errors = [((o[-1] - targets) ** 2).sum() / 2 for o in (outs, _outs(updated, inputs))]
    found = []
    for step, net in play(scenario, scenario.run("exact")):
        if step.do == "loss":
            found.append(net.value("loss"))
        if step.do == "backward":
            for layer, g in zip("bcd", gradients, strict=True):
                own = [net.value(f"w_{layer}{n}.gradient") for n in range(1, g.size + 1)]
                np.testing.assert_allclose(own, g.ravel(), rtol=1e-12)
    assert found == pytest.approx(errors, rel=1e-12)
    for error in errors:
        assert f"{error:.9f}" in _note(GENERAL, "exact")


@pytest.mark.parametrize(
    ("run", "rate", "divisor", "digits", "rel"),
    # The longer step makes the error oscillate for a time, which multiplies rounding errors.
    [("swap_sum", 0.5, 1, 6, 1e-3), ("swap_mean", 0.125, 4, 9, 1e-10)],
)
def test_general_swap_is_learned_when_the_notes_say(
    run: str, rate: float, divisor: int, digits: int, rel: float
) -> None:
    """The oracle is first right at the stated round, then for good; the run ends where it ends."""
    after = _swap_rounds()[rate]
    first = [right for right, *_ in after].index(True)
    assert all(right for right, *_ in after[first:])
    note = _note(GENERAL, run)
    assert f"after {first - 1:,} rounds" in note.lower()
    assert f"after {first:,}" in note
    assert f"After 20,000 rounds the error is {after[20_000][1] / divisor:.{digits}f}" in note
    scenario = load_scenario(GENERAL)
    rounds = 0
    for step, net in play(scenario, scenario.run(run)):
        rounds += step.rounds if step.do == "train" else 0
        if step.do == "loss":
            assert net.value("loss") == pytest.approx(after[rounds][1] / divisor, rel=rel)
        if step.do == "forward" and rounds in (first - 1, first):
            outs = np.array([net.value("d1.out"), net.value("d2.out")]).T
            assert ((outs > 0.5) == (SWAPPED > 0.5)).all() == (rounds == first)
    assert rounds == 20_000


def test_general_swap_rests_on_plateaus() -> None:
    """The errors and outputs that the note names on the way are those of the oracle."""
    after = _swap_rounds()[0.5]
    note = _note(GENERAL, "swap_sum")
    assert f"{after[0][1]:.9f}" in note
    for count in range(20, 501):
        assert after[count][1] == pytest.approx(1, abs=0.03)
        assert np.abs(after[count][2] - 0.51).max() < 0.02
    assert f"from {after[1000][1]:.3f} to {after[3300][1]:.3f}" in note
    rises = [count for count in range(1, 20_001) if after[count][1] > after[count - 1][1]]
    # The first and the last depend on the last bits: 3,314 to 3,360 and 3,472 to 3,476.
    assert 3_300 < rises[0] < 3_370
    assert 3_465 < rises[-1] < 3_485
    errors = [error for _, error, _ in _swap_rounds()[0.125]]
    assert errors == sorted(errors, reverse=True)
    farthest = np.abs(after[20_000][2] - SWAPPED).max()
    assert f"{math.ceil(farthest * 1e4) / 1e4:.4f}" in note


def test_general_swap_is_learned_from_every_seeded_start() -> None:
    """A hundred networks with weights from -1 to 1 learn the task, in the stated rounds."""
    draw = np.random.default_rng(0)
    weights = [draw.uniform(-1, 1, (100, *shape)) for shape in ((4, 2), (3, 4), (2, 3))]
    first = np.full(100, -1)
    for count in range(2_001):
        outs = _outs(weights, np.broadcast_to(SAMPLES, (100, 4, 2)))
        right = ((outs[-1] > 0.5) == (SWAPPED > 0.5)).all(axis=(1, 2))
        first[right & (first < 0)] = count
        gradients = _gradients(weights, outs, SWAPPED)
        weights = [w - 0.5 * g for w, g in zip(weights, gradients, strict=True)]
    assert right.all()
    note = _note(GENERAL, "swap_sum")
    assert f"after {first.min()} to {first.max():,} rounds" in note
    assert f"within {math.ceil(np.median(first))}" in note


def test_general_weights_by_hand_swap() -> None:
    """The weights chosen by hand swap the bits as exactly as the note says."""
    scenario = load_scenario(GENERAL)
    *_, (_, net) = play(scenario, scenario.run("swap_by_hand"))
    outs = np.array([net.value("d1.out"), net.value("d2.out")]).T
    values = dict(scenario.run("swap_by_hand").steps[0].values)
    shapes = {"b": (4, 2), "c": (3, 4), "d": (2, 3)}
    weights = [
        np.array([values[f"w_{layer}{n + 1}.weight"] for n in range(math.prod(shape))])
        for layer, shape in shapes.items()
    ]
    shaped = [w.reshape(shape) for w, shape in zip(weights, shapes.values(), strict=True)]
    np.testing.assert_allclose(outs, _outs(shaped, SAMPLES)[-1], rtol=1e-12)
    assert f"{np.abs(outs - SWAPPED).max():.1e}".replace("e-09", "e-9") in (
        _note(GENERAL, "swap_by_hand")
    )


@pytest.mark.parametrize("weights", [_notes_weights()[0], np.full((4, 2), -3.0)])
def test_general_layer_b_is_a_half_for_the_sample_of_zeros(weights: Matrix) -> None:
    """Whatever its weights, layer b sends 0.5 on for the inputs 0, 0."""
    assert (_outs([weights], SAMPLES[3:])[1] == 0.5).all()


# -- Mazur ---------------------------------------------------------------------------------------


def _mazur() -> Plain222:
    values = (0.15, 0.20, 0.25, 0.30, 0.40, 0.45, 0.50, 0.55)
    weights = {f"w{n}": value for n, value in enumerate(values, start=1)}
    wiring = (("w1", "w2"), ("w3", "w4"))
    return Plain222(weights, wiring, (0.35, 0.60), (0.05, 0.10), (0.01, 0.99))


def _central_differences(plain: Plain222) -> dict[str, float]:
    """Return dE/dw by moving each weight 1e-5 to both sides."""
    found = {}
    for label, weight in plain.w.items():
        errors = []
        for moved in (weight + 1e-5, weight - 1e-5):
            plain.w[label] = moved
            plain.forward()
            errors.append(plain.error)
        plain.w[label] = weight
        found[label] = (errors[0] - errors[1]) / 2e-5
    plain.forward()
    return found


def test_mazur_hidden_gradients_in_place_are_none() -> None:
    """Simultaneous gradients are derivatives; in place only those of the output layer are."""
    plain = _mazur().rounds(0)
    true = _central_differences(plain)
    assert plain.gradients() == pytest.approx(true, rel=1e-7)
    in_place = plain.gradients(rate=0.5)
    differing = {w for w in true if in_place[w] != pytest.approx(true[w], rel=1e-3)}
    assert differing == {"w1", "w2", "w3", "w4"}
    simultaneous, changed = _result(MAZUR).checks
    assert (simultaneous.found, simultaneous.differing) == ("agree", ())
    assert changed.found == "differ"
    # Besides, the frozen biases of the hidden layer, which are one parameter.
    assert {*changed.differing} == {f"{w}.gradient" for w in differing} | {"h1.bias_gradient"}
    assert f"∂E/∂w1 = {true['w1']:.9f}" in _note(MAZUR, "gradients_simultaneous")
    note = _note(MAZUR, "gradients_in_place")
    assert f"w1 gets {in_place['w1']:.9f} in place of {true['w1']:.9f}" in note
    assert 1 - in_place["w1"] / true["w1"] == pytest.approx(1 / 6, abs=0.01)


def test_mazur_in_place_is_the_gradient_at_neither_weights() -> None:
    """The number that w1 gets is the derivative neither before nor after the outputs changed."""
    plain = _mazur().rounds(0)
    g = plain.gradients(rate=0.5)
    for label in ("w5", "w6", "w7", "w8"):
        plain.w[label] -= 0.5 * g[label]
    plain.forward()
    after = _central_differences(plain)
    assert after["w1"] != pytest.approx(g["w1"], rel=1e-3)


@pytest.mark.parametrize("order", ["simultaneous", "in_place"])
def test_mazur_both_orders_side_by_side(order: str) -> None:
    """The errors after one round and 10,000, and the outputs, are the oracle's and the note's."""
    scenario = load_scenario(MAZUR)
    run = scenario.run(f"gradients_{order}")
    errors = [net.value("loss") for step, net in play(scenario, run) if step.do == "loss"]
    one, last = _mazur().rounds(1, order), _mazur().rounds(10_000, order)
    assert errors == pytest.approx([one.error, last.error], rel=1e-9)
    note = _note(MAZUR, run.name)
    numbers = [f"{one.error:.9f}", f"{last.error:.10f}", *(f"{o:.9f}" for o in last.o)]
    for number in numbers:
        assert number in note


def test_mazur_orders_differ_in_nothing_but_the_order() -> None:
    """The two runs beside each other have the same steps and the same learning rate."""
    scenario = load_scenario(MAZUR)
    runs = [scenario.run(f"gradients_{order}") for order in ("simultaneous", "in_place")]
    steps = [[(step.do, step.rounds) for step in run.steps] for run in runs]
    assert steps[0] == steps[1]
    assert runs[0].learning_rate == runs[1].learning_rate
