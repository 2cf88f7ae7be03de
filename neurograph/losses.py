"""The losses, one row each: the formula is the definition of everything made from it."""

from collections.abc import Mapping, Sequence
from dataclasses import field, replace
from functools import cached_property, lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from neurograph.activations import from_largest
from neurograph.display import Brief
from neurograph.formulas import Formula, check_derivative, check_name, enter, look_up
from neurograph.formulas.tree import names
from neurograph.records import record

__all__ = [
    "LOG_OUT", "LOG_TOTAL", "LOSSES", "Joint", "Loss", "add_loss", "answered_rightly", "get_loss",
    "right_answers",
]  # fmt: skip

#: ln sum_k e^net_k of a group.
LOG_TOTAL = Formula("log(total(exp(net)))", ["net"])

#: ln out_j = net_j - ln sum_k e^net_k of softmax, from nets measured from the largest: that one's 1
#: is taken out of the sum, in which it would swallow all that is smaller than a rounding of it.
LOG_OUT = Formula(
    "net - log1p(total(exp(net) if net < 0 else expm1(net)) + (total(1 if net >= 0 else 0) - 1))",
    ["net"],
)


@record
class Joint(Brief):
    """A loss and the activation of its outputs taken together: simpler, and right throughout.

    An out near 1 is rounded to a multiple of 1e-16, so that ln(1 - out) has lost digits or is
    infinite; the net has lost nothing. So the loss is computed from nets, to a few roundings of its
    own size. The delta is a difference of out and target, to a rounding of these.

    Parameters
    ----------
    delta_formula : Formula
        dE/dnet, in ``out`` and ``target``.
    value_formula : Formula
        One output's share of the loss, in ``net``, ``target`` and, for softmax, ``log_total``.
    source : str
        Where it was published.

    Examples
    --------
    >>> from neurograph.losses import get_loss
    >>> joint = get_loss("binary_cross_entropy").joint["logistic"]
    >>> joint.value(net=[1000.0], target=[0.0])
    array([1000.])
    >>> joint.delta(out=[1.0], target=[0.0])
    array([1.])
    """

    delta_formula: Formula
    value_formula: Formula
    source: str = ""

    @cached_property
    def readable(self) -> Formula:
        """The value formula in nets alone, as a reader has it."""
        if "log_total" not in self.value_formula.variables:
            return self.value_formula
        return self.value_formula.filled(log_total=LOG_TOTAL)

    @cached_property
    def stable(self) -> Formula:
        """The value formula in nets alone, as floats compute it without overflow."""
        if "log_total" not in self.value_formula.variables:
            return self.value_formula
        log_out = LOG_OUT.filled(net=Formula("net - largest(net)", ["net"]))
        return self.value_formula.filled(net=log_out, log_total=Formula("0", []))

    def delta(self, out: Any, target: Any) -> Any:
        """Return dE/dnet of each output.

        Parameters
        ----------
        out, target : ndarray of shape (group,) or (group, n_samples)

        Returns
        -------
        ndarray of the same shape
        """
        return self.delta_formula(out=out, target=target)

    def value(self, net: Any, target: Any) -> Any:
        """Return each output's share of the loss, from the nets of its group.

        Parameters
        ----------
        net, target : ndarray of shape (group,) or (group, n_samples)

        Returns
        -------
        ndarray of the same shape
        """
        if "log_total" not in self.value_formula.variables:
            return self.value_formula(net=net, target=target)
        # Differences of nets are all that counts; measured from log_total it is 0.
        log_out = LOG_OUT(net=from_largest(net)[0])
        return self.value_formula(net=log_out, target=target, log_total=0.0)


