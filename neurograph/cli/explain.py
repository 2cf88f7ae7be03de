"""``neurograph explain``: where a number of a scenario comes from, and what depends on it."""

import argparse
import math
import re
import sys
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

import neurograph
from neurograph.addresses import LEARNING_RATE, OF_TRAINING
from neurograph.cli.console import busy, columns, put, read, say
from neurograph.cli.inspection import (
    check_is_of_step,
    say_left_out,
    step_called,
    stopped_after,
)
from neurograph.documents.readable import Readable
from neurograph.errors import InvalidValueError, NotComputedError
from neurograph.network import Network
from neurograph.optimizers import get_optimizer
from neurograph.quantities import BY_ADDRESS
from neurograph.scenario import Run, Scenario, Step
from neurograph.scenario.player import (
    NextUpdate,
    Player,
    in_steps,
    next_update,
    player_after,
    start_of,
)
from neurograph.scenario.runs import PREDICTION
from neurograph.scenario.scales import Scale

if TYPE_CHECKING:
    from neurograph.explanations import Explanation, Influence, WhatIf
    from neurograph.explanations.state import Update

__all__ = ["explain", "explanation_data", "influence_data", "what_if_data"]

_OLD, _NEW = re.compile(r"\.(weight|bias)$"), re.compile(r"\.new_(weight|bias)$")
_WIDTH, _NARROWEST = 80, 30

#: What is changed to something that has a name, and what one change looks like.
_NAMED = ("activation", "loss", "reduction", "slope", "penalty", "delta", "order", "optimizer")
_EXPECTED = "expected ADDRESS=NUMBER such as w5.weight=0.5, learning_rate=5, or h1.activation=relu"


def explain(arguments: argparse.Namespace) -> int:
    """Explain a number, say what depends on it, or what would change."""
    changes = dict(map(_change, arguments.what_if or ()))
    if (arguments.address is None) == (not (arguments.influence or changes)):
        raise InvalidValueError(
            "give an address to explain, such as w1.gradient, or --influence NAME, or"
            " --what-if WHAT=VALUE, and only one of them"
        )
    scenario = read(arguments.scenario)
    run = scenario.run(arguments.run)
    scale = _scale_of(arguments.address, scenario)
    if scale is None:
        _check_is_no_formula(arguments.address, run)
    try:
        with busy():
            report, data = _report(scenario, run, changes, arguments, scale)
    except NotComputedError as error:
        scenario.check_targets(arguments.address or "it")
        raise NotComputedError(in_steps(str(error))) from error
    _show(report, data, arguments)
    return 0


def _check_is_no_formula(address: str | None, run: Run) -> None:
    """Check that no name of the source's own is asked for, which it makes of other numbers."""
    for printed in (printed for step in run.steps for printed in step.printed):
        if printed.formula is not None and printed.address == address:
            parts = ", ".join(printed.addresses)
            raise InvalidValueError(
                f"{address!r} is {printed.formula} on the page: explain what it is made of, {parts}"
            )


def _scale_of(address: str | None, scenario: Scenario) -> Scale | None:
    """Return how the targets of an output are scaled whose prediction is asked for."""
    if not (address or "").endswith(PREDICTION):
        return None
    name = str(address).removesuffix(PREDICTION)
    scales = dict(zip(scenario.network().outputs, scenario.data.scales, strict=False))
    if name not in scales:
        raise InvalidValueError(
            f"{address!r}: a prediction is the out of an output whose targets 'standardize' scales"
        )
    return scales[name]


def _report(
    scenario: Scenario, run: Run, changes: dict[str, float | str], arguments: argparse.Namespace,
    scale: Scale | None,
) -> tuple[Readable, Callable[[], object]]:  # fmt: skip
    """Return what answers the question, and its data for programs."""
    address = arguments.address
    if scale is not None:
        address = address.removesuffix(PREDICTION) + ".out"
    is_past = _is_of_past_update(address, run, arguments.at)
    done, player = _played(scenario, run, arguments, as_left=is_past)
    # A loss is explained as the step reports it, and all else by the loss of the run.
    if arguments.at is None or not (address and address.endswith(("loss", "penalty"))):
        player.settle()
    if not _is_done(player.net) and arguments.at is None:
        _complete(player, run, done)
    net = player.net
    _compute_aside(player, address or arguments.influence or "")
    if arguments.influence:
        optimizer = next_update(scenario, run, done).training.optimizer
        influence = neurograph.influence(net, arguments.influence, optimizer=optimizer)
        return influence, lambda: influence_data(influence)
    if changes:
        from neurograph.explanations.changes import what_if_by

        update = _next_by_all(next_update(scenario, run, done), player, arguments)
        what_if = what_if_by(net, changes, update, digits=arguments.digits)
        return what_if, lambda: what_if_data(what_if)
    from neurograph.explanations.explanation import (
        OF_ROUND,
        explain_by,
        explain_reported,
        explain_scaled_back,
    )
    from neurograph.explanations.state import Update

    if address in OF_ROUND:
        value = player.value(address)
        explanation = explain_reported(net, address, value, digits=arguments.digits)
        return explanation, lambda: explanation_data(explanation)
    made_by = Update()
    # Under an edit of the order, errors go back over weights that the update has changed.
    in_place = bool(net.edits) and net.round(run.order).order == "in_place"
    if (_is_of_update(address) or in_place) and not is_past:
        follows = next_update(scenario, run, done)
        made_by = _update(follows, player, arguments)
        if follows.number and run.steps[follows.number - 1].makes_pass:
            # An update that is a step of its own has its passes behind it.
            _pass(player, follows.its_pass, follows)
    explanation = explain_by(
        net,
        address,
        made_by,
        digits=arguments.digits,
        depth=arguments.depth,
        sample=_place_in_pass(player, arguments.sample),
    )
    if explanation.n_samples and (words := _samples_in_words(player)):
        explanation.root.notes += (words,)
    if scale is not None:
        explanation = explain_scaled_back(
            explanation, arguments.address, over=scale.over, minus=scale.minus
        )
    return explanation, lambda: explanation_data(explanation)


