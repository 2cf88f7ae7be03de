"""Run the command line: ``neurograph``, or ``python -m neurograph``."""

import sys

from neurograph.collector import leave_to_the_system
from neurograph.signals import end_at_signals, ignore_signals

__all__ = ["main"]


def main() -> None:
    """Run one command and end the process with its exit status.

    Raises
    ------
    SystemExit
        With the status that `neurograph.cli.main` returns.
    """
    # Before anything is imported that takes long.
    end_at_signals()
    from neurograph.cli import main as run_command

    try:
        status = run_command()
    finally:
        ignore_signals()
        leave_to_the_system()
    sys.exit(status)


if __name__ == "__main__":
    main()
