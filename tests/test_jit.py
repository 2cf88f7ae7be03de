"""The compiled loop, against the passes; skipped where numba is not installed.

Every set of formulas, order and layout takes seconds to compile, so the sets here are few and each
runs on many graphs.
"""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from precision import JOINT, RIGHT, errors_of, exactly, roundings
from strategies import Plain, plain_networks

import neurograph as ng
from neurograph.engines import Steps, choose_engine, is_installed
from neurograph.engines.engine import PassesEngine
from neurograph.engines.jit import Jit, cache_folder, compiled
from neurograph.engines.loop import function_text
from neurograph.equations import Round
from neurograph.formulas import FUNCTIONS, Formula
from neurograph.optimizers import (
    AdaGrad,
    Adam,
    GradientDescent,
    Momentum,
    Nesterov,
    Optimizer,
    RMSProp,
)
from neurograph.structure import Structure

numba = pytest.importorskip("numba")

FEW = settings(
    max_examples=10,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)


@pytest.fixture(scope="module", autouse=True)
def folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Keep what is compiled out of the user's folders."""
    with pytest.MonkeyPatch.context() as patch:
        base = tmp_path_factory.mktemp("cache")
        patch.setattr("neurograph.engines.jit.cache_folder", lambda: base / "neurograph")
        yield base / "neurograph"


