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
RATE = 0.5


def logistic(net: Any) -> Any:
    """Return 1 / (1 + exp(-net))."""
    return 1 / (1 + np.exp(-net))


def work(x: Any = X, t: Any = T, **ways: Any) -> dict[str, Any]:
    """Return the numbers of a round of 2-2-2 logistic neurons, some of it done another way.

    `x` and `t` have a row for each sample. A number that each sample has is that of the first.
    """
    mean = ways.get("mean", lambda each: each.mean(axis=0))
    hidden = logistic(x @ W1.T + B1)
    out = logistic(hidden @ W2.T + B2)
    loss = ((out - t) ** 2).sum(axis=1) / 2
    deltas = (out - t) * out * (1 - out)
    back = deltas @ ways.get("back", W2)
    hidden_deltas = back * hidden * (1 - hidden)
    gradients = [
        mean(delta[:, :, None] * before[:, None, :]).ravel()
        for delta, before in ((hidden_deltas, x), (deltas, hidden))
    ]
    gradients = np.concatenate(gradients)
    biases = np.concatenate([mean(hidden_deltas), mean(deltas)])
    neurons = ("h1", "h2", "o1", "o2")
    printed = {f"{n}.out": v for n, v in zip(neurons, (*hidden[0], *out[0]), strict=True)}
    printed["loss"] = ways.get("mean_loss", np.mean)(loss)
    printed |= {
        f"{n}.delta": v for n, v in zip(neurons, (*hidden_deltas[0], *deltas[0]), strict=True)
    }
    printed |= {f"w{k}.gradient": v for k, v in enumerate(gradients, start=1)}
    new = np.concatenate([W1.ravel(), W2.ravel()]) - RATE * gradients
    printed |= {f"w{k}.weight": v for k, v in enumerate(new, start=1)}
    new_biases = np.concatenate([B1, B2]) - RATE * biases
    return printed | {f"{n}.bias": v for n, v in zip(neurons, new_biases, strict=True)}


#: After which step a quantity is printed.
_STEPS = {
    "forward": ("out",),
    "backward": ("loss", "delta", "gradient"),
    "update": ("weight", "bias"),
}


def page(printed: dict[str, Any], x: Any = X, t: Any = T, edits: str = "") -> str:
    """Return the file of the round with what is printed, for one sample or several."""
    rows = (x, t) if len(x) > 1 else (x[0], t[0])
    layers = "".join(
        f'[[network.layers]]\nsize = 2\nactivation = "logistic"\nweights = {w.tolist()}\n'
        f"bias = {b.tolist()}\n"
        for w, b in ((W1, B1), (W2, B2))
    )
    text = (
        f"{HEAD}[network]\n[[network.layers]]\nsize = 2\n{layers}"
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
