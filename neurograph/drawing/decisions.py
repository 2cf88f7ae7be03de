"""Pictures of what a network answers where, with the samples."""

from collections.abc import Sequence
from dataclasses import field
from typing import Any, Unpack

import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import PathCollection, QuadMesh
from matplotlib.colors import ListedColormap, Normalize, TwoSlopeNorm
from matplotlib.contour import QuadContourSet
from matplotlib.patches import Patch

from neurograph.digits import digits_apart
from neurograph.drawing.canvas import (
    axes_for,
    check_parts,
    colour_bar,
    in_words,
    name_axes,
    new_figure,
    spaced,
    under,
)
from neurograph.drawing.pictures import Drawing
from neurograph.drawing.style import counted, finite, number, numbers, phrase, reaching
from neurograph.drawing.themes import MARKERS, LookOptions, pattern, styled, theme
from neurograph.errors import InvalidValueError
from neurograph.escapes import picture_words
from neurograph.landscape import Decision
from neurograph.records import record

__all__ = [
    "ClassesDrawing",
    "DecisionDrawing",
    "draw_classes",
    "draw_decision",
    "draw_decisions",
]

# Of one panel beside others, in inches.
_PANEL = 4.2


@record(eq=False)
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


@record(eq=False)
class ClassesDrawing(Drawing):
    """A picture of the class that wins over two inputs.

    Attributes
    ----------
    ax : matplotlib.axes.Axes
    ground : QuadMesh
        The place of the largest output, from 0.
    samples : dict of str to PathCollection
        The samples of each class, by the name of its output.
    """

    ground: QuadMesh = field(repr=False)
    samples: dict[str, PathCollection] = field(repr=False)


@styled
def draw_decision(
    decision: Decision,
    *,
    ax: Axes | None = None,
    bar: bool = True,
    key: bool = True,
    digits: int = 3,
    **look: Unpack[LookOptions],
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
    **look
        Theme, size, dpi and language: see `LookOptions`.

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
    _check_decision(decision)
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
        cmap=theme().diverging if decides else theme().sequential,
        norm=TwoSlopeNorm(middle, middle - reach, middle + reach) if decides
        else Normalize(low, high),
    )  # fmt: skip
    border = None
    if decides:
        # In grey the two sides are alike.
        ax.contourf(
            decision.x, decision.y, np.ma.masked_invalid(outputs), colors="none", hatches=["/"],
            levels=[low - 1.0, middle],
        ).set(edgecolor=theme().hatch, linewidth=0)  # fmt: skip
        border = ax.contour(
            decision.x, decision.y, np.ma.masked_invalid(outputs), levels=[middle],
            colors=theme().ink, linewidths=2,
        )  # fmt: skip
    above, target = (
        np.asarray(decision.targets) > middle,
        phrase("target of", output=decision.output),
    )
    at = {"value": number(middle)}
    alike = f"{target} {number(middle)}" if len(set(decision.targets.tolist())) == 1 else ""
    samples = {
        name: ax.scatter(
            decision.inputs[which, 0], decision.inputs[which, 1], marker=marker, s=54, color=color,
            edgecolor=theme().paper, linewidth=1.3, zorder=5, label=picture_words(label),
        )
        for name, which, marker, color, label in (
            ("above", above, "o", theme().positive, phrase("above", what=target, **at)),
            ("below", ~above, "s", theme().negative,
             alike or phrase("or below", what=target, **at)),
        )
    }  # fmt: skip
    name_axes(ax, *decision.over, own=own)
    if bar:
        side = "hatched below" if decides else _side(decision, known)
        output = picture_words(str(decision.output))
        told = phrase(side, value=number(middle, digits))
        drawn = colour_bar(ax, ground, f"{output}.out ({told})")
        if decides:
            drawn.ax.axhline(middle, color=theme().ink, linewidth=2)
    if key:
        present = [marks for marks in samples.values() if np.size(marks.get_offsets())]
        under(ax, present, own=own)
    return DecisionDrawing(ax, _decision_text(decision, known, digits), ground, border, samples)


