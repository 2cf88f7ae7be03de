"""Tests of `explain`: Mazur's page, depth, batches, ties, softmax, odd names, size, wrong input."""

import copy
import itertools
import pickle
import re

import networkx as nx
import numpy as np
import pytest
import strategies as st
from counting import calls
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as hst
from test_explain_lines import addresses, as_python, close, meanings, read_by_sympy
from test_explain_lines import check as check_lines

import neurograph as ng
from neurograph.documents.lines import expression, shown
from neurograph.explanations import explain, influence
from neurograph.explanations.explanation import explain_by, numeric
from neurograph.explanations.state import State, Update, past_update
from neurograph.formulas.tree import names as names_in
from neurograph.optimizers import Adam
from neurograph.quantities import BY_ADDRESS
from neurograph.scenario import agrees, load_scenario, play

RATE = 0.5


def after(step_name, scenario_name="mazur_2015", run="derivations"):
    """Return the network of a scenario after a step."""
    scenario = load_scenario(scenario_name)
    for step, net in play(scenario, scenario.run(run)):
        if step.do == step_name:
            return net
    raise AssertionError(step_name)


@pytest.fixture(scope="module")
def mazur():
    """Mazur's network after both passes, before the update."""
    return after("backward")


@pytest.fixture(scope="module")
def printed():
    """Every printed value of the derivations."""
    run = load_scenario("mazur_2015").run("derivations")
    return [value for step in run.steps for value in step.printed]


# -- Mazur's page --------------------------------------------------------------------------------


def test_every_printed_symbol_occurs_with_its_printed_number(mazur, printed):
    """All symbols that the page prints stand in explanations, with the numbers of the page."""
    shown = {}
    for address in addresses(mazur):
        for line in explain(mazur, address, depth=0, learning_rate=RATE).root.equations:
            shown.setdefault(line.left.text, line.value)
            for symbol, value in line.symbols.items():
                shown.setdefault(symbol, value)
    assert printed
    for value in printed:
        assert value.symbol in shown, value.symbol
        assert agrees(shown[value.symbol], value.correct or value.value), value


# Each equation of the page: whose it is, its right side, and which numbers are filled in.
EQUATIONS = [
    ("h1.net", "w1*i1 + w2*i2 + b1*1", "w1.weight i1.out w2.weight i2.out h1.bias"),
    ("h1.out", "1/(1 + exp(-net_h1))", "h1.net"),
    ("h2.out", "1/(1 + exp(-net_h2))", ""),
    ("o1.net", "w5*out_h1 + w6*out_h2 + b2*1", "w5.weight h1.out w6.weight h2.out o1.bias"),
    ("o1.out", "1/(1 + exp(-net_o1))", "o1.net"),
    ("o2.out", "1/(1 + exp(-net_o2))", ""),
    ("o1.loss", "1/2*(target_o1 - out_o1)^2", "o1.target o1.out"),
    ("o2.loss", "1/2*(target_o2 - out_o2)^2", "o2.target o2.out"),
    ("loss", "E_o1 + E_o2", "o1.loss o2.loss"),
    ("o1.out_gradient", "-(target_o1 - out_o1)", "o1.target o1.out"),
    ("o1.slope", "out_o1*(1 - out_o1)", "o1.out"),
    ("w5.gradient", "∂E_total/∂out_o1 * ∂out_o1/∂net_o1 * ∂net_o1/∂w5",
     "o1.out_gradient o1.slope h1.out"),
    ("w5.gradient", "-(target_o1 - out_o1) * out_o1*(1 - out_o1) * out_h1",
     "o1.target o1.out h1.out"),
    ("o1.delta", "∂E_total/∂out_o1 * ∂out_o1/∂net_o1", "o1.out_gradient o1.slope"),
    ("o1.delta", "-(target_o1 - out_o1) * out_o1*(1 - out_o1)", "o1.target o1.out"),
    ("w5.gradient", "δ_o1 * out_h1", "o1.delta h1.out"),
    ("w5.new_weight", "w5 - η * ∂E_total/∂w5", "w5.weight w5.gradient"),
    ("w5.error_message", "∂E_o1/∂net_o1 * ∂net_o1/∂out_h1", "o1.delta w5.weight"),
    ("h1.out_gradient", "∂E_o1/∂out_h1 + ∂E_o2/∂out_h1", "w5.error_message"),
    ("h1.slope", "out_h1*(1 - out_h1)", "h1.out"),
    ("w1.gradient", "∂E_total/∂out_h1 * ∂out_h1/∂net_h1 * ∂net_h1/∂w1",
     "h1.out_gradient h1.slope i1.out"),
    ("w1.gradient", "(δ_o1*w5 + δ_o2*w7) * out_h1*(1 - out_h1) * i1", "o1.delta i1.out"),
    ("w1.gradient", "δ_h1 * i1", "i1.out"),
    ("w1.new_weight", "w1 - η * ∂E_total/∂w1", "w1.weight w1.gradient"),
]  # fmt: skip


