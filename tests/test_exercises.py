"""Making exercises: which values they ask for, and their files."""

import re
from pathlib import Path

import pytest
from work_by_hand import Hand

import neurograph as ng
from neurograph.errors import InvalidTypeError, InvalidValueError, NeurographError, ScenarioError
from neurograph.exercises import (
    Answers,
    answer_form,
    exercise,
    exercise_text,
    load_exercise,
    mark,
    sheet,
    write_exercise,
)
from neurograph.exercises.questions import basis_of, vary_numbers
from neurograph.exercises.sheets import rule_of
from neurograph.exercises.solution import Solution

SCENARIOS = ("mazur_2015", "spacagna_2017_softmax", "spacagna_2017_logistic_regression")


def small(loss: str = "half_squared_error") -> ng.Network:
    """Return a network of two inputs and one output."""
    return ng.Network.layered(2, 1, weights=[[[0.1, 0.2]]], bias=0.3, loss=loss)


# -- what is asked ----------------------------------------------------------------------------


def test_every_answer_is_what_plain_python_computes() -> None:
    """The answers of Mazur's sheet agree with a round worked out without the library."""
    sheet = exercise("mazur_2015")
    hand = Hand(sheet)
    now: dict[str, float] = {}
    for question in sheet.questions:
        now[question.address] = hand.right(question.address, now.__getitem__)
        assert question.value == pytest.approx(now[question.address], rel=1e-13)
    assert len(sheet.questions) == 35


@pytest.mark.parametrize(
    ("ask", "n", "n_asked"), [("forward", 11, 11), ("backward", 27, 16), ("update", 35, 8)]
)
def test_only_one_part_is_asked_and_what_comes_before_is_given(
    ask: str, n: int, n_asked: int
) -> None:
    """Later parts are left off, earlier ones are given."""
    sheet = exercise("mazur_2015", ask=ask)
    assert (len(sheet.questions), len(sheet.asked)) == (n, n_asked)
    assert {question.phase for question in sheet.asked} == {ask}


def test_hidden_values_are_drawn_by_the_seed() -> None:
    """The same seed hides the same values, another one others."""
    one, same, other = (exercise("mazur_2015", hide=5, seed=seed) for seed in (4, 4, 5))
    assert [q.number for q in one.asked] == [q.number for q in same.asked]
    assert [q.number for q in one.asked] != [q.number for q in other.asked]
    assert (len(one.asked), one.id == same.id, one.id == other.id) == (5, True, False)


def test_softmax_asks_for_all_nets_before_the_first_out() -> None:
    """The out of one class needs the nets of all."""
    addresses = [question.address for question in exercise("spacagna_2017_softmax").questions]
    quantities = [address.rpartition(".")[2] for address in addresses[:6]]
    assert quantities == ["net", "net", "net", "out", "out", "out"]


def test_a_shared_parameter_is_asked_for_once() -> None:
    """Two places of one weight have one gradient and one new weight."""
    net = ng.Network.layered(2, 1, weights=[[[0.1, 0.1]]], bias=0.3)
    for connection in ("w1", "w2"):
        net.connection(connection)["tie"] = "w"
    addresses = [question.address for question in exercise(net, [1, 0.5], [1], 0.5).questions]
    assert addresses.count("w1.gradient") == 1
    assert "w2.gradient" not in addresses
    assert "w2.weight" not in addresses


