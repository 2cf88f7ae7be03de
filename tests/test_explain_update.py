"""New weights are explained as the run that leads to them makes them."""

import io
import math
import sys
from pathlib import Path

import numpy as np
import pytest
import strategies as st
from hypothesis import given, settings
from test_explain import after

import neurograph as ng
from neurograph.cli import main
from neurograph.explanations import explain, influence
from neurograph.optimizers import Adam, Optimizer

RATE = 0.25


def by_hand(optimizer: str, w: float, g: float) -> float:
    """Return the first step of an optimiser with its usual constants, from the papers."""
    # What is remembered is the first gradient, or its square, weighed.
    return {
        "gradient_descent": lambda: w - RATE * g,
        "momentum": lambda: w - RATE * g,
        "nesterov": lambda: w - RATE * (g + 0.9 * g),
        "adagrad": lambda: w - RATE * g / (math.sqrt(g * g) + 1e-8),
        "rmsprop": lambda: w - RATE * g / (math.sqrt(0.1 * g * g) + 1e-8),
        "adadelta": lambda: w - RATE * g * 1e-3 / math.sqrt(0.05 * g * g + 1e-6),
        # The corrections undo the weights of the means in the first step.
        "adam": lambda: w - RATE * g / (abs(g) + 1e-8),
    }[optimizer]()


NAMES = ("gradient_descent", "momentum", "nesterov", "adagrad", "rmsprop", "adadelta", "adam")


@pytest.mark.parametrize("name", NAMES)
def test_the_first_step_of_every_optimizer(name: str) -> None:
    """A new weight and a new bias are those of the published formulas, and of a first epoch."""
    net = after("backward")
    trained = net.copy()
    trained.train([0.05, 0.1], [0.01, 0.99], learning_rate=RATE, epochs=1, optimizer=name)
    for address, gradient in (("w1.weight", "w1.gradient"), ("w5.weight", "w5.gradient")):
        new = address.replace(".", ".new_")
        explanation = explain(net, new, learning_rate=RATE, optimizer=name)
        wanted = by_hand(name, net.value(address), net.value(gradient))
        assert explanation.value == pytest.approx(wanted, rel=1e-14)
        assert explanation.value == trained.value(address)
        assert all(line.is_exact for step in explanation.steps for line in step.equations)


def test_what_an_optimizer_remembers_is_said() -> None:
    """The means of Adam after one step are 0.1 g and 0.001 g^2, and their corrections the same."""
    net = ng.Network.layered(1, 1, weights=1.0, activation="identity")
    net.forward([1.0])
    net.backward([-3.0])
    explanation = explain(net, "w1.new_weight", learning_rate=0.1, optimizer=Adam())
    values = {step.address: step.value for step in explanation.steps}
    wanted = {
        "w1.new_weight": 0.9, "w1.change": -0.1, "w1.m": 0.4, "w1.v": 0.016, "w1.m_hat": 4.0,
        "w1.v_hat": 16.0, "correction1": 0.1, "correction2": 0.001, "w1.gradient": 4.0,
    }  # fmt: skip
    assert {address: values[address] for address in wanted} == pytest.approx(wanted)
    assert explanation.step("w1.m").symbolic.startswith("m_w1+ = beta1*m_w1 + (1 - beta1)*")
    assert "begins at 0" in " ".join(explanation.root.notes)


def test_an_optimizer_of_ones_own_is_explained() -> None:
    """Its formula is shown with the symbols of the network."""
    rule = ng.Formula(
        "parameter - learning_rate * sign(gradient)", ["parameter", "learning_rate", "gradient"]
    )
    manhattan = Optimizer("manhattan", rules=(("parameter", rule),))
    root = explain(after("backward"), "w5.new_weight", learning_rate=0.5, optimizer=manhattan).root
    assert root.symbolic == "w5+ = w5 - η*sign(∂E_total/∂w5)"
    assert root.value == pytest.approx(0.4 - 0.5)


# -- the update that was made ----------------------------------------------------------------------


