"""Checking a formula, and a derivative given for it, before they enter a table."""

import keyword
import math
import re
from collections.abc import Callable, Container, Mapping, MutableMapping
from typing import Any, Protocol, TypeVar

import numpy as np
from numpy.typing import NDArray

from neurograph.errors import FormulaError, InvalidTypeError, UnknownNameError, did_you_mean
from neurograph.formulas.functions import FUNCTIONS
from neurograph.formulas.tree import CONSTANTS

__all__ = ["check_derivative", "check_name", "enter", "look_up", "name_of", "with_numbers"]

# Small enough that the truncation error of a central difference is near that of rounding.
_STEP = 1e-5


def check_name(name: Any, what: str, variables: list[str]) -> None:
    """Refuse a name that could not be told from formula text."""
    if not isinstance(name, str):
        raise InvalidTypeError(f"the name of {what} is text, got {type(name).__name__}: {name!r}")
    if not name.isidentifier() or keyword.iskeyword(name):
        raise FormulaError(f"{name!r} cannot name {what}: it is not a plain word, as my_own is")
    if name in (*variables, *CONSTANTS):
        raise FormulaError(f"{name!r} cannot name {what}: in a formula it means something else")


def name_of(text: str, table: Container[str], synonyms: Mapping[str, str]) -> str | None:
    """Return what a table, or a formula, calls the thing that somebody calls `text`, or `None`.

    Examples
    --------
    >>> from neurograph.activations import ACTIVATIONS, SYNONYMS
    >>> name_of("Sigmoid", ACTIVATIONS, SYNONYMS), name_of("ReLU", ACTIVATIONS, SYNONYMS)
    ('logistic', 'relu')
    """
    if text in table:
        return text
    plain = text.strip().lower().replace("-", "_").replace(" ", "_")
    return plain if plain in table else synonyms.get(plain)


def with_numbers(text: str, templates: Mapping[str, str]) -> str | None:
    """Return the formula of a word with numbers in parentheses, or `None` for any other text.

    Parameters
    ----------
    text : str
    templates : mapping from str to str
        By word, a formula with ``{0}``, ``{1}`` and so on in the places of its numbers.

    Raises
    ------
    FormulaError
        When there are too many or too few numbers.
    UnknownNameError
        When the word is none of these, and no function of formulas.

    Examples
    --------
    >>> with_numbers("step(-0.5)", {"step": "1 if net >= {0} else 0"})
    '1 if net >= (-0.5) else 0'
    """
    called = _WITH_NUMBERS.fullmatch(text)
    if called is None:
        return None
    word = called["word"].lower().replace("-", "_")
    if word not in templates:
        if word in FUNCTIONS:
            return None
        hint = did_you_mean(word, [*templates, *FUNCTIONS])
        hint = hint or f"; numbers have {', '.join(templates)}"
        raise UnknownNameError(f"no word {word!r} with numbers{hint}")
    numbers = [part.strip() for part in called["numbers"].split(",")]
    template = templates[word]
    n_places = len(set(re.findall(r"{(\d)}", template)))
    if len(numbers) != n_places or not all(map(_is_number, numbers)):
        raise FormulaError(
            f"{text.strip()!r}: {word} takes {n_places} number{'s' if n_places > 1 else ''} in its"
            f" parentheses, as {word}({', '.join(['0.5'] * n_places)})"
        )
    return template.format(*(f"({part})" if part[0] in "+-" else part for part in numbers))


_WITH_NUMBERS = re.compile(
    r"\s*(?P<word>[A-Za-z][A-Za-z0-9_-]*)\s*\((?P<numbers>[-+.,\deE\s]*)\)\s*"
)


def _is_number(text: str) -> bool:
    try:
        return math.isfinite(float(text))
    except ValueError:
        return False


class Row(Protocol):
    """One row of a table of formulas."""

    @property
    def name(self) -> str: ...
    @property
    def formula(self) -> Any: ...
    @property
    def derivative(self) -> Any: ...


R = TypeVar("R", bound=Row)


