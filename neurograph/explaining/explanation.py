"""Explanations: a tree of steps, from one number to everything it is computed from."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from neurograph.errors import UnknownNameError, did_you_mean
from neurograph.explaining.equations import Pool
from neurograph.explaining.making import Found, Update
from neurograph.explaining.paths import PathShare, PathSum, sum_over_paths
from neurograph.explaining.rules import Rules
from neurograph.explaining.state import NEW, Quantity, State, find_quantity
from neurograph.explaining.steps import Step, walked
from neurograph.explaining.symbols import Symbols
from neurograph.explaining.writing_html import as_html
from neurograph.explaining.writing_latex import as_formula, as_latex, as_markdown
from neurograph.explaining.writing_text import as_text

if TYPE_CHECKING:
    from neurograph.network import Network

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
    network: "Network",
    address: str,
    *,
    digits: int,
    depth: int | None,
    sample: int | None,
    update: Update,
    as_carried: bool = False,
) -> Explanation:
    """Return the explanation of an address; everything given is of the right type already.

    With `as_carried` it is made of what the objects carry even where weights have changed since,
    as in the middle of a round in place.
    """
    state = State(network, as_carried=as_carried)
    quantity = find_quantity(state, address, sample)
    if quantity.kind == NEW and update.order == "in_place" and update.learning_rate is not None:
        state.change_in_place(update.rule(update.learning_rate), update.digits)
    symbols = Symbols(state, tag_samples=sample is None)
    rules = Rules(state, symbols, Pool(), update)
    reach = _Reach(rules, quantity, depth)
    if quantity.kind == NEW:
        rules.say_update(quantity.place, reach.found[quantity])
    root = _unfolded(reach, quantity, digits)
    return Explanation(
        address=root.address,
        value=root.value,
        root=root,
        digits=digits,
        sample=quantity.sample,
        n_samples=state.n_samples,
        path_sum=sum_over_paths(rules, quantity) if quantity.kind == "gradient" else None,
    )


class _Reach:
    """What is unfolded: all that is near enough to the root, by the fewest steps to it."""

    def __init__(self, rules: Rules, root: Quantity, depth: int | None) -> None:
        self.rules = rules
        self.found: dict[Quantity, Found] = {root: rules.find(root)}
        self.chosen = {root}
        level = [root]
        distance = 0
        while level and (depth is None or distance < depth):
            parts = [part for quantity in level for part in self.found[quantity].parts]
            level = [part for part in dict.fromkeys(parts) if part not in self.chosen]
            if depth is None and len(self.chosen) + len(level) > PAGE:
                break
            self.chosen.update(level)
            self.found.update((part, rules.find(part)) for part in level)
            distance += 1


def _unfolded(reach: _Reach, root: Quantity, digits: int) -> Step:
    """Return the tree of steps, each quantity where it is first needed."""
    state = reach.rules.state
    made: dict[Quantity, Step] = {}
    parts: dict[Quantity, list[Step]] = {}
    # Each with the quantity that needs it; the last is looked at first.
    waiting: list[tuple[Quantity, Quantity | None]] = [(root, None)]
    while waiting:
        quantity, needed_by = waiting.pop()
        address = state.address(quantity)
        if quantity in made or quantity not in reach.chosen:
            if needed_by is not None:
                made[needed_by].leave(address, repeated=quantity in made)
            continue
        found = reach.found[quantity]
        step = made[quantity] = Step(address, quantity, found, digits)
        parts[quantity] = []
        if needed_by is not None:
            parts[needed_by].append(step)
        waiting += [(part, quantity) for part in reversed(found.parts)]
    for quantity, step in made.items():
        step.parts = tuple(parts[quantity])
    return made[root]
