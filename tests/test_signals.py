"""Ctrl-C and SIGTERM: a command ends at once, says nothing, and leaves nothing half done."""

import configparser
import json
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

import pytest

from neurograph import signals

ROOT = Path(__file__).parent.parent

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="there is no fork on Windows")


def run(code: str, **options: Any) -> subprocess.CompletedProcess[str]:
    """Run Python in a process of its own."""
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, **options)


@pytest.mark.parametrize(
    ("name", "state", "command"),
    [
        ("SIGINT", "cold", "new mine"),
        ("SIGTERM", "warm", "exercise mazur_2015 -o week.md"),
        ("SIGHUP", "warm", "step mazur_2015 -o week.jsonl"),
    ],
)
def test_a_signal_at_any_moment_ends_a_command(name: str, state: str, command: str) -> None:
    """The status is 128 and the number of the signal; nothing is said, and no file is half there.

    The moments are calls and returns, imports included, so they do not depend on the clock.
    """
    script = Path(__file__).with_name("interrupting.py")
    arguments = [sys.executable, str(script), name, "8", state, *command.split()]
    done = subprocess.run(arguments, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    whole, *parts = json.loads(done.stdout)
    assert (whole["status"], whole["said"]) == (0, "")
    assert len(parts) == 8
    for part in parts:
        assert (part["status"], part["said"]) == (128 + getattr(signal, name), "")
        assert part["files"] in ({}, whole["files"])


def test_nothing_that_takes_long_is_imported_before() -> None:
    """What a command can be interrupted in without order is only what Python itself does."""
    slow = ["numpy", "networkx", "typing", "argparse", "neurograph.cli", "neurograph.network"]
    code = (
        f"import sys, neurograph.__main__; print([name for name in {slow} if name in sys.modules])"
    )
    before = run(f"import sys; print([name for name in {slow} if name in sys.modules])")
    assert run(code).stdout == before.stdout
    settings = configparser.ConfigParser()
    settings.read(ROOT / "setup.cfg", encoding="utf-8")
    script = settings["options.entry_points"]["console_scripts"].strip()
    assert script == "neurograph = neurograph.__main__:main"


def test_what_a_shell_ignores_stays_ignored() -> None:
    """A command that a shell starts in the background does not end at Ctrl-C."""
    code = """
import signal, sys
from neurograph import signals
signal.signal(signal.SIGINT, signal.SIG_IGN)
signals.end_at_signals()
signal.raise_signal(signal.SIGINT)
print("still here", flush=True)
signal.raise_signal(signal.SIGTERM)
"""
    done = run(code)
    assert (done.returncode, done.stdout, done.stderr) == (143, "still here\n", "")


def test_a_command_that_is_done_keeps_its_status() -> None:
    """A signal that comes while Python tidies up changes nothing: what was asked for is there."""
    code = """
import atexit, signal, sys
from neurograph.__main__ import main
atexit.register(signal.raise_signal, signal.SIGINT)
sys.argv = ["neurograph", "--version"]
main()
"""
    done = run(code)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("neurograph ")


def test_nothing_is_said_where_an_exception_would_be_lost() -> None:
    """Python drops what is raised while it deletes an object; a signal then ends it all the same.

    A second signal, and an action at the end that fails, change nothing.
    """
    code = """
import atexit, signal, sys
from neurograph import signals

class Deleted:
    def __del__(self):
        signal.raise_signal(signal.SIGINT)

def fail():
    print("tidied", flush=True)
    signal.raise_signal(signal.SIGTERM)
    raise ValueError

signals.end_at_signals()
atexit.register(fail)
Deleted()
print("never")
"""
    done = run(code)
    assert (done.returncode, done.stdout, done.stderr) == (130, "tidied\n", "")


def test_what_is_left_for_the_end_is_done_once() -> None:
    """It is done when the block is left, after an error too, and not again at the end."""
    code = """
from neurograph.signals import at_the_end
try:
    with at_the_end(lambda: print("left")):
        print("inside")
        raise ValueError
except ValueError:
    print("after")
"""
    assert run(code).stdout.split() == ["inside", "left", "after"]


def test_a_signal_waits_for_the_end_of_the_block() -> None:
    """Inside the block nothing happens; then the handler that was there is called."""
    came: list[str] = []
    before = signal.signal(signal.SIGINT, lambda number, frame: came.append("signal"))
    try:
        with signals.held_back():
            signal.raise_signal(signal.SIGINT)
            came.append("inside")
        assert came == ["inside", "signal"]
        signal.raise_signal(signal.SIGINT)
        assert came == ["inside", "signal", "signal"]
    finally:
        signal.signal(signal.SIGINT, before)


def test_another_thread_holds_nothing_back() -> None:
    """Python allows handlers in the main thread alone, so elsewhere there is nothing to do."""
    left: list[bool] = []

    def work() -> None:
        with signals.held_back():
            left.append(signal.getsignal(signal.SIGINT) is handler)

    handler = signal.getsignal(signal.SIGINT)
    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert left == [True]


def test_a_terminal_is_as_it_was() -> None:
    """Ctrl-C while a key is waited for leaves a terminal that shows what is typed."""
    import pty
    import termios

    ours, theirs = pty.openpty()
    before = termios.tcgetattr(theirs)
    process = subprocess.Popen(
        [sys.executable, "-m", "neurograph", "step", "mazur_2015"],
        stdin=theirs, stdout=theirs, stderr=theirs, env=os.environ | {"TERM": "xterm"},
    )  # fmt: skip
    shown = b""
    while b"q quit " not in shown:
        shown += os.read(ours, 1 << 16)
    while termios.tcgetattr(theirs) == before:
        time.sleep(0.01)
    process.send_signal(signal.SIGINT)
    assert process.wait(timeout=60) == 130
    assert termios.tcgetattr(theirs) == before
    os.close(ours)
    os.close(theirs)


def test_the_cursor_is_shown_again() -> None:
    """SIGTERM while something is computed takes the spinner away and shows the cursor."""
    import pty

    ours, theirs = pty.openpty()
    code = """
import os, signal
from neurograph import signals
from neurograph.cli import console
signals.end_at_signals()
with console.busy():
    signal.raise_signal(signal.SIGTERM)
"""
    environment = os.environ | {"TERM": "xterm"}
    process = subprocess.Popen([sys.executable, "-c", code], stderr=theirs, env=environment)
    assert process.wait(timeout=60) == 143
    shown = os.read(ours, 1 << 16)
    hide, show = b"\x1b[?25l", b"\x1b[?25h"
    assert shown.count(hide) == shown.count(show) == 1
    assert shown.index(hide) < shown.index(show)
    os.close(ours)
    os.close(theirs)
