"""The objects: `Neuron` and `Connection`, the data of a network's nodes and edges.

Each is a mapping, as NetworkX expects of node and edge data, whose values can also be read as
attributes. Attributes are strict (a misspelt one is an error), items are open (NetworkX and its
users store what they like). A value that no pass has computed is not there; the arrays that a
pass of a batch left are there and are not listed.
"""

import math
import numbers
import sys
from collections import deque
from collections.abc import (
    Callable,
    Hashable,
    ItemsView,
    Iterable,
    Iterator,
    KeysView,
    Mapping,
    MutableMapping,
    Sequence,
)
from copy import deepcopy
from itertools import repeat
from typing import (
    TYPE_CHECKING,
    Any,
    ClassVar,
    Literal,
    Never,
    Protocol,
    Self,
    TypeVar,
    overload,
)

import numpy as np

from neurograph.activations import get_activation
from neurograph.checks import as_float, finite_number, one_of
from neurograph.columns import Columns, Draft, LabelWrites, Reserved, Storage, Value, items_of
from neurograph.combinations import get_combination
from neurograph.display import Displayed, in_line, in_words
from neurograph.errors import (
    InvalidTypeError,
    NotComputedError,
    UnknownAttributeError,
    did_you_mean,
)
from neurograph.quantities import BY_ADDRESS, CONNECTION_QUANTITIES, NEURON_QUANTITIES

__all__ = ["Connection", "Neuron"]

KINDS = ("input", "hidden", "output", "bias")

_STORAGE = Reserved.STORAGE

# What makes a value known, for the message of an error that says it is not.
_COMPUTED_BY = {
    name: BY_ADDRESS[name].call
    for name in (*NEURON_QUANTITIES, *CONNECTION_QUANTITIES)
    if BY_ADDRESS[name].call
}


class _Whose:
    """Names a setting in a message: making the words takes longer than checking the value."""

    __slots__ = ("called", "key")

    def __init__(self, key: str, called: Callable[[], str]) -> None:
        self.key = key
        self.called = called

    def __str__(self) -> str:
        return f"{self.key} of {self.called()}"


def setting(key: str, value: object, called: Callable[[], str]) -> object:
    """Check the value of a setting that is meant as an attribute; return it as it is stored."""
    what = _Whose(key, called)
    if value is None and key in ("bias", "label", "tie", "kind", "mask"):
        return None
    if key in ("bias", "weight", "mask"):
        return finite_number(value, what)
    if key == "trainable":
        if not isinstance(value, bool | np.bool_):
            raise InvalidTypeError(f"{what} must be True or False, not {value!r}")
        return bool(value)
    if key == "kind":
        return one_of(value, KINDS, what)
    if key == "combine":
        return get_combination(value).name  # type: ignore[arg-type]  # checked there
    if key == "activation":
        return get_activation(value).name  # type: ignore[arg-type]  # checked there
    if not isinstance(value, str):
        raise InvalidTypeError(f"{what} must be text, not {value!r}")
    return value


def as_meant(key: str, value: Any) -> Any:
    """Return what a known field was given by another library as it is meant there.

    `None`, and for that matter empty text or a missing value of a table, is no value; text that is
    a number is that number. A number that is nan stays: it may be what a diverged pass computed.

    Examples
    --------
    >>> as_meant("weight", "0.5"), as_meant("tie", float("nan")), as_meant("trainable", "False")
    (0.5, None, False)
    """
    is_number = key in NEURON_QUANTITIES or key in CONNECTION_QUANTITIES
    if isinstance(value, str):
        value = value.strip() or None
        if value is not None and (is_number or key == "trainable"):
            return _number_in(value, is_truth=key == "trainable")
    elif isinstance(value, float) and math.isnan(value):
        return value if is_number else None
    return None if type(value).__name__ == "NAType" else value  # of pandas


def _number_in(text: str, *, is_truth: bool) -> Any:
    """Return the number, or the truth value, that a text is; the text where it is none."""
    try:
        number = float("" if "_" in text else text)  # Python takes 1_000 for a number
    except ValueError:
        return {"true": True, "false": False}.get(text.lower(), text) if is_truth else text
    return {0.0: False, 1.0: True}.get(number, text) if is_truth else number


