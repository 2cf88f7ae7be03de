"""The table of alternatives for a network without a scenario: one round under one mistake."""

from collections.abc import Iterator
from typing import Any

from neurograph.conventions.alternatives import Alternative, alternatives_to
from neurograph.conventions.overrides import ReplayState
from neurograph.conventions.replay import ROUND, perform, read
from neurograph.conventions.setups import Conventions, Place, Setup, setup_of
from neurograph.network import Network

__all__ = ["alternatives", "recompute"]

_OF_NEURONS = ("net", "out", "slope", "target", "loss", "out_gradient", "delta", "bias_gradient")
_OF_CONNECTIONS = ("message", "error_message", "gradient")


def alternatives(
    net: Network, inputs: Any, targets: Any, conventions: Conventions
) -> Iterator[Alternative]:
    """Yield every known alternative to what a network and its conventions state.

    Parameters
    ----------
    net : Network
        Not changed.
    inputs, targets
        As for `Network.step`.
    conventions : Conventions
        The stated ones; an alternative is one change against them.

    Yields
    ------
    Alternative
        Those that concern a whole computation come first, then those of one place.

    Raises
    ------
    StructureError, InvalidValueError, InvalidTypeError, UnknownNameError
        If the network cannot be run, or inputs and targets do not fit it.

    Examples
    --------
    >>> import neurograph as ng
    >>> from neurograph.conventions import Conventions, alternatives
    >>> net = ng.Network.layered(2, 1, weights=[[[0.1, 0.2]]], bias=0.3)
    >>> found = alternatives(net, [1, 0], [1], Conventions(learning_rate=0.5))
    >>> for each in found:
    ...     if each.family == "sign":
    ...         print(each.sentence)
    the update added where it is to be subtracted
    delta with the other sign (target - out), the update added
    """
    return alternatives_to(setup_of(net, inputs, targets, conventions))


def recompute(
    alternative: Alternative | None,
    net: Network,
    inputs: Any,
    targets: Any,
    conventions: Conventions,
    *,
    sample: int | None = None,
) -> dict[str, float]:
    """Return every number of one round, computed with one alternative.

    Parameters
    ----------
    alternative : Alternative or None
        One of `alternatives` for the same network; `None` for the stated conventions.
    net, inputs, targets, conventions
        As for `alternatives`.
    sample : int, optional
        Whose numbers of a batch, counted from 1; by default the first.

    Returns
    -------
    dict of str to float
        By address. Weights and biases are those after the update, where there is a learning rate.
        For an alternative of another moment, everything is that of the moment it means: one round
        earlier (nothing but the weights is known then) or later.

    Raises
    ------
    StructureError, InvalidValueError, InvalidTypeError, UnknownNameError
        As for `alternatives`.

    Examples
    --------
    >>> import neurograph as ng
    >>> from neurograph.conventions import Conventions, alternatives, recompute
    >>> net = ng.Network.layered(1, 1, weights=0.5, activation="identity")
    >>> given = net, [3.0], [1.0], Conventions(learning_rate=0.1)
    >>> added = next(each for each in alternatives(*given) if each.name == "sign: update added")
    >>> recompute(None, *given)["w1.weight"], recompute(added, *given)["w1.weight"]
    (0.35, 0.65)
    """
    stated = setup_of(net, inputs, targets, conventions)
    setup = stated if alternative is None else alternative.setup(stated)
    overrides = {} if alternative is None else alternative.overrides
    shift = 0 if alternative is None else alternative.shift
    state = ReplayState(setup.parameters.tolist())
    for op in ROUND * (1 + shift):
        if op.do != "update" or setup.learning_rate is not None:
            perform(state, setup, op, overrides)
    return dict(_everything(state, setup, sample))


def _everything(
    state: ReplayState, setup: Setup, sample: int | None
) -> Iterator[tuple[str, float]]:
    """Yield each address whose value is known."""
    structure = setup.structure
    places = [("loss", Place("total_error", 0))]
    for row in range(len(structure.names)):
        places += [(f"{setup.name_of(row)}.{q}", Place(q, row)) for q in (*_OF_NEURONS, "bias")]
    for slot in setup.weights():
        places += [
            (f"{setup.called[slot]}.{q}", Place(q, slot)) for q in (*_OF_CONNECTIONS, "weight")
        ]
    for address, place in places:
        value = read(state, setup, place, sample)
        if value is not None:
            yield address, value
