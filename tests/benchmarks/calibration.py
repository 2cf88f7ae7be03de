"""Calibration of audit: what it finds of slips that were planted, and what it claims of noise.

Each row of the table of edits is planted in random networks with pages of 3 to 40 values, printed
with 2 to 9 decimals: how often is it the first reason named, how often named at all, and how often
does another reason claim to be more than chance? Beside each of these pages stands its twin, on
which the same values are as far off for no reason: how many of them agree with some alternative,
beside how many the odds expect, and on how many twins is a reason said to be more than chance?
Pages of noise are asked the same. The pages of `pages_with_slips` are slips that were not taken
from the table.
"""

import argparse
import json
import math
import random
import re
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import cached_property
from typing import Any, NamedTuple

import neurograph as ng
from neurograph.conventions import Alternative, Cause, Reconciliation
from neurograph.conventions.alternatives import alternatives_to
from neurograph.conventions.edited_runs import setup_of_run, with_batches
from neurograph.conventions.odds import false_hits
from neurograph.conventions.pages import Page
from neurograph.conventions.replay import Replay
from neurograph.conventions.setups import Place
from neurograph.edits import EDITS
from neurograph.numerals import Numeral
from neurograph.scenario import agrees, run_scenario
from neurograph.scenario.runs import perform
from neurograph.scenario.schema import read_scenario

from .pages_with_slips import HEAD, PAGES, step_text

__all__ = ["NOISES", "UNPLANTED", "Tally", "calibrate", "main"]

#: What a page is called that stands in no file.
_CALLED = "page"
#: So many draws are made until an edit can be planted and shows.
_DRAWS = 60
#: By name, rows of the table that are planted in no page, with the reason.
UNPLANTED: dict[str, str] = {}


@dataclass
class Tally:
    """What came of one kind of pages.

    Attributes
    ----------
    name : str
        The edit that was planted, or the kind of noise.
    pages : int
    first, named : int
        On how many pages what was planted is the first reason, and among the reasons.
    false : int
        On how many another reason is said to be more than chance.
    claims : int
        On how many twins a reason is said to be more than chance.
    expected, counted : float, int
        How many values that are wrong for no reason agree with some alternative by chance: as the
        odds say, and as it is.
    """

    name: str
    pages: int = 0
    first: int = 0
    named: int = 0
    false: int = 0
    claims: int = 0
    expected: float = 0.0
    counted: int = 0

    def line(self) -> str:
        """Return it as one line of a table."""
        return (
            f"{self.name:40.40} {self.pages:5} {self.first:5} {self.named:5} {self.false:5}"
            f" {self.claims:6} {self.expected:8.1f} {self.counted:7}"
        )

    def add_noise(self, found: Reconciliation) -> bool:
        """Count what is said of a page without a reason; return whether something is claimed."""
        for value in found.values:
            verdict = value.verdict
            chance = false_hits(value.in_reach, verdict.computed, verdict.printed)
            self.expected += min(1.0, chance)
            # That one wrong value follows from another may well be.
            self.counted += any(not finding.follows_from for finding in value.found)
        return any(its.is_likely for its in found.story if its.name and its.family != "slip")


_HEADS = (
    f"{'':40} {'pages':>5} {'first':>5} {'named':>5} {'false':>5} {'claims':>6} {'expected':>8}"
    " counted"
)


# -- random pages ---------------------------------------------------------------------------------


class Item(NamedTuple):
    """One number that a page may print: in which step, of what, and after which round."""

    step: int
    address: str
    round: int | None = None


#: What pages print, by item.
Printed = Mapping[Item, str]

_FORWARD = ("net", "out")
_BACKWARD = ("slope", "loss", "out_gradient", "delta", "bias_gradient", "error_message", "gradient")
_AFTER = ("weight", "bias", "step", "bias_step")
#: What is printed below each step.
_OF_STEP = {
    "forward": _FORWARD,
    "backward": _BACKWARD,
    "update": _AFTER,
    "step": (*_FORWARD, *_BACKWARD, *_AFTER),
    "train": ("out", "delta", "bias_gradient", "gradient", "weight", "bias"),
    "attribute": ("error", "share"),
}
#: What is known after each round of a training.
_OF_ROUND = ("weight", "bias")


