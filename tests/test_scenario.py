"""Running scenarios: every printed value, its verdict, and Mazur's example beside an oracle."""

import math
import random
import re
from collections.abc import Callable
from decimal import ROUND_DOWN, Context, Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scenario_files import changed, load

from neurograph.errors import ScenarioError, UnknownNameError
from neurograph.scenario import (
    Scenario,
    agreement,
    agrees,
    load_scenario,
    play,
    run_scenario,
)
from neurograph.scenario.report import VerdictReport

# -- Mazur's example in plain floats, written from the formulas of the text ---------------------


def _logistic(x: float) -> float:
    return 1 / (1 + math.exp(-x))


class PlainMazur:
    """The network of the tutorial without any graph: the oracle for what neurograph computes."""

    def __init__(self) -> None:
        self.w = dict(zip(range(1, 9), (0.15, 0.2, 0.25, 0.3, 0.4, 0.45, 0.5, 0.55), strict=True))

    def forward(self) -> None:
        """Compute net, out and the errors of both layers."""
        w = self.w
        self.i1, self.i2, self.t1, self.t2 = 0.05, 0.1, 0.01, 0.99
        self.net_h1 = w[1] * self.i1 + w[2] * self.i2 + 0.35
        self.net_h2 = w[3] * self.i1 + w[4] * self.i2 + 0.35
        self.h1, self.h2 = _logistic(self.net_h1), _logistic(self.net_h2)
        self.net_o1 = w[5] * self.h1 + w[6] * self.h2 + 0.6
        self.net_o2 = w[7] * self.h1 + w[8] * self.h2 + 0.6
        self.o1, self.o2 = _logistic(self.net_o1), _logistic(self.net_o2)
        self.e1, self.e2 = (self.t1 - self.o1) ** 2 / 2, (self.t2 - self.o2) ** 2 / 2

    def round(self, order: str, rate: float = 0.5) -> None:
        """Perform one round of backpropagation."""
        self.forward()
        w = self.w
        d1 = -(self.t1 - self.o1) * self.o1 * (1 - self.o1)
        d2 = -(self.t2 - self.o2) * self.o2 * (1 - self.o2)
        g = {5: d1 * self.h1, 6: d1 * self.h2, 7: d2 * self.h1, 8: d2 * self.h2}
        self.new = {k: w[k] - rate * g[k] for k in g}
        used = self.new if order == "in_place" else w
        self.back5, self.back7 = used[5] * d1, used[7] * d2
        self.h1_error = self.back5 + self.back7
        dh1 = self.h1_error * self.h1 * (1 - self.h1)
        dh2 = (used[6] * d1 + used[8] * d2) * self.h2 * (1 - self.h2)
        g |= {1: dh1 * self.i1, 2: dh1 * self.i2, 3: dh2 * self.i1, 4: dh2 * self.i2}
        self.d1, self.d2, self.g = d1, d2, g
        self.w = {k: w[k] - rate * g[k] for k in w}

    @property
    def error(self) -> float:
        """The total error of the last forward pass."""
        return self.e1 + self.e2

    def value(self, address: str) -> float:
        """Return what an address of the scenario file names."""
        if match := re.fullmatch(r"w(\d)\.(weight|gradient)", address):
            return (self.w if match[2] == "weight" else self.g)[int(match[1])]
        values: dict[str, Callable[[], float]] = {
            "loss": lambda: self.error,
            "i1.out": lambda: self.i1,
            "i2.out": lambda: self.i2,
            "h1.bias": lambda: 0.35,
            "o1.bias": lambda: 0.6,
            "h1.net": lambda: self.net_h1,
            "h1.out": lambda: self.h1,
            "h2.out": lambda: self.h2,
            "o1.net": lambda: self.net_o1,
            "o1.out": lambda: self.o1,
            "o2.out": lambda: self.o2,
            "o1.target": lambda: self.t1,
            "o2.target": lambda: self.t2,
            "o1.loss": lambda: self.e1,
            "o2.loss": lambda: self.e2,
            "o1.out_gradient": lambda: self.o1 - self.t1,
            "o1.slope": lambda: self.o1 * (1 - self.o1),
            "o1.delta": lambda: self.d1,
            "w5.error_message": lambda: self.back5,
            "w7.error_message": lambda: self.back7,
            "h1.out_gradient": lambda: self.h1_error,
            "h1.slope": lambda: self.h1 * (1 - self.h1),
        }
        return values[address]()


