"""The recipes of CONTRIBUTING.md, followed: what is added works wherever the like of it does.

Every number is compared with a network written by hand, and its gradient with a complex step.
"""

import cmath
import math
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

import neurograph as ng
from neurograph import drawing, figures
from neurograph.activations import ACTIVATIONS
from neurograph.cli import main
from neurograph.combinations import COMBINATIONS, add_combination
from neurograph.edits import EDITS, EditRow
from neurograph.engines import ENGINES, is_installed
from neurograph.equations import Equation, Variable
from neurograph.exercises import Answers, exercise, mark
from neurograph.losses import LOSSES
from neurograph.optimizers import OPTIMIZERS, Fraction, OptimizerRow
from neurograph.scenario.model import Figure
from neurograph.slips import Edit, Instead, PlacedEdit, Places

ROOT = Path(__file__).parent.parent
ENGINES_HERE = [engine for engine in ENGINES if engine != "jit" or is_installed()]
#: i1, i2 -> h1 (w1, w2 and a bias), h1 -> o1 (w3 and a bias).
WEIGHTS = {"w1": 0.75, "w2": -0.5, "h1": 0.25, "w3": 1.25, "o1": -0.125}
INPUTS, TARGET, RATE = (0.5, 1.5), 0.75, 0.0625

By = Callable[..., complex]


def bent(net: complex) -> complex:
    """Return the bent identity, by hand."""
    return (cmath.sqrt(net * net + 1) - 1) / 2 + net


def straight(net: complex) -> complex:
    """Return the net itself."""
    return net


def added(first: complex, second: complex) -> complex:
    """Return a sum."""
    return first + second


def length(first: complex, second: complex) -> complex:
    """Return the root of the sum of squares."""
    return cmath.sqrt(first * first + second * second)


def quartic(target: float, out: complex) -> complex:
    """Return the loss (target - out)^4 / 4, by hand."""
    return (target - out) ** 4 / 4


def half_square(target: float, out: complex) -> complex:
    """Return half the squared error, by hand."""
    return (target - out) ** 2 / 2


class ByHand:
    """The network of `WEIGHTS`, written by hand."""

    def __init__(self, *, f: By = straight, loss: By = half_square, combine: By = added) -> None:
        self.f, self.loss, self.combine = f, loss, combine

    def values(self, weights: dict[str, complex]) -> dict[str, complex]:
        """Return what a forward pass makes, by address."""
        first, second = (weights[w] * x for w, x in zip(("w1", "w2"), INPUTS, strict=True))
        net = self.combine(first, second) + weights["h1"]
        out = self.f(net)
        end = out * weights["w3"] + weights["o1"]
        return {"h1.net": net, "h1.out": out, "o1.out": end, "loss": self.loss(TARGET, end)}

    def number(self, address: str) -> float:
        """Return one number of it."""
        return complex(self.values(dict(WEIGHTS))[address]).real

    def gradient(self, weights: dict[str, float]) -> dict[str, float]:
        """Return dE/dw of each parameter by a complex step."""
        return {
            name: complex(self.values({**weights, name: weights[name] + 1e-30j})["loss"]).imag
            / 1e-30
            for name in weights
        }

    def descended(self, steps: int) -> dict[str, float]:
        """Return the parameters after so many steps of gradient descent."""
        weights = dict(WEIGHTS)
        for _ in range(steps):
            gradient = self.gradient(weights)
            weights = {name: weights[name] - RATE * gradient[name] for name in weights}
        return weights


def network(
    activation: str = "identity", loss: str = "half_squared_error", combine: str = "sum"
) -> ng.Network:
    """Return the network of `WEIGHTS`."""
    net = ng.Network(loss=loss)
    net.add_neuron("i1")
    net.add_neuron("i2")
    net.add_neuron("h1", activation=activation, bias=WEIGHTS["h1"], combine=combine)
    net.add_neuron("o1", activation="identity", bias=WEIGHTS["o1"])
    for label, pre, post in (("w1", "i1", "h1"), ("w2", "i2", "h1"), ("w3", "h1", "o1")):
        net.connect(pre, post, WEIGHTS[label], label=label)
    return net


def parameter(name: str, quantity: str = "weight") -> str:
    """Return the address of a parameter, or of a quantity of it."""
    of_bias = {"weight": "bias"}.get(quantity, f"bias_{quantity}")
    return f"{name}.{quantity if name.startswith('w') else of_bias}"


def check_passes(net: ng.Network, hand: ByHand) -> None:
    """Compare values, attributes, items and gradients of a pass with the hand's."""
    net.forward(INPUTS)
    net.backward([TARGET])
    for address in ("h1.net", "h1.out", "o1.out", "loss"):
        assert net.value(address) == pytest.approx(hand.number(address), rel=1e-14)
    assert net.nodes["h1"].out == net.nodes["h1"]["out"] == net.value("h1.out")
    for name, gradient in hand.gradient(WEIGHTS).items():
        assert net.value(parameter(name, "gradient")) == pytest.approx(gradient, rel=1e-13)
    assert ng.check_gradients(net, INPUTS, [TARGET]).passed


