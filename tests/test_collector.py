"""Python's garbage collector: what it is kept from, and that it is as before afterwards."""

import gc
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager

import pytest

from neurograph.collector import all_staying, no_collection

_BOTH = pytest.mark.parametrize("context", [no_collection, all_staying])
_Context = Callable[[], AbstractContextManager[None]]


@pytest.fixture(autouse=True)
def _collecting() -> Iterator[None]:
    """Begin and leave with a collector that is on."""
    gc.enable()
    yield
    gc.enable()


def printed(code: str) -> str:
    """Return what a program of its own prints."""
    command = [sys.executable, "-c", code]
    return subprocess.run(command, capture_output=True, encoding="utf-8", check=True).stdout


@_BOTH
def test_the_collector_is_off_only_meanwhile(context: _Context) -> None:
    """It is off while objects are made, and on again afterwards, also after an error."""
    with context():
        assert not gc.isenabled()
    assert gc.isenabled()
    with pytest.raises(KeyError), context():
        raise KeyError
    assert gc.isenabled()


@_BOTH
def test_a_collector_that_is_off_stays_off(context: _Context) -> None:
    """Who has switched it off finds it switched off."""
    gc.disable()
    with context():
        assert not gc.isenabled()
    assert not gc.isenabled()


def test_what_stays_counts_as_old() -> None:
    """What is made meanwhile is in the oldest generation at once, and is collected from there."""
    with all_staying():
        circle: list[object] = [object()]
        circle.append(circle)
    assert any(thing is circle for thing in gc.get_objects(generation=2))
    assert gc.get_freeze_count() == 0


def test_what_a_program_has_frozen_stays_frozen() -> None:
    """Objects that were frozen before are so afterwards."""
    code = (
        "import gc; kept = [[]]; gc.freeze()\n"
        "import neurograph; neurograph.Network\n"
        "print(gc.get_freeze_count() > 0, any(thing is kept for thing in gc.get_objects()))"
    )
    assert printed(code) == "True False\n"


def test_the_package_is_imported_without_a_walk_over_its_objects() -> None:
    """While the graph is imported, and NetworkX with it, the collector does not look once."""
    code = (
        "import gc, neurograph\n"
        "looks = []; gc.callbacks.append(lambda *about: looks.append(about))\n"
        "neurograph.Network\n"
        "print(looks)"
    )
    assert printed(code) == "[]\n"


def test_a_command_ends_without_a_walk_over_its_objects() -> None:
    """After a command nothing is left that the collector would walk over."""
    code = (
        "import gc, os, sys\n"
        "from neurograph.__main__ import main\n"
        "sys.argv, sys.stdout = ['neurograph', 'list'], open(os.devnull, 'w')\n"
        "try:\n"
        "    main()\n"
        "except SystemExit as end:\n"
        "    print(end.code, gc.get_freeze_count() > 10_000,\n"
        "          file=sys.__stdout__)"
    )
    assert printed(code) == "0 True\n"
