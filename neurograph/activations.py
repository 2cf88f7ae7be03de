"""The activations, one row each: the formula is the definition of everything made from it."""

from dataclasses import replace
from functools import cached_property, lru_cache
from typing import Any

import numpy as np

from neurograph.display import Brief
from neurograph.formulas import Formula, check_derivative, check_name, enter, look_up
from neurograph.records import record

__all__ = [
    "ACTIVATIONS",
    "GROUP_DELTA",
    "WITH_NUMBERS",
    "Activation",
    "add_activation",
    "get_activation",
]

#: delta_j = out_j * (g_j - sum_i g_i * out_i) with g = dE/dout: the chain rule through softmax.
GROUP_DELTA = Formula("out * (out_gradient - total(out_gradient * out))", ["out", "out_gradient"])

_ONE = Formula("1", ["net", "out"])


@record
class Activation(Brief):
    """What a neuron makes of its net input: out = f(net).

    Parameters
    ----------
    name : str
        What neurons call it.
    formula : Formula
        f, in ``net``.
    derivative : Formula
        f', in ``net`` and ``out``, whichever reads best.
    source : str
        Where it was published.
    group : bool
        Whether it couples the neurons of one layer, as softmax does.
    stable : Formula, optional
        f as floats compute it without overflow, where that differs.

    Examples
    --------
    >>> from neurograph.activations import get_activation
    >>> logistic = get_activation("logistic")
    >>> logistic.value(0.0)
    0.5
    >>> logistic.slope(0.0, 0.5)
    0.25
    """

    name: str
    formula: Formula
    derivative: Formula
    source: str = ""
    group: bool = False
    stable: Formula | None = None

    def value(self, net: Any) -> Any:
        """Return out = f(net).

        Parameters
        ----------
        net : float, complex or ndarray
            Of any shape; for a group, of shape ``(group,)`` or ``(group, n_samples)``.

        Returns
        -------
        float, complex or ndarray
            Of the shape of `net`.

        Examples
        --------
        >>> from neurograph.activations import get_activation
        >>> get_activation("softmax").value([1000.0, -1000.0, 0.0])
        array([1., 0., 0.])
        """
        return (self.stable or self.formula)(net=np.asarray(net) if self.group else net)

    def slope(self, net: Any, out: Any) -> Any:
        """Return dout/dnet = f'(net), of the shape of `net`.

        In a group it is that of each neuron's out by its own net: one of the terms that
        `group_delta` adds up. A slope in `out`, as books have it, has the digits of out: it is
        right to a rounding of 1, not of its own size where the neuron is saturated.
        """
        return self.derivative(net=net, out=out)

    @cached_property
    def couples_deltas(self) -> bool:
        """Whether each delta follows from dE/dout of the whole group, as through softmax."""
        return self.group and self.derivative != _ONE

    @cached_property
    def takes_steps(self) -> bool:
        """Whether out stays as it is but where net passes a threshold, at which it jumps.

        Examples
        --------
        >>> from neurograph.activations import get_activation
        >>> [get_activation(text).takes_steps for text in ("step", "sign(net - 0.5)", "relu")]
        [True, True, False]
        """
        return self.derivative.text == "0"

    @cached_property
    def with_slope_one(self) -> "Activation":
        """The same f, with 1 in the place of f': a rule that takes no derivative has it.

        Examples
        --------
        >>> from neurograph.activations import get_activation
        >>> get_activation("step").with_slope_one.slope(net=0.5, out=1.0)
        1.0
        """
        return self if self.derivative == _ONE else replace(self, derivative=_ONE)

    def group_delta(self, out: Any, out_gradient: Any) -> Any:
        """Return dE/dnet of a group: delta_j = out_j * (g_j - sum_i g_i * out_i).

        Parameters
        ----------
        out, out_gradient : ndarray of shape (group,) or (group, n_samples)
            The outs of the group, and g = dE/dout.

        Returns
        -------
        ndarray of the same shape

        References
        ----------
        Bishop, "Pattern Recognition and Machine Learning" (2006), equation 4.106, for dout/dnet.

        Examples
        --------
        >>> from neurograph.activations import get_activation
        >>> get_activation("softmax").group_delta([0.5, 0.5], [1.0, 0.0])
        array([ 0.25, -0.25])
        """
        return GROUP_DELTA(out=out, out_gradient=out_gradient)


