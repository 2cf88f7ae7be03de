"""What a scenario file may contain: a table for each kind of record."""

import os
from pathlib import Path
from typing import Any, get_args

from neurograph.addresses import parse_address
from neurograph.combinations import COMBINATIONS
from neurograph.errors import NeurographError, ScenarioError
from neurograph.optimizers import OPTIMIZERS, Optimizer
from neurograph.scenario.consistency import check_figures, check_runs, read_data
from neurograph.scenario.fields import (
    MAX_LIST,
    MAX_NAME,
    Field,
    choice,
    either_list,
    inside,
    integer,
    list_of,
    mapping_of,
    name,
    needed,
    number,
    printed_number,
    run_name,
    samples,
    table_of,
    text,
    truth,
    wrong,
)
from neurograph.scenario.layered import LAYERS, MOST_CONNECTIONS, written_out
from neurograph.scenario.library import locate, read_toml
from neurograph.scenario.model import Figure, Scenario, Slip, What
from neurograph.scenario.networks import Biases, ConnectionFacts, NetworkFacts, NeuronFacts
from neurograph.scenario.runs import Do, Gradients, Order, Printed, Run, Step, StopFacts

__all__ = ["load_scenario", "scenario_of"]

#: Rounds of training that a file may ask for: minutes, not days.
MOST_ROUNDS = 1_000_000

#: Two names, an arrow and a quantity.
MAX_ADDRESS = 2 * MAX_NAME + 20

_SEED = integer(0, 2**32 - 1)
_COUNT = integer(1, MOST_ROUNDS)


def _address(value: Any, place: str) -> str:
    if isinstance(value, str) and len(value) > MAX_ADDRESS:
        raise wrong(
            place, f"{len(value):,} characters long; an address has at most {MAX_ADDRESS:,}"
        )
    try:
        parse_address(value)
    except NeurographError as error:
        raise wrong(place, str(error)) from error
    return str(value)


def _positive(value: Any, place: str) -> float:
    """Check a finite number that is not negative."""
    kept = number(value, place)
    if kept < 0:
        raise wrong(place, f"expected a number of zero or more, got {kept:g}")
    return kept


_PRINTED_KEYS = {
    "value": needed(printed_number),
    "symbol": Field(text),
    "place": Field(text),
    "sample": Field(_COUNT),
    "correct": Field(printed_number),
    "cause": Field(text),
    "truncated": Field(truth, default=False),
}


def _entry(value: Any, place: str) -> dict[str, Any]:
    """Check one printed value: its digits, or a table with them and more."""
    if not isinstance(value, dict):
        value = {"value": printed_number(value, place)}
    entry: dict[str, Any] = table_of(dict, _PRINTED_KEYS)(value, place)
    if (entry["correct"] is None) != (entry["cause"] is None):
        given, absent = ("correct", "cause") if entry["correct"] else ("cause", "correct")
        raise wrong(place, f"{given!r} marks an erratum, which needs {absent!r} too")
    if entry["correct"] and entry["truncated"]:
        raise wrong(place, "a value is either 'truncated', and right so far, or an erratum")
    return entry


def _entries(value: Any, place: str) -> tuple[dict[str, Any], ...]:
    """Check what is printed for one address: a value, or a list where it is printed repeatedly."""
    if isinstance(value, list):
        entries: tuple[dict[str, Any], ...] = list_of(_entry)(value, place)
        return entries
    return (_entry(value, place),)


def _step(place: str | None, printed: Any, values: Any, **facts: Any) -> Step:
    shown = []
    for address, entries in printed.items():
        for entry in entries:
            entry["symbol"] = entry["symbol"] or address
            entry["place"] = entry["place"] or place
            shown.append(Printed(address=address, **entry))
    return Step(printed=tuple(shown), values=tuple(values.items()), **facts)


def _optimizer(value: Any, place: str) -> str | Optimizer:
    """Check an optimiser: its name, or a table with the name and constants of its own."""
    named = choice(*OPTIMIZERS)
    if not isinstance(value, dict):
        name: str = named(value, place)
        return name
    if "name" not in value:
        raise wrong(place, "missing key 'name'")
    # What constants there are depends on the name.
    build: Any = OPTIMIZERS[named(value["name"], inside(place, "name"))]
    constants = {key: Field(number, default=usual) for key, usual in build().constants.items()}
    given = table_of(dict, {"name": needed(named), **constants})(value, place)
    name = given.pop("name")
    if not given:
        return name
    try:
        made: Optimizer = build(**given)
    except NeurographError as error:
        raise wrong(place, str(error)) from error
    return made