@styled
def draw_decisions(
    decisions: Sequence[Decision], *, digits: int = 3, **look: Unpack[LookOptions]
) -> Drawing:
    """Draw what each of several outputs is over the same two inputs, side by side.

    Parameters
    ----------
    decisions : sequence of Decision
        One for each output.
    digits : int
        Significant digits.
    **look
        Theme, size, dpi and language: see `LookOptions`.

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
        scale = ": " + phrase("to", low=low, high=high) if not panel.border else ""
        panel.ax.set_title(f"{decision.output}{scale}", parse_math=False)
        in_words(panel.ax)
        spaced(panel.ax, 5)
        panel.ax.label_outer()
    under(panels[0].ax, _one_key(decisions, panels[0].samples), own=True)
    return Drawing(panels[0].ax, " ".join(panel.description for panel in panels))


@styled
def draw_classes(
    decisions: Sequence[Decision],
    *,
    ax: Axes | None = None,
    digits: int = 3,
    **look: Unpack[LookOptions],
) -> ClassesDrawing:
    """Draw which of several outputs is the largest over two inputs, and the samples by class.

    Parameters
    ----------
    decisions : sequence of Decision
        One for each output, all over the same two inputs; the first wins where several are equal.
    ax : matplotlib.axes.Axes, optional
    digits : int
        Significant digits.
    **look
        Theme, size, dpi and language: see `LookOptions`.

    Returns
    -------
    ClassesDrawing

    Raises
    ------
    InvalidTypeError, InvalidValueError
        As for `draw_decision`, or if there are fewer than two or they are over different inputs.

    Examples
    --------
    >>> import neurograph as ng
    >>> from neurograph.drawing import alt_text, draw_classes
    >>> from neurograph.landscape import decision
    >>> net = ng.Network.layered(2, 2, weights=[[[1, 0], [0, 1]]], activation="identity")
    >>> samples = [[0, 1], [1, 0]], [[0, 1], [1, 0]]
    >>> two = [decision(net, *samples, output=name, points=50) for name in ("o1", "o2")]
    >>> print(alt_text(draw_classes(two)))
    The largest of the outputs over i1 from −0.15 to 1.15 and i2 from −0.15 to 1.15: o1 on 51%,
    o2 on 49% of the picture; 2 samples.
    """
    outputs, wanted = _stacked(decisions)
    first, names = decisions[0], [str(decision.output) for decision in decisions]
    own = ax is None
    ax = axes_for(ax, "a picture of classes", 6.2, 5.8)
    winner = np.ma.masked_array(outputs.argmax(axis=0), ~np.isfinite(outputs).all(axis=0))
    tints = theme().tints
    ground = ax.pcolormesh(
        first.x, first.y, winner % len(tints), cmap=ListedColormap(tints), vmin=-0.5,
        vmax=len(tints) - 0.5, shading="nearest", rasterized=True,
    )  # fmt: skip
    areas, samples = [], {}
    for place, name in enumerate(names):
        tint, hatch = tints[place % len(tints)], pattern(place)
        # Above the others the border runs between the points of the grid.
        ahead = outputs[place] - np.delete(outputs, place, axis=0).max(axis=0)
        ahead = np.ma.masked_invalid(ahead)
        if ahead.max() > 0:
            border = 0.0 if ahead.min() < 0 else ahead.min() - 1
            ax.contourf(
                first.x, first.y, ahead, levels=[border, ahead.max()], colors=[tint],
                hatches=[hatch], extend="max",
            ).set(edgecolor=theme().ink, linewidth=0)  # fmt: skip
        if ahead.min() < 0 < ahead.max():
            ax.contour(first.x, first.y, ahead, levels=[0], colors=theme().ink, linewidths=1.4)
        label = picture_words(phrase("largest", output=name))
        areas.append(Patch(facecolor=tint, edgecolor=theme().ink, hatch=hatch, label=label))
        which = wanted == place
        samples[name] = ax.scatter(
            first.inputs[which, 0], first.inputs[which, 1], marker=MARKERS[place % len(MARKERS)],
            s=54, color=theme().ink, edgecolor=theme().paper, linewidth=1.1, zorder=5,
            label=picture_words(phrase("sample of", output=name)),
        )  # fmt: skip
    name_axes(ax, *first.over, own=own)
    # Area and samples of a class beside each other.
    present = [marks for marks in samples.values() if np.size(marks.get_offsets())]
    under(ax, [*areas, *present], own=own)
    return ClassesDrawing(ax, _classes_text(first, names, winner, digits), ground, samples)


def _check_decision(decision: object) -> None:
    check_parts(
        decision,
        ("over", "output", "x", "y", "outputs", "inputs", "targets", "threshold"),
        "a decision is what neurograph.landscape.decision returns",
    )


def _stacked(decisions: Sequence[Decision]) -> tuple[Any, Any]:
    """Return the outputs, of shape (n_outputs, ny, nx), and which target of a sample is largest."""
    if len(decisions) < 2:
        raise InvalidValueError(
            f"classes are drawn of two outputs or more, not of {len(decisions)}: make a"
            f" decision(..., output=...) for each"
        )
    for decision in decisions:
        _check_decision(decision)
    first = decisions[0]
    for other in decisions[1:]:
        same = np.array_equal(first.x, other.x) and np.array_equal(first.y, other.y)
        if other.over != first.over or not same:
            raise InvalidValueError(
                f"the decisions of {first.output} and {other.output} are over different inputs"
            )
    targets = np.stack([np.asarray(decision.targets) for decision in decisions])
    return np.stack([np.asarray(d.outputs, dtype=np.float64) for d in decisions]), targets.argmax(0)


def _classes_text(first: Decision, names: Sequence[str], winner: Any, digits: int) -> str:
    shares = [
        phrase("on", output=name, share=f"{np.mean(winner.filled(-1) == place):.0%}")
        for place, name in enumerate(names)
    ]
    return phrase(
        "classes",
        region=reaching(first.over, (first.x, first.y), digits),
        shares=", ".join(shares),
        samples=counted(len(first.inputs), "samples"),
    )


def _one_key(
    decisions: Sequence[Decision], marks: dict[str, PathCollection]
) -> list[PathCollection]:
    """Return the entries of a key for all panels, in which the targets of a sample differ."""
    if all(len(set(decision.targets.tolist())) == 1 for decision in decisions):
        marks["below"].set_label(counted(len(decisions[0].inputs), "samples"))
        return [marks["below"]]
    same = {decision.threshold for decision in decisions}
    middle = number(same.pop()) if len(same) == 1 else phrase("halfway")
    marks["above"].set_label(phrase("above", what=phrase("target"), value=middle))
    below = phrase("or below", what=phrase("target"), value=middle)
    marks["below"].set_label(f"{below} ({phrase('hatched')})")
    return list(marks.values())


def _side(decision: Decision, known: Any) -> str:
    return f"everywhere {'above' if known.min() >= decision.threshold else 'below'}"


def _decision_text(decision: Decision, known: Any, digits: int) -> str:
    region = reaching(decision.over, (decision.x, decision.y), digits)
    middle = decision.threshold
    digits = digits_apart([known.min(), known.max(), middle], digits)
    decides = known.min() < middle < known.max()
    side = "with its border" if decides else _side(decision, known)
    return phrase(
        "an output",
        output=decision.output,
        region=region,
        low=number(known.min(), digits),
        high=number(known.max(), digits),
        side=phrase(side, value=number(middle, digits)),
        samples=counted(len(decision.inputs), "samples"),
    )