def _show(report: Readable, data: Callable[[], object], arguments: argparse.Namespace) -> None:
    if arguments.format != "text":
        put(arguments.format, data, lambda: report)
        return
    ascii = arguments.ascii or not (sys.stdout.encoding or "utf-8").lower().startswith("utf")
    # Pages are made for 80 columns; a narrower terminal gets narrower lines.
    width = max(min(columns(), _WIDTH), _NARROWEST)
    say(report.text(ascii=ascii, width=width).rstrip("\n"))


def _change(text: str) -> tuple[str, float | str]:
    """Return what is to be changed, and to what: a number, or the name of what is none."""
    # A table, such as a penalty, has equals signs of its own.
    parts = text.partition("=") if text.rstrip().endswith("}") else text.rpartition("=")
    address, equals, words = map(str.strip, parts)
    if not equals or not address or not words:
        raise InvalidValueError(f"--what-if {text!r}: {_EXPECTED}")
    try:
        value = float(words)
    except ValueError:
        if address.rpartition(".")[2] in _NAMED:
            return address, words
        value = math.nan
    if not math.isfinite(value):
        comma = " (a decimal sign is a point)" if "," in words else ""
        raise InvalidValueError(f"--what-if {text!r}: {_EXPECTED}{comma}")
    return address, value


def _next_by_all(
    follows: NextUpdate, player: Player, arguments: argparse.Namespace
) -> "Update":
    """Return the next update of a run; none if it is by some samples, which is said on stderr."""
    if follows.partial and arguments.learning_rate is None:
        from neurograph.explanations.state import Update

        say_left_out(player.run, follows, follows.partial)
        return Update()
    return _made_by(follows, player, arguments)


# -- data for programs -----------------------------------------------------------------------------


def explanation_data(explanation: "Explanation") -> dict[str, Any]:
    """Return an explanation: its steps, each before those behind it."""
    return {
        "address": explanation.address,
        "value": explanation.value,
        "sample": explanation.sample,
        "steps": [
            {
                "address": step.address,
                "sample": step.sample,
                "value": step.value,
                "meaning": step.words,
                "symbolic": step.symbolic,
                "numeric": step.numeric,
                "parts": [part.address for part in step.parts],
                "repeated": step.repeated,
                "folded": step.folded,
                "notes": step.notes,
            }
            for step in explanation.steps
        ],
        "paths": [
            {"neurons": [str(name) for name in path.nodes], "contribution": path.contribution}
            for path in explanation.paths
        ],
    }


def influence_data(influence: "Influence") -> dict[str, Any]:
    """Return what an influence reaches: addresses by pass, and paths of neurons."""
    return {
        "address": influence.address,
        "next_round": influence.next_round,
        "forward": influence.forward,
        "backward": influence.backward,
        "update": influence.update,
        "paths": [[str(name) for name in path] for path in influence.paths],
    }


def what_if_data(what_if: "WhatIf") -> dict[str, Any]:
    """Return every change, in the order in which the passes compute it."""
    return {
        "asked": {
            **{change.address: change.after for change in what_if.given},
            **what_if.settings,
        },
        "changes": [
            {
                "address": change.address,
                "before": change.before,
                "after": change.after,
                "difference": change.difference,
            }
            for change in what_if.changes
        ],
    }


# -- the moment that is explained ------------------------------------------------------------------


def _is_of_past_update(address: str | None, run: Run, at: str | None) -> bool:
    """Whether a number of the last round of a step is asked for, as the run prints it.

    That is all but a new weight, which is that of the update after.
    """
    if address is None or at is None or _NEW.search(address):
        return False
    return run.steps[step_called(run, at) - 1].trains


def _is_of_update(address: str) -> bool:
    """Whether an address names what an update computes, or is given or reports."""
    if address in (LEARNING_RATE, *OF_TRAINING):
        return True
    row = BY_ADDRESS.get(address.rpartition(".")[2])
    return row is not None and row.phase == "update"


