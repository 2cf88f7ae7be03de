"""The reference page of the scenario format: its examples run, and no key is missing from it."""

import math
import re
import tomllib
from pathlib import Path
from typing import Any, get_args

import pytest
from scenario_files import as_toml

from neurograph import activations, combinations, losses, optimizers
from neurograph.activations import ACTIVATIONS
from neurograph.addresses import CONNECTION_QUANTITIES, NEURON_QUANTITIES
from neurograph.facts import Biases, Layer, network_keys
from neurograph.fields import keys_of
from neurograph.formulas import FUNCTIONS
from neurograph.losses import LOSSES
from neurograph.optimizers import OPTIMIZERS
from neurograph.scenario import (
    ConnectionFacts,
    Figure,
    NeuronFacts,
    Printed,
    Run,
    Scenario,
    Slip,
    Step,
    StopFacts,
    load_scenario,
    run_scenario,
)
from neurograph.scenario.model import DATA, DATA_FROM_FILE, FIGURES
from neurograph.scenario.runs import STEPS

PAGE = (Path(__file__).parent.parent / "scenarios" / "README.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```(\w*)\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
COMPLETE, *FRAGMENTS = [text for kind, text in BLOCKS if kind == "toml"]
(TABLE,) = [text for kind, text in BLOCKS if kind == "csv"]


def test_complete_example_runs_as_the_page_says(tmp_path: Path) -> None:
    """A teacher who copies the example gets the summary that the page promises."""
    path = tmp_path / "two_hidden.toml"
    path.write_text(COMPLETE, encoding="utf-8")
    result = run_scenario(load_scenario(path))
    assert result.passed
    assert f"{len(result.reproduced)} reproduced, 2 errata (1 printed value, 1\nslip)" in PAGE
    assert (len(result.errata), len(result.slips), len(result.checks)) == (1, 1, 1)


@pytest.mark.parametrize("fragment", FRAGMENTS)
def test_fragments_fit_into_the_complete_example(tmp_path: Path, fragment: str) -> None:
    """Every other example can take the place of the same part of the complete one."""
    content: dict[str, Any] = tomllib.loads(COMPLETE) | tomllib.loads(fragment)
    own = tomllib.loads(fragment)
    if "runs" not in own and ("network" in own or "data" in own):
        # Its printed values belong to another network, or to one sample.
        content["runs"] = [{"name": "forward", "steps": [{"do": "forward"}]}]
    (tmp_path / "flowers.csv").write_text(TABLE, encoding="utf-8")
    path = tmp_path / "fragment.toml"
    path.write_text(as_toml(content), encoding="utf-8")
    assert run_scenario(load_scenario(path)).passed


def test_every_key_and_every_choice_is_on_the_page() -> None:
    """What a file may say stands in code type somewhere on the page."""
    records = (
        Scenario, NeuronFacts, ConnectionFacts, Layer, Run, Step, StopFacts, Printed, Slip, Figure,
    )  # fmt: skip
    tables = (network_keys(), DATA, DATA_FROM_FILE, *map(keys_of, records))
    keys = {key for table in tables for key in table}
    choices = {*STEPS, *get_args(Biases), *FIGURES, *OPTIMIZERS}
    constants = {
        key for make in OPTIMIZERS.values() for key in (*make().constants, *make().options)
    }
    quantities = {*NEURON_QUANTITIES, *CONNECTION_QUANTITIES}
    code = " ".join(re.findall(r"`([^`\n]+)`", PAGE))
    words = set(re.findall(r"\w+", code))
    assert {*keys, *choices, *constants, *LOSSES, *ACTIVATIONS, *quantities} - words == set()


def _rows(heading: str, header: str = "key") -> dict[tuple[str, ...], str]:
    """Return by the code of their first column the rows of a table under a heading."""
    (section,) = re.findall(
        rf"^## {re.escape(heading)}$(.*?)(?=^## |\Z)", PAGE, re.MULTILINE | re.DOTALL
    )
    (table,) = re.findall(rf"^\| {re.escape(header)} \| \|\n((?:\|.*\n)+)", section, re.MULTILINE)
    cells = [row.split(" | ", 1) for row in table.splitlines()[1:]]
    return {tuple(_code(first)): first + rest for first, rest in cells}


def _code(text: str) -> list[str]:
    """Return the names in code type: the first word of each."""
    return [re.findall(r"\w+", code)[0] for code in re.findall(r"`([^`]+)`", text)]


@pytest.mark.parametrize(
    ("heading", "header", "keys"),
    [
        ("`[network]`", "key", network_keys()),
        ("`[network]`", "key of a layer", keys_of(Layer)),
        ("`[data]`", "key", DATA_FROM_FILE),
        ("`[[runs]]`", "key", keys_of(Run)),
        ("Steps", "`do`", STEPS),
        ("Printed values", "key", keys_of(Printed)),
        ("`[[figures]]`", "key", keys_of(Figure)),
    ],
)
def test_a_table_of_the_page_has_the_keys_of_its_record(
    heading: str, header: str, keys: dict[str, Any]
) -> None:
    """A key that is added, renamed or taken away is so on the page."""
    names = [name for row in _rows(heading, header) for name in row]
    assert sorted(names) == sorted(keys)


def test_the_words_of_other_books_are_on_the_page() -> None:
    """Each row of other words is that of the tables which understand them."""
    tables = (activations, losses, optimizers, combinations)
    known = [(word, name) for table in tables for word, name in table.SYNONYMS.items()]
    stated = []
    (table,) = re.findall(r"^\| here \| also \|\n\|---\|---\|\n((?:\|.*\n)+)", PAGE, re.MULTILINE)
    for row in table.splitlines():
        first, also = row.split(" | ")
        names = _code(first)
        shares = also.split(";") if ";" in also else [also] * len(names)
        assert len(shares) == len(names)
        for name, words in zip(names, shares, strict=True):
            stated += [(word, name) for word in _code(words)]
    assert sorted(stated) == sorted(known)


def test_the_formulas_that_have_a_name_elsewhere_are_on_the_page() -> None:
    """Each word stands beside the formula that is stored for it."""
    pattern = r"^\| word \| formula \|\n\|---\|---\|\n((?:\|.*\n)+)"
    (table,) = re.findall(pattern, PAGE, re.MULTILINE)
    stated = {}
    for row in table.splitlines():
        words, formula = row.split(" | ")
        stated |= dict.fromkeys(_code(words), formula.strip("| `"))
    assert stated == activations.FORMULAS | losses.FORMULAS


def test_the_words_with_numbers_are_on_the_page() -> None:
    """Each stands beside its formula, with a letter for its number."""
    pattern = r"^\| word with numbers \| formula \|\n\|---\|---\|\n((?:\|.*\n)+)"
    (table,) = re.findall(pattern, PAGE, re.MULTILINE)
    stated = {}
    for row in table.splitlines():
        words, formula = row.split(" | ")
        stated |= dict.fromkeys(_code(words), formula.strip("| `"))
    known = activations.WITH_NUMBERS | losses.WITH_NUMBERS
    assert stated == {word: formula.format("a") for word, formula in known.items()}


def test_the_functions_of_a_formula_are_on_the_page() -> None:
    """Every function of numbers is named where formulas are explained."""
    section = PAGE[PAGE.index("A formula works too") : PAGE.index("Other words for the same")]
    functions = {name for name, row in FUNCTIONS.items() if row.derivatives and name.isidentifier()}
    assert functions <= set(re.findall(r"`(\w+)`", section))


def test_the_row_of_a_step_names_its_keys() -> None:
    """What a step may say stands beside what it does."""
    for (do,), row in _rows("Steps", "`do`").items():
        assert set(STEPS[do].keys) <= set(re.findall(r"\w+", " ".join(re.findall(r"`.*?`", row))))


def test_the_rows_of_a_network_name_the_keys_of_its_lists() -> None:
    """What a neuron and a connection may say stands beside the list of them."""
    rows = _rows("`[network]`")
    assert set(keys_of(NeuronFacts)) <= set(_code(rows["neurons",]))
    assert set(keys_of(ConnectionFacts)) <= set(_code(rows["connections",]))


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_constants_of_optimizers_are_the_stated_ones(name: str) -> None:
    """The page says how each optimiser works, with the constants that it has."""
    (row,) = re.findall(rf"^\| `{name}` \| (.*) \|$", PAGE, re.MULTILINE)
    rule, constants = row.split(" | ") if " | " in row else (row.rstrip("| "), "")
    stated = dict(re.findall(r"`(\w+)`(?: \S+ = ([\d.e-]+))?", constants))
    assert set(stated) == set(OPTIMIZERS[name]().constants)
    for key, value in stated.items():
        assert float(value or "1e-8") == OPTIMIZERS[name]().constants[key]
    if name in ("adadelta", "adam"):
        return  # its own tests compute it by hand; the rule on the page has no one-line form
    a = {"w": 2.0, "r": 0.1, "g": 0.3, "v": 0.7, "s": 0.2, "m": 0.9, "d": 0.9, "ε": 1e-8}
    rule, _, before = rule.partition(", after ")
    state = {"velocity": 0.7, "squares": 0.2, "mean_square": 0.2}
    for kept, text in re.findall(r"^(\w) becomes (.*)$", before):
        a[kept] = _calculated(text, a)
    expected = OPTIMIZERS[name]().updated(2.0, 0.3, 0.1, state, step=1)
    assert _calculated(rule, a) == pytest.approx(expected, rel=1e-12)


def _calculated(text: str, known: dict[str, float]) -> float:
    """Return the value of a formula as a reader takes it, where a blank is a product."""
    product = re.sub(r"(?<=[\w)]) (?=[\w(])", " * ", text).replace("^", "**")
    return float(eval(product, {"sqrt": math.sqrt} | known))
