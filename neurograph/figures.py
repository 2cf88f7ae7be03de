"""The figures that scenarios ask for: what is computed for each, and how it is drawn."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from math import isqrt
from typing import Any, Unpack

import numpy as np

from neurograph import drawing, landscape
from neurograph.checks import whole_number
from neurograph.drawing import Drawing, Moving
from neurograph.drawing.inscriptions import MOST_DIGITS
from neurograph.drawing.style import number, numbers, phrase, short, thinned, whole
from neurograph.drawing.themes import LookOptions, styled
from neurograph.errors import InvalidValueError, NotComputedError, UnknownNameError, did_you_mean
from neurograph.landscape import Basins, Decision, DescentPath, LossCurve, LossSurface
from neurograph.landscape.axes import Array, Ground, Parameter, all_trainable, find_parameters
from neurograph.landscape.evaluator import Evaluator
from neurograph.network import Network
from neurograph.optimizers import Optimizer, get_optimizer
from neurograph.records import record
from neurograph.scenario import Figure, Run, Scenario, Step, Training
from neurograph.scenario.model import FIGURES
from neurograph.scenario.player import Player, check_computes_all, in_steps, player_after
from neurograph.training import History

__all__ = ["KINDS", "MOVING", "animate_figure", "draw_figure", "optimizer_of", "rate_of"]

Span = tuple[float, float]

# Points of a history: more than a picture can show.
_MOST_POINTS = 2000
# Of more outputs the first ones are shown.
_MOST_OUTPUTS = 4
# Of a run that says no learning rate.
_RATE = 0.5
# Of a walk that a picture makes on its own.
_WALK = 200
# How far a picture goes beyond the path that is on it, in parts of the path, and at least.
_MARGIN, _LEAST_MARGIN = 0.25, 0.5

# How many walkers show their way down over one parameter, and over two where they start, in parts
# of the picture: none in the way of another that goes along an axis or a diagonal.
_DROPS = 4
_WHERE = np.array([[0.35, 0.85], [0.85, 0.65], [0.15, 0.35], [0.65, 0.15]])
# Walkers that find out how many steps it takes.
_PROBES_EACH_WAY = 7
_TRIALS = (500, 2000, 8000)
# Sums in a forward and a backward pass that a picture may cost: some seconds.
_WORK = 4e8
_FINEST, _COARSEST = 61, 21
# Of the width of a picture: walkers that end nearer are at one minimum.
_NEAR = 1 / 800
# Of the width of a picture: how far it goes beyond the ways down that leave it.
_BEYOND = 0.1
# A walker that is drawn has arrived where the slope is no steeper.
_LEVEL = 1e-6


@styled
def draw_figure(
    scenario: Scenario,
    figure: Figure,
    *,
    digits: int | None = None,
    labels: str | None = None,
    direction: str | None = None,
    highlight: object = None,
    kind: str | None = None,
    start: Sequence[float] | None = None,
    steps: int | None = None,
    learning_rate: float | None = None,
    **look: Unpack[LookOptions],
) -> Drawing:
    """Compute what a figure of a scenario shows, and draw it.

    Parameters
    ----------
    scenario : Scenario
    figure : Figure
        One of its own, or any other over its network.
    digits : int, optional
        Significant digits.
    labels, direction, highlight : optional
        Of a ``"network"``, as for `neurograph.drawing.draw_network`.
    kind : {"contour", "3d"}, optional
        Of a ``"surface"`` or a ``"path"`` over two parameters.
    start : sequence of float, optional
        Of a ``"path"``: where the walk begins, a value for each parameter.
    steps : int, optional
        Of a ``"path"``: of the walk.
    learning_rate : float, optional
        Of a ``"path"``: of the walk, which is then not the run itself.
    **look
        Theme, size, dpi and language: see `neurograph.drawing.LookOptions`.

    Returns
    -------
    Drawing
        See `neurograph.drawing`; `neurograph.drawing.save` writes it.

    Raises
    ------
    UnknownNameError, InvalidValueError
        If there is no such run, step or parameter, the figure needs others than are given, or
        takes no such option.
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
    options = _taken(
        figure.what, digits=digits, labels=labels, direction=direction, highlight=highlight,
        kind=kind, start=start, steps=steps, learning_rate=learning_rate,
    )  # fmt: skip
    if figure.what in FIGURES and FIGURES[figure.what].needs_targets:
        scenario.check_targets(f"a {figure.what}")
    picture = KINDS[figure.what](scenario, scenario.run(figure.run), figure, **options)
    if figure.title:
        drawing.entitle(picture, figure.title)
    return picture


