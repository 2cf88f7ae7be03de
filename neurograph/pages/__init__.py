"""The living page: an example as one HTML file that a learner can touch.

The file needs no network, no server and no installation. Its picture, tables and explanations are
there without JavaScript; with it, everything is computed anew when a number is changed. The page
knows no rule of its own: `equation_table` exports the list of `neurograph.equations` as data, the
formulas are written as functions of JavaScript, and ``script/model.js`` evaluates them in order.

Both compute with IEEE doubles and round alike but for ``Math.exp`` and its like, which ECMAScript
leaves to the browser: a value of one such function differs from NumPy's by two units in the last
place at most (4.5e-16 of its size; tested with V8, whose functions are those of fdlibm).

A number of a page stands whole in the ``data-value`` of each element with its ``data-address``.
What the script starts from is JSON, deflated, in base64: of the text of ``<script id="data">`` it
is ``json.loads(zlib.decompress(base64.b64decode(text), wbits=-15))``; the script is packed so in
``<script id="program">``.
"""

import os
from dataclasses import field, replace
from html import escape
from typing import Any

import numpy as np

from neurograph.checks import one_of, rate_of, whole_number
from neurograph.equations import ORDERS
from neurograph.errors import InvalidTypeError, InvalidValueError
from neurograph.exercises.forms import is_exercise, load_exercise
from neurograph.exercises.questions import Exercise
from neurograph.files import check_replaceable, write_whole
from neurograph.network import Network
from neurograph.optimizers import Optimizer, get_optimizer
from neurograph.pages.graded_sheet import graded_page
from neurograph.pages.html_frame import GENERATOR, languages
from neurograph.pages.live_widget import Live
from neurograph.pages.page_data import Example, PageRun, example_of
from neurograph.pages.site_index import site
from neurograph.pages.web_page import web_page
from neurograph.records import record
from neurograph.rounds import as_rows, read_inputs, read_targets
from neurograph.scenario import Scenario, load_scenario
from neurograph.words import catalogue

__all__ = ["Frame", "Live", "frame", "languages", "live", "page", "site"]


def page(
    example: Scenario | Network | Exercise | str | os.PathLike[str],
    inputs: Any = None,
    targets: Any = None,
    *,
    path: str | os.PathLike[str],
    learning_rate: float = 0.5,
    optimizer: str | Optimizer = "gradient_descent",
    order: str = "simultaneous",
    title: str = "A network",
    language: str | None = None,
    graded: bool = False,
) -> None:
    """Write a scenario, or a network with its data, as one page of HTML that computes.

    The page of an exercise opens with its numbers hidden: a learner types them, each is marked at
    once as `neurograph.exercises.mark` does it, and the answers are saved as a file for marking.

    Parameters
    ----------
    example : Scenario, Network, Exercise, or name or path of a scenario or of an exercise
    inputs, targets : array_like
        Of a network: one sample, or a batch, as `Network.forward` and `Network.backward` take them.
    path : path
        Of the file.
    learning_rate, optimizer, order
        Of a network: how the page updates its weights; a reader can change that.
    title : str
        Of a network.
    language : str, optional
        Of the page's words: a name of ``neurograph.pages.languages()``. By default English, or that
        of the exercise.
    graded : bool
        Whether the page of an exercise has fields alone: then nothing in the file says, or
        computes, what is right.

    Raises
    ------
    ScenarioError
        If the scenario has an error.
    InvalidTypeError
        If a network has no inputs and targets, or a scenario has.
    InvalidValueError
        If what is no exercise is to be graded, or an exercise was changed since it was made.
    StructureError
        If the network cannot be run.
    UnknownNameError
        If there are no words in the language.
    UnwritableError
        If the file cannot be written, or there is something else: see
        `neurograph.files.check_replaceable`.

    Examples
    --------
    >>> import neurograph as ng
    >>> ng.page("mazur_2015", path="mazur.html")  # doctest: +SKIP
    """
    shown = _example(
        example, inputs, targets, learning_rate, optimizer=optimizer, order=order, title=title
    )
    shown, language = _in_language(shown, language)
    if not graded:
        text = web_page(shown, language)
    elif shown.exercise is not None:
        text = graded_page(shown.exercise, language)
    else:
        raise InvalidValueError(
            "graded is for an exercise: a file such as week1.exercise.toml, which `neurograph"
            " exercise` makes"
        )
    check_replaceable(path, "page of neurograph", lambda head: GENERATOR.encode() in head)
    write_whole(path, text)


@record
class Frame:
    """A page in a frame, as a notebook shows it.

    Attributes
    ----------
    document : str
        The whole page.
    height : int
        Of the frame, in pixels.
    """

    document: str = field(repr=False)
    height: int = 900

    def _repr_html_(self) -> str:
        """Return the frame, whose page can reach nothing of the notebook."""
        return (
            f'<iframe sandbox="allow-scripts allow-downloads" srcdoc="{escape(self.document)}"'
            f' style="width: 100%; height: {self.height}px; border: 0"></iframe>'
        )