@pytest.mark.parametrize(("address", "right", "operands"), EQUATIONS)
def test_every_equation_of_the_page_appears(mazur, printed, address, right, operands):
    """An equation of the page is a line of the explanation: equal, with the same symbols."""
    import sympy

    explanation = explain(mazur, address, learning_rate=RATE)
    symbols = {s for line in explanation.root.equations for s in line.symbols}

    def read(text):
        python, stand_ins = as_python(text, symbols)
        names = {stand_in: symbol for symbol, stand_in in stand_ins.items()}
        expected = {name: sympy.Symbol(re.sub(r"\W", "_", names[name])) for name in names}
        return sympy.sympify(python, locals=expected)

    matching = [
        line for line in explanation.root.equations for form in line.forms
        if sympy.expand(read(expression(form, line.terms)) - read(right)) == 0
    ]  # fmt: skip
    assert matching
    numbers = numeric(matching[0], 9)
    for operand in operands.split():
        texts = [v for v in printed if v.address == operand and not v.symbol.endswith("+")]
        assert texts, operand
        found = re.findall(r"\d+\.\d+(?:e-\d+)?", numbers)
        # The page itself prints some numbers with a digit less, or turns a sign.
        assert any(agrees(float(number), v.value) or agrees(-float(number), v.value)
                   for number in found for v in texts), (operand, numbers)  # fmt: skip


@pytest.mark.parametrize(
    ("address", "line"),
    [
        ("w5.gradient", "∂net_o1/∂w5 = out_h1 = 0.593269992"),
        ("w1.gradient", "∂net_h1/∂w1 = i1 = 0.05"),
        ("w5.error_message", "∂net_o1/∂out_h1 = w5 = 0.4"),
        ("o1.out_gradient", "= -(target_o1 - out_o1)"),
        ("o1.out_gradient", "= -(0.01 - 0.75136507)"),
        ("w5.gradient", "= -(target_o1 - out_o1) * out_o1 * (1 - out_o1) * out_h1"),
    ],
)
def test_the_smaller_equations_of_the_page_are_written_as_it_has_them(mazur, address, line):
    """What the last factor of a chain is, and a difference with the target first, are lines."""
    assert line in explain(mazur, address, depth=0).text()


def test_the_issue_line_of_a_net_is_written_as_the_tutorial_writes_it(mazur):
    """Symbols, numbers and value of one line stand as the issue gives them."""
    text = explain(mazur, "h1.net").text()
    line = "net_h1 = w1*i1 + w2*i2 + b1 = 0.15*0.05 + 0.2*0.1 + 0.35 = 0.3775"
    assert f"  {line}" in text.splitlines()


def test_new_weights_are_those_that_an_update_gives(mazur, printed):
    """A new weight is what `update_weights` makes of the old one, and what the page prints."""
    updated = after("update")
    for value in printed:
        if value.symbol.endswith("+"):
            name = value.address.partition(".")[0]
            explanation = explain(mazur, f"{name}.new_weight", learning_rate=RATE)
            assert explanation.value == updated.value(f"{name}.weight")
            assert agrees(explanation.value, value.value)


def test_a_gradient_is_the_sum_over_its_paths(mazur):
    """The two paths of w1 are paths of the graph; their shares add up to its gradient."""
    explanation = explain(mazur, "w1.gradient")
    assert [path.nodes for path in explanation.paths] == [["i1", "h1", "o1"], ["i1", "h1", "o2"]]
    assert all(nx.is_path(mazur, path.nodes) for path in explanation.paths)
    assert explanation.paths[0].edges == [("i1", "h1"), ("h1", "o1")]
    assert close(sum(p.contribution for p in explanation.paths), mazur.value("w1.gradient"))


# -- the tree --------------------------------------------------------------------------------------


