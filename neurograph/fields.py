"""The checks that tables of a scenario file are made of.

A check takes what TOML gave and its place in the file, such as ``runs[0].steps[2].printed``; it
returns the value to keep, or raises `ScenarioError` with a message that begins with the place.

The keys of a table are the fields of a record: ``bias: Annotated[float | None, number] = None`` is
a key ``bias``, checked by `number`, that may be left out.
"""

import dataclasses
import json
import math
import re
from collections.abc import Callable, Hashable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
from itertools import chain
from typing import Any, NamedTuple, get_type_hints

from neurograph.addresses import parse_address
from neurograph.errors import NeurographError, ScenarioError, did_you_mean
from neurograph.escapes import first_unprintable
from neurograph.formulas import name_of
from neurograph.numerals import Numeral
from neurograph.quantities import BY_ADDRESS

#: More than a page; no title, note or cause needs as much.
MAX_TEXT = 5_000
#: Of a name; those of both ends make up an address.
MAX_NAME = 200
#: Two names, an arrow and a quantity.
MAX_ADDRESS = 2 * MAX_NAME + 20
#: Runs, steps of a run, layers, slips and figures.
MAX_LIST = 1_000
#: Rounds of training that a file may ask for: minutes, not days.
MOST_ROUNDS = 1_000_000

Check = Callable[[Any, str], Any]

_NO_SYNONYMS: Mapping[str, str] = {}

# A number as programs write it, in a cell of a table.
_PLAIN_NUMBER = re.compile(
    r"[+-]?(?:\d{1,1074}(?:\.\d{0,1074})?|\.\d{1,1074})(?:[eE][+-]?\d{1,3})?", re.A
)
# In printed digits: signs that only look like a minus, and digits in groups.
_TYPESET = re.compile(r"[−–‐'\u00a0]|\d\s+\d|^\s|\s$")
# Whether the file that is read writes a comma before its decimals.
_DECIMAL_COMMA = ContextVar("decimal_comma", default=False)
_RUN_NAME = re.compile(r"(?=.*[A-Za-z_])[A-Za-z0-9_-]+")


class Field(NamedTuple):
    """One key of a table: how its value is checked, and what stands for it when it is absent."""

    check: Check
    required: bool = False
    default: Any = None


def needed(check: Check) -> Field:
    """Return a field that must be there."""
    return Field(check, required=True)


class Mistakes:
    """Collects what is wrong with parts of a file that have nothing to do with each other.

    Examples
    --------
    >>> mistakes = Mistakes()
    >>> for key, value in {"bias": "0.5", "weight": [1]}.items():
    ...     with mistakes:
    ...         _ = number(value, key)
    >>> len(mistakes.texts)
    2
    """

    #: Nobody corrects more at a time.
    MOST = 20

    def __init__(self) -> None:
        self.texts: list[str] = []

    def __enter__(self) -> None:
        """Begin a part."""

    def __exit__(self, kind: object, error: BaseException | None, traceback: object) -> bool:
        """Keep what is wrong with it."""
        if not isinstance(error, ScenarioError):
            return False
        self.texts += error.mistakes
        return True

    @property
    def are_many(self) -> bool:
        """Whether to look no further."""
        return len(self.texts) >= self.MOST

    def check(self) -> None:
        """Raise the error of all mistakes, if there are some."""
        if self.texts:
            raise ScenarioError.of(self.texts)


def wrong(place: str, message: str) -> ScenarioError:
    """Return the error that names the place; the file itself has the empty place."""
    return ScenarioError(f"{place}: {message}" if place else message)


@contextmanager
def errors_at(place: str) -> Iterator[None]:
    """Let an error of the package say which place of the file caused it."""
    try:
        yield
    except NeurographError as error:
        raise wrong(place, str(error)) from error


def inside(place: str, key: str) -> str:
    """Return the place of a key, written as TOML writes it."""
    if not re.fullmatch(r"[A-Za-z0-9_-]+", key):
        key = json.dumps(_shortened(key), ensure_ascii=False)
    return f"{place}.{key}" if place else key


def _described(value: object) -> str:
    """Say what TOML gave, in the words of TOML."""
    match value:
        case bool():
            return f"the truth value {str(value).lower()}"
        case str():
            return f"the text {_shortened(repr(value))}"
        case int() | float():
            return f"the number {_shortened(_number_text(value))}"
        case list():
            return "a list"
        case dict():
            return "a table"
        case None:
            return "nothing"
        case tuple():
            return f"the tuple {value!r}"
    return f"the date or time {value}"


