"""The reference page of the scenario format: its examples run, and no key is missing from it."""

import math
import re
import tomllib
from pathlib import Path
from typing import Any, get_args

import pytest
from scenario_files import as_toml

from neurograph.activations import ACTIVATIONS
from neurograph.addresses import CONNECTION_QUANTITIES, NEURON_QUANTITIES
from neurograph.losses import LOSSES
from neurograph.optimizers import OPTIMIZERS
from neurograph.scenario import layered, load_scenario, run_scenario, schema
from neurograph.scenario.model import What
from neurograph.scenario.networks import Biases
from neurograph.scenario.runs import Do

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
    tables = (
        schema._SCENARIO, schema._NETWORK, schema._NEURON, schema._CONNECTION, layered._LAYER,
        schema._DATA, schema._DATA_FROM_FILE, schema._RUN, schema._STEP, schema._STOP,
        schema._PRINTED_KEYS, schema._SLIP, schema._FIGURE,
    )  # fmt: skip
    keys = {key for table in tables for key in table}
    choices = {*get_args(Do), *get_args(Biases), *get_args(What), *OPTIMIZERS}
    constants = {key for make in OPTIMIZERS.values() for key in make().constants}
    quantities = {*NEURON_QUANTITIES, *CONNECTION_QUANTITIES}
    code = " ".join(re.findall(r"`([^`\n]+)`", PAGE))
    words = set(re.findall(r"\w+", code))
    assert {*keys, *choices, *constants, *LOSSES, *ACTIVATIONS, *quantities} - words == set()


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_constants_of_optimizers_are_the_stated_ones(name: str) -> None:
    """The page says how each optimiser works, with the constants that it has."""
    (row,) = re.findall(rf"^\| `{name}` \| (.*) \|$", PAGE, re.MULTILINE)
    rule, constants = row.split(" | ") if " | " in row else (row.rstrip("| "), "")
    stated = dict(re.findall(r"`(\w+)`(?: \S+ = ([\d.e-]+))?", constants))
    assert set(stated) == set(OPTIMIZERS[name]().constants)
    for key, value in stated.items():
        assert float(value or "1e-8") == OPTIMIZERS[name]().constants[key]
    if name == "adam":
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
