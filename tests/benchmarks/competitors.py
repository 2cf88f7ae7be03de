"""Who else does the work: JAX, scikit-learn, NetworkX by hand and micrograd."""

import math
import warnings
from collections.abc import Callable
from typing import Any, ClassVar

import networkx as nx
import numpy as np

from .contenders import Contender, Neurograph, NeurographJit, Tuned
from .problems import Problem, Trained

__all__ = ["CONTENDERS", "ByDicts", "Jax", "Micrograd", "ScikitLearn"]


class ByDicts(Contender):
    """A plain NetworkX graph with numbers in its dicts, and a loop over them."""

    name = "NetworkX dicts"
    needs = "networkx"
    budget = 60_000

    functions: ClassVar[dict[str, Callable[[float], float]]] = {
        "logistic": lambda net: 1.0 / (1.0 + math.exp(-net)),
        "tanh": math.tanh,
    }
    slopes: ClassVar[dict[str, Callable[[float], float]]] = {
        "logistic": lambda out: out * (1.0 - out),
        "tanh": lambda out: 1.0 - out**2,
    }

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem)
        self.graph = problem.graph(nx.DiGraph)

    def reset(self) -> None:
        """Write the start weights to the dicts."""
        self.problem.set_start(self.graph)

    def run(self) -> None:
        """Train."""
        problem, graph = self.problem, self.graph
        nodes = graph.nodes
        order = [name for name in nx.topological_sort(graph) if graph.pred[name]]
        self.losses = []
        for _ in range(problem.epochs):
            loss = 0.0
            for inputs, targets in problem.batches:
                for name in order:
                    nodes[name]["bias_gradient"] = 0.0
                    for data in graph.pred[name].values():
                        data["gradient"] = 0.0
                for x, target in zip(inputs.tolist(), targets.tolist(), strict=True):
                    loss += self.pass_sample(order, x, target)
                rate = problem.learning_rate / len(inputs)
                for name in order:
                    if problem.train_biases:
                        nodes[name]["bias"] -= rate * nodes[name]["bias_gradient"]
                    for data in graph.pred[name].values():
                        data["weight"] -= rate * data["gradient"]
            self.losses.append(loss / len(problem.inputs))

    def pass_sample(self, order: list[str], inputs: list[float], targets: list[float]) -> float:
        """Send one sample forward and its error back; return its loss."""
        problem, graph = self.problem, self.graph
        nodes = graph.nodes
        for name, value in zip(problem.levels[0], inputs, strict=True):
            nodes[name]["out"] = value
        for name in order:
            node = nodes[name]
            net = node["bias"]
            for pre, data in graph.pred[name].items():
                net += data["weight"] * nodes[pre]["out"]
            node["out"] = self.functions[node["activation"]](net)
            node["error"] = 0.0
        loss = 0.0
        for name, target in zip(problem.outputs, targets, strict=True):
            nodes[name]["error"] = nodes[name]["out"] - target
            loss += 0.5 * nodes[name]["error"] ** 2
        for name in reversed(order):
            node = nodes[name]
            for post, data in graph.succ[name].items():
                node["error"] += data["weight"] * nodes[post]["delta"]
            delta = node["error"] * self.slopes[node["activation"]](node["out"])
            node["delta"] = delta
            node["bias_gradient"] += delta
            for pre, data in graph.pred[name].items():
                data["gradient"] += delta * nodes[pre]["out"]
        return loss

    def trained(self) -> Trained:
        """Read the dicts."""
        return self.problem.trained(
            lambda pre, post: self.graph.edges[pre, post]["weight"],
            lambda name: self.graph.nodes[name]["bias"],
            self.losses,
        )