def _shortened(text: str) -> str:
    return text if len(text) <= 40 else text[:36] + " ..."


def _number_text(value: float) -> str:
    try:
        return str(value)
    # Python refuses to print integers of more than 4,300 digits; TOML can hold them in hex.
    except ValueError:
        return "(thousands of digits)"


def text(value: Any, place: str) -> str:
    """Check a text of one line or more; line breaks and runs of spaces become one space."""
    if not isinstance(value, str):
        raise wrong(place, f"expected text, got {_described(value)}")
    line = " ".join(value.split())
    if not line:
        raise wrong(place, "expected text, got an empty text")
    # A file could otherwise send commands to the terminal that shows it.
    if bad := first_unprintable(line):
        raise wrong(place, f"holds the unprintable character U+{ord(bad):04X}")
    if len(line) > MAX_TEXT:
        raise wrong(place, f"{len(line):,} characters long; a text has at most {MAX_TEXT:,}")
    return line


def name(value: Any, place: str) -> str:
    """Check a name, as of a neuron: a text that can be typed."""
    line = text(value, place)
    if len(line) > MAX_NAME:
        raise wrong(place, f"{len(line):,} characters long; a name has at most {MAX_NAME:,}")
    return line


def node(value: Any, place: str) -> Hashable:
    """Check the name of a neuron: a name, a whole number, or a tuple of these as grids have."""
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    if isinstance(value, list | tuple):
        return tuple(node(part, f"{place}[{index}]") for index, part in enumerate(value))
    return name(value, place)


def number(value: Any, place: str) -> float:
    """Check a finite number."""
    if isinstance(value, str) and _PLAIN_NUMBER.fullmatch(value):
        raise wrong(place, f"expected a number, got {_described(value)}; write it without quotes")
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise wrong(place, f"expected a number, got {_described(value)}")
    try:
        kept = float(value)
    except OverflowError:
        kept = math.inf
    if not math.isfinite(kept):
        raise wrong(place, f"expected a finite number, got {_described(value)}")
    return kept


def not_negative(value: Any, place: str) -> float:
    """Check a finite number that is not negative."""
    kept = number(value, place)
    if kept < 0:
        raise wrong(place, f"expected a number of zero or more, got {kept:g}")
    return kept


def integer(low: int, high: int) -> Check:
    """Return a check for a whole number within limits."""

    def check(value: Any, place: str) -> int:
        if isinstance(value, bool) or not isinstance(value, int):
            raise wrong(place, f"expected a whole number, got {_described(value)}")
        if not low <= value <= high:
            raise wrong(
                place, f"expected a whole number from {low:,} to {high:,}, got {_described(value)}"
            )
        return value

    return check


#: Samples and rounds, counted from 1.
count = integer(1, MOST_ROUNDS)
#: What NumPy draws by.
seed_number = integer(0, 2**32 - 1)


def truth(value: Any, place: str) -> bool:
    """Check a truth value."""
    if not isinstance(value, bool):
        raise wrong(place, f"expected true or false, got {_described(value)}")
    return value


def choice(*words: str) -> Check:
    """Return a check for one of some words."""
    return choice_of(dict.fromkeys(words))


def choice_of(words: Mapping[str, Any], synonyms: Mapping[str, str] = _NO_SYNONYMS) -> Check:
    """Return a check for a name of a table, as the table is when a file is read.

    What others call it is understood, and stands under the name of the table from then on.
    """

    def check(value: Any, place: str) -> str:
        if not isinstance(value, str):
            raise wrong(place, f"expected one of {', '.join(words)}; got {_described(value)}")
        known = value if value in words else synonyms and name_of(value, words, synonyms)
        if not known:
            near = did_you_mean(value, [*words, *synonyms])
            near = near or f"; expected one of {', '.join(words)}"
            raise wrong(place, f"unknown choice {_shortened(repr(value))}{near}")
        return known

    return check


def name_or_formula(words: Mapping[str, Any], synonyms: Mapping[str, str]) -> Check:
    """Return a check for a name of a table, or the text of a formula, which is read later."""

    def check(value: Any, place: str) -> str:
        line = text(value, place)
        return name_of(line, words, synonyms) or line

    return check


