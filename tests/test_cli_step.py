import io
import json
import math
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

import neurograph as ng
from neurograph.cli import main


def walk(monkeypatch: pytest.MonkeyPatch, typed: str, *arguments: str) -> int:
    """Run `neurograph step` with what is typed on its lines."""
    monkeypatch.setattr(sys, "stdin", io.StringIO(typed))
    return main(["step", "mazur_2015", *arguments])


def test_walks_forward_and_back(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """n, an empty line and p move by one event; what is known is shown."""
    assert walk(monkeypatch, "n\n\n\np\nq\nn\n") == 0
    shown = capsys.readouterr().out
    places = [line for line in shown.splitlines() if line.startswith("event ")]
    assert [place.split("event ")[1] for place in places] == [
        "0 of 64", "1 of 64", "2 of 64", "3 of 64", "2 of 64",
    ]  # fmt: skip
    assert "forward:  w1.message = 0.0075" in shown


def test_goes_to_a_neuron(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The key f goes on to the next value of a neuron, a connection, or an address."""
    walk(monkeypatch, "f h1\nf h1\nfw5\nf o1.delta\n")
    shown = capsys.readouterr().out
    said = [line for line in shown.splitlines() if " = " in line and line[0] != " "]
    assert [line.split(" = ")[0] for line in said] == [
        "forward:  h1.net", "forward:  h1.out", "forward:  w5.message", "backward:  o1.delta",
    ]  # fmt: skip


def test_goes_to_a_tie_and_to_a_connection_by_its_ends(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A number is found by the name of the tie it shares, and by both ends."""
    walk(monkeypatch, "f i2->h1\nf b1.bias_gradient\n")
    shown = capsys.readouterr().out
    said = [line for line in shown.splitlines() if " = " in line and line[0] != " "]
    assert [line.split(" = ")[0] for line in said] == [
        "forward:  w2.message", "backward:  h1.bias_gradient",
    ]  # fmt: skip


def test_start_end_and_number(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """e, s and g jump; beyond the ends it says so."""
    walk(monkeypatch, "p\ne\nn\ns\ng 5\n")
    shown = capsys.readouterr().out
    assert "This is the start; n goes on, q quits." in shown
    assert "This is the end; p goes back, q quits." in shown
    assert "update:  w8.weight = 0.56137" in shown
    assert "forward:  h1.net = 0.3775" in shown


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("f hh\n", "nothing called 'hh' here; did you mean 'h2'"),
        ("f\n", "f needs a name"),
        ("g x\n", "g needs the number of an event, not 'x'"),
        ("g 99\n", "there is no 99"),
        ("x\n", "No command 'x'"),
        ("?\n", "next event"),
        ("t\n", "Nothing has happened yet."),
    ],
)
def test_says_what_is_wrong(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], typed: str, said: str
) -> None:
    """A mistake is answered with what was meant, and the walk goes on."""
    assert walk(monkeypatch, typed) == 0
    assert said in " ".join(capsys.readouterr().out.split())


def test_table(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """The key t lists what has happened so far."""
    walk(monkeypatch, "t\n", "--at", "h1.net")
    assert "5  forward  h1.net      0.3775" in capsys.readouterr().out


def test_in_place(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """Another run walks under its own conventions."""
    walk(monkeypatch, "", "--run", "outputs_after_10000_rounds", "--at", "h1.out_gradient")
    assert "out_gradient = 0.0302297" in capsys.readouterr().out


def test_writes_events(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """-o writes the trace instead."""
    file = tmp_path / "round.jsonl"
    assert walk(monkeypatch, "", "-o", str(file)) == 0
    assert len(ng.Trace.read(file)) == 64
    assert json.loads(file.read_text(encoding="utf-8").splitlines()[5])["address"] == "h1.net"
    assert "64 events written" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--run", "derivation"], "did you mean 'derivations'"),
        (["--at", "h9.net"], "no value of 'h9.net'"),
        (["--at", "650"], "there is no 650"),
        (["-o", "no/such/folder/x.jsonl"], "cannot be written"),
    ],
)
def test_wrong_use(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    arguments: list[str],
    message: str,
) -> None:
    """Wrong use is one message and status 2."""
    assert walk(monkeypatch, "", *arguments) == 2
    assert message in capsys.readouterr().err


@pytest.mark.skipif(sys.platform == "win32", reason="there are no pseudo-terminals")
def test_on_a_terminal() -> None:
    """On a terminal a key is enough, arrow keys too."""
    import pty

    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-m", "neurograph", "step", "mazur_2015"],
        stdin=theirs, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        env=os.environ | {"COLUMNS": "100"},
    )  # fmt: skip
    assert process.stdout is not None
    shown = b""
    for keys, answer in [(b"", b"event 0"), (b"n", b"event 1"), (b"\x1b[C", b"event 2"),
                         (b"\x1b[D", b"event 1"), (b"q", b"")]:  # fmt: skip
        os.write(ours, keys)
        while answer not in shown:
            line = process.stdout.readline()
            assert line, shown
            shown = line if b"event" in line else shown
    assert process.wait(timeout=60) == 0
    process.stdout.close()
    os.close(ours)
    os.close(theirs)


