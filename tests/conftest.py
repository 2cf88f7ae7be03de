"""What every test runs in: the terminal, signals, the order of the tests, and Hypothesis."""

import signal
from collections.abc import Iterator

import pytest
from hypothesis import Phase, settings

# The same examples in every run, however busy the machine is.
settings.register_profile("neurograph", derandomize=True, deadline=None)
# The first example that fails is shown as it is: making it smaller can take minutes.
settings.register_profile(
    "unshrunk",
    parent=settings.get_profile("neurograph"),
    phases=[Phase.explicit, Phase.generate, Phase.target],
)
settings.load_profile("neurograph")

_ENVIRONMENT = {"COLUMNS": "80", "TERM": "xterm", "PYTHONIOENCODING": "utf-8"}
_LEFT_OUT = [
    "LINES", "FORCE_COLOR", "NO_COLOR", "TTY_COMPATIBLE", "TTY_INTERACTIVE",
    "PYTHONUNBUFFERED", "PYTEST_ADDOPTS", "NEUROGRAPH_FIGURES", "SOURCE_DATE_EPOCH", "MPLBACKEND",
]  # fmt: skip


@pytest.fixture(autouse=True, scope="session")
def _terminal() -> Iterator[None]:
    """A terminal of 80 columns, whichever the tests are started from."""
    with pytest.MonkeyPatch.context() as patch:
        for name, value in _ENVIRONMENT.items():
            patch.setenv(name, value)
        for name in _LEFT_OUT:
            patch.delenv(name, raising=False)
        yield


@pytest.fixture(autouse=True, scope="session")
def _signals() -> None:
    """Signals end a process: `nohup` and a `&` hand down that some of them are ignored."""
    for name in ("SIGINT", "SIGTERM", "SIGHUP"):
        number = getattr(signal, name, None)  # Windows has no SIGHUP.
        if number is not None and signal.getsignal(number) is signal.SIG_IGN:
            action = signal.default_int_handler if name == "SIGINT" else signal.SIG_DFL
            signal.signal(number, action)


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put the known numbers first, where a broken pass shows at once, and random examples last."""
    items.sort(key=_turn)


def _turn(item: pytest.Item) -> tuple[bool, bool]:
    """Return false before true: Hypothesis marks its own tests."""
    is_random = item.get_closest_marker("hypothesis") is not None
    return is_random, item.get_closest_marker("known_numbers") is None
