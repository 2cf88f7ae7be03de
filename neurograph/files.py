"""Writing files: whole or not at all."""

import os
import tempfile
from pathlib import Path

from neurograph.errors import InvalidValueError

__all__ = ["write_whole"]


def write_whole(file: str | os.PathLike[str], content: str | bytes) -> None:
    """Write a file whole or not at all: an interrupted call leaves what was there before.

    Parameters
    ----------
    file : path
    content : str or bytes
        Text is written as UTF-8.

    Raises
    ------
    InvalidValueError
        If the file cannot be written.
    """
    path = Path(file)
    data = content.encode() if isinstance(content, str) else content
    part = None
    try:
        handle, part = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
        with open(handle, "wb") as sink:
            sink.write(data)
        # A temporary file is private; this one is to have the rights of any other.
        os.chmod(part, 0o666 & ~_umask())
        os.replace(part, path)
    except OSError as error:
        raise InvalidValueError(f"{path}: cannot be written: {error.strerror or error}") from error
    finally:
        if part is not None and os.path.exists(part):
            os.unlink(part)


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