class Element(Displayed, MutableMapping[Any, Any]):
    """What `Neuron` and `Connection` have in common: a view of one row of columns.

    An object that no network has bound yet holds its values in columns of its own, of one row.
    """

    __slots__ = ("_columns", "_row")
    _columns: Columns
    _row: int

    #: The field that is a trainable number.
    _parameter: ClassVar[str]
    _kind: ClassVar[str]
    _fields: ClassVar[tuple[str, ...]]

    def __init__(self, values: Mapping[Any, Any] | Iterable[tuple[Any, Any]] = (), /) -> None:
        _bind(self, {}, 0)
        if values:
            self.update(values)

    # -- items: open ------------------------------------------------------------------------

    def __getitem__(self, key: Hashable) -> Any:
        try:
            return self._columns[key][self._row]
        except KeyError:
            raise self._missing_item(key) from None

    def _missing_item(self, key: Hashable) -> KeyError:
        """Return the error for an item that is not there."""
        if key in _COMPUTED_BY and key in self._fields:
            return NotComputedError(self._not_computed(str(key)))
        return KeyError(key)

    def __setitem__(self, key: Hashable, value: Any) -> None:
        columns = self._columns
        storage: Storage | Draft | None = columns.get(_STORAGE)
        if isinstance(value, np.generic):
            value = value.item()
        if (type(value) is not float or value != value) and key in self._fields:
            value = as_meant(str(key), value)
            if value is None:
                self.pop(key, None)
                return
        if key == "label":
            self._count_label_write()
        if storage is None:
            columns[key] = [value]
        elif key == self._parameter and _is_finite(value) and (slot := self._slot()) is not None:
            storage.set_parameter(slot, float(value))
        elif key not in self._fields or key == "label":
            columns.setdefault(key, {})[self._row] = value
        elif key in _COMPUTED_BY or key not in self or not _same(self[key], value):
            self._detach()[key] = [value]

    def __delitem__(self, key: Hashable) -> None:
        if key not in self:
            raise KeyError(key)
        if key == "label":
            self._count_label_write()
        if Reserved.STORAGE in self._columns and (key not in self._fields or key == "label"):
            del self._columns[key][self._row]
        else:
            del self._detach()[key]

    def _listed(self) -> dict[Any, Any]:
        # What a batch left is read by its name and not listed: no format of graph files can hold
        # arrays, and writers take what is listed.
        return {
            key: value
            for key, value in items_of(self._columns, self._row)
            if not (isinstance(value, np.ndarray) and key in _COMPUTED_BY)
        }

    def __iter__(self) -> Iterator[Any]:
        return iter(self._listed())

    def __len__(self) -> int:
        return len(self._listed())

    def everything(self) -> dict[Any, Any]:
        """Return all items, those that a batch left and that are not listed too.

        Returns
        -------
        dict
        """
        return dict(items_of(self._columns, self._row))

    def update(self, values: Any = (), /, **items: Any) -> None:
        """Take over the items of a mapping or of pairs, as `dict.update` does."""
        super().update(values.everything() if isinstance(values, Element) else values, **items)

    def clear(self) -> None:
        """Remove all items."""
        for key in self.everything():
            del self[key]

    # Those of `MutableMapping` look every key up again, and make an error for one that is absent.

    def get(self, key: Hashable, default: Any = None) -> Any:
        """Return the value of an item, or the default where there is none."""
        try:
            return self._columns[key][self._row]
        except KeyError:
            return default

    def keys(self) -> KeysView[Any]:
        """Return the keys as they are now."""
        return self._listed().keys()

    def items(self) -> ItemsView[Any, Any]:
        """Return the items as they are now."""
        return self._listed().items()

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Mapping):
            return NotImplemented
        mine = self.everything()
        theirs = other.everything() if isinstance(other, Element) else dict(other)
        return mine.keys() == theirs.keys() and all(
            _same(value, theirs[key]) for key, value in mine.items()
        )

    __hash__ = None  # type: ignore[assignment]

    def __or__(self, other: object) -> Self:
        if not isinstance(other, Mapping):
            return NotImplemented
        merged = self.copy()
        merged.update(other)
        return merged

    def __ror__(self, other: object) -> dict[Any, Any]:
        if not isinstance(other, Mapping):
            return NotImplemented
        return dict(other) | dict(self)

    def __ior__(  # type: ignore[misc]  # it takes pairs too, as that of dict does
        self, other: Mapping[Any, Any] | Iterable[tuple[Any, Any]]
    ) -> Self:
        self.update(other)
        return self

    def copy(self) -> Self:
        """Return an object with the same values that belongs to no network.

        Returns
        -------
        Neuron or Connection
        """
        copied = object.__new__(type(self))
        _bind(copied, {key: [value] for key, value in items_of(self._columns, self._row)}, 0)
        return copied

    __copy__ = copy

    def __deepcopy__(self, memo: dict[int, Any]) -> Self:
        # Values only: a copy that carried the shared columns along would copy the whole network
        # once for each object.
        return type(self)({key: deepcopy(value, memo) for key, value in self.everything().items()})

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self.everything(),)

    def _detach(self) -> Columns:
        """Give the object columns of its own: it was told something its row cannot hold."""
        storage = self._columns.get(Reserved.STORAGE)
        if storage is not None:
            own: Columns = {key: [value] for key, value in self.everything().items()}
            if (name := self._place()) is not None:
                own[Reserved.NAME] = {0: name}
            for key in (Reserved.LABEL_WRITES, Reserved.NETWORK):
                if (kept := self._columns.get(key)) is not None:
                    own[key] = kept
            _bind(self, own, 0)
            storage.stale = True
        return self._columns

    def _count_label_write(self) -> None:
        """Tell the network that looked up its labels, if one did, that they have changed."""
        if (writes := self._columns.get(Reserved.LABEL_WRITES)) is not None:
            writes.count += 1

    def _place(self) -> Any:
        """Return the name or the ends that a network has told the object; `None` before that."""
        try:
            return self._columns[Reserved.NAME][self._row]
        except KeyError:
            return None

    def _slot(self) -> int | None:
        """Return the slot of the object's parameter, if it has one."""
        raise NotImplementedError

    # -- attributes: strict -----------------------------------------------------------------

    # No __getattr__: with one, CPython looks up every attribute of the class the slow way, those
    # that exist too, and reading a value takes almost twice as long.

    def _missing_attribute(self, key: str) -> AttributeError:
        """Return the error for an attribute that has no value or does not exist."""
        if key in _COMPUTED_BY and key in self._fields:
            error = NotComputedError(self._not_computed(key))
        elif key == self._parameter:
            error = NotComputedError(f"{self.called()} has no {key}: set it first")
        else:
            return UnknownAttributeError(self._no_attribute(key))
        # Otherwise Python, from 3.12 on, thinks that the name was misspelt, and proposes another.
        error.name, error.obj = "", None
        return error

    def _set_attribute(self, key: str, value: object) -> None:
        if key == self._parameter and type(value) is float and math.isfinite(value):
            storage: Storage | Draft | None = self._columns.get(_STORAGE)
            if storage is not None and (slot := self._slot()) is not None:
                storage.set_parameter(slot, value)  # nearly always
                return
        if key in _COMPUTED_BY and key in self._fields:
            raise UnknownAttributeError(
                f"{key} of {self.called()} is computed by {_COMPUTED_BY[key]};"
                f" it cannot be set as an attribute"
            )
        if key in ("name", "pre", "post"):
            raise UnknownAttributeError(
                f"{key} of {self.called()} is given by the graph; it cannot be set as an attribute"
                f" (networkx.relabel_nodes renames neurons)"
            )
        if key not in self._fields:
            raise UnknownAttributeError(self._no_attribute(key))
        value = setting(key, value, self.called)
        if value is None:
            self.pop(key, None)
        else:
            self[key] = value

    if not TYPE_CHECKING:  # a type checker would take any attribute of a class that has one
        __setattr__ = _set_attribute

    def __dir__(self) -> list[str]:
        return sorted({*super().__dir__(), *self._fields})

    def _no_attribute(self, key: str) -> str:
        hint = did_you_mean(key, self._fields)
        return (
            f"a {self._kind} has no attribute {key!r}{hint}"
            f" (to store something of your own, use an item: {self._kind}[{key!r}])"
        )

    def _not_computed(self, key: str) -> str:
        only = BY_ADDRESS[key].only
        who = f" (only {only} has one)" if only else ""
        if Reserved.STORAGE in self._columns and self._columns.get(key):
            return f"{self.called()} has no {key}{who}"  # where others have one
        return f"{key} of {self.called()} is not known yet: call {_COMPUTED_BY[key]} first{who}"

    def called(self) -> str:
        """Return what the object is called in messages."""
        raise NotImplementedError

    @property
    def network(self) -> Any:
        """The network whose pass has bound the object; `None` before that, or if it is gone."""
        reference = self._columns.get(Reserved.NETWORK)
        return None if reference is None else reference()

    def _listing(self) -> Iterator[str]:
        """Yield its values in the order of the fields."""
        place = {key: number for number, key in enumerate(self._fields)}
        items = self.everything().items()
        for key, value in sorted(items, key=lambda item: place.get(item[0], len(place))):
            if isinstance(value, np.ndarray):
                yield f"{key}=<{value.size} samples>"
            else:
                yield f"{key}={in_words(value)}"


