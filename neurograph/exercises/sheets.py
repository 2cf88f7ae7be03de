"""Exercise sheets: what stands on one, and the files that belong to it."""

import os
import re
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import NamedTuple

from neurograph.combinations import StatedCombination
from neurograph.display import Brief
from neurograph.documents.document import (
    BLANK,
    WRITERS,
    Beside,
    Block,
    Derivation,
    Document,
    Heading,
    Paragraph,
    Picture,
    Span,
    TableColumn,
    Text,
    TextTable,
    formula,
    sentence,
)
from neurograph.documents.lines import Pool, Symbol, Term, expression, substituted
from neurograph.documents.readable import Readable, format_of
from neurograph.equations import Variable
from neurograph.errors import InvalidValueError, NeurographError, UnwritableError
from neurograph.exercises.forms import answer_form, check_exercise_file, exercise_text
from neurograph.exercises.questions import Exercise, Phase, Question
from neurograph.exercises.quizzes import moodle_xml, prairielearn
from neurograph.exercises.solution import Solution, worked_lines
from neurograph.files import check_replaceable, write_together
from neurograph.formulas import Formula
from neurograph.formulas.tree import Call, Node, Number, negative
from neurograph.losses import get_loss
from neurograph.records import record
from neurograph.scenario.library import read_toml
from neurograph.slips import CHAIN
from neurograph.terms import USUAL_TERMS
from neurograph.words import LANGUAGES, Sentence, counted, numeral, phrase, written_in

__all__ = ["Sheet", "rule_of", "sheet", "task_of", "write_sheet"]

# Near the beginning a sheet says whose it is; a title may stand before it.
_OURS = re.compile(
    rb"neurograph exercise [0-9a-f]{8}\b|^(?:%s) [0-9a-f]{8} "
    % b"|".join(phrase("exercise", language).encode() for language in LANGUAGES),
    re.M,
)

_SYMBOLS = {
    "net": Symbol("net_j", r"\mathrm{net}_{j}"),
    "out": Symbol("out_j", r"\mathrm{out}_{j}"),
    "target": Symbol("target_j", r"\mathrm{target}_{j}"),
    "out_gradient": Symbol("∂E/∂out_j", r"\frac{\partial E}{\partial \mathrm{out}_{j}}"),
}
#: The same for the neurons that a sum runs over.
_SYMBOLS_OF_GROUP = {
    name: Symbol(text.replace("_j", "_k"), latex.replace("{j}", "{k}"))
    for name, (text, latex) in _SYMBOLS.items()
}
# Of a diagram: pupils need every weight.
_MOST = 130

_E = r"E_{\mathrm{total}}"
_NET, _F = _SYMBOLS["net"], Symbol("f(net_j)", r"f(\mathrm{net}_{j})")
_MESSAGE = r"w_{ij} \cdot \mathrm{out}_{i}"
#: What is taken over a group, by the name of its function.
_SIGNS = {
    "total": ("Σ", r"\sum"),
    "product": ("Π", r"\prod"),
    "largest": ("max", r"\max"),
    "least": ("min", r"\min"),
}


