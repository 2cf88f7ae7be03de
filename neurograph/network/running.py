"""Running a network: passes, updates and steps."""

from collections.abc import (
    Hashable,
    Iterable,
    Iterator,
    Mapping,
    MutableSequence,
    Sequence,
)
from itertools import chain
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from neurograph.columns import OfBias, Storage, Value
from neurograph.curvature import Curvature, curvatures
from neurograph.elements import (
    Connection,
    Neuron,
    finite_number,
    forget,
    one_of,
)
from neurograph.equations import Equation, Equations, Round
from neurograph.errors import (
    InvalidTypeError,
    InvalidValueError,
    NotComputedError,
    warn_caller,
)
from neurograph.losses import Loss, get_loss
from neurograph.network.looking import Looking
from neurograph.optimizers import GradientDescent
from neurograph.passes import Values, compute, computed
from neurograph.plan.block_passes import ONLY_PLAIN, BlockPass, is_large
from neurograph.quantities import QUANTITIES
from neurograph.samples import check_counts, read_rows, read_samples
from neurograph.structure import Structure, check_is_no_view

__all__ = ["ORDERS", "REDUCTIONS", "Message", "Running"]

_GRADIENT_DESCENT = GradientDescent()
#: Stands for targets where only a forward pass is asked for: `None` is wrong as targets.
_NO_TARGETS: Any = object()

_NOBODY_STATED = (
    "nobody stated the loss of this network, whose outputs are softmax: half_squared_error is"
    " computed. Say net.loss = 'cross_entropy', or net.loss = 'half_squared_error' if it is meant"
)

ORDERS = ("simultaneous", "in_place")
REDUCTIONS = ("mean", "sum")
#: What a network computes where nobody stated something else.
DEFAULTS = {"loss": "half_squared_error", "reduction": "mean"}
#: What a single pass can run on; training has more engines.
PASS_ENGINES = ("passes", "blocks")


class Message(NamedTuple):
    """One value that a pass has just computed; the object it belongs to already carries it.

    Attributes
    ----------
    phase : str
        ``"forward"``, ``"backward"`` or ``"update"``.
    element : Neuron or Connection
        Whose value it is.
    quantity : str
        Which value: the name of the field.
    value : float or ndarray of shape (n_samples,)

    Examples
    --------
    >>> import neurograph as ng
    >>> net = ng.Network.layered(1, 1, weights=[[[0.5]]], activation="identity")
    >>> for message in net.messages([2.0]):
    ...     print(message.phase, message.address, message.value)
    forward i1.out 2.0
    forward w1.message 1.0
    forward o1.net 1.0
    forward o1.out 1.0
    """

    phase: str
    element: Neuron | Connection
    quantity: str
    value: Value

    @property
    def address(self) -> str:
        """The address of the value, such as ``"h1.net"``."""
        return f"{self.element.name}.{self.quantity}"


