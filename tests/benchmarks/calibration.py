"""Calibration of audit: what it finds of slips that were planted, and what it claims of noise.

Each row of the table of edits is planted in random networks with pages of 3 to 40 values, printed
with 2 to 9 decimals: how often is it the first reason named, how often named at all, and how often
does another reason claim to be more than chance? Pages of noise have no reason: how many values
agree with some alternative, beside how many the odds expect, and on how many pages is a reason said
to be more than chance? The pages of `pages_with_slips` are slips that were not taken from the
table.
"""

import argparse
import json
import random
import re
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import neurograph as ng
from neurograph.conventions import Alternative, Conventions, Reconciliation, recompute
from neurograph.conventions.alternatives import alternatives_to
from neurograph.conventions.odds import false_hits
from neurograph.conventions.setups import setup_of
from neurograph.edits import EDITS
from neurograph.numerals import Numeral
from neurograph.scenario import agrees

from .pages_with_slips import PAGES

__all__ = ["NOISES", "Tally", "calibrate", "main"]

#: A reason with less than this expected by chance is said to be found.
LIKELY = 0.1
#: So many draws are made until an edit can be planted and shows.
_DRAWS = 40


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
    expected, counted : float, int
        How many values agree with some alternative by chance: as the odds say, and as it is.
    """

    name: str
    pages: int = 0
    first: int = 0
    named: int = 0
    false: int = 0
    expected: float = 0.0
    counted: int = 0

    def line(self) -> str:
        """Return it as one line of a table."""
        return (
            f"{self.name:45.45} {self.pages:5} {self.first:5} {self.named:5} {self.false:5}"
            f" {self.expected:9.1f} {self.counted:7}"
        )


_HEADS = f"{'':45} {'pages':>5} {'first':>5} {'named':>5} {'false':>5} {'expected':>9} counted"


# -- random pages ---------------------------------------------------------------------------------


@dataclass(frozen=True, eq=False)
class Draft:
    """A random network with data and conventions, before anything is printed."""

    facts: str
    net: ng.Network
    inputs: Any
    targets: Any
    conventions: Conventions

    @property
    def stated(self) -> tuple[ng.Network, Any, Any, Conventions]:
        """What `alternatives` and `recompute` take."""
        return self.net, self.inputs, self.targets, self.conventions

    def alternatives(self) -> list[Alternative]:
        """Return every alternative to it."""
        return list(alternatives_to(setup_of(*self.stated)))

    def numbers(self, alternative: Alternative | None = None) -> dict[str, float]:
        """Return the numbers of a round, computed with one alternative."""
        return recompute(alternative, *self.stated)


_KINDS = (
    ("logistic", "half_squared_error"),
    ("tanh", "half_squared_error"),
    ("identity", "squared_error"),
    ("logistic", "binary_cross_entropy"),
    ("softmax", "cross_entropy"),
)


def _drawn(draw: random.Random, size: int | None = None) -> Draft:
    """Return a random network of two or three layers with its data."""
    output, loss = draw.choice(_KINDS)
    sizes = [draw.choice((1, 2, 3)), draw.choice((2, 2, 3)), draw.choice((1, 2, 2, 3))]
    sizes[-1] = max(sizes[-1], 2) if output == "softmax" else sizes[-1]
    hidden = draw.choice(("logistic", "tanh", "relu", "sin"))
    number = lambda: round(draw.uniform(-1, 1), 2)  # noqa: E731
    layers = ["[[network.layers]]", f"size = {sizes[0]}"]
    for before, n, activation in ((sizes[0], sizes[1], hidden), (sizes[1], sizes[2], output)):
        weights = [[number() for _ in range(before)] for _ in range(n)]
        layers += ["[[network.layers]]", f"size = {n}", f'activation = "{activation}"']
        layers += [f"weights = {weights}", f"bias = {[number() for _ in range(n)]}"]
    n = size or draw.choice((1, 1, 1, 3))
    inputs = [[number() for _ in range(sizes[0])] for _ in range(n)]
    targets = [_targets(draw, output, sizes[2]) for _ in range(n)]
    rows = (inputs, targets) if n > 1 else (inputs[0], targets[0])
    order = draw.choice(("simultaneous", "simultaneous", "in_place"))
    rate = 0.1 * draw.randint(1, 9)
    network = "\n".join([f'loss = "{loss}"', *layers])
    conventions = Conventions(learning_rate=rate, order=order)
    return _draft(network, *rows, conventions)


def _draft(network: str, inputs: Any, targets: Any, conventions: Conventions) -> Draft:
    facts = (
        f'title = "t"\nauthor = "a"\nsource = "s"\n[network]\n{network}\n[data]\n'
        f'inputs = {inputs}\ntargets = {targets}\n[[runs]]\nname = "r"\n'
        f'order = "{conventions.order}"\nlearning_rate = {conventions.learning_rate}\n'
    )
    scenario = _loaded(facts + _step("forward", {}))
    return Draft(facts, scenario.network(scenario.runs[0]), inputs, targets, conventions)


#: Rows that need masks, shared weights, fixed biases, or an output that feeds another.
_OF_IRREGULAR = (
    "mask left out", "own gradient for the shared one", "biases trained", "biases shared",
    "one of two errors",
)  # fmt: skip


def _irregular(draw: random.Random) -> Draft:
    """Return a random network with masks, a shared weight, and an output that feeds another."""
    number = lambda: round(draw.uniform(-1, 1), 2)  # noqa: E731
    bias, tied, rate = number(), number(), 0.1 * draw.randint(1, 9)
    neurons = [
        '{ name = "i1" }', '{ name = "i2" }',
        f'{{ name = "h1", mask = 2.0, bias = {bias}, trainable = false }}',
        f'{{ name = "h2", activation = "tanh", mask = {draw.choice((0.0, 1.25))}, bias = {bias} }}',
        f'{{ name = "o1", kind = "output", bias = {number()} }}',
        f'{{ name = "o2", kind = "output", activation = "identity", bias = {number()} }}',
    ]  # fmt: skip
    links = [("i1", "h1"), ("i2", "h1"), ("i1", "h2"), ("i2", "h2"), ("o1", "o2")]
    connections = [f'{{ pre = "{a}", post = "{b}", weight = {number()} }}' for a, b in links]
    connections += [
        f'{{ pre = "{pre}", post = "o1", weight = {tied}, tie = "t" }}' for pre in ("h1", "h2")
    ]
    inputs, targets = [number(), number()], [round(draw.uniform(0, 1), 2), number()]
    network = f"neurons = [{', '.join(neurons)}]\nconnections = [{', '.join(connections)}]"
    return _draft(network, inputs, targets, Conventions(learning_rate=rate))


def _targets(draw: random.Random, output: str, n: int) -> list[float]:
    if output == "softmax":
        chosen = draw.randrange(n)
        return [float(k == chosen) for k in range(n)]
    return [round(draw.uniform(0, 1) if output == "logistic" else draw.uniform(-1, 1), 2)
            for _ in range(n)]  # fmt: skip


def _loaded(text: str) -> ng.scenario.Scenario:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "page.toml"
        path.write_text(text, encoding="utf-8")
        return ng.load_scenario(path)


def _step(do: str, printed: dict[str, str], sample: str = "") -> str:
    values = [
        f'"{address}" = {{ value = "{text}"{"" if _is_of_all(address) else sample} }}'
        for address, text in printed.items()
    ]
    return "\n".join(["[[runs.steps]]", f'do = "{do}"', "[runs.steps.printed]", *values, ""])


_FORWARD = (".net", ".out")
_AFTER = (".weight", ".bias")


def _page(draft: Draft, printed: dict[str, str]) -> Reconciliation:
    """Return what an audit says of a page."""
    sample = ", sample = 1" if isinstance(draft.inputs[0], list) else ""
    parts: tuple[tuple[str, Callable[[str], bool]], ...] = (
        ("forward", lambda a: a.endswith(_FORWARD)),
        ("backward", lambda a: not a.endswith((*_FORWARD, *_AFTER))),
        ("update", lambda a: a.endswith(_AFTER)),
    )
    if draft.conventions.order == "in_place":
        parts = (("step", lambda a: True),)
    text = draft.facts
    for do, belongs in parts:
        text += _step(do, {a: value for a, value in printed.items() if belongs(a)}, sample)
    return ng.reconcile(_loaded(text))


def _is_of_all(address: str) -> bool:
    """Whether there is one number for all samples."""
    return address == "loss" or address.endswith((".gradient", ".bias_gradient", *_AFTER))


def _chosen(draw: random.Random, numbers: dict[str, float]) -> list[str]:
    """Return the addresses of 3 to 40 of the numbers that are computed."""
    computed = [a for a in numbers if not a.startswith("i") or "->" in a]
    computed = [a for a in computed if not a.endswith((".target", ".message"))]
    chosen = draw.sample(computed, min(draw.randint(3, 40), len(computed)))
    return [address for address in computed if address in chosen]


def _written(value: float, decimals: int) -> str:
    return f"{value:.{decimals}f}"


# -- planted edits --------------------------------------------------------------------------------


def _planted(draw: random.Random, name: str) -> tuple[Draft, Alternative, dict[str, str]] | None:
    """Return a page with one edit of a row in it that shows; nothing where none can be made."""
    for number in range(_DRAWS):
        if name in _OF_IRREGULAR:
            draft = _irregular(draw)
        else:
            draft = _drawn(draw, size=3 if name == "other reduction" else None)
        digits = draw.randint(2, 9)
        if name in ("not rounded",):
            draft = replace(draft, conventions=replace(draft.conventions, digits=digits))
            draft = replace(draft, facts=draft.facts + f"digits = {digits}\n")
        edits = [its for its in draft.alternatives() if its.row is EDITS[name]]
        if not edits:
            if number > _DRAWS // 2:
                return None
            continue
        edit, right = draw.choice(edits), draft.numbers()
        addresses = _chosen(draw, right)
        printed = _with(draw, draft, edit, right, addresses, digits)
        if printed is not None and any(not agrees(right[a], t) for a, t in printed.items()):
            return draft, edit, printed
    return None


def _with(
    draw: random.Random,
    draft: Draft,
    edit: Alternative,
    right: dict[str, float],
    addresses: list[str],
    digits: int,
) -> dict[str, str] | None:
    printed = {address: _written(right[address], digits) for address in addresses}
    if edit.edit.truncates:
        return {a: _cut(right[a], digits) for a in addresses}
    chosen = draw.choice(addresses)
    if edit.edit.after is not None:
        printed[chosen] = _written(edit.edit.after(right[chosen]), digits)
        return printed
    if edit.edit.copies:
        return printed | {chosen: draw.choice(list(printed.values()))}
    if edit.edit.miswritten is not None:
        wrong_one = edit.edit.miswritten(right[chosen], digits)
        return None if wrong_one is None else printed | {chosen: _written(wrong_one, digits)}
    wrong = draft.numbers(edit)
    if edit.edit.shift:
        addresses = [address for address in addresses if address.endswith(_AFTER)]
    if not addresses or any(address not in wrong for address in addresses):
        return None
    return {address: _written(wrong[address], digits) for address in addresses}


def _cut(value: float, digits: int) -> str:
    text = f"{value:.{digits + 8}f}"
    return text[:-8]


def _same(draft: Draft, name: str, printed: dict[str, str], edits: Sequence[Alternative]) -> bool:
    """Whether an alternative gives what is printed too: nobody can tell the two apart."""
    its = next((edit for edit in edits if edit.name == name), None)
    if its is None or its.edit.after is not None or its.edit.truncates or its.edit.miswritten:
        return False
    numbers = draft.numbers(its)
    return all(a in numbers and agrees(numbers[a], text) for a, text in printed.items())


def plant(draw: random.Random, name: str, pages: int) -> Tally:
    """Plant the edits of one row, and count how they are found."""
    tally = Tally(name)
    for _ in range(pages):
        drawn = _planted(draw, name)
        if drawn is None:
            break
        draft, edit, printed = drawn
        found, edits = _page(draft, printed), draft.alternatives()
        tally.pages += 1
        first = found.changes[0] if found.changes else None
        right = first is not None and (
            first.name.startswith(edit.name) or _same(draft, first.name, printed, edits)
        )
        names = {finding.name for value in found.values for finding in value.found}
        tally.first += right
        tally.named += right or any(name.startswith(edit.name) for name in names)
        tally.false += first is not None and not right and first.chance < LIKELY
    return tally


# -- noise ----------------------------------------------------------------------------------------


def _by_units(draw: random.Random, value: float, digits: int) -> str:
    return _written(value + draw.choice((-1, 1)) * draw.uniform(1, 300) / 10**digits, digits)


def _by_a_share(draw: random.Random, value: float, digits: int) -> str:
    return _written(value * draw.uniform(0.5, 1.5), digits)


def _last_digit(draw: random.Random, value: float, digits: int) -> str:
    return _written(value + draw.choice((-1, 1)) / 10**digits, digits)


def _one_digit(draw: random.Random, value: float, digits: int) -> str:
    text = _written(value, digits)
    place = draw.choice([n for n, letter in enumerate(text) if letter.isdigit()])
    return text[:place] + draw.choice("0123456789") + text[place + 1 :]


#: How a printed number goes wrong for no reason.
NOISES = {
    "units of the last digits": _by_units,
    "a share of the value": _by_a_share,
    "one more in the last digit": _last_digit,
    "one digit": _one_digit,
}


def _noisy(
    draw: random.Random, change: Callable[[random.Random, float, int], str]
) -> Reconciliation:
    """Return the audit of a page on which some values, or all, are wrong for no reason."""
    draft, digits = _drawn(draw), draw.randint(2, 9)
    right = draft.numbers()
    addresses, part = _chosen(draw, right), draw.choice((0.2, 0.5, 1.0))
    return _page(
        draft,
        {
            address: change(draw, right[address], digits)
            if draw.random() < part
            else _written(right[address], digits)
            for address in addresses
        },
    )


def _pairs(draw: random.Random) -> Reconciliation:
    """Return the audit of a page of noise in pairs: two outs add up to 1, a bias has its delta."""
    while True:
        draft, digits = _drawn(draw, size=1), draw.randint(2, 5)
        right = draft.numbers()
        if "o2.out" in right and "o3.out" not in right and "softmax" in draft.facts:
            break
    printed = {address: _written(right[address], digits) for address in _chosen(draw, right)}
    out = Numeral(_by_a_share(draw, right["o1.out"], digits))
    printed["o1.out"], printed["o2.out"] = out, f"{1 - out.decimal:.{digits}f}"
    for row in ("h1", "h2", "o1"):
        if draw.random() < 0.5 and right[f"{row}.delta"]:
            noise = _by_a_share(draw, right[f"{row}.delta"], digits)
            printed[f"{row}.delta"] = printed[f"{row}.bias_gradient"] = noise
    return _page(draft, printed)


def noise(draw: random.Random, name: str, pages: int) -> Tally:
    """Audit pages of one kind of noise, and count what is claimed of them."""
    tally = Tally(f"noise: {name}")
    for _ in range(pages):
        found = _pairs(draw) if name == "in pairs" else _noisy(draw, NOISES[name])
        tally.pages += 1
        # That one wrong value follows from another may well be.
        tally.false += any(its.chance < LIKELY for its in found.story if its.family != "slip")
        for value in found.values:
            verdict = value.verdict
            chance = false_hits(value.in_reach, verdict.computed, verdict.printed)
            tally.expected += min(1.0, chance)
            tally.counted += bool(value.found)
    return tally


# -- slips that are not of the table ---------------------------------------------------------------


def by_hand() -> Tally:
    """Audit the pages with slips that were not taken from the table."""
    tally = Tally("slips by hand")
    for page in PAGES:
        found = ng.reconcile(_loaded(page.text))
        first = found.changes[0] if found.changes else None
        right = first is not None and re.search(page.says, first.sentence) is not None
        sentences = (finding.sentence for value in found.values for finding in value.found)
        tally.pages += 1
        tally.first += right
        tally.named += right or any(re.search(page.says, sentence) for sentence in sentences)
        tally.false += first is not None and not right and first.chance < LIKELY
    return tally


# -- the run --------------------------------------------------------------------------------------


def calibrate(pages: int, seed: int, only: Sequence[str] = ()) -> Iterator[Tally]:
    """Yield what came of each row of the table, of each kind of noise, and of slips by hand.

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
