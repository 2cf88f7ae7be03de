"""The order in which the tests run, and what they run in."""

import os
from collections.abc import Container

import pytest
from hypothesis import Phase, settings


def test_known_numbers_are_computed_before_random_networks(request: pytest.FixtureRequest) -> None:
    """Known numbers come first, and what Hypothesis makes up comes last."""
    turns = [_kind(item.keywords) for item in request.session.items]
    assert turns == sorted(turns, key=["known", "other", "random"].index)


def _kind(keywords: Container[str]) -> str:
    if "hypothesis" in keywords:
        return "random"
    return "known" if "known_numbers" in keywords else "other"


def test_terminal_is_the_same_for_every_test() -> None:
    """The width and the kind of the terminal that the tests are started from play no part."""
    assert (os.environ["COLUMNS"], os.environ["TERM"]) == ("80", "xterm")
    assert "NO_COLOR" not in os.environ


@pytest.mark.parametrize("name", ["neurograph", "unshrunk"])
def test_examples_are_the_same_in_every_run(name: str) -> None:
    """No profile draws other examples than the last time, or gives up on a busy machine."""
    profile = settings.get_profile(name)
    assert profile.derandomize
    assert profile.deadline is None
    assert (Phase.shrink in profile.phases) == (name == "neurograph")
