"""Plans: how the steps of training are run, chosen by what they cost.

There is one algorithm, defined object by object in `neurograph.passes`. The engines compute the
same in other ways: as generated straight-line Python, as matrix products of whole levels, or
compiled.
"""

import sys
from collections.abc import Callable
from dataclasses import dataclass
from importlib.util import find_spec

from neurograph.columns import Column, Storage
from neurograph.display import Brief, Displayed
from neurograph.engines.block_passes import ONLY_PLAIN
from neurograph.engines.blocks import Blocks, can_be_blocks
from neurograph.engines.engine import Batch, Compiled, Engine, PassesEngine, Steps
from neurograph.engines.straight_line import StraightLine, can_be_straight
from neurograph.equations import Round
from neurograph.errors import InvalidValueError, did_you_mean
from neurograph.structure import Structure

__all__ = [
    "ENGINES",
    "Batch",
    "Engine",
    "Plan",
    "Steps",
    "choose_engine",
    "engine_for",
    "is_installed",
    "make_engine",
    "plan_for",
]

ENGINES = ("passes", "straight_line", "blocks", "jit")


# What the engines take, in seconds. Generated Python for each parameter and sample:
_STRAIGHT = 75e-9
# Blocks for each level, whatever its size; for each slot, empty ones too, and again for each sample
# of it; and where the parameters of a level are gathered one by one.
_LEVEL, _SLOT, _PRODUCT, _GATHERED = 10e-6, 1.5e-9, 0.3e-9, 15e-9
# Numba's loop for each step; for each parameter, and again for each sample of it: where parameters
# lie side by side, and where they do not; for each neuron and sample its activation. To import and
# compile it.
_JIT_STEP, _JIT_RUN, _JIT_ENTRY = 0.3e-6, (0.5e-9, 0.5e-9), (6e-9, 0.6e-9)
_JIT_ACTIVATION, _COMPILING = 2e-9, 10.0
# What it must save before it is looked whether it is compiled, which takes a while itself.
_LEAST_SAVED = 0.02


#: Why numba, which is installed, does not work, once an attempt has failed.
_failures: list[str] = []


def is_installed() -> bool:
    """Whether numba is there; it is not imported to find out whether it works."""
    return find_spec("numba") is not None


def choose_engine(
    of_round: Round,
    batch_size: int,
    steps: int = 1,
    until_ready: Callable[[], float] = lambda: _COMPILING,
) -> str:
    """Return the name of the engine that is expected to be the fastest.

    For a step of n samples, of a network of P parameters in S slots on L levels, the engines take
    about (measured on one core of a common machine)

    - straight line: 75 ns x P x n,
    - blocks: 10 us x L + 1.5 ns x S + 0.3 ns x S x n; 15 ns x P x n where a level is too empty to
      be a matrix,
    - jit: 0.3 us + 0.5 ns x P x (1 + n) where more than half of the slots are filled, so that a
      neuron's parameters lie side by side, else 0.3 us + 6 ns x P + 0.6 ns x P x n; 2 ns x n for
      the activation of each neuron; and before the first step nothing if the loop is compiled, a
      second if an earlier process has kept it, or 5 to 15.

    Slots are the places in the matrices of the levels: a level that is connected to part of what
    lies before it leaves some empty, and a matrix product goes over those too. So straight-line
    code wins while parameters x samples is below about 130 x levels; numba's loop, if it is
    installed and the run is so long that compiling it pays, wins for small batches and for
    irregular graphs; and matrix products win for large batches on full matrices.

    Parameters
    ----------
    of_round : Round
    batch_size : int
    steps : int
        How many steps there will be.
    until_ready : callable
        Tells how many seconds pass before the compiled loop is there; asked only if that matters.

    Returns
    -------
    str
    """
    structure = of_round.structure
    straight = _STRAIGHT * structure.n_parameters * batch_size
    blocks = _seconds_of_blocks(structure, batch_size)
    saved = steps * (min(straight, blocks) - _seconds_of_jit(structure, batch_size))
    able = structure.is_plain and is_installed() and not _failures
    if able and saved > _LEAST_SAVED and saved > until_ready():
        return "jit"
    if can_be_straight(of_round, batch_size) and (
        straight <= blocks or not can_be_blocks(of_round)
    ):
        return "straight_line"
    return "blocks" if can_be_blocks(of_round) else "passes"


def _seconds_of_blocks(structure: Structure, batch_size: int) -> float:
    seconds = _LEVEL * len(structure.blocks)
    for block in structure.blocks:
        n_slots = block.slots.stop - block.slots.start
        each = _SLOT + _PRODUCT * batch_size if block.width else _GATHERED * batch_size
        seconds += each * n_slots
    return seconds


def _seconds_of_jit(structure: Structure, batch_size: int) -> float:
    full = 2 * structure.n_parameters > len(structure.pre) and all(
        block.width for block in structure.blocks
    )
    of_parameter, of_sample = _JIT_RUN if full else _JIT_ENTRY
    n_computed = len(structure.names) - len(structure.levels[0])
    return (
        _JIT_STEP
        + structure.n_parameters * (of_parameter + of_sample * batch_size)
        + _JIT_ACTIVATION * n_computed * batch_size
    )


