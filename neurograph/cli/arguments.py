"""The arguments of every command: they can be read and explained without what computes.

Nothing here imports a part of neurograph that takes long: names of formats, figures and optimisers
are looked up when one is to be checked.
"""

import argparse
import math
import re
import sys
from collections.abc import Callable, Iterable, Sequence
from importlib import import_module

import neurograph
from neurograph.errors import did_you_mean

# As type checkers know it: the module typing takes as long to import as argparse.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import NoReturn

__all__ = ["COMMANDS", "AsWritten", "OneOf", "Parser", "parser"]

#: Of shells that `shtab` knows.
SHELLS = ("bash", "tcsh", "zsh")

_EXIT_STATUS = """\
exit status: 0 if everything is reproduced, 1 if a printed value or a check of gradients fails, 2
for wrong use or a wrong scenario file."""
_AUDIT_STATUS = """\
exit status: 0 if every value is reproduced or listed as an erratum, 1 if one is neither, or a
check of gradients fails, 2 for wrong use or a wrong scenario file."""
_FIND_STATUS = """\
exit status: 0 if an example has one of the numbers, 1 if none has, 2 for wrong use."""
_MARK_STATUS = """\
exit status: 0 when marked, 2 for wrong use or a file that cannot be read. In a folder such a file
is reported and the rest is marked."""
_SHEET = """\
It writes FILE, beside it FILE.exercise.toml (with the answers) and FILE.answers.toml (the form),
and the picture of the network."""
_LESSONS = """\
A lesson is a Python program in cells. The notebook opens in Jupyter and in VS Code; the program
(-o FILE.py) opens as cells in VS Code, Spyder and PyCharm, and in Jupyter where jupytext is
installed. Both save their figures into the folder 'figures'."""
_EXPLAINED = """\
examples:
  neurograph explain mazur_2015 w1.gradient
  neurograph explain mazur_2015 w5.new_weight --depth 1
  neurograph explain mazur_2015 --influence w5
  neurograph explain mazur_2015 --what-if w5.weight=0.5
  neurograph explain mazur_2015 --what-if learning_rate=5
  neurograph explain mazur_2015 --what-if h1.activation=relu
  neurograph explain mazur_2015 w1.gradient --format html > w1.html"""
_DRAWN = """\
examples:
  neurograph plot mazur_2015
  neurograph plot mazur_2015 --what network --at backward --highlight w5
  neurograph plot mazur_2015 --what surface --over w5,w6 --span -4,4 -o loss.png
  neurograph plot mazur_2015 --what descent --start 3,-2 --steps 50 -o way.gif"""
#: What is typed while stepping.
STEP_KEYS = """\
n, Enter, right    next event          p, left    previous event
f NAME             on to the next event of a neuron, a connection, an address
                   or a phase (forward, backward, update)
g NUMBER           go to an event; g 0 is the start
e                  the end             s          the start
t                  all events so far   ?          this help
q                  quit"""

#: What a value that begins with a minus is, beside -1 and -.5: -4,4 and -1e-3.
_NEGATIVE = re.compile(r"-\.?\d")


class Parser(argparse.ArgumentParser):
    """A parser whose complaints name what is nearest, and show the usage of their own command."""

    def __init__(self, **settings: object) -> None:
        super().__init__(**settings)  # type: ignore[arg-type]
        self._negative_number_matcher = _NEGATIVE

    def parse_known_args(  # type: ignore[override]
        self, args: Sequence[str] | None = None, namespace: argparse.Namespace | None = None
    ) -> tuple[argparse.Namespace, list[str]]:
        """Read the arguments; one that nobody knows is a mistake here, not further up."""
        arguments = list(sys.argv[1:] if args is None else args)
        if self._subparsers is None:
            self._check_options(arguments)
        known, unknown = super().parse_known_args(arguments, namespace)
        if unknown:
            self.error(self._unrecognized(unknown))
        return known, unknown

    def error(self, message: str) -> "NoReturn":
        """Say what is wrong below the usage, and end with status 2."""
        from neurograph.escapes import printable  # not before something is wrong

        self.print_usage(sys.stderr)
        self.exit(2, f"{self.prog}: error: {printable(message)}\n")

    def _check_options(self, arguments: Sequence[str]) -> None:
        """Check the names of options before anything else is found wrong, or missing."""
        for argument in arguments:
            if argument == "--":
                return
            option = argument.partition("=")[0]
            if (
                option.startswith("--")
                and " " not in option
                and not any(known.startswith(option) for known in self._option_string_actions)
            ):
                self.error(self._unrecognized([argument]))

    def _unrecognized(self, unknown: Sequence[str]) -> str:
        near = did_you_mean(unknown[0].partition("=")[0], self._option_string_actions)
        return f"unrecognized arguments: {' '.join(unknown)}{near}"

    def _check_value(self, action: argparse.Action, value: object) -> None:
        if action.choices is not None and value not in action.choices:
            names = list(map(str, action.choices))
            near = did_you_mean(str(value), names) or f" (choose from {', '.join(names)})"
            raise argparse.ArgumentError(action, f"invalid choice: {value!r}{near}")


