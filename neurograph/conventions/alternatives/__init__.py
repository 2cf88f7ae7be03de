"""The table of alternatives: what sources and learners do otherwise than a page says."""

from collections.abc import Iterator

from neurograph.conventions.alternatives.alternative import Alternative
from neurograph.conventions.alternatives.everywhere import everywhere
from neurograph.conventions.alternatives.local import local, shares
from neurograph.conventions.setups import Setup

__all__ = ["Alternative", "alternatives_to", "shares"]


def alternatives_to(stated: Setup) -> Iterator[Alternative]:
    """Yield every alternative to a setup: those that concern a whole computation come first."""
    yield from everywhere(stated)
    yield from local(stated)
