"""Exercises: what one is, one round of an example that it starts from, and its questions."""

import hashlib
import math
import os
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping
from dataclasses import replace
from decimal import Decimal
from functools import cached_property
from itertools import chain, combinations
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from neurograph.checks import finite_number, one_of, whole_number
from neurograph.digits import fixed, significant
from neurograph.display import Brief, Displayed, in_full
from neurograph.documents.lines import Symbol
from neurograph.equations import ORDERS
from neurograph.errors import InvalidTypeError, InvalidValueError
from neurograph.explanations.state import State, find_place
from neurograph.explanations.symbols import Symbols
from neurograph.network import Network
from neurograph.numerals import Numeral
from neurograph.records import record
from neurograph.rounds import read_inputs, read_targets
from neurograph.scenario import ConnectionFacts, NetworkFacts, NeuronFacts, Scenario, load_scenario
from neurograph.scenario.model import follow_from_start
from neurograph.scenario.player import (
    NextUpdate,
    edits_in_round,
    first_given,
    first_network,
    next_update,
)
from neurograph.scenario.runs import Run
from neurograph.slips import Edits
from neurograph.traces import trace
from neurograph.words import LANGUAGES, phrase

__all__ = [
    "PHASES", "Basis", "Exercise", "Phase", "Question", "asked_address", "assemble", "basis_of",
    "basis_of_network", "exercise", "questions_of", "vary_numbers",
]  # fmt: skip

Phase = Literal["forward", "backward", "update"]
PHASES: tuple[Phase, ...] = ("forward", "backward", "update")


@record(slots=True, kw_only=True)
class Question(Brief):
    """One value of the sheet.

    Parameters
    ----------
    number : int
        On the sheet, from 1.
    phase : {"forward", "backward", "update"}
    address : str
        Of the quantity; a weight or bias is asked for after the update.
    symbol, latex : str
        How the sheet writes it, as text and as LaTeX.
    value : float
        The answer, exactly.
    answer : str
        The answer with as many decimals as the sheet asks for.
    asked : bool
        Whether there is a blank; otherwise the sheet gives the value.
    """

    number: int
    phase: Phase
    address: str
    symbol: str
    latex: str
    value: float
    answer: str
    asked: bool


@record(kw_only=True)
class Exercise(Brief, Displayed):
    """One round of a network, to be worked out by hand.

    Parameters
    ----------
    id : str
        Eight digits that follow from everything else: answers to another exercise are noticed.
    title : str
    source : str, optional
        Where the example comes from.
    facts : NetworkFacts
    inputs, targets : tuple of float
        Of the one sample.
    order : {"simultaneous", "in_place"}
    learning_rate : float, optional
    digits : int, optional
        Decimals to which every value is rounded while computing.
    decimals : int
        That an answer is to have, at most where significant digits are asked for.
    questions : tuple of Question
        In the order of computation; those that are not asked are given on the sheet.
    significant : int, optional
        How many significant digits an answer is to have, instead of decimals.
    decimal_comma : bool, optional
        Whether answers are known to have a comma before their decimals, or not to.
    language : {"en", "de"}
        Of the sheet and of its marks.
    given : tuple of (str, float)
        Nets and outs that are among the data of the sheet, by address.
    edits : tuple of str
        What is done otherwise than the equations say, as `Run.edits` call it.

    Examples
    --------
    >>> from neurograph.exercises import exercise
    >>> sheet = exercise("mazur_2015", ask="forward", hide=3, seed=1)
    >>> len(sheet.questions), len(sheet.asked)
    (11, 3)
    """

    id: str
    title: str
    source: str | None
    facts: NetworkFacts
    inputs: tuple[float, ...]
    targets: tuple[float, ...]
    order: Literal["simultaneous", "in_place"]
    learning_rate: float | None
    digits: int | None
    decimals: int
    questions: tuple[Question, ...]
    significant: int | None = None
    decimal_comma: bool | None = None
    language: str = "en"
    given: tuple[tuple[str, float], ...] = ()
    edits: tuple[str, ...] = ()

    @property
    def asked(self) -> tuple[Question, ...]:
        """The questions with a blank."""
        return tuple(question for question in self.questions if question.asked)

    @cached_property
    def phases(self) -> tuple[Phase, ...]:
        """The phases of the round that the sheet has values of."""
        return tuple(phase for phase in PHASES if any(q.phase == phase for q in self.questions))

    def network(self) -> Network:
        """Return a new network, as the sheet gives it.

        Returns
        -------
        Network
        """
        return network_of(self)

    def question(self, address: str) -> Question | None:
        """Return the question for an address, if the sheet has it."""
        return next((question for question in self.questions if question.address == address), None)


