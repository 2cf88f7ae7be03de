"""What type checkers know of a network in a user's script."""

import importlib.util
import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parent.parent
SCRIPT = Path(__file__).parent / "data" / "user_script.txt"


def by_mypy(folder: Path) -> set[int]:
    """Return the lines of the script that mypy refuses."""
    options = ["--strict", "--follow-imports=silent", "--ignore-missing-imports", "--config-file="]
    done = checked("mypy", *options, "user_script.py", cwd=folder, env={"MYPYPATH": str(ROOT)})
    return {int(line) for line in re.findall(r"user_script\.py:(\d+): error", done.stdout)}


def by_pyright(folder: Path) -> set[int]:
    """Return the lines of the script that Pyright refuses."""
    settings = {
        "include": ["user_script.py"],
        "extraPaths": [str(ROOT)],
        "typeCheckingMode": "standard",
    }
    (folder / "pyrightconfig.json").write_text(json.dumps(settings), encoding="utf-8")
    options = ["--project", folder, "--pythonpath", sys.executable, "--outputjson"]
    done = checked("basedpyright", *options, cwd=folder)
    messages = json.loads(done.stdout)["generalDiagnostics"]
    errors = [message for message in messages if message["severity"] == "error"]
    return {error["range"]["start"]["line"] + 1 for error in errors}


def checked(tool: str, *arguments: Any, cwd: Path, env: dict[str, str] | None = None) -> Any:
    """Run a type checker, or skip where it is not installed."""
    if importlib.util.find_spec(tool) is None:
        pytest.skip(f"{tool} is not installed: it comes with the extra [lint]")
    return subprocess.run(
        [sys.executable, "-m", tool, *map(str, arguments)],
        cwd=cwd, env=os.environ | (env or {}), capture_output=True, text=True, encoding="utf-8",
    )  # fmt: skip


@pytest.mark.parametrize("checker", [by_mypy, by_pyright])
def test_type_checkers_know_what_neurons_and_connections_hold(checker: Any, tmp_path: Path) -> None:
    """They know values as floats or arrays, and refuse misspelt attributes and wrong values."""
    text = SCRIPT.read_text(encoding="utf-8")
    (tmp_path / "user_script.py").write_text(text, encoding="utf-8")
    lines = text.splitlines()
    wrong = {number for number, line in enumerate(lines, 1) if line.endswith("# refused")}
    assert len(wrong) == 10
    assert checker(tmp_path) == wrong
