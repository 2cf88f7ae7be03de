"""The loss and its gradient at points: whole sets of parameters, of shape (n_points, n_slots).

Two ways with one interface. `ByLevels` computes many points at once, a product of matrices a level.
`ByPasses` computes one point after the other, object by object, and so knows every network that
`neurograph.passes` knows. Both take complex parameters too, as complex-step differentiation has
them.
"""

from itertools import chain
from typing import Any

import numpy as np

from neurograph.engines.levels import Cohort, Level, LossShares, levels_of, output_numbers
from neurograph.landscape.axes import Ground
from neurograph.passes import Values, compute

__all__ = ["ByLevels", "ByPasses", "base_pass", "points_on"]

# Numbers that the largest arrays of one piece of the work hold: about 2 MB each.
_NUMBERS_AT_ONCE = 1 << 18
# Up to so many parameters one pass object by object is faster.
_OBJECT_BY_OBJECT = 100


def points_on(ground: Ground) -> "ByLevels | ByPasses":
    """Return what computes points: many at once, where every neuron adds up its messages."""
    return ByLevels(ground) if ground.round.is_plain else ByPasses(ground)


def base_pass(ground: Ground) -> tuple[Any, Any]:
    """Return the nets and outs of the network as it is, of shape (n_positions, n_samples)."""
    if ground.structure.n_parameters > _OBJECT_BY_OBJECT:
        return points_on(ground).nets_and_outs(ground.parameters)
    return ByPasses(ground).nets_and_outs(ground.parameters)


class ByPasses:
    """Computes one point after the other by the passes."""

    def __init__(self, ground: Ground) -> None:
        self.ground, structure = ground, ground.structure
        self._inputs, self._targets = (
            dict(zip(rows, by_row[:, 0].tolist() if ground.n_samples == 1 else by_row, strict=True))
            for rows, by_row in (
                (structure.inputs, ground.inputs),
                (structure.outputs, ground.targets),
            )
        )

    def losses(self, parameters: Any) -> Any:
        """Return the loss of each point: see `ByLevels`."""
        return np.array([self._loss(self._computed(p, "forward", "losses")) for p in parameters])

    def losses_and_gradients(self, parameters: Any) -> tuple[Any, Any]:
        """Return losses and gradients: see `ByLevels`."""
        losses, gradients = [], np.zeros_like(parameters)
        for point, gradient in zip(parameters, gradients, strict=True):
            values = self._computed(point, "forward", "losses", "backward")
            losses.append(self._loss(values))
            gradient[list(values["gradient"])] = list(values["gradient"].values())
        return np.array(losses), gradients

    def nets_and_outs(self, parameters: Any) -> tuple[Any, Any]:
        """Return nets and outs of one point: see `ByLevels`."""
        structure, values = self.ground.structure, self._computed(parameters, "forward")
        arrays = np.zeros((2, structure.n_positions, self.ground.n_samples), parameters.dtype)
        for array, quantity in zip(arrays, ("net", "out"), strict=True):
            for row, value in values[quantity].items():
                array[structure.positions[row]] = value
        return arrays[0], arrays[1]

    def _computed(self, point: Any, *phases: str) -> Values:
        values = Values(point.tolist(), self._inputs, self._targets)
        values.altered = self.ground.round.rewriting is not None
        return compute(chain(*map(self.ground.equations.phase, phases)), values)

    def _loss(self, values: Values) -> Any:
        return values["total_error"][-1]