def _plain_after(order: str, rounds: int) -> PlainMazur:
    plain = PlainMazur()
    for _ in range(rounds):
        plain.round(order)
    return plain


@pytest.fixture(scope="module")
def mazur() -> Scenario:
    """The scenario that comes with the package."""
    return load_scenario("mazur_2015")


@pytest.fixture(scope="module")
def mazur_result(mazur: Scenario) -> Any:
    """All its runs, 20,000 rounds."""
    return run_scenario(mazur)


def test_mazur_every_printed_value_is_reproduced_or_an_erratum(mazur_result: Any) -> None:
    """No printed value of the tutorial is left unexplained."""
    assert mazur_result.failed == ()
    assert [erratum.address for erratum in mazur_result.errata] == ["w7.error_message"]
    assert len(mazur_result.slips) == 1
    assert len(mazur_result.reproduced) + 1 == len(mazur_result.verdicts) > 40


def test_mazur_computed_values_equal_plain_float_arithmetic(mazur_result: Any) -> None:
    """Every value that a run computes is the one of the oracle after the same steps."""
    for run in mazur_result.runs:
        plain = PlainMazur()
        before = dict(plain.w)
        for step in run.steps:
            match step.step.do:
                case "forward" | "loss":
                    plain.forward()
                case "backward":
                    before = plain.w
                    plain.round(run.run.order)
                    after, plain.w = plain.w, before
                case "update":
                    plain.w = after
                case "step" | "train":
                    for _ in range(step.step.rounds):
                        plain.round(run.run.order)
            for verdict in step.verdicts:
                expected = plain.value(verdict.address)
                assert verdict.computed == pytest.approx(expected, rel=1e-10, abs=0), verdict


def test_mazur_numbers_in_notes_are_what_the_other_convention_gives(mazur: Scenario) -> None:
    """The notes state numbers that no run checks; the oracle confirms each."""
    notes = {run.name: run.note or "" for run in mazur.runs}
    one = _plain_after("simultaneous", 1)
    one.forward()
    assert f"{one.error:.9f}" in notes["error_after_one_round"]
    simultaneous = _plain_after("simultaneous", 10_000)
    simultaneous.forward()
    in_place = _plain_after("in_place", 10_000)
    in_place_before = in_place.error
    in_place.forward()
    for number in (simultaneous.error, in_place_before, in_place.error):
        assert f"{number:.10f}" in notes["error_after_10000_rounds"]
    for number in (simultaneous.o1, simultaneous.o2):
        assert f"{number:.9f}" in notes["outputs_after_10000_rounds"]


def test_mazur_cause_of_the_erratum_is_a_rounding_chain(mazur_result: Any) -> None:
    """Rounding delta_o2 to nine decimals gives the misprinted digit, as its cause says."""
    (erratum,) = mazur_result.errata
    rounded = round(_plain_after("simultaneous", 1).d2, 9)
    assert f"{rounded:.9f}" in erratum.cause
    assert agrees(rounded * 0.5, erratum.printed)


def test_mazur_biases_stay_as_they_are(mazur: Scenario) -> None:
    """The tutorial never trains a bias."""
    *_, (_, net) = play(mazur, mazur.run("error_after_one_round"))
    biases = [net.neuron(name).bias for name in ("h1", "h2", "o1", "o2")]
    assert biases == [0.35, 0.35, 0.6, 0.6]


def test_network_is_new_each_time(mazur: Scenario) -> None:
    """Changing one network of a scenario leaves the next as the source gives it."""
    mazur.network().set_value("w5.weight", 9.0)
    assert mazur.network().value("w5.weight") == 0.4


def test_run_by_name_and_number(mazur: Scenario) -> None:
    """A run is found by its name and by its number counted from 1."""
    assert mazur.run("2") is mazur.run("error_after_one_round") is mazur.runs[1]


def test_one_run_alone_leaves_out_the_slips(mazur: Scenario) -> None:
    """A slip belongs to no run, so the result of one run counts only its own values."""
    result = run_scenario(mazur, run="derivations")
    assert [run.run.name for run in result.runs] == ["derivations"]
    assert result.slips == ()


def test_unknown_run_is_named_with_the_nearest(mazur: Scenario) -> None:
    """A misspelt run suggests the right one; a strange one gets the list."""
    with pytest.raises(
        UnknownNameError, match=r"no run 'derivation'; did you mean 'derivations'\?"
    ):
        run_scenario(mazur, run="derivation")
    with pytest.raises(
        UnknownNameError, match="no run '9'; its runs are derivations, error_after_"
    ):
        run_scenario(mazur, run="9")