class AsWritten(argparse.HelpFormatter):
    """Fills a paragraph, and leaves what has lines of its own as it is written."""

    def _fill_text(self, text: str, width: int, indent: str) -> str:
        return text if "\n" in text else super()._fill_text(text, width, indent)


class OneOf:
    """One of some names, which are looked up only when one has to be checked.

    Parameters
    ----------
    what : str
        What they are names of.
    names : function
        Returns them.
    """

    def __init__(self, what: str, names: Callable[[], Iterable[str]]) -> None:
        self.what, self.names = what, names

    def __call__(self, text: str) -> str:
        """Check one."""
        names = list(self.names())
        if text not in names:
            near = did_you_mean(text, names) or f"; expected one of {', '.join(names)}"
            raise argparse.ArgumentTypeError(f"no {self.what} {text!r}{near}")
        return text


def _table(module: str, name: str) -> Callable[[], Iterable[str]]:
    """Return what looks names up in a table of a module."""
    return lambda: getattr(import_module(f"neurograph.{module}"), name)


_FORMAT = OneOf("format", _table("documents.readable", "WRITERS"))
_WHAT = OneOf("figure", _table("cli.plot", "WHATS"))
_THEME = OneOf("theme", _table("drawing.themes", "THEMES"))
_LANGUAGE = OneOf("language", _table("words", "LANGUAGES"))


def _whole(text: str) -> int:
    try:
        return int(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"expected a whole number, got {text!r}") from None


def _number(text: str) -> float:
    try:
        number = float(text)
    except ValueError:
        comma = " (a decimal sign is a point)" if "," in text else ""
        raise argparse.ArgumentTypeError(f"expected a number, got {text!r}{comma}") from None
    if not math.isfinite(number):
        raise argparse.ArgumentTypeError(f"expected a finite number, got {text!r}")
    return number


def _numbers(text: str) -> tuple[float, ...]:
    return tuple(_number(part.strip()) for part in text.split(","))


def _pair(text: str) -> tuple[float, float]:
    numbers = _numbers(text)
    if len(numbers) != 2:
        raise argparse.ArgumentTypeError(f"expected two numbers such as -4,4; got {text!r}")
    return numbers[0], numbers[1]


def _size(text: str) -> float | tuple[float, float]:
    numbers = _numbers(text.replace("x", ","))
    if len(numbers) > 2:
        raise argparse.ArgumentTypeError(f"expected inches such as 8 or 8,5; got {text!r}")
    return numbers[0] if len(numbers) == 1 else (numbers[0], numbers[1])


# -- what several commands take --------------------------------------------------------------------


def _scenario(to: argparse._ActionsContainer, nargs: str | None = None) -> None:
    to.add_argument(
        "scenario",
        metavar="SCENARIO",
        nargs=nargs,
        help="name of a scenario, its beginning (mazur_2015), the path of a .toml file or of a"
        " saved network, or - for the standard input",
    )


def _run_option(to: Parser, words: str = "name or number of the run (default: the first)") -> None:
    to.add_argument("--run", metavar="RUN", help=words)


def _at(to: argparse._ActionsContainer) -> None:
    to.add_argument(
        "--at", metavar="STEP", help="number or name of the step to stop after, as 'run' shows them"
    )


def _round(to: argparse._ActionsContainer) -> None:
    to.add_argument(
        "--round", metavar="N", type=_whole, help="of a step that does 'train', after round N"
    )


def _json(to: argparse._ActionsContainer, default: str | None = "text") -> None:
    to.add_argument(
        "--json",
        dest="format",
        action="store_const",
        const="json",
        default=default,
        help="print data for programs",
    )


