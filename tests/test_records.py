"""Records: they do what frozen dataclasses do."""

import copy
import inspect
import math
import pickle
from dataclasses import FrozenInstanceError, asdict, dataclass, field, fields, replace
from typing import Any

import pytest

from neurograph.display import Brief
from neurograph.records import record

_OPTIONS = pytest.mark.parametrize(
    "options",
    [{}, {"slots": True}, {"kw_only": True}, {"eq": False}, {"slots": True, "kw_only": True}],
    ids=str,
)


class _Bare:
    """Fields of every kind."""

    name: str
    size: float = 1.5
    parts: list[int] = field(default_factory=list, compare=False)
    hidden: int = field(default=0, repr=False)
    late: str = field(default="", kw_only=True)


def _both(**options: Any) -> tuple[Any, Any]:
    """Return the same class as a record and as a frozen dataclass."""
    body = {key: value for key, value in vars(_Bare).items() if key[:2] != "__"}
    body |= {"__annotations__": _Bare.__annotations__, "__doc__": "", "__module__": __name__}
    kinds = []
    for made in (record(**options), dataclass(frozen=True, **options)):
        fresh = {key: copy.copy(value) for key, value in body.items()}
        kinds.append(made(type("Thing", (), fresh)))
    return kinds[0], kinds[1]


@_OPTIONS
def test_a_record_has_the_signature_of_a_dataclass(options: dict[str, bool]) -> None:
    """Parameters, their order and their usual values are the same, and so are the fields."""
    ours, theirs = _both(**options)
    assert str(inspect.signature(ours)) == str(inspect.signature(theirs))
    assert ours.__match_args__ == theirs.__match_args__
    assert [one.name for one in fields(ours)] == [one.name for one in fields(theirs)]
    assert hasattr(ours(name="a"), "__dict__") == hasattr(theirs(name="a"), "__dict__")


@_OPTIONS
def test_a_record_is_made_shown_and_replaced_as_a_dataclass(options: dict[str, bool]) -> None:
    """Values given, usual values and values made for each object end up in the same fields."""
    ours, theirs = (kind(name="a", hidden=3, late="z") for kind in _both(**options))
    assert repr(ours) == repr(theirs)
    assert asdict(ours) == asdict(theirs)
    assert asdict(replace(ours, size=2.0)) == asdict(replace(theirs, size=2.0))
    assert ours.parts is not type(ours)(name="b").parts


@_OPTIONS
def test_what_is_missing_or_too_much_is_refused_in_the_same_words(options: dict[str, bool]) -> None:
    """Errors about arguments name the class and the parameter."""
    errors = []
    for kind in _both(**options):
        for arguments in ({}, {"name": "a", "nmae": "b"}):
            with pytest.raises(TypeError, match=r"Thing\.__init__\(\)") as caught:
                kind(**arguments)
            errors.append(str(caught.value))
    assert errors[:2] == errors[2:]


@_OPTIONS
@pytest.mark.parametrize("name", ["size", "other"])
def test_nothing_can_be_set_or_deleted(options: dict[str, bool], name: str) -> None:
    """A field cannot, and neither can what is none."""
    thing = _both(**options)[0](name="a")
    with pytest.raises(FrozenInstanceError, match=f"cannot assign to field '{name}'"):
        setattr(thing, name, 2.0)
    with pytest.raises(FrozenInstanceError, match=f"cannot delete field '{name}'"):
        delattr(thing, name)


def test_a_subclass_may_have_attributes_of_its_own() -> None:
    """Only what is a field of the record stays; whatever a subclass adds can be set and deleted."""
    thing = type("Own", (_both()[0],), {})(name="a")
    thing.note = "later"
    assert thing.note == "later"
    del thing.note
    assert not hasattr(thing, "note")
    with pytest.raises(FrozenInstanceError, match="cannot assign to field 'size'"):
        thing.size = 2.0


@_OPTIONS
def test_records_are_equal_when_dataclasses_are(options: dict[str, bool]) -> None:
    """Fields of the same class are compared, but for those that say otherwise; so is the hash."""
    for kind in _both(**options):
        one, same, other = kind(name="a", parts=[1]), kind(name="a"), kind(name="b")
        by_value = options.get("eq", True)
        assert (one == same) is by_value
        assert (hash(one) == hash(same)) is by_value
        assert one != other
        assert one != ("a", 1.5, 0, "")


def test_records_of_two_classes_are_never_equal() -> None:
    """The same fields in another class are something else."""
    ours, theirs = (kind(name="a") for kind in _both())
    assert ours != theirs
    assert ours.__eq__(theirs) is NotImplemented


def test_one_field_that_is_nan_is_equal_to_itself() -> None:
    """As in a tuple of fields, and in a dataclass, what is the same object is equal."""

    @record
    class Single:
        value: float

    assert Single(math.nan) == Single(math.nan)
    assert hash(Single(2.0)) == hash(Single(2.0))
    assert Single(1.0) != Single(2.0)


@record(slots=True)
class Pickled:
    """At the top of a module, where pickle finds it."""

    name: str
    parts: tuple[int, ...] = ()


@record
class PickledWithDictionary:
    """The same without slots."""

    name: str
    parts: tuple[int, ...] = ()


@pytest.mark.parametrize("kind", [Pickled, PickledWithDictionary])
def test_a_record_can_be_copied_and_pickled(kind: Any) -> None:
    """A copy is another object with the same fields."""
    thing = kind("a", (1, 2))
    for again in (copy.copy(thing), copy.deepcopy(thing), pickle.loads(pickle.dumps(thing))):
        assert again is not thing
        assert again == thing


def test_what_a_class_says_itself_stays() -> None:
    """Its own way to be shown, to be compared and to be checked, inherited or not."""

    @record
    class Checked(Brief):
        name: str
        size: float = 1.0

        def __post_init__(self) -> None:
            if self.size < 0:
                raise ValueError("below 0")

        def __hash__(self) -> int:
            return 7

    assert repr(Checked("a")) == "Checked(name='a')"
    assert hash(Checked("a")) == 7
    with pytest.raises(ValueError, match="below 0"):
        Checked("a", -1.0)
