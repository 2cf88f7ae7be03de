"""Forward: how parameters, nets, outs and losses are explained."""

from typing import Any

import numpy as np

from neurograph.explaining.equations import added, multiplied
from neurograph.explaining.making import Found, Making
from neurograph.explaining.state import TOTAL, Quantity
from neurograph.formulas import Formula
from neurograph.formulas.tree import Call, Node, Number
from neurograph.losses import LOG_TOTAL

__all__ = ["Forward"]


class Forward(Making):
    """The equations of the forward pass and of the losses."""

    # -- given ---------------------------------------------------------------------------------

    def _given(self, quantity: Quantity, found: Found) -> None:
        bias = quantity.place in self.state.bias_neurons
        name = self.called(quantity.place)
        found.words = f"the constant out of bias neuron {name}" if bias else f"the input {name}"
        found.equations.append(self.equation("", quantity))

    def _target(self, quantity: Quantity, found: Found) -> None:
        found.words = f"the wanted out of {self.called(quantity.place)}"
        found.equations.append(self.equation("", quantity))

    def _weight(self, quantity: Quantity, found: Found) -> None:
        found.words = f"the weight of connection {self.ends(quantity.place)}, as it stands"
        self._parameter(quantity, found)

    def _bias(self, quantity: Quantity, found: Found) -> None:
        name = self.called(int(self.structure.post[quantity.place]))
        found.words = f"the bias of {name}, as it stands"
        self._parameter(quantity, found)

    def _parameter(self, quantity: Quantity, found: Found) -> None:
        found.equations.append(self.equation("", quantity))
        self._say_shared(quantity.place, found)

    # -- forward -------------------------------------------------------------------------------

    def _net(self, quantity: Quantity, found: Found) -> None:
        _, j, sample = quantity
        found.words = f"the total net input of {self.called(j)}"
        links = self.state.incoming(j)
        outs = [self._at("out", i, sample) for _, i in links]
        values = [
            self.state.value(Quantity("weight", c)) * self.state.value(out)
            for (c, _), out in zip(links, outs, strict=True)
        ]

        def message(place: int) -> Node:
            weight = self.name(Quantity("weight", links[place].slot))
            return multiplied([weight, self.name(outs[place])])

        node, places = self.total(values, message, found, "messages")
        if j in self.structure.bias_slot:
            node = added([node, self.name(Quantity("bias", self.structure.bias_slot[j]))])
        found.equations.append(self.equation("", quantity, node))
        found.parts += [outs[place] for place in places]

    def _message(self, quantity: Quantity, found: Found) -> None:
        _, c, sample = quantity
        out = self._at("out", int(self.structure.pre[c]), sample)
        found.words = f"what arrives over connection {self.ends(c)}"
        node = multiplied([self.name(Quantity("weight", c)), self.name(out)])
        found.equations.append(self.equation("", quantity, node))
        found.parts.append(out)

    def _out(self, quantity: Quantity, found: Found) -> None:
        _, j, sample = quantity
        activation = self.structure.activations[j]
        members = self.structure.group_of(j) if activation.group else (j,)
        nets = [self._at("net", k, sample) for k in members]
        formula = activation.formula
        if activation.group:
            at = {"net": self.name(self._at("net", j, sample))}
            group = [{"net": self.name(net)} for net in nets]
            node, places = self.over_group(formula, at, group, found)
            places.insert(0, members.index(j))
        else:
            node, places = self.formula(formula, {"net": self.name(nets[0])}), [0]
        found.words = f"the out of {self.called(j)}, by its activation {activation.name}"
        found.equations.append(self.equation("", quantity, node))
        found.parts += [nets[place] for place in places]

    # -- losses --------------------------------------------------------------------------------

    def _loss(self, quantity: Quantity, found: Found) -> None:
        _, j, sample = quantity
        loss = self.state.loss
        found.words = f"the share of {self.called(j)} in the error, by the loss {loss.name}"
        target, out = self._at("target", j, sample), self._at("out", j, sample)
        direct = loss.value(
            self.state.value(target), self.state.value(out), len(self.structure.outputs)
        )
        joint = loss.joint.get(self.structure.activations[j].name)
        # Within the digits that are shown, out says as much as the net.
        if joint is not None and not np.isclose(direct, self.state.value(quantity), 1e-9, 0.0):
            self._loss_of_net(quantity, joint.value_formula, found)
            return
        node = self._of_loss(loss.formula, j, sample)
        found.equations.append(self.equation("", quantity, node))
        found.parts.append(out)

    def _loss_of_net(self, quantity: Quantity, formula: Formula, found: Found) -> None:
        _, j, sample = quantity
        members = self.structure.group_of(j)
        nets = [self._at("net", k, sample) for k in members]
        at = {
            "net": self.name(self._at("net", j, sample)),
            "target": self.name(self._at("target", j, sample)),
        }
        if "log_total" in formula.variables:
            group = [{"net": self.name(net)} for net in nets]
            at["log_total"], _ = self.over_group(LOG_TOTAL, {}, group, found)
        found.notes.append(
            f"{self.symbols.of(self._at('out', j, sample)).text} is so near to 0 or 1 that digits"
            " are lost in its logarithm; the net still has them."
        )
        found.equations.append(self.equation("", quantity, self.formula(formula, at)))
        found.parts += nets

    def _of_loss(self, formula: Formula, j: int, sample: int | None) -> Node:
        at = {
            "target": self.name(self._at("target", j, sample)),
            "out": self.name(self._at("out", j, sample)),
            "n": Number(float(len(self.structure.outputs))),
        }
        return self.formula(formula, at)

    def _total(self, quantity: Quantity, found: Found) -> None:
        sample = quantity.sample
        several = len(self.structure.outputs) > 1
        found.words = "the total error" if sample is None else f"the error of sample {sample}"
        found.words += ": the sum over the outputs" if several else ": that of the one output"
        losses = [self._at("loss", j, sample) for j in self.structure.outputs]
        node, places = self.total(
            [self.state.value(loss) for loss in losses],
            lambda place: self.name(losses[place]),
            found,
            "outputs",
        )
        found.equations.append(self.equation("", quantity, node))
        found.parts += [losses[place] for place in places]

    def _over_samples(self, quantity: Quantity, found: Found) -> None:
        """Explain what is taken over all samples of a batch: their mean or their sum."""
        kind, place, _ = quantity
        n = self.state.n_samples or 1
        mean = self.state.reduction == "mean"
        what = "the total error" if kind == TOTAL else self._gradient_words(place)
        found.words = f"{what}: the {'mean' if mean else 'sum'} over the {n} samples of the batch"
        samples = [Quantity(kind, place, sample) for sample in range(1, n + 1)]
        node, shown = self.total(
            self._of_samples(kind, place), lambda k: self.name(samples[k]), found, "samples"
        )
        if mean and n > 1:
            node = multiplied([Call("/", (Number(1.0), Number(float(n)))), node])
        found.equations.append(self.equation("", quantity, node))
        found.parts += [samples[k] for k in shown]
        if kind != TOTAL:
            self._say_shared(place, found)

    def _of_samples(self, kind: str, place: int) -> list[float]:
        values: Any
        if kind == TOTAL:
            values = sum(np.asarray(self.state.raw("loss", j)) for j in self.structure.outputs)
        else:
            slots = self.structure.shared_slots(place)
            values = sum(np.asarray(self.state.share(slot)) for slot in slots)
        return [float(value) for value in values]
