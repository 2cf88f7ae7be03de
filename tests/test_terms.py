"""Slopes taken as 1, penalties for the size of weights, and deltas with the sign of target - out.

The oracles are hand computation, NumPy by hand, and for penalties the complex step through
`strategies.Plain`, which knows nothing of the package's formulas.
"""

import math
import pickle
import tomllib
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from strategies import Plain, Unit, Wire, plain_networks, value_of

import neurograph as ng
from neurograph import landscape
from neurograph.engines import ENGINES, is_installed
from neurograph.engines.engine import PassesEngine, Steps
from neurograph.optimizers import OPTIMIZERS, get_optimizer
from neurograph.terms import DELTAS, SLOPES, Penalty, get_penalty

FEW = settings(
    max_examples=25, suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much]
)
HERE = [engine for engine in ENGINES if engine != "jit"]
PENALTIES = st.builds(
    Penalty,
    l2=st.sampled_from([0.0, 0.25, 1.5]),
    l1=st.sampled_from([0.0, 0.125]),
    half=st.booleans(),
    per_sample=st.booleans(),
    biases=st.booleans(),
)


def one_weight(**settings: Any) -> ng.Network:
    """Return x -> y with w = 1 and no squashing."""
    return ng.Network.layered(1, 1, weights=1.0, activation="identity", **settings)


# -- penalties ---------------------------------------------------------------------------------


def test_one_weight_with_a_penalty_by_hand() -> None:
    """E = 1/2 + 0.25 and dE/dw = 1 + 0.5 at w = 1 with l2 = 0.5, target 0."""
    net = one_weight(penalty={"l2": 0.5})
    assert net.forward([1.0]) == [1.0]
    assert net.backward([0.0]) == net.value("loss") == 0.75
    assert (net.value("data_loss"), net.value("penalty")) == (0.5, 0.25)
    assert net.value("w1.gradient") == 1.5
    assert (net.value("w1.data_gradient"), net.value("w1.penalty_gradient")) == (1.0, 0.5)
    net.update_weights(0.1)
    assert net.value("w1.weight") == pytest.approx(0.85, rel=1e-15)


@pytest.mark.parametrize(
    ("penalty", "value", "slopes"),
    [
        # w = 2 and -3, bias 0.5
        ({"l2": 0.5}, 0.25 * 13, (1.0, -1.5, 0.0)),
        ({"l2": 0.5, "half": False}, 0.5 * 13, (2.0, -3.0, 0.0)),
        ({"l1": 0.5}, 2.5, (0.5, -0.5, 0.0)),
        ({"l2": 0.5, "l1": 0.5}, 0.25 * 13 + 2.5, (1.5, -2.0, 0.0)),
        ({"l2": 0.5, "biases": True}, 0.25 * 13.25, (1.0, -1.5, 0.25)),
        ({"l2": 0.5, "per_sample": True}, 0.125 * 13, (0.5, -0.75, 0.0)),
        ({}, 0.0, (0.0, 0.0, 0.0)),
    ],
)
def test_what_each_key_of_a_penalty_does(
    penalty: dict[str, Any], value: float, slopes: tuple[float, ...]
) -> None:
    """The penalty of two weights and a bias, over two samples, is what a hand computes."""
    net = ng.Network.layered(2, 1, weights=[[[2.0, -3.0]]], bias=0.5, activation="identity")
    inputs, targets = [[1.0, 2.0], [0.5, -1.0]], [[0.0], [1.0]]
    net.forward(inputs)
    data_loss = net.backward(targets)
    before = [net.value(name) for name in ("w1.gradient", "w2.gradient", "o1.bias_gradient")]
    net.penalty = penalty
    net.forward(inputs)
    assert net.backward(targets) == pytest.approx(data_loss + value, rel=1e-14)
    assert net.value("data_loss") == pytest.approx(data_loss, rel=1e-15)
    assert net.value("penalty") == pytest.approx(value, rel=1e-15)
    now = [net.value(name) for name in ("w1.gradient", "w2.gradient", "o1.bias_gradient")]
    assert now == pytest.approx(np.add(before, slopes), rel=1e-14)