def test_the_tree_names_every_quantity_once(mazur):
    """No step is repeated; what is needed again is referred to, and nothing is left out."""
    explanation = explain(mazur, "w1.gradient")
    found = [step.address for step in explanation.steps]
    assert len(found) == len(set(found))
    assert not any(step.folded for step in explanation.steps)
    for step in explanation.steps:
        assert set(step.repeated) <= set(found)
    computed = {"h1.net", "h1.out", "h2.net", "h2.out", "o1.net", "o2.out", "o2.delta"}
    assert computed <= set(found)


def test_depth_limits_how_far_it_unfolds(mazur):
    """With depth n there are the steps within n of the number, and what is beyond is named."""
    alone = explain(mazur, "w1.gradient", depth=0)
    assert [step.address for step in alone.steps] == ["w1.gradient"]
    assert alone.root.folded == ("h1.out_gradient", "h1.slope")
    one = explain(mazur, "w1.gradient", depth=1)
    assert [step.address for step in one.steps] == ["w1.gradient", *alone.root.folded]
    assert "(not unfolded further: w5.error_message, w7.error_message)" in one.text()


def test_a_step_can_be_looked_up(mazur):
    """A step is found by its address; a wrong one is answered with the nearest."""
    explanation = explain(mazur, "w1.gradient")
    assert explanation.step("o1.net").symbolic == "net_o1 = w5*out_h1 + w6*out_h2 + b2"
    with pytest.raises(ng.UnknownNameError, match=r"no step 'o1\.nett'; did you mean 'o1.net'"):
        explanation.step("o1.nett")


def test_explaining_changes_nothing(mazur):
    """The network is only read."""
    before = st.snapshot(mazur)
    for address in addresses(mazur):
        explain(mazur, address, learning_rate=RATE).text()
    assert st.snapshot(mazur) == before


def test_a_long_chain_is_explained():
    """Neither the tree nor its renderings recurse: there are more steps than Python has calls."""
    net = ng.Network(loss="half_squared_error")
    net.add_neuron("i", kind="input")
    names = ["i", *(f"h{k}" for k in range(600))]
    for pre, post in itertools.pairwise(names):
        net.add_neuron(post, activation="identity")
        net.connect(pre, post, 1.0)
    net.forward([1.0])
    net.backward([0.0])
    explanation = explain(net, "h599.out", depth=10_000)
    assert len(explanation.steps) == 1200
    assert explanation.text().count("\n") > 1200
    assert explanation.html().count("<details") == 1199
    assert len(explain(net, "h599.out").steps) <= 30
    gradient = explain(net, "i->h0.gradient", depth=0)
    assert [len(path.nodes) for path in gradient.paths] == [601]


# -- batches, ties, softmax, joint rules -----------------------------------------------------------


@pytest.fixture
def batch():
    """A network after both passes with a batch of three samples."""
    net = ng.Network.layered(2, 2, 1, weights=0.3, bias=0.1)
    net.forward([[0.1, 0.2], [0.3, -0.4], [0.5, 0.6]])
    net.backward([[0.0], [1.0], [0.5]])
    return net


def test_a_batch_shows_the_mean_as_such(batch):
    """Without a sample, gradients and the loss are explained as means over samples."""
    explanation = explain(batch, "w1.gradient")
    assert explanation.root.symbolic == ("∂E_total/∂w1 = 1/3 * (∂E[1]/∂w1 + ∂E[2]/∂w1 + ∂E[3]/∂w1)")
    assert "the mean over the 3 samples" in explanation.root.words
    assert close(np.mean([part.value for part in explanation.root.parts]), explanation.value)
    assert explain(batch, "loss").root.symbolic == "E_total = 1/3 * (E[1] + E[2] + E[3])"


def test_one_sample_of_a_batch_is_explained_alone(batch):
    """With a sample the numbers are that sample's, and the mean is mentioned."""
    explanation = explain(batch, "w1.gradient", sample=2)
    alone = batch.copy()
    alone.forward([0.3, -0.4])
    alone.backward([1.0])
    assert close(explanation.value, alone.value("w1.gradient"))
    assert "sample 2 of 3" in explanation.text()
    mean = f"{batch.value('w1.gradient'):.9g}"
    assert f"the mean over its 3 samples, {mean}." in " ".join(explanation.root.notes)
    assert explain(batch, "o1.net", sample=2).value == batch.value("o1.net")[1]


