"""A gradient as a sum over paths: each way from a parameter to an output adds its product.

dE/dw = sum over paths of out_pre * prod slope_j * prod w_jk * dE/dout of the output, which is the
chain rule with all brackets multiplied out (Bauer, "Computational graphs and rounding error",
SIAM Journal on Numerical Analysis 11, 1974).
"""

from collections.abc import Hashable, Iterator, Sequence
from itertools import islice, pairwise
from typing import Any

import numpy as np

from neurograph.display import Brief
from neurograph.documents.lines import Line, Symbol, multiplied
from neurograph.equations import Variable
from neurograph.escapes import latex_name
from neurograph.explanations.reasons import Reason, Reasons
from neurograph.formulas.tree import Node
from neurograph.records import record

__all__ = ["PathShare", "PathSum", "sum_over_paths"]

#: So many paths are listed; there can be more than anyone can count.
MOST_PATHS = 1000
#: Of more paths than this, only the largest few are written out.
MOST_LINES, SHOWN_LINES = 6, 4
#: The product along a path of more neurons is not written out.
MOST_FACTORS = 8


@record
class PathShare:
    """One path from a parameter to an output, and what it adds to the gradient.

    Attributes
    ----------
    nodes : list
        The neurons it runs through, as NetworkX functions take and give paths.
    contribution : float
    """

    nodes: list[Hashable]
    contribution: float

    @property
    def edges(self) -> list[tuple[Hashable, Hashable]]:
        """The connections it runs over, as pairs of names."""
        return list(pairwise(self.nodes))


@record
class PathSum(Brief):
    """All paths of one gradient.

    Attributes
    ----------
    shares : tuple of PathShare
    count : int
        How many paths there are, listed or not.
    rest : float
        What those that are not listed add up to.
    lines : tuple of (PathShare, Line)
        The paths that are written out: all of few, the largest of many.
    ends_in_group : bool
        Whether paths stop at a softmax, whose delta stands for what lies behind.
    """

    shares: tuple[PathShare, ...]
    count: int
    rest: float
    lines: tuple[tuple[PathShare, Line], ...]
    ends_in_group: bool


def sum_over_paths(reasons: Reasons, variable: Variable) -> PathSum:
    """Return the paths behind a gradient."""
    finder = _Finder(reasons, variable.sample)
    structure = reasons.structure
    slots = structure.shared_slots(variable.place)
    count = sum(finder.count(int(structure.post[slot])) for slot in slots)
    listed = list(islice(finder.paths(slots), MOST_PATHS))
    shares = tuple(
        PathShare(finder.nodes(slot, rows), finder.contribution(slot, rows))
        for slot, rows in listed
    )
    rest = 0.0
    if count > len(listed):
        rest = reasons.state.number(variable) - sum(share.contribution for share in shares)
    chosen = list(range(len(shares)))
    if len(shares) > MOST_LINES:
        chosen.sort(key=lambda number: -abs(shares[number].contribution))
        chosen = sorted(chosen[:SHOWN_LINES])
    lines = tuple((shares[n], finder.equation(*listed[n], shares[n])) for n in chosen)
    return PathSum(shares, count, rest, lines, finder.ends_in_group)