def _format(to: Parser, *, default: str | None = "text", words: str = "print it as text") -> None:
    """Add ``--format`` and its short form for programs."""
    formats = to.add_mutually_exclusive_group()
    _json(formats, default)
    usual = " (default: text)" if default else ""
    formats.add_argument(
        "--format",
        metavar="FORMAT",
        type=_FORMAT,
        default=default,
        help=f"{words}, markdown, html, latex or json, which is --json{usual}",
    )


# -- the commands ----------------------------------------------------------------------------------

Commands = argparse._SubParsersAction


def _run(commands: "Commands[Parser]") -> None:
    run = commands.add_parser(
        "run",
        help="recompute every value that a source prints",
        description="Recompute every value that a source prints, and say which are reproduced.",
        epilog=_EXIT_STATUS,
    )
    what = run.add_mutually_exclusive_group(required=True)
    _scenario(what, nargs="?")
    what.add_argument("--all", action="store_true", help="all that come with neurograph: one table")
    _run_option(run, "only this run: its name or number")
    _format(run)
    run.set_defaults(command="outcomes:run")


def _inspect(commands: "Commands[Parser]") -> None:
    inspect = commands.add_parser(
        "inspect",
        help="show all that one neuron or connection carries",
        description="Show all numbers that one neuron or connection carries, and the messages on"
        " the connections it is joined to. Unless --at says otherwise, this is the moment before"
        " any weight has changed, after the backward pass if the run has one.",
    )
    _scenario(inspect)
    inspect.add_argument(
        "element", metavar="ELEMENT", help="a neuron (h1), a connection (w5 or 'h1->o1') or a tie"
    )
    _run_option(inspect)
    _at(inspect)
    _round(inspect)
    _format(inspect)
    inspect.set_defaults(command="inspection:show_element")


def _list(commands: "Commands[Parser]") -> None:
    listing = commands.add_parser(
        "list",
        help="list the scenarios that come with neurograph",
        description="List the scenarios that come with neurograph, with what each is about.",
    )
    listing.add_argument(
        "--tag",
        metavar="TAG",
        action="append",
        help="only those with this tag, such as adam; given several times, with all of them",
    )
    _format(listing)
    listing.set_defaults(command="outcomes:list_scenarios")


def _find(commands: "Commands[Parser]") -> None:
    find = commands.add_parser(
        "find",
        help="say which example prints or computes some numbers",
        description="Search the scenarios that come with neurograph for numbers, as a page prints"
        " them: which of them prints or computes these? Other digits, rounded or cut off, and a"
        " decimal comma are understood. The example with most of the numbers comes first.",
        epilog=_FIND_STATUS,
    )
    find.add_argument("number", metavar="NUMBER", nargs="+", help="such as 0.7513, or several")
    _format(find)
    find.set_defaults(command="outcomes:find")


def _errata(commands: "Commands[Parser]") -> None:
    errata = commands.add_parser(
        "errata",
        help="show what is wrong in the sources, and why",
        description="Show all errata of all scenarios that come with neurograph: what the source"
        " prints, what is right, and the cause.",
    )
    _scenario(errata, "?")
    _language(errata, "en or de, of the headings (default: en)")
    _format(errata)
    errata.set_defaults(command="outcomes:errata")


def _audit(commands: "Commands[Parser]") -> None:
    audit = commands.add_parser(
        "audit",
        help="say of every printed value what gives it",
        description="Recompute every value that a source prints. For each that the stated"
        " conventions do not give, search what else does: another order of updates, another"
        " factor of the loss, rounding, a slip, ...",
        epilog=_AUDIT_STATUS,
    )
    what = audit.add_mutually_exclusive_group(required=True)
    _scenario(what, nargs="?")
    what.add_argument(
        "--all", action="store_true", help="all that come with neurograph: one table, and reasons"
    )
    _run_option(audit, "only this run: its name or number")
    audit.add_argument(
        "--errata", action="store_true", help="only a list of errata, as one sends it to the author"
    )
    _format(audit)
    audit.set_defaults(command="outcomes:audit")


