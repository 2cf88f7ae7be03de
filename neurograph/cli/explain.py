"""``neurograph explain``: where a number of a scenario comes from, and what depends on it."""

import argparse
import itertools
import math
import re
import shutil
import sys
from typing import TYPE_CHECKING, Protocol

import neurograph
from neurograph.cli.arguments import add_run, add_scenario
from neurograph.cli.inspection import step_called
from neurograph.cli.output import say
from neurograph.errors import InvalidValueError
from neurograph.network import Network
from neurograph.optimizers import get_optimizer
from neurograph.quantities import BY_ADDRESS
from neurograph.scenario import Run, Scenario, load_scenario, play
from neurograph.scenario.updates import next_update, start_of

if TYPE_CHECKING:
    from neurograph.explanations.state import Update

__all__ = ["register"]

_OLD, _NEW = re.compile(r"\.(weight|bias)$"), re.compile(r"\.new_(weight|bias)$")
_WIDTH, _NARROWEST = 80, 30
_FORMATS = ("text", "markdown", "latex", "html")

_EXAMPLES = """\
examples:
  neurograph explain mazur_2015 w1.gradient
  neurograph explain mazur_2015 w5.new_weight --depth 1
  neurograph explain mazur_2015 --influence w5
  neurograph explain mazur_2015 --what-if w5.weight=0.5
  neurograph explain mazur_2015 w1.gradient --format html > w1.html"""


class _Report(Protocol):
    def text(self, *, ascii: bool = ..., width: int = ...) -> str: ...
    def markdown(self) -> str: ...
    def latex(self, *, document: bool = ...) -> str: ...
    def html(self, *, document: bool = ...) -> str: ...


def register(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the command."""
    parser = commands.add_parser(
        "explain",
        help="show where a number comes from, what depends on it, or what would change",
        description="Show where a number comes from: its equation in symbols and in numbers, and"
        " everything behind it. Unless --at says otherwise, this is the moment before any weight"
        " has changed; a new weight is that of the update which the run makes next.",
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
    parser.add_argument("--format", choices=_FORMATS, default="text", help="default: text")
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
    made_in = _update_that_made(address, scenario, run, arguments.at)
    if made_in is None:
        done, net = _played(scenario, run, arguments.at)
    else:
        # Where a changed parameter comes from is known before it changes.
        done, net = made_in - 1, _before(scenario, run, made_in)
        address = _OLD.sub(r".new_\1", address)
    _compute_aside(net, scenario, run, address or arguments.influence or "")
    report: _Report
    if arguments.influence:
        optimizer = next_update(scenario, run, done).training.optimizer
        report = neurograph.influence(net, arguments.influence, optimizer=optimizer)
    elif changes:
        report = neurograph.what_if(net, changes, digits=arguments.digits)
    else:
        from neurograph.explanations.explanation import explain_by
        from neurograph.explanations.state import Update

        update = _update(scenario, run, done, arguments) if _is_of_update(address) else Update()
        report = explain_by(
            net,
            address,
            update,
            digits=arguments.digits,
            depth=arguments.depth,
            sample=arguments.sample,
        )
    ascii = arguments.ascii or not (sys.stdout.encoding or "utf-8").lower().startswith("utf")
    text = _written(report, arguments.format, ascii).rstrip("\n")
    # A page of HTML holds the same characters in ASCII alone, by their numbers.
    say(text, errors="xmlcharrefreplace" if arguments.format == "html" else "neurograph.spelled")
    return 0


def _written(report: _Report, form: str, ascii: bool) -> str:
    if form == "markdown":
        return report.markdown()
    if form == "text":
        # Pages are made for 80 columns; a narrower terminal gets narrower lines.
        columns = shutil.get_terminal_size((_WIDTH, 24)).columns
        return report.text(ascii=ascii, width=max(min(columns, _WIDTH), _NARROWEST))
    return report.latex(document=True) if form == "latex" else report.html(document=True)


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


def _update_that_made(
    address: str | None, scenario: Scenario, run: Run, at: str | None
) -> int | None:
    """Return the number of the one update whose result is asked for, if it is.

    That is the value of a parameter after it, or what it computed for one; a new weight is that of
    the update after.
    """
    if address is None or at is None:
        return None
    if _NEW.search(address) or not (_OLD.search(address) or _is_of_update(address)):
        return None
    number = step_called(run, at)
    step = run.steps[number - 1]
    alone = step.trains and step.rounds == 1 and not next_update(scenario, run, number - 1).problem
    return number if alone else None


def _is_of_update(address: str) -> bool:
    """Whether an address names what an update computes."""
    row = BY_ADDRESS.get(address.rpartition(".")[2])
    return row is not None and row.phase == "update"


def _update(scenario: Scenario, run: Run, done: int, arguments: argparse.Namespace) -> "Update":
    """Return the update that new weights come from, as the run makes it.

    Raises
    ------
    InvalidValueError
        If it is none that can be explained: what the run does is named, and how to see it.
    """
    from neurograph.explanations.state import Update

    update = next_update(scenario, run, done)
    training = update.training
    if update.problem:
        name = arguments.address.rpartition(".")[0]
        optimizer = get_optimizer(training.optimizer).name
        raise InvalidValueError(
            f"{arguments.address!r} is not explained: step {update.number} of run {run.name!r},"
            f" with {optimizer}, {update.problem}; see what it leads to with 'neurograph inspect"
            f" {arguments.scenario} {name} --run {run.name} --at {update.number}'"
        )
    rate = update.learning_rate if arguments.learning_rate is None else arguments.learning_rate
    return Update(rate, get_optimizer(training.optimizer), training.order, run.digits, update.words)


def _before(scenario: Scenario, run: Run, number: int) -> Network:
    """Return the network with both passes made, just before a step that changes weights."""
    net = _after(scenario, run, number - 1)
    if run.steps[number - 1].do == "step" or not _is_done(net):
        _pass(net, scenario, run)
    return net


def _played(scenario: Scenario, run: Run, at: str | None) -> tuple[int, Network]:
    """Return after how many steps the network is, with both passes made with its weights."""
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
    if step.changes_weights:
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


def _pass(net: Network, scenario: Scenario, run: Run) -> None:
    inputs, targets = scenario.data_of(run)
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