class _Finder:
    def __init__(self, reasons: Reasons, sample: int | None) -> None:
        self.reasons = reasons
        self.state = reasons.state
        self.structure = reasons.structure
        self.sample = sample
        self.ends_in_group = False
        self._counts: dict[int, int] = {}

    def stops(self, row: int) -> bool:
        """Whether paths go no further: softmax couples neurons that no connection joins."""
        return self.state.equations.activations[row].couples_deltas

    def count(self, row: int) -> int:
        """Return how many paths lead from a neuron to the error."""
        waiting = [row]
        while waiting:
            j = waiting[-1]
            onward = [] if self.stops(j) else [k for _, k in self.structure.links_out_of(j)]
            unknown = [k for k in onward if k not in self._counts]
            if unknown and j not in self._counts:
                waiting += unknown
                continue
            waiting.pop()
            ends = self.stops(j) or j in self.state.outputs
            self._counts[j] = int(ends) + sum(self._counts[k] for k in onward)
        return self._counts[row]

    def paths(self, slots: Sequence[int]) -> Iterator[tuple[int, tuple[int, ...]]]:
        """Yield the slot each path starts with, and its rows from there on."""
        for slot in slots:
            waiting: list[tuple[int, ...]] = [(int(self.structure.post[slot]),)]
            while waiting:
                rows = waiting.pop()
                j = rows[-1]
                if self.stops(j) or j in self.state.outputs:
                    yield slot, rows
                if not self.stops(j):
                    onward = [k for _, k in self.structure.links_out_of(j) if self.count(k)]
                    waiting += [(*rows, k) for k in reversed(onward)]

    def nodes(self, slot: int, rows: tuple[int, ...]) -> list[Hashable]:
        """Return the names a path runs through."""
        pre = int(self.structure.pre[slot])
        return [self.state.names[row] for row in ((pre, *rows) if pre >= 0 else rows)]

    def contribution(self, slot: int, rows: tuple[int, ...]) -> float:
        """Return what a path adds to the gradient."""
        raw = self.state.raw
        last = rows[-1]
        product: Any = self._end(last)
        for variable in self._factors(slot, rows):
            product = product * raw(variable.quantity, variable.place)
        if isinstance(product, np.ndarray):
            if self.sample is not None:
                return float(product[self.sample - 1])
            return float(product.mean() if self.state.reduction == "mean" else product.sum())
        return float(product)

    def _end(self, row: int) -> Any:
        """Return dE/dnet at the end of a path, by the loss alone."""
        raw = self.state.raw
        if self.stops(row):
            self.ends_in_group = True
            return raw("delta", row)
        target, out = raw("target", row), raw("out", row)
        joint = self.state.equations.joint(row)
        if joint is not None:
            return joint.delta(out, target)
        n = len(self.structure.outputs)
        return raw("slope", row) * self.state.equations.round.loss.slope(target, out, n)

    def _factors(self, slot: int, rows: tuple[int, ...]) -> Iterator[Variable]:
        """Yield what is multiplied along a path, from the parameter to its last neuron."""
        equations, pre = self.state.equations, int(self.structure.pre[slot])
        if pre >= 0:
            if not equations.is_sum(rows[0]):
                yield Variable("message_slope", slot, self.sample)
            yield Variable("out", pre, self.sample)
        for row, after in pairwise(rows):
            onward = next(c for c, i in self.structure.links_into(after) if i == row)
            yield Variable("slope", row, self.sample)
            if not equations.is_sum(after):
                yield Variable("message_slope", onward, self.sample)
            yield equations.weight_sent_back(onward)

    def equation(self, slot: int, rows: tuple[int, ...], share: PathShare) -> Line:
        """Return a path's contribution as a line, factor by factor from the parameter on."""
        reasons = self.reasons
        if (self.state.n_samples and self.sample is None) or len(rows) > MOST_FACTORS:
            nodes: list[Node] = []
        else:
            nodes = [reasons.name(variable) for variable in self._factors(slot, rows)]
            nodes += self._end_nodes(rows[-1])
        forms = (multiplied(nodes),) if nodes else ()
        left = _route(share.nodes)
        return Line("path", left, forms, share.contribution, reasons.pool.terms)

    def _end_nodes(self, row: int) -> list[Node]:
        reasons, sample = self.reasons, self.sample
        if self.stops(row):
            return [reasons.name(Variable("delta", row, sample))]
        joint = self.state.equations.joint(row)
        if joint is not None:
            delta = self.state.equations.of(Variable("delta", row))
            return [reasons.tree(delta, sample, Reason(""), formula=joint.delta_formula)]
        slope = reasons.name(Variable("slope", row, sample))
        if reasons.symbols.leads_to_loss(row):
            return [slope, reasons.name(Variable("out_gradient", row, sample))]
        sent = self.state.equations.of(Variable("out_gradient", row))
        by_loss = self.state.equations.round.loss.derivative
        return [slope, reasons.tree(sent, sample, Reason(""), formula=by_loss)]


def _route(nodes: Sequence[Hashable]) -> Symbol:
    """Return a path as its neurons, and an arrow from each to the next."""
    names = [str(name) for name in nodes]
    if len(names) > MOST_FACTORS + 2:
        names = [*names[:4], f"({len(names) - 8} more)", *names[-4:]]
    return Symbol(" -> ".join(names), r" \to ".join(map(latex_name, names)))
