"""Jit engine: one compiled loop over the graph in compressed form, made with numba.

The loop goes over arrays of cells and positions (see `loop.Compressed`) and does all the steps it
is asked for. It is one text for each set of formulas, order and reduction, whatever the graph (see
`loop.module_text`), so it is compiled rarely, and what was compiled is kept on disk.
"""

import hashlib
import math
import os
import sys
import time
from array import array
from collections.abc import Callable, Iterator, MutableSequence, Sequence
from contextlib import contextmanager, suppress
from functools import cached_property, lru_cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from neurograph.display import Brief
from neurograph.engines.engine import Batch, Engine, InOrder, Steps
from neurograph.engines.loop import Compressed, LoopLayout, Whole, compress, module_text
from neurograph.engines.straight_loop import is_tiny, straight_text
from neurograph.equations import Round
from neurograph.errors import InvalidValueError
from neurograph.files import write_whole

__all__ = ["Jit", "cache_folder", "compiled"]

Array = NDArray[np.float64]

#: From so many samples on, a batch is gone through with its samples inside (see `LoopLayout`),
#: unless more parameters than this lie side by side.
MANY_SAMPLES, LONGEST_RUN = 32, 128


class Jit(Brief):
    """Runs one compiled loop; see the module.

    Attributes
    ----------
    compile_seconds : float
        How long it took, so far, to compile the loop or to load it from the cache.
    """

    name = "jit"

    def __init__(self, of_round: Round, *, careful: Engine) -> None:
        self.round, self.structure = of_round, of_round.structure
        self.careful = careful
        self.compile_seconds = 0.0
        self._largest = 1
        self._texts: dict[LoopLayout, str] = {}
        self._trains: dict[LoopLayout, Any] = {}
        self._graphs: dict[bool, Compressed] = {}
        self._rooms: tuple[Array, ...] = ()

    def steps(self, work: Steps) -> MutableSequence[float]:
        """Do some steps: see `Engine.steps`."""
        parameters, state, inputs, targets, batches, rates, first_step = work
        losses = array("d", bytes(8 * len(batches)))
        if not batches:
            return losses
        rows, starts, sizes, first = _rows_of(batches, len(inputs))
        largest = int(sizes.max())
        # Once a batch was larger it may be again: the same steps shall give the same last digits.
        self._largest = max(self._largest, largest)
        layout = self._layout(self._largest)
        train = self._train(layout)
        slots, *of_graph = self._of_graph(largest, layout)
        columns = [parameters, *(state[name] for name in self.round.optimizer.state)]
        samples = _as_compiled(inputs), _as_compiled(targets)
        speeds = np.array(rates, dtype=np.float64)
        errors: Array = np.frombuffer(losses)
        done = 0
        while done < len(batches):
            rest = slice(done, None)
            cells = [column[slots] for column in columns]
            done += train(
                *cells, self._constants, speeds[rest], errors[rest], *samples, rows, starts, sizes,
                (first + done) % len(starts), float(first_step + done), *of_graph,
            )  # fmt: skip
            if not isinstance(slots, slice):  # else cells are views
                for column, values in zip(columns, cells, strict=True):
                    column[slots] = values
            if not math.isfinite(errors[done - 1]):
                # The step has changed nothing yet. A saturated out may be all that is wrong.
                errors[done - 1 : done] = self.careful.steps(work.part(done - 1, done))
                if not math.isfinite(errors[done - 1]):
                    break
        return losses[:done]

    def _of_graph(self, n_samples: int, layout: LoopLayout) -> tuple[Any, ...]:
        """Return which slots the loop has as cells, and what it is told of the graph."""
        if layout.straight:
            return (slice(None),)
        slots, *whole = self._graph(layout)
        counted = [column[slots] for column in self._by_slot]
        return slots, self._gradient, *counted, *self._rooms_for(n_samples, layout), *whole

    @cached_property
    def _is_scattered(self) -> bool:
        """Whether most parameters do not lie side by side."""
        return 2 * int(self._run_length.sum()) < len(self.structure.filled)

    @cached_property
    def _is_narrow(self) -> bool:
        """Whether the outs that a neuron reads, of many samples, stay in the fastest memory."""
        return not len(self._run_length) or float(self._run_length.mean()) <= LONGEST_RUN

    @property
    def _run_length(self) -> NDArray[np.uint32]:
        return self._graph(LoopLayout(True, False)).run_length

    @cached_property
    def _constants(self) -> Array:
        """Those of the optimiser, and of the penalty where it counts a weight."""
        of_optimizer, of_penalty = self.round.optimizer.constants, self.round.penalty_constants
        return np.array([*of_optimizer.values(), *of_penalty.values()], np.float64)

    @cached_property
    def _by_slot(self) -> list[Array]:
        """By slot 1 where the penalty counts a weight, at all its places, and once; its decay."""
        counted = [np.zeros(len(self.structure.pre)) for _ in range(2)]
        counted[0][self.round.penalised] = counted[1][self.round.penalised_once] = 1.0
        return [*(counted if self.round.penalised else ()), *self.round.decays.values()]

    @cached_property
    def _gradient(self) -> Array:
        return np.zeros(len(self.structure.pre))

    def _graph(self, layout: LoopLayout) -> Compressed:
        runs = not layout.samples_inside
        if runs not in self._graphs:
            self._graphs[runs] = compress(self.round, runs=runs)
        return self._graphs[runs]

    def until_ready(self, batch_size: int) -> float:
        """Return about how many seconds it takes before the loop can start."""
        layout = self._layout(batch_size)
        return 0.0 if layout in self._trains else self._seconds_until_compiled(layout)

    def _seconds_until_compiled(self, layout: LoopLayout) -> float:
        text = self._text(layout)
        new = _SECONDS_OF_CHARACTER * len(text) if layout.straight else _SECONDS_IF_NEW
        return seconds_until_compiled(text, new)

    def make_ready(self, batch_size: int) -> None:
        """Compile the loop for batches of so many samples, or load it.

        Raises
        ------
        InvalidValueError
            If numba, which is installed, does not work.
        """
        self._train(self._layout(batch_size))

    def _train(self, layout: LoopLayout) -> Any:
        if layout not in self._trains:
            began = time.perf_counter()
            try:
                with _waiting(self._seconds_until_compiled(layout)):
                    self._trains[layout] = compiled(self._text(layout))
            except Exception as error:  # half imported, or beside a NumPy too new, it raises any
                raise InvalidValueError(
                    "engine 'jit' cannot be used: numba is installed, but does not work here"
                    f" ({type(error).__name__}: {error})"
                ) from error
            self.compile_seconds += time.perf_counter() - began
        return self._trains[layout]

    def _layout(self, batch_size: int) -> LoopLayout:
        if is_tiny(self.round, batch_size):
            return LoopLayout(batch_size == 1, samples_inside=True, straight=True)
        inside = self._is_scattered or (batch_size >= MANY_SAMPLES and self._is_narrow)
        return LoopLayout(batch_size == 1, inside and batch_size > 1)

    def source(self, batch_size: int) -> str:
        """Return the text that is compiled for batches of so many samples."""
        return self._text(self._layout(batch_size))

    def _text(self, layout: LoopLayout) -> str:
        if layout not in self._texts:
            self._texts[layout] = (
                straight_text(self.round, online=layout.online)
                if layout.straight
                else module_text(self.round, layout)
            )
        return self._texts[layout]

    def _rooms_for(self, n_samples: int, layout: LoopLayout) -> tuple[Array, ...]:
        """Return the columns of what passes compute, for so many samples or more."""
        if not (layout.online or layout.samples_inside):
            n_samples = -(-n_samples // 4) * 4  # the loop computes whole fours
        n = self.structure.n_positions
        enough = self._rooms and self._rooms[0].size >= n * n_samples
        inside = self._rooms and self._rooms[0].shape[0] == n
        if not enough or bool(inside) != layout.samples_inside:
            shape = (n, n_samples) if layout.samples_inside else (n_samples, n)
            self._rooms = tuple(np.zeros(shape) for _ in range(4))
            out = self._rooms[1] if layout.samples_inside else self._rooms[1].T
            out[self.structure.constants] = 1.0
        return self._rooms


def _as_compiled(samples: Array) -> Array:
    """Return samples as the loop is compiled for them: mostly they are so already."""
    if samples.flags.carray and samples.dtype == np.float64:
        return samples
    return np.require(samples, np.float64, ["C", "W"])


def _rows_of(batches: Sequence[Batch], n_samples: int) -> tuple[Whole, Whole, Whole, int]:
    """Return rows of samples, where in them each batch starts, its size, and which comes first."""
    rows = np.arange(n_samples, dtype=np.int64)
    if isinstance(batches, InOrder):
        return rows, batches.epoch.starts, batches.epoch.sizes, batches.first
    slices = [batch for batch in batches if isinstance(batch, slice)]
    if len(slices) == len(batches):  # which need no rows of their own
        starts = np.array([batch.start for batch in slices], dtype=np.int64)
        stops = np.array([batch.stop for batch in slices], dtype=np.int64)
        return rows, starts, stops - starts, 0
    taken = [rows[batch] for batch in batches]
    sizes = np.array([len(batch) for batch in taken], dtype=np.int64)
    return np.concatenate(taken), np.cumsum(sizes) - sizes, sizes, 0


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


#: Before a compiled loop can start: it is there, it is on the disk, or nobody has made it yet.
_SECONDS_IF_THERE, _SECONDS_IF_KEPT, _SECONDS_IF_NEW = 0.0, 0.03, 4.0
#: Where nobody has made it: of each character of a straight line.
_SECONDS_OF_CHARACTER = 160e-6
#: Numba itself, where it is not imported yet.
_SECONDS_OF_NUMBA = 0.4
#: Longer than what is on the disk takes; it is said on a terminal.
_UNEXPECTED = 0.5


def seconds_until_compiled(text: str, new: float) -> float:
    """Return about how many seconds `compiled` will take for a text, and what if it is new."""
    try:
        _, name, path = _placed(text)
    except PackageNotFoundError:  # a numba without a version; `compiled` says what is wrong
        return new
    if name in sys.modules:
        return _SECONDS_IF_THERE
    rest = _SECONDS_IF_KEPT if _beside(path) else new
    return rest if "numba" in sys.modules else _SECONDS_OF_NUMBA + rest


@contextmanager
def _waiting(seconds: float) -> Iterator[None]:
    """Say on a terminal that something is compiled, if it takes longer than a user would expect."""
    if seconds < _UNEXPECTED or sys.stderr is None or not sys.stderr.isatty():
        yield
        return
    # rich takes a tenth of a second to import.
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        progress.add_task("compiling the training loop, once for networks of this kind", total=None)
        yield


def _placed(text: str) -> tuple[str, str, Path]:
    """Return the content of the file for a text, the name of its module, and where it is kept."""
    # Another version of either would replace what this one has put there.
    about = f"# numba {version('numba')}, Python {sys.version_info[0]}.{sys.version_info[1]}\n"
    content = about + text
    name = f"neurograph_jit_{hashlib.sha256(content.encode()).hexdigest()[:32]}"
    return content, name, cache_folder() / f"{name}.py"


@lru_cache(maxsize=64)
def compiled(text: str) -> Callable[..., int]:
    """Return the function ``train`` of a generated text, compiled.

    The text is put into a file of the cache folder, beside which numba keeps what it compiles; in
    another process the same text is then ready at once. What was kept and cannot be read is removed
    and made again. Where that is not possible, for whatever reason, it is compiled for this process
    alone.
    """
    content, name, path = _placed(text)
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