class ByHand:
    """One weight w of y = w * x with the error y^2 / 2, trained with the formulas of the papers."""

    def __init__(self) -> None:
        self.w, self.m, self.v, self.t = 1.0, 0.0, 0.0, 0

    def step(self, optimizer: str, xs: list[float]) -> None:
        """Change the weight by the mean of a batch."""
        self.t += 1
        self.before, self.g = self.w, self.w * sum(x * x for x in xs) / len(xs)
        g, t = self.g, self.t
        match optimizer:
            case "gradient_descent":
                self.w -= RATE * g
            case "momentum":
                self.m = 0.9 * self.m + g
                self.w -= RATE * self.m
            case "nesterov":
                self.m = 0.9 * self.m + g
                self.w -= RATE * (g + 0.9 * self.m)
            case "adagrad":
                self.v += g * g
                self.w -= RATE * g / (math.sqrt(self.v) + 1e-8)
            case "rmsprop":
                self.v = 0.9 * self.v + 0.1 * g * g
                self.w -= RATE * g / (math.sqrt(self.v) + 1e-8)
            case "adadelta":
                self.v = 0.95 * self.v + 0.05 * g * g
                rescaled = g * math.sqrt(self.m + 1e-6) / math.sqrt(self.v + 1e-6)
                self.m = 0.95 * self.m + 0.05 * rescaled**2
                self.w -= RATE * rescaled
            case "adam":
                self.m, self.v = 0.9 * self.m + 0.1 * g, 0.999 * self.v + 0.001 * g * g
                scale = math.sqrt(self.v / (1 - 0.999**t)) + 1e-8
                self.w -= RATE * self.m / (1 - 0.9**t) / scale
            case _:
                raise NotImplementedError(optimizer)


@pytest.mark.parametrize("batch_size", [1, 2, None])
@pytest.mark.parametrize("optimizer", NAMES)
def test_the_last_update_of_a_shuffled_training(optimizer: str, batch_size: int | None) -> None:
    """Three epochs in a new order each: the last step, calculated by hand, is what is shown."""
    xs, n = [0.5, 1.0, -1.5], batch_size or 3
    hand, rng = ByHand(), np.random.default_rng(7)
    for _ in range(3):
        order = rng.permutation(3).tolist() if n < 3 else [0, 1, 2]
        for start in range(0, 3, n):
            hand.step(optimizer, [xs[k] for k in order[start : start + n]])
    net = ng.Network.layered(1, 1, weights=1.0, activation="identity")
    net.train(
        [[x] for x in xs], [[0.0]] * 3, learning_rate=RATE, epochs=3, batch_size=batch_size,
        optimizer=optimizer, shuffle=True, seed=7,
    )  # fmt: skip
    explanation = explain(net, "w1.weight", depth=9)
    values = {step.address: step.value for step in explanation.steps}
    assert explanation.value == net.value("w1.weight") == pytest.approx(hand.w, rel=1e-12)
    assert explain(net, "w1.gradient").value == pytest.approx(hand.g, rel=1e-12)
    assert explain(net, "w1.change").value == pytest.approx(hand.w - hand.before, rel=1e-9)
    if optimizer in ("momentum", "nesterov"):
        assert values["w1.velocity"] == pytest.approx(hand.m, rel=1e-12)
    if optimizer == "adam":
        assert (values["w1.m"], values["w1.v"]) == pytest.approx((hand.m, hand.v), rel=1e-12)
    assert all(line.is_exact for step in explanation.steps for line in step.equations)
    assert f"number {hand.t} of its training" in explanation.root.words


def test_the_update_of_a_step_in_place_is_that_of_the_page() -> None:
    """Mazur's program: w1 after one round in which the output weights have changed before."""
    scenario = ng.load_scenario("mazur_2015")
    net = scenario.network()
    net.step(scenario.inputs, scenario.targets, 0.5, order="in_place")
    new = explain(net, "w1.weight", depth=5)
    # delta_o1 and delta_o2 of the page, sent back through 0.35891648 and 0.51130127.
    sent = 0.138498562 * 0.35891648 - 0.0380982366 * 0.51130127
    wanted = 0.15 - 0.5 * sent * 0.241300709 * 0.05
    assert new.value == net.value("w1.weight") == pytest.approx(wanted, abs=1e-9)
    assert "Weights change in place" in " ".join(new.root.notes)
    assert all(line.is_exact for step in new.steps for line in step.equations)


def test_a_copy_explains_the_last_update() -> None:
    """A copy of a trained network has what the update started from, too."""
    net = ng.Network.layered(1, 1, weights=1.0, activation="identity")
    net.step([2.0], [0.0], RATE)
    copied = net.copy()
    assert explain(copied, "o1.net").root.numeric == "1 * 2"
    assert explain(copied, "w1.weight").root.numeric == "1 - 0.25*4"


