"""The runs of a scenario as frozen records, and the table of the steps that they are made of."""

from collections.abc import Callable, Mapping
from dataclasses import field, fields, replace
from itertools import chain
from typing import Annotated, Any, Literal, Protocol, get_args

from neurograph.addresses import AddressFormula, parse_address
from neurograph.display import Brief
from neurograph.facts import LOSS, Biases, penalty_of
from neurograph.fields import (
    MAX_LIST,
    Field,
    Mistakes,
    address,
    choice,
    choice_of,
    count,
    errors_at,
    inside,
    integer,
    keys_of,
    list_of,
    mapping_of,
    needed,
    not_negative,
    number,
    printed_number,
    record_of,
    run_name,
    seed_number,
    table_of,
    text,
    truth,
    wrong,
)
from neurograph.numerals import Numeral
from neurograph.optimizers import (
    CHANGE,
    DECAY,
    DECAYING,
    OPTIMIZERS,
    REMEMBERED,
    ROWS,
    SYNONYMS,
    Optimizer,
    check_optimizer_name,
    get_optimizer,
)
from neurograph.quantities import BY_ADDRESS
from neurograph.records import record
from neurograph.scenario.scales import Scale
from neurograph.schedules import RateFormula
from neurograph.terms import DELTAS, SLOPES, Penalty

__all__ = [
    "FORWARD", "SETTABLE", "STEPS", "Gradients", "Machine", "Order", "Printed", "Run", "StatedEdit",
    "Step", "StepKind", "StopFacts", "Training", "perform",
]  # fmt: skip

Order = Literal["simultaneous", "in_place"]
Gradients = Literal["agree", "differ"]

#: The end of an address of an out in the units that the data had before they were scaled.
PREDICTION = ".prediction"


def address_formula(value: Any, place: str) -> AddressFormula:
    """Check a formula in addresses."""
    line = text(value, place)
    with errors_at(place):
        return AddressFormula(line)


@record(slots=True, kw_only=True)
class Printed(Brief):
    """One value as the source prints it.

    Parameters
    ----------
    address : str
        The quantity, such as ``"h1.net"``.
    value : str
        The printed digits.
    symbol : str
        What the source calls the quantity.
    place : str, optional
        Where in the source it stands.
    sample : int, optional
        Which sample of the data it belongs to, counted from 1.
    correct, cause : str, optional
        Both, for an erratum: the value recomputed, and why the printed one differs.
    round : int, optional
        After which round of a training it is printed, counted from 1; by default the last.
    truncated : bool
        Whether the source cut the digits off instead of rounding.
    formula : AddressFormula, optional
        How the source makes it of others; `address` is then the source's own name for it.
    """

    address: str
    value: Annotated[Numeral, printed_number]
    symbol: Annotated[str, text] = ""
    place: Annotated[str | None, text] = None
    sample: Annotated[int | None, count] = None
    round: Annotated[int | None, count] = None
    correct: Annotated[Numeral | None, printed_number] = None
    cause: Annotated[str | None, text] = None
    truncated: Annotated[bool, truth] = False
    formula: Annotated[AddressFormula | None, address_formula] = None

    @property
    def addresses(self) -> tuple[str, ...]:
        """What it is, or what it is made of."""
        return (self.address,) if self.formula is None else self.formula.addresses

    @property
    def is_prediction(self) -> bool:
        """Whether it is an out in the units of the data: what the file calls ``o1.prediction``."""
        return self.formula is None and self.address.endswith(PREDICTION)

    def with_scales(self, scales: Mapping[str, Scale]) -> "Printed":
        """Return it with the formula of a prediction, if it is one of an output that is scaled."""
        name = self.address.removesuffix(PREDICTION)
        if not self.is_prediction or name not in scales:
            return self
        scale = scales[name]
        shift = f" + {scale.minus!r}" if scale.minus else ""
        formula = AddressFormula(f"{scale.over!r} * {name}.out{shift}")
        return replace(self, formula=formula)