def test_a_shared_weight_counts_once() -> None:
    """Of a weight in two places the penalty has one square, and each place its slope."""
    net = ng.Network(penalty={"l2": 2.0})
    for k in "12":
        net.add_neuron(f"x{k}")
        net.add_neuron(f"y{k}", activation="identity")
        net.connect(f"x{k}", f"y{k}", 0.5, label=f"W{k}", tie="W")
    net.forward([0.0, 0.0])
    assert net.backward([0.0, 0.0]) == 0.25
    assert net.value("W1.gradient") == net.value("W2.gradient") == 1.0


def test_weights_of_a_bias_neuron_are_biases() -> None:
    """What leads from a bias neuron has no penalty, unless biases have one."""
    net = ng.Network(penalty={"l2": 2.0})
    net.add_neuron("x")
    net.add_neuron("one", kind="bias")
    net.add_neuron("y", activation="identity")
    net.connect("x", "y", 1.0)
    net.connect("one", "y", 3.0)
    net.forward([0.0])
    net.backward([3.0])
    assert net.value("penalty") == 1.0
    net.penalty = {"l2": 2.0, "biases": True}
    net.backward([3.0])
    assert net.value("penalty") == 10.0


def test_two_hidden_neurons_with_and_without_a_penalty() -> None:
    """A cost of three samples and four labels, and its gradients, as NumPy gives them by hand."""
    samples = np.array([[math.cos(k), math.cos(k + 1)] for k in (1, 3, 5)])
    labels = np.eye(4)[[3, 1, 2]]
    first = np.array([[0.3, 0.5], [0.4, 0.6]])
    second = np.array([[1.1, 1.5], [1.2, 1.6], [1.3, 1.7], [1.4, 1.8]])
    biases = [0.1, 0.2], [0.7, 0.8, 0.9, 1.0]
    hidden = 1 / (1 + np.exp(-(samples @ first.T + biases[0])))
    outs = 1 / (1 + np.exp(-(hidden @ second.T + biases[1])))
    cost = -(labels * np.log(outs) + (1 - labels) * np.log(1 - outs)).sum() / 3
    cost += 4 / (2 * 3) * ((first**2).sum() + (second**2).sum())
    back = (outs - labels) / 3
    gradient = ((back @ second) * hidden * (1 - hidden)).T @ samples + 4 / 3 * first
    net = ng.Network.layered(
        2, 2, 4, weights=[first, second], bias=biases, loss="binary_cross_entropy",
        penalty={"l2": 4, "per_sample": True},
    )  # fmt: skip
    net.forward(samples)
    assert net.backward(labels) == pytest.approx(cost, rel=1e-14)
    assert cost == pytest.approx(19.473636522732, rel=1e-12)
    found = [[net.value(f"i{i}->h{h}.gradient") for i in (1, 2)] for h in (1, 2)]
    np.testing.assert_allclose(found, gradient, rtol=1e-13)
    by_hand = back.T @ hidden + 4 / 3 * second
    assert net.value("h2->o4.gradient") == pytest.approx(by_hand[3, 1], rel=1e-13)
    assert net.value("o4.bias_gradient") == pytest.approx(back.sum(axis=0)[3], rel=1e-13)


def penalty_by_hand(plain: Plain, penalty: Penalty, changes: dict[Any, complex]) -> complex:
    """Return the penalty of a plain network: each shared parameter once."""
    total = 0j
    for owners in plain.parameters():
        are_biases = all(
            isinstance(owner, Unit) or owner.pre in plain.bias_names for owner in owners
        )
        owner = owners[0]
        number = owner.weight if isinstance(owner, Wire) else owner.bias
        number = number + changes.get(id(owner), 0)
        if penalty.biases or not are_biases:
            total += penalty.l2 * number**2 / (2 if penalty.half else 1)
            total += penalty.l1 * (number if complex(number).real >= 0 else -number)
    return total / (len(plain.inputs) if penalty.per_sample else 1)


