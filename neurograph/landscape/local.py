"""The shape of the loss around one point: gradient, Hessian, and what follows from them."""

from collections.abc import Iterator, Sequence
from functools import cache
from typing import Any

import numpy as np

from neurograph.formulas import Formula
from neurograph.formulas.tree import Call, Choice, Node, Number
from neurograph.landscape.descent import read_tolerance
from neurograph.landscape.evaluation import gradients_everywhere, whole_sets
from neurograph.landscape.everywhere import pass_at
from neurograph.landscape.ground import (
    Array,
    Ground,
    Parameter,
    find_parameters,
    notes_on,
    set_of,
)
from neurograph.landscape.results import LocalShape
from neurograph.network import Network

__all__ = ["at_point", "hessians", "stationary"]

_STEP = 1e-30

# Less curvature than this part of the largest, or than this at all, is none.
_ROUNDING, _NOTHING = 1e-9, 1e-12


def at_point(
    net: Network,
    inputs: Any,
    targets: Any,
    over: Any = None,
    *,
    at: Any = None,
    tolerance: float = 1e-4,
) -> LocalShape:
    """Say what kind of place a point is, and compute its gradient, Hessian and eigenvalues.

    Parameters
    ----------
    net : Network
        It stays as it is.
    inputs, targets
        As for `Network.forward` and `Network.backward`.
    over : str or sequence of str, optional
        Addresses of weights and biases; by default all that are trainable.
    at : array-like of shape (n_over,), mapping or Network, optional
        Their values; by default those of the network.
    tolerance : float
        A place is a minimum, a maximum or a saddle if one is no further away in any parameter,
        and level if its gradient is no longer.

    Returns
    -------
    LocalShape

    Raises
    ------
    UnknownNameError, InvalidValueError, InvalidTypeError
        As for `descend`.

    Notes
    -----
    Each row of the Hessian is the complex-step derivative of the gradient, exact to rounding
    (Squire and Trapp, "Using complex variables to estimate derivatives of real functions", SIAM
    Review 40, 1998); it costs a pass for each parameter. Where two pieces of a piecewise formula
    meet, as at the kink of relu, there is no derivative; the notes name such neurons. Elsewhere
    the Hessian is that of the piece, and knows nothing of the kinks around it.

    Gradient descent on a quadratic grows where the learning rate is above 2 / lambda_max (LeCun,
    Bottou, Orr and Müller, "Efficient BackProp", 1998, section 5).

    Examples
    --------
    >>> import neurograph as ng
    >>> from neurograph.landscape import at_point
    >>> net = ng.Network.layered(2, 1, weights=0.0, activation="identity")
    >>> shape = at_point(net, [[1.0, 0.0], [0.0, 2.0]], [[1.0], [1.0]])
    >>> shape.hessian
    array([[0.5, 0. ],
           [0. , 2. ]])
    >>> shape.kind, shape.condition, shape.largest_stable_learning_rate
    ('slope', 4.0, 1.0)
    """
    ground = Ground.of(net, inputs, targets)
    chosen = find_parameters(net, ground, over)
    here = ground.values(chosen) if at is None else set_of(net, ground, chosen, at, "at")
    near = read_tolerance(tolerance)
    losses, gradients = gradients_everywhere(ground, chosen, here[:, None])
    (hessian,) = hessians(ground, chosen, here[None, :])
    values, vectors = np.linalg.eigh(hessian)
    sizes = np.abs(values)
    top = float(values[-1])
    return LocalShape(
        tuple(one.address for one in chosen),
        here,
        float(losses[0]),
        gradients[:, 0].copy(),
        hessian,
        values[::-1].copy(),
        vectors.T[::-1].copy(),
        float(sizes.max() / sizes.min()) if sizes.min() > 0 else float("inf"),
        2 / top if top > 0 else float("inf"),
        _kind(gradients[:, 0], hessian, near),
        (*notes_on(chosen), *_edges_at(ground, chosen, here)),
    )


def hessians(ground: Ground, over: Sequence[Parameter], points: Array) -> Array:
    """Return the Hessian at each point of shape (n_points, n_over)."""
    m, n = points.shape
    steps = points.T[:, :, None] + _STEP * 1j * np.eye(n)[:, None, :]
    rows = gradients_everywhere(ground, over, steps.reshape(n, m * n))[1].imag / _STEP
    curved = rows.reshape(n, m, n).transpose(1, 0, 2)
    return np.asarray((curved + curved.transpose(0, 2, 1)) / 2)


