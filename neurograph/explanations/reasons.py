"""Reasons: the equation behind a number as lines to read, with symbols and with numbers.

`neurograph.equations` says what a number is computed from. Here its names are replaced by the
symbols of the network, sums over a group are written term by term, and what a tutorial would write
in one line (a message inside a net, an error message inside a delta) is put into the line.
"""

import math
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from neurograph.display import Brief
from neurograph.documents.lines import (
    Line,
    Pool,
    Symbol,
    Term,
    added,
    multiplied,
    substituted,
    turned,
)
from neurograph.equations import SHARE, Equation, Operand, Variable
from neurograph.explanations.state import State
from neurograph.explanations.symbols import Symbols
from neurograph.formulas import Formula
from neurograph.formulas.tree import NEG, Call, Name, Node, Number, names, over_terms, with_minus
from neurograph.quantities import QUANTITIES
from neurograph.schedules import RateFormula
from neurograph.slips import RATE

__all__ = ["Reason", "Reasons"]

#: A sum of more terms is shortened to the largest few; of products in parentheses, which cannot be
#: broken over two lines, to fewer.
MOST_TERMS, SHOWN_TERMS, SHOWN_PRODUCTS = 6, 3, 2

#: What the terms of a sum are called, by what is summed.
_TERMS = {
    "message": "messages",
    "error_message": "error messages",
    "loss": "outputs",
    "own_gradient": "places",
    "share": "shares",
    "weight": "weights",
}
_PRODUCTS = "products delta * w"

#: What each quantity is, in words; `name` is that of a neuron, `ends` of a connection.
_WORDS = {
    "target": "the wanted out of {name}",
    "net": "the total net input of {name}",
    "message": "what arrives over connection {ends}",
    "activated": "what {name} would send on without its mask, by its activation {activation}",
    "out": "the out of {name}, by its activation {activation}",
    "loss": "the share of {name} in the error, by the loss {loss}",
    "slope": "the slope of the activation of {name}, {activation}",
    "delta": "how the total error changes with the net of {name}",
    "message_slope": "how the net of {post}, by its combine rule {combine}, changes with what"
    " arrives over {ends}",
    "error_message": "what comes back over connection {ends}",
    "returned": "what comes back to {name} over its connections",
    "error": "the error of {name}, as it is shared out in proportion to weights",
    "share": "the part of the error of {post} that falls to {ends}",
    "data_loss": "the error without the penalty",
    "penalty": "what is added to the error for the size of the weights",
    "n_samples": "the number of samples",
    "learning_rate": "the learning rate",
    "step_number": "the number of the update, counted from 1",
}


@dataclass
class Reason:
    """What is said about one number, and which numbers its lines are made of."""

    words: str
    equations: list[Line] = field(default_factory=list)
    parts: list[Variable] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    #: What is done otherwise in its lines, in sentences.
    edits: list[str] = field(default_factory=list)