# -- agreement -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("computed", "printed", "expected"),
    [
        (0.3775, "0.3775", True),
        (0.37754, "0.3775", True),
        (0.37755, "0.3775", True),
        (0.377551, "0.3775", False),
        (0.37745, "0.3775", True),
        (0.377449, "0.3775", False),
        (0.4, "0.40", True),
        (0.404, "0.40", True),
        (0.404, ".40", True),
        (0.406, "0.40", False),
        (0.406, "0.4", True),
        (-0.0190491182, "-0.019049118", True),
        (-0.0190491182, "-0.019049119", False),
        (-0.0190491182, "0.019049118", False),
        (3.510854812251261e-05, "3.51085e-05", True),
        (3.510854812251261e-05, "3.51085E-5", True),
        (3.510854812251261e-05, "0.0000351085", True),
        (3.508e-05, "3.51085e-05", False),
        (1499.0, "1e3", True),
        (1501.0, "1e3", False),
        (12.0, "12.", True),
        (12.0, "+12", True),
        (0.0, "-0.0", True),
        (math.nan, "0.0", False),
        (math.inf, "1e999", False),
        (1e308, "1e-999", False),
    ],
)
def test_agreement_to_half_a_unit_of_the_last_digit(
    computed: float, printed: str, expected: bool
) -> None:
    """The last printed digit says how exactly a value must agree."""
    assert agrees(computed, printed) is expected


@given(
    st.floats(min_value=-1e6, max_value=1e6),
    st.integers(min_value=1, max_value=8),
    st.sampled_from([-1, 1]),
)
def test_agreement_with_correct_rounding_and_no_other(x: float, places: int, sign: int) -> None:
    """A number agrees with itself correctly rounded, and never with two units more or less."""
    assert agrees(x, f"{x:.{places}f}")
    assert not agrees(x, f"{x + sign * 2 * 10.0**-places:.{places}f}")


@pytest.mark.parametrize(
    ("computed", "printed", "expected"),
    [
        (0.0088, "8.8*10^-3", "rounded"),
        (0.00884, "8.8 · 10⁻³", "rounded"),
        (0.00886, "8.8*10^-3", None),
        (0.12549, "12.5 %", "rounded"),
        (0.1256, "12.5%", None),
        (0.375, "3/8", "rounded"),
        (0.3750001, "3/8", None),
        (1 / 3, "1/3", "same float"),
        (math.nextafter(1 / 3, 1), "1/3", "last places"),
        (0.3333, "1/3", None),
        (0.3775, "0,3775", "rounded"),
    ],
)
def test_a_printed_number_may_be_a_power_a_share_or_a_fraction(
    computed: float, printed: str, expected: str | None
) -> None:
    """The last digit of a power of ten and of a percentage counts; a fraction is exact."""
    assert agreement(computed, printed) == expected


@pytest.mark.parametrize("printed", ["2,0", "0,2*10^1", "200 %", "4/2", "0,2e1"])
def test_a_file_may_state_its_decimal_commas(tmp_path: Path, printed: str) -> None:
    """Then a comma stands before the decimals, and the report shows what was printed."""
    stated = changed('"o1.out" = "2.0"', f'"o1.out" = "{printed}"').replace('"0.5"', '"0,5"')
    scenario = load(tmp_path, f"decimal_comma = true\n{stated}")
    result = run_scenario(scenario)
    assert [verdict.verdict for verdict in result.verdicts] == ["reproduced", "reproduced"]
    assert result.verdicts[0].printed == printed
    assert printed in VerdictReport(result).text()


@pytest.mark.parametrize(
    ("printed", "message"),
    [
        ("2.0", "'2.0' is not a number such as '0,3775', as decimal_comma = true says; did you"
                " mean '2,0'?"),
        ("2 000,5", "did you mean '2000,5'?"),
        ("two", "'two' is not a number such as '0,3775'"),
    ],
)  # fmt: skip
def test_where_commas_are_stated_a_point_is_no_decimal_point(
    tmp_path: Path, printed: str, message: str
) -> None:
    """The message says what the file states, and how the number was probably meant."""
    stated = changed('"o1.out" = "2.0"', f'"o1.out" = "{printed}"')
    with pytest.raises(ScenarioError, match=re.escape(message)):
        load(tmp_path, f"decimal_comma = true\n{stated}")