def _taken(what: str, **options: Any) -> dict[str, Any]:
    """Return the options that are given, if a figure takes them."""
    given = {name: value for name, value in options.items() if value is not None}
    for name in given:
        takers = [kind for kind, names in _OPTIONS.items() if name in names]
        if what not in takers:
            raise InvalidValueError(
                f"{what!r} takes no {name!r}: it belongs to {', '.join(takers)}"
            )
    if "digits" in given:
        whole_number(given["digits"], "digits", 1, MOST_DIGITS)
    return given


@styled
def animate_figure(
    scenario: Scenario,
    figure: Figure,
    *,
    digits: int | None = None,
    direction: str | None = None,
    kind: str | None = None,
    start: Sequence[float] | None = None,
    steps: int | None = None,
    learning_rate: float | None = None,
    **look: Unpack[LookOptions],
) -> Moving:
    """Compute what a figure of a scenario shows, and let it move.

    Parameters
    ----------
    scenario : Scenario
    figure : Figure
        A ``"network"``, whose passes are shown with the weights that it has after the step, or by
        default with those it begins with; or a ``"path"`` over two parameters.
    digits, direction, kind, start, steps, learning_rate : optional
        As for `draw_figure`.
    **look
        Theme, size, dpi and language: see `neurograph.drawing.LookOptions`.

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
    options = _taken(
        figure.what, digits=digits, direction=direction, kind=kind, start=start, steps=steps,
        learning_rate=learning_rate,
    )  # fmt: skip
    scenario.check_targets(f"a moving {figure.what}")
    move = _passes if figure.what == "network" else _descent
    moving = move(scenario, figure, **options)
    if figure.title:
        drawing.entitle(moving, figure.title)
    return moving


# -- a network, its training and its answers -------------------------------------------------


def _network(scenario: Scenario, run: Run, figure: Figure, **options: Any) -> Drawing:
    net = _played(scenario, run, figure.step).net
    show = figure.show or ("bias", "weight", *_known(net))
    # Of a batch the first sample is shown.
    is_batch = isinstance(net.neuron(net.inputs[0]).get("out"), np.ndarray)
    with _told(run, figure):
        return drawing.draw_network(net, show, sample=1 if is_batch else None, **options)


@contextmanager
def _told(run: Run, figure: Figure) -> Iterator[None]:
    """Say after which step a value is not known."""
    try:
        yield
    except NotComputedError as error:
        step = figure.step or len(run.steps)
        raise NotComputedError(
            f"after step {step} of run {run.name!r} ({run.steps[step - 1].do!r}):"
            f" {in_steps(str(error))}"
        ) from error


def _gradients(scenario: Scenario, run: Run, figure: Figure, **options: Any) -> Drawing:
    player = _played(scenario, run, figure.step)
    net = player.net
    with _told(run, figure):
        # A run may end with the loss of a forward pass, which has gradients too.
        no_gradient = not any("gradient" in link for link in net.edges.values())
        if figure.step is None and no_gradient and scenario.has_targets:
            player.backward()
        return drawing.draw_gradients(net, **options)


def _histogram(scenario: Scenario, run: Run, figure: Figure, **options: Any) -> Drawing:
    net = _played(scenario, run, figure.step).net
    known = [of for of in ("out",) if of in _known(net)]
    with _told(run, figure):
        return drawing.draw_histogram(net, figure.show or ("weight", *known), **options)


def _known(net: Network) -> list[str]:
    """Return what is known of a network and helps to follow its passes."""
    inner = [net.neuron(name) for name in net if name not in net.inputs]
    shared = any("share" in connection for name in net for connection in net.incoming(name))
    fields = ["out", "error"] if shared else ["out", "delta"]
    return [
        *(field for field in fields if any(field in neuron for neuron in inner)),
        *(["share"] if shared else []),
    ]


def _passes(scenario: Scenario, figure: Figure, **options: Any) -> Moving:
    if figure.over:
        raise InvalidValueError(f"passes are not drawn over {', '.join(figure.over)}")
    run = scenario.run(figure.run)
    check_computes_all(run, "a pass")
    begun = figure.step is not None
    net = _played(scenario, run, figure.step).net if begun else scenario.network(run)
    inputs, targets = scenario.data_of(run)
    sample = 1 if np.ndim(inputs) == 2 else None
    return drawing.animate_passes(net, inputs, targets, sample=sample, **options)


_SAVED = "; a network is saved with its history by net.save(path, training=True)"


def _history(scenario: Scenario, run: Run, figure: Figure, **options: Any) -> Drawing:
    addresses = figure.show or ("loss",)
    if run.digits is not None:
        raise InvalidValueError(
            f"run {run.name!r} rounds to {run.digits} digits as on paper, which keeps no history"
        )
    for address in addresses:
        _check_address(scenario.network(run), address)
    if scenario.history is not None:
        return drawing.draw_history(_joined([scenario.history]), *addresses, **options)
    player = _played(scenario, run, figure.step, addresses)
    if not player.histories:
        before = f" up to step {figure.step}" if figure.step else ""
        trained = [run.name for run in scenario.runs if any(s.do == "train" for s in run.steps)]
        raise InvalidValueError(
            f"run {run.name!r} has no step 'train'{before}, so there is no history to draw"
            + (f" (there is one in {', '.join(trained)})" if trained else "")
            + (_SAVED if scenario.file.suffix.lower() == ".json" else "")
        )
    return drawing.draw_history(_joined(player.histories), *addresses, **options)


def _check_address(net: Network, address: str) -> None:
    """Refuse an address that training cannot record, before it trains."""
    net.owners(address)


def _joined(histories: Sequence[History]) -> History:
    """Return several trainings after one another as one, thinned to what a picture can show."""
    first = histories[0]
    epochs: list[int] = []
    for history in histories:
        before = epochs[-1] if epochs else 0
        epochs += (before + history.epochs).tolist()
    kept = thinned(len(epochs), _MOST_POINTS)
    values = {
        address: np.concatenate([history[address] for history in histories])[kept]
        for address in first
    }
    return History(values, np.array(epochs)[kept], start=first.start)


def _decision(scenario: Scenario, run: Run, figure: Figure, **options: Any) -> Drawing:
    decisions = _decisions(scenario, run, figure)[:_MOST_OUTPUTS]
    if len(decisions) == 1:
        return drawing.draw_decision(decisions[0], **options)
    return drawing.draw_decisions(decisions, **options)


def _classes(scenario: Scenario, run: Run, figure: Figure, **options: Any) -> Drawing:
    return drawing.draw_classes(_decisions(scenario, run, figure), **options)


def _decisions(scenario: Scenario, run: Run, figure: Figure) -> list[Decision]:
    """Return what each output, or each that is named, is over two inputs."""
    player = _played(scenario, run, figure.step)
    net, over = player.net, tuple(figure.over) or None
    if over is not None and len(over) != 2:
        raise InvalidValueError(
            f"{figure.what!r} is drawn over two inputs, not over {len(over)}: {', '.join(over)}"
        )
    outputs = [_output(net, name) for name in figure.show] or net.outputs
    inputs, targets = map(np.atleast_2d, player.data)
    return [
        landscape.decision(net, inputs, targets, over=over, output=output) for output in outputs
    ]


def _output(net: Network, name: str) -> object:
    for output in net.outputs:
        if str(output) == name:
            return output
    raise UnknownNameError(f"no output {name!r} to show{did_you_mean(name, net.outputs)}")


# -- the loss, and walks on it ---------------------------------------------------------------


def _curve(scenario: Scenario, run: Run, figure: Figure, **options: Any) -> Drawing:
    subject = _subject(scenario, run, figure, 1)
    path = _own_path(subject)
    paths = {} if path is None else {_in_words(run): path}
    return drawing.draw_curve(subject.curve_with(paths), paths, **options)


def _surface(scenario: Scenario, run: Run, figure: Figure, **options: Any) -> Drawing:
    return drawing.draw_surface(_subject(scenario, run, figure, 2).surface_with({}), **options)


def _path(scenario: Scenario, run: Run, figure: Figure, **options: Any) -> Drawing:
    walk, look = _of_walk(options)
    subject, paths = _with_path(scenario, run, figure, 1, 2, **walk)
    if len(subject.over) == 1:
        if "kind" in look:
            raise InvalidValueError("a path over one weight or bias is a curve and has no 'kind'")
        return drawing.draw_curve(subject.curve_with(paths), paths, **look)
    return drawing.draw_surface(subject.surface_with(paths), paths, **look)


def _descent(scenario: Scenario, figure: Figure, **options: Any) -> Moving:
    walk, look = _of_walk(options)
    subject, paths = _with_path(scenario, scenario.run(figure.run), figure, 2, **walk)
    return drawing.animate_descent(subject.surface_with(paths), paths, **look)


def _of_walk(options: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the options of a walk, and those of its picture."""
    walk = {name: value for name, value in options.items() if name in _WALKING}
    return walk, {name: value for name, value in options.items() if name not in _WALKING}


