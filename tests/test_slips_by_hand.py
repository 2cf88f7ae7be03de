"""Slips of rows of the table of edits, computed in NumPy: audit names them, and runs state them."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import neurograph as ng
from neurograph.cli import main

HEAD = 'title = "t"\nauthor = "a"\nsource = "s"\n'
X = np.array([[0.3, -0.8], [0.9, 0.4], [-0.5, 0.6]])
T = np.array([[0.2, 0.9], [0.7, 0.1], [0.4, 0.8]])
W1, B1 = np.array([[0.4, -0.7], [0.9, 0.3]]), np.array([0.15, -0.25])
W2, B2 = np.array([[-0.6, 0.8], [0.5, 0.35]]), np.array([0.45, -0.1])
WEIGHTS = np.concatenate([W1.ravel(), W2.ravel()])
RATE = 0.5


def logistic(net: Any) -> Any:
    """Return 1 / (1 + exp(-net))."""
    return 1 / (1 + np.exp(-net))


def numbered(pattern: str, values: Any) -> dict[str, Any]:
    """Return values by their addresses, which are numbered from 1."""
    return {pattern.format(k): value for k, value in enumerate(values, start=1)}


def work(x: Any = X, t: Any = T, **ways: Any) -> dict[str, Any]:
    """Return the numbers of a round of 2-2-2 logistic neurons, some of it done another way.

    `x` and `t` have a row for each sample. A number that each sample has is that of the first.
    """
    mean = ways.get("mean", lambda each: each.mean(axis=0))
    neuron = ways.get("neuron", lambda net, bias: logistic(net + bias))
    hidden = neuron(x @ W1.T, B1)
    out = logistic(hidden @ W2.T + B2)
    loss = ((out - t) ** 2).sum(axis=1) / 2
    deltas = (out - t) * out * (1 - out)
    back = ways.get("times", 1.0) * deltas @ ways.get("back", W2)
    hidden_deltas = back * (hidden * (1 - hidden)) ** ways.get("slopes", 1)
    gradients = [
        mean(delta[:, :, None] * before[:, None, :]).ravel()
        for delta, before in ((hidden_deltas, x), (deltas, hidden))
    ]
    gradients[0] = gradients[0] * ways.get("into_hidden", lambda h: 1.0)(hidden[0])
    data_gradients = np.concatenate(gradients)
    gradients = data_gradients + ways.get("by_penalty", 0.0)
    biases = np.concatenate([mean(hidden_deltas), mean(deltas)])
    neurons = ("h1", "h2", "o1", "o2")
    printed = {f"{n}.out": v for n, v in zip(neurons, (*hidden[0], *out[0]), strict=True)}
    printed["loss"] = ways.get("mean_loss", np.mean)(loss) + ways.get("penalty", 0.0)
    printed |= {
        f"{n}.delta": v for n, v in zip(neurons, (*hidden_deltas[0], *deltas[0]), strict=True)
    }
    printed |= numbered("w{}.gradient", gradients)
    steps = ways.get("step", lambda data, by_penalty: RATE * (data + by_penalty))
    new = WEIGHTS - steps(data_gradients, ways.get("by_penalty", 0.0))
    printed |= numbered("w{}.weight", new)
    new_biases = np.concatenate([B1, B2]) - RATE * biases
    return printed | {f"{n}.bias": v for n, v in zip(neurons, new_biases, strict=True)}


#: After which step a quantity is printed.
_STEPS = {
    "forward": ("out",),
    "backward": ("loss", "delta", "gradient"),
    "update": ("weight", "bias"),
}


def page(
    printed: dict[str, Any], x: Any = X, t: Any = T, edits: str = "", network: str = ""
) -> str:
    """Return the file of the round with what is printed, for one sample or several."""
    rows = (x, t) if len(x) > 1 else (x[0], t[0])
    layers = "".join(
        f'[[network.layers]]\nsize = 2\nactivation = "logistic"\nweights = {w.tolist()}\n'
        f"bias = {b.tolist()}\n"
        for w, b in ((W1, B1), (W2, B2))
    )
    text = (
        f"{HEAD}[network]\n{network}[[network.layers]]\nsize = 2\n{layers}"
        f"[data]\ninputs = {rows[0].tolist()}\ntargets = {rows[1].tolist()}\n"
        f'[[runs]]\nname = "r"\nlearning_rate = {RATE}\n{edits}'
    )
    for do, quantities in _STEPS.items():
        text += f'[[runs.steps]]\ndo = "{do}"\n[runs.steps.printed]\n'
        for address, value in printed.items():
            quantity = address.rpartition(".")[2]
            if quantity in quantities:
                each = len(x) > 1 and quantity in ("out", "delta")
                value = f'{{ value = "{value:.7f}", sample = 1 }}' if each else f'"{value:.7f}"'
                text += f'"{address}" = {value}\n'
    return text


def check(
    says: str, right: str, wrong: str, stated: str, tmp_path: Path
) -> dict[str, ng.scenario.Scenario]:
    """Check that audit names a slip first, and that the run that states it prints the same."""
    files = {"right": right, "wrong": wrong, "stated": stated}
    scenarios = {}
    for name, text in files.items():
        (tmp_path / f"{name}.toml").write_text(text, encoding="utf-8")
        scenarios[name] = ng.load_scenario(tmp_path / f"{name}.toml")
    assert ng.run_scenario(scenarios["right"]).passed
    first = ng.reconcile(scenarios["wrong"]).changes[0]
    assert (first.sentence, first.is_likely) == (says, True)
    assert ng.run_scenario(scenarios["stated"]).passed
    return scenarios


def explained(path: Path, capsys: pytest.CaptureFixture[str], *arguments: str) -> float:
    """Return the number that `explain` comes to."""
    assert main(["explain", str(path), *arguments, "--json"]) == 0
    return float(json.loads(capsys.readouterr().out)["value"])


def without_the_last(each: Any) -> Any:
    """Return the sum over all samples but the last, divided by three."""
    return each[:-1].sum(axis=0) / 3


OF_A_BATCH: dict[str, dict[str, Any]] = {
    "sample 3 left out of the gradients": {"mean": without_the_last},
    "sample 3 left out of the gradients and the loss": {
        "mean": without_the_last, "mean_loss": without_the_last,
    },
    "sample 2 left out of the gradients, the others divided by 2": {
        "mean": lambda each: (each[0] + each[2]) / 2,
    },
    "sample 1 left out of the loss": {"mean_loss": lambda each: (each[1] + each[2]) / 3},
    "sample 2 counted twice in the gradients": {
        "mean": lambda each: (each[0] + 2 * each[1] + each[2]) / 3,
    },
    "the sum over the samples divided by 2 in the gradients and the loss": {
        "mean": lambda each: each.sum(axis=0) / 2, "mean_loss": lambda each: each.sum() / 2,
    },
    "the sum over the samples, no mean, in the gradients": {"mean": lambda each: each.sum(axis=0)},
}  # fmt: skip


@pytest.mark.parametrize("says", OF_A_BATCH)
def test_samples_are_counted_otherwise(
    says: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """One sample left out or counted twice, or a sum divided by another number."""
    wrong = work(**OF_A_BATCH[says])
    pages = page(work()), page(wrong), page(wrong, edits=f'edits = ["{says}"]\n')
    check(says, *pages, tmp_path)
    path = tmp_path / "stated.toml"
    for address in ("w3.gradient", "h2.bias_gradient", "loss"):
        expected = {"h2.bias_gradient": (B1[1] - wrong["h2.bias"]) / RATE} | wrong
        value = explained(path, capsys, address)
        assert value == pytest.approx(expected[address], rel=1e-9)
    parts = [explained(path, capsys, "w3.gradient", "--sample", str(k)) for k in (1, 2, 3)]
    assert sum(parts) / 3 == pytest.approx(wrong["w3.gradient"], rel=1e-12)


SAMPLE = {"x": X[:1], "t": T[:1]}
MISREAD = W2.copy()
MISREAD[0, 1] = 0.3
OF_A_SAMPLE: dict[str, dict[str, Any]] = {
    "as errors go back, w6 read as 0.3, not 0.8": {"back": MISREAD},
    "the mean of the errors that come back to a neuron in place of their sum": {"times": 0.5},
    "f' of the hidden neurons multiplied once more into the delta": {"slopes": 2},
    "f' of the hidden neurons multiplied once more into the gradients of the weights": {
        "into_hidden": lambda h: np.repeat(h * (1 - h), 2),
    },
    "the bias of the hidden neurons added after the activation, not before": {
        "neuron": lambda net, bias: logistic(net) + bias,
    },
}  # fmt: skip


def test_slips_of_a_round_by_hand(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A weight misread, errors averaged, f' twice, a bias added after the activation."""
    for says, ways in OF_A_SAMPLE.items():
        wrong = work(**SAMPLE, **ways)
        pages = page(work(**SAMPLE), **SAMPLE), page(wrong, **SAMPLE)
        check(says, *pages, page(wrong, **SAMPLE, edits=f'edits = ["{says}"]\n'), tmp_path)
        for address in ("w3.gradient", "h2.delta", "o2.out"):
            value = explained(tmp_path / "stated.toml", capsys, address)
            assert value == pytest.approx(wrong[address], rel=1e-12)


