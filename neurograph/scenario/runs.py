"""The runs of a scenario as frozen records: conventions, steps and printed values."""

from dataclasses import dataclass
from typing import Literal

from neurograph.optimizers import Optimizer
from neurograph.scenario.networks import Biases

__all__ = ["Do", "Gradients", "Order", "Printed", "Run", "Step", "StopFacts", "Training"]

Do = Literal[
    "given", "forward", "loss", "backward", "update", "step", "train", "set", "check", "attribute",
    "curvature",
]  # fmt: skip
Order = Literal["simultaneous", "in_place"]
Gradients = Literal["agree", "differ"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Printed:
    """One value as the source prints it.

    Parameters
    ----------
    address : str
        The quantity, such as ``"h1.net"``.
    value : str
        The printed digits.
    symbol : str
        What the source calls the quantity.
    place : str, optional
        Where in the source it stands.
    sample : int, optional
        Which sample of the data it belongs to, counted from 1.
    correct, cause : str, optional
        Both, for an erratum: the value recomputed, and why the printed one differs.
    truncated : bool
        Whether the source cut the digits off instead of rounding.
    """

    address: str
    value: str
    symbol: str
    place: str | None = None
    sample: int | None = None
    correct: str | None = None
    cause: str | None = None
    truncated: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class StopFacts:
    """When training ends before its last round: whichever comes first of what is stated."""

    loss: float | None = None
    no_improvement: int | None = None
    gradient_norm: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Training:
    """How a step changes weights: what the step says, and else what its run says.

    Parameters
    ----------
    learning_rate : float
    order : {"simultaneous", "in_place"}
    optimizer : str or Optimizer
    batch_size : int, optional
        Samples between two changes; without it, all of them.
    shuffle : bool
    seed : int, optional
        Of shuffling.
    """

    learning_rate: float
    order: Order
    optimizer: str | Optimizer
    batch_size: int | None
    shuffle: bool
    seed: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One step of a run, and the values printed for the moment after it.

    Parameters
    ----------
    do : str
        What is done.
    rounds : int
        Of ``train``; 1 for every other step.
    learning_rate, order, batch_size, optimizer, shuffle, seed : optional
        Of a step that changes weights, where they differ from those of the run.
    stop : StopFacts, optional
        Of ``train``.
    values : tuple of (str, float)
        Of ``set``: addresses of parameters, with their new values.
    gradients : {"agree", "differ"}, optional
        Of ``check``: how the gradients compare with differentiation by numbers.
    normalised : bool
        Of ``attribute``: whether shares are divided by the sum of the weights.
    """

    do: Do
    rounds: int = 1
    note: str | None = None
    printed: tuple[Printed, ...] = ()
    learning_rate: float | None = None
    order: Order | None = None
    batch_size: int | None = None
    optimizer: str | Optimizer | None = None
    shuffle: bool | None = None
    seed: int | None = None
    stop: StopFacts | None = None
    values: tuple[tuple[str, float], ...] = ()
    gradients: Gradients | None = None
    normalised: bool = True

    @property
    def trains(self) -> bool:
        """Whether weights change against their gradients."""
        return self.do in ("update", "step", "train")

    @property
    def changes_weights(self) -> bool:
        """Whether the weights are others after the step."""
        return self.trains or self.do == "set"


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """A sequence of steps on a fresh network, under stated conventions.

    Parameters
    ----------
    name : str
        What the command line calls it.
    steps : tuple of Step
    order : {"simultaneous", "in_place"}
        Whether all weights change together, or each as soon as its gradient is known.
    title, note : str, optional
    learning_rate : float, optional
    optimizer : str or Optimizer
    batch_size : int, optional
        Samples between two changes of weights; without it, all of them.
    digits : int, optional
        Decimals to which every computed value is rounded, as on paper.
    reduction, loss : str, optional
        Where they differ from those of the network.
    biases : {"as_given", "trained", "fixed", "shared", "none"}
        As for `NetworkFacts.with_biases`.
    samples : tuple of int, optional
        Only these samples of the data, counted from 1.
    shuffle : bool
    seed : int, optional
        Of shuffling.
    """

    name: str
    steps: tuple[Step, ...]
    order: Order = "simultaneous"
    title: str | None = None
    note: str | None = None
    learning_rate: float | None = None
    optimizer: str | Optimizer = "gradient_descent"
    batch_size: int | None = None
    digits: int | None = None
    reduction: str | None = None
    loss: str | None = None
    biases: Biases = "as_given"
    samples: tuple[int, ...] | None = None
    shuffle: bool = False
    seed: int | None = None

    def training(self, step: Step) -> Training:
        """Return how one of its steps changes weights.

        Parameters
        ----------
        step : Step
            One that changes weights.

        Returns
        -------
        Training

        Examples
        --------
        >>> import neurograph as ng
        >>> run = ng.load_scenario("mazur_2015").run("derivations")
        >>> run.training(run.steps[-1]).learning_rate
        0.5
        """
        rate = self.learning_rate if step.learning_rate is None else step.learning_rate
        return Training(
            # A run that changes weights has a learning rate: its file was refused otherwise.
            learning_rate=0.0 if rate is None else rate,
            order=step.order or self.order,
            optimizer=step.optimizer or self.optimizer,
            batch_size=step.batch_size or self.batch_size,
            shuffle=self.shuffle if step.shuffle is None else step.shuffle,
            seed=self.seed if step.seed is None else step.seed,
        )