@record
class Loss(Brief):
    """How far an output is from its target: its share of the error of one sample.

    Parameters
    ----------
    name : str
        What networks call it.
    formula : Formula
        In ``target``, ``out`` and ``n``, the number of outputs. E is the sum over the outputs.
    derivative : Formula
        With respect to ``out``.
    source : str
        Where it was published.
    joint : mapping from str to Joint
        By the name of an activation, where the two are better taken together.

    Examples
    --------
    >>> from neurograph.losses import get_loss
    >>> loss = get_loss("half_squared_error")
    >>> loss.value(target=1.0, out=0.5, n=1)
    0.125
    >>> loss.slope(target=1.0, out=0.5, n=1)
    -0.5
    """

    name: str
    formula: Formula
    derivative: Formula
    source: str = ""
    joint: Mapping[str, Joint] = field(default_factory=dict)

    def value(self, target: Any, out: Any, n: int) -> Any:
        """Return the share of one of `n` outputs.

        Parameters
        ----------
        target, out : float, complex or ndarray
        n : int

        Returns
        -------
        float, complex or ndarray
        """
        return self.formula(target=target, out=out, n=float(n))

    def slope(self, target: Any, out: Any, n: int) -> Any:
        """Return dE/dout of one of `n` outputs; parameters and result are those of `value`."""
        return self.derivative(target=target, out=out, n=float(n))

    @property
    def has_target(self) -> bool:
        """Whether a target is compared: a loss such as ``"out"`` differentiates an out itself."""
        return "target" in names(self.formula.tree)

    @cached_property
    def curvature(self) -> Formula:
        """d2E/dout2 of one output, derived from the derivative."""
        return self.derivative.derivative("out")

    @cached_property
    def turned(self) -> "Loss":
        """The same, with derivatives of the other sign: deltas are then those of target - out.

        Examples
        --------
        >>> from neurograph.losses import get_loss
        >>> get_loss("half_squared_error").turned.derivative
        Formula('target - out')
        """
        joint = {
            name: replace(rule, delta_formula=rule.delta_formula.negative)
            for name, rule in self.joint.items()
        }
        return replace(self, derivative=self.derivative.negative, joint=joint)


_VARIABLES = ["target", "out", "n"]


def _row(name: str, formula: str, derivative: str, source: str, **joint: Joint) -> Loss:
    return Loss(name, Formula(formula, _VARIABLES), Formula(derivative, _VARIABLES), source, joint)


_BISHOP = "Bishop, Pattern Recognition and Machine Learning (2006)"
_WITH_LOGISTIC = Joint(
    delta_formula=Formula("out - target", ["out", "target"]),
    # Of two terms that are not negative, nothing cancels.
    value_formula=Formula(
        "xmuly(target, logaddexp(0, -net)) + xmuly(1 - target, logaddexp(0, net))",
        ["net", "target"],
    ),
    source=f"{_BISHOP}, section 4.3.2",
)
# out - target when the targets of a sample sum to 1.
_WITH_SOFTMAX = Joint(
    delta_formula=Formula("out * total(target) - target", ["out", "target"]),
    value_formula=Formula("xmuly(target, log_total - net)", ["net", "target", "log_total"]),
    source=f"{_BISHOP}, section 4.3.4",
)

# fmt: off
_TABLE = [
    # name, share of E, its derivative by out, source
    _row("half_squared_error", "1 / 2 * (target - out)**2", "out - target",
         "Rumelhart, Hinton and Williams, Learning representations by back-propagating errors"
         " (1986)"),
    _row("squared_error", "(target - out)**2", "2 * (out - target)",
         "Widrow and Hoff, Adaptive switching circuits (1960)"),
    _row("mean_squared_error", "(target - out)**2 / n", "2 * (out - target) / n",
         "Goodfellow, Bengio and Courville, Deep Learning (2016), chapter 5"),
    _row("absolute_error", "abs(target - out)", "sign(out - target)",
         "Hastie, Tibshirani and Friedman, The Elements of Statistical Learning (2009),"
         " chapter 10"),
    _row("mean_absolute_error", "abs(target - out) / n", "sign(out - target) / n",
         "Willmott and Matsuura, Advantages of the mean absolute error (2005)"),
    # For targets -1 and 1. At its kink, also where floats are a rounding beside it, the slope is 0.
    _row("hinge", "max(0, 1 - target * out)", "-target if settled(target * out, 1) < 1 else 0",
         "Cortes and Vapnik, Support-vector networks (1995)"),
    # xlogy(x, y) = x ln y, xlog1my(x, y) = x ln(1 - y) and xdivy(x, y) = x / y, all 0 where x is 0:
    # such a target adds nothing.
    _row("binary_cross_entropy", "-xlogy(target, out) - xlog1my(1 - target, out)",
         "xdivy(1 - target, 1 - out) - xdivy(target, out)",
         f"{_BISHOP}, equation 4.90", logistic=_WITH_LOGISTIC),
    _row("cross_entropy", "-xlogy(target, out)", "-xdivy(target, out)",
         f"{_BISHOP}, equation 4.108", softmax=_WITH_SOFTMAX),
]
# fmt: on

