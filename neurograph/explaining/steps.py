"""The steps that an explanation is made of."""

from collections.abc import Iterator

from neurograph.equations import Variable
from neurograph.explaining.lines import Line, filled_in
from neurograph.explaining.reasons import Reason
from neurograph.explaining.text import expression

__all__ = ["Step", "numeric", "walked"]


class Step:
    """One quantity of an explanation: its equations, and the steps behind them.

    Attributes
    ----------
    address : str
        Such as ``"h1.net"``.
    sample : int, optional
        Of a batch, counted from 1; `None` for what belongs to all of it.
    words : str
        What the quantity is.
    value : float
    equations : tuple of Line
        The first is the definition; others say the same in other forms.
    notes : tuple of str
    parts : tuple of Step
        What the numbers of the equations are, unless that is said elsewhere.
    repeated : tuple of str
        Addresses of parts that another step of the same explanation shows.
    folded : tuple of str
        Addresses of parts that are beyond the depth.
    """

    def __init__(self, address: str, variable: Variable, reason: Reason, digits: int) -> None:
        self.address = address
        self.sample = variable.sample
        self.words = reason.words
        self.equations = tuple(reason.equations)
        self.value = self.equations[0].value
        self.notes = tuple(reason.notes)
        self.digits = digits
        self.parts: tuple[Step, ...] = ()
        self.repeated: tuple[str, ...] = ()
        self.folded: tuple[str, ...] = ()

    @property
    def symbolic(self) -> str:
        """The line in symbols, such as ``"net_h1 = w1*i1 + w2*i2 + b1"``."""
        line = self.equations[0]
        return " = ".join([line.left.text, *(expression(f, line.terms) for f in line.forms)])

    @property
    def numeric(self) -> str:
        """What stands right of the symbols, with numbers: ``"0.15*0.05 + 0.2*0.1 + 0.35"``."""
        return numeric(self.equations[0], self.digits)

    def leave(self, address: str, *, repeated: bool) -> None:
        """Note a part that is not shown below this step: shown elsewhere, or beyond the depth."""
        if repeated:
            self.repeated += (address,)
        else:
            self.folded += (address,)

    def __repr__(self) -> str:
        return f"<Step {self.address}: {self.symbolic}>"


def numeric(line: Line, digits: int) -> str:
    """Return the last form of a line with numbers filled in; of a given value the number."""
    if not line.forms:
        return ""
    return expression(filled_in(line.forms[-1], line.terms, digits), line.terms)


def walked(root: Step) -> Iterator[tuple[Step, int]]:
    """Yield steps and their depth, each before those behind it, however deep they go."""
    waiting = [(root, 0)]
    while waiting:
        step, depth = waiting.pop()
        yield step, depth
        waiting += [(part, depth + 1) for part in reversed(step.parts)]
