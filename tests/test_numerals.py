"""Numbers as people write them."""

import copy
import json
import pickle
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

import neurograph as ng
from neurograph.numerals import Numeral


@pytest.mark.parametrize(
    ("text", "value", "decimals", "significant"),
    [
        ("0.3775", Fraction(3775, 10000), 4, 4),
        ("-0.40", Fraction(-2, 5), 2, 2),
        (".5", Fraction(1, 2), 1, 1),
        ("5.", Fraction(5), 0, 1),
        ("40", Fraction(40), 0, 2),
        ("1e5", Fraction(100000), -5, 1),
        ("3.51085e-05", Fraction(351085, 10**10), 10, 6),
        ("8.80*10^-3", Fraction(88, 10000), 5, 3),
        ("8.8 · 10⁻³", Fraction(88, 10000), 4, 2),
        ("8.8 × 10^(-3)", Fraction(88, 10000), 4, 2),
        ("8.8 x 10**-3", Fraction(88, 10000), 4, 2),
        ("12.5 %", Fraction(1, 8), 3, 3),
        ("5%", Fraction(1, 20), 2, 1),
        ("−0.5", Fraction(-1, 2), 1, 1),
        ("– 0.5", Fraction(-1, 2), 1, 1),
        ("12 345.6", Fraction(123456, 10), 1, 6),
        ("1'000.5", Fraction(10005, 10), 1, 5),
        ("3/8", Fraction(3, 8), 0, 0),
        ("1 1/10", Fraction(11, 10), 0, 0),
        ("-2 3/4", Fraction(-11, 4), 0, 0),
        ("-3 / 8", Fraction(-3, 8), 0, 0),
        ("+0.000", Fraction(0), 3, 0),
        ("1.10", Fraction(11, 10), 2, 3),
    ],
)
def test_a_number_is_read_exactly(
    text: str, value: Fraction, decimals: int, significant: int
) -> None:
    """Value, place of the last digit and number of digits are those that were written."""
    numeral = Numeral(text)
    assert numeral.value == value
    assert (numeral.decimals, numeral.significant) == (decimals, significant)
    assert numeral.text == text
    assert numeral.remarks == ()


@pytest.mark.parametrize(
    ("text", "value", "remark"),
    [
        ("0,59", "0.59", "the comma is taken for a decimal point"),
        ("0,590", "0.590", "the comma is taken for a decimal point"),
        ("-12,3456", "-12.3456", "the comma is taken for a decimal point"),
        ("8,8*10^-3", "0.0088", "the comma is taken for a decimal point"),
        ("1.234,56", "1234.56", "the comma is taken for a decimal point"),
        ("1,234.56", "1234.56", "the commas stand between thousands"),
        ("1,234,567", "1234567", "the commas stand between thousands"),
        ("h1 = 0.5", "0.5", "'h1 =' is left out"),
        ("out(h1) = 0.59", "0.59", "'out(h1) =' is left out"),
        ("≈0.59", "0.59", "'≈' is left out"),
        ("0.5 m", "0.5", "'m' is left out"),
        ("= 0.5 V", "0.5", "'= V' is left out"),
    ],
)
def test_what_leaves_no_doubt_is_understood_and_said(text: str, value: str, remark: str) -> None:
    """A comma, a name before the number and a unit after it are understood, with a remark."""
    numeral = Numeral(text)
    assert numeral.value == Fraction(value)
    assert numeral.remarks == (remark,)


@pytest.mark.parametrize(
    ("text", "decimal_comma", "value"),
    [
        ("1,234", True, "1.234"),
        ("1,234", False, "1234"),
        ("1.234", True, "1234"),
        ("1.234", False, "1.234"),
        ("0,5", True, "0.5"),
        ("1.234.567,8", True, "1234567.8"),
    ],
)
def test_a_file_may_say_what_a_comma_is(text: str, decimal_comma: bool, value: str) -> None:
    """Where it is stated there is no doubt, and nothing to remark."""
    numeral = Numeral(text, decimal_comma=decimal_comma)
    assert numeral.value == Fraction(value)
    assert numeral.remarks == ()


