"""How each quantity follows from others: the equations of the passes, one method a kind."""

from collections.abc import Callable

from neurograph.explaining.backward import Backward
from neurograph.explaining.forward import Forward
from neurograph.explaining.making import Found
from neurograph.explaining.shares import Shares
from neurograph.explaining.state import TOTAL, Quantity

__all__ = ["Rules"]


class Rules(Forward, Backward, Shares):
    """The equations behind every quantity of a state."""

    def find(self, quantity: Quantity) -> Found:
        """Return what is behind a quantity."""
        found = Found("")
        kind = quantity.kind
        if kind == "out" and quantity.place in self.state.given:
            kind = "given"
        if kind in (TOTAL, "gradient") and quantity.sample is None and self.state.n_samples:
            kind = "over_samples"
        rule: Callable[[Quantity, Found], None] = getattr(self, f"_{kind}")
        rule(quantity, found)
        found.parts = [part for part in dict.fromkeys(found.parts) if not self.state.is_given(part)]
        return found