def check_readers(net: ng.Network, hand: ByHand, address: str, shown: str) -> None:
    """Check that a trace, an explanation, an influence, what-if and a picture have a number."""
    event = ng.trace(net.copy(), INPUTS, [TARGET], RATE).find(address)
    assert event.value == pytest.approx(hand.number(address), rel=1e-14)
    explanation = ng.explain(net, address)
    assert explanation.value == net.value(address)
    assert shown in explanation.text().replace("\n", " ")
    assert explanation.latex()
    assert explanation.html()
    gradient = ng.explain(net, "w1.gradient")
    assert gradient.value == pytest.approx(hand.gradient(WEIGHTS)["w1"], rel=1e-13)
    assert address in ng.influence(net, "w1").addresses
    moved = ng.what_if(net, {"w1.weight": 1.0})
    changed = complex(hand.values({**WEIGHTS, "w1": 1.0})[address]).real
    assert moved[address].after == pytest.approx(changed, rel=1e-14)
    picture = drawing.draw_network(net, ["bias", "weight", "out", "gradient"], digits=17)
    written = {text.get_text() for text in picture.ax.texts}
    assert f"out={net.value('h1.out'):.17g}".replace("-", "−") in written


def check_engine(net: ng.Network, hand: ByHand, engine: str | None) -> None:
    """Compare three steps of training, and what was recorded, with the hand's."""
    history = net.train(
        INPUTS, [TARGET], learning_rate=RATE, epochs=3, engine=engine,
        record=["h1.out", "w1.gradient"],
    )  # fmt: skip
    for name, value in hand.descended(3).items():
        assert net.value(parameter(name)) == pytest.approx(value, rel=1e-13)
    for step, (out, gradient) in enumerate(
        zip(history["h1.out"], history["w1.gradient"], strict=True)
    ):
        weights = hand.descended(step)
        assert out == pytest.approx(complex(hand.values(dict(weights))["h1.out"]).real, rel=1e-13)
        assert gradient == pytest.approx(hand.gradient(weights)["w1"], rel=1e-12)


def check_file(
    folder: Path, hand: ByHand, *, neuron: str = "", network_keys: str = "", run: str = ""
) -> str:
    """Run, audit, inspect, explain and mark a file of the network; return its path."""
    path = folder / "added.toml"
    after = hand.descended(1)["w1"] if not run else None
    printed = f'\n[[runs.steps]]\ndo = "update"\nprinted = {{ "w1.weight" = "{after!r}" }}\n'
    path.write_text(
        f"""\
title = "Something added"
author = "A. Teacher"
year = 2026
source = "lesson 3"

[network]
{network_keys}
neurons = [
    {{ name = "i1" }}, {{ name = "i2" }},
    {{ name = "h1", bias = {WEIGHTS["h1"]}, {neuron} }},
    {{ name = "o1", activation = "identity", bias = {WEIGHTS["o1"]} }},
]
connections = [
    {{ label = "w1", pre = "i1", post = "h1", weight = {WEIGHTS["w1"]} }},
    {{ label = "w2", pre = "i2", post = "h1", weight = {WEIGHTS["w2"]} }},
    {{ label = "w3", pre = "h1", post = "o1", weight = {WEIGHTS["w3"]} }},
]

[data]
inputs = {{ i1 = {INPUTS[0]}, i2 = {INPUTS[1]} }}
targets = {{ o1 = {TARGET} }}

[[runs]]
name = "by_hand"
order = "simultaneous"
learning_rate = {RATE}
{run}

[[runs.steps]]
do = "forward"
printed = {{ "h1.out" = "{hand.number("h1.out"):.9f}" }}

[[runs.steps]]
do = "backward"
printed = {{ "loss" = "{hand.number("loss"):.9f}" }}
{printed if after is not None else ""}""",
        encoding="utf-8",
    )
    for command in (
        ["run"], ["audit"], ["inspect", "h1"], ["explain", "w1.gradient"], ["explain", "h1.out"],
        ["plot", "--what", "network", "-o", str(folder / "added.svg")],
        ["plot", "--what", "surface", "-o", str(folder / "surface.svg")],
        ["exercise", "-o", str(folder / "sheet.md")],
    ):  # fmt: skip
        assert main([command[0], str(path), *command[1:]]) == 0
    return str(path)


# -- an activation -------------------------------------------------------------------------------


@pytest.fixture
def bent_identity() -> Iterator[ByHand]:
    """An activation of our own, while a test runs."""
    ng.add_activation("bent_identity", "(sqrt(net**2 + 1) - 1) / 2 + net", source="a lesson")
    try:
        yield ByHand(f=bent)
    finally:
        del ACTIVATIONS["bent_identity"]


def test_an_activation_is_read_by_everything(bent_identity: ByHand) -> None:
    """Passes, traces, explanations, influence and pictures know an activation that was added."""
    net = network("bent_identity")
    check_passes(net, bent_identity)
    check_readers(net, bent_identity, "h1.out", "out_h1 = (sqrt(net_h1^2 + 1) - 1)/2 + net_h1")


@pytest.mark.parametrize("engine", [None, *ENGINES_HERE])
def test_every_engine_knows_an_activation_that_was_added(
    bent_identity: ByHand, engine: str | None
) -> None:
    """Three steps of every engine are those of the hand."""
    check_engine(network("bent_identity"), bent_identity, engine)