def address(value: Any, place: str) -> str:
    """Check an address."""
    if isinstance(value, str) and len(value) > MAX_ADDRESS:
        raise wrong(
            place, f"{len(value):,} characters long; an address has at most {MAX_ADDRESS:,}"
        )
    with errors_at(place):
        parse_address(value)
    return str(value)


def run_name(value: Any, place: str) -> str:
    """Check a name that is to be typed on a command line, where a number means a position."""
    name = text(value, place)
    if not _RUN_NAME.fullmatch(name):
        raise wrong(
            place,
            f"expected a name of letters, digits, '_' and '-', not of digits alone, got {name!r};"
            " 'title' takes any text",
        )
    return name


@contextmanager
def decimal_commas(stated: object) -> Iterator[None]:
    """Read printed digits with a comma before the decimals, where a file states that they have."""
    token = _DECIMAL_COMMA.set(stated is True)
    try:
        yield
    finally:
        _DECIMAL_COMMA.reset(token)


def printed_number(value: Any, place: str) -> Numeral:
    """Check the digits of a number, kept as text because its last digit says how exact it is."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        raise wrong(
            place,
            f"expected the printed digits as text, got {_described(value)}; put it in quotes,"
            " so that every printed digit is kept",
        )
    if not isinstance(value, str):
        raise wrong(place, f"expected the printed digits as text, got {_described(value)}")
    number = _printed(value)
    if number is None:
        such = "'0,3775', as decimal_comma = true says" if _DECIMAL_COMMA.get() else "'0.3775'"
        hint = _hint(value)
        raise wrong(place, f"{_shortened(repr(value))} is not a number such as {such}{hint}")
    if not math.isfinite(float(number)):
        raise wrong(place, f"{_shortened(repr(value))} is larger than any number computed here")
    return number


def _printed(text: str) -> Numeral | None:
    """Return printed digits as a number; `None` where they are not written plainly."""
    comma = _DECIMAL_COMMA.get()
    if _TYPESET.search(text) or ("," in text and not comma):
        return None
    try:
        number = Numeral(text, decimal_comma=comma)
    except NeurographError:
        return None
    return None if number.remarks else number


def finite_text(value: str, place: str) -> float:
    """Return the number that a cell of a table holds as text."""
    if not _PLAIN_NUMBER.fullmatch(value):
        hint = _hint(value)
        raise wrong(place, f"expected a number, got {_shortened(repr(value))}{hint}")
    if not math.isfinite(float(value)):
        raise wrong(place, f"expected a finite number, got {_shortened(repr(value))}")
    return float(value)


def _hint(digits: str) -> str:
    """Suggest the digits that were meant, where they were copied as a page shows them."""
    for comma in (None, False):
        try:
            meant = Numeral(digits, decimal_comma=comma).plain
        except NeurographError:
            continue
        if _DECIMAL_COMMA.get():
            meant = meant.replace(".", ",")
        return f"; did you mean {meant!r}?"
    return ""


def list_of(check: Check, most: int | None = None) -> Check:
    """Return a check for a list of at least one item, and at most so many."""

    def check_list(value: Any, place: str) -> tuple[Any, ...]:
        if not isinstance(value, list):
            raise wrong(place, f"expected a list, got {_described(value)}")
        if not value:
            raise wrong(place, "expected a list with at least one item, got an empty one")
        if most is not None and len(value) > most:
            raise wrong(place, f"{len(value):,} are too many; a file has at most {most:,} of these")
        if not isinstance(value[0], dict):
            return tuple(check(item, f"{place}[{index}]") for index, item in enumerate(value))
        kept, mistakes = [], Mistakes()
        for index, item in enumerate(value):
            with mistakes:
                kept.append(check(item, f"{place}[{index}]"))
            if mistakes.are_many:
                break
        mistakes.check()
        return tuple(kept)

    return check_list


def matrix(value: Any, place: str) -> tuple[tuple[float, ...], ...]:
    """Check a list of lists of finite numbers; large ones at once."""
    if isinstance(value, list) and value and all(isinstance(row, list) and row for row in value):
        kinds = set().union(*(map(type, row) for row in value))
        if kinds == {float} and all(map(math.isfinite, chain.from_iterable(value))):
            return tuple(map(tuple, value))
    rows: tuple[tuple[float, ...], ...] = list_of(list_of(number))(value, place)
    return rows


def free_items(value: Any, place: str) -> dict[str, Any]:
    """Check what somebody stored of his own: texts, numbers, truth values, and lists of these."""
    if not isinstance(value, dict):
        raise wrong(place, f"expected a table, got {_described(value)}")
    for key, item in value.items():
        if text(key, place) in BY_ADDRESS:
            raise wrong(place, f"{key!r} is what the network computes or has a key of its own")
        _check_free(item, inside(place, key))
    return value


def _check_free(value: Any, place: str) -> None:
    if isinstance(value, list):
        for index, item in enumerate(value):
            _check_free(item, f"{place}[{index}]")
    elif isinstance(value, dict):
        for key, item in value.items():
            _check_free(item, inside(place, text(key, place)))
    elif isinstance(value, float):
        number(value, place)
    elif not isinstance(value, str | bool | int | None):
        raise wrong(place, f"expected text, a number, a truth value or a list, got {value!r}")


def either_list(check: Check) -> Check:
    """Return a check for a list, or for one item alone, which is a list of one."""

    def check_either(value: Any, place: str) -> tuple[Any, ...]:
        if isinstance(value, list):
            items: tuple[Any, ...] = list_of(check)(value, place)
            return items
        return (check(value, place),)

    return check_either


def either(of_text: Check, of_list: Check, of_number: Check) -> Check:
    """Return a check for what may be given in three forms."""

    def check(value: Any, place: str) -> Any:
        if isinstance(value, str):
            return of_text(value, place)
        return (of_list if isinstance(value, list) else of_number)(value, place)

    return check


@cache
def keys_of(record: Any) -> Mapping[str, Field]:
    """Return the keys that a table has for a record: its annotated fields, in their order.

    The first thing that a field is annotated with is its check. A second is what a file calls it,
    if that is another name.
    """
    hints = get_type_hints(record, include_extras=True)
    keys = {}
    for field in dataclasses.fields(record):
        check, *names = getattr(hints[field.name], "__metadata__", (None,))
        if check is not None:
            required = field.default is dataclasses.MISSING
            default = None if required else field.default
            keys[names[0] if names else field.name] = Field(check, required, default)
    return keys


def record_of(record: Callable[..., Any]) -> Check:
    """Return a check for a table whose keys are the fields of a record."""
    return table_of(record, keys_of(record))


def table_of(build: Callable[..., Any], table: Mapping[str, Field]) -> Check:
    """Return a check for a table with known keys, which builds a record of the values."""

    def check(value: Any, place: str) -> Any:
        if not isinstance(value, dict):
            raise wrong(place, f"expected a table, got {_described(value)}")
        kept, mistakes = {}, Mistakes()
        for key in value:
            if key not in table:
                near = did_you_mean(key, table) or f"; the keys here are {', '.join(table)}"
                with mistakes:
                    raise wrong(place, f"unknown key {_shortened(repr(key))}{near}")
        # What is missing may be what the unknown one means.
        all_known = not mistakes.texts
        for key, field in table.items():
            with mistakes:
                if key in value:
                    kept[key] = field.check(value[key], inside(place, key))
                elif field.required and all_known:
                    raise wrong(place, f"missing key {key!r}")
                else:
                    kept[key] = field.default
        mistakes.check()
        return build(**kept)

    return check


def mapping_of(check_key: Check, check: Check) -> Check:
    """Return a check for a table whose keys the author of the file chooses."""

    def check_mapping(value: Any, place: str) -> dict[str, Any]:
        if not isinstance(value, dict):
            raise wrong(place, f"expected a table, got {_described(value)}")
        kept, mistakes = {}, Mistakes()
        for key, item in value.items():
            where = inside(place, key)
            with mistakes:
                check_key(key, where)
                kept[key] = check(item, where)
        mistakes.check()
        return kept

    return check_mapping


def samples(value: Any, place: str) -> Any:
    """Check inputs or targets: numbers, a list of numbers for each sample, or by neuron."""
    if isinstance(value, dict):
        return mapping_of(text, _by_neuron)(value, place)
    if isinstance(value, list) and value and isinstance(value[0], list):
        return list_of(list_of(number))(value, place)
    if isinstance(value, list):
        return list_of(number)(value, place)
    alone = isinstance(value, int | float) and not isinstance(value, bool)
    hint = "; one number is a list too, such as [1]" if alone else ""
    raise wrong(place, f"expected a list, or a table by neuron, got {_described(value)}{hint}")


def _by_neuron(value: Any, place: str) -> Any:
    return list_of(number)(value, place) if isinstance(value, list) else number(value, place)
