"""The equations of a page, computed by a JavaScript engine, against the passes.

Both compute the same equations in the same order with IEEE doubles; what rounds differently is
``Math.exp`` and its like, which ECMAScript leaves to the engine. V8 has them from fdlibm, whose
error is below 1 unit in the last place, as is that of NumPy and of C: two values of one function
differ by at most 2 units, 4.5e-16 of their size. `MATH_BOUND` tests that. In a round a few such
differences add up, and where numbers cancel they are measured against the numbers that cancelled.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import cache
from itertools import chain
from types import MappingProxyType
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from page_script import lesson_engine, script_engine
from strategies import Plain, plain_networks

import neurograph as ng
from neurograph.activations import ACTIVATIONS, get_activation
from neurograph.equations import ORDERS, Equations, Round
from neurograph.formulas import FUNCTIONS, Formula
from neurograph.formulas.javascript import javascript
from neurograph.landscape import descend, loss_surface
from neurograph.landscape.axes import Ground, find_parameters
from neurograph.losses import LOSSES, get_loss
from neurograph.optimizers import (
    OPTIMIZERS,
    AdaDelta,
    AdaGrad,
    Adam,
    Momentum,
    Nesterov,
    Optimizer,
    RMSProp,
    get_optimizer,
)
from neurograph.pages.equation_table import EquationTable, FormulaTable
from neurograph.pages.page_data import example_of
from neurograph.passes import Values, compute
from neurograph.quantities import QUANTITIES
from neurograph.scenario.schema import read_scenario
from neurograph.structure import Structure
from neurograph.terms import DELTAS, SLOPES, Penalty, Terms

pytest.importorskip("py_mini_racer")

RTOL = 1e-12
#: Two units in the last place.
MATH_BOUND = 2 * np.finfo(float).eps
RATE = 0.05

HARNESS = """
let program, rounded;
const asMap = (pairs) => new Map(pairs);
function load(data, names) {
  program = readProgram(data, FORMULAS);
  rounded = new Set(names);
  return program.variables.length;
}
function first(setting, given) {
  const state = {
    weights: asMap(given.weights), inputs: asMap(given.inputs), targets: asMap(given.targets),
    memory: {}, step: 1, rate: given.rate, constants: constantsOf(program, setting),
  };
  const optimizer = program.data.optimizers.find(({ key }) => key === setting.optimizer);
  for (const name of optimizer.state) {
    state.memory[name] = new Map(given.weights.map(([slot]) => [slot, 0]));
  }
  return state;
}
function losses(setting, given, axes, points) {
  const { lossAt } = createGround(program, setting, first(setting, given), axes, rounded);
  return points.map(lossAt);
}
function walk(setting, given, axes, start, steps) {
  const { createWalker } = createGround(program, setting, first(setting, given), axes, rounded);
  const walker = createWalker(start);
  while (walker.path.length <= steps && walker.step());
  return walker.path.map(({ point, loss }) => [...point, loss]);
}
function play(setting, given, rounds) {
  let state = first(setting, given);
  const equations = allOf(chosenEquations(program, setting));
  const n = given.inputs[0][1].length;
  const samples = Array.from({ length: n }, (_, i) => i);
  let values;
  for (let round = 0; round < rounds; round += 1) {
    values = compute(equations, givenValues(program, state, samples), n, setting, rounded);
    state = stateAfter(program, state, setting, values);
  }
  return equations.map(({ quantity, place, left }) => [
    quantity, place, typeof values[left] === "object" ? Array.from(values[left], String)
      : String(values[left]),
  ]);
}
"""


class Browser:
    """A JavaScript engine that has read the equations of a structure."""

    def __init__(self, structure: Structure, **choices: Any) -> None:
        formulas = FormulaTable()
        self.structure = structure
        self.table = EquationTable(structure, formulas, **choices)
        parts = ("functions", "model", "ground")
        self.context = script_engine(parts, formulas.javascript(), HARNESS)
        rounded = [row.name for row in QUANTITIES.values() if row.rounded]
        self.context.call("load", json.loads(json.dumps(self.table.data())), rounded)

    def play(
        self,
        of_round: Round,
        inputs: Any,
        targets: Any,
        rounds: int,
        **choices: Any,
    ) -> dict[tuple[str, int], Any]:
        """Return every number of the last of some rounds."""
        found = self.call("play", of_round, inputs, targets, rounds, **choices)
        return {(name, place): np.array(value, float) for name, place, value in found}

    def call(
        self,
        function: str,
        of_round: Round,
        inputs: Any,
        targets: Any,
        *arguments: Any,
        digits: int | None = None,
        rate: float = RATE,
        constants: Mapping[str, float] = MappingProxyType({}),
    ) -> Any:
        """Return what a function of the harness gives for a round with its data."""
        structure = of_round.structure
        setting = {
            "activation": [row.name for row in structure.activations],
            "loss": of_round.loss.name,
            "order": of_round.order,
            "optimizer": repr(of_round.optimizer),
            "reduction": of_round.reduction,
            "digits": digits,
            "constants": dict(constants),
        }
        given_numbers = {
            "weights": [[slot, float(structure.values[slot])] for slot in structure.filled],
            "inputs": [
                [row, column.tolist()]
                for row, column in zip(structure.inputs, inputs.T, strict=True)
            ],
            "targets": [
                [row, column.tolist()]
                for row, column in zip(structure.outputs, targets.T, strict=True)
            ],
            "rate": rate,
        }
        return self.context.call(function, setting, given_numbers, *arguments)


def by_passes(
    of_round: Round,
    inputs: Any,
    targets: Any,
    rounds: int,
    digits: int | None = None,
    rate: float = RATE,
) -> dict[tuple[str, int], Any]:
    """Return every number of the last round, computed by the passes."""
    structure, optimizer = of_round.structure, of_round.optimizer
    equations = Equations(of_round)
    parameters = structure.values.tolist()
    memory = {name: [0.0] * len(parameters) for name in optimizer.state}
    one = len(inputs) == 1
    names = ["forward", "losses", "backward"]
    if of_round.order == "simultaneous":
        names.append("update")
    rows = chain(*(equations.phase(name) for name in names))
    listed = list(rows)
    for step in range(1, rounds + 1):
        values = Values(
            parameters,
            dict(zip(structure.inputs, inputs[0].tolist() if one else inputs.T, strict=True)),
            dict(zip(structure.outputs, targets[0].tolist() if one else targets.T, strict=True)),
            memory,
            learning_rate=rate,
            step_number=float(step),
        )
        with np.errstate(all="ignore"):
            compute(listed, values, digits)
    return {left[:2]: values.value(left) for left in (equation.left for equation in listed)}


def assert_same(browser: Mapping[Any, Any], passes: Mapping[Any, Any], rtol: float = RTOL) -> None:
    """Compare every number."""
    assert browser.keys() == passes.keys()
    sizes: dict[str, float] = {}
    for (name, _), value in passes.items():
        finite = np.abs(np.where(np.isfinite(value), value, 0.0))
        sizes[name] = max(sizes.get(name, 0.0), float(np.max(finite)))
    for key, value in passes.items():
        # What cancels is right to a rounding of what cancelled, as large as others of its kind.
        np.testing.assert_allclose(
            browser[key], value, rtol=rtol, atol=1e-13 * max(1.0, sizes[key[0]]), err_msg=str(key)
        )


def read_runs() -> Iterator[Any]:
    """Yield every run of the scenarios."""
    for path in ng.find_scenarios().values():
        scenario = ng.load_scenario(path)
        for run in scenario.runs:
            yield pytest.param(scenario, run, id=f"{scenario.name}-{run.name}")


@pytest.mark.parametrize(("scenario", "run"), list(read_runs()))
def test_a_scenario_is_computed_as_by_the_passes(scenario: Any, run: Any) -> None:
    """Every number of a run's round, and of its 30th, is that of the passes."""
    net = scenario.network(run)
    structure = net.structure
    inputs, targets = map(np.atleast_2d, scenario.data_of(run))
    optimizer = get_optimizer(run.optimizer)
    of_round = Round(structure, get_loss(net.loss), net.reduction, run.order, optimizer)
    browser = Browser(structure, optimizers=[optimizer], losses=[net.loss], terms=net.terms)
    for rounds in (1, 30):
        computed = browser.play(of_round, inputs, targets, rounds, digits=run.digits)
        passes = by_passes(of_round.on(net.terms), inputs, targets, rounds, run.digits)
        assert_same(computed, passes)


