"""Who does the work: this library and NumPy by hand (see `competitors` for others).

A contender is made for one problem. `reset` goes back to the start weights, `run` trains and is
what is timed, `trained` tells what came out.
"""

import math
import sys
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from importlib.util import find_spec
from typing import Any, ClassVar

import numpy as np

import neurograph as ng

from .by_hand import by_hand, tuned
from .problems import Problem, Trained

__all__ = ["REFERENCE", "Contender", "Neurograph", "NeurographJit", "Tuned", "numba_hidden"]


_NOT_LOADED = object()
#: Why a contender cannot run at all.
NOT_INSTALLED = "not installed"


@contextmanager
def numba_hidden() -> Iterator[None]:
    """Let numba look as if it were not installed."""
    modules: dict[str, Any] = sys.modules
    loaded = modules.get("numba", _NOT_LOADED)
    modules["numba"] = None  # importing it is an ImportError now
    try:
        yield
    finally:
        if loaded is _NOT_LOADED:
            del modules["numba"]
        else:
            modules["numba"] = loaded


class Contender:
    """One way to do the work.

    Attributes
    ----------
    name : str
    needs : str
        The package without which it cannot run.
    budget : float
        About how many times a parameter meets a sample in one run; a longer problem is shortened,
        and the time counted by the sample.
    """

    name: ClassVar[str]
    needs: ClassVar[str]
    budget: ClassVar[float] = math.inf

    @classmethod
    def missing(cls) -> str:
        """Return why it cannot run at all; empty if it can."""
        return "" if find_spec(cls.needs) else NOT_INSTALLED

    @classmethod
    def cannot(cls, problem: Problem) -> str:
        """Return why it cannot do a problem; empty if it can."""
        return ""

    @classmethod
    def version_of(cls, problem: Problem) -> Problem:
        """Return the problem as it can do it in reasonable time."""
        if cls.budget == math.inf:
            return problem
        return problem.shortened(int(cls.budget / problem.work_of_step))

    def __init__(self, problem: Problem) -> None:
        self.problem = problem

    @property
    def is_fast(self) -> bool:
        """Whether it can be run many times."""
        return self.budget == math.inf

    def reset(self) -> None:
        """Go back to the start weights."""
        raise NotImplementedError

    def run(self) -> None:
        """Train."""
        raise NotImplementedError

    def trained(self) -> Trained:
        """Return what came out of the last run."""
        raise NotImplementedError

    def how(self) -> str:
        """Return in which way it was done, where there are several."""
        return ""


class ByHand(Contender):
    """Matrices written by hand in NumPy, as people write it; its loss is for a check alone."""

    name = "NumPy by hand"
    needs = "numpy"
    made = staticmethod(by_hand)

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem)
        self.losses: list[float] | None = None

    def reset(self) -> None:
        """Copy the start weights."""
        self.work = self.made(self.problem)

    def run(self) -> None:
        """Train."""
        self.work.run(self.losses)

    def trained(self) -> Trained:
        """Return the matrices."""
        losses = None if self.losses is None else np.array(self.losses)
        return Trained(*self.work.parameters(), losses)


class Tuned(ByHand):
    """The same without temporary arrays."""

    name = "NumPy tuned"
    made = staticmethod(tuned)


class Neurograph(Contender):
    """The library as it is installed by default: without numba."""

    name = "neurograph"
    needs = "neurograph"

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem)
        self.net = problem.graph(ng.Network)
        self.engine: str | None = None

    def reset(self) -> None:
        """Write the start weights to the objects."""
        self.problem.set_start(self.net)

    def run(self) -> None:
        """Train."""
        with self.installed():
            self.train()

    def installed(self) -> AbstractContextManager[None]:
        """Let the library see what it may use."""
        return numba_hidden()

    def train(self) -> None:
        """Train in the way that the library chooses."""
        problem = self.problem
        self.history = self.net.train(
            problem.inputs,
            problem.targets,
            learning_rate=problem.learning_rate,
            epochs=problem.epochs,
            batch_size=problem.batch_size,
            engine=self.engine,
        )

    def trained(self) -> Trained:
        """Read the objects."""
        return self.problem.trained(
            lambda pre, post: self.net.edges[pre, post].weight,
            lambda name: self.net.nodes[name].bias,
            self.history["loss"],
        )

    def how(self) -> str:
        """Return the name of the engine."""
        with self.installed():
            plan = self.net.plan(batch_size=self.problem.batch_size, engine=self.engine)
        return plan.engine


class NeurographJit(Neurograph):
    """The library with numba's loop, as it runs once it is compiled."""

    name = "neurograph[jit]"
    needs = "numba"

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem)
        self.engine = "jit"

    def installed(self) -> AbstractContextManager[None]:
        """Hide nothing."""
        return nullcontext()


#: What all others are compared with.
REFERENCE = ByHand
