"""Edits: what sources, readers and pupils do otherwise, each a change to the list of equations.

A convention, a slip of a page and a mistake of a pupil are one thing: the round is computed with
one change to its equations, its settings or what it reads. `EDITS` has a row for each, with its
words, and where in a round it can be made. `neurograph.conventions` walks the table for what a page
did, `neurograph.exercises` for what a pupil did. A row that makes no sense for one of them says
why.
"""

import math
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from decimal import ROUND_DOWN, ROUND_HALF_UP, Decimal
from functools import cache, partial
from itertools import chain, combinations
from typing import Any

from neurograph.activations import WITH_NUMBERS, Activation, get_activation
from neurograph.combinations import get_combination
from neurograph.display import Brief
from neurograph.equations import (
    RETURNED,
    Counting,
    Equation,
    Equations,
    Round,
    Variable,
    variables,
)
from neurograph.formulas import Formula
from neurograph.losses import Joint, Loss
from neurograph.optimizers import DECAY, GRADIENT_DESCENT, Adam, Momentum, Nesterov, Optimizer
from neurograph.passes import rounding
from neurograph.quantities import QUANTITIES
from neurograph.records import record
from neurograph.slips import (
    CHAIN,
    RATE,
    Datum,
    Edit,
    Instead,
    PlacedEdit,
    Places,
    WrittenLine,
    put,
    taken,
)
from neurograph.terms import Penalty

__all__ = ["EDITS", "FAMILIES", "KINDS", "EditRow", "scaled", "slips_of"]

