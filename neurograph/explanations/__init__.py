"""Where a number comes from, what depends on it, and what would be if it were another."""

from neurograph.documents.lines import Line
from neurograph.explanations.changes import Change, WhatIf, what_if
from neurograph.explanations.explanation import Explanation, ExplanationStep, explain
from neurograph.explanations.influences import Influence, influence
from neurograph.explanations.path_sums import PathShare
from neurograph.explanations.state import Update

__all__ = [
    "Change",
    "Explanation",
    "ExplanationStep",
    "Influence",
    "Line",
    "PathShare",
    "Update",
    "WhatIf",
    "explain",
    "influence",
    "what_if",
]