@dataclass(frozen=True, eq=False)
class Draft:
    """A random network with data, conventions and steps, before anything is printed."""

    facts: str
    steps: Sequence[tuple[str, str]]
    batch: bool = False

    def scenario(self, printed: Printed) -> ng.scenario.Scenario:
        """Return its file with printed values."""
        return read_scenario(self.facts + "".join(self._steps(printed)), _CALLED)

    def _steps(self, printed: Printed) -> Iterator[str]:
        for number, (do, keys) in enumerate(self.steps):
            values: dict[str, list[str]] = {}
            for item, digits in printed.items():
                if item.step == number:
                    sample = ", sample = 1" if self.batch and not _is_of_all(item.address) else ""
                    after = "" if item.round is None else f", round = {item.round}"
                    value = f'{{ value = "{digits}"{sample}{after} }}'
                    values.setdefault(item.address, []).append(value)
            tables = {address: f"[{', '.join(its)}]" for address, its in values.items()}
            yield step_text(do, tables, keys)

    @cached_property
    def items(self) -> list[Item]:
        """Everything that is computed, and that a page may print."""
        scenario = self.scenario({})
        run = scenario.runs[0]
        _, setup = setup_of_run(scenario, run)
        replay, items = Replay(setup), list[Item]()
        for number, step in enumerate(run.steps):
            perform(replay, with_batches(run, step, scenario.samples_of(run)))
            known = [
                Item(number, address)
                for address, place in _places(setup, _OF_STEP[step.do])
                if _is_number(replay.read(place))
            ]
            rounds = range(1, step.rounds) if step.do == "train" else ()
            items += [
                item._replace(round=after)
                for after in rounds
                for item in known
                if item.address.endswith(_OF_ROUND)
            ]
            items += known
        return items

    @cached_property
    def page(self) -> Page:
        """A page that prints all of it."""
        scenario = self.scenario(dict.fromkeys(self.items, "0"))
        return Page(scenario, run_scenario(scenario).runs[0])

    @cached_property
    def numbers(self) -> dict[Item, float]:
        """All of it, as stated."""
        return self._by_item(self.page.stated)

    def _by_item(self, values: Sequence[float | None]) -> dict[Item, float]:
        # As they stand in a file: of one address one round after the other.
        order = sorted(self.items, key=lambda its: (its.step, self._first[its[:2]]))
        return {item: its for item, its in zip(order, values, strict=True) if its is not None}

    @cached_property
    def _first(self) -> dict[tuple[Any, ...], int]:
        first: dict[tuple[Any, ...], int] = {}
        for number, item in enumerate(self.items):
            first.setdefault(item[:2], number)
        return first

    @cached_property
    def alternatives(self) -> list[Alternative]:
        """Every alternative to it."""
        return list(alternatives_to(self.page.setup, shares=self.page.shares))

    def numbers_with(self, alternative: Alternative) -> dict[Item, float]:
        """Return all of it, computed with one alternative."""
        page = self.page
        try:
            setup = alternative.setup(page.setup)
        except ng.NeurographError:
            return {}
        return self._by_item(page.values(setup, alternative.overrides))

    def shifted(self, step: int, by: int) -> dict[Item, float]:
        """Return what is printed below a step, of another moment."""
        page = self.page
        # A training is as many steps of a page as it has rounds at which something is printed.
        at = max(its.step for its in page.targets if its.number == step + 1)
        steps = page.shifted(at, by)
        values = [None] * len(self.items) if steps is None else page.values(page.setup, steps=steps)
        numbers = self._by_item(values)
        return {item: its for item, its in numbers.items() if item.step == step and not item.round}


def _places(setup: Any, quantities: Sequence[str]) -> Iterator[tuple[str, Place]]:
    """Yield each address of some quantities that a network may have."""
    structure = setup.structure
    if "loss" in quantities:
        yield "loss", Place("total_error", 0)
    for quantity in quantities:
        of_slots = quantity in ("weight", "step", "gradient", "error_message", "share")
        if of_slots:
            for slot in setup.weights():
                yield f"{setup.called[slot]}.{quantity}", Place(quantity, slot)
            continue
        for row in range(len(structure.names)):
            if row not in structure.inputs:
                yield f"{setup.name_of(row)}.{quantity}", Place(quantity, row)


