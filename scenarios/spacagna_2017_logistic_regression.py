# %% [markdown]
# # Two kinds of iris, and the line between them
#
# Gianmario Spacagna, Daniel Slater, Phuong Vo.T.H and Valentino Zocca, "Backpropagation Algorithm",
# Packt Hub, 2017. The text puts a logistic function behind the linear neuron, takes the logarithm
# of the probability for its cost, and finds the same update rule again. It has no data; here are
# the petals of fifty Iris versicolor and fifty Iris virginica, from Fisher's paper of 1936.

# %%
import os
from pathlib import Path

import numpy as np

import neurograph as ng
from neurograph.drawing import (
    alt_text,
    draw_decision,
    draw_history,
    draw_network,
    draw_surface,
    entitle,
    save,
)
from neurograph.explanations import explain
from neurograph.landscape import at_point, decision, descend, loss_surface

# %%
figures = Path(os.environ.get("NEUROGRAPH_FIGURES", "figures"))
figures.mkdir(exist_ok=True)
scenario = ng.load_scenario("spacagna_2017_logistic_regression")
print(f"{scenario.title}\n{scenario.author}, {scenario.year}: {scenario.source}")


# %%
def keep(drawing, what, title=""):
    if title:
        entitle(drawing, title)
    save(drawing, figures / f"{scenario.name}_{what}.svg")
    print(alt_text(drawing))
    return drawing


# %% [markdown]
# ## One neuron that says how sure it is
#
# Its *out* lies between 0 and 1 and is read as a probability: how likely is it that this flower is
# a virginica? The *target* is 1 for a virginica and 0 for a versicolor. The *cross-entropy* J is
# minus the logarithm of the probability that was given to what is so, averaged over the flowers. A
# neuron that knows nothing says one half each time, and pays the logarithm of 2.

# %%
run = scenario.run("descent")
inputs, targets = scenario.inputs, scenario.targets
net = scenario.network(run)
net.forward(inputs)
print(f"{len(inputs)} flowers, J = {net.total_error(targets):.9f}, ln 2 = {np.log(2):.9f}")

# %% [markdown]
# ## The update rule again
#
# The cross-entropy is steep where the neuron is sure and wrong, and there the logistic function is
# flat. The two cancel: *delta*, the change of a flower's cost with the net, is simply out minus
# target, as for the linear neuron with its squared error.

# %%
net.backward(targets)
print(explain(net, "y.delta", depth=0, sample=1))
y = net.neuron("y")
print("delta is out - target for all:", np.allclose(y.delta, y.out - y.target))

# %% [markdown]
# ## Down to the most likely weights

# %%
rounds = sum(step.rounds for step in run.steps if step.trains)
history = net.train(inputs, targets, learning_rate=run.learning_rate, epochs=rounds)
names = ("w1.weight", "w2.weight", "y.bias")
found = np.array([net.value(name) for name in names])
for name, value in zip(names, found, strict=True):
    print(f"{name:10} {value:.8f}")

# %% [markdown]
# Is that the minimum? *Newton's method* takes the curvature into account as well as the slope, and
# solves for the bottom of the bowl that fits best, again and again. It is written here without any
# network, so that it can judge.

# %%
x, t, w = np.hstack([inputs, np.ones((len(inputs), 1))]), targets[:, 0], np.zeros(3)
for number in range(1, 9):
    p = 1 / (1 + np.exp(-x @ w))
    w = w + np.linalg.solve((x.T * (p * (1 - p))) @ x, x.T @ (t - p))
    print(f"round {number}: {w}, off by {abs(w - found).max():.1e}")

# %% [markdown]
# Newton needs a handful of rounds, descent thousands. The reason is the shape of J at the bottom:
# it curves much more in one direction than in another. The rate must suit the steep one, and the
# flat one waits.

# %%
shape = at_point(net, inputs, targets)
print("curvatures:", shape.eigenvalues)
print(f"the largest is {shape.condition:.1f} times the smallest; the flattest direction:")
print(", ".join(shape.over), shape.eigenvectors[-1].round(3))

# %%
drawing = draw_history(history)
drawing.ax.set_xscale("log")
keep(drawing, "history", scenario.figures[3].title)

# %% [markdown]
# ## The line
#
# Where the net is 0 the out is one half: this is a straight line in the plane of the two inputs.
# The two kinds overlap, and no line can separate them.

# %%
net.forward(inputs)
wrong = np.flatnonzero((net.neuron("y").out > 1 / 2) != (t > 1 / 2))
print(f"{len(wrong)} of {len(inputs)} flowers lie on the wrong side:", wrong + 1)
picture = draw_decision(decision(net, inputs, targets))
keep(picture, "decision", scenario.figures[1].title)

# %%
net.forward(inputs[wrong[0]])
keep(draw_network(net, [*scenario.figures[0].show, "out"]), "network")

# %% [markdown]
# ## One basin only
#
# J is *convex*: every chord lies above it, and a walk from anywhere ends in the same place. Here
# the bias is held at its final value, and three walkers start at three corners.

# %%
figure = scenario.figures[2]
surface = loss_surface(net, inputs, targets, *figure.over, span=((-6, 14), (-6, 14)), points=81)
walk = {"over": figure.over, "learning_rate": run.learning_rate, "steps": 400}
paths = descend(net, inputs, targets, start=[[-5, -5], [13, -4], [-4, 13]], **walk)
places = ("from below", "from the right", "from above")
drawing = draw_surface(surface, dict(zip(places, paths, strict=True)))
keep(drawing, "surface", figure.title)
