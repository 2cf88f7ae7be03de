"""What the page says of printed and typed numbers, beside what Python says of them."""

import json
import math
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from page_script import LESSON, lesson_engine, script_engine

import neurograph as ng
from neurograph import pages
from neurograph.conventions import Conventions, alternatives, recompute
from neurograph.conventions.odds import comparable, false_hits
from neurograph.conventions.results import LIKELY
from neurograph.errors import InvalidValueError
from neurograph.numerals import Numeral
from neurograph.pages.page_data import example_of
from neurograph.scenario.verdicts import agreement

pytest.importorskip("py_mini_racer")

REMARKS = {
    "is left out": "around",
    "the comma is taken for a decimal point": "comma_is_point",
    "the commas stand between thousands": "commas_between",
}
PROBLEMS = {
    "is not a number": "no_number",
    "write it with a decimal point": "two_numbers",
    "divides by zero": "by_zero",
}

HARNESS = """
function read(text) {
  try {
    const { value, unit, decimals, remarks } = numeral(text);
    const pair = (one) => one === null ? null : [String(one.n), String(one.d)];
    return JSON.stringify([pair(value), pair(unit), decimals, remarks.map(({ remark }) => remark)]);
  } catch (error) {
    return JSON.stringify(error.problem ?? String(error));
  }
}
const agrees = (computed, ...rest) => agreement(Number(computed), decimal(rest[0]), rest[1]);
const odds = (values, stated, printed) => {
  const trials = values.map((value) => ({ value }));
  const { hits, inReach, chance } = searched(trials, stated, decimal(printed));
  return [hits.map(({ value }) => value), inReach, chance];
};
const verdicts = () => lesson.data.runs.flatMap(({ steps }) =>
  steps.flatMap(({ printed = [] }) => printed.map((one) => verdictOf(one, one.computed ?? NaN))));
// By edit, every number of a round under it, by address.
function underEdits(order) {
  const edits = { ...NO_EDITS, setting: { order } };
  const now = lesson.moment({ run: 0, edits, sample: 0, step: null });
  return now.program.edits.map((edit) => {
    const values = editedValues(now, edit, lesson.rounded);
    return Object.fromEntries(now.equations.map(({ left }) =>
      [lesson.addressOf(now.program, left), (edit.after ?? 1) * values[left]]));
  });
}
"""


@pytest.fixture(scope="module")
def plain() -> Any:
    """Return an engine without data."""
    return script_engine(LESSON, HARNESS)


def first(table: dict[str, str], text: str) -> str:
    """Return the name of a sentence."""
    return next(name for part, name in table.items() if part in text)


def lowest(pair: list[str] | None) -> tuple[int, int] | None:
    """Return a fraction in lowest terms."""
    if pair is None:
        return None
    n, d = map(int, pair)
    return n // math.gcd(n, d), d // math.gcd(n, d)


@pytest.mark.parametrize(
    ("value", "digits", "text"),
    [
        (2.675, 3, "2.68"),
        (0.39249999999999996, 3, "0.393"),
        (-2.675, 3, "−2.68"),
        (0.3924999, 3, "0.392"),
        (0.0, 6, "0"),
        (1.7976931348623157e308, 6, "1.798e308"),
        # All digits of a float are those of the float.
        (0.1 + 0.2, 17, "0.30000000000000004"),
        (0.6000000000000001, 19, "0.6000000000000001"),
    ],
)
def test_numbers_are_written_as_on_paper(value: float, digits: int, text: str) -> None:
    """A tie is rounded away from zero, as in answers and pictures, and no other digit changes."""
    context = script_engine(("numerals", "dom"))
    assert context.call("written", value, digits) == text


