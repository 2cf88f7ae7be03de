"""Pages with one slip each, computed in plain Python: nothing of the library is used.

The slips are what people do, in the words of people; the table of edits is not consulted. Each page
says what the first reason that an audit names has to speak of.
"""

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

__all__ = ["HEAD", "PAGES", "SlipPage", "step_text"]

Numbers = dict[str, float]

X, T = (0.62, -0.35), (0.81, 0.12)
V, A = ((0.37, -0.58), (0.24, 0.43)), (0.19, -0.27)
W, B = ((-0.46, 0.71), (0.53, 0.29)), (0.33, 0.14)
RATE = 0.5


def logistic(net: float) -> float:
    """Return 1 / (1 + e^-net)."""
    return 1 / (1 + math.exp(-net))


@dataclass
class Hand:
    """One round of a network of 2-2-2 by hand; each step of the work can be done another way."""

    squash: Callable[[str, float], float] = lambda name, net: logistic(net)
    slope: Callable[[str, float, float], float] = lambda name, net, out: out * (1 - out)
    net: Callable[[str, tuple[float, ...], tuple[float, ...], float], float] | None = None
    share: Callable[[float, float], float] = lambda target, out: (target - out) ** 2 / 2
    error: Callable[[float, float], float] = lambda target, out: out - target
    paths: Callable[[int], tuple[int, ...]] = lambda j: (0, 1)
    gradient: Callable[[str, int, int, Any, Any], float] = lambda layer, post, pre, deltas, outs: (
        deltas[post] * outs[pre]
    )
    rate: float = RATE
    in_place: bool = False
    targets: tuple[float, float] = T
    kept: Callable[[str, float], float] = lambda name, value: value

    def numbers(self) -> tuple[Numbers, Numbers]:
        """Return what is known before the update, and what after it."""
        during: Numbers = {}
        after: Numbers = {}

        def put(name: str, value: float) -> float:
            during[name] = self.kept(name, value)
            return during[name]

        def layer(prefix: str, weights: Any, biases: Any, outs: Any) -> tuple[float, ...]:
            made = []
            for n, (row, bias) in enumerate(zip(weights, biases, strict=True), start=1):
                name = f"{prefix}{n}"
                added = row[0] * outs[0] + row[1] * outs[1] + bias
                net = put(
                    f"{name}.net", added if self.net is None else self.net(name, row, outs, bias)
                )
                made.append(put(f"{name}.out", self.squash(name, net)))
            return tuple(made)

        hidden = layer("h", V, A, X)
        outer = layer("o", W, B, hidden)
        put("loss", sum(self.share(t, o) for t, o in zip(self.targets, outer, strict=True)))
        deltas = [
            put(
                f"o{k + 1}.delta",
                self.error(self.targets[k], outer[k])
                * self.slope(f"o{k + 1}", during[f"o{k + 1}.net"], outer[k]),
            )
            for k in (0, 1)
        ]
        new_w = [[0.0, 0.0], [0.0, 0.0]]
        for k in (0, 1):
            for j in (0, 1):
                name = f"w{5 + 2 * k + j}"
                its = put(f"{name}.gradient", self.gradient("o", k, j, deltas, hidden))
                new_w[k][j] = W[k][j] - self.rate * its
                after[f"{name}.weight"] = self.kept(f"{name}.weight", new_w[k][j])
        back = new_w if self.in_place else W
        errors = [sum(back[k][j] * deltas[k] for k in self.paths(j)) for j in (0, 1)]
        inner = [
            put(
                f"h{j + 1}.delta",
                errors[j] * self.slope(f"h{j + 1}", during[f"h{j + 1}.net"], hidden[j]),
            )
            for j in (0, 1)
        ]
        for j in (0, 1):
            for i in (0, 1):
                name = f"w{1 + 2 * j + i}"
                its = put(f"{name}.gradient", self.gradient("h", j, i, inner, X))
                after[f"{name}.weight"] = self.kept(f"{name}.weight", V[j][i] - self.rate * its)
        return during, after