class Reasons(Brief):
    """Finds the reason of every number of a state.

    Parameters
    ----------
    state : State
    symbols : Symbols
    pool : Pool
        Takes the names that occur in the lines.
    most : int
        A sum of more terms is shortened.
    written : mapping of Variable to Equation, optional
        What stands for the equations of some quantities where they are written out.
    """

    def __init__(
        self,
        state: State,
        symbols: Symbols,
        pool: Pool,
        most: float = MOST_TERMS,
        written: Mapping[Variable, Equation] | None = None,
    ) -> None:
        self.state = state
        self.structure = state.structure
        self.symbols = symbols
        self.pool = pool
        self.most = most
        self.written = written or {}

    def reason(self, variable: Variable) -> Reason:
        """Return what is behind a number."""
        reason = Reason(self.words(variable), edits=self.state.edits_of(variable))
        equation = self.state.equations.of(variable)
        rewritten = self.state.is_rewritten(variable)
        reduced = variable.quantity == self._of_samples(variable) and not rewritten
        if (reduced or equation.over_samples) and variable.sample is None and self.state.n_samples:
            self._over_samples(variable, reason)
        else:
            own = {} if rewritten else _RULES
            own.get(variable.quantity, Reasons._plain)(self, variable, equation, reason)
        reason.notes[:0] = [f"Edited: {words}." for words in dict.fromkeys(reason.edits)]
        if variable.quantity in ("weight", "gradient", "new_weight"):
            self._say_shared(variable.place, reason)
        given = self.state.is_given
        reason.parts = [part for part in dict.fromkeys(reason.parts) if not given(part)]
        return reason

    def _of_samples(self, variable: Variable) -> str:
        """Return which quantity of a parameter is taken over the samples of a batch."""
        penalised = variable.place in self.state.equations.penalised
        return "data_gradient" if penalised else "gradient"

    # -- trees -----------------------------------------------------------------------------------

    def name(self, variable: Variable, reason: Reason | None = None) -> Node:
        """Return the tree of one number: its symbol, or 1 for the out of a bias neuron."""
        if variable.quantity == "out" and variable.place in self.state.bias_neurons:
            return Number(1.0)
        if reason is not None:
            reason.parts.append(variable)
            if self.state.is_given(variable):
                reason.edits += self.state.edits_of(variable)
        return self.pool.name(
            Term(self.symbols.of(variable), self.state.number(variable), variable)
        )

    def alias(self, symbol: Symbol, variable: Variable) -> Node:
        """Return the tree of a number under another symbol, such as ∂net_o1/∂w5 for out_h1."""
        return self.pool.name(Term(symbol, self.state.number(variable), variable))

    def line(
        self, label: str, variable: Variable, *forms: Node, left: Symbol | None = None
    ) -> Line:
        """Return a line about a number."""
        left = left or self.symbols.of(variable)
        return Line(label, left, forms, self.state.number(variable), self.pool.terms)

    def tree(
        self,
        equation: Equation,
        sample: int | None,
        reason: Reason,
        inline: Collection[str] = (),
        formula: Formula | None = None,
    ) -> Node:
        """Return the right side of an equation in symbols.

        Parameters
        ----------
        equation : Equation
        sample : int, optional
        reason : Reason
            Takes the numbers that occur, and notes.
        inline : collection of str
            Quantities whose own equations stand in place of their symbols.
        formula : Formula, optional
            Instead of the equation's.
        """
        formula = formula or equation.formula
        assert formula is not None
        reason.edits += self.state.edits_of(equation.left)
        # total(message) + bias becomes total_1 + bias, and total_1 is written out term by term.
        inner, summands = formula.split()
        places = {
            name: self._place(equation, name, equation.member, sample, reason, inline)
            for name in inner.variables
            if name not in summands
        }
        for name, summand in summands.items():
            places[name] = self._over_group(equation, name, summand, sample, reason, inline)
        if _is_product(inner.tree):
            return multiplied([places[name] for name in names(inner.tree)])
        return with_minus(substituted(inner.tree, places))

    def _place(
        self,
        equation: Equation,
        name: str,
        member: int,
        sample: int | None,
        reason: Reason,
        inline: Collection[str],
    ) -> Node:
        """Return what stands for a name: a symbol, a constant, or another right side."""
        operand = equation.operands[name]
        if isinstance(operand, list):
            operand = operand[member]
        if isinstance(operand, float):
            of_group = isinstance(equation.operands[name], list)
            return self._constant("n" if of_group else name, operand)
        variable = self._in_sample(operand, sample)
        if operand.quantity in inline:
            own = self.written.get(operand) or self.state.equations.of(operand)
            return self.tree(own, sample, reason, inline)
        return self.name(variable, reason)

    def _constant(self, name: str, value: float) -> Node:
        if name in ("n", "mask"):
            node: Node = Number(abs(value))
            return Call(NEG, (node,)) if value < 0 else node
        symbol = Symbol(name, rf"\mathrm{{{name}}}".replace("_", r"\_"))
        return self.pool.name(Term(symbol, value))

    def _in_sample(self, variable: Variable, sample: int | None) -> Variable:
        row = QUANTITIES.get(variable.quantity)
        of_each = row is not None and row.phase not in ("", "update")
        of_each |= variable.quantity.endswith("_tangent")
        return variable._replace(sample=sample) if of_each else variable

    def _over_group(
        self,
        equation: Equation,
        name: str,
        summand: Formula,
        sample: int | None,
        reason: Reason,
        inline: Collection[str],
    ) -> Node:
        """Return a sum over a group (or a product, and so on) term by term."""
        # All lists of one sum have the same length: terms are made of their k-th members.
        groups = [equation.operands[v] for v in summand.variables]
        group = next(operand for operand in groups if isinstance(operand, list))
        quantity = next((v.quantity for v in group if isinstance(v, Variable)), "")
        what = _TERMS.get(quantity, "neurons of the group")
        if quantity == "error_message" and quantity in inline:
            what = _PRODUCTS

        def term(k: int) -> Node:
            places = {
                variable: self._place(equation, variable, k, sample, reason, inline)
                for variable in summand.variables
            }
            tree = substituted(summand.tree, places)
            return multiplied([tree]) if _is_chain(tree) else tree

        def value(k: int) -> float:
            operands = {
                variable: self._number(equation.operands[variable], k, sample)
                for variable in summand.variables
            }
            return float(summand(**operands))

        function = name.rpartition("_")[0]
        if function == "total":
            return self.total(len(group), value, term, reason, what)
        nodes = list(map(term, range(len(group))))
        return multiplied(nodes) if function == "product" else over_terms(function, nodes)

    def _number(self, operand: Operand, member: int, sample: int | None) -> float:
        """Return the number that stands for a name, of one member of a group."""
        if isinstance(operand, list):
            operand = operand[member]
        if isinstance(operand, Variable):
            return self.state.number(self._in_sample(operand, sample))
        assert isinstance(operand, float)
        return operand

    def total(
        self,
        n: int,
        value: Callable[[int], float],
        term: Callable[[int], Node],
        reason: Reason,
        what: str,
    ) -> Node:
        """Return a sum of n terms as a tree: of many the largest, and what the others add up to."""
        if n <= self.most:
            return added([term(k) for k in range(n)])
        values = [value(k) for k in range(n)]
        most = SHOWN_PRODUCTS if what == _PRODUCTS else SHOWN_TERMS
        # A term that is nan is what the reader looks for; those shown keep their order.
        sizes = np.nan_to_num(np.abs(np.asarray(values)), nan=np.inf)  # (n,)
        places = np.sort(np.argsort(-sizes, kind="stable")[:most]).tolist()
        kept = set(places)
        rest = float(sum(value for place, value in enumerate(values) if place not in kept))
        others = n - most
        symbol = Symbol(f"({others} more)", rf"\left({others}\text{{ more}}\right)")
        reason.notes.append(
            f"A sum of {n} {what}, {float(sum(values)):.9g} in total: the {most} largest are"
            f" shown, the other {others} add up to {rest:.9g}."
        )
        shown = [term(place) for place in places]
        return added([*shown, self.pool.name(Term(symbol, rest))])

    # -- words -----------------------------------------------------------------------------------

    def words(self, variable: Variable) -> str:
        """Return what a number is, in words."""
        quantity, place, sample = variable
        if quantity == "total_error" and self.state.equations.penalised:
            return "the total error, with the penalty for the size of the weights"
        if quantity == "total_error":
            several = len(self.structure.outputs) > 1
            words = "the total error" if sample is None else f"the error of sample {sample}"
            return words + (": the sum over the outputs" if several else ": that of the one output")
        row = QUANTITIES.get(quantity)
        if (row is None or row.owner == "parameter") and place >= 0:
            return self._words_of_parameter(variable)
        if quantity == "out" and place in self.state.given:
            of_bias = place in self.state.bias_neurons
            name = self.called(place)
            return f"the constant out of bias neuron {name}" if of_bias else f"the input {name}"
        if Variable(quantity, place) in self.state.equations.pinned:
            return f"the {quantity} of {self.called(place)}, given and not computed"
        if quantity == "out_gradient":
            words = f"how the total error {self._moves} with the out of {self.called(place)}"
            if len(self.structure.links_out_of(place)) > 1:
                words += ", the sum of the error messages that come back to it"
            return words
        if row is None or row.owner == "network":
            return _WORDS.get(quantity, "the same for all parameters in this update")
        if row.owner == "neuron":
            activation = self.structure.activations[place]
            words = _WORDS[quantity]
            if quantity == "delta":
                words = words.replace("changes", self._moves)
            if quantity == "slope" and self.state.equations.round.activations[place] != activation:
                words = f"1, taken for {words}"
            return words.format(
                name=self.called(place), activation=activation.name, loss=self.state.network.loss
            )
        post = int(self.structure.post[place])
        return _WORDS[quantity].format(
            ends=self.ends(place),
            post=self.called(post),
            combine=self.structure.combinations[post].name,
        )

    def _words_of_parameter(self, variable: Variable) -> str:
        quantity, slot, sample = variable
        is_bias = self.structure.pre[slot] < 0
        post = self.called(int(self.structure.post[slot]))
        kind, symbol = "bias" if is_bias else "weight", self.symbols.parameter(slot).text
        what = f"the bias of {post}" if is_bias else f"the weight of {self.ends(slot)}"
        if quantity == "weight":
            owner = f"bias of {post}" if is_bias else f"weight of connection {self.ends(slot)}"
            return f"the {owner}, as it stands"
        if quantity == "new_weight":
            return f"the {kind} {symbol} after {self.state.update.words}"
        if quantity == "gradient":
            words = f"how the total error {self._moves} with {symbol}, {what}"
            tagged = sample is not None and self.symbols.tag_samples
            return words + f", in sample {sample}" if tagged else words
        if quantity in ("data_gradient", "penalty_gradient"):
            part = "the error without the penalty" if quantity[0] == "d" else "the penalty"
            return f"how {part} {self._moves} with {symbol}, {what}"
        if quantity == "curvature":
            return f"how the gradient of {symbol}, {what}, changes with {symbol} itself"
        if quantity == "gauss_newton":
            return (
                f"the curvature of the total error by {symbol}, {what}, as if every out were"
                " linear in it (Gauss and Newton)"
            )
        if quantity == "own_gradient":
            return f"what {self.places_called([slot])} alone adds to the gradient of {symbol}"
        if quantity == "change":
            return f"what the update adds to {symbol}, {what}"
        if quantity == "step":
            return f"what the update of {symbol}, {what}, adds or takes away, before its sign"
        row = QUANTITIES.get(quantity.removeprefix("earlier_"))
        meaning = row.meaning if row else quantity.removeprefix("earlier_").replace("_", " ")
        before = ", before this update" if quantity.startswith("earlier_") else ""
        return f"{meaning}, of {symbol}{before}"

    @property
    def _moves(self) -> str:
        """What an error does where a derivative by something is positive."""
        return "falls" if self.state.equations.round.turned else "changes"

    def called(self, row: int) -> str:
        """Return a neuron's name for sentences."""
        return str(self.state.names[row])

    def ends(self, slot: int) -> str:
        """Return the two ends of a connection for sentences."""
        pre, post = self.structure.ends(slot)
        return f"{pre} -> {post}"

    def places_called(self, slots: Sequence[int]) -> str:
        """Return where a parameter is used, for sentences."""
        shown = [self.state.address(Variable("weight", slot)) for slot in slots[:6]]
        return ", ".join(shown) + (", ..." if len(slots) > 6 else "")

    def _say_shared(self, slot: int, reason: Reason) -> None:
        slots = self.structure.shared_slots(slot)
        if len(slots) > 1:
            symbol, places = self.symbols.parameter(slot).text, self.places_called(slots)
            reason.notes.append(f"{symbol} is one parameter in {len(slots)} places: {places}.")

    # -- rules: which lines a quantity has -------------------------------------------------------

    def _plain(self, variable: Variable, equation: Equation, reason: Reason) -> None:
        """One line: the equation, with what a tutorial writes into it written out."""
        inline = _INLINE.get(variable.quantity, ())
        forms = []
        if equation.formula is not None and not self._is_constant(variable):
            forms.append(self.tree(equation, variable.sample, reason, inline))
        reason.equations.append(self.line("", variable, *forms))

    def _is_constant(self, variable: Variable) -> bool:
        return variable.quantity == "out" and variable.place in self.state.given

    def _loss(self, variable: Variable, equation: Equation, reason: Reason) -> None:
        """Show the loss by the out, or by the net where the out has lost digits."""
        formula = equation.formula
        if equation.stable is not None:
            _, row, sample = variable
            target, out = (Variable(kind, row, sample) for kind in ("target", "out"))
            n = len(self.structure.outputs)
            direct = self.state.loss.value(self.state.number(target), self.state.number(out), n)
            # Within the digits that are shown, out says as much as the net.
            if not np.isclose(direct, self.state.number(variable), 1e-9, 0.0):
                joint = self.state.loss.joint[self.structure.activations[row].name]
                formula = joint.readable
                reason.notes.append(
                    f"{self.symbols.of(out).text} is so near to 0 or 1 that digits are lost in its"
                    " logarithm; the net still has them."
                )
        node = self.tree(equation, variable.sample, reason, formula=formula)
        reason.equations.append(self.line("", variable, node))

    def _out_gradient(self, variable: Variable, equation: Equation, reason: Reason) -> None:
        if not self.structure.links_out_of(variable.place) and "out" not in equation.operands:
            name = self.called(variable.place)
            reason.notes.append(f"Nothing that {name} sends reaches an output.")
        whole = self.tree(equation, variable.sample, reason)
        forms = dict.fromkeys([whole, self._turned(whole)])
        reason.equations.append(self.line("", variable, *forms))

    def _turned(self, node: Node) -> Node:
        """Return out - target as -(target - out), as tutorials have it that take dE/dout."""
        return node if self.state.equations.round.turned else turned(node)

    def _delta(self, variable: Variable, equation: Equation, reason: Reason) -> None:
        _, row, sample = variable
        activation, joint = self.state.equations.activations[row], self.state.equations.joint(row)
        by_net = self.alias(self.symbols.by_net(row, sample), variable)
        if joint is not None:
            reason.notes.append(
                f"A joint rule: the derivatives of {self.state.loss.name} and {activation.name},"
                f" multiplied, leave this ({joint.source})."
            )
            if self.state.equations.goes_on(row):
                reason.notes.append("What comes back over outgoing connections is added.")
            node = self.tree(equation, sample, reason, ("returned", "error_message"))
        else:
            node = self.tree(equation, sample, reason)
        reason.equations.append(self.line("", variable, by_net, node))
        if activation.couples_deltas and joint is None:
            reason.notes.append(
                "Softmax couples the neurons of its group: g = dE/dout of all of them counts."
            )
        elif joint is None:
            full = self.written_out(row, sample, reason)
            if full is not None:
                reason.equations.append(self.line("written out", variable, full))

    def written_out(self, row: int, sample: int | None, reason: Reason) -> Node | None:
        """Return delta with dE/dout and the slope written out, as the delta rule has it."""
        of, aside = self.state.equations.of, Reason("")
        sent = of(Variable("out_gradient", row))
        if not sent.variables:
            return None
        sent_back = self.tree(sent, sample, aside, ("error_message",))
        if not self.structure.links_out_of(row):
            sent_back = self._turned(sent_back)
        slope = self.tree(of(Variable("slope", row)), sample, aside)
        reason.notes += aside.notes
        return multiplied([sent_back, slope])

    def _error_message(self, variable: Variable, equation: Equation, reason: Reason) -> None:
        _, slot, sample = variable
        post = int(self.structure.post[slot])
        delta, weight = Variable("delta", post, sample), self._weight_in(equation)
        node = self.tree(equation, sample, reason)
        if weight.quantity == "new_weight":
            reason.notes.append("In place: the weight has changed before the error comes back.")
        if weight.quantity == "new_weight" or not self.state.equations.is_sum(post):
            reason.equations.append(self.line("", variable, node))
            return
        chain_rule = multiplied(
            [
                self.alias(self.symbols.by_net(post, sample), delta),
                self.alias(self.symbols.net_by(slot, sample, parameter=False), weight),
            ]
        )
        reason.equations.append(self.line("", variable, chain_rule, node))
        reason.equations.append(self._factor(chain_rule, weight))

    def _weight_in(self, equation: Equation) -> Variable:
        weight = equation.operands["weight"]
        assert isinstance(weight, Variable)
        return weight

    def _factor(self, product: Node, variable: Variable) -> Line:
        """Return the line that says what the last factor of a product is."""
        last = product.arguments[-1] if isinstance(product, Call) else product
        assert isinstance(last, Name)
        left = self.pool.terms[last.name].symbol
        return self.line("where", variable, self.name(variable), left=left)

    def _gradient(self, variable: Variable, equation: Equation, reason: Reason) -> None:
        quantity, slot, sample = variable
        if quantity == "gradient" and slot in self.state.equations.penalised:
            self._plain(variable, equation, reason)
            return
        if len(self.structure.shared_slots(slot)) > 1:
            node = self.tree(equation, sample, reason, ("own_gradient",))
            reason.equations.append(self.line("", variable, node))
        else:
            reason.equations += self._chain_rule(variable, equation, reason)
        if sample is not None and not self.symbols.tag_samples:
            whole = self.state.number(Variable(quantity, slot))
            word = "mean" if self.state.reduction == "mean" else "sum"
            reason.notes.append(
                f"This is the share of one sample; the gradient of the batch is the {word} over"
                f" its {self.state.n_samples} samples, {whole:.9g}."
            )

    def _chain_rule(self, variable: Variable, equation: Equation, reason: Reason) -> list[Line]:
        """Return the gradient by the chain rule, by delta, and written out."""
        _, slot, sample = variable
        # What only the lines in delta form use is no part of its own: delta is shown beside them.
        row, aside = int(self.structure.post[slot]), Reason("")
        outs = [self._in_sample(v, sample) for v in equation.variables if v.quantity == "out"]
        by_delta = self.tree(equation, sample, aside)
        if not self.state.equations.is_sum(row):
            reason.parts += aside.parts
            return [self.line("", variable, by_delta)]
        delta = Variable("delta", row, sample)
        last = self._net_by_parameter(slot, sample, outs)
        where = [self._factor(last, out) for out in outs]
        if self.state.is_rewritten(delta):
            reason.parts += aside.parts
            return [self.line("", variable, by_delta)]
        if self.state.equations.joint(row) is not None or self._is_coupled(row):
            by_net = self.alias(self.symbols.by_net(row, sample), delta)
            reason.parts += [delta, *outs]
            return [self.line("", variable, multiplied([by_net, last]), by_delta), *where]
        sent, slope = Variable("out_gradient", row, sample), Variable("slope", row, sample)
        reason.parts += [sent, slope, *outs]
        of_delta = [self.name(sent), self.name(slope)]
        lines = [
            self.line("by the chain rule", variable, multiplied([*of_delta, last])),
            *where,
            self.line("with delta", delta, multiplied(of_delta)),
            self.line("in delta form", variable, by_delta),
        ]
        full = self.written_out(row, sample, reason)
        if full is not None:
            whole = multiplied([full, *map(self.name, outs)])
            lines.append(self.line("written out", variable, whole))
        return lines

    def _is_coupled(self, row: int) -> bool:
        return self.state.equations.activations[row].couples_deltas

    def _net_by_parameter(self, slot: int, sample: int | None, outs: Sequence[Variable]) -> Node:
        """Return ∂net/∂w, which is out_pre, or ∂net/∂b, which is 1."""
        symbol = self.symbols.net_by(slot, sample, parameter=True)
        return self.alias(symbol, outs[0]) if outs else self.pool.name(Term(symbol, 1.0))

    def _over_samples(self, variable: Variable, reason: Reason) -> None:
        """Show what is taken over all samples of a batch: their mean or their sum."""
        n = self.state.n_samples or 1
        mean = self.state.reduction == "mean"
        what = "the total error" if variable.quantity == "total_error" else reason.words
        reason.words = f"{what}: the {'mean' if mean else 'sum'} over the {n} samples of the batch"

        def share(k: int) -> Variable:
            return variable._replace(sample=k + 1)

        node = self.total(
            n,
            lambda k: self.state.number(share(k)),
            lambda k: self.name(share(k), reason),
            reason,
            "samples",
        )
        if mean and n > 1:
            node = multiplied([Call("/", (Number(1.0), Number(float(n)))), node])
        reason.equations.append(self.line("", variable, node))

    def _new_weight(self, variable: Variable, equation: Equation, reason: Reason) -> None:
        slot = variable.place
        descent = len(self.state.equations.round.optimizer.equations) == 1
        node = self.tree(equation, None, reason, ("change",) if descent else ())
        reason.equations.append(self.line("", variable, node))
        if not self.structure.trainable[slot]:
            reason.notes.append("It is frozen: updates leave it as it is.")
        else:
            self._say_update(reason, slot)

    def _share(self, variable: Variable, equation: Equation, reason: Reason) -> None:
        """Whether shares were divided by the sum of the weights shows in their value."""
        error, weight = equation.operands["error"], equation.operands["weight"]
        assert isinstance(error, Variable)
        assert isinstance(weight, Variable)
        error = self._in_sample(error, variable.sample)
        product = self.state.number(error) * self.state.number(weight)
        plain = math.isclose(product, self.state.number(variable), rel_tol=1e-12, abs_tol=1e-300)
        node = self.tree(equation, variable.sample, reason, formula=SHARE if plain else None)
        reason.equations.append(self.line("", variable, node))

    def _change(self, variable: Variable, equation: Equation, reason: Reason) -> None:
        self._plain(variable, equation, reason)
        self._say_update(reason, variable.place)

    def _curvature(self, variable: Variable, equation: Equation, reason: Reason) -> None:
        if equation.formula is None:
            reason.equations.append(self.line("", variable))
            reason.parts += equation.variables
        else:
            self._plain(variable, equation, reason)
        reason.notes.append(
            f"What stands over ∂{self.symbols.parameter(variable.place).text} is how far a number"
            " moves with it, along the whole round: by a complex step (Squire and Trapp, 1998)."
        )

    def _say_update(self, reason: Reason, slot: int) -> None:
        """Say what the update is like that a new parameter comes from."""
        update, rate = self.state.update, self.state.update.learning_rate
        formula = f"{rate} = " if isinstance(rate, RateFormula) else ""
        if RATE in self.state.equations.of(Variable("change", slot)).variables:
            reason.notes.append(f"η is the learning rate, {formula}{rate:.9g}.")
        state = update.optimizer.state
        if state and update.step == 1 and not any(map(np.any, update.memory.values())):
            reason.notes.append(
                f"The first step of {update.optimizer.name}: what it remembers"
                f" ({' and '.join(state)}) begins at 0."
            )
        if self.state.equations.in_place:
            reason.notes.append(
                "Weights change in place, each as soon as its gradient is known: errors further"
                " back come over weights that have changed, and what is called a gradient there is"
                " not that of the total error."
            )