@record
class _Subject:
    """What a figure is about: a run after one of its steps, and the parameters that vary."""

    figure: Figure
    player: Player
    over: list[Parameter]

    @property
    def addresses(self) -> list[str]:
        """The parameters that vary, by address."""
        return [parameter.address for parameter in self.over]

    @property
    def data(self) -> tuple[Network, Any, Any]:
        """The network, its inputs and its targets."""
        return self.player.net, *self.player.data

    def span(self, n: int) -> Span | None:
        """Return from where to where the figure goes along its nth parameter, if it says so."""
        spans = self.figure.span
        return spans[min(n, len(spans) - 1)] if spans else None

    def span_with(self, paths: dict[str, DescentPath], n: int) -> Span | None:
        """Return from where to where the figure goes, so that paths are on it."""
        span = self.span(n)
        if span is not None or not paths:
            return span
        low, high = _reach_of(paths.values(), n)
        margin = max(_MARGIN * (high - low), _LEAST_MARGIN)
        return low - margin, high + margin

    def curve(self, span: Span | None) -> LossCurve:
        """Return the loss over the one parameter that varies."""
        return landscape.loss_curve(*self.data, self.addresses[0], span=span)

    def surface(self, spans: Sequence[Span | None], **settings: Any) -> LossSurface:
        """Return the loss over the two parameters that vary."""
        span = None if None in spans else tuple(spans)
        return landscape.loss_surface(*self.data, *self.addresses, span=span, **settings)

    def curve_with(self, paths: dict[str, DescentPath]) -> LossCurve:
        """Return the loss over one parameter, as far as the figure says or the paths go."""
        return self.curve(self.span_with(paths, 0))

    def surface_with(self, paths: dict[str, DescentPath]) -> LossSurface:
        """Return the loss over two parameters, as far as the figure says or the paths go."""
        return self.surface([self.span_with(paths, n) for n in range(2)])

    def walks(
        self,
        starts: Any = None,
        *,
        steps: int = _WALK,
        tolerance: float = 0.0,
        learning_rate: float | None = None,
    ) -> tuple[DescentPath, ...]:
        """Return walks on which these parameters alone move, with the optimiser of the run.

        They begin where the network is, unless starts of shape (n_starts, n_over) are given.
        """
        if starts is None:
            starts = np.array([_here(self.player, self.addresses)])
        run = self.player.run
        walks = landscape.descend(
            *self.data, over=self.addresses, start=starts, optimizer=optimizer_of(run),
            learning_rate=rate_of(run) if learning_rate is None else learning_rate, steps=steps,
            tolerance=tolerance,
        )  # fmt: skip
        assert isinstance(walks, tuple)  # one for each start
        return walks


