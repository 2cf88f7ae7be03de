"""How objects show themselves: in one short line, and as a document where more can be shown.

What a document says of an object is found out on floors above it. Here are only the methods that
notebooks and terminals ask for, and the place where the package says who writes the document.
"""

from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence, Set

# As type checkers know it: this module is imported with the package itself.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Protocol

    class Portrait(Protocol):
        """What can be written as a page or as text."""

        def written(self, format: str, **style: Any) -> str: ...


__all__ = [
    "Brief",
    "Displayed",
    "brief",
    "in_full",
    "in_line",
    "in_words",
    "portray_by",
    "shortened",
]

#: Letters of a whole line, and of one value in it.
_LINE, _VALUE = 160, 48

#: Who writes a document on an object, with or without a picture; the package sets it.
_painters: "list[Callable[[object, bool], Portrait]]" = []


def portray_by(painter: "Callable[[object, bool], Portrait]") -> None:
    """Say who writes a document on an object.

    Parameters
    ----------
    painter : function of an object and a bool
        Returns what can be written in every format, with a picture where the bool says so.
    """
    _painters[:] = [painter]


class Displayed:
    """What notebooks show as a page, and `rich` on a terminal as text."""

    __slots__ = ()

    def _portrait(self, *, picture: bool = False) -> "Portrait":
        return _painters[-1](self, picture)

    def _repr_html_(self) -> str:
        return self._portrait(picture=True).written("html", cell=True)

    def _repr_markdown_(self) -> str:
        return self._portrait().written("markdown")

    def __rich_console__(self, console: "Any", options: "Any") -> "Iterable[Any]":
        from rich.text import Text  # it is there already: its console asks

        text = self._portrait().written(
            "text",
            width=options.max_width,
            encoding=options.encoding,
            colour=console.color_system is not None,
        )
        for line in text.rstrip("\n").split("\n"):
            yield Text.from_ansi(line, no_wrap=True, overflow="ignore")


class Brief:
    """What is shown as one short line with the values of its fields, long ones in words."""

    __slots__ = ()

    def __repr__(self) -> str:
        return brief(self)


def brief(record: object) -> str:
    """Return a record as one short line: the fields that are not as usual, long ones in words.

    Parameters
    ----------
    record : dataclass, NamedTuple or any object
        Of an object without declared fields, its class alone.
    """
    fields = getattr(type(record), "__dataclass_fields__", None)
    if fields is not None:
        usual = {name: field.default for name, field in fields.items() if field.repr}
    else:
        names = getattr(type(record), "_fields", None)
        if names is None:
            return f"<{type(record).__name__}>"
        usual = dict.fromkeys(names, _painters)  # none
    values = ((name, getattr(record, name), usual[name]) for name in usual if name[:1] != "_")
    stated = (f"{name}={in_words(value)}" for name, value, as_usual in values
              if value is not as_usual)  # fmt: skip
    return f"{type(record).__name__}({in_line(stated)})"


def in_line(parts: Iterable[str], most: int = _LINE, number: int = 100) -> str:
    """Return parts with commas between them, and how many there was no room for.

    Parameters
    ----------
    parts : iterable of str
    most : int
        How many letters there is room for.
    number : int
        How many parts there is room for.

    Examples
    --------
    >>> in_line(["one", "two", "three"], most=10)
    'one, two, and 1 more'
    """
    parts, length, shown = list(parts), 0, list[str]()
    for part in parts[:number]:
        length += len(part) + 2
        if length > most + 2:
            break
        shown.append(part)
    if parts and not shown:
        shown = [shortened(parts[0], most)]
    more = len(parts) - len(shown)
    return ", ".join([*shown, f"and {more:,} more"] if more else shown)


def shortened(text: str, most: int = _VALUE) -> str:
    """Return text, its end left out where it is long."""
    return text if len(text) <= most else f"{text[: most - 3]}..."


def in_words(value: object) -> str:
    """Return a value as it stands in a line: itself where it is short, else what it is.

    Examples
    --------
    >>> in_words(0.1 + 0.2), in_words(range(3)), in_words(["a"] * 100), in_words({"a": 1})
    ('0.3', 'range(0, 3)', '<100 items>', "{'a': 1}")
    """
    if isinstance(value, float):
        return f"{value:.9g}"
    if isinstance(value, str):
        return repr(shortened(value))
    if shape := getattr(value, "shape", ()):
        return f"<{' x '.join(map(str, shape))} numbers>"
    if isinstance(value, Mapping | Sequence | Set) and type(value).__module__ == "builtins":
        return _collected(value)
    if callable(value) and (name := getattr(value, "__name__", "")):
        return shortened(name)
    text = repr(value)
    if len(text) <= _VALUE and " object at 0x" not in text and "\n" not in text:
        return text
    return f"<{type(value).__name__}>"


def in_full(value: object) -> str:
    """Return a value with all that is in it, for what is to depend on everything.

    Examples
    --------
    >>> in_full(["a" * 60, (0.1 + 0.2,)]) == repr(["a" * 60, (0.1 + 0.2,)])
    True
    """
    if type(value) is tuple:
        return f"({', '.join(map(in_full, value))}{',' * (len(value) == 1)})"
    if type(value) is list:
        return f"[{', '.join(map(in_full, value))}]"
    fields = getattr(type(value), "__dataclass_fields__", None)
    if fields is None:
        return repr(value)
    parts = (f"{name}={in_full(getattr(value, name))}" for name in fields if fields[name].repr)
    return f"{type(value).__qualname__}({', '.join(parts)})"


def _collected(values: "Mapping[Any, Any] | Sequence[Any] | Set[Any]") -> str:
    """Return a collection of Python's own."""
    if len(values) <= _VALUE // 3:
        text = repr(_plain(values))
        if len(text) <= _VALUE and " object at 0x" not in text:
            return text
    return f"<{len(values)} item{'s'[: len(values) != 1]}>"


def _plain(values: "Mapping[Any, Any] | Sequence[Any] | Set[Any]") -> object:
    """Return a collection whose floats are no longer than people write them."""
    if isinstance(values, Mapping):
        return {key: _short(value) for key, value in values.items()}
    if type(values) in (list, tuple):
        return type(values)(map(_short, values))  # type: ignore[call-arg]
    return values


def _short(value: "Hashable | Any") -> "Any":
    return float(f"{value:.9g}") if isinstance(value, float) else value