def frame(
    example: Scenario | Network | Exercise | str | os.PathLike[str],
    inputs: Any = None,
    targets: Any = None,
    *,
    learning_rate: float = 0.5,
    optimizer: str | Optimizer = "gradient_descent",
    order: str = "simultaneous",
    title: str = "A network",
    language: str | None = None,
    height: int = 900,
) -> Frame:
    """Return a scenario, or a network with its data, as a page that a notebook shows.

    Parameters
    ----------
    example, inputs, targets, learning_rate, optimizer, order, title, language
        As for `page`.
    height : int
        Of the frame, in pixels.

    Returns
    -------
    Frame

    Raises
    ------
    ScenarioError, InvalidTypeError, StructureError, UnknownNameError
        As for `page`.
    InvalidValueError
        If the height is no whole number above 0.

    Examples
    --------
    >>> from neurograph.pages import frame
    >>> frame("mazur_2015", height=600)
    Frame(height=600)
    """
    shown = _example(
        example, inputs, targets, learning_rate, optimizer=optimizer, order=order, title=title
    )
    return Frame(web_page(*_in_language(shown, language)), whole_number(height, "height"))


def live(
    example: Scenario | Network | Exercise | str | os.PathLike[str],
    inputs: Any = None,
    targets: Any = None,
    *,
    learning_rate: float = 0.5,
    optimizer: str | Optimizer = "gradient_descent",
    order: str = "simultaneous",
    title: str = "A network",
    language: str | None = None,
    height: int = 900,
) -> Live:
    """Return the page of `frame` as a widget from which values come back to Python.

    Parameters
    ----------
    example, inputs, targets, learning_rate, optimizer, order, title, language, height
        As for `frame`.

    Returns
    -------
    Live
        Show it as the last line of a cell; then its `scenario` and its `network` are those on the
        screen.

    Raises
    ------
    InvalidValueError
        If anywidget is not installed (the extra ``[notebook]``), or the height is no whole number
        above 0.
    ScenarioError, InvalidTypeError, StructureError, UnknownNameError
        As for `page`.
    """
    framed = frame(
        example, inputs, targets, learning_rate=learning_rate, optimizer=optimizer, order=order,
        title=title, language=language, height=height,
    )  # fmt: skip
    return Live(framed.document, framed.height)


def _example(
    example: Scenario | Network | Exercise | str | os.PathLike[str],
    inputs: Any,
    targets: Any,
    learning_rate: float,
    *,
    optimizer: str | Optimizer,
    order: str,
    title: str,
) -> Example:
    if isinstance(example, Network):
        if inputs is None or targets is None:
            raise InvalidTypeError("a page of a network needs inputs and targets")
        run = _run_of(example, inputs, targets, learning_rate, optimizer, order)
        return Example(title=title, runs=(run,))
    if inputs is not None or targets is not None:
        raise InvalidTypeError("a scenario has its own inputs and targets: leave them out")
    if not isinstance(example, Scenario | Exercise) and is_exercise(example):
        example = load_exercise(example)
    if isinstance(example, Exercise):
        return _of_exercise(example)
    return example_of(example if isinstance(example, Scenario) else load_scenario(example))


def _of_exercise(exercise: Exercise) -> Example:
    if exercise.given or exercise.edits:
        what = "gives nets or outs" if exercise.given else "states edits"
        raise InvalidValueError(
            f"exercise {exercise.id} {what}, and a page computes what equations say: write a sheet"
        )
    data = np.array([exercise.inputs]), np.array([exercise.targets])
    rate = 0.5 if exercise.learning_rate is None else exercise.learning_rate
    run = _run_of(exercise.network(), *data, rate, "gradient_descent", exercise.order)
    run = replace(run, digits=exercise.digits)
    return Example(
        title=exercise.title, runs=(run,), description=exercise.source or "", exercise=exercise
    )


def _in_language(example: Example, language: str | None) -> tuple[Example, str]:
    """Return an example whose exercise, if it is one, is in the language of its page."""
    exercise = example.exercise
    if exercise is None or language is None:
        return example, language or (exercise.language if exercise else "en")
    catalogue(language)  # which says what there is
    return replace(example, exercise=replace(exercise, language=language)), language


def _run_of(
    net: Network,
    inputs: Any,
    targets: Any,
    learning_rate: float,
    optimizer: str | Optimizer,
    order: str,
) -> PageRun:
    structure = net.structure
    outs = read_inputs(structure, inputs)
    wanted = read_targets(structure, targets, outs[0])
    return PageRun(
        name="round",
        network=net,
        inputs=np.asarray(as_rows(outs)),
        targets=np.asarray(as_rows(wanted)),
        learning_rate=rate_of(learning_rate),
        order=one_of(order, ORDERS, "order"),
        optimizer=get_optimizer(optimizer),
    )