_STOP = {
    "loss": Field(number),
    "no_improvement": Field(_COUNT),
    "gradient_norm": Field(_positive),
}

#: How weights change: keys of a run, and of a step that differs from its run.
_TRAINING = {
    "order": Field(choice(*get_args(Order))),
    "learning_rate": Field(_positive),
    "optimizer": Field(_optimizer),
    "batch_size": Field(_COUNT),
    "shuffle": Field(truth),
    "seed": Field(_SEED),
}

_STEP = {
    "do": needed(choice(*get_args(Do))),
    "place": Field(text),
    "note": Field(text),
    "printed": Field(mapping_of(_address, _entries), default={}),
    "rounds": Field(_COUNT, default=1),
    **_TRAINING,
    "stop": Field(table_of(StopFacts, _STOP)),
    "values": Field(mapping_of(_address, number), default={}),
    "gradients": Field(choice(*get_args(Gradients))),
    "normalised": Field(truth, default=True),
}

_EVERY_STEP = ("do", "place", "note", "printed")

#: What else a step may have, and must have, by what it does.
_OF_STEP: dict[str, tuple[tuple[str, ...], dict[str, str]]] = {
    "update": (("learning_rate",), {}),
    "step": (("order", "learning_rate"), {}),
    "train": (
        ("rounds", *_TRAINING, "stop"),
        {"rounds": "how many rounds to train"},
    ),
    "set": (("values",), {"values": "the new values of parameters, by address"}),
    "check": (("gradients",), {"gradients": "whether they 'agree' or 'differ'"}),
    "attribute": (("normalised",), {}),
}


def _checked_step(value: Any, place: str) -> Step:
    step: Step = table_of(_step, _STEP)(value, place)
    own, required = _OF_STEP.get(step.do, ((), {}))
    for key, meaning in required.items():
        if not value.get(key):
            raise wrong(place, f"missing key {key!r}: {meaning}")
    for key in value:
        if key not in own and key not in _EVERY_STEP:
            does = [repr(do) for do, (keys, _) in _OF_STEP.items() if key in keys]
            raise wrong(
                place, f"{key!r} belongs to a step that does {' or '.join(does)}, not {step.do!r}"
            )
    return step


_RUN = {
    "name": needed(run_name),
    "title": Field(text),
    "note": Field(text),
    **_TRAINING,
    "order": Field(choice(*get_args(Order)), default="simultaneous"),
    "optimizer": Field(_optimizer, default="gradient_descent"),
    "shuffle": Field(truth, default=False),
    "digits": Field(integer(0, 15)),
    "reduction": Field(choice("mean", "sum")),
    "loss": Field(text),
    "biases": Field(choice(*get_args(Biases)), default="as_given"),
    "samples": Field(list_of(_COUNT)),
    "steps": needed(list_of(_checked_step, MAX_LIST)),
}


def _combine(value: Any, place: str) -> str:
    """Check a combine rule: one of the table as it is now, with what was added to it."""
    rule: str = choice(*COMBINATIONS)(value, place)
    return rule


_NEURON = {
    "name": needed(name),
    "activation": Field(text),
    "bias": Field(number),
    "label": Field(name),
    "trainable": Field(truth),
    "tie": Field(name),
    "kind": Field(choice("input", "hidden", "output", "bias")),
    "combine": Field(_combine),
    "mask": Field(number),
}

_CONNECTION = {
    "pre": needed(name),
    "post": needed(name),
    "weight": needed(number),
    "label": Field(name),
    "trainable": Field(truth),
    "tie": Field(name),
}

_NETWORK = {
    "loss": Field(text, default="half_squared_error"),
    "reduction": Field(choice("mean", "sum"), default="mean"),
    "seed": Field(_SEED),
    "layers": Field(LAYERS, default=()),
    "neurons": Field(list_of(table_of(NeuronFacts, _NEURON)), default=()),
    "connections": Field(list_of(table_of(ConnectionFacts, _CONNECTION)), default=()),
}