class Micrograd(Contender):
    """Karpathy's micrograd: an object for every operation, made anew for every sample."""

    name = "micrograd"
    needs = "micrograd"
    budget = 60_000

    @classmethod
    def cannot(cls, problem: Problem) -> str:
        """Return that it takes too long, or recurses too deep: once for each operation."""
        widest = [max(np.count_nonzero(row) for row in weights) for weights in problem.weights]
        if sum(widest) + 3 * len(widest) > 800:
            return "recursion"
        return "minutes" if problem.work_of_step > 10 * cls.budget else ""

    def reset(self) -> None:
        """Make a value of every parameter."""
        from micrograd.engine import Value

        self.weights = {(pre, post): Value(weight) for pre, post, weight in self.problem.edges}
        self.biases = {
            name: Value(bias)
            for level, biases in zip(self.problem.levels[1:], self.problem.biases, strict=True)
            for name, bias in zip(level, biases.tolist(), strict=True)
        }

    def run(self) -> None:
        """Train."""
        problem = self.problem
        incoming: dict[str, list[tuple[str, Any]]] = {name: [] for name in self.biases}
        for (pre, post), weight in self.weights.items():
            incoming[post].append((pre, weight))
        parameters = list(self.weights.values())
        if problem.train_biases:
            parameters += self.biases.values()
        self.losses = []
        for _ in range(problem.epochs):
            loss = 0.0
            for inputs, targets in problem.batches:
                for parameter in parameters:
                    parameter.grad = 0.0
                for x, target in zip(inputs.tolist(), targets.tolist(), strict=True):
                    error = self.error(incoming, x, target)
                    error.backward()
                    loss += error.data
                for parameter in parameters:
                    parameter.data -= problem.learning_rate / len(inputs) * parameter.grad
            self.losses.append(loss / len(problem.inputs))

    def error(self, incoming: dict[str, Any], inputs: list[float], targets: list[float]) -> Any:
        """Return the loss of one sample."""
        problem = self.problem
        outs: dict[str, Any] = dict(zip(problem.levels[0], inputs, strict=True))
        for level, activation in zip(problem.levels[1:], problem.activations, strict=True):
            for name in level:
                net = sum((weight * outs[pre] for pre, weight in incoming[name]), self.biases[name])
                outs[name] = self.activate(net, activation)
        return 0.5 * sum(
            (outs[name] - target) ** 2
            for name, target in zip(problem.outputs, targets, strict=True)
        )

    @staticmethod
    def activate(net: Any, activation: str) -> Any:
        """Return f(net): micrograd has relu alone, others are added as its operations are."""
        from micrograd.engine import Value

        value = ByDicts.functions[activation](net.data)
        slope = ByDicts.slopes[activation](value)
        out = Value(value, (net,), activation)

        def backward() -> None:
            net.grad += slope * out.grad

        out._backward = backward
        return out

    def trained(self) -> Trained:
        """Read the values."""
        return self.problem.trained(
            lambda pre, post: self.weights[pre, post].data,
            lambda name: self.biases[name].data,
            self.losses,
        )


class ScikitLearn(Contender):
    """scikit-learn's MLPRegressor, whose outputs are linear: the same work but for their f."""

    name = "scikit-learn"
    needs = "sklearn"

    @classmethod
    def cannot(cls, problem: Problem) -> str:
        """Return that it knows layers and nothing else."""
        return "layers only" if problem.connected is not None else ""

    @classmethod
    def version_of(cls, problem: Problem) -> Problem:
        """Return the problem with linear outputs, and at most 1,000 steps."""
        return problem.shortened(1_000).with_linear_outputs()

    def reset(self) -> None:
        """Make a model that will go on from the start weights."""
        from sklearn.neural_network import MLPRegressor

        problem = self.problem
        self.model = MLPRegressor(
            hidden_layer_sizes=[len(level) for level in problem.levels[1:-1]],
            activation=problem.activations[0],
            solver="sgd",
            alpha=0.0,
            momentum=0.0,
            nesterovs_momentum=False,
            learning_rate_init=problem.learning_rate,
            batch_size=problem.batch_size,
            max_iter=problem.epochs,
            n_iter_no_change=problem.epochs + 1,
            shuffle=False,
            warm_start=True,
        )
        targets = problem.targets[:, 0] if problem.targets.shape[1] == 1 else problem.targets
        self.targets = targets
        self.model.partial_fit(problem.inputs, targets)  # makes what is replaced now
        self.model.coefs_ = [weights.T.copy() for weights in problem.weights]
        self.model.intercepts_ = [biases.copy() for biases in problem.biases]
        self.model.loss_curve_ = []

    def run(self) -> None:
        """Train."""
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # that the last epoch has come
            self.model.fit(self.problem.inputs, self.targets)

    def trained(self) -> Trained:
        """Read the matrices."""
        return Trained(
            [weights.T for weights in self.model.coefs_],
            list(self.model.intercepts_),
            # Its loss is the mean over the outputs too.
            np.array(self.model.loss_curve_) * len(self.problem.outputs),
        )


