"""What a figure is about: the run up to its step, what varies in it, and from where to where."""

from collections.abc import Sequence

import numpy as np

from neurograph.errors import InvalidValueError
from neurograph.landscape import DescentPath
from neurograph.landscape.ground import Ground, Parameter, all_trainable, find_parameters
from neurograph.optimizers import Optimizer
from neurograph.scenario import Figure, Run, Scenario, Step, Training
from neurograph.scenario.playing import Player

__all__ = ["called", "found_over", "optimizer_of", "played", "rate_of", "reaching", "span_of"]

# How far a picture goes beyond the path that is on it.
_MARGIN = 0.25
# Of a run that says none.
_RATE = 0.5


def played(
    scenario: Scenario, run: Run, step: int | None, record: Sequence[str] = ("loss",)
) -> Player:
    """Return a run after one of its steps, counted from 1, or after the last."""
    if step is not None and not 1 <= step <= len(run.steps):
        raise InvalidValueError(
            f"there is no step {step}: those of run {run.name!r} are 1 to {len(run.steps)}"
        )
    player = Player(scenario, run, record=record)
    for index in range(step or len(run.steps)):
        player.perform(index)
    return player


def found_over(figure: Figure, player: Player, *counts: int) -> list[Parameter]:
    """Return the parameters that vary; where none are named, the first ones that are trained.

    Parameters
    ----------
    figure : Figure
    player : Player
    *counts : int
        How many there may be, the fewest first; where none are named, as many as there are.
    """
    ground = Ground.of(player.net, player.inputs, player.targets)
    if not figure.over:
        found = all_trainable(player.net, ground)
        fitting = [count for count in counts if count <= len(found)]
        if not fitting:
            raise InvalidValueError(
                f"{figure.what!r} is drawn over {_counted(counts)}, and only {found[0].address} is"
                f" trained: name the ones to vary"
            )
        return found[: fitting[-1]]
    if len(figure.over) not in counts:
        raise InvalidValueError(
            f"{figure.what!r} is drawn over {_counted(counts)}, not over {len(figure.over)}:"
            f" {', '.join(figure.over)}"
        )
    return find_parameters(player.net, ground, figure.over)


def _counted(counts: Sequence[int]) -> str:
    words = {1: "one weight or bias", 2: "two weights or biases"}
    return " or ".join(words[count] for count in counts)


def span_of(figure: Figure, n: int) -> tuple[float, float] | None:
    """Return from where to where the figure is to go along its nth parameter, if it says so."""
    return figure.span[min(n, len(figure.span) - 1)] if figure.span else None


def reaching(figure: Figure, paths: Sequence[DescentPath], n: int) -> tuple[float, float] | None:
    """Return from where to where a picture goes along its nth parameter, with paths on it."""
    given = span_of(figure, n)
    if given is not None or not paths:
        return given
    places = np.concatenate([path.parameters[:, n] for path in paths])
    low, high = float(places.min()), float(places.max())
    margin = max(_MARGIN * (high - low), 0.5)
    return low - margin, high + margin


def rate_of(run: Run) -> float:
    """Return the learning rate of a run: that of the first step that trains, if it has its own."""
    return _training_of(run).learning_rate or _RATE


def optimizer_of(run: Run) -> str | Optimizer:
    """Return the optimiser of a run: that of the first step that trains, if it has its own."""
    return _training_of(run).optimizer


def _training_of(run: Run) -> Training:
    return run.training(next((step for step in run.steps if step.trains), Step(do="train")))


def called(run: Run) -> str:
    """Return the name of a run as words."""
    return run.name.replace("_", " ")
