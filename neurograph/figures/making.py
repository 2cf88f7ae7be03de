"""`draw_figure`: each kind of figure, computed and drawn."""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import numpy as np

from neurograph import landscape
from neurograph.addresses import NEURON_QUANTITIES, parse_address
from neurograph.errors import (
    InvalidValueError,
    NotComputedError,
    UnknownNameError,
    did_you_mean,
)
from neurograph.figures.asking import called, found_over, played
from neurograph.figures.ending import draw_ends
from neurograph.figures.walking import curve_of, path_of, surface_of, walked
from neurograph.network import Network
from neurograph.scenario import Figure, Run, Scenario
from neurograph.scenario.playing import in_steps
from neurograph.training import History

if TYPE_CHECKING:
    from neurograph.drawing import Drawing

__all__ = ["KINDS", "draw_figure"]

# Points of a history: more than a picture can show.
_MOST_POINTS = 2000
# Of more outputs the first ones are shown.
_MOST_OUTPUTS = 4


def draw_figure(scenario: Scenario, figure: Figure) -> "Drawing":
    """Compute what a figure of a scenario shows, and draw it.

    Parameters
    ----------
    scenario : Scenario
    figure : Figure
        One of its own, or any other over its network.

    Returns
    -------
    Drawing
        See `neurograph.drawing`; `neurograph.drawing.save` writes it.

    Raises
    ------
    UnknownNameError, InvalidValueError
        If there is no such run, step or parameter, or the figure needs others than are given.
    NotComputedError
        If a value is to be shown that is not known after the step.
    ScenarioError
        If a step of the run cannot be performed.

    Examples
    --------
    >>> import neurograph as ng
    >>> from neurograph.figures import draw_figure
    >>> scenario = ng.load_scenario("mazur_2015")
    >>> draw_figure(scenario, scenario.figures[0]).ax.get_title()
    'After the first backward pass'
    """
    for option, takers in (("show", _SHOWING), ("over", _VARYING)):
        if getattr(figure, option) and figure.what not in takers:
            raise InvalidValueError(
                f"{figure.what!r} takes no {option!r}: it belongs to {', '.join(takers)}"
            )
    drawing = KINDS[figure.what](scenario, scenario.run(figure.run or "1"), figure)
    if figure.title:
        from neurograph.drawing import entitle

        entitle(drawing, figure.title)
    return drawing


def _network(scenario: Scenario, run: Run, figure: Figure) -> "Drawing":
    from neurograph.drawing import draw_network

    net = played(scenario, run, figure.step).net
    show = figure.show or ("bias", "weight", *_known(net))
    try:
        return draw_network(net, show, sample=_a_sample(net))
    except NotComputedError as error:
        step = figure.step or len(run.steps)
        raise NotComputedError(
            f"after step {step} of run {run.name!r} ({run.steps[step - 1].do!r}):"
            f" {in_steps(str(error))}"
        ) from error


def _known(net: Network) -> list[str]:
    """Return what is known of a network and helps to follow its passes."""
    inner = [net.neuron(name) for name in net if name not in net.inputs]
    shared = any("share" in connection for name in net for connection in net.incoming(name))
    fields = ["out", "error"] if shared else ["out", "delta"]
    return [
        *(field for field in fields if any(field in neuron for neuron in inner)),
        *(["share"] if shared else []),
    ]


def _a_sample(net: Network) -> int | None:
    """Return which sample to show of a batch: the first."""
    out = net.neuron(net.inputs[0]).get("out")
    return 1 if isinstance(out, np.ndarray) else None


def _curve(scenario: Scenario, run: Run, figure: Figure) -> "Drawing":
    from neurograph.drawing import draw_curve

    player = played(scenario, run, figure.step)
    over = found_over(figure, player, 1)
    path = walked(scenario, run, figure, over)
    paths = {} if path is None else {called(run): path}
    return draw_curve(curve_of(player, over, figure, list(paths.values())), paths)