def test_a_fraction_that_is_not_reproduced_is_said_to_be_exact(tmp_path: Path) -> None:
    """It has no last digit of which half a unit could be left."""
    result = run_scenario(load(tmp_path, changed('"o1.out" = "2.0"', '"o1.out" = "3/2"')))
    assert result.failed[0].problem == (
        "differs by 0.5; a fraction is exact, and 8 units in the last place of a float are 1.8e-15"
    )


_DRAW = random.Random(10)
#: From subnormal to near the largest float, as many as possible of each sign.
FLOATS = [
    _DRAW.choice((-1, 1)) * _DRAW.uniform(1, 10) * 10.0 ** _DRAW.randint(-310, 300)
    for _ in range(300)
] + [_DRAW.uniform(-1, 1) for _ in range(700)]


def _moved(x: float, places: int) -> float:
    """Return the float so many floats further from zero."""
    for _ in range(places):
        x = math.nextafter(x, math.copysign(math.inf, x))
    return x


def test_every_way_to_print_a_float_in_full_agrees() -> None:
    """All of 15 to 19 digits, the shortest that denotes it and the exact decimal name a float."""
    for x in FLOATS:
        assert agreement(x, repr(x)) == "rounded", x
        for text in (str(Decimal(x)), f"{x:.17g}", f"{x:.18g}", f"{x:.19g}", f"{x:.18e}"):
            assert float(text) == x
            assert agreement(x, text) in ("rounded", "same float"), text
        for text in (f"{x:.15g}", f"{x:.16g}"):
            assert agrees(x, text), text


@pytest.mark.parametrize("digits", [15, 16, 17, 18, 19])
def test_every_way_to_cut_off_a_float_in_full_agrees(digits: int) -> None:
    """Cutting off the exact decimal or the shortest one leaves digits that agree."""
    cut = Context(digits, ROUND_DOWN)
    for x in FLOATS:
        for exact in (Decimal(x), Decimal(repr(x))):
            assert agrees(x, str(cut.plus(exact)), truncated=True), exact


@pytest.mark.parametrize("form", [".16e", ".17e", ".18e"])
def test_last_places_of_a_float(form: str) -> None:
    """Two results 8 floats apart agree with all their digits; 20 apart they do not."""
    for x in FLOATS:
        assert agreement(x, format(_moved(x, 3), form)) == "last places", x
        assert agrees(x, format(_moved(x, 8), form)), x
        assert not agrees(x, format(_moved(x, 20), form)), x


def test_few_digits_leave_no_last_places() -> None:
    """Below 15 significant digits half a unit of the last digit is all that there is."""
    assert agreement(0.12345678901234, "0.12345678901234") == "rounded"
    assert not agrees(0.123456789012346, "0.12345678901234")
    assert not agrees(1e-300, "0.00000000000000000001")


@pytest.mark.parametrize(
    ("computed", "printed", "how"),
    [
        # By hand: the float next below 0.6 + 2**-53 is 0.60000000000000008882 in full.
        (0.6000000000000001, "0.60000000000000009", "same float"),
        (0.3, "0.3", "rounded"),
        (0.3, "0.29999999999999999", "same float"),
        (0.1 + 0.2, "0.29999999999999999", "last places"),
        (0.1 + 0.2, "0.2999999999999999", "last places"),
        (1e22, "10000000000000000000001", "same float"),
        (5e-324, "4.9406564584124654e-324", "same float"),
        (5e-324, "4.94e-324", "same float"),
        (0.0, "0.00000000000000000", "rounded"),
        (1e308, "1e999", None),
        (1e308, "123456789012345678e999", None),
    ],
)
def test_agreement_of_full_digits(computed: float, printed: str, how: str | None) -> None:
    """It says whether the digits name this float or one a few last places away."""
    assert agreement(computed, printed) == how


def test_verdict_says_how_a_value_agrees(tmp_path: Path) -> None:
    """With weight 0.1 and bias 0.1 the out is 0.1 * 2 + 0.1, which no float is."""
    base = changed("bias = 1.0", "bias = 0.1").replace("weight = 0.5", "weight = 0.1")
    base = base[: base.index("[[runs.steps]]", base.index("do =") + 1)]
    for printed, how in (
        ("0.3", "rounded"),
        ("0.30000000000000004441", "same float"),
        ("0.30000000000000000000", "last places"),
        ("0.300000000000001", None),
    ):
        (verdict,) = run_scenario(load(tmp_path, base.replace('"2.0"', f'"{printed}"'))).verdicts
        assert (verdict.verdict, verdict.agreement) == ("reproduced" if how else "FAILED", how)
    assert verdict.problem is not None
    assert re.search(r"and 8 units in the last place of a float are 4\.4e-16$", verdict.problem)