def _entry(value: Any, place: str) -> dict[str, Any]:
    """Check one printed value: its digits, or a table with them and more."""
    if not isinstance(value, dict):
        value = {"value": printed_number(value, place)}
    entry: dict[str, Any] = table_of(dict, keys_of(Printed))(value, place)
    if (entry["correct"] is None) != (entry["cause"] is None):
        given, absent = ("correct", "cause") if entry["correct"] else ("cause", "correct")
        raise wrong(place, f"{given!r} marks an erratum, which needs {absent!r} too")
    if entry["correct"] and entry["truncated"]:
        raise wrong(place, "a value is either 'truncated', and right so far, or an erratum")
    return entry


def _entries(value: Any, place: str) -> tuple[dict[str, Any], ...]:
    """Check what is printed for one address: a value, or a list where it is printed repeatedly."""
    if isinstance(value, list):
        entries: tuple[dict[str, Any], ...] = list_of(_entry)(value, place)
        return entries
    return (_entry(value, place),)


def _printed(value: Any, place: str) -> dict[str, tuple[dict[str, Any], ...]]:
    """Check what is printed: by address, or by a name of the source's own what it has made."""
    kept: dict[str, tuple[dict[str, Any], ...]] = mapping_of(text, _entries)(value, place)
    mistakes = Mistakes()
    for key, entries in kept.items():
        if any(entry["formula"] is None for entry in entries) and not key.endswith(PREDICTION):
            with mistakes:
                address(key, inside(place, key))
    mistakes.check()
    return kept


@record(slots=True, kw_only=True)
class StopFacts:
    """When training ends before its last round: whichever comes first of what is stated."""

    loss: Annotated[float | None, number] = None
    no_improvement: Annotated[int | None, count] = None
    gradient_norm: Annotated[float | None, not_negative] = None


def learning_rate_of(value: Any, place: str) -> float:
    """Check a learning rate: a number, or a formula of the step and the epoch."""
    if not isinstance(value, str):
        rate: float = not_negative(value, place)
        return rate
    line = text(value, place)
    with errors_at(place):
        return RateFormula(line)


def _optimizer(value: Any, place: str) -> str | Optimizer:
    """Check an optimiser: its name, or a table with the name and constants of its own."""
    named = choice_of(OPTIMIZERS, SYNONYMS | DECAYING)
    stated = value if isinstance(value, dict) else {"name": value}
    if isinstance(stated.get("name"), str):
        with errors_at(place):
            check_optimizer_name(stated["name"], stated.get(DECAY, 0.0))
    if not isinstance(value, dict):
        name: str = named(value, place)
        return name
    if "name" not in value:
        raise wrong(place, "missing key 'name'")
    # What constants there are depends on the name.
    build: Any = OPTIMIZERS[named(value["name"], inside(place, "name"))]
    keys = {
        key.name: Field(truth if isinstance(key.default, bool) else number, default=key.default)
        for key in fields(build)
    }
    given = table_of(dict, {"name": needed(named), **keys})(value, place)
    name = given.pop("name")
    if not given:
        return name
    with errors_at(place):
        made: Optimizer = build(**given)
    return made


@record(slots=True, kw_only=True)
class Training(Brief):
    """How a step changes weights: what the step says, and else what its run says.

    Parameters
    ----------
    learning_rate : float
    order : {"simultaneous", "in_place"}
    optimizer : str or Optimizer
    batch_size : int, optional
        Samples between two changes; without it, all of them.
    shuffle : bool
    seed : int, optional
        Of shuffling.
    """

    learning_rate: float
    order: Order
    optimizer: str | Optimizer
    batch_size: int | None
    shuffle: bool
    seed: int | None


def _mask(value: Any, place: str) -> tuple[tuple[str, float], ...]:
    """Check masks by neuron."""
    masks: dict[str, float] = mapping_of(text, number)(value, place)
    return tuple(masks.items())