def facts_of(net: Network) -> NetworkFacts:
    """Return the facts of a network whose neurons are named by text."""
    neurons = tuple(
        NeuronFacts(
            name=str(name),
            activation=neuron.get("activation"),
            bias=neuron.get("bias"),
            label=neuron.get("label"),
            trainable=neuron.get("trainable"),
            tie=neuron.get("tie"),
            combine=neuron.get("combine"),
            mask=neuron.get("mask"),
            kind=neuron.get("kind"),
        )
        for name, neuron in net.nodes.items()
    )
    connections = tuple(
        ConnectionFacts(
            pre=str(pre),
            post=str(post),
            weight=connection.weight,
            label=connection.get("label"),
            trainable=connection.get("trainable"),
            tie=connection.get("tie"),
        )
        for (pre, post), connection in net.edges.items()
    )
    return NetworkFacts(
        neurons=neurons,
        connections=connections,
        loss=net.checked_loss().name,
        reduction=net.reduction,
        **vars(net.terms),
    )


# -- what it starts from -------------------------------------------------------------------------

#: How often to draw before the numbers are taken that came nearest.
_DRAWS = 400
#: Between these a neuron's net is neither saturated nor too near to 0 to be noticed.
_LEAST_NET, _MOST_NET = 0.05, 2.0
#: A value below this does not show four digits in six decimals.
_LEAST = 1e-3
#: Two outs nearer than this are hard to tell apart, and so are mistakes that exchange them.
_APART = 0.01

_TENTHS = np.arange(1, 10) / 10
_HUNDREDTHS = np.array([number / 100 for number in range(5, 100) if number % 10])


@record(kw_only=True)
class Basis(Brief):
    """One round of an example: all that its numbers follow from."""

    title: str
    source: str | None
    facts: NetworkFacts
    inputs: tuple[float, ...]
    targets: tuple[float, ...]
    order: Any = "simultaneous"
    learning_rate: float | None = None
    digits: int | None = None
    language: str = "en"
    given: tuple[tuple[str, float], ...] = ()
    edits: tuple[str, ...] = ()
    #: Why there is no update to be worked out.
    no_update: str = "no learning rate is given, so nothing is updated"


def basis_of(
    of: Scenario | str | os.PathLike[str],
    run: str | None = None,
    sample: int = 1,
    language: str = "en",
) -> Basis:
    """Return one round of a scenario, for one of its samples."""
    scenario = of if isinstance(of, Scenario) else load_scenario(of)
    chosen = scenario.run(run)
    scenario.check_targets("an exercise")
    data = scenario.data_of(chosen)
    scenario, chosen, edits = _without_edits(scenario, chosen)
    inputs, targets = (_row(np.atleast_2d(values), sample) for values in data)
    year = f", {scenario.year}" if scenario.year else ""
    update = next_update(scenario, chosen)
    why = _no_update(update, sample)
    # A number: of a rate that falls, that of the one change.
    rate = None if why or update.learning_rate is None else float(update.learning_rate)
    source: str | None = phrase(
        "after", language, author=scenario.author, title=scenario.title, year=year
    )
    if scenario.file.suffix.lower() == ".json":
        source = None  # a network that was saved: nobody printed it
    elif why and update.learning_rate is not None:
        source = f"{source} ({phrase('no update', language, run=chosen.name, why=why)})"
    return Basis(
        title=scenario.title,
        source=source,
        facts=facts_of(first_network(scenario, chosen)),
        inputs=inputs,
        targets=targets,
        # Without a learning rate no weight changes, in place or otherwise.
        order=update.training.order if rate is not None else "simultaneous",
        learning_rate=rate,
        digits=chosen.digits,
        language=language,
        given=tuple(first_given(chosen).items()),
        edits=edits,
        no_update=f"run {chosen.name!r} {why}",
    )