def _surface(scenario: Scenario, run: Run, figure: Figure) -> "Drawing":
    from neurograph.drawing import draw_surface

    player = played(scenario, run, figure.step)
    return draw_surface(surface_of(player, found_over(figure, player, 2), figure, []))


def _path(scenario: Scenario, run: Run, figure: Figure) -> "Drawing":
    from neurograph.drawing import draw_curve, draw_surface

    player, over, paths = path_of(scenario, run, figure, 1, 2)
    if len(over) == 1:
        return draw_curve(curve_of(player, over, figure, list(paths.values())), paths)
    return draw_surface(surface_of(player, over, figure, list(paths.values())), paths)


def _history(scenario: Scenario, run: Run, figure: Figure) -> "Drawing":
    from neurograph.drawing import draw_history

    addresses = figure.show or ("loss",)
    if run.digits is not None:
        raise InvalidValueError(
            f"run {run.name!r} rounds to {run.digits} digits as on paper, which keeps no history"
        )
    for address in addresses:
        _check_address(scenario.network(run), address)
    player = played(scenario, run, figure.step, addresses)
    if not player.histories:
        before = f" up to step {figure.step}" if figure.step else ""
        trained = [one.name for one in scenario.runs if any(s.do == "train" for s in one.steps)]
        raise InvalidValueError(
            f"run {run.name!r} has no step 'train'{before}, so there is no history to draw"
            + (f" (there is one in {', '.join(trained)})" if trained else "")
        )
    return draw_history(_joined(player.histories), *addresses)


def _check_address(net: Network, address: str) -> None:
    """Refuse an address that training cannot record, before it trains."""
    target, quantity = parse_address(address)
    if target is not None:
        (net.neuron if quantity in NEURON_QUANTITIES else net.connection)(target)


def _joined(histories: Sequence[History]) -> History:
    """Return several trainings after one another as one, thinned to what a picture can show."""
    first = histories[0]
    epochs: list[int] = []
    for history in histories:
        before = epochs[-1] if epochs else 0
        epochs += (before + history.epochs).tolist()
    kept = np.linspace(0, len(epochs) - 1, min(len(epochs), _MOST_POINTS)).round().astype(int)
    values = {
        address: np.concatenate([history[address] for history in histories])[kept]
        for address in first
    }
    return History(values, np.array(epochs)[kept], start=first.start)


def _decision(scenario: Scenario, run: Run, figure: Figure) -> "Drawing":
    from neurograph.drawing import draw_decision, draw_decisions

    player = played(scenario, run, figure.step)
    net, over = player.net, tuple(figure.over) or None
    if over is not None and len(over) != 2:
        raise InvalidValueError(
            f"'decision' is drawn over two inputs, not over {len(over)}: {', '.join(over)}"
        )
    outputs = [_output(net, name) for name in figure.show] or net.outputs
    inputs, targets = np.atleast_2d(player.inputs), np.atleast_2d(player.targets)
    found = [
        landscape.decision(net, inputs, targets, over=over, output=output)
        for output in outputs[:_MOST_OUTPUTS]
    ]
    return draw_decision(found[0]) if len(found) == 1 else draw_decisions(found)


def _output(net: Network, name: str) -> object:
    for output in net.outputs:
        if str(output) == name:
            return output
    raise UnknownNameError(f"no output {name!r} to show{did_you_mean(name, net.outputs)}")


def _basins(scenario: Scenario, run: Run, figure: Figure) -> "Drawing":
    player = played(scenario, run, figure.step)
    return draw_ends(player, found_over(figure, player, 1, 2), figure)


#: How each kind is drawn.
KINDS: dict[str, Callable[[Scenario, Run, Figure], "Drawing"]] = {
    "network": _network,
    "curve": _curve,
    "surface": _surface,
    "path": _path,
    "history": _history,
    "basins": _basins,
    "decision": _decision,
}

_SHOWING = ("network", "history", "decision")
_VARYING = ("curve", "surface", "path", "basins", "decision")
