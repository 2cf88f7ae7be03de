"""What a page knows, as data: structures with their equations, runs with their printed values."""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, field, replace
from functools import cached_property
from itertools import chain
from typing import Any

import matplotlib
import numpy as np
from matplotlib.colors import to_hex
from numpy.typing import NDArray

from neurograph.addresses import parse_address
from neurograph.drawing.themes import NAMED
from neurograph.equations import Equations
from neurograph.errors import InvalidValueError
from neurograph.exercises.questions import Exercise
from neurograph.network import Network
from neurograph.optimizers import Optimizer, get_optimizer
from neurograph.pages.edit_table import edit_table
from neurograph.pages.equation_table import EquationTable, FormulaTable, packed
from neurograph.pages.scenario_template import head_template, names_in_files, network_template
from neurograph.passes import Values, compute
from neurograph.quantities import QUANTITIES
from neurograph.records import record
from neurograph.scenario import Run, RunResult, Scenario, Step, run_scenario
from neurograph.scenario.runs import SETTABLE
from neurograph.schedules import RateFormula
from neurograph.structure import Structure
from neurograph.training.trainer import read_memory
from neurograph.words import meaning_in

__all__ = ["SHOWN", "Example", "PageRun", "element_keys", "example_of", "is_computed", "page_data"]

#: The quantities of a round: those that a page can show.
SHOWN = tuple(
    name for name, row in QUANTITIES.items() if row.phase not in ("attribution", "curvature")
)
#: A network of more parameters is shown, but not computed in the browser.
MOST_PARAMETERS = 12_000
#: Where an example states no learning rate.
_ANY_RATE = 0.5
#: Of the samples of shuffled epochs, so many numbers are in a page.
_MOST_SHUFFLED = 20_000


