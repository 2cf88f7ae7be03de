"""Scenario files: finding and reading them, and what is wrong with those that are none."""

import os
import re
from pathlib import Path

import pytest
from scenario_files import SMALL, changed, load

from neurograph.errors import ScenarioError, UnknownNameError
from neurograph.scenario import find_scenarios, library, load_scenario, run_scenario

# -- finding -------------------------------------------------------------------------------------


@pytest.fixture
def own_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder that stands for the one installed with the package."""
    monkeypatch.setattr(library, "_folder", lambda: tmp_path)
    for stem in ("ada_1843_numbers", "bo_2001_x", "bo_2001_y", "bo_2001"):
        (tmp_path / f"{stem}.toml").write_text(SMALL, encoding="utf-8")
    return tmp_path


def test_find_scenarios_lists_names_in_order(own_folder: Path) -> None:
    """Names are the stems of the files, sorted."""
    assert list(find_scenarios()) == ["ada_1843_numbers", "bo_2001", "bo_2001_x", "bo_2001_y"]


@pytest.mark.parametrize(
    ("text", "stem"),
    [
        ("ada_1843_numbers", "ada_1843_numbers"),
        ("ada_1843", "ada_1843_numbers"),
        ("ada", "ada_1843_numbers"),
        ("bo_2001", "bo_2001"),
    ],
)
def test_name_or_its_beginning_finds_a_scenario(own_folder: Path, text: str, stem: str) -> None:
    """A name means itself first, and else the one name it begins, up to an underscore."""
    assert load_scenario(text).name == stem


def test_path_finds_a_file(own_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Paths as text or objects are read, and so is a file of the working folder."""
    path = own_folder / "own_folder" / "mine"
    path.parent.mkdir()
    path.write_text(SMALL, encoding="utf-8")
    assert load_scenario(path).file == load_scenario(str(path)).file == path
    monkeypatch.chdir(path.parent)
    assert load_scenario("mine").file == Path("mine")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("bo", "'bo' is the beginning of 3 scenarios: bo_2001, bo_2001_x, bo_2001_y; write more"),
        ("ad", "no scenario 'ad'; did you mean 'ada'?"),
        ("ada_1834", "no scenario 'ada_1834'; did you mean 'ada_1843'?"),
        ("zzz", "no scenario 'zzz'; the scenarios are ada_1843_numbers, bo_2001, "),
        ("", "no scenario ''; the scenarios are ada"),
        ("zzz", r"and the path of a file of your own has a slash or ends in .toml"),
    ],
)
def test_unknown_name_says_what_is_near(own_folder: Path, text: str, message: str) -> None:
    """A name that finds nothing, or too much, gets the names there are."""
    with pytest.raises(UnknownNameError, match=re.escape(message)):
        load_scenario(text)


