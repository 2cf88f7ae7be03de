"""Numbers as people write them: on a page, in an exercise book, in a table."""

import re
from decimal import Decimal
from fractions import Fraction
from functools import cached_property, lru_cache
from typing import Self

from neurograph.errors import InvalidValueError
from neurograph.escapes import printable

__all__ = ["COMMA_TAKEN", "POINT_TAKEN", "Numeral"]

#: What is remarked of a decimal sign that was not agreed upon.
COMMA_TAKEN = "the comma is taken for a decimal point"
POINT_TAKEN = "the point is taken for a decimal point"

# As many digits as a float has when it is printed exactly; the exponent covers every float.
_DIGITS = r"\d{1,1074}"
_MOST_LETTERS = 2200
_POWER = (
    r"(?:[eE](?P<e>[+-]?\d{1,3})"
    r"|[*·×x]10(?:(?:\^|\*\*)(?P<power>[+-]?\d{1,3}|\([+-]?\d{1,3}\))"
    r"|(?P<high>[⁺⁻]?[⁰¹²³⁴⁵⁶⁷⁸⁹]{1,3})))"
)
_DECIMAL = re.compile(
    rf"(?P<sign>[+-]?)(?P<whole>{_DIGITS})?(?:\.(?P<part>\d{{0,1074}}))?{_POWER}?(?P<percent>%?)",
    re.A,
)
#: Most numbers are written so.
_PLAIN_DECIMAL = re.compile(r"-?\d{1,30}\.\d{1,30}", re.A)
_FRACTION = re.compile(
    r"(?P<sign>[+-]?)(?:(?P<whole>\d{1,30}) +)?(?P<above>\d{1,30})/(?P<below>\d{1,30})", re.A
)

#: Signs that mean the same in print.
_PLAIN = str.maketrans({"−": "-", "–": "-", "‐": "-", "⁄": "/", "∕": "/", "\u00a0": " "})
_HIGH = str.maketrans("⁺⁻⁰¹²³⁴⁵⁶⁷⁸⁹", "+-0123456789")
#: What stands before a number that was computed, and a unit after it.
_BEFORE = re.compile(r"^(?:[^\W\d]\w{0,19}(?:\([^()]{0,20}\))?\s*[=:≈~]|[=≈~])\s*")
_UNIT = re.compile(r"\s+[^\W\d_]{1,10}\.?$|(?<=[\d%])\s*[°€$Ω]$")


