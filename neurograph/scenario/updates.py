"""Which change of weights a run makes next: what explanations and exercises are about."""

from dataclasses import dataclass

import numpy as np

from neurograph.network import Network
from neurograph.optimizers import get_optimizer
from neurograph.scenario.model import Scenario
from neurograph.scenario.player import Player
from neurograph.scenario.runs import Run, Step, Training

__all__ = ["NextUpdate", "first_network", "next_update", "start_of"]


@dataclass(frozen=True, slots=True, kw_only=True)
class NextUpdate:
    """How a run next changes weights.

    Attributes
    ----------
    training : Training
    number : int or None
        Of the step, counted from 1; `None` where the run has no such step.
    words : str
        Which update it is: ``"one update"``, or the first of several.
    n_samples, batch_size : int
        Of the run, and of the update.
    blocked : str
        Why no gradient of the network as it is makes it; mostly empty.
    """

    training: Training
    number: int | None
    words: str
    n_samples: int
    batch_size: int
    blocked: str

    @property
    def problem(self) -> str:
        """Why it is not one update by all samples that starts afresh; empty if it is one."""
        if self.blocked or self.batch_size == self.n_samples:
            return self.blocked
        return f"changes weights after every {self.batch_size} of {self.n_samples} samples"

    @property
    def learning_rate(self) -> float | None:
        """The learning rate; `None` where the run has neither such a step nor a rate."""
        return self.training.learning_rate if self.number else self.training.learning_rate or None

    @property
    def by_another_optimizer(self) -> str:
        """Which optimiser makes it, in words; empty for plain gradient descent."""
        name = get_optimizer(self.training.optimizer).name
        return "" if name == "gradient_descent" else f"changes weights by {name}"


def start_of(run: Run) -> int:
    """Return after how many steps a run has its first weights: those that set them come first.

    Examples
    --------
    >>> import neurograph as ng
    >>> start_of(ng.load_scenario("klein_undated_mountain").run("from_the_right"))
    1
    """
    leading = 0
    while leading < len(run.steps) and run.steps[leading].do in ("given", "set"):
        leading += 1
    return leading


def first_network(scenario: Scenario, run: Run) -> Network:
    """Return the network with the first weights of a run."""
    player = Player(scenario, run)
    for index in range(start_of(run)):
        player.perform(index)
    return player.net


def next_update(scenario: Scenario, run: Run, done: int | None = None) -> NextUpdate:
    """Return how a run changes weights after so many steps.

    Parameters
    ----------
    scenario : Scenario
    run : Run
    done : int, optional
        By default the steps that give the run its first weights. Where no later step changes
        weights, the last one that does is done once more; without any the run's own conventions
        hold.

    Returns
    -------
    NextUpdate

    Examples
    --------
    >>> import neurograph as ng
    >>> scenario = ng.load_scenario("spacagna_2017_batches")
    >>> next_update(scenario, scenario.run("mini_batch")).problem
    'changes weights after every 5 of 17 samples'
    """
    done = start_of(run) if done is None else done
    ahead = [n for n, step in enumerate(run.steps) if n >= done and step.changes_weights]
    behind = [n for n, step in enumerate(run.steps) if n < done and step.trains]
    index = next(iter(ahead or behind[-1:]), None)
    step = Step(do="train") if index is None else run.steps[index]
    training = run.training(step)
    n_samples = len(np.atleast_2d(scenario.data_of(run)[0]))
    optimizer, blocked = get_optimizer(training.optimizer), ""
    if step.do == "set":
        blocked = "sets weights and biases, which no gradient changes"
    elif index is not None and not ahead and optimizer.state:
        blocked = f"is over, and what {optimizer.name} remembers of it is not known"
    # 'update' and 'step' are one round by all samples, whatever the run says of batches.
    batch_size = training.batch_size if step.do == "train" else None
    return NextUpdate(
        training=training,
        number=None if index is None else index + 1,
        words=f"the first of {step.rounds:,} updates" if step.rounds > 1 else "one update",
        n_samples=n_samples,
        batch_size=min(batch_size or n_samples, n_samples),
        blocked=blocked,
    )