def test_name_of_a_file_without_its_ending(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever leaves out .toml means the file, unless there is one of the name as it stands."""
    (tmp_path / "mine.toml").write_text(SMALL, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    assert load_scenario("mine").name == "mine"
    assert load_scenario(Path("mine")).file == Path("mine.toml")
    Path("mine").mkdir()
    with pytest.raises(ScenarioError, match="mine: is a directory; expected a scenario file"):
        load_scenario("mine")


# -- files that are none -------------------------------------------------------------------------


def _refused(path: Path, message: str) -> None:
    with pytest.raises(ScenarioError, match=re.escape(f"{path}: {message}")):
        load_scenario(path)


def test_missing_file(tmp_path: Path) -> None:
    """A missing file is named, with the scenario that was perhaps meant."""
    _refused(tmp_path / "x.toml", "no such file")
    _refused(
        tmp_path / "mazur_2015_step_by_stop.toml",
        "no such file; did you mean 'mazur_2015_step_by_step'?",
    )


def test_directory(tmp_path: Path) -> None:
    """A directory is no scenario."""
    _refused(tmp_path, "is a directory; expected a scenario file (.toml)")


def test_file_below_a_file(tmp_path: Path) -> None:
    """A path through a file gets the reason of the operating system."""
    (tmp_path / "x").touch()
    _refused(tmp_path / "x" / "y.toml", "cannot be read: Not a directory")


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="the system has no named pipes")
def test_pipe(tmp_path: Path) -> None:
    """A pipe, which might never end, is not opened."""
    os.mkfifo(tmp_path / "pipe")
    _refused(tmp_path / "pipe", "is not a regular file")


def test_impossible_path(tmp_path: Path) -> None:
    """A path the system cannot have is an error like any other."""
    _refused(tmp_path / ("x" * 5000), "cannot be read: File name too long")
    # Python words this error differently from version to version; ours stays.
    _refused(tmp_path / "a\0b", "cannot be read: it is no path")


def test_large_file_is_refused_by_its_size(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file of 100 MB is refused before any of it is read."""
    path = tmp_path / "large.toml"
    with path.open("wb") as file:
        file.truncate(100_000_000)
    monkeypatch.setattr(Path, "read_bytes", lambda self: pytest.fail("it was read"))
    _refused(path, "is 95.4 MiB large; a scenario file (.toml) holds at most 1 MiB")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"\x89PNG\r\n", "is not UTF-8 text (byte 0 is 0x89); expected a scenario file (.toml)"),
        (b"title = \0", "is binary data; expected a scenario file (.toml)"),
        (b"title = \n", "is not TOML: invalid value (at line 1, column 9)"),
        (b"title = 'a'\ntitle = 'b'\n", "is not TOML: cannot overwrite a value (at line 2"),
        (b"x = " + b"[" * 5000, "is not usable TOML: lists nested too deeply"),
        (b"x = " + b"[" * 400 + b"]" * 400, "unknown key 'x'"),
        (b"\nyear = " + b"9" * 5000, "line 2: a number of thousands of digits"),
        (b"", "6 mistakes:\n  missing key 'title'\n  missing key 'author'"),
    ],
)
def test_content_that_is_no_scenario(tmp_path: Path, content: bytes, message: str) -> None:
    """Binary data and broken TOML get one error, with the place where there is one."""
    path = tmp_path / "x.toml"
    path.write_bytes(content)
    _refused(path, message)


