"""The picture of a network as SVG, with an element for each neuron, connection and number."""

from collections.abc import Callable, Hashable, Mapping, Sequence
from typing import Any

from neurograph.drawing.layout import (
    Cell,
    Pair,
    Points,
    Sketch,
    columns_of,
    gap_text,
    sketch_of,
)
from neurograph.escapes import html_words
from neurograph.network import Network
from neurograph.pages.html_frame import shown_number

__all__ = ["MOST_LABELS", "vector_picture"]

#: Units for an inch of the layout, and around it.
_SCALE, _MARGIN = 100.0, 14.0
#: As `draw_network` has it.
_MOST_NEURONS, MOST_LABELS = 10, 130
#: The widest texts that a neuron or a connection will ever show.
_WIDEST = "−0.0000"
_LINE = 17.0


def vector_picture(
    net: Network,
    keys: Mapping[Any, str],
    value: Callable[[Any, str], float | None],
    words: Mapping[str, Any],
) -> tuple[str, list[Hashable]]:
    """Return a network as SVG, and the neurons in it.

    Parameters
    ----------
    net : Network
    keys : mapping
        What each neuron, and each connection by its ends, is called in the page.
    value : callable
        The number of a neuron, or of a connection by its ends, where it is known.
    words : mapping
        The catalogue of the page.

    Returns
    -------
    svg : str
    shown : list
    """
    columns = columns_of(net, _MOST_NEURONS, _MOST_NEURONS)
    shown = [cell.name for column in columns for cell in column if cell.kind == "neuron"]
    kept = {*shown}
    pairs = [(pre, post) for pre in shown for post in net.successors(pre) if post in kept]
    labelled = pairs if len(pairs) <= MOST_LABELS else []
    texts = {pair: [f"{net.edges[pair].name} {_WIDEST}"] for pair in labelled}
    sketch = sketch_of(columns, pairs, {name: [_WIDEST] for name in shown}, texts, "right")
    return _Svg(net, keys, sketch, value, words).whole(shown, pairs), shown


class _Svg:
    def __init__(
        self,
        net: Network,
        keys: Mapping[Any, str],
        sketch: Sketch,
        value: Callable[[Any, str], float | None],
        words: Mapping[str, Any],
    ) -> None:
        self.net, self.keys, self.sketch = net, keys, sketch
        self.value, self.words = value, words
        left, bottom, right, top = sketch.extent
        self.left, self.top = left - _MARGIN / _SCALE, top + _MARGIN / _SCALE
        self.size = (
            (right - left) * _SCALE + 2 * _MARGIN,
            (top - bottom) * _SCALE + 2 * _MARGIN,
        )

    def at(self, x: float, y: float) -> tuple[float, float]:
        """Return inches, y upwards, as units of the picture."""
        return (x - self.left) * _SCALE, (self.top - y) * _SCALE

    def whole(self, shown: Sequence[Hashable], pairs: Sequence[Pair]) -> str:
        width, height = self.size
        levels = "-".join(str(len(level)) for level in self.net.levels)
        title = self.words["picture"].replace("{levels}", levels)
        parts = [
            # Tab leads to what is in it; as something that scrolls it would be a stop of its own.
            f'<svg id="picture" class="picture" viewBox="0 0 {width:.0f} {height:.0f}" role="group"'
            ' tabindex="-1"'
            f' aria-labelledby="picture-title picture-words">',
            f'<title id="picture-title">{html_words(title)}</title>',
            f'<desc id="picture-words">{html_words(self.words["picture_words"])}</desc>',
            '<g class="connections">',
            *(self.connection(pair) for pair in pairs),
            "</g>",
            '<g class="messages" aria-hidden="true"></g>',
            '<g class="neurons">',
            *(self.neuron(name) for name in shown),
            "</g>",
            *(self.gap(*gap) for gap in self.sketch.gaps),
            "</svg>",
        ]
        return "\n".join(parts)

    def connection(self, pair: Pair) -> str:
        connection = self.net.edges[pair]
        name = str(connection.name)
        line = " ".join(self.path(self.sketch.routes[pair]))
        said = html_words(f"{name}: {pair[0]} → {pair[1]}")
        seen = html_words(f"{name} {self.text(pair, 'weight')}: {pair[0]} → {pair[1]}")
        label = self.label(pair, name)
        return (
            f'<g class="connection" data-element="{self.keys[pair]}" tabindex="-1" role="button"'
            f' aria-label="{seen if label else said}"><title>{said}</title>'
            f'<path class="reach" d="{line}"/><path class="line" d="{line}"/>{label}</g>'
        )

    def label(self, pair: Pair, name: str) -> str:
        if pair not in self.sketch.labels:
            return ""
        x, y = self.at(*self.sketch.labels[pair])
        number = self.number(pair, name, "weight", "tspan")
        return (
            f'<text class="label" x="{x:.1f}" y="{y + 4:.1f}"><tspan class="name">'
            f"{html_words(name)}</tspan> {number}</text>"
        )

    def path(self, pieces: Sequence[Points]) -> list[str]:
        x, y = self.at(*pieces[0][0])
        commands = [f"M{x:.1f} {y:.1f}"]
        for piece in pieces:
            points = " ".join(f"{x:.1f} {y:.1f}" for x, y in (self.at(*at) for at in piece[1:]))
            commands.append(f"{'L' if len(piece) == 2 else 'C'}{points}")
        return commands

    def neuron(self, name: Hashable) -> str:
        x, y = self.at(*self.sketch.neurons[name])
        kind = self.net.nodes[name].kind or "hidden"
        radius = self.sketch.radius * _SCALE
        said = html_words(str(name))
        rule = self.net.nodes[name].combine
        rest = "" if rule == "sum" else f" ({html_words(rule)})"
        seen = f"{said} {self.text(name, 'out')}".strip()
        return (
            f'<g class="neuron {kind}" data-element="{self.keys[name]}" tabindex="-1" role="button"'
            f' aria-label="{seen}{rest}"><title>{said}{rest}</title>'
            f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{radius:.1f}"/>'
            f'<text class="name" x="{x:.1f}" y="{y - 5:.1f}">{said}</text> '
            + self.number(name, str(name), "out", "text", f' x="{x:.1f}" y="{y + _LINE - 4:.1f}"')
            + "</g>"
        )

    def number(
        self, place: Hashable, name: str, quantity: str, element: str, where: str = ""
    ) -> str:
        value, text = self.value(place, quantity), self.text(place, quantity)
        data = "" if value is None else f' data-value="{value!r}"'
        address = html_words(f"{name}.{quantity}")
        return f'<{element} class="number" data-address="{address}"{data}{where}>{text}</{element}>'

    def text(self, place: Hashable, quantity: str) -> str:
        """Return a number as it is written."""
        return shown_number(self.value(place, quantity), 4, self.words)

    def gap(self, cell: Cell, *place: float) -> str:
        x, y = self.at(*place)
        lines = gap_text(cell, "right").split("\n")
        start = y - _LINE * (len(lines) - 1) / 2
        spans = "".join(
            f'<tspan x="{x:.1f}" y="{start + _LINE * n:.1f}">{html_words(line)}</tspan>'
            for n, line in enumerate(lines)
        )
        return f'<text class="gap">{spans}</text>'