class Jax(Contender):
    """The whole of training as one compiled loop; a last, smaller batch is a step of its own."""

    name = "JAX jit"
    needs = "jax"

    @classmethod
    def cannot(cls, problem: Problem) -> str:
        """Return that it takes minutes to compile a deep graph."""
        return "minutes to compile" if problem.connected is not None else ""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem)
        import jax
        import jax.numpy as jnp

        jax.config.update("jax_enable_x64", True)
        self.full, self.rest = divmod(len(problem.inputs), problem.batch_size)
        cut = self.full * problem.batch_size
        data = (problem.inputs, problem.targets)
        shape = (self.full, problem.batch_size, -1)
        self.samples = [jnp.array(one[:cut].reshape(shape)) for one in data]
        self.samples += [jnp.array(one[cut:]) for one in data]
        known = {"tanh": jnp.tanh, "logistic": jax.nn.sigmoid}
        self.functions = [known[name] for name in problem.activations]
        self.compiled = jax.jit(self.epochs)

    def loss(self, layers: Any, x: Any, target: Any) -> Any:
        """Return the mean of the samples' losses."""
        out = x
        for (w, b), f in zip(layers, self.functions, strict=True):
            out = f(out @ w + b)
        return 0.5 * ((out - target) ** 2).sum() / len(x)

    def step(self, layers: Any, x: Any, target: Any) -> Any:
        """Return the parameters after a step."""
        import jax

        rate = self.problem.learning_rate
        of_biases = rate if self.problem.train_biases else 0.0
        slopes = jax.grad(self.loss)(layers, x, target)
        return [
            (w - rate * dw, b - of_biases * db)
            for (w, b), (dw, db) in zip(layers, slopes, strict=True)
        ]

    def epochs(self, layers: Any, xs: Any, targets: Any, last: Any, last_target: Any) -> Any:
        """Return the parameters after all epochs."""
        from jax.lax import fori_loop

        def epoch(_: Any, now: Any) -> Any:
            if self.full == 1:  # no inner loop of one round
                now = self.step(now, xs[0], targets[0])
            else:
                now = fori_loop(0, self.full, lambda i, w: self.step(w, xs[i], targets[i]), now)
            return self.step(now, last, last_target) if self.rest else now

        return fori_loop(0, self.problem.epochs, epoch, layers)

    def reset(self) -> None:
        """Give it the start weights."""
        import jax.numpy as jnp

        pairs = zip(self.problem.weights, self.problem.biases, strict=True)
        self.layers = [(jnp.array(w.T), jnp.array(b)) for w, b in pairs]

    def run(self) -> None:
        """Train."""
        import jax

        self.layers = jax.block_until_ready(self.compiled(self.layers, *self.samples))

    def trained(self) -> Trained:
        """Read the matrices."""
        weights, biases = zip(*self.layers, strict=True)
        return Trained([np.asarray(w).T for w in weights], [np.asarray(b) for b in biases], None)


#: Everybody who is compared with the reference.
CONTENDERS: list[type[Contender]] = [
    Neurograph, NeurographJit, Tuned, Jax, ScikitLearn, ByDicts, Micrograd
]  # fmt: skip
