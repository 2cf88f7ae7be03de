"""A network in a file of its own: one readable JSON document that holds every number to the bit."""

import hashlib
import json
import math
import os
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import pairwise
from pathlib import Path
from types import MappingProxyType
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from neurograph import activations, combinations, losses
from neurograph.columns import Storage
from neurograph.errors import NeurographError, ScenarioError, did_you_mean
from neurograph.escapes import toml_key, toml_value
from neurograph.facts import network_from, network_table
from neurograph.fields import (
    Field,
    inside,
    integer,
    mapping_of,
    needed,
    number,
    table_of,
    text,
    wrong,
)
from neurograph.files import check_replaceable, read_text, write_whole
from neurograph.training.history import Checkpoint, History
from neurograph.training.trainer import generator_of

__all__ = [
    "VERSION", "add_formulas", "checked_document", "data_of", "document_of", "history_of",
    "is_document", "read_document", "restored", "spelt_out", "toml_of", "write_document",
]  # fmt: skip

#: Of the format. A change that older readers would misunderstand has a new one.
VERSION = 1

#: A network of 10 million connections takes some 250 MB.
_MOST_MEBIBYTES = 1024

_EXPECTED = "a network saved by neurograph (.json)"
_SUM = re.compile(r'\A\{\n "neurograph": \d+,\n "sha256": "([0-9a-f]{64})",\n')
# What may be left of a file where json stops if it ends too early: part of a number or a word.
_LAST_WORD = re.compile(r'[^\s\[\]{}",:]*\s*')
_KEYS = ("neurograph", "sha256", "formulas", "network", "data", "training")

N = TypeVar("N")


class _Kind:
    """A table whose rows people can add to: how a row is written, and how it is added again."""

    def __init__(self, rows: Mapping[str, Any], standard: frozenset[str], add: Any, slope: str):
        self.rows, self.standard, self.add, self.slope = rows, standard, add, slope

    def written(self, names: Iterable[str]) -> dict[str, dict[str, str]]:
        """Return the own rows among some names."""
        own = sorted({name for name in names if name in self.rows} - self.standard)
        return {
            name: {
                "formula": self.rows[name].formula.text,
                self.slope: getattr(self.rows[name], self.slope).text,
                "source": self.rows[name].source,
            }
            for name in own
        }

    def spelt_out(self, name: str) -> str:
        """Return the formula of an own row, where a name would mean nothing to others."""
        own = name in self.rows and name not in self.standard
        return str(self.rows[name].formula.text) if own else name

    def read(self, value: Any, place: str) -> None:
        """Add the rows that a file has; those that are there already stay as they are."""
        row = {key: needed(text) for key in ("formula", self.slope)} | {"source": Field(_source)}
        for name, parts in mapping_of(text, table_of(dict, row))(value, place).items():
            stated, known = (parts["formula"], parts[self.slope]), self.rows.get(name)
            if known and stated == (known.formula.text, getattr(known, self.slope).text):
                continue
            try:
                self.add(name, *stated, source=parts["source"] or "")
            except NeurographError as error:
                raise wrong(inside(place, name), str(error)) from error


def _source(value: Any, place: str) -> str:
    """Check where a formula was published; nothing, if nobody said."""
    return text(value, place) if value else ""


_KINDS = {
    "activations": _Kind(
        activations.ACTIVATIONS, activations.STANDARD, activations.add_activation, "derivative"
    ),
    "losses": _Kind(losses.LOSSES, losses.STANDARD, losses.add_loss, "derivative"),
    "combinations": _Kind(
        combinations.COMBINATIONS, combinations.STANDARD, combinations.add_combination, "slope"
    ),
}


def spelt_out(kind: str, name: str) -> str:
    """Return how a file calls an activation or a loss: an own one by its formula.

    Parameters
    ----------
    kind : {"activations", "losses"}
    name : str

    Returns
    -------
    str
    """
    return _KINDS[kind].spelt_out(name)


def document_of(
    net: Any, storage: Storage | None, data: Mapping[str, Any] | None, history: History | None
) -> dict[str, Any]:
    """Return the document of a network.

    Parameters
    ----------
    net : Network
    storage : Storage or None
        The columns of its objects; `None` of a graph that is no feed-forward network.
    data : mapping, optional
        The table ``[data]``: see `data_of`.
    history : History, optional
        Of the last training.

    Returns
    -------
    dict
        Texts, numbers, lists and tables only.
    """
    network = network_table(net, storage)
    units = [*network.get("neurons", ()), *network.get("layers", ())]
    names = {
        "activations": [unit["activation"] for unit in units if "activation" in unit],
        "losses": [network["loss"]],
        "combinations": [unit["combine"] for unit in units if "combine" in unit],
    }
    own = {key: rows for key, kind in _KINDS.items() if (rows := kind.written(names[key]))}
    document: dict[str, Any] = {"neurograph": VERSION}
    if own:
        document["formulas"] = own
    document["network"] = network
    if data:
        document["data"] = data
    if history is not None:
        document["training"] = _training(history)
    return document


