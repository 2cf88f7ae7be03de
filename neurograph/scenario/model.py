"""The facts of a scenario as frozen records, and the network they describe."""

from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from neurograph.errors import (
    NeurographError,
    ScenarioError,
    UnknownNameError,
    did_you_mean,
)
from neurograph.network import Network

__all__ = [
    "ConnectionFacts",
    "Data",
    "Do",
    "NetworkFacts",
    "NeuronFacts",
    "Order",
    "Printed",
    "Run",
    "Sample",
    "Scenario",
    "Slip",
    "Step",
]

Do = Literal["given", "forward", "loss", "backward", "update", "step", "train"]
Order = Literal["simultaneous", "in_place"]
Sample = tuple[float, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class NeuronFacts:
    """One neuron of a scenario file; `None` leaves what `Network.add_neuron` chooses."""

    name: str
    activation: str | None = None
    bias: float | None = None
    label: str | None = None
    trainable: bool | None = None
    tie: str | None = None
    kind: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ConnectionFacts:
    """One connection of a scenario file; `None` leaves what `Network.connect` chooses."""

    pre: str
    post: str
    weight: float
    label: str | None = None
    trainable: bool | None = None
    tie: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class NetworkFacts:
    """The network of a scenario file."""

    neurons: tuple[NeuronFacts, ...]
    connections: tuple[ConnectionFacts, ...]
    loss: str = "half_squared_error"
    reduction: str = "mean"

    def build(self) -> Network:
        """Build a network with these facts.

        Raises
        ------
        ScenarioError
            If two facts contradict each other; the message names the place in the file.
        """
        net: Network = _placed("network", Network, loss=self.loss, reduction=self.reduction)
        for index, neuron in enumerate(self.neurons):
            place = f"network.neurons[{index}]"
            _placed(place, net.add_neuron, **_stated(neuron))
        for index, connection in enumerate(self.connections):
            place = f"network.connections[{index}]"
            for end in ("pre", "post"):
                name = getattr(connection, end)
                if name not in net:
                    near = did_you_mean(name, net)
                    raise ScenarioError(f"{place}.{end}: no neuron {name!r}{near}")
            _placed(place, net.connect, **_stated(connection))
        return net


@dataclass(frozen=True, slots=True, kw_only=True)
class Data:
    """Inputs and targets: one sample, or a batch of samples, in the order of the neurons."""

    inputs: Sample | tuple[Sample, ...]
    targets: Sample | tuple[Sample, ...]


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
        Which sample of a batch it belongs to, counted from 1.
    correct, cause : str, optional
        Both, for an erratum: the value recomputed, and why the printed one differs.
    """

    address: str
    value: str
    symbol: str
    place: str | None = None
    sample: int | None = None
    correct: str | None = None
    cause: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One step of a run, and the values printed for the moment after it."""

    do: Do
    rounds: int = 1
    note: str | None = None
    printed: tuple[Printed, ...] = ()

    @property
    def changes_weights(self) -> bool:
        """Whether the weights are others after the step."""
        return self.do in ("update", "step", "train")


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """A sequence of steps on a fresh network, under stated conventions."""

    name: str
    order: Order
    steps: tuple[Step, ...]
    title: str | None = None
    note: str | None = None
    learning_rate: float | None = None
    digits: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Slip:
    """A slip of the source that is no number, such as a wrong name in a formula."""

    place: str
    printed: str
    meant: str
    cause: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    """A worked example: a network, its data, and the values that its source prints.

    Examples
    --------
    >>> import neurograph as ng
    >>> scenario = ng.load_scenario("mazur_2015")
    >>> scenario.author, scenario.year
    ('Matt Mazur', 2015)
    >>> net = scenario.network()
    >>> net.forward(scenario.inputs)
    array([0.75136507, 0.77292847])
    """

    file: Path
    title: str
    author: str
    year: int
    source: str
    network_facts: NetworkFacts
    data: Data
    runs: tuple[Run, ...]
    description: str | None = None
    slips: tuple[Slip, ...] = ()

    @property
    def name(self) -> str:
        """The name of the file, without its folder and ending."""
        return self.file.stem

    @property
    def inputs(self) -> NDArray[np.float64]:
        """The inputs, of shape (n_inputs,), or (n_samples, n_inputs) for a batch."""
        return np.array(self.data.inputs)

    @property
    def targets(self) -> NDArray[np.float64]:
        """The targets, of shape (n_outputs,), or (n_samples, n_outputs) for a batch."""
        return np.array(self.data.targets)

    def network(self) -> Network:
        """Return a new network, as the source gives it.

        Returns
        -------
        Network
        """
        return self.network_facts.build()

    def run(self, name: str) -> Run:
        """Return a run by its name, or by its number counted from 1.

        Parameters
        ----------
        name : str
            Such as ``"derivations"`` or ``"1"``.

        Raises
        ------
        UnknownNameError
            If there is no such run; the nearest name is given.

        Examples
        --------
        >>> import neurograph as ng
        >>> ng.load_scenario("mazur_2015").run("derivations").order
        'simultaneous'
        """
        runs = {run.name: run for run in self.runs}
        numbers = {str(number): run for number, run in enumerate(self.runs, start=1)}
        try:
            return (numbers | runs)[name]
        except KeyError:
            raise UnknownNameError(
                f"{self.name} has no run {name!r}"
                + (did_you_mean(name, runs) or f"; its runs are {', '.join(runs)}")
            ) from None


def _stated(facts: NeuronFacts | ConnectionFacts) -> dict[str, Any]:
    """Return the fields that the file states, as keyword arguments."""
    values = {field.name: getattr(facts, field.name) for field in fields(facts)}
    return {name: value for name, value in values.items() if value is not None}


def _placed(place: str, function: Any, **arguments: Any) -> Any:
    """Call `function`; an error of its own then says which place of the file caused it."""
    try:
        return function(**arguments)
    except NeurographError as error:
        raise ScenarioError(f"{place}: {error}") from error