@dataclass(frozen=True)
class SlipPage:
    """A page with a slip: its file, and a pattern of what its first reason has to say.

    Attributes
    ----------
    name : str
        What was done.
    says : str
        A regular expression.
    text : str
        The file of the page.
    """

    name: str
    says: str
    text: str = field(repr=False)


#: How a file begins.
HEAD = 'title = "t"\nauthor = "a"\nsource = "s"\n'
NETWORK = f"""
[[network.layers]]
size = 2
[[network.layers]]
size = 2
weights = {[list(row) for row in V]}
bias = {list(A)}
[[network.layers]]
size = 2
weights = {[list(row) for row in W]}
bias = {list(B)}
[data]
inputs = {list(X)}
targets = {list(T)}
[[runs]]
name = "r"
learning_rate = {RATE}
"""


def step_text(do: str, printed: Mapping[str, str], keys: str = "") -> str:
    """Return a step of a file; printed are digits, or tables as a file has them."""
    lines = [
        f'"{address}" = {text}' if text.startswith("[") else f'"{address}" = "{text}"'
        for address, text in printed.items()
    ]
    step = ["[[runs.steps]]", f'do = "{do}"', keys, "[runs.steps.printed]", *lines]
    return "\n".join(line for line in step if line) + "\n"


def written(
    during: Numbers, after: Numbers, digits: int = 6, texts: Mapping[str, str] | None = None
) -> str:
    """Return the steps of a page with their printed values."""
    texts = texts or {}

    def of(numbers: Numbers) -> dict[str, str]:
        return {key: texts.get(key, f"{value:.{digits}f}") for key, value in numbers.items()}

    first = {k: v for k, v in during.items() if k.endswith((".net", ".out"))}
    rest = {k: v for k, v in during.items() if k not in first}
    steps = [
        step_text("forward", of(first)),
        step_text("backward", of(rest)),
        step_text("update", of(after)),
    ]
    return "".join(steps)


def _page(name: str, says: str, digits: int = 6, head: str = "", **how: Any) -> SlipPage:
    text = HEAD + ("[network]\n" + head if head else "[network]") + NETWORK
    return SlipPage(name, says, text + written(*Hand(**how).numbers(), digits))


def _misprint(name: str, says: str, address: str, change: Callable[[str], str]) -> SlipPage:
    during, after = Hand().numbers()
    right = f"{(during | after)[address]:.6f}"
    text = HEAD + "[network]" + NETWORK + written(during, after, 6, {address: change(right)})
    return SlipPage(name, says, text)


def _put(address: str, change: Callable[[float], float]) -> Callable[[str, float], float]:
    return lambda name, value: change(value) if name == address else value


def _digits(positions: tuple[int, int]) -> Callable[[str], str]:
    def change(text: str) -> str:
        letters = list(text)
        one, other = positions
        letters[one], letters[other] = letters[other], letters[one]
        assert letters != list(text), text
        return "".join(letters)

    return change


def _net_with(name: str, formula: Callable[[Any, Any, float], float]) -> Any:
    def net(its: str, row: Any, outs: Any, bias: float) -> float:
        if its == name:
            return formula(row, outs, bias)
        return row[0] * outs[0] + row[1] * outs[1] + bias

    return net


def _in_steps(digits: int) -> Callable[[str, float], float]:
    return lambda name, value: float(f"{value:.{digits}f}")


def _small(
    name: str,
    says: str,
    neurons: str,
    connections: str,
    data: tuple[str, str],
    steps: str,
    loss: str = "half_squared_error",
) -> SlipPage:
    text = (
        f'{HEAD}[network]\nloss = "{loss}"\nneurons = [{neurons}]\nconnections = [{connections}]\n'
        f"[data]\ninputs = {data[0]}\ntargets = {data[1]}\n"
        f'[[runs]]\nname = "r"\nlearning_rate = 0.5\n{steps}'
    )
    return SlipPage(name, says, text)


def _texts(numbers: Numbers, digits: int = 5) -> dict[str, str]:
    return {address: f"{value:.{digits}f}" for address, value in numbers.items()}