@record(kw_only=True)
class PageRun:
    """One run of a page: a network under stated conventions, and what is printed of it.

    Parameters
    ----------
    name : str
    network : Network
    inputs, targets : ndarray of shape (n_samples, n_inputs) and (n_samples, n_outputs)
    learning_rate : float
    order : {"simultaneous", "in_place"}
    optimizer : Optimizer
    digits, batch_size, seed : int, optional
    shuffle : bool
    title, note : str, optional
    steps : tuple of Step
        Of a scenario.
    computed : tuple of tuple of float
        By step, what the run gives for its printed values.
    memory : mapping from str to ndarray of shape (n_slots,)
        What the optimiser begins with, where that is stated.
    unheeded : tuple of (str, str)
        What its steps state and a round of the page does not heed: the key of the words that say
        so, and what it is about.
    """

    name: str
    network: Network
    inputs: NDArray[np.float64]
    targets: NDArray[np.float64]
    learning_rate: float
    order: str
    optimizer: Optimizer
    digits: int | None = None
    batch_size: int | None = None
    seed: int | None = None
    shuffle: bool = False
    title: str | None = None
    note: str | None = None
    steps: tuple[Step, ...] = ()
    computed: tuple[tuple[float, ...], ...] = ()
    memory: Mapping[str, NDArray[np.float64]] = field(default_factory=dict)
    unheeded: tuple[tuple[str, str], ...] = ()

    @property
    def batch(self) -> int:
        """How many samples a round has."""
        return min(self.batch_size or len(self.inputs), len(self.inputs))

    @cached_property
    def shuffled(self) -> list[list[int]] | None:
        """The order of the samples in its first epochs; none where it is left to chance."""
        n = len(self.inputs)
        if not self.shuffle or self.batch == n:
            return None
        if self.seed is None:
            return []
        rng = np.random.default_rng(self.seed)
        return [rng.permutation(n).tolist() for _ in range(_MOST_SHUFFLED // n)]

    @property
    def first_batch(self) -> list[int]:
        """The samples of its first round, as the script of the page takes them."""
        order = self.shuffled[0] if self.shuffled else range(len(self.inputs))
        return [*order[: self.batch]]

    def begun(self) -> dict[str, list[float]]:
        """Return what the optimiser begins with, by slot."""
        nothing = np.zeros(len(self.network.structure.values))
        return {name: self.memory.get(name, nothing).tolist() for name in self.optimizer.state}

    def values(self) -> Values:
        """Return the numbers of its first round, computed by the passes."""
        structure = self.network.structure
        equations = Equations(self.network.round(self.order, self.optimizer))
        batch = self.first_batch
        one = len(batch) == 1
        inputs = self.inputs[batch[0]].tolist() if one else self.inputs[batch].T
        targets = self.targets[batch[0]].tolist() if one else self.targets[batch].T
        values = Values(
            structure.values.tolist(),
            dict(zip(structure.inputs, inputs, strict=True)),
            dict(zip(structure.outputs, targets, strict=True)),
            self.begun(),
            learning_rate=self.learning_rate,
            step_number=1.0,
        )
        phases = ("forward", "losses", "backward")
        compute(chain(*map(equations.phase, phases)), values, self.digits)
        # In place, the backward pass has changed them already.
        values.tables["weight"] = structure.values.tolist()
        return values


@record(kw_only=True)
class Example:
    """What a page shows; of a sheet, its exercise; and the names of runs that it leaves out."""

    title: str
    runs: tuple[PageRun, ...]
    author: str = ""
    year: int | None = None
    source: str = ""
    description: str = ""
    name: str = ""
    slips: tuple[Mapping[str, str], ...] = field(default=())
    exercise: Exercise | None = None
    edited: tuple[str, ...] = ()


def example_of(scenario: Scenario) -> Example:
    """Return a scenario as a page shows it: without the runs that state edits.

    Raises
    ------
    InvalidValueError
        If every run does.
    """
    edited = [run for run in scenario.runs if run.edits]
    if len(edited) == len(scenario.runs):
        raise InvalidValueError(
            f"every run of {scenario.name} states edits, which no page computes; 'neurograph run'"
            " does"
        )
    scenario = replace(scenario, runs=tuple(run for run in scenario.runs if not run.edits))
    return Example(
        title=scenario.title,
        author=scenario.author,
        year=scenario.year,
        source=scenario.source,
        description=(scenario.description or "").strip(),
        name=scenario.name,
        runs=tuple(_of_run(scenario, result) for result in run_scenario(scenario).runs),
        slips=tuple(asdict(slip) for slip in scenario.slips),
        edited=tuple(run.title or run.name for run in edited),
    )


def _of_run(scenario: Scenario, result: RunResult) -> PageRun:
    run: Run = result.run
    inputs, targets, batch_size = _samples(scenario, run)
    # Of a run that changes no weights, the rate is that of another.
    trained = ((one, step) for one in (run, *scenario.runs) for step in one.steps if step.trains)
    rate = next((one.training(step).learning_rate for one, step in trained), _ANY_RATE)
    training = next((run.training(step) for step in run.steps if step.trains), None)
    training = training or run.training(run.steps[0])
    first = next((step for step in run.steps if step.makes_pass), None)
    network, optimizer = scenario.network(run, first), get_optimizer(training.optimizer)
    return PageRun(
        name=run.name,
        network=network,
        inputs=inputs,
        targets=targets,
        learning_rate=rate,
        order=training.order,
        optimizer=optimizer,
        digits=run.digits,
        batch_size=min(filter(None, (batch_size, training.batch_size)), default=None),
        shuffle=training.shuffle,
        seed=training.seed,
        title=run.title,
        note=run.note,
        steps=run.steps,
        computed=tuple(tuple(one.computed for one in step.verdicts) for step in result.steps),
        memory=_begun(run, network, optimizer, rate),
        unheeded=tuple((key, ", ".join(names)) for key, names in _unheeded(run) if names),
    )


def _unheeded(run: Run) -> Iterator[tuple[str, list[str]]]:
    """Yield what the steps of a run state and a round of a page does not heed."""
    values: dict[str, list[str]] = {kind: [] for kind in SETTABLE.values()}
    for address, _ in chain.from_iterable(step.values for step in run.steps):
        values[SETTABLE[parse_address(address).quantity]].append(address)
    trainings = [run.training(step) for step in run.steps if step.trains]
    reported = chain.from_iterable((step.loss, step.reduction) for step in run.steps)
    losses = [word for word in reported if word]
    passes = [step for step in run.steps if step.makes_pass]
    masked = [name for step in passes if step.mask != passes[0].mask for name, _ in step.mask]
    others = [step.do for step in run.steps if step.do in ("attribute", "curvature")]
    yield "unheeded_given", [*dict.fromkeys(values["given"])]
    yield "unheeded_set", [*dict.fromkeys(values["parameter"])]
    yield "unheeded_loss", [*dict.fromkeys(losses)]
    yield "unheeded_mask", [*dict.fromkeys(masked)]
    yield "unheeded_training", ["train" for one in trainings[1:] if one != trainings[0]]
    yield "unheeded_step", [*dict.fromkeys(others)]


def _samples(
    scenario: Scenario, run: Run
) -> tuple[NDArray[np.float64], NDArray[np.float64], int | None]:
    """Return the samples of a run in the order in which its steps come to them.

    Where steps take only some, a round of the page takes as many as the first of them.
    """
    stated = [step.samples for step in run.steps if step.samples]
    order = tuple(dict.fromkeys(chain(*stated))) or scenario.samples_of(run)
    rows = [number - 1 for number in order]
    inputs, targets = (np.atleast_2d(values)[rows] for values in scenario.data_of())
    return inputs, targets, len(stated[0]) if stated else None


def _begun(
    run: Run, network: Network, optimizer: Optimizer, rate: float
) -> dict[str, NDArray[np.float64]]:
    """Return what the optimiser of a run begins with, where a step before it says so."""
    first = next((n for n, step in enumerate(run.steps) if step.trains), 0)
    memory = {
        address: value
        for step in run.steps[:first]
        for address, value in step.values
        if SETTABLE[parse_address(address).quantity] == "memory"
    }
    return read_memory(network, optimizer, memory, rate)[0] if memory else {}


def is_computed(example: Example) -> bool:
    """Whether the networks of an example are small enough for a page to compute."""
    return all(run.network.structure.n_parameters <= MOST_PARAMETERS for run in example.runs)


def element_keys(structure: Structure) -> dict[Any, str]:
    """Return what each neuron, and each connection by its ends, is called in a page."""
    keys: dict[Any, str] = {name: f"n{row}" for row, name in enumerate(structure.names)}
    for slot in np.flatnonzero(structure.pre >= 0).tolist():
        keys[structure.ends(slot)] = f"c{slot}"
    return keys


def page_data(
    example: Example, formulas: FormulaTable, words: Mapping[str, Any], language: str = "en"
) -> dict[str, Any]:
    """Return all that a page knows, as data for JSON.

    Parameters
    ----------
    example : Example
    formulas : FormulaTable
        Takes in the formulas.
    words : mapping
        The catalogue.
    language : str
        Of what it does not hold: the sentences of the table of edits, and what quantities are.

    Returns
    -------
    dict
        ``programs`` are structures with their equations (`EquationTable.data`), their names and
        parameters; ``runs`` say which of them they are about, under which conventions, and hold
        the steps of the scenario with all printed values.
    """
    keys = element_keys(example.runs[0].network.structure)
    programs: list[dict[str, Any]] = []
    known: list[tuple[Any, ...]] = []
    optimizers = [run.optimizer for run in example.runs]
    losses = [run.network.loss for run in example.runs]
    runs = []
    for run in example.runs:
        structure, terms = run.network.structure, run.network.terms
        signature = (*_signature(structure), terms)
        if signature not in known:
            known.append(signature)
            table = EquationTable(structure, formulas, optimizers, losses, terms)
            edits = edit_table(run.network, language)
            programs.append(_of_structure(run.network, keys) | table.data() | {"edits": edits})
        runs.append({"program": known.index(signature), **_of_page_run(run, formulas)})
    head = head_template(example.title, example.author, example.year, example.source)
    about = ("title", "author", "year", "source", "description", "name", "slips", "edited")
    return {
        "format": 1,
        "about": {name: getattr(example, name) for name in about},
        "words": {key: text for key, text in words.items() if key != "site"},
        "colours": {"sequential": _shades(), "paths": NAMED["light"].paths},
        "files": {"head": head, **names_in_files()},
        "quantities": {name: _of_quantity(name, language) for name in SHOWN},
        "programs": programs,
        "runs": runs,
    }


def _shades() -> str:
    """Return the colours of `draw_surface` from the lowest loss on, six digits for each."""
    shades = matplotlib.colormaps[str(NAMED["light"].sequential)]
    return "".join(to_hex(shades(number))[1:] for number in range(shades.N))


def _signature(structure: Structure) -> tuple[Any, ...]:
    columns = (structure.pre, structure.post, structure.trainable, structure.values)
    rows = [
        (name, rule.name)
        for name, rule in zip(structure.names, structure.combinations, strict=True)
    ]
    kinds = [row.name for row in structure.activations]
    return (rows, kinds, structure.masks, structure.tied, *(column.tolist() for column in columns))


def _of_structure(net: Network, keys: Mapping[Any, str]) -> dict[str, Any]:
    structure = net.structure
    slots = structure.filled
    owners = [
        structure.names[int(structure.post[slot])]
        if structure.pre[slot] < 0
        else structure.ends(slot)
        for slot in slots
    ]
    names = [
        str(owner) if structure.pre[slot] < 0 else str(net.edges[structure.ends(slot)].name)
        for slot, owner in zip(slots, owners, strict=True)
    ]
    level = {row: number for number, rows in enumerate(structure.levels) for row in rows}
    return {
        "neurons": [
            {
                "key": keys.get(name, ""),
                "name": str(name),
                "level": level[row],
                "activation": structure.activations[row].name if level[row] else "",
                **({"coupled": True} if structure.activations[row].group else {}),
            }
            for row, name in enumerate(structure.names)
        ],
        # Columns: of each parameter its slot, its key, its name and its value.
        "slots": {
            "slot": packed(slots),
            "key": [keys.get(owner, "") for owner in owners],
            "name": names,
            "value": structure.values[slots].tolist(),
        },
        "inputs": structure.inputs,
        "outputs": structure.outputs,
        "ties": structure.ties,
        "file": network_template(net),
    }


def _of_page_run(run: PageRun, formulas: FormulaTable) -> dict[str, Any]:
    data: dict[str, Any] = {
        "name": run.name,
        "title": run.title,
        "note": run.note,
        "loss": run.network.loss,
        "reduction": run.network.reduction,
        "order": run.order,
        "optimizer": repr(run.optimizer),
        "rate": run.learning_rate,
        "digits": run.digits,
        "batch": run.batch,
        "inputs": run.inputs.T.tolist(),
        "targets": [[_plain(value) for value in column] for column in run.targets.T.tolist()],
        "steps": [_of_step(*pair) for pair in zip(run.steps, run.computed, strict=True)],
    }
    if isinstance(run.learning_rate, RateFormula):
        data["schedule"] = formulas.number(run.learning_rate.formula, ("step", "epoch"), ())
    if run.unheeded:
        data["unheeded"] = run.unheeded
    if run.shuffled is not None:
        data |= {"shuffled": run.shuffled, "seed": run.seed}
    if run.memory:
        slots = run.network.structure.filled
        data["memory"] = {name: run.memory[name][slots].tolist() for name in run.memory}
    return data


def _plain(value: float) -> float | None:
    return value if math.isfinite(value) else None


def _of_step(step: Step, computed: Sequence[float]) -> dict[str, Any]:
    printed = [
        {key: value for key, value in asdict(one).items() if value not in (None, False)}
        | {"computed": value if math.isfinite(value) else None}
        for one, value in zip(step.printed, computed, strict=True)
    ]
    data = {
        "do": step.do,
        "rounds": step.rounds if step.do == "train" else None,
        "note": step.note,
        "values": step.values or None,
        "printed": printed or None,
    }
    return {key: value for key, value in data.items() if value is not None}


def _of_quantity(name: str, language: str) -> dict[str, Any]:
    row = QUANTITIES[name]
    data = {
        "owner": row.owner,
        "phase": row.phase,
        "symbol": row.symbol,
        "meaning": meaning_in(language, row.meaning),
        "of_bias": row.of_bias,
        "meaning_of_bias": row.meaning_of_bias and meaning_in(language, row.meaning_of_bias),
        "rounded": row.rounded,
    }
    return {key: value for key, value in data.items() if value}
