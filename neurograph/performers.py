"""Who performs a run that states edits: a place for a function that is known on a floor above.

A run without edits is performed on the objects of a network, by
`neurograph.scenario.player.Player`. What performs one with edits searches the table of edits and
computes on values, with much that reads scenarios itself; the package puts it here.
"""

# As type checkers know it: the module typing takes as long to import as all of the package.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import Any, Protocol

    class Performer(Protocol):
        """A run in progress."""

        samples: Sequence[int]
        remark: str

        @property
        def truncates(self) -> bool:
            """Whether digits are cut off where they are printed."""

        def perform(self, index: int) -> Any:
            """Perform one step, and return the verdict on its gradients, if it checks them."""

        def value(self, address: str, round: int | None = None) -> Any:
            """Return what an address is after the last step, or after one of its rounds."""


__all__ = ["perform_edits_by", "performer_of_edits"]

_performers: "list[Callable[[Any, Any], Performer]]" = []


def perform_edits_by(performer: "Callable[[Any, Any], Performer]") -> None:
    """Say what performs a run with edits.

    Parameters
    ----------
    performer : function of a Scenario and a Run
        Returns the run before its first step.
    """
    _performers[:] = [performer]


def performer_of_edits(scenario: "Any", run: "Any") -> "Performer":
    """Return a run with edits before its first step.

    Raises
    ------
    ScenarioError
        If there is no such edit, or it cannot be made there.

    Examples
    --------
    >>> from dataclasses import replace
    >>> import neurograph as ng
    >>> from neurograph.performers import performer_of_edits
    >>> from neurograph.scenario.runs import StatedEdit
    >>> scenario = ng.load_scenario("mazur_2015")
    >>> edits = (StatedEdit(edit="the bias of h2 left out"),)
    >>> run = replace(scenario.runs[0], edits=edits)
    >>> performer_of_edits(replace(scenario, runs=(run,)), run).perform(0)
    """
    return _performers[-1](scenario, run)
