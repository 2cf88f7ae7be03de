"""What audit names of planted slips, and claims of noise: a small run of the calibration."""

import random
import re

import pytest
from benchmarks import calibration
from benchmarks.pages_with_slips import PAGES

import neurograph as ng


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
    assert heads.split() == ["pages", "first", "named", "false", "expected", "counted"]
    assert row.split() == ["update", "added", "1", "1", "1", "0", "0.0", "0"]
    assert calibration.main(["--pages", "1", "--only", "update added", "--json"]) == 0
    assert '"name": "update added", "pages": 1, "first": 1' in capsys.readouterr().out
