"""Neural networks as graphs of objects, with every number in reach.

Every neuron is the data of a NetworkX node, every weighted connection the data of an edge, and
each carries its own numbers: net, out, delta, weight, gradient.

Examples
--------
>>> import neurograph as ng
>>> net = ng.Network.layered(
...     2, 2, 2,
...     weights=[[[0.15, 0.20], [0.25, 0.30]], [[0.40, 0.45], [0.50, 0.55]]],
...     bias=[0.35, 0.60],
... )
>>> net.forward([0.05, 0.10])
array([0.75136507, 0.77292847])
>>> net.backward([0.01, 0.99])
0.2983711087600027
>>> net.value("w5.gradient")
0.08216704056423078
"""

import importlib

from neurograph.display import portray_by
from neurograph.edit_readers import read_edits_by

# As type checkers know it: the module typing takes as long to import as all of this one.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from neurograph import conventions, drawing, exercises, explanations, landscape
    from neurograph.activations import ACTIVATIONS, Activation, add_activation, get_activation
    from neurograph.checking import GradientCheck, check_gradients
    from neurograph.conventions import Reconciliation, reconcile
    from neurograph.elements import Connection, Neuron
    from neurograph.errors import (
        DivergedError,
        FormulaError,
        GradientError,
        InvalidTypeError,
        InvalidValueError,
        NeurographError,
        NotComputedError,
        ScenarioError,
        StructureError,
        UnknownAttributeError,
        UnknownNameError,
        UnwritableError,
    )
    from neurograph.explanations import Explanation, explain, influence, what_if
    from neurograph.formulas import Formula
    from neurograph.losses import LOSSES, Loss, add_loss, get_loss
    from neurograph.network import Message, Network, load
    from neurograph.optimizers import (
        OPTIMIZERS,
        AdaDelta,
        AdaGrad,
        Adam,
        GradientDescent,
        Momentum,
        Nesterov,
        Optimizer,
        RMSProp,
        get_optimizer,
    )
    from neurograph.pages import page
    from neurograph.scenario import Scenario, find_scenarios, load_scenario, run_scenario
    from neurograph.schedules import CosineDecay, ExponentialDecay, StepDecay
    from neurograph.traces import Trace, trace
    from neurograph.training import (
        GradientNorm,
        History,
        Moment,
        NoImprovement,
        TargetLoss,
        train,
    )

__version__ = "0.1.0"

__all__ = [
    "ACTIVATIONS",
    "LOSSES",
    "OPTIMIZERS",
    "Activation",
    "AdaDelta",
    "AdaGrad",
    "Adam",
    "Connection",
    "CosineDecay",
    "DivergedError",
    "Explanation",
    "ExponentialDecay",
    "Formula",
    "FormulaError",
    "GradientCheck",
    "GradientDescent",
    "GradientError",
    "GradientNorm",
    "History",
    "InvalidTypeError",
    "InvalidValueError",
    "Loss",
    "Message",
    "Moment",
    "Momentum",
    "Nesterov",
    "Network",
    "NeurographError",
    "Neuron",
    "NoImprovement",
    "NotComputedError",
    "Optimizer",
    "RMSProp",
    "Reconciliation",
    "Scenario",
    "ScenarioError",
    "StepDecay",
    "StructureError",
    "TargetLoss",
    "Trace",
    "UnknownAttributeError",
    "UnknownNameError",
    "UnwritableError",
    "add_activation",
    "add_loss",
    "check_gradients",
    "conventions",
    "drawing",
    "exercises",
    "explain",
    "explanations",
    "find_scenarios",
    "get_activation",
    "get_loss",
    "get_optimizer",
    "influence",
    "landscape",
    "load",
    "load_scenario",
    "page",
    "reconcile",
    "run_scenario",
    "trace",
    "train",
    "what_if",
]

# Everything is imported when it is first asked for: what many programs never use costs nothing, and
# a command can be interrupted in order from its first moment on.
_HOMES = {
    "activations": ("ACTIVATIONS", "Activation", "add_activation", "get_activation"),
    "checking": ("GradientCheck", "check_gradients"),
    "conventions": ("Reconciliation", "reconcile"),
    "drawing": (),
    "elements": ("Connection", "Neuron"),
    "errors": (
        "DivergedError",
        "FormulaError",
        "GradientError",
        "InvalidTypeError",
        "InvalidValueError",
        "NeurographError",
        "NotComputedError",
        "ScenarioError",
        "StructureError",
        "UnknownAttributeError",
        "UnknownNameError",
        "UnwritableError",
    ),
    "exercises": (),
    "explanations": ("Explanation", "explain", "influence", "what_if"),
    "formulas": ("Formula",),
    "landscape": (),
    "losses": ("LOSSES", "Loss", "add_loss", "get_loss"),
    "network": ("Message", "Network", "load"),
    "optimizers": (
        "OPTIMIZERS",
        "AdaDelta",
        "AdaGrad",
        "Adam",
        "GradientDescent",
        "Momentum",
        "Nesterov",
        "Optimizer",
        "RMSProp",
        "get_optimizer",
    ),
    "pages": ("page",),
    "scenario": ("Scenario", "find_scenarios", "load_scenario", "run_scenario"),
    "schedules": ("CosineDecay", "ExponentialDecay", "StepDecay"),
    "traces": ("Trace", "trace"),
    "training": ("GradientNorm", "History", "Moment", "NoImprovement", "TargetLoss", "train"),
}


def __getattr__(name: str) -> "Any":
    for module, names in _HOMES.items():
        if name == module or name in names:
            with importlib.import_module(f"{__name__}.collector").all_staying():
                found = importlib.import_module(f"{__name__}.{module}")
            globals().update((each, getattr(found, each)) for each in names)
            return found if name == module else globals()[name]
    # One that was added is public by its class alone.
    optimizers = importlib.import_module(f"{__name__}.optimizers").OPTIMIZERS
    for optimizer in optimizers.values():
        if optimizer.__name__ == name:
            return optimizer
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}", name=name)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__, *_HOMES})


def _portrait(subject: object, picture: bool) -> "Any":
    return importlib.import_module(f"{__name__}.portraits").Portrait(subject, picture)


def _read_edits(scenario: object, run: object) -> "Any":
    edited_runs = importlib.import_module(f"{__name__}.conventions.edited_runs")
    return edited_runs.read_edits(scenario, run)


# What stands in a portrait, and what an edit is called, is known on floors above those that ask for
# it: this file is above all of them.
portray_by(_portrait)
read_edits_by(_read_edits)
