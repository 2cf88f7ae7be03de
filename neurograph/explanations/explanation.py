"""Explanations: a tree of steps, from one number to everything it is computed from."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from neurograph.checks import whole_number
from neurograph.documents.document import Derivation, Document, Note, Passage
from neurograph.documents.lines import (
    Line,
    Pool,
    Symbol,
    Term,
    expression,
    filled_in,
    value_text,
)
from neurograph.documents.readable import Readable
from neurograph.equations import Variable
from neurograph.errors import InvalidValueError, UnknownNameError, did_you_mean
from neurograph.explanations.path_sums import PathShare, PathSum, sum_over_paths
from neurograph.explanations.reasons import Reason, Reasons
from neurograph.explanations.state import (
    State,
    Update,
    find_quantity,
    past_update,
    update_by,
    whole_digits,
)
from neurograph.explanations.symbols import Symbols
from neurograph.formulas.tree import Call, Node, constant
from neurograph.losses import answered_rightly
from neurograph.network import Network
from neurograph.optimizers import Optimizer

__all__ = [
    "OF_ROUND", "Explanation", "ExplanationStep", "build", "explain", "explain_by",
    "explain_reported", "explain_scaled_back", "numeric", "walked",
]  # fmt: skip

#: What is known of a round and follows from none of its equations, in words.
OF_ROUND = {
    "accuracy": "which part of the samples is answered rightly",
    "n_right": "how many samples are answered rightly",
    "learning_rate": "the learning rate of the last update",
    "rounds": "how many rounds the training made",
    "running_loss": "the losses before every update of the last round, added up",
}

#: Without a depth, an explanation unfolds as far as it stays within so many steps.
PAGE = 30


class ExplanationStep:
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
    parts : tuple of ExplanationStep
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
        self.parts: tuple[ExplanationStep, ...] = ()
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
            self.repeated = tuple(dict.fromkeys([*self.repeated, address]))
        else:
            self.folded = tuple(dict.fromkeys([*self.folded, address]))

    def derivations(self) -> Iterator[Derivation]:
        """Yield its equations as a document has them."""
        yield from (Derivation([line], line.label) for line in self.equations)

    def remarks(self) -> Iterator[Note]:
        """Yield what is said below its equations."""
        yield from map(Note, self.notes)
        if self.repeated:
            yield Note(f"(see {_listed(self.repeated)} on this page)")
        if self.folded:
            yield Note(f"(not unfolded further: {_listed(self.folded)})")

    def __repr__(self) -> str:
        return f"<ExplanationStep {self.address}: {self.symbolic}>"


def numeric(line: Line, digits: int) -> str:
    """Return the last form of a line with numbers filled in; of a given value the number."""
    if not line.forms:
        return ""
    return expression(filled_in(line.forms[-1], line.terms, digits), line.terms)


def walked(root: ExplanationStep) -> Iterator[tuple[ExplanationStep, int]]:
    """Yield steps and their depth, each before those behind it, however deep they go."""
    waiting = [(root, 0)]
    while waiting:
        step, depth = waiting.pop()
        yield step, depth
        waiting += [(part, depth + 1) for part in reversed(step.parts)]


def _listed(names: Sequence[str]) -> str:
    """Return a few names in words."""
    shown = ", ".join(names[:6])
    return f"{shown} and {len(names) - 6} more" if len(names) > 6 else shown


@dataclass(eq=False, repr=False)
class Explanation(Readable):
    """Where one number comes from.

    Attributes
    ----------
    address : str
    value : float
    root : ExplanationStep
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
    >>> from neurograph.explanations import explain
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
    root: ExplanationStep
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
    def steps(self) -> tuple[ExplanationStep, ...]:
        """All steps, each before those behind it."""
        return tuple(step for step, _ in walked(self.root))

    def step(self, address: str) -> ExplanationStep:
        """Return the step of one address."""
        for step in self.steps:
            if step.address == address:
                return step
        known = [step.address for step in self.steps]
        raise UnknownNameError(
            f"the explanation of {self.address!r} has no step {address!r}"
            f"{did_you_mean(address, known)}"
        )

    def __repr__(self) -> str:
        return f"<Explanation of {self.address} = {self.value:.9g}, {len(self.steps)} steps>"

    def document(self) -> Document:
        """Return what stands in it."""
        return Document("explanation", self._heading, tuple(self._passages()), self.digits)

    @property
    def _heading(self) -> str:
        """The question and its answer: ``"w1.gradient = 0.000438568"``."""
        value = f"{self.address} = {value_text(self.value, self.digits)}"
        if self.sample is None or self.n_samples is None:
            return value
        return f"{value} (sample {self.sample} of {self.n_samples})"

    def _passages(self) -> Iterator[Passage]:
        for step, depth in walked(self.root):
            # Where one sample is explained, the heading says which.
            own = step.sample is not None and self.sample is None
            title = f"{step.address}, sample {step.sample}" if own else step.address
            paths = () if depth else self._sum()
            blocks = (*step.derivations(), *paths, *step.remarks())
            yield Passage(title, step.words, depth, blocks)

    def _sum(self) -> Iterator[Derivation]:
        """Yield the sum over the paths of a gradient."""
        paths = self.path_sum
        if paths is not None and paths.count > 1:
            lines = [line for _, line in paths.lines]
            yield Derivation(lines, self._path_words(paths), listed=True)

    def _path_words(self, paths: PathSum) -> str:
        words = f"sum over {paths.count:,} paths"
        if len(paths.lines) < paths.count:
            shown = len(paths.lines)
            rest = self.value - sum(share.contribution for share, _ in paths.lines)
            others = paths.count - shown
            which = "largest" if len(paths.shares) == paths.count else "largest found first"
            words += (
                f" (the {shown} {which}; the other {others:,} add up to"
                f" {value_text(rest, self.digits)})"
            )
        if paths.ends_in_group:
            words += ", which end at a softmax: its delta stands for what lies behind"
        return words


