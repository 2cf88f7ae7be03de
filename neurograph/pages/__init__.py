"""The living page: an example as one HTML file that a learner can touch.

The file needs no network, no server and no installation. Its picture, tables and explanations are
there without JavaScript; with it, everything is computed anew when a number is changed. The page
knows no rule of its own: `equation_table` exports the list of `neurograph.equations` as data, the
formulas are written as functions of JavaScript, and ``script/model.js`` evaluates them in order.

Both compute with IEEE doubles and round alike but for ``Math.exp`` and its like, which ECMAScript
leaves to the browser: a value of one such function differs from NumPy's by two units in the last
place at most (4.5e-16 of its size; tested with V8, whose functions are those of fdlibm).
"""

import os
from dataclasses import dataclass, field
from html import escape
from typing import Any

import numpy as np

from neurograph.checks import one_of, rate_of, whole_number
from neurograph.equations import ORDERS
from neurograph.errors import InvalidTypeError
from neurograph.files import check_replaceable, write_whole
from neurograph.network import Network
from neurograph.optimizers import Optimizer, get_optimizer
from neurograph.pages.page_data import Example, PageRun, example_of
from neurograph.pages.site_index import site
from neurograph.pages.web_page import GENERATOR, languages, web_page
from neurograph.rounds import as_rows, read_inputs, read_targets
from neurograph.scenario import Scenario, load_scenario

__all__ = ["Frame", "frame", "languages", "page", "site"]


def page(
    example: Scenario | Network | str | os.PathLike[str],
    inputs: Any = None,
    targets: Any = None,
    *,
    path: str | os.PathLike[str],
    learning_rate: float = 0.5,
    optimizer: str | Optimizer = "gradient_descent",
    order: str = "simultaneous",
    title: str = "A network",
    language: str = "en",
) -> None:
    """Write a scenario, or a network with its data, as one page of HTML that computes.

    Parameters
    ----------
    example : Scenario, Network, or name or path of a scenario
    inputs, targets : array_like
        Of a network: one sample, or a batch, as `Network.forward` and `Network.backward` take them.
    path : path
        Of the file.
    learning_rate, optimizer, order
        Of a network: how the page updates its weights; a reader can change that.
    title : str
        Of a network.
    language : str
        Of the page's words: a name of ``neurograph.pages.languages()``.

    Raises
    ------
    ScenarioError
        If the scenario has an error.
    InvalidTypeError
        If a network has no inputs and targets, or a scenario has.
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
    check_replaceable(path, "page of neurograph", lambda head: GENERATOR.encode() in head)
    write_whole(path, web_page(shown, language))


@dataclass(frozen=True)
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
            f'<iframe sandbox="allow-scripts" srcdoc="{escape(self.document)}"'
            f' style="width: 100%; height: {self.height}px; border: 0"></iframe>'
        )


def frame(
    example: Scenario | Network | str | os.PathLike[str],
    inputs: Any = None,
    targets: Any = None,
    *,
    learning_rate: float = 0.5,
    optimizer: str | Optimizer = "gradient_descent",
    order: str = "simultaneous",
    title: str = "A network",
    language: str = "en",
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
    return Frame(web_page(shown, language), whole_number(height, "height"))


def _example(
    example: Scenario | Network | str | os.PathLike[str],
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
    return example_of(example if isinstance(example, Scenario) else load_scenario(example))


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
