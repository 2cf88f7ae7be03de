"""Reading a scenario file: what its tables say, how they fit together, how much work they ask for.

What may stand in a table, the records say: see `neurograph.fields.keys_of`.
"""

import contextlib
import math
import os
from collections.abc import Hashable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from neurograph.addresses import parse_address
from neurograph.checkpoints import (
    add_formulas,
    checked_document,
    history_of,
    is_document,
    read_document,
)
from neurograph.errors import NeurographError, NotComputedError, ScenarioError, did_you_mean
from neurograph.facts import NetworkFacts
from neurograph.fields import (
    Mistakes,
    choice,
    decimal_commas,
    errors_at,
    inside,
    keys_of,
    table_of,
    wrong,
)
from neurograph.files import text_of
from neurograph.losses import get_loss
from neurograph.network import Network
from neurograph.optimizers import get_optimizer
from neurograph.quantities import BY_ADDRESS, CONNECTION_QUANTITIES, NEURON_QUANTITIES
from neurograph.scenario.library import (
    EXPECTED,
    locate,
    read_table,
    read_toml,
    toml_of,
    within,
)
from neurograph.scenario.model import FIGURES, Data, Figure, Sample, Scenario
from neurograph.scenario.runs import FORWARD, SETTABLE, Printed, Run, Step

__all__ = ["MOST_TEXT", "load_scenario", "read_scenario", "scenario_of"]

#: What comes from no file may have, in bytes: a saved network, and a scenario.
MOST_TEXT, _MOST_FACTS = 256 * 1024 * 1024, 1024 * 1024

#: What a file may ask for in all, rounds times samples times parameters: a minute or two.
MOST_WORK = 1_000_000_000
#: What a change of all weights costs beside the samples that it looks at, in the same measure.
_CHANGE = 100
#: How many times longer it takes to round every value, and to check gradients, object by object.
_ON_PAPER = 400
#: And to build a neuron or a connection, once for each run.
_BUILDING = 1000
_CHECK = 100
#: Values that the objects carry at the same time: 8 bytes each.
MOST_VALUES = 20_000_000


