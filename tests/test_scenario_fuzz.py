"""Wrong scenario files of every kind: one error each, or a scenario that runs."""

import contextlib
import copy
import datetime
import math
import random
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from scenario_files import EVERYTHING, SMALL, TABLE, as_toml, load, write_everything

from neurograph.errors import ScenarioError
from neurograph.scenario import find_scenarios, load_scenario, run_scenario, schema

# -- whatever else a file may hold ---------------------------------------------------------------


_SCALARS = (
    st.booleans()
    | st.integers()
    | st.floats()
    | st.text(st.characters(codec="utf-8", max_codepoint=0xFFFF), max_size=8)
    | st.sampled_from(["i1", "o1", "w1", "o1.out", "loss", "0.5", "softmax", "train", "in_place"])
)
_VALUES = st.recursive(
    _SCALARS,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.text("ab.i1", max_size=3), inner, max_size=3)
    ),
    max_leaves=6,
)


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_any_value_in_any_place_loads_or_is_one_error(tmp_path: Path, data: st.DataObject) -> None:
    """Whatever stands in a file, reading and running it raises nothing but its own errors."""
    content = tomllib.loads(SMALL)
    place: Any = content
    while True:
        key = data.draw(
            st.sampled_from(sorted(place) if isinstance(place, dict) else range(len(place)))
        )
        if not isinstance(place[key], dict | list) or not place[key] or data.draw(st.booleans()):
            break
        place = place[key]
    place[key] = data.draw(_VALUES)
    with contextlib.suppress(ScenarioError):
        run_scenario(load(tmp_path, as_toml(content)))


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(content=st.binary(max_size=50))
def test_any_bytes_are_one_error(tmp_path: Path, content: bytes) -> None:
    """Bytes that are no scenario are refused in one way."""
    path = tmp_path / "x.toml"
    path.write_bytes(content)
    with pytest.raises(ScenarioError, match=r"x\.toml: "):
        load_scenario(path)


# -- two files, broken in every place ------------------------------------------------------------

MAZUR = re.sub(
    r"rounds = \d+_\d+",
    "rounds = 9",
    find_scenarios()["mazur_2015_step_by_step"].read_text(encoding="utf-8"),
)
TEXTS = {"mazur": MAZUR, "everything": EVERYTHING}

#: What may stand where something else belongs.
STRANGE: tuple[Any, ...] = (
    0, -1, 1, 7, 10**30, -(10**30), 16**4000, 0.0, 1e308, -1e308, 5e-324, math.inf, math.nan,
    True, False, "", " ", "x", "i1", "w1", "loss", "o1.out", "1.0", "9" * 5000, "x" * 5000, "\x00",
    "\x1b[31m", "../../etc/passwd", "net ** net ** net", "((((((", "a = b", "train", "in_place",
    [], [[]], [[[1.0]]], [1, 2, 3], ["i1", "i1"], [None], list(range(3000)), {}, {"": ""},
    {"name": "i1"}, {"a.b": {"c": 1}}, {"loss": 1e-3}, {"file": "table.csv"},
    datetime.date(2001, 1, 1),
)  # fmt: skip


@pytest.fixture
def little_work(monkeypatch: pytest.MonkeyPatch) -> None:
    """A file that asks for more than an instant of work is refused, as ever, only earlier."""
    monkeypatch.setattr(schema, "MOST_WORK", 2_000_000)