def _training(history: History) -> dict[str, Any]:
    """Return what a training recorded, and what it needs to go on."""
    training: dict[str, Any] = {
        "ended": history.ended,
        "epochs": history.epochs.tolist(),
        "start": history.start,
        "recorded": {address: _plain(history[address]) for address in history},
    }
    at = history.checkpoint
    if at is not None:
        training["checkpoint"] = {
            **{name: getattr(at, name) for name in _OF_CHECKPOINT},
            "loss": _plain(at.loss),
            "running_loss": _plain(at.running_loss),
            "open_losses": _plain(at.open_losses),
            "noted": {stop: _plain(numbers) for stop, numbers in at.noted.items()},
            "random": _plain(at.random),
            "state": {name: _plain(column) for name, column in at.state.items()},
        }
    return training


_OF_CHECKPOINT = ("step", "steps_per_epoch", "optimizer", "every", "before")


def _plain(value: Any) -> Any:
    """Return numbers as JSON has them: what is not finite as text."""
    if isinstance(value, np.ndarray):
        return _plain(value.tolist())
    if isinstance(value, dict | MappingProxyType):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    if isinstance(value, float) and not math.isfinite(value):
        return repr(value)
    return value


def data_of(storage: Storage) -> dict[str, Any] | None:
    """Return the inputs of the last forward pass, and the targets if there were any.

    Parameters
    ----------
    storage : Storage

    Returns
    -------
    dict or None
        Lists in the order of the inputs and of the outputs; for a batch a list for each sample.
    """
    structure, now = storage.structure, storage.computed
    if now is None or not now.has_outs(structure):
        return None
    neurons = storage.neurons
    data = {"inputs": _rows(neurons["out"], structure.inputs)}
    if now.has_losses(structure):
        data["targets"] = _rows(neurons["target"], structure.outputs)
    return data


def _rows(column: Any, rows: Iterable[int]) -> list[Any]:
    columns: list[Any] = np.array([column[row] for row in rows], dtype=np.float64).T.tolist()
    return columns


# -- writing -------------------------------------------------------------------------------------


def write_document(document: Mapping[str, Any], path: str | os.PathLike[str]) -> None:
    """Write a document, whole or not at all, with the checksum of what follows the checksum.

    Parameters
    ----------
    document : mapping
    path : path

    Raises
    ------
    UnwritableError
        If the file cannot be written, or may not be replaced.
    """
    rest = ",\n".join(
        f' "{key}": {"".join(_pieces(value, 1))}'
        for key, value in document.items()
        if key != "neurograph"
    )
    rest = f"{rest}\n}}\n"
    head = f'{{\n "neurograph": {document["neurograph"]},\n "sha256": "{_sum(rest)}",\n'
    check_replaceable(path, "saved network", is_document)
    write_whole(path, head + rest)


def _pieces(value: Any, depth: int) -> Iterator[str]:
    """Yield JSON with a line for each row, neuron and connection."""
    if isinstance(value, dict) and value and depth < 3:
        separator = "{"
        for key, item in value.items():
            yield f"{separator}\n{' ' * (depth + 1)}{json.dumps(key)}: "
            yield from _pieces(item, depth + 1)
            separator = ","
        yield f"\n{' ' * depth}}}"
    elif isinstance(value, dict) and any(map(_is_matrix, value.values())):
        parts = (f"{json.dumps(key)}: {''.join(_pieces(v, depth + 1))}" for key, v in value.items())
        yield f"{{{', '.join(parts)}}}"
    elif isinstance(value, list) and value and isinstance(value[0], list | dict):
        lines = ("".join(_pieces(item, depth + 1)) for item in value)
        yield f"[\n{' ' * depth}" + f",\n{' ' * depth}".join(lines) + "]"
    else:
        compact = isinstance(value, list)
        yield json.dumps(
            value, ensure_ascii=False, allow_nan=False, separators=(",", ": ") if compact else None
        )


def _is_matrix(value: Any) -> bool:
    return isinstance(value, list) and bool(value) and isinstance(value[0], list)