@pytest.mark.parametrize(
    "text",
    [
        "0.5", "-0.5", "+.5", "5.", "5", "", ".", "abc", "--1", "1e999", "1e9999", "0,59",
        "−0,59", "1,234", "1,234.5", "1.234,5", "12,345,678", "1,23,456", "1 234.5", "1'234",
        "1 1/2", "-2 3/4", "1.5 1/2", "1 1/0", "3/8", "-3/8", "3 / 8", "3/0", "12.5 %",
        "12,5%", "8.8*10^-3", "8.8·10⁻³",
        "8.8 × 10^(-3)", "2x10**5", "3.51e-05", "3.51E5", "net_h1 = 0.3775", "f(x) = 0.5",
        "≈ 0.3", "0.5 kg", "0.5 €", "__0.5__", "0.5 abcdefghijklm", "1,5,", ",5", "0,123",
        "1.000.000,5", "1,000", "0x10", "1_000", "Infinity", "nan", "１２", "1e-400", "0.10", "100",
        "-0", "0.000", "1\u00a0234,5", "1,2.3", "½", "2 ²", "e5", "a1 = 2", "0,5 %", "9" * 400,
        "9" * 1300, "1/3 %", "12 34",
    ],
)  # fmt: skip
def test_numbers_are_read_as_in_python(text: str, plain: Any) -> None:
    """Value, unit of the last digit, decimals, remarks and refusals are those of `Numeral`."""
    read = json.loads(plain.call("read", text))
    if isinstance(read, str):
        with pytest.raises(InvalidValueError) as refused:
            Numeral(text)
        assert read == first(PROBLEMS, str(refused.value))
        return
    number = Numeral(text)
    value, unit, decimals, remarks = read
    assert lowest(value) == (number.value.numerator, number.value.denominator)
    its = number.unit
    assert lowest(unit) == (None if its is None else (its.numerator, its.denominator))
    assert decimals == number.decimals
    assert remarks == [first(REMARKS, remark) for remark in number.remarks]


@pytest.mark.parametrize("name", sorted(ng.find_scenarios()))
def test_verdicts_are_those_of_python(name: str) -> None:
    """Every printed value of a scenario gets the verdict that `neurograph run` gives it."""
    scenario = ng.load_scenario(name)
    context = lesson_engine(example_of(scenario), HARNESS)
    assert context.call("verdicts") == [one.verdict for one in ng.run_scenario(scenario).verdicts]


def test_agreement_is_that_of_python_at_the_edges(plain: Any) -> None:
    """Half a unit, cut digits, last places, zeros, subnormals and overflow agree as in Python."""
    pairs = [
        (0.2910279239, "0.291027924"), (0.2910277737, "0.291027924"), (0.15, "0.1"),
        (0.15, "0.2"), (0.25, "0.2"), (0.25, "0.3"), (0.35, "0.3"), (0.35, "0.4"),
        (0.6000000000000001, "0.60000000000000009"), (0.1 + 0.2, "0.29999999999999999"),
        (0.1 + 0.2, "0.29999999999999901"), (0.1 + 0.2, "0.3"), (0.6668, "0.666"),
        (-0.6668, "-0.666"), (0.667, "0.666"), (0.6659999, "0.666"), (0.0004, "0.000"),
        (-0.0004, "0.000"), (-0.0004, "-0.000"), (0.7999999999999999, "0.8"), (1e-320, "1e-320"),
        (5e-324, "0"), (1.7e308, "1.7e308"), (1.7e308, "2e308"), (40.4, "40"), (44.9, "4e1"),
        (45.0, "4e1"), (45.1, "4e1"), (math.nan, "0.1"), (math.inf, "1e400"),
        (0.1, "0.1000000000000000055511151231257827"), (1 / 3, "0.333333333333333"),
        (1 / 3, "0.33333333333333326"), (123456789.125, "123456789.1"),
    ]  # fmt: skip
    rng = np.random.default_rng(5)
    for value in (rng.normal(size=200) * 10.0 ** rng.integers(-6, 6, 200)).tolist():
        for digits in (2, 5, 15, 16, 17):
            pairs += [(value, f"{value:.{digits}g}"), (value, f"{value * (1 + 1e-15):.{digits}g}")]
    for computed, printed in pairs:
        for truncated in (False, True):
            number = repr(computed).replace("inf", "Infinity")
            found = plain.call("agrees", number, printed, truncated)
            expected = agreement(computed, printed, truncated=truncated)
            assert found == expected, (computed, printed, truncated)


