"""``neurograph page``: a worked example as one HTML file that a learner can touch."""

import argparse
import webbrowser
from pathlib import Path

from neurograph.cli.console import STANDARD_INPUT, busy, read, say, write_data
from neurograph.errors import InvalidValueError
from neurograph.scenario import Scenario, find_scenarios, load_scenario

__all__ = ["write"]


def write(arguments: argparse.Namespace) -> int:
    """Write one page, or those of all scenarios."""
    if arguments.all == bool(arguments.scenario):
        raise InvalidValueError("name one scenario, or --all")
    if arguments.all and arguments.graded:
        raise InvalidValueError("--graded is for the page of one exercise")
    path, pages = _site(arguments) if arguments.all else _page(arguments)
    if arguments.format == "json":
        write_data({"file": str(path), "pages": [str(file) for file in pages]})
    elif arguments.all:
        say(f"{path}: {len(pages)} pages")
    else:
        say(f"{path}: {path.stat().st_size / 1000:,.0f} kB")
    if arguments.open:
        webbrowser.open(path.resolve().as_uri())
    return 0


def _page(arguments: argparse.Namespace) -> tuple[Path, list[Path]]:
    from neurograph.exercises import Exercise, is_exercise, load_exercise
    from neurograph.pages import page

    name = arguments.scenario
    example: Exercise | Scenario
    if name != STANDARD_INPUT and is_exercise(name):
        example, stem = load_exercise(name), f"{Path(name).name.split('.')[0]}-page"
    else:
        example = read(name)
        stem = example.name
    path = Path(arguments.output or f"{stem}.html")
    if path.suffix.lower() not in (".html", ".htm"):
        raise InvalidValueError(f"{path}: a page is written to a file that ends in .html or .htm")
    with busy():
        page(example, path=path, language=arguments.language, graded=arguments.graded)
    return path, [path]


def _site(arguments: argparse.Namespace) -> tuple[Path, list[Path]]:
    from neurograph.pages import site

    scenarios = [load_scenario(path) for path in find_scenarios().values()]
    folder = Path(arguments.output or "site")
    with busy(len(scenarios)) as waiting:
        pages = site(scenarios, folder, arguments.language or "en", begin=waiting.begin)
    return pages[0], pages
