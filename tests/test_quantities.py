"""Every row of the table of quantities: seen by every reader, under every engine."""

import json
import math
from functools import cache
from pathlib import Path

import matplotlib.pyplot as plt
import pytest
from all_numbers import RATE, SAMPLES, TARGETS, everything, numbers, online, second_derivatives

import neurograph as ng
from neurograph import drawing
from neurograph.addresses import OF_NETWORK
from neurograph.cli import main
from neurograph.engines import ENGINES, is_installed
from neurograph.quantities import BY_ADDRESS, PHASES, QUANTITIES

ENGINES_HERE = [engine for engine in ENGINES if engine != "jit" or is_installed()]

# Two updates by hand of out = w1 * 2 + bias, from w1 = bias = 0.5, target 1, half squared error:
# at first out = 1.5, so dE/dw1 = 1 and dE/dbias = 0.5. For each optimiser its learning rate, and
# by address the value after the first and after the second update.
BY_HAND: dict[str, tuple[ng.Optimizer, float, dict[str, tuple[float, float]]]] = {
    # then w1 = 0.375, bias = 0.4375, out = 1.1875: dE/dw1 = 0.375
    "gradient_descent": (ng.GradientDescent(), 0.125, {
        "w1.change": (-0.125, -0.046875), "o1.bias_change": (-0.0625, -0.0234375),
    }),
    "momentum": (ng.Momentum(0.5), 0.125, {
        "w1.velocity": (1.0, 0.875), "o1.bias_velocity": (0.5, 0.4375),
        "w1.change": (-0.125, -0.109375), "o1.bias_change": (-0.0625, -0.0546875),
    }),
    # then w1 = 0.3125, bias = 0.40625, out = 1.03125: dE/dw1 = 0.0625
    "nesterov": (ng.Nesterov(0.5), 0.125, {
        "w1.velocity": (1.0, 0.5625), "o1.bias_velocity": (0.5, 0.28125),
        "w1.unshifted": (0.375, 0.3046875), "o1.bias_unshifted": (0.4375, 0.40234375),
        "w1.change": (-0.1875, -0.04296875), "o1.bias_change": (-0.09375, -0.021484375),
    }),
    # then w1 = 0.25, bias = 0.3125, out = 0.8125: dE/dw1 = -0.375
    "adagrad": (ng.AdaGrad(0.5), 0.375, {
        "w1.squares": (1.0, 1.140625), "o1.bias_squares": (0.25, 0.28515625),
        "w1.change": (-0.25, 0.140625 / (math.sqrt(1.140625) + 0.5)),
        "o1.bias_change": (-0.1875, 0.0703125 / (math.sqrt(0.28515625) + 0.5)),
    }),
    "adam": (ng.Adam(0.5, 0.75, 0.5), 0.375, {
        "w1.m": (0.5, 0.0625), "o1.bias_m": (0.25, 0.03125),
        "w1.v": (0.25, 0.22265625), "o1.bias_v": (0.0625, 0.0556640625),
        "w1.m_hat": (1.0, 1 / 12), "o1.bias_m_hat": (0.5, 1 / 24),
        "w1.v_hat": (1.0, 57 / 112), "o1.bias_v_hat": (0.25, 57 / 448),
        "w1.change": (-0.25, -0.03125 / (math.sqrt(57 / 112) + 0.5)),
        "o1.bias_change": (-0.1875, -0.015625 / (math.sqrt(57 / 448) + 0.5)),
    }),
    # then w1 = 1/4, bias = 1/3, out = 5/6: dE/dw1 = -1/3
    "rmsprop": (ng.RMSProp(0.75, 0.5), 0.25, {
        "w1.mean_square": (0.25, 31 / 144), "o1.bias_mean_square": (0.0625, 31 / 576),
        "w1.change": (-0.25, (1 / 12) / (math.sqrt(31) / 12 + 0.5)),
        "o1.bias_change": (-1 / 6, (1 / 24) / (math.sqrt(31) / 24 + 0.5)),
    }),
}  # fmt: skip
for _, _, _values in BY_HAND.values():  # rate times gradient, or what stands in its place
    _values |= {
        address.replace("change", "step"): (-first, -second)
        for address, (first, second) in _values.items()
        if address.endswith("change")
    }