#: What kinds of change there are on a page, the likeliest first.
FAMILIES = {
    "order": "when the weights change",
    "moment": "before or after an update",
    "slip": "follows from values printed earlier",
    "rounding": "rounded or cut off",
    "reduction": "sum or mean over the samples",
    "loss": "factors of the loss",
    "bias": "what is done with the biases",
    "sign": "signs",
    "derivative": "the derivative of the activation",
    "activation": "another activation, or none",
    "combination": "masks, and how messages are combined",
    "rate": "the learning rate",
    "digits": "digits written down wrongly",
    "value": "one value alone: a factor of it, or another printed for it",
    "path": "paths of an error left out",
    "swap": "two weights exchanged",
    "operand": "one operand taken from elsewhere",
    "reading": "a number that is given read wrongly",
    "digit": "one digit written down wrongly",
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

#: Where there are more inputs or outputs, no two are exchanged.
_WIDE = 16
#: What is a delta times an out: of a weight with a penalty, the part of the data alone.
_PRODUCTS = ("gradient", "data_gradient")
#: Of more samples only those beside one are taken for it, and only the first and last left out.
_FEW = 4
#: The decimals that rounding while computing is tried with.
_DECIMALS = range(1, 11)

#: Gives the places of a round where an edit can be made.
Where = Callable[[Places], Iterator[PlacedEdit]]


def _nowhere(places: Places) -> Iterator[PlacedEdit]:
    return iter(())


@record(kw_only=True)
class EditRow(Brief):
    """One row of the table of edits.

    Attributes
    ----------
    family : str
        On a page: a key of `FAMILIES`. What concerns one operand in one equation is of the family
        ``"operand"`` there.
    kind : str
        Of a pupil: one of `KINDS`.
    page, pupil : str
        The words, with names in braces: ``own`` is what belongs there, ``other`` what stands there,
        ``name`` the neuron, ``link`` the connection, ``which`` what a slip adds.
    throughout : function, optional
        Gives the slips that concern a whole round.
    places : function, optional
        Gives those of one place, which are looked for where a round can be computed by hand.
    not_of_pages, not_of_pupils : str
        Why it is not looked for there.
    """

    family: str
    kind: str = ""
    page: str = ""
    pupil: str = ""
    throughout: Where = _nowhere
    places: Where = _nowhere
    not_of_pages: str = ""
    not_of_pupils: str = ""


# -- what stands for something else ---------------------------------------------------------------


def _number(number: float) -> Callable[[Variable], Instead]:
    return lambda own: Instead(None, number)


def _times(factor: float) -> Callable[[Variable], Instead]:
    return lambda own: Instead(own, factor)


def _of_its(quantity: str) -> Callable[[Variable], Instead]:
    return lambda own: Instead(own._replace(quantity=quantity))


def _multiplied(factor: float) -> Callable[[float], float]:
    return lambda value: factor * value


def scaled(loss: Loss, value: float = 1.0, slope: float = 1.0) -> Loss:
    """Return a loss with its value and its derivative multiplied by factors.

    Examples
    --------
    >>> from neurograph.losses import get_loss
    >>> doubled = scaled(get_loss("half_squared_error"), value=2.0)
    >>> doubled.value(target=1.0, out=0.5, n=1), doubled.slope(target=1.0, out=0.5, n=1)
    (0.25, -0.5)
    """
    return Loss(
        f"{loss.name}, value * {value!r}, slope * {slope!r}",
        _product(value, loss.formula, "target", "out", "n"),
        _product(slope, loss.derivative, "target", "out", "n"),
        loss.source,
        {
            name: Joint(
                _product(slope, joint.delta_formula, "out", "target"),
                _product(value, joint.value_formula, "net", "target", "log_total"),
                joint.source,
            )
            for name, joint in loss.joint.items()
        },
    )


def _product(factor: float, formula: Formula, *names: str) -> Formula:
    return formula if factor == 1.0 else Formula(f"{factor!r} * ({formula.text})", names)


def _with_loss(value: float, slope: float) -> Callable[[Round], Round]:
    return lambda stated: replace(stated, loss=scaled(stated.loss, value, slope))


def _with_structure(**changes: Any) -> Callable[[Round], Round]:
    return lambda stated: replace(stated, structure=replace(stated.structure, **changes))


def _flat(places: Places, rows: Iterable[int]) -> Callable[[Round], Round]:
    """Return the setting in which some neurons have the derivative 1."""
    activations: list[Activation] = list(places.structure.activations)
    for row in rows:
        activations[row] = replace(activations[row], derivative=Formula("1", ["net", "out"]))
    return _with_structure(activations=activations)


# -- where each can be made -----------------------------------------------------------------------


def _order(stated: str) -> Where:
    def throughout(places: Places) -> Iterator[PlacedEdit]:
        if (places.equations.round.order == "in_place") == (stated == "in_place"):
            other = {"in_place": "simultaneous", "simultaneous": "in place"}[stated]
            yield PlacedEdit(edit=Edit(other_order=True), name=f"order: {other}")

    return throughout


def _in_one_message(places: Places) -> Iterator[PlacedEdit]:
    """Yield: one error message alone sent back through the weight of the other order."""
    stated = places.equations.round
    order = "in_place" if stated.order == "simultaneous" else "simultaneous"
    other = Equations(replace(stated, order=order), updates=places.updates)
    for slot in places.weights:
        own, its = (e.weight_sent_back(slot) for e in (places.equations, other))
        if own != its:
            owner = Variable("error_message", slot)
            edit = put(owner, own, Instead(its))
            words = "{other} used where {own} belongs"
            yield PlacedEdit(edit=edit, own=own, other=its, pupil=words, rank=2, of_pages=False)


def _reduction(places: Places) -> Iterator[PlacedEdit]:
    if places.n_samples > 1:
        stated = places.equations.round.reduction
        word = {"mean": "sum", "sum": "mean"}[stated]
        setting: Callable[[Round], Round] = lambda its: replace(its, reduction=word)  # noqa: E731
        words = f"the {word} over the samples instead of the {stated}"
        yield PlacedEdit(edit=Edit(setting=setting), name=f"reduction: {word}", page=words)


def _sums(places: Places) -> Iterator[tuple[str, list[Variable]]]:
    """Yield what is taken over samples: the loss, the gradients, or both."""
    loss = [Variable("data_loss" if places.equations.penalised else "total_error")]
    gradients = [_data_gradient(places, slot) for slot in places.structure.filled]
    yield "the gradients", gradients
    yield "the loss", loss
    yield "the gradients and the loss", [*gradients, *loss]


def _counting(places: Places, lefts: Iterable[Variable], counting: Counting) -> Edit:
    equations = {left: replace(places.equation(left), counting=counting) for left in lefts}
    return Edit(equations=equations)


def _other_samples(places: Places) -> Iterator[PlacedEdit]:
    """Yield: one sample left out of a sum over samples, or counted twice in it."""
    n, is_mean = places.n_samples, places.equations.round.reduction == "mean"
    samples = range(1, n + 1) if n <= _FEW else (1, n)
    for k, (where, lefts) in ((k, its) for k in samples if n > 1 for its in _sums(places)):
        out, fewer = f"sample {k} left out of {{own}}", f"the others divided by {n - 1}"
        ways = [(out, Counting(k, 0.0)), (f"sample {k} counted twice in {{own}}", Counting(k, 2.0))]
        if is_mean:
            ways.insert(1, (f"{out}, {fewer}", Counting(k, 0.0, n - 1)))
        for page, counting in ways:
            edit = _counting(places, lefts, counting)
            # In the loss alone it is one term left out, as others are that are likelier.
            yield PlacedEdit(
                edit=edit, own=where, name=f"reduction: {page}", page=page,
                family="operand" if where == "the loss" else "",
            )  # fmt: skip


def _other_divisor(places: Places) -> Iterator[PlacedEdit]:
    """Yield: a mean over samples divided by another number than that of the samples."""
    n, stated = places.n_samples, places.equations.round.reduction
    if n < 2:
        return
    for where, lefts in _sums(places):
        is_of_all = " and " in where  # as the sum for the mean throughout, which has its own row
        if stated == "sum":
            numbers = [] if is_of_all else [n]
        else:
            numbers = [n - 1, len(places.structure.outputs), places.n_data]
            numbers = [m for m in dict.fromkeys(numbers) if m not in (1, n)] + [1] * (not is_of_all)
        for m in numbers:
            page = f"the sum over the samples divided by {m} in {{own}}"
            page = "the sum over the samples, no mean, in {own}" if m == 1 else page
            edit = _counting(places, lefts, Counting(divisor=m))
            yield PlacedEdit(edit=edit, own=where, name=f"reduction: {page}", page=page)


def _moment(places: Places) -> Iterator[PlacedEdit]:
    for shift, when in ((-1, "before the last"), (1, "after one more")):
        if places.updates:
            edit = Edit(shift=shift)
            yield PlacedEdit(edit=edit, name=f"moment: {when} update", which=f"{when} update")
    if places.updates:
        edit = Edit(shift=1, shown=("total_error", "data_loss", "loss"))
        page = "the error alone after the update of the weights"
        yield PlacedEdit(edit=edit, name="moment: the error after the update", page=page)


def _given_weights(*quantities: str) -> Where:
    """Return where weights and biases are taken as they are given, whatever they have become."""

    def of_hand(places: Places) -> Iterator[PlacedEdit]:
        terms = [
            (owner, own)
            for line in places.lines_of(*quantities)
            for owner, own in line.of("weight", "new_weight")
            if owner.quantity != "change"
        ]
        if terms and places.updates and places.goes_on:
            given = {term: Instead(None, places.parameters[term[1].place]) for term in terms}
            yield PlacedEdit(edit=Edit(operands=given), name=f"order: given in {quantities[0]}")

    return of_hand


def _rate(name: str, instead: Callable[[Variable], Instead], **words: str) -> Where:
    def throughout(places: Places) -> Iterator[PlacedEdit]:
        if places.updates:
            yield PlacedEdit(edit=taken([RATE], instead), name=name, of_pupils=False, **words)  # type: ignore[arg-type]

    return throughout


def _rate_once(
    instead: Callable[[Variable], Instead], own: str = "", *, of_pages: bool = False
) -> Where:
    """Return where the learning rate is another in one update."""

    def of_one(places: Places) -> Iterator[PlacedEdit]:
        for line in places.lines_of("new_weight"):
            for owner, rate in line.of("learning_rate"):
                slip = PlacedEdit(edit=put(owner, rate, instead(rate)), own=own, of_pages=of_pages)
                if of_pages:
                    yield from _in_update(replace(slip, at=owner), owner, rate, instead(rate))
                else:
                    yield slip

    return of_one


#: What is done with the rate in a part of a network, with the factor, or 1 in its place.
_OTHER_RATES = {
    "half the change": _times(0.5),
    "twice the change": _times(2.0),
    "ten times the change": _times(10.0),
    "a tenth of the change": _times(0.1),
    "the update added where it is to be subtracted": _times(-1.0),
    "the learning rate left out": _number(1.0),
}


def _rate_of_part(places: Places) -> Iterator[PlacedEdit]:
    """Yield: another rate for the biases, or for what leads into the outputs or the others."""
    terms = [term for line in places.lines_of("new_weight") for term in line.of("learning_rate")]
    structure = places.structure
    weights = [term for term in terms if structure.pre[term[0].place] >= 0]
    biases = [term for term in terms if term not in weights]
    parts = {" of the biases": biases, " of the weights": weights}
    for which, rows in places.parts(places.computed):
        own = [term for term in terms if structure.post[term[0].place] in rows]
        if which:
            parts[f" of the weights{which}"] = [term for term in own if term in weights]
            parts[f" of the weights and biases{which}"] = own
    seen = [terms]
    for part, chosen in parts.items():
        if len(chosen) < 2 or chosen in seen:
            continue
        seen.append(chosen)
        for words, instead in _OTHER_RATES.items():
            operands = {
                (owner._replace(place=int(slot)), rate): instead(rate)
                for owner, rate in chosen
                for slot in structure.shared_slots(owner.place)
            }
            yield PlacedEdit(
                edit=Edit(operands=operands), page=f"{words} in the update{{which}}", which=part,
                name=f"rate: {words}{part}", rank=1,
            )  # fmt: skip


def _in_update(
    slip: PlacedEdit, owner: Variable, operand: Variable, instead: Instead
) -> Iterator[PlacedEdit]:
    """Yield a slip of an update, and the same in its step alone, as a page prints it beside."""
    yield slip
    step = owner._replace(quantity="step")
    yield replace(slip, edit=put(step, operand, instead), at=step, of_pupils=False)


def _cut_off(places: Places) -> Iterator[PlacedEdit]:
    yield PlacedEdit(edit=Edit(truncates=True), name="rounding: cut off")


def _exact(places: Places) -> Iterator[PlacedEdit]:
    if places.digits is not None:
        yield PlacedEdit(edit=Edit(exact=True), name="rounding: none")


def _decimals(k: int) -> str:
    return f"{k} decimal{'s' * (k != 1)}"


def _rounded(places: Places) -> Iterator[PlacedEdit]:
    for k in _DECIMALS:
        if k != places.digits:
            name = f"rounding: {k} decimals"
            yield _to_decimals(k, edit=Edit(digits=k), name=name)
    for k in _DECIMALS:
        yield _to_decimals(
            k,
            edit=Edit(digits=k, within=rounding(k)),
            name=f"rounding: {k} decimals, products too",
            page="rounded to {which} at every step, each product too",
        )
    yield from _written(places, ROUND_HALF_UP)


def _to_decimals(k: int, **parts: Any) -> PlacedEdit:
    """Return a rounding of a whole page."""
    return PlacedEdit(which=_decimals(k), decimals=k, of_pupils=False, **parts)


def _cut(places: Places) -> Iterator[PlacedEdit]:
    for k in _DECIMALS:
        edit = Edit(exact=True, rounded=rounding(k, ROUND_DOWN))
        yield _to_decimals(k, edit=edit, name=f"rounding: cut off at {k} decimals")
    yield from _written(places, ROUND_DOWN)


def _written(places: Places, mode: str) -> Iterator[PlacedEdit]:
    """Yield: what is written on a sheet, or used from it, with fewer decimals."""
    for fewer, k in enumerate(range(places.decimals - 1, -1, -1)):
        write = rounding(k, mode)
        for own, rank, edit in (
            ("the value", 0, Edit(after=write)),
            ("the values before it", 1, Edit(rounded=write)),
            ("the values before it", 1, Edit(rounded=write, after=write)),
            ("every value on the way", 1, Edit(within=write)),
            ("every value on the way", 1, Edit(rounded=write, within=write)),
        ):
            yield PlacedEdit(
                edit=edit, own=own, which=_decimals(k), rank=rank + fewer / 100, of_pages=False,
                decimals=k,
            )  # fmt: skip


#: What a factor of the loss shows in at once.
_OF_LOSS = ("loss", "total_error", "out_gradient", "delta")


def _of_loss(factor: float, own: str) -> Iterator[PlacedEdit]:
    """Yield: a factor of the loss, in its value and in its derivative; of pages alone.

    All that follows from a loss has the same factor: what a pupil writes has it itself.
    """
    for side, value, slope in (
        ("", factor, factor),
        (", in its value alone", factor, 1.0),
        (", in its derivative alone", 1.0, factor),
    ):
        edit, which = Edit(setting=_with_loss(value, slope)), f" (times {factor:g}){side}"
        name = f"loss: times {factor:g}{side}"
        yield PlacedEdit(edit=edit, own=own, which=which, name=name, of_pupils=False)


def _of_value(factor: float, **changes: Any) -> PlacedEdit:
    edit, name = Edit(after=_multiplied(factor)), f"value: times {factor:g}"
    family = "sign" if factor < 0 else "value"
    return PlacedEdit(edit=edit, own="the value", name=name, family=family, **changes)


def _factor(factor: float) -> Where:
    """Return where a factor is looked for: of the loss, of a change, of one value."""

    def throughout(places: Places) -> Iterator[PlacedEdit]:
        yield from _of_loss(factor, "the loss")
        name = f"rate: times {factor:g}"
        yield from _rate(name, _times(factor), own="the change", family="rate")(places)
        yield _of_value(factor)

    return throughout


def _four_times(places: Places) -> Iterator[PlacedEdit]:
    yield from _of_loss(4.0, "the loss")
    yield _of_value(4.0, rank=1, of_pages=False, values=_OF_LOSS)


def _by_outputs(factor: Callable[[int], float]) -> Where:
    """Return where a factor that depends on the number of outputs is looked for."""

    def throughout(places: Places) -> Iterator[PlacedEdit]:
        n = len(places.structure.outputs)
        if n > 1 and factor(n) not in (0.5, 1.0, 2.0, 4.0):  # which have rows of their own
            yield from _of_loss(factor(n), str(n))
        if n > 2 and factor(n) != 1.0:
            edit = Edit(after=_multiplied(factor(n)))
            yield PlacedEdit(edit=edit, own=str(n), rank=1, of_pages=False, values=_OF_LOSS)

    return throughout


def _policy(name: str) -> Where:
    """Return where the biases are trained, fixed or shared by each level."""

    def throughout(places: Places) -> Iterator[PlacedEdit]:
        old, slots = places.structure, list(places.biases.values())
        trainable, tied = old.trainable.copy(), dict(old.tied)
        trainable[slots] = name != "fixed"
        tied = {tie: its for tie, its in tied.items() if not set(its) & set(slots)}
        if name == "shared":
            tied |= dict(_levels(places))
            if any(len({places.parameters[slot] for slot in its}) > 1 for its in tied.values()):
                return  # what differs cannot be one parameter
        changed = replace(old, trainable=trainable, tied=tied)
        if (trainable != old.trainable).any() or changed.ties != old.ties:
            setting = _with_structure(trainable=trainable, tied=tied)
            yield PlacedEdit(edit=Edit(setting=setting), name=f"bias: {name}", rank=2)

    return throughout


def _levels(places: Places) -> Iterator[tuple[str, list[int]]]:
    for number, rows in enumerate(places.structure.levels[1:], start=1):
        slots = [places.biases[row] for row in rows if row in places.biases]
        yield f"bias of level {number}", slots


def _without(places: Places, rows: Iterable[int]) -> Edit:
    """Return the edit in which some neurons have no bias, from the beginning to the end."""
    slots = [places.biases[row] for row in rows]
    trainable = places.structure.trainable.copy()
    trainable[slots] = False
    edit = taken((Variable("weight", slot) for slot in slots), _number(0.0))
    tied = {t: its for t, its in places.structure.tied.items() if not set(its) & set(slots)}
    return replace(edit, setting=_with_structure(trainable=trainable, tied=tied))


def _no_biases(places: Places) -> Iterator[PlacedEdit]:
    rows = list(places.biases)
    if rows:
        words = "the biases left out"
        edit = _without(places, rows)
        yield PlacedEdit(
            edit=edit, name="bias: none", page=words, pupil=words, rank=1, together=True
        )
    for row in rows if len(rows) > 1 else ():
        name = f"bias: without that of {places.name(row)}"
        own = Variable("weight", places.biases[row])
        edit = _without(places, [row])
        yield PlacedEdit(edit=edit, own=own, name=name, which=f" of {places.name(row)}", rank=2)


def _no_bias(places: Places) -> Iterator[PlacedEdit]:
    for row, slot in places.biases.items():
        yield PlacedEdit(
            edit=Edit(misread={slot: None}),
            own=Variable("weight", slot),
            at=Variable("net", row),
            name=f"operand: net of {places.name(row)}: no bias",
        )


def _other_bias(places: Places) -> Iterator[PlacedEdit]:
    """Yield: the bias of another neuron added; on a page where it differs."""
    values = places.parameters
    for row, slot in places.biases.items():
        seen = {values[slot]}
        for other, its in places.biases.items():
            if its != slot:
                words = f"the bias of {places.name(other)} ({values[its]:g}) in place of its own"
                yield PlacedEdit(
                    edit=Edit(misread={slot: its}),
                    own=Variable("weight", slot),
                    other=Variable("weight", its),
                    at=Variable("net", row),
                    name=f"operand: net of {places.name(row)}: bias of {places.name(other)}",
                    page=f"{words} ({values[slot]:g})",
                    rank=1,
                    of_pages=values[its] not in seen,
                )
                seen.add(values[its])
    for line in places.lines_of("new_weight"):
        for owner, own in filter(lambda term: places.is_bias(term[1]), line.terms):
            for beside in places.biases.values():
                theirs = Variable("weight", beside)
                edit = put(owner, own, Instead(theirs))
                yield PlacedEdit(edit=edit, own=own, other=theirs, rank=1, of_pages=False)


def _delta_turned(places: Places) -> Iterator[PlacedEdit]:
    edit = taken([RATE] if places.updates else [], _times(-1.0))
    edit = replace(edit, setting=_with_loss(1.0, -1.0))
    yield PlacedEdit(edit=edit, name="sign: delta turned", rank=2)


def _signs(places: Places) -> Iterator[PlacedEdit]:
    if places.hidden:
        own = "delta of the hidden neurons"
        edit = taken((Variable("delta", row) for row in places.hidden), _times(-1.0))
        name = "sign: delta of the hidden neurons turned"
        yield PlacedEdit(edit=edit, own=own, name=name, rank=2)
    yield _of_value(-1.0)


def _sign(places: Places) -> Iterator[PlacedEdit]:
    """Yield: the sign of one term of a sum, or of the net that an activation is taken of."""
    kinds = {"net": "weight", "out": "net", "new_weight": ""}
    for line in places.lines:
        for owner, operand in line.of(kinds.get(line.left.quantity, "error_message")):
            edit = put(owner, operand, Instead(operand, -1.0))
            yield PlacedEdit(edit=edit, own=operand, at=line.left)
    for row in places.structure.outputs:
        own = Variable("target", row)
        yield PlacedEdit(edit=taken([own], _times(-1.0)), own=own, name="sign: {own} turned")


def _no_slopes(places: Places) -> Iterator[PlacedEdit]:
    structure, joint = places.structure, places.equations.joint
    rows = [row for row in places.computed if not structure.activations[row].group]
    joined = [row for row in structure.outputs if joint(row)]

    def without(chosen: Sequence[int]) -> Edit:
        # Where loss and activation are taken together, no f' is asked for.
        edit = taken((Variable("delta", row) for row in chosen if row in joined), _out_gradient)
        flat = [row for row in chosen if row in rows]
        return replace(edit, setting=_flat(places, flat))

    for words, chosen in places.parts([*rows, *(row for row in joined if row not in rows)]):
        name = f"derivative: left out{words}"
        yield PlacedEdit(edit=without(chosen), which=words, name=name, of_pupils=False)
    for row in rows if len(rows) > 1 else []:
        name = f"derivative: left out of {places.name(row)}"
        words = "the derivative f' of {name} left out"
        yield PlacedEdit(edit=without([row]), row=row, name=name, page=words, of_pupils=False)
    edits = [slip.edit for where in (_no_slope, _out_gradients) for slip in where(places)]
    edit = Edit(
        operands={key: its for edit in edits for key, its in edit.operands.items()},
        equations={key: its for edit in edits for key, its in edit.equations.items()},
    )
    words = "the derivative of the activation left out everywhere"
    yield PlacedEdit(edit=edit, pupil=words, rank=1, of_pages=False, together=True)


def _out_gradient(delta: Variable) -> Instead:
    return Instead(delta._replace(quantity="out_gradient"))


def _no_slope(places: Places) -> Iterator[PlacedEdit]:
    for line in places.lines_of("delta", CHAIN):
        slopes = {term: Instead(None, 1.0) for term in line.of("slope")}
        # The joint rule of a loss and an activation has no slope of its own.
        edit = Edit(operands=slopes) if slopes else Edit(equations={line.left: _plain(line.left)})
        yield PlacedEdit(edit=edit, own=Variable("slope", line.left.place), of_pages=False)


def _plain(delta: Variable) -> Equation:
    """Return the equation of a delta that is dE/dout."""
    operands = {"out_gradient": Variable("out_gradient", delta.place)}
    return Equation(delta, "backward", Formula("out_gradient", ["out_gradient"]), operands)


def _out_gradients(places: Places) -> Iterator[PlacedEdit]:
    for line in places.lines:
        deltas = line.of("delta")
        if not deltas or line.left.quantity in ("delta", CHAIN):
            continue
        edit = Edit(operands={term: _out_gradient(term[1]) for term in deltas})
        own = tuple(delta for _, delta in deltas)
        words = "∂E/∂out used where {own} belongs"
        yield PlacedEdit(edit=edit, own=own, pupil=words, of_pages=False, at=line.left)
        for owner, delta in deltas:
            instead = _out_gradient(delta)
            edit, of_pages = put(owner, delta, instead), line.left.quantity in _PRODUCTS
            other = instead.quantity or ""
            yield PlacedEdit(edit=edit, own=delta, other=other, at=owner, of_pages=of_pages)


def _slopes_at(what: str) -> Where:
    """Return where the derivative is taken at out, or with net put for the out in it."""

    def throughout(places: Places) -> Iterator[PlacedEdit]:
        change = {"out": _at_out, "net": _of_net}[what]
        name = {"out": "at out", "net": "net for out"}[what]
        for words, chosen in _with_slopes(places):
            edit = Edit(equations={Variable("slope", row): change(places, row) for row in chosen})
            yield PlacedEdit(edit=edit, which=words, name=f"derivative: {name}{words}", rank=2)

    return throughout


def _at_out(places: Places, row: int) -> Equation:
    slope, activation = places.equation(Variable("slope", row)), places.structure.activations[row]
    assert slope.formula is not None
    out = Formula("out", ["out"])
    formula = slope.formula.filled(net=out, out=activation.formula.filled(net=out))
    operands = {**slope.operands, "out": Variable("out", row)}
    return replace(slope, formula=formula, operands=operands)


def _of_net(places: Places, row: int) -> Equation:
    slope = places.equation(Variable("slope", row))
    assert slope.formula is not None
    formula = slope.formula.filled(out=Formula("net", ["net"]))
    return replace(slope, formula=formula, operands={**slope.operands, "net": Variable("net", row)})


def _net_read_as_out(places: Places) -> Iterator[PlacedEdit]:
    for line in places.lines_of("slope"):
        for owner, net in line.of("net"):
            out = net._replace(quantity="out")
            edit = put(owner, net, Instead(out))
            words = "{other} for {own} in the derivative"
            yield PlacedEdit(edit=edit, own=net, other=out, pupil=words, rank=1, of_pages=False)


def _once_more(places: Places) -> Iterator[PlacedEdit]:
    rows = [row for row in places.structure.outputs if places.equations.joint(row)]
    if rows:
        edit = Edit(equations={Variable("delta", row): _times_slope(places, row) for row in rows})
        yield PlacedEdit(edit=edit, name="derivative: once more", rank=2)


def _times_slope(places: Places, row: int) -> Equation:
    """Return a delta times f', which for softmax is taken as that of a logistic neuron."""
    delta = places.equation(Variable("delta", row))
    if places.structure.activations[row].group:
        return _extended(delta, "whole * own * (1 - own)", own=places.at_own(row))
    return _times_own_slope(delta, row)


def _extended(equation: Equation, text: str, **operands: Variable) -> Equation:
    """Return the equation of a formula of operands and of the number, which it calls `whole`."""
    assert equation.formula is not None
    formula = Formula(text, ["whole", *operands]).filled(whole=equation.formula)
    both = {**equation.operands, **operands}
    return replace(equation, formula=formula, stable=None, operands=both)


def _slopes_twice(places: Places) -> Iterator[PlacedEdit]:
    """Yield: f' once more, in the deltas or in the gradients alone."""
    structure = places.structure
    for words, rows in _with_slopes(places):
        deltas = [places.equation(Variable("delta", row)) for row in rows]
        deltas = [its for its in deltas if its.formula and "slope" in its.formula.variables]
        if deltas:
            equations = {its.left: _times_own_slope(its, its.left.place) for its in deltas}
            yield PlacedEdit(
                edit=Edit(equations=equations), own="the delta", which=words,
                name=f"derivative: twice{words}", rank=2,
            )  # fmt: skip
        into = [slot for slot in structure.filled if int(structure.post[slot]) in rows]
        weights = [slot for slot in into if structure.pre[slot] >= 0]
        for own, slots in {"the gradients": into, "the gradients of the weights": weights}.items():
            equations = {
                left: _times_own_slope(places.equation(left), int(structure.post[left.place]))
                for left in (_data_gradient(places, slot) for slot in slots)
            }
            if own == "the gradients" or len(weights) < len(into):
                yield PlacedEdit(
                    edit=Edit(equations=equations), own=own, which=words,
                    name=f"derivative: twice in {own}{words}", rank=2,
                )  # fmt: skip


def _times_own_slope(equation: Equation, row: int) -> Equation:
    """Return the equation of a number times f' of a neuron."""
    return _extended(equation, "whole * own", own=Variable("slope", row))


def _data_gradient(places: Places, slot: int) -> Variable:
    """Return what one use of a parameter, without a penalty, has for a gradient."""
    if slot in places.structure.tie_of:
        return Variable("own_gradient", slot)
    return Variable("data_gradient" if slot in places.equations.penalised else "gradient", slot)


def _biases_after(places: Places) -> Iterator[PlacedEdit]:
    """Yield: the bias added to f(net), not to the net."""
    structure = places.structure
    rows = [row for row in structure.bias_slot if not structure.activations[row].group]
    rows = [row for row in rows if structure.activations[row].name != "identity"]
    for words, chosen in _and_each(places, rows):
        nets, outs = {}, {}
        for row in chosen:
            bias, out = Variable("weight", structure.bias_slot[row]), places.at_own(row)
            nets[Variable("net", row), bias] = Instead(None, 0.0)
            outs[out] = _extended(places.equation(out), "whole + bias", bias=bias)
        edit, name = Edit(operands=nets, equations=outs), f"bias: after the activation{words}"
        yield PlacedEdit(edit=edit, which=words, name=name)


def _nets(places: Places) -> Iterator[PlacedEdit]:
    """Yield: net for out of all neurons, of the hidden ones, of each."""
    every = places.computed
    for words, rows in ((" of the hidden neurons", places.hidden), (" of all neurons", every)):
        if rows:
            edit = taken((Variable("out", row) for row in rows), _of_its("net"))
            yield PlacedEdit(
                edit=edit, which=words, name=f"activation: net for out{words}",
                pupil="net used for out everywhere", rank=1 if rows == every else 2, together=True,
            )  # fmt: skip
    for row in every:
        yield PlacedEdit(
            edit=taken([Variable("out", row)], _of_its("net")), own=Variable("out", row), row=row,
            name=f"activation: net for out of {places.name(row)}",
            page="net of {name} used for its out", rank=2,
        )  # fmt: skip


def _net(places: Places) -> Iterator[PlacedEdit]:
    """Yield: in one equation, net wherever the out of a neuron with an activation stands."""
    for line in places.lines:
        outs = [term for term in line.of("out") if term[1].place in places.computed]
        if line.left.quantity == "out" and line.left.place in places.computed:
            edit = taken([line.left], _of_its("net"))
            yield PlacedEdit(edit=edit, own=line.left, of_pages=False)
        elif outs:
            edit = Edit(operands={term: Instead(term[1]._replace(quantity="net")) for term in outs})
            own = tuple(out for _, out in outs)
            yield PlacedEdit(edit=edit, own=own, joint=", net for ", of_pages=False, at=line.left)
        for owner, out in outs:
            edit = put(owner, out, Instead(out._replace(quantity="net")))
            of_page = line.left.quantity in _PRODUCTS
            words = f"net of {places.name(out.place)} in place of its out"
            yield PlacedEdit(edit=edit, own=out, at=owner, page=words, of_pages=of_page)


def _paths(places: Places) -> Iterator[PlacedEdit]:
    """Yield: of the errors that come back to a neuron, one alone."""
    for row, links in enumerate(places.structure.outgoing):
        messages = [Variable("error_message", link.slot) for link in links]
        for own in messages if len(messages) > 1 else ():
            others = [other for other in messages if other != own]
            edit = taken(others, _number(0.0))
            yield PlacedEdit(edit=edit, own=own, row=row, name="path: only {link} back to {name}")


def _path_left_out(places: Places) -> Iterator[PlacedEdit]:
    for row, links in enumerate(places.structure.outgoing):
        for link in links if len(links) > 2 else ():
            own = Variable("error_message", link.slot)
            edit = taken([own], _number(0.0))
            yield PlacedEdit(
                edit=edit, own=own, row=row, name="path: without {link} back to {name}"
            )


def _added_up(line: WrittenLine) -> list[tuple[Variable, Variable]]:
    """Return what is added up in a total error, or in the gradient of a shared parameter."""
    kinds = {"total_error": "loss", "gradient": "delta"}
    return line.of(kinds.get(line.left.quantity, ""))


def _one_term(places: Places) -> Iterator[PlacedEdit]:
    yield from _paths(places)
    for line in places.lines:
        terms = _added_up(line)
        for own in terms if len(terms) > 1 else ():
            edit = Edit(operands={other: Instead(None, 0.0) for other in terms if other != own})
            page = f"only {_part(places, own)} counted"
            yield PlacedEdit(edit=edit, own=own[1], at=line.left, page=page)


def _all_but_one(places: Places) -> Iterator[PlacedEdit]:
    yield from _path_left_out(places)
    for line in places.lines:
        terms = _added_up(line)
        for owner, own in terms if len(terms) > 2 else ():
            edit = put(owner, own, Instead(None, 0.0))
            page = f"{_part(places, (owner, own))} left out"
            yield PlacedEdit(edit=edit, own=own, at=line.left, page=page)


def _part(places: Places, term: tuple[Variable, Variable]) -> str:
    """Return what a page calls one of several that are added up."""
    owner, _ = term
    if owner.quantity != "own_gradient":
        return "{own}"
    # Two uses of one parameter may have the same delta.
    return f"the use in {places.structure.called(owner.place)}"


def _own_error(places: Places) -> Iterator[PlacedEdit]:
    """Yield: of an output that feeds others, its own error or what comes back, alone."""
    for line in places.lines_of("out_gradient"):
        back = line.of("error_message")
        if back and line.of("target"):
            edit = Edit(operands={term: Instead(None, 0.0) for term in back})
            words = "only the error of the neuron's own out counted, not what comes back"
            yield PlacedEdit(edit=edit, at=line.left, page=words, pupil=words, rank=1)
            messages = variables("error_message", (message.place for _, message in back))
            returned = Equation(line.left, "backward", RETURNED, {"error_message": messages})
            words = "only the error that comes back counted, not that of the neuron's own out"
            edit = Edit(equations={line.left: returned})
            yield PlacedEdit(edit=edit, at=line.left, page=words, pupil=words, rank=1)


def _exchanged(places: Places) -> Iterator[PlacedEdit]:
    for one, other in combinations(places.weights, 2):
        if other in places.next_to(one):
            own, its = Variable("weight", one), Variable("weight", other)
            edit = Edit(whole={own: Instead(its), its: Instead(own)})
            yield PlacedEdit(
                edit=edit, own=own, other=its, name="swap: {own} and {other}", together=True
            )
    yield from _exchanged_back(places)


def _exchanged_back(places: Places) -> Iterator[PlacedEdit]:
    """Yield: two weights exchanged over which errors come back to one neuron."""
    sent_back = places.equations.weight_sent_back
    for links in places.structure.outgoing:
        for one, other in combinations([link.slot for link in links], 2):
            own, its = sent_back(one), sent_back(other)
            changes = (("error_message", one, own, its), ("error_message", other, its, own))
            operands = {(Variable(q, slot), a): Instead(b) for q, slot, a, b in changes}
            edit = Edit(operands=operands)
            yield PlacedEdit(edit=edit, own=own, other=its, of_pages=False, together=True)


def _other_weight(places: Places) -> Iterator[PlacedEdit]:
    """Yield: in one term, another weight of the level."""
    for line in places.lines_of("net", "error_message", "new_weight"):
        terms = [term for term in line.of("weight", "new_weight") if not places.is_bias(term[1])]
        for owner, own in terms:
            for slot in places.next_to(own.place):
                other = own._replace(place=slot)
                # What a weight has changed into, another may have changed from.
                of_pages = line.left.quantity != "new_weight"
                yield PlacedEdit(
                    edit=put(owner, own, Instead(other)), own=own, other=other, at=owner,
                    rank=int(len(terms) > 1), of_pages=of_pages,
                )  # fmt: skip


def _other_share(places: Places) -> Iterator[PlacedEdit]:
    for slot in places.weights if places.shares else ():
        owner, own = Variable("share", slot), Variable("weight", slot)
        for beside in places.next_to(slot):
            other = Variable("weight", beside)
            yield PlacedEdit(edit=put(owner, own, Instead(other)), own=own, other=other, at=owner)


def _errors_averaged(places: Places) -> Iterator[PlacedEdit]:
    numbers = {row: len(places.structure.outgoing[row]) for row in places.hidden}
    if any(n > 1 for n in numbers.values()):
        lefts = (Variable("out_gradient", row) for row, n in numbers.items() if n)
        edit = taken(lefts, lambda own: Instead(own, 1 / numbers[own.place]))
        yield PlacedEdit(edit=edit, name="path: mean of the errors")


def _other_shares(places: Places) -> Iterator[PlacedEdit]:
    if places.shares:
        yield PlacedEdit(edit=Edit(other_shares=True), name="share: denominator")


def _weights_of_another(places: Places) -> Iterator[PlacedEdit]:
    incoming = places.structure.incoming
    for row in places.computed:
        own = [slot for slot, _ in incoming[row]]
        for other in places.beside(row):
            theirs = [slot for slot, _ in incoming[other]]
            if len(theirs) == len(own) > 1:
                words = f"the weights of {places.name(other)}"
                yield PlacedEdit(edit=_read_for(own, theirs), at=Variable("net", row), which=words)


def _columns(places: Places) -> Iterator[PlacedEdit]:
    """Yield: the table of weights read by columns, where it is square."""
    structure = places.structure
    for row in places.computed:
        level, pres = places.level(row), [pre for _, pre in structure.incoming[row]]
        if not len(pres) == len(level) > 1:
            continue
        own = [slot for slot, _ in structure.incoming[row]]
        column = [slot for slot, _ in structure.outgoing[pres[level.index(row)]]]
        if len(column) == len(own) and column != own:
            yield PlacedEdit(edit=_read_for(own, column), at=Variable("net", row), rank=1)


def _read_for(own: list[int], theirs: list[int]) -> Edit:
    """Return the edit in which a net is made with other weights."""
    return Edit(
        operands={
            (Variable("message", slot), Variable("weight", slot)): Instead(Variable("weight", its))
            for slot, its in zip(own, theirs, strict=True)
            if slot != its
        }
    )


def _beside(places: Places, operand: Variable) -> list[Variable]:
    """Return the quantities of the same kind that stand beside one."""
    if operand.quantity in ("error_message", "total_error") or operand.place < 0:
        return []
    if QUANTITIES[operand.quantity].owner != "neuron":
        beside = [operand._replace(place=slot) for slot in places.next_to(operand.place)]
    else:
        rows = places.beside(operand.place)
        if operand.quantity == "target":
            rows = [row for row in places.structure.outputs if row != operand.place]
        beside = [places.at(row, operand) for row in rows]
    return [other for other in beside if places.has(other)]


def _other_gradient(places: Places) -> Iterator[PlacedEdit]:
    for line in places.lines_of("new_weight"):
        for owner, own in line.of("gradient"):
            for other in _beside(places, own):
                edit = put(owner, own, Instead(other))
                slip = PlacedEdit(edit=edit, own=own, other=other, at=owner, rank=1)
                yield from _in_update(slip, owner, own, Instead(other))


def _other_neuron(places: Places) -> Iterator[PlacedEdit]:
    """Yield: in one term, what belongs to the neuron beside."""
    yield from _other_bias(places)
    for line in places.lines:
        if line.left.quantity == "new_weight":
            continue
        for owner, own in line.terms:
            if own.quantity in ("weight", "new_weight"):
                continue
            for other in _beside(places, own):
                yield from _of_neuron(places, line, owner, own, other)
        yield from _out_of_post(line)


#: Where an out is compared with its target, and by what.
_COMPARED = [(q, its) for q in ("loss", "out_gradient", "delta") for its in ("out", "target")]


def _of_neuron(
    places: Places, line: WrittenLine, owner: Variable, own: Variable, other: Variable
) -> Iterator[PlacedEdit]:
    # Of pages, where f' is worked out anew with the numbers of the neuron beside.
    page, of_pages = "", line.left.quantity != "slope" and own.quantity != "slope"
    if (line.left.quantity, own.quantity) in _COMPARED:
        page = f"{own.quantity} of {places.name(other.place)} in place of its own"
        of_pages = own.place == line.left.place  # one target changes every delta of a group
    edit = put(owner, own, Instead(other))
    yield PlacedEdit(
        edit=edit, own=own, other=other, at=owner, page=page, rank=1, of_pages=of_pages
    )


def _out_of_post(line: WrittenLine) -> Iterator[PlacedEdit]:
    """Yield: in a gradient, the out of the neuron that the connection leads to."""
    if line.left.quantity in _PRODUCTS:
        for (owner, delta), (its, out) in zip(line.of("delta"), line.of("out"), strict=False):
            if owner == its:
                other = Variable("out", delta.place)
                edit = put(owner, out, Instead(other))
                yield PlacedEdit(edit=edit, own=out, other=other, at=owner, rank=1)


def _other_slope(places: Places) -> Iterator[PlacedEdit]:
    for row in places.computed:
        own = Variable("slope", row)
        for other in places.beside(row) if places.has_slope(row) else ():
            operands = {
                (own, its): Instead(places.at(other, its)) for its in places.equation(own).variables
            }
            words = f"net and out of {places.name(other)}"
            yield PlacedEdit(edit=Edit(operands=operands), at=own, page=words, of_pupils=False)


def _slope_of_output(places: Places) -> Iterator[PlacedEdit]:
    """Yield: f' of the only output, as it is computed there, in all neurons before it."""
    outputs = places.structure.outputs
    rows = [row for row in places.hidden if places.has_slope(row)]
    if len(rows) > 1 and len(outputs) == 1 and places.has_slope(outputs[0]):
        slope = Instead(Variable("slope", outputs[0]))
        operands = {(Variable("delta", row), Variable("slope", row)): slope for row in rows}
        yield PlacedEdit(
            edit=Edit(operands=operands), row=outputs[0], family="derivative",
            page="f' of {name} used in the hidden neurons", name="derivative: of the output",
            of_pupils=False,
        )  # fmt: skip


def _no_term(places: Places) -> Iterator[PlacedEdit]:
    for line in places.lines_of("net"):
        for owner, own in line.of("weight"):
            if owner.quantity == "message":
                edit = taken([owner], _number(0.0))
                yield PlacedEdit(edit=edit, own=own, at=owner, rank=1)


def _counted_twice(places: Places) -> Iterator[PlacedEdit]:
    for line in places.lines_of("net"):
        for owner, own in line.of("weight"):
            edit = put(owner, own, Instead(own, 2.0))
            yield PlacedEdit(edit=edit, own=own, at=line.left, rank=1)


def _ten_times(factor: float) -> Where:
    """Return where the decimal point of one factor in a net is misread."""

    def of_one(places: Places) -> Iterator[PlacedEdit]:
        for line in places.lines_of("net"):
            for owner, own in line.of("weight"):
                edit = put(owner, own, Instead(own, factor))
                yield PlacedEdit(edit=edit, own=own, at=owner, rank=1)

    return of_one


def _for_new_weights(places: Places, slots: Sequence[int]) -> Iterator[PlacedEdit]:
    """Yield: what changes a parameter written for its new value: of some of them."""
    lefts = [Variable("new_weight", slot) for slot in slots]
    of_weights = [left._replace(quantity="weight") for left in lefts]
    rates = [(left._replace(quantity="change"), RATE) for left in lefts]
    nothing = {(left, own): Instead(None, 0.0) for left, own in zip(lefts, of_weights, strict=True)}
    turned = nothing | {key: Instead(RATE, -1.0) for key in rates}
    edit, product = taken(lefts, _of_its("gradient")), "the learning rate times the gradient"
    yield PlacedEdit(edit=edit, own="the gradient", rank=1)
    yield PlacedEdit(edit=Edit(operands=nothing), own="the change", rank=1)
    yield PlacedEdit(edit=taken(lefts, _of_its("step")), own=product, of_pupils=False)
    yield PlacedEdit(edit=Edit(operands=turned), own=product, rank=1, of_pages=False)


def _new_weights(places: Places) -> Iterator[PlacedEdit]:
    slots = [slot for slot in places.structure.filled if places.structure.trainable[slot]]
    for slip in _for_new_weights(places, slots) if places.updates and slots else ():
        yield replace(slip, name=f"update: {slip.own} for new weights", of_pupils=False)


def _new_weight(places: Places) -> Iterator[PlacedEdit]:
    for line in places.lines_of("new_weight"):
        for slip in _for_new_weights(places, [line.left.place]):
            yield replace(slip, at=line.left._replace(quantity="change"))


def _no_out(places: Places) -> Iterator[PlacedEdit]:
    for line in places.lines_of(*_PRODUCTS):
        for owner, own in line.of("out"):
            edit = put(owner, own, Instead(None, 1.0))
            yield PlacedEdit(edit=edit, own=own, at=owner, rank=1)


def _weight_for_out(places: Places) -> Iterator[PlacedEdit]:
    for line in places.lines_of(*_PRODUCTS):
        for owner, own in line.of("out"):
            other = Variable("weight", owner.place)
            edit = put(owner, own, Instead(other))
            yield PlacedEdit(edit=edit, own=own, other=other, at=owner, rank=1)


def _no_weight_back(places: Places) -> Iterator[PlacedEdit]:
    """Yield: errors that go back as they are, without the weight: all, or one."""
    lines = places.lines_of("error_message")
    terms = [term for line in lines for term in line.of("weight", "new_weight")]
    if len(terms) > 1:
        edit, words = Edit(operands=dict.fromkeys(terms, Instead(None, 1.0))), "errors sent back"
        words = f"{words} without the weights"
        yield PlacedEdit(
            edit=edit, name=f"operand: {words}", page=words, pupil=words, rank=2, together=True
        )
    for owner, own in terms:
        edit = put(owner, own, Instead(None, 1.0))
        yield PlacedEdit(edit=edit, own=own, at=owner, rank=1)


def _updated_from(places: Places) -> Iterator[PlacedEdit]:
    """Yield: a new weight that begins with another weight of the level, as it is given."""
    for line in places.lines_of("new_weight") if places.inputs else ():
        own = Variable("weight", line.left.place)
        seen = {places.parameters[own.place]}
        for slot in places.next_to(own.place):
            value = places.parameters[slot]
            if value not in seen:
                seen.add(value)
                yield PlacedEdit(
                    edit=put(line.left, own, Instead(None, value)), own=own,
                    other=Variable("weight", slot), name="reading: {other} for {own} in its update",
                )  # fmt: skip


# -- digits, and what stands elsewhere ------------------------------------------------------------


def _miswritten(name: str, which: str, change: Callable[[float, int], float | None]) -> PlacedEdit:
    return PlacedEdit(edit=Edit(miswritten=change), name=name, which=which)


def _point(places: Places) -> Iterator[PlacedEdit]:
    for by in (1, -1, 2, -2):
        side, n = ("right" if by > 0 else "left"), abs(by)
        which = f"{n} place{'s' * (n > 1)} to the {side}"
        yield _miswritten(f"digits: point {which}", which, _moved(by))


def _moved(by: int) -> Callable[[float, int], float | None]:
    def change(value: float, decimals: int) -> float | None:
        return float(Decimal(_text(value, decimals + by)).scaleb(by))

    return change


def _text(value: float, decimals: int) -> str:
    """Return a number with so many decimals, none of them less than 0."""
    return f"{value:.{max(decimals, 0)}f}"


#: How many decimals are looked at one by one.
_LOOKED_AT = range(1, 11)


def _exchanged_digits(places: Places) -> Iterator[PlacedEdit]:
    yield _miswritten("digits: about the point exchanged", "on both sides of the point", _turned(0))
    yield _miswritten("digits: before the point exchanged", "before the point", _turned(-1))
    for k in _LOOKED_AT[:-1]:
        which = f"decimals {k} and {k + 1}"
        yield _miswritten(f"digits: {which} exchanged", which, _turned(k))


def _turned(k: int) -> Callable[[float, int], float | None]:
    def change(value: float, decimals: int) -> float | None:
        text = list(_text(value, decimals))
        point = text.index(".") if "." in text else len(text)
        one = point + k if k > 0 else point - 1 + k
        other = one + 1 + (one + 1 == point)
        if not 0 <= one < other < len(text) or not (text[one] + text[other]).isdigit():
            return None
        text[one], text[other] = text[other], text[one]
        return float("".join(text))

    return change


def _lost_digit(places: Places) -> Iterator[PlacedEdit]:
    for k in _LOOKED_AT:
        yield _miswritten(f"digits: decimal {k} lost", f"decimal {k}", _lost(k))


def _lost(k: int) -> Callable[[float, int], float | None]:
    def change(value: float, decimals: int) -> float | None:
        if k > decimals:
            return None
        whole, _, part = _text(value, decimals + 1).partition(".")
        return _shown(f"{whole}.{part[: k - 1]}{part[k:]}", value, decimals)

    return change


def _doubled_digit(places: Places) -> Iterator[PlacedEdit]:
    for k in _LOOKED_AT:
        yield _miswritten(f"digits: decimal {k} twice", f"decimal {k}", _twice(k))


def _twice(k: int) -> Callable[[float, int], float | None]:
    def change(value: float, decimals: int) -> float | None:
        if k >= decimals:
            return None
        whole, _, part = _text(value, decimals).partition(".")
        return _shown(f"{whole}.{part[:k]}{part[k - 1 : -1]}", value, decimals)

    return change


def _shown(wrong: str, value: float, decimals: int) -> float | None:
    """Return what is written, if more than one digit shows it: any digit may be another."""
    pairs = zip(wrong, _text(value, decimals), strict=True)
    return float(wrong) if sum(one != other for one, other in pairs) > 1 else None


def _other_digit(places: Places) -> Iterator[PlacedEdit]:
    for k in _LOOKED_AT:
        for digit in "0123456789":
            which = f"{digit} for decimal {k}"
            yield _miswritten(f"digits: {which}", which, _written_as(digit, k))


def _written_as(digit: str, k: int) -> Callable[[float, int], float | None]:
    def change(value: float, decimals: int) -> float | None:
        whole, _, part = _text(value, decimals).partition(".")
        # The last digit is off by a rounding sooner than by a slip of the pen.
        if k >= decimals or part[k - 1] == digit:
            return None
        return float(f"{whole}.{part[: k - 1]}{digit}{part[k:]}")

    return change


def _misread(places: Places) -> Iterator[PlacedEdit]:
    """Yield: a weight, a bias, an input or a target with other digits than are given."""
    if not places.inputs:
        return
    for slot in places.structure.filled:
        slots = places.structure.shared_slots(slot)
        if slot == slots[0]:
            value, own = places.parameters[slot], Variable("weight", slot)
            for number, which in _readings(value):
                edit = Edit(whole={Variable("weight", its): Instead(None, number) for its in slots})
                name = "reading: {own} {which}"
                yield PlacedEdit(edit=edit, own=own, which=which, name=name)
    for datum, row, value in _data(places):
        if not (places.targets_scaled if datum.of == "target" else places.standardized):
            page = f"{'the target of ' * (datum.of == 'target')}{{name}} read as {{which}}"
            at = f" in sample {datum.sample}" if places.n_samples > 1 else ""
            for number, which in _readings(value, at):
                edit, name = Edit(data={datum: number}), f"reading: {datum.of} {{name}} {{which}}"
                yield PlacedEdit(edit=edit, row=row, which=which, name=name, page=page)


def _misread_back(places: Places) -> Iterator[PlacedEdit]:
    """Yield: a weight with other digits than are given, as errors go back over it alone."""
    structure, sent_back = places.structure, places.equations.weight_sent_back
    for slot in places.weights if places.inputs else ():
        slots, value = structure.shared_slots(slot), places.parameters[slot]
        if slot == slots[0] and int(structure.pre[slot]) not in structure.inputs:
            keys = [(Variable("error_message", its), sent_back(its)) for its in slots]
            for number, which in _readings(value):
                if number != -value:  # which is a sign
                    yield PlacedEdit(
                        edit=Edit(operands=dict.fromkeys(keys, Instead(None, number))),
                        own=Variable("weight", slot), which=which,
                        name="reading: {own} {which} as errors go back",
                    )  # fmt: skip


#: Of more data nobody copies each by hand.
_MOST_DATA = 24


def _is_copied(places: Places) -> bool:
    """Whether data are known, and so few that each is copied by hand."""
    n_columns = len(places.structure.inputs) + len(places.structure.outputs)
    return bool(places.inputs) and places.n_samples * n_columns <= _MOST_DATA


def _data(places: Places) -> Iterator[tuple[Datum, int, float]]:
    """Yield each number of the data, with the row of its neuron."""
    structure = places.structure
    if not _is_copied(places):
        return
    columns = (("input", structure.inputs, places.inputs),
               ("target", structure.outputs, places.targets))  # fmt: skip
    for of, rows, values in columns:
        for at, (row, column) in enumerate(zip(rows, values, strict=True)):
            samples = column.tolist() if places.n_samples > 1 else [float(column)]
            for sample, value in enumerate(samples, start=1):
                yield Datum(of, at, sample), row, value


def _other_sample(places: Places) -> Iterator[PlacedEdit]:
    """Yield: the inputs, the targets, or both, of another sample; one of its inputs."""
    n, structure = places.n_samples, places.structure
    columns = {"input": places.inputs, "target": places.targets}
    if not _is_copied(places):
        return
    for own, its in ((a, b) for a in range(1, n + 1) for b in range(1, n + 1) if a != b):
        if n > _FEW and abs(own - its) > 1:
            continue
        read = {
            of: {
                Datum(of, at, own): float(column[its - 1])
                for at, column in enumerate(columns[of])
                if column[its - 1] != column[own - 1]
            }
            for of in columns
        }
        for words, data in (("inputs", read["input"]), ("targets", read["target"])):
            if data:
                page = f"the {words} of sample {its} in place of those of sample {own}"
                yield PlacedEdit(edit=Edit(data=data), name=f"reading: {page}", page=page)
        if read["input"] and read["target"]:
            page = f"sample {its} in place of sample {own}"
            edit = Edit(data=read["input"] | read["target"])
            yield PlacedEdit(edit=edit, name=f"reading: {page}", page=page)
        for datum, value in read["input"].items() if len(read["input"]) > 1 else ():
            page = f"{{name}} of sample {its} in place of that of sample {own}"
            yield PlacedEdit(
                edit=Edit(data={datum: value}), row=structure.inputs[datum.column],
                name=f"reading: {page}", page=page,
            )  # fmt: skip


#: Numbers of more decimals are not copied by hand.
_COPIED = 6


#: By digit, which others look like it; a 0 is seldom taken for another.
_LIKE_DIGITS = {"1": "7", "3": "8", "4": "9", "5": "6", "6": "58", "7": "1", "8": "3", "9": "4"}


def _readings(value: float, at: str = "") -> Iterator[tuple[float, str]]:
    """Yield what is read for a number: digits exchanged, lost or alike, the point, the sign."""
    if value in (0.0, 1.0, -1.0) or not math.isfinite(value):
        return
    text = f"{Decimal(repr(value)):f}".removesuffix(".0")
    _, point, part = text.partition(".")
    if len(part) > _COPIED:
        return
    exchanged = (_turned(k)(value, len(part)) for k in range(-1, len(part)))
    decimals = range(len(text) - len(part), len(text) * bool(point))
    lost = (float(text[:its] + text[its + 1 :]) for its in decimals)
    alike = (
        float(f"{text[:at]}{digit}{text[at + 1 :]}")
        for at, own in enumerate(text)
        for digit in _LIKE_DIGITS.get(own, "")
    )
    read = (10 * value, value / 10, *exchanged, *lost, -value, *alike)
    seen = {value, 0.0}
    for number in (float(f"{its:.15g}") for its in read if its is not None):
        if number not in seen:
            seen.add(number)
            no = "with the other sign" if number == -value else f"not {value:.15g}"
            yield number, f"{number:.15g}{at}, {no}"


def _copied(places: Places) -> Iterator[PlacedEdit]:
    yield PlacedEdit(edit=Edit(copies=True), name="digits: copied")


def _exchanged_data(places: Places) -> Iterator[PlacedEdit]:
    """Yield: two targets, or two inputs, exchanged wherever they are used."""
    structure = places.structure
    for quantity, rows in (("target", structure.outputs), ("out", structure.inputs)):
        for one, other in combinations(rows, 2) if len(rows) <= _WIDE else ():
            own, its = Variable(quantity, one), Variable(quantity, other)
            edit = Edit(whole={own: Instead(its), its: Instead(own)})
            name = "swap: {own} and {other}"
            yield PlacedEdit(edit=edit, own=own, other=its, name=name, together=True)


def _transposed(places: Places) -> Iterator[PlacedEdit]:
    """Yield: a square table with its rows and columns exchanged.

    Of deltas times outs, of weights through which errors go back, of the weights themselves.
    """
    structure = places.structure
    for number, rows in enumerate(structure.levels[1:], start=1):
        pres = [pre for _, pre in structure.incoming[rows[0]]]
        slots = {(pre, row): slot for row in rows for slot, pre in structure.incoming[row]}
        square = len(pres) == len(rows) > 1 and set(slots) == {(p, r) for p in pres for r in rows}
        if not square or set(slots.values()) & set(structure.tie_of):
            continue
        delta, out = dict(zip(pres, rows, strict=True)), dict(zip(rows, pres, strict=True))
        mirrored = {slot: slots[out[row], delta[pre]] for (pre, row), slot in slots.items()}
        mirrored = {slot: other for slot, other in mirrored.items() if slot != other}
        operands = {}
        for (pre, row), slot in slots.items():
            if out[row] != pre:
                own = places.equation(Variable("gradient", slot)).variables
                # With a penalty the gradient is a sum: its part of the data is this product.
                is_whole = Variable("delta", row) in own
                left = Variable("gradient" if is_whole else "data_gradient", slot)
                operands[left, Variable("delta", row)] = Instead(Variable("delta", delta[pre]))
                operands[left, Variable("out", pre)] = Instead(Variable("out", out[row]))
        words = f"the gradients of the weights into level {number} transposed"
        yield PlacedEdit(
            edit=Edit(operands=operands), page=words, name=f"swap: gradients of level {number}"
        )
        words = f"the weights into level {number} transposed"
        if not set(pres) & set(structure.inputs):
            sent_back = places.equations.weight_sent_back
            back = {
                (Variable("error_message", slot), sent_back(slot)): Instead(sent_back(other))
                for slot, other in mirrored.items()
            }
            name = f"swap: weights back through level {number}"
            yield PlacedEdit(edit=Edit(operands=back), page=f"{words} as errors go back", name=name)
        if len(rows) > 2:  # of two by two it is the exchange of two weights
            weights = {
                Variable("weight", a): Instead(Variable("weight", b)) for a, b in mirrored.items()
            }
            yield PlacedEdit(
                edit=Edit(whole=weights), page=words, name=f"swap: weights of level {number}"
            )


# -- another function ------------------------------------------------------------------------------

#: What is taken for another by mistake.
_COMMON_ACTIVATIONS = ("logistic", "tanh", "relu")


def _other_activation(places: Places) -> Iterator[PlacedEdit]:
    structure = places.structure
    plain = [row for row in places.computed if not structure.activations[row].group]
    groups = [rows for _, rows in places.parts(plain)]
    groups += [[row] for row in plain if len(plain) > 1]
    seen = set()
    for rows in groups:
        for name in _COMMON_ACTIVATIONS:
            changed = [row for row in rows if structure.activations[row].name != name]
            key = name, *changed
            if not changed or key in seen:
                continue
            seen.add(key)
            owns = ", ".join(dict.fromkeys(structure.activations[row].name for row in changed))
            named = ", ".join(map(places.name, changed))
            activations = list(structure.activations)
            for row in changed:
                activations[row] = get_activation(name)
            yield PlacedEdit(
                edit=Edit(setting=_with_structure(activations=activations)),
                own=owns, other=name, which=f" in {named}", name=f"activation: {name} in {named}",
            )  # fmt: skip


def _derivatives_of_others(places: Places) -> Iterator[PlacedEdit]:
    """Yield: the derivative of another activation, whose own function is kept."""
    activations = places.structure.activations
    for words, chosen in _with_slopes(places):
        for name in _COMMON_ACTIVATIONS:
            if rows := [row for row in chosen if activations[row].name != name]:
                derivative = get_activation(name).derivative
                owns = ", ".join(dict.fromkeys(activations[row].name for row in rows))
                yield PlacedEdit(
                    edit=_slopes_by(places, rows, derivative), own=owns, other=name,
                    which=words.replace(" of ", " in ", 1), name=f"derivative: of {name}{words}",
                    rank=2,
                )  # fmt: skip


#: What is like the derivative of some activations, by their names; without a name, of any.
_LIKE_SLOPES = {
    "1 - out": ("logistic", "tanh"),
    "out * (1 + out)": ("logistic",),
    "1 + out**2": ("tanh",),
    "(1 - out)**2": ("tanh",),
    "net": (),
    "out": (),
}


def _other_slopes(places: Places) -> Iterator[PlacedEdit]:
    """Yield: something that is like the derivative in its place."""
    activations = places.structure.activations
    for words, chosen in _with_slopes(places):
        for text, names in _LIKE_SLOPES.items():
            if rows := [row for row in chosen if not names or activations[row].name in names]:
                yield PlacedEdit(
                    edit=_slopes_by(places, rows, _in_net_and_out(text)), own=text, which=words,
                    name=f"derivative: {text}{words}", rank=2,
                )  # fmt: skip


def _with_slopes(places: Places) -> Iterator[tuple[str, list[int]]]:
    """Yield the neurons that have a derivative, the outputs, the hidden ones, and each alone."""
    yield from _and_each(places, [row for row in places.computed if places.has_slope(row)])


def _and_each(places: Places, rows: Sequence[int]) -> Iterator[tuple[str, list[int]]]:
    """Yield some neurons, the outputs and the hidden ones among them, and each alone."""
    seen = set[tuple[int, ...]]()
    each = ((f" of {places.name(row)}", [row]) for row in rows)
    for words, chosen in chain(places.parts(rows), each):
        if tuple(chosen) not in seen:
            seen.add(tuple(chosen))
            yield words, chosen


@cache
def _in_net_and_out(text: str) -> Formula:
    return Formula(text, ["net", "out"])


def _slopes_by(places: Places, rows: Iterable[int], formula: Formula) -> Edit:
    """Return the edit in which f' of some neurons is another formula of net and out."""
    equations = {}
    for row in rows:
        its, left = {"net": Variable("net", row), "out": places.at_own(row)}, Variable("slope", row)
        operands = {name: its[name] for name in formula.variables}
        equations[left] = replace(places.equation(left), formula=formula, operands=operands)
    return Edit(equations=equations)


#: What pages set the number of an activation to.
_NUMBERS = {
    "leaky_relu": ("0.01", "0.1", "0.2", "0.3"),
    "elu": ("1.0", "0.1", "0.2"),
    "step": ("0.0", "1.0"),
    "bipolar_step": ("0.0",),
}


@cache
def _number_of(text: str) -> tuple[str, str] | None:
    """Return of which activation a formula is, and its number; none if it has no number."""
    for name in _NUMBERS:
        mould = Formula(WITH_NUMBERS[name].format(0.125), ["net"]).text
        before, after = map(re.escape, mould.split("0.125"))
        if its := re.fullmatch(rf"{before}(\d[\d.]*){after}", text):
            return name, its[1]
    return None


def _other_numbers(places: Places) -> Iterator[PlacedEdit]:
    """Yield: another number in an activation that has one, throughout or in f' or its out alone."""
    activations = places.structure.activations
    numbers = {row: _number_of(activations[row].formula.text) for row in places.computed}
    for words, chosen in _and_each(places, [row for row in numbers if numbers[row]]):
        for kind, own in dict.fromkeys(filter(None, map(numbers.get, chosen))):
            rows = [row for row in chosen if numbers[row] == (kind, own)]
            for number in (text for text in _NUMBERS[kind] if float(text) != float(own)):
                for side, edit in _sides(places, rows, get_activation(f"{kind}({number})")):
                    yield PlacedEdit(
                        edit=edit, own=own, other=number, name=f"number: {number}{side}{words}",
                        page=f"the number of {kind} {{other}} in place of {{own}}{side}{{which}}",
                        which=words,
                    )  # fmt: skip


def _sides(
    places: Places, rows: Sequence[int], activation: Activation
) -> Iterator[tuple[str, Edit]]:
    """Yield another activation of some neurons: throughout, in f' alone, in their outs alone."""
    slopes = _slopes_by(places, rows, activation.derivative).equations
    lefts = [places.at_own(row) for row in rows]
    outs = {left: replace(places.equation(left), formula=activation.formula) for left in lefts}
    yield "", Edit(equations={**outs, **slopes})
    yield ", in f' alone", Edit(equations=slopes)
    yield ", in out alone", Edit(equations=outs)


def _for_softmax(words: str, text: str) -> Where:
    """Return where another function of the nets is taken for a softmax."""

    def throughout(places: Places) -> Iterator[PlacedEdit]:
        rows = [row for row in places.computed if places.structure.activations[row].group]
        if rows:
            formula = Formula(text, ["net"])
            lefts = (places.at_own(row) for row in rows)
            edit = Edit(
                equations={
                    left: replace(places.equation(left), formula=formula, stable=None)
                    for left in lefts
                }
            )
            yield PlacedEdit(edit=edit, name=f"activation: {words}")

    return throughout


def _lacking_term(places: Places) -> Iterator[PlacedEdit]:
    """Yield: a softmax whose denominator lacks a term: that of one neuron, or of each its own."""
    structure = places.structure
    groups = {
        tuple(structure.group_of(row))
        for row in places.computed
        if structure.activations[row].group and len(structure.group_of(row)) > 2
    }
    text = "exp(net) / (total(exp(net)) - exp(lacking))"
    for group in sorted(groups):
        for left_out in (None, *group):
            equations = {}
            for row in group:
                its = places.equation(places.at_own(row))
                lacking = its.operands["net"] if left_out is None else Variable("net", left_out)
                equations[its.left] = replace(
                    its, formula=Formula(text, ["net", "lacking"]), stable=None,
                    operands={**its.operands, "lacking": lacking},
                )  # fmt: skip
            of = "each its own" if left_out is None else f"that of {places.name(left_out)}"
            yield PlacedEdit(edit=Edit(equations=equations), which=of, name=f"softmax: lacks {of}")


#: What is taken for e, the base of exp.
_BASES = ("2", "2.7", "2.72", "2.718", "10")


def _other_base(places: Places) -> Iterator[PlacedEdit]:
    """Yield: the power of another number where exp is meant, in all neurons or some layers."""
    activations = places.structure.activations
    rows = [row for row in places.computed if "exp(" in activations[row].formula.text]
    for words, chosen in places.parts(rows):
        for base in _BASES:
            power = Formula(f"{math.log(float(base))!r} * net", ["net"])
            equations = {left: _filled(places, left, power) for left in map(places.at_own, chosen)}
            yield PlacedEdit(
                edit=Edit(equations=equations), own=base, which=words,
                name=f"activation: {base} for e{words}",
            )  # fmt: skip


def _filled(places: Places, left: Variable, net: Formula) -> Equation:
    """Return an equation with a formula of the net in its place."""
    equation = places.equation(left)
    assert equation.formula is not None
    return replace(equation, formula=equation.formula.filled(net=net), stable=None)


_RADIANS = Formula("net * 0.017453292519943295", ["net"])


def _degrees(places: Places) -> Iterator[PlacedEdit]:
    """Yield: the net taken for degrees by a sine or a cosine."""
    equations = {}
    for row in places.computed:
        if re.search(r"\b(sin|cos|tan)\(", places.structure.activations[row].formula.text):
            for left in (places.at_own(row), Variable("slope", row)):
                equations[left] = _filled(places, left, _RADIANS)
    if equations:
        yield PlacedEdit(edit=Edit(equations=equations), name="activation: degrees")


def _other_logarithm(places: Places) -> Iterator[PlacedEdit]:
    if "log" in places.equations.round.loss.formula.text:
        for base in (10, 2):
            factor, name = 1 / math.log(base), f"loss: logarithm to the base {base}"
            for side, slope in ((", in its value alone", 1.0), ("", factor)):
                edit = Edit(setting=_with_loss(factor, slope))
                yield PlacedEdit(edit=edit, own=str(base), which=side, name=name + side)


def _root_of_error(places: Places) -> Iterator[PlacedEdit]:
    left = Variable("total_error")
    edit = Edit(equations={left: replace(places.equation(left), written=_root)})
    yield PlacedEdit(edit=edit, name="loss: root")


def _root(value: Any) -> float:
    return math.sqrt(value) if value >= 0 else math.nan


#: The terms of a binary cross-entropy, each in out and by a logistic neuron in net.
_TERMS_OF_LOSS = {
    "the target": ("-xlogy(target, out)", "target * (log1p(exp(-abs(net))) + max(0, -net))"),
    "1 - the target": (
        "-xlog1my(1 - target, out)", "(1 - target) * (log1p(exp(-abs(net))) + max(0, net))"
    ),
}  # fmt: skip


def _one_term_of_loss(places: Places) -> Iterator[PlacedEdit]:
    if places.equations.round.loss.name == "binary_cross_entropy":
        for own, (in_out, in_net) in _TERMS_OF_LOSS.items():
            edit = Edit(setting=partial(_with_value, in_out=in_out, in_net=in_net))
            yield PlacedEdit(edit=edit, own=own, name=f"loss: only the term with {own}")


def _with_value(stated: Round, in_out: str, in_net: str) -> Round:
    """Return the round whose loss has another value and the same derivative."""
    joint = {
        name: replace(its, value_formula=Formula(in_net, ["net", "target"]))
        for name, its in stated.loss.joint.items()
    }
    formula, name = Formula(in_out, ["target", "out", "n"]), f"{stated.loss.name}, {in_out}"
    loss = Loss(name, formula, stated.loss.derivative, stated.loss.source, joint)
    return replace(stated, loss=loss)


def _no_mask(places: Places) -> Iterator[PlacedEdit]:
    masks = places.structure.masks
    scaled_alone = {row: float(bool(mask)) for row, mask in masks.items()}
    if masks:
        edit = Edit(setting=_with_structure(masks={}))
        yield PlacedEdit(edit=edit, name="mask: none", page="the masks left out")
    if any(scaled_alone.values()) and not all(scaled_alone.values()):
        edit = Edit(setting=_with_structure(masks=scaled_alone))
        yield PlacedEdit(edit=edit, name="mask: not scaled", page="the masks not scaled, 0 or 1")
    for row in masks if len(masks) > 1 else ():
        edit = Edit(setting=_with_structure(masks={r: m for r, m in masks.items() if r != row}))
        words = f"the mask of {places.name(row)} left out"
        yield PlacedEdit(edit=edit, name=f"mask: without that of {places.name(row)}", page=words)


def _scale_in_part(places: Places) -> Iterator[PlacedEdit]:
    """Yield: masks that do not scale, or are not there, in one of the two passes alone."""
    plain = [row for row in places.structure.masks if not places.structure.activations[row].group]
    masks = {row: places.structure.masks[row] for row in plain}
    scaling = [row for row, mask in masks.items() if mask not in (0.0, 1.0)]
    for page, quantity, rows in (
        ("the masks not scaled in the forward pass, 0 or 1", "out", scaling),
        ("the masks not scaled as errors go back, 0 or 1", "slope", scaling),
        ("the masks left out as errors go back", "slope", [r for r in masks if masks[r] != 1.0]),
    ):
        if rows:
            equations = {}
            for left in (Variable(quantity, row) for row in rows):
                its = places.equation(left)
                equations[left] = replace(its, operands={**its.operands, "mask": 1.0})
            yield PlacedEdit(edit=Edit(equations=equations), name=f"mask: {page}", page=page)


def _other_combination(places: Places) -> Iterator[PlacedEdit]:
    structure = places.structure
    several = [row for row in places.computed if len(structure.incoming[row]) > 1]
    stated = [row for row in several if structure.combinations[row].name != "sum"]
    for rows in filter(None, (stated, *([row] for row in stated if len(stated) > 1))):
        for name in ("sum", "mean", "product", "max", "min"):
            yield from _combined(places, rows, name)
    yield from _combined(places, [row for row in several if row not in stated], "mean")


def _combined(places: Places, rows: Sequence[int], name: str) -> Iterator[PlacedEdit]:
    combinations_of = list(places.structure.combinations)
    changed = [row for row in rows if combinations_of[row].name != name]
    if changed:
        owns = ", ".join(dict.fromkeys(combinations_of[row].name for row in changed))
        named = ", ".join(map(places.name, changed))
        for row in changed:
            combinations_of[row] = get_combination(name)
        yield PlacedEdit(
            edit=Edit(setting=_with_structure(combinations=combinations_of)), own=owns, other=name,
            which=f" into {named}", name=f"combine: {name} into {named}",
        )  # fmt: skip


def _own_gradients(places: Places) -> Iterator[PlacedEdit]:
    slots = [slot for slots in places.structure.ties for slot in slots]
    if slots:
        instead = _of_its("own_gradient")
        edit = taken((Variable("gradient", slot) for slot in slots), instead)
        yield PlacedEdit(edit=edit, name="gradient: own for shared")


def _uses(places: Places) -> Iterator[PlacedEdit]:
    """Yield: one use of each shared parameter left out of its gradient, or counted alone."""
    structure = places.structure
    of_weights = [ties for ties in structure.ties if structure.pre[ties[0]] >= 0]
    kinds = {"weight": of_weights, "weight and bias": list(structure.ties)}
    for what, ties in kinds.items():
        if what != "weight" and len(ties) == len(of_weights):
            continue
        posts = {int(structure.post[tie[0]]) for tie in ties}
        for words, rows in places.parts([row for row in places.computed if row in posts]):
            chosen = [tie for tie in ties if int(structure.post[tie[0]]) in rows]
            for page, slots in _some_uses(chosen):
                lefts = (Variable("own_gradient", slot) for slot in slots)
                yield PlacedEdit(
                    edit=taken(lefts, _number(0.0)), own=f"shared {what}", which=words, page=page,
                    name=page.replace("{own}", f"shared {what}"),
                )  # fmt: skip


def _some_uses(ties: Sequence[Sequence[int]]) -> Iterator[tuple[str, list[int]]]:
    """Yield the uses that are not counted, of each of some shared parameters, with the words."""
    for which, at in (("first", 0), ("last", -1)):
        others = [slot for tie in ties for slot in tie if slot != tie[at]]
        yield f"only the {which} use of each {{own}}{{which}} counted in its gradient", others
    numbers = {len(tie) for tie in ties}
    least, is_one = min(numbers), len(numbers) == 1
    if least > 2:
        for k in range(1, least + 1) if is_one and least <= _WIDE else ():
            out = [tie[k - 1] for tie in ties]
            yield f"use {k} of each {{own}}{{which}} left out of its gradient", out
        for which, at in (("first", 0), ("last", -1)) if not is_one else ():
            out = [tie[at] for tie in ties]
            yield f"the {which} use of each {{own}}{{which}} left out of its gradient", out


def _flipped(places: Places) -> Iterator[PlacedEdit]:
    """Yield: a kernel of shared weights laid the other way, in one of the passes."""
    structure, sent_back = places.structure, places.equations.weight_sent_back
    mirrored: dict[int, int] = {}
    for row in places.computed:
        links = [(pre, slot) for slot, pre in structure.incoming[row] if slot in structure.tie_of]
        shared = {structure.tie_of[slot] for _, slot in links}
        of_one_level = len({places.level(pre) for pre, _ in links}) == 1
        if len(links) == len(shared) > 1 and of_one_level:
            slots = [slot for _, slot in sorted(links)]
            mirrored |= dict(zip(slots, slots[::-1], strict=True))
    if not mirrored:
        return
    outs = {slot: Variable("out", int(structure.pre[slot])) for slot in mirrored}
    weights = {slot: Variable("weight", slot) for slot in mirrored}
    back = {slot: sent_back(slot) for slot in mirrored if outs[slot].place not in structure.inputs}
    kernel = "the kernel of shared weights laid the other way"
    for page, quantity, its in (
        (f"{kernel} forward", "message", weights),
        (f"{kernel} as errors go back", "error_message", back),
        ("the outs laid the other way in the gradients of a kernel", "own_gradient", outs),
    ):
        operands = {
            (Variable(quantity, slot), own): Instead(its[mirrored[slot]])
            for slot, own in its.items()
            if own != its[mirrored[slot]]
        }
        if operands:
            yield PlacedEdit(edit=Edit(operands=operands), name=f"kernel: {page}", page=page)


def _wrong_time(places: Places) -> Iterator[PlacedEdit]:
    """Yield: in the gradients of recurrent weights the state after, not before."""
    structure = places.structure
    operands = {}
    for tie in structure.ties:
        ends = [(int(structure.pre[slot]), int(structure.post[slot])) for slot in tie]
        if {pre for pre, _ in ends} & {post for _, post in ends}:
            for slot, (pre, post) in zip(tie, ends, strict=True):
                own = Variable("out", pre)
                operands[Variable("own_gradient", slot), own] = Instead(Variable("out", post))
    if operands:
        yield PlacedEdit(edit=Edit(operands=operands), name="gradient: state of another time")


def _option(option: str, **words: str) -> Where:
    """Return where an optimiser has an option that a page may have taken otherwise."""

    def throughout(places: Places) -> Iterator[PlacedEdit]:
        if option in places.optimizer.options:
            page = words["on" if not places.optimizer.options[option] else "off"]
            edit = _of_optimizer(places, lambda its: _switched(its, option))
            yield PlacedEdit(edit=edit, name=f"optimizer: {option}", page=page)

    return throughout


def _of_optimizer(places: Places, change: Callable[[Optimizer], Optimizer]) -> Edit:
    """Return the edit that changes the optimiser, and not that of a single step.

    That one is plain gradient descent.
    """
    of = type(places.optimizer)
    return Edit(optimizer=lambda its: change(its) if isinstance(its, of) else its)


def _switched(optimizer: Optimizer, option: str) -> Optimizer:
    switched = {option: not optimizer.options[option]}
    if option == "average" and "rate_inside" in optimizer.options:
        switched["rate_inside"] = False  # a velocity is one or the other
    return _changed(optimizer, **switched)


def _changed(optimizer: Optimizer, **settings: bool | float) -> Optimizer:
    """Return an optimiser of the same row with other settings."""
    return _by(type(optimizer), optimizer, **settings)


def _no_decay(places: Places) -> Iterator[PlacedEdit]:
    if DECAY in places.optimizer.constants:
        edit = Edit(optimizer=lambda its: _changed(its, **{DECAY: 0.0}))
        yield PlacedEdit(edit=edit, name="optimizer: no weight decay")


#: What sources set a constant of an optimiser to; momentum 0 is a memory that is not kept.
_CUSTOMARY = {
    "epsilon": (1e-8, 1e-7, 1e-6, 1e-10, 0.0),
    "momentum": (0.9, 0.5, 0.99, 0.0),
    "decay": (0.9, 0.99, 0.999),
    "beta1": (0.9, 0.5, 0.0),
    "beta2": (0.999, 0.99, 0.9),
}


def _other_constants(places: Places) -> Iterator[PlacedEdit]:
    stated = places.optimizer.constants
    for name, values in _CUSTOMARY.items():
        for value in values if name in stated else ():
            if value != stated[name]:
                page = f"{name} {value:g} in place of {stated[name]:g}"
                edit = _with_constants(places, {name: value})
                yield PlacedEdit(edit=edit, name=f"optimizer: {name} {value:g}", page=page)
    if "beta1" in stated and stated["beta1"] != stated["beta2"]:
        exchanged = {"beta1": stated["beta2"], "beta2": stated["beta1"]}
        edit, page = _with_constants(places, exchanged), "beta1 and beta2 exchanged"
        yield PlacedEdit(edit=edit, name="optimizer: betas exchanged", page=page)


def _with_constants(places: Places, constants: dict[str, float]) -> Edit:
    return _of_optimizer(places, lambda its: _changed(its, **constants))


def _look_ahead(places: Places) -> Iterator[PlacedEdit]:
    of = type(places.optimizer)
    if issubclass(of, Momentum | Nesterov):
        other = Nesterov if issubclass(of, Momentum) else Momentum
        page = "with Nesterov's look ahead" if other is Nesterov else "without the look ahead"
        edit = _of_optimizer(places, lambda its: _by(other, its))
        yield PlacedEdit(edit=edit, name="optimizer: look ahead", page=f"momentum {page}")


def _by(of: type[Optimizer], optimizer: Optimizer, **settings: bool | float) -> Optimizer:
    """Return an optimiser of another class with the settings of one, and some of its own."""
    settings = {**optimizer.constants, **optimizer.options, **settings}
    if not settings.get(DECAY):
        settings.pop("biases", None)  # there is nothing that they could be spared
    return of(**settings)  # type: ignore[arg-type]  # of a row


#: Gives, of the name of a rule and its text, what stands for it.
_Rewrite = Callable[[str, str], str]


@cache
def _rewritten(
    of: type[Optimizer], rewrite: _Rewrite, coupled: bool = False, kept: str = ""
) -> type[Optimizer]:
    """Return an optimiser like another, whose rules are written otherwise.

    `kept` is the name by which they know the gradient of the step before, if they do.
    """
    row = of.row
    rules = tuple((name, rewrite(name, text), words) for name, text, words in row.rules)
    if kept:
        rules = (*rules[:-1], (kept, "gradient", ""), rules[-1])
        row = row._replace(state=(*row.state, kept))
    variants = tuple(
        (option, value, tuple((name, rewrite(name, text)) for name, text in its))
        for option, value, its in row.variants
    )
    row = row._replace(rules=rules, variants=variants, coupled=coupled or row.coupled)
    return type(of.__name__, (of,), {"row": row})


def _with_rules(places: Places, rewrite: _Rewrite, coupled: bool = False, kept: str = "") -> Edit:
    def changed(optimizer: Optimizer) -> Optimizer:
        other = _rewritten(type(optimizer), rewrite, coupled, kept)  # type: ignore[arg-type]  # of a class
        return _by(other, optimizer)

    return _of_optimizer(places, changed)


def _uncorrected_m(name: str, text: str) -> str:
    return "m" if name == "m_hat" else text


def _uncorrected_v(name: str, text: str) -> str:
    return "v" if name == "v_hat" else text


def _uncorrected(name: str, text: str) -> str:
    return _uncorrected_v(name, _uncorrected_m(name, text))


def _without_root(name: str, text: str) -> str:
    return re.sub(r"sqrt\(([^()]*)\)", r"(\1)", text)


def _no_correction(places: Places) -> Iterator[PlacedEdit]:
    if isinstance(places.optimizer, Adam):
        for words, rewrite in (
            ("", _uncorrected), (" of m", _uncorrected_m), (" of v", _uncorrected_v),
        ):  # fmt: skip
            edit, name = _with_rules(places, rewrite), f"optimizer: no correction{words}"
            yield PlacedEdit(edit=edit, which=words, name=name)


def _no_root(places: Places) -> Iterator[PlacedEdit]:
    of = type(places.optimizer)
    if of is not Optimizer and any("sqrt(" in text for _, text, _ in of.row.rules):
        yield PlacedEdit(edit=_with_rules(places, _without_root), name="optimizer: no root")


def _last_alone(name: str, text: str) -> str:
    return "gradient**2" if name == "squares" else text


def _parts_exchanged(name: str, text: str) -> str:
    return re.sub(r"(\w+) \* (\w+) \+ \(1 - \1\)", r"(1 - \1) * \2 + \1", text)


def _corrected_as_at_first(name: str, text: str) -> str:
    return {"m_hat": "m / (1 - beta1)", "v_hat": "v / (1 - beta2)"}.get(name, text)


def _m_by_beta2(name: str, text: str) -> str:
    return "m / correction2" if name == "m_hat" else text


def _v_by_beta1(name: str, text: str) -> str:
    return "v / correction1" if name == "v_hat" else text


def _corrections_exchanged(name: str, text: str) -> str:
    return _m_by_beta2(name, _v_by_beta1(name, text))


def _velocity_subtracted(name: str, text: str) -> str:
    return re.sub(r"^(momentum \* velocity) \+ (.*)", r"\2 - \1", text)


#: What the gradient of the step before is called where a rule remembers it.
_LAST_GRADIENT = "last_gradient"


def _of_last_gradient(name: str, text: str) -> str:
    return re.sub(r"^momentum \* velocity", f"momentum * {_LAST_GRADIENT}", text)


#: What sources write of what an optimiser remembers, and how its rules are then.
_MEMORIES: tuple[tuple[str, str, _Rewrite], ...] = (
    ("last square", "the square of the last gradient in place of the sum of all", _last_alone),
    ("parts", "the parts of old and new in the moving average exchanged", _parts_exchanged),
    ("first correction", "every correction as in the first change", _corrected_as_at_first),
    ("m by beta2", "m corrected with beta2 in place of beta1", _m_by_beta2),
    ("v by beta1", "v corrected with beta1 in place of beta2", _v_by_beta1),
    ("corrections", "m corrected with beta2 and v with beta1", _corrections_exchanged),
    ("minus", "the velocity before subtracted, not added", _velocity_subtracted),
    ("last gradient", "the gradient before in place of the velocity before", _of_last_gradient),
)


def _other_memory(places: Places) -> Iterator[PlacedEdit]:
    of = type(places.optimizer)
    for name, page, rewrite in _MEMORIES if of is not Optimizer else ():
        if any(rewrite(rule, text) != text for rule, text, _ in of.row.rules):
            kept = _LAST_GRADIENT * (rewrite is _of_last_gradient)
            edit = _with_rules(places, rewrite, kept=kept)
            yield PlacedEdit(edit=edit, name=f"optimizer: {name}", page=page)


def _with_decay(name: str, text: str) -> str:
    return re.sub(r"\bgradient\b", f"(gradient + {DECAY} * parameter)", text)


def _decay_without_rate(name: str, text: str) -> str:
    return re.sub(r"^parameter - (.*)", rf"parameter - (\1 + {DECAY} * parameter)", text)


def _decay_elsewhere(places: Places) -> Iterator[PlacedEdit]:
    """Yield: weight decay without the rate, or through the gradient; a penalty for it, and back."""
    optimizer, penalty = places.optimizer, places.terms.penalty
    decay = optimizer.constants.get(DECAY, 0.0)
    if decay:
        edit = _with_rules(places, _decay_without_rate, coupled=True)
        page = "the weight decay not multiplied by the learning rate"
        yield PlacedEdit(edit=edit, name="optimizer: decay without the rate", page=page)
    if decay and len(optimizer.rules) > 1:  # of one rule it comes to the same
        edit = _with_rules(places, _with_decay, coupled=True)
        page = "the weight decay added to the gradient, not taken from the weight beside it"
        yield PlacedEdit(edit=edit, name="optimizer: decay in the gradient", page=page)
    if decay and penalty is None:
        page = "a penalty of the squares in place of the weight decay"
        edit = _shrinking(0.0, Penalty(l2=decay, biases=optimizer.biases))
        yield PlacedEdit(edit=edit, name="optimizer: penalty for decay", page=page)
    if penalty is not None and penalty.l2 and not decay:
        n = places.n_samples if penalty.per_sample else 1
        page = "weight decay beside the gradient in place of the penalty"
        edit = _shrinking(penalty.l2 * (1.0 if penalty.half else 2.0) / n, None)
        yield PlacedEdit(edit=edit, name="optimizer: decay for penalty", page=page)


def _shrinking(decay: float, penalty: Penalty | None) -> Edit:
    """Return the edit in which weights shrink by other means."""
    return Edit(
        optimizer=lambda its: _changed(its, **{DECAY: decay}),
        terms=lambda terms: replace(terms, penalty=penalty),
    )


def _other_penalty(places: Places) -> Iterator[PlacedEdit]:
    penalty = places.terms.penalty
    if penalty is None:
        return
    none = Edit(terms=lambda terms: replace(terms, penalty=None))
    yield PlacedEdit(edit=none, name="penalty: none", page="the penalty left out")
    for option, on, off in (
        ("half", "half the penalty of the squares", "the penalty of the squares without its half"),
        ("per_sample", "the penalty divided by the samples", "the penalty not divided by samples"),
        ("biases", "the biases counted in the penalty", "the biases left out of the penalty"),
    ):
        other = replace(penalty, **{option: not getattr(penalty, option)})
        edit = Edit(terms=lambda terms, other=other: replace(terms, penalty=other))  # type: ignore[misc]
        words = off if getattr(penalty, option) else on
        yield PlacedEdit(edit=edit, name=f"penalty: {option}", page=words)


#: By what a penalty is multiplied in the loss alone, or in the gradients alone.
_OF_PENALTY = (
    (0.0, "the penalty left out of {own}"),
    (2.0, "twice the penalty in {own}"),
    (0.5, "half the penalty in {own}"),
    (-1.0, "the penalty with the other sign in {own}"),
)


def _penalty_in_part(places: Places) -> Iterator[PlacedEdit]:
    """Yield: a penalty that is another in the loss alone, or in the gradients alone."""
    slots = sorted(places.equations.penalised)
    if not slots:
        return
    lefts = {
        "the loss": [Variable("penalty")],
        "the gradients": [Variable("penalty_gradient", slot) for slot in slots],
    }
    for where, its in lefts.items():
        for factor, page in _OF_PENALTY:
            edit = taken(its, _times(factor) if factor else _number(0.0))
            name = f"penalty: times {factor:g} in {where}"
            yield PlacedEdit(edit=edit, own=where, name=name, page=page)
    for words, rows in places.parts(places.computed):
        chosen = [slot for slot in slots if int(places.structure.post[slot]) in rows]
        if not words or not chosen:
            continue
        page = f"only the weights{words} counted in the penalty of {{own}}"
        of_loss = places.equation(lefts["the loss"][0])
        counted: list[Variable | float] = [
            its for its in of_loss.variables if its.quantity == "weight" and its.place in chosen
        ]
        operands = {**of_loss.operands, "weight": counted}
        others = (slot for slot in slots if slot not in chosen)
        left_out = (Variable("penalty_gradient", slot) for slot in others)
        for own, edit in (
            ("the loss", Edit(equations={of_loss.left: replace(of_loss, operands=operands)})),
            ("the gradients", taken(left_out, _number(0.0))),
        ):
            name = f"penalty: of the weights{words} in {own}"
            yield PlacedEdit(edit=edit, own=own, name=name, page=page)
    yield from _penalty_without_rate(places, slots)


_WITHOUT_RATE = Formula(
    "learning_rate * data_gradient + penalty_gradient",
    ["learning_rate", "data_gradient", "penalty_gradient"],
)


def _penalty_without_rate(places: Places, slots: Sequence[int]) -> Iterator[PlacedEdit]:
    """Yield: what the penalty adds to an update, not multiplied by the learning rate."""
    if not places.updates or places.optimizer != GRADIENT_DESCENT or places.terms.turned:
        return
    equations = {}
    for slot in slots:
        if places.structure.trainable[slot]:
            parts = {name: Variable(name, slot) for name in ("data_gradient", "penalty_gradient")}
            operands = {"learning_rate": RATE, **parts}
            for name, formula in (("change", _WITHOUT_RATE.negative), ("step", _WITHOUT_RATE)):
                left = Variable(name, slot)
                its = places.equation(left)
                equations[left] = replace(its, formula=formula, operands=operands)
    page = "the penalty not multiplied by the learning rate"
    yield PlacedEdit(edit=Edit(equations=equations), name="penalty: without the rate", page=page)


def _other_deviation(places: Places) -> Iterator[PlacedEdit]:
    n = places.n_data
    if places.standardized in ("n", "n-1") and n > 1:
        by_n = places.standardized == "n"
        ratio = math.sqrt((n - 1) / n if by_n else n / (n - 1))
        page = f"standardised over {'n - 1' if by_n else 'n'}"
        yield PlacedEdit(edit=Edit(inputs_times=ratio), name="data: deviation", page=page)


_IN_PLACE_OF = "{other} in place of {own}"

#: By name, every edit of pages and pupils.
EDITS = {
    "updated weight": EditRow(
        family="order",
        kind="update in place",
        page="the weights change in place: errors go back through weights already changed",
        pupil="the error sent back through weights that were already updated",
        throughout=_order("simultaneous"),
        places=_in_one_message,
    ),
    "weight before its update": EditRow(
        family="order",
        kind="update in place",
        page="all weights change at once, after the backward pass",
        pupil="the error sent back through the weights before their update",
        throughout=_order("in_place"),
    ),
    "other reduction": EditRow(
        family="reduction",
        throughout=_reduction,
        not_of_pupils="an exercise is about one sample",
    ),
    "sample left out": EditRow(
        family="reduction",
        throughout=_other_samples,
        not_of_pupils="an exercise is about one sample",
    ),
    "another number of samples": EditRow(
        family="reduction",
        throughout=_other_divisor,
        not_of_pupils="an exercise is about one sample",
    ),
    "another moment": EditRow(
        family="moment",
        page="the value {which} of the weights",
        throughout=_moment,
        not_of_pupils="an exercise is one round: there is nothing before or after it",
    ),
    "learning rate left out": EditRow(
        family="rate",
        kind="learning rate left out",
        page="the learning rate left out",
        pupil="the learning rate left out",
        throughout=_rate("rate: left out", _number(1.0)),
        places=_rate_once(_number(1.0), of_pages=True),
    ),
    "every update from the start": EditRow(
        family="order",
        page="every update changes the weights given at the start, not what they have become",
        places=_given_weights("new_weight"),
        not_of_pupils="an exercise is one round: no weight has changed before",
    ),
    "every pass from the start": EditRow(
        family="order",
        page="every pass made with the weights given at the start, not what they have become",
        places=_given_weights("net", "error_message"),
        not_of_pupils="an exercise is one round: no weight has changed before",
    ),
    "root of the error": EditRow(
        family="loss",
        page="the root of the error in place of the error",
        throughout=_root_of_error,
        not_of_pupils="the formula of the loss stands in the exercise",
    ),
    "one term of the loss": EditRow(
        family="loss",
        page="only the term with {own} counted in the loss",
        throughout=_one_term_of_loss,
        not_of_pupils="the formula of the loss stands in the exercise",
    ),
    "digits cut off": EditRow(
        family="rounding",
        page="cut off, not rounded",
        throughout=_cut_off,
        not_of_pupils="an answer may be cut off",
    ),
    "not rounded": EditRow(
        family="rounding",
        page="nothing rounded while computing",
        throughout=_exact,
        not_of_pupils="an answer may come from more digits than were written",
    ),
    "rounded": EditRow(
        family="rounding",
        kind="rounded too early",
        page="rounded to {which} at every step",
        pupil="{own} rounded to {which}",
        throughout=_rounded,
    ),
    "cut off": EditRow(
        family="rounding",
        kind="rounded too early",
        page="cut off after {which} at every step",
        pupil="{own} cut off after {which}",
        throughout=_cut,
    ),
    "halved": EditRow(
        family="loss",
        kind="factor 1/2 or 2",
        page="half {own}{which}",
        pupil="half {own}",
        throughout=_factor(0.5),
        places=_rate_once(_times(0.5), "the change"),
    ),
    "doubled": EditRow(
        family="loss",
        kind="factor 1/2 or 2",
        page="twice {own}{which}",
        pupil="twice {own}",
        throughout=_factor(2.0),
        places=_rate_once(_times(2.0), "the change"),
    ),
    "four times the loss": EditRow(
        family="loss",
        kind="factor 1/2 or 2",
        page="four times {own}{which}",
        pupil="four times {own}",
        throughout=_four_times,
    ),
    "mean over the outputs": EditRow(
        family="loss",
        kind="factor 1/2 or 2",
        page="the mean over the {own} outputs{which}",
        pupil="divided by the {own} outputs",
        throughout=_by_outputs(lambda n: 1 / n),
    ),
    "twice the mean over the outputs": EditRow(
        family="loss",
        kind="factor 1/2 or 2",
        page="twice the mean over the {own} outputs{which}",
        pupil="divided by half the {own} outputs",
        throughout=_by_outputs(lambda n: 2 / n),
    ),
    "times the outputs": EditRow(
        family="loss",
        kind="factor 1/2 or 2",
        page="the loss times the {own} outputs{which}",
        pupil="times the {own} outputs",
        throughout=_by_outputs(float),
    ),
    "biases trained": EditRow(
        family="bias",
        page="the biases trained, each its own",
        throughout=_policy("trained"),
        not_of_pupils="a sheet does not ask what a fixed bias becomes",
    ),
    "biases kept fixed": EditRow(
        family="bias",
        kind="another value used",
        page="the biases kept fixed",
        pupil="the biases kept fixed",
        throughout=_policy("fixed"),
    ),
    "biases shared": EditRow(
        family="bias",
        kind="another value used",
        page="the biases trained, one shared by each level",
        pupil="the biases trained, one shared by each level",
        throughout=_policy("shared"),
    ),
    "bias left out": EditRow(
        family="bias",
        kind="bias left out",
        page="the bias{which} left out",
        pupil="the bias {own} left out",
        throughout=_no_biases,
        places=_no_bias,
    ),
    "update added": EditRow(
        family="sign",
        kind="sign turned",
        page="the update added where it is to be subtracted",
        pupil="the change added where it is to be subtracted",
        throughout=_rate("sign: update added", _times(-1.0)),
        places=_rate_once(_times(-1.0), of_pages=True),
    ),
    "delta turned": EditRow(
        family="sign",
        kind="sign turned",
        page="delta with the other sign (target - out), the update added",
        pupil="the sign of the error: target - out, the change added",
        throughout=_delta_turned,
    ),
    "sign turned": EditRow(
        family="sign",
        kind="sign turned",
        page="{own} with the other sign",
        pupil="the sign of {own}",
        throughout=_signs,
        places=_sign,
    ),
    "derivative left out": EditRow(
        family="derivative",
        kind="derivative left out",
        page="the derivative f'{which} left out",
        pupil="{own} left out",
        throughout=_no_slopes,
        places=_no_slope,
    ),
    "derivative at out": EditRow(
        family="derivative",
        kind="net used for out",
        page="the derivative f'{which} taken at out instead of at net",
        pupil="the derivative f'{which} taken at out instead of at net",
        throughout=_slopes_at("out"),
        places=_net_read_as_out,
    ),
    "net in the derivative": EditRow(
        family="derivative",
        kind="net used for out",
        page="net put for out in the derivative f'{which}",
        throughout=_slopes_at("net"),
        not_of_pupils="f' is an equation of a sheet as others are: net for out there",
    ),
    "derivative once more": EditRow(
        family="derivative",
        kind="another value used",
        page="delta of the outputs multiplied by f', which this loss has cancelled",
        pupil="delta of the outputs multiplied by f', which this loss has cancelled",
        throughout=_once_more,
    ),
    "derivative twice": EditRow(
        family="derivative",
        page="f'{which} multiplied once more into {own}",
        throughout=_slopes_twice,
        not_of_pupils="another value used there is looked for by itself",
    ),
    "bias after the activation": EditRow(
        family="bias",
        page="the bias{which} added after the activation, not before",
        throughout=_biases_after,
        not_of_pupils="the equations of net and out stand on a sheet",
    ),
    "net for out": EditRow(
        family="activation",
        kind="net used for out",
        page="net used for out{which}: the activation left out",
        pupil="net for {own}",
        throughout=_nets,
        places=_net,
    ),
    "one path alone": EditRow(
        family="path",
        kind="only one path counted",
        page="only the error that comes back to {name} through {link} counted",
        pupil="only {own} counted",
        places=_one_term,
    ),
    "path left out": EditRow(
        family="path",
        kind="only one path counted",
        page="the error that comes back to {name} through {link} left out",
        pupil="{own} left out",
        places=_all_but_one,
    ),
    "one of two errors": EditRow(
        family="path",
        kind="only one path counted",
        places=_own_error,
    ),
    "errors averaged": EditRow(
        family="path",
        kind="only one path counted",
        page="the mean of the errors that come back to a neuron in place of their sum",
        throughout=_errors_averaged,
        not_of_pupils="a factor of the value is looked for by itself",
    ),
    "other shares": EditRow(
        family="path",
        page="the error shared out without the denominator, or with it where it has none",
        throughout=_other_shares,
        not_of_pupils="no exercise asks for shares",
    ),
    "weights exchanged": EditRow(
        family="swap",
        kind="weights swapped",
        page="{own} and {other} exchanged",
        pupil="{own} and {other} exchanged",
        places=_exchanged,
    ),
    "another weight": EditRow(
        family="operand",
        kind="weights swapped",
        page=_IN_PLACE_OF,
        pupil=_IN_PLACE_OF,
        places=_other_weight,
    ),
    "weights of another neuron": EditRow(
        family="operand",
        kind="weights swapped",
        page="{which}",
        pupil="{which}",
        places=_weights_of_another,
    ),
    "columns for rows": EditRow(
        family="operand",
        kind="weights swapped",
        page="the table of weights read by columns where it goes by rows",
        pupil="the table of weights read by columns where it goes by rows",
        places=_columns,
    ),
    "another neuron": EditRow(
        family="operand",
        kind="another value used",
        page=_IN_PLACE_OF,
        pupil=_IN_PLACE_OF,
        places=_other_neuron,
    ),
    "term left out": EditRow(
        family="operand",
        kind="another value used",
        page="the term left out",
        pupil="the term with {own} left out",
        places=_no_term,
    ),
    "another slope": EditRow(
        family="operand",
        throughout=_slope_of_output,
        places=_other_slope,
        not_of_pupils="f' is one number on a sheet: another one is another value used",
    ),
    "dE/dout for delta": EditRow(
        family="operand",
        kind="derivative left out",
        page="{other} in place of its delta",
        pupil=_IN_PLACE_OF,
        places=_out_gradients,
    ),
    "out left out": EditRow(
        family="operand",
        kind="another value used",
        page="{own} left out",
        pupil="{own} left out",
        places=_no_out,
    ),
    "another gradient": EditRow(
        family="operand",
        kind="weights swapped",
        page="the gradient of {other} in place of that of {own}",
        pupil=_IN_PLACE_OF,
        places=_other_gradient,
    ),
    "term counted twice": EditRow(
        family="operand",
        kind="another value used",
        page="{own} counted twice",
        pupil="{own} counted twice",
        places=_counted_twice,
    ),
    "ten times a term": EditRow(
        family="operand",
        page="the term ten times too large",
        places=_ten_times(10.0),
        not_of_pupils="whoever looks sees the digits of what was to be put in",
    ),
    "tenth of a term": EditRow(
        family="operand",
        page="the term ten times too small",
        places=_ten_times(0.1),
        not_of_pupils="whoever looks sees the digits of what was to be put in",
    ),
    "part of an update": EditRow(
        family="rate",
        kind="another value used",
        page="{own} written where the new weight belongs",
        pupil="{own} written where the new weight belongs",
        throughout=_new_weights,
        places=_new_weight,
    ),
    "weight for out": EditRow(
        family="operand",
        kind="another value used",
        page=_IN_PLACE_OF,
        pupil=_IN_PLACE_OF,
        places=_weight_for_out,
    ),
    "no weight back": EditRow(
        family="operand",
        kind="another value used",
        page="{own} left out",
        pupil="{own} left out",
        places=_no_weight_back,
    ),
    "update of another weight": EditRow(
        family="reading",
        page="{other} read for {own} in its update",
        places=_updated_from,
        not_of_pupils="another weight used there is looked for by itself",
    ),
    "another share": EditRow(
        family="operand",
        page=_IN_PLACE_OF,
        places=_other_share,
        not_of_pupils="no exercise asks for shares",
    ),
    "learning rate ten times": EditRow(
        family="rate",
        page="the learning rate ten times too large",
        throughout=_rate("rate: times 10", _times(10.0)),
        not_of_pupils="the rate stands in the exercise",
    ),
    "tenth of the learning rate": EditRow(
        family="rate",
        page="the learning rate ten times too small",
        throughout=_rate("rate: times 0.1", _times(0.1)),
        not_of_pupils="the rate stands in the exercise",
    ),
    "decimal point shifted": EditRow(
        family="digits",
        page="the decimal point {which}",
        throughout=_point,
        not_of_pupils="the right answer stands beside it: whoever looks sees the digits",
    ),
    "digits exchanged": EditRow(
        family="digits",
        page="two digits exchanged: {which}",
        throughout=_exchanged_digits,
        not_of_pupils="the right answer stands beside it: whoever looks sees the digits",
    ),
    "digit lost": EditRow(
        family="digits",
        page="a digit lost: {which}",
        throughout=_lost_digit,
        not_of_pupils="the right answer stands beside it: whoever looks sees the digits",
    ),
    "digit written twice": EditRow(
        family="digits",
        page="a digit written twice: {which}",
        throughout=_doubled_digit,
        not_of_pupils="the right answer stands beside it: whoever looks sees the digits",
    ),
    "another digit": EditRow(
        family="digit",
        page="another digit written: {which}",
        throughout=_other_digit,
        not_of_pupils="the right answer stands beside it: whoever looks sees the digits",
    ),
    "given number misread": EditRow(
        family="reading",
        page="{own} read as {which}",
        places=_misread,
        not_of_pupils="the numbers stand in the exercise",
    ),
    "weight misread as errors go back": EditRow(
        family="reading",
        page="as errors go back, {own} read as {which}",
        places=_misread_back,
        not_of_pupils="the numbers stand in the exercise",
    ),
    "another sample": EditRow(
        family="reading",
        places=_other_sample,
        not_of_pupils="an exercise is about one sample",
    ),
    "copied from elsewhere": EditRow(
        family="value",
        page="copied from another place",
        throughout=_copied,
        not_of_pupils="another value used, of the same kind, is looked for by itself",
    ),
    "inputs or targets exchanged": EditRow(
        family="swap",
        kind="another value used",
        page="{own} and {other} exchanged",
        pupil="{own} and {other} exchanged",
        throughout=_exchanged_data,
    ),
    "product transposed": EditRow(
        family="swap",
        throughout=_transposed,
        not_of_pupils="a sheet asks for one gradient after the other: another gradient used there",
    ),
    "another activation": EditRow(
        family="activation",
        page="{other} in place of {own}{which}",
        throughout=_other_activation,
        not_of_pupils="the activation stands in the exercise",
    ),
    "derivative of another activation": EditRow(
        family="derivative",
        page="f' of {other} used for that of {own}{which}",
        throughout=_derivatives_of_others,
        not_of_pupils="f' is an equation of a sheet as others are: another one there",
    ),
    "another formula of the derivative": EditRow(
        family="derivative",
        page="{own} taken for the derivative f'{which}",
        throughout=_other_slopes,
        not_of_pupils="f' is an equation of a sheet as others are: another one there",
    ),
    "another number of the activation": EditRow(
        family="activation",
        throughout=_other_numbers,
        not_of_pupils="the formula of the activation stands in the exercise",
    ),
    "softmax without exp": EditRow(
        family="activation",
        page="softmax without exp: each net divided by the sum of the nets",
        throughout=_for_softmax("no exp", "net / total(net)"),
        not_of_pupils="the formula of softmax stands in the exercise",
    ),
    "logistic for softmax": EditRow(
        family="activation",
        page="the logistic function of each net in place of softmax",
        throughout=_for_softmax("logistic for softmax", "1 / (1 + exp(-net))"),
        not_of_pupils="the formula of softmax stands in the exercise",
    ),
    "softmax without a term": EditRow(
        family="activation",
        page="a term left out of the denominator of softmax: {which}",
        throughout=_lacking_term,
        not_of_pupils="the formula of softmax stands in the exercise",
    ),
    "another number for e": EditRow(
        family="activation",
        page="powers of {own} in place of powers of e in the activation{which}",
        throughout=_other_base,
        not_of_pupils="the formula of the activation stands in the exercise",
    ),
    "degrees for radians": EditRow(
        family="activation",
        page="degrees for radians in the activation",
        throughout=_degrees,
        not_of_pupils="a setting of a calculator is wrong in all values alike",
    ),
    "logarithm to another base": EditRow(
        family="loss",
        page="the logarithm to the base {own} in the loss{which}",
        throughout=_other_logarithm,
        not_of_pupils="the formula of the loss stands in the exercise",
    ),
    "mask left out": EditRow(
        family="combination",
        throughout=_no_mask,
        not_of_pupils="the factor stands in the equation that is asked for",
    ),
    "mask in part": EditRow(
        family="combination",
        throughout=_scale_in_part,
        not_of_pupils="the factor stands in the equation that is asked for",
    ),
    "another combine rule": EditRow(
        family="combination",
        page="the {other} of the messages in place of their {own}{which}",
        throughout=_other_combination,
        not_of_pupils="the combine rule stands in the exercise",
    ),
    "epsilon elsewhere": EditRow(
        family="rate",
        throughout=_option(
            "epsilon_inside",
            on="epsilon inside the root",
            off="epsilon outside the root",
        ),
        not_of_pupils="an exercise is about gradient descent",
    ),
    "average momentum": EditRow(
        family="rate",
        throughout=_option(
            "average",
            on="the velocity a moving average of the gradients",
            off="the velocity a faded sum of the gradients, no average",
        ),
        not_of_pupils="an exercise is about gradient descent",
    ),
    "weight decay left out": EditRow(
        family="rate",
        page="the weight decay left out",
        throughout=_no_decay,
        not_of_pupils="an exercise is about gradient descent",
    ),
    "another constant of the optimiser": EditRow(
        family="rate",
        throughout=_other_constants,
        not_of_pupils="an exercise is about gradient descent",
    ),
    "look ahead": EditRow(
        family="rate",
        throughout=_look_ahead,
        not_of_pupils="an exercise is about gradient descent",
    ),
    "correction left out": EditRow(
        family="rate",
        page="the correction{which} for the start at 0 left out",
        throughout=_no_correction,
        not_of_pupils="an exercise is about gradient descent",
    ),
    "root left out": EditRow(
        family="rate",
        page="the root in the optimiser left out",
        throughout=_no_root,
        not_of_pupils="an exercise is about gradient descent",
    ),
    "another memory": EditRow(
        family="rate",
        throughout=_other_memory,
        not_of_pupils="an exercise is about gradient descent",
    ),
    "weight decay elsewhere": EditRow(
        family="rate",
        throughout=_decay_elsewhere,
        not_of_pupils="an exercise is about gradient descent",
    ),
    "other penalty": EditRow(
        family="loss",
        throughout=_other_penalty,
        not_of_pupils="the penalty stands in the exercise",
    ),
    "penalty in part": EditRow(
        family="loss",
        throughout=_penalty_in_part,
        not_of_pupils="the penalty stands in the exercise",
    ),
    "other deviation": EditRow(
        family="reduction",
        throughout=_other_deviation,
        not_of_pupils="the inputs stand in the exercise",
    ),
    "uses of shared weights": EditRow(
        family="path",
        throughout=_uses,
        not_of_pupils="only one use counted is looked for by itself",
    ),
    "kernel flipped": EditRow(
        family="swap",
        throughout=_flipped,
        not_of_pupils="a sheet asks for one gradient after the other: another weight used there",
    ),
    "state of another time": EditRow(
        family="operand",
        page="the state after a time step in place of that before, in the recurrent gradients",
        throughout=_wrong_time,
        not_of_pupils="a sheet asks for one gradient after the other: another out used there",
    ),
    "own gradient for the shared one": EditRow(
        family="reduction",
        page="the own gradient of each use in place of the sum that a shared parameter has",
        throughout=_own_gradients,
        not_of_pupils="only one use counted is looked for by itself",
    ),
    "rate in a part": EditRow(
        family="rate",
        throughout=_rate_of_part,
        not_of_pupils="the change of one weight is looked for by itself",
    ),
}


def slips_of(
    places: Places, rows: Iterable[EditRow] = EDITS.values(), *, by_hand: bool = True
) -> Iterator[tuple[EditRow, PlacedEdit]]:
    """Yield the slips that can be made in a round, with their rows.

    Parameters
    ----------
    places : Places
    rows : iterable of EditRow
        Of the table, those that are looked for.
    by_hand : bool
        Whether those of one place are wanted; those that concern the whole round come first.
    """
    rows = tuple(rows)
    for row in rows:
        yield from ((row, slip) for slip in row.throughout(places))
    for row in rows if by_hand else ():
        yield from ((row, slip) for slip in row.places(places))