#: Every loss by its name; `add_loss` adds to it.
LOSSES: dict[str, Loss] = {row.name: row for row in _TABLE}

#: The losses that are there without anybody's adding them.
STANDARD = frozenset(LOSSES)

#: What other books and libraries call a row of the table.
SYNONYMS = {
    "mse": "mean_squared_error",
    "sse": "squared_error", "sum_squared_error": "squared_error",
    "mae": "mean_absolute_error", "l1": "absolute_error", "sae": "absolute_error",
    "bce": "binary_cross_entropy", "binary_crossentropy": "binary_cross_entropy",
    "log_loss": "binary_cross_entropy", "logloss": "binary_cross_entropy",
    "cce": "cross_entropy", "crossentropy": "cross_entropy",
    "categorical_crossentropy": "cross_entropy", "categorical_cross_entropy": "cross_entropy",
}  # fmt: skip

#: What other books and libraries have a name for, and is a formula here.
FORMULAS = {
    "huber": "(target - out)**2 / 2 if abs(target - out) <= 1 else abs(target - out) - 1 / 2",
    "kl_divergence": "xlogy(target, target) - xlogy(target, out)",
    "log_cosh": "log(cosh(out - target))",
    "perceptron": "-target * out if target * out <= 0 else 0",
    "poisson": "out - xlogy(target, out)",
    "squared_hinge": "max(0, 1 - target * out)**2",
}
WORDS = {**SYNONYMS, **FORMULAS}

#: What has numbers of its own where a page states them: ``hinge(0.5)``.
WITH_NUMBERS = {
    "epsilon_insensitive": "max(0, abs(target - out) - {0})",
    "hinge": "max(0, {0} - target * out)",
    "huber": (
        "(target - out)**2 / 2 if abs(target - out) <= {0} else {0} * (abs(target - out) - {0} / 2)"
    ),
    "quantile": "{0} * (target - out) if target >= out else (1 - {0}) * (out - target)",
}

# Where formulas are tried: every pair of an out and a target, off the usual kinks.
_OUTS, _TARGETS = (
    grid.ravel() for grid in np.meshgrid([0.5, 0.1, 0.93, -0.7, 1.6], [1.0, 0.0, 0.25, -1.0])
)
#: Outs that are nearer to each other are the same but for rounding.
_NOISE = 1e-12
_POINTS = {"target": _TARGETS, "out": _OUTS, "n": np.full(_OUTS.shape, 2.0)}


def right_answers(outs: Sequence[Any], targets: Sequence[Any]) -> dict[str, float]:
    """Return in how many samples the outs say what is wanted, as a part of all and as a number.

    An out says yes from 1/2 on, or from 0 on if some target is negative. Where of each sample one
    target alone says yes, as in classification, the first of its largest outs has to be there; else
    every out has to say what its target says.

    Parameters
    ----------
    outs, targets : sequence of float or of ndarray of shape (n_samples,)
        By output.

    Returns
    -------
    dict
        By address.

    Examples
    --------
    >>> import numpy as np
    >>> from neurograph.losses import right_answers
    >>> of_two = np.array([0.3, 0.9]), np.array([0.4, 0.2])
    >>> right_answers(of_two, (np.array([0.0, 0.0]), np.array([1.0, 1.0])))
    {'accuracy': 0.5, 'n_right': 1.0}
    >>> right_answers([0.7], [1.0])["n_right"]
    1.0
    """
    right = answered_rightly(outs, targets)[0]
    return {"accuracy": int(right.sum()) / len(right), "n_right": float(right.sum())}