# Setting a slot goes round the strict __setattr__.
_set_columns = Element.__dict__["_columns"].__set__
_set_row = Element.__dict__["_row"].__set__


def _bind(element: Element, columns: Columns, row: int) -> None:
    """Make `element` the view of one row of columns."""
    _set_columns(element, columns)
    _set_row(element, row)
    if isinstance(element, Neuron):
        _set_bias_at(element, _bias_slots(columns).get(row, _NOWHERE))


def _bias_slots(columns: Columns) -> Mapping[int, int]:
    storage: Storage | None = columns.get(Reserved.STORAGE)
    return {} if storage is None else storage.structure.bias_slot


E = TypeVar("E", bound=Element)

_REQUIRED = object()


def _same(one: Any, other: Any) -> bool:
    if isinstance(one, np.ndarray) or isinstance(other, np.ndarray):
        return np.shape(one) == np.shape(other) and np.array_equal(one, other)
    return bool(one == other)


def _is_finite(value: object) -> bool:
    if type(value) is float:
        return math.isfinite(value)
    return isinstance(value, numbers.Real) and math.isfinite(as_float(value))


T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)


class _Computed(Protocol[T_co]):
    """What a type checker knows of a property that the passes compute."""

    @overload
    def __get__(self, element: None, owner: type, /) -> Self: ...
    @overload
    def __get__(self, element: Element, owner: type | None = None, /) -> T_co: ...
    def __set__(self, element: Element, value: Never, /) -> None: ...


