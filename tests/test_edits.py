"""The table of edits: its rows, and that audit and marking mean the same by each."""

import math
from dataclasses import replace

import pytest

import neurograph as ng
from neurograph.conventions import Conventions, alternatives, recompute
from neurograph.conventions.alternatives import alternatives_to
from neurograph.conventions.setups import setup_of
from neurograph.edits import EDITS, FAMILIES, KINDS
from neurograph.equations import Equations, Round, Variable
from neurograph.exercises import Marker, exercise
from neurograph.losses import get_loss
from neurograph.optimizers import AdaGrad, Adam, Momentum
from neurograph.scenario.schema import read_scenario
from neurograph.slips import Instead, Places
from neurograph.terms import Penalty, Terms

INPUTS, TARGETS, RATE = [0.05, 0.1], [0.01, 0.99], 0.5
WEIGHTS = [[[0.15, 0.2], [0.25, 0.3]], [[0.4, 0.45], [0.5, 0.55]]]


def network(n_outputs=2):
    """Return a net of two inputs, two hidden neurons and some outputs."""
    last = [*WEIGHTS[1], [0.2, -0.3]][:n_outputs]
    return ng.Network.layered(2, 2, n_outputs, weights=[WEIGHTS[0], last], bias=[0.35, 0.6])


def sheet(net, targets=TARGETS, order="simultaneous", inputs=INPUTS):
    """Return the marker of an exercise on a whole round."""
    return Marker(
        exercise(net, inputs=inputs, targets=targets, learning_rate=RATE, order=order, ask="update")
    )


def feeding_on():
    """Return a net i1 -> o1 -> o2 of two outputs, without activations."""
    net = ng.Network()
    net.add_neuron("i1")
    for name, bias in (("o1", 0.25), ("o2", 0.5)):
        net.add_neuron(name, kind="output", activation="identity", bias=bias)
    net.connect("i1", "o1", 0.5)
    net.connect("o1", "o2", 2.0)
    return net


def rounds():
    """Yield networks with inputs and targets: all that rows of the table may need."""
    yield network(), INPUTS, TARGETS
    yield network(3), INPUTS, [*TARGETS, 0.5]
    bce = network()
    bce.loss = "binary_cross_entropy"
    yield bce, INPUTS, TARGETS
    relu = network()
    for name, activation in (("h1", "relu"), ("h2", "leaky_relu")):
        relu.nodes[name]["activation"] = activation
        relu.nodes[name]["trainable"] = name == "h1"
    yield relu, INPUTS, TARGETS
    square = [[0.1, 0.2, 0.3], [0.4, 0.5, 0.6], [0.7, 0.8, 0.9]]
    yield ng.Network.layered(3, 3, weights=[square]), [0.1, 0.2, 0.3], [0.4, 0.5, 0.6]
    yield feeding_on(), [1.0], [0.25, 1.5]
    yield network(), [INPUTS, [0.3, 0.4]], [TARGETS, [0.5, 0.6]]
    yield dropped_out(), INPUTS, [1.0, 0.0]
    yield sharing([("i1", "h1", "a"), ("i2", "h1", "b"), ("i2", "h2", "a"), ("i3", "h2", "b")])
    yield sharing([("i1", "h1", "a"), ("i2", "h2", "a"), ("h1", "h2", "b"), ("h2", "h3", "b")])
    classes = ng.Network.layered(2, 3, activation="softmax", weights=0.1, loss="cross_entropy")
    yield classes, INPUTS, [1.0, 0.0, 0.0]


def sharing(links):
    """Return a net whose connections share two weights, with data for it."""
    net = ng.Network()
    for name in dict.fromkeys(end for pre, post, _ in links for end in (pre, post)):
        net.add_neuron(name)
    for pre, post, tie in links:
        net.connect(pre, post, {"a": 0.3, "b": -0.6}[tie], tie=tie)
    return net, [0.1] * len(net.structure.inputs), [0.5] * len(net.structure.outputs)


def dropped_out():
    """Return a net with masks, a sine, a product, a shared weight and a softmax."""
    net = ng.Network(loss="cross_entropy")
    for name in ("i1", "i2"):
        net.add_neuron(name)
    net.add_neuron("h1", activation="sin", mask=2.0, bias=0.1)
    net.add_neuron("h2", activation="tanh", mask=0.0, bias=0.2, combine="product")
    for name in ("o1", "o2"):
        net.add_neuron(name, activation="softmax")
    for (pre, post), weight in {("i1", "h1"): 0.3, ("i2", "h1"): 0.4, ("i1", "h2"): 0.5}.items():
        net.connect(pre, post, weight)
    for pre, post in (("h1", "o1"), ("h2", "o2")):
        net.connect(pre, post, 0.6, tie="w")
    net.connect("i2", "h2", 0.7)
    return net


