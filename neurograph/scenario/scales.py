"""How the data of a scenario are scaled before a network takes them, and its outs scaled back."""

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Annotated, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from neurograph.display import Brief
from neurograph.errors import did_you_mean
from neurograph.fields import (
    choice_of,
    count,
    inside,
    list_of,
    number,
    record_of,
    text,
    truth,
    wrong,
)
from neurograph.records import record

__all__ = ["STANDARDS", "Scale", "Scaling", "Standard", "scaling"]

#: Samples of shape (n_samples, n_neurons), and a number for each neuron.
Rows = NDArray[np.float64]


class Standard(NamedTuple):
    """A usual way to scale data: what is taken from a column, and what the rest is over.

    Attributes
    ----------
    words : str
        What is said of it.
    minus, over : functions of an ndarray of shape (n_samples, n_neurons)
        They return an ndarray of shape (n_neurons,).
    """

    words: str
    minus: Callable[[Rows], Rows]
    over: Callable[[Rows], Rows]


def _all(number: float) -> Callable[[Rows], Rows]:
    return lambda rows: np.full(rows.shape[1], number)


def _mean(rows: Rows) -> Rows:
    mean: Rows = rows.mean(axis=0)
    return mean


def _range(rows: Rows) -> Rows:
    span: Rows = np.ptp(rows, axis=0)
    return span


def _deviation(ddof: int) -> Callable[[Rows], Rows]:
    # Of one sample n - 1 is 0; that its deviation is 0 is what is said of it.
    return lambda rows: rows.std(axis=0, ddof=ddof if len(rows) > 1 else 0)


#: By the word of a file.
STANDARDS = {
    "n": Standard("(x - mean) / standard deviation", _mean, _deviation(0)),
    "n-1": Standard("(x - mean) / standard deviation, over n - 1", _mean, _deviation(1)),
    "range": Standard("(x - least) / (largest - least)", lambda rows: rows.min(axis=0), _range),
    "range from -1 to 1": Standard(
        "(x - middle) / (half of largest - least)",
        lambda rows: (rows.min(axis=0) + rows.max(axis=0)) / 2,
        lambda rows: _range(rows) / 2,
    ),
    "mean": Standard("x - mean", _mean, _all(1.0)),
    "mean and range": Standard("(x - mean) / (largest - least)", _mean, _range),
    "largest": Standard("x / largest", _all(0.0), lambda rows: rows.max(axis=0)),
}


@record(slots=True, kw_only=True)
class Scale(Brief):
    """What is taken from a number, and what the rest is divided by.

    Examples
    --------
    >>> scale = Scale(minus=5, over=2)
    >>> scale.of(9.0), scale.back(2.0), str(scale)
    (2.0, 9.0, '(x - 5) / 2')
    """

    minus: Annotated[float, number] = 0.0
    over: Annotated[float, number] = 1.0

    def of(self, values: Any) -> Any:
        """Return values scaled."""
        return (values - self.minus) / self.over

    def back(self, values: Any) -> Any:
        """Return scaled values in the units that they had."""
        return values * self.over + self.minus

    def __str__(self) -> str:
        sign = "+" if self.minus < 0 else "-"
        taken = f"x {sign} {abs(self.minus):g}" if self.minus else "x"
        if self.over == 1:
            return taken
        return f"({taken}) / {self.over:g}" if self.minus else f"x / {self.over:g}"


def _kind(value: Any, place: str) -> str | Scale:
    """Check how a column is scaled: in a usual way, or by numbers that are given."""
    if isinstance(value, dict):
        scale: Scale = record_of(Scale)(value, place)
        if not scale.over:
            raise wrong(inside(place, "over"), "nothing can be divided by 0")
        return scale
    if not isinstance(value, str):
        return "n" if truth(value, place) else ""
    word: str = choice_of(STANDARDS)(value, place)
    return word


