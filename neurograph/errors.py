"""The errors: each says where, what was expected, what was got, and what was likely meant."""

import sys
import warnings
from collections.abc import Iterable
from itertools import islice
from types import FrameType

# As type checkers know it: the module typing takes longer to import than all of the command line.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

__all__ = [
    "DivergedError",
    "FormulaError",
    "GradientError",
    "InvalidTypeError",
    "InvalidValueError",
    "NeurographError",
    "NotComputedError",
    "ScenarioError",
    "StructureError",
    "UnknownAttributeError",
    "UnknownNameError",
    "UnwritableError",
]


#: Names are compared letter by letter: only so many, and none that is longer.
MOST_CANDIDATES, LONGEST = 10_000, 100


class NeurographError(Exception):
    """Base of every error that neurograph raises on purpose.

    Each subclass is also the builtin it means, so ``except ValueError`` keeps working.

    Examples
    --------
    >>> import neurograph as ng
    >>> issubclass(ng.StructureError, ValueError)
    True
    """

    def __str__(self) -> str:
        # KeyError prints the repr of its message; a sentence should read as a sentence.
        return str(self.args[0]) if self.args else ""


class StructureError(NeurographError, ValueError):
    """The graph is not a feed-forward network that a pass can run on."""


class UnknownNameError(NeurographError, KeyError):
    """No neuron, connection, activation, loss, quantity or scenario has this name."""


class NotComputedError(NeurographError, KeyError, AttributeError):
    """A value that no pass has computed yet was read."""


class UnknownAttributeError(NeurographError, AttributeError):
    """A neuron or connection has no such attribute, or it cannot be set."""


class InvalidValueError(NeurographError, ValueError):
    """A number, shape or choice that cannot be used here."""


class UnwritableError(InvalidValueError, OSError):
    """A file that cannot be written, or that may not be replaced; the message names it."""


class InvalidTypeError(NeurographError, TypeError):
    """Something of the wrong type, such as text where a number belongs."""


class FormulaError(NeurographError, ValueError):
    """A formula that is not in the formula language, or a derivative that is not its derivative."""


class GradientError(NeurographError, ValueError):
    """Analytic and numeric gradients disagree."""


class DivergedError(NeurographError, ArithmeticError):
    """A loss or a parameter became nan, inf or too large for a next step in training.

    Attributes
    ----------
    history : History
        What was recorded before.
    """

    history: "Any"


class ScenarioError(NeurographError, ValueError):
    """A scenario file that cannot be used; the message names the file and the place in it.

    Attributes
    ----------
    mistakes : tuple of str
        What is wrong, each with its place: what has nothing to do with each other is said at once.
    """

    def __init__(self, message: str = "", mistakes: Iterable[str] = ()) -> None:
        super().__init__(message)
        self.mistakes = tuple(mistakes) or (message,)

    @classmethod
    def of(cls, mistakes: Iterable[str], name: str = "") -> "ScenarioError":
        """Return the error of one mistake, or of several, in a file of this name."""
        texts = tuple(dict.fromkeys(mistakes))
        start = f"{name}: " if name else ""
        whole = tuple(start + text for text in texts)
        if len(texts) == 1:
            return cls(whole[0])
        return cls("\n  ".join([f"{start}{len(texts)} mistakes:", *texts]), whole)

    def within(self, name: object) -> "ScenarioError":
        """Return the error with the name of a file before the place of each mistake."""
        return self.of(self.mistakes, str(name))


def warn_caller(message: str) -> None:
    """Warn, and name the line outside this package that brought it about."""
    level = 1
    frame: FrameType | None = sys._getframe()
    while frame is not None and str(frame.f_globals.get("__name__")).startswith("neurograph"):
        level, frame = level + 1, frame.f_back
    warnings.warn(message, UserWarning, stacklevel=level)


def did_you_mean(name: object, candidates: Iterable[object], *, least: float = 0.5) -> str:
    """Return ``"; did you mean 'w5'?"`` for the candidate nearest to `name`, or ``""``.

    Parameters
    ----------
    name : object
        What was asked for.
    candidates : iterable of object
        What exists; compared as text, without regard to case.
    least : float
        How alike they have to be, from 0 to 1, the same.

    Returns
    -------
    str

    Examples
    --------
    >>> did_you_mean("w55", ["w4", "w5"])
    "; did you mean 'w5'?"
    >>> did_you_mean("zebra", ["w4", "w5"])
    ''
    """
    import difflib  # only where something went wrong

    first = list(islice(candidates, MOST_CANDIDATES))
    by_text = {text.lower(): each for each in reversed(first) if len(text := str(each)) <= LONGEST}
    asked = str(name).lower()
    near = (
        difflib.get_close_matches(asked, by_text, n=1, cutoff=least)
        if len(asked) <= LONGEST
        else ()
    )
    return f"; did you mean {by_text[near[0]]!r}?" if near else ""


#: What an option is called elsewhere, here or in other libraries.
_ELSEWHERE = {
    "trainable_bias": "trainable", "frozen": "trainable", "freeze": "trainable",
    "requires_grad": "trainable",
}  # fmt: skip


def refuse_misspelt(keywords: Iterable[str], known: Iterable[str], owner: str) -> None:
    """Refuse a keyword that is stored as it is but was likely meant as one of the known ones.

    Raises
    ------
    InvalidTypeError
        As Python does for a keyword that does not exist.

    Examples
    --------
    >>> refuse_misspelt(["colour"], ["bias"], "a neuron")
    >>> refuse_misspelt(["bais"], ["bias"], "a neuron")
    Traceback (most recent call last):
    neurograph.errors.InvalidTypeError: a neuron has no option 'bais'; did you mean 'bias'?
    """
    known = list(known)
    for keyword in keywords:
        if (meant := _ELSEWHERE.get(keyword)) in known:
            raise InvalidTypeError(f"{owner} has no option {keyword!r}; did you mean {meant!r}?")
        swapped = [name for name in known if sorted(name) == sorted(keyword)]
        if hint := did_you_mean(keyword, swapped, least=0) or did_you_mean(
            keyword, known, least=0.8
        ):
            raise InvalidTypeError(f"{owner} has no option {keyword!r}{hint}")