def test_a_shared_gradient_is_asked_for_after_its_deltas() -> None:
    """A weight of two levels has its gradient, and the gradient's rule, after the lower level."""
    net = ng.Network.layered(1, 1, 1, weights=[[[0.5]], [[0.5]]], bias=[0.3, 0.3])
    for element in (net.connection("w1"), net.connection("w2")):
        element["tie"] = "w"
    for name in ("h1", "o1"):
        net.neuron(name)["tie"] = "b"
    made = exercise(net, [1.0], [1.0], 0.5)
    backward = [q.address for q in made.questions if q.phase == "backward"]
    assert backward == [
        "o1.out_gradient", "o1.delta", "h1.out_gradient", "h1.delta", "w2.gradient",
        "o1.bias_gradient",
    ]  # fmt: skip
    solution = Solution(made)
    rules = [rule_of(solution, solution.quantity(its, "backward")) for its in backward[-2:]]
    assert [rule.text for rule in rules] == [
        "∂E_total/∂w = Σ_ij δ_j*out_i", "∂E_total/∂b = Σ_j δ_j",
    ]  # fmt: skip
    assert r"\sum_{ij} \delta_{j}" in rules[0].latex
    assert "a parameter that stands in several places is the sum" in sheet(made)
    assert "several places" not in sheet(exercise(small(), [1, 0], [1], 0.5))


def test_a_rounding_error_asks_for_no_decimals() -> None:
    """0.1 * 3 - 0.3 is 5.6e-17 in floats and 0 on paper, which six decimals show."""
    net = ng.Network.layered(2, 1, weights=[[[0.1, -0.3]]], bias=0.0, activation="identity")
    made = exercise(net, [3.0, 1.0], [2.0], 0.5)
    net_o1 = made.question("o1.net")
    assert net_o1 is not None
    assert net_o1.value != 0
    assert (made.decimals, net_o1.answer) == (6, "0.000000")


def test_one_sample_of_a_batch_is_chosen() -> None:
    """The sheet is about one sample, the first unless told."""
    net = small()
    first = exercise(net, [[1, 0], [0, 1]], [[1], [0]], ask="forward")
    second = exercise(net, [[1, 0], [0, 1]], [[1], [0]], ask="forward", sample=2)
    assert (first.asked[0].value, second.asked[0].value) == pytest.approx((0.4, 0.5))


def test_a_network_is_left_as_it_is() -> None:
    """Making an exercise about a network changes nothing in it."""
    net = small()
    exercise(net, [1, 0], [1], 0.5, vary=True)
    assert "net" not in net.nodes["o1"]
    assert net.connection("w1").weight == 0.1


def test_no_answer_is_minus_zero() -> None:
    """The class that is not the target has a gradient of 0, not of -0."""
    sheet = exercise("spacagna_2017_softmax")
    assert not [q for q in sheet.questions if re.fullmatch(r"-0\.0+", q.answer)]


# -- fresh numbers ----------------------------------------------------------------------------


@pytest.mark.parametrize("name", SCENARIOS)
@pytest.mark.parametrize("seed", range(4))
def test_fresh_numbers_come_out_well(name: str, seed: int) -> None:
    """No neuron is saturated, nothing vanishes, weights differ, numbers have one decimal."""
    basis = basis_of(name)
    sheet = exercise(name, vary=True, seed=seed)
    weights = [connection.weight for connection in sheet.facts.connections]
    biases = [neuron.bias for neuron in sheet.facts.neurons if neuron.bias is not None]
    for number in [*weights, *biases, *sheet.inputs]:
        assert number == round(number, 1) != 0
    net = sheet.network()
    for level in net.levels[1:]:
        of_level = [c.weight for name in level for c in net.incoming(name)]
        assert len(set(of_level)) == len(of_level)
    for question in sheet.questions:
        quantity = question.address.rpartition(".")[2]
        if quantity == "net":
            assert 0.05 <= abs(question.value) <= 2
        if quantity in ("delta", "gradient") or (quantity == "loss" and question.value):
            assert abs(question.value) >= 1e-3
    assert sorted(sheet.targets) == sorted(basis.targets) or len(set(basis.targets)) > 1
    assert sheet.source is not None
    assert sheet.source.endswith("with other numbers")


def test_fresh_numbers_keep_what_is_shared() -> None:
    """Mazur's two biases of a level are one parameter, and stay so."""
    sheet = exercise("mazur_2015", vary=True, seed=2)
    biases = {neuron.name: neuron.bias for neuron in sheet.facts.neurons}
    assert biases["h1"] == biases["h2"]
    assert biases["o1"] == biases["o2"]