REMEMBERED = {
    "velocity": "momentum", "squares": "adagrad", "mean_square": "rmsprop",
    "unshifted": "nesterov", "rescaled": "adadelta", "mean_square_change": "adadelta",
    "m": "adam", "v": "adam", "m_hat": "adam", "v_hat": "adam",
}  # fmt: skip


def small() -> ng.Network:
    """Return i1 -> o1 with w1 = bias = 0.5 and no squashing."""
    return ng.Network.layered(1, 1, weights=0.5, bias=0.5, activation="identity")


def shared() -> ng.Network:
    """Return two outputs that are the same weight times inputs 1 and 3, targets 1 and 2."""
    net = ng.Network(loss="squared_error")
    for k in "12":
        net.add_neuron(f"x{k}")
        net.add_neuron(f"y{k}", activation="identity")
        net.connect(f"x{k}", f"y{k}", 0.5, label=f"W{k}", tie="W")
    return net


@pytest.mark.known_numbers
@pytest.mark.parametrize("engine", ENGINES_HERE)
@pytest.mark.parametrize("name", BY_HAND)
def test_two_updates_by_hand(name: str, engine: str) -> None:
    """Every engine leaves what two updates by hand leave: recorded, as value, attribute, item."""
    optimizer, rate, by_hand = BY_HAND[name]
    net = small()
    history = net.train(
        [2.0], [1.0], learning_rate=rate, epochs=2, optimizer=optimizer, record=list(by_hand),
        engine=engine,
    )  # fmt: skip
    for address, values in by_hand.items():
        assert history[address].tolist() == pytest.approx(values, rel=1e-14)
        owner, _, quantity = address.partition(".")
        element = net.connection("w1") if owner == "w1" else net.neuron(owner)
        assert net.value(address) == pytest.approx(values[1], rel=1e-14)
        assert getattr(element, quantity) == element[quantity] == net.value(address)


@pytest.mark.parametrize("name", BY_HAND)
def test_an_explanation_has_the_number_of_the_first_update(name: str) -> None:
    """What the first update computes is explained from a pass, and agrees with the hand."""
    optimizer, rate, by_hand = BY_HAND[name]
    net = small()
    net.forward([2.0])
    net.backward([1.0])
    for address, (first, _) in by_hand.items():
        explanation = ng.explain(net, address, learning_rate=rate, optimizer=optimizer)
        assert explanation.value == pytest.approx(first, rel=1e-14)
        gradient = "w1.gradient" if address.startswith("w1.") else "o1.bias_gradient"
        assert explanation.step(gradient).value == (1.0 if gradient == "w1.gradient" else 0.5)
        for text in (explanation.text(), explanation.markdown(), explanation.latex()):
            assert text


@pytest.mark.parametrize("name", BY_HAND)
def test_an_update_is_reached_by_influence(name: str) -> None:
    """An input changes every number of an update; a number of it what its rules come to later."""
    optimizer, _, by_hand = BY_HAND[name]
    assert set(by_hand) <= set(ng.influence(small(), "i1", optimizer=optimizer).addresses)
    rules = [key for key, _ in optimizer.equations]
    for number, key in enumerate(rules):
        found = ng.influence(small(), f"w1.{key}", optimizer=optimizer).update
        used = {key}
        for later, formula in optimizer.equations[number + 1 :]:
            if used & set(formula.variables):
                used.add(later)
        later = [f"w1.{k}" for k in rules[number + 1 :] if k in used]
        # The step follows from what the change does; from what is only printed, nothing.
        step = ["w1.step"] if key != "change" else []
        assert found == ((*later, *step, "w1.new_weight") if "change" in used else ())
        assert key == "unshifted" or "change" in used


@pytest.mark.parametrize("engine", ENGINES_HERE)
@pytest.mark.parametrize("optimizer", [ng.GradientDescent(), ng.Momentum(0.5)])
def test_a_step_is_the_rate_times_the_gradient_of_either_sign(
    optimizer: ng.Optimizer, engine: str
) -> None:
    """With deltas of target - out the gradient turns, and so does the step; the change does not."""
    net = small()
    net.delta = "target - out"
    history = net.train(
        [2.0], [1.0], learning_rate=0.125, epochs=2, optimizer=optimizer, engine=engine,
        record=["w1.gradient", "w1.step", "w1.change", "o1.bias_step"],
    )  # fmt: skip
    assert history["w1.gradient"].tolist() == pytest.approx([-1.0, -0.375])
    second = 0.125 * (-0.375 if optimizer.name == "gradient_descent" else -0.5 - 0.375)
    assert history["w1.step"].tolist() == pytest.approx([-0.125, second])
    assert history["o1.bias_step"].tolist() == pytest.approx([-0.0625, second / 2])
    assert history["w1.change"].tolist() == pytest.approx([-0.125, second])
    assert net.connection("w1").step == net.value("w1.step") == pytest.approx(second)