def _is_number(value: float | None) -> bool:
    return value is not None and math.isfinite(value)


def _is_of_all(address: str) -> bool:
    """Whether there is one number for all samples."""
    return address == "loss" or address.endswith((".gradient", ".bias_gradient", *_OF_PARAMETERS))


_OF_PARAMETERS = tuple(f".{quantity}" for quantity in _AFTER)


_KINDS = (
    ("logistic", "half_squared_error"),
    ("tanh", "half_squared_error"),
    ("identity", "squared_error"),
    ("logistic", "binary_cross_entropy"),
    ("softmax", "cross_entropy"),
)
_ROUND = (("forward", ""), ("backward", ""), ("update", ""))


def _number(draw: random.Random) -> float:
    return round(draw.uniform(-1, 1), 2)


@dataclass
class Layers:
    """The parts of a file of a random network of two or three layers with its data."""

    network: list[str]
    inputs: Any
    targets: Any
    run: list[str]
    data: str = ""

    def draft(self, steps: Sequence[tuple[str, str]] = _ROUND) -> Draft:
        """Return it as a draft."""
        facts = [
            f"{HEAD}[network]", *self.network, "[data]", self.data, f"inputs = {self.inputs}",
            f"targets = {self.targets}", '[[runs]]\nname = "r"', *self.run, "",
        ]  # fmt: skip
        batch = isinstance(self.inputs[0], list)
        return Draft("\n".join(line for line in facts if line) + "\n", steps, batch)


def _layers(draw: random.Random, samples: int | None = None, hidden: str = "") -> Layers:
    """Return a random network of two or three layers with its data."""
    output, loss = draw.choice(_KINDS)
    sizes = [draw.choice((1, 2, 3)), draw.choice((2, 2, 3)), draw.choice((1, 2, 2, 3))]
    sizes[-1] = max(sizes[-1], 2) if output == "softmax" else sizes[-1]
    hidden = hidden or draw.choice(("logistic", "tanh", "relu", "sin"))
    network = [f'loss = "{loss}"', "", "[[network.layers]]", f"size = {sizes[0]}"]
    for before, n, activation in ((sizes[0], sizes[1], hidden), (sizes[1], sizes[2], output)):
        weights = [[_number(draw) for _ in range(before)] for _ in range(n)]
        network += ["[[network.layers]]", f"size = {n}", f'activation = "{activation}"']
        network += [f"weights = {weights}", f"bias = {[_number(draw) for _ in range(n)]}"]
    n = samples or draw.choice((1, 1, 1, 3))
    inputs = [[_number(draw) for _ in range(sizes[0])] for _ in range(n)]
    targets = [_targets(draw, output, sizes[2]) for _ in range(n)]
    rows = (inputs, targets) if n > 1 else (inputs[0], targets[0])
    return Layers(network, *rows, [f"learning_rate = {0.1 * draw.randint(1, 9)}"])


def _targets(draw: random.Random, output: str, n: int) -> list[float]:
    if output == "softmax":
        chosen = draw.randrange(n)
        return [float(k == chosen) for k in range(n)]
    return [round(draw.uniform(0, 1) if output == "logistic" else draw.uniform(-1, 1), 2)
            for _ in range(n)]  # fmt: skip


def _of_a_round(draw: random.Random, samples: int | None = None) -> Draft:
    """Return a page of one round, of which a third changes weights in place."""
    layers = _layers(draw, samples)
    if draw.random() < 1 / 3:
        layers.run.append('order = "in_place"')
        return layers.draft((("step", ""),))
    return layers.draft()


def _of_a_batch(draw: random.Random) -> Draft:
    return _of_a_round(draw, 3)


def _leaking(draw: random.Random) -> Draft:
    """Return a page of one round with hidden neurons that have a number of their own."""
    return _layers(draw, hidden=draw.choice(("leaky_relu", "elu"))).draft()


def _rounded(draw: random.Random) -> Draft:
    """Return a page on which every value is rounded while computing."""
    layers = _layers(draw)
    layers.run.append(f"digits = {draw.randint(2, 9)}")
    return layers.draft()


