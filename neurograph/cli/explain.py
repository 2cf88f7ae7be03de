"""``neurograph explain``: where a number of a scenario comes from, and what depends on it."""

import argparse
import itertools
import math
import re
import shutil
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

import neurograph
from neurograph.cli.console import add_format, add_run, add_scenario, say, show_in
from neurograph.cli.inspection import step_called
from neurograph.documents.readable import Readable
from neurograph.errors import InvalidValueError
from neurograph.network import Network
from neurograph.optimizers import get_optimizer
from neurograph.quantities import BY_ADDRESS
from neurograph.scenario import Run, Scenario, load_scenario, play
from neurograph.scenario.player import NextUpdate, next_update, start_of

if TYPE_CHECKING:
    from neurograph.explanations.state import Update

__all__ = ["register"]

_OLD, _NEW = re.compile(r"\.(weight|bias)$"), re.compile(r"\.new_(weight|bias)$")
_WIDTH, _NARROWEST = 80, 30

_EXAMPLES = """\
examples:
  neurograph explain mazur_2015 w1.gradient
  neurograph explain mazur_2015 w5.new_weight --depth 1
  neurograph explain mazur_2015 --influence w5
  neurograph explain mazur_2015 --what-if w5.weight=0.5
  neurograph explain mazur_2015 w1.gradient --format html > w1.html"""


