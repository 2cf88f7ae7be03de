"""Records: classes whose objects stay as they were made, equal to others with the same fields."""

from collections.abc import Callable
from dataclasses import MISSING, FrozenInstanceError, dataclass, field, fields
from operator import attrgetter
from typing import Any, TypeVar, dataclass_transform, overload

__all__ = ["record"]

_T = TypeVar("_T")
_Method = Callable[..., Any]
_Methods = dict[str, _Method]


@overload
def record(cls: type[_T], /) -> type[_T]: ...
@overload
def record(
    *, eq: bool = True, slots: bool = False, kw_only: bool = False
) -> Callable[[type[_T]], type[_T]]: ...
@dataclass_transform(frozen_default=True, field_specifiers=(field,))
def record(
    cls: type[Any] | None = None, /, *, eq: bool = True, slots: bool = False, kw_only: bool = False
) -> Any:
    """Make a class what `dataclasses.dataclass(frozen=True)` makes of it, in less time.

    Of a dataclass up to six methods are compiled whenever its module is imported; of a record only
    `__init__` is, and the others are the same for all. A class that says itself how its objects
    are shown, or that inherits it, keeps that.

    Parameters
    ----------
    eq, slots, kw_only : bool
        As for `dataclasses.dataclass`.

    Returns
    -------
    type
        To `dataclasses.fields`, `replace` and `asdict` its objects are those of a dataclass.

    Examples
    --------
    >>> from neurograph.records import record
    >>> @record
    ... class Point:
    ...     x: float
    ...     y: float = 0.0
    >>> Point(1.0), Point(1.0) == Point(x=1.0, y=0.0)
    (Point(x=1.0, y=0.0), True)
    """

    def made(cls: Any) -> Any:
        stated = set(vars(cls))
        cls = dataclass(init=False, repr=False, eq=False, slots=slots, kw_only=kw_only)(cls)
        methods = _init(cls) | _unchanging(cls) | (_by_value(cls) if eq else {})
        methods |= {"__getstate__": _values, "__setstate__": _restore} if slots else {}
        for name in methods.keys() - stated:
            setattr(cls, name, methods[name])
        if cls.__repr__ is object.__repr__:
            cls.__repr__ = _shown
        return cls

    return made if cls is None else made(cls)


class _Absent:
    """What stands in a signature for a value that is made for each object."""

    def __repr__(self) -> str:
        return "<factory>"


_ABSENT = _Absent()


def _init(cls: type[Any]) -> _Methods:
    """Return what takes the fields: compiled, so that it is fast and tells its parameters."""
    scope: dict[str, Any] = {"set_field": object.__setattr__, "absent": _ABSENT}
    positional, named, lines = ["self"], ["*"], ["pass"]
    for one in fields(cls):
        name = parameter = value = one.name
        if one.default is not MISSING:
            scope[f"usual_{name}"] = one.default
            parameter = f"{name}=usual_{name}"
        elif one.default_factory is not MISSING:
            scope[f"make_{name}"] = one.default_factory
            parameter, value = f"{name}=absent", f"make_{name}() if {name} is absent else {name}"
        (named if one.kw_only else positional).append(parameter)
        lines.append(f"set_field(self, {name!r}, {value})")
    if hasattr(cls, "__post_init__"):
        lines.append("self.__post_init__()")
    parameters = ", ".join(positional + (named if named[1:] else []))
    exec(f"def __init__({parameters}):\n    " + "\n    ".join(lines), scope)
    init: _Method = scope["__init__"]
    init.__qualname__ = f"{cls.__qualname__}.__init__"
    init.__annotations__ = {one.name: one.type for one in fields(cls)} | {"return": None}
    return {"__init__": init}


def _unchanging(cls: type[Any]) -> _Methods:
    """Return what refuses to change a field; subclasses may have attributes of their own."""
    names = {one.name for one in fields(cls)}

    def set_field(self: Any, name: str, value: object) -> None:
        if type(self) is cls or name in names:
            raise FrozenInstanceError(f"cannot assign to field {name!r}")
        super(cls, self).__setattr__(name, value)

    def delete_field(self: Any, name: str) -> None:
        if type(self) is cls or name in names:
            raise FrozenInstanceError(f"cannot delete field {name!r}")
        super(cls, self).__delattr__(name)

    return {"__setattr__": set_field, "__delattr__": delete_field}


def _by_value(cls: type[Any]) -> _Methods:
    """Return what compares the fields of two objects of the same class, and a hash of them."""
    names = [one.name for one in fields(cls) if one.compare]
    # Of several names it returns a tuple, in which the same nan is equal to itself.
    values = attrgetter(*names, *names[:1])

    def equal(self: Any, other: object) -> Any:
        if other.__class__ is self.__class__:
            return values(self) == values(other)
        return NotImplemented

    def hashed(self: Any) -> int:
        return hash(values(self))

    return {"__eq__": equal, "__hash__": hashed}


# -- the same for all ------------------------------------------------------------------------------


def _shown(self: Any) -> str:
    shown = (f"{one.name}={getattr(self, one.name)!r}" for one in fields(self) if one.repr)
    return f"{type(self).__qualname__}({', '.join(shown)})"


def _values(self: Any) -> list[Any]:
    """Return what is pickled of an object without a dictionary."""
    return [getattr(self, one.name) for one in fields(self)]


def _restore(self: Any, values: list[Any]) -> None:
    for one, value in zip(fields(self), values, strict=True):
        object.__setattr__(self, one.name, value)