class _Setting(_Computed[T], Protocol[T]):
    """What it knows of a property that can be set."""

    def __set__(self, element: Element, value: T, /) -> None: ...


@overload
def _field(key: Literal["weight"], doc: str) -> _Setting[float]: ...
@overload
def _field(key: str, doc: str) -> _Computed[Value]: ...
@overload
def _field(  # type: ignore[overload-overlap]
    key: Literal["mask"], doc: str, default: None
) -> _Setting[float | None]: ...
@overload
def _field(key: str, doc: str, default: None) -> _Setting[str | None]: ...
@overload
def _field(key: str, doc: str, default: T) -> _Setting[T]: ...
def _field(key: str, doc: str, default: object = _REQUIRED) -> Any:
    """Return a read-only property that reads one field (`__setattr__` does the writing)."""

    def read(self: Element) -> Any:
        try:
            return self._columns[key][self._row]
        except KeyError:
            if default is _REQUIRED:
                raise self._missing_attribute(key) from None
            return default

    return property(read, doc=doc)


@overload
def _field_by_slot(key: str, by_slot: Reserved, doc: str) -> _Computed[Value]: ...
@overload
def _field_by_slot(
    key: str, by_slot: Reserved, doc: str, default: None
) -> _Setting[float | None]: ...
def _field_by_slot(key: str, by_slot: Reserved, doc: str, default: object = _REQUIRED) -> Any:
    """Return such a property for what lies where the parameters of a neuron lie."""

    def read(self: "Neuron") -> Any:
        try:
            return self._columns[by_slot][self._bias_at]
        except (KeyError, IndexError):
            pass  # no network has bound it, or it has no bias
        try:
            return self._columns[key][self._row]
        except KeyError:
            if default is _REQUIRED:
                raise self._missing_attribute(key) from None
            return default

    return property(read, doc=doc)