def _of_a_training(draw: random.Random) -> Draft:
    """Return a page of some rounds of an optimiser."""
    layers, name = _layers(draw), draw.choice(("momentum", "rmsprop", "adagrad", "adam"))
    keys = [f'name = "{name}"']
    if name == "momentum":
        keys += [f"momentum = {draw.choice((0.5, 0.9))}", f"average = {_either(draw)}"]
    else:
        keys += [f"epsilon = {draw.choice((1e-8, 0.01, 1.0))}", f"epsilon_inside = {_either(draw)}"]
    if draw.random() < 0.5:
        keys.append(f"weight_decay = {draw.choice((0.01, 0.1, 0.3))}")
    layers.run.append(f"optimizer = {{ {', '.join(keys)} }}")
    return layers.draft((("train", f"rounds = {draw.randint(2, 4)}"),))


def _either(draw: random.Random) -> str:
    return draw.choice(("true", "false"))


def _penalised(draw: random.Random) -> Draft:
    """Return a page of one round with a penalty."""
    layers = _layers(draw)
    keys = [f"l2 = {draw.choice((0.01, 0.1, 0.5))}", f"half = {_either(draw)}"]
    keys += [f"per_sample = {_either(draw)}", f"biases = {_either(draw)}"]
    layers.network.insert(0, f"penalty = {{ {', '.join(keys)} }}")
    return layers.draft()


def _standardised(draw: random.Random) -> Draft:
    """Return a page of one round of standardised inputs."""
    layers = _layers(draw, draw.randint(3, 5))
    layers.data = f"standardize = {draw.choice(('true', chr(34) + 'n-1' + chr(34)))}"
    return layers.draft()


def _shared_out(draw: random.Random) -> Draft:
    """Return a page on which errors are shared out in proportion to the weights."""
    return _layers(draw, 1).draft((("forward", ""), ("attribute", f"normalised = {_either(draw)}")))


def _irregular(draw: random.Random) -> Draft:
    """Return a page of a network with masks, a shared weight, and an output that feeds another."""
    bias, tied = _number(draw), _number(draw)
    neurons = [
        '{ name = "i1" }', '{ name = "i2" }',
        f'{{ name = "h1", mask = 2.0, bias = {bias}, trainable = false }}',
        f'{{ name = "h2", activation = "tanh", mask = {draw.choice((0.0, 1.25))}, bias = {bias} }}',
        f'{{ name = "o1", kind = "output", bias = {_number(draw)} }}',
        f'{{ name = "o2", kind = "output", activation = "identity", bias = {_number(draw)} }}',
    ]  # fmt: skip
    links = [("i1", "h1"), ("i2", "h1"), ("i1", "h2"), ("i2", "h2"), ("o1", "o2")]
    connections = [f'{{ pre = "{a}", post = "{b}", weight = {_number(draw)} }}' for a, b in links]
    connections += [
        f'{{ pre = "{pre}", post = "o1", weight = {tied}, tie = "t" }}' for pre in ("h1", "h2")
    ]
    inputs, targets = (
        [_number(draw), _number(draw)], [round(draw.uniform(0, 1), 2), _number(draw)]
    )  # fmt: skip
    network = [f"neurons = [{', '.join(neurons)}]", f"connections = [{', '.join(connections)}]"]
    run = [f"learning_rate = {0.1 * draw.randint(1, 9)}"]
    return Layers(network, inputs, targets, run).draft()


def _shared(draw: random.Random, links: Sequence[tuple[str, str, str]]) -> Draft:
    """Return a page of tanh neurons whose connections share weights, by the names of these."""
    weights = {tie: _number(draw) for _, _, tie in links}
    posts = dict.fromkeys(post for _, post, _ in links)
    inputs = dict.fromkeys(pre for pre, _, _ in links if pre not in posts)
    neurons = [f'{{ name = "{name}" }}' for name in inputs]
    neurons += [f'{{ name = "{name}", activation = "tanh" }}' for name in posts if name != "o1"]
    neurons.append('{ name = "o1", activation = "identity" }')
    connections = [
        f'{{ pre = "{pre}", post = "{post}", weight = {weights[tie]}, tie = "{tie}" }}'
        for pre, post, tie in links
    ]
    hidden = [name for name in posts if name != "o1"]
    connections += [
        f'{{ pre = "{name}", post = "o1", weight = {_number(draw)} }}' for name in hidden
    ]
    network = [f"neurons = [{', '.join(neurons)}]", f"connections = [{', '.join(connections)}]"]
    given, wanted = [_number(draw) for _ in inputs], [_number(draw)]
    return Layers(network, given, wanted, ["learning_rate = 0.5"]).draft()