def _step_name(value: Any, place: str) -> str:
    """Check what a step does: one of the table as it is now, with what was added to it."""
    word: str = choice_of(STEPS)(value, place)
    return word


@record(slots=True, kw_only=True)
class Step(Brief):
    """One step of a run, and the values printed for the moment after it.

    Parameters
    ----------
    do : str
        What is done: a key of `STEPS`.
    place, note : str, optional
        Where in the source its values stand, and any text.
    printed : tuple of Printed
    rounds : int
        Of ``train``; 1 for every other step.
    order, learning_rate, optimizer, batch_size, shuffle, seed : optional
        Of a step that changes weights, where they differ from those of the run.
    stop : StopFacts, optional
        Of ``train``.
    values : tuple of (str, float)
        Of ``set``: addresses of parameters, with their new values; of what an optimiser remembers;
        and of nets and outs that the source gives, which take the place of those of the next
        forward pass.
    samples : tuple of int, optional
        Of a step that makes passes: only these samples of the data, counted from 1, also in the
        steps after it that compute on.
    mask : tuple of (str, float)
        Of a step that makes passes, by neuron: a constant factor on its out, where it differs from
        that of the run, also in the steps after it that compute on.
    loss, reduction : str, optional
        Of ``loss``, where the source reports another loss than it trains on.
    after : int
        Rounds of the same training that were made before, of a part of one; no key of a file.
    gradients : {"agree", "differ"}, optional
        Of ``check``: how the gradients compare with differentiation by numbers.
    normalised : bool
        Of ``attribute``: whether shares are divided by the sum of the weights.
    """

    do: Annotated[str, _step_name]
    place: Annotated[str | None, text] = None
    note: Annotated[str | None, text] = None
    printed: Annotated[tuple[Printed, ...], _printed] = ()
    rounds: Annotated[int, count] = 1
    order: Annotated[Order | None, choice(*get_args(Order))] = None
    learning_rate: Annotated[float | None, learning_rate_of] = None
    optimizer: Annotated[str | Optimizer | None, _optimizer] = None
    batch_size: Annotated[int | None, count] = None
    shuffle: Annotated[bool | None, truth] = None
    seed: Annotated[int | None, seed_number] = None
    stop: Annotated[StopFacts | None, record_of(StopFacts)] = None
    values: Annotated[tuple[tuple[str, float], ...], mapping_of(address, number)] = ()
    gradients: Annotated[Gradients | None, choice(*get_args(Gradients))] = None
    normalised: Annotated[bool, truth] = True
    samples: Annotated[tuple[int, ...] | None, list_of(count)] = None
    mask: Annotated[tuple[tuple[str, float], ...], _mask] = ()
    loss: Annotated[str | None, LOSS] = None
    reduction: Annotated[str | None, choice("mean", "sum")] = None
    after: int = 0

    @property
    def kind(self) -> "StepKind":
        """Its row of `STEPS`.

        Raises
        ------
        NotImplementedError
            If there is none.
        """
        if self.do not in STEPS:
            raise NotImplementedError(self.do)
        return STEPS[self.do]

    @property
    def trains(self) -> bool:
        """Whether weights change against their gradients."""
        return self.kind.trains

    @property
    def in_batches(self) -> bool:
        """Whether it makes rounds batch by batch, by any optimiser: a training."""
        return "batch_size" in self.kind.keys

    @property
    def pauses(self) -> list[int]:
        """The rounds after which something is printed, and the last."""
        printed = {value.round for value in self.printed if value.round is not None}
        return sorted({*(number for number in printed if number < self.rounds), self.rounds})

    def printed_after(self, number: int) -> set[str]:
        """Return the addresses that are printed after one of its rounds."""
        printed = (value.addresses for value in self.printed if value.round == number)
        return set(chain.from_iterable(printed))

    @property
    def makes_pass(self) -> bool:
        """Whether it makes a forward pass, of samples and under masks that it may state."""
        return "samples" in self.kind.keys

    @property
    def is_part_of_round(self) -> bool:
        """Whether it computes gradients or changes weights by them, and not both."""
        return ("gradient" in self.kind.computes) != self.trains

    @property
    def changes_weights(self) -> bool:
        """Whether the weights are others after the step."""
        return self.kind.trains or "parameter" in self.sets

    @property
    def sets(self) -> frozenset[str]:
        """What it sets: values of `SETTABLE`."""
        return frozenset(SETTABLE[parse_address(address).quantity] for address, _ in self.values)


