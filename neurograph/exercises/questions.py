"""The questions of an exercise: which values it asks for, and what they are."""

import hashlib
import math
import os
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np

from neurograph.checks import one_of, whole_number
from neurograph.documents.lines import Symbol
from neurograph.errors import InvalidTypeError, InvalidValueError
from neurograph.exercises.basis import Basis, basis_of, basis_of_network, vary_numbers
from neurograph.exercises.records import PHASES, Exercise, Phase, Question
from neurograph.explanations.state import State, find_place
from neurograph.explanations.symbols import Symbols
from neurograph.network import Network
from neurograph.scenario import Scenario
from neurograph.traces import trace

__all__ = ["assemble", "exercise", "questions_of"]

#: More than this nobody works out by hand.
MOST_CONNECTIONS = 80
#: Answers have at least so many decimals, and so many digits that are not leading zeros.
DECIMALS, SIGNIFICANT = 6, 4
MOST_DECIMALS = 12


def exercise(
    of: "Network | Scenario | str | os.PathLike[str]",
    inputs: Any = None,
    targets: Any = None,
    learning_rate: float | None = None,
    *,
    ask: str = "all",
    hide: int | None = None,
    seed: int = 0,
    vary: bool = False,
    run: str | None = None,
    sample: int = 1,
    decimals: int | None = None,
    title: str | None = None,
    order: str | None = None,
) -> Exercise:
    """Make an exercise from a worked example or from a network.

    Parameters
    ----------
    of : Network, Scenario, str or path
        A network with its weights as they are; or a worked example, its name or its file.
    inputs, targets : mapping or array-like
        Of a network: one sample, or a batch of which one is chosen. A worked example has its own.
    learning_rate : float, optional
        Of a network; without one nothing is updated.
    ask : {"all", "forward", "backward", "update"}
        Which part of the round has blanks; what comes before it is given.
    hide : int, optional
        How many of these values are left blank, drawn with `seed`; by default all of them.
    seed : int
        Of what is drawn.
    vary : bool
        Whether to draw fresh weights, biases, inputs and targets that come out well: with one
        decimal, and no neuron saturated.
    run : str, optional
        Of a worked example the run whose conventions hold; by default the first.
    sample : int
        Which sample of the data, from 1.
    decimals : int, optional
        Of the answers, 1 to 12; by default 6, or more where a value needs them for four digits.
    title : str, optional
        By default that of the worked example.
    order : {"simultaneous", "in_place"}, optional
        When the weights of a network change, as for `Network.step`; a worked example has its own.

    Returns
    -------
    Exercise

    Raises
    ------
    UnknownNameError, ScenarioError
        If there is no such scenario, or its file is wrong.
    InvalidValueError, InvalidTypeError
        If there is nothing of what is asked for, or the network is too large to be worked out by
        hand.

    Examples
    --------
    >>> from neurograph.exercises import exercise
    >>> sheet = exercise("mazur_2015", ask="forward")
    >>> [(each.symbol, each.answer) for each in sheet.asked[:2]]
    [('net_h1', '0.377500'), ('out_h1', '0.593270')]
    >>> exercise("mazur_2015", vary=True, seed=1).id != exercise("mazur_2015").id
    True
    >>> import neurograph as ng
    >>> net = ng.Network.layered(2, 1, weights=[[[0.1, 0.2]]], bias=0.3)
    >>> exercise(net, [1, 0], [1], ask="forward").asked[0].answer
    '0.400000'
    """
    one_of(ask, ("all", *PHASES), "ask")
    seed = whole_number(seed, "seed", least=0)
    if isinstance(of, Network):
        if run is not None:
            raise InvalidValueError("run is for worked examples; a network has no runs")
        basis = basis_of_network(of, (inputs, targets), learning_rate, order, sample)
    else:
        names = ("inputs", "targets", "learning_rate", "order")
        given = zip(names, (inputs, targets, learning_rate, order), strict=True)
        if extra := [name for name, value in given if value is not None]:
            raise InvalidValueError(
                f"{extra[0]} is for networks; a worked example has its own (its runs differ in"
                " conventions: choose one with run)"
            )
        basis = basis_of(of, run, sample)
    if title is not None:
        if not isinstance(title, str) or not title.strip():
            raise InvalidTypeError(f"title must be text, not {title!r}")
        basis = replace(basis, title=title)
    if len(basis.facts.connections) > MOST_CONNECTIONS:
        raise InvalidValueError(
            f"an exercise is worked out by hand, and this network has"
            f" {len(basis.facts.connections):,} connections; at most {MOST_CONNECTIONS} make one"
        )
    rng = np.random.default_rng(seed)
    if vary:
        basis = vary_numbers(basis, rng)
    questions = questions_of(basis, ask, decimals)
    asked = [question.number for question in questions if question.asked]
    if not asked:
        raise InvalidValueError(f"there is nothing to ask of the {ask} part: {_missing(basis)}")
    if hide is not None:
        hide = whole_number(hide, "hide")
        if hide > len(asked):
            raise InvalidValueError(
                f"cannot hide {hide} values: the {ask if ask != 'all' else 'whole'} part has"
                f" {len(asked)}"
            )
        kept = set(rng.permutation(asked)[:hide].tolist())
        questions = tuple(
            replace(question, asked=question.number in kept) for question in questions
        )
    return assemble(basis, questions)