def test_a_pass_is_explained_with_the_weights_that_it_was_made_with() -> None:
    """After an update net_o1 is still 1 * 2, though the weight is 1 - 0.25 * 2 * 2 = 0 by now."""
    net = ng.Network.layered(1, 1, weights=1.0, activation="identity")
    net.forward([2.0])
    net.backward([0.0])
    net.update_weights(RATE)
    assert explain(net, "o1.net").root.numeric == "1 * 2"
    assert explain(net, "w1.new_weight").value == net.value("w1.weight") == 0.0
    again = "call net.forward"
    with pytest.raises(ng.NotComputedError, match=again):  # the next one has no pass yet
        explain(net, "w1.new_weight", learning_rate=RATE)
    with pytest.raises(ng.NotComputedError, match=again):
        explain(net, "w1.m", optimizer="adam")
    net.update_weights(RATE)  # by gradients that are of the weight before
    with pytest.raises(ng.NotComputedError, match=again):
        explain(net, "w1.change")
    net.step([2.0], [0.0], RATE)
    assert explain(net, "w1.change").value == 1.0
    net.connection("w1").weight = 3.0
    with pytest.raises(ng.NotComputedError, match=again):
        explain(net, "w1.change")


# -- in place --------------------------------------------------------------------------------------


def chain() -> ng.Network:
    """Return x -> h -> y, linear, with u = 1 and w = 2, after both passes of x = 1, target 0."""
    net = ng.Network()
    net.add_neuron("x")
    net.add_neuron("h", activation="identity")
    net.add_neuron("y", activation="identity")
    net.connect("x", "h", weight=1.0, label="u")
    net.connect("h", "y", weight=2.0, label="w")
    net.forward([1.0])
    net.backward([0.0])
    return net


def test_in_place_the_error_comes_back_over_the_new_weight() -> None:
    """By hand: w+ = 2 - 0.1*2 = 1.8, the error over it is 2*1.8 = 3.6, and u+ = 1 - 0.36."""
    explanation = explain(chain(), "u.new_weight", learning_rate=0.1, order="in_place")
    assert explanation.value == pytest.approx(0.64, rel=1e-15)
    message = explanation.step("w.error_message")
    assert message.symbolic.endswith("= δ_y * w+")
    assert message.value == pytest.approx(3.6)
    assert explanation.step("w.new_weight").value == pytest.approx(1.8)
    assert "not that of the total error" in explanation.text().replace("\n  ", " ")
    assert explain(chain(), "u.new_weight", learning_rate=0.1).value == pytest.approx(0.6)


def new_parameters(net: ng.Network) -> dict[str, str]:
    """Return the address of each weight and bias by that of its new value."""
    old = [f"{net.connection(ends).name}.weight" for ends in net.edges]
    old += [f"{name}.bias" for name, neuron in net.nodes.items() if neuron.bias is not None]
    return {".new_".join(address.rsplit(".", 1)): address for address in old}


@settings(st.CHECKED, max_examples=15)
@given(st.plain_networks(), st.st.sampled_from(["simultaneous", "in_place"]))
def test_every_new_parameter_is_what_a_step_leads_to(plain: st.Plain, order: str) -> None:
    """With ties, frozen weights, batches and skip connections, and every line behind it is true."""
    net = plain.network()
    inputs, targets = plain.data
    net.forward(inputs)
    net.backward(targets)
    stepped = net.copy()
    stepped.step(inputs, targets, RATE, order=order)
    for new, old in new_parameters(net).items():
        explanation = explain(net, new, learning_rate=RATE, order=order)
        assert explanation.value == stepped.value(old)
        assert all(line.is_exact for step in explanation.steps for line in step.equations)


def test_an_order_that_is_none_is_refused() -> None:
    """The nearest is named."""
    with pytest.raises(ng.InvalidValueError, match="did you mean 'in_place'"):
        explain(chain(), "u.new_weight", learning_rate=0.1, order="inplace")
    with pytest.raises(ng.UnknownNameError, match="no optimizer 'adma'"):
        explain(chain(), "u.new_weight", learning_rate=0.1, optimizer="adma")


# -- runs of scenarios -----------------------------------------------------------------------------

ONE = """
title = "One weight"
author = "A. Uthor"
source = "a notebook"
[network]
neurons = [{ name = "x" }, { name = "y", activation = "identity" }]
connections = [{ label = "w", pre = "x", post = "y", weight = 1.0 }]
[data]
inputs = [[1], [2]]
targets = [[0], [0]]
"""