def _rounds() -> Iterator[SlipPage]:
    """Yield the pages of a round of two logistic layers."""
    yield _page(
        "two digits of a net exchanged, and computed on with it", "digits.* exchanged",
        kept=_put("o1.net", lambda v: float(_digits((3, 4))(f"{v:.6f}"))),
    )  # fmt: skip
    yield _misprint(
        "two digits of the loss exchanged", "digits.* exchanged", "loss", _digits((3, 4))
    )
    yield _misprint(
        "the decimal point of a gradient one place to the right", "point",
        "w7.gradient", lambda text: f"{float(text) * 10:.5f}",
    )  # fmt: skip
    yield _misprint("a digit of an out lost", "digit.* lost", "o2.out", lambda s: s[:4] + s[5:])
    yield _misprint(
        "a digit of a new weight twice", "digit.* twice",
        "w5.weight", lambda s: s[:5] + s[4] + s[5:-1],
    )  # fmt: skip
    yield _page(
        "out of h2 written for that of h1, and computed on", "(out|net) of h2 in place of|h2.out",
        kept=lambda name, value: logistic(0.24 * 0.62 - 0.43 * 0.35 - 0.27)
        if name == "h1.out" else value,
    )  # fmt: skip
    yield _page(
        "the minus of a weight lost in one net", "w5 with the other sign",
        net=_net_with("o1", lambda w, o, b: -w[0] * o[0] + w[1] * o[1] + b),
    )  # fmt: skip
    yield _page(
        "a bias subtracted", "bias of o1 with the other sign",
        net=_net_with("o1", lambda w, o, b: w[0] * o[0] + w[1] * o[1] - b),
    )  # fmt: skip
    yield _page(
        "the outer product of a layer transposed", "transposed",
        gradient=lambda layer, post, pre, deltas, outs: deltas[pre] * outs[post]
        if layer == "o" else deltas[post] * outs[pre],
    )  # fmt: skip
    yield _page(
        "the bias of o2 forgotten", "bias",
        net=_net_with("o2", lambda w, o, b: w[0] * o[0] + w[1] * o[1]),
    )  # fmt: skip
    yield _page(
        "the bias of h1 added twice", "bias of h1 counted twice",
        net=_net_with("h1", lambda w, o, b: w[0] * o[0] + w[1] * o[1] + b + b),
    )  # fmt: skip
    yield _page(
        "w6 read where w5 belongs", "w6 in place of w5",
        net=_net_with("o1", lambda w, o, b: w[1] * o[0] + w[1] * o[1] + b),
    )  # fmt: skip
    yield _page(
        "the derivative forgotten in the hidden layer", "derivative .* hidden .*left out",
        slope=lambda name, net, out: out * (1 - out) if name[0] == "o" else 1.0,
    )  # fmt: skip
    yield _page(
        "net (1 - net) for the derivative", "net put for out in the derivative",
        slope=lambda name, net, out: net * (1 - net),
    )  # fmt: skip
    yield _page(
        "1 - out^2 for the derivative of the logistic", "f' of tanh used for that",
        slope=lambda name, net, out: 1 - out * out,
    )  # fmt: skip
    yield _page(
        "1 - out for the derivative in the hidden layer", "1 - out taken for .* hidden neurons",
        slope=lambda name, net, out: 1 - out if name[0] == "h" else out * (1 - out),
    )  # fmt: skip
    yield _page(
        "net times the error of o2 for its delta", "net taken for the derivative f' of o2",
        slope=lambda name, net, out: net if name == "o2" else out * (1 - out),
    )  # fmt: skip
    yield _page(
        "the half of the loss forgotten in its derivative", "twice the loss",
        error=lambda target, out: 2 * (out - target),
    )  # fmt: skip
    yield _page(
        "the half of the loss forgotten in its value", "twice the (loss|value)",
        share=lambda target, out: (target - out) ** 2,
    )  # fmt: skip
    yield _page("a learning rate of 0.05", "learning rate ten times too small", rate=0.05)
    yield _page("weights changed one after the other", "in place", in_place=True)
    yield _page("the update added", "update added", rate=-RATE)
    yield _page(
        "the error of h1 through o1 alone", "only the error that comes back to h1 through w5",
        paths=lambda j: (0,) if j == 0 else (0, 1),
    )  # fmt: skip
    yield _page(
        "tanh for the logistic function in h2", "tanh in place of logistic in h2",
        squash=lambda name, net: math.tanh(net) if name == "h2" else logistic(net),
    )  # fmt: skip
    yield _page(
        "e to the net where it is minus the net", "net of o1 with the other sign",
        squash=lambda name, net: logistic(-net if name == "o1" else net),
    )  # fmt: skip
    yield _page("three decimals kept", "rounded to 3 decimals|printed digits", 3, kept=_in_steps(3))
    cut = lambda name, value: math.trunc(value * 1e4) / 1e4  # noqa: E731
    yield _page("every result cut off after four decimals", "cut off", 4, kept=cut)
    yield _page(
        "the input of the other unit in one gradient", "out of i2 in place of out of i1",
        gradient=lambda layer, post, pre, deltas, outs: deltas[post]
        * outs[1 if (layer, post) == ("h", 0) else pre],
    )  # fmt: skip
    yield _page(
        "targets exchanged", "target.* exchanged",
        targets=(T[1], T[0]),
    )  # fmt: skip


