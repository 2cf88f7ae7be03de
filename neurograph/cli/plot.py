"""``neurograph plot`` and ``neurograph figures``."""

import argparse
import contextlib
import io
import runpy
from collections import Counter
from pathlib import Path
from typing import Any

from neurograph.cli.console import busy, read, say, write_data
from neurograph.cli.inspection import step_called
from neurograph.errors import InvalidValueError, UnwritableError
from neurograph.lessons import figures_into, find_lessons
from neurograph.scenario import Figure, Scenario
from neurograph.scenario.model import FIGURES

__all__ = ["WHATS", "figures", "plot"]

# As in `neurograph.figures`, which is imported only when something is drawn.
_MOVING = {"passes": "network", "descent": "path"}
#: What can be drawn.
WHATS = (*FIGURES, *_MOVING)
#: Options of every picture, and of some kinds of picture alone.
_LOOK = ("theme", "size", "dpi", "language")
_OF_ONE = (
    "digits", "labels", "direction", "highlight", "kind", "start", "steps", "learning_rate",
)  # fmt: skip


def plot(arguments: argparse.Namespace) -> int:
    """Draw one picture, or every figure that a scenario asks for."""
    from neurograph.drawing import alt_text, check_file, save
    from neurograph.figures import animate_figure, draw_figure

    scenario = read(arguments.scenario)
    moving = arguments.what in _MOVING
    wanted = _wanted(scenario, arguments)
    options = _options(arguments)
    drawn = []
    with busy(len(wanted)) as waiting:
        for figure, path in wanted:
            waiting.begin(path.name)
            # Before anything is computed.
            check_file(path, moving=moving)
            drawing = (animate_figure if moving else draw_figure)(scenario, figure, **options)
            save(drawing, path)
            drawn.append({"file": str(path), "what": figure.what, "text": alt_text(drawing)})
            if arguments.format == "text":
                with waiting.aside():
                    say(f"{path}: {alt_text(drawing)}")
    if arguments.format == "json":
        write_data(drawn)
    return 0


def _options(arguments: argparse.Namespace) -> dict[str, Any]:
    """Return the options that are given, as functions that draw take them."""
    options = {name: getattr(arguments, name) for name in (*_LOOK, *_OF_ONE)}
    return {name: value for name, value in options.items() if value is not None}


def _wanted(scenario: Scenario, arguments: argparse.Namespace) -> list[tuple[Figure, Path]]:
    """Return the figures to draw, and the file of each."""
    what = arguments.what
    if what is None:
        return _asked_for(scenario, arguments)
    figure = Figure(
        what=_MOVING.get(what, what),
        over=_split(arguments.over),
        run=arguments.run,
        step=_step(scenario, arguments),
        show=_split(arguments.show),
        span=_spans(arguments),
        title=arguments.title,
    )
    suffix = ".gif" if what in _MOVING else ".svg"
    path = Path(arguments.output or f"{scenario.name}_{what}{suffix}")
    return [(figure, path / f"{scenario.name}_{what}{suffix}" if path.is_dir() else path)]


def _step(scenario: Scenario, arguments: argparse.Namespace) -> int | None:
    """Return after which step the network is drawn."""
    if arguments.at is None:
        step: int | None = arguments.step
        return step
    return step_called(scenario.run(arguments.run), arguments.at)


def _spans(arguments: argparse.Namespace) -> tuple[tuple[float, float], ...]:
    """Return from where to where a figure goes, along each of its axes."""
    spans = tuple(arguments.span or ())
    if not spans:
        return ()
    kind = FIGURES[_MOVING.get(arguments.what, arguments.what)]
    if not kind.has_span:
        takers = [name for name, row in FIGURES.items() if row.has_span]
        raise InvalidValueError(
            f"{arguments.what!r} takes no --span: it belongs to {', '.join(takers)}"
        )
    if len(spans) > max(kind.over):
        raise InvalidValueError(
            f"{len(spans)} times --span: {arguments.what!r} has at most {max(kind.over)}"
        )
    for low, high in spans:
        if not low < high:
            raise InvalidValueError(f"--span goes from low to high, not from {low:g} to {high:g}")
    return spans


def _asked_for(scenario: Scenario, arguments: argparse.Namespace) -> list[tuple[Figure, Path]]:
    for option in ("over", "run", "at", "step", "show", "span", "title", *_OF_ONE):
        if getattr(arguments, option) is not None:
            raise InvalidValueError(
                f"--{option.replace('_', '-')} is for one picture: say which with --what"
                f" ({', '.join(WHATS)})"
            )
    if not scenario.figures:
        raise InvalidValueError(
            f"{scenario.name} asks for no figures; say what to draw with --what"
            f" ({', '.join(WHATS)})"
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


def figures(arguments: argparse.Namespace) -> int:
    """Make the figures of all lessons."""
    folder = _folder(Path(arguments.output))
    lessons = find_lessons()
    made = []
    with busy(len(lessons)) as waiting:
        for name, lesson in lessons.items():
            waiting.begin(name)
            # What a lesson says is for those who read it.
            with figures_into(folder), contextlib.redirect_stdout(io.StringIO()):
                runpy.run_path(str(lesson))
            files = sorted(map(str, folder.glob(f"{name}_*")))
            made.append({"scenario": name, "files": files})
            if arguments.format == "text":
                with waiting.aside():
                    say(f"{name}: {len(files)} figures in {folder}")
    if arguments.format == "json":
        write_data(made)
    return 0