RATED = "learning_rate = 0.1\n"
TRAIN = "steps = [{ do = 'train', rounds = 1 }]"


def file_of(tmp_path: Path, *runs: str, text: str = ONE) -> str:
    """Write a scenario with runs, each its own lines; return its path."""
    path = tmp_path / "one.toml"
    whole = text + "".join(f"[[runs]]\nname = 'run{n}'\n{run}\n" for n, run in enumerate(runs, 1))
    path.write_text(whole, encoding="utf-8")
    return str(path)


def first_line(capsys: pytest.CaptureFixture[str], *words: str) -> str:
    """Return the first line that explain prints."""
    assert main(["explain", *words, "--depth", "0"]) == 0
    return capsys.readouterr().out.splitlines()[0]


# The gradients of the samples at w = 1 are x*x*w: 1 and 4, their mean is 2.5.
@pytest.mark.parametrize(
    ("run", "value"),
    [
        (RATED + TRAIN, 0.75),
        ("learning_rate = 0.1\nsteps = [{ do = 'train', rounds = 9 }]", 0.75),
        (f"{RATED}reduction = 'sum'\n{TRAIN}", 0.5),
        (f"{RATED}samples = [2]\nbatch_size = 1\n{TRAIN}", 0.6),
        (f"{RATED}batch_size = 2\n{TRAIN}", 0.75),
        # The next update of a training batch by batch is by its first one.
        (f"{RATED}batch_size = 1\n{TRAIN}", 0.9),
        (f"{RATED}batch_size = 1\noptimizer = 'nesterov'\n{TRAIN}", 0.81),
        # 'step' is by all samples, whatever the run says of those that train.
        ("learning_rate = 0.1\nbatch_size = 1\nsteps = [{ do = 'step' }]", 0.75),
        ("learning_rate = 0.1\nsteps = [{ do = 'step', learning_rate = 0.2 }]", 0.5),
        ("steps = [{ do = 'step', learning_rate = 0.2 }]", 0.5),
        (f"{RATED}optimizer = 'adam'\n{TRAIN}", 0.9),
        (RATED + TRAIN.replace("1 }", "1, optimizer = 'nesterov' }"), 0.525),
        ("learning_rate = 0.1\nsteps = [{ do = 'set', values = { 'w.weight' = 2.0 } },"
         " { do = 'forward' }, { do = 'backward' }, { do = 'update' }]", 1.5),
        ("learning_rate = 0.1\ndigits = 0\nsteps = [{ do = 'step' }]", 0.7),
    ],
)  # fmt: skip
def test_a_new_weight_is_that_of_the_run(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], run: str, value: float
) -> None:
    """Optimiser, order, batches, rates of a step, rounding and first weights are those stated."""
    said = first_line(capsys, file_of(tmp_path, run), "w.new_weight")
    assert float(said.removeprefix("w.new_weight = ")) == pytest.approx(value, abs=1e-8)


def test_a_new_weight_of_a_run_in_place(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """u+ = 0.64, by hand as above, from the run and from its step; rounded to 0 decimals 0.6."""
    text = ONE.replace('name = "y",', 'name = "h", activation = "identity" }, { name = "y",')
    text = text.replace('{ label = "w", pre = "x", post = "y", weight = 1.0 }',
        '{ label = "u", pre = "x", post = "h", weight = 1.0 },'
        ' { label = "w", pre = "h", post = "y", weight = 2.0 }')  # fmt: skip
    text = text.replace("[[1], [2]]", "[1]").replace("[[0], [0]]", "[0]")
    run = "order = 'in_place'\nlearning_rate = 0.1\nsteps = [{ do = 'step' }]"
    file = file_of(tmp_path, run, f"digits = 0\n{run}", text=text)
    assert first_line(capsys, file, "u.new_weight") == "u.new_weight = 0.64"
    assert first_line(capsys, file, "u.weight", "--at", "step") == "u.new_weight = 0.64"
    # Rounded: the gradient of u, 3.6, is 4.
    assert first_line(capsys, file, "u.new_weight", "--run", "run2") == "u.new_weight = 0.6"


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("size", [1, 2])
def test_a_new_weight_of_a_shuffled_training(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], seed: int, size: int
) -> None:
    """It is by the first samples of NumPy's permutation: w - 0.1 * mean(x*x*w)."""
    text = ONE.replace("[[1], [2]]", "[[1], [2], [3]]").replace("[[0], [0]]", "[[0], [0], [0]]")
    run = f"{RATED}batch_size = {size}\nshuffle = true\nseed = {seed}\n{TRAIN}"
    rows = np.random.default_rng(seed).permutation(3)[:size]
    assert main(["explain", file_of(tmp_path, run, text=text), "w.new_weight"]) == 0
    said = capsys.readouterr().out.splitlines()
    wanted = 1 - 0.1 * np.mean((rows + 1.0) ** 2)
    assert float(said[0].removeprefix("w.new_weight = ")) == pytest.approx(wanted, abs=1e-8)
    samples = f"sample{'s'[: size - 1]} {', '.join(str(row + 1) for row in rows)} of 3"
    assert said[1].endswith(f"after the first of {4 - size} updates, by {samples}")