def test_a_long_batch_is_shortened():
    """Of many samples the largest few are shown; count, total and rest are stated."""
    net = ng.Network.layered(1, 1, weights=0.5, activation="identity")
    net.forward([[k / 10] for k in range(40)])
    net.backward([[0.0]] * 40)
    root = explain(net, "loss").root
    assert root.symbolic == "E_total = 1/40 * (E[38] + E[39] + E[40] + (37 more))"
    losses = net.value("o1.loss")
    assert f"A sum of 40 samples, {losses.sum():.9g} in total" in root.notes[0]
    assert f"the other 37 add up to {losses[:37].sum():.9g}." in root.notes[0]


def test_a_shared_parameter_adds_up_its_places(mazur):
    """The gradient of a tied bias is the sum over its places, which are named."""
    explanation = explain(mazur, "h1.bias_gradient", depth=0)
    assert explanation.root.symbolic == "∂E_total/∂b1 = δ_h1 + δ_h2"
    assert explanation.root.notes[-1] == "b1 is one parameter in 2 places: h1.bias, h2.bias."
    assert explanation.n_paths == 4


def test_a_frozen_parameter_stays(mazur):
    """The new value of a frozen bias is the old one, and it says why."""
    explanation = explain(mazur, "h1.new_bias", learning_rate=RATE)
    assert explanation.value == mazur.value("h1.bias")
    assert explanation.root.symbolic == "b1+ = b1"
    assert "frozen" in explanation.root.notes[0]


JOINT = [
    # an output that feeds onward, under each joint rule and without one
    (["logistic"] * 3, "binary_cross_entropy"),
    (["logistic", "tanh", "logistic"], "half_squared_error"),
    (["softmax", "softmax", "logistic"], "cross_entropy"),
    (["softmax", "softmax", "identity"], "half_squared_error"),
]


@pytest.mark.parametrize(("activations", "loss"), JOINT)
@pytest.mark.parametrize("kind", ["output", "hidden"])
def test_outputs_that_feed_onward_and_groups(activations, loss, kind):
    """Joint rules and softmax hold where more comes back than the loss alone."""
    a, b, c = activations
    units = [
        st.Unit("x1"), st.Unit("x2"), st.Unit("a", a, 0.1, kind=kind),
        st.Unit("b", b, -0.2, kind="output" if kind == "output" else None), st.Unit("c", c, 0.3),
    ]  # fmt: skip
    wires = [
        st.Wire("x1", "a", 0.5), st.Wire("x2", "a", -0.4), st.Wire("x1", "b", 0.2),
        st.Wire("x2", "b", 0.7), st.Wire("a", "c", 0.6), st.Wire("b", "c", -0.3),
    ]  # fmt: skip
    plain = st.Plain(units, wires, loss)
    plain.inputs = [{"x1": 0.3, "x2": 0.8}]
    plain.targets = [dict.fromkeys(plain.output_names, 0.25)]
    other = st.Plain(units, [st.Wire(w.pre, w.post, w.weight + 0.1) for w in wires], loss)
    other.inputs, other.targets = [{"x1": -0.4, "x2": 0.5}], plain.targets
    net = plain.network()
    net.forward(plain.data[0])
    net.backward(plain.data[1])
    here, there = (meanings(one, None, RATE) for one in (plain, other))
    for address in addresses(net):
        check_lines(plain, net, address, None, RATE, here, there)


def test_a_joint_rule_is_explained_as_such():
    """The delta of softmax with cross-entropy is out less target, and says which rule it is."""
    net = ng.Network.layered(
        2, 3, weights=0.2, output_activation="softmax", loss="cross_entropy", bias=0.1
    )
    net.forward([1.0, 0.5])
    net.backward([0.0, 1.0, 0.0])
    root = explain(net, "o1.delta").root
    assert root.symbolic.startswith("δ_o1 = ∂E_total/∂net_o1 = out_o1*(target_o1 + target_o2")
    assert root.notes[0].startswith("A joint rule: the derivatives of cross_entropy and softmax")
    assert "Bishop" in root.notes[0]
    assert "end at a softmax" not in explain(net, "w1.gradient").text()  # it has one path