@record(kw_only=True)
class Sheet(Brief, Readable):
    """The sheet of an exercise, in every format.

    Parameters
    ----------
    exercise : Exercise
    diagram : str, optional
        A picture of the network: the name of its file, or for HTML the text of an SVG.
    solved : bool
        Whether the answers stand in the blanks, and below each part its equations with numbers:
        as fractions too, where these are exact and short.

    Examples
    --------
    >>> from neurograph.exercises import Sheet, exercise
    >>> solved = Sheet(exercise=exercise("mazur_2015", ask="update", hide=1, seed=1), solved=True)
    >>> "____" in solved.text().partition("Given")[2]
    False
    """

    exercise: Exercise
    diagram: str | None = None
    solved: bool = False

    def document(self) -> Document:
        """Return what stands in it."""
        exercise, solution = self.exercise, Solution(self.exercise)
        said = partial(_said, exercise.language)
        blocks: list[Block] = []
        if exercise.source:
            blocks.append(Paragraph(f"{sentence(exercise.source)}."))
        name = f"{said('exercise')} {exercise.id} · {said('name')}: "
        blocks.append(Paragraph((name, Span(2 * BLANK.text, "blank")), apart=True))
        blocks.append(Paragraph(tuple(_conventions(exercise, solution)), apart=True))
        if self.diagram is not None:
            blocks.append(Picture(_described(solution), self.diagram))
        blocks.append(Heading(said("given")))
        given = (self._table_of(*data) for data in _given(solution) if data[1])
        blocks.append(Beside(tuple(given)))
        for phase in exercise.phases:
            blocks += [Heading(said(f"phase {phase}")), self._part(solution, phase)]
            if self.solved:
                lines = tuple(worked_lines(solution, phase))
                blocks.append(Paragraph(said("step by step"), "strong", apart=True))
                blocks.append(Derivation(lines, language=exercise.language))
        what = said("solution" if self.solved else "exercise")
        return Document(
            "sheet",
            said("titled", what=what, title=exercise.title),
            tuple(blocks),
            digits=max(9, exercise.decimals),
            mark=f"neurograph exercise {exercise.id}",
            language=exercise.language,
        )

    def _part(self, solution: Solution, phase: Phase) -> TextTable:
        language = self.exercise.language
        columns = (
            TableColumn(phrase("no.", language), "right"),
            TableColumn(phrase("quantity", language)),
            TableColumn(phrase("rule", language)),
            TableColumn(phrase("value", language), "right"),
        )
        rows: Iterator[tuple[Text, ...]] = (
            (
                str(question.number),
                formula(Symbol(question.symbol, question.latex)),
                _formula_in(
                    rule_of(solution, solution.quantity(question.address, phase)), language
                ),
                self._value(question),
            )
            for question in solution.exercise.questions
            if question.phase == phase
        )
        return TextTable(columns, tuple(rows), to_fill=True)

    def _table_of(self, title: str, data: "tuple[_Given, ...]") -> TextTable:
        """Return a table of data; where they are stands last, if there is anything to say."""
        language = self.exercise.language
        noted = any(datum.note for datum in data)
        columns = (
            TableColumn(phrase(title, language)),
            TableColumn(phrase("value", language), "right"),
            *[TableColumn(phrase("where", language))] * noted,
        )
        rows: Iterator[tuple[Text, ...]] = (
            (formula(datum.symbol), _number(datum.value, language), *[datum.note] * noted)
            for datum in data
        )
        return TextTable(columns, tuple(rows))

    def _value(self, question: Question) -> Span:
        if self.solved or not question.asked:
            return _number(question.answer, self.exercise.language)
        return BLANK


class _Given(NamedTuple):
    """A number among the data, with a note such as "not trained"."""

    symbol: Symbol
    value: str
    note: str = ""


def _said(language: str, key: str, **parts: object) -> str:
    return phrase(key, language, **parts)


def _number(text: str, language: str) -> Span:
    """Return a number as a language writes it; programs get it with a point."""
    return Span(numeral(text, language), "number", value=text)


def _formula_in(symbol: Symbol, language: str) -> Span:
    text = written_in(symbol.text, language)
    return formula(Symbol(text, written_in(symbol.latex, language, latex=True)))


def sheet(
    exercise: Exercise,
    format: str = "markdown",
    *,
    diagram: str | None = None,
    solved: bool = False,
) -> str:
    """Write the sheet of an exercise.

    Parameters
    ----------
    exercise : Exercise
    format : str
        Any format of `neurograph.documents.document.WRITERS`; LaTeX is a whole document, HTML a
        whole page without scripts.
    diagram : str, optional
        A picture of the network: the name of its file, or for HTML the text of an SVG.
        `write_sheet` draws one.
    solved : bool
        Whether the answers stand in the blanks.

    Returns
    -------
    str

    Raises
    ------
    InvalidValueError
        If there is no such format, or the diagram is not what it takes.

    Examples
    --------
    >>> from neurograph.exercises import exercise, sheet
    >>> text = sheet(exercise("mazur_2015", ask="update", hide=1, seed=1))
    >>> print(text.splitlines()[0])
    # Exercise: A Step by Step Backpropagation Example
    """
    made = Sheet(exercise=exercise, diagram=diagram, solved=solved)
    return made.written(format, whole=True)