def assemble(basis: Basis, questions: tuple[Question, ...]) -> Exercise:
    """Put an exercise together; its id follows from everything in it."""
    content = (
        basis.facts, basis.inputs, basis.targets, basis.order, basis.learning_rate, basis.digits,
        [(question.address, question.answer, question.asked) for question in questions],
    )  # fmt: skip
    return Exercise(
        id=hashlib.sha256(repr(content).encode()).hexdigest()[:8],
        title=basis.title,
        source=basis.source,
        facts=basis.facts,
        inputs=basis.inputs,
        targets=basis.targets,
        order=basis.order,
        learning_rate=basis.learning_rate,
        digits=basis.digits,
        decimals=max(_n_decimals(question.answer) for question in questions),
        questions=questions,
    )


def questions_of(basis: Basis, ask: str, decimals: int | None) -> tuple[Question, ...]:
    """Return every value of the sheet, up to the last phase that has blanks."""
    net = basis.facts.build()
    steps = trace(
        net, basis.inputs, basis.targets, basis.learning_rate, basis.order, digits=basis.digits
    )
    values = {event.address: event.value for event in steps}
    net.forward(basis.inputs, digits=basis.digits)
    values["loss"] = net.backward(basis.targets, digits=basis.digits)
    answers = [
        (phase, address, float(values[address]))
        for phase in (PHASES if ask == "all" else PHASES[: PHASES.index(ask) + 1])
        for address in _addresses(net, phase)
        if address in values
    ]
    if decimals is None:
        wanted = _enough([value for _, _, value in answers], basis.digits)
    else:
        wanted = whole_number(decimals, "decimals")
        if wanted > MOST_DECIMALS:
            raise InvalidValueError(f"decimals must be from 1 to {MOST_DECIMALS}, not {wanted}")
    symbols = _symbols(net, [(phase, address) for phase, address, _ in answers])
    return tuple(
        Question(
            number=number,
            phase=phase,
            address=address,
            symbol=symbol.text,
            latex=symbol.latex,
            value=value,
            answer=_written(value, wanted),
            asked=ask in ("all", phase),
        )
        for number, (phase, address, value) in enumerate(answers, start=1)
        for symbol in [symbols[address]]
    )


def _addresses(net: Network, phase: Phase) -> Iterator[str]:
    """Yield what a phase asks for, in the order in which one works it out by hand."""
    if phase == "forward":
        structure = net.structure
        for group in (group for groups in structure.groups for group in groups):
            # Each out of softmax needs the nets of its whole group.
            yield from (f"{structure.names[row]}.net" for row in group)
            yield from (f"{structure.names[row]}.out" for row in group)
        yield from (f"{name}.loss" for name in net.outputs)
        yield "loss"
        return
    asked: set[str] = set()

    def first(tie: str | None) -> bool:
        """Whether a parameter has not been asked for at another of its places."""
        new = tie is None or tie not in asked
        asked.update([tie] if tie is not None else [])
        return new

    weight, bias = ("gradient", "bias_gradient") if phase == "backward" else ("weight", "bias")
    for level in reversed(net.levels[1:]):
        if phase == "backward":
            yield from (f"{name}.out_gradient" for name in level)
            yield from (f"{name}.delta" for name in level)
        for name in level:
            for connection in net.incoming(name):
                if connection.trainable and first(connection.get("tie")):
                    yield f"{connection.name}.{weight}"
            neuron = net.neuron(name)
            if neuron.get("bias") is not None and neuron.trainable and first(neuron.get("tie")):
                yield f"{name}.{bias}"


def _symbols(net: Network, asked: list[tuple[Phase, str]]) -> dict[str, Symbol]:
    """Return what each quantity is called, by address; parameters are new ones."""
    state = State(net)
    symbols = Symbols(state, tag_samples=False)
    names = {}
    for phase, address in asked:
        target, _, quantity = address.rpartition(".")
        name = f"{target}.new_{quantity}" if phase == "update" else address
        names[address] = symbols.of(find_place(state, name))
    return names


def _missing(basis: Basis) -> str:
    if basis.learning_rate is None:
        return basis.no_update
    return "no weight or bias of the network is trained"


def _enough(values: list[float], digits: int | None) -> int:
    """Return how many decimals show enough of every value."""
    if digits is not None:
        return digits
    needed = [
        SIGNIFICANT - 1 - math.floor(math.log10(abs(value)))
        for value in values
        if value and math.isfinite(value)
    ]
    return min(max([DECIMALS, *needed]), MOST_DECIMALS)


def _written(value: float, decimals: int) -> str:
    text = f"{value:.{decimals}f}"
    return text.lstrip("-") if float(text) == 0 else text


def _n_decimals(answer: str) -> int:
    return len(answer.partition(".")[2])