def _without_edits(scenario: Scenario, run: Run) -> tuple[Scenario, Run, tuple[str, ...]]:
    """Return a scenario of one run without its edits, and those of its first round."""
    if not run.edits:
        return scenario, run, ()
    edits = edits_in_round(scenario, run)
    if edits.writes:
        raise InvalidValueError(
            f"run {run.name!r} states how numbers are written; a sheet has 'digits' for that, and"
            " asks for what is computed"
        )
    plain = replace(run, edits=())
    return replace(scenario, runs=(plain,)), plain, tuple(map(str, edits.of_equations))


def network_of(of: "Basis | Exercise") -> Network:
    """Return a new network, which follows the edits of a round."""
    net = of.facts.build(Network)
    if of.edits:
        from neurograph.conventions.edited_runs import follow  # the whole audit, mostly not needed
        from neurograph.conventions.setups import Conventions

        stated = Conventions(learning_rate=of.learning_rate, order=of.order, digits=of.digits)
        follow(net, of.inputs, of.targets, stated, of.edits)
    return net


def _no_update(update: NextUpdate, sample: int) -> str:
    """Return why one sample does not give what the run changes weights by; empty if it does."""
    if update.learning_rate is None:
        return "has no learning rate, so nothing is updated"
    if update.blocked:
        return update.blocked
    if update.batch_size > 1:
        return f"changes weights after {update.batch_size} samples together"
    if update.n_samples > 1 and (update.rows != (sample - 1,) or update.training.shuffle):
        return f"changes weights before it comes to sample {sample}"
    return update.by_another_optimizer


def basis_of_network(
    net: Network,
    data: tuple[Any, Any],
    learning_rate: float | None,
    order: str | None,
    sample: int,
    language: str = "en",
) -> Basis:
    """Return one round of a network as it is, for one sample of its inputs and targets."""
    inputs, targets = data
    rate = None if learning_rate is None else finite_number(learning_rate, "learning_rate")
    if inputs is None or targets is None:
        raise InvalidValueError(
            "an exercise about a network needs inputs and targets: exercise(net, inputs, targets)"
        )
    order = one_of("simultaneous" if order is None else order, ORDERS, "order")
    storage = net.storage
    given = read_inputs(storage.structure, inputs)
    wanted = read_targets(storage.structure, targets, given[0])
    named = [str(name) for name in net]
    if len(set(named)) < len(named):
        raise InvalidValueError("two neurons have the same name as text: answers could not tell")
    rows = [np.atleast_1d(np.stack(values, axis=-1)) for values in (given, wanted)]
    one_input, one_target = (_row(np.atleast_2d(values), sample) for values in rows)
    return Basis(
        title=phrase("by hand", language),
        source=None,
        facts=facts_of(net),
        inputs=one_input,
        targets=one_target,
        # Without a learning rate no weight changes, in place or otherwise.
        order="simultaneous" if rate is None else order,
        learning_rate=rate,
        language=language,
    )


def _row(values: Any, sample: int) -> tuple[float, ...]:
    """Return one sample of several, counted from 1."""
    sample = whole_number(sample, "sample")
    if sample > len(values):
        n = len(values)
        raise InvalidValueError(f"no sample {sample}: the data has {n} sample{'s' * (n != 1)}")
    return tuple(values[sample - 1].tolist())