def _subject(scenario: Scenario, run: Run, figure: Figure, *counts: int) -> _Subject:
    """Return what a figure is about, in which as many parameters vary as one of the counts.

    Where none are named, those with the largest gradients where the run begins: as many as can be.
    """
    check_computes_all(run, f"a {figure.what}")
    player = _played(scenario, run, figure.step)
    ground = Ground.of(player.net, *player.data)
    if figure.over:
        if len(figure.over) not in counts:
            raise InvalidValueError(
                f"{figure.what!r} is drawn over {_counts(counts)}, not over {len(figure.over)}:"
                f" {', '.join(figure.over)}"
            )
        return _Subject(figure, player, find_parameters(player.net, ground, figure.over))
    trained = all_trainable(player.net, ground)
    fitting = [count for count in counts if count <= len(trained)]
    if not fitting:
        raise InvalidValueError(
            f"{figure.what!r} is drawn over {_counts(counts)}, and only {trained[0].address} is"
            " trained: draw a 'curve' over it, or name the ones to vary"
        )
    return _Subject(figure, player, _steepest(scenario, run, trained, fitting[-1]))


def _steepest(scenario: Scenario, run: Run, trained: list[Parameter], n: int) -> list[Parameter]:
    """Return the parameters with the largest gradients where a run begins, in their order."""
    begun = Player(scenario, run)
    ground = Ground.of(begun.net, *begun.data)
    _, gradients = Evaluator(ground, trained).gradients_at(ground.values(trained)[None, :])
    sizes = np.nan_to_num(np.abs(gradients[0]), nan=0.0)
    # Of equal ones the first.
    steepest = np.argsort(-sizes, kind="stable")[:n]
    return [trained[place] for place in sorted(steepest.tolist())]


