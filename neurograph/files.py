"""Writing files: whole or not at all."""

import os
import tempfile
from pathlib import Path

from neurograph.errors import InvalidValueError

__all__ = ["replace_whole", "write_whole"]


def write_whole(file: str | os.PathLike[str], content: str) -> None:
    """Write a text file whole or not at all: an interrupted call leaves what was there before.

    Parameters
    ----------
    file : path
    content : str
        Written as UTF-8.

    Raises
    ------
    InvalidValueError
        If the file cannot be written.
    """
    path = Path(file)
    try:
        replace_whole(path, content.encode())
    except OSError as error:
        raise InvalidValueError(f"{path}: cannot be written: {error.strerror or error}") from error


def replace_whole(path: Path, content: bytes) -> None:
    """Put a file with new content in the place of an old one, if there is one, in one move.

    Parameters
    ----------
    path : Path
    content : bytes

    Raises
    ------
    OSError
        If the file cannot be written; what was there before is still there.
    """
    handle, part = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "wb") as sink:
            sink.write(content)
        os.chmod(part, _mode(path))
        os.replace(part, path)
    except BaseException:
        os.unlink(part)
        raise


def _mode(path: Path) -> int:
    """Return the permissions of the file that is replaced, or those of a new file."""
    if path.exists():
        return path.stat().st_mode & 0o777
    mask = os.umask(0)
    os.umask(mask)
    return 0o666 & ~mask
