"""What quantities are called in equations: net_h1, out_h1, δ_h1, w1, ∂E_total/∂w1."""

import re
from collections import Counter
from collections.abc import Hashable

from neurograph.display import Brief
from neurograph.documents.lines import Symbol
from neurograph.equations import Variable
from neurograph.escapes import latex_name, printable
from neurograph.explanations.state import State
from neurograph.formulas import FUNCTIONS
from neurograph.formulas.tree import CONSTANTS
from neurograph.quantities import QUANTITIES

__all__ = ["Symbols"]

_PREFIXED = re.compile(r"(net|out|target|E|δ|delta|b|w|message|error_message|error|share)_")
#: What means something else in an equation.
_RESERVED = {*FUNCTIONS, *CONSTANTS, "E", "E_total", "ln", "η", "eta", "if", "else", "nan", "inf"}
_LATEX_PREFIX = {"E": "E", "δ": r"\delta", "b": "b", "w": "w"}


_ALONE = {"learning_rate": Symbol("η", r"\eta"), "step_number": Symbol("t", "t")}


class Symbols(Brief):
    """The symbols of one explanation: each quantity has one, and no two have the same.

    Parameters
    ----------
    state : State
    tag_samples : bool
        Whether symbols say which sample they belong to.
    """

    def __init__(self, state: State, tag_samples: bool) -> None:
        self.state = state
        self.tag_samples = tag_samples
        self._shared_names = {text for text, n in Counter(map(str, state.names)).items() if n > 1}
        self._found: dict[object, Symbol] = {}
        self._owner: dict[str, object] = {}

    def of(self, variable: Variable) -> Symbol:
        """Return the symbol of a number; that of a gradient is a fraction."""
        quantity, place, sample = variable
        structure = self.state.structure
        if quantity in _ALONE:
            return _ALONE[quantity]
        if quantity in ("gradient", "data_gradient", "penalty_gradient"):
            return self._turned(self.by(self._above(quantity, sample), self.parameter(place)))
        if quantity == "slope":
            return self.by(self.of(Variable("out", place, sample)), self._net(place, sample))
        if quantity == "message_slope":
            net = self._net(int(structure.post[place]), sample)
            return self.by(net, self.of(Variable("message", place, sample)))
        if quantity == "out_gradient":
            out = self.of(Variable("out", place, sample))
            return self._turned(self.by(self.error(sample), out))
        if quantity == "delta_tangent":
            delta = self.of(Variable("delta", int(structure.post[place]), sample))
            return self.by(delta, self.parameter(place))
        if quantity == "out_tangent":
            slot, k = divmod(place, len(structure.outputs))
            out = self.of(Variable("out", structure.outputs[k], sample))
            return self.by(out, self.parameter(slot))
        if quantity == "curvature":
            return self.twice(self.error(sample), self.parameter(place))
        if quantity == "loss_curvature":
            out = self.of(Variable("out", place, sample))
            return self.twice(self._share(place, sample), out)
        if quantity == "new_weight":
            symbol = self.parameter(place)
            return Symbol(f"{symbol.text}+", f"{symbol.latex}^{{+}}")
        if quantity == "total_error":
            return self.error(sample)
        if quantity == "weight":
            return self.parameter(place)
        if quantity == "error_message" and self.leads_to_loss(int(structure.post[place])):
            out = self.of(Variable("out", int(structure.pre[place]), sample))
            return self._turned(self.by(self._share(int(structure.post[place]), sample), out))
        return self._tagged(self._plain(variable), sample)

    def by(self, above: Symbol, below: Symbol) -> Symbol:
        """Return the symbol of a partial derivative."""
        return Symbol(
            f"∂{above.text}/∂{below.text}",
            rf"\frac{{\partial {above.latex}}}{{\partial {below.latex}}}",
        )

    def twice(self, above: Symbol, below: Symbol) -> Symbol:
        """Return the symbol of a second derivative."""
        return Symbol(
            f"∂²{above.text}/∂{below.text}²",
            rf"\frac{{\partial^2 {above.latex}}}{{\partial {below.latex}^2}}",
        )

    def by_net(self, row: int, sample: int | None) -> Symbol:
        """Return ∂E/∂net of a neuron, which is its delta, with the part of E that it acts on."""
        of_error = self._share(row, sample) if self.leads_to_loss(row) else self.error(sample)
        return self._turned(self.by(of_error, self._net(row, sample)))

    def _above(self, quantity: str, sample: int | None) -> Symbol:
        """Return what a gradient is the derivative of: E, or one of its two parts."""
        if quantity == "gradient":
            return self.error(sample)
        part = Variable("data_loss" if quantity == "data_gradient" else "penalty")
        return self._tagged(self._plain(part), sample)

    def _turned(self, derivative: Symbol) -> Symbol:
        """Return the symbol of a derivative with the sign that its number has."""
        if not self.state.equations.round.turned:
            return derivative
        return Symbol(f"(-{derivative.text})", rf"\left(-{derivative.latex}\right)")

    def net_by(self, slot: int, sample: int | None, *, parameter: bool) -> Symbol:
        """Return ∂net/∂w of a connection, or ∂net/∂out of the neuron it comes from."""
        structure = self.state.structure
        net = self._net(int(structure.post[slot]), sample)
        if parameter:
            return self.by(net, self.parameter(slot))
        return self.by(net, self.of(Variable("out", int(structure.pre[slot]), sample)))

    def error(self, sample: int | None) -> Symbol:
        """Return E_total, or the error of one sample of a batch."""
        if sample is not None and self.tag_samples:
            return self._tagged(Symbol("E", "E"), sample)
        return Symbol("E_total", r"E_{\mathrm{total}}")

    def leads_to_loss(self, row: int) -> bool:
        """Whether a neuron acts on its own share of the error and on nothing else."""
        structure = self.state.structure
        return (
            row in self.state.outputs
            and not self.state.structure.links_out_of(row)
            and not structure.activations[row].group
        )

    def parameter(self, slot: int) -> Symbol:
        """Return the symbol of a weight or a bias: its tie, its label, or a name made of both ends.

        A parameter in several places has one symbol.
        """
        slot = self.state.structure.shared_slots(slot)[0]
        return self._unique(("parameter", slot), self._parameter(slot), self._address(slot))

    def _address(self, slot: int) -> str:
        return self.state.address(Variable("weight", slot))

    def _parameter(self, slot: int) -> Symbol:
        structure, net = self.state.structure, self.state.network
        pre, post = int(structure.pre[slot]), int(structure.post[slot])
        if pre < 0:
            tie = net.nodes[self.state.names[post]].get("tie")
            own = self._with("b", post)
            return own if tie is None else _named(str(tie), _indexed("b", str(tie)), own="b")
        connection = net.connection(structure.ends(slot))
        if len(structure.shared_slots(slot)) > 1:
            return _named(str(connection.tie), _indexed("w", str(connection.tie)), own="w")
        if connection.label is not None:
            return _named(str(connection.label), _indexed("w", str(connection.label)), own="w")
        ends = [self._name(pre), self._name(post)]
        text = "->".join(map(_escaped, ends))
        return Symbol(
            f"w_{{{text}}}",
            rf"w_{{{latex_name(ends[0])} \to {latex_name(ends[1])}}}",
        )

    def _share(self, row: int, sample: int | None) -> Symbol:
        return self.of(Variable("loss", row, sample))

    def _net(self, row: int, sample: int | None) -> Symbol:
        return self.of(Variable("net", row, sample))

    def _plain(self, variable: Variable) -> Symbol:
        quantity, place, _ = variable
        known = quantity.removeprefix("earlier_")
        row = QUANTITIES.get(known)
        text, latex = (row.symbol, row.latex) if row else (known, _word(known))
        if place < 0:
            return self._unique(variable[:2], Symbol(text, latex), known)
        if row is not None and row.owner == "neuron":
            if quantity == "out" and place in self.state.given:
                symbol = _named(self._name(place), self._with("out", place))
            else:
                symbol = self._with(text, place)
        else:
            # What an optimiser remembers is written like a weight: with a plus after the update.
            owner = self.parameter_of_place(place)
            after = row is not None and row.phase == "update" and quantity == known
            raises = after and quantity not in ("change", "step")
            plus, raised = ("+", "^{+}") if raises else ("", "")
            symbol = Symbol(f"{text}_{owner.text}{plus}", f"{latex}_{{{owner.latex}}}{raised}")
        return self._unique(variable[:2], symbol, self.state.address(variable))

    def parameter_of_place(self, slot: int) -> Symbol:
        """Return a symbol that is this connection's alone, even where its weight is shared."""
        structure = self.state.structure
        if len(structure.shared_slots(slot)) == 1:
            return self.parameter(slot)
        if structure.pre[slot] < 0:
            return self._with("b", int(structure.post[slot]))
        name = self.state.network.connection(structure.ends(slot)).name or ""
        return Symbol(_in_braces(name), latex_name(name))

    def _with(self, prefix: str, row: int) -> Symbol:
        return _indexed(prefix, self._name(row))

    def _name(self, row: int) -> str:
        name: Hashable = self.state.names[row]
        return repr(name) if str(name) in self._shared_names else str(name)

    def _tagged(self, symbol: Symbol, sample: int | None) -> Symbol:
        if sample is None or not self.tag_samples:
            return symbol
        # In braces, so that it can be raised to a power.
        return Symbol(f"{symbol.text}[{sample}]", f"{{{symbol.latex}^{{({sample})}}}}")

    def _unique(self, key: object, symbol: Symbol, address: str) -> Symbol:
        """Return the symbol, or the address in brackets where another quantity has the symbol."""
        found = self._found.get(key)
        if found is None:
            if self._owner.setdefault(symbol.text, key) != key:
                symbol = Symbol(f"[{address}]", rf"\left[{latex_name(address)}\right]")
                self._owner[symbol.text] = key
            self._found[key] = symbol
        return found or symbol


