"""How many digits of a number are right, counted with 50 digits by mpmath."""

from collections.abc import Callable

import mpmath
import numpy as np

import neurograph as ng
from neurograph.engines import Steps, make_engine
from neurograph.equations import Round

#: Rounding to the nearest double changes a number by no more than this part of it.
ROUNDING = 2.0**-53
# Below the smallest normal number doubles have fewer digits, and at last none.
_SMALLEST = 2.0**-1022

_rng = np.random.default_rng(0)
#: From -800 to 800: even steps, many of the size that outs lose digits at, and very small ones.
WIDE_NETS = [
    *np.linspace(-800.0, 800.0, 321).tolist(),
    *_rng.uniform(-50.0, 50.0, 200).tolist(),
    *(sign * 10.0**power for sign in (1, -1) for power in range(-300, 2, 20)),
]


def exactly(function: Callable[..., mpmath.mpf], *values: float) -> mpmath.mpf:
    """Return a function's value at doubles, to 50 digits."""
    with mpmath.workdps(50):
        return function(*map(mpmath.mpf, values))


def roundings(got: float, exact: mpmath.mpf) -> float:
    """Return how many roundings of its own size a value is off."""
    with mpmath.workdps(50):
        if abs(exact) < _SMALLEST:
            return 0.0 if abs(got) <= _SMALLEST else float("inf")
        return float(abs(mpmath.mpf(got) - exact) / abs(exact) / ROUNDING)


JOINT = {
    "logistic": ("binary_cross_entropy", [[0.0, 1.0], [1.0, 0.0], [0.25, 0.3]]),
    "softmax": ("cross_entropy", [[0.0, 1.0], [1.0, 0.0], [0.25, 0.75]]),
}


def errors_of(activation: str, engine: str) -> list[tuple[float, list[float]]]:
    """Return the errors of two outputs by net (its mirror image the other's), and what is right."""
    loss, targets = JOINT[activation]
    net = ng.Network.layered(1, 2, weights=[[[1.0], [-1.0]]], activation=activation, loss=loss)
    nets = [0.5, 12.0, 30.0, 33.0, 36.5, 100.0, 750.0]
    data = np.array([[z] for z in nets for _ in targets])
    storage = net.storage
    made = make_engine(
        Round(storage.structure, net.checked_loss()), labels={}, batch_size=1, engine=engine
    )
    batches = [slice(k, k + 1) for k in range(len(data))]
    errors = made.steps(
        Steps(
            storage.parameters.copy(), {}, data, np.array(targets * len(nets)), batches,
            [0.0] * len(data), 1,
        )
    )  # fmt: skip
    wanted = [(z, row) for z in nets for row in targets]
    return [(error, [z, *row]) for error, (z, row) in zip(errors, wanted, strict=True)]


def softplus(net: mpmath.mpf) -> mpmath.mpf:
    """Return ln(1 + e^net), that is -ln of the logistic of -net."""
    return mpmath.log1p(mpmath.exp(net))


# By net z and targets t and u, for nets z and -z: of the softmax of two, out = logistic(2 z).
RIGHT = {
    "logistic": lambda z, t, u: (t + 1 - u) * softplus(-z) + (u + 1 - t) * softplus(z),
    "softmax": lambda z, t, u: t * softplus(-2 * z) + u * softplus(2 * z),
}