def _sum(rest: str) -> str:
    return hashlib.sha256(rest.encode(errors="backslashreplace")).hexdigest()


def toml_of(net: Any, storage: Storage | None) -> str:
    """Return a network as the table ``[network]`` of a scenario file.

    Parameters
    ----------
    net : Network
    storage : Storage or None
        As for `document_of`.

    Returns
    -------
    str

    Raises
    ------
    InvalidValueError
        If something stored with it is nothing, which TOML cannot say.
    """
    network = network_table(net, storage)
    network["loss"] = spelt_out("losses", network["loss"])
    for unit in (*network.get("neurons", ()), *network.get("layers", ())):
        if "activation" in unit:
            unit["activation"] = spelt_out("activations", unit["activation"])
    lines = (f"{toml_key(key)} = {toml_value(value, 1)}" for key, value in network.items())
    return "\n".join(["[network]", *lines, ""])


# -- reading -------------------------------------------------------------------------------------


def read_document(path: str | os.PathLike[str]) -> dict[str, Any]:
    """Read a document, and check that it is whole and unchanged.

    Parameters
    ----------
    path : path

    Returns
    -------
    dict

    Raises
    ------
    ScenarioError
        If there is no such file, or it is none of these, of a later version, no valid JSON, cut off
        or changed.
    """
    return checked_document(read_text(Path(path), _EXPECTED, most=_MOST_MEBIBYTES), path)


def checked_document(content: str, file: str | os.PathLike[str]) -> dict[str, Any]:
    """Return the document that a text holds, as `read_document` does for a file."""
    content = content.replace("\r\n", "\n")
    try:
        document = json.loads(content, parse_constant=_refused)
    except (ValueError, RecursionError) as error:
        raise ScenarioError(f"{file}: {_misread(content, error)}: {error}") from error
    if not isinstance(document, dict) or "neurograph" not in document:
        raise ScenarioError(f"{file}: is not {_EXPECTED}: the key 'neurograph' is missing")
    version = document["neurograph"]
    if version != VERSION:
        raise ScenarioError(
            f"{file}: has version {version!r} of the format, and this neurograph reads version"
            f" {VERSION}: a newer one may have written it"
        )
    if "sha256" in document:
        head = _SUM.match(content)
        if head is None or head[1] != _sum(content[head.end() :]):
            raise ScenarioError(
                f"{file}: has changed since it was saved: its checksum is another. If that was on"
                ' purpose, remove the line "sha256"'
            )
    for key in document:
        if key not in _KEYS:
            near = did_you_mean(key, _KEYS) or f"; the keys here are {', '.join(_KEYS)}"
            raise ScenarioError(f"{file}: unknown key {key!r:.40}{near}")
    return document


def _misread(content: str, error: ValueError | RecursionError) -> str:
    """Return what a text is that is no JSON: one that ends too early, or has a mistake before."""
    if not content.startswith('{\n "neurograph"'):
        return f"is not {_EXPECTED}"
    if isinstance(error, json.JSONDecodeError) and not error.msg.startswith("Extra data"):
        # Of a text that was not closed json names the beginning.
        unclosed = error.msg.startswith("Unterminated string")
        if unclosed or _LAST_WORD.fullmatch(content, error.pos):
            return "is cut off"
    return "is not valid JSON"


def is_document(head: bytes) -> bool:
    """Whether a file that begins so is a saved network."""
    return re.match(rb'\s*\{\s*"neurograph"', head.removeprefix(b"\xef\xbb\xbf")) is not None


def _refused(constant: str) -> None:
    raise ValueError(f"{constant} is no number that a file keeps")


def restored(document: Mapping[str, Any], path: str | os.PathLike[str], of: Callable[..., N]) -> N:
    """Return the network of a document.

    Parameters
    ----------
    document : mapping
        As `read_document` returns it.
    path : path
        Where it was read, for messages.
    of : type
        `Network`, or a class that inherits from it.

    Returns
    -------
    Network

    Raises
    ------
    ScenarioError
        If something in it is wrong; the message names the file and the place in it.
    """
    add_formulas(document, path)
    try:
        if "network" not in document:
            raise wrong("", "missing key 'network'")
        return network_from(document["network"], "network", of)
    except NeurographError as error:
        raise ScenarioError(f"{path}: {error}") from error


def add_formulas(document: Mapping[str, Any], path: str | os.PathLike[str]) -> None:
    """Add the activations, losses and combine rules of a document to the tables.

    Raises
    ------
    ScenarioError
        If one cannot be read, or its name means something else already.
    """
    try:
        kinds = {key: Field(kind.read) for key, kind in _KINDS.items()}
        table_of(dict, kinds)(document.get("formulas", {}), "formulas")
    except NeurographError as error:
        raise ScenarioError(f"{path}: {error}") from error