def write_sheet(
    exercise: Exercise, file: str | os.PathLike[str], *, solved: bool = False
) -> list[Path]:
    """Write a sheet with its diagram, the exercise with its answers, and a form for students.

    Beside ``sheet.md`` come ``sheet.svg``, ``sheet.exercise.toml`` (for who marks it) and
    ``sheet.answers.toml`` (for who fills it in). The picture of ``sheet.tex`` is
    ``sheet-network.pdf``, for LaTeX itself makes a ``sheet.pdf``; that of ``sheet.html`` is inside.

    Parameters
    ----------
    exercise : Exercise
    file : path
        Its suffix says the format, such as ``.md``, ``.tex`` or ``.html``. ``.xml`` is a question
        for Moodle, ``info.json`` one for PrairieLearn, with ``question.html`` beside it; both hold
        their answers and mark themselves, so that they come alone.
    solved : bool
        Whether the answers stand in the blanks; then the sheet comes with its diagram alone.

    Returns
    -------
    list of Path
        What was written: all of them, or none.

    Raises
    ------
    InvalidValueError
        If the suffix is none of these.
    UnwritableError
        If one of the files cannot be written, is there already and is no sheet or form of an
        exercise, or is a form that someone has filled in. Then nothing is written.

    Examples
    --------
    >>> import tempfile
    >>> from neurograph.exercises import exercise, write_sheet
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     for path in write_sheet(exercise("mazur_2015"), f"{folder}/week1.html"):
    ...         print(path.name)
    week1.html
    week1.exercise.toml
    week1.answers.toml
    """
    path = Path(file)
    if path.suffix.lower() == ".xml" or path.name == "info.json":
        return _write_quiz(exercise, path, solved)
    form = format_of(
        path, "a sheet", "a question for Moodle (.xml) or for PrairieLearn (info.json)"
    )
    picture = {
        "": None,
        # LaTeX itself makes a PDF of the name of the sheet.
        ".pdf": path.with_name(f"{path.stem}-network.pdf"),
    }.get(WRITERS[form].picture, path.with_suffix(WRITERS[form].picture or ".svg"))
    answers, answer_sheet = path.with_suffix(".exercise.toml"), path.with_suffix(".answers.toml")
    _check_sheet(path, picture)
    if not solved:
        check_exercise_file(answers)
        _check_form(answer_sheet)

    image = _image(exercise, picture.suffix[1:] if picture else "svg")
    diagram = picture.name if picture else image.decode()
    contents: dict[Path, str | bytes] = {
        path: sheet(exercise, form, diagram=diagram, solved=solved)
    }
    if picture is not None:
        contents[picture] = image
    if not solved:
        contents |= {answers: exercise_text(exercise), answer_sheet: answer_form(exercise)}
    write_together(contents)
    return list(contents)


def _write_quiz(exercise: Exercise, path: Path, solved: bool) -> list[Path]:
    """Write the question of a learning platform; all of its files, or none."""
    if solved:
        raise InvalidValueError(f"{path}: holds its solution already; write a sheet to see it")
    blank, solution = (
        Sheet(exercise=exercise, diagram="network.svg", solved=shown).document()
        for shown in (False, True)
    )
    diagram = _image(exercise, "svg").decode()
    if path.suffix.lower() == ".xml":
        contents = {path: moodle_xml(exercise, blank, solution, diagram)}
    else:
        files = prairielearn(exercise, blank, solution, diagram)
        contents = {path.with_name(name): text for name, text in files.items()}
    for written in contents:
        _check_sheet(written, None)
    write_together(dict(contents))
    return list(contents)


def _image(exercise: Exercise, form: str) -> bytes:
    """Return the picture of the network of an exercise."""
    # Matplotlib is imported only when a picture is drawn.
    from neurograph.drawing import draw_network
    from neurograph.drawing.pictures import rendered

    drawing = draw_network(
        exercise.network(), labels="both", most_neurons=None, most_levels=None, most_labels=_MOST,
        language=exercise.language,
    )  # fmt: skip
    return rendered(drawing, form)


