"""What `import neurograph` gives, and what it leaves for later."""

import subprocess
import sys

import pytest

import neurograph as ng


def test_every_public_name_is_there() -> None:
    """Each name of `__all__` can be read and is listed, whenever it is imported."""
    assert all(getattr(ng, name) is not None for name in ng.__all__)
    assert set(ng.__all__) <= set(dir(ng))


@pytest.mark.parametrize("module", ["checking", "scenario", "schedules", "training"])
def test_a_later_module_is_reached_through_the_package(module: str) -> None:
    """A module that is imported on demand is an attribute of the package, and is listed."""
    code = f"import neurograph as ng; assert {module!r} in dir(ng); print(ng.{module}.__name__)"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, encoding="utf-8", check=True
    )
    assert done.stdout.strip() == f"neurograph.{module}"


def test_import_leaves_for_later_what_many_never_use() -> None:
    """Scenarios, training, drawing and numba wait until they are used."""
    later = ["neurograph.scenario", "neurograph.training", "matplotlib", "rich", "numba", "tomllib"]
    code = f"import sys, neurograph; print([one for one in {later} if one in sys.modules])"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, encoding="utf-8", check=True
    )
    assert done.stdout.strip() == "[]"


def test_an_unknown_name_is_an_attribute_error() -> None:
    """A name that the package does not have is refused as a module refuses it."""
    with pytest.raises(AttributeError, match="module 'neurograph' has no attribute 'Netwrok'"):
        _ = ng.Netwrok  # type: ignore[attr-defined]


def test_the_command_line_leaves_for_later_what_one_command_uses() -> None:
    """Explanations, searches, traces and exercises wait for the command that needs them."""
    later = ["explaining", "conventions", "tracing", "exercises", "landscape", "drawing"]
    code = (
        "import sys; from neurograph.cli import main; main(['list', '--json']);"
        f" print([one for one in {later} if 'neurograph.' + one in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, encoding="utf-8", check=True
    )
    assert done.stdout.splitlines()[-1] == "[]"