def history_of(document: Mapping[str, Any], path: str | os.PathLike[str]) -> History | None:
    """Return the history that a document holds, so that its training can go on.

    Raises
    ------
    ScenarioError
        If something in it is wrong; the message names the file and the place in it.
    """
    if "training" not in document:
        return None
    try:
        training = _checked_training(document["training"], "training")
    except ScenarioError as error:
        raise ScenarioError.of([f"{path}: {mistake}" for mistake in error.mistakes]) from error
    checkpoint: Checkpoint | None = training["checkpoint"]
    return History(
        training["recorded"],
        training["epochs"],
        checkpoint.steps_per_epoch if checkpoint else 1,
        start=training["start"],
        ended=training["ended"],
        checkpoint=checkpoint,
    )


def _checked_training(value: Any, place: str) -> dict[str, Any]:
    """Check a table ``[training]``, and that what was recorded fits the epochs."""
    training: dict[str, Any] = _TRAINING(value, place)
    n = len(training["epochs"])
    for address, column in training["recorded"].items():
        if len(column) != n:
            raise wrong(
                inside(f"{place}.recorded", address),
                f"expected {n} values, one for each of 'epochs', got {len(column)}",
            )
    return training


def _float(value: Any, place: str) -> float:
    """Check a number; one that is not finite is text, as `_plain` writes it."""
    return float(value) if value in ("inf", "-inf", "nan") else number(value, place)


def _numbers(value: Any, place: str) -> tuple[float, ...]:
    """Check a list of numbers, which may be empty; a long one at once."""
    if not isinstance(value, list):
        raise wrong(place, f"expected a list of numbers, got {value!r:.40}")
    if set(map(type, value)) == {float}:
        return tuple(value)
    return tuple(_float(item, f"{place}[{index}]") for index, item in enumerate(value))


def _array(value: Any, place: str) -> NDArray[np.float64]:
    return np.array(_numbers(value, place), dtype=np.float64)


def _column(value: Any, place: str) -> NDArray[np.float64]:
    """Check what was recorded of an address: numbers, or as many of each epoch for the samples."""
    if not (isinstance(value, list) and value and isinstance(value[0], list)):
        return _array(value, place)
    rows = [_numbers(row, f"{place}[{index}]") for index, row in enumerate(value)]
    for index, row in enumerate(rows):
        if len(row) != len(rows[0]):
            raise wrong(f"{place}[{index}]", f"expected {len(rows[0])} numbers, got {len(row)}")
    return np.array(rows, dtype=np.float64)


def _epochs(value: Any, place: str) -> list[int]:
    """Check the kept epochs: whole numbers from 1, each larger than the one before."""
    if not isinstance(value, list):
        raise wrong(place, f"expected a list of whole numbers, got {value!r:.40}")
    epochs = [_COUNT(item, f"{place}[{index}]") for index, item in enumerate(value)]
    if any(after <= before for before, after in pairwise(epochs)):
        raise wrong(place, "expected epochs that rise")
    return epochs


def _random(value: Any, place: str) -> Mapping[str, Any] | None:
    """Check the state of a generator; nothing where none shuffled."""
    if value is not None:
        try:
            generator_of(value)
        except NeurographError as error:
            raise wrong(place, str(error)) from error
    random: Mapping[str, Any] | None = value
    return random


# Larger than a run can come to, and their products are numbers of 64 bits.
_COUNT = integer(1, 2**31 - 1)

_CHECKPOINT = table_of(
    Checkpoint,
    {
        "step": needed(integer(0, 2**62)),
        "steps_per_epoch": needed(_COUNT),
        "optimizer": needed(text),
        "every": needed(integer(1, 2**63 - 1)),
        "loss": needed(_float),
        "open_losses": needed(_numbers),
        "noted": needed(mapping_of(text, _numbers)),
        "random": needed(_random),
        "state": needed(mapping_of(text, _array)),
        "before": Field(integer(0, 2**62), default=0),
        "running_loss": Field(_float, default=float("nan")),
    },
)

_TRAINING = table_of(
    dict,
    {
        "ended": needed(text),
        "epochs": needed(_epochs),
        "start": needed(mapping_of(text, _float)),
        "recorded": needed(mapping_of(text, _column)),
        "checkpoint": Field(_CHECKPOINT),
    },
)
