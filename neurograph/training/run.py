"""`TrainingRun`: one training run, chunk by chunk, and the progress bar of a long one."""

import sys
import time
from array import array
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from neurograph.columns import PastUpdate, Storage
from neurograph.engines.block_passes import BlockPass, BlockUpdate, is_large
from neurograph.engines.engine import values_of_step
from neurograph.equations import Round
from neurograph.errors import DivergedError, InvalidTypeError, InvalidValueError, StructureError
from neurograph.optimizers import Optimizer
from neurograph.passes import Values, compute
from neurograph.rounds import equations_of
from neurograph.training.history import Bookmark, Checkpoint, History, Recorder, Trainee
from neurograph.training.steps import (
    Batches,
    Chunk,
    Snapshot,
    Stepper,
    TrainingData,
    first_concerned,
    held,
    overflowed,
    rates_of,
)
from neurograph.training.stops import GradientNorm, Moment, NoImprovement, Stop, TargetLoss, Watch

if TYPE_CHECKING:
    from rich.progress import Progress as RichProgress

__all__ = ["Progress", "TrainingRun", "read_progress"]

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


# At most about how many seconds an engine takes for a step, and for each parameter and sample.
_SECONDS = {
    "passes": (1e-5, 3e-6),
    "straight_line": (1e-6, 2e-7),
    "blocks": (1e-5, 1e-9),
    "jit": (1e-6, 2e-9),
}
# Seconds that a chunk should take: often enough for a progress bar and for Ctrl-C.
_CHUNK_SECONDS = 0.1
# Keeps the memory of a chunk small where steps are fast.
_MOST_STEPS = 1 << 16


class Reached(NamedTuple):
    """How far a run has come: everything that belongs together, so that it changes all at once.

    Attributes
    ----------
    done : int
        Number of the last finished step.
    snapshot : Snapshot
        Of what there was after it.
    recorded : Bookmark
        What the recorder had kept by then.
    loss : float
        Of the last finished epoch.
    open_losses : sequence of float
        Of the steps of an epoch that is not finished.
    last : tuple of Chunk and Snapshot, or None
        The last finished step, and what there was before it.
    noted : mapping from str to tuple of float
        By stop, what it knew then of the losses.
    running_loss : float
        The losses of the steps of the last finished epoch, added up.
    """

    done: int
    snapshot: Snapshot
    recorded: Bookmark
    loss: float = float("nan")
    open_losses: Sequence[float] = ()
    last: tuple[Chunk, Snapshot] | None = None
    noted: Mapping[str, tuple[float, ...]] = MappingProxyType({})
    running_loss: float = float("nan")


