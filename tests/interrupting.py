"""Ends a command by a signal at many moments of its work; run as a script, in a process of its own.

Its arguments are the name of the signal, the number of moments, `cold` or `warm` (everything is
imported before), and the command. It prints as JSON how each child process ended.
"""

import importlib
import json
import os
import shutil
import signal
import sys
import tempfile
import traceback
from pathlib import Path
from typing import Any

from neurograph.__main__ import main


def work(arguments: list[str], moment: int, number: int) -> int:
    """Run the command; the signal comes at a call or a return, of which it writes down the count.

    Returns the exit status, if the process has not ended before.
    """
    count = 0

    def at(frame: object, event: str, argument: object) -> None:
        nonlocal count
        count += 1
        if count == moment:
            signal.raise_signal(number)

    sys.argv = ["neurograph", *arguments]
    sys.setprofile(at)
    try:
        main()
    except SystemExit as ending:
        sys.setprofile(None)
        Path("count").write_text(str(count))
        return int(ending.code or 0)
    except BaseException:
        traceback.print_exc()
    return 1


def outcome(arguments: list[str], moment: int, number: int) -> dict[str, Any]:
    """Run the command in a child process and a new folder; return what is left of it."""
    folder = tempfile.mkdtemp()
    child = os.fork()
    if not child:
        os.chdir(folder)
        os.environ["TMPDIR"] = tempfile.tempdir = folder
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        os.dup2(os.open("said", os.O_WRONLY | os.O_CREAT), 2)
        os._exit(work(arguments, moment, number))
    status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    contents = {path.name: path.read_text() for path in Path(folder).iterdir()}
    shutil.rmtree(folder)
    said, count = contents.pop("said"), contents.pop("count", "0")
    return {"status": status, "said": said, "files": contents, "count": int(count)}


def outcomes(name: str, n_moments: int, arguments: list[str]) -> list[dict[str, Any]]:
    """Return what is left after the whole command, and after each of its parts."""
    whole = outcome(arguments, 0, 0)
    # The first ones are before anything is done, the last ones after all is.
    moments = [whole["count"] * k // (n_moments + 1) for k in range(1, n_moments + 1)]
    return [whole, *(outcome(arguments, moment, getattr(signal, name)) for moment in moments)]


if __name__ == "__main__":
    if sys.argv[3] == "warm":
        for module in ("cli", "drawing", "exercises", "traces"):
            importlib.import_module(f"neurograph.{module}")
    print(json.dumps(outcomes(sys.argv[1], int(sys.argv[2]), sys.argv[4:])))
