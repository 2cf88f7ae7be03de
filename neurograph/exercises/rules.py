"""The general rules that a sheet gives as hints: how a quantity of each sort is worked out."""

from collections.abc import Mapping
from typing import NamedTuple

from neurograph.exercises.working import CHAIN, Working
from neurograph.explaining.equations import Pool, Term, substituted
from neurograph.explaining.making import joint_rule
from neurograph.explaining.state import NEW, TOTAL, Quantity
from neurograph.explaining.symbols import Symbol
from neurograph.explaining.text import expression
from neurograph.formulas import Formula
from neurograph.formulas.tree import Node, Number

__all__ = ["Rule", "activations_of", "loss_rule", "rule_of"]

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


class Rule(NamedTuple):
    """A rule as text and as LaTeX."""

    text: str
    latex: str


def rule_of(working: Working, quantity: Quantity) -> Rule:
    """Return the rule by which a quantity is worked out, in general symbols.

    Parameters
    ----------
    working : Working
    quantity : Quantity
        Of a question.

    Returns
    -------
    Rule

    Examples
    --------
    >>> from neurograph.exercises import exercise
    >>> working = Working(exercise("mazur_2015"))
    >>> rule_of(working, working.quantity("h1.out", "forward")).text
    'out_j = 1/(1 + exp(-net_j))'
    """
    structure = working.structure
    kind, place, _ = quantity
    if kind == "net":
        bias = place in structure.bias_slot
        return Rule(
            "net_j = Σ_i w_ij*out_i" + (" + b_j" if bias else ""),
            r"\mathrm{net}_{j} = \sum_{i} w_{ij} \cdot \mathrm{out}_{i}"
            + (" + b_{j}" if bias else ""),
        )
    if kind == "out":
        return _equal(_SYMBOLS["out"], _formula(structure.activations[place].formula))
    if kind == "loss":
        return loss_rule(working)
    if kind == TOTAL:
        return Rule("E_total = Σ_j E_j", rf"{_E} = \sum_{{j}} E_{{j}}")
    if kind == "out_gradient":
        return _out_gradient(working, place)
    if kind in ("delta", CHAIN):
        return _delta(working, place)
    of_bias = structure.pre[place] < 0
    if kind == NEW:
        name = "b" if of_bias else "w"
        change = rf"{name} - \eta \cdot \frac{{\partial {_E}}}{{\partial {name}}}"
        return Rule(f"{name}+ = {name} - η*∂E_total/∂{name}", f"{name}^{{+}} = {change}")
    if of_bias:
        return Rule(
            "∂E_total/∂b_j = δ_j", rf"\frac{{\partial {_E}}}{{\partial b_{{j}}}} = \delta_{{j}}"
        )
    return Rule(
        "∂E_total/∂w_ij = δ_j*out_i",
        rf"\frac{{\partial {_E}}}{{\partial w_{{ij}}}} = \delta_{{j}} \cdot \mathrm{{out}}_{{i}}",
    )


def loss_rule(working: Working) -> Rule:
    """Return the formula of the loss, of one output."""
    n = len(working.structure.outputs)
    return _equal(Symbol("E_j", "E_{j}"), _formula(working.state.loss.formula, n))


def activations_of(working: Working) -> dict[str, list[str]]:
    """Return the names of the neurons by the name of their activation, in order."""
    structure = working.structure
    found: dict[str, list[str]] = {}
    for level in structure.levels[1:]:
        for row in level:
            names = found.setdefault(structure.activations[row].name, [])
            names.append(str(structure.names[row]))
    return found


def _out_gradient(working: Working, row: int) -> Rule:
    state, structure = working.state, working.structure
    terms = []
    if row in state.outputs:
        terms.append(_formula(state.loss.derivative, len(structure.outputs)))
    if structure.outgoing[row]:
        terms.append(Rule("Σ_k δ_k*w_jk", r"\sum_{k} \delta_{k} \cdot w_{jk}"))
    left = Symbol("∂E_total/∂out_j", rf"\frac{{\partial {_E}}}{{\partial \mathrm{{out}}_{{j}}}}")
    text, latex = (" + ".join(each) for each in zip(*terms, strict=True)) if terms else ("0", "0")
    return _equal(left, Rule(text, latex))


def _delta(working: Working, row: int) -> Rule:
    activation = working.structure.activations[row]
    delta = Symbol("δ_j", r"\delta_{j}")
    joint = joint_rule(working.state, row)
    if joint is not None:
        return _equal(delta, _formula(joint.delta_formula))
    if activation.group:
        return Rule(
            "δ_j = out_j*(∂E/∂out_j - Σ_k out_k*∂E/∂out_k)",
            r"\delta_{j} = \mathrm{out}_{j} \cdot \left(\frac{\partial E}{\partial"
            r" \mathrm{out}_{j}} - \sum_{k} \mathrm{out}_{k} \cdot \frac{\partial E}{\partial"
            r" \mathrm{out}_{k}}\right)",
        )
    slope = _formula(activation.derivative)
    return Rule(
        f"δ_j = ∂E_total/∂out_j * f'(net_j), f'(net_j) = {slope.text}",
        rf"\delta_{{j}} = \frac{{\partial {_E}}}{{\partial \mathrm{{out}}_{{j}}}} \cdot"
        rf" f'(\mathrm{{net}}_{{j}}),\quad f'(\mathrm{{net}}_{{j}}) = {slope.latex}",
    )


def _equal(left: Symbol, right: Rule) -> Rule:
    return Rule(f"{left.text} = {right.text}", f"{left.latex} = {right.latex}")


def _formula(formula: Formula, n: int = 1) -> Rule:
    """Return a formula of a table in general symbols; of a sum over a group one term."""
    pool = Pool()

    def written(tree: Node, symbols: Mapping[str, Symbol], more: Mapping[str, Node]) -> Node:
        names = {name: pool.name(Term(symbol, 0.0)) for name, symbol in symbols.items()}
        return substituted(tree, {**names, "n": Number(float(n)), **more})

    inner, summands = formula.split()
    sums: dict[str, Node] = {}
    for name, summand in summands.items():
        tree = written(summand.tree, _SYMBOLS_OF_GROUP, {})
        text, latex = _both(tree, pool)
        sums[name] = pool.name(_sum_of(text, latex))
    return Rule(*_both(written(inner.tree, _SYMBOLS, sums), pool))


def _sum_of(text: str, latex: str) -> Term:
    return Term(Symbol(f"(Σ_k {text})", rf"\left(\sum_{{k}} {latex}\right)"), 1.0)


def _both(tree: Node, pool: Pool) -> tuple[str, str]:
    latex = {name: term.symbol.latex for name, term in pool.terms.items()}
    return expression(tree, pool.terms), Formula._of(tree, frozenset(pool.terms)).latex(latex)
