"""The combine rules, one row each: how a neuron makes its net of the messages that arrive."""

from functools import cached_property

from neurograph.display import Brief
from neurograph.errors import FormulaError, InvalidTypeError, UnknownNameError, did_you_mean
from neurograph.formulas import Formula, Group, check_name, name_of
from neurograph.records import record

__all__ = ["COMBINATIONS", "Combination", "add_combination", "get_combination"]

#: Those of `formula`, and of `slope`.
_OF_NET, _OF_SLOPE = ["message", "n"], ["message", "before", "after", "n"]


@record
class Combination(Brief):
    """How the messages that arrive at a neuron become one number; its bias is added after.

    Parameters
    ----------
    name : str
        What neurons call it.
    formula : Formula
        In ``message``, over which a sum, product, largest or least is taken, and ``n``, the
        number of messages.
    slope : Formula
        Its derivative by one message: in that ``message``, the messages ``before`` and ``after``
        it, over which sums and so on are taken, and ``n``.
    source : str
        Where it was published.

    Examples
    --------
    >>> from neurograph.formulas import Group
    >>> from neurograph.combinations import get_combination
    >>> product = get_combination("product")
    >>> product.formula(message=Group([2.0, 3.0, 4.0]))
    24.0
    >>> product.slope(before=Group([2.0]), after=Group([4.0]))
    8.0
    """

    name: str
    formula: Formula
    slope: Formula
    source: str = ""

    @cached_property
    def is_linear(self) -> bool:
        """Whether net is linear in each message, or in pieces, as long as the others stay."""
        try:
            return self.slope.derivative("message").text == "0"
        except FormulaError:
            return False


def _row(name: str, formula: str, slope: str, source: str) -> Combination:
    return Combination(name, Formula(formula, _OF_NET), Formula(slope, _OF_SLOPE), source)


# fmt: off
_TABLE = [
    # name, of all messages, its derivative by one message, source
    _row("sum", "total(message)", "1",
         "McCulloch and Pitts, A logical calculus of the ideas immanent in nervous activity"
         " (1943)"),
    _row("product", "product(message)", "product(before) * product(after)",
         "Rumelhart, Hinton and McClelland, A general framework for parallel distributed"
         " processing (1986), sigma-pi units"),
    _row("mean", "total(message) / n", "1 / n",
         "LeCun, Bottou, Bengio and Haffner, Gradient-based learning applied to document"
         " recognition (1998), subsampling"),
    # Of equal maxima the first has the slope.
    _row("max", "largest(message)",
         "(1 if message >= largest(after) else 0) if message > largest(before) else 0",
         "Riesenhuber and Poggio, Hierarchical models of object recognition in cortex (1999)"),
    _row("min", "least(message)",
         "(1 if message <= least(after) else 0) if message < least(before) else 0",
         "Zadeh, Fuzzy sets (1965)"),
]
# fmt: on

#: Every combine rule by its name; `add_combination` adds to it.
COMBINATIONS: dict[str, Combination] = {row.name: row for row in _TABLE}

#: The combine rules that are there without anybody's adding them.
STANDARD = frozenset(COMBINATIONS)

#: What other books and libraries call a row of the table.
SYNONYMS = {
    "add": "sum", "multiply": "product", "prod": "product", "mul": "product", "times": "product",
    "average": "mean", "avg": "mean", "maximum": "max", "max_pooling": "max", "minimum": "min",
}  # fmt: skip


def get_combination(name: str) -> Combination:
    """Return the combine rule of this name.

    Parameters
    ----------
    name : str
        A name of the table, or one of `SYNONYMS`.

    Returns
    -------
    Combination

    Raises
    ------
    UnknownNameError
        When there is none of that name; the nearest is named.
    InvalidTypeError
        On anything but text.

    Examples
    --------
    >>> from neurograph.combinations import get_combination
    >>> get_combination("mean").formula
    Formula('total(message) / n')
    """
    if not isinstance(name, str):
        raise InvalidTypeError(f"a combine rule is given by its name, as text, not {name!r}")
    known = name_of(name, COMBINATIONS, SYNONYMS)
    if known is None:
        hint = did_you_mean(name, [*COMBINATIONS, *SYNONYMS])
        hint = hint or f"; there are {', '.join(COMBINATIONS)}"
        extra = (
            " (batch normalisation couples the samples of a batch, which no neuron sees)"
            if name.strip().lower().startswith("batch")
            else ""
        )
        raise UnknownNameError(f"no combine rule {name!r}{hint}{extra}")
    return COMBINATIONS[known]


def add_combination(name: str, formula: str, slope: str, *, source: str = "") -> Combination:
    """Add a combine rule of your own, so that neurons can use it by name.

    Parameters
    ----------
    name : str
        A plain word. Adding the same definition again changes nothing.
    formula, slope : str
        As for `Combination`; the slope is compared with central differences of the formula.
    source : str, optional
        Where it was published.

    Returns
    -------
    Combination

    Raises
    ------
    FormulaError
        When a formula cannot be read, the slope is not its derivative, or the name is taken.

    Examples
    --------
    >>> from neurograph.combinations import add_combination
    >>> from neurograph.formulas import Group
    >>> rule = add_combination("norm", "sqrt(total(message**2))",
    ...     "message / sqrt(total(before**2) + message**2 + total(after**2))")
    >>> rule.formula(message=Group([3.0, 4.0]))
    5.0
    """
    check_name(name, "a combine rule", _OF_SLOPE)
    added = _row(name, formula, slope, source)
    known = COMBINATIONS.get(name)
    if known is None:
        _check_slope(added)
        COMBINATIONS[name] = added
    elif (known.formula, known.slope) != (added.formula, added.slope):
        raise FormulaError(
            f"there is a combine rule {name!r} already, {known.formula.text!r} with slope"
            f" {known.slope.text!r}; choose another name"
        )
    return COMBINATIONS[name]


# Messages at which a slope is tried: apart from each other, so that none is at a kink.
_MESSAGES, _STEP = [0.7, -1.3, 2.1, 0.4], 1e-5


def _check_slope(rule: Combination) -> None:
    n = float(len(_MESSAGES))
    for place, message in enumerate(_MESSAGES):
        before, after = Group(_MESSAGES[:place]), Group(_MESSAGES[place + 1 :])
        up, down = (
            float(rule.formula(message=Group([*before, message + step, *after]), n=n))
            for step in (_STEP, -_STEP)
        )
        central = (up - down) / (2 * _STEP)
        stated = float(rule.slope(message=message, before=before, after=after, n=n))
        if not abs(stated - central) <= 1e-6 * (1 + abs(central)):
            raise FormulaError(
                f"the slope given for {rule.name!r} is not the derivative of its formula: for"
                f" message {message:g} of {_MESSAGES} it gives {stated:.6g}, central difference"
                f" gives {central:.6g}"
            )