@given(plain_networks(combined=True), PENALTIES)
@FEW
def test_gradients_contain_the_penalty(plain: Plain, penalty: Penalty) -> None:
    """On random graphs, gradients are the complex steps of the error with its penalty."""
    net = plain.network()
    net.penalty = penalty
    inputs, targets = plain.data
    net.forward(inputs)
    error = net.backward(targets)
    wanted = complex(plain.total_error()).real + penalty_by_hand(plain, penalty, {}).real
    assert error == pytest.approx(wanted, rel=1e-12, abs=1e-14)
    for owners in plain.parameters():
        changes = {id(owner): 1e-30j for owner in owners}
        step = penalty_by_hand(plain, penalty, changes).imag / 1e-30
        first = owners[0]
        if (first.weight if isinstance(first, Wire) else first.bias) == 0:
            step = 0.0  # the slope of |w| at 0 is taken as 0
        wanted = plain.gradient(owners) + step
        for owner in owners:
            assert value_of(net, owner, "gradient") == pytest.approx(wanted, rel=1e-10, abs=1e-13)


@given(plain_networks(combined=True), PENALTIES)
@FEW
def test_landscapes_contain_the_penalty(plain: Plain, penalty: Penalty) -> None:
    """The loss over two parameters, and over a plane of all, is that of passes with the values."""
    net = plain.network()
    net.penalty = penalty
    inputs, targets = plain.data
    free = [owners[0] for owners in plain.parameters()]
    if len(free) < 2:
        return
    names = [
        f"{one.pre}->{one.post}.weight" if isinstance(one, Wire) else f"{one.name}.bias"
        for one in free[:2]
    ]
    surface = landscape.loss_surface(
        net, inputs, targets, *names, x=[-1.0, 0.25, 1.5], y=[-0.5, 1.0]
    )
    copied = net.copy()
    for y, row in zip(surface.y, surface.losses, strict=True):
        for x, loss in zip(surface.x, row, strict=True):
            for owner, value in zip(free[:2], (x, y), strict=True):
                key = "weight" if isinstance(owner, Wire) else "bias"
                element = (
                    copied.edges[owner.pre, owner.post]
                    if isinstance(owner, Wire)
                    else copied.nodes[owner.name]
                )
                setattr(element, key, float(value))
            copied.forward(inputs)
            assert loss == pytest.approx(copied.total_error(targets), rel=1e-11, abs=1e-13)


# -- slopes ------------------------------------------------------------------------------------

OR = [[0, 0, -1], [0, 1, -1], [1, 0, -1], [1, 1, -1]]


def test_the_perceptron_rule_by_hand() -> None:
    """W += 0.5 * (d - y) * x, one sample at a time, learns OR's first epoch as a hand does."""
    net = ng.Network.layered(3, 1, weights=0.0, activation="step", slope="one")
    net.train(OR, [[0], [1], [1], [1]], learning_rate=0.5, epochs=1, batch_size=1)
    weights, by_hand = [net.value(f"w{k}.weight") for k in (1, 2, 3)], [0.0, 0.0, 0.0]
    for sample, wanted in zip(OR, (0, 1, 1, 1), strict=True):
        out = 1 if sum(w * x for w, x in zip(by_hand, sample, strict=True)) >= 0 else 0
        by_hand = [w + 0.5 * (wanted - out) * x for w, x in zip(by_hand, sample, strict=True)]
    assert weights == by_hand == [0.0, 0.5, 0.0]


@pytest.mark.parametrize(("slope", "of_hidden"), [("one", 1.0), ("one_at_outputs", None)])
def test_whose_slope_is_taken_as_one(slope: str, of_hidden: float | None) -> None:
    """Slopes of outputs are 1, and those of the hidden neurons too or f'."""
    net = ng.Network.layered(1, 1, 1, weights=0.5, activation="tanh", slope=slope)
    net.forward([0.75])
    net.backward([1.0])
    hidden = math.tanh(0.375)
    out = math.tanh(0.5 * hidden)
    assert net.value("o1.slope") == 1.0
    assert net.value("o1.delta") == pytest.approx(out - 1.0, rel=1e-15)
    wanted = 1 - hidden**2 if of_hidden is None else of_hidden
    assert net.value("h1.slope") == pytest.approx(wanted, rel=1e-15)
    assert net.value("h1.delta") == pytest.approx(0.5 * (out - 1.0) * wanted, rel=1e-14)


