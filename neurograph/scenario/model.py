"""The facts of a scenario as frozen records."""

from collections.abc import Sequence
from dataclasses import field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import numpy as np
from numpy.typing import NDArray

from neurograph.display import Brief, Displayed, in_line, in_words
from neurograph.edit_readers import edits_of
from neurograph.errors import ScenarioError, UnknownNameError, did_you_mean
from neurograph.facts import NetworkFacts, network
from neurograph.fields import (
    MAX_LIST,
    Field,
    choice_of,
    count,
    either_list,
    integer,
    list_of,
    mapping_of,
    needed,
    number,
    record_of,
    samples,
    table_of,
    text,
    truth,
    wrong,
)
from neurograph.network import Network
from neurograph.records import record
from neurograph.scenario.runs import Run, Step
from neurograph.scenario.scales import Scale, Scaling, scaling
from neurograph.slips import Edits
from neurograph.training import History
from neurograph.views import SETTINGS

if TYPE_CHECKING:
    from neurograph.edit_readers import ReadEdit

__all__ = [
    "FIGURES", "Data", "Figure", "FigureKind", "Sample", "Scenario", "Slip", "edits_in_force",
    "follow_from_start",
]  # fmt: skip

Sample = tuple[float, ...]


@record(slots=True, kw_only=True)
class Data(Brief):
    """Inputs and targets: one sample, or a batch of samples, in the order of the neurons.

    Parameters
    ----------
    inputs, targets : tuple
        As a network takes them: standardised, if the file says so. Targets are nan where the file
        has none; 0 if no loss in it has a target in its formula.
    file : Path, optional
        The CSV file they come from.
    scaling : Scaling
        How the file lets them be scaled.
    scales : tuple of Scale
        How each target is scaled, so that an out can be scaled back; empty if none is.
    has_targets : bool
        Whether the file says what is wanted of the outputs.
    """

    inputs: Sample | tuple[Sample, ...]
    targets: Sample | tuple[Sample, ...]
    file: Path | None = None
    scaling: Scaling = Scaling()
    scales: tuple[Scale, ...] = ()
    has_targets: bool = True

    @property
    def standardized(self) -> str:
        """How every input is scaled, by the word of the file; ``"own"`` if otherwise."""
        return self.scaling.of_inputs


def _span(value: Any, place: str) -> tuple[tuple[float, float], ...]:
    """Check from where to where a figure goes: two numbers, or two for each direction."""
    several = isinstance(value, list) and bool(value) and isinstance(value[0], list)
    spans = list_of(list_of(number))(value, place) if several else (list_of(number)(value, place),)
    for span in spans:
        if len(span) != 2 or not span[0] < span[1]:
            raise wrong(
                place, f"expected from where to where, such as [-4, 6], got {list(span[:4])}"
            )
    return spans


@record
class FigureKind:
    """What a figure may show: one row of `FIGURES`.

    Parameters
    ----------
    over : tuple of int
        How many names it is drawn over; with 0 among them it chooses.
    names : {"parameters", "inputs"}
        Of what these are names.
    needs_targets : bool
        Whether it shows an error, or what is wanted.
    has_span : bool
        Whether a file may say from where to where it goes.
    shows : {"", "quantities", "addresses"}
        What else it shows by name, if anything.
    """

    over: tuple[int, ...]
    names: Literal["parameters", "inputs"] = "parameters"
    needs_targets: bool = True
    has_span: bool = True
    shows: Literal["", "quantities", "addresses"] = ""


#: The figures that a file may ask for; `neurograph.figures.KINDS` makes them.
FIGURES = {
    "network": FigureKind((0,), needs_targets=False, has_span=False, shows="quantities"),
    "curve": FigureKind((0, 1)),
    "surface": FigureKind((0, 2)),
    "history": FigureKind((0,), has_span=False, shows="addresses"),
    "basins": FigureKind((0, 1, 2)),
    "decision": FigureKind((0, 2), names="inputs", has_span=False),
    "path": FigureKind((0, 1, 2)),
    "classes": FigureKind((0, 2), names="inputs", has_span=False),
    "gradients": FigureKind((0,), has_span=False),
    "histogram": FigureKind((0,), needs_targets=False, has_span=False, shows="quantities"),
}


