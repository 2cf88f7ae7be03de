"""Writing files: whole or not at all, together or not at all, and over nothing else."""

import errno
import os
import signal
import socket
import stat
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import FrameType
from typing import Any

import pytest

import neurograph as ng
from neurograph import files, signals
from neurograph.cli import main
from neurograph.drawing import draw_network, save
from neurograph.exercises import exercise, load_exercise, write_exercise, write_sheet
from neurograph.files import check_replaceable, write_together, write_whole

posix = pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such files")

DEVICE = "is not a file that can be replaced, but a device, a pipe or a socket"


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder, in which the test runs."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture(scope="module")
def net() -> ng.Network:
    """A neuron that adds."""
    return ng.Network.layered(2, 1, seed=1)


def contents(folder: Path) -> dict[str, str]:
    """Return what stands in each file."""
    return {path.name: path.read_text() for path in folder.iterdir() if path.is_file()}


# -- what may be replaced -------------------------------------------------------------------


def special_files() -> dict[str, str]:
    """Make a file of each kind that is never replaced; return why it is not."""
    Path("folder").mkdir()
    os.mkfifo("pipe")
    with socket.socket(socket.AF_UNIX) as server:
        server.bind("socket")
    Path("device").symlink_to(os.devnull)
    Path("round").symlink_to("round")
    Path("protected").write_text("mine")
    Path("protected").chmod(0o444)
    Path("file").write_text("mine")
    Path("nowhere").symlink_to("none/file")
    return {
        "folder": "is a folder: give the name of a file in it",
        "pipe": DEVICE,
        "socket": DEVICE,
        "device": DEVICE,
        os.devnull: DEVICE,
        "round": f"cannot be written: {os.strerror(errno.ELOOP)}",
        "protected": "is protected from writing: it is not overwritten",
        "file/x": f"cannot be written: {os.strerror(errno.ENOTDIR)}",
        "none/x": "cannot be written: there is no folder 'none'",
        "x" * 300: f"cannot be written: {os.strerror(errno.ENAMETOOLONG)}",
        "a\0b": "cannot be written: embedded null byte",
        "-": "is no name of a file; the standard output is not written to here",
    }


@posix
def test_what_is_never_replaced(folder: Path) -> None:
    """Each kind of file that is none to write in is refused by its name, and stays as it is."""
    for name, reason in special_files().items():
        with pytest.raises(ng.UnwritableError) as caught:
            write_whole(name, "new")
        assert str(caught.value) == f"{name}: {reason}"
    nowhere = folder.resolve() / "none"
    with pytest.raises(ng.UnwritableError, match=f"^nowhere: cannot .* no folder '{nowhere}'$"):
        write_whole("nowhere", "new")
    assert contents(folder) == {"protected": "mine", "file": "mine"}
    assert stat.S_ISFIFO(os.stat("pipe").st_mode)
    assert Path("device").is_symlink()


@posix
def test_the_file_that_is_printed_into_is_not_replaced() -> None:
    """What the standard output goes into would lose its name."""
    code = "import neurograph.files as f; f.write_whole('{}', 'new')"
    for name in ("printed", "/dev/stdout", "/dev/fd/1"):
        with open("printed", "w") as printed:
            done = subprocess.run(
                [sys.executable, "-c", code.format(name)],
                stdout=printed, stderr=subprocess.PIPE, text=True,
            )  # fmt: skip
        assert f"{name}: is where the standard output goes" in done.stderr
    assert Path("printed").read_text() == ""


def writers(net: ng.Network) -> dict[str, Callable[[str], object]]:
    """Return everything that writes a file of a name without a suffix, or with one."""
    sheet = exercise("mazur_2015")
    return {
        "": lambda name: write_whole(name, "new"),
        ".svg": lambda name: save(draw_network(net), name),
        ".jsonl": lambda name: ng.trace(net, [1.0, 2.0], [1.0]).write(name),
        ".toml": lambda name: write_exercise(sheet, name),
        ".md": lambda name: write_sheet(sheet, name),
        ".answers.toml": lambda name: write_sheet(sheet, name.partition(".")[0] + ".html"),
        ".exercise.toml": lambda name: write_sheet(sheet, name.partition(".")[0] + ".tex"),
        "-network.pdf": lambda name: write_sheet(sheet, name.partition("-")[0] + ".tex"),
    }


@posix
def test_one_rule_for_all_that_write(folder: Path, net: ng.Network) -> None:
    """Whatever writes a file refuses a pipe, without waiting for its other end."""
    for suffix, write in writers(net).items():
        os.mkfifo(f"pipe{suffix}")
        with pytest.raises(ng.UnwritableError, match=f"^pipe{suffix}: {DEVICE}$"):
            write(f"pipe{suffix}")
        (folder / f"pipe{suffix}").unlink()
    assert not list(folder.iterdir())


