"""The progress bar of a long run."""

import sys
import time
from typing import TYPE_CHECKING, Any

from neurograph.errors import InvalidTypeError

if TYPE_CHECKING:
    from rich.progress import Progress as RichProgress

__all__ = ["Progress", "read_progress"]

# Seconds after which a run is worth a progress bar.
_PATIENCE = 1.0


def read_progress(progress: Any) -> bool | None:
    """Return the setting, or say what it must be."""
    if progress is not None and not isinstance(progress, bool):
        raise InvalidTypeError(f"progress must be True, False or None, not {progress!r}")
    return progress


class Progress:
    """Shows epoch, loss and time left on the terminal, once a run takes longer than a second.

    Parameters
    ----------
    wanted : bool or None
        Whether to show it; with `None` only if there is a terminal.
    epochs : int
    """

    def __init__(self, wanted: bool | None, epochs: int) -> None:
        self.epochs = epochs
        # A program without a console has no standard error.
        terminal = sys.stderr is not None and sys.stderr.isatty()
        self._wanted = terminal if wanted is None else wanted
        self._began = time.monotonic()
        self._bar: RichProgress | None = None
        self._task: Any = None

    def update(self, epochs: float, loss: float) -> None:
        """Say how many epochs are done, in full and in part, and the loss of the last."""
        if not self._wanted:
            return
        if self._bar is None:
            if time.monotonic() - self._began < _PATIENCE:
                return
            self._open()
        assert self._bar is not None
        self._bar.update(self._task, completed=epochs, loss=f"{loss:.6g}", counted=f"{int(epochs)}")

    def _open(self) -> None:
        # rich takes a tenth of a second to import, which most runs never need.
        from rich.console import Console
        from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

        self._bar = Progress(
            TextColumn("epoch {task.fields[counted]}/{task.total}"),
            BarColumn(),
            TextColumn("loss {task.fields[loss]}"),
            TimeRemainingColumn(),
            console=Console(stderr=True),
        )
        self._task = self._bar.add_task("", total=self.epochs, loss="", counted="0")
        self._bar.start()

    def close(self) -> None:
        """Take the bar away."""
        if self._bar is not None:
            self._bar.stop()
            self._bar = None
            self._wanted = False
