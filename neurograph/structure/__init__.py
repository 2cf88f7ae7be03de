"""The structure of a network: what depends on what, in which order, and in which slots."""

from neurograph.structure.binding import bind_network, check_is_no_view, is_bound_network
from neurograph.structure.layered import layered_structure
from neurograph.structure.model import BIAS, EMPTY, Block, Link, Structure
from neurograph.structure.reading import read_structure

__all__ = [
    "BIAS",
    "EMPTY",
    "Block",
    "Link",
    "Structure",
    "bind_network",
    "check_is_no_view",
    "is_bound_network",
    "layered_structure",
    "read_structure",
]