# -- verdicts ------------------------------------------------------------------------------------

BATCH = changed("[2.0]", "[[2.0], [4.0]]").replace("[3.0]", "[[3.0], [1.0]]")


def test_batch_names_the_sample_of_a_printed_value(tmp_path: Path) -> None:
    """After a batch a neuron has one value for each sample, counted from 1."""
    text = BATCH.replace('"2.0"', '[{ value = "2.0", sample = 1 }, { value = "3.0", sample = 2 }]')
    result = run_scenario(load(tmp_path, text.replace('"0.5"', '"1.25"')))
    assert [verdict.verdict for verdict in result.verdicts] == ["reproduced"] * 3
    with pytest.raises(ScenarioError, match="has a value for each of 2 samples; say which"):
        run_scenario(load(tmp_path, BATCH))


def test_data_by_neuron(tmp_path: Path) -> None:
    """Data may be given by neuron, in any order, for one sample or several."""
    neurons = changed('{ name = "i1" }', '{ name = "i1" }, { name = "i2" }').replace(
        "connections = [", 'connections = [{ pre = "i2", post = "o1", weight = 1.0 }, '
    )
    one = load(tmp_path, neurons.replace("[2.0]", "{ i2 = 5, i1 = 2.0 }"))
    assert one.inputs.tolist() == [2.0, 5.0]
    by_neuron = neurons.replace("[2.0]", "{ i2 = [5, 6], i1 = [1, 2] }")
    several = load(tmp_path, by_neuron.replace("[3.0]", "{ o1 = [3, 4] }"))
    assert several.inputs.tolist() == [[1.0, 5.0], [2.0, 6.0]]
    for data, message in [
        ("{ i1 = 1 }", "data.inputs: missing key 'i2'"),
        ("{ i1 = [1], i2 = [1, 2] }", "data.inputs: expected as many samples for every neuron"),
        ("{ i1 = 1, i2 = [1] }", "data.inputs: expected as many samples for every neuron"),
    ]:
        with pytest.raises(ScenarioError, match=re.escape(message)):
            load(tmp_path, neurons.replace("[2.0]", data))


@pytest.mark.parametrize(
    ("entry", "verdict", "problem"),
    [
        ('"2.00"', "reproduced", None),
        ('"2.01"', "FAILED", "differs by 0.01; half a unit of the last digit is 0.005"),
        ('{ value = "2.1", correct = "2.0", cause = "x" }', "erratum", None),
        ('{ value = "2.0", correct = "2.00", cause = "x" }', "FAILED", "listed as an erratum, but"),
        (
            '{ value = "2.1", correct = "2.2", cause = "x" }',
            "FAILED",
            "correct, 2.2, is not reprod",
        ),
        ('"1e300"', "FAILED", "differs by 1.0e+300"),
    ],
)
def test_verdicts(tmp_path: Path, entry: str, verdict: str, problem: str | None) -> None:
    """A value is reproduced, a correct erratum, or has failed for a stated reason."""
    first, _ = run_scenario(load(tmp_path, changed('"2.0"', entry))).verdicts
    assert first.verdict == verdict
    assert (first.problem is None) if problem is None else (problem in (first.problem or ""))


def test_value_not_known_after_its_step(tmp_path: Path) -> None:
    """A printed delta after a forward pass is a mistake of the file, not a failed value."""
    scenario = load(tmp_path, changed('"o1.out"', '"o1.delta"'))
    place = (
        r'small.toml: runs\[0\].steps\[0\].printed."o1.delta": delta of neuron .o1. is not known'
    )
    with pytest.raises(ScenarioError, match=place):
        run_scenario(scenario)


def test_step_that_cannot_be_performed(tmp_path: Path) -> None:
    """A backward pass without a forward pass names the step."""
    scenario = load(tmp_path, changed('"forward"', '"backward"'))
    with pytest.raises(ScenarioError, match=r"small.toml: runs\[0\].steps\[0\]: .*forward"):
        run_scenario(scenario)
