"""What audit names of planted slips, and claims of noise: a small run of the calibration."""

import random
import re

import pytest
from benchmarks import calibration
from benchmarks.pages_with_slips import PAGES

import neurograph as ng
from neurograph.edits import EDITS


@pytest.mark.parametrize("page", PAGES, ids=[page.name for page in PAGES])
def test_the_slip_of_a_page_is_the_first_reason(page, tmp_path):
    """A slip made in plain Python heads what is said of the page."""
    path = tmp_path / "page.toml"
    path.write_text(page.text, encoding="utf-8")
    found = ng.reconcile(ng.load_scenario(path))
    assert re.search(page.says, found.changes[0].sentence), found.changes[0].sentence
    assert found.story[0] is found.changes[0]


@pytest.mark.parametrize("name", ["sign turned", "digits exchanged", "mask left out"])
def test_planted_edits_are_named(name):
    """On random pages the planted edit is the first reason, and no other is said to be found."""
    tally = calibration.plant(random.Random(1), name, 2)
    assert (tally.pages, tally.first, tally.named, tally.false) == (2, 2, 2, 0)


def test_every_row_of_the_table_is_planted():
    """Each row is planted in a random page, or says in words why it is not."""
    for name, row in EDITS.items():
        if row.not_of_pages or name in calibration.UNPLANTED:
            assert row.not_of_pages or calibration.UNPLANTED[name]
            continue
        page = calibration.planted(random.Random(1), name)
        assert page is not None, name
        assert page.edit.row is row
        assert 3 <= len(page.printed) <= 40
        assert page.wrong()


def test_a_twin_is_as_far_off():
    """What is wrong on a page is wrong on its twin too, by other digits within twice as far."""
    page = calibration.planted(random.Random(2), "bias left out")
    twin = page.twin(random.Random(3))
    assert twin.keys() == page.printed.keys()
    wrong = page.wrong()
    assert twin != page.printed
    for item, text in twin.items():
        stated, own = page.draft.numbers[item], float(page.printed[item])
        least = 0.5 * 10 ** -len(text.partition(".")[2])
        far = 2 * abs(own - stated) if item in wrong else 0.0
        assert abs(float(text) - stated) <= far + 1.001 * least


@pytest.mark.parametrize("name", calibration.BESIDE)
def test_a_slip_that_is_not_alone_is_named(name):
    """A misprint, or one right value, neither hides a slip nor leads to a false reason."""
    tally = calibration.beside(random.Random(1), name, 2)
    assert (tally.pages, tally.named, tally.false) == (2, 2, 0)


def test_trainings_print_parameters_of_several_rounds():
    """A page of an optimiser prints weights after several of its rounds, and the file runs."""
    draft = calibration._of_a_training(random.Random(1))
    ((do, keys),) = draft.steps
    n = int(keys.removeprefix("rounds = "))
    rounds = {item.round for item in draft.items if item.address == "w1.weight"}
    assert (do, rounds) == ("train", {*range(1, n), None})
    printed = {item: f"{value:.6f}" for item, value in draft.numbers.items()}
    assert ng.run_scenario(draft.scenario(printed)).passed


def test_noise_in_pairs_is_no_reason():
    """Two outs that add up to 1, and a bias with its delta, are no two facts."""
    tally = calibration.noise(random.Random(4), "in pairs", 6)
    assert tally.pages == 6
    assert tally.false <= 1


def test_stated_odds_are_counted_odds():
    """Of values one off in the last digit about as many agree by chance as the odds say."""
    tally = calibration.noise(random.Random(2), "one more in the last digit", 3)
    assert tally.expected > 5
    assert abs(tally.counted - tally.expected) < 4 * tally.expected**0.5


def test_a_row_is_printed_for_each_kind(capsys):
    """The command prints a row as soon as it is known, as text or as JSON."""
    assert calibration.main(["--pages", "1", "--only", "update added"]) == 0
    heads, row = capsys.readouterr().out.splitlines()
    counts = ["pages", "first", "named", "false", "claims"]
    assert heads.split() == [*counts, "expected", "counted"]
    assert row.split()[:7] == ["update", "added", "1", "1", "1", "0", "0"]
    assert calibration.main(["--pages", "1", "--only", "update added", "--json"]) == 0
    assert '"name": "update added", "pages": 1, "first": 1' in capsys.readouterr().out
