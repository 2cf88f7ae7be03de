"""The arguments of the command line: read without what computes, and what is made of them."""

import io
import json
import re
import shutil
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import pytest
from scenario_files import SMALL

import neurograph as ng
from neurograph import words
from neurograph.cli import main, outcomes
from neurograph.cli.arguments import COMMANDS, OneOf, parser
from neurograph.cli.manual import completion, manual_page
from neurograph.cli.plot import WHATS
from neurograph.documents.readable import WRITERS
from neurograph.drawing import THEMES
from neurograph.scenario import find_scenarios
from neurograph.scenario.schema import read_scenario


def commands() -> dict[str, object]:
    """Return the parser of each command."""
    (action,) = (a for a in parser()._actions if a.dest == "==SUPPRESS==" and a.choices)
    return dict(action.choices)


NAMES = list(commands())


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The working folder, with a scenario in it."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "small.toml").write_text(SMALL, encoding="utf-8")
    return tmp_path


def refused(capsys: pytest.CaptureFixture[str], *arguments: str) -> list[str]:
    """Return the lines of what the parser says to wrong arguments."""
    with pytest.raises(SystemExit, match="2"):
        main(list(arguments))
    output, diagnostics = capsys.readouterr()
    assert output == ""
    return diagnostics.splitlines()


# -- without what computes -------------------------------------------------------------------------


def test_asking_what_there_is_imports_nothing_that_takes_long() -> None:
    """Help of everything, the version, the manual page and a mistake need no NumPy or NetworkX."""
    asked = [["--help"], ["--version"], ["--print-manual"], ["run", "--jsno"], ["nosuch"]]
    asked += [[name, "--help"] for name in NAMES]
    code = f"""
import contextlib, io, sys
from neurograph.cli import main
for arguments in {asked}:
    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
        with contextlib.suppress(SystemExit):
            main(arguments)
    heavy = {{"networkx", "numpy", "matplotlib", "rich"}} & set(sys.modules)
    assert not heavy, (arguments, heavy)
print("light")
"""
    done = subprocess.run([sys.executable, "-Sc", f"import sys; sys.path[:0] = {sys.path}\n{code}"],
                          capture_output=True, text=True)  # fmt: skip
    assert (done.stdout, done.stderr) == ("light\n", "")


@pytest.mark.parametrize("name", NAMES)
def test_each_command_names_a_function_that_is_there(name: str) -> None:
    """What performs it is looked up by a name, which nothing else checks."""
    module, _, function = commands()[name].get_default("command").partition(":")
    assert callable(getattr(import_module(f"neurograph.cli.{module}"), function))
    assert len(NAMES) == len(COMMANDS)


@pytest.mark.parametrize("name", NAMES)
def test_each_command_prints_data_for_programs(name: str) -> None:
    """--json is everywhere, and where there are formats it is the same as --format json."""
    actions = {o: a for a in commands()[name]._actions for o in a.option_strings}
    assert (actions["--json"].dest, actions["--json"].const) == ("format", "json")
    if "--format" in actions:
        assert isinstance(actions["--format"].type, OneOf)


@pytest.mark.parametrize(
    ("name", "option", "table"),
    [
        ("run", "--format", WRITERS),
        ("step", "--format", WRITERS),
        ("plot", "--what", WHATS),
        ("plot", "--theme", THEMES),
        ("plot", "--language", words.LANGUAGES),
        ("exercise", "--output", [row.suffix for row in WRITERS.values()]),
        ("mark", "--output", [".csv", *(row.suffix for row in WRITERS.values())]),
    ],
)
def test_help_names_all_that_a_table_holds(name: str, option: str, table: list[str]) -> None:
    """What is looked up only when it is needed stands in the help as words."""
    (action,) = (a for a in commands()[name]._actions if option in a.option_strings)
    assert set(table) <= set(re.findall(r"\.?\w+", action.help))
    if isinstance(action.type, OneOf):
        assert list(action.type.names()) == list(table)


