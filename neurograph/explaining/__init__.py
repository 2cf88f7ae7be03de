"""Where a number comes from, what depends on it, and what would be if it were another."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from neurograph.elements import finite_number, one_of
from neurograph.errors import InvalidTypeError, InvalidValueError
from neurograph.explaining.changes import Change, WhatIf, compare
from neurograph.explaining.explanation import Explanation, build
from neurograph.explaining.influences import Influence, find_influence
from neurograph.explaining.lines import Line
from neurograph.explaining.paths import PathShare
from neurograph.explaining.state import State, Update
from neurograph.explaining.steps import Step
from neurograph.network.running import ORDERS
from neurograph.optimizers import Optimizer, get_optimizer

if TYPE_CHECKING:
    from neurograph.network import Network

__all__ = [
    "Change",
    "Explanation",
    "Influence",
    "Line",
    "PathShare",
    "Step",
    "Update",
    "WhatIf",
    "explain",
    "influence",
    "what_if",
]

#: Floats have no more significant digits.
MOST_DIGITS = 15


def explain(
    net: "Network",
    address: str,
    *,
    digits: int = 9,
    depth: int | None = None,
    sample: int | None = None,
    learning_rate: float | None = None,
    optimizer: str | Optimizer = "gradient_descent",
    order: str = "simultaneous",
) -> Explanation:
    """Explain where a number of the last pass comes from.

    Parameters
    ----------
    net : Network
        It is only read.
    address : str
        Any address, such as ``"w1.gradient"``, ``"h1.net"`` or ``"loss"``; or ``"w5.new_weight"``
        or ``"h1.new_bias"``, which is a parameter after one update by all samples of the last
        pass; or what belongs to that update, such as ``"w5.change"`` or ``"w5.velocity"``.
    digits : int
        Decimals that are shown, 1 to 15; small numbers keep significant digits instead.
    depth : int, optional
        How many steps away from the number it unfolds; 0 is the number alone. Without it
        everything is unfolded, or of a large network what fits on a page.
    sample : int, optional
        Of a batch, counted from 1. Without it gradients and the total error are explained as what
        they are over all samples.
    learning_rate : float, optional
        For a new weight or bias.
    optimizer : str or Optimizer
        Whose first step a new weight or bias comes from, as for `Network.train`; plain gradient
        descent is w+ = w - learning_rate * dE/dw.
    order : {"simultaneous", "in_place"}
        As for `Network.step`: whether the errors behind a new weight come back over weights that
        have changed already.

    Returns
    -------
    Explanation
        A tree of steps that prints itself, and renders as Markdown, LaTeX and HTML.

    Raises
    ------
    UnknownNameError
        If there is no such neuron, connection or quantity; the nearest is named.
    NotComputedError
        If the quantity is not known yet, or weights have changed since the pass it belongs to.
    InvalidValueError, InvalidTypeError
        If another argument does not fit, or a new weight is asked for without a learning rate.

    Notes
    -----
    A repeated quantity is explained once and referred to from elsewhere. A sum of more than 6
    terms shows the 3 largest, and says how many there are and what the others add up to.

    References
    ----------
    Rumelhart, Hinton and Williams, "Learning representations by back-propagating errors"
    (Nature 323, 1986), for the chain rule through a network.

    Examples
    --------
    >>> import neurograph as ng
    >>> from neurograph.explaining import explain
    >>> net = ng.Network.layered(2, 1, weights=[[[0.15, 0.2]]], bias=0.35)
    >>> _ = net.forward([0.05, 0.1])
    >>> explanation = explain(net, "o1.out")
    >>> explanation.root.symbolic
    'out_o1 = 1/(1 + exp(-net_o1))'
    >>> explanation.root.numeric, explanation.root.value
    ('1/(1 + exp(-0.3775))', 0.5932699921071872)
    >>> [step.address for step in explanation.steps]
    ['o1.out', 'o1.net']
    """
    update = Update(
        None if learning_rate is None else _rate(learning_rate),
        get_optimizer(optimizer),
        one_of(order, ORDERS, "order"),
    )
    return explain_by(net, address, update, digits=digits, depth=depth, sample=sample)


def explain_by(
    net: "Network",
    address: str,
    update: Update,
    *,
    digits: int = 9,
    depth: int | None = None,
    sample: int | None = None,
) -> Explanation:
    """Explain as `explain` does, with all that new weights come from in one record."""
    return build(
        State(net, update),
        address,
        digits=_digits(digits),
        depth=None if depth is None else _depth(depth),
        sample=sample,
    )


def influence(net: "Network", name: str) -> Influence:
    """Say what changes when one quantity changes, in the order of the passes.

    Parameters
    ----------
    net : Network
        It is only read; no pass need have been made.
    name : str
        A connection, for its weight (``"w5"``); a neuron, for its bias, or its out if it is an
        input; or any address.

    Returns
    -------
    Influence
        Addresses forward and backward, with connections and paths to highlight.

    Raises
    ------
    UnknownNameError
        If there is no such neuron, connection or quantity; the nearest is named.
    InvalidTypeError
        If it is not text.

    Examples
    --------
    >>> import neurograph as ng
    >>> from neurograph.explaining import influence
    >>> influence(ng.Network.layered(1, 1, weights=0.5), "w1").forward
    ('w1.message', 'o1.net', 'o1.out', 'o1.loss', 'loss')
    """
    return find_influence(net, name)


def what_if(
    net: "Network",
    changes: Mapping[str, Any],
    *,
    inputs: Any = None,
    targets: Any = None,
    learning_rate: float | None = None,
    optimizer: str | Optimizer = "gradient_descent",
    order: str = "simultaneous",
    digits: int = 9,
) -> WhatIf:
    """Compare the passes as they are with those that other numbers would give.

    Parameters
    ----------
    net : Network
        It is left exactly as it is.
    changes : mapping of str to float
        New values by address: of weights, biases, the out of an input, targets, or anything that
        a pass computes (in a batch, of every sample); ``"learning_rate"``; and
        ``"h1.activation"``, which takes a name. A shared parameter changes in every place.
    inputs, targets : optional
        As for `Network.forward` and `Network.backward`; by default those of the last pass.
        Without targets only the forward pass is compared.
    learning_rate : float, optional
        With one, the weights and biases after an update are compared too.
    optimizer, order
        As for `explain`.
    digits : int
        Decimals that are shown.

    Returns
    -------
    WhatIf
        Before, after and difference of every quantity that changes.

    Raises
    ------
    NotComputedError
        If there are no inputs, or a target is changed that is not known.
    UnknownNameError
        If there is no such neuron, connection or quantity; the nearest is named.
    InvalidValueError, InvalidTypeError
        If a value is no finite number.

    Examples
    --------
    >>> import neurograph as ng
    >>> from neurograph.explaining import what_if
    >>> net = ng.Network.layered(1, 1, weights=0.5, activation="identity")
    >>> _ = net.forward([2.0]), net.backward([0.0])
    >>> what_if(net, {"w1.weight": 0.25})["loss"].difference
    -0.375
    >>> net.value("w1.weight"), net.total_error()
    (0.5, 0.5)
    """
    return compare(
        net,
        changes,
        inputs=inputs,
        targets=targets,
        update=Update(
            None if learning_rate is None else _rate(learning_rate),
            get_optimizer(optimizer),
            one_of(order, ORDERS, "order"),
        ),
        digits=_digits(digits),
    )


def _digits(digits: Any) -> int:
    number = _whole(digits, "digits")
    if not 1 <= number <= MOST_DIGITS:
        raise InvalidValueError(
            f"digits must be between 1 and {MOST_DIGITS}, the digits of a float, not {number}"
        )
    return number


def _depth(depth: Any) -> int:
    number = _whole(depth, "depth")
    if number < 0:
        raise InvalidValueError(
            f"depth must be 0 (the number alone) or more, not {number}; leave it out to unfold all"
        )
    return number


def _whole(value: Any, what: str) -> int:
    if isinstance(value, bool) or not hasattr(value, "__index__"):
        raise InvalidTypeError(f"{what} must be a whole number, not {value!r}")
    return int(value)


def _rate(learning_rate: Any) -> float:
    rate = finite_number(learning_rate, "learning_rate")
    if rate < 0:
        raise InvalidValueError(f"learning_rate must be zero or more, not {rate}")
    return rate
