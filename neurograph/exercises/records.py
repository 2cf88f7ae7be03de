"""What an exercise is: a network, its data, the conventions of one round, and the questions."""

from dataclasses import dataclass
from functools import cached_property
from typing import Literal

from neurograph.network import Network
from neurograph.scenario import ConnectionFacts, NetworkFacts, NeuronFacts

__all__ = ["PHASES", "Exercise", "Phase", "Question"]

Phase = Literal["forward", "backward", "update"]
PHASES: tuple[Phase, ...] = ("forward", "backward", "update")


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
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


@dataclass(frozen=True, kw_only=True)
class Exercise:
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
        That an answer is to have.
    questions : tuple of Question
        In the order of computation; those that are not asked are given on the sheet.

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
        return self.facts.build()

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
    )