def test_a_file_may_name_an_activation_that_was_added(
    bent_identity: ByHand, tmp_path: Path
) -> None:
    """All commands work on it."""
    check_file(tmp_path, bent_identity, neuron='activation = "bent_identity"')


# -- a loss --------------------------------------------------------------------------------------


@pytest.fixture
def quartic_error() -> Iterator[ByHand]:
    """A loss of our own, while a test runs."""
    ng.add_loss("quartic_error", "(target - out)**4 / 4", "(out - target)**3", source="a lesson")
    try:
        yield ByHand(loss=quartic)
    finally:
        del LOSSES["quartic_error"]


def test_a_loss_is_read_by_everything(quartic_error: ByHand) -> None:
    """Passes, traces, explanations, influence and pictures know a loss that was added."""
    net = network(loss="quartic_error")
    check_passes(net, quartic_error)
    check_readers(net, quartic_error, "o1.out", "out_o1 = net_o1")
    assert ng.explain(net, "o1.loss").root.symbolic == "E_o1 = (target_o1 - out_o1)^4/4"
    assert ng.explain(net, "loss").value == pytest.approx(quartic_error.number("loss"), rel=1e-14)


@pytest.mark.parametrize("engine", [None, *ENGINES_HERE])
def test_every_engine_knows_a_loss_that_was_added(
    quartic_error: ByHand, engine: str | None
) -> None:
    """Three steps of every engine are those of the hand."""
    check_engine(network(loss="quartic_error"), quartic_error, engine)


def test_a_file_may_name_a_loss_that_was_added(quartic_error: ByHand, tmp_path: Path) -> None:
    """All commands work on it."""
    keys = 'loss = "quartic_error"'
    check_file(tmp_path, quartic_error, neuron='activation = "identity"', network_keys=keys)


# -- a combine rule ------------------------------------------------------------------------------


@pytest.fixture
def euclid() -> Iterator[ByHand]:
    """A combine rule of our own, while a test runs."""
    add_combination(
        "euclid", "sqrt(total(message**2))",
        "message / sqrt(total(before**2) + message**2 + total(after**2))", source="a lesson",
    )  # fmt: skip
    try:
        yield ByHand(combine=length)
    finally:
        del COMBINATIONS["euclid"]


def test_a_combine_rule_is_read_by_everything(euclid: ByHand) -> None:
    """Passes, traces, explanations, influence and pictures know a combine rule that was added."""
    net = network(combine="euclid")
    check_passes(net, euclid)
    check_readers(net, euclid, "h1.net", "net_h1 = sqrt(")
    message = WEIGHTS["w2"] * INPUTS[1]
    slope = message / math.hypot(WEIGHTS["w1"] * INPUTS[0], message)
    assert net.value("w2.message_slope") == pytest.approx(slope, rel=1e-14)
    assert ng.explain(net, "w2.message_slope").value == net.value("w2.message_slope")


@pytest.mark.parametrize("engine", [None, "passes", "straight_line"])
def test_engines_know_a_combine_rule_that_was_added(euclid: ByHand, engine: str | None) -> None:
    """Three steps are those of the hand, on the engine that is chosen and on those that can."""
    check_engine(network(combine="euclid"), euclid, engine)


@pytest.mark.parametrize("engine", ["blocks", "jit"])
def test_array_engines_refuse_a_combine_rule(euclid: ByHand, engine: str) -> None:
    """Matrices know sums alone, and say so."""
    net = network(combine="euclid")
    with pytest.raises(
        ng.InvalidValueError, match=f"engine '{engine}' knows only neurons that add"
    ):
        net.train(INPUTS, [TARGET], learning_rate=RATE, epochs=1, engine=engine)
    assert net.value("w1.weight") == WEIGHTS["w1"]


def test_a_file_may_name_a_combine_rule_that_was_added(euclid: ByHand, tmp_path: Path) -> None:
    """All commands work on it."""
    check_file(tmp_path, euclid, neuron='activation = "identity", combine = "euclid"')


# -- an optimiser --------------------------------------------------------------------------------


class Signed(ng.Optimizer):
    """Move by the sign of the velocity alone, w+ = w - learning_rate * sign(v+)."""

    momentum: Fraction = 0.5

    row = OptimizerRow(
        "signed",
        "a lesson",
        (
            ("velocity", "momentum * velocity + gradient", ""),
            ("parameter", "parameter - learning_rate * sign(velocity)", ""),
        ),
        state=("velocity",),
    )


@pytest.fixture
def signed() -> Iterator[None]:
    """An optimiser of our own, while a test runs."""
    OPTIMIZERS["signed"] = Signed
    try:
        yield
    finally:
        del OPTIMIZERS["signed"]


def signed_by_hand(steps: int) -> tuple[dict[str, float], dict[str, float]]:
    """Return parameters and velocities after so many steps."""
    hand, weights, velocity = ByHand(), dict(WEIGHTS), dict.fromkeys(WEIGHTS, 0.0)
    for _ in range(steps):
        gradient = hand.gradient(weights)
        velocity = {name: 0.5 * velocity[name] + gradient[name] for name in weights}
        weights = {name: weights[name] - math.copysign(RATE, velocity[name]) for name in weights}
    return weights, velocity