#: Half of 0.1 times the squares of the weights, and what it adds to their gradients.
OF_WEIGHTS = {"penalty": 0.05 * (WEIGHTS**2).sum(), "by_penalty": 0.1 * WEIGHTS}
OUTER = np.repeat([0.0, 1.0], 4)
PENALISED: dict[str, dict[str, Any]] = {
    "the penalty left out of the loss": {"penalty": 0.0},
    "twice the penalty in the loss": {"penalty": 2 * OF_WEIGHTS["penalty"]},
    "half the penalty in the gradients": {"by_penalty": 0.05 * WEIGHTS},
    "the penalty with the other sign in the gradients": {"by_penalty": -0.1 * WEIGHTS},
    "only the weights of the outputs counted in the penalty of the loss": {
        "penalty": 0.05 * (W2**2).sum(),
    },
    "only the weights of the hidden neurons counted in the penalty of the gradients": {
        "by_penalty": 0.1 * WEIGHTS * (1 - OUTER),
    },
    "the penalty not multiplied by the learning rate": {
        "step": lambda data, by_penalty: RATE * data + by_penalty,
    },
}  # fmt: skip


@pytest.mark.parametrize("says", PENALISED)
def test_a_penalty_in_part_by_hand(
    says: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """In the loss or in the gradients alone, of some weights, or beside the rate."""
    right, wrong = (work(**SAMPLE, **(OF_WEIGHTS | ways)) for ways in ({}, PENALISED[says]))
    stated = {**SAMPLE, "network": "penalty = { l2 = 0.1 }\n"}
    edits = f'edits = ["{says}"]\n'
    check(says, page(right, **stated), page(wrong, **stated),
          page(wrong, edits=edits, **stated), tmp_path)  # fmt: skip
    for address in ("loss", "w3.gradient", "w7.gradient"):
        value = explained(tmp_path / "stated.toml", capsys, address)
        assert value == pytest.approx(wrong[address], rel=1e-12)


def check_small(
    says: str, facts: str, right: dict[str, Any], wrong: dict[str, Any], tmp_path: Path
) -> None:
    """Check a slip of one step that prints all of its values."""
    run = '[[runs]]\nname = "r"\nlearning_rate = 0.5\n'
    edits = f'edits = ["{says}"]\n'
    texts = []
    for stated, printed in (("", right), ("", wrong), (edits, wrong)):
        text = f'{HEAD}{facts}{run}{stated}[[runs.steps]]\ndo = "step"\n[runs.steps.printed]\n'
        lines = (f'"{address}" = "{value:.8f}"\n' for address, value in printed.items())
        texts.append(text + "".join(lines))
    check(says, *texts, tmp_path)


@pytest.mark.parametrize(
    ("which", "kept"),
    [
        ("that of o3", lambda terms: terms[:2].sum()),
        ("each its own", lambda terms: terms.sum() - terms),
    ],
)
def test_softmax_without_a_term_by_hand(which: str, kept: Any, tmp_path: Path) -> None:
    """The outs are quotients by a sum of fewer powers of e."""
    nets = np.array([0.4, -0.3, 1.1]) * 0.7 + np.array([0.1, 0.2, -0.3])

    def printed(outs: Any) -> dict[str, Any]:
        numbers = numbered("o{}.out", outs)
        deltas = outs - np.array([0.0, 1.0, 0.0])
        numbers |= numbered("o{}.delta", deltas)
        return numbers | numbered("w{}.gradient", 0.7 * deltas)

    facts = (
        '[network]\nloss = "cross_entropy"\n[[network.layers]]\nsize = 1\n[[network.layers]]\n'
        'size = 3\nactivation = "softmax"\nweights = [[0.4], [-0.3], [1.1]]\n'
        "bias = [0.1, 0.2, -0.3]\n[data]\ninputs = [0.7]\ntargets = [0.0, 1.0, 0.0]\n"
    )
    terms = np.exp(nets)
    says = f"a term left out of the denominator of softmax: {which}"
    right, wrong = printed(terms / terms.sum()), printed(terms / kept(terms))
    check_small(says, facts, right, wrong, tmp_path)


@pytest.mark.parametrize(
    ("says", "forward", "back"),
    [
        ("the masks not scaled in the forward pass, 0 or 1", [1.0, 0.0], [2.5, 0.0]),
        ("the masks not scaled as errors go back, 0 or 1", [2.5, 0.0], [1.0, 0.0]),
        ("the masks left out as errors go back", [2.5, 0.0], [1.0, 1.0]),
    ],
)
def test_masks_in_one_pass_alone_by_hand(
    says: str, forward: list[float], back: list[float], tmp_path: Path
) -> None:
    """What a mask of 2.5 and one of 0 do in one pass, they do not in the other."""
    inner, outer = np.array([0.6, -0.9]), np.array([0.7, -0.4])

    def printed(forward: Any, back: Any) -> dict[str, Any]:
        hidden = np.tanh(inner * 0.8)
        out = outer @ (np.array(forward) * hidden)
        deltas = (out - 0.3) * outer * np.array(back) * (1 - hidden**2)
        numbers = {"o1.out": out, "o1.delta": out - 0.3}
        numbers |= numbered("h{}.delta", deltas)
        return numbers | numbered("w{}.gradient", 0.8 * deltas)

    facts = (
        '[network]\nneurons = [{ name = "i1" }, '
        '{ name = "h1", activation = "tanh", mask = 2.5 }, '
        '{ name = "h2", activation = "tanh", mask = 0.0 }, '
        '{ name = "o1", activation = "identity" }]\nconnections = [\n'
        '{ label = "w1", pre = "i1", post = "h1", weight = 0.6 },\n'
        '{ label = "w2", pre = "i1", post = "h2", weight = -0.9 },\n'
        '{ label = "w3", pre = "h1", post = "o1", weight = 0.7 },\n'
        '{ label = "w4", pre = "h2", post = "o1", weight = -0.4 },\n]\n'
        "[data]\ninputs = [0.8]\ntargets = [0.3]\n"
    )
    right = printed([2.5, 0.0], [2.5, 0.0])
    check_small(says, facts, right, printed(forward, back), tmp_path)


def kernel(forward: Any, back: Any, used: Any) -> dict[str, Any]:
    """Return the numbers of a kernel of two weights at three places, and an output.

    `used` gives, of the deltas and the windows of inputs, the gradients of the kernel.
    """
    windows, outer = np.array([[0.4, -0.9], [-0.9, 0.7], [0.7, 0.2]]), np.array([0.5, -0.8, 0.9])
    hidden = np.tanh(windows @ forward)
    out = outer @ hidden
    deltas = (out - 0.6) * outer * (1 - hidden**2)
    numbers = {"o1.out": out} | numbered("h{}.delta", deltas)
    numbers |= numbered("h{}.out", hidden)
    gradients = used(deltas, windows)
    numbers |= {"a1.gradient": gradients[0], "b1.gradient": gradients[1]}
    return numbers | {"a1.weight": back[0] - 0.5 * gradients[0]}


KERNEL = np.array([0.35, -0.65])
OF_A_KERNEL: dict[str, tuple[Any, Any]] = {
    "the kernel of shared weights laid the other way forward": (
        KERNEL[::-1], lambda deltas, windows: deltas @ windows,
    ),
    "the outs laid the other way in the gradients of a kernel": (
        KERNEL, lambda deltas, windows: (deltas @ windows)[::-1],
    ),
    "only the last use of each shared weight counted in its gradient": (
        KERNEL, lambda deltas, windows: deltas[2] * windows[2],
    ),
    "use 2 of each shared weight left out of its gradient": (
        KERNEL, lambda deltas, windows: deltas[[0, 2]] @ windows[[0, 2]],
    ),
}  # fmt: skip


@pytest.mark.parametrize("says", OF_A_KERNEL)
def test_a_kernel_by_hand(says: str, tmp_path: Path) -> None:
    """It is flipped in a pass, or a place of it is forgotten in all its gradients."""
    neurons = [f'{{ name = "i{k}" }}' for k in range(1, 5)]
    neurons += [f'{{ name = "h{k}", activation = "tanh" }}' for k in range(1, 4)]
    neurons.append('{ name = "o1", activation = "identity" }')
    links = [
        f'{{ label = "{tie}{k}", pre = "i{k + at}", post = "h{k}", weight = {weight},'
        f' tie = "{tie}" }}'
        for k in range(1, 4)
        for at, (tie, weight) in enumerate(zip("ab", KERNEL.tolist(), strict=True))
    ]
    links += [
        f'{{ label = "v{k}", pre = "h{k}", post = "o1", weight = {weight} }}'
        for k, weight in enumerate((0.5, -0.8, 0.9), start=1)
    ]
    facts = (
        f"[network]\nneurons = [{', '.join(neurons)}]\nconnections = [{', '.join(links)}]\n"
        "[data]\ninputs = [0.4, -0.9, 0.7, 0.2]\ntargets = [0.6]\n"
    )
    forward, used = OF_A_KERNEL[says]
    right = kernel(KERNEL, KERNEL, lambda deltas, windows: deltas @ windows)
    check_small(says, facts, right, kernel(forward, KERNEL, used), tmp_path)


def test_a_state_of_another_time_by_hand(tmp_path: Path) -> None:
    """The recurrent gradient takes h(t), not h(t-1): d2 h2 + d3 h3 in place of d2 h1 + d3 h2."""
    u, w, inputs = 0.7, -0.4, (0.5, -0.3, 0.8)
    states = [0.0]
    for x in inputs:
        states.append(np.tanh(u * x + w * states[-1]))
    deltas = np.zeros(5)
    for t in (3, 2, 1):
        error = states[3] - 0.9 if t == 3 else w * deltas[t + 1]
        deltas[t] = error * (1 - states[t] ** 2)

    def printed(before: int) -> dict[str, Any]:
        of_w = sum(deltas[t] * states[t - before] for t in (2, 3))
        of_u = sum(deltas[t] * inputs[t - 1] for t in (1, 2, 3))
        numbers = {"h3.out": states[3], "h1.delta": deltas[1], "h2.delta": deltas[2]}
        numbers |= {"w2.gradient": of_w, "u1.gradient": of_u}
        return numbers | {"w2.weight": w - 0.5 * of_w, "u1.weight": u - 0.5 * of_u}

    neurons = [f'{{ name = "i{k}" }}' for k in (1, 2, 3)]
    neurons += [f'{{ name = "h{k}", activation = "tanh" }}' for k in (1, 2, 3)]
    links = [
        f'{{ label = "u{k}", pre = "i{k}", post = "h{k}", weight = {u}, tie = "u" }}'
        for k in (1, 2, 3)
    ]
    links += [
        f'{{ label = "w{k}", pre = "h{k - 1}", post = "h{k}", weight = {w}, tie = "w" }}'
        for k in (2, 3)
    ]
    facts = (
        f"[network]\nneurons = [{', '.join(neurons)}]\nconnections = [{', '.join(links)}]\n"
        f"[data]\ninputs = {list(inputs)}\ntargets = [0.9]\n"
    )
    says = "the state after a time step in place of that before, in the recurrent gradients"
    check_small(says, facts, printed(1), printed(0), tmp_path)


OF_A_SLOPE: dict[str, tuple[float, float]] = {
    "the number of leaky_relu 0.1 in place of 0.01": (0.1, 0.1),
    "the number of leaky_relu 0.1 in place of 0.01, in f' alone": (0.01, 0.1),
    "the number of leaky_relu 0.2 in place of 0.01, in out alone": (0.2, 0.01),
}


@pytest.mark.parametrize("says", OF_A_SLOPE)
def test_another_number_of_an_activation_by_hand(says: str, tmp_path: Path) -> None:
    """A leaky relu is steeper below 0 than its page states: its outs, its deltas, or both."""
    inner, bias, outer = np.array([-0.8, 0.5, -0.3]), np.array([0.1, 0.2, -0.6]), [0.9, -0.7, 0.4]

    def printed(of_out: float, of_slope: float) -> dict[str, Any]:
        nets = inner * 1.3 + bias
        outs = np.where(nets > 0, nets, of_out * nets)
        out = outs @ outer
        deltas = (out - 1.0) * np.array(outer) * np.where(nets > 0, 1.0, of_slope)
        numbers = numbered("h{}.out", outs) | {"o1.out": out}
        numbers |= numbered("h{}.delta", deltas)
        return numbers | numbered("w{}.gradient", 1.3 * deltas)

    facts = (
        "[network]\n[[network.layers]]\nsize = 1\n"
        '[[network.layers]]\nsize = 3\nactivation = "leaky_relu"\n'
        "weights = [[-0.8], [0.5], [-0.3]]\nbias = [0.1, 0.2, -0.6]\n"
        '[[network.layers]]\nsize = 1\nactivation = "identity"\nweights = [[0.9, -0.7, 0.4]]\n'
        "[data]\ninputs = [1.3]\ntargets = [1.0]\n"
    )
    check_small(says, facts, printed(0.01, 0.01), printed(*OF_A_SLOPE[says]), tmp_path)


def test_the_slope_of_the_output_in_hidden_neurons_by_hand(tmp_path: Path) -> None:
    """All hidden deltas are products with out_o (1 - out_o), not with their own slopes."""
    inner, bias, outer = np.array([0.9, -0.4]), np.array([0.3, 0.7]), np.array([0.6, -0.8])

    def printed(of_hidden: Any) -> dict[str, Any]:
        outs = logistic(inner * 0.7 + bias)
        out = logistic(outer @ outs + 0.2)
        slope = out * (1 - out)
        deltas = (out - 1.0) * slope * outer * of_hidden(outs, slope)
        numbers = numbered("h{}.out", outs) | {"o1.out": out}
        numbers |= {"o1.delta": (out - 1.0) * slope}
        numbers |= numbered("h{}.delta", deltas)
        return numbers | numbered("w{}.gradient", 0.7 * deltas)

    facts = (
        "[network]\n[[network.layers]]\nsize = 1\n"
        '[[network.layers]]\nsize = 2\nactivation = "logistic"\n'
        "weights = [[0.9], [-0.4]]\nbias = [0.3, 0.7]\n"
        '[[network.layers]]\nsize = 1\nactivation = "logistic"\nweights = [[0.6, -0.8]]\n'
        "bias = [0.2]\n[data]\ninputs = [0.7]\ntargets = [1.0]\n"
    )
    right = printed(lambda outs, slope: outs * (1 - outs))
    wrong = printed(lambda outs, slope: slope)
    check_small("f' of o1 used in the hidden neurons", facts, right, wrong, tmp_path)
