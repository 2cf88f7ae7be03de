"""`animate_figure`: the passes of a scenario's network, or a walk on its loss, as they happen."""

from typing import TYPE_CHECKING

import numpy as np

from neurograph.errors import InvalidValueError
from neurograph.figures.asking import played
from neurograph.figures.walking import path_of, surface_of
from neurograph.scenario import Figure, Scenario

if TYPE_CHECKING:
    from neurograph.drawing import Moving

__all__ = ["MOVING", "animate_figure"]

#: What moves, and the kind of figure that it is.
MOVING = {"passes": "network", "descent": "path"}


def animate_figure(scenario: Scenario, figure: Figure) -> "Moving":
    """Compute what a figure of a scenario shows, and let it move.

    Parameters
    ----------
    scenario : Scenario
    figure : Figure
        A ``"network"``, whose passes are shown with the weights that it has after the step, or by
        default with those it begins with; or a ``"path"`` over two parameters.

    Returns
    -------
    Moving
        `neurograph.drawing.save` writes it as GIF.

    Raises
    ------
    UnknownNameError, InvalidValueError
        If there is no such run, step or parameter, or figures of this kind do not move.
    ScenarioError
        If a step of the run cannot be performed.

    Examples
    --------
    >>> import neurograph as ng
    >>> from neurograph.figures import animate_figure
    >>> from neurograph.scenario import Figure
    >>> scenario = ng.load_scenario("mazur_2015")
    >>> animate_figure(scenario, Figure(what="path", over=("w5", "w6"))).n_frames
    80
    """
    if figure.what not in MOVING.values():
        raise InvalidValueError(
            f"{figure.what!r} does not move; {' and '.join(MOVING.values())} do"
        )
    if figure.show:
        raise InvalidValueError(
            f"{figure.what!r} that moves takes no 'show': values appear as they become known"
        )
    moving = _passes(scenario, figure) if figure.what == "network" else _descent(scenario, figure)
    if figure.title:
        from neurograph.drawing import entitle

        entitle(moving, figure.title)
    return moving


def _passes(scenario: Scenario, figure: Figure) -> "Moving":
    from neurograph.drawing import animate_passes

    if figure.over:
        raise InvalidValueError(f"passes are not drawn over {', '.join(figure.over)}")
    run = scenario.run(figure.run or "1")
    net = played(scenario, run, figure.step).net if figure.step is not None else None
    inputs, targets = scenario.data_of(run)
    return animate_passes(
        net or scenario.network(run), inputs, targets, sample=1 if np.ndim(inputs) == 2 else None
    )


def _descent(scenario: Scenario, figure: Figure) -> "Moving":
    from neurograph.drawing import animate_descent

    player, over, paths = path_of(scenario, scenario.run(figure.run or "1"), figure, 2)
    return animate_descent(surface_of(player, over, figure, list(paths.values())), paths)