def test_a_step_is_explained_without_its_minus() -> None:
    """The rate times the gradient, also where a network has the other sign."""
    net = small()
    for delta, gradient in (("out - target", 1.0), ("target - out", -1.0)):
        net.delta = delta
        net.forward([2.0])
        net.backward([1.0])
        step = ng.explain(net, "w1.step", learning_rate=0.125)
        assert step.value == 0.125 * gradient
        assert "step_w1 = η * " in step.text()


def test_what_does_not_depend_on_the_learning_rate_is_explained_without_one() -> None:
    """A running mean needs no learning rate; the change that follows from it does."""
    net = small()
    net.forward([2.0])
    net.backward([1.0])
    assert ng.explain(net, "w1.m_hat", optimizer="adam").value == pytest.approx(1.0)
    for address, order in [("w1.change", "simultaneous"), ("w1.m", "in_place")]:
        with pytest.raises(ng.InvalidValueError, match=f"'{address}' depends on the learning rate"):
            ng.explain(net, address, optimizer="adam", order=order)


@pytest.mark.parametrize(("quantity", "optimizer"), REMEMBERED.items())
def test_what_another_optimizer_remembers_is_refused_with_one_that_does(
    quantity: str, optimizer: str
) -> None:
    """Explaining and following a number that the optimiser has not names one that has it."""
    net = small()
    net.forward([2.0])
    net.backward([1.0])
    said = f"is no number of gradient_descent: name an optimizer .* optimizer='{optimizer}'"
    for address in (f"w1.{quantity}", f"o1.bias_{quantity}"):
        with pytest.raises(ng.InvalidValueError, match=said):
            ng.explain(net, address, learning_rate=0.5)
        with pytest.raises(ng.InvalidValueError, match=said):
            ng.influence(net, address)
        with pytest.raises(ng.NotComputedError, match=f"call net.train.*'{optimizer}'"):
            net.value(address)
        with pytest.raises(ng.UnknownAttributeError, match=f"is computed by .*'{optimizer}'"):
            net.set_value(address, 1.0)
    small().train(
        [2.0], [1.0], learning_rate=0.5, epochs=1, optimizer=optimizer, record=f"w1.{quantity}"
    )


def test_a_frozen_parameter_has_no_change() -> None:
    """No update changes a frozen bias: nothing is carried, explained or influenced."""
    net = small()
    net.neuron("o1").trainable = False
    net.forward([2.0])
    net.backward([1.0])
    said = "there is no 'o1.bias_change': the bias of neuron 'o1' is frozen"
    with pytest.raises(ng.NotComputedError, match=said):
        ng.explain(net, "o1.bias_change", learning_rate=0.5)
    with pytest.raises(ng.NotComputedError, match=said):
        ng.influence(net, "o1.bias_change")
    net.update_weights(0.5)
    assert (net.value("w1.change"), "bias_change" in net.neuron("o1")) == (-0.5, False)
    with pytest.raises(ng.NotComputedError, match="only a trainable parameter has one"):
        net.value("o1.bias_change")


@pytest.mark.known_numbers
@pytest.mark.parametrize("engine", ENGINES_HERE)
def test_own_gradients_by_hand(engine: str) -> None:
    """dE/dW of one use of a shared weight alone: 2 * (0.5 - 1) * 1 and 2 * (1.5 - 2) * 3."""
    net = shared()
    history = net.train(
        [1.0, 3.0], [1.0, 2.0], learning_rate=0.0625, epochs=1, engine=engine,
        record=["W1.own_gradient", "W2.own_gradient", "W1.gradient", "W1.change"],
    )  # fmt: skip
    assert [history[address].item() for address in history] == [-1.0, -3.0, -4.0, 0.25]
    assert net.edges["x2", "y2"].own_gradient == net.value("W2.own_gradient") == -3.0
    assert net.value("W2.weight") == 0.75