def _check_sheet(path: Path, picture: Path | None) -> None:
    check_replaceable(path, "exercise sheet", lambda head: _OURS.search(head) is not None)
    if picture is None:
        return
    check_replaceable(picture)
    if picture.exists() and not path.exists():
        raise UnwritableError(
            f"{picture}: is there already, without a sheet that it belongs to: it is not"
            " overwritten; choose another name for the sheet"
        )


def _check_form(path: Path) -> None:
    check_replaceable(path, "form for answers", lambda _: _answers(_toml(path)) is not None)
    form = _toml(path)
    if form.get("student") or any(answer != "" for answer in (_answers(form) or {}).values()):
        raise UnwritableError(
            f"{path}: has been filled in: it is not overwritten; move it, or choose another name"
            " for the sheet"
        )


def _answers(form: dict[str, object]) -> dict[str, object] | None:
    answers = form.get("answers")
    return answers if "exercise" in form and isinstance(answers, dict) else None


def _toml(path: Path) -> dict[str, object]:
    """Return what a file of TOML says; nothing if there is none."""
    try:
        return read_toml(path)
    except NeurographError:
        return {}


# -- what stands on it ----------------------------------------------------------------------------


def task_of(exercise: Exercise, solution: Solution) -> str:
    """Return what is to be done, and what holds on the whole sheet, as text.

    Examples
    --------
    >>> from neurograph.exercises import exercise
    >>> sheet = exercise("mazur_2015", ask="forward", hide=1)
    >>> print(task_of(sheet, Solution(sheet)).partition(".")[0])
    Work out the 1 blank below, from top to bottom
    """
    parts = _conventions(exercise, solution)
    return "".join(part if isinstance(part, str) else part.text for part in parts)


def _conventions(exercise: Exercise, solution: Solution) -> Iterator[str | Span]:
    """Yield what holds on the whole sheet, sentence by sentence."""
    language = exercise.language
    said = partial(_said, language)
    yield said("work out", blanks=counted(len(exercise.asked), "blank", language)) + " "
    if exercise.significant is None:
        yield said("with decimals", n=exercise.decimals)
    else:
        yield said("with digits", n=exercise.significant)
    activations = activations_of(solution)
    for name, neurons in activations.items():
        whose = said("every neuron") if len(activations) == 1 else ", ".join(neurons)
        yield f" {said('activation is', neurons=whose, name=name)}"
    yield from (f" {words}" for words in combined_of(solution))
    before, _, after = said("error is", rule="|").partition("|")
    yield from (f" {before}", _formula_in(loss_rule(solution), language), after)
    yield from _terms(solution, language)
    if "backward" in exercise.phases and has_shared(solution):
        yield f" {said('shared gradient')}"
    # In place, the backward pass needs it too.
    if _asks_update(exercise) or (exercise.order == "in_place" and "backward" in exercise.phases):
        rate = numeral(f"{exercise.learning_rate:g}", language)
        yield f" {said('learning rate is', rate=rate)} {said(f'order {exercise.order}')}"
    if exercise.digits is not None:
        yield f" {said('rounded values', n=exercise.digits)}"
    for words in solution.net.edits.told:
        told = words.said(language) if isinstance(words, Sentence) else words
        yield f" {said('otherwise', words=told)}"


def _terms(solution: Solution, language: str) -> Iterator[str | Span]:
    """Yield what is taken for slopes, added to the error, and called delta."""
    of_round = solution.state.equations.round
    penalty, rule = of_round.penalty, penalty_rule(solution, value=True)
    if rule is not None and penalty is not None:
        which = "penalty of all" if penalty.biases else "penalty is"
        before, _, after = _said(language, which, rule="|").partition("|")
        yield from (f" {before}", _formula_in(rule, language), after)
    if of_round.slope != USUAL_TERMS.slope:
        yield f" {_said(language, f'slope {of_round.slope}')}"
    if of_round.turned:
        yield f" {_said(language, 'delta turned')}"


