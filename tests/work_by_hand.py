"""A round of a network in plain Python, as a student works it out: rightly, or with one mistake.

It shares no code with neurograph; only the numbers of an exercise are read from it.
"""

import math
import random
from collections.abc import Callable, Iterator
from decimal import ROUND_DOWN, ROUND_HALF_UP, Decimal
from typing import NamedTuple

ACTIVATIONS = {
    "identity": (lambda x: x, lambda x: 1.0),
    "logistic": (
        lambda x: 1 / (1 + math.exp(-x)),
        lambda x: 1 / (1 + math.exp(-x)) * (1 - 1 / (1 + math.exp(-x))),
    ),
    "tanh": (math.tanh, lambda x: 1 - math.tanh(x) ** 2),
    "relu": (lambda x: max(x, 0.0), lambda x: float(x > 0)),
    "softplus": (lambda x: math.log(1 + math.exp(x)), lambda x: 1 / (1 + math.exp(-x))),
    "sin": (math.sin, math.cos),
}
#: By out alone, as students use it.
SLOPES_OF_OUT = {"logistic": lambda out: out * (1 - out), "tanh": lambda out: 1 - out * out}

Value = Callable[[str], float]


class Planted(NamedTuple):
    """A mistake at one value: its kind, and what comes out, from the values so far."""

    kind: str
    work: Callable[[Value], float]


