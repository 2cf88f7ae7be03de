"""``neurograph new``: a scenario file to begin with."""

import argparse
import re
from pathlib import Path

from neurograph.cli.console import refuse_existing, say, write_data
from neurograph.errors import InvalidValueError
from neurograph.escapes import toml_text
from neurograph.files import write_whole

__all__ = ["STARTER", "new"]

_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_-]{0,99}")

#: What the file begins with: a worked example that can be checked by hand.
STARTER = """\
# A worked example for neurograph. Change what stands here into your own example, then run it:
#
#     neurograph run {name}.toml
#
# Everything after a # is a remark. All that a file may say: neurograph guide format

title = "Two weights and a bias"
author = "Your Name"
# year = 2024                # leave it out where a source has no date
source = "where the numbers are printed: an address, or a book with its page"

# The network. Inputs first; names are free. A bias that nothing changes: trainable = false.
[network]
loss = "half_squared_error"  # 1/2 (target - out)^2, summed over the outputs
neurons = [
    {{ name = "i1" }},
    {{ name = "i2" }},
    {{ name = "o1", activation = "identity", bias = 0.5 }},  # or "logistic", "tanh", "relu", ...
]
connections = [
    {{ label = "w1", pre = "i1", post = "o1", weight = 0.3 }},
    {{ label = "w2", pre = "i2", post = "o1", weight = -0.2 }},
]

# One sample. Several: inputs = {{ i1 = [1, 0], i2 = [2, 1] }}, and targets likewise.
[data]
inputs = {{ i1 = 1.0, i2 = 2.0 }}
targets = {{ o1 = 1.0 }}

# A run begins with a fresh network and goes through its steps in order. Below each step stand
# the values that the source prints for the moment after it, in quotes, so that every digit counts.
[[runs]]
name = "one_round"
order = "simultaneous"       # all weights change together; or "in_place"
learning_rate = 0.1

[[runs.steps]]
do = "forward"
place = "page 1"             # where in the source the values stand
[runs.steps.printed]
"o1.net" = "0.4"             # 0.3 * 1 - 0.2 * 2 + 0.5
"o1.out" = {{ value = "0.4", symbol = "y" }}  # symbol: what the source calls it

[[runs.steps]]
do = "loss"
[runs.steps.printed]
"loss" = "0.18"              # 1/2 (1 - 0.4)^2

[[runs.steps]]
do = "backward"
[runs.steps.printed]
"o1.delta" = "-0.6"
"w1.gradient" = "-0.6"
"w2.gradient" = "-1.2"

[[runs.steps]]
do = "update"
[runs.steps.printed]
"w1.weight" = "0.36"         # 0.3 - 0.1 * (-0.6)
"w2.weight" = "-0.08"
"o1.bias" = "0.56"

# Where the source is wrong, say so. Such a value counts as an erratum, and no longer fails:
#
# "o1.net" = {{ value = "0.5", correct = "0.4", cause = "the sign of w2 was lost" }}
"""


#: What the file of a saved network has around it.
_OF_SAVED = """\
# A saved network as a worked example. What stands in quotes below is yours to fill in; all
# that a file may say: neurograph guide format

title = {title}
author = "Your Name"
source = "where the numbers are printed: an address, or a book with its page"

{network}
{remark}
[data]
inputs = {inputs}
targets = {targets}

[[runs]]
name = "one_round"
learning_rate = 0.1

[[runs.steps]]
do = "forward"
# [runs.steps.printed]
# "{output}.out" = "0.5"       # what the source prints, in quotes

[[runs.steps]]
do = "loss"

[[runs.steps]]
do = "backward"

[[runs.steps]]
do = "update"
"""


def new(arguments: argparse.Namespace) -> int:
    """Write a scenario file."""
    name = arguments.name.removesuffix(".toml")
    if not _NAME.fullmatch(name):
        raise InvalidValueError(
            f"{arguments.name!r} cannot be a name: expected letters, digits, '_' and '-', such as"
            " my_example"
        )
    path = Path(f"{name}.toml")
    refuse_existing(path)
    write_whole(path, _of_saved(arguments.saved) if arguments.saved else STARTER.format(name=name))
    if arguments.format == "json":
        write_data({"file": str(path)})
        return 0
    say(f"{path} is written. Run it: neurograph run {path}")
    return 0


def _of_saved(file: str) -> str:
    """Return the file of a saved network, with its data or with numbers in their place."""
    from neurograph.checkpoints import read_document, restored
    from neurograph.network import Network

    document = read_document(file)
    net = restored(document, file, Network)
    data = document.get("data", {})
    own = {
        "inputs": data.get("inputs", [0.5] * len(net.inputs)),
        "targets": data.get("targets", [0.5] * len(net.outputs)),
    }
    absent = [key for key in own if key not in data]
    remark = f"# The {' and '.join(absent)} were not saved: these stand in their place." * bool(
        absent
    )
    return _OF_SAVED.format(
        title=toml_text(f"The network of {Path(file).name}"),
        network=net.to_toml(),
        remark=remark if absent else "",
        output=toml_text(str(net.outputs[0]))[1:-1],
        **own,
    )