@dataclass
class TrainingRun:
    """One training run: what `train` makes of its arguments, and how far it has come."""

    net: Trainee
    storage: Storage
    stepper: Stepper
    batches: Batches
    epochs: int
    schedule: float | Callable[[int], float]
    round: Round
    # As it is stated: under an edit, that of the round may be another.
    order: str
    optimizer: Optimizer
    recorder: Recorder
    stops: Sequence[Stop]
    callback: Callable[[Moment], object] | None
    progress: Progress
    # The state of the generator that shuffles, from before the first epoch.
    random: Mapping[str, Any] | None = None
    # How far an earlier run has come that goes on here.
    checkpoint: Checkpoint | None = None
    # The step whose passes the objects were last shown, and what they were shown.
    _shown: tuple[int, Callable[[], Any]] | None = None

    def __post_init__(self) -> None:
        sizes = np.array(self.batches.sizes, dtype=np.float64)
        of_mean = self.round.reduction == "mean"
        self._shares: NDArray[np.float64] = sizes / sizes.sum() if of_mean else sizes**0
        self._watches: list[tuple[TargetLoss | NoImprovement, Watch]] = []
        self._norms: list[GradientNorm] = []
        self._functions: list[Callable[[Moment], object]] = []
        for stop in self.stops:
            if isinstance(stop, TargetLoss | NoImprovement):
                self._watches.append((stop, stop.watch()))
            elif isinstance(stop, GradientNorm):
                self._norms.append(stop)
            else:
                self._functions.append(stop)
        # Somebody looks at the objects in the course of the run,
        asked = bool(self.callback or self._norms or self._functions)
        self._looks = asked or self.recorder.reads_objects
        # and the engine has to pause for that, or for parameters to be kept.
        self._pauses = self._looks or not self.recorder.only_losses
        self._steps_between = self.recorder.every * len(self.batches)
        self._last_step = self.epochs * len(self.batches)
        self._reached = Reached(0, self.stepper.snapshot(), self.recorder.mark())
        if self.checkpoint is not None:
            self._go_on(self.checkpoint)

    def _go_on(self, checkpoint: Checkpoint) -> None:
        """Begin where an earlier run ended."""
        self.batches.skip(checkpoint.step)
        for stop, watch in self._watches:
            noted = checkpoint.noted.get(repr(stop), watch.noted)
            if len(noted) != len(watch.noted):
                raise InvalidValueError(
                    f"what {stop!r} noted in the run to resume is not of its kind"
                )
            watch.noted[:] = noted
        self._reached = self._reached._replace(
            done=checkpoint.step,
            loss=checkpoint.loss,
            open_losses=list(checkpoint.open_losses),
            noted=self._noted(),
            running_loss=checkpoint.running_loss,
        )

    def _noted(self) -> dict[str, tuple[float, ...]]:
        return {repr(stop): tuple(watch.noted) for stop, watch in self._watches if watch.noted}

    @property
    def done(self) -> int:
        """Number of the last finished step."""
        return self._reached.done

    @property
    def loss(self) -> float:
        """The loss of the last finished epoch."""
        return self._reached.loss

    @property
    def epoch(self) -> int:
        """How many epochs are finished."""
        return self.done // len(self.batches)

    def train(self) -> History:
        """Do all the steps; return what was recorded."""
        try:
            return self._finish(self._train())
        except KeyboardInterrupt:
            self._go_back()
            self.progress.close()
            ended = f"interrupted after step {self.done}, {self.epoch} epochs finished"
            print(
                f"Training was {ended}. The network has the parameters of that step.",
                file=sys.stderr,
            )
            return self._finish(ended)
        except DivergedError as error:
            error.history = self._history("diverged")
            raise
        except BaseException:
            self._go_back()
            self._show()
            raise
        finally:
            self.progress.close()

    def _finish(self, ended: str) -> History:
        """Leave the network as the last finished step left it; return what was recorded."""
        if self.done and not self._reached.open_losses:
            self._keep()
        self._show()
        return self._history(ended)

    def _go_back(self) -> None:
        """Undo everything that came after the last finished step."""
        self.stepper.restore(self._reached.snapshot)
        self.recorder.go_back(self._reached.recorded)
        self._shown = None

    def _history(self, ended: str) -> History:
        reached = self._reached
        checkpoint = Checkpoint(
            reached.done,
            len(self.batches),
            repr(self.optimizer),
            reached.snapshot.state,
            self.random,
            reached.loss,
            tuple(reached.open_losses),
            self.recorder.every,
            reached.noted,
            self.stepper.before,
            reached.running_loss,
        )
        return self.recorder.history(ended, checkpoint)

    def _train(self) -> str:
        """Do all the steps; return why the run ended."""
        # How long a step takes is not known yet: a first chunk that is surely short.
        products = self.storage.structure.n_parameters * self.batches.sizes[0]
        of_step, each = _SECONDS.get(self.stepper.engine.name, max(_SECONDS.values()))
        budget = int(_CHUNK_SECONDS / (of_step + each * products)) // 4
        budget = max(1, min(budget, _MOST_STEPS))
        while self.done < self._last_step:
            chunk = self._next_chunk(budget)
            began = time.perf_counter()
            ended = self._do(chunk)
            taken = max(time.perf_counter() - began, 1e-9)
            budget = max(1, min(int(len(chunk) * _CHUNK_SECONDS / taken), _MOST_STEPS))
            latest = self.loss if self.epoch else float(np.mean(self._reached.open_losses))
            self.progress.update(self.done / len(self.batches), latest)
            at_pause = self.done % self._steps_between == 0 or self.done == self._last_step
            if self._pauses and (ended or at_pause):
                ended = self._pause() or ended
            if ended:
                return ended
        stuck = self.round.stuck
        return f"all {self.epochs} epochs done{f'; {stuck}' if stuck else ''}"

    def _next_chunk(self, budget: int) -> Chunk:
        n = min(budget, self._last_step - self.done)
        if self._pauses:
            n = min(n, self._steps_between - self.done % self._steps_between)
        first = self.done + 1
        rates: Sequence[float]
        if callable(self.schedule):
            rates = rates_of(self.schedule, first, n)
        else:
            rates = array("d", [self.schedule]) * n
        return Chunk(first, self.batches.take(len(rates)), rates)

    def _do(self, chunk: Chunk) -> str | None:
        """Do the steps of a chunk, as far as they count; return why the run ends with them."""
        done = self.stepper.try_steps(chunk, self._reached.snapshot)
        losses = done.losses
        count = self.stepper.held_steps(chunk, done)
        finished, rest = self._by_epoch(losses[:count])
        ended = None
        if stopped := self._stopped(finished):
            place, ended = stopped
            finished, rest = finished[: place + 1], []
            count = len(finished) * len(self.batches) - len(self._reached.open_losses)
        if count < len(chunk):
            # Not all of the steps count: go back and do those that do.
            self.stepper.restore(done.start)
            if count:
                done = self.stepper.try_steps(chunk.part(0, count), done.start)
        if count:
            running = self._running(losses, len(finished))
            step = chunk.part(count - 1, count)
            self._hand_over(step, done.before_last, finished, rest, running)
        if ended is None and count < len(chunk):
            raise self._diverged(chunk.part(count, count + 1), losses[count])
        return ended

    def _running(self, losses: Sequence[float], finished: int) -> float:
        """Return the losses of the last of so many finished epochs, added up."""
        n, before = len(self.batches), self._reached.open_losses
        if not finished:
            return self._reached.running_loss
        start = (finished - 1) * n
        after = max(start - len(before), 0)
        return sum(chain(before[start:], losses[after : finished * n - len(before)]))

    def _hand_over(
        self,
        step: Chunk,
        before: Snapshot,
        finished: Sequence[float],
        rest: Sequence[float],
        running_loss: float,
    ) -> None:
        """Let the steps up to one that was done count.

        However far this has come when Ctrl-C is pressed, the one assignment was made or was not.
        """
        done = step.first_step
        if finished:
            self.recorder.keep_losses(finished, done // len(self.batches))
        self._reached = Reached(
            done,
            self.stepper.snapshot(),
            self.recorder.mark(),
            finished[-1] if finished else self.loss,
            rest,
            (step, before),
            self._noted(),
            running_loss,
        )

    def _by_epoch(self, losses: Sequence[float]) -> tuple[Sequence[float], Sequence[float]]:
        """Return the losses of the epochs that these steps finish, and of the steps left over."""
        n = len(self.batches)
        if n == 1:
            return losses, []
        steps = [*self._reached.open_losses, *losses]
        rows = np.array(steps[: len(steps) // n * n]).reshape(-1, n)
        with np.errstate(over="ignore"):
            # Row by row: the sum must not depend on how many epochs a chunk has.
            finished = [float((row * self._shares).sum()) for row in rows]
        return finished, steps[len(finished) * n :]

    def _stopped(self, losses: Sequence[float]) -> tuple[int, str] | None:
        """Return the place of the epoch whose loss ends the run, and why."""
        found = [(watch(losses), stop) for stop, watch in self._watches]
        reached = [(place, stop) for place, stop in found if place is not None]
        if not reached:
            return None
        place, stop = min(reached, key=lambda one: one[0])
        return place, stop.reason(self.epoch + 1 + place, losses[place])

    def _pause(self) -> str | None:
        """Let everybody look who wants to, between two epochs; return why the run ends here."""
        self._keep()
        reasons = self._look() if self._looks else []
        # What was kept, and what somebody who looked may have changed, count from here on.
        self._reached = self._reached._replace(
            snapshot=self.stepper.snapshot(), recorded=self.recorder.mark()
        )
        return reasons[0] if reasons else None

    def _look(self) -> list[str]:
        """Let everybody look who wants to; return why the run ends here."""
        self._show()
        assert self._reached.last is not None
        norm = self._gradient_norm() if self._norms else np.inf
        reasons = [stop.reason(self.epoch, norm) for stop in self._norms if norm <= stop.norm]
        step, _ = self._reached.last
        moment = Moment(self.net, self.epoch, self.done, self.loss, step.rates[0])
        if self.callback is not None:
            self._ask(self.callback, moment, "callback")
        for function in self._functions:
            if self._ask(function, moment, "stop function"):
                name = getattr(function, "__name__", repr(function))
                reasons.append(f"stop function {name} returned true in epoch {self.epoch}")
        return reasons

    def _keep(self) -> None:
        """Keep what is recorded of the epoch that has just been finished."""
        if self.recorder.wants(self.loss, self.epoch):
            if self.recorder.reads_objects:
                self._show()
            self.recorder.keep_values(self.storage)

    def _ask(self, function: Callable[[Moment], object], moment: Moment, what: str) -> object:
        where = f"in epoch {moment.epoch}, after step {moment.step}"
        try:
            answer = function(moment)
        except Exception as error:
            error.add_note(
                f"(raised by the {what} of a training run {where}: the network has the parameters"
                f" of that step)"
            )
            raise
        if not self.net.uses(self.storage):
            raise StructureError(
                f"the {what} of a training run changed the structure of the network {where}:"
                f" change it between two runs"
            )
        return answer

    def _gradient_norm(self) -> float:
        structure, now = self.storage.structure, self.storage.computed
        assert now is not None
        gradients = [
            now.gradient[slot]
            for slot in structure.filled
            if structure.trainable[slot] and structure.shared_slots(slot)[0] == slot
        ]
        with np.errstate(over="ignore"):
            return float(np.linalg.norm(gradients))

    def _show(self) -> None:
        """Let the objects carry the passes of the last finished step."""
        last = self._reached.last
        if last is None or not self.net.uses(self.storage):
            return
        if self._shown is None or self._shown[0] != self.done:
            step, before = last
            made = passes_of_step(self.storage, self.round, self.stepper, step, before)
            self._shown = (self.done, made)
        # Somebody who was asked may have made other passes.
        if self.storage.shown is not self._shown[1]:
            self.storage.show_later(self._shown[1])
        (step, before), self.storage.outdated = last, True
        self.storage.past_update = PastUpdate(
            before.parameters,
            self.optimizer,
            self.order,
            step.rates[0],
            memory=before.state,
            step=self.stepper.before + step.first_step,
        )

    def _diverged(self, step: Chunk, loss: float) -> DivergedError:
        """Return the error for a step that goes wrong; let the objects carry its passes."""
        number = step.first_step
        show_passes(self.net, self.stepper.data, step)
        if held(loss):
            self.stepper.try_steps(step)
            parameters = self.storage.parameters.copy()
            self.stepper.restore(self._reached.snapshot)
            first = overflowed(self.storage.structure, parameters)
            what = f"its update is {_beyond(parameters)}"
        else:
            first = first_concerned(self.storage)
            what = f"the total error is {loss:.6g}"
            what += f", {_beyond(loss)}" if np.isfinite(loss) else ""
        return DivergedError(
            f"training diverged in epoch {(number - 1) // len(self.batches) + 1}, step {number}:"
            f" {what}; the first neuron concerned is {first}. The network has the parameters it"
            f" had before that step; a smaller learning rate may help"
        )


def _beyond(values: float | NDArray[np.float64]) -> str:
    return "larger than a next step can hold" if np.isfinite(values).all() else "not finite"


def show_passes(net: Trainee, data: TrainingData, step: Chunk) -> None:
    """Make the forward and the backward pass of one step, with the parameters as they are.

    Parameters
    ----------
    net : Network
    data : TrainingData
    step : Chunk
        Of one step.
    """
    inputs, targets = _samples(data, step)
    net.forward(inputs)
    net.backward(targets)


def passes_of_step(
    storage: Storage, of_round: Round, stepper: Stepper, step: Chunk, before: Snapshot
) -> Callable[[], Values | BlockPass]:
    """Return a function that makes the passes of a step that was done.

    Parameters
    ----------
    storage : Storage
    of_round : Round
    stepper : Stepper
    step : Chunk
        Of one step.
    before : Snapshot
        What there was before the step.

    Returns
    -------
    function
        It depends on nothing that changes later.
    """
    structure = of_round.structure
    (batch,) = step.batches
    data = stepper.data
    inputs, targets = data.inputs[batch].copy(), data.targets[batch].copy()
    rate, number = step.rates[0], stepper.before + step.first_step

    def made() -> Values | BlockPass:
        state = {name: column.copy() for name, column in before.state.items()}
        if of_round.order != "in_place" and of_round.edits is None and is_large(structure):
            on_blocks = BlockPass(
                storage, of_round, inputs, not data.single, parameters=before.parameters.column()
            )
            on_blocks.compare(targets)
            on_blocks.go_back()
            on_blocks.updates(BlockUpdate(of_round.optimizer, state, rate, number))
            return on_blocks
        given, wanted = (
            rows[0].tolist() if data.single else list(np.ascontiguousarray(rows.T))
            for rows in (inputs, targets)
        )
        of, parameters = equations_of(storage, of_round), before.parameters.tolist()
        memory = {name: column.tolist() for name, column in state.items()}
        values = values_of_step(of, parameters, given, wanted, memory, rate, number)
        return compute(of.whole_step(), values)

    return made


def _samples(data: TrainingData, step: Chunk) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    (batch,) = step.batches
    inputs, targets = data.inputs[batch], data.targets[batch]
    return (inputs[0], targets[0]) if data.single else (inputs, targets)