def test_of_a_large_batch_the_first_samples_are_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Nine of ten samples: eight are named, and one more."""
    numbers = ", ".join(["[1]"] * 10)
    text = ONE.replace("[[1], [2]]", f"[{numbers}]").replace("[[0], [0]]", f"[{numbers}]")
    assert main(["explain", file_of(tmp_path, f"{RATED}batch_size = 9\n{TRAIN}", text=text),
                 "w.new_weight"]) == 0  # fmt: skip
    said = " ".join(capsys.readouterr().out.split())
    assert "by samples 1, 2, 3, 4, 5, 6, 7, 8 and 1 more of 10" in said


def test_mazur_in_place_is_what_inspect_shows(capsys: pytest.CaptureFixture[str]) -> None:
    """The one round in place leads to the weight that the run has after its step."""
    scenario = ng.load_scenario("mazur_2015")
    run = scenario.run("error_after_one_round")
    _, net = next(iter(ng.scenario.play(scenario, run)))
    words = "mazur_2015", "w1.new_weight", "--run", "error_after_one_round", "--digits", "13"
    value = float(first_line(capsys, *words).split(" = ")[1])
    assert value == pytest.approx(net.value("w1.weight"), abs=1e-13)
    assert value == pytest.approx(0.1498176386, abs=1e-10)


def test_of_many_rounds_it_is_said_to_be_the_first(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A reader does not take it for the weight after them."""
    file = file_of(tmp_path, "learning_rate = 0.1\nsteps = [{ do = 'train', rounds = 1000 }]")
    main(["explain", file, "w.new_weight"])
    assert "the weight w after the first of 1,000 updates" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("run", "more", "said"),
    [
        ("steps = [{ do = 'forward' }, { do = 'set', values = { 'w.weight' = 2.0 } }]", (),
         "step 2 of run 'run1', with gradient_descent, sets weights and biases"),
    ],
)  # fmt: skip
def test_what_is_not_one_update_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], run: str, more: tuple[str, ...], said: str
) -> None:
    """It names run, optimiser and reason, and the command that shows what the run leads to."""
    file = file_of(tmp_path, f"learning_rate = 0.1\n{run}")
    assert main(["explain", file, "w.new_weight", *more]) == 2
    error = capsys.readouterr().err
    assert f"'w.new_weight' is not explained: {said}" in error
    command = error.partition("'neurograph ")[2].rstrip("'\n")
    assert main(command.split()) == 0


