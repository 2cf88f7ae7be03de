"""Reading files that may be anything; writing them whole or not at all.

Nothing is written over what may not be replaced.
"""

import os
import stat
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path
from shutil import copy2

from neurograph.errors import ScenarioError, UnwritableError
from neurograph.signals import held_back

__all__ = ["check_replaceable", "read_text", "text_of", "write_together", "write_whole"]

# Of a file, to see what kind it is; the head of an SVG may hold a comment and a DOCTYPE.
_HEAD = 4096

#: A scenario is a page of facts; anything larger is some other file.
_MEBIBYTE = 1024 * 1024


def read_text(path: Path, expected: str, *, near: str = "", most: int = 1) -> str:
    """Return the text of a file.

    Parameters
    ----------
    path : Path
    expected : str
        What the file should be, for messages.
    near : str, optional
        What to add where there is no such file.
    most : int
        How many MiB it may have.

    Raises
    ------
    ScenarioError
        If there is no such file, or it is a directory, a device, larger, not readable or not UTF-8
        text.
    """
    return text_of(_read(path, expected, near, most), path, expected)


def text_of(content: bytes, path: Path, expected: str) -> str:
    """Return the text that bytes are.

    Parameters
    ----------
    content : bytes
    path : Path
        Where they come from, and `expected` what they should be: for messages.

    Raises
    ------
    ScenarioError
        If they are not UTF-8 text.
    """
    try:
        # An editor on Windows may begin the file with a byte order mark.
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise ScenarioError(
            f"{path}: is not UTF-8 text (byte {error.start} is 0x{content[error.start]:02x});"
            f" expected {expected}"
        ) from error
    if "\0" in text:
        raise ScenarioError(f"{path}: is binary data; expected {expected}")
    return text


def _read(path: Path, expected: str, near: str, most: int) -> bytes:
    try:
        status = path.stat()
        # A device or a pipe may never end, and a large file is not worth the memory.
        fits = stat.S_ISREG(status.st_mode) and status.st_size <= most * _MEBIBYTE
        content = path.read_bytes() if fits else b""
    except FileNotFoundError as error:
        raise ScenarioError(f"{path}: no such file{near}") from error
    except OSError as error:
        raise ScenarioError(f"{path}: cannot be read: {error.strerror or error}") from error
    except ValueError as error:
        raise ScenarioError(f"{path}: cannot be read: it is no path") from error
    if stat.S_ISDIR(status.st_mode):
        raise ScenarioError(f"{path}: is a directory; expected {expected}")
    if not stat.S_ISREG(status.st_mode):
        raise ScenarioError(f"{path}: is not a regular file; expected {expected}")
    if not fits:
        raise ScenarioError(
            f"{path}: is {status.st_size / _MEBIBYTE:,.1f} MiB large;"
            f" {expected} holds at most {most:,} MiB"
        )
    return content


def write_whole(file: str | os.PathLike[str], content: str | bytes) -> None:
    """Write a file whole or not at all: an interrupted call leaves what was there before.

    Parameters
    ----------
    file : path
    content : str or bytes
        Text is written as UTF-8; what UTF-8 cannot hold, as a name that is none, is escaped.

    Raises
    ------
    UnwritableError
        If the file cannot be written, or may not be replaced: see `check_replaceable`.
    """
    write_together({Path(file): content})


def write_together(contents: Mapping[Path, str | bytes]) -> None:
    """Write files that belong together: all of them, or none.

    Parameters
    ----------
    contents : mapping
        The content of each file, as for `write_whole`.

    Raises
    ------
    UnwritableError
        As for `write_whole`; what was there before is still there.
    """
    pieces = [_Piece(path, content) for path, content in contents.items()]
    with held_back():
        try:
            # After the last one nothing can fail, so what it replaces need not be kept.
            for piece in pieces:
                piece.prepare(keep=piece is not pieces[-1])
            for piece in pieces:
                piece.place()
        finally:
            complete = all(piece.is_placed for piece in pieces)
            for piece in pieces:
                piece.tidy(undo=not complete)