def register(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the command."""
    parser = commands.add_parser(
        "explain",
        help="show where a number comes from, what depends on it, or what would change",
        description="Show where a number comes from: its equation in symbols and in numbers, and"
        " everything behind it. Unless --at says otherwise, this is the moment before any weight"
        " has changed; a new weight is that of the update which the run makes next. After a step"
        " that trains, a weight is explained by the update that made it.",
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add_scenario(parser)
    parser.add_argument(
        "address",
        metavar="ADDRESS",
        nargs="?",
        help="such as w1.gradient, h1.net, loss; w5.new_weight or h1.new_bias after an update",
    )
    asked = parser.add_mutually_exclusive_group()
    asked.add_argument(
        "--influence", metavar="NAME", help="instead: all that changes when NAME (w5) changes"
    )
    asked.add_argument(
        "--what-if",
        metavar="ADDRESS=NUMBER",
        action="append",
        help="instead: all that would change, and by how much; can be given several times",
    )
    add_format(parser)
    parser.add_argument("--depth", metavar="N", type=_whole, help="unfold N steps, 0 for none")
    add_run(parser)
    parser.add_argument(
        "--at", metavar="STEP", help="number or name of the step to stop after, as 'run' shows them"
    )
    parser.add_argument(
        "--digits", metavar="N", type=_whole, default=9, help="decimals (default: 9)"
    )
    parser.add_argument(
        "--sample", metavar="N", type=_whole, help="which sample of a batch, counted from 1"
    )
    parser.add_argument(
        "--learning-rate", metavar="X", type=float, help="for a new weight (default: of the run)"
    )
    parser.add_argument("--ascii", action="store_true", help="text in ASCII alone")
    parser.set_defaults(command=_explain)


def _whole(text: str) -> int:
    try:
        return int(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"expected a whole number, got {text!r}") from None


def _explain(arguments: argparse.Namespace) -> int:
    scenario = load_scenario(arguments.scenario)
    run = scenario.runs[0] if arguments.run is None else scenario.run(arguments.run)
    instead = arguments.influence or arguments.what_if
    if (arguments.address is None) == (not instead):
        raise InvalidValueError(
            "give an address to explain, such as w1.gradient, or --influence NAME, or"
            " --what-if ADDRESS=NUMBER, and only one of them"
        )
    changes = dict(map(_change, arguments.what_if or ()))
    address = arguments.address
    is_past = _is_of_past_update(address, run, arguments.at)
    done, net = _played(scenario, run, arguments.at, as_left=is_past)
    _compute_aside(net, scenario, run, address or arguments.influence or "")
    report: Readable
    if arguments.influence:
        optimizer = next_update(scenario, run, done).training.optimizer
        report = neurograph.influence(net, arguments.influence, optimizer=optimizer)
    elif changes:
        report = neurograph.what_if(net, changes, digits=arguments.digits)
    else:
        from neurograph.explanations.explanation import explain_by
        from neurograph.explanations.state import Update

        update = Update()
        if _is_of_update(address) and not is_past:
            follows = next_update(scenario, run, done)
            update = _update(follows, run, arguments)
            if follows.batch_size < follows.n_samples:
                _pass(net, scenario, run, follows.rows)
        report = explain_by(
            net,
            address,
            update,
            digits=arguments.digits,
            depth=arguments.depth,
            sample=arguments.sample,
        )
    ascii = arguments.ascii or not (sys.stdout.encoding or "utf-8").lower().startswith("utf")
    if arguments.format != "text":
        show_in(arguments.format, report)
        return 0
    # Pages are made for 80 columns; a narrower terminal gets narrower lines.
    columns = shutil.get_terminal_size((_WIDTH, 24)).columns
    width = max(min(columns, _WIDTH), _NARROWEST)
    say(report.text(ascii=ascii, width=width).rstrip("\n"))
    return 0


def _change(text: str) -> tuple[str, float]:
    address, equals, number = text.rpartition("=")
    try:
        value = float(number)
    except ValueError:
        value = math.nan
    if not equals or math.isnan(value):
        comma = " (a decimal sign is a point)" if "," in number else ""
        raise InvalidValueError(
            f"--what-if {text!r}: expected ADDRESS=NUMBER such as w5.weight=0.5{comma}"
        )
    return address.strip(), value


def _is_of_past_update(address: str | None, run: Run, at: str | None) -> bool:
    """Whether the result of the last update of a step is asked for.

    That is the value of a parameter after it, or what it computed for one; a new weight is that of
    the update after.
    """
    if address is None or at is None or _NEW.search(address):
        return False
    is_of_update = _OLD.search(address) is not None or _is_of_update(address)
    return is_of_update and run.steps[step_called(run, at) - 1].trains


def _is_of_update(address: str) -> bool:
    """Whether an address names what an update computes."""
    row = BY_ADDRESS.get(address.rpartition(".")[2])
    return row is not None and row.phase == "update"


def _update(follows: NextUpdate, run: Run, arguments: argparse.Namespace) -> "Update":
    """Return the update that new weights come from, as the run makes it.

    Raises
    ------
    InvalidValueError
        If it is none that can be explained: what the run does is named, and how to see it.
    """
    from neurograph.explanations.state import Update

    training, optimizer = follows.training, get_optimizer(follows.training.optimizer)
    if follows.blocked:
        name = arguments.address.rpartition(".")[0]
        raise InvalidValueError(
            f"{arguments.address!r} is not explained: step {follows.number} of run {run.name!r},"
            f" with {optimizer.name}, {follows.blocked}; see what it leads to with 'neurograph"
            f" inspect {arguments.scenario} {name} --run {run.name} --at {follows.number}'"
        )
    rate = follows.learning_rate if arguments.learning_rate is None else arguments.learning_rate
    return Update(rate, optimizer, training.order, run.digits, follows.words)


def _played(scenario: Scenario, run: Run, at: str | None, *, as_left: bool) -> tuple[int, Network]:
    """Return after how many steps the network is, with both passes made with its weights.

    As it was left, its objects carry the passes of the last update, with the weights before it.
    """
    if at is None:
        start = start_of(run)
        later = (n for n, step in enumerate(run.steps) if n >= start and step.changes_weights)
        number = next(later, len(run.steps))
        net = _after(scenario, run, number)
        if not _is_done(net):
            _pass(net, scenario, run)
        return number, net
    number = step_called(run, at)
    net = _after(scenario, run, number)
    step = run.steps[number - 1]
    if step.changes_weights and not as_left:
        # What an update leaves on the objects belongs to the weights before it.
        _pass(net, scenario, run)
        print(
            f"neurograph: after step {number} ({step.do}) both passes were made again, with the"
            " weights it led to",
            file=sys.stderr,
        )
    return number, net


def _after(scenario: Scenario, run: Run, number: int) -> Network:
    """Return the network after so many steps."""
    net = scenario.network(run)
    for _, played in itertools.islice(play(scenario, run), number):
        net = played
    return net


def _pass(net: Network, scenario: Scenario, run: Run, rows: Sequence[int] = ()) -> None:
    """Make both passes with all samples of a run, or with some rows of them."""
    inputs, targets = scenario.data_of(run)
    if rows:
        # As in a training: a batch of one is a sample by itself.
        batch = rows[0] if len(rows) == 1 else list(rows)
        inputs, targets = inputs[batch], targets[batch]
    net.forward(inputs, digits=run.digits)
    net.backward(targets, digits=run.digits)


def _compute_aside(net: Network, scenario: Scenario, run: Run, name: str) -> None:
    """Compute what belongs to no round, if it is asked for and no step of the run did."""
    quantity = name.rpartition(".")[2]
    if quantity in BY_ADDRESS and BY_ADDRESS[quantity].phase in ("curvature", "attribution"):
        elements = (*dict(net.nodes).values(), *dict(net.edges).values())
        if not any(quantity in element for element in elements):
            targets = scenario.data_of(run)[1]
            is_curvature = BY_ADDRESS[quantity].phase == "curvature"
            (net.curvatures if is_curvature else net.attribute)(targets)


def _is_done(net: Network) -> bool:
    """Whether a backward pass has been made."""
    return any("gradient" in connection for _, _, connection in net.edges(data=True))