def _of_a_kernel(draw: random.Random) -> Draft:
    """Return a page of one round of a kernel of two weights at three places."""
    return _shared(
        draw,
        [(f"i{k + at}", f"h{k}", tie) for k in (1, 2, 3) for at, tie in enumerate(("a", "b"))],
    )


def _of_a_recurrence(draw: random.Random) -> Draft:
    """Return a page of one round of three time steps."""
    links = [(f"i{k}", f"h{k}", "a") for k in (1, 2, 3)]
    return _shared(draw, [*links, ("h1", "h2", "b"), ("h2", "h3", "b")])


def _of_three_classes(draw: random.Random) -> Draft:
    """Return a page of one round with a softmax of three neurons."""
    while True:
        draft = _of_a_round(draw)
        if "softmax" in draft.facts and {"o3.out"} & {item.address for item in draft.items}:
            return draft


#: By row, the pages that it can be planted in, where not in every page of a round.
_ONLY_IN: dict[str, Callable[[random.Random], Draft]] = {
    "other reduction": _of_a_batch,
    "sample left out": _of_a_batch,
    "another number of samples": _of_a_batch,
    "every update from the start": _of_a_training,
    "every pass from the start": _of_a_training,
    "another sample": _of_a_batch,
    "another number of the activation": _leaking,
    "not rounded": _rounded,
    "softmax without a term": _of_three_classes,
    "mask left out": _irregular,
    "mask in part": _irregular,
    "own gradient for the shared one": _irregular,
    "uses of shared weights": _of_a_kernel,
    "kernel flipped": _of_a_kernel,
    "state of another time": _of_a_recurrence,
    "biases trained": _irregular,
    "biases shared": _irregular,
    "one of two errors": _irregular,
    "other shares": _shared_out,
    "another share": _shared_out,
    "epsilon elsewhere": _of_a_training,
    "average momentum": _of_a_training,
    "weight decay left out": _of_a_training,
    "another constant of the optimiser": _of_a_training,
    "look ahead": _of_a_training,
    "correction left out": _of_a_training,
    "root left out": _of_a_training,
    "another memory": _of_a_training,
    "weight decay elsewhere": _of_a_training,
    "other penalty": _penalised,
    "penalty in part": _penalised,
    "other deviation": _standardised,
}
#: All others, and noise, are looked for in these.
_PAGES = (_of_a_round, _of_a_round, _of_a_round, _of_a_training, _penalised, _standardised)


def _drawn(draw: random.Random, name: str = "") -> Draft:
    return _ONLY_IN.get(name, draw.choice(_PAGES))(draw)


def _chosen(draw: random.Random, items: Sequence[Item]) -> list[Item]:
    """Return 3 to 40 of what a page may print."""
    chosen = set(draw.sample(items, min(draw.randint(3, 40), len(items))))
    return [item for item in items if item in chosen]


def _written(value: float, decimals: int) -> str:
    return f"{value:.{decimals}f}"


# -- planted edits --------------------------------------------------------------------------------