class Hand:
    """One round, value by value.

    Parameters
    ----------
    exercise : Exercise
        Read for its numbers alone.
    """

    def __init__(self, exercise) -> None:
        self.addresses = [question.address for question in exercise.questions]
        self.rate = exercise.learning_rate
        self.loss = exercise.facts.loss
        self.f, self.bias, self.incoming, self.outgoing = {}, {}, {}, {}
        self.weight = {}
        for neuron in exercise.facts.neurons:
            name = neuron.name
            self.f[name] = neuron.activation or "logistic"
            self.bias[name] = neuron.bias
            self.incoming[name], self.outgoing[name] = [], []
        for link in exercise.facts.connections:
            self.weight[link.label] = link.weight
            self.incoming[link.post].append((link.pre, link.label))
            self.outgoing[link.pre].append((link.post, link.label))
        self.ends = {link.label: (link.pre, link.post) for link in exercise.facts.connections}
        inputs = [name for name in self.f if not self.incoming[name]]
        outputs = [name for name in self.f if not self.outgoing[name]]
        self.input = dict(zip(inputs, exercise.inputs, strict=True))
        self.target = dict(zip(outputs, exercise.targets, strict=True))

    # -- one value --------------------------------------------------------------------------------

    def out(self, name: str, now: Value) -> float:
        """Return what a neuron sends: of an input its number."""
        return self.input[name] if name in self.input else now(f"{name}.out")

    def net(self, j: str, now: Value, weights=None, bias=1.0, outs=None) -> float:
        """Return the net of a neuron, perhaps with other weights, bias or outs."""
        weights, outs = weights or {}, outs or {}
        terms = [
            weights.get(w, self.weight[w]) * outs.get(i, self.out(i, now))
            for i, w in self.incoming[j]
        ]
        return sum(terms) + bias * (self.bias[j] or 0.0)

    def slope(self, j: str, now: Value, out: float | None = None) -> float:
        """Return f' of a neuron, by its out where students have such a formula."""
        name = self.f[j]
        if name in SLOPES_OF_OUT:
            return SLOPES_OF_OUT[name](now(f"{j}.out") if out is None else out)
        return ACTIVATIONS[name][1](now(f"{j}.net"))

    def loss_of(self, t: float, o: float) -> float:
        """Return one output's share of the error."""
        if self.loss == "binary_cross_entropy":
            return -(t * math.log(o) + (1 - t) * math.log(1 - o))
        return {"half_squared_error": 0.5, "squared_error": 1.0}[self.loss] * (t - o) ** 2

    def loss_slope(self, t: float, o: float) -> float:
        """Return dE/dout of one output."""
        if self.loss == "binary_cross_entropy":
            return (o - t) / (o * (1 - o))
        return {"half_squared_error": 1.0, "squared_error": 2.0}[self.loss] * (o - t)

    def new(self, w: str, now: Value, factor: float = 1.0) -> float:
        """Return a weight after the update."""
        return self.weight[w] - factor * self.rate * now(f"{w}.gradient")

    def back(self, i: str, now: Value, weights=None, error="delta") -> dict[str, float]:
        """Return the errors that come back to a neuron, by connection."""
        weights = weights or {}
        return {
            w: now(f"{k}.{error}") * weights.get(w, self.weight[w]) for k, w in self.outgoing[i]
        }

    def right(self, address: str, now: Value) -> float:
        """Return one value, worked out rightly from those before it."""
        name, _, quantity = address.rpartition(".")
        match quantity:
            case "net":
                return self.net(name, now)
            case "out":
                return ACTIVATIONS[self.f[name]][0](now(f"{name}.net"))
            case "loss" if not name:
                return sum(now(f"{o}.loss") for o in self.target)
            case "loss":
                return self.loss_of(self.target[name], now(f"{name}.out"))
            case "out_gradient" if name in self.target:
                return self.loss_slope(self.target[name], now(f"{name}.out"))
            case "out_gradient":
                return sum(self.back(name, now).values())
            case "delta":
                return now(f"{name}.out_gradient") * self.slope(name, now)
            case "gradient":
                i, j = self.ends[name]
                return now(f"{j}.delta") * self.out(i, now)
            case "bias_gradient":
                return now(f"{name}.delta")
            case "weight":
                return self.new(name, now)
            case "bias":
                return self.bias[name] - self.rate * now(f"{name}.bias_gradient")
        raise AssertionError(address)

    # -- one mistake ------------------------------------------------------------------------------

    def mistakes(self, address: str) -> Iterator[Planted]:
        """Yield the mistakes that are made at a value."""
        name, _, quantity = address.rpartition(".")
        if quantity in ("out", "out_gradient", "delta", "gradient", "bias_gradient"):
            yield Planted("sign turned", lambda now: -self.right(address, now))
        if quantity in ("out_gradient", "delta", "gradient") or address.endswith("loss"):
            for factor in (2.0, 0.5):
                yield Planted(
                    "factor 1/2 or 2", lambda now, by=factor: by * self.right(address, now)
                )
        yield from getattr(self, f"_at_{quantity}")(name)

    def _at_net(self, j):
        if self.bias[j]:
            yield Planted("bias left out", lambda now: self.net(j, now, bias=0.0))
            yield Planted("sign turned", lambda now: self.net(j, now, bias=-1.0))
        pairs = self.incoming[j]
        for place, (_, one) in enumerate(pairs):
            for _, other in pairs[place + 1 :]:
                swapped = {one: self.weight[other], other: self.weight[one]}
                yield Planted("weights swapped", lambda now, w=swapped: self.net(j, now, w))
            turned = {one: -self.weight[one]}
            yield Planted("sign turned", lambda now, w=turned: self.net(j, now, w))
        for other in self.incoming:
            theirs = self.incoming[other]
            if other != j and [i for i, _ in theirs] == [i for i, _ in pairs]:
                row = {w: self.weight[v] for (_, w), (_, v) in zip(pairs, theirs, strict=True)}
                yield Planted("weights swapped", lambda now, w=row: self.net(j, now, w))
        hidden = [i for i, _ in pairs if i not in self.input]
        if hidden:
            yield Planted(
                "net used for out",
                lambda now: self.net(j, now, outs={i: now(f"{i}.net") for i in hidden}),
            )

    def _at_out(self, j):
        yield Planted("net used for out", lambda now: now(f"{j}.net"))
        yield Planted("sign turned", lambda now: ACTIVATIONS[self.f[j]][0](-now(f"{j}.net")))

    def _at_loss(self, j):
        if not j:
            if len(self.target) > 1:
                for o in self.target:
                    yield Planted("only one path counted", lambda now, o=o: now(f"{o}.loss"))
        elif self.loss != "binary_cross_entropy":
            yield Planted(
                "net used for out", lambda now: self.loss_of(self.target[j], now(f"{j}.net"))
            )

    def _at_out_gradient(self, j):
        if j in self.target:
            if self.loss != "binary_cross_entropy":
                yield Planted(
                    "net used for out",
                    lambda now: self.loss_slope(self.target[j], now(f"{j}.net")),
                )
            return
        links = self.outgoing[j]
        if self.rate is not None:
            yield Planted(
                "update in place",
                lambda now: sum(
                    self.back(j, now, {w: self.new(w, now) for _, w in links}).values()
                ),
            )
        yield Planted(
            "derivative left out",
            lambda now: sum(self.back(j, now, error="out_gradient").values()),
        )
        for place, (_, one) in enumerate(links):
            if len(links) > 1:
                yield Planted("only one path counted", lambda now, w=one: self.back(j, now)[w])
            for _, other in links[place + 1 :]:
                swapped = {one: self.weight[other], other: self.weight[one]}
                yield Planted(
                    "weights swapped", lambda now, w=swapped: sum(self.back(j, now, w).values())
                )

    def _at_delta(self, j):
        yield Planted("derivative left out", lambda now: now(f"{j}.out_gradient"))
        if self.f[j] in SLOPES_OF_OUT:
            yield Planted(
                "net used for out",
                lambda now: now(f"{j}.out_gradient") * self.slope(j, now, now(f"{j}.net")),
            )

    def _at_gradient(self, w):
        i, j = self.ends[w]
        yield Planted(
            "derivative left out", lambda now: now(f"{j}.out_gradient") * self.out(i, now)
        )
        if i not in self.input:
            yield Planted("net used for out", lambda now: now(f"{j}.delta") * now(f"{i}.net"))

    def _at_bias_gradient(self, j):
        yield Planted("derivative left out", lambda now: now(f"{j}.out_gradient"))

    def _at_weight(self, w):
        yield Planted("sign turned", lambda now: self.new(w, now, -1.0))
        for factor in (2.0, 0.5):
            yield Planted("factor 1/2 or 2", lambda now, by=factor: self.new(w, now, by))
        for other in self.weight:
            if other != w and self.ends[other][1] == self.ends[w][1]:
                yield Planted(
                    "weights swapped",
                    lambda now, v=other: self.weight[v] - self.rate * now(f"{w}.gradient"),
                )

    def _at_bias(self, j):
        yield Planted(
            "sign turned", lambda now: self.bias[j] + self.rate * now(f"{j}.bias_gradient")
        )


