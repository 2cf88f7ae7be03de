"""Reading what a user gives as inputs or targets: one value, or one column of samples, a neuron."""

import numbers
from collections.abc import Hashable, Iterable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from neurograph.checks import as_float
from neurograph.columns import Value
from neurograph.errors import (
    InvalidTypeError,
    InvalidValueError,
    UnknownNameError,
    did_you_mean,
)

__all__ = ["check_counts", "read_rows", "read_samples"]


def read_samples(values: Any, names: Sequence[Hashable], what: str) -> list[Value]:
    """Return one value for each neuron: floats for one sample, arrays for a batch.

    Parameters
    ----------
    values : mapping, named data or array-like
        A mapping from neuron to a number or to an array of shape ``(n_samples,)``; or what names
        its values itself, as a table with columns, a series, a structured array or a sequence of
        records does; or an array of shape ``(n_neurons,)`` or ``(n_samples, n_neurons)``.
    names : sequence
        The neurons, in their order.
    what : str
        What the values are called in messages: ``"input"`` or ``"target"``.

    Returns
    -------
    list of float or of ndarray of shape (n_samples,)

    Raises
    ------
    InvalidValueError
        On a wrong count, a wrong shape, nan, inf or a masked value; both counts are named.
    InvalidTypeError
        On anything but real numbers.
    UnknownNameError
        On a name that is not one of `names`; the nearest is named.

    Examples
    --------
    >>> read_samples({"i1": 1, "i2": 0}, ["i1", "i2"], "input")
    [1.0, 0.0]
    >>> read_samples([[1, 0], [0, 1], [1, 1]], ["i1", "i2"], "input")
    [array([1., 0., 1.]), array([0., 1., 1.])]
    """
    rows, batch = read_rows(values, names, what)
    if not batch:
        return list(map(float, rows[0]))
    columns = np.array(rows.T, order="C")
    columns.setflags(write=False)  # the objects hand out views of it
    return list(columns)


def read_rows(
    values: Any, names: Sequence[Hashable], what: str
) -> tuple[NDArray[np.float64], bool]:
    """Return samples as an array of shape ``(n_samples, n_neurons)``, and whether they are a batch.

    Parameters
    ----------
    values, names, what
        As for `read_samples`.

    Returns
    -------
    rows : ndarray of shape (n_samples, n_neurons)
        Possibly the very array that was given.
    batch : bool
        False for one sample that was given as such; it is the only row.

    Raises
    ------
    InvalidValueError, InvalidTypeError, UnknownNameError
        As for `read_samples`.

    Examples
    --------
    >>> read_rows([1, 0], ["i1", "i2"], "input")
    (array([[1., 0.]]), False)
    """
    named = _named(values, names, what)
    if named is not None:
        columns = [_column(value, name, what) for name, value in _by_name(named, names, what)]
        sizes = {column.shape for column in columns}
        if len(sizes) > 1:
            counts = ", ".join(
                f"{name!r} {'one number' if column.ndim == 0 else column.size}"
                for name, column in zip(names, columns, strict=True)
            )
            raise InvalidValueError(f"{what}s differ in their number of samples: {counts}")
        samples = np.stack(columns, axis=-1)
    else:
        samples = _real_array(values, f"{what}s")
    n = len(names)
    if samples.ndim == 0 and n == 1:
        samples = samples.reshape(1)
    if samples.ndim not in (1, 2) or samples.shape[-1] != n:
        raise InvalidValueError(_wrong_shape(samples, names, what))
    if samples.shape[0] == 0:
        raise InvalidValueError(f"there are no samples: {what}s have shape {samples.shape}")
    # Sums are finite if they all are, but for an overflow: no second array for large data. That of
    # the squares is there sooner, where they lie side by side.
    with np.errstate(all="ignore"):
        side_by_side = samples.flags.c_contiguous
        total = np.vdot(samples, samples) if side_by_side else samples.sum()
    if not np.isfinite(total) and not np.isfinite(samples).all():
        where = tuple(int(index) for index in np.argwhere(~np.isfinite(samples))[0])
        sample = f" in sample {where[0]}" if samples.ndim == 2 else ""
        raise InvalidValueError(
            f"{what} {names[where[-1]]!r} must be a finite number, not {samples[where]}{sample}"
        )
    return np.ascontiguousarray(np.atleast_2d(samples)), samples.ndim == 2


def check_counts(inputs: tuple[int, ...], targets: tuple[int, ...]) -> None:
    """Compare the shapes of the values of one input and of one target.

    Raises
    ------
    InvalidValueError
        If there are not as many of one as of the other.

    Examples
    --------
    >>> check_counts((4,), ())
    Traceback (most recent call last):
    neurograph.errors.InvalidValueError: targets are for one sample, inputs for a batch of 4 samples
    """
    if inputs != targets:
        counts = [f"a batch of {n[0]} samples" if n else "one sample" for n in (targets, inputs)]
        raise InvalidValueError(f"targets are for {counts[0]}, inputs for {counts[1]}")


