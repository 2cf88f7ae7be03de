"""When a training run ends before its last epoch."""

import math
import numbers
from collections.abc import Callable, Sequence
from typing import Any

from neurograph.checks import finite_number, not_negative, whole_number
from neurograph.display import Brief
from neurograph.errors import InvalidTypeError
from neurograph.records import record

__all__ = ["GradientNorm", "Moment", "NoImprovement", "Stop", "TargetLoss", "Watch", "read_stops"]


class Watch:
    """Looks at the losses of one run, epoch after epoch.

    Parameters
    ----------
    first : function of losses and a list of numbers
        Returns the place of the first loss that ends the run; in the list it notes what it has to
        know of the losses before.
    noted : list of float
        What there is to know at the beginning.
    """

    def __init__(
        self, first: Callable[[Sequence[float], list[float]], int | None], noted: list[float]
    ) -> None:
        self.first = first
        self.noted = noted

    def __call__(self, losses: Sequence[float]) -> int | None:
        """Return the place of the loss that ends the run, or `None`."""
        return self.first(losses, self.noted)


@record
class Moment(Brief):
    """Where a training run is, for a callback or a function given as `stop`.

    Attributes
    ----------
    net : Network
        Its objects carry the passes of the epoch's last step and the parameters after it.
    epoch, step : int
        Of the whole run, counted from 1; both are finished.
    loss : float
        The loss of the epoch.
    learning_rate : float
        That of the step.
    """

    net: Any
    epoch: int
    step: int
    loss: float
    learning_rate: float


@record
class TargetLoss:
    """Stop after the first epoch whose loss is no more than this.

    Parameters
    ----------
    loss : float

    Raises
    ------
    InvalidValueError, InvalidTypeError
        If it is not a finite number.

    Examples
    --------
    >>> import neurograph as ng
    >>> from neurograph.training import TargetLoss, train
    >>> net = ng.Network.layered(1, 1, weights=0.5, activation="identity")
    >>> history = train(net, [3.0], [1.0], learning_rate=0.1, epochs=100, stop=TargetLoss(1e-4))
    >>> history.ended
    'loss 1.25e-05 of epoch 3 reached the target of 0.0001'
    """

    loss: float

    def __post_init__(self) -> None:
        finite_number(self.loss, "loss of TargetLoss")

    def watch(self) -> Watch:
        """Return a function that looks at the losses of one run."""
        target = self.loss

        def first(losses: Sequence[float], noted: list[float]) -> int | None:
            if min(losses, default=math.inf) > target:
                return None
            return next(place for place, loss in enumerate(losses) if loss <= target)

        return Watch(first, [])

    def reason(self, epoch: int, loss: float) -> str:
        """Return why the run ended."""
        return f"loss {loss:.9g} of epoch {epoch} reached the target of {self.loss:g}"


@record
class NoImprovement:
    """Stop when the loss has not been lower than ever before for so many epochs in a row.

    Prechelt, "Early stopping, but when?" (1998), gives this and other criteria.

    Parameters
    ----------
    epochs : int
        At least 1.
    by : float
        How much lower a loss must be to count; zero or more.

    Raises
    ------
    InvalidValueError, InvalidTypeError
        If one is not.

    Examples
    --------
    >>> import neurograph as ng
    >>> from neurograph.training import NoImprovement, train
    >>> net = ng.Network.layered(1, 1, weights=0.5, activation="step")
    >>> train(net, [3.0], [0.0], learning_rate=0.1, epochs=100, stop=NoImprovement(5)).ended
    'the loss has not fallen in the 5 epochs up to epoch 6'
    """

    epochs: int
    by: float = 0.0

    def __post_init__(self) -> None:
        whole_number(self.epochs, "epochs of NoImprovement")
        not_negative(self.by, "by of NoImprovement")

    def watch(self) -> Watch:
        """Return a function that looks at the losses of one run."""

        def first(losses: Sequence[float], noted: list[float]) -> int | None:
            best, waited = noted
            ends = None
            for place, loss in enumerate(losses):
                best, waited = (loss, 0.0) if loss < best - self.by else (best, waited + 1.0)
                if waited == self.epochs:
                    ends = place
                    break
            noted[:] = best, waited
            return ends

        return Watch(first, [math.inf, 0.0])

    def reason(self, epoch: int, loss: float) -> str:
        """Return why the run ended."""
        by = f" by {self.by:g}" if self.by else ""
        return f"the loss has not fallen{by} in the {self.epochs} epochs up to epoch {epoch}"


@record
class GradientNorm:
    """Stop when the gradient is no longer than this: a minimum, or a plateau.

    The length is the Euclidean norm of dE/dw over all trainable parameters, each shared one
    counted once, as the last step of an epoch computed it. It is looked at every `every` epochs.

    Parameters
    ----------
    norm : float
        Zero or more.

    Raises
    ------
    InvalidValueError, InvalidTypeError
        If it is not.

    Examples
    --------
    >>> import neurograph as ng
    >>> from neurograph.training import GradientNorm, train
    >>> net = ng.Network.layered(1, 1, weights=0.5, activation="identity")
    >>> train(net, [3.0], [1.0], learning_rate=0.1, epochs=100, stop=GradientNorm(0.02)).ended
    'gradient of length 0.015 in epoch 3 reached the target of 0.02'
    """

    norm: float

    def __post_init__(self) -> None:
        not_negative(self.norm, "norm of GradientNorm")

    def reason(self, epoch: int, norm: float) -> str:
        """Return why the run ended."""
        return f"gradient of length {norm:.9g} in epoch {epoch} reached the target of {self.norm:g}"


#: What can end a run.
Stop = TargetLoss | NoImprovement | GradientNorm | Callable[[Moment], object]


def read_stops(stop: Any) -> list[Stop]:
    """Return the conditions in a list, whether none, one or several are given."""
    if stop is None:
        return []
    stops = list(stop) if isinstance(stop, list | tuple) else [stop]
    for one in stops:
        if isinstance(one, TargetLoss | NoImprovement | GradientNorm):
            continue
        if isinstance(one, type) or not callable(one):
            hint = f"; did you mean TargetLoss({one})?" if isinstance(one, numbers.Real) else ""
            raise InvalidTypeError(
                "stop must be TargetLoss(...), NoImprovement(...), GradientNorm(...), a function"
                f" of a Moment, or a list of these, not {one!r}{hint}"
            )
    return stops
