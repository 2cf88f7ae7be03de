"""All scenarios together: tags, errata, and where a number stands."""

import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from scenario_files import EVERYTHING, SMALL, write_everything

from neurograph.cli import main
from neurograph.documents.document import Style, TableColumn, TextTable, code
from neurograph.documents.plain import _Lines
from neurograph.errors import InvalidValueError, UnknownNameError
from neurograph.numerals import Numeral
from neurograph.scenario import (
    Scenario,
    errata,
    find_numbers,
    find_scenarios,
    load_scenario,
    tagged,
)

MAZUR = "mazur_2015_step_by_step"
DOUBLED = """
title = "Doubled twice"
author = "A. Uthor"
source = "a notebook"
tags = ["linear", "two-steps"]

[network]
neurons = [{ name = "x" }, { name = "y", activation = "identity" }]
connections = [{ label = "w", pre = "x", post = "y", weight = 2.0 }]

[data]
inputs = { x = 1.23456 }
targets = { y = 1.0 }

[[runs]]
name = "first"
[[runs.steps]]
do = "forward"
place = "page 7"
[runs.steps.printed]
"y.out" = { value = "2.46", symbol = "Y", correct = "2.469", cause = "a digit\\n is lost" }
"""


@pytest.fixture
def made(tmp_path: Path) -> Callable[[str, str], Scenario]:
    """Return what writes a scenario and reads it."""

    def make(name: str, text: str) -> Scenario:
        path = tmp_path / f"{name}.toml"
        path.write_text(text, encoding="utf-8")
        return load_scenario(path)

    return make


# -- tags ------------------------------------------------------------------------------------------


def test_every_known_scenario_has_a_tag() -> None:
    """None can only be found by its name."""
    assert all(load_scenario(path).tags for path in find_scenarios().values())


def test_a_scenario_has_all_tags_that_are_asked_for(made: Callable[..., Scenario]) -> None:
    """Two tags are an and, not an or; without any, all are there."""
    one = made("one", DOUBLED)
    other = made("other", DOUBLED.replace('"two-steps"', '"deep"'))
    assert tagged(["linear"], [one, other]) == [one, other]
    assert tagged(["linear", "deep"], [one, other]) == [other]
    assert tagged([], [one]) == [one]


@pytest.mark.parametrize(
    ("tag", "message"),
    [
        ("lineer", "no scenario has the tag 'lineer'; did you mean 'linear'"),
        ("xyz", "no scenario has the tag 'xyz'; the tags are linear, two-steps"),
    ],
)
def test_an_unknown_tag_is_named(tag: str, message: str, made: Callable[..., Scenario]) -> None:
    """The nearest one is proposed, or all are."""
    with pytest.raises(UnknownNameError, match=message):
        tagged([tag], [made("one", DOUBLED)])


def test_the_list_of_a_tag(capsys: pytest.CaptureFixture[str]) -> None:
    """`--tag` may be given several times; the data name the tags."""
    assert main(["list", "--tag", "cross-entropy", "--tag", "softmax", "--json"]) == 0
    (entry,) = json.loads(capsys.readouterr().out)
    assert entry["scenario"] == "spacagna_2017_softmax"
    assert "softmax" in entry["tags"]
    assert main(["list", "--tag", "sofmax"]) == 2
    assert "did you mean 'softmax'?" in capsys.readouterr().err


