"""Pictures of what a network answers where, with the samples."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import PathCollection, QuadMesh
from matplotlib.colors import Normalize, TwoSlopeNorm
from matplotlib.contour import QuadContourSet

from neurograph.digits import digits_apart
from neurograph.drawing.canvas import (
    axes_for,
    check_parts,
    colour_bar,
    name_axes,
    new_figure,
    spaced,
    under,
)
from neurograph.drawing.pictures import Drawing
from neurograph.drawing.style import (
    DIVERGING,
    INK,
    NEGATIVE,
    PAPER,
    POSITIVE,
    SEQUENTIAL,
    counted,
    finite,
    number,
    numbers,
    reaching,
    styled,
)
from neurograph.errors import InvalidValueError
from neurograph.escapes import picture_words
from neurograph.landscape import Decision

__all__ = [
    "DecisionDrawing",
    "draw_decision",
    "draw_decisions",
]

# Of one panel beside others, in inches.
_PANEL = 4.2


@dataclass(frozen=True, eq=False)
class DecisionDrawing(Drawing):
    """A picture of what a network answers over two inputs.

    Attributes
    ----------
    ax : matplotlib.axes.Axes
    ground : QuadMesh
        The output.
    border : QuadContourSet or None
        Where the output is the threshold; `None` where it is nowhere so.
    samples : dict of str to PathCollection
        ``"above"`` and ``"below"``: by whether the target is above the threshold.
    """

    ground: QuadMesh = field(repr=False)
    border: QuadContourSet | None = field(repr=False)
    samples: dict[str, PathCollection] = field(repr=False)


@styled
def draw_decision(
    decision: Decision,
    *,
    ax: Axes | None = None,
    bar: bool = True,
    key: bool = True,
    digits: int = 3,
) -> DecisionDrawing:
    """Draw what a network answers over two inputs, and the samples.

    Colours run from one side of the threshold over white to the other, the black line is where
    the output is the threshold; where it is nowhere so, they run from the lowest output to the
    highest. Samples whose target is above it are circles, the others squares.

    Parameters
    ----------
    decision : Decision
        From `neurograph.landscape.decision`.
    ax : matplotlib.axes.Axes, optional
    bar : bool
        Whether a colour bar is drawn.
    key : bool
        Whether a key says what the samples' marks mean.
    digits : int
        Significant digits.

    Returns
    -------
    DecisionDrawing

    Raises
    ------
    InvalidTypeError, InvalidValueError
        If it is no decision, no output is finite, or the axes are of another kind.

    Examples
    --------
    >>> import neurograph as ng
    >>> from neurograph.drawing import alt_text, draw_decision
    >>> from neurograph.landscape import decision
    >>> net = ng.Network.layered(2, 1, weights=[[[4.0, -4.0]]])
    >>> samples = [[0, 1], [1, 0]], [[0], [1]]
    >>> print(alt_text(draw_decision(decision(net, *samples))))
    The output o1 over i1 from −0.15 to 1.15 and i2 from −0.15 to 1.15, between 0.00549 and 0.995,
    with its border at 0.5; 2 samples.
    """
    check_parts(
        decision,
        ("over", "output", "x", "y", "outputs", "inputs", "targets", "threshold"),
        "a decision is what neurograph.landscape.decision returns",
    )
    outputs = np.asarray(decision.outputs, dtype=np.float64)
    known = finite(outputs)
    if not known.size:
        raise InvalidValueError("no output of this decision is finite: there is nothing to draw")
    own = ax is None
    ax = axes_for(ax, "a decision", 6.6, 5.6)
    middle, low, high = decision.threshold, float(known.min()), float(known.max())
    decides = low < middle < high
    reach = max(high - middle, middle - low)
    ground = ax.pcolormesh(
        decision.x, decision.y, np.ma.masked_invalid(outputs), shading="gouraud", rasterized=True,
        cmap=DIVERGING if decides else SEQUENTIAL,
        norm=TwoSlopeNorm(middle, middle - reach, middle + reach) if decides
        else Normalize(low, high),
    )  # fmt: skip
    border = None
    if decides:
        # In grey the two sides are alike.
        ax.contourf(
            decision.x, decision.y, np.ma.masked_invalid(outputs), colors="none", hatches=["/"],
            levels=[low - 1.0, middle],
        ).set(edgecolor="#ffffff66", linewidth=0)  # fmt: skip
        border = ax.contour(
            decision.x, decision.y, np.ma.masked_invalid(outputs), levels=[middle], colors=INK,
            linewidths=2,
        )  # fmt: skip
    above, target = np.asarray(decision.targets) > middle, f"target of {decision.output}"
    alike = f"{target} {number(middle)}" if len(set(decision.targets.tolist())) == 1 else ""
    samples = {
        name: ax.scatter(
            decision.inputs[which, 0], decision.inputs[which, 1], marker=marker, s=54, color=color,
            edgecolor=PAPER, linewidth=1.3, zorder=5, label=picture_words(label),
        )
        for name, which, marker, color, label in (
            ("above", above, "o", POSITIVE, f"{target} above {number(middle)}"),
            ("below", ~above, "s", NEGATIVE, alike or f"{target} {number(middle)} or below"),
        )
    }  # fmt: skip
    name_axes(ax, *decision.over, own=own)
    if bar:
        side = "hatched below" if decides else _side(decision, known)
        output = picture_words(str(decision.output))
        drawn = colour_bar(ax, ground, f"{output}.out ({side} {number(middle, digits)})")
        if decides:
            drawn.ax.axhline(middle, color=INK, linewidth=2)
    if key:
        present = [marks for marks in samples.values() if np.size(marks.get_offsets())]
        under(ax, present, own=own)
    return DecisionDrawing(ax, _decision_text(decision, known, digits), ground, border, samples)


@styled
def draw_decisions(decisions: Sequence[Decision], *, digits: int = 3) -> Drawing:
    """Draw what each of several outputs is over the same two inputs, side by side.

    Parameters
    ----------
    decisions : sequence of Decision
        One for each output.
    digits : int
        Significant digits.

    Returns
    -------
    Drawing
        On the first of the panels.

    Raises
    ------
    InvalidTypeError, InvalidValueError
        As for `draw_decision`, or if there is none.

    Examples
    --------
    >>> import neurograph as ng
    >>> from neurograph.drawing import draw_decisions
    >>> from neurograph.landscape import decision
    >>> net = ng.Network.layered(2, 2, weights=[[[1, -1], [2, 0]]], activation="identity")
    >>> samples = [[0, 1], [1, 0]], [[0, 1], [1, 0]]
    >>> drawing = draw_decisions([decision(net, *samples, output=name) for name in ("o1", "o2")])
    >>> [panel.get_title() for panel in drawing.figure.axes]
    ['o1', 'o2']
    """
    if not decisions:
        raise InvalidValueError("there is no decision to draw: make one with decision(...)")
    figure = new_figure(_PANEL * len(decisions) + 0.6, _PANEL + 0.9, layout="constrained")
    panels = [
        draw_decision(decision, ax=ax, bar=False, key=False, digits=digits)
        for decision, ax in zip(
            decisions, figure.subplots(1, len(decisions), squeeze=False)[0], strict=True
        )
    ]
    for decision, panel in zip(decisions, panels, strict=True):
        low, high = numbers(panel.ground.get_clim(), digits)
        # Without a border to compare with, colours say nothing by themselves.
        scale = f": {low} to {high}" if not panel.border else ""
        panel.ax.set_title(f"{decision.output}{scale}", parse_math=False)
        spaced(panel.ax, 5)
        panel.ax.label_outer()
    under(panels[0].ax, _one_key(decisions, panels[0].samples), own=True)
    return Drawing(panels[0].ax, " ".join(panel.description for panel in panels))


def _one_key(
    decisions: Sequence[Decision], marks: dict[str, PathCollection]
) -> list[PathCollection]:
    """Return the entries of a key for all panels, in which the targets of a sample differ."""
    if all(len(set(decision.targets.tolist())) == 1 for decision in decisions):
        marks["below"].set_label(counted(len(decisions[0].inputs), "sample", "samples"))
        return [marks["below"]]
    same = {decision.threshold for decision in decisions}
    middle = number(same.pop()) if len(same) == 1 else "halfway between its targets"
    marks["above"].set_label(f"target above {middle}")
    marks["below"].set_label(f"target {middle} or below (hatched: output below)")
    return list(marks.values())


def _side(decision: Decision, known: Any) -> str:
    return f"everywhere {'above' if known.min() >= decision.threshold else 'below'}"


def _decision_text(decision: Decision, known: Any, digits: int) -> str:
    region = reaching(decision.over, (decision.x, decision.y), digits)
    middle = decision.threshold
    digits = digits_apart([known.min(), known.max(), middle], digits)
    decides = known.min() < middle < known.max()
    return (
        f"The output {decision.output} over {region}, between"
        f" {number(known.min(), digits)} and {number(known.max(), digits)},"
        f" {'with its border at' if decides else _side(decision, known)} {number(middle, digits)};"
        f" {counted(len(decision.inputs), 'sample', 'samples')}."
    )
