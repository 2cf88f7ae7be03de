"""Explanations: a tree of steps, from one number to everything it is computed from."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from neurograph.equations import Variable
from neurograph.errors import UnknownNameError, did_you_mean
from neurograph.explaining.lines import Pool
from neurograph.explaining.paths import PathShare, PathSum, sum_over_paths
from neurograph.explaining.reasons import Reason, Reasons
from neurograph.explaining.state import State, find_quantity
from neurograph.explaining.steps import Step, walked
from neurograph.explaining.symbols import Symbols
from neurograph.explaining.writing_html import as_html
from neurograph.explaining.writing_latex import as_formula, as_latex, as_markdown
from neurograph.explaining.writing_text import as_text

if TYPE_CHECKING:
    pass

__all__ = ["Explanation", "build"]

#: Without a depth, an explanation unfolds as far as it stays within so many steps.
PAGE = 30


@dataclass(eq=False, repr=False)
class Explanation:
    """Where one number comes from.

    Attributes
    ----------
    address : str
    value : float
    root : Step
        The number itself; its `parts` unfold what it is computed from.
    paths : tuple of PathShare
        For a gradient: every path of connections from the parameter to an output, with what it
        contributes (of very many, the first).
    n_paths : int
        How many paths there are.
    other_paths : float
        What the paths that are not listed contribute together.
    digits : int
        Decimals that are shown.

    Examples
    --------
    >>> import neurograph as ng
    >>> from neurograph.explaining import explain
    >>> net = ng.Network.layered(2, 1, weights=[[[0.15, 0.2]]], bias=0.35)
    >>> _ = net.forward([0.05, 0.1])
    >>> print(explain(net, "o1.net"))
    o1.net = 0.3775
    the total net input of o1
    <BLANKLINE>
      net_o1 = w1*i1 + w2*i2 + b_o1 = 0.15*0.05 + 0.2*0.1 + 0.35 = 0.3775
    """

    address: str
    value: float
    root: Step
    digits: int
    sample: int | None = None
    n_samples: int | None = None
    path_sum: PathSum | None = None

    @property
    def paths(self) -> tuple[PathShare, ...]:
        """The paths of a gradient, each with its contribution."""
        return self.path_sum.shares if self.path_sum else ()

    @property
    def n_paths(self) -> int:
        """How many paths there are."""
        return self.path_sum.count if self.path_sum else 0

    @property
    def other_paths(self) -> float:
        """What the paths that are not in `paths` contribute together."""
        return self.path_sum.rest if self.path_sum else 0.0

    @property
    def steps(self) -> tuple[Step, ...]:
        """All steps, each before those behind it."""
        return tuple(step for step, _ in walked(self.root))

    def step(self, address: str) -> Step:
        """Return the step of one address."""
        for step in self.steps:
            if step.address == address:
                return step
        known = [step.address for step in self.steps]
        raise UnknownNameError(
            f"the explanation of {self.address!r} has no step {address!r}"
            f"{did_you_mean(address, known)}"
        )

    def text(self, *, ascii: bool = False, width: int = 80) -> str:
        """Return the explanation as lines of text."""
        return as_text(self, width=width, ascii=ascii)

    def markdown(self) -> str:
        """Return the explanation as Markdown with LaTeX equations."""
        return as_markdown(self)

    def latex(self, *, document: bool = False) -> str:
        """Return the explanation as LaTeX: what goes into a document, or a whole one."""
        return as_latex(self, document=document)

    def html(self, *, document: bool = False) -> str:
        """Return the explanation as HTML with MathML: a fragment, or a whole page."""
        return as_html(self, document=document)

    def __str__(self) -> str:
        return self.text()

    def __repr__(self) -> str:
        return f"<Explanation of {self.address} = {self.value:.9g}, {len(self.steps)} steps>"

    def _repr_html_(self) -> str:
        return self.html()

    def _repr_markdown_(self) -> str:
        return self.markdown()

    def _repr_latex_(self) -> str:
        return as_formula(self)


def build(
    state: State, address: str, *, digits: int, depth: int | None, sample: int | None
) -> Explanation:
    """Return the explanation of an address; everything given is of the right type already."""
    variable = find_quantity(state, address, sample)
    reasons = Reasons(state, Symbols(state, tag_samples=sample is None), Pool())
    reach = _Reach(reasons, variable, depth)
    root = _unfolded(reach, variable, digits)
    return Explanation(
        address=root.address,
        value=root.value,
        root=root,
        digits=digits,
        sample=variable.sample,
        n_samples=state.n_samples,
        path_sum=sum_over_paths(reasons, variable) if variable.quantity == "gradient" else None,
    )


class _Reach:
    """What is unfolded: all that is near enough to the root, by the fewest steps to it."""

    def __init__(self, reasons: Reasons, root: Variable, depth: int | None) -> None:
        self.reasons = reasons
        self.reason: dict[Variable, Reason] = {root: reasons.reason(root)}
        self.chosen = {root}
        level = [root]
        distance = 0
        while level and (depth is None or distance < depth):
            parts = [part for variable in level for part in self.reason[variable].parts]
            level = [part for part in dict.fromkeys(parts) if part not in self.chosen]
            if depth is None and len(self.chosen) + len(level) > PAGE:
                break
            self.chosen.update(level)
            self.reason.update((part, reasons.reason(part)) for part in level)
            distance += 1


def _unfolded(reach: _Reach, root: Variable, digits: int) -> Step:
    """Return the tree of steps, each number where it is first needed."""
    state = reach.reasons.state
    made: dict[Variable, Step] = {}
    parts: dict[Variable, list[Step]] = {}
    # Each with the number that needs it; the last is looked at first.
    waiting: list[tuple[Variable, Variable | None]] = [(root, None)]
    while waiting:
        variable, needed_by = waiting.pop()
        address = state.address(variable)
        if variable in made or variable not in reach.chosen:
            if needed_by is not None:
                made[needed_by].leave(address, repeated=variable in made)
            continue
        reason = reach.reason[variable]
        step = made[variable] = Step(address, variable, reason, digits)
        parts[variable] = []
        if needed_by is not None:
            parts[needed_by].append(step)
        waiting += [(part, variable) for part in reversed(reason.parts)]
    for variable, step in made.items():
        step.parts = tuple(parts[variable])
    return made[root]
