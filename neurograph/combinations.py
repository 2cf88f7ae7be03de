"""The combine rules: how a neuron makes its net of the messages that arrive.

One row each for those that take all messages alike; and formulas in which each has its own place.
"""

import re
from collections.abc import Iterable, Sequence
from functools import cached_property, lru_cache
from typing import Any

from neurograph.display import Brief
from neurograph.errors import (
    FormulaError,
    InvalidTypeError,
    StructureError,
    UnknownNameError,
    did_you_mean,
)
from neurograph.formulas import Formula, Group, can_be_variable, check_name, name_of
from neurograph.records import record

__all__ = [
    "COMBINATIONS",
    "Combination",
    "CombineRule",
    "StatedCombination",
    "add_combination",
    "get_combination",
    "is_formula",
]

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
        return _is_constant(self.slope, "message")

    def operands(self, messages: Sequence[Any], senders: Iterable[str]) -> dict[str, Any]:
        """Return what `formula` is computed from, of the messages in the order of their senders."""
        return {"message": messages, "n": float(len(messages))}

    def slope_by(self, place: int, senders: Sequence[str]) -> Formula:
        """Return the derivative of `formula` by the message in one place."""
        return self.slope

    def slope_operands(
        self, place: int, messages: Sequence[Any], senders: Sequence[str]
    ) -> dict[str, Any]:
        """Return what that derivative is computed from."""
        return {
            "message": messages[place],
            "before": messages[:place],
            "after": messages[place + 1 :],
            "n": float(len(messages)),
        }

    def check_senders(self, senders: Sequence[str]) -> None:
        """Take any neurons: this rule takes all messages alike."""


@record
class StatedCombination(Brief):
    """A combine rule that is a formula in the names of the neurons that send the messages.

    Parameters
    ----------
    formula : Formula
        Each name stands for the message of that neuron, its weight times its out.

    Examples
    --------
    >>> from neurograph.combinations import get_combination
    >>> gated = get_combination("(1 - z) * c + z * h0")
    >>> gated.formula(z=0.25, c=2.0, h0=4.0)
    2.5
    >>> gated.slope_by(0, ["z", "c", "h0"])
    Formula('h0 - c')
    """

    formula: Formula

    @property
    def name(self) -> str:
        """What neurons call it: the text of the formula."""
        return self.formula.text

    @cached_property
    def is_linear(self) -> bool:
        """Whether net is linear in each message as long as the others stay."""
        formula = self.formula
        return all(_is_constant(_derivative(formula, name), name) for name in formula.variables)

    def operands(self, messages: Sequence[Any], senders: Iterable[str]) -> dict[str, Any]:
        """Return what `formula` is computed from, of the messages in the order of their senders."""
        return dict(zip(senders, messages, strict=True))

    def slope_by(self, place: int, senders: Sequence[str]) -> Formula:
        """Return the derivative of `formula` by the message in one place."""
        return _derivative(self.formula, senders[place])

    def slope_operands(
        self, place: int, messages: Sequence[Any], senders: Sequence[str]
    ) -> dict[str, Any]:
        """Return what that derivative is computed from."""
        return self.operands(messages, senders)

    def check_senders(self, senders: Sequence[str]) -> None:
        """Refuse a name of the formula that sends nothing, and a sender that it does not name.

        Raises
        ------
        StructureError
        """
        for name in self.formula.variables:
            if name not in senders:
                hint = did_you_mean(name, senders) or f"; {_listed(senders)}"
                raise StructureError(
                    f"combine = {self.name!r}: {name!r} is no neuron that sends to it{hint}"
                )
        for name in senders:
            if name not in self.formula.variables:
                raise StructureError(
                    f"combine = {self.name!r} does not name {name!r}, which sends to it{_why(name)}"
                )


#: What a neuron may have.
CombineRule = Combination | StatedCombination


@lru_cache(maxsize=1024)
def _derivative(formula: Formula, name: str) -> Formula:
    return formula.derivative(name)


def _is_constant(slope: Formula, name: str) -> bool:
    try:
        return slope.derivative(name).text == "0"
    except FormulaError:
        return False


def _listed(senders: Sequence[str]) -> str:
    return f"those are {', '.join(senders)}" if senders else "nothing does"


def _why(name: str) -> str:
    """Return why a formula cannot name a neuron, if it cannot."""
    if _names_a_neuron(name):
        return ""
    return "; its name is no plain word, or means something else in a formula"


def _names_a_neuron(name: str) -> bool:
    """Return whether a name can stand for a neuron in a formula; a bias is added after it."""
    return can_be_variable(name) and name not in ("bias", "message")


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


def is_formula(text: str) -> bool:
    """Return whether text says how messages are combined by more than words.

    Examples
    --------
    >>> is_formula("z * c"), is_formula("product"), is_formula("max pooling")
    (True, False, False)
    """
    return name_of(text, COMBINATIONS, SYNONYMS) is None and not _WORDS.fullmatch(text)


_WORDS = re.compile(r"[\w\s]*|\s*batch[\w\s-]*", re.IGNORECASE)


def get_combination(name: str) -> CombineRule:
    """Return the combine rule of this name, or the one that formula text states.

    Parameters
    ----------
    name : str
        A name of the table, one of `SYNONYMS`, or formula text in the names of the neurons that
        send the messages, such as ``"(1 - z) * c + z * h0"``.

    Returns
    -------
    Combination or StatedCombination

    Raises
    ------
    UnknownNameError
        When there is none of that name; the nearest is named.
    FormulaError
        When formula text cannot be read.
    InvalidTypeError
        On anything but text.

    Examples
    --------
    >>> from neurograph.combinations import get_combination
    >>> get_combination("mean").formula
    Formula('total(message) / n')
    >>> get_combination("a1*v1 + a2*v2").name
    'a1 * v1 + a2 * v2'
    """
    if not isinstance(name, str):
        raise InvalidTypeError(f"a combine rule is given by its name, as text, not {name!r}")
    if is_formula(name):
        return _of_formula(name)
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


@lru_cache(maxsize=256)
def _of_formula(text: str) -> StatedCombination:
    rule = StatedCombination(Formula(text, filter(_names_a_neuron, _NAMES.findall(text))))
    for name in rule.formula.variables:
        _derivative(rule.formula, name)  # refused here, not in the first backward pass
    return rule


#: Names of a formula; the exponent of 1e-3 is none.
_NAMES = re.compile(r"(?<![\w.])[A-Za-z_]\w*")


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
