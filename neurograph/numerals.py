"""Numbers as people write them: on a page, in an exercise book, in a table."""

import re
from fractions import Fraction
from functools import cached_property

from neurograph.errors import InvalidValueError
from neurograph.escapes import printable

__all__ = ["Numeral"]

# As many digits as a float has when it is printed exactly; the exponent covers every float.
_DIGITS = r"\d{1,1074}"
_MOST_LETTERS = 1200
_POWER = (
    r"(?:[eE](?P<e>[+-]?\d{1,3})"
    r"|[*·×x]10(?:(?:\^|\*\*)(?P<power>[+-]?\d{1,3}|\([+-]?\d{1,3}\))"
    r"|(?P<high>[⁺⁻]?[⁰¹²³⁴⁵⁶⁷⁸⁹]{1,3})))"
)
_DECIMAL = re.compile(
    rf"(?P<sign>[+-]?)(?P<whole>{_DIGITS})?(?:\.(?P<part>\d{{0,1074}}))?{_POWER}?(?P<percent>%?)",
    re.A,
)
_FRACTION = re.compile(r"(?P<sign>[+-]?)(?P<above>\d{1,30})/(?P<below>\d{1,30})", re.A)

#: Signs that mean the same in print.
_PLAIN = str.maketrans({"−": "-", "–": "-", "‐": "-", "⁄": "/", "∕": "/", "\u00a0": " "})
_HIGH = str.maketrans("⁺⁻⁰¹²³⁴⁵⁶⁷⁸⁹", "+-0123456789")
#: What stands before a number that was computed, and a unit after it.
_BEFORE = re.compile(r"^(?:[^\W\d]\w{0,19}(?:\([^()]{0,20}\))?\s*[=:≈~]|[=≈~])\s*")
_UNIT = re.compile(r"\s+[^\W\d_]{1,10}\.?$|(?<=[\d%])\s*[°€$Ω]$")


class Numeral:
    """A number with the digits that it was written with.

    Parameters
    ----------
    text : str
        A decimal number, with a power of ten or a percent sign if need be, or a fraction:
        ``"0.3775"``, ``"8.8*10^-3"``, ``"3.51e-05"``, ``"12.5 %"``, ``"3/8"``. An equals sign
        before it and a unit after it are left out.
    decimal_comma : bool, optional
        Whether a comma stands for the decimal point and a point between groups of three digits;
        `False` is the other way round. By default what leaves no doubt is understood either way.

    Attributes
    ----------
    text : str
        As it was written.
    value : Fraction
        Exactly what it says.
    unit : Fraction or None
        What one more in the last digit would add; `None` of a fraction, which has no last digit.
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
    >>> Numeral("3/8").value
    Fraction(3, 8)
    >>> Numeral("0,59").remarks
    ('the comma is taken for a decimal point',)
    >>> Numeral("1,234")
    Traceback (most recent call last):
    neurograph.errors.InvalidValueError: '1,234' is 1.234 or 1234: write it with a decimal point...
    """

    __slots__ = ("__dict__", "remarks", "text", "unit", "value")

    def __init__(self, text: str, *, decimal_comma: bool | None = None) -> None:
        self.text = text
        self.remarks: tuple[str, ...] = ()
        plain = self._stripped(text) if len(text) <= _MOST_LETTERS else ""
        if fraction := _FRACTION.fullmatch(plain):
            self.value, self.unit = self._quotient(fraction), None
            return
        decimal = _DECIMAL.fullmatch(self._with_point(plain, decimal_comma))
        if decimal is None or not (decimal["whole"] or decimal["part"]):
            raise InvalidValueError(f"{_shown(text)} is not a number")
        exponent = _exponent(decimal)
        part = decimal["part"] or ""
        self.unit = Fraction(10) ** (exponent - len(part))
        digits = int(f"{decimal['sign']}{decimal['whole'] or ''}{part}")
        self.value = digits * self.unit

    def _stripped(self, text: str) -> str:
        """Return a number without what stands around it and without spaces in it."""
        plain = text.translate(_PLAIN).strip().strip("_").strip()
        bare = _UNIT.sub("", _BEFORE.sub("", plain))
        if bare != plain:
            rest = plain.replace(bare, " ", 1).split()
            self.remarks += (f"{' '.join(map(printable, rest))!r} is left out",)
        # Between digits only groups of three leave no doubt: 1 1/2 is not 11/2.
        return re.sub(r"(?<=\d)[ '](?=\d{3}(?!\d))|\s+(?=[%*·×x/^])|(?<=[*·×x/^+-])\s+", "", bare)

    def _with_point(self, plain: str, decimal_comma: bool | None) -> str:
        """Return a number in which a point, if anything, stands before the decimals."""
        commas, points = plain.count(","), plain.count(".")
        if not commas and (decimal_comma is not True or not points):
            return plain
        groups = re.match(r"[+-]?[1-9]\d{0,2}(?:,\d{3})+(?![\d,])", plain)
        if decimal_comma is None:
            if commas == 1 and not points and groups:
                comma, none = plain.replace(",", "."), plain.replace(",", "")
                raise InvalidValueError(
                    f"{_shown(self.text)} is {comma} or {none}: write it with a decimal point"
                    " and nothing between thousands"
                )
            decimal_comma = commas == 1 and plain.rfind(",") > plain.rfind(".")
            said = "the comma is taken for a decimal point"
            self.remarks += (said if decimal_comma else "the commas stand between thousands",)
        between, point = (".", ",") if decimal_comma else (",", ".")
        if between in plain and not _is_grouped(plain, between, point):
            raise InvalidValueError(f"{_shown(self.text)} is not a number")
        return plain.replace(between, "").replace(point, ".")

    def _quotient(self, fraction: re.Match[str]) -> Fraction:
        below = int(fraction["below"])
        if not below:
            raise InvalidValueError(f"{_shown(self.text)} divides by zero")
        return Fraction(int(fraction["sign"] + fraction["above"]), below)

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

    def __float__(self) -> float:
        try:
            return float(self.value)
        except OverflowError:
            return float("inf") if self.value > 0 else float("-inf")

    def __str__(self) -> str:
        return self.text

    def __repr__(self) -> str:
        return f"Numeral({self.text!r})"

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Numeral):
            return NotImplemented
        return (self.value, self.unit) == (other.value, other.unit)

    def __hash__(self) -> int:
        return hash((self.value, self.unit))


def _exponent(decimal: re.Match[str]) -> int:
    power = decimal["e"] or decimal["power"] or decimal["high"] or "0"
    return int(power.translate(_HIGH).strip("()")) - 2 * bool(decimal["percent"])


def _is_grouped(plain: str, between: str, point: str) -> bool:
    """Whether thousands are separated as they should be: in groups of three, before the point."""
    whole = plain.split(point)[0]
    return bool(re.fullmatch(rf"[+-]?\d{{1,3}}(?:{re.escape(between)}\d{{3}})+", whole))


def _shown(text: str) -> str:
    return repr(text if len(text) <= 30 else text[:27] + "...")