@pytest.mark.parametrize(("order", "rounds"), list(zip(ORDERS, (1000, 100), strict=True)))
@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_every_optimiser_remembers_as_in_the_passes(
    optimizer: str, order: str, rounds: int
) -> None:
    """After 1,000 rounds, or 100 in place, every number is that of the passes."""
    structure = ng.load_scenario("mazur_2015").network().structure
    of_round = Round(structure, get_loss("half_squared_error"), order=order)
    of_round = replace(of_round, optimizer=get_optimizer(optimizer))
    data = np.array([[0.05, 0.1], [0.7, -0.2]]), np.array([[0.01, 0.99], [0.5, 0.5]])
    # At a minimum RMSProp jumps to and fro by the sign of what is left of a gradient, and doubles
    # a difference of rounding with each step: it is stopped on the way there.
    rate = 1e-4 if optimizer == "rmsprop" else RATE
    computed = Browser(structure).play(of_round, *data, rounds, rate=rate)
    assert_same(computed, by_passes(of_round, *data, rounds, rate=rate))


@pytest.mark.parametrize("loss", LOSSES)
@pytest.mark.parametrize("name", [name for name, row in ACTIVATIONS.items() if not row.group])
def test_one_list_holds_what_a_reader_can_choose(name: str, loss: str, mazur: Browser) -> None:
    """The one list gives the numbers of the passes under another activation or loss."""
    structure = mazur.structure
    activations = list(structure.activations)
    activations[2] = activations[4] = get_activation(name)
    changed = replace(structure, activations=activations)
    of_round = Round(changed, get_loss(loss), order="in_place", optimizer=get_optimizer("adam"))
    data = np.array([[0.05, 0.1]]), np.array([[0.01, 0.99]])
    assert_same(mazur.play(of_round, *data, 3), by_passes(of_round, *data, 3))