def test_every_row_has_words_of_both_vocabularies():
    """A row is of a family of pages and of a kind of mistake, unless it says why not."""
    for name, row in EDITS.items():
        assert row.not_of_pages or row.family in FAMILIES, name
        assert row.not_of_pupils or row.kind in KINDS, name


def test_audit_and_marking_walk_the_same_table():
    """Each looks for every row, but for those that say why it makes no sense there."""
    of_pages, of_pupils = set(), set()
    names = {id(row): name for name, row in EDITS.items()}
    for net, inputs, targets in rounds():
        for order in ("simultaneous", "in_place"):
            stated = Conventions(learning_rate=RATE, order=order, digits=4)
            setup = setup_of(net, inputs, targets, stated)
            terms = Terms(penalty=Penalty(l2=0.1))
            trained = replace(
                setup, optimizer=AdaGrad(weight_decay=0.1), terms=terms, n_data=3, standardized="n",
                goes_on=True,
            )  # fmt: skip
            others = [replace(setup, optimizer=its) for its in (Momentum(), Adam())]
            for of_page in (setup, trained, *others):
                pages = alternatives_to(of_page, shares=True)
                of_pages |= {names[id(alternative.row)] for alternative in pages}
            if setup.single:
                marker = sheet(net.copy(), targets, order, inputs)
                for quantity in marker._quantities.values():
                    of_pupils |= {names[id(its.row)] for its in marker.suspects(quantity, {})}
    assert set(EDITS) - of_pages == {name for name, row in EDITS.items() if row.not_of_pages}
    assert set(EDITS) - of_pupils == {name for name, row in EDITS.items() if row.not_of_pupils}


def sigmoid(net):
    """Return 1 / (1 + e^-net)."""
    return 1 / (1 + math.exp(-net))


NETS = [sum(w * x for w, x in zip(row, INPUTS, strict=True)) + 0.35 for row in WEIGHTS[0]]
HIDDEN = [sigmoid(net) for net in NETS]
OUT_NETS = [sum(w * h for w, h in zip(row, HIDDEN, strict=True)) + 0.6 for row in WEIGHTS[1]]
OUTS = [sigmoid(net) for net in OUT_NETS]
DELTAS = [(out - t) * out * (1 - out) for out, t in zip(OUTS, TARGETS, strict=True)]
NEW_W5 = 0.4 - RATE * DELTAS[0] * HIDDEN[0]
NEW_W7 = 0.5 - RATE * DELTAS[1] * HIDDEN[0]
SLOPE = HIDDEN[0] * (1 - HIDDEN[0])

