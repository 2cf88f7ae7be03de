"""The table of edits as data: what a page tries when a reader types another number.

An edit of `neurograph.edits` is handed to the browser as what stands for which operand in which
equation, what is taken for a quantity wherever it is used, and which setting is another. Edits that
need formulas or ways of rounding of their own are left out.

A variable is its number in a list of those that are named, counted from 1; 0 is none.
"""

import math
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

from neurograph.edits import KINDS, EditRow, slips_of
from neurograph.equations import Equations, Round, Variable
from neurograph.network import Network
from neurograph.slips import CHAIN, Edit, Instead, PlacedEdit, Places
from neurograph.words import place_in

__all__ = ["edit_table"]

#: Where there are more edits than these, only those of whole rounds are in a page.
_MOST_EDITS = 1_000
#: Where there are more weights, edits in one place are not looked for: nobody works them out.
_MOST_WEIGHTS = 120


def edit_table(net: Network, language: str = "en") -> dict[str, Any]:
    """Return the edits of a round of a network, as data for JSON.

    Parameters
    ----------
    net : Network
    language : str
        Of the sentences.

    Returns
    -------
    dict
        ``texts`` and ``variables`` (each a number of ``quantities`` and a place) that others refer
        to by number. An edit of one operand is five
        numbers in ``operands``, by text, kind, what is said
        for the operand and what else: in whose equation its
        sentence places it (0: nowhere), in whose it is, the operand, and what is taken for it, with
        its factor. ``rows`` are the others: text, kind, what belongs there, what stands there, in
        whose equation, what else is to be said, and the changes. A kind is one of `KINDS`, or -1.

    Examples
    --------
    >>> import neurograph as ng
    >>> table = edit_table(ng.Network.layered(2, 1, weights=0.5, bias=0.35))
    >>> table["texts"][table["rows"][0][0]]
    'the error sent back through weights that were already updated'
    """
    equations = Equations(net.round())
    places = Places(equations=equations, parameters=net.structure.values.tolist(), n_samples=2)
    by_hand = len(places.weights) <= _MOST_WEIGHTS
    table = _EditTable(places, language)
    slips = list(slips_of(places, by_hand=by_hand))
    if len(slips) > _MOST_EDITS:
        slips = list(slips_of(places, by_hand=False))
    for slip in slips:
        table.add(*slip)
    names = list(dict.fromkeys(variable.quantity for variable in table.variables))
    return {
        "texts": list(table.texts),
        "quantities": names,
        "variables": [
            number for name, place, _ in table.variables for number in (names.index(name), place)
        ],
        "operands": [[*key, numbers] for key, numbers in table.operands.items()],
        "rows": table.rows,
    }


class _EditTable:
    """Writes edits with the numbers of what they name."""

    def __init__(self, places: Places, language: str) -> None:
        self.places = places
        self.said = partial(place_in, language)
        self.variables: dict[Variable, int] = {}
        self.texts: dict[str, int] = {}
        self.operands: dict[tuple[int, int, str, str], list[float]] = {}
        self.rows: list[list[Any]] = []

    def add(self, row: EditRow, slip: PlacedEdit) -> None:
        """Add an edit, if a page can make it."""
        changes = None if _gives_numbers(slip.edit) else self._changes(slip.edit)
        if changes is None:
            return
        words = slip.pupil or row.pupil or slip.page or row.page
        if (slip.which and "{which}" not in words) or (not slip.own and "{own}" in words):
            words = slip.page or row.page or words
        name = "" if slip.row is None else self.places.name(slip.row)
        text = self.texts.setdefault(self.said(words).replace("{name}", name), len(self.texts))
        which = self.said(slip.which)
        kind = KINDS.index(row.kind) if row.kind else -1
        own, other = self._named(slip.own), self._named(slip.other)
        at = 0 if slip.at is None else self._number(slip.at)
        operands = changes.get("operands", [])
        words_of = own if isinstance(own, str) else ""
        alone = (
            len(operands) == 4
            and (words_of or own == operands[1])
            and changes.keys() == {"operands"}
        )
        if alone and other in ("", operands[2]):
            numbers = self.operands.setdefault((text, kind, words_of, which), [])
            numbers.extend((at, *operands))
        else:
            self.rows.append([text, kind, own, other, at, which, changes])

    def _number(self, variable: Variable) -> int:
        plain = variable._replace(quantity="delta") if variable.quantity == CHAIN else variable
        return self.variables.setdefault(plain, len(self.variables) + 1)

    def _named(self, what: Variable | tuple[Variable, ...] | str) -> Any:
        if isinstance(what, Variable):
            return self._number(what)
        return self.said(what) if isinstance(what, str) else [self._number(part) for part in what]

    def _instead(self, instead: Instead) -> list[float]:
        quantity = instead.quantity
        factor = int(instead.factor) if instead.factor.is_integer() else instead.factor
        return [0 if quantity is None else self._number(quantity), factor]

    def _changes(self, edit: Edit) -> dict[str, Any] | None:
        """Return what an edit changes; nothing where a page cannot make it."""
        if edit.rounded or edit.within or edit.other_shares or edit.shift < 0:
            return None
        if edit.miswritten or edit.copies or edit.optimizer or edit.terms or edit.shown:
            return None
        if edit.inputs_times != 1.0:
            return None
        whole = dict(edit.whole)
        for left, equation in edit.equations.items():
            if equation.formula is None or equation.formula.text != "out_gradient":
                return None
            whole[left] = Instead(Variable("out_gradient", left.place))
        setting = _of_setting(edit, self.places)
        if setting is None:
            return None
        its_whole, data = setting
        operands = dict(edit.operands) | dict(_misread(edit, self.places))
        parts = {
            "operands": [
                number
                for (owner, own), its in operands.items()
                for number in (self._number(owner), self._number(own), *self._instead(its))
            ],
            "whole": [
                number
                for own, its in (whole | its_whole).items()
                for number in (self._number(own), *self._instead(its))
            ],
            "order": int(edit.other_order),
            "digits": -1 if edit.exact else edit.digits,
            "after": _factor(edit.after),
            "next": edit.shift,
            "cut": int(edit.truncates),
            **data,
        }
        if edit.after is not None and parts["after"] is None:
            return None
        return {key: value for key, value in parts.items() if value not in (None, 0, [])} or None