def test_a_saturated_loss_is_explained_by_its_net():
    """Where out has been rounded to 1 the loss is explained from the net, and says so."""
    net = ng.Network.layered(1, 1, weights=50.0, loss="binary_cross_entropy")
    net.forward([1.0])
    net.backward([0.0])
    step = explain(net, "o1.loss").root
    assert step.symbolic == (
        "E_o1 = target_o1*ln(1 + exp(-net_o1)) + (1 - target_o1)*ln(1 + exp(net_o1))"
    )
    assert "digits are lost in its logarithm" in step.notes[0]
    values = {"net_o1": 50.0, "target_o1": 0.0}
    text = step.symbolic.partition(" = ")[2]
    assert close(read_by_sympy(text, values)[0], step.value)


def test_paper_arithmetic_is_marked_as_rounded():
    """A value that was rounded while computing is about equal to its line, not equal."""
    net = ng.Network.layered(1, 1, weights=0.123456)
    net.forward([1.0], digits=3)
    assert "≈ 0.123" in explain(net, "o1.net").text()
    assert "~ 0.123" in explain(net, "o1.net").text(ascii=True)
    net.forward([1.0])
    assert "≈" not in explain(net, "o1.net").text()


def test_shares_in_proportion_to_weights_are_explained():
    """Errors that `attribute` shares out are explained, with and without the denominator."""
    net = ng.Network.layered(2, 1, weights=[[[0.6, 0.2]]], activation="identity")
    net.forward([1.0, 1.0])
    for normalised, right in ((True, "error_o1*w1/(w1 + w2)"), (False, "error_o1 * w1")):
        net.attribute([1.6], normalised=normalised)
        assert explain(net, "w1.share").root.symbolic == f"share_w1 = {right}"
    assert explain(net, "o1.error").root.symbolic == "error_o1 = target_o1 - out_o1"
    assert explain(net, "i1.error").root.symbolic == "error_i1 = share_w1"


# -- names -----------------------------------------------------------------------------------------

ODD = [
    "a b", "x*y", "1", 1, ("t", 2), "{z}", "net_q", "E", "w1", "out_h", "λ", "größe",
    "$x_y^z%&#~\\",
]  # fmt: skip


def odd_network(start, names=ODD):
    """Return a network of a few inputs with names that are no symbols."""
    names = names[start : start + 5]
    net = ng.Network()
    net.add_neuron("h")
    net.add_neuron("total")
    for name in names:
        net.add_neuron(name, kind="input")
        net.connect(name, "h", 0.25)
    net.connect("h", "total", 0.5, label="w1")
    net.forward([0.1 * (k + 1) for k in range(len(names))])
    net.backward([1.0])
    return net


@pytest.mark.parametrize("start", range(0, len(ODD), 4))
def test_odd_names_stay_unambiguous(start):
    """No two quantities share a symbol, whatever the neurons are called."""
    net = odd_network(start)
    owners = {}
    for step in explain(net, "total.out", depth=20).steps:
        for line in step.equations:
            for name in {name for form in line.forms for name in names_in(form)} & {*line.terms}:
                term = line.terms[name]
                assert owners.setdefault(term.symbol.text, term.variable) == term.variable
    assert len(owners) > 5
    assert explain(net, "total.loss").root.symbolic.startswith("E_{total} = ")
    assert explain(net, "loss").root.symbolic == "E_total = E_{total}"


@settings(st.CHECKED, max_examples=40)
@given(st.st.lists(st.st.text(min_size=1, max_size=8), min_size=2, max_size=5, unique=True))
def test_any_names_render(names):
    """Every rendering takes any names, and no two outs share a symbol."""
    net = ng.Network()
    *inputs, last = names
    net.add_neuron(last)
    for name in inputs:
        net.add_neuron(name, kind="input")
        net.connect(name, last, 0.5)
    net.forward([0.5] * len(inputs))
    try:
        explanation = explain(net, f"{last}.net")
    except ng.UnknownNameError:
        return  # the dot or arrow in the name makes an address that is none
    line = explanation.root.equations[0]
    assert len({s for s in line.symbols if not s.startswith("w_")}) == len(inputs)
    for text in (explanation.text(), explanation.markdown(), explanation.latex()):
        assert text.strip()
    explanation.html(document=True)


@pytest.mark.parametrize("value", [float("inf"), -float("inf"), float("nan")])
def test_a_diverged_number_is_shown_as_it_is(value):
    """No rounding makes a number of what is none."""
    assert repr(shown(value, 9)) == repr(value)


# -- size ------------------------------------------------------------------------------------------


def computed(*sizes):
    """Return a network of layers after both passes."""
    net = ng.Network.layered(
        *sizes, seed=1, bias=0.1, output_activation="softmax", loss="cross_entropy"
    )
    net.forward(np.random.default_rng(0).random(sizes[0]))
    net.backward(np.eye(sizes[-1])[3])
    return net


