"""Backward: how error messages, deltas, gradients and updates are explained."""

from dataclasses import dataclass, replace

import numpy as np

from neurograph.activations import GROUP_DELTA
from neurograph.errors import InvalidValueError
from neurograph.explaining.equations import Equation, Term, added, evaluated, multiplied
from neurograph.explaining.making import PRODUCTS, Found, Making, joint_rule
from neurograph.explaining.state import NEW, Quantity
from neurograph.explaining.symbols import Symbol
from neurograph.formulas.tree import NEG, Call, Name, Node, Number
from neurograph.losses import Joint
from neurograph.optimizers import PARAMETER, GradientDescent

__all__ = ["Backward"]

_ETA = Symbol("η", r"\eta")
#: The gradient in the formulas of optimisers that take more of it than a multiple.
_GRADIENT = Symbol("g", "g")


@dataclass(frozen=True)
class _Came:
    """What came back to a neuron: a tree of it, and what the tree is made of."""

    node: Node | None
    parts: list[Quantity]


class Backward(Making):
    """The equations of the backward pass and of an update."""

    # -- dE/dout, dout/dnet, delta ----------------------------------------------------------------

    def _out_gradient(self, quantity: Quantity, found: Found) -> None:
        _, j, sample = quantity
        name = self.called(j)
        links = self.state.outgoing(j)
        is_output = j in self.state.outputs
        found.words = f"how the total error changes with the out of {name}"
        if len(links) > 1:
            found.words += ", the sum of the error messages that come back to it"
        terms: list[Node] = []
        if is_output:
            terms.append(self._loss_slope(j, sample))
            found.parts.append(Quantity("out", j, sample))
        messages = [Quantity("error_message", c, sample) for c, _ in links]
        if messages:
            node, places = self.total(
                [self.state.value(message) for message in messages],
                lambda place: self.name(messages[place]),
                found,
                "error messages",
            )
            terms.append(node)
            found.parts += [messages[place] for place in places]
        if not terms:
            found.notes.append(f"Nothing that {name} sends reaches an output.")
        whole = added(terms)
        forms = dict.fromkeys([whole, _turned(whole)])
        found.equations.append(self.equation("", quantity, *forms))

    def _loss_slope(self, j: int, sample: int | None) -> Node:
        at = {
            "target": self.name(Quantity("target", j, sample)),
            "out": self.name(Quantity("out", j, sample)),
            "n": Number(float(len(self.structure.outputs))),
        }
        return self.formula(self.state.loss.derivative, at)

    def _slope(self, quantity: Quantity, found: Found) -> None:
        _, j, sample = quantity
        activation = self.structure.activations[j]
        found.words = f"the slope of the activation of {self.called(j)}, {activation.name}"
        found.equations.append(self.equation("", quantity, self._slope_node(j, sample)))
        found.parts += [
            Quantity(kind, j, sample)
            for kind in ("out", "net")
            if kind in activation.derivative.variables
        ]

    def _slope_node(self, j: int, sample: int | None) -> Node:
        at = {kind: self.name(Quantity(kind, j, sample)) for kind in ("net", "out")}
        return self.formula(self.structure.activations[j].derivative, at)

    def _delta(self, quantity: Quantity, found: Found) -> None:
        _, j, sample = quantity
        found.words = f"how the total error changes with the net of {self.called(j)}"
        by_net = self.alias(self.symbols.by_net(j, sample), quantity)
        joint = joint_rule(self.state, j)
        if joint is not None:
            self._joint_delta(quantity, joint, by_net, found)
        elif self.structure.activations[j].group:
            node = self._group_delta(quantity, "out_gradient", found)
            found.equations.append(self.equation("", quantity, by_net, node))
            found.notes.append(
                "Softmax couples the neurons of its group: g = dE/dout of all of them counts."
            )
        else:
            sent, slope = Quantity("out_gradient", j, sample), Quantity("slope", j, sample)
            chain = multiplied([self.name(sent), self.name(slope)])
            found.equations.append(self.equation("", quantity, by_net, chain))
            found.parts += [sent, slope]
            full = self._written_out(j, sample, found)
            if full is not None:
                found.equations.append(self.equation("written out", quantity, full))

    def _written_out(self, j: int, sample: int | None, found: Found) -> Node | None:
        """Return delta with dE/dout and the slope written out, as the delta rule has it."""
        came = self._came_back(j, sample, found)
        parts = [came.node] if came.node is not None else []
        if j in self.state.outputs:
            slope = self._loss_slope(j, sample)
            parts.insert(0, slope if parts else _turned(slope))
        if not parts:
            return None
        return multiplied([added(parts), self._slope_node(j, sample)])

    def _came_back(self, j: int, sample: int | None, found: Found) -> _Came:
        """Return sum_k delta_k * w_jk; nothing for a neuron without outgoing connections."""
        links = self.state.outgoing(j)
        if not links:
            return _Came(None, [])
        deltas = [Quantity("delta", k, sample) for _, k in links]

        def message(place: int) -> Node:
            return multiplied([self.name(deltas[place]), self.name(weights[place])])

        weights = [self._sent_over(c) for c, _ in links]
        values = [
            self.state.value(delta) * self.state.value(weight)
            for delta, weight in zip(deltas, weights, strict=True)
        ]
        node, places = self.total(values, message, found, PRODUCTS)
        return _Came(node, [part for place in places for part in (deltas[place], weights[place])])

    def _sent_over(self, slot: int) -> Quantity:
        """Return the weight that an error comes back over: in place, one that has changed."""
        return Quantity(NEW if slot in self.state.changed_before else "weight", slot)

    def _joint_delta(self, quantity: Quantity, joint: Joint, by_net: Node, found: Found) -> None:
        _, j, sample = quantity
        activation, loss = self.structure.activations[j], self.state.loss
        members = self.structure.group_of(j) if activation.group else (j,)
        node = self._of_both(j, sample, joint, found)
        found.parts.append(Quantity("out", j, sample))
        found.notes.append(
            f"A joint rule: the derivatives of {loss.name} and {activation.name}, multiplied,"
            f" leave this ({joint.source})."
        )
        if any(self.state.outgoing(k) for k in members):
            found.notes.append("What comes back over outgoing connections is added.")
            node = added([node, self._from_behind(quantity, found)])
        found.equations.append(self.equation("", quantity, by_net, node))

    def _of_both(self, j: int, sample: int | None, joint: Joint, found: Found) -> Node:
        """Return dE/dnet by the joint rule, in the outs and targets of the group."""
        members = self.structure.group_of(j) if self.structure.activations[j].group else (j,)
        at = {kind: self.name(Quantity(kind, j, sample)) for kind in ("out", "target")}
        targets = [{"target": self.name(Quantity("target", k, sample))} for k in members]
        return self.over_group(joint.delta_formula, at, targets, found)[0]

    def _from_behind(self, quantity: Quantity, found: Found) -> Node:
        """Return the part of delta that came back from other neurons, through the activation."""
        _, j, sample = quantity
        if self.structure.activations[j].group:
            return self._group_delta(quantity, "came_back", found)
        slope = Quantity("slope", j, sample)
        came = self._came_back(j, sample, found)
        assert came.node is not None
        found.parts += [*came.parts, slope]
        return multiplied([came.node, self.name(slope)])

    def _group_delta(self, quantity: Quantity, kind: str, found: Found) -> Node:
        """Return delta_j = out_j * (g_j - sum_k g_k * out_k), g from the loss too or not."""
        _, j, sample = quantity
        members = self.structure.group_of(j)
        at: list[dict[str, Node]] = []
        parts: list[list[Quantity]] = []
        for k in members:
            out = Quantity("out", k, sample)
            if kind == "out_gradient":
                sent = Quantity("out_gradient", k, sample)
                came = _Came(self.name(sent), [sent])
            else:
                came = self._came_back(k, sample, found)
            at.append({"out": self.name(out), "out_gradient": came.node or Number(0.0)})
            parts.append([out, *came.parts])
        place = members.index(j)
        node, shown = self.over_group(GROUP_DELTA, at[place], at, found)
        found.parts += [part for k in [place, *shown] for part in parts[k]]
        return node

    # -- error messages, gradients, updates ------------------------------------------------------

    def _error_message(self, quantity: Quantity, found: Found) -> None:
        _, c, sample = quantity
        k = int(self.structure.post[c])
        found.words = f"what comes back over connection {self.ends(c)}"
        delta, weight = Quantity("delta", k, sample), self._sent_over(c)
        node = multiplied([self.name(delta), self.name(weight)])
        found.parts += [delta, weight]
        if weight.kind == NEW:
            found.equations.append(self.equation("", quantity, node))
            found.notes.append("In place: the weight has changed before the error comes back.")
            return
        chain = multiplied(
            [
                self.alias(self.symbols.by_net(k, sample), delta),
                self.alias(self.symbols.net_by(c, sample, parameter=False), weight),
            ]
        )
        found.equations.append(self.equation("", quantity, chain, node))
        found.equations.append(self._factor(chain, weight))

    def _factor(self, chain: Node, quantity: Quantity) -> Equation:
        """Return the line that says what the last factor of a chain is."""
        last = chain.arguments[-1] if isinstance(chain, Call) else chain
        assert isinstance(last, Name)
        left = self.pool.terms[last.name].symbol
        return self.equation("where", quantity, self.name(quantity), left=left)

    def _gradient(self, quantity: Quantity, found: Found) -> None:
        slot, sample = quantity.place, quantity.sample
        found.words = self._gradient_words(slot)
        if sample is not None and self.symbols.tag_samples:
            found.words += f", in sample {sample}"
        slots = self.structure.shared_slots(slot)
        if len(slots) > 1:
            self._shared_gradient(quantity, found)
        else:
            found.equations += self._chain_rule(quantity, found)
        if sample is not None and not self.symbols.tag_samples:
            self._say_whole(slot, found)

    def _say_whole(self, slot: int, found: Found) -> None:
        n = self.state.n_samples or 1
        whole = self.state.value(Quantity("gradient", slot))
        word = "mean" if self.state.reduction == "mean" else "sum"
        found.notes.append(
            f"This is the share of one sample; the gradient of the batch is the {word} over its"
            f" {n} samples, {whole:.9g}."
        )

    def _shared_gradient(self, quantity: Quantity, found: Found) -> None:
        """Explain the gradient of a parameter in several places: each adds its share."""
        slot, sample = quantity.place, quantity.sample
        slots = self.structure.shared_slots(slot)

        def share(place: int) -> Node:
            return multiplied(self._factors(slots[place], sample))

        values = [self._share_value(one, sample) for one in slots]
        node, places = self.total(values, share, found, "places")
        found.equations.append(self.equation("", quantity, node))
        for place in places:
            found.parts.append(Quantity("delta", int(self.structure.post[slots[place]]), sample))
            found.parts += self._out_of(slots[place], sample)
        self._say_shared(slot, found)

    def _share_value(self, slot: int, sample: int | None) -> float:
        value = np.asarray(self.state.share(slot))
        return float(value if sample is None else value[sample - 1])

    def _factors(self, slot: int, sample: int | None) -> list[Node]:
        """Return delta_post and out_pre; of a bias delta alone."""
        delta = Quantity("delta", int(self.structure.post[slot]), sample)
        return [self.name(delta), *map(self.name, self._out_of(slot, sample))]

    def _out_of(self, slot: int, sample: int | None) -> list[Quantity]:
        pre = int(self.structure.pre[slot])
        return [] if pre < 0 else [Quantity("out", pre, sample)]

    def _chain_rule(self, quantity: Quantity, found: Found) -> list[Equation]:
        """Return the gradient by the chain rule, by delta, and written out."""
        slot, sample = quantity.place, quantity.sample
        j = int(self.structure.post[slot])
        outs = self._out_of(slot, sample)
        delta = Quantity("delta", j, sample)
        last = self._net_by_parameter(slot, sample)
        by_delta = multiplied(self._factors(slot, sample))
        if joint_rule(self.state, j) is not None or self.structure.activations[j].group:
            by_net = self.alias(self.symbols.by_net(j, sample), delta)
            found.parts += [delta, *outs]
            return [
                self.equation("", quantity, multiplied([by_net, last]), by_delta),
                *[self._factor(last, out) for out in outs],
            ]
        sent, slope = Quantity("out_gradient", j, sample), Quantity("slope", j, sample)
        found.parts += [sent, slope, *outs]
        chain = multiplied([self.name(sent), self.name(slope), last])
        of_delta = multiplied([self.name(sent), self.name(slope)])
        lines = [
            self.equation("by the chain rule", quantity, chain),
            *[self._factor(last, out) for out in outs],
            self.equation("with delta", delta, of_delta),
            self.equation("in delta form", quantity, by_delta),
        ]
        full = self._written_out(j, sample, found)
        if full is not None:
            whole = multiplied([full, *map(self.name, outs)])
            lines.append(self.equation("written out", quantity, whole))
        return lines

    def _net_by_parameter(self, slot: int, sample: int | None) -> Node:
        """Return ∂net/∂w, which is out_pre, or ∂net/∂b, which is 1."""
        symbol = self.symbols.net_by(slot, sample, parameter=True)
        outs = self._out_of(slot, sample)
        if outs:
            return self.alias(symbol, outs[0])
        return self.pool.name(Term(symbol, 1.0))

    def _new(self, quantity: Quantity, found: Found) -> None:
        slot = quantity.place
        is_bias = self.structure.pre[slot] < 0
        old = Quantity("bias" if is_bias else "weight", slot)
        what = "bias" if is_bias else "weight"
        symbol = self.symbols.parameter(slot).text
        found.words = f"the {what} {symbol} after {self.update.words}"
        if not self.structure.trainable[slot]:
            left = self.symbols.of(quantity)
            found.equations.append(self.equation("", old, self.name(old), left=left))
            found.notes.append("It is frozen: updates leave it as it is.")
        else:
            found.equations += self._rules_of_update(quantity, old)
            found.parts.append(Quantity("gradient", slot))
        self._say_shared(slot, found)

    def _rules_of_update(self, quantity: Quantity, old: Quantity) -> list[Equation]:
        """Return what the optimiser makes of a parameter, and below it what it remembers."""
        optimizer, rate = self.update.optimizer, self._rate(quantity)
        gradient = Quantity("gradient", quantity.place)
        known = {
            "learning_rate": self.pool.name(Term(_ETA, rate)),
            PARAMETER: self.name(old),
            "gradient": self.name(gradient),
            "step": Number(1.0),
            **{name: self._called(name, value) for name, value in optimizer.constants.items()},
            **{name: self._called(name, 0.0) for name in optimizer.state},
        }
        lines: list[Equation] = []
        if optimizer != GradientDescent():
            lines.append(self.equation("", gradient, known["gradient"], left=_GRADIENT))
            known["gradient"] = self.alias(_GRADIENT, gradient)
        for name, formula in (*optimizer.each_step, *optimizer.rules):
            node = self.formula(formula, known)
            if name == PARAMETER:
                left, value = self.symbols.of(quantity), self._updated(quantity.place, rate)
                # The others say what is in it.
                lines.insert(0, Equation("", left, (node,), value, self.pool.terms))
            else:
                left = _symbol(f"{name}+" if name in optimizer.state else name)
                value = evaluated(node, self.pool.terms)
                lines.append(Equation("", left, (node,), value, self.pool.terms))
            known[name] = self.pool.name(Term(left, value))
        return [replace(line, label="where") if n == 1 else line for n, line in enumerate(lines)]

    def _updated(self, slot: int, rate: float) -> float:
        """Return a parameter after the update."""
        if self.state.after is not None:
            return self.state.after[slot]
        old = self.state.value(Quantity("weight", slot))
        return self.update.rule(rate)(slot, old, self.state.value(Quantity("gradient", slot)))

    def _called(self, name: str, value: float) -> Node:
        return self.pool.name(Term(_symbol(name), value))

    def say_update(self, slot: int, found: Found) -> None:
        """Say what the update is like that a new parameter comes from."""
        if not self.structure.trainable[slot]:
            return
        found.notes.append(f"η is the learning rate, {self.update.learning_rate:.9g}.")
        optimizer = self.update.optimizer
        if optimizer.state:
            remembered = " and ".join(optimizer.state)
            found.notes.append(
                f"The first step of {optimizer.name}: what it remembers ({remembered}) begins at 0."
            )
        if self.state.after is not None:
            found.notes.append(
                "Weights change in place, each as soon as its gradient is known: errors further"
                " back come over weights that have changed, and what is called a gradient there is"
                " not that of the total error."
            )

    def _rate(self, quantity: Quantity) -> float:
        if self.update.learning_rate is None:
            address = self.state.address(quantity)
            raise InvalidValueError(
                f"{address!r} depends on the learning rate: give it, as in"
                f" explain(net, {address!r}, learning_rate=0.5)"
            )
        return self.update.learning_rate


def _symbol(name: str) -> Symbol:
    """Return what an optimiser calls a number of its own; a plus stands for its new value."""
    plain = name.removesuffix("+").replace("_", r"\_")
    return Symbol(name, rf"\mathrm{{{plain}}}" + ("^{+}" if name.endswith("+") else ""))


def _turned(node: Node) -> Node:
    """Return a difference the other way round: ``out - target`` as ``-(target - out)``."""
    if isinstance(node, Call) and node.name == "-" and len(node.arguments) == 2:
        left, right = node.arguments
        if isinstance(left, Name) and isinstance(right, Name):
            return Call(NEG, (Call("-", (right, left)),))
    return node