@pytest.mark.known_numbers
def test_a_shared_parameter_changes_in_every_place() -> None:
    """What follows from a number of a shared weight follows in all places; it stays one weight."""
    net = shared()
    net.forward([1.0, 3.0])
    net.backward([1.0, 2.0])
    followed = ng.influence(net, "W1.velocity", optimizer="momentum").update
    assert followed == (
        "W2.velocity", "W1.change", "W1.step", "W1.new_weight",
        "W2.change", "W2.step", "W2.new_weight",
    )  # fmt: skip
    # The velocity is dE/dW = -4: W = 0.5 + 0.25 * 4. With the velocity 2, W = 0.5 - 0.25 * 2.
    changed = ng.what_if(net, {"W2.velocity": 2.0}, learning_rate=0.25, optimizer="momentum")
    for k in "12":
        assert changed[f"W{k}.new_weight"].before == 1.5
        assert changed[f"W{k}.new_weight"].after == 0.0


@pytest.mark.parametrize(
    ("address", "options", "said"),
    [
        ("w1.velocity", {"learning_rate": 0.1}, "'w1.velocity' is no number of adam"),
        ("w1.m", {}, "'w1.m' is not computed in this round.*: give a learning rate"),
        ("w1.own_gradient", {}, "'w1.own_gradient' is not computed in this round"),
        ("w1.share", {}, "'w1.share' is not computed in this round"),
    ],
)
def test_what_if_refuses_a_number_that_the_round_does_not_compute(
    address: str, options: dict[str, float], said: str
) -> None:
    """Nothing would follow from it: that is said, and what is missing."""
    net = small()
    net.forward([2.0])
    with pytest.raises(ng.InvalidValueError, match=r"computed in this round.*: give targets"):
        ng.what_if(net, {"w1.gradient": 1.0})
    net.backward([1.0])
    with pytest.raises(ng.InvalidValueError, match=said):
        ng.what_if(net, {address: 1.0}, optimizer="adam", **options)


@pytest.mark.parametrize("every", [1, 5])
@pytest.mark.parametrize(
    ("address", "trainable"),
    [
        ("w1.velocity", True), ("w1.own_gradient", True), ("w1.message_slope", True),
        ("o1.bias_squares", True), ("w1.change", False), ("w1.m", False),
    ],
)  # fmt: skip
def test_training_refuses_to_record_what_it_does_not_compute(
    address: str, trainable: bool, every: int
) -> None:
    """Before its first step, so that a failed call leaves the network as it was."""
    net = small()
    net.edges["i1", "o1"].trainable = trainable
    quantity = address.partition(".")[2]
    with pytest.raises(ng.UnknownNameError, match=f"training computes no {quantity} of"):
        net.train(
            [2.0], [1.0], learning_rate=0.5, epochs=7, optimizer="adam", record=address,
            every=every,
        )  # fmt: skip
    assert (net.value("w1.weight"), net.value("o1.bias")) == (0.5, 0.5)


def test_only_a_shared_parameter_has_an_own_gradient() -> None:
    """Where a weight is used once, the message says which parameters have one."""
    net = small()
    net.forward([2.0])
    net.backward([1.0])
    with pytest.raises(ng.NotComputedError, match="only a shared parameter has one"):
        net.value("w1.own_gradient")
    with pytest.raises(ng.NotComputedError, match="only a connection into a neuron whose combine"):
        net.value("w1.message_slope")
    for quantity in ("own_gradient", "message_slope", "share"):
        with pytest.raises(ng.NotComputedError, match=f"'w1.{quantity}' is not computed"):
            ng.influence(net, f"w1.{quantity}")


def test_an_update_without_memory_leaves_its_change() -> None:
    """`update_weights` and `step` leave the change on the objects; the next pass takes it away."""
    net = small()
    net.step([2.0], [1.0], 0.125)
    assert (net.value("w1.change"), net.neuron("o1").bias_change) == (-0.125, -0.0625)
    net.forward([2.0])
    assert "change" not in net.connection("w1")


def test_a_trace_carries_the_change_with_the_weight() -> None:
    """Walking to a new weight brings its change; walking back takes it away."""
    net = small()
    steps = ng.trace(net, [2.0], [1.0], learning_rate=0.125)
    steps.go_to("w1.weight")
    assert net.value("w1.change") == -0.125
    assert "bias_change" not in net.neuron("o1")
    steps.back()
    assert "change" not in net.connection("w1")