def explain(
    net: Network,
    address: str,
    *,
    digits: int = 9,
    depth: int | None = None,
    sample: int | None = None,
    learning_rate: float | None = None,
    optimizer: str | Optimizer = "gradient_descent",
    order: str = "simultaneous",
) -> Explanation:
    """Explain where a number of the last pass comes from.

    Parameters
    ----------
    net : Network
        It is only read.
    address : str
        Any address, such as ``"w1.gradient"``, ``"h1.net"`` or ``"loss"``; or ``"w5.new_weight"``
        or ``"h1.new_bias"``, which is a parameter after one update by all samples of the last
        pass; or what belongs to that update, such as ``"w5.change"`` or ``"w5.velocity"``. Where
        an update has just been made, by `Network.train` say, and no learning rate is given, the
        pass and that update are explained as they were, and ``"w5.weight"`` by what changed it.
    digits : int
        Decimals that are shown, 1 to 15; small numbers keep significant digits instead.
    depth : int, optional
        How many steps away from the number it unfolds; 0 is the number alone. Without it
        everything is unfolded, or of a large network what fits on a page.
    sample : int, optional
        Of a batch, counted from 1. Without it gradients and the total error are explained as what
        they are over all samples.
    learning_rate : float, optional
        For a new weight or bias.
    optimizer : str or Optimizer
        Whose first step a new weight or bias comes from, as for `Network.train`; plain gradient
        descent is w+ = w - learning_rate * dE/dw.
    order : {"simultaneous", "in_place"}
        As for `Network.step`: whether the errors behind a new weight come back over weights that
        have changed already.

    Returns
    -------
    Explanation
        A tree of steps that prints itself, and renders as Markdown, LaTeX and HTML.

    Raises
    ------
    UnknownNameError
        If there is no such neuron, connection or quantity; the nearest is named.
    NotComputedError
        If the quantity is not known yet, or weights have changed since the pass it belongs to.
    InvalidValueError, InvalidTypeError
        If another argument does not fit, or a new weight is asked for without a learning rate.

    Notes
    -----
    A repeated quantity is explained once and referred to from elsewhere. A sum of more than 6
    terms shows the 3 largest, and says how many there are and what the others add up to.

    References
    ----------
    Rumelhart, Hinton and Williams, "Learning representations by back-propagating errors"
    (Nature 323, 1986), for the chain rule through a network.

    Examples
    --------
    >>> import neurograph as ng
    >>> from neurograph.explanations import explain
    >>> net = ng.Network.layered(2, 1, weights=[[[0.15, 0.2]]], bias=0.35)
    >>> _ = net.forward([0.05, 0.1])
    >>> explanation = explain(net, "o1.out")
    >>> explanation.root.symbolic
    'out_o1 = 1/(1 + exp(-net_o1))'
    >>> explanation.root.numeric, explanation.root.value
    ('1/(1 + exp(-0.3775))', 0.5932699921071872)
    >>> [step.address for step in explanation.steps]
    ['o1.out', 'o1.net']
    >>> _ = net.train([0.05, 0.1], [1.0], learning_rate=0.5, epochs=9, optimizer="momentum")
    >>> print(explain(net, "w1.weight", depth=0))
    w1.new_weight = 0.215619901
    the weight w1 after the last update, number 9 of its training
    <BLANKLINE>
      w1+ = w1 + change_w1 = 0.206747332 + 0.008872569 = 0.215619901
      η is the learning rate, 0.5.
      (not unfolded further: w1.change)
    """
    update = update_by(learning_rate, optimizer, order)
    return explain_by(net, address, update, digits=digits, depth=depth, sample=sample)


