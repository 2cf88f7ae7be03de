"""Compiling generated text, and keeping what was compiled: on disk where that works."""

import hashlib
import os
import sys
from collections.abc import Callable
from contextlib import suppress
from functools import lru_cache
from importlib.metadata import version
from pathlib import Path
from types import ModuleType

from neurograph.files import write_whole

__all__ = ["cache_folder", "compiled"]


def cache_folder() -> Path:
    """Return the folder for compiled code, as the platform has it; it may not exist."""
    home = Path(os.path.expanduser("~"))
    if sys.platform == "win32":
        base = Path(os.environ.get("LOCALAPPDATA") or home / "AppData" / "Local")
    elif sys.platform == "darwin":
        base = home / "Library" / "Caches"
    else:
        base = Path(os.environ.get("XDG_CACHE_HOME") or home / ".cache")
    return base / "neurograph"


#: So many texts are kept in the cache folder: those that were used last.
MOST_KEPT = 64


@lru_cache(maxsize=64)
def compiled(text: str) -> Callable[..., int]:
    """Return the function ``train`` of a generated text, compiled.

    The text is put into a file of the cache folder, beside which numba keeps what it compiles; in
    another process the same text is then ready at once. What was kept and cannot be read is removed
    and made again. Where that is not possible, for whatever reason, it is compiled for this process
    alone.
    """
    # Another version of either would replace what this one has put there.
    about = f"# numba {version('numba')}, Python {sys.version_info[0]}.{sys.version_info[1]}\n"
    content = about + text
    name = f"neurograph_jit_{hashlib.sha256(content.encode()).hexdigest()[:32]}"
    path = cache_folder() / f"{name}.py"
    for _ in range(2):
        try:
            _write(path, content)
            _remove_damaged(path)
            train = _train_of(content, name, str(path), cached=True)
            _write(_sums_of(path), _sums(path))
        except Exception:  # files of a sort that numba does not expect can raise any
            with suppress(OSError):
                _remove(_beside(path))
        else:
            with suppress(OSError):  # another process may be at it
                _prune(path)
            return train
    # No such folder, or no room: the file is not needed.
    return _train_of(content, name, f"<{name}>", cached=False)


def _write(path: Path, content: str) -> None:
    """Write a file whole or not at all, unless it is there."""
    data = content.encode()
    if path.is_file() and path.read_bytes() == data:
        return
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    write_whole(path, data)


def _prune(used: Path) -> None:
    """Note that a text was used, and remove those whose last use is longest ago."""
    # Not the time of the text itself: numba would take it for changed.
    for file in _beside(used):
        os.utime(file)
    texts = sorted(used.parent.glob("neurograph_jit_*.py"), key=_last_use, reverse=True)
    for text in texts[MOST_KEPT:]:
        _remove([*_beside(text), _sums_of(text), text])


def _remove_damaged(text: Path) -> None:
    """Remove what numba keeps of a text unless it is as it was kept.

    Numba runs whatever it finds there, and machine code that is damaged ends the process.
    """
    sums = _sums_of(text)
    if not sums.is_file() or sums.read_bytes() != _sums(text).encode():
        _remove(_beside(text))


def _sums_of(text: Path) -> Path:
    """Return the file with the checksums of what is beside a text."""
    return text.with_suffix(".sha256")


def _sums(text: Path) -> str:
    return "".join(
        f"{hashlib.sha256(file.read_bytes()).hexdigest()}  {file.name}\n"
        for file in sorted(_beside(text))
    )


def _remove(files: list[Path]) -> None:
    for file in files:
        file.unlink(missing_ok=True)


def _beside(text: Path) -> list[Path]:
    """Return what numba keeps of a text: an index, and compiled code."""
    return list(text.parent.glob(f"__pycache__/{text.stem}.*"))


def _last_use(text: Path) -> float:
    return max(file.stat().st_mtime for file in [text, *_beside(text)])


def _train_of(content: str, name: str, file: str, *, cached: bool) -> Callable[..., int]:
    # Numba looks the module up by its name when it reads what it has kept.
    module = ModuleType(name)
    sys.modules[name] = module
    vars(module)["CACHED"] = cached
    # Made of numbered names, and of formulas that were read against a whitelist.
    exec(compile(content, file, "exec"), vars(module))
    train: Callable[..., int] = vars(module)["train"]
    return train
