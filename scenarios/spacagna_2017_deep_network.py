# %% [markdown]
# # Two equations for any depth
#
# Gianmario Spacagna, Daniel Slater, Phuong Vo.T.H and Valentino Zocca, "Backpropagation Algorithm",
# Packt Hub, 2017. The text ends in two equations. One gives the gradient of a weight from the
# neuron in front of it, the other hands the error from a neuron to those behind it. They hold for
# every network without loops, however many layers it has. Here they are followed through three.

# %%
import os
from pathlib import Path

import numpy as np

import neurograph as ng
from neurograph.drawing import alt_text, draw_history, draw_network, draw_surface, entitle, save
from neurograph.explanations import explain
from neurograph.landscape import loss_surface

# %%
figures = Path(os.environ.get("NEUROGRAPH_FIGURES", "figures"))
figures.mkdir(exist_ok=True)
scenario = ng.load_scenario("spacagna_2017_deep_network")
print(f"{scenario.title}\n{scenario.author}, {scenario.year}: {scenario.source}")


# %%
def keep(drawing, what):
    save(drawing, figures / f"{scenario.name}_{what}.svg")
    print(alt_text(drawing))
    return drawing


# %% [markdown]
# ## One flower, forward
#
# Four measurements of an iris go in, three numbers come out, one for each kind. Between them lie
# two *hidden layers* of neurons whose function is the hyperbolic tangent, which lies between -1 and
# 1. The text writes a for what this library calls *net*, and y for *out*.

# %%
run = scenario.run("two_equations")
inputs, targets = scenario.data_of(run)
net = scenario.network(run)
net.forward(inputs)
for level in net.levels:
    print("  ".join(f"{name} {net.neuron(name).out:+.4f}" for name in level))
print(f"J = {net.total_error(targets):.9f}")

# %% [markdown]
# ## Backward: the first equation, at the end
#
# dJ/dy of an output is known at once: out minus target. Times dy/da, the *slope* of the function,
# it is dJ/da, called *delta*. And the gradient of a weight is delta times the y that came in over
# it. That is the first equation.

# %%
net.backward(targets)
for name in net.outputs:
    one = net.neuron(name)
    print(f"{name:10} dJ/dy {one.out_gradient:+.6f} * slope {one.slope:.6f} = {one.delta:+.6f}")
print(explain(net, "g2->setosa.gradient", depth=0))

# %% [markdown]
# ## The second equation, again and again
#
# A hidden neuron changes J through all neurons that it leads to. So its dJ/dy is a sum over its
# outgoing connections, each of them weight times the delta at its end. Here is one such sum, term
# by term, and then the same for every neuron of every layer: each line uses the line above it and
# nothing else.

# %%
terms = [(one.weight, one.error_message) for one in net.outgoing("h5")]
for weight, message in terms:
    print(f"{weight:+.1f} * {message / weight:+.6f} = {message:+.6f}")
total = sum(message for _, message in terms)
print(f"dJ/dy of h5 = {total:+.6f} = {net.neuron('h5').out_gradient:+.6f}")

# %%
for level in reversed(net.levels[1:]):
    print("  ".join(f"{name} {net.neuron(name).delta:+.5f}" for name in level))

# %%
keep(draw_network(net, scenario.figures[0].show, digits=2), "network")

# %% [markdown]
# ## The same as matrices
#
# Programs write a layer as a matrix W, and the sums as products: forward W y, back W transposed
# delta. This is no other algorithm, only another way to write the same sums.


# %%
def weights_into(level):
    return np.array([[one.weight for one in net.incoming(name)] for name in level])


delta = np.array([net.neuron(name).delta for name in net.levels[-1]])
for level, before in zip(net.levels[:1:-1], net.levels[-2:0:-1], strict=True):
    slopes = np.array([net.neuron(name).slope for name in before])
    delta = slopes * (weights_into(level).T @ delta)
    own = np.array([net.neuron(name).delta for name in before])
    print(delta.round(6), "off by", abs(delta - own).max())

# %% [markdown]
# ## Checked
#
# Every gradient against the measured one, which comes from forward passes alone. And not only for
# this network: for an irregular one, where connections skip layers, there are no matrices any more,
# but the two equations stay as they are.

# %%
check = ng.check_gradients(net, inputs, targets)
print(f"{len(check.parameters)} gradients, largest relative error {check.worst.error:.1e}")

# %%
rng = np.random.default_rng(7)
odd = ng.Network(loss="half_squared_error")
for name in "abc":
    odd.add_neuron(name, kind="input")
for number, name in enumerate("defghij", start=3):
    odd.add_neuron(name, activation="tanh", bias=rng.uniform(-1, 1))
    for pre in rng.choice(list("abcdefghij"[:number]), 3, replace=False):
        odd.connect(str(pre), name, weight=rng.uniform(-1, 1))

# %%
given, wanted = rng.uniform(-1, 1, 3), rng.uniform(-1, 1, len(odd.outputs))
odd.forward(given)
odd.backward(wanted)
check = ng.check_gradients(odd, given, wanted)
print(f"levels: {odd.levels}")
print(f"{len(check.parameters)} gradients, largest relative error {check.worst.error:.1e}")
keep(draw_network(odd, ["delta"], digits=2), "irregular")

# %% [markdown]
# ## Learning all flowers
#
# Now all 150 flowers go through at once, and the gradient is the mean over them.

# %%
task = scenario.run("training")
inputs, targets = scenario.data_of(task)
rounds = sum(step.rounds for step in task.steps if step.trains)
learner = scenario.network(task)
history = learner.train(inputs, targets, learning_rate=task.learning_rate, epochs=rounds)
said, right = learner.predict(inputs).argmax(axis=1), targets.argmax(axis=1)
wrong = np.flatnonzero(said != right) + 1
print(f"after {rounds} rounds {len(wrong)} of {len(inputs)} are taken for another kind: {wrong}")

# %%
drawing = draw_history(history)
entitle(drawing, scenario.figures[1].title)
keep(drawing, "history")

# %% [markdown]
# ## Two weights of different layers
#
# The first acts through the hyperbolic tangent of g4, which is flat where its net is large: there
# the ground no longer changes with it, and the lines of equal height run straight on. So the ground
# is no bowl. It has plains, a valley, and corners from which a walker hardly gets away.

# %%
figure = scenario.figures[2]
surface = loss_surface(learner, inputs, targets, *figure.over, span=8, points=81)
drawing = draw_surface(surface)
entitle(drawing, figure.title)
keep(drawing, "surface")
