"""Scenarios: worked examples in files, with every number their source prints, and their checking.

A scenario file is TOML and holds facts only: a network, its data, and runs of steps, each step
with the values that the source prints after it. `load_scenario` reads and checks a file,
`run_scenario` computes every printed value and says which are reproduced.
"""

from neurograph.facts import ConnectionFacts, NetworkFacts, NeuronFacts
from neurograph.scenario.corpus import Errata, Erratum, NumberSearch, errata, find_numbers, tagged
from neurograph.scenario.library import find_scenarios
from neurograph.scenario.model import Data, Figure, Scenario, Slip
from neurograph.scenario.player import GradientVerdict, play
from neurograph.scenario.runs import Printed, Run, Step, StopFacts, Training
from neurograph.scenario.schema import load_scenario
from neurograph.scenario.verdicts import (
    RunResult,
    ScenarioResult,
    StepResult,
    Verdict,
    agreement,
    agrees,
    run_scenario,
)

__all__ = [
    "ConnectionFacts",
    "Data",
    "Errata",
    "Erratum",
    "Figure",
    "GradientVerdict",
    "NetworkFacts",
    "NeuronFacts",
    "NumberSearch",
    "Printed",
    "Run",
    "RunResult",
    "Scenario",
    "ScenarioResult",
    "Slip",
    "Step",
    "StepResult",
    "StopFacts",
    "Training",
    "Verdict",
    "agreement",
    "agrees",
    "errata",
    "find_numbers",
    "find_scenarios",
    "load_scenario",
    "play",
    "run_scenario",
    "tagged",
]