def _named(values: Any, names: Sequence[Hashable], what: str) -> Mapping[Any, Any] | None:
    """Return data that names its values as a mapping; `None` for data that only has places.

    Tables are recognised by what they can do, so that no library has to be imported for them.
    """
    if isinstance(values, Mapping):
        return values
    if isinstance(values, np.ndarray | np.void):
        fields = values.dtype.names
        return None if fields is None else {field: values[field] for field in fields}
    if hasattr(values, "_asdict"):  # a named tuple
        return dict(values._asdict())
    if hasattr(values, "columns") and hasattr(values, "shape"):  # of pandas, polars or pyarrow
        labels = getattr(values, "column_names", values.columns)
        return _labelled(labels, (values[label] for label in labels), what)
    if hasattr(values, "dims") and hasattr(values, "coords"):  # of xarray
        axis = values.ndim - 1
        if axis < 0 or values.dims[axis] not in values.coords:
            return None
        labels = values.coords[values.dims[axis]].to_numpy().tolist()
        return _labelled(labels, np.moveaxis(values.to_numpy(), axis, 0), what)
    if hasattr(values, "to_numpy") and hasattr(values, "name"):
        return _named_series(values, names, what)
    if isinstance(values, list | tuple) and values:
        return _named_records(values, names, what)
    return None


def _named_series(series: Any, names: Sequence[Hashable], what: str) -> Mapping[Any, Any] | None:
    """Return a series as one sample whose values it names, or as the column that it is named."""
    labels = list(getattr(series, "index", ()))  # polars has none, nor has an index of pandas
    if not labels and series.name in (None, ""):
        return None
    if set(labels).isdisjoint(names):
        numbered = not any(isinstance(label, str) for label in labels)
        if series.name in names or (isinstance(series.name, str) and numbered):
            return {series.name: series.to_numpy()}
    return _labelled(labels, series.to_numpy(), what)


def _named_records(
    records: Sequence[Any], names: Sequence[Hashable], what: str
) -> Mapping[Any, Any] | None:
    """Return samples that name their values as columns."""
    if _named(records[0], names, what) is None:
        return None
    rows = []
    for record in records:
        named = _named(record, names, what)
        if named is None:
            raise InvalidTypeError(f"{what}s have samples with names and samples without")
        rows.append([value for _, value in _by_name(named, names, what)])
    return dict(zip(names, zip(*rows, strict=True), strict=True))


def _labelled(labels: Iterable[Any], values: Iterable[Any], what: str) -> Mapping[Any, Any]:
    named: dict[Any, Any] = {}
    for label, value in zip(labels, values, strict=True):
        if label in named:
            raise InvalidValueError(f"{what}s have {label!r} twice")
        named[label] = value
    return named


_UNNAMED = "; if the data have no names, .to_numpy() gives them in this order"


def _by_name(
    values: Mapping[Any, Any], names: Sequence[Hashable], what: str
) -> list[tuple[Hashable, Any]]:
    known = set(names)
    for name in values:
        if name not in known:
            raise UnknownNameError(
                f"there is no {what} neuron {name!r}{did_you_mean(name, names)}"
                f" (the {what}s are {', '.join(map(repr, names))}"
                f"{_UNNAMED if isinstance(name, int) else ''})"
            )
    missing = [name for name in names if name not in values]
    if missing:
        raise InvalidValueError(
            f"expected {_counted(what, names)}, got {len(values)}:"
            f" {', '.join(map(repr, missing))} missing"
        )
    return [(name, values[name]) for name in names]


def _column(value: Any, name: Hashable, what: str) -> NDArray[np.float64]:
    column = _real_array(value, f"{what} {name!r}")
    if column.ndim > 1:
        raise InvalidValueError(
            f"{what} {name!r} must be a number or have shape (n_samples,), not {column.shape}"
        )
    return column


def _real_array(values: Any, what: str) -> NDArray[np.float64]:
    if _is_masked(values) or (isinstance(values, list | tuple) and any(map(_is_masked, values))):
        raise InvalidValueError(f"there are masked values in {what}: a pass needs every number")
    try:
        array = np.asarray(values)
    except ValueError:
        raise InvalidValueError(f"{what} have rows of different lengths") from None
    if array.dtype.kind == "O" and all(isinstance(v, numbers.Real) for v in array.flat):
        array = np.array([as_float(v) for v in array.flat]).reshape(array.shape)
    if array.dtype.kind not in "biuf":
        raise InvalidTypeError(f"{what} must be real numbers, not {_shortened(values)}")
    return array.astype(np.float64, copy=False)


def _is_masked(values: Any) -> bool:
    # NumPy forgets masks when it makes a plain array. A masked array has this attribute, and
    # to ask for its class takes longer than all the rest where nothing has imported it.
    may_be = hasattr(values, "mask") and isinstance(values, np.ma.MaskedArray)
    return may_be and bool(np.ma.is_masked(values))


def _wrong_shape(samples: NDArray[np.float64], names: Sequence[Hashable], what: str) -> str:
    expected = f"expected {_counted(what, names)}"
    if samples.ndim == 1:
        hint = ""
        if len(names) == 1:
            hint = f"; for {samples.size} samples of one {what}, give shape ({samples.size}, 1)"
        return f"{expected}, got {samples.size}{hint}"
    if samples.ndim == 2:
        return f"{expected} in each sample, got {samples.shape[1]} (shape {samples.shape})"
    n = len(names)
    return f"{expected}: shape ({n},) or (n_samples, {n}), not {samples.shape}"


def _counted(what: str, names: Sequence[Hashable]) -> str:
    shown = ", ".join(map(str, names[:8])) + (", ..." if len(names) > 8 else "")
    return f"{len(names)} {what}{'' if len(names) == 1 else 's'} ({shown})"


def _shortened(values: Any) -> str:
    text = " ".join(repr(values).split())
    return text if len(text) <= 60 else text[:57] + "..."