def test_a_weight_costs_no_more_in_a_larger_network():
    """Three times as many connections, and explaining one is hardly any more work."""
    small, large = computed(784, 100, 10), computed(784, 300, 10)
    explain(small, "w150.gradient").text()  # formulas are compiled when they are first needed
    small_work = calls(lambda: explain(small, "w150.gradient").text())
    assert calls(lambda: explain(large, "w150.gradient").text()) < 1.5 * small_work


def test_a_weight_of_a_large_network_is_a_page():
    """784-100-10: a readable page, long sums shortened with count and total."""
    net = computed(784, 100, 10)
    explanation = explain(net, "w150.gradient")
    text = explanation.text()
    lines = text.splitlines()
    assert len(lines) < 300
    assert max(map(len, lines)) <= 80
    assert re.search(r"net_h1 = w\d+\*i\d+ \+ w\d+\*i\d+ \+ w\d+\*i\d+ \+ \(781 more\)", text)
    assert "A sum of 784 messages, " in text
    assert explanation.n_paths == 10
    total = sum(path.contribution for path in explanation.paths)
    assert close(total, net.value("w150.gradient"))


def test_more_paths_than_can_be_listed_are_counted():
    """Of 3 ** 12 paths some are listed; the others are counted, and their shares added up."""
    net = ng.Network.layered(1, *[3] * 12, 1, weights=0.3, activation="tanh")
    net.forward([0.5])
    net.backward([1.0])
    explanation = explain(net, "w1.gradient", depth=0)
    assert explanation.n_paths == 3**11
    listed = sum(path.contribution for path in explanation.paths)
    assert close(listed + explanation.other_paths, net.value("w1.gradient"))
    assert f"sum over {3**11:,} paths" in explanation.text()


# -- wrong input -----------------------------------------------------------------------------------

WRONG = [
    ({"address": "w55.gradient"}, ng.UnknownNameError, "no connection 'w55'; did you mean 'w5'"),
    ({"address": "w5.gradeint"}, ng.UnknownNameError, "did you mean 'gradient'"),
    ({"address": "w5.new_wieght"}, ng.UnknownNameError, "did you mean 'new_weight'"),
    ({"address": "w5"}, ng.UnknownNameError, "'w5' is not an address"),
    ({"address": "o1.new_weight"}, ng.UnknownNameError, "no connection 'o1'"),
    ({"address": 5}, ng.InvalidTypeError, "an address is text"),
    ({"address": "i1.bias"}, ng.NotComputedError, "neuron 'i1' has no bias"),
    ({"address": "i1.net"}, ng.NotComputedError, "neuron 'i1' has no net"),
    ({"address": "w5.new_weight"}, ng.InvalidValueError,
     "'w5.new_weight' depends on the learning rate: give it"),
    ({"address": "loss", "depth": -1}, ng.InvalidValueError, "depth must be 0 .* not -1"),
    ({"address": "loss", "depth": 1.5}, ng.InvalidTypeError, "depth must be a whole number"),
    ({"address": "loss", "digits": 0}, ng.InvalidValueError, "digits must be between 1 and 15"),
    ({"address": "loss", "digits": True}, ng.InvalidTypeError, "digits must be a whole number"),
    ({"address": "loss", "sample": 1}, ng.InvalidValueError, "made with one sample alone"),
    ({"address": "loss", "sample": "1"}, ng.InvalidTypeError, "sample must be a whole number"),
    ({"address": "w5.new_weight", "learning_rate": -1}, ng.InvalidValueError,
     "learning_rate must be zero or more"),
]  # fmt: skip


@pytest.mark.parametrize(("given_", "error", "message"), WRONG)
def test_wrong_input_is_told_clearly(mazur, given_, error, message):
    """Each mistake is one error that says what was expected and what was got."""
    with pytest.raises(error, match=message):
        explain(mazur, **given_)


def test_a_sample_out_of_range_is_refused(batch):
    """Samples are counted from 1 to the number of samples."""
    for sample in (0, 4, -1):
        with pytest.raises(ng.InvalidValueError, match=f"from 1 to 3, .*, not {sample}"):
            explain(batch, "loss", sample=sample)
    with pytest.raises(ng.InvalidValueError, match=r"'h1\.net' has a value for each of 3 samples"):
        explain(batch, "h1.net")