def _word(name: str) -> str:
    escaped = name.replace("_", r"\_")
    return rf"\mathrm{{{escaped}}}"


def _indexed(prefix: str, name: str) -> Symbol:
    """Return a name as the index of a letter or a word."""
    text = f"{prefix}_{_in_braces(name)}"
    if text in _RESERVED:
        text = f"{prefix}_{{{name}}}"
    head = _LATEX_PREFIX.get(prefix, rf"\mathrm{{{prefix}}}")
    return Symbol(text, f"{head}_{{{latex_name(name)}}}")


def _named(name: str, otherwise: Symbol, own: str = "") -> Symbol:
    """Return a name that stands alone as a symbol, its number as an index.

    Where it does not read as a symbol of its own, it is another. A weight may be called w_d1, with
    the prefix that weights have.
    """
    if own and (parts := re.fullmatch(rf"{own}_(\w+)", name)):
        return Symbol(name, f"{own}_{{{latex_name(parts[1])}}}")
    if not re.fullmatch(r"[^\W\d]\w*", name) or name in _RESERVED or _PREFIXED.match(name):
        return otherwise
    parts = re.fullmatch(r"([A-Za-z])_?(\d+)", name, re.ASCII)
    if parts and name == "".join(parts.groups()):
        return Symbol(name, f"{parts[1]}_{{{parts[2]}}}")
    return Symbol(name, latex_name(name))


def _in_braces(name: str) -> str:
    """Return a name as it is if it reads as one word, otherwise in braces."""
    if re.fullmatch(r"\w+", name):
        return name
    return f"{{{_escaped(name)}}}"


def _escaped(name: str) -> str:
    return re.sub(r"([\\{}])", r"\\\1", printable(name))