class Terminal:
    """`neurograph step` on a pseudo-terminal of a size, with what it showed last."""

    def __init__(self, rows: int, columns: int, *arguments: str) -> None:
        import fcntl
        import pty
        import struct
        import termios

        self.ours, theirs = pty.openpty()
        fcntl.ioctl(self.ours, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
        environment = {name: value for name, value in os.environ.items() if name != "COLUMNS"}
        self.process = subprocess.Popen(
            [sys.executable, "-m", "neurograph", "step", *arguments],
            stdin=theirs, stdout=theirs, stderr=theirs, close_fds=True,
            env=environment | {"NO_COLOR": "1", "PYTHONIOENCODING": "utf-8"},
        )  # fmt: skip
        os.close(theirs)

    def until(self, answer: str) -> str:
        """Return what is shown up to an answer, and the prompt after it."""
        shown = b""
        while answer.encode() not in shown or not shown.endswith(b"quit "):
            shown += os.read(self.ours, 1 << 16)
            shown = re.sub(rb"\x1b\[[0-9;]*m", b"", shown)
        return shown.decode().replace("\r", "")

    def type(self, keys: str) -> None:
        """Press keys."""
        os.write(self.ours, keys.encode())

    def close(self) -> int:
        """Return the exit status."""
        try:
            return self.process.wait(timeout=60)
        finally:
            self.process.kill()
            os.close(self.ours)


on_terminals = pytest.mark.skipif(sys.platform == "win32", reason="there are no pseudo-terminals")


@on_terminals
def test_keys_typed_ahead_all_count() -> None:
    """Keys pressed faster than the screen is drawn are not lost, nor is a name behind f."""
    terminal = Terminal(24, 80, "mazur_2015")
    terminal.until("event 0 of 64")
    terminal.type("nnn")
    terminal.until("event 3 of 64")
    terminal.type("f h1\n")
    assert "forward:  h1.net = 0.3775" in terminal.until("event 5 of 64")
    terminal.type("q")
    assert terminal.close() == 0


@on_terminals
@pytest.mark.parametrize(("rows", "columns"), [(24, 80), (30, 60), (50, 100), (40, 40)])
def test_a_screen_holds_event_network_and_connection(rows: int, columns: int) -> None:
    """At the end, when most is known, the page fits, and no number on it is cut off."""
    terminal = Terminal(rows, columns, "mazur_2015")
    terminal.until("event 0 of 64")
    terminal.type("e")
    page = terminal.until("event 64 of 64").rpartition("\x1b[H")[2]
    lines = page.splitlines()
    assert len(lines) <= rows
    assert max(map(len, lines)) <= columns
    assert "update:  w8.weight = 0.56137" in page
    assert re.search(r"^w8 .*0\.5614|^w8 .*0\.56137", page, re.MULTILINE)
    assert "…" not in page
    terminal.type("q")
    assert terminal.close() == 0


@on_terminals
def test_a_larger_network_fits_too() -> None:
    """Of 16 neurons those that the event is about show all they carry; the event is not lost."""
    terminal = Terminal(24, 80, "spacagna_2017_deep_network", "--at", "setosa.delta")
    page = terminal.until("event 89 of 242").rpartition("\x1b[H")[2]
    assert len(page.splitlines()) <= 24
    assert "backward:  setosa.delta = 0.148037" in page
    assert "= 0.656080755 * 0.225638798" in page
    assert "*setosa  b\u00a00.2" in page
    terminal.type("q")
    assert terminal.close() == 0


@on_terminals
def test_a_terminal_that_is_closed_ends_it() -> None:
    """When the window is closed it stops, instead of waiting for keys for ever."""
    terminal = Terminal(24, 80, "mazur_2015")
    terminal.until("event 0 of 64")
    os.close(terminal.ours)
    terminal.process.wait(timeout=60)


def test_in_place_every_event_has_its_numbers(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """In place, an equation is filled with the numbers that the objects carry by then."""
    run = ("--run", "outputs_after_10000_rounds")
    walk(monkeypatch, "f w1.weight\n", *run, "--at", "h1.out_gradient")
    shown = capsys.readouterr().out
    # By hand: 0.138498562*0.35891648 + (-0.038098237)*0.51130127 with the changed w5 and w7.
    assert "= 0.049709416 + (-0.019479677)" in shown
    assert "w1+ = w1 - η*∂E_total/∂w1 = 0.15 - 0.5*0.000364723 = 0.149817639" in shown


def test_a_zero_has_no_sign(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A message of 0 * -1.5 is 0 for a reader."""
    monkeypatch.setattr(sys, "stdin", io.StringIO(""))
    assert main(["step", "spacagna_2017_batches", "--sample", "2", "--at", "y.net"]) == 0
    assert re.search(r"x -> y  0 +0 ", capsys.readouterr().out)


def test_a_phase_and_whole_words(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The key f goes to a phase too; on a line whole words will do."""
    walk(monkeypatch, "f update\nprevious\nf zzz\nexit\nn\n")
    shown = capsys.readouterr().out
    assert shown.count("event 57 of 64") == 1
    assert "event 56 of 64" in shown.split("event 57 of 64")[1]
    assert "nothing called 'zzz' here; the neurons are i1, i2, h1, h2, o1, o2" in shown
    assert shown.count("event ") == 3


def test_only_a_trace_is_written_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """-o leaves a file alone that it did not write."""
    file = tmp_path / "notes.txt"
    file.write_text("mine", encoding="utf-8")
    assert walk(monkeypatch, "", "-o", str(file)) == 2
    assert "is no trace: it is not overwritten" in capsys.readouterr().err
    assert file.read_text(encoding="utf-8") == "mine"
    assert walk(monkeypatch, "", "-o", str(tmp_path / "t.jsonl")) == 0
    assert walk(monkeypatch, "", "-o", str(tmp_path / "t.jsonl")) == 0


def test_all_events_are_printed_in_a_format(capsys: pytest.CaptureFixture[str]) -> None:
    """In a table, with what each is; in JSON with all digits."""
    assert main(["step", "mazur_2015", "--format", "text"]) == 0
    shown = capsys.readouterr().out
    assert re.search(r"^ +5  forward +h1\.net +0\.3775 +net_j = sum_i", shown, re.M)
    assert main(["step", "mazur_2015", "--format", "json"]) == 0
    rows = json.loads(capsys.readouterr().out)["events"]
    assert len(rows) == 64
    # sigma(0.3775), by hand.
    out = pytest.approx(1 / (1 + math.exp(-0.3775)), rel=1e-15)
    assert (rows[5]["address"], rows[5]["value"]) == ("h1.out", out)


@pytest.mark.parametrize(
    ("name", "begins"),
    [
        ("round.md", "# A trace of 64 events\n"), ("round.txt", "A trace of 64 events\n"),
        ("round.html", "<!DOCTYPE html>"), ("round.tex", r"\documentclass"),
        ("round.json", '{\n  "kind": "trace"'), ("round.jsonl", '{"format": "neurograph trace 1"'),
        ("round", '{"format": "neurograph trace 1"'),
    ],
)  # fmt: skip
def test_a_file_of_events_has_the_format_of_its_ending(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, name: str, begins: str
) -> None:
    """It replaces one of its kind, and nothing else."""
    file = tmp_path / name
    assert walk(monkeypatch, "", "-o", str(file)) == 0
    assert file.read_text(encoding="utf-8").startswith(begins)
    assert walk(monkeypatch, "", "-o", str(file)) == 0
    file.write_text("Mine.\n", encoding="utf-8")
    assert walk(monkeypatch, "", "-o", str(file)) == 2
    assert file.read_text(encoding="utf-8") == "Mine.\n"


def test_an_unknown_ending_of_a_file_of_events_is_refused(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """All formats are named, and nothing is written."""
    assert walk(monkeypatch, "", "-o", str(tmp_path / "round.csv")) == 2
    message = r"a list of events is HTML \(\.html\), .* text \(\.txt\); or JSON lines \(\.jsonl\)"
    assert re.search(message, " ".join(capsys.readouterr().err.split()))
    assert not list(tmp_path.iterdir())