#: What ``set`` can set, by quantity: parameters; what an optimiser begins with; what is given.
SETTABLE: Mapping[str, str] = {
    "weight": "parameter",
    "bias": "parameter",
    **{
        name: "memory"
        for row in BY_ADDRESS.values()
        if row.name == CHANGE or row.name in REMEMBERED
        for name in (row.name, row.of_bias)
    },
    "net": "given",
    "out": "given",
}


class Machine(Protocol):
    """What steps are performed on: the objects of a network, or values under changes.

    What is computed, with which data and conventions, the machine knows; a step says the rest.
    """

    def forward(self, step: Step) -> None:
        """Make a forward pass."""
        ...

    def compare(self, step: Step) -> None:
        """Compare the outputs with the targets."""
        ...

    def backward(self) -> None:
        """Make a backward pass."""
        ...

    def update(self, step: Step) -> None:
        """Change the weights by their gradients."""
        ...

    def go_round(self, step: Step) -> None:
        """Make both passes and an update, so many times."""
        ...

    def train(self, step: Step) -> None:
        """Make so many rounds, batch by batch."""
        ...

    def parameters(self) -> dict[str, float]:
        """Return the weights and biases by address."""
        ...

    def set(self, values: Mapping[str, float]) -> None:
        """Give weights and biases new values, by address, or let something else be given."""
        ...

    def check(self, step: Step) -> None:
        """Compare the gradients with differentiation by numbers."""
        ...

    def attribute(self, normalised: bool) -> None:
        """Share out the errors."""
        ...

    def curvature(self) -> None:
        """Compute second derivatives."""
        ...


@record
class StepKind:
    """What a step may do: one row of `STEPS`.

    Parameters
    ----------
    perform : function of a Machine and a Step
        Does it.
    computes : frozenset of str
        The quantities that are new after it.
    keys : mapping of str to str
        The fields of `Step` that belong to it, beside those of every step; with what is missing
        where one of them must be there.
    trains, sets : bool
        Whether it changes weights against their gradients, or in another way.
    checked : bool
        Whether its gradients can be checked right after it.
    """

    perform: Callable[[Machine, Step], None]
    computes: frozenset[str] = frozenset()
    keys: Mapping[str, str] = field(default_factory=dict)
    trains: bool = False
    sets: bool = False
    checked: bool = False


def _of_phase(phase: str) -> frozenset[str]:
    """Return the quantities of neurons and connections that a phase computes."""
    rows = BY_ADDRESS.items()
    return frozenset(name for name, row in rows if row.phase == phase and row.owner != "network")


#: What a forward pass computes.
FORWARD = _of_phase("forward")
_UPDATE = _of_phase("update") | {"weight", "bias"}
_ROUND = _of_phase("forward") | _of_phase("backward") | _UPDATE
# How weights change: keys of a run, and of a training that differs from its run.
_TRAINING = ("order", "learning_rate", "optimizer", "batch_size", "shuffle", "seed")
# What a pass is about.
_OF_PASS = dict.fromkeys(("samples", "mask"), "")