def _counts(counts: Sequence[int]) -> str:
    words = {1: "one weight or bias", 2: "two weights or biases"}
    return " or ".join(words[count] for count in counts)


def _played(
    scenario: Scenario, run: Run, step: int | None, record: Sequence[str] = ("loss",)
) -> Player:
    """Return a run after one of its steps, counted from 1, or after the last."""
    if step is not None and not 1 <= step <= len(run.steps):
        raise InvalidValueError(
            f"there is no step {step}: those of run {run.name!r} are 1 to {len(run.steps)}"
        )
    player = player_after(scenario, run, step or len(run.steps), record=record)
    player.settle()
    return player


def rate_of(run: Run) -> float:
    """Return the learning rate of a run: that of the first step that trains, if it has its own."""
    return _training_of(run).learning_rate or _RATE


def optimizer_of(run: Run) -> str | Optimizer:
    """Return the optimiser of a run: that of the first step that trains, if it has its own."""
    return _training_of(run).optimizer


def _training_of(run: Run) -> Training:
    return run.training(next((step for step in run.steps if step.trains), Step(do="train")))


def _in_words(run: Run) -> str:
    return run.name.replace("_", " ")


def _with_path(
    scenario: Scenario,
    run: Run,
    figure: Figure,
    *counts: int,
    start: Sequence[float] | None = None,
    **walk: Any,
) -> tuple[_Subject, dict[str, DescentPath]]:
    """Return what a figure of a path is about, and the path by its name.

    The path is the run itself, where nothing else moves in it and no other walk is asked for.
    """
    subject = _subject(scenario, run, figure, *counts)
    path = None if walk or start is not None else _own_path(subject)
    if path is not None:
        return subject, {_in_words(run): path}
    if start is not None and len(start) != len(subject.over):
        raise InvalidValueError(
            f"start must have a number for each of {', '.join(subject.addresses)}, not {len(start)}"
        )
    if not figure.step:
        # From where the source begins.
        subject = replace(subject, player=Player(scenario, run))
    (path,) = subject.walks(None if start is None else [start], **walk)
    names = f" {phrase('and')} ".join(map(short, subject.addresses))
    return subject, {
        phrase("one moves" if len(subject.over) == 1 else "two move", names=names): path
    }


