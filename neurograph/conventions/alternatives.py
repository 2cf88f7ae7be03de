"""The table of edits for a page: each with its words, what it sets, and what it overwrites."""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import field, replace
from typing import Any

from neurograph.conventions.replay import ROUND, Override, Replay, overrides_of
from neurograph.conventions.setups import Conventions, Place, Setup, setup_of
from neurograph.display import Brief
from neurograph.edits import EditRow, slips_of
from neurograph.equations import Variable
from neurograph.network import Network
from neurograph.quantities import QUANTITIES
from neurograph.records import record
from neurograph.scenario.runs import perform
from neurograph.slips import CHAIN, Edit, PlacedEdit, Places
from neurograph.words import Sentence

__all__ = ["Alternative", "alternatives", "alternatives_to", "recompute"]

#: Where there are more weights x samples, slips in one place are not searched: nobody computes
#: that by hand.
MOST_PRODUCTS = 120


@record(kw_only=True)
class Alternative(Brief):
    """One change against the stated conventions: one row of the table in one place.

    Parameters
    ----------
    name : str
        Unique within a network.
    family : str
        A key of `neurograph.edits.FAMILIES`.
    sentence : str
        What was done, such as "the weights change in place".
    row : EditRow
    edit : Edit
    overrides : mapping
        By quantity and place (`None`: every place), what stands for the value just computed.
    decimals : int, optional
        Of a rounding, how many it leaves.

    Examples
    --------
    >>> import neurograph as ng
    >>> from neurograph.conventions import Conventions, alternatives
    >>> net = ng.Network.layered(1, 1, weights=0.5)
    >>> found = alternatives(net, [3.0], [1.0], Conventions(learning_rate=0.1))
    >>> print(next(found).sentence)
    the weights change in place: errors go back through weights already changed
    """

    name: str
    family: str
    sentence: str
    row: EditRow = field(repr=False)
    edit: Edit = field(repr=False)
    overrides: Mapping[tuple[str, int | None], Override] = field(default_factory=dict, repr=False)
    decimals: int | None = field(default=None, repr=False)

    def setup(self, stated: Setup) -> Setup:
        """Return the setup that it makes of the stated one."""
        return stated.under(self.edit)

    def __str__(self) -> str:
        return self.sentence


def alternatives_to(stated: Setup, *, shares: bool = False) -> Iterator[Alternative]:
    """Yield every alternative to a setup: those that concern a whole computation come first.

    Parameters
    ----------
    stated : Setup
    shares : bool
        Whether errors are shared out in proportion to the weights.
    """
    places = Places(
        equations=stated.equations(),
        parameters=stated.parameters.tolist(),
        n_samples=stated.n_samples,
        updates=stated.learning_rate is not None,
        digits=stated.digits,
        shares=shares,
        optimizer=stated.optimizer,
        terms=stated.terms,
        standardized=stated.standardized,
        targets_scaled=stated.targets_scaled,
        n_data=stated.n_data,
        goes_on=stated.goes_on,
        inputs=stated.inputs,
        targets=stated.targets,
    )
    words, names = _Words(stated), Counter[str]()
    by_hand = len(places.weights) * stated.n_samples <= MOST_PRODUCTS
    for row, slip in slips_of(places, by_hand=by_hand):
        if not row.not_of_pages and slip.of_pages and not _by_chain_rule(slip.edit):
            alternative = words.alternative(row, slip)
            names[alternative.name] += 1
            if names[alternative.name] > 1:  # as where one parameter is used twice in a net
                name = f"{alternative.name} ({names[alternative.name]})"
                alternative = replace(alternative, name=name)
            yield alternative


def _by_chain_rule(edit: Edit) -> bool:
    """Whether an edit is of a delta that a page computes jointly with the loss."""
    return any(owner.quantity == CHAIN for owner, _ in edit.operands)


