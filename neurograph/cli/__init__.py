"""The command line: ``neurograph run``, ``inspect``, ``list`` and the other commands.

Data goes to standard output, diagnostics to standard error. What computes is imported when a
command is performed, so that asking what there is takes no time.
"""

import argparse
import contextlib
import os
import sys
from collections.abc import Sequence
from importlib import import_module

from neurograph.cli.arguments import Parser, parser
from neurograph.collector import all_staying
from neurograph.errors import NeurographError

__all__ = ["main", "perform"]

WRONG_USE = 2
# As shells count them: 128 and the number of the signal, 2 for SIGINT and 13 for SIGPIPE.
INTERRUPTED, NO_READER = 130, 141


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
            whole = parser()
            with all_staying():  # names are looked up in modules
                arguments = whole.parse_args(argv)
            return _answered(whole, arguments)
        except NeurographError as error:
            mistakes = getattr(error, "mistakes", ())
            hints = [_KEYS] if any("missing key" in text for text in mistakes) else []
            return _complain(*mistakes or (str(error),), *hints)
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


#: Where somebody finds what a file may say who has left out what it has to say.
_KEYS = "'neurograph guide format' shows every key of a file, with examples"


def _answered(whole: Parser, arguments: argparse.Namespace) -> int:
    """Answer what is asked of the parser itself, or perform a command."""
    if arguments.print_completion or arguments.print_manual:
        from neurograph.cli.manual import completion, manual_page  # rarely asked for

        shell = arguments.print_completion
        print(completion(whole, shell) if shell else manual_page(whole), end="")
        return 0
    if arguments.command is None:
        # Nothing was asked for, so nothing succeeded; the help still says what can be asked.
        whole.print_help(sys.stderr)
        return WRONG_USE
    return perform(arguments)


def perform(arguments: argparse.Namespace) -> int:
    """Perform a command whose arguments have been read, and return its exit status.

    Its name is that of a module of this folder, and of a function in it.
    """
    name, _, function = arguments.command.partition(":")
    with all_staying():
        module = import_module(f"neurograph.cli.{name}")
    status: int = getattr(module, function)(arguments)
    return status


def _complain(*messages: str) -> int:
    from neurograph.escapes import printable  # not before something is wrong

    # Names from a file may hold what a terminal would take for a command.
    with contextlib.suppress(OSError):  # nobody reads complaints; the status still says it
        for message in messages:
            print(f"neurograph: {printable(message)}", file=sys.stderr)
    return WRONG_USE


def _drop_output() -> None:
    """Send what is still buffered nowhere, or Python fails again when it flushes at the end."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, sys.stdout.fileno())
    os.close(nowhere)