def test_a_copy_has_the_numbers_of_an_update() -> None:
    """What updates leave is copied with the network, and is not shared."""
    net = small()
    net.train([2.0], [1.0], learning_rate=0.375, epochs=1, optimizer=ng.Adam(0.5, 0.75, 0.5))
    twin = net.copy()
    net.forward([2.0])
    assert (twin.value("w1.m"), "m" in net.connection("w1")) == (0.5, False)


@pytest.mark.parametrize("name", BY_HAND)
def test_a_picture_shows_what_an_update_left(name: str) -> None:
    """It is written at the connection and in the neuron, and gives a line its look."""
    optimizer, rate, by_hand = BY_HAND[name]
    net = small()
    net.train([2.0], [1.0], learning_rate=rate, epochs=1, optimizer=optimizer)
    quantities = [address.partition(".")[2] for address in by_hand]
    picture = drawing.draw_network(net, quantities, digits=4, strength="change")
    written = "\n".join(text.get_text() for text in picture.ax.texts).splitlines()
    for quantity, (first, _) in zip(quantities, by_hand.values(), strict=True):
        (shown,) = [text for text in written if text.startswith(f"{quantity}=")]
        number = float(shown.partition("=")[2].replace("−", "-"))
        assert number == pytest.approx(first, rel=1e-3)
    assert "negative change" in written
    with pytest.raises(ng.NotComputedError, match="no connection has a value of change yet"):
        drawing.draw_network(small(), "change")


SCENARIO = """\
title = "One round of Adam"
author = "A. Teacher"
year = 2026
source = "lesson 2"

[network]
neurons = [{ name = "i1" }, { name = "o1", activation = "identity", bias = 0.5 }]
connections = [{ label = "w1", pre = "i1", post = "o1", weight = 0.5 }]

[data]
inputs = { i1 = 2.0 }
targets = { o1 = 1.0 }

[[runs]]
name = "adam"
order = "simultaneous"
learning_rate = 0.375
optimizer = { name = "adam", beta1 = 0.5, beta2 = 0.75, epsilon = 0.5 }

[[runs.steps]]
do = "train"
rounds = 1
printed = { "w1.m_hat" = "1.00", "w1.change" = "-0.25", "o1.bias_v" = "0.0625" }
"""


@pytest.fixture
def file(tmp_path: Path) -> str:
    """Return the path of a scenario whose run is one update of Adam."""
    path = tmp_path / "one_round.toml"
    path.write_text(SCENARIO, encoding="utf-8")
    return str(path)


def test_commands_show_what_an_update_left(file: str, capsys: pytest.CaptureFixture[str]) -> None:
    """A file may print it; run reproduces, inspect shows, explain derives and follows it."""
    assert main(["run", file]) == 0
    assert main(["audit", file]) == 0
    capsys.readouterr()
    assert main(["inspect", file, "w1", "--at", "1", "--json"]) == 0
    shown = json.loads(capsys.readouterr().out)
    assert '"m_hat": 1.0' in json.dumps(shown)
    assert '"change": -0.25' in json.dumps(shown)
    assert main(["explain", file, "w1.m_hat"]) == 0
    assert "m_hat_w1+ = m_w1+/correction1 = 0.5/0.5 = 1" in capsys.readouterr().out
    assert main(["explain", file, "w1.change", "--at", "1", "--depth", "0"]) == 0
    assert "-0.375*1/(sqrt(1) + 0.5)" in capsys.readouterr().out
    assert main(["explain", file, "w1.change", "--learning-rate", "0.75", "--depth", "0"]) == 0
    assert "w1.change = -0.5" in capsys.readouterr().out
    assert main(["explain", file, "--influence", "w1.v"]) == 0
    assert "w1.v_hat, w1.change, w1.step, w1.new_weight" in capsys.readouterr().out


