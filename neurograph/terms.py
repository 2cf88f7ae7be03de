"""The terms of a round: what sources take for slopes, add to the error, and call delta.

With the terms that hold where nothing is said, delta is dE/dnet, a slope is f', and E is what the
loss makes of outs and targets. A page may say otherwise, and a network then computes as it does.
"""

from collections.abc import Mapping
from dataclasses import fields
from functools import cached_property, lru_cache
from typing import Any

from neurograph.checks import not_negative
from neurograph.errors import InvalidTypeError, InvalidValueError, did_you_mean
from neurograph.escapes import toml_value
from neurograph.formulas import Formula
from neurograph.formulas.tree import NEG, Call, Name, replaced
from neurograph.optimizers import PARAMETER, Optimizer, taken_from_parameter
from neurograph.records import record

__all__ = [
    "DELTAS",
    "SLOPES",
    "TERMS",
    "USUAL_TERMS",
    "Penalty",
    "Terms",
    "get_penalty",
    "turned_optimizer",
]

#: What is taken for f': itself; 1, as in the rules of the perceptron and of Widrow and Hoff; or 1
#: of the outputs alone.
SLOPES = ("derivative", "one", "one_at_outputs")
#: Which difference the sign of a delta, and of all that follows from it, is that of.
DELTAS = ("out - target", "target - out")


@record(kw_only=True)
class Penalty:
    """What is added to the error for the size of the weights.

    l2/2 * sum w^2 + l1 * sum |w|, where each shared weight counts once.

    Parameters
    ----------
    l2, l1 : float
        Zero or more.
    half : bool
        Whether the sum of the squares is halved, so that its slope is l2 * w and not 2 * l2 * w.
    per_sample : bool
        Whether it is divided by the number of samples of a round.
    biases : bool
        Whether biases count too, also those that are weights of a bias neuron.

    Raises
    ------
    InvalidValueError, InvalidTypeError
        If a number is negative or a truth value is none.

    Notes
    -----
    Hoerl and Kennard, "Ridge regression" (1970), for l2; Tibshirani, "Regression shrinkage and
    selection via the lasso" (1996), for l1. Where w is 0, the slope of its size is taken as 0.

    Examples
    --------
    >>> from neurograph.terms import Penalty
    >>> penalty = Penalty(l2=0.5)
    >>> penalty.value_formula, penalty.slope_formula
    (Formula('l2 / 2 * total(weight**2)'), Formula('l2 * weight'))
    """

    l2: float = 0.0
    l1: float = 0.0
    half: bool = True
    per_sample: bool = False
    biases: bool = False

    def __post_init__(self) -> None:
        for name in ("l2", "l1"):
            number = not_negative(getattr(self, name), f"{name} of penalty")
            object.__setattr__(self, name, number)
        for name in ("half", "per_sample", "biases"):
            if not isinstance(getattr(self, name), bool):
                raise InvalidTypeError(
                    f"{name} of penalty must be True or False, not {getattr(self, name)!r}"
                )

    @property
    def constants(self) -> dict[str, float]:
        """Its factors, by their names in its formulas."""
        return {name: value for name, value in (("l2", self.l2), ("l1", self.l1)) if value}

    def _formula(self, of_l2: str, of_l1: str) -> Formula:
        terms = [text for text, factor in ((of_l2, self.l2), (of_l1, self.l1)) if factor and text]
        text = " + ".join(terms) or "0"
        if self.per_sample and terms:
            text = f"({text}) / n_samples"
        return Formula(text, ["l2", "l1", "weight", "n_samples"])

    @cached_property
    def value_formula(self) -> Formula:
        """What is added to the error, in ``weight`` (all that count), the constants and n."""
        squares = "l2 / 2 * total(weight**2)" if self.half else "l2 * total(weight**2)"
        return self._formula(squares, "l1 * total(abs(weight))")

    @cached_property
    def slope_formula(self) -> Formula:
        """Its derivative by one weight."""
        return self._formula("l2 * weight" if self.half else "2 * l2 * weight", "l1 * sign(weight)")

    @cached_property
    def curvature_formula(self) -> Formula:
        """Its second derivative by one weight."""
        return self._formula("l2" if self.half else "2 * l2", "")

    def value(self, weights: Any, n_samples: float) -> Any:
        """Return what is added for an array of weights along axis 0, as `value_formula` says."""
        if not self.constants:
            return 0.0
        return self._computed(self.value_formula, weights, n_samples)[0]

    def slope(self, weights: Any, n_samples: float) -> Any:
        """Return its derivative by each weight, as `slope_formula` says."""
        return self._computed(self.slope_formula, weights, n_samples)

    def _computed(self, formula: Formula, weights: Any, n_samples: float) -> Any:
        return formula(**self.constants, weight=weights, n_samples=n_samples)

    @property
    def stated(self) -> dict[str, float | bool]:
        """What a file says of it: not what holds anyway."""
        values = ((field, getattr(self, field.name)) for field in fields(self))
        return {field.name: value for field, value in values if value != field.default}

    def __str__(self) -> str:
        """Return it as a file states it."""
        return toml_value(self.stated)


