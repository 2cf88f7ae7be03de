"""Plans: how the steps of training are run, chosen by what they cost.

There is one algorithm, defined object by object in `neurograph.passes`. The engines compute the
same in other ways: as generated straight-line Python, as matrix products of whole levels, or
compiled.
"""

import sys
from collections import Counter
from collections.abc import Callable, Collection, Hashable
from importlib.util import find_spec
from typing import cast

from neurograph.columns import Column, Storage
from neurograph.display import Brief, Displayed
from neurograph.engines.block_passes import ONLY_PLAIN
from neurograph.engines.blocks import Blocks, can_be_blocks
from neurograph.engines.engine import Batch, Compiled, Engine, PassesEngine, Steps
from neurograph.engines.prices import PRICES, UNFELT
from neurograph.engines.straight_line import StraightLine, can_be_straight
from neurograph.equations import Round
from neurograph.errors import InvalidValueError, did_you_mean
from neurograph.records import record

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


#: What compiling takes, as far as nobody knows better.
_COMPILING = 10.0


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
    made: Collection[str] = ENGINES,
) -> str:
    """Return the name of the engine that is expected to be the fastest: see `prices`.

    Generated Python takes so long to be made, and so little for a step of a few parameters, that it
    wins for long runs of tiny networks. Matrix products go over empty places too, where a level is
    connected to part of what lies before it: they win for large batches on full matrices. Numba's
    loop, if it is installed and the run is so long that compiling it pays, wins for small batches
    and for irregular graphs.

    Parameters
    ----------
    of_round : Round
    batch_size : int
    steps : int
        How many steps there will be.
    until_ready : callable
        Tells how many seconds pass before the compiled loop is there; asked only if that matters.
    made : collection of str
        The engines that are there already; by default none has to be made.

    Returns
    -------
    str
    """
    can = {
        "straight_line": can_be_straight(of_round, batch_size),
        "blocks": can_be_blocks(of_round),
    }

    def takes(name: str) -> float:
        return PRICES[name](of_round.structure, batch_size).of(steps, is_made=name in made)

    best = min((name for name in can if can[name]), key=takes, default="passes")
    if of_round.is_plain and is_installed() and not _failures:
        saved = takes(best) - takes("jit")
        if saved > UNFELT and saved > until_ready():
            return "jit"
    return best


@record
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
          multiply         (1,) () -> (1,)
          copyto           (1,) -> (1,)
          dot              (1, 1) (1, 3) -> (1, 3)
          take             (3,) (1,) -> (1,)
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
    steps: int | None = None,
    engine: str | None = None,
) -> Engine:
    """Return an engine for the network that owns a storage: the one of last time, if it can be.

    Parameters
    ----------
    storage : Storage
    of_round, batch_size, engine
        As for `make_engine`.
    steps : int, optional
        How many steps there will be. A network that has been trained will be trained again: steps
        of earlier calls count, so that what is made pays in the end. Without, what an engine takes
        to be made does not count.

    Returns
    -------
    Engine
    """

    def key(name: str) -> Hashable:
        return "engine", name, of_round.key, batch_size == 1

    def made(name: str) -> Engine:
        if key(name) not in storage.prepared:
            storage.prepared[key(name)] = make_engine(
                of_round,
                labels=storage.connections.get("label", {}),
                batch_size=batch_size,
                engine=name,
            )
        kept: Engine = storage.prepared[key(name)]
        return kept

    def until_ready() -> float:
        return cast(Compiled, made("jit")).until_ready(batch_size)

    def choice() -> str:
        if steps is None:
            return choose_engine(of_round, batch_size)
        so_far: Counter[Hashable] = storage.prepared.setdefault("steps", Counter())
        so_far[of_round.key, batch_size] += steps
        there = [name for name in ENGINES if key(name) in storage.prepared]
        all_steps = so_far[of_round.key, batch_size]
        return choose_engine(of_round, batch_size, all_steps, until_ready, there)

    name = engine or choice()
    chosen = made(name)
    if engine is None and name == "jit":
        try:
            cast(Compiled, chosen).make_ready(batch_size)
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
                if of_round.is_plain
                else f"engine 'blocks' {ONLY_PLAIN}"
            )
        return Blocks(of_round)
    if name == "jit":
        if not of_round.is_plain:
            raise InvalidValueError(f"engine 'jit' {ONLY_PLAIN}")
        if not is_installed():
            raise InvalidValueError(
                "engine 'jit' needs numba: install neurograph with the extra [jit]"
            )
        from neurograph.engines.jit import Jit  # only where it is used

        return Jit(of_round, careful=careful)
    return careful
