"""Every example in README.md and on the pages of the guide does what it says.

Sessions of Python are doctests of their own.
"""

import contextlib
import doctest
import io
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from neurograph.cli import main
from neurograph.scenario.library import find_pages

ROOT = Path(__file__).parent.parent
GUIDE = ("learner", "teacher", "author", "network_scientist")
PAGES = {"README": ROOT / "README.md"} | {name: ROOT / "scenarios" / f"{name}.md" for name in GUIDE}
TEXTS = {name: path.read_text(encoding="utf-8") for name, path in PAGES.items()}


class Block(NamedTuple):
    """A block of code of a page."""

    language: str
    text: str


class Session(NamedTuple):
    """A command of a console, and what it prints."""

    command: str
    expected: str


def blocks(page: str) -> list[Block]:
    """Return the blocks of code of a page in their order."""
    return [
        Block(language, text)
        for language, text in re.findall(
            r"^```(\w+)\n(.*?)^```$", TEXTS[page], re.MULTILINE | re.DOTALL
        )
    ]


def sessions(text: str) -> Iterator[Session]:
    """Yield the commands of a block, each with what stands below it."""
    for part in re.split(r"^\$ ", text, flags=re.MULTILINE)[1:]:
        command, _, expected = part.partition("\n")
        yield Session(command, expected)


def _is_program(block: Block) -> bool:
    return block.language == "python" and ">>>" not in block.text


def _commands(section: str) -> list[str]:
    """Return the lines of the code blocks of a section of README.md that a shell runs."""
    (body,) = re.findall(
        rf"^## {section}$(.*?)(?=^## |\Z)", TEXTS["README"], re.MULTILINE | re.DOTALL
    )
    return [
        line
        for block in re.findall(r"^```sh\n(.*?)^```$", body, re.MULTILINE | re.DOTALL)
        for line in block.splitlines()
    ]


@pytest.mark.parametrize("page", PAGES)
def test_every_block_is_of_a_kind_that_is_run(page: str) -> None:
    """Blocks are commands, sessions, programs, doctests or files that sessions read; no other."""
    assert {block.language for block in blocks(page)} <= {"sh", "console", "python", "toml"}
    assert len(blocks(page)) * 2 == TEXTS[page].count("```")
    for block in blocks(page):
        if block.language == "toml":
            assert re.match(r"# [\w/]+\.toml\n", block.text), "a file begins with its name"
        if block.language == "console":
            assert block.text.startswith("$ ")


@pytest.mark.parametrize("section", ["Quick start", "Tests"])
def test_one_command_line_which_the_checks_run(section: str) -> None:
    """Each of the two sections has one command line, and .ci/run takes it from here."""
    (command,) = _commands(section)
    shown = subprocess.run(
        [ROOT / ".ci" / "run", "--show"], capture_output=True, encoding="utf-8", check=True
    )
    assert f"+ {command}\n" in shown.stdout


def test_quick_start_ends_with_the_session_shown_below_it() -> None:
    """What the quick start runs once neurograph is installed is the first session."""
    (command,) = _commands("Quick start")
    last = command.rpartition(" && .venv/bin/")[2]
    first = next(block for block in blocks("README") if block.language == "console")
    assert next(sessions(first.text)).command == last


@pytest.mark.parametrize("page", PAGES)
def test_a_page_read_from_above(page: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """In one folder every file is written, every program run, and every command prints its text."""
    monkeypatch.chdir(tmp_path)
    names: dict[str, Any] = {}
    for block in blocks(page):
        if block.language == "toml":
            path = Path(block.text.partition("\n")[0].removeprefix("# "))
            path.parent.mkdir(exist_ok=True)
            path.write_text(block.text, encoding="utf-8")
        elif block.language == "console":
            for session in sessions(block.text):
                _check_session(session, monkeypatch)
        elif _is_program(block):
            exec(block.text, names)


def _check_session(session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    """Fail unless a command prints what a page shows, with `...` for what is left out."""
    program, *arguments = shlex.split(session.command)
    assert program == "neurograph"
    monkeypatch.setattr(sys, "stdin", io.StringIO())
    with contextlib.redirect_stdout(io.TextIOWrapper(io.BytesIO(), "utf-8")) as output:
        assert main(arguments) == 0
        output.seek(0)
        printed = "".join(f"{line.rstrip()}\n" for line in output)
    checker = doctest.OutputChecker()
    example = doctest.Example(session.command, session.expected)
    if not checker.check_output(session.expected, printed, doctest.ELLIPSIS):
        pytest.fail(checker.output_difference(example, printed, doctest.ELLIPSIS))


def test_the_readme_leads_to_each_page() -> None:
    """It links to every page of the guide, and the guide has no other but the format."""
    links = re.findall(r"\]\(scenarios/(\w+)\.md\)", TEXTS["README"])
    assert set(links) == {*GUIDE, "README"}
    assert set(find_pages()) == {*GUIDE, "format"}


@pytest.mark.parametrize("page", PAGES)
def test_a_link_leads_to_a_file_and_a_heading(page: str) -> None:
    """Links within the project, and the headings after a #, are there."""
    for target in re.findall(r"\]\((?!https:)([^)\s]+)\)", TEXTS[page]):
        path, _, heading = target.partition("#")
        file = PAGES[page].parent / path
        assert file.is_file(), target
        if heading:
            headings = re.findall(r"^#+ (.*)$", file.read_text(encoding="utf-8"), re.MULTILINE)
            assert heading in [text.lower().replace(" ", "-") for text in headings]


def test_what_is_saved_goes_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The program below "Saving" ends where a training ends that was not interrupted."""
    (program,) = [block.text for block in blocks("network_scientist") if _is_program(block)]
    monkeypatch.chdir(tmp_path)
    names: dict[str, Any] = {}
    exec(program, names)
    whole = names["ng"].Network.layered(2, 4, 1, bias=0.0, seed=1)
    history = whole.train(*names["xor"], learning_rate=0.05, epochs=300, optimizer="adam")
    assert names["net"].history["loss"].tobytes() == history["loss"].tobytes()
    assert names["net"].storage.parameters.tobytes() == whole.storage.parameters.tobytes()