def stationary(gradients: Array, curved: Array, near: float) -> list[str]:
    """Return what kind of stationary point lies within a distance of each point.

    Parameters
    ----------
    gradients : ndarray of shape (n_points, n_over)
    curved : ndarray of shape (n_points, n_over, n_over)
        Hessians.
    near : float

    Returns
    -------
    list of {"minimum", "maximum", "saddle", ""}
        Nothing where there is none, or where it is not a single point: where the ground does not
        curve in every direction.
    """
    values, vectors = np.linalg.eigh(curved)
    sizes = np.abs(values)
    regular = sizes.min(axis=1) > np.maximum(_ROUNDING * sizes.max(axis=1), _NOTHING)
    along = np.einsum("pnk,pn->pk", vectors, gradients)
    with np.errstate(all="ignore"):
        # To where the quadratic with this gradient and Hessian is level.
        away = np.abs(np.einsum("pnk,pk->pn", vectors, along / values)).max(axis=1)
    kinds = np.where(values[:, 0] > 0, "minimum", np.where(values[:, -1] < 0, "maximum", "saddle"))
    return [str(kind) for kind in np.where(regular & (away <= near), kinds, "")]


def _kind(gradient: Array, hessian: Array, near: float) -> str:
    """Return what kind of place a point is."""
    (kind,) = stationary(gradient[None], hessian[None], near)
    if kind or np.linalg.norm(gradient) > near:
        return kind or "slope"
    return "saddle" if np.linalg.eigvalsh(hessian)[0] < -near else "plateau"


def _edges_at(ground: Ground, over: Sequence[Parameter], at: Array) -> Iterator[str]:
    """Yield where a piecewise formula is between two of its pieces, and so has no derivative."""
    structure, loss = ground.structure, ground.loss
    # Towards a direction in which every parameter moves: what does not move has no edge to cross.
    direction = np.sqrt(np.arange(2.0, len(at) + 2.0))
    (parameters,) = whole_sets(ground, over, (at + _STEP * 1j * direction)[None, :])
    nets, outs = pass_at(ground, parameters)
    for row in range(structure.levels[0].stop, len(structure.names)):
        activation = structure.activations[row]
        place = structure.positions[row]
        what = f"{activation.name} of {structure.names[row]!r}"
        yield from _edge(activation.formula, {"net": nets[place]}, what)
    for row, target in zip(structure.outputs, ground.targets, strict=True):
        operands = {
            "target": target,
            "out": outs[structure.positions[row]],
            "n": float(len(structure.outputs)),
        }
        yield from _edge(loss.formula, operands, f"{loss.name} of {structure.names[row]!r}")


def _edge(formula: Formula, operands: dict[str, Any], what: str) -> Iterator[str]:
    met = np.zeros(operands[max(operands, key=lambda name: np.size(operands[name]))].shape, bool)
    for difference in _differences(formula):
        given = {name: operands[name] for name in difference.variables}
        value = difference(**given)
        met |= (np.real(value) == 0) & (np.imag(value) != 0)
    if met.any():
        yield (
            f"{what} is where two of its pieces meet, in {int(met.sum())} of {len(met)} samples:"
            f" there is no derivative, and gradient and Hessian are those of one side"
        )


@cache
def _differences(formula: Formula) -> tuple[Formula, ...]:
    """Return what is 0 where two pieces of a formula meet."""
    found: list[Formula] = []

    def look(node: Node) -> None:
        parts: tuple[Node, ...] = ()
        if isinstance(node, Choice):
            parts = (node.left, node.right, node.yes, node.no)
            found.append(_minus(node.left, node.right))
        elif isinstance(node, Call):
            parts = node.arguments
            if node.name in ("max", "min"):
                found.append(_minus(*parts))
            elif node.name in ("abs", "sign"):
                found.append(_minus(parts[0], Number(0.0)))
        for part in parts:
            look(part)

    def _minus(left: Node, right: Node) -> Formula:
        return Formula._of(Call("-", (left, right)), frozenset(formula.variables))

    look(formula.tree)
    return tuple(found)