class Numeral(str):
    """A number with the digits that it was written with: the text itself, and what it says.

    Parameters
    ----------
    text : str
        A decimal number, with a power of ten or a percent sign if need be, a fraction or a mixed
        number: ``"0.3775"``, ``"8.8*10^-3"``, ``"3.51e-05"``, ``"12.5 %"``, ``"3/8"``,
        ``"1 1/10"``. An equals sign before it and a unit after it are left out.
    decimal_comma : bool, optional
        Whether a comma stands for the decimal point and a point between groups of three digits;
        `False` is the other way round. By default what leaves no doubt is understood either way.

    Attributes
    ----------
    value : Fraction
        Exactly what it says.
    unit : Fraction or None
        What one more in the last digit would add; `None` of a fraction, which has no last digit.
    plain : str
        The same number as a program reads it, with all its digits.
    remarks : tuple of str
        What was understood that was not written plainly.

    Raises
    ------
    InvalidValueError
        If it is no number, or one of two numbers.

    Examples
    --------
    >>> from neurograph.numerals import Numeral
    >>> number = Numeral("-8.80*10^-3")
    >>> float(number), number.decimals, number.significant
    (-0.0088, 5, 3)
    >>> number, number.plain
    ('-8.80*10^-3', '-8.80e-3')
    >>> Numeral("3/8").value
    Fraction(3, 8)
    >>> Numeral("0,59").remarks
    ('the comma is taken for a decimal point',)
    >>> Numeral("1,234")
    Traceback (most recent call last):
    neurograph.errors.InvalidValueError: '1,234' is 1.234 or 1234: write it with a decimal point...
    """

    value: Fraction
    unit: Fraction | None
    plain: str
    remarks: tuple[str, ...]
    _decimal_comma: bool | None

    def __new__(cls, text: str, *, decimal_comma: bool | None = None) -> Self:
        """Read a number."""
        self = super().__new__(cls, text)
        self.remarks, self._decimal_comma = (), decimal_comma
        if not decimal_comma and _PLAIN_DECIMAL.fullmatch(text):
            whole, _, part = text.partition(".")
            self.unit = Fraction(1, 10 ** len(part))
            self.value, self.plain = Fraction(int(whole + part), 10 ** len(part)), text
            return self
        plain = self._stripped(text) if len(text) <= _MOST_LETTERS else ""
        if fraction := _FRACTION.fullmatch(plain):
            self.value, self.unit = self._quotient(fraction), None
            self.plain = str(self.value) if fraction["whole"] else plain
            return self
        decimal = _DECIMAL.fullmatch(self._with_point(plain, decimal_comma))
        if decimal is None or not (decimal["whole"] or decimal["part"]):
            raise InvalidValueError(f"{_shown(text)} is not a number")
        exponent = _exponent(decimal)
        part = decimal["part"] or ""
        self.unit = Fraction(10) ** (exponent - len(part))
        digits = int(f"{decimal['sign']}{decimal['whole'] or ''}{part}")
        self.value = digits * self.unit
        self.plain = _plain(decimal, exponent)
        return self

    @classmethod
    def of(cls, text: str) -> "Numeral":
        """Return a number that was read already as it is, and read any other text."""
        return text if isinstance(text, cls) else _read(text)

    def spelt(self, text: str) -> str:
        """Return a text in which numbers have points as this one is written: with known commas.

        Examples
        --------
        >>> from neurograph.numerals import Numeral
        >>> Numeral("0,5", decimal_comma=True).spelt("0.49"), Numeral("0.5").spelt("0.49")
        ('0,49', '0.49')
        """
        return re.sub(r"(?<=\d)\.(?=\d)", ",", text) if self._decimal_comma else text

    def _stripped(self, text: str) -> str:
        """Return a number without what stands around it and without spaces in it."""
        plain = text.translate(_PLAIN).strip().strip("_").strip()
        bare = _UNIT.sub("", _BEFORE.sub("", plain))
        if bare != plain:
            rest = plain.replace(bare, " ", 1).split()
            self.remarks += (f"{' '.join(map(printable, rest))!r} is left out",)
        # Between digits only groups of three leave no doubt: 1 1/2 is a mixed number, not 11/2.
        closed = re.sub(r"(?<=\d)[ '](?=\d{3}(?!\d))|\s+(?=[%*·×x/^])|(?<=[*·×x/^+-])\s+", "", bare)
        return re.sub(r"^([+-]?)(?=10(?:\^|\*\*|[⁺⁻⁰¹²³⁴⁵⁶⁷⁸⁹]))", r"\g<1>1*", closed)

    def _with_point(self, plain: str, decimal_comma: bool | None) -> str:
        """Return a number in which a point, if anything, stands before the decimals."""
        commas, points = plain.count(","), plain.count(".")
        if not commas and (decimal_comma is not True or not points):
            return plain
        # Before a power of ten nobody writes thousands.
        groups = re.match(r"[+-]?[1-9]\d{0,2}(?:[,.]\d{3})+(?![\d,.*·×xeE])", plain)
        if decimal_comma is not None and not groups and commas + points == 1:
            # What was agreed upon would make nothing of it; the other way it is clear.
            if decimal_comma != bool(commas):
                self.remarks += (COMMA_TAKEN if commas else POINT_TAKEN,)
            decimal_comma = bool(commas)
        if decimal_comma is None:
            if commas == 1 and not points and groups:
                comma, none = plain.replace(",", "."), plain.replace(",", "")
                raise InvalidValueError(
                    f"{_shown(self.text)} is {comma} or {none}: write it with a decimal point"
                    " and nothing between thousands"
                )
            decimal_comma = commas == 1 and plain.rfind(",") > plain.rfind(".")
            self.remarks += (
                COMMA_TAKEN if decimal_comma else "the commas stand between thousands",
            )
        between, point = (".", ",") if decimal_comma else (",", ".")
        if between in plain and not _is_grouped(plain, between, point):
            raise InvalidValueError(f"{_shown(self.text)} is not a number")
        return plain.replace(between, "").replace(point, ".")

    def _quotient(self, fraction: re.Match[str]) -> Fraction:
        below = int(fraction["below"])
        if not below:
            raise InvalidValueError(f"{_shown(self.text)} divides by zero")
        value = int(fraction["whole"] or 0) + Fraction(int(fraction["above"]), below)
        return -value if fraction["sign"] == "-" else value

    @property
    def text(self) -> str:
        """As it was written."""
        return str(self)

    @cached_property
    def decimal(self) -> Decimal:
        """As a decimal number; of a fraction with 28 digits."""
        if self.unit is None:
            return Decimal(self.value.numerator) / Decimal(self.value.denominator)
        return Decimal(self.plain)

    @cached_property
    def decimals(self) -> int:
        """At how many decimals it ends; negative before the point, 0 of a fraction."""
        if self.unit is None:
            return 0
        return len(str(self.unit.denominator)) - len(str(self.unit.numerator))

    @cached_property
    def significant(self) -> int:
        """How many digits it has from the first that is not zero on; 0 of a fraction and of 0."""
        digits = 0 if self.unit is None else int(abs(self.value / self.unit))
        return len(str(digits)) if digits else 0

    @property
    def half_unit(self) -> Fraction:
        """How far a number may lie from it that was rounded to it."""
        return Fraction(0) if self.unit is None else self.unit / 2

    def like(self, value: float) -> str:
        """Return another number as it would be written in the place of this one.

        Parameters
        ----------
        value : float

        Returns
        -------
        str
            With as many digits; of a fraction, which has all, with ten.

        Examples
        --------
        >>> numerals = map(Numeral, ["0.66", "66%", "6.60e-1", "2/3"])
        >>> [numeral.like(0.7) for numeral in numerals]
        ['0.70', '70%', '7.00e-01', '0.7']
        """
        percent = self.rstrip().endswith("%")
        if self.unit is None:
            text = f"{value:.10g}"
        elif "e" in self.plain:
            mantissa = self.plain.partition("e")[0].partition(".")[2]
            text = f"{value:.{len(mantissa)}e}"
        else:
            digits = max(self.decimals - 2 * percent, 0)
            text = f"{Decimal(value) * 100:.{digits}f}%" if percent else f"{value:.{digits}f}"
        return text.replace(".", ",") if self._decimal_comma else text

    def __float__(self) -> float:
        try:
            return float(self.value)
        except OverflowError:
            return float("inf") if self.value > 0 else float("-inf")

    def __getnewargs_ex__(self) -> tuple[tuple[str], dict[str, bool | None]]:
        return (str(self),), {"decimal_comma": self._decimal_comma}