#: The steps of a run, by what a file calls them: the one place that says what each of them is.
STEPS = {
    "given": StepKind(lambda machine, step: None),
    "forward": StepKind(
        lambda machine, step: machine.forward(step), _of_phase("forward"), _OF_PASS
    ),
    "loss": StepKind(
        lambda machine, step: machine.compare(step), frozenset({"target", "loss"}),
        {"loss": "", "reduction": ""},
    ),
    "backward": StepKind(
        lambda machine, step: machine.backward(), _of_phase("backward"), checked=True
    ),
    "update": StepKind(
        lambda machine, step: machine.update(step),
        _UPDATE,
        {"learning_rate": ""},
        trains=True,
    ),
    "step": StepKind(
        lambda machine, step: machine.go_round(step),
        _ROUND,
        {"order": "", "learning_rate": "", **_OF_PASS},
        trains=True,
        checked=True,
    ),
    "train": StepKind(
        lambda machine, step: machine.train(step),
        _ROUND,
        {
            "rounds": "how many rounds to train",
            **dict.fromkeys((*_TRAINING, *_OF_PASS, "stop"), ""),
        },
        trains=True,
    ),
    "set": StepKind(
        lambda machine, step: machine.set(dict(step.values)),
        keys={"values": "the new values of parameters and the like, by address"},
        sets=True,
    ),
    "check": StepKind(
        lambda machine, step: machine.check(step),
        keys={"gradients": "whether they 'agree' or 'differ'"},
    ),
    "attribute": StepKind(
        lambda machine, step: machine.attribute(step.normalised),
        _of_phase("attribution"),
        {"normalised": ""},
    ),
    "curvature": StepKind(lambda machine, step: machine.curvature(), _of_phase("curvature")),
}


def perform(machine: Machine, step: Step) -> None:
    """Perform a step.

    Raises
    ------
    NotImplementedError
        If it does what `STEPS` does not know.
    """
    step.kind.perform(machine, step)


_EVERY_STEP = ("do", "place", "note", "printed")


def _checked_step(value: Any, place: str) -> Step:
    """Check a step, and that its keys belong to what it does."""
    step: Step = table_of(_step, keys_of(Step))(value, place)
    for key, meaning in step.kind.keys.items():
        if meaning and not value.get(key):
            raise wrong(place, f"missing key {key!r}: {meaning}")
    for key in value:
        if key not in step.kind.keys and key not in _EVERY_STEP:
            does = [repr(do) for do, kind in STEPS.items() if key in kind.keys]
            raise wrong(
                place, f"{key!r} belongs to a step that does {' or '.join(does)}, not {step.do!r}"
            )
    return step


def _step(place: str | None, printed: Any, values: Any, **facts: Any) -> Step:
    """Return the step of a table, each of its printed values with a symbol and a place."""
    shown = []
    for name, entries in dict(printed).items():
        for entry in entries:
            entry["symbol"] = entry["symbol"] or name
            entry["place"] = entry["place"] or place
            shown.append(Printed(address=name, **entry))
    values = tuple(dict(values).items())
    return Step(place=place, printed=tuple(shown), values=values, **facts)


@record(slots=True, kw_only=True)
class StatedEdit(Brief):
    """What a run does otherwise than its equations say: an edit of `neurograph.edits.EDITS`.

    Parameters
    ----------
    edit : str
        What `neurograph audit` calls it, such as ``"the bias of h2 left out"``.
    step : int, optional
        Counted from 1: only from the forward pass of this step to the next; of a training, only in
        its last round. Without it in the whole run.
    """

    edit: Annotated[str, text]
    step: Annotated[int | None, count] = None


def _edit(value: Any, place: str) -> StatedEdit:
    """Check an edit: what it is called, or a table with more."""
    value = {"edit": value} if isinstance(value, str) else value
    edit: StatedEdit = record_of(StatedEdit)(value, place)
    return edit


