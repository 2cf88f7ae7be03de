"""A class of simulated students, each with one mistake, marked.

The sheets are worked out in plain Python, in `work_by_hand`: the mistakes planted there are not
those that the marker looks for, but those that students make.
"""

import random
from itertools import pairwise

import pytest
from work_by_hand import Habits, Hand, Planted, one_with_a_mistake, work, written

import neurograph as ng
from neurograph.exercises import Answers, Exercise, Marker, exercise

ACTIVATIONS = ("logistic", "tanh", "relu", "softplus", "identity", "sin")


def random_exercise(
    rng: random.Random, sizes: tuple[int, ...], loss: str, decimals: int | None
) -> Exercise:
    """Return an exercise about a network of random numbers, with an activation for each level."""

    def number() -> float:
        return rng.choice([-1, 1]) * rng.randint(5, 95) / 100

    weights = [[[number() for _ in range(n)] for _ in range(m)] for n, m in pairwise(sizes)]
    net = ng.Network.layered(*sizes, weights=weights, loss=loss)
    for level in net.levels[1:]:
        activation = rng.choice(ACTIVATIONS)
        for name in level:
            net.nodes[name]["activation"] = activation
            net.nodes[name]["bias"] = number()
    if loss == "binary_cross_entropy":
        for name in net.outputs:
            net.nodes[name]["activation"] = "logistic"
    inputs = [rng.randint(5, 95) / 100 for _ in range(sizes[0])]
    targets = [rng.randint(1, 99) / 100 for _ in range(sizes[-1])]
    return exercise(net, inputs, targets, 0.5, decimals=decimals)


def exercises(rng: random.Random) -> list[Exercise]:
    """Return the exercises of the class."""
    small = [(2, 2, 1), (2, 3, 2), (3, 2, 2), (1, 2, 1), (2, 2, 2, 1)]
    losses = ("half_squared_error", "squared_error", "binary_cross_entropy")
    found = []
    for decimals in (None, 4):
        found += [
            exercise("mazur_2015", decimals=decimals),
            exercise("mazur_2015", decimals=decimals, vary=True, seed=rng.randrange(1000)),
            random_exercise(rng, (2, 4, 3, 2), "half_squared_error", decimals),
            *(random_exercise(rng, rng.choice(small), loss, decimals) for loss in losses),
        ]
    return found


def test_of_150_planted_mistakes_at_least_95_percent_are_named() -> None:
    """The likeliest mistake is the planted one, and nothing else on the sheet costs a point."""
    rng = random.Random(11)
    named, total, faults = 0, 0, []
    for one in exercises(rng):
        marker, hand = Marker(one), Hand(one)
        for _ in range(13):
            sheet = one_with_a_mistake(hand, rng, one.decimals)
            seen = False
            for mark in marker.mark(Answers.of(sheet.answers)).marks:
                if mark.question.address == sheet.where:
                    seen = True
                    kinds = [mistake.kind for mistake in mark.mistakes]
                    named += kinds[:1] == [sheet.kind]
                    total += 1
                elif mark.verdict != "right" and not (seen and mark.points):
                    faults.append((sheet, mark))
    assert total == 156
    assert named / total >= 0.95
    assert not faults


@pytest.mark.parametrize("decimals", [None, 4])
@pytest.mark.parametrize("cuts", [False, True])
@pytest.mark.parametrize("carries_all", [False, True])
def test_a_right_sheet_has_every_point(decimals: int | None, cuts: bool, carries_all: bool) -> None:
    """However it is rounded, and whatever is carried on, all that is right is marked right."""
    rng = random.Random(5)
    for one in exercises(rng)[:: 2 if decimals else 3]:
        sheet = work(Hand(one), Habits(one.decimals, cuts, carries_all))
        marked = Marker(one).mark(Answers.of(sheet.answers))
        assert marked.count("right") == marked.most, [m for m in marked.marks if not m.points]


def test_a_mistake_made_everywhere_costs_one_point() -> None:
    """The bias left out at all four neurons is one mistake: the first is wrong, the rest again."""
    sheet = exercise("mazur_2015", ask="forward")
    hand = Hand(sheet)
    hand.bias = dict.fromkeys(hand.bias, 0.0)
    marked = Marker(sheet).mark(Answers.of(work(hand, Habits(sheet.decimals)).answers))
    wrong = [mark for mark in marked.marks if mark.verdict == "wrong"]
    assert [(mark.question.address, mark.mistakes[0].kind) for mark in wrong] == [
        ("h1.net", "bias left out")
    ]
    again = next(mark for mark in marked.marks if mark.question.address == "o2.net")
    assert (again.verdict, again.note) == ("right in method", "as before at net_h1")


def test_rounding_everything_to_three_decimals_costs_one_point() -> None:
    """Who rounds all values early is told so, once, and has the other points."""
    sheet = exercise("mazur_2015")
    hand = Hand(sheet)
    kept: dict[str, float] = {}
    answers = {}
    for address in hand.addresses:
        kept[address] = float(written(hand.right(address, kept.__getitem__), Habits(3)))
        answers[address] = f"{kept[address]:.{sheet.decimals}f}"
    marked = Marker(sheet).mark(Answers.of(answers))
    wrong = [mark for mark in marked.marks if not mark.points]
    assert {mark.mistakes[0].kind for mark in wrong} == {"rounded too early"}
    assert len(wrong) == 1