@pytest.mark.parametrize("columns", [20, 40, 80, 200])
def test_the_list_breaks_no_name(
    columns: int, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A name can be copied from every width of terminal."""
    monkeypatch.setenv("COLUMNS", str(columns))
    assert main(["list"]) == 0
    words = set(capsys.readouterr().out.split())
    assert words.issuperset(find_scenarios())


def test_a_whole_column_gives_no_letter_away() -> None:
    """Words of the other column give way, and names longer than the line stand by themselves."""
    columns = (TableColumn("name", whole=True), TableColumn("words"))
    table = TextTable(columns, ((code("a" * 30), "one two three four"),))
    assert "a" * 30 in list(_Lines(9, Style(width=40)).table(table))[2]
    assert f"  {'a' * 30}" in list(_Lines(9, Style(width=20)).table(table))


# -- errata ----------------------------------------------------------------------------------------


def test_errata_are_those_of_the_file(made: Callable[..., Scenario]) -> None:
    """A number has its run, step and place; the cause is on one line; a slip has neither."""
    slip = '\n[[slips]]\nplace = "p. 8"\nprinted = "a"\nmeant = "b"\ncause = "c"\n'
    (value, other) = errata([made("doubled", DOUBLED + slip)])
    assert (value.kind, value.scenario, value.run, value.step) == ("value", "doubled", "first", 1)
    assert (value.address, value.symbol, value.place) == ("y.out", "Y", "page 7")
    assert (value.printed, value.correct, value.cause) == ("2.46", "2.469", "a digit is lost")
    assert (other.kind, other.run, other.place) == ("slip", None, "p. 8")
    assert (other.printed, other.correct, other.cause) == ("a", "b", "c")


def test_all_known_errata_are_there() -> None:
    """As many as the files have corrections and slips."""
    texts = [path.read_text(encoding="utf-8") for path in find_scenarios().values()]
    corrections = sum(text.count("correct =") for text in texts)
    assert len(errata()) == corrections + sum(text.count("[[slips]]") for text in texts)
    assert all(erratum.cause for erratum in errata())


def test_errata_in_every_format(capsys: pytest.CaptureFixture[str]) -> None:
    """A table of numbers and one of what is no number, for people and for programs."""
    assert main(["errata", "mazur_2015", "--format", "markdown"]) == 0
    text = capsys.readouterr().out
    rows = [re.split(r" +\| +", line.strip("| ")) for line in text.splitlines() if "|" in line]
    assert rows[0] == ["place", "printed", "correct", "cause"]
    assert rows[2][1:3] == ["-0.019049119", "-0.019049118"]
    assert rows[3] == ["place", "printed", "meant", "cause"]
    assert main(["errata", "mazur_2015", "--json"]) == 0
    value, slip = json.loads(capsys.readouterr().out)
    assert (value["kind"], value["address"], slip["kind"]) == ("value", "w7.error_message", "slip")
    assert main(["errata", "mazur_2015", "--language", "de"]) == 0
    assert "gedruckt" in capsys.readouterr().out


def test_no_errata(made: Callable[..., Scenario], capsys: pytest.CaptureFixture[str]) -> None:
    """A scenario without any says so."""
    scenario = made("small", SMALL)
    assert len(errata([scenario])) == 0
    assert main(["errata", str(scenario.file)]) == 0
    assert "Nothing is wrong in these sources." in capsys.readouterr().out


# -- numbers ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("number", "agreement"),
    [
        ("2.46", "same digits"),
        ("2.460", "same digits"),
        ("2,46", "same digits"),
        ("2.4", "cut off"),
        ("2.5", "rounded"),
        ("2.4635", "rounded"),
        ("2.4675", "cut off"),
    ],
)
def test_a_printed_number_with_other_digits(
    number: str, agreement: str, made: Callable[..., Scenario]
) -> None:
    """More digits or fewer, rounded or cut off, with a decimal comma: it is the same number."""
    search = find_numbers(number, scenarios=[made("doubled", DOUBLED)])
    hit = search.hits["doubled"][0]
    assert (hit.run, hit.step, hit.address, hit.printed) == ("first", 1, "y.out", "2.46")
    assert hit.agreement == agreement


@pytest.mark.parametrize(
    ("number", "agreement"),
    [("2.46912", "same digits"), ("2.469", "rounded"), ("2.4691", "rounded"), ("2", None)],
)
def test_a_number_that_is_computed(
    number: str, agreement: str | None, made: Callable[..., Scenario]
) -> None:
    """2 * 1.23456 is 2.46912, printed or not; a single digit says nothing but itself."""
    text = DOUBLED.split("[runs.steps.printed]")[0]
    search = find_numbers(number, scenarios=[made("doubled", text)])
    addresses = {hit.address: hit for hit in search.hits.get("doubled", ())}
    if agreement is None:
        assert set(addresses) == {"w.weight"}
    else:
        assert addresses["y.out"].computed == pytest.approx(2.46912)
        assert addresses["y.out"].agreement == agreement


@pytest.mark.parametrize("number", ["-2.46", "2.45", "2.48", "3", "24.6"])
def test_a_number_that_is_nowhere(
    number: str, made: Callable[..., Scenario], capsys: pytest.CaptureFixture[str]
) -> None:
    """Another sign, another digit and another power of ten are other numbers."""
    search = find_numbers(number, scenarios=[made("doubled", DOUBLED)])
    assert search.hits == {}
    assert search.text().startswith(f"No known example prints or computes {number} (1 example")


def test_the_example_with_most_numbers_comes_first(made: Callable[..., Scenario]) -> None:
    """More of them before fewer, printed before computed."""
    twice = made("both", DOUBLED)
    silent = made("a_silent", DOUBLED.split("[runs.steps.printed]")[0])
    other = made("an_other", DOUBLED.replace("1.23456", "7").replace('2.46"', '14"'))
    search = find_numbers("2.46", "1.235", scenarios=[silent, other, twice])
    assert list(search.hits) == ["both", "a_silent"]
    assert search.found_in("both") == 2
    text = search.text()
    assert "both: 2 of 2, 1 printed" in text
    assert "Less likely: a_silent (2 of 2, computed)." in text


def test_a_sample_is_named(tmp_path: Path) -> None:
    """Of a batch, the sample that has the number is counted from 1."""
    scenario = load_scenario(write_everything(tmp_path, EVERYTHING))
    hits = find_numbers("1.1", scenarios=[scenario]).hits["everything"]
    printed = [hit for hit in hits if hit.printed]
    assert [(hit.address, hit.sample) for hit in printed] == [("i1.out", 4)]


def test_numbers_of_a_known_page(capsys: pytest.CaptureFixture[str]) -> None:
    """The outs of Mazur's page with four digits lead to it, though one of them is cut off."""
    assert main(["find", "0.7513", "0.7729", "--json"]) == 0
    first, *_ = json.loads(capsys.readouterr().out)
    assert (first["scenario"], first["found"]) == (MAZUR, 2)
    places = [(place["address"], place["printed"]) for place in first["places"]]
    assert places == [("o1.out", "0.75136507"), ("o2.out", "0.772928465")]
    assert Numeral(first["places"][0]["number"]).significant == 4


@pytest.mark.parametrize(
    ("numbers", "status", "message"),
    [
        (["abc"], 2, "'abc' is not a number"),
        (["1,234"], 2, "'1,234' is 1.234 or 1234"),
        (["876543.21987"], 1, ""),
    ],
)
def test_what_cannot_be_found(
    numbers: list[str], status: int, message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """No number is wrong use; a number that no example has is a status of its own."""
    assert main(["find", *numbers]) == status
    output = capsys.readouterr()
    assert message in output.err
    assert ("No known example" in output.out) == (status == 1)


def test_a_search_needs_a_number() -> None:
    """Nothing is in every example."""
    with pytest.raises(InvalidValueError, match="no number to look for"):
        find_numbers()