@lru_cache(maxsize=4096)
def _read(text: str) -> Numeral:
    return Numeral(text)


def _exponent(decimal: re.Match[str]) -> int:
    power = decimal["e"] or decimal["power"] or decimal["high"] or "0"
    return int(power.translate(_HIGH).strip("()")) - 2 * bool(decimal["percent"])


def _plain(decimal: re.Match[str], exponent: int) -> str:
    """Return a number as a program reads it; with an exponent only where it has a power of ten."""
    mantissa = f"{decimal['sign']}{decimal['whole'] or '0'}"
    if decimal["part"] is not None:
        mantissa += f".{decimal['part']}"
    power = decimal["e"] or decimal["power"] or decimal["high"]
    if power is None:
        return f"{Decimal(f'{mantissa}e{exponent}'):f}" if exponent else mantissa
    return f"{mantissa}e{exponent}"


def _is_grouped(plain: str, between: str, point: str) -> bool:
    """Whether thousands are separated as they should be: in groups of three, before the point."""
    whole = plain.split(point)[0]
    return bool(re.fullmatch(rf"[+-]?\d{{1,3}}(?:{re.escape(between)}\d{{3}})+", whole))


def _shown(text: str) -> str:
    return repr(text if len(text) <= 30 else text[:27] + "...")