def load_scenario(name_or_path: str | os.PathLike[str]) -> Scenario:
    """Read a scenario file and check everything in it that can be checked without a pass.

    Parameters
    ----------
    name_or_path : str or path-like
        The name of a scenario that comes with neurograph, its beginning up to an underscore, or
        the path of a TOML file; or of a network that `Network.save` saved with its data, which
        becomes a scenario of one forward and one backward pass.

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
    is_saved = file.suffix.lower() == ".json"
    return _saved(read_document(file), file) if is_saved else _named(read_toml(file), file)


def read_scenario(content: bytes | str, name: str) -> Scenario:
    """Read a scenario that stands in no file, or a saved network.

    Parameters
    ----------
    content : bytes or str
        Bytes are UTF-8.
    name : str
        What it is called, also in messages. Files that it names are looked for in the working
        folder.

    Raises
    ------
    ScenarioError
        As for `load_scenario`.

    Examples
    --------
    >>> from neurograph.scenario.schema import read_scenario
    >>> read_scenario("title = 1", "notes")
    Traceback (most recent call last):
    neurograph.errors.ScenarioError: notes: 6 mistakes:
      title: expected text, got the number 1
      missing key 'author'
    ...
    """
    file = Path(name)
    is_saved = is_document(content[:100].encode() if isinstance(content, str) else content[:100])
    most = MOST_TEXT if is_saved else _MOST_FACTS
    if len(content) > most:
        raise ScenarioError(f"{file}: is larger than {most // 1024**2} MiB")
    text = content if isinstance(content, str) else text_of(content, file, EXPECTED)
    if is_saved:
        return _saved(checked_document(text, file), file)
    return _named(toml_of(text, file), file)


def _named(content: dict[str, Any], file: Path) -> Scenario:
    """Return the scenario of a file; a mistake in it says which file."""
    try:
        return scenario_of(content, file)
    except ScenarioError as error:
        raise error.within(file) from error


def _saved(document: dict[str, Any], file: Path) -> Scenario:
    """Return the scenario of a network that was saved."""
    scenario = _named(_of_saved(document, file), file)
    return replace(scenario, history=history_of(document, file))


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
    with decimal_commas(content.get("decimal_comma")):
        facts = table_of(dict, keys_of(Scenario))(content, "")
    network_facts: NetworkFacts = facts.pop("network")
    net = network_facts.build(Network)
    unread = math.nan if _reads_targets(network_facts, facts["runs"]) else 0.0
    data = _read_data(facts.pop("data"), net, file.parent, unread)
    scales = dict(zip(_names(net.outputs), data.scales, strict=False))
    facts["runs"] = tuple(run.with_predictions(scales) for run in facts["runs"])
    scenario = Scenario(file=file, network_facts=network_facts, data=data, **facts)
    mistakes = Mistakes()
    with mistakes:
        _check_runs(scenario, net)
    with mistakes:
        _check_figures(scenario, net)
    mistakes.check()
    return scenario


def _of_saved(document: dict[str, Any], file: Path) -> dict[str, Any]:
    """Return what a scenario file would say of a saved network and the data of its passes."""
    add_formulas(document, file)
    data = document.get("data", {})
    for key, call in (("inputs", "net.forward(inputs)"), ("targets", "net.backward(targets)")):
        if isinstance(data, dict) and key not in data:
            raise ScenarioError(
                f"{file}: was saved without {key}: call {call} before net.save, or make a scenario"
                f" of it by 'neurograph new NAME --from {file.name}'"
            )
    return {
        "title": f"The network of {file.name}",
        "author": "saved by neurograph",
        "source": file.name,
        "network": document.get("network"),
        "data": data,
        "runs": [{
            "name": "passes", "learning_rate": 0.1,
            "steps": [{"do": "forward"}, {"do": "loss"}, {"do": "backward"}, {"do": "update"}],
        }],
    }  # fmt: skip


# -- data ----------------------------------------------------------------------------------------


def _reads_targets(network_facts: NetworkFacts, runs: Sequence[Run]) -> bool:
    """Whether anything that is computed has a target in it: a loss of out alone has none."""
    steps = [step for run in runs for step in run.steps]
    stated = [*(run.loss for run in runs), *(step.loss for step in steps)]
    losses = {network_facts.loss, *(loss for loss in stated if loss is not None)}
    attributes = any("share" in step.kind.computes for step in steps)
    try:
        return attributes or any(get_loss(loss).has_target for loss in losses)
    except NeurographError:
        return True  # a loss that is none is refused in its place


def _read_data(facts: dict[str, Any], net: Network, folder: Path, unread: float) -> Data:
    """Return inputs and targets in the order of the neurons, from the file or a CSV beside it.

    Targets that the file has not are `unread`.
    """
    with errors_at("network"):
        ends = {"inputs": _names(net.inputs), "targets": _names(net.outputs)}
    file = None
    if "file" in facts:
        file = within(folder, facts["file"], "data.file")
        given = _from_table(facts, ends, file)
    else:
        given = {
            key: _in_order(facts[key], names, f"data.{key}")
            for key, names in ends.items()
            if facts[key] is not None
        }
    stated = "targets" in given
    if not stated:
        nothing = (unread,) * len(ends["targets"])
        n_samples = _n_samples(given["inputs"])
        given["targets"] = nothing if n_samples is None else (nothing,) * n_samples
    _check_samples(given)
    scaling, scales = facts["standardize"], ()
    scaling.check_names([*ends["inputs"], *ends["targets"]])
    given["inputs"], _ = scaling.scaled(given["inputs"], "inputs", ends["inputs"])
    if stated:
        given["targets"], scales = scaling.scaled(given["targets"], "targets", ends["targets"])
    elif scaling.of_targets(ends["targets"]):
        raise wrong("data.standardize", "scales targets, and 'data' has none")
    n_values = len(net.nodes) + len(net.edges)
    if (_n_samples(given["inputs"]) or 1) * n_values > MOST_VALUES:
        raise wrong(
            "data",
            f"{_n_samples(given['inputs']):,} samples in {n_values:,} neurons and connections are"
            f" more than {MOST_VALUES:,} values",
        )
    return Data(**given, file=file, scaling=scaling, scales=scales, has_targets=stated)


def _names(neurons: list[Hashable]) -> list[str]:
    """Return the names of neurons, which in a network from a file are text."""
    return [str(name) for name in neurons]


def _from_table(facts: dict[str, Any], ends: dict[str, list[str]], file: Path) -> dict[str, Any]:
    table = read_table(file)
    if facts["rows"] is not None:
        if len(facts["rows"]) != 2 or facts["rows"][0] > facts["rows"][1]:
            raise wrong(
                "data.rows",
                "expected the first and the last row such as [51, 150],"
                f" got {list(facts['rows'][:4])}",
            )
        first, last = facts["rows"]
        table = table.part(first, last, "data.rows")
    given = {}
    for key, names in ends.items():
        if facts[key] is None:
            continue
        place = f"data.{key}"
        _check_names(facts[key], names, place)
        given[key] = table.samples({name: facts[key][name] for name in names}, place)
    return given


def _check_name(name: str, names: list[str], place: str) -> None:
    if name not in names:
        near = did_you_mean(name, names) or f"; expected {', '.join(names)}"
        raise wrong(inside(place, name), f"no such neuron here{near}")


def _check_names(given: Any, names: list[str], place: str) -> None:
    for name in given:
        _check_name(name, names, place)
    if missing := [name for name in names if name not in given]:
        raise wrong(place, f"missing key {missing[0]!r}")


def _in_order(values: Any, names: list[str], place: str) -> Sample | tuple[Sample, ...]:
    """Return inputs or targets in the order of the neurons they belong to."""
    if isinstance(values, dict):
        _check_names(values, names, place)
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
            hint = (
                f"; for {len(sample)} samples write a list for each, [[...], [...]]"
                if samples is not values and len(sample) > 1 and len(sample) % len(names) == 0
                else ""
            )
            raise wrong(where, f"expected {numbers} ({', '.join(names)}), got {len(sample)}{hint}")
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


# -- runs ----------------------------------------------------------------------------------------


def _check_runs(scenario: Scenario, net: Network) -> None:
    """Check names, conventions and addresses now, so that they do not fail after many rounds."""
    names = {run.name: index for index, run in reversed(list(enumerate(scenario.runs)))}
    nets = {"as_given": net}
    work, mistakes = 0, Mistakes()
    for index, run in enumerate(scenario.runs):
        place = f"runs[{index}]"
        with mistakes:
            if names[run.name] < index:
                raise wrong(f"{place}.name", f"there is already a run {run.name!r}")
        with mistakes:
            _check_conventions(run, scenario, place)
        with mistakes:
            net = _network_of(scenario, run, nets, place)
            _check_steps(run, net, scenario, place, mistakes)
        if mistakes.are_many:
            break
        work += _BUILDING * (len(net.edges) + len(net.nodes))
        for position, step in enumerate(run.steps):
            where = f"{place}.steps[{position}]"
            work += _work(run, step, net, scenario)
            if work > MOST_WORK:
                with mistakes:
                    raise wrong(
                        where,
                        "is too much work: rounds times samples times parameters of all steps may"
                        f" be {MOST_WORK:,} in a scenario",
                    )
                mistakes.check()
    mistakes.check()


def _check_steps(
    run: Run, net: Network, scenario: Scenario, place: str, mistakes: Mistakes
) -> None:
    """Check the steps of a run, and the addresses in them."""
    used = scenario.samples_of(run)
    for position, step in enumerate(run.steps):
        where = f"{place}.steps[{position}]"
        with mistakes:
            _check_step(run, position, where)
            if not scenario.has_targets and step.kind.computes - FORWARD:
                raise wrong(where, f"{step.do!r} needs targets, and 'data' has none")
        with mistakes:
            _check_samples_of(step, scenario, run, f"{where}.samples")
        with mistakes:
            _check_masks(scenario, run, step, f"{where}.mask")
        for address, _ in step.values:
            with mistakes:
                at = inside(f"{where}.values", address)
                _check_settable(address, net, at)
                _check_is_taken(address, run.steps[position:], at)
        if step.makes_pass:
            used = scenario.samples_of(run, step)
        for printed in step.printed:
            with mistakes:
                at = inside(f"{where}.printed", printed.address)
                if printed.is_prediction:
                    raise wrong(at, "a prediction needs a target that 'standardize' scales")
                for address in printed.addresses:
                    _check_address(address, net, at)
                _check_sample(printed, scenario, run, used, at)
                _check_round(printed, step, at)


def _network_of(scenario: Scenario, run: Run, nets: dict[str, Network], place: str) -> Network:
    """Return a network with the names and biases of a run, made once for each policy of biases."""
    _check_masks(scenario, run, None, f"{place}.mask")
    if run.biases in nets:
        return nets[run.biases]
    given = nets["as_given"]
    with errors_at(f"{place}.biases"):
        net = scenario.network_facts.with_biases(run.biases).build(Network)
        ends = net.inputs, net.outputs
    if ends != (given.inputs, given.outputs):
        raise wrong(f"{place}.biases", "without its bias neurons the network has other inputs")
    nets[run.biases] = net
    return net


def _check_masks(scenario: Scenario, run: Run, step: Step | None, place: str) -> None:
    if (step or run).mask:
        with errors_at(place):
            _ = scenario.facts_of(run, step).build(Network).structure


def _check_conventions(run: Run, scenario: Scenario, place: str) -> None:
    _check_loss(run, place)
    _check_samples_of(run, scenario, run, f"{place}.samples")


def _check_loss(of: Run | Step, place: str) -> None:
    if of.loss is not None:
        with errors_at(f"{place}.loss"):
            get_loss(of.loss)


def _check_samples_of(of: Run | Step, scenario: Scenario, run: Run, place: str) -> None:
    samples = of.samples or ()
    for number in samples:
        if number > scenario.n_samples:
            raise wrong(place, f"no sample {number}; the data has {scenario.n_samples}")
        _check_is_used(number, run, place)
    if len(set(samples)) < len(samples):
        raise wrong(place, "names a sample twice")


def _check_is_used(number: int, run: Run, place: str) -> None:
    if run.samples is not None and number not in run.samples:
        used = ", ".join(map(str, run.samples[:8]))
        raise wrong(place, f"sample {number} is not one of those that the run uses ({used})")


def _check_step(run: Run, position: int, place: str) -> None:
    step = run.steps[position]
    _check_loss(step, place)
    if step.do == "check" and not (position and run.steps[position - 1].kind.checked):
        raise wrong(place, "a 'check' follows right after the 'backward' or 'step' that it checks")
    if not step.trains and not step.is_part_of_round:
        return
    training = run.training(step)
    if step.trains and run.rate_of(step) is None:
        raise wrong(
            place.rpartition(".")[0],
            f"missing key 'learning_rate', which the step {step.do!r} uses",
        )
    if training.order == "in_place" and step.is_part_of_round:
        raise wrong(
            place,
            f"{step.do!r} cannot be a step of its own when weights change in place, during the"
            " backward pass; use 'step' or 'train'",
        )
    if not step.trains:
        return
    if training.shuffle and training.seed is None:
        raise wrong(place, "'shuffle' needs a 'seed', so that every reader gets the same numbers")
    if not step.in_batches and training.optimizer != "gradient_descent":
        raise wrong(
            place,
            f"{step.do!r} is plain gradient descent; with"
            f" {get_optimizer(training.optimizer).name!r} weights change in 'train' alone",
        )
    if run.digits is not None and step.in_batches:
        own = {
            "optimizer": training.optimizer != "gradient_descent",
            "batch_size": training.batch_size is not None,
            "stop": step.stop is not None,
        }
        for key, stated in own.items():
            if stated:
                raise wrong(place, f"{key!r} cannot be used with 'digits', as nobody does on paper")


def _check_address(address: str, net: Network, place: str) -> None:
    try:
        net.value(address)
    except NotComputedError as error:
        # What a pass will compute is not known yet; a bias is there or not.
        if address.endswith(".bias"):
            raise wrong(place, str(error)) from error
    except NeurographError as error:
        raise wrong(place, _of_the_other_kind(address, net) or str(error)) from error


def _of_the_other_kind(address: str, net: Network) -> str:
    """Say so where a quantity of connections is asked of a neuron, or the reverse."""
    parsed = parse_address(address)
    name, quantity = parsed
    if parsed.of_connection and name in net:
        like = "out" if quantity == "message" else BY_ADDRESS[quantity].of_bias
        near = f"; did you mean '{name}.{like}'?" if like else ""
        return f"{name!r} is a neuron, which has no {quantity}{near}"
    if not parsed.of_connection and name is not None and name not in net:
        with contextlib.suppress(NeurographError):
            net.connection(name)
            its = BY_ADDRESS[quantity].name if BY_ADDRESS[quantity].of_bias == quantity else ""
            near = f"did you mean '{name}.{its}'?" if its else ""
            near = near or f"it has {', '.join(CONNECTION_QUANTITIES)}"
            return f"{name!r} is a connection, which has no {quantity}; {near}"
    return ""


def _check_parameter(address: str, net: Network, place: str) -> None:
    _check_address(address, net, place)
    if parse_address(address).quantity not in ("weight", "bias"):
        raise wrong(place, "only a weight or a bias can be set; the rest is computed")


def _check_settable(address: str, net: Network, place: str) -> None:
    _check_address(address, net, place)
    if parse_address(address).quantity not in SETTABLE:
        raise wrong(
            place,
            "only a weight or a bias, a net or an out that is given, or what an optimiser begins"
            " with can be set; the rest is computed",
        )


def _check_is_taken(address: str, following: Sequence[Step], place: str) -> None:
    """Check that what the source gives is not for a pass that computes everything itself."""
    do = next((step.do for step in following if step.makes_pass), "forward")
    if SETTABLE[parse_address(address).quantity] == "given" and do != "forward":
        raise wrong(place, f"is given for the next 'forward', and {do!r} comes first")


def _check_sample(
    printed: Printed, scenario: Scenario, run: Run, used: Sequence[int], place: str
) -> None:
    number = printed.sample
    if number is None:
        return
    if number > scenario.n_samples:
        raise wrong(place, f"no sample {number}; the data has {scenario.n_samples}")
    _check_is_used(number, run, place)
    if number not in used:
        shown = ", ".join(map(str, used[:8]))
        raise wrong(place, f"sample {number} is not one of those of the last pass ({shown})")


def _check_round(printed: Printed, step: Step, place: str) -> None:
    if printed.round is None:
        return
    if not step.in_batches:
        raise wrong(place, f"'round' belongs to a value of a 'train' step, not of {step.do!r}")
    if printed.round > step.rounds:
        raise wrong(place, f"no round {printed.round}; the training has {step.rounds}")


def _work(run: Run, step: Step, net: Network, scenario: Scenario) -> int:
    """Return about how much a step computes."""
    n_samples = len(scenario.samples_of(run, step))
    n_parameters = len(net.edges) + len(net.nodes)
    batch_size = run.training(step).batch_size or n_samples
    changes = -(-n_samples // batch_size)
    each = changes * _CHANGE + n_samples * n_parameters
    if step.do == "check":
        work = 3 * n_parameters * each * _CHECK
    else:
        work = step.rounds * each * (1 if run.digits is None else _ON_PAPER)
    return work + len(step.printed) * (_CHANGE + n_samples)


# -- figures -------------------------------------------------------------------------------------


def _check_figures(scenario: Scenario, net: Network) -> None:
    """Check that what the figures show is there."""
    for index, figure in enumerate(scenario.figures):
        place = f"figures[{index}]"
        with errors_at(f"{place}.run"):
            run = scenario.run(figure.run)
        if figure.step is not None and figure.step > len(run.steps):
            raise wrong(
                f"{place}.step",
                f"no step {figure.step}; run {run.name!r} has {len(run.steps)}",
            )
        shown = _network_of(scenario, run, {"as_given": net}, place)
        _check_over(figure, shown, f"{place}.over")
        _check_shown(figure, shown, f"{place}.show")
        if FIGURES[figure.what].needs_targets and not scenario.has_targets:
            raise wrong(f"{place}.what", f"{figure.what!r} needs targets, and 'data' has none")
        if figure.span and not FIGURES[figure.what].has_span:
            raise wrong(f"{place}.span", f"a {figure.what} has no span")
        if len(figure.span) not in (0, 1, len(figure.over)):
            raise wrong(
                f"{place}.span",
                f"expected one span, or one for each of 'over', got {len(figure.span)}",
            )


def _check_over(figure: Figure, net: Network, place: str) -> None:
    counts = FIGURES[figure.what].over
    if len(figure.over) not in counts:
        wanted = " or ".join(map(str, filter(None, counts))) or "no"
        raise wrong(place, f"{figure.what!r} is drawn over {wanted} names, got {len(figure.over)}")
    for name in figure.over:
        if FIGURES[figure.what].names == "inputs":
            _check_name(name, _names(net.inputs), place)
            continue
        try:
            net.connection(name)
        except NeurographError:
            _check_parameter(name if "." in name else f"{name}.weight", net, place)


def _check_shown(figure: Figure, net: Network, place: str) -> None:
    quantity = choice(*NEURON_QUANTITIES, *CONNECTION_QUANTITIES)
    for index, name in enumerate(figure.show):
        match FIGURES[figure.what].shows:
            case "addresses":
                _check_address(name, net, f"{place}[{index}]")
            case "quantities":
                quantity(name, f"{place}[{index}]")
            case _:
                raise wrong(
                    place, f"belongs to a network, a histogram or a history, not to {figure.what!r}"
                )
