"""Every example in README.md does what it says; sessions of Python are doctests of their own."""

import contextlib
import doctest
import io
import re
import shlex
import subprocess
from pathlib import Path
from typing import Any

import pytest

from neurograph.cli import main

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```(\w+)\n(.*?)^```$", README, flags=re.MULTILINE | re.DOTALL)
PROGRAMS = [text for language, text in BLOCKS if language == "python" and ">>>" not in text]
CONSOLE = [text for language, text in BLOCKS if language == "console"]


def _commands(section: str) -> list[str]:
    """Return the lines of the code blocks of a section."""
    (body,) = re.findall(rf"^## {section}$(.*?)(?=^## |\Z)", README, re.MULTILINE | re.DOTALL)
    return [
        line
        for block in re.findall(r"^```sh\n(.*?)^```$", body, re.MULTILINE | re.DOTALL)
        for line in block.splitlines()
    ]


def test_every_block_is_of_a_kind_that_is_run() -> None:
    """Blocks are commands, sessions, doctests or the file that a session reads; no other."""
    assert {language for language, _ in BLOCKS} == {"sh", "console", "python", "toml"}
    assert len(BLOCKS) * 2 == README.count("```")
    assert sum(language == "toml" for language, _ in BLOCKS) == 1


@pytest.mark.parametrize("section", ["Quick start", "Tests"])
def test_one_command_line_which_the_checks_run(section: str) -> None:
    """Each of the two sections has one command line, and .ci/run takes it from here."""
    (command,) = _commands(section)
    shown = subprocess.run(
        [ROOT / ".ci" / "run", "--show"], capture_output=True, encoding="utf-8", check=True
    )
    assert f"+ {command}\n" in shown.stdout


def test_quick_start_ends_with_a_session_shown_below() -> None:
    """What the quick start runs once neurograph is installed is the first session."""
    (command,) = _commands("Quick start")
    last = command.rpartition(" && .venv/bin/")[2]
    assert CONSOLE[0].startswith(f"$ {last}\n")


@pytest.mark.parametrize("session", CONSOLE, ids=[text.splitlines()[0] for text in CONSOLE])
def test_session(session: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What a session shows is what the command prints, with `...` for what is left out."""
    (scenario,) = [text for language, text in BLOCKS if language == "toml"]
    (tmp_path / "half.toml").write_text(scenario, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    command, _, expected = session.partition("\n")
    dollar, program, *arguments = shlex.split(command)
    assert (dollar, program) == ("$", "neurograph")
    with contextlib.redirect_stdout(io.TextIOWrapper(io.BytesIO(), "utf-8")) as output:
        assert main(arguments) == 0
        output.seek(0)
        printed = "".join(f"{line.rstrip()}\n" for line in output)
    checker = doctest.OutputChecker()
    example = doctest.Example(command, expected)
    if not checker.check_output(expected, printed, doctest.ELLIPSIS):
        pytest.fail(checker.output_difference(example, printed, doctest.ELLIPSIS))


def test_what_is_saved_goes_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The program below "Saving" ends where a training ends that was not interrupted."""
    (program,) = PROGRAMS
    monkeypatch.chdir(tmp_path)
    names: dict[str, Any] = {}
    exec(program, names)
    whole = names["ng"].Network.layered(2, 4, 1, bias=0.0, seed=1)
    history = whole.train(*names["xor"], learning_rate=0.05, epochs=300, optimizer="adam")
    assert names["net"].history["loss"].tobytes() == history["loss"].tobytes()
    assert names["net"].storage.parameters.tobytes() == whole.storage.parameters.tobytes()
