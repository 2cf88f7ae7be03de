"""`History`: what a training run recorded."""

import importlib
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from neurograph.errors import UnknownNameError, did_you_mean

__all__ = ["History"]

# How many addresses a repr shows.
_SHOWN = 4


class History(Mapping[str, NDArray[np.float64]]):
    """What a training run recorded: an array for each address, one entry for each kept epoch.

    The loss of an epoch is that of the epoch's own passes, each before its update; weights and
    biases are those after the epoch's updates; everything else is of the epoch's last step.

    Parameters
    ----------
    values : mapping from str to array-like
        By address, of shape ``(n_kept,)``, or ``(n_kept, n_samples)`` for a value that a batch has
        one of for each sample.
    epochs : sequence of int
        Which epochs were kept, counted from 1.
    steps_per_epoch : int
    start : mapping from str to float
        Of each recorded weight and bias, its value before the first step.
    ended : str
        Why the run ended.

    Attributes
    ----------
    epochs, steps : ndarray of int, shape (n_kept,)
        The kept epochs, and how many steps the run had made by the end of each.
    start : dict of str to float
    ended : str

    Examples
    --------
    >>> import neurograph as ng
    >>> from neurograph.training import train
    >>> net = ng.Network.layered(1, 1, weights=0.5, activation="identity")
    >>> history = train(net, [3.0], [1.0], learning_rate=0.1, epochs=3,
    ...                 record=("loss", "w1.weight"))
    >>> history
    History(3 epochs, 3 steps: loss 0.125 -> 1.25e-05, w1.weight 0.35 -> 0.3335)
    >>> history["loss"]
    array([1.25e-01, 1.25e-03, 1.25e-05])
    >>> history.start["w1.weight"]
    0.5
    """

    def __init__(
        self,
        values: Mapping[str, Any],
        epochs: Sequence[int] | NDArray[np.int64],
        steps_per_epoch: int = 1,
        *,
        start: Mapping[str, float] | None = None,
        ended: str = "",
    ) -> None:
        self._values = {
            address: np.array(column, dtype=np.float64) for address, column in values.items()
        }
        self.epochs: NDArray[np.int64] = np.array(epochs, dtype=np.int64)
        self.steps: NDArray[np.int64] = self.epochs * steps_per_epoch
        self.start = dict(start or {})
        self.ended = ended

    def __getitem__(self, address: str) -> NDArray[np.float64]:
        try:
            return self._values[address]
        except KeyError:
            recorded = ", ".join(self._values) or "nothing"
            raise UnknownNameError(
                f"{address!r} was not recorded{did_you_mean(address, self._values)}"
                f" (recorded: {recorded})"
            ) from None

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def __len__(self) -> int:
        """Return how many addresses were recorded."""
        return len(self._values)

    def to_dict(self) -> dict[str, list[Any]]:
        """Return plain lists, as JSON can hold them: ``"epoch"``, ``"step"``, and each address.

        Examples
        --------
        >>> from neurograph.training import History
        >>> History({"loss": [0.5, 0.25]}, epochs=[1, 2], steps_per_epoch=4).to_dict()
        {'epoch': [1, 2], 'step': [4, 8], 'loss': [0.5, 0.25]}
        """
        columns = {address: column.tolist() for address, column in self._values.items()}
        return {"epoch": self.epochs.tolist(), "step": self.steps.tolist()} | columns

    def to_frame(self) -> Any:
        """Return a pandas DataFrame with one row for each kept epoch, and the epochs as its index.

        An address with a value for each sample has a column for each: ``"h1.out[0]"``, ...

        Returns
        -------
        pandas.DataFrame

        Raises
        ------
        ImportError
            If pandas is not installed.
        """
        try:
            pandas = importlib.import_module("pandas")
        except ModuleNotFoundError:
            raise ImportError(
                "History.to_frame needs pandas, which is not installed: pip install pandas, or use"
                " History.to_dict"
            ) from None
        columns: dict[str, Any] = {"step": self.steps}
        for address, column in self._values.items():
            if column.ndim == 1:
                columns[address] = column
            else:
                columns |= {f"{address}[{n}]": of_one for n, of_one in enumerate(column.T)}
        return pandas.DataFrame(columns, index=pandas.Index(self.epochs, name="epoch"))

    def __repr__(self) -> str:
        if not self.epochs.size:
            return f"History(no epochs{f', {self.ended}' if self.ended else ''})"
        done, steps = int(self.epochs[-1]), int(self.steps[-1])
        counted = f"{done} epoch{'s'[: done != 1]}, {steps} step{'s'[: steps != 1]}"
        shown = [_shown(address, self._values[address]) for address in list(self)[:_SHOWN]]
        if len(self) > _SHOWN:
            shown.append(f"and {len(self) - _SHOWN} more")
        return f"History({counted}{': ' if shown else ''}{', '.join(shown)})"


def _shown(address: str, column: NDArray[np.float64]) -> str:
    if column.ndim > 1:
        return f"{address} of {column.shape[1]} samples"
    return f"{address} {column[0]:.9g} -> {column[-1]:.9g}"