class _Words:
    """What the slips of a page are called."""

    def __init__(self, stated: Setup) -> None:
        self.stated = stated
        self.structure = stated.structure

    def alternative(self, row: EditRow, slip: PlacedEdit) -> Alternative:
        """Return a slip as an alternative."""
        own = slip.own if isinstance(slip.own, Variable) else None
        names = {
            "own": self.called(slip.own),
            "other": self.called(slip.other),
            "name": "" if slip.row is None else self.stated.name_of(slip.row),
            "link": "" if own is None else self.stated.called.get(own.place, ""),
            "which": slip.which,
        }
        where = "" if slip.at is None else self.where(slip.at)
        words, name = Sentence.of(slip.page or row.page, names, where), slip.name.format(**names)
        family = slip.family or row.family
        if where:
            family, name = "operand", name or f"operand: {words.removeprefix('in ')}"
        return Alternative(
            name=name,
            family=family,
            sentence=words,
            row=row,
            edit=slip.edit,
            overrides=overrides_of(slip.edit, self.structure),
            decimals=slip.decimals,
        )

    def called(self, what: Variable | tuple[Variable, ...] | str) -> str:
        """Return what a quantity is called: a parameter by its name."""
        if isinstance(what, str):
            return what
        if not isinstance(what, Variable):
            return ", ".join(map(self.called, what))
        quantity, place, _ = what
        if quantity in _OF_NETWORK:
            return _OF_NETWORK[quantity]
        if quantity in ("weight", "new_weight", "gradient"):
            return self._parameter(place)
        named = self._parameter if _is_of_slots(quantity) else self.stated.name_of
        return f"{_CALLED.get(quantity, quantity)} of {named(place)}"

    def _parameter(self, slot: int) -> str:
        if self.structure.pre[slot] < 0:
            return f"the bias of {self.stated.name_of(int(self.structure.post[slot]))}"
        return self.stated.called[slot]

    def where(self, left: Variable) -> str:
        """Return in which equation, and in which term of it."""
        quantity, place, _ = left
        if quantity in _TERMS:
            ends = map(self.stated.name_of, (self.structure.pre[place], self.structure.post[place]))
            words = _TERMS[quantity].format(*ends, slot=self.stated.called[place])
            return words
        if quantity in _OF_NETWORK:
            return _OF_NETWORK[quantity]
        if _is_of_slots(quantity) and quantity not in ("weight", "new_weight"):
            words = _PART_OF.get(quantity, quantity)
            return f"{words} of {self._parameter(place)}"
        return self.called(left)


def _is_of_slots(quantity: str) -> bool:
    """Whether the place of a quantity is a slot, and not the row of a neuron."""
    row = QUANTITIES.get(quantity)  # none of a delta by the chain rule
    return row is not None and row.owner in ("connection", "parameter")


_OF_NETWORK = {
    "total_error": "the total error",
    "data_loss": "the error without the penalty",
    "penalty": "the penalty",
}
_CALLED = {
    "activated": "f(net)",
    "out_gradient": "dE/dout",
    "slope": "f'",
    "error_message": "the error message",
}
#: What is named after the quantity that it is a part of.
_PART_OF = {"own_gradient": "gradient", "data_gradient": "gradient", "change": "update"}
_TERMS = {
    "message": "net of {1}, {slot} * out of {0}",
    "error_message": "dE/dout of {0}, {slot} * delta of {1}",
}


# -- one round of a network without a scenario --------------------------------------------------

_OF_NEURONS = (
    "net", "out", "slope", "target", "loss", "out_gradient", "delta", "bias_gradient", "bias_step",
)  # fmt: skip
_OF_CONNECTIONS = ("message", "error_message", "gradient", "step")


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
    ...     if each.family == "rate":
    ...         print(each.sentence)
    the learning rate left out
    half the change
    twice the change
    the gradient written where the new weight belongs
    the change written where the new weight belongs
    the learning rate times the gradient written where the new weight belongs
    the learning rate ten times too large
    the learning rate ten times too small
    half the change in the update of the weights
    twice the change in the update of the weights
    ten times the change in the update of the weights
    a tenth of the change in the update of the weights
    the update added where it is to be subtracted in the update of the weights
    the learning rate left out in the update of the weights
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
    shift = 0 if alternative is None else alternative.edit.shift
    replay = Replay(setup, None if alternative is None else alternative.overrides)
    for step in ROUND * (1 + shift):
        if not step.trains or setup.learning_rate is not None:
            perform(replay, step)
    values = dict(_everything(replay, sample))
    after = None if alternative is None else alternative.edit.after
    return values if after is None else {address: after(its) for address, its in values.items()}


def _everything(replay: Replay, sample: int | None) -> Iterator[tuple[str, float]]:
    """Yield each address whose value is known."""
    setup, structure = replay.setup, replay.setup.structure
    places = [("loss", Place("total_error", 0))]
    for row in range(len(structure.names)):
        places += [(f"{setup.name_of(row)}.{q}", Place(q, row)) for q in (*_OF_NEURONS, "bias")]
    for slot in setup.weights():
        places += [
            (f"{setup.called[slot]}.{q}", Place(q, slot)) for q in (*_OF_CONNECTIONS, "weight")
        ]
    for address, place in places:
        value = replay.read(place, sample)
        if value is not None:
            yield address, value