def _step(commands: "Commands[Parser]") -> None:
    step = commands.add_parser(
        "step",
        help="walk through a round, one message at a time",
        description="Walk through the first round of a run, one message or value at a time, with"
        " the network as far as it is known. From a pipe, one command is read from each line.",
        epilog=STEP_KEYS,
        formatter_class=AsWritten,
    )
    _scenario(step)
    _run_option(step)
    step.add_argument(
        "--at", metavar="WHERE", help="begin just after an event: its number, or an address"
    )
    step.add_argument(
        "--sample", metavar="N", type=_whole, default=1, help="which sample to show (default: 1)"
    )
    step.add_argument(
        "-o",
        "--output",
        metavar="FILE",
        help="write the events to FILE and stop: as JSON lines (.jsonl), .html, .json, .md, .tex or"
        " .txt",
    )
    _format(step, default=None, words="print all events and stop: as text")
    step.set_defaults(command="step:walk")


def _explain(commands: "Commands[Parser]") -> None:
    explain = commands.add_parser(
        "explain",
        help="show where a number comes from, what depends on it, or what would change",
        description="Show where a number comes from: its equation in symbols and in numbers, and"
        " everything behind it. Unless --at says otherwise, this is the moment before any weight"
        " has changed; a new weight is that of the update which the run makes next. After a step"
        " that trains, every number is explained as 'run' prints it: a weight by the last update,"
        " all else by the passes before that.",
        epilog=_EXPLAINED,
        formatter_class=AsWritten,
    )
    _scenario(explain)
    explain.add_argument(
        "address",
        metavar="ADDRESS",
        nargs="?",
        help="such as w1.gradient, h1.net, loss; w5.new_weight or h1.new_bias after an update",
    )
    asked = explain.add_mutually_exclusive_group()
    asked.add_argument(
        "--influence", metavar="NAME", help="instead: all that changes when NAME (w5) changes"
    )
    asked.add_argument(
        "--what-if",
        metavar="WHAT=VALUE",
        action="append",
        help="instead: all that would change, and by how much, to the new weights; WHAT is an"
        " address, h1.activation, learning_rate, loss, reduction, slope, penalty, delta, order or"
        " optimizer; can be given"
        " several times",
    )
    _format(explain)
    explain.add_argument("--depth", metavar="N", type=_whole, help="unfold N steps, 0 for none")
    _run_option(explain)
    _at(explain)
    _round(explain)
    explain.add_argument(
        "--digits", metavar="N", type=_whole, default=9, help="decimals (default: 9)"
    )
    explain.add_argument(
        "--sample", metavar="N", type=_whole, help="which sample of a batch, counted from 1"
    )
    explain.add_argument(
        "--learning-rate", metavar="X", type=_number, help="of the update (default: of the run)"
    )
    explain.add_argument("--ascii", action="store_true", help="text in ASCII alone")
    explain.set_defaults(command="explain:explain")


def _plot(commands: "Commands[Parser]") -> None:
    plot = commands.add_parser(
        "plot",
        help="draw a network, its loss or its training",
        description="Draw one picture of a scenario, or every figure that it asks for.",
        epilog=_DRAWN,
        formatter_class=AsWritten,
    )
    _scenario(plot)
    plot.add_argument(
        "--what",
        type=_WHAT,
        metavar="WHAT",
        help="what to draw: network, curve, surface, history, basins, decision, path, classes,"
        " gradients, histogram, or what moves: passes, descent (default: the figures that the"
        " scenario asks for)",
    )
    plot.add_argument(
        "-o",
        "--output",
        metavar="FILE",
        help="the file to write (.svg, .pdf, .png or, of a network, .tex; of passes and descent"
        " .gif, .html or .mp4), or a folder for several",
    )
    subject = plot.add_argument_group("what is shown")
    subject.add_argument(
        "--over",
        metavar="NAMES",
        help="the weights or biases that vary, such as w5,w6 (of a decision: the two inputs);"
        " default: those with the largest gradients where the run begins",
    )
    subject.add_argument(
        "--span",
        metavar="LOW,HIGH",
        type=_pair,
        action="append",
        help="from where to where they go; given twice, the first and the second of them",
    )
    subject.add_argument(
        "--show",
        metavar="NAMES",
        help="of a network: quantities such as weight,out,delta (default: what is known); of a"
        " history: addresses such as loss,w5.weight; of a decision: outputs",
    )
    subject.add_argument("--run", metavar="RUN", help="of which run (default: the first)")
    moment = subject.add_mutually_exclusive_group()
    moment.add_argument(
        "--at",
        metavar="STEP",
        help="after which step: its number or name, as 'run' shows them (default: the last; of"
        " what moves: before the first)",
    )
    moment.add_argument("--step", metavar="N", type=_whole, help="the same by number alone")
    walk = plot.add_argument_group("the walk of a path or a descent")
    walk.add_argument("--start", metavar="X,Y", type=_numbers, help="where it begins")
    walk.add_argument("--steps", metavar="N", type=_whole, help="how many (default: 200)")
    walk.add_argument("--learning-rate", metavar="X", type=_number, help="default: that of the run")
    look = plot.add_argument_group("how it looks")
    look.add_argument("--title", metavar="TEXT", help="a title")
    look.add_argument("--digits", metavar="N", type=_whole, help="significant digits")
    look.add_argument(
        "--labels",
        choices=("auto", "values", "symbols", "both"),
        help="of a network: 0.4, w5, or w5=0.4",
    )
    look.add_argument("--direction", choices=("right", "up"), help="of a network (default: right)")
    look.add_argument(
        "--highlight",
        metavar="NAME",
        help="of a network: a neuron, or a connection with all that it influences",
    )
    look.add_argument("--kind", choices=("contour", "3d"), help="of a surface or a path")
    look.add_argument(
        "--theme", type=_THEME, metavar="THEME", help="light, dark, print or rcParams"
    )
    look.add_argument(
        "--size", type=_size, metavar="INCHES", help="width, or width and height: 8 or 8,5"
    )
    look.add_argument("--dpi", type=_number, metavar="N", help="of .png and .gif: dots an inch")
    _language(look, "en or de")
    _json(plot)
    plot.set_defaults(command="plot:plot")