def _network(value: Any, place: str) -> NetworkFacts:
    facts = table_of(dict, _NETWORK)(value, place)
    for key in ("neurons", "connections"):
        if not facts[key] and not facts["layers"]:
            raise wrong(place, f"missing key {key!r}, or 'layers' instead")
    neurons, connections = written_out(facts["layers"], facts["seed"])
    connections += facts["connections"]
    if len(connections) > MOST_CONNECTIONS:
        raise wrong(
            place,
            f"{len(connections):,} connections are too many; a scenario has at most"
            f" {MOST_CONNECTIONS:,}",
        )
    return NetworkFacts(
        neurons=neurons + facts["neurons"],
        connections=connections,
        loss=facts["loss"],
        reduction=facts["reduction"],
        layer_sizes=tuple(layer["size"] or len(layer["names"]) for layer in facts["layers"]),
    )


_COLUMNS = mapping_of(text, text)

_DATA = {
    "inputs": needed(samples),
    "targets": needed(samples),
    "standardize": Field(truth, default=False),
}

_DATA_FROM_FILE = {
    "file": needed(text),
    "rows": Field(list_of(_COUNT)),
    "inputs": needed(_COLUMNS),
    "targets": needed(_COLUMNS),
    "standardize": Field(truth, default=False),
}


def _data(value: Any, place: str) -> dict[str, Any]:
    table = _DATA
    if isinstance(value, dict):
        if "file" in value:
            table = _DATA_FROM_FILE
        elif "rows" in value:
            raise wrong(place, "'rows' needs 'file': the CSV file that has them")
    found: dict[str, Any] = table_of(dict, table)(value, place)
    return found


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


_FIGURE = {
    "what": needed(choice(*get_args(What))),
    "over": Field(either_list(text), default=()),
    "run": Field(text),
    "step": Field(_COUNT),
    "title": Field(text),
    "show": Field(either_list(text), default=()),
    "span": Field(_span, default=()),
}

_SLIP = {
    "place": needed(text),
    "printed": needed(text),
    "meant": needed(text),
    "cause": needed(text),
}

_SCENARIO = {
    "title": needed(text),
    "author": needed(text),
    "year": Field(integer(1, 9999)),
    "source": needed(text),
    "description": Field(text),
    "network": needed(_network),
    "data": needed(_data),
    "runs": needed(list_of(table_of(Run, _RUN), MAX_LIST)),
    "slips": Field(list_of(table_of(Slip, _SLIP), MAX_LIST), default=()),
    "figures": Field(list_of(table_of(Figure, _FIGURE), MAX_LIST), default=()),
}


def load_scenario(name_or_path: str | os.PathLike[str]) -> Scenario:
    """Read a scenario file and check everything in it that can be checked without a pass.

    Parameters
    ----------
    name_or_path : str or path-like
        The name of a scenario that comes with neurograph, its beginning up to an underscore, or
        the path of a TOML file.

    Returns
    -------
    Scenario

    Raises
    ------
    UnknownNameError
        If no scenario has this name.
    ScenarioError
        If the file cannot be read or something in it is wrong; the message names the file, the
        place in it and the likely intention.

    Examples
    --------
    >>> import neurograph as ng
    >>> ng.load_scenario("mazur_2015").title
    'A Step by Step Backpropagation Example'
    >>> ng.load_scenario("masur_2015")
    Traceback (most recent call last):
    neurograph.errors.UnknownNameError: no scenario 'masur_2015'; did you mean 'mazur_2015'?...
    """
    file = locate(name_or_path)
    content = read_toml(file)
    try:
        return scenario_of(content, file)
    except ScenarioError as error:
        raise ScenarioError(f"{file}: {error}") from error


def scenario_of(content: dict[str, Any], file: Path) -> Scenario:
    """Return the scenario that the content of a TOML file describes.

    Parameters
    ----------
    content : dict
        As `tomllib` reads it.
    file : Path
        Where it stands: data files are looked for beside it.

    Returns
    -------
    Scenario

    Raises
    ------
    ScenarioError
        If something in it is wrong; the message names the place.
    """
    # What an exercise asks of the example concerns those who mark it.
    content = {key: value for key, value in content.items() if key != "exercise"}
    facts = table_of(dict, _SCENARIO)(content, "")
    network_facts: NetworkFacts = facts.pop("network")
    net = network_facts.build()
    data = read_data(facts.pop("data"), net, file.parent)
    scenario = Scenario(file=file, network_facts=network_facts, data=data, **facts)
    check_runs(scenario, net)
    check_figures(scenario, net)
    return scenario