def _own_path(subject: _Subject) -> DescentPath | None:
    """Return the path of the run itself, if nothing but these parameters moves in it.

    It has no gradients: a run may go by others than those of the whole data.
    """
    scenario, run, addresses = subject.player.scenario, subject.player.run, subject.addresses
    steps = run.steps[: subject.figure.step]
    if run.digits is not None or not any(step.trains for step in steps):
        return None
    player = Player(scenario, run, record=addresses)
    ground = Ground.of(player.net, *player.data)
    moving = {parameter.slots[0] for parameter in all_trainable(player.net, ground)}
    if moving - {parameter.slots[0] for parameter in subject.over}:
        return None
    points: list[list[float]] = []
    for index, step in enumerate(steps):
        before = [_here(player, addresses)] if step.trains and not points else []
        player.perform(index)
        points += before
        if step.do == "train":
            history = player.histories[-1]
            points += np.column_stack([history[address] for address in addresses]).tolist()
        elif step.trains:
            points.append(_here(player, addresses))
    parameters = np.array(points)
    ground = Ground.of(player.net, *player.data)
    return DescentPath(
        over=tuple(addresses),
        parameters=parameters,
        losses=Evaluator(ground, subject.over).at(parameters),
        gradients=np.full_like(parameters, np.nan),
        optimizer=get_optimizer(optimizer_of(run)).name,
        learning_rate=rate_of(run),
        status="finished",
    )


def _here(player: Player, addresses: Sequence[str]) -> list[float]:
    return [float(player.net.value(address)) for address in addresses]


def _reach_of(paths: Iterable[DescentPath], n: int) -> Span:
    """Return the least and the largest value of the nth parameter on some paths."""
    places = np.concatenate([path.parameters[:, n] for path in paths])
    return float(places.min()), float(places.max())


# -- where walkers end -----------------------------------------------------------------------


def _basins(scenario: Scenario, run: Run, figure: Figure, **options: Any) -> Drawing:
    """Draw where walkers from all over one or two parameters end.

    Over two, the minimum that each point leads to; where most walkers do not settle, the way
    that some go, and why.
    """
    subject = _subject(scenario, run, figure, 1, 2)
    if len(subject.over) == 1:
        return _ends_over_one(subject, **options)
    surface = subject.surface([subject.span(n) for n in range(2)], points=_PROBES_EACH_WAY)
    near = float(min(np.ptp(surface.x), np.ptp(surface.y))) * _NEAR
    steps, settles = _steps_to_settle(subject, surface, near)
    if not settles:
        return _on_their_way(subject, surface, steps, near, **options)
    points = isqrt(int(_WORK / (steps * _work(subject.player))))
    fine = subject.surface(
        [_ends(surface.x), _ends(surface.y)], points=min(max(points, _COARSEST), _FINEST)
    )
    return drawing.draw_basins(_settled(subject, fine, steps, near), **options)


def _ends(axis: Array) -> Span:
    return float(axis[0]), float(axis[-1])


def _work(player: Player) -> int:
    """Return about how many sums the passes of one walker's step are."""
    net = player.net
    sums: int = net.number_of_edges() + 10 * (len(net) - len(net.inputs))
    return sums * len(np.atleast_2d(player.data[0]))


def _settled(subject: _Subject, surface: LossSurface, steps: int, near: float) -> Basins:
    run = subject.player.run
    return landscape.basins(
        surface, optimizer=optimizer_of(run), learning_rate=rate_of(run), steps=steps,
        tolerance=near,
    )  # fmt: skip


def _steps_to_settle(subject: _Subject, surface: LossSurface, near: float) -> tuple[int, bool]:
    """Return how many steps walkers need, and whether most of them settle at all."""
    settled, taken = 0.0, _TRIALS[0]
    for steps in _TRIALS:
        if settled and steps * surface.losses.size * _work(subject.player) > _WORK:
            break
        basins = _settled(subject, surface, steps, near)
        shares = zip(basins.share, basins.kinds, strict=True)
        share = sum(share for share, kind in shares if kind == "minimum")
        if share > settled or steps == _TRIALS[0]:
            settled, taken = share, steps
        if settled > 0.99:
            break
    return (taken, True) if settled >= 0.5 else (steps, False)