def test_a_value_that_is_not_known_yet_says_what_to_call():
    """Before a pass the error names the call that makes the value known."""
    net = ng.Network.layered(1, 1, weights=0.5)
    with pytest.raises(ng.NotComputedError, match=r"call net.forward\(inputs\) first"):
        explain(net, "o1.net")
    assert explain(net, "w1.weight").value == 0.5
    net.forward([1.0])
    with pytest.raises(ng.NotComputedError, match=r"call net.backward\(targets\) first"):
        explain(net, "w1.gradient")
    with pytest.raises(ng.NotComputedError, match="total error is not known yet"):
        explain(net, "loss")


def test_a_value_of_before_an_update_is_refused():
    """Numbers that no longer follow from the weights are not explained away."""
    net = after("backward").copy()
    net.forward([0.05, 0.1])
    net.backward([0.01, 0.99])
    net.set_value("w5.weight", 0.3)
    with pytest.raises(ng.NotComputedError, match="made before weights or biases changed"):
        explain(net, "w5.gradient")
    assert explain(net, "w5.weight").value == 0.3


def test_softmax_has_no_slope_of_one_neuron():
    """The slope of a softmax neuron is refused with the reason."""
    net = ng.Network.layered(1, 2, weights=0.5, output_activation="softmax", loss="cross_entropy")
    net.forward([1.0])
    net.backward([1.0, 0.0])
    with pytest.raises(ng.NotComputedError, match="softmax makes its out depend on the nets"):
        explain(net, "o1.slope")
    assert "o1.slope" not in influence(net, "w1").backward


@pytest.mark.parametrize(
    ("address", "message"),
    [
        ("b2", "'b2' is the bias of o1 and o2: did you mean 'o1.bias_gradient'?"),
        ("w1", "connection 'w1' has several numbers: such as 'w1.weight' or 'w1.gradient'"),
        ("h1", "neuron 'h1' has several numbers: such as 'h1.out' or 'h1.delta'"),
        ("h1.gradient", "'h1' is a neuron: did you mean 'h1.bias_gradient'?"),
        ("h1.message", "'h1' is a neuron, and message is of a connection"),
        ("w1.delta", "'w1' is a connection, which has weight, message"),
        ("E_total", "did you mean 'loss', the total error?"),
        ("net_h1", "did you mean 'h1.net'?"),
        ("δ_o1", "did you mean 'o1.delta'?"),
        ("∂E_total/∂w5", "did you mean 'w5.gradient'?"),
        ("zz.net", "no neuron 'zz'; the neurons are i1, i2, h1, h2, o1, o2"),
        ("zz.gradient", "the connections are w1, w2, w3, w4, w5, w6, w7, w8"),
        ("w9.gradient", "no connection 'w9'; did you mean 'w"),
    ],
)
def test_what_was_likely_meant_by_an_address(mazur, address, message):
    """A symbol of the page, a name alone or a wrong pair is answered with the address it means."""
    with pytest.raises(ng.UnknownNameError, match=re.escape(message)):
        explain(mazur, address)


def test_one_output_is_no_sum():
    """The error of a network with one output is not called a sum over outputs."""
    net = ng.Network.layered(1, 1, weights=0.5, activation="identity")
    net.forward([2.0])
    net.backward([0.0])
    assert explain(net, "loss", depth=0).root.words == "the total error: that of the one output"


def test_what_is_not_unfolded_is_named_once():
    """Over a batch a gradient has a part for each sample: both have the same address."""
    net = ng.Network.layered(1, 1, weights=1.0)
    net.forward([[1.0], [2.0]])
    net.backward([[0.0], [0.0]])
    text = explain(net, "w1.gradient", depth=0).text()
    assert text.count("w1.gradient") == 2  # the heading, and what is not unfolded
    assert "(not unfolded further: w1.gradient)" in text