def test_in_place_is_found_and_not_punished_at_the_second_neuron() -> None:
    """dE/dout of both hidden neurons with the new weights, as on Mazur's page: one mistake."""
    sheet = exercise("mazur_2015")
    hand = Hand(sheet)
    answers: dict[str, str] = {}
    kept: dict[str, float] = {}
    for address in hand.addresses:
        value = hand.right(address, kept.__getitem__)
        if address in ("h1.out_gradient", "h2.out_gradient"):
            name = address[:2]
            new = {w: hand.new(w, kept.__getitem__) for _, w in hand.outgoing[name]}
            value = sum(hand.back(name, kept.__getitem__, new).values())
        kept[address] = value
        answers[address] = f"{value:.{sheet.decimals}f}"
    assert answers["h1.out_gradient"].startswith("0.030229")  # the page's in-place value
    marks = {m.question.address: m for m in Marker(sheet).mark(Answers.of(answers)).marks}
    assert marks["h1.out_gradient"].mistakes[0].kind == "update in place"
    assert marks["h2.out_gradient"].verdict == "right in method"
    assert sum(not mark.points for mark in marks.values()) == 1


def test_the_other_order_is_found_where_weights_change_in_place() -> None:
    """On a sheet with weights changed in place, the old weights are the mistake."""
    sheet = exercise("mazur_2015", run="error_after_one_round")
    plain = work(Hand(exercise("mazur_2015")), Habits(sheet.decimals))
    marks = {m.question.address: m for m in Marker(sheet).mark(Answers.of(plain.answers)).marks}
    first = marks["h1.out_gradient"]
    assert first.mistakes[0].kind == "update in place"
    assert "before their update" in first.mistakes[0].sentence


def test_two_kinds_that_give_the_same_value_are_both_listed() -> None:
    """Where the bias is as large as a term, both are said; the likelier comes first."""
    net = ng.Network.layered(2, 1, weights=[[[0.5, 0.3]]], bias=0.25, activation="identity")
    sheet = exercise(net, [0.5, 0.1], [1.0], ask="forward")
    marks = Marker(sheet).mark(Answers.of({"o1.net": "0.280000"})).marks
    assert [mistake.kind for mistake in marks[0].mistakes] == [
        "bias left out",
        "another value used",
    ]
    assert "(or another value used)" in marks[0].said


def test_delta_by_the_chain_rule_carries_a_wrong_gradient_on() -> None:
    """Softmax has a rule for loss and activation at once; who goes the long way is right too."""
    sheet = exercise("spacagna_2017_softmax")
    right = {question.address: question.value for question in sheet.questions}
    names = ("setosa", "versicolor", "virginica")
    outs = [right[f"{name}.out"] for name in names]
    sent = [-right[f"{name}.out_gradient"] for name in names]  # the sign turned
    mean = sum(out * error for out, error in zip(outs, sent, strict=True))
    answers = {name: f"{value:.9f}" for name, value in right.items()}
    for name, out, error in zip(names, outs, sent, strict=True):
        answers[f"{name}.out_gradient"] = f"{error:.9f}"
        answers[f"{name}.delta"] = f"{out * (error - mean):.9f}"
    marks = {m.question.address: m for m in Marker(sheet).mark(Answers.of(answers)).marks}
    assert [name for name in names if marks[f"{name}.out_gradient"].verdict == "wrong"] == [
        "setosa"
    ]
    assert {marks[f"{name}.delta"].verdict for name in names} == {"right in method"}


def test_a_mistake_in_a_step_that_was_not_written_is_found() -> None:
    """With delta left blank, the derivative left out shows in the gradient."""
    sheet = exercise("mazur_2015")
    hand = Hand(sheet)
    answers = dict(work(hand, Habits(sheet.decimals)).answers)
    planted = Planted("", lambda now: now("o1.out_gradient") * now("h1.out"))
    kept = {address: float(value) for address, value in answers.items()}
    answers["w5.gradient"] = written(planted.work(kept.__getitem__), Habits(sheet.decimals))
    del answers["o1.delta"]
    marks = {m.question.address: m for m in Marker(sheet).mark(Answers.of(answers)).marks}
    assert marks["o1.delta"].verdict == "blank"
    assert marks["w5.gradient"].mistakes[0].kind == "derivative left out"


def test_answers_with_all_digits_of_a_float_are_right() -> None:
    """What a program prints in full, 1e-14 off or cut off at 17 digits, costs nothing."""
    sheet = exercise("mazur_2015")
    for form in ("{!r}", "{:.17g}", "{:.18e}", "{:.25f}", "{:.55f}"):
        for off in (0.0, 1e-14, -1e-14):
            answers = {q.address: form.format(q.value * (1 + off)) for q in sheet.questions}
            marks = Marker(sheet).mark(Answers.of(answers)).marks
            assert {mark.verdict for mark in marks} == {"right"}, (form, off)