class Running(Looking):
    """The part of `Network` that computes."""

    #: Whether it was said that nobody stated the loss.
    _has_warned = False

    @property
    def loss(self) -> str:
        """Name or formula of the loss, as ``net.graph`` keeps it: see `neurograph.LOSSES`.

        What was computed with another loss is forgotten when it is set.

        Raises
        ------
        UnknownNameError
            If there is no such loss; the nearest is named.
        InvalidTypeError
            If it is not text.

        Examples
        --------
        >>> import neurograph as ng
        >>> net = ng.Network.layered(1, 1, weights=1.0, activation="identity")
        >>> net.loss
        'half_squared_error'
        >>> net.loss = "squared_error"
        >>> net.step([1.0], [0.0], learning_rate=0.1)
        1.0
        """
        return self._stated_loss().name

    @loss.setter
    def loss(self, loss: str | None) -> None:
        self._set("loss", None if loss is None else get_loss(loss).name)

    @loss.deleter
    def loss(self) -> None:
        self._set("loss", None)

    @property
    def reduction(self) -> str:
        """How the total error of a batch follows from those of its samples: "mean" or "sum".

        What was computed with another reduction is forgotten when it is set.

        Raises
        ------
        InvalidValueError
            If there is no such reduction.

        Examples
        --------
        >>> import neurograph as ng
        >>> net = ng.Network(reduction="sum")
        >>> net.reduction
        'sum'
        """
        return self._reduction()

    @reduction.setter
    def reduction(self, reduction: str | None) -> None:
        checked = None if reduction is None else one_of(reduction, REDUCTIONS, "reduction")
        self._set("reduction", checked)

    @reduction.deleter
    def reduction(self) -> None:
        self._set("reduction", None)

    def forward(
        self,
        inputs: Mapping[Hashable, Any] | ArrayLike,
        *,
        digits: int | None = None,
        engine: str | None = None,
    ) -> NDArray[np.float64]:
        """Send messages forward: compute net and out of every neuron.

        net_j = sum_i w_ij * out_i + bias_j, out_j = f(net_j).

        Parameters
        ----------
        inputs : mapping or array-like
            A number, or an array of shape ``(n_samples,)``, for each input by name; or an array
            in the order of `inputs`, of shape ``(n_inputs,)`` or ``(n_samples, n_inputs)``.
            Tables, series, structured arrays and records go by their names.
        digits : int, optional
            Round every net and out to so many decimals, half away from zero, as on paper.
        engine : {"passes", "blocks"}, optional
            Object by object, or levels as matrix products, which do not round. By default what is
            faster: matrix products from about 100 parameters on.

        Returns
        -------
        ndarray of shape (n_outputs,) or (n_samples, n_outputs)

        Raises
        ------
        StructureError
            If the graph is not a feed-forward network.
        InvalidValueError, InvalidTypeError, UnknownNameError
            If the inputs do not fit, there is no such engine, or it cannot round.

        Notes
        -----
        What an earlier backward pass computed is forgotten: every value an object carries belongs
        to the same pass. If the call fails, the network stays as it was.

        Examples
        --------
        >>> import neurograph as ng
        >>> net = ng.Network.layered(2, 1, weights=[[[0.1, 0.2]]])
        >>> net.forward([1, 0], digits=4)
        array([0.525])
        """
        storage = self._storage()
        engine = _checked_engine(engine, digits)
        large = digits is None and is_large(storage.structure)
        if engine == "blocks" and not storage.structure.is_plain:
            raise InvalidValueError(f"engine 'blocks' {ONLY_PLAIN}")
        if engine == "blocks" or (large and engine is None):
            rows, batch = read_rows(inputs, self.inputs, "input")
            on_blocks = BlockPass(storage, self._stated_loss(), self._reduction(), rows, batch)
            storage.show(on_blocks)
            return on_blocks.outs()
        storage, now = self._sent_forward(inputs, digits)
        storage.show(now)
        return now.outs(storage.structure)

    def total_error(self, targets: Any = None) -> float:
        """Compare the outs of the last forward pass with targets, without a backward pass.

        E of one sample is summed over the outputs; over a batch it is the mean over the samples,
        unless the network's reduction is ``"sum"``.

        Parameters
        ----------
        targets : mapping or array-like, optional
            As for `backward`. Without targets, those of the last call count.

        Returns
        -------
        float

        Raises
        ------
        NotComputedError
            Before a forward pass, or when the network or a weight has changed since; or without
            targets, if none were given yet.
        InvalidValueError, InvalidTypeError, UnknownNameError
            If the targets do not fit.

        Examples
        --------
        >>> import neurograph as ng
        >>> net = ng.Network.layered(1, 1, weights=0.5, activation="identity")
        >>> _ = net.forward([3.0])
        >>> net.total_error([1.0])
        0.125
        """
        storage, now = self._after_forward()
        reduction = self._reduction()
        if targets is not None:
            _check_is_fresh(storage)
            wanted = self._read_targets(storage, targets, now.an_input(storage.structure))
            now = self._with_settings(now).of_forward()
            if isinstance(now, BlockPass):
                now.compare(_rows(wanted))
            else:
                now.given["target"] = dict(zip(storage.structure.outputs, wanted, strict=True))
                compute(self._equations(storage).phase("losses"), now)
            storage.show(now)
        elif not now.has_losses(storage.structure):
            raise NotComputedError(
                "the total error is not known yet: call net.total_error(targets) or"
                " net.backward(targets) first"
            )
        return now.total_error(storage.structure, reduction)

    def backward(
        self, targets: Any, *, digits: int | None = None, engine: str | None = None
    ) -> float:
        """Send error messages back: compute delta of every neuron and the gradients.

        delta_j = f'(net_j) * dE/dout_j, where dE/dout_j is the sum of the error messages
        w_jk * delta_k that come back to j, and for an output the derivative of its loss;
        dE/dw_ij = delta_j * out_i, dE/dbias_j = delta_j.

        Parameters
        ----------
        targets : mapping or array-like
            A number, or an array of shape ``(n_samples,)``, for each output by name; or an array
            in the order of `outputs`, of shape ``(n_outputs,)`` or ``(n_samples, n_outputs)``.
            Tables, series, structured arrays and records go by their names.
        digits : int, optional
            Round every delta and gradient to so many decimals, half away from zero, as on paper.
        engine : {"passes", "blocks"}, optional
            As for `forward`; by default that of the forward pass. ``"blocks"`` needs a forward
            pass that was made with it, too.

        Returns
        -------
        float
            The total error.

        Raises
        ------
        NotComputedError
            Before a forward pass, or when the network or a weight has changed since.
        InvalidValueError, InvalidTypeError, UnknownNameError
            If the targets do not fit, or the engine does not.

        Notes
        -----
        Over a batch delta is that of each sample, a gradient that of the total error. Tied
        parameters are one parameter: each carries the sum of their gradients. If the call fails,
        the network stays as it was.

        Examples
        --------
        >>> import neurograph as ng
        >>> net = ng.Network.layered(1, 1, weights=0.5, activation="identity")
        >>> _ = net.forward([3.0])
        >>> net.backward([1.0])
        0.125
        >>> net.value("o1.delta"), net.value("w1.gradient")
        (0.5, 1.5)
        """
        digits = _checked_digits(digits)
        engine = _checked_engine(engine, digits)
        storage, now = self._after_forward()
        _check_is_fresh(storage)
        if engine == "blocks" and not isinstance(now, BlockPass):
            raise InvalidValueError(
                "engine 'blocks' goes back only from a forward pass on blocks: call"
                " net.forward(inputs, engine='blocks') first"
            )
        wanted = self._read_targets(storage, targets, now.an_input(storage.structure))
        now = self._with_settings(now)
        if isinstance(now, BlockPass) and (digits is not None or engine == "passes"):
            now = now.as_values()
        now = now.of_forward()
        if isinstance(now, BlockPass):
            now.compare(_rows(wanted))
            now.go_back()
        else:
            now.given["target"] = dict(zip(storage.structure.outputs, wanted, strict=True))
            equations = self._equations(storage)
            compute(chain(equations.phase("losses"), equations.phase("backward")), now, digits)
        storage.show(now)
        return self.total_error()

    def attribute(self, targets: Any, *, normalised: bool = True) -> NDArray[np.float64]:
        """Share out the errors in proportion to weights, as some tutorials do before gradients.

        error_j = target_j - out_j of an output, and else the sum of the shares that come back;
        share_jk = error_k * w_jk / sum_i w_ik, or without the denominator error_k * w_jk.

        Parameters
        ----------
        targets : mapping or array-like
            As for `backward`.
        normalised : bool
            Whether shares are divided by the sum of the weights into the neuron.

        Returns
        -------
        ndarray of shape (n_inputs,) or (n_samples, n_inputs)
            The errors of the inputs: without the denominator W^T e, layer by layer.

        Raises
        ------
        NotComputedError
            Before a forward pass, or when the network or a weight has changed since.
        InvalidValueError, InvalidTypeError, UnknownNameError
            If the targets do not fit; or if `normalised`, and the weights into a neuron sum to
            zero.

        Notes
        -----
        This is no gradient. A bias gets no share, a bias neuron gets
        one. What a backward pass with the same targets computed stays; the next pass forgets the
        shares. If the call fails, the network stays as it was.

        Examples
        --------
        >>> import neurograph as ng
        >>> net = ng.Network.layered(2, 1, weights=[[[0.6, 0.2]]], activation="identity")
        >>> _ = net.forward([1.0, 1.0])
        >>> net.attribute([1.6]), net.value("w1.share")
        (array([0.6, 0.2]), 0.6...)
        >>> net.attribute([1.6], normalised=False)
        array([0.48, 0.16])
        """
        storage, now = self._after_forward()
        _check_is_fresh(storage)
        structure = storage.structure
        wanted = self._read_targets(storage, targets, now.an_input(structure))
        if normalised:
            _check_sums(structure, storage.cells)
        given = {row: storage.neurons["out"][row] for row in structure.inputs}
        values = Values(storage.cells, given, dict(zip(structure.outputs, wanted, strict=True)))
        values.tables["out"] = storage.neurons["out"]
        values.tables["target"] = values.given["target"]
        compute(self._equations(storage).attribution(normalised=normalised), values)
        self._compare_anew(storage, now, targets, wanted)
        error, share = values["error"], values["share"]
        for value in (*error.values(), *share.values()):
            if isinstance(value, np.ndarray):
                value.setflags(write=False)  # it is handed out as it is
        storage.neurons["error"] = error
        storage.connections["share"] = share
        return np.stack([error[row] for row in structure.inputs], axis=-1)

    def curvatures(self, targets: Any) -> dict[str, float]:
        """Compute how fast the gradient of every weight and bias changes with it.

        `curvature` is d2E/dw2, the diagonal of the Hessian. Beside it stands `gauss_newton`, the
        sum over the outputs of (dout/dw)^2 * d2E/dout2: as if every out were linear in w.

        Parameters
        ----------
        targets : mapping or array-like
            As for `backward`.

        Returns
        -------
        dict of str to float
            d2E/dw2 by address, such as ``"w5.curvature"`` or ``"h1.bias_curvature"``.

        Raises
        ------
        NotComputedError
            Before a forward pass, or when the network or a weight has changed since.
        InvalidValueError, InvalidTypeError, UnknownNameError
            If the targets do not fit.

        Notes
        -----
        See `neurograph.curvature`. It takes a round for each parameter; `landscape.at_point` has
        the whole Hessian. A parameter that is shared moves at all its places. What a backward pass
        with the same targets computed stays; the next pass forgets the curvatures. If the call
        fails, the network stays as it was.

        Examples
        --------
        >>> import neurograph as ng
        >>> net = ng.Network.layered(1, 1, weights=0.5, activation="identity")
        >>> _ = net.forward([3.0])
        >>> net.curvatures([1.0])
        {'w1.curvature': 9.0}
        >>> net.edges["i1", "o1"].gauss_newton
        9.0
        """
        storage, now = self._after_forward()
        _check_is_fresh(storage)
        structure = storage.structure
        wanted = self._read_targets(storage, targets, now.an_input(structure))
        inputs = {row: storage.neurons["out"][row] for row in structure.inputs}
        aims = dict(zip(structure.outputs, wanted, strict=True))
        equations = self._equations(storage, updates=False)
        found = dict(curvatures(equations, storage.parameters.tolist(), inputs, aims))
        self._compare_anew(storage, now, targets, wanted)
        for name in Curvature._fields:
            column = {slot: getattr(values, name) for slot, values in found.items()}
            storage.connections[name] = column
            storage.neurons[f"bias_{name}"] = OfBias(column, structure.bias_slot)
        biases = ((structure.names[row], slot) for row, slot in structure.bias_slot.items())
        of_biases = {f"{name}.bias_curvature": slot for name, slot in biases}
        of_weights = {
            f"{self.connection(structure.ends(slot)).name}.curvature": slot
            for slot in found
            if structure.pre[slot] >= 0
        }
        return {name: found[slot].curvature for name, slot in (of_weights | of_biases).items()}

    def _compare_anew(
        self, storage: Storage, now: Any, targets: Any, wanted: Sequence[Any]
    ) -> None:
        """Compare the outputs with targets, if they have not been compared with these."""
        structure = storage.structure
        if not now.has_losses(structure) or not all(
            np.array_equal(storage.neurons["target"][row], target)
            for row, target in zip(structure.outputs, wanted, strict=True)
        ):
            self.total_error(targets)

    def update_weights(self, learning_rate: float) -> None:
        """Move every trainable weight and bias against its gradient.

        w+ = w - learning_rate * dE/dw.

        Parameters
        ----------
        learning_rate : float
            Zero or more.

        Raises
        ------
        NotComputedError
            Before a backward pass, or when the network has changed since.
        InvalidValueError, InvalidTypeError
            If the learning rate is not a number, not finite or negative.

        Examples
        --------
        >>> import neurograph as ng
        >>> net = ng.Network.layered(1, 1, weights=0.5, activation="identity")
        >>> _ = net.forward([3.0]), net.backward([1.0])
        >>> net.update_weights(0.1)
        >>> net.value("w1.weight")
        0.35
        """
        rate = _checked_rate(learning_rate)
        storage, now = self._after_forward()
        if not now.has_gradients(storage.structure):
            raise NotComputedError(
                "the gradients are not known yet: call net.backward(targets) first"
            )
        if isinstance(now, BlockPass):
            now.change(storage.parameters, rate)
        else:
            now.remember({}, learning_rate=rate)
            compute(self._equations(storage).phase("update"), now)
        storage.outdated = True

    def step(
        self,
        inputs: Any,
        targets: Any,
        learning_rate: float,
        order: str = "simultaneous",
        *,
        digits: int | None = None,
    ) -> float:
        """Do one forward pass, one backward pass and one update.

        Parameters
        ----------
        inputs, targets
            As for `forward` and `backward`.
        learning_rate : float
            Zero or more.
        order : {"simultaneous", "in_place"}
            ``"simultaneous"`` changes all parameters after the backward pass. ``"in_place"``
            changes each as soon as its gradient is known, so that errors further back are
            computed with weights that have already changed; this is not the gradient of the
            total error, but some published results come from it.
        digits : int, optional
            Round as in `forward` and `backward`.

        Returns
        -------
        float
            The total error before the update.

        Raises
        ------
        StructureError, InvalidValueError, InvalidTypeError, UnknownNameError
            As for `forward`, `backward` and `update_weights`; the network stays as it was.

        Examples
        --------
        >>> import neurograph as ng
        >>> net = ng.Network.layered(1, 1, weights=0.5, activation="identity")
        >>> net.step([3.0], [1.0], learning_rate=0.1)
        0.125
        >>> net.value("w1.weight")
        0.35
        """
        # Worked out on a copy, so that an interrupted step changes nothing.
        storage = self._storage()
        parameters = storage.parameters.tolist()
        rate = _checked_rate(learning_rate)
        _, parts, now = self._round(inputs, targets, rate, order, digits, parameters)
        self._compute(parts, now, digits)
        storage.show(now)
        storage.parameters[:] = parameters
        now.tables["weight"] = now.tables["new_weight"] = storage.cells
        storage.outdated = True
        return self.total_error()

    def messages(
        self,
        inputs: Any,
        targets: Any = None,
        learning_rate: float | None = None,
        order: str = "simultaneous",
        *,
        digits: int | None = None,
    ) -> Iterator[Message]:
        """Run a pass one value at a time.

        Parameters
        ----------
        inputs
            As for `forward`.
        targets : optional
            As for `backward`; without targets only the forward pass runs.
        learning_rate : float, optional
            Without it no parameter is updated.
        order : {"simultaneous", "in_place"}
            As for `step`.
        digits : int, optional
            Round as in `forward` and `backward`.

        Returns
        -------
        iterator of Message
            In the order of computation. When a message is given out, the object it names carries
            the value; what is not computed yet is not known.

        Raises
        ------
        StructureError, InvalidValueError, InvalidTypeError, UnknownNameError
            As for `step`; at the call, before the first message.

        Examples
        --------
        >>> import neurograph as ng
        >>> net = ng.Network.layered(1, 1, weights=0.5, activation="identity")
        >>> for message in net.messages([3.0], [1.0], learning_rate=0.1):
        ...     print(message.address, message.value)
        i1.out 3.0
        w1.message 1.5
        o1.net 1.5
        o1.out 1.5
        o1.target 1.0
        o1.loss 0.125
        o1.out_gradient 0.5
        o1.slope 1.0
        o1.delta 0.5
        w1.gradient 1.5
        w1.error_message 0.25
        i1.out_gradient 0.25
        w1.weight 0.35
        """
        storage, parts, now = self._checked_round(inputs, targets, learning_rate, order, digits)
        storage.show(now)
        stops = _stops(computed(chain(*parts), now, _checked_digits(digits)))
        return (_message(self, storage.structure, equation, now) for equation in stops)

    def clear_pass(self) -> None:
        """Forget everything that passes computed; parameters and settings stay.

        Examples
        --------
        >>> import neurograph as ng
        >>> net = ng.Network.layered(1, 1, weights=0.5)
        >>> _ = net.forward([3.0])
        >>> net.clear_pass()
        >>> "out" in net.nodes["o1"]
        False
        """
        check_is_no_view(self)
        storage = self._current()
        if storage is not None:
            storage.forget()
            return
        for element in [*self._node.values(), *(data for _, _, data in self.edges(data=True))]:
            forget(element)

    # -- what the verbs are made of -----------------------------------------------------------

    def _equations(
        self, storage: Storage, order: str = "simultaneous", *, updates: bool = True
    ) -> Equations:
        """Return the equations of a round, those of last time if they are the same."""
        loss, reduction = self._loss(), self._reduction()
        key = ("equations", loss.name, reduction, order, updates)
        if key not in storage.prepared:
            of_round = Round(storage.structure, loss, reduction, order, _GRADIENT_DESCENT)
            storage.prepared[key] = Equations(of_round, updates=updates)
        equations: Equations = storage.prepared[key]
        return equations

    def _round(
        self,
        inputs: Any,
        targets: Any = _NO_TARGETS,
        rate: float | None = None,
        order: str = "simultaneous",
        digits: int | None = None,
        parameters: MutableSequence[float] | None = None,
    ) -> tuple[Storage, list[Iterable[Equation]], Values]:
        """Check everything that a round is given; return the equations of as much as is asked for.

        Without targets that is the forward pass, without a learning rate there is no update.
        """
        compared = targets is not _NO_TARGETS
        storage = self._storage()
        structure = storage.structure
        one_of(order, ORDERS, "order")
        _checked_digits(digits)
        given = self._read_inputs(storage, inputs)
        wanted = self._read_targets(storage, targets, given[0]) if compared else []
        values = Values(
            storage.cells if parameters is None else parameters,
            dict(zip(structure.inputs, given, strict=True)),
            dict(zip(structure.outputs, wanted, strict=False)),
            learning_rate=rate,
        )
        parts = [_forward_of(storage)]
        if compared:
            equations = self._equations(storage, order, updates=rate is not None)
            parts += [equations.phase("losses"), equations.phase("backward")]
            if rate is not None and not equations.in_place:
                parts.append(equations.phase("update"))
        return storage, parts, values

    def _checked_round(
        self,
        inputs: Any,
        targets: Any,
        learning_rate: float | None,
        order: str,
        digits: int | None,
        parameters: MutableSequence[float] | None = None,
    ) -> tuple[Storage, list[Iterable[Equation]], Values]:
        """Return a round as `_round` does; an update without targets is refused."""
        if targets is None and learning_rate is not None:
            raise InvalidValueError("an update needs targets: give them beside the inputs")
        rate = None if learning_rate is None else _checked_rate(learning_rate)
        wanted = _NO_TARGETS if targets is None else targets
        return self._round(inputs, wanted, rate, order, digits, parameters)

    def _sent_forward(self, inputs: Any, digits: int | None = None) -> tuple[Storage, Values]:
        """Return what a forward pass computes, which no object carries yet."""
        storage, parts, now = self._round(inputs, digits=digits)
        self._compute(parts, now, digits)
        return storage, now

    def _compute(
        self, parts: Iterable[Iterable[Equation]], values: Values, digits: int | None
    ) -> None:
        compute(chain(*parts), values, _checked_digits(digits))

    def _read_inputs(self, storage: Storage, inputs: Any) -> list[Value]:
        structure = storage.structure
        return read_samples(inputs, [structure.names[row] for row in structure.inputs], "input")

    def _read_targets(self, storage: Storage, targets: Any, one_input: Value) -> list[Value]:
        structure = storage.structure
        names = [structure.names[row] for row in structure.outputs]
        wanted = read_samples(targets, names, "target")
        check_counts(np.shape(one_input), np.shape(wanted[0]))
        return wanted

    def _with_settings(self, now: Values | BlockPass) -> Values | BlockPass:
        """Return what a forward pass computed, ready for the loss and reduction as they are."""
        loss, reduction = self._loss(), self._reduction()
        if isinstance(now, BlockPass) and not now.is_for(loss, reduction):
            return now.as_values()
        return now

    def _stated_loss(self) -> Loss:
        """Return the loss that was stated, or the default."""
        return get_loss(self._setting("loss"))

    def _loss(self) -> Loss:
        """Return the loss to compute; if nobody stated it and that is a likely mistake, say so."""
        loss = self._stated_loss()
        if self.graph.get("loss") is None and not self._has_warned:
            structure = self._structure()
            if any(structure.activations[row].name == "softmax" for row in structure.outputs):
                warn_caller(_NOBODY_STATED)
                self._has_warned = True
        return loss

    def _reduction(self) -> str:
        return one_of(self._setting("reduction"), REDUCTIONS, "reduction")

    def _setting(self, key: str) -> Any:
        if self._current() is None:
            self._adopt_settings()
        value = self.graph.get(key)
        return DEFAULTS[key] if value is None else value

    def _set(self, key: str, value: str | None) -> None:
        """State a setting; what was computed with another one is forgotten."""
        if value is None:
            self._setting(key)  # so that no output states it later
            before = self.graph.pop(key, None)
        else:
            before, self.graph[key] = self.graph.get(key), value
        if (before or DEFAULTS[key]) == (value or DEFAULTS[key]):
            return
        storage = self._current()
        if storage is None or storage.computed is None:
            return
        if storage.computed.has_losses(storage.structure):
            outdated = storage.outdated
            storage.show(storage.computed.of_forward())
            storage.outdated = outdated

    def _after_forward(self) -> tuple[Storage, Values | BlockPass]:
        """Return the storage and what the last forward pass computed, if it still holds."""
        check_is_no_view(self)
        storage = self._current()
        if storage is None and self._bound is not None and self._bound.computed is not None:
            raise NotComputedError(
                "the network has changed since the last forward pass: call net.forward(inputs)"
                " again"
            )
        if (
            storage is None
            or storage.computed is None
            or not storage.computed.has_outs(storage.structure)
        ):
            raise NotComputedError(
                "no forward pass has been made yet: call net.forward(inputs) first"
            )
        return storage, storage.computed