@pytest.fixture(scope="module")
def mazur() -> Browser:
    """Return the 2-2-2 network in an engine."""
    return Browser(ng.load_scenario("mazur_2015").network().structure)


@settings(max_examples=50, suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(plain_networks(combined=True))
def test_random_networks_are_computed_as_by_the_passes(plain: Plain) -> None:
    """Ties, masks, frozen parameters, combine rules, softmax groups and batches: every number."""
    net = plain.network()
    structure = net.structure

    order = [structure.names[row] for row in structure.inputs]
    inputs = np.array([[one[name] for name in order] for one in plain.inputs])
    names = [structure.names[row] for row in structure.outputs]
    targets = np.array([[one[name] for name in names] for one in plain.targets])
    browser = Browser(structure, losses=[net.loss])
    for number, order_ in enumerate(ORDERS):
        optimizer = list(browser.table.optimizers)[(len(structure.names) + number) % 6]
        of_round = Round(structure, get_loss(net.loss), net.reduction, order_, optimizer)
        passes = by_passes(of_round, inputs, targets, 2)
        assume(all(np.all(np.abs(value) < 1e6) for value in passes.values()))
        assert_same(browser.play(of_round, inputs, targets, 2), passes)


@pytest.mark.parametrize("order", ORDERS)
def test_a_formula_of_messages_is_computed_as_by_the_passes(order: str) -> None:
    """Neurons whose names mean something in JavaScript are gated: every number of five rounds."""
    net = ng.Network()
    for name in ("var", "new"):
        net.add_neuron(name)
    net.add_neuron("let", bias=0.1)
    net.add_neuron("y", bias=0.2, combine="(1 - let) * new + max(let * var, 0)")
    for number, (pre, post) in enumerate(
        [("var", "let"), ("new", "let"), ("let", "y"), ("new", "y"), ("var", "y")], start=1
    ):
        net.connect(pre, post, number / 4)
    data = np.array([[0.5, -0.3], [0.7, 0.2]]), np.array([[0.1], [0.9]])
    of_round = Round(net.structure, get_loss(net.loss), net.reduction, order, get_optimizer("adam"))
    passes = by_passes(of_round, *data, 5)
    assert_same(Browser(net.structure, losses=[net.loss]).play(of_round, *data, 5), passes)


@settings(max_examples=20, suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(
    plain_networks(combined=True),
    st.sampled_from(SLOPES),
    st.none() | st.builds(
        Penalty, l2=st.sampled_from([0.0, 0.5]), l1=st.sampled_from([0.0, 0.25]),
        half=st.booleans(), per_sample=st.booleans(), biases=st.booleans(),
    ),
    st.sampled_from(DELTAS),
)  # fmt: skip
def test_terms_are_computed_as_by_the_passes(
    plain: Plain, slope: str, penalty: Penalty | None, delta: str
) -> None:
    """Slopes of 1, penalties and deltas of the other sign: every number is that of the passes."""
    net, terms = plain.network(), Terms(slope, penalty, delta)
    structure = net.structure
    inputs, targets = (
        np.array([[one[structure.names[row]] for row in rows] for one in samples])
        for rows, samples in (
            (structure.inputs, plain.inputs), (structure.outputs, plain.targets)
        )
    )  # fmt: skip
    browser = Browser(structure, losses=[net.loss], terms=terms)
    for number, order in enumerate(ORDERS):
        optimizer = list(browser.table.optimizers)[(len(structure.names) + number) % 6]
        of_round = Round(structure, get_loss(net.loss), net.reduction, order, optimizer)
        passes = by_passes(of_round.on(terms), inputs, targets, 2)
        assume(all(np.all(np.abs(value) < 1e6) for value in passes.values()))
        assert_same(browser.play(of_round, inputs, targets, 2), passes)


def test_the_landscape_of_a_page_has_the_penalty() -> None:
    """The losses over two weights of a network with a penalty are those of `loss_surface`."""
    net, inputs, targets, of_round = with_its_data("mazur_2015")
    net.penalty, net.delta = {"l2": 0.5, "l1": 0.25}, "target - out"
    over = ["w5.weight", "w6.weight"]
    surface = loss_surface(net, inputs, targets, *over, points=3)
    axes = slots_of(net, inputs, targets, over)
    points = [[a, b] for b in surface.y.tolist() for a in surface.x.tolist()]
    browser = Browser(net.structure, terms=net.terms)
    computed = browser.call("losses", of_round, inputs, targets, axes, points)
    np.testing.assert_allclose(np.reshape(computed, (3, 3)), surface.losses, rtol=RTOL)
    path = descend(net, inputs, targets, over=over, start=[1.5, -0.5], learning_rate=RATE, steps=9)
    walked = browser.call("walk", of_round, inputs, targets, axes, [1.5, -0.5], 9)
    np.testing.assert_allclose(walked, np.column_stack([path.parameters, path.losses]), rtol=1e-11)


def test_rounding_is_that_of_paper(mazur: Browser) -> None:
    """Numbers rounded in the browser are those rounded by decimals, halves away from zero."""
    from neurograph.passes import rounding

    rng = np.random.default_rng(7)
    numbers = [0.00125, 0.0012499999999999998, -0.00125, 2.5, 1e-9, 123456.78949, 0.0, 9.9996, 1e20]
    numbers += (rng.normal(size=300) * 10.0 ** rng.integers(-8, 8, 300)).tolist()
    for digits in (0, 3, 4, 9):
        expected = [rounding(digits)(number) + 0.0 for number in numbers]
        source = f"{json.dumps(numbers)}.map((x) => onPaper(x, {digits}) + 0)"
        assert json.loads(mazur.context.eval(f"JSON.stringify({source})")) == expected


_POINTS = np.concatenate([np.linspace(-30, 30, 2001), np.geomspace(1e-8, 300, 500)])


@pytest.mark.parametrize("name", [n for n in FUNCTIONS if n.isidentifier()])
def test_functions_round_as_in_python(name: str, mazur: Browser) -> None:
    """A function of the browser differs from that of NumPy by two units in the last place."""
    row = FUNCTIONS[name]
    if not row.derivatives:
        pytest.skip("over a group: sums and the like, tested by the rounds")
    names = ["a", "b"][: row.n_arguments]
    formula = Formula(f"{name}({', '.join(names)})", names)
    points = [dict(zip(names, pair, strict=False)) for pair in
              zip(_POINTS.tolist(), _POINTS[::-1].tolist(), strict=True)]  # fmt: skip
    source = javascript(formula.tree, names)
    call = f"{json.dumps(points)}.map((p) => String(({source})(0, p.a, p.b)))"
    computed = np.array(json.loads(mazur.context.eval(f"JSON.stringify({call})")), float)
    expected = [formula(**point) for point in points]
    # logaddexp and the logarithms times a factor round twice.
    times = 1 if row.n_arguments == 1 else 2
    np.testing.assert_allclose(computed, expected, rtol=times * MATH_BOUND, atol=1e-300)


def test_powers_are_those_of_python(mazur: Browser) -> None:
    """Powers of numbers at the edges are those of IEEE 754, which JavaScript's are not."""
    formula = Formula("a**b", ["a", "b"])
    numbers = ["-Infinity", "-2", "-1", "-0.5", "0", "0.5", "1", "2", "Infinity", "NaN"]
    source = javascript(formula.tree, ["a", "b"])
    for a in numbers:
        for b in numbers:
            found = float(mazur.context.eval(f"String(({source})(0, {a}, {b}))"))
            expected = formula(a=float(a), b=float(b)) + 0.0  # text has no -0
            np.testing.assert_equal(found + 0.0, expected, err_msg=f"{a}**{b}")


def test_names_that_mean_something_in_javascript_are_replaced() -> None:
    """An optimiser's constant may be called by a word of JavaScript."""
    formula = Formula("new * F + k", ["new", "F", "k"])
    source = javascript(formula.tree, ["new", "F", "k"])
    assert source == "(k, x0_, x1_, x2_) => ((x0_ * x1_) + x2_)"


@pytest.mark.parametrize(
    "own",
    [Momentum(0.35), Nesterov(0.75), AdaGrad(1e-3), RMSProp(0.6, 1e-4), AdaDelta(0.8, 1e-3),
     Adam(0.7, 0.95, 1e-5)],
    ids=lambda own: own.name,
)
@pytest.mark.parametrize("order", ORDERS)
def test_constants_of_an_optimiser_are_changed(own: Optimizer, order: str, mazur: Browser) -> None:
    """The usual optimiser with other constants gives the numbers of the passes with these."""
    of_round = Round(mazur.structure, get_loss("half_squared_error"), order=order, optimizer=own)
    usual = replace(of_round, optimizer=get_optimizer(own.name))
    data = np.array([[0.05, 0.1], [0.7, -0.2]]), np.array([[0.01, 0.99], [0.5, 0.5]])
    computed = mazur.play(usual, *data, 20, constants=dict(own.constants))
    assert_same(computed, by_passes(of_round, *data, 20))


def test_a_page_knows_what_constants_may_be(mazur: Browser) -> None:
    """Momentum is a fraction, epsilon above zero, as the optimisers say; plain descent has none."""
    constants = {one["name"]: one.get("constants") for one in mazur.table.data()["optimizers"]}
    assert constants["gradient_descent"] is None
    assert constants["momentum"] == {"momentum": [0.9, "fraction"]}
    assert constants["rmsprop"] == {"decay": [0.9, "fraction"], "epsilon": [1e-8, "positive"]}


def of_levels(*names: str) -> ng.Network:
    """Return a network of 2-3-2 with an activation for each level, and a direct connection."""
    net = ng.Network.layered(2, 3, 2, seed=5, activation="tanh")
    net.connect("i1", "o1", 0.3)
    for name in net:
        if net.in_degree(name):
            net.neuron(name).activation = names[0] if name.startswith("h") else names[1]
    return net


@cache
def browser_of(levels: tuple[str, str]) -> Browser:
    """Return such a network in an engine."""
    return Browser(of_levels(*levels).structure)


@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize("loss", LOSSES)
@pytest.mark.parametrize("before", [("tanh", "logistic"), ("softmax", "softmax")])
@pytest.mark.parametrize(
    "after", [("softmax", "logistic"), ("logistic", "softmax"), ("softmax", "softmax"),
              ("tanh", "tanh")],
)  # fmt: skip
def test_a_level_takes_a_softmax_and_leaves_it(
    before: tuple[str, str], after: tuple[str, str], loss: str, order: str
) -> None:
    """The one list of a network gives the numbers of the passes with a softmax put on or off."""
    browser = browser_of(before)
    structure = of_levels(*after).structure
    of_round = Round(structure, get_loss(loss), order=order, optimizer=get_optimizer("momentum"))
    data = np.array([[0.05, 0.1], [0.7, -0.2]]), np.array([[0.25, 0.75], [1.0, 0.0]])
    assert_same(browser.play(of_round, *data, 3), by_passes(of_round, *data, 3))


COUNTED = """
let calls = 0;
const counted = FORMULAS.map((run) => (...numbers) => { calls += 1; return run(...numbers); });
const own = createLesson(data, counted);
// How many equations were computed for states, which views ask for one after the other.
function computed(states) {
  return states.map((edits) => {
    calls = 0;
    const state = { run: 0, edits, sample: 0, step: null };
    for (let view = 0; view < 12; view += 1) own.moment(state);
    return calls;
  });
}
function edited(numbers) {
  const edits = numbers.map((number) => ({ ...NO_EDITS, weights: { 0: number } }));
  return computed([NO_EDITS, ...edits]);
}
"""


def test_an_edit_computes_the_round_once() -> None:
    """However many views ask, each change computes every equation of the round one time."""
    scenario = ng.load_scenario("mazur_2015")
    context = lesson_engine(example_of(scenario), COUNTED)
    net = scenario.network()
    of_round = Round(net.structure, get_loss(net.loss))
    # What is given has no formula.
    phases = map(Equations(of_round).phase, ("forward", "losses", "backward", "update"))
    number = sum(equation.formula is not None for equation in chain(*phases))
    assert context.call("edited", [0.1, 0.2, 0.3]) == [number] * 4


FALLING = """
title = "A falling rate"
author = "by hand"
year = 2026
source = "s"
[network]
loss = "half_squared_error"
neurons = [{ name = "x" }, { name = "y", activation = "identity" }]
connections = [{ label = "w", pre = "x", post = "y", weight = 1.0 }]
[data]
inputs = { x = [1.0, 2.0] }
targets = { y = [0.0, 0.0] }
[[runs]]
name = "falling"
learning_rate = "0.1 / (1 + epoch) + 0.01 * step"
batch_size = 1
[[runs.steps]]
do = "train"
rounds = 2
"""


def test_a_rate_that_is_a_formula_is_followed_until_a_reader_states_one() -> None:
    """Two epochs by hand, w -= rate * w * x^2; a rate that is typed holds for all steps."""
    context = lesson_engine(
        example_of(read_scenario(FALLING, "f")),
        """
    const trained = (setting) => {
      const edits = { ...NO_EDITS, setting };
      const now = lesson.moment({ run: 0, edits, sample: 0, step: null });
      const after = lesson.epoch(now, lesson.epoch(now, now.state, 0), 1);
      return [...after.weights.values()][0];
    };
    """,
    )
    for setting, rates in (({}, [0.11, 0.12, 0.08, 0.09]), ({"rate": 0.1}, [0.1] * 4)):
        weight = 1.0
        for rate, x in zip(rates, [1.0, 2.0, 1.0, 2.0], strict=True):
            weight -= rate * weight * x * x
        trained = context.call("trained", setting)
        assert trained == pytest.approx(weight, rel=RTOL)


def test_a_softmax_is_for_a_whole_level() -> None:
    """One neuron, or one beside a softmax of others, is offered none."""
    net = ng.Network.layered(2, 3, 1, weights=0.5)
    net.neuron("h1").activation = net.neuron("h2").activation = "softmax"
    table = EquationTable(net.structure, FormulaTable())
    assert table.data()["coupled"] == ["softmax"]
    assert table.data()["whole"] == []
    assert EquationTable(of_levels("tanh", "tanh").structure, FormulaTable()).data()["whole"] == [
        2, 3, 4, 5, 6,
    ]  # fmt: skip


def test_the_list_is_small(mazur: Browser) -> None:
    """The equations of the 2-2-2 network under every choice take less than 21 kB."""
    assert len(json.dumps(mazur.table.data(), separators=(",", ":"))) < 21_000


@pytest.mark.parametrize(
    "own",
    [
        Momentum(0.5), Momentum(0.5, average=True), Adam(weight_decay=0.1), Adam(epsilon=0.0),
        RMSProp(epsilon_inside=True), AdaGrad(weight_decay=0.01, epsilon_inside=True),
        Momentum(0.5, weight_decay=0.1), Nesterov(0.5, average=True),
        Momentum(0.5, weight_decay=0.1, biases=False),
    ],
    ids=repr,
)  # fmt: skip
def test_an_optimiser_of_ones_own_is_in_the_list(own: Optimizer) -> None:
    """An optimiser with other constants and options stands beside the usual ones."""
    structure = ng.Network.layered(2, 1, weights=0.5, bias=0.35).structure
    of_round = Round(structure, get_loss("half_squared_error"), optimizer=own)
    data = np.array([[0.05, 0.1]]), np.array([[0.01]])
    computed = Browser(structure, optimizers=[own]).play(of_round, *data, 5)
    assert_same(computed, by_passes(of_round, *data, 5))
    assert {(name, 0) for name in own.state} <= computed.keys()


LANDSCAPES = [
    ("mazur_2015", "w5.weight", "w6.weight"),
    ("mazur_2015", "w1.weight", "h1.bias"),
    ("spacagna_2017_deep_network", "w1.weight", "w2.weight"),
    ("spacagna_2017_softmax", "w1.weight", "w2.weight"),
]


def with_its_data(name: str) -> tuple[ng.Network, Any, Any, Round]:
    """Return the first network of a scenario with its data and its round."""
    scenario = ng.load_scenario(name)
    net = scenario.network(scenario.runs[0])
    inputs, targets = map(np.atleast_2d, scenario.data_of(scenario.runs[0]))
    return net, inputs, targets, Round(net.structure, get_loss(net.loss), net.reduction)


@pytest.mark.parametrize(("name", "x", "y"), LANDSCAPES)
def test_the_landscape_is_that_of_the_library(name: str, x: str, y: str) -> None:
    """The losses over two parameters, tied ones too, are those of `loss_surface`."""
    net, inputs, targets, of_round = with_its_data(name)
    surface = loss_surface(net, inputs, targets, x, y, points=5)
    axes = slots_of(net, inputs, targets, [x, y])
    points = [[a, b] for b in surface.y.tolist() for a in surface.x.tolist()]
    browser = Browser(net.structure, losses=[net.loss])
    computed = browser.call("losses", of_round, inputs, targets, axes, points)
    np.testing.assert_allclose(np.reshape(computed, (5, 5)), surface.losses, rtol=RTOL)


def slots_of(net: ng.Network, inputs: Any, targets: Any, over: list[str]) -> list[list[int]]:
    """Return the slots that each of some addresses moves."""
    ground = Ground.of(net, inputs, targets)
    return [list(parameter.slots) for parameter in find_parameters(net, ground, over)]


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_a_walker_goes_as_in_the_library(optimizer: str, mazur: Browser) -> None:
    """A walker of the page takes the steps of `descend`, under each optimiser."""
    net, inputs, targets, of_round = with_its_data("mazur_2015")
    of_round = replace(of_round, optimizer=get_optimizer(optimizer))
    over, start, steps = ["w5.weight", "w6.weight"], [1.5, -0.5], 40
    path = descend(net, inputs, targets, over=over, start=start, learning_rate=RATE,
                   steps=steps, optimizer=optimizer)  # fmt: skip
    axes = slots_of(net, inputs, targets, over)
    walked = mazur.call("walk", of_round, inputs, targets, axes, start, steps)
    expected = np.column_stack([path.parameters, path.losses])
    np.testing.assert_allclose(walked, expected, rtol=1e-11, atol=1e-13)


_LEVELS = {(0.0, 10.0): [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10], (2.0, 2.0): [1.998, 2.002]}


@pytest.mark.parametrize(("low", "high"), _LEVELS)
def test_contours_lie_at_round_numbers(low: float, high: float, mazur: Browser) -> None:
    """Contours of an even slope lie at round numbers; level ground has one colour."""
    losses = np.linspace(low, high, 101).tolist()
    np.testing.assert_allclose(mazur.context.call("contourLevels", losses), _LEVELS[low, high])


def test_contours_of_a_bowl_are_even_rings(mazur: Browser) -> None:
    """On a paraboloid the radii of the contours are evenly spaced."""
    x, y = np.meshgrid(np.linspace(-1, 1, 41), np.linspace(-1, 1, 41))
    steep = (x**2 + y**2) ** 2
    levels = np.array(mazur.context.call("contourLevels", steep.ravel().tolist()))
    np.testing.assert_allclose(np.diff(np.sqrt(levels)), np.sqrt(4.0) / 12)