class Habits(NamedTuple):
    """How a student writes: with how many decimals, cut off or rounded, and what is carried on."""

    decimals: int
    cuts: bool = False
    carries_all: bool = False


def written(value: float, habits: Habits) -> str:
    """Return a value as it is written."""
    mode = ROUND_DOWN if habits.cuts else ROUND_HALF_UP
    return str(Decimal(f"{value:.15g}").quantize(Decimal(1).scaleb(-habits.decimals), mode))


class Sheet(NamedTuple):
    """What one student wrote, and the mistake in it."""

    answers: dict[str, str]
    kind: str | None = None
    where: str | None = None


def work(hand: Hand, habits: Habits, where: str | None = None, planted=None) -> Sheet | None:
    """Return a sheet worked out with one mistake; nothing if the mistake does not show."""
    kept: dict[str, float] = {}
    answers: dict[str, str] = {}
    for address in hand.addresses:
        value = hand.right(address, kept.__getitem__)
        if address == where:
            right = {Decimal(written(value, habits._replace(cuts=cut))) for cut in (True, False)}
            value = planted.work(kept.__getitem__)
            if not math.isfinite(value) or Decimal(written(value, habits)) in right:
                return None
        answers[address] = written(value, habits)
        kept[address] = value if habits.carries_all else float(answers[address])
    return Sheet(answers, planted.kind if planted else None, where)


def one_with_a_mistake(hand: Hand, rng: random.Random, decimals: int) -> Sheet:
    """Return the sheet of a student who makes one mistake, drawn kind by kind."""
    habits = Habits(decimals, cuts=rng.random() < 0.3, carries_all=rng.random() < 0.5)
    every = [(address, each) for address in hand.addresses for each in hand.mistakes(address)]
    kinds = sorted({each.kind for _, each in every})
    while True:
        kind = rng.choice([*kinds, "rounded too early"])
        if kind == "rounded too early":
            where = rng.choice(hand.addresses)
            each = _rounding(hand, where, rng)
        else:
            where, each = rng.choice([pair for pair in every if pair[1].kind == kind])
        try:
            sheet = work(hand, habits, where, each)
        except (ValueError, ZeroDivisionError):
            continue  # from such a value nobody can go on
        if sheet is not None:
            return sheet


def _rounding(hand: Hand, where: str, rng: random.Random) -> Planted:
    """Return: one value with too few digits, or computed from values with too few."""
    few = Habits(rng.choice([2, 3]))

    def whole(now: Value) -> float:
        return float(written(hand.right(where, now), few))

    def before(now: Value) -> float:
        return hand.right(where, lambda address: float(written(now(address), few)))

    return Planted("rounded too early", rng.choice([whole, before]))