def test_a_training_in_which_nothing_can_change_says_so() -> None:
    """Where every slope is 0, or all is frozen, a run ends with the reason."""
    net = ng.Network.layered(3, 1, weights=0.5, activation="step")
    ended = net.train(OR, [[0], [1], [1], [1]], learning_rate=0.5, epochs=2).ended
    assert ended == (
        "all 2 epochs done; nothing can change: between every trainable parameter and the error a"
        " slope is 0; slope = 'one' takes 1 for it"
    )
    net.penalty = {"l2": 0.5}
    assert net.round().stuck == ""
    del net.penalty
    net.slope = "one"
    assert net.round().stuck == ""
    for connection in net.edges.values():
        connection.trainable = False
    assert net.round().stuck == "nothing can change: no weight and no bias is trainable"


# -- the sign of deltas ------------------------------------------------------------------------


def test_the_sign_of_a_page() -> None:
    """With target - out, delta is positive where the out is too small, and the change is added."""
    net = ng.Network.layered(1, 1, weights=0.5, activation="logistic", delta="target - out")
    net.forward([2.0])
    net.backward([1.0])
    out = 1 / (1 + math.exp(-1.0))
    delta = (1 - out) * out * (1 - out)
    assert net.value("o1.out_gradient") == pytest.approx(1 - out, rel=1e-15)
    assert net.value("o1.delta") == pytest.approx(delta, rel=1e-15)
    assert net.value("w1.gradient") == pytest.approx(2 * delta, rel=1e-15)
    text = ng.explain(net, "w1.new_weight", learning_rate=0.5).text()
    assert "w1+ = w1 + η*(-∂E_total/∂w1)" in text
    assert "-(out_o1 - target_o1)" not in text
    net.update_weights(0.5)
    assert net.value("w1.change") == pytest.approx(delta, rel=1e-15)
    assert net.value("w1.weight") == pytest.approx(0.5 + delta, rel=1e-15)
    assert ng.check_gradients(net, [2.0], [1.0]).passed


def test_a_run_with_the_other_sign_can_be_resumed() -> None:
    """What an optimiser remembers belongs to the optimiser that was asked for."""
    whole, parts = (one_weight(delta="target - out") for _ in range(2))
    options: dict[str, Any] = {"learning_rate": 0.1, "optimizer": "adam"}
    whole.train([1.0], [0.0], epochs=4, **options)
    history = parts.train([1.0], [0.0], epochs=2, **options)
    parts.train([1.0], [0.0], epochs=4, resume=history, **options)
    assert parts.value("w1.weight") == whole.value("w1.weight")


# -- what keeps them ---------------------------------------------------------------------------


def test_terms_are_kept(tmp_path: Any) -> None:
    """Copies, pickles, files of networks and the table of a scenario file keep all terms."""
    penalty = Penalty(l2=0.1, l1=1e-05, half=False, per_sample=True, biases=True)
    net = one_weight(slope="one", delta="target - out", penalty=penalty)
    net.save(tmp_path / "net.json")
    table = tomllib.loads(net.to_toml())["network"]
    kept = [net.copy(), pickle.loads(pickle.dumps(net)), ng.load(tmp_path / "net.json")]
    for other in kept:
        assert (other.slope, other.delta, other.penalty) == ("one", "target - out", penalty)
    assert (table["slope"], table["delta"]) == ("one", "target - out")
    assert get_penalty(table["penalty"]) == penalty
    assert "slope" not in one_weight().to_toml()


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"slope": "ones"}, "slope must be .*did you mean 'one'"),
        ({"delta": "target-out"}, "did you mean 'target - out'"),
        ({"penalty": {"l3": 1.0}}, "no key 'l3' of penalty; did you mean 'l2'"),
        ({"penalty": {"l2": -1.0}}, "l2 of penalty must be zero or more, not -1.0"),
        ({"penalty": {"half": 1}}, "half of penalty must be True or False, not 1"),
        ({"penalty": 0.5}, "penalty is given as {'l2': 0.5}, not 0.5"),
        ({"penalty": "l2: 0.5"}, "penalty is text such as '{ l2 = 0.5 }'"),
        ({"penalty": {"weight": 1.0}}, "no key 'weight' of penalty; there are l2, l1"),
        ({"slop": "one"}, "slope"),
        ({"penaltyy": {}}, "penalty"),
    ],
)
def test_wrong_terms_are_refused(settings: dict[str, Any], message: str) -> None:
    """What is none of the choices, or misspelt, is refused with the nearest name."""
    with pytest.raises((ng.InvalidValueError, ng.InvalidTypeError), match=message):
        ng.Network(**settings)