def from_largest(nets: Any) -> tuple[Any, Any]:
    """Return nets measured from the largest of their group, and that largest.

    softmax(net - c) = softmax(net), and with c the largest, exp cannot overflow.
    """
    nets = np.asarray(nets)
    largest = np.max(nets.real, axis=0)
    with np.errstate(all="ignore"):
        return nets - largest, largest


def _row(name: str, formula: str, derivative: str, source: str, stable: str = "") -> Activation:
    return Activation(
        name,
        Formula(formula, ["net"]),
        Formula(derivative, ["net", "out"]),
        source,
        "total(" in formula,
        Formula(stable, ["net"]) if stable else None,
    )


# fmt: off
_TABLE = [
    # name, out = f(net), dout/dnet, source
    _row("identity", "net", "1",
         "Widrow and Hoff, Adaptive switching circuits (1960)"),
    _row("logistic", "1 / (1 + exp(-net))", "out * (1 - out)",
         "Rumelhart, Hinton and Williams, Learning representations by back-propagating errors"
         " (1986)"),
    _row("tanh", "tanh(net)", "1 - out**2",
         "LeCun, Bottou, Orr and Müller, Efficient BackProp (1998)"),
    # At its kink, net = 0, relu has no slope; the 0 of the left side is taken.
    _row("relu", "max(0, net)", "1 if net > 0 else 0",
         "Nair and Hinton, Rectified linear units improve restricted Boltzmann machines (2010)"),
    _row("leaky_relu", "net if net > 0 else 0.01 * net", "1 if net > 0 else 0.01",
         "Maas, Hannun and Ng, Rectifier nonlinearities improve neural network acoustic models"
         " (2013)"),
    _row("softplus", "logaddexp(0, net)", "1 / (1 + exp(-net))",
         "Dugas, Bengio, Bélisle, Nadeau and Garcia, Incorporating second-order functional"
         " knowledge for better option pricing (2001)"),
    _row("step", "1 if net >= 0 else 0", "0",
         "McCulloch and Pitts, A logical calculus of the ideas immanent in nervous activity"
         " (1943)"),
    _row("sin", "sin(net)", "cos(net)",
         "Sitzmann, Martel, Bergman, Lindell and Wetzstein, Implicit neural representations with"
         " periodic activation functions (2020)"),
    _row("softmax", "exp(net) / total(exp(net))", "out * (1 - out)",
         "Bridle, Probabilistic interpretation of feedforward classification network outputs"
         " (1990)",
         # softmax(net - c) = softmax(net), and with c the largest, exp cannot overflow
         "exp(net - largest(net)) / total(exp(net - largest(net)))"),
]
# fmt: on

#: Every activation by its name; `add_activation` adds to it.
ACTIVATIONS: dict[str, Activation] = {row.name: row for row in _TABLE}

#: The activations that are there without anybody's adding them.
STANDARD = frozenset(ACTIVATIONS)

#: What other books and libraries call a row of the table.
SYNONYMS = {
    "linear": "identity", "purelin": "identity",
    "sigmoid": "logistic", "sigm": "logistic", "logsig": "logistic", "expit": "logistic",
    "hyperbolic_tangent": "tanh", "tansig": "tanh",
    "rectifier": "relu", "rectified_linear": "relu", "poslin": "relu",
    "leakyrelu": "leaky_relu", "lrelu": "leaky_relu",
    "heaviside": "step", "threshold": "step", "hardlim": "step", "binary_step": "step",
    "sine": "sin", "soft_plus": "softplus", "soft_max": "softmax",
}  # fmt: skip

