"""What an alternative is: one change against the stated conventions."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from neurograph.conventions.overrides import Override
from neurograph.conventions.setups import Setup

__all__ = ["Alternative"]


@dataclass(frozen=True, kw_only=True)
class Alternative:
    """One change against the stated conventions: one entry of the table.

    Parameters
    ----------
    name : str
        Unique within a network.
    family : str
        A key of `neurograph.edits.FAMILIES`.
    sentence : str
        What was done, such as "the weights change in place".
    change : function of Setup to Setup, optional
        Changes what is computed with: conventions, parameters, the table rows of loss and
        activations.
    overrides : mapping
        By quantity and place (`None`: every place), what stands for the value just computed.
    shift : int
        How many updates later (or earlier) a value is looked at.
    truncates : bool
        The printed digits are cut off instead of rounded.

    Examples
    --------
    >>> import neurograph as ng
    >>> from neurograph.conventions import Conventions, alternatives
    >>> net = ng.Network.layered(1, 1, weights=0.5)
    >>> found = alternatives(net, [3.0], [1.0], Conventions(learning_rate=0.1))
    >>> print(next(found).sentence)
    the weights change in place: errors go back through weights already changed
    """

    name: str
    family: str
    sentence: str
    change: Callable[[Setup], Setup] | None = None
    overrides: Mapping[tuple[str, int | None], Override] = field(default_factory=dict)
    shift: int = 0
    truncates: bool = False

    def setup(self, stated: Setup) -> Setup:
        """Return the setup that it makes of the stated one."""
        return stated if self.change is None else self.change(stated)

    def __str__(self) -> str:
        return self.sentence