def test_terms_can_be_set_and_taken_back() -> None:
    """A term that is set changes the next pass, and deleted holds no more."""
    net = one_weight()
    net.forward([1.0])
    net.backward([0.0])
    for name, value in (("slope", "one"), ("penalty", {"l2": 1.0}), ("delta", "target - out")):
        setattr(net, name, value)
        with pytest.raises(ng.NotComputedError, match="the total error is not known yet"):
            net.total_error()
        net.total_error([0.0])
        delattr(net, name)
        net.total_error([0.0])
    assert net.terms == ng.Network().terms


FILE = """
title = "t"
author = "a"
source = "s"
[network]
neurons = [{ name = "x" }, { name = "y", activation = "identity" }]
connections = [{ label = "w", pre = "x", post = "y", weight = 1.0 }]
[data]
inputs = { x = 1 }
targets = { y = 0 }
[[runs]]
name = "r"
learning_rate = 0.1
%s
[[runs.steps]]
do = "forward"
[[runs.steps]]
do = "loss"
[[runs.steps]]
do = "backward"
[[runs.steps]]
do = "update"
printed = { %s }
"""


@pytest.mark.parametrize(
    ("keys", "printed"),
    [
        ("penalty = { l2 = 0.5 }", {
            "loss": "0.75", "data_loss": "0.5", "penalty": "0.25", "w.gradient": "1.5",
            "w.data_gradient": "1.0", "w.penalty_gradient": "0.5", "w.weight": "0.85",
        }),
        ('delta = "target - out"', {
            "y.delta": "-1", "w.gradient": "-1", "w.change": "-0.1", "w.weight": "0.9",
        }),
        ('slope = "one"', {"y.slope": "1", "w.weight": "0.9"}),
    ],
)  # fmt: skip
def test_the_keys_of_a_run(tmp_path: Any, keys: str, printed: dict[str, str]) -> None:
    """A run states each term, and the printed values are judged by it."""
    path = tmp_path / "terms.toml"
    entries = ", ".join(f'"{key}" = "{value}"' for key, value in printed.items())
    path.write_text(FILE % (keys, entries), encoding="utf-8")
    result = ng.run_scenario(ng.load_scenario(path))
    assert result.passed
    assert len(result.reproduced) == len(printed)


# -- all engines -------------------------------------------------------------------------------


def check_engines(
    plain: Plain, terms: dict[str, Any], optimizer: str, order: str, engines: list[str]
) -> None:
    """Train with each engine that takes the work: losses and parameters are the passes'."""
    net = plain.network()
    for key, value in terms.items():
        setattr(net, key, value)
    inputs, targets = plain.data
    if not plain.batch:
        inputs, targets = ({k: [v] for k, v in given.items()} for given in (inputs, targets))
    rows = np.array([inputs[name] for name in net.inputs]).T.copy()
    wanted = np.array([targets[name] for name in net.outputs]).T.copy()
    chosen = get_optimizer(optimizer)
    of_round = net.round(order, chosen)
    results = {}
    for engine in ["passes", *engines]:
        columns = net.storage.parameters.copy()
        state = {name: np.zeros(len(columns)) for name in chosen.state}
        try:
            made = ng.engines.make_engine(of_round, labels={}, batch_size=len(rows), engine=engine)
        except ng.InvalidValueError:
            continue  # it says that it cannot
        steps = Steps(columns, state, rows, wanted, [slice(None)] * 3, [0.02, 0.01, 0.01], 1)
        results[engine] = (list(made.steps(steps)), columns)
    assert isinstance(
        ng.engines.make_engine(of_round, labels={}, batch_size=len(rows), engine="passes"),
        PassesEngine,
    )
    for losses, columns in results.values():
        np.testing.assert_allclose(losses, results["passes"][0], rtol=1e-11, atol=1e-13)
        np.testing.assert_allclose(columns, results["passes"][1], rtol=1e-11, atol=1e-13)