@dataclass
class Planted:
    """A page with an edit in it that shows."""

    draft: Draft
    edit: Alternative
    printed: dict[Item, str]

    def wrong(self) -> list[Item]:
        """Return what is printed otherwise than stated."""
        right = self.draft.numbers
        return [item for item, text in self.printed.items() if not agrees(right[item], text)]

    def twin(self, draw: random.Random) -> dict[Item, str]:
        """Return what is printed with other digits where it is wrong, about as far off."""
        printed = dict(self.printed)
        for item in self.wrong():
            digits, value = printed[item], self.draft.numbers[item]
            reach = 2 * abs(float(Numeral.of(digits).value) - value)
            decimals = max(Numeral.of(digits).decimals, 0)
            printed[item] = _written(value + draw.uniform(-reach, reach), decimals)
        return printed

    def is_named(self, name: str) -> bool:
        """Whether a reason is what was planted."""
        return name == self.edit.name or name.startswith(
            (f"{self.edit.name}:", f"{self.edit.name};")
        )

    def is_given_by(self, cause: Cause) -> bool:
        """Whether a reason is what was planted, or gives what is printed too.

        Nobody can tell two such apart; nor can one who copies a value from where it is right.
        """
        name = cause.name
        if self.is_named(name):
            return True
        if name.startswith("digits: copied"):
            return len(cause.explains) == len(self.wrong())
        its = next((its for its in self.draft.alternatives if its.name == name), None)
        if its is None or its.edit.after is not None or its.edit.truncates:
            return False
        if its.edit.miswritten is not None:  # a zero written twice is the point one place off
            (item, *more), right = self.wrong(), self.draft.numbers
            digits = Numeral.of(self.printed[item])
            wrong = its.edit.miswritten(right[item], digits.decimals)
            return not more and wrong == float(digits)
        numbers = self.draft.numbers_with(its)
        return all(i in numbers and agrees(numbers[i], text) for i, text in self.printed.items())


def planted(draw: random.Random, name: str) -> Planted | None:
    """Return a page with one edit of a row in it that shows; nothing where none can be made."""
    for _ in range(_DRAWS):
        draft = _drawn(draw, name)
        edits = [its for its in draft.alternatives if its.row is EDITS[name]]
        if not edits:
            continue
        edit = draw.choice(edits)
        page = Planted(draft, edit, _with(draw, draft, edit))
        if page.wrong():
            return page
    return None


def _with(draw: random.Random, draft: Draft, edit: Alternative) -> dict[Item, str]:
    """Return what is printed with an edit; nothing where a value has no number."""
    digits, right = draw.randint(2, 9), draft.numbers
    items = _chosen(draw, list(right))
    printed = {item: _written(right[item], digits) for item in items}
    if edit.edit.truncates:
        return {item: _written(right[item], digits + 8)[:-8] for item in items}
    chosen = draw.choice(items)
    if edit.edit.after is not None:
        return printed | {chosen: _written(edit.edit.after(right[chosen]), digits)}
    if edit.edit.copies:
        return printed | {chosen: draw.choice(list(printed.values()))}
    if edit.edit.miswritten is not None:
        wrong = edit.edit.miswritten(right[chosen], digits)
        return printed if wrong is None else printed | {chosen: _written(wrong, digits)}
    if edit.edit.shift:
        shifted, shown = draft.shifted(chosen.step, edit.edit.shift), edit.edit.shown
        numbers = right | {
            item: its
            for item, its in shifted.items()
            if not shown or item.address.rpartition(".")[2] in shown
        }
    else:
        numbers = draft.numbers_with(edit)
    if not all(_is_number(numbers.get(item)) for item in items):
        return {}
    return {item: _written(numbers[item], digits) for item in items}


def plant(draw: random.Random, name: str, pages: int) -> Tally:
    """Plant the edits of one row, and count how they are found; and what is said of the twins."""
    tally = Tally(name)
    for _ in range(pages):
        page = planted(draw, name)
        if page is None:
            break
        found = ng.reconcile(page.draft.scenario(page.printed))
        tally.pages += 1
        first = found.changes[0] if found.changes else None
        right = first is not None and page.is_given_by(first)
        names = {finding.name for value in found.values for finding in value.found}
        tally.first += right
        tally.named += right or any(map(page.is_named, names))
        tally.false += first is not None and not right and first.is_likely
        twin = ng.reconcile(page.draft.scenario(page.twin(draw)))
        tally.claims += tally.add_noise(twin)
    return tally


# -- a slip that is not alone ---------------------------------------------------------------------


def _with_a_misprint(draw: random.Random, page: Planted) -> Planted | None:
    """Return a page on which the point of a right value is one place off, too."""
    right = [item for item in page.printed if item not in page.wrong()]
    if not right:
        return None
    item = draw.choice(right)
    digits = page.printed[item]
    decimals = len(digits.partition(".")[2])
    shifted = _written(10 * page.draft.numbers[item], decimals)
    if agrees(page.draft.numbers[item], shifted):
        return None
    return Planted(page.draft, page.edit, page.printed | {item: shifted})