def answered_rightly(outs: Sequence[Any], targets: Sequence[Any]) -> tuple[NDArray[np.bool_], str]:
    """Return of each sample whether the outs say what is wanted, and when they do, in words.

    Parameters
    ----------
    outs, targets : sequence of float or of ndarray of shape (n_samples,)
        By output.

    Returns
    -------
    right : ndarray of bool of shape (n_samples,)
    words : str

    Examples
    --------
    >>> from neurograph.losses import answered_rightly
    >>> answered_rightly([0.7], [1.0])
    (array([ True]), 'every out is at least 0.5 where its target is, and below where it is not')
    """
    given, stated = (np.array(list(map(np.atleast_1d, values))).T for values in (outs, targets))
    middle = 0.0 if (stated < 0).any() else 0.5
    wanted = stated >= middle
    if given.shape[1] > 1 and (wanted.sum(axis=1) == 1).all():
        leading = given >= (given - _NOISE * abs(given)).max(axis=1, keepdims=True)
        right = leading.any(axis=1) & (leading.argmax(axis=1) == wanted.argmax(axis=1))
        return right, "the largest out is that of the output that is wanted"
    words = f"every out is at least {middle:g} where its target is, and below where it is not"
    return ((given >= middle - _NOISE) == wanted).all(axis=1), words


def get_loss(text: str) -> Loss:
    """Return the loss of this name, or the one that formula text defines.

    Parameters
    ----------
    text : str
        A name of the table, one of `SYNONYMS` or `FORMULAS`, one of `WITH_NUMBERS` such as
        ``"huber(2)"``, or formula text in ``target``, ``out`` and ``n`` for one output's share of
        E, such as ``"(target - out)**4"``.

    Returns
    -------
    Loss
        For formula text, its name is the formula and its derivative is derived.

    Raises
    ------
    UnknownNameError
        When there is no such name; the nearest is named.
    FormulaError
        When formula text cannot be read, or is finite nowhere.
    InvalidTypeError
        On anything but text.

    Examples
    --------
    >>> from neurograph.losses import get_loss
    >>> get_loss("squared_error").derivative
    Formula('2 * (out - target)')
    >>> get_loss("(target - out)**4").derivative
    Formula('-4 * (target - out)**3')
    """
    named = look_up(text, LOSSES, "a loss", _VARIABLES, WORDS, WITH_NUMBERS)
    return _of_formula(named) if isinstance(named, str) else named


@lru_cache(maxsize=256)
def _of_formula(text: str) -> Loss:
    formula = Formula(text, _VARIABLES)
    return _checked(Loss(formula.text, formula, formula.derivative("out")))


def add_loss(name: str, formula: str, derivative: str | None = None, *, source: str = "") -> Loss:
    """Add a loss of your own, so that networks can use it by name.

    Parameters
    ----------
    name : str
        A plain word. Adding the same definition again changes nothing.
    formula : str
        One output's share of E, in ``target``, ``out`` and ``n``, the number of outputs.
    derivative : str, optional
        With respect to ``out``; derived from the formula when absent, and compared with central
        differences of the formula when given.
    source : str, optional
        Where it was published.

    Returns
    -------
    Loss

    Raises
    ------
    FormulaError
        When a formula cannot be read, the derivative is not its derivative, or the name is taken.

    Examples
    --------
    >>> from neurograph.losses import add_loss
    >>> add_loss("log_cosh", "log(cosh(out - target))", "tanh(out - target)").slope(0.0, 0.0, 1)
    0.0
    """
    check_name(name, "a loss", _VARIABLES)
    defined = Formula(formula, _VARIABLES)
    slope = defined.derivative("out")
    if derivative is not None:
        slope = Formula(derivative, _VARIABLES)
    added = Loss(name, defined, slope, source)
    return enter(LOSSES, added, "a loss", derived=derivative is None, check=_checked)


def _checked(loss: Loss) -> Loss:
    check_derivative(loss.name, loss.formula, loss.derivative(**_POINTS), "out", _POINTS)
    return loss