def check_replaceable(
    file: str | os.PathLike[str], kind: str = "", is_kind: Callable[[bytes], bool] | None = None
) -> Path:
    """Check that a file may be written: there is none yet, or it may be replaced.

    Folders, devices, pipes and sockets are never replaced, nor are files that are protected from
    writing, nor what the process itself prints into. A link is followed and stays a link.

    Parameters
    ----------
    file : path
    kind : str, optional
        What it has to be, if it is there already and not empty.
    is_kind : function, optional
        Whether a file that begins with these bytes is of this kind.

    Returns
    -------
    pathlib.Path
        The file itself, where links have been followed.

    Raises
    ------
    UnwritableError
        If it may not be written; the message says why.
    """
    path = Path(file)
    if str(path) == "-":
        raise UnwritableError("-: is no name of a file; the standard output is not written to here")
    with _naming(path):
        target = Path(os.path.realpath(path))
        try:
            status = path.stat()
        except FileNotFoundError:
            if not target.parent.is_dir():
                folder = (target if path.is_symlink() else path).parent
                raise UnwritableError(
                    f"{path}: cannot be written: there is no folder {str(folder)!r}"
                ) from None
            return target
        _check_status(path, status)
        # An empty file holds nothing that could be lost.
        if status.st_size and is_kind is not None:
            with target.open("rb") as content:
                head = content.read(_HEAD)
            if not is_kind(head):
                raise UnwritableError(
                    f"{path}: is there already and is no {kind}: it is not overwritten; choose"
                    " another name"
                )
    return target


def _check_status(path: Path, status: os.stat_result) -> None:
    if stat.S_ISDIR(status.st_mode):
        raise UnwritableError(f"{path}: is a folder: give the name of a file in it")
    if not stat.S_ISREG(status.st_mode):
        raise UnwritableError(
            f"{path}: is not a file that can be replaced, but a device, a pipe or a socket"
        )
    if any(os.path.samestat(status, output) for output in _outputs()):
        raise UnwritableError(f"{path}: is where the standard output goes")
    if not status.st_mode & 0o222:
        raise UnwritableError(f"{path}: is protected from writing: it is not overwritten")


def _outputs() -> Iterator[os.stat_result]:
    """Yield what the standard output and the standard error are."""
    for handle in (1, 2):
        with suppress(OSError):  # closed
            yield os.fstat(handle)


@contextmanager
def _naming(path: Path) -> Iterator[None]:
    """Let every error of the system name the file; a name may also be impossible."""
    try:
        yield
    except UnwritableError:
        raise
    except (OSError, ValueError) as error:
        reason = (error.strerror if isinstance(error, OSError) else None) or error
        raise UnwritableError(f"{path}: cannot be written: {reason}") from error


class _Piece:
    """One of the files that are written together.

    What has happened is read from the folder, so that an exception anywhere leaves no doubt.
    """

    def __init__(self, path: Path, content: str | bytes) -> None:
        self.path = path
        self.target = check_replaceable(path)
        self.is_new = not self.target.exists()
        self.content = content if isinstance(content, bytes) else _encoded(content)
        name = f".neurograph-{os.urandom(8).hex()}"
        self.part = self.target.with_name(f"{name}.part")
        self.kept = self.target.with_name(f"{name}.kept")
        self._is_written = False

    @property
    def is_placed(self) -> bool:
        return self._is_written and not self.part.exists()

    def prepare(self, *, keep: bool) -> None:
        """Write the content beside the file, and keep a copy of what will be replaced."""
        with _naming(self.path):
            mode = 0o666 if self.is_new else 0o600
            with open(self.part, "xb", opener=partial(os.open, mode=mode)) as sink:
                sink.write(self.content)
            if not self.is_new:
                os.chmod(self.part, stat.S_IMODE(self.target.stat().st_mode))
                if keep:
                    copy2(self.target, self.kept)
            self._is_written = True

    def place(self) -> None:
        with _naming(self.path):
            os.replace(self.part, self.target)

    def tidy(self, *, undo: bool) -> None:
        """Remove what was only needed meanwhile; undo what was done."""
        with suppress(OSError):
            if undo and self.is_placed:
                if self.is_new:
                    self.target.unlink()
                elif self.kept.exists():
                    os.replace(self.kept, self.target)
        for path in (self.part, self.kept):
            with suppress(OSError):
                path.unlink(missing_ok=True)


def _encoded(text: str) -> bytes:
    return text.encode(errors="backslashreplace")