def _with_an_exception(draw: random.Random, page: Planted) -> Planted | None:
    """Return a page on which one value is right that the slip should have changed."""
    wrong = page.wrong()
    if len(wrong) < 3:
        return None
    item = draw.choice(wrong)
    decimals = len(page.printed[item].partition(".")[2])
    right = _written(page.draft.numbers[item], decimals)
    return Planted(page.draft, page.edit, page.printed | {item: right})


#: What the reason of a misprint is called.
_MISPRINT = "digits: point 1 place to the right"
#: What happens on a page beside a slip.
BESIDE = {"with a misprint": _with_a_misprint, "with an exception": _with_an_exception}
#: Rows that concern one value alone have nothing beside them.
_OF_A_VALUE = ("digits", "value", "rounding", "sign", "moment")


def beside(draw: random.Random, name: str, pages: int) -> Tally:
    """Plant edits of random rows, with something else beside each."""
    tally = Tally(f"any row {name}")
    rows = [
        key
        for key, row in EDITS.items()
        if not row.not_of_pages and key not in UNPLANTED and row.family not in _OF_A_VALUE
    ]
    while tally.pages < pages:
        page = planted(draw, draw.choice(rows))
        page = page and BESIDE[name](draw, page)
        if page is None:
            continue
        found = ng.reconcile(page.draft.scenario(page.printed))
        tally.pages += 1
        first = found.changes[0] if found.changes else None
        # Its values need not be all that are wrong, nor all that it changes.
        wrong = page.draft.numbers_with(page.edit)
        right = first is not None and (
            page.is_named(first.name)
            or (name == "with a misprint" and first.name == _MISPRINT)
            or _gives_the_same(page.draft, first.name, wrong, found)
        )
        names = {finding.name for value in found.values for finding in value.found}
        tally.first += right
        tally.named += any(map(page.is_named, names))
        tally.false += first is not None and not right and first.is_likely
    return tally


def _gives_the_same(
    draft: Draft, name: str, numbers: dict[Item, float], found: Reconciliation
) -> bool:
    """Whether an alternative gives the numbers that another gives."""
    its = next((its for its in draft.alternatives if its.name == name), None)
    if its is None:
        return False
    own = draft.numbers_with(its)
    printed = {(value.step, value.verdict.address) for value in found.values}
    return all(
        math.isclose(own.get(item, math.nan), number, rel_tol=1e-9, abs_tol=1e-12)
        for item, number in numbers.items()
        if (item.step + 1, item.address) in printed
    )


# -- noise ----------------------------------------------------------------------------------------


def _by_units(draw: random.Random, value: float, digits: int) -> str:
    return _written(value + draw.choice((-1, 1)) * draw.uniform(1, 300) / 10**digits, digits)


def _by_a_share(draw: random.Random, value: float, digits: int) -> str:
    return _written(value * draw.uniform(0.5, 1.5), digits)


def _last_digit(draw: random.Random, value: float, digits: int) -> str:
    return _written(value + draw.choice((-1, 1)) / 10**digits, digits)


def _two_digits(draw: random.Random, value: float, digits: int) -> str:
    """Return a number with two others of its digits; one alone is an edit of the table."""
    letters = list(_written(value, digits))
    places = [n for n, letter in enumerate(letters) if letter.isdigit()]
    for place in draw.sample(places, 2):
        letters[place] = str((int(letters[place]) + draw.randint(1, 9)) % 10)
    return "".join(letters)


#: How a printed number goes wrong for no reason.
NOISES = {
    "units of the last digits": _by_units,
    "a share of the value": _by_a_share,
    "one more in the last digit": _last_digit,
    "two digits": _two_digits,
}


def _noisy(
    draw: random.Random, change: Callable[[random.Random, float, int], str]
) -> Reconciliation:
    """Return the audit of a page on which some values, or all, are wrong for no reason."""
    draft, digits = _drawn(draw), draw.randint(2, 9)
    right, part = draft.numbers, draw.choice((0.2, 0.5, 1.0))
    printed = {
        item: change(draw, right[item], digits)
        if draw.random() < part
        else _written(right[item], digits)
        for item in _chosen(draw, list(right))
    }
    return ng.reconcile(draft.scenario(printed))