def _check_is_fresh(storage: Storage) -> None:
    if storage.outdated:
        raise NotComputedError(
            "weights or biases have changed since the last forward pass: call net.forward(inputs)"
            " again"
        )


def _forward_of(storage: Storage) -> Iterable[Equation]:
    """Return the equations of the forward pass, for which the loss does not matter."""
    if "forward" not in storage.prepared:
        any_loss = get_loss(DEFAULTS["loss"])
        storage.prepared["forward"] = Equations(Round(storage.structure, any_loss))
    equations: Equations = storage.prepared["forward"]
    return equations.phase("forward")


def _stops(equations: Iterator[Equation]) -> Iterator[Equation]:
    """Yield, as they are computed, those equations at which a walk through a round stops."""
    # Not one errstate around the loop: it would leak to the caller between two of them.
    while True:
        with np.errstate(all="ignore"):
            equation = next(equations, None)
        if equation is None:
            return
        row = QUANTITIES.get(equation.left.quantity)
        if row is not None and row.stop:
            yield equation


def _message(net: Running, structure: Structure, equation: Equation, now: Values) -> Message:
    name, place, _ = equation.left
    value, row = now[name][place], QUANTITIES[name]
    if isinstance(value, np.ndarray):
        value.setflags(write=False)
    element: Neuron | Connection
    if row.owner == "neuron":
        element = net.neuron(structure.names[place])
    elif structure.pre[place] < 0:
        element, name = net.neuron(structure.names[structure.post[place]]), row.of_bias
    else:
        element = net.connection(structure.ends(place))
    return Message(equation.phase, element, _carried_as(name), value)