def test_numbers_that_cannot_stay_finite_are_said(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where no draw gives finite numbers there is an error, not a sheet of nan."""
    monkeypatch.setattr("neurograph.exercises.questions._faults", lambda *drawn: float("inf"))
    import numpy as np

    with pytest.raises(InvalidValueError, match="no fresh numbers were found that stay finite"):
        vary_numbers(basis_of("mazur_2015"), np.random.default_rng(0))


# -- wrong input ------------------------------------------------------------------------------


def test_more_cannot_be_hidden_than_there_is() -> None:
    """The message says how many values there are."""
    with pytest.raises(InvalidValueError, match="cannot hide 12 values: the forward part has 11"):
        exercise("mazur_2015", ask="forward", hide=12)


def test_hide_is_a_whole_number() -> None:
    """Half a value cannot be hidden, nor none."""
    with pytest.raises(InvalidTypeError, match=r"hide must be a whole number, not 2\.5"):
        exercise("mazur_2015", hide=2.5)  # type: ignore[arg-type]
    with pytest.raises(InvalidValueError, match="hide must be at least 1, not 0"):
        exercise("mazur_2015", hide=0)


def test_a_network_too_large_is_refused() -> None:
    """Nobody works out a hundred connections by hand."""
    net = ng.Network.layered(10, 9, seed=1)
    with pytest.raises(InvalidValueError, match="has 90 connections; at most 80 make one"):
        exercise(net, [0.0] * 10, [0.0] * 9)


def test_nothing_is_updated_without_a_learning_rate() -> None:
    """The message says what is missing."""
    match = "nothing to ask of the update part: no learning rate is given"
    with pytest.raises(InvalidValueError, match=match):
        exercise(small(), [1, 0], [1], ask="update")


def test_nothing_is_updated_where_all_is_frozen() -> None:
    """With every parameter frozen there is no update to ask for."""
    net = small()
    for name in ("w1", "w2"):
        net.connection(name)["trainable"] = False
    net.nodes["o1"]["trainable"] = False
    match = "nothing to ask of the update part: no weight or bias of the network is trained"
    with pytest.raises(InvalidValueError, match=match):
        exercise(net, [1, 0], [1], 0.5, ask="update")


@pytest.mark.parametrize(
    ("arguments", "match"),
    [
        ({"ask": "fowrard"}, "ask must be one of .* did you mean 'forward'"),
        ({"sample": 2}, "no sample 2: the data has 1 sample$"),
        ({"decimals": 13}, "decimals must be from 1 to 12, not 13"),
        ({"decimals": 0}, "decimals must be at least 1, not 0"),
        ({"seed": -1}, "seed must be at least 0, not -1"),
        ({"inputs": [1, 2]}, "inputs is for networks; a worked example has its own"),
    ],
)
def test_wrong_arguments_are_said(arguments: dict[str, object], match: str) -> None:
    """Each message names the argument and what it may be."""
    with pytest.raises(InvalidValueError, match=match):
        exercise("mazur_2015", **arguments)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("arguments", "match"),
    [
        ({"targets": [1]}, "an exercise about a network needs inputs and targets"),
        ({"inputs": [1, 0], "targets": [1], "run": "1"}, "run is for worked examples"),
        ({"inputs": [1, 0], "targets": [1], "order": "in_plase"}, "did you mean 'in_place'"),
    ],
)
def test_wrong_arguments_about_a_network_are_said(arguments: dict[str, object], match: str) -> None:
    """A network has no data and no runs of its own."""
    with pytest.raises(InvalidValueError, match=match):
        exercise(small(), **arguments)  # type: ignore[arg-type]


def test_names_that_read_alike_are_refused() -> None:
    """Answers go by names as text."""
    net = ng.Network()
    net.add_node(1)
    net.add_node("1", activation="identity")
    net.connect(1, "1", weight=0.5)
    with pytest.raises(InvalidValueError, match="two neurons have the same name as text"):
        exercise(net, [1], [1])


# -- files ------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", SCENARIOS)
@pytest.mark.parametrize("arguments", [{}, {"hide": 4, "seed": 2, "vary": True}])
def test_an_exercise_is_read_as_it_was_written(
    name: str, arguments: dict[str, object], tmp_path: Path
) -> None:
    """The file holds everything, and the same id."""
    made = exercise(name, **arguments)  # type: ignore[arg-type]
    write_exercise(made, tmp_path / "one.toml")
    assert load_exercise(tmp_path / "one.toml") == made


def test_an_exercise_about_a_network_is_read_as_it_was_written(tmp_path: Path) -> None:
    """Names with quotes and bars in them survive."""
    net = ng.Network()
    net.add_neuron('in "1"')
    net.add_neuron("a|b", activation="tanh", bias=-0.5)
    net.connect('in "1"', "a|b", weight=0.25, label="w_1")
    made = exercise(net, [1], [0.5], 0.1, title='A "quoted" | title')
    write_exercise(made, tmp_path / "one.toml")
    assert load_exercise(tmp_path / "one.toml") == made


def test_a_changed_exercise_is_refused(tmp_path: Path) -> None:
    """Answers to it would be marked by other numbers than those on the sheet."""
    text = exercise_text(exercise("mazur_2015"))
    (tmp_path / "one.toml").write_text(
        text.replace("weight = 0.15", "weight = 0.16"), encoding="utf-8"
    )
    with pytest.raises(InvalidValueError, match=r"was changed since it was made .* make it again"):
        load_exercise(tmp_path / "one.toml")


def test_a_scenario_is_no_exercise(tmp_path: Path) -> None:
    """The message says what makes one."""
    text = exercise_text(exercise("mazur_2015"))
    (tmp_path / "one.toml").write_text(text.replace("[exercise]", "[exercize]"), encoding="utf-8")
    with pytest.raises(InvalidValueError, match=r"is no exercise: it has no table \[exercise\]"):
        load_exercise(tmp_path / "one.toml")


@pytest.mark.parametrize(
    ("before", "after", "match"),
    [
        ('until = "update"', 'until = "updat"', "until must be one of .* mean 'update'"),
        ("decimals = 7", 'decimals = "7"', "decimals must be a whole number"),
        ("decimals = 7", "decimals = 700", "decimals must be from 1 to 12"),
        ("asked = [", "asked = 3 # [", "asked must be a list of addresses"),
        ('asked = ["h1.net"', 'asked = ["h9.net"', "asked names 'h9.net', .* mean 'h2.net'"),
    ],
)
def test_a_spoilt_exercise_is_refused(before: str, after: str, match: str, tmp_path: Path) -> None:
    """Each message says where in the file the trouble is."""
    text = exercise_text(exercise("mazur_2015"))
    assert before in text
    (tmp_path / "one.toml").write_text(text.replace(before, after, 1), encoding="utf-8")
    with pytest.raises(NeurographError, match=rf"one\.toml: {match}"):
        load_exercise(tmp_path / "one.toml")


def test_a_missing_exercise_is_said(tmp_path: Path) -> None:
    """A path with nothing there is an error of scenario files."""
    with pytest.raises(ScenarioError, match=r"none\.toml"):
        load_exercise(tmp_path / "none.toml")


def test_answers_to_another_exercise_are_refused() -> None:
    """`mark` compares ids, too."""
    one, other = exercise("mazur_2015"), exercise("mazur_2015", hide=3)
    with pytest.raises(InvalidValueError, match=r"these are answers to exercise '.*', not to"):
        mark(one, Answers.of({}, exercise=other.id))


def test_the_form_has_a_line_for_every_blank() -> None:
    """It names the exercise and leaves the student and all answers open."""
    sheet = exercise("mazur_2015", ask="update", hide=2, seed=1)
    lines = answer_form(sheet).splitlines()
    assert f'exercise = "{sheet.id}"' in lines
    assert [line for line in lines if "#" in line[1:]] == [
        f'"{question.address}" = ""   # {question.symbol}' for question in sheet.asked
    ]