# The names as the interpreter keeps them, to be recognised without comparing text.
_BIAS, _BIAS_GRADIENT = map(sys.intern, ("bias", "bias_gradient"))
_PARAMETERS, _GRADIENTS = Reserved.PARAMETERS, Reserved.GRADIENTS
#: The place of the bias of a neuron that has none.
_NOWHERE = sys.maxsize


class Neuron(Element):
    """The data of one node: a neuron, with its bias and what the passes computed for it.

    Every value reads as an attribute and as an item. Settings are ``activation``, ``bias``,
    ``trainable`` and ``tie`` (of the bias), ``kind`` and ``label``; passes compute ``net``,
    ``out``, ``slope``, ``target``, ``loss``, ``out_gradient``, ``delta`` and ``bias_gradient``.

    Notes
    -----
    net_j = sum_i w_ij * out_i + bias_j, out_j = f(net_j), delta_j = dE/dnet_j, after Rumelhart,
    Hinton and Williams, "Learning representations by back-propagating errors" (1986).

    Examples
    --------
    >>> import neurograph as ng
    >>> net = ng.Network()
    >>> h1 = net.add_neuron("h1", bias=0.35)
    >>> h1
    Neuron('h1', activation='logistic', bias=0.35)
    >>> h1.bias, h1["bias"]
    (0.35, 0.35)
    >>> h1.net
    Traceback (most recent call last):
    neurograph.errors.NotComputedError: net of neuron 'h1' is not known yet: call net.forward(inputs) first
    """  # noqa: E501 - the last line is an error message as it is printed

    #: The slot of the bias.
    __slots__ = ("_bias_at",)
    _bias_at: int
    _kind = "neuron"
    _parameter = "bias"
    _fields = tuple(
        dict.fromkeys(
            (
                "kind",
                "activation",
                "bias",
                "label",
                "trainable",
                "tie",
                "combine",
                "mask",
                *NEURON_QUANTITIES,
            )
        )
    )

    activation = _field("activation", "Name or formula of the activation function.", "logistic")
    bias = _field_by_slot(
        "bias", _PARAMETERS, "The constant added to net; `None` for a neuron without one.", None
    )
    label = _field("label", "Another name, as a source calls the neuron; or `None`.", None)
    trainable = _field("trainable", "Whether updates change the bias.", True)
    tie = _field("tie", "Name of the parameter that the bias shares with others, or `None`.", None)
    combine = _field("combine", "Name of the rule that makes net of the messages.", "sum")
    mask = _field("mask", "Constant factor on the out, as dropout has it; or `None`.", None)
    kind = _field("kind", "Declared role, or `None` where it follows from the graph.", None)
    net = _field("net", "sum_i w_ij * out_i + bias_j, of the last pass.")
    out = _field("out", "f(net), of the last pass.")
    slope = _field("slope", "dout/dnet = f'(net).")
    target = _field("target", "The wanted out of an output neuron.")
    loss = _field("loss", "An output neuron's share of the total error.")
    out_gradient = _field("out_gradient", "dE/dout, the sum of the error messages that came back.")
    delta = _field("delta", "dE/dnet.")
    bias_gradient = _field_by_slot("bias_gradient", _GRADIENTS, "dE/dbias.")
    error = _field("error", "target - out, or the sum of the shares that came back.")
    # What the table of quantities adds, for type checkers.
    bias_change: ClassVar[_Computed[Value]]
    bias_step: ClassVar[_Computed[Value]]
    bias_velocity: ClassVar[_Computed[Value]]
    bias_unshifted: ClassVar[_Computed[Value]]
    bias_squares: ClassVar[_Computed[Value]]
    bias_mean_square: ClassVar[_Computed[Value]]
    bias_rescaled: ClassVar[_Computed[Value]]
    bias_mean_square_change: ClassVar[_Computed[Value]]
    bias_m: ClassVar[_Computed[Value]]
    bias_v: ClassVar[_Computed[Value]]
    bias_m_hat: ClassVar[_Computed[Value]]
    bias_v_hat: ClassVar[_Computed[Value]]
    own_bias_gradient: ClassVar[_Computed[Value]]
    bias_curvature: ClassVar[_Computed[Value]]
    bias_gauss_newton: ClassVar[_Computed[Value]]

    def __getitem__(self, key: Hashable) -> Any:
        try:
            if key is _BIAS:
                return self._columns[_PARAMETERS][self._bias_at]
            if key is _BIAS_GRADIENT:
                return self._columns[_GRADIENTS][self._bias_at]
            return self._columns[key][self._row]
        except (KeyError, IndexError):
            return super().__getitem__(key)

    @property
    def name(self) -> Hashable:
        """The node the object belongs to; `None` while no network has named it."""
        name: Hashable = self._place()
        return name

    def _slot(self) -> int | None:
        return None if self._bias_at == _NOWHERE else self._bias_at

    def called(self) -> str:
        """Return what the object is called in messages."""
        return "this neuron" if self.name is None else f"neuron {self.name!r}"

    def __repr__(self) -> str:
        name = () if self.name is None else (in_words(self.name),)
        return f"Neuron({in_line([*name, *self._listing()])})"


