"""Edits: what sources, readers and pupils do otherwise, each a change to the list of equations.

A convention, a slip of a page and a mistake of a pupil are one thing: in the equation of some
number, something else stands where an operand belongs. `EDITS` has a row for each, with its words
and what stands instead; `neurograph.conventions` looks in it for what a page did,
`neurograph.exercises` for what a pupil did. A reader of the table decides where a row is applied:
in one equation, or wherever the operand occurs.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from decimal import ROUND_DOWN, ROUND_HALF_UP
from typing import Any, NamedTuple

from neurograph.equations import Variable
from neurograph.passes import rounding

__all__ = ["EDITS", "FAMILIES", "KINDS", "Edit", "EditRow", "Instead"]

#: What kinds of change there are on a page, the likeliest first.
FAMILIES = {
    "order": "when the weights change",
    "moment": "before or after an update",
    "slip": "follows from values printed earlier",
    "rounding": "rounded or cut off",
    "loss": "factors of the loss",
    "reduction": "sum or mean over the samples",
    "bias": "what is done with the biases",
    "sign": "signs",
    "derivative": "the derivative of the activation",
    "activation": "the activation left out",
    "rate": "the learning rate",
    "path": "paths of an error left out",
    "swap": "two weights exchanged",
    "operand": "one operand taken from elsewhere",
}

#: The kinds of mistake of a pupil, the likeliest first.
KINDS = (
    "update in place",
    "derivative left out",
    "bias left out",
    "net used for out",
    "sign turned",
    "only one path counted",
    "weights swapped",
    "factor 1/2 or 2",
    "learning rate left out",
    "rounded too early",
    "another value used",
)


class Instead(NamedTuple):
    """What stands where something else belongs: a number, or a multiple of a quantity.

    Attributes
    ----------
    quantity : Variable or None
    factor : float
        Of the quantity; without a quantity the number itself.
    """

    quantity: Variable | None
    factor: float = 1.0


@dataclass(frozen=True)
class Edit:
    """One change to the equations.

    Attributes
    ----------
    operands : mapping
        By the quantity whose equation it is, and the operand in it, what stands for the operand.
    whole : mapping
        By quantity, what is taken for it without its equation.
    rounded : function, optional
        Applied to every value that was known before, when it is used.
    within : function, optional
        Applied to everything computed on the way, each product and each function alone.
    after : function, optional
        Applied to the value that comes out.
    """

    operands: Mapping[tuple[Variable, Variable], Instead] = field(default_factory=dict)
    whole: Mapping[Variable, Instead] = field(default_factory=dict)
    rounded: Callable[[float], float] | None = None
    within: Callable[[float], float] | None = None
    after: Callable[[float], float] | None = None


#: Gives what stands for an operand; the second is the other one where two are confused.
Replacement = Callable[[Variable, Variable | None], Instead]


@dataclass(frozen=True, kw_only=True)
class EditRow:
    """One row of the table of edits.

    Attributes
    ----------
    family : str
        On a page: a key of `FAMILIES`. What concerns one operand in one place is of the family
        ``"operand"`` there.
    kind : str
        Of a pupil: one of `KINDS`.
    page, pupil : str
        The words for one place, with names in braces: ``own`` is what belongs there, ``other``
        what stands there, ``name`` the neuron.
    page_throughout, pupil_throughout : str
        The words where it is done wherever it occurs; empty where nobody is told so.
    replacement : function, optional
        Gives what stands for an operand.
    mode : str, optional
        Of an edit of digits: the rounding mode of `decimal` in which numbers are written.
    """

    family: str
    kind: str
    page: str = ""
    pupil: str = ""
    page_throughout: str = ""
    pupil_throughout: str = ""
    replacement: Replacement | None = None
    mode: str = ""

    def instead(self, operand: Variable, other: Variable | None = None) -> Instead:
        """Return what stands where an operand belongs."""
        assert self.replacement is not None, self.page
        return self.replacement(operand, other)

    def writing(self, decimals: int) -> Callable[[Any], Any]:
        """Return what writes a number with so many decimals."""
        return rounding(decimals, self.mode)

    @property
    def factor(self) -> float:
        """What an operand is multiplied by, or the number that stands for it."""
        return self.instead(Variable("")).factor

    def put(self, owner: Variable, operand: Variable, other: Variable | None = None) -> Edit:
        """Return the edit of one operand in the equation of one quantity."""
        return Edit(operands={(owner, operand): self.instead(operand, other)})

    def taken(self, *quantities: Variable) -> Edit:
        """Return the edit that takes something else for quantities, wherever they are used."""
        return Edit(whole={quantity: self.instead(quantity) for quantity in quantities})


def _number(number: float) -> Replacement:
    return lambda operand, other: Instead(None, number)


def _times(factor: float) -> Replacement:
    return lambda operand, other: Instead(operand, factor)


def _of_its(quantity: str) -> Replacement:
    return lambda operand, other: Instead(operand._replace(quantity=quantity))


def _other(operand: Variable, other: Variable | None) -> Instead:
    return Instead(other)


_IN_PLACE_OF = "{other} in place of {own}"

#: By name, every edit that pages and pupils have in common.
EDITS = {
    "updated weight": EditRow(
        family="order",
        kind="update in place",
        pupil="{other} used where {own} belongs",
        page_throughout=(
            "the weights change in place: errors go back through weights already changed"
        ),
        pupil_throughout="the error sent back through weights that were already updated",
        replacement=_of_its("new_weight"),
    ),
    "weight before its update": EditRow(
        family="order",
        kind="update in place",
        pupil="{other} used where {own} belongs",
        page_throughout="all weights change at once, after the backward pass",
        pupil_throughout="the error sent back through the weights before their update",
        replacement=_of_its("weight"),
    ),
    "derivative left out": EditRow(
        family="derivative",
        kind="derivative left out",
        page="the derivative f' of {name} left out",
        pupil="{own} left out",
        page_throughout="the derivative f'{which} left out",
        pupil_throughout="the derivative of the activation left out everywhere",
        replacement=_number(1.0),
    ),
    "dE/dout for delta": EditRow(
        family="operand",
        kind="derivative left out",
        page="{other} in place of its delta",
        pupil=_IN_PLACE_OF,
        replacement=_of_its("out_gradient"),
    ),
    "bias left out": EditRow(
        family="bias",
        kind="bias left out",
        page="the bias{which} left out",
        pupil="the bias {own} left out",
        page_throughout="the biases left out",
        pupil_throughout="the biases left out",
        replacement=_number(0.0),
    ),
    "net for out": EditRow(
        family="activation",
        kind="net used for out",
        page="net of {name} used for its out",
        pupil="net for {own}",
        page_throughout="net used for out{which}: the activation left out",
        pupil_throughout="net used for out everywhere",
        replacement=_of_its("net"),
    ),
    "update added": EditRow(
        family="sign",
        kind="sign turned",
        pupil="the change added where it is to be subtracted",
        page_throughout="the update added where it is to be subtracted",
        replacement=_times(-1.0),
    ),
    "sign turned": EditRow(
        family="sign",
        kind="sign turned",
        pupil="the sign of {own}",
        page_throughout="{own} with the other sign",
        replacement=_times(-1.0),
    ),
    "one path alone": EditRow(
        family="path",
        kind="only one path counted",
        page="only the error that comes back to {name} through {own} counted",
        pupil="only {own} counted",
        replacement=_number(0.0),
    ),
    "path left out": EditRow(
        family="path",
        kind="only one path counted",
        page="the error that comes back to {name} through {own} left out",
        pupil="{own} left out",
        replacement=_number(0.0),
    ),
    "weights exchanged": EditRow(
        family="swap",
        kind="weights swapped",
        page="{own} and {other} exchanged",
        pupil="{own} and {other} exchanged",
        replacement=_other,
    ),
    "another weight": EditRow(
        family="operand",
        kind="weights swapped",
        page=_IN_PLACE_OF,
        pupil=_IN_PLACE_OF,
        replacement=_other,
    ),
    "another gradient": EditRow(
        family="operand",
        kind="weights swapped",
        page="the gradient of {other} in place of that of {own}",
        pupil=_IN_PLACE_OF,
        replacement=_other,
    ),
    "another neuron": EditRow(
        family="operand",
        kind="another value used",
        page=_IN_PLACE_OF,
        pupil=_IN_PLACE_OF,
        replacement=_other,
    ),
    "term left out": EditRow(
        family="operand",
        kind="another value used",
        page="the term left out",
        pupil="the term with {own} left out",
        replacement=_number(0.0),
    ),
    "doubled": EditRow(
        family="loss",
        kind="factor 1/2 or 2",
        pupil="twice {own}",
        page_throughout="twice {own}",
        replacement=_times(2.0),
    ),
    "halved": EditRow(
        family="loss",
        kind="factor 1/2 or 2",
        pupil="half {own}",
        page_throughout="half {own}",
        replacement=_times(0.5),
    ),
    "learning rate left out": EditRow(
        family="rate",
        kind="learning rate left out",
        pupil="the learning rate left out",
        page_throughout="the learning rate left out",
        replacement=_number(1.0),
    ),
    "rounded": EditRow(
        family="rounding",
        kind="rounded too early",
        pupil="{own} rounded to {decimals}",
        page_throughout="rounded to {decimals} at every step{which}",
        mode=ROUND_HALF_UP,
    ),
    "cut off": EditRow(
        family="rounding",
        kind="rounded too early",
        pupil="{own} cut off after {decimals}",
        page_throughout="cut off after {decimals} at every step{which}",
        mode=ROUND_DOWN,
    ),
}