def _given(solution: Solution) -> list[tuple[str, tuple[_Given, ...]]]:
    structure, exercise = solution.structure, solution.exercise
    outs = [Variable("out", row) for row in structure.inputs]
    has_target = get_loss(solution.state.network.loss).has_target
    targets = [Variable("target", row) for row in structure.outputs if has_target]
    weights: dict[Variable, list[str]] = {}
    biases: dict[Variable, list[str]] = {}
    for slot in structure.filled:
        of_bias = structure.pre[slot] < 0
        first = int(structure.shared_slots(slot)[0])
        ends = structure.ends(slot)
        where = str(ends[1]) if of_bias else f"{ends[0]} → {ends[1]}"
        kept = biases if of_bias else weights
        kept.setdefault(Variable("weight", first), []).append(where)

    def note(quantity: Variable, where: str) -> str:
        frozen = _asks_update(exercise) and not structure.trainable[quantity.place]
        return phrase("not trained", exercise.language, where=where) if frozen else where

    def parameters(places: dict[Variable, list[str]]) -> tuple[_Given, ...]:
        def where(quantity: Variable) -> str:
            names = ", ".join(places[quantity])
            of_bias = places is biases
            return phrase("of neurons", exercise.language, neurons=names) if of_bias else names

        return tuple(
            _Given(
                solution.symbols.of(quantity),
                f"{solution.given(quantity):.12g}",
                note(quantity, where(quantity)),
            )
            for quantity in places
        )

    def data(quantities: list[Variable]) -> tuple[_Given, ...]:
        return tuple(
            _Given(solution.symbols.of(quantity), f"{solution.given(quantity):.12g}")
            for quantity in quantities
        )

    return [
        ("inputs", data(outs)),
        ("targets", data(targets)),
        ("given numbers", data(list(solution.state.equations.pinned))),
        ("weights", parameters(weights)),
        ("biases", parameters(biases)),
    ]


def _described(solution: Solution) -> str:
    structure = solution.structure
    levels = [", ".join(str(structure.names[row]) for row in level) for level in structure.levels]
    return phrase("the network", solution.exercise.language, levels="; ".join(levels))


def _asks_update(exercise: Exercise) -> bool:
    return "update" in exercise.phases


# -- the general rules ---------------------------------------------------------------------------


def rule_of(solution: Solution, quantity: Variable) -> Symbol:
    """Return the rule by which a quantity is worked out, in general symbols.

    Parameters
    ----------
    solution : Solution
    quantity : Variable
        Of a question.

    Returns
    -------
    Symbol

    Examples
    --------
    >>> from neurograph.exercises import exercise
    >>> solution = Solution(exercise("mazur_2015"))
    >>> rule_of(solution, solution.quantity("h1.out", "forward")).text
    'out_j = 1/(1 + exp(-net_j))'
    """
    kind, place, _ = quantity
    if kind == "net":
        return _net(solution, place)
    if kind == "out":
        return _out(solution, place)
    if kind == "loss":
        return loss_rule(solution)
    if kind == "total_error":
        whole = Symbol("E_total = Σ_j E_j", rf"{_E} = \sum_{{j}} E_{{j}}")
        return _plus(whole, penalty_rule(solution, value=True))
    if kind == "out_gradient":
        return _out_gradient(solution, place)
    if kind in ("delta", CHAIN):
        return _delta(solution, place)
    if kind == "new_weight":
        return _new_weight(solution, place)
    return _gradient(solution, place)


def _new_weight(solution: Solution, place: int) -> Symbol:
    name = "b" if solution.structure.pre[place] < 0 else "w"
    sign, by = "+" if solution.turned else "-", _by(solution, name, name)
    return Symbol(
        f"{name}+ = {name} {sign} η*{by.text}",
        rf"{name}^{{+}} = {name} {sign} \eta \cdot {by.latex}",
    )


