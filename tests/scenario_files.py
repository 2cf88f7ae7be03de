"""Scenario files for the tests, and a way to change and to write them."""

import datetime
import json
from functools import cache
from pathlib import Path
from typing import Any

from neurograph.conventions import Reconciliation, reconcile
from neurograph.scenario import Scenario, load_scenario

DATA = Path(__file__).parent / "data"

SMALL = """
title = "Small"
author = "A. Uthor"
year = 2001
source = "a notebook"
[network]
neurons = [{ name = "i1" }, { name = "o1", activation = "identity", bias = 1.0 }]
connections = [{ label = "w1", pre = "i1", post = "o1", weight = 0.5 }]
[data]
inputs = [2.0]
targets = [3.0]
[[runs]]
name = "one"
order = "simultaneous"
learning_rate = 0.1
[[runs.steps]]
do = "forward"
[runs.steps.printed]
"o1.out" = "2.0"
[[runs.steps]]
do = "loss"
[runs.steps.printed]
"loss" = "0.5"
"""


@cache
def searched(name: str, run: str | None) -> Reconciliation:
    """Return what is found for a scenario, of the tests or of the package; searched once."""
    path = DATA / f"{name}.toml"
    return reconcile(load_scenario(path if path.exists() else name), run)


def load(tmp_path: Path, text: str) -> Scenario:
    """Write a file and load it."""
    path = tmp_path / "small.toml"
    path.write_text(text, encoding="utf-8")
    return load_scenario(path)


def changed(old: str, new: str) -> str:
    """Return the small file with one place changed."""
    assert SMALL.count(old) == 1, old
    return SMALL.replace(old, new)


def as_toml_value(value: Any) -> str:
    """Write a value as TOML, in one line."""
    match value:
        case dict():
            return (
                "{"
                + ", ".join(f"{json.dumps(k)} = {as_toml_value(v)}" for k, v in value.items())
                + "}"
            )
        case list():
            return "[" + ", ".join(map(as_toml_value, value)) + "]"
        case str():
            return json.dumps(value).replace("\x7f", "\\u007f")
        case bool():
            return str(value).lower()
        case int() if abs(value) >= 2**63:
            return hex(value)  # TOML knows no negative ones in hex, which is one more mistake
        case datetime.date():
            return value.isoformat()
    return repr(value)


def as_toml(content: dict[str, Any]) -> str:
    """Write a file's content as TOML, one line for each key at the top."""
    return "\n".join(f"{json.dumps(key)} = {as_toml_value(item)}" for key, item in content.items())


#: A file that says everything a file can say, beside a table of data.
EVERYTHING = """
title = "Everything"
author = "A. Uthor"
source = "a notebook"
description = "Every key of the format."
tags = ["everything", "small"]

[network]
loss = "squared_error"
reduction = "sum"
seed = 3
neurons = [
    { name = "b", kind = "bias" },
    { name = "s", label = "skip", activation = "tanh", bias = 0.1, tie = "t", trainable = true },
]
connections = [
    { pre = "b", post = "o1", weight = 0.2, label = "vb", trainable = true },
    { pre = "i1", post = "s", weight = 0.3 },
    { pre = "s", post = "o1", weight = 0.1, tie = "t" },
]

[[network.layers]]
names = ["i1", "i2"]

[[network.layers]]
size = 3
prefix = "h"
activation = "tanh"
weights = "uniform"
labels = "u"
bias = [0.5, 0.5, 0.5]
shared_bias = true
trainable_bias = false

[[network.layers]]
size = 1
activation = "identity"
weights = 0.5
trainable = false

[data]
file = "table.csv"
rows = [2, 5]
inputs = { i1 = "length", i2 = "width" }
targets = { o1 = "kind = b" }
standardize = true

[[runs]]
name = "one"
title = "One run"
note = "A note."
order = "in_place"
learning_rate = 0.05
optimizer = "momentum"
batch_size = 2
shuffle = true
seed = 1
reduction = "mean"
loss = "half_squared_error"
biases = "trained"
samples = [1, 2, 4]

[[runs.steps]]
do = "given"
place = "page 1"
note = "A note."

[[runs.steps]]
do = "train"
rounds = 3
order = "simultaneous"
learning_rate = 0.1
optimizer = { name = "adam", beta1 = 0.8 }
batch_size = 1
shuffle = false
seed = 2
stop = { loss = 1e-9, no_improvement = 5, gradient_norm = 1e-9 }

[[runs.steps]]
do = "forward"
[runs.steps.printed]
"i1.out" = { value = "1.1", symbol = "x", place = "p. 2", sample = 4, truncated = true }
"i2.out" = [{ value = "5", sample = 1, correct = "0.09", cause = "a slip" }]

[[runs]]
name = "two"
digits = 4
learning_rate = 0.1
samples = [3]

[[runs.steps]]
do = "set"
values = { "u1.weight" = 0.5, "s.bias" = 0.1 }

[[runs.steps]]
do = "step"
order = "in_place"
learning_rate = 0.2

[[runs.steps]]
do = "check"
gradients = "differ"

[[runs.steps]]
do = "forward"

[[runs.steps]]
do = "attribute"
normalised = false

[[runs.steps]]
do = "backward"

[[runs.steps]]
do = "loss"

[[runs.steps]]
do = "backward"

[[runs.steps]]
do = "update"
learning_rate = 0.3

[[slips]]
place = "page 3"
printed = "a"
meant = "b"
cause = "c"

[[figures]]
what = "surface"
over = ["u1", "u2.weight"]
run = "two"
step = 2
title = "A figure"
span = [[-1, 1], [0, 2.5]]

[[figures]]
what = "network"
show = ["weight", "out"]
"""

TABLE = """\
# from nowhere
length,width,kind
1,2,a
2,3,a
3.5,1,"b"
1e0,5,b

+4,2.5,a
"""


def write_everything(folder: Path, text: str = EVERYTHING) -> Path:
    """Write the file that says everything, and its table; return its path."""
    (folder / "table.csv").write_text(TABLE, encoding="utf-8")
    path = folder / "everything.toml"
    path.write_text(text, encoding="utf-8")
    return path