def _on_their_way(
    subject: _Subject, surface: LossSurface, steps: int, near: float, **options: Any
) -> Drawing:
    """Draw the ways of some walkers, and say why there are no basins to draw."""
    axes = surface.x, surface.y
    starts = np.stack(
        [axis[0] + part * np.ptp(axis) for axis, part in zip(axes, _WHERE.T, strict=True)], axis=-1
    )
    paths = subject.walks(starts, steps=steps, tolerance=_LEVEL)
    wider = subject.surface(
        [subject.span(n) or _wider(axis, paths, n) for n, axis in enumerate(axes)], points=101
    )
    places = zip(*map(numbers, starts.T), strict=True)
    named = {
        phrase("from", place=phrase("pair", x=x, y=y)): path
        for (x, y), path in zip(places, paths, strict=True)
    }
    why = _why(rate_of(subject.player.run), wider, paths, steps, near)
    return drawing.remark(drawing.draw_surface(wider, named, **options), why)


def _why(
    rate: float, surface: LossSurface, paths: Sequence[DescentPath], steps: int, near: float
) -> str:
    """Say why there are no basins on a surface that the paths are on."""
    if any(path.status == "diverged" for path in paths):
        return phrase("rate too large", rate=number(rate, 6))
    late = [path.parameters[-(len(path.parameters) // 10) - 1 :] for path in paths]
    if all(np.abs(points[-1] - points[0]).max() <= near for points in late):
        return phrase("nearly level")
    row, column = np.unravel_index(np.nanargmin(surface.losses), surface.losses.shape)
    at_border = row in (0, len(surface.y) - 1) or column in (0, len(surface.x) - 1)
    how = "falls on beyond" if at_border else "falls on"
    return phrase(how, steps=whole(steps), rate=number(rate, 6))


def _wider(axis: Array, paths: Sequence[DescentPath], n: int) -> Span:
    """Return from where to where a picture goes along its nth parameter, with ways down on it.

    As far as its axis and the paths, but no further to each side than the axis is wide.
    """
    low, high = _ends(axis)
    reach = high - low
    least, most = _reach_of(paths, n)
    least = least - _BEYOND * reach if least < low else low
    most = most + _BEYOND * reach if most > high else high
    return max(least, low - reach), min(most, high + reach)


def _ends_over_one(subject: _Subject, **options: Any) -> Drawing:
    """Draw the loss over one parameter, and where walkers from all over it end."""
    span = subject.span(0)
    values = subject.curve(span).values
    starts = np.linspace(values[0], values[-1], _DROPS + 2)[1:-1, None]
    paths: tuple[DescentPath, ...] = ()
    for steps in _TRIALS:
        paths = subject.walks(starts, steps=steps, tolerance=_LEVEL)
        if all(path.status != "finished" for path in paths):
            break
    named = {
        phrase("from", place=x): path for x, path in zip(numbers(starts[:, 0]), paths, strict=True)
    }
    curve = subject.curve(span or _wider(values, paths, 0))
    picture = drawing.draw_curve(curve, named, **options)
    rate = number(rate_of(subject.player.run), 6)
    statuses = {path.status for path in paths}
    if "diverged" in statuses:
        return drawing.remark(picture, phrase("rate too large for some", rate=rate))
    if "finished" in statuses:
        some = "some settle" if "converged" in statuses else "none settles"
        return drawing.remark(picture, phrase(some, steps=whole(steps), rate=rate))
    return picture


#: How each kind is drawn.
KINDS: dict[str, Callable[..., Drawing]] = {
    "network": _network,
    "curve": _curve,
    "surface": _surface,
    "path": _path,
    "history": _history,
    "basins": _basins,
    "decision": _decision,
    "classes": _classes,
    "gradients": _gradients,
    "histogram": _histogram,
}

#: What moves, and the kind of figure that it is.
MOVING = {"passes": "network", "descent": "path"}

# Of a walk, and which figures take which options.
_WALKING = ("start", "steps", "learning_rate")
_OPTIONS = {
    **dict.fromkeys(KINDS, ("digits",)),
    "network": ("digits", "labels", "direction", "highlight"),
    "surface": ("digits", "kind"),
    "path": ("digits", "kind", *_WALKING),
}

_SHOWING = ("network", "history", "decision", "classes", "histogram")
_VARYING = ("curve", "surface", "path", "basins", "decision", "classes")