def test_unreadable_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file without permission gets the reason of the operating system."""
    path = tmp_path / "x.toml"
    path.touch()

    def refuse(self: Path) -> bytes:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "read_bytes", refuse)
    _refused(path, "cannot be read: Permission denied")


# -- what a file may say -------------------------------------------------------------------------


def test_small_scenario_runs(tmp_path: Path) -> None:
    """A file with nothing but what is needed is a scenario; its symbols are the addresses."""
    result = run_scenario(load(tmp_path, SMALL))
    assert [(each.symbol, each.place, each.verdict) for each in result.verdicts] == [
        ("o1.out", None, "reproduced"),
        ("loss", None, "reproduced"),
    ]


def test_byte_order_mark_and_windows_line_ends(tmp_path: Path) -> None:
    """A file saved by an editor on Windows reads as any other."""
    path = tmp_path / "small.toml"
    path.write_bytes(b"\xef\xbb\xbf" + SMALL.replace("\n", "\r\n").encode())
    assert load_scenario(path).title == "Small"


PRINTED = 'runs[0].steps[0].printed."o1.out"'


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        # keys
        ("title = ", "titel = ", "unknown key 'titel'; did you mean 'title'?"),
        ("[data]", "[data]\nzzz = 1", "data: unknown key 'zzz'; the keys here are inputs, targets"),
        ('author = "A. Uthor"', "", "missing key 'author'"),
        ('name = "i1"', "", "network.neurons[0]: missing key 'name'"),
        ('"2.0"', '{ vale = "2.0" }', f"{PRINTED}: unknown key 'vale'; did you mean 'value'?"),
        # types
        ("year = 2001", 'year = "2001"', "year: expected a whole number, got the text '2001'"),
        ("year = 2001", "year = true", "year: expected a whole number, got the truth value true"),
        (
            "year = 2001",
            "year = 0",
            "year: expected a whole number from 1 to 9,999, got the number 0",
        ),
        ('"a notebook"', "2001-01-01", "source: expected text, got the date or time 2001-01-01"),
        ('"a notebook"', '" "', "source: expected text, got an empty text"),
        ('"a notebook"', r'"\u001b[31m"', "source: holds the unprintable character U+001B"),
        (
            "weight = 0.5",
            'weight = "a"',
            "network.connections[0].weight: expected a number, got the",
        ),
        ("weight = 0.5", 'weight = "0.5"', "got the text '0.5'; write it without quotes"),
        ("weight = 0.5", "weight = inf", "weight: expected a finite number, got the number inf"),
        (
            "weight = 0.5",
            f"weight = 0x{'f' * 300}",
            "expected a finite number, got the number 1721",
        ),
        ("weight = 0.5", f"weight = 0x{'f' * 4000}", "got the number (thousands of digits)"),
        (
            "bias = 1.0",
            "trainable = 1",
            "neurons[1].trainable: expected true or false, got the number",
        ),
        (
            "[2.0]",
            "2.0",
            "data.inputs: expected a list, or a table by neuron, got the number 2.0; one number is"
            " a list too, such as [1]",
        ),
        (
            "[2.0]",
            "[2.0, 1.0]",
            "data.inputs: expected a number (i1), got 2; for 2 samples write a list for each,"
            " [[...], [...]]",
        ),
        (
            '"o1.out" =',
            '"o1.gradient" =',
            "'o1' is a neuron, which has no gradient; did you mean 'o1.bias_gradient'?",
        ),
        ('"o1.out" =', '"o1.share" =', "'o1' is a neuron, which has no share"),
        (
            '"o1.out" =',
            '"w1.out" =',
            "'w1' is a connection, which has no out; it has weight, message, ",
        ),
        ('"2.0"', '"1e999"', f"{PRINTED}: '1e999' is larger than any number computed here"),
        ("[2.0]", "[[2.0], 2.0]", "data.inputs[1]: expected a list, got the number 2.0"),
        ("[2.0]", "[]", "data.inputs: expected a list with at least one item, got an empty one"),
        ("[2.0]", '["a"]', "data.inputs[0]: expected a number, got the text 'a'"),
        (
            '[runs.steps.printed]\n"o1.out" = "2.0"',
            "printed = 2.0",
            "runs[0].steps[0].printed: expected a table, got the number 2.0",
        ),
        ("[network]", "network = 1\n[data.x]", "network: expected a table, got the number 1"),
        ('{ name = "i1" }', '"i1"', "network.neurons[0]: expected a table, got the text 'i1'"),
        # choices
        (
            '"forward"',
            '"foward"',
            "runs[0].steps[0].do: unknown choice 'foward'; did you mean 'forward'?",
        ),
        ('"forward"', '"zzz"', "unknown choice 'zzz'; expected one of given, forward, loss, "),
        (
            '"forward"',
            "1",
            "do: expected one of given, forward, loss, backward, update, step, train, set, check, ",
        ),
        (
            '"simultaneous"',
            '"online"',
            "runs[0].order: unknown choice 'online'; expected one of simul",
        ),
        (
            'name = "one"',
            'name = "1"',
            "runs[0].name: expected a name of letters, digits, '_' and '-'",
        ),
        ('name = "one"', 'name = "a b"', "got 'a b'; 'title' takes any text"),
        (
            'name = "one"',
            'name = "one"\ndigits = 99',
            "digits: expected a whole number from 0 to 15",
        ),
        # the network
        (
            'post = "o1"',
            'post = "o11"',
            "network.connections[0].post: no neuron 'o11'; did you mean 'o1'?",
        ),
        ('pre = "i1"', 'pre = "zzz"', "network.connections[0].pre: no neuron 'zzz'"),
        ('name = "o1"', 'name = "i1"', "network.neurons[1]: there is already a neuron 'i1'"),
        (
            "connections = [",
            'connections = [{ pre = "i1", post = "o1", weight = 1 }, ',
            "network.connections[1]: 'i1' and 'o1' are already connected",
        ),
        (
            '"identity"',
            '"identty"',
            "network.neurons[1]: no activation 'identty'; did you mean 'identity'?",
        ),
        ("[network]", '[network]\nloss = "hing"', "network: no loss 'hing'; did you mean 'hinge'?"),
        ('post = "o1"', 'post = "i1"', "network: "),
        # the data
        ("[2.0]", "[2.0, 1.0]", "data.inputs: expected a number (i1), got 2"),
        ("[3.0]", "[[3.0], [1.0, 2.0]]", "data.targets[1]: expected a number (o1), got 2"),
        (
            "[3.0]",
            "[[3.0], [1.0]]",
            "data.targets: expected targets for one sample, got a list of 2",
        ),
        ("[2.0]", "{ i2 = 2.0 }", "data.inputs.i2: no such neuron here; did you mean 'i1'?"),
        ("[2.0]", "{ zzz = 2.0 }", "data.inputs.zzz: no such neuron here; expected i1"),
        # addresses
        (
            '"o1.out"',
            '"o1.outt"',
            "printed.\"o1.outt\": no quantity 'outt' in address 'o1.outt'; did",
        ),
        ('"o1.out"', '"o2.out"', "printed.\"o2.out\": no neuron 'o2'; did you mean 'o1'?"),
        (
            '"o1.out"',
            '"w11.weight"',
            "printed.\"w11.weight\": no connection 'w11'; did you mean 'w1'?",
        ),
        ('"o1.out"', '"i1.bias"', "printed.\"i1.bias\": neuron 'i1' has no bias"),
        # printed values
        (
            '"2.0"',
            "2.0",
            f"{PRINTED}: expected the printed digits as text, got the number 2.0; put it",
        ),
        (
            '"2.0"',
            "true",
            f"{PRINTED}: expected the printed digits as text, got the truth value true",
        ),
        ('"2.0"', '"two"', f"{PRINTED}: 'two' is not a number such as '0.3775'"),
        ('"2.0"', '"nan"', f"{PRINTED}: 'nan' is not a number"),
        ('"2.0"', '"−2.0"', "'−2.0' is not a number such as '0.3775'; did you mean '-2.0'?"),
        ('"2.0"', '"2,0"', "'2,0' is not a number such as '0.3775'; did you mean '2.0'?"),
        ('"2.0"', '"10,000.5"', "is not a number such as '0.3775'; did you mean '10000.5'?"),
        ('"2.0"', '"10,000"', "'10,000' is not a number such as '0.3775'; did you mean '10000'?"),
        ('"2.0"', '"2 000"', "is not a number such as '0.3775'; did you mean '2000'?"),
        ('"2.0"', '"1_0"', "'1_0' is not a number"),
        ('"2.0"', f'"{"1" * 1075}"', "1111 ... is not a number"),
        ('"2.0"', f'"{"1" * 310}"', "1111 ... is larger than any number computed here"),
        ('"2.0"', '[["2.0"]]', f"{PRINTED}[0]: expected the printed digits as text, got a list"),
        (
            '"2.0"',
            '{ value = "2.0", correct = "1" }',
            "'correct' marks an erratum, which needs 'cause'",
        ),
        (
            '"2.0"',
            '{ value = "2.0", cause = "x" }',
            "'cause' marks an erratum, which needs 'correct'",
        ),
        ('"2.0"', '{ value = "2.0", sample = 2 }', f"{PRINTED}: no sample 2; the data has 1"),
        # runs
        (
            '"forward"',
            '"train"',
            "runs[0].steps[0]: missing key 'rounds': how many rounds to train",
        ),
        (
            '"forward"',
            '"forward"\nrounds = 2',
            "'rounds' belongs to a step that does 'train', not 'forw",
        ),
        ('"forward"', '"train"\nrounds = 1_000_001', "expected a whole number from 1 to 1,000,000"),
        (
            "learning_rate = 0.1",
            "[[runs.steps]]\ndo = 'step'",
            "runs[0]: missing key 'learning_rate', which the step 'step' uses",
        ),
        (
            "[[runs]]",
            '[[runs]]\nname = "one"\norder = "in_place"\nsteps = [{ do = "given" }]\n[[runs]]',
            "runs[1].name: there is already a run 'one'",
        ),
    ],
)
def test_mistake_in_a_file(tmp_path: Path, old: str, new: str, message: str) -> None:
    """Every mistake gets one error that names the file, the place and the likely intention."""
    with pytest.raises(ScenarioError, match=re.escape(message)) as caught:
        load(tmp_path, changed(old, new))
    assert str(caught.value).startswith(f"{tmp_path / 'small.toml'}: ")


def test_mistakes_that_have_nothing_to_do_with_each_other(tmp_path: Path) -> None:
    """They are said at once, each with its place, in the order of the file."""
    text = SMALL
    for old, new in (
        ('title = "Small"', 'titel = "Small"'),
        ("bias = 1.0", 'bias = "1.0"'),
        ("weight = 0.5", "weight = [0.5]"),
        ("learning_rate = 0.1", "learning_rate = true"),
        ('do = "loss"', 'do = "los"'),
        ('"loss" = "0.5"', '"loss" = 0.5'),
    ):
        assert old in text
        text = text.replace(old, new)
    with pytest.raises(ScenarioError, match=r"small\.toml: 6 mistakes:\n  unknown key") as caught:
        load(tmp_path, text)
    places = [mistake.removeprefix(f"{tmp_path / 'small.toml'}: ").partition(": ")[0]
              for mistake in caught.value.mistakes]  # fmt: skip
    assert places == [
        "unknown key 'titel'; did you mean 'title'?", "network.neurons[1].bias",
        "network.connections[0].weight", "runs[0].learning_rate", "runs[0].steps[1].do",
        "runs[0].steps[1].printed.loss",
    ]  # fmt: skip
    assert str(caught.value).count("\n") == 6


def test_addresses_and_conventions_that_are_wrong_are_said_at_once(tmp_path: Path) -> None:
    """What no check of a table finds is collected too: over all steps, and over the figures."""
    text = SMALL.replace('"o1.out"', '"o2.out"').replace('"loss" = "0.5"', '"w9.weight" = "1"')
    text += '[[figures]]\nwhat = "curve"\nover = ["o3.bias"]\n'
    with pytest.raises(ScenarioError, match="3 mistakes") as caught:
        load(tmp_path, text)
    first, second, third = caught.value.mistakes
    assert "runs[0].steps[0].printed.\"o2.out\": no neuron 'o2'; did you mean" in first
    assert 'runs[0].steps[1].printed."w9.weight": no connection' in second
    assert "figures[0].over: no neuron 'o3'" in third


def test_connections_to_neurons_that_are_not_there_are_said_at_once(tmp_path: Path) -> None:
    """Each end by itself; of very many mistakes twenty are enough."""
    line = '{ label = "w1", pre = "i1", post = "o1", weight = 0.5 }'
    more = ", ".join('{ pre = "i1", post = "o9", weight = 0.5 }' for _ in range(30))
    with pytest.raises(ScenarioError, match="20 mistakes") as caught:
        load(tmp_path, changed(line, f"{line}, {more}"))
    assert "network.connections[20].post: no neuron 'o9'" in caught.value.mistakes[-1]


@pytest.mark.parametrize("do", ["backward", "update"])
def test_backward_is_no_step_of_its_own_in_place(tmp_path: Path, do: str) -> None:
    """In place, weights change during the backward pass, so the two cannot be taken apart."""
    text = changed('"simultaneous"', '"in_place"').replace('"loss"', f'"{do}"', 1)
    with pytest.raises(ScenarioError, match=rf"runs\[0\].steps\[1\]: '{do}' cannot be a step of"):
        load(tmp_path, text)