def look_up(
    text: Any,
    table: Mapping[str, R],
    what: str,
    variables: list[str],
    synonyms: Mapping[str, str],
    templates: Mapping[str, str],
) -> R | str:
    """Return the row that `text` names, or the text of a formula.

    Parameters
    ----------
    text : str
    table : mapping from str to row
    what : str
        What a row is, with its article: ``"a loss"``.
    variables : list of str
        Those of the formulas.
    synonyms : mapping from str to str
        By what others call a row, its name; or by what they call a formula, its text.
    templates : mapping from str to str
        By words that have numbers, their formulas: see `with_numbers`.

    Raises
    ------
    UnknownNameError
        When there is no such name; the nearest is named.
    InvalidTypeError
        On anything but text.
    """
    if not isinstance(text, str):
        raise InvalidTypeError(
            f"{what} is given by its name or its formula, as text; got"
            f" {type(text).__name__}: {text!r}"
        )
    name = name_of(text, table, synonyms)
    if name is not None:
        return table.get(name, name)
    if text.isidentifier() and text not in (*variables, *CONSTANTS):
        *most, last = variables
        names = f"{', '.join(most)} and {last}" if most else last
        listed = f"; there are {', '.join(table)}, and formulas in {names}"
        hint = did_you_mean(text, [*table, *synonyms]) or listed
        raise UnknownNameError(f"no {what.split()[-1]} {text!r}{hint}")
    return with_numbers(text, templates) or text


def enter(
    table: MutableMapping[str, R], row: R, what: str, *, derived: bool, check: Callable[[R], R]
) -> R:
    """Add a row to a table, unless the same is there.

    Parameters
    ----------
    table : mutable mapping from str to row
    row : row
    what : str
        What a row is, with its article.
    derived : bool
        Whether the derivative was derived, so that any derivative of the same formula will do.
    check : callable
        Raises if the row cannot enter.

    Returns
    -------
    row
        The one in the table.

    Raises
    ------
    FormulaError
        When something else has the name.
    """
    known = table.get(row.name)
    if known is None:
        table[row.name] = check(row)
        return row
    if known.formula == row.formula and (derived or known.derivative == row.derivative):
        return known
    raise FormulaError(
        f"there is {what} {row.name!r} already, {known.formula.text!r} with derivative"
        f" {known.derivative.text!r}; choose another name"
    )


def check_derivative(
    name: str,
    formula: Any,
    given: NDArray[np.float64],
    variable: str,
    points: Mapping[str, NDArray[np.float64]],
) -> None:
    """Compare a derivative with central differences of its formula, away from kinks.

    Parameters
    ----------
    name : str
        What the formula is called in messages.
    formula : Formula
    given : ndarray of shape (n_points,)
        What the derivative gives at the points.
    variable : str
        What the derivative is taken by.
    points : mapping from str to ndarray of shape (n_points,)
        A value for each variable of the formula.

    Raises
    ------
    FormulaError
        At the first point where the two differ, or when the formula is finite at no point.
    """

    def at(shift: float) -> Any:
        return formula(**{**points, variable: points[variable] + shift})

    here, after, before = at(0.0), at(_STEP), at(-_STEP)
    if not np.isfinite(here).any():
        where = _where(points, 0)
        raise FormulaError(
            f"the formula of {name!r}, {formula.text!r}, is finite at none of the values tried,"
            f" such as {where}, where it is {here[0]:.6g}"
        )
    with np.errstate(all="ignore"):
        central = (after - before) / (2 * _STEP)
        wide = (at(3 * _STEP) - at(-3 * _STEP)) / (6 * _STEP)
        bend = np.abs(after - 2 * here + before) / _STEP
        slack = 1e-6 * (1 + np.abs(central)) + 1e-9 * np.abs(here)
        # At a jump or a kink, of the slope too, steps of another length give another difference.
        smooth = np.isfinite(central) & (bend < 1e-2 * (1 + np.abs(central)))
        smooth &= np.abs(wide - central) <= slack
        close = np.abs(given - central) <= slack
    for place in np.flatnonzero(smooth & ~close):
        raise FormulaError(
            f"the derivative given for {name!r} is not the derivative of its formula: at"
            f" {_where(points, place)} it gives {given[place]:.6g},"
            f" central difference gives {central[place]:.6g}"
        )


def _where(points: Mapping[str, NDArray[np.float64]], place: Any) -> str:
    return ", ".join(f"{name}={values[place]:g}" for name, values in points.items())
