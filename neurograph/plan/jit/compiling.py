"""Compiling generated text, and keeping what was compiled: on disk where that works."""

import hashlib
import os
import pickle
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
    another process the same text is then ready at once. Where that is not possible, for whatever
    reason, it is compiled for this process alone.
    """
    # Another version of either would replace what this one has put there.
    about = f"# numba {version('numba')}, Python {sys.version_info[0]}.{sys.version_info[1]}\n"
    content = about + text
    name = f"neurograph_jit_{hashlib.sha256(content.encode()).hexdigest()[:32]}"
    try:
        path = cache_folder() / f"{name}.py"
        _write(path, content)
        train = _train_of(content, name, str(path), cached=True)
    except (OSError, RuntimeError, EOFError, pickle.UnpicklingError):
        # No such folder, no room, a damaged file: the file is not needed.
        return _train_of(content, name, f"<{name}>", cached=False)
    with suppress(OSError):  # another process may be at it
        _prune(path)
    return train


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
        for file in [*_beside(text), text]:
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