def _update(follows: NextUpdate, player: Player, arguments: argparse.Namespace) -> "Update":
    """Return the update that new weights come from, as the run makes it.

    Raises
    ------
    InvalidValueError
        If it is none that can be explained: what the run does is named, and how to see it.
    """
    run, optimizer = player.run, get_optimizer(follows.training.optimizer)
    if follows.blocked:
        name = arguments.address.rpartition(".")[0]
        raise InvalidValueError(
            f"{arguments.address!r} is not explained: step {follows.number} of run {run.name!r},"
            f" with {optimizer.name}, {follows.blocked}; see what it leads to with 'neurograph"
            f" inspect {arguments.scenario} {name} --run {run.name} --at {follows.number}'"
        )
    return _made_by(follows, player, arguments)


def _made_by(follows: NextUpdate, player: Player, arguments: argparse.Namespace) -> "Update":
    """Return an update with what its optimiser begins with."""
    from neurograph.explanations.state import Update

    training, digits = follows.training, player.run.digits
    rate = follows.learning_rate if arguments.learning_rate is None else arguments.learning_rate
    made = Update(rate, get_optimizer(training.optimizer), training.order, digits, follows.words)
    if not follows.remembers:
        return made
    memory, before = player.memory_for(training)
    return replace(made, memory=memory, step=before + 1)


def _played(
    scenario: Scenario, run: Run, arguments: argparse.Namespace, *, as_left: bool
) -> tuple[int, Player]:
    """Return after how many steps a run is, and the run, its passes made with its weights.

    As it was left, its objects carry the passes of the last update, with the weights before it.
    """
    at, rounds = arguments.at, arguments.round
    check_is_of_step(rounds, at)
    if at is None:
        start = start_of(run)
        later = (n for n, step in enumerate(run.steps) if n >= start and step.changes_weights)
        number = next(later, len(run.steps))
        return number, player_after(scenario, run, number)
    number = step_called(run, at)
    step = run.steps[number - 1]
    player = stopped_after(scenario, run, number, rounds)
    if as_left and not (_OLD.search(arguments.address) or _is_of_update(arguments.address)):
        print(
            f"neurograph: numbers of step {number} ({step.do}) are those of its last passes, made"
            " with the weights before its last update",
            file=sys.stderr,
        )
    if step.changes_weights and not as_left:
        # What an update leaves on the objects belongs to the weights before it.
        _pass(player, run.pass_of(number - 1))
        print(
            f"neurograph: after step {number} ({step.do}) both passes were made again, with the"
            " weights it led to",
            file=sys.stderr,
        )
    return number, player


def _place_in_pass(player: Player, sample: int | None) -> int | None:
    """Return which of the samples of the last pass is one of the data, counted from 1.

    Raises
    ------
    InvalidValueError
        If the pass is not about it.
    """
    used = player.samples
    if sample is None or not _samples_in_words(player):
        return sample
    if sample not in used:
        raise InvalidValueError(f"sample {sample} is not one of those of the last pass, {used}")
    return used.index(sample) + 1 if len(used) > 1 else None


def _samples_in_words(player: Player) -> str:
    """Return which samples of the data the last pass is about, if they have other numbers."""
    used, outs = player.samples, player.net.neuron(player.net.inputs[0]).get("out")
    n = len(outs) if isinstance(outs, np.ndarray) else 1
    if n != len(used) or used == tuple(range(1, n + 1)):
        return ""
    return f"The samples are these of the data: {', '.join(map(str, used))}."


def _complete(player: Player, run: Run, done: int) -> None:
    """Make the passes that a run has not made, after so many steps."""
    if run.pass_of(done - 1) is None or player.net.storage.outdated:
        step = next((step for step in run.steps[done:] if step.makes_pass), None)
        _pass(player, step, given=None if player.net.storage.outdated else player.given)
    elif player.scenario.has_targets:
        player.backward()


def _pass(
    player: Player,
    step: Step | None,
    update: NextUpdate | None = None,
    given: Mapping[str, float] | None = None,
) -> None:
    """Make both passes as a step makes them, with all of its samples or those of an update."""
    if step is not None:
        player.take(step)
    net, digits, inputs, targets = player.net, player.run.digits, player.inputs, player.targets
    if update is not None and update.batch_size < update.n_own:
        # As in a training: a batch of one is a sample by itself.
        batch = update.rows[0] if update.batch_size == 1 else list(update.rows)
        inputs, targets = (values[batch] for values in player.data)
    net.forward(inputs, digits=digits, given=given)
    if player.scenario.has_targets:
        net.backward(targets, digits=digits)


def _compute_aside(player: Player, name: str) -> None:
    """Compute what belongs to no round, if it is asked for and no step of the run did."""
    quantity, net = name.rpartition(".")[2], player.net
    if quantity in BY_ADDRESS and BY_ADDRESS[quantity].phase in ("curvature", "attribution"):
        elements = (*dict(net.nodes).values(), *dict(net.edges).values())
        if not any(quantity in element for element in elements):
            is_curvature = BY_ADDRESS[quantity].phase == "curvature"
            (net.curvatures if is_curvature else net.attribute)(player.targets)


def _is_done(net: Network) -> bool:
    """Whether a backward pass has been made."""
    return any("gradient" in connection for _, _, connection in net.edges(data=True))
