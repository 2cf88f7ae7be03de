"""What stands on a sheet: the data, the conventions, the questions and the general rules."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

from neurograph.documents.lines import Pool, Symbol, Term, expression, substituted
from neurograph.equations import Variable
from neurograph.exercises.records import Exercise, Phase
from neurograph.exercises.solution import CHAIN, Solution
from neurograph.formulas import Formula
from neurograph.formulas.tree import Node, Number

__all__ = ["Content", "Given", "Rule", "SheetRow", "content_of", "rule_of"]

_SYMBOLS = {
    "net": Symbol("net_j", r"\mathrm{net}_{j}"),
    "out": Symbol("out_j", r"\mathrm{out}_{j}"),
    "target": Symbol("target_j", r"\mathrm{target}_{j}"),
    "out_gradient": Symbol("∂E/∂out_j", r"\frac{\partial E}{\partial \mathrm{out}_{j}}"),
}
#: The same for the neurons that a sum runs over.
_SYMBOLS_OF_GROUP = {
    name: Symbol(text.replace("_j", "_k"), latex.replace("{j}", "{k}"))
    for name, (text, latex) in _SYMBOLS.items()
}
_E = r"E_{\mathrm{total}}"
_NET, _F = _SYMBOLS["net"], Symbol("f(net_j)", r"f(\mathrm{net}_{j})")
_MESSAGE = r"w_{ij} \cdot \mathrm{out}_{i}"
#: What is taken over a group, by the name of its function.
_SIGNS = {
    "total": ("Σ", r"\sum"),
    "product": ("Π", r"\prod"),
    "largest": ("max", r"\max"),
    "least": ("min", r"\min"),
}

_TITLES: dict[Phase, str] = {
    "forward": "Forward pass",
    "backward": "Backward pass",
    "update": "Update",
}
_ORDERS = {
    "simultaneous": "All weights change together, after the backward pass.",
    "in_place": "Each weight changes as soon as its gradient is known, and errors go back through"
    " the weights as they are then.",
}


class Rule(NamedTuple):
    """A rule as text and as LaTeX."""

    text: str
    latex: str


@dataclass(frozen=True)
class Given:
    """A number among the data.

    Attributes
    ----------
    symbol : Symbol
    value : str
    note : str
        Such as "not trained".
    """

    symbol: Symbol
    value: str
    note: str = ""


@dataclass(frozen=True)
class SheetRow:
    """A row of a table of questions; the value of a blank is empty."""

    number: int
    symbol: Symbol
    rule: Rule
    value: str


@dataclass(frozen=True)
class Content:
    """What stands on a sheet, before it is written in any format."""

    title: str
    id: str
    source: str | None
    #: Sentences; formulas among them are rules.
    conventions: tuple[str | Rule, ...]
    given: tuple[tuple[str, tuple[Given, ...]], ...]
    parts: tuple[tuple[str, tuple[SheetRow, ...]], ...]
    #: For who cannot see the diagram.
    described: str


def content_of(exercise: Exercise) -> Content:
    """Return what stands on the sheet of an exercise."""
    solution = Solution(exercise)
    return Content(
        title=exercise.title,
        id=exercise.id,
        source=exercise.source,
        conventions=tuple(_conventions(exercise, solution)),
        given=tuple((title, given) for title, given in _given(solution) if given),
        parts=tuple(
            (
                _TITLES[phase],
                tuple(
                    SheetRow(
                        question.number,
                        Symbol(question.symbol, question.latex),
                        rule_of(solution, solution.quantity(question.address, phase)),
                        "" if question.asked else question.answer,
                    )
                    for question in exercise.questions
                    if question.phase == phase
                ),
            )
            for phase in exercise.phases
        ),
        described=_described(solution),
    )


def _conventions(exercise: Exercise, solution: Solution) -> list[str | Rule]:
    n = len(exercise.asked)
    said: list[str | Rule] = [
        f"Work out the {n} blank{'s' * (n != 1)} below, from top to bottom."
        f" Give every answer with {exercise.decimals} decimals and a decimal point."
    ]
    activations = activations_of(solution)
    for name, neurons in activations.items():
        whose = "every neuron" if len(activations) == 1 else ", ".join(neurons)
        said.append(f"The activation of {whose} is {name}.")
    said += combined_of(solution)
    said.append("The error is the sum over the outputs of")
    said.append(loss_rule(solution))
    # In place, the backward pass needs it too.
    if _asks_update(exercise) or (exercise.order == "in_place" and "backward" in exercise.phases):
        said.append(f"The learning rate is η = {exercise.learning_rate:g}.")
        said.append(_ORDERS[exercise.order])
    if exercise.digits is not None:
        said.append(f"Every value is rounded to {exercise.digits} decimals before it is used.")
    return said


def _given(solution: Solution) -> list[tuple[str, tuple[Given, ...]]]:
    structure, exercise = solution.structure, solution.exercise
    outs = [Variable("out", row) for row in structure.inputs]
    targets = [Variable("target", row) for row in structure.outputs]
    weights: dict[Variable, list[str]] = {}
    biases: dict[Variable, list[str]] = {}
    for slot in structure.filled:
        of_bias = structure.pre[slot] < 0
        first = int(structure.shared_slots(slot)[0])
        ends = structure.ends(slot)
        where = str(ends[1]) if of_bias else f"{ends[0]} → {ends[1]}"
        kept = biases if of_bias else weights
        kept.setdefault(Variable("weight", first), []).append(where)

    def note(quantity: Variable) -> str:
        frozen = _asks_update(exercise) and not structure.trainable[quantity.place]
        return "; not trained" if frozen else ""

    def parameters(places: dict[Variable, list[str]], of: str) -> tuple[Given, ...]:
        return tuple(
            Given(
                solution.symbols.of(quantity),
                f"{solution.given(quantity):.12g}",
                of + ", ".join(where) + note(quantity),
            )
            for quantity, where in places.items()
        )  # fmt: skip

    def data(quantities: list[Variable]) -> tuple[Given, ...]:
        return tuple(
            Given(solution.symbols.of(quantity), f"{solution.given(quantity):.12g}")
            for quantity in quantities
        )

    return [
        ("Inputs", data(outs)),
        ("Targets", data(targets)),
        ("Weights", parameters(weights, "")),
        ("Biases", parameters(biases, "of ")),
    ]


def _described(solution: Solution) -> str:
    structure = solution.structure
    levels = [", ".join(str(structure.names[row]) for row in level) for level in structure.levels]
    return f"The network, level by level: {'; '.join(levels)}"


def _asks_update(exercise: Exercise) -> bool:
    return "update" in exercise.phases


def rule_of(solution: Solution, quantity: Variable) -> Rule:
    """Return the rule by which a quantity is worked out, in general symbols.

    Parameters
    ----------
    solution : Solution
    quantity : Variable
        Of a question.

    Returns
    -------
    Rule

    Examples
    --------
    >>> from neurograph.exercises import exercise
    >>> solution = Solution(exercise("mazur_2015"))
    >>> rule_of(solution, solution.quantity("h1.out", "forward")).text
    'out_j = 1/(1 + exp(-net_j))'
    """
    structure = solution.structure
    kind, place, _ = quantity
    if kind == "net":
        return _net(solution, place)
    if kind == "out":
        return _out(solution, place)
    if kind == "loss":
        return loss_rule(solution)
    if kind == "total_error":
        return Rule("E_total = Σ_j E_j", rf"{_E} = \sum_{{j}} E_{{j}}")
    if kind == "out_gradient":
        return _out_gradient(solution, place)
    if kind in ("delta", CHAIN):
        return _delta(solution, place)
    of_bias = structure.pre[place] < 0
    if kind == "new_weight":
        name = "b" if of_bias else "w"
        change = rf"{name} - \eta \cdot \frac{{\partial {_E}}}{{\partial {name}}}"
        return Rule(f"{name}+ = {name} - η*∂E_total/∂{name}", f"{name}^{{+}} = {change}")
    if of_bias:
        return Rule(
            "∂E_total/∂b_j = δ_j", rf"\frac{{\partial {_E}}}{{\partial b_{{j}}}} = \delta_{{j}}"
        )
    left = rf"\frac{{\partial {_E}}}{{\partial w_{{ij}}}} = \delta_{{j}} \cdot"
    if not solution.state.equations.is_sum(int(structure.post[place])):
        by = r"\frac{\partial \mathrm{net}_{j}}{\partial w_{ij}}"
        return Rule("∂E_total/∂w_ij = δ_j*∂net_j/∂w_ij", f"{left} {by}")
    return Rule("∂E_total/∂w_ij = δ_j*out_i", rf"{left} \mathrm{{out}}_{{i}}")


def _net(solution: Solution, row: int) -> Rule:
    """Return the combine rule, and the bias."""
    structure, pool = solution.structure, Pool()
    inner, summands = structure.combinations[row].formula.split()
    bias = row in structure.bias_slot
    names: dict[str, Node] = {"n": Number(float(len(structure.links_into(row))))}
    for name, summand in summands.items():
        # What is taken of a message, such as its square, stands around all of it.
        alone = summand.text == "message"
        text, latex = ("{}", "{}") if alone else ("({})", r"\left({}\right)")
        message = Symbol(text.format("w_ij*out_i"), latex.format(_MESSAGE))
        tree = substituted(summand.tree, {"message": pool.name(Term(message, 1.0))})
        whole = inner.text == name and (not bias or name.startswith("total"))
        names[name] = pool.name(_taken(name, *_both(tree, pool), "i", within=not whole))
    rule = _equal(_NET, Rule(*_both(substituted(inner.tree, names), pool)))
    return Rule(f"{rule.text} + b_j", f"{rule.latex} + b_{{j}}") if bias else rule


def _out(solution: Solution, row: int) -> Rule:
    """Return f(net), times the mask where there is one."""
    structure = solution.structure
    of_net = _formula(structure.activations[row].formula)
    if row not in structure.masks:
        return _equal(_SYMBOLS["out"], of_net)
    mask = f"{structure.masks[row]:g}"
    masked = Rule(f"{mask}*{_F.text}, {_F.text}", rf"{mask} \cdot {_F.latex},\quad {_F.latex}")
    return _equal(_SYMBOLS["out"], _equal(Symbol(*masked), of_net))


def loss_rule(solution: Solution) -> Rule:
    """Return the formula of the loss, of one output."""
    n = len(solution.structure.outputs)
    return _equal(Symbol("E_j", "E_{j}"), _formula(solution.state.loss.formula, n))


def activations_of(solution: Solution) -> dict[str, list[str]]:
    """Return the names of the neurons by the name of their activation, in order."""
    structure = solution.structure
    neurons: dict[str, list[str]] = {}
    for level in structure.levels[1:]:
        for row in level:
            names = neurons.setdefault(structure.activations[row].name, [])
            names.append(str(structure.names[row]))
    return neurons


def combined_of(solution: Solution) -> list[str]:
    """Return a sentence on each combine rule other than the sum, and on each mask."""
    structure = solution.structure
    named: dict[str, list[str]] = {}
    for row, rule in enumerate(structure.combinations):
        if rule.name != "sum":
            named.setdefault(rule.name, []).append(str(structure.names[row]))
    words = [
        f"The messages to {', '.join(names)} are combined by {name}."
        for name, names in named.items()
    ]
    return words + [
        f"The out of {structure.names[row]} is multiplied by its mask, {mask:g}."
        for row, mask in structure.masks.items()
    ]


def _out_gradient(solution: Solution, row: int) -> Rule:
    state, structure = solution.state, solution.structure
    terms = []
    if row in state.outputs:
        terms.append(_formula(state.loss.derivative, len(structure.outputs)))
    if structure.outgoing[row]:
        posts = [int(structure.post[slot]) for slot, _ in structure.links_out_of(row)]
        if all(map(state.equations.is_sum, posts)):
            terms.append(Rule("Σ_k δ_k*w_jk", r"\sum_{k} \delta_{k} \cdot w_{jk}"))
        else:
            by = r"\frac{\partial \mathrm{net}_{k}}{\partial \mathrm{out}_{j}}"
            terms.append(Rule("Σ_k δ_k*∂net_k/∂out_j", rf"\sum_{{k}} \delta_{{k}} \cdot {by}"))
    left = Symbol("∂E_total/∂out_j", rf"\frac{{\partial {_E}}}{{\partial \mathrm{{out}}_{{j}}}}")
    text, latex = (" + ".join(forms) for forms in zip(*terms, strict=True)) if terms else ("0", "0")
    return _equal(left, Rule(text, latex))


def _delta(solution: Solution, row: int) -> Rule:
    activation = solution.structure.activations[row]
    delta = Symbol("δ_j", r"\delta_{j}")
    joint = solution.state.equations.joint(row)
    if joint is not None:
        return _equal(delta, _formula(joint.delta_formula))
    structure = solution.structure
    if activation.group and structure.masks.keys() & set(structure.group_of(row)):
        # With the masks m of the group.
        return Rule(
            "δ_j = f(net_j)*(m_j*∂E/∂out_j - Σ_k f(net_k)*m_k*∂E/∂out_k)",
            r"\delta_{j} = f(\mathrm{net}_{j}) \cdot \left(m_{j} \cdot \frac{\partial E}{\partial"
            r" \mathrm{out}_{j}} - \sum_{k} f(\mathrm{net}_{k}) \cdot m_{k} \cdot"
            r" \frac{\partial E}{\partial \mathrm{out}_{k}}\right)",
        )
    if activation.group:
        return Rule(
            "δ_j = out_j*(∂E/∂out_j - Σ_k out_k*∂E/∂out_k)",
            r"\delta_{j} = \mathrm{out}_{j} \cdot \left(\frac{\partial E}{\partial"
            r" \mathrm{out}_{j}} - \sum_{k} \mathrm{out}_{k} \cdot \frac{\partial E}{\partial"
            r" \mathrm{out}_{k}}\right)",
        )
    # What the derivative calls out is f(net), before the mask.
    mask = structure.masks.get(row)
    slope = _formula(activation.derivative, out=_SYMBOLS["out"] if mask is None else _F)
    text, latex = ("", "") if mask is None else (f"{mask:g}*", rf" {mask:g} \cdot")
    return Rule(
        f"δ_j = ∂E_total/∂out_j * {text}f'(net_j), f'(net_j) = {slope.text}",
        rf"\delta_{{j}} = \frac{{\partial {_E}}}{{\partial \mathrm{{out}}_{{j}}}} \cdot{latex}"
        rf" f'(\mathrm{{net}}_{{j}}),\quad f'(\mathrm{{net}}_{{j}}) = {slope.latex}",
    )


def _equal(left: Symbol, right: Rule) -> Rule:
    return Rule(f"{left.text} = {right.text}", f"{left.latex} = {right.latex}")


def _formula(formula: Formula, n: int = 1, out: Symbol | None = None) -> Rule:
    """Return a formula of a table in general symbols; of a sum over a group one term."""
    pool, own = Pool(), _SYMBOLS | ({} if out is None else {"out": out})

    def written(tree: Node, symbols: Mapping[str, Symbol], more: Mapping[str, Node]) -> Node:
        names = {name: pool.name(Term(symbol, 0.0)) for name, symbol in symbols.items()}
        return substituted(tree, {**names, "n": Number(float(n)), **more})

    inner, summands = formula.split()
    sums: dict[str, Node] = {}
    for name, summand in summands.items():
        tree = written(summand.tree, _SYMBOLS_OF_GROUP, {})
        sums[name] = pool.name(_taken(name, *_both(tree, pool), "k"))
    return Rule(*_both(written(inner.tree, own, sums), pool))


def _taken(name: str, text: str, latex: str, index: str, *, within: bool = True) -> Term:
    """Return a sum, a product and so on over a group, by the name that `Formula.split` gives."""
    sign, sign_latex = _SIGNS[name.rpartition("_")[0]]
    taken = Symbol(f"{sign}_{index} {text}", rf"{sign_latex}_{{{index}}} {latex}")
    if within:
        taken = Symbol(f"({taken.text})", rf"\left({taken.latex}\right)")
    return Term(taken, 1.0)


def _both(tree: Node, pool: Pool) -> tuple[str, str]:
    latex = {name: term.symbol.latex for name, term in pool.terms.items()}
    return expression(tree, pool.terms), Formula._of(tree, frozenset(pool.terms)).latex(latex)