def explain_by(
    net: Network,
    address: str,
    update: Update,
    *,
    digits: int = 9,
    depth: int | None = None,
    sample: int | None = None,
) -> Explanation:
    """Explain as `explain` does, with all that new weights come from in one record."""
    if address in OF_ROUND:
        return explain_reported(net, address, net.value(address), digits=whole_digits(digits))
    return build(
        State(net, update, past=past_update(net, update)),
        address,
        digits=whole_digits(digits),
        depth=None if depth is None else _depth(depth),
        sample=sample,
    )


def explain_reported(
    net: Network, address: str, value: Any, *, digits: int = 9
) -> Explanation:
    """Explain what is counted, or reported by a training, in words: no equation gives it."""
    root = _step_reported(net, address, float(value), digits)
    return Explanation(address=address, value=root.value, root=root, digits=digits)


def _step_reported(net: Network, address: str, value: float, digits: int) -> ExplanationStep:
    symbol = Symbol(address, rf"\mathrm{{{address}}}".replace("_", r"\_"))
    reason = Reason(OF_ROUND[address], [Line("", symbol, (), value, {})])
    if address == "n_right":
        reason.notes = [_right_in_words(net)]
    variable = Variable(address, -1)
    if address != "accuracy":
        return ExplanationStep(address, variable, reason, digits)
    n_right = float(net.value("n_right"))
    pool, counted = Pool(), _step_reported(net, "n_right", n_right, digits)
    counts = (counted.equations[0].left, counted.value), (Symbol("N", "N"), len(_right(net)[0]))
    of_all = Call("/", tuple(pool.name(Term(its, float(number))) for its, number in counts))
    reason.equations = [Line("", symbol, (of_all,), value, pool.terms)]
    reason.notes = ["N is the number of samples."]
    step = ExplanationStep(address, variable, reason, digits)
    step.parts = (counted,)
    return step


def explain_scaled_back(
    of_out: Explanation, address: str, *, over: float = 1.0, minus: float = 0.0
) -> Explanation:
    """Explain an out in the units that its targets had before they were scaled.

    Parameters
    ----------
    of_out : Explanation
        That of the out.
    address : str
        Such as ``"o1.prediction"``.
    over, minus : float
        How the targets were scaled: (t - minus) / over.
    """
    name, out, pool = address.rpartition(".")[0], of_out.root, Pool()
    symbol = Symbol(f"prediction_{name}", rf"\mathrm{{prediction}}_{{{name}}}")
    tree: Node = Call("*", (constant(over), pool.name(Term(out.equations[0].left, out.value))))
    if minus:
        tree = Call("-" if minus < 0 else "+", (tree, constant(abs(minus))))
    line = Line("", symbol, (tree,), over * out.value + minus, pool.terms)
    words = f"the out of {name} in the units that its targets have in the data"
    variable = Variable(address, -1, out.sample)
    root = ExplanationStep(address, variable, Reason(words, [line]), of_out.digits)
    root.parts = (out,)
    return replace(of_out, address=address, value=root.value, root=root)