def vary_numbers(basis: Basis, rng: np.random.Generator) -> Basis:
    """Return the round with fresh weights, biases, inputs and targets of one decimal.

    No two weights of a level are equal, so that an exchange shows; where it has more than 18 they
    have two decimals. Frozen parameters get fresh numbers too, tied ones the same; targets that
    are all -1, 0 or 1 (of a classification) change places only.

    Parameters
    ----------
    basis : Basis
    rng : numpy.random.Generator

    Returns
    -------
    Basis
        The draw with the fewest values that are saturated, too small to show four digits in six
        decimals, or too near to another; mostly there are none.

    Raises
    ------
    InvalidValueError
        If no draw gives finite numbers, or an edit is about the numbers as they were.
    """
    edits = network_of(basis).edits
    best: tuple[float, Basis | None] = (math.inf, None)
    for _ in range(_DRAWS):
        drawn = _drawn(basis, rng)
        faults = _faults(drawn, edits)
        if faults < best[0]:
            best = faults, drawn
        if not faults:
            break
    if best[1] is None:
        raise InvalidValueError("no fresh numbers were found that stay finite")
    try:
        network_of(best[1])
    except InvalidValueError as error:
        raise InvalidValueError(
            f"fresh numbers are drawn where edits are about none: leave out 'vary' ({error})"
        ) from error
    return best[1]


def _drawn(basis: Basis, rng: np.random.Generator) -> Basis:
    facts = basis.facts
    level_of = facts.level_of()
    ties: dict[str, float] = {}
    neurons = tuple(
        neuron
        if neuron.bias is None
        else replace(neuron, bias=_tied(ties, neuron.tie, _signed(rng, 1)[0]))
        for neuron in facts.neurons
    )
    levels = [level_of[connection.post] for connection in facts.connections]
    fresh = {level: iter(_signed(rng, levels.count(level))) for level in sorted(set(levels))}
    connections = tuple(
        replace(connection, weight=_tied(ties, connection.tie, next(fresh[level])))
        for connection, level in zip(facts.connections, levels, strict=True)
    )
    network: NetworkFacts = replace(facts, neurons=neurons, connections=connections)
    targets = np.array(basis.targets)
    if set(basis.targets) <= {-1.0, 0.0, 1.0}:
        targets = rng.permutation(targets)
    else:
        targets = rng.choice(_TENTHS, len(targets), replace=len(targets) > len(_TENTHS))
    inputs = rng.choice(_TENTHS, len(basis.inputs), replace=len(basis.inputs) > len(_TENTHS))
    return replace(
        basis,
        facts=network,
        inputs=tuple(inputs.tolist()),
        targets=tuple(targets.tolist()),
        source=(
            f"{basis.source}, {phrase('other numbers', basis.language)}" if basis.source else None
        ),
    )


def _tied(ties: dict[str, float], tie: str | None, fresh: float) -> float:
    return fresh if tie is None else ties.setdefault(tie, fresh)


def _signed(rng: np.random.Generator, n: int) -> list[float]:
    """Return numbers, two thirds of them positive, no two of which are equal."""
    sizes: NDArray[np.float64] = _TENTHS
    if n > len(_TENTHS):
        sizes = np.concatenate([_TENTHS, -_TENTHS] if n <= 2 * len(_TENTHS) else [_HUNDREDTHS])
    drawn = rng.choice(sizes, n, replace=n > len(sizes))
    signs = 1.0 if sizes.min() < 0 else rng.choice([1.0, 1.0, -1.0], n)
    numbers: list[float] = (drawn * signs).tolist()
    return numbers


def _faults(drawn: Basis, edits: Edits) -> float:
    """Return how many things do not come out well; infinitely many where one is not finite."""
    net = drawn.facts.build(Network)
    follow_from_start(net, edits)
    net.forward(drawn.inputs)
    if not math.isfinite(net.backward(drawn.targets)):
        return math.inf
    faults = 0
    for level in net.levels[1:]:
        outs = [float(net.neuron(name).out) for name in level]
        faults += sum(abs(one - other) < _APART for one, other in combinations(outs, 2))
        for name in level:
            neuron = net.neuron(name)
            faults += not _LEAST_NET <= abs(float(neuron.net)) <= _MOST_NET
            faults += abs(float(neuron.delta)) < _LEAST
            faults += sum(abs(float(link.gradient)) < _LEAST for link in net.incoming(name))
    for name in net.outputs:
        # A loss of 0 is meant, as that of the classes which are not the target.
        faults += 0 < abs(float(net.neuron(name).loss)) < _LEAST
    return faults + _unseen(net)