@record
class Scaling:
    """How the inputs and targets of a file are scaled.

    Attributes
    ----------
    stated : tuple of (str, str or Scale)
        For ``"inputs"``, ``"targets"`` or one of their neurons: a word of `STANDARDS`, a scale, or
        an empty text for none.
    samples : tuple of int, optional
        Those that means and the like are taken over, counted from 1; by default all.
    """

    stated: tuple[tuple[str, str | Scale], ...] = ()
    samples: tuple[int, ...] | None = None

    @property
    def kinds(self) -> Mapping[str, str | Scale]:
        """How each is scaled, by its name."""
        return dict(self.stated)

    @property
    def of_inputs(self) -> str:
        """The word for all inputs; ``"own"`` where it is none, but some of them are scaled."""
        kinds = {key: kind for key, kind in self.kinds.items() if key != "targets" and kind}
        alone = kinds.get("inputs", "")
        plain = isinstance(alone, str) and len(kinds) == bool(alone) and self.samples is None
        return str(alone) if plain else "own"

    def of_targets(self, names: Sequence[str]) -> bool:
        """Whether a target is scaled, of outputs with these names."""
        return any(kind for key, kind in self.kinds.items() if key in ("targets", *names))

    @property
    def lines(self) -> Sequence[str]:
        """What is said of it: a line each."""
        ends = {"inputs": "every input column", "targets": "every target column"}
        of_some = ""
        if self.samples is not None:
            of_some = f", over samples {', '.join(map(str, self.samples[:8]))}"
            of_some += " and more" * (len(self.samples) > 8)
        return [
            f"{ends.get(key, key)}: {STANDARDS[kind].words + of_some}"
            if isinstance(kind, str)
            else f"{ends.get(key, key)}: {kind}"
            for key, kind in self.kinds.items()
            if kind
        ]

    def check_names(self, names: Sequence[str]) -> None:
        """Check that it is about neurons of the data.

        Raises
        ------
        ScenarioError
            If it is not; the nearest name is given.
        """
        known = ["inputs", "targets", *names]
        for key in self.kinds:
            if key not in known:
                near = did_you_mean(key, known) or f"; expected {', '.join(known)}"
                place = inside("data.standardize", key)
                raise wrong(place, f"no such input or output here{near}")

    def scaled(self, values: Any, end: str, names: Sequence[str]) -> tuple[Any, tuple[Scale, ...]]:
        """Return inputs or targets scaled, and how each of their neurons is.

        Parameters
        ----------
        values : tuple of float, or tuple of these
            Of one sample, or of several.
        end : {"inputs", "targets"}
        names : sequence of str

        Raises
        ------
        ScenarioError
            If one cannot be scaled so.
        """
        stated = self.kinds
        kinds = [stated.get(name, stated.get(end, "")) for name in names]
        if not any(kinds):
            return values, ()
        several = isinstance(values[0], tuple)
        if not several and any(kind and isinstance(kind, str) for kind in kinds):
            raise wrong("data.standardize", "needs a list of samples, got one sample")
        rows = np.atleast_2d(np.array(values, dtype=np.float64))
        taken = rows[self._rows(len(rows))]
        scales = []
        for column, (name, kind) in enumerate(zip(names, kinds, strict=True)):
            with np.errstate(all="ignore"):
                scales.append(scale := _scale(taken, column, kind))
                rows[:, column] = scale.of(rows[:, column]) if scale.over else 0.0
            _check_scale(scale, rows[:, column], f"{end[:-1]} {name!r}", kind)
        made = tuple(map(tuple, rows.tolist()))
        return (made if several else made[0]), tuple(scales)

    def _rows(self, n: int) -> list[int]:
        """Return the rows that means and the like are taken over."""
        for sample in self.samples or ():
            if sample > n:
                raise wrong("data.standardize.samples", f"no sample {sample}; the data has {n}")
        return [sample - 1 for sample in self.samples or range(1, n + 1)]


def _scale(rows: Rows, column: int, kind: str | Scale) -> Scale:
    """Return what is taken from a column, and what the rest is over."""
    if isinstance(kind, Scale):
        return kind
    if not kind:
        return Scale()
    standard = STANDARDS[kind]
    minus, over = standard.minus(rows)[column], standard.over(rows)[column]
    return Scale(minus=float(minus), over=float(over))


def _check_scale(scale: Scale, scaled: Rows, called: str, kind: str | Scale) -> None:
    if not scale.over:
        same = "is the same in every sample" if kind != "largest" else "has no larger number than 0"
        raise wrong("data.standardize", f"{called} {same}")
    if not (math.isfinite(scale.over) and np.isfinite(scaled).all()):
        raise wrong("data.standardize", f"the numbers of {called} are too large")


def scaling(value: Any, place: str) -> Scaling:
    """Check what ``standardize`` says: of all inputs, or a table of inputs, targets and neurons."""
    if not isinstance(value, dict):
        return Scaling((("inputs", _kind(value, place)),))
    kinds = {
        text(key, place): _kind(kind, inside(place, key))
        for key, kind in value.items()
        if key != "samples"
    }
    samples = value.get("samples")
    if samples is not None:
        samples = list_of(count)(samples, inside(place, "samples"))
    return Scaling(tuple(kinds.items()), samples)