def _gradient(solution: Solution, place: int) -> Symbol:
    """Return that of one place, or the sum over all places of a parameter that is shared."""
    structure = solution.structure
    places = structure.shared_slots(place)
    of_bias, shared = all(structure.pre[slot] < 0 for slot in places), len(places) > 1
    name, index = ("b", "j") if of_bias else ("w", "ij")
    product = Symbol("δ_j", r"\delta_{j}") if of_bias else _times_delta(solution, places)
    if shared:
        left = _by(solution, name, name)
        product = Symbol(f"Σ_{index} {product.text}", rf"\sum_{{{index}}} {product.latex}")
    else:
        left = _by(solution, f"{name}_{index}", f"{name}_{{{index}}}")
    added = None
    if place in solution.state.equations.penalised:
        parameter = name if shared else f"{name}_{index}"
        added = penalty_rule(solution, value=False, parameter=parameter)
    return _plus(_equal(left, product), added)


def _times_delta(solution: Solution, places: Sequence[int]) -> Symbol:
    structure, left = solution.structure, r"\delta_{j} \cdot"
    if not all(solution.state.equations.is_sum(int(structure.post[slot])) for slot in places):
        by = r"\frac{\partial \mathrm{net}_{j}}{\partial w_{ij}}"
        return Symbol("δ_j*∂net_j/∂w_ij", f"{left} {by}")
    return Symbol("δ_j*out_i", rf"{left} \mathrm{{out}}_{{i}}")


def _by(solution: Solution, text: str, latex: str) -> Symbol:
    """Return dE/dx, or its negative where deltas have the sign of target - out."""
    by = Symbol(f"∂E_total/∂{text}", rf"\frac{{\partial {_E}}}{{\partial {latex}}}")
    return Symbol(f"(-{by.text})", rf"\left(-{by.latex}\right)") if solution.turned else by


def _plus(rule: Symbol, more: Symbol | None) -> Symbol:
    if more is None:
        return rule
    if more.text.startswith("-"):
        return Symbol(f"{rule.text} - {more.text[1:]}", f"{rule.latex} - {more.latex[1:]}")
    return Symbol(f"{rule.text} + {more.text}", f"{rule.latex} + {more.latex}")


def penalty_rule(solution: Solution, *, value: bool, parameter: str = "w") -> Symbol | None:
    """Return what the penalty adds to the error, or to a gradient; nothing without one."""
    of_round = solution.state.equations.round
    penalty = of_round.penalty
    if penalty is None or not of_round.penalised:
        return None
    name, _, index = parameter.partition("_")
    latex = f"{name}_{{{index}}}" if index else name
    formula = penalty.value_formula if value else penalty.slope_formula
    if not value and of_round.turned:
        formula = Formula.of(negative(formula.tree), formula)
    inner, summands = formula.split()
    pool = Pool()
    known: dict[str, Node] = {key: Number(number) for key, number in penalty.constants.items()}
    known |= {
        "n_samples": Number(float(solution.state.n_samples or 1)),
        "weight": pool.name(Term(Symbol(parameter, latex), 1.0)),
    }
    for key, summand in summands.items():
        text, typeset = _both(substituted(summand.tree, known), pool)
        known[key] = pool.name(Term(Symbol(f"Σ {text}", rf"\sum {typeset}"), 1.0))
    return Symbol(*_both(substituted(inner.tree, known), pool))


def _net(solution: Solution, row: int) -> Symbol:
    """Return the combine rule, and the bias."""
    structure, pool = solution.structure, Pool()
    combination, bias = structure.combinations[row], row in structure.bias_slot
    if isinstance(combination, StatedCombination):
        return _equal(_NET, _stated(combination, bias=bias))
    inner, summands = combination.formula.split()
    names: dict[str, Node] = {"n": Number(float(len(structure.links_into(row))))}
    for name, summand in summands.items():
        # What is taken of a message, such as its square, stands around all of it.
        alone = summand.text == "message"
        text, latex = ("{}", "{}") if alone else ("({})", r"\left({}\right)")
        message = Symbol(text.format("w_ij*out_i"), latex.format(_MESSAGE))
        tree = substituted(summand.tree, {"message": pool.name(Term(message, 1.0))})
        whole = inner.text == name and (not bias or name.startswith("total"))
        names[name] = pool.name(_taken(name, *_both(tree, pool), "i", within=not whole))
    rule = _equal(_NET, Symbol(*_both(substituted(inner.tree, names), pool)))
    return Symbol(f"{rule.text} + b_j", f"{rule.latex} + b_{{j}}") if bias else rule