#: What is written into the line of a quantity instead of its symbol.
_INLINE: Mapping[str, tuple[str, ...]] = {
    "net": ("message",),
    "message_slope": (),
    "gauss_newton": ("loss_curvature",),
}

#: The lines of each quantity that has more than its equation to show.
_RULES: Mapping[str, Callable[[Reasons, Variable, Equation, Reason], None]] = {
    "loss": Reasons._loss,
    "out_gradient": Reasons._out_gradient,
    "delta": Reasons._delta,
    "error_message": Reasons._error_message,
    "gradient": Reasons._gradient,
    "data_gradient": Reasons._gradient,
    "new_weight": Reasons._new_weight,
    "change": Reasons._change,
    "step": Reasons._change,
    "share": Reasons._share,
    "curvature": Reasons._curvature,
    "gauss_newton": Reasons._curvature,
}


def _is_chain(node: Node) -> bool:
    """Whether a tree is a product, in which a factor of 1 says nothing."""
    return isinstance(node, Call) and node.name == "*"


def _is_product(node: Node) -> bool:
    """Whether a tree is a product of bare names."""
    while isinstance(node, Call) and node.name == "*":
        if not isinstance(node.arguments[1], Name):
            return False
        node = node.arguments[0]
    return isinstance(node, Name)