@settings(max_examples=12, suppress_health_check=[HealthCheck.too_slow])
@given(st.plain_networks(combined=True), hst.booleans())
def test_every_number_of_a_network_is_explained(plain, trained):
    """Of any network, before an update and after one, each equation gives its left side."""
    net = plain.network()
    inputs, targets = plain.data
    update = Update(0.1, Adam())
    net.forward(inputs)
    net.backward(targets)
    net.curvatures(targets)
    if trained:
        net.train(inputs, targets, learning_rate=0.1, epochs=2, batch_size=1, optimizer="adam")
        update = Update()
    state = State(net, update, past=past_update(net, update))
    for element in (*dict(net.nodes).values(), *dict(net.edges).values()):
        for key in set(element.everything()) & set(BY_ADDRESS):
            of_each = state.n_samples and BY_ADDRESS[key].owner in ("neuron", "connection")
            sample = 1 if of_each else None
            step = explain_by(net, f"{element.name}.{key}", update, depth=0, sample=sample).root
            assert all(line.is_exact for line in step.equations), step.address
    equations = state.equations
    phases = (equations.forward, equations.losses, equations.backward, equations.update)
    for equation in itertools.chain.from_iterable(phase() for phase in phases):
        if equation.formula is not None and not state.is_given(equation.left):
            left = state.raw(equation.left.quantity, equation.left.place)
            with np.errstate(all="ignore"):
                right = equation.value(state.value, state.n_samples)
            np.testing.assert_allclose(left, right, rtol=1e-12, atol=1e-16)


@pytest.mark.parametrize(
    "change",
    [
        lambda net: setattr(net.nodes["h1"], "combine", "product"),
        lambda net: setattr(net.nodes["h1"], "activation", "tanh"),
        lambda net: setattr(net.nodes["h1"], "mask", 0.5),
        lambda net: [setattr(net.connection(name), "tie", "T") for name in ("w1", "w2")],
        lambda net: net.connect("i1", "o1", 0.5),
    ],
)
def test_numbers_of_another_structure_are_not_explained(change) -> None:
    """After a change of what is computed there is no reason to give, as there is no way back."""
    net = ng.Network.layered(2, 2, 1, weights=0.3, bias=0.1)
    net.forward([1, 2])
    net.backward([0.5])
    change(net)
    for ask in (lambda: ng.explain(net, "h1.out"), lambda: net.backward([0.5])):
        with pytest.raises(
            ng.NotComputedError, match=r"the network has changed since the last for"
        ):
            ask()
    net.forward([1, 2])
    assert ng.explain(net, "h1.out").value == net.nodes["h1"].out


@pytest.mark.parametrize(
    "copied",
    [ng.Network.copy, copy.deepcopy, lambda net: pickle.loads(pickle.dumps(net))],
    ids=["copy", "deepcopy", "pickle"],
)
@pytest.mark.parametrize(
    "change",
    [
        lambda net: net.set_value("w1.weight", 0.9),
        lambda net: setattr(net.nodes["h1"], "activation", "tanh"),
        lambda net: setattr(net.nodes["h1"], "activation", "tanh") or net.structure,
    ],
)
def test_a_copy_knows_that_its_numbers_are_older(change, copied) -> None:
    """What is refused of a network is refused of its copies too, and explained after a pass."""
    net = ng.Network.layered(2, 2, 1, weights=0.3, bias=0.1)
    net.forward([1, 2])
    assert ng.explain(copied(net), "h1.net", depth=0).value == net.nodes["h1"].net
    change(net)
    other = copied(net)
    for each in (net, other, copied(other)):
        with pytest.raises(ng.NotComputedError, match=r"changed since|before weights or biases ch"):
            ng.explain(each, "h1.net", depth=0)
    other.forward([1, 2])
    assert ng.explain(other, "h1.net", depth=0).value == other.nodes["h1"].net


def test_an_item_stored_after_an_update_hides_nothing() -> None:
    """Numbers stay older than the weights, and the update stays explained."""
    net = ng.Network.layered(1, 1, weights=1.0, activation="identity")
    net.step([2.0], [0.0], 0.25)
    net.nodes["o1"]["colour"] = "red"
    assert ng.explain(net, "w1.weight").root.numeric == "1 - 0.25*4"
    net.set_value("w1.weight", 3.0)
    net.nodes["o1"]["colour"] = "blue"
    with pytest.raises(ng.NotComputedError, match=r"changed since|before weights or biases ch"):
        ng.explain(net, "o1.net")


def test_what_is_only_stored_with_a_neuron_changes_no_reason() -> None:
    """A colour, a position or a label leave the numbers as they are."""
    net = ng.Network.layered(2, 2, 1, weights=0.3, bias=0.1)
    net.forward([1, 2])
    net.nodes["h1"]["colour"] = "red"
    net.nodes["h2"]["label"] = "second"
    assert ng.explain(net, "h1.net", depth=0).root.numeric == "0.3*1 + 0.3*2 + 0.1"