def get_penalty(penalty: Any) -> Penalty:
    """Return a penalty that is given as one, as a mapping, or as a file states it.

    Raises
    ------
    InvalidTypeError, InvalidValueError
        If it is none of these, or has a key that a penalty does not have; the nearest is named.

    Examples
    --------
    >>> from neurograph.terms import get_penalty
    >>> get_penalty({"l2": 0.5})
    Penalty(l2=0.5, l1=0.0, half=True, per_sample=False, biases=False)
    >>> get_penalty({"l3": 0.5})
    Traceback (most recent call last):
    neurograph.errors.InvalidValueError: no key 'l3' of penalty; did you mean 'l2'?
    """
    if isinstance(penalty, Penalty):
        return penalty
    if isinstance(penalty, str):
        import tomllib  # mostly there is none, or it is no text

        try:
            penalty = tomllib.loads(f"penalty = {penalty}")["penalty"]
        except tomllib.TOMLDecodeError:
            raise InvalidValueError(
                f"penalty is text such as '{{ l2 = 0.5 }}', not {penalty!r}"
            ) from None
    if not isinstance(penalty, Mapping):
        raise InvalidTypeError(f"penalty is given as {{'l2': 0.5}}, not {penalty!r}")
    names = [field.name for field in fields(Penalty)]
    for key in penalty:
        if key not in names:
            hint = did_you_mean(key, names, least=0.4) or f"; there are {', '.join(names)}"
            raise InvalidValueError(f"no key {key!r} of penalty{hint}")
    return Penalty(**penalty)


@record
class Terms:
    """What a source takes otherwise.

    Attributes
    ----------
    slope : {"derivative", "one", "one_at_outputs"}
    penalty : Penalty or None
    delta : {"out - target", "target - out"}
    """

    slope: str = SLOPES[0]
    penalty: Penalty | None = None
    delta: str = DELTAS[0]

    @property
    def turned(self) -> bool:
        """Whether deltas have the sign of target - out."""
        return self.delta != DELTAS[0]


#: Where nobody stated something else.
USUAL_TERMS = Terms()
#: What they are about: a network has an attribute, and a file a key, for each.
TERMS = tuple(field.name for field in fields(Terms))


# -- the sign of target - out ------------------------------------------------------------------


@lru_cache(maxsize=64)
def turned_optimizer(optimizer: Optimizer) -> Optimizer:
    """Return an optimiser that does the same by gradients with the other sign.

    What follows the sign of the gradient, as a velocity does, has the other sign too; then only the
    last rule differs: the change is added.

    Examples
    --------
    >>> from neurograph.optimizers import Momentum
    >>> turned_optimizer(Momentum()).equations[-1]
    ('change', Formula('learning_rate * velocity'))
    """
    odd = {"gradient"}
    rules = []
    for name, formula in optimizer.rules:
        if name == PARAMETER:
            rules.append((name, _added(formula, odd)))
        elif _is_odd(formula, odd | {name}):  # what it remembers turned at the step before
            odd.add(name)
            rules.append((name, formula))
        else:
            rules.append((name, formula if _is_even(formula, odd) else _put_back(formula, odd)))
    return Optimizer(
        optimizer.name, optimizer.source, optimizer.constants, optimizer.state,
        optimizer.each_step, tuple(rules), optimizer.biases,
    )  # fmt: skip


def _added(formula: Formula, odd: set[str]) -> Formula:
    """Return the rule of the parameter: w + x for w - x, where x turns with the gradient."""
    taken = taken_from_parameter(formula)
    if taken is None:
        return _put_back(formula, odd)
    tree = taken.tree
    if _is_odd(taken, odd):
        return Formula.of(Call("+", (Name(PARAMETER), tree)), formula)
    if isinstance(tree, Call) and tree.name == "+":  # with weight decay beside it
        by_gradient, decay = (Formula.of(part, formula) for part in tree.arguments)
        if _is_odd(by_gradient, odd) and _is_even(decay, odd):
            return Formula.of(Call("+", (Name(PARAMETER), Call("-", tree.arguments))), formula)
    return _put_back(formula, odd)


def _put_back(formula: Formula, odd: set[str]) -> Formula:
    places = {name: Call(NEG, (Name(name),)) for name in odd if name in formula.variables}
    return Formula.of(replaced(formula.tree, places), formula)


def _is_odd(formula: Formula, odd: set[str]) -> bool:
    return all(abs(one + other) <= 1e-12 * abs(one) for one, other in _both(formula, odd))


def _is_even(formula: Formula, odd: set[str]) -> bool:
    return all(abs(one - other) <= 1e-12 * abs(one) for one, other in _both(formula, odd))


def _both(formula: Formula, odd: set[str]) -> list[tuple[float, float]]:
    """Return values of a formula at some places, and where what is odd has the other sign."""
    pairs = []
    for first in (0.3, 0.7):
        known = {name: first + 0.11 * k for k, name in enumerate(formula.variables)}
        turned = {name: -value if name in odd else value for name, value in known.items()}
        pairs.append((float(formula(**known)), float(formula(**turned))))
    return pairs
