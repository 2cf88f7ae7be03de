"""What an override sees while a pass runs, and how it puts another value in place."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

import numpy as np

from neurograph import passes
from neurograph.conventions.setups import Setup
from neurograph.passes import Computed

__all__ = ["Moment", "Override", "Overrides", "State", "computed", "drive"]


@dataclass
class State:
    """Where a replay has come to: the parameters, and what passes have computed."""

    parameters: list[float]
    now: Computed = field(default_factory=Computed)
    #: The parameters that a backward pass in place has changed, until the update takes them over.
    changed: list[float] | None = None
    #: What an attribution shared out, by row of a neuron and by slot of a connection.
    error: dict[int, Any] = field(default_factory=dict)
    share: dict[int, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Moment:
    """What an override can see: everything computed so far in the pass that is running."""

    setup: Setup
    parameters: list[float]
    state: State
    rule: passes.Rule
    #: The parameters before the pass, some of which it may have changed.
    before: tuple[float, ...]

    @property
    def now(self) -> Computed:
        """What passes have computed."""
        return self.state.now

    def known(self, quantity: str, place: int) -> Any:
        """Return a value of the backward pass that is running, be it reached already or not."""
        reached = getattr(self.now, quantity)
        return reached[place] if place in reached else getattr(self._ahead, quantity)[place]

    @cached_property
    def _ahead(self) -> Computed:
        setup = self.setup
        ahead = replace(self.now.of_forward(), target=self.now.target, loss=self.now.loss)
        events = passes.backward(
            setup.structure,
            list(self.before),
            setup.loss,
            ahead,
            reduction=setup.reduction,
            digits=setup.digits,
        )
        passes.run(events)
        return ahead


#: Gives the value that stands in the place of the one just computed.
Override = Callable[[Moment, int], Any]

#: By quantity and place; the place `None` means every place.
Overrides = Mapping[tuple[str, int | None], Override]


def computed(moment: Moment, quantity: str, place: int) -> Any:
    """Return the value that has just been computed, as an override finds it."""
    structure = moment.setup.structure
    match quantity:
        case "weight":
            return moment.parameters[place]
        case "bias":
            return moment.parameters[structure.bias_slot[place]]
        case "bias_gradient":
            return moment.now.gradient[structure.bias_slot[place]]
        case "error" | "share":
            return getattr(moment.state, quantity)[place]
    return getattr(moment.now, quantity)[place]


def drive(events: Iterator[passes.Event], moment: Moment, overrides: Overrides) -> None:
    """Run a pass; put what the overrides give in the place of what was computed."""
    if not overrides:
        passes.run(events)
        return
    with np.errstate(all="ignore"):
        for event in events:
            found = overrides.get((event.quantity, event.place)) or overrides.get(
                (event.quantity, None)
            )
            if found is not None:
                _put(moment, event, found(moment, event.place))


def _put(moment: Moment, event: passes.Event, value: Any) -> None:
    structure = moment.setup.structure
    match event.quantity:
        case "weight":
            moment.parameters[event.place] = value
        case "bias":
            moment.parameters[structure.bias_slot[event.place]] = value
        case "bias_gradient":
            moment.now.gradient[structure.bias_slot[event.place]] = value
        case "error" | "share" as quantity:
            getattr(moment.state, quantity)[event.place] = value
        case quantity:
            getattr(moment.now, quantity)[event.place] = value
