"""Training a network, and asking it for answers."""

from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from neurograph.elements import one_of, whole_number
from neurograph.network.running import ORDERS, Running
from neurograph.optimizers import Optimizer, get_optimizer
from neurograph.plan import Plan, plan_for
from neurograph.plan.block_passes import BlockPass
from neurograph.samples import read_rows

if TYPE_CHECKING:
    from neurograph.training import History, Moment
    from neurograph.training.stopping import Stop

__all__ = ["Learning"]


class Learning(Running):
    """The part of `Network` that trains it."""

    def predict(self, inputs: Mapping[Hashable, Any] | ArrayLike) -> NDArray[np.float64]:
        """Compute the outputs, without touching what the objects carry.

        Parameters
        ----------
        inputs : mapping or array-like
            As for `forward`.

        Returns
        -------
        ndarray of shape (n_outputs,) or (n_samples, n_outputs)

        Raises
        ------
        StructureError, InvalidValueError, InvalidTypeError, UnknownNameError
            As for `forward`.

        Examples
        --------
        >>> import neurograph as ng
        >>> net = ng.Network.layered(1, 1, weights=0.5, activation="identity")
        >>> net.predict([[3.0], [4.0]])
        array([[1.5],
               [2. ]])
        >>> "out" in net.nodes["o1"]
        False
        """
        storage = self._storage()
        if not storage.structure.is_plain:
            return self._sent_forward(inputs)[1].outs(storage.structure)
        rows, batch = read_rows(inputs, self.inputs, "input")
        answer = BlockPass(
            storage, self._stated_loss(), self._reduction(), rows, batch, shown=False
        )
        return answer.outs()

    def train(
        self,
        inputs: Mapping[Hashable, Any] | ArrayLike,
        targets: Mapping[Hashable, Any] | ArrayLike,
        *,
        learning_rate: float | Callable[[int], float],
        epochs: int,
        batch_size: int | None = None,
        optimizer: str | Optimizer = "gradient_descent",
        order: str = "simultaneous",
        shuffle: bool = False,
        seed: "int | np.random.Generator | None" = None,
        record: str | Iterable[str] = ("loss",),
        every: int = 1,
        stop: "Stop | Sequence[Stop] | None" = None,
        callback: "Callable[[Moment], object] | None" = None,
        progress: bool | None = None,
        engine: str | None = None,
    ) -> "History":
        """Train the network: in each epoch, step through all the samples.

        Parameters
        ----------
        inputs, targets, learning_rate, epochs, batch_size, optimizer, order, shuffle, seed
            What is done: see `neurograph.train`.
        record, every, stop, callback, progress, engine
            What is kept of it, when it ends, and how it is run: see `neurograph.train`.

        Returns
        -------
        History

        Raises
        ------
        InvalidValueError, InvalidTypeError, UnknownNameError, StructureError, DivergedError
            As for `neurograph.train`.

        Examples
        --------
        >>> import neurograph as ng
        >>> net = ng.Network.layered(2, 4, 1, bias=0.0, seed=1)
        >>> inputs, targets = [[0, 0], [0, 1], [1, 0], [1, 1]], [[0], [1], [1], [0]]
        >>> history = net.train(inputs, targets, learning_rate=5.0, epochs=2000)
        >>> net.predict(inputs).round().tolist()
        [[0.0], [1.0], [1.0], [0.0]]
        """
        from neurograph.training import train

        return train(
            self,
            inputs,
            targets,
            learning_rate=learning_rate,
            epochs=epochs,
            batch_size=batch_size,
            optimizer=optimizer,
            order=order,
            shuffle=shuffle,
            seed=seed,
            record=record,
            every=every,
            stop=stop,
            callback=callback,
            progress=progress,
            engine=engine,
        )

    def plan(
        self,
        *,
        batch_size: int = 1,
        optimizer: str | Optimizer = "gradient_descent",
        order: str = "simultaneous",
        engine: str | None = None,
    ) -> Plan:
        """Return how the steps of training are run, and why.

        Parameters
        ----------
        batch_size : int
            Samples in a step.
        optimizer : str or Optimizer
            As for `train`.
        order : {"simultaneous", "in_place"}
            As for `train`.
        engine : {"passes", "straight_line", "blocks", "jit"}, optional
            By default the one that is expected to be the fastest.

        Returns
        -------
        Plan

        Raises
        ------
        StructureError, InvalidValueError, InvalidTypeError, UnknownNameError
            If the graph is not a feed-forward network, or something given cannot be used.

        Examples
        --------
        >>> import neurograph as ng
        >>> net = ng.Network.layered(2, 1, weights=[[[0.1, 0.2]]], bias=0.3)
        >>> plan = net.plan()
        >>> plan.engine
        'straight_line'
        >>> print(plan.source())
        def train(values, batches, rates, step, note):
            (w1, w2, b_o1,) = values
            for batch, learning_rate in zip(batches, rates):
                ((i1, i2, target_o1,),) = batch
                # forward
                net_o1 = w1*i1 + w2*i2 + b_o1
                out_o1 = 1.0 / (1.0 + exp(-net_o1))
                # error
                error = (1.0 / 2.0 * (target_o1 - out_o1)**2.0)
                note(error)
                if error - error != 0.0:
                    break
                # backward
                delta_o1 = (out_o1 * (1.0 - out_o1))*(out_o1 - target_o1)
                d_w1 = delta_o1*i1
                d_w2 = delta_o1*i2
                d_b_o1 = delta_o1
                # update
                w1 = w1 - learning_rate * d_w1
                w2 = w2 - learning_rate * d_w2
                b_o1 = b_o1 - learning_rate * d_b_o1
                step += 1.0
            return (w1, w2, b_o1,)
        <BLANKLINE>
        """
        return plan_for(
            self._storage(),
            self._stated_loss(),
            self._reduction(),
            one_of(order, ORDERS, "order"),
            get_optimizer(optimizer),
            batch_size=whole_number(batch_size, "batch_size"),
            engine=engine,
        )
