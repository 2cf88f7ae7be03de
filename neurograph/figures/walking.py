"""Paths on the pictures of a scenario: the training of a run, or a walk of its own."""

from collections.abc import Sequence

import numpy as np

from neurograph import landscape
from neurograph.figures.asking import called, found_over, optimizer_of, played, rate_of, reaching
from neurograph.landscape import DescentPath, LossCurve, LossSurface
from neurograph.landscape.evaluation import Losses
from neurograph.landscape.ground import Array, Ground, Parameter, all_trainable
from neurograph.optimizers import get_optimizer
from neurograph.scenario import Figure, Run, Scenario
from neurograph.scenario.playing import Player

__all__ = ["curve_of", "path_of", "surface_of", "walked", "walked_alone"]

# Of a walk that a picture makes on its own.
_STEPS = 200


def path_of(
    scenario: Scenario, run: Run, figure: Figure, *counts: int
) -> tuple[Player, list[Parameter], dict[str, DescentPath]]:
    """Return the network as a picture of a path shows it, what moves, and the path by its name.

    Parameters
    ----------
    scenario : Scenario
    run : Run
    figure : Figure
    *counts : int
        How many parameters there may be.
    """
    player = played(scenario, run, figure.step)
    over = found_over(figure, player, *counts)
    path = walked(scenario, run, figure, over)
    if path is not None:
        return player, over, {called(run): path}
    # Where no step is named, from where the source begins.
    player = player if figure.step else Player(scenario, run)
    (path,) = walked_alone(player, over)
    names = " and ".join(one.address.removesuffix(".weight") for one in over)
    return player, over, {f"only {names} {'moves' if len(over) == 1 else 'move'}": path}


def walked(
    scenario: Scenario, run: Run, figure: Figure, over: list[Parameter]
) -> DescentPath | None:
    """Return the path of the run itself, if nothing but these parameters moves in it.

    Parameters
    ----------
    scenario : Scenario
    run : Run
    figure : Figure
        Its step says how far the run goes.
    over : list of Parameter

    Returns
    -------
    DescentPath or None
        Without gradients: a run may go by others than those of the whole data.
    """
    steps = run.steps[: figure.step]
    if run.digits is not None or not any(step.trains for step in steps):
        return None
    addresses = [one.address for one in over]
    player = Player(scenario, run, record=addresses)
    ground = Ground.of(player.net, player.inputs, player.targets)
    moving = {one.slots[0] for one in all_trainable(player.net, ground)}
    if moving - {one.slots[0] for one in over}:
        return None
    points: list[list[float]] = []
    for index, step in enumerate(steps):
        before = [_here(player, addresses)] if step.trains and not points else []
        player.perform(index)
        points += before
        if step.do == "train":
            points += np.column_stack([player.histories[-1][each] for each in addresses]).tolist()
        elif step.trains:
            points.append(_here(player, addresses))
    parameters = np.array(points)
    return DescentPath(
        over=tuple(addresses),
        parameters=parameters,
        losses=Losses(Ground.of(player.net, player.inputs, player.targets), over).at(parameters),
        gradients=np.full_like(parameters, np.nan),
        optimizer=get_optimizer(optimizer_of(run)).name,
        learning_rate=rate_of(run),
        status="finished",
    )


def _here(player: Player, addresses: list[str]) -> list[float]:
    return [float(player.net.value(each)) for each in addresses]


def walked_alone(
    player: Player,
    over: list[Parameter],
    starts: Array | None = None,
    *,
    steps: int = _STEPS,
    tolerance: float = 0.0,
) -> tuple[DescentPath, ...]:
    """Return walks on which these parameters alone move, with the optimiser of the run.

    Parameters
    ----------
    player : Player
        The network as it is: the walks begin there, unless others are given.
    over : list of Parameter
    starts : ndarray of shape (n_starts, n_over), optional
    steps : int
    tolerance : float
        See `neurograph.landscape.descend`.
    """
    if starts is None:
        starts = np.array([_here(player, [one.address for one in over])])
    found = landscape.descend(
        player.net, player.inputs, player.targets, over=[one.address for one in over],
        start=starts, optimizer=optimizer_of(player.run), learning_rate=rate_of(player.run),
        steps=steps, tolerance=tolerance,
    )  # fmt: skip
    assert isinstance(found, tuple)  # one for each start
    return found


def curve_of(
    player: Player, over: list[Parameter], figure: Figure, paths: Sequence[DescentPath]
) -> LossCurve:
    """Return the loss over one parameter, as far as the figure says or the paths go."""
    span = reaching(figure, paths, 0)
    given = player.net, player.inputs, player.targets
    return landscape.loss_curve(*given, over[0].address, span=span)


def surface_of(
    player: Player, over: list[Parameter], figure: Figure, paths: Sequence[DescentPath]
) -> LossSurface:
    """Return the loss over two parameters, as far as the figure says or the paths go."""
    spans = [reaching(figure, paths, n) for n in range(2)]
    return landscape.loss_surface(
        player.net, player.inputs, player.targets, over[0].address, over[1].address,
        span=None if None in spans else tuple(spans),
    )  # fmt: skip
