"""Mistakes: what a wrong value could be the right result of, one row of the table of edits each."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from functools import cached_property
from typing import NamedTuple

from neurograph.edits import EDITS, KINDS, EditRow, slips_of
from neurograph.equations import Equation, Equations, Variable
from neurograph.exercises.solution import Solution, single
from neurograph.records import record
from neurograph.slips import INLINE, Edit, Instead, PlacedEdit, Places
from neurograph.words import sentence_in

__all__ = ["ROUNDED", "Mistake", "Suspect", "Suspects"]

#: A mistake made at values of every sort.
ROUNDED = EDITS["rounded"].kind


class Mistake(NamedTuple):
    """What a wrong value shows: the kind of mistake, and what was done, in words.

    Attributes
    ----------
    kind : str
        One of `neurograph.edits.KINDS`.
    sentence : str
    """

    kind: str
    sentence: str


@record(eq=False)
class Suspect:
    """A row of the table in one place: the mistake, and what it does to the equations.

    Attributes
    ----------
    row : EditRow
    slip : PlacedEdit
    edit : Edit
        Of the equations as they are written on a sheet.
    words : function
        Gives the sentence for a row and a slip.
    distance : int
        How far from the value the equation is in which it was made.
    """

    row: EditRow
    slip: PlacedEdit
    edit: Edit
    words: Callable[[EditRow, PlacedEdit], str]
    distance: int = 0

    @property
    def kind(self) -> str:
        """The kind of mistake."""
        return self.row.kind

    @cached_property
    def order(self) -> tuple[float, ...]:
        """What suspects are sorted by; the likeliest comes first."""
        rank = self.slip.rank
        return int(rank), KINDS.index(self.kind), rank, self.distance

    @property
    def mistake(self) -> Mistake:
        """The mistake in words."""
        return Mistake(self.kind, self.words(self.row, self.slip))


#: By quantity, how far from a value it is worked out or used.
Distances = Mapping[Variable, int]


class Suspects:
    """What may go wrong on the way to the values of one exercise.

    Parameters
    ----------
    solution : Solution
    """

    def __init__(self, solution: Solution) -> None:
        self.solution = solution
        exercise = solution.exercise
        self.places = Places(
            equations=solution.state.equations,
            parameters=solution.state.parameters,
            updates=exercise.learning_rate is not None,
            decimals=exercise.decimals,
        )
        #: The slips in the order of the table, by the quantities whose equations they change or
        #: for which they take something else; those of a whole setting, and of a value itself.
        self._at: dict[Variable, list[tuple[int, EditRow, PlacedEdit]]] = {}
        self._settings: list[tuple[int, EditRow, PlacedEdit]] = []
        self._set_places: dict[int, Places] = {}
        self._of_values: list[Suspect] = []
        rows = [row for row in EDITS.values() if not row.not_of_pupils]
        for number, (row, slip) in enumerate(slips_of(self.places, rows)):
            if slip.of_pupils:
                self._add(number, row, slip)

    def _add(self, number: int, row: EditRow, slip: PlacedEdit) -> None:
        edit = slip.edit
        if edit.after or edit.rounded or edit.within:
            self._of_values.append(Suspect(row, slip, edit, self._words))
            return
        if edit.setting or edit.other_order:
            self._settings.append((number, row, slip))
        changed = [owner for owner, _ in edit.operands]
        if edit.misread:
            changed += [owner for (owner, _), _ in self._misread(edit)]
        changed += [*edit.whole, *edit.equations]
        for quantity in dict.fromkeys(map(self._line, changed)):
            self._at.setdefault(quantity, []).append((number, row, slip))

    def _words(self, row: EditRow, slip: PlacedEdit) -> str:
        name = "" if slip.row is None else self.places.name(slip.row)
        own, other = self._symbol(slip.own, slip), self._symbol(slip.other, slip)
        words, language = slip.pupil or row.pupil, self.solution.exercise.language
        return sentence_in(language, words, own=own, other=other, name=name, which=slip.which)

    def _symbol(self, what: Variable | tuple[Variable, ...] | str, slip: PlacedEdit) -> str:
        if isinstance(what, str):
            return what
        if isinstance(what, Variable):
            return self.solution.symbol(self._single(what))
        assert slip.at is not None
        used = self.solution.relation(self._line(slip.at)).operands.values()
        own = [its for its in map(self._single, what) if its in used]
        return slip.joint.join(map(self.solution.symbol, own[:3]))

    # -- an edit of the equations as they are written on a sheet ----------------------------------

    def _by_hand(self, edit: Edit) -> Edit:
        """Return the edit of what is written by hand, where messages, say, are written out."""
        operands: dict[tuple[Variable, Variable], Instead] = {}
        whole: dict[Variable, Instead] = {}
        for (owner, operand), instead in (*edit.operands.items(), *self._misread(edit)):
            own, its = self._single(operand), self._instead(instead)
            if its != Instead(own):
                operands[self._line(owner), own] = its
        for quantity, instead in edit.whole.items():
            if quantity.quantity in INLINE:
                # It is a product, so that a factor of it is one of its first operand.
                operand = self.places.equation(quantity).variables[0]
                its = Instead(operand if instead.quantity else None, instead.factor)
                operands[self._line(quantity), self._single(operand)] = self._instead(its)
            else:
                whole[self._single(quantity)] = self._instead(instead)
        equations: dict[Variable, Equation] = {}
        written: dict[Variable, dict[Variable, Equation]] = {}
        for owner, equation in edit.equations.items():
            if owner.quantity in INLINE:
                written.setdefault(self._line(owner), {})[owner] = equation
            else:
                equations[self._line(owner)] = equation
        for line, its_own in written.items():
            equations[line] = self.solution.written_with(line, its_own)
        return Edit(operands=operands, whole=whole, equations=equations)

    def _misread(self, edit: Edit) -> Iterator[tuple[tuple[Variable, Variable], Instead]]:
        structure = self.places.structure
        for slot, other in edit.misread.items():
            own = "net", int(structure.post[slot])
            owner = Variable(*own) if structure.pre[slot] < 0 else Variable("message", slot)
            its = Instead(None, 0.0) if other is None else Instead(Variable("weight", other))
            yield (owner, Variable("weight", slot)), its

    def _set(self, edit: Edit) -> Places:
        """Return the round under another setting or order."""
        stated = self.places.equations.round
        if edit.other_order:
            order = "in_place" if stated.order == "simultaneous" else "simultaneous"
            stated = replace(stated, order=order)
        stated = stated if edit.setting is None else edit.setting(stated)
        return replace(self.places, equations=Equations(stated, updates=self.places.updates))

    def _line(self, owner: Variable) -> Variable:
        """Return the quantity whose equation on a sheet another is written out in."""
        structure, (quantity, place, sample) = self.places.structure, owner
        if quantity not in INLINE:
            return self._single(owner)
        if quantity in ("message", "returned"):
            row = int(structure.post[place]) if quantity == "message" else place
            return Variable({"message": "net", "returned": "delta"}[quantity], row, sample)
        names = {"own_gradient": "gradient", "change": "new_weight"}
        return self._single(owner._replace(quantity=names[quantity]))

    def _single(self, quantity: Variable) -> Variable:
        return single(self.solution.state, quantity) if self.places.structure.ties else quantity

    def _instead(self, instead: Instead) -> Instead:
        if instead.quantity is None:
            return instead
        return instead._replace(quantity=self._single(instead.quantity))

    # -- what comes into question -----------------------------------------------------------------

    def of(self, target: Variable, owners: Iterable[Variable]) -> list[Suspect]:
        """Return what may have gone wrong on the way to a value, the likeliest first.

        Parameters
        ----------
        target : Variable
            Of the value.
        owners : iterable of Variable
            What is worked out for it: itself, and what is not known before.

        Returns
        -------
        list of Suspect
        """
        distances = {owner: distance for distance, owner in enumerate(owners)}
        used: dict[Variable, int] = {}
        for owner, distance in distances.items():
            for operand in self.solution.relation(owner).operands.values():
                used.setdefault(operand, distance)
        suspects = [suspect for suspect in self._of_values if _is_of(suspect.slip, target)]
        for row, slip, edit in self._edits(distances, used):
            edit, changed = self._touching(edit, target, distances, used)
            if len(changed) > slip.together:
                suspects.append(Suspect(row, slip, edit, self._words, min(changed)))
        likeliest: dict[object, Suspect] = {}
        for suspect in sorted(suspects, key=lambda suspect: suspect.order):
            likeliest.setdefault(_key(suspect), suspect)
        return list(likeliest.values())

    def everywhere(self, owners: Iterable[Variable]) -> list[Suspect]:
        """Return what may have gone wrong anywhere, in the order of the table.

        Parameters
        ----------
        owners : iterable of Variable
            All that is worked out.

        Returns
        -------
        list of Suspect
            Before it is asked what is on the way to one value: those of any value come first.
        """
        edits = self._edits(list(owners), self._at)
        placed = [Suspect(row, slip, edit, self._words) for row, slip, edit in edits]
        return self._of_values + placed

    def _edits(
        self, owners: Iterable[Variable], used: Iterable[Variable]
    ) -> Iterator[tuple[EditRow, PlacedEdit, Edit]]:
        """Yield the edits that may change something on the way, in the order of the table."""
        numbered: dict[int, tuple[EditRow, PlacedEdit, Edit]] = {}
        for quantity in (*owners, *used):
            for number, row, slip in self._at.get(quantity, ()):
                if number not in numbered:
                    numbered[number] = row, slip, self._by_hand(slip.edit)
        for number, row, slip in self._settings:
            other = self._set_places.get(number)
            if other is None:
                other = self._set_places[number] = self._set(slip.edit)
            equations = {owner: other.equation(owner) for owner in owners}
            changed = {
                owner: its
                for owner, its in equations.items()
                if not _alike(its, self.places.equation(owner))
            }
            edit = numbered[number][2] if number in numbered else Edit()
            numbered[number] = row, slip, replace(edit, equations={**edit.equations, **changed})
        return (numbered[number] for number in sorted(numbered))

    def _touching(
        self, edit: Edit, target: Variable, owners: Distances, used: Distances
    ) -> tuple[Edit, list[int]]:
        """Return what of an edit changes anything on the way to a value, and how far from it."""
        relation = self.solution.relation
        operands = {
            (owner, operand): instead
            for (owner, operand), instead in edit.operands.items()
            if owner in owners and operand in relation(owner).operands.values()
        }
        whole = {
            quantity: instead
            for quantity, instead in edit.whole.items()
            # A number that stands for the value that is asked for explains nothing.
            if (quantity in owners and (quantity != target or instead.quantity))
            # Who wrote a value down has made the mistake in it already.
            or (
                quantity in used
                and (instead.quantity != quantity or self.solution.is_given(quantity))
            )
        }
        equations = {owner: its for owner, its in edit.equations.items() if owner in owners}
        changed = [owners[owner] for owner, _ in operands]
        changed += [owners.get(quantity, used.get(quantity, 0)) for quantity in whole]
        changed += [owners[owner] for owner in equations]
        if len(changed) < len(edit.operands) + len(edit.whole) + len(edit.equations):
            edit = Edit(operands=operands, whole=whole, equations=equations)
        return edit, changed


def _is_of(slip: PlacedEdit, target: Variable) -> bool:
    """Whether a slip is looked for at such a value."""
    return not slip.values or target.quantity in slip.values


def _alike(one: Equation, other: Equation) -> bool:
    def text(equation: Equation) -> str:
        return "" if equation.formula is None else equation.formula.text

    return text(one) == text(other) and one.operands == other.operands


def _key(suspect: Suspect) -> object:
    """Return what makes two suspects the same."""
    edit = suspect.edit
    if edit.equations or edit.after or edit.rounded or edit.within:
        return id(suspect)
    return suspect.kind, *map(frozenset, (edit.operands.items(), edit.whole.items()))