def test_a_bias_is_one_in_every_run() -> None:
    """The biases of a run whose neurons the first run has not are called biases."""
    example = example_of(ng.load_scenario("mazur_2015"))
    net = ng.Network.layered(1, 3, 1, weights=0.25, bias=0.5)
    assert "h3" not in example.runs[0].network
    run = replace(
        example.runs[0], network=net, inputs=np.array([[1.0]]), targets=np.array([[0.0]]),
        steps=(), computed=(),
    )  # fmt: skip
    context = lesson_engine(replace(example, runs=(*example.runs, run)), HARNESS)
    addresses = context.eval(
        "(() => { const program = lesson.programs.at(-1);"
        " return JSON.stringify(program.slots.map(({ slot }) =>"
        " lesson.addressOfSlot(program, slot))); })()"
    )
    biases = [address for address in json.loads(addresses) if address.endswith(".bias")]
    assert biases == ["h1.bias", "h2.bias", "h3.bias", "o1.bias"]


#: What needs formulas or rounding of its own, or the round before; weights without a gradient;
#: other numbers than are given, which a reader has before him; an error alone; and in place what is
#: not known yet when it is used, which a page takes from the round as it is.
_NEVER = (
    "before the last|each product|^cut off after|the biases left out|derivative f'"
    "|^f' (.+ )?(used for|multiplied once more)|after the activation, not before"
    "|(logistic|tanh|relu|messages) in place of"
    "|digits? (exchanged|lost|written)|decimal point|copied from"
    "| read (as|for) |in place of powers|^the (root of the )?error (alone|in place of the error)"
)
NOT_IN_A_PAGE = {
    "simultaneous": _NEVER,
    "in_place": f"{_NEVER}|^in (delta|gradient|update) of .* in place of|transposed",
}


@pytest.mark.parametrize("name", ["mazur_2015_step_by_step", "klein_undated_logistic_derivation"])
@pytest.mark.parametrize("order", ["simultaneous", "in_place"])
def test_edits_are_computed_as_an_audit_does(name: str, order: str) -> None:
    """Each edit gives the numbers that `recompute` gives for the alternative with these words."""
    scenario = ng.load_scenario(name)
    context = lesson_engine(example_of(scenario), HARNESS)
    run = scenario.runs[0]
    rate = context.eval("lesson.data.runs[0].rate")
    kept = (".net", ".out", ".delta", ".gradient", ".new_weight", ".new_bias", "loss")
    found = [
        {key.replace("new_", ""): value for key, value in values.items() if key.endswith(kept)}
        for values in context.call("underEdits", order)
    ]
    net, (inputs, targets) = scenario.network(run), scenario.data_of(run)
    conventions = Conventions(learning_rate=rate, order=order)
    given = net, inputs, targets, conventions
    tables = [(one.sentence, recompute(one, *given)) for one in alternatives(*given)]
    stated = recompute(None, *given)
    names = sorted(stated.keys() & found[0].keys())
    rows = np.array([[one.get(key, np.nan) for key in names] for one in found], float)
    for sentence, values in tables:
        its = np.array([values.get(key, np.nan) for key in names])
        close = np.isclose(rows, its, rtol=1e-11, atol=1e-14, equal_nan=True).all(axis=1)
        assert close.any() or re.search(NOT_IN_A_PAGE[order], sentence), sentence


def test_a_page_finds_what_an_audit_finds() -> None:
    """A reason is found where as few are expected by chance."""
    source = Path(pages.__file__).with_name("script").joinpath("source.js")
    assert f"const LIKELY = {LIKELY};" in source.read_text(encoding="utf-8")


def test_odds_are_those_of_an_audit(plain: Any) -> None:
    """Hits, values in reach and the expected false hits are those that an audit states."""
    values = [0.291027924, 0.2910279, 0.29102, 0.2911, 0.29, 0.2910281, 0.5, 0.291027774]
    for printed in ("0.291027924", "0.2910", "0.3"):
        hits, in_reach, chance = plain.call("odds", values, 0.291027774, printed)
        reach = comparable(values, 0.291027774, printed)
        assert in_reach == len(reach)
        assert chance == pytest.approx(false_hits(len(reach), 0.291027774, printed), rel=1e-9)
        expected = [one for one in values if agreement(one, printed) and one != 0.291027774]
        assert hits == expected
