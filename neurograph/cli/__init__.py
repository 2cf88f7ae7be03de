"""The command line: ``neurograph run``, ``inspect``, ``list`` and ``new``.

Data goes to standard output, diagnostics to standard error.
"""

import argparse
import contextlib
import os
import sys
from collections.abc import Iterator, Sequence

import neurograph
from neurograph.cli import audit, documents, exercise, explain, new, plot, step
from neurograph.cli.console import add_format, add_run, add_scenario, show_in
from neurograph.cli.inspection import inspect, run_all
from neurograph.errors import InvalidValueError, NeurographError
from neurograph.escapes import printable
from neurograph.scenario import find_scenarios, load_scenario, run_scenario
from neurograph.signals import at_the_end

__all__ = ["main"]

REPRODUCED, FAILED, WRONG_USE = 0, 1, 2
# As shells count them: 128 and the number of the signal, 2 for SIGINT and 13 for SIGPIPE.
INTERRUPTED, NO_READER = 130, 141

_EXIT_STATUS = """\
exit status: 0 if everything is reproduced, 1 if a printed value or a check of gradients fails, 2
for wrong use or a wrong scenario file."""


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command.

    Parameters
    ----------
    argv : sequence of str, optional
        The arguments without the name of the program; by default those of the process.

    Returns
    -------
    int
        The exit status: 0, 1 if a printed value fails, 2 for wrong use, 130 after Ctrl-C, 141 if
        the reader of the output has gone.

    Raises
    ------
    SystemExit
        After ``--help`` and ``--version`` (0), and for arguments that argparse refuses (2).
    """
    # Closed by the caller, as in `neurograph list >&- 2>&-`.
    if sys.stdout is None:
        with open(os.devnull, "w", encoding="utf-8") as sink, contextlib.redirect_stdout(sink):
            return main(argv)
    if sys.stderr is None:
        with open(os.devnull, "w", encoding="utf-8") as sink, contextlib.redirect_stderr(sink):
            return main(argv)
    try:
        try:
            arguments = _parser().parse_args(argv)
            status: int = arguments.command(arguments)
            return status
        except NeurographError as error:
            return _complain(str(error))
        finally:
            # An error of writing belongs here, not into the interpreter's own last flush.
            sys.stdout.flush()
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:
        _drop_output()
        return NO_READER
    except OSError as error:
        _drop_output()
        where = "cannot write the output" if error.filename is None else error.filename
        return _complain(f"{where}: {error.strerror or error}")


@contextlib.contextmanager
def _busy() -> Iterator[None]:
    """Tell someone who waits at a terminal that something is being computed."""
    if not sys.stderr.isatty():
        yield
        return
    from rich.console import Console  # imported only when it is used

    status = Console(stderr=True).status("computing", spinner="line")
    # The cursor is hidden meanwhile.
    with at_the_end(status.stop), status:
        yield


def _complain(message: str) -> int:
    # Names from a file may hold what a terminal would take for a command.
    with contextlib.suppress(OSError):  # nobody reads complaints; the status still says it
        print(f"neurograph: {printable(message)}", file=sys.stderr)
    return WRONG_USE


def _drop_output() -> None:
    """Send what is still buffered nowhere, or Python fails again when it flushes at the end."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, sys.stdout.fileno())
    os.close(nowhere)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="neurograph",
        description="Neural networks whose neurons and connections carry their own numbers:"
        " worked examples, recomputed value by value.",
        epilog=_EXIT_STATUS,
    )
    parser.add_argument("--version", action="version", version=f"%(prog)s {neurograph.__version__}")
    parser.set_defaults(command=lambda _: _no_command(parser))
    commands = parser.add_subparsers(title="commands", metavar="COMMAND")

    run = commands.add_parser(
        "run",
        help="recompute every value that a source prints",
        description="Recompute every value that a source prints, and say which are reproduced.",
        epilog=_EXIT_STATUS,
    )
    what = run.add_mutually_exclusive_group(required=True)
    add_scenario(what, nargs="?")
    what.add_argument(
        "--all",
        action="store_true",
        help="all that come with neurograph: one table",
    )
    run.add_argument("--run", metavar="RUN", help="only this run: its name or number")
    add_format(run, data=True)
    run.set_defaults(command=_run)

    look = commands.add_parser(
        "inspect",
        help="show all that one neuron or connection carries",
        description="Show all numbers that one neuron or connection carries, and the messages on"
        " the connections it is joined to. Unless --at says otherwise, this is the moment before"
        " any weight has changed, after the backward pass if the run has one.",
    )
    add_scenario(look)
    look.add_argument(
        "element", metavar="ELEMENT", help="a neuron (h1), a connection (w5 or 'h1->o1') or a tie"
    )
    add_run(look)
    look.add_argument(
        "--at", metavar="STEP", help="number or name of the step to stop after, as 'run' shows them"
    )
    add_format(look, data=True)
    look.set_defaults(command=_inspect)

    listing = commands.add_parser(
        "list",
        help="list the scenarios that come with neurograph",
        description="List the scenarios that come with neurograph.",
    )
    add_format(listing, data=True)
    listing.set_defaults(command=_list)

    for command in (audit, step, explain, plot, exercise, new):
        command.register(commands)
    return parser


def _no_command(parser: argparse.ArgumentParser) -> int:
    # Nothing was asked for, so nothing succeeded; the help still says what can be asked.
    parser.print_help(sys.stderr)
    return WRONG_USE


def _run(arguments: argparse.Namespace) -> int:
    if arguments.all:
        return _run_all(arguments)
    scenario = load_scenario(arguments.scenario)
    with _busy():
        result = run_scenario(scenario, run=arguments.run)
    if arguments.json:
        documents.write(documents.of_result(result))
    else:
        from neurograph.scenario.report import VerdictReport  # imported only when it is used

        show_in(arguments.format, VerdictReport(result))
    return REPRODUCED if result.passed else FAILED


def _run_all(arguments: argparse.Namespace) -> int:
    if arguments.run is not None:
        raise InvalidValueError("--run is for one scenario; --all runs everything")
    with _busy():
        outcomes = list(run_all())
    if arguments.json:
        documents.write(documents.of_outcomes(outcomes))
    else:
        from neurograph.cli.reports import Overview

        show_in(arguments.format, Overview(outcomes))
    return REPRODUCED if all(outcome.passed for outcome in outcomes) else FAILED


def _inspect(arguments: argparse.Namespace) -> int:
    scenario = load_scenario(arguments.scenario)
    with _busy():
        inspection = inspect(scenario, arguments.element, run=arguments.run, at=arguments.at)
    if arguments.json:
        documents.write(documents.of_inspection(inspection))
    else:
        from neurograph.cli.reports import InspectionReport

        show_in(arguments.format, InspectionReport(inspection))
    return REPRODUCED


def _list(arguments: argparse.Namespace) -> int:
    scenarios = [load_scenario(path) for path in find_scenarios().values()]
    if arguments.json:
        documents.write(documents.of_scenarios(scenarios))
    else:
        from neurograph.cli.reports import ScenarioList

        show_in(arguments.format, ScenarioList(scenarios))
    return REPRODUCED