#: By row: the alternative that audit makes of it, an address, its phase, the number by hand.
BY_HAND = {
    "bias left out": ("operand: net of h1: no bias", "h1.net", "forward", NETS[0] - 0.35),
    "another weight": (
        "operand: net of h1, w1 * out of i1: w2 in place of w1", "h1.net", "forward",
        0.2 * 0.05 + 0.2 * 0.1 + 0.35,
    ),
    "another neuron": (
        "operand: gradient of w5: out of h2 in place of out of h1", "w5.gradient", "backward",
        DELTAS[0] * HIDDEN[1],
    ),
    "term left out": (
        "operand: net of h1, w1 * out of i1: the term left out", "h1.net", "forward",
        0.2 * 0.1 + 0.35,
    ),
    "weights exchanged": (
        "swap: w1 and w2", "h1.net", "forward", 0.2 * 0.05 + 0.15 * 0.1 + 0.35,
    ),
    "dE/dout for delta": (
        "operand: gradient of w5: dE/dout of o1 in place of its delta", "w5.gradient", "backward",
        (OUTS[0] - 0.01) * HIDDEN[0],
    ),
    "derivative left out": (
        "derivative: left out of h1", "h1.delta", "backward", 0.4 * DELTAS[0] + 0.5 * DELTAS[1],
    ),
    "one path alone": (
        "path: only w5 back to h1", "h1.delta", "backward", 0.4 * DELTAS[0] * SLOPE,
    ),
    "updated weight": (
        "order: in place", "h1.delta", "backward",
        (NEW_W5 * DELTAS[0] + NEW_W7 * DELTAS[1]) * SLOPE,
    ),
    "learning rate left out": (
        "rate: left out", "w5.weight", "update", 0.4 - DELTAS[0] * HIDDEN[0],
    ),
    "update added": (
        "sign: update added", "w5.weight", "update", 0.4 + RATE * DELTAS[0] * HIDDEN[0],
    ),
    "another gradient": (
        "operand: update of w5: the gradient of w6 in place of that of w5", "w5.weight", "update",
        0.4 - RATE * DELTAS[0] * HIDDEN[1],
    ),
    "doubled": (
        "loss: times 2", "loss", "forward",
        sum((out - t) ** 2 for out, t in zip(OUTS, TARGETS, strict=True)),
    ),
    "four times the loss": (
        "loss: times 4", "loss", "forward",
        sum(2 * (out - t) ** 2 for out, t in zip(OUTS, TARGETS, strict=True)),
    ),
    "halved": (
        "rate: times 0.5", "w5.weight", "update", 0.4 - RATE / 2 * DELTAS[0] * HIDDEN[0],
    ),
    "sign turned": (
        "operand: net of h1: w2 with the other sign", "h1.net", "forward",
        0.15 * 0.05 - 0.2 * 0.1 + 0.35,
    ),
    "weights of another neuron": (
        "operand: net of h1: the weights of h2", "h1.net", "forward",
        0.25 * 0.05 + 0.3 * 0.1 + 0.35,
    ),
    "columns for rows": (
        "operand: net of h1: the table of weights read by columns where it goes by rows",
        "h1.net", "forward", 0.15 * 0.05 + 0.25 * 0.1 + 0.35,
    ),
    "out left out": (
        "operand: gradient of w5: out of h1 left out", "w5.gradient", "backward", DELTAS[0],
    ),
    "term counted twice": (
        "operand: net of h1: the bias of h1 counted twice", "h1.net", "forward", NETS[0] + 0.35,
    ),
    "part of an update": (
        "operand: update of w5: the change written where the new weight belongs", "w5.weight",
        "update", -RATE * DELTAS[0] * HIDDEN[0],
    ),
    "biases kept fixed": ("bias: fixed", "o1.bias", "update", 0.6),
    "derivative at out": (
        "derivative: at out", "o1.delta", "backward",
        (OUTS[0] - 0.01) * sigmoid(OUTS[0]) * (1 - sigmoid(OUTS[0])),
    ),
    "net for out": (
        "activation: net for out of h1", "o1.net", "forward",
        0.4 * NETS[0] + 0.45 * HIDDEN[1] + 0.6,
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", BY_HAND)
def test_audit_and_marking_mean_the_same(name):
    """Each row gives on both sides the number that the slip gives by hand."""
    called, address, phase, by_hand = BY_HAND[name]
    slipped = network(), INPUTS, TARGETS, Conventions(learning_rate=RATE)
    alternative = next(other for other in alternatives(*slipped) if other.name == called)
    assert recompute(alternative, *slipped)[address] == pytest.approx(by_hand, rel=1e-12)

    marker = sheet(network())
    quantity = marker._solution.quantity(address, phase)
    worked_out = [
        marker._solution.value(quantity, {}, suspect.edit)
        for suspect in marker.suspects(quantity, {})
        if suspect.mistake.kind == EDITS[name].kind
    ]
    assert any(value == pytest.approx(by_hand, rel=1e-12) for value in worked_out)


@pytest.mark.parametrize(
    ("name", "address", "by_hand"),
    [
        ("activation: 2.72 for e of the hidden neurons", "h1.out", 1 / (1 + 2.72 ** -NETS[0])),
        ("activation: 2 for e of the outputs", "o2.out", 1 / (1 + 2.0 ** -OUT_NETS[1])),
        (
            "operand: net of h1, w1 * out of i1: the term ten times too large", "h1.net",
            1.5 * 0.05 + 0.2 * 0.1 + 0.35,
        ),
        (
            "operand: net of h2, w4 * out of i2: the term ten times too small", "h2.net",
            0.25 * 0.05 + 0.03 * 0.1 + 0.35,
        ),
    ],
)  # fmt: skip
def test_another_number_in_a_forward_pass(name, address, by_hand):
    """Another base than e, or a factor with its point one place off."""
    slipped = network(), INPUTS, TARGETS, Conventions(learning_rate=RATE)
    alternative = next(its for its in alternatives(*slipped) if its.name == name)
    assert recompute(alternative, *slipped)[address] == pytest.approx(by_hand, rel=1e-12)


@pytest.mark.parametrize(
    ("name", "slope"),
    [
        ("derivative: of tanh of the outputs", 1 - OUTS[0] ** 2),
        ("derivative: of relu of o1", 1.0),
        ("derivative: 1 - out of o1", 1 - OUTS[0]),
        ("derivative: out * (1 + out) of the outputs", OUTS[0] * (1 + OUTS[0])),
        ("derivative: net of o1", OUT_NETS[0]),
        ("derivative: out", OUTS[0]),
        ("derivative: net for out of o1", OUT_NETS[0] * (1 - OUT_NETS[0])),
    ],
)
def test_something_else_for_the_derivative(name, slope):
    """A delta is the error of the out times whatever was taken for f'."""
    slipped = network(), INPUTS, TARGETS, Conventions(learning_rate=RATE)
    alternative = next(its for its in alternatives(*slipped) if its.name == name)
    delta = recompute(alternative, *slipped)["o1.delta"]
    assert delta == pytest.approx((OUTS[0] - 0.01) * slope, rel=1e-12)


def test_the_value_itself_is_looked_at():
    """With the other sign, half or twice as large: what a page prints, or a pupil writes."""
    hand = DELTAS[0] * HIDDEN[0]
    slipped = network(), INPUTS, TARGETS, Conventions(learning_rate=RATE)
    marker = sheet(network())
    quantity = marker._solution.quantity("w5.gradient", "backward")
    for factor in (-1.0, 2.0, 0.5):
        name = f"value: times {factor:g}"
        alternative = next(its for its in alternatives(*slipped) if its.name == name)
        value = recompute(alternative, *slipped)["w5.gradient"]
        assert value == pytest.approx(factor * hand, rel=1e-12)
        suspects = marker.suspects(quantity, {})
        written = [marker._solution.value(quantity, {}, its.edit) for its in suspects]
        assert any(value == pytest.approx(factor * hand, rel=1e-12) for value in written)


def test_delta_once_more_times_the_derivative():
    """Where loss and activation cancel, a pupil may multiply by f' all the same."""
    net = network()
    net.loss = "binary_cross_entropy"
    marker = sheet(net)
    quantity = marker._solution.quantity("o1.delta", "backward")
    twice = (OUTS[0] - 0.01) * OUTS[0] * (1 - OUTS[0])
    sentences = [
        suspect.mistake.sentence
        for suspect in marker.suspects(quantity, {})
        if marker._solution.value(quantity, {}, suspect.edit) == pytest.approx(twice, rel=1e-12)
    ]
    assert "delta of the outputs multiplied by f', which this loss has cancelled" in sentences


def test_an_output_that_feeds_others_has_two_errors():
    """Its own error alone, or what comes back alone: each has its words."""
    net = feeding_on()
    # o1 = 0.75, o2 = 2; dE/do1 = (0.75 - 0.25) + 2 * (2 - 1.5) = 0.5 + 1.
    marker = Marker(exercise(net, inputs=[1.0], targets=[0.25, 1.5], learning_rate=0.5))
    quantity = marker._solution.quantity("o1.out_gradient", "backward")
    words = {
        suspect.mistake.sentence: marker._solution.value(quantity, {}, suspect.edit)
        for suspect in marker.suspects(quantity, {})
    }
    own = "only the error of the neuron's own out counted, not what comes back"
    back = "only the error that comes back counted, not that of the neuron's own out"
    assert (words[own], words[back]) == (0.5, 1.0)


def test_digits_are_cut_or_rounded():
    """What is written with fewer digits is rounded half away from zero, or cut off."""
    writes = {row: [] for row in ("rounded", "cut off")}
    for name, written in writes.items():
        places = Places(equations=network_equations(), parameters=[], decimals=3)
        written += [slip.edit.after for slip in EDITS[name].throughout(places) if slip.edit.after]
    assert writes["rounded"][0](-0.125) == -0.13
    assert writes["cut off"][0](-0.129) == -0.12


def network_equations():
    """Return the equations of the network."""
    return Equations(Round(network().structure, get_loss("half_squared_error")))


def test_a_line_has_its_messages_written_out():
    """On a sheet a net is made of weights, outs and a bias; what is beside a weight is known."""
    equations = network_equations()
    places = Places(equations=equations, parameters=equations.structure.values.tolist())
    line = next(places.lines_of("net"))
    assert {operand.quantity for _, operand in line.terms} == {"weight", "out"}
    assert {owner.quantity for owner, _ in line.terms} == {"message", "net"}
    assert len(line.of("weight")) == 3
    assert places.next_to(0) == [1, 3, 4]


def test_the_table_of_weights_read_by_columns():
    """Where it is square, w2 and w3 change places in it."""
    places = Places(equations=network_equations(), parameters=[])
    first = next(EDITS["columns for rows"].places(places))
    weight = {number: Variable("weight", number) for number in range(5)}
    assert dict(first.edit.operands) == {(Variable("message", 1), weight[1]): Instead(weight[3])}


# -- a linear neuron of two inputs by hand: o = w1 * x1 + w2 * x2 + b, E = (o - t)^2 / 2 -----------

X, T, W, B, ETA = (1.7, -0.6), 0.4, (0.5, -0.25), 0.15, 0.3
DELTA = W[0] * X[0] + W[1] * X[1] + B - T
SLOPES = (DELTA * X[0], DELTA * X[1])


def audited(printed, do="step", run="", network="", keys=""):
    """Return the audit of a page of the neuron."""
    values = "\n".join(f'"{address}" = "{value:.6f}"' for address, value in printed.items())
    text = f"""
        title = "t"
        author = "a"
        source = "s"
        [network]
        {network}
        neurons = [
            {{ name = "x1" }}, {{ name = "x2" }},
            {{ name = "o", activation = "identity", bias = {B} }},
        ]
        connections = [
            {{ label = "w1", pre = "x1", post = "o", weight = {W[0]} }},
            {{ label = "w2", pre = "x2", post = "o", weight = {W[1]} }},
        ]
        [data]
        inputs = {list(X)}
        targets = [{T}]
        [[runs]]
        name = "r"
        learning_rate = {ETA}
        {run}
        [[runs.steps]]
        do = "{do}"
        {keys}
        [runs.steps.printed]
        {values}
        """
    return ng.reconcile(read_scenario(text, "page"))


@pytest.mark.parametrize(
    ("says", "step"),
    [
        ("the learning rate left out", SLOPES[0]),
        ("the gradient of w2 in place of that of w1", ETA * SLOPES[1]),
        ("the update added where it is to be subtracted", -ETA * SLOPES[0]),
    ],
)
def test_a_slip_in_the_step_of_a_parameter(says, step):
    """It is one of the update where the new weight has it too, else of the step alone."""
    beside = {"w1.gradient": SLOPES[0], "w2.step": ETA * SLOPES[1]}
    computed_on = audited({"w1.step": step, **beside, "w1.weight": W[0] - step})
    assert [cause.sentence for cause in computed_on.changes] == [f"in update of w1: {says}"]
    alone = audited({"w1.step": step, **beside, "w1.weight": W[0] - ETA * SLOPES[0]})
    (value,) = alone.values
    assert f"in step of w1: {says}" in [finding.sentence for finding in value.found]


def test_another_gradient_is_remembered_by_a_velocity():
    """Where one update takes the gradient of another weight, so does what is remembered of it."""
    w, b, velocity = [*W], B, [0.0, 0.0, 0.0]
    for _ in range(2):
        delta = w[0] * X[0] + w[1] * X[1] + b - T
        gradients = (delta * X[1], delta * X[1], delta)  # the first is that of w2
        velocity = [0.8 * v + g for v, g in zip(velocity, gradients, strict=True)]
        w, b = [w[k] - ETA * velocity[k] for k in (0, 1)], b - ETA * velocity[2]
    found = audited(
        {"w1.velocity": velocity[0], "w1.weight": w[0], "w2.weight": w[1], "o.bias": b},
        "train", 'optimizer = { name = "momentum", momentum = 0.8 }', keys="rounds = 2",
    )  # fmt: skip
    says = "in update of w1: the gradient of w2 in place of that of w1"
    assert len(found.values) == 4
    for value in found.values:
        assert says in [finding.sentence for finding in value.found]


def test_weight_decay_left_out():
    """The rule without its decay is found, and a run that states it prints the same."""
    new = {"w1.weight": W[0] - ETA * SLOPES[0], "w2.weight": W[1] - ETA * SLOPES[1]}
    run = 'optimizer = { name = "gradient_descent", weight_decay = 0.2 }'
    (cause,) = audited(new, "train", run, keys="rounds = 1").changes
    assert cause.sentence == "the weight decay left out"
    (line,) = {value.found[0].states for value in cause.explains}
    assert audited(new, "train", f"{run}\n{line}", keys="rounds = 1").result.passed


def test_out_left_out_of_a_penalised_gradient():
    """The factor is dropped from the part of the data; what the penalty adds stays."""
    by_penalty = 0.2 * W[0]
    found = audited({"w1.gradient": DELTA + by_penalty}, network="penalty = { l2 = 0.2 }")
    words = "in gradient of w1: out of x1 left out"
    assert words in [finding.sentence for finding in found.values[0].found]
    out = DELTA + T
    found = audited({"w1.gradient": DELTA * out + by_penalty}, network="penalty = { l2 = 0.2 }")
    words = "in gradient of w1: out of o in place of out of x1"
    assert words in [finding.sentence for finding in found.values[0].found]


@pytest.mark.parametrize(
    ("part", "new"),
    [
        ("the gradient", SLOPES[0]),
        ("the change", -ETA * SLOPES[0]),
        ("the learning rate times the gradient", ETA * SLOPES[0]),
    ],
)
def test_part_of_an_update_for_the_new_weight(part, new):
    """Of one weight, or of every parameter of the page."""
    words = f"{part} written where the new weight belongs"
    right = {"w2.weight": W[1] - ETA * SLOPES[1], "o.bias": B - ETA * DELTA}
    (value,) = audited({"w1.weight": new, **right}).values
    assert f"in update of w1: {words}" in [finding.sentence for finding in value.found]
    factor = new / SLOPES[0]
    everywhere = {"w1.weight": new, "w2.weight": factor * SLOPES[1], "o.bias": factor * DELTA}
    assert [cause.sentence for cause in audited(everywhere).changes] == [words]


def trained(optimizer, rule, steps=3):
    """Return what audit says of some steps by a rule: of a gradient, a weight and what is kept."""
    w, b, kept, new = [*W], B, [{}, {}, {}], {}
    for number in range(1, steps + 1):
        delta = w[0] * X[0] + w[1] * X[1] + b - T
        for k, (gradient, own) in enumerate(
            zip((delta * X[0], delta * X[1], delta), (*w, b), strict=True)
        ):
            new[k] = own - rule(gradient, own, kept[k], number)
        w, b = [new[0], new[1]], new[2]
    printed = {"w1.weight": w[0], "w2.weight": w[1], "o.bias": b}
    found = audited(printed, "train", f"optimizer = {optimizer}", keys=f"rounds = {steps}")
    lines = {its.found[0].states for its in found.values}
    assert len(lines) == 1
    run = f"optimizer = {optimizer}\n{lines.pop()}"
    again = audited(printed, "train", run, keys=f"rounds = {steps}")
    assert again.result.passed
    return [cause.sentence for cause in found.changes]


def adam(
    gradient, kept, number, m_is_corrected=True, v_is_corrected=True, root=math.sqrt,
    beta1=0.8, beta2=0.9,
):  # fmt: skip
    """Return a step of Adam with an epsilon of 0.001; beta1 and beta2 are of its corrections."""
    m = kept["m"] = 0.8 * kept.get("m", 0.0) + 0.2 * gradient
    v = kept["v"] = 0.9 * kept.get("v", 0.0) + 0.1 * gradient**2
    m_hat = m / (1 - beta1**number) if m_is_corrected else m
    v_hat = v / (1 - beta2**number) if v_is_corrected else v
    return ETA * m_hat / (root(v_hat) + 0.001)


def velocity(gradient, kept, momentum=0.8):
    """Return the gradients so far, each faded."""
    kept["v"] = momentum * kept.get("v", 0.0) + gradient
    return kept["v"]


def of_two_gradients(gradient, kept):
    """Return the gradient and the faded one of the step before, which alone is kept."""
    before, kept["g"] = kept.get("g", 0.0), gradient
    return 0.8 * before + gradient


def mean_square(gradient, kept):
    """Return a mean that keeps 0.3 of what it was, where 0.7 is stated."""
    kept["s"] = 0.3 * kept.get("s", 0.0) + 0.7 * gradient**2
    return kept["s"]


ADAM = '{ name = "adam", beta1 = 0.8, beta2 = 0.9, epsilon = 0.001 }'
MOMENTUM = '{ name = "momentum", momentum = 0.8 }'


@pytest.mark.parametrize(
    ("optimizer", "says", "rule"),
    [
        (
            ADAM, "the correction for the start at 0 left out",
            lambda g, w, kept, t: adam(g, kept, t, m_is_corrected=False, v_is_corrected=False),
        ),
        (
            ADAM, "the correction of m for the start at 0 left out",
            lambda g, w, kept, t: adam(g, kept, t, m_is_corrected=False),
        ),
        (
            ADAM, "the correction of v for the start at 0 left out",
            lambda g, w, kept, t: adam(g, kept, t, v_is_corrected=False),
        ),
        (
            ADAM, "every correction as in the first change",
            lambda g, w, kept, t: adam(g, kept, 1),
        ),
        (
            '{ name = "adagrad", epsilon = 0.001 }',
            "the square of the last gradient in place of the sum of all",
            lambda g, w, kept, t: ETA * g / (abs(g) + 0.001),
        ),
        (
            '{ name = "rmsprop", decay = 0.7, epsilon = 0.001 }',
            "the parts of old and new in the moving average exchanged",
            lambda g, w, kept, t: ETA * g / (math.sqrt(mean_square(g, kept)) + 0.001),
        ),
        (
            ADAM, "v corrected with beta1 in place of beta2",
            lambda g, w, kept, t: adam(g, kept, t, beta2=0.8),
        ),
        (
            ADAM, "m corrected with beta2 in place of beta1",
            lambda g, w, kept, t: adam(g, kept, t, beta1=0.9),
        ),
        (
            ADAM, "m corrected with beta2 and v with beta1",
            lambda g, w, kept, t: adam(g, kept, t, beta1=0.9, beta2=0.8),
        ),
        (
            MOMENTUM, "the velocity before subtracted, not added",
            lambda g, w, kept, t: ETA * velocity(g, kept, -0.8),
        ),
        (
            MOMENTUM, "the gradient before in place of the velocity before",
            lambda g, w, kept, t: ETA * of_two_gradients(g, kept),
        ),
        (
            '{ name = "momentum", momentum = 0.8, weight_decay = 0.3 }',
            "the weight decay not multiplied by the learning rate",
            lambda g, w, kept, t: ETA * velocity(g, kept) + 0.3 * w,
        ),
        (
            ADAM, "the root in the optimiser left out",
            lambda g, w, kept, t: adam(g, kept, t, root=lambda v: v),
        ),
        (
            MOMENTUM, "momentum with Nesterov's look ahead",
            lambda g, w, kept, t: ETA * (g + 0.8 * velocity(g, kept)),
        ),
        (
            '{ name = "nesterov", momentum = 0.8 }', "momentum without the look ahead",
            lambda g, w, kept, t: ETA * velocity(g, kept),
        ),
        (
            MOMENTUM, "momentum 0.5 in place of 0.8",
            lambda g, w, kept, t: ETA * velocity(g, kept, 0.5),
        ),
        (MOMENTUM, "momentum 0 in place of 0.8", lambda g, w, kept, t: ETA * g),
        (
            '{ name = "momentum", momentum = 0.8, weight_decay = 0.3 }',
            "the weight decay added to the gradient, not taken from the weight beside it",
            lambda g, w, kept, t: ETA * velocity(g + 0.3 * w, kept),
        ),
    ],
)  # fmt: skip
def test_another_rule_of_the_optimiser(optimizer, says, rule):
    """It is the one reason for all parameters, and a run that states it prints the same."""
    assert trained(optimizer, rule) == [says]


def test_a_penalty_or_weight_decay():
    """What one adds to the gradient, the other takes from the weight beside it."""
    decay = {"w1.gradient": SLOPES[0], "w1.weight": W[0] - ETA * (SLOPES[0] + 0.4 * W[0])}
    (cause,) = audited(decay, "train", network="penalty = { l2 = 0.4 }", keys="rounds = 1").changes
    assert cause.sentence == "weight decay beside the gradient in place of the penalty"
    slope = SLOPES[0] + 0.4 * W[0]
    penalty = {"w1.gradient": slope, "w1.weight": W[0] - ETA * slope}
    run = 'optimizer = { name = "gradient_descent", weight_decay = 0.4 }'
    (cause,) = audited(penalty, "train", run, keys="rounds = 1").changes
    assert cause.sentence == "a penalty of the squares in place of the weight decay"


def recomputed(net, inputs, targets, sentence):
    """Return the numbers of one round under the change that is called so."""
    stated = net, inputs, targets, Conventions(learning_rate=RATE)
    (alternative,) = [its for its in alternatives(*stated) if its.sentence == sentence]
    return recompute(alternative, *stated)


def test_the_scale_of_masks_left_out_going_back():
    """The error passes f' alone; what was dropped passes nothing, unless the mask is forgotten."""
    net = ng.Network.layered(1, 2, 1, weights=[[[0.5], [0.3]], [[0.7, -0.4]]], activation="tanh")
    net.nodes["h1"]["mask"], net.nodes["h2"]["mask"] = 2.0, 0.0
    x, target, kept, dropped = 0.8, 0.25, math.tanh(0.4), math.tanh(0.24)
    out = math.tanh(0.7 * 2 * kept)
    delta = (out - target) * (1 - out**2)
    scale = recomputed(net, [x], [target], "the masks not scaled as errors go back, 0 or 1")
    assert scale["o1.out"] == pytest.approx(out, rel=1e-12)
    assert scale["h1.delta"] == pytest.approx(delta * 0.7 * (1 - kept**2), rel=1e-12)
    assert scale["h2.delta"] == 0.0
    mask = recomputed(net, [x], [target], "the masks left out as errors go back")
    assert mask["h1.delta"] == pytest.approx(delta * 0.7 * (1 - kept**2), rel=1e-12)
    assert mask["h2.delta"] == pytest.approx(delta * -0.4 * (1 - dropped**2), rel=1e-12)


def kernel():
    """Return a kernel of two weights and a bias that is used at three places, and an output."""
    net = ng.Network()
    for name in ("x1", "x2", "x3", "x4"):
        net.add_neuron(name)
    for k in (1, 2, 3):
        net.add_neuron(f"c{k}", activation="identity", bias=0.5, tie="b")
    net.add_neuron("y", activation="identity")
    for k, weight in ((1, 0.5), (2, -1.0), (3, 2.0)):
        net.connect(f"x{k}", f"c{k}", 0.25, tie="a", label=f"a{k}")
        net.connect(f"x{k + 1}", f"c{k}", -0.75, tie="z", label=f"z{k}")
        net.connect(f"c{k}", "y", weight)
    return net


@pytest.mark.parametrize(("words", "uses"), [
    ("use 3 of each shared weight left out of its gradient", (0, 1)),
    ("only the first use of each shared weight counted in its gradient", (0,)),
])  # fmt: skip
def test_one_reason_for_all_shared_weights(words, uses):
    """The same use is left out of, or alone in, the gradient of each weight of a kernel."""
    x, v = (1.0, -2.0, 0.5, 3.0), (0.5, -1.0, 2.0)
    outs = [0.25 * x[k] - 0.75 * x[k + 1] + 0.5 for k in range(3)]
    error = sum(v[k] * outs[k] for k in range(3)) - 1.0
    numbers = recomputed(kernel(), list(x), [1.0], words)
    for name, shift in (("a1", 0), ("z1", 1)):
        gradient = sum(error * v[k] * x[k + shift] for k in uses)
        assert numbers[f"{name}.gradient"] == pytest.approx(gradient, rel=1e-12)
    bias = sum(error * v[k] for k in range(3))  # is left as it is
    assert numbers["c1.bias_gradient"] == pytest.approx(bias, rel=1e-12)


def test_one_reason_for_the_rate_of_a_part():
    """All biases change the other way, or what leads into the hidden neurons by half."""
    right = recompute(None, network(), INPUTS, TARGETS, Conventions(learning_rate=RATE))
    words = "the update added where it is to be subtracted in the update of the biases"
    added = recomputed(network(), INPUTS, TARGETS, words)
    for name, bias in (("h1", 0.35), ("h2", 0.35), ("o1", 0.6), ("o2", 0.6)):
        expected = bias + RATE * right[f"{name}.bias_gradient"]
        assert added[f"{name}.bias"] == pytest.approx(expected, rel=1e-12)
    assert added["w1.weight"] == right["w1.weight"]
    words = "half the change in the update of the weights of the hidden neurons"
    halved = recomputed(network(), INPUTS, TARGETS, words)
    expected = 0.15 - RATE / 2 * right["w1.gradient"]
    assert halved["w1.weight"] == pytest.approx(expected, rel=1e-12)
    assert (halved["w5.weight"], halved["h1.bias"]) == (right["w5.weight"], right["h1.bias"])