@pytest.mark.usefixtures("signed")
@pytest.mark.parametrize("engine", [None, *ENGINES_HERE])
@pytest.mark.parametrize("optimizer", ["signed", Signed()])
def test_every_engine_knows_an_optimizer_that_was_added(
    optimizer: str | ng.Optimizer, engine: str | None
) -> None:
    """Weights, what is remembered, and the change are those of the hand, carried and recorded."""
    net = network()
    history = net.train(
        INPUTS, [TARGET], learning_rate=RATE, epochs=3, optimizer=optimizer, engine=engine,
        record=["w1.velocity", "h1.bias_velocity", "w1.change"],
    )  # fmt: skip
    weights, velocity = signed_by_hand(3)
    for name in WEIGHTS:
        assert net.value(parameter(name)) == pytest.approx(weights[name], rel=1e-13)
        assert net.value(parameter(name, "velocity")) == pytest.approx(velocity[name], rel=1e-12)
    for step in range(3):
        before, after = signed_by_hand(step)[0], signed_by_hand(step + 1)[0]
        assert history["w1.change"][step] == pytest.approx(after["w1"] - before["w1"])
        assert history["h1.bias_velocity"][step] == pytest.approx(signed_by_hand(step + 1)[1]["h1"])
    assert net.edges["i1", "h1"].velocity == history["w1.velocity"][-1]
    texts = [text.get_text() for text in drawing.draw_network(net, "velocity").ax.texts]
    assert sum("velocity=" in text for text in texts) == 3


@pytest.mark.usefixtures("signed")
def test_an_optimizer_is_explained_and_followed() -> None:
    """A new weight, a change and what is remembered are derived by its own formulas."""
    net = network()
    net.forward(INPUTS)
    net.backward([TARGET])
    weights, velocity = signed_by_hand(1)
    options = {"learning_rate": RATE, "optimizer": "signed"}
    assert ng.explain(net, "w1.new_weight", **options).value == pytest.approx(weights["w1"])
    assert ng.explain(net, "w1.velocity", **options).value == pytest.approx(velocity["w1"])
    change = ng.explain(net, "w1.change", **options)
    assert change.root.symbolic == "change_w1 = -η*sign(velocity_w1+)"
    followed = ng.influence(net, "w1.gradient", optimizer="signed").update
    assert followed == ("w1.velocity", "w1.change", "w1.step", "w1.new_weight")