_set_bias_at = Neuron.__dict__["_bias_at"].__set__


class Connection(Element):
    """The data of one edge: a weighted connection, and what the passes computed for it.

    Every value reads as an attribute and as an item. Settings are ``weight``, ``trainable``,
    ``tie`` and ``label``; passes compute ``message``, ``error_message`` and ``gradient``.

    Notes
    -----
    message = w * out_pre, error_message = w * delta_post, gradient = dE/dw = delta_post * out_pre.
    The two messages are kept as they were sent: a weight that changes later does not change them.

    Examples
    --------
    >>> import neurograph as ng
    >>> net = ng.Network()
    >>> _ = net.add_neuron("i1"), net.add_neuron("h1")
    >>> w1 = net.connect("i1", "h1", 0.15, label="w1")
    >>> w1
    Connection('i1' -> 'h1', weight=0.15, label='w1')
    >>> w1.wieght = 0.2
    Traceback (most recent call last):
    neurograph.errors.UnknownAttributeError: a connection has no attribute 'wieght'; did you mean 'weight'? (to store something of your own, use an item: connection['wieght'])
    """  # noqa: E501 - the last line is an error message as it is printed

    __slots__ = ()
    _kind = "connection"
    _parameter = "weight"
    _fields = tuple(dict.fromkeys(("weight", "label", "trainable", "tie", *CONNECTION_QUANTITIES)))

    weight = _field("weight", "The factor on the message.")
    label = _field("label", "The connection's own name, such as 'w5'; or `None`.", None)
    trainable = _field("trainable", "Whether updates change the weight.", True)
    tie = _field("tie", "Name of the parameter the weight shares with others, or `None`.", None)
    message = _field("message", "weight * out of pre, as sent by the last forward pass.")
    error_message = _field("error_message", "weight * delta of post, as sent back.")
    gradient = _field("gradient", "dE/dweight = delta of post * out of pre.")
    share = _field("share", "The part of the error of post that falls to this connection.")
    # What the table of quantities adds, for type checkers.
    message_slope: ClassVar[_Computed[Value]]
    own_gradient: ClassVar[_Computed[Value]]
    change: ClassVar[_Computed[Value]]
    step: ClassVar[_Computed[Value]]
    velocity: ClassVar[_Computed[Value]]
    unshifted: ClassVar[_Computed[Value]]
    squares: ClassVar[_Computed[Value]]
    mean_square: ClassVar[_Computed[Value]]
    rescaled: ClassVar[_Computed[Value]]
    mean_square_change: ClassVar[_Computed[Value]]
    m: ClassVar[_Computed[Value]]
    v: ClassVar[_Computed[Value]]
    m_hat: ClassVar[_Computed[Value]]
    v_hat: ClassVar[_Computed[Value]]
    curvature: ClassVar[_Computed[Value]]
    gauss_newton: ClassVar[_Computed[Value]]

    @property
    def pre(self) -> Hashable:
        """Name of the neuron the connection comes from; `None` while no network has named it."""
        return self._ends()[0]

    @property
    def post(self) -> Hashable:
        """Name of the neuron the connection leads to; `None` while no network has named it."""
        return self._ends()[1]

    @property
    def name(self) -> str | None:
        """The label, or ``"pre->post"`` without one; `None` while neither is known."""
        if self.label is not None:
            return str(self.label)
        return None if self.pre is None else f"{self.pre}->{self.post}"

    def _ends(self) -> tuple[Hashable, Hashable]:
        return self._place() or (None, None)

    def _slot(self) -> int | None:
        return self._row

    def called(self) -> str:
        """Return what the object is called in messages."""
        return "this connection" if self.name is None else f"connection {self.name!r}"

    def __repr__(self) -> str:
        ends = () if self.pre is None else (f"{in_words(self.pre)} -> {in_words(self.post)}",)
        return f"Connection({in_line([*ends, *self._listing()])})"


