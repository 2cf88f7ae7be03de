"""What a picture of a network says about itself: its key, what it leaves out, its description."""

from collections.abc import Hashable, Sequence

from neurograph.drawing.network.columns import Cell
from neurograph.drawing.network.highlighting import Highlight
from neurograph.drawing.network.keys import Key
from neurograph.drawing.network.painting import line_of_sign
from neurograph.drawing.network.reading import largest_of
from neurograph.drawing.style import number, numbers
from neurograph.drawing.wording import counted
from neurograph.network import Network

__all__ = ["described", "keys_of", "left_out"]

Pair = tuple[Hashable, Hashable]

_MEANINGS = {
    "weight": "weight",
    "message": "message w·out",
    "error_message": "error message w·δ",
    "gradient": "gradient ∂E/∂w",
}


def left_out(
    net: Network, columns: Sequence[Sequence[Cell]], connections: int, labels: int
) -> list[str]:
    """Return in words what a picture does not show.

    Parameters
    ----------
    net : Network
    columns : sequence of sequence of Cell
    connections : int
        How many are drawn.
    labels : int
        How many found no room.

    Returns
    -------
    list of str
    """
    words = []
    shown = sum(cell.kind == "neuron" for column in columns for cell in column)
    if shown < len(net):
        words.append(f"{shown} of {len(net):,} neurons shown")
    total = net.number_of_edges()
    if connections < total:
        words.append(f"{connections:,} of {total:,} connections shown")
    if labels:
        words.append(f"no room for {labels} label{'s'[: labels != 1]}")
    return words


def keys_of(strength: str, strengths: Sequence[float | None], missing: Sequence[str]) -> list[Key]:
    """Return the entries of the key.

    Parameters
    ----------
    strength : str
        The field that the lines show.
    strengths : sequence of float or None
        Its values.
    missing : sequence of str
        What is not shown.

    Returns
    -------
    list of Key
    """
    values = [value for value in strengths if value is not None]
    largest = largest_of(values)
    meaning = _MEANINGS[strength]
    keys = []
    for sign, value in (("positive", 1.0), ("negative", -1.0), ("zero", 0.0)):
        if any((found > 0) - (found < 0) == value for found in values):
            line = {**line_of_sign(value), "linewidth": 2.4 if value else 1.2}
            keys.append(Key(f"{sign} {meaning}", line))
    if largest:
        keys.append(Key(f"the wider, the larger: widest {number(largest)}", None))
    if missing:
        keys.append(Key("; ".join(missing)))
    return keys


def described(
    net: Network, strength: str, missing: Sequence[str], highlight: Highlight | None
) -> str:
    """Return the picture in a sentence or two."""
    levels = [str(len(level)) for level in net.levels]
    values = [
        (float(value), connection.label or f"{pre}→{post}")
        for pre, post, connection in net.edges(data=True)
        if isinstance(value := connection.get(strength), float)
    ]
    text = (
        f"A feed-forward network of {counted(len(net), 'neuron', 'neurons')} in"
        f" {counted(len(levels), 'level', 'levels')} ({'-'.join(levels)}) and"
        f" {counted(net.number_of_edges(), 'connection', 'connections')}"
    )
    if values:
        (low, one), (high, two) = min(values), max(values)
        least, most = numbers([low, high])
        range_of = f"from {least} ({one}) to {most} ({two})"
        text += f"; {_MEANINGS[strength]} {range_of if len(values) > 1 else least}"
        negative = sum(value < 0 for value, _ in values)
        text += f", {negative:,} negative" if len(values) > 1 else ""
    text += "."
    if highlight is not None:
        text += f" Highlighted: {highlight.words}."
    if missing:
        words = "; ".join(missing)
        text += f" {words[0].upper()}{words[1:]}."
    return text
