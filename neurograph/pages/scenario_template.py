"""A page as a scenario file: its text, with a place for each number that a reader may change."""

from typing import Any

from neurograph.activations import ACTIVATIONS
from neurograph.checkpoints import spelt_out
from neurograph.combinations import STANDARD, is_formula
from neurograph.errors import InvalidValueError, NeurographError
from neurograph.escapes import printable, toml_key, toml_text, toml_value
from neurograph.facts import NetworkFacts
from neurograph.fields import MAX_TEXT
from neurograph.losses import LOSSES
from neurograph.network import Network
from neurograph.optimizers import OPTIMIZERS

__all__ = ["head_template", "names_in_files", "network_template"]

#: Stands on both sides of what a page fills in: no text of TOML holds it as it is.
_MARK = "\ue000"


class _Blank:
    """What a page fills in: one of a kind, such as the weight in a slot."""

    def __init__(self, kind: str, number: int | str = "") -> None:
        self.words = f"{_MARK}{kind} {number}{_MARK}"

    def __repr__(self) -> str:
        return self.words


def head_template(title: str, author: str, year: int | None, source: str) -> str:
    """Return what a file says of an example before its network."""
    title = toml_text(_line(title, "A network"))
    lines = [
        f'title = {title[:-1]}{_Blank("changed")!r}"',
        f"author = {toml_text(_line(author, 'saved by neurograph'))}",
        f"source = {toml_text(_line(source, 'a page of neurograph'))}",
    ]
    if year is not None:
        lines.insert(2, f"year = {year}")
    return "\n".join([*lines, ""])


def _line(text: str, otherwise: str) -> str:
    return printable(" ".join(text.split()))[: MAX_TEXT - 100] or otherwise


def names_in_files() -> dict[str, Any]:
    """Return the names that a file writes otherwise, and the optimisers that it knows."""
    spelt = {
        kind: {name: text for name in rows if (text := spelt_out(kind, name)) != name}
        for kind, rows in (("activations", ACTIVATIONS), ("losses", LOSSES))
    }
    return {"spelt": spelt, "optimizers": list(OPTIMIZERS)}


def network_template(net: Network) -> dict[str, str]:
    """Return the tables ``[network]`` and ``[data]`` of a network.

    Parameters
    ----------
    net : Network

    Returns
    -------
    dict
        ``text``, with a place for each activation, bias, weight, input and target, for the loss
        and the reduction; or ``refused``, why a file cannot say it.
    """
    try:
        return {"text": _network(net)}
    except NeurographError as error:
        return {"refused": str(error)}


def _network(net: Network) -> str:
    structure = net.structure
    table = NetworkFacts.of(net).table()
    rows = {name: row for row, name in enumerate(structure.names)}
    slots = {structure.ends(slot): slot for slot in structure.filled if structure.pre[slot] >= 0}
    for neuron in table["neurons"]:
        row = rows[neuron["name"]]
        rule = neuron.get("combine", "sum")
        if rule not in STANDARD and not is_formula(rule):
            raise InvalidValueError(f"no file knows the combine rule {rule!r}")
        if "activation" in neuron and row not in structure.levels[0]:
            neuron["activation"] = _Blank("activation", row)
        if neuron.get("bias") is not None:
            neuron["bias"] = _Blank("weight", int(structure.bias_slot[row]))
    for connection in table["connections"]:
        connection["weight"] = _Blank("weight", slots[connection["pre"], connection["post"]])
    table |= {name: _Blank(name) for name in ("loss", "reduction")}
    lines = [f"{toml_key(key)} = {toml_value(value, 1)}" for key, value in table.items()]
    ends = {"inputs": structure.inputs, "targets": structure.outputs}
    data = [f"{key} = {{ {_samples(structure.names, key, own)} }}" for key, own in ends.items()]
    return "\n".join(["[network]", *lines, "", "[data]", *data, ""])


def _samples(names: list[Any], key: str, rows: list[int]) -> str:
    return ", ".join(f"{toml_key(str(names[row]))} = {_Blank(key, row)!r}" for row in rows)