def test_the_update_after_the_last_training_goes_on_with_its_memory(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Adam's third change of w, where x = 2 and E = w^2 x^2 / 2, from the means of two."""
    training = "optimizer = 'adam'\nsteps = [{ do = 'train', rounds = 2, samples = [2] }]"
    file = file_of(tmp_path, f"learning_rate = {RATE}\n{training}")
    plain = ByHand()
    for _ in range(3):
        plain.step("adam", [2.0])
    assert main(["explain", file, "w.new_weight", "--at", "train", "--digits", "13"]) == 0
    shown = capsys.readouterr().out
    value = float(shown.splitlines()[0].split(" = ")[1])
    assert value == pytest.approx(plain.w, abs=1e-12)


def test_a_weight_after_many_updates_is_explained_by_the_last(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Online it is 1 - 0.1*1 = 0.9, then 0.9 - 0.1*3.6: 0.54."""
    file = file_of(tmp_path, f"{RATED}batch_size = 1\n{TRAIN}")
    main(["explain", file, "w.weight", "--at", "train", "--depth", "0"])
    out = capsys.readouterr().out
    assert out.startswith("w.new_weight = 0.54\n")
    assert "the weight w after the last update, number 2 of its training" in out
    assert "w+ = w - η*∂E_total/∂w = 0.9 - 0.1*3.6 = 0.54" in out


@pytest.mark.parametrize("optimizer", ["momentum", "adam"])
def test_the_update_of_a_second_training(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], optimizer: str
) -> None:
    """It goes on with the weights of the first, and with what that remembered."""
    steps = "steps = [{ do = 'train', rounds = 2 }, { do = 'train', rounds = 1 }]"
    file = file_of(tmp_path, f"{RATED}optimizer = '{optimizer}'\nsamples = [1]\n{steps}")
    w, m, v = 1.0, 0.0, 0.0
    for t in (1, 2, 3):
        g = w  # input 1, target 0
        if optimizer == "momentum":
            m = 0.9 * m + g
            w -= 0.1 * m
        else:
            m, v = 0.9 * m + 0.1 * g, 0.999 * v + 0.001 * g * g
            w -= 0.1 * (m / (1 - 0.9**t)) / (math.sqrt(v / (1 - 0.999**t)) + 1e-8)
    line = first_line(capsys, file, "w.weight", "--at", "2")
    name, _, value = line.partition(" = ")
    assert name == "w.new_weight"
    assert float(value) == pytest.approx(w, abs=1e-9)


# -- exercises -------------------------------------------------------------------------------------


def answer(file: str, **options: object) -> float | None:
    """Return the new weight that an exercise asks for, if it does."""
    sheet = ng.exercises.exercise(file, **options)  # type: ignore[arg-type]
    answers = {question.address: question.value for question in sheet.questions}
    return answers.get("w.weight")


def test_an_exercise_has_the_update_of_the_run(tmp_path: Path) -> None:
    """Of the first sample, the rate of the step, or first weights that the run sets."""
    online = f"{RATED}batch_size = 1\n{TRAIN}"
    own = "samples = [1]\nsteps = [{ do = 'step', learning_rate = 0.2 }]"
    first = (
        "samples = [1]\nlearning_rate = 0.1\nsteps = [{ do = 'set', values = { 'w.weight' = 2.0 }"
        " }, { do = 'step' }]"
    )
    file = file_of(tmp_path, online, own, first)
    values = [answer(file, run=run) for run in ("run1", "run2", "run3")]
    assert values == pytest.approx([0.9, 0.8, 1.8])


@pytest.mark.parametrize(
    ("run", "sample", "said"),
    [
        (f"optimizer = 'adam'\nsamples = [1]\n{TRAIN}", 1, "weights by adam"),
        ("steps = [{ do = 'step' }]", 1, "after 2 samples together"),
        (f"batch_size = 1\n{TRAIN}", 2, "before it comes to sample 2"),
        ("steps = [{ do = 'forward' }, { do = 'set', values = { 'w.weight' = 2.0 } }]", 1,
         "sets weights and biases"),
    ],
)  # fmt: skip
def test_an_update_that_one_sample_does_not_give_is_no_exercise(
    tmp_path: Path, run: str, sample: int, said: str
) -> None:
    """It is refused if asked for alone; a whole sheet leaves it out and says why."""
    file = file_of(tmp_path, f"learning_rate = 0.1\n{run}")
    with pytest.raises(ng.InvalidValueError, match=f"run 'run1' .*{said}"):
        ng.exercises.exercise(file, ask="update", sample=sample)
    assert answer(file, sample=sample) is None
    sheet = ng.exercises.exercise(file, sample=sample)
    assert sheet.phases == ("forward", "backward")
    assert sheet.source is not None
    assert said in sheet.source


# -- step ------------------------------------------------------------------------------------------


def stepped(file: str, capsys: pytest.CaptureFixture[str], to: Path) -> tuple[ng.Trace, str]:
    """Return the events that step writes, and what it says on stderr."""
    assert main(["step", file, "-o", str(to)]) == 0
    return ng.Trace.read(to), capsys.readouterr().err


def test_step_leaves_out_an_update_that_it_cannot_show(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Of an update by one of two samples both passes are shown, and said why there is none."""
    file = file_of(tmp_path, f"{RATED}batch_size = 1\n{TRAIN}")
    trace, said = stepped(file, capsys, tmp_path / "events.jsonl")
    assert trace.filter(phase="update") == ()
    assert len(trace.filter(phase="backward")) > 0
    assert "the update is left out: step 1 of run 'run1' changes weights after every 1" in said


def test_step_shows_what_an_optimizer_remembers(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of Adam every number of the update is an event, in the order of the paper's algorithm."""
    file = file_of(tmp_path, f"{RATED}optimizer = 'adam'\nsamples = [1]\n{TRAIN}")
    trace, said = stepped(file, capsys, tmp_path / "events.jsonl")
    events = [(event.address, event.value) for event in trace.filter(phase="update")]
    assert [address for address, _ in events] == [
        "w.m", "w.v", "w.m_hat", "w.v_hat", "w.change", "w.weight",
    ]  # fmt: skip
    # The gradient is 1, and the corrections undo the weights of the means.
    wanted = [0.1, 0.001, 1.0, 1.0, -0.1 / (1 + 1e-8), 1 - 0.1 / (1 + 1e-8)]
    assert [value for _, value in events] == pytest.approx(wanted, rel=1e-12)
    assert (trace.optimizer, said) == ("adam", "")
    monkeypatch.setattr(sys, "stdin", io.StringIO(""))
    assert main(["step", file, "--at", "w.v"]) == 0
    shown = capsys.readouterr().out
    assert "v_w+ = beta2*v_w + (1 - beta2)*(∂E_total/∂w)^2" in shown
    assert "0.999*0 + (1 - 0.999)*1^2" in shown


def test_step_has_the_rate_of_its_step(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The step's own learning rate is that of the update, from the weights that the run sets."""
    run = (
        "steps = [{ do = 'set', values = { 'w.weight' = 2 } }, { do = 'step', learning_rate = 1 }]"
    )
    trace, said = stepped(file_of(tmp_path, run), capsys, tmp_path / "events.jsonl")
    assert trace.find("w.weight").value == pytest.approx(2 - 5.0)
    assert said == ""


# -- influence -------------------------------------------------------------------------------------


def test_a_gradient_influences_its_new_weight_alone() -> None:
    """A new weight is the weight of the next round: what follows from it is said to be of that."""
    net = after("backward")
    found = influence(net, "w1.gradient")
    assert (found.forward, found.backward, found.update) == (
        (), (), ("w1.change", "w1.step", "w1.new_weight")
    )
    later = influence(net, "w1.new_weight")
    assert later.address == "w1.new_weight"
    assert later.addresses == influence(net, "w1").addresses
    assert "Forward, in the next round, in this order:" in later.text()
    assert influence(net, "h1.bias_gradient").update == ()  # its bias is not trained
    assert "h1.new_bias" in influence(net, "h1.new_bias").update


def together(net: ng.Network, address: str) -> list[str]:
    """Return the addresses that share a parameter."""

    def tie(each: str) -> str | None:
        name, _, quantity = each.rpartition(".")
        return (net.connection(name) if quantity == "weight" else net.neuron(name)).tie

    shared = tie(address)
    old = new_parameters(net).values()
    return [address] if shared is None else [each for each in old if tie(each) == shared]


@settings(st.CHECKED, max_examples=15)
@given(st.plain_networks())
def test_the_new_weights_that_a_weight_influences(plain: st.Plain) -> None:
    """Whatever new parameters a step changes when a weight is another, the influence has them."""
    net = plain.network()
    inputs, targets = plain.data
    net.forward(inputs)
    net.backward(targets)
    new = new_parameters(net)
    before = net.copy()
    before.step(inputs, targets, RATE)
    for address in list(new.values())[:4]:
        other = net.copy()
        for same in together(net, address):
            other.set_value(same, net.value(address) + 0.125)
        other.step(inputs, targets, RATE)
        update = influence(net, address).update
        differ = {name for name, old in new.items() if other.value(old) != before.value(old)}
        assert differ <= set(update), address


def test_in_a_small_network_all_that_is_influenced_changes() -> None:
    """Mazur's w5 moves six new weights, and not w7 and w8 behind the other output."""
    net = after("backward")
    before, other = net.copy(), net.copy()
    other.set_value("w5.weight", 0.5)
    for each in (before, other):
        each.step([0.05, 0.1], [0.01, 0.99], RATE)
    new = new_parameters(net)
    differ = {name for name, old in new.items() if other.value(old) != before.value(old)}
    assert {new for new in influence(net, "w5").update if ".new_" in new} == differ
    assert differ == {f"w{n}.new_weight" for n in range(1, 7)}