def test_a_command_refuses_what_the_optimizer_of_the_run_has_not(
    file: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """The velocity of a run with Adam is wrong use, and the message names who has one."""
    assert main(["explain", file, "w1.velocity"]) == 2
    assert "'w1.velocity' is no number of adam" in capsys.readouterr().err


def test_every_row_has_one_name_and_a_meaning() -> None:
    """No two quantities have a name in common, and each says what it is."""
    names = [name for row in QUANTITIES.values() for name in (row.name, row.of_bias) if name]
    assert len(names) == len(set(names)) == len(BY_ADDRESS)
    assert all(row.meaning and row.symbol and row.latex for row in QUANTITIES.values())


@pytest.mark.parametrize(("quantity", "optimizer"), REMEMBERED.items())
def test_the_optimizer_named_in_a_row_has_that_quantity(quantity: str, optimizer: str) -> None:
    """What a row says an optimiser remembers stands among its rules."""
    assert QUANTITIES[quantity].optimizer == optimizer
    assert quantity in dict(ng.get_optimizer(optimizer).equations)


# -- every row, through every reader, on a network that has everything ---------------------------

INPUTS = [list(sample.values()) for sample in SAMPLES]
WANTED = [list(target.values()) for target in TARGETS]

#: By quantity, who computes it here: of what only some optimisers remember, the one that does.
OPTIMIZERS = {name: row.optimizer or "adam" for name, row in QUANTITIES.items()}
#: The quantities with values, by what addresses call them.
NAMES = [name for name in BY_ADDRESS if BY_ADDRESS[name].carried]
OF_A_STEP = [name for name in NAMES if BY_ADDRESS[name].phase in ("", *PHASES)]
OF_A_PARAMETER = [
    name
    for name in OF_A_STEP
    if BY_ADDRESS[name].owner == "parameter" and BY_ADDRESS[name].name != "own_gradient"
]
OF_A_ROUND = [name for name in NAMES if BY_ADDRESS[name].phase in PHASES]


@cache
def wanted(optimizer: str) -> dict[str, float]:
    """Return all the numbers of the last of two online steps, calculated apart."""
    return online(optimizer)[1]


def of(name: str) -> dict[str, float]:
    """Return the values of one quantity by address."""
    values = wanted(OPTIMIZERS[BY_ADDRESS[name].name])
    found = {key: value for key, value in values.items() if key.endswith(f".{name}")}
    assert found, name
    return found


def trained(name: str, **options: object) -> tuple[ng.Network, ng.History]:
    """Return the network after both steps, by the optimiser that has the quantity."""
    net = everything().network()
    optimizer = OPTIMIZERS[BY_ADDRESS[name].name]
    history = net.train(
        INPUTS, WANTED, learning_rate=RATE, epochs=1, batch_size=1, optimizer=optimizer,
        **options,  # type: ignore[arg-type]
    )  # fmt: skip
    return net, history


@pytest.mark.parametrize("name", OF_A_STEP)
def test_everywhere_attribute_and_address(name: str) -> None:
    """After online updates objects carry the numbers of the last one; others have none."""
    net, _ = trained(name)
    values = of(name)
    for address, value in values.items():
        assert net.value(address) == pytest.approx(value, rel=1e-9, abs=1e-12), address
        element, key = net.owners(address)[0]
        assert getattr(element, key) == element[key] == net.value(address)
    carriers = [*dict(net.nodes).values(), *dict(net.edges).values()]
    assert sum(name in element for element in carriers) == len(values)


@pytest.mark.parametrize("name", OF_A_PARAMETER)
def test_everywhere_a_tie_is_an_address(name: str) -> None:
    """The name of a tie has the numbers of its parameter, in Python, records and explanations."""
    is_bias = BY_ADDRESS[name].of_bias == name
    tie, member = ("b", "o1") if is_bias else ("W", "s1")
    net, history = trained(name, record=[f"{tie}.{name}"])
    value = of(name)[f"{member}.{name}"]
    assert net.value(f"{tie}.{name}") == pytest.approx(value, rel=1e-9)
    assert history[f"{tie}.{name}"][-1] == net.value(f"{tie}.{name}")
    assert ng.explain(net, f"{tie}.{name}", depth=0).value == net.value(f"{tie}.{name}")


@pytest.mark.parametrize("name", [*OF_A_STEP, "new_weight", "new_bias"])
def test_everywhere_explanation(name: str) -> None:
    """Its value is the number, its lines are exact, and its text and LaTeX show it."""
    net, _ = trained(name)
    for address, value in of(name).items():
        explanation = ng.explain(net, address)
        assert explanation.value == pytest.approx(value, rel=1e-9, abs=1e-12), address
        assert all(line.is_exact for step in explanation.steps for line in step.equations)
        target, _, quantity = explanation.address.rpartition(".")
        assert explanation.text().startswith(f"{target}.{quantity} = ")
        assert "\\begin{" in explanation.latex()


@pytest.mark.parametrize("name", [*OF_A_STEP, "curvature", "bias_curvature", "gauss_newton"])
def test_everywhere_recording(name: str) -> None:
    """What training records is what the last step computed."""
    _, history = trained(name, record=list(of(name)))
    rel, least = (1e-7, 1e-9) if "curvature" in name else (1e-9, 1e-12)
    for address, value in of(name).items():
        assert history[address][-1] == pytest.approx(value, rel=rel, abs=least), address


@pytest.mark.parametrize("name", OF_A_ROUND)
def test_everywhere_trace(name: str) -> None:
    """At the end of a walk the objects carry the numbers of the first step of a training."""
    net, trained_net = everything().network(), everything().network()
    optimizer = OPTIMIZERS[BY_ADDRESS[name].name]
    steps = ng.trace(net, INPUTS[0], WANTED[0], RATE, optimizer=optimizer)
    trained_net.train(INPUTS[0], WANTED[0], learning_rate=RATE, epochs=1, optimizer=optimizer)
    steps.go_to(len(steps))
    for address in of(name):
        assert net.value(address) == trained_net.value(address)
    steps.go_to(0)
    assert not any(name in net.owners(address)[0][0] for address in of(name))


@pytest.mark.parametrize("name", NAMES)
def test_everywhere_drawing(name: str) -> None:
    """A picture writes it wherever an object has it."""
    net = everything().network()
    values = of(name) if name in OF_A_STEP else {}
    if name in OF_A_STEP:
        net, _ = trained(name)
    else:
        net.forward(INPUTS[1])
        net.curvatures(WANTED[1])
        net.attribute(WANTED[1])
    picture = drawing.draw_network(net, [name], digits=5)
    texts = " ".join(text.get_text() for text in picture.ax.texts)
    plt.close("all")
    for value in values.values():
        assert drawing.style.number(value, 5) in texts, (value, texts)


@pytest.mark.parametrize("name", [*NAMES, "new_weight", "new_bias"])
def test_everywhere_influence(name: str) -> None:
    """Of each number can be asked what follows from it."""
    net, optimizer = everything().network(), OPTIMIZERS[BY_ADDRESS[name].name]
    net.forward(INPUTS[1])
    net.backward(WANTED[1])
    net.curvatures(WANTED[1])
    net.attribute(WANTED[1])
    elements = [*dict(net.nodes).values(), *dict(net.edges).values()]
    there = [f"{element.name}.{name}" for element in elements if name in element]
    for address in there or of(name):
        assert ng.influence(net, address, optimizer=optimizer).address == address


@pytest.mark.parametrize("name", OF_A_ROUND)
def test_everywhere_what_if(name: str) -> None:
    """Another value stands in its place, and changes no more than it influences."""
    optimizer = OPTIMIZERS[BY_ADDRESS[name].name]
    net = everything().network()
    net.forward(INPUTS[1])
    net.backward(WANTED[1])
    for address in of(name):
        what = ng.what_if(net, {address: 0.3125}, learning_rate=RATE, optimizer=optimizer)
        assert what[address].after == 0.3125
        changed = {change.address for change in what.changes}
        influenced = set(ng.influence(net, address, optimizer=optimizer).addresses)
        carried = {key for key in influenced | {address} if key in OF_NETWORK or "." in key}
        assert changed <= carried | {address}, changed - carried


def test_second_derivatives_and_shares() -> None:
    """Outside a training they are those of the last forward pass, and explained exactly."""
    net, plain = everything().network(), everything()
    net.forward(INPUTS[1])
    net.backward(WANTED[1])
    net.curvatures(WANTED[1])
    for address, value in second_derivatives(plain, 1).items():
        assert net.value(address) == pytest.approx(value, rel=1e-7, abs=1e-9), address
        assert ng.explain(net, address).value == net.value(address)
    net.attribute(WANTED[1])
    values = numbers(plain, 1)
    for name in ("o1", "o2"):
        error = values[f"{name}.target"] - values[f"{name}.out"]
        assert net.value(f"{name}.error") == pytest.approx(error, rel=1e-12)
        into = [wire for wire in plain.wires if wire.post == name]
        for wire in into:
            share = error * wire.weight / math.fsum(other.weight for other in into)
            assert net.value(f"{wire.label}.share") == pytest.approx(share, rel=1e-12)
            assert ng.explain(net, f"{wire.label}.share").value == net.value(f"{wire.label}.share")