@given(
    plain_networks(combined=True),
    st.sampled_from(SLOPES),
    st.none() | PENALTIES,
    st.sampled_from(DELTAS),
    st.sampled_from(sorted(OPTIMIZERS)),
    st.sampled_from(["simultaneous", "in_place"]),
)
@settings(max_examples=40, suppress_health_check=[HealthCheck.too_slow])
def test_all_engines_agree_on_all_terms(
    plain: Plain,
    slope: str,
    penalty: Penalty | None,
    delta: str,
    optimizer: str,
    order: str,
) -> None:
    """Slopes, penalties and signs: every engine computes the passes' numbers, or declines."""
    terms = {"slope": slope, "penalty": penalty, "delta": delta}
    check_engines(plain, terms, optimizer, order, HERE)


@given(plain_networks(combined=True), st.sampled_from(sorted(OPTIMIZERS)), st.none() | PENALTIES)
@FEW
def test_the_sign_of_deltas_changes_no_weight(
    plain: Plain, optimizer: str, penalty: Penalty | None
) -> None:
    """With the other sign deltas and gradients are the others' negatives, and weights the same."""
    nets = []
    for delta in DELTAS:
        net = plain.network()
        net.delta, net.penalty = delta, penalty
        inputs, targets = plain.data
        net.train(
            inputs, targets, learning_rate=0.01, epochs=2, optimizer=optimizer, engine="passes"
        )
        net.forward(inputs)
        net.backward(targets)
        nets.append(net)
    one, other = nets
    np.testing.assert_allclose(one.storage.parameters, other.storage.parameters, rtol=1e-13)
    for address, value in one.values().items():
        quantity = address.rpartition(".")[2]
        turns = quantity in ("delta", "out_gradient", "error_message") or "gradient" in quantity
        sign = -1 if turns else 1
        np.testing.assert_allclose(other.value(address), np.multiply(sign, value), atol=1e-14,
                                   rtol=1e-11)  # fmt: skip


@given(plain_networks(), st.sampled_from(SLOPES), st.none() | PENALTIES, st.sampled_from(DELTAS))
@FEW
def test_blocks_carry_what_the_passes_carry(
    plain: Plain, slope: str, penalty: Penalty | None, delta: str
) -> None:
    """After passes on blocks every object has the numbers of the passes object by object."""
    seen = []
    for engine in ("passes", "blocks"):
        net = plain.network()
        net.slope, net.penalty, net.delta = slope, penalty, delta
        inputs, targets = plain.data
        net.forward(inputs, engine=engine)
        net.backward(targets)
        numbers: dict[Any, Any] = {}
        for ends, connection in net.edges.items():
            numbers |= {(ends, key): connection[key] for key in sorted(connection.everything())
                        if isinstance(connection[key], float | np.ndarray)}  # fmt: skip
        for name, neuron in net.nodes.items():
            numbers |= {(name, key): neuron[key] for key in sorted(neuron.everything())
                        if isinstance(neuron[key], float | np.ndarray)}  # fmt: skip
        seen.append(numbers)
    assert seen[0].keys() == seen[1].keys()
    for key, value in seen[0].items():
        np.testing.assert_allclose(seen[1][key], value, rtol=1e-10, atol=1e-12, err_msg=str(key))