# What is not declared above has its attribute from the table of quantities.
for _class, _quantities in ((Neuron, NEURON_QUANTITIES), (Connection, CONNECTION_QUANTITIES)):
    for _name, _meaning in _quantities.items():
        if _name not in vars(_class):
            setattr(_class, _name, _field(_name, f"{_meaning}."))


def bind(elements: Sequence[Element], columns: Columns, rows: Sequence[int]) -> None:
    """Make objects of one kind the views of rows of columns, which take over their items."""
    theirs: Columns = {}
    keys: list[Hashable] = []
    for element, row in zip(elements, rows, strict=True):
        if element._columns is not theirs:
            theirs = element._columns
            own = element._parameter  # it has a slot
            keys = [key for key in theirs if type(key) is not Reserved and key != own]
        for key in keys:
            try:
                value = theirs[key][element._row]
            except KeyError:
                continue
            columns.setdefault(key, {})[row] = value
    _bind_all(elements, columns, rows)


def _bind_all(elements: Sequence[Element], columns: Columns, rows: Sequence[int]) -> None:
    # Without a Python call for each of what may be a million objects.
    deque(map(_set_columns, elements, repeat(columns)), maxlen=0)
    deque(map(_set_row, elements, rows), maxlen=0)
    if elements and isinstance(elements[0], Neuron):
        slots = _bias_slots(columns)
        deque(map(_set_bias_at, elements, map(slots.get, rows, repeat(_NOWHERE))), maxlen=0)


def made_bound(kind: type[E], columns: Columns, rows: Sequence[int]) -> list[E]:
    """Return new objects that are the views of these rows."""
    made = list(map(object.__new__, repeat(kind, len(rows))))
    _bind_all(made, columns, rows)
    return made


def drafted(draft: Draft) -> Iterator[Connection]:
    """Yield new connections that are the views of the next rows of a draft."""
    row, count = len(draft.cells), 1
    while True:
        yield from made_bound(Connection, draft.connections, range(row, row + count))
        row, count = row + count, min(2 * count, 1024)


def items_of_all(elements: Iterable[Element], key: Hashable, default: Any = None) -> list[Any]:
    """Return the same item of many objects, or the default where there is none."""
    return [
        element.get(key, default) if key in element._columns else default for element in elements
    ]


def rows_of(elements: Iterable[Element]) -> list[int]:
    """Return the rows of the objects in the columns that they are views of."""
    return [element._row for element in elements]


def row_of(element: Element) -> int:
    """Return the row of an object in the columns that it is a view of."""
    return element._row


def name_loose(element: Element, name: object) -> None:
    """Tell an object that no pass has bound yet what it is called."""
    names = element._columns.setdefault(Reserved.NAME, {})
    if type(names) is dict:
        names[element._row] = name


def forget(element: Element) -> None:
    """Remove what passes computed from an object that the network does not hold in its columns."""
    own = element._detach()
    for key in _COMPUTED_BY:
        own.pop(key, None)


def watch_label(element: Element, writes: LabelWrites) -> None:
    """Let an object count writes of its label here."""
    element._columns[Reserved.LABEL_WRITES] = writes


def are_bound(elements: Iterable[Element], storage: Storage, rows: Iterable[int]) -> bool:
    """Whether the objects are the views of these rows of the storage."""
    return all(
        element._row == row and element._columns.get(_STORAGE) is storage
        for element, row in zip(elements, rows, strict=True)
    )