def _figures(commands: "Commands[Parser]") -> None:
    figures = commands.add_parser(
        "figures",
        help="make the figures of all lessons",
        description="Run the lesson of every scenario, and save its figures.",
    )
    figures.add_argument(
        "-o", "--output", metavar="FOLDER", default="figures", help="where to (default: figures)"
    )
    _json(figures)
    figures.set_defaults(command="plot:figures")


def _guide(commands: "Commands[Parser]") -> None:
    guide = commands.add_parser(
        "guide",
        help="show a page for learners, teachers, authors or network scientists",
        description="Show a page of the guide; without PAGE, list the pages.",
    )
    guide.add_argument("page", metavar="PAGE", nargs="?", help="its name, such as teacher")
    _json(guide)
    guide.set_defaults(command="lesson:guide")


def _lesson(commands: "Commands[Parser]") -> None:
    lesson = commands.add_parser(
        "lesson",
        help="list the lessons, or write one as a notebook",
        description="Write the lesson of a scenario as a notebook; without SCENARIO, list the"
        " lessons. A file that is there is never overwritten.",
        epilog=_LESSONS,
    )
    lesson.add_argument(
        "scenario",
        metavar="SCENARIO",
        nargs="?",
        help="name of a scenario, its beginning (mazur_2015), or the path of a .toml file",
    )
    lesson.add_argument(
        "-o",
        "--output",
        metavar="FILE",
        help="the file to write: .ipynb, or .py for the program (default: the name of the scenario"
        " with .ipynb, in this folder)",
    )
    _json(lesson)
    lesson.set_defaults(command="lesson:lesson")


def _language(parser: argparse._ActionsContainer, words: str) -> None:
    parser.add_argument("--language", type=_LANGUAGE, metavar="LANGUAGE", help=words)


def _exercise(commands: "Commands[Parser]") -> None:
    exercise = commands.add_parser(
        "exercise",
        help="make an exercise sheet of a worked example",
        description="Make an exercise sheet of one round of a worked example, with its diagram, an"
        " answer file for whoever marks it and an empty form for students.",
        epilog=_SHEET,
    )
    _scenario(exercise)
    exercise.add_argument(
        "-o",
        "--output",
        metavar="FILE",
        required=True,
        help="the sheet: .html, .json, .tex, .md or .txt; or a question for Moodle (.xml) or"
        " PrairieLearn (info.json)",
    )
    exercise.add_argument(
        "--ask",
        choices=("forward", "backward", "update", "all"),
        default="all",
        help="which part has blanks; what comes before it is given (default: all)",
    )
    exercise.add_argument(
        "--hide", metavar="N", type=_whole, help="leave only N of these values blank, by --seed"
    )
    exercise.add_argument("--seed", metavar="S", type=_whole, default=0, help="of what is drawn")
    exercise.add_argument(
        "--vary", action="store_true", help="draw fresh numbers that come out well, by --seed"
    )
    _run_option(exercise)
    exercise.add_argument(
        "--sample", metavar="N", type=_whole, default=1, help="which sample (default: 1)"
    )
    exercise.add_argument(
        "--decimals", metavar="N", type=_whole, help="of the answers (default: enough, at least 6)"
    )
    exercise.add_argument(
        "--significant",
        metavar="N",
        type=_whole,
        help="of the answers, digits instead of decimals",
    )
    exercise.add_argument(
        "--solution",
        "--solved",
        dest="solved",
        action="store_true",
        help="write the sheet alone, with its answers and the way to them, step by step",
    )
    _language(exercise, "en or de, of the words and of decimal signs (default: en)")
    _json(exercise)
    exercise.set_defaults(command="exercise:make")