#: What other books and libraries have a name for, and is a formula here.
FORMULAS = {
    "bipolar_step": "1 if net >= 0 else -1",
    "hardlims": "1 if net >= 0 else -1",
    "sign": "sign(net)",
    "bipolar_sigmoid": "2 / (1 + exp(-net)) - 1",
    "elu": "net if net > 0 else expm1(net)",
    "gaussian": "exp(-net**2)",
    "gelu": "net * (1 + erf(net / sqrt(2))) / 2",
    "gelu_tanh": "net * (1 + tanh(sqrt(2 / pi) * (net + 0.044715 * net**3))) / 2",
    "hard_tanh": "max(-1, min(1, net))",
    "mish": "net * tanh(logaddexp(0, net))",
    "relu6": "min(max(0, net), 6)",
    "selu": "1.0507009873554805 * (net if net > 0 else 1.6732632423543772 * expm1(net))",
    "silu": "net / (1 + exp(-net))",
    "softsign": "net / (1 + abs(net))",
    "swish": "net / (1 + exp(-net))",
}
WORDS = {**SYNONYMS, **FORMULAS}

#: What has numbers of its own where a page states them: ``leaky_relu(0.2)``.
WITH_NUMBERS = {
    "step": "1 if net >= {0} else 0",
    "bipolar_step": "1 if net >= {0} else -1",
    "ternary_step": "1 if net > {0} else -1 if net < -{0} else 0",
    "logistic": "1 / (1 + exp(-{0} * net))",
    "sigmoid": "1 / (1 + exp(-{0} * net))",
    "bipolar_sigmoid": "2 / (1 + exp(-{0} * net)) - 1",
    "leaky_relu": "net if net > 0 else {0} * net",
    "elu": "net if net > 0 else {0} * expm1(net)",
    "swish": "net / (1 + exp(-{0} * net))",
    "gaussian": "exp(-net**2 / (2 * {0}**2))",
}

# Where formulas are tried: near zero, at some distance, and off the usual kinks.
_NETS = np.array([0.5, -0.5, 0.13, -0.13, 1.7, -1.7, 4.1, -4.1])


def get_activation(text: str) -> Activation:
    """Return the activation of this name, or the one that formula text in ``net`` defines.

    Parameters
    ----------
    text : str
        A name of the table, one of `SYNONYMS` or `FORMULAS`, one of `WITH_NUMBERS` such as
        ``"step(0.5)"``, or formula text such as ``"net / (1 + abs(net))"``.

    Returns
    -------
    Activation
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
    >>> from neurograph.activations import get_activation
    >>> get_activation("tanh").derivative
    Formula('1 - out**2')
    >>> get_activation("sigmoid").name
    'logistic'
    >>> get_activation("net/(1 + net**2)").name
    'net / (1 + net**2)'
    """
    named = look_up(text, ACTIVATIONS, "an activation", ["net"], WORDS, WITH_NUMBERS)
    return _of_formula(named) if isinstance(named, str) else named


@lru_cache(maxsize=256)
def _of_formula(text: str) -> Activation:
    formula = Formula(text, ["net"])
    return _checked(Activation(formula.text, formula, _slope(formula)))


def _slope(formula: Formula) -> Formula:
    return Formula(formula.text, ["net", "out"]).derivative("net")


def add_activation(
    name: str, formula: str, derivative: str | None = None, *, source: str = ""
) -> Activation:
    """Add an activation of your own, so that neurons can use it by name.

    Parameters
    ----------
    name : str
        A plain word. Adding the same definition again changes nothing.
    formula : str
        out = f(net), in ``net``.
    derivative : str, optional
        f', in ``net`` and ``out``; derived from the formula when absent, and compared with
        central differences of the formula when given.
    source : str, optional
        Where it was published.

    Returns
    -------
    Activation

    Raises
    ------
    FormulaError
        When a formula cannot be read, the derivative is not its derivative, or the name is taken.

    Examples
    --------
    >>> from neurograph.activations import add_activation
    >>> add_activation("bump", "1 / (1 + net**2)", "-2 * net * out**2").slope(1.0, 0.5)
    -0.5
    """
    check_name(name, "an activation", ["net", "out"])
    defined = Formula(formula, ["net"])
    slope = _slope(defined)
    if derivative is not None:
        slope = Formula(derivative, ["net", "out"])
    added = Activation(name, defined, slope, source)
    return enter(ACTIVATIONS, added, "an activation", derived=derivative is None, check=_checked)


def _checked(activation: Activation) -> Activation:
    slopes = activation.slope(_NETS, activation.value(_NETS))
    check_derivative(activation.name, activation.formula, slopes, "net", {"net": _NETS})
    return activation