class ByLevels:
    """Computes many points at once: the level equations with one more axis, that of the points."""

    def __init__(self, ground: Ground) -> None:
        self.ground = ground
        self.structure = structure = ground.structure
        equations = ground.equations
        self.levels = levels_of(equations)
        self.shares = LossShares(equations)
        self.by_chain_rule = [
            k for k, row in enumerate(structure.outputs) if equations.joint(row) is None
        ]

    def losses(self, parameters: Any) -> Any:
        """Return the loss of each point, of parameters of shape (n_points, n_slots)."""
        return self._in_pieces(parameters, gradients=False)[0]

    def losses_and_gradients(self, parameters: Any) -> tuple[Any, Any]:
        """Return the losses, and by slot the gradients, of shape (n_points, n_slots)."""
        return self._in_pieces(parameters, gradients=True)

    def nets_and_outs(self, parameters: Any) -> tuple[Any, Any]:
        """Return nets and outs, of shape (n_positions, n_samples), of one set of parameters."""
        with np.errstate(all="ignore"):
            stack = _Stack(self, parameters[None, :])
        return stack.net[0], stack.out[0]

    def _in_pieces(self, parameters: Any, *, gradients: bool) -> tuple[Any, Any]:
        size = self.structure.n_positions * self.ground.n_samples + len(self.structure.pre)
        at_once = max(1, _NUMBERS_AT_ONCE // size)
        losses = np.empty(len(parameters), parameters.dtype)
        slopes = np.empty(parameters.shape if gradients else (0,), parameters.dtype)
        with np.errstate(all="ignore"):
            for start in range(0, len(parameters), at_once):
                piece = slice(start, start + at_once)
                stack = _Stack(self, parameters[piece])
                losses[piece] = stack.losses()
                if gradients:
                    slopes[piece] = stack.gradients()
        return losses, slopes


class _Stack:
    """The passes of some points, in arrays of shape (n_points, n_positions, n_samples)."""

    def __init__(self, of: ByLevels, parameters: Any) -> None:
        self.of, self.structure, self.ground = of, of.structure, of.ground
        self.parameters = parameters
        shape = (len(parameters), self.structure.n_positions, self.ground.n_samples)
        self.net, self.out, self.error, self.delta = (
            np.zeros(shape, parameters.dtype) for _ in range(4)
        )
        self.out[:, self.structure.constants] = 1.0
        self.out[:, self.structure.positions[self.structure.inputs]] = self.ground.inputs
        for level in of.levels:
            self._forward(level)

    def _forward(self, level: Level) -> None:
        """Send messages forward to one level."""
        if level.block.width:
            outs = self.out[:, level.columns]
            np.matmul(level.matrix(self.parameters), outs, self.net[:, level.place])
        else:
            pre, _, starts = level.links
            messages = self._weights(level) * self.out[:, pre]
            np.add.reduceat(messages, starts, axis=1, out=self.net[:, level.place])
        for _, where, activation, _ in level.cohorts:
            nets = self.net[:, where]
            if activation.group:
                outs = activation.value(np.moveaxis(nets, 1, 0))
                self.out[:, where] = np.moveaxis(outs, 0, 1)
            else:
                self.out[:, where] = activation.value(nets)

    def losses(self) -> Any:
        """Compare outputs with targets."""
        known = self.of.shares.read(self.net.swapaxes(0, 1), self.out.swapaxes(0, 1))
        shares = self.of.shares.value(known, self.ground.targets[:, None])
        of_data = shares.sum(axis=(0, 2)) / self.ground.divisor
        return of_data + self.ground.penalties(self.parameters.T)

    def gradients(self) -> Any:
        """Send error messages back; return the gradients by slot."""
        structure, targets = self.structure, self.ground.targets
        gradient = np.zeros(self.parameters.shape, self.parameters.dtype)
        apart = self.of.by_chain_rule
        at = structure.positions[structure.outputs][apart]
        n = len(structure.outputs)
        self.error[:, at] = self.ground.round.loss.slope(targets[apart], self.out[:, at], n)
        for level in reversed(self.of.levels):
            for cohort in level.cohorts:
                self._delta(cohort)
            self._back(level, gradient[:, level.block.slots])
        for slots in structure.ties:
            gradient[:, slots] = gradient[:, slots].sum(axis=1, keepdims=True)
        # The samples were added up; the divisor makes their mean, where that is reduced to.
        gradient /= self.ground.divisor
        if self.ground.round.penalised:
            gradient += self.ground.penalty_slopes(self.parameters.T).T
        return gradient

    def _delta(self, cohort: Cohort) -> None:
        rows, where, activation, joint = cohort
        # As the rules of a group want them, neurons first: (n_rows, n_points, n_samples).
        net, out, error = (
            np.moveaxis(values[:, where], 1, 0) for values in (self.net, self.out, self.error)
        )
        if activation.group:
            delta = activation.group_delta(out, error)
        else:
            delta = activation.slope(net, out) * error
        if joint is not None:
            targets = self.ground.targets[output_numbers(self.structure, rows)]
            delta = delta + joint.delta(out, targets[:, None])
        self.delta[:, where] = np.moveaxis(delta, 0, 1)

    def _back(self, level: Level, gradient: Any) -> None:
        """Compute the gradients of a level, and send its error messages back."""
        if level.block.width:
            before, delta = level.columns, self.delta[:, level.place]
            # For each point (n_rows, n_samples) @ (n_samples, width), summed over the samples.
            product = np.matmul(delta, self.out[:, before].swapaxes(1, 2))
            gradient[...] = product.reshape(gradient.shape)
            weights = level.matrix(self.parameters)
            self.error[:, before] += np.matmul(weights.swapaxes(1, 2), delta)
        else:
            pre, post, _ = level.links
            gradient[...] = (self.out[:, pre] * self.delta[:, post]).sum(axis=2)
            messages = self.delta[:, post] * self._weights(level)
            # Not +=, which would keep one message where several come back to the same neuron.
            np.add.at(self.error.swapaxes(0, 1), pre, messages.swapaxes(0, 1))

    def _weights(self, level: Level) -> Any:
        """Return the parameters of a level one by one, to go with arrays of samples."""
        return self.parameters[:, level.block.slots, None]