def _right(net: Network) -> tuple[Any, str]:
    """Return which samples are answered rightly, and what that means."""
    numbers = ([net.neuron(name)[its] for name in net.outputs] for its in ("out", "target"))
    return answered_rightly(*numbers)


def _right_in_words(net: Network) -> str:
    right, words = _right(net)
    which = [str(number) for number, its in enumerate(right.tolist(), start=1) if its]
    counted = f"{_listed(which)} of {len(right)}" if which else f"none of {len(right)}"
    return f"A sample is answered rightly where {words}. These are: {counted}."


def _depth(depth: Any) -> int:
    number = whole_number(depth, "depth", -math.inf)
    if number < 0:
        raise InvalidValueError(
            f"depth must be 0 (the number alone) or more, not {number}; leave it out to unfold all"
        )
    return number


def build(
    state: State, address: str, *, digits: int, depth: int | None, sample: int | None
) -> Explanation:
    """Return the explanation of an address; everything given is of the right type already."""
    variable = find_quantity(state, address, sample)
    reasons = Reasons(state, Symbols(state, tag_samples=sample is None), Pool())
    reach = _Reach(reasons, variable, depth)
    root = _unfolded(reach, variable, digits)
    root.notes += tuple(_of_run(state, root, digits))
    paths = sum_over_paths(reasons, variable) if _has_paths(state, variable) else None
    return Explanation(
        address=root.address,
        value=root.value,
        root=root,
        digits=digits,
        sample=variable.sample,
        n_samples=state.n_samples,
        path_sum=paths if paths is None or _adds_up(state, paths, root.value) else None,
    )


def _of_run(state: State, root: ExplanationStep, digits: int) -> Iterator[str]:
    """Yield what is done otherwise in the run, and what is printed then."""
    edits = state.network.edits
    if elsewhere := [its for its in edits.sentences if f"Edited: {its}." not in root.notes]:
        yield f"The run states what is done otherwise: {'; '.join(elsewhere)}."
    if edits.changes_printed:
        yield f"So {value_text(edits.after(root.value), digits)} is printed."


def _adds_up(state: State, paths: PathSum, value: float) -> bool:
    """Whether a gradient is the sum over its paths: under edits it may be another number."""
    if not state.network.edits:
        return True
    shown = sum(share.contribution for share in paths.shares)
    return paths.count == len(paths.shares) and math.isclose(shown, value, rel_tol=1e-9)


def _has_paths(state: State, variable: Variable) -> bool:
    """Whether a number is a sum over paths: a gradient, without what a penalty adds to it."""
    is_whole = variable.place not in state.equations.penalised
    return variable.quantity == ("gradient" if is_whole else "data_gradient")


class _Reach:
    """What is unfolded: all that is near enough to the root, by the fewest steps to it."""

    def __init__(self, reasons: Reasons, root: Variable, depth: int | None) -> None:
        self.reasons = reasons
        # Breadth first, so that what is near comes before what a long chain leads to.
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


def _unfolded(reach: _Reach, root: Variable, digits: int) -> ExplanationStep:
    """Return the tree of steps, each number where it is first needed."""
    state = reach.reasons.state
    made: dict[Variable, ExplanationStep] = {}
    parts: dict[Variable, list[ExplanationStep]] = {}
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
        step = made[variable] = ExplanationStep(address, variable, reason, digits)
        parts[variable] = []
        if needed_by is not None:
            parts[needed_by].append(step)
        waiting += [(part, variable) for part in reversed(reason.parts)]
    for variable, step in made.items():
        step.parts = tuple(parts[variable])
    return made[root]