def _places(content: Any, place: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Yield the place of every key and every item of a file."""
    items = content.items() if isinstance(content, dict) else enumerate(content)
    for key, value in items:
        yield (*place, key)
        if isinstance(value, dict | list):
            yield from _places(value, (*place, key))


def _holder(content: Any, place: tuple[Any, ...]) -> Any:
    for key in place[:-1]:
        content = content[key]
    return content


def _one_error_or_none(folder: Path, text: str | bytes) -> bool:
    """Load and run a file; return whether it is a scenario. No error but its own may come out."""
    path = write_everything(folder)
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    before = {each: each.read_bytes() for each in folder.iterdir()}
    message = ""
    try:
        run_scenario(load_scenario(path))
    except ScenarioError as error:
        message = str(error)
    assert not message or message.startswith(str(folder))
    assert {each: each.read_bytes() for each in folder.iterdir()} == before
    return not message


@pytest.mark.usefixtures("little_work")
@pytest.mark.parametrize("name", TEXTS)
def test_untouched_texts_run(tmp_path: Path, name: str) -> None:
    """The texts that the other tests break are whole, and so is what they are written back as."""
    assert _one_error_or_none(tmp_path, TEXTS[name])
    assert _one_error_or_none(tmp_path, as_toml(tomllib.loads(TEXTS[name])))


@pytest.mark.usefixtures("little_work")
@pytest.mark.parametrize("name", TEXTS)
def test_any_key_dropped(tmp_path: Path, name: str) -> None:
    """Without any one of its keys or items a file is a scenario, or has one error."""
    content = tomllib.loads(TEXTS[name])
    places = list(_places(content))
    good = 0
    for place in random.Random(1).sample(places, min(len(places), 60)):
        changed = copy.deepcopy(content)
        del _holder(changed, place)[place[-1]]
        good += _one_error_or_none(tmp_path, as_toml(changed))
    assert good


@pytest.mark.usefixtures("little_work")
@pytest.mark.parametrize("name", TEXTS)
def test_any_value_replaced(tmp_path: Path, name: str) -> None:
    """With anything in the place of any one value a file is a scenario, or has one error."""
    rng = random.Random(2)
    content = tomllib.loads(TEXTS[name])
    places = list(_places(content))
    for _ in range(120):
        place, strange = rng.choice(places), rng.choice(STRANGE)
        changed = copy.deepcopy(content)
        _holder(changed, place)[place[-1]] = strange
        _one_error_or_none(tmp_path, as_toml(changed))


@pytest.mark.usefixtures("little_work")
@pytest.mark.parametrize("name", TEXTS)
def test_any_key_renamed_or_repeated(tmp_path: Path, name: str) -> None:
    """A key with another name, or an item that is there twice, is one error where it matters."""
    rng = random.Random(3)
    content = tomllib.loads(TEXTS[name])
    places = list(_places(content))
    for _ in range(40):
        place = rng.choice(places)
        changed = copy.deepcopy(content)
        holder = _holder(changed, place)
        if isinstance(holder, dict):
            holder[rng.choice(["", "x" * 3000, "\x1b", "a.b", "i1"])] = holder.pop(place[-1])
        else:
            holder.extend([holder[place[-1]]] * rng.choice([1, 50]))
        _one_error_or_none(tmp_path, as_toml(changed))


@pytest.mark.usefixtures("little_work")
@pytest.mark.parametrize("name", TEXTS)
def test_text_cut_off_or_garbled(tmp_path: Path, name: str) -> None:
    """A text that ends after any byte, or has some other bytes in it, has one error at most."""
    rng = random.Random(4)
    raw = TEXTS[name].encode()
    for _ in range(40):
        _one_error_or_none(tmp_path, raw[: rng.randrange(len(raw))])
        at = rng.randrange(len(raw))
        _one_error_or_none(tmp_path, raw[:at] + rng.randbytes(rng.choice([1, 3])) + raw[at + 1 :])


@pytest.mark.usefixtures("little_work")
def test_table_cut_off_or_garbled(tmp_path: Path) -> None:
    """So is it with the table of data beside a file."""
    rng = random.Random(5)
    raw = TABLE.encode()
    path = write_everything(tmp_path)
    tables = [raw[:end] for end in range(len(raw))]
    for _ in range(40):
        at = rng.randrange(len(raw))
        tables.append(raw[:at] + rng.choice([b",", b'"', b"\n", b"#", b"\0", b"\xff", b"e9"]))
        tables.append(tables[-1] + raw[at:])
    for table in tables:
        (tmp_path / "table.csv").write_bytes(table)
        with contextlib.suppress(ScenarioError):
            run_scenario(load_scenario(path))
