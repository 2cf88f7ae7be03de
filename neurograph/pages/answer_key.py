"""The key of an exercise as data: with it a page marks answers as `neurograph mark` does.

Marking asks two things: what a value is when it is worked out from others, and what it would be
after one slip. So the key holds the equations of a sheet, each the number of a function with what
stands in it, and the table of slips as changes to these equations, with their sentences.

A quantity is its number in a list. What stands for something else is a pair: a quantity, or -1, and
a factor.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

import numpy as np

from neurograph.edits import KINDS
from neurograph.equations import Equation, Variable
from neurograph.errors import NeurographError
from neurograph.exercises.marks import VERDICTS
from neurograph.exercises.mistakes import ROUNDED, Suspect, Suspects
from neurograph.exercises.questions import (
    MOST_CONNECTIONS,
    Basis,
    Exercise,
    assemble,
    facts_of,
    questions_of,
)
from neurograph.exercises.sheets import task_of
from neurograph.exercises.solution import Relation, Solution
from neurograph.formulas.javascript import javascript
from neurograph.formulas.tree import Name, replaced
from neurograph.optimizers import get_optimizer
from neurograph.pages.page_data import PageRun
from neurograph.slips import CHAIN, RATE, Instead
from neurograph.words import LANGUAGES, numeral

__all__ = ["RelationTable", "answer_key", "exercise_of"]

#: What is said of an answer, by the keys of the catalogue.
_SAID = (
    "from rounded", "follows from", "symbols and more", "as before", "too few decimals",
    "too few digits", "or", "or else", "points", *(f"verdict {verdict}" for verdict in VERDICTS),
    *(f"kind {kind}" for kind in KINDS), "phase forward", "phase backward", "phase update",
)  # fmt: skip


class RelationTable:
    """The equations and sentences of sheets, each once.

    An equation is a function; its first argument is one through which every result goes.
    """

    def __init__(self) -> None:
        self._numbers: dict[str, int] = {}
        self._sentences: dict[str, int] = {}

    def sentence(self, text: str) -> int:
        """Return the number of a sentence."""
        return self._sentences.setdefault(text, len(self._sentences))

    def number(self, relation: Relation) -> int:
        """Return the number of the function of an equation, of its operands in their order."""
        names = {name: f"x{place}" for place, name in enumerate(relation.operands)}
        tree = replaced(relation.formula.tree, {name: Name(x) for name, x in names.items()})
        text = javascript(tree, list(names.values()), stepwise=True)
        return self._numbers.setdefault(text, len(self._numbers))

    def javascript(self) -> str:
        """Return all functions as the source of one array."""
        return "\n".join(["const RELATIONS = [", *(f"  {text}," for text in self._numbers), "];"])

    def words(self, language: str) -> dict[str, Any]:
        """Return what marks say, with places for what changes, and the sentences of slips."""
        words: dict[str, Any] = {key: LANGUAGES[language][key] for key in _SAID}
        return words | {"kinds": list(KINDS), "sentences": list(self._sentences)}


def exercise_of(run: PageRun, title: str, language: str) -> Exercise | None:
    """Return the first round of a run as an exercise; nothing where nobody works it out by hand."""
    net, sample = run.network, run.first_batch[0]
    by_rule = repr(run.optimizer) == repr(get_optimizer("gradient_descent")) and run.batch == 1
    if net.number_of_edges() > MOST_CONNECTIONS or len({*map(str, net)}) < len(net):
        return None
    basis = Basis(
        title=title,
        source=None,
        facts=facts_of(net),
        inputs=tuple(run.inputs[sample].tolist()),
        targets=tuple(run.targets[sample].tolist()),
        order=run.order if by_rule else "simultaneous",
        learning_rate=run.learning_rate if by_rule else None,
        digits=run.digits,
        language=language,
    )
    try:
        questions = questions_of(basis, "all", None)
    except NeurographError:
        return None  # a number that is needed is not finite
    if not questions or not np.isfinite([question.value for question in questions]).all():
        return None
    return assemble(basis, questions)


def answer_key(exercise: Exercise, functions: RelationTable) -> dict[str, Any]:
    """Return what is needed to mark answers to an exercise, as data for JSON.

    Parameters
    ----------
    exercise : Exercise
    functions : RelationTable
        Takes in the equations.

    Returns
    -------
    dict
        ``questions`` have quantity, address, symbol, phase, whether they are asked, the answer and
        the value; ``relations`` are lists of a quantity, a function and its operands; ``given`` are
        pairs of quantity and number. ``values`` are the slips in the writing of values: kind,
        sentence, rank, quantities, factor, and decimals with how they are written. ``slips`` are
        the others: kind, sentence, rank, how many changes must be exceeded, operands, wholes and
        other equations.

    Examples
    --------
    >>> from neurograph.exercises import exercise
    >>> functions = RelationTable()
    >>> key = answer_key(exercise("mazur_2015", ask="forward", hide=1, seed=1), functions)
    >>> [question[2] for question in key["questions"]][:2], key["decimals"]
    (['net_h1', 'out_h1'], 6)
    """
    return _SheetKey(exercise, functions).data()


class _SheetKey:
    def __init__(self, exercise: Exercise, functions: RelationTable) -> None:
        self.exercise, self.functions = exercise, functions
        self.solution = Solution(exercise)
        self.numbers: dict[Variable, int] = {}
        self.relations: dict[Variable, list[Any]] = {}

    def data(self) -> dict[str, Any]:
        exercise, solution = self.exercise, self.solution
        asked = [solution.quantity(q.address, q.phase) for q in exercise.questions]
        ways = {quantity: solution.ways(quantity) for quantity in asked}
        self._close(way for its in ways.values() for way in its)
        suspects = Suspects(solution).everywhere(list(self.relations))
        values = [suspect for suspect in suspects if _is_of_value(suspect)]
        slips = [self._slip(suspect) for suspect in suspects if suspect not in values]
        questions = [
            [
                self._number(quantity), question.address, question.symbol, question.phase,
                int(question.asked), question.answer, question.value,
            ]
            for question, quantity in zip(exercise.questions, asked, strict=True)
        ]  # fmt: skip
        ways_of = [list(map(self._number, its)) for its in ways.values() if len(its) > 1]
        self._close(list(self.numbers))
        names = list(dict.fromkeys(variable.quantity for variable in self.numbers))
        return {
            "id": exercise.id,
            "task": task_of(exercise, solution),
            "decimals": exercise.decimals,
            "significant": exercise.significant,
            "comma": exercise.decimal_comma,
            "usual": numeral("0.5", exercise.language) == "0,5",
            "questions": questions,
            "ways": ways_of,
            "values": [self._of_value(suspect) for suspect in values],
            "slips": slips,
            "relations": list(self.relations.values()),
            "given": [
                [number, solution.given(variable)]
                for variable, number in self.numbers.items()
                if variable not in self.relations
            ],
            "quantities": names,
            "variables": [[names.index(name), place] for name, place, _ in self.numbers],
        }

    def _number(self, variable: Variable) -> int:
        return self.numbers.setdefault(variable, len(self.numbers))

    def _close(self, quantities: Iterable[Variable]) -> None:
        """Take in the equations of quantities, and of all that they are worked out from."""
        waiting = list(quantities)
        while waiting:
            quantity = waiting.pop()
            if quantity in self.relations or self._is_given(quantity):
                continue
            relation = self.solution.relation(quantity)
            self.relations[quantity] = self._relation(quantity, relation)
            waiting += relation.operands.values()

    def _is_given(self, quantity: Variable) -> bool:
        if quantity.quantity == CHAIN:
            return False
        return quantity == RATE or self.solution.is_given(quantity)

    def _relation(self, quantity: Variable, relation: Relation) -> list[int]:
        operands = map(self._number, relation.operands.values())
        return [self._number(quantity), self.functions.number(relation), *operands]

    def _slip(self, suspect: Suspect) -> list[Any]:
        edit = suspect.edit
        operands = [
            number
            for (owner, operand), its in edit.operands.items()
            for number in (self._number(owner), self._number(operand), *self._instead(its))
        ]
        whole = [
            number
            for quantity, its in edit.whole.items()
            for number in (self._number(quantity), *self._instead(its))
        ]
        return [
            *self._said(suspect), int(suspect.slip.together), operands, whole,
            self._equations(edit.equations),
        ]  # fmt: skip

    def _of_value(self, suspect: Suspect) -> list[Any]:
        """Return a slip in what is written: a factor, or with how many decimals."""
        edit = suspect.edit
        its = [*self._said(suspect), list(suspect.slip.values)]
        if edit.after and suspect.kind != ROUNDED:
            return [*its, edit.after(1.0)]
        written = (edit.after, edit.rounded, edit.within)
        cut = _cuts_off(next(filter(None, written)))
        return [*its, 0, suspect.slip.decimals, cut, [int(bool(write)) for write in written]]

    def _said(self, suspect: Suspect) -> tuple[int, int, float]:
        sentence = self.functions.sentence(suspect.mistake.sentence)
        return KINDS.index(suspect.kind), sentence, suspect.slip.rank

    def _equations(self, equations: Mapping[Variable, Equation]) -> list[list[int]]:
        by_hand = self.solution.relation_by
        return [self._relation(left, by_hand(left, its)) for left, its in equations.items()]

    def _instead(self, instead: Instead) -> tuple[int, float]:
        quantity = instead.quantity
        return (-1 if quantity is None else self._number(quantity)), instead.factor


def _is_of_value(suspect: Suspect) -> bool:
    edit = suspect.edit
    return bool(edit.after or edit.rounded or edit.within)


def _cuts_off(write: Callable[[float], float]) -> int:
    """Return 1 of what cuts digits off, 0 of what rounds."""
    return int(write(5 / 9) < 5 / 9)