@pytest.fixture
def never_straight(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have the loop that goes through a graph for tiny networks too."""
    monkeypatch.setattr("neurograph.engines.jit.is_tiny", lambda of_round, batch_size: False)


def engines(
    net: ng.Network, order: str, optimizer: Optimizer
) -> tuple[Structure, np.ndarray, PassesEngine, Jit]:
    """Return a network's structure and parameters, and the two engines to compare."""
    storage = net.storage
    of_round = Round(storage.structure, net.checked_loss(), net.reduction, order, optimizer)
    careful = PassesEngine(of_round)
    return storage.structure, storage.parameters, careful, Jit(of_round, careful=careful)


def check_agree(
    net: ng.Network,
    order: str,
    optimizer: Optimizer,
    batches: list[Any],
    inputs: np.ndarray,
    targets: np.ndarray,
) -> Jit:
    """Train a copy of the parameters with each engine: losses, parameters and state agree."""
    _, parameters, *both = engines(net, order, optimizer)
    rates = [0.05 / (1 + k) for k in range(len(batches))]
    results = []
    for engine in both:
        columns = parameters.copy()
        state = {name: np.zeros(len(columns)) for name in optimizer.state}
        half = len(batches) // 2
        losses = []
        # In two calls: the number of the first step counts.
        for part, first in ((slice(half), 1), (slice(half, None), 1 + half)):
            losses += engine.steps(
                Steps(columns, state, inputs, targets, batches[part], rates[part], first)
            )
        results.append((losses, columns, *state.values()))
    for expected, got in zip(*results, strict=True):
        # Where numbers cancel, what is left of them has fewer digits.
        np.testing.assert_allclose(got, expected, rtol=1e-12, atol=1e-14)
    return both[1]


def samples(structure: Structure, n: int, seed: int = 1) -> tuple[np.ndarray, np.ndarray]:
    """Return inputs and targets that no kink is hit by."""
    rng = np.random.default_rng(seed)
    inputs = rng.uniform(-1.0, 1.0, (n, len(structure.inputs)))
    return inputs, rng.uniform(0.1, 0.9, (n, len(structure.outputs)))


def with_activation(plain: Plain, activation: str) -> Plain:
    """Return a network in which every neuron outside softmax has one activation."""
    for unit in plain.units:
        if unit.activation != "softmax":
            unit.activation = activation
    return plain


#: Takes from weights what it does not take from biases.
SPARING = Momentum(weight_decay=0.25, biases=False)


@pytest.mark.usefixtures("never_straight")
@pytest.mark.parametrize(
    ("activation", "loss", "optimizer", "order", "reduction", "tied", "softmax", "size"),
    [
        ("logistic", "squared_error", GradientDescent(), "simultaneous", "mean", False, False, 1),
        ("tanh", "half_squared_error", Momentum(), "in_place", "mean", True, False, 3),
        ("softplus", "mean_squared_error", Nesterov(), "in_place", "sum", False, False, 3),
        ("leaky_relu", "absolute_error", AdaGrad(), "simultaneous", "mean", True, False, 1),
        ("sin", "hinge", RMSProp(), "in_place", "mean", True, False, 1),
        ("logistic", "binary_cross_entropy", Adam(), "simultaneous", "mean", False, False, 3),
        ("logistic", "cross_entropy", GradientDescent(), "in_place", "mean", False, True, 3),
        ("relu", "(target - out)**4 / n", Adam(0.8), "simultaneous", "sum", True, True, 3),
        ("tanh", "squared_error", SPARING, "simultaneous", "mean", True, False, 3),
    ],
)  # fmt: skip
def test_agrees_with_the_passes(
    activation: str, loss: str, optimizer: Optimizer, order: str, reduction: str, tied: bool,
    softmax: bool, size: int,
) -> None:  # fmt: skip
    """On random graphs the compiled loop computes what the passes compute."""
    drawn = 0

    @FEW
    @given(plain_networks(ties=tied, softmax=softmax, losses=(loss,)), st.integers(1, 4))
    def check(plain: Plain, n: int) -> None:
        nonlocal drawn
        plain.reduction = reduction
        net = with_activation(plain, activation).network()
        structure = net.structure
        used = {structure.activations[row].name for level in structure.levels[1:] for row in level}
        # What was compiled for one graph does for all of these.
        assume(used == ({activation, "softmax"} if softmax else {activation}))
        assume(bool(structure.ties) == tied)
        inputs, targets = samples(structure, n + size)
        batches: list[Any] = [slice(k, min(k + size, n + size)) for k in range(0, n + size, size)]
        check_agree(net, order, optimizer, batches * 2, inputs, targets)
        drawn += 1

    check()
    assert drawn >= 5


@pytest.mark.usefixtures("never_straight")
@given(plain_networks(losses=("half_squared_error",)))
@settings(FEW, max_examples=1)
def test_mixed_activations(plain: Plain) -> None:
    """Neurons of different activations stand side by side, in no order."""
    activations = ["tanh", "identity", "net / (1 + net**2)", "step"]
    for number, unit in enumerate(plain.units):
        unit.activation = activations[number % 4]
    net = plain.network()
    inputs, targets = samples(net.structure, 3)
    check_agree(net, "simultaneous", GradientDescent(), [slice(0, 3)] * 4, inputs, targets)


def layered(**more: Any) -> ng.Network:
    """Return a network whose parameters lie side by side, with one skip and a frozen weight."""
    net = ng.Network.layered(7, 8, 3, seed=1, bias=0.1, **more)
    names = net.levels
    net.connect(names[0][0], names[2][0], 0.3)
    net.edges[names[0][1], names[1][1]].trainable = False
    return net


@pytest.mark.usefixtures("never_straight")
@pytest.mark.parametrize(
    ("order", "optimizer", "shared", "size"),
    [
        ("simultaneous", Momentum(), False, 4),
        ("in_place", GradientDescent(), False, 1),
        ("in_place", GradientDescent(), True, 4),
    ],
)
def test_layers(order: str, optimizer: Optimizer, shared: bool, size: int) -> None:
    """Parameters that lie side by side are taken together; rows of samples come in any order."""
    net = layered(shared_bias=shared)
    inputs, targets = samples(net.structure, 10)
    rows = np.random.default_rng(2).permutation(10)
    batches = [rows[k : k + size] for k in range(0, 10, size)]
    jit = check_agree(net, order, optimizer, batches, inputs, targets)
    graph = next(iter(jit._graphs.values()))
    assert graph.run_length.sum() > len(graph.entry_at)
    assert jit.compile_seconds > 0


@pytest.mark.usefixtures("never_straight")
@pytest.mark.parametrize("order", ["simultaneous", "in_place"])
@pytest.mark.parametrize("size", [1, 6, 33])
def test_levels_that_are_matrices(order: str, size: int) -> None:
    """Some units and samples at a time, and those left over, give what the passes give."""
    net = ng.Network.layered(7, 9, 5, 2, seed=1, bias=0.1)
    inputs, targets = samples(net.structure, 40)
    batches = [slice(k, min(k + size, 40)) for k in range(0, 40, size)]
    jit = check_agree(net, order, GradientDescent(), batches, inputs, targets)
    for graph in jit._graphs.values():
        assert graph.level_width.tolist() == [7 + 1, 9 + 1, 5 + 1]


def tiny(**more: Any) -> ng.Network:
    """Return a tiny network with a skip, an output that goes on, and a frozen weight."""
    net = ng.Network.layered(3, 3, 2, seed=1, bias=0.1, **more)
    (first, *_), (hidden, *_), (out, last) = net.levels
    net.connect(first, out, 0.3)
    if more.get("activation") != ["tanh", "softmax"]:
        net.connect(out, last, -0.4)
    net.edges[first, hidden].trainable = False
    return net


@pytest.mark.parametrize(
    ("activation", "loss", "optimizer", "order", "reduction", "tied", "size"),
    [
        ("logistic", "half_squared_error", GradientDescent(), "simultaneous", "mean", False, 1),
        ("tanh", "squared_error", Adam(0.8), "simultaneous", "mean", True, 3),
        ("softplus", "absolute_error", Momentum(), "in_place", "mean", True, 1),
        ("leaky_relu", "hinge", Nesterov(), "simultaneous", "sum", False, 6),
        (["tanh", "softmax"], "cross_entropy", RMSProp(), "simultaneous", "mean", False, 5),
    ],
)  # fmt: skip
def test_tiny_networks(
    activation: Any, loss: str, optimizer: Optimizer, order: str, reduction: str, tied: bool,
    size: int,
) -> None:  # fmt: skip
    """The straight line of a tiny network computes what the passes compute, of any samples."""
    net = tiny(activation=activation, loss=loss, shared_bias=tied)
    net.reduction = reduction
    inputs, targets = samples(net.structure, 10)
    rows = np.random.default_rng(2).permutation(10)
    batches = [rows[k : k + size] for k in range(0, 10, size)]
    jit = check_agree(net, order, optimizer, batches * 2, inputs, targets)
    assert "level_start" not in jit.source(size)


def test_tiny_networks_with_a_penalty() -> None:
    """A penalty is added to the error of a batch and to its gradients once."""
    net = tiny(activation="tanh")
    net.penalty = {"l2": 0.1, "l1": 0.02, "per_sample": True}
    inputs, targets = samples(net.structure, 6)
    history = {}
    for engine in ("passes", "jit"):
        copy = net.copy()
        losses = copy.train(
            inputs, targets, learning_rate=0.1, epochs=3, batch_size=4, engine=engine
        )["loss"]
        history[engine] = [*losses, *(edge.weight for _, _, edge in copy.edges(data=True))]
    np.testing.assert_allclose(history["jit"], history["passes"], rtol=1e-12)


def test_constants_of_an_optimizer_may_be_called_as_others_call_theirs() -> None:
    """A step by l2 * n * rate * gradient, beside a penalty with an l2 and a loss with an n."""
    names = ["parameter", "l2", "n", "learning_rate", "gradient"]
    rule = Formula("parameter - l2 * n * learning_rate * gradient", names)
    own = Optimizer("own", constants={"l2": 0.5, "n": 0.25}, rules=(("parameter", rule),))
    net = ng.Network.layered(
        2, 1, weights=[[[0.5, -1.0]]], bias=0.25, activation="identity",
        loss="(target - out)**2 / n",
    )  # fmt: skip
    net.penalty = {"l2": 0.1}
    inputs, targets = np.array([[1.0, 2.0], [-0.5, 0.75], [3.0, 0.5]]), np.array([1.0, -2.0, 0.5])
    net.train(inputs, targets[:, None], learning_rate=0.4, epochs=4, optimizer=own, engine="jit")
    weights, bias = np.array([0.5, -1.0]), 0.25
    for _ in range(4):
        slopes = 2 * (inputs @ weights + bias - targets) / 3
        weights = weights - 0.5 * 0.25 * 0.4 * (slopes @ inputs + 0.1 * weights)
        bias -= 0.5 * 0.25 * 0.4 * slopes.sum()
    np.testing.assert_allclose(net.storage.parameters, [*weights, bias], rtol=1e-13)


def test_names_and_constants_make_no_other_straight_line() -> None:
    """One text serves all networks of a shape: names, labels and constants are no part of it."""
    texts = set()
    for names, beta in ((["a", "b", "c"], 0.8), (["exp", "size", "x y"], 0.9)):
        net = ng.Network()
        for name in names:
            net.add_neuron(name)
        net.connect(names[0], names[1], 0.5, label=f"{names[0]}0")
        net.connect(names[1], names[2], 0.5)
        *_, jit = engines(net, "simultaneous", Momentum(beta))
        texts.add(jit.source(4))
    assert len(texts) == 1


def test_frozen_parameters_stay_and_empty_slots_are_empty() -> None:
    """What is not trained keeps every bit, also where a matrix has no connection."""
    net = layered()
    structure, parameters, _, jit = engines(net, "simultaneous", Momentum())
    inputs, targets = samples(structure, 4)
    before = parameters.copy()
    state = {"velocity": np.zeros(len(parameters))}
    jit.steps(Steps(parameters, state, inputs, targets, [slice(0, 4)] * 3, [0.5] * 3, 1))
    changed = parameters != before
    assert np.array_equal(changed, structure.trainable)


@pytest.mark.parametrize(
    ("order", "error"), [("simultaneous", 3.51018778e-05), ("in_place", 3.50847863e-05)]
)
def test_mazur(order: str, error: float) -> None:
    """After 10,000 rounds of Mazur's example the error is the known one."""
    net = ng.Network.layered(
        2, 2, 2,
        weights=[[[0.15, 0.20], [0.25, 0.30]], [[0.40, 0.45], [0.50, 0.55]]],
        bias=[0.35, 0.60], trainable_bias=False,
    )  # fmt: skip
    _, parameters, _, jit = engines(net, order, GradientDescent())
    given_, wanted = np.array([[0.05, 0.10]]), np.array([[0.01, 0.99]])
    losses = jit.steps(
        Steps(parameters, {}, given_, wanted, [slice(0, 1)] * 10_001, [0.5] * 10_001, 1)
    )
    assert losses[0] == pytest.approx(0.298371109, abs=5e-10)
    assert losses[-1] == pytest.approx(error, rel=2e-9)


def saturated(weight: float) -> tuple[np.ndarray, Jit]:
    """Return a logistic neuron of one weight with the cross-entropy, and its engine."""
    net = ng.Network(loss="binary_cross_entropy")
    net.add_neuron("i")
    net.add_neuron("o")
    net.connect("i", "o", weight)
    _, parameters, _, jit = engines(net, "simultaneous", GradientDescent())
    return parameters, jit


def test_saturated_outputs_have_a_finite_error() -> None:
    """Where out is rounded to 1 the error is that of the net: ln(1 + e^60) = 60."""
    parameters, jit = saturated(60.0)
    inputs, targets = np.array([[1.0]]), np.array([[0.0]])
    losses = jit.steps(Steps(parameters, {}, inputs, targets, [slice(0, 1)] * 3, [10.0] * 3, 1))
    # dE/dw = out - target = 1: the weight goes 60, 50, 40.
    np.testing.assert_allclose(losses, [60.0, 50.0, 40.0], rtol=1e-12)


def test_a_step_that_the_passes_do_counts_for_the_next() -> None:
    """Where a frozen weight comes first the loop has a copy of the parameters: it is made anew."""
    net = ng.Network(loss="binary_cross_entropy")
    for name in ("frozen", "trained", "o"):
        net.add_neuron(name)
    net.connect("frozen", "o", 0.5).trainable = False
    net.connect("trained", "o", 2.0)
    structure, parameters, _, jit = engines(net, "simultaneous", GradientDescent())

    class SetsTheWeight(PassesEngine):
        def steps(self, work: Steps) -> list[float]:
            work.parameters[structure.filled] = [0.5, 7.0]
            return [1.0]

    jit.careful = SetsTheWeight(jit.round)
    inputs, targets = np.array([[0.0, 1.0], [0.0, np.nan]]), np.zeros((2, 1))
    batches = [slice(0, 1), slice(1, 2), slice(0, 1)]
    losses = jit.steps(Steps(parameters, {}, inputs, targets, batches, [0.0] * 3, 1))
    # -ln(1 - out) of a logistic out.
    right = [np.log1p(np.exp(2.0)), 1.0, np.log1p(np.exp(7.0))]
    np.testing.assert_allclose(losses, right, rtol=1e-12)
    assert parameters[structure.filled].tolist() == [0.5, 7.0]


@pytest.mark.parametrize("activation", JOINT)
def test_no_digits_of_a_saturated_loss_are_lost(activation: str) -> None:
    """Where outs are rounded, the loss of the nets is right to a few roundings of its size."""
    for error, values in errors_of(activation, "jit"):
        # The rounding of a distance of nets d becomes one of d times its size in e^d.
        assert roundings(error, exactly(RIGHT[activation], *values)) < 8 + 2 * values[0], values


def test_formulas_are_computed_as_they_are_written() -> None:
    """The order of sums is free in the loop, but not in an activation: net + 1000 is rounded."""
    net = ng.Network.layered(1, 1, weights=0.3, activation="(net + 1e3) - 1e3")
    _, parameters, _, jit = engines(net, "simultaneous", GradientDescent())
    one, zero = np.ones((1, 1)), np.zeros((1, 1))
    losses = jit.steps(Steps(parameters, {}, one, zero, [slice(0, 1)], [0.1], 1))
    rounded = (0.3 + 1e3) - 1e3
    assert losses[0] == pytest.approx(rounded**2 / 2, rel=1e-15, abs=0)
    assert abs(losses[0] - 0.3**2 / 2) > 1e-14


def test_ends_with_an_error_that_is_not_finite() -> None:
    """The step whose error is nan changes nothing, and is the last."""
    parameters, jit = saturated(1.0)
    inputs, targets = np.array([[1.0], [np.nan]]), np.array([[0.0], [0.0]])
    once = parameters.copy()
    jit.steps(Steps(once, {}, inputs, targets, [slice(0, 1)], [0.5], 1))
    batches = [slice(0, 1), slice(1, 2), slice(0, 1)]
    losses = jit.steps(Steps(parameters, {}, inputs, targets, batches, [0.5] * 3, 1))
    assert len(losses) == 2
    assert np.isfinite(losses[0])
    assert np.isnan(losses[1])
    assert np.array_equal(parameters, once)


def test_a_run_does_not_end_far_out() -> None:
    """A loss that no next step can hold ends the run, though it is finite."""
    net = ng.Network.layered(1, 1, weights=0.5, activation="identity")
    # Each step multiplies w by 1 - 100: the loss of step k is 12.5 * 99^(2 k - 2).
    with pytest.raises(
        ng.DivergedError, match=r"step 40: the total error is 5\.70762e\+156, larger"
    ):
        net.train([10.0], [0.0], learning_rate=1.0, epochs=45, engine="jit")
    assert net.connection("w1").weight == pytest.approx(0.5 * -(99.0**39), rel=1e-12)


def test_no_steps() -> None:
    """Of no batches there are no losses."""
    parameters, jit = saturated(1.0)
    assert not jit.steps(Steps(parameters, {}, np.ones((1, 1)), np.ones((1, 1)), [], [], 1))


def test_data_that_cannot_be_written_to() -> None:
    """Read-only data, and columns of a larger table, are data like any other."""
    net = ng.Network.layered(2, 2, seed=1)
    _, parameters, _, jit = engines(net, "simultaneous", GradientDescent())
    table = np.random.default_rng(3).random((3, 5))
    table.setflags(write=False)
    batches = [slice(0, 1), slice(2, 3)]
    made: Any = (table[:, :2], table[:, 3:], batches, [0.1] * 2, 1)
    copies: Any = (table[:, :2].copy(), table[:, 3:].copy(), batches, [0.1] * 2, 1)
    assert jit.steps(Steps(parameters.copy(), {}, *made)) == jit.steps(
        Steps(parameters, {}, *copies)
    )


def test_functions_of_the_table() -> None:
    """Every function of numbers gives what the table says, at inf, nan and 0 too."""
    # Those over a group have no derivatives of their own; the compiled loop adds up by itself.
    names = [name for name, row in FUNCTIONS.items() if name.isidentifier() and row.derivatives]
    calls = [f"{name}({'a' if FUNCTIONS[name].n_arguments == 1 else 'a, b'})" for name in names]
    imports = "import math\nimport numpy as np\nfrom numba import njit\n"
    text = imports + "\n".join(map(function_text, names))
    text += f"\n@njit(error_model='numpy')\ndef train(a, b):\n    return {', '.join(calls)}\n"
    train: Any = compiled(text)
    values = [0.0, 1.0, -1.0, 0.3, -2.5, 40.0, -800.0, 800.0, np.inf, -np.inf, np.nan]
    with np.errstate(all="ignore"):
        for a in values:
            for b in values:
                for name, got in zip(names, train(a, b), strict=True):
                    row = FUNCTIONS[name]
                    expected = row.evaluate(*(a, b)[: row.n_arguments])
                    np.testing.assert_allclose(got, expected, rtol=1e-14, err_msg=f"{name} {a} {b}")


TINY = (
    "from numba import njit\n@njit('int64(int64)', cache=CACHED)\ndef train(x):\n    return x + 1\n"
)


def test_compiled_code_is_kept(folder: Path) -> None:
    """The second time it is read from the folder, and nothing is left lying about."""
    compiled.cache_clear()
    assert compiled(TINY)(1) == 2
    assert compiled(TINY) is compiled(TINY)
    compiled.cache_clear()
    again: Any = compiled(TINY)
    assert again(1) == 2
    assert sum(again.stats.cache_hits.values()) == 1
    assert not list(folder.glob("*.part"))


def test_another_process_reads_what_is_kept(folder: Path) -> None:
    """The loop itself is read from the folder by a process that has not compiled it."""
    net = ng.Network.layered(2, 2, seed=1)
    *_, jit = engines(net, "simultaneous", GradientDescent())
    train: Any = compiled(jit.source(1))
    assert train.stats.cache_path is not None
    code = (
        "import sys\n"
        "from pathlib import Path\n"
        "from neurograph.engines import jit\n"
        "jit.cache_folder = lambda: Path(sys.argv[1])\n"
        "train = jit.compiled(sys.stdin.read())\n"
        "assert sum(train.stats.cache_hits.values()) == 1, train.stats\n"
    )
    subprocess.run(
        [sys.executable, "-c", code, str(folder)],
        input=jit.source(1).encode(),
        check=True,
    )


DAMAGE: dict[str, Callable[[bytes], bytes]] = {
    "other text": lambda data: b"no",
    "nothing": lambda data: b"",
    "cut off": lambda data: data[: len(data) // 2],
    # What pickle raises of these: UnicodeDecodeError, ValueError, OverflowError.
    "text that is none": lambda data: b"\x80\x04X\x02\x00\x00\x00\xff\xfe.",
    "another protocol": lambda data: b"\x80\xff.",
    "a length that is too large": lambda data: b"\x80\x04\x8d" + b"\xff" * 8,
    # Of the index nothing is wrong to see, and of machine code what is wrong ends the process.
    "one byte in the middle": lambda data: (
        data[: len(data) // 2] + bytes([data[len(data) // 2] ^ 255]) + data[len(data) // 2 + 1 :]
    ),
}


@pytest.mark.parametrize("damage", DAMAGE)
@pytest.mark.parametrize("suffix", ["nbi", "nbc", "py", "sha256"])
def test_damaged_files_do_no_harm(folder: Path, suffix: str, damage: str) -> None:
    """Code is compiled anew where what was kept is not what was kept, and is kept again."""
    text = TINY.replace("+ 1", "+ 2")
    compiled.cache_clear()
    compiled(text)
    paths = [path for path in folder.rglob("neurograph_jit_*") if path.suffix == f".{suffix}"]
    assert paths
    for path in paths:
        path.write_bytes(DAMAGE[damage](path.read_bytes()))
    for kept in (False, True):
        compiled.cache_clear()
        train: Any = compiled(text)
        assert train(1) == 3
        assert bool(sum(train.stats.cache_hits.values())) == (kept or suffix == "py")


def test_what_was_not_used_for_long_is_removed(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of the texts in the folder the last used stay, with what was compiled of them."""
    monkeypatch.setattr("neurograph.engines.jit.MOST_KEPT", 2)
    monkeypatch.setattr("neurograph.engines.jit.cache_folder", lambda: folder / "few")
    texts = [TINY.replace("+ 1", f"+ {number}") for number in (11, 12, 13)]
    paths: list[Path] = []
    for age, text in zip((300, 200, 0), texts, strict=True):
        compiled.cache_clear()
        compiled(text)
        (new,) = {*(folder / "few").glob("*.py")} - {*paths}
        paths.append(new)
        if age:
            for path in (folder / "few").rglob(f"{new.stem}*"):
                then = path.stat().st_mtime - age
                os.utime(path, (then, then))
    assert [path.exists() for path in paths] == [False, True, True]
    assert not list((folder / "few").rglob(f"{paths[0].stem}*"))
    assert len(list((folder / "few").rglob(f"{paths[1].stem}*"))) == 4


def test_a_folder_that_cannot_be_made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a place to keep it, code is compiled for the process."""
    (tmp_path / "file").write_text("", encoding="utf-8")
    monkeypatch.setattr(
        "neurograph.engines.jit.cache_folder", lambda: tmp_path / "file" / "neurograph"
    )
    compiled.cache_clear()
    assert compiled(TINY.replace("+ 1", "+ 3"))(1) == 4


@pytest.mark.parametrize(
    ("platform", "variable", "parts"),
    [
        ("linux", "XDG_CACHE_HOME", ("neurograph",)),
        ("win32", "LOCALAPPDATA", ("neurograph",)),
        ("linux", None, (".cache", "neurograph")),
        ("darwin", None, ("Library", "Caches", "neurograph")),
    ],
)
def test_cache_folder(
    platform: str, variable: str | None, parts: tuple[str, ...], tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    """Compiled code lies where the platform keeps what can be made again."""
    monkeypatch.setattr(sys, "platform", platform)
    for name in ("XDG_CACHE_HOME", "LOCALAPPDATA"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(os.path, "expanduser", lambda path: str(tmp_path))
    if variable:
        monkeypatch.setenv(variable, str(tmp_path))
    assert cache_folder() == tmp_path.joinpath(*parts)


def test_a_tiny_network_waits_less(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its straight line is compiled in about a second, so a million steps are worth it."""
    monkeypatch.setattr("neurograph.engines.jit.cache_folder", lambda: tmp_path)
    # of which no test has compiled anything
    monkeypatch.setattr("neurograph.engines.jit.version", lambda package: "0")
    tiny, larger = (
        Round(net.structure, net.checked_loss())
        for net in (ng.Network.layered(2, 2, 2), ng.Network.layered(8, 8, 8))
    )
    wait, longer = (Jit(of, careful=PassesEngine(of)).until_ready(1) for of in (tiny, larger))
    assert 0.3 < wait < 1.0 < 3.0 < longer
    assert choose_engine(tiny, 1, 2_000_000, lambda: wait) == "jit"
    assert choose_engine(tiny, 1, 2_000_000, lambda: longer) == "straight_line"


def test_numba_is_not_imported_before_it_is_used() -> None:
    """Importing it takes most of a second, so asking whether it is installed does not."""
    code = (
        "import sys; from neurograph.engines import Steps, is_installed;"
        " assert is_installed(); assert 'numba' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
    assert is_installed()