@posix
@pytest.mark.parametrize(
    "command",
    [
        "step mazur_2015 -o FILE.jsonl",
        "plot mazur_2015 --what network -o FILE.svg",
        "plot mazur_2015 --what passes -o FILE.gif",
        "exercise mazur_2015 -o FILE.md",
        "mark week.exercise.toml week.answers.toml -o FILE.csv",
    ],
)
def test_one_rule_for_all_commands(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    """No command replaces a device or waits for the other end of a pipe; it says so in a line."""
    name = "FILE" + Path(command).suffix
    for make in (os.mkfifo, lambda link: os.symlink(os.devnull, link)):
        make(name)
        assert main(command.split()) == 2
        assert capsys.readouterr().err == f"neurograph: {name}: {DEVICE}\n"
        os.unlink(name)


def test_what_is_of_another_kind_is_kept(net: ng.Network) -> None:
    """A trace and an exercise replace their like and empty files, and nothing else."""
    steps, sheet = ng.trace(net, [1.0, 2.0], [1.0]), exercise("mazur_2015")
    for write, kind in ((steps.write, "trace"), (lambda name: write_exercise(sheet, name), "exer")):
        file = Path(kind)
        file.touch()
        write(kind)
        write(kind)
        assert file.stat().st_size > 100
        file.write_text("mine")
        with pytest.raises(ng.UnwritableError, match=f"^{kind}: is there already and is no {kind}"):
            write(kind)
        assert file.read_text() == "mine"


def test_a_kind_is_seen_from_the_beginning() -> None:
    """A file is asked for its first bytes; an empty one holds nothing to be lost."""
    Path("notes").write_text("mine")
    check_replaceable("notes")
    check_replaceable("notes", "poem", lambda head: head == b"mine")
    with pytest.raises(
        ng.UnwritableError,
        match=r"^notes: is there already and is no poem: it is not overwritten; choose another",
    ):
        check_replaceable("notes", "poem", lambda head: False)
    Path("notes").write_text("")
    check_replaceable("notes", "poem", lambda head: False)


@posix
def test_a_link_is_written_through(folder: Path) -> None:
    """A link stays a link, and what it leads to is written, whether it is there or not."""
    Path("there").write_text("old")
    Path("link").symlink_to("there")
    Path("to_new").symlink_to("new")
    for name in ("link", "to_new"):
        write_whole(name, "text")
        assert Path(name).is_symlink()
    assert contents(folder) == dict.fromkeys(("there", "link", "new", "to_new"), "text")


# -- whole or not at all --------------------------------------------------------------------


@posix
def test_permissions_are_kept() -> None:
    """A file keeps its permissions; a new one has those that the process gives new files."""
    Path("secret").write_text("old")
    Path("secret").chmod(0o640)
    before = os.umask(0o027)
    try:
        write_whole("secret", "new")
        write_whole("fresh", "new")
    finally:
        assert os.umask(before) == 0o027
    assert [stat.S_IMODE(os.stat(name).st_mode) for name in ("secret", "fresh")] == [0o640] * 2


def test_a_name_as_long_as_the_system_allows_can_be_written() -> None:
    """What is written meanwhile has a name of its own, not a longer one."""
    name = "x" * 255
    write_whole(name, "text")
    assert Path(name).read_text() == "text"


def test_text_that_is_no_text_is_escaped() -> None:
    """The name of a file that is not UTF-8 can be written about."""
    write_whole("report", "h\udce9l\u00e8ne")
    assert Path("report").read_bytes() == b"h\\udce9l\xc3\xa8ne"


@posix
def test_new_on_a_full_disk_leaves_nothing(folder: Path) -> None:
    """Where a file cannot be as long as it should, there is none, and the message names it."""
    code = (
        "import resource, sys; from neurograph.cli import main;"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000)); sys.exit(main(['new', 'mine']))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert (done.returncode, done.stdout) == (2, "")
    reason = os.strerror(errno.EFBIG)
    assert done.stderr == f"neurograph: mine.toml: cannot be written: {reason}\n"
    assert not list(folder.iterdir())


