"""The facts of a scenario as frozen records."""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from neurograph.errors import UnknownNameError, did_you_mean
from neurograph.network import Network
from neurograph.scenario.networks import NetworkFacts
from neurograph.scenario.runs import Run

__all__ = ["Data", "Figure", "Sample", "Scenario", "Slip", "What"]

What = Literal["network", "curve", "surface", "history", "basins", "decision", "path"]
Sample = tuple[float, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Data:
    """Inputs and targets: one sample, or a batch of samples, in the order of the neurons.

    Parameters
    ----------
    inputs, targets : tuple
        As a network takes them: standardised, if the file says so.
    file : Path, optional
        The CSV file they come from.
    standardized : bool
        Whether the mean was taken from every input, and the rest divided by the standard deviation.
    """

    inputs: Sample | tuple[Sample, ...]
    targets: Sample | tuple[Sample, ...]
    file: Path | None = None
    standardized: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """A figure that the scenario asks for; `neurograph.drawing` draws it.

    Parameters
    ----------
    what : str
        ``"network"``, ``"curve"``, ``"surface"``, ``"history"``, ``"basins"``, ``"decision"`` or
        ``"path"``.
    over : tuple of str
        The parameters (of ``"decision"``, the inputs) that vary; where it is empty, those that
        are trained first.
    run : str, optional
        Of which run; by default the first.
    step : int, optional
        After which of its steps, counted from 1; by default the last.
    title : str, optional
    show : tuple of str
        Of ``"network"``, the quantities to write into it; of ``"history"``, addresses.
    span : tuple of (float, float)
        From where to where the figure goes, for all that vary or for each of them; where it is
        empty, the figure chooses.
    """

    what: What
    over: tuple[str, ...] = ()
    run: str | None = None
    step: int | None = None
    title: str | None = None
    show: tuple[str, ...] = ()
    span: tuple[tuple[float, float], ...] = ()


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
    source: str
    network_facts: NetworkFacts
    data: Data
    runs: tuple[Run, ...]
    year: int | None = None
    description: str | None = None
    slips: tuple[Slip, ...] = ()
    figures: tuple[Figure, ...] = ()

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

    @property
    def n_samples(self) -> int:
        """How many samples the data has."""
        inputs = self.data.inputs
        return len(inputs) if isinstance(inputs[0], tuple) else 1

    def network(self, run: Run | None = None) -> Network:
        """Return a new network, as the source gives it.

        Parameters
        ----------
        run : Run, optional
            One of its runs, under whose conventions (loss, reduction, biases) it is built.

        Returns
        -------
        Network

        Raises
        ------
        ScenarioError
            If the conventions do not fit the network, such as one bias for a level whose neurons
            have different ones.

        Examples
        --------
        >>> import neurograph as ng
        >>> from dataclasses import replace
        >>> scenario = ng.load_scenario("mazur_2015")
        >>> run = replace(scenario.runs[0], biases="none")
        >>> scenario.network(run).neuron("h1").bias is None
        True
        """
        return self.facts_of(run).build()

    def facts_of(self, run: Run | None = None) -> NetworkFacts:
        """Return the facts of the network under the conventions of a run.

        Parameters
        ----------
        run : Run, optional

        Returns
        -------
        NetworkFacts
        """
        facts = self.network_facts
        if run is None:
            return facts
        return replace(
            facts.with_biases(run.biases),
            loss=run.loss or facts.loss,
            reduction=run.reduction or facts.reduction,
        )

    def data_of(self, run: Run | None = None) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Return the inputs and targets that a run uses.

        Parameters
        ----------
        run : Run, optional

        Returns
        -------
        inputs : ndarray of shape (n_inputs,) or (n_samples, n_inputs)
        targets : ndarray of shape (n_outputs,) or (n_samples, n_outputs)
            One sample alone has no first axis.
        """
        inputs, targets = self.inputs, self.targets
        if run is None or run.samples is None:
            return inputs, targets
        rows = [number - 1 for number in run.samples]
        chosen = np.atleast_2d(inputs)[rows], np.atleast_2d(targets)[rows]
        return (chosen[0][0], chosen[1][0]) if len(rows) == 1 else chosen

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