@dataclass(frozen=True, repr=False)
class Plan(Brief, Displayed):
    """How the steps of training a network are run.

    Attributes
    ----------
    engine : str
        Name of the engine.
    reason : str
        Why it was chosen.
    """

    engine: str
    reason: str
    _made: Engine
    _batch_size: int

    def source(self) -> str:
        """Return what the engine runs, as text: generated Python, or the list of its calls.

        Returns
        -------
        str

        Examples
        --------
        >>> import neurograph as ng
        >>> net = ng.Network.layered(2, 1, weights=0.5, activation="identity")
        >>> print(net.plan(engine="blocks").source())
        forward
          dot              (1, 3) (3,) -> (1,)
          copyto           (1,) -> (1,)
        backward and update
          subtract         (1,) (1,) -> (1,)
          copyto           (1,) -> (1,)
          dot              (1, 1) (1, 3) -> (1, 3)
          take             (3,) (1,) -> (1,)
          multiply         () (3,) -> (3,)
          subtract         (3,) (3,) -> (3,)
          put              (1,) -> (3,)
        """
        return self._made.source(self._batch_size)

    @property
    def compile_seconds(self) -> float:
        """How long the compiled engine took to compile or to load, so far; 0 for the others."""
        return float(getattr(self._made, "compile_seconds", 0.0))

    def __str__(self) -> str:
        return f"{self.engine}: {self.reason}"


def plan_for(
    storage: Storage,
    of_round: Round,
    *,
    batch_size: int,
    engine: str | None = None,
) -> Plan:
    """Return how a network would be trained.

    Parameters
    ----------
    storage, of_round, batch_size, engine
        As for `engine_for`.

    Returns
    -------
    Plan
    """
    made = engine_for(storage, of_round, batch_size=batch_size, engine=engine)
    structure = storage.structure
    reason = (
        f"{structure.n_parameters} parameters x {batch_size} samples a step,"
        f" {len(structure.blocks)} levels"
    )
    return Plan(made.name, "as asked for" if engine else reason, made, batch_size)


def engine_for(
    storage: Storage,
    of_round: Round,
    *,
    batch_size: int,
    steps: int = 1,
    engine: str | None = None,
) -> Engine:
    """Return an engine for the network that owns a storage: the one of last time, if it can be.

    Parameters
    ----------
    storage : Storage
    of_round, batch_size, engine
        As for `make_engine`.
    steps : int
        How many steps there will be.

    Returns
    -------
    Engine
    """

    def made(name: str) -> Engine:
        key = ("engine", name, of_round.key, batch_size == 1)
        if key not in storage.prepared:
            storage.prepared[key] = make_engine(
                of_round,
                labels=storage.connections.get("label", {}),
                batch_size=batch_size,
                engine=name,
            )
        kept: Engine = storage.prepared[key]
        return kept

    def until_ready() -> float:
        jit = made("jit")
        return jit.until_ready(batch_size) if isinstance(jit, Compiled) else 0.0

    name = engine or choose_engine(of_round, batch_size, steps, until_ready)
    chosen = made(name)
    if isinstance(chosen, Compiled) and engine is None:
        try:
            chosen.make_ready(batch_size)
        except InvalidValueError as error:
            _failures.append(str(error))
            other = engine_for(storage, of_round, batch_size=batch_size, steps=steps)
            print(f"{error}. Training goes on with engine {other.name!r}.", file=sys.stderr)
            return other
    return chosen


def make_engine(
    of_round: Round, *, labels: Column, batch_size: int, engine: str | None = None
) -> Engine:
    """Return an engine for training.

    Parameters
    ----------
    of_round : Round
        What is computed.
    labels : column
        The label of the connection in a slot, for code that is generated.
    batch_size : int
        How many samples a step uses, at most.
    engine : {"passes", "straight_line", "blocks", "jit"}, optional
        By default the one that is expected to be the fastest: see `choose_engine`.

    Returns
    -------
    Engine

    Raises
    ------
    InvalidValueError
        If there is no such engine, or it cannot run this network.
    """
    name = engine or choose_engine(of_round, batch_size)
    if name not in ENGINES:
        raise InvalidValueError(
            f"engine must be one of {', '.join(map(repr, ENGINES))}, not {name!r}"
            + did_you_mean(name, ENGINES)
        )
    careful = PassesEngine(of_round)
    if name == "straight_line":
        if not can_be_straight(of_round, batch_size):
            raise InvalidValueError(
                "engine 'straight_line' is for networks of up to 600 parameters, and in place for"
                " one sample a step"
            )
        return StraightLine(of_round, labels=labels, careful=careful)
    if name == "blocks":
        if not can_be_blocks(of_round):
            raise InvalidValueError(
                "engine 'blocks' cannot change tied parameters in place"
                if of_round.structure.is_plain
                else f"engine 'blocks' {ONLY_PLAIN}"
            )
        return Blocks(of_round)
    if name == "jit":
        if not of_round.structure.is_plain:
            raise InvalidValueError(f"engine 'jit' {ONLY_PLAIN}")
        if not is_installed():
            raise InvalidValueError(
                "engine 'jit' needs numba: install neurograph with the extra [jit]"
            )
        from neurograph.engines.jit import Jit  # only where it is used

        return Jit(of_round, careful=careful)
    return careful