@record(slots=True, kw_only=True)
class Run(Brief):
    """A sequence of steps on a fresh network, under stated conventions.

    Parameters
    ----------
    name : str
        What the command line calls it.
    title, note : str, optional
    order : {"simultaneous", "in_place"}
        Whether all weights change together, or each as soon as its gradient is known.
    learning_rate : float, optional
    optimizer : str or Optimizer
    batch_size : int, optional
        Samples between two changes of weights; without it, all of them.
    shuffle : bool
    seed : int, optional
        Of shuffling.
    digits : int, optional
        Decimals to which every computed value is rounded, as on paper.
    reduction, loss, slope, penalty, delta : optional
        Where they differ from those of the network.
    biases : {"as_given", "trained", "fixed", "shared", "none"}
        As for `NetworkFacts.with_biases`.
    samples : tuple of int, optional
        Only these samples of the data, counted from 1.
    mask : tuple of (str, float)
        By neuron, a constant factor on its out, where it differs from that of the network.
    edits : tuple of StatedEdit
        What is computed otherwise than the equations say.
    steps : tuple of Step
    """

    name: Annotated[str, run_name]
    title: Annotated[str | None, text] = None
    note: Annotated[str | None, text] = None
    order: Annotated[Order, choice(*get_args(Order))] = "simultaneous"
    learning_rate: Annotated[float | None, learning_rate_of] = None
    optimizer: Annotated[str | Optimizer, _optimizer] = "gradient_descent"
    batch_size: Annotated[int | None, count] = None
    shuffle: Annotated[bool, truth] = False
    seed: Annotated[int | None, seed_number] = None
    digits: Annotated[int | None, integer(0, 15)] = None
    reduction: Annotated[str | None, choice("mean", "sum")] = None
    loss: Annotated[str | None, LOSS] = None
    slope: Annotated[str | None, choice(*SLOPES)] = None
    penalty: Annotated[Penalty | None, penalty_of] = None
    delta: Annotated[str | None, choice(*DELTAS)] = None
    biases: Annotated[Biases, choice(*get_args(Biases))] = "as_given"
    samples: Annotated[tuple[int, ...] | None, list_of(count)] = None
    mask: Annotated[tuple[tuple[str, float], ...], _mask] = ()
    edits: Annotated[tuple[StatedEdit, ...], list_of(_edit, MAX_LIST)] = ()
    steps: Annotated[tuple[Step, ...], list_of(_checked_step, MAX_LIST)]

    def with_predictions(self, scales: Mapping[str, Scale]) -> "Run":
        """Return it with outs in the units of the data for what is printed as ``prediction``."""
        if not any(printed.is_prediction for step in self.steps for printed in step.printed):
            return self
        steps = (
            replace(step, printed=tuple(printed.with_scales(scales) for printed in step.printed))
            for step in self.steps
        )
        return replace(self, steps=tuple(steps))

    def pass_of(self, index: int) -> Step | None:
        """Return the step whose forward pass a step is about: itself, or the last before it."""
        return next((step for step in reversed(self.steps[: index + 1]) if step.makes_pass), None)

    def rate_of(self, step: Step) -> float | None:
        """Return the learning rate of a step; that of the optimiser, where the file has none."""
        for stated in (step.learning_rate, self.learning_rate):
            if stated is not None:
                return stated
        if not step.in_batches:
            return None
        name = get_optimizer(step.optimizer or self.optimizer).name
        return next((row.usual_rate for row in ROWS if row.name == name), None)

    def training(self, step: Step) -> Training:
        """Return how one of its steps changes weights.

        Parameters
        ----------
        step : Step
            One that changes weights.

        Returns
        -------
        Training

        Examples
        --------
        >>> import neurograph as ng
        >>> run = ng.load_scenario("mazur_2015").run("derivations")
        >>> run.training(run.steps[-1]).learning_rate
        0.5
        """
        rate = self.rate_of(step)
        return Training(
            # A run that changes weights has a learning rate: its file was refused otherwise.
            learning_rate=0.0 if rate is None else rate,
            order=step.order or self.order,
            optimizer=step.optimizer or self.optimizer,
            batch_size=step.batch_size or self.batch_size,
            shuffle=self.shuffle if step.shuffle is None else step.shuffle,
            seed=self.seed if step.seed is None else step.seed,
        )