@posix
def test_a_full_disk_leaves_what_was_there(
    folder: Path, net: ng.Network, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever writes a file leaves the old one where there is no room, and names it."""
    made = {f"{k}{suffix}": write for k, (suffix, write) in enumerate(writers(net).items())}
    for name, write in made.items():
        write(name)
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    assert len(before) == 19

    def full(path: object, *_: object, **__: object) -> Any:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), path)

    monkeypatch.setattr(files, "open", full, raising=False)
    for name, write in made.items():
        with pytest.raises(
            ng.UnwritableError, match=rf"^{name[0]}\S*: cannot be written: No space"
        ):
            write(name)
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before


def test_a_folder_that_cannot_be_made(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The message names the folder in which figures belong."""

    def refuse(*_: object, **__: object) -> None:
        raise PermissionError(errno.EACCES, "Permission denied")

    monkeypatch.setattr(Path, "mkdir", refuse)
    assert main(["plot", "mazur_2015", "-o", "pictures"]) == 2
    assert capsys.readouterr().err == "neurograph: pictures: cannot be made: Permission denied\n"


# -- together or not at all -----------------------------------------------------------------

OLD = {"a": "old a", "b": "old b", "d": "old d"}
NEW = {"a": "new a", "b": "new b", "c": "new c", "d": "new d"}


def start(folder: Path) -> dict[Path, str | bytes]:
    """Put the folder into its first state; return what is to be written."""
    for path in folder.iterdir():
        path.unlink()
    for name, text in OLD.items():
        (folder / name).write_text(text)
    return {folder / name: text for name, text in NEW.items()}


def test_all_are_written_together(folder: Path) -> None:
    """Files that are there are replaced, others are made, and nothing else is left."""
    write_together(start(folder))
    assert contents(folder) == NEW


@pytest.mark.parametrize("nth", [1, 2, 3, 4])
@pytest.mark.parametrize("happened", ["before", "after"])
@pytest.mark.parametrize(
    ("error", "kind", "match"),
    [
        (OSError(errno.EIO, "Broken"), ng.UnwritableError, "cannot be written: Broken"),
        (KeyboardInterrupt(), KeyboardInterrupt, None),
    ],
)
def test_a_move_that_fails_undoes_the_others(
    folder: Path,
    monkeypatch: pytest.MonkeyPatch,
    nth: int,
    happened: str,
    error: BaseException,
    kind: type[BaseException],
    match: str | None,
) -> None:
    """An error or an interrupt at any of the moves leaves all files old, or all of them new."""
    move, count = os.replace, 0

    def fail(old: object, new: object) -> None:
        nonlocal count
        count += 1
        if count != nth or happened == "after":
            move(old, new)  # type: ignore[call-overload]
        if count == nth:
            raise error

    wanted = start(folder)
    monkeypatch.setattr(os, "replace", fail)
    with pytest.raises(kind, match=match):
        write_together(wanted)
    assert contents(folder) == (NEW if (nth, happened) == (4, "after") else OLD)


@pytest.fixture
def _interruptible() -> Iterator[None]:
    """Ctrl-C raises KeyboardInterrupt, and nobody else traces."""
    handler, trace = signal.getsignal(signal.SIGINT), sys.gettrace()
    signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    sys.settrace(trace)
    signal.signal(signal.SIGINT, handler)


@pytest.mark.usefixtures("_interruptible")
def test_ctrl_c_at_every_line_leaves_all_or_none(folder: Path) -> None:
    """Interrupted at any line of the writer, all files are old or all are new, and none is left.

    The signal handlers are those of before.
    """
    ours = {files.__file__, signals.__file__}
    handlers = [signal.getsignal(number) for number in signals._ENDING]
    line = moment = n_old = n_new = 0

    def at_line(frame: FrameType, event: str, argument: object) -> Any:
        nonlocal line
        if frame.f_code.co_filename not in ours:
            return None
        line += event == "line"
        if line == moment and event == "line":
            sys.settrace(None)
            signal.raise_signal(signal.SIGINT)
        return at_line

    while line == moment:
        line, moment = 0, moment + 1
        wanted = start(folder)
        sys.settrace(at_line)
        try:
            write_together(wanted)
        except KeyboardInterrupt:
            assert line == moment
        else:
            assert line < moment, f"the interrupt at line {moment} was lost"
        finally:
            sys.settrace(None)
        assert contents(folder) in (OLD, NEW), moment
        n_old, n_new = n_old + (contents(folder) == OLD), n_new + (contents(folder) == NEW)
        assert [signal.getsignal(number) for number in signals._ENDING] == handlers
    assert min(n_old, n_new) > 10


def test_a_sheet_is_never_beside_the_answers_of_another(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where the form cannot be moved into its place, sheet, picture and answers stay the old."""
    write_sheet(exercise("mazur_2015"), "week.md")
    before = contents(folder)
    move = os.replace

    def fail(old: Path, new: Path) -> None:
        if new.name == "week.answers.toml":
            raise OSError(errno.EIO, "Input/output error")
        move(old, new)

    monkeypatch.setattr(os, "replace", fail)
    other = exercise("mazur_2015", vary=True, seed=8)
    with pytest.raises(ng.UnwritableError, match=r"^week\.answers\.toml: cannot be written: Input"):
        write_sheet(other, "week.md")
    assert contents(folder) == before
    monkeypatch.undo()
    write_sheet(other, folder / "week.md")
    assert load_exercise(folder / "week.exercise.toml") == other
