"""``neurograph plot`` and ``neurograph figures``."""

import argparse
import contextlib
import io
import os
import runpy
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from neurograph.cli.console import add_run, add_scenario, say
from neurograph.errors import InvalidValueError, UnwritableError
from neurograph.scenario import Figure, Scenario, find_scenarios, load_scenario
from neurograph.scenario.model import FIGURES

__all__ = ["register"]

# As in `neurograph.figures`, which is imported only when something is drawn.
_MOVING = {"passes": "network", "descent": "path"}
# What lessons look at.
_WHERE = "NEUROGRAPH_FIGURES"
_WHATS = (*FIGURES, *_MOVING)


def register(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the commands."""
    plot = commands.add_parser(
        "plot",
        help="draw a network, its loss or its training",
        description="Draw one picture of a scenario, or every figure that it asks for.",
    )
    add_scenario(plot)
    plot.add_argument(
        "--what",
        choices=_WHATS,
        metavar="WHAT",
        help=f"what to draw: {', '.join(_WHATS)}; the last two move (default: the figures that the"
        " scenario asks for)",
    )
    plot.add_argument(
        "--over",
        metavar="NAMES",
        help="the weights or biases that vary, such as w5,w6 (of a decision: the two inputs);"
        " default: those that are trained first",
    )
    add_run(plot)
    plot.add_argument(
        "--step",
        metavar="N",
        type=int,
        help="after which step of the run (default: the last; of what moves: before the first)",
    )
    plot.add_argument(
        "--show",
        metavar="NAMES",
        help="of a network: quantities such as weight,out,delta (default: what is known); of a"
        " history: addresses such as loss,w5.weight; of a decision: outputs",
    )
    plot.add_argument("--title", metavar="TEXT", help="a title")
    plot.add_argument(
        "-o",
        "--output",
        metavar="FILE",
        help="the file to write (.svg, .pdf or .png; .gif of passes and descent), or a folder for"
        " several",
    )
    plot.set_defaults(command=_plot)

    figures = commands.add_parser(
        "figures",
        help="make the figures of all lessons",
        description="Run the lesson of every scenario, and save its figures.",
    )
    figures.add_argument(
        "-o", "--output", metavar="FOLDER", default="figures", help="where to (default: figures)"
    )
    figures.set_defaults(command=_figures)


def _plot(arguments: argparse.Namespace) -> int:
    from neurograph.drawing import alt_text, check_file, save
    from neurograph.figures import animate_figure, draw_figure

    scenario = load_scenario(arguments.scenario)
    moving = arguments.what in _MOVING
    for figure, path in _wanted(scenario, arguments):
        # Before anything is computed.
        check_file(path, moving=moving)
        drawing = (animate_figure if moving else draw_figure)(scenario, figure)
        save(drawing, path)
        say(f"{path}: {alt_text(drawing)}")
    return 0


def _wanted(scenario: Scenario, arguments: argparse.Namespace) -> list[tuple[Figure, Path]]:
    """Return the figures to draw, and the file of each."""
    what = arguments.what
    if what is None:
        return _asked_for(scenario, arguments)
    figure = Figure(
        what=_MOVING.get(what, what),
        over=_split(arguments.over),
        run=arguments.run,
        step=arguments.step,
        show=_split(arguments.show),
        title=arguments.title,
    )
    suffix = ".gif" if what in _MOVING else ".svg"
    path = Path(arguments.output or f"{scenario.name}_{what}{suffix}")
    return [(figure, path / f"{scenario.name}_{what}{suffix}" if path.is_dir() else path)]


def _asked_for(scenario: Scenario, arguments: argparse.Namespace) -> list[tuple[Figure, Path]]:
    for option in ("over", "run", "step", "show", "title"):
        if getattr(arguments, option) is not None:
            raise InvalidValueError(
                f"--{option} is for one picture: say which with --what ({', '.join(_WHATS)})"
            )
    if not scenario.figures:
        raise InvalidValueError(
            f"{scenario.name} asks for no figures; say what to draw with --what"
            f" ({', '.join(_WHATS)})"
        )
    folder = Path(arguments.output or ".")
    if folder.suffix:
        raise InvalidValueError(
            f"{scenario.name} asks for {len(scenario.figures)} figures: give a folder for them,"
            " or say which one with --what"
        )
    return [
        (figure, _folder(folder) / name)
        for figure, name in zip(scenario.figures, _names(scenario), strict=True)
    ]


def _folder(path: Path) -> Path:
    try:
        path.mkdir(parents=True, exist_ok=True)
    except (FileExistsError, NotADirectoryError):
        raise InvalidValueError(f"{str(path)!r} is not a folder to write figures in") from None
    except OSError as error:
        raise UnwritableError(f"{path}: cannot be made: {error.strerror or error}") from error
    return path


def _names(scenario: Scenario) -> list[str]:
    """Return a file name for each figure; several of a kind are numbered."""
    kinds = Counter(figure.what for figure in scenario.figures)
    seen: Counter[str] = Counter()
    names = []
    for figure in scenario.figures:
        seen[figure.what] += 1
        number = f"_{seen[figure.what]}" if kinds[figure.what] > 1 else ""
        names.append(f"{scenario.name}_{figure.what}{number}.svg")
    return names


def _split(names: str | None) -> tuple[str, ...]:
    if names is None:
        return ()
    found = tuple(name.strip() for name in names.split(","))
    if "" in found:
        raise InvalidValueError(
            f"a list such as w5,w6 has a name between commas, and {names!r} has not"
        )
    return found


def _figures(arguments: argparse.Namespace) -> int:
    folder = _folder(Path(arguments.output))
    for name, path in find_scenarios().items():
        lesson = path.with_suffix(".py")
        if lesson.is_file():
            # What a lesson says is for those who read it.
            with _figures_into(folder), contextlib.redirect_stdout(io.StringIO()):
                runpy.run_path(str(lesson))
            say(f"{name}: {len(list(folder.glob(f'{name}_*')))} figures in {folder}")
    return 0


@contextlib.contextmanager
def _figures_into(folder: Path) -> Iterator[None]:
    """Tell lessons where their figures belong."""
    before = os.environ.get(_WHERE)
    os.environ[_WHERE] = str(folder.resolve())
    try:
        yield
    finally:
        if before is None:
            del os.environ[_WHERE]
        else:
            os.environ[_WHERE] = before
