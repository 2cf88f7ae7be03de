"""Conventions: which change against what a page states gives the number that it prints.

`alternatives` is the table of what sources and learners do otherwise, `recompute` computes under
one of them, and `reconcile` searches them for every printed value of a scenario that its stated
conventions do not give.
"""

from neurograph.conventions.alternatives import FAMILIES, Alternative
from neurograph.conventions.recomputing import alternatives, recompute
from neurograph.conventions.reconciling import reconcile
from neurograph.conventions.results import Change, Finding, Near, Reconciled, Reconciliation
from neurograph.conventions.setups import Conventions

__all__ = [
    "FAMILIES",
    "Alternative",
    "Change",
    "Conventions",
    "Finding",
    "Near",
    "Reconciled",
    "Reconciliation",
    "alternatives",
    "recompute",
    "reconcile",
]