def _others() -> Iterator[SlipPage]:
    """Yield pages of small networks of other kinds."""
    x, t = 0.4, -0.7
    net = 0.5 * x + 0.2
    yield _small(
        "the sign of a target lost", "target of y with the other sign",
        '{name="x"}, {name="y", activation="tanh", bias=0.2}',
        '{pre="x", post="y", weight=0.5}', ("[0.4]", "[-0.7]"),
        step_text("forward", _texts({"y.net": net, "y.out": math.tanh(net)}))
        + step_text("backward", _texts({"y.delta": (math.tanh(net) + t) / math.cosh(net) ** 2})),
    )  # fmt: skip
    out = logistic(net)
    yield _small(
        "the logarithm to the base 10", "logarithm|log",
        '{name="x"}, {name="y", bias=0.2}', '{pre="x", post="y", weight=0.5}', ("[0.4]", "[1]"),
        step_text("forward", _texts({"y.net": net, "y.out": out}))
        + step_text("loss", _texts({"loss": -math.log10(out)})), "binary_cross_entropy",
    )  # fmt: skip
    nets = (0.9, 0.4, 0.2)
    three = ", ".join(f'{{name="y{n}", activation="softmax"}}' for n in (1, 2, 3))
    links = ", ".join(
        f'{{label="w{n}", pre="x", post="y{n}", weight={w}}}' for n, w in enumerate(nets, start=1)
    )
    shares = {f"y{n}.out": w / sum(nets) for n, w in enumerate(nets, start=1)}
    yield _small(
        "a softmax without its exp", "exp", f'{{name="x"}}, {three}', links,
        ("[1]", "[1, 0, 0]"), step_text("forward", _texts(shares)), "cross_entropy",
    )  # fmt: skip
    yield _small(
        "a sine of degrees", "degrees", '{name="x"}, {name="y", activation="sin", bias=0.2}',
        '{pre="x", post="y", weight=0.5}', ("[0.4]", "[1]"),
        step_text("forward", _texts({"y.net": net, "y.out": math.sin(math.radians(net))}, 6)),
    )  # fmt: skip
    hidden = math.tanh(0.5 * x + 0.3)
    masked = (
        '{name="x"}, {name="h", activation="tanh", bias=0.3, mask=2.0},'
        ' {name="y", activation="identity"}'
    )
    pair = '{label="a", pre="x", post="h", weight=0.5}, {label="b", pre="h", post="y", weight=0.6}'
    yield _small(
        "the mask of dropout forgotten", "mask", masked, pair, ("[0.4]", "[1]"),
        step_text("forward", _texts({"h.out": hidden, "y.out": 0.6 * hidden})),
    )  # fmt: skip
    gathered = '{name="x1"}, {name="x2"}, {name="y", activation="tanh", combine="mean"}'
    two = '{label="a", pre="x1", post="y", weight=0.5}, {label="b", pre="x2", post="y", weight=0.7}'
    total = 0.5 * 0.4 + 0.7 * 0.9
    yield _small(
        "added up where the mean belongs", "sum", gathered, two, ("[0.4, 0.9]", "[0]"),
        step_text("forward", _texts({"y.net": total, "y.out": math.tanh(total)})),
    )  # fmt: skip
    tied = '{name="x1"}, {name="x2"}, {name="y", activation="identity"}'
    shared = ", ".join(
        f'{{label="{label}", pre="{pre}", post="y", weight=0.5, tie="W"}}'
        for label, pre in (("a", "x1"), ("b", "x2"))
    )
    delta = 0.5 * (0.4 + 0.9) - 0.2
    yield _small(
        "one use of a shared weight counted", "own gradient|only the use", tied, shared,
        ("[0.4, 0.9]", "[0.2]"), step_text("forward", _texts({"y.net": 0.65}))
        + step_text("backward", _texts({"y.delta": delta, "a.gradient": delta * 0.4})),
    )  # fmt: skip
    rows = ((0.4, 1.0), (-0.3, 0.2))
    slope = sum((0.5 * x + 0.2 - t) * x for x, t in rows)
    level = sum(0.5 * x + 0.2 - t for x, t in rows)
    yield _small(
        "added over the samples where the mean belongs", "sum",
        '{name="x"}, {name="y", activation="identity", bias=0.2}',
        '{label="w", pre="x", post="y", weight=0.5}', ("[[0.4], [-0.3]]", "[[1.0], [0.2]]"),
        step_text("step", _texts({"w.weight": 0.5 - 0.5 * slope, "y.bias": 0.2 - 0.5 * level})),
    )  # fmt: skip