@pytest.mark.parametrize(
    ("changes", "loss", "weight"),
    [
        ({"penalty": "{ l2 = 0.5 }"}, 0.75, 0.85),
        ({"slope": "one"}, 0.5, 0.9),
        ({"delta": "target - out"}, 0.5, 0.9),
    ],
)
def test_what_if_a_page_had_other_terms(
    changes: dict[str, str], loss: float, weight: float
) -> None:
    """With another term the round is that of a network which states it."""
    net = one_weight()
    net.forward([1.0])
    net.backward([0.0])
    what = ng.what_if(net, changes, learning_rate=0.1)
    after = {change.address: change.after for change in what.changes}
    assert after.get("loss", 0.5) == loss
    assert after.get("w1.new_weight", 0.9) == pytest.approx(weight, rel=1e-15)
    if "delta" in changes:
        assert (after["o1.delta"], after["w1.gradient"]) == (-1.0, -1.0)


@pytest.mark.skipif(not is_installed(), reason="numba is not installed")
@pytest.mark.parametrize(
    ("slope", "order", "delta", "optimizer", "batch_size"),
    [
        ("one_at_outputs", "in_place", "target - out", "adam", 2),
        ("one", "simultaneous", "out - target", "momentum", 1),
    ],
)
def test_the_compiled_loop_agrees_on_all_terms(
    slope: str, order: str, delta: str, optimizer: str, batch_size: int, tmp_path: Any,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    """Slopes of 1, a penalty and the other sign: losses and parameters are the passes'."""
    monkeypatch.setattr("neurograph.engines.jit.cache_folder", lambda: tmp_path / "neurograph")
    rng = np.random.default_rng(1)
    inputs, targets = rng.uniform(-1, 1, (6, 3)), rng.uniform(0.1, 0.9, (6, 2))
    results = []
    for engine in ("passes", "jit"):
        net = ng.Network.layered(
            3, 8, 2, seed=2, bias=0.1, output_activation="softmax", loss="cross_entropy",
            slope=slope, delta=delta,
            penalty={"l2": 0.3, "l1": 0.1, "per_sample": True, "half": False},
        )  # fmt: skip
        history = net.train(
            inputs, targets, learning_rate=0.05, epochs=3, batch_size=batch_size,
            optimizer=optimizer, order=order, engine=engine,
        )  # fmt: skip
        results.append((history["loss"], net.storage.parameters.copy()))
    for expected, found in zip(*results, strict=True):
        np.testing.assert_allclose(found, expected, rtol=1e-12, atol=1e-13)


def test_what_follows_the_sign_of_the_gradient_turns_with_it() -> None:
    """Under target - out a velocity has the other sign; a mean of squares does not."""
    values = {}
    for delta in ("out - target", "target - out"):
        for optimizer in ("momentum", "adam"):
            net = ng.Network.layered(1, 1, weights=0.5, activation="identity")
            net.delta = delta
            net.train([2.0], [0.0], learning_rate=0.125, epochs=2, optimizer=optimizer)
            names = ("velocity",) if optimizer == "momentum" else ("m", "v", "m_hat")
            values |= {(delta, name): net.value(f"w1.{name}") for name in names}
    # out = 1, dE/dw = 2; then w = 0.25, out = 0.5, dE/dw = 1.
    assert values["out - target", "velocity"] == pytest.approx(0.9 * 2 + 1)
    for name, sign in (("velocity", -1), ("m", -1), ("m_hat", -1), ("v", 1)):
        assert values["target - out", name] == sign * values["out - target", name] != 0


def test_what_is_said_of_a_gradient_has_its_sign() -> None:
    """Under target - out a delta is -dE/dnet, and so is said what follows from it."""
    net = ng.Network.layered(1, 1, 1, weights=0.5, bias=0.25)
    for delta, sign in (("out - target", ""), ("target - out", "-")):
        net.delta = delta
        net.forward([2.0])
        net.backward([0.0])
        for element, said in (
            (net.neuron("h1"), ("dE/dnet", "dE/dout", "dE/dbias")),
            (net.connection("w1"), ("dE/dw = delta_post * out_pre", "dE/dnet")),
        ):
            text = element._portrait().written("text")
            for words in said:
                assert f" {sign}{words}" in text
                assert (f" -{words}" in text) == bool(sign)