def _unseen(net: Network) -> int:
    """Return how many outputs have their target already."""
    outputs = map(net.neuron, net.outputs)
    return sum(abs(float(output.out) - float(output.target)) < _APART for output in outputs)


# -- its questions -------------------------------------------------------------------------------

#: More than this nobody works out by hand.
MOST_CONNECTIONS = 80
#: Answers have at least so many decimals, and so many digits that are not leading zeros.
DECIMALS, SIGNIFICANT = 6, 4
MOST_DECIMALS = 12
#: Beside the largest value, and beside 1, less is a rounding error, and no digit of it is shown.
_NOISE = 1e-13
#: Longer answers are written with a power of ten.
_MOST_LETTERS = 20


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
    significant: int | None = None,
    title: str | None = None,
    order: str | None = None,
    language: str = "en",
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
    significant : int, optional
        Instead of decimals, how many significant digits the answers have, 1 to 12.
    title : str, optional
        By default that of the worked example.
    order : {"simultaneous", "in_place"}, optional
        When the weights of a network change, as for `Network.step`; a worked example has its own.
    language : {"en", "de"}
        Of the sheet and of its marks.

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
    one_of(language, LANGUAGES, "language")
    seed = whole_number(seed, "seed", least=0)
    if isinstance(of, Network):
        if run is not None:
            raise InvalidValueError("run is for worked examples; a network has no runs")
        basis = basis_of_network(of, (inputs, targets), learning_rate, order, sample, language)
    else:
        names = ("inputs", "targets", "learning_rate", "order")
        given = zip(names, (inputs, targets, learning_rate, order), strict=True)
        if extra := [name for name, value in given if value is not None]:
            raise InvalidValueError(
                f"{extra[0]} is for networks; a worked example has its own (its runs differ in"
                " conventions: choose one with run)"
            )
        basis = basis_of(of, run, sample, language)
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
    if vary and basis.given:
        raise InvalidValueError(
            "fresh numbers are drawn for a round without given nets or outs: leave out 'vary'"
        )
    if vary:
        basis = vary_numbers(basis, rng)
    questions = questions_of(basis, ask, decimals, significant)
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
    return assemble(basis, questions, significant=significant)


def assemble(basis: Basis, questions: tuple[Question, ...], **others: Any) -> Exercise:
    """Put an exercise together; its id follows from everything in it but how it is worded."""
    content = (
        basis.facts, basis.inputs, basis.targets, basis.order, basis.learning_rate, basis.digits,
        [(question.address, question.answer, question.asked) for question in questions],
        *([basis.given] if basis.given else []), *([basis.edits] if basis.edits else []),
    )  # fmt: skip
    return Exercise(
        id=hashlib.sha256(in_full(content).encode()).hexdigest()[:8],
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
        language=basis.language,
        given=basis.given,
        edits=basis.edits,
        **others,
    )


def questions_of(
    basis: Basis, ask: str, decimals: int | None, significant: int | None = None
) -> tuple[Question, ...]:
    """Return every value of the sheet, up to the last phase that has blanks."""
    net, given = network_of(basis), dict(basis.given)
    steps = trace(
        net, basis.inputs, basis.targets, basis.learning_rate, basis.order, digits=basis.digits,
        given=given,
    )  # fmt: skip
    values = {event.address: event.value for event in steps}
    net.forward(basis.inputs, digits=basis.digits, given=given)
    values["loss"] = net.backward(basis.targets, digits=basis.digits)
    answers = [
        (phase, address, float(values[address]))
        for phase in (PHASES if ask == "all" else PHASES[: PHASES.index(ask) + 1])
        for address in _addresses(net, phase)
        if address in values and address not in _beside(given)
    ]
    written: Callable[[float, int], str] = _written if significant is None else _significant
    if significant is not None:
        if decimals is not None:
            raise InvalidValueError("answers have either decimals or significant digits, not both")
        wanted = _digits_wanted(significant, "significant")
    else:
        wanted = (
            _enough([value for _, _, value in answers], basis.digits)
            if decimals is None
            else _digits_wanted(decimals, "decimals")
        )
    symbols = _symbols(net, [(phase, address) for phase, address, _ in answers])
    return tuple(
        Question(
            number=number,
            phase=phase,
            address=address,
            symbol=symbol.text,
            latex=symbol.latex,
            value=value,
            answer=written(value, wanted),
            asked=ask in ("all", phase),
        )
        for number, (phase, address, value) in enumerate(answers, start=1)
        for symbol in [symbols[address]]
    )