def _pairs(draw: random.Random) -> Reconciliation:
    """Return the audit of a page of noise in pairs: two outs add up to 1, a bias has its delta."""
    while True:
        layers, digits = _layers(draw, 1), draw.randint(2, 5)
        draft = layers.draft()
        right = {item.address: (item, value) for item, value in draft.numbers.items()}
        if "o2.out" in right and "o3.out" not in right and "softmax" in draft.facts:
            break
    items = _chosen(draw, draft.items)
    printed = {item: _written(draft.numbers[item], digits) for item in items}
    (one, value), (other, _) = right["o1.out"], right["o2.out"]
    out = Numeral(_by_a_share(draw, value, digits))
    printed[one], printed[other] = out, f"{1 - out.decimal:.{digits}f}"
    for row in ("h1", "h2", "o1"):
        (delta, value), (gradient, _) = right[f"{row}.delta"], right[f"{row}.bias_gradient"]
        if draw.random() < 0.5 and value:
            printed[delta] = printed[gradient] = _by_a_share(draw, value, digits)
    return ng.reconcile(draft.scenario(printed))


def noise(draw: random.Random, name: str, pages: int) -> Tally:
    """Audit pages of one kind of noise, and count what is claimed of them."""
    tally = Tally(f"noise: {name}")
    for _ in range(pages):
        found = _pairs(draw) if name == "in pairs" else _noisy(draw, NOISES[name])
        tally.pages += 1
        tally.false += tally.add_noise(found)
    return tally


# -- slips that are not of the table ---------------------------------------------------------------


def by_hand() -> Tally:
    """Audit the pages with slips that were not taken from the table."""
    tally = Tally("slips by hand")
    for page in PAGES:
        found = ng.reconcile(read_scenario(page.text, _CALLED))
        first = found.changes[0] if found.changes else None
        right = first is not None and re.search(page.says, first.sentence) is not None
        sentences = (finding.sentence for value in found.values for finding in value.found)
        tally.pages += 1
        tally.first += right
        tally.named += right or any(re.search(page.says, sentence) for sentence in sentences)
        tally.false += first is not None and not right and first.is_likely
    return tally


# -- the run --------------------------------------------------------------------------------------


def calibrate(pages: int, seed: int, only: Sequence[str] = ()) -> Iterator[Tally]:
    """Yield what came of each row of the table, alone or not, of noise, and of slips by hand.

    Parameters
    ----------
    pages : int
        Of each.
    seed : int
    only : sequence of str
        Parts of the names of those that are wanted; all of them if there are none.
    """

    def wanted(name: str) -> bool:
        return not only or any(part in name for part in only)

    for name, row in EDITS.items():
        if not row.not_of_pages and wanted(name):
            yield plant(random.Random(f"{seed} {name}"), name, pages)
    for name in BESIDE:
        if wanted(f"any row {name}"):
            yield beside(random.Random(f"{seed} {name}"), name, 3 * pages)
    for name in (*NOISES, "in pairs"):
        if wanted(f"noise: {name}"):
            yield noise(random.Random(f"{seed} {name}"), name, 3 * pages)
    if wanted("slips by hand"):
        yield by_hand()


def main(arguments: Sequence[str] | None = None) -> int:
    """Calibrate, and print a row as soon as it is known."""
    prog = "python -m tests.benchmarks calibration"
    parser = argparse.ArgumentParser(prog=prog, description=__doc__)
    parser.add_argument("--pages", type=int, default=6, help="of each row (default: %(default)s)")
    parser.add_argument("--seed", type=int, default=0, help="of the random pages (default: 0)")
    parser.add_argument("--only", metavar="A,B", default="", help="parts of the names of rows")
    parser.add_argument("--json", action="store_true", help="print a line of JSON for each row")
    given = parser.parse_args(arguments)
    only = [part for part in given.only.split(",") if part]
    if not given.json:
        print(_HEADS)
    for tally in calibrate(given.pages, given.seed, only):
        print(json.dumps(asdict(tally)) if given.json else tally.line(), flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