def _stated(rule: StatedCombination, *, bias: bool) -> Symbol:
    """Return a formula with weight times out in place of each sender, and the bias."""
    pool, tree = Pool(), rule.formula.tree
    names: dict[str, Node] = {}
    for name in rule.formula.variables:
        typeset = name.replace("_", r"\_")
        latex = rf"w_{{\mathrm{{{typeset}}},j}} \cdot \mathrm{{out}}_{{\mathrm{{{typeset}}}}}"
        names[name] = pool.name(Term(Symbol(f"w_{name}j*out_{name}", latex), 1.0))
    tree = substituted(tree, names)
    if bias:
        tree = Call("+", (tree, pool.name(Term(Symbol("b_j", "b_{j}"), 1.0))))
    return Symbol(*_both(tree, pool))


def _out(solution: Solution, row: int) -> Symbol:
    """Return f(net), times the mask where there is one."""
    structure = solution.structure
    of_net = _formula(structure.activations[row].formula)
    if row not in structure.masks:
        return _equal(_SYMBOLS["out"], of_net)
    mask = f"{structure.masks[row]:g}"
    masked = Symbol(f"{mask}*{_F.text}, {_F.text}", rf"{mask} \cdot {_F.latex},\quad {_F.latex}")
    return _equal(_SYMBOLS["out"], _equal(Symbol(*masked), of_net))


def loss_rule(solution: Solution) -> Symbol:
    """Return the formula of the loss, of one output."""
    n = len(solution.structure.outputs)
    return _equal(Symbol("E_j", "E_{j}"), _formula(solution.state.loss.formula, n))


def has_shared(solution: Solution) -> bool:
    """Whether a trained parameter stands in several places."""
    structure = solution.structure
    trained = (slot for slot in structure.filled if structure.trainable[slot])
    return any(len(structure.shared_slots(slot)) > 1 for slot in trained)


def activations_of(solution: Solution) -> dict[str, list[str]]:
    """Return the names of the neurons by the name of their activation, in order."""
    structure = solution.structure
    neurons: dict[str, list[str]] = {}
    for level in structure.levels[1:]:
        for row in level:
            names = neurons.setdefault(structure.activations[row].name, [])
            names.append(str(structure.names[row]))
    return neurons


def combined_of(solution: Solution) -> list[str]:
    """Return a sentence on each combine rule other than the sum, and on each mask."""
    structure = solution.structure
    named: dict[str, list[str]] = {}
    for row, rule in enumerate(structure.combinations):
        if rule.name != "sum":
            named.setdefault(rule.name, []).append(str(structure.names[row]))
    language = solution.exercise.language
    words = [
        phrase("combined by", language, neurons=", ".join(names), rule=name)
        for name, names in named.items()
    ]
    return words + [
        phrase("masked", language, neuron=structure.names[row], mask=numeral(f"{mask:g}", language))
        for row, mask in structure.masks.items()
    ]


def _out_gradient(solution: Solution, row: int) -> Symbol:
    state, structure = solution.state, solution.structure
    terms = []
    if row in state.outputs:
        derivative = state.equations.round.loss.derivative
        terms.append(_formula(derivative, len(structure.outputs)))
    if structure.outgoing[row]:
        posts = [int(structure.post[slot]) for slot, _ in structure.links_out_of(row)]
        if all(map(state.equations.is_sum, posts)):
            terms.append(Symbol("Σ_k δ_k*w_jk", r"\sum_{k} \delta_{k} \cdot w_{jk}"))
        else:
            by = r"\frac{\partial \mathrm{net}_{k}}{\partial \mathrm{out}_{j}}"
            terms.append(Symbol("Σ_k δ_k*∂net_k/∂out_j", rf"\sum_{{k}} \delta_{{k}} \cdot {by}"))
    left = _by(solution, "out_j", r"\mathrm{out}_{j}")
    text, latex = (" + ".join(forms) for forms in zip(*terms, strict=True)) if terms else ("0", "0")
    return _equal(left, Symbol(text, latex))