def _gives_numbers(edit: Edit) -> bool:
    """Whether an edit has numbers of its own: a reader has those that are given before him."""
    numbers = (its for its in (*edit.operands.values(), *edit.whole.values()) if its[0] is None)
    return bool(edit.data) or any(its.factor not in (0.0, 1.0) for its in numbers)


def _misread(edit: Edit, places: Places) -> Iterator[tuple[tuple[Variable, Variable], Instead]]:
    for slot, other in edit.misread.items():
        post, weight = int(places.structure.post[slot]), Variable("weight", slot)
        bias = places.structure.pre[slot] < 0
        owner = Variable("net", post) if bias else Variable("message", slot)
        read = Instead(None, 0.0) if other is None else Instead(Variable("weight", other))
        yield (owner, weight), read


def _factor(after: Callable[[float], float] | None) -> float | None:
    """Return by what a change multiplies; nothing if it does not."""
    if after is None or after(3.0) != 3.0 * after(1.0) or after(0.1) != 0.1 * after(1.0):
        return None
    return after(1.0)


def _of_setting(
    edit: Edit, places: Places
) -> tuple[dict[Variable, Instead], dict[str, Any]] | None:
    """Return a changed setting as what is taken for quantities; nothing where it is more."""
    if edit.setting is None:
        return {}, {}
    stated = places.equations.round
    its, whole = edit.setting(stated), dict[Variable, Instead]()
    data = {} if its.reduction == stated.reduction else {"reduction": 1}
    if its.loss is not stated.loss:
        scaled = _scaled(stated, its, places)
        if scaled is None:
            return None
        whole |= scaled
    old, new = stated.structure, its.structure
    if new.ties != old.ties or (new.trainable > old.trainable).any():
        return None
    if new.masks != old.masks or new.combinations != old.combinations:
        return None
    for slot in (old.trainable & ~new.trainable).nonzero()[0].tolist():
        whole[Variable("new_weight", slot)] = Instead(Variable("weight", slot))
    for row, (activation, other) in enumerate(zip(old.activations, new.activations, strict=True)):
        if activation is not other and activation.formula is not other.formula:
            return None
        if activation is not other:
            whole[Variable("slope", row)] = Instead(None, 1.0)
    return whole, data


def _scaled(stated: Round, its: Round, places: Places) -> dict[Variable, Instead] | None:
    """Return a loss times numbers as factors of what follows from it at once."""
    target, out = 0.25, 0.625
    value = its.loss.value(target, out, 1) / stated.loss.value(target, out, 1)
    if not math.isclose(value * stated.loss.value(out, target, 1), its.loss.value(out, target, 1)):
        return None  # no multiple
    slope = its.loss.slope(target, out, 1) / stated.loss.slope(target, out, 1)
    whole = {}
    for row in places.structure.outputs:
        if places.structure.outgoing[row]:
            return None
        whole[Variable("loss", row)] = Instead(Variable("loss", row), value)
        whole[Variable("out_gradient", row)] = Instead(Variable("out_gradient", row), slope)
        if places.equations.joint(row):
            whole[Variable("delta", row)] = Instead(Variable("delta", row), slope)
    return whole