def _carried_as(name: str) -> str:
    """Return under which name an object carries a new value of its parameter."""
    return name.removeprefix("new_")


def _rows(columns: Sequence[Value]) -> NDArray[np.float64]:
    """Return values of neurons as rows of samples."""
    return np.stack(columns, axis=-1).reshape(-1, len(columns))


def _check_sums(structure: Structure, parameters: Sequence[float]) -> None:
    """Check that errors can be divided by the sums of the weights.

    Raises
    ------
    InvalidValueError
        If the weights into a neuron sum to zero, up to rounding.
    """
    for row, incoming in enumerate(structure.incoming):
        weights = [parameters[slot] for slot, _ in incoming]
        # 0.1 + 0.2 - 0.3 is zero on paper.
        noise = len(weights) * float(np.finfo(float).eps) * sum(map(abs, weights))
        if weights and abs(sum(weights)) <= noise:
            raise InvalidValueError(
                f"the weights into neuron {structure.names[row]!r} sum to zero, so its error cannot"
                " be shared out in proportion to them; normalised=False takes no sum"
            )


def _checked_digits(digits: Any) -> int | None:
    if digits is None:
        return None
    if not isinstance(digits, int | np.integer) or isinstance(digits, bool):
        raise InvalidTypeError(f"digits must be a whole number of decimals, not {digits!r}")
    if not 0 <= digits <= 300:
        raise InvalidValueError(f"digits must be between 0 and 300, not {digits}")
    return int(digits)


def _checked_engine(engine: Any, digits: int | None) -> str | None:
    if engine is None:
        return None
    if one_of(engine, PASS_ENGINES, "engine of a single pass") == "blocks" and digits is not None:
        raise InvalidValueError("engine 'blocks' cannot round: use engine='passes' with digits")
    return str(engine)


def _checked_rate(learning_rate: Any) -> float:
    rate = finite_number(learning_rate, "learning_rate")
    if rate < 0:
        raise InvalidValueError(f"learning_rate must be zero or more, not {rate}")
    return rate