def _mark(commands: "Commands[Parser]") -> None:
    mark = commands.add_parser(
        "mark",
        help="mark the answers to an exercise",
        description="Mark answers: right, right in method (they follow from an earlier mistake),"
        " or wrong, and then which mistake gives the value that was written.",
        epilog=_MARK_STATUS,
    )
    mark.add_argument("exercise", metavar="EXERCISE", help="the .exercise.toml of the sheet")
    mark.add_argument(
        "answers", metavar="ANSWERS", help="a .toml or .csv of one student, or a folder of them"
    )
    _language(mark, "en or de (default: that of the sheet)")
    _format(mark)
    mark.add_argument(
        "-o",
        "--output",
        metavar="FILE",
        help="write the report to FILE too: .csv, .html, .json, .tex, .md or .txt",
    )
    mark.set_defaults(command="exercise:mark")


def _new(commands: "Commands[Parser]") -> None:
    new = commands.add_parser(
        "new",
        help="write a scenario file to begin with",
        description="Write the file NAME.toml into this folder: a small worked example with"
        " remarks, to be changed into one of your own. A file that is there is never overwritten.",
    )
    new.add_argument(
        "--from",
        metavar="FILE",
        dest="saved",
        help="begin with the network, and the data, of a file that Network.save wrote",
    )
    new.add_argument("name", metavar="NAME", help="of the file, such as mazur_2015_step_by_step")
    _json(new)
    new.set_defaults(command="new:new")


def _page(commands: "Commands[Parser]") -> None:
    page = commands.add_parser(
        "page",
        help="write a worked example as a page that computes in a browser",
        description="Write a worked example as one HTML file: the picture, every number with the"
        " equation it follows from, the round step by step, what changes when a number is another,"
        " who is right, training, and practice. The file needs no network and opens with a double"
        " click. An exercise, such as week1.exercise.toml, opens with its numbers hidden.",
    )
    _scenario(page, "?")
    page.add_argument(
        "--all",
        action="store_true",
        help="the pages and lessons of all scenarios, their errata and the guide, in a folder",
    )
    page.add_argument(
        "-o",
        "--output",
        metavar="PATH",
        help="the file (default: the scenario's name with .html), or with --all the folder"
        " (default: site)",
    )
    page.add_argument(
        "--graded",
        action="store_true",
        help="the fields of an exercise alone: no right answer is in the file",
    )
    _language(page, "en or de (default: en)")
    page.add_argument("--open", action="store_true", help="show the page in the browser")
    _json(page)
    page.set_defaults(command="living_page:write")


#: Each adds the parser of one command; its default `command` says which function does it.
COMMANDS: list[Callable[["Commands[Parser]"], None]] = [
    _run, _inspect, _list, _find, _errata, _audit, _step, _explain, _plot, _figures, _guide,
    _lesson, _page, _exercise, _mark, _new,
]  # fmt: skip


def parser() -> Parser:
    """Return the parser of the command line."""
    whole = Parser(
        prog="neurograph",
        description="Neural networks whose neurons and connections carry their own numbers:"
        " worked examples, recomputed value by value. Begin with 'neurograph run mazur_2015', or"
        " with 'neurograph guide'.",
        epilog=_EXIT_STATUS,
    )
    whole.add_argument("--version", action="version", version=f"%(prog)s {neurograph.__version__}")
    whole.add_argument(
        "--print-completion",
        metavar="SHELL",
        choices=SHELLS,
        help="print what completes commands and options in a shell (bash, tcsh or zsh), and stop",
    )
    whole.add_argument(
        "--print-manual", action="store_true", help="print the manual page (man -l), and stop"
    )
    whole.set_defaults(command=None)
    commands = whole.add_subparsers(title="commands", metavar="COMMAND", parser_class=Parser)
    for add in COMMANDS:
        add(commands)
    return whole