def _beside(given: Mapping[str, float]) -> set[str]:
    """Return what a sheet does not ask for: what is given, and the net of an out that is."""
    parts = (address.rpartition(".") for address in given)
    return {*given, *(f"{name}.net" for name, _, quantity in parts if quantity == "out")}


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
    levels = list(reversed(net.levels[1:]))
    trained = [list(_trained(net, level, phase)) for level in levels]
    places = list(chain.from_iterable(trained))
    # A shared gradient is a sum that needs the deltas of all of its places: it comes with the last.
    first, last = dict(reversed(places)), dict(places)
    for level, into in zip(levels, trained, strict=True):
        if phase == "backward":
            yield from (f"{name}.out_gradient" for name in level)
            yield from (f"{name}.delta" for name in level)
        yield from (first[its] for its, address in into if address == last[its])


def _trained(
    net: Network, level: Iterable[Hashable], phase: Phase
) -> Iterator[tuple[Hashable, str]]:
    """Yield the parameters into a level that are trained, each with what is asked for it.

    A parameter is known by its tie, or where it is not shared by that address.
    """
    weight, bias = ("gradient", "bias_gradient") if phase == "backward" else ("weight", "bias")
    for name in level:
        for connection in net.incoming(name):
            if connection.trainable:
                address = f"{connection.name}.{weight}"
                yield connection.get("tie", (address,)), address
        neuron = net.neuron(name)
        if neuron.get("bias") is not None and neuron.trainable:
            address = f"{name}.{bias}"
            yield neuron.get("tie", (address,)), address


def _symbols(net: Network, asked: list[tuple[Phase, str]]) -> dict[str, Symbol]:
    """Return what each quantity is called, by address; parameters are new ones."""
    state = State(net)
    symbols = Symbols(state, tag_samples=False)
    names = {}
    for phase, address in asked:
        names[address] = symbols.of(find_place(state, asked_address(address, phase)))
    return names


def asked_address(address: str, phase: str) -> str:
    """Return the address of what a question asks for: of a weight or a bias, the new one."""
    target, _, quantity = address.rpartition(".")
    return f"{target}.new_{quantity}" if phase == "update" else address


def _missing(basis: Basis) -> str:
    if basis.learning_rate is None:
        return basis.no_update
    return "no weight or bias of the network is trained"


def _enough(values: list[float], digits: int | None) -> int:
    """Return how many decimals show enough of every value.

    What a sum of floats leaves where the right value is 0 needs none.
    """
    if digits is not None:
        return digits
    sizes = [abs(value) for value in values if math.isfinite(value)]
    noise = max([1.0, *sizes]) * _NOISE
    needed = [SIGNIFICANT - 1 - math.floor(math.log10(size)) for size in sizes if size > noise]
    return min(max([DECIMALS, *needed]), MOST_DECIMALS)


def _written(value: float, decimals: int) -> str:
    text = fixed(value, decimals)
    return text.lstrip("-") if float(text) == 0 else text


def _significant(value: float, digits: int) -> str:
    """Return a value with so many significant digits, in tenths and hundredths as on paper."""
    if not value or not math.isfinite(value):
        return _written(value, digits - 1)
    with_power = significant(value, digits, "e")
    text = f"{Decimal(with_power):f}"
    return text if len(text) <= _MOST_LETTERS else with_power


def _digits_wanted(digits: int, name: str) -> int:
    wanted = whole_number(digits, name)
    if wanted > MOST_DECIMALS:
        raise InvalidValueError(f"{name} must be from 1 to {MOST_DECIMALS}, not {wanted}")
    return wanted


def _n_decimals(answer: str) -> int:
    return max(0, Numeral.of(answer).decimals)