@pytest.mark.usefixtures("signed")
def test_a_file_may_name_an_optimizer_that_was_added(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A run states it with its constant, and the next change is explained by it."""
    path = check_file(
        tmp_path, ByHand(), neuron='activation = "identity"',
        run='optimizer = { name = "signed", momentum = 0.25 }',
    )  # fmt: skip
    with Path(path).open("a", encoding="utf-8") as file:
        file.write('\n[[runs.steps]]\ndo = "train"\nrounds = 1\n')
        file.write(f'printed = {{ "w1.weight" = "{signed_by_hand(1)[0]["w1"]!r}" }}\n')
    assert main(["run", path]) == 0
    assert main(["audit", path]) == 0
    capsys.readouterr()
    assert main(["explain", path, "w1.velocity", "--depth", "0"]) == 0
    assert "velocity_w1+ = momentum*velocity_w1 + ∂E_total/∂w1" in capsys.readouterr().out


def test_what_an_optimizer_remembers_without_a_row_is_not_carried() -> None:
    """An optimiser may remember something that is no quantity: it trains, and is explained."""
    names = ["parameter", "learning_rate", "gradient", "drift"]
    drifting = ng.Optimizer(
        "drifting",
        state=("drift",),
        rules=(
            ("drift", ng.Formula("drift / 2 + gradient", names)),
            ("parameter", ng.Formula("parameter - learning_rate * sign(drift)", names)),
        ),
    )
    net = network()
    net.forward(INPUTS)
    net.backward([TARGET])
    explanation = ng.explain(net, "w1.change", learning_rate=RATE, optimizer=drifting)
    assert explanation.step("w1.drift").value == pytest.approx(signed_by_hand(1)[1]["w1"])
    net.train(INPUTS, [TARGET], learning_rate=RATE, epochs=3, optimizer=drifting)
    assert net.value("w1.weight") == pytest.approx(signed_by_hand(3)[0]["w1"], rel=1e-13)
    with pytest.raises(ng.UnknownNameError, match="drift"):
        net.value("w1.drift")


# -- a convention, a figure ----------------------------------------------------------------------


def shifted(places: Places) -> Iterator[PlacedEdit]:
    """Yield: a weight read with its decimal point one place off."""
    for slot in places.weights:
        weight = Variable("weight", slot)
        edit = Edit(whole={weight: Instead(weight, 10.0)})
        yield PlacedEdit(edit=edit, own=weight, name="shifted: {own}")


#: One row: its words, and where in a round it can be made.
POINT = EditRow(
    family="operand",
    kind="another value used",
    page="the decimal point of {own} one place off",
    pupil="the decimal point of {own} one place off",
    places=shifted,
)


@pytest.fixture
def point(monkeypatch: pytest.MonkeyPatch) -> float:
    """A row of the table of edits, while a test runs; and h1.net with it, by hand."""
    monkeypatch.setitem(EDITS, "decimal point", POINT)
    return WEIGHTS["w1"] * INPUTS[0] + 10 * WEIGHTS["w2"] * INPUTS[1] + WEIGHTS["h1"]


#: What follows in `check_file` is computed without the slip.
BACKWARD = '[[runs.steps]]\ndo = "backward"'


def test_audit_names_an_edit_that_was_added(
    point: float, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A page that has the slip is reproduced by the row that says so."""
    path = Path(check_file(tmp_path, ByHand(), neuron='activation = "identity"'))
    right = ByHand().number("h1.out")
    text = path.read_text(encoding="utf-8").partition(BACKWARD)[0]
    path.write_text(text.replace(f'"{right:.9f}"', f'"{point:.9f}"'), encoding="utf-8")
    capsys.readouterr()
    assert main(["audit", str(path)]) == 1
    said = " ".join(capsys.readouterr().out.split())
    assert "found: the decimal point of w2 one place off" in said


def test_marking_names_an_edit_that_was_added(point: float) -> None:
    """An answer that has the mistake is wrong by the row that says so."""
    sheet = exercise(network(), INPUTS, [TARGET], RATE)
    marks = mark(sheet, Answers.of({"h1.net": f"{point:.6f}"})).marks
    mistakes = next(its.mistakes for its in marks if its.question.address == "h1.net")
    assert ("another value used", "the decimal point of w2 one place off") in mistakes


def cubed(places: Places) -> Iterator[PlacedEdit]:
    """Yield: the cube of a weight in its message, by another equation."""
    for slot in places.weights:
        message, weight = Variable("message", slot), Variable("weight", slot)
        stated = places.equation(message)
        formula = ng.Formula("weight**3 * out", ["weight", "out"])
        other = Equation(message, "forward", formula, stated.operands)
        yield PlacedEdit(edit=Edit(equations={message: other}), own=weight, name="cubed: {own}")


CUBE = EditRow(
    family="operand", kind="another value used",
    page="{own} cubed", pupil="{own} cubed", places=cubed,
)  # fmt: skip


def test_an_edit_may_give_another_equation(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Also of a message, which nobody asks for: the net that it is written out in changes."""
    monkeypatch.setitem(EDITS, "cubed", CUBE)
    first, second = INPUTS
    value = WEIGHTS["w1"] * first + WEIGHTS["w2"] ** 3 * second + WEIGHTS["h1"]
    sheet = exercise(network(), INPUTS, [TARGET], RATE)
    marks = mark(sheet, Answers.of({"h1.net": f"{value:.6f}"})).marks
    mistakes = next(its.mistakes for its in marks if its.question.address == "h1.net")
    assert ("another value used", "w2 cubed") in mistakes
    path = Path(check_file(tmp_path, ByHand(), neuron='activation = "identity"'))
    text = path.read_text(encoding="utf-8").partition(BACKWARD)[0]
    right = ByHand().number("h1.out")
    path.write_text(text.replace(f'"{right:.9f}"', f'"{value:.9f}"'), encoding="utf-8")
    capsys.readouterr()
    assert main(["audit", str(path)]) == 1
    assert "found: w2 cubed" in " ".join(capsys.readouterr().out.split())


def test_a_kind_of_figure_that_was_added_is_drawn(monkeypatch: pytest.MonkeyPatch) -> None:
    """A function in the table of kinds is called with scenario, run and figure."""
    scenario = ng.load_scenario("mazur_2015")

    def weights_alone(_: object, run: object, figure: Figure) -> drawing.Drawing:
        assert (run, figure.what) == (scenario.runs[0], "weights")
        return drawing.draw_network(scenario.network(), "weight")

    monkeypatch.setitem(figures.KINDS, "weights", weights_alone)
    picture = figures.draw_figure(scenario, Figure(what="weights", title="Weights alone"))
    assert picture.ax.get_title() == "Weights alone"


# -- in a copy of the package: an optimiser, a quantity, a step, a command -------------------------

#: By file: what stands there, and what stands before it once the recipe has been followed.
ADDITIONS: dict[str, list[tuple[str, str]]] = {
    "optimizers.py": [(
        "_CLASSES = Optimizer",
        "class Drifting(Optimizer):\n"
        "    fade: Fraction = 0.25\n\n"
        "    row = OptimizerRow(\n"
        '        "drifting", "a lesson",\n'
        '        (("drift", "fade * drift + gradient", "the gradients, fading"),\n'
        '         (PARAMETER, "parameter - learning_rate * sign(drift)", "")),\n'
        '        state=("drift",),\n'
        "    )\n\n\n",
    )],
    "quantities.py": [(
        "    *_of_optimizers(),",
        '    Quantity("saliency", "parameter", "backward", "saliency", "s",\n'
        '             "w * dE/dw", "bias_saliency", stop=False),\n'
        '    Quantity("gap", "neuron", "backward", "gap", "g", "1 - out"),\n',
    )],
    "equations.py": [
        (
            "def _remembered(",
            "def _saliency(equations, slot):\n"
            '    operands = {key: Variable(key, slot) for key in ("weight", "gradient")}\n'
            '    formula = Formula("weight * gradient", ["weight", "gradient"])\n'
            '    return Equation(Variable("saliency", slot), "backward", formula, operands)\n'
            "\n\ndef _gap(equations, row):\n"
            '    formula, operands = Formula("1 - out", ["out"]), {"out": Variable("out", row)}\n'
            '    return Equation(Variable("gap", row), "backward", formula, operands)\n\n\n',
        ),
        ('    "new_weight": _new_weight,', '    "saliency": _saliency,\n    "gap": _gap,\n'),
        (
            "            if self.in_place:\n                yield from self.change(member)",
            "            yield _saliency(self, member)\n",
        ),
        (
            "            for row in group:\n                if not self.is_sum(row):",
            "            for row in group:\n                yield _gap(self, row)\n",
        ),
    ],
    "explanations/reasons.py": [
        ('    "learning_rate": "the learning rate",', '    "gap": "how far {name} is from 1",\n')
    ],
    "scenario/runs.py": [(
        '    "attribute": StepKind(',
        '    "halve": StepKind(\n'
        "        lambda machine, step: machine.set(\n"
        "            {name: value / 2 for name, value in machine.parameters().items()}\n"
        "        ),\n"
        "        sets=True,\n"
        "    ),\n",
    )],
    "cli/arguments.py": [
        (
            "    _run, _inspect,",
            "    lambda to: to.add_parser('hello').set_defaults(command='outcomes:hello'),\n",
        )
    ],
    "cli/outcomes.py": [
        ("def audit(", "def hello(arguments):\n    print('hello')\n    return REPRODUCED\n\n\n")
    ],
}  # fmt: skip

#: Uses what was added; every claim is an assertion.
PROGRAM = """
import matplotlib
matplotlib.use("Agg")
import numpy as np
import neurograph as ng
from neurograph import drawing

def near(one, other):
    assert np.allclose(one, other, rtol=1e-12, atol=0), (one, other)

net = ng.Network.layered(2, 2, 1, weights=0.5, bias=0.25)
try:
    net.value("w5.saliency")
except ng.NotComputedError as error:
    assert "call net.backward(targets) first" in str(error)
large = ng.Network.layered(10, 10, 4, weights=0.125, bias=0.25)
for any_net in (net, large):
    for shape in ((), (3,)):
        any_net.forward(np.ones((*shape, len(any_net.inputs))))
        any_net.backward(np.zeros((*shape, len(any_net.outputs))))
        w5, h1 = any_net.connection("w5"), any_net.neuron("h1")
        near(w5.saliency, w5.weight * w5.gradient)
        near(any_net.value("h1.bias_saliency"), h1.bias * h1.bias_gradient)
        near(h1["gap"], 1 - h1.out)
net.forward([1.0, 1.0])
net.backward([0.0])
explained = ng.explain(net, "w5.saliency").root
assert explained.symbolic == "saliency_w5 = w5 * ∂E_total/∂w5", explained.symbolic
assert ng.explain(net, "h1.gap").root.words == "how far h1 is from 1"
assert {"w5.saliency", "h1.gap"} <= set(ng.influence(net, "w1").addresses)
texts = [text.get_text() for text in drawing.draw_network(net, ["gap", "saliency"]).ax.texts]
assert sum("gap=" in text for text in texts) == 3, texts
assert sum("saliency=" in text for text in texts) == 6, texts
for engine in ENGINES:
    twin = ng.Network.layered(2, 2, 1, weights=0.5, bias=0.25)
    record = ["w5.saliency", "w5.weight", "w5.gradient", "o1.gap", "o1.out"]
    history = twin.train(
        [1.0, 1.0], [0.0], learning_rate=0.5, epochs=3, engine=engine, record=record
    )
    before = [0.5, *history["w5.weight"][:-1]]
    near(history["w5.saliency"], before * history["w5.gradient"])
    near(history["o1.gap"], 1 - history["o1.out"])
frozen = ng.Network.layered(2, 2, 1, weights=0.5, bias=0.25)
frozen.neuron("h1").trainable = frozen.neuron("o1").trainable = False
frozen.train([1.0, 1.0], [0.0], learning_rate=0.5, epochs=1, engine="straight_line")
frozen.train([[1.0, 1.0]] * 2, [[0.0]] * 2, learning_rate=0.5, epochs=1, engine="straight_line")
ng.page(ng.load_scenario("mazur_2015"), path="page.html")
steps = ng.trace(net, [1.0, 1.0], [0.0])
near(steps.go_to("h1.gap").value, 1 - net.value("h1.out"))
steps.go_to(len(steps))
near(net.value("w5.saliency"), net.value("w5.weight") * net.value("w5.gradient"))
print(ng.__file__)
"""


def copied(folder: Path) -> Path:
    """Return a folder with a copy of the package."""
    ignored = shutil.ignore_patterns("__pycache__")
    for name in ("neurograph", "scenarios"):
        shutil.copytree(ROOT / name, folder / name, ignore=ignored)
    return folder


@pytest.fixture(scope="module")
def extended(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a copy of the package to which things were added as the recipes say."""
    folder = copied(tmp_path_factory.mktemp("extended"))
    for name, additions in ADDITIONS.items():
        path = folder / "neurograph" / name
        text = path.read_text(encoding="utf-8")
        for place, addition in additions:
            assert text.count(place) == 1, (name, place)
            text = text.replace(place, addition + place)
        path.write_text(text, encoding="utf-8")
    return folder


def ran(folder: Path, *arguments: str) -> str:
    """Return what Python prints in a folder, whose packages it finds first; fail if it fails."""
    done = subprocess.run(
        [sys.executable, *arguments], cwd=folder, capture_output=True, encoding="utf-8"
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_a_quantity_that_was_added_is_everywhere(extended: Path) -> None:
    """A row, a rule and a place in the order are enough, small and large, on every engine."""
    program = PROGRAM.replace("ENGINES", repr(ENGINES_HERE))
    assert Path(ran(extended, "-c", program).strip()).is_relative_to(extended)


DRIFTING = """
import math
import pytest
import neurograph as ng

assert ng.get_optimizer("drifting") == ng.Drifting(fade=0.25)
with pytest.raises(ng.InvalidValueError, match="fade must be at least 0 and less than 1, not 2"):
    ng.Drifting(2)
for engine in ENGINES:
    net = ng.Network.layered(1, 1, weights=0.5, bias=0.25, activation="identity")
    with pytest.raises(ng.NotComputedError, match="optimizer='drifting'"):
        net.value("w1.drift")
    history = net.train(
        [2.0], [1.0], learning_rate=0.125, epochs=3, optimizer="drifting", engine=engine,
        record=["w1.drift", "o1.bias_drift", "w1.weight"],
    )
    w, b, of_w, of_b = 0.5, 0.25, 0.0, 0.0
    for epoch in range(3):
        delta = 2 * w + b - 1
        of_w, of_b = 0.25 * of_w + 2 * delta, 0.25 * of_b + delta
        w, b = w - math.copysign(0.125, of_w), b - math.copysign(0.125, of_b)
        kept = [history[name][epoch] for name in ("w1.drift", "o1.bias_drift", "w1.weight")]
        assert kept == pytest.approx([of_w, of_b, w])
    assert net.connection("w1").drift == pytest.approx(of_w)
    assert net.value("o1.bias_drift") == pytest.approx(of_b)
net.forward([2.0])
net.backward([1.0])
change = ng.explain(net, "w1.change", learning_rate=0.125, optimizer=ng.Drifting())
assert change.root.symbolic == "change_w1 = -η*sign(drift_w1+)", change.root.symbolic
print(ng.__file__)
"""


def test_an_optimizer_that_was_added_is_everywhere(extended: Path) -> None:
    """A class with its row is enough: name, constants, what objects carry, on every engine."""
    program = DRIFTING.replace("ENGINES", repr(ENGINES_HERE))
    assert Path(ran(extended, "-c", program).strip()).is_relative_to(extended)


@pytest.mark.parametrize("command", ["run", "audit"])
def test_a_file_may_state_an_optimizer_that_was_added(extended: Path, command: str) -> None:
    """A file names it by its row, with a constant of its own."""
    # out = 2 and delta = 1, so that both drifts are positive: 0.75 - 0.125 and 0.5 - 0.125.
    text = HALVED.replace('"halve"', '"train"\nrounds = 1')
    stated = 'learning_rate = 0.125\noptimizer = { name = "drifting", fade = 0.5 }'
    text = text.replace('order = "simultaneous"', f'order = "simultaneous"\n{stated}')
    text = text.replace('"0.375"', '"0.625"').replace('"0.25"', '"0.375"')
    text = text[: text.rindex("[[runs.steps]]")]
    (extended / "drifting.toml").write_text(text, encoding="utf-8")
    assert "2 reproduced" in ran(extended, "-m", "neurograph", command, "drifting.toml")


HALVED = """
title = "Halved"
author = "A. Teacher"
year = 2026
source = "lesson 4"

[network]
neurons = [{ name = "i1" }, { name = "o1", activation = "identity", bias = 0.5 }]
connections = [{ label = "w1", pre = "i1", post = "o1", weight = 0.75 }]

[data]
inputs = { i1 = 2.0 }
targets = { o1 = 1.0 }

[[runs]]
name = "halved"
order = "simultaneous"

[[runs.steps]]
do = "halve"
printed = { "w1.weight" = "0.375", "o1.bias" = "0.25" }

[[runs.steps]]
do = "forward"
[runs.steps.printed]
"o1.out" = { value = "0.750", correct = "1.00", cause = "no bias is added" }
"""


@pytest.mark.parametrize(
    ("command", "words"),
    [
        ("run", "halved: 2 reproduced, 1 erratum"),
        ("audit", "in net of o1: the bias left out"),
    ],
)
def test_a_step_that_was_added_is_performed(extended: Path, command: str, words: str) -> None:
    """A file may have it, for the one who runs it and for the one who looks for reasons."""
    (extended / "halved.toml").write_text(HALVED, encoding="utf-8")
    assert words in ran(extended, "-m", "neurograph", command, "halved.toml")


#: A language of its own: a file, and nothing else.
ESPERANTO = """{
  "print": "Presi",
  "numerals": {"decimal": ",", "thousands": "\\u00a0"},
  "texts": {
    "exercise": "Ekzerco", "neuron": "neŭrono|neŭronoj", "of exercise": "{title}, ekzerco {id}"
  },
  "mistakes": {"the bias {own} left out": "la biaso {own} forgesita"}
}
"""


def test_a_language_that_was_added_is_offered(tmp_path: Path) -> None:
    """One file is enough for pages, pictures, sheets and reports; what it lacks is English."""
    folder = copied(tmp_path)
    path = folder / "neurograph/words/eo.json"
    path.write_text(ESPERANTO, encoding="utf-8")
    ran(folder, "-m", "neurograph", "page", "mazur_2015", "-o", "a.html", "--language", "eo")
    assert '<html lang="eo">' in (folder / "a.html").read_text(encoding="utf-8")
    made = ran(
        folder, "-m", "neurograph", "exercise", "mazur_2015", "-o", "a.md", "--language", "eo"
    )
    assert "# Ekzerco: A Step by Step" in (folder / "a.md").read_text(encoding="utf-8"), made
    form = folder / "a.answers.toml"
    filled = form.read_text(encoding="utf-8").replace('"h1.net" = ""', '"h1.net" = "0,0275000"')
    form.write_text(filled, encoding="utf-8")
    report = ["mark", "a.exercise.toml", "a.answers.toml", "-o", "report.txt", "--language", "eo"]
    for _ in range(2):
        told = ran(folder, "-m", "neurograph", *report)
        assert "la biaso b1 forgesita" in " ".join(told.split())
    assert ", ekzerco " in (folder / "report.txt").read_text(encoding="utf-8")
    program = """
import neurograph as ng
from neurograph.drawing import draw_network
net = ng.Network.layered(2, 1, weights=0.5)
print(draw_network(net, language="eo").description)
"""
    words = ran(folder, "-c", program)
    assert "3 neŭronoj" in words
    assert "A feed-forward network of" in words


#: A format of its own: a file, and nothing else.
OUTLINE = """
from neurograph.documents.document import Heading, DocumentWriter, add_format


def write_outline(document, style):
    heads = [block.text for block in document.blocks if isinstance(block, Heading)]
    return "\\n".join([f"OUTLINE of {document.kind}: {document.title}", *heads])


add_format(DocumentWriter("outline", ".outline", write_outline))
"""


@pytest.mark.parametrize(
    ("arguments", "lines"),
    [
        (["explain", "mazur_2015", "h1.net"], ["OUTLINE of explanation: h1.net = 0.3775"]),
        (["run", "mazur_2015", "--run", "2"], ["OUTLINE of verdicts: A Step", "The network"]),
        (["audit", "mazur_2015", "--run", "2"], ["OUTLINE of audit: A Step", "Run 2 of"]),
        (["inspect", "mazur_2015", "h1"], ["OUTLINE of inspection: Neuron h1"]),
        (["list"], ["OUTLINE of list"]),
        (["step", "mazur_2015"], ["OUTLINE of trace: A trace of "]),
    ],
    ids=lambda value: value[0],
)
def test_a_format_that_was_added_is_offered(
    extended: Path, arguments: list[str], lines: list[str]
) -> None:
    """One file is enough for the --format of every command."""
    (extended / "neurograph/documents/outline.py").write_text(OUTLINE, encoding="utf-8")
    written = ran(extended, "-m", "neurograph", *arguments, "--format", "outline")
    starts = zip(written.splitlines(), lines, strict=False)
    assert all(line.startswith(start) for line, start in starts)


def test_a_format_that_was_added_is_saved(extended: Path) -> None:
    """Sheets, marks, traces and explanations are written to files with its suffix."""
    (extended / "neurograph/documents/outline.py").write_text(OUTLINE, encoding="utf-8")
    program = """
import neurograph as ng
from neurograph.exercises import Answers, exercise, mark
scenario = ng.load_scenario("mazur_2015")
net = scenario.network()
ng.trace(net, scenario.inputs, scenario.targets).save("trace.outline")
net.forward(scenario.inputs)
ng.explain(net, "h1.net").save("explanation.outline")
mark(exercise("mazur_2015"), Answers(student="Ada")).save("marks.outline")
"""
    ran(extended, "-c", program)
    ran(extended, "-m", "neurograph", "exercise", "mazur_2015", "-o", "sheet.outline")
    for kind in ("trace", "explanation", "marks", "sheet"):
        text = (extended / f"{kind}.outline").read_text(encoding="utf-8")
        assert text.startswith(f"OUTLINE of {kind}: ")
    assert text.splitlines()[1:] == ["Given", "Forward pass", "Backward pass", "Update"]


def test_a_command_that_was_added_is_offered(extended: Path) -> None:
    """It runs, and --help names it."""
    assert ran(extended, "-m", "neurograph", "hello").strip() == "hello"