def _line(
    name: str,
    says: str,
    steps: str,
    network: str = "",
    data: str = "inputs = [2.0]\ntargets = [3.0]",
) -> SlipPage:
    """Return a page of one neuron without an activation: out = w * x, trained on one sample."""
    neurons = '{name="x"}, {name="y", activation="identity"}'
    text = (
        f"{HEAD}[network]\n{network}\nneurons = [{neurons}]\n"
        'connections = [{label="w", pre="x", post="y", weight=0.5}]\n'
        f"[data]\n{data}\n"
        f'[[runs]]\nname = "r"\nlearning_rate = 0.1\n{steps}'
    )
    return SlipPage(name, says, text)


def _trainings() -> Iterator[SlipPage]:
    """Yield pages of what is stated of a training, a penalty or the data."""
    w, gradient = 0.5, (0.5 * 2 - 3.0) * 2
    inside = w - 0.1 * gradient / math.sqrt(gradient**2 + 4.0)
    yield _line(
        "epsilon inside the root", "epsilon inside the root",
        'optimizer = { name = "adagrad", epsilon = 4.0 }\n'
        + _train(1, {"w.weight": inside}),
    )  # fmt: skip
    velocity = 0.0
    for _ in range(2):
        velocity = 0.8 * velocity + 0.2 * (w * 2 - 3.0) * 2
        w -= 0.1 * velocity
    yield _line(
        "the average of the gradients for momentum", "moving average",
        'optimizer = { name = "momentum", momentum = 0.8 }\n' + _train(2, {"w.weight": w}),
    )  # fmt: skip
    yield _line(
        "the penalty forgotten", "penalty left out",
        step_text("step", _texts({"w.gradient": gradient, "w.weight": 0.5 - 0.1 * gradient})),
        "penalty = { l2 = 0.3 }",
    )  # fmt: skip
    xs = (1.0, 2.0, 6.0)
    mean = sum(xs) / 3
    over_n, over_fewer = (math.sqrt(sum((x - mean) ** 2 for x in xs) / n) for n in (3, 2))
    assert over_n < over_fewer
    yield _line(
        "the deviation over n - 1", "over n - 1",
        '[[runs.steps]]\ndo = "forward"\n[runs.steps.printed]\n'
        f'"y.out" = {{ value = "{0.5 * (6.0 - mean) / over_fewer:.6f}", sample = 1 }}\n',
        data="standardize = true\ninputs = [[6.0], [1.0], [2.0]]\ntargets = [[1], [0], [0]]",
    )  # fmt: skip


def _train(rounds: int, printed: Numbers) -> str:
    return step_text("train", _texts(printed, 6), f"rounds = {rounds}")


PAGES = [*_rounds(), *_others(), *_trainings()]
