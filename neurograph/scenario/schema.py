"""What a scenario file may contain: a table for each kind of record, and how they fit together."""

import os
from collections.abc import Hashable
from pathlib import Path
from typing import Any, get_args

from neurograph.addresses import parse_address
from neurograph.errors import NeurographError, NotComputedError, ScenarioError, did_you_mean
from neurograph.network import Network
from neurograph.scenario.checks import (
    Field,
    choice,
    inside,
    integer,
    list_of,
    mapping_of,
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
from neurograph.scenario.files import locate, read_toml
from neurograph.scenario.model import (
    ConnectionFacts,
    Data,
    Do,
    NetworkFacts,
    NeuronFacts,
    Order,
    Printed,
    Run,
    Sample,
    Scenario,
    Slip,
    Step,
)

__all__ = ["load_scenario"]

#: Rounds of training that a file may ask for: minutes, not days.
MOST_ROUNDS = 1_000_000


def _address(value: Any, place: str) -> str:
    try:
        parse_address(value)
    except NeurographError as error:
        raise wrong(place, str(error)) from error
    return str(value)


_PRINTED = table_of(
    dict,
    {
        "value": needed(printed_number),
        "symbol": Field(text),
        "place": Field(text),
        "sample": Field(integer(1, MOST_ROUNDS)),
        "correct": Field(printed_number),
        "cause": Field(text),
    },
)


def _entry(value: Any, place: str) -> dict[str, Any]:
    """Check one printed value: its digits, or a table with them and more."""
    if not isinstance(value, dict):
        value = {"value": printed_number(value, place)}
    entry: dict[str, Any] = _PRINTED(value, place)
    if (entry["correct"] is None) != (entry["cause"] is None):
        given, absent = ("correct", "cause") if entry["correct"] else ("cause", "correct")
        raise wrong(place, f"{given!r} marks an erratum, which needs {absent!r} too")
    return entry


def _entries(value: Any, place: str) -> tuple[dict[str, Any], ...]:
    """Check what is printed for one address: a value, or a list where it is printed repeatedly."""
    if isinstance(value, list):
        entries: tuple[dict[str, Any], ...] = list_of(_entry)(value, place)
        return entries
    return (_entry(value, place),)


def _step(do: Do, rounds: int | None, place: str | None, note: str | None, printed: Any) -> Step:
    values = []
    for address, entries in printed.items():
        for entry in entries:
            entry["symbol"] = entry["symbol"] or address
            entry["place"] = entry["place"] or place
            values.append(Printed(address=address, **entry))
    return Step(do=do, rounds=rounds or 1, note=note, printed=tuple(values))


_STEP = {
    "do": needed(choice(*get_args(Do))),
    "rounds": Field(integer(1, MOST_ROUNDS)),
    "place": Field(text),
    "note": Field(text),
    "printed": Field(mapping_of(_address, _entries), default={}),
}


def _checked_step(value: Any, place: str) -> Step:
    step: Step = table_of(_step, _STEP)(value, place)
    if step.do == "train" and "rounds" not in value:
        raise wrong(place, "missing key 'rounds': how many rounds to train")
    if step.do != "train" and "rounds" in value:
        raise wrong(place, f"'rounds' belongs to a step that does 'train', not {step.do!r}")
    return step


_RUN = {
    "name": needed(run_name),
    "title": Field(text),
    "order": needed(choice(*get_args(Order))),
    "learning_rate": Field(number),
    "digits": Field(integer(0, 15)),
    "note": Field(text),
    "steps": needed(list_of(_checked_step)),
}


def _checked_run(value: Any, place: str) -> Run:
    run: Run = table_of(Run, _RUN)(value, place)
    for index, step in enumerate(run.steps):
        where = f"{place}.steps[{index}]"
        if step.changes_weights and run.learning_rate is None:
            raise wrong(place, f"missing key 'learning_rate', which the step {step.do!r} uses")
        if run.order == "in_place" and step.do in ("backward", "update"):
            raise wrong(
                where,
                f"{step.do!r} cannot be a step of its own when weights change in place, during the"
                " backward pass; use 'step' or 'train'",
            )
    return run


_NEURON = {
    "name": needed(text),
    "activation": Field(text),
    "bias": Field(number),
    "label": Field(text),
    "trainable": Field(truth),
    "tie": Field(text),
    "kind": Field(choice("input", "hidden", "output", "bias")),
}

_CONNECTION = {
    "pre": needed(text),
    "post": needed(text),
    "weight": needed(number),
    "label": Field(text),
    "trainable": Field(truth),
    "tie": Field(text),
}

_NETWORK = {
    "loss": Field(text, default="half_squared_error"),
    "reduction": Field(choice("mean", "sum"), default="mean"),
    "neurons": needed(list_of(table_of(NeuronFacts, _NEURON))),
    "connections": needed(list_of(table_of(ConnectionFacts, _CONNECTION))),
}

_DATA = {"inputs": needed(samples), "targets": needed(samples)}

_SLIP = {
    "place": needed(text),
    "printed": needed(text),
    "meant": needed(text),
    "cause": needed(text),
}

_SCENARIO = {
    "title": needed(text),
    "author": needed(text),
    "year": needed(integer(1, 9999)),
    "source": needed(text),
    "description": Field(text),
    "network": needed(table_of(NetworkFacts, _NETWORK)),
    "data": needed(table_of(dict, _DATA)),
    "runs": needed(list_of(_checked_run)),
    "slips": Field(list_of(table_of(Slip, _SLIP)), default=()),
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
        return _scenario(content, file)
    except ScenarioError as error:
        raise ScenarioError(f"{file}: {error}") from error


def _scenario(content: dict[str, Any], file: Path) -> Scenario:
    facts = table_of(dict, _SCENARIO)(content, "")
    network_facts: NetworkFacts = facts.pop("network")
    net = network_facts.build()
    try:
        ends = {"inputs": _names(net.inputs), "targets": _names(net.outputs)}
    except NeurographError as error:
        raise wrong("network", str(error)) from error
    data = {key: _in_order(facts["data"][key], names, f"data.{key}") for key, names in ends.items()}
    _check_samples(data)
    _check_runs(facts["runs"], net, data)
    return Scenario(**facts | {"file": file, "network_facts": network_facts, "data": Data(**data)})


def _names(neurons: list[Hashable]) -> list[str]:
    """Return the names of neurons, which in a network from a file are text."""
    return [str(name) for name in neurons]


def _in_order(values: Any, names: list[str], place: str) -> Sample | tuple[Sample, ...]:
    """Return inputs or targets in the order of the neurons they belong to."""
    if isinstance(values, dict):
        for name in values:
            if name not in names:
                near = did_you_mean(name, names) or f"; expected {', '.join(map(str, names))}"
                raise wrong(inside(place, name), f"no such neuron here{near}")
        if missing := [name for name in names if name not in values]:
            raise wrong(place, f"missing key {missing[0]!r}")
        columns = tuple(values[name] for name in names)
        if not any(isinstance(column, tuple) for column in columns):
            return columns
        if len({len(column) if isinstance(column, tuple) else 0 for column in columns}) > 1:
            raise wrong(place, "expected as many samples for every neuron")
        return tuple(zip(*columns, strict=True))
    samples = values if isinstance(values[0], tuple) else (values,)
    for index, sample in enumerate(samples):
        if len(sample) != len(names):
            where = f"{place}[{index}]" if samples is values else place
            numbers = "a number" if len(names) == 1 else f"{len(names)} numbers"
            raise wrong(where, f"expected {numbers} ({', '.join(names)}), got {len(sample)}")
    return values  # type: ignore[no-any-return]


def _n_samples(values: Sample | tuple[Sample, ...]) -> int | None:
    return len(values) if isinstance(values[0], tuple) else None


def _check_samples(data: dict[str, Any]) -> None:
    inputs, targets = _n_samples(data["inputs"]), _n_samples(data["targets"])
    if inputs != targets:
        wanted, got = (
            "one sample" if count is None else f"a list of {count} samples"
            for count in (inputs, targets)
        )
        raise wrong("data.targets", f"expected targets for {wanted}, got {got}")


def _check_runs(runs: tuple[Run, ...], net: Network, data: dict[str, Any]) -> None:
    """Check names and addresses now, so that they do not fail after thousands of rounds."""
    n_samples = _n_samples(data["inputs"])
    names = [run.name for run in runs]
    for index, run in enumerate(runs):
        place = f"runs[{index}]"
        if run.name in names[:index]:
            raise wrong(f"{place}.name", f"there is already a run {run.name!r}")
        for position, step in enumerate(run.steps):
            for printed in step.printed:
                where = inside(f"{place}.steps[{position}].printed", printed.address)
                _check_address(printed, net, n_samples, where)


def _check_address(printed: Printed, net: Network, n_samples: int | None, place: str) -> None:
    try:
        net.value(printed.address)
    except NotComputedError as error:
        # What a pass will compute is not known yet; a bias is there or not.
        if printed.address.endswith(".bias"):
            raise wrong(place, str(error)) from error
    except NeurographError as error:
        raise wrong(place, str(error)) from error
    if printed.sample is not None and printed.sample > (n_samples or 1):
        raise wrong(place, f"no sample {printed.sample}; the data has {n_samples or 1}")