@record(slots=True, kw_only=True)
class Figure(Brief):
    """A figure that the scenario asks for; `neurograph.drawing` draws it.

    Parameters
    ----------
    what : str
        A key of `FIGURES`, such as ``"network"``.
    over : tuple of str
        The parameters (of ``"decision"``, the inputs) that vary; where it is empty, those with
        the largest gradients where the run begins.
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

    what: Annotated[str, choice_of(FIGURES)]
    over: Annotated[tuple[str, ...], either_list(text)] = ()
    run: Annotated[str | None, text] = None
    step: Annotated[int | None, count] = None
    title: Annotated[str | None, text] = None
    show: Annotated[tuple[str, ...], either_list(text)] = ()
    span: Annotated[tuple[tuple[float, float], ...], _span] = ()


@record(slots=True, kw_only=True)
class Slip(Brief):
    """A slip of the source that is no number, such as a wrong name in a formula."""

    place: Annotated[str, text]
    printed: Annotated[str, text]
    meant: Annotated[str, text]
    cause: Annotated[str, text]


def edits_in_force(
    net: Network, run: Run, stated: "Sequence[ReadEdit]", index: int | None = None
) -> Edits:
    """Return which edits of a run are in force in one of its steps, or in all of them.

    Raises
    ------
    InvalidValueError
        If two of them change the same.
    """
    kept = [its for its in stated if (its.is_throughout if index is None else index in its.steps)]
    return Edits(net.structure, [(its.sentence, its.edit) for its in kept])


def follow_from_start(net: Network, edits: Edits) -> None:
    """Let a new network follow edits, and begin with the weights and biases that they say."""
    if edits:
        net.edits = edits
        parameters = net.storage.parameters
        for slot, value in edits.parameters(parameters.tolist()).items():
            parameters[slot] = value


_COLUMNS = mapping_of(text, text)


#: The keys of ``[data]``, as the file gives it and as a CSV file beside it does.
DATA = {
    "inputs": needed(samples),
    "targets": Field(samples),
    "standardize": Field(scaling, default=Scaling()),
}

DATA_FROM_FILE = {
    "file": needed(text),
    "rows": Field(list_of(count)),
    "inputs": needed(_COLUMNS),
    "targets": Field(_COLUMNS),
    "standardize": DATA["standardize"],
}


def _data(value: Any, place: str) -> dict[str, Any]:
    """Check what stands for the data; `read_data` of the schema reads them."""
    table = DATA
    if isinstance(value, dict):
        if "file" in value:
            table = DATA_FROM_FILE
        elif "rows" in value:
            raise wrong(place, "'rows' needs 'file': the CSV file that has them")
    found: dict[str, Any] = table_of(dict, table)(value, place)
    return found


@record(slots=True, kw_only=True)
class Scenario(Displayed):
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
    title: Annotated[str, text]
    author: Annotated[str, text]
    year: Annotated[int | None, integer(1, 9999)] = None
    source: Annotated[str, text]
    description: Annotated[str | None, text] = None
    tags: Annotated[tuple[str, ...], list_of(text)] = ()
    decimal_comma: Annotated[bool, truth] = False
    network_facts: Annotated[NetworkFacts, network, "network"]
    data: Annotated[Data, _data]
    runs: Annotated[tuple[Run, ...], list_of(record_of(Run), MAX_LIST)]
    slips: Annotated[tuple[Slip, ...], list_of(record_of(Slip), MAX_LIST)] = ()
    figures: Annotated[tuple[Figure, ...], list_of(record_of(Figure), MAX_LIST)] = ()
    #: Of a network that was saved with its training.
    history: History | None = field(default=None, compare=False)

    def __repr__(self) -> str:
        facts = self.network_facts
        printed = sum(len(step.printed) for run in self.runs for step in run.steps)
        numbers = {
            "neuron": len(facts.neurons), "connection": len(facts.connections),
            "sample": self.n_samples, "run": len(self.runs), "printed value": printed,
        }  # fmt: skip
        parts = (f"{number:,} {word}{'s'[: number != 1]}" for word, number in numbers.items())
        return f"Scenario({in_line([in_words(self.name), *parts])})"

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
        """The targets, of shape (n_outputs,), or (n_samples, n_outputs) for a batch.

        They are nan where the file has none: see `has_targets`.
        """
        return np.array(self.data.targets)

    @property
    def has_targets(self) -> bool:
        """Whether outputs can be compared: they have targets, or the loss needs none."""
        return not np.isnan(self.targets).any()

    def check_targets(self, what: str) -> None:
        """Check that there are targets.

        Raises
        ------
        ScenarioError
            If there are none, which `what` needs.
        """
        if not self.has_targets:
            raise ScenarioError(f"{self.file}: data: missing key 'targets', which {what} needs")

    @property
    def n_samples(self) -> int:
        """How many samples the data has."""
        inputs = self.data.inputs
        return len(inputs) if isinstance(inputs[0], tuple) else 1

    def network(self, run: Run | str | None = None, step: Step | None = None) -> Network:
        """Return a new network, as the source gives it.

        Parameters
        ----------
        run : Run or str, optional
            One of its runs, under whose conventions (loss, reduction, biases) it is built, and
            whose edits it follows.
        step : Step, optional
            One of its steps, which may have masks of its own.

        Returns
        -------
        Network

        Raises
        ------
        ScenarioError
            If the conventions do not fit the network, such as one bias for a level whose neurons
            have different ones; or if the run states an edit that there is not.

        Examples
        --------
        >>> import neurograph as ng
        >>> from dataclasses import replace
        >>> scenario = ng.load_scenario("mazur_2015")
        >>> run = replace(scenario.runs[0], biases="none")
        >>> scenario.network(run).neuron("h1").bias is None
        True
        """
        if isinstance(run, str):
            run = self.run(run)
        net = self.facts_of(run, step).build(Network)
        if run is not None and run.edits:
            follow_from_start(net, edits_in_force(net, run, edits_of(self, run)))
        return net

    def facts_of(self, run: Run | None = None, step: Step | None = None) -> NetworkFacts:
        """Return the facts of the network under the conventions of a run, and of one of its steps.

        Parameters
        ----------
        run : Run, optional
        step : Step, optional

        Returns
        -------
        NetworkFacts
        """
        facts = self.network_facts
        if run is None:
            return facts
        stated = {key: getattr(run, key) for key in SETTINGS}
        masks = dict(run.mask + (step.mask if step else ()))
        return replace(
            facts.with_biases(run.biases).with_masks(masks),
            **{key: value for key, value in stated.items() if value is not None},
        )

    def samples_of(self, run: Run | None = None, step: Step | None = None) -> tuple[int, ...]:
        """Return which samples of the data a run, or a step of it, uses: counted from 1."""
        stated = (step and step.samples) or (run and run.samples)
        return stated or tuple(range(1, self.n_samples + 1))

    def data_of(
        self, run: Run | None = None, step: Step | None = None
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Return the inputs and targets that a run uses.

        Parameters
        ----------
        run : Run, optional
        step : Step, optional
            One of its steps, which may use only some of its samples.

        Returns
        -------
        inputs : ndarray of shape (n_inputs,) or (n_samples, n_inputs)
        targets : ndarray of shape (n_outputs,) or (n_samples, n_outputs)
            One sample alone has no first axis. A run may state edits that read other numbers.
        """
        inputs, targets = self._read_by(run) if run and run.edits else (self.inputs, self.targets)
        stated = (step and step.samples) or (run and run.samples)
        if not stated:
            return inputs, targets
        rows = [number - 1 for number in stated]
        chosen = np.atleast_2d(inputs)[rows], np.atleast_2d(targets)[rows]
        return (chosen[0][0], chosen[1][0]) if len(rows) == 1 else chosen

    def _read_by(self, run: Run) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Return the data with what the edits of a run read for some of it."""
        data = {"input": self.inputs.copy(), "target": self.targets.copy()}
        rows = [sample - 1 for sample in self.samples_of(run)]
        for stated in edits_of(self, run):
            for (of, column, sample), value in stated.edit.data.items():
                at = rows if sample is None else rows[sample - 1]
                np.atleast_2d(data[of])[at, column] = value
        return data["input"], data["target"]

    def run(self, name: str | None = None) -> Run:
        """Return a run by its name, or by its number counted from 1.

        Parameters
        ----------
        name : str, optional
            Such as ``"derivations"`` or ``"1"``; by default the first run.

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
        if name is None:
            return self.runs[0]
        runs = {run.name: run for run in self.runs}
        numbers = {str(number): run for number, run in enumerate(self.runs, start=1)}
        try:
            return (numbers | runs)[name]
        except KeyError:
            raise UnknownNameError(
                f"{self.name} has no run {name!r}"
                + (did_you_mean(name, runs) or f"; its runs are {', '.join(runs)}")
            ) from None
