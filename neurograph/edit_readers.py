"""Who reads the edits that a run states: a place for a function that is known on a floor above.

What an edit is called is found by a search through the table of edits, with much that reads
scenarios itself; the package puts it here.
"""

# As type checkers know it: the module typing takes as long to import as all of the package.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import Any, Protocol

    class ReadEdit(Protocol):
        """An edit of a run."""

        @property
        def sentence(self) -> str:
            """What was done."""

        @property
        def edit(self) -> Any:
            """What it changes: an `Edit`."""

        @property
        def steps(self) -> range:
            """The steps in which it is in force, counted from 0."""

        @property
        def is_throughout(self) -> bool:
            """Whether it is so in all of the run, in every round of its trainings too."""


__all__ = ["edits_of", "read_edits_by"]

_readers: "list[Callable[[Any, Any], Sequence[ReadEdit]]]" = []


def read_edits_by(reader: "Callable[[Any, Any], Sequence[ReadEdit]]") -> None:
    """Say what reads the edits of a run.

    Parameters
    ----------
    reader : function of a Scenario and a Run
        Returns them as they are stated.
    """
    _readers[:] = [reader]


def edits_of(scenario: "Any", run: "Any") -> "Sequence[ReadEdit]":
    """Return the edits that a run states, each with the steps in which it is in force.

    Raises
    ------
    ScenarioError
        If there is no such edit, or it cannot be made there.

    Examples
    --------
    >>> from dataclasses import replace
    >>> import neurograph as ng
    >>> from neurograph.edit_readers import edits_of
    >>> from neurograph.scenario.runs import StatedEdit
    >>> scenario = ng.load_scenario("mazur_2015")
    >>> run = replace(scenario.runs[0], edits=(StatedEdit(edit="bias of h2 left out"),))
    >>> [its.sentence for its in edits_of(replace(scenario, runs=(run,)), run)]
    ['the bias of h2 left out']
    """
    return _readers[-1](scenario, run) if run.edits else ()