@pytest.mark.parametrize("name", NAMES)
def test_help_fits_80_columns(
    name: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Examples and keys too, each on a line of its own."""
    monkeypatch.setenv("COLUMNS", "80")
    with pytest.raises(SystemExit, match="0"):
        main([name, "--help"])
    assert max(map(len, capsys.readouterr().out.splitlines())) <= 80


# -- wrong use -------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", NAMES)
def test_a_wrong_option_shows_the_usage_of_its_command(
    name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """The nearest option is named, and nothing else is said to be missing first."""
    usage, *_, complaint = refused(capsys, name, "--jsno")
    assert usage.startswith(f"usage: neurograph {name} ")
    assert complaint == (
        f"neurograph {name}: error: unrecognized arguments: --jsno; did you mean '--json'?"
    )


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["rnu"], "invalid choice: 'rnu'; did you mean 'run'?"),
        (["--versoin"], "unrecognized arguments: --versoin; did you mean '--version'?"),
        (["run", "a", "b"], "unrecognized arguments: b"),
        (["run", "a", "--format", "htm"], "no format 'htm'; did you mean 'html'?"),
        (["run", "a", "--format", "\x1b[31m"], r"no format '\x1b[31m'"),
        (["run", "a", "--json", "--format", "html"], "not allowed with argument --json"),
        (["explain", "a", "h1.net", "--learning-rate", "inf"], "a finite number, got 'inf'"),
        (["explain", "a", "h1.net", "--digits", "2.5"], "a whole number, got '2.5'"),
        (["--print-completion", "fish"], "invalid choice: 'fish'"),
    ],
)
def test_the_last_line_says_what_is_wrong(
    arguments: list[str], words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Below the usage stands one line."""
    assert words in refused(capsys, *arguments)[-1]


# -- the manual page and completion ----------------------------------------------------------------


def test_the_manual_page_has_every_command_and_option(capsys: pytest.CaptureFixture[str]) -> None:
    """It is made of the parser, and its dashes are such that they can be copied."""
    assert main(["--print-manual"]) == 0
    page = capsys.readouterr().out
    assert page == manual_page(parser())
    assert page.startswith('.TH NEUROGRAPH 1 "" "neurograph ')
    for name, of in commands().items():
        assert f"\n.SS neurograph {name}\n" in page
        for option in (option for a in of._actions for option in a.option_strings):
            assert option.replace("-", r"\-") in page


@pytest.mark.skipif(shutil.which("groff") is None, reason="groff is not installed")
def test_groff_sets_the_manual_page() -> None:
    """It has nothing to complain about, and shows the examples as they stand."""
    done = subprocess.run(
        ["groff", "-man", "-Tutf8", "-ww"],
        input=manual_page(parser()), capture_output=True, encoding="utf-8",
    )  # fmt: skip
    assert done.stderr == ""
    shown = re.sub(r"\x1b\[\d*m", "", done.stdout)
    assert "neurograph explain mazur_2015 --what-if w5.weight=0.5\n" in shown


@pytest.mark.skipif(shutil.which("bash") is None, reason="bash is not installed")
@pytest.mark.parametrize(
    ("typed", "offered"),
    [
        (["ex"], ["explain", "exercise"]),
        (["explain", "--inf"], ["--influence"]),
        (["run", "mazur"], ["mazur_2015_step_by_step"]),
        (["run", "small"], ["small.toml"]),
        (["plot", "--theme", "da"], ["dark"]),
        (["plot", "--what", "h"], ["history", "histogram"]),
    ],
)
def test_bash_completes(folder: Path, typed: list[str], offered: list[str]) -> None:
    """Commands, options, their values, and scenarios with files of one's own."""
    pytest.importorskip("shtab")
    script = completion(parser(), "bash") + (
        f"COMP_WORDS=(neurograph {' '.join(typed)}); COMP_CWORD={len(typed)}\n"
        'COMPREPLY=(); _shtab_neurograph; printf "%s\\n" "${COMPREPLY[@]}"\n'
    )
    done = subprocess.run(["bash", "-c", script], capture_output=True, text=True, cwd=folder)
    assert sorted(done.stdout.split()) == sorted(offered)


@pytest.mark.parametrize("shell", ["tcsh", "zsh"])
def test_other_shells_know_the_commands(shell: str, capsys: pytest.CaptureFixture[str]) -> None:
    """What is printed has every command, and zsh can read it where it is installed."""
    pytest.importorskip("shtab")
    assert main(["--print-completion", shell]) == 0
    script = capsys.readouterr().out
    assert all(name in script for name in NAMES)
    if shutil.which(shell) and shell == "zsh":
        assert subprocess.run([shell, "-n"], input=script, text=True).returncode == 0


def test_completion_says_what_it_needs(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Without its package it is one line that says what to install."""
    monkeypatch.setitem(sys.modules, "shtab", None)
    assert main(["--print-completion", "bash"]) == 2
    assert capsys.readouterr().err.endswith("needs the package shtab: pip install shtab\n")


# -- the standard input ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["run"], "standard_input: 2 reproduced"),
        (["audit"], "standard_input: 2 reproduced"),
        (["explain", "o1.net"], "o1.net = 2"),
        (["explain", "--influence", "o1"], "What changes when o1.bias changes?"),
        (["inspect", "o1"], "Neuron o1"),
        (["step", "--format", "text"], "o1.net"),
        (["plot", "--what", "network"], "standard_input_network.svg: "),
    ],
)
def test_a_scenario_from_the_standard_input(
    folder: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    arguments: list[str],
    words: str,
) -> None:
    """Every command that takes a scenario takes - for it; its data stand beside the folder."""
    name, *rest = arguments
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(SMALL.encode())))
    assert main([name, "-", *rest]) == 0
    assert words in capsys.readouterr().out


def test_a_saved_network_from_the_standard_input(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, folder: Path
) -> None:
    """It is told from a scenario file by how it begins."""
    net = ng.Network.layered(1, 1, weights=0.5, activation="identity")
    net.forward([2.0])
    net.backward([0.0])
    net.save("net.json")
    text = Path("net.json").read_bytes()
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(text)))
    assert main(["explain", "-", "o1.net", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["value"] == 1.0


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "standard_input: 6 mistakes"),
        (b"title =", "standard_input: is not TOML: invalid value"),
        (b"\xff", "standard_input: is not UTF-8 text (byte 0 is 0xff)"),
        (b"{", "standard_input: is not TOML"),
        (b'{"neurograph": 99}', "standard_input: has version 99 of the format"),
    ],
)
def test_a_standard_input_that_is_no_scenario(content: bytes, words: str) -> None:
    """It is called by what it is in every complaint."""
    with pytest.raises(ng.ScenarioError, match=re.escape(words)):
        read_scenario(content, "standard_input")


def test_a_standard_input_that_holds_too_much_or_is_not_there(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Both are one line; stepping has no commands left to read from it."""
    with pytest.raises(ng.ScenarioError, match="standard_input: is larger than 1 MiB"):
        read_scenario(b"#" * (2**20 + 1), "standard_input")
    monkeypatch.setattr("neurograph.scenario.schema.MOST_TEXT", 2**21)
    with pytest.raises(ng.ScenarioError, match="standard_input: is larger than 2 MiB"):
        read_scenario(b'{"neurograph": 1, ' + b" " * 2**21, "standard_input")
    monkeypatch.setattr(sys, "stdin", None)
    assert main(["run", "-"]) == 2
    assert "there is no standard input to read a scenario from" in capsys.readouterr().err
    assert main(["step", "-"]) == 2
    assert "say --format, --json or --output" in capsys.readouterr().err


# -- data for programs -----------------------------------------------------------------------------


def data(capsys: pytest.CaptureFixture[str], *arguments: str) -> object:
    """Return what a command prints for programs."""
    assert main([*arguments, "--json"]) == 0
    return json.loads(capsys.readouterr().out, parse_constant=pytest.fail)


def test_json_and_format_json_are_one(capsys: pytest.CaptureFixture[str]) -> None:
    """There is one form of data on the command line."""
    short = data(capsys, "explain", "mazur_2015", "h1.net")
    assert main(["explain", "mazur_2015", "h1.net", "--format", "json"]) == 0
    assert json.loads(capsys.readouterr().out) == short


def test_data_of_an_explanation(capsys: pytest.CaptureFixture[str]) -> None:
    """net_h1 = 0.15 * 0.05 + 0.2 * 0.1 + 0.35, with the parts it is made of."""
    document = data(capsys, "explain", "mazur_2015", "h1.net")
    assert set(document) == {"address", "value", "sample", "steps", "paths"}
    assert document["value"] == pytest.approx(0.15 * 0.05 + 0.2 * 0.1 + 0.35, rel=1e-15)
    assert document["steps"][0]["numeric"] == "0.15*0.05 + 0.2*0.1 + 0.35"
    assert set(document["steps"][0]) == {
        "address", "sample", "value", "meaning", "symbolic", "numeric", "parts", "repeated",
        "folded", "notes",
    }  # fmt: skip


def test_data_of_a_gradient_has_its_paths(capsys: pytest.CaptureFixture[str]) -> None:
    """What the paths of a gradient contribute adds up to it."""
    document = data(capsys, "explain", "mazur_2015", "w1.gradient")
    paths = document["paths"]
    assert [path["neurons"] for path in paths] in (
        [["i1", "h1", "o1"], ["i1", "h1", "o2"]], [["i1", "h1", "o2"], ["i1", "h1", "o1"]]
    )  # fmt: skip
    assert sum(path["contribution"] for path in paths) == pytest.approx(document["value"])


def test_data_of_an_influence_and_of_a_change(capsys: pytest.CaptureFixture[str]) -> None:
    """Addresses in order; what was asked for beside what follows from it."""
    document = data(capsys, "explain", "mazur_2015", "--influence", "w5")
    assert document["forward"] == ["w5.message", "o1.net", "o1.out", "o1.loss", "loss"]
    assert document["paths"] == [["h1", "o1"]]
    document = data(
        capsys, "explain", "mazur_2015", "--what-if", "w5.weight=0.5", "--what-if", "order=in_place"
    )
    assert document["asked"] == {"w5.weight": 0.5, "order": "in_place"}
    first = document["changes"][0]
    assert (first["address"], first["before"], first["after"]) == ("w5.weight", 0.4, 0.5)


PAGE = (Path(__file__).parent.parent / "scenarios" / "README.md").read_text(encoding="utf-8")
ROWS = re.findall(r"^\| `neurograph ([^`]+)` \| (a list: )?([^|]+) \|$", PAGE, re.MULTILINE)


@pytest.mark.parametrize(("words", "listed", "keys"), ROWS, ids=[row[0] for row in ROWS])
def test_the_page_names_the_keys_of_data(
    words: str,
    listed: str,
    keys: str,
    folder: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Each command prints these keys and no others, in this order."""
    data(capsys, "exercise", "mazur_2015", "-o", "week.md")
    form = folder / "week.answers.toml"
    form.write_text(form.read_text("utf-8").replace('student = ""', 'student = "Ada"'), "utf-8")
    document = data(capsys, *words.replace("FILE", "small.toml").split())
    assert isinstance(document, list) == bool(listed)
    first = document[0] if listed else document
    assert list(first) == re.findall(r"`(\w+)`", keys)


def test_every_command_is_on_the_page() -> None:
    """Its data have a row; the figures of all lessons, which take long, have one elsewhere."""
    assert {row[0].split()[0] for row in ROWS} == {*NAMES} - {"figures"}


def test_data_of_files_that_are_written(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Each command that writes files says which."""
    assert data(capsys, "new", "mine") == {"file": "mine.toml"}
    (picture,) = data(capsys, "plot", "small.toml", "--what", "network")
    assert (picture["file"], picture["what"]) == ("small_network.svg", "network")
    assert picture["text"].startswith("A feed-forward network of 2 neurons")
    made = data(capsys, "exercise", "mazur_2015", "-o", "week.md")
    assert made["blanks"] == made["values"] > 27
    assert all(Path(entry["file"]).is_file() for entry in made["files"])
    assert data(capsys, "step", "small.toml", "-o", "round.jsonl")["file"] == "round.jsonl"
    assert data(capsys, "lesson", "mazur_2015") == {"file": "mazur_2015_step_by_step.ipynb"}
    assert {entry["scenario"] for entry in data(capsys, "lesson")} <= set(find_scenarios())


# -- all scenarios, one after the other ------------------------------------------------------------


@pytest.mark.parametrize("columns", [40, 80, 200])
def test_rows_of_all_scenarios_come_one_by_one(
    columns: int, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A row is printed before the next scenario runs; together they are the table of them all."""
    done = [
        outcomes.Outcome(name=name, seconds=0.25, result=ng.run_scenario(ng.load_scenario(name)))
        for name in list(find_scenarios())[:3]
    ]
    shown = []

    def one_by_one(begin: object) -> object:
        for outcome in done:
            yield outcome
            shown.append(capsys.readouterr().out)

    monkeypatch.setenv("COLUMNS", str(columns))
    monkeypatch.setattr(outcomes, "run_all", one_by_one)
    assert main(["run", "--all"]) == 0
    assert all(shown)
    text = "".join(shown) + capsys.readouterr().out
    assert text.rstrip("\n") == outcomes.Overview(done).text(width=columns).rstrip("\n")
    # One name is as wide as 46 columns, and is not broken where it has a line of its own.
    assert max(map(len, text.splitlines())) <= max(columns, 48)