@pytest.mark.parametrize(
    ("text", "decimal_comma", "remark"),
    [
        ("0.59", True, "the point is taken for a decimal point"),
        ("0,59", False, "the comma is taken for a decimal point"),
    ],
)
def test_what_was_not_agreed_upon_is_understood_where_it_is_clear(
    text: str, decimal_comma: bool, remark: str
) -> None:
    """A point where commas were stated, and a comma where points were, is taken and said."""
    numeral = Numeral(text, decimal_comma=decimal_comma)
    assert numeral.value == Fraction("0.59")
    assert numeral.remarks == (remark,)


@pytest.mark.parametrize(
    ("text", "plain", "decimal"),
    [
        ("0.3775", "0.3775", "0.3775"),
        ("8,8*10^-3", "8.8e-3", "0.0088"),
        ("12.5 %", "0.125", "0.125"),
        ("1 000.5", "1000.5", "1000.5"),
        ("10^-2", "1e-2", "0.01"),
        ("-10⁻²", "-1e-2", "-0.01"),
        ("3/8", "3/8", "0.375"),
        ("1 1/10", "11/10", "1.1"),
        ("1/3", "1/3", "0.3333333333333333333333333333"),
    ],
)
def test_a_number_is_written_as_programs_read_it(text: str, plain: str, decimal: str) -> None:
    """The plain form has a point, no groups and no sign of a printer."""
    numeral = Numeral(text)
    assert (numeral.plain, str(numeral.decimal)) == (plain, decimal)


def test_a_number_is_its_own_text() -> None:
    """It equals and prints what was written, and survives copying and pickling with its value."""
    numeral = Numeral("1,234", decimal_comma=True)
    assert numeral == "1,234"
    assert json.dumps([numeral]) == '["1,234"]'
    for other in (copy.deepcopy(numeral), pickle.loads(pickle.dumps(numeral))):
        assert (other, other.value) == ("1,234", Fraction("1.234"))
    assert Numeral.of(numeral) is numeral
    assert Numeral.of("0.5").value == Fraction(1, 2)


def test_a_comma_that_could_be_either_is_refused() -> None:
    """One comma before three digits is a decimal point in one country and none in another."""
    with pytest.raises(ng.InvalidValueError, match=r"^'1,234' is 1.234 or 1234: write it with a d"):
        Numeral("1,234")


@pytest.mark.parametrize(
    "text",
    ["", "-", "abc", "0.5.6", "1,2,3", "0x10", "nan", "inf", "0.5e", "2*3", "1.5 1/2",
     "1/2 1/2", "1 1 1/2", "0.1 23", "%", "12.34,567.8", "٣", "9" * 2000],
)  # fmt: skip
def test_what_is_no_number_is_refused(text: str) -> None:
    """Neither words nor two numbers are taken for one."""
    with pytest.raises(ng.InvalidValueError, match=r"is not a number$"):
        Numeral(text)


def test_a_fraction_over_zero_is_refused() -> None:
    """Nothing is divided by zero."""
    with pytest.raises(ng.InvalidValueError, match=r"^'1/0' divides by zero"):
        Numeral("1/0")


@given(st.decimals(allow_nan=False, allow_infinity=False, places=12))
def test_decimals_agree_with_the_standard_library(number: Decimal) -> None:
    """Digits are read as `decimal.Decimal` reads them."""
    numeral = Numeral(str(number))
    assert numeral.value == Fraction(number)
    assert numeral.decimals == -int(number.as_tuple().exponent)
    assert float(numeral) == float(number)


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_every_float_is_read_back(number: float) -> None:
    """The shortest decimal of a float denotes that float."""
    assert float(Numeral(repr(number))) == number


@pytest.mark.parametrize(
    ("printed", "value", "written"),
    [
        ("0.3775", 0.25, "0.2500"), ("40", 41.4, "41"), ("66 %", 0.7, "70%"),
        ("6.6%", 0.125, "12.5%"), ("8.80*10^-3", 0.00125, "1.25e-03"),
        ("1/2", 0.7, "0.7"), ("2/3", 1 / 3, "0.3333333333"),
    ],
)  # fmt: skip
def test_a_number_is_written_in_the_place_of_another(
    printed: str, value: float, written: str
) -> None:
    """With as many digits behind the point, in percent, or as a power of ten."""
    assert Numeral(printed).like(value) == written


def test_a_number_is_written_with_the_comma_of_another() -> None:
    """Where a file says that it has decimal commas."""
    assert Numeral("0,66", decimal_comma=True).like(0.7) == "0,70"
