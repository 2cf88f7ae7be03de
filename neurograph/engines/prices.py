"""What training takes on each engine: what the choice of one goes by.

The numbers were measured on one core of a common machine; `python -m tests.benchmarks engines`
measures them again, and tells what is lost by a choice that goes by them.
"""

from collections.abc import Callable
from typing import NamedTuple

from neurograph.structure import Structure

__all__ = ["MOST_COMPILED", "PRICES", "UNFELT", "Price"]

#: Seconds that nobody feels.
UNFELT = 0.03

#: Of so many parameters a straight line is compiled sooner than the loop that goes through a graph,
#: and is faster.
MOST_COMPILED = 40


class Price(NamedTuple):
    """What an engine takes, in seconds.

    Attributes
    ----------
    making : float
        Before the first step; without compiling. What takes less than `UNFELT` is as good as made.
    step : float
    """

    making: float
    step: float

    def of(self, steps: int, *, is_made: bool = False) -> float:
        """Return what some steps take.

        Parameters
        ----------
        steps : int
        is_made : bool
            Whether the engine is there already.
        """
        making = 0.0 if is_made or self.making < UNFELT else self.making
        return making + steps * self.step


def _passes(structure: Structure, n: int) -> Price:
    """Return the price of the passes: of each parameter, with numbers or with arrays."""
    return Price(0.0, structure.n_parameters * (5e-6 if n == 1 else 50e-6))


def _straight_line(structure: Structure, n: int) -> Price:
    """Return the price of generated Python: of each parameter, and of each neuron's activation."""
    step = n * (70e-9 * structure.n_parameters + 150e-9 * _n_computed(structure))
    return Price(1.6e-3 + 0.19e-3 * structure.n_parameters, step)


def _blocks(structure: Structure, n: int) -> Price:
    """Return the price of matrix products: of each level, of each slot, empty ones too.

    Where most slots are empty, gradients are gathered one by one.
    """
    n_levels, n_slots = len(structure.blocks), len(structure.pre)
    step = 4.3e-6 * n_levels + 0.5e-9 * n_slots
    step += n * (0.12e-9 * n_slots + 5.5e-9 * _n_computed(structure))
    if _is_scattered(structure):
        step += (20e-9 + n * 5e-9) * structure.n_parameters
    return Price(0.9e-3 + 0.1e-3 * n_levels + 10e-9 * n_slots, step)


def _jit(structure: Structure, n: int) -> Price:
    """Return the price of numba's loop: where parameters lie side by side, and where they do not.

    Where the outs of all samples do not fit into the cache, a run of parameters costs more. A
    straight line computes four samples at once.
    """
    making = 3e-3 + 0.3e-6 * structure.n_parameters
    if len(structure.filled) <= MOST_COMPILED:
        of_neuron = 10e-9 if n == 1 else 5e-9
        of_sample = of_neuron * _n_computed(structure) + 0.4e-9 * structure.n_parameters
        return Price(making, 10e-9 + of_sample * n)
    if _is_scattered(structure):
        of_parameter, of_sample = 3e-9, 0.5e-9
    else:
        fits = n * structure.n_positions < 1 << 19
        of_parameter, of_sample = 0.1e-9, 0.26e-9 if fits else 1e-9
    step = 0.2e-6 + structure.n_parameters * (of_parameter + of_sample * n)
    step += 2.5e-9 * _n_computed(structure) * n
    return Price(making, step)


def _n_computed(structure: Structure) -> int:
    return len(structure.names) - len(structure.levels[0])


def _is_scattered(structure: Structure) -> bool:
    """Whether most parameters of a neuron do not lie side by side."""
    full = 2 * structure.n_parameters > len(structure.pre)
    return not full or any(not block.width for block in structure.blocks)


#: By name of an engine: the price for a network and so many samples a step.
PRICES: dict[str, Callable[[Structure, int], Price]] = {
    "passes": _passes,
    "straight_line": _straight_line,
    "blocks": _blocks,
    "jit": _jit,
}
