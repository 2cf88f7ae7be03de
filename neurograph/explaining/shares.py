"""Shares: how an error that is divided in proportion to weights is explained."""

import math

from neurograph.explaining.equations import added, multiplied
from neurograph.explaining.making import Found, Making
from neurograph.explaining.state import Quantity
from neurograph.formulas.tree import Call, Node

__all__ = ["Shares"]


class Shares(Making):
    """The equations of `Network.attribute`."""

    def _error(self, quantity: Quantity, found: Found) -> None:
        _, j, sample = quantity
        found.words = f"the error of {self.called(j)}, as it is shared out in proportion to weights"
        terms: list[Node] = []
        if j in self.state.outputs:
            target, out = (Quantity(kind, j, sample) for kind in ("target", "out"))
            terms.append(Call("-", (self.name(target), self.name(out))))
            found.parts.append(out)
        shares = [Quantity("share", c, sample) for c, _ in self.state.outgoing(j)]
        if shares:
            values = [self.state.value(share) for share in shares]
            node, places = self.total(values, lambda k: self.name(shares[k]), found, "shares")
            terms.append(node)
            found.parts += [shares[place] for place in places]
        found.equations.append(self.equation("", quantity, added(terms)))

    def _share(self, quantity: Quantity, found: Found) -> None:
        _, c, sample = quantity
        j = int(self.structure.post[c])
        found.words = f"the part of the error of {self.called(j)} that falls to {self.ends(c)}"
        error, weight = Quantity("error", j, sample), Quantity("weight", c)
        node = multiplied([self.name(error), self.name(weight)])
        slots = [slot for slot, _ in self.state.incoming(j)]
        weights = [self.state.value(Quantity("weight", slot)) for slot in slots]
        plain = self.state.value(error) * self.state.value(weight)
        if not math.isclose(plain, self.state.value(quantity), rel_tol=1e-12, abs_tol=1e-300):
            whole, _ = self.total(
                weights, lambda k: self.name(Quantity("weight", slots[k])), found, "weights"
            )
            node = Call("/", (node, whole))
        found.equations.append(self.equation("", quantity, node))
        found.parts.append(error)