def _delta(solution: Solution, row: int) -> Symbol:
    activation = solution.state.equations.activations[row]
    delta = Symbol("δ_j", r"\delta_{j}")
    joint = solution.state.equations.joint(row)
    if joint is not None:
        return _equal(delta, _formula(joint.delta_formula))
    structure = solution.structure
    if activation.couples_deltas and structure.masks.keys() & set(structure.group_of(row)):
        # With the masks m of the group.
        return Symbol(
            "δ_j = f(net_j)*(m_j*∂E/∂out_j - Σ_k f(net_k)*m_k*∂E/∂out_k)",
            r"\delta_{j} = f(\mathrm{net}_{j}) \cdot \left(m_{j} \cdot \frac{\partial E}{\partial"
            r" \mathrm{out}_{j}} - \sum_{k} f(\mathrm{net}_{k}) \cdot m_{k} \cdot"
            r" \frac{\partial E}{\partial \mathrm{out}_{k}}\right)",
        )
    if activation.couples_deltas:
        return Symbol(
            "δ_j = out_j*(∂E/∂out_j - Σ_k out_k*∂E/∂out_k)",
            r"\delta_{j} = \mathrm{out}_{j} \cdot \left(\frac{\partial E}{\partial"
            r" \mathrm{out}_{j}} - \sum_{k} \mathrm{out}_{k} \cdot \frac{\partial E}{\partial"
            r" \mathrm{out}_{k}}\right)",
        )
    # What the derivative calls out is f(net), before the mask.
    mask = structure.masks.get(row)
    slope = _formula(activation.derivative, out=_SYMBOLS["out"] if mask is None else _F)
    text, latex = ("", "") if mask is None else (f"{mask:g}*", rf" {mask:g} \cdot")
    by = _by(solution, "out_j", r"\mathrm{out}_{j}")
    return Symbol(
        f"δ_j = {by.text} * {text}f'(net_j), f'(net_j) = {slope.text}",
        rf"\delta_{{j}} = {by.latex} \cdot{latex}"
        rf" f'(\mathrm{{net}}_{{j}}),\quad f'(\mathrm{{net}}_{{j}}) = {slope.latex}",
    )


def _equal(left: Symbol, right: Symbol) -> Symbol:
    return Symbol(f"{left.text} = {right.text}", f"{left.latex} = {right.latex}")


def _formula(formula: Formula, n: int = 1, out: Symbol | None = None) -> Symbol:
    """Return a formula of a table in general symbols; of a sum over a group one term."""
    pool, own = Pool(), _SYMBOLS | ({} if out is None else {"out": out})

    def written(tree: Node, symbols: Mapping[str, Symbol], more: Mapping[str, Node]) -> Node:
        names = {name: pool.name(Term(symbol, 0.0)) for name, symbol in symbols.items()}
        return substituted(tree, {**names, "n": Number(float(n)), **more})

    inner, summands = formula.split()
    sums: dict[str, Node] = {}
    for name, summand in summands.items():
        tree = written(summand.tree, _SYMBOLS_OF_GROUP, {})
        sums[name] = pool.name(_taken(name, *_both(tree, pool), "k"))
    return Symbol(*_both(written(inner.tree, own, sums), pool))


def _taken(name: str, text: str, latex: str, index: str, *, within: bool = True) -> Term:
    """Return a sum, a product and so on over a group, by the name that `Formula.split` gives."""
    sign, sign_latex = _SIGNS[name.rpartition("_")[0]]
    taken = Symbol(f"{sign}_{index} {text}", rf"{sign_latex}_{{{index}}} {latex}")
    if within:
        taken = Symbol(f"({taken.text})", rf"\left({taken.latex}\right)")
    return Term(taken, 1.0)


def _both(tree: Node, pool: Pool) -> tuple[str, str]:
    latex = {name: term.symbol.latex for name, term in pool.terms.items()}
    return expression(tree, pool.terms), Formula._of(tree, frozenset(pool.terms)).latex(latex)
