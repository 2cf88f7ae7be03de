"""`train`: many steps on the columns of a network, in chunks that an engine runs in one go."""

from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from copy import deepcopy
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from neurograph import engines
from neurograph.addresses import parse_address
from neurograph.checks import finite_number, one_of, rate_of, whole_number
from neurograph.columns import Storage
from neurograph.elements import row_of
from neurograph.equations import ORDERS
from neurograph.errors import InvalidTypeError, InvalidValueError
from neurograph.optimizers import CHANGE, PARAMETER, Optimizer, get_optimizer
from neurograph.quantities import BY_ADDRESS
from neurograph.samples import check_counts, read_rows
from neurograph.schedules import RateFormula
from neurograph.training.history import Checkpoint, History, Recorder, Trainee
from neurograph.training.run import Progress, TrainingRun, read_progress
from neurograph.training.steps import Batches, Stepper, TrainingData
from neurograph.training.stops import Moment, Stop, read_stops

__all__ = ["read_memory", "train"]


def train(
    net: Trainee,
    inputs: Mapping[Hashable, Any] | ArrayLike,
    targets: Mapping[Hashable, Any] | ArrayLike,
    *,
    learning_rate: float | str | Callable[[int], float],
    epochs: int,
    batch_size: int | None = None,
    optimizer: str | Optimizer = "gradient_descent",
    order: str = "simultaneous",
    shuffle: bool = False,
    seed: "int | np.random.Generator | None" = None,
    record: str | Iterable[str] = ("loss",),
    every: int = 1,
    stop: Stop | Sequence[Stop] | None = None,
    callback: Callable[[Moment], object] | None = None,
    progress: bool | None = None,
    engine: str | None = None,
    resume: History | None = None,
    memory: "History | Mapping[str, float] | Sequence[Any] | None" = None,
) -> History:
    """Train a network: in each epoch, step through all the samples.

    Parameters
    ----------
    net : Network
        Changed in place. Afterwards its objects carry the passes of the last step, and the
        parameters after that step's update.
    inputs, targets : mapping or array-like
        As for `Network.forward` and `Network.backward`: one sample, or a batch of samples.
    learning_rate : float or function
        Zero or more; or a function that gives it for a step, counted from 1, such as
        `ExponentialDecay`; or a formula such as ``"0.1 / (1 + epoch)"``: see `RateFormula`.
    epochs : int
        At least 1.
    batch_size : int, optional
        Samples in a step. All of them by default; 1 is online training, after which the objects
        carry numbers, as after a step with one sample. The last batch of an epoch may be smaller.
    optimizer : str or Optimizer
        A name of `neurograph.optimizers.OPTIMIZERS`, or an object such as ``Adam(beta1=0.8)``. It
        starts with no memory of earlier runs, unless `memory` gives it one.
    order : {"simultaneous", "in_place"}
        As for `Network.step`.
    shuffle : bool
        Whether each epoch takes the samples in a new order. Without effect on full batches.
    seed : int or Generator, optional
        Makes the shuffling repeatable.
    record : str or iterable of str
        Addresses of what the history keeps, such as ``"loss"``, ``"w5.weight"``, ``"h1.out"``. A
        curvature costs a round each time it is kept: `every` spares them.
    every : int
        Keep only every so many epochs, and the last.
    stop : optional
        What ends the run earlier: `TargetLoss`, `NoImprovement`, `GradientNorm`, a function of a
        `Moment` that returns whether to stop, or a list of these.
    callback : function of a Moment, optional
        Called after every so many epochs as `every` says, and after the last.
    progress : bool, optional
        Whether to show a progress bar once the run takes longer than a second; by default where
        there is a terminal.
    engine : str, optional
        Which engine to use instead of the one that is chosen by cost.
    resume : History, optional
        Of a run of this network that ended too early, such as `Network.history`: it goes on as if
        it had not ended. Everything else is given as it was; `epochs` counts from its beginning.
        Another optimiser, `batch_size`, `every`, `record` or `shuffle` is refused; samples, weights
        and learning rate are taken as given, and `seed` has no say.
    memory : History or mapping from str to float, optional
        What the optimiser begins with: what it remembered at the end of an earlier run, whose steps
        count on; or by address, such as ``{"w5.velocity": 0.5}``. ``{"w5.change": 0.08}``, the
        change before the first, says the same of an optimiser that fades its changes. Everything
        else is 0. Or a list of both, of which the latter counts.

    Returns
    -------
    History
        Of a run that was resumed, all of it.

    Raises
    ------
    InvalidValueError, InvalidTypeError, UnknownNameError, StructureError
        If something given cannot be used; the network is unchanged. If a learning-rate schedule
        gives something that cannot be used, the network has the parameters of the step before.
    DivergedError
        If the loss or a parameter becomes nan, inf or larger than a next step can hold, that is
        1.3e154, whose square is the largest float. The network keeps the parameters before that
        step, its objects carry the pass that went wrong, and the error has the ``history``.

    Notes
    -----
    The loss of an epoch is that of the epoch's own steps, each before its update: their mean,
    weighted by the sizes of the batches, or their sum where the network's reduction is ``"sum"``.

    Steps run in chunks of about a tenth of a second. Ctrl-C ends the run cleanly, with a notice:
    the network has the parameters of the last chunk that was finished, and the history so far is
    returned. When a callback, a function given as `stop` or a schedule raises, the error
    passes through, and the network has the parameters of the last finished step.

    Recording the loss costs nothing but its memory. Any other address, a callback, a function given
    as `stop` and a `GradientNorm` interrupt the engine every so many epochs as `every` says.

    Examples
    --------
    >>> import neurograph as ng
    >>> from neurograph.training import train
    >>> net = ng.Network.layered(
    ...     2, 2, 2,
    ...     weights=[[[0.15, 0.20], [0.25, 0.30]], [[0.40, 0.45], [0.50, 0.55]]],
    ...     bias=[0.35, 0.60], trainable_bias=False,
    ... )
    >>> train(net, [0.05, 0.10], [0.01, 0.99], learning_rate=0.5, epochs=10000)
    History(10000 epochs, 10000 steps: loss 0.298371109 -> 3.51085481e-05)
    >>> _ = net.forward([0.05, 0.10])
    >>> print(f"{net.total_error([0.01, 0.99]):.8e}")
    3.51018778e-05
    """
    # Whoever is asked in the course of a run may write into what the samples were made from.
    own = callback is not None or stop is not None or callable(learning_rate)
    data = _read_data(net, inputs, targets, own=own)
    n_samples = len(data.inputs)
    epochs = whole_number(epochs, "epochs")
    every = whole_number(every, "every")
    if batch_size is None:
        batch_size = n_samples
    elif whole_number(batch_size, "batch_size") == 1:
        data = data._replace(single=True)
    batch_size = min(batch_size, n_samples)
    chosen = get_optimizer(optimizer)
    one_of(order, ORDERS, "order")
    storage, of_round = net.storage, net.round(order, chosen)
    batches = Batches(n_samples, batch_size)
    checkpoint = None
    if resume is not None and memory is not None:
        raise InvalidValueError("a run that goes on has its memory: leave 'memory' out")
    if resume is not None:
        kept = of_round.optimizer.state
        checkpoint = _checkpoint(resume, storage, chosen, kept, len(batches), epochs, every)
    if callback is not None and not callable(callback):
        raise InvalidTypeError(f"callback must be a function of a Moment, not {callback!r}")
    random = None
    if _read_flag(shuffle, "shuffle"):
        rng = _read_seed(seed)
        if checkpoint is not None:
            rng = _restored(rng, checkpoint)
        random = deepcopy(rng.bit_generator.state)
        batches = Batches(n_samples, batch_size, rng)
    elif checkpoint is not None and checkpoint.random is not None:
        raise InvalidValueError("the run to resume shuffled: shuffle must be True")
    made = engines.engine_for(
        storage,
        of_round,
        batch_size=batch_size,
        steps=epochs * -(-n_samples // batch_size),
        engine=engine,
    )
    schedule = _read_rate(learning_rate, len(batches))
    if memory is not None:
        state, before = read_memory(net, chosen, memory, schedule)
    else:
        state = _state(storage, of_round.optimizer, checkpoint)
        before = checkpoint.before if checkpoint else 0
    if checkpoint is not None:
        _check_widths(resume, () if data.single else (batches.sizes[-1],))
    run = TrainingRun(
        net=net,
        storage=storage,
        stepper=Stepper(
            made, data, storage.parameters, storage.structure.filled_slots, state, before
        ),
        batches=batches,
        epochs=epochs,
        schedule=schedule,
        round=of_round,
        order=order,
        optimizer=chosen,
        recorder=Recorder(net, storage, record, every, chosen, resume),
        stops=read_stops(stop),
        callback=callback,
        progress=Progress(read_progress(progress), epochs),
        random=random,
        checkpoint=checkpoint,
    )
    return run.train()


def _read_data(net: Trainee, inputs: Any, targets: Any, *, own: bool) -> TrainingData:
    names, structure = net.structure.names, net.structure
    given, batch = read_rows(inputs, [names[row] for row in structure.inputs], "input")
    wanted, of_batch = read_rows(targets, [names[row] for row in structure.outputs], "target")
    check_counts(given.shape[:batch], wanted.shape[:of_batch])
    if own or not (given.flags.writeable and wanted.flags.writeable):  # as the compiled loop asks
        given, wanted = given.copy(), wanted.copy()
    return TrainingData(given, wanted, not batch)


def _checkpoint(
    resume: Any,
    storage: Storage,
    optimizer: Optimizer,
    kept: Sequence[str],
    n: int,
    epochs: int,
    every: int,
) -> Checkpoint:
    """Return how far a run has come, if this is that run."""
    if not isinstance(resume, History):
        raise InvalidTypeError(f"resume must be the History of a run, not {resume!r}")
    checkpoint = resume.checkpoint
    if checkpoint is None:
        raise InvalidValueError("the history to resume does not say how far its run has come")
    size = len(storage.parameters)
    for what, was, now in (
        ("the optimizer", checkpoint.optimizer, repr(optimizer)),
        ("what it remembers", sorted(checkpoint.state), sorted(kept)),
        ("the number of steps in an epoch", checkpoint.steps_per_epoch, n),
        ("every", checkpoint.every, every),
        ("parameters", {len(column) for column in checkpoint.state.values()} or {size}, {size}),
    ):
        if was != now:
            raise InvalidValueError(
                f"this is not the run to resume: there {what} was {was}, and here {now}"
            )
    if checkpoint.step >= n * epochs:
        raise InvalidValueError(
            f"the run to resume has done {checkpoint.step // n} epochs already: epochs counts from"
            f" its beginning, and must be more than that, not {epochs}"
        )
    return checkpoint


def _state(
    storage: Storage, optimizer: Optimizer, checkpoint: Checkpoint | None
) -> dict[str, NDArray[np.float64]]:
    """Return what an optimiser remembers at a checkpoint; without one, nothing."""
    state = {name: np.zeros(len(storage.parameters)) for name in optimizer.state}
    for name, column in (checkpoint.state if checkpoint else {}).items():
        state[name][:] = column
    return state


def read_memory(
    net: Trainee, optimizer: Optimizer, memory: Any, schedule: float | Callable[[int], float]
) -> tuple[dict[str, NDArray[np.float64]], int]:
    """Return what an optimiser begins with, and after how many steps.

    Parameters
    ----------
    net : Network
    optimizer : Optimizer
    memory
        As for `train`.
    schedule : float or function
        The learning rate, by which a change is a velocity.

    Returns
    -------
    state : dict from str to ndarray of shape (n_slots,)
    before : int

    Raises
    ------
    InvalidValueError, InvalidTypeError, UnknownNameError
        If the optimiser remembers no such thing, or the network has no such parameter.
    """
    storage, before = net.storage, 0
    # With edits it may remember more.
    edited = net.round(optimizer=optimizer).optimizer
    state = _state(storage, edited, None)
    for part in memory if isinstance(memory, list | tuple) else (memory,):
        if isinstance(part, History):
            state, before = _left_by(storage, edited, part)
        elif isinstance(part, Mapping):
            for address, value in part.items():
                number = finite_number(value, address)
                # What fades follows the gradient, and so has the sign of the deltas.
                sign = 1.0 if net.round().turned else -1.0
                name, number = _remembered(optimizer, schedule, address, number, sign)
                for slot in _slots_of(net, address):
                    state[name][slot] = number
        elif part is not None:
            raise InvalidTypeError(
                "memory must be the History of an earlier run, or numbers by address such as"
                f" {{'w5.velocity': 0.5}}, not {part!r:.80}"
            )
    return state, before


def _left_by(
    storage: Storage, optimizer: Optimizer, run: History
) -> tuple[dict[str, NDArray[np.float64]], int]:
    """Return what an optimiser remembered at the end of a run, and after how many steps."""
    at = run.checkpoint
    if at is None or sorted(at.state) != sorted(optimizer.state):
        raise InvalidValueError(
            f"{optimizer.name} remembers {_listed(optimizer.state)}, and the memory is of a run"
            f" that left {_listed(at.state if at else ())}"
        )
    if any(len(column) != len(storage.parameters) for column in at.state.values()):
        raise InvalidValueError("the memory is of a network with other parameters")
    return _state(storage, optimizer, at), at.before + at.step


def _remembered(
    optimizer: Optimizer,
    schedule: float | Callable[[int], float],
    address: str,
    number: float,
    sign: float,
) -> tuple[str, float]:
    """Return what a number of an address is to an optimiser: a change may be a velocity."""
    quantity = parse_address(address).quantity
    name = BY_ADDRESS[quantity].name if quantity in BY_ADDRESS else quantity
    if name == CHANGE and optimizer.faded_change is not None:
        rate = schedule(1) if callable(schedule) else schedule
        if not rate:
            raise InvalidValueError(f"{address!r} says nothing where the learning rate is 0")
        return optimizer.faded_change, sign * number / rate
    if name not in optimizer.state:
        begins = _listed([*optimizer.state, *([CHANGE] if optimizer.faded_change else [])])
        rule, hint = dict(optimizer.rules)[PARAMETER].text, ""
        for same in optimizer.state if name == CHANGE else ():
            if rule == f"{PARAMETER} - {same}":  # with the rate in it
                its = address.removesuffix(CHANGE) + same
                hint = f"; this change is {its} = {sign * number:g}"
        raise InvalidValueError(
            f"{address!r} is nothing that {optimizer.name} begins with: that is {begins}{hint}"
        )
    return name, number


def _slots_of(net: Trainee, address: str) -> Iterator[int]:
    """Yield the slots of the parameter that an address is about."""
    structure = net.structure
    for element, quantity in net.owners(address):
        slot: int | None = row_of(element)
        if BY_ADDRESS[quantity].of_bias == quantity:
            slot = structure.bias_slot.get(row_of(element))
        if slot is None:
            raise InvalidValueError(f"{address!r}: {element.called()} has no bias")
        yield from structure.shared_slots(slot)


def _check_widths(resume: Any, shape: tuple[int, ...]) -> None:
    """Check that what was recorded of each sample fits the samples of the run that goes on."""
    for address, column in resume.items():
        target, quantity = parse_address(address)
        of_samples = target is not None and BY_ADDRESS[quantity].owner != "parameter"
        if of_samples and len(column) and column.shape[1:] != shape:
            was, now = (f"{its[0]} samples" if its else "one" for its in (column.shape[1:], shape))
            raise InvalidValueError(
                f"this is not the run to resume: there {address} was of {was}, and here of {now}"
            )


def _listed(names: Iterable[str]) -> str:
    return ", ".join(names) or "nothing"


def _restored(rng: "np.random.Generator", checkpoint: Checkpoint) -> "np.random.Generator":
    """Return a generator as it was before the first epoch of a run."""
    state = checkpoint.random
    if state is None:
        raise InvalidValueError("the run to resume did not shuffle: shuffle must be False")
    return generator_of(state)


def generator_of(state: Any) -> "np.random.Generator":
    """Return a generator that is in a state.

    Parameters
    ----------
    state : mapping
        As a bit generator of NumPy gives it.

    Returns
    -------
    numpy.random.Generator

    Raises
    ------
    InvalidValueError
        If no generator of NumPy can be in it.
    """
    name = state.get("bit_generator") if isinstance(state, Mapping) else None
    kind = getattr(np.random, name, None) if isinstance(name, str) else None
    if not (isinstance(kind, type) and issubclass(kind, np.random.BitGenerator)):
        raise InvalidValueError(f"there is no generator {name!r:.40} to shuffle with")
    try:
        restored = np.random.Generator(kind())
        restored.bit_generator.state = state
    except (ArithmeticError, LookupError, TypeError, ValueError) as error:
        raise InvalidValueError(f"no state of the generator {name}: {error!r:.80}") from error
    return restored


def _read_rate(learning_rate: Any, steps_per_epoch: int) -> float | Callable[[int], float]:
    if isinstance(learning_rate, str):
        learning_rate = RateFormula(learning_rate)
    if isinstance(learning_rate, RateFormula):
        return learning_rate.schedule(steps_per_epoch)
    if callable(learning_rate) and not isinstance(learning_rate, type):
        return learning_rate  # type: ignore[no-any-return]  # what it gives is checked
    return rate_of(learning_rate)


def _read_flag(value: Any, what: str) -> bool:
    if not isinstance(value, bool):
        raise InvalidTypeError(f"{what} must be True or False, not {value!r}")
    return value


def _read_seed(seed: Any) -> "np.random.Generator":
    try:
        return np.random.default_rng(seed)
    except (TypeError, ValueError):
        raise InvalidTypeError(
            f"seed must be a whole number of zero or more, or a numpy Generator, not {seed!r}"
        ) from None
